"""Which cards say what a card asks for: BM25 on words and on concepts, in Italian and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.matching._words import Thesaurus, stems
from regionomics.tables import Family, encode, read_columns

_K1, _B = 1.2, 0.75
_BLOCK = 500  # queries at a time


@dataclass(frozen=True)
class CardIndex:
    """Cards ready to be searched.

    cards: labels, in the order of the table. weights: (terms, cards), BM25 weight of each term of each card.
    terms: term -> row of `weights`; concepts are written "=name". thesaurus: None without concepts.
    """

    cards: pa.Array
    weights: sparse.csr_array
    terms: dict[str, int]
    thesaurus: Thesaurus | None
    family: Family

    def search(self, queries: Any, *, k: int, query: str = "query", text: str = "text", tags: str | None = None) -> Any:
        """The k best cards of each query: query, card, rank, score (BM25), words that both have.

        Args:
            queries: one row a query: label, text, and if named the tags (a list, or words apart by blanks).
            k: at most so many a query; cards that share no term are not given.
        """
        if k < 1:
            raise InvalidParameter(f"k={k}; ask for at least 1 card")
        labels, texts, tagged, family = _read(queries, query, text, tags)
        asked = [_terms(t, g, self.thesaurus) for t, g in zip(texts, tagged, strict=True)]
        out: dict[str, list[Any]] = {"query": [], "card": [], "rank": [], "score": [], "words": []}
        for begin in range(0, len(asked), _BLOCK):
            part = asked[begin : begin + _BLOCK]
            found = self._scores(part)
            for at, terms in enumerate(part):
                span = slice(found.indptr[at], found.indptr[at + 1])
                card, score = found.indices[span], found.data[span]
                if len(card) > k:
                    least = np.partition(score, -k)[-k]
                    card, score = card[score >= least], score[score >= least]
                best = np.lexsort((card, -score))[:k]
                out["query"] += [begin + at] * len(best)
                out["card"] += card[best].tolist()
                out["rank"] += range(1, len(best) + 1)
                out["score"] += score[best].tolist()
                out["words"] += self._shared(terms, card[best])
        return family.emit(
            {
                query: labels.take(pa.array(out["query"], pa.int64())),
                "card": self.cards.take(pa.array(out["card"], pa.int64())),
                "rank": pa.array(out["rank"], pa.int64()),
                "score": pa.array(out["score"], pa.float64()),
                "words": pa.array(out["words"], pa.list_(pa.string())),
            }
        )

    def _scores(self, asked: Sequence[dict[str, float]]) -> sparse.csr_array:
        rows, columns, values = [], [], []
        for at, terms in enumerate(asked):
            for term, weight in terms.items():
                if term in self.terms:
                    rows.append(at)
                    columns.append(self.terms[term])
                    values.append(weight)
        shape = (len(asked), self.weights.shape[0])
        q = sparse.coo_array((np.array(values, dtype=np.float32), (rows, columns)), shape=shape).tocsr()
        return sparse.csr_array(q @ self.weights)

    def _shared(self, terms: dict[str, float], cards: np.ndarray) -> list[list[str]]:
        """The terms that a query shares with each of some cards, those that weigh most first, at most five."""
        names = sorted(t for t in terms if t in self.terms)
        part = np.zeros((len(names), len(cards)), dtype=np.float32)
        for at, name in enumerate(names):
            row = self.terms[name]
            span = slice(self.weights.indptr[row], self.weights.indptr[row + 1])
            holders = self.weights.indices[span]
            where = np.minimum(np.searchsorted(holders, cards), len(holders) - 1)
            part[at] = np.where(holders[where] == cards, self.weights.data[span][where] * terms[name], 0)
        best = np.argsort(-part, axis=0, kind="stable")[:5].T.tolist()
        heavy = -np.sort(-part, axis=0)[:5].T
        return [[names[t] for t in ts[:n]] for ts, n in zip(best, (heavy > 0).sum(axis=1).tolist(), strict=True)]


def index_cards(
    cards: Any,
    concepts: Any = None,
    *,
    card: str = "card",
    text: str = "text",
    tags: str | None = None,
    concept: str = "concept",
    label: str = "label",
    parent: str | None = None,
    decay: float = 0.5,
) -> CardIndex:
    """Make cards (needs, offers, profiles) findable by their words and by the concepts that they name.

    BM25 with k1 = 1.2, b = .75: score = sum over shared terms t of q_t idf_t tf (k1 + 1) / (tf + k1 (1 - b + b l / mean
    l)), idf = log(1 + (N - n + .5) / (n + .5)). Terms are words without endings, and concepts: a card's tags, and each
    concept all words of one of whose labels the text has, in whatever language the label is. So an Italian need meets
    an English offer. Broader concepts count too, with `decay` for each step up.

    Args:
        cards: one row a card: label, text (null = empty), and if named the tags (a list, or words apart by blanks).
        concepts: one row per concept and label, and if named the broader concept (null = none).
    Returns:
        CardIndex, with .search.
    Raises:
        InvalidTable: no card, a card twice, a null label.
        InvalidParameter: decay outside of 0..1.
    Source: Robertson and Zaragoza (2009), doi:10.1561/1500000019.
    """
    if not 0 <= decay <= 1:
        raise InvalidParameter(f"decay={decay}; it must be between 0 and 1")
    labels, texts, tagged, family = _read(cards, card, text, tags)
    if not len(labels):
        raise InvalidTable("the table has no cards; pass at least one")
    thesaurus = _thesaurus(concepts, concept, label, parent, decay) if concepts is not None else None
    terms: dict[str, int] = {}
    rows, columns, counts = [], [], []
    for at, (words, own) in enumerate(zip(texts, tagged, strict=True)):
        for term, count in _terms(words, own, thesaurus).items():
            rows.append(terms.setdefault(term, len(terms)))
            columns.append(at)
            counts.append(count)
    shape = (max(len(terms), 1), len(labels))
    tf = sparse.coo_array((np.array(counts, dtype=float), (rows, columns)), shape=shape).tocsr()
    tf.sort_indices()
    length = np.asarray(tf.sum(axis=0)).ravel()
    n = np.diff(tf.indptr)
    idf = np.log1p((len(labels) - n + 0.5) / (n + 0.5))
    long = _K1 * (1 - _B + _B * length / max(float(length.mean()), 1e-12))
    weight = np.repeat(idf, n) * tf.data * (_K1 + 1) / (tf.data + long[tf.indices])
    weights = sparse.csr_array((weight.astype(np.float32), tf.indices, tf.indptr), shape=shape)
    return CardIndex(labels, weights, terms, thesaurus, family)


def _thesaurus(concepts: Any, concept: str, label: str, parent: str | None, decay: float) -> Thesaurus:
    arrow, _ = read_columns(concepts, (concept, label, *([parent] if parent is not None else [])))
    names, words = arrow[concept].to_pylist(), arrow[label].to_pylist()
    pairs = [(str(c), w) for c, w in zip(names, words, strict=True) if w]
    above = zip(names, arrow[parent].to_pylist(), strict=True) if parent is not None else ()
    return Thesaurus(pairs, {str(c): str(p) for c, p in above if p is not None}, decay)


def _terms(text: str, tags: Sequence[str], thesaurus: Thesaurus | None) -> dict[str, float]:
    """Term -> how often (words) or how much (concepts)."""
    words = stems(text)
    out: dict[str, float] = {}
    for w in words:
        out[w] = out.get(w, 0.0) + 1.0
    named = thesaurus.of(words, tags) if thesaurus is not None else dict.fromkeys(tags, 1.0)
    return out | {f"={c}": weight for c, weight in named.items()}


def _read(table: Any, key: str, text: str, tags: str | None) -> tuple[pa.Array, list[str], list[list[str]], Family]:
    arrow, family = read_columns(table, (key, text, *([tags] if tags is not None else [])))
    codes = encode(arrow[key], key)
    if len(codes.labels) < arrow.num_rows:
        raise InvalidTable(f"a {key} appears twice ({arrow.num_rows - len(codes.labels)} rows too many); give one each")
    texts = [t or "" for t in arrow[text].to_pylist()]
    given = arrow[tags].to_pylist() if tags is not None else [None] * arrow.num_rows
    tagged = [[str(t) for t in (g.split() if isinstance(g, str) else g or ())] for g in given]
    return codes.labels.take(pa.array(codes.codes)), texts, tagged, family
