"""Rows of a query of numbers as columns.

Read with the database's own cursor. Arrow's driver (ADBC) is a third faster, but it brings a second SQLite into the
process: the system's locks on a file belong to the whole process, so that one of the two takes away the other's, and
cuts the shared memory that the other reads. The process then dies of a bus error (ADR 29).
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import F, FloatField, Value
from django.db.models.functions import Coalesce

AT_A_TIME = 2_000
"""Rows read at a time, so that they stay in the processor's cache."""


def columns_of(rows: Any, whole: list[str], amounts: list[str]) -> pl.DataFrame:
    """Columns of numbers: `whole` (integers that are never null), then `amounts` (null where the database has none).

    rows: a query set; both lists name fields or annotations of it (amounts: of floating point).
    """
    known = {
        f"known_{k}": Coalesce(F(name), Value(np.inf), output_field=FloatField()) for k, name in enumerate(amounts)
    }
    read = rows.annotate(**known).values_list(*whole, *known)
    width, parts = len(whole) + len(known), [np.zeros(0)]
    sql, params = read.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while some := cursor.fetchmany(AT_A_TIME):
            parts.append(np.fromiter(chain.from_iterable(some), dtype=float, count=len(some) * width))
    values = np.concatenate(parts).reshape(-1, width)
    found = [pl.Series(name, values[:, k].astype(np.int64)) for k, name in enumerate(whole)]
    for k, name in enumerate(amounts, len(whole)):
        column = values[:, k].copy()
        column[np.isinf(column)] = np.nan
        found.append(pl.Series(name, column, nan_to_null=True))
    return pl.DataFrame(found)
