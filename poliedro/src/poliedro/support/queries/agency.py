"""Reads of the agency's open work: courses, contacts, material, peers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Office
from poliedro.support.models import (
    ContactTerm,
    Course,
    CourseMaterial,
    Enrolment,
    PeerExchange,
    SharedAsset,
    Suggestion,
)
from poliedro.support.models.agency import enrolment_marks
from poliedro.support.models.contact_guards import CONTACT_FUNCTIONS
from poliedro.support.rules.agency import GROUP_SIZE


def contact_on(cluster: Cluster, day: date) -> ContactTerm | None:
    """The one contact on a day; None before the cluster's first term, and once the cluster is closed."""
    if cluster.closed_on is not None and day >= cluster.closed_on:
        return None
    terms = ContactTerm.objects.filter(cluster=cluster, starts_on__lte=day).select_related("person")
    return terms.order_by("-starts_on").first()


def may_be_contact(person: Person, day: date) -> bool:
    """Whether the person holds an office then that makes them fit to be a contact."""
    return contact_offices(day).filter(person=person).exists()


def stays_contact(person: Person, cluster: Cluster, since: date) -> bool:
    """Whether offices of the person last from that day on, to the cluster's end if it has one."""
    held = Office.objects.known().filter(person=person, valid_to__gt=since).values_list("valid_to", flat=True)
    # A gap between offices begins on a day on which one ends.
    ends = [day for day in held if cluster.closed_on is None or day < cluster.closed_on]
    return all(may_be_contact(person, day) for day in (since, *ends))


def contact_offices(day: date) -> QuerySet[Office]:
    rows: QuerySet[Office] = Office.objects.known().active_on(day).filter(function__in=CONTACT_FUNCTIONS)
    return rows


def office_people(day: date) -> QuerySet[Person]:
    """People who hold an office of agency, coach or region on the day, by name."""
    return Person.objects.filter(pk__in=contact_offices(day).values("person")).order_by("name")


@dataclass(frozen=True)
class ContactLine:
    """A cluster and its contact on a day. alarm: "" or why nobody answers: never_named, not_yet (the first term begins
    later), left (no office any more). first: the cluster's first term."""

    cluster: Cluster
    term: ContactTerm | None
    alarm: str
    first: ContactTerm | None = None


def contact_board(day: date) -> list[ContactLine]:
    """Every active cluster with its contact; vacancies first. Each has one valid contact or an alarm, never neither."""
    clusters = list(Cluster.objects.existing_on(day))
    terms: dict[int, ContactTerm] = {}
    first: dict[int, ContactTerm] = {}
    rows = ContactTerm.objects.filter(cluster__in=clusters).select_related("person")
    for term in rows.order_by("starts_on"):
        first.setdefault(term.cluster_id, term)
        if term.starts_on <= day:
            terms[term.cluster_id] = term
    offices = contact_offices(day).filter(person=OuterRef("pk"))
    people = Person.objects.filter(pk__in=[t.person_id for t in terms.values()]).filter(Exists(offices))
    there = set(people.values_list("pk", flat=True))
    lines = []
    for cluster in clusters:
        found = terms.get(cluster.pk)
        if found is None:
            alarm = "not_yet" if cluster.pk in first else "never_named"
        else:
            alarm = "" if found.person_id in there else "left"
        lines.append(ContactLine(cluster, found, alarm, first.get(cluster.pk)))
    return sorted(lines, key=lambda line: (not line.alarm, line.cluster.position, line.cluster.name))


def contact_history(cluster: Cluster) -> list[ContactTerm]:
    return list(ContactTerm.objects.filter(cluster=cluster).select_related("person").order_by("-starts_on"))


def courses() -> list[Course]:
    """Every course, open ones first, each with the seats taken and the people waiting."""
    counted = Course.objects.prefetch_related("sessions", "proposed").annotate(
        taken=Count("enrolments", filter=Q(enrolments__state=Enrolment.State.SEAT)),
        waiting=Count("enrolments", filter=Q(enrolments__state=Enrolment.State.WAITING)),
    )
    order = list(Course.State)
    return sorted(counted, key=lambda c: (order.index(Course.State(c.state)), -c.pk))


def enrolment_of(course: Course, person: Person | None) -> Enrolment | None:
    """The person's seat, or place in line, in a course; found by its mark."""
    return None if person is None else enrolments_of(person, [course.pk]).first()


def enrolments_of(person: Person, courses: Iterable[int] | None = None) -> QuerySet[Enrolment]:
    """The person's seats in these courses (by default in all). See Note [Training demand]."""
    return every_enrolment_of(person, courses).exclude(state=Enrolment.State.CANCELLED)


def every_enrolment_of(person: Person, courses: Iterable[int] | None = None) -> QuerySet[Enrolment]:
    """Seats that were given back, too: they hold who it was as any other."""
    keys = list(Course.objects.values_list("pk", flat=True)) if courses is None else list(courses)
    rows = Enrolment.objects.filter(course__in=keys, mark__in=enrolment_marks(keys, person.pk))
    return rows.select_related("course", "who").order_by("asked_at", "pk")


def told_suggestions(may_answer: bool, today: date, limit: int = 200) -> list[Suggestion]:
    """All of the months that are over to who answers; to the others those that are answered.

    One that appeared on the day on which a coaching closed would tell whose it is: it waits for the month to end. By
    month, and within a month by their words: their order would tell of which course or coaching they are.
    """
    over = Suggestion.objects.filter(said_on__lt=today.replace(day=1))
    rows = over if may_answer else over.exclude(answer="")
    return sorted(rows[:limit], key=lambda s: (-s.said_on.year, -s.said_on.month, s.text, s.pk))


@dataclass(frozen=True)
class SuggestionCounts:
    """Of the months that are over: all, those that led to a change, and those without an answer, by month said."""

    every: int
    changed: int
    unanswered: tuple[tuple[date, int], ...]


def suggestion_counts(today: date) -> SuggestionCounts:
    """Counted for every reader alike; the words of what is open are for who answers alone (see `told_suggestions`)."""
    over = Suggestion.objects.filter(said_on__lt=today.replace(day=1))
    months = Counter(day.replace(day=1) for day in over.filter(answer="").values_list("said_on", flat=True))
    return SuggestionCounts(
        over.count(), over.exclude(changed_on=None).count(), tuple(sorted(months.items(), reverse=True))
    )


def score_of(course: Course) -> tuple[float | None, int]:
    """(mean score, answers) of a course; the mean from three answers on: fewer would tell who gave it."""
    given = [s for s in course.enrolments.values_list("score", flat=True) if s is not None]
    return (sum(given) / len(given) if len(given) >= GROUP_SIZE else None), len(given)


def applied_of(course: Course) -> tuple[float | None, int]:
    """(share of those who say that they used it in their work, answers); the share from three answers on."""
    told = [a for a in course.enrolments.values_list("applied", flat=True) if a is not None]
    return (sum(told) / len(told) if len(told) >= GROUP_SIZE else None), len(told)


def place_in_line(enrolment: Enrolment) -> int:
    """1 for whoever gets the next free seat."""
    before = Enrolment.objects.filter(course=enrolment.course_id, state=Enrolment.State.WAITING).filter(
        Q(asked_at__lt=enrolment.asked_at) | Q(asked_at=enrolment.asked_at, pk__lt=enrolment.pk)
    )
    return before.count() + 1


def assets() -> list[SharedAsset]:
    """Shared material with how often and by how many clusters it was used."""
    return list(
        SharedAsset.objects.annotate(
            times=Count("uses", distinct=True), clusters=Count("uses__cluster", distinct=True)
        ).order_by("-added_at", "-pk")[:60]
    )


def exchanges_of(person: Person) -> list[PeerExchange]:
    """Exchanges that the person asked for or was asked for."""
    own = PeerExchange.objects.of_person(person).values_list("pk", flat=True)
    mine = Q(pk__in=list(own)) | Q(offer__person=person)
    return list(PeerExchange.objects.filter(mine).select_related("offer__person", "who", "offer__cluster"))


def readable_material(course: Course, person: Person | None, *, runs: bool) -> list[CourseMaterial]:
    """The files of a course that the person reads: all of them with a seat or for whoever runs it, else the open ones.

    Nothing is logged of a reading: a row would tell who takes part. See Note [Training demand].
    """
    rows = CourseMaterial.objects.filter(course=course)
    mine = enrolment_of(course, person) if person is not None and not runs else None
    if not runs and (mine is None or mine.state != Enrolment.State.SEAT):
        rows = rows.filter(readers=CourseMaterial.Readers.ALL)
    return list(rows)
