"""Properties of the indices of concentration and evenness, and of their curves."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

CELLS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)
PEOPLE = st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any)
UNITS = st.sampled_from([0.001, 1 / 3, 7, 1e6])
INDICES = {
    "herfindahl": rg.herfindahl,
    "entropy": rg.entropy,
    "gini": rg.gini,
    "locational_gini": rg.locational_gini,
    "hoover_index": rg.hoover_index,
}
EACH = pytest.mark.parametrize("name", INDICES)


def table(values, unit=1, people=(5, 3, 2)):
    return pl.DataFrame(
        {
            "place": [p for p in "pqr" for _ in range(4)],
            "activity": list("abcd") * 3,
            "value": [v * unit for v in values],
            "people": np.repeat(people, 4),
        }
    )


def numbers(answer, name):
    return answer[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


@odd_tables
@EACH
@given(values=CELLS, unit=UNITS, seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_unit_row_order_and_labels_change_nothing(name, values, unit, seed):
    index = INDICES[name]
    expected = numbers(index(table(values)), name)
    assert numbers(index(table(values, unit)), name) == pytest.approx(expected, nan_ok=True, rel=1e-9, abs=1e-12)
    mixed = table(values).sample(fraction=1, shuffle=True, seed=seed)
    assert numbers(index(mixed), name) == pytest.approx(expected, nan_ok=True)
    renamed = table(values).with_columns(
        place=pl.col("place").replace({"p": "r", "r": "p"}), activity=pl.col("activity") + "1"
    )
    over_activities = name in ("herfindahl", "entropy")
    turned = numbers(index(renamed), name)
    assert (turned[::-1] if over_activities else turned) == pytest.approx(expected, nan_ok=True, abs=1e-12)


@EACH
def test_pandas_and_polars_agree_and_years_stand_alone(name):
    first, second = table(range(12)), table([5, 0, 1, 9, 2, 2, 2, 2, 7, 1, 1, 3])
    both = pl.concat([first.with_columns(year=pl.lit(1)), second.with_columns(year=pl.lit(2))])
    got = INDICES[name](both, by="year")
    assert got.columns[0] == "year"
    assert got.filter(pl.col("year") == 2).drop("year").equals(INDICES[name](second))
    assert INDICES[name](both.to_pandas(), by="year")[name].tolist() == pytest.approx(got[name].to_list())


@odd_tables
@EACH
def test_table_of_zeros_is_unknown_everywhere(name):
    assert INDICES[name](table([0] * 12))[name].null_count() == (3 if name in ("herfindahl", "entropy") else 4)


@odd_tables
@EACH
def test_one_place_with_one_activity_is_answered(name):
    got = INDICES[name](pl.DataFrame({"place": ["p"], "activity": ["a"], "value": [3]}))[name].to_list()
    assert got == [1.0 if name == "herfindahl" else 0.0]


@odd_tables
def test_normalised_index_of_one_place_is_unknown_because_it_could_not_be_otherwise():
    one = pl.DataFrame({"place": ["p"], "activity": ["a"], "value": [3]})
    for name in ("herfindahl", "entropy", "gini"):
        assert INDICES[name](one, normalise=True)[name].to_list() == [None]


@odd_tables
@given(CELLS)
@settings(max_examples=15, deadline=None)
def test_normalised_indices_lie_between_0_and_1(values):
    for name in ("herfindahl", "entropy", "gini"):
        for of in ("place", "activity"):
            got = INDICES[name](table(values), of=of, normalise=True)[name].drop_nulls()
            assert got.is_between(0, 1).all()


@odd_tables
def test_empty_place_counts_among_the_places_but_has_no_index_of_its_own():
    """Regression: econcomplex gives such a place a normalised Herfindahl index of -1/2."""
    data = table([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    assert rg.herfindahl(data, normalise=True)["herfindahl"].to_list()[2] is None
    assert rg.entropy(data)["entropy"].to_list()[2] is None
    assert rg.gini(data)["gini"][0] == pytest.approx(1 - (0 + 1 / 6 + (1 / 6 + 1)) / 3)


@odd_tables
def test_activity_that_nobody_has_is_unknown_not_even():
    """Regression: econcomplex calls it equally spread (Gini 0, Hoover 0) and most concentrated (locational Gini .5)."""
    data = table([1, 0, 3, 4, 5, 0, 7, 8, 2, 0, 0, 1])
    for name in ("gini", "locational_gini", "hoover_index"):
        assert INDICES[name](data)[name].is_null().to_list() == [False, True, False, False]


@odd_tables
@given(CELLS, PEOPLE)
@settings(max_examples=20, deadline=None)
def test_indices_agree_with_their_pairwise_formulas(values, people):
    x, w = np.array(values, dtype=float).reshape(3, 4), np.array(people, dtype=float)
    w /= w.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        s = x / x.sum(axis=0)
        # mean absolute difference: 1/2 sum_jk |s_j w_k - s_k w_j|
        wanted = {
            "gini": np.array([np.abs(np.subtract.outer(c, c)).sum() / (2 * 3 * c.sum()) for c in s.T]),
            "by_people": np.array([np.abs(np.outer(c, w) - np.outer(w, c)).sum() / 2 for c in s.T]),
            "hoover": np.abs(s - w[:, None]).sum(axis=0) / 2,
        }
        total = x.sum(axis=1) / x.sum()
        locational = np.array([np.abs(np.outer(c, total) - np.outer(total, c)).sum() / 4 for c in s.T])
    data = table(values, people=people)
    close = {"nan_ok": True, "abs": 1e-12}
    assert numbers(rg.gini(data), "gini") == pytest.approx(wanted["gini"], **close)
    assert numbers(rg.gini(data, weights="people"), "gini") == pytest.approx(wanted["by_people"], **close)
    assert numbers(rg.locational_gini(data), "locational_gini") == pytest.approx(locational, **close)
    assert numbers(rg.hoover_index(data, weights="people"), "hoover_index") == pytest.approx(wanted["hoover"], **close)


@odd_tables
@given(CELLS, PEOPLE)
@settings(max_examples=15, deadline=None)
def test_area_under_the_curve_is_the_gini(values, people):
    data = table(values, people=people)
    for weights in ("equal", "total", "people"):
        ginis = dict(rg.gini(data, weights=weights).drop_nulls().iter_rows())
        curve = rg.concentration_curve(data, weights=weights)
        assert set(curve["activity"]) == set(ginis)
        for (activity,), points in curve.group_by("activity"):
            area = np.trapezoid(points["value_share"], points["weight_share"])
            assert 1 - 2 * area == pytest.approx(ginis[activity], abs=1e-12)


@odd_tables
@given(CELLS, UNITS)
@settings(max_examples=15, deadline=None)
def test_curve_is_convex_complete_and_does_not_depend_on_the_unit(values, unit):
    curve = rg.concentration_curve(table(values), weights="people")
    for (_,), points in curve.group_by("activity", maintain_order=True):
        assert points["step"].to_list() == [0, 1, 2, 3]
        assert sorted(points["place"].to_list()[1:]) == ["p", "q", "r"]
        assert points.row(-1)[-2:] == (1.0, 1.0)
        slopes = np.diff(points["value_share"]) / np.diff(points["weight_share"])
        assert (np.diff(slopes) >= -1e-9).all()
    scaled = rg.concentration_curve(table(values, unit), weights="people")
    assert scaled.drop("value_share").equals(curve.drop("value_share"))


@odd_tables
def test_curve_of_a_table_of_zeros_has_no_rows():
    assert rg.concentration_curve(table([0] * 12)).shape == (0, 5)


def test_curve_of_a_place_runs_over_its_activities():
    curve = rg.concentration_curve(table(range(1, 13)), of="place")
    assert curve.columns == ["place", "step", "activity", "weight_share", "value_share"]
    assert curve["activity"].to_list()[:5] == [None, "a", "b", "c", "d"]


def test_weights_by_column_and_by_mapping_agree_in_every_shape():
    data, people = table(range(12)), {"p": 5, "q": 3, "r": 2, "elsewhere": 9}
    matrix = rg.PlaceActivity.from_table(data)
    for index in (rg.gini, rg.hoover_index, rg.concentration_curve):
        expected = index(data, weights="people")
        assert index(data, weights=people).equals(expected)
        assert index(matrix, weights=people).equals(expected)
    assert rg.hoover_index(data, weights="total")["hoover_index"].to_list() == pytest.approx(
        rg.hoover_index(data, weights={"p": 0 + 1 + 2 + 3, "q": 4 + 5 + 6 + 7, "r": 8 + 9 + 10 + 11})["hoover_index"]
    )


def test_weights_may_differ_from_year_to_year():
    first, second = table(range(12)), table(range(12), people=(1, 1, 8))
    both = pl.concat([first.with_columns(year=pl.lit(1)), second.with_columns(year=pl.lit(2))])
    got = rg.hoover_index(both, weights="people", by="year")
    assert got.filter(pl.col("year") == 2).drop("year").equals(rg.hoover_index(second, weights="people"))


def test_weights_that_cannot_be_used_are_refused_with_the_place():
    data = table(range(12)).with_columns(uneven=pl.Series(range(12)), none=pl.lit(0))
    with pytest.raises(
        rg.InvalidTable, match=r"uneven is 0 and 1 for p \(3 in all differ\); it needs one number a place"
    ):
        rg.gini(data, weights="uneven")
    with pytest.raises(rg.InvalidTable, match="weights add up to 0"):
        rg.hoover_index(data, weights="none")
    with pytest.raises(rg.InvalidParameter, match="no number for 2 of 3 places: 'q', 'r'"):
        rg.hoover_index(data, weights={"p": 1})
    with pytest.raises(rg.InvalidParameter, match="weights is -1 for the place 'p'"):
        rg.hoover_index(data, weights={"p": -1, "q": 1, "r": 1})
    with pytest.raises(rg.InvalidParameter, match="weights='people' needs a table"):
        rg.gini(rg.PlaceActivity.from_table(data), weights="people")
    with pytest.raises(rg.InvalidTable, match="column 'nobody' is not in the table"):
        rg.gini(data, weights="nobody")


@odd_tables
def test_place_without_weight_that_has_the_activity_stands_last():
    data = table([1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0], people=(1, 1, 0))
    assert rg.concentration_curve(data, weights="people")["place"].to_list() == [None, "p", "q", "r"]
    assert rg.gini(data, weights="people")["gini"][0] == pytest.approx(
        1 - (1 / 2) * (1 / 4) - (1 / 2) * (1 / 4 + 2 / 4)
    )


def test_published_answers():
    """Dörsam (2004): four car makers. Farhauer and Kröll (2013): an industry in five regions."""
    makers = pl.DataFrame({"place": ["x"] * 4, "activity": list("abcd"), "value": [20, 50, 20, 10]})
    assert rg.gini(makers, of="place")["gini"][0] == pytest.approx(0.3)
    assert rg.gini(makers, of="place", normalise=True)["gini"][0] == pytest.approx(0.4)
    assert rg.herfindahl(makers)["herfindahl"][0] == pytest.approx(0.34)
    assert rg.herfindahl(makers, normalise=True)["herfindahl"][0] == pytest.approx(0.12)
    incomes = [500, 1500, 2500, 4000, 7500, 15000]
    people = [1000, 1200, 1600, 400, 200, 600]
    classes = pl.DataFrame(
        {
            "place": range(6),
            "activity": ["income"] * 6,
            "value": [a * b for a, b in zip(incomes, people, strict=True)],
            "people": people,
        }
    )
    assert rg.gini(classes, weights="people")["gini"][0] == pytest.approx(0.5278, abs=5e-5)
    jobs = [500, 500, 1000, 7000, 1000]
    others = [20000 - 500, 15000 - 500, 20000 - 1000, 40000 - 7000, 5000 - 1000]
    regions = pl.DataFrame(
        {"place": list("abcde") * 2, "activity": ["it"] * 5 + ["rest"] * 5, "value": [*jobs, *others]}
    )
    quotients = rg.location_quotient(regions)
    assert rg.gini(quotients, value="location_quotient")["gini"][0] == pytest.approx(0.4068966, abs=5e-8)


def test_unknown_words_are_refused_with_the_choices():
    data = table([1] * 12)
    with pytest.raises(rg.InvalidParameter, match="of='pair' is unknown; use one of 'place', 'activity'"):
        rg.gini(data, of="pair")
    with pytest.raises(rg.InvalidParameter, match=r"maximum=2 is unknown; use one of 0\.5, 1"):
        rg.locational_gini(data, maximum=2)
    with pytest.raises(rg.InvalidParameter, match="scale=0"):
        rg.hoover_index(data, scale=0)
    with pytest.raises(rg.InvalidParameter, match="base=1"):
        rg.entropy(data, base=1)
