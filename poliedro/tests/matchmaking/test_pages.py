"""Pages of the room: their language and their number of queries. Who may open which is in `walk`."""

from __future__ import annotations

from typing import Any

import matchmaking_factories as make
import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_speak_the_reader_s_language(client: Client, language: str) -> None:
    text = client.get("/ask/", headers={"accept-language": language}).content.decode()
    assert {"it": "Manda la domanda", "en": "Send the question"}[language] in text


def test_lists_keep_their_number_of_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    for i in range(12):
        make.card(title=f"Card {i}")
    client.get("/cards/")
    with django_assert_max_num_queries(14):
        client.get("/cards/")
