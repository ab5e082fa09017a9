"""Location quotients with intervals, and cluster stars, for every region and industry."""

from __future__ import annotations

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, read_panel
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Outcome, TableCard
from poliedro.evidence.runs.presence import TABLE, one_input

PLANT_CV = 2.0
"""Standard deviation of the size of establishments over its mean, within an industry. The tables give no sizes; firms'
sizes are strongly skewed (a log-normal with sigma 1.27 has 2), and a smaller value would make intervals too short."""


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
    """Quotients against all regions, with intervals, and against the own country, for places whose totals are whole.

    The plain quotients compare with the sum of all that any region publishes, the regions that withhold sections among
    them; the shrunk one, like presence elsewhere, compares with the whole places that state the activity.

    Where a number of establishments is withheld, the industry's mean size stands in for the place's.
    """
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
    published = panel.frame.filter(year=year).select("place", "activity", "value", country=_country(panel))
    home = rg.location_quotient(published, by="country").rename({"location_quotient": "national"})
    plain = rg.location_quotient(published.drop("country"))
    out = (
        rows.select("place", "activity", "value")
        .join(plain, on=["place", "activity"])
        .join(_shrunk(panel, rows), on=["place", "activity"], how="left")
        .join(home.select("place", "activity", "national"), on=["place", "activity"], how="left")
        .with_columns(year=pl.lit(year, pl.Int64))
    )
    return panel.detail(out).select(
        "year", "place", "activity", "value", "location_quotient", "shrunk", "low", "high", "national"
    )


def _shrunk(panel: Panel, rows: pl.DataFrame) -> pl.DataFrame:
    """place, activity, shrunk, low, high: each activity against all others, over the places that state it."""
    totals = rows.group_by("place").agg(total=pl.col("value").sum(), all_units=pl.col("units").sum())
    own = panel.detail(rows).select("place", "value", "units", target="activity", activity=pl.lit("own"))
    rest = (
        panel.detail(rows)
        .join(totals, on="place")
        .select(
            "place",
            value=(pl.col("total") - pl.col("value")).clip(lower_bound=0.0),
            units=(pl.col("all_units") - pl.col("units")).clip(lower_bound=0.0),
            target="activity",
            activity=pl.lit("rest"),
        )
    )
    both = pl.concat([own, rest.select(own.columns)]).sort("target", "place", "activity")
    found: pl.DataFrame = rg.shrunk_location_quotient(both, units="units", unit_cv=PLANT_CV, by="target")
    return found.filter(activity="own").select("place", "shrunk", "low", "high", activity="target")


def _country(panel: Panel) -> pl.Expr:
    """The country of a place by its code; one country where codes do not tell."""
    return pl.col("place").str.slice(0, 2) if panel.layout.key == "nace" else pl.lit("US")


_NOBODY = _("nobody is counted in the region or the industry")
ANALYSIS = Analysis(
    "specialisation",
    2,
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
