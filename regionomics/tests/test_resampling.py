"""Properties of the bootstrap and of permutations, on many functions of the library."""

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables
from scipy.stats import norm

import regionomics as rg


def jobs(seed=0, places=14):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "place": np.repeat([f"p{i:02d}" for i in range(places)], 6),
            "activity": np.tile(list("abcdef"), places),
            "value": rng.poisson(20, places * 6) * rng.integers(0, 4, places * 6) + 1,
        }
    )


def plants(seed=0, n=60):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "plant": np.arange(n),
            "place": rng.choice(list("pqrs"), n),
            "activity": rng.choice(list("ab"), n),
            "value": rng.integers(1, 50, n),
        }
    )


def mean_of(t):
    return t.select(pl.col("value").mean().alias("mean_of"))


FAST = {"replicates": 50, "level": 0.8}  # the fewest draws that the library takes for this level
OVER_PLACES = {
    "gini": rg.gini,
    "hoover_index": rg.hoover_index,
    "locational_gini": rg.locational_gini,
    "location_quotient": rg.location_quotient,
    "krugman_index": rg.krugman_index,
    "hachman": rg.hachman,
    "entropy": rg.entropy,
    "coagglomeration": rg.coagglomeration,
    "ubiquity": rg.ubiquity,
    "relatedness": lambda t: rg.relatedness(t).table(),
    "eci": lambda t: rg.economic_complexity(t).places,
    "similarity": lambda t: rg.similarity(t).table(),
    "related": rg.weighted_variety,
    "density": rg.relatedness_density,
}


@pytest.mark.parametrize("name", OVER_PLACES)
def test_every_index_of_a_table_has_an_interval(name):
    function, data = OVER_PLACES[name], jobs()
    answer = function(data)
    found = rg.bootstrap(data, function, over="place", statistic=name, **FAST)
    assert found.units == 14
    assert found.intervals[name].cast(pl.Float64).to_list() == answer[name].cast(pl.Float64).to_list()
    labels = [c for c in answer.columns if c in ("place", "activity", "place_1", "place_2", "activity_1", "activity_2")]
    assert found.intervals.select(labels).equals(answer.select(labels))
    draws = found.draws()
    assert draws.height == 50 * answer.height
    known = draws.drop_nulls().group_by(labels).agg(pl.len().alias("n"))
    joined = found.intervals.join(known, on=labels, how="left")
    assert joined["replicates"].to_list() == joined["n"].fill_null(0).to_list()
    assert (found.intervals["low"].is_null() == (found.intervals["replicates"] < 50)).all()
    ends = found.intervals.drop_nulls(["low", "high"])
    assert (ends["low"] <= ends["high"]).all()


def test_interval_of_a_place_comes_from_the_draws_in_which_it_is():
    """A place is in a share 1 - (1 - 1/n)^n of the draws; of those its interval is taken."""
    found = rg.bootstrap(jobs(), rg.krugman_index, over="place", replicates=400).intervals
    assert found["replicates"].to_numpy() / 400 == pytest.approx(1 - (13 / 14) ** 14, abs=0.085)
    assert found["low"].null_count() == 0


@odd_tables
@given(st.integers(0, 99), st.sampled_from([0.5, 3, 1000]))
@settings(max_examples=4, deadline=None)
def test_unit_row_order_and_names_change_nothing(seed, unit):
    data = jobs(seed)
    first = rg.bootstrap(data, rg.gini, over="place", seed=seed, **FAST).intervals
    other = data.sample(fraction=1, shuffle=True, seed=seed).with_columns(
        pl.col("value") * unit, place=pl.lit("town ") + pl.col("place")
    )
    second = rg.bootstrap(other, rg.gini, over="place", seed=seed, **FAST).intervals
    assert second.drop("activity").to_numpy() == pytest.approx(first.drop("activity").to_numpy())
    third = rg.bootstrap(data, rg.gini, over="place", seed=seed + 1, **FAST).intervals
    assert not third.equals(first)


@pytest.mark.parametrize("interval", ["percentile", "basic", "bca"])
def test_ends_of_the_interval_follow_from_the_draws(interval):
    rng = np.random.default_rng(3)
    data = pl.DataFrame({"place": range(25), "value": rng.lognormal(0, 1, 25)})
    found = rg.bootstrap(data, mean_of, over="place", interval=interval, level=0.9, replicates=500)
    row, draws = found.intervals.row(0, named=True), found.draws()["mean_of"].to_numpy()
    x = data["value"].to_numpy()
    ends = np.array([0.05, 0.95])
    if interval == "bca":
        z0 = norm.ppf((draws < x.mean()).mean())
        left = (x.sum() - x) / 24
        gap = left.mean() - left
        a = (gap**3).sum() / (6 * (gap**2).sum() ** 1.5)
        z = z0 + norm.ppf(ends)
        ends = norm.cdf(z0 + z / (1 - a * z))
        assert ends[1] > 0.95  # a skewed sample: the interval reaches further up
    low, high = np.quantile(draws, ends)
    if interval == "basic":
        low, high = 2 * x.mean() - high, 2 * x.mean() - low
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["standard_error"] == pytest.approx(draws.std(ddof=1))
    assert row["standard_error"] == pytest.approx(x.std() / 5, rel=0.15)
    assert row["bias"] == pytest.approx(draws.mean() - x.mean())


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    inside = 0
    for k in range(50):
        data = pl.DataFrame({"place": range(30), "value": rng.normal(10, 3, 30)})
        row = rg.bootstrap(data, mean_of, over="place", seed=k, **FAST).intervals.row(0, named=True)
        inside += row["low"] <= 10 <= row["high"]
    assert 31 <= inside <= 48  # 80% of 50 is 40, give or take 2.8


def test_unit_drawn_twice_enters_as_two():
    """Ellison and Glaeser's index counts plants; each draw has as many of them as the table."""
    data = plants()
    count = rg.bootstrap(data, rg.ellison_glaeser, over="plant", statistic="plants", **FAST).draws()
    assert (count.group_by("replicate").agg(pl.col("plants").sum())["plants"] == 60).all()
    kept = rg.bootstrap(data, rg.ellison_glaeser, over="plant", within="activity", statistic="plants", **FAST)
    assert (kept.intervals["standard_error"] == 0).all()
    assert (kept.intervals["low"] == kept.intervals["plants"]).all()


def test_rows_of_a_unit_stay_together_over_the_years():
    both = pl.concat([jobs().with_columns(year=pl.lit(y)) for y in (1, 2)])
    draws = rg.bootstrap(both, rg.gini, over="place", by="year", **FAST).draws()
    one, two = (draws.filter(pl.col("year") == y)["gini"].to_list() for y in (1, 2))
    assert one == two


def test_counts_keep_their_sum_and_are_drawn_by_single_units():
    data = jobs()
    found = rg.bootstrap(
        data,
        lambda t: t.group_by("place").agg(pl.col("value").sum()),
        counts="value",
        within="place",
        statistic="value",
        **FAST,
    )
    assert (found.intervals["standard_error"] == 0).all()
    assert found.units == data["value"].sum()
    free = rg.bootstrap(data, rg.location_quotient, counts="value", **FAST).intervals
    assert free["replicates"].min() == 50
    assert free["low"].null_count() == 0


@odd_tables
def test_draws_that_do_not_know_the_index_leave_the_interval_unknown():
    data = jobs().with_columns(value=pl.when(pl.col("place") != "p00").then(0).otherwise("value"))
    found = rg.bootstrap(data, rg.hoover_index, over="place", **FAST).intervals
    assert found["replicates"].max() < 50
    assert found["low"].null_count() == found.height


def test_pandas_and_duckdb_answer_in_their_own():
    wanted = rg.bootstrap(jobs(), rg.gini, over="place", **FAST).intervals
    got = rg.bootstrap(jobs().to_pandas(), rg.gini, over="place", **FAST)
    assert got.intervals["low"].tolist() == pytest.approx(wanted["low"].to_list())
    assert list(got.draws().columns) == ["activity", "replicate", "gini"]
    frame = jobs()
    relation = duckdb.sql("select * from frame")
    lazy = rg.bootstrap(relation, rg.gini, over="place", **FAST).intervals
    assert lazy.pl().sort("activity")["high"].to_list() == pytest.approx(wanted["high"].to_list())
    assert frame.height == 84


# --- permutations -----------------------------------------------------------------------------------------------------
def test_p_is_counted_from_the_draws():
    data = plants(1)
    for alternative in ("greater", "less", "two-sided"):
        found = rg.permutation(data, rg.ellison_glaeser, shuffle="place", alternative=alternative, replicates=99)
        for row in found.tests.iter_rows(named=True):
            draws = found.draws().filter(pl.col("activity") == row["activity"])["ellison_glaeser"].to_numpy()
            above = (1 + (draws >= row["ellison_glaeser"] - 1e-9).sum()) / 100
            below = (1 + (draws <= row["ellison_glaeser"] + 1e-9).sum()) / 100
            wanted = {"greater": above, "less": below, "two-sided": min(2 * min(above, below), 1)}[alternative]
            assert row["p"] == pytest.approx(wanted)
            assert row["mean"] == pytest.approx(draws.mean())
            assert row["z"] == pytest.approx((row["ellison_glaeser"] - draws.mean()) / draws.std(ddof=1))
            assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(draws, (0.025, 0.975))))


def test_labels_without_meaning_are_seldom_found_to_have_one():
    small = sum(
        rg.permutation(plants(k), rg.ellison_glaeser, shuffle="place", replicates=39, seed=k).tests["p"][0] <= 0.05
        for k in range(30)
    )
    assert small <= 5  # one in twenty is expected: 1.5 of 30


def test_shuffling_keeps_the_values_and_the_groups():
    data = plants(2)

    def seen(t):
        return t.group_by("place", "activity").agg(pl.len().alias("n")).sort("place", "activity")

    draws = rg.permutation(data, seen, shuffle="place", statistic="n", replicates=39).draws()
    by_place = draws.group_by("replicate", "place").agg(pl.col("n").sum()).group_by("place").agg(pl.col("n").n_unique())
    assert (by_place["n"] == 1).all()
    inside = rg.permutation(data, seen, shuffle=["plant", "place"], within="place", statistic="n", replicates=39)
    assert (inside.draws().group_by("place", "activity").agg(pl.col("n").n_unique())["n"] == 1).all()


def test_tables_with_given_sums_keep_them_in_each_group():
    both = pl.concat([jobs(k).with_columns(year=pl.lit(k)) for k in (1, 2)])

    def cells(t):
        return t.select("year", "place", "activity", "value")

    draws = rg.permutation(both, cells, counts="value", within="year", statistic="value", replicates=39).draws()
    for key in ("place", "activity"):
        wanted = both.group_by("year", key).agg(pl.col("value").sum())
        got = draws.group_by("year", key, "replicate").agg(pl.col("value").sum().cast(pl.Int64))
        assert got.join(wanted, on=["year", key, "value"], how="anti").height == 0
    again = rg.permutation(jobs(), rg.location_quotient, counts="value", replicates=39)
    assert again.tests["mean"].to_numpy() == pytest.approx(1, abs=0.25)


def test_other_names_of_the_columns_are_followed():
    data = jobs().rename({"place": "town", "activity": "trade", "value": "persons"})
    names = {"place": "town", "activity": "trade", "value": "persons"}
    first = rg.permutation(data, rg.gini, counts="persons", between=("town", "trade"), replicates=39, **names)
    second = rg.permutation(jobs(), rg.gini, counts="value", replicates=39)
    assert first.tests["p"].to_list() == second.tests["p"].to_list()


# --- refusals ---------------------------------------------------------------------------------------------------------
def test_units_are_named_as_the_function_is_told_to():
    other = jobs().rename({"place": "region", "activity": "nace", "value": "n"})
    names = {"place": "region", "activity": "nace", "value": "n"}
    one = rg.bootstrap(other, rg.krugman_index, over="place", **FAST, **names).intervals
    two = rg.bootstrap(other, rg.krugman_index, over="region", **FAST, **names).intervals
    assert one.equals(two)
    first = rg.permutation(other, rg.krugman_index, counts="value", replicates=50, **names).tests
    second = rg.permutation(
        other, rg.krugman_index, counts="n", between=("region", "nace"), replicates=50, **names
    ).tests
    assert first.equals(second)


def test_index_of_a_pandas_table_is_no_column():
    frame = jobs().to_pandas().iloc[::-1]
    with pytest.raises(
        rg.InvalidParameter, match=r"over='town' is not in the table, which has .*'activity', 'value'.; name one"
    ):
        rg.bootstrap(frame, rg.krugman_index, over="town")


def test_too_little_to_draw_from_is_refused():
    with pytest.raises(rg.NoSupport, match="place has 9 labels; an interval from fewer than 10 would promise too much"):
        rg.bootstrap(jobs(places=9), rg.gini, over="place")
    half = jobs().with_columns(half=pl.col("place") < "p10")
    with pytest.raises(rg.NoSupport, match="place has 4 labels in a group of half"):
        rg.bootstrap(half, rg.gini, over="place", within="half")
    with pytest.raises(rg.NoSupport, match="value adds up to 6"):
        rg.bootstrap(jobs().head(6).with_columns(value=pl.lit(1)), rg.gini, counts="value")
    three = pl.DataFrame({"place": list("ppq"), "activity": list("aab"), "plant": [1, 2, 3], "value": [1, 1, 1]})
    with pytest.raises(rg.NoSupport, match="place can be dealt out in 3 ways; a test needs 20 or more"):
        rg.permutation(three, rg.ellison_glaeser, shuffle="place")
    with pytest.raises(rg.NoSupport, match="lies in one place or one activity"):
        rg.permutation(jobs().head(6), rg.gini, counts="value")


def test_what_cannot_be_asked_is_refused_with_the_remedy():
    data = jobs()
    cases = [
        ({}, rg.InvalidParameter, "give either over="),
        ({"over": "place", "counts": "value"}, rg.InvalidParameter, "give either over="),
        ({"over": "town"}, rg.InvalidParameter, "over='town' is not in the table"),
        ({"over": "place", "replicates": 100}, rg.InvalidParameter, r"level 0\.95 needs at least 200, better 999"),
        ({"over": "place", "level": 1}, rg.InvalidParameter, "level=1"),
        ({"over": "place", "interval": "normal"}, rg.InvalidParameter, "interval='normal' is unknown"),
        ({"counts": "value", "interval": "bca"}, rg.InvalidParameter, "it needs over="),
        ({"over": "place", "statistic": "giny"}, rg.InvalidParameter, "not 'giny'; name one in statistic="),
        ({"over": "place", "labels": ["town"]}, rg.InvalidParameter, "labels: the answer has"),
        ({"over": "place", "labels": []}, rg.InvalidTable, "name its label columns in labels="),
        ({"over": "place", "within": "activity"}, rg.InvalidTable, "p00 lies in two groups of activity"),
    ]
    for options, error, message in cases:
        with pytest.raises(error, match=message):
            rg.bootstrap(data, rg.gini, **options)
    with pytest.raises(rg.InvalidTable, match=r"value is 1\.5 in row 1; single units are whole numbers"):
        rg.bootstrap(data.with_columns(value=pl.lit(1.5)), rg.gini, counts="value")
    with pytest.raises(rg.InvalidTable, match=r"gives a Complexity, not a table; pick one|gives a \w+, not a table"):
        rg.bootstrap(data, rg.economic_complexity, over="place", statistic="eci")
    with pytest.raises(rg.InvalidTable, match="a PlaceActivity is not a table"):
        rg.bootstrap(rg.PlaceActivity.from_table(data), rg.gini, over="place")
    with pytest.raises(rg.InvalidTable, match="names a row twice"):
        rg.bootstrap(data, rg.location_quotient, over="place", labels=["place"])
    with pytest.raises(rg.InvalidTable, match="no rows"):
        rg.bootstrap(data.head(0), rg.gini, over="place")
    with pytest.raises(rg.InvalidParameter, match="give either shuffle="):
        rg.permutation(data, rg.gini)
    with pytest.raises(rg.InvalidParameter, match=r"level 0\.95 needs at least 39"):
        rg.permutation(data, rg.gini, counts="value", replicates=38)
    with pytest.raises(rg.InvalidParameter, match="alternative='both' is unknown"):
        rg.permutation(data, rg.gini, counts="value", alternative="both")


def test_refusal_of_the_function_travels_up():
    with pytest.raises(rg.InvalidTable, match="appears 2 times"):
        rg.bootstrap(pl.concat([jobs(), jobs()]), rg.gini, over="place")
