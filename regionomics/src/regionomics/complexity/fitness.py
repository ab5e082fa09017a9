"""Fitness and complexity (Tacchella et al.) and GENEPY (Sciarra et al.)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import sparse

from regionomics.complexity._eigen import core_of
from regionomics.complexity._lanczos import Operator, largest
from regionomics.errors import InputWarning, InvalidParameter, warn
from regionomics.relatedness._presence import By, Presence, one_of, presence_matrix, run
from regionomics.tables import PlaceActivity, Shown

_TENDS_TO_ZERO = 1e-6  # of the mean: fitness this small is on its way to 0
_DENSE_SIDE = 128  # up to this many places or activities, LAPACK on the dense matrix is faster
_CHECKED_SIDE = 600  # up to this many, a second start looks for a repeated eigenvalue
_TIE = 1e-9  # eigenvalues nearer than this share of the first are one, repeated


@dataclass(frozen=True, repr=False)
class FitnessComplexity(Shown):
    """Fitness of places and complexity of activities, mean 1 over those that have any.

    places: place, fitness, fitness_rank (1 = highest; null where fitness is). activities: activity, complexity.
        Null for a place with no activity and an activity in no place.
    diagnostics: one row: iterations, converged, change (largest relative change of a fitness in the last iteration,
        among those not tending to 0), tending_to_zero (places whose fitness vanishes in the limit, so that only their
        ranks mean something), ranks_stable_since (iteration after which no rank of a place moved).
    """

    places: Any
    activities: Any
    diagnostics: Any


def fitness_complexity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    iterations: int = 1_000,
    tolerance: float = 1e-9,
    extremality: float = 1.0,
    update: Literal["together", "in_turn"] = "together",
) -> FitnessComplexity:
    """Measure a place's fitness by the complexity of what it does, and complexity by the least fit place that manages.

    F~[p] = sum_a M[p, a] Q[a], Q~[a] = (sum_p M[p, a] F[p]^-g)^(-1/g) with g = `extremality` (1 in the paper), each
    divided by its mean, again and again from F = Q = 1.

    Args:
        table, place, activity, value, by, presence, threshold: as `economic_complexity`.
        iterations: the most to make. tolerance: stop where no fitness changes by more than this share.
        extremality: above 1, the least fit place counts more.
        update: "together": both from the values before (the paper, and the R package economiccomplexity, whose 20
            iterations are 19 here); "in_turn": Q from the new F, as econcomplex does: the same limit, another path.
    Returns:
        FitnessComplexity with .places, .activities and .diagnostics.
    Raises:
        InvalidTable, InvalidParameter: as `economic_complexity`; iterations < 1, extremality <= 0.
    Warns: RegionomicsWarning where it has not converged; InputWarning where something is null, there is one place, or
        places fall into groups that share no activity.
    Source: Tacchella et al. (2012), doi:10.1038/srep00723; Pugliese, Zaccaria and Pietronero (2016),
        arXiv:1410.0249 (convergence: fitness may tend to 0, ranks stay).
    """
    one_of("update", update, ("together", "in_turn"))
    if iterations < 1 or not extremality > 0:
        raise InvalidParameter(f"iterations={iterations}, extremality={extremality}; they must be >= 1 and > 0")

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        components = core_of(m).components
        if components > 1:
            warn(
                f"places fall into {components} groups that share no activity: fitness compares the places "
                "of one group only, between groups it follows from their sizes; compute each group by itself",
                InputWarning,
            )
        return _fitness(m, data, iterations, tolerance, extremality, update == "together")

    result = run(table, by, (place, activity, value), calculate)
    return FitnessComplexity(result["places"], result["activities"], result["diagnostics"])


def _fitness(
    m: sparse.csr_array, data: PlaceActivity, iterations: int, tolerance: float, extremality: float, together: bool
) -> dict[str, Any]:
    rows, cols = np.diff(m.indptr) > 0, np.bincount(m.indices, minlength=m.shape[1]) > 0
    core = sparse.csr_array(m[rows][:, cols])
    f, q = np.ones(core.shape[0]), np.ones(core.shape[1])
    change, done, moved, ranks = np.nan, 0, 0, _ranks(f)
    converged = not core.nnz
    while core.nnz and done < iterations and not converged:
        done += 1
        new_f = core @ q
        new_f /= new_f.mean()
        # a fitness that has vanished below the smallest number stays there instead of dividing by 0
        base = np.maximum(f if together else new_f, 1e-290)
        new_q = (core.T @ base**-extremality) ** (-1.0 / extremality)
        new_q /= new_q.mean()
        alive = new_f > _TENDS_TO_ZERO
        change = float(np.max(np.abs(new_f - f)[alive] / new_f[alive]))
        f, q = new_f, new_q
        now = _ranks(f)
        if not np.array_equal(now, ranks):
            moved, ranks = done, now
        converged = change <= tolerance
    if not converged:
        warn(
            f"fitness still changes by {change:.1e} after {done} iterations; raise iterations, or use the ranks, "
            f"which have not moved since iteration {moved}"
        )
    fitness, complexity = np.full(m.shape[0], np.nan), np.full(m.shape[1], np.nan)
    rank = np.full(m.shape[0], np.nan)
    fitness[rows], complexity[cols], rank[rows] = f, q, _ranks(f)
    return {
        "places": {data.names[0]: data.places, "fitness": fitness, "fitness_rank": rank},
        "activities": {data.names[1]: data.activities, "complexity": complexity},
        "diagnostics": {
            "iterations": np.array([done]),
            "converged": np.array([bool(converged)]),
            "change": np.array([change]),
            "tending_to_zero": np.array([int((f <= _TENDS_TO_ZERO).sum())]),
            "ranks_stable_since": np.array([moved]),
        },
    }


def _ranks(f: np.ndarray) -> np.ndarray:
    """1 for the highest; equal fitness, equal rank (the best of them)."""
    order = np.sort(f)[::-1]
    return np.searchsorted(-order, -f, side="left") + 1.0


@dataclass(frozen=True, repr=False)
class Genepy(Shown):
    """GENEPY of places and activities.

    places: place, genepy, x1, x2 (components of the first two eigenvectors). activities: activity, genepy, x1, x2.
        Null for a place with no activity and an activity in no place. genepy and x2 are null for all where there are
        fewer than three, or where the second eigenvalue equals the third, so that its vector is any of many (places
        that differ by name only); x1 and x2, where the first equals the second.
    """

    places: Any
    activities: Any


def genepy(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
) -> Genepy:
    """Join fitness-like and ECI-like complexity in one index.

    W[p, a] = M[p, a] / (d_p u'_a), u'_a = sum_p M[p, a] / d_p. N = W W' with its diagonal set to 0; with its two
    largest eigenvalues l1, l2 and unit eigenvectors X1, X2:
    genepy[p] = (l1 X1[p]^2 + l2 X2[p]^2)^2 + 2 (l1^2 X1[p]^2 + l2^2 X2[p]^2). For activities with W' W.

    Args: as `economic_complexity`.
    Returns:
        Genepy with .places and .activities.
    Raises: as `economic_complexity`.
    Warns: InputWarning where a figure is null, with the reason; where places fall into groups that share no
        activity: the index of those outside the groups of the two eigenvectors is 0.
    Source: Sciarra et al. (2020), doi:10.1038/s41467-020-16992-1.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        m = presence_matrix(data, presence, threshold)
        d, u = np.diff(m.indptr).astype(float), np.bincount(m.indices, minlength=m.shape[1])
        rows, cols = d > 0, u > 0
        w = sparse.csr_array(m[rows][:, cols])
        w = sparse.csr_array(sparse.diags_array(1.0 / d[rows]) @ w)
        w = sparse.csr_array(w @ sparse.diags_array(1.0 / np.asarray(w.sum(axis=0))))
        components = core_of(m).components
        if components > 1:
            warn(
                f"places fall into {components} groups that share no activity: genepy is 0 outside the groups of its "
                "two eigenvectors; compute each group by itself",
                InputWarning,
            )
        return {
            "places": {data.names[0]: data.places, **_genepy(w, rows, "places")},
            "activities": {data.names[1]: data.activities, **_genepy(sparse.csr_array(w.T), cols, "activities")},
        }

    result = run(table, by, (place, activity, value), calculate, tells=True)
    return Genepy(result["places"], result["activities"])


def _genepy(w: sparse.csr_array, used: np.ndarray, what: str) -> dict[str, np.ndarray]:
    n = w.shape[0]
    out = {name: np.full(len(used), np.nan) for name in ("genepy", "x1", "x2")}
    if n < len(used):
        warn(f"genepy is null for {len(used) - n} of {len(used)} {what}, which have nothing present", InputWarning)
    if n < 3:
        warn(f"genepy of {what} is null: there are {n}, and three are needed", InputWarning)
        return out
    values, vectors = _two_largest(w)
    squares = vectors**2
    first, second, third = values
    if second - third <= _TIE * abs(first):
        warn(
            f"genepy of {what} is null: the second eigenvalue is repeated, so its vector is not determined",
            InputWarning,
        )
    else:
        # where the first two eigenvalues are equal, the sum of the squares is that of any two vectors of theirs
        out["genepy"][used] = (squares @ values[:2]) ** 2 + 2 * squares @ values[:2] ** 2
    if first - second > _TIE * abs(first):
        out["x1"][used] = vectors[:, 0]
        if second - third > _TIE * abs(first):
            out["x2"][used] = vectors[:, 1]
    elif second - third > _TIE * abs(first):
        warn(
            f"x1 and x2 of {what} are null: the first two eigenvalues are equal, so their vectors are not determined",
            InputWarning,
        )
    return out


def _two_largest(w: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The three largest eigenvalues of W W' without its diagonal, and unit vectors of the first two, sum >= 0."""
    n = w.shape[0]
    if n <= _DENSE_SIDE:
        dense = w.toarray()
        proximity = dense @ dense.T
        np.fill_diagonal(proximity, 0.0)
        values, vectors = np.linalg.eigh(proximity)
        values, vectors = values[::-1][:3], vectors[:, ::-1][:, :2]
    else:
        back, diagonal = w.T, np.asarray(w.multiply(w).sum(axis=1))

        def operator(x: np.ndarray) -> np.ndarray:
            return np.asarray(w @ (back @ x) - diagonal * x)

        start = np.sqrt(diagonal) + 0.01 * np.abs(np.random.default_rng(0).standard_normal(n))
        top = largest(operator, start, k=2)
        values, vectors = np.append(top.values, 0.0)[:3], top.vectors
        if n <= _CHECKED_SIDE:
            values, vectors = _with_copies(operator, values, vectors)
    return values, vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)


def _with_copies(operator: Operator, values: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One start meets each eigenvalue once; a further one, beside what was found, meets copies of a repeated one."""
    noise = np.random.default_rng(1).standard_normal(len(vectors))
    first, second = vectors.T
    other = largest(operator, noise, deflate=[first, second], tolerance=1e-6)
    found = float(other.values[0])
    if found <= values[1]:
        return np.array([values[0], values[1], max(values[2], found)]), vectors
    copy = other.vectors[
        :, 0
    ]  # of the first: what was thought to be the second is the third, or a copy comes before it
    third = float(largest(operator, noise[::-1].copy(), deflate=[first, copy], tolerance=1e-6).values[0])
    return np.array([values[0], found, max(values[1], third)]), np.column_stack([first, copy])
