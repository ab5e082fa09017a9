"""Which places have which activities, by year: the start of most analyses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, inputs_of
from poliedro.evidence.runs.base import Input

TABLE = "sbs_r_nuts06_r2_2008_2013"
"""The table of regions by activity that the observatory reads unless another is named."""


def one_input(parameters: Mapping[str, Any]) -> list[Input]:
    return inputs_of(str(parameters["table"]))


def quotients_of(rows: pl.DataFrame, by: str | None = None) -> pl.DataFrame:
    """Location quotients: the activity's share in the place over its share in all places that state the activity.

    rows: place, activity, value; the values of a place add up to its total. A place that does not state the activity
    counts on neither side of the reference, so that what is withheld there does not raise the others' quotients.
    by: a further column; the reference is then made within it (a country).
    Returns: the rows with location_quotient; null where the place or the activity has nobody.
    """
    group = ["activity", *([by] if by else [])]
    total = pl.col("value").sum().over("place")
    reference = pl.col("value").sum().over(group) / pl.col("total").sum().over(group)
    quotient = pl.col("value") / pl.col("total") / pl.col("reference")
    known = (pl.col("total") > 0) & (pl.col("reference") > 0)
    return (
        rows.sort("place", "activity")
        .with_columns(total=total)
        .with_columns(reference=reference)
        .with_columns(location_quotient=pl.when(known).then(quotient))
        .drop("total", "reference")
    )


def quotients(panel: Panel) -> pl.DataFrame:
    """Location quotients of the shown activities against all places: place, activity, year, value, location_quotient.

    Totals hold what sections have beyond their shown activities. A pair whose number is not published has no row.
    """
    parts = []
    for year in panel.years:
        parts.append(panel.detail(quotients_of(panel.of(year))).with_columns(year=pl.lit(year, pl.Int64)))
    return pl.concat(parts).select("place", "activity", "year", "value", "location_quotient")


def presence_of(lq: pl.DataFrame) -> pl.DataFrame:
    """place, activity, present for all pairs: 1 where the location quotient is at least 1; 0 also where unknown."""
    places, activities = lq.select(pl.col("place").unique().sort()), lq.select(pl.col("activity").unique().sort())
    present = (pl.col("location_quotient") >= 1).fill_null(value=False).cast(pl.Int64)
    grid = places.join(activities, how="cross")
    found = grid.join(lq.select("place", "activity", "location_quotient"), on=["place", "activity"], how="left")
    return found.sort("place", "activity").select("place", "activity", present=present)


def presences(panel: Panel) -> pl.DataFrame:
    """place, activity, year, present (0 or 1), of all pairs of the places and activities of the year."""
    lq = quotients(panel)
    parts = []
    for year in panel.years:
        of_year = lq.filter(year=year)
        parts.append(presence_of(of_year).with_columns(year=pl.lit(year, pl.Int64)))
    return pl.concat(parts).select("place", "activity", "year", "present")


@contextmanager
def counted(warned: list[str]) -> Iterator[None]:
    """What the library warns of is kept, so that the run can state it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", rg.RegionomicsWarning)
        yield
    warned += [str(w.message) for w in caught]
