"""Journeys from a need to a result, in a browser, with an audit of the pages on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import matchmaking_factories as make
import pytest
from factories import cluster, delegate_of, manager_of, membership, organisation

from poliedro.matchmaking.models import (
    Attendee,
    Card,
    Interest,
    MeetingEvent,
    Plan,
    Seat,
    Wish,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def room(settings: Any, tmp_path: Any) -> None:
    """Background work waits; the index has a store of its own."""
    from poliedro.matchmaking.runs.index import forget

    settings.VAR = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    forget()


def press(page: Any, name: str) -> None:
    """Press the button, and its page has come."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def unfold(page: Any, name: str) -> None:
    page.locator("summary", has_text=name).first.click()


def test_two_firms_become_a_project(live_server: Any, page: Any, sign_in: Any, axe: Any) -> None:
    home, one, two = cluster("agrifood"), organisation("Prima S.r.l."), organisation("Seconda S.r.l.")
    membership(one, home)
    first, second = delegate_of(one, "one@test.example"), delegate_of(two, "two@test.example")
    sign_in(first)
    page.goto(f"{live_server.url}/cards/new/")
    axe()
    page.fill("[name=save-title]", "Film da provare")
    page.fill("[name=save-text]", "Cerchiamo un film biodegradabile")
    press(page, "Salva come bozza")
    press(page, "Chiedi la pubblicazione")
    card = Card.objects.get()
    sign_in(manager_of(home))
    page.goto(f"{live_server.url}/cards/review/")
    page.get_by_role("link", name="Film da provare").click()
    press(page, "Pubblica")
    sign_in(second)
    page.goto(f"{live_server.url}/cards/{card.code}/")
    assert "Prima S.r.l." not in page.locator("main").inner_text()
    axe()
    page.fill("[name=interest-why]", "Lo facciamo")
    page.fill("[name=interest-brings]", "Un impianto")
    page.check("[name=interest-agreed]")
    press(page, "Manda il nostro interesse")
    interest = Interest.objects.get()
    sign_in(first)
    page.goto(f"{live_server.url}/interests/{interest.pk}/")
    axe()
    press(page, "Accetta")
    sign_in(second)
    page.goto(f"{live_server.url}/interests/{interest.pk}/")
    assert "Prima S.r.l." in page.locator("main").inner_text()
    press(page, "Siamo in contatto")
    page.fill("[name=tie-outcome]", "Progetto comune")
    press(page, "Registra l'esito")
    interest.refresh_from_db()
    assert (interest.state, interest.tie) == ("tied", "project")


def test_event_is_planned_two_cancel_and_the_plan_is_mended(
    live_server: Any, page: Any, sign_in: Any, axe: Any
) -> None:
    home = cluster("mesap")
    manager = manager_of(home)
    sign_in(manager)
    page.goto(f"{live_server.url}/meetings/new/")
    day = make.today() + timedelta(days=9)
    page.fill("[name=save-title]", "Incontri")
    page.fill("[name=save-place]", "Torino")
    page.fill("[name=save-on]", day.isoformat())
    page.fill("[name=save-register_by]", day.isoformat())
    page.fill("[name=save-first_slot]", "09:00")
    page.fill("[name=save-slots]", "4")
    page.fill("[name=save-tables]", "3")
    axe()
    press(page, "Annuncia")
    event = MeetingEvent.objects.get()
    firm = organisation("Firma S.r.l.")
    login = delegate_of(firm)
    people = [make.attendee(event, organisation(f"Altra {i}"), f"Persona {i}") for i in range(6)]
    sign_in(login)
    page.goto(f"{live_server.url}/meetings/{event.pk}/")
    unfold(page, "Vieni a questo evento")
    page.fill("[name=register-looks_for]", "Fornitori")
    page.check("[name=register-agreed]")
    press(page, "Iscriviti")
    me = Attendee.objects.get(organisation=firm)
    page.get_by_label("Persona 0, Altra 0").check()
    page.get_by_label("Persona 1, Altra 1").check()
    press(page, "Salva i desideri")
    axe()
    assert me.wishes.count() == 2
    Wish.objects.bulk_create(Wish(of=a, to=b) for a in people for b in people if a.pk < b.pk)
    sign_in(manager)
    page.goto(f"{live_server.url}/meetings/{event.pk}/")
    press(page, "Fai il piano")
    axe()
    plan = Plan.objects.get()
    before = plan.meetings.count()
    assert before == 12  # three tables in four slots, seven people, seventeen wishes
    sign_in(login)
    page.goto(f"{live_server.url}/meetings/{event.pk}/")
    press(page, "Non posso venire")
    people[5].cancelled_at = event.created_at
    people[5].save()
    sign_in(manager)
    page.goto(f"{live_server.url}/meetings/{event.pk}/")
    press(page, "Aggiusta il piano")
    mended = Plan.objects.order_by("-version").first()
    assert mended is not None
    stayed = plan.meetings.exclude(seats__attendee__in=[me, people[5]]).count()
    assert (mended.version, mended.kept) == (2, stayed)
    gone = Seat.objects.filter(plan=mended, attendee__in=[me, people[5]])
    assert not gone.exists()


def test_question_has_the_width_of_a_phone(live_server: Any, page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/ask/")
    assert page.locator("#ask-text").bounding_box()["width"] > 300
