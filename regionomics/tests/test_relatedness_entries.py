"""Entries and exits, the panel and model of entry, and the test of density on past periods."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg

quick = settings(max_examples=12, deadline=None)

PANEL = pl.DataFrame(
    {
        "place": ["a", "a", "b", "b", "a", "a", "b", "c"],
        "activity": ["x", "y", "x", "y", "x", "y", "y", "x"],
        "value": [1, 0, 0, 1, 1, 1, 1, 1],
        "year": [2000, 2000, 2000, 2000, 2005, 2005, 2005, 2005],
    }
)


@odd_tables
def test_entries_and_exits_are_events_or_null_where_they_cannot_happen():
    got = rg.entries_exits(PANEL, presence="given").filter(pl.col("place") != "c")
    assert got["entry"].to_list() == [None, 1, 0, None]  # a had x; a gained y; b still lacks x; b had y
    assert got["exit"].to_list() == [0, None, None, 0]


@odd_tables
def test_a_place_not_seen_in_a_period_neither_enters_nor_leaves():
    """econcomplex fills it with 0 and reports entries of every activity."""
    got = rg.entries_exits(PANEL, presence="given").filter(pl.col("place") == "c")
    assert got["entry"].null_count() == 2
    assert got["exit"].null_count() == 2
    assert rg.entries_exits(PANEL, presence="given", which="entries")["place"].to_list() == ["a"]


def test_one_period_is_refused():
    with pytest.raises(rg.InvalidTable, match="at least two periods"):
        rg.entries_exits(PANEL.filter(pl.col("year") == 2000), presence="given")
    with pytest.raises(rg.InvalidParameter, match="step"):
        rg.entries_exits(PANEL, presence="given", step=2)


def test_duplicate_in_a_period_is_refused_with_the_period():
    with pytest.raises(rg.InvalidTable, match="year 2000"):
        rg.entries_exits(pl.concat([PANEL, PANEL.head(1)]), presence="given")


def growing(seed: int = 0, places: int = 40, activities: int = 30) -> pl.DataFrame:
    """Three years in which activities enter places where related ones are: two families, places lean to one."""
    rng = np.random.default_rng(seed)
    family = np.arange(activities) % 2
    lean = np.arange(places) % 2
    fit = lean[:, None] == family[None, :]
    m = rng.random((places, activities)) < np.where(fit, 0.45, 0.05)
    frames = []
    for year in (2000, 2005, 2010):
        p, a = np.meshgrid(np.arange(places), np.arange(activities), indexing="ij")
        frames.append(
            pl.DataFrame({"place": p.ravel(), "activity": a.ravel(), "value": m.ravel().astype(int)}).with_columns(
                year=pl.lit(year)
            )
        )
        m = m | (rng.random(m.shape) < np.where(fit, 0.25, 0.02))
    return pl.concat(frames)


def test_backtest_finds_relatedness_where_it_drives_entries_and_random_is_one_half():
    result = rg.backtest_density(growing(), presence="given")
    auc = {r["score"]: r["auc"] for r in result.scores.filter(pl.col("year") == 2005).to_dicts()}
    assert auc["density"] > 0.75
    assert auc["random"] == 0.5
    assert auc["popularity"] < auc["density"]
    calibration = result.calibration.filter((pl.col("score") == "density") & (pl.col("year") == 2005))
    assert calibration["entries"].sum() == result.scores["entries"][0]
    assert calibration["n"].sum() == result.scores["n"][0]


@quick
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_auc_equals_its_definition_pair_by_pair(rows):
    from regionomics.relatedness.backtest import _summary

    score = np.array([s for s, _ in rows], dtype=float)
    entered = np.array([e for _, e in rows])
    got = _summary(score, entered)["auc"]
    if entered.all() or not entered.any():
        assert np.isnan(got)
        return
    wins = [(a > b) + 0.5 * (a == b) for a in score[entered] for b in score[~entered]]
    assert got == pytest.approx(np.mean(wins))


def test_average_precision_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    from regionomics.relatedness.backtest import _summary

    rng = np.random.default_rng(3)
    score, entered = rng.integers(0, 6, 200).astype(float), rng.random(200) < 0.2
    got = _summary(score, entered)
    assert got["average_precision"] == pytest.approx(metrics.average_precision_score(entered, score))
    assert got["auc"] == pytest.approx(metrics.roc_auc_score(entered, score))


@odd_tables
def test_backtest_without_entries_has_no_auc():
    still = growing().with_columns(value=pl.col("value").first().over("place", "activity"))
    assert (
        rg.backtest_density(still, presence="given").scores.filter(pl.col("score") == "density")["auc"].null_count()
        == 2
    )


def test_entry_model_finds_the_effect_of_density():
    pytest.importorskip("pyfixest")
    panel = rg.entry_panel(growing(), presence="given", method="conditional")
    assert panel.filter(pl.col("entry").is_null()).height == 0
    model = rg.entry_model(panel)
    (row,) = model.coefficients.to_dicts()
    assert row["term"] == "density"
    assert row["low"] > 0
    assert model.formula == "entry ~ density | place + activity + year"
    assert model.clusters == (40, 30)
    plain = rg.entry_model(panel, fixed_effects=())
    terms = dict(zip(plain.coefficients["term"], plain.coefficients["estimate"], strict=True))
    kept = panel.drop_nulls()
    slope, intercept = np.polyfit(kept["density"].to_numpy(), kept["entry"].to_numpy(), 1)
    assert terms["density"] == pytest.approx(slope)
    assert terms["Intercept"] == pytest.approx(intercept)


def test_entry_model_refuses_an_outcome_that_never_varies():
    pytest.importorskip("pyfixest")
    panel = rg.entry_panel(growing(), presence="given").with_columns(entry=pl.lit(0))
    with pytest.raises(rg.NoSupport, match="nothing to explain"):
        rg.entry_model(panel)


def test_entry_panel_takes_exits_too():
    shrinking = growing().with_columns(year=4010 - pl.col("year"))
    panel = rg.entry_panel(shrinking, presence="given", event="exit")
    assert panel["exit"].sum() > 0
    assert (panel["diversity"] > 0).all()
