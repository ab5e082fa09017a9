"""Hours of shared experts: what is free, what a firm booked, what an expert has ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from poliedro.funding.models import Application, ExpertBooking, ExpertSlot, SharedExpert

TAKEN = ~Q(bookings__state=ExpertBooking.State.CANCELLED) & Q(bookings__isnull=False)


@dataclass(frozen=True)
class Hour:
    """taken: seats that are booked. bookings: whose they are, where the reader may know it; else empty."""

    slot: ExpertSlot
    taken: int
    bookings: tuple[ExpertBooking, ...] = ()


def experts() -> QuerySet[SharedExpert]:
    return SharedExpert.objects.filter(ended_at=None).select_related("person").order_by("person__name", "pk")


def _slots() -> QuerySet[Any]:
    return (
        ExpertSlot.objects.filter(withdrawn_at=None, expert__ended_at=None)
        .select_related("expert__person")
        .annotate(taken=Count("bookings", filter=TAKEN))
        .order_by("starts_at", "pk")
    )


def free_hours(now: datetime, *, most: int = 60) -> list[Hour]:
    """Hours to come with a free seat, the next first. One query; says how many are taken, never by whom."""
    return [Hour(s, s.taken) for s in _slots().filter(starts_at__gt=now, taken__lt=F("seats"))[:most]]


def booking_ahead(application: Application) -> ExpertBooking | None:
    """The hour that the application has booked and not yet had."""
    return (
        ExpertBooking.objects.filter(application=application, state=ExpertBooking.State.BOOKED)
        .select_related("slot__expert__person")
        .first()
    )


def earlier_bookings(application: Application) -> list[ExpertBooking]:
    """Hours that were held, missed or cancelled, newest first."""
    rows = application.expert_bookings.exclude(state=ExpertBooking.State.BOOKED)
    return list(rows.select_related("slot__expert__person").order_by("-slot__starts_at", "-pk"))


def expert_of(user: Any) -> SharedExpert | None:
    """The person's own calendar, if they are an expert whom firms share."""
    return experts().filter(person__user=user).first() if getattr(user, "is_authenticated", False) else None


def calendar(expert: SharedExpert, since: datetime, *, named: bool) -> list[Hour]:
    """The expert's hours from a moment on. named: with the firms behind the seats, for the expert alone."""
    slots = list(_slots().filter(expert=expert, starts_at__gte=since))
    kept: dict[int, list[ExpertBooking]] = {}
    if named:
        rows = ExpertBooking.objects.filter(slot__in=slots).exclude(state=ExpertBooking.State.CANCELLED)
        for row in rows.select_related("application__organisation", "application__line__call"):
            kept.setdefault(row.slot_id, []).append(row)
    return [Hour(s, s.taken, tuple(kept.get(s.pk, ()))) for s in slots]
