"""How fast cards are matched when their texts are read with the platform's whole thesaurus.

    PYTHONPATH=regionomics/benchmarks python scripts/speed_of_cards.py [CARDS]

The cards of `regionomics/benchmarks/matching.py`, whose made-up words no label covers, each with three terms of the
platform's own concepts, lexicon and dictionary besides, half of them in Italian and half in English. The rest, and what
is timed, is as there.
"""

from __future__ import annotations

import os
import sys
import time
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poliedro.config.settings")
django.setup()

import polars as pl  # noqa: E402  (Django first)
from matching import cards, match, one_by_one, peak_gb  # type: ignore[import-not-found]  # noqa: E402

import regionomics as rg  # noqa: E402
from poliedro.matchmaking.queries.concepts import dictionary_concepts, everything  # noqa: E402
from poliedro.matchmaking.runs.documents import LENGTH, concept_table, reading  # noqa: E402

TERMS = 3


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    table, profiles = cards(n)
    dice, known = Random(0), [(c.it, c.en) for c in (everything() | dictionary_concepts()).values()]
    said = [" ".join(dice.choice(entry[i % 2]) for entry in dice.sample(known, TERMS)) for i in range(n)]
    table = table.with_columns(text=pl.col("text") + " " + pl.Series(said))
    at = time.perf_counter()
    index = rg.index_cards(table, concept_table(), tags="tags", b=LENGTH, **reading())
    out = {"cards": float(n), "index_s": time.perf_counter() - at}
    if n <= 100_000:
        at = time.perf_counter()
        out["matches"] = float(match(index, table, profiles, 20).height)
        out["all_s"] = time.perf_counter() - at
    out["peak_gb"] = peak_gb()
    out |= one_by_one(index, table, profiles, 20)
    load = os.getloadavg()[0]
    sys.stdout.write("\n".join(f"{k} {v:.6g}" for k, v in out.items()) + f"\nload of the machine {load:.1f}\n")


if __name__ == "__main__":
    main()
