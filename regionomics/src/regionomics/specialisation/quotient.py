"""Location quotients, and the presences that follow from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import By, Presence, one_of, pairs, presence_matrix, run
from regionomics.specialisation._rolling import Rolling, quotients, rolled
from regionomics.specialisation.concentration import Weights, weighed
from regionomics.tables import Family, PlaceActivity, by_groups


def location_quotient(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    weights: Weights = "total",
    zeros: bool = True,
) -> Any:
    """Compare each place's share of an activity with that of all places together.

    lq[p, a] = (x[p, a] / x[p, .]) / (x[., a] / x[., .]). The same as revealed comparative advantage (RCA). With weights
    w, such as population: (x[p, a] / w[p]) / (x[., a] / w[.]).

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country): each group against its own total.
        weights: "total" for the places' totals over all activities; the name of a column with one number a place
            (population: amounts a head, compared); a mapping from place to number; or "equal". A PlaceActivity takes no
            column.
        zeros: False leaves out the pairs whose quotient is 0 or null: the rows and the memory of the table's own pairs,
            for tables of thousands by thousands.
    Returns:
        place, activity, location_quotient (ratio; 1 = the overall share; null where nobody has the activity, or the
        place has no weight: with "total", where it has nothing at all), one row a pair of the labels seen.
    Raises:
        InvalidTable: a pair twice, nulls, negatives; weights that differ within a place, or that add up to 0.
        InvalidParameter: a mapping without one of the places.
    Source: Balassa (1965), doi:10.1111/j.1467-9957.1965.tb00050.x; Isard (1960), Methods of Regional Analysis.
    """

    def answer(data: PlaceActivity, weight: np.ndarray | None = None) -> pa.Table:
        return _long(data, quotients(data, weight)) if zeros else _stored(data, weight)

    if isinstance(weights, str) and weights == "total":
        return run(table, by, (place, activity, value), lambda data: {"lq": answer(data)})["lq"]

    return weighed(table, by, (place, activity, value), "place", weights, answer)


def _stored(data: PlaceActivity, weight: np.ndarray | None) -> pa.Table:
    """Location quotients of the pairs that have a value, in the order of the labels."""
    x = data.values
    place, activity = np.asarray(x.sum(axis=1)) if weight is None else weight, np.asarray(x.sum(axis=0))
    row = np.repeat(np.arange(x.shape[0], dtype=np.int32), np.diff(x.indptr))
    known = place[row] > 0
    row, column, value = row[known], x.indices[known], x.data[known]
    value = value * (place.sum() / place[row])
    value /= activity[column]
    labels = {data.names[0]: (data.places, row), data.names[1]: (data.activities, column)}
    return pairs(labels, location_quotient=value)


def presence(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    method: Presence = "rca",
    threshold: float = 1.0,
    time: str | None = None,
    window: int = 3,
    rolling: Rolling = "values",
) -> Any:
    """Say which activities each place has: a 0/1 table, of each period by itself or rolling over several.

    Args:
        table, by: as for `location_quotient`.
        method: "rca" where the location quotient is >= threshold, "value" where the value itself is.
        threshold: > 0. A quotient short of it by less than 1e-12 of it still counts, so that the unit of the values
            changes nothing.
        time: a column of periods: presence then rolls over `window` periods, the period named and those before it, so
            that one odd year neither makes nor ends a presence. Periods are those that the table has, in their order.
        window: periods together, >= 1.
        rolling: with `time`: "values" (default) takes the mean value over the window, then the quotient; "quotients"
            the mean of the periods' quotients (or values); "every" wants the threshold met in each period of the
            window, "any" in one of them. A pair without a row in a period has 0 there.
    Returns:
        place, activity, present (0 or 1), one row a pair of the labels seen. With `time` also the period, after the
        activity: the periods that have a whole window behind them, and every place and activity of the table.
    Raises:
        InvalidTable: as `location_quotient`; fewer periods than `window`.
        InvalidParameter: an unknown method or rolling, a threshold <= 0, a window < 1.
    Source: Hidalgo et al. (2007), doi:10.1126/science.1144581. The windows are this library's own.
    """
    if time is not None:
        one_of("rolling", rolling, Rolling)
        if window < 1:
            raise InvalidParameter(f"window={window!r}; it counts periods, so 1 or more")

        def roll(arrow: pa.Table, family: Family) -> dict[str, Any]:
            return {"m": rolled(arrow, (place, activity, value, time), method, threshold, window, rolling, family)}

        return by_groups(table, by, [place, activity, value, time], roll)["m"]

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        matrix = presence_matrix(data, method, threshold)
        columns = data.long("present", matrix)
        return {"m": {**columns, "present": columns["present"].astype(np.int64)}}

    return run(table, by, (place, activity, value), calculate)["m"]


def _long(data: PlaceActivity, matrix: np.ndarray) -> pa.Table:
    n, m = data.shape
    labels = {
        data.names[0]: (data.places, np.repeat(np.arange(n, dtype=np.int32), m)),
        data.names[1]: (data.activities, np.tile(np.arange(m, dtype=np.int32), n)),
    }
    return pairs(labels, location_quotient=matrix.ravel())
