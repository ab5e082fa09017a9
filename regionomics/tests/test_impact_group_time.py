"""Effects by cohort and period: digits of R and csdid, planted effects, invariances, refusals."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg
from regionomics import impact

DIGITS = Path(__file__).parent / "digits"
sys.path.insert(0, str(DIGITS))
from impact_panel import panel  # noqa: E402  (the folder of digits is not a package)

MADE = pl.DataFrame(panel())
WORDS = {"nevertreated": "never", "notyettreated": "not-yet"}
R = json.loads((DIGITS / "impact_r.json").read_text())
CSDID = json.loads((DIGITS / "impact_csdid.json").read_text())
# did 2.1.1 differs from 2.5 (and so from csdid and ours) before joining where later joiners are controls; and for the
# error of the average over cohorts it looks up the sizes of the first cells instead of the cohorts
REPAIRED = {k for k in R if "notyettreated" in k and ("universal" in k or k.endswith("|1"))}


def ours(key, table=MADE, **more):
    method, control, covariate, base, anticipation = key.split("|")
    return impact.group_time_effects(
        table,
        covariates=[covariate],
        method=method,
        control=WORDS[control],
        base=base,
        anticipation=int(anticipation),
        **more,
    )


def agrees(mine, theirs, tolerance, *, of_group=True):
    cells = {(r["cohort"], r["time"]): r for r in mine.table.iter_rows(named=True)}
    assert len(theirs["att"]) == len(cells)
    for g, t, att, se in zip(*(theirs[k] for k in ("cohort", "time", "att", "se")), strict=True):
        row = cells[int(g), int(t)]
        assert row["att"] == pytest.approx(att, abs=tolerance)
        if row["se"] is None:  # the base period
            assert se in (None, "NA")
        else:
            assert row["se"] == pytest.approx(se, abs=tolerance)
    for kind in ("simple", "dynamic", "group", "calendar"):
        found = getattr(mine, kind)
        estimate, se = theirs[f"of_{kind}"]
        assert found.estimate == pytest.approx(estimate, abs=tolerance), kind
        if kind != "group" or of_group:
            assert found.se == pytest.approx(se, abs=tolerance), kind


@pytest.mark.parametrize("key", sorted(set(R) - REPAIRED))
def test_effects_errors_and_averages_are_those_of_r(key):
    agrees(ours(key), R[key], 1e-6, of_group=False)


@pytest.mark.parametrize("key", sorted(CSDID))
def test_effects_errors_and_averages_are_those_of_csdid(key):
    agrees(ours(key), CSDID[key], 1e-10)


def planted(units=4000, seed=1, effect=0.06, years=7):
    """Joining follows size, and larger units grow faster: the naive comparison is wrong."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=units)
    joins = rng.random(units) < 1 / (1 + np.exp(0.5 - 0.8 * x))
    cohort = np.where(joins, 2012 + rng.integers(0, 4, size=units), 0)
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
        }
    )


@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
@pytest.mark.parametrize("control", ["never", "not-yet"])
def test_planted_effect_is_found_where_the_naive_comparison_is_wrong(method, control):
    table = planted()
    found = impact.group_time_effects(table, covariates=["x"], method=method, control=control)
    naive = impact.group_time_effects(table, control=control)
    assert abs(found.simple.estimate - 0.06) < 3 * found.simple.se
    assert abs(naive.simple.estimate - 0.06) > 3 * naive.simple.se
    before = found.dynamic.table.filter(pl.col("event") < 0)
    assert ((before["band_low"] <= 0) & (before["band_high"] >= 0)).all()


def test_effect_of_one_cohort_without_covariates_is_a_difference_of_differences():
    rng = np.random.default_rng(0)
    rows = [
        {"unit": u, "time": t, "cohort": 2 if u < 6 else 0, "outcome": float(v)}
        for u, pair in enumerate(rng.normal(size=(14, 2)))
        for t, v in enumerate(pair, start=1)
    ]
    table = pl.DataFrame(rows)
    wide = table.pivot(index=["unit", "cohort"], on="time", values="outcome")
    change = (wide["2"] - wide["1"]).to_numpy()
    one, zero = change[:6], change[6:]
    found = impact.group_time_effects(table)
    assert found.simple.estimate == pytest.approx(one.mean() - zero.mean())
    assert found.simple.se == pytest.approx(math.sqrt(one.var() / 6 + zero.var() / 8))


COLUMNS = ("att", "se", "low", "high", "band_low", "band_high")


@given(st.integers(0, 1000), st.floats(0.01, 100), st.integers(-5, 5))
@settings(max_examples=10, deadline=None)
def test_order_labels_units_and_calendar_change_only_what_they_should(order_seed, scale, shift):
    order = np.random.default_rng(order_seed).permutation(MADE.height)
    other = MADE[order].with_columns(
        unit=pl.format("firm {}", pl.col("unit")),
        time=pl.col("time") + shift,
        cohort=pl.when(pl.col("cohort") > 0).then(pl.col("cohort") + shift).otherwise(None),
        outcome=pl.col("outcome") * scale,
        x=pl.col("x") * 1000 - 7,
    )
    first, second = (impact.group_time_effects(t, covariates=["x"]) for t in (MADE, other))
    for name in COLUMNS:
        assert (second.table[name] / scale).to_list() == pytest.approx(first.table[name].to_list(), abs=1e-9)
    assert second.dynamic.se / scale == pytest.approx(first.dynamic.se)
    assert (second.table["time"] - shift).to_list() == first.table["time"].to_list()


def test_engines_agree_and_answer_in_their_own_kind():
    first = impact.group_time_effects(MADE, covariates=["x"])
    arrow = impact.group_time_effects(MADE.to_arrow(), covariates=["x"])
    pandas = impact.group_time_effects(MADE.to_pandas(), covariates=["x"])
    assert pl.from_arrow(arrow.table).equals(first.table)
    assert pl.from_pandas(pandas.dynamic.table).equals(first.dynamic.table)


def test_covariate_of_words_gives_each_word_its_own_mean():
    words = MADE.with_columns(sector=pl.when(pl.col("unit") % 3 == 0).then(pl.lit("a")).otherwise(pl.lit("b")))
    flags = words.with_columns(b=(pl.col("sector") == "b").cast(pl.Int8))
    first = impact.group_time_effects(words, covariates=["sector", "x"])
    second = impact.group_time_effects(flags, covariates=["b", "x"])
    assert first.table["att"].to_list() == pytest.approx(second.table["att"].to_list())
    assert set(first.balance["covariate"]) == {"sector=b", "x"}


def test_weighting_makes_treated_and_controls_alike():
    found = impact.group_time_effects(planted(), covariates=["x"])
    assert (found.balance["difference"].abs() > 0.3).all()
    assert (found.balance["difference_after"].abs() < 0.05).all()


def test_weight_of_two_is_a_unit_twice():
    heavy = MADE.with_columns(w=pl.when(pl.col("unit") < 40).then(2.0).otherwise(1.0))
    twice = pl.concat([MADE, MADE.filter(pl.col("unit") < 40).with_columns(unit=pl.col("unit") + 1000)])
    first = impact.group_time_effects(heavy, covariates=["x"], weights="w")
    second = impact.group_time_effects(twice, covariates=["x"])
    assert first.table["att"].to_list() == pytest.approx(second.table["att"].to_list())
    assert first.group.estimate == pytest.approx(second.group.estimate)


def test_copies_of_units_in_one_cluster_make_no_error_smaller():
    twice = pl.concat([MADE.with_columns(firm="unit"), MADE.with_columns(firm="unit", unit=pl.col("unit") + 1000)])
    alone = impact.group_time_effects(MADE, covariates=["x"])
    clustered = impact.group_time_effects(twice, covariates=["x"], cluster="firm")
    naive = impact.group_time_effects(twice, covariates=["x"])
    assert clustered.table["se"].to_list() == pytest.approx(alone.table["se"].to_list())
    assert clustered.simple.se == pytest.approx(alone.simple.se)
    assert naive.simple.se == pytest.approx(alone.simple.se / math.sqrt(2))


@pytest.mark.parametrize("multipliers", ["mammen", "rademacher"])
def test_bootstrap_unit_by_unit_gives_the_errors_and_bands_of_the_covariance(multipliers):
    exact = impact.group_time_effects(MADE, covariates=["x"])
    drawn = impact.group_time_effects(MADE, covariates=["x"], multipliers=multipliers, draws=4000, seed=3)
    assert drawn.dynamic.table["se"].to_list() == pytest.approx(exact.dynamic.table["se"].to_list(), rel=0.08)
    assert drawn.dynamic.critical == pytest.approx(exact.dynamic.critical, rel=0.05)


def test_band_is_wider_than_the_interval_and_narrower_than_bonferroni():
    found = impact.group_time_effects(MADE, covariates=["x"]).dynamic
    assert 1.96 < found.critical < 2.9  # Bonferroni for 8 rows: 2.73, and sampling of the quantile
    assert (found.table["band_low"] < found.table["low"]).all()


def test_same_seed_same_bands():
    first, second, other = (
        impact.group_time_effects(MADE, multipliers="mammen", draws=200, seed=s).dynamic for s in (1, 1, 2)
    )
    assert first.table.equals(second.table)
    assert first.critical != other.critical


def test_average_over_event_times_is_the_mean_of_the_dynamic_table():
    found = impact.group_time_effects(MADE, covariates=["x"])
    rows = {r["event"]: r["att"] for r in found.dynamic.table.iter_rows(named=True)}
    part = found.average(0, 1)
    assert part.estimate == pytest.approx((rows[0] + rows[1]) / 2)
    assert found.average().se == pytest.approx(found.dynamic.se)
    with pytest.raises(rg.NoSupport, match="no effect at event time"):
        found.average(0, 9)


def test_gap_leaves_a_unit_out_of_the_comparisons_that_need_it_only():
    whole = impact.group_time_effects(MADE).table
    gap = MADE.with_columns(
        outcome=pl.when((pl.col("unit") == 0) & (pl.col("time") == 2014)).then(None).otherwise("outcome")
    )
    same = gap.filter(pl.col("outcome").is_not_null())
    found = impact.group_time_effects(gap)
    assert found.table.equals(impact.group_time_effects(same).table)
    changed = whole.filter(found.table["controls"] != whole["controls"])
    assert set(changed["time"]) <= {2014, 2015}
    assert found.sample.filter(pl.col("step") == "of these without a gap")["never_treated"].item() == (
        MADE.filter(pl.col("cohort") == 0)["unit"].n_unique() - 1
    )


def test_who_joined_before_the_first_period_is_left_out_and_counted():
    early = MADE.with_columns(cohort=pl.when(pl.col("unit") < 20).then(2010).otherwise("cohort"))
    found = impact.group_time_effects(early)
    assert 2010 not in found.table["cohort"].to_list()
    dropped = found.sample.filter(pl.col("step") == "dropped: no period before joining")
    assert dropped["treated"].item() == 20


def test_who_joins_after_the_last_period_serves_as_never_treated():
    later = MADE.with_columns(cohort=pl.when(pl.col("cohort") == 0).then(2050).otherwise("cohort"))
    assert impact.group_time_effects(later).table.equals(impact.group_time_effects(MADE).table)


def test_without_never_treated_the_remedy_is_named():
    table = MADE.filter(pl.col("cohort") > 0)
    with pytest.raises(rg.NoSupport, match='control="not-yet"'):
        impact.group_time_effects(table)
    with pytest.warns(rg.RegionomicsWarning, match="have no answer"):
        found = impact.group_time_effects(table, control="not-yet")
    assert found.table.filter(pl.col("event") >= 0)["cohort"].max() < 2015
    assert found.dropped["reason"].str.contains("0 controls").all()


def test_covariate_that_tells_treated_from_controls_is_refused():
    marked = MADE.with_columns(mark=(pl.col("cohort") > 0).cast(pl.Float64) * 10 + pl.col("x") * 0.01)
    with pytest.raises(rg.NoSupport, match="no common support"):
        impact.group_time_effects(marked, covariates=["mark"])


def test_sector_without_a_control_is_named():
    only = MADE.with_columns(
        sector=pl.when((pl.col("cohort") > 0) & (pl.col("unit") % 2 == 0)).then(pl.lit("x")).otherwise(pl.lit("a"))
    )
    with pytest.raises(rg.NoSupport, match="sector=x is the same for all controls"):
        impact.group_time_effects(only, covariates=["sector"], method="reg")


def test_covariate_twice_is_named():
    twice = MADE.with_columns(again=2 * pl.col("x") + 1)
    with pytest.raises(rg.NoSupport, match="again follows from the covariates before it"):
        impact.group_time_effects(twice, covariates=["x", "again"])


def test_small_cohorts_are_not_answered():
    small = MADE.filter((pl.col("cohort") != 2015) | (pl.col("unit") < 25))
    with pytest.warns(rg.RegionomicsWarning, match="treated with an outcome in both periods"):
        found = impact.group_time_effects(small, minimum=10)
    assert set(found.dropped["cohort"]) == {2015}
    assert set(found.table["cohort"]) == {2013, 2014}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: pl.concat([t, t.head(1)]), "0 has time 2010 2 times"),
        (lambda t: t.with_columns(cohort=pl.col("cohort") + pl.col("time") % 2), "cohort of .* changes"),
        (lambda t: t.with_columns(time=pl.col("time") + 0.5), "periods are whole numbers"),
        (lambda t: t.with_columns(outcome=pl.lit("high")), "outcome holds .*string"),
        (lambda t: t.with_columns(outcome=pl.lit(float("inf"))), "outcome is inf"),
        (lambda t: t.filter(pl.col("time") == 2010), "time has one value"),
        (lambda t: t.with_columns(cohort=pl.lit(-1)), "cohort is -1"),
        (lambda t: t.clear(), "no rows"),
    ],
)
def test_table_that_breaks_a_rule_is_refused(change, message):
    with pytest.raises(rg.InvalidTable, match=message):
        impact.group_time_effects(change(MADE))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("control", "all"),
        ("method", "ols"),
        ("base", "last"),
        ("anticipation", -1),
        ("minimum", 1),
        ("trim", 0.2),
        ("level", 95),
        ("multipliers", "normal"),
        ("draws", 10),
        ("covariates", "x"),
    ],
)
def test_option_out_of_range_is_refused(option, value):
    with pytest.raises(rg.InvalidParameter, match=option):
        impact.group_time_effects(MADE, **{option: value})


def test_nobody_treated_is_refused():
    with pytest.raises(rg.NoSupport, match="nobody joins"):
        impact.group_time_effects(MADE.with_columns(cohort=pl.lit(None)))


def test_nothing_of_the_callers_table_changes():
    before = MADE.clone()
    impact.group_time_effects(MADE, covariates=["z"])
    assert MADE.equals(before)
