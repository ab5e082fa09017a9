"""Complexity of places and activities: exactness, signs, and answers where a table does not determine one."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from complex_tables import TABLE, by_definition, eci, nested, of_matrix, pci
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables
from scipy import sparse

import regionomics as rg
from regionomics.complexity._eigen import core_of, spectrum
from regionomics.complexity._lanczos import largest

quick = settings(max_examples=12, deadline=None)


@pytest.mark.parametrize(("places", "activities"), [(30, 50), (50, 30), (160, 200), (220, 140), (700, 650)])
def test_lanczos_equals_the_full_decomposition(places, activities):
    m = nested(1, places, activities)
    m = m[m.sum(axis=1) > 0][:, m.sum(axis=0) > 0]
    result = rg.economic_complexity(of_matrix(m), presence="given")
    e, _, lambda2 = by_definition(m)
    assert np.allclose(eci(result), e, atol=1e-9)
    assert result.diagnostics["lambda2"][0] == pytest.approx(lambda2, abs=1e-12)


def test_small_gap_is_still_exact():
    m = (np.random.default_rng(5).random((300, 400)) < 0.2).astype(float)  # noise: eigenvalues crowd together
    result = rg.economic_complexity(of_matrix(m), presence="given")
    e, _, _ = by_definition(m)
    assert result.diagnostics["gap"][0] < 0.002
    assert np.allclose(np.abs(eci(result)), np.abs(e), atol=1e-8)


def test_eci_is_the_mean_pci_of_what_a_place_has():
    m = nested(2, 40, 60)
    result = rg.economic_complexity(of_matrix(m), presence="given")
    assert np.allclose(m @ pci(result) / m.sum(axis=1), eci(result), atol=1e-10)


def test_largest_finds_several_eigenvalues_and_respects_deflation():
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((200, 200)))
    values = np.linspace(1, 0, 200) ** 2
    a = (q * values) @ q.T
    top = largest(lambda x: a @ x, np.ones(200), k=2)
    assert np.allclose(top.values[:2], values[:2], atol=1e-10)
    below = largest(lambda x: a @ x, np.ones(200), deflate=[q[:, 0]])
    assert np.isclose(below.values[0], values[1], atol=1e-10)
    assert abs(below.vectors[:, 0] @ q[:, 0]) < 1e-12


def test_one_empty_place_and_one_unused_activity_get_null_and_the_rest_their_value():
    """py-ecomplexity: exactly one row of zero diversity makes all ECI NaN; OEC: one empty region does."""
    m = nested(3, 20, 30)
    clean = rg.economic_complexity(of_matrix(m), presence="given")
    padded = np.zeros((21, 31))
    padded[:20, :30] = m
    data = rg.PlaceActivity(sparse.csr_array(padded), of_matrix(padded + 1).places, of_matrix(padded + 1).activities)
    with pytest.warns(rg.RegionomicsWarning, match="1 places and 1 activities get null"):
        result = rg.economic_complexity(data, presence="given")
    assert np.allclose(eci(result)[:20], eci(clean), atol=1e-10)
    assert result.places["eci"][20] is None
    assert result.activities["pci"][30] is None
    assert result.dropped["reason"].to_list() == ["no activity present", "present in no place"]


def test_eci_and_pci_share_one_sign():
    """econcomplex chooses them apart: opposite in 107 of 242 random matrices."""
    for seed in range(60):
        m = (np.random.default_rng(seed).random((12, 15)) < 0.4).astype(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)
            result = rg.economic_complexity(of_matrix(m), presence="given")
        e, p = result.places["eci"].to_numpy(), result.activities["pci"].to_numpy()
        used = ~np.isnan(e)
        with np.errstate(invalid="ignore"):
            mean = np.nan_to_num(m @ np.nan_to_num(p)) / np.maximum(m.sum(axis=1), 1)
        assert np.allclose(mean[used], e[used], atol=1e-8), seed


def test_given_presence_is_used_as_it_is():
    """econcomplex takes the location quotient of presences too, and drops some."""
    m = nested(4, 20, 30)
    given = rg.economic_complexity(of_matrix(m), presence="given")
    assert given.diagnostics["places"][0] == 20
    e, _, _ = by_definition(m)
    assert np.allclose(eci(given), e, atol=1e-9)
    assert not np.allclose(eci(rg.economic_complexity(of_matrix(m))), e, atol=1e-3)


def test_near_equal_places_keep_their_ranks():
    """EconGeo rounds the Markov matrix to four digits, which moved 1 253 of 1 500 ranks."""
    m = nested(5, 60, 400)
    e, _, _ = by_definition(m)
    ours = eci(rg.economic_complexity(of_matrix(m), presence="given"))
    assert (np.argsort(ours) == np.argsort(e)).all()


def test_reflections_do_not_change_sign_with_their_number():
    """OEC: the sign depends on the parity of the iterations."""
    some = [eci(rg.economic_complexity(TABLE, method="reflections", iterations=n)) for n in (10, 12, 18, 20, 200)]
    for other in some[1:]:
        assert np.corrcoef(some[0], other)[0, 1] > 0.9
    assert np.allclose(some[-1], eci(rg.economic_complexity(TABLE)), atol=1e-9)
    with pytest.raises(rg.InvalidParameter, match="even number"):
        rg.economic_complexity(TABLE, method="reflections", iterations=7)


def test_disconnected_blocks_answer_for_the_largest_and_warn():
    one, two = nested(6, 12, 15), nested(7, 5, 6)
    m = np.block([[one, np.zeros((12, 6))], [np.zeros((5, 15)), two]])
    with pytest.warns(rg.RegionomicsWarning, match="2 groups that share no activity"):
        result = rg.economic_complexity(of_matrix(m), presence="given")
    alone = rg.economic_complexity(of_matrix(one), presence="given")
    assert np.allclose(eci(result)[:12], eci(alone), atol=1e-10)
    assert result.places["eci"].null_count() == 5
    assert result.diagnostics["components"][0] == 2
    assert set(result.dropped["reason"]) == {"outside the largest connected group"}
    with pytest.raises(rg.NoSupport, match="2 groups"):
        rg.economic_complexity(of_matrix(m), presence="given", components="refuse")


@pytest.mark.parametrize(
    ("matrix", "why"),
    [
        ([[1, 1]], "at least two"),
        ([[1], [1]], "at least two"),
        ([[1, 1], [1, 1]], "same activities"),
        ([[0, 1, 1], [1, 0, 1], [1, 1, 0]], "repeated"),
        ([[0, 0], [0, 0]], "at least two"),
    ],
)
def test_undetermined_complexity_is_null_with_the_reason(matrix, why):
    full = of_matrix(np.ones_like(np.array(matrix, dtype=float)))
    data = rg.PlaceActivity(sparse.csr_array(np.array(matrix, dtype=float)), full.places, full.activities)
    data.values.eliminate_zeros()
    with pytest.warns(rg.RegionomicsWarning, match=why):
        result = rg.economic_complexity(data, presence="given")
    assert result.places["eci"].null_count() == len(matrix)
    assert why in result.diagnostics["undefined"][0]


def test_repeated_eigenvalue_is_noticed_by_the_iteration_too():
    block = nested(8, 50, 60)
    block = block[block.sum(axis=1) > 0]
    n = len(block)
    # three copies tied together by one activity that all places have: the differences between copies are all alike
    m = np.hstack([np.kron(np.eye(3), block), np.ones((3 * n, 5))])
    found = spectrum(core_of(sparse.csr_array(m)))
    assert "repeated" in found.undefined


def test_sign_follows_a_reference():
    result = rg.economic_complexity(TABLE)
    opposite = result.places.with_columns(eci=-pl.col("eci"))
    turned = rg.economic_complexity(TABLE, reference=opposite)
    assert np.allclose(eci(turned), -eci(result))
    assert np.allclose(pci(turned), -pci(result))
    assert turned.diagnostics["sign"][0] == "reference"


def test_external_pci_gives_the_mean_of_what_a_place_has():
    world = rg.economic_complexity(TABLE)
    few = TABLE.filter(pl.col("place").is_in(["P02", "P07"]))
    got = rg.economic_complexity(few, presence="value", pci=world.activities)
    has = few.filter(pl.col("value") >= 1).join(world.activities, on="activity")
    means = has.group_by("place").agg(pl.col("pci").mean()).sort("place")["pci"].to_numpy()
    assert np.allclose(eci(got), means)
    # on its own table and presences, the mean PCI is the ECI itself
    assert np.allclose(eci(rg.economic_complexity(TABLE, pci=world.activities)), eci(world), atol=1e-10)


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_order_labels_and_scale_of_places_change_nothing(seed):
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0, 1, (9, 11)) * nested(seed, 9, 11)
    rows, cols = np.nonzero(x)
    if len(rows) < 2:
        return
    table = pl.DataFrame({"place": rows, "activity": cols, "value": x[rows, cols]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        base = rg.economic_complexity(table)
        for other in (
            table.sample(fraction=1, shuffle=True, seed=seed),
            table.with_columns(value=pl.col("value") * 1000),
        ):
            again = rg.economic_complexity(other)
            assert base.places["eci"].is_null().equals(again.places["eci"].is_null())
            assert np.allclose(eci(base), eci(again), atol=1e-8, equal_nan=True)
    assert (rg.diversity(table)["diversity"] >= 1).all()


@odd_tables
@quick
@given(st.integers(0, 10_000), st.sampled_from(["eigenvector", "reflections"]))
def test_no_answer_is_ever_nan(seed, method):
    rng = np.random.default_rng(seed)
    m = (rng.random((rng.integers(1, 7), rng.integers(1, 7))) < 0.4).astype(float)
    full = of_matrix(np.ones_like(m))
    values = sparse.csr_array(m)
    values.sort_indices()
    data = rg.PlaceActivity(values, full.places, full.activities)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        result = rg.economic_complexity(data, presence="given", method=method)
        fit = rg.fitness_complexity(data, presence="given")
        near = rg.genepy(data, presence="given")
        outlook = rg.complexity_outlook(data, presence="given")
        gain = rg.opportunity_gain(data, presence="given")
    for column in (
        result.places["eci"], result.activities["pci"], fit.places["fitness"], fit.activities["complexity"],
        near.places["genepy"], near.activities["genepy"], outlook["complexity_outlook"], gain["opportunity_gain"],
    ):  # fmt: skip
        assert not column.is_nan().any()
    known = result.places["eci"].drop_nulls()
    if len(known):
        assert known.mean() == pytest.approx(0, abs=1e-9)
        assert known.std(ddof=0) == pytest.approx(1)


def test_by_gives_each_year_its_own_answer_with_keys_first():
    double = pl.concat([TABLE.with_columns(year=pl.lit(y)) for y in (1, 2)])
    result = rg.economic_complexity(double, by="year")
    assert result.places.columns == ["year", "place", "eci"]
    for year in (1, 2):
        assert np.allclose(result.places.filter(pl.col("year") == year)["eci"], eci(rg.economic_complexity(TABLE)))
    assert result.diagnostics["year"].to_list() == [1, 2]


def test_thread_count_does_not_change_a_digit():
    threads = pytest.importorskip("threadpoolctl")
    data = of_matrix(nested(10, 400, 300))
    with threads.threadpool_limits(1):
        one = rg.economic_complexity(data, presence="given")
        phi_one = rg.relatedness(data, presence="given").matrix.toarray()
    with threads.threadpool_limits(4):
        four = rg.economic_complexity(data, presence="given")
        phi_four = rg.relatedness(data, presence="given").matrix.toarray()
    assert one.places.equals(four.places)
    assert one.activities.equals(four.activities)
    assert np.array_equal(phi_one, phi_four)
