"""Invented firms, their memberships since 2009, and the business register behind coverage."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from poliedro.reference.models import Certainty, Code, Territory
from poliedro.registry.models import (
    Activity,
    Cluster,
    FinancialStatement,
    Identifier,
    MembershipSpell,
    Organisation,
    RegisterCount,
    RegisterFlag,
)
from poliedro.registry.services.demonstration.plan import Plan

SIZES = (
    ("micro", 0.34, (1, 9), "75000"),
    ("small", 0.36, (10, 49), "130000"),
    ("medium", 0.19, (50, 249), "180000"),
    ("large", 0.11, (250, 1800), "230000"),
)
"""Size class, share of members, persons from..to, turnover per person (EUR)."""


def build_firms(plan: Plan) -> None:
    """Member firms of the last day. Some are members of two or three clusters; each cluster's count is met exactly."""
    shared = _extra_memberships(plan)
    made: dict[str, list[Organisation]] = {}
    for key, target in plan.targets.items():
        own = target["firms"] - shared[key]
        made[key] = [_firm(plan, key, number) for number in range(1, own + 1)]
    Organisation.objects.bulk_create([f for firms in made.values() for f in firms], batch_size=500)
    plan.firms = {key: list(firms) for key, firms in made.items()}
    _share_firms(plan, made, shared)
    everyone = [f for firms in made.values() for f in firms]
    _describe(plan, everyone)


def _extra_memberships(plan: Plan) -> Counter[str]:
    """How many members each cluster borrows from the others."""
    keys = list(plan.targets)
    return Counter(
        plan.dice.choices(
            keys,
            weights=[plan.targets[k]["firms"] - plan.targets[k]["inside"] for k in keys],
            k=plan.raw["multi_cluster_firms"],
        )
    )


def _share_firms(plan: Plan, made: dict[str, list[Organisation]], shared: Counter[str]) -> None:
    for key, number in shared.items():
        lenders = [f for other, firms in made.items() if other != key for f in firms if f.nace not in plan.classes[key]]
        plan.firms[key].extend(plan.dice.sample(lenders, number))
    # Members inside the definition are met exactly: the borrowed firms and the rest of one's own lie outside it.
    for key, target in plan.targets.items():
        inside = target["inside"]
        for position, firm in enumerate(made[key]):
            joined = plan.joined[key, firm.pk] = _joining_day(plan, key, firm)
            firm.nace = _activity(plan, key, joined, inside=position < inside)
    Organisation.objects.bulk_update([f for firms in made.values() for f in firms], ["nace"], batch_size=500)


def _activity(plan: Plan, key: str, joined: date, *, inside: bool) -> Code:
    """What a firm does that came on the day: newcomers follow the cluster's focus, or bring what is new to it."""
    churn = plan.churn(key)
    steepness = churn["early"] if joined < plan.clusters[key].founded_on else churn["late"]
    return plan.activity(plan.classes[key] if inside else plan.outside_classes, steepness)


def _firm(plan: Plan, key: str, number: int) -> Organisation:
    word = plan.targets[key]["word"]
    size = plan.dice.choices(SIZES, weights=[s[1] for s in SIZES])[0][0]
    founded = plan.day_between(date(1960, 1, 1), date(2009, 1, 1))
    kind = Organisation.Kind.LARGE_FIRM if size == "large" else Organisation.Kind.ENTERPRISE
    if size == "micro" and plan.dice.random() < 0.16:
        kind, founded = Organisation.Kind.START_UP, plan.day_between(date(2016, 1, 1), date(2019, 1, 1))
    place = plan.place_near(plan.seats[key], plan.raw["outside_seat_province"])
    suffix = plan.dice.choice(["S.r.l.", "S.r.l.", "S.r.l.", "S.p.A."]) if size != "large" else "S.p.A."
    return Organisation(
        name=f"Demo {word} {number:03d} {suffix}",
        legal_form=suffix,
        kind=kind,
        size_class=size,
        country="IT",
        territory=place,
        latitude=_near(plan, place.latitude),
        longitude=_near(plan, place.longitude),
        founded_on=founded,
        source=plan.source,
        load=plan.load,
        certainty=Certainty.SYNTHETIC,
    )


def _near(plan: Plan, degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees + plan.dice.gauss(0, 0.07), 4)


def _describe(plan: Plan, firms: list[Organisation]) -> None:
    """Numbers, activities, flags and statements of each firm."""
    identifiers, activities, flags, statements = [], [], [], []
    for position, firm in enumerate(firms):
        identifiers.append(Identifier(organisation=firm, scheme="local", value=f"DEMO{position:05d}", **plan.fact()))
        assert firm.nace is not None
        assert firm.founded_on is not None
        activities.append(Activity(organisation=firm, code=firm.nace, valid_from=firm.founded_on, **plan.fact()))
        if firm.kind == Organisation.Kind.START_UP:
            flags.append(
                RegisterFlag(organisation=firm, flag="innovative_start_up", valid_from=firm.founded_on, **plan.fact())
            )
        _, _, (low, high), per_person = next(s for s in SIZES if s[0] == firm.size_class)
        persons = plan.dice.randint(low, high)
        for year in (2017, 2018, 2019):
            turnover = Decimal(per_person) * persons * Decimal(round(plan.dice.uniform(0.85, 1.15), 3))
            ceiling = {"micro": Decimal(2_000_000), "small": Decimal(10_000_000), "medium": Decimal(50_000_000)}.get(
                firm.size_class
            )
            turnover = min(turnover, ceiling) if ceiling else turnover
            statements.append(
                FinancialStatement(
                    organisation=firm,
                    year=year,
                    persons=persons,
                    turnover_eur=turnover.quantize(Decimal("0.01")),
                    total_assets_eur=(turnover * Decimal("0.8")).quantize(Decimal("0.01")),
                    valid_from=date(year, 1, 1),
                    valid_to=date(year + 1, 1, 1),
                    **plan.fact(),
                )
            )
    Identifier.objects.bulk_create(identifiers, batch_size=500)
    Activity.objects.bulk_create(activities, batch_size=500)
    RegisterFlag.objects.bulk_create(flags, batch_size=500)
    FinancialStatement.objects.bulk_create(statements, batch_size=500)


def build_memberships(plan: Plan) -> None:
    """Spells from 2009 on: through the poles of 2009, the merger of 2015, with leavers, to the last day's members."""
    spells: list[MembershipSpell] = []
    for key, firms in plan.firms.items():
        for firm in firms:
            joined = plan.joined.get((key, firm.pk)) or _joining_day(plan, key, firm)
            spells.extend(_through_lineage(plan, key, firm, joined, None))
        spells.extend(_leavers(plan, key, len(firms)))
    spells.extend(_other_members(plan))
    MembershipSpell.objects.bulk_create(spells, batch_size=500)


def _joining_day(plan: Plan, key: str, firm: Organisation) -> date:
    """Some came with the poles of 2009, some in their first years, some since the merger: as the plan says."""
    assert firm.founded_on is not None
    earliest = max(date(plan.raw["first_year"], 1, 1), firm.founded_on + timedelta(days=30))
    merged_on, churn = plan.clusters[key].founded_on, plan.churn(key)
    if earliest < merged_on and plan.dice.random() < churn["joined_before_merger"]:
        first_year = date(earliest.year + 1, 1, 1)
        if first_year < merged_on and plan.dice.random() < churn["founding_members"]:
            return plan.day_between(earliest, first_year)
        return plan.day_between(earliest, merged_on)
    return plan.day_between(max(earliest, merged_on), plan.today)


def _through_lineage(
    plan: Plan, key: str, firm: Organisation, joined: date, left: date | None
) -> list[MembershipSpell]:
    """One spell, or two where the firm went with its pole into the new cluster."""
    cluster = plan.clusters[key]
    poles = plan.predecessors[key]
    if joined >= cluster.founded_on or not poles:
        return [_spell(plan, firm, cluster, joined, left, "")]
    pole = plan.dice.choice(poles)
    if left is not None and left <= cluster.founded_on:
        return [_spell(plan, firm, pole, joined, left, plan.dice.choice(["no_benefit", "cost"]))]
    return [
        _spell(plan, firm, pole, joined, cluster.founded_on, "cluster_merged"),
        _spell(plan, firm, cluster, cluster.founded_on, left, ""),
    ]


def _spell(
    plan: Plan, firm: Organisation, cluster: Cluster, start: date, end: date | None, reason: str
) -> MembershipSpell:
    reason = reason or ("no_benefit" if end else "")
    return MembershipSpell(
        organisation=firm,
        cluster=cluster,
        valid_from=start,
        valid_to=end,
        leave_reason=reason,
        fee_class=firm.size_class,
        **plan.fact(),
    )


def _leavers(plan: Plan, key: str, members: int) -> list[MembershipSpell]:
    """Firms that left before the last day, so that entries and exits are seen."""
    years, churn = plan.today.year - plan.raw["first_year"], plan.churn(key)
    firms = [_firm(plan, key, 500 + i) for i in range(round(members * churn["rate"] * years))]
    joined = []
    for firm in firms:
        start = date(plan.raw["first_year"], 1, 1)
        founding = plan.dice.random() < churn["founding_members"]
        joined.append(plan.day_between(start, date(start.year + (1 if founding else years - 1), 1, 1)))
        classes = plan.outside_classes if plan.dice.random() < churn["left_outside"] else plan.classes[key]
        firm.nace = plan.activity(classes, churn["left"])
        firm.founded_on = min(firm.founded_on or date(2000, 1, 1), date(2008, 6, 1))
        firm.kind = Organisation.Kind.ENTERPRISE
    Organisation.objects.bulk_create(firms, batch_size=500)
    Activity.objects.bulk_create([Activity(organisation=f, code=f.nace, **plan.fact()) for f in firms], batch_size=500)
    spells = []
    for firm, came in zip(firms, joined, strict=True):
        left = plan.day_between(came + timedelta(days=365), max(came + timedelta(days=366), plan.today))
        spells.extend(_through_lineage(plan, key, firm, came, left))
    return spells


def _other_members(plan: Plan) -> list[MembershipSpell]:
    """Universities, laboratories and associations that are members beside the firms."""
    universities = list(
        Organisation.objects.filter(
            kind="university", certainty=Certainty.REPORTED, source__key="region-file"
        ).order_by("pk")
    )
    spells: list[MembershipSpell] = []
    for key, target in plan.targets.items():
        invented = [
            Organisation(
                name=f"Demo Laboratorio {target['word']} {i:02d}",
                country="IT",
                territory=plan.seats[key],
                kind="research_body" if i % 3 else "association",
                source=plan.source,
                load=plan.load,
                certainty=Certainty.SYNTHETIC,
            )
            for i in range(1, target["others"] - len(universities) + 1)
        ]
        Organisation.objects.bulk_create(invented)
        spells.extend(
            _spell(plan, body, plan.clusters[key], plan.clusters[key].founded_on, None, "")
            for body in [*universities, *invented]
        )
    return spells


def build_register(plan: Plan) -> None:
    """Register counts by class, province and size: inside each definition they add up to the target exactly. The
    members inside it are among them."""
    rows: Counter[tuple[Code, Territory, str]] = Counter()
    for key, target in plan.targets.items():
        inside = set(plan.classes[key])
        members = [(f.nace, f.territory, f.size_class) for f in plan.firms[key] if f.nace in inside]
        rows.update((nace, place, size) for nace, place, size in members if nace and place)
        for _ in range(target["register"] - len(members)):
            size = plan.dice.choices(["micro", "small", "medium", "large"], weights=[0.72, 0.2, 0.06, 0.02])[0]
            place = plan.place_near(plan.seats[key], plan.raw["outside_seat_province"] + 0.17)
            rows[plan.activity(plan.classes[key], plan.churn(key)["early"]), place, size] += 1
    year, now = plan.raw["register_year"], timezone.now()
    RegisterCount.objects.bulk_create(
        [
            RegisterCount(
                year=year,
                code=code,
                territory=place,
                size_class=size,
                firms=n,
                load=plan.load,
                source=plan.source,
                certainty=Certainty.SYNTHETIC,
                recorded_at=now,
            )
            for (code, place, size), n in sorted(rows.items(), key=lambda r: (r[0][0].code, r[0][1].code, r[0][2]))
        ],
        batch_size=500,
    )
