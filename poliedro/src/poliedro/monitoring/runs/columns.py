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
from collections.abc import Callable
from contextlib import suppress
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

AT_A_TIME = 500
"""Rows read at a time, so that they stay in the processor's cache."""
READER = Path(__file__).with_name("reader.py")


class ReaderFailed(OSError):
    """The process that reads the database's file ended before the last row; the message is its own."""


def columns_of(rows: Any, whole: list[str], amounts: list[str]) -> Callable[[], pl.DataFrame]:
    """Begins to read; what it returns waits for the last row and gives the columns.

    Columns of numbers: `whole` (integers that are never null), then `amounts` (null where the database has none).
    rows: a query set; both lists name fields or annotations of it (amounts: of floating point). One statement, so all
    rows are of one moment. Raises ReaderFailed when the columns are asked for.
    """
    known = {
        f"known_{k}": Coalesce(F(name), Value(np.inf), output_field=FloatField()) for k, name in enumerate(amounts)
    }
    sql, params = rows.annotate(**known).values_list(*whole, *known).query.sql_with_params()
    width = len(whole) + len(known)
    in_memory = getattr(connection, "is_in_memory_db", lambda: True)  # SQLite's connection alone can tell
    if connection.vendor == "sqlite" and not connection.in_atomic_block and not in_memory():
        values = _read_beside(str(connection.settings_dict["NAME"]), sql, params)
    else:
        values = _read_here(sql, params)
    return lambda: _named(values().reshape(-1, width), whole, amounts)


def _named(values: np.ndarray, whole: list[str], amounts: list[str]) -> pl.DataFrame:
    found = [pl.Series(name, values[:, k].astype(np.int64)) for k, name in enumerate(whole)]
    for k, name in enumerate(amounts, len(whole)):
        column = values[:, k].copy()
        column[np.isinf(column)] = np.nan
        found.append(pl.Series(name, column, nan_to_null=True))
    return pl.DataFrame(found)


def _read_here(sql: str, params: tuple[Any, ...]) -> Callable[[], np.ndarray]:
    parts = [np.zeros(0)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while some := cursor.fetchmany(AT_A_TIME):
            parts.append(np.fromiter(chain.from_iterable(some), dtype=float, count=len(some) * len(some[0])))
    values = np.concatenate(parts)
    return lambda: values


def _read_beside(database: str, sql: str, params: tuple[Any, ...]) -> Callable[[], np.ndarray]:
    """The reader needs nothing but the standard library, and starts in some hundredths of a second.

    It has no functions that Django adds to SQLite (dates, powers): a statement that uses them is refused.
    """
    asked = {
        "database": f"file:{quote(database)}?mode=ro",
        "sql": FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%"),  # as Django's cursor does
        "params": params,
        "rows": AT_A_TIME,
    }
    told_to = json.dumps(asked, default=_as_bound).encode()  # before there is a process that a refusal would leave
    told, complaint = _in_memory(), _in_memory()  # a pipe would be full while the caller computes, and the reader wait
    reader = subprocess.Popen(
        [sys.executable, "-I", "-S", str(READER)], stdin=subprocess.PIPE, stdout=told, stderr=complaint
    )
    assert reader.stdin is not None
    with suppress(BrokenPipeError):  # it ended before it was told; it says why
        reader.stdin.write(told_to)
        reader.stdin.close()
    return lambda: _all_of(reader, told, complaint)


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


def _all_of(reader: subprocess.Popen[bytes], told: IO[bytes], complaint: IO[bytes]) -> np.ndarray:
    reader.wait()
    with told, complaint:
        if reader.returncode:
            complaint.seek(0)
            said_last = complaint.read().decode(errors="replace").strip()[-300:]
            why = said_last or f"the reader ended with {reader.returncode}"
            raise ReaderFailed(f"accounts could not be read: {why}")
        size = os.fstat(told.fileno()).st_size
        return np.frombuffer(mmap(told.fileno(), size, access=ACCESS_READ) if size else b"")
