"""Ways on that were dead ends: a coach says no, a colleague rates, a seat is told, who agrees to an override."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import cluster, manager_of, officer
from funding_drafts import SME
from policy_made import call, measure
from support_samples import course_of, provider

from poliedro.accounts.models import ConflictOverride, User
from poliedro.accounts.rules import Side
from poliedro.accounts.services import ask_override
from poliedro.shared.todos import todos_of
from poliedro.support.models import CoachingCase, PeerExchange, PeerOffer, Suggestion
from poliedro.support.queries.coaching import PeerLevel, peer_levels_of, profile_of
from poliedro.support.services.agency import (
    CannotMove,
    ask_peer,
    close_exchange,
    enrol,
    give_course_feedback,
    hand_over,
    offer_to_peers,
    rate_peer,
    take_attendance,
)
from poliedro.support.services.coaching import ask_coaching, decline_case, write_profile
from poliedro.support.services.joint import hold_roundtable

pytestmark = pytest.mark.django_db
today = timezone.localdate


@pytest.fixture(autouse=True)
def _keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def asked() -> CoachingCase:
    """A case that was asked for today, and in which nobody has met."""
    agrifood = cluster("agrifood")
    manager = manager_of(agrifood)
    coach = provider(officer("coach").person)
    return ask_coaching(
        manager=manager.person, cluster=agrifood, goal="x", provider=coach, on=today(), by=manager, consent="yes"
    )


def titles(user: User) -> list[str]:
    return [f"{t.why} {t.action}" for t in todos_of(user, today())]


def test_a_coach_says_no_with_a_reason_and_the_manager_is_told_to_choose_another(
    client: Client, asked: CoachingCase
) -> None:
    coach, manager = asked.coaches.get().person.user, asked.manager.user  # type: ignore[union-attr]
    move = reverse("support:coaching_move", args=[asked.pk])
    client.force_login(coach)
    assert "risposta entro il" in client.get(reverse("support:coaching", args=[asked.pk])).content.decode()
    client.post(move, {"to": "stopped", "why": ""})
    asked.refresh_from_db()
    assert asked.state == "asked"
    client.post(move, {"to": "stopped", "why": "Fino a marzo non ho giorni liberi"})
    asked.refresh_from_db()
    assert (asked.state, asked.closed_on) == ("stopped", today())
    assert any("scegli un'altra persona" in t for t in titles(manager))
    client.force_login(manager)
    assert "Fino a marzo" in client.get(reverse("support:coaching", args=[asked.pk])).content.decode()
    with pytest.raises(CannotMove):
        decline_case(case=asked, why="again", on=today(), by=coach)


def test_a_manager_takes_a_request_back_before_the_first_meeting(client: Client, asked: CoachingCase) -> None:
    manager = asked.manager.user  # type: ignore[union-attr]
    client.force_login(manager)
    client.post(reverse("support:coaching_move", args=[asked.pk]), {"to": "stopped"})
    asked.refresh_from_db()
    assert asked.state == "stopped"
    assert not any("scegli un'altra persona" in t for t in titles(manager))


def test_a_request_that_a_coach_leaves_for_a_week_is_an_alarm(asked: CoachingCase) -> None:
    coach = asked.coaches.get().person.user
    CoachingCase.objects.update(asked_on=today() - timedelta(days=8))
    assert [t.alarm for t in todos_of(coach, today()) if t.key.startswith("support.coaching:")] == [True]


def exchange() -> tuple[User, User, PeerExchange]:
    """Who shows, who learns, and their exchange."""
    shows, learns = manager_of(cluster("mesap"), "s@test.example"), manager_of(cluster("agrifood"), "l@test.example")
    offer = offer_to_peers(
        person=shows.person, cluster=cluster("mesap"), competence="team", text="", on=today(), by=shows
    )
    return shows, learns, ask_peer(offer=offer, learner=learns.person, on=today(), by=learns)


def test_whoever_is_asked_to_show_something_is_told_and_reads_the_address(client: Client) -> None:
    shows, learns, _exchange = exchange()
    assert any("ti chiede di mostrarlo" in t for t in titles(shows))
    client.force_login(shows)
    assert "l@test.example" in client.get(reverse("support:peers")).content.decode()
    client.force_login(learns)
    assert "s@test.example" in client.get(reverse("support:peers")).content.decode()
    client.force_login(manager_of(cluster("biopmed"), "third@test.example"))
    assert "l@test.example" not in client.get(reverse("support:peers")).content.decode()


def test_a_colleague_who_showed_it_rates_into_the_learners_own_sealed_grid(client: Client) -> None:
    shows, learns, found = exchange()
    address = f"{reverse('support:peers')}?exchange={found.pk}"
    client.force_login(shows)
    client.post(address, {"do": "rate", "level": "3"})  # before they met
    assert peer_levels_of(learns.person) == []
    close_exchange(exchange=found, met_on=today(), score=None, by=shows)
    client.force_login(learns)
    client.post(address, {"do": "rate", "level": "4"})  # not who showed it
    assert peer_levels_of(learns.person) == []
    client.force_login(shows)
    client.post(address, {"do": "rate", "level": "3"})
    assert peer_levels_of(learns.person) == [PeerLevel("team", 3, today())]
    write_profile(person=learns.person, levels={"team": 1}, by=learns)
    assert (profile_of(learns.person), len(peer_levels_of(learns.person))) == ({"team": 1}, 1)
    client.force_login(learns)
    assert "Che cosa dice chi te lo ha mostrato" in client.get(reverse("support:profile")).content.decode()
    assert peer_levels_of(shows.person) == []


def test_nobody_is_rated_before_they_met() -> None:
    shows, _learns, found = exchange()
    with pytest.raises(CannotMove, match="not met yet"):
        rate_peer(exchange=found, level=3, on=today(), by=shows)


def test_an_offer_is_taken_back_by_who_made_it_alone(client: Client) -> None:
    shows, learns, found = exchange()
    for who, left in ((learns, 1), (shows, 0)):
        client.force_login(who)
        client.post(reverse("support:peers"), {"do": "withdraw", "offer": found.offer_id})
        assert PeerOffer.objects.filter(withdrawn_on=None).count() == left


def test_a_course_says_before_whether_there_is_a_seat_and_keeps_the_first_judgement(client: Client) -> None:
    agrifood = cluster("agrifood")
    coach, manager = officer("coach"), manager_of(agrifood)
    course = course_of(coach.person, seats=1)
    client.force_login(manager)
    page = reverse("support:course", args=[course.pk])
    assert "posto per te" in client.get(page).content.decode()
    other = manager_of(cluster("mesap"), "m@test.example")
    seat = enrol(course=course, person=other.person, cluster=cluster("mesap"), by=other)
    assert "entreresti in lista" in client.get(page).content.decode()
    take_attendance(session=course.sessions.get(), present=[seat.pk], by=coach)
    give_course_feedback(enrolment=seat, score=5, suggestion="", on=today(), by=other)
    client.force_login(other)
    assert "Hai dato 5 su 5" in client.get(page).content.decode()
    client.post(page, {"do": "feedback", "score": "1"})
    seat.refresh_from_db()
    assert seat.score == 5
    client.force_login(coach)
    run = client.get(reverse("support:course_run", args=[course.pk])).content.decode()
    assert "ha dato un giudizio" in run
    assert "5 su 5" not in run


@pytest.mark.parametrize(("role", "agrees"), [("agency_staff", True), ("regional_officer", False)])
def test_only_who_could_be_the_second_is_asked_to_agree(client: Client, role: str, agrees: bool) -> None:
    evaluator = officer("evaluator")
    cluster("agrifood")
    matter = f"call:{call(measure(), SME).key}"
    ask_override(
        person=evaluator.person, subject_key="cluster:agrifood", matter_key=matter, reason="none",
        side=Side.FUNDING, by=officer("funding_officer"),
    )  # fmt: skip
    reader = officer(role, "reader@test.example")
    client.force_login(reader)
    page = client.get(reverse("support:overrides")).content.decode()
    agree = reverse("support:override_agree", args=[ConflictOverride.objects.get().pk])
    assert (agree in page) is agrees
    assert any(t.key.startswith("support.override:") for t in todos_of(reader, today())) is agrees


def test_a_suggestion_waits_for_its_month_to_end(client: Client) -> None:
    said = Suggestion.objects.create(text="Di sera", origin="coaching", said_on=today())
    agency = officer("agency_staff")
    client.force_login(agency)
    assert "Di sera" not in client.get(reverse("support:suggestions")).content.decode()
    assert not any(t.key == f"support.suggestion:{said.pk}" for t in todos_of(agency, today()))
    Suggestion.objects.update(said_on=today().replace(day=1) - timedelta(days=1))
    assert "Di sera" in client.get(reverse("support:suggestions")).content.decode()
    assert any(t.key == f"support.suggestion:{said.pk}" for t in todos_of(agency, today()))


def test_everybody_reads_how_many_suggestions_are_open_and_of_how_many(client: Client) -> None:
    month = today().replace(day=1)
    before, earlier = month - timedelta(days=1), month - timedelta(days=40)
    Suggestion.objects.create(text="Done", origin="page", said_on=earlier, answer="Yes", changed_on=before)
    Suggestion.objects.create(text="Answered", origin="page", said_on=earlier, answer="Next year")
    for day in (before, before, earlier, today()):
        Suggestion.objects.create(text="Wordsofanopenone", origin="course", said_on=day)
    for reader, words in ((manager_of(cluster("agrifood")), False), (officer("agency_staff"), True)):
        client.force_login(reader)
        page = client.get(reverse("support:suggestions"), headers={"accept-language": "en"}).content.decode()
        assert "You said, we did: 1 of 5 suggestions led to a change" in page
        assert "3 wait for an answer." in page
        assert "answered, not changed yet" in page
        assert ("Wordsofanopenone" in page) is words, "open words could tell who said them"
        assert ("2 suggestions" in page) is not words


def test_a_manager_finds_the_contact_with_an_address_on_the_agencys_page(client: Client) -> None:
    agrifood = cluster("agrifood")
    contact, manager = officer("agency_staff"), manager_of(agrifood)
    client.force_login(manager)
    assert "Nessuno è ancora nominato" in client.get(reverse("support:agency")).content.decode()
    hand_over(cluster=agrifood, person=contact.person, starts_on=date(2026, 3, 2), handover="", by=None)
    contact.person.email = "contact@test.example"
    contact.person.save()
    assert "mailto:contact@test.example" in client.get(reverse("support:agency")).content.decode()


def test_presence_is_taken_once_a_sitting_was_held_and_minutes_are_written(client: Client) -> None:
    client.force_login(officer("agency_staff"))
    for held_on, counts in ((today() + timedelta(days=9), False), (today(), True)):
        table = hold_roundtable(
            title="T", held_on=held_on, place="", agenda="", seats=[("firms", "Alfa", False)], by=None
        )
        page = reverse("support:roundtable", args=[table.pk])
        assert ("Era presente" in client.get(page).content.decode()) is counts
        client.post(page, {"do": "presence", "seat": table.seats.get().pk})
        assert table.seats.get().present is counts
        client.post(page, {"do": "minutes", "minutes": "Si parte a marzo"})
        assert "Si parte a marzo" in client.get(page).content.decode()


def test_whoever_said_nothing_is_asked_what_to_hear_of_and_not_told_that_nothing_is_open(client: Client) -> None:
    client.force_login(manager_of(cluster("agrifood")))
    page = client.get(reverse("funding:call_digest")).content.decode()
    assert "<h1>Di&#x27; di che cosa vuoi sapere</h1>" in page
    assert reverse("funding:open_calls") in page
