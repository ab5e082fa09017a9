"""Enrolments no longer name a person or a cluster in the clear."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0003_seal_enrolments")]

    operations: ClassVar = [
        migrations.RemoveConstraint("enrolment", "support_enrolment_once"),
        migrations.RemoveField("enrolment", "person"),
        migrations.RemoveField("enrolment", "cluster"),
        migrations.AddConstraint(
            "enrolment",
            models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("course", "mark"),
                name="support_enrolment_once",
            ),
        ),
    ]
