"""Robustness: what is left of a network as nodes leave."""

from __future__ import annotations

import igraph
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def table(graph: igraph.Graph, seed: int = 0) -> pl.DataFrame:
    rows = pl.DataFrame(
        graph.get_edgelist(), schema={"organisation_1": pl.Int64, "organisation_2": pl.Int64}, orient="row"
    )
    return rows.with_columns(weight=np.random.default_rng(seed).integers(1, 5, rows.height).astype(float))


def random_graph(seed: int, n: int = 14, m: int = 22) -> igraph.Graph:
    i, j = np.triu_indices(n, 1)
    keep = np.random.default_rng(seed).choice(len(i), m, replace=False)
    return igraph.Graph(n=n, edges=np.column_stack([i[keep], j[keep]]).tolist())


def shares(graph: igraph.Graph, sequence: list[int]) -> list[float]:
    """The largest component after each removal, by igraph."""
    out = []
    for step in range(len(sequence) + 1):
        left = graph.copy()
        left.delete_vertices(sequence[:step])
        out.append(max(left.connected_components().sizes(), default=0) / graph.vcount())
    return out


@quick
@given(st.integers(0, 10_000), st.sampled_from(["degree", "strength", "betweenness"]), st.booleans())
def test_curve_is_igraphs_components_and_each_who_leaves_is_the_first(seed, order, recalculate):
    graph = random_graph(seed)
    ties = table(graph, seed)
    graph.es["weight"] = ties["weight"].to_list()
    graph.vs["name"] = list(range(14))
    got = rg.robustness(ties, list(range(14)), order=order, recalculate=recalculate)
    left = got.curve["organisation"].to_list()[1:]
    assert sorted(left) == list(range(14))
    assert got.curve["largest_share"].to_list() == pytest.approx(shares(graph, left))
    assert got.index["robustness"][0] == pytest.approx(np.mean(shares(graph, left)[1:]))
    now = graph.copy()
    whole = measure(graph, order)
    for who in left:
        score = measure(now, order) if recalculate else {k: whole[k] for k in now.vs["name"]}
        best = max(score.values())
        assert who == min(k for k, v in score.items() if v > best - 1e-7)
        now.delete_vertices([now.vs["name"].index(who)])


def measure(graph: igraph.Graph, order: str) -> dict[int, float]:
    values = {
        "degree": graph.degree,
        "strength": lambda: graph.strength(weights="weight"),
        "betweenness": graph.betweenness,
    }[order]()
    return dict(zip(graph.vs["name"], values, strict=True))


def test_whole_and_star_give_the_ends_of_the_range():
    n = 20
    whole = rg.robustness(table(igraph.Graph.Full(n))).index["robustness"][0]
    star = rg.robustness(table(igraph.Graph.Star(n))).index["robustness"][0]
    assert whole == pytest.approx(sum(range(n)) / n**2)  # nearly the 1/2 of Schneider et al.
    assert star == pytest.approx((n - 1) / n**2)  # nearly their 1/N


def test_random_network_breaks_where_percolation_says():
    graph = random_graph(3, n=3000, m=6000)  # four ties a node
    curve = rg.robustness(table(graph), list(range(3000)), order="random", draws=5).curve
    half = curve.filter(pl.col("removed") == 1500).row(0, named=True)
    # two ties a node among the half that is left: the giant component is the root .7968 of s = 1 - exp(-2 s)
    assert half["largest_share"] == pytest.approx(0.7968 / 2, abs=0.02)
    assert half["low"] <= half["largest_share"] <= half["high"]
    assert curve.filter(pl.col("removed") == 2700)["largest_share"][0] < 0.01  # beyond 1 - 1/4


def test_hubs_of_a_scale_free_network_are_its_weak_point():
    rng = np.random.default_rng(5)
    ends, ties = [0, 1, 1, 2, 2, 0], [(0, 1), (1, 2), (0, 2)]
    for new in range(3, 400):  # each new node ties itself to two, more likely to those with more ties
        for old in {*rng.choice(ends, 2)}:
            ties.append((int(old), new))
            ends += [int(old), new]
    graph = table(igraph.Graph(ties))
    attack = rg.robustness(graph).index.row(0, named=True)
    failure = rg.robustness(graph, order="random", draws=20).index.row(0, named=True)
    assert attack["robustness"] < 0.5 * failure["robustness"]
    assert attack["half"] < 0.15 < 0.3 < failure["half"]


def test_random_orders_are_repeatable_and_differ_by_seed():
    ties = table(random_graph(1))
    one, same, other = (rg.robustness(ties, order="random", draws=5, seed=s).index.rows() for s in (1, 1, 2))
    assert one == same != other


@quick
@given(st.integers(0, 10_000))
def test_unit_and_order_of_rows_change_nothing(seed):
    ties = table(random_graph(seed), seed)
    first = rg.robustness(ties, order="strength")
    other = rg.robustness(
        ties.with_columns(pl.col("weight") * 0.1).sample(fraction=1, shuffle=True, seed=seed), order="strength"
    )
    assert first.curve.rows() == other.curve.rows()


def test_sums_that_do_not_quite_vanish_leave_nobody_before_its_turn():
    ties = pl.DataFrame(
        {"organisation_1": ["b", "b", "b"], "organisation_2": ["d", "e", "f"], "weight": [0.1, 0.2, 0.3]}
    )
    left = rg.robustness(ties, ["a", "b", "c", "d", "e", "f"], order="strength").curve["organisation"].to_list()
    assert left == [None, "b", "a", "c", "d", "e", "f"]


@odd_tables
def test_a_list_leaves_in_its_order_and_has_no_index_unless_it_names_all():
    path = pl.DataFrame({"organisation_1": ["a", "b", "c"], "organisation_2": ["b", "c", "d"]})
    got = rg.robustness(path, order=["c"], weight=None)
    assert got.curve["largest_share"].to_list() == [1.0, 0.5]
    assert got.index.select("order", "robustness", "half").row(0) == ("given", None, 0.25)
    whole = rg.robustness(path, order=["c", "a", "b", "d"], weight=None)
    assert whole.index["robustness"][0] == pytest.approx((2 + 1 + 1 + 0) / 4 / 4)


def test_one_alone_no_ties_and_layers_are_answered():
    none = pl.DataFrame(schema={"organisation_1": pl.String, "organisation_2": pl.String})
    got = rg.robustness(none, ["a", "b"], weight=None)
    assert got.curve["largest_share"].to_list() == [0.5, 0.5, 0.0]
    assert rg.robustness(none, ["a"], weight=None, order="betweenness").index["robustness"][0] == 0.0
    ties = table(random_graph(1))
    both = pl.concat([ties.with_columns(layer=1), ties.with_columns(layer=2)])
    index = rg.robustness(both, by="layer").index
    assert index.drop("layer").rows() == rg.robustness(ties).index.rows() * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": "size"}, "order='size' is unknown"),
        ({"order": ["z"]}, "'z' is not among"),
        ({"order": ["a", "a"]}, "order names a twice"),
        ({"order": []}, "empty list"),
        ({"order": "random", "draws": 0}, "draws=0"),
    ],
)
def test_orders_that_make_no_sense_are_refused(options, said):
    path = pl.DataFrame({"organisation_1": ["a", "b"], "organisation_2": ["b", "c"]})
    with pytest.raises(rg.InvalidParameter, match=said):
        rg.robustness(path, weight=None, **options)
