"""A room's first migration creates all its tables at once."""

from __future__ import annotations

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from poliedro.shared.migrating import CreateTables

pytestmark = pytest.mark.django_db(transaction=True)


def test_tables_come_with_keys_indexes_and_constraints_and_go_again() -> None:
    """The first table points at the second, which comes later; what AddField and AddConstraint say is in the tables."""
    key = ("id", models.BigAutoField(primary_key=True))
    positive = models.CheckConstraint(condition=models.Q(number__gt=0), name="tried_pupil_positive")
    operation = CreateTables(
        operations=[
            migrations.CreateModel("Pupil", [key, ("number", models.IntegerField())]),
            migrations.CreateModel("School", [key, ("name", models.CharField(max_length=20, unique=True))]),
            migrations.AddField("pupil", "school", models.ForeignKey("tried.School", models.CASCADE)),
            migrations.AddConstraint("pupil", positive),
        ]
    )
    before, after = ProjectState(), ProjectState()
    operation.state_forwards("tried", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("tried", editor, before, after)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "tried_pupil")
        assert "tried_pupil_positive" in found
        assert [c["foreign_key"] for c in found.values() if c["foreign_key"]] == [("tried_school", "id")]
    with connection.schema_editor() as editor:
        operation.database_backwards("tried", editor, after, before)
    assert not {"tried_pupil", "tried_school"} & set(connection.introspection.table_names())
