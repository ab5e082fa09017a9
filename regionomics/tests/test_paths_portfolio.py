"""Portfolios of new activities: the best for a budget, the cheapest for a target."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables
from scipy.optimize import Bounds, LinearConstraint, milp

import regionomics as rg
from regionomics.paths._knapsack import greedy, knapsack

quick = settings(max_examples=12, deadline=None)


class Region:
    """One place with some activities out of `size`, the PCI and the effort of all."""

    def __init__(self, seed: int, size: int = 10) -> None:
        rng = np.random.default_rng(seed)
        self.pci = rng.normal(size=size)
        self.effort = rng.uniform(0.1, 3, size).round(2)
        self.has = rng.random(size) < 0.3
        self.has[0] = True
        names = [f"a{k:02d}" for k in range(size)]
        own = [n for n, h in zip(names, self.has, strict=True) if h]
        self.table = pl.DataFrame(
            {"place": ["here"] * len(own) + ["there"] * size, "activity": own + names, "value": 1}
        )
        self.of = {
            "pci": pl.DataFrame({"activity": names, "pci": self.pci}),
            "effort": pl.DataFrame({"place": "here", "activity": names, "effort": self.effort}),
            "presence": "given",
        }

    def solve(self, **limit: object) -> dict[str, object]:
        got = rg.next_activities(self.table, **self.of, **limit)
        row = got.places.filter(pl.col("place") == "here").row(0, named=True)
        mine = got.choices.filter(pl.col("place") == "here")
        assert mine["effort"].sum() == pytest.approx(row["effort"] or 0)
        assert mine.height == row["chosen"]
        assert not set(mine["activity"]) & {f"a{k:02d}" for k in np.flatnonzero(self.has)}
        return row

    def every(self) -> list[tuple[float, float]]:
        """Mean PCI and effort of every portfolio."""
        options = np.flatnonzero(~self.has)
        out = []
        for x in product([False, True], repeat=len(options)):
            taken = options[np.array(x, bool)]
            both = np.concatenate([self.pci[self.has], self.pci[taken]])
            out.append((float(both.mean()), float(self.effort[taken].sum())))
        return out


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0, 12))
def test_budget_buys_the_highest_mean_of_all_portfolios(seed, budget):
    region = Region(seed)
    best = max(mean for mean, spent in region.every() if spent <= budget + 1e-9)
    row = region.solve(budget=budget)
    assert row["eci_after"] == pytest.approx(best, abs=2e-6)
    assert row["effort"] <= budget * (1 + 1e-8)
    assert row["bound"] >= row["eci_after"] - 1e-12
    assert row["exact"]


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0.05, 1.5))
def test_target_is_reached_with_the_least_effort_of_all_portfolios(seed, more):
    region = Region(seed)
    row = region.solve(raise_by=more)
    assert row["target"] == pytest.approx(row["eci"] + more)
    reaching = [spent for mean, spent in region.every() if mean >= row["target"] - 1e-12]
    if not reaching:
        assert (row["eci_after"], row["effort"], row["chosen"]) == (None, None, 0)
        return
    assert row["effort"] == pytest.approx(min(reaching), abs=2e-5)
    assert row["eci_after"] >= row["target"] - 1e-8
    assert row["bound"] <= row["effort"] + 1e-12
    assert row["exact"]
    assert region.solve(budget=row["effort"])["eci_after"] >= row["target"] - 1e-8  # and the other way round


# Burkardt, data set KNAPSACK_01, P07, after Kreher and Stinson (1998), Combinatorial Algorithms: the optimum is 1458
PROFITS = [135, 139, 149, 150, 156, 163, 173, 184, 192, 201, 210, 214, 221, 229, 240]
WEIGHTS = [70, 73, 77, 80, 82, 87, 90, 94, 98, 106, 110, 113, 115, 118, 120]


def test_textbook_knapsack_is_solved():
    taken, bound = knapsack(np.array(PROFITS, float), np.array(WEIGHTS, float), 750.0, 10_000)
    assert np.array(PROFITS)[taken].sum() == 1458
    assert np.array(WEIGHTS)[taken].sum() == 749
    assert bound == pytest.approx(1458, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 11), st.sampled_from(["real", "whole", "alike"]))
def test_knapsack_takes_the_best_of_all_choices(seed, size, kind):
    rng = np.random.default_rng(seed)
    gain, weight = rng.uniform(-0.2, 1, size), rng.uniform(-0.1, 1, size)
    if kind == "whole":  # ties
        gain, weight = np.round(gain * 5), np.round(weight * 5)
    if kind == "alike":
        gain = weight + 0.1
    room = rng.uniform(0, max(weight.sum(), 0.1))
    able = (gain > 0) & (weight > 0)
    every = np.array(list(product([False, True], repeat=int(able.sum()))))
    free = gain[(gain > 0) & (weight <= 0)].sum()
    best = free + (every @ gain[able])[every @ weight[able] <= room * (1 + 1e-9)].max()
    taken, bound = knapsack(gain, weight, room, 10_000)
    assert np.maximum(weight, 0)[taken].sum() <= room * (1 + 1e-8)
    assert gain[taken].sum() == pytest.approx(best, abs=1e-12)
    assert bound == pytest.approx(best, abs=1e-12)
    good = greedy(gain, weight, room)
    assert np.maximum(weight, 0)[good].sum() <= room * (1 + 1e-8)
    assert gain[good].sum() <= best + 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_knapsack_of_many_items_is_as_good_as_an_integer_program(seed):
    rng = np.random.default_rng(seed)
    weight = rng.uniform(0.2, 1, 70)
    gain = np.maximum(weight + rng.normal(0, 0.2, 70), 0.01)
    room = 0.3 * weight.sum()
    taken, bound = knapsack(gain, weight, room, 10_000)
    slow = milp(
        -gain,
        constraints=LinearConstraint(weight[None, :], -np.inf, room),
        integrality=np.ones(70),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    assert gain[taken].sum() == pytest.approx(-slow.fun, abs=1e-6)
    assert bound == pytest.approx(gain[taken].sum(), abs=1e-12), "proved"


def test_few_nodes_leave_an_answer_that_fits_and_a_bound_that_holds():
    rng = np.random.default_rng(3)
    weight = rng.integers(500, 1000, 120).astype(float)
    gain = weight + 50 + rng.uniform(0, 1, 120)  # strongly correlated: hard
    taken, bound = knapsack(gain, weight, 20_000.0, 1)
    best, _ = knapsack(gain, weight, 20_000.0, 10_000)
    assert weight[taken].sum() <= 20_000
    assert gain[taken].sum() <= gain[best].sum() + 1e-6
    assert bound >= gain[best].sum() - 1e-6
    assert bound < 1.01 * gain[taken].sum()


@odd_tables
@quick
@given(st.integers(0, 10_000))
def test_more_budget_is_never_worse_and_units_of_effort_change_nothing(seed):
    region = Region(seed)
    after = [region.solve(budget=b)["eci_after"] for b in (0.0, 1.0, 2.0, 4.0, 8.0)]
    assert (np.diff(after) >= -2e-6).all()
    assert after[0] == pytest.approx(region.pci[region.has].mean())
    thousands = {**region.of, "effort": region.of["effort"].with_columns(pl.col("effort") * 1000)}
    got = rg.next_activities(region.table, **thousands, budget=4000.0).places.filter(pl.col("place") == "here")
    assert got["eci_after"][0] == pytest.approx(after[3], abs=2e-6)


def test_by_default_effort_is_distance_and_complexity_the_tables_own():
    rng = np.random.default_rng(0)
    x = (rng.random((12, 9)) < np.linspace(0.9, 0.2, 12)[:, None]).astype(float)
    x[0] = 1
    i, j = np.nonzero(x)
    table = pl.DataFrame({"place": [f"p{k}" for k in i], "activity": [f"a{k}" for k in j], "value": 1})
    got = rg.next_activities(table, presence="given", budget=0.6)
    near = rg.relatedness_density(table, method="conditional", presence="given", which="absent", scale=1)
    joined = got.choices.join(near, on=["place", "activity"])
    assert joined.height == got.choices.height > 0
    assert joined["effort"].to_list() == pytest.approx((1 - joined["density"]).to_list())
    scores = rg.economic_complexity(table, presence="given")
    eci = dict(zip(scores.places["place"], scores.places["eci"], strict=True))
    for row in got.places.iter_rows(named=True):
        assert row["eci"] == pytest.approx(eci[row["place"]], abs=1e-9)
        assert row["effort"] <= 0.6


def test_free_options_are_taken_and_null_ones_are_none():
    region = Region(2)
    options = [f"a{k:02d}" for k in np.flatnonzero(~region.has)]
    free = pl.DataFrame({"place": "here", "activity": options, "effort": [-1.0, None] + [5.0] * (len(options) - 2)})
    pci = pl.DataFrame({"activity": region.of["pci"]["activity"], "pci": 0.0}).with_columns(
        pci=pl.when(pl.col("activity").is_in(options)).then(1.0).otherwise(0.0)
    )
    got = rg.next_activities(region.table, pci=pci, effort=free, presence="given", budget=0.0)
    assert got.choices.filter(pl.col("place") == "here")["activity"].to_list() == options[:1]


@odd_tables
def test_place_without_known_complexity_is_unknown():
    table = pl.DataFrame({"place": ["x", "y", "y"], "activity": ["odd", "a", "b"], "value": 1})
    pci = pl.DataFrame({"activity": ["a", "b"], "pci": [1.0, 2.0]})
    got = rg.next_activities(table, pci=pci, presence="given", raise_by=1.0).places.row(0, named=True)
    assert (got["target"], got["eci"], got["eci_after"], got["chosen"]) == (None, None, None, 0)


def test_years_run_each_by_itself():
    region = Region(5)
    both = pl.concat([region.table.with_columns(year=y) for y in (1, 2)])
    got = rg.next_activities(both, pci=region.of["pci"], presence="given", budget=1.0, by="year").places
    alone = rg.next_activities(region.table, pci=region.of["pci"], presence="given", budget=1.0).places
    assert got.drop("year").rows() == alone.rows() * 2


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({}, rg.InvalidParameter, "nothing given"),
        ({"budget": 1, "target": 2}, rg.InvalidParameter, "budget, target given"),
        ({"budget": -1}, rg.InvalidParameter, "budget=-1"),
        ({"target": float("nan")}, rg.InvalidParameter, "target=nan"),
        ({"budget": 1, "nodes": 0}, rg.InvalidParameter, "nodes=0"),
    ],
)
def test_limits_that_make_no_sense_are_refused(options, error, said):
    with pytest.raises(error, match=said):
        rg.next_activities(Region(1).table, presence="given", **options)


def test_efforts_twice_or_of_another_type_are_refused():
    region = Region(1)
    twice = pl.concat([region.of["effort"], region.of["effort"].head(1)])
    with pytest.raises(rg.InvalidTable, match="effort: here, a00 appears 2 times"):
        rg.next_activities(region.table, pci=region.of["pci"], effort=twice, presence="given", budget=1)
    numbered = region.of["effort"].with_columns(activity=pl.lit(1))
    with pytest.raises(rg.InvalidTable, match="effort: activity is int"):
        rg.next_activities(region.table, pci=region.of["pci"], effort=numbered, presence="given", budget=1)
    with pytest.raises(rg.InvalidParameter, match="with effort="):
        rg.next_activities(region.table, effort=twice, presence="given", budget=1, by="year")
