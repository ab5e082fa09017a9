"""Why two who come to an event should meet, from what they say they look for and from their published cards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Attendee, Card
from poliedro.matchmaking.queries.concepts import concepts_named, labels_of

SHOWN = 3
FEW = 3
"""A field that more than half of the others have tells nobody apart, unless they are so few."""
COUNTERPART = 2
"""A need that meets an offer counts as much as so many fields in common."""


@dataclass(frozen=True)
class Worth:
    """Somebody else who comes, and why one should meet; no reason: nothing is known that would speak for it."""

    attendee: Attendee
    reasons: tuple[str, ...]
    score: int


def worth_meeting(mine: Attendee, others: Sequence[Attendee]) -> list[Worth]:
    """The others, who has most in common with oneself first, then by name. One query.

    Of the other side only what everyone may know counts: what it looks for, and cards that say whose they are.
    """
    cards: dict[int, list[Card]] = defaultdict(list)
    bodies = {mine.organisation_id, *(o.organisation_id for o in others)}
    for card in Card.objects.filter(organisation__in=bodies, state=Card.State.PUBLISHED).order_by("pk"):
        if not card.anonymous or card.organisation_id == mine.organisation_id:
            cards[card.organisation_id].append(card)
    own = _fields(mine, cards[mine.organisation_id])
    fields = {other.pk: _fields(other, cards[other.organisation_id]) for other in others}
    often = Counter(field for known in fields.values() for field in known)
    telling = {f for f in own if often[f] <= max(FEW, len(others) / 2)}
    found = []
    for other in others:
        theirs = cards[other.organisation_id]
        common = sorted(telling & fields[other.pk], key=lambda f: (often[f], f))
        met = [
            c
            for c in theirs
            if any(c.kind != m.kind and set(c.tags) & set(m.tags) for m in cards[mine.organisation_id])
        ]
        reasons = []
        if common:
            reasons.append(_("in common: %(fields)s") % {"fields": ", ".join(labels_of(common[:SHOWN]))})
        reasons += [
            (_("needs what we offer: %(card)s") if c.kind == Card.Kind.NEED else _("offers what we need: %(card)s"))
            % {"card": c.title}
            for c in met[:SHOWN]
        ]
        found.append(Worth(other, tuple(reasons), len(common) + COUNTERPART * len(met)))
    return sorted(found, key=lambda w: (-w.score, w.attendee.name, w.attendee.pk))


def _fields(attendee: Attendee, cards: Sequence[Card]) -> set[str]:
    return {*concepts_named(attendee.looks_for), *(tag for card in cards for tag in card.tags)}
