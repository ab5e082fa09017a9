"""Complexity of regions and of industries, year by year."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Outcome, TableCard
from poliedro.evidence.runs.presence import TABLE, counted, one_input, presences

WAGES = "V13320"
"""Eurostat: wages and salaries, million euro."""


def complexity_of(panel: Panel, found: pl.DataFrame, context: Context) -> tuple[Any, str]:
    """Complexity by year, and what its sign was taken from: "wages" or "diversity".

    The method leaves the sign open. Where the table has wages, complexity rises with the mean wage per person employed:
    the poorer regions of Europe have more industries than the richer ones, so the usual sign would turn the scale.
    """
    guide = None
    if panel.layout.key == "nace":
        wages = read_panel(context.parameters["table"], WAGES, engine=context.engine).frame
        sums = [
            frame.group_by("place").agg(pl.col("value").sum().alias(name))
            for name, frame in (("wages", wages), ("people", panel.frame))
        ]
        both = sums[0].join(sums[1], on="place").filter(pl.col("people") > 0, pl.col("wages") > 0)
        if both.height > 2:
            guide = both.select("place", eci=pl.col("wages") / pl.col("people")).sort("place")
    result = rg.economic_complexity(found, value="present", presence="given", by="year", reference=guide)
    return result, "diversity" if guide is None else "wages"


def compute(context: Context) -> Outcome:
    panel = read_panel(context.parameters["table"], engine=context.engine)
    context.report(1, 2, "presences")
    warned: list[str] = []
    found = presences(panel)
    with counted(warned):
        result, sign = complexity_of(panel, found, context)
    diversity = found.group_by("year", "place").agg(diversity=pl.col("present").sum())
    ubiquity = found.group_by("year", "activity").agg(ubiquity=pl.col("present").sum())
    places = (
        result.places.join(diversity, on=["year", "place"])
        .with_columns(
            rank=pl.col("eci").rank("min", descending=True).over("year").cast(pl.Int64),
            ranked=pl.col("eci").count().over("year").cast(pl.Int64),
        )
        .select("year", "place", "eci", "rank", "ranked", "diversity")
        .sort("year", "place")
    )
    activities = (
        result.activities.join(ubiquity, on=["year", "activity"])
        .select("year", "activity", "pci", "ubiquity")
        .sort("year", "activity")
    )
    gaps = result.diagnostics.select("year", "lambda2", "gap", "components", "places", "activities").sort("year")
    last = panel.years[-1]
    return Outcome(
        {"places": places, "activities": activities, "diagnostics": gaps},
        {"year": last, "regions": int(places.filter(year=last)["eci"].count()), "sign": sign, "warnings": warned},
        f"{panel.years[0]}-{last}",
    )


ANALYSIS = Analysis(
    "complexity",
    2,
    _("Complexity of regions and industries"),
    _("Which regions do what few others can?"),
    {"table": TABLE},
    one_input,
    compute,
    (
        TableCard(
            "places",
            _("Economic complexity of regions"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("place", _("Region")),
                ColumnCard(
                    "eci", _("Economic complexity"), _("standard deviations"), _("the table does not determine it")
                ),
                ColumnCard("rank", _("Rank"), "", _("the table does not determine it")),
                ColumnCard("ranked", _("Regions ranked")),
                ColumnCard("diversity", _("Industries present"), _("industries")),
            ),
        ),
        TableCard(
            "activities",
            _("Complexity of industries"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("activity", _("Industry")),
                ColumnCard(
                    "pci", _("Industry complexity"), _("standard deviations"), _("the table does not determine it")
                ),
                ColumnCard("ubiquity", _("Regions specialised in it"), _("regions")),
            ),
        ),
        TableCard(
            "diagnostics",
            _("How well the ranking is determined"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("lambda2", _("Second eigenvalue")),
                ColumnCard("gap", _("Gap to the third eigenvalue")),
                ColumnCard("components", _("Disconnected groups")),
                ColumnCard("places", _("Regions used")),
                ColumnCard("activities", _("Industries used")),
            ),
        ),
    ),
)
