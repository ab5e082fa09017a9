"""Loading open calls of others, and what people do with them: interests, reading, applying."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.funding.models.open_calls import CallInterest, CallReading, OpenCall
from poliedro.funding.sources.eu_calls import read_open_calls
from poliedro.reference.models import Certainty, Source

FIELDS = (
    "title",
    "programme",
    "call",
    "call_title",
    "kind",
    "status",
    "deadline",
    "stages",
    "least_eur",
    "most_eur",
    "grants",
    "keywords",
    "text",
    "who",
    "url",
    "loaded_at",
)


@transaction.atomic
def load_open_calls(*, path: Path, by: Any) -> dict[str, int]:
    """Load a file of open calls: all of it or nothing; again changes nothing. Calls that the file no longer names are
    closed. Returns {read, new, closed}."""
    source, _made = Source.objects.get_or_create(
        key="eu-funding-tenders",
        defaults={
            "name": "EU Funding & Tenders",
            "publisher": "European Commission",
            "certainty": Certainty.OFFICIAL,
            "url": "https://ec.europa.eu/info/funding-tenders/opportunities/portal/",
            "description_en": "Open calls for cluster managers and their members.",
            "description_it": "Bandi aperti per chi gestisce i poli e per gli aderenti.",
        },
    )
    read = read_open_calls(path)
    known = set(OpenCall.objects.values_list("topic", flat=True))
    now = timezone.now()
    OpenCall.objects.bulk_create(
        [OpenCall(source=source, loaded_at=now, **asdict(call)) for call in read],
        update_conflicts=True,
        unique_fields=["topic"],
        update_fields=FIELDS,
        batch_size=200,
    )
    topics = {call.topic for call in read}
    gone = OpenCall.objects.exclude(topic__in=topics).exclude(status=OpenCall.Status.CLOSED)
    closed = gone.update(status=OpenCall.Status.CLOSED)
    told = {"read": len(read), "new": len(topics - known), "closed": closed}
    record(by=by, verb="load_open_calls", subject_kind="source", subject_key=source.key, told=told)
    return told


@transaction.atomic
def set_interest(
    *, person: Person, words: str, programme: str, days: int, letter: str = CallInterest.Letter.NONE, by: Any
) -> CallInterest:
    """What the person wants to hear of; letter: whether also by e-mail, and how often. None unless chosen."""
    interest, _made = CallInterest.objects.update_or_create(
        person=person, defaults={"words": words, "programme": programme, "days": days, "letter": letter}
    )
    record(by=by, verb="set_interest", subject_kind="person", subject_key=person.pk)
    return interest


@transaction.atomic
def note_reading(*, call: OpenCall, person: Person) -> CallReading:
    """The person opened the call: counted once."""
    return CallReading.objects.get_or_create(call=call, person=person)[0]


@transaction.atomic
def note_applied(*, call: OpenCall, person: Person, on: date, by: Any) -> CallReading:
    """The person says that the cluster or a member applied."""
    reading = note_reading(call=call, person=person)
    reading.applied_on = on
    reading.save(update_fields=["applied_on"])
    record(by=by, verb="note_applied", subject_kind="open_call", subject_key=call.topic)
    return reading
