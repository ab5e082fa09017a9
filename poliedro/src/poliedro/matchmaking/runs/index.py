"""The index of the single access point: built as a stored run, kept in memory by each process that asks it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings
from django.utils.translation import gettext_noop as _

import regionomics as rg
from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import latest_run, table_of
from poliedro.evidence.runs.base import Analysis, ColumnCard, Context, Input, Outcome, TableCard
from poliedro.evidence.store import path_of
from poliedro.matchmaking.queries.found import Hit
from poliedro.matchmaking.runs.documents import LENGTH, concept_table, documents, reading
from poliedro.matchmaking.runs.documents import inputs as read_documents
from poliedro.matchmaking.runs.embedding import Embedding, read_embedding
from regionomics.matching import CardIndex
from regionomics.matching._words import terms_of_each

KEY = "card-index"


VECTORS: dict[str, Any] = {"card": pl.String, "vector": pl.List(pl.Float32)}
FUSED = 60
"""Reciprocal rank fusion: a document scores 1 / (60 + rank) in each list that has it (Cormack et al. 2009)."""


def model() -> Embedding | None:
    """The sentence-embedding model that the settings name, if any."""
    return read_embedding(Path(settings.EMBEDDING_MODEL)) if settings.EMBEDDING_MODEL else None


def inputs(parameters: Any) -> list[Input]:
    used = model()
    extra = [Input("model", used.checksum, len(used.pieces), used.name, "reported")] if used else []
    return [*read_documents(parameters), *extra]


def compute(context: Context) -> Outcome:
    labels, rows, used = concept_table(), documents(), model()
    index = rg.index_cards(rows, labels, tags="tags", b=LENGTH, **reading())
    tables = index.to_tables()
    meant = used.encode(rows["text"].to_list()).tolist() if used else []
    vectors = pl.DataFrame({"card": rows["card"].to_list() if used else [], "vector": meant}, schema=VECTORS)
    return Outcome(
        {**tables, "concepts": labels, "vectors": vectors},
        {"documents": tables["cards"].height, "model": used.name if used else ""},
    )


ANALYSIS = Analysis(
    KEY,
    2,
    _("Search index of the single access point"),
    _("Who can help with a question in one's own words?"),
    {},
    inputs,
    compute,
    (
        TableCard("cards", _("Documents"), (ColumnCard("position", _("Position")), ColumnCard("card", _("Document")))),
        TableCard("terms", _("Terms"), (ColumnCard("position", _("Position")), ColumnCard("term", _("Term")))),
        TableCard(
            "weights",
            _("Weights"),
            (ColumnCard("term", _("Term")), ColumnCard("card", _("Document")), ColumnCard("weight", _("BM25 weight"))),
        ),
        TableCard(
            "concepts",
            _("Concepts"),
            (
                ColumnCard("concept", _("Concept")),
                ColumnCard("label", _("Label")),
                ColumnCard("parent", _("Broader concept"), "", _("there is none")),
                ColumnCard("language", _("Language")),
            ),
        ),
        TableCard(
            "vectors",
            _("What documents mean, by the sentence-embedding model"),
            (ColumnCard("card", _("Document")), ColumnCard("vector", _("Unit vector"))),
        ),
    ),
    modelled=False,
    open=False,
)


@dataclass
class _Held:
    """The index that this process has in memory, and of which run it is."""

    run: str = ""
    index: CardIndex | None = None
    cards: list[str] = field(default_factory=list)
    vectors: np.ndarray | None = None
    """(cards, dimensions); None where the index was built without a model, or with another than the settings name."""


_held = _Held()
_lock = threading.Lock()


def current_index() -> CardIndex | None:
    """The newest stored index, read once a process; None where none was built. One query, two where it exists."""
    run = latest_run(KEY)
    if run is None:
        return None
    if _held.run != run.key:
        with _lock:
            if _held.run != run.key:
                _held.index = read_index(run)
                _held.cards, _held.vectors = read_vectors(run)
                _held.run = run.key
    return _held.index


def read_index(run: Run) -> CardIndex:
    tables = {name: pl.read_parquet(path_of(table_of(run, name))) for name in ("cards", "terms", "weights", "concepts")}
    return CardIndex.from_tables(tables, tables.pop("concepts"), **reading())


def read_vectors(run: Run) -> tuple[list[str], np.ndarray | None]:
    """The documents that have a vector, and the vectors; none where the settings name another model now."""
    table = pl.read_parquet(path_of(table_of(run, "vectors")))
    used = model()
    if table.is_empty() or used is None or run.headline.get("model") != used.name:
        return [], None
    return table["card"].to_list(), np.array(table["vector"].to_list(), dtype=np.float32)


def find(text: str, k: int, kinds: tuple[str, ...] = ()) -> list[Hit]:
    """The best documents for a question, best first. Nothing where no index was built.

    kinds: only documents of these kinds; looks further down the list for them. With a sentence-embedding model, what it
    finds is joined by reciprocal rank.
    """
    index = current_index()
    if index is None or not text.strip():
        return []
    deep = k * 20 if kinds else k
    found = index.search(pl.DataFrame({"query": [0], "text": [text]}), k=deep)
    words = terms_of_each(text)
    hits = [
        Hit(str(row["card"]), float(row["score"]), tuple(zip(row["words"], row["shares"], strict=True)), words)
        for row in found.iter_rows(named=True)
    ]
    hits = _joined([h for h in hits if len(words) == 1 or not _by_chance(h)], _meant(text, deep))
    return [h for h in hits if not kinds or h.document.partition(":")[0] in kinds][:k]


def _by_chance(hit: Hit) -> bool:
    """Of several words one alone, and only its first consonants, are shared."""
    return len(hit.terms) == 1 and hit.terms[0][0].startswith("~")


def _meant(text: str, k: int) -> list[str]:
    """The documents whose meaning is nearest by the model, best first; none without one."""
    used = model()
    if used is None or _held.vectors is None:
        return []
    near = _held.vectors @ used.encode([text])[0]
    best = np.argsort(-near, kind="stable")[:k]
    return [_held.cards[int(at)] for at in best if near[at] > 0]


def _joined(hits: list[Hit], meant: list[str]) -> list[Hit]:
    """Both lists as one. A document that the model alone found has its meaning as the only reason."""
    if not meant:
        return hits
    known = {h.document: h for h in hits}
    score: dict[str, float] = {}
    for ranked in (list(known), meant):
        for rank, document in enumerate(ranked, start=1):
            score[document] = score.get(document, 0.0) + 1 / (FUSED + rank)
    order = sorted(score, key=lambda d: (-score[d], d))
    return [known.get(d) or Hit(d, score[d], (("#", 1.0),)) for d in order]


def forget() -> None:
    """Let go of what is in memory, for tests."""
    _held.run, _held.index, _held.cards, _held.vectors = "", None, [], None
