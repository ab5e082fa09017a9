"""Bounds under violations of parallel trends: R's published digits, coverage, shape, refusals."""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog
from scipy.special import ndtr, ndtri

import regionomics as rg
from regionomics import impact
from regionomics.impact import trends

DIGITS = Path(__file__).parent / "digits"
sys.path.insert(0, str(DIGITS))
from impact_panel import panel  # noqa: E402  (the folder of digits is not a package)

MEDICAID = json.loads((DIGITS / "impact_medicaid.json").read_text())


def medicaid(**more):
    return impact.relative_magnitudes(
        MEDICAID["estimates"], np.array(MEDICAID["covariance"]), before=MEDICAID["before"], **more
    )


def test_bounds_of_the_medicaid_example_are_those_of_r():
    # HonestDiD 0.2.8, README, "C-LF", with a grid of steps of 3.7e-4
    theirs = {0.5: (0.0241, 0.0673), 1.0: (0.0171, 0.0720), 1.5: (0.00859, 0.0796), 2.0: (-0.00107, 0.0883)}
    found = medicaid()
    for m, low, high in found.table.iter_rows():
        assert (low, high) == pytest.approx(theirs[m], abs=5e-4)
    assert found.breakdown == 2


def test_smoothness_bounds_of_the_medicaid_example_are_those_of_r():
    # HonestDiD 0.2.8, README, Delta SD, "FLCI"
    theirs = {0.0: (0.0260, 0.0607), 0.02: (0.0028, 0.0907), 0.05: (-0.0272, 0.1207)}
    found = impact.smoothness(
        MEDICAID["estimates"], np.array(MEDICAID["covariance"]), before=5, magnitudes=list(theirs)
    )
    for m, low, high in found.table.iter_rows():
        assert (low, high) == pytest.approx(theirs[m], abs=1e-4)
    assert found.breakdown == 0.05


def test_smoothness_widens_with_the_bend_and_refuses_what_it_cannot_bound():
    estimates, covariance = [0.3, 0.1, 1.0, 1.2], np.diag([0.01, 0.01, 0.02, 0.03])
    table = impact.smoothness(estimates, covariance, before=2, magnitudes=[0, 0.1, 0.2, 0.4], of=[0.5, 0.5]).table
    assert (table["high"] - table["low"]).diff().drop_nulls().min() > 0
    with pytest.raises(rg.InvalidParameter, match="both sides"):
        impact.smoothness(estimates, covariance, before=4)
    with pytest.raises(rg.NoSupport, match="no error"):
        impact.smoothness(estimates, np.diag([0.01, 0.0, 0.02, 0.03]), before=2)


def test_bounds_take_seconds_not_minutes():
    start = time.perf_counter()
    medicaid()
    assert time.perf_counter() - start < 10  # a whole order above what it takes; peers need minutes


def test_original_interval_is_the_usual_one():
    low, high = medicaid().original
    middle, error = MEDICAID["estimates"][5], math.sqrt(MEDICAID["covariance"][5][5])
    assert (low, high) == pytest.approx((middle - 1.96 * error, middle + 1.96 * error), abs=1e-5)


def test_wider_violations_never_give_a_narrower_interval():
    table = medicaid(magnitudes=[0, 0.25, 0.5, 1, 2, 3]).table
    assert (table["low"].diff().drop_nulls() <= 1e-6).all()
    assert (table["high"].diff().drop_nulls() >= -1e-6).all()


def test_average_of_the_periods_after_and_unit_of_the_outcome():
    one = medicaid(of=[0.5, 0.5])
    cents = impact.relative_magnitudes(
        100 * np.array(MEDICAID["estimates"]), 1e4 * np.array(MEDICAID["covariance"]), before=5, of=[0.5, 0.5]
    )
    assert (cents.table["low"] / 100).to_list() == pytest.approx(one.table["low"].to_list(), abs=1e-5)


def test_vertices_solve_the_linear_program():
    rng = np.random.default_rng(2)
    rows = trends._inequalities(3, 4, 1.0, 1, -1.0)
    root = rng.normal(size=(7, 7))
    sd = np.sqrt(np.diag(rows @ root @ root.T @ rows.T))
    nuisance = rows[:, 4:]
    vertices = trends._vertices(sd, nuisance)
    for _ in range(20):
        y = rows @ rng.normal(size=7)
        bound = linprog([1, 0, 0, 0], A_ub=-np.column_stack([sd, nuisance]), b_ub=-y, bounds=[(None, None)] * 4)
        assert (vertices @ y).max() == pytest.approx(bound.fun, abs=1e-8)


def test_interval_covers_the_effect_where_trends_differ_as_much_as_allowed():
    rng = np.random.default_rng(5)
    error, effect, kept = 0.1, 0.0, 0
    # steps of .1 before joining, and of .1 after: m = 1 is just enough
    bias = np.array([-0.1, 0.1, 0.1, 0.2])
    covariance = error**2 * (np.eye(4) + 1) / 2
    for _ in range(75):
        drawn = rng.multivariate_normal(bias + np.array([0, 0, effect, effect]), covariance)
        low, high = impact.relative_magnitudes(drawn, covariance, before=2, magnitudes=[1.0], draws=2000).table.row(0)[
            1:
        ]
        kept += low <= effect <= high
    assert kept / 75 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 75)


def test_event_study_feeds_the_bounds():
    table = pl.DataFrame(panel())
    found = impact.group_time_effects(table, covariates=["x"], base="universal")
    study = found.event_study(-3, 1)
    assert study.event_times.tolist() == [-3, -2, 0, 1]
    rows = {r["event"]: r for r in found.dynamic.table.iter_rows(named=True)}
    assert study.estimates.tolist() == pytest.approx([rows[e]["att"] for e in (-3, -2, 0, 1)])
    assert np.sqrt(np.diag(study.covariance)).tolist() == pytest.approx([rows[e]["se"] for e in (-3, -2, 0, 1)])
    bounds = impact.relative_magnitudes(study.estimates, study.covariance, before=study.before)
    assert bounds.table.height == 4
    with pytest.raises(rg.NoSupport, match="event times"):
        found.event_study(-9, 1)
    with pytest.raises(rg.InvalidParameter, match="universal"):
        impact.group_time_effects(table).event_study()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"before": 0}, "before=0"),
        ({"before": 7}, "before=7"),
        ({"magnitudes": [-1]}, "magnitudes"),
        ({"magnitudes": []}, "magnitudes"),
        ({"of": [1]}, "one weight for each"),
        ({"level": 95}, "level=95"),
    ],
)
def test_question_out_of_range_is_refused(options, message):
    with pytest.raises(rg.InvalidParameter, match=message):
        impact.relative_magnitudes(MEDICAID["estimates"], np.array(MEDICAID["covariance"]), **{"before": 5, **options})


def test_base_period_left_in_is_refused():
    covariance = np.array(MEDICAID["covariance"])
    covariance[2] = covariance[:, 2] = 0
    with pytest.raises(rg.NoSupport, match="leave out the base period"):
        impact.relative_magnitudes(MEDICAID["estimates"], covariance, before=5)


def test_too_many_periods_after_are_refused():
    with pytest.raises(rg.InvalidParameter, match="at most 10"):
        impact.relative_magnitudes(np.zeros(14), np.eye(14), before=2)


def not_rejected(theta, beta, sigma, before, m, weights, place, sign, draws=300, alpha=0.05):
    """One conditional test with a least favourable first stage, by linear programs and halving: no list of vertices.

    Andrews, Roth and Pakes (2023), sections 4.2 and 5: eta = max of v (y - a theta) over v >= 0, v sd = 1, v X = 0.
    """
    after = len(beta) - before
    path = np.eye(len(beta) + 1)
    largest = sign * (path[place + 1] - path[place])
    steps = [path[r + 1] - path[r] for r in range(before, len(beta))]
    rows = np.delete([s * step - m * largest for step in steps for s in (1, -1)], before, axis=1)
    others = np.linalg.svd(np.asarray(weights)[None, :])[2][1:].T
    moved = rows[:, before:] @ np.column_stack([np.asarray(weights) / np.dot(weights, weights), others])
    spread = rows @ sigma @ rows.T
    equal = np.vstack([np.sqrt(np.diag(spread)), moved[:, 1:].T])

    def largest_of(y):
        found = linprog(-y, A_eq=equal, b_eq=np.eye(after)[0], bounds=(0, None))
        return -found.fun, found.x

    y = rows @ beta - moved[:, 0] * theta
    eta, v = largest_of(y)
    kappa = alpha / 10
    noise = np.random.default_rng(1).multivariate_normal(np.zeros(len(y)), spread, draws)
    first = np.quantile([largest_of(e)[0] for e in noise], 1 - kappa)
    if eta > first:
        return False
    sd = np.sqrt(v @ spread @ v)
    along = spread @ v / sd**2
    rest = y - along * (v @ y)

    def still(value):
        return abs(largest_of(rest + along * value)[0] - value) < 1e-9 * max(1.0, abs(value) / sd)

    def until(step):
        inside, outside = eta, eta + step
        if still(outside):
            return outside
        for _ in range(40):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if still(middle) else (inside, middle)
        return inside

    low, high = ndtr(until(-40 * sd) / sd), ndtr(min(until(40 * sd), first) / sd)
    share = 1 - (alpha - kappa) / (1 - kappa)
    return eta <= max(0.0, sd * ndtri(low + share * (high - low)))


FEW_BEFORE = (
    [0.00488, 0.01827, 0.05623, 0.05129, 0.0571, 0.04081],
    np.diag([0.00921, 0.0173, 0.0115, 0.01353, 0.01104, 0.01202]) ** 2,
    2,
)


@pytest.mark.parametrize(("m", "of"), [(0.5, [1, 0, 0, 0]), (1.5, [0.25] * 4)])
def test_ends_are_where_tests_by_linear_programs_begin_to_reject(m, of):
    """With few and noisy periods before, the interval was null where its search ended, as for m = 1.5."""
    beta, sigma, before = np.array(FEW_BEFORE[0]), FEW_BEFORE[1], FEW_BEFORE[2]
    found = impact.relative_magnitudes(beta, sigma, before=before, magnitudes=[m], of=of).table
    low, high = found["low"][0], found["high"][0]
    near = 0.03 * (high - low)  # the first stage's critical value is drawn, there and here
    for theta, inside in ((low - near, False), (low + near, True), (high - near, True), (high + near, False)):
        held = any(
            not_rejected(theta, beta, sigma, before, m, of, place, sign)
            for place in range(before)
            for sign in (1.0, -1.0)
        )
        assert held == inside, theta
