"""Words and concepts of short texts in Italian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
# Words that say nothing of what is meant; articles, prepositions, forms of to be and to have.
_EMPTY = frozenset(
    """a ad ai al alla alle allo agli anche che chi ci col come con cui da dai dal dalla dalle degli dei del della delle
    dello di dove e ed era essere fa gli ha hanno ho i il in io la le lei lo loro lui ma mi mia mio ne nei nel nella
    nelle nello noi non nostra nostro o od ogni per piu puo quale quali quando quello questa questo se si sia siamo sono
    su sua sue sui sul sulla sulle suo tra fra tutti un una uno vi voi vogliamo cerchiamo offriamo about all also an and
    any are as at be been but by can do for from has have how if into is it its more my new of on or our out so some
    such that the their them there these they this to us use via was we what when which who will with would you your
    need needs look looking seek offer""".split()  # noqa: SIM905  (a list of 130 quoted words is harder to read)
)
# What only one of the two languages writes; it tells in which of them a text is.
_MARKS = {
    "it": frozenset(
        """il lo gli di del della delle dello dei degli da dal dalla con per che un una uno su sul sulla nel nella e
        sono siamo cerchiamo serve servono offriamo abbiamo ci si al alla alle ai agli nostra nostro come""".split()  # noqa: SIM905
    ),
    "en": frozenset(
        """the of and to for with by from an is are we our that this which on at as it us their have has be or need
        offer looking""".split()  # noqa: SIM905
    ),
}


def language_of(text: str) -> str:
    """ "it" or "en", by the small words that only one of them has; "" where neither has more."""
    words = re.findall(r"[a-z]+", text.lower())
    italian, english = (sum(w in _MARKS[x] for w in words) for x in ("it", "en"))
    return "it" if italian > english else "en" if english > italian else ""


def stems(text: str) -> list[str]:
    """The words of a text without accents, case, empty words and endings, in order.

    Endings: English plural s, final vowels of words of five letters or more (Italian gender and number, English e), and
    the h that Italian plurals put before them.
    """
    plain = text.lower()
    if not plain.isascii():
        plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain))
    return [_stem(w) for w in _WORD.findall(plain) if w not in _EMPTY and (len(w) > 1 or w.isdigit())]


def terms_of_each(text: str) -> dict[str, str]:
    """Term of an index (a stem, or a cognate written "~consonants") -> the word as the text first writes it."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        for stem in stems(word):
            found.setdefault(stem, word)
            bare = cognate(stem)
            if bare:
                found.setdefault(f"~{bare}", word)
    return found


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    if len(word) < 4 or word[-1].isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) >= 5:
        word = word.rstrip("aeio") if len(word.rstrip("aeio")) >= 3 else word
        if word.endswith(("ch", "gh")):
            word = word[:-1]
    return word


# Spellings in which Italian and English write one Latin or Greek part of a word, in the order of their use.
_COGNATE = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        ("zion", "tion"),
        ("ph", "f"),
        ("[ao]e", "e"),
        ("y", "i"),
        ("qu", "c"),
        ("c(?=[ei])", "s"),
        ("[xz]", "s"),
        ("[kq]", "c"),
        ("w", "v"),
        ("j", "g"),
        ("h", ""),
        ("[cp]t", "t"),
        ("ns", "s"),
        ("[bd](?=[mvst])", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=200_000)
def cognate(stem: str) -> str:
    """The first four consonants that a word of Latin or Greek origin has in Italian and English, "" for a short word.

    elettric(o) and electric give eltr, biodegradabil(e) and biodegradabl(e) bdgr, catalisi and catalyst ctls. Rules of
    spelling, no list of words: they miss what is not akin, and now and then take one word for another. Four consonants
    rather than all, because endings differ more than beginnings (342 against 333 of the 447 ATECO classes whose Italian
    and English labels share no word came among the first five of 10 447 cards).
    """
    if len(stem) < 5 or not stem.isalpha():
        return ""
    word = stem
    for pattern, plain in _COGNATE:
        word = pattern.sub(plain, word)
    bare = word[:1] + re.sub("[aeiou]", "", word[1:])
    return bare[:4] if len(bare) >= 4 else ""


_KIN = 0.7  # weight of a label that the text has in another form only (saldare, saldatura)
_RELATED = 0.5  # weight of what is related to a concept
_SURE = 0.3  # least weight of a concept whose relations count
_ENOUGH = 12  # concepts of a text that needs no relations
_ENDS = re.compile(
    "(?:azion|izion|uzion|zion|ament|iment|ment|ator|itor|atric|ar|er|ir|at|it|ut|ant|ent|ation|ing|ed)$"
)


@lru_cache(maxsize=200_000)
def root(stem: str) -> str:
    """What is left without one ending by which Italian and English make nouns of verbs; the stem itself if short."""
    bare = _ENDS.sub("", stem)
    return bare if len(bare) >= 4 else stem


@dataclass(frozen=True)
class Label:
    """A label's words without endings, whose it is, and its language ("" = any)."""

    words: frozenset[str]
    concept: str
    language: str


class Thesaurus:
    """Concepts with labels in any language, and what each is a kind of."""

    def __init__(
        self,
        labels: Iterable[tuple[str, str, str]],
        parents: Mapping[str, str],
        decay: float,
        related: Mapping[str, Sequence[tuple[str, float]]],
    ) -> None:
        """labels: (concept, label, language). parents: concept -> broader one. decay: weight of a step up, 0..1.

        related: concept -> others near it and how near, 0..1.
        """
        self.parents, self.decay, self.related = parents, decay, related
        read = [Label(frozenset(stems(label)), concept, language) for concept, label, language in labels]
        often: dict[str, int] = {}
        for label in read:
            for w in label.words:
                often[w] = often.get(w, 0) + 1
        self.by_rarest: dict[str, list[Label]] = {}
        for label in read:
            if label.words:
                rarest = min(label.words, key=lambda w: (often[w], w))
                self.by_rarest.setdefault(rarest, []).append(label)
        self.by_root: dict[str, list[Label]] = {}
        for label in read:
            if len(label.words) == 1:
                self.by_root.setdefault(root(next(iter(label.words))), []).append(label)
        self.concepts = {label.concept for label in read}

    def of(self, words: Sequence[str], tags: Sequence[str], language: str = "") -> tuple[dict[str, float], set[str]]:
        """Concept -> weight, and the words that labels cover.

        A tag weighs 1. A label all of whose words are there gives its concept 1 / sqrt(n), n = concepts that its most
        ambiguous word is a label's part of here: two texts that share an ambiguous word share it once, not n times; .7
        of that where the text has the word in another form. What is broader weighs `decay` a step. language: labels of
        another one are passed over. What is related to a concept weighs half of its weight times the nearness, unless
        the text says it itself or names more than a dozen concepts, and so says enough.
        """
        there = set(words)
        said: list[tuple[frozenset[str], str, float]] = []
        says: dict[str, set[str]] = {}

        def add(words: frozenset[str], label: Label, weight: float) -> None:
            if not language or not label.language or label.language == language:
                said.append((words, label.concept, weight))
                for w in words:
                    says.setdefault(w, set()).add(label.concept)

        for w in there:
            for label in self.by_rarest.get(w, ()):
                if label.words <= there:
                    add(label.words, label, 1.0)
        for w in there - says.keys():
            for label in self.by_root.get(root(w), ()):
                add(frozenset((w,)), label, _KIN)
        found: dict[str, float] = {}
        for words_of, concept, weight in said:
            shared = weight / sqrt(max(len(says[w]) for w in words_of))
            found[concept] = max(found.get(concept, 0.0), shared)
        found |= dict.fromkeys(tags, 1.0)
        out: dict[str, float] = {}
        for concept, first in found.items():
            weight, at, seen = first, concept, set[str]()
            while at and at not in seen:
                seen.add(at)
                out[at] = max(out.get(at, 0.0), weight)
                weight *= self.decay
                at = self.parents.get(at, "")
        if len(found) <= _ENOUGH:
            out = self._spread(out) | out
        return out, set(says)

    def _spread(self, named: Mapping[str, float]) -> dict[str, float]:
        """What is related to the concepts that weigh enough."""
        out: dict[str, float] = {}
        for concept, weight in named.items():
            if weight >= _SURE:
                for other, near in self.related.get(concept, ()):
                    out[other] = max(out.get(other, 0.0), _RELATED * weight * near)
        return out
