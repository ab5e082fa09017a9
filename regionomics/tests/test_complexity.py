"""Complexity: exactness, conventions, what peers get wrong, and answers where a table does not determine one."""

from __future__ import annotations

import importlib.util
import json
import os
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import sparse

import regionomics as rg
from regionomics.complexity._eigen import core_of, spectrum
from regionomics.complexity._lanczos import largest
from regionomics.errors import RegionomicsWarning

DIGITS = Path(__file__).parent / "digits"
PEERS = json.loads((DIGITS / "relatedness_peers.json").read_text())
quick = settings(max_examples=25, deadline=None)


def peer_table() -> pl.DataFrame:
    spec = importlib.util.spec_from_file_location("relatedness_table", DIGITS / "relatedness_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return pl.DataFrame(module.ROWS, schema=["place", "activity", "value"], orient="row")


TABLE = peer_table()


def peer(name: str, key: str) -> np.ndarray:
    return np.array(PEERS[name][key])


def eci(result: rg.complexity.EconomicComplexity) -> np.ndarray:
    return result.places["eci"].to_numpy()


def pci(result: rg.complexity.EconomicComplexity) -> np.ndarray:
    return result.activities["pci"].to_numpy()


def wide(table: pl.DataFrame, column: str) -> np.ndarray:
    return table.pivot(on="activity", index="place", values=column, sort_columns=True).sort("place")[:, 1:].to_numpy()


def of_matrix(matrix: object) -> rg.PlaceActivity:
    return rg.PlaceActivity.from_matrix(np.asarray(matrix, dtype=float))


def nested(seed: int, places: int, activities: int) -> np.ndarray:
    """Presences as in trade: able places do nearly everything."""
    rng = np.random.default_rng(seed)
    able, hard = rng.uniform(0.1, 1, places), rng.uniform(0, 0.9, activities)
    return (rng.random((places, activities)) < 1 / (1 + np.exp(-8 * (able[:, None] - hard)))).astype(float)


def by_definition(m: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Second eigenvectors of the two Markov matrices, dense, for comparison; no empty rows, connected."""
    d, u = m.sum(axis=1), m.sum(axis=0)
    half = m / np.sqrt(d)[:, None] / np.sqrt(u)
    left, size, _ = np.linalg.svd(half, full_matrices=False)
    e = left[:, 1] / np.sqrt(d)
    p = (m.T @ e) / u / size[1] ** 2
    turn = np.sign(np.corrcoef(e, d)[0, 1])
    return turn * (e - e.mean()) / e.std(), turn * p, size[1] ** 2


# Agreement with the peers


def test_growthlab_convention_agrees_with_py_ecomplexity():
    result = rg.economic_complexity(TABLE, compat="growthlab")
    assert np.allclose(eci(result), peer("growthlab", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("growthlab", "pci"), atol=1e-9)


def test_our_default_is_that_convention():
    assert np.allclose(eci(rg.economic_complexity(TABLE)), peer("growthlab", "eci"), atol=1e-9)


def test_own_scale_of_pci_agrees_with_econcomplex():
    result = rg.economic_complexity(TABLE, pci_scale="own")
    assert np.allclose(eci(result), peer("econcomplex", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("econcomplex", "pci"), atol=1e-9)


def test_oec_convention_agrees_with_economic_complexity():
    result = rg.economic_complexity(TABLE, compat="oec")
    assert np.allclose(eci(result), peer("oec", "eci"), atol=1e-9)
    assert np.allclose(pci(result), peer("oec", "pci"), atol=1e-9)


def test_econgeo_convention_agrees_with_its_kci_and_tci_without_rounding():
    result = rg.economic_complexity(TABLE, compat="econgeo")
    assert np.allclose(np.abs(eci(result)), np.abs(peer("econgeo", "kci")), atol=1e-9)
    assert np.allclose(np.abs(pci(result)), np.abs(peer("econgeo", "tci")), atol=1e-9)


def test_reflections_agree_with_econgeo_morc_and_mort():
    result = rg.economic_complexity(TABLE, method="reflections", compat="econgeo")
    assert np.allclose(eci(result), peer("econgeo", "morc"), atol=1e-9)
    assert np.allclose(pci(result), peer("econgeo", "mort"), atol=1e-9)


def test_fitness_agrees_with_econcomplex_where_the_update_is_its_own():
    with pytest.warns(RegionomicsWarning, match="ranks"):  # three places tend to 0, slowly
        result = rg.fitness_complexity(TABLE, iterations=2000, tolerance=1e-14, update="in_turn")
    assert np.allclose(result.places["fitness"].to_numpy(), peer("econcomplex", "fitness"), atol=1e-9)
    assert np.allclose(result.activities["complexity"].to_numpy(), peer("econcomplex", "complexity"), atol=1e-9)


@pytest.mark.skipif("POLIEDRO_DATA" not in os.environ, reason="POLIEDRO_DATA names no folder of real data")
def test_fitness_of_world_trade_agrees_with_the_digits_that_economiccomplexity_ships():
    """226 economies and 785 products; the R package publishes its answer, of 20 iterations counted from the start."""
    folder = Path(os.environ["POLIEDRO_DATA"]) / "trade"
    trade = pl.read_csv(folder / "world_trade_sitc4_avg_1998_2000.csv.gz", schema_overrides={"product": pl.String})
    names = {"place": "country", "activity": "product"}
    with pytest.warns(RegionomicsWarning, match="still changes"):
        result = rg.fitness_complexity(trade, **names, iterations=19, tolerance=0)
    for table, label, ours, kind in (
        (result.places, "country", "fitness", "country"),
        (result.activities, "product", "complexity", "product"),
    ):
        path = folder / f"economiccomplexity_complexity_index_{kind}.csv"
        theirs = pl.read_csv(path, schema_overrides={"id": pl.String})
        both = table.join(theirs, left_on=label, right_on="id")
        assert both.height == theirs.height == table.height
        assert np.allclose(both[ours].to_numpy(), both["value"].to_numpy(), atol=1e-9)


def test_both_updates_of_fitness_share_the_limit():
    data = of_matrix(nested(12, 25, 40))
    one = rg.fitness_complexity(data, presence="given", iterations=5000, tolerance=1e-13)
    two = rg.fitness_complexity(data, presence="given", iterations=5000, tolerance=1e-13, update="in_turn")
    assert one.diagnostics["converged"][0]
    assert np.allclose(one.places["fitness"].to_numpy(), two.places["fitness"].to_numpy(), atol=1e-9)


def test_outlook_and_gain_agree_with_growthlab():
    got = rg.complexity_outlook(TABLE, compat="growthlab")["complexity_outlook"].to_numpy()
    assert np.allclose(got, peer("growthlab", "coi"), atol=1e-9)
    gain = rg.opportunity_gain(TABLE, compat="growthlab")
    theirs = peer("growthlab", "cog")
    absent = rg.relatedness_density(TABLE, which="absent")
    at = (absent["place"].str.slice(1).cast(int).to_numpy(), absent["activity"].str.slice(1).cast(int).to_numpy())
    assert np.allclose(gain["opportunity_gain"].to_numpy(), theirs[at], atol=1e-9)


def test_outlook_and_gain_agree_with_econcomplex_and_oec():
    own = rg.economic_complexity(TABLE, pci_scale="own").activities
    got = rg.complexity_outlook(TABLE, pci=own)["complexity_outlook"].to_numpy()
    assert np.allclose(got, peer("econcomplex", "coi"), atol=1e-9)
    gain = rg.opportunity_gain(TABLE, compat="oec")
    at = tuple(gain[c].str.slice(1).cast(int).to_numpy() for c in ("place", "activity"))
    assert np.allclose(gain["opportunity_gain"].to_numpy(), peer("oec", "gain")[at], atol=1e-9)
    # econcomplex's gain divides by what is related to the new activity, as OEC does, and takes nothing off
    density = wide(rg.relatedness_density(TABLE, method="conditional", scale=1), "density")
    oec_like = rg.opportunity_gain(TABLE, pci=own, definition="oec")["opportunity_gain"].to_numpy()
    back = oec_like + density[at] * own["pci"].to_numpy()[at[1]]
    assert np.allclose(back, peer("econcomplex", "cog")[at], atol=1e-9)


def test_normalised_ubiquity_agrees_with_econcomplex():
    got = rg.normalised_ubiquity(TABLE)["normalised_ubiquity"].to_numpy()
    assert np.allclose(got, peer("econcomplex", "normalized_ubiquity"), atol=1e-9)


# Exactness


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


# Faults of the peers that ours does not have


def test_one_empty_place_and_one_unused_activity_get_null_and_the_rest_their_value():
    """py-ecomplexity: exactly one row of zero diversity makes all ECI NaN; OEC: one empty region does."""
    m = nested(3, 20, 30)
    clean = rg.economic_complexity(of_matrix(m), presence="given")
    padded = np.zeros((21, 31))
    padded[:20, :30] = m
    data = rg.PlaceActivity(sparse.csr_array(padded), of_matrix(padded + 1).places, of_matrix(padded + 1).activities)
    with pytest.warns(RegionomicsWarning, match="1 places and 1 activities get null"):
        result = rg.economic_complexity(data, presence="given")
    assert np.allclose(eci(result)[:20], eci(clean), atol=1e-10)
    assert result.places["eci"][20] is None
    assert result.activities["pci"][30] is None
    assert result.dropped["reason"].to_list() == ["no activity present", "present in no place"]


def test_unused_activity_leaves_outlook_and_gain_known():
    """econcomplex: one unused activity makes COI and COG NaN for all."""
    table = pl.concat([TABLE, pl.DataFrame({"place": ["P00"], "activity": ["unused"], "value": [0]})])
    with pytest.warns(RegionomicsWarning):
        rg.economic_complexity(table)
    assert np.allclose(
        rg.complexity_outlook(table)["complexity_outlook"].to_numpy(),
        rg.complexity_outlook(TABLE)["complexity_outlook"].to_numpy(),
    )
    gain = rg.opportunity_gain(table)
    assert gain.filter(pl.col("activity") != "unused")["opportunity_gain"].null_count() == 0
    assert gain.filter(pl.col("activity") == "unused")["opportunity_gain"].null_count() == 12


def test_eci_and_pci_share_one_sign():
    """econcomplex chooses them apart: opposite in 107 of 242 random matrices."""
    for seed in range(60):
        m = (np.random.default_rng(seed).random((12, 15)) < 0.4).astype(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegionomicsWarning)
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


def test_fitness_updates_both_from_the_iteration_before():
    """econcomplex computes Q from the new F."""
    m = np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0]])
    with pytest.warns(RegionomicsWarning, match="still changes"):
        result = rg.fitness_complexity(of_matrix(m), presence="given", iterations=1)
    q = 1 / m.sum(axis=0)
    assert np.allclose(result.activities["complexity"].to_numpy(), q / q.mean())
    f = m.sum(axis=1)
    assert np.allclose(result.places["fitness"].to_numpy(), f / f.mean())


def test_fitness_tending_to_zero_is_diagnosed():
    """A perfectly nested triangle with one activity more than places has fitness that vanishes."""
    m = np.tril(np.ones((6, 6)))[::-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegionomicsWarning)
        result = rg.fitness_complexity(of_matrix(m), presence="given", iterations=3000)
    assert np.isfinite(result.places["fitness"].to_numpy()).all()
    assert result.places["fitness_rank"].to_list() == [1, 2, 3, 4, 5, 6]
    assert result.diagnostics["ranks_stable_since"][0] < 5


# Answers where the table does not determine one


def test_disconnected_blocks_answer_for_the_largest_and_warn():
    one, two = nested(6, 12, 15), nested(7, 5, 6)
    m = np.block([[one, np.zeros((12, 6))], [np.zeros((5, 15)), two]])
    with pytest.warns(RegionomicsWarning, match="2 groups that share no activity"):
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
    with pytest.warns(RegionomicsWarning, match=why):
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
        warnings.simplefilter("ignore", RegionomicsWarning)
        base = rg.economic_complexity(table)
        for other in (
            table.sample(fraction=1, shuffle=True, seed=seed),
            table.with_columns(value=pl.col("value") * 1000),
        ):
            again = rg.economic_complexity(other)
            assert base.places["eci"].is_null().equals(again.places["eci"].is_null())
            assert np.allclose(eci(base), eci(again), atol=1e-8, equal_nan=True)
    assert (rg.diversity(table)["diversity"] >= 1).all()


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
        warnings.simplefilter("ignore", RegionomicsWarning)
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


def test_dense_and_iterated_genepy_agree():
    small = nested(9, 100, 140)
    data = of_matrix(small)
    places = rg.genepy(data, presence="given").places["genepy"].to_numpy()
    flipped = rg.genepy(of_matrix(small.T), presence="given").activities
    assert len(flipped) == 100
    m = small
    w = m / m.sum(axis=1, keepdims=True)
    w = w / w.sum(axis=0)
    for n, got in ((w @ w.T, places), (w.T @ w, rg.genepy(data, presence="given").activities["genepy"].to_numpy())):
        np.fill_diagonal(n, 0)
        values, vectors = np.linalg.eigh(n)
        values, squares = values[-2:], vectors[:, -2:] ** 2
        assert np.allclose(got, (squares @ values) ** 2 + 2 * squares @ values**2, atol=1e-12)


@pytest.mark.parametrize("definition", ["atlas", "growthlab", "oec"])
def test_density_kept_from_one_call_changes_no_answer_of_the_next(definition):
    data = of_matrix(np.hstack([nested(4, 60, 80), np.zeros((60, 1))]))
    phi = rg.relatedness(data, method="conditional", presence="given")
    score = rg.economic_complexity(of_matrix(nested(4, 60, 80)), presence="given").activities
    asked = {"presence": "given", "pci": score}
    fresh = [
        rg.complexity_outlook(data, presence="given", pci=score),
        rg.opportunity_gain(data, presence="given", pci=score, definition=definition),
    ]
    first = rg.relatedness_density(data, phi, presence="given")
    kept = [rg.complexity_outlook(data, phi, **asked), rg.opportunity_gain(data, phi, definition=definition, **asked)]
    for one, other in zip(fresh, kept, strict=True):
        assert_frame_equal(one, other, rel_tol=1e-12, abs_tol=1e-12)
    other_phi = rg.relatedness(data, method="cosine", presence="given")
    assert not rg.relatedness_density(data, other_phi, presence="given").equals(first)
    assert rg.relatedness_density(data, phi, presence="given").equals(first)
    ours = rg.relatedness_density(data, phi, presence="given", output="matrix")
    ours.values[:] = -1.0  # the caller's own
    assert rg.relatedness_density(data, phi, presence="given").equals(first)


RING = np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 1]])


@pytest.mark.parametrize("copies", [1, 50])
def test_genepy_of_places_that_differ_by_name_only_is_null_with_a_word(copies):
    """A ring: the second eigenvalue comes twice, so that its vector, and the index, would be any of many."""
    ring = RING if copies == 1 else np.eye(3 * copies) + np.roll(np.eye(3 * copies), 1, axis=1)
    with pytest.warns(RegionomicsWarning, match="the second eigenvalue is repeated"):
        found = rg.genepy(of_matrix(ring), presence="given")
    for table in (found.places, found.activities):
        assert table["genepy"].null_count() == table["x2"].null_count() == 3 * copies
        assert np.allclose(table["x1"].to_numpy() ** 2, 1 / (3 * copies))


@pytest.mark.parametrize("size", [8, 140])
def test_genepy_of_two_equal_groups_is_that_of_one(size):
    """Their first eigenvalues are equal: no vector is determined, the sum of squares is."""
    block = nested(3, size, size + 5)
    block = block[block.sum(axis=1) > 0][:, block[block.sum(axis=1) > 0].sum(axis=0) > 0]
    twice = np.kron(np.eye(2), block)
    with pytest.warns(RegionomicsWarning) as told:
        found = rg.genepy(of_matrix(twice), presence="given").places
    said = " ".join(str(w.message) for w in told)
    assert "2 groups that share no activity" in said
    assert "x1 and x2 of places are null" in said
    assert found["x1"].null_count() == len(found)
    n = len(block)
    w = block / block.sum(axis=1, keepdims=True)
    w = w / w.sum(axis=0)
    near = w @ w.T
    np.fill_diagonal(near, 0.0)
    value, vector = (x[..., -1] for x in np.linalg.eigh(near))
    square = vector**2  # each group's own first vector, 0 in the other group
    expected = (value * square) ** 2 + 2 * value**2 * square
    assert np.allclose(found["genepy"].to_numpy(), np.tile(expected, 2), atol=1e-9)
    assert found.height == 2 * n


def test_genepy_of_few_or_empty_places_is_null_with_a_word():
    with pytest.warns(RegionomicsWarning) as told:
        few = rg.genepy(of_matrix([[1.0, 1, 1, 1]]), presence="given")
    said = [str(w.message) for w in told]
    assert said[0] == "genepy of places is null: there are 1, and three are needed"
    assert "genepy of activities is null: the second eigenvalue is repeated" in said[1]
    assert few.activities["genepy"].null_count() == 4
    nobody = TABLE.head(1).with_columns(place=pl.lit("nobody"), value=pl.lit(0, pl.Int64))
    with pytest.warns(RegionomicsWarning, match="genepy is null for 1 of 13 places, which have nothing present"):
        empty = rg.genepy(pl.concat([TABLE, nobody])).places
    assert empty.filter(pl.col("genepy").is_null())["place"].to_list() == ["nobody"]


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
