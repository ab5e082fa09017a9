"""The concepts by which cards, experts and questions are tied across languages: labels in Italian and English."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

PATH = Path(__file__).resolve().parent.parent / "data" / "concepts.csv"
EUROSCIVOC = PATH.with_name("euroscivoc.csv")
"""Fields of science by their EuroSciVoc codes (EU Publications Office, CC BY 4.0), Italian labels of our own."""
ESCO = PATH.with_name("esco.csv")
"""Groups of skills by their ESCO codes (version 1.2, European Commission), Italian labels of our own."""
NACE = PATH.with_name("nace.csv")
"""Divisions of NACE Rev. 2 (ATECO 2007), labels shortened by us; a card may be of another activity than its owner."""
LEXICON = PATH.with_name("lexicon.csv")
"""Words of trade and technology in Italian and English, by field. They tie texts; nobody chooses them as tags."""
DICTIONARY = PATH.with_name("dictionary.csv")
"""Italian words of every day with what they mean: concepts above, or English words ("d:pollinator"). From MultiWordNet
(Fondazione Bruno Kessler, CC BY 3.0), ItalWordNet (CNR Pisa, ODC-BY 1.0) and Princeton WordNet 3.0, by
`scripts/dictionary.py`."""
RELATED = PATH.with_name("related.csv")
"""Which concepts stand together in public texts, and how near they are (`scripts/related_concepts.py`)."""


@dataclass(frozen=True)
class Concept:
    """key: a slug. it, en: labels, the first is shown. parent: the broader concept, "" for none."""

    key: str
    it: tuple[str, ...]
    en: tuple[str, ...]
    parent: str

    @property
    def label(self) -> str:
        return self.it[0] if (get_language() or "it").startswith("it") else self.en[0]


@lru_cache(maxsize=1)
def concepts() -> dict[str, Concept]:
    """Every concept by its key, in the order of the file."""
    with PATH.open(encoding="utf-8", newline="") as file:
        return {
            row["key"]: Concept(row["key"], tuple(row["it"].split("|")), tuple(row["en"].split("|")), row["parent"])
            for row in csv.DictReader(file, delimiter=";")
        }


def _official(path: Path, prefix: str) -> dict[str, Concept]:
    """Rows of an official classification by keys such as "esv:30021", in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            f"{prefix}:{row['code']}": Concept(
                f"{prefix}:{row['code']}",
                tuple(row["it"].split("|")),
                tuple(row["en"].split("|")),
                f"{prefix}:{row['parent']}" if row["parent"] else "",
            )
            for row in csv.DictReader(file, delimiter=";")
        }


@lru_cache(maxsize=1)
def sciences() -> dict[str, Concept]:
    """Fields of EuroSciVoc by keys that begin with "esv:"."""
    return _official(EUROSCIVOC, "esv")


@lru_cache(maxsize=1)
def skills() -> dict[str, Concept]:
    """Groups of skills of ESCO, the first two levels, by keys that begin with "esco:"."""
    return _official(ESCO, "esco")


@lru_cache(maxsize=1)
def activities() -> dict[str, Concept]:
    """Divisions of NACE by keys that begin with "nace:"."""
    return _official(NACE, "nace")


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Concept]:
    """What the words of both languages mean, by keys that begin with "w:", in the order of the file."""
    with LEXICON.open(encoding="utf-8", newline="") as file:
        return {
            f"w:{row['key']}": Concept(f"w:{row['key']}", tuple(row["it"].split("|")), tuple(row["en"].split("|")), "")
            for row in csv.DictReader(file, delimiter=";")
        }


@lru_cache(maxsize=1)
def everything() -> dict[str, Concept]:
    """All that ties texts: concepts, activities, fields of science, skills, words of the lexicon."""
    return concepts() | activities() | sciences() | skills() | lexicon()


@lru_cache(maxsize=1)
def dictionary() -> dict[str, list[tuple[str, float]]]:
    """Italian word -> keys of what it may mean, each with a weight 0..1 whose squares add up to 1."""
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        rows = {row["it"]: row["means"].split("|") for row in csv.DictReader(file, delimiter=";")}
    cut = {word: [one.rpartition(" ") for one in keys] for word, keys in rows.items()}
    return {word: [(key, float(weight)) for key, _blank, weight in keys] for word, keys in cut.items()}


@lru_cache(maxsize=1)
def dictionary_concepts() -> dict[str, Concept]:
    """The meanings that only the dictionary has, by keys that begin with "d:"; the likeliest Italian word first."""
    words: dict[str, list[tuple[float, str]]] = {}
    for word, keys in dictionary().items():
        for key, weight in keys:
            if key.startswith("d:"):
                words.setdefault(key, []).append((-weight, word))
    return {
        key: Concept(key, tuple(word for _weight, word in sorted(found)), (key.removeprefix("d:"),), "")
        for key, found in words.items()
    }


@lru_cache(maxsize=1)
def related() -> dict[str, list[tuple[str, float]]]:
    """Concept -> others near it and how near, 0..1, the nearest first."""
    with RELATED.open(encoding="utf-8", newline="") as file:
        pairs = {row["key"]: row["related"].split("|") for row in csv.DictReader(file, delimiter=";")}
    cut = {key: [one.rpartition(" ") for one in others] for key, others in pairs.items()}
    return {key: [(other, float(near)) for other, _blank, near in others] for key, others in cut.items()}


def concept_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Key and label of each concept and of each field of EuroSciVoc, by label in the reader's language."""

    def sorted_by_label(rows: Iterable[Concept]) -> list[tuple[str, str]]:
        return sorted(((c.key, c.label) for c in rows), key=lambda pair: pair[1].lower())

    return [
        (_("Trade and technology"), sorted_by_label(concepts().values())),
        (_("Science (EuroSciVoc)"), sorted_by_label(sciences().values())),
        (_("Activities (NACE)"), sorted_by_label(activities().values())),
        (_("Skills (ESCO)"), sorted_by_label(skills().values())),
    ]


def label_of(key: str) -> str:
    """A concept's label in the reader's language; the key itself where it is not known."""
    found = everything().get(key) or dictionary_concepts().get(key)
    return found.label if found else key


def labels_of(keys: list[str]) -> list[str]:
    return [label_of(k) for k in keys]


def plain_words(text: str) -> list[str]:
    """Lower-case words without accents, in order."""
    kept = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"[a-z0-9]+", "".join(c for c in kept if not unicodedata.combining(c)))


@lru_cache(maxsize=2)
def _by_first_word(science: bool) -> dict[str, list[tuple[list[str], str]]]:
    found: dict[str, list[tuple[list[str], str]]] = {}
    for concept in (sciences() if science else concepts()).values():
        for label in (*concept.it, *concept.en):
            words = plain_words(label)
            found.setdefault(words[0], []).append((words, concept.key))
    return found


def concepts_named(text: str) -> list[str]:
    """Keys of the concepts one of whose labels stands in the text, word for word, in order of their keys."""
    return _named(text, science=False)


def fields_named(text: str) -> list[str]:
    """Keys of the concepts and of the fields of EuroSciVoc that the text names."""
    return [*_named(text, science=False), *_named(text, science=True)]


def _named(text: str, science: bool) -> list[str]:
    words, labels = plain_words(text), _by_first_word(science)
    return sorted(
        {
            key
            for at, word in enumerate(words)
            for label, key in labels.get(word, ())
            if words[at : at + len(label)] == label
        }
    )
