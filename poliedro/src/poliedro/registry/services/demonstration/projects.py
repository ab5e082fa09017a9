"""Regional projects of 2017-20, their shares, partners, effort, and research contracts; services delivered."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from poliedro.reference.models import Certainty
from poliedro.registry.models import (
    Delivery,
    EffortRecord,
    Mandate,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    ResearchContract,
)
from poliedro.registry.queries.projects import FULL_TIME_HOURS
from poliedro.registry.services.demonstration.plan import Plan, split_exactly


def build_projects(plan: Plan) -> None:
    """Project costs such that each cluster's fractional sum is its target to the cent."""
    shape = plan.raw["projects"]
    leads = _leads(plan, shape["number"])
    partners = [
        plan.dice.choice([k for k in plan.targets if k != lead])
        if plan.dice.random() < shape["cross_cluster_share"]
        else ""
        for lead in leads
    ]
    weights = [plan.dice.lognormvariate(0, 0.6) for _ in leads]
    costs = _costs(plan, leads, partners, weights)
    rates = [_rate(plan.targets[lead], weight) for lead, weight in zip(leads, weights, strict=True)]
    projects: list[Project] = []
    shares: list[ProjectShare] = []
    for number, (lead, partner, cost) in enumerate(zip(leads, partners, costs, strict=True), start=1):
        start = plan.day_between(date(shape["first"], 1, 1), date(shape["last"], 12, 1))
        project = Project(
            scheme="regional",
            number=f"DEMO-{number:04d}",
            title=f"Progetto dimostrativo {number:03d}",
            acronym=f"DEMO{number:03d}",
            starts_on=start,
            ends_on=start + timedelta(days=730),
            total_cost_eur=cost,
            public_contribution_eur=(cost * rates[number - 1]).quantize(Decimal("0.01")),
            source=plan.source,
            load=plan.load,
            certainty=Certainty.SYNTHETIC,
        )
        projects.append(project)
        parts = [(lead, Decimal("0.6")), (partner, Decimal("0.4"))] if partner else [(lead, Decimal(1))]
        shares.extend(
            ProjectShare(project=project, cluster=plan.clusters[key], share=share, **plan.fact())
            for key, share in parts
        )
    Project.objects.bulk_create(projects, batch_size=500)
    ProjectShare.objects.bulk_create(shares, batch_size=500)
    _participations(plan, projects, rates, leads, partners)


def _rate(target: dict[str, Any], weight: float) -> Decimal:
    """The public share of a project's cost: that of its cluster, more for a small project than for a large one."""
    return Decimal(str(target.get("aid", 0.45))) + (Decimal("0.05") if weight < 1 else Decimal("-0.05"))


def _leads(plan: Plan, number: int) -> list[str]:
    """The leading cluster of each project, as many as its money, at least twelve each."""
    keys = list(plan.targets)
    total = sum(t["investment"] for t in plan.targets.values())
    leads = [k for k in keys for _ in range(max(12, round(number * plan.targets[k]["investment"] / total)))]
    return leads[:]


def _costs(plan: Plan, leads: list[str], partners: list[str], weights: list[float]) -> list[Decimal]:
    """Shared projects get a plain cost first; those of one cluster alone take up exactly what is left of its target."""
    mean = {k: t["investment"] / max(1, leads.count(k)) for k, t in plan.targets.items()}
    smallest = min(mean.values())
    costs = [Decimal(0)] * len(leads)
    left = {k: Decimal(t["investment"]) for k, t in plan.targets.items()}
    for i, (lead, partner) in enumerate(zip(leads, partners, strict=True)):
        if partner:
            costs[i] = Decimal(round(smallest * 0.5 * min(weights[i], 2.0), -1)).quantize(Decimal("0.01"))
            left[lead] -= costs[i] * Decimal("0.6")
            left[partner] -= costs[i] * Decimal("0.4")
    for key in plan.targets:
        alone = [
            i for i, (lead, partner) in enumerate(zip(leads, partners, strict=True)) if lead == key and not partner
        ]
        for i, cost in zip(alone, split_exactly(left[key], [weights[i] for i in alone]), strict=True):
            costs[i] = cost
    return costs


def _participations(
    plan: Plan, projects: list[Project], rates: list[Decimal], leads: list[str], partners: list[str]
) -> None:
    """Every R&D firm takes part at least once; further places go to firms that repeat. Costs add up."""
    universities = list(Organisation.objects.filter(kind="university", source__key="region-file").order_by("pk"))
    of_cluster: dict[str, list[int]] = defaultdict(list)
    for i, (lead, partner) in enumerate(zip(leads, partners, strict=True)):
        of_cluster[lead].append(i)
        if partner:
            of_cluster[partner].append(i)
    taking_part: list[dict[int, Organisation]] = [{} for _ in projects]
    chosen = _rd_firms(plan)
    for key, firms in chosen.items():
        for position, firm in enumerate(firms):
            taking_part[of_cluster[key][position % len(of_cluster[key])]][firm.pk] = firm
    pool = [(key, firm) for key, firms in chosen.items() for firm in firms]
    for key, firm in plan.dice.sample(pool, plan.raw["projects"]["repeats"]):
        taking_part[plan.dice.choice(of_cluster[key])][firm.pk] = firm
    rows, efforts = [], []
    hours = split_exactly(FULL_TIME_HOURS * plan.raw["effort_fte"], [float(p.total_cost_eur or 0) for p in projects])
    for project, rate, firms_in, worked in zip(projects, rates, taking_part, hours, strict=True):
        bodies = [*firms_in.values()]
        if plan.dice.random() < 0.55:
            bodies.append(plan.dice.choice(universities))
        assert project.total_cost_eur is not None
        assert project.starts_on is not None
        assert bodies
        costs = split_exactly(project.total_cost_eur, [plan.dice.uniform(0.5, 1.5) for _ in bodies])
        for position, (body, cost) in enumerate(zip(bodies, costs, strict=True)):
            rows.append(
                Participation(
                    project=project,
                    organisation=body,
                    cost_eur=cost,
                    contribution_eur=(cost * rate).quantize(Decimal("0.01")),
                    role="coordinator" if position == 0 else "partner",
                    valid_from=project.starts_on,
                    valid_to=project.ends_on,
                    **plan.fact(),
                )
            )
        efforts.append(
            EffortRecord(
                project=project,
                organisation=bodies[0],
                year=project.starts_on.year,
                group="research",
                hours=worked,
                **plan.fact(),
            )
        )
    Participation.objects.bulk_create(rows, batch_size=500)
    EffortRecord.objects.bulk_create(efforts, batch_size=500)


def _rd_firms(plan: Plan) -> dict[str, list[Organisation]]:
    """As many distinct firms as the target says, each once, in one of its clusters."""
    seen: set[int] = set()
    pool: list[tuple[str, Organisation]] = []
    for key, firms in plan.firms.items():
        for firm in firms:
            if firm.pk not in seen:
                seen.add(firm.pk)
                pool.append((key, firm))
    result: dict[str, list[Organisation]] = defaultdict(list)
    for key, firm in plan.dice.sample(pool, plan.raw["rd_firms"]):
        result[key].append(firm)
    return result


def build_contracts(plan: Plan) -> None:
    """Research contracts from member firms to the universities; they add up to the target to the cent."""
    target = plan.raw["contracts"]
    universities = list(Organisation.objects.filter(kind="university", source__key="region-file").order_by("pk"))
    amounts = split_exactly(
        Decimal(target["total_eur"]), [plan.dice.lognormvariate(0, 0.7) for _ in range(target["number"])]
    )
    keys = plan.dice.choices(
        list(plan.targets), weights=[t["investment"] for t in plan.targets.values()], k=len(amounts)
    )
    first, last = plan.raw["projects"]["first"], plan.raw["projects"]["last"]
    ResearchContract.objects.bulk_create(
        [
            ResearchContract(
                firm=plan.dice.choice(plan.firms[key]),
                amount_eur=amount,
                cluster=plan.clusters[key],
                research_body=plan.dice.choices(universities, weights=[3, 5, 1][: len(universities)])[0],
                signed_on=plan.day_between(date(first, 1, 1), date(last, 12, 31)),
                **plan.fact(),
            )
            for key, amount in zip(keys, amounts, strict=True)
        ]
    )


DELIVERED = {
    # kind: (weight, hours from, to, cost of an hour from outside, innovation types, whether it is about R&D, result)
    "matchmaking": (6, 2, 10, 0, ("product", "process"), False, "Incontri con tre possibili partner."),
    "project_development": (5, 10, 60, 0, ("product", "process"), True, "Domanda presentata."),
    "finance": (4, 3, 16, 0, ("product", "management"), False, "Canale di finanziamento scelto."),
    "technology_transfer": (4, 6, 40, 25, ("product", "process"), True, "Prova in laboratorio conclusa."),
    "training": (3, 4, 24, 20, ("organisation", "management"), False, "Personale formato."),
    "internationalisation": (2, 4, 30, 15, ("marketing",), False, "Mercato scelto, contatti avviati."),
    "digitalisation": (3, 6, 40, 10, ("process", "organisation"), False, "Piano digitale in uso."),
    "management": (3, 6, 30, 12, ("organisation", "management"), False, "Nuova pratica in uso."),
    "marketing": (2, 4, 24, 12, ("marketing", "design"), False, "Nuovo imballaggio sul mercato."),
    "eu_funds": (2, 6, 30, 0, ("management",), False, "Documenti completi."),
}
"""What the demonstration's clusters give; results are in Italian, as those who record them write."""
NARROW, CORE_ONLY = 3, 2
"""Of every four clusters, by position: one lives for R&D calls, one gives the four core services, two give all."""


def build_deliveries(plan: Plan) -> None:
    """Services given in the years of the accounts, narrow in some clusters and broad in others."""
    rows = []
    for position, (key, firms) in enumerate(plan.firms.items()):
        lead = Mandate.objects.known().filter(cluster=plan.clusters[key]).order_by("-is_lead", "pk")[0]
        weights = {kind: values[0] for kind, values in DELIVERED.items()}
        if position % 4 == NARROW:
            weights = {"project_development": 14, "finance": 3, "matchmaking": 2}
        elif position % 4 == CORE_ONLY:
            weights = dict(list(weights.items())[:4])
        for year in plan.raw["accounts_years"]:
            for _ in range(round(len(firms) * (0.8 - 0.05 * (plan.today.year - year)))):
                kind = plan.dice.choices(list(weights), weights=list(weights.values()))[0]
                _weight, low, high, outside, renews, is_rd, result = DELIVERED[kind]
                hours = Decimal(plan.dice.randint(low, high))
                rows.append(
                    Delivery(
                        provider=lead.body.organisation,
                        client=plan.dice.choice(firms),
                        delivered_on=(day := plan.day_between(date(year, 1, 1), date(year + 1, 1, 1))),
                        valid_from=day,
                        cluster=plan.clusters[key],
                        service=kind,
                        innovation=plan.dice.choice(renews),
                        is_rd=is_rd,
                        hours=hours,
                        cost_eur=hours * (38 + outside),
                        result=result if plan.dice.random() < 0.6 else "",
                        **plan.fact(),
                    )
                )
    Delivery.objects.bulk_create(rows, batch_size=500)
