"""Properties of location quotients and presences."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

CELLS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)


def table(values, unit=1):
    return pl.DataFrame(
        {
            "place": [p for p in "pqr" for _ in range(4)],
            "activity": list("abcd") * 3,
            "value": [v * unit for v in values],
        }
    )


@given(CELLS)
@settings(max_examples=40, deadline=None)
def test_quotients_weighted_by_the_activity_shares_average_to_one(values):
    data = table(values)
    total = data["value"].sum()
    shares = data.group_by("activity").agg(share=pl.col("value").sum() / total)
    got = rg.location_quotient(data).join(shares, on="activity").drop_nulls()
    for (_place,), rows in got.group_by("place"):
        assert (rows["location_quotient"] * rows["share"]).sum() == pytest.approx(1)


@given(CELLS, st.sampled_from([0.001, 1 / 3, 7, 1e6]))
@settings(max_examples=40, deadline=None)
def test_unit_of_the_values_moves_no_presence(values, unit):
    assert rg.presence(table(values)).equals(rg.presence(table(values, unit)))


def test_pandas_in_pandas_out_with_the_same_numbers():
    data = table(range(12))
    assert rg.location_quotient(data.to_pandas())["location_quotient"].tolist() == pytest.approx(
        rg.location_quotient(data)["location_quotient"].to_list()
    )


def test_activity_that_nobody_has_is_unknown():
    data = table([1, 0, 2, 3] * 3)
    got = rg.location_quotient(data).filter(pl.col("activity") == "b")
    assert got["location_quotient"].to_list() == [None] * 3
