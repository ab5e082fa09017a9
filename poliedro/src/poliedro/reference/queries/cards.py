"""Indicator cards for pages."""

from __future__ import annotations

from poliedro.reference.models import IndicatorCard
from poliedro.shared.dated import Moment


def cards_at(moment: Moment) -> dict[str, IndicatorCard]:
    """The version of each card in force on the day, by key. One query."""
    return {
        card.key: card for card in IndicatorCard.objects.known(moment.known).active_on(moment.on).order_by("version")
    }
