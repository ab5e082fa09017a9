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
