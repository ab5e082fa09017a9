"""The chance of entry by what is related, and the order in which a place diversifies fastest."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promises import odd_tables

import regionomics as rg
from regionomics.relatedness._presence import LabelledMatrix
from regionomics.relatedness.measures import Relatedness

quick = settings(max_examples=15, deadline=None)


def network(links: list[tuple[int, int]], n: int) -> Relatedness:
    """A Relatedness of n activities that are linked (1) or not (0)."""
    a = np.zeros((n, n))
    for i, j in links:
        a[i, j] = a[j, i] = 1.0
    labels = pa.array([f"a{k:02d}" for k in range(n)])
    return Relatedness(LabelledMatrix(a, labels, labels), "given", "ubiquity", 0)


def random_network(seed: int, n: int, density: float = 0.4) -> Relatedness:
    rng = np.random.default_rng(seed)
    links = [(i, j) for i in range(n) for j in range(i + 1, n) if rng.random() < density]
    return network([(0, 1), *links], n)


def wheel(n: int) -> Relatedness:
    """Activity 0 is the hub, 1 .. n - 1 the rim."""
    return network([(0, i) for i in range(1, n)] + [(i, i + 1 if i < n - 1 else 1) for i in range(1, n)], n)


def wheel_time(before: int, n: int, alpha: float) -> float:
    """Alshamsi et al. (2018), equation 2: the hub comes once `before` of the rim are there."""
    return 3**alpha * (before - 1) + ((n - 1) / before) ** alpha + 1.5**alpha * (n - 2 - before) + 1


def times(got: object) -> dict[str, float]:
    return dict(got.strategies.rows())


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0, 2.5), st.floats(0.05, 1))
def test_best_path_is_the_best_of_all_orders(seed, alpha, b):
    phi = random_network(seed, 7)
    got = rg.diversification_path(phi, ["a00"], alpha=alpha, b=b, draws=0)
    a = phi.matrix.values
    free = [int(v[1:]) for v in got.steps.filter(pl.col("strategy") == "best")["activity"]]
    best = np.inf
    for order in permutations(free):
        has, total = {0}, 0.0
        for i in order:
            load = sum(a[i, j] for j in has)
            total += np.inf if load == 0 else 1 / (b * (load / a[i].sum()) ** alpha)
            has.add(i)
        best = min(best, total)
    row = got.summary.row(0, named=True)
    assert row["time"] == pytest.approx(best)
    assert row["exact"]
    assert all(best <= t * (1 + 1e-12) for t in times(got).values())


@odd_tables
@quick
@given(st.integers(0, 10_000), st.floats(0.2, 2))
def test_moves_and_bound_enclose_the_best_path(seed, alpha):
    phi = random_network(seed, 12, 0.3)
    exact = rg.diversification_path(phi, ["a00"], alpha=alpha, draws=0).summary.row(0, named=True)
    rough = rg.diversification_path(phi, ["a00"], alpha=alpha, draws=0, exact=0)
    row = rough.summary.row(0, named=True)
    assert row["bound"] <= exact["time"] * (1 + 1e-9)
    assert exact["time"] <= row["time"] * (1 + 1e-9)
    assert row["time"] <= min(times(rough).values()) + 1e-9


def test_moves_come_near_the_best_path_though_nothing_promises_how_near():
    gaps = []
    for seed in range(60):
        phi = random_network(seed, 12, 0.3)
        best, rough = (
            rg.diversification_path(phi, ["a00"], draws=0, **how).summary["time"][0] for how in ({}, {"exact": 0})
        )
        gaps.append(rough / best - 1)
    assert np.mean(gaps) < 0.01
    assert max(gaps) < 0.1


@pytest.mark.parametrize(("n", "alpha"), [(12, 1.0), (14, 1.5), (16, 0.7), (30, 1.5), (100, 1.0)])
def test_wheel_takes_the_time_of_the_paper(n, alpha):
    got = rg.diversification_path(wheel(n), ["a01"], alpha=alpha, draws=0)
    best = min(wheel_time(k, n, alpha) for k in range(1, n - 1))
    row = got.summary.row(0, named=True)
    assert row["time"] == pytest.approx(best)
    assert row["bound"] > 0.95 * best
    assert times(got)["greedy"] > best
    assert times(got)["high_degree"] > best


def test_steps_add_up_and_follow_the_law():
    got = rg.diversification_path(random_network(4, 10), ["a00", "a03"], b=0.3, alpha=1.4)
    for name in ("best", "greedy", "majority", "high_degree", "low_degree"):
        steps = got.steps.filter(pl.col("strategy") == name)
        assert steps["probability"].to_list() == pytest.approx((0.3 * steps["related"] ** 1.4).to_list())
        assert steps["time"].to_list() == pytest.approx((1 / steps["probability"]).to_list())
        assert steps["total"].to_list() == pytest.approx(steps["time"].cum_sum().to_list())
        assert steps["total"][-1] == pytest.approx(times(got)[name])
        assert steps["activity"].n_unique() == steps.height
    assert times(got)["random"] > times(got)["best"]


def test_what_no_link_reaches_is_named():
    got = rg.diversification_path(network([(0, 1), (2, 3)], 5), ["a00"])
    assert got.unreachable["activity"].to_list() == ["a02", "a03", "a04"]
    assert got.summary.row(0) == (1, 3, 1.0, 1.0, True)
    whole = rg.diversification_path(network([(0, 1)], 2), ["a00", "a01"])
    assert whole.summary.row(0) == (0, 0, 0.0, 0.0, True)
    nothing = rg.diversification_path(network([(0, 1)], 2), [])
    assert nothing.unreachable.height == 2


def test_random_orders_are_repeatable():
    phi = random_network(2, 12)
    one, same, other = (times(rg.diversification_path(phi, ["a00"], draws=5, seed=s))["random"] for s in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"b": 0}, "b=0"),
        ({"b": 1.5}, "b=1.5"),
        ({"alpha": -1}, "alpha=-1"),
        ({"exact": 21}, "exact=21"),
        ({"draws": -1}, "draws=-1"),
        ({"link": 0}, "link=0"),
        ({"present": ["z"]}, "'z' is not among"),
        ({"present": ["a00", "a00"]}, "1 activities twice"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, said):
    with pytest.raises(rg.InvalidParameter, match=said):
        rg.diversification_path(network([(0, 1)], 2), **{"present": ["a00"], **options})


def spreading(seed: int, b: float, alpha: float) -> tuple[pl.DataFrame, Relatedness]:
    """Places that enter by the law itself, and the network behind."""
    rng = np.random.default_rng(seed)
    phi = random_network(seed, 40, 0.15)
    a = phi.matrix.values
    m = rng.random((120, 40)) < 0.25
    parts = []
    for year in range(4):
        i, j = np.nonzero(m)
        parts.append(
            pl.DataFrame(
                {"place": [f"p{k}" for k in i], "activity": [f"a{k:02d}" for k in j], "year": year, "value": 1}
            )
        )
        x = m @ a / np.maximum(a.sum(axis=1), 1)
        m = m | (rng.random(m.shape) < b * x**alpha)
    return pl.concat(parts), phi


@pytest.mark.parametrize(("b", "alpha"), [(0.3, 1.5), (0.16, 1.03), (0.74, 1.09)])
def test_law_that_made_the_entries_is_found(b, alpha):
    inside = []
    for seed in range(6):
        panel, phi = spreading(seed, b, alpha)
        row = rg.contagion_model(panel, phi, presence="given").fit.row(0, named=True)
        assert row["unrelated_entries"] == 0
        inside += [abs(row["b"] - b) / row["b_se"], abs(row["alpha"] - alpha) / row["alpha_se"]]
    assert np.mean(np.array(inside) < 1.96) > 0.7
    assert max(inside) < 4.5


def test_likelihood_is_the_highest_around():
    panel, phi = spreading(1, 0.3, 1.2)
    found = rg.contagion_model(panel, phi, presence="given")
    row = found.fit.row(0, named=True)
    assert found.bins["options"].sum() == row["options"]
    assert found.bins["entries"].sum() == row["entries"]
    assert (found.bins["fitted"] * found.bins["options"]).sum() == pytest.approx(row["entries"], rel=0.02)
    by_line = rg.contagion_model(panel, phi, presence="given", fit="bins").fit.row(0, named=True)
    assert by_line["log_likelihood"] < row["log_likelihood"]


@odd_tables
def test_network_of_the_first_period_is_the_default_and_countries_run_by_themselves():
    panel, _ = spreading(3, 0.4, 1.0)
    first = rg.relatedness(panel.filter(pl.col("year") == 0), method="conditional", presence="given")
    given_ = rg.contagion_model(panel, first, presence="given", link=0.3)
    own = rg.contagion_model(panel, presence="given", link=0.3)
    assert own.fit.rows() == given_.fit.rows()
    both = pl.concat([panel.with_columns(country=pl.lit(c)) for c in "AB"])
    assert rg.contagion_model(both, presence="given", link=0.3, by="country").fit.drop("country").rows() == (
        own.fit.rows() * 2
    )


def test_nothing_to_fit_is_said():
    panel, phi = spreading(1, 0.3, 1.2)
    still = panel.filter(pl.col("year") == 0)
    still = pl.concat([still, still.with_columns(year=1)])
    with pytest.raises(rg.NoSupport, match="nobody entered"):
        rg.contagion_model(still, phi, presence="given")
    with pytest.raises(rg.InvalidParameter, match="bins=1"):
        rg.contagion_model(panel, phi, presence="given", bins=1)
    with pytest.raises(rg.InvalidParameter, match="fit='line'"):
        rg.contagion_model(panel, phi, presence="given", fit="line")
