"""Stable allocation: known answers, and what holds in every market."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import regionomics as rg

quick = settings(max_examples=40, deadline=None)


def table(rows: list[tuple]) -> pl.DataFrame:
    schema = {"applicant": pl.String, "host": pl.String, "applicant_rank": pl.Float64, "host_rank": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def places(capacity: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame({"host": list(capacity), "capacity": list(capacity.values())})


@st.composite
def markets(draw, most: int = 6):
    applicants = [f"a{i}" for i in range(draw(st.integers(1, most)))]
    hosts = {f"h{j}": draw(st.integers(0, 3)) for j in range(draw(st.integers(1, most)))}
    rank = st.integers(1, 4)  # ties are common
    rows = [(a, h, draw(rank), draw(rank)) for a in applicants for h in hosts if draw(st.booleans())]
    return table(rows), places(hosts)


@quick
@given(markets(), st.sampled_from(["applicant", "host"]))
def test_no_pair_blocks_and_no_host_is_overfull(market, proposing):
    preferences, hosts = market
    got = rg.allocate(preferences, hosts, proposing=proposing)
    assert rg.blocking_pairs(preferences, hosts, got.pairs).height == 0
    assert (got.hosts["filled"] <= got.hosts["capacity"]).all()
    assert got.pairs["applicant"].is_unique().all()
    acceptable = set(preferences.select("applicant", "host").rows())
    assert set(got.pairs.select("applicant", "host").rows()) <= acceptable


@quick
@given(markets(), st.sampled_from(["applicant", "host"]))
def test_the_proof_names_a_true_reason_for_every_other_pair(market, proposing):
    preferences, hosts = market
    got = rg.allocate(preferences, hosts, proposing=proposing)
    own = {a: (h, ra, rh) for a, h, ra, rh in got.pairs.rows()}
    rooms = dict(hosts.rows())
    proof = {(a, h): reason for a, h, reason in got.proof.rows()}
    for a, h, ra, rh in preferences.rows():
        if own.get(a, (None,))[0] == h:
            assert (a, h) not in proof
            continue
        if proof[a, h] == "applicant":
            assert own[a][1] <= ra
        else:
            holds = [r for x, (where, _, r) in own.items() if where == h]
            assert len(holds) == rooms[h]
            assert all(r <= rh for r in holds)


@quick
@given(markets(4))
def test_proposers_get_the_best_that_any_stable_allocation_gives_them(market):
    """All allocations are tried out; ranks are made strict first, in the order that breaks ties."""
    preferences, hosts = market
    strict = preferences.with_columns(
        pl.struct("applicant_rank", "host").rank("ordinal").over("applicant").cast(float).alias("applicant_rank"),
        pl.struct("host_rank", "applicant").rank("ordinal").over("host").cast(float).alias("host_rank"),
    )
    rank_a = {(a, h): r for a, h, r, _ in strict.rows()}
    rank_h = {(a, h): r for a, h, _, r in strict.rows()}
    applicants, rooms = sorted({a for a, _ in rank_a}), dict(hosts.rows())
    stable = []
    for choice in itertools.product(*[[None, *[h for x, h in rank_a if x == a]] for a in applicants]):
        at = dict(zip(applicants, choice, strict=True))
        holds = {h: [rank_h[a, h] for a, x in at.items() if x == h] for h in rooms}
        if any(len(v) > rooms[h] for h, v in holds.items()):
            continue
        if not any(
            (at[a] is None or rank_a[a, h] < rank_a[a, at[a]])
            and rooms[h]
            and (len(holds[h]) < rooms[h] or rank_h[a, h] < max(holds[h]))
            for a, h in rank_a
            if at[a] != h
        ):
            stable.append(at)
    for proposing, best in (("applicant", min), ("host", max)):
        got = dict(rg.allocate(preferences, hosts, proposing=proposing).applicants.rows())
        for a in applicants:
            ranks = [rank_a[a, s[a]] if s[a] is not None else 99 for s in stable]
            assert (rank_a[a, got[a]] if got.get(a) is not None else 99) == best(ranks)


@quick
@given(markets(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(market, random):
    preferences, hosts = market
    rows = preferences.rows()
    random.shuffle(rows)
    assert rg.allocate(table(rows), hosts.reverse()).pairs.equals(rg.allocate(preferences, hosts).pairs)


def test_conflicts_and_missing_ranks_are_never_allocated():
    wishes = table([("a", "h", 1, 1), ("a", "k", 2, 1), ("b", "h", 1, None)])
    got = rg.allocate(wishes, places({"h": 2, "k": 1}), conflicts=pl.DataFrame({"applicant": ["a"], "host": ["h"]}))
    assert got.applicants.rows() == [("a", "k"), ("b", None)]


def test_no_acceptable_pair_gives_everyone_nothing():
    got = rg.allocate(table([("a", "h", None, 1)]), places({"h": 1}))
    assert got.applicants.rows() == [("a", None)]
    assert got.hosts.rows() == [("h", 1, 0)]
    assert got.proof.height == 0


def test_a_bad_allocation_is_found_out():
    wishes = table([("a", "h", 1, 1), ("a", "k", 2, 1), ("b", "h", 1, 2), ("b", "k", 2, 2)])
    swapped = pl.DataFrame({"applicant": ["a", "b"], "host": ["k", "h"]})
    assert rg.blocking_pairs(wishes, places({"h": 1, "k": 1}), swapped).rows() == [("a", "h")]


@pytest.mark.parametrize(
    ("rows", "rooms", "message"),
    [
        ([("a", "h", 1, 1), ("a", "h", 2, 1)], {"h": 1}, "a with h appears twice"),
        ([("a", "k", 1, 1)], {"h": 1}, "k has no capacity"),
        ([("a", "h", 1, 1)], {"h": -1}, "capacity is -1"),
        ([("a", "h", 1, 1)], {"h": 1.5}, "capacity is 1.5 for h"),
    ],
)
def test_faulty_tables_are_refused_with_the_remedy(rows, rooms, message):
    with pytest.raises(rg.InvalidTable, match=message):
        rg.allocate(table(rows), places(rooms))


def test_many_applicants_take_seconds_and_no_recursion():
    rng = __import__("numpy").random.default_rng(0)
    n, m, k = 5_000, 2_000, 8
    a = rng.integers(m, size=(n, k))
    rows = [(f"a{i}", f"h{j}", r, rng.random()) for i in range(n) for r, j in enumerate(dict.fromkeys(a[i].tolist()))]
    got = rg.allocate(table(rows), places({f"h{j}": 2 for j in range(m)}))
    assert got.pairs.height > 3_500
