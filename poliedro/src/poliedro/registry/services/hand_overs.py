"""Hand-overs are written here: opened, filled in, handed over, confirmed, settled. What changes is kept as it was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Certainty
from poliedro.registry.models import Cluster, HandOver, HandOverCluster, HandOverItem, IncubateeSpell
from poliedro.registry.queries.hand_overs import handed_to
from poliedro.registry.rules.hand_overs import (
    HandOverRefused,
    Item,
    check_can_confirm,
    check_can_drop,
    check_can_hand_over,
    check_can_settle,
    check_item,
)
from poliedro.registry.services.facts import correct_fact, retract_fact
from poliedro.registry.services.imports.uploads import check_may
from poliedro.registry.services.region_setup import ensure_source

State, Owner = HandOverItem.State, HandOverItem.Owner


@transaction.atomic
def open_hand_over(
    *, spell: IncubateeSpell, leaves_on: date, items: Collection[Item], today: date, by: Any, at: datetime | None = None
) -> HandOver:
    """A checklist for a start-up that leaves, with every item open. Raises NotPermitted, HandOverRefused."""
    check_may(by, "registry.hand_over", spell.incubator)
    if spell.valid_from is None or leaves_on <= spell.valid_from:
        raise HandOverRefused("it leaves after the day on which it entered; write a later day")
    stay = {
        "organisation": spell.organisation, "incubator": spell.incubator, "entered_on": spell.valid_from,
    }  # fmt: skip
    if HandOver.objects.filter(**stay).exists():
        raise HandOverRefused("it has a checklist already; open that one")
    moment = at or timezone.now()
    synthetic = spell.certainty == Certainty.SYNTHETIC
    made = HandOver.objects.create(
        **stay, leaves_on=leaves_on, opened_on=today, opened_by=by, changed_at=moment, is_synthetic=synthetic
    )
    HandOverItem.objects.bulk_create(
        HandOverItem(
            hand_over=made, key=i.key, position=n, title_it=i.title_it, title_en=i.title_en, help_it=i.help_it,
            help_en=i.help_en, is_private=i.is_private, owner=i.owner.value, due_on=i.due_on(leaves_on, today),
            stated_by=by, valid_from=today, recorded_at=moment, **_sourced(made),
        )
        for n, i in enumerate(items, 1)
    )  # fmt: skip
    record(by=by, verb="open_hand_over", subject_kind="HandOver", subject_key=made.pk)
    return made


@transaction.atomic
def state_item(
    *, hand_over: HandOver, key: str, state: str, note: str, owner: str, cluster: Cluster | None, due_on: date,
    today: date, by: Any, at: datetime | None = None,
) -> HandOverItem:  # fmt: skip
    """The incubator says how an item stands, who sees to it and by when. Raises NotPermitted, HandOverRefused."""
    check_may(by, "registry.hand_over", hand_over.incubator)
    check_item(state=state, note=note, owner=owner, due_on=due_on)
    found, item, moment = *_locked(hand_over, key), at or timezone.now()
    if owner == Owner.CLUSTER and not _proposes(found, cluster):
        raise HandOverRefused("only a cluster that is proposed can see to an item; propose it first")
    new = {
        "state": state, "note": note.strip(), "owner": owner, "cluster": cluster if owner == Owner.CLUSTER else None,
        "due_on": due_on,
    }  # fmt: skip
    if all(getattr(item, name) == value for name, value in new.items()):
        return item
    since = today if state != item.state else item.valid_from
    made: HandOverItem = correct_fact(item, by=by, at=moment, **new, valid_from=since, valid_to=None, stated_by=by)
    _changed(found, moment)
    return made


@transaction.atomic
def propose_clusters(
    *, hand_over: HandOver, clusters: Collection[Cluster], by: Any, at: datetime | None = None
) -> None:
    """Exactly these clusters are proposed from now on. Raises NotPermitted, HandOverRefused."""
    check_may(by, "registry.hand_over", hand_over.incubator)
    found = HandOver.objects.select_for_update(of=("self",)).get(pk=hand_over.pk)
    moment = at or timezone.now()
    held = {p.cluster_id: p for p in HandOverCluster.objects.known().filter(hand_over=found).select_related("cluster")}
    wanted = {c.pk: c for c in clusters}
    if held.keys() == wanted.keys():
        return
    owned = HandOverItem.objects.known().filter(hand_over=found, state=State.OPEN, owner=Owner.CLUSTER)
    names = list(owned.order_by("pk").values_list("cluster__name", flat=True))
    for pk, row in held.items():
        if pk not in wanted:
            check_can_drop(row.cluster.name, names)
            retract_fact(row, by=by, at=moment)
    for pk, cluster in wanted.items():
        if pk not in held:
            HandOverCluster.objects.create(hand_over=found, cluster=cluster, recorded_at=moment, **_sourced(found))
    record(
        by=by, verb="propose_clusters", subject_kind="HandOver", subject_key=found.pk,
        clusters=sorted(c.key for c in wanted.values()),
    )  # fmt: skip
    _changed(found, moment)


@transaction.atomic
def hand_start_up_over(*, hand_over: HandOver, by: Any, at: datetime | None = None) -> HandOver:
    """The start-up is asked to confirm it as it stands. Raises NotPermitted, HandOverRefused."""
    check_may(by, "registry.hand_over", hand_over.incubator)
    found = HandOver.objects.select_for_update(of=("self",)).get(pk=hand_over.pk)
    check_can_hand_over(handed_at=found.handed_at, changed_at=found.changed_at)
    found.handed_at, found.handed_by = at or timezone.now(), by
    found.save(update_fields=["handed_at", "handed_by"])
    record(by=by, verb="hand_start_up_over", subject_kind="HandOver", subject_key=found.pk)
    return found


@transaction.atomic
def confirm_hand_over(*, hand_over: HandOver, by: Any, at: datetime | None = None) -> HandOver:
    """The start-up says that it is so; the proposed clusters read it from now on. Raises NotPermitted,
    HandOverRefused."""
    check_may(by, "registry.hand_over", hand_over.organisation)
    found = HandOver.objects.select_for_update(of=("self",)).get(pk=hand_over.pk)
    check_can_confirm(handed_at=found.handed_at, changed_at=found.changed_at, confirmed_at=found.confirmed_at)
    found.confirmed_at, found.confirmed_by = at or timezone.now(), by
    found.save(update_fields=["confirmed_at", "confirmed_by"])
    record(
        by=by, verb="confirm_hand_over", subject_kind="HandOver", subject_key=found.pk,
        clusters=sorted(p.cluster.key for p in found.proposed.filter(retracted_at=None).select_related("cluster")),
    )  # fmt: skip
    return found


@transaction.atomic
def settle_item(
    *, hand_over: HandOver, key: str, state: str, note: str, today: date, by: Any, cluster: Cluster | None = None,
    at: datetime | None = None,
) -> HandOverItem:  # fmt: skip
    """The start-up, or with `cluster` that cluster, says that an item which it sees to is done or not needed.

    What was confirmed stays confirmed: the version before says what it was. Raises NotPermitted, HandOverRefused.
    """
    if cluster is None:
        check_may(by, "registry.hand_over", hand_over.organisation)
    else:
        check_may(by, "registry.receive_hand_overs", cluster)
    found, item = _locked(hand_over, key)
    if cluster is None:
        mine = item.owner == Owner.START_UP and found.handed_at is not None
    else:
        mine = item.cluster_id == cluster.pk and handed_to([cluster.pk]).filter(hand_over=found).exists()
    if not mine:
        raise HandOverRefused("somebody else sees to this item")
    check_can_settle(state=item.state, new=state)
    check_item(state=state, note=note, owner=item.owner, due_on=item.due_on)
    made: HandOverItem = correct_fact(
        item, by=by, at=at, state=state, note=note.strip(), valid_from=today, stated_by=by
    )
    return made


def _locked(hand_over: HandOver, key: str) -> tuple[HandOver, HandOverItem]:
    found = HandOver.objects.select_for_update(of=("self",)).get(pk=hand_over.pk)
    item = HandOverItem.objects.known().filter(hand_over=found, key=key).first()
    if item is None:
        raise HandOverRefused(f"the checklist has no item {key!r}")
    return found, item


def _proposes(hand_over: HandOver, cluster: Cluster | None) -> bool:
    return HandOverCluster.objects.known().filter(hand_over=hand_over, cluster=cluster).exists()


def _changed(found: HandOver, moment: datetime) -> None:
    # Later than what was handed over, however fast the clock of the two acts is read.
    if found.handed_at is not None and moment <= found.handed_at:
        moment = found.handed_at + timedelta(microseconds=1)
    found.changed_at = moment
    found.save(update_fields=["changed_at"])


def _sourced(hand_over: HandOver) -> dict[str, Any]:
    known = Certainty.SYNTHETIC if hand_over.is_synthetic else Certainty.REPORTED
    return {"source": ensure_source("hand-overs"), "certainty": known}
