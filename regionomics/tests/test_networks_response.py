"""Bounds of a network where some did not answer."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

quick = settings(max_examples=15, deadline=None)
MEASURES = (
    "ties",
    "density",
    "mean_degree",
    "largest_component_share",
    "reachable_share",
    "isolates",
    "components",
)


def table(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"organisation_1": pl.Int64, "organisation_2": pl.Int64}, orient="row")


def people(answered: list[bool]) -> pl.DataFrame:
    return pl.DataFrame({"organisation": range(len(answered)), "answered": answered})


def bounds(got: object) -> dict[str, tuple[float, float]]:
    return {r["measure"]: (r["low"], r["high"]) for r in got.network.iter_rows(named=True)}


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["absent", "unknown"]))
def test_bounds_are_the_least_and_most_of_all_networks_that_fit(seed, unnamed):
    rng = np.random.default_rng(seed)
    answered = [True] * 3 + [False] * 2 if unnamed == "unknown" else [True] * 2 + [False] * 4
    n = len(answered)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    said = [p for p in pairs if (answered[p[0]] or answered[p[1]]) and rng.random() < 0.3]
    either = [p for p in pairs if p not in said and not (answered[p[0]] and answered[p[1]])]
    unknown = either if unnamed == "unknown" else [p for p in either if not answered[p[0]] and not answered[p[1]]]
    got = rg.nonresponse_bounds(table(said), people(answered), unnamed=unnamed)
    every = [
        said + [p for p, there in zip(unknown, on, strict=True) if there] for on in product([0, 1], repeat=len(unknown))
    ]
    parts = [rg.network_summary(table(ties), list(range(n)), weight=None).select(MEASURES) for ties in every]
    whole = pl.concat(parts)
    for measure, (low, high) in bounds(got).items():
        assert (low, high) == pytest.approx((whole[measure].min(), whole[measure].max()))
    assert got.response.row(0) == (n, sum(answered), sum(answered) / n, len(unknown), len(unknown) / len(pairs))


@quick
@given(st.integers(0, 10_000))
def test_truth_lies_within_the_bounds_whoever_is_silent(seed):
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(20) for j in range(i + 1, 20) if rng.random() < 0.12]
    truth = rg.network_summary(table(pairs), list(range(20)), weight=None).row(0, named=True)
    answered = (rng.random(20) < 0.6).tolist()
    said = [p for p in pairs if answered[p[0]] or answered[p[1]]]
    narrow = bounds(rg.nonresponse_bounds(table(said), people(answered)))
    wide = bounds(rg.nonresponse_bounds(table(said), people(answered), unnamed="unknown"))
    for measure in MEASURES:
        assert wide[measure][0] - 1e-12 <= narrow[measure][0] <= truth[measure] + 1e-12
        assert truth[measure] - 1e-12 <= narrow[measure][1] <= wide[measure][1] + 1e-12
    degrees = np.bincount(np.array(pairs, dtype=int).ravel(), minlength=20)
    nodes = rg.nonresponse_bounds(table(said), people(answered)).nodes
    assert (nodes["degree_low"].to_numpy() <= degrees).all()
    assert (degrees <= nodes["degree_high"].to_numpy()).all()


def test_without_silence_the_bounds_are_the_network():
    ties = table([(0, 1), (1, 2)])
    got = rg.nonresponse_bounds(ties, people([True] * 4))
    summary = rg.network_summary(ties, list(range(4)), weight=None).row(0, named=True)
    for measure, (low, high) in bounds(got).items():
        assert low == high == pytest.approx(summary[measure])
    assert got.response.row(0) == (4, 4, 1.0, 0, 0.0)


def test_when_nobody_answers_all_is_possible():
    got = bounds(rg.nonresponse_bounds(table([]), people([False] * 4)))
    assert got["density"] == (0, 1)
    assert got["components"] == (1, 4)
    assert got["isolates"] == (0, 4)


def test_one_alone_and_layers_are_answered():
    got = bounds(rg.nonresponse_bounds(table([]), people([True])))
    assert got["density"] == (None, None)
    assert got["largest_component_share"] == (1, 1)
    both = pl.concat([table([(0, 1)]).with_columns(layer=1), table([(0, 1)]).with_columns(layer=2)])
    got = rg.nonresponse_bounds(both, people([True, False, False]), by="layer")
    assert got.response["unknown_pairs"].to_list() == [1, 1]


def test_ties_that_nobody_can_have_named_and_answers_that_are_none_are_refused():
    with pytest.raises(rg.InvalidTable, match="0 and 1 have a tie, but neither answered"):
        rg.nonresponse_bounds(table([(0, 1)]), people([False, False]))
    with pytest.raises(rg.InvalidTable, match="answered holds string"):
        rg.nonresponse_bounds(table([(0, 1)]), people([True, True]).with_columns(answered=pl.lit("yes")))
    with pytest.raises(rg.InvalidTable, match="with 1 nulls"):
        rg.nonresponse_bounds(table([(0, 1)]), people([True, None]))
    with pytest.raises(rg.InvalidParameter, match="unnamed='none'"):
        rg.nonresponse_bounds(table([(0, 1)]), people([True, True]), unnamed="none")
