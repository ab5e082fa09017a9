"""Rows of a query of numbers as columns.

SQLite's driver for Python makes an object of every number, which costs more than reading them. Arrow's driver fills
columns. It has a connection of its own, which does not see what a transaction has not committed: it is used outside of
one alone, and for databases that are files. It takes a column's kind from the first rows and refuses a fraction after
nulls alone, as where the first source knows no employment: such rows are read with the cursor.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl
from django.db import connection

FIRST_ROWS = 65_536
"""Rows from which Arrow's driver takes the kinds; all others come in as many at a time."""


def columns_of(rows: Any, names: list[str]) -> pl.DataFrame:
    """Columns of numbers, by name in the order of the query's; null where the database has none.

    rows: of a model without translated fields: with them the order of a query's columns differs between processes.
    """
    sql, params = rows.query.sql_with_params()
    database = connection.settings_dict["NAME"]
    in_memory = getattr(connection, "is_in_memory_db", lambda: True)  # SQLite's connection alone can tell
    if connection.vendor == "sqlite" and not connection.in_atomic_block and not in_memory():
        try:
            return _by_arrow(str(database), sql, params, names)
        except OSError as error:
            if "Type mismatch" not in str(error):
                raise
    return _by_cursor(sql, params, names)


def _by_cursor(sql: str, params: tuple[Any, ...], names: list[str]) -> pl.DataFrame:
    parts = [np.zeros((0, len(names)))]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while some := cursor.fetchmany(2000):  # some at a time, so that they stay in the cache
            parts.append(np.array(some, dtype=float))
    values = np.concatenate(parts)
    return pl.DataFrame([pl.Series(name, values[:, k].copy(), nan_to_null=True) for k, name in enumerate(names)])


def _by_arrow(database: str, sql: str, params: tuple[Any, ...], names: list[str]) -> pl.DataFrame:
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(f"file:{quote(database)}?mode=ro") as arrow, arrow.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(FIRST_ROWS)})
        cursor.execute(sql.replace("%s", "?"), params)
        return pl.DataFrame(cursor.fetch_arrow_table().rename_columns(names))
