"""Hours of shared experts: offered, withdrawn, booked by a firm for its application, given back, held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import end_ties, record_tie
from poliedro.audit.services import record
from poliedro.funding.models import Application, EvaluatorAssignment, ExpertBooking, ExpertSlot, SharedExpert
from poliedro.funding.rules.booking import LONGEST, CannotBook, check_hour, check_is_small, overlaps
from poliedro.shared.letters import write_letter

State = ExpertBooking.State


@transaction.atomic
def name_expert(*, person: Person, topics_it: str, topics_en: str, by: Any) -> SharedExpert:
    """A person whose hours firms may book. Raises CannotBook for one who is named already."""
    if SharedExpert.objects.filter(person=person, ended_at=None).exists():
        raise CannotBook("%(person)s is a shared expert already", person=person)
    expert = SharedExpert.objects.create(person=person, topics_it=topics_it, topics_en=topics_en)
    record(by=by, verb="name_expert", subject_kind="person", subject_key=person.pk)
    return expert


@transaction.atomic
def offer_hour(
    *, expert: SharedExpert, starts_at: datetime, minutes: int, seats: int, place: str, by: Any, now: datetime
) -> ExpertSlot:
    """An hour to book. Raises CannotBook where it is past, of no sensible length, or overlaps another of the expert."""
    check_hour(starts_at=starts_at, minutes=minutes, seats=seats, now=now)
    near = timedelta(minutes=LONGEST)
    SharedExpert.objects.select_for_update().get(pk=expert.pk)
    for other in expert.slots.filter(
        withdrawn_at=None, starts_at__gt=starts_at - near, starts_at__lt=starts_at + near
    ).order_by("pk"):
        if overlaps(starts_at, minutes, other.starts_at, other.minutes):
            raise CannotBook("%(expert)s has an hour at %(starts_at)s already", expert=expert,
                             starts_at=other.starts_at)  # fmt: skip
    slot = ExpertSlot.objects.create(expert=expert, starts_at=starts_at, minutes=minutes, seats=seats, place=place)
    record(by=by, verb="offer_hour", subject_kind="funding.expertslot", subject_key=slot.pk)
    return slot


@transaction.atomic
def withdraw_hour(*, slot: ExpertSlot, why: str, by: Any) -> int:
    """The hour does not take place: whoever booked it is told. Returns how many. Raises CannotBook without a reason."""
    if not why.strip():
        raise CannotBook("say why the hour is withdrawn: whoever booked it reads it")
    slot.withdrawn_at = timezone.now()
    slot.save(update_fields=["withdrawn_at"])
    booked = list(slot.bookings.filter(state=State.BOOKED).select_related("by", "application").order_by("pk"))
    for booking in booked:
        _cancel(booking, why, by)
        if booking.by is not None:
            write_letter(
                to=[booking.by.email],
                subject=_("The hour with the shared expert is withdrawn"),
                text=_("The hour that you booked for “%(title)s” does not take place: %(why)s") % {
                    "title": booking.application.title, "why": why,
                },
                path=reverse("funding:expert", args=[booking.application_id]),
            )  # fmt: skip
    record(by=by, verb="withdraw_hour", subject_kind="funding.expertslot", subject_key=slot.pk, bookings=len(booked))
    return len(booked)


@transaction.atomic
def book_hour(*, slot: ExpertSlot, application: Application, question: str, by: Any, now: datetime) -> ExpertBooking:
    """A seat for the firm behind a draft. The expert stands on the helping side from now on and evaluates none of it.

    Raises CannotBook: no small firm, no draft, an hour that is past, withdrawn or full, one booked already, or an
    expert who evaluates the call.
    """
    firm = application.organisation
    if application.state != Application.State.DRAFT:
        raise CannotBook("the application is %(application_state)s; the expert helps with drafts",
                         application_state=application.state)  # fmt: skip
    check_is_small(kind=firm.kind, size_class=firm.size_class, name=str(firm))
    held = ExpertSlot.objects.select_for_update().select_related("expert__person").get(pk=slot.pk)
    if held.withdrawn_at is not None or held.expert.ended_at is not None or held.starts_at <= now:
        raise CannotBook("this hour can no longer be booked; choose another")
    if ExpertBooking.objects.filter(application=application, state=State.BOOKED).exists():
        raise CannotBook("an hour is booked for this application already; give it back first")
    person = held.expert.person
    if EvaluatorAssignment.objects.filter(call=application.line.call_id, person=person, ended_at=None).exists():
        raise CannotBook("%(person)s evaluates this call, and so cannot help with it; choose another expert",
                         person=person)  # fmt: skip
    taken = set(held.bookings.exclude(state=State.CANCELLED).values_list("seat", flat=True))
    seat = next((n for n in range(1, held.seats + 1) if n not in taken), None)
    if seat is None:
        raise CannotBook("this hour is full; choose another")
    try:
        with transaction.atomic():
            booking = ExpertBooking.objects.create(
                slot=held, application=application, seat=seat, question=question[:300],
                by=by if getattr(by, "is_authenticated", False) else None,
            )  # fmt: skip
    except IntegrityError as twice:  # two at the same moment: the database lets one of them have the seat
        raise CannotBook("somebody took this seat just now; choose again") from twice
    record_tie(
        person=person, kind=TieKind.COACHES, subject_key=f"organisation:{firm.pk}", origin_key=_origin(booking),
        valid_from=timezone.localdate(now), by=by,
    )  # fmt: skip
    record(by=by, verb="book_hour", subject_kind="funding.application", subject_key=application.pk, slot=slot.pk)
    return booking


def _origin(booking: ExpertBooking) -> str:
    return f"funding.expertbooking:{booking.pk}"


@transaction.atomic
def cancel_booking(*, booking: ExpertBooking, why: str, by: Any, now: datetime) -> ExpertBooking:
    """The seat is free again. Raises CannotBook for an hour that has begun, or one that is not ahead."""
    if booking.state != State.BOOKED or booking.slot.starts_at <= now:
        raise CannotBook("this hour has begun or is settled; it is not given back any more")
    if not why.strip():
        raise CannotBook("say in a word why it is given back")
    return _cancel(booking, why, by)


def _cancel(booking: ExpertBooking, why: str, by: Any) -> ExpertBooking:
    booking.state, booking.why = State.CANCELLED, why[:300]
    booking.save(update_fields=["state", "why"])
    end_ties(origin_key=_origin(booking), on=timezone.localdate(), by=by)
    record(by=by, verb="cancel_booking", subject_kind="funding.application", subject_key=booking.application_id)
    return booking


@transaction.atomic
def settle_booking(*, booking: ExpertBooking, was_held: bool, by: Any, now: datetime) -> ExpertBooking:
    """After the hour: it was held, or the firm did not come. Raises CannotBook before it begins."""
    if booking.state != State.BOOKED:
        raise CannotBook("this hour is settled already")
    if booking.slot.starts_at > now:
        raise CannotBook("the hour is still to come; say afterwards whether it was held")
    booking.state = State.HELD if was_held else State.MISSED
    booking.save(update_fields=["state"])
    if not was_held:
        end_ties(origin_key=_origin(booking), on=timezone.localdate(now), by=by)
    record(by=by, verb="settle_booking", subject_kind="funding.application", subject_key=booking.application_id,
           state=booking.state)  # fmt: skip
    return booking
