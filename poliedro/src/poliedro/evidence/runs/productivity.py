"""Productivity watch: value added per person by country, wages per person by region, and what moved them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _
from scipy.stats import t as student

from poliedro.evidence.runs.activity import input_of, inputs_of, layout_of, read_panel, scan, statistics
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.options import NATIONAL, PEOPLE, VALUE_ADDED
from poliedro.evidence.runs.presence import TABLE

WAGES = "V13320"


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    found = inputs_of(str(parameters["table"]))
    if layout_of(statistics(str(parameters["table"]))).key != "nace":
        raise NoInput("productivity needs wages or value added, which the table does not have; use a Eurostat table")
    with suppress(NoInput):  # regions alone, by their wages
        found.append(input_of(str(parameters["national"])))
    return found


def compute(context: Context) -> Outcome:
    cells = pl.concat([_regions(context), _countries(context)]).sort("place", "year", "activity")
    everybody = _everybody(context)
    context.report(1, 2, "shift-share")
    first, last = int(str(cells["year"].min())), int(str(cells["year"].max()))
    tables = {"levels": _covered(_levels(cells), everybody), "trend": _trend(cells), "parts": _parts(cells)}
    return Outcome(tables, {"year": last, "first": first}, f"{first}-{last}")


def _regions(context: Context) -> pl.DataFrame:
    """place, measure, year, activity, amount (euro), people: wages by division of regions."""
    key = context.parameters["table"]
    panel = read_panel(key, engine=context.engine)
    wages = read_panel(key, WAGES, engine=context.engine)
    people = panel.frame.rename({"value": "people"})
    both = wages.frame.rename({"value": "amount"}).join(people, on=["place", "activity", "year"])
    both = panel.detail(both)
    return both.filter(pl.col("people") > 0).select(
        "place", pl.lit("wages").alias("measure"), "year", "activity", pl.col("amount") * 1e6, "people"
    )


def _countries(context: Context) -> pl.DataFrame:
    """The same of countries, with value added."""
    schema = {
        "place": pl.String, "measure": pl.String, "year": pl.Int64, "activity": pl.String, "amount": pl.Float64,
        "people": pl.Float64,
    }  # fmt: skip
    try:
        table = statistics(str(context.parameters["national"]))
    except NoInput:
        return pl.DataFrame(schema=schema)
    frame: pl.DataFrame = (
        scan(table, context.engine)
        .filter(
            nw.col("indicator").is_in([VALUE_ADDED, PEOPLE]),
            nw.col("territory").str.contains("^[A-Z]{2}$"),
            nw.col("activity").str.contains(layout_of(table).detail),
            ~nw.col("value").is_null(),
        )
        .select("territory", "activity", "indicator", nw.col("year").cast(nw.Int64), "value")
        .collect("polars")
        .to_native()
    )
    wide = frame.pivot("indicator", index=["territory", "activity", "year"], values="value", aggregate_function="first")
    if not {VALUE_ADDED, PEOPLE} <= set(wide.columns):
        return pl.DataFrame(schema=schema)
    known: pl.DataFrame = wide.drop_nulls([VALUE_ADDED, PEOPLE]).filter(pl.col(PEOPLE) > 0)
    return known.select(
        pl.col("territory").alias("place"), pl.lit("value_added").alias("measure"), "year", "activity",
        (pl.col(VALUE_ADDED) * 1e6).alias("amount"), pl.col(PEOPLE).alias("people"),
    )  # fmt: skip


def _same(cells: pl.DataFrame) -> pl.DataFrame:
    """Only activities that a place states in every year it has, so that a gap in the table is no change."""
    years = cells.group_by("place", "measure").agg(years=pl.col("year").n_unique())
    own = cells.group_by("place", "measure", "activity").agg(own=pl.col("year").n_unique())
    keep = own.join(years, on=["place", "measure"]).filter(pl.col("own") == pl.col("years"))
    return cells.join(keep.select("place", "measure", "activity"), on=["place", "measure", "activity"])


def _levels(cells: pl.DataFrame) -> pl.DataFrame:
    return (
        _same(cells)
        .group_by("place", "measure", "year")
        .agg(
            per_person=pl.col("amount").sum() / pl.col("people").sum(), people=pl.col("people").sum(),
            activities=pl.len().cast(pl.Int64),
        )
        .sort("place", "measure", "year")
    )  # fmt: skip


def _everybody(context: Context) -> pl.DataFrame:
    """place, year, everybody: persons employed in all sections of a region, where these are known."""
    panel = read_panel(context.parameters["table"], engine=context.engine)
    whole = panel.frame.join(panel.whole(), on=["place", "year"])
    return (
        whole.sort("place", "year", "activity")
        .group_by("place", "year", maintain_order=True)
        .agg(everybody=pl.col("value").sum())
    )


def _covered(levels: pl.DataFrame, everybody: pl.DataFrame) -> pl.DataFrame:
    """The same with the share of the region's people that the industries counted have."""
    joined = levels.join(everybody, on=["place", "year"], how="left", maintain_order="left")
    return joined.with_columns(covered=pl.col("people") / pl.col("everybody")).drop("everybody")


def _trend(cells: pl.DataFrame) -> pl.DataFrame:
    """Yearly growth of the level, by least squares on its logarithm, with Student's 95% interval."""
    rows: list[dict[str, Any]] = []
    for (place, measure), part in _levels(cells).group_by("place", "measure", maintain_order=True):
        year, level = part["year"].to_numpy().astype(float), part["per_person"].to_numpy()
        n = len(year)
        if n < 4 or (level <= 0).any():
            continue
        centred, logs = year - year.mean(), np.log(level)
        slope = float(centred @ logs / (centred @ centred))
        rest = logs - logs.mean() - slope * centred
        error = float(np.sqrt(rest @ rest / (n - 2) / (centred @ centred)))
        half = float(student.ppf(0.975, n - 2)) * error
        rows.append(
            {
                "place": place, "measure": measure, "first": int(year.min()), "last": int(year.max()), "years": n,
                "growth": float(np.expm1(slope)), "low": float(np.expm1(slope - half)),
                "high": float(np.expm1(slope + half)),
            }
        )  # fmt: skip
    schema = {
        "place": pl.String, "measure": pl.String, "first": pl.Int64, "last": pl.Int64, "years": pl.Int64,
        "growth": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _parts(cells: pl.DataFrame) -> pl.DataFrame:
    """Shift-share of the change from a place's first to its last year, by activity; within + between = change.

    within: mean share of people times the change of the level; between: change of the share times the mean level's
    distance from the mean of all. Source: Griliches and Regev (1995), doi:10.1016/0304-4076(94)01601-U.
    """
    same = _same(cells)
    same = same.with_columns(
        share=pl.col("people") / pl.col("people").sum().over("place", "measure", "year"),
        level=pl.col("amount") / pl.col("people"),
        total=pl.col("amount").sum().over("place", "measure", "year")
        / pl.col("people").sum().over("place", "measure", "year"),
        first=pl.col("year").min().over("place", "measure"),
        last=pl.col("year").max().over("place", "measure"),
    )
    start, end = same.filter(pl.col("year") == pl.col("first")), same.filter(pl.col("year") == pl.col("last"))
    both = start.join(end, on=["place", "measure", "activity", "first", "last"], suffix="_end").filter(
        pl.col("first") < pl.col("last")
    )
    mean = (pl.col("total") + pl.col("total_end")) / 2
    return both.select(
        "place", "measure", "first", "last", "activity",
        within=(pl.col("share") + pl.col("share_end")) / 2 * (pl.col("level_end") - pl.col("level")),
        between=(pl.col("share_end") - pl.col("share")) * ((pl.col("level") + pl.col("level_end")) / 2 - mean),
        share_from="share", share_to="share_end", level_from="level", level_to="level_end",
    ).sort("place", "measure", "activity")  # fmt: skip


ANALYSIS = Analysis(
    "productivity",
    2,
    _("Productivity watch"),
    _("Is productivity growing, and what moved it?"),
    {"table": TABLE, "national": NATIONAL},
    inputs,
    compute,
    (
        TableCard(
            "levels",
            _("Level by year"),
            (
                ColumnCard("place", _("Place")),
                ColumnCard("measure", _("Measure")),
                ColumnCard("year", _("Year")),
                ColumnCard("per_person", _("Per person employed"), _("EUR, current prices")),
                ColumnCard("people", _("Persons employed"), _("persons")),
                ColumnCard("activities", _("Industries counted"), _("industries")),
                ColumnCard("covered", _("Share of all people that they have"), _("share"), _("the total is not known")),
            ),
        ),
        TableCard(
            "trend",
            _("Yearly growth"),
            (
                ColumnCard("place", _("Place")),
                ColumnCard("measure", _("Measure")),
                ColumnCard("first", _("From")),
                ColumnCard("last", "To"),
                ColumnCard("years", _("Years"), _("years")),
                ColumnCard("growth", _("Growth a year"), _("share")),
                ColumnCard("low", _("Low (95%)"), _("share")),
                ColumnCard("high", _("High (95%)"), _("share")),
            ),
        ),
        TableCard(
            "parts",
            _("Shift-share by industry"),
            (
                ColumnCard("place", _("Place")),
                ColumnCard("measure", _("Measure")),
                ColumnCard("first", _("From")),
                ColumnCard("last", "To"),
                ColumnCard("activity", _("Industry")),
                ColumnCard("within", _("Within the industry"), "EUR"),
                ColumnCard("between", _("By moving between industries"), "EUR"),
                ColumnCard("share_from", _("Share of people, first"), _("share")),
                ColumnCard("share_to", _("Share of people, last"), _("share")),
                ColumnCard("level_from", _("Per person, first"), "EUR"),
                ColumnCard("level_to", _("Per person, last"), "EUR"),
            ),
        ),
    ),
)
