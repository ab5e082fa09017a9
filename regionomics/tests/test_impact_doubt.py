"""Doubts: published digits of sensitivity, exact small cases, error rates where nothing happens."""

import math
from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

import regionomics as rg
from regionomics import impact


def panel(seed, *, effect=0.0, drift=0.0, units=300, years=6):
    rng = np.random.default_rng(seed)
    cohort = rng.choice([0, 0, 2013, 2014], units)
    t = np.arange(2010, 2010 + years)
    treated = (cohort[:, None] > 0) & (t >= cohort[:, None])
    y = rng.normal(size=(units, 1)) + effect * treated + drift * (cohort[:, None] > 0) * (t - 2010)
    y = y + rng.normal(0, 0.5, (units, years))
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), years),
            "time": np.tile(t, units),
            "cohort": np.repeat(cohort, years),
            "outcome": y.ravel(),
        }
    )


def test_pretrend_test_rejects_a_drift_and_seldom_rejects_none():
    assert impact.pretrend_test(impact.group_time_effects(panel(1, drift=0.3), draws=100)).p < 0.01
    rejected = sum(impact.pretrend_test(impact.group_time_effects(panel(s), draws=100)).p < 0.05 for s in range(120))
    assert 1 <= rejected <= 13  # 6 expected; three standard errors above


def test_pretrend_test_by_hand():
    found = impact.group_time_effects(panel(2), draws=100)
    one = impact.pretrend_test(found, first=-1)
    row = found.dynamic.table.filter(pl.col("event") == -1).row(0, named=True)
    assert one.freedom == 1
    assert one.statistic == pytest.approx((row["att"] / row["se"]) ** 2)
    assert one.largest == pytest.approx(row["att"] / row["se"])
    assert impact.pretrend_test(found).freedom == 3
    with pytest.raises(rg.NoSupport, match="before joining"):
        impact.pretrend_test(found, first=0)


def test_placebo_dates_see_a_drift_but_not_the_effect():
    moved = impact.placebo_dates(panel(3, effect=5.0), shift=2)
    assert abs(moved.simple.estimate) < 4 * moved.simple.se < 1
    assert moved.table["time"].max() < 2014
    drift = impact.placebo_dates(panel(3, drift=0.3), shift=2).simple
    assert drift.low > 0
    with pytest.raises(rg.InvalidParameter, match="shift=0"):
        impact.placebo_dates(panel(3), shift=0)


def test_placebo_treated_seldom_reject_and_place_the_real_effect():
    found = impact.placebo_treated(panel(4, effect=0.6, units=600), draws=60, seed=1)
    assert found.p == pytest.approx(1 / 61)
    assert found.rejected <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)
    assert abs(found.estimates.mean()) < 4 * found.estimates.std() / math.sqrt(60)
    again = impact.placebo_treated(panel(4, effect=0.6, units=600), draws=60, seed=1)
    assert np.array_equal(found.estimates, again.estimates)
    with pytest.raises(rg.InvalidParameter, match="draws=5"):
        impact.placebo_treated(panel(4), draws=5)


def test_draws_from_a_part_of_a_large_pool_answer_alike():
    whole = impact.placebo_treated(panel(4, effect=0, units=900), draws=60, seed=1)
    part = impact.placebo_treated(panel(4, effect=0, units=900), draws=60, seed=1, most=300)
    assert part.effect.estimate == whole.effect.estimate
    assert part.estimates.std() > whole.estimates.std()  # fewer units, the same question
    assert part.rejected <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)
    assert part.p == pytest.approx(whole.p, abs=0.3)


def test_drawn_effects_are_those_that_the_whole_estimate_gives():
    """A panel in which the drawn cohorts are the real ones: the fast way and the long one agree."""
    table = panel(4, units=300)
    from regionomics.impact.group_time import eligible, simple_effect
    from regionomics.impact.panel import read_panel

    read = read_panel(table, unit="unit", time="time", cohort="cohort", outcome="outcome")
    quick = simple_effect(eligible(read, 0)[0], base="universal")
    long = impact.group_time_effects(table, base="universal").simple
    assert (quick.estimate, quick.se) == pytest.approx((long.estimate, long.se), rel=1e-12)


def test_darfur_sensitivity_is_as_published():
    # Cinelli and Hazlett (2020), table 1: directly harmed, 0.097 (0.023), 783 df: 2.2%, 13.9%, 7.6%
    found = impact.omitted_variable(0.09731582, 0.02325654, 783)
    assert found.partial_r2 == pytest.approx(0.022, abs=5e-4)
    assert found.robustness == pytest.approx(0.139, abs=5e-4)
    assert found.robustness_alpha == pytest.approx(0.076, abs=5e-4)


def test_hidden_variable_of_the_robustness_value_explains_all():
    found = impact.omitted_variable(0.3, 0.1, 100)
    strength = found.robustness
    moved = impact.omitted_variable(0.3, 0.1, 100, strengths=[(strength, strength)]).table
    assert moved["estimate"][0] == pytest.approx(0, abs=1e-12)


def test_hidden_variable_biases_a_real_regression_as_the_formula_says():
    rng = np.random.default_rng(0)
    z = rng.normal(size=500)
    d = 0.5 * z + rng.normal(size=500)
    y = 0.4 * d + 0.7 * z + rng.normal(size=500)

    def ols(columns):
        x = np.column_stack([np.ones(500), *columns])
        beta, left = np.linalg.lstsq(x, y, rcond=None)[:2]
        error = np.sqrt(left[0] / (500 - x.shape[1]) * np.linalg.inv(x.T @ x)[1, 1])
        return beta[1], error, 500 - x.shape[1]

    def rest(a, b):
        x = np.column_stack([np.ones(500), b])
        return a - x @ np.linalg.lstsq(x, a, rcond=None)[0]

    short, long = ols([d]), ols([d, z])
    r2_d = np.corrcoef(d, z)[0, 1] ** 2
    r2_y = np.corrcoef(rest(y, d), rest(z, d))[0, 1] ** 2
    moved = impact.omitted_variable(*short, strengths=[(r2_d, r2_y)]).table.row(0, named=True)
    assert moved["estimate"] == pytest.approx(long[0])
    assert moved["se"] == pytest.approx(long[1])


def test_rosenbaum_bounds_without_hidden_bias_are_the_signed_rank_test():
    rng = np.random.default_rng(3)
    d = np.round(rng.normal(0.5, 1, 16), 2)
    found = impact.rosenbaum_bounds(pl.DataFrame({"difference": d}), gammas=[1, 2])
    rank = rankdata(np.abs(d))
    plus = rank[d > 0].sum()
    exact = np.mean([np.dot(s, rank) >= plus - 1e-9 for s in product([0, 1], repeat=16)])
    row = found.table.row(0, named=True)
    assert (
        row["p_low"] == row["p_high"] == pytest.approx(exact, abs=0.02)
    )  # the normal law against 65 536 patterns of signs
    biased = np.array([np.dot(s, rank) >= plus - 1e-9 for s in product([0, 1], repeat=16)])
    chance = np.array([(2 / 3) ** sum(s) * (1 / 3) ** (16 - sum(s)) for s in product([0, 1], repeat=16)])
    assert found.table["p_high"][1] == pytest.approx((biased * chance).sum(), abs=0.02)


def test_rosenbaum_bounds_name_the_bias_that_the_effect_survives():
    pairs = pl.DataFrame({"difference": np.random.default_rng(0).normal(0.5, 1, 200)})
    found = impact.rosenbaum_bounds(pairs)
    assert found.table["p_high"].is_sorted()
    assert found.critical is not None
    assert found.table.filter(pl.col("gamma") == found.critical)["p_high"].item() < 0.05
    assert impact.rosenbaum_bounds(pairs.with_columns(-pl.col("difference"))).critical is None
    with pytest.raises(rg.NoSupport, match="9 pairs differ"):
        impact.rosenbaum_bounds(pairs.head(9))
    with pytest.raises(rg.InvalidParameter, match="gammas"):
        impact.rosenbaum_bounds(pairs, gammas=[0.5])


def test_pair_differences_weigh_the_controls():
    pairs = pl.DataFrame({"unit": ["a", "a", "b"], "control": ["p", "q", "q"], "weight": [0.5, 0.5, 1.0]})
    units = pl.DataFrame({"unit": ["a", "b", "p", "q"], "outcome": [10.0, 5.0, 4.0, None]})
    filled = units.with_columns(pl.col("outcome").fill_null(2.0))
    assert impact.pair_differences(pairs, filled).rows() == [("a", 10 - (4 + 2) / 2), ("b", 5 - 2)]
    assert impact.pair_differences(pairs, units)["difference"].to_list() == [None, None]


def three(seed, effects=(0.0, 0.0, 0.0)):
    return {
        name: impact.group_time_effects(panel(10 * seed + k, effect=e, units=200), draws=100)
        for k, (name, e) in enumerate(zip("abc", effects, strict=True))
    }


def test_romano_wolf_holds_the_chance_of_any_false_finding():
    false = sum((impact.romano_wolf(three(s), draws=300)["p_adjusted"] < 0.05).any() for s in range(50))
    assert false <= 50 * 0.05 + 3 * math.sqrt(50 * 0.05 * 0.95)


def test_romano_wolf_is_no_smaller_than_alone_and_no_larger_than_bonferroni():
    table = impact.romano_wolf(three(1, (0.3, 0.1, 0.0)))
    assert (table["p_adjusted"] >= table["p"] - 0.01).all()
    assert (table["p_adjusted"] <= 3 * table["p"] + 0.02).all()


def test_romano_wolf_of_the_same_outcome_twice_costs_nothing():
    one = impact.group_time_effects(panel(5, effect=0.15), draws=100)
    table = impact.romano_wolf({"first": one, "second": one})
    assert table["p_adjusted"].to_list() == pytest.approx(table["p"].to_list(), abs=0.01)
    assert table["se"][0] == pytest.approx(one.average().se)


def test_question_out_of_range_is_refused():
    with pytest.raises(rg.InvalidParameter, match="effects="):
        impact.romano_wolf({})
    with pytest.raises(rg.InvalidParameter, match="out of range"):
        impact.omitted_variable(1.0, 0.0, 100)
    with pytest.raises(rg.InvalidParameter, match="strengths"):
        impact.omitted_variable(1.0, 0.5, 100, strengths=[(1.0, 0.5)])
