"""Room for ties whose subject is sealed. See Note [A sealed tie]."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

Q = models.Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_tables")]

    operations: ClassVar = [
        migrations.AddField("tie", "key_id", models.CharField(blank=True, default="", max_length=40), preserve_default=False),
        migrations.AddField("tie", "token", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AlterField(
            "tie",
            "subject_key",
            models.CharField(blank=True, db_index=True, help_text="Empty: sealed.", max_length=200),
        ),
        migrations.AddConstraint(
            "tie",
            models.CheckConstraint(
                condition=(Q(token="") & ~Q(subject_key="")) | (~Q(token="") & Q(subject_key="")),
                name="accounts_tie_has_one_subject",
            ),
        ),
    ]
