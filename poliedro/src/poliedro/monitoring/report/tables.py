"""A study's stored tables as rows for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.monitoring.report.checks import checks_of, found_words, judged_words, questions
from poliedro.monitoring.report.names import BREAKDOWN_WORDS, ESTIMATOR_WORDS, OUTCOME_WORDS
from poliedro.monitoring.report.present import Results, answered, interval, p_of, percent
from poliedro.monitoring.report.words import (
    cell_words,
    comparison_words,
    step_words,
    verdict_words,
    why_refused,
    why_unmatched,
)
from poliedro.monitoring.rules.impact import falls_at
from poliedro.shared.components import Table
from poliedro.shared.templatetags.poliedro import certainty_label, source_words, spoken_number


def effects_table(results: Results) -> Table:
    """Every outcome: effect, interval, p and whom it rests on; why there is none where one is refused."""
    shown = [row for o in results.declared.outcomes if (row := results.effect(o)) is not None]
    columns = [_("Outcome"), _("Effect, %"), _("Low, %"), _("High, %"), "p", _("Members"), _("Controls")]
    rows = [
        [
            str(OUTCOME_WORDS[row["outcome"]]),
            row["percent"],
            row["percent_low"],
            row["percent_high"],
            p_of(row["p"]),
            row["treated"],
            row["controls"],
        ]
        for row in shown
    ]
    if any(row["refused"] for row in shown):
        columns.append(_("Why there is no estimate"))
        rows = [
            [*cells, why_refused(row["refused"])[0] if row["refused"] else ""]
            for cells, row in zip(rows, shown, strict=True)
        ]
    return Table(columns, rows, numeric=range(1, 7), decimals={1: 1, 2: 1, 3: 1})


def effects_in_words(results: Results) -> list[list[Any]]:
    """Every stored effect as a line of a file, the header first: all firms and each cell, by every estimator."""
    log, cells = _("log points"), cell_words()
    breakdowns = {"all": _("all members"), **{key: str(name) for key, name in BREAKDOWN_WORDS.items()}}
    known = certainty_label(results.version.certainty) if results.version.certainty else ""
    run = results.version.run.key if results.version.run else ""
    columns = {
        "att": f"{_('Effect')} ({log})",
        "se": f"{_('Standard error')} ({log})",
        "low": f"{_('Low')} ({log})",
        "high": f"{_('High')} ({log})",
        "percent": _("Effect, %"),
        "percent_low": _("Low, %"),
        "percent_high": _("High, %"),
        "p": _("p-value"),
        "p_adjusted": _("p-value, corrected for several outcomes"),
        "treated": _("Members"),
        "controls": _("Controls"),
    }
    header = [_("Outcome"), _("Breakdown"), _("Cell"), _("Estimator"), *columns.values()]
    header += [
        _("Why there is no estimate"),
        _("What would help"),
        _("Period"),
        _("How it is known"),
        _("Source"),
        _("Run"),
    ]
    lines: list[list[Any]] = [header]
    for row in _published(results):
        named = [
            str(OUTCOME_WORDS[row["outcome"]]),
            breakdowns[row["breakdown"]],
            cells.get(row["cell"], row["cell"]),
            str(ESTIMATOR_WORDS[row["estimator"]]),
        ]
        why = why_refused(row["refused"]) if row["refused"] else ("", "")
        of = [results.facts()["period"], known, source_words(results.version.extract_sources), run]
        lines.append([*named, *(row[c] for c in columns), *why, *of])
    return lines


def _published(results: Results) -> list[dict[str, Any]]:
    """The stored effects; of an outcome that is refused, without what other estimators say of it."""
    refused = {
        o: (row["refused"] if (row := results.effect(o)) else "")
        for o in results.declared.outcomes
        if not answered(results, o)
    }
    numbers = ("att", "se", "low", "high", "percent", "percent_low", "percent_high", "p", "p_adjusted")
    return [
        {**row, **dict.fromkeys(numbers), "refused": refused[row["outcome"]]}
        if row["outcome"] in refused and row["breakdown"] == "all" and row["att"] is not None
        else row
        for row in results.rows("effects")
    ]


def corrected_table(results: Results) -> Table | None:
    """The doubly robust effects with p as it is and corrected for several outcomes, if any was."""
    with_answer = [o for o in results.declared.outcomes if answered(results, o)]
    shown = [row for o in with_answer if (row := results.effect(o, "dr")) is not None]
    if not any(row["p_adjusted"] is not None for row in shown):
        return None
    return Table(
        [_("Outcome"), _("Effect, %"), _("Low, %"), _("High, %"), "p", _("p, corrected for several outcomes")],
        [
            [
                str(OUTCOME_WORDS[row["outcome"]]),
                row["percent"],
                row["percent_low"],
                row["percent_high"],
                p_of(row["p"]),
                p_of(row["p_adjusted"]),
            ]
            for row in shown
            if row["att"] is not None
        ],
        numeric=range(1, 6),
        decimals={1: 1, 2: 1, 3: 1},
    )


def reach_table(results: Results) -> Table | None:
    """Whom the effect of each outcome rests on, and where the other members were lost."""
    rows = results.rows("reach")
    if not rows:
        return None
    return Table(
        [
            _("Outcome"),
            _("Members studied"),
            _("with the outcome in the year that all are compared with")
            if results.declared.anticipation
            else _("with the outcome in the year before joining"),
            _("with a control"),
            _("with the outcome after joining, too: the effect rests on"),
            _("Controls"),
        ],
        [
            [
                str(OUTCOME_WORDS[r["outcome"]]),
                r["studied"],
                r["known_before"],
                r["compared"],
                r["treated"],
                r["controls"],
            ]
            for r in rows
        ],
        numeric=range(1, 6),
        full=True,
    )


def cells_table(results: Results, breakdown: str) -> Table | None:
    """Effects by cluster or size class: a row a cell, a column an outcome; why there is none stands in its place."""
    rows = results.rows("effects", {"breakdown": breakdown, "estimator": results.declared.estimator})
    if not rows:
        return None
    words = cell_words()
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for r in rows:
        cells.setdefault(r["cell"], {})[r["outcome"]] = r
    shown = []
    for cell, found in cells.items():
        texts: list[str | None] = []
        for outcome in results.declared.outcomes:
            own = found.get(outcome)
            if own is None:
                texts.append(None)
            elif own["att"] is None:
                texts.append(why_refused(own["refused"])[0])
            else:
                texts.append(
                    ngettext(
                        "%(effect)s (%(interval)s); %(n)s member, %(controls)s controls",
                        "%(effect)s (%(interval)s); %(n)s members, %(controls)s controls",
                        own["treated"],
                    )
                    % {
                        "effect": percent(own["percent"]),
                        "interval": interval(own),
                        "n": spoken_number(own["treated"]),
                        "controls": spoken_number(own["controls"]),
                    }
                )
        shown.append([words.get(cell, cell), *texts])
    first = _("Cluster") if breakdown == "cluster" else _("Size class")
    return Table([first, *(str(OUTCOME_WORDS[o]) for o in results.declared.outcomes)], shown, full=True)


def unmatched_table(results: Results) -> Table | None:
    """Members that were not compared, and why."""
    rows = results.rows("unmatched")
    if not rows:
        return None
    return Table(
        [_("Why a member was not compared"), _("Members")],
        [[why_unmatched(r["reason"], results.declared.anticipation), r["firms"]] for r in rows],
        numeric=[1],
    )


def bacon_table(results: Results) -> Table | None:
    """What plain two-way fixed effects compare, for the leading outcome."""
    rows = results.rows("bacon", {"outcome": results.declared.outcomes[0]})
    if not rows or not answered(results, results.declared.outcomes[0]):
        return None
    words = comparison_words()
    return Table(
        [_("Comparison"), _("Weight"), _("Estimate, log points")],
        [[words.get(r["kind"], r["kind"]), r["weight"], r["estimate"]] for r in rows],
        numeric=[1, 2],
        decimals={1: 2, 2: 3},
    )


def cohorts_table(results: Results) -> Table | None:
    """Effects by year of joining and year, for the leading outcome (doubly robust)."""
    rows = results.rows("cohorts", {"outcome": results.declared.outcomes[0]})
    least = results.declared.minimum
    rows = [r for r in rows if r["event"] >= 0 and min(r["treated"], r["controls"]) >= least]
    if not rows or not answered(results, results.declared.outcomes[0]):
        return None
    return Table(
        [_("Year of joining"), _("Year"), _("Effect, log points"), _("Low"), _("High"), _("Members"), _("Controls")],
        [[str(r["cohort"]), str(r["time"]), r["att"], r["low"], r["high"], r["treated"], r["controls"]] for r in rows],
        numeric=range(2, 7),
        decimals={2: 3, 3: 3, 4: 3},
    )


def production(results: Results) -> str:
    """How total factor productivity was estimated, in a sentence; empty where it was not asked for."""
    run = results.version.run
    stated = (run.headline or {}).get("tfp") if run else None
    if not stated or "refused" in stated:
        return ""
    found = _(
        "Total factor productivity: output grows by %(labour)s%% with 1%% more labour and by %(capital)s%% with 1%% "
        "more capital."
    ) % {"labour": spoken_number(stated["labour"], 2), "capital": spoken_number(stated["capital"], 2)}
    method = stated.get("method", results.declared.tfp_method)
    if method == "fixed_effects":
        return found + " " + _("The regression within firms has one solution.")
    if stated["roots"] == 1:
        return found + " " + _("The equations have one solution.")
    rule = (
        _(
            "The equations have %(roots)s solutions; of the admissible ones the one nearest to the cost shares was "
            "taken."
        )
        if stated.get("by_costs", True)
        else _(
            "The equations have %(roots)s solutions; labour cost is not known for most firms, so that of the "
            "admissible ones the one farthest from the plain regression was taken."
        )
    )
    return found + " " + rule % {"roots": stated["roots"]}


def flow_table(rows: Sequence[dict[str, Any]], anticipation: int = 0) -> Table:
    """The sample step by step. anticipation: as declared, for the year whose accounts are asked for."""
    words = step_words(anticipation)
    return Table(
        [_("Step"), _("Members"), _("Members dropped"), _("Pool of controls"), _("Dropped from the pool")],
        [
            [words.get(r["step"], r["step"]), r["treated"], r["dropped_treated"], r["controls"], r["dropped_controls"]]
            for r in rows
        ],
        numeric=range(1, 5),
        full=True,
    )


def checks_table(results: Results, outcome: str) -> Table:
    asked, verdicts = questions(), verdict_words()
    return Table(
        [_("Check"), _("Verdict"), _("What it found"), _("How it is judged")],
        [
            [asked[r["check"]], verdicts[r["verdict"]], found_words(r), judged_words(r, results.declared)]
            for r in checks_of(results, outcome)
        ],
        full=True,
    )


def trends_table(results: Results, outcome: str) -> Table | None:
    """Intervals under trends that differ by a multiple of what was seen before, and under trends that bend."""
    rows = [r for r in results.rows("trends", {"outcome": outcome}) if r.get("kind") != "lee"]
    if not rows or not answered(results, outcome):
        return None
    kinds = {
        "magnitudes": _("differ by so many times what was seen before"),
        "smoothness": _("bend by so many log points a year (0: differ by a straight line)"),
    }
    return Table(
        [_("Trends may"), _("By up to"), _("Is 0 inside?"), _("Low, log points"), _("High, log points")],
        [
            [
                kinds[r.get("kind") or "magnitudes"],
                r["m"],
                _("no: the effect stays") if falls_at([r]) is None else _("yes: not distinguishable from zero"),
                r["low"],
                r["high"],
            ]
            for r in rows
        ],
        numeric=(1, 3, 4),  # the answer stands before its bounds: a phone shows the first columns
        decimals={1: 2, 3: 3, 4: 3},
        full=True,
    )


def vanished_table(results: Results, outcome: str) -> Table | None:
    """What firms without accounts could do to the effect, year by year after joining; none in runs before version 5."""
    rows = [r for r in results.rows("trends", {"outcome": outcome}) if r.get("kind") == "lee"]
    if not rows or not answered(results, outcome):
        return None
    return Table(
        [_("Years after joining"), _("Is 0 inside?"), _("Low, log points"), _("High, log points")],
        [
            [
                f"{r['m']:.0f}",
                _("no: the effect stays") if falls_at([r]) is None else _("yes: not distinguishable from zero"),
                r["low"],
                r["high"],
            ]
            for r in rows
        ],
        numeric=(2, 3),
        decimals={2: 3, 3: 3},
        full=True,
        caption=_("If firms without accounts were the best or the worst of their side (Lee)"),
    )
