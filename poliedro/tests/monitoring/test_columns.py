"""Rows of a query as columns: both drivers say the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db.models import Case, FloatField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.runs import columns
from poliedro.monitoring.runs.columns import _by_arrow, _by_cursor, columns_of
from poliedro.reference.models import Source


def test_arrow_reads_what_the_database_holds_null_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a register.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE firms (pk integer, amount decimal)")
        made.executemany("INSERT INTO firms VALUES (?, ?)", [(1, None), (2, 3), (3, 0.25), (4, 1e12)])
    made.close()
    sql = "SELECT pk, CAST(amount AS REAL) FROM firms WHERE pk >= %s ORDER BY pk"
    found = _by_arrow(str(path), sql, (1,), ["pk", "amount"])
    assert found.rows() == [(1, None), (2, 3), (3, 0.25), (4, 1e12)]
    assert _by_arrow(str(path), sql, (9,), ["pk", "amount"]).shape == (0, 2)


@pytest.mark.django_db
def test_what_a_transaction_has_not_committed_is_read_with_its_own_cursor() -> None:
    made = [Source.objects.create(key=k, name=k, certainty="reported").pk for k in ("a", "b")]
    rows = Source.objects.filter(pk__in=made).order_by("pk").values_list("pk")
    assert columns_of(rows, ["pk"])["pk"].to_list() == made
    sql, params = rows.query.sql_with_params()
    assert _by_cursor(sql, params, ["pk"])["pk"].to_list() == made


@pytest.mark.django_db(transaction=True)
def test_an_amount_that_the_first_rows_do_not_know_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the first source of accounts knows no employment, and the next one does."""
    monkeypatch.setattr(columns, "FIRST_ROWS", 2)
    made = [Group.objects.create(name=name).pk for name in ("a", "b", "c")]
    amount = Case(When(name="c", then=Cast(Value("12.5"), FloatField())), default=None)
    rows = Group.objects.filter(pk__in=made).order_by("pk").values_list("pk", Cast(amount, FloatField()))
    assert columns_of(rows, ["pk", "amount"]).rows() == [(made[0], None), (made[1], None), (made[2], 12.5)]
