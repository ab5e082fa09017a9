"""A room's first migration: all its tables at once.

Note [Many tables, one rendering]
Django runs a migration one operation at a time, and after each operation that touches a foreign key it makes the
classes of all connected models anew: with n models about n * n / 2 classes, more than a minute of processor time here.
`CreateTables` tells the state of all models first, makes their classes once, and creates the tables from those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateTables(Operation):
    """Create the tables that these operations describe, with their indexes and constraints.

    operations: `CreateModel`, and `AddField`, `AddIndex`, `AddConstraint` on the models that they create. See
    Note [Many tables, one rendering].
    """

    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"operations": self.operations}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # made anew when it is next asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in self._models(app_label, schema_editor, to_state):
            schema_editor.create_model(model)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in reversed(self._models(app_label, schema_editor, from_state)):
            schema_editor.delete_model(model)

    def _models(self, app_label: str, schema_editor: Any, state: Any) -> list[Any]:
        """Classes of the models, in the order in which they are created."""
        names = [o.name_lower for o in self.operations if isinstance(o, CreateModel)]
        models = [state.apps.get_model(app_label, name) for name in names]
        return [m for m in models if self.allow_migrate_model(schema_editor.connection.alias, m)]

    def describe(self) -> str:
        return f"Create the tables of {sum(isinstance(o, CreateModel) for o in self.operations)} models"
