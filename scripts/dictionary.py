"""Draw anew the dictionary of everyday words by which matchmaking reads Italian and English as one.

    POLIEDRO_DATA=... python scripts/dictionary.py WORDNET MULTIWORDNET ITALWORDNET

WORDNET: folder of Princeton WordNet 3.0 (data.noun, index.noun ...). MULTIWORDNET, ITALWORDNET: their `wn-data-ita.tab`
of the Open Multilingual Wordnet (github omwn/omw-data, folders wns/ita and wns/iwn). For each Italian word: the English
words of the senses that both have, each as often as the public texts of `related_concepts.py` use it (square root of
the number of windows) divided by the rank of the sense; the four best of at least a tenth. An English word that is a
label of a concept stands for that concept, any other for itself. Words that stand in fewer than five windows are left
out. Run `related_concepts.py` afterwards.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from related_concepts import windows

from poliedro.matchmaking.queries.concepts import DICTIONARY, everything
from regionomics.matching._words import stems

MOST, LEAST, SHARE = 4, 5, 0.1
PARTS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
PLAIN = re.compile("[a-zàèéìòùçáíóú' -]{3,}")


def english(folder: Path) -> tuple[dict[str, list[str]], dict[tuple[str, str], int]]:
    """Sense -> words; (word, sense) -> rank of the sense among those of the word."""
    words: dict[str, list[str]] = {}
    rank: dict[tuple[str, str], int] = {}
    for letter, part in PARTS.items():
        for cells in _lines(folder / f"data.{part}"):
            found = [re.sub(r"\(.*\)$", "", cells[4 + 2 * i]) for i in range(int(cells[3], 16))]
            words[f"{cells[0]}-{letter}"] = [w.replace("_", " ") for w in found]
        for cells in _lines(folder / f"index.{part}"):
            for at, sense in enumerate(cells[-int(cells[2]) :], start=1):
                rank[cells[0].replace("_", " "), f"{sense}-{letter}"] = at
    return words, rank


def _lines(path: Path) -> list[list[str]]:
    rows = path.read_text(encoding="utf-8").splitlines()
    return [row.partition(" | ")[0].split() for row in rows if not row.startswith("  ")]


def italian(*paths: Path) -> dict[str, set[str]]:
    """Sense -> words."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        for row in path.read_text(encoding="utf-8").splitlines():
            cells = row.split("\t")
            if len(cells) == 3 and cells[1] == "ita:lemma":
                found[cells[0]].add(cells[2].strip().replace("_", " ").lower())
    return found


def main() -> None:
    wordnet, *tabs = map(Path, sys.argv[1:])
    (senses, rank), there = english(wordnet), italian(*tabs)
    parts = windows(Path(os.environ["POLIEDRO_DATA"]))
    single = Counter(w for part in parts for w in set(part))
    double = Counter(pair for part in parts for pair in set(pairwise(part)))

    def often(word: str) -> int:
        said = stems(word)
        if len(said) < 2:
            return single[said[0]] if said else 0
        return min(double[pair] for pair in pairwise(said))

    known: dict[frozenset[str], set[str]] = defaultdict(set)
    for concept in everything().values():
        for label in concept.en:
            known[frozenset(stems(label))].add(concept.key)
    score: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for sense in sorted(there.keys() & senses.keys()):
        for word in sorted(w for w in there[sense] if PLAIN.fullmatch(w)):
            for other in senses[sense]:
                n = often(other)
                if n >= LEAST and not other[:1].isupper():
                    score[word][other.lower()] += n**0.5 / rank.get((other.lower(), sense), 9)
    lines = []
    for word, others in sorted(score.items()):
        best = sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
        kept = [(w, v) for w, v in best if v >= SHARE * sum(others.values())]
        means: dict[str, float] = defaultdict(float)
        for w, v in kept:
            keys = known.get(frozenset(stems(w))) or {f"d:{w}"}
            for key in keys:
                means[key] += v / len(keys)
        parts_of = sorted(means.items(), key=lambda pair: (-pair[1], pair[0]))
        if parts_of:
            whole = sum(means.values())
            lines.append(f"{word};{'|'.join(f'{key} {(v / whole) ** 0.5:.2f}' for key, v in parts_of)}")
    DICTIONARY.write_text("it;means\n" + "\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(lines)} words\n")


if __name__ == "__main__":
    main()
