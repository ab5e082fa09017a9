"""Whom the effect of an outcome rests on, and who of those studied is lost on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.effects import Answers, Effect, period_of, places_of
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from regionomics import impact


def covariates(d: Declaration) -> tuple[str, ...]:
    """What estimators without pairs compare likes by: variables to be near in, and the strata as marks of 0 and 1."""
    return tuple(dict.fromkeys([*d.matching, *d.exact]))


def known_around(panel: impact.HeldPanel, d: Declaration, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    """Members with the outcome in the base year, the last before joining or any anticipation, (n,), and in that year as
    well as in each of the declared years after joining, (n, years)."""
    y = np.isfinite(panel.outcome(OUTCOME_COLUMN[outcome]))
    before = np.zeros(len(panel.cohorts), dtype=bool)
    after = np.zeros((len(before), d.horizon - d.first_event + 1), dtype=bool)
    for cohort in np.unique(panel.cohorts[panel.cohorts > 0]):
        mine, base = panel.cohorts == cohort, period_of(panel, int(cohort) + d.base_event)
        if base is None:
            continue
        before |= mine & y[:, base]
        for k in range(after.shape[1]):
            at = period_of(panel, int(cohort) + d.first_event + k)
            if at is not None:
                after[:, k] |= mine & y[:, base] & y[:, at]
    return before, after


def resting(panel: impact.HeldPanel, alike: impact.HeldPanel, found: Answers, d: Declaration, outcome: str) -> Any:
    """The members, (n, years), whom the leading estimator's effect of each declared year rests on: those with the
    outcome then and before joining, and somebody to be compared with then. Without an effect: whom it could rest on."""
    _before, known = known_around(panel, d, outcome)
    if d.estimator == "dr":
        return known & _with_covariates(panel, alike, d)[:, None]
    if found.matched is None:
        return known
    if not isinstance(found.matched, impact.MatchedEffects):
        own = np.zeros(len(known), dtype=bool)
        own[places_of(panel, found.matched.weights.filter(pl.col("treated"))["firm"])] = True
        return known & own[:, None]
    pairs, y = found.matched.pairs, np.isfinite(panel.outcome(OUTCOME_COLUMN[outcome]))
    own, other = places_of(panel, pairs["firm"]), places_of(panel, pairs["control"])
    cohorts = pairs["cohort"].to_numpy()
    served = np.zeros_like(known)
    for cohort in np.unique(cohorts):
        here, base = np.flatnonzero(cohorts == cohort), period_of(panel, int(cohort) + d.base_event)
        for k in range(served.shape[1]):
            at = period_of(panel, int(cohort) + d.first_event + k)
            if at is not None and base is not None:
                there = here[y[other[here], at] & y[other[here], base]]
                served[own[there], k] = True
    return known & served


def _with_covariates(panel: impact.HeldPanel, alike: impact.HeldPanel, d: Declaration) -> np.ndarray:
    """Members of a stratum with controls, and with all declared variables in the year before joining, (n,)."""
    whole = np.zeros(len(panel.cohorts), dtype=bool)
    whole[places_of(panel, pl.Series(alike.units))] = True
    whole &= panel.cohorts > 0
    for name in covariates(d):
        read = panel.covariate(name)
        for cohort in np.unique(panel.cohorts[panel.cohorts > 0]):
            base = period_of(panel, int(cohort) + d.base_event)
            mine = panel.cohorts == cohort
            whole[mine] &= False if base is None else (panel.seen[:, base] & np.isfinite(read.at(base)))[mine]
    return whole


def fewest(members: np.ndarray) -> int:
    """Of (n, years): how many there are in the year with the fewest."""
    return int(members.sum(axis=0).min()) if members.size else 0


def steps(
    panel: impact.HeldPanel, alike: impact.HeldPanel, found: Answers, d: Declaration, outcome: str
) -> dict[str, Any]:
    """How many members are studied, have the outcome before joining, are compared, and carry the effect."""
    before, _after = known_around(panel, d, outcome)
    effect = found.effects.get(d.estimator, Effect())
    compared: int | None = None
    if d.estimator == "dr":
        compared = int((before & _with_covariates(panel, alike, d)).sum())
    elif isinstance(found.matched, impact.MatchedEffects):
        compared = int(found.matched.pairs["firm"].n_unique())
    elif found.matched is not None:
        compared = found.matched.weights.filter(pl.col("treated"))["firm"].n_unique()
    return {
        "outcome": outcome,
        "studied": int((panel.cohorts > 0).sum()),
        "known_before": int(before.sum()),
        "compared": compared,
        "treated": effect.treated,
        "controls": effect.controls,
    }


def model_sides(panel: impact.HeldPanel, d: Declaration, outcome: str) -> tuple[int, int]:
    """Members and others whom a model of what would have been rests on: all declared variables in the first year; the
    outcome in each declared year after joining (the year with the fewest counts), of the others in any year."""
    whole = panel.seen[:, 0].copy()
    for name in covariates(d):
        whole &= np.isfinite(panel.covariate(name).at(0))
    y = np.isfinite(panel.outcome(OUTCOME_COLUMN[outcome]))
    _before, after = known_around(panel, d, outcome)
    return fewest(after & whole[:, None]), int((whole & (panel.cohorts == 0) & y.any(axis=1)).sum())
