"""Effects of one outcome by every estimator that a study shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr

from poliedro.monitoring.rules.impact import Declaration
from poliedro.monitoring.runs.impact.effects import BANDS, CELL, KEYS, Answers, Compared, Effect, percent
from poliedro.monitoring.runs.impact.frame import OUTCOME_COLUMN
from poliedro.monitoring.runs.impact.placebos import drawn_placebos
from poliedro.monitoring.runs.impact.reach import covariates, model_sides
from poliedro.monitoring.runs.impact.threads import quiet, together
from regionomics import impact
from regionomics.errors import NoSupport


def matched(panel: impact.HeldPanel, d: Declaration, outcome: str) -> Compared:
    both: dict[str, Any] = {
        **KEYS,
        "outcome": OUTCOME_COLUMN[outcome],
        "on": d.matching,
        "exact": d.exact,
        "anticipation": d.anticipation,
        "placebos": d.placebos,
        "horizon": d.horizon,
        "minimum": d.minimum,
        "minimum_share": d.minimum_share,
        "level": d.level,
        "seed": d.seed,
    }
    with quiet():
        if d.distance == "entropy":
            return impact.balanced_did(panel, **both)
        return impact.matched_did(
            panel,
            **both,
            distance=d.distance,
            neighbours=d.neighbours,
            caliper=d.caliper,
            replace=d.replace,
        )


def compared(found: Compared) -> tuple[int, int]:
    """How many members have a control, and how many firms serve as one."""
    if isinstance(found, impact.MatchedEffects):
        return int(found.pairs["firm"].n_unique()), int(found.pairs["control"].n_unique())
    sides = found.weights.filter(pl.col("weight") > 0).group_by("treated").agg(pl.col("firm").n_unique())
    counts = dict(sides.iter_rows())
    return int(counts.get(True, 0)), int(counts.get(False, 0))


def group_time(panel: impact.HeldPanel, d: Declaration, outcome: str, **options: Any) -> impact.GroupTimeEffects:
    """Doubly robust effects on the members of a panel `with_controls_alike`."""
    settings: dict[str, Any] = {
        "covariates": covariates(d),
        "base": "universal",
        "anticipation": d.anticipation,
        "level": d.level,
        "seed": d.seed,
        "minimum": min(d.minimum, CELL),
        "before": d.placebos - d.base_event,  # no year before these is shown or tested
        **options,
    }
    with quiet():
        return impact.group_time_effects(panel, **KEYS, outcome=OUTCOME_COLUMN[outcome], **settings)


def group_time_average(found: impact.GroupTimeEffects, d: Declaration, joined: int) -> Effect:
    """The mean of the declared years after joining, if every year rests on enough members, and enough were compared.

    Raises NoSupport below the declared minimum or the declared share of those who joined.
    """
    rows = found.table.filter(pl.col("event").is_between(d.first_event, d.horizon))
    by_year = rows.group_by("event").agg(pl.col("treated").sum(), pl.col("controls").max())
    if by_year.is_empty():
        raise NoSupport(f"no effect at any event time from {d.first_event} to {d.horizon}")
    most, least = int(by_year["treated"].max() or 0), int(by_year["treated"].min() or 0)
    needed = max(d.minimum, int(np.ceil(d.minimum_share * joined)))
    if most < needed or least < d.minimum:
        raise NoSupport(
            f"{most if most < needed else least} of {joined} who joined find a control, "
            f"{needed if most < needed else d.minimum} are needed; more firms with accounts would help"
        )
    average = found.average(d.first_event, d.horizon)
    return Effect(average.estimate, average.se, average.p, least, int(by_year["controls"].min() or 0))


def window_average(found: Compared, first: int, last: int) -> Effect:
    """The mean of the event times first..last of matched effects, with the error of that mean.

    It rests on as many members and controls as the event time with the fewest: those without the outcome then, and
    those whose partner has none, are not counted.
    """
    assert found.average.covariance is not None
    mean = mean_of(found.table, found.average.covariance, first, last)
    rows = found.table.filter(pl.col("event").is_between(first, last))
    treated, controls = (int(rows[side].min()) for side in ("treated", "controls"))
    return Effect(*mean, treated, controls)


def mean_of(table: pl.DataFrame, covariance: np.ndarray, first: int, last: int) -> tuple[float, float, float]:
    """The mean effect of the event times first..last, its error and its p. covariance: of the rows of the table.

    Raises NoSupport where one of them has no effect: the mean of the others is another quantity.
    """
    times = table["event"].to_numpy()
    chosen = (times >= first) & (times <= last)
    if chosen.sum() != last - first + 1:
        raise NoSupport(f"no effect at every event time from {first} to {last}; there is {times.tolist()}")
    att = float(table["att"].to_numpy()[chosen].mean())
    se = float(np.sqrt(covariance[np.ix_(chosen, chosen)].mean()))
    return att, se, float(2 * ndtr(-abs(att) / se))


def answers(panel: impact.HeldPanel, alike: impact.HeldPanel, d: Declaration, outcome: str) -> Answers:
    """All estimators of one outcome over all treated firms. alike: the panel `with_controls_alike`."""
    found = Answers()
    asked = _Asked(panel, alike, d, outcome, found)
    asked.attempt({"matched": asked.by_matching, "dr": asked.by_group_time})
    designs = [found.effects[name] for name in ("matched", "dr")]
    if all(e.refused for e in designs):
        # A model answers without support, too, by carrying its lines to where nobody is: that is no evidence.
        for name in ("imputation", "twfe_extended", "naive", "two_way"):
            found.effects[name] = Effect(refused=f"designs: {designs[0].refused}")
        return found
    asked.attempt(
        {
            "imputation": partial(asked.by_model, impact.imputation_effects),
            "twfe_extended": partial(asked.by_model, impact.extended_twfe),
            "naive": asked.naive,
            "two_way": asked.two_way,
        },
        *([asked.draw] if outcome == d.outcomes[0] else []),  # takes as long as all of them
    )
    _events(found, d)
    return found


@dataclass(frozen=True)
class _Asked:
    """The estimators of one outcome; what they find besides an effect goes into `found`."""

    panel: impact.HeldPanel
    alike: impact.HeldPanel
    d: Declaration
    outcome: str
    found: Answers

    @property
    def joined(self) -> int:
        return int((self.panel.cohorts > 0).sum())

    def attempt(self, works: dict[str, Callable[[], Effect]], *beside: Callable[[], None]) -> None:
        """Does the works and what is to be done beside them; what a work refuses is its effect."""
        self.found.effects.update(dict.fromkeys(works, Effect()))  # in this order, whichever is done first

        def one(name: str) -> None:
            try:
                if self.joined < self.d.minimum:
                    needed = f"at least {self.d.minimum} treated firms were declared"
                    raise NoSupport(f"few: {self.joined} joined, {needed}")
                self.found.effects[name] = works[name]()
            except NoSupport as refused:
                self.found.effects[name] = Effect(refused=str(refused))

        together(*beside, *(partial(one, name) for name in works))

    def by_matching(self) -> Effect:
        self.found.matched = matched(self.panel, self.d, self.outcome)
        return window_average(self.found.matched, self.d.first_event, self.d.horizon)

    def by_group_time(self) -> Effect:
        made = group_time(self.alike, self.d, self.outcome)
        effect = group_time_average(made, self.d, self.joined)
        self.found.group_time = made
        return effect

    def naive(self) -> Effect:
        """Members against all others of `alike`, whatever their variables."""
        made = group_time(self.alike, self.d, self.outcome, covariates=(), before=False)
        return group_time_average(made, self.d, self.joined)

    def by_model(self, estimator: Callable[..., impact.ModelEffects]) -> Effect:
        with quiet():
            made = estimator(
                self.alike,
                **KEYS,
                outcome=OUTCOME_COLUMN[self.outcome],
                covariates=covariates(self.d),
                anticipation=self.d.anticipation,
                seed=self.d.seed,
            )
        assert made.dynamic.covariance is not None
        mean = mean_of(made.dynamic.table, made.dynamic.covariance, self.d.first_event, self.d.horizon)
        return Effect(*mean, *model_sides(self.alike, self.d, self.outcome))

    def two_way(self) -> Effect:
        """What plain two-way fixed effects would say (no error: it is shown for what it hides)."""
        parts = impact.goodman_bacon(self.panel, **KEYS, outcome=OUTCOME_COLUMN[self.outcome])
        self.found.bacon = parts.kinds.to_dicts()
        return Effect(parts.estimate)

    def draw(self) -> None:
        self.found.drawn = drawn_placebos(self.found, self.alike, self.d, self.outcome)


def _events(found: Answers, d: Declaration) -> None:
    columns = ("att", "se", "low", "high", "band_low", "band_high")
    if found.matched is not None:
        for row in found.matched.table.to_dicts():
            found.events.append(
                {
                    "estimator": "matched",
                    "event": row["event"],
                    **{c: row[c] for c in columns},
                    "treated": row["treated"],
                }
            )
    if found.group_time is not None:
        table = found.group_time.dynamic.table
        for row in table.filter(pl.col("event").is_between(d.base_event - d.placebos, d.horizon)).to_dicts():
            if row["se"] is not None:  # the base period has none
                found.events.append(
                    {"estimator": "dr", "event": row["event"], **{c: row[c] for c in columns}, "treated": None}
                )
    for row in found.events:
        shown = (("percent", "att"), ("percent_low", "low"), ("percent_high", "high"))
        row.update({name: percent(row[of]) for name, of in (*shown, *BANDS)})
    found.events.sort(key=lambda r: (r["estimator"] != d.estimator, r["event"]))
