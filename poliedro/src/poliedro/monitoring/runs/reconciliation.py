"""OpenCoesione against our own projects, by CUP, as a stored run: same rows, same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.definitions import checksum
from poliedro.monitoring.queries.policy.reconcile import ANALYSIS as KEY
from poliedro.monitoring.queries.policy.reconcile import cohesion_projects, own_projects
from poliedro.monitoring.rules.policy.reconcile import KINDS, Stated, reconcile
from poliedro.reference.rules import weakest

COLUMNS = {
    "kind": pl.String,
    "cup": pl.String,
    "ours": pl.String,
    "theirs": pl.String,
    "gap_eur": pl.String,
    "our_source": pl.String,
    "their_source": pl.String,
}


def inputs(_parameters: Mapping[str, Any]) -> list[Input]:
    ours, theirs = own_projects(), cohesion_projects()
    if not theirs:
        raise NoInput("no project of OpenCoesione is loaded; load the official projects file first")
    return [_input("own projects", ours), _input("OpenCoesione projects", theirs)]


def _input(name: str, rows: Sequence[Stated]) -> Input:
    source = ", ".join(sorted({r.source for r in rows}))[:150]
    certainty = weakest([r.certainty for r in rows])
    return Input(name, checksum([[str(v) for v in astuple(r)] for r in rows]), len(rows), source, certainty)


def compute(context: Context) -> Outcome:
    """Both sides are read, compared, and each difference becomes a row."""
    context.report(0, 3, "our own projects")
    ours = own_projects()
    context.report(1, 3, "projects of OpenCoesione")
    theirs = cohesion_projects()
    context.report(2, 3, "comparing by CUP")
    found = reconcile(ours, theirs)
    here, there = {r.cup: r.source for r in ours}, {r.cup: r.source for r in theirs}
    rows = [
        {
            "kind": d.kind,
            "cup": d.cup,
            "ours": d.ours,
            "theirs": d.theirs,
            "gap_eur": None if d.gap_eur is None else str(d.gap_eur),
            "our_source": here.get(d.cup, ""),
            "their_source": there.get(d.cup, ""),
        }
        for d in found.differences
    ]
    context.report(3, 3, "done")
    headline = {
        "ours": found.ours,
        "theirs": found.theirs,
        "both": found.both,
        "agree": found.agree,
        "without_cup_here": found.without_cup_here,
        "without_cup_there": found.without_cup_there,
        **{kind.replace("-", "_"): found.count(kind) for kind in KINDS},
    }
    return Outcome({"differences": pl.DataFrame(rows, schema=COLUMNS)}, headline)


ANALYSIS = Analysis(
    KEY,
    1,
    _("Our projects and those of OpenCoesione"),
    _("Do our own projects and the national open data state the same, CUP by CUP?"),
    {"region": "own"},
    inputs,
    compute,
    (
        TableCard(
            "differences",
            _("Differences by CUP"),
            (
                ColumnCard("kind", _("Kind of difference")),
                ColumnCard("cup", "CUP"),
                ColumnCard("ours", _("What we state")),
                ColumnCard("theirs", _("What OpenCoesione states")),
                ColumnCard("gap_eur", _("Ours less theirs"), "EUR", _("amounts do not differ")),
                ColumnCard("our_source", _("Our source")),
                ColumnCard("their_source", _("Their source")),
            ),
        ),
    ),
    modelled=False,
    open=False,
)
