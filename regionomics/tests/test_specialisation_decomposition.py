"""Shift-share: the parts add up, whatever the table."""

import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

METHODS = ("classic", "esteban-marquillas", "arcelus")
EACH = pytest.mark.parametrize("method", METHODS)
CELLS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)


def table(values, unit=1):
    return pl.DataFrame(
        {
            "place": [p for p in "pqr" for _ in range(4)],
            "activity": list("abcd") * 3,
            "value": [v * unit for v in values],
        }
    )


def panel(*periods, unit=1):
    return pl.concat([table(v, unit).with_columns(year=pl.lit(2000 + y)) for y, v in enumerate(periods)])


def total(frame, parts):
    return frame.select(pl.sum_horizontal(parts)).to_series().to_list()


@odd_tables
@EACH
@given(start=CELLS, end=CELLS)
@settings(max_examples=20, deadline=None)
def test_parts_add_up_to_the_change_of_each_pair_and_place(method, start, end):
    found = rg.shift_share(panel(start, end), method=method)
    for frame in (found.pairs, found.places):
        assert total(frame, found.parts) == pytest.approx(frame["change"].to_list(), abs=1e-9)
        assert frame.null_count().sum_horizontal()[0] == 0
        assert not frame.select(pl.any_horizontal(pl.col(found.parts).is_nan().any())).item()
    assert found.pairs["change"].to_list() == [float(b - a) for a, b in zip(start, end, strict=True)]
    by_place = found.pairs.group_by("place").agg(pl.col(found.parts).sum()).sort("place")
    for part in found.parts:
        assert by_place[part].to_list() == pytest.approx(found.places[part].to_list(), abs=1e-9)


@odd_tables
@given(CELLS, CELLS)
@settings(max_examples=15, deadline=None)
def test_methods_split_the_same_parts_further(start, end):
    """Esteban-Marquillas splits the competitive part; Arcelus splits each and sets the region's own growth apart."""
    data = panel(start, end)
    classic, homothetic, arcelus = (rg.shift_share(data, method=m).pairs for m in METHODS)
    for part in ("national", "mix"):
        assert homothetic[part].to_list() == pytest.approx(classic[part].to_list(), abs=1e-9)
        assert total(arcelus, [part, f"{part}_allocation"]) == pytest.approx(classic[part].to_list(), abs=1e-9)
    split = total(homothetic, ["competitive", "allocation", "entry"])
    assert split == pytest.approx(classic["competitive"].to_list(), abs=1e-9)
    four = ["regional", "regional_allocation", "regional_mix", "regional_mix_allocation", "entry"]
    assert total(arcelus, four) == pytest.approx(classic["competitive"].to_list(), abs=1e-9)
    assert arcelus["entry"].equals(homothetic["entry"])


@odd_tables
@given(CELLS, CELLS)
@settings(max_examples=15, deadline=None)
def test_shifts_between_places_cancel_out_within_each_activity(start, end):
    assume(all(start[a] + start[a + 4] + start[a + 8] for a in range(4)))
    found = rg.shift_share(panel(start, end))
    sums = found.pairs.group_by("activity").agg(pl.col("competitive").sum())["competitive"]
    assert sums.to_list() == pytest.approx([0] * 4, abs=1e-8)
    assert found.places["mix"].sum() == pytest.approx(0, abs=1e-8)


@odd_tables
@EACH
@given(start=CELLS, end=CELLS, unit=st.sampled_from([0.001, 1 / 3, 7, 1e6]), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_parts_scale_with_the_unit_and_ignore_the_order_of_rows(method, start, end, unit, seed):
    one = rg.shift_share(panel(start, end), method=method)
    other = rg.shift_share(panel(start, end, unit=unit).sample(fraction=1, shuffle=True, seed=seed), method=method)
    for part in one.parts:
        expected = [v * unit for v in one.pairs[part]]
        assert other.pairs[part].to_list() == pytest.approx(expected, rel=1e-7, abs=1e-9 * max(unit, 1))


def test_what_appears_is_competitive_in_the_classic_and_entry_in_the_others():
    """Regression: REAT multiplies 0 by an infinite rate and gets NaN."""
    data = panel([0, 5, 5, 5] * 3, [3, 5, 5, 5] + [0, 5, 5, 5] * 2)
    classic = rg.shift_share(data).pairs.row(0, named=True)
    assert (classic["national"], classic["mix"], classic["competitive"]) == (0, 0, 3)
    for method in METHODS[1:]:
        found = rg.shift_share(data, method=method)
        assert found.pairs["entry"].to_list() == [3.0] + [0.0] * 11
        assert found.places["entry"].to_list() == [3.0, 0.0, 0.0]


def test_place_with_the_mix_and_growth_of_the_whole_has_a_national_part_only():
    data = panel([1, 2, 3, 4] * 3, [2, 4, 6, 8] * 3)
    for method in METHODS:
        found = rg.shift_share(data, method=method)
        others = [p for p in found.parts if p != "national"]
        assert np.abs(found.pairs.select(others).to_numpy()).max() < 1e-12


def test_steps_of_a_longer_panel_add_up_to_its_whole_change():
    data = panel([5] * 12, list(range(1, 13)), [9, 8, 7, 6] * 3)
    found = rg.shift_share(data)
    assert found.pairs.columns[:5] == ["place", "activity", "year_from", "year", "value_from"]
    assert found.pairs["year"].unique().sort().to_list() == [2001, 2002]
    dynamic = found.places.group_by("place").agg(pl.col("change", *found.parts).sum()).sort("place")
    assert dynamic["change"].to_list() == [30.0 - 20] * 3
    assert total(dynamic, found.parts) == pytest.approx([10.0] * 3)
    assert rg.shift_share(data, step=2).places["change"].to_list() == [10.0] * 3


def test_place_without_a_row_in_a_period_is_left_out_with_a_warning():
    data = panel([5] * 12, [6] * 12).filter((pl.col("place") != "q") | (pl.col("year") == 2000))
    with pytest.warns(rg.RegionomicsWarning, match="place q left out: without a row in year 2000 or 2001") as caught:
        found = rg.shift_share(data)
    assert caught[0].filename == __file__
    assert found.places["place"].to_list() == ["p", "r"]
    assert found.places["national"].to_list() == pytest.approx([20 * 0.2] * 2)


def test_each_country_is_its_own_whole_in_any_table_library():
    data = pl.concat(
        [
            panel([5] * 12, [6, 5, 5, 5] * 3).with_columns(country=pl.lit("it")),
            panel([1] * 12, [3] * 12).with_columns(country=pl.lit("pt")),
        ]
    )
    found = rg.shift_share(data, by="country", method="arcelus")
    assert found.places["country"].to_list() == ["it"] * 3 + ["pt"] * 3
    assert found.places.filter(country="pt")["national"].to_list() != [0.0] * 3
    other = rg.shift_share(data.to_pandas(), by="country", method="arcelus")
    assert other.places["national"].tolist() == found.places["national"].to_list()


def test_no_start_is_refused_with_the_period_and_the_country():
    data = panel([0] * 12, [1] * 12).with_columns(country=pl.lit("it"))
    with pytest.raises(rg.InvalidTable, match=r"no place and activity in year 2000 has a value above 0 .*country=it"):
        rg.shift_share(data, by="country")
    with pytest.raises(rg.InvalidParameter, match="method='dynamic' is unknown"):
        rg.shift_share(data, method="dynamic")


def test_other_names_of_columns_show_in_the_answer_and_the_input_stays_as_it_is():
    data = panel([5] * 12, [6] * 12).rename({"place": "nuts", "activity": "nace", "value": "persons", "year": "wave"})
    before = data.clone()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = rg.shift_share(data, place="nuts", activity="nace", value="persons", time="wave")
    assert found.pairs.columns[:7] == ["nuts", "nace", "wave_from", "wave", "persons_from", "persons", "change"]
    assert data.equals(before)


@odd_tables
@EACH
@given(start=CELLS, end=CELLS)
@settings(max_examples=12, deadline=None)
def test_parts_add_up_against_a_nation_as_well(method, start, end):
    nation = [[*x[:8], *(sum(x[k::4]) for k in range(4))] for x in (start, end)]
    assume(sum(nation[0][8:]))
    found = rg.shift_share(panel(*nation), method=method, reference="r")
    assert found.places["place"].to_list() == ["p", "q"]
    for frame in (found.pairs, found.places):
        assert total(frame, found.parts) == pytest.approx(frame["change"].to_list(), abs=1e-6)


def test_nation_of_the_table_is_the_whole():
    """A town against its country: with the country as a further place, the whole would count the town twice."""
    town, country = [100, 50], [1_000, 2_000]
    later, then = [130, 50], [1_100, 2_600]
    rows = [
        (year, place, activity, value)
        for year, values in ((1, (town, country)), (2, (later, then)))
        for place, own in zip(("town", "country"), values, strict=True)
        for activity, value in zip("ab", own, strict=True)
    ]
    both = pl.DataFrame(rows, schema=["year", "place", "activity", "value"], orient="row")
    found = rg.shift_share(both, reference="country").pairs
    whole = 3_700 / 3_000 - 1
    assert found["place"].unique().to_list() == ["town"]
    assert found["national"].to_list() == pytest.approx([100 * whole, 50 * whole])
    assert found["mix"].to_list() == pytest.approx([100 * (1.1 - 1 - whole), 50 * (1.3 - 1 - whole)])
    assert found["competitive"].to_list() == pytest.approx([130 - 110, 50 - 65])
    with pytest.raises(rg.InvalidParameter, match="'moon' is not among the 2 labels"):
        rg.shift_share(both, reference="moon")
    lacking = both.with_columns(value=pl.when(place="country", activity="b").then(0).otherwise("value"))
    with pytest.raises(rg.InvalidTable, match="town has b, of which the reference 'country' has nothing"):
        rg.shift_share(lacking, reference="country")
