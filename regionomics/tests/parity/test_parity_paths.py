"""Paths against econcomplex's stored digits, on the panel that `produce_paths.py` makes of `tables.py`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tables

import regionomics as rg

PEER = json.loads((Path(__file__).parent / "digits" / "paths.json").read_text())


@pytest.fixture(scope="module")
def panel() -> pl.DataFrame:
    now = tables.made()
    then = tables.later(now)
    rows = [(*r, y) for y, part in ((2000, now), (2005, then), (2010, tables.later(then))) for r in part]
    return pl.DataFrame(rows, schema=["place", "activity", "value", "year"], orient="row")


@pytest.fixture(scope="module")
def phi(panel):
    return rg.relatedness(panel.filter(pl.col("year") == 2000), method="conditional")


def test_links_are_theirs(phi):
    assert (phi.matrix.toarray() >= 0.3).sum() == PEER["links"]


def test_line_through_the_bins_is_theirs(panel, phi):
    got = rg.contagion_model(panel, phi, link=0.3, fit="bins", bins=10)
    row = got.fit.row(0, named=True)
    assert row["b"] == pytest.approx(PEER["contagion"]["B"], rel=1e-9)
    assert row["alpha"] == pytest.approx(PEER["contagion"]["alpha"], rel=1e-9)
    assert got.bins["related"].to_list() == pytest.approx(PEER["bins"]["related"], rel=1e-9)
    assert got.bins["share"].to_list() == pytest.approx(PEER["bins"]["share"], rel=1e-9)
    assert row["entries"] + row["unrelated_entries"] <= PEER["contagion"]["n_events"]
    assert row["options"] + row["unrelated_options"] <= PEER["contagion"]["n_observations"]


def test_strategies_are_theirs_and_the_best_path_is_no_worse_than_their_annealing(panel, phi):
    first = panel.filter(pl.col("year") == 2000)
    has = rg.presence(first).filter((pl.col("place") == "P05") & (pl.col("present") == 1))["activity"].to_list()
    got = rg.diversification_path(phi, has, b=0.5, alpha=1.2, link=0.3, exact=20)
    for name, theirs in PEER["strategies"].items():
        mine = got.steps.filter(pl.col("strategy") == name)
        assert mine["activity"].to_list() == theirs["activities"]
        assert mine["time"].to_list() == pytest.approx(theirs["time"], rel=1e-9)
    chance = dict(zip(phi.matrix.rows.to_pylist(), PEER["probability"], strict=True))
    first_of = got.steps.filter(pl.col("step") == 1)
    assert first_of["probability"].to_list() == pytest.approx([chance[a] for a in first_of["activity"]], rel=1e-9)
    assert got.summary["exact"][0]
    assert got.summary["time"][0] <= PEER["optimized"] * (1 + 1e-12)
    rough = rg.diversification_path(phi, has, b=0.5, alpha=1.2, link=0.3, exact=0)
    assert rough.summary["bound"][0] <= got.summary["time"][0] <= rough.summary["time"][0]
    assert np.isclose(rough.summary["time"][0], got.summary["time"][0], rtol=0.02)


TERMS = {
    "stone": "b1_r_stepping",
    "now": "b2_r_initial",
    "density": "b3_relatedness",
    "relative": "b4_relative_relatedness",
    "intercept": "b0_intercept",
}


@pytest.fixture(scope="module")
def model(panel):
    return rg.effort_model(panel, at=2000)


def test_coefficients_are_theirs(model):
    for row in model.coefficients.iter_rows(named=True):
        theirs = PEER["steppingstone"][row["model"]]
        assert {t: row[t] for t in TERMS} == pytest.approx({t: theirs[k] for t, k in TERMS.items()}, abs=1e-9)
        assert row["observations"] == PEER["steppingstone"][f"n_obs_{row['model']}"]


def test_efforts_and_forecast_are_theirs(model):
    theirs = [v for row in PEER["effort"] for v in row if v is not None]
    assert model.effort["effort"].to_list() == pytest.approx(theirs, rel=1e-8, abs=1e-9)
    flat = [v for row in PEER["forecast"] for v in row]
    assert model.forecast["location_quotient"].to_list() == pytest.approx(flat, abs=1e-9)


def test_chosen_activities_cost_what_theirs_cost(model):
    names = model.forecast["activity"].unique(maintain_order=True)
    pci = pl.DataFrame({"activity": names, "pci": PEER["pci"]})
    has = model.forecast.filter("present").select("place", "activity", value=pl.lit(1))
    got = rg.next_activities(has, effort=model.effort, pci=pci, presence="given", raise_by=0.15)
    seen = 0
    for row in got.places.iter_rows(named=True):
        theirs = PEER["chosen"].get(row["place"])
        if theirs is not None:
            assert row["eci"] == pytest.approx(theirs["eci"])
            assert row["effort"] == pytest.approx(sum(max(v, 0) for v in theirs["effort"]), rel=1e-6)
            seen += 1
        else:
            assert row["effort"] is None
    assert seen == len(PEER["chosen"])
