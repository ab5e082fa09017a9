"""How unusual and how hard combinations are: of classes in patents, of journals in papers, of activities in places."""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, once_a_call
from regionomics.panels import Panel, each_group
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, one_of, pairs, presence_matrix, run
from regionomics.tables import Family, PlaceActivity, Shown, as_place_activity
from regionomics.unknown import tell_of, tell_unknown

_DENSE_ACTIVITIES = 15_000  # above, a dense matrix takes more than 1.8 GB
_CELLS = 4_000_000  # pairs looked up at a time
_TRADES = 5  # a place, between two drawn tables: enough to forget the one before (Strona et al.)

Chance = Literal["hypergeometric", "margins"]

# Note [Places may be events]: "place" is any event in which activities meet, as in `cooccurrence`: a patent with its
# classes, a paper with the journals it cites, a project with its fields. Presences are therefore taken as given.


@dataclass(frozen=True, repr=False)
class Novelty(Shown):
    """How far each two activities meet more or less often than by chance, and what that makes of each place.

    counts: (n_activities, n_activities) csr_array above the diagonal: places that have both.
    places: place, activities, pairs (with a known z), conventionality (median z of its pairs), novelty (z of the tail,
        the 10th percentile by default: low, and below 0 for unusual combinations); null with fewer than 2 activities.
    chance: as asked.
    """

    counts: sparse.csr_array
    places: Any
    chance: str
    null: _Hypergeometric | _Drawn = field(repr=False)
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
        expected, z = _scores(both, *self.null.of(row, col))
        names = {f"{self.name}_1": (self.labels, row), f"{self.name}_2": (self.labels, col)}
        return self.family.emit(pairs(names, both=both.astype(np.int64), expected=expected, z=z))

    def matrix(self) -> LabelledMatrix:
        """z of every pair, symmetric; NaN on the diagonal and where chance has no spread."""
        n = _checked_size(len(self.labels))
        both = self.counts.toarray()
        _, z = _scores(both + both.T, *self.null.dense())
        z[np.arange(n), np.arange(n)] = np.nan
        return LabelledMatrix(z, self.labels, self.labels)


@overload
def novelty(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: str | Sequence[str],
    presence: Presence = "given",
    threshold: float = 1.0,
    tail: float = 0.1,
    chance: Chance = "hypergeometric",
    draws: int = 100,
    seed: int = 0,
) -> Panel[Novelty]: ...


@overload
def novelty(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: None = None,
    presence: Presence = "given",
    threshold: float = 1.0,
    tail: float = 0.1,
    chance: Chance = "hypergeometric",
    draws: int = 100,
    seed: int = 0,
) -> Novelty: ...


def novelty(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "given",
    threshold: float = 1.0,
    tail: float = 0.1,
    chance: Chance = "hypergeometric",
    draws: int = 100,
    seed: int = 0,
) -> Novelty | Panel[Novelty]:
    """Say how unusual the combinations of each place (patent, paper, project) are, against chance.

    z[i, j] = (c[i, j] - e) / s, with c the places that have both, e their number by chance and s its deviation. Of the
    z of a place's pairs the median is its conventionality, and the 10th percentile its novelty: the lower, the more
    unusual. Chance is one of two:

    - "hypergeometric" (default): e = u_i u_j / n and s^2 = e (1 - u_i / n) (n - u_j) / (n - 1), with u_i the places
      that have i and n all places: it keeps how common each activity is
    - "margins": mean and deviation over tables drawn anew in which each activity is as common and each place has as
      many activities as here, as Uzzi et al. have it

    Args:
        table: one row per (place, activity), 1 where the place (any event in which activities meet) has the activity;
            an absent pair means 0. Or a PlaceActivity.
        presence, threshold: as `cooccurrence`, but by default "given": values are 0 and 1 already.
        tail: the share of a place's pairs that the novelty looks at, above 0 and below 0.5.
        draws, seed: of the tables of "margins", at least 20.
    Returns:
        Novelty, with .places (place, activities, pairs, conventionality, novelty), .table() and .matrix() of z. z is
        null where chance has no spread: with an activity in no place or in all of them.
    Warns: InputWarning for places without a pair whose z is known.
    Raises:
        InvalidTable: a pair twice, nulls, values other than 0 and 1 with presence="given". InvalidParameter: a tail
            outside 0..0.5, an unknown chance, too few draws. NoSupport: .matrix() of more than 15 000 activities.
    Source: Uzzi, Mukherjee, Stringer and Jones (2013), doi:10.1126/science.1240474, for median, tail and margins; the
        hypergeometric chance is that of Teece, Rumelt, Dosi and Winter (1994), doi:10.1016/0167-2681(94)90094-9, as
        Kim, Cerigo, Jeong and Youn (2016), doi:10.1140/epjds/s13688-016-0069-1, have it for patents; the drawing is
        that of Strona et al. (2014), doi:10.1038/ncomms5114.
    """
    if by is not None:
        return each_group(
            table,
            by,
            (place, activity, value),
            lambda data: novelty(
                data, presence=presence, threshold=threshold, tail=tail, chance=chance, draws=draws, seed=seed
            ),
        )
    one_of("chance", chance, Chance)
    if draws < 20:
        raise InvalidParameter(f"draws={draws!r}; a mean and a deviation need at least 20")
    if not 0 < tail < 0.5:
        raise InvalidParameter(f"tail={tail!r}; it is a share of the pairs, such as 0.1")
    data = as_place_activity(table, place=place, activity=activity, value=value)
    m = presence_matrix(data, presence, threshold)
    counts = _together(m)
    null: _Hypergeometric | _Drawn
    if chance == "margins":
        null = _Drawn.from_margins(m, draws, seed)
    else:
        null = _Hypergeometric(np.bincount(m.indices, minlength=m.shape[1]).astype(float), m.shape[0])
    known, middle, low = _of_places(m, counts, null, tail)
    name = {data.names[0]: (data.places, np.arange(len(data.places)))}
    size = np.diff(m.indptr).astype(np.int64)
    places = pairs(name, activities=size, pairs=known, conventionality=middle, novelty=low)
    with once_a_call():
        _tell_of_nothing(data, size, "novelty")
        _tell_of_no_pair(data, size, known)
    return Novelty(counts, data.family.emit(places), chance, null, data.activities, data.names[1], data.family)


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

    return run(table, by, (place, activity, value), calculate, compares=False)["e"]


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
        _tell_of_nothing(data, size, "modular_complexity")
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

    return run(table, by, (place, activity, value), calculate, compares=False, tells=True)["k"]


# --- inside -----------------------------------------------------------------------------------------------------------
def _tell_of_nothing(data: PlaceActivity, size: np.ndarray, column: str) -> None:
    """Warn of places without activities. That a single activity has no pair is ordinary, and so is its null."""
    tell_unknown(data, {"places": {data.names[0]: size, column: np.where(size > 0, 0.0, np.nan)}}, compares=False)


def _tell_of_no_pair(data: PlaceActivity, size: np.ndarray, known: np.ndarray) -> None:
    """Warn of places whose combinations cannot be unusual: of one activity, and of activities that all or none have."""
    of, answers = data.names[0], "conventionality and novelty"
    tell_of(
        answers,
        data.places,
        size == 1,
        f"a single activity, so no pair, for {of}",
        "leave them out, or read null as unknown",
    )
    even = (size > 1) & (known == 0)
    tell_of(
        answers,
        data.places,
        even,
        f"no pair whose number chance could change for {of}",
        "give more places, or read null as unknown",
    )


@dataclass(frozen=True)
class _Hypergeometric:
    """Chance that keeps how many of the n places have each activity. ubiquity: (n_activities,)."""

    ubiquity: np.ndarray
    n: int

    def of(self, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected number and its standard deviation of these pairs."""
        u, v, n = self.ubiquity[row], self.ubiquity[col], self.n
        expected = u * v / n
        return expected, np.sqrt(expected * ((n - u) * (n - v)) / (n * max(n - 1, 1)))

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of all pairs, (n_activities, n_activities) each."""
        every = np.arange(len(self.ubiquity))
        return self.of(every[:, None], every[None, :])


@dataclass(frozen=True)
class _Drawn:
    """Chance from drawn tables. mean, deviation: (n_activities, n_activities) csr_arrays above the diagonal."""

    mean: sparse.csr_array
    deviation: sparse.csr_array

    @classmethod
    def from_margins(cls, m: sparse.csr_array, draws: int, seed: int) -> _Drawn:
        sums, squares = (sparse.csr_array((m.shape[1], m.shape[1])) for _ in range(2))
        for drawn in _same_margins(m, draws, seed):
            counts = _together(drawn)
            sums, squares = sums + counts, squares + counts.power(2)
        mean = sums / draws
        variance = sparse.csr_array((squares - mean.power(2) * draws) / (draws - 1))
        variance.data[variance.data < 1e-9] = 0.0  # a pair that meets as often in every table has none
        return cls(sparse.csr_array(mean), variance.sqrt())

    def of(self, row: np.ndarray, col: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected number and its standard deviation of these pairs, row < col."""
        return _at(self.mean, row, col), _at(self.deviation, row, col)

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of all pairs, (n_activities, n_activities) each."""
        mean, deviation = (x.toarray() for x in (self.mean, self.deviation))
        return mean + mean.T, deviation + deviation.T


def _same_margins(m: sparse.csr_array, draws: int, seed: int) -> Iterator[sparse.csr_array]:
    """Tables with the row and column sums of m: two places trade what only one of them has, again and again."""
    chooser = random.Random(seed)
    rows = [set(m.indices[a:b].tolist()) for a, b in zip(m.indptr[:-1], m.indptr[1:], strict=True)]
    able = [p for p, own in enumerate(rows) if own]
    for _ in range(draws):
        for _ in range(_TRADES * len(able) if len(able) > 1 else 0):
            p, q = chooser.sample(able, 2)
            mine, theirs = rows[p] - rows[q], rows[q] - rows[p]
            if mine and theirs:
                pool = sorted(mine | theirs)
                taken = set(chooser.sample(pool, len(mine)))
                rows[p] = (rows[p] - mine) | taken
                rows[q] = (rows[q] - theirs) | set(pool) - taken
        indices = np.array([i for own in rows for i in sorted(own)], dtype=m.indices.dtype)
        yield sparse.csr_array((np.ones(len(indices)), indices, m.indptr), shape=m.shape)


def _together(m: sparse.csr_array) -> sparse.csr_array:
    """Places that have both, above the diagonal."""
    counts = sparse.csr_array(sparse.triu(m.T @ m, 1))
    counts.sort_indices()
    return counts


def _at(matrix: sparse.csr_array, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """The values of many cells, 0 where nothing is stored; of the shape of `row`."""
    width = matrix.shape[1]
    matrix.sort_indices()
    stored = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr)) * width + matrix.indices
    wanted = row.astype(np.int64) * width + col
    if not len(stored):
        return np.zeros(wanted.shape)
    at = np.minimum(np.searchsorted(stored, wanted), len(stored) - 1)
    return np.where(stored[at] == wanted, matrix.data[at], 0.0)


def _scores(both: np.ndarray, expected: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected number and z of pairs; z NaN where its spread is 0."""
    return expected, np.divide(both - expected, spread, out=np.full(expected.shape, np.nan), where=spread > 0)


def _of_places(
    m: sparse.csr_array, counts: sparse.csr_array, null: _Hypergeometric | _Drawn, tail: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs with a known z, median z and tail z of each place, (n_places,) each."""
    n = m.shape[0]
    known, middle, low = np.zeros(n, dtype=np.int64), np.full(n, np.nan), np.full(n, np.nan)
    for places, first, second in _pairs_of_places(m):
        _, z = _scores(_at(counts, first, second), *null.of(first, second))
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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return novelty(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
