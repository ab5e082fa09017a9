"""Days and names in the reader's language, written in one way."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils.translation import override

import poliedro
from poliedro.shared.spoken import both, one_of_both, short_day, short_moment, spoken

OTHER_WAYS = re.compile(r"""%d[./]%m|%d-%m|date:"[djDN][^"]*\.[mnM]|date:"[dj]/|["']DATE_FORMAT["']""")
"""A day with numbers in another order or with other signs; days written out are the filter `day`'s."""


def test_day_in_few_letters_is_written_in_one_way_a_language() -> None:
    with override("it"):
        assert short_day(date(2020, 4, 3)) == "03/04/2020"
        assert short_moment(datetime.fromisoformat("2020-04-03T09:05")) == "03/04/2020 09:05", (
            "without a zone: as it is"
        )
    with override("en"):
        assert short_day(date(2020, 4, 3)) == "3 Apr 2020"
        assert short_day(None) == ""


def test_no_page_writes_days_in_a_way_of_its_own() -> None:
    root = Path(poliedro.__file__).parent
    found = []
    for path in [*root.rglob("*.py"), *root.rglob("*.html")]:
        if path.name != "spoken.py" and OTHER_WAYS.search(path.read_text(encoding="utf-8")):
            found.append(str(path.relative_to(root)))
    assert found == []


@pytest.mark.parametrize(("language", "said"), [("it", "Dati"), ("en", "Figures")])
def test_name_of_two_languages_is_told_in_one(language: str, said: str) -> None:
    with override(language):
        assert one_of_both(both("Dati", "Figures")) == said
        assert spoken("Dati", "Figures") == said
        assert one_of_both("Dati") is None
    assert both("", "Figures") == "Figures"
    assert both("Same", "Same") == "Same"


def test_the_day_of_a_moment_is_that_of_the_regions_clock() -> None:
    """23:30 in UTC is half past one of the next day in an Italian summer."""
    late = datetime(2020, 7, 3, 23, 30, tzinfo=UTC)
    with override("it"):
        assert short_day(late) == "04/07/2020"
        assert short_moment(late) == "04/07/2020 01:30"
