"""Invented events with their plans, a hackathon, an open challenge, fairs and leads."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from poliedro.matchmaking.models import (
    Attendee,
    Challenge,
    Fair,
    FairApplication,
    FollowUp,
    Juror,
    JuryScore,
    Lead,
    MeetingEvent,
    Stand,
    Team,
    Wish,
)
from poliedro.matchmaking.rules.fairs import points_of
from poliedro.matchmaking.services.challenges import decide
from poliedro.matchmaking.services.demonstration.stage import SYNTHETIC, Stage
from poliedro.matchmaking.services.events import make_plan

CRITERIA = [
    {"key": "c1", "label": "Idea", "weight": 40},
    {"key": "c2", "label": "Fattibilità", "weight": 30},
    {"key": "c3", "label": "Effetto", "weight": 30},
]


def build_events(stage: Stage) -> None:
    for title, key, ago, n in (
        ("Incontri cibo e imballaggio", "agrifood", -18, 26),
        ("Giornata dei fornitori di meccatronica", "mesap", 75, 20),
    ):
        event = MeetingEvent.objects.create(
            title=title,
            text="Incontri di venti minuti fra imprese, laboratori e scuole, a scelta reciproca.",
            place="Torino" if key == "mesap" else "Cuneo",
            on=stage.event_day(ago),
            first_slot=time(9, 30),
            slots=6,
            slot_minutes=20,
            tables=8,
            cluster=stage.clusters.get(key),
            register_by=stage.day(ago + 5),
            **SYNTHETIC,
        )
        people = []
        for i in range(n):
            body = stage.firm if i == 0 and stage.firm and key == "agrifood" else stage.of(key)
            user = stage.user("firm") if body == stage.firm and i == 0 else None
            people.append(
                Attendee.objects.create(
                    event=event,
                    organisation=body,
                    person=user.person if user else None,
                    name=f"Partecipante Demo {i + 1}",
                    looks_for="Partner per una prova, fornitori, idee.",
                    away=[1] if i % 9 == 4 else [],
                    **SYNTHETIC,
                )
            )
        for one in people:
            others = [o for o in people if o.organisation_id != one.organisation_id]
            Wish.objects.bulk_create(Wish(of=one, to=o) for o in stage.dice.sample(others, 5))
        plan = make_plan(event=event, by=None)
        if ago > 0:
            results = ["again", "tie", "nothing", "again", "missed"]
            for i, meeting in enumerate(plan.meetings.all()):
                meeting.result = results[i % len(results)]
                meeting.save(update_fields=["result"])


def build_challenges(stage: Stage) -> None:
    agency = stage.user("agency")
    host = stage.large[0]
    rows = (
        ("hackathon", "Climathon: una città senza scarti", "Che cosa può fare un quartiere in un anno?", 160, "closed"),
        ("open", "Sfida aperta: fornitori per imballaggi leggeri", "Cerchiamo soluzioni che tolgano il 20% di peso.",
         -25, "open"),
        ("hackathon", "Hackathon energia per le imprese", "Idee per ridurre i picchi di consumo.", 20, "judging"),
    )  # fmt: skip
    for kind, title, text, ago, state in rows:
        challenge = Challenge.objects.create(
            kind=kind,
            organisation=host if kind == "open" else stage.large[1],
            cluster=stage.clusters.get("clever") if kind == "hackathon" else None,
            title=title,
            text=text,
            prize="Sei mesi di accompagnamento e 10 000 EUR",
            tags=["circular-economy"] if kind == "hackathon" else ["packaging", "lightweighting"],
            criteria=CRITERIA,
            opens_on=stage.day(ago + 40),
            closes_on=stage.day(ago),
            follow_up_on=stage.day(ago - 120),
            state="judging" if state == "closed" else state,
            **SYNTHETIC,
        )
        teams = [
            Team.objects.create(
                challenge=challenge,
                number=i + 1,
                name=f"Squadra {name}",
                email=f"squadra{i + 1}@demo.example",
                members=[f"Persona Demo {j + 1}" for j in range(2 + i % 3)],
                idea=idea,
                **SYNTHETIC,
            )
            for i, (name, idea) in enumerate(
                [
                    ("Compost", "Un compost di quartiere con sensori e premi per chi conferisce bene."),
                    ("Riuso", "Una mappa degli scarti delle imprese vicine, aggiornata ogni settimana."),
                    ("Freddo", "Frigoriferi di negozio che si spengono a turno nei picchi."),
                    ("Filo", "Un filato da scarti di lana per imbottiture locali."),
                ]
            )
        ]
        if state == "open":
            continue
        jurors = [
            Juror.objects.create(challenge=challenge, person=stage.person(f"Giurata Demo {i + 1}")) for i in range(2)
        ]
        if agency is not None and state == "judging":
            Juror.objects.create(challenge=challenge, person=agency.person)
        for juror in jurors:
            JuryScore.objects.bulk_create(
                JuryScore(juror=juror, team=t, criterion=str(c["key"]), points=stage.dice.randint(4, 10))
                for t in teams
                for c in CRITERIA
            )
        if state == "closed":
            decide(challenge=challenge, by=None)
            for t, result in zip(teams, ("start_up", "goes_on", "nothing", "project"), strict=True):
                FollowUp.objects.create(team=t, on=stage.event_day(30), result=result, note="Sentiti al telefono")
            Challenge.objects.filter(pk=challenge.pk).update(state="closed")


def build_fairs(stage: Stage) -> None:
    rows = (
        ("fair", "Fiera internazionale dell'imballaggio", "Düsseldorf", "DE", "agrifood", 110, 42_000),
        ("fair", "Fiera della meccatronica", "Hannover", "DE", "mesap", -45, 56_000),
        ("mission", "Missione tessile tecnico", "Porto", "PT", "pointex", -80, 18_000),
    )
    for kind, title, place, country, key, ago, cost in rows:
        fair = Fair.objects.create(
            kind=kind,
            title=f"{title} (demo)",
            text="Stand comune e incontri già fissati con acquirenti.",
            place=place,
            country=country,
            cluster=stage.clusters.get(key),
            starts_on=stage.event_day(ago),
            ends_on=stage.event_day(ago - 3),
            apply_by=stage.day(ago + 30),
            places=6,
            cost_eur=Decimal(cost),
            subsidy_share=Decimal("0.400"),
            **SYNTHETIC,
        )
        if kind == "fair":
            Stand.objects.create(fair=fair, hall="Padiglione 5, stand B12", area_m2=Decimal("48.0"))
        bodies = list(dict.fromkeys(stage.of(key) for _ in range(9)))
        if key == "agrifood" and stage.firm is not None:
            bodies = [stage.firm, *[b for b in bodies if b != stage.firm]]
        for i, body in enumerate(bodies[:8]):
            reasons = ["member", "fits"] + (["first_time"] if i % 3 == 0 else [])
            if body.size_class in ("micro", "small"):
                reasons.append("small")
            state = ("took_part" if i < 6 else "refused") if ago > 0 else ("accepted" if i < 2 else "sent")
            application = FairApplication.objects.create(
                fair=fair,
                organisation=body,
                motive="Incontrare distributori e confrontare i prezzi.",
                first_time=i % 3 == 0,
                own_cost_eur=Decimal(1800 + 150 * i),
                reasons=reasons,
                points=points_of(reasons),
                state=state,
                **SYNTHETIC,
            )
            if state == "took_part":
                _leads(stage, application, ago)


def _leads(stage: Stage, application: FairApplication, ago: int) -> None:
    results = ["order", "talks", "lost", "open", "talks"]
    for j in range(stage.dice.randint(2, 5)):
        result = results[(application.pk + j) % len(results)]
        Lead.objects.create(
            application=application,
            company=f"Demo Handel {application.pk}-{j + 1}",
            country=stage.dice.choice(["DE", "FR", "NL", "AT"]),
            quality=stage.dice.randint(1, 3),
            noted_at=stage.moment(ago),
            followed_up_on=None if result == "open" else stage.day(ago - 20),
            result=result,
            value_eur=Decimal(stage.dice.choice([8000, 15000, 32000])) if result == "order" else None,
        )
