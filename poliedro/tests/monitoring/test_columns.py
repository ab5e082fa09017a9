"""Rows of a query as columns: in a transaction with its own cursor, outside of one by a process beside."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Case, F, FloatField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.runs import columns
from poliedro.monitoring.runs.columns import ReaderFailed, _read_beside, columns_of


def check_three_rows() -> None:
    """An amount exactly and null as unknown, as where the first source of accounts knows no employment."""
    made = [Group.objects.create(name=name).pk for name in ("a", "b", "c")]
    exact = 1 / 3 * 1e12
    amount = Cast(Case(When(name="c", then=Value(exact)), default=None), FloatField())
    rows = (
        Group.objects.filter(pk__in=made).annotate(amount=amount, none=Cast(Value(None), FloatField())).order_by("pk")
    )
    found = columns_of(rows, ["pk"], ["amount", "none"])()
    assert found.rows() == [(made[0], None, None), (made[1], None, None), (made[2], exact, None)]
    nobody = Group.objects.filter(name="nobody").annotate(amount=Cast(F("pk"), FloatField()))
    assert columns_of(nobody, ["pk"], ["amount"])().shape == (0, 2)


@pytest.mark.django_db
def test_what_a_transaction_has_not_committed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "AT_A_TIME", 2)
    check_three_rows()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_read_by_a_process_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "AT_A_TIME", 2)
    if connection.vendor == "sqlite":  # with the cursor it would say nothing of the process
        monkeypatch.setattr(columns, "_read_here", None)
    check_three_rows()


def test_a_reader_that_fails_says_why(tmp_path: object) -> None:
    values = _read_beside(f"{tmp_path}/none.sqlite3", "SELECT 1", ())
    with pytest.raises(ReaderFailed, match="unable to open database file"):
        values()
