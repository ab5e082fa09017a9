"""Ways in that a reviewer tried: numbers of rows inside the wall, refusals of evaluators, colleagues of one unit."""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, manager_of, officer
from support_samples import coaching_case, course_of, provider

from poliedro.accounts.models import Tie
from poliedro.audit.models import LogEntry
from poliedro.registry.models import Office
from poliedro.support.models import CoachingCase
from poliedro.support.services.agency import ask_peer, enrol, offer_to_peers
from poliedro.support.services.sealed import forget_tries

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
NOBODYS = 987_654


@pytest.fixture
def case(settings: Any, tmp_path: Any) -> CoachingCase:
    settings.VAR = tmp_path
    agrifood = cluster("agrifood")
    return coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), "zorgen")


@pytest.mark.parametrize("role", ["funding_officer", "auditor", "coach", "manager"])
def test_a_number_inside_the_wall_is_refused_alike_whether_a_row_has_it_or_not(
    client: Client, case: CoachingCase, role: str
) -> None:
    agrifood, other = cluster("agrifood"), cluster("mesap")
    manager = case.manager
    assert manager is not None
    course = course_of(case.coaches.get().person)
    seat = enrol(course=course, person=manager, cluster=agrifood, by=None)
    peer = manager_of(other, "peer@test.example").person
    offer = offer_to_peers(person=peer, cluster=other, competence="team", text="", on=DAY, by=None)
    exchange = ask_peer(offer=offer, learner=manager, on=DAY, by=None)
    third = cluster("biopmed")
    login = manager_of(third, "x@test.example") if role == "manager" else officer(role, "x@test.example")
    client.force_login(login)
    for name, pk in (
        ("need", case.need_id),
        ("need_remove", case.need_id),
        ("coaching", case.pk),
        ("coaching_move", case.pk),
        ("coaching_feedback", case.pk),
        ("coaching_action_done", case.entries.filter(kind="action").get().pk),
        ("coaching_goal_rate", case.entries.filter(kind="action").get().pk),
        ("coaching_document", case.entries.filter(kind="document").get().pk),
        ("certificate", seat.pk),
        ("peer_met", exchange.pk),
    ):
        path = partial(_path, name)
        for ask in (client.get, client.post):
            there, not_there = (ask(path(key)) for key in (pk, NOBODYS))
            assert (there.status_code, not_there.status_code) == (403, 403), name
            # what differs is the address that was asked for, and the mark against forged posts
            words = [
                re.sub(r'value="\w{64}"|\bnonce="[^"]+"', "", a.content.decode()).replace(path(key), "")
                for a, key in ((there, pk), (not_there, NOBODYS))
            ]
            assert words[0] == words[1], name


def _path(name: str, key: int) -> str:
    return reverse(f"support:{name}", args=[key])


def test_a_colleague_of_the_coachs_unit_does_not_read_whom_the_coach_helps(client: Client, case: CoachingCase) -> None:
    tie = Tie.objects.get()
    reader = officer("funding_officer", "colleague@test.example")
    office = Office.objects.get(person=reader.person)
    Office.objects.filter(pk=office.pk).update(unit="Clusters")
    Tie.objects.filter(pk=tie.pk).update(employer_key=f"organisation:{office.organisation_id}", unit="Clusters")
    client.force_login(reader)
    page = client.get(reverse("support:my_conflicts")).content.decode()
    assert "Agrifood" not in page
    assert "colleghi della tua unità" in page
    client.force_login(case.coaches.get().person.user)
    assert "Agrifood" in client.get(reverse("support:my_conflicts")).content.decode()


def test_a_document_keeps_the_name_that_it_was_given(client: Client, case: CoachingCase) -> None:
    from poliedro.support.services.coaching import add_entry

    coach = case.coaches.get().person.user
    entry = add_entry(case=case, kind="document", text=b"x", name='Perché "così".txt', by=coach)
    client.force_login(coach)
    answer = client.get(reverse("support:coaching_document", args=[entry.pk]))
    assert answer.headers["Content-Disposition"].endswith("Perch%C3%A9%20%22cos%C3%AC%22.txt")
    assert timezone.localdate() >= DAY


def test_no_browser_or_proxy_keeps_a_page_that_tells_who_confides(client: Client, case: CoachingCase) -> None:
    manager = case.manager
    assert manager is not None
    course = course_of(case.coaches.get().person)
    client.force_login(manager.user)
    for address in (
        reverse("support:confidence"),
        reverse("support:coaching", args=[case.pk]),
        reverse("support:course", args=[course.pk]),
        reverse("support:peers"),
        reverse("support:my_conflicts"),
        reverse("portal:work"),
        reverse("portal:my_data_read"),
    ):
        assert "no-store" in client.get(address).headers.get("Cache-Control", ""), address


def test_a_refused_try_is_a_row_of_the_log_and_the_manager_reads_who_tried(client: Client, case: CoachingCase) -> None:
    curious = officer("funding_officer")
    client.force_login(curious)
    there, not_there = (_path("coaching", key) for key in (case.pk, NOBODYS))
    tried = [there, not_there, _path("need", case.need_id or 0), _path("coaching_document", NOBODYS)]
    for path in (*tried, reverse("support:confidence"), reverse("support:demand")):
        assert client.get(path).status_code == 403
    client.post(_path("coaching_move", case.pk), {"to": "stopped"})
    rows = LogEntry.objects.filter(act=LogEntry.Act.REFUSED, verb="try_the_wall").order_by("pk")
    assert [r.subject_key for r in rows][:4] == tried, "whether there is such a number or not"
    assert {(r.actor, r.detail["permission"], r.detail["method"]) for r in rows} == {
        (curious, "support.open_coaching", "GET"),
        (curious, "support.open_coaching", "POST"),
        (curious, "support.confide", "GET"),
        (curious, "support.view_demand", "GET"),
    }
    assert client.get(reverse("audit:log")).status_code == 403
    client.logout()
    client.get(there)
    assert rows.count() == 7, "who is not signed in is led to the sign-in page"
    assert case.manager is not None
    client.force_login(case.manager.user)
    page = client.get(there, headers={"accept-language": "en"}).content.decode()
    assert "Who tried to open it and was refused" in page
    assert curious.name in page.split("Who tried to open it")[1]
    client.force_login(case.coaches.get().person.user)
    assert "Who tried to open it" not in client.get(there, headers={"accept-language": "en"}).content.decode()
    client.force_login(officer("auditor"))
    log = client.get(reverse("audit:log"), {"kind": "wall"}, headers={"accept-language": "en"}).content.decode()
    assert log.count("tried to open what is confidential") == 7
    assert curious.name in log


def test_an_auditor_finds_the_log_under_my_work_and_reads_what_is_shown(client: Client, case: CoachingCase) -> None:
    client.force_login(officer("auditor"))
    log = reverse("audit:log")
    assert f'href="{log}"' in client.get(reverse("portal:work")).content.decode()
    for kind in ("coaching", "need", "record_tie"):  # told by the day
        page = client.get(log, {"kind": kind}).content.decode()
        assert f'<option value="{kind}" selected>' in page
        assert page.count(" selected>") == 1
    for role in ("funding_officer", "coach"):
        client.force_login(officer(role, f"{role}@more.example"))
        assert f'href="{log}"' not in client.get(reverse("portal:work")).content.decode()


def test_a_manager_refused_at_what_was_theirs_a_while_ago_is_not_named_in_the_log(
    client: Client, case: CoachingCase
) -> None:
    manager, coach, path = case.manager, case.coaches.get().person, _path("coaching", case.pk)
    assert manager is not None
    assert manager.user is not None
    other = manager_of(cluster("mesap"), "other@test.example")
    client.force_login(other)
    assert client.get(path).status_code == 403
    client.force_login(manager.user)
    told = client.get(path, headers={"accept-language": "en"}).content.decode()
    assert other.name in told.split("Who tried to open it")[1], "whose case it is reads who tried"
    client.post(reverse("support:coaching_withdraw", args=[case.pk]))
    for person in (manager, coach):
        client.force_login(person.user)
        assert client.get(path).status_code == 403
    rows = LogEntry.objects.filter(verb="try_the_wall", subject_key=path)
    assert {(r.subject_kind, r.actor, r.actor_label) for r in rows} == {("wall_inside", None, "in confidence")}
    client.force_login(officer("auditor"))
    log = partial(client.get, reverse("audit:log"), headers={"accept-language": "en"})
    assert path not in log().content.decode(), "beside other rows its moment would tell who it was"
    inside = log({"kind": "wall_inside"}).content.decode()
    table = inside.split("<tbody>")[1]
    assert table.count("in confidence") == 3
    assert not re.search(r"\d\d:\d\d", table)
    assert forget_tries(user=manager.user.pk) == 1
    assert forget_tries(until=timezone.localdate()) == 2
