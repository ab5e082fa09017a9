"""Relatedness, density, entries: what they promise, what peers get wrong, and agreement with peers where they agree."""

from __future__ import annotations

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
from scipy import sparse

import regionomics as rg
from regionomics.relatedness import _counts
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
quick = settings(max_examples=25, deadline=None)


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


def test_one_place_and_empty_places_are_answered():
    one = of_matrix([[1, 1]])
    assert np.isfinite(rg.relatedness(one, presence="given").matrix.toarray()).all()
    table = pl.DataFrame({"place": ["a", "a", "b"], "activity": ["x", "y", "x"], "value": [2, 3, 0]})
    assert rg.relatedness_density(table, which="absent").height == 2
    assert rg.coherence(table)["coherence"].to_list()[1] is None
    local = rg.local_relatedness(table)
    assert local.filter(pl.col("place") == "b")["local_relatedness"].null_count() == 2


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


@quick
@given(presences)
def test_all_ways_of_counting_agree(matrix):
    m = sparse.csr_array(np.asarray(matrix, dtype=float))
    m.sort_indices()
    n = m.shape[1]
    expected = np.triu((m.T @ m).toarray())
    makers = [_counts._dense_products(m), _counts._sparse_products(m)]
    for count in makers:
        assert np.array_equal(np.triu(count(0, n)), expected)
        assert np.array_equal(np.triu(count(1, n)), expected[1:, 1:])


def test_compiled_loops_count_the_same():
    pytest.importorskip("numba")
    from regionomics.relatedness import _compiled

    rng = np.random.default_rng(1)
    m = sparse.csr_array((rng.random((70, 40)) < 0.3).astype(float))
    expected = np.triu((m.T @ m).toarray())
    for count in (_counts._scatter(m, _compiled.scatter), _counts._popcount(m, _compiled.popcount)):
        got = np.zeros((40, 40))
        for start in (0, 15, 30):
            stop = min(start + 15, 40)
            got[start:stop, start:] = count(start, stop)
        assert np.array_equal(np.triu(got), expected)


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


# Entries and exits

PANEL = pl.DataFrame(
    {
        "place": ["a", "a", "b", "b", "a", "a", "b", "c"],
        "activity": ["x", "y", "x", "y", "x", "y", "y", "x"],
        "value": [1, 0, 0, 1, 1, 1, 1, 1],
        "year": [2000, 2000, 2000, 2000, 2005, 2005, 2005, 2005],
    }
)


def test_entries_and_exits_are_events_or_null_where_they_cannot_happen():
    got = rg.entries_exits(PANEL, presence="given").filter(pl.col("place") != "c")
    assert got["entry"].to_list() == [None, 1, 0, None]  # a had x; a gained y; b still lacks x; b had y
    assert got["exit"].to_list() == [0, None, None, 0]


def test_a_place_not_seen_in_a_period_neither_enters_nor_leaves():
    """econcomplex fills it with 0 and reports entries of every activity."""
    got = rg.entries_exits(PANEL, presence="given").filter(pl.col("place") == "c")
    assert got["entry"].null_count() == 2
    assert got["exit"].null_count() == 2
    assert rg.entries_exits(PANEL, presence="given", which="entries")["place"].to_list() == ["a"]


def test_one_period_is_refused():
    with pytest.raises(rg.InvalidTable, match="at least two periods"):
        rg.entries_exits(PANEL.filter(pl.col("year") == 2000), presence="given")
    with pytest.raises(rg.InvalidParameter, match="step"):
        rg.entries_exits(PANEL, presence="given", step=2)


def test_duplicate_in_a_period_is_refused_with_the_period():
    with pytest.raises(rg.InvalidTable, match="year 2000"):
        rg.entries_exits(pl.concat([PANEL, PANEL.head(1)]), presence="given")


def growing(seed: int = 0, places: int = 40, activities: int = 30) -> pl.DataFrame:
    """Three years in which activities enter places where related ones are: two families, places lean to one."""
    rng = np.random.default_rng(seed)
    family = np.arange(activities) % 2
    lean = np.arange(places) % 2
    fit = lean[:, None] == family[None, :]
    m = rng.random((places, activities)) < np.where(fit, 0.45, 0.05)
    frames = []
    for year in (2000, 2005, 2010):
        p, a = np.meshgrid(np.arange(places), np.arange(activities), indexing="ij")
        frames.append(
            pl.DataFrame({"place": p.ravel(), "activity": a.ravel(), "value": m.ravel().astype(int)}).with_columns(
                year=pl.lit(year)
            )
        )
        m = m | (rng.random(m.shape) < np.where(fit, 0.25, 0.02))
    return pl.concat(frames)


def test_backtest_finds_relatedness_where_it_drives_entries_and_random_is_one_half():
    result = rg.backtest_density(growing(), presence="given")
    auc = {r["score"]: r["auc"] for r in result.scores.filter(pl.col("year") == 2005).to_dicts()}
    assert auc["density"] > 0.75
    assert auc["random"] == 0.5
    assert auc["popularity"] < auc["density"]
    calibration = result.calibration.filter((pl.col("score") == "density") & (pl.col("year") == 2005))
    assert calibration["entries"].sum() == result.scores["entries"][0]
    assert calibration["n"].sum() == result.scores["n"][0]


@quick
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_auc_equals_its_definition_pair_by_pair(rows):
    from regionomics.relatedness.backtest import _summary

    score = np.array([s for s, _ in rows], dtype=float)
    entered = np.array([e for _, e in rows])
    got = _summary(score, entered)["auc"]
    if entered.all() or not entered.any():
        assert np.isnan(got)
        return
    wins = [(a > b) + 0.5 * (a == b) for a in score[entered] for b in score[~entered]]
    assert got == pytest.approx(np.mean(wins))


def test_average_precision_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    from regionomics.relatedness.backtest import _summary

    rng = np.random.default_rng(3)
    score, entered = rng.integers(0, 6, 200).astype(float), rng.random(200) < 0.2
    got = _summary(score, entered)
    assert got["average_precision"] == pytest.approx(metrics.average_precision_score(entered, score))
    assert got["auc"] == pytest.approx(metrics.roc_auc_score(entered, score))


def test_backtest_without_entries_has_no_auc():
    still = growing().with_columns(value=pl.col("value").first().over("place", "activity"))
    assert (
        rg.backtest_density(still, presence="given").scores.filter(pl.col("score") == "density")["auc"].null_count()
        == 2
    )


def test_entry_model_finds_the_effect_of_density():
    pytest.importorskip("pyfixest")
    panel = rg.entry_panel(growing(), presence="given", method="conditional")
    assert panel.filter(pl.col("entry").is_null()).height == 0
    model = rg.entry_model(panel)
    (row,) = model.coefficients.to_dicts()
    assert row["term"] == "density"
    assert row["low"] > 0
    assert model.formula == "entry ~ density | place + activity + year"
    assert model.clusters == (40, 30)
    plain = rg.entry_model(panel, fixed_effects=())
    terms = dict(zip(plain.coefficients["term"], plain.coefficients["estimate"], strict=True))
    kept = panel.drop_nulls()
    slope, intercept = np.polyfit(kept["density"].to_numpy(), kept["entry"].to_numpy(), 1)
    assert terms["density"] == pytest.approx(slope)
    assert terms["Intercept"] == pytest.approx(intercept)


def test_entry_model_refuses_an_outcome_that_never_varies():
    pytest.importorskip("pyfixest")
    panel = rg.entry_panel(growing(), presence="given").with_columns(entry=pl.lit(0))
    with pytest.raises(rg.NoSupport, match="nothing to explain"):
        rg.entry_model(panel)


def test_entry_panel_takes_exits_too():
    shrinking = growing().with_columns(year=4010 - pl.col("year"))
    panel = rg.entry_panel(shrinking, presence="given", event="exit")
    assert panel["exit"].sum() > 0
    assert (panel["diversity"] > 0).all()
