"""Diversity of places and ubiquity of activities."""

from __future__ import annotations

from typing import Any

import numpy as np

from regionomics.relatedness._presence import By, Presence, presence_matrix, run
from regionomics.tables import PlaceActivity


def diversity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Count the activities that each place has: d[p] = sum_a M[p, a].

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        presence: "rca" where the location quotient is >= threshold, "value" where the value itself is (threshold a
            small positive number counts every non-zero), "given" where the values are 0 and 1 already.
    Returns:
        place, diversity (whole number; 0 for a place without any).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown presence, a threshold <= 0.
    Source: Hidalgo and Hausmann (2009), doi:10.1073/pnas.0900943106.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        return {"d": {data.names[0]: data.places, "diversity": np.diff(m.indptr).astype(np.int64)}}

    return run(table, by, (place, activity, value), calculate, compares=False)["d"]


def ubiquity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Count the places that have each activity: u[a] = sum_p M[p, a].

    Args, Raises: as `diversity`.
    Returns:
        activity, ubiquity (whole number; 0 for an activity that no place has).
    Source: Hidalgo and Hausmann (2009), doi:10.1073/pnas.0900943106.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        counts = np.bincount(m.indices, minlength=m.shape[1]).astype(np.int64)
        return {"u": {data.names[1]: data.activities, "ubiquity": counts}}

    return run(table, by, (place, activity, value), calculate, compares=False)["u"]


def normalised_ubiquity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Any:
    """Compare an activity's share of all values with its share of all presences.

    n[a] = (x[., a] / x[., .]) / (u[a] / sum_b u[b]): above 1 where few places hold much of it.

    Args, Raises: as `diversity`.
    Returns:
        activity, normalised_ubiquity (ratio; null for an activity that no place has).
    Source: EconGeo's `norm.ubiquity` (Balland 2017); Balland and Rigby (2017), doi:10.1080/00130095.2016.1205947.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        u = np.bincount(m.indices, minlength=m.shape[1]).astype(float)
        share = np.asarray(data.values.sum(axis=0)) / max(float(data.values.sum()), np.finfo(float).tiny)
        ratio = np.divide(share * u.sum(), u, out=np.full(len(u), np.nan), where=u > 0)
        return {"n": {data.names[1]: data.activities, "normalised_ubiquity": ratio}}

    return run(table, by, (place, activity, value), calculate, compares=False)["n"]
