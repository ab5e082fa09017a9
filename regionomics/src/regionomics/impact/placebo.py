"""Effects where there can be none: of dates before joining, and of units that never joined."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.group_time import GroupTimeEffects, eligible, estimate, group_time_effects, simple_effect
from regionomics.impact.inference import Aggregate, Rule
from regionomics.impact.panel import Panel, read_panel

_INFERENCE = ("level", "multipliers", "draws", "seed")


def placebo_dates(
    panel: Any, *, shift: int = 2, time: str = "time", cohort: str = "cohort", **options: Any
) -> GroupTimeEffects:
    """Pretend that all joined `shift` periods earlier, and use only what was seen before they really did.

    With `anticipation`, shift periods before the first in which an effect may show, and only what was seen before it.

    Args:
        panel: as for `group_time_effects`. shift: periods. options: any other argument of `group_time_effects`.
    Returns:
        GroupTimeEffects of the pretended dates, to be around 0.
    Raises:
        InvalidParameter: shift below 1.
        NoSupport: no cohort has that many periods before joining and one more.
    Source: Imbens and Wooldridge (2009), doi:10.1257/jel.47.1.5, section 5.11.
    """
    if shift < 1 or shift != int(shift):
        raise InvalidParameter(f"shift={shift!r}; a number of periods, 1 or more")
    read, settings = _split(options)
    ahead = int(settings.pop("anticipation", 0))
    data = read_panel(panel, time=time, cohort=cohort, **{"unit": "unit", **read})
    inference = {k: settings.pop(k) for k in tuple(settings) if k in _INFERENCE}
    rule = Rule(data.clusters, **{"level": 0.95, "multipliers": "gaussian", "draws": 9999, "seed": 0, **inference})
    # That periods after joining have no answer is meant; `.dropped` lists them
    return estimate(_earlier(data, shift, ahead), (cohort, time), rule, told=False, **settings)


def _earlier(data: Panel, shift: int, ahead: int) -> Panel:
    """The panel with all cohorts `shift` periods earlier than `ahead` before joining, and nothing seen from then on."""
    before = (data.cohorts[:, None] <= 0) | (data.times + ahead < data.cohorts[:, None])
    cohorts = np.where(data.cohorts > 0, data.cohorts - ahead - shift, 0)
    periods = before.any(axis=0)
    covariates = tuple(
        c if c.constant else replace(c, values=np.where(before, c.values, np.nan)[:, periods]) for c in data.covariates
    )
    outcomes = np.where(before, data.outcomes, np.nan)[:, periods]
    moved = replace(data, cohorts=cohorts, outcomes=outcomes, covariates=covariates, times=data.times[periods])
    # Who would have joined before period 1 is nobody's control
    return moved.keep((data.cohorts <= 0) | (cohorts > 0))


@dataclass(frozen=True)
class PlaceboTreated:
    """estimates: (draws,), the simple average with cohorts drawn among those who never joined.

    rejected: the share whose interval leaves 0 out. p: how often a drawn one is as many errors from 0 as the real one.
    effect: the real one. refused: draws without an answer.
    """

    estimates: np.ndarray = field(repr=False)
    rejected: float
    p: float
    effect: Aggregate
    refused: int


def placebo_treated(
    panel: Any,
    *,
    draws: int = 199,
    seed: int = 0,
    most: int = 10_000,
    effect: Aggregate | None = None,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    **options: Any,
) -> PlaceboTreated:
    """Draw those who "join" among the units that never did, in cohorts of the real sizes (or as large as can be).

    p = (1 + number of drawn |estimate / error| >= the real one) / (1 + draws)

    Args:
        panel: as for `group_time_effects`. draws, seed: of the placebos. most: units from which each draw is made; of
            more, so many are drawn each time. effect: the real one, where it was estimated before with the same
            options. options: any other argument of `group_time_effects`, but draws and seed.
    Returns:
        PlaceboTreated. The share rejected should be near 1 - level.
    Raises:
        InvalidParameter: fewer than 20 draws.
        NoSupport: too few who never joined to draw from, or most draws have no answer.
    Source: Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746, for placebos among the untreated.
    """
    if draws < 20:
        raise InvalidParameter(f"draws={draws!r}; 20 or more")
    real = effect or group_time_effects(panel, unit=unit, time=time, cohort=cohort, **options).simple
    read, settings = _split(options)
    data, _flow = eligible(
        read_panel(panel, unit=unit, time=time, cohort=cohort, **read), int(settings.get("anticipation", 0))
    )
    sizes, never = data.cohorts[data.cohorts > 0], np.flatnonzero(data.cohorts == 0)
    whole = replace(data.keep(never), units=pa.nulls(len(never)))  # nobody asks who was drawn
    rng = np.random.default_rng(seed)
    estimates, errors, rejected, refused = [], [], 0, 0
    for _ in range(draws):
        pool = whole if len(never) <= most else whole.keep(rng.choice(len(never), most, replace=False))
        n = len(pool.cohorts)
        picked = rng.choice(sizes, min(len(sizes), n // 2), replace=False)
        drawn = np.zeros(n, dtype=np.int64)
        drawn[rng.choice(n, len(picked), replace=False)] = picked
        try:
            found = simple_effect(replace(pool, cohorts=drawn), **{"draws": 100, **settings})
        except NoSupport:
            refused += 1
            continue
        estimates.append(found.estimate)
        errors.append(found.se)
        rejected += found.low > 0 or found.high < 0
    if len(estimates) < draws / 2:
        raise NoSupport(f"{refused} of {draws} draws have no answer; {len(never)} units never joined, more are needed")
    values = np.array(estimates)
    far = np.abs(values / np.array(errors)) >= abs(real.estimate / real.se)
    return PlaceboTreated(values, rejected / len(values), (1 + int(far.sum())) / (1 + len(values)), real, refused)


def _split(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What names columns, and how effects are estimated."""
    columns = ("unit", "outcome", "covariates", "cluster", "weights")
    named = {"outcome": "outcome", **{k: v for k, v in options.items() if k in columns}}
    return named, {k: v for k, v in options.items() if k not in columns}
