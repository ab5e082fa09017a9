"""Industries that regions do not have yet: how related to what they have, how valuable, and how such options fared."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from math import sqrt
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _
from sklearn.metrics import roc_auc_score

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, input_of, layout_of, scan, statistics
from poliedro.evidence.runs.activity import read_panel as read
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.complexity import complexity_of
from poliedro.evidence.runs.presence import TABLE, counted, presences, quotients
from poliedro.reference.models import Territory

NATIONAL = "sbs_na_sca_r2"
"""The table of countries by activity with value added, which regions' tables do not have."""
VALUE_ADDED, PEOPLE = "V12150", "V16110"
NEIGHBOURS = 5
GRID = tuple(range(30, 75, 5))
"""Percentiles at which the two thresholds of the quadrants are tried."""
Z = 1.959963984540054


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    found = [input_of(str(parameters["table"]))]
    with suppress(NoInput):  # the value axis is then complexity alone, and the column says so
        found.append(input_of(str(parameters["national"])))
    return found


def compute(context: Context) -> Outcome:
    panel = read(context.parameters["table"], engine=context.engine)
    last = panel.years[-1]
    found = presences(panel)
    now = found.filter(year=last).drop("year")
    context.report(1, 4, "relatedness")
    phi = rg.relatedness(now, value="present", presence="given")
    density = rg.relatedness_density(now, phi, value="present", presence="given")
    warned: list[str] = []
    with counted(warned):
        pci = complexity_of(panel, found.filter(year=last), context)[0].activities.select("activity", "pci")
    context.report(2, 4, "backtest")
    lq = quotients(panel)
    scores, calibration = backtest(found, lq)
    context.report(3, 4, "options")
    table = (
        now.join(lq.filter(year=last).drop("year"), on=["place", "activity"], how="left")
        .join(density, on=["place", "activity"], how="left")
        .join(pci, on="activity", how="left")
        .join(value_added(context, panel), on=["place", "activity"], how="left")
    )
    # A number that is not published may be above 1 or below: such a pair is neither present nor an option.
    unknown = pl.col("value").is_null() & (pl.col("present") == 0)
    table = table.with_columns(present=pl.when(unknown).then(None).otherwise(pl.col("present")))
    table = _with_rates(table, calibration)
    table = table.join(_steadiness(table), on=["place", "activity"], how="left")
    columns = (
        "place", "activity", "value", "location_quotient", "present", "density", "pci", "value_added", "entry_rate",
        "entry_low", "entry_high", "steadiness",
    )  # fmt: skip
    table = table.select(columns).sort("place", "activity")
    longest = scores.filter(score="density").sort("year_from", "year")
    auc = longest["auc"].to_list()
    return Outcome(
        {"options": table, "backtest": scores, "calibration": calibration},
        {"year": last, "auc": auc[-1] if auc else None, "warnings": warned},
        f"{panel.years[0]}-{last}",
    )


def backtest(found: pl.DataFrame, lq: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How well density at the start foresaw entries, against chance and what is known without it.

    Every pair of years of the panel; entries: pairs below a location quotient of 1 at the start and at or above it at
    the end, both published: a number that is withheld in one year and published in the other is no entry. Scores:
    density; location_quotient (what is there already); ubiquity (how common the industry is);
    neighbours (share of the five nearest regions that have it); random.
    """
    years = found["year"].unique().sort().to_list()
    near = _nearest(found["place"].unique().sort().to_list())
    scores: list[dict[str, Any]] = []
    deciles: list[dict[str, Any]] = []
    for step in range(1, len(years)):
        panel = rg.entry_panel(found, value="present", presence="given", step=step)
        for start in years[:-step]:
            end = years[years.index(start) + step]
            rows = panel.filter(year_from=start, year=end)
            if rows.is_empty():
                continue
            begun = found.filter(year=start)
            ended = lq.filter(year=end).select("place", "activity")
            rows = (
                rows.drop("location_quotient")
                .join(lq.filter(year=start).select("place", "activity", "location_quotient"), on=["place", "activity"])
                .join(ended, on=["place", "activity"], how="semi")
                .join(_among(near, begun), on=["place", "activity"], how="left")
            )
            entered = rows["entry"].to_numpy()
            for name in ("density", "location_quotient", "ubiquity", "neighbours"):
                values = rows[name]
                known = int(values.count())
                scores.append(
                    {
                        "year_from": start, "year": end, "score": name, "n": rows.height,
                        "entries": int(entered.sum()),
                        "auc": _auc(values.fill_null(-1).to_numpy(), entered) if known else None,
                    }
                )  # fmt: skip
            scores.append(
                {
                    "year_from": start, "year": end, "score": "random", "n": rows.height,
                    "entries": int(entered.sum()), "auc": 0.5,
                }
            )  # fmt: skip
            deciles += _deciles(rows.drop_nulls("density"), start, end)
    schema = {
        "year_from": pl.Int64, "year": pl.Int64, "score": pl.String, "n": pl.Int64, "entries": pl.Int64,
        "auc": pl.Float64,
    }  # fmt: skip
    kept = {
        "year_from": pl.Int64, "year": pl.Int64, "decile": pl.Int64, "density_from": pl.Float64,
        "density_to": pl.Float64, "n": pl.Int64, "entries": pl.Int64, "rate": pl.Float64, "low": pl.Float64,
        "high": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(scores, schema=schema), pl.DataFrame(deciles, schema=kept)


def _auc(score: np.ndarray, entered: np.ndarray) -> float | None:
    return float(roc_auc_score(entered, score)) if 0 < entered.sum() < len(entered) else None


def _deciles(rows: pl.DataFrame, start: int, end: int) -> list[dict[str, Any]]:
    """Entries by tenth of density, with Wilson's 95% interval of the rate."""
    rows = rows.sort("density", "place", "activity").with_row_index("order")
    rows = rows.with_columns(decile=(pl.col("order") * 10 // max(rows.height, 1) + 1).cast(pl.Int64))
    out = []
    for (decile,), part in sorted(rows.group_by("decile"), key=lambda pair: pair[0][0]):
        n, entries = part.height, int(part["entry"].sum())
        low, high = wilson(entries, n)
        out.append(
            {
                "year_from": start, "year": end, "decile": decile, "density_from": part["density"].min(),
                "density_to": part["density"].max(), "n": n, "entries": entries, "rate": entries / n, "low": low,
                "high": high,
            }
        )  # fmt: skip
    return out


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95% interval of a share. Source: Wilson (1927), doi:10.1080/01621459.1927.10502953."""
    p, z2 = hits / n, Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _nearest(places: list[str]) -> dict[str, list[str]]:
    """The nearest places that the table has, by distance between centres; none where no borders are loaded."""
    where = {
        code: (lat, lon)
        for code, lat, lon in Territory.objects.filter(level="nuts2", code__in=places).values_list(
            "code", "latitude", "longitude"
        )
        if lat is not None and lon is not None
    }
    codes = sorted(where)
    if len(codes) < 2:
        return {}
    lat = np.radians([where[c][0] for c in codes])
    lon = np.radians([where[c][1] for c in codes])
    a = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    np.fill_diagonal(a, np.inf)
    order = np.argsort(a, axis=1, kind="stable")[:, :NEIGHBOURS]
    return {code: [codes[j] for j in order[i]] for i, code in enumerate(codes)}


def _among(near: dict[str, list[str]], begun: pl.DataFrame) -> pl.DataFrame:
    """place, activity, neighbours: the share of the nearest places that have the activity (null: no borders)."""
    schema = {"place": pl.String, "neighbour": pl.String}
    pairs = pl.DataFrame([(p, n) for p, ns in near.items() for n in ns], schema=schema, orient="row")
    return (
        pairs.join(begun.rename({"place": "neighbour"}), on="neighbour")
        .group_by("place", "activity")
        .agg(neighbours=pl.col("present").mean())
    )


def _with_rates(table: pl.DataFrame, calibration: pl.DataFrame) -> pl.DataFrame:
    """Give each absent option the entry rate of its tenth of density, from the pair of years furthest apart."""
    names = {"rate": "entry_rate", "low": "entry_low", "high": "entry_high"}
    if calibration.is_empty():
        return table.with_columns(pl.lit(None, pl.Float64).alias(n) for n in names.values())
    span = calibration.with_columns(span=pl.col("year") - pl.col("year_from"))
    longest = span.filter(pl.col("span") == pl.col("span").max()).sort("decile")
    edges = longest["density_to"].to_list()[:-1]
    tenth = longest.select("decile", *(pl.col(old).alias(new) for old, new in names.items()))
    above = [(pl.col("density") > edge).cast(pl.Int64) for edge in edges]
    decile = pl.when(pl.col("density").is_not_null()).then(pl.sum_horizontal(pl.lit(1, pl.Int64), *above))
    table = table.with_columns(decile=decile).join(tenth, on="decile", how="left").drop("decile")
    return table.with_columns(pl.when(pl.col("present") == 0).then(pl.col(n)).alias(n) for n in names.values())


def _steadiness(table: pl.DataFrame) -> pl.DataFrame:
    """The share of threshold pairs at which an option counts as both related and of high value: 1 is beyond doubt.

    Value is the country's value added per person, or complexity where a country's is not known. Thresholds run from the
    30th to the 70th percentile of the region's absent industries, for both axes.
    """
    absent = table.filter(pl.col("present") == 0).drop_nulls("density")
    has = pl.col("value_added").is_not_null().any().over("place")
    absent = absent.with_columns(worth=pl.when(has).then("value_added").otherwise("pci")).drop_nulls("worth")
    parts = []
    for (place,), rows in absent.group_by("place", maintain_order=True):
        d, c = rows["density"].to_numpy(), rows["worth"].to_numpy()
        related = (d[:, None] >= np.percentile(d, GRID)).mean(axis=1)
        complex_ = (c[:, None] >= np.percentile(c, GRID)).mean(axis=1)
        parts.append(
            pl.DataFrame({"place": [place] * len(d), "activity": rows["activity"], "steadiness": related * complex_})
        )
    schema = {"place": pl.String, "activity": pl.String, "steadiness": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def value_added(context: Context, panel: Panel) -> pl.DataFrame:
    """place, activity, value_added: euro per person employed, of the activity in the place's country and last year."""
    schema = {"place": pl.String, "activity": pl.String, "value_added": pl.Float64}
    if panel.layout.key != "nace":
        return pl.DataFrame(schema=schema)
    last = panel.years[-1]
    try:
        national = statistics(str(context.parameters["national"]))
    except NoInput:
        return pl.DataFrame(schema=schema)
    layout = layout_of(national)
    frame = (
        scan(national, context.engine)
        .filter(
            nw.col("indicator").is_in([VALUE_ADDED, PEOPLE]),
            nw.col("territory").str.contains("^[A-Z]{2}$"),
            nw.col("activity").str.contains(layout.detail),
            nw.col("year") <= last,
            ~nw.col("value").is_null(),
        )
        .select("territory", "activity", "indicator", "year", "value")
        .collect("polars")
        .to_native()
    )
    wide = frame.pivot("indicator", index=["territory", "activity", "year"], values="value", aggregate_function="first")
    if not {VALUE_ADDED, PEOPLE} <= set(wide.columns):
        return pl.DataFrame(schema=schema)
    latest = (
        wide.drop_nulls([VALUE_ADDED, PEOPLE])
        .filter(pl.col(PEOPLE) > 0)
        .sort("territory", "activity", "year")
        .unique(["territory", "activity"], keep="last", maintain_order=True)
        .select("territory", "activity", value_added=1e6 * pl.col(VALUE_ADDED) / pl.col(PEOPLE))
    )
    places = panel.of(last).select("place").unique().sort("place")
    return (
        places.with_columns(territory=pl.col("place").str.slice(0, 2)).join(latest, on="territory").drop("territory")
    ).select("place", "activity", "value_added")


_NOT_PUBLISHED = _("not published, or nobody")
ANALYSIS = Analysis(
    "options",
    2,
    _("Diversification options"),
    _("Where could the economy go from here?"),
    {"table": TABLE, "national": NATIONAL},
    inputs,
    compute,
    (
        TableCard(
            "options",
            _("Industries by region: what there is and what could be"),
            (
                ColumnCard("place", _("Region")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("value", _("Persons employed"), _("persons"), _NOT_PUBLISHED),
                ColumnCard("location_quotient", _("Location quotient"), _("ratio"), _NOT_PUBLISHED),
                ColumnCard("present", _("Present"), "", _("not published")),
                ColumnCard("density", _("Relatedness density"), "0-100", _("the industry is related to nothing")),
                ColumnCard(
                    "pci", _("Industry complexity"), _("standard deviations"), _("the table does not determine it")
                ),
                ColumnCard(
                    "value_added", _("Value added per person, country"), "EUR", _("not published for the country")
                ),
                ColumnCard("entry_rate", _("Entries of such options"), _("share"), _("the industry is there already")),
                ColumnCard("entry_low", _("Entries, low"), _("share"), _("the industry is there already")),
                ColumnCard("entry_high", _("Entries, high"), _("share"), _("the industry is there already")),
                ColumnCard("steadiness", _("Steadiness"), _("share"), _("the industry is there already")),
            ),
        ),
        TableCard(
            "backtest",
            _("How well earlier densities foresaw entries"),
            (
                ColumnCard("year_from", _("From")),
                ColumnCard("year", "To"),
                ColumnCard("score", _("Score")),
                ColumnCard("n", _("Pairs at risk"), _("pairs")),
                ColumnCard("entries", _("Entries"), _("pairs")),
                ColumnCard("auc", "AUC", "0-1", _("nothing entered, or the score is not known")),
            ),
        ),
        TableCard(
            "calibration",
            _("Entries by tenth of density"),
            (
                ColumnCard("year_from", _("From")),
                ColumnCard("year", "To"),
                ColumnCard("decile", _("Tenth of density")),
                ColumnCard("density_from", _("Density from")),
                ColumnCard("density_to", _("Density to")),
                ColumnCard("n", _("Pairs at risk"), _("pairs")),
                ColumnCard("entries", _("Entries"), _("pairs")),
                ColumnCard("rate", _("Entry rate"), _("share")),
                ColumnCard("low", _("Low"), _("share")),
                ColumnCard("high", _("High"), _("share")),
            ),
        ),
    ),
)
