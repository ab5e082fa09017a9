"""Providers, needs and coaching cases for tests of the agency."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from poliedro.accounts.models import Person, User
from poliedro.registry.models import Cluster
from poliedro.support.models import CoachingCase, Course, CourseMaterial, Provider, ProviderCompetence
from poliedro.support.services.agency import open_course
from poliedro.support.services.coaching import add_entry, ask_coaching, give_feedback, settle_action, write_need
from poliedro.support.services.material import add_material

ASKED_ON = date(2026, 3, 2)


def course_of(coach: Person | None, title: str = "Pricing", **fields: Any) -> Course:
    """A course of one morning on finance that the coach runs."""
    fields = {"seats": 3, "sessions": [(ASKED_ON, time(9), time(12))], **fields}
    return open_course(
        title=title, text="", competence="finance", provider=None, coach=coach, place="", by=None, **fields
    )


def provider(person: Person, competences: dict[str, int] | None = None, **fields: Any) -> Provider:
    fields = {"is_agency": True, "days_a_year": 60, **fields}
    made = Provider.objects.create(person=person, name=person.name, **fields)
    for competence, level in (competences or {"strategy": 4, "governance": 3, "finance": 3}).items():
        ProviderCompetence.objects.create(provider=made, competence=competence, level=level)
    return made


def coaching_case(manager: User, cluster: Cluster, coach: Provider, words: str) -> CoachingCase:
    """A case whose need, goal, note, meeting, action, document and feedback all hold the words."""
    need = write_need(
        person=manager.person, cluster=cluster, competence="finance", urgency=3, text=f"need {words}", by=manager
    )
    case = ask_coaching(
        manager=manager.person,
        cluster=cluster,
        goal=f"goal {words}",
        provider=coach,
        on=ASKED_ON,
        by=manager,
        consent=f"agreed to {words}",
        need=need,
    )
    assert coach.person is not None
    by = coach.person.user
    add_entry(case=case, kind="note", text=f"note {words}", by=by)
    add_entry(case=case, kind="meeting", text=f"meeting {words}", by=by, met_on=date(2026, 3, 9))
    add_entry(case=case, kind="action", text=f"action {words}", by=by, due_on=date(2026, 4, 9))
    add_entry(case=case, kind="document", text=f"document {words}".encode(), by=manager, name=f"{words}.txt")
    give_feedback(case=case, score=5, text=f"feedback {words}", suggestion="", on=date(2026, 5, 4), by=manager)
    return case


def nothing_open(case: CoachingCase) -> CoachingCase:
    """The case with each agreed action done, as its close asks."""
    for entry in case.open_actions:
        settle_action(entry=entry, on=date(2026, 4, 9), by=None)
    return case


def material_of(course: Course, readers: str = "all", **fields: Any) -> CourseMaterial:
    """A file of the course that all managers read."""
    made = {"title": "Slides", "name": "slides.pdf", "content": b"%PDF-1.7 slides", **fields}
    return add_material(course=course, readers=readers, by=None, **made)
