"""Complementarity of regions and partners."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=12, deadline=None)


def of_matrix(matrix: object) -> rg.PlaceActivity:
    return rg.PlaceActivity.from_matrix(np.asarray(matrix, dtype=float))


def by_definition(m: np.ndarray, phi: np.ndarray, r: int, s: int, i: int) -> float:
    total = phi[i].sum()
    return float((phi[i] * m[s] * (1 - m[r])).sum() / total) if total else 0.0


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_two_products_equal_the_definition_pair_by_pair(seed):
    rng = np.random.default_rng(seed)
    m = (rng.random((5, 6)) < 0.5).astype(float)
    m[:, 0] = 1  # no place is empty
    data = of_matrix(m)
    phi = rg.relatedness(data, presence="given").matrix.toarray()
    weight = rng.random(6)
    table = pl.DataFrame({"activity": range(6), "weight": weight})
    for variant in ("missing", "mean", "all", "weighted"):
        got = rg.complementarity(
            data, presence="given", variant=variant, weights=table if variant == "weighted" else None
        )
        for row in got.to_dicts():
            r, s = row["place"], row["partner"]
            lacking = [i for i in range(6) if m[r, i] == 0]
            over = range(6) if variant == "all" else lacking
            expected = sum(by_definition(m, phi, r, s, i) * (weight[i] if variant == "weighted" else 1) for i in over)
            if variant == "mean":
                if not lacking:
                    assert row["complementarity"] is None
                    continue
                expected /= len(lacking)
            assert row["complementarity"] == pytest.approx(expected, abs=1e-12)


@odd_tables
def test_overlap_counts_what_the_partner_has_and_the_place_lacks():
    got = rg.complementarity(of_matrix([[1, 0, 0], [1, 1, 1]]), presence="given", variant="overlap")
    assert got["complementarity"].to_list() == [2, 0]


@odd_tables
def test_a_place_with_everything_needs_nobody_and_an_empty_one_is_unknown():
    table = pl.DataFrame({"place": ["a", "a", "b", "c"], "activity": ["x", "y", "x", "x"], "value": [1, 1, 1, 0]})
    got = rg.complementarity(table, presence="given")
    assert got.filter(pl.col("place") == "a")["complementarity"].to_list() == [0, 0]
    assert got.filter(pl.col("place") == "c")["complementarity"].null_count() == 2


def test_weights_and_the_variant_go_together():
    data = of_matrix([[1, 0], [1, 1]])
    with pytest.raises(rg.InvalidParameter, match="go together"):
        rg.complementarity(data, variant="weighted", presence="given")


CAPS = of_matrix([[1, 0, 0, 0, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [1, 1, 0, 0, 1]])


def test_partners_come_ranked_and_existing_ties_take_away():
    free = rg.partner_regions(CAPS, [1, 2], of=0, presence="given")
    assert free["rank"].to_list() == list(range(1, free.height + 1))
    assert free["score"].is_sorted(descending=True)
    first = free["partner"][0]
    ties = pl.DataFrame({"place": [0, 0], "partner": [first, 3], "ties": [4, 1]})
    tied = rg.partner_regions(CAPS, [1, 2], of=0, presence="given", ties=ties)
    mine = tied.filter(pl.col("partner") == first).to_dicts()[0]
    assert mine["score"] == 0  # as closely tied as this place is to anyone
    assert mine["complementarity"] == free["complementarity"][0]
    other = tied.filter(pl.col("partner") == 3).to_dicts()
    assert not other or other[0]["score"] == pytest.approx(other[0]["complementarity"] * (1 - 1 / 4))


def test_score_adds_up_the_wanted_activities_that_the_place_lacks():
    m = CAPS.values.toarray()
    phi = rg.relatedness(CAPS, presence="given").matrix.toarray()
    got = rg.partner_regions(CAPS, [0, 2, 3], of=0, presence="given", top=None)
    for row in got.to_dicts():
        expected = sum(by_definition(m, phi, 0, row["partner"], i) for i in (2, 3))  # it has activity 0
        assert row["complementarity"] == pytest.approx(expected)


def test_place_named_that_has_all_of_the_wanted_activities_is_told_so():
    with pytest.warns(rg.InputWarning, match="no partners for place 1: all of the wanted activities are there already"):
        found = rg.partner_regions(CAPS, [1, 2], of=[0, 1], presence="given")
    assert set(found["place"]) == {0}
    assert 1 not in rg.partner_regions(CAPS, [1, 2], presence="given")["place"]  # not named: nothing is missed


def test_unknown_activity_or_place_is_refused():
    with pytest.raises(rg.InvalidParameter, match="99 is not in the table"):
        rg.partner_regions(CAPS, [99], presence="given")
    with pytest.raises(rg.InvalidParameter, match="of: 77"):
        rg.partner_regions(CAPS, of=77, presence="given")


def test_repeated_ties_are_refused():
    ties = pl.DataFrame({"place": [0, 0], "partner": [1, 1], "ties": [4, 1]})
    with pytest.raises(rg.InvalidTable, match="ties: 0 and 1 appear 2 times"):
        rg.partner_regions(CAPS, presence="given", ties=ties)


@odd_tables
def test_sparse_and_dense_relatedness_give_the_same():
    every = rg.relatedness(CAPS, presence="given", top_k=5)
    assert rg.complementarity(CAPS, every, presence="given")["complementarity"].to_list() == pytest.approx(
        rg.complementarity(CAPS, presence="given")["complementarity"].to_list()
    )
    sparse = rg.partner_regions(CAPS, relatedness=every, presence="given")
    assert sparse["adds"].equals(rg.partner_regions(CAPS, presence="given")["adds"])
