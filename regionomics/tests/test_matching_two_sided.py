"""Two-sided matches: vetoes, rivals, shares of attention; every property on random tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

quick = settings(max_examples=20, deadline=None)


def wishes(seed: int, n: int = 14) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{i:02}", f"c{j:02}", *(None if rng.random() < 0.1 else float(rng.choice([0, 0.25, 0.5, 1])) for _ in "xyz"))
        for i in range(n)
        for j in range(n)
        if i != j and rng.random() < 0.8
    ]
    schema = {"card": pl.String, "partner": pl.String, "text": pl.Float64, "place": pl.Float64, "size": pl.Float64}
    people = pl.DataFrame(
        {
            "card": [f"c{i:02}" for i in range(n)],
            "owner": [f"f{i // 2}" for i in range(n)],
            "activity": [None if rng.random() < 0.2 else f"a{rng.integers(2)}" for _ in range(n)],
            "market": [f"m{rng.integers(2)}" for _ in range(n)],
            "open": [bool(rng.random() < 0.3) for _ in range(n)],
            "cluster": [f"k{rng.integers(2)}" for _ in range(n)],
        }
    )
    return pl.DataFrame(rows, schema=schema, orient="row"), people


ALL = {"owner": "owner", "rivals": ["activity", "market"], "open_to_rivals": "open", "cluster": "cluster"}


@quick
@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from([None, 1, 3]), st.sampled_from([0.0, 0.4, 1.0]))
def test_no_veto_broken_no_rival_introduced_no_limit_passed(seed, k, exposure, across):
    fits, people = wishes(seed)
    got = rg.two_sided_matches(fits, k=k, veto=["place"], profiles=people, exposure=exposure, across=across, **ALL)
    fit = {(a, b): rest for a, b, *rest in fits.rows()}
    who = {row["card"]: row for row in people.iter_rows(named=True)}
    for a, b in got.select("card", "partner").rows():
        assert fit[a, b][1] != 0
        assert fit[b, a][1] != 0
        mine, theirs = who[a], who[b]
        assert mine["owner"] != theirs["owner"]
        rival = mine["activity"] is not None and all(mine[c] == theirs[c] for c in ("activity", "market"))
        assert not rival or (mine["open"] and theirs["open"])
    lists = got.group_by("card").agg(pl.len(), pl.col("partner"))
    assert (lists["len"] <= k).all()
    if exposure is not None:
        assert (got.group_by("partner").len()["len"] <= exposure).all()
    for card, _, partners in lists.rows():
        own = sum(who[p]["cluster"] == who[card]["cluster"] for p in partners)
        assert own <= k - np.ceil(across * k - 1e-9)


@quick
@given(st.integers(0, 10_000))
def test_score_is_the_harmonic_mean_and_its_reasons_add_up(seed):
    fits, _ = wishes(seed, 6)
    weights = {"text": 3.0}
    got = rg.two_sided_matches(fits, k=6, weights=weights)
    fit = {(a, b): rest for a, b, *rest in fits.rows()}

    def wants(a: str, b: str) -> float:
        known = [(w, f) for w, f in zip((3.0, 1.0, 1.0), fit[a, b], strict=True) if f is not None]
        return sum(w * f for w, f in known) / sum(w for w, _ in known) if known else 0.0

    scored = set()
    for row in got.iter_rows(named=True):
        x, y = wants(row["card"], row["partner"]), wants(row["partner"], row["card"])
        assert row["score"] == pytest.approx(2 * x * y / (x + y))
        assert (row["wants"], row["is_wanted"]) == pytest.approx((x, y))
        shown = [r["weight"] for r in row["reasons"]]
        assert shown == sorted(shown, reverse=True)
        assert sum(shown) <= row["score"] + 1e-12
        assert len(shown) == 4 or sum(shown) == pytest.approx(row["score"])
        scored.add((row["card"], row["partner"]))
    for a, b in fit:
        if (b, a) in fit:
            assert ((a, b) in scored) == (wants(a, b) * wants(b, a) > 0)


@quick
@given(st.integers(0, 10_000), st.sampled_from([None, 2]))
def test_order_of_rows_changes_nothing_and_ranks_run_from_one(seed, exposure):
    fits, people = wishes(seed)
    ask = {"k": 4, "profiles": people, "exposure": exposure, **ALL}
    got = rg.two_sided_matches(fits, **ask)
    mixed = fits.sample(fraction=1, shuffle=True, seed=seed)
    assert rg.two_sided_matches(mixed, **ask | {"profiles": people.reverse()}).equals(got)
    for _, one in got.group_by("card"):
        assert one["rank"].to_list() == list(range(1, one.height + 1))
        assert one["score"].is_sorted(descending=True)


def test_exposure_leaves_the_popular_to_those_it_suits_best():
    fits = pl.DataFrame(
        {
            "card": ["a", "b", "star", "star", "a", "plain"],
            "partner": ["star", "star", "a", "b", "plain", "a"],
            "fit": [1.0, 0.9, 1.0, 1.0, 0.4, 0.4],
        }
    )
    got = rg.two_sided_matches(fits, k=1, exposure=1)
    assert ("a", "star") in got.select("card", "partner").rows()
    assert ("b", "star") not in got.select("card", "partner").rows()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"k": 0}, rg.InvalidParameter, "k=0"),
        ({"across": 0.5}, rg.InvalidParameter, "needs cluster="),
        ({"across": 2}, rg.InvalidParameter, "between 0 and 1"),
        ({"veto": ["charm"]}, rg.InvalidParameter, "'charm' is not among the criteria"),
        ({"weights": {"fit": 0}}, rg.InvalidParameter, "leave the criterion out"),
        ({"owner": "owner"}, rg.InvalidParameter, "profiles= is needed"),
        (
            {"owner": "owner", "profiles": pl.DataFrame({"card": ["a"], "owner": ["x"]})},
            rg.InvalidTable,
            "b has no pro",
        ),
        ({"fits": [("a", "b", 1.5)]}, rg.InvalidTable, "fit is 1.5 for a, b"),
        ({"fits": [("a", "a", 0.5)]}, rg.InvalidTable, "paired with itself"),
        ({"fits": [("a", "b", 0.5)] * 2}, rg.InvalidTable, "appears twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, error, message):
    rows = change.pop("fits", [("a", "b", 0.5), ("b", "a", 0.5)])
    fits = pl.DataFrame(rows, schema=["card", "partner", "fit"], orient="row")
    with pytest.raises(error, match=message):
        rg.two_sided_matches(fits, **({"k": 1} | change))
