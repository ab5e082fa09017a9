"""What is open, for whom, until when: filters, one's digest, statistics of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from poliedro.accounts.models import Person
from poliedro.funding.models.open_calls import CallInterest, OpenCall
from poliedro.registry.models import Delegation, Organisation, Participation


def open_calls(
    today: date, *, words: str = "", programme: str = "", kind: str = "", status: str = ""
) -> QuerySet[OpenCall]:
    """Calls that take proposals, now or later, the next deadline first. Every word is in title, keywords or text."""
    rows = OpenCall.objects.exclude(status=OpenCall.Status.CLOSED).filter(Q(deadline=None) | Q(deadline__gte=today))
    for word in words.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(keywords__icontains=word) | Q(text__icontains=word))
    if programme:
        rows = rows.filter(programme=programme)
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status=status)
    return rows.defer("text", "who")


def counted(today: date, field: str) -> list[tuple[str, int]]:
    """Values of programme, kind or status among the open calls, most frequent first."""
    rows = open_calls(today).order_by().values_list(field).annotate(n=Count("pk"))
    return sorted(((value, n) for value, n in rows if value), key=lambda pair: (-pair[1], pair[0]))


def digest_of(person: Person, today: date) -> list[OpenCall]:
    """What the person wants to hear of and has not opened: any of the words, within the days."""
    interest = CallInterest.objects.filter(person=person).first()
    if interest is None:
        return []
    rows = open_calls(today, programme=interest.programme)
    rows = rows.filter(deadline__lte=today + timedelta(days=interest.days)).exclude(readings__person=person)
    if wanted := interest.words.split():
        any_of = Q()
        for word in wanted[:8]:
            any_of |= Q(title__icontains=word) | Q(keywords__icontains=word)
        rows = rows.filter(any_of)
    return list(rows[:20])


@dataclass(frozen=True)
class Reach:
    call: OpenCall
    read: int
    applied: int


def reach(limit: int = 20) -> list[Reach]:
    """The calls most read, with how many people read them and how many said that they applied."""
    rows = OpenCall.objects.annotate(
        read=Count("readings"), applied=Count("readings", filter=Q(readings__applied_on__isnull=False))
    ).filter(read__gt=0)
    return [Reach(c, c.read, c.applied) for c in rows.order_by("-read", "topic").defer("text", "who")[:limit]]


def countries_worked_with(organisation: int) -> dict[str, int]:
    """Country -> bodies from there with which the organisation shares a project, as known today. Two queries."""
    projects = Participation.objects.known().filter(organisation=organisation).values("project")
    others = (
        Participation.objects.known()
        .filter(project__in=projects)
        .exclude(organisation=organisation)
        .exclude(organisation__country="")
        .order_by()
        .values_list("organisation__country")
        .annotate(n=Count("organisation", distinct=True))
    )
    return dict(sorted(others, key=lambda row: (-row[1], row[0])))


def firms_of(user: Any, today: date) -> list[Organisation]:
    """The organisations that the person acts for today, by name. One query."""
    if not getattr(user, "is_authenticated", False):
        return []
    rows = Organisation.objects.current().filter(
        pk__in=Delegation.objects.known().active_on(today).filter(person__user=user).values("organisation")
    )
    return list(rows.order_by("name", "pk")[:5])
