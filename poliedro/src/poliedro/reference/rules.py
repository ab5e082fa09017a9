"""How names are compared, and how sure a figure is that rests on several rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

CERTAINTIES = ("official", "reported", "estimated", "synthetic")
"""The surest first."""


def weakest(kinds: Iterable[str], default: str = "reported") -> str:
    """The least sure of several; a figure is no surer than the weakest row under it. default: where there is none."""
    return max(kinds, key=CERTAINTIES.index, default=default)


def plain(text: str) -> str:
    """Lower case letters and digits alone, without accents: for comparing headers."""
    return re.sub(r"[^a-z0-9]+", "", _without_accents(text).casefold())


def words(text: str) -> str:
    """Lower case words without accents and punctuation, single spaces: for comparing names of places and bodies."""
    return re.sub(r"[^a-z0-9]+", " ", _without_accents(text).casefold()).strip()


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def product_code(code: str) -> str:
    """The code of a product group as industries write it: CPA_C10T12, CPA_C10-C12 and C10-12 are one, C10-12."""
    short = code.strip().removeprefix("CPA_").removeprefix("P_")
    found = re.fullmatch(r"([A-Z]\d\d)(?:T|-[A-Z]?)(\d\d)", short)
    if found:
        return f"{found[1]}-{found[2]}"
    return re.sub(r"^([A-Z])T([A-Z])$", r"\1-\2", short)


def divisions_in(group: str, activities: Iterable[str]) -> list[str]:
    """The NACE sections and divisions, as statistics write them (C, C29), that a product group holds.

    C10-12 holds C10, C11 and C12; B-E all of four sections; M69_70 two divisions; P3 and TOTAL nothing.
    """
    if found := re.fullmatch(r"([A-U])(?:-([A-U]))?", group):
        first, last = found[1], found[2] or found[1]
        return [a for a in activities if first <= a[:1] <= last]
    if found := re.fullmatch(r"([A-U])(\d\d)(?:[-_](\d\d))?B?", group):
        section, first, last = found[1], found[2], found[3] or found[2]
        return [a for a in activities if a[:1] == section and first <= a[1:3] <= last and a[1:3].isdigit()]
    return []
