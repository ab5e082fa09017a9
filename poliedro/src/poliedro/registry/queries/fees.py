"""Fees: what each member owes for a year, what is open, and whether invoices and accounts agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from poliedro.registry.models import Cluster, FeeInvoice, FeeRate, FeeRun, MembershipSpell, RevenueLine
from poliedro.registry.rules.fees import days_in, fee_due


@dataclass(frozen=True)
class DueLine:
    """What a member owes for a year. fee_class: that of its last spell in the year, else its size class. rate: null
    where no rate is set for the class. is_new: no invoice of the year exists."""

    organisation_id: int
    name: str
    fee_class: str
    days: int
    rate: Decimal | None
    amount_eur: Decimal
    is_new: bool


def rates_on(cluster: Cluster, day: date) -> dict[str, Decimal]:
    """{class: EUR a year} on the day."""
    rows = FeeRate.objects.known().active_on(day).filter(cluster=cluster).order_by("fee_class")
    return dict(rows.values_list("fee_class", "amount_eur"))


def rate_history(cluster: Cluster) -> list[FeeRate]:
    return list(FeeRate.objects.known().filter(cluster=cluster).order_by("fee_class", "-valid_from"))


def due_lines(cluster: Cluster, year: int, part: str) -> list[DueLine]:
    """What every member of the year owes, by name. Honorary members owe nothing. Rates are those of 1 January, or of
    the first day of membership in the year. Four queries.

    part: "whole" or "days", as in FeeRun.
    """
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    spells = (
        MembershipSpell.objects.known()
        .overlapping(start, end)
        .filter(cluster=cluster)
        .exclude(category=MembershipSpell.Category.HONORARY)
        .order_by("organisation__name", "organisation", "valid_from")
        .values_list(
            "organisation", "organisation__name", "organisation__size_class", "fee_class", "valid_from", "valid_to"
        )
    )
    rates: dict[str, list[FeeRate]] = defaultdict(list)
    for rate in FeeRate.objects.known().overlapping(start, end).filter(cluster=cluster).order_by("valid_from"):
        rates[rate.fee_class].append(rate)
    invoiced = set(
        FeeInvoice.objects.filter(cluster=cluster, year=year, cancelled_at=None).values_list("organisation", flat=True)
    )
    members: dict[int, tuple[str, str, int, date]] = {}
    for organisation, name, size, fee_class, since, until in spells:
        held = members.get(organisation)
        days = days_in(year, since, until)
        first = held[3] if held else max(since, start)
        members[organisation] = (name, fee_class or size, days + (held[2] if held else 0), first)
    lines = []
    for organisation, (name, fee_class, days, first) in members.items():
        rate = _rate_on(rates[fee_class], first)
        amount = Decimal(0) if rate is None else fee_due(rate, days, year, by_days=part == FeeRun.Part.DAYS)
        lines.append(DueLine(organisation, name, fee_class, days, rate, amount, organisation not in invoiced))
    return lines


def _rate_on(rates: Sequence[FeeRate], day: date) -> Decimal | None:
    for rate in rates:
        if (rate.valid_from is None or rate.valid_from <= day) and (rate.valid_to is None or day < rate.valid_to):
            return rate.amount_eur
    return None


@dataclass(frozen=True)
class YearOfFees:
    """Invoices of a year: how many, how much, what came in, what is overdue on the day; and what the accounts say."""

    year: int
    invoices: int
    invoiced_eur: Decimal
    paid_eur: Decimal
    overdue_eur: Decimal
    overdue: int
    accounts_eur: Decimal | None

    @property
    def open_eur(self) -> Decimal:
        return self.invoiced_eur - self.paid_eur

    @property
    def gap_eur(self) -> Decimal | None:
        """Invoiced less what the accounts state; None where they state nothing."""
        return None if self.accounts_eur is None else self.invoiced_eur - self.accounts_eur


def invoices_of(cluster: Cluster) -> QuerySet[Any]:
    """With what was paid (`paid`) and the reminders written (`reminded`)."""
    return (
        FeeInvoice.objects.filter(cluster=cluster)
        .annotate(
            paid=Sum("payments__amount_eur", default=Decimal(0)),
            reminded=Count("reminders", distinct=True),
        )
        .select_related("organisation")
    )


def years_of_fees(cluster: Cluster, today: date) -> list[YearOfFees]:
    """The years with invoices, latest first. Three queries."""
    rows = FeeInvoice.objects.filter(cluster=cluster, cancelled_at=None).order_by()
    billed = {y: (n, s) for y, n, s in rows.values_list("year").annotate(n=Count("pk"), s=Sum("amount_eur"))}
    paid: dict[int, Decimal] = defaultdict(Decimal)
    late: dict[int, tuple[int, Decimal]] = {}
    per_invoice = rows.annotate(p=Sum("payments__amount_eur", default=Decimal(0)))
    for year, amount, due_on, p in per_invoice.values_list("year", "amount_eur", "due_on", "p"):
        paid[year] += p
        if p < amount and due_on < today:
            n, s = late.get(year, (0, Decimal(0)))
            late[year] = (n + 1, s + amount - p)
    stated = dict(
        RevenueLine.objects.known()
        .filter(cluster=cluster, origin="fees", year__in=list(billed))
        .order_by()
        .values_list("year")
        .annotate(s=Sum("amount_eur"))
    )
    return [
        YearOfFees(y, n, s, paid[y], late.get(y, (0, Decimal(0)))[1], late.get(y, (0, Decimal(0)))[0], stated.get(y))
        for y, (n, s) in sorted(billed.items(), reverse=True)
    ]


def in_arrears(cluster: Cluster, today: date) -> dict[int, Decimal]:
    """{organisation: EUR overdue on the day}. One query."""
    rows = (
        FeeInvoice.objects.filter(cluster=cluster, cancelled_at=None, due_on__lt=today)
        .annotate(p=Sum("payments__amount_eur", default=Decimal(0)))
        .order_by()
        .values_list("organisation", "amount_eur", "p")
    )
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for organisation, amount, p in rows:
        if p < amount:
            owed[organisation] += amount - p
    return dict(owed)
