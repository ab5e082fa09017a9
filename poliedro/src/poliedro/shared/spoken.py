"""What people wrote in Italian and in English, in the reader's language.

# Note [A name that travels in two languages]
The name of a source goes far as one string: beside figures, into stored results, kept tables and frozen reports. What a
person named in both languages carries both, "Dati dei poli, 2020 | Figures of the clusters, 2020"; where it is shown,
`source_words` takes the reader's. A file for machines holds both. No page has to ask the register for a name.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language

BETWEEN = " | "


def spoken(it: str, en: str) -> str:
    """The text in the reader's language; where nobody wrote it, the other one."""
    return (it or en) if (get_language() or "").startswith("it") else (en or it)


def both(*texts: str) -> str:
    """The Italian and the English as one string, or the one that there is.

    See Note [A name that travels in two languages].
    """
    plain = (" ".join(t.replace("|", "/").replace(";", ",").split()) for t in texts)
    return BETWEEN.join(dict.fromkeys(t for t in plain if t))


def one_of_both(name: str) -> str | None:
    """The reader's part of such a string; None where it carries one language alone."""
    it, between, en = name.partition(BETWEEN)
    return spoken(it, en) if between and BETWEEN not in en else None


def short_day(value: date | None) -> str:
    """A day in few letters, as lists and tables have it: 03/04/2020 in Italian; in English 3 Apr 2020, since readers of
    English disagree which of two numbers is the month. No day: nothing. A moment's day is that of the region's clock:
    moments are stored in UTC, where half past midnight in Italy is still the day before."""
    if value is None:
        return ""
    value = _here(value)
    if (get_language() or "").startswith("it"):
        return f"{value:%d/%m/%Y}"
    return format_date(value, "j M Y")


def short_moment(value: datetime) -> str:
    """The same with the hour, both of the region's clock whatever the moment was stored in: 03/04/2020 14:30."""
    return f"{short_day(value)} {_here(value):%H:%M}"


def _here(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
