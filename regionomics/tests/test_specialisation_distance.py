"""Properties of Kd and M, and of what chance gives for them."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg
from regionomics.specialisation._envelope import envelope

COORDINATE = st.floats(0, 100).map(lambda v: round(v, 3))
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE, st.integers(1, 50)), min_size=16, max_size=16, unique=True)
GRID = [1.0, 5.0, 20.0, 60.0]


def table(points):
    x, y, size = zip(*points, strict=True)
    return pl.DataFrame({"x": x, "y": y, "size": size, "activity": list("aaaaaabbbbbbcccc")})


def spread(n, seed, activities=4):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 100, (2, n))
    return pl.DataFrame(
        {"x": x, "y": y, "size": rng.integers(1, 50, n), "activity": rng.integers(0, activities, n)}
    ).with_columns(pl.format("a{}", "activity").alias("activity"))


def numbers(column):
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def kd(data, **options):
    return rg.kd_function(data, **{"distances": GRID, "bandwidth": 4.0, "minimum_plants": 3, **options})


def m(data, **options):
    return rg.m_function(data, **{"distances": GRID, "minimum_plants": 2, **options})


@odd_tables
@given(POINTS, st.sampled_from([None, "size"]))
@settings(max_examples=15, deadline=None)
def test_kd_agrees_with_its_formula(points, value):
    data = table(points)
    got = kd(data, value=value).curves
    for activity, own in data.group_by("activity"):
        wanted = np.zeros(len(GRID))
        total = 0.0
        for (x, y, v, _), (x2, y2, v2, _) in itertools.combinations(own.iter_rows(), 2):
            d, w = np.hypot(x - x2, y - y2), 1.0 if value is None else v * v2
            both = (np.array(GRID) - d) / 4, (np.array(GRID) + d) / 4
            wanted += w * sum(np.exp(-0.5 * u**2) for u in both) / np.sqrt(2 * np.pi)
            total += w
        found = got.filter(pl.col("activity") == activity[0])["kd"].to_numpy()
        wanted /= 4 * total
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-4 / (4 * np.sqrt(2 * np.pi)))


@odd_tables
@given(POINTS, st.sampled_from([None, "size"]), st.sampled_from([None, "c"]))
@settings(max_examples=15, deadline=None)
def test_m_agrees_with_its_formula(points, value, neighbour):
    data = table(points)
    got = m(data, value=value, neighbour=neighbour).curves
    x, y = data["x"].to_numpy(), data["y"].to_numpy()
    w = np.ones(16) if value is None else data["size"].to_numpy().astype(float)
    kind = data["activity"].to_numpy()
    d = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(d, np.inf)
    for activity in "ab":
        own, theirs = kind == activity, kind == (neighbour or activity)
        for r, found in zip(GRID, got.filter(pl.col("activity") == activity)["m"], strict=True):
            near = d[own] <= r
            every = near @ w
            ok = every > 0
            rest = (w * theirs).sum() - (0 if neighbour else w[own])
            expected = (rest / (w.sum() - w[own]))[ok].sum()
            if ok.any():
                assert found == pytest.approx(((near @ (w * theirs))[ok] / every[ok]).sum() / expected)
            else:
                assert found is None


@odd_tables
@given(POINTS, st.integers(0, 99), st.sampled_from([0.01, 3.0, 1000.0]), st.floats(0, 6))
@settings(max_examples=10, deadline=None)
def test_unit_place_on_the_map_turn_order_and_labels_change_nothing(points, seed, unit, turn):
    data = table(points)
    c, s = np.cos(turn), np.sin(turn)
    moved = data.with_columns(
        x=unit * (pl.col("x") * c - pl.col("y") * s) + 7,
        y=unit * (pl.col("x") * s + pl.col("y") * c) - 3,
        size=pl.col("size") * 5,
        activity=pl.col("activity") + "1",
    ).sample(fraction=1, shuffle=True, seed=seed)
    first = kd(data, value="size").curves
    second = kd(moved, value="size", distances=[unit * d for d in GRID], bandwidth=4 * unit).curves
    assert numbers(second["kd"]) * unit == pytest.approx(numbers(first["kd"]), rel=1e-3, abs=1e-7)
    between = [0.77, 4.9137, 19.3371, 61.237]
    first = m(data, value="size", distances=between).curves
    second = m(moved, value="size", distances=[unit * d for d in between]).curves
    assert numbers(second["m"]) == pytest.approx(numbers(first["m"]), nan_ok=True)


def test_row_order_does_not_change_what_chance_gives():
    data = spread(60, 3, activities=2)
    mixed = data.sample(fraction=1, shuffle=True, seed=5)
    for function in (rg.kd_function, rg.m_function):
        first = function(data, value="size", simulations=39, seed=1)
        assert function(mixed, value="size", simulations=39, seed=1).curves.equals(first.curves)
        assert not function(data, value="size", simulations=39, seed=2).curves.equals(first.curves)
        alone = function(data, value="size", simulations=39, seed=1, activities=["a1"])
        assert alone.curves.equals(first.curves.filter(pl.col("activity") == "a1"))


def test_density_adds_up_to_one_with_the_bandwidth_of_silverman():
    data = spread(80, 1, activities=1)
    found = rg.kd_function(data, distances=np.linspace(0, 200, 2001))
    assert np.trapezoid(found.curves["kd"], found.curves["distance"]) == pytest.approx(1, abs=1e-6)
    x, y = data["x"].to_numpy(), data["y"].to_numpy()
    i, j = np.triu_indices(80, 1)
    d = np.hypot(x[i] - x[j], y[i] - y[j])
    iqr = np.subtract(*np.quantile(d, (0.75, 0.25)))
    wanted = 0.9 * min(d.std(ddof=1), iqr / 1.34) * (80 * 79 / 2) ** -0.2
    assert found.activities["bandwidth"][0] == pytest.approx(wanted)


def test_default_distances_end_at_the_median_of_all_plants():
    data = spread(80, 1, activities=2)
    x, y = data["x"].to_numpy(), data["y"].to_numpy()
    i, j = np.triu_indices(80, 1)
    median = np.median(np.hypot(x[i] - x[j], y[i] - y[j]))
    for function, first in ((rg.kd_function, 0), (rg.m_function, median / 60)):
        distance = function(data).curves.filter(pl.col("activity") == "a0")["distance"].to_numpy()
        assert distance[0] == pytest.approx(first)
        assert distance[-1] == pytest.approx(median)


@odd_tables
def test_m_of_everything_is_one_and_equal_sizes_are_no_sizes():
    data = spread(60, 2, activities=1)
    assert m(data, value="size").curves["m"].drop_nulls().to_numpy() == pytest.approx(1)
    mixed = spread(60, 2).with_columns(same=pl.lit(7))
    for function, name in ((kd, "kd"), (m, "m")):
        assert numbers(function(mixed, value="same").curves[name]) == pytest.approx(
            numbers(function(mixed).curves[name]), nan_ok=True
        )


@odd_tables
def test_degrees_are_kilometres_on_the_great_circle():
    """Bari to Milan, 16.8719 E 41.1171 N to 9.19 E 45.4642 N: 788 km; a degree of latitude is 111.195 km."""
    data = pl.DataFrame({"x": [16.8719, 9.19, 9.19], "y": [41.1171, 45.4642, 46.4642], "activity": ["a"] * 3})
    close = rg.m_function(data, degrees=True, distances=[111, 111.3], minimum_plants=2).curves["m"].to_list()
    assert close == [None, pytest.approx(1)]
    bari = data.head(2).with_columns(activity=pl.Series(["a", "b"]))
    near = rg.m_function(bari, degrees=True, distances=[780, 795], neighbour="b", minimum_plants=1 + 1).activities
    assert near["reason"].to_list() == ["1 plants, 2 are needed"] * 2
    far = rg.kd_function(
        data, degrees=True, distances=np.linspace(0, 1000, 2001), bandwidth=1.0, minimum_plants=3
    ).curves
    peaks = far.sort("kd", descending=True)["distance"]
    a, b = np.radians([41.1171, 45.4642])
    arc = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(16.8719 - 9.19) / 2) ** 2
    bari_milan = 2 * 6371.0088 * np.arcsin(np.sqrt(arc))
    assert 785 < bari_milan < 792
    assert np.abs(peaks.head(20).to_numpy() - bari_milan).min() < 0.5
    assert np.abs(peaks.head(20).to_numpy() - 111.195).min() < 0.5


def test_gathered_activity_is_localised_and_few_of_those_spread_by_chance_are():
    plants = spread(600, 4, activities=20)
    gathered = pl.col("activity") == "a7"
    moved = plants.with_columns(
        x=pl.when(gathered).then(50 + pl.col("x") / 10).otherwise("x"),
        y=pl.when(gathered).then(50 + pl.col("y") / 10).otherwise("y"),
    )
    for function in (rg.kd_function, rg.m_function):
        found = function(moved, simulations=99, seed=1, distances=np.linspace(1, 20, 20)).activities
        seven = found.filter(gathered).row(0, named=True)
        assert seven["verdict"] == "localised"
        assert seven["p_localised"] == pytest.approx(1 / 100)
        assert seven["localisation"] > 0
        others = found.filter(~gathered)
        assert (others["verdict"] == "localised").sum() <= 4  # of 19, one in twenty is expected
        assert (others["p_localised"] <= 0.05).sum() <= 4
        assert others["p_localised"].mean() == pytest.approx(0.5, abs=0.25)


def test_bands_lie_inside_each_other_and_as_few_curves_pass_them_as_they_say():
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(400, 15)).cumsum(axis=1)
    found = envelope(np.zeros(15), drawn, 0.9)
    assert (found.global_low <= found.low).all()
    assert (found.low <= found.high).all()
    assert (found.high <= found.global_high).all()
    assert (drawn > found.high).mean(axis=0) == pytest.approx(0.05, abs=0.003)
    assert 0.035 <= (drawn > found.global_high).any(axis=1).mean() <= 0.05
    assert 0.035 <= (drawn < found.global_low).any(axis=1).mean() <= 0.05


def test_p_is_the_share_of_curves_that_are_as_extreme():
    drawn = np.array([[1.0, 5.0], [2.0, 3.0], [3.0, 1.0], [4.0, 2.0]])
    # ranks from above with the observed (3.5, 4): it is second at both; the first is last and first, the fourth first
    # and fourth: these two have a better best rank
    found = envelope(np.array([3.5, 4.0]), drawn, 0.5)
    assert found.p_above == pytest.approx(3 / 5)
    assert envelope(np.array([9.0, 9.0]), drawn, 0.5).p_above == pytest.approx(1 / 5)
    assert envelope(np.array([0.0, 0.0]), drawn, 0.5).p_below == pytest.approx(1 / 5)


def test_distance_at_which_a_drawn_curve_is_unknown_has_no_bands():
    drawn = np.array([[np.nan, 1.0], [2.0, 2.0], [3.0, 3.0]])
    found = envelope(np.array([1.0, 9.0]), drawn, 0.5)
    assert np.isnan(found.high[0])
    assert found.high[1] == pytest.approx(2.5)
    assert np.isnan(envelope(np.array([np.nan]), drawn[:, :1], 0.5).p_above)


@odd_tables
def test_too_few_plants_and_plants_without_spread_say_why_there_is_no_curve():
    data = spread(30, 1, activities=2)
    few = pl.concat([data, data.head(2).with_columns(activity=pl.lit("few"))])
    for function in (rg.kd_function, rg.m_function):
        found = function(few, simulations=20)
        row = found.activities.filter(pl.col("activity") == "few").row(0, named=True)
        assert row["reason"] == "2 plants, 10 are needed"
        assert row["verdict"] is None
        assert "few" not in found.curves["activity"].to_list()
    corners = pl.DataFrame({"x": [0.0, 1.0, 0.5], "y": [0.0, 0.0, np.sqrt(0.75)], "activity": ["a"] * 3})
    found = rg.kd_function(corners, minimum_plants=3)
    assert found.activities["reason"].to_list() == ["all plants are equally far from each other; give a bandwidth"]
    assert found.curves.height == 0
    sizes = data.with_columns(size=pl.when(pl.col("activity") == "a0").then(0).otherwise(pl.col("size")))
    assert rg.kd_function(sizes, value="size").activities["reason"][0] == "fewer than two plants have a size above 0"
    assert rg.m_function(sizes, value="size").activities["reason"][0] == "its plants have no size"
    assert "neighbour=None" in rg.m_function(data, neighbour="a1").activities["reason"][1]


def test_pandas_answers_in_pandas():
    data = spread(30, 1, activities=2)
    got = rg.kd_function(data.to_pandas(), simulations=20)
    assert got.curves["kd"].tolist() == pytest.approx(rg.kd_function(data).curves["kd"].to_list())
    assert list(got.activities["activity"]) == ["a0", "a1"]


def test_what_cannot_be_asked_is_refused_with_the_remedy():
    data = spread(30, 1)
    refusals = [
        ({"distances": [3, 1]}, rg.InvalidParameter, "they are >= 0 and rise"),
        ({"distances": [-1, 1]}, rg.InvalidParameter, "they are >= 0 and rise"),
        ({"level": 1}, rg.InvalidParameter, "level=1"),
        ({"simulations": 10}, rg.InvalidParameter, "bands of level 0.9 need at least 20"),
        ({"minimum_plants": 1}, rg.InvalidParameter, "minimum_plants=1"),
        ({"activities": ["zz"]}, rg.InvalidParameter, "'zz' is not among the 4 labels"),
        ({"x": "nowhere"}, rg.InvalidTable, "column 'nowhere'"),
        ({"degrees": True, "y": "far"}, rg.InvalidTable, "not longitude and latitude"),
    ]
    for options, error, message in refusals:
        for function in (rg.kd_function, rg.m_function):
            with pytest.raises(error, match=message):
                function(data.with_columns(far=pl.col("y") + 100), **options)
    with pytest.raises(rg.InvalidParameter, match="bandwidth=0"):
        rg.kd_function(data, bandwidth=0)
    with pytest.raises(rg.InvalidTable, match="1 rows; distances need at least two plants"):
        rg.kd_function(data.head(1))
    with pytest.raises(rg.InvalidTable, match="half of all plants stand at one point"):
        rg.m_function(data.with_columns(x=pl.lit(1.0), y=pl.lit(1.0)))


@odd_tables
@pytest.mark.parametrize("function", [kd, m])
def test_panel_gives_each_group_its_own_curves(function):
    years = {2019: spread(40, 1), 2020: spread(40, 2)}
    both = pl.concat([t.with_columns(year=pl.lit(y)) for y, t in years.items()])
    got = function(both, by="year", value="size", simulations=39, level=0.9)
    for year, table in years.items():
        alone = function(table, value="size", simulations=39, level=0.9)
        assert got.curves.filter(pl.col("year") == year).drop("year").equals(alone.curves)
        assert got.activities.filter(pl.col("year") == year).drop("year").equals(alone.activities)
    assert got.curves.columns[0] == got.activities.columns[0] == "year"
    with pytest.raises(rg.InvalidTable, match="in year=2021"):
        function(pl.concat([both, both.head(1).with_columns(year=pl.lit(2021, pl.Int32))]), by="year")
