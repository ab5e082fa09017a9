"""Rows of a query as columns: in a transaction with its own cursor, outside of one by a process beside."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Case, F, FloatField, Value, When
from django.db.models.functions import Cast

from poliedro.monitoring.runs import columns
from poliedro.monitoring.runs.columns import ReaderFailed, _marked, _Reader, columns_of
from poliedro.shared.models import TableVersion


def read(rows: Any, amounts: list[str]) -> pl.DataFrame:
    with columns_of(rows, ["pk"], amounts, "pk") as columns:
        return columns()


def check_three_rows() -> None:
    """An amount exactly and null as unknown, as where the first source of accounts knows no employment."""
    made = [Group.objects.create(name=name).pk for name in ("a", "b", "c")]
    exact = 1 / 3 * 1e12
    amount = Cast(Case(When(name="c", then=Value(exact)), default=None), FloatField())
    rows = (
        Group.objects.filter(pk__in=made).annotate(amount=amount, none=Cast(Value(None), FloatField())).order_by("pk")
    )
    found = read(rows, ["amount", "none"])
    assert found.rows() == [(made[0], None, None), (made[1], None, None), (made[2], exact, None)]
    nobody = Group.objects.filter(name="nobody").annotate(amount=Cast(F("pk"), FloatField()))
    assert read(nobody, ["amount"]).shape == (0, 2)


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


def names() -> Any:
    return Group.objects.annotate(amount=Cast(F("pk"), FloatField())).order_by("pk")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("written", [False, True])
def test_two_readers_read_a_half_each_of_one_moment(written: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """See Note [Two readers]. A write between them is told by the stamp: all is read anew."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL is read with Django's cursor")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    Group.objects.all().delete()
    made = [Group.objects.create(name=str(k)).pk for k in range(7)]
    TableVersion.objects.create(name="auth_group", shard=-1, stamp=-(2**62) - 1)
    started: list[Any] = []

    class Reader(_Reader):
        def __init__(self, *asked: Any) -> None:
            if len(started) == 1:  # the first half is read before, the second after this
                started[0].values = started[0]()
                if written:
                    Group.objects.filter(id=made[0]).update(id=made[-1] + 1)
                    TableVersion.objects.filter(name="auth_group").update(stamp=2**62 + 1)
            super().__init__(*asked)
            started.append(self)

        def __call__(self) -> Any:
            return vars(self).get("values", super().__call__())

    monkeypatch.setattr(columns, "_Reader", Reader)
    found = read(names(), ["amount"])["pk"].to_list()
    assert found == ([*made[1:], made[-1] + 1] if written else made)
    assert len(started) == (3 if written else 2)


def test_odd_paths_and_values_reach_the_reader_as_they_are(tmp_path: Path) -> None:
    place = tmp_path / "a #1? 100% è.sqlite3"
    made = sqlite3.connect(place)
    made.execute("CREATE TABLE t (word, day, number)")
    made.executemany("INSERT INTO t VALUES (?, ?, ?)", [("inf", "2020-01-31", 1), ("50% x", "2021-01-31", 2)])
    made.commit()
    made.close()

    def marked(sql: str, *params: Any) -> Any:
        return _marked(SimpleNamespace(query=SimpleNamespace(sql_with_params=lambda: (sql, params))))

    def read(where: str, *params: Any) -> list[float]:
        with _Reader(str(place), marked(f"SELECT number FROM t WHERE {where}", *params)) as reader:
            return reader().tolist()

    assert read("word = %s", "inf") == [1.0], "a word, not infinity"
    assert read("number < %s", inf) == [1.0, 2.0]
    assert read("word LIKE '50%%' AND number = %s", 2) == [2.0]
    assert read("day > %s", date(2020, 12, 31)) == read("day > %s", datetime(2020, 12, 31, 12, tzinfo=UTC)) == [2.0]
    assert read("number = CAST(%s AS REAL)", Decimal("2.0")) == [2.0]
    with pytest.raises(TypeError, match="cannot be given to the reader"):
        read("word = %s", b"x")
    with _Reader(str(place), ("DELETE FROM t", ())) as writer, pytest.raises(ReaderFailed, match="readonly"):
        writer()


def test_a_reader_that_fails_says_why(tmp_path: Path) -> None:
    long = "SELECT 1 -- " + "x" * 100_000  # more than a pipe holds, to one that may have ended
    for statement in ("SELECT 1", long):
        with (
            _Reader(f"{tmp_path}/none.sqlite3", (statement, ())) as reader,
            pytest.raises(ReaderFailed, match="unable to open database file"),
        ):
            reader()


def endless(tmp_path: Path) -> tuple[str, columns.Statement]:
    place = str(tmp_path / "some.sqlite3")
    sqlite3.connect(place).close()
    return place, ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0", ())


def test_nobody_reads_on_for_whom_nobody_waits(tmp_path: Path) -> None:
    files = len(list(Path("/dev/fd").iterdir()))
    with suppress(ZeroDivisionError), _Reader(*endless(tmp_path)) as reader:
        raise ZeroDivisionError
    assert reader._process.returncode == -signal.SIGKILL
    assert len(list(Path("/dev/fd").iterdir())) == files


@pytest.mark.django_db(transaction=True)
def test_a_half_that_fails_stops_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL is read with Django's cursor")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for name in ("a", "b"):
        Group.objects.create(name=name)
    TableVersion.objects.create(name="auth_group", shard=-1, stamp=1)
    started: list[Any] = []

    class Reader(_Reader):
        def __init__(self, *_asked: Any) -> None:
            super().__init__(*((f"{tmp_path}/none.sqlite3", ("SELECT 1", ())) if not started else endless(tmp_path)))
            started.append(self)

    monkeypatch.setattr(columns, "_Reader", Reader)
    with pytest.raises(ReaderFailed):
        read(names(), ["amount"])
    assert [r._process.returncode for r in started] == [1, -signal.SIGKILL]
