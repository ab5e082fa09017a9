"""Properties of variety."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

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


@odd_tables
@given(VALUES)
@settings(max_examples=20, deadline=None)
def test_related_and_unrelated_add_to_the_total_at_three_levels(values):
    levels = ["section", "group", "division"]
    got = rg.variety_decomposition(table(values), levels=levels).drop_nulls()
    for row in got.iter_rows(named=True):
        assert row["unrelated"] + row["related"] == pytest.approx(row["total"], abs=1e-9)
        assert row["within_group"] + row["within_division"] == pytest.approx(row["related"], abs=1e-9)
        assert min(row["within_group"], row["within_division"], row["unrelated"]) >= -1e-9


@odd_tables
@given(VALUES, st.floats(1e-3, 1e3))
@settings(max_examples=12, deadline=None)
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


@odd_tables
def test_place_with_nothing_is_unknown_not_zero():
    got = rg.variety_decomposition(table([0] * 6 + [1] * 6), levels=["section", "division"])
    assert got["total"].to_list()[0] is None
    assert got["total"].to_list()[1] == pytest.approx(2.584962500721156)  # log2 6


def test_class_twice_in_a_place_is_refused_as_two_years_would_be():
    rows = table([1.0] * 12)
    with pytest.raises(rg.InvalidTable, match=r"p, d0 appears 2 times \(pairs repeated: 12\); .* name the further key"):
        rg.variety_decomposition(pl.concat([rows, rows]), levels=["section", "division"])


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


# --- weighted by proximity --------------------------------------------------------------------------------------------
PROXIMITY = st.lists(st.floats(0, 1), min_size=15, max_size=15)
PARTS = ("total", "unrelated", "related", "rao_stirling")


def near(values):
    row, col = np.triu_indices(6, 1)
    return pl.DataFrame(
        {"division_1": [f"d{i}" for i in row], "division_2": [f"d{i}" for i in col], "relatedness": values}
    )


def weighted(values, phi, **options):
    return rg.weighted_variety(table(values), phi, activity="division", **options)


@odd_tables
@given(VALUES)
@settings(max_examples=15, deadline=None)
def test_proximity_of_groups_gives_the_decomposition_by_groups(values):
    row, col = np.triu_indices(6, 1)
    got = weighted(values, near([float(SECTION[i] == SECTION[j]) for i, j in zip(row, col, strict=True)]))
    wanted = rg.variety_decomposition(table(values), levels=["section", "division"])
    for name in ("total", "unrelated", "related"):
        for a, b in zip(got[name], wanted[name], strict=True):
            assert a == pytest.approx(b, abs=1e-9)


@odd_tables
@given(VALUES.filter(any), PROXIMITY, st.floats(1e-3, 1e3), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_parts_add_up_and_neither_unit_nor_order_matters(values, phi, unit, seed):
    values = [v if v > 1e-3 else 0.0 for v in values]
    got = weighted(values, near(phi))
    for row in got.drop_nulls().iter_rows(named=True):
        assert row["unrelated"] + row["related"] == pytest.approx(row["total"], abs=1e-9)
        assert min(row["unrelated"], row["related"], row["rao_stirling"]) >= -1e-12
        assert row["rao_stirling"] <= 1
    entropy = rg.entropy(table(values), activity="division")["entropy"]
    other = rg.weighted_variety(
        table([v * unit for v in values]).sample(fraction=1, shuffle=True, seed=seed),
        near(phi).reverse(),
        activity="division",
    )
    for a, b in zip(got["total"], entropy, strict=True):
        assert a == pytest.approx(b, abs=1e-9)
    for name in PARTS:
        for a, b in zip(got[name], other[name], strict=True):
            assert a == pytest.approx(b, abs=1e-9)


@odd_tables
@given(VALUES, PROXIMITY)
@settings(max_examples=10, deadline=None)
def test_more_likeness_never_makes_more_unrelated_variety(values, phi):
    less, more = weighted(values, near([v / 2 for v in phi])), weighted(values, near(phi))
    for a, b in zip(less["unrelated"], more["unrelated"], strict=True):
        assert a is None or b <= a + 1e-9


def test_default_proximity_is_that_of_the_table_and_years_stand_alone():
    values = [5, 1, 0, 2, 0, 0, 0, 3, 4, 0, 1, 6]
    phi = rg.relatedness(table(values), activity="division", method="conditional")
    wanted = weighted(values, phi)
    assert weighted(values, None).equals(wanted)
    assert weighted(values, phi.table()).select(PARTS).to_numpy() == pytest.approx(wanted.select(PARTS).to_numpy())
    both = pl.concat([table(values).with_columns(year=pl.lit(y)) for y in (1, 2)])
    got = rg.weighted_variety(both, activity="division", by="year")
    assert got.filter(pl.col("year") == 2).drop("year").equals(wanted)
    assert rg.weighted_variety(both.to_pandas(), activity="division", by="year")["total"].tolist() == pytest.approx(
        got["total"].to_list()
    )
    top = rg.relatedness(table(values), activity="division", method="conditional", top_k=2)
    assert weighted(values, top)["total"].to_list() == pytest.approx(wanted["total"].to_list())


def test_proximities_that_cannot_be_used_are_refused_with_the_remedy():
    values = [5, 1, 0, 2, 0, 0, 0, 3, 4, 0, 1, 6]
    with pytest.raises(rg.InvalidParameter, match=r"reaches [\d.]+; variety takes proximities 0..1, such as"):
        weighted(values, rg.relatedness(table(values), activity="division"))
    with pytest.raises(rg.InvalidTable, match="a pair of division_1 and division_2 repeats"):
        weighted(values, pl.concat([near([0.5] * 15)] * 2))
    with pytest.raises(rg.InvalidTable, match="d5"):
        weighted(values, near([0.5] * 15).filter((pl.col("division_1") != "d5") & (pl.col("division_2") != "d5")))
    with pytest.raises(rg.InvalidParameter, match="base=1"):
        weighted(values, None, base=1)
