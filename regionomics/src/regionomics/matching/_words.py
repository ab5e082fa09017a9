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
# Words that say nothing of what is meant: articles, prepositions, pronouns, auxiliaries (closed classes, after the
# Snowball lists), and what everybody writes who asks for something.
_EMPTY = frozenset(
    """a ad ai al alla alle allo agli all anche ancora che chi ci cio col coi come con contro cosa cui da dai dal dalla
    dalle dagli dallo dall degli dei del della delle dello dell di dove e ed era erano essere essi fra gli ha hai hanno
    ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio ne negli nei nel nella nelle nello nell no noi
    non nostra nostre nostri nostro o od ogni oppure per perche pero piu poi poco poca pochi poche pur qua quale quali
    quando quanto quanta quanti quante quel quella quelle quelli quello questa queste questi questo qui se sei senza si
    sia siamo siano siete sono sta stata state stati stato stiamo stanno stesso stessa stessi su sua sue sugli sui sul
    sulla sulle sullo sull suo suoi te ti tra troppo tu tua tue tuo tuoi tutta tutte tutti tutto un una uno vi voi
    vostra vostre vostri vostro abbia abbiamo abbiano avere avete avesse avra avremo avrebbe averci c d s v altra altre
    altri altro alcune alcuni qualche qualcosa qualcuno qualcuna qualsiasi qualunque nessuno nessuna niente molto molta
    molti molte tanto tanti tante tale tali gia mai sempre cosi mentre dopo prima entro oltre presso verso durante circa
    solo soltanto proprio ossia cioe quindi dunque inoltre invece anziche ecc etc dato data
    posso puo possiamo possono potere poter potrebbe potremmo possa possano devo deve dobbiamo devono dovere dover
    dovrebbe dovremmo voglio vuole vogliamo vogliono volere vorrei vorremmo vorrebbe faccio fa facciamo fanno fare far
    faccia fatto sappia sappiano sapere so cerco cerca cerchiamo cercano cercare cercasi trovo troviamo trovare serve
    servono servirebbe serva servano occorre occorrono manca mancano aiuti aiuta aiutare aiutarci aiutarmi aiutino offro
    offre offriamo offrono offrire nuovo nuova nuovi nuove grazie buongiorno salve
    about after again against all also am among an and another any anybody anyone anything are as at be because been
    before being between both but by can cannot could did do does doing during each either else etc even ever every few
    for from further get give given had has have having he her here hers him his how however i if in into is it its
    itself just less let like made make many may me might mine more most much must my near neither never new no nobody
    non none nor not nothing of off often on once one only or other others our ours out over own per please rather same
    she should since so some somebody someone something still such than thank thanks that the their theirs them then
    there these they this those though through thus to too toward towards under until up upon us use very via was we
    well were what when where whether which while who whom whose why will with within without would yes yet you your
    yours dear find finding help helps helping look looking need needs offer offers search searching seek seeking want
    wants wanted wish""".split()  # noqa: SIM905  (a list of 400 quoted words is harder to read)
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
        dictionary: Iterable[tuple[str, str, str, float]] = (),
    ) -> None:
        """labels: (concept, label, language). parents: concept -> broader one. decay: weight of a step up, 0..1.

        related: concept -> others near it and how near, 0..1. dictionary: (concept, label, language, weight) of words
        of every day, for what no label covers.
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
        self.dictionary: dict[str, list[tuple[Label, float]]] = {}
        self.dictionary_roots: dict[str, list[tuple[Label, float]]] = {}
        for concept, text, language, weight in dictionary:
            label = Label(frozenset(stems(text)), concept, language)
            if label.words:
                self.dictionary.setdefault(max(label.words, key=lambda w: (len(w), w)), []).append((label, weight))
            if len(label.words) == 1:
                self.dictionary_roots.setdefault(root(next(iter(label.words))), []).append((label, weight))
        self.concepts = {label.concept for label in read}
        # A card does not grow longer by what only the dictionary makes of its words.
        every = [*self.dictionary.values(), *self.dictionary_roots.values()]
        self.only_looked_up = {label.concept for part in every for label, _weight in part} - self.concepts

    def of(self, words: Sequence[str], tags: Sequence[str], language: str = "") -> tuple[dict[str, float], set[str]]:
        """Concept -> weight, and the words that labels cover.

        A tag weighs 1. A label all of whose words are there gives its concept 1 / sqrt(n), n = concepts that its most
        ambiguous word is a label's part of here: two texts that share an ambiguous word share it once, not n times; .7
        of that where the text has the word in another form. What is broader weighs `decay` a step. language: labels of
        another one are passed over. A word that no label covers is looked up in the dictionary; it stays a word of the
        text beside what that says. What is related to a concept weighs half of its weight times the nearness, unless
        the text says it itself or names more than a dozen concepts by labels, and so says enough.
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
        enough = len(found) > _ENOUGH
        for concept, weight in self._looked_up(there, says, language).items():
            found[concept] = max(found.get(concept, 0.0), weight)
        out: dict[str, float] = {}
        for concept, first in found.items():
            weight, at, seen = first, concept, set[str]()
            while at and at not in seen:
                seen.add(at)
                out[at] = max(out.get(at, 0.0), weight)
                weight *= self.decay
                at = self.parents.get(at, "")
        if not enough:
            out = self._spread(out) | out
        return out, set(says)

    def _looked_up(self, there: set[str], known: Mapping[str, object], language: str) -> dict[str, float]:
        """Concept -> weight, by the dictionary, of the words that no label covers."""
        out: dict[str, float] = {}

        def add(entries: Iterable[tuple[Label, float]], factor: float, whole: bool) -> bool:
            some = False
            for label, weight in entries:
                if (not language or not label.language or label.language == language) and (
                    not whole or label.words <= there
                ):
                    out[label.concept] = max(out.get(label.concept, 0.0), factor * weight)
                    some = True
            return some

        for w in there - known.keys():
            if not add(self.dictionary.get(w, ()), 1.0, True):
                add(self.dictionary_roots.get(root(w), ()), _KIN, False)
        return out

    def _spread(self, named: Mapping[str, float]) -> dict[str, float]:
        """What is related to the concepts that weigh enough."""
        out: dict[str, float] = {}
        for concept, weight in named.items():
            if weight >= _SURE:
                for other, near in self.related.get(concept, ()):
                    out[other] = max(out.get(other, 0.0), _RELATED * weight * near)
        return out
