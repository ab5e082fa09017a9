"""Rows of a query of numbers as columns.

Making an object of every number costs more than reading it. A database that is a file is read by a process of its own,
while the caller goes on; others, and what a transaction has not committed, with the database's own cursor. Arrow's
driver (ADBC) is faster than either, but brings a second SQLite into the process, which ends it (ADR 29).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from decimal import Decimal
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import quote

import numpy as np
import polars as pl
from django.db import connection
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.models import F, FloatField, Value
from django.db.models.functions import Coalesce

from poliedro.shared.models import TableVersion

AT_A_TIME = 500
"""Rows read at a time, so that they stay in the processor's cache."""
Statement = tuple[str, tuple[Any, ...]]
"""SQL and its parameters."""
READER = Path(__file__).with_name("reader.py")


class ReaderFailed(OSError):
    """The process that reads the database's file ended before the last row; the message is its own."""


@contextmanager
def columns_of(rows: Any, whole: list[str], amounts: list[str], halved_by: str) -> Iterator[Callable[[], pl.DataFrame]]:
    """Begins to read; what it gives waits for the last row and returns the columns. At its end nobody reads any more,
    asked or not.

    Columns of numbers: `whole` (integers that are never null), then `amounts` (null where the database has none).
    rows: a query set; both lists name fields or annotations of it (amounts: of floating point). All rows are of one
    moment. halved_by: a field of whole numbers with an index, by which two processes read a half each; see Note [Two
    readers]. Raises ReaderFailed when the columns are asked for.
    """
    known = {
        f"known_{k}": Coalesce(F(name), Value(np.inf), output_field=FloatField()) for k, name in enumerate(amounts)
    }
    asked = rows.annotate(**known).values_list(*whole, *known)
    width = len(whole) + len(known)
    in_memory = getattr(connection, "is_in_memory_db", lambda: True)  # SQLite's connection alone can tell
    with ExitStack() as begun:
        if connection.vendor == "sqlite" and not connection.in_atomic_block and not in_memory():
            values = _read_beside(asked, halved_by, begun)
        else:
            values = _read_here(asked)
        yield lambda: _named(values().reshape(-1, width), whole, amounts)


def _read_beside(rows: Any, halved_by: str, begun: ExitStack) -> Callable[[], np.ndarray]:
    """# Note [Two readers]

    A statement is of one moment; two are, if nothing was written between them. Each reader reads the stamp of the table
    (`shared.versions`) in the transaction of its half. Where the stamps differ, one reads everything anew.
    """
    database = str(connection.settings_dict["NAME"])
    stamp = TableVersion.objects.filter(name=rows.model._meta.db_table).values_list("stamp")
    middle = _middle(rows.model, halved_by) if (os.cpu_count() or 1) > 1 and stamp.exists() else None
    if middle is None:
        return begun.enter_context(_Reader(database, _marked(rows)))
    halves = [
        begun.enter_context(_Reader(database, _marked(half), _marked(stamp)))
        for half in (rows.filter(**{f"{halved_by}__lt": middle}), rows.filter(**{f"{halved_by}__gte": middle}))
    ]

    def both() -> np.ndarray:
        found = [half() for half in halves]
        stamps = {int(half[:1].view(np.int64)[0]) for half in found}
        if len(stamps) > 1:
            return begun.enter_context(_Reader(database, _marked(rows)))()
        return np.concatenate([half[1:] for half in found])

    return both


def _middle(model: Any, field: str) -> int | None:
    ends = [model._base_manager.order_by(order).values_list(field, flat=True).first() for order in (field, f"-{field}")]
    return None if None in ends or ends[0] == ends[1] else (ends[0] + ends[1] + 1) // 2


def _named(values: np.ndarray, whole: list[str], amounts: list[str]) -> pl.DataFrame:
    found = [pl.Series(name, values[:, k].astype(np.int64)) for k, name in enumerate(whole)]
    for k, name in enumerate(amounts, len(whole)):
        column = values[:, k].copy()
        column[np.isinf(column)] = np.nan
        found.append(pl.Series(name, column, nan_to_null=True))
    return pl.DataFrame(found)


def _read_here(rows: Any) -> Callable[[], np.ndarray]:
    parts = [np.zeros(0)]
    with connection.cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        while some := cursor.fetchmany(AT_A_TIME):
            parts.append(np.fromiter(chain.from_iterable(some), dtype=float, count=len(some) * len(some[0])))
    values = np.concatenate(parts)
    return lambda: values


class _Reader:
    """A process that reads rows of numbers. Called, it waits for them and gives their values, one after the other;
    before them the one number, of 64 bits, that `before` asks for, as a double of the same bits.

    The reader needs nothing but the standard library, and starts in some hundredths of a second. It has no functions
    that Django adds to SQLite (dates, powers): a statement that uses them is refused.
    """

    def __init__(self, database: str, statement: Statement, before: Statement | None = None) -> None:
        asked = {
            "database": f"file:{quote(database)}?mode=ro",
            "statement": statement,
            "before": before,
            "rows": AT_A_TIME,
        }
        told_to = json.dumps(asked, default=_as_bound).encode()  # before there is a process that a refusal would leave
        # a pipe would be full while the caller computes, and the reader wait
        self._told, self._complaint = _in_memory(), _in_memory()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(READER)], stdin=subprocess.PIPE, stdout=self._told, stderr=self._complaint
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as stdin:  # it ended before it was told; it says why
            stdin.write(told_to)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._process.kill()  # does nothing to one that was waited for
        self._process.wait()
        self._told.close()
        self._complaint.close()

    def __call__(self) -> np.ndarray:
        if self._process.wait():
            self._complaint.seek(0)
            said_last = self._complaint.read().decode(errors="replace").strip()[-300:]
            why = said_last or f"the reader ended with {self._process.returncode}"
            raise ReaderFailed(f"accounts could not be read: {why}")
        told = self._told.fileno()
        size = os.fstat(told).st_size
        return np.frombuffer(mmap(told, size, access=ACCESS_READ) if size else b"")


def _marked(rows: Any) -> Statement:
    """With the marks of SQLite, as Django's cursor makes them."""
    sql, params = rows.query.sql_with_params()
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%"), params


def _in_memory() -> IO[bytes]:
    """A file without a name; in memory where the system can (Linux)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("rows"), "r+b", buffering=0)
    return TemporaryFile(buffering=0)


def _as_bound(value: Any) -> str:
    """What SQLite is given for a value that JSON has no word for."""
    if isinstance(value, Decimal | date):
        return str(value)
    raise TypeError(f"{value!r} cannot be given to the reader; filter by numbers, texts and days")
