"""Matched difference-in-differences: each firm that joins against firms alike, from the period before it joined."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from regionomics.errors import InvalidParameter, NoSupport, RegionomicsWarning
from regionomics.impact.balance import weighted_balance
from regionomics.impact.group_time import CONTROLS, check_anticipation, eligible
from regionomics.impact.inference import FEW_CLUSTERS, Aggregate, Rule
from regionomics.impact.matching import DISTANCES, Pairs, nearest
from regionomics.impact.panel import Panel, read_panel
from regionomics.impact.units import Units

# Controls from which the noise of one that serves more than once is told
_ALIKE = 8
# Rubin (2001): beyond a quarter of a standard deviation, regression cannot be trusted to repair
_APART = 0.25


@dataclass(frozen=True)
class MatchedEffects:
    """Effects on those who joined, by event time, from matched controls.

    table: one row per event time: att, se, low, high, band_low, band_high, treated and controls (units that are
        compared at that event time, each once). Rows before joining are placebos; the base period is left out.
    average: over event times 0 to the horizon.
    pairs: one row per (treated, control): cohort, stratum, distance, weight. balance: before and after matching.
    dropped: treated units without a control, and why. sample: what became of the units.
    clusters: how many units of equal weight the errors rest on: those matched, or the worth of their controls,
        (sum w)^2 / sum w^2, where it is less.
    """

    table: Any
    average: Aggregate
    pairs: Any
    balance: Any
    dropped: Any
    sample: Any
    units: pa.Array = field(repr=False)
    clusters: int = 0


def matched_did(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    outcome: str = "outcome",
    on: Sequence[str],
    exact: Sequence[str] = (),
    control: str = "never",
    distance: str = "mahalanobis",
    neighbours: int = 1,
    caliper: float | None = None,
    replace: bool = True,
    adjust: bool = True,
    anticipation: int = 0,
    placebos: int = 3,
    horizon: int = 3,
    minimum: int = 10,
    minimum_share: float = 0.5,
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
) -> MatchedEffects:
    """Compare each unit that joins with units alike, change against change since the period before it joined.

    att(e) = mean over i of [Y_i(g + e) - Y_i(g - 1)] - mean over its controls j of [Y_j(g + e) - Y_j(g - 1)]

    Matching is done cohort by cohort on the covariates of the period g - 1 (the last one before joining that is in the
    table). What is left of differences within pairs is taken out by the regression of the controls' change on the
    covariates. The error is that of the gaps, and for a control that serves more than once its noise as often as gaps
    by themselves count it too little, told from the controls nearest to it (Abadie and Imbens). It counts that the
    slopes of the regression are estimated (they matter as far as pairs are apart), and takes who is matched with whom
    as given.

    Args:
        panel: one row per (unit, period), as for `group_time_effects`.
        on: covariates to be near in. exact: columns to be equal in, such as sector and size class (of that period).
        control: "never", or "not-yet" for those who join later than the horizon too.
        distance, neighbours, caliper, replace: as for `match`, within each cohort. Without replacement a control serves
            once in all: cohorts choose in the order of joining.
        adjust: take out the differences left within pairs.
        anticipation: periods before joining in which an effect may show already: units are matched, and changes begin,
            so many periods earlier, at g - 1 - anticipation, and as many rows before joining are no placebos.
        placebos, horizon: periods shown before the base period, and event times after joining.
        minimum: fewer matched units than this at an event time: no row. minimum_share: of those who joined that must
            find a control.
        level, multipliers, draws, seed: as for `group_time_effects`.
    Returns:
        MatchedEffects.
    Raises:
        NoSupport: too few find a control, a covariate stays more than 0.25 standard deviations apart, nobody joins, or
            controls are worth fewer than 2 of equal weight.
        InvalidTable, InvalidParameter: as for `group_time_effects` and `match`.
    Warns:
        RegionomicsWarning: a covariate stays more than 0.1 standard deviations apart; controls that are worth fewer
            than 30 of equal weight.
    Source: Heckman, Ichimura and Todd (1997), doi:10.2307/2971733; Abadie and Imbens (2011),
        doi:10.1198/jbes.2009.07333, for the adjustment; Abadie and Imbens (2006),
        doi:10.1111/j.1468-0262.2006.00655.x, for the error; Abadie and Spiess (2022),
        doi:10.1080/01621459.2020.1840383, for pairs as clusters.
    """
    _check(on, control, distance, neighbours, caliper, placebos, horizon, minimum, minimum_share)
    check_anticipation(anticipation)
    read = read_panel(panel, unit=unit, time=time, cohort=cohort, outcome=outcome, covariates=[*on, *exact])
    data, flow = eligible(read, anticipation)
    grounds = [
        ground(data, int(g), len(on), control, horizon, anticipation) for g in np.unique(data.cohorts[data.cohorts > 0])
    ]
    stacks = _stacks(data, grounds, distance, neighbours, caliper, replace)
    joined = int((data.cohorts > 0).sum())
    matched = sum(len(np.unique(s.pairs.treated)) for s in stacks)
    reasons = {i: why for s in stacks for i, why in s.pairs.reasons.items()}
    if matched < max(minimum, minimum_share * joined):
        words = sorted({f"{why} ({list(reasons.values()).count(why)})" for why in reasons.values()})
        needed = max(minimum, int(np.ceil(minimum_share * joined)))
        raise NoSupport(
            f"{matched} of {joined} who joined find a control, {needed} are needed: "
            f"{'; '.join(words)}; a wider pool, coarser strata or a larger caliper would help"
        )
    flow["step"].append("matched")
    flow["treated"].append(matched)
    flow["never_treated"].append(len(np.unique(np.concatenate([s.pairs.control for s in stacks]))))
    balance, worst, name = _balance(data, stacks)
    if worst > _APART:
        raise NoSupport(
            f"{name} stays {worst:.2f} standard deviations apart after matching, at most {_APART} can be compared; "
            "a caliper, fewer covariates or a wider pool would help"
        )
    if worst > 0.1:
        warnings.warn(f"{name} stays {worst:.2f} standard deviations apart", RegionomicsWarning, stacklevel=2)
    events = events_of(placebos, horizon, anticipation)
    shared = _shared(len(data.cohorts), stacks)
    found = [_event(data, stacks, e, adjust, shared) for e in events]
    kept = [k for k, f in enumerate(found) if len(f.rows) >= minimum]
    if not any(events[k] >= 0 for k in kept):
        raise NoSupport(f"fewer than {minimum} matched units have an outcome after joining")
    n = len(data.cohorts)
    influence = np.zeros((n, len(kept)))
    att = np.zeros(len(kept))
    for column, k in enumerate(kept):
        gap = found[k].gaps
        att[column] = gap.mean()
        np.add.at(influence[:, column], found[k].rows, (found[k].own - gap.mean()) * n / len(gap))
        influence[:, column] += found[k].beside * n / len(gap)
    rule = Rule(_clusters(n, stacks, shared), level, multipliers, draws, seed)
    rule.check()
    worth = min(matched, _worth(n, stacks))
    if worth < 2:
        raise NoSupport(
            f"{matched} matched units share controls that are worth 1 of equal weight, whose noise cannot be told from "
            "an effect; a wider pool would help"
        )
    if worth < FEW_CLUSTERS <= matched:
        warnings.warn(
            f"{matched} matched units share controls that are worth {worth} of equal weight; with fewer than "
            f"{FEW_CLUSTERS} errors come out too small: a wider pool would help",
            RegionomicsWarning,
            stacklevel=2,
        )
    columns, covariance, critical = rule.columns(att, influence)
    times = np.array([events[k] for k in kept])
    emit = data.family.emit
    sides = {"treated": [len(found[k].rows) for k in kept], "controls": [found[k].controls for k in kept]}
    table = emit({"event": times, **columns, **{side: np.array(count) for side, count in sides.items()}})
    later = times >= 0
    missing = sorted(reasons)
    return MatchedEffects(
        table,
        rule.single(
            float(att[later].mean()),
            influence[:, later].mean(axis=1),
            table=table,
            critical=critical,
            covariance=covariance,
        ),
        emit(_pair_columns(data, stacks, unit, cohort)),
        emit(balance),
        emit(
            {
                unit: data.units.take(pa.array(missing, pa.int64())),
                "reason": pa.array([reasons[i] for i in missing], pa.string()),
            }
        ),
        emit({k: pa.array(v) for k, v in flow.items()}),
        data.units,
        worth,
    )


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Stack:
    """One cohort: its base period (position), pairs in positions of the panel, covariates (n, p), who was compared."""

    cohort: int
    base: int
    pairs: Pairs
    x: np.ndarray
    names: list[str]
    pool: np.ndarray
    strata: np.ndarray
    stratum_names: list[str]


def _check(
    on: Sequence[str],
    control: str,
    distance: str,
    neighbours: int,
    caliper: float | None,
    placebos: int,
    horizon: int,
    minimum: int,
    minimum_share: float,
) -> None:
    for name, value, known in (("control", control, CONTROLS), ("distance", distance, DISTANCES)):
        if value not in known:
            raise InvalidParameter(f"{name}={value!r}; choose one of {list(known)}")
    if isinstance(on, str) or not len(on):
        raise InvalidParameter(f"on={on!r}; pass a list with one column name or more")
    if neighbours < 1:
        raise InvalidParameter(f"neighbours={neighbours!r}; 1 or more")
    if caliper is not None and not caliper > 0:
        raise InvalidParameter(f"caliper={caliper!r}; it is a distance above 0, or None")
    if placebos < 0 or horizon < 0:
        raise InvalidParameter(f"placebos={placebos!r}, horizon={horizon!r}; both are 0 periods or more")
    if minimum < 2 or not 0 <= minimum_share <= 1:
        raise InvalidParameter(f"minimum={minimum!r}, minimum_share={minimum_share!r}; 2 or more, and a share")


@dataclass(frozen=True)
class Ground:
    """Who of one cohort can be compared with whom in its base period (position): all by position in the panel.

    mine, pool: (n,) those who joined, and those who take part (with the controls). x: (n, p) covariates of the base
    period, NaN outside of the pool. strata: (n,) codes of stratum_names, -1 unknown. lost: why one takes no part.
    """

    cohort: int
    base: int
    mine: np.ndarray
    pool: np.ndarray
    x: np.ndarray
    names: list[str]
    strata: np.ndarray
    stratum_names: list[str]
    lost: dict[int, str]


def events_of(placebos: int, horizon: int, anticipation: int) -> list[int]:
    """Event times that are compared with the base period, -1 - anticipation."""
    base = -1 - anticipation
    return [e for e in range(base - placebos, horizon + 1) if e != base]


def ground(data: Panel, g: int, covariates: int, control: str, horizon: int, anticipation: int) -> Ground:
    """The cohort g of the panel, whose first covariates are those to be near in and the others strata."""
    base = int(np.flatnonzero(data.times + anticipation < g)[-1])
    mine = data.cohorts == g
    others = data.cohorts == 0
    if control == "not-yet":
        others |= data.cohorts > g + horizon + anticipation
    strata, words = _strata(data, base, covariates)
    pool = (mine | others) & np.isfinite(data.outcomes[:, base]) & (strata >= 0)
    x, names = replace(data, covariates=data.covariates[:covariates]).design(base)
    whole = np.where(pool[:, None], x[:, 1:], np.nan)  # without the intercept
    lost = dict.fromkeys(map(int, np.flatnonzero(mine & ~pool)), "no outcome or stratum in the period before joining")
    return Ground(g, base, mine, pool, whole, names[1:], strata, words, lost)


def _stacks(
    data: Panel, grounds: list[Ground], distance: str, neighbours: int, caliper: float | None, again: bool
) -> list[_Stack]:
    """One a cohort, in the order of joining; a control that an earlier one took is free only if it may serve again."""
    free, stacks = np.ones(len(data.cohorts), dtype=bool), []
    for at in grounds:
        stacks.append(_cohort(data, at, free, distance, neighbours, caliper, again))
        if not again:
            free[stacks[-1].pairs.control] = False
    return stacks


def _cohort(
    data: Panel, at: Ground, free: np.ndarray, distance: str, neighbours: int, caliper: float | None, again: bool
) -> _Stack:
    rows = np.flatnonzero(at.pool)
    x = at.x[rows]
    units = Units(
        pa.nulls(len(rows)),  # places are enough here, names and covariates are not asked for
        data.cohorts[rows] == at.cohort,
        (),
        at.strata[rows],
        at.stratum_names,
        np.isfinite(x).all(axis=1),
        None,
        data.family,
    )
    none = np.zeros(0, dtype=int)
    lost = dict(at.lost)
    if not (units.treated & units.known).any() or not (~units.treated & units.known).any():
        lost.update(dict.fromkeys(map(int, rows[units.treated]), "no control, or a covariate is null"))
        found = Pairs(none, none, np.zeros(0), np.zeros(0), lost)
    else:
        near = _ALIKE if again else 0
        pairs = nearest(x, units, at.names, distance, neighbours, caliper, again, free[rows], near)
        reasons = {int(rows[i]): why for i, why in pairs.reasons.items()} | lost
        alike = np.where(pairs.alike < 0, -1, rows[pairs.alike])
        found = Pairs(
            rows[pairs.treated], rows[pairs.control], pairs.distance, pairs.weight, reasons, rows[pairs.serving], alike
        )
    known = at.pool & np.isfinite(at.x).all(axis=1)
    return _Stack(at.cohort, at.base, found, at.x, at.names, known, at.strata, at.stratum_names)


def _strata(data: Panel, base: int, covariates: int) -> tuple[np.ndarray, list[str]]:
    """Code of each unit's stratum in the base period (-1 where a part is null), and the words behind the codes."""
    codes = np.zeros(len(data.cohorts), dtype=np.int64)
    unknown = np.zeros(len(codes), dtype=bool)
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for c in data.covariates[covariates:]:
        values = c.at(base)
        unknown |= np.isnan(values)
        levels, position = np.unique(np.nan_to_num(values), return_inverse=True)
        codes = codes * len(levels) + position
        parts.append((np.array([c.levels[int(v)] if c.levels else f"{v:g}" for v in levels], dtype=object), position))
    _unique, first, position = np.unique(codes, return_index=True, return_inverse=True)
    words = [", ".join(str(shown[at[row]]) for shown, at in parts) for row in first]
    return np.where(unknown, -1, position), words


@dataclass(frozen=True)
class _Gaps:
    """At one event time: treated units with an outcome (m,), the gap of each to its controls (m,), how many controls.

    own: (m,), the gaps without the noise of controls that serve in several cohorts. beside: (n,), what controls add to
    their sum: that noise, what is missing of that of others which serve more than once, and how the sum moves with
    what the regression leaves of each.
    """

    rows: np.ndarray
    gaps: np.ndarray
    own: np.ndarray
    controls: int
    beside: np.ndarray


def _event(data: Panel, stacks: list[_Stack], event: int, adjust: bool, shared: np.ndarray) -> _Gaps:
    """shared: (n,), 1 for a control that serves more than once in one cohort, 2 in several.

    # Note [A control that serves more than once]
    With weights w in the gaps of those whom it serves its noise e enters their sum as K e, K = sum w, but their squares
    as sum w^2 e^2 alone. Abadie and Imbens (2006) add (K^2 - sum w^2) e^2, with e^2 = k / (k + 1) of the squared
    distance from the mean of k controls alike. Where it serves in several years of joining its changes move together,
    too: there its noise is taken out of the gaps and counted once. Units linked by a common control as one cluster
    would do as well, if such groups stayed small; with several controls for each they soon hold nearly all, whose gaps
    less their mean add up to 0.
    """
    places = {int(t): k for k, t in enumerate(data.times)}
    n = len(data.cohorts)
    treated, gaps, alone = [np.zeros(0, dtype=int)], [np.zeros(0)], [np.zeros(0)]
    beside = np.zeros(n)
    serving = np.zeros(n, dtype=bool)
    for s in stacks:
        at = places.get(s.cohort + event)
        if at is None or not len(s.pairs.treated):
            continue
        change = data.outcomes[:, at] - data.outcomes[:, s.base]
        i, j = s.pairs.treated, s.pairs.control
        seen = np.isfinite(change[i]) & np.isfinite(change[j])
        i, j = i[seen], j[seen]
        if not len(i):
            continue
        gap = change[i] - change[j]
        rows, position = np.unique(i, return_inverse=True)
        w = 1 / np.bincount(position)[position]
        left = change
        if adjust:
            used = np.bincount(j, minlength=n).astype(float)
            apart = s.x[i] - s.x[j]
            slope, scores = _slope(s.x, change, used)
            gap = gap - apart @ slope
            left = change - s.x @ slope
            beside[np.flatnonzero(used > 0)] -= scores @ (apart * w[:, None]).sum(axis=0)
        weight = np.bincount(j, w, minlength=n)
        noise = _noise(left, np.flatnonzero((shared > 0) & (weight > 0)), s.pairs, weight)
        out = np.where(shared > 1, noise, 0.0)
        beyond = np.maximum(weight**2 - np.bincount(j, w**2, minlength=n), 0.0)
        beside -= weight * out + np.sqrt(beyond) * (noise - out)
        treated.append(rows)
        gaps.append(np.bincount(position, gap * w).astype(float))
        alone.append(np.bincount(position, (gap + out[j]) * w).astype(float))
        serving[j] = True
    return _Gaps(np.concatenate(treated), np.concatenate(gaps), np.concatenate(alone), int(serving.sum()), beside)


def _noise(left: np.ndarray, rows: np.ndarray, pairs: Pairs, weight: np.ndarray) -> np.ndarray:
    """Of the controls at `rows`, how far each is from those alike, with the spread of one alone; (n,), 0 elsewhere.

    left: (n,) changes. weight: (n,) of the controls in use, whose mean stands in where nobody alike has an outcome.
    """
    out = np.zeros(len(left))
    level = float(weight @ np.where(weight > 0, left, 0.0) / weight.sum())
    out[rows] = left[rows] - level
    at = np.searchsorted(pairs.serving, rows)
    rows, at = rows[at < len(pairs.serving)], at[at < len(pairs.serving)]
    listed = pairs.serving[at] == rows
    rows, near = rows[listed], pairs.alike[at[listed]]
    others = np.where(near >= 0, left[near], np.nan)
    known = np.isfinite(others)
    count = known.sum(axis=1)
    mean = np.where(known, others, 0.0).sum(axis=1) / np.maximum(count, 1)
    some = count > 0
    out[rows[some]] = (np.sqrt(count / (count + 1)) * (left[rows] - mean))[some]
    return out


def _slope(x: np.ndarray, change: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (p,) of the change on the covariates among the controls, each as often as it serves, and how they move
    with each of these controls, (c, p)."""
    rows = np.flatnonzero(used > 0)
    root = np.sqrt(used[rows])[:, None]
    design = np.column_stack([np.ones(len(rows)), x[rows]]) * root
    inverse = np.linalg.pinv(design, rcond=np.finfo(float).eps * max(design.shape))
    both = inverse @ (change[rows] * root[:, 0])
    left = change[rows] * root[:, 0] - design @ both
    return both[1:], (inverse[1:] * left).T


def _shared(n: int, stacks: list[_Stack]) -> np.ndarray:
    """Of each unit, (n,): 1 where it serves as a control more than once in one cohort, 2 in several, else 0."""
    times = np.array([np.bincount(s.pairs.control, minlength=n) for s in stacks])
    return np.where((times > 0).sum(axis=0) > 1, 2, np.where(times.sum(axis=0) > 1, 1, 0))


def _worth(n: int, stacks: list[_Stack]) -> int:
    """How many controls of equal weight those that serve are worth."""
    weight = np.zeros(n)
    for s in stacks:
        weight += np.bincount(s.pairs.control, s.pairs.weight, minlength=n)
    return int(np.round(weight.sum() ** 2 / (weight**2).sum(), 6))  # thirds of three add up to a little less than 1


def _clusters(n: int, stacks: list[_Stack], shared: np.ndarray) -> np.ndarray:
    """Each treated unit with the controls of its own alone; the others by themselves."""
    i = np.concatenate([s.pairs.treated for s in stacks])
    j = np.concatenate([s.pairs.control for s in stacks])
    own = shared[j] == 0
    i, j = i[own], j[own]
    return np.asarray(connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)[1])


def _balance(data: Panel, stacks: list[_Stack]) -> tuple[dict[str, Any], float, str]:
    """All cohorts stacked: those who joined and their pool, as they are and as matched."""
    x, treated, after = [], [], []
    for s in stacks:
        rows = np.flatnonzero(s.pool)
        weight = np.bincount(s.pairs.control, s.pairs.weight, minlength=len(data.cohorts))
        weight[np.unique(s.pairs.treated)] = 1
        x.append(s.x[rows])
        treated.append(data.cohorts[rows] == s.cohort)
        after.append(weight[rows])
    own, y, w = np.concatenate(x), np.concatenate(treated), np.concatenate(after)
    table = weighted_balance(own, stacks[0].names, y, np.ones(len(y)), w)
    left = np.abs(np.asarray(table["difference_after"]))
    worst = int(np.nanargmax(left))
    return table, float(left[worst]), stacks[0].names[worst]


def _pair_columns(data: Panel, stacks: list[_Stack], unit: str, cohort: str) -> dict[str, Any]:
    i = np.concatenate([s.pairs.treated for s in stacks])
    words = [s.stratum_names[k] for s in stacks for k in s.strata[s.pairs.treated].tolist()]
    return {
        unit: data.units.take(pa.array(i)),
        "control": data.units.take(pa.array(np.concatenate([s.pairs.control for s in stacks]))),
        cohort: data.cohorts[i],
        "stratum": pa.array(words, pa.string()),
        "distance": np.concatenate([s.pairs.distance for s in stacks]),
        "weight": np.concatenate([s.pairs.weight for s in stacks]),
    }
