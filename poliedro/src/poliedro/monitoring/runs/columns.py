"""Rows of a query of numbers as columns.

Making an object of every number costs more than reading it. A database that is a file is read by a process of its own,
while the caller goes on; others, and what a transaction has not committed, with the database's own cursor. Arrow's
driver (ADBC) is faster than either, but brings a second SQLite into the process, which ends it (ADR 29).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any
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
    reader = subprocess.Popen(
        [sys.executable, "-I", "-S", str(READER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pool = ThreadPoolExecutor(1)  # takes what the reader says, which would wait otherwise
    told = pool.submit(_all_of, reader, told_to)
    pool.shutdown(wait=False)
    return told.result


def _as_bound(value: Any) -> str:
    """What SQLite is given for a value that JSON has no word for."""
    if isinstance(value, Decimal | date):
        return str(value)
    raise TypeError(f"{value!r} cannot be given to the reader; filter by numbers, texts and days")


def _all_of(reader: subprocess.Popen[bytes], asked: bytes) -> np.ndarray:
    said, complaint = reader.communicate(asked)
    if reader.returncode:
        said_last = complaint.decode(errors="replace").strip()[-300:]
        raise ReaderFailed(f"accounts could not be read: {said_last or f'the reader ended with {reader.returncode}'}")
    return np.frombuffer(said)
