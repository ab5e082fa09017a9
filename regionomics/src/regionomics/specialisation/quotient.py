"""Location quotients, and the presences that follow from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.relatedness._presence import By, Presence, pairs, presence_matrix, run
from regionomics.specialisation.concentration import Weights, weighed
from regionomics.tables import PlaceActivity


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


def quotients(data: PlaceActivity, weight: np.ndarray | None = None) -> np.ndarray:
    """Location quotients, shape (n_places, n_activities); NaN where the place or the activity has nothing.

    weight: (n_places,), the places' totals by default.
    """
    x = data.values
    place, activity = np.asarray(x.sum(axis=1)), np.asarray(x.sum(axis=0))
    place = place if weight is None else weight
    rows = np.divide(place.sum(), place, out=np.full(len(place), np.nan), where=place > 0)
    columns = np.divide(1.0, activity, out=np.full(len(activity), np.nan), where=activity > 0)
    dense = x.toarray()
    dense *= rows[:, None]
    dense *= columns
    return np.asarray(dense)


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
) -> Any:
    """Say which activities each place has: a 0/1 table.

    Args:
        table, by: as for `location_quotient`.
        method: "rca" where the location quotient is >= threshold, "value" where the value itself is.
        threshold: > 0. A quotient short of it by less than 1e-12 of it still counts, so that the unit of the values
            changes nothing.
    Returns:
        place, activity, present (0 or 1), one row a pair of the labels seen.
    Raises:
        InvalidTable: as `location_quotient`. InvalidParameter: an unknown method, a threshold <= 0.
    Source: Hidalgo et al. (2007), doi:10.1126/science.1144581.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        matrix = presence_matrix(data, method, threshold)
        columns = data.long("present", matrix)
        return {"m": {**columns, "present": columns["present"].astype(np.int64)}}

    return run(table, by, (place, activity, value), calculate)["m"]


def _long(data: PlaceActivity, matrix: np.ndarray) -> pa.Table:
    n, m = data.shape
    labels = {
        data.names[0]: (data.places, np.repeat(np.arange(n), m)),
        data.names[1]: (data.activities, np.tile(np.arange(m), n)),
    }
    return pairs(labels, location_quotient=matrix.ravel())
