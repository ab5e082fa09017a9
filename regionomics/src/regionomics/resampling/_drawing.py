"""Tables drawn anew: units with replacement, single units of counts, labels dealt out, counts with the same sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import gammaln

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.tables import encode, numbers

_FEWEST = 10  # units to draw from: with fewer the interval covers far less often than it says


@dataclass(frozen=True)
class Units:
    """Rows by unit: rows[start[u] : start[u + 1]] belong to unit u; groups: units that are drawn among themselves."""

    arrow: pa.Table
    over: str
    labels: pa.Array
    rows: np.ndarray
    start: np.ndarray
    groups: Sequence[np.ndarray]

    @property
    def size(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, arrow: pa.Table, over: str, within: str | None) -> Units:
        codes = encode(_column(arrow, over, "over"), over)
        n = len(codes.labels)
        start = np.concatenate(([0], np.cumsum(np.bincount(codes.codes, minlength=n))))
        groups = [np.arange(n)]
        if within is not None:
            group = encode(_column(arrow, within, "within"), within)
            owner = np.empty(n, dtype=np.int64)
            owner[codes.codes] = group.codes
            wrong = np.flatnonzero(owner[codes.codes] != group.codes)
            if len(wrong):
                raise InvalidTable(
                    f"{over} {codes.labels[int(codes.codes[wrong[0]])]} lies in two groups of {within}; "
                    "units are drawn whole, so each has one"
                )
            groups = [np.flatnonzero(owner == g) for g in range(len(group.labels))]
        fewest = min((len(g) for g in groups), default=0)
        if fewest < _FEWEST:
            where = f" in a group of {within}" if within is not None else ""
            raise NoSupport(
                f"{over} has {fewest} labels{where}; an interval from fewer than {_FEWEST} would promise too much"
            )
        return cls(arrow, over, codes.labels, np.argsort(codes.codes, kind="stable"), start, groups)

    def draw(self, rng: np.random.Generator) -> pa.Table:
        return self._of(np.concatenate([g[rng.integers(len(g), size=len(g))] for g in self.groups]))

    def without(self, unit: int) -> pa.Table:
        return self._of(np.delete(np.arange(self.size), unit))

    def _of(self, chosen: np.ndarray) -> pa.Table:
        """The rows of the chosen units; the first copy of unit u is called u, further ones have new numbers."""
        chosen = np.sort(chosen)
        name = chosen.copy()
        again = np.flatnonzero(np.diff(chosen) == 0) + 1
        name[again] = self.size + np.arange(len(again))
        count = self.start[chosen + 1] - self.start[chosen]
        skip = np.repeat(self.start[chosen] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        rows = self.rows[skip + np.arange(int(count.sum()))]
        at = self.arrow.column_names.index(self.over)
        return self.arrow.take(pa.array(rows)).set_column(at, self.over, pa.array(np.repeat(name, count)))


@dataclass(frozen=True)
class Counts:
    """Single units of a column of whole numbers, drawn within groups of rows."""

    arrow: pa.Table
    column: str
    values: np.ndarray
    groups: Sequence[np.ndarray]
    labels: None = None

    @property
    def size(self) -> int:
        return int(self.values.sum())

    @classmethod
    def of(cls, arrow: pa.Table, column: str, within: str | None) -> Counts:
        values = _whole_numbers(_column(arrow, column, "counts"), column)
        groups = _row_groups(arrow, within)
        fewest = min((int(values[g].sum()) for g in groups), default=0)
        if fewest < _FEWEST:
            raise NoSupport(
                f"{column} adds up to {fewest}; an interval from fewer than {_FEWEST} would promise too much"
            )
        return cls(arrow, column, values, groups)

    def draw(self, rng: np.random.Generator) -> pa.Table:
        values = np.zeros(len(self.values), dtype=np.int64)
        for g in self.groups:
            total = self.values[g].sum()
            values[g] = rng.multinomial(int(total), self.values[g] / total)
        return self.arrow.set_column(self.arrow.column_names.index(self.column), self.column, pa.array(values))


@dataclass(frozen=True)
class Shuffle:
    """Columns dealt out anew over the rows of each group."""

    arrow: pa.Table
    columns: Sequence[str]
    groups: Sequence[np.ndarray]

    @classmethod
    def of(cls, arrow: pa.Table, columns: Sequence[str], within: str | None, needed: float) -> Shuffle:
        codes = np.zeros(arrow.num_rows, dtype=np.int64)
        for c in columns:
            one = encode(_column(arrow, c, "shuffle"), c)
            codes = np.unique(codes * max(len(one.labels), 1) + one.codes, return_inverse=True)[1]
        groups = _row_groups(arrow, within)
        ways = 0.0
        for g in groups:
            same = np.unique(codes[g], return_counts=True)[1]
            ways += float(gammaln(len(g) + 1) - gammaln(same + 1).sum())
        if ways < math.log(needed) - 1e-9:
            raise NoSupport(
                f"{', '.join(columns)} can be dealt out in {math.exp(ways):.0f} ways; a test needs {needed:.0f} or more"
            )
        return cls(arrow, columns, groups)

    def draw(self, rng: np.random.Generator) -> pa.Table:
        rows = np.arange(self.arrow.num_rows)
        for g in self.groups:
            rows[g] = rng.permutation(g)
        out, order = self.arrow, pa.array(rows)
        for c in self.columns:
            out = out.set_column(out.column_names.index(c), c, self.arrow[c].take(order))
        return out


@dataclass(frozen=True)
class Margins:
    """Tables of whole numbers with the sums by two columns, one in each group."""

    column: str
    names: tuple[str, str]
    labels: tuple[pa.Array, pa.Array]
    parts: Sequence[tuple[dict[str, pa.Scalar], np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, arrow: pa.Table, column: str, between: tuple[str, str], within: str | None) -> Margins:
        values = _whole_numbers(_column(arrow, column, "counts"), column)
        first, second = (encode(_column(arrow, c, "between"), c) for c in between)
        parts = []
        for g in _row_groups(arrow, within):
            rows = np.bincount(first.codes[g], values[g], len(first.labels)).astype(np.int64)
            cols = np.bincount(second.codes[g], values[g], len(second.labels)).astype(np.int64)
            if min(np.count_nonzero(rows), np.count_nonzero(cols)) < 2:
                raise NoSupport(f"{column} lies in one {between[0]} or one {between[1]}; there is nothing to deal out")
            key = {} if within is None else {within: arrow[within][int(g[0])]}
            parts.append((key, rows, cols))
        return cls(column, between, (first.labels, second.labels), parts)

    def draw(self, rng: np.random.Generator) -> pa.Table:
        from scipy.stats import random_table

        tables = []
        for key, rows, cols in self.parts:
            cells = np.asarray(random_table(rows, cols, seed=rng).rvs()).astype(np.int64)
            i, j = np.indices(cells.shape)
            body = {
                self.names[0]: self.labels[0].take(pa.array(i.ravel())),
                self.names[1]: self.labels[1].take(pa.array(j.ravel())),
                self.column: pa.array(cells.ravel()),
            }
            tables.append(pa.table({**{k: pa.repeat(v, cells.size) for k, v in key.items()}, **body}))
        return pa.concat_tables(tables)


def _column(arrow: pa.Table, name: str, parameter: str) -> pa.ChunkedArray:
    if name not in arrow.column_names:
        raise InvalidParameter(
            f"{parameter}={name!r} is not in the table, which has {arrow.column_names}; name one of these"
        )
    return arrow[name]


def _whole_numbers(column: pa.ChunkedArray, name: str) -> np.ndarray:
    values = numbers(column, name)
    wrong = np.flatnonzero(values != np.round(values))
    if len(wrong):
        raise InvalidTable(f"{name} is {values[wrong[0]]:g} in row {wrong[0] + 1}; single units are whole numbers")
    return values


def _row_groups(arrow: pa.Table, within: str | None) -> list[np.ndarray]:
    if within is None:
        return [np.arange(arrow.num_rows)]
    codes = encode(_column(arrow, within, "within"), within)
    return [np.flatnonzero(codes.codes == g) for g in range(len(codes.labels))]
