"""Reads of the agency's open work: courses, contacts, material, peers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Office
from poliedro.support.models import ContactTerm, Course, Enrolment, PeerExchange, SharedAsset
from poliedro.support.models.agency import enrolment_marks
from poliedro.support.rules.agency import GROUP_SIZE

CONTACT_FUNCTIONS = (Office.Function.AGENCY_STAFF, Office.Function.COACH, Office.Function.REGIONAL_OFFICER)


def contact_on(cluster: Cluster, day: date) -> ContactTerm | None:
    """The one contact on a day; None before the cluster's first term, and once the cluster is closed."""
    if cluster.closed_on is not None and day >= cluster.closed_on:
        return None
    terms = ContactTerm.objects.filter(cluster=cluster, starts_on__lte=day).select_related("person")
    return terms.order_by("-starts_on").first()


@dataclass(frozen=True)
class ContactLine:
    """A cluster and its contact on a day. alarm: "" or why nobody answers: never_named, left (no office any more)."""

    cluster: Cluster
    term: ContactTerm | None
    alarm: str


def contact_board(day: date) -> list[ContactLine]:
    """Every active cluster with its contact; vacancies first."""
    clusters = list(Cluster.objects.existing_on(day))
    terms: dict[int, ContactTerm] = {}
    rows = ContactTerm.objects.filter(cluster__in=clusters, starts_on__lte=day).select_related("person")
    for term in rows.order_by("starts_on"):
        terms[term.cluster_id] = term
    offices = Office.objects.known().active_on(day).filter(person=OuterRef("pk"), function__in=CONTACT_FUNCTIONS)
    people = Person.objects.filter(pk__in=[t.person_id for t in terms.values()]).filter(Exists(offices))
    there = set(people.values_list("pk", flat=True))
    lines = []
    for cluster in clusters:
        found = terms.get(cluster.pk)
        alarm = "never_named" if found is None else "" if found.person_id in there else "left"
        lines.append(ContactLine(cluster, found, alarm))
    return sorted(lines, key=lambda line: (not line.alarm, line.cluster.position, line.cluster.name))


def contact_history(cluster: Cluster) -> list[ContactTerm]:
    return list(ContactTerm.objects.filter(cluster=cluster).select_related("person").order_by("-starts_on"))


def courses() -> list[Course]:
    """Every course, open ones first, each with the seats taken and the people waiting."""
    counted = Course.objects.prefetch_related("sessions").annotate(
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
    keys = list(Course.objects.values_list("pk", flat=True)) if courses is None else list(courses)
    rows = Enrolment.objects.filter(course__in=keys, mark__in=enrolment_marks(keys, person.pk))
    return rows.exclude(state=Enrolment.State.CANCELLED).select_related("course", "who").order_by("asked_at", "pk")


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
    mine = Q(learner=person) | Q(offer__person=person)
    return list(PeerExchange.objects.filter(mine).select_related("offer__person", "learner", "offer__cluster"))
