"""Effects where there can be none: of dates before joining, and of units that never joined."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport, RegionomicsWarning
from regionomics.impact.group_time import GroupTimeEffects, group_time_effects
from regionomics.impact.inference import Aggregate
from regionomics.impact.panel import whole_numbers
from regionomics.tables import encode, read_columns


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

    rejected: the share whose interval leaves 0 out. p: how often a drawn one is as far from 0 as the real effect.
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
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    **options: Any,
) -> PlaceboTreated:
    """Draw those who "join" among the units that never did, in cohorts of the real sizes (or as large as can be).

    p = (1 + number of drawn |estimates| >= the real one) / (1 + draws)

    Args:
        panel: as for `group_time_effects`. draws, seed: of the placebos. options: any other argument of
            `group_time_effects`, but draws and seed.
    Returns:
        PlaceboTreated. The share rejected should be near 1 - level.
    Raises:
        InvalidParameter: fewer than 20 draws.
        NoSupport: too few who never joined to draw from, or most draws have no answer.
    Source: Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746, for placebos among the untreated.
    """
    if draws < 20:
        raise InvalidParameter(f"draws={draws!r}; 20 or more")
    arrow, _, joined = _panel(panel, time, cohort, {**options, "unit": unit})
    keys: dict[str, Any] = {"unit": unit, "time": time, "cohort": cohort}
    real = group_time_effects(panel, **keys, **options).simple
    owners = encode(arrow[unit], unit)
    own = np.zeros(len(owners.labels), dtype=np.int64)
    own[owners.codes] = joined
    never = np.flatnonzero(own == 0)
    sizes = own[own > 0]
    share = min(1.0, len(never) / 2 / max(len(sizes), 1))
    kept = np.flatnonzero(own[owners.codes] == 0)
    pool = arrow.take(pa.array(kept))
    codes, place = owners.codes[kept], arrow.column_names.index(cohort)
    rng = np.random.default_rng(seed)
    estimates, rejected, refused = [], 0, 0
    for _ in range(draws):
        picked = rng.choice(sizes, int(share * len(sizes)), replace=False)
        drawn = np.zeros(len(own), dtype=np.int64)
        drawn[rng.choice(never, len(picked), replace=False)] = picked
        table = pool.set_column(place, cohort, pa.array(drawn[codes]))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RegionomicsWarning)
                found = group_time_effects(table, **keys, **{"draws": 100, **options}).simple
        except NoSupport:
            refused += 1
            continue
        estimates.append(found.estimate)
        rejected += found.low > 0 or found.high < 0
    if len(estimates) < draws / 2:
        raise NoSupport(f"{refused} of {draws} draws have no answer; {len(never)} units never joined, more are needed")
    values = np.array(estimates)
    p = (1 + int((np.abs(values) >= abs(real.estimate)).sum())) / (1 + len(values))
    return PlaceboTreated(values, rejected / len(values), p, real, refused)


def _panel(panel: Any, time: str, cohort: str, options: dict[str, Any]) -> tuple[pa.Table, Any, np.ndarray]:
    """The columns needed as an Arrow table, the family, and the cohort of each row (0 = never)."""
    named = [options.get(k, k) for k in ("unit", "outcome")] + list(options.get("covariates", ()))
    named += [options[k] for k in ("cluster", "weights") if options.get(k)]
    arrow, family = read_columns(panel, list(dict.fromkeys([time, cohort, *named])))
    return arrow, family, whole_numbers(arrow[cohort], cohort, null=0)
