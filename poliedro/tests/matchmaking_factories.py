"""The least valid object of each kind of the room `matchmaking`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from factories import organisation, source

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import (
    Accelerator,
    Attendee,
    Booking,
    Card,
    Challenge,
    Cohort,
    CohortApplication,
    ContactPoint,
    Deal,
    Equipment,
    ExpertProfile,
    Fair,
    FairApplication,
    FundingRound,
    Interest,
    MeetingEvent,
    Mentee,
    Mentor,
    MentorTraining,
    Slot,
    Team,
    Thesis,
    Ticket,
)
from poliedro.registry.models import Cluster, Organisation

READY = dict.fromkeys(("team", "plan", "finances", "product", "rights"), True)
CRITERIA = [
    {"key": "idea", "label": "Idea", "weight": 60},
    {"key": "impact", "label": "Impact", "weight": 40},
]


def today() -> date:
    return timezone.localdate()


def card(
    body: Organisation | None = None,
    title: str = "Test of a film",
    text: str = "We need tests of biodegradable film",
    kind: str = "need",
    topic: str = "technology",
    state: str = "published",
    **fields: Any,
) -> Card:
    n = Card.objects.count() + 1
    if state == "published":
        fields.setdefault("published_at", timezone.now())
        fields.setdefault("expires_on", today() + timedelta(days=100))
    return Card.objects.create(
        code=f"{'N' if kind == 'need' else 'O'}-{n:04d}",
        organisation=body or organisation(f"Owner {n}"),
        title=title,
        text=text,
        kind=kind,
        topic=topic,
        state=state,
        **fields,
    )


def interest(target: Card, body: Organisation, **fields: Any) -> Interest:
    fields.setdefault("answer_by", today() + timedelta(days=14))
    return Interest.objects.create(card=target, organisation=body, why="It fits", brings="A laboratory", **fields)


def contact(user: Any, cluster: Cluster | None = None, **fields: Any) -> ContactPoint:
    fields.setdefault("valid_from", date(2020, 1, 1))
    return ContactPoint.objects.create(person=user.person, cluster=cluster, **fields)


def ticket(owner: ContactPoint, state: str = "open", **fields: Any) -> Ticket:
    fields.setdefault("promised_on", today() + timedelta(days=3))
    return Ticket.objects.create(
        code=f"T-{Ticket.objects.count() + 1:05d}",
        question="Who can test a biodegradable film?",
        email="asker@test.example",
        name="Ada",
        state=state,
        owner=owner,
        cluster=owner.cluster,
        **fields,
    )


def laboratory(body: Organisation | None = None, name: str = "Film laboratory", **fields: Any) -> ExpertProfile:
    fields.setdefault("text", "Tests of biodegradable film and packaging")
    fields.setdefault("agreed_at", timezone.now())
    return ExpertProfile.objects.create(
        kind="laboratory", organisation=body or organisation("Ateneo", "university"), name=name, **fields
    )


def equipment(lab: ExpertProfile | None = None, **fields: Any) -> Equipment:
    fields.setdefault("name", "Compost chamber")
    fields.setdefault("text", "Biodegradability in compost")
    fields.setdefault("market_eur_hour", Decimal("80.00"))
    fields.setdefault("member_eur_hour", Decimal("50.00"))
    return Equipment.objects.create(laboratory=lab or laboratory(), **fields)


def slot(kit: Equipment, days: int = 5, hours: int = 4) -> Slot:
    start = timezone.make_aware(datetime.combine(today() + timedelta(days=days), time(9)))
    return Slot.objects.create(equipment=kit, starts_at=start, hours=hours)


def booking(where: Slot, body: Organisation, **fields: Any) -> Booking:
    return Booking.objects.create(slot=where, organisation=body, purpose="A test", price_eur="320.00", **fields)


def mentor(user: Any, trained: bool = True, **fields: Any) -> Mentor:
    fields.setdefault("tags", ["software"])
    made = Mentor.objects.create(person=user.person, text="I help with software", **fields)
    if trained:
        for module in MentorTraining.Module.values:
            MentorTraining.objects.create(mentor=made, module=module, done_on=date(2026, 1, 1))
    return made


def mentee(body: Organisation, **fields: Any) -> Mentee:
    fields.setdefault("tags", ["software"])
    return Mentee.objects.create(organisation=body, goals="Grow", **fields)


def thesis(body: Organisation | None = None, **fields: Any) -> Thesis:
    fields.setdefault("stages", ["start_up"])
    fields.setdefault("fields", ["software"])
    return Thesis.objects.create(
        organisation=body or organisation("Fondo", "investor"),
        text="Early software",
        least_eur="100000",
        most_eur="500000",
        **fields,
    )


def funding_round(body: Organisation, **fields: Any) -> FundingRound:
    fields.setdefault("readiness", READY)
    fields.setdefault("fields", ["software"])
    return FundingRound.objects.create(
        organisation=body, text="To grow", stage="start_up", amount_eur="300000", **fields
    )


def deal(one: FundingRound, other: Thesis, **fields: Any) -> Deal:
    return Deal.objects.create(round=one, thesis=other, reasons=[["field", 0.5]], **fields)


def event(cluster: Cluster | None = None, days: int = 10, **fields: Any) -> MeetingEvent:
    fields.setdefault("slots", 4)
    fields.setdefault("tables", 2)
    return MeetingEvent.objects.create(
        title="Partnering day",
        place="Torino",
        on=today() + timedelta(days=days),
        register_by=today() + timedelta(days=days - 2),
        first_slot=time(9),
        cluster=cluster,
        **fields,
    )


def attendee(at: MeetingEvent, body: Organisation, name: str = "Someone", **fields: Any) -> Attendee:
    return Attendee.objects.create(event=at, organisation=body, name=name, **fields)


def challenge(body: Organisation, state: str = "open", **fields: Any) -> Challenge:
    fields.setdefault("kind", "hackathon")
    return Challenge.objects.create(
        organisation=body,
        title="Climathon",
        text="A city without waste",
        criteria=CRITERIA,
        opens_on=today() - timedelta(days=5),
        closes_on=today() + timedelta(days=5),
        follow_up_on=today() + timedelta(days=90),
        state=state,
        **fields,
    )


def team(of: Challenge, name: str = "Team A", **fields: Any) -> Team:
    return Team.objects.create(
        challenge=of,
        number=of.teams.count() + 1,
        name=name,
        email="t@test.example",
        members=["Ada"],
        idea="Sort",
        **fields,
    )


def fair(cluster: Cluster | None = None, days: int = 30, **fields: Any) -> Fair:
    fields.setdefault("kind", "fair")
    return Fair.objects.create(
        title="Hannover",
        place="Hannover",
        country="DE",
        starts_on=today() + timedelta(days=days),
        ends_on=today() + timedelta(days=days + 3),
        apply_by=today() + timedelta(days=min(days, days - 10)),
        cost_eur=Decimal("10000.00"),
        subsidy_share=Decimal("0.500"),
        cluster=cluster,
        **fields,
    )


def fair_application(at: Fair, body: Organisation, **fields: Any) -> FairApplication:
    return FairApplication.objects.create(fair=at, organisation=body, motive="To sell", **fields)


def accelerator(body: Organisation, cluster: Cluster | None = None, **fields: Any) -> Accelerator:
    return Accelerator.objects.create(organisation=body, cluster=cluster, title="Moves", text="Mobility", **fields)


def cohort(of: Accelerator, **fields: Any) -> Cohort:
    fields.setdefault("apply_by", today() + timedelta(days=5))
    fields.setdefault("starts_on", today() + timedelta(days=10))
    fields.setdefault("demo_day_on", today() + timedelta(days=100))
    return Cohort.objects.create(accelerator=of, **fields)


def cohort_application(of: Cohort, body: Organisation, **fields: Any) -> CohortApplication:
    fields.setdefault("state", "accepted")
    return CohortApplication.objects.create(cohort=of, organisation=body, motive="To grow", **fields)


def person(name: str = "Grace", **fields: Any) -> Person:
    return Person.objects.create(name=name, **fields)


def sourced() -> dict[str, Any]:
    return {"source": source(), "certainty": "reported"}
