"""The same override is asked for once, until it is refused."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0003_refuse_repeated_overrides")]

    operations: ClassVar = [
        migrations.AddConstraint(
            "conflictoverride",
            models.UniqueConstraint(
                fields=["person", "subject_key", "matter_key"],
                condition=models.Q(refused_at=None),
                name="accounts_conflictoverride_one_open",
            ),
        ),
    ]
