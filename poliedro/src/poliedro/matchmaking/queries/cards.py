"""Cards as readers may see them. Note [Anonymous until both are interested]

Who stands behind an anonymous card is known to its own people, to those who review it, and to an organisation whose
interest was accepted. Everyone else gets a face: kind, size class, province. No address, list, file, search entry or
history of a card holds more than the face.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import Card, Interest, Ticket, TicketSuggestion
from poliedro.reference.models import Territory
from poliedro.registry.models import Cluster, Delegation, MembershipSpell, Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.queries.visibility import kept_back
from poliedro.registry.rules.permissions import RoleName

KNOWN = ("accepted", "introduced", "tied", "ended")
"""States of an interest in which both sides know each other."""


@dataclass(frozen=True)
class Face:
    """What everyone may know of who stands behind a card. name, organisation_id: only for those who may know."""

    kind: str
    size: str
    province: str
    name: str = ""
    organisation_id: int | None = None


def own_organisations(user: Any) -> list[int]:
    """Organisations that the person acts for today."""
    return [r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE and r.organisation_id is not None]


def people_of(organisation_id: int) -> list[Person]:
    """Who acts for the organisation today and can be written to. One query."""
    rows = Delegation.objects.known().active_on(timezone.localdate()).filter(organisation=organisation_id)
    people = {d.person_id: d.person for d in rows.select_related("person__user").order_by("pk")}
    return list(people.values())


def possible_partners(ticket: Ticket) -> QuerySet[TicketSuggestion]:
    """Who took a question on, where both they and the asker are known to the register as two organisations."""
    taken = ticket.suggestions.filter(state=TicketSuggestion.State.TAKEN, organisation__isnull=False)
    if ticket.organisation_id is None:
        return taken.none()
    return taken.exclude(organisation=ticket.organisation_id).select_related("organisation")


def province_of(organisation: Organisation) -> str:
    """The province's name, whatever the smallest place known; two queries at most."""
    place = organisation.territory
    while place is not None and place.level == Territory.Level.MUNICIPALITY:
        place = place.parent
    return place.name if place is not None else ""


def cluster_of(organisation: Organisation) -> Cluster | None:
    """The cluster whose staff look after the organisation: its oldest current membership."""
    spell = (
        MembershipSpell.objects.known()
        .active_on(timezone.localdate())
        .filter(organisation=organisation)
        .select_related("cluster")
        .order_by("valid_from", "pk")
        .first()
    )
    return spell.cluster if spell else None


def visible_cards(user: Any) -> QuerySet[Card]:
    """Published cards that the person may read."""
    rows = Card.objects.filter(state=Card.State.PUBLISHED, expires_on__gt=timezone.localdate())
    if not getattr(user, "is_authenticated", False):
        rows = rows.filter(audience=Card.Audience.PUBLIC)
    return rows.select_related("organisation__territory__parent")


def may_read(user: Any, card: Card) -> bool:
    """Published ones as their audience says; others only for their own people and reviewers."""
    if card.state == Card.State.PUBLISHED and (
        card.audience == Card.Audience.PUBLIC or getattr(user, "is_authenticated", False)
    ):
        return True
    return is_inside(user, card) or card.pk in _acquainted([card], user)


def is_inside(user: Any, card: Card) -> bool:
    """Its own people and those who review it."""
    if not getattr(user, "is_authenticated", False):
        return False
    return bool(user.has_perm("matchmaking.act_for", card) or user.has_perm("matchmaking.review_cards", card))


def _acquainted(cards: Iterable[Card], user: Any) -> set[int]:
    """Of the cards, those behind which an organisation of the person has come to know who stands. One query."""
    own = own_organisations(user) if getattr(user, "is_authenticated", False) else []
    if not own:
        return set()
    rows = Interest.objects.filter(
        Q(card__in=[c.pk for c in cards]), Q(organisation__in=own), Q(state__in=KNOWN, answered_at__isnull=False)
    )
    return set(rows.values_list("card_id", flat=True))


def faces(cards: list[Card], user: Any) -> dict[int, Face]:
    """Card -> what the person may know of who stands behind it. See Note [Anonymous until both are interested]."""
    known = _acquainted([c for c in cards if c.anonymous], user)
    found = {}
    hidden = kept_back(user, among=[c.organisation_id for c in cards])
    for card in cards:
        body = card.organisation
        open_to = not card.anonymous or card.pk in known or is_inside(user, card)
        found[card.pk] = Face(
            str(Organisation.Kind(body.kind).label),
            "" if body.pk in hidden["size"] else str(Organisation.SizeClass(body.size_class).label),
            "" if body.pk in hidden["place"] else province_of(body),
            body.name if open_to else "",
            body.pk if open_to else None,
        )
    return found


def cards_to_review(user: Any) -> QuerySet[Card]:
    """Cards in review that the person may review, oldest first."""
    rows = Card.objects.filter(state=Card.State.SUBMITTED).select_related("organisation").order_by("submitted_at", "pk")
    if user.has_perm("matchmaking.review_cards"):
        return rows
    clusters = [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER]
    return rows.filter(cluster__in=[c for c in clusters if c is not None])


def own_cards(user: Any) -> QuerySet[Card]:
    return (
        Card.objects.filter(organisation__in=own_organisations(user))
        .exclude(state=Card.State.WITHDRAWN)
        .select_related("organisation")
        .order_by("-created_at", "-pk")
    )
