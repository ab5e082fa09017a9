"""A firm may keep its town and address back."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

FIELDS = (
    ("description", "description"),
    ("website", "site"),
    ("place", "town and address, with the establishments"),
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
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0005_register_counts_by_municipality")]

    operations: ClassVar = [
        migrations.AlterField("fieldvisibility", "field", models.CharField(choices=FIELDS, max_length=15)),
    ]
