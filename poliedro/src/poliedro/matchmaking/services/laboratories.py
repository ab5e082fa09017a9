"""Expertise profiles, equipment, slots and bookings (R104, R105)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import Booking, Equipment, ExpertProfile, Publication, Slot
from poliedro.matchmaking.queries.concepts import fields_named
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import BOOKING
from poliedro.matchmaking.services.steps import check, creator, move, note
from poliedro.matchmaking.services.tickets import works_with_research
from poliedro.registry.models import Organisation


@transaction.atomic
def describe_expertise(
    *,
    organisation: Organisation,
    kind: str,
    name: str,
    text: str,
    by: Any,
    agreed: bool,
    orcid: str = "",
    **fields: Any,
) -> ExpertProfile:
    """A profile of a person or a laboratory; shown and found only once it agreed to be listed."""
    check(by, "matchmaking.act_for", organisation)
    person = None
    if kind == ExpertProfile.Kind.PERSON:
        person = Person.objects.filter(orcid=orcid).first() if orcid else None
        person = person or Person.objects.create(name=name, orcid=orcid)
    fields["tags"] = sorted({*fields.get("tags", ()), *fields_named(text)})
    made = ExpertProfile(
        organisation=organisation,
        kind=kind,
        person=person,
        name=name,
        text=text,
        agreed_at=timezone.now() if agreed else None,
        created_by=creator(by),
        **fields,
    )
    made.full_clean()
    made.save()
    note(made, "described", by=by)
    return made


@transaction.atomic
def add_publication(*, profile: ExpertProfile, title: str, year: int, by: Any, doi: str = "") -> Publication:
    check(by, "matchmaking.act_for", profile)
    made = Publication(profile=profile, title=title, year=year, doi=doi)
    made.full_clean()
    made.save()
    note(profile, "publication", by=by, text=title)
    return made


@transaction.atomic
def add_equipment(*, laboratory: ExpertProfile, by: Any, **fields: Any) -> Equipment:
    check(by, "matchmaking.act_for", laboratory)
    fields["tags"] = sorted({*fields.get("tags", ()), *fields_named(f"{fields['name']} {fields['text']}")})
    made = Equipment(laboratory=laboratory, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "added", by=by)
    return made


@transaction.atomic
def add_slot(*, equipment: Equipment, starts_at: datetime, hours: int, by: Any) -> Slot:
    """Hours that can be booked. Raises Refused: past, taken (it overlaps another)."""
    check(by, "matchmaking.act_for", equipment.laboratory)
    if starts_at < timezone.now():
        raise Refused("past", str(starts_at))
    for other in equipment.slots.all():
        begin, end = other.starts_at, other.starts_at + timedelta(hours=other.hours)
        if starts_at < end and begin < starts_at + timedelta(hours=hours):
            raise Refused("taken", str(starts_at))
    return Slot.objects.create(equipment=equipment, starts_at=starts_at, hours=hours)


@transaction.atomic
def book(*, slot: Slot, organisation: Organisation, purpose: str, by: Any, at_member_price: bool = False) -> Booking:
    """Ask for a slot: price = hours x price an hour; what the reduced price saves is aid. Raises Refused."""
    check(by, "matchmaking.act_for", organisation)
    if slot.starts_at < timezone.now():
        raise Refused("past", str(slot.starts_at))
    kit = slot.equipment
    market = kit.market_eur_hour * slot.hours
    price = market
    if at_member_price and kit.member_eur_hour is not None:
        price = kit.member_eur_hour * slot.hours
    made = Booking(
        slot=slot,
        organisation=organisation,
        purpose=purpose,
        at_member_price=at_member_price and price < market,
        price_eur=price.quantize(Decimal("0.01")),
        aid_eur=(market - price).quantize(Decimal("0.01")),
        first_with_research=not works_with_research(organisation)
        and not Booking.objects.filter(organisation=organisation).exists(),
        created_by=creator(by),
        certainty=kit.certainty,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as both:  # two asked at once; the constraint lets one through
        raise Refused("taken", str(slot.pk)) from both
    note(made, Booking.State.ASKED, by=by)
    return made


def decide_booking(*, booking: Booking, confirm: bool, by: Any) -> Booking:
    check(by, "matchmaking.act_for", booking.slot.equipment.laboratory)
    return move(booking, BOOKING, Booking.State.CONFIRMED if confirm else Booking.State.REFUSED, by=by)


def cancel_booking(*, booking: Booking, by: Any) -> Booking:
    check(by, "matchmaking.act_for", booking.organisation)
    return move(booking, BOOKING, Booking.State.CANCELLED, by=by)


def finish_booking(*, booking: Booking, result: str, by: Any) -> Booking:
    """It was used; what came of it."""
    check(by, "matchmaking.act_for", booking.slot.equipment.laboratory)
    return move(booking, BOOKING, Booking.State.USED, by=by, text=result, result=result)
