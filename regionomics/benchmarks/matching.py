"""Top-20 two-sided matches for many cards, one new card, the meetings of an event: seconds, memory, baselines.

    python regionomics/benchmarks/matching.py [--cards 100000] [--k 20]
    python regionomics/benchmarks/matching.py --cards 1000000 --one-card     only the index and new cards
    python regionomics/benchmarks/matching.py --meetings                     1 000 people, 10 000 wishes
    python regionomics/benchmarks/matching.py --report                       all of it, and docs/regionomics/matching.md

The cards are made up: 40 of 6 000 words with a heavy tail, two concepts of 300, a kind, a size, a place. The baseline
says for each card which k cards look most alike (TF-IDF, all pairs by sparse_dot_topn on as many threads as there are
cores): one side's view, no wishes, no vetoes. It is run on all words and on the words that the matches look at. Where
sparse_dot_topn is missing, scipy stands in and the output says so.

A new card is matched for both sides: searched, its candidates judged from both sides, rivals and its own owner's cards
left out, reasons given. Each mode runs in a process of its own under --report, so that peaks of memory are its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

import regionomics as rg

CANDIDATES = 40
COMMON = 0.02
"""Words that more cards have are not looked at: 213 of the 6 000."""
REPORT = Path(__file__).resolve().parents[2] / "docs" / "regionomics" / "matching.md"
Result = dict[str, float]


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


RULES: dict[str, Any] = {
    "weights": {"content": 3.0},
    "owner": "owner",
    "rivals": ("nace", "market", "size"),
    "cluster": "cluster",
    "across": 0.3,
    "exposure": 60,
}


def match(index: rg.matching.CardIndex, table: pl.DataFrame, profiles: pl.DataFrame, k: int) -> pl.DataFrame:
    return rg.two_sided_matches(fits(candidates(index, table), profiles), k=k, profiles=profiles, **RULES)


def match_one(index: rg.matching.CardIndex, new: pl.DataFrame, profiles: pl.DataFrame, k: int) -> pl.DataFrame:
    """The k matches of one card that the index holds; a row of `profiles` is its card's number."""
    pairs = candidates(index, new)
    known = profiles[[*new["card"], *pairs["partner"]]].unique("card")
    return rg.two_sided_matches(fits(pairs, known), k=k, profiles=known, **RULES).filter(
        pl.col("card") == new.item(0, "card")
    )


def top_all_pairs(index: rg.matching.CardIndex, k: int, most: float, threads: int) -> str:
    """All pairs by TF-IDF, the k most alike of each card. most: terms that a larger share has are passed over."""
    weights = index.weights.tocsr()
    weights = sparse.csr_array(weights[np.diff(weights.indptr) <= most * weights.shape[1]])
    norms = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=0)).ravel())
    unit = sparse.csr_array(weights @ sparse.diags_array(1 / np.maximum(norms, 1e-12))).T.tocsr()
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
    sp_matmul_topn(sparse.csr_matrix(unit), sparse.csr_matrix(unit.T.tocsr()), top_n=k, n_threads=threads)
    return f"sparse_dot_topn, {threads} threads"


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def one_by_one(index: rg.matching.CardIndex, table: pl.DataFrame, profiles: pl.DataFrame, k: int) -> Result:
    """Milliseconds of a hundred new cards, each a table of its own as a form hands it in."""
    search, both = [], []
    for row in table[:100].to_dicts():
        new = pl.DataFrame([row], schema=table.schema)
        at = time.perf_counter()
        index.search(new.rename({"card": "query"}), k=k, tags="tags", common=COMMON)
        search.append((time.perf_counter() - at) * 1000)
        at = time.perf_counter()
        match_one(index, new, profiles, k)
        both.append((time.perf_counter() - at) * 1000)
    return {
        "search_p50_ms": float(np.median(search)),
        "search_p95_ms": float(np.percentile(search, 95)),
        "one_p50_ms": float(np.median(both)),
        "one_p95_ms": float(np.percentile(both, 95)),
    }


def matching(n: int, k: int, only_one: bool, with_baseline: bool) -> Result:
    table, profiles = cards(n)
    start = time.perf_counter()
    index = rg.index_cards(table, tags="tags")
    out = {"cards": float(n), "index_s": time.perf_counter() - start}
    print(f"index of {n} cards: {out['index_s']:.1f} s")
    if not only_one:
        at = time.perf_counter()
        found = match(index, table, profiles, k)
        out |= {"all_s": time.perf_counter() - at, "matches": float(found.height)}
        print(f"top-{k} two-sided of all: {out['all_s']:.1f} s, {found.height} matches")
        del found
    out["peak_gb"] = peak_gb()
    print(f"peak so far {out['peak_gb']:.2f} GB")
    out |= one_by_one(index, table, profiles, k)
    print(f"one card searched: p50 {out['search_p50_ms']:.1f} ms, p95 {out['search_p95_ms']:.1f} ms")
    print(f"one card matched: p50 {out['one_p50_ms']:.1f} ms, p95 {out['one_p95_ms']:.1f} ms")
    if with_baseline and not only_one:
        for name, most in (("same_words", COMMON), ("all_words", 1.0)):
            at = time.perf_counter()
            how = top_all_pairs(index, k, most, os.cpu_count() or 1)
            out[f"{name}_s"] = time.perf_counter() - at
            ratio = out[f"{name}_s"] / out["all_s"]
            print(f"all pairs by TF-IDF, {name} ({how}): {out[f'{name}_s']:.1f} s; ratio {ratio:.2f}")
        out["peak_with_baseline_gb"] = peak_gb()
    return out


def wishes(uneven: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """10 000 wished meetings of 1 000 people, and 2 000 absences. uneven: a few people are wished by many."""
    rng = np.random.default_rng(1)
    p = 1 / np.arange(20, 1020) if uneven else np.ones(1000)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < 10_000:
        one, other = sorted(rng.choice(1000, 2, p=p / p.sum()).tolist())
        if one != other:
            pairs.add((one, other))
    rows = sorted(pairs)
    worth = rng.integers(1, 6, len(rows)).astype(float)
    wished = pl.DataFrame({"person_1": [a for a, _ in rows], "person_2": [b for _, b in rows], "worth": worth})
    return wished, pl.DataFrame({"person": rng.integers(0, 1000, 2000), "slot": rng.integers(0, 24, 2000)}).unique()


def greedy(wished: pl.DataFrame, away: pl.DataFrame, tables: int) -> float:
    """Worth of the plan that takes the best first, each in the first free slot, and moves none."""
    taken, load, value = set(away.rows()), [0] * 24, 0.0
    for a, b, worth in wished.sort("worth", "person_1", "person_2", descending=[True, False, False]).rows():
        free = (s for s in range(24) if (a, s) not in taken and (b, s) not in taken and load[s] < tables)
        slot = next(free, None)
        if slot is not None:
            taken |= {(a, slot), (b, slot)}
            load[slot] += 1
            value += worth
    return value


def meetings() -> Result:
    """1 000 people, 10 000 wished meetings, 24 slots, 200 tables; and harder: uneven wishes, 400 tables."""
    out: Result = {}
    for name, uneven, tables in (("even", False, 200), ("uneven", True, 200), ("roomy", True, 400)):
        wished, away = wishes(uneven)
        at = time.perf_counter()
        plan = rg.schedule_meetings(wished, slots=list(range(24)), tables=tables, value="worth", unavailable=away)
        first = greedy(wished, away, tables) / plan.bound
        out |= {f"{name}_s": time.perf_counter() - at, f"{name}_share": plan.share, f"{name}_greedy": first}
        print(
            f"{name}, {tables} tables: {out[f'{name}_s']:.1f} s, {plan.meetings.height} placed, worth {plan.value:.0f}"
        )
        print(f"  share of the bound {plan.share:.4f}; greedy {first:.4f}")
    return out


PARTS: dict[str, tuple[str, ...]] = {
    "all": (),
    "million": ("--cards", "1000000", "--one-card"),
    "meetings": ("--meetings",),
}
GOALS = (
    ("top-20 two-sided matches of 100 000 cards, s", "all", "all_s", 180.0, True),
    ("their peak of memory, GB", "all", "peak_gb", 4.0, True),
    ("one new card among 100 000, 95th percentile, ms", "all", "one_p95_ms", 50.0, True),
    ("one new card among 1 000 000, 95th percentile, ms", "million", "one_p95_ms", 100.0, True),
    ("meetings of 1 000 people, s", "meetings", "even_s", 60.0, True),
    ("their worth as a share of the bound", "meetings", "even_share", 0.99, False),
    ("the same, wishes uneven", "meetings", "uneven_share", 0.99, False),
    ("the same, wishes uneven and 400 tables", "meetings", "roomy_share", 0.99, False),
)


def report(results: Mapping[str, Result]) -> str:
    """The page: goals, all that was measured, machine and versions."""
    lines = ["# Cards matched, meetings planned: how long it takes", "", "Written by `matching.py --report`.", ""]
    lines += ["| goal | measured | aim | |", "|---|---:|---:|---|"]
    for name, part, key, aim, below in GOALS:
        got = results[part][key]
        met = got < aim if below else got >= aim
        digits = 4 if key.endswith("share") else 1
        lines.append(
            f"| {name} | {got:.{digits}f} | {'<' if below else '>='} {aim:g} | {'met' if met else 'NOT MET'} |"
        )
    all_of_them = results["all"]
    lines += ["", "## Against all pairs by TF-IDF, in the same run", ""]
    lines += ["| | s | ratio |", "|---|---:|---:|", f"| two-sided matches | {all_of_them['all_s']:.1f} | 1 |"]
    for name, words in (("same_words", "all pairs, the same words"), ("all_words", "all pairs, all words")):
        seconds = all_of_them.get(f"{name}_s")
        if seconds is not None:
            lines.append(f"| {words} | {seconds:.1f} | {seconds / all_of_them['all_s']:.2f} |")
    lines += ["", "## All that was measured", "", "| run | what | |", "|---|---|---:|"]
    lines += [f"| {part} | {key} | {value:.6g} |" for part, found in results.items() for key, value in found.items()]
    lines += ["", "## How it was measured", "", *_told(), ""]
    return "\n".join(lines)


def _told() -> list[str]:
    doc = (__doc__ or "").split("\n\n")
    packages = ("numpy", "scipy", "polars", "narwhals", "pyarrow", "sparse_dot_topn")
    seen = ", ".join(f"{p} {_version(p)}" for p in packages)
    where = f"{os.cpu_count()} cores of {_processor()}, {platform.system()}, Python {platform.python_version()}."
    return [*"\n\n".join(doc[2:]).strip().split("\n"), "", where, f"{seen}."]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines: Iterable[str] = info.read_text().splitlines() if info.exists() else ()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def run_all() -> None:
    results = {}
    for part, options in PARTS.items():
        done = subprocess.run(
            [sys.executable, __file__, *options, "--json"], capture_output=True, text=True, check=True
        )
        results[part] = json.loads(done.stdout.splitlines()[-1])
        print(f"{part}\n{done.stdout}")
    REPORT.write_text(report(results), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, default=100_000)
    parser.add_argument("--k", type=int, default=20)
    parser.add_argument("--no-baseline", action="store_true")
    parser.add_argument("--one-card", action="store_true")
    parser.add_argument("--meetings", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--report", action="store_true")
    given = parser.parse_args()
    if given.report:
        run_all()
        return
    found = meetings() if given.meetings else matching(given.cards, given.k, given.one_card, not given.no_baseline)
    if given.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
