"""Ours against the peers: specialisation, concentration, similarity and growth. Differences have their cause here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
import tables
from test_parity import NAMES, PEERS, SPECIALISATION, Case, case, column

import regionomics as rg


def values(function: Callable[..., Any], **options: Any) -> Callable[[Case], np.ndarray]:
    """The function's own column on the case's table."""
    name = function.__name__
    return lambda c: column(function(c.data, **options), name)


def income(c: Case) -> dict[str, float]:
    return dict(zip(c.places, tables.income(c.places), strict=True))


def quotient(c: Case) -> np.ndarray:
    return column(rg.location_quotient(c.data), "location_quotient")


def present(c: Case) -> np.ndarray:
    return column(rg.presence(c.data), "present")


def average_quotient(c: Case) -> np.ndarray:
    return 1 / column(rg.hachman(c.data), "hachman")


def first_curve(c: Case, weights: Any) -> np.ndarray:
    curve = rg.concentration_curve(c.data, weights=weights)
    return column(curve.filter(pl.col("activity") == c.activities[0]), "value_share")


@cache
def grown(c: Case, of: str) -> pl.DataFrame:
    """Growth in percent between the table and the later one, each pair with a row, as the peers' matrices have."""
    every = pl.DataFrame({"place": c.places}).join(pl.DataFrame({"activity": c.activities}), how="cross")
    whole = every.join(pl.DataFrame({"year": [1, 2]}), how="cross").join(
        c.panel, on=["place", "activity", "year"], how="left"
    )
    return rg.growth(whole.with_columns(pl.col("value").fill_null(0)), of=of, scale=100)


def growth(of: str, *, from_nothing: float, stays_at_nothing: float = 0.0) -> Callable[[Case], np.ndarray]:
    """Our growth, with the peers' numbers where we have none: what starts from 0, and what stays there."""

    def answer(c: Case) -> np.ndarray:
        table = grown(c, of)
        filled = pl.when(table["value"] > 0).then(pl.lit(from_nothing)).otherwise(pl.lit(stays_at_nothing))
        return column(table.select(pl.coalesce("growth", filled).alias("growth")), "growth")

    return answer


# What ours is called with so that definitions agree: (peer, its function) -> answer, places before activities.
SAME: dict[tuple[str, str], Callable[[Case], Any]] = {
    **{(peer, "rca"): quotient for peer in ("econcomplex", "growthlab", "oec", "econci", "EconGeo")},
    ("EconGeo", "location_quotient"): quotient,
    ("economiccomplexity", "balassa_index"): quotient,
    ("econcomplex", "rpop"): lambda c: values(rg.location_quotient, weights=income(c))(c),
    ("econcomplex", "mcp"): present,
    ("EconGeo", "rca_binary"): present,
    ("econcomplex", "location_quotient_avg"): average_quotient,
    ("EconGeo", "location_quotient_avg"): average_quotient,
    ("econcomplex", "hachman_index"): values(rg.hachman),
    ("EconGeo", "hachman"): values(rg.hachman),
    ("econcomplex", "specialization_coefficient"): values(rg.specialisation_coefficient),
    ("EconGeo", "spec_coeff"): values(rg.specialisation_coefficient),
    ("econcomplex", "krugman_index"): values(rg.krugman_index),
    ("EconGeo", "krugman_index"): values(rg.krugman_index),
    ("econcomplex", "export_similarity"): lambda c: rg.similarity(c.data).matrix.toarray(),
    ("oec", "similarity"): lambda c: rg.similarity(c.data).matrix.toarray(),
    ("econcomplex", "gini"): values(rg.gini),
    ("EconGeo", "gini"): values(rg.gini),
    ("econcomplex", "locational_gini"): values(rg.locational_gini),
    ("EconGeo", "locational_gini"): values(rg.locational_gini),
    ("econcomplex", "hoover_gini"): lambda c: values(rg.gini, weights=income(c))(c),
    ("EconGeo", "hoover_gini"): lambda c: values(rg.gini, weights=income(c))(c),
    ("econcomplex", "hoover_index"): values(rg.hoover_index, scale=100),
    ("econcomplex", "hoover_index_population"): lambda c: values(rg.hoover_index, weights=income(c), scale=100)(c),
    ("EconGeo", "hoover_index"): lambda c: values(rg.hoover_index, weights=income(c), scale=100)(c),
    ("econcomplex", "herfindahl"): values(rg.herfindahl),
    ("econcomplex", "herfindahl_normalised"): values(rg.herfindahl, normalise=True),
    ("EconGeo", "herfindahl"): values(rg.herfindahl),
    ("econcomplex", "shannon_entropy"): values(rg.entropy),
    ("EconGeo", "entropy"): values(rg.entropy),
    ("EconGeo", "lorenz_curve"): lambda c: first_curve(c, "equal"),
    ("EconGeo", "hoover_curve"): lambda c: first_curve(c, income(c)),
    ("econcomplex", "growth_of_places"): growth("place", from_nothing=0),
    ("econcomplex", "growth_of_activities"): growth("activity", from_nothing=0),
    ("econcomplex", "growth_of_pairs"): growth("pair", from_nothing=0),
    ("EconGeo", "growth_reg"): growth("place", from_nothing=np.nan),
    ("EconGeo", "growth_ind"): growth("activity", from_nothing=np.nan),
    ("EconGeo", "growth_mat"): growth("pair", from_nothing=np.nan),
}
# EconGeo adds 1e-9 to each share inside the logarithm.
TOLERANCE = {("EconGeo", "entropy"): 1e-7}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("peer", "function"), SAME, ids=[" ".join(k) for k in SAME])
def test_ours_agrees_with_the_peer(peer, function, name):
    stored = PEERS[peer]["tables"][name][function]
    mine = np.asarray(SAME[peer, function](case(name)), dtype=float).ravel()
    assert tables.same(list(mine), stored, tolerance=TOLERANCE.get((peer, function), 1e-9))


def test_every_stored_answer_of_these_functions_is_compared():
    stored = {(peer, f) for peer, all_of in PEERS.items() for functions in all_of["tables"].values() for f in functions}
    assert {(peer, f) for peer, f in stored if f in SPECIALISATION} == set(SAME)
