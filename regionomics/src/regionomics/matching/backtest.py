"""How well predictors of partners do: learn before a day, look at who met first afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.matching._collaboration import as_years, read_collaboration
from regionomics.matching._learning import CELLS, blocks, learn, open_pairs, without_learning
from regionomics.matching._signals import Signals
from regionomics.matching.partners import scores
from regionomics.relatedness._presence import one_of

Scorer = Callable[[np.ndarray], np.ndarray]  # positions of focal organisations -> scores, (rows, n)

METHODS = (
    "random",
    "popularity",
    "common_neighbours",
    "adamic_adar",
    "resource_allocation",
    "katz",
    "als",
    "regionomics",
)
_DEPTHS = (10, 20, 50)
_BETA = 0.005  # Katz: what a step costs
_FACTORS, _CONFIDENCE, _RIDGE, _SWEEPS = 64, 40.0, 10.0, 8  # implicit ALS
_NEGATIVES, _WINDOW, _TRIES = 50, 15, 20


def backtest_partners(
    participations: Any,
    *,
    cut: Any,
    until: Any = None,
    methods: Sequence[str] = METHODS,
    queries: int = 1_000,
    project: str = "project",
    organisation: str = "organisation",
    start: str = "start",
    seed: int = 0,
) -> Any:
    """Compare `predict_partners` with what is usually tried, on the new partners that came after a day.

    Everything is learned from projects that started before `cut`. The queries are drawn from the organisations known
    then that found a new partner, known then too, in a project that started from `cut` on. Whom they had met before is
    neither predicted nor counted.

    - recall_k: new partners among the first k / min(k, new partners), the mean over queries; full_recall_k divides by
      all new partners. ndcg_10: with a gain of 1 for each.
    - auc: the chance that a new partner (up to 50 a query) is scored above another organisation that has as many
      partners (drawn from the 31 nearest in rank of degree) and is none; a tie is 1/2. The mean over queries.
    - distinct: organisations recommended at least once among the first ten of all queries.

    Args:
        participations, project, organisation, start, seed: as for `predict_partners`.
        cut: the day to learn before. until: the day before which new partners count; None = all later ones.
        methods: of "random", "popularity" (number of partners), "common_neighbours", "adamic_adar",
            "resource_allocation", "katz" (three steps, beta .005), "als" (implicit, 64 factors), "regionomics".
        queries: organisations drawn, all if there are fewer.
    Returns:
        One row per method and group ("all", and "newcomers", who were in one project before): method, group, queries,
        recall_10, recall_20, recall_50, full_recall_10, full_recall_20, full_recall_50, ndcg_10, auc (null: none to
        compare with), distinct.
    Raises:
        InvalidParameter: an unknown method, queries < 1, a cut after which nobody known found a new partner.
        NoSupport: no project started before the cut.
    Source: Liben-Nowell and Kleinberg (2007), doi:10.1002/asi.20591; Hu, Koren and Volinsky (2008),
        doi:10.1109/ICDM.2008.22 (als); Katz (1953), doi:10.1007/BF02289026; Zhou, Lue and Zhang (2009),
        doi:10.1140/epjb/e2009-00335-8 (resource allocation).
    """
    for method in methods:
        one_of("methods", method, METHODS)
    if queries < 1:
        raise InvalidParameter(f"queries={queries}; ask for at least 1")
    data = read_collaboration(participations, project, organisation, start)
    if until is not None:
        data = data.before(as_years(until, "until"))
    earlier = data.before(as_years(cut, "cut"))
    if earlier.n < 2:
        raise NoSupport(f"no two organisations were in a project before {cut}; move the cut to a later day")
    new = data.new_ties(earlier)
    able = np.flatnonzero(np.diff(new.indptr))
    if not len(able):
        raise InvalidParameter(f"cut={cut}: no organisation known then found a new partner later; move it back")
    rng = np.random.default_rng(seed)
    asked = np.sort(rng.choice(able, min(queries, len(able)), replace=False))
    signals = Signals(earlier)
    newcomer = np.bincount(earlier.organisation, minlength=earlier.n)[asked] == 1
    out: dict[str, list[Any]] = {}
    for method in methods:
        measured, firsts = _measure(_scorer(method, signals, seed), signals, new, asked, seed)
        for group, some in (("all", np.ones(len(asked), dtype=bool)), ("newcomers", newcomer)):
            row = {"method": method, "group": group, "queries": int(some.sum())}
            row |= {name: _mean(values[some]) for name, values in measured.items()}
            row["distinct"] = len(np.unique(firsts[some]))
            for name, value in row.items():
                out.setdefault(name, []).append(value)
    return data.family.emit(pa.table(out))


def _mean(values: np.ndarray) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _scorer(method: str, s: Signals, seed: int) -> Scorer:
    a = s.met
    if method == "random":
        rng = np.random.default_rng(seed)
        return lambda rows: rng.random((len(rows), s.n))
    if method == "popularity":
        return lambda rows: np.tile(s.degree, (len(rows), 1))
    if method == "common_neighbours":
        return lambda rows: np.asarray((a[rows] @ a).toarray())
    if method == "adamic_adar":
        return lambda rows: np.asarray((s.aa[rows] @ a).toarray())
    if method == "resource_allocation":
        return lambda rows: np.asarray((s.ra[rows] @ a).toarray())
    if method == "katz":

        def katz(rows: np.ndarray) -> np.ndarray:
            two = (a[rows] @ a).toarray()
            return np.asarray(_BETA**2 * two + _BETA**3 * (two @ a))

        return katz
    if method == "als":
        left, right = _als(a, seed)
        return lambda rows: left[rows] @ right.T
    return _ours(s, seed)


def _ours(s: Signals, seed: int) -> Scorer:
    weights = learn(s.data, seed)
    if not weights.weight:
        weights = without_learning(s)

    def score(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([scores(block, weights, (len(part), s.n)) for part, block in blocks(s, rows)])

    return score


def _als(a: sparse.csr_array, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Implicit alternating least squares of who met whom: left and right factors, (n, factors) each."""
    rng = np.random.default_rng(seed)
    left, right = (rng.normal(scale=0.1, size=(a.shape[0], _FACTORS)) for _ in range(2))
    for _ in range(_SWEEPS):
        left = _solve(a, right)
        right = _solve(a, left)  # A is symmetric
    return left, right


def _solve(a: sparse.csr_array, other: np.ndarray) -> np.ndarray:
    every = other.T @ other + _RIDGE * np.eye(other.shape[1])
    out = np.zeros_like(other)
    for i in range(a.shape[0]):
        y = other[a.indices[a.indptr[i] : a.indptr[i + 1]]]
        if len(y):
            out[i] = np.linalg.solve(every + _CONFIDENCE * y.T @ y, (1 + _CONFIDENCE) * y.sum(axis=0))
    return out


def _measure(
    score: Scorer, s: Signals, new: sparse.csr_array, asked: np.ndarray, seed: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Each measure by query, and the first ten of each."""
    names = [f"{what}_{k}" for what in ("recall", "full_recall") for k in _DEPTHS]
    out = {name: np.full(len(asked), np.nan) for name in [*names, "ndcg_10", "auc"]}
    firsts = np.zeros((len(asked), min(10, s.n)), dtype=np.int64)
    by_degree = np.argsort(s.degree, kind="stable")
    place = np.empty(s.n, dtype=np.int64)
    place[by_degree] = np.arange(s.n)
    rng = np.random.default_rng(seed)  # the same negatives for every method
    worth = 1 / np.log2(np.arange(2, 12))
    step = max(1, 4 * CELLS // s.n)
    for begin in range(0, len(asked), step):
        part = asked[begin : begin + step]
        values = score(part)
        for at, i in enumerate(part):
            q = begin + at
            free = open_pairs(s, i)
            own = np.where(free, values[at], -np.inf)
            made = np.zeros(s.n, dtype=bool)
            made[new.indices[new.indptr[i] : new.indptr[i + 1]]] = True
            few = np.argpartition(-own, min(_DEPTHS[-1], s.n - 1))[: _DEPTHS[-1]]
            top = few[np.lexsort((few, -own[few]))]
            hit = made[top]
            for k in _DEPTHS:
                out[f"recall_{k}"][q] = hit[:k].sum() / min(k, made.sum())
                out[f"full_recall_{k}"][q] = hit[:k].sum() / made.sum()
            got = hit[:10]
            out["ndcg_10"][q] = (got * worth[: len(got)]).sum() / worth[: min(10, made.sum())].sum()
            out["auc"][q] = _against_equals(own, made, free, by_degree, place, rng)
            ten = top[: firsts.shape[1]]
            firsts[q] = np.where(np.isfinite(own[ten]), ten, ten[0])  # fewer than ten are left to recommend
    return out, firsts


def _against_equals(
    own: np.ndarray,
    made: np.ndarray,
    free: np.ndarray,
    by_degree: np.ndarray,
    place: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """AUC of one query against organisations with as many partners; NaN where there are none."""
    found = np.flatnonzero(made)
    if len(found) > _NEGATIVES:
        found = rng.choice(found, _NEGATIVES, replace=False)
    near = place[found][:, None] + rng.integers(-_WINDOW, _WINDOW + 1, size=(len(found), _TRIES))
    inside = (near >= 0) & (near < len(own))
    other = by_degree[np.clip(near, 0, len(own) - 1)]
    usable = inside & free[other] & ~made[other]
    some = usable.any(axis=1)
    if not some.any():
        return float("nan")
    negative = other[np.arange(len(found)), usable.argmax(axis=1)][some]
    mine = own[found[some]]
    return float(((mine > own[negative]) + 0.5 * (mine == own[negative])).mean())
