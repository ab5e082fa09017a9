"""Filters for what a report froze: plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from poliedro.shared.templatetags.poliedro import spoken_number

register = template.Library()


@register.filter
def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in that language; the first there is where it lacks."""
    return texts.get(language) or next(iter(texts.values()), "")


@register.filter
def row_of(rows: Mapping[str, Any], key: str) -> Any:
    return rows.get(key, "")


@register.filter
def shown_row(row: Mapping[str, Any], decimals: int) -> str:
    """A value with its interval, or why it is not there."""
    if row["hidden"]:
        return _("hidden")
    if row["value"] is None:
        return "-"
    text = spoken_number(row["value"], decimals)
    if row["low"] is None or row["high"] is None:
        return text
    return f"{text} ({spoken_number(row['low'], decimals)} - {spoken_number(row['high'], decimals)})"
