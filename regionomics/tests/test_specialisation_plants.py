"""Properties of the Ellison-Glaeser indices of plants and of activities."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

SIZES = st.lists(st.integers(1, 500), min_size=12, max_size=12)
PLACES = st.lists(st.sampled_from("pqr"), min_size=12, max_size=12).filter(lambda p: len(set(p)) > 1)
UNITS = st.sampled_from([0.001, 1 / 3, 7, 1e6])


def table(sizes, places, unit=1):
    return pl.DataFrame(
        {
            "place": places,
            "activity": list("aabbbccccddd"),
            "plant": [f"k{i}" for i in range(12)],
            "value": [v * unit for v in sizes],
            "group": list("xxxxxyyyyxxx"),
        }
    )


def numbers(column):
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


@odd_tables
@given(SIZES, PLACES, UNITS, st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_unit_row_order_and_labels_of_places_change_nothing(sizes, places, unit, seed):
    for index, name in ((rg.ellison_glaeser, "ellison_glaeser"), (rg.coagglomeration, "coagglomeration")):
        expected = numbers(index(table(sizes, places))[name])
        other = table(sizes, places, unit).sample(fraction=1, shuffle=True, seed=seed)
        other = other.with_columns(place=pl.col("place").replace({"p": "r", "r": "p"}), plant=pl.col("plant") + "!")
        assert numbers(index(other)[name]) == pytest.approx(expected, nan_ok=True, abs=1e-9)


@odd_tables
@given(SIZES, PLACES)
@settings(max_examples=15, deadline=None)
def test_index_agrees_with_its_formula(sizes, places):
    got = rg.ellison_glaeser(table(sizes, places))
    size, place, activity = np.array(sizes, float), np.array(places), np.array(list("aabbbccccddd"))
    x = np.array([size[place == p].sum() for p in sorted(set(places))]) / size.sum()
    for row in got.iter_rows(named=True):
        own = activity == row["activity"]
        s = np.array([size[own & (place == p)].sum() for p in sorted(set(places))]) / size[own].sum()
        g, h, room = ((s - x) ** 2).sum(), ((size[own] / size[own].sum()) ** 2).sum(), 1 - (x**2).sum()
        assert row["concentration"] == pytest.approx(g, abs=1e-12)
        assert row["plant_herfindahl"] == pytest.approx(h, abs=1e-12)
        assert row["expected"] == pytest.approx(room * h, abs=1e-12)
        assert row["ellison_glaeser"] == pytest.approx((g - room * h) / (room * (1 - h)), abs=1e-9)


def test_mean_and_deviation_are_those_of_all_ways_to_place_the_plants():
    """Five plants of unequal size, three places drawn with probabilities .5, .3, .2: 243 ways."""
    x, sizes = np.array([0.5, 0.3, 0.2]), np.array([5.0, 1.0, 3.0, 2.0, 2.0])
    z = sizes / sizes.sum()
    mean = square = gamma = 0.0
    for ways in itertools.product(range(3), repeat=5):
        chance = x[list(ways)].prod()
        plants = pl.DataFrame({"place": list(ways), "activity": ["a"] * 5, "value": sizes})
        if ways in ((0, 0, 0, 0, 0), (0, 1, 2, 0, 1)):
            got = rg.ellison_glaeser(plants, plant=None, place_total=dict(enumerate(x))).row(0, named=True)
            seen = {ways: got} if ways[1] == 0 else seen | {ways: got}  # noqa: F821  (all zeros come first)
        s = np.bincount(ways, z, 3)
        g = ((s - x) ** 2).sum()
        h, room = (z**2).sum(), 1 - (x**2).sum()
        mean, square = mean + chance * g, square + chance * g**2
        gamma += chance * (g - room * h) / (room * (1 - h))
    assert gamma == pytest.approx(0, abs=1e-12)
    for row in seen.values():
        assert row["expected"] == pytest.approx(mean, abs=1e-12)
        assert row["z"] == pytest.approx((row["concentration"] - mean) / np.sqrt(square - mean**2), abs=1e-9)


@odd_tables
@given(SIZES, PLACES)
@settings(max_examples=15, deadline=None)
def test_group_index_is_the_one_with_the_plants_herfindahl_indices(sizes, places):
    """The long formula of 1997, in which the plants' sizes cancel."""
    data = table(sizes, places)
    got = dict(rg.coagglomeration(data, groups="group").select("group", "coagglomeration").iter_rows())
    own = rg.ellison_glaeser(data)
    x = data.group_by("place").agg(pl.col("value").sum()).sort("place")["value"].to_numpy() / sum(sizes)
    total = dict(data.group_by("activity").agg(pl.col("value").sum()).iter_rows())
    inside = own.filter(pl.col("activity") != "c")
    w = np.array([total[a] for a in inside["activity"]], float)
    w /= w.sum()
    s = data.filter(pl.col("activity") != "c").group_by("place").agg(pl.col("value").sum())
    s = np.array([dict(s.iter_rows()).get(p, 0) for p in sorted(set(places))], float)
    g = ((s / s.sum() - x) ** 2).sum()
    h = inside["plant_herfindahl"].to_numpy()
    gamma = inside["ellison_glaeser"].to_numpy()
    wanted = (g / (1 - (x**2).sum()) - (w**2 * h).sum() - (gamma * w**2 * (1 - h)).sum()) / (1 - (w**2).sum())
    assert got["x"] == pytest.approx(wanted, abs=1e-9)
    assert got["y"] is None


@odd_tables
@given(SIZES, PLACES)
@settings(max_examples=10, deadline=None)
def test_plants_may_be_added_up_for_coagglomeration(sizes, places):
    data = table(sizes, places)
    added = data.group_by("place", "activity").agg(pl.col("value").sum())
    expected = numbers(rg.coagglomeration(data)["coagglomeration"])
    assert numbers(rg.coagglomeration(added)["coagglomeration"]) == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_place_totals_by_column_by_mapping_and_by_the_table_itself_agree():
    data = table(range(1, 13), list("ppqqrrppqqrr"))
    sums = dict(data.group_by("place").agg(pl.col("value").sum()).iter_rows())
    column = data.with_columns(all_jobs=pl.col("place").replace_strict(sums))
    for index, name in ((rg.ellison_glaeser, "ellison_glaeser"), (rg.coagglomeration, "coagglomeration")):
        expected = index(data)[name].to_list()
        assert index(data, place_total=sums)[name].to_list() == pytest.approx(expected)
        assert index(column, place_total="all_jobs")[name].to_list() == pytest.approx(expected)


def test_place_without_any_plant_counts_when_it_is_named():
    data = table(range(1, 13), list("ppqqrrppqqrr"))
    with_empty = {"p": 5, "q": 3, "r": 2, "s": 10}
    got = rg.ellison_glaeser(data, place_total=with_empty)
    x = np.array([5, 3, 2, 10]) / 20
    s = np.array([1 + 2, 0, 0, 0]) / 3
    assert got["concentration"][0] == pytest.approx(((s - x) ** 2).sum())


def test_years_stand_alone_and_pandas_agrees():
    first, second = table(range(1, 13), list("ppqqrrppqqrr")), table(range(12, 0, -1), list("pqrpqrpqrpqr"))
    both = pl.concat([first.with_columns(year=pl.lit(1)), second.with_columns(year=pl.lit(2))])
    for index in (rg.ellison_glaeser, rg.coagglomeration):
        got = index(both, by="year")
        assert got.filter(pl.col("year") == 2).drop("year").equals(index(second))
        assert index(both.to_pandas(), by="year").iloc[:, -1].tolist() == pytest.approx(got[:, -1].to_list())


@odd_tables
def test_plants_with_nobody_do_not_count_and_an_activity_with_nobody_is_unknown():
    data = pl.DataFrame({"place": list("pqpq"), "activity": list("aabb"), "plant": list("klmn"), "value": [3, 0, 0, 0]})
    got = rg.ellison_glaeser(data)
    assert got["plants"].to_list() == [1, 0]
    assert got["ellison_glaeser"].to_list() == [None, None]
    assert got["concentration"][1] is None
    assert rg.coagglomeration(data)["coagglomeration"].to_list() == [None]


@odd_tables
def test_one_place_has_no_concentration_to_speak_of():
    data = pl.DataFrame({"place": ["p"] * 4, "activity": list("aabb"), "plant": list("klmn"), "value": [1, 2, 3, 4]})
    assert rg.ellison_glaeser(data)["ellison_glaeser"].to_list() == [None, None]
    assert rg.coagglomeration(data)["coagglomeration"].to_list() == [None]


def test_maurel_and_sedillot_leave_out_the_cross_term():
    data = table(range(1, 13), list("ppqqrrppqqrr"))
    sums = np.array([1 + 2 + 7 + 8, 3 + 4 + 9 + 10, 5 + 6 + 11 + 12]) / 78
    got = rg.ellison_glaeser(data, estimator="maurel-sedillot").row(0, named=True)
    h, room = (1 / 3) ** 2 + (2 / 3) ** 2, 1 - (sums**2).sum()
    assert got["ellison_glaeser"] == pytest.approx(((1 - (sums**2).sum()) / room - h) / (1 - h))
    assert got["z"] is None


def test_tables_that_cannot_be_read_are_refused_with_the_remedy():
    data = table(range(1, 13), list("ppqqrrppqqrr"))
    twice = data.with_columns(plant=pl.Series(["k0", "k0", *[f"k{i}" for i in range(2, 12)]]))
    with pytest.raises(rg.InvalidTable, match=r"plant k0 appears 2 times in activity a \(1 in all are repeated\)"):
        rg.ellison_glaeser(twice)
    assert rg.ellison_glaeser(twice, plant=None).equals(rg.ellison_glaeser(data))
    with pytest.raises(rg.InvalidParameter, match="place_total has no number for the place 'r'"):
        rg.ellison_glaeser(data, place_total={"p": 1, "q": 2})
    with pytest.raises(rg.InvalidTable, match="totals add up to 0"):
        rg.coagglomeration(data, place_total={"p": 0, "q": 0, "r": 0})
    with pytest.raises(rg.InvalidParameter, match="estimator='gini' is unknown"):
        rg.ellison_glaeser(data, estimator="gini")
    with pytest.raises(rg.InvalidTable, match="value is -1"):
        rg.ellison_glaeser(data.with_columns(value=pl.lit(-1)))
    mixed = data.with_columns(group=pl.Series(list("xyxxxxxxxxxx")))
    with pytest.raises(rg.InvalidTable, match="activity a lies in x and y; give it one group"):
        rg.coagglomeration(mixed, groups="group")
    for index in (rg.ellison_glaeser, rg.coagglomeration):
        with pytest.raises(rg.InvalidTable, match="no rows"):
            index(data.head(0))


def test_coagglomeration_takes_a_matrix_with_labels_inside():
    rows = pl.DataFrame(
        {"place": ["p", "p", "q", "r"], "activity": ["a", "b", "a", "b"], "value": [3.0, 2.0, 5.0, 7.0]}
    )
    data = rg.PlaceActivity.from_table(rows)
    for place_total in (None, "mean", {"p": 4, "q": 6, "r": 9}):
        expected = rg.coagglomeration(rows, place_total=place_total)
        assert rg.coagglomeration(data, place_total=place_total).equals(expected)
    with pytest.raises(rg.InvalidParameter, match="groups='g' needs a table with that column"):
        rg.coagglomeration(data, groups="g")
