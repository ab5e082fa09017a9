"""Which cards say what a card asks for: BM25 on words and on concepts, in Italian and English."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.matching._words import Thesaurus, cognate, language_of, stems
from regionomics.tables import Family, encode, numbers, read_columns

_K1 = 1.2
_BLOCK = 500  # queries at a time
_COVERED = 0.1  # weight of a word whose meaning a concept carries already
_AKIN = 0.3  # weight of a word that a cognate stands beside


@dataclass(frozen=True)
class CardIndex:
    """Cards ready to be searched.

    cards: labels, in the order of the table. weights: (terms, cards), BM25 weight of each term of each card.
    terms: term -> row of `weights`; concepts are written "=name", cognates "~consonants". thesaurus: None without
    concepts.
    """

    cards: pa.Array
    weights: sparse.csr_array
    terms: dict[str, int]
    thesaurus: Thesaurus | None
    family: Family
    cognates: bool = False

    def search(
        self,
        queries: Any,
        *,
        k: int,
        query: str = "query",
        text: str = "text",
        tags: str | None = None,
        common: float = 1.0,
        explain: bool = True,
    ) -> Any:
        """The k best cards of each query: query, card, rank, score (BM25), words that both have, shares of the score.

        words: up to five, the heaviest first; shares: what part of the score each makes up, 0..1, in the same order.

        Args:
            queries: one row a query: label, text, and if named the tags (a list, or words apart by blanks).
            k: at most so many a query; cards that share no term are not given.
            common: terms that more than this share of the cards have are passed over, 0..1. They tell cards apart
                least and cost most: with .02, a search among many cards reads a hundredth of the index.
            explain: whether to give words and shares.
        """
        if k < 1:
            raise InvalidParameter(f"k={k}; ask for at least 1 card")
        if not 0 < common <= 1:
            raise InvalidParameter(f"common={common}; it must be above 0 and at most 1")
        labels, texts, tagged, family = _read(queries, query, text, tags)
        most = common * len(self.cards)
        every = [_terms(t, g, self.thesaurus, self.cognates) for t, g in zip(texts, tagged, strict=True)]
        asked = [{t: w for t, w in terms.items() if self._holders(t) <= most} for terms in every]
        out: dict[str, list[Any]] = {"query": [], "words": [], "shares": []}
        cards, scores = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for begin in range(0, len(asked), _BLOCK):
            part = asked[begin : begin + _BLOCK]
            for at, (card, score) in enumerate(self._scored(part)):
                if len(card) > k:
                    least = np.partition(score, -k)[-k]
                    card, score = card[score >= least], score[score >= least]
                best = np.lexsort((card, -score))[:k]
                out["query"].append(len(best))
                cards.append(card[best])
                scores.append(score[best])
                if explain:
                    words, shares = self._shared(part[at], card[best], score[best])
                    out["words"] += words
                    out["shares"] += shares
        found = np.array(out["query"], dtype=np.int64)
        first = np.repeat(np.cumsum(found) - found, found)
        columns = {
            query: labels.take(pa.array(np.repeat(np.arange(len(asked)), found))),
            "card": self.cards.take(pa.array(np.concatenate(cards))),
            "rank": np.arange(int(found.sum())) - first + 1,
            "score": np.concatenate(scores).astype(float),
        }
        if explain:
            columns |= {
                "words": pa.array(out["words"], pa.list_(pa.string())),
                "shares": pa.array(out["shares"], pa.list_(pa.float64())),
            }
        return family.emit(columns)

    def _holders(self, term: str) -> int:
        """How many cards have a term."""
        row = self.terms.get(term)
        return 0 if row is None else int(self.weights.indptr[row + 1] - self.weights.indptr[row])

    def _scored(self, asked: Sequence[dict[str, float]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each query the cards that share a term with it, and their scores."""
        if len(asked) == 1:
            yield self._one(asked[0])
            return
        rows, columns, values = [], [], []
        for at, terms in enumerate(asked):
            for term, weight in terms.items():
                if term in self.terms:
                    rows.append(at)
                    columns.append(self.terms[term])
                    values.append(weight)
        shape = (len(asked), self.weights.shape[0])
        q = sparse.coo_array((np.array(values, dtype=np.float32), (rows, columns)), shape=shape).tocsr()
        found = sparse.csr_array(q @ self.weights)
        for at in range(len(asked)):
            span = slice(found.indptr[at], found.indptr[at + 1])
            yield found.indices[span].astype(np.int64), found.data[span]

    def _one(self, terms: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """One query alone, without the cost of making a matrix of it."""
        score = np.zeros(len(self.cards), dtype=np.float32)
        for row, weight in sorted((self.terms[t], w) for t, w in terms.items() if t in self.terms):
            span = slice(self.weights.indptr[row], self.weights.indptr[row + 1])
            score[self.weights.indices[span]] += self.weights.data[span] * np.float32(weight)
        there = np.flatnonzero(score)
        return there, score[there]

    def _shared(
        self, terms: dict[str, float], cards: np.ndarray, scores: np.ndarray
    ) -> tuple[list[list[str]], list[list[float]]]:
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
        share = (heavy / np.maximum(scores[:, None], 1e-12)).astype(float).round(4).tolist()
        shown = (heavy > 0).sum(axis=1).tolist()
        return (
            [[names[t] for t in ts[:n]] for ts, n in zip(best, shown, strict=True)],
            [s[:n] for s, n in zip(share, shown, strict=True)],
        )

    def to_tables(self) -> dict[str, Any]:
        """The index as three tables, so that it can be kept and read again with `from_tables`.

        cards: position, card. terms: position, term. weights: term (position), card (position), weight; by term.
        """
        matrix = self.weights
        rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
        return {
            "cards": self.family.emit({"position": np.arange(len(self.cards)), "card": self.cards}),
            "terms": self.family.emit(
                {"position": np.array(list(self.terms.values()), dtype=np.int64), "term": pa.array(list(self.terms))}
            ),
            "weights": self.family.emit(
                {"term": rows, "card": matrix.indices.astype(np.int32), "weight": matrix.data.astype(np.float32)}
            ),
        }

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, Any],
        concepts: Any = None,
        *,
        concept: str = "concept",
        label: str = "label",
        parent: str | None = None,
        language: str | None = None,
        decay: float = 0.5,
        related: Any = None,
        dictionary: Any = None,
        cognates: bool = False,
    ) -> CardIndex:
        """The index that `to_tables` wrote. concepts: the table that it was made with, to read queries by."""
        cards, family = read_columns(tables["cards"], ("card",))
        terms, _ = read_columns(tables["terms"], ("position", "term"))
        weights, _ = read_columns(tables["weights"], ("term", "card", "weight"))
        rows = np.asarray(weights["term"].to_numpy())
        indptr = np.searchsorted(rows, np.arange(max(terms.num_rows, 1) + 1))
        labels = cards["card"].combine_chunks()
        matrix = sparse.csr_array(
            (
                np.asarray(weights["weight"].to_numpy(), dtype=np.float32),
                np.asarray(weights["card"].to_numpy(), dtype=np.int32),
                indptr.astype(np.int32),
            ),
            shape=(max(terms.num_rows, 1), len(labels)),
        )
        places = dict(zip(terms["term"].to_pylist(), terms["position"].to_pylist(), strict=True))
        thesaurus = _thesaurus(concepts, (concept, label, parent, language), decay, related, dictionary)
        return cls(labels, matrix, places, thesaurus, family, cognates)


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
    language: str | None = None,
    decay: float = 0.5,
    related: Any = None,
    dictionary: Any = None,
    cognates: bool = False,
    b: float = 0.75,
) -> CardIndex:
    """Make cards (needs, offers, profiles) findable by their words and by the concepts that they name.

    BM25 with k1 = 1.2: score = sum over shared terms t of q_t idf_t tf (k1 + 1) / (tf + k1 (1 - b + b l / mean
    l)), idf = log(1 + (N - n + .5) / (n + .5)). Terms are words without endings, and concepts: a card's tags, and each
    concept all words of one of whose labels the text has, in whatever language the label is. So an Italian need meets
    an English offer. Broader concepts count too, with `decay` for each step up. A word whose meaning a concept carries
    counts .1 beside it, one with a cognate .3, so that a card in the other language is not beaten by one that merely
    shares the word.

    Args:
        cards: one row a card: label, text (null = empty), and if named the tags (a list, or words apart by blanks).
        concepts: one row per concept and label, and if named the broader concept (null = none) and the label's
            `language` ("it", "en", null = any): a text that is clearly in one of them is read by its labels alone.
        related: concept, related, nearness (0..1): what stands together without one being broader, such as airport and
            aircraft. A text that names a dozen concepts or fewer says what is related to them too, with half of their
            weight times the nearness.
        dictionary: concept, label, language, weight (0..1): words of every day, looked up only where no label of
            `concepts` covers a word; the concepts may be those of `concepts` or others.
        cognates: words of Latin and Greek origin meet across Italian and English by their consonants too.
        b: how much a long card is held to have its words by length alone, 0..1; less where cards are of very unlike
            length and few of their words can match (across languages).
    Returns:
        CardIndex, with .search.
    Raises:
        InvalidTable: no card, a card twice, a null label, a nearness or a weight above 1.
        InvalidParameter: decay outside of 0..1.
    Source: Robertson and Zaragoza (2009), doi:10.1561/1500000019.
    """
    if not 0 <= decay <= 1:
        raise InvalidParameter(f"decay={decay}; it must be between 0 and 1")
    if not 0 <= b <= 1:
        raise InvalidParameter(f"b={b}; it must be between 0 and 1")
    labels, texts, tagged, family = _read(cards, card, text, tags)
    if not len(labels):
        raise InvalidTable("the table has no cards; pass at least one")
    thesaurus = _thesaurus(concepts, (concept, label, parent, language), decay, related, dictionary)
    terms: dict[str, int] = {}
    rows, columns, counts = array("i"), array("i"), array("f")  # lists of a million cards would not fit
    for at, (words, own) in enumerate(zip(texts, tagged, strict=True)):
        for term, count in _terms(words, own, thesaurus, cognates).items():
            rows.append(terms.setdefault(term, len(terms)))
            columns.append(at)
            counts.append(count)
    shape = (max(len(terms), 1), len(labels))
    held = np.asarray(counts), (np.asarray(rows), np.asarray(columns))
    tf = sparse.coo_array(held, shape=shape).tocsr()
    del rows, columns, counts, held
    tf.sort_indices()
    looked_up = thesaurus.only_looked_up if thesaurus is not None else set()
    length = np.array([t[1:] not in looked_up or t[0] != "=" for t in terms] or [True], dtype=float) @ tf
    n = np.diff(tf.indptr)
    idf = np.log1p((len(labels) - n + 0.5) / (n + 0.5))
    long = _K1 * (1 - b + b * length / max(float(length.mean()), 1e-12))
    weight = np.repeat(idf, n) * tf.data * (_K1 + 1) / (tf.data + long[tf.indices])
    weights = sparse.csr_array((weight.astype(np.float32), tf.indices, tf.indptr), shape=shape)
    return CardIndex(labels, weights, terms, thesaurus, family, cognates)


def _thesaurus(
    concepts: Any, names: tuple[str, str, str | None, str | None], decay: float, related: Any, dictionary: Any
) -> Thesaurus | None:
    """names: of the columns concept, label, parent, language. None without concepts."""
    if concepts is None:
        return None
    concept, label, parent, language = names
    arrow, _ = read_columns(concepts, (concept, label, *(c for c in (parent, language) if c is not None)))
    keys, words = arrow[concept].to_pylist(), arrow[label].to_pylist()
    tongues = arrow[language].to_pylist() if language is not None else [None] * len(keys)
    rows = [(str(c), w, t or "") for c, w, t in zip(keys, words, tongues, strict=True) if w]
    above = zip(keys, arrow[parent].to_pylist(), strict=True) if parent is not None else ()
    near = _related(related) if related is not None else {}
    general = _dictionary(dictionary) if dictionary is not None else ()
    return Thesaurus(rows, {str(c): str(p) for c, p in above if p is not None}, decay, near, general)


def _dictionary(table: Any) -> list[tuple[str, str, str, float]]:
    arrow, _ = read_columns(table, ("concept", "label", "language", "weight"))
    weight = numbers(arrow["weight"], "weight")
    if (weight > 1).any():
        at = int(np.argmax(weight))
        raise InvalidTable(
            f"weight is {weight[at]:g} for {arrow['label'][at]} in the dictionary; it lies between 0 and 1"
        )
    columns = (arrow[name].to_pylist() for name in ("concept", "label", "language"))
    return [(str(c), str(w), t or "", n) for c, w, t, n in zip(*columns, weight.tolist(), strict=True)]


def _related(table: Any) -> dict[str, list[tuple[str, float]]]:
    arrow, _ = read_columns(table, ("concept", "related", "nearness"))
    nearness = numbers(arrow["nearness"], "nearness")
    if (nearness > 1).any():
        at = int(np.argmax(nearness))
        raise InvalidTable(
            f"nearness is {nearness[at]:g} for {arrow['concept'][at]}, {arrow['related'][at]}; it lies between 0 and 1"
        )
    out: dict[str, list[tuple[str, float]]] = {}
    for one, other, near in zip(
        arrow["concept"].to_pylist(), arrow["related"].to_pylist(), nearness.tolist(), strict=True
    ):
        out.setdefault(str(one), []).append((str(other), near))
    return out


def _terms(text: str, tags: Sequence[str], thesaurus: Thesaurus | None, cognates: bool) -> dict[str, float]:
    """Term -> how often (words) or how much (concepts, cognates)."""
    words = stems(text)
    out: dict[str, float] = {}
    for w in words:
        out[w] = out.get(w, 0.0) + 1.0
    named, covered = dict.fromkeys(tags, 1.0), set[str]()
    if thesaurus is not None:
        named, covered = thesaurus.of(words, tags, language_of(text))
    akin: dict[str, float] = {}
    if cognates:
        for w in out.keys() - covered:
            bare = cognate(w)
            if bare:
                akin[f"~{bare}"] = 1.0
                out[w] *= _AKIN
    for w in covered:
        out[w] *= _COVERED
    return out | akin | {f"={c}": weight for c, weight in named.items()}


def _read(table: Any, key: str, text: str, tags: str | None) -> tuple[pa.Array, list[str], list[list[str]], Family]:
    arrow, family = read_columns(table, (key, text, *([tags] if tags is not None else [])))
    codes = encode(arrow[key], key)
    if len(codes.labels) < arrow.num_rows:
        raise InvalidTable(f"a {key} appears twice ({arrow.num_rows - len(codes.labels)} rows too many); give one each")
    texts = [t or "" for t in arrow[text].to_pylist()]
    given = arrow[tags].to_pylist() if tags is not None else [None] * arrow.num_rows
    tagged = [[str(t) for t in (g.split() if isinstance(g, str) else g or ())] for g in given]
    return codes.labels.take(pa.array(codes.codes)), texts, tagged, family
