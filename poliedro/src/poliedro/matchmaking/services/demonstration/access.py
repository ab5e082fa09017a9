"""Invented laboratories with slots and bookings, contact points, and tickets in every state."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from poliedro.matchmaking.models import (
    Booking,
    ContactPoint,
    Equipment,
    ExpertProfile,
    Publication,
    Slot,
    Ticket,
    TicketMessage,
)
from poliedro.matchmaking.queries.concepts import concepts, concepts_named
from poliedro.matchmaking.rules.routing import working_days_later
from poliedro.matchmaking.services.demonstration.stage import SYNTHETIC, Stage
from poliedro.matchmaking.services.demonstration.texts import EXPERTS, LABORATORIES, PUBLICATIONS, QUESTIONS
from poliedro.registry.models import StaffAssignment
from poliedro.shared.invented import working_day


def build_laboratories(stage: Stage) -> None:
    bodies = [b for b in dict.fromkeys([stage.laboratory, *stage.research]) if b is not None]
    for n, (name, text, kits) in enumerate(LABORATORIES):
        lab = ExpertProfile.objects.create(
            kind="laboratory",
            organisation=bodies[n % len(bodies)],
            name=name,
            text=text,
            tags=concepts_named(text),
            languages=["it", "en"],
            agreed_at=stage.moment(200),
            **SYNTHETIC,
        )
        Publication.objects.create(profile=lab, title=PUBLICATIONS[n % len(PUBLICATIONS)], year=stage.today.year - 1)
        for kit_name, what, market, member in kits:
            kit = Equipment.objects.create(
                laboratory=lab,
                name=kit_name,
                text=what,
                tags=concepts_named(f"{kit_name} {what}"),
                market_eur_hour=Decimal(market),
                member_eur_hour=Decimal(member),
                **SYNTHETIC,
            )
            _slots(stage, kit, n)
    for n, (name, text) in enumerate(EXPERTS):
        ExpertProfile.objects.create(
            kind="person",
            organisation=bodies[n % len(bodies)],
            person=stage.person(name),
            name=name,
            text=text,
            tags=concepts_named(text),
            languages=["it"],
            agreed_at=stage.moment(150),
            **SYNTHETIC,
        )


def _slots(stage: Stage, kit: Equipment, n: int) -> None:
    for week in range(-3, 5):
        day = working_day(stage.today + timedelta(days=7 * week + 2 + n % 3))
        slot = Slot.objects.create(
            equipment=kit, starts_at=timezone.make_aware(datetime.combine(day, time(9))), hours=4
        )
        taken = {-3: "used", -2: "used", -1: "confirmed", 1: "asked"}.get(week)
        if taken and (n + week) % 2 == 0:
            reduced = stage.dice.random() < 0.5
            price = (kit.member_eur_hour or kit.market_eur_hour) if reduced else kit.market_eur_hour
            Booking.objects.create(
                slot=slot,
                organisation=stage.firm if n == 0 and stage.firm and week == 1 else stage.of("agrifood"),
                purpose="Prova su campioni di produzione",
                at_member_price=reduced,
                price_eur=price * 4,
                aid_eur=(kit.market_eur_hour - price) * 4,
                first_with_research=stage.dice.random() < 0.4,
                state=taken,
                result="Rapporto di prova consegnato" if taken == "used" else "",
                created_at=stage.moment(20 - 7 * week),
                **SYNTHETIC,
            )


FIELDS = {
    "agrifood": ["food", "food-packaging", "agriculture", "bioplastics"],
    "biopmed": ["life-sciences", "medical-devices", "toxicology", "certification"],
    "cgreen": ["chemistry", "materials", "bioplastics", "solvents", "wood"],
    "clever": ["energy", "environment", "heat-recovery"],
    "mesap": ["manufacturing", "testing", "mechanical-testing", "fatigue", "fluid-dynamics", "simulation"],
    "pointex": ["textiles"],
    "ict": ["digital", "software", "data-analysis", "logistics"],
}


def _who_knows(question: str, points: dict[str, ContactPoint]) -> str:
    """The cluster that knows most of the fields that the question names, with the broader ones; else the agency."""
    asked: set[str] = set()
    for named in concepts_named(question):
        at = named
        while at:
            asked.add(at)
            at = concepts()[at].parent
    known = {key: len(asked & set(FIELDS.get(key, ()))) for key in points}
    best = max(sorted(known), key=lambda key: known[key])
    return best if known[best] else "agency" if "agency" in points else best


def build_tickets(stage: Stage) -> None:
    points: dict[str, ContactPoint] = {}
    for key, cluster in stage.clusters.items():
        staff = (
            StaffAssignment.objects.known()
            .filter(cluster=cluster, role__in=("manager", "officer"))
            .select_related("person")
            .order_by("-person__user", "pk")
        )
        chosen = staff.filter(person__user__isnull=False).first() or staff.first()
        if chosen is not None and not ContactPoint.objects.filter(person=chosen.person, cluster=cluster).exists():
            points[key] = ContactPoint.objects.create(
                person=chosen.person, cluster=cluster, topics=FIELDS.get(key, []), valid_from=stage.day(700)
            )
    agency = stage.user("agency")
    if agency is not None:
        points["agency"] = ContactPoint.objects.create(person=agency.person, valid_from=stage.day(700), capacity=20)
    if not points:
        return
    for n, (question, state) in enumerate(QUESTIONS):
        key = _who_knows(question, points)
        owner = points[key]
        ago = {"open": 2 if n % 2 else 9, "contacted": 8, "answered": 20}.get(state, 40 + 12 * n)
        own = stage.firm if key == "agrifood" else None
        body = own or (stage.of(key if key in stage.firms else "mesap") if n % 3 else None)
        contacted = None if state == "open" else stage.moment(ago - 1 - n % 4)
        ticket = Ticket.objects.create(
            code=f"T-{n + 1:05d}",
            question=question,
            language="en" if question.startswith("We ") else "it",
            email=f"richiesta{n + 1}@demo.example",
            name=f"Impresa Demo {n + 1}",
            firm="" if body else "Officina senza accesso",
            organisation=body,
            first_with_research=n % 4 == 1,
            state=state,
            owner=owner,
            cluster=owner.cluster,
            confirmed_at=stage.moment(ago),
            promised_on=working_days_later(stage.day(ago), 3),
            contacted_at=contacted,
            closed_at=stage.moment(max(1, ago - 25)) if state == "closed" else None,
            outcome=["contract", "answer", "service", "project", "nothing"][n % 5] if state == "closed" else "",
            outcome_note="Ordine di prova" if state == "closed" and n % 5 == 0 else "",
            rating=[5, 4, 3, 5][n % 4] if state == "closed" else None,
            created_at=stage.moment(ago),
            created_by=stage.user("firm") if own else None,
            **SYNTHETIC,
        )
        stage.step(ticket, "open", ago, owner.person.name)
        if contacted is not None:
            stage.step(ticket, "contacted", ago - 1 - n % 4)
            TicketMessage.objects.create(
                ticket=ticket,
                text="Buongiorno, abbiamo sentito due laboratori: possiamo parlarne domani alle 11?",
                at=contacted,
                by=owner.person.user,
            )
        if state == "closed":
            stage.step(ticket, "closed", max(1, ago - 25))
