"""How far plants of an activity, and activities, keep together beyond what large plants and chance would give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.relatedness._presence import By, columns_of, one_of, pairs
from regionomics.specialisation.concentration import of_label, one_each
from regionomics.tables import Codes, Family, PlaceActivity, by_groups, encode, numbers
from regionomics.unknown import tell_alone, tell_nothing, tell_of

PlaceTotal = str | Mapping[Any, float] | None
"""What places are measured against: None for the table's own sums, the name of a column, or place -> number."""
_FEW = "use coarser ones, or read null as unknown"
Estimator = Literal["ellison-glaeser", "maurel-sedillot"]


def ellison_glaeser(
    plants: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    plant: str | None = "plant",
    value: str = "value",
    place_total: PlaceTotal = None,
    by: By = None,
    estimator: Estimator = "ellison-glaeser",
) -> Any:
    """Say how concentrated each activity is in space, beyond what its few large plants make of it.

    gamma[a] = (G - (1 - sum_p x[p]^2) H) / ((1 - sum_p x[p]^2) (1 - H))

    with G = sum_p (s[p] - x[p])^2, s[p] the place's share of the activity, x[p] its share of everything, and
    H = sum_k z[k]^2 over the plants' shares z of the activity. If every plant chose its place by itself, with
    probabilities x, then G would be (1 - sum_p x[p]^2) H on average, and gamma 0.

    Args:
        plants: one row per plant (and activity), value >= 0, such as its jobs. Plants with 0 do not count.
        plant: column with the plant's name, which may appear once in each activity; None where every row is a plant.
        place_total: what x is made of. None: the values of all plants of the table. Or the name of a column with one
            number a place (all its jobs), or a mapping from place to number, which may name places without any plant
            of the table: they count.
        by: further keys (year, country).
        estimator: "ellison-glaeser", or "maurel-sedillot", which puts sum_p s[p]^2 - sum_p x[p]^2 in the place of G.
    Returns:
        activity, ellison_glaeser (0 = as chance would have it, 1 = all in one place, below 0 = plants keep apart; null
        where one plant has it all, or where x is all in one place), concentration (G, or what takes its place),
        expected (its mean by chance), plant_herfindahl (H), plants (number), z (the distance of G from that mean in
        standard deviations; null where it has no spread, and for Maurel and Sédillot).
    Raises:
        InvalidTable: a plant twice in an activity, nulls, negatives; a place with two totals. InvalidParameter: an
            unknown estimator, a mapping without one of the places.
    Source: Ellison and Glaeser (1997), doi:10.1086/262098; Maurel and Sédillot (1999), Regional
        Science and Urban Economics 29 (5).
    """
    one_of("estimator", estimator, Estimator)
    column = place_total if isinstance(place_total, str) else None
    used = [c for c in (place, activity, plant, value, column) if c is not None]

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        _not_empty(arrow)
        places, activities = encode(arrow[place], place), encode(arrow[activity], activity)
        size = numbers(arrow[value], value)
        if plant is not None:
            _check_once(encode(arrow[plant], plant), activities, plant, activity)
        x, elsewhere = _place_shares(arrow, places, size, place, place_total)
        found = _ellison_glaeser(places, activities, size, x, elsewhere, estimator)
        nobody = np.bincount(activities.codes, size, len(activities.labels)) <= 0
        _tell_one_place(places, x, elsewhere, place)
        tell_nothing("ellison_glaeser", activities.labels, nobody, activity, value)
        tell_of("ellison_glaeser", activities.labels, found["plants"] == 1, f"one plant has all of {activity}", _FEW)
        return {"eg": columns_of(pairs({activity: (activities.labels, np.arange(len(activities.labels)))}, **found))}

    return by_groups(plants, by, list(dict.fromkeys(used)), calculate)["eg"]


def coagglomeration(
    plants: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    place_total: PlaceTotal = None,
    groups: str | None = None,
    by: By = None,
) -> Any:
    """Say how far activities keep to the same places, beyond what the sizes of places make of it.

    gamma[a, b] = sum_p (s[p, a] - x[p]) (s[p, b] - x[p]) / (1 - sum_p x[p]^2)

    with s[p, a] the place's share of activity a and x[p] its share of everything. For a group of activities, the mean
    of its pairs weighted by w[a] w[b], w the activities' shares of the group. This is the index of 1997: the terms with
    the plants' sizes, G / (1 - sum_p x[p]^2) - H - sum_a gamma[a] w[a]^2 (1 - H[a]) over 1 - sum_a w[a]^2, cancel.

    Args:
        plants: rows of place, activity and value >= 0; several rows (plants) of one place and activity are added up.
            Or a PlaceActivity.
        place_total: what x is made of. None: all values of the table. "mean": the mean of the activities' shares, each
            as heavy as the others. Or the name of a column with one number a place, or a mapping from place to number,
            which may name places without any plant of the table: they count.
        groups: column with the group that an activity belongs to; then one row a group instead of one a pair.
        by: further keys (year, country).
    Returns:
        `<activity>_1`, `<activity>_2`, coagglomeration, one row a pair; or the group, coagglomeration and activities
        (their number). 0 = as chance would have it; above, they share places; below, they keep apart. Null where an
        activity has nothing, where a group has one activity only, or where x is all in one place.
    Raises:
        InvalidTable: nulls, negatives; a place with two totals, an activity in two groups. InvalidParameter: a mapping
            without one of the places.
    Source: Ellison and Glaeser (1997), doi:10.1086/262098; for pairs: Ellison, Glaeser and Kerr (2010),
        doi:10.1257/aer.100.3.1195.
    """
    column = place_total if isinstance(place_total, str) and place_total != "mean" else None
    if isinstance(plants, PlaceActivity):
        asked = {"by": by, "groups": groups, "place_total": column}
        wrong = [name for name, given in asked.items() if given is not None]
        if wrong:
            raise InvalidParameter(
                f"{wrong[0]}={asked[wrong[0]]!r} needs a table with that column; a PlaceActivity holds none"
            )
        names = dict(zip(("place", "activity", "value"), plants.names, strict=True))
        rows = pa.table(plants.long(plants.names[2], plants.values))
        return plants.family.emit(coagglomeration(rows, **names, place_total=place_total))
    used = [c for c in (place, activity, value, groups, column) if c is not None]

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        _not_empty(arrow)
        places, activities = encode(arrow[place], place), encode(arrow[activity], activity)
        size = numbers(arrow[value], value)
        shares, totals = _activity_shares(places, activities, size)
        if place_total == "mean":
            x, elsewhere = np.asarray(shares.sum(axis=1)) / max(int((totals > 0).sum()), 1), np.zeros(0)
        else:
            x, elsewhere = _place_shares(arrow, places, size, place, place_total)
        gamma = _coagglomeration(shares, totals, x, elsewhere)
        _tell_one_place(places, x, elsewhere, place)
        tell_nothing("coagglomeration", activities.labels, totals <= 0, activity, value)
        if groups is None:
            i, j = np.triu_indices(len(totals), 1)
            names = {f"{activity}_1": (activities.labels, i), f"{activity}_2": (activities.labels, j)}
            return {"co": columns_of(pairs(names, coagglomeration=gamma[i, j]))}
        group = encode(arrow[groups], groups)
        owner = _one_group(activities, group, activity, groups)
        mean, count = _of_groups(gamma, totals, owner, len(group.labels))
        tell_of("coagglomeration", group.labels, count < 2, f"fewer than two {activity} in {groups}", _FEW)
        names = {groups: (group.labels, np.arange(len(group.labels)))}
        return {"co": columns_of(pairs(names, coagglomeration=mean, activities=count))}

    return by_groups(plants, by, list(dict.fromkeys(used)), calculate)["co"]


# --- inside -----------------------------------------------------------------------------------------------------------
def _ellison_glaeser(
    places: Codes, activities: Codes, size: np.ndarray, x: np.ndarray, elsewhere: np.ndarray, estimator: str
) -> dict[str, np.ndarray]:
    """The columns of the answer, each of shape (n_activities,). x: shares of the table's places; elsewhere: others."""
    n, own = len(activities.labels), activities.codes
    shares, totals = _activity_shares(places, activities, size)
    x2, x3 = (float((x**k).sum() + (elsewhere**k).sum()) for k in (2, 3))
    z = np.divide(size, totals[own], out=np.zeros_like(size), where=totals[own] > 0)
    h, z4 = (np.bincount(own, z**k, n) for k in (2, 4))
    s2 = np.asarray(shares.power(2).sum(axis=0))
    count = np.bincount(own, size > 0, n).astype(np.int64)
    known, room = totals > 0, 1 - x2
    expected = np.where(known, room * h, np.nan)
    answerable = (count > 1) & (room > 1e-12)
    if estimator == "maurel-sedillot":
        raw, variance = s2 - x2, np.full(n, np.nan)
    else:
        raw = s2 - 2 * np.asarray(x @ shares) + x2
        variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - z4 * (x2 - 4 * x3 + 3 * x2**2))
    above = raw - expected
    spread = np.sqrt(np.where(variance > 1e-18, variance, np.nan))  # below: places of equal size, one plant
    return {
        "ellison_glaeser": np.divide(above, room * (1 - h), out=np.full(n, np.nan), where=answerable),
        "concentration": np.where(known, raw, np.nan),
        "expected": expected,
        "plant_herfindahl": np.where(known, h, np.nan),
        "plants": count,
        "z": above / spread,
    }


def _coagglomeration(shares: sparse.csr_array, totals: np.ndarray, x: np.ndarray, elsewhere: np.ndarray) -> np.ndarray:
    """gamma of each two activities, shape (n_activities, n_activities); NaN where unknown."""
    x2 = float((x**2).sum() + (elsewhere**2).sum())
    across = np.asarray(x @ shares)
    products = np.asarray((shares.T @ shares).toarray()) - across[:, None] - across[None, :] + x2
    gamma = products / (1 - x2) if 1 - x2 > 1e-12 else np.full(products.shape, np.nan)
    gamma[totals == 0, :] = np.nan
    gamma[:, totals == 0] = np.nan
    return gamma


def _of_groups(gamma: np.ndarray, totals: np.ndarray, owner: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of the pairs of each group, and its number of activities that have something."""
    mean, count = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    for g in range(n):
        inside = np.flatnonzero((owner == g) & (totals > 0))
        count[g] = len(inside)
        if len(inside) > 1:
            weight = np.outer(totals[inside], totals[inside])
            np.fill_diagonal(weight, 0.0)
            mean[g] = (weight * gamma[np.ix_(inside, inside)]).sum() / weight.sum()
    return mean, count


def _activity_shares(places: Codes, activities: Codes, size: np.ndarray) -> tuple[sparse.csr_array, np.ndarray]:
    """Each activity's shares of the places, (n_places, n_activities), and its total, (n_activities,)."""
    totals = np.bincount(activities.codes, size, len(activities.labels))
    share = np.divide(size, totals[activities.codes], out=np.zeros_like(size), where=size > 0)
    shape = (len(places.labels), len(activities.labels))
    matrix = sparse.coo_array((share, (places.codes, activities.codes)), shape=shape).tocsr()
    return matrix, totals


def _place_shares(
    arrow: pa.Table, places: Codes, size: np.ndarray, place: str, given: PlaceTotal
) -> tuple[np.ndarray, np.ndarray]:
    """Each place's share of everything: of the table's places, and of those that only `given` names."""
    elsewhere = np.zeros(0)
    if given is None:
        total = np.bincount(places.codes, size, len(places.labels))
    elif isinstance(given, str):
        total = one_each(arrow, place, given)
    else:
        labels = places.labels.to_pylist()
        total = np.array([of_label(given, label, "place", "place_total") for label in labels])
        others = given.keys() - set(labels)
        elsewhere = np.array(sorted(of_label(given, label, "place", "place_total") for label in others))
    everything = float(total.sum() + elsewhere.sum())
    if not everything > 0:
        raise InvalidTable("the places' totals add up to 0; give at least one place something")
    return total / everything, elsewhere / everything


def _tell_one_place(places: Codes, x: np.ndarray, elsewhere: np.ndarray, place: str) -> None:
    """Where all is in one place, nothing can keep together or apart."""
    if not elsewhere.any():
        tell_alone([("", sparse.csr_array(x[:, None]))], places.labels, place)


def _check_once(plants: Codes, activities: Codes, plant: str, activity: str) -> None:
    key = activities.codes * len(plants.labels) + plants.codes
    seen, count = np.unique(key, return_counts=True)
    if len(seen) < len(key):
        first = int(seen[count > 1][0])
        raise InvalidTable(
            f"{plant} {plants.labels[first % len(plants.labels)]} appears {int(count.max())} times in {activity} "
            f"{activities.labels[first // len(plants.labels)]} ({int((count > 1).sum())} in all are repeated); "
            "add its rows up, or pass plant=None if every row is a plant"
        )


def _one_group(activities: Codes, groups: Codes, activity: str, group: str) -> np.ndarray:
    """The group of each activity."""
    n = len(groups.labels)
    seen = np.unique(activities.codes * n + groups.codes)
    owner = seen // n
    twice = np.flatnonzero(np.diff(owner) == 0)
    if len(twice):
        at = int(twice[0])
        both = [groups.labels[int(c % n)] for c in seen[at : at + 2]]
        raise InvalidTable(
            f"{activity} {activities.labels[int(owner[at])]} lies in {both[0]} and {both[1]}; give it one {group}"
        )
    return np.asarray(seen % n)


def _not_empty(arrow: pa.Table) -> None:
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one plant")
