"""Room for whose seat an enrolment is, sealed; a course names the coach who runs it. See Note [Training demand]."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_tables"), ("support", "0001_tables")]

    operations: ClassVar = [
        migrations.AddField(
            "course",
            "coach",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.person",
            ),
        ),
        migrations.AddField("enrolment", "mark", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.AddField(
            "enrolment",
            "who",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="support.sealed",
            ),
        ),
    ]
