"""Invented cards, interests with their outcomes, mentoring pairs, investors and rounds."""

from __future__ import annotations

from decimal import Decimal

from poliedro.accounts.models import User
from poliedro.matchmaking.models import (
    Card,
    Deal,
    FundingRound,
    Interest,
    Mentee,
    Mentor,
    MentorTraining,
    NotRelevant,
    Pair,
    PairFeedback,
    PairMeeting,
    Thesis,
)
from poliedro.matchmaking.queries.concepts import concepts_named
from poliedro.matchmaking.rules.readiness import READINESS
from poliedro.matchmaking.rules.routing import working_days_later
from poliedro.matchmaking.services.demonstration.stage import SYNTHETIC, Stage
from poliedro.matchmaking.services.demonstration.texts import CARDS, MENTEES, MENTORS, ROUNDS, THESES
from poliedro.matchmaking.services.investment import suggest_deals
from poliedro.matchmaking.services.mentoring import allocate_mentors
from poliedro.reference.models import Certainty, Source
from poliedro.registry.models import Organisation


def build_cards(stage: Stage) -> None:
    own = {3: stage.firm, 0: stage.firm, 12: stage.start_up, 13: stage.laboratory}
    users = {
        stage.firm: stage.user("firm"),
        stage.start_up: stage.user("startup"),
        stage.laboratory: stage.user("laboratory"),
    }
    for n, (kind, topic, language, cluster, title, text) in enumerate(CARDS):
        body = own.get(n) or stage.of(cluster)
        ago = stage.dice.randint(5, 150)
        waits = n in (8, 20, 24)  # three are still in review
        card = Card.objects.create(
            code=f"{'N' if kind == 'need' else 'O'}-{n + 1:04d}",
            kind=kind,
            topic=topic,
            organisation=body,
            cluster=stage.clusters.get(cluster),
            title=title,
            text=text,
            language=language,
            tags=concepts_named(f"{title} {text}"),
            trl_from=stage.dice.choice([None, 3, 4, 5]),
            trl_to=stage.dice.choice([None, 6, 7, 8]),
            territory=body.territory,
            languages=["it", "en"] if stage.dice.random() < 0.6 else ["it"],
            budget_eur=Decimal(stage.dice.choice([5, 12, 30, 60]) * 1000) if kind == "need" else None,
            wanted_by=stage.day(-stage.dice.randint(40, 200)) if kind == "need" else None,
            anonymous=n % 3 != 2,
            state="submitted" if waits else "published",
            submitted_at=stage.moment(ago + 1 if not waits else 1),
            published_at=None if waits else stage.moment(ago),
            expires_on=None if waits else stage.day(ago - 180) if n != 3 else stage.day(-9),
            created_by=users.get(body) if body in users else None,
            created_at=stage.moment(ago + 2),
            **SYNTHETIC,
        )
        for state, before in (("draft", 2.0), ("submitted", 1.0), ("published", 0.0)):
            if not (waits and state == "published"):
                stage.step(card, state, ago + before)
    pairs = list(Card.objects.filter(state="published").order_by("pk"))
    NotRelevant.objects.create(card=pairs[4], other=pairs[5], reason="too_far", at=stage.moment(20))
    NotRelevant.objects.create(card=pairs[14], other=pairs[1], reason="other_field", at=stage.moment(12))


ENDS = (
    ("tied", "project", "", "Progetto comune nel bando regionale", 180_000),
    ("tied", "contract", "", "Contratto di prova", 14_000),
    ("ended", "", "no_money", "Prezzo sopra le attese", 0),
    ("ended", "", "silent", "Nessuna risposta dopo il primo incontro", 0),
    ("introduced", "", "", "", 0),
    ("accepted", "", "", "", 0),
    ("sent", "", "", "", 0),
    ("declined", "", "", "", 0),
    ("tied", "licence", "", "Licenza per un prodotto", 25_000),
    ("tied", "hire", "", "Assunzione dopo il tirocinio", 0),
)


def build_interests(stage: Stage) -> None:
    cards = list(Card.objects.filter(state="published").select_related("organisation").order_by("pk"))
    routes = ["search", "match", "match", "event", "ticket", "staff", "match", "search"]
    for n in range(42):
        state, tie, why_not, outcome, amount = ENDS[n % len(ENDS)]
        card = cards[n % len(cards)]
        if n < 3:  # someone waits for the firm of the demonstration
            card, state, tie, why_not, outcome, amount = cards[0], "sent", "", "", "", 0
        asker = stage.of(stage.dice.choice(sorted(stage.firms)))
        if asker.pk == card.organisation_id or Interest.objects.filter(card=card, organisation=asker).exists():
            continue
        ago = stage.dice.randint(2, 9) if state == "sent" else stage.dice.randint(30, 260)
        over = state in ("tied", "ended", "declined")
        met = state in ("tied", "ended", "introduced")
        interest = Interest.objects.create(
            card=card,
            organisation=asker,
            route=routes[n % len(routes)],
            why="Abbiamo lavorato su un caso simile e cerchiamo una prova sul campo.",
            brings="Una persona per due mesi, un impianto pilota, i dati dell'ultimo anno.",
            expects="Mezz'ora per capire volumi e tempi.",
            state=state,
            answer_by=working_days_later(stage.day(ago), 10),
            answered_at=None if state == "sent" else stage.moment(ago - 4),
            introduced_at=stage.moment(ago - 9) if met else None,
            closed_at=stage.moment(max(1, ago - 28)) if over else None,
            tie=tie,
            why_not=why_not,
            outcome=outcome,
            amount_eur=Decimal(amount) if amount else None,
            created_at=stage.moment(ago),
            **SYNTHETIC,
        )
        stage.step(interest, "sent", ago)
        if state not in ("sent", "declined"):
            stage.step(interest, "accepted", ago - 4)
        if met:
            stage.step(interest, "introduced", ago - 9)
        if over:
            stage.step(interest, state, max(1, ago - 28), outcome)


def build_mentoring(stage: Stage) -> None:
    mentors = []
    for n, (text, tags) in enumerate(MENTORS):
        person = stage.person(f"Mentore Demo {n + 1}")
        mentor = Mentor.objects.create(
            person=person, text=text, tags=list(tags), languages=["it"], capacity=1 + n % 2, **SYNTHETIC
        )
        for module in MentorTraining.Module.values[: 4 if n < 5 else 2]:
            MentorTraining.objects.create(mentor=mentor, module=module, done_on=stage.day(200 - n))
        mentors.append(mentor)
    bodies = [b for b in dict.fromkeys([stage.start_up, *stage.start_ups]) if b is not None]
    mentees = [
        Mentee.objects.create(
            organisation=body, goals=goals, tags=list(tags), stage="start_up", languages=["it"], **SYNTHETIC
        )
        for body, (goals, tags) in zip(bodies, MENTEES, strict=False)
    ]
    over = Pair.objects.create(
        mentor=mentors[3],
        mentee=Mentee.objects.create(
            organisation=bodies[len(MENTEES)], goals="Primo contratto con una catena.", is_open=False, **SYNTHETIC
        ),
        state="ended",
        mentor_agreed_at=stage.moment(250),
        mentee_agreed_at=stage.moment(249),
        started_on=stage.day(249),
        ended_on=stage.day(40),
        result="reached",
        result_note="Contratto firmato con due catene.",
        **SYNTHETIC,
    )
    for n in range(5):
        PairMeeting.objects.create(
            pair=over,
            on=stage.event_day(240 - 40 * n),
            minutes=60,
            notes="Prezzi, campioni, scadenze.",
            next_step="Campioni",
        )
    PairFeedback.objects.create(pair=over, side="mentor", rating=5, text="Molto preparati.")
    PairFeedback.objects.create(pair=over, side="mentee", rating=4, text="Consigli concreti.")
    allocate_mentors(by=None)
    first = Pair.objects.filter(state="proposed", mentee=mentees[1]).first()
    if first is not None:
        Pair.objects.filter(pk=first.pk).update(
            state="active",
            mentor_agreed_at=stage.moment(60),
            mentee_agreed_at=stage.moment(59),
            started_on=stage.day(59),
        )
        PairMeeting.objects.create(
            pair=first, on=stage.event_day(30), notes="Piano della raccolta.", next_step="Bilancio"
        )


def build_deals(stage: Stage) -> None:
    source = Source.objects.get(key="demonstration")
    place = stage.start_ups[0].territory
    for name, text, stages, fields, least, most in THESES:
        body = Organisation.objects.get_or_create(
            name=name,
            kind=Organisation.Kind.INVESTOR,
            defaults={"country": "IT", "territory": place, "source": source, "certainty": Certainty.SYNTHETIC},
        )[0]
        Thesis.objects.create(
            organisation=body,
            text=text,
            stages=list(stages),
            fields=list(fields),
            least_eur=Decimal(least),
            most_eur=Decimal(most),
            **SYNTHETIC,
        )
    bodies = [b for b in dict.fromkeys([stage.start_up, *stage.start_ups]) if b is not None]
    for body, (text, level, fields, amount, ready) in zip(bodies, ROUNDS, strict=False):
        FundingRound.objects.create(
            organisation=body,
            text=text,
            stage=level,
            fields=list(fields),
            amount_eur=Decimal(amount),
            readiness=dict.fromkeys(READINESS[:ready], True),
            papers=["Piano di impresa.pdf", "Bilanci.pdf"],
            created_by=_user_of(stage, body),
            **SYNTHETIC,
        )
    suggest_deals()
    for n, deal in enumerate(Deal.objects.order_by("pk")):
        if n == 1:
            Deal.objects.filter(pk=deal.pk).update(state="talks")
            for state, ago in (("offered", 40), ("introduced", 30), ("talks", 15)):
                stage.step(deal, state, ago)
    past = FundingRound.objects.create(
        organisation=bodies[len(ROUNDS)],
        text="Prima raccolta, chiusa.",
        stage="start_up",
        fields=["software"],
        amount_eur=Decimal(150_000),
        readiness=dict.fromkeys(READINESS, True),
        is_open=False,
        **SYNTHETIC,
    )
    done = Deal.objects.create(
        round=past,
        thesis=Thesis.objects.order_by("pk")[0],
        reasons=[["field", 0.5], ["amount", 0.25]],
        state="invested",
        invested_eur=Decimal(150_000),
        **SYNTHETIC,
    )
    stage.step(done, "invested", 120)


def _user_of(stage: Stage, body: Organisation) -> User | None:
    return stage.user("startup") if body == stage.start_up else None
