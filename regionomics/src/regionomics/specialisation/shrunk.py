"""Location quotients that small numbers cannot push to the top: shrunk to the mean as far as chance explains them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import betaincinv, betaln

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.relatedness._presence import By, pairs
from regionomics.specialisation.quotient import quotients
from regionomics.tables import Family, PlaceActivity, by_groups
from regionomics.unknown import tell_unknown

_LOG_V = np.linspace(-7.0, 4.0, 45)
"""Where the posterior of log v is taken: below e^-7 places do not differ for any purpose."""


def shrunk_location_quotient(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    units: str | None = None,
    unit_cv: float = 0.0,
    by: By = None,
    level: float = 0.95,
) -> Any:
    """Give each location quotient with an interval, shrunk to 1 as far as chance explains its distance from it.

    For each activity, y[p] ~ Binomial(N[p], q[p]) with q ~ Beta of mean m, the activity's share of everything; so that
    LQ = q / m has mean 1 and variance near v over places. y = x[p, a] / s[a] and N = x[p, .] / s[a], where s[a] is what
    arrives together: the mean value of an establishment, so that 500 jobs in one plant count as one event and not as
    500. Establishments of unequal size make sums vary more: s[a] is then multiplied by 1 + unit_cv^2. v is averaged
    over (flat prior in its root), so that an interval also says how little the table may tell of v; the mixture is then
    met by a Beta of its mean and variance.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        units: column with the number of establishments behind the value; s[a] is then sum value / sum units of the
            activity. Default: s = 1, each unit of value arrives alone.
        unit_cv: standard deviation over mean of the establishments' sizes within an activity; 0: all of one size, and
            intervals that are too short where they are not.
        by: further keys (year).
        level: of the interval, 0 to 1.
    Returns:
        place, activity, location_quotient, shrunk, low, high (ratios; null where the place or the activity has
        nothing), spread (the mean of v).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: a level outside 0..1, a negative unit_cv.
    Source: Clayton and Kaldor (1987), doi:10.2307/2532003 (empirical Bayes of relative risks); Gelman
        (2006), doi:10.1214/06-BA117A (the prior of the root of v); the unit s is this library's own.
    """
    if not 0 < level < 1:
        raise InvalidParameter(f"level={level!r}; it must lie between 0 and 1, such as 0.95")
    if unit_cv < 0:
        raise InvalidParameter(f"unit_cv={unit_cv!r}; it is a standard deviation over a mean, so 0 or more")
    if isinstance(table, PlaceActivity):
        if by is not None or units is not None:
            asked = f"by={by!r}" if by is not None else f"units={units!r}"
            raise InvalidParameter(f"{asked} needs a table with that column; a PlaceActivity holds none")
        place, activity, value = table.names
        rows = pa.table(table.long(value, table.values))
        names = {"place": place, "activity": activity, "value": value}
        return table.family.emit(shrunk_location_quotient(rows, **names, unit_cv=unit_cv, level=level))
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        data = PlaceActivity._from_arrow(arrow.select(columns), columns, family)
        if data.values.sum() > 2**53:  # above, floats do not hold every whole number, and one unit more is none
            raise InvalidTable(
                f"{value} adds up to {data.values.sum():g}, which no count does; give persons, or a larger unit"
            )
        size = np.ones(data.shape[1])
        if units is not None:
            counted = PlaceActivity._from_arrow(
                arrow.select([place, activity, units]), (place, activity, units), family
            ).values.sum(axis=0)
            total = np.asarray(data.values.sum(axis=0))
            size = np.divide(total, counted, out=np.ones(len(total)), where=np.asarray(counted) > 0)
        result = _shrunk(data, size * (1 + unit_cv**2), level)
        n, m = data.shape
        labels = {
            place: (data.places, np.repeat(np.arange(n), m)),
            activity: (data.activities, np.tile(np.arange(m), n)),
        }
        table = pairs(labels, **{name: v.ravel() for name, v in result.items()})
        tell_unknown(data, {"lq": table})
        return {"lq": dict(zip(table.column_names, table.columns, strict=True))}

    return by_groups(table, by, [*columns, *([units] if units else [])], calculate)["lq"]


def _shrunk(data: PlaceActivity, size: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Each of shape (n_places, n_activities)."""
    x = data.values.toarray()
    total = x.sum(axis=1)
    share = x.sum(axis=0) / max(float(x.sum()), np.finfo(float).tiny)
    lq = quotients(data)
    out = {name: np.full(x.shape, np.nan) for name in ("shrunk", "low", "high", "spread")}
    here = total > 0
    for a in np.flatnonzero((share > 0) & (share < 1)):
        y, n, m = x[here, a] / size[a], total[here] / size[a], float(share[a])
        spread, weight = _spread(y, n, m)
        strength = (1 - m) / (m * spread)
        alpha, beta = m * strength[:, None] + y, (1 - m) * strength[:, None] + n - y
        each = alpha / (alpha + beta)
        mean = weight @ each
        variance = weight @ (each * (1 - each) / (alpha + beta + 1) + each**2) - mean**2
        both = mean * (1 - mean) / np.maximum(variance, np.finfo(float).tiny) - 1
        tail = (1 - level) / 2
        out["shrunk"][here, a] = mean / m
        out["low"][here, a] = betaincinv(mean * both, (1 - mean) * both, tail) / m
        out["high"][here, a] = betaincinv(mean * both, (1 - mean) * both, 1 - tail) / m
        out["spread"][here, a] = weight @ spread
    for a in np.flatnonzero(share == 1):  # nothing else to do anywhere: every quotient is 1
        for name, value in (("shrunk", 1.0), ("low", 1.0), ("high", 1.0), ("spread", 0.0)):
            out[name][here, a] = value
    return {"location_quotient": lq, **out}


def _spread(y: np.ndarray, n: np.ndarray, m: float) -> tuple[np.ndarray, np.ndarray]:
    """Values of v and their posterior weights, both of the same short length."""
    v = np.exp(_LOG_V)
    strength = ((1 - m) / (m * v))[:, None]
    alpha, beta = m * strength, (1 - m) * strength
    likely = (betaln(alpha + y, beta + n - y) - betaln(alpha, beta)).sum(axis=1)
    likely += 0.5 * _LOG_V  # flat in the root of v; the grid is even in log v
    weight = np.exp(likely - likely.max())
    keep = weight > 1e-4
    return v[keep], weight[keep] / weight[keep].sum()
