"""What the demonstration must meet, from the region's file, and the seeded dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from poliedro.reference.models import Certainty, Code, Load, Source, Territory
from poliedro.registry.models import Cluster, Organisation


@dataclass
class Plan:
    """Shared by the builders. classes: cluster key -> classes of its industry, the commonest first. firms: cluster key
    -> its member firms on the last day. joined: cluster key and firm -> the day it came."""

    raw: dict[str, Any]
    dice: Random
    source: Source
    load: Load
    clusters: dict[str, Cluster]
    predecessors: dict[str, list[Cluster]]
    provinces: list[Territory]
    seats: dict[str, Territory]
    classes: dict[str, list[Code]]
    outside_classes: list[Code]
    firms: dict[str, list[Organisation]] = field(default_factory=dict)
    joined: dict[tuple[str, int], date] = field(default_factory=dict)

    @property
    def today(self) -> date:
        day: date = self.raw["today"]
        return day

    @property
    def targets(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.raw["clusters"]
        return found

    def churn(self, key: str) -> dict[str, float]:
        """How members of a cluster came and went; what its own entry says stands before what holds for all.

        rate: leavers a year as a share of members. joined_before_merger, founding_members: shares. early, late, left:
        how steeply the activities of those that came before and since the merger, and of those that left, gather in the
        commonest classes (weight of the n-th class: n ** -steepness; 0: all alike). left_outside: share of those that
        left with activities outside the definition.
        """
        return {**self.raw["churn"], **self.targets[key].get("churn", {})}

    def activity(self, classes: Sequence[Code], steepness: float) -> Code:
        """One of the classes, the first ones more often."""
        return self.dice.choices(classes, [(n + 1) ** -steepness for n in range(len(classes))])[0]

    def fact(self, **fields: Any) -> dict[str, Any]:
        return {"source": self.source, "load": self.load, "certainty": Certainty.SYNTHETIC, **fields}

    def day_between(self, start: date, end: date) -> date:
        """A day of [start, end)."""
        return start + timedelta(days=self.dice.randrange(max(1, (end - start).days)))

    def place_near(self, seat: Territory, outside_share: float) -> Territory:
        if self.dice.random() >= outside_share:
            return seat
        return self.dice.choice([p for p in self.provinces if p.pk != seat.pk])


def split_exactly(total: Decimal, weights: Sequence[float], unit: Decimal = Decimal("0.01")) -> list[Decimal]:
    """`total` in parts proportional to `weights`, each a multiple of `unit`, adding up to the total exactly."""
    whole = sum(weights)
    parts = [(total * Decimal(w / whole)).quantize(unit) for w in weights]
    parts[max(range(len(parts)), key=lambda i: parts[i])] += total - sum(parts, Decimal(0))
    return parts
