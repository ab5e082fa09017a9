"""Ties that one would expect: between groups, and pair by pair."""

from __future__ import annotations

import igraph
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg
from regionomics.networks._graph import Graph
from regionomics.networks.gaps import configuration_model

quick = settings(max_examples=10, deadline=None)


def network(seed: int, n: int = 14, density: float = 0.25) -> np.ndarray:
    a = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1)
    return a | a.T


def table(a: np.ndarray) -> pl.DataFrame:
    i, j = np.nonzero(np.triu(a, 1))
    return pl.DataFrame({"organisation_1": i, "organisation_2": j})


def people(groups: list[int]) -> pl.DataFrame:
    return pl.DataFrame({"organisation": range(len(groups)), "group": groups})


def chances(a: np.ndarray) -> np.ndarray:
    i, j = np.nonzero(np.triu(a, 1))
    graph = Graph(pl.Series(range(len(a))).to_arrow(), i, j, np.ones(len(i)), False, {})
    _, kind, p = configuration_model(graph)
    full = p[np.ix_(kind, kind)].copy()
    np.fill_diagonal(full, 0)
    return full


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_model_gives_everybody_as_many_ties_as_it_has(seed, density):
    a = network(seed, density=density)
    p = chances(a)
    assert p.sum(axis=1) == pytest.approx(a.sum(axis=1), abs=1e-3)
    assert ((p >= 0) & (p <= 1)).all()


def test_model_is_the_most_likely_one():
    a = network(3)
    p = chances(a)
    i, j = np.triu_indices(len(a), 1)
    k = a.sum(axis=1)

    def log_likelihood(x: np.ndarray) -> float:
        return float((k * np.log(x)).sum() - np.log1p(x[i] * x[j]).sum())

    # ln (p / (1 - p)) = ln x_i + ln x_j: three pairs of a triangle give ln x of their ends
    t = np.zeros(len(a))
    odds = np.log(np.maximum(p, 1e-300) / (1 - p))
    for v in np.flatnonzero(k):
        u, w = [q for q in np.flatnonzero(k) if q != v][:2]
        t[v] = (odds[v, u] + odds[v, w] - odds[u, w]) / 2
    x = np.exp(t[k > 0])
    i, j = np.triu_indices(len(x), 1)
    k = k[k > 0]
    best = log_likelihood(x)
    rng = np.random.default_rng(0)
    assert all(log_likelihood(x * np.exp(rng.normal(0, 0.05, len(x)))) < best for _ in range(50))


def test_equal_numbers_of_ties_have_equal_chances():
    ring = np.roll(np.eye(9, dtype=bool), 1, axis=1)
    p = chances(ring | ring.T)
    assert p[~np.eye(9, dtype=bool)] == pytest.approx(np.full(72, 2 / 8))


@odd_tables
@pytest.mark.parametrize("n", [2, 3, 6])
def test_stars_and_full_networks_leave_no_choice(n):
    star = np.zeros((n, n), bool)
    star[0, 1:] = star[1:, 0] = True
    full = ~np.eye(n, dtype=bool)
    for a in (star, full, np.zeros((n, n), bool)):
        assert chances(a) == pytest.approx(a.astype(float), abs=1e-3)
    got = rg.link_gaps(table(star), people([0] * n))
    assert got["seen"].to_list() == [n - 1]
    assert got["expected"][0] == pytest.approx(n - 1)
    assert got["z"].to_list() == [None]


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_pairs_seen_and_expected_add_up_and_equal_the_count(seed):
    a = network(seed)
    group = np.random.default_rng(seed).integers(0, 3, 14)
    got = rg.link_gaps(table(a), people(group.tolist()))
    p = chances(a)
    assert got["pairs"].sum() == 14 * 13 / 2
    assert got["seen"].sum() == a.sum() / 2
    assert got["expected"].sum() == pytest.approx(a.sum() / 2, abs=1e-2)
    for row in got.iter_rows(named=True):
        one, two = group == row["group_1"], group == row["group_2"]
        cell = np.outer(one, two) & np.triu(np.ones(a.shape, bool), 1) | np.outer(two, one) & np.triu(
            np.ones(a.shape, bool), 1
        )
        assert row["pairs"] == cell.sum()
        assert row["seen"] == (cell & a).sum()
        assert row["expected"] == pytest.approx(p[cell].sum(), abs=1e-6)
        if row["z"] is not None:
            spread = np.sqrt((p * (1 - p))[cell].sum())
            assert row["z"] == pytest.approx((row["seen"] - p[cell].sum()) / spread, abs=1e-4)


def test_groups_without_meaning_have_no_gaps():
    z = []
    for seed in range(40):
        group = np.random.default_rng(seed + 100).integers(0, 2, 40).tolist()
        z += rg.link_gaps(table(network(seed, 40, 0.15)), people(group))["z"].to_list()
    assert abs(np.mean(z)) < 0.3
    assert np.std(z) < 1.3


def test_planted_gap_is_found_whatever_the_activity_of_the_groups():
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1, 2], 30)
    chance = np.outer([1, 1, 0.4], [1, 1, 0.4]) * 0.2  # the third has few ties, but misses nobody
    chance[0, 1] = chance[1, 0] = 0.02  # the first two do not work together
    a = np.triu(rng.random((90, 90)) < chance[np.ix_(group, group)], 1)
    got = rg.link_gaps(table(a | a.T), people(group.tolist()))
    worst = got.sort("z").row(0, named=True)
    assert (worst["group_1"], worst["group_2"]) == (0, 1)
    assert worst["z"] < -8
    assert worst["ratio"] < 0.4
    third = got.filter((pl.col("group_1") == 2) & (pl.col("group_2") == 2)).row(0, named=True)
    assert abs(third["z"]) < 4


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_scores_agree_with_igraph(seed):
    a = network(seed)
    graph = igraph.Graph.Adjacency(a.tolist(), mode="undirected")
    theirs = np.array(graph.similarity_inverse_log_weighted())
    common, p = a.astype(int) @ a.astype(int), chances(a)
    got = rg.missing_ties(table(a), list(range(14)), top=None)
    wanted = (common > 0) & ~a & ~np.eye(14, dtype=bool)
    assert got.height == wanted.sum()
    for row in got.iter_rows(named=True):
        i, j = row["organisation"], row["partner"]
        assert wanted[i, j]
        assert row["score"] == pytest.approx(theirs[i, j])
        assert row["common"] == common[i, j]
        assert row["expected"] == pytest.approx(p[i, j], abs=1e-9)
    first = rg.missing_ties(table(a), list(range(14)), top=2)
    assert first.rows() == got.filter(pl.col("rank") <= 2).rows()
    assert (got.group_by("organisation", maintain_order=True).agg("score"))[
        "score"
    ].list.diff().list.max().max() <= 1e-9


def test_hidden_tie_of_a_clique_comes_first():
    a = ~np.eye(6, dtype=bool)
    a[0, 1] = a[1, 0] = False
    wide = np.zeros((12, 12), bool)
    wide[:6, :6] = a
    for i in range(5, 11):  # a chain behind the clique
        wide[i, i + 1] = wide[i + 1, i] = True
    best = rg.missing_ties(table(wide)).sort("score", descending=True).row(0, named=True)
    assert {best["organisation"], best["partner"]} == {0, 1}
    assert best["common"] == 4


def test_only_pairs_of_different_groups_where_asked():
    a = network(2)
    group = [k % 2 for k in range(14)]
    got = rg.missing_ties(table(a), people(group), group="group", top=None)
    whole = rg.missing_ties(table(a), list(range(14)), top=None)
    cross = whole.filter(pl.col("organisation") % 2 != pl.col("partner") % 2)
    columns = ["organisation", "partner", "score"]
    assert got.select(columns).rows() == cross.select(columns).rows()


def test_nobody_shares_partners_one_alone_and_layers_are_answered():
    pair = pl.DataFrame({"organisation_1": ["a"], "organisation_2": ["b"]})
    assert rg.missing_ties(pair).height == 0
    none = pl.DataFrame(schema={"organisation_1": pl.String, "organisation_2": pl.String})
    alone = pl.DataFrame({"organisation": ["a"], "group": ["x"]})
    assert rg.missing_ties(none, alone).height == 0
    assert rg.link_gaps(none, alone).row(0)[2:] == (0, 0, 0.0, 0.0, None, None)
    a = table(network(1))
    both = pl.concat([a.with_columns(layer=1), a.with_columns(layer=2)])
    got = rg.link_gaps(both, people([0, 1] * 7), by="layer")
    assert got.drop("layer").rows() == rg.link_gaps(a, people([0, 1] * 7)).rows() * 2


def test_null_groups_and_no_places_in_the_list_are_refused():
    pair = pl.DataFrame({"organisation_1": ["a"], "organisation_2": ["b"]})
    with pytest.raises(rg.InvalidTable, match="group is null"):
        rg.link_gaps(pair, pl.DataFrame({"organisation": ["a", "b"], "group": ["x", None]}))
    with pytest.raises(rg.InvalidParameter, match="top=0"):
        rg.missing_ties(pair, top=0)
    with pytest.raises(rg.InvalidParameter, match="nodes= is needed"):
        rg.missing_ties(pair, group="group")
