"""Difference-in-differences with controls that are weighed until they are like those who join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.balance import weighted_balance
from regionomics.impact.group_time import CONTROLS, check_anticipation, eligible
from regionomics.impact.inference import Aggregate, Rule
from regionomics.impact.matched import Ground, events_of, ground
from regionomics.impact.panel import Panel, read_panel
from regionomics.impact.weighting import balancing_weights


@dataclass(frozen=True)
class BalancedEffects:
    """Effects on those who joined, by event time, from controls weighed by entropy balancing.

    table: one row per event time: att, se, low, high, band_low, band_high, treated and controls (units that are
        compared at that event time, each once). Rows before joining are placebos; the base period is left out.
    average: over event times 0 to the horizon.
    weights: one row per (unit, cohort) that is compared: treated, weight (1 for treated; of the controls of a cohort
        the sum is its number of treated). balance: before and after weighing. dropped: treated units without controls,
        and why. sample: what became of the units.
    effective_controls: (sum w)^2 / sum w^2 over controls, how many equal ones they are worth. largest_share: of one
        control in the whole.
    """

    table: Any
    average: Aggregate
    weights: Any
    balance: Any
    dropped: Any
    sample: Any
    effective_controls: float
    largest_share: float
    units: pa.Array = field(repr=False)


def balanced_did(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    outcome: str = "outcome",
    on: Sequence[str],
    exact: Sequence[str] = (),
    control: str = "never",
    moments: int = 1,
    anticipation: int = 0,
    placebos: int = 3,
    horizon: int = 3,
    minimum: int = 10,
    minimum_share: float = 0.5,
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
) -> BalancedEffects:
    """Compare each cohort that joins with all controls, weighed so that their means before joining are the cohort's.

    att(e) = mean over those who join of [Y(g + e) - Y(g - 1)] - sum over controls of w [Y(g + e) - Y(g - 1)]

    The weights are those of `entropy_balance`, cohort by cohort, on the covariates of the period g - 1. Where outcomes
    are missing at an event time, the regression of the controls' weighed change on the covariates takes out what is
    then no longer equal. Errors count that the weights are estimated.

    Args:
        panel: one row per (unit, period), as for `group_time_effects`.
        on: covariates whose means become equal (moments=2: variances as well). exact: columns in which the controls'
            shares become those of the cohort, such as sector and size class (of that period); a control of a stratum
            that nobody joins from weighs nothing, and one who joins from a stratum without controls is dropped.
        control, anticipation, placebos, horizon, minimum, minimum_share, level, multipliers, draws, seed: as for
            `matched_did`.
    Returns:
        BalancedEffects.
    Raises:
        NoSupport: too few can be compared, no weights make the means equal, the weighed controls are worth fewer than
            `minimum` equal ones, or nobody joins.
        InvalidTable, InvalidParameter: as for `group_time_effects`.
    Source: Hainmueller (2012), doi:10.1093/pan/mpr025, for the weights; Zhao and Percival (2017),
        doi:10.1515/jci-2016-0010, for their being right if either model is.
    """
    _check(on, control, moments, placebos, horizon, minimum, minimum_share)
    check_anticipation(anticipation)
    read = read_panel(panel, unit=unit, time=time, cohort=cohort, outcome=outcome, covariates=[*on, *exact])
    data, flow = eligible(read, anticipation)
    whole = [
        _weighed(ground(data, int(g), len(on), control, horizon, anticipation), moments)
        for g in np.unique(data.cohorts[data.cohorts > 0])
    ]
    reasons = {i: why for _stack, lost in whole for i, why in lost.items()}
    stacks = [stack for stack, _lost in whole if stack is not None]
    joined = int((data.cohorts > 0).sum())
    compared = sum(len(s.treated) for s in stacks)
    if compared < max(minimum, minimum_share * joined):
        words = sorted({f"{why} ({list(reasons.values()).count(why)})" for why in reasons.values()})
        needed = max(minimum, int(np.ceil(minimum_share * joined)))
        raise NoSupport(
            f"{compared} of {joined} who joined find a control, {needed} are needed: "
            f"{'; '.join(words)}; a wider pool, coarser strata or fewer covariates would help"
        )
    n = len(data.cohorts)
    heavy = np.zeros(n)
    for s in stacks:
        np.add.at(heavy, s.control, s.weight)
    worth, largest = float(heavy.sum() ** 2 / (heavy**2).sum()), float(heavy.max() / heavy.sum())
    if worth < minimum:
        raise NoSupport(
            f"the weighed controls are worth {worth:.1f} equal ones, {minimum} are needed; fewer covariates or "
            "a wider pool would help"
        )
    flow["step"].append("weighed")
    flow["treated"].append(compared)
    flow["never_treated"].append(int((heavy > 0).sum()))
    events = events_of(placebos, horizon, anticipation)
    found = [_event(data, stacks, e) for e in events]
    kept = [k for k, (_att, _psi, count, _controls) in enumerate(found) if count >= minimum]
    if not any(events[k] >= 0 for k in kept):
        raise NoSupport(f"fewer than {minimum} of those who joined have an outcome after joining")
    att = np.array([found[k][0] for k in kept])
    influence = np.column_stack([found[k][1] for k in kept])
    rule = Rule(np.arange(n), level, multipliers, draws, seed)
    rule.check()
    columns, covariance, critical = rule.columns(att, influence)
    times = np.array([events[k] for k in kept])
    emit = data.family.emit
    sides = {"treated": [found[k][2] for k in kept], "controls": [found[k][3] for k in kept]}
    table = emit({"event": times, **columns, **{side: np.array(count) for side, count in sides.items()}})
    later = times >= 0
    missing = sorted(reasons)
    return BalancedEffects(
        table,
        rule.single(
            float(att[later].mean()),
            influence[:, later].mean(axis=1),
            table=table,
            critical=critical,
            covariance=covariance,
        ),
        emit(_weight_columns(data, stacks, unit, cohort)),
        emit(_balance(stacks)),
        emit(
            {
                unit: data.units.take(pa.array(missing, pa.int64())),
                "reason": pa.array([reasons[i] for i in missing], pa.string()),
            }
        ),
        emit({k: pa.array(v) for k, v in flow.items()}),
        worth,
        largest,
        data.units,
    )


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Stack:
    """One cohort: positions of those who join (m,) and of controls (c,) in the panel, weights of the controls, which
    sum to m; x: covariates (n, p), design: the same with strata as 0/1 columns, NaN outside."""

    ground: Ground
    treated: np.ndarray
    control: np.ndarray
    weight: np.ndarray
    design: np.ndarray


def _check(
    on: Sequence[str], control: str, moments: int, placebos: int, horizon: int, minimum: int, minimum_share: float
) -> None:
    if control not in CONTROLS:
        raise InvalidParameter(f"control={control!r}; choose one of {list(CONTROLS)}")
    if isinstance(on, str) or not len(on):
        raise InvalidParameter(f"on={on!r}; pass a list with one column name or more")
    if moments not in (1, 2):
        raise InvalidParameter(f"moments={moments!r}; 1 for means, 2 for variances as well")
    if placebos < 0 or horizon < 0:
        raise InvalidParameter(f"placebos={placebos!r}, horizon={horizon!r}; both are 0 periods or more")
    if minimum < 2 or not 0 <= minimum_share <= 1:
        raise InvalidParameter(f"minimum={minimum!r}, minimum_share={minimum_share!r}; 2 or more, and a share")


def _weighed(at: Ground, moments: int) -> tuple[_Stack | None, dict[int, str]]:
    """The cohort with its weights, or none; and why those who are left out are."""
    lost = dict(at.lost)
    known = at.pool & np.isfinite(at.x).all(axis=1)
    lost.update(dict.fromkeys(map(int, np.flatnonzero(at.mine & at.pool & ~known)), "a covariate is null"))
    both = np.intersect1d(at.strata[known & at.mine], at.strata[known & ~at.mine])
    taking = known & np.isin(at.strata, both)
    for i in np.flatnonzero(at.mine & known & ~taking):
        lost[int(i)] = f"no control in {at.stratum_names[at.strata[i]]}"
    rows = np.flatnonzero(taking)
    treated = at.mine[rows]
    if not treated.any():
        return None, lost
    own = at.strata[rows]
    strata = (own[:, None] == both[1:][None, :]).astype(float)
    design = np.full((len(at.mine), at.x.shape[1] + strata.shape[1]), np.nan)
    design[rows] = np.column_stack([at.x[rows], strata])
    try:
        weight = balancing_weights(at.x[rows], treated, moments, strata)
    except NoSupport:
        why = "no weights make the controls' means those of the cohort"
        return None, lost | dict.fromkeys(map(int, rows[treated]), why)
    return _Stack(at, rows[treated], rows[~treated], weight * treated.sum(), design), lost


def _event(data: Panel, stacks: list[_Stack], event: int) -> tuple[float, np.ndarray, int, int]:
    """The effect at an event time, its influence (n,), how many who joined it rests on and how many controls."""
    n = len(data.cohorts)
    places = {int(t): k for k, t in enumerate(data.times)}
    own: list[tuple[np.ndarray, np.ndarray]] = []
    influence = np.zeros(n)
    serving: set[int] = set()
    for s in stacks:
        at = places.get(s.ground.cohort + event)
        if at is None:
            continue
        change = data.outcomes[:, at] - data.outcomes[:, s.ground.base]
        i, j = s.treated[np.isfinite(change[s.treated])], s.control[np.isfinite(change[s.control])]
        w = s.weight[np.isfinite(change[s.control])]
        if not len(i) or not w.sum() > 0:
            continue
        w = w / w.sum()
        centre = w @ s.design[j]
        z = s.design[j] - centre
        level = float(w @ change[j])
        root = np.sqrt(w)[:, None]
        slope = np.linalg.lstsq(z * root, (change[j] - level) * root[:, 0], rcond=None)[0]
        gaps = change[i] - level - (s.design[i] - centre) @ slope
        own.append((i, gaps))
        influence[j] -= len(i) * w * (change[j] - level - z @ slope)
        serving.update(j[w > 0].tolist())
    if not own:
        return float("nan"), influence, 0, 0
    gaps = np.concatenate([g for _i, g in own])
    att = float(gaps.mean())
    for i, g in own:
        influence[i] += g - att
    return att, influence * n / len(gaps), len(gaps), len(serving)


def _weight_columns(data: Panel, stacks: list[_Stack], unit: str, cohort: str) -> dict[str, Any]:
    rows = np.concatenate([np.concatenate([s.treated, s.control]) for s in stacks])
    return {
        unit: data.units.take(pa.array(rows)),
        cohort: np.concatenate([np.full(len(s.treated) + len(s.control), s.ground.cohort) for s in stacks]),
        "treated": np.concatenate([np.repeat([True, False], [len(s.treated), len(s.control)]) for s in stacks]),
        "weight": np.concatenate([np.concatenate([np.ones(len(s.treated)), s.weight]) for s in stacks]),
    }


def _balance(stacks: list[_Stack]) -> dict[str, Any]:
    """All cohorts stacked: those who joined and their pool, as they are and as weighed."""
    x = np.concatenate([s.ground.x[np.concatenate([s.treated, s.control])] for s in stacks])
    treated = np.concatenate([np.repeat([True, False], [len(s.treated), len(s.control)]) for s in stacks])
    after = np.concatenate([np.concatenate([np.ones(len(s.treated)), s.weight]) for s in stacks])
    return weighted_balance(x, stacks[0].ground.names, treated, np.ones(len(treated)), after)
