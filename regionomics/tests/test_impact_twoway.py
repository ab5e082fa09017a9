"""Imputation, the extended regression and the decomposition: each against another way to the same number."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import regionomics as rg
from regionomics import impact

sys.path.insert(0, str(Path(__file__).parent / "digits"))
from impact_panel import panel

MADE = pl.DataFrame(panel())


def plain_twfe(table):
    """Two-way fixed effects by brute force: dummies for every unit and period."""
    d = ((table["cohort"] > 0) & (table["time"] >= table["cohort"])).to_numpy().astype(float)
    columns = [d]
    for key in ("unit", "time"):
        codes = np.unique(table[key].to_numpy(), return_inverse=True)[1]
        columns += [(codes == k).astype(float) for k in range(codes.max() + 1)]
    return np.linalg.lstsq(np.column_stack(columns), table["outcome"].to_numpy(), rcond=None)[0][0]


def imputed(table):
    """Imputation by brute force: dummies fitted to the untreated rows, the average gap of the treated ones."""
    d = ((table["cohort"] > 0) & (table["time"] >= table["cohort"])).to_numpy()
    columns = []
    for key in ("unit", "time"):
        codes = np.unique(table[key].to_numpy(), return_inverse=True)[1]
        columns += [(codes == k).astype(float) for k in range(codes.max() + 1)]
    design, y = np.column_stack(columns), table["outcome"].to_numpy()
    beta = np.linalg.lstsq(design[~d], y[~d], rcond=None)[0]
    return (y - design @ beta)[d].mean()


GAPS = MADE.filter((pl.col("unit") * 7 + pl.col("time") * 3) % 11 != 0)


@pytest.mark.parametrize("table", [MADE, GAPS], ids=["balanced", "gaps"])
def test_imputation_is_the_regression_on_the_untreated_by_brute_force(table):
    assert impact.imputation_effects(table).simple.estimate == pytest.approx(imputed(table), abs=1e-9)


@pytest.mark.parametrize("covariates", [[], ["x"]])
def test_imputation_and_extended_regression_agree_on_a_balanced_panel(covariates):
    first = impact.imputation_effects(MADE, covariates=covariates)
    second = impact.extended_twfe(MADE, covariates=covariates)
    assert first.table["att"].to_list() == pytest.approx(second.table["att"].to_list(), abs=1e-9)
    assert first.dynamic.estimate == pytest.approx(second.dynamic.estimate, abs=1e-9)
    assert first.simple.se == pytest.approx(second.simple.se, rel=0.02)


@pytest.mark.filterwarnings("ignore")  # of pandas, about how pyfixest calls it
def test_extended_regression_has_the_clustered_errors_of_pyfixest_for_the_degrees_of_freedom_of_each_cell():
    """Scores of the regression written out: with no correction they are pyfixest's; of the m units of a cell they are
    enlarged by sqrt(m / (m - 1)), for the one effect that is fitted to them."""
    pf = pytest.importorskip("pyfixest")
    cells = sorted(
        set(MADE.filter(pl.col("time") >= pl.col("cohort"), pl.col("cohort") > 0).select("cohort", "time").rows())
    )
    names = [f"d{g}_{t}" for g, t in cells]
    table = MADE.with_columns(
        **{
            name: ((pl.col("cohort") == g) & (pl.col("time") == t)).cast(pl.Float64)
            for name, (g, t) in zip(names, cells, strict=True)
        }
    )
    fit = pf.feols(
        f"outcome ~ {' + '.join(names)} | cohort + time", table.to_pandas(), vcov={"CRV1": "unit"}, ssc=pf.ssc(
            k_adj=False, G_adj=False
        )
    )  # fmt: skip
    marks = [table[key].to_numpy()[:, None] == np.unique(table[key].to_numpy()) for key in ("cohort", "time")]
    design = np.column_stack([table.select(names).to_numpy(), *marks]).astype(float)
    y, unit = table["outcome"].to_numpy(), table["unit"].to_numpy()
    scores = (y - design @ np.linalg.lstsq(design, y, rcond=None)[0])[:, None] * (
        design @ np.linalg.pinv(design.T @ design)
    )
    by_unit = np.stack([np.bincount(unit, scores[:, k]) for k in range(len(names))], axis=1)
    assert np.sqrt((by_unit**2).sum(axis=0)) == pytest.approx(fit.se()[names].to_numpy(), rel=1e-8)
    for k, (g, _t) in enumerate(cells):
        mine = table.filter(pl.col("cohort") == g)["unit"].unique().to_numpy()
        by_unit[mine, k] *= np.sqrt(len(mine) / (len(mine) - 1))
    ours = impact.extended_twfe(MADE).table
    assert ours["att"].to_list() == pytest.approx(fit.coef()[names].tolist(), abs=1e-8)
    assert ours["se"].to_list() == pytest.approx(np.sqrt((by_unit**2).sum(axis=0)).tolist(), rel=1e-6)


def small_cohorts(seed, size, terms=0, never=100):
    """Cohorts of a few units each, an effect of .3, and covariates that mean nothing."""
    rng = np.random.default_rng(seed)
    cohort, t = np.r_[np.repeat(np.arange(2012, 2016), size), np.zeros(never, int)], np.arange(2010, 2017)
    y = rng.normal(size=(len(cohort), 1)) + 0.3 * ((cohort[:, None] > 0) & (t >= cohort[:, None]))
    y = y + rng.normal(size=(len(cohort), len(t)))
    x = {f"x{k}": np.repeat(rng.normal(size=len(cohort)), len(t)) for k in range(terms)}
    unit = np.repeat(np.arange(len(cohort)), len(t))
    return pl.DataFrame({"unit": unit, "time": np.tile(t, len(cohort)), "cohort": np.repeat(cohort, len(t)), **x,
                         "outcome": y.ravel()})  # fmt: skip


@pytest.mark.parametrize(("size", "terms"), [(3, 0), (8, 4)])
@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_errors_are_as_large_as_estimates_scatter_where_cohorts_are_small(model, size, terms):
    """Without the degrees of freedom they were .8 and .7 of it."""
    found = [model(small_cohorts(s, size, terms), covariates=[f"x{k}" for k in range(terms)], minimum=2, draws=100)
             for s in range(150)]  # fmt: skip
    scatter = np.std([f.simple.estimate for f in found], ddof=1)
    error = np.sqrt(np.mean([f.simple.se**2 for f in found]))
    assert error / scatter == pytest.approx(1, abs=3 / np.sqrt(2 * 150))  # three errors of a standard deviation


@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_one_who_joins_alone_counts_nowhere_as_no_error_can_be_told(model):
    one = MADE.filter((pl.col("cohort") != 2014) | (pl.col("unit") == MADE.filter(pl.col("cohort") == 2014)["unit"][0]))
    found, without = model(one, minimum=2), model(one.filter(pl.col("cohort") != 2014), minimum=2)
    assert set(found.dropped["reason"]) == {"1 treated, an error needs 2"}
    assert found.dropped["cohort"].to_list() == [2014, 2014]
    assert 2014 not in found.table["cohort"].to_list()
    assert found.simple.estimate == pytest.approx(without.simple.estimate, abs=0.01)
    with pytest.raises(rg.NoSupport, match="treated"):
        model(small_cohorts(1, 1), minimum=2)


def test_more_terms_than_treated_leave_the_extended_regression_without_an_error():
    table = small_cohorts(1, 4, 5)
    with pytest.raises(rg.NoSupport, match="enough are treated"):
        impact.extended_twfe(table, covariates=[f"x{k}" for k in range(5)], minimum=2)
    part = impact.extended_twfe(
        pl.concat([table, small_cohorts(2, 20, 5).filter(pl.col("cohort") == 2013).with_columns(pl.col("unit") + 900)]),
        covariates=[f"x{k}" for k in range(5)],
    )
    assert set(part.table["cohort"]) == {2013}
    assert set(part.dropped["reason"]) == {"4 treated for 6 terms of covariates, an error needs more"}


def test_decomposition_adds_up_to_two_way_fixed_effects():
    found = impact.goodman_bacon(MADE)
    assert found.estimate == pytest.approx(plain_twfe(MADE), abs=1e-9)
    assert found.table["weight"].sum() == pytest.approx(1)
    assert (found.table["weight"] > 0).all()
    assert (found.kinds["weight"] * found.kinds["estimate"]).sum() == pytest.approx(found.estimate)


def growing(units=2000, seed=0, noise=0.1):
    """Effects that grow by .1 a year; half join early, half late, nobody never."""
    rng = np.random.default_rng(seed)
    cohort = np.where(np.arange(units) % 2 == 0, 2012, 2016)
    t = np.arange(2010, 2018)
    effect = np.where(t >= cohort[:, None], 0.1 * (t - cohort[:, None] + 1), 0)
    y = rng.normal(size=(units, 1)) + 0.02 * (t - 2010) + effect + rng.normal(0, noise, (units, len(t)))
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), len(t)),
            "time": np.tile(t, units),
            "cohort": np.repeat(cohort, len(t)),
            "outcome": y.ravel(),
        }
    )


def test_where_effects_grow_plain_two_way_effects_are_wrong_and_ours_right():
    table = growing()
    truth = np.mean([0.1 * (t - 2012 + 1) for t in range(2012, 2016)])  # only these have somebody not yet treated
    assert impact.goodman_bacon(table).estimate < 0.5 * truth
    assert impact.goodman_bacon(table).forbidden > 0.2
    model = impact.imputation_effects(table)
    assert model.simple.estimate == pytest.approx(truth, abs=4 * model.simple.se)
    assert set(model.dropped["reason"]) == {"everybody is treated in that period"}
    with pytest.warns(rg.RegionomicsWarning, match="no answer"):
        found = impact.group_time_effects(table, control="not-yet")
    assert found.simple.estimate == pytest.approx(truth, abs=4 * found.simple.se)


@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_interval_covers_a_planted_effect(model):
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        cohort = np.repeat(rng.choice([0, 0, 2013, 2014], 120), 6)
        time = np.tile(np.arange(2010, 2016), 120)
        y = np.repeat(rng.normal(size=120), 6) + 0.3 * ((cohort > 0) & (time >= cohort)) + rng.normal(0, 1, 720)
        table = pl.DataFrame({"unit": np.repeat(np.arange(120), 6), "time": time, "cohort": cohort, "outcome": y})
        found = model(table).simple
        covered += found.low <= 0.3 <= found.high
    assert covered >= 52  # 57 expected; three standard errors below


@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_order_of_rows_and_engine_change_nothing(model):
    mixed = MADE[np.random.default_rng(1).permutation(MADE.height)]
    first = model(MADE, covariates=["x"])
    assert model(mixed, covariates=["x"]).table["se"].to_list() == pytest.approx(first.table["se"].to_list())
    assert pl.from_arrow(model(MADE.to_arrow(), covariates=["x"]).table).equals(first.table)


@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_small_cells_have_no_row_of_their_own_but_count(model):
    table = MADE.filter((pl.col("cohort") != 2015) | (pl.col("unit") < 15))
    found = model(table, minimum=10)
    assert 2015 not in found.table["cohort"].to_list()
    assert found.dropped["reason"].str.contains("10 are needed").all()
    assert found.simple.estimate == model(table, minimum=2).simple.estimate


@pytest.mark.parametrize("model", [impact.imputation_effects, impact.extended_twfe])
def test_question_without_an_answer_is_refused(model):
    with pytest.raises(rg.InvalidParameter, match="minimum=1"):
        model(MADE, minimum=1)
    with pytest.raises(rg.NoSupport):
        model(MADE.filter(pl.col("cohort") == 2013).filter(pl.col("time") >= 2013))
    with pytest.raises(rg.InvalidParameter, match="same for all units"):
        model(MADE.with_columns(one=pl.lit(1.0)), covariates=["one"])


def test_decomposition_without_a_second_cohort_is_refused():
    with pytest.raises(rg.NoSupport, match="one cohort only"):
        impact.goodman_bacon(MADE.filter(pl.col("cohort") == 2013))
