"""Matching and weighting: LaLonde's known numbers, small tables by hand, invariances, refusals."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg
from regionomics import impact

DATA = Path(os.environ["POLIEDRO_DATA"]) / "evaluation" if "POLIEDRO_DATA" in os.environ else None
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


@pytest.fixture(scope="module")
def lalonde():
    """The trial's treated and controls (NSW), and the treated beside the survey's pool (CPS)."""
    if DATA is None or not (DATA / "nsw_mixtape.dta").exists():
        pytest.skip("POLIEDRO_DATA names no folder with evaluation/nsw_mixtape.dta")
    import pandas as pd

    nsw, cps = (pd.read_stata(DATA / f"{n}_mixtape.dta") for n in ("nsw", "cps"))
    whole = pl.from_pandas(pd.concat([nsw[nsw.treat == 1], cps])).with_row_index("unit")
    return pl.from_pandas(nsw).with_row_index("unit"), whole


def difference(table, weights=None):
    if weights is None:
        weights = table.select("unit", weight=pl.lit(1.0))
    both = table.join(weights.select("unit", "weight"), on="unit")
    one, zero = (both.filter(pl.col("treat") == t) for t in (1, 0))
    return one["re78"].mean() - (zero["re78"] * zero["weight"]).sum() / zero["weight"].sum()


def test_lalonde_trial_and_naive_difference_are_those_published(lalonde):
    trial, pool = lalonde
    assert difference(trial) == pytest.approx(1794.3433, abs=1e-3)
    assert difference(pool) == pytest.approx(-8497.516, abs=1e-3)


@pytest.mark.parametrize(
    "choice",
    [
        {"replace": True},
        {"exact": ["black", "hisp", "nodegree"], "on": ["age", "educ", "marr", "re74", "re75"]},
        {"exact": ["black", "hisp", "nodegree"], "on": ["age", "educ", "marr", "re74", "re75"], "replace": True},
    ],
)
def test_matching_recovers_the_trial_from_the_survey(lalonde, choice):
    found = impact.match(lalonde[1], treated="treat", **{"on": COVARIATES, **choice})
    assert found.share_matched == 1
    assert (found.balance["difference_after"].abs() < 0.1).all()
    assert (found.balance["difference"].abs() > 0.5).any()
    low, high = 1794.34 - 1.96 * 671.0, 1794.34 + 1.96 * 671.0  # what the trial leaves open
    assert low < difference(lalonde[1], found.weights) < high


def test_matched_difference_is_the_documented_one_within_the_published_range(lalonde):
    """Dehejia and Wahba (1999), Journal of the American Statistical Association 94, doi:10.2307/2669919, table 3: from
    the survey's pool (CPS-1) their methods by the propensity give 1 117, 1 582, 1 616, 1 713 and 1 774 dollars."""
    found = impact.match(lalonde[1], treated="treat", on=COVARIATES, replace=True)
    assert difference(lalonde[1], found.weights) == pytest.approx(1653.5277, abs=1e-3)
    assert 1117 < difference(lalonde[1], found.weights) < 1774


@pytest.mark.parametrize("moments", [1, 2])
def test_entropy_balancing_recovers_the_trial_with_nothing_left_to_differ(lalonde, moments):
    found = impact.entropy_balance(lalonde[1], treated="treat", on=COVARIATES, moments=moments)
    after = found.balance
    # a mark of 0 and 1 has the variance of its mean; with few effective controls n - 1 shows in the ratio
    assert (after["treated_mean"] - after["control_mean_after"]).abs().max() < 1e-6 * 6000
    assert 1100 < difference(lalonde[1], found.weights) < 1900
    assert found.weights.filter(~pl.col("treated"))["weight"].sum() == pytest.approx(185)


SMALL = pl.DataFrame(
    {
        "unit": ["a", "b", "c", "p", "q", "r", "s"],
        "treated": [1, 1, 1, 0, 0, 0, 0],
        "sector": ["x", "x", "y", "x", "x", "x", "z"],
        "size": [1.0, 2.0, 5.0, 1.4, 4.0, 9.0, 5.0],
    }
)


def pairs(found):
    return list(found.pairs.select("unit", "control").iter_rows())


def test_closest_pairs_first_each_control_once():
    # b is nearer to p (0.6) than to q, but a is nearest of all (0.4)
    found = impact.match(SMALL, on=["size"], exact=["sector"])
    assert pairs(found) == [("a", "p"), ("b", "q")]
    assert found.dropped.rows() == [("c", "no control in y")]
    assert found.share_matched == pytest.approx(2 / 3)
    assert found.sample["treated"].to_list() == [3, 0, 1, 2]


def test_with_replacement_each_takes_its_nearest():
    found = impact.match(SMALL, on=["size"], exact=["sector"], replace=True)
    assert pairs(found) == [("a", "p"), ("b", "p")]
    assert found.weights.rows() == [("a", True, 1.0), ("b", True, 1.0), ("p", False, 2.0)]


def test_neighbours_share_the_weight_of_one():
    found = impact.match(SMALL, on=["size"], exact=["sector"], replace=True, neighbours=2)
    assert found.pairs["weight"].to_list() == [0.5] * 4
    assert found.weights.filter(~pl.col("treated"))["weight"].sum() == pytest.approx(2)


def test_caliper_leaves_out_and_says_so():
    wide = impact.match(SMALL, on=["size"], exact=["sector"])
    limit = float(wide.pairs["distance"][0]) * 1.01
    found = impact.match(SMALL, on=["size"], exact=["sector"], caliper=limit)
    assert pairs(found) == [("a", "p")]
    assert dict(found.dropped.rows())["b"].startswith("no control within")


def test_null_covariate_takes_no_part():
    table = SMALL.with_columns(size=pl.when(pl.col("unit").is_in(["a", "p"])).then(None).otherwise("size"))
    found = impact.match(table, on=["size"], exact=["sector"])
    assert pairs(found) == [("b", "q")]
    assert ("a", "a covariate is null") in found.dropped.rows()


def drawn(seed, units=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 2))
    return pl.DataFrame(
        {
            "unit": np.arange(units),
            "treated": (rng.random(units) < 1 / (1 + np.exp(1.5 - x[:, 0]))).astype(int),
            "sector": rng.choice(["x", "y"], units),
            "size": x[:, 0],
            "age": x[:, 1],
        }
    )


@given(st.integers(0, 99), st.sampled_from(["mahalanobis", "propensity"]), st.booleans())
@settings(max_examples=15, deadline=None)
def test_order_of_rows_and_scale_of_covariates_change_no_pair(seed, distance, replace):
    table = drawn(seed)
    other = table[np.random.default_rng(seed).permutation(table.height)].with_columns(size=1000 * pl.col("size") + 3)
    first, second = (
        impact.match(t, on=["size", "age"], exact=["sector"], distance=distance, replace=replace)
        for t in (table, other)
    )
    assert pairs(first) == pairs(second)
    if not replace:
        assert first.pairs["control"].is_unique().all()


@given(st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_without_rivals_the_greedy_choice_is_the_nearest_neighbour(seed):
    table = drawn(seed)
    few = pl.concat([table.filter(pl.col("treated") == 1).head(1), table.filter(pl.col("treated") == 0)])
    x = few.select("size", "age").to_numpy()
    own = x[few["treated"].to_numpy() == 0]
    spread = np.linalg.inv(np.cov(own.T))
    gap = own - x[0]
    nearest = few.filter(pl.col("treated") == 0)["unit"][int(np.argmin(np.einsum("ij,jk,ik->i", gap, spread, gap)))]
    assert pairs(impact.match(few, on=["size", "age"])) == [(few["unit"][0], nearest)]


def test_matching_makes_groups_alike():
    found = impact.match(drawn(1, 3000), on=["size", "age"], exact=["sector"], caliper=0.3)
    assert found.balance["difference"][0] > 0.7
    assert (found.balance["difference_after"].abs() < 0.1).all()


def test_entropy_balancing_by_hand():
    # target mean 2 from controls at 1, 2, 3: equal weights already; at 1 and 4: 2/3 and 1/3
    table = pl.DataFrame({"unit": [1, 2, 3, 4], "treated": [1, 1, 0, 0], "size": [1.5, 2.5, 1.0, 4.0]})
    found = impact.entropy_balance(table, on=["size"])
    assert found.weights["weight"].to_list() == pytest.approx([1, 1, 2 * 2 / 3, 2 * 1 / 3])
    assert found.effective_controls == pytest.approx(1 / ((2 / 3) ** 2 + (1 / 3) ** 2))


def test_entropy_balancing_outside_of_the_controls_is_refused():
    table = pl.DataFrame({"unit": [1, 2, 3, 4], "treated": [1, 1, 0, 0], "size": [5.0, 6.0, 1.0, 4.0]})
    with pytest.raises(rg.NoSupport, match="outside of what the controls span"):
        impact.entropy_balance(table, on=["size"])


def test_balance_by_hand():
    table = pl.DataFrame({"unit": range(5), "treated": [1, 1, 0, 0, 0], "size": [3.0, 5.0, 1.0, 2.0, 3.0]})
    row = impact.balance(table, on=["size"]).row(0, named=True)
    assert row["difference"] == pytest.approx((4 - 2) / np.sqrt((2 + 1) / 2))
    assert row["variance_ratio"] == pytest.approx(2 / 1)
    assert row["difference_after"] is None
    heavy = impact.balance(table.with_columns(w=pl.Series([1, 1, 0, 0, 1])), on=["size"], weights="w").row(
        0, named=True
    )
    assert heavy["difference_after"] == pytest.approx((4 - 3) / np.sqrt((2 + 1) / 2))


def test_covariate_that_tells_groups_apart_is_refused():
    with pytest.raises(rg.NoSupport, match="tell treated from controls"):
        impact.match(drawn(3).with_columns(mark=pl.col("treated") * 2 + 0.001 * pl.col("age")), on=["mark"],
                     distance="propensity")  # fmt: skip


def test_engines_agree():
    table = drawn(5)
    first = impact.match(table, on=["size", "age"])
    assert pl.from_arrow(impact.match(table.to_arrow(), on=["size", "age"]).pairs).equals(first.pairs)
    assert pl.from_pandas(impact.match(table.to_pandas(), on=["size", "age"]).weights).equals(first.weights)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"distance": "euclid"}, rg.InvalidParameter, "distance="),
        ({"neighbours": 0}, rg.InvalidParameter, "neighbours=0"),
        ({"caliper": 0}, rg.InvalidParameter, "caliper=0"),
        ({"on": []}, rg.InvalidParameter, "on="),
        ({"on": "size"}, rg.InvalidParameter, "pass a list"),
        ({"caliper": 1e-9}, rg.NoSupport, "no treated unit has a control"),
    ],
)
def test_question_without_an_answer_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        impact.match(SMALL, **{"on": ["size"], "exact": ["sector"], **options})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: pl.concat([t, t.head(1)]), "a appears 2 times"),
        (lambda t: t.with_columns(treated=pl.lit(2)), "treated is 2"),
        (lambda t: t.with_columns(sector=pl.lit(None)), "sector is null"),
    ],
)
def test_table_that_breaks_a_rule_is_refused(change, message):
    with pytest.raises(rg.InvalidTable, match=message):
        impact.match(change(SMALL), on=["size"], exact=["sector"])
    with pytest.raises(rg.NoSupport, match="needs both kinds"):
        impact.match(SMALL.filter(pl.col("treated") == 1), on=["size"])
