"""Public pages set no cookie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from walk.harness import Route, body_of, routes, samples_of_rooms
from walk.world import build_world

pytestmark = pytest.mark.django_db


def _public_addresses(samples: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[Route, str]]:
    """Every public page, those with arguments on the samples that the walk opens."""
    for route in routes():
        if route.access is None or route.access.kind != "public":
            continue
        if route.name in samples or not route.has_arguments:
            for sample in samples.get(route.name, [{}]):
                arguments = {k: v for k, v in sample.items() if not k.startswith("_")}
                yield route, reverse(route.name, kwargs=arguments) + sample.get("_query", "")


def test_no_public_page_sets_a_cookie(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    build_world()
    seen, with_arguments = 0, 0
    for route, address in _public_addresses(samples_of_rooms()):
        answer = Client().get(address)
        if answer.status_code != 200 or "csrfmiddlewaretoken" in body_of(answer):
            continue  # a public form that writes carries a token; everything that is only read does not
        seen += 1
        with_arguments += route.has_arguments
        assert not answer.cookies, address
    assert seen > 60
    assert with_arguments > 30


def test_language_is_changed_without_a_token_and_that_alone_sets_a_cookie() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert answer.status_code == 302
    assert list(answer.cookies) == ["django_language"]
