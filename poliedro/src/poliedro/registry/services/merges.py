"""Two rows that are one organisation: all of the duplicate is pointed to the survivor, and can be pointed back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Fact
from poliedro.registry.models import MatchCandidate, MembershipSpell, Merge, Organisation, OrganisationName
from poliedro.shared.search import remove

KEEP = {"Merge", "MatchCandidate", "HistoricalOrganisation"}
"""Models whose references to an organisation tell of the merge itself."""

RETRACTED = ".retracted"
ALIAS = "alias"
"""Key of the name that the merge itself added to the survivor."""


class CannotMerge(ValueError):
    """The two rows cannot become one; the message says why."""


@transaction.atomic
def merge_organisations(
    *, survivor: Organisation, duplicate: Organisation, by: Any, reason: str = "", at: datetime | None = None
) -> Merge:
    """Declare `duplicate` the same as `survivor`.

    A row that would break a rule at the survivor (the same membership on the same day, say) stays with the duplicate;
    a membership that another of the survivor covers adds nothing. Both are retracted, so that one body counts once,
    and come back when the merge is undone.

    Raises:
        CannotMerge: they are the same row, one is merged already, or one is synthetic and the other is not.
    """
    for row in (survivor, duplicate):
        if row.merged_into_id is not None:
            raise CannotMerge(f"{row} is already merged into organisation {row.merged_into_id}; use that one")
    if survivor.pk == duplicate.pk:
        raise CannotMerge(f"{survivor} cannot be merged with itself; choose two rows")
    if survivor.is_synthetic != duplicate.is_synthetic:
        raise CannotMerge(f"{survivor} and {duplicate} are one invented, one real; they never become one")
    moved = {
        f"{model._meta.label}.{field}": keys
        for model, field in _references()
        if (keys := _point(model, field, duplicate.pk, survivor.pk))
    }
    if duplicate.name and duplicate.name != survivor.name:
        alias = OrganisationName.objects.create(
            organisation=survivor, name=duplicate.name, source=duplicate.source, certainty=duplicate.certainty
        )
        moved[ALIAS] = [alias.pk]
    moment = at or timezone.now()
    moved |= _retract_doubles(survivor, duplicate, moment)
    duplicate.merged_into = survivor
    duplicate.save(update_fields=["merged_into"])
    merge = Merge.objects.create(
        survivor=survivor,
        duplicate=duplicate,
        reason=reason,
        moved=moved,
        merged_at=moment,
        merged_by=_user(by),
    )
    remove("organisation", [str(duplicate.pk)])
    record(
        by=by,
        verb="merge_organisations",
        subject_kind="organisation",
        subject_key=survivor.pk,
        duplicate=duplicate.pk,
        rows=sum(len(k) for k in moved.values()),
    )
    return merge


@transaction.atomic
def undo_merge(*, merge: Merge, by: Any) -> Merge:
    """Make two of one again: what was moved goes back. Raises CannotMerge if it was undone before."""
    if merge.undone_at is not None:
        raise CannotMerge(f"merge {merge.pk} was undone on {merge.undone_at:%Y-%m-%d}")
    # What was retracted comes back last: before, it would clash with what has not gone back yet.
    for path, keys in sorted(merge.moved.items(), key=lambda entry: entry[0].endswith(RETRACTED)):
        if path == ALIAS:
            OrganisationName.objects.known().filter(pk__in=keys).update(retracted_at=timezone.now())
            continue
        if path.endswith(RETRACTED):
            model = next(m for m, _ in _references() if m._meta.label == path.removesuffix(RETRACTED))
            model._default_manager.filter(pk__in=keys).update(retracted_at=None)
            continue
        model, field = next((m, f) for m, f in _references() if f"{m._meta.label}.{f}" == path)
        model._default_manager.filter(pk__in=keys, **{field: merge.survivor_id}).update(**{field: merge.duplicate_id})
    Organisation.objects.filter(pk=merge.duplicate_id).update(merged_into=None)
    merge.undone_at, merge.undone_by = timezone.now(), _user(by)
    merge.save(update_fields=["undone_at", "undone_by"])
    MatchCandidate.objects.filter(
        left__in=(merge.survivor_id, merge.duplicate_id), right__in=(merge.survivor_id, merge.duplicate_id)
    ).update(state=MatchCandidate.State.DISTINCT, decided_by=_user(by), decided_at=timezone.now())
    record(
        by=by,
        verb="undo_merge",
        subject_kind="organisation",
        subject_key=merge.survivor_id,
        duplicate=merge.duplicate_id,
    )
    return merge


def _retract_doubles(survivor: Organisation, duplicate: Organisation, at: datetime) -> dict[str, list[int]]:
    """Retract what stayed with the duplicate and memberships that the survivor has twice: {model: keys}."""
    doubles: dict[type[models.Model], list[int]] = {}
    for model, field in _references():
        if issubclass(model, Fact):
            rows = model._default_manager.filter(**{field: duplicate.pk}, retracted_at=None).order_by("pk")
            doubles.setdefault(model, []).extend(rows.values_list("pk", flat=True))
    held: dict[int, list[MembershipSpell]] = {}
    for spell in MembershipSpell.objects.known().filter(organisation=survivor).order_by("valid_from", "pk"):
        covering = [s for s in held.get(spell.cluster_id, []) if _covers(s, spell)]
        if covering:
            doubles.setdefault(MembershipSpell, []).append(spell.pk)
        else:
            held.setdefault(spell.cluster_id, []).append(spell)
    for model, keys in doubles.items():
        model._default_manager.filter(pk__in=keys).update(retracted_at=at)
    return {f"{model._meta.label}{RETRACTED}": keys for model, keys in doubles.items() if keys}


def _covers(earlier: MembershipSpell, later: MembershipSpell) -> bool:
    """Whether the spell that began first lasts at least as long as the other."""
    return earlier.valid_to is None or (later.valid_to is not None and later.valid_to <= earlier.valid_to)


def _user(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


def _references() -> Iterator[tuple[type[models.Model], str]]:
    """Every foreign key to an organisation, in any room."""
    for relation in Organisation._meta.related_objects:
        model = relation.related_model
        if isinstance(model, type) and model.__name__ not in KEEP and relation.field.name != "merged_into":
            yield model, relation.field.name


def _point(model: type[models.Model], field: str, old: int, new: int) -> list[int]:
    """Point rows from one organisation to the other; the keys of those that could be."""
    keys = list(model._default_manager.filter(**{field: old}).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return []
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=keys).update(**{field: new})
    except IntegrityError:
        return [k for k in keys if _point_one(model, field, k, new)]
    return keys


def _point_one(model: type[models.Model], field: str, key: int, new: int) -> bool:
    try:
        with transaction.atomic():
            model._default_manager.filter(pk=key).update(**{field: new})
    except IntegrityError:
        return False
    return True
