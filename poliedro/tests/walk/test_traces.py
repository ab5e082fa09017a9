"""After everybody has worked and the site did its daily round and its index anew: nothing of the wall is left anywhere.

Scanned are every column of every table, every letter, and every file that the site keeps (its keys aside).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, manager_of
from support_samples import coaching_case, course_of, nothing_open
from walk.harness import samples_of_rooms
from walk.world import World, build_world

from poliedro.registry.services.index import rebuild_index
from poliedro.shared.daily import run_daily
from poliedro.shared.models import SearchEntry
from poliedro.shared.todos import put_off, todos_of
from poliedro.support.models import CoachingCase, Enrolment, PeerExchange
from poliedro.support.queries.agency import enrolments_of, exchanges_of
from poliedro.support.queries.coaching import needs_of, profile_of
from poliedro.support.rules.agency import CoachingState
from poliedro.support.services.agency import (
    ask_peer,
    close_exchange,
    enrol,
    give_course_feedback,
    offer_to_peers,
    take_attendance,
)
from poliedro.support.services.coaching import move_case, write_need, write_profile

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 2)
NAMED_IN = {"accounts_person.name", "accounts_person.email", "accounts_user.name", "accounts_user.email"}
"""Where the name of a person stands because there is the person; nowhere else may it stand for what they confided."""


@dataclass(frozen=True)
class Planted:
    """words: what may stand nowhere. name, address: of whom may stand in NAMED_IN alone."""

    words: tuple[str, ...]
    name: str
    address: str


@pytest.fixture
def planted(settings: Any, tmp_path: Path) -> tuple[World, Planted]:
    """Every kind of confidence, of a manager whose name stands nowhere else: need, competence, grid, goal, notes,
    document, feedback and its score, a course's seat, an exchange with a colleague and its score."""
    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    made = build_world()
    samples_of_rooms()
    login = made.user("manager_a")
    told = Planted(
        ("quittenwort", "quittenkompetenz", "quittenraster", "quittendatei"), "Quintilia Quittenbaum", "qq@walk.example"
    )
    person = login.person
    login.name = person.name = told.name
    login.email = person.email = told.address
    login.save()
    person.save()
    found = made.clusters["a"]
    case = coaching_case(login, found, _coach(made), "quittenwort quittendatei")
    move_case(case=nothing_open(case), to=CoachingState.FEEDBACK, on=DAY, by=made.user("coach"))
    move_case(case=case, to=CoachingState.CLOSED, on=DAY, by=made.user("coach"), follow_up_on=DAY + timedelta(days=90))
    write_need(person=person, cluster=found, competence="quittenkompetenz", urgency=3, text="quittenwort", by=login)
    write_profile(person=person, levels={"quittenraster": 2}, by=login)
    course = course_of(made.user("coach").person, "Pricing for all")
    seat = enrol(course=course, person=person, cluster=found, by=login)
    take_attendance(session=course.sessions.get(), present=[seat.pk], by=made.user("coach"))
    give_course_feedback(enrolment=seat, score=2, suggestion="", on=DAY, by=login)
    peer = manager_of(cluster("mesap"), "peer@walk.example")
    offer = offer_to_peers(person=peer.person, cluster=cluster("mesap"), competence="finance", text="", on=DAY, by=peer)
    exchange = ask_peer(offer=offer, learner=person, on=DAY, by=login)
    close_exchange(exchange=exchange, met_on=DAY, score=1, by=login)
    return made, told


def _coach(made: World) -> Any:
    return made.user("coach").person.provides


def columns_with(*words: str) -> set[str]:
    """Every column of the database in which one of the words stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [c[0] for c in cursor.description or ()]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if any(word in str(value) for word in words):
                        found.add(f"{table}.{column}")
    return found


def letters_with(*words: str) -> list[str]:
    return [m.subject for m in mail.outbox if any(w in f"{m.subject} {m.body} {m.to}" for w in words)]


def files_with(folder: Path, *words: str) -> list[str]:
    """Files below the folder with one of the words, by name or by content; the keys are for nobody to read."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent.name != "keys"]
    return [
        str(p.relative_to(folder)) for p in files if any(w in p.name or w.encode() in p.read_bytes() for w in words)
    ]


def test_after_the_daily_round_and_a_new_index_nothing_confided_stands_anywhere(
    planted: tuple[World, Planted], tmp_path: Path
) -> None:
    world, told = planted
    client = Client()
    client.force_login(world.user("manager_a"))
    for address in (
        "/in-confidence/",
        "/in-confidence/grid/",
        "/agency/colleagues/",
        "/today/",
        "/search/?q=quittenwort",
    ):
        assert client.get(address).status_code == 200, address
    for n in (1, 40, 200):  # days on which somebody is asked, reminded, looked at again
        assert run_daily(DAY + timedelta(days=n))
    assert rebuild_index() > 0
    assert SearchEntry.objects.exists()
    assert any(p.is_file() for p in tmp_path.rglob("*"))
    assert columns_with(*told.words) == set()
    assert columns_with(told.name, told.address) <= NAMED_IN
    assert letters_with(*told.words) == []
    assert mail.outbox  # of other matters; none is about the manager, nor leads to a page inside the wall
    assert letters_with(told.name, "/in-confidence/", "/agency/courses/", "/agency/colleagues/") == []
    assert files_with(tmp_path, *told.words, told.name, told.address) == []


def test_whose_they_are_still_finds_what_was_confided(planted: tuple[World, Planted]) -> None:
    world, _told = planted
    person = world.user("manager_a").person
    assert "quittenkompetenz" in {n.competence for n in needs_of(person)}
    assert profile_of(person) == {"quittenraster": 2}
    assert len(exchanges_of(person)) >= 1
    assert enrolments_of(person).exists()


def test_putting_off_what_coaching_wants_leaves_no_trace_of_the_case(planted: tuple[World, Planted]) -> None:
    world, _told = planted
    for name in ("manager_a", "coach"):
        login = world.user(name)
        wanted = [t for t in todos_of(login, DAY) if t.key.startswith(("support.coaching", "support.course"))]
        assert wanted, name
        client = Client()
        client.force_login(login)
        client.post(reverse("portal:work_put"), {"key": wanted[0].key, "days": 3})
        kept = client.session["work_undo"]
        assert not any(word in str(kept) for word in (wanted[0].title, wanted[0].key))
        assert wanted[0].title in client.get(reverse("portal:work")).content.decode()
        for todo in wanted:
            put_off(user=login, key=todo.key, until=DAY + timedelta(days=3), at=timezone.now())
        left = {t.key for t in todos_of(login, DAY)}
        assert not left & {t.key for t in wanted}
        assert {t.key for t in wanted} <= {t.key for t in todos_of(login, DAY + timedelta(days=4))}
    clear = columns_with("support.coaching:", "support.coaching_action:", "support.course:", "/in-confidence/")
    assert clear <= {"accounts_tie.origin_key"}  # of the coach: that a coach coaches stands in the clear (ADR 14)


def test_no_column_holds_a_score_of_coaching_or_of_an_exchange(planted: tuple[World, Planted]) -> None:
    for model in (CoachingCase, PeerExchange):
        plain = [f.name for f in model._meta.concrete_fields if "score" in f.name and not f.is_relation]
        assert plain == [], model
    assert {f.name for f in Enrolment._meta.concrete_fields} & {"person", "cluster"} == set()


def test_the_scan_sees_a_leak_in_a_table_a_letter_and_a_file(planted: tuple[World, Planted], tmp_path: Path) -> None:
    SearchEntry.objects.create(kind="x", key="1", title="quittenwort", body="", url="/")
    mail.send_mail("A case", "quittenwort", None, ["a@b.example"])
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "demand.csv").write_text("cluster;need\nagrifood;quittenwort\n")
    assert "shared_searchentry.title" in columns_with("quittenwort")
    assert letters_with("quittenwort") == ["A case"]
    assert files_with(tmp_path, "quittenwort") == ["exports/demand.csv"]
