"""A function of a table as something to ask again and again: its answer's labels, and where each new answer belongs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, RegionomicsWarning
from regionomics.tables import Codes, Family, encode, read_columns

_MOST_CELLS = 200_000_000


@dataclass(frozen=True)
class Observed:
    labels: pa.Table
    keys: Sequence[Codes]
    order: np.ndarray
    sorted_keys: np.ndarray
    values: np.ndarray
    statistic: str


@dataclass(frozen=True)
class Asked:
    function: Callable[..., Any]
    options: dict[str, Any]
    statistic: str | None
    labels: Sequence[str] | None
    columns: Sequence[str]
    over: str | None
    family: Family

    def first(self, table: Any) -> Observed:
        answer = self._ask(table)
        name = self.statistic or str(getattr(self.function, "__name__", ""))
        if name not in answer.column_names:
            raise InvalidParameter(f"the answer has {answer.column_names}, not {name!r}; name one in statistic=")
        if self.labels is not None:
            names = list(self.labels)
        else:
            names = [c for c in answer.column_names if c != name and any(_stems(c, own) for own in self.columns)]
        missing = [c for c in names if c not in answer.column_names]
        if missing:
            raise InvalidParameter(f"labels: the answer has {answer.column_names}, not {missing[0]!r}")
        if not names and answer.num_rows > 1:
            raise InvalidTable("the answer has several rows and no label; name its label columns in labels=")
        body = answer.select(names)
        keys = [encode(answer[c], c) for c in names]
        key = np.zeros(answer.num_rows, dtype=np.int64)
        for codes in keys:
            key = key * len(codes.labels) + codes.codes
        order = np.argsort(key, kind="stable")
        if (np.diff(key[order]) == 0).any():
            raise InvalidTable(f"the answer names a row twice by {names}; name all of its label columns in labels=")
        return Observed(body, keys, order, key[order], _floats(answer[name]), name)

    def all(self, observed: Observed, tables: Iterator[pa.Table], count: int, units: pa.Array | None) -> np.ndarray:
        """The statistic for each table, (n_rows, count); NaN where it has no such row."""
        rows = len(observed.values)
        if rows * count > _MOST_CELLS:
            raise NoSupport(f"{rows} rows in {count} replicates; ask for fewer, or let the function give fewer rows")
        out = np.full((rows, count), np.nan)
        ours = _is_ours(self.function)  # and takes Arrow tables, so that none is changed to another library and back
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegionomicsWarning)  # what the whole table warns of has been said
            for k, arrow in enumerate(tables):
                answer = self._ask(arrow if ours else self.family.emit(arrow))
                at, values = self._placed(observed, answer, units)
                out[at, k] = values
        return out

    def _placed(self, observed: Observed, answer: pa.Table, units: pa.Array | None) -> tuple[np.ndarray, np.ndarray]:
        key = np.zeros(answer.num_rows, dtype=np.int64)
        inside = np.ones(answer.num_rows, dtype=bool)
        for name, codes in zip(observed.labels.column_names, observed.keys, strict=True):
            column = answer[name].combine_chunks()
            if units is not None and self.over is not None and _stems(name, self.over):
                known = pc.index_in(units, value_set=codes.labels).fill_null(-1).to_numpy(zero_copy_only=False)
                number = column.to_numpy(zero_copy_only=False).astype(np.int64)
                own = np.where(number < len(units), known[np.minimum(number, len(units) - 1)], -1)
            else:
                own = pc.index_in(column.cast(codes.labels.type), value_set=codes.labels).fill_null(-1)
                own = own.to_numpy(zero_copy_only=False)
            inside &= own >= 0
            key = key * len(codes.labels) + own
        values = _floats(answer[observed.statistic])
        at = np.minimum(np.searchsorted(observed.sorted_keys, key), len(observed.sorted_keys) - 1)
        inside &= observed.sorted_keys[at] == key
        return observed.order[at[inside]], values[inside]

    def _ask(self, table: Any) -> pa.Table:
        answer = self.function(table, **self.options)
        try:
            frame = nw.from_native(answer)
        except TypeError as error:
            raise InvalidTable(
                f"the function gives a {type(answer).__name__}, not a table; "
                "pick one, as in lambda t: rg.economic_complexity(t).places"
            ) from error
        if isinstance(answer, pa.Table):
            return answer
        eager = frame.collect(backend="pyarrow") if isinstance(frame, nw.LazyFrame) else frame
        return eager.to_arrow()


def _is_ours(function: Callable[..., Any]) -> bool:
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__module__", "")).partition(".")[0] == __name__.partition(".")[0]


def _stems(name: str, column: str) -> bool:
    """Is this the column, or one of its ends in a pair (place_1, place_2)?"""
    return name == column or (name.startswith(f"{column}_") and name[len(column) + 1 :].isdigit())


@dataclass(frozen=True)
class Draws:
    """labels: the answer's label columns; observed: (n_rows,); drawn: (n_rows, replicates), NaN where unknown."""

    labels: pa.Table
    statistic: str
    observed: np.ndarray
    drawn: np.ndarray
    family: Family

    def table(self) -> Any:
        rows, count = self.drawn.shape
        at = pa.array(np.repeat(np.arange(rows), count))
        return self.family.emit(
            {
                **{name: self.labels[name].take(at) for name in self.labels.column_names},
                "replicate": np.tile(np.arange(1, count + 1), rows),
                self.statistic: self.drawn.ravel(),
            }
        )


# --- figures ----------------------------------------------------------------------------------------------------------
def quantiles(drawn: np.ndarray, at: np.ndarray, enough: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles at[:, 0] and at[:, 1] of the known draws of each row; NaN where there are not enough."""
    ends = np.full((len(drawn), 2), np.nan)
    for row in np.flatnonzero(enough & np.isfinite(at).all(axis=1)):
        values = drawn[row]
        ends[row] = np.quantile(values[np.isfinite(values)], at[row])
    return ends[:, 0], ends[:, 1]


def moments(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the known draws of each row."""
    known = np.isfinite(drawn)
    count = known.sum(axis=1)
    nothing = np.full(len(drawn), np.nan)
    mean = np.divide(np.where(known, drawn, 0.0).sum(axis=1), count, out=nothing.copy(), where=count > 0)
    squares = np.where(known, (drawn - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return mean, np.sqrt(np.divide(squares, count - 1, out=nothing, where=count > 1))


def labelled(labels: pa.Table, columns: dict[str, np.ndarray], known: np.ndarray) -> pa.Table:
    body = dict(zip(labels.column_names, labels.columns, strict=True))
    figures = {k: pa.array(v, pa.float64(), from_pandas=True) for k, v in columns.items()}
    return pa.table({**body, **figures, "replicates": pa.array(known.astype(np.int64))})


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    values = column.cast(pa.float64()).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


# --- reading ----------------------------------------------------------------------------------------------------------
def renamed(column: Any, arrow: pa.Table, options: dict[str, Any]) -> Any:
    """The column itself, or the one that the options for the function name so: "place" with place="region"."""
    other = options.get(column) if isinstance(column, str) and column not in arrow.column_names else None
    return other if isinstance(other, str) else column


def whole(table: Any) -> tuple[pa.Table, Family]:
    try:
        names = nw.from_native(table).collect_schema().names()
    except TypeError as error:
        raise InvalidTable(f"a {type(table).__name__} is not a table; pass the table that it was made of") from error
    arrow, family = read_columns(table, names)
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; there is nothing to draw from")
    return arrow.combine_chunks(), family


def check(level: float, replicates: int, beyond: int, less: int) -> int:
    """How many replicates the level needs, beyond / (1 - level) - less; InvalidParameter where they are fewer."""
    if not 0 < level < 1:
        raise InvalidParameter(f"level={level!r}; it must lie between 0 and 1, such as 0.95")
    needed = math.ceil(beyond / (1 - level) - less - 1e-9)
    if replicates < needed:
        raise InvalidParameter(f"replicates={replicates!r}; level {level:g} needs at least {needed}, better 999")
    return needed
