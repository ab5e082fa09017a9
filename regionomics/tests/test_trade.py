"""Rules that what products say of places, and growth by complexity, must keep."""

import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

CELL = st.one_of(st.just(0.0), st.floats(1e-2, 1e6))
TABLES = st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=3, max_size=5)
INCOMES = st.lists(st.floats(1.0, 1e5), min_size=5, max_size=5)


def long(matrix):
    rows = [(f"p{i}", f"a{j}", float(v)) for i, row in enumerate(matrix) for j, v in enumerate(row)]
    return pl.DataFrame(rows, schema=["place", "activity", "value"], orient="row")


def facts(values):
    return {f"p{i}": v for i, v in enumerate(values)}


@odd_tables
@given(TABLES, INCOMES)
@settings(max_examples=25, deadline=None)
def test_a_mean_lies_among_the_numbers_that_it_is_over(matrix, incomes):
    assume(np.array(matrix).sum() > 0)
    table, income = long(matrix), facts(incomes)
    answers = [
        rg.prody(table, income=income)["prody"],
        rg.expy(table, income=income)["expy"],
        rg.product_gini(table, gini=income)["product_gini"],
        rg.product_emissions(table, emissions=income, presence="value", threshold=1e-3)["product_emissions"],
    ]
    low, high = min(incomes[: len(matrix)]), max(incomes[: len(matrix)])
    for answer in answers:
        assert all(v is None or low * (1 - 1e-9) <= v <= high * (1 + 1e-9) for v in answer)


@odd_tables
@given(TABLES, INCOMES, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=15, deadline=None)
def test_units_and_order_change_nothing_but_the_unit_of_the_answer(matrix, incomes, unit, currency):
    assume(np.array(matrix).sum() > 0)
    table = long(matrix)
    other = table.with_columns(pl.col("value") * unit).reverse()
    first = rg.prody(table, income=facts(incomes))
    second = rg.prody(other, income=facts([v * currency for v in incomes]))
    assert first["places"].to_list() == second["places"].to_list()
    for a, b in zip(first["prody"], second["prody"], strict=True):
        assert (a is None) == (b is None)
        assert a is None or b == pytest.approx(a * currency, rel=1e-9)


@odd_tables
@given(TABLES, INCOMES)
@settings(max_examples=15, deadline=None)
def test_shares_and_location_quotients_weigh_alike(matrix, incomes):
    x = np.array(matrix)
    assume((x.sum(axis=1) > 0).all())
    assume((x.sum(axis=0) > 0).all())
    table = long(matrix)
    lq = rg.location_quotient(table)["location_quotient"].to_numpy().reshape(x.shape)
    by_hand = (lq * np.array(incomes[: len(x)])[:, None]).sum(axis=0) / lq.sum(axis=0)
    assert rg.prody(table, income=facts(incomes))["prody"].to_list() == pytest.approx(list(by_hand), rel=1e-9)


def test_place_that_lives_on_a_product_counts_as_much_as_a_large_one():
    small, large = [[1, 1], [0, 100]], [[1000, 1000], [0, 100]]
    income = facts([10, 1])
    assert rg.prody(long(small), income=income).equals(rg.prody(long(large), income=income))


@odd_tables
def test_what_nobody_has_is_unknown_not_zero():
    table = long([[1, 0], [3, 0]])
    assert rg.prody(table, income=facts([5, 6]))["prody"].to_list() == [pytest.approx(5.5), None]
    assert rg.product_gini(table, gini=facts([5, 6]))["places"].to_list() == [2, 0]
    empty = rg.expy(long([[1, 2], [0, 0]]), income=facts([5, 6]))
    assert empty["expy"].to_list() == [5, None]
    assert empty["covered"].to_list() == [1, None]


@odd_tables
def test_place_of_unknown_income_still_counts_in_the_location_quotients():
    table = long([[8, 2], [5, 5], [1, 9]])
    gini = facts([0.3, 0.4, None])
    kept = rg.product_gini(table, gini=gini)
    assert kept["product_gini"].to_list() == [  # p1 has a0, (5 / 10) / (14 / 30) >= 1, and not a1, (5 / 10) / (16 / 30)
        pytest.approx((0.8 * 0.3 + 0.5 * 0.4) / (0.8 + 0.5)),
        None,
    ]
    dropped = rg.product_gini(table.filter(pl.col("place") != "p2"), gini=gini)
    assert dropped["product_gini"].to_list() == [0.3, 0.4]


def test_panel_reads_each_years_incomes_from_a_column_and_two_engines_agree():
    years = [long([[1, 2], [3, 1]]).with_columns(year=pl.lit(y), income=pl.lit(float(y))) for y in (1, 2)]
    table = pl.concat(years).with_columns(income=pl.col("income") + (pl.col("place") == "p1") * 10)
    got = rg.prody(table, income="income", by="year")
    assert got.columns == ["year", "activity", "prody", "places"]
    assert (got["prody"][2:] - got["prody"][:2]).to_list() == [pytest.approx(1)] * 2
    assert got.equals(pl.from_pandas(rg.prody(table.to_pandas(), income="income", by="year")))


@odd_tables
def test_prody_of_another_table_says_what_it_covers():
    table = long([[6, 2, 2], [0, 0, 5]])
    world = pl.DataFrame({"activity": ["a0", "a1", "zz"], "prody": [10.0, 20.0, 7.0]})
    got = rg.expy(table, prody=world)
    assert got["expy"].to_list() == [pytest.approx((6 * 10 + 2 * 20) / 8), None]
    assert got["covered"].to_list() == [pytest.approx(0.8), 0.0]


def test_what_is_asked_wrongly_is_refused_by_name():
    table = long([[1, 2], [3, 1]])
    data = rg.PlaceActivity.from_table(table)
    with pytest.raises(rg.InvalidParameter, match="income has no number for the place 'p1'; add it, None if it is not"):
        rg.prody(table, income={"p0": 1})
    with pytest.raises(rg.InvalidParameter, match="gini is infinite"):
        rg.product_gini(table, gini={"p0": 1, "p1": float("inf")})
    with pytest.raises(rg.InvalidParameter, match="income='income' needs a table with that column"):
        rg.prody(data, income="income")
    with pytest.raises(rg.InvalidParameter, match="give one of the two"):
        rg.expy(table)
    with pytest.raises(rg.InvalidTable, match=r"income is 1 and 2 for p0 \(2 in all differ\); it needs one number"):
        rg.prody(table.with_columns(income=pl.Series([1, 2, 1, 2])), income="income")
    with pytest.raises(rg.InvalidTable, match=r"income holds .*string"):
        rg.prody(table.with_columns(income=pl.lit("x")), income="income")
    with pytest.raises(rg.InvalidTable, match="infinite in 4 rows"):
        rg.prody(table.with_columns(income=pl.lit(float("inf"))), income="income")
    with pytest.raises(rg.InvalidTable, match="prody: activities are int64, those of the table string"):
        rg.expy(table, prody=pl.DataFrame({"activity": [1], "prody": [1.0]}))


# --- growth -----------------------------------------------------------------------------------------------------------
def panel(places=30, years=(1990, 2000, 2010), seed=3, noise=0.01):
    rng = np.random.default_rng(seed)
    log = 8 + rng.normal(size=places)
    rows = []
    for year in years:
        eci, oil = rng.normal(size=places), rng.random(places)
        rows += [(f"p{i:02d}", year, eci[i], float(np.exp(log[i])), oil[i]) for i in range(places)]
        log = log + 10 * (0.02 + 0.01 * eci - 0.004 * (log - 8) + 0.003 * oil + noise * rng.normal(size=places))
    return pl.DataFrame(rows, schema=["place", "year", "eci", "income", "oil"], orient="row")


def test_estimates_and_clustered_errors_are_those_of_pyfixest():
    fixest = pytest.importorskip("pyfixest")
    table = panel()
    got = rg.growth_outlook(table, factors=["oil"], income_scale="log").coefficients
    later = table.select("place", year=pl.col("year") - 10, then=pl.col("income"))
    data = table.join(later, on=["place", "year"]).with_columns(
        growth=(pl.col("then").log() - pl.col("income").log()) / 10,
        z=pl.col("income").log(),
        both=pl.col("eci") * pl.col("income").log(),
        y1990=(pl.col("year") == 1990).cast(float),
        y2000=(pl.col("year") == 2000).cast(float),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = fixest.feols(
            "growth ~ 0 + eci + z + both + oil + y1990 + y2000", data.to_pandas(), vcov={"CRV1": "place"}
        )
    assert got["estimate"].to_list() == pytest.approx(fit.coef().to_list(), rel=1e-7, abs=1e-10)
    assert got["std_error"].to_list() == pytest.approx(fit.se().to_list(), rel=1e-6)


def test_interval_holds_the_growth_that_came_in_its_share_of_the_cases():
    inside = []
    for seed in range(60):
        table = panel(years=(1990, 2000, 2010, 2020), seed=seed)
        past = table.filter(pl.col("year") <= 2010)
        places = rg.growth_outlook(past, factors=["oil"], income_scale="log", level=0.9).places
        came = (
            table.filter(pl.col("year") == 2020)["income"].log() - table.filter(pl.col("year") == 2010)["income"].log()
        )
        inside.append(((places["low"] <= came / 10) & (came / 10 <= places["high"])).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)


def test_unit_of_income_and_order_change_nothing():
    table = panel()
    first = rg.growth_outlook(table, target=0.02)
    other = table.with_columns(pl.col("income") * 1000).reverse()
    second = rg.growth_outlook(other, target=0.02)
    for name in ("expected_growth", "low", "high", "eci_needed"):
        a, b = (dict(zip(r.places["place"], r.places[name], strict=True)) for r in (first, second))
        assert {k: v is None for k, v in a.items()} == {k: v is None for k, v in b.items()}
        assert all(v is None or b[k] == pytest.approx(v, rel=1e-6, abs=1e-9) for k, v in a.items())
    assert first.fit.equals(rg.growth_outlook(table).fit)


def test_unit_of_a_factor_changes_its_estimate_alone():
    """Rents of resources in euros beside shares: the terms must not seem to follow from one another."""
    table = panel().with_columns(rents=(pl.col("income") * 7919 % 101) / 101)
    plain = rg.growth_outlook(table, factors="rents", horizon=10)
    euros = rg.growth_outlook(table.with_columns(pl.col("rents") * 1e13), factors="rents", horizon=10)
    for one, other in zip(plain.coefficients.to_dicts(), euros.coefficients.to_dicts(), strict=True):
        unit = 1e13 if one["term"] == "rents" else 1.0
        assert other["estimate"] * unit == pytest.approx(one["estimate"], rel=1e-6)
        assert other["std_error"] * unit == pytest.approx(one["std_error"], rel=1e-6)


def test_complexity_that_is_needed_gives_the_growth_that_was_wanted():
    table = panel()
    got = rg.growth_outlook(table, target=0.02).places
    wanted = dict(zip(got["place"], got["eci_needed"], strict=True))
    now = pl.col("year") == 2010
    moved = table.with_columns(
        eci=pl.when(now).then(pl.col("place").replace_strict(wanted, return_dtype=pl.Float64)).otherwise(pl.col("eci"))
    ).filter(pl.col("eci").is_not_null())
    again = rg.growth_outlook(moved).places["expected_growth"].to_list()
    assert None not in wanted.values()
    assert again == pytest.approx([0.02] * len(again), abs=1e-9)


def test_unknown_is_left_out_and_stays_unknown():
    table = panel().with_columns(
        eci=pl.when(pl.col("place") == "p00").then(None).otherwise(pl.col("eci")),
        oil=pl.when(pl.col("place") == "p01").then(None).otherwise(pl.col("oil")),
    )
    got = rg.growth_outlook(table, factors=["oil"], target=0.02)
    assert got.fit["places"].item() == 28
    by_place = {r["place"]: r for r in got.places.iter_rows(named=True)}
    assert by_place["p00"]["expected_growth"] is None
    assert by_place["p00"]["eci_needed"] is not None
    assert by_place["p01"]["expected_growth"] is None
    assert by_place["p01"]["eci_needed"] is None
    assert rg.growth_outlook(table.to_pandas()).fit.iloc[0]["observations"] == 58


def test_more_complexity_with_less_growth_gives_no_complexity_that_is_needed():
    table = panel().with_columns(eci=-pl.col("eci"))
    assert rg.growth_outlook(table, target=0.02).places["eci_needed"].null_count() == 30


def test_start_with_one_place_is_left_out_with_a_warning():
    table = pl.concat(
        [panel(), pl.DataFrame({"place": ["p00"], "year": [1980], "eci": [0.1], "income": [9.0], "oil": [0.0]})]
    )
    with pytest.warns(rg.RegionomicsWarning, match="year 1980 left out as a start"):
        got = rg.growth_outlook(table)
    assert got.fit["observations"].item() == 60


def test_panels_that_cannot_answer_are_refused_by_name():
    table = panel()
    with pytest.raises(rg.InvalidTable, match="p00 appears 2 times in year 1990"):
        rg.growth_outlook(pl.concat([table, table.head(1)]))
    with pytest.raises(rg.InvalidTable, match=r"income is -1 for p00 in year 1990 \(1 in all\); it must be > 0"):
        rg.growth_outlook(
            table.with_columns(
                income=pl.when((pl.col("place") == "p00") & (pl.col("year") == 1990))
                .then(-1.0)
                .otherwise(pl.col("income"))
            )
        )
    with pytest.raises(rg.InvalidTable, match="year holds"):
        rg.growth_outlook(table.with_columns(pl.col("year").cast(str)))
    with pytest.raises(rg.InvalidTable, match="eci holds"):
        rg.growth_outlook(table.with_columns(pl.col("eci").cast(str)))
    with pytest.raises(rg.InvalidTable, match="oil is infinite in 90 rows"):
        rg.growth_outlook(table.with_columns(oil=pl.lit(float("inf"))), factors=["oil"])
    with pytest.raises(rg.InvalidTable, match="no rows"):
        rg.growth_outlook(table.head(0))
    with pytest.raises(rg.InvalidParameter, match="at=1995 is no year of the panel"):
        rg.growth_outlook(table, at=1995)
    with pytest.raises(rg.InvalidParameter, match="horizon=0"):
        rg.growth_outlook(table, horizon=0)
    with pytest.raises(rg.NoSupport, match="lies 7 after another"):
        rg.growth_outlook(table, horizon=7)
    with pytest.raises(rg.NoSupport, match="4 observations for 4 terms"):
        rg.growth_outlook(panel(places=4, years=(1990, 2000)))
    with pytest.raises(rg.NoSupport, match="the 6 terms follow from one another"):
        rg.growth_outlook(table.with_columns(same=pl.lit(1.0)), factors=["same"])
