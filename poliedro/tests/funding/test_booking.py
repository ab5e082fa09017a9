"""Hours of an expert whom small firms share: no seat twice, who sees what, and a wall to evaluation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from factories import delegate_of, officer, organisation, source, user
from funding_drafts import SME, raw_call

from poliedro.accounts.models import Person
from poliedro.funding.models import Application, Call, ExpertBooking, ExpertSlot, Measure, Programme, SharedExpert
from poliedro.funding.queries.booking import booking_ahead, calendar, free_hours
from poliedro.funding.queries.todos import todos
from poliedro.funding.rules.booking import CannotBook, check_hour, check_is_small, overlaps
from poliedro.funding.services.applications import start_application
from poliedro.funding.services.booking import (
    book_hour,
    cancel_booking,
    name_expert,
    offer_hour,
    settle_booking,
    withdraw_hour,
)
from poliedro.funding.services.calls import create_call, publish_version
from poliedro.funding.services.evaluation import Conflicted, assign_evaluator

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def call() -> Call:
    kept = source()
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="A", source=kept, certainty="reported"
    )
    measure = Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip
    made = create_call(measure=measure, document=raw_call(SME), source=kept, by=None)
    publish_version(version=made.versions.get(), by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    made.refresh_from_db()
    return made


@pytest.fixture
def expert() -> SharedExpert:
    person = user("expert@test.example", name="Ada Esperta").person
    return name_expert(person=person, topics_it="costi", topics_en="costs", by=None)


def hour(expert: SharedExpert, starts_at: datetime = TOMORROW, seats: int = 1, minutes: int = 60) -> ExpertSlot:
    return offer_hour(expert=expert, starts_at=starts_at, minutes=minutes, seats=seats, place="Torino", by=None,
                      now=NOW)  # fmt: skip


def draft(call: Call, name: str, **fields: Any) -> Application:
    body = organisation(name, **{"size_class": "small", **fields})
    return start_application(line=call.lines.get(), organisation=body, title=f"Di {name}", by=None,
                             today=date(2026, 6, 1))  # fmt: skip


def book(slot: ExpertSlot, application: Application, now: datetime = NOW) -> ExpertBooking:
    return book_hour(slot=slot, application=application, question="Costi?", by=None, now=now)


# --- rules ------------------------------------------------------------------------------------------------------------
def test_the_expert_is_for_small_and_medium_firms_and_for_start_ups() -> None:
    for kind, size in (("enterprise", "micro"), ("enterprise", "medium"), ("start_up", "")):
        check_is_small(kind=kind, size_class=size, name="F")
    with pytest.raises(CannotBook, match="F is neither"):
        check_is_small(kind="large_firm", size_class="large", name="F")
    with pytest.raises(CannotBook, match="size class of F is not known"):
        check_is_small(kind="enterprise", size_class="", name="F")


@pytest.mark.parametrize(
    ("given", "why"),
    [({"starts_at": NOW}, "has passed"), ({"minutes": 10}, "10 minutes"), ({"seats": 0}, "0 firms at once")],
)
def test_an_hour_lies_ahead_and_has_a_sensible_length_and_seats(given: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotBook, match=why):
        check_hour(**{"starts_at": TOMORROW, "minutes": 60, "seats": 1, "now": NOW, **given})


def test_hours_that_touch_do_not_overlap() -> None:
    assert not overlaps(NOW, 60, NOW + timedelta(minutes=60), 60)
    assert overlaps(NOW, 61, NOW + timedelta(minutes=60), 15)


# --- seats ------------------------------------------------------------------------------------------------------------
def test_an_hour_of_two_seats_takes_two_firms_and_no_third(call: Call, expert: SharedExpert) -> None:
    slot = hour(expert, seats=2)
    assert [book(slot, draft(call, n)).seat for n in ("A", "B")] == [1, 2]
    assert free_hours(NOW) == []
    with pytest.raises(CannotBook, match="full"):
        book(slot, draft(call, "C"))


def test_a_seat_given_back_is_free_for_another_firm(call: Call, expert: SharedExpert) -> None:
    slot, first = hour(expert, seats=2), draft(call, "A")
    given = book(slot, first)
    book(slot, draft(call, "B"))
    cancel_booking(booking=given, why="malattia", by=None, now=NOW)
    assert booking_ahead(first) is None
    assert [h.taken for h in free_hours(NOW)] == [1]
    assert book(slot, draft(call, "C")).seat == 1


def test_an_application_has_one_hour_ahead_and_may_have_the_next_after_it_was_held(
    call: Call, expert: SharedExpert
) -> None:
    application, slot = draft(call, "A"), hour(expert)
    later = hour(expert, TOMORROW + timedelta(days=1))
    booked = book(slot, application)
    with pytest.raises(CannotBook, match="already; give it back"):
        book(later, application)
    with pytest.raises(CannotBook, match="still to come"):
        settle_booking(booking=booked, was_held=True, by=None, now=NOW)
    settle_booking(booking=booked, was_held=True, by=None, now=TOMORROW + timedelta(hours=2))
    assert book(later, application, TOMORROW + timedelta(hours=3)).state == "booked"


def test_the_database_gives_no_seat_twice_and_no_application_two_hours_ahead(call: Call, expert: SharedExpert) -> None:
    one, two = draft(call, "A"), draft(call, "B")
    slot, other = hour(expert, seats=2), hour(expert, TOMORROW + timedelta(days=1))
    ExpertBooking.objects.create(slot=slot, application=one, seat=1)
    for wrong in ({"slot": slot, "application": two, "seat": 1}, {"slot": other, "application": one, "seat": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExpertBooking.objects.create(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertSlot.objects.create(expert=expert, starts_at=slot.starts_at, place="x")


def test_two_at_the_same_moment_one_is_told_to_choose_again(
    call: Call, expert: SharedExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = hour(expert)

    def taken_meanwhile(**fields: Any) -> ExpertBooking:
        raise IntegrityError("funding_expertbooking_one_a_seat")

    monkeypatch.setattr(ExpertBooking.objects, "create", taken_meanwhile)
    with pytest.raises(CannotBook, match="just now"):
        book(slot, draft(call, "A"))


def test_hours_of_one_expert_do_not_overlap(expert: SharedExpert) -> None:
    hour(expert)
    with pytest.raises(CannotBook, match="has an hour at"):
        hour(expert, TOMORROW + timedelta(minutes=30))
    hour(expert, TOMORROW + timedelta(minutes=60))


def test_a_withdrawn_hour_frees_its_firms_and_tells_them(
    call: Call, expert: SharedExpert, django_capture_on_commit_callbacks: Any
) -> None:
    application, slot = draft(call, "A"), hour(expert)
    firm = delegate_of(application.organisation)
    book_hour(slot=slot, application=application, question="", by=firm, now=NOW)
    with pytest.raises(CannotBook, match="say why"):
        withdraw_hour(slot=slot, why=" ", by=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert withdraw_hour(slot=slot, why="malattia", by=None) == 1
    assert [m.to for m in mail.outbox] == [[firm.email]]
    assert "malattia" in mail.outbox[0].body
    assert booking_ahead(application) is None
    with pytest.raises(CannotBook, match="no longer"):
        book(slot, application)


# --- the wall ---------------------------------------------------------------------------------------------------------
def test_whoever_helped_a_firm_does_not_evaluate_it(call: Call, expert: SharedExpert) -> None:
    application = draft(call, "A")
    book(hour(expert), application)
    Application.objects.filter(pk=application.pk).update(state="submitted", submitted_at=NOW)
    with pytest.raises(Conflicted, match="a tie to an applicant"):
        assign_evaluator(call=call, person=expert.person, by=None, on=date(2026, 7, 1))


def test_an_evaluator_of_the_call_cannot_be_booked_for_it(call: Call, expert: SharedExpert) -> None:
    assign_evaluator(call=call, person=expert.person, by=None, on=date(2026, 6, 1))
    with pytest.raises(CannotBook, match="evaluates this call"):
        book(hour(expert), draft(call, "A"))


# --- pages: who sees what ---------------------------------------------------------------------------------------------
def ahead() -> datetime:
    return timezone.now() + timedelta(days=5)


def test_a_firm_books_an_hour_from_its_application_and_gives_it_back(
    client: Client, call: Call, expert: SharedExpert
) -> None:
    application = draft(call, "Piccola")
    slot = ExpertSlot.objects.create(expert=expert, starts_at=ahead(), place="Torino, via 1")
    client.force_login(delegate_of(application.organisation))
    assert f"/applications/{application.pk}/expert/" in client.get(f"/applications/{application.pk}/").content.decode()
    page = f"/applications/{application.pk}/expert/"
    before = client.get(page).content.decode()
    assert "Ada Esperta" in before
    assert "Lista di controllo: che cosa manca" in before
    booked = client.post(f"{page}book/", {"slot": slot.pk, "question": "Quali costi?"}, follow=True).content.decode()
    assert "La tua ora con l&#x27;esperto" in booked or "La tua ora con l'esperto" in booked
    assert "Quali costi?" in booked
    refused = client.post(f"{page}cancel/", {"why": ""}, follow=True).content.decode()
    assert "perché rinunci" in refused
    back = client.post(f"{page}cancel/", {"why": "non serve più"}, follow=True).content.decode()
    assert "non serve più" in back
    assert "Ada Esperta" in back


def test_another_firm_sees_that_a_seat_is_taken_but_not_by_whom(
    client: Client, call: Call, expert: SharedExpert
) -> None:
    slot = ExpertSlot.objects.create(expert=expert, starts_at=ahead(), place="Torino", seats=3)
    first, second = draft(call, "Riservata"), draft(call, "Seconda")
    book_hour(slot=slot, application=first, question="Segreto industriale", by=None, now=timezone.now())
    client.force_login(delegate_of(second.organisation))
    page = client.get(f"/applications/{second.pk}/expert/").content.decode()
    assert "posti liberi: 2" in page
    assert "Riservata" not in page
    assert "Segreto" not in page
    assert client.get(f"/applications/{first.pk}/expert/").status_code == 403
    assert client.post(f"/applications/{first.pk}/expert/cancel/", {"why": "x"}).status_code == 403


def test_the_expert_reads_who_comes_and_the_desk_only_how_many(
    client: Client, call: Call, expert: SharedExpert
) -> None:
    slot = ExpertSlot.objects.create(expert=expert, starts_at=ahead(), place="Torino")
    book_hour(slot=slot, application=draft(call, "Riservata"), question="Segreto", by=None, now=timezone.now())
    client.force_login(expert.person.user)
    own = client.get("/expert-hours/").content.decode()
    assert "Riservata" in own
    assert "Segreto" in own
    client.force_login(officer("regional_officer"))
    desk = client.get("/desk/experts/").content.decode()
    assert "posti presi: 1 su 1" in desk
    assert "Riservata" not in desk
    assert "Segreto" not in desk
    assert client.get("/expert-hours/").status_code == 403
    client.force_login(officer("funding_officer"))
    assert client.get("/desk/experts/").status_code == 403


def test_the_expert_is_led_to_the_hours_by_my_work_and_nobody_else_is(call: Call, expert: SharedExpert) -> None:
    assert [t for t in todos(expert.person.user, NOW.date()) if "expert" in t.key] == []
    book(hour(expert), draft(call, "A"))
    (told,) = [t for t in todos(expert.person.user, NOW.date()) if "expert" in t.key]
    assert (told.url, told.due_on) == ("/expert-hours/", date(2026, 6, 2))
    assert [t for t in todos(officer("regional_officer"), NOW.date()) if "expert" in t.key] == []


def test_the_desk_names_an_expert_and_offers_hours(client: Client) -> None:
    user("nuova@test.example", name="Nuova Esperta")
    client.force_login(officer("regional_officer"))
    named = {"email": "nuova@test.example", "topics_it": "costi", "topics_en": "costs"}
    assert "offri le prime ore" in client.post("/desk/experts/", named, follow=True).content.decode()
    assert "già un esperto" in client.post("/desk/experts/", named).content.decode()
    expert = SharedExpert.objects.get(person__name="Nuova Esperta")
    offered = {"starts_at": f"{ahead():%Y-%m-%dT10:00}", "minutes": 45, "seats": 2, "place": "Torino"}
    page = client.post(f"/desk/experts/{expert.pk}/hours/", offered, follow=True).content.decode()
    assert "10:00-10:45" in page
    nothing = client.post(f"/desk/experts/{expert.pk}/hours/", {}, follow=True).content.decode()
    assert "Inizia: " in nothing
    again = client.post(f"/desk/experts/{expert.pk}/hours/", offered, follow=True).content.decode()
    assert "ha già un" in again
    assert "10:00" in again


def test_a_large_firm_reads_that_the_expert_is_for_small_ones(client: Client, call: Call, expert: SharedExpert) -> None:
    application = draft(call, "Grande", size_class="large", kind="large_firm")
    ExpertSlot.objects.create(expert=expert, starts_at=ahead(), place="Torino")
    client.force_login(delegate_of(application.organisation))
    page = client.get(f"/applications/{application.pk}/expert/").content.decode()
    assert "per piccole e medie imprese" in page
    assert "Ada Esperta" not in page


def test_free_hours_take_one_query(call: Call, expert: SharedExpert, django_assert_num_queries: Any) -> None:
    for n in range(6):
        hour(expert, TOMORROW + timedelta(hours=n))
    with django_assert_num_queries(1):
        assert len(free_hours(NOW)) == 6
    with django_assert_num_queries(2):
        assert len(calendar(expert, NOW, named=True)) == 6
    assert Person.objects.filter(pk=expert.person_id).exists()
