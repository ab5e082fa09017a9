"""What it takes to enter: the stepping-stone model."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=10, deadline=None)


def panel(seed: int = 0, periods: int = 4) -> pl.DataFrame:
    """Values that drift slowly: what is there tends to stay, and to grow."""
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0, 1.2, (15, 12))
    parts = []
    for t in range(periods):
        i, j = np.indices(x.shape).reshape(2, -1)
        parts.append(
            pl.DataFrame(
                {"place": [f"p{k:02d}" for k in i], "activity": [f"a{k:02d}" for k in j], "year": t, "value": x.ravel()}
            )
        )
        x = x * rng.lognormal(0, 0.25, x.shape)
    return pl.concat(parts)


def wide(table: pl.DataFrame, column: str) -> np.ndarray:
    return table.sort("place", "activity")[column].to_numpy().reshape(15, 12)


def features(table: pl.DataFrame) -> tuple[np.ndarray, ...]:
    """Location quotient, density and standing by the library's other functions."""
    quotient = wide(rg.location_quotient(table), "location_quotient")
    density = np.nan_to_num(wide(rg.relatedness_density(table, method="conditional", scale=1), "density"))
    free = quotient < 1
    mean = np.array([d[f].mean() for d, f in zip(density, free, strict=True)])[:, None]
    spread = np.array([d[f].std() for d, f in zip(density, free, strict=True)])[:, None]
    return quotient, density, np.divide(density - mean, spread, out=np.zeros_like(density), where=spread > 1e-12)


@odd_tables
@quick
@given(st.integers(0, 1000))
def test_coefficients_are_the_mean_of_the_least_squares_of_each_start(seed):
    table = panel(seed)
    got = rg.effort_model(table)
    years = [table.filter(pl.col("year") == t) for t in range(4)]
    found = {"entry": [], "exit": []}
    for t in range(2):
        quotient, density, standing = features(years[t])
        stone, end = (np.log1p(features(years[t + k])[0]) for k in (1, 2))
        x = np.stack([stone, np.log1p(quotient), density, standing, np.ones_like(stone)], axis=-1)
        for model, use in (("entry", quotient < 1), ("exit", quotient >= 1)):
            found[model].append(np.linalg.lstsq(x[use], end[use], rcond=None)[0])
    for row in got.coefficients.iter_rows(named=True):
        mine = [row[k] for k in ("stone", "now", "density", "relative", "intercept")]
        assert mine == pytest.approx(np.mean(found[row["model"]], axis=0), abs=1e-8)
        assert row["starts"] == 2
    assert got.coefficients["observations"].sum() == 2 * 15 * 12


def test_effort_at_the_stepping_stone_brings_the_forecast_to_the_threshold():
    got = rg.effort_model(panel(), threshold=1.2)
    b = got.coefficients.row(0, named=True)
    e = got.effort
    later = (
        b["stone"] * np.log1p(e["location_quotient"].to_numpy() + e["effort"].to_numpy())
        + b["now"] * np.log1p(e["location_quotient"].to_numpy())
        + b["density"] * e["density"].to_numpy()
        + b["relative"] * e["relative_relatedness"].to_numpy()
        + b["intercept"]
    )
    assert later == pytest.approx(np.full(e.height, np.log1p(1.2)))
    assert (e["location_quotient"] < 1.2).all()
    assert got.forecast.height == 15 * 12
    assert got.forecast["present"].to_list() == (got.forecast["location_quotient"] >= 1.2).to_list()


@odd_tables
@quick
@given(st.integers(0, 1000), st.floats(0.001, 1000))
def test_unit_of_the_values_changes_nothing(seed, factor):
    table = panel(seed)
    first = rg.effort_model(table).effort["effort"].to_list()
    other = rg.effort_model(table.with_columns(pl.col("value") * factor)).effort["effort"].to_list()
    assert first == pytest.approx(other, rel=1e-6, abs=1e-9)


def test_the_closer_to_presence_the_less_effort_in_a_world_where_things_stay():
    effort = rg.effort_model(panel(3)).effort
    assert np.corrcoef(effort["effort"], effort["location_quotient"])[0, 1] < -0.8


def test_efforts_go_straight_into_next_activities():
    table = panel()
    model = rg.effort_model(table)
    last = table.filter(pl.col("year") == 3)
    got = rg.next_activities(last, effort=model.effort, budget=1.0)
    assert (got.places["effort"] <= 1.0 + 1e-9).all()
    assert (got.places["eci_after"] >= got.places["eci"] - 1e-12).all()


@odd_tables
def test_what_is_not_seen_in_a_period_is_left_out():
    table = panel(1)
    whole = rg.effort_model(table, at=0).coefficients["observations"].sum()
    part = table.filter(~((pl.col("place") == "p03") & (pl.col("year") == 3)))
    assert rg.effort_model(part, at=0).coefficients["observations"].sum() == whole - 12


def test_what_has_no_row_at_the_start_has_no_effort_and_no_forecast():
    table = panel(1)
    part = table.filter(~((pl.col("place") == "p03") & (pl.col("year") == 3)))
    with pytest.warns(
        rg.InputWarning, match="effort and forecast null: no row for place p03, year 3; add rows with 0 where there was"
    ):
        got = rg.effort_model(part)
    for rows in (got.effort, got.forecast):
        gone = rows.filter(pl.col("place") == "p03").drop("place", "activity")
        assert gone.height == 12
        assert gone.null_count().row(0) == (12,) * gone.width
        assert rows.filter(pl.col("place") != "p03")["location_quotient"].null_count() == 0


def test_countries_run_each_by_itself():
    table = panel()
    both = pl.concat([table.with_columns(country=pl.lit(c)) for c in "AB"])
    got = rg.effort_model(both, by="country").effort
    assert got.drop("country").rows() == rg.effort_model(table).effort.rows() * 2


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"stone": 2}, rg.InvalidParameter, "stone=2, horizon=2"),
        ({"horizon": 4}, rg.InvalidParameter, "with 4 periods it must be 2..3"),
        ({"at": 1999}, rg.InvalidParameter, "at=1999 is not among the periods"),
    ],
)
def test_periods_that_do_not_fit_are_refused(options, error, said):
    with pytest.raises(error, match=said):
        rg.effort_model(panel(), **options)


def test_a_world_that_turns_round_and_one_too_small_are_refused():
    table = panel(0, 3)
    turned = table.with_columns(value=pl.when(pl.col("year") == 1).then(1 / pl.col("value")).otherwise(pl.col("value")))
    with pytest.raises(rg.NoSupport, match="does not mean more later"):
        rg.effort_model(turned)
    with pytest.raises(rg.NoSupport, match="terms apart"):
        rg.effort_model(table.filter(pl.col("place").is_in(["p00", "p01"]) & pl.col("activity").is_in(["a00", "a01"])))
