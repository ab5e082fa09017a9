"""Italian articles before numbers: "il 80%" becomes "l'80%", "dei 11" becomes "degli 11", "del 0,5%" "dello 0,5%".

# Note [Articles follow the number]
A text of the catalogue that has an article before a place for a number cannot know the number. Such texts are kept as
`Elided`, which puts the article right once the place is filled. Only texts of the catalogue are touched, never what
people wrote.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

BEFORE_VOWEL = {
    "il": "l'", "del": "dell'", "al": "all'", "dal": "dall'", "nel": "nell'", "sul": "sull'",
    "i": "gli ", "dei": "degli ", "ai": "agli ", "dai": "dagli ", "nei": "negli ", "sui": "sugli ",
}  # fmt: skip
BEFORE_ZERO = {"il": "lo ", "del": "dello ", "al": "allo ", "dal": "dallo ", "nel": "nello ", "sul": "sullo "}
_ARTICLE = r"\b(?P<article>[Ii]l|[DdNn]e[li]|[DdAa]?[AaIi]l|[DdAa]?[Aa]i|[Ss]u[li]|[Ii]) (?P<tags>(?:<[^>]*>)*)"
_NUMBER = r"(?P<lead>\d{1,3})(?P<thousands>(?:[.\u00a0\u202f]\d{3})*)(?!\d)(?P<decimal>,\d|\s?%)?"
_WRITTEN = re.compile(_ARTICLE + _NUMBER)
_PLACE = re.compile(_ARTICLE + r"%\(")


def elide(text: str) -> str:
    """The text with the articles before numbers as Italian says them."""
    return _WRITTEN.sub(_right, text)


def _right(found: re.Match[str]) -> str:
    article, lead = found["article"], found["lead"]
    table = BEFORE_VOWEL if _begins_with_vowel(found) else BEFORE_ZERO if lead == "0" else {}
    right = table.get(article.lower())
    if right is None:
        return found[0]
    right = right[0].upper() + right[1:] if article[0].isupper() else right
    return right + found[0][len(article) + 1 :]


def _begins_with_vowel(found: re.Match[str]) -> bool:
    """8, 80-89, 800-899 and 11, alone or of thousands; 1 as a number (uno), not as a day (primo) or mille."""
    lead = found["lead"]
    if lead == "1":
        return bool(found["decimal"]) and not found["thousands"]
    return lead == "11" or lead[0] == "8"


class Elided(str):
    """A text with an article before a place; filled in, the article is right. See Note [Articles follow the number]."""

    __slots__ = ()

    def __mod__(self, values: Any) -> str:
        return elide(str.__mod__(self, values))


def teach(catalogue: MutableMapping[Any, Any]) -> int:
    """Keep each text of a catalogue that has an article before a place as `Elided`. Returns how many."""
    found = {key: text for key, text in catalogue.items() if isinstance(text, str) and _PLACE.search(text)}
    for key, text in found.items():
        catalogue[key] = Elided(text)
    return len(found)
