"""What matchmaking tells of ties: an event is none until something follows it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from factories import organisation, source
from matchmaking_factories import attendee, card, event, interest

from poliedro.matchmaking.models import Interest, Meeting, Plan, Seat
from poliedro.matchmaking.queries.layers import events, introductions
from poliedro.registry.models import Delivery, Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def met() -> tuple[Organisation, Organisation, Organisation, date]:
    """A met B, and A met C, at an event ten days ago."""
    held = event(days=-10)
    a, b, c = organisation("A"), organisation("B"), organisation("C")
    people = [attendee(held, body) for body in (a, b, c)]
    plan = Plan.objects.create(event=held, version=1, value=1, bound=1, wished=2)
    for slot, other in ((1, 1), (2, 2)):
        meeting = Meeting.objects.create(plan=plan, slot=slot, table=1)
        for who in (people[0], people[other]):
            Seat.objects.create(meeting=meeting, plan=plan, slot=slot, attendee=who)
    return a, b, c, held.on


def give(provider: Organisation, client: Organisation, day: date) -> None:
    Delivery.objects.create(
        provider=provider, client=client, service="matchmaking", delivered_on=day, source=source(), certainty="reported"
    )


def test_meeting_alone_is_no_tie(met: Any) -> None:
    told = events(False)
    assert (list(told.ties), told.met) == ([], 2)


def test_what_follows_an_event_ties_the_pair_from_the_event_on_and_what_came_before_does_not(met: Any) -> None:
    a, b, c, day = met
    give(a, b, day - timedelta(days=1))
    assert list(events(False).ties) == []
    give(c, a, day + timedelta(days=5))
    assert list(events(False).ties) == [(a.pk, c.pk, day, None)]


def test_meeting_that_became_a_project_is_a_tie_and_a_missed_one_never_was(met: Any) -> None:
    a, b, _c, day = met
    Meeting.objects.filter(slot=1).update(result="tie")
    Meeting.objects.filter(slot=2).update(result="missed")
    told = events(False)
    assert (list(told.ties), told.met) == ([(a.pk, b.pk, day, None)], 1)


def test_introduction_counts_when_it_became_a_tie() -> None:
    owner, asker = organisation("Owner"), organisation("Asker")
    found = interest(card(owner), asker)
    assert list(introductions(False).ties) == []
    Interest.objects.filter(pk=found.pk).update(state="tied", tie="contract", closed_at="2026-02-01T10:00:00Z")
    assert list(introductions(False).ties) == [(owner.pk, asker.pk, date(2026, 2, 1), date(2026, 2, 1))]
