"""Survival of start-ups after the incubator, with support by a cluster from the day it begins (R061).

# Note [Alive longer is not helped better]
A start-up that lives longer has more time to be helped. Compared by "ever helped", help would look good even if it did
nothing. So each start-up counts as not helped up to the day of its first help, and as helped from then on.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.definitions import checksum
from poliedro.monitoring.queries.startups import (
    ANALYSIS as KEY,
)
from poliedro.monitoring.queries.startups import (
    StartUp,
    certainty_of_startups,
    startups_after_incubation,
)
from regionomics.errors import RegionomicsError

YEAR = 365.25
FEWEST = 10
"""Start-ups in a group, below which its curve stays closed; points with fewer than 3 at risk are left out, too."""
AT_RISK = 3


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    rows = [s.stored() for s in startups_after_incubation()]
    if not rows:
        raise NoInput("no start-up left an incubator with a known status; load incubatees and their status history")
    return [Input("startups", checksum(rows), len(rows), "Register of incubatees", certainty_of_startups())]


def pieces(startups: Sequence[StartUp]) -> pl.DataFrame:
    """firm, entry, duration (years since leaving), closed, helped (0/1): two rows where help began on the way."""
    rows = []
    for s in startups:
        whole = (s.last - s.left).days / YEAR
        if s.supported is None:
            rows.append((s.pk, 0.0, whole, s.closed, 0.0))
            continue
        at = (s.supported - s.left).days / YEAR
        if at > 0:
            rows.append((s.pk, 0.0, at, False, 0.0))
        rows.append((s.pk, at, whole, s.closed, 1.0))
    schema = {
        "firm": pl.Int64, "entry": pl.Float64, "duration": pl.Float64, "closed": pl.Boolean, "helped": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def ever_helped(startups: Sequence[StartUp]) -> pl.DataFrame:
    """One row a start-up, helped or not for good: the comparison that misleads."""
    return pl.DataFrame(
        {
            "firm": [s.pk for s in startups],
            "entry": [0.0] * len(startups),
            "duration": [(s.last - s.left).days / YEAR for s in startups],
            "closed": [s.closed for s in startups],
            "helped": [float(s.supported is not None) for s in startups],
        }
    )


def pace(table: pl.DataFrame, kind: str) -> dict[str, Any]:
    """By what factor help changes the pace of closing, or why that cannot be told."""
    groups = table.group_by("helped").agg(pl.col("firm").n_unique()).sort("helped")
    small = groups["firm"].min()
    if groups.height < 2 or not isinstance(small, int) or small < FEWEST:
        return {"kind": kind, "refused": f"fewer than {FEWEST} start-ups in a group"}
    try:
        row = rg.cox(table, ["helped"], duration="duration", event="closed", entry="entry", cluster="firm").to_dicts()[
            0
        ]
    except RegionomicsError as refused:
        return {"kind": kind, "refused": str(refused)}
    return {"kind": kind, "refused": "", **{c: row[c] for c in ("ratio", "low", "high", "p", "events")}}


def compute(context: Context) -> Outcome:
    startups = startups_after_incubation()
    table = pieces(startups)
    context.report(1, 2, "curves")
    curves = []
    for helped in (0.0, 1.0):
        part = table.filter(pl.col("helped") == helped)
        if part["firm"].n_unique() < FEWEST:
            continue
        # The curve of the helped begins where enough of them are under watch: help comes later than leaving.
        with warnings.catch_warnings():
            # Where none closed, or none is left, there is no interval: the page draws none.
            warnings.simplefilter("ignore", rg.InputWarning)
            curve = rg.kaplan_meier(part, duration="duration", event="closed", entry="entry")
        enough = curve.filter(pl.col("at_risk") >= AT_RISK)
        curves.append(enough.select(pl.lit(helped).alias("helped"), "time", "at_risk", "survival", "low", "high"))
    paces = [pace(table, "time-varying"), pace(ever_helped(startups), "ever-helped")]
    schema = {
        "kind": pl.String, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64,
        "events": pl.Int64, "refused": pl.String,
    }  # fmt: skip
    tables = {
        "curves": pl.concat(curves) if curves else pl.DataFrame(schema=dict.fromkeys(_CURVE, pl.Float64)),
        "pace": pl.DataFrame([{k: p.get(k) for k in schema} for p in paces], schema=schema),
    }
    tables["curves"] = tables["curves"].select(pl.col(c).cast(pl.Float64) for c in _CURVE)
    years = sorted(s.left.year for s in startups)
    known = len(startups)
    headline = {
        "startups": known,
        "helped": sum(s.supported is not None for s in startups),
        "closed": sum(s.closed for s in startups),
    }
    return Outcome(tables, headline, f"{years[0]}-{max(s.last.year for s in startups)}")


_CURVE = ("helped", "time", "at_risk", "survival", "low", "high")
ANALYSIS = Analysis(
    KEY,
    1,
    _("Survival of start-ups after the incubator"),
    _("Do start-ups survive after the incubator, and does support by a cluster change it?"),
    {"fewest": FEWEST},
    inputs,
    compute,
    (
        TableCard(
            "curves",
            _("Survival curves"),
            (
                ColumnCard("helped", _("Helped by a cluster (1) or not (0)")),
                ColumnCard("time", _("Years since leaving"), _("years")),
                ColumnCard("at_risk", _("Start-ups at risk"), _("start-ups")),
                ColumnCard("survival", _("Share still there"), _("share"), _("nobody is at risk")),
                ColumnCard("low", _("Low"), _("share"), _("no closing yet")),
                ColumnCard("high", _("High"), _("share"), _("no closing yet")),
            ),
        ),
        TableCard(
            "pace",
            _("Pace of closing, helped against not helped"),
            (
                ColumnCard("kind", _("Comparison")),
                ColumnCard("ratio", _("Ratio of paces"), "", _("cannot be told")),
                ColumnCard("low", _("Low"), "", _("cannot be told")),
                ColumnCard("high", _("High"), "", _("cannot be told")),
                ColumnCard("p", _("p-value"), "", _("cannot be told")),
                ColumnCard("events", _("Start-ups that closed"), _("start-ups")),
                ColumnCard("refused", _("Why there is no estimate")),
            ),
        ),
    ),
)
