"""Conflicts of interest name a call by its key alone, no longer by its number."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations


def by_key(apps: Any, schema_editor: Any) -> None:
    for call in apps.get_model("funding", "Call").objects.order_by("pk"):
        old, new = f"call:{call.pk}", f"call:{call.key}"
        apps.get_model("accounts", "ConflictOverride").objects.filter(matter_key=old).update(matter_key=new)
        apps.get_model("accounts", "ConflictDeclaration").objects.filter(subject_key=old).update(subject_key=new)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_tables"), ("funding", "0002_expert_hours")]

    operations: ClassVar = [migrations.RunPython(by_key, migrations.RunPython.noop)]
