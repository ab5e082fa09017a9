"""Location quotients with intervals, and cluster stars, for every region and industry."""

from __future__ import annotations

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Outcome, TableCard
from poliedro.evidence.runs.presence import TABLE, one_input


def compute(context: Context) -> Outcome:
    key = context.parameters["table"]
    panel = read_panel(key, engine=context.engine)
    units = read_panel(key, panel.layout.units, engine=context.engine)
    context.report(1, 3, "quotients")
    parts = [_year(panel, units, year) for year in panel.years]
    context.report(2, 3, "stars")
    last = panel.years[-1]
    stars = panel.detail(rg.cluster_stars(panel.of(last), minimum=float(context.parameters["minimum"])))
    stars = stars.filter(pl.col("stars") > 0).select(
        "place", "activity", "value", "location_quotient", "share", "size", "specialisation", "focus", "stars"
    )
    table = pl.concat(parts).sort("year", "place", "activity")
    lacking = panel.missing.sort("year", "place").select("year", "place", "missing")
    return Outcome(
        {"quotients": table, "stars": stars.sort("place", "activity"), "missing": lacking},
        {"year": last, "years": panel.years, "regions": int(panel.of(last)["place"].n_unique())},
        f"{panel.years[0]}-{last}",
    )


def _year(panel: Panel, units: Panel, year: int) -> pl.DataFrame:
    """Quotients against all regions, with intervals where establishments are known, and against the own country."""
    rows = panel.of(year).join(units.of(year).rename({"value": "units"}), on=["place", "activity"], how="left")
    # An establishment count that is withheld must not make its jobs count as none: take the activity's mean size.
    size = (
        rows.drop_nulls("units")
        .filter(pl.col("units") > 0)
        .group_by("activity")
        .agg(size=pl.col("value").sum() / pl.col("units").sum())
    )
    rows = rows.join(size, on="activity", how="left").with_columns(
        units=pl.coalesce("units", pl.col("value") / pl.col("size"), "value").fill_nan(0.0)
    )
    rows = rows.with_columns(units=pl.when(pl.col("units").is_infinite()).then(0.0).otherwise(pl.col("units")))
    shrunk = rg.shrunk_location_quotient(rows.select("place", "activity", "value", "units"), units="units")
    country = rows.with_columns(country=_country(panel))
    home = rg.location_quotient(country.select("country", "place", "activity", "value"), by="country").rename(
        {"location_quotient": "national"}
    )
    out = (
        rows.select("place", "activity", "value")
        .join(shrunk, on=["place", "activity"], how="left")
        .join(home.select("place", "activity", "national"), on=["place", "activity"], how="left")
        .with_columns(year=pl.lit(year, pl.Int64))
    )
    return panel.detail(out).select(
        "year", "place", "activity", "value", "location_quotient", "shrunk", "low", "high", "national"
    )


def _country(panel: Panel) -> pl.Expr:
    """The country of a place by its code; one country where codes do not tell."""
    return pl.col("place").str.slice(0, 2) if panel.layout.key == "nace" else pl.lit("US")


_NOBODY = _("nobody is counted in the region or the industry")
ANALYSIS = Analysis(
    "specialisation",
    1,
    _("Specialisation of regions"),
    _("What does each region do more than others?"),
    {"table": TABLE, "minimum": 1000},
    one_input,
    compute,
    (
        TableCard(
            "quotients",
            _("Location quotients"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("place", _("Region")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("value", _("Persons employed"), _("persons")),
                ColumnCard("location_quotient", _("Location quotient, all regions"), _("ratio"), _NOBODY),
                ColumnCard("shrunk", _("Shrunk location quotient"), _("ratio"), _NOBODY),
                ColumnCard("low", _("Low (95%)"), _("ratio"), _NOBODY),
                ColumnCard("high", _("High (95%)"), _("ratio"), _NOBODY),
                ColumnCard("national", _("Location quotient, own country"), _("ratio"), _NOBODY),
            ),
        ),
        TableCard(
            "stars",
            _("Cluster stars"),
            (
                ColumnCard("place", _("Region")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("value", _("Persons employed"), _("persons")),
                ColumnCard("location_quotient", _("Location quotient"), _("ratio")),
                ColumnCard("share", _("Share of the region"), _("share")),
                ColumnCard("size", _("Star of size")),
                ColumnCard("specialisation", _("Star of specialisation")),
                ColumnCard("focus", _("Star of focus")),
                ColumnCard("stars", _("Stars")),
            ),
        ),
        TableCard(
            "missing",
            _("What is not published"),
            (
                ColumnCard("year", _("Year")),
                ColumnCard("place", _("Region")),
                ColumnCard("missing", _("Sections not published"), _("sections")),
            ),
        ),
    ),
)
