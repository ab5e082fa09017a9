"""No course and no case closes without feedback and a follow-up day, whoever writes; silence is shown as such."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from factories import cluster, manager_of, officer
from services_made import DAY, SITE, case, give
from support_samples import coaching_case, course_of, nothing_open, provider

from poliedro.shared.guards import missing_guards
from poliedro.support.models import Case, CoachingCase, Course, Feedback
from poliedro.support.queries.agency_todos import agency_todos
from poliedro.support.rules.agency import PATIENCE_DAYS, REMINDERS, CannotMove, CoachingState
from poliedro.support.rules.cases import CaseState, NotAllowed
from poliedro.support.services.agency import (
    cancel_course,
    close_course,
    enrol,
    give_course_feedback,
    remind_participants,
    take_attendance,
)
from poliedro.support.services.cases import (
    answer_feedback,
    ask_feedback,
    close_case,
    remind_clients,
    set_outcome,
)
from poliedro.support.services.coaching import give_feedback, move_case, remind_of_feedback
from poliedro.support.services.letters import token_of

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=180)
ON = {"follow_up_on": LATER, "closed_on": DAY}


def refused(rows: Any, **change: Any) -> None:
    """The database itself says no, whatever the services say."""
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**change)


def asked_case() -> Case:
    """A case that gave its service, has a result and asked its client."""
    held = case()
    give(held.steps.get())
    set_outcome(case=held, result="tried", text="", follow_up_on=LATER, by=None)
    ask_feedback(case=held, on=DAY, by=None, site=SITE)
    return Case.objects.get()


def running(words: str = "words") -> CoachingCase:
    """Coaching that met, without feedback."""
    agrifood = cluster("agrifood")
    made = coaching_case(manager_of(agrifood), agrifood, provider(officer("coach").person), words)
    CoachingCase.objects.update(feedback_on=None, score=None)
    made.refresh_from_db()
    return nothing_open(made)


def held_course(present: int = 1) -> Course:
    course = course_of(officer("coach", "trainer@test.example").person)
    agrifood = cluster("agrifood")
    people = [manager_of(agrifood, f"m{n}@test.example").person for n in range(2)]
    seats = [enrol(course=course, person=p, cluster=agrifood, by=None) for p in people]
    take_attendance(session=course.sessions.get(), present=[s.pk for s in seats[:present]], by=None)
    course.refresh_from_db()
    return course


# --- the database -----------------------------------------------------------------------------------------------------
def test_every_rule_of_the_code_is_in_the_database() -> None:
    assert missing_guards() == []


def test_the_database_closes_no_case_of_a_firm_without_an_answer() -> None:
    rows = Case.objects.filter(pk=asked_case().pk)
    refused(rows, state="closed", **ON)
    refused(rows, state="unanswered", **ON)  # nobody reminded the client
    refused(rows, state="stopped", stop_reason="no_capacity", closed_on=DAY)  # something was given
    refused(rows, closed_on=DAY)  # an end without a state that is one
    Feedback.objects.update(answered_on=DAY, usefulness=4)
    refused(rows, state="unanswered", **ON)
    refused(rows, state="closed", closed_on=DAY, follow_up_on=None)
    rows.update(state="closed", **ON)
    refused(Feedback.objects, answered_on=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.get().delete()


def test_the_database_stops_no_case_without_its_reason() -> None:
    refused(Case.objects.filter(pk=case().pk), state="stopped", closed_on=DAY)


def test_the_database_takes_no_case_that_is_closed_from_its_first_moment() -> None:
    held = asked_case()
    values = {f.attname: getattr(held, f.attname) for f in Case._meta.concrete_fields if f.name != "id"}
    Feedback.objects.all().delete()
    held.steps.all().delete()
    held.tasks.all().delete()
    held.delete()
    for state in ("closed", "unanswered"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.create(**{**values, **ON, "state": state})


def test_the_database_closes_no_coaching_without_feedback() -> None:
    rows = CoachingCase.objects.filter(pk=running().pk)
    for state in ("closed", "unanswered", "stopped"):
        refused(rows, state=state, **ON)
    refused(rows, closed_on=LATER)
    rows.update(feedback_asked_on=DAY, reminders=REMINDERS)
    refused(rows, state="unanswered", closed_on=LATER, follow_up_on=None)
    rows.update(state="unanswered", closed_on=LATER, follow_up_on=LATER)


def test_the_database_closes_no_course_without_feedback() -> None:
    rows = Course.objects.filter(pk=held_course().pk)
    closes = {"follow_up_on": LATER, "follow_up_action": "call"}
    refused(rows, state="closed", **closes)
    refused(rows, state="unanswered", **closes)
    refused(rows, state="cancelled")
    seat = Course.objects.get().enrolments.filter(attended__isnull=False).get()
    give_course_feedback(enrolment=seat, score=4, suggestion="", on=DAY, by=None)
    rows.update(state="closed", **closes)
    refused(Course.objects.get().enrolments.filter(pk=seat.pk), feedback_on=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        seat.delete()


# --- a client who never answers ---------------------------------------------------------------------------------------
def test_a_client_is_reminded_twice_then_the_case_ends_without_an_answer_and_says_so() -> None:
    held = asked_case()
    told = [remind_clients(DAY + timedelta(days=n)) for n in (4, 5, 5, 9, 10, 13)]
    assert [t[0] for t in told] == ["0", "1", "0", "0", "1", "0"]
    with pytest.raises(NotAllowed, match="feedback_awaited"):
        close_case(case=held, on=DAY + timedelta(days=13), by=None)
    ended = close_case(case=held, on=DAY + timedelta(days=14), by=None)
    assert ended.status is CaseState.UNANSWERED
    assert str(ended.get_state_display()) == "chiusa senza risposta"


def test_a_case_without_an_answer_is_asked_again_and_an_answer_closes_it(
    django_capture_on_commit_callbacks: Any,
) -> None:
    held = asked_case()
    Feedback.objects.update(reminders=REMINDERS)
    close_case(case=held, on=DAY + timedelta(days=20), by=None)
    with django_capture_on_commit_callbacks(execute=True):
        told = [remind_clients(LATER + timedelta(days=n)) for n in (-1, 0, 1)]
    assert [t[0] for t in told] == ["0", "1", "0"]
    assert len(mail.outbox) == 1
    page = Client().post(
        f"/services/asked/{token_of(held.request)}/",
        {"action": "feedback", "usefulness": "3", "promptness": "4", "would_return": "yes", "text": ""},
    )
    assert page.status_code == 302
    closed = Case.objects.get()
    assert (closed.status, closed.feedback.usefulness) == (CaseState.CLOSED, 3)
    with pytest.raises(NotAllowed, match="case_is_closed"):
        answer_feedback(
            feedback=closed.feedback, usefulness=1, promptness=1, would_return=False, text="", on=LATER, by=None
        )


# --- a manager who never answers --------------------------------------------------------------------------------------
def test_coaching_whose_manager_never_answers_ends_after_reminders_and_says_that_no_feedback_came() -> None:
    made = running()
    move_case(case=made, to=CoachingState.FEEDBACK, on=DAY, by=None)
    assert [remind_of_feedback(DAY + timedelta(days=n)) for n in (9, 10, 10, 20, 29)] == [0, 1, 0, 1, 0]
    made.refresh_from_db()
    early, late = DAY + timedelta(days=PATIENCE_DAYS - 1), DAY + timedelta(days=PATIENCE_DAYS)
    with pytest.raises(CannotMove, match="days and 2 reminders"):
        move_case(case=made, to=CoachingState.UNANSWERED, on=early, by=None, follow_up_on=LATER)
    with pytest.raises(CannotMove, match="follow-up"):
        move_case(case=made, to=CoachingState.UNANSWERED, on=late, by=None)
    with pytest.raises(CannotMove, match="no feedback"):
        move_case(case=made, to=CoachingState.CLOSED, on=late, by=None, follow_up_on=LATER)
    move_case(case=made, to=CoachingState.UNANSWERED, on=late, by=None, follow_up_on=LATER)
    kept = CoachingCase.objects.get()
    assert (kept.status, kept.closed_on, kept.feedback_on) == (CoachingState.UNANSWERED, late, None)
    asked = [t for t in agency_todos(made.manager.user, LATER) if t.key == f"support.coaching:{made.pk}"]
    assert [t.alarm for t in asked] == [True]  # asked again, for as long as it is not given
    give_feedback(case=kept, score=2, text="", suggestion="", on=LATER, by=made.manager.user)
    assert CoachingCase.objects.get().status is CoachingState.CLOSED


def test_coach_ends_on_the_page_what_the_manager_left_unanswered(client: Client) -> None:
    made = running()
    coach, today = made.coaches.get().person.user, timezone.localdate()
    asked = today - timedelta(days=PATIENCE_DAYS)
    CoachingCase.objects.update(state="feedback", feedback_asked_on=asked, reminders=REMINDERS - 1)
    client.force_login(coach)
    address = f"/in-confidence/cases/{made.pk}/"
    head = {"accept-language": "en"}
    assert "Close without an answer" not in client.get(address, headers=head).content.decode()
    remind_of_feedback(today)
    assert "Close without an answer" in client.get(address, headers=head).content.decode()
    client.post(f"{address}move/", {"follow_up_on": str(today + timedelta(days=90))})
    page = client.get(address, headers=head).content.decode()
    assert "closed without an answer" in page
    client.force_login(made.manager.user)
    assert "Your feedback" in client.get(address, headers=head).content.decode()
    client.post(f"{address}feedback/", {"score": "4", "text": "", "suggestion": ""})
    assert CoachingCase.objects.get().state == "closed"


def test_manager_ends_running_coaching_by_giving_feedback(client: Client) -> None:
    made = running()
    client.force_login(made.manager.user)
    client.post(f"/in-confidence/cases/{made.pk}/move/", {"to": "feedback"})
    assert CoachingCase.objects.get().status is CoachingState.FEEDBACK


# --- a course of which nobody speaks ----------------------------------------------------------------------------------
def test_a_course_of_which_nobody_speaks_ends_after_reminders_and_an_answer_still_closes_it() -> None:
    course = held_course()
    held = course.sessions.get().on
    assert course.feedback_asked_on == held
    assert [remind_participants(held + timedelta(days=n)) for n in (9, 10, 19, 20, 29)] == [0, 1, 0, 1, 0]
    course.refresh_from_db()
    closes: dict[str, Any] = {"follow_up_on": LATER, "action": "call", "by": None}
    with pytest.raises(CannotMove, match="0 of 1"):
        close_course(course=course, on=held + timedelta(days=PATIENCE_DAYS - 1), **closes)
    close_course(course=course, on=held + timedelta(days=PATIENCE_DAYS), **closes)
    assert Course.objects.get().state == "unanswered"
    seat = course.enrolments.filter(attended__isnull=False).get()
    give_course_feedback(enrolment=seat, score=4, suggestion="", on=LATER, by=None)
    assert Course.objects.get().state == "closed"


def test_a_course_to_which_nobody_came_is_cancelled_and_another_is_not() -> None:
    empty = held_course(present=0)
    with pytest.raises(CannotMove, match="cancel the course"):
        close_course(course=empty, follow_up_on=LATER, action="call", by=None)
    cancel_course(course=empty, by=None)
    assert Course.objects.get().state == "cancelled"
    other = course_of(None, sessions=[(date(2026, 3, 5), time(9), time(12))])
    seat = enrol(course=other, person=manager_of(cluster("agrifood"), "x@test.example").person, cluster=None, by=None)
    take_attendance(session=other.sessions.get(), present=[seat.pk], by=None)
    other.refresh_from_db()
    with pytest.raises(CannotMove, match="somebody was there"):
        cancel_course(course=other, by=None)
