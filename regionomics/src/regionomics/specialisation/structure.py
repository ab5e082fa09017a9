"""How far a place's mix of activities is from that of all places."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import sparse

from regionomics.relatedness._presence import By, one_of, run
from regionomics.specialisation.evenness import row_sums
from regionomics.tables import PlaceActivity

Against = Literal["all", "others"]


def specialisation_coefficient(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    against: Against = "all",
) -> Any:
    """Say what share of each place would have to change activity for it to look like all places together.

    coefficient[p] = 1/2 sum_a |s[p, a] - s[a]|, with s[p, a] = x[p, a] / x[p, .] and s[a] = x[., a] / x[., .].

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country): each group against its own total.
        against: "all" places together, the place among them; or all "others" together, without the place itself.
    Returns:
        place, specialisation_coefficient (0 = the same mix, towards 1 = nothing in common; null for a place without
        anything and, against "others", where no other place has anything).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown `against`.
    Source: Hoover and Giarratani (1985), An Introduction to Regional Economics, 3rd edition, table 9-4.
    """
    return _by_place(table, by, (place, activity, value), "specialisation_coefficient", against, 1.0)


def krugman_index(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    against: Against = "all",
) -> Any:
    """Add up how much the shares of each place's activities differ from those of all places together.

    K[p] = sum_a |s[p, a] - s[a]|, with s[p, a] = x[p, a] / x[p, .] and s[a] = x[., a] / x[., .]. Twice the
    specialisation coefficient.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country): each group against its own total.
        against: "all" places together, the place among them; or all "others" together, without the place itself.
            With two places "others" is the index of the pair.
    Returns:
        place, krugman_index (0 = the same mix, 2 = nothing in common; null for a place without anything and, against
        "others", where no other place has anything).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown `against`.
    Source: Krugman (1991), Geography and Trade, MIT Press.
    """
    return _by_place(table, by, (place, activity, value), "krugman_index", against, 2.0)


def hachman(
    table: Any, *, place: str = "place", activity: str = "activity", value: str = "value", by: By = None
) -> Any:
    """Say how closely each place's mix of activities mirrors that of all places together, 1 being the same mix.

    hachman[p] = 1 / sum_a s[p, a] LQ[p, a] = 1 / sum_a s[p, a]^2 / s[a]: one over the mean location quotient of the
    place, weighted by its own shares.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country): each group against its own total.
    Returns:
        place, hachman (x[p, .] / x[., .] to 1; null for a place without anything).
    Raises:
        InvalidTable: a pair twice, nulls, negatives.
    Source: Benway (2020), Measuring Economic Diversity: The Hachman Index, 2018, Kem C. Gardner Policy Institute,
        University of Utah (the index is Frank Hachman's, of the same university).
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        own, overall = shares(data)
        index = own.indices
        mean = row_sums(own, own.data * (own.data / overall[index]))
        values = np.divide(1.0, mean, out=np.full(len(mean), np.nan), where=mean > 0)
        return {"h": {data.names[0]: data.places, "hachman": np.minimum(values, 1.0)}}

    return run(table, by, (place, activity, value), calculate)["h"]


def _by_place(table: Any, by: By, columns: tuple[str, str, str], name: str, against: Against, largest: float) -> Any:
    one_of("against", against, Against)

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        return {"k": {data.names[0]: data.places, name: largest * distances(data, against)}}

    return run(table, by, columns, calculate)["k"]


def distances(data: PlaceActivity, against: Against) -> np.ndarray:
    """Half the sum of absolute differences of shares, shape (n_places,), 0..1; NaN where one side has nothing."""
    own, overall = shares(data)
    other = overall[own.indices]
    has = np.diff(own.indptr) > 0
    if against == "others":
        x, total = data.values, float(data.values.sum())
        rest = np.repeat(total - np.asarray(x.sum(axis=1)), np.diff(x.indptr))
        left = np.maximum(np.asarray(x.sum(axis=0))[x.indices] - x.data, 0.0)
        left[_only_here(x)] = 0.0  # the subtraction may leave a rounding error of what nobody else has
        other = np.divide(left, rest, out=np.zeros_like(left), where=rest > 0)
        has = has & (has.sum() > 1)
    # Both sides add up to 1, so that what is above weighs as much as what is below: only pairs with something count.
    above = row_sums(own, np.maximum(own.data - other, 0.0))
    return np.where(has, np.minimum(above, 1.0), np.nan)


def shares(data: PlaceActivity) -> tuple[sparse.csr_array, np.ndarray]:
    """The places' shares of their own totals, (n_places, n_activities), and those of all together, (n_activities,)."""
    x = data.values
    place, activity = np.asarray(x.sum(axis=1)), np.asarray(x.sum(axis=0))
    own = x.data / np.repeat(place, np.diff(x.indptr))
    total = float(place.sum())
    overall = activity / total if total > 0 else np.zeros(len(activity))
    return sparse.csr_array((own, x.indices, x.indptr), shape=x.shape), overall


def _only_here(x: sparse.csr_array) -> np.ndarray:
    """For each stored value: is it the only one of its activity?"""
    return np.asarray(np.bincount(x.indices, minlength=x.shape[1])[x.indices] == 1)
