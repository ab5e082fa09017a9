"""How unusual and how hard combinations are: of classes in patents, of journals in papers, of activities in places."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, one_of, pairs, presence_matrix, run
from regionomics.tables import Family, PlaceActivity, as_place_activity

_DENSE_ACTIVITIES = 15_000  # above, a dense matrix takes more than 1.8 GB
_CELLS = 4_000_000  # pairs looked up at a time

# Note [Places may be events]: "place" is any event in which activities meet, as in `cooccurrence`: a patent with its
# classes, a paper with the journals it cites, a project with its fields. Presences are therefore taken as given.


@dataclass(frozen=True)
class Novelty:
    """How far each two activities meet more or less often than by chance, and what that makes of each place.

    counts: (n_activities, n_activities) csr_array above the diagonal: places that have both.
    ubiquity: (n_activities,), places that have the activity. places_seen: number of places.
    places: place, activities, pairs (with a known z), conventionality (median z of its pairs), novelty (z of the tail,
        the 10th percentile by default: low, and below 0 for unusual combinations); null with fewer than 2 activities.
    """

    counts: sparse.csr_array
    ubiquity: np.ndarray
    places_seen: int
    places: Any
    labels: pa.Array = field(repr=False)
    name: str = "activity"
    family: Family = field(default_factory=Family, repr=False)

    def table(self, *, unseen: bool = False) -> Any:
        """One row a pair: `<activity>_1`, `<activity>_2`, both, expected, z; those that never meet only if `unseen`."""
        if unseen:
            n = _checked_size(len(self.labels))
            row, col = np.triu_indices(n, 1)
            both = self.counts.toarray()[row, col]
        else:
            coo = sparse.coo_array(self.counts)
            order = np.lexsort((coo.col, coo.row))
            row, col, both = coo.row[order], coo.col[order], coo.data[order]
        expected, z = _scores(both, self.ubiquity[row], self.ubiquity[col], self.places_seen)
        names = {f"{self.name}_1": (self.labels, row), f"{self.name}_2": (self.labels, col)}
        return self.family.emit(pairs(names, both=both.astype(np.int64), expected=expected, z=z))

    def matrix(self) -> LabelledMatrix:
        """z of every pair, symmetric; NaN on the diagonal and where an activity is nowhere or everywhere."""
        n = _checked_size(len(self.labels))
        both = self.counts.toarray()
        _, z = _scores(both + both.T, self.ubiquity[:, None], self.ubiquity[None, :], self.places_seen)
        z[np.arange(n), np.arange(n)] = np.nan
        return LabelledMatrix(z, self.labels, self.labels)


def novelty(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    presence: Presence = "given",
    threshold: float = 1.0,
    tail: float = 0.1,
) -> Novelty:
    """Say how unusual the combinations of each place (patent, paper, project) are, against chance.

    z[i, j] = (c[i, j] - e) / s, with c the places that have both, e = u_i u_j / n their number by chance, and
    s^2 = e (1 - u_i / n) (n - u_j) / (n - 1); u_i the places that have i, n all places. Of the z of a place's pairs the
    median is its conventionality, and the 10th percentile its novelty: the lower, the more unusual.

    Args:
        table: one row per (place, activity), 1 where the place (any event in which activities meet) has the activity;
            an absent pair means 0. Or a PlaceActivity.
        presence, threshold: as `cooccurrence`, but by default "given": values are 0 and 1 already.
        tail: the share of a place's pairs that the novelty looks at, above 0 and below 0.5.
    Returns:
        Novelty, with .places (place, activities, pairs, conventionality, novelty), .table() and .matrix() of z. z is
        null where an activity is in no place or in all of them.
    Raises:
        InvalidTable: a pair twice, nulls, values other than 0 and 1 with presence="given". InvalidParameter: a tail
            outside 0..0.5. NoSupport: .matrix() of more than 15 000 activities.
    Source: Uzzi, Mukherjee, Stringer and Jones (2013), doi:10.1126/science.1240474, for median and tail; the chance is
        that of Teece, Rumelt, Dosi and Winter (1994), doi:10.1016/0167-2681(94)90094-9, as Kim, Cerigo, Jeong and Youn
        (2016), doi:10.1140/epjds/s13688-016-0069-1, have it for patents.
    """
    if not 0 < tail < 0.5:
        raise InvalidParameter(f"tail={tail!r}; it is a share of the pairs, such as 0.1")
    data = as_place_activity(table, place=place, activity=activity, value=value)
    m = presence_matrix(data, presence, threshold)
    counts = sparse.csr_array(sparse.triu(m.T @ m, 1))
    counts.sort_indices()
    ubiquity = np.bincount(m.indices, minlength=m.shape[1]).astype(float)
    known, middle, low = _of_places(m, counts, ubiquity, tail)
    name = {data.names[0]: (data.places, np.arange(len(data.places)))}
    size = np.diff(m.indptr).astype(np.int64)
    places = pairs(name, activities=size, pairs=known, conventionality=middle, novelty=low)
    return Novelty(counts, ubiquity, m.shape[0], data.family.emit(places), data.activities, data.names[1], data.family)


def ease_of_recombination(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "given",
    threshold: float = 1.0,
) -> Any:
    """Say how readily each activity has been combined with others: with how many of them, for each place that has it.

    E[i] = (number of other activities that share a place with i) / (number of places that have i).

    Args:
        table: one row per (place, activity), 1 where the place (a patent, say) has the activity (its class). Or a
            PlaceActivity.
        by: further keys (year): each group by itself.
        presence, threshold: as `cooccurrence`, but by default "given": values are 0 and 1 already.
    Returns:
        activity, combined_with (activities), places, ease_of_recombination (>= 0; null where no place has it).
    Raises:
        InvalidTable: a pair twice, nulls, values other than 0 and 1 with presence="given".
    Source: Fleming and Sorenson (2001), doi:10.1016/S0048-7333(00)00135-9.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        others, has, ease = _ease(presence_matrix(data, presence, threshold))
        name = {data.names[1]: (data.activities, np.arange(len(data.activities)))}
        return {"e": pairs(name, combined_with=others, places=has, ease_of_recombination=ease)}

    return run(table, by, (place, activity, value), calculate)["e"]


def modular_complexity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: Literal["place", "activity"] = "place",
    history: Any = None,
    presence: Presence = "given",
    threshold: float = 1.0,
    compat: Literal["econgeo"] | None = None,
) -> Any:
    """Say how hard each place's (patent's) combination is: how little its activities have been combined before.

    K[p] = (number of activities of p) / sum over them of E[i], with E as in `ease_of_recombination`.

    Args:
        table: one row per (place, activity), 1 where the place (a patent, say) has the activity (its class). Or a
            PlaceActivity.
        by: further keys (year): each group by itself.
        of: "place", or "activity" for the mean K of the places that have it.
        history: an earlier table of the same columns (without `by`), from which E is taken, as Fleming and Sorenson
            have it; default the table itself.
        presence, threshold: as `cooccurrence`, but by default "given": values are 0 and 1 already.
        compat: "econgeo" gives 0 where ours is null.
    Returns:
        place, activities, modular_complexity (> 0; null where none of its activities was ever combined, where it has
        none, and where one is not in the history); or activity, places (with a known K), modular_complexity (their
        mean; null without any).
    Raises:
        InvalidTable: a pair twice, nulls, values other than 0 and 1 with presence="given". InvalidParameter: an
            unknown `of` or `compat`.
    Source: Fleming and Sorenson (2001), doi:10.1016/S0048-7333(00)00135-9.
    """
    one_of("of", of, ("place", "activity"))
    one_of("compat", compat, (None, "econgeo"))
    before = None if history is None else as_place_activity(history, place=place, activity=activity, value=value)

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        if before is None:
            _, _, ease = _ease(m)
        else:
            ease = _aligned(_ease(presence_matrix(before, presence, threshold))[2], before.activities, data.activities)
        size = np.diff(m.indptr).astype(np.int64)
        total = np.bincount(np.repeat(np.arange(m.shape[0]), size), ease[m.indices], m.shape[0])
        none = np.where(size > 0, 0.0 if compat == "econgeo" else np.nan, np.nan)
        hard = np.divide(size, total, out=none, where=~(total <= 0))
        if of == "place":
            name = {data.names[0]: (data.places, np.arange(len(size)))}
            return {"k": pairs(name, activities=size, modular_complexity=hard)}
        known = np.isfinite(hard)
        sums = np.asarray(np.where(known, hard, 0.0) @ m)
        count = np.asarray(known.astype(float) @ m)
        mean = np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0)
        name = {data.names[1]: (data.activities, np.arange(len(count)))}
        return {"k": pairs(name, places=count.astype(np.int64), modular_complexity=mean)}

    return run(table, by, (place, activity, value), calculate)["k"]


# --- inside -----------------------------------------------------------------------------------------------------------
def _scores(both: np.ndarray, u_i: np.ndarray, u_j: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected number and z of pairs; z NaN where its spread is 0."""
    expected = np.asarray(u_i * u_j / n)
    spread = np.sqrt(expected * ((n - u_i) * (n - u_j)) / (n * max(n - 1, 1)))
    return expected, np.divide(both - expected, spread, out=np.full(expected.shape, np.nan), where=spread > 0)


def _of_places(
    m: sparse.csr_array, counts: sparse.csr_array, ubiquity: np.ndarray, tail: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs with a known z, median z and tail z of each place, (n_places,) each."""
    n, k = m.shape
    keys = np.repeat(np.arange(k, dtype=np.int64), np.diff(counts.indptr)) * k + counts.indices
    known, middle, low = np.zeros(n, dtype=np.int64), np.full(n, np.nan), np.full(n, np.nan)
    for places, first, second in _pairs_of_places(m):
        both = counts.data[np.searchsorted(keys, first.astype(np.int64) * k + second)]
        _, z = _scores(both, ubiquity[first], ubiquity[second], n)
        known[places] = np.isfinite(z).sum(axis=1)
        some = known[places] > 0
        if some.any():
            low[places[some]], middle[places[some]] = np.nanquantile(z[some], (tail, 0.5), axis=1)
    return known, middle, low


def _pairs_of_places(m: sparse.csr_array) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Places of equal size a time, with the two ends of each of their pairs: (places,), (places, pairs) twice."""
    size = np.diff(m.indptr)
    for d in np.unique(size[size > 1]):
        every = np.flatnonzero(size == d)
        i, j = np.triu_indices(int(d), 1)
        step = max(1, _CELLS // len(i))
        for start in range(0, len(every), step):
            places = every[start : start + step]
            own = m.indices[m.indptr[places][:, None] + np.arange(int(d))]
            yield places, own[:, i], own[:, j]


def _ease(m: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Others met, places, and the first over the second, (n_activities,) each."""
    has = np.bincount(m.indices, minlength=m.shape[1]).astype(np.int64)
    together = sparse.csr_array(m.T @ m)
    others = np.diff(together.indptr).astype(np.int64) - (has > 0)
    return others, has, np.divide(others, has, out=np.full(len(has), np.nan), where=has > 0)


def _aligned(values: np.ndarray, labels: pa.Array, wanted: pa.Array) -> np.ndarray:
    """The values of the wanted labels, NaN for those that have none."""
    if labels.type != wanted.type:
        raise InvalidTable(f"history: activities are {labels.type}, in the table {wanted.type}; use one type")
    at = pc.index_in(wanted, value_set=labels).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(at >= 0, values[at], np.nan)


def _checked_size(n: int) -> int:
    if n > _DENSE_ACTIVITIES:
        raise NoSupport(f"{n} activities make {n * n / 2:.0e} pairs; .table() gives those that meet")
    return n


class _Callable(ModuleType):
    """Importing a module binds its name in the package, over the function of the same name: so it answers too."""

    __signature__ = inspect.signature(novelty)

    def __call__(self, *args: Any, **kwargs: Any) -> Novelty:
        return novelty(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
