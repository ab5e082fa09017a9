"""Every index that a table has by place, by activity or by pair has an interval and a null distribution."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

import regionomics as rg

RNG = np.random.default_rng(8)
PLACES = [f"p{k}" for k in range(9)]
COUNTS = pl.DataFrame(
    [(p, a, int(RNG.integers(1, 30)) * (RNG.random() < 0.8)) for p in PLACES for a in "uvwxyz"],
    schema=["place", "activity", "value"],
    orient="row",
).filter(pl.col("value") > 0)

# function -> the columns of the answer that it has; how it becomes a table, where it does not give one.
INDICES = {
    "location_quotient": rg.location_quotient,
    "present": rg.presence,
    "stars": lambda t: rg.cluster_stars(t).select("place", "activity", "stars"),
    "shrunk": rg.shrunk_location_quotient,
    "specialisation_coefficient": rg.specialisation_coefficient,
    "krugman_index": rg.krugman_index,
    "hachman": rg.hachman,
    "herfindahl": rg.herfindahl,
    "entropy": rg.entropy,
    "gini": rg.gini,
    "locational_gini": rg.locational_gini,
    "hoover_index": rg.hoover_index,
    "similarity": lambda t: rg.similarity(t).table(),
    "related": rg.weighted_variety,
    "relatedness": lambda t: rg.relatedness(t).table(),
    "density": rg.relatedness_density,
    "relative_relatedness": rg.relative_relatedness,
    "local_relatedness": rg.local_relatedness,
    "coherence": rg.coherence,
    "eci": lambda t: rg.economic_complexity(t).places,
    "pci": lambda t: rg.economic_complexity(t).activities,
    "fitness": lambda t: rg.fitness_complexity(t, iterations=50, tolerance=1e-3).places,
    "genepy": lambda t: rg.genepy(t).places,
    "complexity_outlook": rg.complexity_outlook,
    "opportunity_gain": rg.opportunity_gain,
    "diversity": rg.diversity,
    "ubiquity": rg.ubiquity,
    "normalised_ubiquity": rg.normalised_ubiquity,
    "link": lambda t: rg.locational_correlation(t).table(),
    "coagglomeration": rg.coagglomeration,
}


def quietly(function):
    def call(table):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rg.RegionomicsWarning)
            return function(table)

    return call


@pytest.mark.parametrize("name", INDICES)
def test_index_has_an_interval(name):
    """Draws of persons: each of the counted units is drawn by itself."""
    function = quietly(INDICES[name])
    found = rg.bootstrap(COUNTS, function, counts="value", statistic=name, level=0.5, replicates=20).intervals
    answer = function(COUNTS)
    assert found.height == answer.height
    assert found[name].cast(pl.Float64).equals(answer[name].cast(pl.Float64), null_equal=True)
    ends = found.drop_nulls(["low", "high"])
    assert ends.height
    assert (ends["low"] <= ends["high"]).all()
    assert (ends["standard_error"] >= 0).all()


@pytest.mark.parametrize("name", INDICES)
def test_index_has_a_null_distribution(name):
    """Tables with the same sums in which place and activity have nothing to do with each other."""
    function = quietly(INDICES[name])
    found = rg.permutation(COUNTS, function, counts="value", statistic=name, level=0.9, replicates=29).tests
    known = found.drop_nulls("p")
    assert known.height
    assert known["p"].is_between(1 / 30, 1).all()
    assert (known["low"] <= known["high"]).all()


@pytest.mark.parametrize("name", INDICES)
def test_same_seed_gives_the_same_draws(name):
    function = quietly(INDICES[name])
    ask = {"counts": "value", "statistic": name, "level": 0.5, "replicates": 3}
    one, two, other = (rg.permutation(COUNTS, function, seed=seed, **ask).draws() for seed in (3, 3, 4))
    assert one.equals(two)
    assert not one.equals(other)
