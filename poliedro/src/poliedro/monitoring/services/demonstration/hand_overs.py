"""Hand-overs of the demonstration: some of the exits of the last years had one, all settled; three are under way, one
of which waits for the login of the start-up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.reference.models import Certainty, Load
from poliedro.registry.models import (
    Cluster,
    Delegation,
    HandOver,
    HandOverCluster,
    HandOverItem,
    IncubateeSpell,
    MembershipSpell,
    Organisation,
)
from poliedro.registry.services.hand_over_items import hand_over_items
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.invented import said

SINCE = date(2017, 1, 1)
SHARE = 0.6
"""Of the exits since then, how many had a hand-over."""


def build_hand_overs() -> str:
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).order_by("pk").first()
    if load is None or HandOver.objects.exists():
        return "no hand-overs to add"
    with transaction.atomic():
        made = _past(load, Random(load.parameters["seed"] + 62))
        made += _under_way(load, timezone.localdate())  # what people see to is due from the day of building on
    return f"{made} hand-overs"


def _past(load: Load, dice: Random) -> int:
    spells = IncubateeSpell.objects.known().filter(load=load, valid_to__gte=SINCE).order_by("pk")
    clusters, made = list(Cluster.objects.filter(closed_on=None).order_by("position", "pk")), 0
    for spell in spells.select_related("organisation", "incubator"):
        if dice.random() > SHARE or spell.valid_from is None or spell.valid_to is None:
            continue
        row = _row(spell, spell.valid_to, handed=spell.valid_to - timedelta(days=10), confirmed=True)
        _fill(row, dice.choice(clusters) if clusters else None, spell.valid_to, open_keys=())
        made += 1
    return made


def _under_way(load: Load, today: date) -> int:
    """A member of each of two clusters, handed to it with an open item of its own, and the start-up of the login."""
    incubator = Organisation.objects.current().filter(kind=Organisation.Kind.INCUBATOR).order_by("pk").first()
    if incubator is None:
        return 0
    made = 0
    own = Delegation.objects.known().filter(person__user__email="startup@demo.example").order_by("pk").first()
    for key in ("agrifood", "mesap"):
        cluster = Cluster.objects.filter(key=key).first()
        firm = _member(cluster, own, load) if cluster else None
        if cluster is not None and firm is not None:
            row = _row(_stay(firm, incubator, load, today), today, handed=today - timedelta(days=20), confirmed=True)
            _fill(row, cluster, today, open_keys=("cluster", "services", "follow_up"))
            made += 1
    if own is not None:
        leaves = today + timedelta(days=45)
        cluster = Cluster.objects.filter(memberships__organisation=own.organisation).order_by("position", "pk").first()
        row = _row(_stay(own.organisation, incubator, load, today), leaves, handed=today, confirmed=False)
        _fill(row, cluster, leaves, open_keys=("property", "money", "services", "mentor", "follow_up"))
        made += 1
    return made


def _member(cluster: Cluster, own: Delegation | None, load: Load) -> Organisation | None:
    spells = MembershipSpell.objects.known().filter(
        load=load, cluster=cluster, valid_to=None, organisation__kind=Organisation.Kind.START_UP,
        organisation__certainty=Certainty.SYNTHETIC, organisation__incubations=None,
    )  # fmt: skip
    if own is not None:
        spells = spells.exclude(organisation=own.organisation)
    found = spells.select_related("organisation").order_by("-valid_from", "pk").first()
    return found.organisation if found else None


def _stay(firm: Organisation, incubator: Organisation, load: Load, today: date) -> IncubateeSpell:
    """In the incubator for three years, with no day of leaving in the incubator's list yet."""
    return IncubateeSpell.objects.create(
        organisation=firm, incubator=incubator, valid_from=today - timedelta(days=3 * 365), source=load.source,
        load=load, certainty=Certainty.SYNTHETIC,
    )  # fmt: skip


def _row(spell: IncubateeSpell, leaves_on: date, *, handed: date, confirmed: bool) -> HandOver:
    assert spell.valid_from is not None  # a constraint of the table
    return HandOver.objects.create(
        organisation=spell.organisation, incubator=spell.incubator, entered_on=spell.valid_from, leaves_on=leaves_on,
        opened_on=handed - timedelta(days=30), changed_at=_at(handed, 9), handed_at=_at(handed, 10),
        confirmed_at=_at(handed + timedelta(days=3), 11) if confirmed else None, is_synthetic=True,
    )  # fmt: skip


def _fill(row: HandOver, cluster: Cluster | None, leaves_on: date, *, open_keys: tuple[str, ...]) -> None:
    """Every item settled but those; the item of the cluster is the cluster's own."""
    fact: dict[str, Any] = {"source": ensure_source("hand-overs"), "certainty": Certainty.SYNTHETIC}
    known = _at(row.opened_on + timedelta(days=5), 9)
    if cluster is not None:
        HandOverCluster.objects.create(hand_over=row, cluster=cluster, recorded_at=known, **fact)
    for number, item in enumerate(hand_over_items(), 1):
        is_open = item.key in open_keys
        its = cluster if is_open and item.key == "cluster" else None
        HandOverItem.objects.create(
            hand_over=row, key=item.key, position=number, title_it=item.title_it, title_en=item.title_en,
            help_it=item.help_it, help_en=item.help_en, is_private=item.is_private, recorded_at=known,
            state="open" if is_open else ("not_needed" if item.key == "mentor" else "done"),
            note=_note(item.key, is_open=is_open), owner="cluster" if its else item.owner.value, cluster=its,
            due_on=max(leaves_on + timedelta(days=max(item.days, 30)), row.opened_on),
            valid_from=row.opened_on + timedelta(days=5), **fact,
        )  # fmt: skip


def _note(key: str, *, is_open: bool) -> str:
    if is_open:
        return said("Concordato il primo passo", "The first step is agreed") if key == "services" else ""
    if key == "mentor":
        return said("Il percorso con il mentore è concluso", "The way with the mentor is over")
    return ""


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)
