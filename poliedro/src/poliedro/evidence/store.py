"""The one reader of stored result tables: hands out plain rows, filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl

from poliedro.evidence.files import folder
from poliedro.evidence.models import ResultTable


class TableLost(RuntimeError):
    """The database knows a table whose file is not in the store."""


def path_of(table: ResultTable) -> Path:
    """The table's Parquet file. Raises TableLost where it is missing."""
    path = folder() / table.path
    if not path.exists():
        raise TableLost(f"{table.path} is not in the store; restore it, or run {table.run.analysis} again")
    return path


@lru_cache(maxsize=64)
def _frame(path: str) -> pl.DataFrame:
    return pl.read_parquet(path)


def read_rows(
    table: ResultTable,
    where: Mapping[str, Any] | None = None,
    *,
    columns: Sequence[str] | None = None,
    order: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Rows whose columns equal the values of `where` (a list or tuple: any of them).

    order: a column, with a minus before it for falling; unknown values come last, ties keep the order of the table.
    """
    frame = _filtered(table, where)
    if order:
        frame = frame.sort(order.lstrip("-"), descending=order.startswith("-"), nulls_last=True, maintain_order=True)
    if columns is not None:
        frame = frame.select(columns)
    return frame.slice(offset, limit).to_dicts()


def count_rows(table: ResultTable, where: Mapping[str, Any] | None = None) -> int:
    return _filtered(table, where).height


def distinct(table: ResultTable, column: str, where: Mapping[str, Any] | None = None) -> list[Any]:
    """The values of a column, sorted, without null."""
    return _filtered(table, where)[column].drop_nulls().unique().sort().to_list()


def typed(table: ResultTable, where: Mapping[str, str]) -> dict[str, Any]:
    """The texts of an address as values of the table's columns; what fits no value of a column is left as text, which
    then matches no row."""
    schema = _frame(str(path_of(table))).schema
    found: dict[str, Any] = {}
    for name, text in where.items():
        kind = schema[name]
        if kind == pl.Boolean:
            found[name] = text.lower() in {"true", "1"}
        elif kind.is_numeric():
            try:
                found[name] = float(text)
            except ValueError:
                found[name] = float("nan")
        else:
            found[name] = text
    return found


def csv_of(table: ResultTable, where: Mapping[str, Any] | None = None) -> Iterator[str]:
    """The table as CSV, in parts of 5 000 rows, the header first."""
    frame = _filtered(table, where)
    for start in range(0, max(frame.height, 1), 5000):
        out = StringIO()
        frame.slice(start, 5000).write_csv(out, include_header=start == 0)
        yield out.getvalue()


def _filtered(table: ResultTable, where: Mapping[str, Any] | None) -> pl.DataFrame:
    frame = _frame(str(path_of(table)))
    tests = [
        pl.col(name).is_in(list(value)) if isinstance(value, (list, tuple, set)) else pl.col(name) == value
        for name, value in (where or {}).items()
    ]
    return frame.filter(*tests) if tests else frame
