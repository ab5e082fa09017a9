"""Every table that names people says how long and what erasure takes; nothing of it is a promise only."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from walk.harness import samples_of_rooms
from walk.world import World, build_world

from poliedro.accounts.held import ERASED, NO_ADDRESS, Held, erase_due, models_that_name_people, register
from poliedro.accounts.services import erase_person
from poliedro.audit.models import LogEntry
from poliedro.audit.queries import first_broken_link
from poliedro.config.personal import HELD

LONG_AFTER = date(2076, 1, 1)
NAMES = {
    "manager_a": "Zzelda Zzunica",
    "delegate_a": "Zzubaldo Zzunico",
    "coach": "Zzquirina Zzsola",
    "evaluator": "Zzfosca Zzrara",
}


def test_every_table_that_names_people_stands_in_the_register_once() -> None:
    there = [held.model for held in HELD]
    assert len(there) == len(set(there))
    missing = {table._meta.label for table in models_that_name_people()} - set(there)
    assert not missing, f"say in config/personal.py how long these are kept and what erasure takes: {missing}"


def test_a_table_that_names_people_and_has_no_entry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    without = tuple(held for held in HELD if held.model != "support.Request")
    monkeypatch.setattr("poliedro.config.personal.HELD", without)
    assert "support.Request" in {t._meta.label for t in models_that_name_people()} - {h.model for h in register()}


@pytest.mark.parametrize("held", HELD, ids=lambda held: held.model)
def test_what_is_kept_for_good_says_why_and_what_is_erased_says_when(held: Held) -> None:
    erases = bool(held.words or held.delete or held.clear)
    assert erases or held.why, "nothing is erased, and nothing says why"
    assert not held.keep_days or held.since, "counted from which day?"
    assert held.keep_days is None or erases
    for name in (*held.words, *held.clear, *held.addresses):
        assert held.table._meta.get_field(name)


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> World:
    """Objects of every room, made by people whose names stand nowhere else."""
    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    made = build_world()
    for actor, name in NAMES.items():
        user = made.user(actor)
        user.name = user.person.name = name
        user.email = user.person.email = f"{name.split()[0].lower()}@nome.example"
        user.save()
        user.person.save()
    samples_of_rooms()
    return made


def told(wanted: list[str]) -> list[str]:
    """Columns in which one of the words stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [c[0] for c in cursor.description or ()]
            for row in cursor.fetchall():
                found |= {
                    f"{table}.{c}"
                    for c, value in zip(columns, row, strict=True)
                    if any(word in str(value).lower() for word in wanted)
                }
    return sorted(found)


@pytest.mark.django_db
def test_erasure_takes_a_person_out_of_every_room_and_leaves_what_is_counted(world: World) -> None:
    counted = {h.model: h.rows().count() for h in HELD if not h.delete and not h.own and h.model != "audit.LogEntry"}
    wanted = [part.lower() for name in NAMES.values() for part in name.split()]
    assert {"accounts_person.name", "accounts_user.email", "support_provider.name"} <= set(told(wanted))
    for actor in NAMES:
        erase_person(person=world.user(actor).person, on=date(2026, 6, 1), by=None)
    left = told(wanted)
    assert left == []
    assert first_broken_link() is None
    assert {h.model: h.rows().count() for h in HELD if h.model in counted} == counted


@pytest.mark.django_db
def test_a_copy_holds_the_rows_of_every_room_and_nothing_of_others(world: World) -> None:
    client = Client()
    client.force_login(world.user("manager_a"))
    copy = json.loads(client.get("/privacy/mine/copy.json").content)
    assert "sealed:" not in str(copy)  # what a reader can read, and no seals
    text = json.dumps(copy)
    assert {"registry.StaffAssignment", "support.ContactTerm", "support.agency"} & set(copy)
    rooms = {label.split(".")[0] for label in copy if "." in label}
    assert {"registry", "support", "audit"} <= rooms
    assert "password" not in text
    for actor, name in NAMES.items():
        if actor not in {"manager_a", "coach"}:  # the coach's words in one's own case are one's own data
            assert name not in text


@pytest.mark.django_db
def test_what_is_held_too_long_goes_by_itself_in_every_room(world: World) -> None:
    counted = {h.model: h.rows().count() for h in HELD if not h.delete}
    made = {h.model for h in HELD if h.keep_days is not None and h.rows().exists()}
    assert len({label.split(".")[0] for label in made}) >= 5
    erase_due(LONG_AFTER)
    for held in HELD:
        if held.keep_days is None:
            continue
        due = held.due(LONG_AFTER)
        if held.delete:
            assert not due.exists(), held.model
        for name in held.words:
            values = set(due.values_list(name, flat=True)) if not _is_json(held, name) else set()
            assert values <= {"", ERASED, NO_ADDRESS}, (held.model, name, values)
    assert {h.model: h.rows().count() for h in HELD if h.model in counted and h.model != "audit.LogEntry"} == {
        k: n for k, n in counted.items() if k != "audit.LogEntry"
    }
    assert LogEntry.objects.filter(verb="erase_due").exists()
    assert erase_due(LONG_AFTER) == "0 rows erased"


def _is_json(held: Held, name: str) -> bool:
    return isinstance(held.table._meta.get_field(name), models.JSONField)
