"""Draw anew which concepts of matchmaking are near each other, from public English texts.

    POLIEDRO_DATA=... python scripts/related_concepts.py

Words that stand together in public texts are near: counts within 40 words, positive pointwise mutual information, 200
factors (Levy and Goldberg 2014). A concept is the sum of the words of its English labels. For each, the twenty nearest
others of at least .3 (cosine), for a word of the dictionary the five nearest concepts, are written to
poliedro/src/poliedro/matchmaking/data/related.csv. The texts: NACE Rev. 2
with its notes, ESCO 1.2 (occupations, groups and collections of skills), ISCO-08, deliverables and summaries of Horizon
Europe, topics of Horizon 2020, open EU calls. Left out: topics of Horizon Europe, out of which the pairs came that the
numbers here were tried on, and all of the projects that the test's pairs are about.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from scipy import sparse
from scipy.sparse.linalg import svds

from poliedro.matchmaking.queries.concepts import RELATED, dictionary_concepts, everything
from regionomics.matching._words import stems

WINDOW, FACTORS, NEAREST, NEAREST_OF_WORDS, LEAST = 40, 200, 20, 5, 0.3
SKILLS = ("occupations", "skillGroups", "ISCOGroups", "digitalSkillsCollection", "researchSkillsCollection")
SKILLS += ("languageSkillsCollection", "transversalSkillsCollection")
TESTED = (
    "horizon_europe_head100/project_df_100.csv",
    "horizon_europe_head100/deliverables_df_100.csv",
    "horizon_europe_2026_hopon/projects.csv",
)


def texts(data: Path) -> Iterator[str]:
    """Every text once, in the order of the files."""
    for row in _rows(data / "classifications" / "nace_rev2.csv"):
        yield " ".join(row[k] or "" for k in ("Description", "This item includes", "This item also includes"))
    for name in SKILLS:
        for row in _rows(data / "skills" / "esco_1.2.0" / f"{name}_en.csv"):
            yield " ".join(row.get(k) or "" for k in ("preferredLabel", "altLabels", "description"))
    cordis = data / "cordis"
    tested = {str(row.get("projectID") or row.get("id")) for name in TESTED for row in _rows(cordis / name)}
    for name in ("summaries", "deliverables"):
        for row in _sheet(cordis / "horizon_europe" / f"{name}.xlsx"):
            if str(row["projectID"]) not in tested:
                yield " ".join(str(row.get(k) or "") for k in ("title", "description"))
    for row in _rows(cordis / "cordisref-H2020topics.csv", ";"):
        yield row["title"] or ""
    for call in _calls(cordis / "eu_open_calls_2026_open.jsonl.gz"):
        whole = re.sub("<[^>]+>", " ", " ".join(v for v in call.values() if isinstance(v, str)))
        yield from (part for part in re.split(r"\n+|(?<=[.;]) {2,}", whole) if len(part) > 60)


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _sheet(path: Path) -> Iterator[dict[str, Any]]:
    rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    head = [str(c) for c in next(rows)]
    yield from (dict(zip(head, row, strict=False)) for row in rows)


def _calls(path: Path) -> Iterator[dict[str, Any]]:
    """Objects that run together without a line break."""
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        body = file.read().lstrip("\ufeff").strip()
    decoder, at = json.JSONDecoder(), 0
    while at < len(body):
        found, at = decoder.raw_decode(body, at)
        yield found
        while at < len(body) and body[at].isspace():
            at += 1


def windows(data: Path) -> list[tuple[str, ...]]:
    words = (stems(text) for text in dict.fromkeys(texts(data)))
    every = (tuple(w[i : i + WINDOW]) for w in words for i in range(0, len(w), WINDOW))
    return list(dict.fromkeys(part for part in every if len(part) > 3))


def vectors(parts: list[tuple[str, ...]]) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Word -> row; unit vectors, (words, factors); log of all windows over those that have the word, (words,)."""
    often = Counter(w for part in parts for w in set(part))
    place = {w: i for i, w in enumerate(sorted(w for w, n in often.items() if n >= 4 and not w.isdigit()))}
    cells = [(j, place[w], n) for j, part in enumerate(parts) for w, n in Counter(part).items() if w in place]
    row, column, count = (np.array(x) for x in zip(*cells, strict=True))
    there = sparse.csr_array((count.astype(float), (row, column)), shape=(len(parts), len(place)))
    together = sparse.csr_array(there.T @ there)
    together.setdiag(0)
    total = np.asarray(together.sum(axis=1)).ravel()
    context = total**0.75 / (total**0.75).sum()
    pairs = together.tocoo()
    pairs.eliminate_zeros()
    info = np.log(pairs.data / (total[pairs.row] * context[pairs.col]))
    kept = info > 0.5
    matrix = sparse.csr_array((info[kept], (pairs.row[kept], pairs.col[kept])), shape=together.shape)
    left, weight, _ = svds(matrix, k=FACTORS, random_state=0)
    out = left * np.sqrt(weight)
    rare = np.log(len(parts) / np.array([often[w] for w in place]))
    return place, out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9), rare


def near(place: dict[str, int], unit: np.ndarray, rare: np.ndarray) -> dict[str, list[tuple[str, float]]]:
    """Concept -> the nearest of the concepts; those of the dictionary are near to others, no other is near to them."""
    keys, rows = [], []
    for concept in (everything() | dictionary_concepts()).values():
        known = [place[w] for label in concept.en for w in stems(label) if w in place]
        meant = (rare[known, None] * unit[known]).sum(axis=0)
        if known and np.linalg.norm(meant) > 0:
            keys.append(concept.key)
            rows.append(meant / np.linalg.norm(meant))
    chosen = [i for i, key in enumerate(keys) if not key.startswith("d:")]
    alike = np.minimum(np.array(rows) @ np.array(rows)[chosen].T, 1)
    alike[chosen, np.arange(len(chosen))] = 0
    best = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
    return {
        key: [(keys[chosen[j]], float(alike[i, j])) for j in best[i] if alike[i, j] > LEAST][
            : NEAREST_OF_WORDS if key.startswith("d:") else NEAREST
        ]
        for i, key in enumerate(keys)
    }


def main() -> None:
    found = near(*vectors(windows(Path(os.environ["POLIEDRO_DATA"]))))
    lines = [f"{key};{'|'.join(f'{k} {v:.2f}' for k, v in others)}" for key, others in found.items() if others]
    RELATED.write_text("key;related\n" + "\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(lines)} concepts, {sum(map(len, found.values()))} relations\n")


if __name__ == "__main__":
    main()
