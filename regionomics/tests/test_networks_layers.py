"""Layers of a network, and windows of time."""

from __future__ import annotations

import igraph
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def layers(seed: int, n: int = 12, kinds: int = 3, density: float = 0.3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(n, 1)
    parts = []
    for kind in range(kinds):
        keep = rng.random(len(i)) < density
        keep[0] = True
        parts.append(pl.DataFrame({"organisation_1": i[keep], "organisation_2": j[keep]}).with_columns(layer=kind))
    return pl.concat(parts)


def graph(table: pl.DataFrame, layer: int, n: int = 12) -> igraph.Graph:
    rows = table.filter(pl.col("layer") == layer).select("organisation_1", "organisation_2").rows()
    return igraph.Graph(n=n, edges=rows)


@quick
@given(st.integers(0, 10_000))
def test_layers_agree_with_igraph(seed):
    table = layers(seed)
    got = rg.multiplex(table, list(range(12)))
    graphs = [graph(table, k) for k in range(3)]
    for row in got.layers.iter_rows(named=True):
        one, two = graphs[row["layer_1"]], graphs[row["layer_2"]]
        both = one.intersection(two).ecount()
        assert (row["ties_1"], row["ties_2"], row["both"]) == (one.ecount(), two.ecount(), both)
        assert row["jaccard"] == pytest.approx(both / one.union(two).ecount())
        assert row["degree_correlation"] == pytest.approx(np.corrcoef(one.degree(), two.degree())[0, 1])
    degree = np.array([g.degree() for g in graphs])
    every = graphs[0].union(graphs[1]).union(graphs[2])
    assert got.nodes["partners"].to_list() == every.degree()
    assert got.nodes["ties"].to_list() == degree.sum(axis=0).tolist()
    share = degree / np.maximum(degree.sum(axis=0), 1)
    assert got.nodes["participation"].drop_nulls().to_list() == pytest.approx(
        (1.5 * (1 - (share**2).sum(axis=0)))[degree.sum(axis=0) > 0]
    )


def test_layers_that_know_nothing_of_each_other_have_as_much_in_common_as_chance_gives():
    z = [v for seed in range(40) for v in rg.multiplex(layers(seed, 40), list(range(40))).layers["z"]]
    assert abs(np.mean(z)) < 0.4
    assert np.std(z) == pytest.approx(1, abs=0.3)


def test_planted_copy_of_a_layer_is_seen():
    one = layers(1, 40, 1, 0.1)
    kept = one.sample(fraction=0.8, seed=2).with_columns(layer=1)
    row = rg.multiplex(pl.concat([one, kept.cast(one.schema)]), list(range(40))).layers.row(0, named=True)
    assert row["both"] == row["ties_2"]
    assert row["ratio"] == pytest.approx(780 / one.height)
    assert row["z"] > 10
    assert row["degree_correlation"] > 0.8


@odd_tables
def test_participation_runs_from_one_layer_alone_to_evenly_in_all():
    table = pl.DataFrame(
        {"organisation_1": ["a", "a", "c"], "organisation_2": ["b", "b", "d"], "layer": ["x", "y", "x"]}
    )
    got = rg.multiplex(table, ["a", "b", "c", "d", "e"]).nodes
    assert got["participation"].to_list() == [1.0, 1.0, 0.0, 0.0, None]
    assert got["layers"].to_list() == [2, 2, 1, 1, 0]
    alone = rg.multiplex(table.filter(pl.col("layer") == "x"))
    assert alone.layers.height == 0
    assert alone.nodes["participation"].null_count() == 4


@quick
@given(st.integers(0, 10_000))
def test_order_of_rows_and_ends_changes_nothing(seed):
    table = layers(seed)
    turned = table.select(organisation_1="organisation_2", organisation_2="organisation_1", layer="layer")
    first, other = rg.multiplex(table), rg.multiplex(turned.sample(fraction=1, shuffle=True, seed=seed))
    assert first.layers.rows() == other.layers.rows()
    assert first.nodes.rows() == other.nodes.rows()


def test_layers_without_ties_or_with_different_nodes_are_refused():
    empty = pl.DataFrame(schema={"organisation_1": pl.String, "organisation_2": pl.String, "layer": pl.String})
    with pytest.raises(rg.InvalidTable, match="no ties"):
        rg.multiplex(empty)
    table = pl.DataFrame({"organisation_1": ["a", "b"], "organisation_2": ["b", "c"], "layer": ["x", "y"]})
    people = pl.DataFrame({"organisation": ["a", "b", "b", "c"], "layer": ["x", "x", "y", "y"]})
    with pytest.raises(rg.InvalidTable, match="different nodes"):
        rg.multiplex(table, people)


@quick
@given(
    st.lists(st.tuples(st.integers(2000, 2012), st.none() | st.integers(0, 6)), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_a_row_is_in_a_window_exactly_where_they_overlap(spans, width, step):
    table = pl.DataFrame(
        {"start": [s for s, _ in spans], "end": [None if d is None else s + d for s, d in spans]},
        schema={"start": pl.Int64, "end": pl.Int64},
    ).with_row_index("row")
    got = rg.time_windows(table, end="end", width=width, step=step)
    seen = set(got.select("row", "window_from").rows())
    last = max(*(v for v in (table["start"].max() + 1, table["end"].max()) if v is not None), 0)
    at = list(range(table["start"].min(), int(got["window_from"].max()) + 1, step))
    for w in at:
        for row, start, end in table.rows():
            inside = start < w + width and (end is None or end > w or (start == end and start >= w))
            assert ((row, w) in seen) == inside
    assert (got["window_until"] - got["window_from"]).unique().to_list() == [width]
    if step <= width and table["end"].null_count() == table.height:
        assert {r for r, _ in seen} == set(range(table.height))
        assert got["window_until"].max() >= last


def test_networks_by_window_are_those_of_the_years_by_themselves():
    parts = pl.DataFrame(
        {
            "project": ["x", "x", "y", "y", "y", "z", "z"],
            "organisation": ["a", "b", "a", "b", "c", "b", "c"],
            "start": [2014, 2014, 2015, 2015, 2015, 2017, 2017],
        }
    )
    windows = rg.time_windows(parts, width=2)
    ties = rg.projection(windows, by="window_from").ties
    for year in (2014, 2016):
        alone = rg.projection(parts.filter(pl.col("start").is_between(year, year + 1))).ties
        assert ties.filter(pl.col("window_from") == year).drop("window_from").rows() == alone.rows()
    assert rg.network_summary(ties, by="window_from")["ties"].to_list() == [3, 1]


def test_windows_keep_to_first_and_last_and_take_parts_of_years():
    table = pd.DataFrame({"start": [0.0, 0.75, 1.5], "name": ["a", "b", "c"]})
    got = rg.time_windows(table, width=0.5, first=0.5, last=1.5)
    assert got["name"].tolist() == ["b"]
    assert got["window_from"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("table", "options", "error", "said"),
    [
        ({"start": [1]}, {"width": 0}, rg.InvalidParameter, "width=0"),
        ({"start": [1]}, {"width": 2, "step": -1}, rg.InvalidParameter, "step=-1"),
        ({"start": [1, 5]}, {"width": 9, "last": 4}, rg.InvalidParameter, "no window of 9 fits between 1 and 4"),
        ({"start": [1, None]}, {"width": 1}, rg.InvalidTable, "start is null"),
        ({"start": [1, 5], "end": [3, 4]}, {"width": 1, "end": "end"}, rg.InvalidTable, "end is 4 before start 5"),
        ({"start": [1], "end": ["x"]}, {"width": 1, "end": "end"}, rg.InvalidTable, "end holds"),
        ({"start": [1], "window_from": [1]}, {"width": 1}, rg.InvalidTable, "window_from already"),
        ({"start": []}, {"width": 1}, rg.InvalidTable, "no rows"),
    ],
)
def test_times_that_make_no_sense_are_refused(table, options, error, said):
    with pytest.raises(error, match=said):
        rg.time_windows(pl.DataFrame(table), **options)
