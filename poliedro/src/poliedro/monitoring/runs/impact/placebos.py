"""Effects where there can be none: of dates before joining, and of firms that never joined."""

from __future__ import annotations

from typing import Any

import numpy as np

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.effects import CELL, KEYS, Answers
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from poliedro.monitoring.runs.impact.reach import covariates
from poliedro.monitoring.runs.impact.threads import quiet
from regionomics import impact
from regionomics.errors import NoSupport


def _options(d: Declaration, outcome: str) -> dict[str, Any]:
    return {
        **KEYS,
        "outcome": OUTCOME_COLUMN[outcome],
        "covariates": covariates(d),
        "anticipation": d.anticipation,
        "seed": d.seed,
        "minimum": min(d.minimum, CELL),
    }


def placebo_dates(found: Answers, panel: impact.HeldPanel, d: Declaration, outcome: str) -> None:
    """The check that nothing is found where all are said to have joined two years earlier."""
    try:
        with quiet():
            moved = impact.placebo_dates(panel, shift=2, before=False, **_options(d, outcome))
        dated = moved.simple
        found.check(
            "placebo_dates",
            "sound" if dated.low <= 0 <= dated.high else "doubt",
            value=dated.estimate,
            low=dated.low,
            high=dated.high,
            p=dated.p,
        )
    except NoSupport as refused:
        found.check("placebo_dates", "unknown", note=str(refused))


def drawn_placebos(
    found: Answers, panel: impact.HeldPanel, d: Declaration, outcome: str
) -> impact.PlaceboTreated | NoSupport:
    """Effects of firms drawn among those who never joined, or why there are none."""
    # Rows from joining on are the same whatever the base of those before: the effect is that found by `group_time`
    real = found.group_time.simple if found.group_time is not None else None
    try:
        with quiet():
            return impact.placebo_treated(panel, draws=d.placebo_draws, effect=real, **_options(d, outcome))
    except NoSupport as refused:
        return refused


def placebo_treated(found: Answers, d: Declaration, drawn: impact.PlaceboTreated | NoSupport) -> None:
    """The check that firms which never joined are found to gain no more often than by chance."""
    if isinstance(drawn, NoSupport):
        found.check("placebo_treated", "unknown", note=str(drawn))
        return
    expected = 1 - d.level
    reach = 3 * np.sqrt(expected * (1 - expected) / d.placebo_draws)
    found.check(
        "placebo_treated",
        "sound" if drawn.rejected <= expected + reach else "doubt",
        value=drawn.rejected,
        high=float(expected + reach),
        p=drawn.p,
        n=len(drawn.estimates),
    )
