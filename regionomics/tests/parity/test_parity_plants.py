"""Ours against dbmss 2.11 (Kd, M) and REAT 3.0.3 (Ellison-Glaeser), on a made table of plants."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
import tables
from promises import odd_tables
from test_parity import DIGITS

import regionomics as rg

STORED = json.loads((DIGITS / "plants.json").read_text())
DISTANCES, ANSWERS = STORED["distances"], STORED["answers"]
ACTIVITIES = ("a0", "a1", "a2", "a3", "a4")
WEIGHTS = {"": None, ".weighted": "size"}


@pytest.fixture(scope="module")
def plants() -> pl.DataFrame:
    return pl.DataFrame(tables.plants(), schema=["place", "activity", "x", "y", "size"], orient="row")


def theirs(name: str) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in ANSWERS[name]], dtype=float)


def ours(curves: pl.DataFrame, activity: str, name: str) -> np.ndarray:
    return curves.filter(pl.col("activity") == activity)[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


@odd_tables  # at the nearest distances some activities have no neighbours, in dbmss as here
@pytest.mark.parametrize("weighted", WEIGHTS)
def test_m_agrees_with_dbmss(plants, weighted):
    found = rg.m_function(plants, value=WEIGHTS[weighted], distances=DISTANCES).curves
    of_a0 = rg.m_function(plants, value=WEIGHTS[weighted], distances=DISTANCES, neighbour="a0").curves
    for activity in ACTIVITIES:
        assert ours(found, activity, "m") == pytest.approx(theirs(f"m.{activity}{weighted}"), rel=1e-12, nan_ok=True)
    for activity in ACTIVITIES[1:]:
        wanted = theirs(f"m.of.a0.{activity}{weighted}")
        assert ours(of_a0, activity, "m") == pytest.approx(wanted, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("weighted", WEIGHTS)
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_kd_agrees_with_dbmss_as_far_as_its_grid_goes(plants, activity, weighted):
    """dbmss takes the bandwidth of the distances up to twice the range, and R's density, which rounds to a grid."""
    own = plants.filter(pl.col("activity") == activity)
    x, y = own["x"].to_numpy(), own["y"].to_numpy()
    i, j = np.triu_indices(len(x), 1)
    d = np.hypot(x[i] - x[j], y[i] - y[j])
    d = d[d <= 2 * DISTANCES[-1]]
    low, high = np.quantile(d, (0.25, 0.75))
    h = 0.9 * min(d.std(ddof=1), (high - low) / 1.34) * len(d) ** -0.2
    found = rg.kd_function(plants, value=WEIGHTS[weighted], distances=DISTANCES, bandwidth=h, activities=[activity])
    wanted = theirs(f"kd.{activity}{weighted}")
    assert ours(found.curves, activity, "kd") == pytest.approx(wanted, abs=3e-3 * wanted.max())


def test_ellison_glaeser_agrees_with_reat(plants):
    found = rg.ellison_glaeser(plants, plant=None, value="size")
    columns = ["ellison_glaeser", "concentration", "z", "plants", "plant_herfindahl"]
    wanted = theirs("ellison.a2").reshape(len(ACTIVITIES), len(columns))
    assert found.select(columns).to_numpy() == pytest.approx(wanted, rel=1e-9)


def test_reat_finds_that_the_industry_that_gathers_elsewhere_goes_with_all_others(plants):
    """Its coagglomeration is .38 to .43 for a0, which has a place of its own."""
    found = rg.coagglomeration(plants, value="size")
    with_a0 = found.filter(pl.col("activity_1") == "a0")["coagglomeration"]
    assert (with_a0 < -0.06).all()
    assert min(theirs("ellison.c2")[[0, 1, 2, 3]]) > 0.37
