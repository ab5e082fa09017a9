"""How many start-ups of the survival sample were handed over when they left: a count, never an effect."""

from __future__ import annotations

from datetime import date

from poliedro.monitoring.queries.startups import startups_after_incubation
from poliedro.registry.models import IncubateeSpell
from poliedro.registry.queries.hand_overs import HandOverCount, count_hand_overs
from poliedro.surveys.rules.shares import MINIMUM_CELL


def hand_overs_of_sample(today: date) -> HandOverCount:
    """Of the exits that the sample has now. A few queries."""
    sample = {(s.pk, s.incubator, s.left) for s in startups_after_incubation()}
    spells = IncubateeSpell.objects.known().filter(valid_to__isnull=False, valid_from__isnull=False).order_by("pk")
    exits = {
        (firm, incubator, entered)
        for firm, incubator, entered, left in spells.values_list(
            "organisation_id", "incubator_id", "valid_from", "valid_to"
        )
        if (firm, incubator, left) in sample
    }
    return count_hand_overs(exits, today, least=MINIMUM_CELL)
