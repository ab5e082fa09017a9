"""Contents that were sealed as long as they are, sealed anew and filled up. See Note [Lengths tell]."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from poliedro.shared.vault import PADDED, key_ring

BELONGS_TO = {
    ("support", "Sealed"): lambda row: f"{row.purpose}:{row.pk}",
    ("accounts", "Tie"): lambda row: f"accounts.tie:{row.person_id}:{row.origin_key}",
}


def fill_seals(apps: Any, schema_editor: Any) -> None:
    for (app, model), belongs_to in BELONGS_TO.items():
        rows = apps.get_model(app, model).objects.exclude(token="").exclude(token__startswith=PADDED)
        for row in rows.order_by("pk").iterator(chunk_size=500):
            content = key_ring().open(row.key_id, row.token, belongs_to(row))
            row.key_id, row.token = key_ring().seal(content, belongs_to(row))
            row.save(update_fields=["key_id", "token"])


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0002_sealed_ties"), ("support", "0014_course_material")]
    operations: ClassVar = [migrations.RunPython(fill_seals, migrations.RunPython.noop)]
