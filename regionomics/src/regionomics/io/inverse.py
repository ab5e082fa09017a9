"""The inverses of Leontief and Ghosh, and how their tables are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidTable, NoSupport
from regionomics.panels import Panel, panel_of
from regionomics.relatedness._presence import By, LabelledMatrix, pairs
from regionomics.tables import ABSENT_IS_0, Family, Shown, encode, numbers, read_columns

_LARGEST = 12_000  # sectors; a dense matrix above this takes more than 1.1 GB
_ROUNDING = 1e-9  # the inverse of a table that can pay its way has no value below -this
_MOST = 1e9  # output for one unit of final demand: above, the sectors use up all they make and rounding decides


@dataclass(frozen=True, repr=False)
class InputOutput(Shown):
    """What sectors use of each other per unit of output, and everything that follows from one unit more.

    coefficients: (n_sectors, n_sectors), >= 0. Leontief: a[i, j] = z[i, j] / x[j], what j buys of i per unit of j's
        output. Ghosh: b[i, j] = z[i, j] / x[i], the share of i's output that goes to j. Rows sell, columns buy.
    inverse: (n_sectors, n_sectors), (I - coefficients)^-1.
    output: (n_sectors,), gross output x, in the order of the labels.
    model: "leontief" or "ghosh".
    """

    coefficients: LabelledMatrix
    inverse: LabelledMatrix
    output: np.ndarray
    model: str
    names: tuple[str, str] = ("origin", "destination")
    family: Family = field(default_factory=Family, repr=False)

    def table(self) -> Any:
        """One row an ordered pair of sectors: origin, destination, coefficient, inverse."""
        n = len(self.output)
        labels = self.inverse.rows
        return self.family.emit(
            pairs(
                {
                    self.names[0]: (labels, np.repeat(np.arange(n), n)),
                    self.names[1]: (labels, np.tile(np.arange(n), n)),
                },
                coefficient=self.coefficients.toarray().ravel(),
                inverse=self.inverse.toarray().ravel(),
            )
        )


@overload
def leontief_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: str | Sequence[str],
) -> Panel[InputOutput]: ...


@overload
def leontief_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: None = None,
) -> InputOutput: ...


def leontief_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: By = None,
) -> InputOutput | Panel[InputOutput]:
    """Give the output that every sector must make, directly and indirectly, for one unit of each final demand.

    L = (I - A)^-1, with A[i, j] = z[i, j] / x[j]: then output x = L f for final demand f.

    Args:
        flows: one row per (origin, destination): what the destination sector buys from the origin sector, >= 0, in
            money. An absent pair means 0.
        totals: one row a sector: its gross output > 0, in the same money. Every sector of `flows` must be here.
        by: further keys (year, country) of the flows, and of the totals unless these are the same for all groups: a
            Panel, one result a group.
    Returns:
        InputOutput, with .coefficients, .inverse and .table(). A sector without output and without flows has
        coefficients 0.
    Raises:
        InvalidTable: a pair or a sector twice, nulls, negatives, a sector of the flows without output.
        NoSupport: the sectors use up more than they make, so that no inverse >= 0 exists (Hawkins and Simon, 1949);
            or more than 12 000 sectors.
    Source: Leontief (1936), doi:10.2307/1927837; Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 2.
    """
    if by is not None:
        columns = (origin, destination, value, sector, output)
        return panel_of(
            by, both(flows, totals, columns), lambda f, t: inverse_of(read_sectors(f, t, *columns), "leontief")
        )
    return inverse_of(read_sectors(flows, totals, origin, destination, value, sector, output), "leontief")


@overload
def ghosh_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: str | Sequence[str],
) -> Panel[InputOutput]: ...


@overload
def ghosh_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: None = None,
) -> InputOutput: ...


def ghosh_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: By = None,
) -> InputOutput | Panel[InputOutput]:
    """Give the output that one unit of each sector's primary inputs lets all sectors make downstream.

    G = (I - B)^-1, with B[i, j] = z[i, j] / x[i]: then output x' = v' G for primary inputs v.

    Args:
        flows, totals, by: as for `leontief_inverse`.
    Returns:
        InputOutput, with .coefficients, .inverse and .table().
    Raises:
        InvalidTable, NoSupport: as `leontief_inverse`.
    Source: Ghosh (1958), doi:10.2307/2550694; Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 12.
    """
    if by is not None:
        columns = (origin, destination, value, sector, output)
        return panel_of(
            by, both(flows, totals, columns), lambda f, t: inverse_of(read_sectors(f, t, *columns), "ghosh")
        )
    return inverse_of(read_sectors(flows, totals, origin, destination, value, sector, output), "ghosh")


@dataclass(frozen=True)
class SectorTable:
    """flows: (n, n), row sells to column. output: (n,). factors: name -> (n,)."""

    flows: np.ndarray
    output: np.ndarray
    sectors: pa.Array
    factors: Mapping[str, np.ndarray]
    names: tuple[str, str]
    family: Family


Names = tuple[str, str, str, str, str]  # of origin, destination, value, sector, output


def both(flows: Any, totals: Any, columns: Names, factors: Sequence[str] = ()) -> list[tuple[str, Any, Sequence[str]]]:
    return [("flows", flows, columns[:3]), ("totals", totals, (*columns[3:], *factors))]


def named(columns: Names) -> dict[str, str]:
    return dict(zip(("origin", "destination", "value", "sector", "output"), columns, strict=True))


def read_sectors(
    flows: Any,
    totals: Any,
    origin: str,
    destination: str,
    value: str,
    sector: str,
    output: str,
    factors: Sequence[str] = (),
) -> SectorTable:
    arrow, family = read_columns(flows, (origin, destination, value))
    given, _ = read_columns(totals, (sector, output, *factors))
    sectors = encode(given[sector], sector)
    n = len(sectors.labels)
    if n == 0:
        raise InvalidTable("totals has no rows; pass one row a sector with its output")
    if n > _LARGEST:
        raise NoSupport(f"{n} sectors need a dense matrix of {n * n * 8 / 1e9:.0f} GB; group them first")
    if n < given.num_rows:
        twice = int(np.flatnonzero(np.bincount(sectors.codes) > 1)[0])
        raise InvalidTable(f"{sector} {sectors.labels[twice]} appears twice in totals; give one row each")
    order = np.argsort(sectors.codes)
    x = numbers(given[output], output)[order]
    ends = [_codes(arrow[c], c, sectors.labels) for c in (origin, destination)]
    z = np.zeros((n, n))
    amounts = numbers(arrow[value], value, remedy=ABSENT_IS_0)
    cell = ends[0] * n + ends[1]
    _, first, count = np.unique(cell, return_index=True, return_counts=True)
    if (count > 1).any():
        at = int(first[count > 1][0])
        raise InvalidTable(
            f"{sectors.labels[int(ends[0][at])]} to {sectors.labels[int(ends[1][at])]} appears "
            f"{int(count[count > 1][0])} times; add the rows up first"
        )
    z.ravel()[cell] = amounts
    for what, used in (("buys", z.sum(axis=0)), ("sells", z.sum(axis=1))):
        empty = np.flatnonzero((x == 0) & (used > 0))
        if len(empty):
            raise InvalidTable(
                f"{output} is 0 for {sectors.labels[int(empty[0])]}, which {what} {used[empty[0]]:g} "
                f"({len(empty)} sectors in all); give its output or drop its flows"
            )
    return SectorTable(
        z,
        x,
        sectors.labels,
        {name: numbers(given[name], name)[order] for name in factors},
        (origin, destination),
        family,
    )


def _codes(column: Any, name: str, labels: pa.Array) -> np.ndarray:
    found = encode(column, name)
    if len(found.labels) == 0:
        return np.zeros(0, dtype=np.int64)
    if found.labels.type != labels.type:
        raise InvalidTable(f"{name} is {found.labels.type}, the sectors of totals are {labels.type}; use one type")
    at = pc.index_in(found.labels, value_set=labels)
    if at.null_count:
        missing = found.labels.filter(pc.is_null(at))
        raise InvalidTable(f"{name} {missing[0]} has no row in totals ({len(missing)} in all); add its output")
    positions: np.ndarray = at.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.asarray(positions[found.codes])


def inverse_of(data: SectorTable, model: str) -> InputOutput:
    coefficients = coefficients_of(data.flows, data.output, model)
    labelled = LabelledMatrix(coefficients, data.sectors, data.sectors)
    inverse = LabelledMatrix(invert(coefficients, data.sectors), data.sectors, data.sectors)
    return InputOutput(labelled, inverse, data.output, model, data.names, data.family)


def coefficients_of(z: np.ndarray, x: np.ndarray, model: str) -> np.ndarray:
    per = x[None, :] if model == "leontief" else x[:, None]
    return np.asarray(np.divide(z, per, out=np.zeros_like(z), where=np.broadcast_to(per, z.shape) > 0))


def invert(coefficients: np.ndarray, sectors: pa.Array) -> np.ndarray:
    """(I - coefficients)^-1. A table >= 0 can pay its way exactly where this inverse exists and is >= 0."""
    try:
        inverse = np.linalg.inv(np.eye(len(coefficients)) - coefficients)
    except np.linalg.LinAlgError:
        inverse = np.full(coefficients.shape, -1.0)
    largest = float(np.abs(inverse).max())
    if not largest < _MOST or inverse.min() < -_ROUNDING * max(1.0, largest):
        worst = int(np.argmax(coefficients.sum(axis=0)))
        raise NoSupport(
            "the sectors use up all that they make, or more, so that no production meets a final demand; the heaviest "
            f"user is {sectors[worst]}, which buys {coefficients[:, worst].sum():.4g} per unit of output; check its "
            "output"
        )
    return np.asarray(np.maximum(inverse, 0.0))
