"""Top-20 two-sided matches for many cards, one new card, the meetings of an event: seconds, memory, baselines.

    python regionomics/benchmarks/matching.py [--cards 100000] [--k 20]
    python regionomics/benchmarks/matching.py --cards 1000000 --one-card     only the index and new cards
    python regionomics/benchmarks/matching.py --meetings                     1 000 people, 10 000 wishes

The cards are made up: 40 of 6 000 words with a heavy tail, two concepts of 300, a kind, a size, a place. The baseline
says for each card which k cards look most alike (TF-IDF, all pairs by blocks of sparse products): one side's view, no
wishes, no vetoes. It uses sparse_dot_topn where that is installed, else scipy; the output says which.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import polars as pl
from scipy import sparse

import regionomics as rg

CANDIDATES = 40
COMMON = 0.02
"""Words that more cards have are not looked at: 213 of the 6 000."""


def cards(n: int, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    rank = np.arange(1, 6001)
    words = rng.choice(6000, size=(n, 40), p=(1 / rank) / (1 / rank).sum())
    texts = [" ".join(f"word{w:04d}x" for w in row) for row in words.tolist()]
    tags = [[f"c{a}", f"c{b}"] for a, b in rng.integers(0, 300, (n, 2)).tolist()]
    table = pl.DataFrame({"card": np.arange(n), "text": texts, "tags": tags})
    profiles = pl.DataFrame(
        {
            "card": np.arange(n),
            "owner": rng.integers(0, n // 2 + 1, n),
            "nace": rng.integers(0, 600, n),
            "market": rng.integers(0, 5, n),
            "size": rng.integers(0, 4, n),
            "cluster": rng.integers(0, 7, n),
            "x": rng.uniform(0, 200, n),
            "wish": rng.integers(0, 4, n),
        }
    )
    return table, profiles


def candidates(index: rg.matching.CardIndex, table: pl.DataFrame) -> pl.DataFrame:
    found = index.search(table.rename({"card": "query"}), k=CANDIDATES, tags="tags", common=COMMON, explain=False)
    best = found.group_by("query").agg(pl.col("score").max().alias("best"))
    return (
        found.filter(pl.col("query") != pl.col("card"))
        .join(best, on="query")
        .select(
            pl.col("query").alias("card"), pl.col("card").alias("partner"), content=pl.col("score") / pl.col("best")
        )
    )


def fits(pairs: pl.DataFrame, profiles: pl.DataFrame) -> pl.DataFrame:
    both = pl.concat([pairs, pairs.select(card="partner", partner="card", content="content")])
    both = both.group_by("card", "partner").agg(pl.col("content").max())
    a = profiles.select("card", "wish", ax="x")
    b = profiles.select(pl.col("card").alias("partner"), "size", bx="x")
    wide = both.join(a, on="card").join(b, on="partner")
    return wide.select(
        "card",
        "partner",
        "content",
        size=pl.when(pl.col("wish") == pl.col("size")).then(1.0).otherwise(0.4),
        distance=(-(pl.col("ax") - pl.col("bx")).abs() / 100).exp(),
    )


def match(index: rg.matching.CardIndex, table: pl.DataFrame, profiles: pl.DataFrame, k: int) -> pl.DataFrame:
    return rg.two_sided_matches(
        fits(candidates(index, table), profiles),
        k=k,
        weights={"content": 3.0},
        profiles=profiles,
        owner="owner",
        rivals=("nace", "market", "size"),
        cluster="cluster",
        across=0.3,
        exposure=60,
    )


def baseline(table: pl.DataFrame, k: int, index: rg.matching.CardIndex) -> str:
    """All pairs by TF-IDF, the k most alike of each card."""
    weights = index.weights.tocsr()
    norms = np.sqrt(weights.multiply(weights).sum(axis=0)).ravel()
    unit = sparse.csr_array(weights @ sparse.diags_array(1 / np.maximum(np.asarray(norms), 1e-12))).T.tocsr()
    try:
        from sparse_dot_topn import sp_matmul_topn
    except ImportError:
        for begin in range(0, unit.shape[0], 200):
            part = sparse.csr_array(unit[begin : begin + 200] @ unit.T)
            for row in range(part.shape[0]):
                values = part.data[part.indptr[row] : part.indptr[row + 1]]
                if len(values) > k:
                    np.partition(values, -k)
        return "scipy, sparse_dot_topn is not installed"
    sp_matmul_topn(sparse.csr_matrix(unit), sparse.csr_matrix(unit.T.tocsr()), top_n=k, n_threads=1)
    return "sparse_dot_topn"


def meetings() -> None:
    """1 000 people, 10 000 wished meetings, 24 slots, 200 tables, against the best worth first without moving any."""
    rng = np.random.default_rng(1)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < 10_000:
        one, other = sorted(rng.integers(0, 1000, 2).tolist())
        if one != other:
            pairs.add((one, other))
    rows = sorted(pairs)
    worth = rng.integers(1, 6, len(rows))
    wishes = pl.DataFrame(
        {"person_1": [a for a, _ in rows], "person_2": [b for _, b in rows], "worth": worth.astype(float)}
    )
    away = pl.DataFrame({"person": rng.integers(0, 1000, 2000), "slot": rng.integers(0, 24, 2000)}).unique()
    at = time.perf_counter()
    plan = rg.schedule_meetings(wishes, slots=list(range(24)), tables=200, value="worth", unavailable=away)
    seconds = time.perf_counter() - at
    taken, load, greedy = set(away.rows()), [0] * 24, 0.0
    for a, b, value in wishes.sort("worth", "person_1", "person_2", descending=[True, False, False]).rows():
        free = (s for s in range(24) if (a, s) not in taken and (b, s) not in taken and load[s] < 200)
        slot = next(free, None)
        if slot is not None:
            taken |= {(a, slot), (b, slot)}
            load[slot] += 1
            greedy += value
    print(
        f"meetings: {seconds:.1f} s, {plan.meetings.height} placed, worth {plan.value:.0f} of at most {plan.bound:.0f}"
    )
    print(f"share of the bound {plan.share:.4f}; greedy {greedy / plan.bound:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, default=100_000)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--no-baseline", action="store_true")
    parser.add_argument("--one-card", action="store_true")
    parser.add_argument("--meetings", action="store_true")
    given = parser.parse_args()
    if given.meetings:
        meetings()
        return
    table, profiles = cards(given.cards)
    start = time.perf_counter()
    index = rg.index_cards(table, tags="tags")
    indexed = time.perf_counter()
    print(f"index of {given.cards} cards: {indexed - start:.1f} s")
    if not given.one_card:
        found = match(index, table, profiles, given.k)
        done = time.perf_counter()
        print(f"top-{given.k} two-sided of all: {done - indexed:.1f} s, {found.height} matches")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak so far {peak:.2f} GB")
    times = []
    for i in range(100):
        one = table[i : i + 1].rename({"card": "query"})
        at = time.perf_counter()
        index.search(one, k=given.k, tags="tags", common=COMMON)
        times.append((time.perf_counter() - at) * 1000)
    print(f"one card: p50 {np.percentile(times, 50):.1f} ms, p95 {np.percentile(times, 95):.1f} ms")
    if not given.no_baseline and not given.one_card:
        at = time.perf_counter()
        how = baseline(table, given.k, index)
        seconds = time.perf_counter() - at
        print(f"all pairs by TF-IDF ({how}): {seconds:.1f} s; ratio {seconds / (done - indexed):.2f}")


if __name__ == "__main__":
    main()
