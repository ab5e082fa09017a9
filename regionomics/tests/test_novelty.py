"""Properties of novelty, ease of recombination and modular complexity."""

import collections
import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg
from regionomics.novelty import _same_margins

CELLS = st.lists(st.booleans(), min_size=30, max_size=30).filter(any)


def table(cells):
    return pl.DataFrame(
        {
            "place": [f"p{i}" for i in range(6) for _ in range(5)],
            "activity": list("abcde") * 6,
            "value": [int(c) for c in cells],
        }
    )


def numbers(column):
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


@odd_tables
@given(CELLS)
@settings(max_examples=20, deadline=None)
def test_places_agree_with_a_loop_over_their_pairs(cells):
    m = np.array(cells, float).reshape(6, 5)
    u, n = m.sum(axis=0), 6
    got = rg.novelty(table(cells))
    z = got.matrix()
    for p, row in enumerate(got.places.iter_rows(named=True)):
        scores = []
        for i, j in itertools.combinations(np.flatnonzero(m[p]), 2):
            e = u[i] * u[j] / n
            s = np.sqrt(e * (1 - u[i] / n) * (n - u[j]) / (n - 1))
            if s > 0:
                scores.append(((m[:, i] * m[:, j]).sum() - e) / s)
                assert z.at("abcde"[i], "abcde"[j]) == pytest.approx(scores[-1])
        assert row["activities"] == m[p].sum()
        assert row["pairs"] == len(scores)
        if scores:
            assert row["conventionality"] == pytest.approx(np.median(scores))
            assert row["novelty"] == pytest.approx(np.quantile(scores, 0.1))
        else:
            assert row["conventionality"] is None
            assert row["novelty"] is None


@odd_tables
@given(CELLS, st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_row_order_labels_and_absent_rows_change_nothing(cells, seed):
    data = table(cells)
    mixed = data.sample(fraction=1, shuffle=True, seed=seed)
    renamed = data.with_columns(activity=pl.col("activity").replace({"a": "e", "e": "a"}))
    present = data.filter(pl.col("value") > 0)
    for function, name in (
        (lambda t: rg.novelty(t).places, "novelty"),
        (rg.modular_complexity, "modular_complexity"),
    ):
        expected = numbers(function(data)[name])
        assert numbers(function(mixed)[name]) == pytest.approx(expected, nan_ok=True)
        assert numbers(function(renamed)[name]) == pytest.approx(expected, nan_ok=True)
    there = rg.modular_complexity(present)
    assert numbers(there["modular_complexity"]) == pytest.approx(
        numbers(rg.modular_complexity(data).filter(pl.col("activities") > 0)["modular_complexity"]), nan_ok=True
    )


@odd_tables
@given(CELLS)
@settings(max_examples=12, deadline=None)
def test_all_pairs_of_the_table_are_those_of_the_matrix(cells):
    got = rg.novelty(table(cells))
    z = got.matrix().toarray()
    assert np.array_equal(z, z.T, equal_nan=True)
    every = got.table(unseen=True)
    assert every.height == 10
    assert numbers(every["z"]) == pytest.approx(z[np.triu_indices(5, 1)], nan_ok=True)
    assert got.table().equals(every.filter(pl.col("both") > 0))


@odd_tables
@given(CELLS)
@settings(max_examples=12, deadline=None)
def test_modular_complexity_is_one_over_the_mean_ease(cells):
    data = table(cells)
    ease = dict(rg.ease_of_recombination(data).select("activity", "ease_of_recombination").iter_rows())
    for row in rg.modular_complexity(data).iter_rows(named=True):
        own = data.filter((pl.col("place") == row["place"]) & (pl.col("value") == 1))["activity"]
        total = sum(ease[a] for a in own)
        if total:
            assert row["modular_complexity"] == pytest.approx(len(own) / total)
        else:
            assert row["modular_complexity"] is None


@odd_tables
def test_chance_is_hypergeometric():
    """u_i and u_j of n places, put there in all ways: mean and deviation of how often they meet."""
    n, u, v = 6, 3, 2
    met = [len({0, 1, 2} & set(ways)) for ways in itertools.combinations(range(n), v)]
    cells = np.zeros((6, 5))
    cells[:u, 0] = 1
    cells[[0, 4], 1] = 1
    row = rg.novelty(table(cells.ravel())).table().row(0, named=True)
    assert row["expected"] == pytest.approx(np.mean(met))
    assert row["z"] == pytest.approx((1 - np.mean(met)) / np.std(met))


@odd_tables
@given(CELLS, st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_drawn_tables_keep_both_sums(cells, seed):
    data = rg.PlaceActivity.from_table(table(cells))
    seen = set()
    for drawn in _same_margins(data.values, 20, seed):
        assert drawn.sum(axis=0).tolist() == data.values.sum(axis=0).tolist()
        assert drawn.sum(axis=1).tolist() == data.values.sum(axis=1).tolist()
        assert drawn.data.tolist() == [1.0] * data.values.nnz
        seen.add(drawn.toarray().tobytes())
    first, again = (rg.novelty(data, chance="margins", draws=20, seed=seed) for _ in range(2))
    assert first.table().equals(again.table())
    z = first.matrix().toarray()
    assert np.array_equal(z, z.T, equal_nan=True)
    every = first.table(unseen=True)
    assert numbers(every["z"]) == pytest.approx(z[np.triu_indices(5, 1)], nan_ok=True)
    if len(seen) == 1:
        assert every["z"].null_count() == 10


def test_drawn_tables_are_all_equally_likely():
    """Sums 2, 2, 1 by place and 2, 2, 1 by activity allow five tables."""
    m = rg.PlaceActivity.from_matrix([[1, 1, 0], [1, 0, 1], [0, 1, 0]]).values
    count = collections.Counter(drawn.toarray().tobytes() for drawn in _same_margins(m, 3000, 1))
    assert len(count) == 5
    assert min(count.values()) > 3000 / 5 * 0.85
    assert max(count.values()) < 3000 / 5 * 1.15


def test_large_place_makes_pairs_typical_only_where_its_size_is_not_kept():
    """Twenty events of two activities and one of all ten: its pairs are what its size alone makes of them."""
    rng = np.random.default_rng(0)
    rows = [(f"e{k}", int(a)) for k in range(20) for a in rng.choice(10, 2, replace=False)]
    rows += [("large", a) for a in range(10)]
    data = pl.DataFrame(rows, schema=["place", "activity"], orient="row").with_columns(value=pl.lit(1))
    free = rg.novelty(data).places.filter(pl.col("place") == "large")["conventionality"][0]
    kept = rg.novelty(data, chance="margins").places.filter(pl.col("place") == "large")["conventionality"][0]
    assert abs(kept) < abs(free)
    assert kept < 1


@odd_tables
def test_activity_in_every_place_is_neither_typical_nor_novel():
    cells = np.zeros((6, 5))
    cells[:, 0] = 1
    cells[0, 1] = 1
    got = rg.novelty(table(cells.ravel()))
    assert got.table()["z"].to_list() == [None]
    assert got.places["novelty"].to_list() == [None] * 6


@odd_tables
def test_what_was_never_combined_is_unknown_and_zero_for_econgeo():
    alone = pl.DataFrame({"place": ["p", "q", "r", "r"], "activity": list("abcd"), "value": [1, 1, 1, 0]})
    assert rg.ease_of_recombination(alone)["ease_of_recombination"].to_list() == [0, 0, 0, None]
    assert rg.modular_complexity(alone)["modular_complexity"].to_list() == [None] * 3
    assert rg.modular_complexity(alone, compat="econgeo")["modular_complexity"].to_list() == [0] * 3


def test_history_decides_the_ease():
    data = table([i % 3 == 0 for i in range(30)])
    assert rg.modular_complexity(data, history=data).equals(rg.modular_complexity(data))
    with pytest.raises(rg.InvalidTable, match="history: activities are int32"):
        rg.modular_complexity(data, history=data.with_columns(activity=pl.lit(1)).unique(["place", "activity"]))


def test_years_stand_alone_and_pandas_agrees():
    first, second = table([i % 3 == 0 for i in range(30)]), table([i % 4 != 1 for i in range(30)])
    both = pl.concat([first.with_columns(year=pl.lit(1)), second.with_columns(year=pl.lit(2))])
    for function in (rg.ease_of_recombination, rg.modular_complexity):
        got = function(both, by="year")
        assert got.filter(pl.col("year") == 2).drop("year").equals(function(second))
        assert function(both.to_pandas(), by="year").iloc[:, -1].tolist() == pytest.approx(
            numbers(got[:, -1]), nan_ok=True
        )


def test_many_rare_activities_need_no_dense_matrix():
    n = 20_000
    data = pl.DataFrame({"place": np.arange(n) // 2, "activity": np.arange(n), "value": np.ones(n, dtype=np.int64)})
    got = rg.novelty(data)
    assert got.table().height == n // 2
    assert got.places["novelty"].to_numpy() == pytest.approx((1 - 1e-4) / np.sqrt(1e-4 * (1 - 1e-4)))
    with pytest.raises(rg.NoSupport, match="20000 activities"):
        got.matrix()


@odd_tables
def test_amounts_and_unknown_words_are_refused_with_the_remedy():
    amounts = table([1] * 30).with_columns(value=pl.lit(7))
    with pytest.raises(rg.InvalidTable, match="use presence='rca' or 'value' for amounts"):
        rg.novelty(amounts)
    assert rg.novelty(amounts, presence="value").places["pairs"].to_list() == [0] * 6
    with pytest.raises(rg.InvalidParameter, match=r"tail=0\.5"):
        rg.novelty(table([1] * 30), tail=0.5)
    with pytest.raises(rg.InvalidParameter, match="chance='years' is unknown"):
        rg.novelty(table([1] * 30), chance="years")
    with pytest.raises(rg.InvalidParameter, match="draws=5; a mean and a deviation need at least 20"):
        rg.novelty(table([1] * 30), chance="margins", draws=5)
    with pytest.raises(rg.InvalidParameter, match="of='pair' is unknown"):
        rg.modular_complexity(table([1] * 30), of="pair")
    with pytest.raises(rg.InvalidParameter, match="compat='oec' is unknown"):
        rg.modular_complexity(table([1] * 30), compat="oec")
