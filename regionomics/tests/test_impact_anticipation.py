"""Effects that show before joining: every estimator is wrong if it is not told, and right if it is."""

import numpy as np
import polars as pl
import pytest

import regionomics as rg
from regionomics import impact

EFFECT, AHEAD = 0.10, 0.06


def panel(seed=1, *, units=600, years=9):
    """Firms gain 0.06 in the year before joining already, as they prepare for it, and 0.10 from joining on."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=units)
    joins = rng.random(units) < 1 / (1 + np.exp(1 - 0.8 * x))
    cohort = np.where(joins, 2014 + rng.integers(0, 2, size=units), 0)
    t = 2010 + np.arange(years)
    event = np.where(cohort[:, None] > 0, t - cohort[:, None], -99)
    y = rng.normal(size=(units, 1)) + 0.02 * x[:, None] * (t - 2010) + rng.normal(0, 0.03, (units, years))
    y = y + EFFECT * (event >= 0) + AHEAD * (event == -1)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), years),
            "time": np.tile(t, units),
            "cohort": np.repeat(cohort, years),
            "outcome": y.ravel(),
            "x": np.repeat(x, years),
        }
    )


ESTIMATORS = {
    "group-time": lambda table, **k: impact.group_time_effects(table, covariates=["x"], **k).simple,
    "imputation": lambda table, **k: impact.imputation_effects(table, covariates=["x"], **k).simple,
    "extended": lambda table, **k: impact.extended_twfe(table, covariates=["x"], **k).dynamic,
    "matched": lambda table, **k: impact.matched_did(table, on=["x"], **k).average,
    "balanced": lambda table, **k: impact.balanced_did(table, on=["x"], **k).average,
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_planted_anticipation_biases_what_is_not_told_of_it(name):
    table, estimate = panel(), ESTIMATORS[name]
    told, untold = estimate(table, anticipation=1), estimate(table)
    assert abs(told.estimate - EFFECT) < 3 * told.se
    assert untold.estimate < EFFECT - 3 * untold.se


@pytest.mark.parametrize("name", ["imputation", "extended"])
def test_models_show_the_periods_of_anticipation(name):
    made = {"imputation": impact.imputation_effects, "extended": impact.extended_twfe}[name](
        panel(), covariates=["x"], anticipation=1
    )
    ahead = made.dynamic.table.filter(pl.col("event") == -1)
    assert ahead["att"][0] == pytest.approx(AHEAD, abs=3 * ahead["se"][0])
    assert made.table["event"].min() == -1


@pytest.mark.parametrize("estimate", [impact.matched_did, impact.balanced_did])
def test_comparison_begins_before_the_periods_of_anticipation(estimate):
    table = estimate(panel(), on=["x"], anticipation=1, placebos=2, horizon=1).table
    assert table["event"].to_list() == [-4, -3, -1, 0, 1]  # -2 is the base, -4 and -3 are placebos
    ahead = table.filter(pl.col("event") == -1)
    assert ahead["att"][0] == pytest.approx(AHEAD, abs=3 * ahead["se"][0])


def test_placebo_dates_lie_before_any_anticipation():
    untold = impact.placebo_dates(panel(), covariates=["x"], shift=1).simple
    told = impact.placebo_dates(panel(), covariates=["x"], shift=1, anticipation=1).simple
    assert untold.low > 0  # year -1 is an effect, not a placebo
    assert told.low < 0 < told.high


def test_periods_of_anticipation_are_not_tested_as_trends():
    found = impact.group_time_effects(panel(), covariates=["x"], anticipation=1, base="universal")
    assert impact.pretrend_test(found).p < 1e-6
    assert impact.pretrend_test(found, last=-2).p > 0.01


@pytest.mark.parametrize("name", ESTIMATORS)
def test_anticipation_below_zero_is_refused(name):
    with pytest.raises(rg.InvalidParameter, match="anticipation=-1"):
        ESTIMATORS[name](panel(units=60), anticipation=-1)
