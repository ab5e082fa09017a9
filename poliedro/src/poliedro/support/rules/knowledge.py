"""Which practices are like a problem told in words: cosine of weighted words, in plain Python (few hundred pieces)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

WORDS = """
the and for with that this from are was has have not but our we us they their its into than more who how what when which
can could would should does did about very want need
il lo la le gli un una uno di del dello della dei degli delle da dal dalla in nel nella con su per tra fra che chi non
come sono essere abbiamo hanno piu molto dove quando anche alle alla agli sul sulla loro nostri nostro nostra
"""
COMMON = frozenset(WORDS.split())
LEAST = 0.05


def words_of(text: str) -> list[str]:
    """Words of at least three letters without accents, common ones left out, cut to their stem of six letters."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return [w[:6] for w in re.findall(r"[a-z]{3,}", kept) if w not in COMMON]


def similar(problem: str, texts: Mapping[int, str], *, limit: int = 5) -> list[tuple[int, float, list[str]]]:
    """The texts most like the problem: (key, likeness 0..1, words in common, the most telling first)."""
    counts = {key: Counter(words_of(text)) for key, text in texts.items()}
    asked = Counter(words_of(problem))
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
            found.append((key, likeness, sorted(shared, key=lambda w: (-shared[w], w))[:5]))
    return sorted(found, key=lambda row: (-row[1], row[0]))[:limit]


def _length(values: Iterable[float]) -> float:
    return math.sqrt(sum(v * v for v in values))
