"""Calls as people look for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import get_language

from poliedro.accounts.queries import Matter
from poliedro.funding.models import Application, Call, CallVersion, EvaluatorAssignment, Measure
from poliedro.funding.rules.document import CallDocument, read_call
from poliedro.funding.rules.states import is_open


@dataclass(frozen=True)
class CallRow:
    """phase: open, forthcoming, closed or draft, on the day."""

    call: Call
    phase: str
    budget_eur: Decimal
    lines: int


def matter_of_call(words: str) -> str | None:
    """A call that is or was published, by its key or number, as conflicts of interest name it: "call:KEY"."""
    text = words.removeprefix("call:")
    calls = Call.objects.exclude(state=Call.State.DRAFT)
    found = calls.filter(key=text).first()
    if found is None and text.isascii() and text.isdecimal() and len(text) < 10:
        found = calls.filter(pk=int(text)).first()
    return None if found is None else f"call:{found.key}"


def calls_as_matters() -> list[Matter]:
    """Every call that is or was published, newest first; settled once its rankings are signed. One query."""
    calls = Call.objects.exclude(state=Call.State.DRAFT).order_by("-closes_on", "key")
    italian = (get_language() or "it").startswith("it")
    return [
        Matter(f"call:{c.key}", c.title_it if italian else c.title_en, c.state == Call.State.DECIDED) for c in calls
    ]


def call_as_subject(words: str) -> str | None:
    """A call as the subject of a tie, "call:KEY": only by its full key, since a bare number could be anything."""
    return matter_of_call(words) if words.startswith("call:") else None


def phase_of(call: Call, today: date) -> str:
    if call.state == Call.State.DRAFT:
        return "draft"
    if is_open(call.state, call.opens_on, call.closes_on, today):
        return "open"
    if call.state == Call.State.PUBLISHED and call.opens_on is not None and call.opens_on > today:
        return "forthcoming"
    return "closed"


def calls(today: date, *, drafts: bool = False) -> list[CallRow]:
    """Published calls, open ones first, then by day; with `drafts` those in preparation too. Three queries."""
    rows: QuerySet[Any] = Call.objects.select_related("measure__programme").annotate(
        budget=Sum("lines__budget_eur"), n=Count("lines")
    )
    if not drafts:
        rows = rows.exclude(state=Call.State.DRAFT)
    order = {"draft": 0, "open": 1, "forthcoming": 2, "closed": 3}
    found = [CallRow(c, phase_of(c, today), c.budget or Decimal(0), c.n) for c in rows]
    return sorted(found, key=lambda r: (order[r.phase], -(r.call.opens_on or date.max).toordinal(), r.call.key))


def version_in_force(call: Call) -> CallVersion | None:
    """The published version; None for a draft."""
    return call.versions.filter(published_at__isnull=False, valid_to=None).first()


def newest_version(call: Call) -> CallVersion | None:
    return call.versions.order_by("-number").first()


def open_documents(today: date) -> list[tuple[Call, CallDocument]]:
    """Every open call with its rules."""
    versions = CallVersion.objects.filter(
        published_at__isnull=False, valid_to=None, call__state=Call.State.PUBLISHED, call__opens_on__lte=today
    ).filter(Q(call__closes_on=None) | Q(call__closes_on__gte=today))
    return [(v.call, read_call(v.document)) for v in versions.select_related("call").order_by("call__key")]


def applications_of(organisations: Iterable[int]) -> QuerySet[Application]:
    """Applications in which the organisations take part, newest first."""
    return (
        Application.objects.filter(partners__organisation__in=list(organisations))
        .select_related("line__call", "organisation")
        .distinct()
        .order_by("-created_at", "-pk")
    )


def assignments_of(user: Any) -> QuerySet[EvaluatorAssignment]:
    """The calls that the person evaluates now."""
    return EvaluatorAssignment.objects.filter(person__user=user, ended_at=None).select_related("call").order_by("pk")


def own_assignments(user: Any) -> list[EvaluatorAssignment]:
    """The same, read once for a user at hand: the way to them and what is to score are on one page."""
    cached: list[EvaluatorAssignment] | None = getattr(user, "_own_assignments", None)
    if cached is None:
        cached = user._own_assignments = list(assignments_of(user))
    return cached


def evaluates(user: Any) -> bool:
    return bool(own_assignments(user))


def measures_on(day: date, *, proposed: bool = True) -> list[Measure]:
    """The measures in force on a day; with `proposed` those that are not adopted yet too."""
    rows = Measure.objects.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))
    if proposed:
        rows = rows | Measure.objects.filter(is_proposed=True)
    else:
        rows = rows.filter(is_proposed=False)
    return list(rows.select_related("programme").order_by("key"))
