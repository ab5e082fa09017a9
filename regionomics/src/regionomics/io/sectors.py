"""What follows from the inverses: multipliers, linkages, and what would be lost without a sector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.io.inverse import SectorTable, both, coefficients_of, inverse_of, invert, named, read_sectors
from regionomics.panels import stacked
from regionomics.relatedness._presence import By, one_of, pairs, position

Forward = Literal["ghosh", "leontief"]
Extraction = Literal["complete", "backward", "forward"]


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
    by: By = None,
) -> Any:
    """Say how much output, and how many jobs or other factors, follow from one unit of each sector's final demand.

    output_multiplier[j] = sum_i L[i, j]; for a factor with h[i] = factor[i] / x[i]: multiplier[j] = sum_i h[i] L[i, j],
    type_1[j] = multiplier[j] / h[j]. Closed: the same with the households' row and column inside L, so that wages are
    spent again; type_2[j] = closed multiplier[j] / h[j].

    Args:
        flows, totals: as for `leontief_inverse`.
        by: further keys (year, country) of the flows, and of the totals unless these are the same for all groups.
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
    if by is not None:
        names = (origin, destination, value, sector, output)
        return stacked(
            by,
            both(flows, totals, names, wanted),
            lambda f, t: io_multipliers(f, t, factors=wanted, households=households, **named(names)),
        )
    data = read_sectors(flows, totals, origin, destination, value, sector, output, wanted)
    n = len(data.output)
    keep = np.ones(n, dtype=bool)
    if households is not None:
        keep[position(data.sectors, households)] = False
        if not keep.any():
            raise InvalidTable("households are the only sector; add the sectors that they buy from")
    inside = np.flatnonzero(keep)
    a = coefficients_of(data.flows, data.output, "leontief")
    open_inverse = invert(a[np.ix_(inside, inside)], data.sectors.take(pa.array(inside)))
    per_unit = {name: _per_unit(data.factors[name], name, data) for name in wanted}
    columns: dict[str, np.ndarray] = {"output_multiplier": open_inverse.sum(axis=0)}
    closed = None
    if households is not None:
        per_unit["income"] = a[~keep].ravel()
        closed = invert(a, data.sectors)[:, inside]
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
    by: By = None,
) -> Any:
    """Say how strongly each sector pulls its suppliers and feeds its customers, and which sectors are key.

    backward[j] = sum_i L[i, j]; forward[i] = sum_j G[i, j]; the relative ones divide by their mean over sectors, so
    that 1 is the average (Rasmussen's power and sensitivity of dispersion). The spreads are the coefficients of
    variation of the column and of the row: small where the pull falls on many sectors alike.

    Args:
        flows, totals: as for `leontief_inverse`.
        by: further keys (year, country) of the flows, and of the totals unless these are the same for all groups.
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
    if by is not None:
        columns = (origin, destination, value, sector, output)
        return stacked(
            by, both(flows, totals, columns), lambda f, t: io_linkages(f, t, forward=forward, **named(columns))
        )
    data = read_sectors(flows, totals, origin, destination, value, sector, output)
    back = inverse_of(data, "leontief")
    ahead = back if forward == "leontief" else inverse_of(data, "ghosh")
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
    by: By = None,
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
        by: further keys (year, country) of the flows, and of the totals unless these are the same for all groups.
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
    if by is not None:
        columns = (origin, destination, value, sector, output)
        return stacked(
            by,
            both(flows, totals, columns),
            lambda f, t: hypothetical_extraction(f, t, groups=groups, extract=extract, **named(columns)),
        )
    data = read_sectors(flows, totals, origin, destination, value, sector, output)
    x, total = data.output, float(data.output.sum())
    if groups is None:
        sets = [np.array([i]) for i in range(len(x))]
    else:
        sets = [_members(name, members, data.sectors) for name, members in groups.items()]
    # Forward extraction is backward extraction of the transposed table
    forward = extract == "forward"
    found = inverse_of(data, "ghosh" if forward else "leontief").inverse.toarray()
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


def _per_unit(amount: np.ndarray, name: str, data: SectorTable) -> np.ndarray:
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
