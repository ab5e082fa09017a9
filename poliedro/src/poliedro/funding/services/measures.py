"""Measures of the policy mix: proposed, tried beside those in force, and adopted (R023)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from poliedro.audit.services import record
from poliedro.funding.models import Measure, Programme
from poliedro.funding.rules.states import NotAllowed
from poliedro.reference.models import Source
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.shared.region import region


def _check(by: Any) -> None:
    check_can(roles_of(by), "funding.design_calls", subject_of(None), Form(region().form))


@transaction.atomic
def save_programme(*, programme: Programme | None, values: Mapping[str, Any], source: Source, by: Any) -> Programme:
    """A new programme (None), or what is said of one anew; its key stays. Raises NotPermitted, ValidationError."""
    _check(by)
    held = programme or Programme(source=source, certainty=source.certainty)
    _set(held, values)
    record(by=by, verb="save_programme", subject_kind="funding.programme", subject_key=held.key)
    return held


@transaction.atomic
def save_measure(*, measure: Measure | None, values: Mapping[str, Any], source: Source, by: Any) -> Measure:
    """A new measure (None), or what is said of one anew; its key stays. Raises NotPermitted, ValidationError."""
    _check(by)
    held = measure or Measure(source=source, certainty=source.certainty)
    _set(held, values)
    record(by=by, verb="save_measure", subject_kind="funding.measure", subject_key=held.key)
    return held


def _set(held: Programme | Measure, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(held, name, value)
    held.full_clean(exclude=["groups", "stages", "innovation", "objectives"])
    held.save()


@transaction.atomic
def propose_measure(*, programme: Programme, values: Mapping[str, Any], on: date, source: Source, by: Any) -> Measure:
    """A measure that is not adopted yet. values: name_it, name_en, groups, stages, instrument, trl_from, trl_to, ...

    Raises NotPermitted, ValidationError.
    """
    _check(by)
    base = slugify(values["name_en"])[:50] or "measure"
    taken = set(Measure.objects.filter(key__startswith=base).values_list("key", flat=True))
    key = next(k for n in range(1, len(taken) + 2) if (k := base if n == 1 else f"{base}-{n}") not in taken)
    measure = Measure(
        programme=programme, key=key, valid_from=on, is_proposed=True, source=source, certainty=source.certainty,
        **values,
    )  # fmt: skip
    measure.full_clean(exclude=["groups", "stages", "innovation", "objectives"])
    measure.save()
    record(by=by, verb="propose_measure", subject_kind="funding.measure", subject_key=measure.key)
    return measure


@transaction.atomic
def adopt_measure(*, measure: Measure, on: date, by: Any) -> Measure:
    """The measure is in force from the day. Raises NotPermitted; NotAllowed where it was adopted before."""
    _check(by)
    held = Measure.objects.select_for_update().get(pk=measure.pk)
    if not held.is_proposed:
        raise NotAllowed("%(measure)s was adopted before; nothing is to be done", measure=held.key)
    held.is_proposed, held.valid_from = False, on
    held.save(update_fields=["is_proposed", "valid_from"])
    record(by=by, verb="adopt_measure", subject_kind="funding.measure", subject_key=held.key, on=on)
    return held


@transaction.atomic
def drop_proposal(*, measure: Measure, by: Any) -> None:
    """Take a proposal back. Raises NotPermitted; NotAllowed for a measure in force or one that has calls."""
    _check(by)
    if not measure.is_proposed or measure.calls.exists():
        raise NotAllowed("%(measure)s is in force or has calls; end it on a day instead", measure=measure.key)
    record(by=by, verb="drop_proposal", subject_kind="funding.measure", subject_key=measure.key)
    measure.delete()
