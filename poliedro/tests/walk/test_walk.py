"""Every address, as everybody, on real objects of two clusters: the answer is what the table says."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.urls import resolve
from walk.harness import Walk, reads_the_form, routes, samples_of_rooms, walk
from walk.world import World, build_world, roles_agree

from poliedro.registry.rules.permissions import Form
from poliedro.shared.region import Region, region

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> World:
    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    return build_world()


def under(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every module that asks for the region gets it with this form: services check again what views have checked."""

    def told() -> Region:
        return replace(region(), form=form.value)

    for name, module in list(sys.modules.items()):
        asks = getattr(module, "region", None)
        known = asks is region or getattr(asks, "__qualname__", "") == told.__qualname__
        if name.startswith("poliedro.") and name != region.__module__ and known:
            monkeypatch.setattr(module, "region", told)


# Note [The walk on a second database]
# Who may do what is decided by plain functions over roles that are read by three queries; the pages behind them send
# hundreds more. So on PostgreSQL everything is opened by everybody who may, under the region's own form; that nobody
# else gets in, under any form, is proved on SQLite in the same run.
def test_everybody_gets_what_the_table_says_at_every_address_and_nobody_meets_a_secret(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roles_agree(world) == []
    given = samples_of_rooms()
    room = os.environ.get("POLIEDRO_WALK", "")  # while one builds a room: its addresses alone
    only = [r.name for r in routes() if r.name.startswith(f"{room}:")] if room else []
    told: dict[Form, Walk] = {}
    own, first = Form(region().form), connection.vendor == "sqlite"
    for form in (own, *(f for f in Form if f is not own and first)):
        under(form, monkeypatch)
        told[form] = walk(world, given, form, only=only, against=None if form is own else own, refusals=first)
    visits, asked = sum(w.visits for w in told.values()), sum(w.asked for w in told.values())
    allowed, refused = sum(w.allowed for w in told.values()), sum(w.refused for w in told.values())
    with capsys.disabled():
        print(
            f"\nwalk: {told[own].routes} addresses, {len(world.actors)} actors, {len(told)} institutional forms: "
            f"{visits} visits ({asked} more asked alone), {allowed} let in, "
            f"{refused} refused, {len(world.secrets)} secrets kept"
        )
    problems = [f"{form}: {p}" for form, w in told.items() for p in w.problems]
    assert not problems, "\n".join(problems[:60])
    assert refused > allowed / 20 or not first


def test_pages_that_read_the_form_are_opened_under_each_form() -> None:
    read = {r.name for r in routes() if reads_the_form(r)}
    assert {"support:need", "support:training", "support:overrides"} <= read
    assert len(read) < 40  # the others are told apart by the table alone


def test_every_address_of_ours_has_a_name_and_no_two_share_it() -> None:
    names = [r.name for r in routes() if r.is_ours]
    assert len(names) == len(set(names))


def test_no_address_is_taken_by_another_that_stands_before_it() -> None:
    taken = [
        f"{route.name}: /{route.pattern} leads to {found}"
        for route in routes()
        if route.is_ours and not route.has_arguments and (found := resolve(f"/{route.pattern}").view_name) != route.name
    ]
    assert not taken
