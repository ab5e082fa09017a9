"""Refusals in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from poliedro.shared.refusals import Refusal, Said
from poliedro.shared.templatetags.poliedro import day

Words = Mapping[str, Mapping[Any, Any]]
"""Name of a blank -> what it may hold -> the word for it."""


def told(refused: Exception | Said, words: Words | None = None) -> str:
    """The sentence in the language of the reader, its blanks filled; the text of an exception that is no refusal.

    Args:
        words: for blanks that hold a code, such as the state of a call.
    """
    said = refused.said if isinstance(refused, Refusal) else refused
    if not isinstance(said, Said):
        return str(said)
    text = gettext(said.text)
    return text % {k: _filled(k, v, words or {}) for k, v in said.blanks.items()} if said.blanks else text


def _filled(name: str, value: Any, words: Words) -> str:
    if isinstance(value, Refusal | Said):
        return told(value, words)
    if isinstance(value, list | tuple | set | frozenset | dict):
        return ", ".join(_filled(name, v, words) for v in value) or gettext("nothing")
    known = words.get(name, {})
    if isinstance(value, str) and value in known:
        return str(known[value])
    if isinstance(value, Decimal):
        return number_format(value, force_grouping=True)
    if isinstance(value, datetime):
        return f"{day(value)}, {localtime(value):%H:%M}"
    if isinstance(value, date):
        return day(value)
    return str(value)
