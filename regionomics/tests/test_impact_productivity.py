"""Productivity: what is planted is found again, every solution is reported, and what cannot be told is refused."""

import os
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import regionomics as rg
from regionomics.impact.productivity import _moments, _read
from regionomics.impact.roots import searched, solved

LABOUR, CAPITAL = 0.6, 0.4


def plants(seed: int, n: int = 500, years: int = 8, own_labour: float = 0.0) -> pl.DataFrame:
    """Plants after Ackerberg, Caves and Frazer (2015): labour is chosen half a year before materials, at wages of its
    own.

    own_labour: spread of labour that nothing explains; with it (and labour chosen at once) Levinsohn-Petrin holds too.
    """
    rng = np.random.default_rng(seed)
    half = 0.7**0.5
    spread = 0.3 * np.sqrt(1 - 0.7)  # of what productivity gains in half a year: sd * sqrt(1 - half^2)
    w, wage, k = rng.normal(0, 0.3, n), rng.normal(0, 0.1, n), rng.normal(0, 1, n)
    rows = []
    for t in range(-20, years):
        before = half * w + spread * rng.standard_normal(n)
        now = half * before + spread * rng.standard_normal(n)
        wage = 0.3 * wage + 0.1 * np.sqrt(1 - 0.3**2) * rng.standard_normal(n)
        known = now if own_labour else half * before
        labour = (np.log(LABOUR) + CAPITAL * k + known - (0 if own_labour else wage)) / (1 - LABOUR)
        materials = CAPITAL * k + LABOUR * labour + now
        labour = labour + own_labour * rng.standard_normal(n)
        output = LABOUR * labour + CAPITAL * k + now + 0.1 * rng.standard_normal(n)
        if t >= 0:
            rows.append(
                pl.DataFrame(
                    {"unit": np.arange(n), "time": np.full(n, t), "y": output, "l": labour, "k": k, "m": materials}
                )
            )
        w = now
        k = np.log(0.8 * np.exp(k) + 0.3 * np.exp(0.3 * k + 0.5 * w + 0.3 * rng.standard_normal(n)))
    return pl.concat(rows)


def estimate(table: pl.DataFrame, **options: object) -> rg.impact.Productivity:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rg.RegionomicsWarning)
        return rg.impact.productivity(
            table, **{"output": "y", "labour": "l", "capital": "k", "proxy": "m", "logs": True, **options}
        )


def test_true_elasticities_are_found_on_average_and_the_spurious_solution_is_reported_beside_them():
    found = [estimate(plants(seed)) for seed in range(8)]
    labour = np.array([f.labour for f in found])
    capital = np.array([f.capital for f in found])
    assert abs(labour.mean() - LABOUR) < 3 * labour.std(ddof=1) / np.sqrt(8) + 0.01
    assert abs(capital.mean() - CAPITAL) < 3 * capital.std(ddof=1) / np.sqrt(8) + 0.02
    for f in found:
        others = f.roots.filter(~pl.col("chosen"))
        near = others.filter((pl.col("l") - 0.97).abs() < 0.05)
        assert near.height == 1, "the solution near the plain regression"
        assert near["objective"][0] < 1e-9, "it solves the moments as well as the true one"


def test_cost_shares_break_the_tie_and_no_warning_is_given():
    table = plants(1).with_columns(
        levels=pl.col("y").exp(), people=pl.col("l").exp(), stock=pl.col("k").exp(), bought=pl.col("m").exp()
    )
    table = table.with_columns(wages=0.6 * pl.col("levels"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = rg.impact.productivity(
            table, output="levels", labour="people", capital="stock", proxy="bought", costs="wages"
        )
    assert found.cost_shares == pytest.approx({"people": 0.6, "stock": 0.4})
    assert abs(found.labour - LABOUR) < 0.05
    assert found.labour == pytest.approx(estimate(plants(1)).labour, abs=1e-9)


def test_without_cost_shares_the_choice_is_said_to_be_a_choice():
    with pytest.warns(rg.RegionomicsWarning, match="spurious"):
        rg.impact.productivity(plants(1), output="y", labour="l", capital="k", proxy="m", logs=True)


def test_exact_solutions_are_those_that_a_grid_of_starts_finds():
    data = _read(plants(2, n=200), "unit", "time", "y", ["l"], "k", "m", [], True).centred(True)
    moments, _ = _moments(data, "ackerberg_caves_frazer", 3)
    exact = [r.theta for r in solved(moments)]
    grid = [r.theta for r in searched(moments, 1, 7)]
    assert grid
    for theta in grid:
        assert min(np.abs(theta - e).max() for e in exact) < 1e-4
    inside = [e for e in exact if (e > 0).all() and (e < 1.2).all()]
    for theta in inside:
        assert min(np.abs(theta - g).max() for g in grid) < 1e-4


def test_levinsohn_petrin_holds_where_labour_moves_by_itself_and_refuses_where_it_does_not():
    found = estimate(plants(3, own_labour=0.3), method="levinsohn_petrin", draws=20)
    assert abs(found.labour - LABOUR) < 0.03
    assert abs(found.capital - CAPITAL) < 3 * found.elasticities["se"][1]
    assert (found.elasticities["se"] > 0).all()
    # Labour is a function of capital and materials: its elasticity cannot be told from the first stage.
    with pytest.raises(rg.NoSupport, match="no solution"):
        estimate(plants(3), method="levinsohn_petrin")


def test_cubic_law_of_motion_finds_the_same_two():
    found = estimate(plants(1, n=200), markov=3, starts=4)
    assert abs(found.labour - LABOUR) < 0.08
    assert found.roots.height >= 2


def test_residual_is_what_inputs_do_not_explain_and_units_of_money_shift_it_alone():
    table = plants(4, n=150)
    found = estimate(table)
    row = table.sort("unit", "time").row(5, named=True)
    tfp = found.residuals.filter((pl.col("unit") == row["unit"]) & (pl.col("time") == row["time"]))["tfp"][0]
    assert tfp == pytest.approx(row["y"] - found.labour * row["l"] - found.capital * row["k"])
    moved = estimate(table.with_columns(pl.col("y") + np.log(1000), pl.col("m") + np.log(1000)))
    assert moved.labour == pytest.approx(found.labour, abs=1e-7)
    shuffled = estimate(table.sample(fraction=1, shuffle=True, seed=1))
    assert shuffled.capital == pytest.approx(found.capital, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"method": "olley"}, rg.InvalidParameter, "choose one of"),
        ({"proxy": None}, rg.InvalidParameter, "needs a proxy"),
        ({"labour": []}, rg.InvalidParameter, "name one column"),
        ({"costs": ["l", "k"]}, rg.InvalidParameter, "one column for each"),
        ({"degree": 9}, rg.InvalidParameter, "from 1 to 5"),
        ({"draws": 3}, rg.InvalidParameter, "20 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        estimate(plants(5, n=40), **change)


def test_too_few_rows_gaps_and_repeats_are_refused_with_the_reason():
    table = plants(6, n=40, years=4)
    with pytest.raises(rg.NoSupport, match="are needed"):
        estimate(table.head(20))
    with pytest.raises(rg.NoSupport, match="after a known period"):
        estimate(table.filter(pl.col("time") % 2 == 0))
    with pytest.raises(rg.InvalidTable, match="twice"):
        estimate(pl.concat([table, table.head(1)]))
    with pytest.raises(rg.NoSupport, match="does not vary"):
        estimate(table.with_columns(k=pl.lit(1.0)))
    with pytest.raises(rg.NoSupport, match="within firms"):
        estimate(table.with_columns(k=pl.col("unit").cast(pl.Float64)), method="fixed_effects")


# lm(log_y ~ log_lab1 + log_lab2 + poly(cbind(log_k, log_materials), 3, raw = TRUE)) in R 4.2.2 on the same file
LEVINSOHN_PETRIN_FIRST_STAGE_IN_R = (0.201115111608125, 0.169622154631769)


@pytest.mark.skipif("POLIEDRO_DATA" not in os.environ, reason="POLIEDRO_DATA names no folder of real data")
def test_chilean_plants_give_the_first_stage_of_r():
    table = pl.read_csv(Path(os.environ["POLIEDRO_DATA"]) / "evaluation" / "prodest_chile_plants.csv")
    options = {
        "unit": "id", "time": "year", "output": "log_y", "labour": ["log_lab1", "log_lab2"], "capital": "log_k",
        "proxy": "log_materials", "period_effects": False,
    }  # fmt: skip
    found = estimate(table, **options, method="levinsohn_petrin")
    assert found.elasticities["elasticity"].to_list()[:2] == pytest.approx(LEVINSOHN_PETRIN_FIRST_STAGE_IN_R, abs=1e-8)
    assert 0.3 < found.capital < 0.7
    assert found.sample["rows"].to_list() == [2544, 2544, 1944]
    fixed = estimate(table, **{**options, "proxy": None}, method="fixed_effects")
    assert fixed.scale < 0.3, (
        "within plants hardly anything varies but error: fixed effects are known to fall far short"
    )
