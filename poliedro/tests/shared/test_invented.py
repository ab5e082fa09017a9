"""The demonstration writes in the site's language, and holds nothing on a day on which nobody comes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from poliedro.shared.invented import said, working_day


@pytest.mark.parametrize(("site", "text"), [("it", "un polo"), ("it-it", "un polo"), ("en", "a cluster")])
def test_a_text_is_in_the_language_of_the_site(settings: Any, site: str, text: str) -> None:
    settings.LANGUAGE_CODE = site
    assert said("un polo", "a cluster") == text


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2026, 11, 27), date(2026, 11, 27)),  # a Friday
        (date(2026, 11, 28), date(2026, 11, 30)),  # a Saturday
        (date(2026, 12, 24), date(2026, 12, 28)),  # Thursday to Saturday are Christmas, then a Sunday
        (date(2027, 1, 1), date(2027, 1, 4)),
    ],
)
def test_an_event_is_moved_to_the_next_day_on_which_people_work(day: date, held: date) -> None:
    assert working_day(day) == held
