"""Names without a space, as registers write them, never widen a page."""

from __future__ import annotations

from typing import Any

import pytest
from factories import organisation

LONG = "STEIRISCHEWIRTSCHAFTSFORDERUNGSGESELLSCHAFTMITBESCHRANKTERHAFTUNGUNDKOMPANIE"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_name_without_a_space_breaks_on_a_phone(live_server: Any, page: Any) -> None:
    found = organisation(LONG)
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (f"/organisations/{found.pk}/", "/organisations/", "/search/?q=STEIRISCHE"):
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
