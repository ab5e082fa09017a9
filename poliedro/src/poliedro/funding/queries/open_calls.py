"""What is open, for whom, until when: filters, one's digest, statistics of reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from poliedro.accounts.models import Person
from poliedro.funding.models import Call
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
    """All that the person wants to hear of and has not opened: any of the words, in title, keywords or text, within the
    days."""
    interest = CallInterest.objects.filter(person=person).first()
    return [] if interest is None else _of_others(interest, today)


def digests_of(person: Person, today: date) -> tuple[list[OpenCall], list[Call]]:
    """Both digests: of others' calls, and of the region's own. One query for whoever said nothing."""
    interest = CallInterest.objects.filter(person=person).first()
    return ([], []) if interest is None else (_of_others(interest, today), _of_the_region(interest, today))


def _of_others(interest: CallInterest, today: date) -> list[OpenCall]:
    rows = open_calls(today, programme=interest.programme)
    rows = rows.filter(deadline__lte=today + timedelta(days=interest.days)).exclude(readings__person=interest.person_id)
    return list(rows.filter(_any_word(interest.words, ("title", "keywords", "text"))))


def _any_word(words: str, fields: tuple[str, ...]) -> Q:
    """One of the words in one of the fields; everything where there are no words."""
    found = Q()
    for word in words.split()[:8]:
        for field in fields:
            found |= Q(**{f"{field}__icontains": word})
    return found


OF_CALLS = ("title_it", "title_en", "about_it", "about_en", "measure__name_it", "measure__name_en")


def regional_digest_of(person: Person, today: date) -> list[Call]:
    """The region's own calls, open or announced, that the person wants to hear of: any of the words, in either
    language, and a deadline within the days or none. The next deadline first."""
    interest = CallInterest.objects.filter(person=person).first()
    return [] if interest is None else _of_the_region(interest, today)


def _of_the_region(interest: CallInterest, today: date) -> list[Call]:
    until = today + timedelta(days=interest.days)
    rows = Call.objects.filter(state=Call.State.PUBLISHED).filter(
        Q(closes_on=None) | Q(closes_on__gte=today, closes_on__lte=until)
    )
    rows = rows.filter(_any_word(interest.words, OF_CALLS)).select_related("measure")
    return list(rows.order_by(F("closes_on").asc(nulls_last=True), "key"))


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
