"""What one card wants of another: each criterion 0..1, None where the wish or the answer is not known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import exp

CRITERIA = ("content", "kind", "size", "trl", "distance", "language", "complement", "network", "across", "record")
WEIGHTS: Mapping[str, float] = {
    "content": 3.0,
    "kind": 1.0,
    "size": 0.5,
    "trl": 0.8,
    "distance": 0.7,
    "language": 0.3,
    "complement": 1.0,
    "network": 0.8,
    "across": 0.6,
    "record": 0.5,
}
"""Before anyone said why a match was none. See `learned_weights`."""
VETO = ("kind", "size", "content", "refused")
TEACHES = {
    "other_field": "content",
    "too_far": "distance",
    "wrong_size": "size",
    "wrong_stage": "trl",
    "known": "network",
    "rival": "complement",
}
"""Reason why a match was none -> the criterion that weighs more from then on."""
FLOOR, WHOLE = 0.15, 0.5
"""Likeness of two texts below which they have nothing in common, and from which they say the same. Of the 119 pairs of
the demonstration, the nine that a reader would introduce to each other are alike by .21 to .50, the tenth by .21 is
none, and three quarters of all stay under .09."""
RANGE_KM = 120.0
"""Distance at which the wish for nearness has fallen to exp(-1)."""
GOES_WITH = {"need": "offer", "offer": "need"}


@dataclass(frozen=True)
class CardFacts:
    """What the engine knows of a card and of who stands behind it. steps: organisation -> joint projects away."""

    key: int
    kind: str
    topic: str
    organisation: int
    body_kind: str
    size: str
    nace: str
    country: str
    cluster: int | None
    point: tuple[float, float] | None
    tags: frozenset[str]
    trl: tuple[int, int] | None
    languages: frozenset[str]
    wished_kinds: frozenset[str]
    wished_sizes: frozenset[str]
    within_km: int | None
    partners: frozenset[int] = field(default_factory=frozenset)
    beyond: frozenset[int] = field(default_factory=frozenset)
    """Partners of partners that are no partners."""


def learned_weights(said: Mapping[str, int]) -> dict[str, float]:
    """The weights after reasons were given: w = w0 (1 + 2 n / (n + 10)), n times that reason was given."""
    found = dict(WEIGHTS)
    for reason, n in said.items():
        criterion = TEACHES[reason]
        found[criterion] = WEIGHTS[criterion] * (1 + 2 * n / (n + 10))
    return found


def may_meet(a: CardFacts, b: CardFacts) -> bool:
    """A need meets an offer of the same topic; those who look for an R&D partner meet each other too."""
    if a.organisation == b.organisation:
        return False
    if a.kind != b.kind:
        return a.topic == b.topic or {a.topic, b.topic} <= TECHNICAL
    return a.topic == b.topic == "rnd_partner"


TECHNICAL = frozenset(("technology", "rnd_partner", "expertise", "infrastructure", "result", "supply"))
"""Topics of which one may answer another."""


def fit(a: CardFacts, b: CardFacts, *, content: float, km: float | None, record: float) -> dict[str, float | None]:
    """How well b meets what a wants. content: likeness of the texts, 0..1 (too little is a veto); record: share of ties
    among earlier introductions of b's topic and kind."""
    return {
        "content": content_fit(content),
        "kind": _wished(a.wished_kinds, b.body_kind),
        "size": _wished(a.wished_sizes, b.size),
        "trl": _overlap(a.trl, b.trl),
        "distance": _near(a.within_km, km),
        "language": (1.0 if a.languages & b.languages else 0.2) if a.languages and b.languages else None,
        "complement": _complement(a, b),
        "network": 1.0 if b.organisation in a.beyond else 0.3 if b.organisation in a.partners else 0.5,
        "across": 1.0 if a.cluster != b.cluster else 0.3,
        "record": record,
    }


def content_fit(likeness: float) -> float:
    """0 below FLOOR, 1 from WHOLE on, in proportion between: nearness alone introduces nobody."""
    return 0.0 if likeness < FLOOR else min(1.0, likeness / WHOLE)


def _wished(wished: Collection[str], there: str) -> float | None:
    if not wished or not there:
        return None
    return 1.0 if there in wished else 0.0


def _overlap(a: tuple[int, int] | None, b: tuple[int, int] | None) -> float | None:
    """1 where the ranges of readiness meet, less by a quarter for each level between them."""
    if a is None or b is None:
        return None
    gap = max(a[0] - b[1], b[0] - a[1], 0)
    return max(0.1, 1 - gap / 4)


def _near(within: int | None, km: float | None) -> float | None:
    if km is None:
        return None
    if within is not None and km > within:
        return 0.1
    return max(0.1, exp(-km / RANGE_KM))


def _complement(a: CardFacts, b: CardFacts) -> float | None:
    """Related but not the same: shares a field, from another industry."""
    if not a.nace or not b.nace:
        return None
    related = bool(a.tags & b.tags)
    if a.nace == b.nace:
        return 0.3
    if a.nace[:2] == b.nace[:2]:
        return 0.7 if related else 0.5
    return 1.0 if related else 0.4
