"""Variety of regions, unrelated and related, year by year."""

from __future__ import annotations

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Outcome, TableCard
from poliedro.evidence.runs.presence import TABLE, one_input


def compute(context: Context) -> Outcome:
    """Sections and their shown activities; what a section holds beyond them counts as one activity of it."""
    panel = read_panel(context.parameters["table"], engine=context.engine)
    context.report(1, 2, "variety")
    codes = panel.frame["activity"].unique().to_list()
    sections = {c: c[:-1] if c.endswith("*") else panel.layout.section_of(c) for c in codes}
    rows = pl.concat([panel.of(year).with_columns(year=pl.lit(year, pl.Int64)) for year in panel.years])
    rows = rows.with_columns(section=pl.col("activity").replace_strict(sections, return_dtype=pl.String))
    result = rg.variety_decomposition(rows, levels=["section", "activity"], by="year")
    hidden = rows.group_by("year", "place").agg(
        hidden=pl.col("value").filter(pl.col("activity").str.ends_with("*")).sum() / pl.col("value").sum()
    )
    table = (
        result.join(hidden, on=["year", "place"])
        .select("year", "place", "total", "unrelated", "related", "hidden")
        .sort("year", "place")
    )
    last = panel.years[-1]
    return Outcome({"variety": table}, {"year": last}, f"{panel.years[0]}-{last}")


ANALYSIS = Analysis(
    "variety",
    2,
    _("Related and unrelated variety"),
    _("How evenly is the economy spread, within and between its sectors?"),
    {"table": TABLE},
    one_input,
    compute,
    (
        TableCard(
            "variety",
            _("Variety of regions"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("place", _("Region")),
                ColumnCard("total", _("Total variety"), _("bits"), _("nobody is counted there")),
                ColumnCard("unrelated", _("Unrelated variety"), _("bits"), _("nobody is counted there")),
                ColumnCard("related", _("Related variety"), _("bits"), _("nobody is counted there")),
                ColumnCard("hidden", _("Share not shown by division"), _("share")),
            ),
        ),
    ),
    modelled=False,
)
