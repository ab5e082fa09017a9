"""Bounds where outcomes are missing more often on one side, and warnings of few clusters."""

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr

from regionomics import impact
from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, RegionomicsWarning


def table(treated, controls, weights=None):
    rows = pl.DataFrame({"treated": [1] * len(treated) + [0] * len(controls), "outcome": [*treated, *controls]})
    return rows if weights is None else rows.with_columns(weight=pl.Series(weights))


def test_surplus_of_the_side_seen_more_often_is_cut_off_at_either_end():
    """All treated are seen, 2 of 4 controls: half of the treated go."""
    found = impact.lee_bounds(table([1, 2, 3, 4, 5, 6], [2, 4, None, None]))
    assert (found.seen_treated, found.seen_controls, found.trimmed, found.side) == (1, 0.5, 0.5, "treated")
    assert found.lower == pytest.approx((1 + 2 + 3) / 3 - (2 + 4) / 2)
    assert found.upper == pytest.approx((4 + 5 + 6) / 3 - (2 + 4) / 2)


def test_controls_are_cut_where_they_are_seen_more_often():
    found = impact.lee_bounds(table([2, 4, None, None], [1, 2, 3, 4, 5, 6]))
    assert found.side == "controls"
    assert found.lower == pytest.approx((2 + 4) / 2 - (4 + 5 + 6) / 3)
    assert found.upper == pytest.approx((2 + 4) / 2 - (1 + 2 + 3) / 3)


def test_unit_on_the_edge_counts_in_part():
    """3 of 3 against 2 of 3 seen: a third of 3 x 1 goes, of weights (1, 1, 1) one; of (2, 2, 1), five thirds."""
    assert impact.lee_bounds(table([1, 2, 6], [0, 0, None])).lower == pytest.approx((1 + 2) / 2)
    found = impact.lee_bounds(table([1, 2, 6], [0, 0, None], [2, 2, 1, 1, 1, 1]), weights="weight")
    assert found.lower == pytest.approx((2 * 1 + (10 / 3 - 2) * 2) / (10 / 3))


def test_without_a_difference_in_attrition_it_is_the_plain_difference():
    found = impact.lee_bounds(table([1, 2, 6, None], [0, 1, 5, None]))
    assert found.lower == found.upper == pytest.approx(3 - 2)
    assert found.side == "none"
    se = np.sqrt(np.var([1, 2, 6]) / 3 + np.var([0, 1, 5]) / 3)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * se, rel=1e-5)


def planted(rng, n=2000, effect=0.3):
    """Selection that treatment moves one way: those with a low draw are seen only if treated."""
    treated, draw = rng.random(n) < 0.5, rng.random(n)
    y = rng.normal(size=n) + draw + effect * treated
    seen = draw > np.where(treated, 0.1, 0.3)
    return pl.DataFrame(
        {"treated": treated.astype(int), "outcome": pl.Series(np.where(seen, y, np.nan)).fill_nan(None)}
    )


def test_planted_effect_lies_within_the_bounds_and_their_errors_are_right():
    found = [impact.lee_bounds(planted(np.random.default_rng(s))) for s in range(300)]
    lower = np.array([f.lower for f in found])
    upper = np.array([f.upper for f in found])
    assert lower.mean() < 0.3 < upper.mean()
    assert np.mean([f.trimmed for f in found]) == pytest.approx(1 - 0.7 / 0.9, abs=0.005)
    assert lower.std() == pytest.approx(np.mean([f.lower_se for f in found]), rel=0.12)
    assert upper.std() == pytest.approx(np.mean([f.upper_se for f in found]), rel=0.12)
    assert np.mean([f.low <= 0.3 <= f.high for f in found]) >= 0.95


def test_sign_of_the_outcome_and_order_of_rows_only_mirror_the_bounds():
    rows = planted(np.random.default_rng(1))
    one = impact.lee_bounds(rows)
    mirrored = impact.lee_bounds(rows.with_columns(-pl.col("outcome")).sample(fraction=1, shuffle=True, seed=3))
    assert (-mirrored.upper, -mirrored.lower) == pytest.approx((one.lower, one.upper))
    assert -mirrored.high == pytest.approx(one.low)


def test_interval_of_a_point_and_of_a_wide_range_are_two_sided_and_one_sided():
    from regionomics.impact.attrition import _reach

    assert _reach(0, 0.95) == pytest.approx(1.959964, abs=1e-5)
    assert ndtr(_reach(50, 0.95)) == pytest.approx(0.95)


def test_bounds_refuse_what_they_cannot_read():
    with pytest.raises(NoSupport, match="1 controls have an outcome"):
        impact.lee_bounds(table([1, 2], [3, None]))
    with pytest.raises(NoSupport, match="fewer than 2"):
        impact.lee_bounds(table([1.0, 2.0, 3.0], [1.0, 2.0, *[None] * 8]))
    with pytest.raises(InvalidTable, match="it is 1 or 0"):
        impact.lee_bounds(table([1, 2], [3, 4]).with_columns(treated=2))
    with pytest.raises(InvalidTable, match=">= 0"):
        impact.lee_bounds(table([1, 2], [3, 4], [1, 1, 1, -1]), weights="weight")
    with pytest.raises(InvalidParameter, match="level"):
        impact.lee_bounds(table([1, 2], [3, 4]), level=1.2)


@pytest.mark.parametrize("estimator", [impact.group_time_effects, impact.imputation_effects, impact.extended_twfe])
def test_few_clusters_are_said(estimator):
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(60), 4)
    rows = pl.DataFrame(
        {
            "unit": units,
            "time": np.tile([1, 2, 3, 4], 60),
            "cohort": np.where(units < 30, 3, 0),
            "outcome": rng.normal(size=240),
            "region": units % 8,
        }
    )
    with pytest.warns(RegionomicsWarning, match="8 clusters; with fewer than 30"):
        found = estimator(rows, cluster="region")
    assert len(found.simple.influence) == 60


def test_matched_units_that_share_few_controls_are_said():
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(50), 4)
    rows = pl.DataFrame(
        {
            "unit": units,
            "time": np.tile([1, 2, 3, 4], 50),
            "cohort": np.where(units < 40, 3, 0),
            "outcome": rng.normal(size=200),
            "x": (units % 10) * 1.0,
        }
    )
    with pytest.warns(RegionomicsWarning, match="share controls that are worth 10 of"):
        assert impact.matched_did(rows, on=["x"], adjust=False).clusters == 10
