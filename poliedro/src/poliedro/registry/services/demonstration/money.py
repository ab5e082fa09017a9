"""Staff, accounts and labels of the managing bodies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from poliedro.accounts.models import Person
from poliedro.registry.models import CostLine, Mandate, RevenueLine, StaffAssignment
from poliedro.registry.services.demonstration.plan import Plan, split_exactly

OTHER_ORIGINS = {"other_eu": 0.16, "fees": 0.30, "services": 0.30, "other_public": 0.14, "private": 0.10}
"""How the revenue that is not ERDF is made up."""
COSTS = {"staff": 0.58, "services": 0.18, "premises": 0.09, "events": 0.08, "other": 0.07}


def build_staff(plan: Plan) -> None:
    """As many persons as the target says, spread over the bodies that manage the cluster."""
    rows = []
    for key, target in plan.targets.items():
        bodies = [m.body for m in Mandate.objects.known().filter(cluster=plan.clusters[key]).order_by("-is_lead", "pk")]
        for number in range(target["staff"]):
            person = Person.objects.create(name=f"Persona Demo {key} {number + 1}")
            role = (
                "manager"
                if number == 0
                else plan.dice.choice(["officer", "project", "communication", "administration"])
            )
            fte = Decimal("1.000") if number == 0 else Decimal(plan.dice.choice(["1.000", "0.800", "0.500"]))
            rows.append(
                StaffAssignment(
                    body=bodies[number % len(bodies)],
                    cluster=plan.clusters[key],
                    person=person,
                    role=role,
                    fte=fte,
                    valid_from=date(2016, 1, 1),
                    **plan.fact(),
                )
            )
    StaffAssignment.objects.bulk_create(rows)


def build_accounts(plan: Plan) -> None:
    """Accounts by year; those of the last year meet revenue and ERDF share to the cent."""
    revenues: list[RevenueLine] = []
    costs: list[CostLine] = []
    last = plan.raw["accounts_years"][-1]
    for key, target in plan.targets.items():
        cluster = plan.clusters[key]
        lead = Mandate.objects.known().filter(cluster=cluster).order_by("-is_lead", "pk")[0].body
        for year in plan.raw["accounts_years"]:
            drift = (
                Decimal(1)
                if year == last
                else Decimal(str(round(1 - 0.03 * (last - year) + plan.dice.uniform(-0.02, 0.02), 4)))
            )
            total = (Decimal(target["revenue"]) * drift).quantize(Decimal("0.01"))
            share = min(0.659, target["erdf"] + 0.015 * (last - year)) if year != last else target["erdf"]
            erdf = (total * Decimal(str(share))).quantize(Decimal("0.01"))
            amounts = {
                "erdf": erdf,
                **dict(zip(OTHER_ORIGINS, split_exactly(total - erdf, list(OTHER_ORIGINS.values())), strict=True)),
            }
            spent = split_exactly((total * Decimal("0.97")).quantize(Decimal("0.01")), list(COSTS.values()))
            days = {"year": year, "valid_from": date(year, 1, 1), "valid_to": date(year + 1, 1, 1)}
            revenues.extend(
                RevenueLine(body=lead, cluster=cluster, origin=o, amount_eur=a, **days, **plan.fact())
                for o, a in amounts.items()
            )
            costs.extend(
                CostLine(body=lead, cluster=cluster, kind=k, amount_eur=a, **days, **plan.fact())
                for k, a in zip(COSTS, spent, strict=True)
            )
    RevenueLine.objects.bulk_create(revenues)
    CostLine.objects.bulk_create(costs)
