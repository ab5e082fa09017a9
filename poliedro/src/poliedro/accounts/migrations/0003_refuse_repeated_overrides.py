"""Of overrides that were asked twice one stays: the one in force, else the first. See accounts_conflictoverride_one_open."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations
from django.utils import timezone


def refuse_repeated(apps: Any, schema_editor: Any) -> None:
    seen = set()
    rows = apps.get_model("accounts", "ConflictOverride").objects.filter(refused_at=None)
    for row in sorted(rows, key=lambda r: (r.second_by_id is None, r.first_at, r.pk)):
        key = (row.person_id, row.subject_key, row.matter_key)
        if key in seen:
            row.refused_at = timezone.now()
            row.save(update_fields=["refused_at"])
        seen.add(key)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_sealed_ties")]

    operations: ClassVar = [migrations.RunPython(refuse_repeated, migrations.RunPython.noop)]
