"""How services are used: counts by one dimension, and whether a cluster's focus is narrow (R045)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEW = 20
"""With fewer deliveries the breadth of a focus cannot be told."""
NARROW_EVENNESS = 0.5
NARROW_SHARE = 0.6
FUNDING = ("project_development", "finance", "eu_funds")
"""Services that serve R&D funding."""


@dataclass(frozen=True)
class Breadth:
    """How widely a cluster's services are spread.

    entropy: bits over the kinds of service. evenness: entropy / log2(kinds in the vocabulary), 0..1. share: of the most
    frequent kind, `first`. funding: share of services for R&D funding. n: deliveries. low, high: 90% interval of the
    evenness by resampling deliveries. None where nothing was given.
    """

    n: int
    kinds: int
    entropy: float | None
    evenness: float | None
    low: float | None
    high: float | None
    first: str
    share: float | None
    funding: float | None


def focus_of(breadth: Breadth) -> str:
    """ "cannot_tell", "narrow" or "broad": narrow where one kind has most of it, or the evenness is surely low."""
    if breadth.n < FEW or breadth.evenness is None or breadth.share is None:
        return "cannot_tell"
    if breadth.share >= NARROW_SHARE or (breadth.high is not None and breadth.high < NARROW_EVENNESS):
        return "narrow"
    return "broad"


def share_of(counts: Mapping[str, int], keys: Sequence[str]) -> float | None:
    """The part of the total that lies under these keys; None where there is none."""
    total = sum(counts.values())
    return sum(counts.get(k, 0) for k in keys) / total if total else None
