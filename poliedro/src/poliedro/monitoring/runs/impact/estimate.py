"""Effects of one outcome by every estimator that a study shows."""

from __future__ import annotations

from collections.abc import Callable
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
    times = found.table["event"].to_numpy()
    chosen = (times >= first) & (times <= last)
    if chosen.sum() != last - first + 1:
        raise NoSupport(f"no effect at every event time from {first} to {last}; there is {times.tolist()}")
    assert found.average.covariance is not None
    att = float(found.table["att"].to_numpy()[chosen].mean())
    se = error_of(found.average.covariance, chosen)
    treated, controls = (int(found.table[side].to_numpy()[chosen].min()) for side in ("treated", "controls"))
    return Effect(att, se, float(2 * ndtr(-abs(att) / se)), treated, controls)


def error_of(covariance: np.ndarray, chosen: np.ndarray) -> float:
    """Of the mean of the chosen rows."""
    return float(np.sqrt(covariance[np.ix_(chosen, chosen)].mean()))


def answers(panel: impact.HeldPanel, alike: impact.HeldPanel, d: Declaration, outcome: str) -> Answers:
    """All estimators of one outcome over all treated firms. alike: the panel `with_controls_alike`."""
    found = Answers()
    treated = int((panel.cohorts > 0).sum())

    def attempt(works: dict[str, Callable[[], Effect]], *beside: Callable[[], None]) -> None:
        found.effects.update(dict.fromkeys(works, Effect()))  # they stand in this order, whichever is done first

        def one(name: str) -> None:
            try:
                if treated < d.minimum:
                    raise NoSupport(f"few: {treated} joined, at least {d.minimum} treated firms were declared")
                found.effects[name] = works[name]()
            except NoSupport as refused:
                found.effects[name] = Effect(refused=str(refused))

        together(*beside, *(partial(one, name) for name in works))

    def by_matching() -> Effect:
        found.matched = matched(panel, d, outcome)
        return window_average(found.matched, d.first_event, d.horizon)

    def by_group_time() -> Effect:
        made = group_time(alike, d, outcome)
        effect = group_time_average(made, d, treated)
        found.group_time = made
        return effect

    def by_model(estimator: Callable[..., impact.ModelEffects]) -> Callable[[], Effect]:
        def work() -> Effect:
            with quiet():
                made = estimator(
                    alike,
                    **KEYS,
                    outcome=OUTCOME_COLUMN[outcome],
                    covariates=covariates(d),
                    anticipation=d.anticipation,
                    seed=d.seed,
                )
            table = made.dynamic.table
            chosen = table["event"].is_between(d.first_event, d.horizon).to_numpy()
            assert made.dynamic.covariance is not None
            att = float(table["att"].to_numpy()[chosen].mean())
            se = error_of(made.dynamic.covariance, chosen)
            return Effect(att, se, float(2 * ndtr(-abs(att) / se)), *model_sides(alike, d, outcome))

        return work

    def two_way() -> Effect:
        """What plain two-way fixed effects would say (no error: it is shown for what it hides)."""
        parts = impact.goodman_bacon(panel, **KEYS, outcome=OUTCOME_COLUMN[outcome])
        found.bacon = parts.kinds.to_dicts()
        return Effect(parts.estimate)

    def draw() -> None:
        found.drawn = drawn_placebos(found, alike, d, outcome)

    attempt({"matched": by_matching, "dr": by_group_time})
    designs = [found.effects[name] for name in ("matched", "dr")]
    if all(e.refused for e in designs):
        # A model answers without support, too, by carrying its lines to where nobody is: that is no evidence.
        for name in ("imputation", "twfe_extended", "naive", "two_way"):
            found.effects[name] = Effect(refused=f"designs: {designs[0].refused}")
        return found
    attempt(
        {
            "imputation": by_model(impact.imputation_effects),
            "twfe_extended": by_model(impact.extended_twfe),
            "naive": lambda: group_time_average(group_time(alike, d, outcome, covariates=(), before=False), d, treated),
            "two_way": two_way,
        },
        *([draw] if outcome == d.outcomes[0] else []),  # takes as long as all of them
    )
    _events(found, d)
    return found


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
