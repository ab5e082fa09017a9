"""Industries that regions do not have yet: how related to what they have, how valuable, and how such options fared."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, input_of, input_of_centres, inputs_of, layout_of, scan, statistics
from poliedro.evidence.runs.activity import read_panel as read
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.complexity import complexity_of
from poliedro.evidence.runs.presence import TABLE, counted, presence_of, presences, quotients, quotients_of
from poliedro.reference.models import Territory

NATIONAL = "sbs_na_sca_r2"
"""The table of countries by activity with value added, which regions' tables do not have."""
VALUE_ADDED, PEOPLE = "V12150", "V16110"
NEIGHBOURS = 5
GRID = tuple(range(30, 75, 5))
"""Percentiles at which the two thresholds of the quadrants are tried."""
DRAWS = 500
"""Samples of countries behind an interval."""


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    found = [*inputs_of(str(parameters["table"])), input_of_centres()]
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
        complex_, sign = complexity_of(panel, found.filter(year=last), context)
    pci = complex_.activities.select("activity", "pci")
    context.report(2, 4, "backtest")
    lq = quotients(panel)
    scores, calibration = backtest(panel, context.seed or 0)
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
    return Outcome(
        {"options": table, "backtest": scores, "calibration": calibration},
        {"year": last, "sign": sign, "warnings": warned},
        f"{panel.years[0]}-{last}",
    )


def backtest(panel: Panel, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How well density at the start foresaw entries, against chance and what is known without it.

    Every pair of years of the panel. Both years are measured alike: the same places, whose totals are whole in both,
    and the same pairs, stated in both; a number that is withheld in one year is no entry. At risk are pairs with a
    location quotient below 1 at the start; they enter where it is 1 or more at the end. Scores, compared on the pairs
    that have all of them: density; location_quotient (what is there already); ubiquity (how common the industry is);
    neighbours (share of the five nearest regions that have it); random. Intervals (95%): whole countries are drawn
    anew, DRAWS times, since what happens in one country happens together.
    """
    near = _nearest(panel.frame["place"].unique().sort().to_list())
    scores: list[dict[str, Any]] = []
    deciles: list[dict[str, Any]] = []
    years = panel.years
    for step in range(1, len(years)):
        for start, end in zip(years[:-step], years[step:], strict=True):
            rows = _at_risk(panel, start, end, near)
            if rows.is_empty():
                continue
            names = ["density", "location_quotient", "ubiquity", *(["neighbours"] if near else [])]
            alike = rows.drop_nulls(names)
            entered = alike["entry"].to_numpy().astype(bool)
            groups = _groups(alike["place"])
            for name in ("density", "location_quotient", "ubiquity", "neighbours"):
                auc, low, high = (
                    auc_between(alike[name].to_numpy(), entered, groups, seed) if name in names else (None, None, None)
                )
                scores.append(
                    {
                        "year_from": start, "year": end, "score": name, "n": alike.height,
                        "entries": int(entered.sum()), "auc": auc, "low": low, "high": high,
                    }
                )  # fmt: skip
            scores.append(
                {
                    "year_from": start, "year": end, "score": "random", "n": alike.height,
                    "entries": int(entered.sum()), "auc": 0.5, "low": None, "high": None,
                }
            )  # fmt: skip
            deciles += _deciles(rows.drop_nulls("density"), start, end, seed)
    schema = {
        "year_from": pl.Int64, "year": pl.Int64, "score": pl.String, "n": pl.Int64, "entries": pl.Int64,
        "auc": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    }  # fmt: skip
    kept = {
        "year_from": pl.Int64, "year": pl.Int64, "decile": pl.Int64, "density_from": pl.Float64,
        "density_to": pl.Float64, "n": pl.Int64, "entries": pl.Int64, "rate": pl.Float64, "low": pl.Float64,
        "high": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(scores, schema=schema), pl.DataFrame(deciles, schema=kept)


def _at_risk(panel: Panel, start: int, end: int, near: dict[str, list[str]]) -> pl.DataFrame:
    """place, activity, entry and the scores, of pairs below 1 at the start."""
    a, b = panel.of(start), panel.of(end)
    places = a.select("place").unique().join(b.select("place").unique(), on="place")
    a, b = a.join(places, on="place"), b.join(places, on="place")
    pairs = panel.detail(a).select("place", "activity").join(panel.detail(b), on=["place", "activity"], how="semi")

    def of_pairs(rows: pl.DataFrame) -> pl.DataFrame:
        """Quotients of the pairs, the rest of each place in one row of its own."""
        own = rows.join(pairs, on=["place", "activity"])
        rest = rows.join(pairs, on=["place", "activity"], how="anti").group_by("place").agg(pl.col("value").sum())
        others = rest.select("place", pl.lit("*").alias("activity"), "value").sort("place")
        return quotients_of(pl.concat([own, others])).filter(pl.col("activity") != "*")

    first, last = of_pairs(a), of_pairs(b)
    if first.is_empty():
        return pl.DataFrame()
    begun = presence_of(first)
    phi = rg.relatedness(begun, value="present", presence="given")
    density = rg.relatedness_density(begun, phi, value="present", presence="given")
    common = begun.group_by("activity").agg(ubiquity=pl.col("present").sum())
    after = last.select("place", "activity", entry=(pl.col("location_quotient") >= 1).cast(pl.Int64))
    return (
        first.filter(pl.col("location_quotient") < 1)
        .join(after.drop_nulls("entry"), on=["place", "activity"])
        .join(density, on=["place", "activity"], how="left")
        .join(common, on="activity", how="left")
        .join(_among(near, begun), on=["place", "activity"], how="left")
        .sort("place", "activity")
    )


def _groups(places: pl.Series) -> np.ndarray:
    """A number for the country of each place; for each place where there is one country."""
    countries = places.str.slice(0, 2)
    named = countries if countries.n_unique() > 1 else places
    return named.rank("dense").to_numpy().astype(np.int64) - 1


def auc_between(
    score: np.ndarray, entered: np.ndarray, groups: np.ndarray, seed: int
) -> tuple[float | None, float | None, float | None]:
    """AUC, with the 95% interval of DRAWS samples of whole groups; None where nothing or everything entered.

    AUC is a sum over pairs of groups of pairs in the right order, so that a sample needs only these sums again.
    """
    if not 0 < entered.sum() < len(entered):
        return None, None, None
    n = int(groups.max()) + 1
    _values, rank = np.unique(score, return_inverse=True)
    at = np.zeros((int(rank.max()) + 1, n))
    np.add.at(at, (rank[~entered], groups[~entered]), 1.0)
    below = np.cumsum(at, axis=0) - at / 2  # ties count half
    right = np.zeros((n, n))
    np.add.at(right, groups[entered], below[rank[entered]])
    hits, misses = np.bincount(groups[entered], minlength=n), np.bincount(groups[~entered], minlength=n)
    auc = float(right.sum() / (hits.sum() * misses.sum()))
    weight = _draws(n, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.einsum("bi,ij,bj->b", weight, right, weight) / ((weight @ hits) * (weight @ misses))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return auc, float(low), float(high)


def _draws(n: int, seed: int) -> np.ndarray:
    """How often each of n groups is drawn, DRAWS times."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float)


def _deciles(rows: pl.DataFrame, start: int, end: int, seed: int) -> list[dict[str, Any]]:
    """Entries by tenth of density, with the 95% interval of samples of whole countries."""
    rows = rows.sort("density", "place", "activity").with_row_index("order")
    rows = rows.with_columns(decile=(pl.col("order") * 10 // max(rows.height, 1) + 1).cast(pl.Int64))
    groups = _groups(rows["place"])
    n_groups = int(groups.max()) + 1
    weight = _draws(n_groups, seed)
    rows = rows.with_columns(group=pl.Series(groups))
    out = []
    for (decile,), part in sorted(rows.group_by("decile"), key=lambda pair: pair[0][0]):
        n, entries = part.height, int(part["entry"].sum())
        own, entry = part["group"].to_numpy(), part["entry"].to_numpy()
        all_, hits = np.bincount(own, minlength=n_groups), np.bincount(own, entry, minlength=n_groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = np.nanquantile((weight @ hits) / (weight @ all_), [0.025, 0.975])
        out.append(
            {
                "year_from": start, "year": end, "decile": decile, "density_from": part["density"].min(),
                "density_to": part["density"].max(), "n": n, "entries": entries, "rate": entries / n,
                "low": float(low), "high": float(high),
            }
        )  # fmt: skip
    return out


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


_NOT_AN_OPTION = _("the industry is there already, or there is no earlier year")
_NOT_PUBLISHED = _("not published, or nobody")
ANALYSIS = Analysis(
    "options",
    4,
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
                ColumnCard("entry_rate", _("Entries of such options"), _("share"), _NOT_AN_OPTION),
                ColumnCard("entry_low", _("Entries, low"), _("share"), _NOT_AN_OPTION),
                ColumnCard("entry_high", _("Entries, high"), _("share"), _NOT_AN_OPTION),
                ColumnCard("steadiness", _("Steadiness"), _("share"), _NOT_AN_OPTION),
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
                ColumnCard("low", _("Low (95%)"), "0-1", _("nothing entered, or the score is not known")),
                ColumnCard("high", _("High (95%)"), "0-1", _("nothing entered, or the score is not known")),
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
    seed=11,
)
