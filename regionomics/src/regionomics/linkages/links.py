"""How strongly activities are linked: by place, by occupation, by purchases, and by all of these together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, once_a_call, warn
from regionomics.panels import Panel, each_group, panel_of
from regionomics.relatedness._presence import By, LabelledMatrix, in_range, pairs
from regionomics.tables import ABSENT_IS_0, Family, Shown, as_place_activity, encode, numbers, read_columns
from regionomics.unknown import tell_nothing, tell_unknown_pairs

_FLAT = 1e-12  # a column whose spread is below this share of its size does not vary


@dataclass(frozen=True, repr=False)
class Links(Shown):
    """How strongly activities are linked, by one measure or several.

    matrix: (n_activities, n_activities), symmetric; NaN on the diagonal and where the link is unknown.
    measure: what it was made of, such as "locational correlation".
    """

    matrix: LabelledMatrix
    measure: str
    name: str = "activity"
    family: Family = field(default_factory=Family, repr=False)

    def table(self, *, both: bool = False) -> Any:
        """One row a pair: `<activity>_1`, `<activity>_2`, link (null = unknown); `both` gives i,j and j,i."""
        n = len(self.matrix.rows)
        row, col = np.nonzero(~np.eye(n, dtype=bool)) if both else np.triu_indices(n, 1)
        labels = {f"{self.name}_1": (self.matrix.rows, row), f"{self.name}_2": (self.matrix.rows, col)}
        return self.family.emit(pairs(labels, link=self.matrix.toarray()[row, col]))


@overload
def locational_correlation(
    table: Any, *, place: str = "place", activity: str = "activity", value: str = "value", by: str | Sequence[str]
) -> Panel[Links]: ...


@overload
def locational_correlation(
    table: Any, *, place: str = "place", activity: str = "activity", value: str = "value", by: None = None
) -> Links: ...


def locational_correlation(
    table: Any, *, place: str = "place", activity: str = "activity", value: str = "value", by: By = None
) -> Links | Panel[Links]:
    """Correlate activities over places: those that are large in the same places are linked.

    link[i, j] = corr_p(x[p, i], x[p, j]), over all places of the table.

    Args:
        table: one row per (place, activity), value >= 0 (employment, establishments); an absent pair means 0. Or a
            PlaceActivity.
    Returns:
        Links, -1..1. Unknown (null) with an activity whose value is the same in every place.
    Raises:
        InvalidTable: a pair twice, nulls, negatives. NoSupport: fewer than three places.
    Source: Porter (2003), doi:10.1080/0034340032000108688; Delgado, Porter and Stern (2016), doi:10.1093/jeg/lbv017.
    """
    if by is not None:
        return each_group(table, by, (place, activity, value), locational_correlation)
    data = as_place_activity(table, place=place, activity=activity, value=value)
    if data.shape[0] < 3:
        raise NoSupport(f"the table has {data.shape[0]} places; a correlation over places needs three or more")
    values = correlate(data.values.toarray())
    with once_a_call():
        tell_unknown_pairs(data, values, "activity", "locational correlation")
    return _of(values, data.activities, "locational correlation", data.names[1], data.family)


@overload
def occupation_overlap(
    table: Any,
    *,
    activity: str = "activity",
    occupation: str = "occupation",
    value: str = "value",
    by: str | Sequence[str],
) -> Panel[Links]: ...


@overload
def occupation_overlap(
    table: Any, *, activity: str = "activity", occupation: str = "occupation", value: str = "value", by: None = None
) -> Links: ...


def occupation_overlap(
    table: Any, *, activity: str = "activity", occupation: str = "occupation", value: str = "value", by: By = None
) -> Links | Panel[Links]:
    """Correlate activities over occupations: those that employ the same kinds of people are linked.

    link[i, j] = corr_o(s[i, o], s[j, o]), with s[i, o] = x[i, o] / x[i, .] the occupation's share of the activity.

    Args:
        table: one row per (activity, occupation), persons >= 0; an absent pair means 0.
        by: further keys (year, country), which give a Panel: one result a group.
    Returns:
        Links, -1..1. Unknown (null) with an activity without persons or with the same share in every occupation.
    Raises:
        InvalidTable: a pair twice, nulls, negatives. NoSupport: fewer than three occupations.
    Source: Glaeser and Kerr (2009), doi:10.1111/j.1530-9134.2009.00225.x; Delgado, Porter and Stern (2016),
        doi:10.1093/jeg/lbv017.
    """
    if by is not None:
        columns = (occupation, activity, value)
        return each_group(table, by, columns, lambda data: occupation_overlap(data, occupation=occupation))
    data = as_place_activity(table, place=occupation, activity=activity, value=value)
    if data.shape[0] < 3:
        raise NoSupport(f"the table has {data.shape[0]} occupations; a correlation over them needs three or more")
    x = data.values.toarray()
    total = x.sum(axis=0)
    shares = np.divide(x, total, out=np.zeros_like(x), where=total > 0)
    tell_nothing("links", data.activities, total <= 0, data.names[1], data.names[2])
    return _of(correlate(shares), data.activities, "occupation overlap", data.names[1], data.family)


@overload
def input_output_links(
    flows: Any,
    totals: Any = None,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: str | Sequence[str],
) -> Panel[Links]: ...


@overload
def input_output_links(
    flows: Any,
    totals: Any = None,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: None = None,
) -> Links: ...


def input_output_links(
    flows: Any,
    totals: Any = None,
    *,
    origin: str = "origin",
    destination: str = "destination",
    value: str = "value",
    sector: str = "sector",
    output: str = "output",
    by: By = None,
) -> Links | Panel[Links]:
    """Give the strongest of the four buying and selling shares between each two activities.

    link[i, j] = max(in[i, j], in[j, i], out[i, j], out[j, i]), with in[i, j] = z[j, i] / inputs[i] the share of i's
    inputs bought from j, and out[i, j] = z[i, j] / outputs[i] the share of i's output sold to j.

    Args:
        flows: one row per (origin, destination): what the destination buys from the origin, >= 0.
        totals: one row an activity with its output, which then divides inputs and outputs; default: all its purchases
            and all its sales in `flows`, to itself among them.
        by: further keys (year, country) of the flows, and of the totals unless these are the same for all groups: a
            Panel, one result a group.
    Returns:
        Links, 0..1 (above 1 where a total is smaller than a flow). Unknown (null) between two activities that neither
        buy nor sell.
    Raises:
        InvalidTable: a pair or an activity twice, nulls, negatives, an activity of the flows without a total.
    Source: Ellison, Glaeser and Kerr (2010), doi:10.1257/aer.100.3.1195; Delgado, Porter and Stern (2016),
        doi:10.1093/jeg/lbv017.
    """
    if by is not None:

        def one(f: Any, t: Any) -> Links:
            return input_output_links(
                f, t, origin=origin, destination=destination, value=value, sector=sector, output=output
            )

        both = (("flows", flows, (origin, destination, value)), ("totals", totals, (sector, output)))
        return panel_of(by, both, one)
    arrow, family = read_columns(flows, (origin, destination, value))
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one (origin, destination, value)")
    start, end = encode(arrow[origin], origin), encode(arrow[destination], destination)
    if start.labels.type != end.labels.type:
        raise InvalidTable(f"{origin} is {start.labels.type}, {destination} is {end.labels.type}; use one type")
    seen = encode(pa.concat_arrays([start.labels, end.labels]), origin)
    n, labels = len(seen.labels), seen.labels
    row, col = seen.codes[start.codes], seen.codes[len(start.labels) + end.codes]
    cell = row * n + col
    twice = np.flatnonzero(np.bincount(cell, minlength=1) > 1)
    if len(twice):
        raise InvalidTable(f"{labels[int(twice[0] // n)]} to {labels[int(twice[0] % n)]} repeats; add the rows up")
    z = np.zeros((n, n))
    z[row, col] = numbers(arrow[value], value, remedy=ABSENT_IS_0)
    bought, sold = z.sum(axis=0), z.sum(axis=1)
    if totals is not None:
        bought = sold = _totals(totals, sector, output, labels)
    inputs = np.divide(z.T, bought[:, None], out=np.zeros_like(z), where=bought[:, None] > 0)
    outputs = np.divide(z, sold[:, None], out=np.zeros_like(z), where=sold[:, None] > 0)
    strongest = np.maximum.reduce([inputs, inputs.T, outputs, outputs.T])
    idle = (z.sum(axis=0) + z.sum(axis=1)) == 0
    strongest[np.ix_(idle, idle)] = np.nan
    if idle.sum() > 1:
        tell_nothing("links between them", labels, idle, sector, value)
    return _of(strongest, labels, "input-output", sector, family)


def composite_links(*links: Links, weights: Sequence[float] | None = None) -> Links:
    """Put several measures of links on one scale and average them.

    link[i, j] = sum_m w[m] (link_m[i, j] - mean_m) / sd_m / sum_m w[m], with mean and (population) standard deviation
    over the pairs i < j that every measure knows.

    Args:
        links: two or more, from the other functions of this module.
        weights: one > 0 a measure; default equal.
    Returns:
        Links over the activities that all measures have, mean 0 over its known pairs. Unknown (null) where one of the
        measures is.
    Raises:
        InvalidParameter: fewer than two measures, weights that do not fit.
        NoSupport: fewer than two pairs that all measures know, or a measure that is the same for all of them.
    Warns:
        RegionomicsWarning: activities that one of the measures lacks are left out.
    Source: Delgado, Porter and Stern (2016), doi:10.1093/jeg/lbv017.
    """
    for one in links:
        check_links(one)
    if len(links) < 2:
        raise InvalidParameter(f"{len(links)} measures given; pass two or more")
    w = np.ones(len(links)) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (len(links),) or not (np.isfinite(w).all() and (w > 0).all()):
        raise InvalidParameter(f"weights={weights!r}; give one number > 0 for each of the {len(links)} measures")
    labels, every = links[0].matrix.rows, links[0].matrix.rows
    for one in links[1:]:
        if one.matrix.rows.type != labels.type:
            raise InvalidTable(f"activities are {labels.type} in one measure, {one.matrix.rows.type} in another")
        every = pa.concat_arrays([every, one.matrix.rows]).unique()
        labels = labels.filter(pc.is_in(labels, value_set=one.matrix.rows))
    if len(labels) < len(every):
        warn(f"{len(every) - len(labels)} of {len(every)} activities are missing from a measure and left out")
    cut = [cut_to(one.matrix, labels) for one in links]
    known = np.triu(np.logical_and.reduce([np.isfinite(v) for v in cut]), 1)
    if known.sum() < 2:
        raise NoSupport(f"the measures share {int(known.sum())} known pairs; two or more are needed")
    total = np.zeros((len(labels), len(labels)))
    for one, values, weight in zip(links, cut, w, strict=True):
        seen = values[known]
        mean, sd = seen.mean(), seen.std()
        if not sd > _FLAT * max(float(np.abs(seen).max()), 1e-300):
            raise NoSupport(f"{one.measure} is the same for all {len(seen)} pairs; leave it out")
        total += weight * (values - mean) / sd
    first = links[0]
    return _of(total / w.sum(), labels, " + ".join(one.measure for one in links), first.name, first.family)


def correlate(x: np.ndarray) -> np.ndarray:
    """Pearson correlation of the columns of x, shape (n_columns, n_columns); NaN with a column that does not vary."""
    x = in_range(x)
    centred = x - x.mean(axis=0)
    size = np.sqrt((centred * centred).sum(axis=0))
    varies = size > _FLAT * np.maximum(np.sqrt((x * x).sum(axis=0)), 1e-300)
    unit = np.divide(centred, size, out=np.zeros_like(centred), where=varies)
    r = np.clip(unit.T @ unit, -1.0, 1.0)
    r[~varies, :] = np.nan
    r[:, ~varies] = np.nan
    return np.asarray((r + r.T) / 2)


def _of(values: np.ndarray, labels: pa.Array, measure: str, name: str, family: Family) -> Links:
    np.fill_diagonal(values, np.nan)
    return Links(LabelledMatrix(values, labels, labels), measure, name, family)


def _totals(totals: Any, sector: str, output: str, labels: pa.Array) -> np.ndarray:
    given, _ = read_columns(totals, (sector, output))
    codes = encode(given[sector], sector)
    if len(codes.labels) < given.num_rows:
        raise InvalidTable(f"{sector} repeats in totals; give one row each")
    x = numbers(given[output], output)[np.argsort(codes.codes)]
    at = pc.index_in(labels, value_set=codes.labels) if codes.labels.type == labels.type else pa.nulls(len(labels))
    if at.null_count:
        raise InvalidTable(f"{labels.filter(pc.is_null(at))[0]} has no row in totals ({at.null_count} in all); add it")
    return np.asarray(x[at.to_numpy(zero_copy_only=False)])


def check_links(given: Any) -> None:
    """Refuse what is no Links: a table, or a Panel of them."""
    if isinstance(given, Panel):
        raise InvalidTable(f"links= takes those of one group, such as panel[{next(iter(given))!r}], not a Panel")
    if not isinstance(given, Links):
        raise InvalidTable(
            f"links= takes what locational_correlation() and its kin return, not a {type(given).__name__}"
        )


def cut_to(matrix: LabelledMatrix, labels: pa.Array) -> np.ndarray:
    at = pc.index_in(labels, value_set=matrix.rows).to_numpy(zero_copy_only=False)
    return matrix.toarray()[np.ix_(at, at)]
