"""Controls that look like the treated: exact strata, nearest neighbours, and every pair for inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.spatial import cKDTree

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.balance import weighted_balance
from regionomics.impact.cells import Refused, check_design, logit, scaled
from regionomics.impact.units import Units, read_units

DISTANCES = ("mahalanobis", "propensity")
# Candidates looked up at a time for a treated unit whose nearest control is taken
_REACH = 32


@dataclass(frozen=True)
class Matching:
    """Who is compared with whom.

    pairs: one row per (treated, control): stratum, distance, and the weight of the control for this treated unit (those
        of one treated unit add up to 1).
    weights: one row per unit used: treated, weight (1 for a treated one, the sum of its pairs for a control).
    balance: covariates before and after matching. dropped: treated units without a control, and why.
    sample: what became of the units, step by step.
    """

    pairs: Any
    weights: Any
    balance: Any
    dropped: Any
    sample: Any
    share_matched: float = field(default=float("nan"))


def match(
    table: Any,
    *,
    unit: str = "unit",
    treated: str = "treated",
    on: Sequence[str],
    exact: Sequence[str] = (),
    distance: str = "mahalanobis",
    neighbours: int = 1,
    caliper: float | None = None,
    replace: bool = False,
) -> Matching:
    """Give each treated unit the controls nearest to it, within the same stratum.

    Nearest by the Mahalanobis distance with the covariance within groups, or by the logit of the chance of being
    treated. Without replacement the closest pairs of a stratum are joined first, so that the order of rows decides
    nothing; equal distances go by the order of labels.

    Args:
        table: one row per unit, as it was before the treatment. treated: 1 or 0.
        on: covariates, numbers or words. exact: columns in which both must be equal, such as sector and size class.
        distance: "mahalanobis" or "propensity". neighbours: controls per treated unit (fewer where there are fewer).
        caliper: the largest distance allowed; of Mahalanobis as it is, of the propensity in standard deviations of its
            logit (0.2 is usual).
        replace: a control may serve more than once.
    Returns:
        Matching. A unit with a null among `on` takes no part.
    Raises:
        InvalidTable: treated is not 0 or 1, a unit twice, a null among `exact`.
        InvalidParameter: an unknown distance, fewer than 1 neighbour, a caliper that is not above 0.
        NoSupport: no pair at all, or covariates that tell treated from controls without fail.
    Source: Rubin (1980), doi:10.2307/2529981; Rosenbaum and Rubin (1985), doi:10.1080/00031305.1985.10479383; Stuart
        (2010), doi:10.1214/09-STS313.
    """
    if distance not in DISTANCES:
        raise InvalidParameter(f"distance={distance!r}; choose one of {list(DISTANCES)}")
    if neighbours < 1:
        raise InvalidParameter(f"neighbours={neighbours!r}; 1 or more")
    if caliper is not None and not caliper > 0:
        raise InvalidParameter(f"caliper={caliper!r}; it is a distance above 0, or None")
    if not len(on):
        raise InvalidParameter("on=[]; name one covariate or more, or compare strata by regression")
    units = read_units(table, unit, treated, on, exact=exact)
    x, names = units.design()
    found = nearest(x, units, names, distance, neighbours, caliper, replace)
    if not len(found.treated):
        raise NoSupport(f"no treated unit has a control: {'; '.join(sorted(set(found.reasons.values())))}")
    return _result(units, x, names, found, unit)


@dataclass(frozen=True)
class Pairs:
    """Positions of treated and controls, distance and weight of each pair; reason by position of who has none.

    serving: positions of controls that serve, ascending (c,). alike: (c, k), of the controls of its stratum nearest to
    each; -1 where there are fewer.
    """

    treated: np.ndarray
    control: np.ndarray
    distance: np.ndarray
    weight: np.ndarray
    reasons: dict[int, str]
    serving: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    alike: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=int))


def nearest(
    x: np.ndarray,
    units: Units,
    names: list[str],
    distance: str,
    neighbours: int,
    caliper: float | None,
    replace: bool,
    free: np.ndarray | None = None,
    alike: int = 0,
) -> Pairs:
    """The pairs, in the order of treated units and distance. free: (n,) controls that nobody took before; all.

    alike: how many other controls to look up for each control that serves.
    """
    points = _points(x, units, names, distance)
    one, zero = np.flatnonzero(units.treated & units.known), np.flatnonzero(~units.treated & units.known)
    reasons = dict.fromkeys(map(int, np.flatnonzero(units.treated & ~units.known)), "a covariate is null")
    limit = np.inf if caliper is None else float(caliper)
    parts, beside = [], [(np.zeros(0, dtype=int), np.zeros((0, alike), dtype=int))]
    by_one, by_zero = _by_stratum(units.strata, one), _by_stratum(units.strata, zero)
    for stratum, own in by_one.items():
        everybody = by_zero.get(stratum)
        if everybody is None:
            name = units.stratum_names[stratum]
            reasons.update(dict.fromkeys(map(int, own), f"no control in {name or 'the table'}"))
            continue
        pool = everybody if free is None else everybody[free[everybody]]
        chosen: np.ndarray = own[:0]
        tree = cKDTree(points[everybody])
        if len(pool):
            if replace:
                rows = _free(points, own, pool, neighbours, limit, tree if len(pool) == len(everybody) else None)
            else:
                rows = _once(points, own, pool, neighbours, limit)
            parts.append(rows)
            chosen = rows[0]
            if alike and len(everybody) > 1:
                beside.append(_beside(points, np.unique(rows[1]), everybody, alike, tree))
        alone = np.setdiff1d(own, chosen)
        if len(alone):
            near = tree.query(points[alone])[0] <= limit
            words = ("all controls are taken", f"no control within {limit:g}")
            reasons.update((int(i), words[0 if close else 1]) for i, close in zip(alone, near, strict=True))
    if not parts:
        return Pairs(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0), reasons)
    t, c, d = (np.concatenate([p[k] for p in parts]) for k in range(3))
    order = np.lexsort((c, d, t))
    t, c, d = t[order], c[order], d[order]
    serving, near_by = (np.concatenate([p[k] for p in beside]) for k in range(2))
    up = np.argsort(serving)
    weight = 1 / np.bincount(t, minlength=len(x))[t] if len(t) else d
    return Pairs(t, c, d, weight, reasons, serving[up], near_by[up])


# --- inside ---------------------------------------------------------------------------------------------------------
_Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def _points(x: np.ndarray, units: Units, names: list[str], distance: str) -> np.ndarray:
    """Places (n, q) between which the plain distance is the one asked for; NaN where a covariate is null."""
    known, y = units.known, units.treated
    out = np.full((len(x), 1 if distance == "propensity" else x.shape[1]), np.nan)
    own, mine = x[known], y[known]
    if not mine.any() or mine.all():
        raise NoSupport("no treated or no control has all covariates; leave one out or fill it")
    design = scaled(np.column_stack([np.ones(len(own)), own]), np.ones(len(own)))
    try:
        check_design(design, mine, np.ones(len(own)), ["(intercept)", *names], "ipw")
        if distance == "propensity":
            linear = design @ logit(design, mine, np.ones(len(own)))[2]
            spread = np.sqrt((linear[mine].var(ddof=1) + linear[~mine].var(ddof=1)) / 2)
            out[known, 0] = linear / spread
            return out
    except Refused as refusal:
        raise NoSupport(str(refusal)) from refusal
    centred = design[:, 1:].copy()
    for rows in (mine, ~mine):
        centred[rows] -= centred[rows].mean(axis=0)
    covariance = centred.T @ centred / max(len(own) - 2, 1)
    values, vectors = np.linalg.eigh(covariance)
    if values[0] < 1e-12:
        raise NoSupport("a covariate does not vary within the groups, or follows from the others; leave it out")
    out[known] = design[:, 1:] @ (vectors / np.sqrt(values))
    return out


def _by_stratum(strata: np.ndarray, rows: np.ndarray) -> dict[int, np.ndarray]:
    if not len(rows):
        return {}
    order = rows[np.argsort(strata[rows], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(strata[order]) != 0])
    return {int(strata[part[0]]): part for part in np.split(order, starts[1:])}


def _beside(
    points: np.ndarray, serving: np.ndarray, pool: np.ndarray, count: int, tree: cKDTree
) -> tuple[np.ndarray, np.ndarray]:
    """The controls that serve (c,), and of the others of their pool the nearest to each (c, count), -1 for none. tree:
    of the pool."""
    k = min(count + 1, len(pool))
    near = pool[tree.query(points[serving], k=[*range(1, k + 1)])[1]]
    itself = near == serving[:, None]
    itself[~itself.any(axis=1), -1] = True  # so many in the very same place that it is not among them
    out = np.full((len(serving), count), -1)
    out[:, : k - 1] = near[~itself].reshape(len(serving), k - 1)
    return serving, out


def _free(
    points: np.ndarray, own: np.ndarray, pool: np.ndarray, neighbours: int, limit: float, tree: cKDTree | None
) -> _Rows:
    """tree: of the pool, where there is one."""
    k = min(neighbours, len(pool))
    distance, position = (tree or cKDTree(points[pool])).query(points[own], k=[*range(1, k + 1)])
    t, near = np.repeat(own, k), distance.ravel() <= limit
    return t[near], pool[position.ravel()[near]], distance.ravel()[near]


def _once(points: np.ndarray, own: np.ndarray, pool: np.ndarray, neighbours: int, limit: float) -> _Rows:
    """Each control once: rounds of one control for each treated unit, the closest pairs first."""
    free = np.ones(len(pool), dtype=bool)
    rows: list[_Rows] = []
    for _ in range(neighbours):
        waiting = own
        while len(waiting) and free.any():
            left = pool[free]
            k = min(_REACH, len(left))
            distance, position = cKDTree(points[left]).query(points[waiting], k=[*range(1, k + 1)])
            t, c, d = np.repeat(np.arange(len(waiting)), k), position.ravel(), distance.ravel()
            near = d <= limit
            t, c, d = t[near], c[near], d[near]
            order = np.lexsort((c, t, d))
            chosen = _greedy(t[order], c[order], len(waiting), len(left))
            if not len(chosen):
                break
            picked = order[chosen]
            rows.append((waiting[t[picked]], left[c[picked]], d[picked]))
            free[np.flatnonzero(free)[c[picked]]] = False
            # Only who lost all of its candidates to others tries again
            full = np.bincount(t, minlength=len(waiting)) == k
            full[t[picked]] = False
            waiting = waiting[full]
    if not rows:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    return tuple(np.concatenate([r[k] for r in rows]) for k in range(3))  # type: ignore[return-value]


def _greedy(t: np.ndarray, c: np.ndarray, treated: int, controls: int) -> list[int]:
    used_t, used_c = bytearray(treated), bytearray(controls)
    chosen = []
    for k, (i, j) in enumerate(zip(t.tolist(), c.tolist(), strict=True)):
        if not used_t[i] and not used_c[j]:
            used_t[i] = used_c[j] = 1
            chosen.append(k)
    return chosen


def _result(units: Units, x: np.ndarray, names: list[str], found: Pairs, unit: str) -> Matching:
    emit, n = units.family.emit, len(units.treated)
    weight = np.bincount(found.control, found.weight, minlength=n)
    weight[np.unique(found.treated)] = 1.0
    used = np.flatnonzero(weight > 0)
    known = units.known
    flow = {
        "in the table": np.ones(n, dtype=bool),
        "dropped: a covariate is null": ~known,
        "dropped: no match": known & (weight == 0),
        "matched": weight > 0,
    }
    label = [units.stratum_names[s] for s in units.strata[found.treated]]
    missing = sorted(found.reasons)
    return Matching(
        pairs=emit(
            {
                unit: units.labels.take(pa.array(found.treated)),
                "control": units.labels.take(pa.array(found.control)),
                "stratum": pa.array(label, pa.string()),
                "distance": found.distance,
                "weight": found.weight,
            }
        ),
        weights=emit({unit: units.labels.take(pa.array(used)), "treated": units.treated[used], "weight": weight[used]}),
        balance=emit(weighted_balance(x[known], names, units.treated[known], np.ones(int(known.sum())), weight[known])),
        dropped=emit(
            {
                unit: units.labels.take(pa.array(missing, pa.int64())),
                "reason": pa.array([found.reasons[i] for i in missing], pa.string()),
            }
        ),
        sample=emit(
            {
                "step": pa.array(list(flow)),
                "treated": np.array([(rows & units.treated).sum() for rows in flow.values()]),
                "controls": np.array([(rows & ~units.treated).sum() for rows in flow.values()]),
            }
        ),
        share_matched=len(np.unique(found.treated)) / int(units.treated.sum()),
    )
