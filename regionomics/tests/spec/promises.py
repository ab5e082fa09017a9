"""What the tests of promises share: results taken apart into tables, compared, and tables of every library."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import regionomics as rg
from regionomics.panels import Panel
from regionomics.relatedness import LabelledMatrix

Call = Callable[..., Any]

# For tests that hold empty places, activities of nobody, one place or separate groups on purpose: what is said of such
# tables is tested in test_every_function and test_clear_errors.
odd_tables = pytest.mark.filterwarnings("ignore::regionomics.errors.InputWarning")


def tables(result: Any) -> dict[str, pl.DataFrame]:
    """All tables of a result, with numbers and words that are none as tables of one row."""
    found: dict[str, pl.DataFrame] = {}

    def add(name: str, value: Any) -> None:
        if isinstance(value, LabelledMatrix):
            found[name] = pl.DataFrame(value.toarray()).fill_nan(None)  # NaN marks unknown in a matrix
        elif isinstance(value, Panel):
            found[name] = frame(value.table())
        elif dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                if field.repr and field.name not in ("labels", "counts"):
                    add(f"{name}.{field.name}", getattr(value, field.name))
            if hasattr(value, "table"):
                add(f"{name}.table", value.table())
        elif isinstance(value, np.ndarray):
            found[name] = pl.DataFrame({"value": value}).fill_nan(None)
        elif value is None or isinstance(value, str | int | float | tuple):
            found[name] = pl.DataFrame({"value": [value]}, strict=False)
        elif isinstance(value, dict):
            for k, v in value.items():
                add(f"{name}.{k}", v)
        else:
            found[name] = frame(value)

    add("result", result)
    return found


def frame(value: Any) -> pl.DataFrame:
    if isinstance(value, pl.DataFrame):
        return value
    if isinstance(value, pl.LazyFrame):
        return value.collect()
    if isinstance(value, pd.DataFrame):
        return pl.from_pandas(value)
    if isinstance(value, pa.Table):
        return pl.from_arrow(value)
    if isinstance(value, duckdb.DuckDBPyRelation):
        return value.pl()
    raise AssertionError(f"{type(value).__name__} is no table")


def same(first: Any, second: Any, *, exact: bool = False) -> None:
    one, two = tables(first), tables(second)
    assert one.keys() == two.keys()
    for name in one:
        a, b = one[name], two[name]
        assert a.columns == b.columns, name
        assert a.height == b.height, name
        for column in a.columns:
            x, y = a[column], b[column]
            if x.dtype.is_float() and y.dtype.is_numeric():
                assert x.is_null().equals(y.is_null()), (name, column)
                tolerance = 0 if exact else 1e-9
                close = np.isclose(x.drop_nulls(), y.cast(float).drop_nulls(), rtol=tolerance, atol=tolerance)
                assert close.all(), (name, column)
            else:
                assert [str(v) for v in x] == [str(v) for v in y], (name, column)


def without_nan(result: Any) -> None:
    for name, table in tables(result).items():
        for column in table.columns:
            if table[column].dtype.is_float():
                assert not table[column].is_nan().any(), f"NaN in {name}, {column}"
                assert not table[column].is_infinite().any(), f"infinite in {name}, {column}"


def answered_or_refused(call: Call) -> None:
    """A refusal is one of the library's own, with a reason; nothing else is raised and nothing is NaN."""
    try:
        result = call()
    except rg.RegionomicsError as error:
        if len(str(error)) < 20:
            raise
        return
    without_nan(result)


def native(result: Any) -> list[Any]:
    """The tables that a result holds or makes, as they are."""
    if isinstance(result, Panel):
        return [result.table()]
    if not dataclasses.is_dataclass(result):
        return [result]
    kinds = (pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.Table, duckdb.DuckDBPyRelation)
    held = [getattr(result, f.name) for f in dataclasses.fields(result)]
    return [v for v in held if isinstance(v, kinds)] + ([result.table()] if hasattr(result, "table") else [])


FAMILIES: dict[str, tuple[Callable[[pl.DataFrame], Any], type]] = {
    "polars, lazy": (lambda t: t.lazy(), pl.LazyFrame),
    "pandas": (lambda t: t.to_pandas(), pd.DataFrame),
    "pyarrow": (lambda t: t.to_arrow(), pa.Table),
    "duckdb": (lambda t: duckdb.from_arrow(t.to_arrow()), duckdb.DuckDBPyRelation),
}
