"""How complete and how fresh a public profile is (R075): what is there of what a reader needs, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

PARTS = ("name", "kind", "place", "activity", "number", "size", "website", "description")
"""What a reader needs, in the order in which it is asked for."""
STALE_AFTER_DAYS = 730
"""A profile of which nothing was said for two years may be out of date."""


@dataclass(frozen=True)
class Completeness:
    """parts: each of PARTS and whether the profile has it. heard_on: when a source last said anything; None: never."""

    parts: Mapping[str, bool]
    heard_on: date | None

    @property
    def share(self) -> float:
        return sum(self.parts.values()) / len(self.parts)

    @property
    def missing(self) -> list[str]:
        return [part for part, there in self.parts.items() if not there]

    def is_stale(self, today: date) -> bool:
        return self.heard_on is None or (today - self.heard_on).days > STALE_AFTER_DAYS


def completeness(there: Mapping[str, bool], heard_on: date | None) -> Completeness:
    """there: which of PARTS the profile has; a part that is not named is missing. Raises KeyError for another part."""
    for part in there:
        if part not in PARTS:
            raise KeyError(f"{part} is no part of a profile; there are {', '.join(PARTS)}")
    return Completeness({part: bool(there.get(part)) for part in PARTS}, heard_on)
