"""A study's calculation as a stored run: the frozen extract in, tables out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _
from threadpoolctl import threadpool_limits

from poliedro.evidence.files import folder
from poliedro.evidence.runs.base import Analysis, Context, Input, Outcome, TableCard
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.rules.impact import Declaration, stored_form
from poliedro.monitoring.runs.impact.cards import CARDS
from poliedro.monitoring.runs.impact.doubts import doubts, moved_apart, pretrend
from poliedro.monitoring.runs.impact.effects import Answers, Compared, Effect, held, period_of, with_controls_alike
from poliedro.monitoring.runs.impact.estimate import (
    answers,
    compared,
    group_time,
    group_time_average,
    matched,
    window_average,
)
from poliedro.monitoring.runs.impact.frame import with_tfp, with_variables
from poliedro.monitoring.runs.impact.progress import Progress
from poliedro.monitoring.runs.impact.reach import fewest, resting, steps
from regionomics import impact
from regionomics.errors import NoSupport, RegionomicsError

VERSION = 7
_NUMBERS = {"event", "cohort", "time", "treated", "controls", "dropped_treated", "dropped_controls", "n", "firms"}
_NUMBERS |= {"studied", "known_before", "compared"}
_WORDS = {
    "outcome",
    "breakdown",
    "cell",
    "estimator",
    "refused",
    "covariate",
    "step",
    "check",
    "verdict",
    "note",
    "kind",
}
_WORDS |= {"firm", "control", "stratum", "reason"}


def analysis_of(version: StudyVersion) -> Analysis:
    """The calculation of one frozen version. Its run's address is made of declaration, extract and code."""
    declared = version.declared

    def inputs(parameters: Mapping[str, Any]) -> list[Input]:
        return [
            Input(
                f"extract of {version.study.key}/{version.number}",
                version.extract_checksum,
                version.extract_rows or 0,
                version.extract_sources,
                version.certainty,
            )
        ]

    def compute(context: Context) -> Outcome:
        extract = pl.read_parquet(folder() / version.extract_path)
        # Products of narrow matrices are slower on several threads of BLAS, which wait by spinning, than on one; the
        # comparisons have threads of their own
        with threadpool_limits(1, user_api="blas"):
            return study(extract, declared, list(version.flow), context)

    return Analysis(
        "impact-study",
        VERSION,
        _("Impact study"),
        _("Does membership work?"),
        {"study": f"{version.study.key}/{version.number}", "declaration": version.hash},
        inputs,
        compute,
        CARDS,
        seed=declared.seed,
        open=False,
    )


def study(extract: pl.DataFrame, d: Declaration, flow: list[dict[str, Any]], context: Context) -> Outcome:
    """Every table of a study from its extract and declaration alone: what the replication package runs, too."""
    progress = Progress(context.report, d)
    progress.begin("prepare")
    frame = with_variables(extract)
    tfp: dict[str, Any] = {}
    if "tfp" in d.outcomes:
        progress.begin("production")
        frame, tfp = with_tfp(frame, d)
    rows: dict[str, list[dict[str, Any]]] = {card.name: [] for card in CARDS}
    found: dict[str, Answers] = {}
    panel = held(frame, d)
    alike = with_controls_alike(panel, d)
    for outcome in d.outcomes:
        if outcome == "tfp" and "refused" in tfp:
            rows["effects"].append(_effect_row(outcome, "all", "", d.estimator, Effect(refused=tfp["refused"]), d))
            continue
        progress.begin("effects", outcome)
        found[outcome] = answers(panel, alike, d, outcome)
        progress.begin("checks", outcome)
        doubts(found[outcome], panel, alike, d, outcome)
        _keep(rows, found[outcome], outcome, d)
        rows["reach"].append(steps(panel, alike, found[outcome], d, outcome))
        members = resting(panel, alike, found[outcome], d, outcome)
        if d.breakdowns:
            progress.begin("breakdowns", outcome)
            _breakdowns(rows, panel, members, d, outcome, _apart(found[outcome], d))
    progress.begin("correction")
    _correct(rows, found, d)
    lead, pairs = found.get(d.outcomes[0], Answers()), pl.DataFrame()
    rows["flow"] = [*flow, *_matched_step(lead, flow)]
    if lead.matched is not None:
        rows["balance"] = lead.matched.balance.to_dicts()
        pairs = _pairs(lead.matched)
        rows["unmatched"] = lead.matched.dropped.group_by("reason").len("firms").sort("reason").to_dicts()
    tables = {card.name: _frame(card, pairs if card.name == "pairs" else rows[card.name]) for card in CARDS}
    return Outcome(tables, _headline(tables, d, tfp), f"{d.first_year}-{d.last_year}")


def _frame(card: TableCard, rows: list[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    schema = {c.name: _type(c.name) for c in card.columns}
    if isinstance(rows, pl.DataFrame):
        return rows.select(
            (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in schema.items()
        )
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, strict=False)


def _type(name: str) -> Any:
    return pl.Int64 if name in _NUMBERS else pl.String if name in _WORDS else pl.Float64


def _effect_row(
    outcome: str, breakdown: str, cell: str, estimator: str, effect: Effect, d: Declaration
) -> dict[str, Any]:
    named = {"outcome": outcome, "breakdown": breakdown, "cell": cell, "estimator": estimator}
    return {**named, **effect.row(d.level), "p_adjusted": None}


_OF_AN_EFFECT = {"omitted_variable", "rosenbaum", "agreement", "trend_bounds", "trend_bend", "lee_bounds", "clusters"}
"""Checks that say how far to believe an effect: without one they say nothing."""


def _keep(rows: dict[str, list[dict[str, Any]]], found: Answers, outcome: str, d: Declaration) -> None:
    """The rows of one outcome. Where trends differed before joining, what came after is no effect, as declared: no
    estimator publishes one, and no year after the base year. Those before are kept, for they show why."""
    why = _apart(found, d)
    for name, effect in found.effects.items():
        rows["effects"].append(_effect_row(outcome, "all", "", name, Effect(refused=why) if why else effect, d))
    rows["events"] += [{"outcome": outcome, **row} for row in found.events if not why or row["event"] <= d.base_event]
    rows["checks"] += [
        {"outcome": outcome, **row} for row in found.checks if not why or row["check"] not in _OF_AN_EFFECT
    ]
    if not why:
        rows["trends"] += [{"outcome": outcome, **row} for row in found.trends]
        rows["bacon"] += [{"outcome": outcome, **row} for row in found.bacon]
    if found.group_time is not None:
        rows["cohorts"] += [{"outcome": outcome, **row} for row in _cohort_rows(found.group_time, d, bool(why))]


def _apart(found: Answers, d: Declaration) -> str:
    """Why an outcome has no effect although it could be computed; empty where trends before joining agree."""
    failed = next((c for c in found.checks if c["check"] == "pretrends" and c["verdict"] == "fails"), None)
    return "" if failed is None else moved_apart(failed["p"], d)


def _cohort_rows(found: impact.GroupTimeEffects, d: Declaration, before_alone: bool) -> list[dict[str, Any]]:
    """Effects by cohort and year that rest on the declared minimum, and do not give away one that does not."""
    last = d.base_event if before_alone else d.horizon
    made: list[dict[str, Any]] = [
        {**row, "time": row["year"]}
        for row in found.table.to_dicts()
        if row["se"] is not None and d.base_event - d.placebos <= row["event"] <= last
    ]
    fewest = [min(row["treated"], row["controls"]) for row in made]
    hidden = _too_small([str(row["event"]) for row in made], fewest, d.minimum)
    return [row for k, row in enumerate(made) if k not in hidden]


def _breakdowns(
    rows: dict[str, list[dict[str, Any]]],
    panel: impact.HeldPanel,
    members: np.ndarray,
    d: Declaration,
    outcome: str,
    why: str,
) -> None:
    """By the first cluster joined, and by size class in the base year; cells below the minimum
    refuse, all of them where the whole does (`why`), and those whose own trends differed before joining.

    members: (n, years) whom the effect of all rests on. What counts of a cell is how many of these are its own: with
    fewer than the minimum, the effect of all and those of the other cells would give its own away.
    """
    labelled = {"cluster": _first_cluster, "size": _size_before}
    cells = [
        (breakdown, cell, mine)
        for breakdown, cells_of in labelled.items()
        if breakdown in d.breakdowns
        for cell, mine in cells_of(panel, d.base_event)
    ]
    counted = [fewest(members[mine]) for _b, _c, mine in cells]
    hidden = _too_small([b for b, _c, _m in cells], counted, d.minimum)
    for k, (breakdown, cell, mine) in enumerate(cells):
        if why:
            effect = Effect(refused=why)
        elif k in hidden:
            effect = Effect(refused=f"{hidden[k]}: at least {d.minimum} treated firms were declared")
        else:
            effect = _cell_effect(panel.keep((panel.cohorts == 0) | mine), int(mine.sum()), d, outcome)
        rows["effects"].append(_effect_row(outcome, breakdown, cell, d.estimator, effect, d))


def _first_cluster(panel: impact.HeldPanel, _base_event: int) -> list[tuple[str, np.ndarray]]:
    """Each cluster that somebody joined first, and who did, (n,)."""
    read = panel.covariate("cluster")
    own = read.at(0)
    members = panel.cohorts > 0
    return [(key, members & (own == k)) for k, key in enumerate(read.levels or ()) if (members & (own == k)).any()]


def _size_before(panel: impact.HeldPanel, base_event: int) -> list[tuple[str, np.ndarray]]:
    """Each size class, and who had it in the base year, (n,)."""
    read = panel.covariate("size")
    levels = read.levels or ()
    own = np.full(len(panel.cohorts), np.nan)
    for cohort in np.unique(panel.cohorts[panel.cohorts > 0]):
        at = period_of(panel, int(cohort) + base_event)
        if at is not None:
            here = (panel.cohorts == cohort) & panel.seen[:, at]
            own[here] = read.at(at)[here]
    sizes = [(size, own == levels.index(size)) for size in ("micro", "small", "medium", "large") if size in levels]
    return [(size, mine) for size, mine in sizes if mine.any()]


def _too_small(breakdowns: list[str], joined: list[int], minimum: int) -> dict[int, str]:
    """Cells that stay closed: too few firms, or else they would give away, with the effect of all, one that has."""
    hidden = {k: "few" for k, n in enumerate(joined) if n < minimum}
    for breakdown in set(breakdowns):
        own = [k for k, b in enumerate(breakdowns) if b == breakdown]
        closed = [k for k in own if k in hidden]
        rest = sorted((k for k in own if k not in hidden), key=lambda k: joined[k])
        while closed and sum(joined[k] for k in closed) < minimum and rest:
            closed.append(rest.pop(0))
            hidden[closed[-1]] = "complement"
    return hidden


def _cell_effect(part: impact.HeldPanel, joined: int, d: Declaration, outcome: str) -> Effect:
    pairs: Compared | None = None
    cohorts: impact.GroupTimeEffects | None = None
    try:
        if d.estimator == "matched":
            pairs = matched(part, d, outcome)
            effect = window_average(pairs, d.first_event, d.horizon)
        else:
            cohorts = group_time(with_controls_alike(part, d), d, outcome)
            effect = group_time_average(cohorts, d, joined)
    except RegionomicsError as refused:
        return Effect(refused=str(refused))
    try:
        test = pretrend(d, pairs, cohorts)
    except NoSupport:
        return effect  # the check of the whole says that no year before joining can be tested
    if test is not None and test[2] < d.pretrend_alpha:
        return Effect(refused=moved_apart(test[2], d))
    return effect


def _correct(rows: dict[str, list[dict[str, Any]]], found: dict[str, Answers], d: Declaration) -> None:
    """p-values of the doubly robust effects, whichever estimator leads, corrected for having looked at several
    outcomes (Romano and Wolf). Outcomes without an effect are not among them."""
    able = {o: a.group_time for o, a in found.items() if a.group_time is not None and not _apart(a, d)}
    if len(able) < 2:
        return
    try:
        table = impact.romano_wolf(able, first=d.first_event, last=d.horizon, seed=d.seed)
    except NoSupport:
        return
    adjusted = dict(zip(table["outcome"], table["p_adjusted"], strict=True))
    for row in rows["effects"]:
        if row["breakdown"] == "all" and row["estimator"] == "dr" and row["att"] is not None:
            row["p_adjusted"] = adjusted.get(row["outcome"])


LIGHTEST = 1e-6
"""Of the weights that are stored: lighter ones change no digit."""


def _pairs(found: Compared) -> pl.DataFrame:
    """Who was compared with whom: pairs, or the weight of each control for its whole cohort."""
    if isinstance(found, impact.MatchedEffects):
        pairs: pl.DataFrame = found.pairs
        return pairs
    weighed = found.weights.filter(~pl.col("treated") & (pl.col("weight") > LIGHTEST))
    rows: pl.DataFrame = weighed.select(pl.col("firm").alias("control"), "cohort", "weight")
    return rows


def _matched_step(lead: Answers, flow: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if lead.matched is None or not flow:
        return []
    last = flow[-1]
    treated, controls = compared(lead.matched)
    return [
        {
            "step": "matched",
            "treated": treated,
            "controls": controls,
            "dropped_treated": last["treated"] - treated,
            "dropped_controls": last["controls"] - controls,
        }
    ]


def _headline(tables: Mapping[str, pl.DataFrame], d: Declaration, tfp: dict[str, Any]) -> dict[str, Any]:
    main = tables["effects"].filter((pl.col("breakdown") == "all") & (pl.col("estimator") == d.estimator))
    doubted = tables["checks"].filter(pl.col("verdict").is_in(["doubt", "fails"]))
    shown = ("att", "se", "percent", "percent_low", "percent_high", "p", "treated", "controls", "refused")
    return {
        "outcomes": {row["outcome"]: {k: row[k] for k in shown} for row in main.to_dicts()},
        "doubts": doubted.height,
        "lead_doubts": doubted.filter(pl.col("outcome") == d.outcomes[0])["check"].to_list(),
        "declaration": stored_form(d),
        "tfp": tfp,
    }
