"""What a study finds of one outcome: effects, checks, and the panel that they are estimated from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from regionomics import impact
from regionomics.errors import NoSupport

KEYS: dict[str, Any] = {"unit": "firm", "time": "year", "cohort": "cohort"}
MAGNITUDES = (0.5, 1.0, 1.5, 2.0)
BENDS = (0.0, 0.01, 0.02)
"""By how many log points the difference of trends may bend a year."""
CELL = 10
"""Members of one year of joining that an effect of that year needs in the doubly robust estimate: a floor of the
arithmetic, beneath the declared minimum, which what is published must reach."""
CONVENTIONAL_STRENGTH, CONVENTIONAL_GAMMA = 0.02, 1.25
"""Below these an effect is said to be doubtful: conventions of this software, printed beside the values."""
FEW_CLUSTERS = 30
"""With errors that rest on fewer (firms, or controls of equal weight), they come out too small (Cameron and Miller
2015)."""
BANDS = (("percent_band_low", "band_low"), ("percent_band_high", "band_high"))


@dataclass(frozen=True)
class Effect:
    """An effect in log points with its error; n firms treated and compared. refused: why there is none."""

    att: float | None = None
    se: float | None = None
    p: float | None = None
    treated: int | None = None
    controls: int | None = None
    refused: str = ""

    def row(self, level: float) -> dict[str, Any]:
        """The effect with its interval, in log points and in percent."""
        reach = None if self.se is None else float(ndtri((1 + level) / 2)) * self.se
        low = None if self.att is None or reach is None else self.att - reach
        high = None if self.att is None or reach is None else self.att + reach
        return {
            "att": self.att,
            "se": self.se,
            "low": low,
            "high": high,
            "percent": percent(self.att),
            "percent_low": percent(low),
            "percent_high": percent(high),
            "p": self.p,
            "treated": self.treated,
            "controls": self.controls,
            "refused": self.refused,
        }


def percent(log_points: float | None) -> float | None:
    return None if log_points is None else float(np.expm1(log_points) * 100)


Compared = impact.MatchedEffects | impact.BalancedEffects
"""Members against controls, paired or weighed."""


@dataclass
class Answers:
    """Everything that was found for one outcome. drawn: effects of firms that never joined, or why there are none."""

    effects: dict[str, Effect] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    matched: Compared | None = None
    group_time: impact.GroupTimeEffects | None = None
    trends: list[dict[str, Any]] = field(default_factory=list)
    bacon: list[dict[str, Any]] = field(default_factory=list)
    drawn: impact.PlaceboTreated | NoSupport | None = None

    def check(self, name: str, verdict: str, **numbers: Any) -> None:
        """verdict: "sound", "doubt", "fails" or "unknown"."""
        self.checks.append({"check": name, "verdict": verdict, **numbers})


def held(frame: pl.DataFrame, d: Declaration) -> impact.HeldPanel:
    """The columns and years that all effects of a study are estimated from, put into place once."""
    names = ["cluster", "size", *d.exact, *d.matching, *(OUTCOME_COLUMN[o] for o in d.outcomes)]
    columns = [c for c in dict.fromkeys(names) if c in frame.columns]
    rows = frame.select("firm", "year", "cohort", *columns).filter(pl.col("year") >= d.first_year + 1)
    return impact.hold(rows, **KEYS, columns=columns)


def period_of(panel: impact.HeldPanel, year: int) -> int | None:
    """Where a year stands among the panel's periods; None where it has none."""
    found = np.flatnonzero(panel.times == year)
    return int(found[0]) if len(found) else None


def places_of(panel: impact.HeldPanel, firms: pl.Series) -> np.ndarray:
    """Positions of the firms in the panel."""
    order = pl.DataFrame({"firm": pl.Series(panel.units), "at": np.arange(len(panel.units))})
    found = pl.DataFrame({"firm": firms}).join(order, on="firm", how="left", maintain_order="left")
    return np.asarray(found["at"].to_numpy())


def with_controls_alike(panel: impact.HeldPanel, d: Declaration) -> impact.HeldPanel:
    """Without members of whose sector, size or other declared stratum there is no control in the base year.

    Pairs leave them out, too. The doubly robust estimate would refuse the whole year of joining for one such member.
    """
    pool = panel.cohorts == 0
    kept = pool.copy()
    for cohort in np.unique(panel.cohorts[~pool]):
        at = period_of(panel, int(cohort) + d.base_event)
        if at is None:
            continue
        there = panel.seen[:, at]
        mine = there & (panel.cohorts == cohort)
        for name in d.exact:
            values = panel.covariate(name).at(at)
            mine &= np.isin(values, values[pool & there])
        kept |= mine
    return panel.keep(kept)
