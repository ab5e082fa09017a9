"""How well an organisation outside a cluster would fit in it: points for facts, each of which is shown (R018, R049)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

POINTS: Mapping[str, int] = MappingProxyType(
    {"inside": 40, "works_with_members": 30, "related": 20, "beyond": 10, "small": 10, "start_up": 10}
)
"""Reason -> points; an activity is inside or related, so that 100 is the most. A firm inside the definition that works
with members comes before any other."""
RELATED = 2
"""Members outside the definition of one activity from which on that activity counts as related: the cluster drew in
such firms before."""
SMALL = ("micro", "small")


@dataclass(frozen=True)
class Prospect:
    """What is known of an organisation that is no member. inside: its activity is in the cluster's definition. related:
    it is not, but members have it too. beyond: it lies in a province without members, or with few. members: those with
    which it shares projects."""

    organisation_id: int
    inside: bool
    beyond: bool
    size: str
    start_up: bool
    members: int
    nace_id: int | None = None
    related: bool = False

    @cached_property  # a prospect is kept, and a page asks many of them
    def reasons(self) -> tuple[str, ...]:
        """The facts that speak for it, most weighty first."""
        facts = {
            "inside": self.inside,
            "works_with_members": self.members > 0,
            "related": self.related and not self.inside,
            "beyond": self.beyond,
            "small": self.size in SMALL,
            "start_up": self.start_up,
        }
        return tuple(reason for reason in POINTS if facts[reason])

    @property
    def fit(self) -> int:
        """0 to 100."""
        return sum(POINTS[reason] for reason in self.reasons)


def is_prospect(found: Prospect) -> bool:
    """Whether there is more to it than its size: its activity, or work with members."""
    return found.inside or found.related or found.members > 0
