"""The engine's stored matches, for pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.models import Card
from poliedro.matchmaking.queries.cards import visible_cards
from poliedro.matchmaking.queries.found import Reason


def criterion_label(criterion: str) -> str:
    return {
        "content": _("says the same"),
        "kind": _("the kind of partner that is wanted"),
        "size": _("the size that is wanted"),
        "trl": _("fits in technology readiness"),
        "distance": _("near enough"),
        "language": _("a common language"),
        "complement": _("related but not the same trade"),
        "network": _("how they stand in the network of projects"),
        "across": _("from another cluster"),
        "record": _("such matches led to results before"),
    }.get(criterion, criterion)


@dataclass(frozen=True)
class Match:
    """A card that fits another. score, wants, is_wanted: 0..1. reasons: parts of the score."""

    card: Card
    rank: int
    score: float
    wants: float
    is_wanted: float
    reasons: tuple[Reason, ...]
    run: str


def last_run(analysis: str) -> Run | None:
    """The run that was asked for last, whatever its settings. Two queries."""
    return Run.objects.filter(analysis=analysis).prefetch_related("tables").order_by("-asked_at", "-pk").first()


def matches_of(card: Card, user: Any, limit: int = 10) -> list[Match]:
    """The stored matches of a card that are still published, best first."""
    run = last_run("card-matches")
    if run is None:
        return []
    rows = read_rows(table_of(run, "matches"), {"card": card.pk}, order="rank", limit=limit)
    cards = {c.pk: c for c in visible_cards(user).filter(pk__in=[r["partner"] for r in rows])}
    return [_match(row, cards[row["partner"]], run.key) for row in rows if row["partner"] in cards]


def _match(row: Mapping[str, Any], card: Card, run: str) -> Match:
    sides: dict[str, dict[str, float]] = {}
    for part in json.loads(row["reasons"]):
        side, _colon, criterion = part["reason"].partition(": ")
        if criterion != "refused":
            sides.setdefault(criterion, {})[side] = part["weight"]
    parts = []
    for criterion, given in sides.items():
        words = criterion_label(criterion)
        said = (
            _("for both: %(why)s")
            if len(given) == 2
            else _("for you: %(why)s")
            if "wants" in given
            else _("for them: %(why)s")
        )
        parts.append(Reason(said % {"why": words}, sum(given.values())))
    parts.sort(key=lambda reason: -reason.weight)
    return Match(card, row["rank"], row["score"], row["wants"], row["is_wanted"], tuple(parts), run)


def engine_weights() -> list[tuple[str, float]]:
    """Criterion in words and its weight, as the last run used them, the heaviest first."""
    run = last_run("card-matches")
    if run is None:
        return []
    rows = read_rows(table_of(run, "weights"), order="-weight")
    return [(criterion_label(r["criterion"]), r["weight"]) for r in rows if r["criterion"] != "refused"]


def run_summary() -> dict[str, Any] | None:
    """When the last matching ran, on how many cards, with which settings."""
    run = last_run("card-matches")
    if run is None:
        return None
    return {"key": run.key, "at": run.asked_at, **run.headline, **run.parameters, "seconds": run.seconds}
