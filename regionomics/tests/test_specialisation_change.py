"""Properties of the similarity of places and of growth."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

CELLS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)
METHODS = ("correlation", "overlap", "cosine")
EACH = pytest.mark.parametrize("method", METHODS)


def table(values, unit=1):
    return pl.DataFrame(
        {
            "place": [p for p in "pqr" for _ in range(4)],
            "activity": list("abcd") * 3,
            "value": [v * unit for v in values],
        }
    )


def panel(*periods, unit=1):
    return pl.concat([table(v, unit).with_columns(year=pl.lit(y)) for y, v in enumerate(periods)])


@odd_tables
@EACH
@given(values=CELLS, unit=st.sampled_from([0.001, 1 / 3, 7, 1e6]), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_similarity_does_not_depend_on_unit_order_or_names_of_activities(method, values, unit, seed):
    expected = rg.similarity(table(values), method=method).matrix.values
    mixed = table(values, unit).sample(fraction=1, shuffle=True, seed=seed)
    mixed = mixed.with_columns(activity=pl.col("activity").replace({"a": "z"}))
    assert rg.similarity(mixed, method=method).matrix.values == pytest.approx(expected, nan_ok=True, abs=1e-6)


@odd_tables
@EACH
@given(values=CELLS)
@settings(max_examples=15, deadline=None)
def test_similarity_is_symmetric_bounded_and_1_with_itself(method, values):
    found = rg.similarity(table(values), method=method).matrix.values
    known = ~np.isnan(np.diag(found))
    assert (np.diag(found)[known] == 1).all()
    assert (np.isnan(found) == ~np.outer(known, known)).all()
    inside = found[np.ix_(known, known)]
    assert (inside == inside.T).all()
    assert ((inside >= (-1 if method == "correlation" else 0)) & (inside <= 1)).all()


@odd_tables
@given(CELLS)
@settings(max_examples=15, deadline=None)
def test_overlap_is_one_less_half_the_krugman_index_of_the_two(values):
    data = table(values)
    found = rg.similarity(data, method="overlap")
    for first, second in (("p", "q"), ("p", "r"), ("q", "r")):
        two = rg.krugman_index(data.filter(pl.col("place").is_in([first, second])), against="others")
        krugman = two["krugman_index"][0]
        similar = found.matrix.at(first, second)
        assert math.isnan(similar) if krugman is None else similar == pytest.approx(1 - krugman / 2, abs=1e-12)


def test_correlation_is_that_of_the_log_quotients():
    data = table([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    x = data["value"].to_numpy().reshape(3, 4)
    quotient = x / x.sum(axis=1, keepdims=True) / (x.sum(axis=0) / x.sum())
    assert rg.similarity(data).matrix.values == pytest.approx(np.corrcoef(np.log(quotient + 0.1)))
    assert rg.similarity(data, epsilon=1).matrix.values == pytest.approx(np.corrcoef(np.log(quotient + 1)))


@odd_tables
def test_place_with_the_mix_of_the_whole_has_no_correlation_but_the_others_have():
    data = table([1, 2, 3, 4, 2, 1, 4, 3, 3, 3, 7, 7])
    found = rg.similarity(data).matrix.values
    assert np.isnan(found).tolist() == [[False, False, True], [False, False, True], [True, True, True]]
    assert found[0, 1] < 0
    assert not np.isnan(rg.similarity(data, method="cosine").matrix.values).any()


def test_activity_that_nobody_has_changes_no_similarity():
    """Regression: econcomplex enters it into every profile as log(0.1); OEC makes every similarity NaN."""
    data = table([1, 0, 3, 4, 5, 0, 7, 8, 2, 0, 0, 1])
    fewer = data.filter(pl.col("activity") != "b")
    for method in METHODS:
        expected = rg.similarity(fewer, method=method).matrix.values
        assert rg.similarity(data, method=method).matrix.values == pytest.approx(expected)


@odd_tables
@EACH
def test_table_of_zeros_and_single_place_are_answered(method):
    assert np.isnan(rg.similarity(table([0] * 12), method=method).matrix.values).all()
    one = pl.DataFrame({"place": ["p"], "activity": ["a"], "value": [3]})
    assert rg.similarity(one, method=method).table().shape == (0, 3)


@odd_tables
def test_pairs_of_places_come_in_the_callers_table_once_or_both_ways():
    found = rg.similarity(table(range(12)).to_pandas())
    assert found.table().columns.tolist() == ["place_1", "place_2", "similarity"]
    assert len(found.table()) == 3
    assert len(found.table(both=True)) == 6


def test_similarity_refuses_what_it_does_not_know():
    with pytest.raises(rg.InvalidParameter, match="epsilon=0"):
        rg.similarity(table(range(12)), epsilon=0)
    with pytest.raises(rg.InvalidParameter, match="method='jaccard' is unknown"):
        rg.similarity(table(range(12)), method="jaccard")


# --- growth -----------------------------------------------------------------------------------------------------------
@odd_tables
@given(CELLS, CELLS, st.sampled_from(["pair", "place", "activity"]), st.sampled_from([0.001, 7, 1e6]))
@settings(max_examples=15, deadline=None)
def test_growth_does_not_depend_on_the_unit_and_methods_tell_the_same(first, second, of, unit):
    relative = rg.growth(panel(first, second), of=of)["growth"].cast(pl.Float64)
    scaled = rg.growth(panel(first, second, unit=unit), of=of)["growth"].cast(pl.Float64)
    near = {"nan_ok": True, "abs": 1e-9, "rel": 1e-9}
    assert scaled.fill_null(np.nan).to_list() == pytest.approx(relative.fill_null(np.nan).to_list(), **near)
    log = rg.growth(panel(first, second), of=of, method="log")["growth"].cast(pl.Float64)
    symmetric = rg.growth(panel(first, second), of=of, method="symmetric")["growth"].cast(pl.Float64)
    for rate, logarithm, middle in zip(relative, log, symmetric, strict=True):
        if rate is not None:
            assert middle == pytest.approx(2 * rate / (2 + rate), abs=1e-12)
            assert logarithm is None if rate == -1 else logarithm == pytest.approx(math.log1p(rate), abs=1e-12)
    assert symmetric.drop_nulls().is_between(-2, 2).all()


def test_growth_runs_over_consecutive_periods_or_longer_steps():
    data = panel([1] * 12, [2] * 12, [6] * 12)
    got = rg.growth(data, of="place")
    assert got.columns == ["place", "year_from", "year", "value_from", "value", "growth"]
    assert got["growth"].to_list() == [1.0] * 3 + [2.0] * 3
    assert rg.growth(data, of="place", step=2)["growth"].to_list() == [5.0] * 3
    with pytest.raises(rg.InvalidParameter, match="step=3"):
        rg.growth(data, step=3)


@odd_tables
def test_place_without_a_row_in_a_period_is_unknown_not_gone():
    """Regression: econcomplex takes it to have lost everything."""
    data = panel([1] * 12, [2] * 12).filter((pl.col("place") != "q") | (pl.col("year") == 0))
    by_place = rg.growth(data, of="place")
    assert by_place["growth"].to_list() == [1.0, None, 1.0]
    assert by_place["value_from"].to_list() == [4.0, None, 4.0]
    assert rg.growth(data, of="pair")["growth"].null_count() == 4


@odd_tables
def test_what_starts_from_nothing_has_no_rate():
    """Regression: econcomplex gives 0, EconGeo 0 or infinity."""
    data = panel([0, 0, 2, 2] * 3, [0, 1, 0, 1] * 3)
    assert rg.growth(data, of="activity")["growth"].to_list() == [None, None, -1.0, -0.5]
    assert rg.growth(data, of="activity", method="log")["growth"].to_list() == [None, None, None, -math.log(2)]
    assert rg.growth(data, of="activity", method="symmetric")["growth"].to_list() == [None, 2.0, -2.0, -2 / 3]


def test_growth_by_country_in_pandas_as_in_polars():
    data = pl.concat([panel([1] * 12, [2] * 12).with_columns(country=pl.lit(c)) for c in ("it", "pt")])
    got = rg.growth(data, by="country", of="activity", scale=100)
    assert got.shape == (8, 7)
    assert rg.growth(data.to_pandas(), by="country", of="activity", scale=100)["growth"].tolist() == [100.0] * 8
    with pytest.raises(
        rg.InvalidTable, match="year has the one value 0; a comparison over time needs at least two periods"
    ):
        rg.growth(panel([1] * 12))
    with pytest.raises(rg.InvalidParameter, match="scale=-1"):
        rg.growth(data, scale=-1)
