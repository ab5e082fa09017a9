"""Which services suit a firm, with the reasons: a first easy step, then the rest in order (R026, R051).

# Note [Small firms first]
A firm without anybody for innovation is not helped by a call for R&D projects. What is short and cheap comes first;
what needs people or money that the firm does not have is kept for later, and said so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Capacity(StrEnum):
    """What a firm has for innovation today."""

    NOBODY = "nobody"
    SOMEBODY = "somebody"
    TEAM = "team"


@dataclass(frozen=True)
class Offer:
    """A service, as the plan looks at it. price_eur: what this firm would pay; None: on request."""

    pk: int
    innovation: str
    is_rd: bool
    tier: str
    audiences: tuple[str, ...]
    kind: str
    price_eur: Decimal | None


@dataclass(frozen=True)
class Firm:
    """What a firm says of itself. audience: how the catalogue calls firms like it. wants: what it would renew."""

    audience: str
    wants: frozenset[str]
    capacity: Capacity
    budget_eur: Decimal | None = None


@dataclass(frozen=True)
class Suggestion:
    pk: int
    points: int
    reasons: tuple[str, ...]
    later: bool


POINTS = {"wanted": 40, "for_firms_like_it": 20, "first_step": 20, "affordable": 10, "capacity": 10}
"""They order the list and add to 100; they are no probability."""


def reasons_for(offer: Offer, firm: Firm) -> tuple[str, ...]:
    """Why a service suits the firm."""
    has_team = firm.capacity is Capacity.TEAM
    facts = {
        "wanted": offer.innovation in firm.wants,
        "for_firms_like_it": firm.audience in offer.audiences,
        "first_step": offer.tier == "first_step" and not has_team,
        "affordable": offer.price_eur is not None
        and (offer.price_eur == 0 or (firm.budget_eur is not None and offer.price_eur <= firm.budget_eur)),
        "capacity": has_team == offer.is_rd,
    }
    return tuple(name for name, holds in facts.items() if holds)


def is_for_later(offer: Offer, firm: Firm) -> bool:
    """Whether the firm lacks today what the service needs: people for R&D, or money. See Note [Small firms first]."""
    too_dear = firm.budget_eur is not None and offer.price_eur is not None and offer.price_eur > firm.budget_eur
    return too_dear or (offer.is_rd and firm.capacity is Capacity.NOBODY)


def plan(offers: Iterable[Offer], firm: Firm, most: int = 6) -> list[Suggestion]:
    """The services that suit, best first; what is for later stands behind what can begin today.

    A service that is closed to firms like it, or renews nothing that it wants, is left out. Equal points: by key.
    """
    found = []
    for offer in offers:
        reasons = reasons_for(offer, firm)
        if "wanted" in reasons and (not offer.audiences or "for_firms_like_it" in reasons):
            points = sum(POINTS[r] for r in reasons)
            found.append(Suggestion(offer.pk, points, reasons, is_for_later(offer, firm)))
    return sorted(found, key=lambda s: (s.later, -s.points, s.pk))[:most]
