"""Who goes to a fair when places are few, and what a fair was worth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

POINTS = {"first_time": 30, "small": 25, "member": 25, "fits": 20}
"""First time in that market, micro or small, member of the cluster, works in the fair's field."""


def points_of(reasons: Collection[str]) -> int:
    return sum(POINTS[r] for r in reasons)


@dataclass(frozen=True)
class Worth:
    """What a fair cost and brought. Money in euro; null where nothing was to divide by."""

    cost_eur: Decimal
    leads: int
    followed_up: int
    orders: int
    orders_eur: Decimal

    @property
    def cost_per_lead_eur(self) -> Decimal | None:
        if not self.leads:
            return None
        return (self.cost_eur / self.leads).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    @property
    def follow_up_rate(self) -> float | None:
        return self.followed_up / self.leads if self.leads else None


def subsidy(own_cost_eur: Decimal, share: Decimal) -> Decimal:
    """The part of a participant's own cost that is paid back, to the cent."""
    return (own_cost_eur * share).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
