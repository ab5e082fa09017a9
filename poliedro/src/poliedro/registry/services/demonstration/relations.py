"""What a cluster's managers have in their books: fees, contacts, notes, rounds of outreach, targets. All invented.

Fees of the demonstration's years meet the accounts to the cent, but for one cluster and year that shows what a finding
looks like. What a work list needs (promises, overdue fees) is set round the day of building.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from poliedro.accounts.models import Consent, Person
from poliedro.registry.models import (
    Cluster,
    Contact,
    FeeInvoice,
    FeePayment,
    FeeRate,
    FeeRun,
    Interaction,
    Mandate,
    MembershipApplication,
    MembershipSpell,
    MembershipTarget,
    Organisation,
    OutreachCampaign,
    OutreachContact,
    OutreachStep,
    RevenueLine,
)
from poliedro.registry.queries.fees import due_lines
from poliedro.registry.queries.outreach import present_value
from poliedro.registry.rules.applications import promised_by
from poliedro.registry.services.demonstration.plan import Plan
from poliedro.registry.services.fees import refresh_fee_findings
from poliedro.registry.services.relations import purpose_key

WEIGHTS = {"micro": 1, "small": 2, "medium": 4, "large": 8}
"""What a class pays, as a multiple of the smallest."""
OFF = ("mesap", 2019)
"""Cluster and year whose accounts differ from the invoices, by one fee that was booked elsewhere."""
FIRST = ("Anna", "Luca", "Giulia", "Marco", "Sara", "Paolo", "Elena", "Davide", "Chiara", "Andrea")
POSITIONS = ("Titolare", "Direttrice generale", "Responsabile R&S", "Responsabile acquisti", "Amministrazione")
TALKS = (
    ("visit", "Visita in stabilimento: cercano un partner per il controllo qualità.", "Mandare tre nomi di laboratori"),
    ("call", "Telefonata: chiedono dei bandi per la digitalizzazione.", "Inviare la scheda del bando"),
    ("meeting", "Riunione sul progetto comune, manca il piano dei costi.", "Rivedere il piano dei costi"),
    ("email", "Hanno chiesto l'elenco dei corsi dell'autunno.", ""),
    (
        "event",
        "Presenti alla giornata del polo, interessati alla missione estera.",
        "Confermare i posti per la missione",
    ),
)


def build_relations(plan: Plan, now: date) -> None:
    """Books of every cluster of the demonstration."""
    _clear(list(plan.clusters.values()))
    for key, cluster in plan.clusters.items():
        body = Mandate.objects.known().filter(cluster=cluster).order_by("-is_lead", "pk")[0].body
        _rates(plan, cluster)
        for year in (2019, 2020):
            _fees(plan, cluster, body, year, date(year, 2, 1), paid=1.0)
            if (key, year) != OFF:
                _meet_accounts(cluster, body, year)
        _fees(plan, cluster, body, now.year, now - timedelta(days=75), paid=0.88)
        refresh_fee_findings(cluster=cluster)
        members = plan.firms[key]
        contacts = _contacts(plan, cluster, members)
        _notes(plan, cluster, members, contacts, now)
        _endings(plan, cluster, members, now)
        _targets(plan, cluster, now)
        _outreach(plan, cluster, now)
    _applications(plan, now)


ASKS = (
    (34, "Cerchiamo un laboratorio per prove sui materiali e un partner per un primo progetto."),
    (6, "Abbiamo seguito due incontri del polo e vorremmo partecipare ai gruppi di lavoro."),
)
"""Days since it was asked, and why: the first is past the promised day."""


def _applications(plan: Plan, now: date) -> None:
    """Two firms of the cluster before it ask to join each cluster."""
    keys = list(plan.clusters)
    for key, other in zip(keys, keys[-1:] + keys[:-1], strict=True):
        held = {firm.pk for firm in plan.firms[key]}
        askers = [firm for firm in plan.firms[other] if firm.pk not in held][: len(ASKS)]
        MembershipApplication.objects.bulk_create(
            MembershipApplication(
                cluster=plan.clusters[key],
                organisation=firm,
                motive=motive,
                asked_on=now - timedelta(days=days),
                promised_on=promised_by(now - timedelta(days=days)),
                is_synthetic=True,
            )
            for firm, (days, motive) in zip(askers, ASKS, strict=False)
        )


def _clear(clusters: Collection[Cluster]) -> None:
    """Take out what an undone demonstration left in the books: rows of work, which no undoing of a load retracts.

    Of all clusters before any is written: PostgreSQL knows nothing yet of rows that this transaction wrote, and would
    take minutes to find those of one cluster among them.
    """
    ours = {"cluster__in": clusters, "is_synthetic": True}
    MembershipApplication.objects.filter(**ours).delete()
    Contact.objects.filter(**ours).delete()
    Interaction.objects.filter(**ours).delete()
    OutreachCampaign.objects.filter(**ours).delete()
    FeePayment.objects.filter(invoice__cluster__in=clusters, invoice__is_synthetic=True).delete()
    FeeInvoice.objects.filter(**ours).delete()
    FeeRun.objects.filter(cluster__in=clusters, invoices=None).delete()


def _rates(plan: Plan, cluster: Cluster) -> None:
    """Rates that bring in about what the accounts state from fees, in tens of euro, and 5% more from 2025 on."""
    stated = RevenueLine.objects.known().get(cluster=cluster, origin="fees", year=2020).amount_eur
    units = sum(WEIGHTS.get(f.size_class, 1) for f in plan.firms[cluster.key])
    unit = max(Decimal(10), (stated / units / 10).quantize(Decimal(1)) * 10)
    rows = []
    for fee_class, weight in WEIGHTS.items():
        for start, end, factor in ((date(2016, 1, 1), date(2025, 1, 1), 1), (date(2025, 1, 1), None, Decimal("1.05"))):
            rows.append(
                FeeRate(
                    cluster=cluster, fee_class=fee_class, amount_eur=unit * weight * factor, valid_from=start,
                    valid_to=end, **plan.fact(),
                )
            )  # fmt: skip
    FeeRate.objects.bulk_create(rows)


def _fees(plan: Plan, cluster: Cluster, body: Any, year: int, issued_on: date, paid: float) -> None:
    run = FeeRun.objects.create(
        cluster=cluster, body=body, year=year, part=FeeRun.Part.WHOLE, issued_on=issued_on,
        due_on=issued_on + timedelta(days=30),
    )  # fmt: skip
    taken = FeeInvoice.objects.filter(body=body, year=year).count()
    invoices = [
        FeeInvoice(
            run=run, cluster=cluster, organisation_id=line.organisation_id, year=year, number=taken + i, body=body,
            fee_class=line.fee_class, amount_eur=line.amount_eur, days=line.days, issued_on=run.issued_on,
            due_on=run.due_on, is_synthetic=True,
        )
        for i, line in enumerate((each for each in due_lines(cluster, year, run.part) if each.amount_eur), start=1)
    ]  # fmt: skip
    FeeInvoice.objects.bulk_create(invoices, batch_size=500)
    FeePayment.objects.bulk_create(
        [
            FeePayment(invoice=i, on=run.issued_on + timedelta(days=plan.dice.randint(3, 28)), amount_eur=i.amount_eur)
            for i in invoices
            if plan.dice.random() < paid
        ],
        batch_size=500,
    )


def _meet_accounts(cluster: Cluster, body: Any, year: int) -> None:
    """Book in the accounts what was invoiced; what the fees bring more or less goes to or from services sold, so that
    the year's total stays."""
    invoiced = sum(FeeInvoice.objects.filter(cluster=cluster, year=year).values_list("amount_eur", flat=True))
    fees = RevenueLine.objects.known().get(cluster=cluster, origin="fees", year=year)
    services = RevenueLine.objects.known().get(cluster=cluster, origin="services", year=year)
    moved = Decimal(invoiced) - fees.amount_eur
    if services.amount_eur - moved < 0:
        return  # the difference stays, and is a finding
    RevenueLine.objects.filter(pk=fees.pk).update(amount_eur=fees.amount_eur + moved)
    RevenueLine.objects.filter(pk=services.pk).update(amount_eur=services.amount_eur - moved)


def _contacts(plan: Plan, cluster: Cluster, members: list[Organisation]) -> dict[int, Contact]:
    chosen = [m for m in members if plan.dice.random() < 0.85]
    people = Person.objects.bulk_create(
        [
            Person(name=f"{plan.dice.choice(FIRST)} Demo {m.pk}", email=f"contatto{m.pk}.{cluster.key}@demo.example")
            for m in chosen
        ]
    )
    contacts = Contact.objects.bulk_create(
        [
            Contact(
                cluster=cluster, organisation=m, person=p, position=plan.dice.choice(POSITIONS), is_main=True,
                added_on=date(2019, 1, 7), is_synthetic=True,
            )
            for m, p in zip(chosen, people, strict=True)
        ]
    )  # fmt: skip
    given = timezone.make_aware(datetime.combine(date(2019, 1, 7), time(9)))
    Consent.objects.bulk_create(
        [
            Consent(person=p, purpose=purpose_key(cluster, purpose), given_at=given, wording="Consenso dimostrativo")
            for p in people
            for purpose, share in (("news", 0.8), ("events", 0.7), ("surveys", 0.6), ("introductions", 0.4))
            if plan.dice.random() < share
        ]
    )
    return {c.organisation_id: c for c in contacts}


def _notes(plan: Plan, cluster: Cluster, members: list[Organisation], contacts: dict[int, Contact], now: date) -> None:
    rows = []
    for member in members:
        for _ in range(plan.dice.choices((0, 1, 2), weights=(45, 40, 15))[0]):
            channel, text, follows = plan.dice.choice(TALKS)
            on = now - timedelta(days=plan.dice.randint(2, 500))
            due = on + timedelta(days=plan.dice.randint(7, 30)) if follows else None
            is_open = due is not None and due >= now - timedelta(days=10) and plan.dice.random() < 0.4
            rows.append(
                Interaction(
                    cluster=cluster, organisation=member, contact=contacts.get(member.pk), channel=channel, on=on,
                    text=text, next_step=follows, next_on=due, settled_on=None if is_open else due, is_synthetic=True,
                )
            )  # fmt: skip
    Interaction.objects.bulk_create(rows, batch_size=500)


def _endings(plan: Plan, cluster: Cluster, members: list[Organisation], now: date) -> None:
    """A few members have a term that ends soon: to be renewed."""
    rows = MembershipSpell.objects.known().filter(
        cluster=cluster, valid_to=None, organisation__in=plan.dice.sample(members, 3)
    )
    for spell in rows.order_by("pk"):
        MembershipSpell.objects.filter(pk=spell.pk).update(valid_to=now + timedelta(days=plan.dice.randint(10, 50)))


AMBITIONS = (1.04, 1.5, 1.1)
"""What targets ask for, as multiples of what the register shows so far: some clusters are on their way, some behind."""
TARGETS_FROM = date(2018, 1, 1)


def _targets(plan: Plan, cluster: Cluster, now: date) -> None:
    """Baselines are what the register says of the first day, so that progress is that of the rows."""
    rows = []
    for i, aspect in enumerate(("beyond", "small", "start_up")):
        base, reached = (present_value(cluster, aspect, day) for day in (TARGETS_FROM, plan.today))
        wanted = round((reached - base) * AMBITIONS[(cluster.position + i) % len(AMBITIONS)])
        rows.append(
            MembershipTarget(
                cluster=cluster, aspect=aspect, baseline=base, baseline_on=TARGETS_FROM, target=base + max(4, wanted),
                due_on=date(now.year + 1 + i % 2, 12, 31), valid_from=TARGETS_FROM, **plan.fact(),
            )
        )  # fmt: skip
    MembershipTarget.objects.bulk_create(rows)


def _outreach(plan: Plan, cluster: Cluster, now: date) -> None:
    """A round among invented firms outside the cluster, most of them small: some joined, most declined, some wait."""
    others = [f for key, firms in plan.firms.items() if key != cluster.key for f in firms]
    drawn = dict.fromkeys(plan.dice.sample(others, 36))  # a firm of two other clusters can be drawn twice
    chosen = sorted(drawn, key=lambda f: (f.size_class not in ("micro", "small"), f.pk))
    campaign = OutreachCampaign.objects.create(
        cluster=cluster, name=f"Piccole imprese {now.year}", goal="Trenta colloqui, cinque adesioni",
        starts_on=now - timedelta(days=60), ends_on=now + timedelta(days=45), is_synthetic=True,
    )  # fmt: skip
    reasons = ("not_ready", "no_money", "no_need", "no_time", "not_for_us", "other_cluster")
    steps: dict[int, list[OutreachStep]] = defaultdict(list)
    rows = []
    for position, firm in enumerate(chosen):
        state = plan.dice.choices(
            ("listed", "contacted", "interested", "trial", "refused"), weights=(25, 20, 15, 8, 32)
        )[0]
        reason = plan.dice.choices(reasons, weights=(32, 24, 16, 14, 8, 6))[0] if state == "refused" else ""
        waits = state in ("contacted", "interested", "trial")
        rows.append(
            OutreachContact(
                campaign=campaign, organisation=firm, fit=plan.dice.randrange(40, 90, 10), state=state, reason=reason,
                offer="trial" if state == "trial" else "", added_on=campaign.starts_on,
                next_on=now + timedelta(days=plan.dice.randint(-6, 20)) if waits else None,
            )
        )  # fmt: skip
        for name in {"listed": (), "contacted": ("contacted",), "refused": ("contacted", "refused")}.get(
            state, ("contacted", state)
        ):
            steps[position].append(
                OutreachStep(
                    on=campaign.starts_on + timedelta(days=7 * (1 + len(steps[position]))), channel="call", state=name,
                    reason=reason if name == "refused" else "", offer="trial" if name == "trial" else "",
                )
            )  # fmt: skip
    made = OutreachContact.objects.bulk_create(rows)
    OutreachStep.objects.bulk_create(
        [_of(step, made[position]) for position, own in sorted(steps.items()) for step in own]
    )


def _of(step: OutreachStep, contact: OutreachContact) -> OutreachStep:
    step.contact = contact
    return step
