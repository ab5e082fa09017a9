"""Value chains: who buys what from whom, from an input-output table, and which stages the regions have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, input_of, inputs_of, layout_of, read_panel, scan, statistics
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, NoInput, Outcome, TableCard
from poliedro.evidence.runs.presence import TABLE
from poliedro.reference.models import StatisticTable
from poliedro.reference.rules import divisions_in, product_code
from poliedro.shared.region import region

FLOWS = "input-output"
GROUP = r"^[A-U](-[A-U]|\d\d([-_]\d\d)?B?)?$"
"""How a product group that industries make is written."""
OUTPUT = ("P1", "OUTPUT")
NAMES = {"product": ("prd_ava", "prd_use"), "industry": ("ind_use", "induse"), "flow": ("stk_flow",)}
"""What Eurostat's bulk tables call the columns that ours keep as activity, indicator and flow."""


def inputs(parameters: Mapping[str, Any]) -> list[Input]:
    if layout_of(statistics(str(parameters["table"]))).key != "nace":
        raise NoInput("value chains need industries in NACE, which the table does not have; use a Eurostat table")
    return [*inputs_of(str(parameters["table"])), input_of(_table(str(parameters["flows"])).key)]


def compute(context: Context) -> Outcome:
    cells = read_flows(_table(str(context.parameters["flows"])), context.engine)
    cells, country, year = _one(cells, str(context.parameters["country"]))
    flows, output = _square(cells)
    context.report(1, 2, "linkages")
    linked = rg.io_linkages(flows, output)
    made = output.rename({"sector": "activity"})
    industries = made.join(
        linked.select(
            pl.col("sector").alias("activity"), backward="backward_relative", forward="forward_relative", kind="kind"
        ),
        on="activity",
    ).sort("activity")
    table = _shares(flows, output)
    stages = _stages(read_panel(str(context.parameters["table"]), engine=context.engine), output["sector"].to_list())
    kept = sorted(cells["flow"].unique())
    headline = {
        "year": year, "country": country, "own": country == _own(), "flow": kept[0] if kept else "",
        "industries": output.height,
    }  # fmt: skip
    return Outcome({"industries": industries, "flows": table, "stages": stages}, headline, str(year))


def _table(key: str) -> StatisticTable:
    """The table of that key; where it is not loaded, Eurostat's bulk table of products by products."""
    found = StatisticTable.objects.filter(key__in=(key, "naio_10_cp1700"), retracted_at=None)
    tables: list[StatisticTable] = sorted(found, key=lambda t: t.key != key)
    if not tables:
        raise NoInput(
            "no input-output table is loaded; download Eurostat's naio_10_cp1700, then: "
            "poliedro load eurostat-sbs FILE (bulk TSV) or poliedro load input-output FILE (CSV)"
        )
    return tables[0]


def read_flows(table: StatisticTable, engine: str) -> pl.DataFrame:
    """territory, product, industry, year, value, flow: the known cells, in the money unit of most cells."""
    frame: pl.DataFrame = scan(table, engine).collect("polars").to_native()
    for name, theirs in NAMES.items():
        found = next((c for c in theirs if c in frame.columns), None)
        ours = {"product": "activity", "industry": "indicator"}.get(name, name)
        frame = frame.with_columns(
            (pl.col(found) if found else pl.col(ours) if ours in frame.columns else pl.lit("")).alias(name)
        )
    frame = frame.filter(pl.col("value").is_not_null())
    if "unit" in frame.columns and frame["unit"].n_unique() > 1:
        unit = frame.group_by("unit").len().sort("len", "unit", descending=[True, False])["unit"][0]
        frame = frame.filter(unit=unit)
    codes = {c: product_code(c) for c in {*frame["product"], *frame["industry"]}}
    return frame.select(
        "territory", pl.col("product").replace_strict(codes), pl.col("industry").replace_strict(codes),
        pl.col("year").cast(pl.Int64), "value", pl.col("flow").fill_null(""),
    )  # fmt: skip


def _own() -> str:
    return region().code[:2]


def _one(cells: pl.DataFrame, wanted: str) -> tuple[pl.DataFrame, str, int]:
    """The cells of one country and of its last year, with imports where they are told apart.

    wanted: "own": the region's country if it is there, else the first.
    """
    places = sorted(cells["territory"].unique())
    asked = _own() if wanted == "own" else wanted
    if wanted != "own" and asked not in places:
        raise NoInput(f"the input-output table has no country {asked}; it has {', '.join(places)}")
    country = asked if asked in places else places[0]
    cells = cells.filter(territory=country)
    year = int(str(cells["year"].max()))
    cells = cells.filter(year=year)
    for flow in ("TOTAL", "TOT", "DOM"):
        if flow in cells["flow"]:
            return cells.filter(flow=flow), country, year
    return cells, country, year


def _square(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flows among industries (origin, destination, value) and each industry's output (sector, output).

    Industries are the groups that buy, sell and have an output above 0; a group that holds another is left out, so that
    nothing counts twice.
    """
    output = (
        cells.filter(pl.col("product").is_in(OUTPUT) & (pl.col("value") > 0))
        .unique("industry", keep="first", maintain_order=True)
        .select(sector="industry", output="value")
    )
    makes = set(cells["product"]) & set(output["sector"])
    groups = [g for g in sorted(makes) if re.fullmatch(GROUP, g)]
    fine = [g for g in groups if not any(o != g and divisions_in(g, [o[:3]]) and len(o) > len(g) for o in groups)]
    kept = pl.col("product").is_in(fine) & pl.col("industry").is_in(fine) & (pl.col("value") >= 0)
    flows = cells.filter(kept).select(origin="product", destination="industry", value="value")
    output = output.filter(pl.col("sector").is_in(fine)).sort("sector")
    if output.height < 2:
        raise NoInput(
            "the input-output table gives no output (row P1) of two industries or more; "
            "load the symmetric table with its rows of value added and output"
        )
    return flows.sort("origin", "destination"), output


def _shares(flows: pl.DataFrame, output: pl.DataFrame) -> pl.DataFrame:
    """Each flow above 0 over the customer's output and over the supplier's."""
    return (
        flows.filter(pl.col("value") > 0)
        .join(output, left_on="origin", right_on="sector")
        .join(output, left_on="destination", right_on="sector", suffix="_customer")
        .select(
            supplier="origin", customer="destination", value="value",
            of_customer=pl.col("value") / pl.col("output_customer"), of_supplier=pl.col("value") / pl.col("output"),
        )
        .sort("supplier", "customer")
    )  # fmt: skip


def _stages(panel: Panel, groups: list[str]) -> pl.DataFrame:
    """People at work by region and group, last year, and location quotients against the regions that state the group.

    A group of which a region does not publish a division has no row there.
    """
    last = panel.of(panel.years[-1])
    total = last.group_by("place").agg(total=pl.col("value").sum())
    known = sorted(last["activity"].unique())
    parts = []
    for group in groups:
        members = divisions_in(group, known)
        if not members:
            continue
        rows = (
            last.filter(pl.col("activity").is_in(members))
            .group_by("place")
            .agg(n=pl.len(), people=pl.col("value").sum())
        )
        if not re.fullmatch(r"[A-U](-[A-U])?", group):  # whole sections are whole whatever their divisions
            rows = rows.filter(pl.col("n") == len(members))
        rows = rows.join(total, on="place")
        usual = pl.col("people").sum() / pl.col("total").sum()
        quotient = pl.when(pl.col("people").sum() > 0).then(pl.col("people") / pl.col("total") / usual)
        parts.append(rows.select("place", activity=pl.lit(group), people="people", location_quotient=quotient))
    schema = {"place": pl.String, "activity": pl.String, "people": pl.Float64, "location_quotient": pl.Float64}
    if not parts:
        return pl.DataFrame(schema=schema)
    return pl.concat(parts).sort("place", "activity")


ANALYSIS = Analysis(
    "value-chain",
    1,
    _("Value chains"),
    _("Which industries supply and which buy from each other, and which stages are missing here?"),
    {"table": TABLE, "flows": FLOWS, "country": "own"},
    inputs,
    compute,
    (
        TableCard(
            "industries",
            _("Industries and their linkages"),
            (
                ColumnCard("activity", _("Industry")),
                ColumnCard("output", _("Output"), _("million, as the table states it")),
                ColumnCard("backward", _("Pull on suppliers"), _("1: the mean industry")),
                ColumnCard("forward", _("Weight for customers"), _("1: the mean industry")),
                ColumnCard("kind", _("Kind of linkage")),
            ),
        ),
        TableCard(
            "flows",
            _("Who buys from whom"),
            (
                ColumnCard("supplier", _("Supplier")),
                ColumnCard("customer", _("Customer")),
                ColumnCard("value", _("Purchases"), _("million, as the table states it")),
                ColumnCard("of_customer", _("Share of the customer's output"), _("share")),
                ColumnCard("of_supplier", _("Share of the supplier's output"), _("share")),
            ),
        ),
        TableCard(
            "stages",
            _("Stages in each region"),
            (
                ColumnCard("place", _("Region")),
                ColumnCard("activity", _("Industry")),
                ColumnCard("people", _("Persons employed"), _("persons")),
                ColumnCard("location_quotient", _("Location quotient"), "", _("nobody is counted anywhere")),
            ),
        ),
    ),
)
