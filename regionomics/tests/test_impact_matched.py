"""Matched difference-in-differences: planted effects, known arithmetic, gaps, refusals."""

import warnings
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import regionomics as rg
from regionomics import impact
from regionomics.errors import NoSupport
from regionomics.impact.matched import _worth


def panel(seed=1, *, units=1500, effect=0.06, selection=0.8, years=9):
    """Firms that grow faster join more often; sectors differ in level only."""
    rng = np.random.default_rng(seed)
    x, sector = rng.normal(size=units), rng.integers(0, 3, units)
    joins = rng.random(units) < 1 / (1 + np.exp(1.5 - selection * x))
    cohort = np.where(joins, 2013 + rng.integers(0, 3, size=units), 0)
    t = 2010 + np.arange(years)
    treated = (cohort[:, None] > 0) & (t >= cohort[:, None])
    y = rng.normal(size=(units, 1)) + 0.05 * x[:, None] * (t - 2010) + effect * treated
    y = y + rng.normal(0, 0.2, (units, years))
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), years),
            "time": np.tile(t, units),
            "cohort": np.repeat(cohort, years),
            "outcome": y.ravel(),
            "x": np.repeat(x, years),
            "sector": [f"s{v}" for v in np.repeat(sector, years)],
        }
    )


def test_planted_effect_is_found_and_its_interval_covers():
    errors, covered = [], 0
    for seed in range(40):
        found = impact.matched_did(panel(seed), on=["x"], exact=["sector"]).average
        errors.append(found.estimate - 0.06)
        covered += found.low <= 0.06 <= found.high
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)
    assert covered >= 34  # 95% of 40, less than three standard errors below


def test_placebos_before_joining_are_around_zero():
    table = impact.matched_did(panel(3), on=["x"], exact=["sector"]).table
    before = table.filter(pl.col("event") < -1)
    assert before["event"].to_list() == [-4, -3, -2]
    assert ((before["band_low"] < 0) & (before["band_high"] > 0)).all()


SMALL = pl.DataFrame(
    {
        "unit": [u for u in "abpqr" for _ in range(3)],
        "time": [2020, 2021, 2022] * 5,
        "cohort": [2021] * 6 + [0] * 9,
        "outcome": [10.0, 15, 18, 20, 23, 25, 10, 11, 12, 20, 21, 22, 50, 60, 70],
        "size": [1.0] * 3 + [2.0] * 3 + [1.1] * 3 + [2.1] * 3 + [9.0] * 3,
    }
)


def small(**more):
    return impact.matched_did(SMALL, on=["size"], adjust=False, minimum=2, placebos=0, horizon=1, **more)


def test_effect_is_the_mean_gap_of_the_changes_of_pairs():
    found = small()
    assert found.pairs.select("unit", "control").rows() == [("a", "p"), ("b", "q")]
    expected = {0: ((5 - 1) + (3 - 1)) / 2, 1: ((8 - 2) + (5 - 2)) / 2}
    assert dict(found.table.select("event", "att").rows()) == pytest.approx(expected)
    # errors: each pair's gap about the mean, squared, over the number of pairs squared
    assert found.table["se"][0] == pytest.approx(np.sqrt((4 - 3) ** 2 + (2 - 3) ** 2) / 2)
    assert found.average.estimate == pytest.approx((3 + 4.5) / 2)


def test_order_of_rows_changes_nothing():
    mixed = SMALL[np.random.default_rng(0).permutation(SMALL.height)]
    again = impact.matched_did(mixed, on=["size"], adjust=False, minimum=2, placebos=0, horizon=1)
    assert again.table.equals(small().table)


def test_gap_of_a_control_leaves_its_pair_out_of_that_event_only():
    gone = SMALL.filter((pl.col("unit") != "q") | (pl.col("time") != 2022))
    found = impact.matched_did(gone, on=["size"], adjust=False, minimum=1 + 1, placebos=0, horizon=1)
    assert found.table["event"].to_list() == [0]  # one pair is too few for event 1


def test_adjustment_takes_out_what_pairs_still_differ_by():
    # change = 2 x size for controls; pairs are 0.1 apart
    rows = SMALL.with_columns(
        outcome=pl.when(pl.col("time") == 2020).then(0.0).otherwise(2 * pl.col("size"))
        + pl.when((pl.col("cohort") > 0) & (pl.col("time") > 2020)).then(1.0).otherwise(0.0)
    )
    kept = {"on": ["size"], "minimum": 2, "placebos": 0, "horizon": 1}
    assert impact.matched_did(rows, **kept).average.estimate == pytest.approx(1)
    assert impact.matched_did(rows, **kept, adjust=False).average.estimate == pytest.approx(1 - 2 * 0.1)


def test_no_support_is_refused_with_the_reason_and_the_remedy():
    apart = panel(2).with_columns(sector=pl.when(pl.col("cohort") > 0).then(pl.lit("only")).otherwise("sector"))
    with pytest.raises(rg.NoSupport, match=r"no control in only .*a wider pool"):
        impact.matched_did(apart, on=["x"], exact=["sector"])
    strong = panel(2, selection=0).with_columns(x=pl.col("x") + 6 * (pl.col("cohort") > 0))
    with pytest.raises(rg.NoSupport):
        impact.matched_did(strong, on=["x"])
    with pytest.raises(rg.NoSupport, match="no control within"):
        impact.matched_did(strong, on=["x"], caliper=0.05)


def test_control_that_is_left_somewhat_apart_is_warned_of():
    somewhat, far = panel(1, units=150, selection=2.5), panel(1, units=250, selection=1.5)
    with (
        pytest.warns(rg.RegionomicsWarning, match="x stays 0.23"),
        pytest.warns(rg.RegionomicsWarning, match="share controls that are worth 5 of equal weight"),
    ):
        impact.matched_did(somewhat, on=["x"], minimum=5)
    with pytest.raises(rg.NoSupport, match=r"x stays 0.41 .* a caliper"):
        impact.matched_did(far, on=["x"], replace=False, minimum=5)


def test_not_yet_treated_serve_beyond_the_horizon_only():
    table = panel(4)
    found = impact.matched_did(table, on=["x"], control="not-yet", horizon=1)
    joined = dict(table.select("unit", "cohort").unique().rows())
    for row in found.pairs.iter_rows(named=True):
        assert joined[row["control"]] == 0 or joined[row["control"]] > row["cohort"] + 1


def test_engines_agree():
    table = panel(6, units=400)
    first = impact.matched_did(table, on=["x"], exact=["sector"])
    other = impact.matched_did(table.to_pandas(), on=["x"], exact=["sector"])
    assert pl.from_pandas(other.table).equals(first.table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on": "x"}, "on="),
        ({"on": []}, "on="),
        ({"control": "all"}, "control="),
        ({"distance": "l1"}, "distance="),
        ({"neighbours": 0}, "neighbours="),
        ({"caliper": -1}, "caliper="),
        ({"horizon": -1}, "horizon="),
        ({"minimum": 1}, "minimum="),
    ],
)
def test_option_out_of_range_is_refused(options, message):
    with pytest.raises(rg.InvalidParameter, match=message):
        impact.matched_did(SMALL, **{"on": ["size"], **options})


# --- weighed instead of paired ---
def test_weighed_controls_find_the_planted_effect_and_the_interval_covers():
    errors, covered = [], 0
    for seed in range(40):
        found = impact.balanced_did(panel(seed), on=["x"], exact=["sector"], draws=100).average
        errors.append(found.estimate - 0.06)
        covered += found.low <= 0.06 <= found.high
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)
    assert covered >= 34  # 95% of 40, less than three standard errors below


def test_error_of_weighed_effects_is_their_spread_over_samples():
    found = [impact.balanced_did(panel(s, units=600), on=["x"], draws=100).average for s in range(60)]
    spread = np.std([f.estimate for f in found], ddof=1)
    assert np.mean([f.se for f in found]) == pytest.approx(spread, rel=0.25)  # 60 samples: spread is known to 9%


def test_weighing_leaves_no_difference_in_means_and_none_in_strata():
    found = impact.balanced_did(panel(4), on=["x"], exact=["sector"], moments=2)
    assert found.balance["difference_after"].abs().max() < 1e-6
    assert found.balance["variance_ratio_after"].to_numpy() == pytest.approx(1, abs=1e-2)
    sectors = panel(4).unique("unit").select("unit", "sector")
    shares = (
        found.weights.join(sectors, on="unit")
        .group_by("cohort", "sector")
        .agg(
            own=pl.col("weight").filter(pl.col("treated")).sum(),
            other=pl.col("weight").filter(~pl.col("treated")).sum(),
        )
    )
    assert shares["own"].to_numpy() == pytest.approx(shares["other"].to_numpy(), abs=1e-6)
    assert 10 < found.effective_controls < found.weights.filter(~pl.col("treated"))["unit"].n_unique()


def test_joining_from_a_stratum_without_controls_is_dropped_with_the_reason():
    lone = panel(2).with_columns(
        sector=pl.when((pl.col("cohort") > 0) & (pl.col("unit") % 10 == 0)).then(pl.lit("lone")).otherwise("sector")
    )
    found = impact.balanced_did(lone, on=["x"], exact=["sector"])
    assert set(found.dropped["reason"]) == {"no control in lone"}
    assert found.sample["treated"][-1] == found.sample["treated"][-2] - found.dropped.height


def test_weighing_is_refused_where_controls_do_not_span_those_who_join():
    apart = panel(2, selection=0).with_columns(x=pl.col("x") + 12 * (pl.col("cohort") > 0))
    with pytest.raises(rg.NoSupport, match=r"no weights make .*a wider pool"):
        impact.balanced_did(apart, on=["x"])
    with pytest.raises(rg.InvalidParameter, match="moments"):
        impact.balanced_did(apart, on=["x"], moments=3)


def test_missing_outcome_of_a_control_is_made_up_for_by_the_regression():
    """Changes are 2 x size for all, 1 more for those who joined; the largest control has no outcome at the end."""
    rows = panel(6, units=300).with_columns(
        outcome=2 * pl.col("x") * (pl.col("time") - 2010)
        + pl.when((pl.col("cohort") > 0) & (pl.col("time") >= pl.col("cohort"))).then(1.0).otherwise(0.0)
    )
    largest = rows.filter(pl.col("cohort") == 0).sort("x")["unit"][-1]
    found = impact.balanced_did(rows.filter((pl.col("unit") != largest) | (pl.col("time") < 2016)), on=["x"])
    assert found.table["att"].to_numpy() == pytest.approx([0, 0, 0, 1, 1, 1, 1], abs=1e-8)


def test_controls_without_the_outcome_are_not_counted_at_that_event_time():
    """p, the control of both a, has no outcome in 2022: both b and their control q are left."""
    gone = SMALL.filter(~((pl.col("unit") == "p") & (pl.col("time") == 2022)))
    options = {"on": ["size"], "placebos": 0, "horizon": 1}
    table = impact.matched_did(
        pl.concat([gone, gone.with_columns(pl.col("unit") + "2", pl.col("size") + 0.001)]), **options, minimum=2
    ).table
    assert table["treated"].to_list() == [4, 2]
    assert table["controls"].to_list() == [2, 1]


def test_weighed_controls_without_the_outcome_are_not_counted_at_that_event_time():
    table = panel(5, units=300)
    others = table.filter(pl.col("cohort") == 0)["unit"].unique().sort()
    gone = pl.col("unit").is_in(others[:40].implode()) & (pl.col("time") >= 2017)  # event 4 of the first cohort
    found = impact.balanced_did(table.filter(~gone), on=["x"], placebos=0, horizon=4).table
    whole = impact.balanced_did(table, on=["x"], placebos=0, horizon=4).table
    assert whole["controls"].to_list() == [len(others)] * 5
    assert found["controls"].to_list() == [len(others)] * 4 + [len(others) - 40]
    assert found["treated"].to_list() == whole["treated"].to_list()


def test_a_control_that_serves_once_serves_one_cohort_alone():
    """Two cohorts near the same control: the first one has it, the second takes the next or, beyond the caliper, none;
    with replacement both have it."""
    xs = [0.0, 4.0, 9.0, 0.1, 4.1, 9.1, 0.05, 1.0, 4.05, 4.5, 9.05, 14.0]
    rows = [
        {"unit": f"{i:02}", "time": t, "cohort": (2, 3, 0, 0)[i // 3], "outcome": (i % 5) * t + (t > 1), "x": x}
        for i, x in enumerate(xs)
        for t in (1, 2, 3)
    ]
    panel = pl.DataFrame(rows)
    kept = {"on": ["x"], "minimum": 2, "placebos": 0, "horizon": 0, "minimum_share": 0.1, "caliper": 0.3}

    def found(again):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return impact.matched_did(panel, replace=again, **kept)

    shared, own = found(True).pairs, found(False)
    assert shared["control"].n_unique() == 3
    assert shared.height == 6
    assert dict(own.pairs.select("unit", "control").rows()) == {
        "00": "06", "01": "08", "02": "10", "03": "07", "04": "09",
    }  # fmt: skip
    assert own.dropped.rows() == [("05", "all controls are taken")]


def test_errors_count_that_the_slopes_are_estimated():
    """att = sum of c_j Y_j given the pairs: what each control weighs is found by moving it, its noise by regression."""
    rng = np.random.default_rng(3)
    n = 12
    x = np.r_[rng.normal(0.4, 1, n), rng.normal(0, 1, n)]
    change = x + rng.normal(0, 0.5, 2 * n)
    kept = {"on": ["x"], "minimum": 2, "placebos": 0, "horizon": 0, "replace": False}

    def found(change):
        rows = [
            {"unit": f"{i:02}", "time": t, "cohort": 2 * (i < n), "outcome": change[i] * (t - 1), "x": x[i]}
            for i in range(2 * n)
            for t in (1, 2)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few are somewhat apart, which is what the slopes are for
            return impact.matched_did(pl.DataFrame(rows), **kept)

    whole = found(change)
    pairs = np.array(whole.pairs.select("unit", "control").cast(pl.Int64).rows())
    weight = np.array([found(change + np.eye(2 * n)[j]).average.estimate for j in pairs[:, 1]])
    own, other = pairs.T
    slope, level = np.polyfit(x[other], change[other], 1)
    gaps = change[own] - change[other] - slope * (x[own] - x[other])
    left = change[other] - level - slope * x[other]
    influence = (gaps - gaps.mean()) / n + (weight - whole.average.estimate + 1 / n) * left
    assert whole.average.se == pytest.approx(np.sqrt((influence**2).sum()))


# --- controls that serve more than once ---
def crowded(seed, *, units=400):
    """More firms join than do not: each control serves several, in several years of joining."""
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=units), np.arange(2010, 2018)
    joins = rng.random(units) < 1 / (1 + np.exp(-0.6 - 0.8 * x))
    cohort = np.where(joins, rng.choice([2013, 2014], units), 0)
    y = rng.normal(size=(units, 1)) + 0.03 * x[:, None] * (t - 2010) + rng.normal(0, 0.15, (units, len(t)))
    y = y + 0.06 * ((cohort[:, None] > 0) & (t >= cohort[:, None]))
    repeated = {"cohort": np.repeat(cohort, len(t)), "x": np.repeat(x, len(t)), "outcome": y.ravel()}
    return pl.DataFrame({"unit": np.repeat(np.arange(units), len(t)), "time": np.tile(t, units), **repeated})


@pytest.mark.parametrize("neighbours", [1, 5])
@pytest.mark.filterwarnings("ignore::regionomics.errors.RegionomicsWarning")  # few controls are what this is about
def test_errors_are_as_large_as_estimates_scatter_where_controls_serve_many(neighbours):
    """With linked units as one cluster they were .4 of it with five neighbours, and one band of eight held."""
    found = [impact.matched_did(crowded(s), on=["x"], neighbours=neighbours, draws=400) for s in range(100)]
    scatter = np.std([f.average.estimate for f in found], ddof=1)
    error = np.sqrt(np.mean([f.average.se**2 for f in found]))
    assert error / scatter == pytest.approx(1, abs=3 / np.sqrt(2 * 100))  # three errors of a standard deviation
    held = 0
    for f in found:
        true = np.where(f.table["event"].to_numpy() >= 0, 0.06, 0.0)
        low, high = f.table["band_low"].to_numpy(), f.table["band_high"].to_numpy()
        held += ((low <= true) & (true <= high)).all()
    assert held >= 88  # 95 expected; three standard errors below


def pool(treated=24, others=16):
    """x and y of firms, written out by a rule: no two distances are equal, and few controls serve all."""
    i = np.arange(treated + others)
    x = 4 * (i**1.5 * 0.618034 % 1) + 0.3 * (i < treated)
    return x.round(6), (x / 2 + 3 * (i**1.3 * 0.754878 % 1) + 0.4 * (i < treated)).round(6)


# Match(Y = y, Tr = d, X = x, estimand = "ATT", M = 1, 2 or 4, Var.calc = 1) of R's Matching 4.10-8: est, se
SERVING_IN_R = {
    1: (0.064955875, 0.433309941427),
    2: (0.330590104167, 0.324043736645),
    4: (0.197265177083, 0.301319278739),
}


@pytest.mark.parametrize("neighbours", list(SERVING_IN_R))
@pytest.mark.filterwarnings("ignore::regionomics.errors.RegionomicsWarning")
def test_error_of_one_cohort_is_that_of_abadie_and_imbens_in_r(neighbours, monkeypatch):
    monkeypatch.setattr("regionomics.impact.matched._ALIKE", 1)  # as Var.calc = 1; we take the mean of more
    x, y = pool()
    n = len(x)
    table = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(n), 2),
            "time": np.tile([1, 2], n),
            "cohort": np.repeat(np.where(np.arange(n) < 24, 2, 0), 2),
            "x": np.repeat(x, 2),
            "outcome": np.column_stack([np.zeros(n), y]).ravel(),
        }
    )
    found = impact.matched_did(table, on=["x"], adjust=False, neighbours=neighbours, placebos=0, horizon=0).average
    assert (found.estimate, found.se) == pytest.approx(SERVING_IN_R[neighbours], abs=1e-9)


@pytest.mark.parametrize("shares", [1, 3, 5, 7])
def test_controls_of_equal_weight_are_worth_as_many_as_they_are(shares: int) -> None:
    """Also where weights of a seventh do not add up to a whole number in binary."""
    for controls in range(10, 200):
        pairs = SimpleNamespace(control=np.arange(controls), weight=np.full(controls, 1 / shares))
        assert _worth(controls, [SimpleNamespace(pairs=pairs)]) == controls


def test_one_control_for_all_is_refused_for_its_noise_would_be_the_effect():
    frame = panel(units=300)
    alone = frame.filter(pl.col("cohort") == 0)["unit"].first()
    members = frame.filter((pl.col("cohort") > 0) | (pl.col("unit") == alone))
    like = pl.when(pl.col("unit") == alone).then(0.0).otherwise(pl.col("unit") % 2 * 2.0 - 1).alias("x")
    with pytest.raises(NoSupport, match="worth 1 of equal weight"):
        impact.matched_did(members.with_columns(like), on=["x"], minimum=10)
