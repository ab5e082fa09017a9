"""Words and concepts of short texts in Italian and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

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


def stems(text: str) -> list[str]:
    """The words of a text without accents, case, empty words and endings, in order.

    Endings: English plural s, final vowels of words of five letters or more (Italian gender and number, English e), and
    the h that Italian plurals put before them.
    """
    plain = text.lower()
    if not plain.isascii():
        plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain))
    return [_stem(w) for w in _WORD.findall(plain) if w not in _EMPTY and (len(w) > 1 or w.isdigit())]


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


class Thesaurus:
    """Concepts with labels in any language, and what each is a kind of."""

    def __init__(self, labels: Iterable[tuple[str, str]], parents: Mapping[str, str], decay: float) -> None:
        """labels: (concept, label). parents: concept -> broader concept. decay: weight of a step up, 0..1."""
        self.parents, self.decay = parents, decay
        read = [(concept, frozenset(stems(label))) for concept, label in labels]
        often: dict[str, int] = {}
        for _, words in read:
            for w in words:
                often[w] = often.get(w, 0) + 1
        self.by_rarest: dict[str, list[tuple[frozenset[str], str]]] = {}
        for concept, words in read:
            if words:
                rarest = min(words, key=lambda w: (often[w], w))
                self.by_rarest.setdefault(rarest, []).append((words, concept))
        self.concepts = {concept for concept, _ in read}

    def of(self, words: Sequence[str], tags: Sequence[str]) -> dict[str, float]:
        """Concept -> weight: 1 for a tag and for a label all of whose words are there, less for what is broader."""
        there = set(words)
        found = dict.fromkeys(tags, 1.0)
        for w in there:
            for label, concept in self.by_rarest.get(w, ()):
                if label <= there:
                    found[concept] = 1.0
        out: dict[str, float] = {}
        for concept in found:
            weight, at, seen = 1.0, concept, set[str]()
            while at and at not in seen:
                seen.add(at)
                out[at] = max(out.get(at, 0.0), weight)
                weight *= self.decay
                at = self.parents.get(at, "")
        return out
