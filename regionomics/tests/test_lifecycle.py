"""Life cycle: simulated histories of each kind, invariances, and when one cannot tell."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_clusters import NOISE, history

import regionomics as rg

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
STAGES = ["emergence", "growth", "sustainment", "decline", "renewal"]
SEEDS = range(10_000, 10_024)  # the thresholds were chosen on seeds below 100
LEVELS = {"low": 0.9, "middle": 0.9, "high": 0.7}


@cache
def simulated(stage, *, years=10, noise=NOISE["middle"], seeds=SEEDS):
    rows = [{"cluster": f"{stage} {s}", **row} for s in seeds for row in history(stage, s, years=years, noise=noise)]
    return pl.DataFrame(rows)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("stage", STAGES)
def test_stage_of_a_simulated_history_of_ten_years_is_found(stage, level):
    got = rg.life_cycle(simulated(stage, noise=NOISE[level])).stages
    assert (got["stage"] == stage).mean() >= LEVELS[level]


@pytest.mark.parametrize("stage", STAGES)
def test_network_and_action_keep_the_stage_of_a_simulated_history(stage):
    got = rg.life_cycle(simulated(stage), network="network", action="action").stages
    assert (got["stage"] == stage).mean() >= LEVELS["middle"]


@pytest.mark.parametrize("stage", STAGES)
def test_three_years_are_never_enough(stage):
    got = rg.life_cycle(simulated(stage, years=3, seeds=range(20_000, 20_005))).stages
    assert set(got["stage"]) == {"cannot tell"}
    assert got["probability"].null_count() == got.height
    assert set(got["reason"]) == {"3 years with size and heterogeneity, 5 are needed"}


def test_wide_intervals_are_no_diagnosis():
    rng = np.random.default_rng(4)
    rows = [
        {"cluster": f"c{c}", "year": y, "size": 100 * np.exp(rng.normal(0, 0.5)), "heterogeneity": rng.uniform(0, 4)}
        for c in range(20)
        for y in range(6)
    ]
    got = rg.life_cycle(pl.DataFrame(rows)).stages
    assert (got["stage"] == "cannot tell").mean() >= 0.6
    assert got.filter(pl.col("stage") == "cannot tell")["reason"].unique().to_list() == [
        "no stage reaches a probability of 0.6"
    ]


SERIES = st.lists(st.tuples(st.floats(1, 1e3), st.floats(0, 4)), min_size=5, max_size=9)


def table(series, years=None):
    years = years or range(2010, 2010 + len(series))
    return pl.DataFrame(
        {
            "cluster": ["k"] * len(series),
            "year": list(years),
            "size": [float(s) for s, _ in series],
            "heterogeneity": [float(h) for _, h in series],
        }
    )


@given(SERIES, st.sampled_from([1e-3, 1000.0]), st.integers(-1000, 1000), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_unit_order_and_calendar_change_no_stage(series, unit, shift, random):
    first = rg.life_cycle(table(series)).stages
    rows = list(range(len(series)))
    random.shuffle(rows)
    other = table([(s * unit, h * unit) for s, h in series], range(2010 + shift, 2010 + shift + len(series)))[rows]
    second = rg.life_cycle(other).stages
    for stage in STAGES:
        assert second[stage][0] == pytest.approx(first[stage][0], abs=1e-6)


@given(SERIES)
@settings(max_examples=15, deadline=None)
def test_probabilities_add_to_one_and_trends_lie_in_their_intervals(series):
    got = rg.life_cycle(table(series))
    assert sum(got.stages[stage][0] for stage in STAGES) == pytest.approx(1)
    for row in got.dimensions.iter_rows(named=True):
        assert row["rising"] + row["steady"] + row["falling"] == pytest.approx(1)
        assert row["low"] <= row["high"] + 1e-9
        assert min(row["rising"], row["steady"], row["falling"]) >= -1e-12


def test_a_renewal_shows_the_year_of_its_turn():
    size = [200, 190, 182, 171, 163, 155, 160, 170, 177, 187]
    heterogeneity = [2.5, 2.45, 2.42, 2.35, 2.31, 2.25, 2.34, 2.45, 2.53, 2.66]
    got = rg.life_cycle(table(list(zip(size, heterogeneity, strict=True)))).stages.row(0, named=True)
    assert got["stage"] == "renewal"
    assert got["turn"] in (2015, 2016)


def test_the_year_of_the_turn_belongs_to_what_comes_after_it():
    from regionomics.lifecycle import _fit, _Series

    series = _Series(np.arange(7), np.array([0.0, 1, 2, 5, 5, 5, 7]))
    fit = _fit(series, 3)
    assert fit.before.slope == pytest.approx(1)
    assert fit.now.slope == pytest.approx((-1.5 * 5 - 0.5 * 5 + 0.5 * 5 + 1.5 * 7) / 5)
    assert _fit(series, 4) is None  # three years since: four are needed


def test_what_grew_and_then_stands_while_it_diversifies_is_renewed_not_born():
    # Six years of 10% growth, then five in which 115 firms stay about 115 while their activities spread.
    firms = [60, 66, 73, 80, 88, 97, 106, 115, 116, 114, 115, 116]
    bits = [2.40, 2.39, 2.41, 2.40, 2.42, 2.41, 2.42, 2.44, 2.50, 2.55, 2.62, 2.67]
    table = pl.DataFrame({"cluster": "a", "year": range(2009, 2021), "size": firms, "heterogeneity": bits})
    found = rg.life_cycle(table).stages.row(0, named=True)
    assert found["emergence"] < 0.1
    assert found["stage"] == "renewal"


def test_the_failing_dimension_is_named():
    series = [(100 + i % 2, 2 * 0.95**i) for i in range(8)]
    assert rg.life_cycle(table(series)).stages["failing"].to_list() == ["heterogeneity"]


def test_network_and_action_weigh_but_do_not_decide():
    series = table([(100 * 1.1**i * (1 + 0.02 * (-1) ** i), 2 - 0.1 * i) for i in range(8)])
    falling = series.with_columns(network=pl.Series([200 - 15 * i for i in range(8)]), action=pl.lit(0))
    assert rg.life_cycle(falling, network="network", action="action").stages["stage"].to_list() == ["growth"]
    assert rg.life_cycle(falling, network="network").stages["failing"].to_list() == ["network"]


def test_no_answer_is_certain_and_one_that_dimensions_speak_against_is_less_so():
    renewed = table([(100, 2 * 1.05**i) for i in range(9)])
    against = renewed.with_columns(
        pl.Series("network", [90 * 0.9**i for i in range(9)]), pl.Series("action", [9 * 0.8**i for i in range(9)])
    )
    beside = renewed.with_columns(
        pl.Series("network", [90 * 1.1**i for i in range(9)]), pl.Series("action", [9 * 1.2**i for i in range(9)])
    )
    said = [rg.life_cycle(renewed), *(rg.life_cycle(t, network="network", action="action") for t in (against, beside))]
    assert {p.stages["stage"][0] for p in said} == {"renewal"}
    alone, less, more = (p.stages["probability"][0] for p in said)
    assert alone == pytest.approx(0.9 + 0.02)
    # likelihoods of the five stages: falling network and falling action
    assert less == pytest.approx(0.92 * 0.2**2 / (0.92 * 0.2**2 + 0.02 * (0.2**2 + 0.2**2 + 0.3**2 + 0.5**2)), abs=1e-4)
    assert more == pytest.approx(
        0.92 * 0.45**2 / (0.92 * 0.45**2 + 0.02 * (0.5**2 + 0.5**2 + 0.3**2 + 0.15**2)), abs=1e-4
    )
    assert rg.life_cycle(against, network="network", action="action", doubt=0).stages["probability"][0] > 0.999


def test_missing_years_and_nulls_are_left_out_not_taken_as_zero():
    series = [(100 * 1.1**i, 2 - 0.05 * i) for i in range(9)]
    whole = table(series)
    some = whole.filter(pl.col("year") != 2013).with_columns(
        heterogeneity=pl.when(pl.col("year") == 2015).then(None).otherwise("heterogeneity")
    )
    got = rg.life_cycle(some)
    assert got.stages["stage"].to_list() == ["growth"]
    assert got.stages["years"].to_list() == [7]
    assert got.dimensions["years"].to_list() == [8, 7]
    assert got.dimensions["trend"][0] == pytest.approx(np.log(1.1))


def test_dimension_with_too_few_years_has_no_trend_and_no_say():
    series = table([(100 * 1.1**i, 2 - 0.05 * i) for i in range(6)])
    some = series.with_columns(network=pl.when(pl.col("year") > 2013).then(pl.lit(3.0)).otherwise(None))
    got = rg.life_cycle(some, network="network")
    assert got.dimensions["trend"].to_list()[2] is None
    assert got.stages["stage"].to_list() == ["growth"]


def test_dimension_of_several_columns_is_the_mean_of_their_trends():
    series = table([(100 * 1.1**i, 2 - 0.05 * i) for i in range(8)]).with_columns(
        persons=pl.Series([1000 * 1.2**i for i in range(8)]), ties=pl.Series([10.0 + i for i in range(8)])
    )
    got = rg.life_cycle(series, size=["size", "persons"], network=["ties"])
    assert got.stages["stage"].to_list() == ["growth"]
    assert got.dimensions["trend"][0] == pytest.approx((np.log(1.1) + np.log(1.2)) / 2)
    one = rg.life_cycle(series, network="ties")
    assert got.dimensions.filter(dimension="network").equals(one.dimensions.filter(dimension="network"))
    gap = series.with_columns(persons=pl.when(pl.col("year") == 2012).then(None).otherwise("persons"))
    assert rg.life_cycle(gap, size=["size", "persons"]).dimensions["years"].to_list() == [7, 8]
    with pytest.raises(rg.InvalidParameter, match="names no column"):
        rg.life_cycle(series, size=[])


def test_stored_shares_are_what_the_simulation_gives():
    stored = json.loads((BENCHMARKS / "life_cycle_simulation.json").read_text(encoding="utf-8"))
    assert stored["histories"] >= 200
    assert min(stored["right"]["middle"].values()) >= 0.9
    assert set(stored["three years"].values()) == {1.0}
    again = {stage: share(simulated(stage, seeds=range(50_000, 50_020)), stage) for stage in STAGES}
    for stage, found in again.items():
        assert found == pytest.approx(stored["right"]["middle"][stage], abs=0.15)  # 20 of the 200 histories


def share(table, stage):
    got = rg.life_cycle(table, network="network", action="action").stages
    return (got["stage"] == stage).mean()


def test_cluster_of_one_kind_for_ever_is_answered():
    got = rg.life_cycle(table([(50, 0.0)] * 10))
    assert got.stages["stage"].to_list() == ["sustainment"]
    assert got.dimensions["trend"].to_list() == [pytest.approx(0), pytest.approx(0)]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: pl.concat([t, t.head(1)]), rg.InvalidTable, "k has year 2010 more than once"),
        (lambda t: t.with_columns(size=pl.lit(0)), rg.InvalidTable, "drop the years in which the cluster had nobody"),
        (lambda t: t.with_columns(heterogeneity=pl.lit(-1)), rg.InvalidTable, "heterogeneity is -1"),
        (
            lambda t: t.with_columns(heterogeneity=pl.Series([None, 1.0, -2.0, *[1.0] * (t.height - 3)])),
            rg.InvalidTable,
            "heterogeneity is -2 in row 3",
        ),
        (lambda t: t.with_columns(year=pl.lit(2010.5)), rg.InvalidTable, "years are whole numbers"),
        (lambda t: t.drop("size"), rg.InvalidTable, "'size' is not in the table"),
    ],
)
def test_table_that_breaks_a_rule_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        rg.life_cycle(change(table([(10, 1)] * 5)))


@pytest.mark.parametrize(
    "options", [{"steady": -1}, {"steady_heterogeneity": 2}, {"minimum_years": 3}, {"certainty": 0}, {"doubt": 1}]
)
def test_thresholds_out_of_range_are_refused(options):
    with pytest.raises(rg.InvalidParameter, match=next(iter(options))):
        rg.life_cycle(table([(10, 1)] * 5), **options)


def test_engines_agree():
    series = table([(100 * 1.1**i, 2 - 0.05 * i) for i in range(6)])
    ours, theirs = rg.life_cycle(series), rg.life_cycle(series.to_arrow())
    assert pl.from_arrow(theirs.dimensions).equals(ours.dimensions)
    assert rg.life_cycle(series.to_pandas()).stages["stage"].tolist() == ours.stages["stage"].to_list()
