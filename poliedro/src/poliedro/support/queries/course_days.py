"""What people said on which days they can, opened for the coach of the course alone. See Note [Training demand]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from poliedro.accounts.models import Person
from poliedro.support.models import Course, Enrolment, ProposedDay
from poliedro.support.models.agency import Enrolled
from poliedro.support.queries.agency import enrolments_of
from poliedro.support.queries.coaching import needs_of
from poliedro.support.rules.course_days import Answer, Seating, seatings


@dataclass(frozen=True)
class DayPlan:
    """seating: who would sit where; days: the rows of its days."""

    seating: Seating
    days: list[ProposedDay]


def wishes_of(course: Course) -> list[tuple[Enrolment, Enrolled]]:
    """Who said on which days they can, in the order of asking."""
    rows = course.enrolments.filter(state=Enrolment.State.WISH).select_related("who").order_by("asked_at", "pk")
    opened = ((row, row.opened) for row in rows)
    return [(row, who) for row, who in opened if who is not None]


def answers_of(course: Course) -> list[Answer]:
    return [Answer(row.pk, frozenset(who.days), who.urgency) for row, who in wishes_of(course)]


def day_plans(course: Course) -> list[DayPlan]:
    """What each choice of days would mean, best first; nothing while nobody has answered."""
    days = {day.pk: day for day in course.proposed.all()}
    answers = answers_of(course)
    found = seatings(list(days), answers, course.seats) if answers and days else []
    return [DayPlan(s, [days[k] for k in s.days]) for s in found]


def days_wanted_of(person: Person, courses: Iterable[Course]) -> Iterator[Course]:
    """Those that look for a day, answer a need that the person wrote down, and have no word of theirs yet."""
    looking = sorted((c for c in courses if c.state == Course.State.DAYS), key=lambda c: c.pk)
    if not looking:
        return
    needed = {need.competence for need in needs_of(person)}
    said = set(enrolments_of(person, [c.pk for c in looking]).values_list("course", flat=True))
    yield from (c for c in looking if c.competence in needed and c.pk not in said)
