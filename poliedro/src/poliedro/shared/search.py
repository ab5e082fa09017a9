"""The one search table: FTS5 on SQLite, `tsvector` on PostgreSQL, the same words on both.

Text is folded here (lower case, no accents), so that neither engine needs an extension. Every word must match, the last
one as a prefix; a title weighs more than a body. Where nothing has all the words, what has them with another ending
is found (batteria, batterie); where that finds nothing either, `nearest` offers titles that share most three-letter
pieces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from poliedro.shared.models import SearchEntry

BATCH = 1000
PUBLIC = ("public",)


@dataclass(frozen=True)
class Entry:
    """Something that can be found. key: its primary key or slug; visibility: public, or a role's key."""

    kind: str
    key: str
    title: str
    body: str
    url: str
    visibility: str = "public"


def fold(text: str) -> str:
    """Lower case without accents or signs: "Società Però" -> "societa pero"."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[0-9a-z]+", kept))


def index(entries: Iterable[Entry]) -> int:
    """Add or replace entries. Returns how many. Runs in the caller's transaction."""
    total = 0
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            total += _write(batch)
            batch = []
    return total + (_write(batch) if batch else 0)


@transaction.atomic
def _write(batch: Sequence[Entry]) -> int:
    rows = [
        SearchEntry(
            kind=e.kind,
            key=e.key,
            title=e.title[:400],
            body=e.body,
            url=e.url,
            visibility=e.visibility,
            folded_title=fold(e.title)[:400],
            folded_body=fold(e.body),
        )
        for e in batch
    ]
    SearchEntry.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=["title", "body", "url", "visibility", "folded_title", "folded_body"],
    )
    return len(rows)


def remove(kind: str, keys: Iterable[str] | None = None) -> None:
    """Take entries of a kind out; all of them, if no keys are given."""
    rows = SearchEntry.objects.filter(kind=kind)
    (rows if keys is None else rows.filter(key__in=[str(k) for k in keys])).delete()


def search(
    text: str, *, kinds: Sequence[str] = (), visible_to: Sequence[str] = PUBLIC, limit: int = 50
) -> list[SearchEntry]:
    """The best entries for the words, best first. No words: nothing."""
    return entries_of([], _matching(text, kinds, visible_to, limit))


def matching_keys(text: str, kind: str, *, limit: int) -> list[str]:
    """The best keys of one kind that match, best first: for a choice among a few."""
    return _matching(text, [kind], PUBLIC, limit, column="key")


def every_key(text: str, kind: str) -> list[str]:
    """The keys of all of one kind that match, in no order: for a list that filters by text and counts."""
    return _matching(text, [kind], PUBLIC, None, column="key")


@dataclass(frozen=True)
class Ranked:
    """What matches a text. keys: all of it, in no order. best: what comes first, best first; at most MOST_RANKED."""

    keys: list[str]
    best: list[str]


# Note [Ranks of many]
# A weight costs a third of a second for 100 000 entries. Words that more than MOST_RANKED entries have ("torino",
# "srl") tell little about any of them, so there only the titles that begin with the text are put in order.
MOST_RANKED = 3000


class Hit(NamedTuple):
    """An entry that matches. title: folded. A tuple, since there may be a hundred thousand."""

    id: int
    kind: str
    key: str
    visibility: str
    title: str


@dataclass(frozen=True)
class Hits:
    """All entries that match a text, read in one walk. text: folded. weights: of each entry, the least is the best;
    none of very many. See Note [Ranks of many]."""

    text: str
    all: list[Hit]
    weights: Mapping[int, float]

    def ranked(self, kind: str) -> Ranked:
        """The public entries of a kind, and those that come first.

        First those whose title is the text, then those whose title begins with it (as a whole word, then as a part of
        one; short titles first), then by weight of the words.
        """
        rows = [h for h in self.all if h.kind == kind and h.visibility in PUBLIC]
        return Ranked([h.key for h in rows], [h.key for h in self._in_order(rows)[:MOST_RANKED]])

    def best(self, limit: int) -> list[int]:
        """Primary keys of the entries that come first, of any kind; of very many, others after those in order."""
        first = [h.id for h in self._in_order(self.all)[:limit]]
        return list(dict.fromkeys([*first, *(h.id for h in self.all[:limit])]))[:limit]

    def _in_order(self, rows: list[Hit]) -> list[Hit]:
        if len(rows) > MOST_RANKED:
            rows = [h for h in rows if h.title.startswith(self.text)]
        return sorted(rows, key=self._place)

    def _place(self, hit: Hit) -> tuple[int, int, float, str, int]:
        """Where there is no weight, words in the title stand for it."""
        begins = hit.title.startswith(self.text)
        tier = 0 if hit.title == self.text else 1 if hit.title.startswith(f"{self.text} ") else 2 if begins else 3
        weight = self.weights.get(hit.id) if self.weights else -len(self._asked.intersection(hit.title.split()))
        return tier, len(hit.title) if begins else 0, weight or 0.0, hit.title, hit.id

    @cached_property
    def _asked(self) -> set[str]:
        return set(self.text.split())


def hits(text: str, *, kinds: Sequence[str] = (), visible_to: Sequence[str] = PUBLIC) -> Hits:
    """All entries that match the text. At most one query more for few of them than for very many."""
    for words in _with_other_endings(_words(text)):
        asked = (words, kinds, visible_to)
        found = [*map(Hit._make, _rows(*asked, "e.id, e.kind, e.key, e.visibility, e.folded_title"))]
        if found:
            few = len(found) <= MOST_RANKED
            weights = dict(_rows(*asked, f"e.id, {_weight()}")) if few else {}
            return Hits(fold(text), found, weights)
    return Hits(fold(text), [], {})


def ranked(text: str, kind: str) -> Ranked:
    """The keys of all of one kind that match, and those that come first: `Hits.ranked`."""
    return hits(text, kinds=[kind]).ranked(kind)


def entries_of(wanted: Sequence[tuple[str, str]], ids: Sequence[int] = ()) -> list[SearchEntry]:
    """The public entries of these (kind, key) in their order, then the others with these primary keys. One query."""
    kinds, keys = {kind for kind, _key in wanted}, {key for _kind, key in wanted}
    either = Q(kind__in=kinds, key__in=keys, visibility__in=PUBLIC) | Q(pk__in=ids)
    found = list(SearchEntry.objects.filter(either)) if wanted or ids else []
    rows, by_id = {(e.kind, e.key): e for e in found}, {e.pk: e for e in found}
    first = [rows[w] for w in wanted if w in rows]
    return list({e.pk: e for e in [*first, *(by_id[i] for i in ids if i in by_id)]}.values())


def _matching(
    text: str, kinds: Sequence[str], visible_to: Sequence[str], limit: int | None, *, column: str = "id"
) -> list[Any]:
    """`column` of the entries that match; best first, if limited."""
    order = "" if limit is None else f" ORDER BY {_weight()}, length(e.title), e.id LIMIT %s"
    for words in _with_other_endings(_words(text)):
        found = _rows(words, kinds, visible_to, f"e.{column}", order, [] if limit is None else [limit])
        if found:
            return [row[0] for row in found]
    return []


def _with_other_endings(words: list[tuple[str, bool]]) -> list[list[tuple[str, bool]]]:
    """What to ask for, one after the other until something is found."""
    stems = _stems(words)
    return [asked for asked in ([words] if stems == words else [words, stems]) if asked]


def _words(text: str) -> list[tuple[str, bool]]:
    """The words asked for; True beside the last one: as a prefix."""
    words = fold(text).split()[:12]
    return [(w, i == len(words) - 1) for i, w in enumerate(words)]


def _stems(words: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The words without their endings, where one has an ending; else the words themselves."""
    if all(_stem(w) == w for w, _prefix in words):
        return list(words)
    return [(_stem(w), True) for w, _prefix in words]


def _stem(word: str) -> str:
    """A word of five letters or more without the ending that says how many, in Italian or English."""
    if len(word) < 5 or word[-1].isdigit():
        return word
    short = word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    short = short.rstrip("aeioy")
    return short if len(short) >= 4 else word


def _weight() -> str:
    """What a title and a body that have the words weigh; the least is the best."""
    return "-ts_rank(e.document, q)" if connection.vendor == "postgresql" else "bm25(shared_search_fts, 8.0, 1.0)"


def _rows(
    words: Sequence[tuple[str, bool]],
    kinds: Sequence[str],
    visible_to: Sequence[str],
    columns: str,
    order: str = "",
    more: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """`columns` of the entries that have all the words; True beside a word: as a prefix. more: parameters of the order.

    Columns and order are of ours (hence S608 is muted); words, kinds and audiences go in as parameters.
    """
    where = ["e.visibility IN (" + ", ".join(["%s"] * len(visible_to)) + ")"]
    parameters: list[Any] = [*visible_to]
    if kinds:
        where.append("e.kind IN (" + ", ".join(["%s"] * len(kinds)) + ")")
        parameters += kinds
    if connection.vendor == "postgresql":
        query = " & ".join(f"{w}:*" if prefix else w for w, prefix in words)
        sql = (
            f"SELECT {columns} FROM shared_searchentry e, to_tsquery('simple', %s) q WHERE e.document @@ q AND "  # noqa: S608
            + " AND ".join(where)
        )
    else:
        query = " ".join(f'"{w}"*' if prefix else f'"{w}"' for w, prefix in words)
        # CROSS JOIN fixes the order: words first. Without statistics SQLite would look up each entry in the words.
        sql = (
            f"SELECT {columns} FROM shared_search_fts f CROSS JOIN shared_searchentry e ON e.id = f.rowid "  # noqa: S608
            "WHERE shared_search_fts MATCH %s AND " + " AND ".join(where)
        )
    with connection.cursor() as cursor:
        cursor.execute(sql + order, [query, *parameters, *more])
        return list(cursor.fetchall())


def nearest(text: str, *, limit: int = 5) -> list[SearchEntry]:
    """Titles most like a text that found nothing: those that share a word's first letters, ranked by shared pieces."""
    folded = fold(text)
    if not folded:
        return []
    candidates: dict[int, SearchEntry] = {}
    for word in folded.split()[:4]:
        for size in (4, 3, 2):
            if len(word) >= size:
                for entry in search(word[:size], limit=200):
                    candidates[entry.pk] = entry
    wanted = _pieces(folded)
    scored = sorted(
        ((_likeness(wanted, _pieces(e.folded_title)), e) for e in candidates.values()),
        key=lambda pair: (-pair[0], pair[1].title),
    )
    return [e for score, e in scored[:limit] if score > 0.15]


def _pieces(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _likeness(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0
