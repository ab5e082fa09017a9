"""An automated audit (axe) of every page of the site: each address that the walk knows, as somebody who may open it.

The pages hold the walk's own objects, so this is quick; pages with the whole demonstration, charts drawn and on a phone
are audited in `test_demonstration_site.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from walk.harness import routes, samples_of_rooms
from walk.world import World, build_world

PARTS = 2
"""Halves of the addresses, so that two processes share the work."""
OUTRIGHT = {"shared:gallery", "portal:health"}
"""Addresses that are no page for people, or shown while one builds alone."""

LOGIN = "/accounts/login/"

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> World:
    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    return build_world()


@dataclass
class Found:
    """pages: {actor: addresses}, each address once, as the first actor who gets a page there. unaudited: addresses that
    are neither a page for anybody, nor a file, nor take forms alone."""

    pages: dict[str, list[str]]
    unaudited: list[str]


def find_pages(world: World, part: int) -> Found:
    samples = samples_of_rooms()
    clients = {name: Client(raise_request_exception=False) for name in world.actors}
    for name, actor in world.actors.items():
        if actor.user is not None:
            clients[name].force_login(actor.user)
    found = Found(defaultdict(list), [])
    for number, route in enumerate(r for r in routes() if r.is_ours and r.name not in OUTRIGHT):
        if number % PARTS != part:
            continue
        answers: set[str] = set()
        for sample in samples.get(route.name) or ([] if route.has_arguments else [{}]):
            arguments = {k: v for k, v in sample.items() if not k.startswith("_")}
            address = reverse(route.name, kwargs=arguments) + sample.get("_query", "")
            opener = None
            for name, client in clients.items():
                answers.add(answer := _answer(client, address))
                if answer == "page":
                    opener = name
                    break
            if opener is not None:
                found.pages[opener].append(address)
                break
        if not answers & {"page", "file", "form"}:
            found.unaudited.append(f"{route.name}: {sorted(answers)}")
    return found


def _answer(client: Client, address: str) -> str:
    """page, file, form (the address takes a post and leads elsewhere otherwise), sign-in, or the status."""
    response = client.get(address)
    response.close()  # a file stays open otherwise
    if response.status_code == 200:
        return "page" if response.headers.get("Content-Type", "").startswith("text/html") else "file"
    if response.status_code == 405:
        return "form"
    if response.status_code == 302:
        return "sign-in" if response.headers["Location"].startswith(LOGIN) else "form"
    return str(response.status_code)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_passes_the_audit(
    live_server: Any, world: World, page: Any, sign_in: Any, axe: Any, part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # Pictures are drawn, and audited, on the demonstration.
    page.route("**/charts.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    found = find_pages(world, part)
    faults = [f"{address} is not audited" for address in found.unaudited]
    for name, addresses in found.pages.items():
        user = world.actors[name].user
        page.context.clear_cookies()
        if user is not None:
            sign_in(user)
        for address in addresses:
            answer = page.goto(f"{live_server.url}{address}")
            if answer.status != 200:
                faults.append(f"{address} as {name}: {answer.status}")
                continue
            if page.locator("h1").count() != 1:
                faults.append(f"{address} as {name}: {page.locator('h1').count()} main headings")
            try:
                axe()
            except AssertionError as fault:
                faults.append(f"{address} as {name}: {fault}")
    with capsys.disabled():
        print(f"\naudit {part + 1} of {PARTS}: {sum(map(len, found.pages.values()))} pages")
    assert not faults, "\n".join(faults)
    assert sum(map(len, found.pages.values())) > 60
