"""Reads a long table of units and periods into matrices: one row a unit, one column a period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.tables import Family, encode, read_columns


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
        kept = np.flatnonzero(rows) if rows.dtype == bool else rows
        weights = self.weights[kept]
        return Panel(
            self.units.take(pa.array(kept)),
            self.times,
            self.outcomes[kept],
            self.cohorts[kept],
            tuple(Covariate(c.name, c.values[kept], c.levels) for c in self.covariates),
            np.unique(self.clusters[kept], return_inverse=True)[1],
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
        return np.column_stack(columns), names


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
    """Read a long table with one row per (unit, period).

    Raises:
        InvalidTable: a pair twice, a cohort, cluster or weight that changes within a unit, periods that are not whole
            numbers, text where numbers are needed, fewer than two periods.
    """
    if isinstance(covariates, str):
        raise InvalidParameter(f"covariates={covariates!r}; pass a list of column names")
    names = [unit, time, cohort, outcome, *covariates, *([cluster] if cluster else []), *([weights] if weights else [])]
    arrow, family = read_columns(table, names)
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass one per unit and period")
    owners = encode(arrow[unit], unit)
    when = whole_numbers(arrow[time], time)
    times, period = np.unique(when, return_inverse=True)
    n, size = len(owners.labels), len(times)
    if size < 2:
        raise InvalidTable(f"{time} has one value, {times[0]}; effects need a period before and one after")
    cell = owners.codes * size + period
    counts = np.bincount(cell, minlength=n * size)
    if counts.max() > 1:
        at = int(np.argmax(counts))
        raise InvalidTable(
            f"{owners.labels[at // size]} has {time} {times[at % size]} {counts[at]} times "
            f"({int((counts > 1).sum())} pairs in all are repeated); keep one row a period"
        )
    shape = (n, size)

    def spread(values: np.ndarray) -> np.ndarray:
        out = np.full(n * size, np.nan)
        out[cell] = values
        return out.reshape(shape)

    def of_units(values: np.ndarray, name: str) -> np.ndarray:
        first = np.empty(n)
        first[owners.codes] = values
        changes = np.flatnonzero(first[owners.codes] != values)
        if len(changes):
            who = owners.labels[int(owners.codes[changes[0]])]
            raise InvalidTable(f"{name} of {who} changes from row to row; it is a fact of the unit, keep one value")
        return first

    joined = whole_numbers(arrow[cohort], cohort, null=0)
    codes = encode(arrow[cluster], cluster).codes if cluster and cluster != unit else owners.codes
    heavy = np.ones(n)
    if weights:
        heavy = of_units(finite(arrow[weights], weights, null=False), weights)
        if (heavy < 0).any() or not heavy.any():
            raise InvalidTable(f"{weights} has a negative value or only zeros; weights are >= 0")
    return Panel(
        owners.labels,
        times,
        spread(finite(arrow[outcome], outcome)),
        of_units(joined, cohort).astype(np.int64),
        tuple(read_covariate(arrow[c], c, spread) for c in covariates),
        np.unique(of_units(codes, cluster or unit), return_inverse=True)[1],
        heavy / heavy.mean(),
        family,
    )


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
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        encoded = column.cast(pa.string()).combine_chunks()
        known = encoded.drop_null()
        words = encode(known, name)
        levels = tuple(words.labels.to_pylist())
        values = np.full(len(encoded), np.nan)
        values[np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))] = words.codes
    else:
        values = finite(column, name)
    matrix = spread(values)
    low, high = np.fmin.reduce(matrix, axis=1), np.fmax.reduce(matrix, axis=1)
    if np.array_equal(low, high, equal_nan=True):
        matrix = low[:, None]
    return Covariate(name, matrix, levels)
