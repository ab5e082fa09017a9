"""Statistics of places by activity, ready for analysis: one level of places, one of activities, totals that add up.

The large tables are read lazily with narwhals expressions, so that polars, DuckDB and Spark give the same; what comes
out is small.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
from django.conf import settings

from poliedro.evidence.runs.base import Input, NoInput
from poliedro.reference.models import Concordance, StatisticTable, Territory

MISSING_ALLOWED = 0.02
"""The usual share of people in the sections that a place may lack in a year: with more, its totals cannot be compared.
"""

SLIVER = 0.02
"""A part of a region's people that is too small to call the other region its successor."""


@dataclass(frozen=True)
class Layout:
    """How a family of tables writes places and activities. Patterns are regular expressions of whole codes.

    joined: sections that span several two-digit codes.
    """

    key: str
    place: str
    section: str
    detail: str
    people: str
    """The indicator that counts people at work."""
    units: str
    """The indicator that counts establishments."""
    section_digits: int
    joined: Mapping[str, str]
    alone: tuple[str, ...] = ()
    """Detailed classes that stand for their whole section, which the table does not have."""

    def section_of(self, code: str) -> str:
        """C29 -> C; 3361 -> 31-33."""
        head = code[: self.section_digits]
        return self.joined.get(head, head)


LAYOUTS = {
    "nace": Layout(
        "nace", "^[A-Z]{2}[A-Y0-9][0-9A-Y]$", "^[A-Z]$", r"^[A-Z]\d\d$", "V16110", "V11210", 1, {}, alone=("S95",)
    ),
    "naics": Layout(
        "naics", r"^\d{5}$", r"^(1[1-9]|[2-8]\d)(-\d\d)?$", r"^\d{4}$", "EMP", "ESTAB", 2,
        {"31": "31-33", "32": "31-33", "33": "31-33", "44": "44-45", "45": "44-45", "48": "48-49", "49": "48-49"},
    ),
}  # fmt: skip
"""By family of classification. Places: NUTS 2 without the regions outside any (ZZ); metropolitan areas."""


@dataclass(frozen=True)
class Panel:
    """Values by place, activity and year.

    frame: place, activity, year, value; one row a known pair. Activities ending in * are what a section holds beyond
    its shown activities, so that the values of a place add up to its sections. A pair without a row is not known; the
    table states what is 0. missing: place, year, missing (sections not known), weight (the share of people that these
    sections have elsewhere, at the median).
    """

    layout: Layout
    frame: pl.DataFrame
    missing: pl.DataFrame

    @property
    def years(self) -> list[int]:
        return self.frame["year"].unique().sort().to_list()

    def of(self, year: int) -> pl.DataFrame:
        """The year's rows of places whose totals are whole enough: place, activity, value."""
        return (
            self.frame.filter(year=year).join(self.whole().filter(year=year).select("place"), on="place").drop("year")
        )

    def whole(self) -> pl.DataFrame:
        """place, year: where the sections that are not known weigh little."""
        return self.missing.filter(pl.col("weight") <= MISSING_ALLOWED).select("place", "year")

    def detail(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same rows without what sections hold beyond their shown activities."""
        return frame.filter(~pl.col("activity").str.ends_with("*"))


def statistics(key: str) -> StatisticTable:
    """The current table of that key. Raises NoInput, saying how to load it."""
    table: StatisticTable | None = (
        StatisticTable.objects.filter(key=key, retracted_at=None).select_related("source", "classification").first()
    )
    if table is None:
        raise NoInput(
            f"the table {key} is not loaded; download it from Eurostat, then: poliedro load eurostat-sbs FILE"
        )
    return table


def input_of(key: str) -> Input:
    table = statistics(key)
    return Input(key, table.checksum, table.rows, table.source.name, table.certainty)


def inputs_of(key: str) -> list[Input]:
    """The table, and the changes of codes by which its places go on over the years."""
    links = list(_links().order_by("origin__code", "target__code"))
    body = hashlib.sha256(json.dumps(links).encode()).hexdigest()
    return [input_of(key), Input("nuts-links", body, len(links), "Changes of NUTS codes", "official")]


def input_of_centres() -> Input:
    """Regions and provinces by name and centre, which tell neighbours and place cities."""
    rows = Territory.objects.filter(level__in=("nuts2", "nuts3")).order_by("code", "version", "pk")
    places = list(rows.values_list("code", "version", "name", "latitude", "longitude"))
    body = hashlib.sha256(json.dumps(places).encode()).hexdigest()
    return Input("territories", body, len(places), "GISCO", "official")


def _links() -> Any:
    return Concordance.objects.filter(
        origin__classification__key="nuts", target__classification__version="2016", share__gte=SLIVER
    ).values_list("origin__code", "target__code")


def layout_of(table: StatisticTable) -> Layout:
    family = table.classification.key if table.classification else "nace"
    if family not in LAYOUTS:
        raise NoInput(f"no layout for tables of {family}; there are {', '.join(LAYOUTS)}")
    return LAYOUTS[family]


def scan(table: StatisticTable, engine: str) -> Any:
    """The table as a lazy frame of the engine. Raises NoInput where its file is gone."""
    path = Path(settings.VAR) / "store" / table.path
    if not path.exists():
        raise NoInput(f"the file of {table.key} is not in the store; load it again")
    if engine == "spark":
        from poliedro.evidence.runs.spark import session

        return nw.from_native(session().read.parquet(str(path)))
    if engine == "duckdb":
        import duckdb

        return nw.from_native(duckdb.read_parquet(str(path)))
    return nw.from_native(pl.scan_parquet(path))


def selected(frame: Any, layout: Layout, indicator: str) -> Any:
    """The indicator's known cells of the places and of both levels of activity: place, activity, year, value."""
    code = nw.col("activity")
    return (
        frame.filter(
            nw.col("indicator") == indicator,
            nw.col("territory").str.contains(layout.place),
            code.str.contains(layout.section) | code.str.contains(layout.detail),
        )
        .select(place=nw.col("territory"), activity=code, year=nw.col("year").cast(nw.Int64), value=nw.col("value"))
        .filter(~nw.col("value").is_null())
    )


def read_panel(key: str, indicator: str | None = None, *, engine: str = "polars") -> Panel:
    """The table of that key, for one indicator (default: people at work)."""
    table = statistics(key)
    layout = layout_of(table)
    cells = selected(scan(table, engine), layout, indicator or layout.people).collect("polars").to_native()
    cells = cells.sort("place", "activity", "year")
    if layout.key == "nace":
        cells = one_version(cells)
    return _panel(cells, layout)


def one_version(cells: pl.DataFrame) -> pl.DataFrame:
    """The same with the codes of NUTS 2016, where a region only changed its code.

    A region that was split or joined keeps its old code. A year that has a region under its old code and under those
    that follow it (Finland 2010) keeps the newer ones.
    """
    successors: dict[str, set[str]] = defaultdict(set)
    links = _links()
    places = set(cells["place"])
    kept = {old for old, new in links if old == new}
    for old, new in links:
        if old in places - kept:
            successors[old].add(new)
    ancestors: dict[str, set[str]] = defaultdict(set)
    for old, news in successors.items():
        for new in news:
            ancestors[new].add(old)
    renamed = {
        old: next(iter(news))
        for old, news in successors.items()
        if len(news) == 1 and len(ancestors[next(iter(news))]) == 1
    }
    twice = [
        pl.col("year").is_in(years) & (pl.col("place") == old)
        for old, years in _twice(cells, successors).items()
        if years
    ]
    if twice:
        cells = cells.filter(~reduce(lambda a, b: a | b, twice))
    cells = cells.with_columns(place=pl.col("place").replace(renamed))
    return cells.unique(["place", "activity", "year"], keep="last", maintain_order=True)


def _twice(cells: pl.DataFrame, successors: Mapping[str, set[str]]) -> dict[str, list[int]]:
    """The years in which an old code stands beside all the codes that follow it."""
    by_place = {k[0]: set(v["year"]) for k, v in cells.select("place", "year").unique().group_by("place")}
    return {
        old: sorted(by_place[old].intersection(*(by_place.get(n, set()) for n in news)))
        for old, news in sorted(successors.items())
        if old in by_place
    }


def _panel(cells: pl.DataFrame, layout: Layout) -> Panel:
    is_section = pl.col("activity").str.contains(layout.section)
    detail = cells.filter(~is_section)
    sections = cells.filter(is_section).rename({"activity": "section", "value": "total"})
    codes = {code: layout.section_of(code) for code in detail["activity"].unique()}
    detail = detail.with_columns(section=pl.col("activity").replace_strict(codes, return_dtype=pl.String))
    alone = detail.filter(pl.col("activity").is_in(list(layout.alone))).select(
        "place", "section", "year", total=pl.col("value")
    )
    sections = pl.concat([sections.select("place", "section", "year", "total"), alone])
    shown = detail.group_by("place", "section", "year").agg(shown=pl.col("value").sum())
    rest = (
        sections.join(shown, on=["place", "section", "year"], how="left")
        .select(
            "place",
            pl.col("section").add("*").alias("activity"),
            "year",
            value=(pl.col("total") - pl.col("shown").fill_null(0.0)).clip(lower_bound=0.0),
        )
        .filter(pl.col("value") > 0)
    )
    frame = pl.concat([detail.select("place", "activity", "year", "value"), rest]).sort("place", "activity", "year")
    return Panel(layout, frame, missing_of(sections))


def missing_of(sections: pl.DataFrame) -> pl.DataFrame:
    """place, year, missing, weight, of sections by place, section, year, total."""
    share = pl.col("total") / pl.col("total").sum().over("place", "year")
    usual = sections.with_columns(share=share).group_by("section").agg(usual=pl.col("share").median())
    known = (
        sections.join(usual, on="section")
        .sort("place", "year", "section")
        .group_by("place", "year", maintain_order=True)
        .agg(known=pl.len().cast(pl.Int64), held=pl.col("usual").sum())
    )
    every, whole = usual.height, float(usual.sort("section")["usual"].sum())
    weight = (1 - pl.col("held") / whole).clip(lower_bound=0.0) if whole else pl.lit(0.0)
    weight = pl.when(pl.col("known") == every).then(0.0).otherwise(weight)
    return known.select("place", "year", missing=every - pl.col("known"), weight=weight)
