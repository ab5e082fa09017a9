"""Writes of the intervention logic. What held is closed on a day and stated anew; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from poliedro.audit.services import record
from poliedro.monitoring.models import IndicatorTerms, Observation, PolicyIndicator, PolicyNode, PolicyTerms
from poliedro.monitoring.queries.policy.measured import CATALOGUE
from poliedro.monitoring.rules.policy.logic import KINDS, ROLES, LogicRefused, check_parent
from poliedro.reference.models import Fact, IndicatorCard, Source
from poliedro.registry.queries.roles import roles_of, subject_of
from poliedro.registry.rules.permissions import Form, check_can
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.region import region

WORDS = ("title_it", "title_en", "about_it", "about_en", "owner", "position")
GOAL = ("role", "baseline", "baseline_on", "target", "target_on", "owner", "evidence")


def check_may(by: Any, permission: str = "monitoring.edit_policy") -> None:
    """Raises NotPermitted. Nobody (`by` None) is the site itself, which loads the region's file."""
    if by is not None:
        check_can(roles_of(by), permission, subject_of(None), Form(region().form))


def _fact(source: Source | None, by: Any) -> dict[str, Any]:
    held = source or ensure_source("policy-entries")
    return {"source": held, "certainty": held.certainty, "by": by if getattr(by, "pk", None) else None}


def _free_key(model: type[PolicyNode] | type[PolicyIndicator], title: str) -> str:
    base = slugify(title)[:50] or "node"
    taken = set(model.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(k for n in range(1, len(taken) + 2) if (k := base if n == 1 else f"{base}-{n}") not in taken)


@transaction.atomic
def add_node(
    *,
    kind: str,
    values: Mapping[str, Any],
    on: date,
    by: Any,
    parent: PolicyNode | None = None,
    measure: Any = None,
    key: str = "",
    source: Source | None = None,
) -> PolicyTerms:
    """A focus area, an objective or an action from a day on. values: title_it, title_en, about_*, owner, position.

    Raises NotPermitted, LogicRefused.
    """
    check_may(by)
    check_parent(kind, parent.kind if parent else None)
    if measure is not None and kind != "action":
        raise LogicRefused("a measure carries an action out, not a node of kind %(kind)s", kind=kind)
    node = PolicyNode.objects.create(key=key or _free_key(PolicyNode, values["title_en"]), kind=kind)
    terms = PolicyTerms(
        node=node, parent=parent, measure=measure, valid_from=on,
        **{k: values[k] for k in WORDS if k in values}, **_fact(source, by),
    )  # fmt: skip
    terms.full_clean(exclude=["by"])
    terms.save()
    record(by=by, verb="add_policy_node", subject_kind="policy.node", subject_key=node.key, kind=kind)
    return terms


@transaction.atomic
def revise_node(
    *,
    node: PolicyNode,
    values: Mapping[str, Any],
    on: date,
    by: Any,
    parent: PolicyNode | None = None,
    measure: Any = None,
    source: Source | None = None,
) -> PolicyTerms:
    """State a node anew from a day on; up to that day what was said before holds.

    Raises NotPermitted, LogicRefused: a parent of the wrong kind, or a day before the present terms begin.
    """
    check_may(by)
    check_parent(node.kind, parent.kind if parent else None)
    if measure is not None and node.kind != "action":
        raise LogicRefused("a measure carries an action out, not a node of kind %(kind)s", kind=node.kind)
    held = _open(PolicyTerms.objects.known().filter(node=node))
    fresh = PolicyTerms(
        node=node, parent=parent, measure=measure,
        **{k: values.get(k, getattr(held, k)) for k in WORDS}, **_fact(source, by),
    )  # fmt: skip
    _replace(held, fresh, on)
    record(by=by, verb="revise_policy_node", subject_kind="policy.node", subject_key=node.key, on=on)
    return fresh


@transaction.atomic
def end_node(*, node: PolicyNode, on: date, by: Any) -> PolicyTerms:
    """The node holds up to the day and no longer. Raises NotPermitted, LogicRefused."""
    check_may(by)
    held = _open(PolicyTerms.objects.known().filter(node=node))
    ended: PolicyTerms = _until(held, on)
    record(by=by, verb="end_policy_node", subject_kind="policy.node", subject_key=node.key, on=on)
    return ended


@transaction.atomic
def add_indicator(
    *,
    node: PolicyNode | None,
    values: Mapping[str, Any],
    on: date,
    by: Any,
    computed_by: str = "",
    card: Mapping[str, Any] | None = None,
    key: str = "",
    source: Source | None = None,
) -> IndicatorTerms:
    """An output or result indicator from a day on.

    computed_by: a figure of the catalogue, whose card then defines it. card: else the definition of its own: name_it,
    name_en, unit_it, unit_en, definition_it, definition_en, formula_it, formula_en.
    Raises NotPermitted, LogicRefused.
    """
    check_may(by)
    _check_place(node, values["role"])
    name = _card_of(computed_by, card, on)
    indicator = PolicyIndicator.objects.create(
        key=key or _free_key(PolicyIndicator, str(card["name_en"]) if card else computed_by)
    )
    terms = IndicatorTerms(
        indicator=indicator, node=node, card=name, computed_by=computed_by, valid_from=on,
        **{k: values[k] for k in GOAL if k in values}, **_fact(source, by),
    )  # fmt: skip
    terms.full_clean(exclude=["by"])
    terms.save()
    record(by=by, verb="add_policy_indicator", subject_kind="policy.indicator", subject_key=indicator.key)
    return terms


@transaction.atomic
def revise_indicator(
    *,
    indicator: PolicyIndicator,
    node: PolicyNode | None,
    values: Mapping[str, Any],
    on: date,
    by: Any,
    source: Source | None = None,
) -> IndicatorTerms:
    """State where an indicator should go anew from a day on. Its definition stays: another one is another indicator.

    Raises NotPermitted, LogicRefused.
    """
    check_may(by)
    held = _open(IndicatorTerms.objects.known().filter(indicator=indicator))
    _check_place(node, values.get("role", held.role))
    fresh = IndicatorTerms(
        indicator=indicator, node=node, card=held.card, computed_by=held.computed_by,
        **{k: values.get(k, getattr(held, k)) for k in GOAL}, **_fact(source, by),
    )  # fmt: skip
    _replace(held, fresh, on)
    record(by=by, verb="revise_policy_indicator", subject_kind="policy.indicator", subject_key=indicator.key, on=on)
    return fresh


@transaction.atomic
def end_indicator(*, indicator: PolicyIndicator, on: date, by: Any) -> IndicatorTerms:
    """It is followed up to the day and no longer. Raises NotPermitted, LogicRefused."""
    check_may(by)
    ended: IndicatorTerms = _until(_open(IndicatorTerms.objects.known().filter(indicator=indicator)), on)
    record(by=by, verb="end_policy_indicator", subject_kind="policy.indicator", subject_key=indicator.key, on=on)
    return ended


@transaction.atomic
def record_observation(
    *,
    indicator: PolicyIndicator,
    on: date,
    value: float,
    evidence: str,
    by: Any,
    source: Source | None = None,
) -> Observation:
    """A value that was observed, with its evidence; one of the same day is taken back and stays in the history.

    Raises NotPermitted; LogicRefused where the register computes it, the day is to come, or no evidence is given.
    """
    check_may(by)
    held = _open(IndicatorTerms.objects.known().filter(indicator=indicator))
    if held.computed_by in CATALOGUE:
        raise LogicRefused(
            "%(indicator)s is computed from the register; correct the register instead", indicator=indicator.key
        )
    if not evidence.strip():
        raise LogicRefused("an observed value needs its evidence: say where it can be checked")
    if on > timezone.localdate():
        raise LogicRefused("%(on)s is to come; a value is observed on a day that has been", on=on)
    Observation.objects.known().filter(indicator=indicator, on=on).update(retracted_at=timezone.now())
    seen = Observation(
        indicator=indicator, on=on, value=value, evidence=evidence.strip(), valid_from=on, **_fact(source, by)
    )
    seen.full_clean(exclude=["by"])
    seen.save()
    record(by=by, verb="record_observation", subject_kind="policy.indicator", subject_key=indicator.key, on=on)
    return seen


# --- corrected, not overwritten ---------------------------------------------------------------------------------------
def _open(rows: Any) -> Any:
    held = rows.filter(valid_to=None).first()
    if held is None:
        raise LogicRefused("it has ended; add a new one instead")
    return held


def _replace(held: Any, fresh: Any, on: date) -> None:
    """Close what held on the day and state the fresh terms from then on; on its own first day they take its place."""
    if on == held.valid_from:
        _retract(held)
    else:
        _until(held, on)
    fresh.valid_from = on
    fresh.full_clean(exclude=["by"])
    fresh.save()


def _until(held: Any, on: date) -> Any:
    """The same statement, ending on the day: the open one is taken back, so that what was known stays known."""
    if on <= held.valid_from:
        raise LogicRefused("it holds from %(valid_from)s; choose a later day", valid_from=held.valid_from)
    fields = {f.name for f in held._meta.concrete_fields} - {f.name for f in Fact._meta.fields} - {"id"}
    ended = type(held)(
        **{name: getattr(held, name) for name in fields},
        source=held.source, certainty=held.certainty, load=held.load, valid_from=held.valid_from, valid_to=on,
    )  # fmt: skip
    _retract(held)
    ended.full_clean(exclude=["by"])
    ended.save()
    return ended


def _retract(held: Any) -> None:
    held.retracted_at = timezone.now()
    held.save(update_fields=["retracted_at"])


def _check_place(node: PolicyNode | None, role: str) -> None:
    if role not in ROLES:
        raise LogicRefused("role is '%(role)s'; it is one of %(roles)s", role=role, roles=ROLES)
    if node is not None and node.kind == KINDS[0]:
        raise LogicRefused("an indicator belongs to an objective or an action, not to a focus area")


def _card_of(computed_by: str, card: Mapping[str, Any] | None, on: date) -> str:
    """Key of the card that defines it: the catalogue's, or a new one in the registry of indicators."""
    if computed_by:
        if computed_by not in CATALOGUE:
            raise LogicRefused(
                "the register computes no '%(computed_by)s'; there are %(catalogue)s",
                computed_by=computed_by,
                catalogue=CATALOGUE,
            )
        return CATALOGUE[computed_by].card
    if not card or not card.get("name_en"):
        raise LogicRefused("an indicator that the register does not compute needs a name and a definition")
    base = f"policy-{slugify(card['name_en'])[:45]}"
    taken = set(IndicatorCard.objects.filter(key__startswith=base).values_list("key", flat=True))
    key = next(k for n in range(1, len(taken) + 2) if (k := base if n == 1 else f"{base}-{n}") not in taken)
    made = IndicatorCard(key=key, valid_from=on, source_text="R020", **card)
    made.full_clean()
    made.save()
    return key
