"""What only some may read: the roster of a cluster's managing bodies, their account lines, a firm's statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from poliedro.registry.models import (
    Cluster,
    CostLine,
    FinancialStatement,
    Organisation,
    RevenueLine,
    StaffAssignment,
)
from poliedro.shared.dated import Moment


def roster(cluster: Cluster, moment: Moment) -> list[StaffAssignment]:
    """Who works for the cluster's management on the day, as known then; managers first. One query."""
    order = {role: i for i, role in enumerate(StaffAssignment.Role.values)}
    rows = StaffAssignment.objects.at(moment).filter(cluster=cluster)
    found = rows.select_related("person", "body__organisation", "source").order_by("person__name", "pk")
    return sorted(found, key=lambda a: order.get(a.role, len(order)))


def former_staff(cluster: Cluster, moment: Moment) -> list[StaffAssignment]:
    """Assignments that ended by the day, last first. One query."""
    rows = StaffAssignment.objects.known(moment.known).filter(cluster=cluster, valid_to__lte=moment.on)
    return list(
        rows.select_related("person", "body__organisation", "source").order_by("-valid_to", "person__name", "pk")
    )


@dataclass(frozen=True)
class AccountLine:
    """One line of a managing body's accounts for a cluster. item: source of the revenue, or kind of the cost."""

    year: int
    is_revenue: bool
    item: str
    amount_eur: Decimal
    body: str
    note: str
    certainty: str
    source: str
    recorded_at: datetime


def account_lines(cluster: Cluster, until: date, known: datetime | None = None) -> list[AccountLine]:
    """Every line of the years up to the day's, last year first, revenue before costs. Two queries."""
    fields = ("year", "amount_eur", "body__organisation__name", "certainty", "source__name", "recorded_at")
    revenue = RevenueLine.objects.known(known).filter(cluster=cluster, year__lte=until.year).order_by("pk")
    costs = CostLine.objects.known(known).filter(cluster=cluster, year__lte=until.year).order_by("pk")
    lines = [
        AccountLine(year, True, item, amount, body, note, certainty, source, at)
        for item, note, year, amount, body, certainty, source, at in revenue.values_list("origin", "note", *fields)
    ]
    lines += [
        AccountLine(year, False, item, amount, body, "", certainty, source, at)
        for item, year, amount, body, certainty, source, at in costs.values_list("kind", *fields)
    ]
    return sorted(lines, key=lambda line: (-line.year, not line.is_revenue, -line.amount_eur, line.item))


@dataclass(frozen=True)
class YearOfAccounts:
    """Totals of a year in euro. result: revenue less costs; None where one of them has no line."""

    year: int
    revenue_eur: Decimal | None
    costs_eur: Decimal | None
    erdf_share: float | None

    @property
    def result_eur(self) -> Decimal | None:
        return None if self.revenue_eur is None or self.costs_eur is None else self.revenue_eur - self.costs_eur


def years_of_accounts(lines: Sequence[AccountLine]) -> list[YearOfAccounts]:
    """Totals by year, oldest first."""
    result = []
    for year in sorted({line.year for line in lines}):
        ours = [line for line in lines if line.year == year]
        revenue = [line.amount_eur for line in ours if line.is_revenue]
        costs = [line.amount_eur for line in ours if not line.is_revenue]
        total = sum(revenue, Decimal(0))
        erdf = sum((line.amount_eur for line in ours if line.is_revenue and line.item == "erdf"), Decimal(0))
        result.append(
            YearOfAccounts(
                year,
                total if revenue else None,
                sum(costs, Decimal(0)) if costs else None,
                float(erdf / total) if total else None,
            )
        )
    return result


def statements_of(organisation: Organisation, known: datetime | None = None) -> list[FinancialStatement]:
    """Its yearly statements, last first; two sources of one year both. One query."""
    rows = FinancialStatement.objects.known(known).filter(organisation=organisation)
    return list(rows.select_related("source").order_by("-year", "source__name", "pk"))
