"""A course looks for its day: several are proposed, managers say on which they can, one act sets day and seats."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.registry.models import Cluster
from poliedro.support.models import Course, CourseSession, Enrolment, ProposedDay
from poliedro.support.models.agency import Enrolled, enrolment_mark
from poliedro.support.queries.agency import enrolment_of
from poliedro.support.queries.course_days import answers_of, wishes_of
from poliedro.support.rules.agency import CannotMove
from poliedro.support.rules.course_days import Seating, check_can_propose, check_days, seating
from poliedro.support.services.sealed import record_sealed, seal


def _looking(course: Course) -> Course:
    """The course, locked. Raises CannotMove where its day is set already."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.state != Course.State.DAYS:
        raise CannotMove("the course is %(course_state)s: its day is set, or it is over.", course_state=locked.state)
    return locked


@transaction.atomic
def propose_day(*, course: Course, on: date, starts_at: time, ends_at: time, by: Any) -> ProposedDay:
    """One more day to choose from; the same one twice is one."""
    check_can_propose(_looking(course).proposed.count())
    day, _made = ProposedDay.objects.update_or_create(
        course=course, on=on, starts_at=starts_at, defaults={"ends_at": ends_at}
    )
    record(by=by, verb="propose_day", subject_kind="course", subject_key=course.pk, on=on.isoformat())
    return day


@transaction.atomic
def drop_day(*, day: ProposedDay, by: Any) -> None:
    """Take a proposed day back; what people said of the others stays. Raises CannotMove for the last one."""
    if _looking(day.course).proposed.count() == 1:
        raise CannotMove("it is the only day; propose another first, or cancel the course.")
    day.delete()
    record(by=by, verb="drop_day", subject_kind="course", subject_key=day.course_id, on=day.on.isoformat())


@transaction.atomic
def say_days(
    *, course: Course, person: Person, cluster: Cluster | None, days: Collection[int], urgency: int, by: Any
) -> Enrolment:
    """On which of the proposed days the person can, and how much it is needed. Said again it replaces what was said.

    Sealed with who it is: see Note [Training demand]. Raises CannotMove for a day that is not proposed.
    """
    locked = _looking(course)
    check_days(days, locked.proposed.values_list("pk", flat=True))
    who = Enrolled(person.pk, person.name, days=sorted(days), urgency=urgency)
    if cluster is not None:
        who = Enrolled(**{**asdict(who), "cluster": cluster.key, "cluster_name": cluster.name})
    row = enrolment_of(locked, person)
    if row is None or row.who is None:
        row = Enrolment.objects.create(
            course=locked,
            mark=enrolment_mark(locked.pk, person.pk),
            who=seal("enrolment", asdict(who)),
            state=Enrolment.State.WISH,
        )
    else:
        row.who.put(json.dumps(asdict(who)).encode())
        row.who.save(update_fields=["key_id", "token"])
    record_sealed(by=by, verb="say_days", subject_kind="enrolment", subject_key=row.pk)
    return row


@transaction.atomic
def set_days(*, course: Course, days: Sequence[int], by: Any) -> Seating:
    """The course is held on these days, once on each; seats by need, then the line. See Note [Seats by need].

    A second day is a second course of the same kind, with the seats and the line of those who got that day. Whoever can
    on none of the days keeps the wish, and takes a seat, if there is one, where they come all the same.
    """
    locked, now = _looking(course), timezone.now()
    rows = {day.pk: day for day in locked.proposed.all()}
    check_days(days, rows)
    if not days:
        raise CannotMove("no day is chosen; choose one or two of those proposed.")
    order = [key for key in rows if key in days]
    plan = seating(order, answers_of(locked), locked.seats)
    held = {order[0]: locked, **{key: _again(locked) for key in order[1:]}}
    for key, one in held.items():
        day = rows[key]
        CourseSession.objects.create(course=one, on=day.on, starts_at=day.starts_at, ends_at=day.ends_at)
        Course.objects.filter(pk=one.pk).update(state=Course.State.OPEN)
        record(by=by, verb="set_days", subject_kind="course", subject_key=one.pk, on=day.on.isoformat())
    for row, who in wishes_of(locked):
        place = plan.seated.get(row.pk) or plan.waiting.get(row.pk)
        if place is None:
            continue
        row.course = held[place]
        row.mark = enrolment_mark(row.course.pk, who.person)
        row.state = Enrolment.State.SEAT
        if row.pk in plan.waiting:
            row.state = Enrolment.State.WAITING
            row.asked_at = now + timedelta(microseconds=list(plan.waiting).index(row.pk))  # the line is by need
        row.save(update_fields=["course", "mark", "state", "asked_at"])
    return plan


def _again(course: Course) -> Course:
    """The same course a second time, without days or people."""
    return Course.objects.create(
        title=course.title,
        text=course.text,
        competence=course.competence,
        provider=course.provider,
        coach=course.coach,
        seats=course.seats,
        place=course.place,
        is_synthetic=course.is_synthetic,
    )
