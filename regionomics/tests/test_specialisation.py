"""Properties of location quotients and presences."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables
from scipy import sparse

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


@odd_tables
@given(CELLS)
@settings(max_examples=20, deadline=None)
def test_quotients_weighted_by_the_activity_shares_average_to_one(values):
    data = table(values)
    total = data["value"].sum()
    shares = data.group_by("activity").agg(share=pl.col("value").sum() / total)
    got = rg.location_quotient(data).join(shares, on="activity").drop_nulls()
    for (_place,), rows in got.group_by("place"):
        assert (rows["location_quotient"] * rows["share"]).sum() == pytest.approx(1)


@odd_tables
@given(CELLS, st.sampled_from([0.001, 1 / 3, 7, 1e6]))
@settings(max_examples=20, deadline=None)
def test_unit_of_the_values_moves_no_presence(values, unit):
    assert rg.presence(table(values)).equals(rg.presence(table(values, unit)))


def test_pandas_in_pandas_out_with_the_same_numbers():
    data = table(range(12))
    assert rg.location_quotient(data.to_pandas())["location_quotient"].tolist() == pytest.approx(
        rg.location_quotient(data)["location_quotient"].to_list()
    )


@odd_tables
def test_activity_that_nobody_has_is_unknown():
    data = table([1, 0, 2, 3] * 3)
    got = rg.location_quotient(data).filter(pl.col("activity") == "b")
    assert got["location_quotient"].to_list() == [None] * 3


@odd_tables
@given(CELLS)
@settings(max_examples=10, deadline=None)
def test_totals_by_mapping_give_the_same_quotients_as_the_totals(values):
    data = table(values)
    totals = dict(data.group_by("place").agg(pl.col("value").sum()).iter_rows())
    expected = rg.location_quotient(data)["location_quotient"].cast(pl.Float64).fill_null(np.nan).to_list()
    for shape in (data, rg.PlaceActivity.from_table(data)):
        got = rg.location_quotient(shape, weights=totals)["location_quotient"]
        assert got.cast(pl.Float64).fill_null(np.nan).to_list() == pytest.approx(expected, nan_ok=True)


@odd_tables
def test_place_without_weight_has_no_quotient():
    got = rg.location_quotient(table(range(12)), weights={"p": 0, "q": 2, "r": 3})
    assert got["location_quotient"].is_null().to_list() == [True] * 4 + [False] * 8


def test_interval_covers_the_planted_quotient_in_95_of_100_cases():
    """600 simulated regions, 60 activities with true quotients of known spread; plants arrive by chance."""
    random = np.random.default_rng(11)
    places, activities = 600, 60
    size = random.lognormal(5, 1, places)
    weight = random.dirichlet(np.full(activities, 5.0))
    spread = random.uniform(0.05, 1.0, activities)
    theta = random.gamma(1 / spread, spread, (places, activities))
    plants = random.poisson(np.outer(size, weight) * theta)
    people = plants * 20.0  # all plants of one size: 20 jobs arrive together
    table = pl.DataFrame(
        {
            "place": np.repeat(np.arange(places), activities),
            "activity": np.tile(np.arange(activities), places),
            "value": people.ravel(),
            "plants": plants.ravel(),
        }
    )
    got = rg.shrunk_location_quotient(table, units="plants").sort("place", "activity")
    # The quotient compares shares, so the truth is theta over the place's and the activity's own mean of it.
    of_place = (theta * weight).sum(axis=1, keepdims=True)
    of_activity = (size[:, None] * theta).sum(axis=0) / size.sum()
    truth = (theta / of_place / of_activity * (size[:, None] * of_place).sum() / size.sum()).ravel()
    low, high = got["low"].to_numpy(), got["high"].to_numpy()
    known = ~np.isnan(low)
    assert known.sum() > 20_000
    assert 0.93 <= ((low <= truth) & (truth <= high))[known].mean() <= 0.97
    naive = got["location_quotient"].to_numpy()
    error = lambda guess: float(np.mean((guess[known] - truth[known]) ** 2))  # noqa: E731  one line, used twice
    assert error(got["shrunk"].to_numpy()) < 0.7 * error(naive)


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_interval_covers_in_100_simulated_economies_with_equal_and_with_unequal_plants(sigma):
    """Each economy has 40 regions and 8 activities; plants arrive by chance, log-normal in size (sigma 1: cv 1.31)."""
    random, runs, places, activities = np.random.default_rng(5), 100, 40, 8
    parts, truths = [], []
    for run in range(runs):
        size = random.lognormal(5.5, 0.7, places)
        weight, spread = random.dirichlet(np.full(activities, 8.0)), random.uniform(0.05, 0.8, activities)
        theta = random.gamma(1 / spread, spread, (places, activities))
        plants = random.poisson(np.outer(size, weight) * theta)
        sums = np.concatenate([[0.0], np.cumsum(20 * random.lognormal(-(sigma**2) / 2, sigma, plants.sum()))])
        ends = np.cumsum(plants.ravel())
        labels = {"place": np.repeat(np.arange(places), activities), "activity": np.tile(np.arange(activities), places)}
        people = sums[ends] - sums[ends - plants.ravel()]
        parts.append(pl.DataFrame({"run": run, **labels, "value": people, "plants": plants.ravel()}))
        of_place = (theta * weight).sum(axis=1, keepdims=True)
        of_activity = (size[:, None] * theta).sum(axis=0) / size.sum()
        truths.append((theta / of_place / of_activity * (size[:, None] * of_place).sum() / size.sum()).ravel())
    table, truth = pl.concat(parts), np.concatenate(truths)

    def covered(unit_cv):
        got = rg.shrunk_location_quotient(table, units="plants", unit_cv=unit_cv, by="run")
        got = got.sort("run", "place", "activity").select("low", "high").to_numpy()
        known = ~np.isnan(got[:, 0])
        return ((got[:, 0] <= truth) & (truth <= got[:, 1]))[known].mean()

    assert 0.93 <= covered(np.sqrt(np.exp(sigma**2) - 1)) <= 0.97
    if sigma:
        assert covered(0.0) < 0.9  # plants taken for equal make intervals that are too short


def test_negative_spread_of_plant_sizes_is_refused():
    with pytest.raises(rg.InvalidParameter, match="unit_cv=-1"):
        rg.shrunk_location_quotient(table([1] * 12), unit_cv=-1)


def test_small_place_does_not_top_the_list_by_chance():
    rows = [("big", "a", 3000, 150), ("big", "b", 7000, 350), ("tiny", "a", 30, 1), ("tiny", "b", 20, 1)]
    rows += [(f"p{i}", "a", 1000 + 40 * (i % 5), 50) for i in range(20)]
    rows += [(f"p{i}", "b", 9000, 450) for i in range(20)]
    table = pl.DataFrame(rows, schema=["place", "activity", "value", "plants"], orient="row")
    got = rg.shrunk_location_quotient(table, units="plants").filter(pl.col("activity") == "a")
    assert got.sort("location_quotient")["place"][-1] == "tiny"
    assert got.sort("shrunk")["place"][-1] == "big"


def test_level_outside_the_unit_is_refused():
    with pytest.raises(rg.InvalidParameter, match="level=95"):
        rg.shrunk_location_quotient(table([1] * 12), level=95)


@odd_tables
@given(CELLS, st.sampled_from([0.001, 7, 1e6]))
@settings(max_examples=12, deadline=None)
def test_stars_do_not_depend_on_the_unit(values, unit):
    names = ["place", "activity", "stars"]
    assert rg.cluster_stars(table(values)).select(names).equals(rg.cluster_stars(table(values, unit)).select(names))


@odd_tables
@pytest.mark.parametrize("weights", ["total", "equal"])
def test_quotients_without_zeros_are_the_others_and_need_no_dense_table(weights):
    rng = np.random.default_rng(4)
    x = rng.integers(0, 3, (7, 9)) * rng.integers(1, 50, (7, 9))
    x[3], x[:, 2] = 0, 0
    data = rg.PlaceActivity.from_matrix(x)
    whole = rg.location_quotient(data, weights=weights).filter(pl.col("location_quotient") > 0)
    few = rg.location_quotient(data, weights=weights, zeros=False)
    assert few.select("place", "activity").equals(whole.select("place", "activity"))
    assert few["location_quotient"].to_list() == pytest.approx(whole["location_quotient"].to_list(), rel=1e-12)
    large = sparse.random_array((9_000, 9_000), density=1e-4, rng=1, format="csr")
    assert rg.location_quotient(rg.PlaceActivity.from_matrix(large), zeros=False).height == large.nnz


ODD = pl.DataFrame(
    {
        "year": [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
        "place": ["A", "A", "B", "B"] * 3,
        "activity": ["silk", "wine"] * 6,
        # the second year is odd: A and B change places for once
        "value": [30, 10, 10, 30, 10, 20, 20, 10, 30, 10, 10, 30],
    }
)


def rolled(**options):
    got = rg.presence(ODD, time="year", **options)
    return {tuple(r[:3]): r[3] for r in got.select("place", "activity", "year", "present").rows()}


def test_one_odd_year_does_not_end_a_rolling_presence():
    assert rg.presence(ODD, by="year").filter(year=2, place="A", activity="silk")["present"].to_list() == [0]
    # mean of years 1 and 2: A has 20 of silk and 15 of wine, B 15 and 20; (20 / 35) / (35 / 70) > 1
    assert rolled(window=2)["A", "silk", 2] == 1
    assert rolled(window=3)["A", "silk", 3] == 1
    assert rolled(window=2, rolling="every")["A", "silk", 2] == 0
    assert rolled(window=2, rolling="any")["A", "wine", 3] == 1
    # quotients of A in silk: (30 / 40) / (40 / 80) = 1.5, then (10 / 30) / (30 / 60) = 0.67; mean 1.08
    assert rolled(window=2, rolling="quotients")["A", "silk", 2] == 1


def test_rolling_presence_starts_with_the_first_whole_window():
    assert {year for _, _, year in rolled(window=2)} == {2, 3}
    assert {year for _, _, year in rolled(window=3)} == {3}
    alone = rg.presence(ODD, by="year").select("place", "activity", "year", "present").sort("year", "place", "activity")
    assert rg.presence(ODD, time="year", window=1).equals(alone)


def test_rolling_presence_refuses_what_it_cannot_do():
    with pytest.raises(rg.InvalidTable, match="year has 3 periods, window=4 needs as many"):
        rolled(window=4)
    with pytest.raises(rg.InvalidParameter, match="window=0"):
        rolled(window=0)
    with pytest.raises(rg.InvalidParameter, match="rolling='mean' is unknown"):
        rolled(rolling="mean")


def test_panel_of_results_is_read_by_its_keys():
    panel = rg.relatedness(ODD, by="year", method="conditional")
    assert list(panel) == [1, 2, 3]
    assert panel[2].matrix.rows.to_pylist() == ["silk", "wine"]
    assert panel.table().columns == ["year", "activity_1", "activity_2", "relatedness"]
    with pytest.raises(KeyError, match="no group 4 of year; there are 3: 1, 2, 3"):
        panel[4]
    with pytest.raises(rg.InvalidParameter, match="a PlaceActivity holds one group only"):
        rg.relatedness(rg.PlaceActivity.from_table(ODD.filter(year=1)), by="year")
    with pytest.raises(rg.InvalidTable, match=r"appears 2 times.*\(in year=1\)"):
        rg.relatedness(pl.concat([ODD, ODD.head(1)]), by="year")
