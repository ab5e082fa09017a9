"""The seams by which rooms join in: doors, todos, the daily round, access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from factories import cluster, manager_of, officer, user

from poliedro.registry.models import Cluster
from poliedro.registry.permissions import somewhere
from poliedro.registry.rules.permissions import GRANTS, Reach, RoleName, add_grants
from poliedro.shared import daily as rounds
from poliedro.shared import doors, todos
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.doors import RESULTS, SIGNED_IN, WHO, Door, add_door, doors_at, menu
from poliedro.shared.todos import Todo, tell_todos, todos_of

TODAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def own_registers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(doors, "_DOORS", {})
    monkeypatch.setattr(todos, "_TELLERS", {})
    monkeypatch.setattr(rounds, "_ROUNDS", {})
    return


@pytest.mark.django_db
def test_a_door_shows_to_those_who_may_enter_and_to_nobody_else() -> None:
    agrifood, mesap = cluster("agrifood"), cluster("mesap")
    add_door(Door("cluster", "Prospects", "registry:prospects", "registry.view_prospects"))
    add_door(Door("cluster", "Overview", "portal:cluster", order=10))
    manager = manager_of(agrifood)
    assert [w.label for w in doors_at("cluster", manager, agrifood, ["agrifood"])] == ["Overview", "Prospects"]
    assert [w.label for w in doors_at("cluster", manager, mesap, ["mesap"])] == ["Overview"]
    assert [w.url for w in doors_at("cluster", AnonymousUser(), agrifood, ["agrifood"])] == ["/clusters/agrifood/"]


@pytest.mark.django_db
def test_a_door_for_those_who_signed_in_can_lead_to_several_things() -> None:
    things = lambda person: [(f"Of {person}", "/one/"), ("Other", "/two/")]  # noqa: E731
    add_door(Door("work", "", "portal:home", SIGNED_IN, group="Group", things=things))
    assert [(w.label, w.group) for w in doors_at("work", user(name="Ada"))] == [("Of Ada", "Group"), ("Other", "Group")]
    assert doors_at("work", AnonymousUser()) == []


@pytest.mark.django_db
@pytest.mark.django_db
def test_a_door_with_nothing_behind_it_for_the_person_does_not_show() -> None:
    add_door(Door("work", "Review", "matchmaking:review_cards", SIGNED_IN, when=somewhere("matchmaking.review_cards")))
    assert [d.label for d in doors_at("work", manager_of(cluster("agrifood")))] == ["Review"]
    assert doors_at("work", user("somebody@demo.example")) == []
    assert doors_at("work", AnonymousUser()) == []


def test_menu_shows_groups_in_their_order_and_what_has_none_at_the_end() -> None:
    add_door(Door("menu", "Alone", "portal:sources", order=1))
    add_door(Door("menu", "Figures", "portal:tables", order=1, group=RESULTS))
    add_door(Door("menu", "Organisations", "portal:organisations", order=20, group=WHO))
    add_door(Door("menu", "Clusters", "portal:clusters", order=10, group=WHO))
    add_door(Door("menu", "Hidden", "portal:quality", SIGNED_IN, group=WHO))
    shown = [(entry.label, [link.label for link in entry.links]) for entry in menu(AnonymousUser())]
    who, results = str(WHO), str(RESULTS)
    assert shown == [(who, ["Clusters", "Organisations"]), (results, ["Figures"]), ("Alone", ["Alone"])]


@pytest.mark.django_db
def test_alarms_come_first_then_what_is_late_then_what_is_due_then_the_rest() -> None:
    def tell(person: Any, today: date) -> list[Todo]:
        return [
            Todo("d", "no day", "", "/", "See"),
            Todo("c", "due", "", "/", "See", date(2026, 3, 9)),
            Todo("b", "late", "", "/", "See", date(2026, 2, 1)),
            Todo("a", "alarm", "", "/", "See", alarm=True),
        ]

    tell_todos("test", tell)
    found = todos_of(user(), TODAY)
    assert [t.title for t in found] == ["alarm", "late", "due", "no day"]
    assert [t.is_late(TODAY) for t in found] == [False, True, False, False]


def test_the_daily_round_does_every_rooms_work_and_says_what() -> None:
    rounds.daily("b.two", lambda today: f"two on {today}")
    rounds.daily("a.one", lambda today: "one")
    assert rounds.run_daily(TODAY) == {"a.one": "one", "b.two": "two on 2026-03-01"}


def cluster_of(key: str) -> Cluster:
    found = Cluster.objects.filter(key=key).first()
    if found is None:
        raise Http404
    return found


@needs("registry.view_prospects", cluster=cluster_of)
def guarded(request: Any, cluster: Cluster, page: int) -> HttpResponse:
    return HttpResponse(f"{cluster.name} {page}")


@pytest.mark.django_db
def test_a_guarded_view_gets_the_thing_and_refuses_who_may_not() -> None:
    manager = manager_of(cluster("agrifood"))
    cluster("mesap")
    request = RequestFactory().get("/somewhere/")
    request.user = manager
    assert guarded(request, key="agrifood", page=2).content == b"Agrifood 2"
    with pytest.raises(PermissionDenied):
        guarded(request, key="mesap", page=2)
    with pytest.raises(Http404):
        guarded(request, key="nowhere", page=2)
    request.user = AnonymousUser()
    assert guarded(request, key="agrifood", page=2)["Location"].startswith("/accounts/login/")


def test_a_view_says_who_may_open_it() -> None:
    def view(request: Any) -> HttpResponse:
        return HttpResponse()

    assert guarded.access.permission == "registry.view_prospects"
    assert signed_in(view).access.kind == "signed_in"
    assert public(view).access.kind == "public"


def test_a_room_adds_its_part_of_the_matrix_once() -> None:
    grants = {"test.do": {RoleName.AUDITOR: Reach.ALL}}
    try:
        add_grants(grants)
        add_grants(grants)
        with pytest.raises(ValueError, match=r"test\.do is granted twice"):
            add_grants({"test.do": {RoleName.COACH: Reach.ALL}})
    finally:
        GRANTS.pop("test.do", None)


@pytest.mark.django_db
def test_my_work_shows_what_needs_me_and_where_i_work(client: Client, in_english: None) -> None:
    def tell(person: Any, today: date) -> list[Todo]:
        return [Todo("x", "Answer Rossi", "promised an answer", "/clusters/", "Answer", date(2020, 1, 1))]

    tell_todos("test", tell)
    add_door(Door("cluster", "Prospects", "registry:prospects", "registry.view_prospects"))
    client.force_login(manager_of(cluster("agrifood")))
    text = client.get("/today/", headers={"accept-language": "en"}).content.decode()
    assert "1 thing needs you, 1 late" in text
    assert "Promised an answer" in text
    assert "/clusters/agrifood/prospects/" in text
    client.force_login(officer("auditor"))
    assert client.get("/today/").status_code == 200
