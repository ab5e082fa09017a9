"""Which practices are like a problem told in words: cosine of weighted words, in plain Python (few hundred pieces).

A piece is written in one language, and the problem may be told in the other: words that mean the same in Italian and in
English count as one (`data/words.csv`, the words in which managers speak of a cluster).
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

WORDS = """
the and for with that this from are was has have not but our we us they their its into than more who how what when which
can could would should does did about very want need
il lo la le gli un una uno di del dello della dei degli delle da dal dalla in nel nella con su per tra fra che chi non
come sono essere abbiamo hanno piu molto dove quando anche alle alla agli sul sulla loro nostri nostro nostra
"""
COMMON = frozenset(WORDS.split())
LEAST = 0.05
MEANINGS = Path(__file__).resolve().parent.parent / "data" / "words.csv"
"""A line a meaning: it;en, words separated by |."""
STEM = 6


@lru_cache(maxsize=1)
def meanings() -> dict[str, str]:
    """Stem of a word of either language -> the meaning's first English word; a stem of several belongs to the first."""
    found: dict[str, str] = {}
    with MEANINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            english = row["en"].split("|")
            for word in (*row["it"].split("|"), *english):
                found.setdefault(word[:STEM], f"={english[0]}")
    return found


def spoken_words(text: str) -> list[tuple[str, str]]:
    """(what counts, the word as it was written): words of at least three letters without accents, common ones left
    out. What counts is the meaning, where it is known in both languages, else the stem of six letters."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    known = meanings()
    return [(known.get(w[:STEM], w[:STEM]), w) for w in re.findall(r"[a-z]{3,}", kept) if w not in COMMON]


def words_of(text: str) -> list[str]:
    return [counts for counts, _word in spoken_words(text)]


def similar(problem: str, texts: Mapping[int, str], *, limit: int = 5) -> list[tuple[int, float, list[str]]]:
    """The texts most like the problem: (key, likeness 0..1, words of the problem that it shares, the most telling
    first)."""
    counts = {key: Counter(words_of(text)) for key, text in texts.items()}
    spoken = spoken_words(problem)
    asked, written = Counter(counts for counts, _word in spoken), dict(reversed(spoken))
    spread = Counter(word for words in counts.values() for word in words)
    weight = {w: math.log((1 + len(counts)) / (1 + spread[w])) + 1 for w in {*spread, *asked}}

    def vector(words: Mapping[str, int]) -> dict[str, float]:
        return {w: (1 + math.log(n)) * weight[w] for w, n in words.items()}

    wanted = vector(asked)
    length = _length(wanted.values())
    found = []
    for key, words in counts.items():
        own = vector(words)
        shared = {w: wanted[w] * own[w] for w in wanted.keys() & own.keys()}
        size = length * _length(own.values())
        likeness = sum(shared.values()) / size if size else 0.0
        if likeness >= LEAST:
            telling = sorted(shared, key=lambda w: (-shared[w], w))[:5]
            found.append((key, likeness, [written[w] for w in telling]))
    return sorted(found, key=lambda row: (-row[1], row[0]))[:limit]


def _length(values: Iterable[float]) -> float:
    return math.sqrt(sum(v * v for v in values))
