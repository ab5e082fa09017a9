"""Sealing, opening and erasing confidential content, and turning its keys. The only door to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.services import reseal_ties
from poliedro.audit.models import LogEntry
from poliedro.audit.services import record, reseal_actors
from poliedro.shared.vault import add_key, key_ring, retire_key
from poliedro.support.models import CoachingCase, CompetenceProfile, Enrolment, NeedCard, PeerExchange, Sealed
from poliedro.support.models.agency import enrolment_mark
from poliedro.support.models.sealed import Whose

BATCH = 500


def seal(purpose: str, content: str | bytes | dict[str, Any]) -> Sealed:
    """Keep content sealed. A dict is kept as JSON."""
    row = Sealed(purpose=purpose)
    if isinstance(content, dict):
        content = json.dumps(content)
    row.put(content.encode() if isinstance(content, str) else content)
    row.save(force_insert=True)
    return row


def open_text(row: Sealed | None) -> str:
    """The text; empty where there is none (any more)."""
    return "" if row is None else row.content().decode()


def open_values(row: Sealed | None) -> dict[str, Any]:
    values: dict[str, Any] = {} if row is None else json.loads(row.content())
    return values


def whose(kind: type[Whose], person: Person, **more: Any) -> dict[str, Any]:
    """The values of a new row by which its person is sealed and finds it again. See Note [Whose]."""
    who = seal(kind.KIND, {"person": person.pk, "name": person.name, **more})
    return {"who": who, "mark": kind(who=who).mark_of(person.pk)}


def erase(*rows: Sealed | None) -> int:
    """Take content away for good. What pointed to it stays, empty."""
    keys = [row.pk for row in rows if row is not None]
    return Sealed.objects.filter(pk__in=keys).delete()[1].get("support.Sealed", 0)


IN_CONFIDENCE = "in confidence"


def record_sealed(
    *, by: Any, verb: str, subject_kind: str, subject_key: object, act: str = LogEntry.Act.WRITE
) -> LogEntry:
    """Log an act inside the wall: the log tells everybody that it happened, and who did it is sealed.

    Whoever reads the log (an auditor, a thief of a dump) would learn otherwise who asked for coaching or training.
    """
    known = getattr(by, "is_authenticated", False)
    who = seal("actor", {"user": by.pk, "name": str(by)}) if known else None
    return record(
        by=None,
        label=IN_CONFIDENCE if known else "",
        verb=verb,
        subject_kind=subject_kind,
        subject_key=subject_key,
        act=act,
        **({"who": str(who.pk)} if who else {}),
    )


def forget_actors(subject_kind: str, keys: Iterable[object]) -> None:
    """Erase who did what to these subjects. The log's rows stay, and their chain."""
    rows = LogEntry.objects.filter(subject_kind=subject_kind, subject_key__in=[str(k) for k in keys])
    Sealed.objects.filter(pk__in=[d["who"] for d in rows.values_list("detail", flat=True) if "who" in d]).delete()


TRIES = "wall_inside"
"""The kind of refused tries of those who confide themselves. See Note [A try from inside]."""


def forget_tries(*, until: date | None = None, user: int | None = None) -> int:
    """Erase who was refused, until a day, or of one login. How many."""
    rows = LogEntry.objects.filter(subject_kind=TRIES)
    rows = rows if until is None else rows.filter(at__date__lte=until)
    held = Sealed.objects.filter(pk__in=[d["who"] for d in rows.values_list("detail", flat=True) if "who" in d])
    return erase(*(row for row in held if user is None or open_values(row)["user"] == user))


def rotate_keys(*, by: Any) -> tuple[str, int]:
    """Seal everything anew with a new key and take the old keys out of the ring. (new key's id, texts sealed anew).

    One transaction over the rows: a rotation that is cut off leaves every text readable with a key that is still there,
    since old keys go only after the rows are kept.
    """
    add_key(timezone.now())
    new = key_ring().current
    sealed = 0
    with transaction.atomic():
        rows = Sealed.objects.exclude(key_id=new).order_by("pk").select_for_update()
        for row in rows.iterator(chunk_size=BATCH):
            row.put(row.content())
            row.save(update_fields=["key_id", "token"])
            sealed += 1
        for seat in Enrolment.objects.exclude(who=None).select_related("who").order_by("pk"):
            if (found := seat.opened) is not None:
                Enrolment.objects.filter(pk=seat.pk).update(mark=enrolment_mark(seat.course_id, found.person))
        for table in (NeedCard, CompetenceProfile, CoachingCase, PeerExchange):
            for row in table.objects.exclude(who=None).select_related("who").order_by("pk"):
                table.objects.filter(pk=row.pk).update(mark=row.mark_of(row.whose))
        reseal_actors()
        reseal_ties()
        record(by=by, verb="rotate_keys", subject_kind="keys", subject_key=new, texts=sealed)
    used = set(Sealed.objects.values_list("key_id", flat=True).distinct())
    for key_id in key_ring().keys:
        if key_id != new and key_id not in used:
            retire_key(key_id)
    return new, sealed
