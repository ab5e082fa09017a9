"""The room's part of the demonstration: cards, tickets, laboratories, pairs, deals, events, challenges, fairs.

Same seed, same rows; everything is labelled synthetic and belongs to invented organisations.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.matchmaking.models import Card
from poliedro.matchmaking.services.demonstration.access import build_laboratories, build_tickets
from poliedro.matchmaking.services.demonstration.gatherings import build_challenges, build_events, build_fairs
from poliedro.matchmaking.services.demonstration.introductions import (
    build_cards,
    build_deals,
    build_interests,
    build_mentoring,
)
from poliedro.matchmaking.services.demonstration.programmes import build_programmes
from poliedro.matchmaking.services.demonstration.stage import Stage
from poliedro.matchmaking.services.engine import refresh_health, refresh_index, refresh_matches, refresh_partners
from poliedro.shared.region import Region


def build_demonstration(*, region: Region, by: Any = None) -> str:
    """Build it once; doing it again changes nothing. Says what is there."""
    if not Card.objects.filter(certainty="synthetic").exists():
        with transaction.atomic():
            stage = Stage(int(region.raw["demonstration"]["seed"]), timezone.localdate())
            if not stage.firms:
                return "no synthetic members to invent for"
            build_cards(stage)
            build_interests(stage)
            build_laboratories(stage)
            build_tickets(stage)
            build_mentoring(stage)
            build_deals(stage)
            build_events(stage)
            build_challenges(stage)
            build_fairs(stage)
            build_programmes(stage)
    refresh_index(by=by)
    refresh_matches(by=by)
    refresh_partners(by=by)
    refresh_health(by=by)
    return f"{Card.objects.filter(certainty='synthetic').count()} cards, with tickets, pairs, events and fairs"
