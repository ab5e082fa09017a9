"""Relatedness, density, entries: what they promise, what peers get wrong, and agreement with peers where they agree."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables
from scipy import sparse

import regionomics as rg
from regionomics.relatedness import _counts, _products
from regionomics.relatedness.measures import align, relatedness

DIGITS = Path(__file__).parent / "digits"
PEERS = json.loads((DIGITS / "relatedness_peers.json").read_text())


def peer_table() -> pl.DataFrame:
    spec = importlib.util.spec_from_file_location("relatedness_table", DIGITS / "relatedness_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return pl.DataFrame(module.ROWS, schema=["place", "activity", "value"], orient="row")


def peer(name: str, key: str) -> np.ndarray:
    return np.array(PEERS[name][key])


def wide(table: pl.DataFrame, column: str) -> np.ndarray:
    return table.pivot(on="activity", index="place", values=column, sort_columns=True).sort("place")[:, 1:].to_numpy()


TABLE = peer_table()

presences = st.integers(2, 9).flatmap(
    lambda n: st.integers(2, 9).flatmap(
        lambda k: st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=n, max_size=n)
    )
)
quick = settings(max_examples=12, deadline=None)


def of_matrix(matrix: object) -> rg.PlaceActivity:
    return rg.PlaceActivity.from_matrix(np.asarray(matrix, dtype=float))


# Agreement with the peers


def test_cooccurrence_agrees_with_econcomplex():
    assert np.allclose(rg.cooccurrence(TABLE).matrix.toarray(), peer("econcomplex", "cooccurrence"), atol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), [("probability", "prob"), ("association", "association")])
def test_probability_and_association_agree_with_econgeo(ours, theirs):
    got = rg.relatedness(TABLE, method=ours, compat="econgeo").matrix.toarray()
    assert np.allclose(got.ravel(), peer("econgeo", theirs), atol=1e-9)


@pytest.mark.parametrize("method", ["cosine", "jaccard"])
def test_cosine_and_jaccard_use_offdiagonal_sums_only_where_asked_as_econgeo_does(method):
    got = rg.relatedness(TABLE, method=method, compat="econgeo").matrix.toarray()
    assert np.allclose(got.ravel(), peer("econgeo", method), atol=1e-9)
    own = rg.relatedness(TABLE, method=method).matrix.toarray()
    assert np.allclose(own, peer("econcomplex", method), atol=1e-9)


@pytest.mark.parametrize("method", ["association", "probability"])
def test_econcomplex_relatedness_index_is_reached_by_ubiquity_margins_only(method):
    theirs = peer("econcomplex", method)
    assert np.allclose(rg.relatedness(TABLE, method=method, margins="ubiquity").matrix.toarray(), theirs, atol=1e-9)
    # with the published margins some pairs change sides of 1, more or less related than chance
    published = rg.relatedness(TABLE, method=method).matrix.toarray()
    assert ((published > 1) != (theirs > 1)).any()


def test_conditional_agrees_with_all_three_peers_and_differs_in_the_diagonal_only():
    ours = rg.relatedness(TABLE, method="conditional").matrix.toarray()
    assert np.allclose(ours, peer("econcomplex", "proximity"), atol=1e-9)
    assert np.allclose(ours, peer("oec", "proximity"), atol=1e-9)
    lab = rg.relatedness(TABLE, compat="growthlab").matrix.toarray()
    assert np.allclose(lab, peer("growthlab", "proximity"), atol=1e-9)
    assert np.allclose(lab - ours, np.eye(15))


@pytest.mark.parametrize("compat", ["growthlab", "oec"])
def test_density_agrees_with_growthlab_and_oec(compat):
    assert np.allclose(
        wide(rg.relatedness_density(TABLE, compat=compat), "density"), peer(compat, "density"), atol=1e-9
    )


def test_density_agrees_with_econgeo_and_econcomplex():
    got = wide(rg.relatedness_density(TABLE, compat="econgeo"), "density")
    assert np.allclose(got.ravel(), peer("econgeo", "density"), atol=1e-9)
    got = wide(rg.relatedness_density(TABLE, method="conditional"), "density")
    assert np.allclose(got, peer("econcomplex", "density"), atol=1e-9)


def test_relative_relatedness_agrees_with_econcomplex():
    theirs = peer("econcomplex", "relative")
    got = rg.relative_relatedness(TABLE, method="conditional")
    assert np.allclose(got["relative_relatedness"].to_numpy(), theirs[theirs != -99.0], atol=1e-9)


@pytest.mark.parametrize("method", ["correlation", "value_cosine"])
def test_measures_of_values_agree_with_econcomplex(method):
    got = rg.relatedness(TABLE, method=method).matrix.toarray()
    assert np.allclose(got, peer("econcomplex", method), atol=1e-9)


def test_cross_relatedness_agrees_with_econcomplex():
    early = pl.col("activity") < "A08"
    every = pl.DataFrame({"place": [f"P{p:02d}" for p in range(12)]}).join(
        pl.DataFrame({"activity": [f"A{a:02d}" for a in range(15)]}), how="cross"
    )
    full = every.join(TABLE, on=["place", "activity"], how="left").with_columns(pl.col("value").fill_null(0))
    got = rg.cross_relatedness(full.filter(early), full.filter(~early))
    assert np.allclose(got.matrix.toarray(), peer("econcomplex", "cross"), atol=1e-9)
    assert np.allclose(wide(got.density, "density"), 100 * peer("econcomplex", "cross_density"), atol=1e-7)


def test_cross_relatedness_runs_a_panel():
    rng = np.random.default_rng(5)
    years = {
        year: [
            pl.DataFrame(
                {
                    "place": np.repeat(list("ABCD"), 3),
                    "activity": [f"{s}{k}" for k in range(3)] * 4,
                    "value": rng.integers(0, 9, 12) + 0.0,
                }
            )
            for s in "xy"
        ]
        for year in (2019, 2020)
    }
    first, second = (
        pl.concat([pair[side].with_columns(year=pl.lit(year)) for year, pair in years.items()]) for side in (0, 1)
    )
    panel = rg.cross_relatedness(first, second, by="year")
    assert list(panel) == [2019, 2020]
    for year, pair in years.items():
        alone = rg.cross_relatedness(*pair)
        np.testing.assert_array_equal(panel[year].matrix.values, alone.matrix.values)
        assert panel[year].density.equals(alone.density)
    table = panel.table()
    assert table.columns == ["year", "activity_1", "activity_2", "relatedness"]
    assert len(table) == 2 * 9
    with pytest.raises(rg.InvalidTable, match=r"2020 of year is in one table only \(1 in all\)"):
        rg.cross_relatedness(first, second.filter(pl.col("year") == 2019), by="year")
    short = second.filter((pl.col("year") == 2019) | (pl.col("place") != "A"))
    with pytest.raises(rg.InvalidTable, match=r"1 places are in one table only.*in year=2020"):
        rg.cross_relatedness(first, short, by="year")


@odd_tables
def test_cross_relatedness_refuses_places_of_one_table_only():
    one = pl.DataFrame({"place": ["a", "b"], "activity": ["x", "x"], "value": [1, 1]})
    with pytest.raises(rg.InvalidTable, match="2 places are in one table only"):
        rg.cross_relatedness(one, one.with_columns(place=pl.Series(["b", "c"])))
    got = rg.cross_relatedness(one, one.with_columns(place=pl.Series(["b", "c"])), places="common")
    assert got.density["place"].to_list() == ["b"]
    with pytest.raises(rg.InvalidTable, match="no place in common"):
        rg.cross_relatedness(one, one.with_columns(place=pl.Series(["c", "d"])), places="common")


# Faults of the peers that ours does not have


def test_sparse_input_runs_where_econcomplex_and_econgeo_fail():
    x = sparse.csr_array(np.array([[3.0, 0, 1], [0, 2, 5], [4, 4, 0]]))
    dense = rg.relatedness(rg.PlaceActivity.from_matrix(x.toarray()), method="cosine").matrix.toarray()
    assert np.array_equal(rg.relatedness(rg.PlaceActivity.from_matrix(x), method="cosine").matrix.toarray(), dense)


def test_diagonal_does_not_leak_into_density_unless_asked():
    """py-ecomplexity issue 38: with the diagonal, having an activity raises its own density."""
    data = of_matrix([[1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]])
    options = {"presence": "given", "method": "conditional", "which": "present"}
    ours = rg.relatedness_density(data, **options)["density"][0]
    leaking = rg.relatedness_density(data, **options, compat="growthlab")["density"][0]
    assert ours == 0
    assert leaking > 0


def test_density_by_nearest_neighbours_stays_between_0_and_100():
    """py-ecomplexity's knn density reaches 5, because it forgets the weights."""
    density = rg.relatedness_density(TABLE, method="conditional", top_k=5)["density"].to_numpy()
    assert density.min() >= 0
    assert density.max() <= 100
    phi = rg.relatedness(TABLE, method="conditional", top_k=5).matrix.toarray()
    m = (rg.relatedness_density(TABLE)["density"].to_numpy() >= 0).reshape(12, 15)
    assert ((phi > 0).sum(axis=1) <= 5).all()
    assert m.all()


@odd_tables
def test_caller_keeps_the_matrix_that_was_passed():
    """economiccomplexity and EconGeoPy change their input."""
    x = np.array([[3.0, 0, 1], [0, 2, 5], [4, 4, 0]])
    kept = x.copy()
    data = rg.PlaceActivity.from_matrix(x)
    before = data.values.toarray()
    rg.relatedness(data)
    rg.relatedness_density(data)
    rg.relatedness(rg.cooccurrence(data), method="cosine")
    assert np.array_equal(x, kept)
    assert np.array_equal(data.values.toarray(), before)


def test_exact_ties_at_the_threshold_count_as_present_in_any_unit():
    """EconGeo rounds the location quotient and flips memberships."""
    x = np.full((3, 3), 7.0)  # every location quotient is exactly 1
    for unit in (1.0, 0.1, 1e-3, 3.3):
        assert rg.diversity(of_matrix(x * unit))["diversity"].to_list() == [3, 3, 3]


# Promises


@odd_tables
def test_unused_activity_is_related_to_nothing_and_its_density_is_unknown():
    table = pl.DataFrame(
        {"place": ["a", "a", "b", "c", "c"], "activity": ["x", "y", "y", "x", "z"], "value": [1, 1, 1, 1, 0]}
    )
    for method in ("probability", "association", "cosine", "jaccard", "conditional", "overlap"):
        phi = rg.relatedness(table, method=method, presence="given").matrix
        assert np.isfinite(phi.toarray()).all()
        assert phi.at("z", "x") == 0
        density = rg.relatedness_density(table, method=method, presence="given")
        assert density.filter(pl.col("activity") == "z")["density"].null_count() == 3
        assert density.filter(pl.col("activity") != "z")["density"].null_count() == 0


@odd_tables
def test_one_place_and_empty_places_are_answered():
    one = of_matrix([[1, 1]])
    assert np.isfinite(rg.relatedness(one, presence="given").matrix.toarray()).all()
    table = pl.DataFrame({"place": ["a", "a", "b"], "activity": ["x", "y", "x"], "value": [2, 3, 0]})
    assert rg.relatedness_density(table, which="absent").height == 2
    assert rg.coherence(table)["coherence"].to_list()[1] is None
    local = rg.local_relatedness(table)
    assert local.filter(pl.col("place") == "b")["local_relatedness"].null_count() == 2


def test_an_activity_that_does_not_vary_correlates_with_none():
    x = [[1.0, 2, 5], [1, 3, 4], [1, 9, 0]]
    phi = rg.relatedness(of_matrix(x), method="correlation", presence="value").matrix.toarray()
    assert (phi[0] == 0).all()
    assert phi[1, 2] == pytest.approx((1 + np.corrcoef([2, 3, 9], [5, 4, 0])[0, 1]) / 2)


def test_disconnected_blocks_have_relatedness_0_between_them():
    phi = rg.relatedness(of_matrix([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]]), presence="given").matrix.toarray()
    assert (phi[:2, 2:] == 0).all()
    assert phi[0, 1] > 0


def test_given_presence_refuses_amounts():
    with pytest.raises(rg.InvalidTable, match="takes 0 and 1"):
        rg.cooccurrence(TABLE, presence="given")


def test_unknown_words_are_refused_with_the_known_ones():
    with pytest.raises(rg.InvalidParameter, match="'probability'"):
        rg.relatedness(TABLE, method="pearson")
    with pytest.raises(rg.InvalidParameter, match="threshold"):
        rg.relatedness(TABLE, threshold=0)
    with pytest.raises(rg.InvalidParameter, match="top_k"):
        rg.relatedness(TABLE, top_k=0)


def test_relatedness_answers_by_name_also_after_its_package_was_imported():
    import regionomics.relatedness  # noqa: F401  (the import is what is tested)

    assert callable(rg.relatedness)
    assert sys.modules["regionomics.relatedness"](TABLE).method == "probability"


def test_a_national_relatedness_serves_one_region_and_knows_activities_it_lacks():
    phi = rg.relatedness(TABLE, method="conditional")
    few = TABLE.filter(pl.col("place").is_in(["P03", "P04"]))
    density = rg.relatedness_density(few, phi, presence="value", threshold=1)
    assert density.height == 2 * 15
    strange = few.with_columns(activity=pl.col("activity") + "?")
    with pytest.raises(rg.InvalidTable, match="not among the 15 activities"):
        rg.relatedness_density(strange, phi)


def test_cooccurrence_of_given_weights_multiplies_the_values():
    c = rg.cooccurrence(of_matrix([[2, 3, 0], [1, 1, 4]]), weights=True).matrix.toarray()
    assert np.array_equal(c, [[0, 2 * 3 + 1, 1 * 4], [7, 0, 1 * 4], [4, 4, 0]])


def test_relatedness_of_a_cooccurrence_equals_that_of_its_table():
    counted = rg.cooccurrence(TABLE)
    for method in ("probability", "cosine", "conditional"):
        assert np.allclose(
            rg.relatedness(counted, method=method).matrix.toarray(),
            rg.relatedness(TABLE, method=method).matrix.toarray(),
            atol=1e-12,
        )


def test_matrix_output_equals_the_table():
    matrix = rg.relatedness_density(TABLE, output="matrix")
    assert np.allclose(matrix.toarray(), wide(rg.relatedness_density(TABLE), "density"))
    absent = rg.relatedness_density(TABLE, output="matrix", which="absent").toarray()
    assert np.isnan(absent).any()
    distance = rg.relatedness_density(TABLE, measure="distance", output="matrix").toarray()
    assert np.allclose(distance, 100 - matrix.toarray())
    single = rg.relatedness_density(TABLE, precision="single", output="matrix").toarray()
    assert np.allclose(single, matrix.toarray(), atol=1e-3)


def test_by_runs_each_year_by_itself():
    double = pl.concat([TABLE.with_columns(year=pl.lit(y)) for y in (1, 2)])
    both = rg.relatedness_density(double, by="year")
    alone = rg.relatedness_density(TABLE)
    for year in (1, 2):
        assert both.filter(pl.col("year") == year).drop("year").equals(alone)


def test_the_answer_is_of_the_callers_family():
    assert isinstance(rg.relatedness(TABLE.to_pandas()).table(), pd.DataFrame)
    assert isinstance(rg.relatedness_density(TABLE.to_arrow()), pa.Table)


@odd_tables
@quick
@given(presences)
def test_all_ways_of_counting_agree(matrix):
    m = sparse.csr_array(np.asarray(matrix, dtype=float))
    m.sort_indices()
    n = m.shape[1]
    expected = np.triu((m.T @ m).toarray())
    for count in (_counts._dense_products(m), _counts._sparse_products(m)):
        assert np.array_equal(np.triu(count(0, n)), expected)
        assert np.array_equal(np.triu(count(1, n)), expected[1:, 1:])


def test_threads_over_blocks_change_nothing(monkeypatch):
    data = of_matrix(np.random.default_rng(2).random((60, 300)) < 0.2)
    alone = rg.relatedness(data, presence="given").matrix.toarray()
    monkeypatch.setattr(_counts, "threads_for", lambda seconds: 4)
    assert np.array_equal(rg.relatedness(data, presence="given").matrix.toarray(), alone)


@pytest.mark.parametrize("measure", _counts.MEASURES)
@pytest.mark.parametrize("way", ["_by_scatter", "_by_bits"])
def test_compiled_loops_measure_the_same_to_the_last_digit(measure, way):
    pytest.importorskip("numba")
    from regionomics.relatedness import _compiled

    rng = np.random.default_rng(1)
    m = sparse.csr_array((rng.random((600, 150)) < 0.3).astype(float))
    m = sparse.csr_array(m @ sparse.diags_array((np.arange(150) != 7).astype(float)))  # nobody has the eighth
    m.eliminate_zeros()
    m.sort_indices()
    s = np.asarray(m.sum(axis=0))
    expected, got = np.empty((150, 150)), np.empty((150, 150))
    _counts._by_counts(_counts._dense_products(m), measure, s, 600.0, 1, expected)
    loops = getattr(_counts, way)(m, _counts.MEASURES.index(measure), np.where(s > 0, s, 1.0), 600.0, _compiled)
    for start in range(0, 150, 32):
        loops(start, min(start + 32, 150), got)
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.6, 1.0])
def test_all_products_of_presences_agree(kind, share, monkeypatch):
    monkeypatch.setattr(_products, "_SET_PLACES", 16)  # several blocks of places
    rng = np.random.default_rng(3)
    m = sparse.csr_array((rng.random((40, 301)) < share).astype(float))
    m.sort_indices()
    dense = rng.random((301, 290)).astype(kind)
    by = (rng.random(301) + 0.5).astype(kind)
    weighted = sparse.csr_array((m.data * by[m.indices], m.indices, m.indptr), shape=m.shape)
    ways = [_products._by_blas(weighted, dense), _products._by_sparse_rows(weighted, dense, 3)]
    ways.append(_products.presences_times(m, dense, by=by))
    if importlib.util.find_spec("numba"):
        loops = importlib.import_module("regionomics.relatedness._compiled")
        for way in (_products._by_rows, _products._by_sets):
            one, four = (way(m, dense, by, loops, threads) for threads in (1, 4))
            assert np.array_equal(one, four)
            ways.append(one)
    for got in ways:
        assert got.dtype == kind
        assert np.allclose(got, weighted.toarray() @ dense, rtol=1e-13 if kind == np.float64 else 1e-5)


@odd_tables
@quick
@given(presences)
def test_relatedness_is_symmetric_nonnegative_and_does_not_depend_on_storage(matrix):
    data = of_matrix(matrix)
    for method in ("probability", "association", "cosine", "jaccard", "conditional", "overlap"):
        phi = rg.relatedness(data, presence="given", method=method).matrix.toarray()
        assert np.allclose(phi, phi.T)
        assert (phi >= 0).all()
        assert (np.diag(phi) == 0).all()
        every = rg.relatedness(data, presence="given", method=method, top_k=20).matrix.toarray()
        assert np.allclose(every, phi)
        if method in ("cosine", "jaccard", "conditional", "overlap"):
            assert (phi <= 1 + 1e-12).all()


@odd_tables
@quick
@given(presences, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(matrix, random):
    rows = [(p, a, 1) for p, line in enumerate(matrix) for a, has in enumerate(line) if has]
    if not rows:
        return
    shuffled = rows.copy()
    random.shuffle(shuffled)
    make = lambda r: pl.DataFrame(r, schema=["place", "activity", "value"], orient="row")  # noqa: E731
    for call in (rg.relatedness_density, rg.local_relatedness, rg.relative_relatedness, rg.coherence):
        assert call(make(rows)).equals(call(make(shuffled)))


@odd_tables
@quick
@given(presences)
def test_density_stays_in_range_and_unit_of_values_changes_nothing(matrix):
    x = np.asarray(matrix, dtype=float) * np.arange(1, len(matrix[0]) + 1)
    density = rg.relatedness_density(of_matrix(x), output="matrix").toarray()
    known = density[~np.isnan(density)]
    assert ((known >= 0) & (known <= 100)).all()
    scaled = rg.relatedness_density(of_matrix(x * 0.1), output="matrix").toarray()
    assert np.array_equal(density, scaled, equal_nan=True)


def test_top_k_keeps_the_strongest_and_breaks_ties_by_label():
    data = of_matrix([[1, 1, 1, 0], [1, 1, 0, 1], [1, 0, 1, 1]])
    top = rg.relatedness(data, presence="given", method="conditional", top_k=1)
    # activity 0 shares 2 of 3 places with each of 1, 2 and 3: the first label stays
    assert top.table()["activity_2"].to_list() == [1, 0, 0, 0]


def test_align_moves_columns_by_label():
    phi = relatedness(of_matrix(np.eye(4)), presence="given")
    m = sparse.csr_array(np.array([[1.0, 1.0]]))
    assert align(m, pa.array([1, 3]), phi).toarray().tolist() == [[0, 1, 0, 1]]
