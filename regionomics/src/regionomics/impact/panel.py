"""Reads a long table of units and periods into matrices: one row a unit, one column a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.tables import Family, columns_in, encode, read_columns

_T = TypeVar("_T")


@dataclass(frozen=True)
class Covariate:
    """One column of the table, by unit and period.

    values: (units, periods), or (units, 1) where it never changes; NaN is unknown. Codes where `levels` are given.
    levels: the words behind the codes; None for numbers.
    """

    name: str
    values: np.ndarray
    levels: tuple[str, ...] | None = None

    @property
    def constant(self) -> bool:
        return bool(self.values.shape[1] == 1)

    def at(self, period: int) -> np.ndarray:
        return np.asarray(self.values[:, 0 if self.constant else period])


@dataclass(frozen=True)
class Panel:
    """A panel as matrices.

    units: labels (n,). times: whole numbers (T,), ascending. outcomes: (n, T), NaN is unknown or no row.
    cohorts: (n,), the first treated period of each unit, 0 = never. clusters: codes (n,). weights: (n,), mean 1.
    """

    units: pa.Array
    times: np.ndarray
    outcomes: np.ndarray
    cohorts: np.ndarray
    covariates: tuple[Covariate, ...]
    clusters: np.ndarray
    weights: np.ndarray
    family: Family

    def keep(self, rows: np.ndarray) -> Panel:
        """The same panel with some of the units."""
        kept = np.flatnonzero(rows) if rows.dtype == bool else rows  # and `take`, which is faster than brackets
        weights = self.weights[kept]
        return Panel(
            self.units.take(pa.array(kept)),
            self.times,
            self.outcomes.take(kept, axis=0),
            self.cohorts[kept],
            tuple(Covariate(c.name, c.values.take(kept, axis=0), c.levels) for c in self.covariates),
            _numbered(self.clusters[kept], len(self.clusters)),
            weights / weights.mean() if len(kept) else weights,
            self.family,
        )

    def design(self, period: int) -> tuple[np.ndarray, list[str]]:
        """Covariates of a period with an intercept, (n, p), and the name of each column; words as 0/1 columns."""
        columns, names = [np.ones(len(self.cohorts))], ["(intercept)"]
        for c in self.covariates:
            values = c.at(period)
            if c.levels is None:
                columns.append(values)
                names.append(c.name)
                continue
            unknown = np.isnan(values)
            for k in range(1, len(c.levels)):
                columns.append(np.where(unknown, np.nan, values == k))
                names.append(f"{c.name}={c.levels[k]}")
        return np.vstack(columns).T, names  # column by column, as the estimates work


class HeldPanel:
    """A long table of units and periods whose rows were put into place once, for many estimates on it.

    Every function that takes a `panel` takes a held one, with the same unit, time and cohort. Columns are put into
    place when first asked for. units: labels (n,). times: (T,), ascending. cohorts: (n,), 0 = never. seen: (n, T),
    whether there is a row.
    """

    units: pa.Array
    times: np.ndarray
    cohorts: np.ndarray
    seen: np.ndarray
    family: Family

    def __init__(self, table: object, unit: str, time: str, cohort: str, columns: Sequence[str]) -> None:
        self.names = (unit, time, cohort)
        self._arrow, self.family = read_columns(table, [*self.names, *columns])
        arrow = self._arrow
        if arrow.num_rows == 0:
            raise InvalidTable("the table has no rows; pass one per unit and period")
        owners = encode(arrow[unit], unit)
        when = whole_numbers(arrow[time], time)
        self.times, period = _distinct(when)
        n, size = len(owners.labels), len(self.times)
        if size < 2:
            raise InvalidTable(f"{time} has one value, {self.times[0]}; effects need a period before and one after")
        self.units, self._owner, self._cell = owners.labels, owners.codes, owners.codes * size + period
        counts = np.bincount(self._cell, minlength=n * size)
        if counts.max() > 1:
            at = int(np.argmax(counts))
            raise InvalidTable(
                f"{owners.labels[at // size]} has {time} {self.times[at % size]} {counts[at]} times "
                f"({int((counts > 1).sum())} pairs in all are repeated); keep one row a period"
            )
        joined = whole_numbers(arrow[cohort], cohort, null=0)
        self.cohorts = self._of_units(joined, cohort).astype(np.int64)
        self.seen = counts.reshape(n, size) > 0
        self._kept: dict[str, Any] = {}
        self._reading = RLock()

    def outcome(self, name: str) -> np.ndarray:
        """A column of numbers by unit and period, (n, T), NaN unknown."""
        return self._once(f"outcome {name}", lambda: self._spread(finite(self._column(name), name)))

    def covariate(self, name: str) -> Covariate:
        return self._once(f"covariate {name}", lambda: read_covariate(self._column(name), name, self._spread))

    def clusters(self, name: str | None) -> np.ndarray:
        """Codes (n,); each unit on its own without a name."""
        if not name or name == self.names[0]:
            return np.arange(len(self.units))

        def read() -> np.ndarray:
            codes = encode(self._column(name), name).codes
            return np.asarray(np.unique(self._of_units(codes, name), return_inverse=True)[1])

        return self._once(f"clusters {name}", read)

    def weights(self, name: str | None) -> np.ndarray:
        """Weights (n,), mean 1."""
        if not name:
            return np.ones(len(self.units))

        def read() -> np.ndarray:
            heavy = self._of_units(finite(self._column(name), name, null=False), name)
            if (heavy < 0).any() or not heavy.any():
                raise InvalidTable(f"{name} has a negative value or only zeros; weights are >= 0")
            return heavy

        heavy = self._once(f"weights {name}", read)
        return np.asarray(heavy / heavy.mean())

    def keep(self, rows: np.ndarray) -> HeldPanel:
        """The same table with some of its units alone; rows: bool (n,)."""
        return _Part(self, rows)

    def _once(self, key: str, read: Callable[[], _T]) -> _T:
        with self._reading:  # two threads that ask for one column do not both put it into place
            if key not in self._kept:
                self._kept[key] = read()
            found: _T = self._kept[key]
        return found

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self._arrow.column_names:
            raise InvalidTable(f"column {name!r} is not among those held, {self._arrow.column_names}; hold it, too")
        return self._arrow[name]

    def _spread(self, values: np.ndarray) -> np.ndarray:
        out = np.full(self.seen.size, np.nan)
        out[self._cell] = values
        return out.reshape(self.seen.shape)

    def _of_units(self, values: np.ndarray, name: str) -> np.ndarray:
        first = np.empty(len(self.units))
        first[self._owner] = values
        changes = np.flatnonzero(first[self._owner] != values)
        if len(changes):
            who = self.units[int(self._owner[changes[0]])]
            raise InvalidTable(f"{name} of {who} changes from row to row; it is a fact of the unit, keep one value")
        return first


class _Part(HeldPanel):
    """Some of the units of a held panel, as if the table had the rows of these alone."""

    def __init__(self, whole: HeldPanel, rows: np.ndarray) -> None:
        self._whole, self._rows = whole, np.flatnonzero(rows)
        if not len(self._rows):
            raise InvalidTable("no unit is kept; the panel would have no rows")
        self.names, self.family, self._kept, self._reading = whole.names, whole.family, {}, RLock()
        seen = whole.seen.take(self._rows, axis=0)
        self._periods = seen.any(axis=0)
        self.units, self.times = whole.units.take(pa.array(self._rows)), whole.times[self._periods]
        self.cohorts, self.seen = whole.cohorts[self._rows], self._of_periods(seen)

    def outcome(self, name: str) -> np.ndarray:
        def part() -> np.ndarray:
            return self._of_periods(self._whole.outcome(name).take(self._rows, axis=0))

        return self._once(f"outcome {name}", part)

    def covariate(self, name: str) -> Covariate:
        def part() -> Covariate:
            whole = self._whole.covariate(name)
            values = whole.values.take(self._rows, axis=0)
            return _worded(name, values if whole.constant else self._of_periods(values), whole.levels)

        return self._once(f"covariate {name}", part)

    def clusters(self, name: str | None) -> np.ndarray:
        whole = self._whole.clusters(name)
        return _numbered(whole[self._rows], len(whole))

    def weights(self, name: str | None) -> np.ndarray:
        heavy = self._whole.weights(name)[self._rows]
        if not heavy.any():
            raise InvalidTable(f"{name} has only zeros; weights are >= 0")
        return np.asarray(heavy / heavy.mean())

    def _of_periods(self, values: np.ndarray) -> np.ndarray:
        return values if self._periods.all() else values[:, self._periods]


def hold(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    columns: Sequence[str] | None = None,
) -> HeldPanel:
    """Put the rows of a panel into place once; every estimate on it is then spared to read them again.

    Args:
        panel: one row per (unit, period), as for `group_time_effects`; a held panel is handed back as it is.
        columns: those that the estimates will ask for; by default all.
    Returns:
        HeldPanel. `.keep(rows)` is the same with some of its units.
    Raises:
        InvalidTable: a (unit, period) twice, a cohort that changes, fewer than two periods.
        InvalidParameter: a held panel has another unit, time or cohort.
    Source: none; a change of layout.
    """
    if not isinstance(panel, HeldPanel):
        return HeldPanel(panel, unit, time, cohort, columns_in(panel) if columns is None else columns)
    if panel.names != (unit, time, cohort):
        raise InvalidParameter(
            f"the held panel has unit, time and cohort {panel.names}, asked are {(unit, time, cohort)}; name the same"
        )
    return panel


def read_panel(
    table: object,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
) -> Panel:
    """Read a long table with one row per (unit, period), or a held one.

    Raises:
        InvalidTable: a pair twice, a cohort, cluster or weight that changes within a unit, periods that are not whole
            numbers, text where numbers are needed, fewer than two periods.
    """
    if isinstance(covariates, str):
        raise InvalidParameter(f"covariates={covariates!r}; pass a list of column names")
    columns = [outcome, *covariates, *([cluster] if cluster else []), *([weights] if weights else [])]
    held = hold(table, unit=unit, time=time, cohort=cohort, columns=columns)
    return Panel(
        held.units,
        held.times,
        held.outcome(outcome),
        held.cohorts,
        tuple(held.covariate(c) for c in covariates),
        held.clusters(cluster),
        held.weights(weights),
        held.family,
    )


def _numbered(codes: np.ndarray, count: int) -> np.ndarray:
    """Codes below `count` as 0, 1, ... in their order, without sorting them."""
    there = np.zeros(count, dtype=bool)
    there[codes] = True
    return np.asarray((np.cumsum(there) - 1)[codes])


def _distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """np.unique with the inverse; whole numbers close to each other, such as years, without sorting."""
    low, high = int(values.min()), int(values.max())
    if high - low > 10_000:
        return np.unique(values, return_inverse=True)
    there = np.bincount(values - low) > 0
    return low + np.flatnonzero(there), (np.cumsum(there) - 1)[values - low]


def finite(column: pa.ChunkedArray, name: str, *, null: bool = True) -> np.ndarray:
    """The column as float64 with NaN for null. Raises InvalidTable for text and infinities."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        if pa.types.is_null(kind):
            return np.full(len(column), np.nan)
        if not pa.types.is_boolean(kind):
            raise InvalidTable(f"{name} holds {kind}, not numbers; convert it before the call")
    values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=float)
    wrong = np.isinf(values) if null else ~np.isfinite(values)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidTable(f"{name} is {values[row]} in row {row + 1} ({int(wrong.sum())} in all); drop or repair it")
    return values


def whole_numbers(column: pa.ChunkedArray, name: str, *, null: int | None = None) -> np.ndarray:
    """The column as whole numbers; `null` stands for the unknown, or they are refused."""
    if pa.types.is_integer(column.type) and not column.null_count:
        return np.asarray(column.to_numpy(), dtype=np.int64)
    values = finite(column, name)
    unknown = np.isnan(values)
    if unknown.any():
        if null is None:
            raise InvalidTable(f"{name} is null in row {int(np.argmax(unknown)) + 1}; name the period or drop the row")
        values = np.where(unknown, null, values)
    wrong = values != np.round(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidTable(f"{name} is {values[row]:g} in row {row + 1}; periods are whole numbers, such as 2024")
    return values.astype(np.int64)


def read_covariate(column: pa.ChunkedArray, name: str, spread: Callable[[np.ndarray], np.ndarray]) -> Covariate:
    """A column of numbers or words; `spread` puts its rows (r,) into place, (units, periods)."""
    kind, levels = column.type, None
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        encoded = column.combine_chunks()
        known = encoded.drop_null()
        words = encode(known, name)
        levels = tuple(words.labels.to_pylist())
        values = np.full(len(encoded), np.nan)
        values[np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))] = words.codes
    else:
        values = finite(column.cast(kind), name)
    return _worded(name, spread(values), levels)


def _worded(name: str, matrix: np.ndarray, levels: tuple[str, ...] | None) -> Covariate:
    """A covariate with one column where it never changes, and without words that nobody has."""
    low, high = matrix[:, 0].copy(), matrix[:, 0].copy()
    for column in matrix.T[1:]:  # a column at a time, which is faster than along short rows
        np.fmin(low, column, out=low)
        np.fmax(high, column, out=high)
    if np.array_equal(low, high, equal_nan=True):
        matrix = low[:, None]
    if levels is not None:
        had = np.bincount(matrix[np.isfinite(matrix)].astype(np.int64), minlength=len(levels)) > 0
        if not had.all():
            code = np.where(had, np.cumsum(had) - 1.0, np.nan)
            matrix = np.where(np.isfinite(matrix), code[np.nan_to_num(matrix).astype(np.int64)], np.nan)
            levels = tuple(word for word, known in zip(levels, had, strict=True) if known)
    return Covariate(name, matrix, levels)
