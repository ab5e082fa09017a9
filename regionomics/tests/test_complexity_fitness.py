"""Fitness and GENEPY: digits of peers, convergence, and what a table does not determine."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from complex_tables import TABLE, nested, of_matrix, peer

import regionomics as rg


def test_fitness_agrees_with_econcomplex_where_the_update_is_its_own():
    with pytest.warns(rg.RegionomicsWarning, match="ranks"):  # three places tend to 0, slowly
        result = rg.fitness_complexity(TABLE, iterations=2000, tolerance=1e-14, update="in_turn")
    assert np.allclose(result.places["fitness"].to_numpy(), peer("econcomplex", "fitness"), atol=1e-9)
    assert np.allclose(result.activities["complexity"].to_numpy(), peer("econcomplex", "complexity"), atol=1e-9)


@pytest.mark.skipif("POLIEDRO_DATA" not in os.environ, reason="POLIEDRO_DATA names no folder of real data")
def test_fitness_of_world_trade_agrees_with_the_digits_that_economiccomplexity_ships():
    """226 economies and 785 products; the R package publishes its answer, of 20 iterations counted from the start."""
    folder = Path(os.environ["POLIEDRO_DATA"]) / "trade"
    trade = pl.read_csv(folder / "world_trade_sitc4_avg_1998_2000.csv.gz", schema_overrides={"product": pl.String})
    names = {"place": "country", "activity": "product"}
    with pytest.warns(rg.RegionomicsWarning, match="still changes"):
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


def test_fitness_updates_both_from_the_iteration_before():
    """econcomplex computes Q from the new F."""
    m = np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0]])
    with pytest.warns(rg.RegionomicsWarning, match="still changes"):
        result = rg.fitness_complexity(of_matrix(m), presence="given", iterations=1)
    q = 1 / m.sum(axis=0)
    assert np.allclose(result.activities["complexity"].to_numpy(), q / q.mean())
    f = m.sum(axis=1)
    assert np.allclose(result.places["fitness"].to_numpy(), f / f.mean())


def test_fitness_tending_to_zero_is_diagnosed():
    """A perfectly nested triangle with one activity more than places has fitness that vanishes."""
    m = np.tril(np.ones((6, 6)))[::-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        result = rg.fitness_complexity(of_matrix(m), presence="given", iterations=3000)
    assert np.isfinite(result.places["fitness"].to_numpy()).all()
    assert result.places["fitness_rank"].to_list() == [1, 2, 3, 4, 5, 6]
    assert result.diagnostics["ranks_stable_since"][0] < 5


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


RING = np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 1]])


@pytest.mark.parametrize("copies", [1, 50])
def test_genepy_of_places_that_differ_by_name_only_is_null_with_a_word(copies):
    """A ring: the second eigenvalue comes twice, so that its vector, and the index, would be any of many."""
    ring = RING if copies == 1 else np.eye(3 * copies) + np.roll(np.eye(3 * copies), 1, axis=1)
    with pytest.warns(rg.RegionomicsWarning, match="the second eigenvalue is repeated"):
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
    with pytest.warns(rg.RegionomicsWarning) as told:
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
    with pytest.warns(rg.RegionomicsWarning) as told:
        few = rg.genepy(of_matrix([[1.0, 1, 1, 1]]), presence="given")
    (said,) = [str(w.message) for w in told]
    assert said.startswith("genepy of places is null: there are 1, and three are needed; ")
    assert "genepy of activities is null: the second eigenvalue is repeated" in said
    assert few.activities["genepy"].null_count() == 4
    nobody = TABLE.head(1).with_columns(place=pl.lit("nobody"), value=pl.lit(0, pl.Int64))
    with pytest.warns(rg.RegionomicsWarning, match="genepy is null for 1 of 13 places, which have nothing present"):
        empty = rg.genepy(pl.concat([TABLE, nobody])).places
    assert empty.filter(pl.col("genepy").is_null())["place"].to_list() == ["nobody"]
