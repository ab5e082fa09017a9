"""The room's part of the demonstration: the region's calls, and invented applications from draft to ranking."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.rules import Side
from poliedro.accounts.services import ask_override
from poliedro.funding.models import (
    AidAward,
    Application,
    Call,
    CallVersion,
    CoFunding,
    Contract,
    ContractSignature,
    Decision,
    EvaluatorAssignment,
    ExpertBooking,
    ExpertSlot,
    Milestone,
    Partner,
    Recusal,
    Score,
    SharedExpert,
    WorkPackage,
)
from poliedro.funding.queries.evaluation import conflicts_with, grant_asked
from poliedro.funding.queries.facts import dossier_of
from poliedro.funding.rules.document import judge, verdict
from poliedro.funding.services.booking import book_hour
from poliedro.funding.services.calls import load_call_file, save_version
from poliedro.funding.services.contracts import draw_contract, sign_contract
from poliedro.funding.services.evaluation import FOUND
from poliedro.reference.models import Certainty, Load
from poliedro.registry.models import Delegation, IncubateeSpell, MembershipSpell, Organisation, RegisteredFirm
from poliedro.registry.services.index import index_organisations
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.invented import said, working_day
from poliedro.shared.region import SHIPPED, Region

TITLES = (
    "Sensori per la qualità in linea",
    "Imballaggi da scarti agricoli",
    "Gemello digitale di una pressa",
    "Filati da fibre riciclate",
    "Diagnosi rapida in ambulatorio",
    "Pompe di calore per bassa temperatura",
)
STARTED = ("Primo lotto di prova", "Dalla tesi al prodotto", "Pilota con due clienti", "Servizio in abbonamento")
YOUNG, EACH, IN_CALLS = 60, 12, 9
EVALUATION = ((8, 7, 8), (7, 8, 6), (7, 7, 7), (7, 7, 7), (5, 9, 8), (9, 8, 9))


@transaction.atomic
def build_demonstration(*, region: Region, by: Any = None) -> str:
    """Load the region's calls and invent what happens with them. Again: nothing changes."""
    folder = region.raw.get("calls")
    load = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).order_by("-pk").first()
    if not folder or load is None:
        return "no calls in the region's file"
    source = ensure_source("region-file")
    made = [load_call_file(path=path, source=source, by=by)[1] for path in sorted((SHIPPED / folder).glob("*.yaml"))]
    if not any(made):
        return "was there"
    dice = Random(region.raw.get("demonstration", {}).get("seed", 0))
    firms = _members_of_every_cluster(load)
    n = 0
    for call in Call.objects.filter(state=Call.State.PUBLISHED).order_by("key"):
        version = call.versions.filter(valid_to=None, published_at__isnull=False).first()
        if version is None:
            continue
        over = call.closes_on is not None and call.closes_on < timezone.localdate()
        if over and len(version.rules.criteria) == 3:
            n += _evaluated(call, version, firms, dice, load)
        elif not over:
            n += _begun(call, version, firms, load)
            n += _to_sign(call, version, load)
            _looser(call, version, by)
    _aid(firms, load)
    _young_firms(region, dice, load)
    n += _from_incubators(load)
    _expert_hours(load)
    _override_asked()
    return f"{sum(made)} calls, {n} applications"


def _members_of_every_cluster(load: Load) -> list[Organisation]:
    """Firms, none of them large, from each cluster in turn."""
    spells = (
        MembershipSpell.objects.known()
        .filter(organisation__certainty=Certainty.SYNTHETIC, organisation__kind=Organisation.Kind.ENTERPRISE, load=load)
        .exclude(organisation__size_class="large")
        .select_related("organisation")
        .order_by("pk")
    )
    by_cluster: dict[int, list[Organisation]] = {}
    for spell in spells:
        own = by_cluster.setdefault(spell.cluster_id, [])
        if len(own) < EACH:
            own.append(spell.organisation)
    turns = zip_longest(*(by_cluster[key] for key in sorted(by_cluster)))
    return list(dict.fromkeys(firm for turn in turns for firm in turn if firm is not None))


def _override_asked() -> None:
    """For a tie that the demonstration's evaluator declared: one side asked, the other has not answered. In the call
    where the evaluator stands back because of it: once agreed, the application is theirs to score again."""
    people = {p.email.split("@")[0]: p for p in Person.objects.filter(email__endswith="@demo.example")}
    evaluator, officer = people.get("evaluator"), people.get("funding")
    back = EvaluatorAssignment.objects.filter(
        person=evaluator, call__state=Call.State.CLOSED, recusals__is_declared=False
    ).select_related("call")
    stood_back = back.order_by("call__key").first()
    call = stood_back.call if stood_back else Call.objects.filter(state=Call.State.PUBLISHED).order_by("key").first()
    declared = evaluator.conflicts.filter(withdrawn_at=None).first() if evaluator else None
    if evaluator is None or officer is None or call is None or declared is None:
        return
    ask_override(
        person=evaluator,
        subject_key=declared.subject_key,
        matter_key=f"call:{call.key}",
        reason=said(
            "Non si trova in tempo un'altra persona che valuti in questo campo.",
            "No other evaluator of the field can be found in time.",
        ),
        side=Side.FUNDING,
        by=officer.user,
    )


def _application(
    call: Call, version: CallVersion, firm: Organisation, title: str, cost: Decimal, load: Load, day: date | None
) -> Application:
    line = call.lines.order_by("position").last()
    assert line is not None
    facts = {
        "trl_start": "5", "trl_end": "7", "duration_months": "24", "hires_apprentice": True,
        "innovation_type": "research", "business_plan": True, "milestone_plan": True, "incubator_letter": False,
    }  # fmt: skip
    asked = {f for r in version.rules.rules for f in str(r.check).split("'")}
    application = Application.objects.create(
        line=line,
        version=version,
        organisation=firm,
        title=title,
        summary=f"{title}: progetto dimostrativo, inventato.",
        facts={k: v for k, v in facts.items() if k in asked},
        state=Application.State.DRAFT if day is None else Application.State.IN_EVALUATION,
        submitted_at=None if day is None else timezone.make_aware(datetime.combine(day, time(12))),
        certainty=Certainty.SYNTHETIC,
        load=load,
    )
    stated = {"end_user": False, "staff_costs_only": False, "other_applications": "0", "reports_due": False,
              "grant_part_share": "0.75", "in_difficulty": False}  # fmt: skip
    lead = Partner.objects.create(
        application=application, organisation=firm, is_lead=True, cost_eur=cost, load=load,
        agreed_at=timezone.now(), facts={k: v for k, v in stated.items() if k in asked},
    )  # fmt: skip
    half = (cost / 2).quantize(Decimal("0.01"))
    for number, name, part in ((1, "Sviluppo", half), (2, "Prove e dimostrazione", cost - half)):
        WorkPackage.objects.create(
            application=application, number=number, title=name, lead=lead, first_month=1 + 12 * (number - 1),
            last_month=12 * number, cost_eur=part, load=load,
        )  # fmt: skip
    return application


def _evaluated(call: Call, version: CallVersion, firms: list[Organisation], dice: Random, load: Load) -> int:
    """A call that is over: applications with the scores of three evaluators, ready to be ranked."""
    call.state = Call.State.CLOSED
    call.save(update_fields=["state"])
    today = timezone.localdate()
    people = [Person.objects.get_or_create(name=f"Valutatore {i} (demo)")[0] for i in (1, 2)]
    login = Person.objects.filter(user__email="evaluator@demo.example").first()
    if login is not None:
        people.append(login)
        firms = _mostly_untied(login, firms)
    evaluators = [EvaluatorAssignment.objects.create(call=call, person=person, load=load) for person in people]
    day = call.closes_on or timezone.localdate()
    for i, (title, points) in enumerate(zip(TITLES, EVALUATION, strict=True)):
        cost = Decimal(dice.randrange(320, 900) * 1000)
        application = _application(call, version, firms[i], title, cost, load, day - timedelta(days=i))
        for j, evaluator in enumerate(evaluators):
            if conflicts_with(evaluator.person, application, today):
                Recusal.objects.create(assignment=evaluator, application=application, reason=FOUND, load=load)
                continue
            waits = j == 2 and i >= 4  # the demonstration's evaluator still has two to score
            for criterion, n in zip(version.rules.criteria, points, strict=True):
                if not waits:
                    Score.objects.create(
                        assignment=evaluator, application=application, criterion=criterion.key, load=load,
                        points=min(criterion.most, Decimal(n) + (j - 1) * (i % 2)), handed_in_at=timezone.now(),
                    )  # fmt: skip
    return len(TITLES)


def _mostly_untied(person: Person, firms: list[Organisation]) -> list[Organisation]:
    """Firms to which the person has no tie, with one of those that bar it in the second place."""
    subjects = {d.subject_key for d in person.conflicts.filter(withdrawn_at=None)}
    spells = MembershipSpell.objects.known().filter(organisation__in=firms).select_related("cluster")
    tied = {s.organisation_id for s in spells if f"cluster:{s.cluster.key}" in subjects}
    free = [f for f in firms if f.pk not in tied][1::2]
    barred = [f for f in firms if f.pk in tied]
    return [*free[:1], *barred[:1], *free[1:]]


def _begun(call: Call, version: CallVersion, firms: list[Organisation], load: Load) -> int:
    """An open call: a draft of the firm for which the demonstration has a login, and a granted project of another."""
    own = Delegation.objects.known().filter(person__user__email="firm@demo.example").order_by("pk").first()
    firm = own.organisation if own else firms[0]
    _application(call, version, firm, "Linea di produzione senza scarti", Decimal(320_000), load, None)
    granted = _admitted(call, version, firms[2:16], load)
    if granted is None:
        return 1
    granted.state = Application.State.GRANTED
    granted.save(update_fields=["state"])
    decided = timezone.localdate() - timedelta(days=120)
    parts = [p for p in grant_asked(granted, decided) if p]
    Decision.objects.create(
        application=granted, outcome=granted.state, decided_on=decided, load=load, **_as_first("78"),
        grant_eur=sum((p.grant_eur for p in parts), Decimal(0)),
        loan_eur=sum((p.loan_eur for p in parts), Decimal(0)),
    )  # fmt: skip
    contract = _contract(granted, load, -110)
    sign_contract(contract=contract, organisation=granted.organisation, by=None, today=contract.sign_by)
    sign_contract(contract=contract, organisation=None, by=None, today=contract.sign_by - timedelta(days=20))
    at = timezone.make_aware(datetime.combine(contract.sign_by - timedelta(days=20), time(10)))
    ContractSignature.objects.filter(contract=contract).update(at=at)
    _owned(granted, load)
    return 2


def _admitted(call: Call, version: CallVersion, firms: list[Organisation], load: Load) -> Application | None:
    """An application that no rule of its line refuses; None where no firm and cost fit."""
    today = timezone.localdate()
    for cost in (Decimal(320_000), Decimal(90_000), Decimal(1_600_000)):
        for firm in firms:
            made = _application(call, version, firm, "Rivestimenti senza solventi", cost, load,
                                today - timedelta(days=200))  # fmt: skip
            answers = judge(version.rules, made.line.key, dossier_of(made, today))
            if verdict(list(answers.values())) != "fail":
                return made
            _forget(made)
    return None


def _contract(granted: Application, load: Load, days: int) -> Contract:
    """A contract over a granted application, drawn up so many days from today, with two milestones."""
    today = timezone.localdate()
    drawn = today + timedelta(days=days)
    granted.cup = f"J{drawn.year % 100:02d}D{granted.pk:011d}"
    granted.save(update_fields=["cup"])
    for title, due in (("Prototipo", 90), ("Prova in linea", 200)):
        Milestone.objects.create(application=granted, title=title, due_on=drawn + timedelta(days=due), load=load)
    return draw_contract(
        application=granted, starts_on=drawn, ends_on=drawn + timedelta(days=730), by=None, today=drawn,
        sign_by=drawn + timedelta(days=30),
    )  # fmt: skip


def _owned(granted: Application, load: Load) -> None:
    """Contracts, signatures and aid of the demonstration go when its load is undone."""
    Contract.objects.filter(application=granted).update(load=load)
    ContractSignature.objects.filter(contract__application=granted).update(load=load)
    AidAward.objects.filter(application=granted).update(load=load, source=load.source, certainty=Certainty.SYNTHETIC)


def _to_sign(call: Call, version: CallVersion, load: Load) -> int:
    """Where a call asks for milestones in place of accounts: a start-up's grant, its contract to be signed."""
    own = Delegation.objects.known().filter(person__user__email="startup@demo.example").order_by("pk").first()
    if own is None or "milestone_plan" not in str(version.document):
        return 0
    today = timezone.localdate()
    granted = _application(call, version, own.organisation, "Prima linea pilota", Decimal(90_000), load,
                           today - timedelta(days=90))  # fmt: skip
    granted.state = Application.State.GRANTED
    granted.save(update_fields=["state"])
    parts = [p for p in grant_asked(granted, today) if p]
    Decision.objects.create(
        application=granted, outcome=granted.state, load=load, **_as_first("81"),
        decided_on=today - timedelta(days=15), grant_eur=sum((p.grant_eur for p in parts), Decimal(0)),
    )  # fmt: skip
    _contract(granted, load, -10)
    _owned(granted, load)
    return 1


def _as_first(points: str) -> dict[str, Any]:
    """Why it was granted: first of its ranking, with so many points."""
    basis = {"act": "ranked", "total": f"{points}.00", "place": 1, "fails": [], "outcome": "funded", "note": ""}
    return {"reasons": f"{points}.00/100, #1", "basis": basis}


def _from_incubators(load: Load) -> int:
    """Start-ups of the incubators in the call that asks for milestones in place of accounts: some were granted, some
    refused, some wait, so that the way from incubator to call has an end."""
    today = timezone.localdate()
    versions = CallVersion.objects.filter(valid_to=None, published_at__isnull=False, call__state=Call.State.PUBLISHED)
    version = next((v for v in versions.order_by("pk") if "milestone_plan" in str(v.document)), None)
    if version is None:
        return 0
    asked = Application.objects.values("organisation")
    came = IncubateeSpell.objects.known().filter(load=load).values("organisation")
    firms = list(Organisation.objects.filter(pk__in=came).exclude(pk__in=asked).order_by("pk"))
    ends = (Application.State.GRANTED, Application.State.SUBMITTED, Application.State.REFUSED)
    made = 0
    for i, firm in enumerate(firms[:: max(1, len(firms) // (3 * IN_CALLS))]):
        if made == IN_CALLS:
            break
        application = _application(version.call, version, firm, STARTED[made % len(STARTED)], Decimal(85_000 + 500 * i),
                                   load, today - timedelta(days=60 + i))  # fmt: skip
        answers = judge(version.rules, application.line.key, dossier_of(application, today))
        if verdict(list(answers.values())) == "fail":
            _forget(application)
            continue
        application.state = ends[made % len(ends)]
        application.save(update_fields=["state"])
        _decided(application, today - timedelta(days=20), load)
        made += 1
    return made


def _decided(application: Application, on: date, load: Load) -> None:
    """The decision that the application's state says; none for one that waits."""
    if application.state == Application.State.REFUSED:
        basis = {"act": "ranked", "total": "52.00", "place": 9, "fails": ["team"], "outcome": "below", "note": ""}
        Decision.objects.create(
            application=application, outcome=application.state, decided_on=on, load=load,
            reasons="52.00/100, #9; below the least of: team", basis=basis,
        )  # fmt: skip
    elif application.state == Application.State.GRANTED:
        parts = [p for p in grant_asked(application, on) if p]
        Decision.objects.create(
            application=application, outcome=application.state, decided_on=on, load=load, **_as_first("84"),
            grant_eur=sum((p.grant_eur for p in parts), Decimal(0)),
        )  # fmt: skip


def _forget(application: Application) -> None:
    application.work_packages.all().delete()
    application.partners.all().delete()
    application.delete()


def _looser(call: Call, version: CallVersion, by: Any) -> None:
    """A draft beside the published version, without the rule on years of accounts if it has one: to be compared."""
    raw = dict(version.document)
    kept = [r for r in raw["rules"] if "years_of_accounts" not in str(r["check"])]
    if 0 < len(kept) < len(raw["rules"]):
        gone = {r["key"] for r in raw["rules"]} - {r["key"] for r in kept}
        raw["rules"], raw["cases"] = kept, [c for c in raw.get("cases", []) if c["tests"] not in gone]
        raw["cases"] = [c for c in raw["cases"] if c["expects"] != "fail"]
        save_version(call=call, document=raw, note="senza anni di bilanci", by=by)


def _young_firms(region: Region, dice: Random, load: Load) -> None:
    """Start-ups of the last years, in the incubators and behind rows of the business register whose firm had no name:
    for them calls for young firms are made, and the register's counts stay as they are."""
    today = timezone.localdate()
    incubators = list(Organisation.objects.current().filter(kind=Organisation.Kind.INCUBATOR).order_by("pk"))
    rows = list(
        RegisteredFirm.objects.filter(load=load, organisation=None, size_class=Organisation.SizeClass.MICRO)
        .select_related("code", "territory")
        .order_by("pk")
    )
    if not incubators or len(rows) < YOUNG:
        return
    fact: dict[str, Any] = {"source": load.source, "load": load, "certainty": Certainty.SYNTHETIC}
    made = []
    for number, row in enumerate(dice.sample(rows, YOUNG), 1):
        founded = today - timedelta(days=dice.randrange(40, 1300))
        firm = Organisation.objects.create(
            name=f"Demo Nuova {number:03d} S.r.l.", legal_form="S.r.l.", kind=Organisation.Kind.START_UP,
            size_class=row.size_class, country=region.country, territory=row.territory, founded_on=founded,
            nace=row.code, **fact,
        )  # fmt: skip
        IncubateeSpell.objects.create(organisation=firm, incubator=dice.choice(incubators), valid_from=founded, **fact)
        row.organisation, row.name = firm, firm.name
        made.append(row)
    RegisteredFirm.objects.bulk_update(made, ["organisation", "name"], batch_size=200)
    index_organisations([row.organisation_id for row in made if row.organisation_id is not None])


def _expert_hours(load: Load) -> None:
    """A shared expert with hours over the next weeks, some of them taken."""
    person = Person.objects.filter(user__email="coach@demo.example").first()
    if person is None:
        return
    expert = SharedExpert.objects.create(
        person=person, topics_it="bandi regionali ed europei, costi, partner", certainty=Certainty.SYNTHETIC,
        topics_en="regional and European calls, costs, partners", load=load,
    )  # fmt: skip
    first = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    held = dict.fromkeys(working_day(first + timedelta(days=days)) for days in (1, 3, 8, 10, 15))
    slots = [
        ExpertSlot.objects.create(
            expert=expert, starts_at=timezone.make_aware(datetime.combine(day, time(hour))),
            minutes=60, seats=seats, load=load,
            place="Torino, via demo 1" if seats == 1 else "in linea: https://incontri.example/esperto",
        )
        for day in held
        for hour, seats in ((9, 1), (10, 1), (14, 6))
    ]  # fmt: skip
    drafts = Application.objects.filter(load=load, state=Application.State.DRAFT).order_by("pk")
    for draft, slot in zip(drafts, slots[1:2], strict=False):
        book_hour(slot=slot, application=draft, question="Quali costi del personale sono ammessi?", by=None,
                  now=timezone.now())  # fmt: skip
    ExpertBooking.objects.filter(slot__load=load).update(load=load)


def _aid(firms: list[Organisation], load: Load) -> None:
    source = load.source
    for i, firm in enumerate(firms[:20]):
        AidAward.objects.create(
            organisation=firm, regime=AidAward.Regime.DE_MINIMIS, amount_eur=Decimal(10_000 + 2_500 * i),
            granted_on=timezone.localdate() - timedelta(days=60 * (i + 1)), measure="Voucher innovazione (demo)",
            source=source, certainty=Certainty.SYNTHETIC, load=load,
        )  # fmt: skip
    foundation = Organisation.objects.filter(kind=Organisation.Kind.BANK_FOUNDATION).order_by("pk").first()
    call = Call.objects.filter(certainty=Certainty.SYNTHETIC).order_by("key").first()
    if foundation is not None and call is not None:
        CoFunding.objects.create(
            call=call, organisation=foundation, amount_eur=Decimal(500_000),
            for_what=said("Mentori e spazi per le start-up", "Mentors and rooms for start-ups"),
            certainty=Certainty.SYNTHETIC, load=load,
        )  # fmt: skip
