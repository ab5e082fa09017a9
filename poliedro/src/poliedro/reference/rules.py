"""How names are compared."""

from __future__ import annotations

import re
import unicodedata


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
