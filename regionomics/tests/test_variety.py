"""Properties of variety."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

VALUES = st.lists(st.floats(0, 1e6), min_size=12, max_size=12)
SECTION = ["a", "a", "a", "b", "b", "c"]


def table(values):
    return pl.DataFrame(
        {
            "place": ["p"] * 6 + ["q"] * 6,
            "section": SECTION * 2,
            "group": ["a1", "a1", "a2", "b1", "b2", "c1"] * 2,
            "division": [f"d{i}" for i in range(6)] * 2,
            "value": values,
        }
    )


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_related_and_unrelated_add_to_the_total_at_three_levels(values):
    levels = ["section", "group", "division"]
    got = rg.variety_decomposition(table(values), levels=levels).drop_nulls()
    for row in got.iter_rows(named=True):
        assert row["unrelated"] + row["related"] == pytest.approx(row["total"], abs=1e-9)
        assert row["within_group"] + row["within_division"] == pytest.approx(row["related"], abs=1e-9)
        assert min(row["within_group"], row["within_division"], row["unrelated"]) >= -1e-9


@given(VALUES, st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_unit_and_order_change_nothing(values, unit):
    levels = ["section", "division"]
    first = rg.variety_decomposition(table(values), levels=levels)
    other = table([v * unit for v in values]).reverse()
    second = rg.variety_decomposition(other, levels=levels)
    for name in ("total", "unrelated", "related"):
        for a, b in zip(first[name], second[name], strict=True):
            assert (a is None) == (b is None) or min(values) * unit < 1e-300
            if a is not None and b is not None:
                assert a == pytest.approx(b, abs=1e-9)


def test_place_with_nothing_is_unknown_not_zero():
    got = rg.variety_decomposition(table([0] * 6 + [1] * 6), levels=["section", "division"])
    assert got["total"].to_list()[0] is None
    assert got["total"].to_list()[1] == pytest.approx(2.584962500721156)  # log2 6


def test_class_in_two_coarser_classes_is_refused_by_name():
    bad = pl.DataFrame({"place": ["p", "p"], "section": ["a", "b"], "division": ["x", "x"], "value": [1, 2]})
    with pytest.raises(rg.InvalidTable, match=r"division x lies in 2 classes of section \(a, b\)"):
        rg.variety_decomposition(bad, levels=["section", "division"])


@pytest.mark.parametrize("levels", [["section"], ["section", "section"]])
def test_levels_that_cannot_be_split_are_refused(levels):
    with pytest.raises(rg.InvalidParameter, match="two or more distinct"):
        rg.variety_decomposition(table([1] * 12), levels=levels)


def test_panel_answers_each_year_alone():
    both = pl.concat([table([1] * 12).with_columns(year=pl.lit(y)) for y in (2012, 2013)])
    got = rg.variety_decomposition(both, levels=["section", "division"], by="year")
    assert got.columns[:2] == ["year", "place"]
    assert got.height == 4
