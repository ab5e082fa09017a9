"""Taking a load back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.deletion import ProtectedError
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from poliedro.audit.services import record
from poliedro.reference.models import ChangedRow, Fact, Load
from poliedro.reference.services.loads.run import BATCH, as_json, has_history

RowModel = type[models.Model]


class UndoRefused(ValueError):
    """Something later rests on the load; the message says what, and what to undo first."""


Guard = Callable[[Load], str]
"""Says why the load cannot be undone, or nothing."""


def undo_load(*, load: Load, by: Any, guards: Sequence[Guard] = ()) -> Load:
    """Take back what the load did, as new knowledge: earlier answers "as known on" a day stay what they were.

    Its facts are retracted; facts that it had closed come back as new rows; rows that it changed get their former
    values; organisations and projects that only it brought are retracted; plain reference rows that nothing uses go.

    Raises:
        UndoRefused: the load is not in the register, or a person or a later load built on it.
    """
    with transaction.atomic():
        load = Load.objects.select_for_update().get(pk=load.pk)
        if load.state != Load.State.LOADED:
            raise UndoRefused(f"load {load.pk} is {load.state}, not loaded; there is nothing to undo")
        for reason in (*(guard(load) for guard in guards), _later_corrections(load), _later_facts(load)):
            if reason:
                raise UndoRefused(reason)
        at = timezone.now()
        counts = {model._meta.label: _take_back(model, load, at) for model in _fact_models()}
        others = [m for m in _models_of_loads() if not issubclass(m, Fact)]
        for model in filter(_can_be_retracted, others):
            counts[model._meta.label] = _withdraw(model, load, at)
        _restore_changed(load, at)
        for model in others:
            if not _can_be_retracted(model):
                counts[model._meta.label] = _delete(model, load)
        load.state, load.undone_at = Load.State.UNDONE, at
        load.save(update_fields=["state", "undone_at"])
        record(
            by=by, verb="undo_load", subject_kind="Load", subject_key=load.pk,
            rows={label: n for label, n in counts.items() if n},
        )  # fmt: skip
    return load


def _models_of_loads() -> Iterator[RowModel]:
    """Every model whose rows say which load brought them."""
    for model in apps.get_models():
        field = next((f for f in model._meta.concrete_fields if f.name == "load"), None)
        own = {"RejectedRow", "ChangedRow", "DataQualityFinding"}
        if field is None or field.related_model is not Load or model.__name__ in own:
            continue
        if not model.__name__.startswith("Historical"):
            yield model


def _fact_models() -> list[type[Fact]]:
    return [m for m in _models_of_loads() if issubclass(m, Fact)]


def _later_corrections(load: Load) -> str:
    """Facts of the load that a person or a later load has since replaced."""
    for model in _fact_models():
        closed = model._default_manager.filter(load=load, retracted_at__isnull=False)
        later = (
            closed.filter(retracted_by__isnull=False).exclude(retracted_by=load).values_list("retracted_by", flat=True)
        )
        number = later.filter(retracted_by__state=Load.State.LOADED).order_by("retracted_by").first()
        if number:
            return f"load {number} replaced facts of load {load.pk}; undo load {number} first"
        if by_hand := closed.filter(retracted_by=None).count():
            return (
                f"{by_hand} {model._meta.verbose_name} of load {load.pk} were corrected by hand since; they rest on it"
            )
    for changed in load.changed.values("model").distinct().order_by("model"):
        if reason := _later_changes(load, apps.get_model(changed["model"])):
            return reason
    return ""


def _later_changes(load: Load, model: RowModel) -> str:
    """Rows that the load changed and that hold other values by now."""
    later = ChangedRow.objects.filter(model=model._meta.label, load__state=Load.State.LOADED, pk__gt=_last_change(load))
    changed = load.changed.filter(model=model._meta.label)
    other = later.filter(key__in=changed.values("key")).exclude(load=load).values_list("load", flat=True).first()
    if other:
        return f"load {other} changed rows that load {load.pk} had changed; undo load {other} first"
    for row, now in _changed_with_rows(changed, model):
        if now is None or any(as_json(getattr(now, name)) != value for name, value in row.after.items()):
            return f"{model._meta.verbose_name} {row.key} was edited after load {load.pk}; undo the edit first"
    return ""


def _last_change(load: Load) -> int:
    return load.changed.order_by("-pk").values_list("pk", flat=True).first() or 0


def _changed_with_rows(
    changed: models.QuerySet[ChangedRow], model: RowModel
) -> Iterator[tuple[ChangedRow, models.Model | None]]:
    rows = list(changed.order_by("pk"))
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        now = model._default_manager.in_bulk([r.key for r in part])
        for row in part:
            yield row, now.get(row.key)


def _later_facts(load: Load) -> str:
    """Facts written by hand about rows that the load brought."""
    for model in _models_of_loads():
        if issubclass(model, Fact) or not _can_be_retracted(model):
            continue
        brought = model._default_manager.filter(load=load, retracted_at=None)
        for relation in model._meta.related_objects:
            other = relation.related_model
            if not isinstance(other, type) or other is model or not issubclass(other, Fact):
                continue
            by_hand = other._default_manager.filter(retracted_at=None, load=None, recorded_at__gt=load.started_at)
            if n := by_hand.filter(**{f"{relation.field.name}__in": brought.values("pk")}).count():
                return (
                    f"{n} {other._meta.verbose_name} recorded by hand refer to {model._meta.verbose_name_plural} "
                    f"of load {load.pk}; retract them first"
                )
    return ""


def _can_be_retracted(model: RowModel) -> bool:
    return any(f.name == "retracted_at" for f in model._meta.concrete_fields)


def _take_back(model: type[Fact], load: Load, at: datetime) -> int:
    """Retract the load's facts, and state again those that it had closed."""
    taken = model._default_manager.filter(load=load, retracted_at=None).update(retracted_at=at)
    back = []
    for fact in model._default_manager.filter(retracted_by=load).iterator(chunk_size=BATCH):
        fact.pk, fact.recorded_at, fact.retracted_at, fact.retracted_by = None, at, None, None
        fact._state.adding = True
        back.append(fact)
    model._default_manager.bulk_create(back, batch_size=BATCH)
    return taken + len(back)


def _restore_changed(load: Load, at: datetime) -> None:
    for label in load.changed.order_by("model").values_list("model", flat=True).distinct():
        model = apps.get_model(label)
        by_fields: dict[tuple[str, ...], list[models.Model]] = {}
        for row, now in _changed_with_rows(load.changed.filter(model=label), model):
            if now is None:
                continue
            for name, value in row.before.items():
                setattr(now, name, model._meta.get_field(name).to_python(value) if value is not None else None)
            by_fields.setdefault(tuple(sorted(row.before)), []).append(now)
        for names, rows in by_fields.items():
            if has_history(model):
                bulk_update_with_history(
                    rows, model, list(names), batch_size=200, default_date=at,
                    default_change_reason=f"undo of load {load.pk}",
                )  # fmt: skip
            else:
                model._default_manager.bulk_update(rows, list(names), batch_size=200)


def _withdraw(model: RowModel, load: Load, at: datetime) -> int:
    """Retract the rows that nothing else known refers to."""
    rows = model._default_manager.filter(load=load, retracted_at=None)
    for relation in model._meta.related_objects:
        other = relation.related_model
        if isinstance(other, type) and issubclass(other, Fact):
            known = other._default_manager.filter(retracted_at=None).exclude(**{relation.field.name: None})
            rows = rows.exclude(pk__in=known.values(relation.field.name))
    return rows.update(retracted_at=at)


def _delete(model: RowModel, load: Load) -> int:
    """Delete the load's rows of a model without knowledge times. Raises UndoRefused where something uses them."""
    rows = model._default_manager.filter(load=load)
    try:
        return _delete_leaves_first(model, rows)
    except ProtectedError as error:
        user = next(iter(error.protected_objects))
        raise UndoRefused(
            f"{model._meta.verbose_name_plural} of load {load.pk} are used by {user._meta.verbose_name_plural}; "
            "undo the loads that brought those first"
        ) from error


def _delete_leaves_first(model: RowModel, rows: models.QuerySet[Any]) -> int:
    """Rows may hold each other up by `parent`: those that hold nothing go first."""
    if not any(f.name == "parent" for f in model._meta.concrete_fields):
        return rows.delete()[0]
    gone = 0
    while True:
        leaves = rows.exclude(pk__in=model._default_manager.exclude(parent=None).values("parent"))
        deleted = leaves.delete()[0]
        gone += deleted
        if not deleted:
            break
    if rows.exists():
        rows.delete()  # raises ProtectedError with what holds them
    return gone
