"""Countries in the reader's language, by the codes that European statistics write."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

STATISTICS = {"EL": "GR", "UK": "GB"}
"""Eurostat's own codes, and those of ISO 3166."""


def country_names() -> dict[str, str]:
    """Code -> name of the country in the reader's language (Unicode CLDR), with Eurostat's own codes."""
    return _names((get_language() or "en").replace("_", "-"))


@lru_cache(maxsize=8)
def _names(language: str) -> dict[str, str]:
    names = Locale.parse(language, sep="-").territories
    statistics = {code: names[iso] for code, iso in STATISTICS.items()}
    return {code: name for code, name in names.items() if len(code) == 2 and code.isalpha()} | statistics
