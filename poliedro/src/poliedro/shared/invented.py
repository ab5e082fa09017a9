"""What builders of the demonstration share: texts in the site's language, and days on which something can happen."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

CLOSED = {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8)}
"""(month, day) on which nobody holds a meeting: Christmas, New Year and Italy's holidays of a fixed date."""


def said(it: str, en: str) -> str:
    """What a person of the site's region would have written: Italian, or English on a site in another language.

    For text that one person writes once. A field that holds both languages (`*_it`, `*_en`) is given both.
    """
    return it if settings.LANGUAGE_CODE.startswith("it") else en


def working_day(day: date) -> date:
    """That day, or the first after it that is neither a weekend's nor a holiday of a fixed date."""
    while day.weekday() > 4 or (day.month, day.day) in CLOSED:
        day += timedelta(days=1)
    return day
