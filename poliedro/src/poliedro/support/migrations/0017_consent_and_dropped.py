"""Consent to coaching is kept with the case, sealed; an agreed action may be dropped."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("support", "0016_course_days")]

    operations: ClassVar = [
        migrations.AddField(
            "coachingcase",
            "consent",
            models.OneToOneField(
                blank=True,
                help_text="To what the manager agreed when asking, and when.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="support.sealed",
            ),
        ),
        migrations.AddField(
            "coachingentry",
            "dropped_on",
            models.DateField(blank=True, help_text="When they agreed that it is not to be done.", null=True),
        ),
        migrations.AddConstraint(
            "coachingentry",
            models.CheckConstraint(
                condition=models.Q(done_on=None) | models.Q(dropped_on=None),
                name="support_coachingentry_done_or_dropped",
            ),
        ),
    ]
