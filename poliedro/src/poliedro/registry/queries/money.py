"""Staff and accounts of the bodies that manage clusters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Sum

from poliedro.registry.models import Cluster, LabelAward, Mandate, RevenueLine, StaffAssignment
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Accounts:
    """Revenue of a cluster's managing bodies in a year, by origin, in euro. erdf_share: None without revenue."""

    cluster_id: int
    year: int
    by_origin: dict[str, Decimal]

    @property
    def total_eur(self) -> Decimal:
        return sum(self.by_origin.values(), Decimal(0))

    @property
    def erdf_share(self) -> float | None:
        return float(self.by_origin.get("erdf", Decimal(0)) / self.total_eur) if self.total_eur else None

    def revenue_per(self, number: Decimal | int | None) -> float | None:
        """Euro of revenue for each of so many; None where nobody is there or nothing came in."""
        return float(self.total_eur / number) if number and self.by_origin else None


@dataclass(frozen=True)
class Staff:
    cluster_id: int
    persons: int
    fte: Decimal


def accounts_of(clusters: list[Cluster], year: int, known: datetime | None = None) -> dict[int, Accounts]:
    """Accounts of each cluster in the year; clusters without any line are left out. One query."""
    rows = (
        RevenueLine.objects.known(known)
        .filter(cluster__in=clusters, year=year)
        .values("cluster", "origin")
        .annotate(amount=Sum("amount_eur"))
        .order_by()
    )
    lines: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for r in rows:
        lines[r["cluster"]][r["origin"]] = r["amount"]
    return {c: Accounts(c, year, by) for c, by in lines.items()}


def accounts_series(cluster: Cluster, known: datetime | None = None) -> list[Accounts]:
    """Accounts of every year that has lines, oldest first."""
    rows = (
        RevenueLine.objects.known(known)
        .filter(cluster=cluster)
        .values("year", "origin")
        .annotate(amount=Sum("amount_eur"))
        .order_by("year", "origin")
    )
    years: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for r in rows:
        years[r["year"]][r["origin"]] = r["amount"]
    return [Accounts(cluster.pk, year, by) for year, by in years.items()]


def last_accounts_year(known: datetime | None = None) -> int | None:
    year = RevenueLine.objects.known(known).aggregate(y=Max("year"))["y"]
    return None if year is None else int(year)


def staff_of(clusters: list[Cluster], moment: Moment) -> dict[int, Staff]:
    """Persons and full-time equivalents dedicated to each cluster's management on the day. One query."""
    rows = (
        StaffAssignment.objects.at(moment)
        .filter(cluster__in=clusters)
        .values("cluster")
        .annotate(persons=Count("person", distinct=True), fte=Sum("fte"))
        .order_by()
    )
    return {r["cluster"]: Staff(r["cluster"], r["persons"], r["fte"]) for r in rows}


def mandates_of(clusters: list[Cluster], moment: Moment) -> dict[int, list[Mandate]]:
    """The mandates of each cluster on the day, leader first. One query."""
    rows = (
        Mandate.objects.at(moment)
        .filter(cluster__in=clusters)
        .order_by("cluster", "-is_lead", "pk")
        .select_related("body__organisation__territory", "source")
    )
    result: dict[int, list[Mandate]] = defaultdict(list)
    for mandate in rows:
        result[mandate.cluster_id].append(mandate)
    return result


def labels_of(cluster: Cluster, moment: Moment) -> list[LabelAward]:
    return list(LabelAward.objects.at(moment).filter(cluster=cluster).order_by("-valid_from"))
