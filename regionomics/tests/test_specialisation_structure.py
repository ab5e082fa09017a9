"""Properties of the indices that compare a place's mix of activities with that of others."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

CELLS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)
INDICES = {
    "specialisation_coefficient": rg.specialisation_coefficient,
    "krugman_index": rg.krugman_index,
    "hachman": rg.hachman,
}
EACH = pytest.mark.parametrize("name", INDICES)


def table(values, unit=1):
    return pl.DataFrame(
        {
            "place": [p for p in "pqr" for _ in range(4)],
            "activity": list("abcd") * 3,
            "value": [v * unit for v in values],
        }
    )


def numbers(answer, name):
    return answer[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


@odd_tables
@EACH
@given(values=CELLS, unit=st.sampled_from([0.001, 1 / 3, 7, 1e6]), seed=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_unit_row_order_and_labels_change_nothing(name, values, unit, seed):
    index = INDICES[name]
    expected = numbers(index(table(values)), name)
    assert numbers(index(table(values, unit)), name) == pytest.approx(expected, nan_ok=True, rel=1e-9, abs=1e-12)
    mixed = table(values).sample(fraction=1, shuffle=True, seed=seed)
    assert numbers(index(mixed), name) == pytest.approx(expected, nan_ok=True)
    renamed = table(values).with_columns(activity=pl.col("activity").replace({"a": "z", "d": "A"}))
    assert numbers(index(renamed), name) == pytest.approx(expected, nan_ok=True)


@EACH
def test_pandas_and_polars_agree(name):
    data = table(range(12))
    assert INDICES[name](data.to_pandas())[name].tolist() == pytest.approx(INDICES[name](data)[name].to_list())


@EACH
def test_years_are_compared_each_with_itself(name):
    first, second = table(range(12)), table([5, 0, 1, 9, 2, 2, 2, 2, 7, 1, 1, 3])
    both = pl.concat([first.with_columns(year=pl.lit(1)), second.with_columns(year=pl.lit(2))])
    got = INDICES[name](both, by="year")
    assert got.columns == ["year", "place", name]
    assert got.filter(pl.col("year") == 2).drop("year").equals(INDICES[name](second))


@odd_tables
@EACH
def test_empty_place_is_unknown_and_leaves_the_others_as_they_are(name):
    full = table([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    got = INDICES[name](full)
    assert got[name].to_list()[2] is None
    assert got.head(2).equals(INDICES[name](full.filter(pl.col("place") != "r")))


@EACH
def test_activity_that_nobody_has_changes_nothing(name):
    full = table([1, 0, 3, 4, 5, 0, 7, 8, 2, 0, 0, 1])
    assert INDICES[name](full).equals(INDICES[name](full.filter(pl.col("activity") != "b")))


@odd_tables
def test_table_of_zeros_is_unknown():
    for name, index in INDICES.items():
        assert index(table([0] * 12))[name].to_list() == [None] * 3


@odd_tables
def test_one_place_is_the_whole_and_has_no_others():
    one = table(range(12)).filter(pl.col("place") == "q")
    assert rg.krugman_index(one)["krugman_index"].to_list() == [0.0]
    assert rg.hachman(one)["hachman"].to_list() == [pytest.approx(1.0)]
    assert rg.krugman_index(one, against="others")["krugman_index"].to_list() == [None]


@odd_tables
def test_places_without_a_common_activity_are_as_far_apart_as_can_be():
    apart = table([1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0])
    assert rg.krugman_index(apart, against="others")["krugman_index"].to_list() == [2.0, 2.0, None]


@odd_tables
@given(CELLS)
@settings(max_examples=20, deadline=None)
def test_indices_agree_with_their_dense_formulas(values):
    x = np.array(values, dtype=float).reshape(3, 4)
    with np.errstate(divide="ignore", invalid="ignore"):
        own, overall = x / x.sum(axis=1, keepdims=True), x.sum(axis=0) / x.sum()
        others = (x.sum(axis=0) - x) / (x.sum() - x.sum(axis=1, keepdims=True))
        quotient = np.nan_to_num(own / overall)
    data = table(values)
    krugman = np.abs(own - overall).sum(axis=1)
    assert numbers(rg.krugman_index(data), "krugman_index") == pytest.approx(krugman, nan_ok=True, abs=1e-12)
    coefficient = numbers(rg.specialisation_coefficient(data), "specialisation_coefficient")
    assert coefficient == pytest.approx(krugman / 2, nan_ok=True, abs=1e-12)
    got = numbers(rg.krugman_index(data, against="others"), "krugman_index")
    assert got == pytest.approx(np.abs(own - others).sum(axis=1), nan_ok=True, abs=1e-12)
    mean = np.where(np.isnan(own[:, 0]), np.nan, (np.nan_to_num(own) * quotient).sum(axis=1))
    assert numbers(rg.hachman(data), "hachman") == pytest.approx(1 / mean, nan_ok=True)
    assert np.nanmax(numbers(rg.hachman(data), "hachman")) <= 1


def test_large_sparse_table_stays_sparse():
    rng = np.random.default_rng(1)
    rows = 200_000
    pairs = rng.choice(20_000 * 20_000, rows, replace=False)
    data = pl.DataFrame({"place": pairs // 20_000, "activity": pairs % 20_000, "value": rng.integers(1, 9, rows)})
    assert rg.krugman_index(data)["krugman_index"].is_between(0, 2).all()
    assert rg.hachman(data)["hachman"].is_between(0, 1).all()


def test_unknown_comparison_is_refused_with_the_choices():
    with pytest.raises(rg.InvalidParameter, match="against='nation' is unknown; use one of 'all', 'others'"):
        rg.krugman_index(table([1] * 12), against="nation")
