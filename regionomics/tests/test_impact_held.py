"""A panel that is put into place once gives what the table gives, whole or some of its units."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from regionomics import impact
from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.tables import encode

sys.path.insert(0, str(Path(__file__).parent / "digits"))
from impact_panel import panel

MADE = pl.DataFrame(panel())
SECTORS = np.array(["mines", "robots", "silk"])
MADE = MADE.with_columns(sector=pl.Series(SECTORS[MADE["unit"].rank("dense").to_numpy() % 3]))
WAYS = {
    "group_time": lambda t: impact.group_time_effects(t, covariates=["x", "sector"]).table,
    "imputation": lambda t: impact.imputation_effects(t, covariates=["sector"]).table,
    "extended": lambda t: impact.extended_twfe(t, covariates=["sector"]).table,
    "matched": lambda t: impact.matched_did(t, on=["x"], exact=["sector"]).table,
    "balanced": lambda t: impact.balanced_did(t, on=["x"], exact=["sector"]).table,
    "bacon": lambda t: impact.goodman_bacon(t).table,
    "dates": lambda t: impact.placebo_dates(t, shift=1, covariates=["x"]).table,
}


@pytest.mark.parametrize("way", WAYS)
def test_held_panel_gives_what_the_table_gives(way):
    assert_frame_equal(WAYS[way](impact.hold(MADE)), WAYS[way](MADE), rel_tol=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_some_units_of_a_held_panel_are_the_table_of_these_units(way):
    """Without a whole sector: its word is gone with it."""
    held = impact.hold(MADE)
    gone = MADE.filter(pl.col("sector") != "mines")
    part = held.keep(np.isin(held.units.to_pylist(), gone["unit"].to_list()))
    assert_frame_equal(WAYS[way](part), WAYS[way](gone), rel_tol=1e-9, abs_tol=1e-12)


def test_periods_that_no_kept_unit_has_are_gone():
    late = MADE.filter((pl.col("unit") < 200) | (pl.col("time") < 2013))
    held = impact.hold(late)
    part = held.keep(np.array(held.units.to_pylist()) >= 200)
    assert part.times.tolist() == sorted(late.filter(pl.col("unit") >= 200)["time"].unique())


def test_effects_after_joining_are_the_same_without_the_periods_before():
    whole = impact.group_time_effects(MADE, covariates=["x"], base="universal")
    after = impact.group_time_effects(MADE, covariates=["x"], base="universal", before=False)
    assert_frame_equal(
        after.table.drop("band_low", "band_high"),
        whole.table.filter(pl.col("event") >= 0).drop("band_low", "band_high"),
    )
    assert after.simple.estimate == pytest.approx(whole.simple.estimate, rel=1e-12)
    assert after.simple.se == pytest.approx(whole.simple.se, rel=1e-12)
    some = impact.group_time_effects(MADE, covariates=["x"], base="universal", before=2)
    assert_frame_equal(
        some.table.drop("band_low", "band_high"),
        whole.table.filter(pl.col("event") >= -2).drop("band_low", "band_high"),
    )


def test_placebo_date_before_the_first_period_leaves_the_cohort_out():
    """Cohort 2, moved two periods back, would read as never treated."""
    early = pl.DataFrame(
        {"unit": np.repeat(np.arange(90), 8), "time": np.tile(np.arange(1, 9), 90), "cohort": np.repeat([0, 2, 7], 240)}
    ).with_columns(outcome=pl.col("time") * 1.0 + (pl.col("unit") * 7 % 11) * (pl.col("time") * 5 % 3))
    found = impact.placebo_dates(early, shift=2)
    assert found.table["cohort"].unique().to_list() == [5]
    assert found.table["controls"].max() == 30


def test_held_panel_is_asked_by_its_own_names_and_columns():
    held = impact.hold(MADE, columns=["outcome"])
    assert impact.hold(held) is held
    with pytest.raises(InvalidParameter, match="name the same"):
        impact.goodman_bacon(held, unit="firm")
    with pytest.raises(InvalidTable, match="hold it, too"):
        impact.group_time_effects(held, covariates=["x"])


def test_words_that_come_as_codes_are_read_as_the_words_they_stand_for() -> None:
    words = ["b", "a", "b", "c", "a", "b"]
    codes = pa.array(words).dictionary_encode()
    listed = pa.DictionaryArray.from_arrays(pa.array([1, 3, 1, 0, 3, 1], pa.int8()), ["c", "b", "never", "a"])
    for column in (codes, listed):
        found = encode(column, "sector")
        assert found.labels.to_pylist() == ["a", "b", "c"]
        assert found.codes.tolist() == encode(pa.array(words), "sector").codes.tolist()
    with pytest.raises(InvalidTable, match="null in row 2"):
        encode(pa.array(["a", None, "a"]).dictionary_encode(), "sector")
