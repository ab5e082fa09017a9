"""Whoever stood back because of a tie that was found: the row no longer says which tie."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations


def without_name(apps: Any, schema_editor: Any) -> None:
    apps.get_model("funding", "Recusal").objects.filter(is_declared=False).update(reason="tie")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("funding", "0003_calls_by_key")]

    operations: ClassVar = [migrations.RunPython(without_name, migrations.RunPython.noop)]
