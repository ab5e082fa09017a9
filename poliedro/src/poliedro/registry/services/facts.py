"""Facts are written here: recorded, corrected (old row closed, new one added) or retracted. Each act is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Fact

F = TypeVar("F", bound=Fact)


class AlreadyRetracted(ValueError):
    """The fact was retracted before; correct the row that replaced it."""


@transaction.atomic
def record_fact(fact: F, *, by: Any) -> F:
    """Check the fact against its constraints and add it."""
    fact.full_clean()
    fact.save(force_insert=True)
    record(by=by, verb="record_fact", subject_kind=type(fact).__name__, subject_key=fact.pk)
    return fact


@transaction.atomic
def correct_fact(fact: Any, *, by: Any, at: datetime | None = None, **changes: Any) -> Any:
    """Close `fact` and add a copy with `changes`; the answer "as known on" an earlier day stays what it was.

    Raises:
        AlreadyRetracted: the row was closed before.
    """
    moment = at or timezone.now()
    retract_fact(fact, by=by, at=moment, audit=False)
    new = type(fact).objects.get(pk=fact.pk)
    new.pk, new.recorded_at, new.retracted_at, new.retracted_by, new.load = None, moment, None, None, None
    new._state.adding = True
    for name, value in changes.items():
        setattr(new, name, value)
    new.full_clean()
    new.save(force_insert=True)
    record(
        by=by,
        verb="correct_fact",
        subject_kind=type(fact).__name__,
        subject_key=fact.pk,
        became=new.pk,
        fields=sorted(changes),
    )
    return new


@transaction.atomic
def retract_fact(fact: Any, *, by: Any, at: datetime | None = None, audit: bool = True) -> None:
    """Close the row: it no longer counts, but earlier knowledge of it stays. Raises AlreadyRetracted."""
    closed = type(fact).objects.filter(pk=fact.pk, retracted_at=None).update(retracted_at=at or timezone.now())
    if not closed:
        raise AlreadyRetracted(
            f"{type(fact).__name__} {fact.pk} was retracted before; correct the row that replaced it"
        )
    if audit:
        record(by=by, verb="retract_fact", subject_kind=type(fact).__name__, subject_key=fact.pk)
