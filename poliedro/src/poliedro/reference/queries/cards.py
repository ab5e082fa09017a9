"""Indicator cards for pages."""

from __future__ import annotations

from dataclasses import dataclass

from poliedro.reference.models import IndicatorCard
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Words:
    """What an indicator and its unit are called in the reader's language."""

    name: str
    unit: str


def words_of_cards() -> dict[str, Words]:
    """Key -> words, of the last version of each card. One query."""
    return {card.key: Words(card.name, card.unit) for card in IndicatorCard.objects.known().order_by("version")}


def cards_at(moment: Moment) -> dict[str, IndicatorCard]:
    """The version of each card in force on the day, by key. One query."""
    return {
        card.key: card for card in IndicatorCard.objects.known(moment.known).active_on(moment.on).order_by("version")
    }
