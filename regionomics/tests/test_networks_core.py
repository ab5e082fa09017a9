"""Core and periphery: the division, its coreness, and what chance gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def table(a: np.ndarray) -> pl.DataFrame:
    i, j = np.nonzero(np.triu(a, 1))
    return pl.DataFrame({"organisation_1": i, "organisation_2": j, "weight": a[i, j].astype(float)})


def network(seed: int, n: int = 8, density: float = 0.4) -> np.ndarray:
    a = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1)
    return a | a.T


def errors(a: np.ndarray, core: np.ndarray) -> int:
    pair = np.triu(np.ones(a.shape, bool), 1)
    inside, outside = np.outer(core, core), np.outer(~core, ~core)
    return int((pair & inside & ~a).sum() + (pair & outside & a).sum())


def planted(seed: int) -> np.ndarray:
    core = np.arange(60) < 12
    chance = np.where(np.outer(core, core), 0.9, np.where(np.outer(~core, ~core), 0.03, 0.25))
    a = np.triu(np.random.default_rng(seed).random((60, 60)) < chance, 1)
    return a | a.T


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_errors_are_the_fewest_of_all_divisions(seed, density):
    a = network(seed, density=density)
    got = rg.core_periphery(table(a), list(range(8)), draws=0)
    fit = got.fit.row(0, named=True)
    every = [np.array([k >> i & 1 for i in range(8)], bool) for k in range(2**8)]
    degree = a.sum(axis=1)
    # Nodes of one degree stay together, and nobody outside the core has more ties than somebody inside it.
    nested = [c for c in every if c.all() or not c.any() or degree[c].min() > degree[~c].max()]
    assert fit["least"] == min(errors(a, c) for c in every)
    assert fit["errors"] == min(errors(a, c) for c in nested) == errors(a, got.nodes["core"].to_numpy())


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_correlations_are_pearsons(seed):
    a = network(seed, 12)
    got = rg.core_periphery(table(a), list(range(12)), draws=0)
    fit, core, c = got.fit.row(0, named=True), got.nodes["core"].to_numpy(), got.nodes["coreness"].to_numpy()
    i, j = np.triu_indices(12, 1)
    alike = core[i] == core[j]
    if fit["correlation"] is not None:
        assert fit["correlation"] == pytest.approx(np.corrcoef(a[i, j][alike], core[i][alike])[0, 1])
    assert fit["coreness_correlation"] == pytest.approx(np.corrcoef(a[i, j], c[i] * c[j])[0, 1])


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_no_single_coreness_could_be_better(seed):
    a = network(seed, 10)
    c = rg.core_periphery(table(a), list(range(10)), draws=0).nodes["coreness"].to_numpy()

    def loss(v: np.ndarray) -> float:
        return float(((a - np.outer(v, v))[~np.eye(10, dtype=bool)] ** 2).sum())

    for i in range(10):
        for step in (-0.01, 0.01):
            moved = c.copy()
            moved[i] = np.clip(moved[i] + step, 0, 1)
            assert loss(moved) >= loss(c) - 1e-9


@odd_tables
def test_coreness_that_made_the_weights_is_found():
    c = np.array([1.0, 1.0, 0.8, 0.5, 0.3, 0.1])
    got = rg.core_periphery(table(7 * np.outer(c, c)), draws=0)
    assert got.nodes["coreness"].to_list() == pytest.approx(c, abs=1e-6)
    assert got.fit["coreness_correlation"][0] == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_planted_core_is_found_and_is_no_chance(seed):
    a = planted(seed)
    got = rg.core_periphery(table(a), list(range(60)))
    assert (got.nodes["core"].to_numpy() == (np.arange(60) < 12)).mean() > 0.9
    assert got.fit["p_value"][0] == 1 / 201
    assert got.fit["z"][0] < -10


def test_random_networks_are_seldom_called_significant():
    p = [rg.core_periphery(table(network(s, 30, 0.2)), list(range(30)), seed=s).fit["p_value"][0] for s in range(60)]
    assert np.mean(np.array(p) <= 0.05) < 0.15
    assert 0.35 < np.mean(p) < 0.75


@odd_tables
def test_null_is_the_mean_over_all_networks_of_as_many_ties():
    pairs = list(combinations(range(5), 2))
    least = []
    for ties in combinations(pairs, 4):
        a = np.zeros((5, 5), bool)
        for i, j in ties:
            a[i, j] = a[j, i] = True
        least.append(rg.core_periphery(table(a), list(range(5)), draws=0).fit["least"][0])
    path = pl.DataFrame(pairs[:4], schema=["organisation_1", "organisation_2"], orient="row")
    fit = rg.core_periphery(path, list(range(5)), weight=None, draws=4000).fit.row(0, named=True)
    assert fit["expected"] == pytest.approx(np.mean(least), abs=4 * np.std(least) / np.sqrt(4000))
    assert (fit["least"] - fit["expected"]) / fit["z"] == pytest.approx(np.std(least), rel=0.05)
    assert fit["p_value"] == pytest.approx(np.mean(np.array(least) <= fit["least"]), abs=0.04)


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_names_order_and_unit_change_nothing(seed):
    rng = np.random.default_rng(seed)
    w = np.triu(rng.integers(0, 4, (9, 9)), 1).astype(float)
    w += w.T
    order = rng.permutation(9)
    first = rg.core_periphery(table(w), list(range(9)), draws=20)
    other = rg.core_periphery(table(1e5 * w[np.ix_(order, order)]), list(range(9)), draws=20)
    assert other.nodes["core"].to_list() == first.nodes["core"].to_numpy()[order].tolist()
    assert other.nodes["coreness"].to_list() == pytest.approx(first.nodes["coreness"].to_numpy()[order], abs=1e-7)
    assert other.fit.row(0)[:6] == first.fit.row(0)[:6]


@odd_tables
def test_parting_equals_would_save_errors_and_the_fit_says_so():
    ring = pl.DataFrame({"organisation_1": ["a", "b", "c", "a"], "organisation_2": ["b", "c", "d", "d"]})
    fit = rg.core_periphery(ring, weight=None, draws=0).fit.row(0, named=True)
    assert (fit["errors"], fit["least"]) == (2, 1)


@odd_tables
def test_all_tied_none_tied_and_one_alone_are_answered():
    full = rg.core_periphery(table(~np.eye(5, dtype=bool))).fit.row(0, named=True)
    assert (full["core"], full["errors"], full["expected"], full["z"], full["p_value"]) == (5, 0, 0, None, 1)
    none = pl.DataFrame(schema={"organisation_1": pl.String, "organisation_2": pl.String})
    for people in (["a"], ["a", "b", "c"]):
        got = rg.core_periphery(none, people, weight=None)
        assert got.nodes["core"].to_list() == [False] * len(people)
        assert got.nodes["coreness"].to_list() == [0.0] * len(people)
        assert got.fit["correlation"][0] is None


def test_layers_run_each_by_itself():
    one, two = planted(1), planted(2)
    both = pl.concat([table(one).with_columns(layer=pl.lit("x")), table(two).with_columns(layer=pl.lit("y"))])
    got = rg.core_periphery(both, list(range(60)), by="layer", draws=10)
    alone = rg.core_periphery(table(two), list(range(60)), draws=10)
    assert got.fit.filter(pl.col("layer") == "y").drop("layer").row(0) == pytest.approx(alone.fit.row(0))


def test_negative_draws_are_refused():
    with pytest.raises(rg.InvalidParameter, match="draws=-1"):
        rg.core_periphery(table(network(1)), draws=-1)
