"""Two rows that are one organisation: all of the duplicate is pointed to the survivor, and can be pointed back.

# Note [What was known before a merge]
A fact that changes hands leaves behind a copy that was known until then, with its former organisation; the fact itself
is known to be the other's from that moment on. So a question "as known on" a day before the merge finds two bodies,
between merge and undoing one, and afterwards two again. Facts that were no longer known stay where they were.
"""

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

KEEP = {"Merge", "MatchCandidate", "HistoricalOrganisation", "Standing"}
"""Models whose references to an organisation tell of the merge itself, or of what that row alone was."""

BATCH = 500
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
    moment = at or timezone.now()
    moved = {
        f"{model._meta.label}.{field}": keys
        for model, field in _references()
        if (keys := _point(model, field, duplicate.pk, survivor.pk, moment))
    }
    if duplicate.name and duplicate.name != survivor.name:
        alias = OrganisationName.objects.create(
            organisation=survivor, name=duplicate.name, source=duplicate.source, certainty=duplicate.certainty,
            recorded_at=moment,
        )  # fmt: skip
        moved[ALIAS] = [alias.pk]
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
def undo_merge(*, merge: Merge, by: Any, at: datetime | None = None) -> Merge:
    """Make two of one again: what was moved goes back. Raises CannotMerge if it was undone before."""
    moment = at or timezone.now()
    if merge.undone_at is not None:
        raise CannotMerge(f"merge {merge.pk} was undone on {merge.undone_at:%Y-%m-%d}")
    # What was retracted comes back last: before, it would clash with what has not gone back yet.
    for path, keys in sorted(merge.moved.items(), key=lambda entry: entry[0].endswith(RETRACTED)):
        if path == ALIAS:
            OrganisationName.objects.known().filter(pk__in=keys).update(retracted_at=moment)
            continue
        if path.endswith(RETRACTED):
            model = next(m for m, _ in _references() if m._meta.label == path.removesuffix(RETRACTED))
            _bring_back(model, keys, moment)
            continue
        model, field = next((m, f) for m, f in _references() if f"{m._meta.label}.{f}" == path)
        closed = set(merge.moved.get(f"{model._meta.label}{RETRACTED}", ()))
        for start in range(0, len(keys), BATCH):
            _hand_back(model, field, keys[start : start + BATCH], closed, merge, moment)
    Organisation.objects.filter(pk=merge.duplicate_id).update(merged_into=None)
    merge.undone_at, merge.undone_by = moment, _user(by)
    merge.save(update_fields=["undone_at", "undone_by"])
    MatchCandidate.objects.filter(
        left__in=(merge.survivor_id, merge.duplicate_id), right__in=(merge.survivor_id, merge.duplicate_id)
    ).update(state=MatchCandidate.State.DISTINCT, decided_by=_user(by), decided_at=moment)
    record(
        by=by,
        verb="undo_merge",
        subject_kind="organisation",
        subject_key=merge.survivor_id,
        duplicate=merge.duplicate_id,
    )
    return merge


def _hand_back(
    model: type[models.Model], field: str, keys: list[int], closed: set[int], merge: Merge, at: datetime
) -> None:
    """Point rows back to the duplicate. closed: facts that the merge itself closed. A fact that was corrected since the
    merge was the survivor's as long as it was known, and stays."""
    held = model._default_manager.filter(pk__in=keys, **{field: merge.survivor_id})
    if issubclass(model, Fact):
        known = _leave_behind(model, held.filter(retracted_at=None), at)
        held.filter(pk__in=known).update(**{field: merge.duplicate_id}, recorded_at=at)
        held = held.filter(pk__in=closed)
    held.update(**{field: merge.duplicate_id})


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


def _point(model: type[models.Model], field: str, old: int, new: int, at: datetime) -> list[int]:
    """Point rows from one organisation to the other; the keys of those that could be."""
    rows = model._default_manager.filter(**{field: old})
    if issubclass(model, Fact):
        rows = rows.filter(retracted_at=None)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return []
    moved: list[int] = []
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        moved += part if _move(model, field, part, new, at) else [k for k in part if _move(model, field, [k], new, at)]
    return moved


def _move(model: type[models.Model], field: str, keys: list[int], new: int, at: datetime) -> bool:
    """Whether all of the rows could be given to the organisation without breaking a rule; else none was."""
    rows = model._default_manager.filter(pk__in=keys)
    try:
        with transaction.atomic():
            if issubclass(model, Fact):
                _leave_behind(model, rows, at)
                rows.update(**{field: new}, recorded_at=at)
            else:
                rows.update(**{field: new})
    except IntegrityError:
        return False
    return True


def _leave_behind(model: type[Fact], rows: models.QuerySet[Any], at: datetime) -> list[int]:
    """For each of the facts a copy as it is, known until now. Returns the keys of the facts. See Note above."""
    copies, keys = [], []
    for fact in rows.order_by("pk"):
        keys.append(fact.pk)
        if fact.recorded_at > at:  # recorded later than the moment that the caller gives: never known as it was
            continue
        fact.pk, fact.retracted_at, fact.retracted_by, fact.load = None, at, None, None
        fact._state.adding = True
        copies.append(fact)
    model._default_manager.bulk_create(copies, batch_size=BATCH)
    return keys


def _bring_back(model: type[models.Model], keys: list[int], at: datetime) -> None:
    """Facts that the merge closed are known again from now on; that they were known before it stays."""
    if not issubclass(model, Fact):
        return
    for start in range(0, len(keys), BATCH):
        rows = model._default_manager.filter(pk__in=keys[start : start + BATCH])
        copies = []
        for fact in rows.order_by("pk"):
            if fact.recorded_at == fact.retracted_at:  # came with the merge and was closed by it: never known
                continue
            fact.pk, fact.load = None, None
            fact._state.adding = True
            copies.append(fact)
        model._default_manager.bulk_create(copies, batch_size=BATCH)
        rows.update(retracted_at=None, recorded_at=at)
