"""Which places have which activities, by year: the start of most analyses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl

import regionomics as rg
from poliedro.evidence.runs.activity import Panel, input_of
from poliedro.evidence.runs.base import Input

TABLE = "sbs_r_nuts06_r2_2008_2013"
"""The table of regions by activity that the observatory reads unless another is named."""


def one_input(parameters: Mapping[str, Any]) -> list[Input]:
    return [input_of(str(parameters["table"]))]


def quotients(panel: Panel) -> pl.DataFrame:
    """Location quotients of the shown activities against all places: place, activity, year, value, location_quotient.

    Totals hold what sections have beyond their shown activities. A pair whose number is not published has no row.
    """
    parts = []
    for year in panel.years:
        rows = panel.of(year)
        lq = rg.location_quotient(rows).join(rows, on=["place", "activity"])
        parts.append(panel.detail(lq).with_columns(year=pl.lit(year, pl.Int64)))
    return pl.concat(parts).select("place", "activity", "year", "value", "location_quotient")


def presences(panel: Panel) -> pl.DataFrame:
    """place, activity, year, present (0 or 1): 1 where the location quotient is at least 1."""
    parts = []
    for year in panel.years:
        found = panel.detail(rg.presence(panel.of(year)))
        parts.append(found.with_columns(year=pl.lit(year, pl.Int64)))
    return pl.concat(parts).select("place", "activity", "year", "present")


@contextmanager
def counted(warned: list[str]) -> Iterator[None]:
    """What the library warns of is kept, so that the run can state it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", rg.RegionomicsWarning)
        yield
    warned += [str(w.message) for w in caught]
