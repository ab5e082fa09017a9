"""Ours against the peers: what products say of those who make them, and growth by complexity."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
import tables
from growth_panel import panel
from test_parity import DIGITS, NAMES, PEERS, Case, case, column

import regionomics as rg

GROWTH = json.loads((DIGITS / "growth.json").read_text(encoding="ascii"))


def income(c: Case) -> dict[str, float]:
    return dict(zip(c.places, tables.income(c.places), strict=True))


def weighted_average(c: Case) -> np.ndarray:
    """Mean number of what a place has, the first activity being 1, weighted by its shares."""
    number = pl.DataFrame({"activity": c.activities, "prody": range(1, len(c.activities) + 1)})
    return column(rg.expy(c.data, prody=number), "expy")


# What ours is called with so that definitions agree: (peer, its function) -> answer.
SAME: dict[tuple[str, str], Callable[[Case], Any]] = {
    **{
        (peer, "prody"): lambda c: column(rg.prody(c.data, income=income(c)), "prody")
        for peer in ("econcomplex", "EconGeo")
    },
    **{
        (peer, "expy"): lambda c: column(rg.expy(c.data, income=income(c)), "expy")
        for peer in ("econcomplex", "EconGeo")
    },
    ("EconGeo", "weighted_avg"): weighted_average,
    ("econcomplex", "product_gini_index"): lambda c: column(rg.product_gini(c.data, gini=income(c)), "product_gini"),
    ("oec", "pgi"): lambda c: column(rg.product_gini(c.data, gini=income(c)), "product_gini"),
    ("econcomplex", "product_emissions_index"): lambda c: column(
        rg.product_emissions(c.data, emissions=income(c)), "product_emissions"
    ),
    ("oec", "peii"): lambda c: column(rg.product_emissions(c.data, emissions=income(c)), "product_emissions"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("peer", "function"), SAME, ids=[" ".join(k) for k in SAME])
def test_ours_agrees_with_the_peer(peer, function, name):
    stored = PEERS[peer]["tables"][name].get(function)
    if stored is None:
        pytest.skip(f"{function} was asked on the made table only")
    assert tables.same(list(SAME[peer, function](case(name))), stored)


def test_growth_by_complexity_agrees_with_the_peer():
    table = pl.DataFrame(panel())
    got = rg.growth_outlook(table, at=2005, target=0.03)
    assert got.coefficients["estimate"].to_list() == pytest.approx(GROWTH["coefficients"], rel=1e-9, abs=1e-11)
    assert got.fit["observations"].item() == GROWTH["observations"]
    assert got.places["place"].to_list() == GROWTH["places"]
    assert got.places["expected_growth"].to_list() == pytest.approx(GROWTH["expected_growth"], rel=1e-9)
    slope = got.coefficients["estimate"][0], got.coefficients["estimate"][2]
    for mine, theirs in zip(got.places["eci_needed"], GROWTH["eci_needed"], strict=True):
        assert mine is None or mine == pytest.approx(theirs, rel=1e-8), slope
    assert got.places["eci_needed"].null_count() < got.places.height
