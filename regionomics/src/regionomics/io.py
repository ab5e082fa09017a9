"""Input-output tables: what sectors need of each other, and what the economy would lose without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.relatedness._presence import LabelledMatrix, one_of, pairs, position
from regionomics.tables import Family, encode, numbers, read_columns

Forward = Literal["ghosh", "leontief"]
Extraction = Literal["complete", "backward", "forward"]

_LARGEST = 12_000  # sectors; a dense matrix above this takes more than 1.1 GB
_ROUNDING = 1e-9  # the inverse of a table that can pay its way has no value below -this


@dataclass(frozen=True)
class InputOutput:
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


def leontief_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
) -> InputOutput:
    """Give the output that every sector must make, directly and indirectly, for one unit of each final demand.

    L = (I - A)^-1, with A[i, j] = z[i, j] / x[j]: then output x = L f for final demand f.

    Args:
        flows: one row per (origin, destination): what the destination sector buys from the origin sector, >= 0, in
            money. An absent pair means 0.
        totals: one row a sector: its gross output > 0, in the same money. Every sector of `flows` must be here.
    Returns:
        InputOutput, with .coefficients, .inverse and .table(). A sector without output and without flows has
        coefficients 0.
    Raises:
        InvalidTable: a pair or a sector twice, nulls, negatives, a sector of the flows without output.
        NoSupport: the sectors use up more than they make, so that no inverse >= 0 exists (Hawkins and Simon, 1949);
            or more than 12 000 sectors.
    Source: Leontief (1936), doi:10.2307/1927837; Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 2.
    """
    return _inverse(_read(flows, totals, origin, destination, value, sector, output), "leontief")


def ghosh_inverse(
    flows: Any,
    totals: Any,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
) -> InputOutput:
    """Give the output that one unit of each sector's primary inputs lets all sectors make downstream.

    G = (I - B)^-1, with B[i, j] = z[i, j] / x[i]: then output x' = v' G for primary inputs v.

    Args:
        flows, totals: as for `leontief_inverse`.
    Returns:
        InputOutput, with .coefficients, .inverse and .table().
    Raises:
        InvalidTable, NoSupport: as `leontief_inverse`.
    Source: Ghosh (1958), doi:10.2307/2550694; Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 12.
    """
    return _inverse(_read(flows, totals, origin, destination, value, sector, output), "ghosh")


def io_multipliers(
    flows: Any,
    totals: Any,
    *,
    factors: Sequence[str] = (),
    households: Any = None,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
) -> Any:
    """Say how much output, and how many jobs or other factors, follow from one unit of each sector's final demand.

    output_multiplier[j] = sum_i L[i, j]; for a factor with h[i] = factor[i] / x[i]: multiplier[j] = sum_i h[i] L[i, j],
    type_1[j] = multiplier[j] / h[j]. Closed: the same with the households' row and column inside L, so that wages are
    spent again; type_2[j] = closed multiplier[j] / h[j].

    Args:
        flows, totals: as for `leontief_inverse`.
        factors: columns of `totals` (jobs, value added, emissions), amounts >= 0 a sector.
        households: the label of the sector that stands for households, if the flows hold one: wages as what it sells,
            consumption as what it buys, all household income as its output. It is left out of the open model, and its
            sales make the factor "income".
    Returns:
        sector, output_multiplier; for each factor `<factor>_multiplier` (factor per unit of final demand) and
        `<factor>_type_1` (ratio; null where the sector has none of the factor). With households also
        output_multiplier_closed (households' own output left out), `<factor>_multiplier_closed` (households' own
        factor among it) and `<factor>_type_2`.
    Raises:
        InvalidTable, NoSupport: as `leontief_inverse`. InvalidParameter: households that are no sector, a factor twice.
    Source: Miller and Blair (2009), Input-Output Analysis, 2nd ed., ch. 6.
    """
    wanted = [factors] if isinstance(factors, str) else list(factors)
    if len(set(wanted)) < len(wanted):
        raise InvalidParameter(f"factors={wanted!r} names a column twice; name each once")
    if households is not None and "income" in wanted:
        raise InvalidParameter("factors names 'income', which households= gives already; rename the column")
    data = _read(flows, totals, origin, destination, value, sector, output, wanted)
    n = len(data.output)
    keep = np.ones(n, dtype=bool)
    if households is not None:
        keep[position(data.sectors, households)] = False
        if not keep.any():
            raise InvalidTable("households are the only sector; add the sectors that they buy from")
    inside = np.flatnonzero(keep)
    a = _coefficients(data.flows, data.output, "leontief")
    open_inverse = _invert(a[np.ix_(inside, inside)], data.sectors.take(pa.array(inside)))
    per_unit = {name: _per_unit(data.factors[name], name, data) for name in wanted}
    columns: dict[str, np.ndarray] = {"output_multiplier": open_inverse.sum(axis=0)}
    closed = None
    if households is not None:
        per_unit["income"] = a[~keep].ravel()
        closed = _invert(a, data.sectors)[:, inside]
        columns["output_multiplier_closed"] = closed[inside].sum(axis=0)
    for name, h in per_unit.items():
        own = h[inside]
        columns[f"{name}_multiplier"] = own @ open_inverse
        columns[f"{name}_type_1"] = _ratio(own @ open_inverse, own)
        if closed is not None:
            columns[f"{name}_multiplier_closed"] = h @ closed
            columns[f"{name}_type_2"] = _ratio(h @ closed, own)
    return data.family.emit(pairs({sector: (data.sectors, inside)}, **columns))


def io_linkages(
    flows: Any,
    totals: Any,
    *,
    forward: Forward = "ghosh",
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
) -> Any:
    """Say how strongly each sector pulls its suppliers and feeds its customers, and which sectors are key.

    backward[j] = sum_i L[i, j]; forward[i] = sum_j G[i, j]; the relative ones divide by their mean over sectors, so
    that 1 is the average (Rasmussen's power and sensitivity of dispersion). The spreads are the coefficients of
    variation of the column and of the row: small where the pull falls on many sectors alike.

    Args:
        flows, totals: as for `leontief_inverse`.
        forward: "ghosh" (default): row sums of the Ghosh inverse; "leontief": row sums of the Leontief inverse, as
            Rasmussen had it.
    Returns:
        sector, backward_direct (column sum of A), backward, backward_relative, backward_spread, forward_direct (row sum
        of B, or of A), forward, forward_relative, forward_spread, kind ("key" where both relatives are above 1,
        "backward", "forward" or "weak"). Spreads are null with one sector.
    Raises:
        InvalidTable, NoSupport: as `leontief_inverse`. InvalidParameter: an unknown `forward`.
    Source: Rasmussen (1956), Studies in Inter-sectoral Relations; Jones (1976), doi:10.2307/1884635, for the Ghosh
        form; Miller and Blair (2009), Input-Output Analysis, 2nd ed., sec. 12.2.
    """
    one_of("forward", forward, Forward)
    data = _read(flows, totals, origin, destination, value, sector, output)
    back = _inverse(data, "leontief")
    ahead = back if forward == "leontief" else _inverse(data, "ghosh")
    l_values, f_values = back.inverse.toarray(), ahead.inverse.toarray()
    backward, sensitivity = l_values.sum(axis=0), f_values.sum(axis=1)
    relative_b, relative_f = backward / backward.mean(), sensitivity / sensitivity.mean()
    # A sector exactly at the mean stays below "above 1" whatever the rounding
    strong_b, strong_f = relative_b > 1 + 1e-12, relative_f > 1 + 1e-12
    kind = np.select([strong_b & strong_f, strong_b, strong_f], ["key", "backward", "forward"], "weak")
    every = np.arange(len(backward))
    answer = pairs(
        {sector: (data.sectors, every)},
        backward_direct=back.coefficients.toarray().sum(axis=0),
        backward=backward,
        backward_relative=relative_b,
        backward_spread=_spread(l_values, axis=0),
        forward_direct=ahead.coefficients.toarray().sum(axis=1),
        forward=sensitivity,
        forward_relative=relative_f,
        forward_spread=_spread(f_values, axis=1),
    )
    return data.family.emit(answer.append_column("kind", pa.array(kind.astype(str))))


def hypothetical_extraction(
    flows: Any,
    totals: Any,
    *,
    groups: Mapping[str, Sequence[Any]] | None = None,
    extract: Extraction = "complete",
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
) -> Any:
    """Say how much output the economy would lose if a sector, or a group of sectors such as a cluster, were not there.

    - "complete" (default): the sectors K are gone with their final demand: loss = sum_k x[k] + sum_r (L_rK L_KK^-1
      x_K)[r] over the other sectors r
    - "backward": K buys nothing from domestic sectors (A_.K = 0) but its final demand is still met: loss =
      sum (L_.K - I_.K) L_KK^-1 x_K
    - "forward": K sells nothing to domestic sectors (B_K. = 0): loss = sum x_K' G_KK^-1 (G_K. - I_K.)

    Elsewhere, complete and backward extraction cost the same; they differ within K.

    Args:
        flows, totals: as for `leontief_inverse`.
        groups: name -> sectors taken out together; default every sector alone.
    Returns:
        group (or the sector column, without groups), output (of what is taken out), loss (all output lost), elsewhere
        (the loss outside), share (loss / all output, 0..1), share_elsewhere (elsewhere / the others' output; null
        where nobody is left). In the money of `totals`.
    Raises:
        InvalidTable, NoSupport: as `leontief_inverse`.
        InvalidParameter: an unknown `extract`, a group that is empty, repeats a sector or names one that is not there.
    Source: Schultz (1977), Journal of Development Studies 14, 77-96; Dietzenbacher and van der Linden (1997),
        doi:10.1111/0022-4146.00053; Miller and Blair (2009), Input-Output Analysis, 2nd ed., sec. 12.2.6.
    """
    one_of("extract", extract, Extraction)
    data = _read(flows, totals, origin, destination, value, sector, output)
    x, total = data.output, float(data.output.sum())
    if groups is None:
        sets = [np.array([i]) for i in range(len(x))]
    else:
        sets = [_members(name, members, data.sectors) for name, members in groups.items()]
    # Forward extraction is backward extraction of the transposed table
    forward = extract == "forward"
    found = _inverse(data, "ghosh" if forward else "leontief").inverse.toarray()
    inverse = found.T if forward else found
    lost, elsewhere = np.empty(len(sets)), np.empty(len(sets))
    for at, k in enumerate(sets):
        own = np.linalg.solve(inverse[np.ix_(k, k)], x[k])
        outside = np.ones(len(x), dtype=bool)
        outside[k] = False
        elsewhere[at] = (inverse[np.ix_(outside, k)] @ own).sum()
        lost[at] = elsewhere[at] + (x[k].sum() if extract == "complete" else (x[k] - own).sum())
    out = np.array([x[k].sum() for k in sets])
    left = np.array([len(k) < len(x) for k in sets]) & (total - out > 0)
    figures = pairs(
        {},
        output=out,
        loss=lost,
        elsewhere=elsewhere,
        share=_ratio(lost, np.full(len(sets), total)),
        share_elsewhere=np.where(left, _ratio(elsewhere, total - out), np.nan),
    )
    name, labels = (sector, data.sectors) if groups is None else ("group", pa.array(list(groups), pa.string()))
    return data.family.emit(figures.add_column(0, name, labels))


@dataclass(frozen=True)
class _Table:
    """flows: (n, n), row sells to column. output: (n,). factors: name -> (n,)."""

    flows: np.ndarray
    output: np.ndarray
    sectors: pa.Array
    factors: Mapping[str, np.ndarray]
    names: tuple[str, str]
    family: Family


def _read(
    flows: Any,
    totals: Any,
    origin: str,
    destination: str,
    value: str,
    sector: str,
    output: str,
    factors: Sequence[str] = (),
) -> _Table:
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
    amounts = numbers(arrow[value], value)
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
    return _Table(
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


def _inverse(data: _Table, model: str) -> InputOutput:
    coefficients = _coefficients(data.flows, data.output, model)
    labelled = LabelledMatrix(coefficients, data.sectors, data.sectors)
    inverse = LabelledMatrix(_invert(coefficients, data.sectors), data.sectors, data.sectors)
    return InputOutput(labelled, inverse, data.output, model, data.names, data.family)


def _coefficients(z: np.ndarray, x: np.ndarray, model: str) -> np.ndarray:
    per = x[None, :] if model == "leontief" else x[:, None]
    return np.asarray(np.divide(z, per, out=np.zeros_like(z), where=np.broadcast_to(per, z.shape) > 0))


def _invert(coefficients: np.ndarray, sectors: pa.Array) -> np.ndarray:
    """(I - coefficients)^-1. A table >= 0 can pay its way exactly where this inverse exists and is >= 0."""
    try:
        inverse = np.linalg.inv(np.eye(len(coefficients)) - coefficients)
    except np.linalg.LinAlgError:
        inverse = np.full(coefficients.shape, -1.0)
    if not np.isfinite(inverse).all() or inverse.min() < -_ROUNDING * max(1.0, np.abs(inverse).max()):
        worst = int(np.argmax(coefficients.sum(axis=0)))
        raise NoSupport(
            "the sectors use up more than they make, so that no production meets a final demand; the heaviest user is "
            f"{sectors[worst]}, which buys {coefficients[:, worst].sum():.4g} per unit of output; check its output"
        )
    return np.asarray(np.maximum(inverse, 0.0))


def _per_unit(amount: np.ndarray, name: str, data: _Table) -> np.ndarray:
    x = data.output
    idle = np.flatnonzero((x == 0) & (amount > 0))
    if len(idle):
        raise InvalidTable(
            f"{name} is {amount[idle[0]]:g} for {data.sectors[int(idle[0])]}, which has no output "
            f"({len(idle)} sectors in all); give its output or drop it"
        )
    return np.asarray(np.divide(amount, x, out=np.zeros(len(x)), where=x > 0))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))


def _spread(values: np.ndarray, *, axis: int) -> np.ndarray:
    """Coefficient of variation with the sample standard deviation, as Rasmussen has it; NaN with one sector."""
    if values.shape[axis] < 2:
        return np.full(values.shape[1 - axis], np.nan)
    return np.asarray(values.std(axis=axis, ddof=1) / values.mean(axis=axis))


def _members(name: str, members: Sequence[Any], sectors: pa.Array) -> np.ndarray:
    at = np.array([position(sectors, m) for m in members], dtype=np.int64)
    if len(at) == 0 or len(np.unique(at)) < len(at):
        raise InvalidParameter(f"groups: {name} is empty or repeats a sector ({list(members)!r}); name each once")
    return at
