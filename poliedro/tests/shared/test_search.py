"""Search asks for the words first, whatever the database knows of its tables."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from poliedro.shared.search import Entry, every_key, index, search

pytestmark = pytest.mark.django_db


def test_words_are_looked_up_first_without_statistics_of_the_table() -> None:
    index(Entry("organisation", str(i), f"Firm {i}", "robotics" if i % 2 else "textile", f"/{i}/") for i in range(20))
    with CaptureQueriesContext(connection) as seen:
        assert len(every_key("robotics", "organisation")) == 10
        assert len(search("robotics", limit=3)) == 3
    if connection.vendor != "sqlite":
        return  # the plan is SQLite's matter: PostgreSQL has one condition on one table, and an index for it
    asked = [q["sql"] for q in seen if "MATCH" in q["sql"]]
    assert len(asked) == 2
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            steps = [row[3] for row in cursor.fetchall()]
        assert steps[0].startswith("SCAN f"), steps
