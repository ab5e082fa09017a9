"""Links between activities and clusters: properties, refusals, and the published clusters of the United States."""

import contextlib
import csv
import gzip
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

DATA = Path(os.environ["POLIEDRO_DATA"]) if "POLIEDRO_DATA" in os.environ else None
MATRICES = st.integers(3, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=n, max_size=n)
)


def long(x):
    x = np.asarray(x)
    n, m = x.shape
    return pl.DataFrame(
        {
            "place": [f"p{i}" for i in range(n) for _ in range(m)],
            "activity": [f"a{j}" for j in range(m)] * n,
            "value": x.ravel().astype(float),
        }
    )


def groups(of):
    return pl.DataFrame({"activity": [f"a{j}" for j in range(len(of))], "cluster": of})


@odd_tables
@given(MATRICES)
@settings(max_examples=15, deadline=None)
def test_locational_correlation_is_that_of_numpy_and_unknown_where_nothing_varies(x):
    x = np.array(x, dtype=float)
    got = rg.locational_correlation(long(x)).matrix.toarray()
    varies = x.std(axis=0) > 0
    for i in range(5):
        for j in range(5):
            if i == j or not (varies[i] and varies[j]):
                assert np.isnan(got[i, j])
            else:
                assert got[i, j] == pytest.approx(np.corrcoef(x[:, i], x[:, j])[0, 1], abs=1e-9)


@odd_tables
@given(MATRICES, st.sampled_from([1e-3, 1e6]), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_unit_and_order_change_no_link(x, unit, random):
    table = long(x)
    rows = list(range(table.height))
    random.shuffle(rows)
    other = table[rows].with_columns(pl.col("value") * unit)
    for call in (rg.locational_correlation, lambda t: rg.occupation_overlap(t, occupation="place")):
        a, b = call(table).matrix.toarray(), call(other).matrix.toarray()
        assert (np.isnan(a) == np.isnan(b)).all()
        assert np.nan_to_num(a) == pytest.approx(np.nan_to_num(b), abs=1e-9)
    a, b = rg.colocation(table), rg.colocation(other)
    for name in ("both", "p"):
        assert a[name].to_list() == pytest.approx(b[name].to_list(), abs=1e-9)


@odd_tables
@given(MATRICES, MATRICES)
@settings(max_examples=10, deadline=None)
def test_links_of_a_panel_are_those_of_its_years(x, y):
    years = {2019: long(x), 2020: long(y)}
    both = pl.concat([t.with_columns(year=pl.lit(year)) for year, t in years.items()])
    for call, options in ((rg.locational_correlation, {}), (rg.occupation_overlap, {"occupation": "place"})):
        panel = call(both, by="year", **options)
        for year, table in years.items():
            np.testing.assert_array_equal(panel[year].matrix.values, call(table, **options).matrix.values)
        assert panel.table().columns == ["year", "activity_1", "activity_2", "link"]


@odd_tables
@given(MATRICES)
@settings(max_examples=10, deadline=None)
def test_colocation_answers_every_pair_without_nan(x):
    got = rg.colocation(long(x), presence="value")
    assert got.height == 10
    assert got["p"].is_between(0, 1).all()
    assert not any(got[c].is_nan().any() for c in ("expected", "ratio", "z", "p", "correlation"))
    x = np.array(x)
    for row in got.iter_rows(named=True):
        i, j = int(row["activity_1"][1]), int(row["activity_2"][1])
        assert row["both"] == ((x[:, i] > 0) & (x[:, j] > 0)).sum()


@odd_tables
def test_colocation_by_year_and_one_place():
    one = pl.DataFrame({"place": ["p", "p"], "activity": ["a", "b"], "value": [1, 2]})
    got = rg.colocation(pl.concat([one.with_columns(year=pl.lit(y)) for y in (1, 2)]), by="year", presence="value")
    assert got["year"].to_list() == [1, 2]
    assert got["z"].to_list() == [None, None]
    assert got["correlation"].to_list() == [None, None]
    assert got["p"].to_list() == [1.0, 1.0]


def test_composite_has_mean_zero_and_weights_count():
    rng = np.random.default_rng(3)
    first = rg.locational_correlation(long(rng.integers(0, 9, (8, 5))))
    second = rg.locational_correlation(long(rng.integers(0, 9, (8, 5))))
    both = rg.composite_links(first, second)
    assert both.table()["link"].mean() == pytest.approx(0, abs=1e-12)
    assert both.measure == "locational correlation + locational correlation"
    heavy = rg.composite_links(first, second, weights=[1e9, 1]).table()["link"].to_numpy()
    alone = first.table()["link"].to_numpy()
    assert heavy == pytest.approx((alone - alone.mean()) / alone.std(), abs=1e-6)


def test_composite_leaves_out_what_one_measure_lacks_and_says_so():
    x = np.random.default_rng(1).integers(0, 9, (6, 5))
    with pytest.warns(rg.RegionomicsWarning, match="1 of 5 activities are missing"):
        got = rg.composite_links(rg.locational_correlation(long(x)), rg.locational_correlation(long(x[:, :4])))
    assert len(got.matrix.rows) == 4


@odd_tables
def test_pair_that_one_measure_does_not_know_is_unknown_in_the_composite():
    x = np.random.default_rng(1).integers(1, 9, (6, 5))
    flat = x.copy()
    flat[:, 2] = 5
    got = rg.composite_links(rg.locational_correlation(long(x)), rg.locational_correlation(long(flat)))
    unknown = got.table().filter(pl.col("link").is_null())
    assert set(unknown["activity_1"]) | set(unknown["activity_2"]) == {"a0", "a1", "a2", "a3", "a4"}
    assert unknown.height == 4


def test_measure_that_says_nothing_is_refused():
    x = np.array([[1, 1, 1], [2, 2, 2], [4, 4, 4]])
    flat = rg.locational_correlation(long(x))
    with pytest.raises(rg.NoSupport, match="is the same for all 3 pairs"):
        rg.composite_links(flat, flat)
    with pytest.raises(rg.InvalidParameter, match="pass two or more"):
        rg.composite_links(flat)
    with pytest.raises(rg.InvalidParameter, match="one number > 0"):
        rg.composite_links(flat, flat, weights=[1, 0])


@odd_tables
def test_input_output_links_are_symmetric_and_know_who_does_not_trade():
    flows = pl.DataFrame({"origin": ["a", "c"], "destination": ["b", "d"], "value": [4, 0]})
    got = rg.input_output_links(flows)
    matrix = got.matrix.toarray()
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    assert got.matrix.at("a", "b") == 1
    assert got.matrix.at("a", "c") == 0
    assert np.isnan(got.matrix.at("c", "d"))


@odd_tables
@given(st.permutations(["x", "x", "y", "y", "z"]), st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_scores_are_shares_and_names_of_clusters_change_nothing(of, seed):
    links = rg.locational_correlation(long(np.random.default_rng(seed).integers(0, 50, (9, 5))))
    first = rg.clustering_score(links, groups(of))
    second = rg.clustering_score(links, groups([{"x": "q", "y": "b", "z": "m"}[c] for c in of]))
    assert 0 <= first.score <= 1
    assert first.score == pytest.approx(second.score)
    assert first.clusters["activities"].sum() == 5
    linkage = rg.cluster_linkages(links, groups(of))
    assert linkage.height == 6
    wide = linkage.pivot("cluster_2", index="cluster_1", values="linkage").sort("cluster_1")
    wide = wide.select("x", "y", "z").to_numpy()
    assert np.array_equal(wide, wide.T, equal_nan=True)


def test_activity_in_the_wrong_cluster_is_told_where_it_belongs():
    base = np.random.default_rng(0).integers(1, 50, (12, 2)).astype(float)
    x = np.column_stack([base[:, 0], base[:, 0] * 2, base[:, 1], base[:, 1] * 3, base[:, 0] + 1])
    got = rg.clustering_score(rg.locational_correlation(long(x)), groups(["x", "x", "y", "y", "y"]))
    assert got.activities["closest"].to_list() == ["x", "x", "y", "y", "x"]
    assert got.score < 1


def test_one_cluster_has_nothing_to_compare_with():
    links = rg.locational_correlation(long(np.random.default_rng(0).integers(0, 9, (6, 5))))
    got = rg.clustering_score(links, groups(["x"] * 5))
    assert got.score is None
    assert got.clusters["between"].to_list() == [None]
    assert rg.cluster_linkages(links, groups(["x"] * 5)).height == 0


def test_clusters_that_do_not_fit_are_refused_or_warned_of():
    links = rg.locational_correlation(long(np.random.default_rng(0).integers(0, 9, (6, 5))))
    with pytest.raises(rg.InvalidTable, match="a0 is in more than one row"):
        rg.cluster_linkages(links, pl.DataFrame({"activity": ["a0", "a0"], "cluster": ["x", "y"]}))
    with pytest.raises(rg.InvalidTable, match="none of the 1 activities"):
        rg.cluster_linkages(links, pl.DataFrame({"activity": ["b0"], "cluster": ["x"]}))
    with pytest.warns(rg.RegionomicsWarning, match="left out, a5 among them"):
        rg.clustering_score(links, groups(["x", "x", "y", "y", "y", "y"]))
    with pytest.raises(rg.InvalidParameter, match=r"0\.\.100"):
        rg.clustering_score(links, groups(["x"] * 5), percentile=101)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: rg.locational_correlation(t.filter(pl.col("place") != "p0")), "2 places"),
        (lambda t: rg.occupation_overlap(t.filter(pl.col("place") == "p0"), occupation="place"), "1 occupations"),
    ],
)
def test_too_few_places_or_occupations_is_no_support(call, message):
    with pytest.raises(rg.NoSupport, match=message):
        call(long(np.arange(15).reshape(3, 5)))


def test_two_engines_agree():
    table = long(np.random.default_rng(5).integers(0, 9, (6, 5)))
    first, second = rg.colocation(table), rg.colocation(table.to_pandas())
    assert first.equals(pl.from_pandas(second))
    arrow = rg.locational_correlation(table.to_arrow()).table()
    assert pl.from_arrow(arrow).equals(rg.locational_correlation(table).table())


@pytest.fixture(scope="module")
def united_states():
    """Links of 6-digit traded industries over metropolitan areas, and the benchmark cluster of each industry."""
    if DATA is None:
        pytest.skip("POLIEDRO_DATA names no folder of real data")
    openpyxl = pytest.importorskip("openpyxl")
    folder = DATA / "classifications"

    def sheet(file, name):
        with contextlib.closing(openpyxl.load_workbook(folder / file, read_only=True)) as book:
            return list(book[name].iter_rows(values_only=True))[1:]

    rows = sheet("NAICS_crosswalks_to_Cluster_system.xlsx", "Emsi NAICS to Porter Cluster")
    clusters = {str(naics).strip(): cluster for naics, kind, cluster, *_ in rows if kind == "Traded"}
    with gzip.open(DATA / "region_industry" / "us_cbp_cbsa_naics_emp_2019.csv.gz", "rt", encoding="utf-8") as file:
        jobs = [
            (r["cbsa_code"], r["naics_code"], float(r["EMP"]), float(r["ESTAB"]))
            for r in csv.DictReader(file)
            if r["naics_level"] == "6" and r["naics_code"] in clusters
        ]
    table = pl.DataFrame(jobs, schema=["place", "activity", "jobs", "plants"], orient="row")
    links = [rg.locational_correlation(table, value=v) for v in ("jobs", "plants")]
    used = set(table["activity"])
    members = pl.DataFrame(
        [(n, c) for n, c in clusters.items() if n in used], schema=["activity", "cluster"], orient="row"
    )
    linked = {frozenset(row[:2]) for row in sheet("ClusterLinkage.xlsx", "Sheet1")}
    return rg.composite_links(*links), members, linked


def test_benchmark_clusters_score_far_above_shuffled_ones(united_states):
    links, clusters, _ = united_states
    real = rg.clustering_score(links, clusters)
    random = np.random.default_rng(7).permutation(clusters["cluster"].to_numpy())
    shuffled = rg.clustering_score(links, clusters.with_columns(cluster=pl.Series(random)))
    assert real.scores["clusters_above_mean"][0] > 0.9
    assert real.score > 0.65 > 0.4 > shuffled.score


def test_linkages_rank_the_published_pairs_first(united_states):
    links, clusters, linked = united_states
    got = rg.cluster_linkages(links, clusters).drop_nulls("linkage")
    pairs = got.select("cluster_1", "cluster_2").iter_rows()
    hit = np.array([frozenset(pair) in linked for pair in pairs])
    value = got["linkage"].to_numpy()
    above = (value[hit][:, None] > value[~hit][None, :]).mean()
    assert above == pytest.approx(0.82, abs=0.01)
