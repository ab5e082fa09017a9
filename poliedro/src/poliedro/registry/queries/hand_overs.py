"""Hand-overs of start-ups: who leaves, what each checklist says, who waits for what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Cluster, HandOver, HandOverCluster, HandOverItem, IncubateeSpell, Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.hand_overs import LATE_DAYS, SOON_DAYS, awaits_confirmation


@dataclass(frozen=True)
class Stay:
    """A start-up in an incubator, with its checklist if there is one. left_on: null while no day is stated."""

    spell: IncubateeSpell
    hand_over: HandOver | None

    @property
    def left_on(self) -> date | None:
        return self.spell.valid_to

    @property
    def is_synthetic(self) -> bool:
        return self.spell.certainty == "synthetic"


@dataclass(frozen=True)
class Checklist:
    """A hand-over as it stands now. clusters: proposed, by position."""

    hand_over: HandOver
    items: list[HandOverItem]
    clusters: list[Cluster]

    @property
    def open_items(self) -> list[HandOverItem]:
        return [i for i in self.items if i.is_open]

    @property
    def awaits_confirmation(self) -> bool:
        return awaits_confirmation(handed_at=self.hand_over.handed_at, confirmed_at=self.hand_over.confirmed_at)

    @property
    def is_being_changed(self) -> bool:
        """Whether the incubator changed something that it has not handed over yet."""
        handed = self.hand_over.handed_at
        return handed is None or handed < self.hand_over.changed_at


def checklist_of(hand_over: HandOver) -> Checklist:
    """Two queries."""
    items = HandOverItem.objects.known().filter(hand_over=hand_over).select_related("cluster")
    proposed = Cluster.objects.filter(
        pk__in=HandOverCluster.objects.known().filter(hand_over=hand_over).values("cluster")
    )
    return Checklist(hand_over, list(items.order_by("position", "pk")), list(proposed.order_by("position", "name")))


def seen_by_cluster(checklist: Checklist) -> list[HandOverItem]:
    """The items as a cluster reads them: nothing of what is written at private ones. Not to be saved."""
    for item in checklist.items:
        if item.is_private:
            item.note = ""
    return checklist.items


def stays_at(incubator: Organisation) -> list[Stay]:
    """Start-ups in an incubator now, and those that left it or had a hand-over, the last to leave on top."""
    return _stays(
        IncubateeSpell.objects.known().filter(incubator=incubator), HandOver.objects.filter(incubator=incubator)
    )


def stays_of(organisation: Organisation) -> list[Stay]:
    """The incubators in which an organisation is or was."""
    spells = IncubateeSpell.objects.known().filter(organisation=organisation)
    return _stays(spells, HandOver.objects.filter(organisation=organisation))


def _stays(spells: QuerySet[IncubateeSpell], kept: QuerySet[HandOver]) -> list[Stay]:
    found: dict[tuple[int, int, date | None], HandOver] = {
        (h.organisation_id, h.incubator_id, h.entered_on): h for h in kept.order_by("pk")
    }
    rows = spells.select_related("organisation", "incubator").order_by(F("valid_to").desc(nulls_first=True), "pk")
    return [Stay(s, found.get((s.organisation_id, s.incubator_id, s.valid_from))) for s in rows]


def is_due(stay: Stay, today: date) -> bool:
    """Whether it leaves soon or left lately, and was not handed over."""
    if stay.left_on is None or (stay.hand_over is not None and stay.hand_over.handed_at is not None):
        return False
    return today - timedelta(days=LATE_DAYS) <= stay.left_on <= today + timedelta(days=SOON_DAYS)


def handed_to(clusters: Collection[int]) -> QuerySet[HandOverCluster]:
    """What these clusters may read: proposed before the start-up confirmed. See Note [The start-up passes it on]."""
    return (
        HandOverCluster.objects.known()
        .filter(cluster__in=clusters, hand_over__confirmed_at__gte=F("recorded_at"))
        .select_related("hand_over__organisation", "hand_over__incubator", "cluster")
        .order_by("-hand_over__confirmed_at", "pk")
    )


def open_items_of(*, bodies: Collection[int] = (), clusters: Collection[int] = ()) -> QuerySet[HandOverItem]:
    """Open items that these organisations or clusters see to. Before a checklist is handed over they are the
    incubator's concern alone; before it is confirmed, the two parties'."""
    incubator = Q(owner="incubator", hand_over__incubator__in=bodies)
    start_up = Q(owner="start_up", hand_over__organisation__in=bodies, hand_over__handed_at__isnull=False)
    passed_on = handed_to(clusters).filter(hand_over=OuterRef("hand_over"), cluster=OuterRef("cluster"))
    cluster = Q(owner="cluster") & Exists(passed_on.order_by())
    return (
        HandOverItem.objects.known()
        .filter(incubator | start_up | cluster, state=HandOverItem.State.OPEN)
        .select_related("hand_over__organisation", "hand_over__incubator", "cluster")
        .order_by("due_on", "hand_over", "position")
    )


def waiting_for(bodies: Collection[int]) -> list[HandOver]:
    """Handed over and not confirmed yet by these organisations."""
    rows = (
        HandOver.objects.filter(organisation__in=bodies, handed_at__isnull=False, handed_at__gte=F("changed_at"))
        .filter(Q(confirmed_at=None) | Q(confirmed_at__lt=F("handed_at")))
        .select_related("organisation", "incubator")
    )
    return list(rows.order_by("handed_at", "pk"))


def due_at(bodies: Collection[int], today: date) -> list[Stay]:
    """Start-ups that leave these incubators soon, or left lately, and were not handed over."""
    spells = IncubateeSpell.objects.known().filter(
        incubator__in=bodies,
        valid_to__gte=today - timedelta(days=LATE_DAYS),
        valid_to__lte=today + timedelta(days=SOON_DAYS),
    )
    return [s for s in _stays(spells, HandOver.objects.filter(incubator__in=bodies)) if is_due(s, today)]


@dataclass(frozen=True)
class HandOverCount:
    """Exits, how many of them were handed over and confirmed, and open items of those handed over. Null: fewer than the
    least number that is shown, but not none."""

    exits: int
    handed: int | None
    confirmed: int | None
    open_items: int | None
    late_items: int | None


def count_hand_overs(exits: Iterable[tuple[int, int, date]], today: date, *, least: int) -> HandOverCount:
    """exits: (start-up, incubator, day it entered), each once. Two queries."""
    wanted = set(exits)
    kept = {
        h.pk: h
        for h in HandOver.objects.filter(handed_at__isnull=False).order_by("pk")
        if (h.organisation_id, h.incubator_id, h.entered_on) in wanted
    }
    items = [
        due
        for of, due in HandOverItem.objects.known()
        .filter(state=HandOverItem.State.OPEN, hand_over__handed_at__isnull=False)
        .order_by()
        .values_list("hand_over_id", "due_on")
        if of in kept
    ]

    def shown(n: int, of: int) -> int | None:
        # Few, or all but few, or few at all: each would tell of single start-ups.
        return None if n and (n < least or 0 < of - n < least) else n

    late = [day for day in items if day < today]
    few = len(kept) < least
    return HandOverCount(
        exits=len(wanted),
        handed=shown(len(kept), len(wanted)),
        confirmed=None if few else shown(sum(h.confirmed_at is not None for h in kept.values()), len(kept)),
        open_items=None if few or 0 < len(items) < least else len(items),
        late_items=None if few else shown(len(late), len(items)),
    )


def bodies_of(user: Any) -> list[int]:
    """The organisations for which the person acts today; no query once the roles are known."""
    return [r.organisation_id for r in roles_of(user) if r.organisation_id is not None]


def pages_of_hand_overs(user: Any) -> list[tuple[str, str]]:
    """Ways to the pages of those organisations of the person that are, or were, an incubator or in one."""
    bodies = bodies_of(user)
    if not bodies:
        return []
    known = Q(pk__in=IncubateeSpell.objects.known().filter(incubator__in=bodies).values("incubator"))
    known |= Q(pk__in=IncubateeSpell.objects.known().filter(organisation__in=bodies).values("organisation"))
    found = Organisation.objects.filter(known).order_by("name", "pk")
    return [
        (_("Hand-overs of %(name)s") % {"name": body}, reverse("registry:hand_overs", args=[body.pk])) for body in found
    ]
