"""What matchmaking adds to the kinds of ties of the ecosystem: introductions that became a tie, and events.

# Note [An event is no tie]
Two people at one table have met, and no more. The pair counts as tied from the event on only where something is
recorded afterwards: the meeting became a project or contract, one was introduced to the other, or they share a project
that began, a research contract that was signed or a service that was delivered after the event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import combinations

from poliedro.matchmaking.models import Interest, Meeting, MeetingEvent, Seat
from poliedro.reference.models import Certainty
from poliedro.registry.models import Delivery, Participation, ResearchContract
from poliedro.registry.queries.backing import Backing
from poliedro.registry.queries.layers import Dated, Told

Pair = tuple[int, int]


def introductions(official: bool) -> Told:
    """Interests in a card that became a project, contract, hire, investment, licence or visit."""
    rows = Interest.objects.filter(state=Interest.State.TIED)
    if official:
        rows = rows.exclude(certainty=Certainty.SYNTHETIC)
    found: list[Dated] = []
    invented = False
    for owner, asker, closed, certainty in rows.order_by("pk").values_list(
        "card__organisation", "organisation", "closed_at", "certainty"
    ):
        day = closed.date() if closed else None
        found.append((owner, asker, day, day))
        invented = invented or certainty == Certainty.SYNTHETIC
    return Told(found, _backing(invented))


def events(official: bool) -> Told:
    """Pairs of organisations that met at an event and did something together later. See Note [An event is no tie].

    A constant number of queries.
    """
    held = MeetingEvent.objects.order_by("pk")
    if official:
        held = held.exclude(certainty=Certainty.SYNTHETIC)
    plans: dict[int, int] = {}
    days: dict[int, tuple[date, str]] = {}
    for event in held.prefetch_related("plans"):
        if newest := max(event.plans.all(), key=lambda p: p.version, default=None):
            plans[newest.pk] = event.pk
            days[event.pk] = event.on, event.certainty
    met, became, invented = _met(plans, days)
    later = _later({o for pair in met for o in pair}, official)
    found: list[Dated] = [
        (*pair, day, None)
        for pair, day in sorted(met.items())
        if pair in became or any(after >= day for after in later.get(pair, ()))
    ]
    return Told(found, _backing(invented), len(met))


def _met(plans: dict[int, int], days: dict[int, tuple[date, str]]) -> tuple[dict[Pair, date], set[Pair], bool]:
    """{pair: day of the first meeting}; the pairs whose meeting became something; whether any of it is invented."""
    tables: dict[int, list[int]] = defaultdict(list)
    plan_of: dict[int, int] = {}
    seats = Seat.objects.filter(plan__in=plans).exclude(meeting__result=Meeting.Result.MISSED).order_by("pk")
    for meeting, plan, organisation in seats.values_list("meeting", "plan", "attendee__organisation"):
        tables[meeting].append(organisation)
        plan_of[meeting] = plan
    tied = set(Meeting.objects.filter(plan__in=plans, result=Meeting.Result.TIE).values_list("pk", flat=True))
    met: dict[Pair, date] = {}
    became: set[Pair] = set()
    invented = False
    for meeting, there in tables.items():
        day, certainty = days[plans[plan_of[meeting]]]
        for a, b in combinations(sorted(set(there)), 2):
            met[a, b] = min(day, met.get((a, b), day))
            invented = invented or certainty == Certainty.SYNTHETIC
            if meeting in tied:
                became.add((a, b))
    return met, became, invented


def _later(people: set[int], official: bool) -> dict[Pair, list[date]]:
    """{pair of these: days on which something between them began}."""
    found: dict[Pair, list[date]] = defaultdict(list)

    def add(rows: Iterable[tuple[int, int, date | None]]) -> None:
        for a, b, day in rows:
            if day is not None and a != b:
                found[min(a, b), max(a, b)].append(day)

    contracts, given = ResearchContract.objects.known(), Delivery.objects.known()
    parts = Participation.objects.known().filter(organisation__in=people, project__retracted_at=None)
    if official:
        contracts, given, parts = (q.exclude(certainty=Certainty.SYNTHETIC) for q in (contracts, given, parts))
    both = {"firm__in": people, "research_body__in": people}
    add(contracts.filter(**both).order_by().values_list("firm", "research_body", "signed_on"))
    both = {"provider__in": people, "client__in": people}
    add(given.filter(**both).order_by().values_list("provider", "client", "delivered_on"))
    introduced = Interest.objects.filter(
        introduced_at__isnull=False, organisation__in=people, card__organisation__in=people
    )
    add(
        (a, b, at.date() if at else None)
        for a, b, at in introduced.order_by().values_list("organisation", "card__organisation", "introduced_at")
    )
    teams: dict[tuple[int, date], set[int]] = defaultdict(set)
    for project, start, organisation in parts.order_by().values_list("project", "project__starts_on", "organisation"):
        if start is not None:
            teams[project, start].add(organisation)
    add((a, b, start) for (_project, start), team in teams.items() for a, b in combinations(sorted(team), 2))
    return found


def _backing(invented: bool) -> Backing:
    return Backing(Certainty.SYNTHETIC if invented else Certainty.REPORTED, "Poliedro")
