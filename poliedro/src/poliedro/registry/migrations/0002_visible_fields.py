"""More fields whose readers a firm chooses."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0001_tables")]

    operations: ClassVar = [
        migrations.AlterField(
            "fieldvisibility",
            "field",
            models.CharField(
                choices=[
                    ("description", "description"),
                    ("website", "site"),
                    ("sites", "establishments"),
                    ("founded_on", "day of foundation"),
                    ("size", "size class"),
                    ("activities", "activities"),
                    ("numbers", "tax code and other numbers"),
                    ("names", "other names"),
                    ("flags", "entries in special registers"),
                    ("projects", "projects, partners and contributions, and their words in the search"),
                    ("expertise", "experts, laboratories and instruments"),
                    ("services", "services it offers"),
                    ("contacts", "people to speak to"),
                ],
                max_length=15,
            ),
        ),
    ]
