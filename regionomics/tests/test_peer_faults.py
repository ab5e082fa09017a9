"""Every fault found by running the peers (docs/regionomics/conventions.md), as a table on which ours must answer."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import polars as pl
import pytest
from promises import odd_tables
from scipy import sparse

import regionomics as rg

STAIRS = np.tril(np.ones((6, 6)))  # place k has the activities 0..k: the most diverse has the rarest


def table(matrix) -> rg.PlaceActivity:
    return rg.PlaceActivity.from_matrix(np.asarray(matrix, dtype=float))


def known(frame: pl.DataFrame, column: str) -> list:
    return frame[column].to_list()


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        return function(*args, **options)


def random_presences(seed: int, shape=(12, 15), share=0.4) -> np.ndarray:
    m = (np.random.default_rng(seed).random(shape) < share).astype(float)
    m[np.arange(shape[0]), np.arange(shape[0]) % shape[1]] = 1
    m[np.arange(shape[1]) % shape[0], np.arange(shape[1])] = 1
    return m


# --- econcomplex ------------------------------------------------------------------------------------------------------
def test_econcomplex_sparse_input_raises():
    m = random_presences(0)
    dense, thin = (rg.PlaceActivity.from_matrix(x) for x in (m, sparse.csr_matrix(m)))
    for function in (rg.relatedness_density, rg.location_quotient, rg.complexity_outlook):
        assert function(thin).equals(function(dense))


@pytest.mark.parametrize("seed", range(40))
def test_econcomplex_signs_of_eci_and_pci_are_chosen_apart(seed):
    data = table(random_presences(seed))
    got = quietly(rg.economic_complexity, data, presence="given")
    m = data.values.toarray()
    eci, pci = got.places["eci"].to_numpy(), got.activities["pci"].to_numpy()
    assert np.allclose(m @ pci / m.sum(axis=1), eci)  # each place's ECI is the mean PCI of what it has: one sign
    assert np.corrcoef(eci, m.sum(axis=1))[0, 1] >= -1e-9


def test_econcomplex_one_unused_activity_empties_outlook_and_gain():
    unused = np.hstack([random_presences(1), np.zeros((12, 1))])
    outlook = quietly(rg.complexity_outlook, table(unused), presence="given")
    gain = quietly(rg.opportunity_gain, table(unused), presence="given")
    assert outlook["complexity_outlook"].null_count() == 0
    assert gain["opportunity_gain"].null_count() == 12  # one a place, of the activity that nobody has
    assert set(gain.filter(pl.col("opportunity_gain").is_null())["activity"]) == {15}


def test_econcomplex_takes_quotients_of_presences_that_are_given():
    m = random_presences(2)
    given = rg.economic_complexity(table(m), presence="given").places["eci"].to_numpy()
    d, u = m.sum(axis=1), m.sum(axis=0)
    values, vectors = np.linalg.eig((m / d[:, None]) @ (m / u).T)
    second = np.real(vectors[:, np.argsort(-np.real(values))[1]])
    assert abs(np.corrcoef(given, second)[0, 1]) == pytest.approx(1)


def test_econcomplex_relatedness_has_the_wrong_totals():
    m = random_presences(3)
    c = m.T @ m
    np.fill_diagonal(c, 0)
    s, t = c.sum(axis=0), c.sum()
    expected = t / 2 * (np.outer(s / t, s) / (t - s)[:, None] / 1 + np.outer(s, s / t) / (t - s)[None, :])
    phi = rg.relatedness(table(m), presence="given", method="probability").matrix.toarray()
    assert np.allclose(phi, np.divide(c, expected, out=np.zeros_like(c), where=expected > 0))


def test_econcomplex_ease_of_recombination_is_not_fleming_and_sorensons():
    # patents 0 and 1 join class 0 with 1 and with 2, patent 2 has class 0 alone: 2 classes combined with, in 3 patents
    ease = rg.ease_of_recombination(table([[1, 1, 0], [1, 0, 1], [1, 0, 0]]))
    assert known(ease, "ease_of_recombination")[0] == pytest.approx(2 / 3)


def test_econcomplex_gain_is_normalised_over_the_wrong_index():
    m, pci = random_presences(4), np.linspace(-1, 1, 15)
    data = table(m)
    phi = rg.relatedness(data, presence="given", method="conditional")
    scores = pl.DataFrame({"activity": np.arange(15), "pci": pci})
    gain = rg.opportunity_gain(data, phi, pci=scores, presence="given", definition="growthlab")
    p, a = gain["place"][0], gain["activity"][0]
    near = phi.matrix.toarray()
    expected = sum(near[a, b] / near[:, b].sum() * (1 - m[p, b]) * pci[b] for b in range(15))
    assert gain["opportunity_gain"][0] == pytest.approx(expected)


def test_econcomplex_fitness_updates_one_from_the_others_new_value():
    m = random_presences(5)
    together = quietly(rg.fitness_complexity, table(m), presence="given", iterations=1)
    fitness = m.sum(axis=1) / m.sum(axis=1).mean()
    complexity = 1 / m.T.sum(axis=1)  # from the fitness before, which is 1 everywhere
    assert np.allclose(together.places["fitness"].to_numpy(), fitness)
    assert np.allclose(together.activities["complexity"].to_numpy(), complexity / complexity.mean())


def test_econcomplex_trims_the_table_in_silence():
    alone = np.zeros((13, 16))
    alone[:12, :15], alone[12, 15] = random_presences(6), 1
    with pytest.warns(rg.RegionomicsWarning, match="1 places and 1 activities get null, in 2 groups"):
        got = rg.economic_complexity(table(alone), presence="given")
    assert got.dropped.rows() == [
        ("place", "12", "outside the largest connected group"),
        ("activity", "15", "outside the largest connected group"),
    ]
    assert got.places.height == 13
    assert got.diagnostics["components"].to_list() == [2]


# --- py-ecomplexity ---------------------------------------------------------------------------------------------------
def test_py_ecomplexity_one_empty_place_makes_every_eci_nan():
    got = quietly(rg.economic_complexity, table(np.vstack([STAIRS, np.zeros(6)])), presence="given")
    assert got.places["eci"].null_count() == 1
    assert np.allclose(got.places["eci"][:6], rg.economic_complexity(table(STAIRS), presence="given").places["eci"])


@pytest.mark.parametrize("k", [1, 3, 5])
def test_py_ecomplexity_density_by_neighbours_leaves_its_range(k):
    density = rg.relatedness_density(table(random_presences(7)), presence="given", top_k=k)["density"].drop_nulls()
    assert density.is_between(0, 100).all()
    assert density.max() > 50


def test_py_ecomplexity_presence_by_two_tests_holds_a_two():
    assert set(rg.presence(table(5 * random_presences(8)))["present"]) == {0, 1}


@odd_tables
def test_py_ecomplexity_diagonal_leaks_into_the_density():
    alone = table([[1, 0, 0], [0, 1, 1]])  # nobody has activity 0 together with anything
    assert rg.relatedness_density(alone, presence="given").filter(place=0, activity=0)["density"].to_list() == [None]
    leaked = rg.relatedness_density(alone, presence="given", compat="growthlab").filter(place=0, activity=0)
    assert leaked["density"].to_list() == [1.0]


def test_py_ecomplexity_users_ask_for_zeros_a_reason_for_the_sign_and_an_unscaled_pci():
    complexity = rg.economic_complexity(table(STAIRS), presence="given", scale="none")
    assert complexity.diagnostics["sign"].to_list() == ["diversity"]
    assert np.allclose(STAIRS @ complexity.activities["pci"] / STAIRS.sum(axis=1), complexity.places["eci"])
    assert rg.location_quotient(table(STAIRS)).height == 36  # absent pairs are there, with 0


# --- OEC, econci, EconGeoPy -------------------------------------------------------------------------------------------
def test_oec_one_empty_region_makes_everything_nan():
    got = quietly(rg.economic_complexity, table(np.vstack([STAIRS, np.zeros(6)])), presence="given", compat="oec")
    assert got.places["eci"].null_count() == 1
    assert (
        rg.similarity(table(np.hstack([random_presences(9), np.zeros((12, 1))]))).table()["similarity"].null_count()
        == 0
    )


@pytest.mark.parametrize("iterations", [2, 4, 8, 18, 20, 26])
def test_oec_sign_depends_on_the_number_of_iterations(iterations):
    got = rg.economic_complexity(table(STAIRS), presence="given", method="reflections", iterations=iterations)
    assert got.places["eci"].is_sorted()
    with pytest.raises(rg.InvalidParameter, match="take an even number"):
        rg.economic_complexity(table(STAIRS), presence="given", method="reflections", iterations=iterations + 1)


def test_oec_polars_tables_fail():
    frame = pl.DataFrame({"place": ["a", "a", "b"], "activity": ["x", "y", "y"], "value": [3, 1, 5]})
    assert isinstance(rg.location_quotient(frame), pl.DataFrame)


def test_econci_stops_at_an_empty_activity():
    got = quietly(rg.economic_complexity, table(np.hstack([STAIRS, np.zeros((6, 1))])), presence="given")
    assert got.places["eci"].null_count() == 0
    assert got.activities["pci"].null_count() == 1


def test_econgeopy_changes_its_input_and_turns_the_sign():
    m = STAIRS.copy()
    got = rg.economic_complexity(table(m), presence="given")
    assert np.array_equal(m, STAIRS)
    assert got.places["eci"].is_sorted()  # the most diverse place is the most complex
    assert got.activities["pci"].is_sorted()  # and what only that place has


# --- EconGeo, economiccomplexity --------------------------------------------------------------------------------------
def test_econgeo_rounds_the_matrix_so_that_ranks_move():
    rng = np.random.default_rng(10)
    m = (rng.random((40, 60)) < 0.5).astype(float)
    exact = rg.economic_complexity(table(m), presence="given", compat="econgeo").places["eci"].to_numpy()
    d, u = m.sum(axis=1), m.sum(axis=0)
    values, vectors = np.linalg.eig(np.round((m / d[:, None]) @ (m / u).T, 4))
    rounded = np.real(vectors[:, np.argsort(-np.real(values))[1]])
    plain = rg.economic_complexity(table(m), presence="given").places["eci"].to_numpy()
    assert np.array_equal(np.argsort(exact), np.argsort(plain))
    assert not np.allclose(abs(np.corrcoef(rounded, plain)[0, 1]), 1, atol=1e-12, rtol=0)


def test_econgeo_rounds_quotients_so_that_995_is_a_specialisation():
    # Alba's quotient of silk: (199 / 400) / (400 / 800) = .995
    jobs = pl.DataFrame(
        {"place": ["Alba", "Alba", "Bari", "Bari"], "activity": ["silk", "wine"] * 2, "value": [199, 201, 201, 199]}
    )
    assert rg.location_quotient(jobs)["location_quotient"][0] == pytest.approx(0.995)
    assert rg.presence(jobs)["present"].to_list() == [0, 1, 1, 0]


def test_econgeo_reads_the_periods_from_variables_elsewhere():
    years = pl.concat(
        [pl.DataFrame({"place": ["a", "b"], "activity": ["x", "y"], "value": [1, 1], "year": [y] * 2}) for y in (1, 2)]
    )
    assert rg.entries_exits(years, presence="value")["year_from"].unique().to_list() == [1]


@odd_tables
def test_econgeo_places_with_nothing_become_nan_and_sparse_fails():
    data = rg.PlaceActivity.from_matrix(sparse.csr_array(np.vstack([random_presences(11), np.zeros(15)])))
    for function, column in (
        (rg.location_quotient, "location_quotient"),
        (rg.herfindahl, "herfindahl"),
        (rg.entropy, "entropy"),
        (rg.krugman_index, "krugman_index"),
        (rg.hachman, "hachman"),
        (rg.specialisation_coefficient, "specialisation_coefficient"),
    ):
        got = function(data)
        assert not got[column].is_nan().any()
        assert got.filter(place=12)[column].null_count() == got.filter(place=12).height


def test_economiccomplexity_overwrites_the_callers_matrix():
    kept = random_presences(12)
    before = kept.copy()
    rg.location_quotient(rg.PlaceActivity.from_matrix(kept))
    frame = pl.DataFrame({"place": ["a", "b"], "activity": ["x", "y"], "value": [1.5, 2.5]}).to_pandas()
    rg.location_quotient(frame)
    assert np.array_equal(kept, before)
    assert frame["value"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("seed", range(30))
def test_economiccomplexity_takes_an_unsorted_eigenvector(seed):
    m = random_presences(100 + seed)
    got = quietly(rg.economic_complexity, table(m), presence="given")
    d, u = m.sum(axis=1), m.sum(axis=0)
    values = np.sort(np.real(np.linalg.eigvals((m / d[:, None]) @ (m / u).T)))[::-1]
    assert got.diagnostics["lambda2"][0] == pytest.approx(values[1])
    assert got.diagnostics["lambda3"][0] == pytest.approx(values[2])


def test_economiccomplexity_turns_an_empty_column_into_all_ones():
    got = quietly(rg.economic_complexity, table(np.hstack([random_presences(13), np.zeros((12, 1))])), presence="given")
    assert len(set(np.round(got.places["eci"], 6))) > 6


def test_all_orders_of_a_small_table_give_one_answer():
    rows = [("a", "x", 3), ("a", "y", 1), ("b", "y", 2), ("b", "z", 4), ("c", "x", 1)]
    answers = {
        str(
            rg.economic_complexity(
                pl.DataFrame(list(r), schema=["place", "activity", "value"], orient="row"), presence="value"
            ).places.rows()
        )
        for r in itertools.permutations(rows)
    }
    assert len(answers) == 1
