"""Effects where there can be none: of dates before joining, and of units that never joined."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport, RegionomicsWarning
from regionomics.impact.group_time import GroupTimeEffects, eligible, group_time_effects, simple_effect
from regionomics.impact.inference import Aggregate
from regionomics.impact.panel import read_panel, whole_numbers
from regionomics.tables import read_columns


def placebo_dates(
    panel: Any, *, shift: int = 2, time: str = "time", cohort: str = "cohort", **options: Any
) -> GroupTimeEffects:
    """Pretend that all joined `shift` periods earlier, and use only what was seen before they really did.

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
    arrow, family, joined = _panel(panel, time, cohort, options)
    before = (joined == 0) | (whole_numbers(arrow[time], time) < joined)
    moved = arrow.set_column(
        arrow.column_names.index(cohort), cohort, pa.array(np.where(joined > 0, joined - shift, 0))
    )
    with warnings.catch_warnings():  # that periods after joining have no answer is meant; `.dropped` lists them
        warnings.simplefilter("ignore", RegionomicsWarning)
        return group_time_effects(family.emit(moved.filter(pa.array(before))), time=time, cohort=cohort, **options)


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
    whole = data.keep(never)
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
    columns = ("outcome", "covariates", "cluster", "weights")
    named = {"outcome": "outcome", **{k: v for k, v in options.items() if k in columns}}
    return named, {k: v for k, v in options.items() if k not in columns}


def _panel(panel: Any, time: str, cohort: str, options: dict[str, Any]) -> tuple[pa.Table, Any, np.ndarray]:
    """The columns needed as an Arrow table, the family, and the cohort of each row (0 = never)."""
    named = [options.get(k, k) for k in ("unit", "outcome")] + list(options.get("covariates", ()))
    named += [options[k] for k in ("cluster", "weights") if options.get(k)]
    arrow, family = read_columns(panel, list(dict.fromkeys([time, cohort, *named])))
    return arrow, family, whole_numbers(arrow[cohort], cohort, null=0)
