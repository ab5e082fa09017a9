"""What the bodies that manage clusters can carry (R011): staff by role, members and services a full-time person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import ExtractYear

from poliedro.registry.models import Cluster, Delivery, StaffAssignment
from poliedro.registry.queries.backing import NOTHING, Backing, backing
from poliedro.registry.queries.memberships import NOBODY, make_up
from poliedro.registry.queries.money import staff_of
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Capacity:
    """Staff of a cluster's management on the day, and what it has to carry.

    fte: full-time equivalents, by_role: the same by role. members: organisations on the day. services: delivered in
    `year`, the last one that has any, up to the day's. Ratios are None without staff.
    """

    cluster_id: int
    persons: int
    fte: Decimal
    by_role: Mapping[str, Decimal]
    members: int
    services: int | None
    staff_backing: Backing
    services_backing: Backing

    @property
    def members_per_fte(self) -> float | None:
        return float(self.members / self.fte) if self.fte else None

    @property
    def services_per_fte(self) -> float | None:
        return float(self.services / self.fte) if self.fte and self.services is not None else None


def last_services_year(moment: Moment) -> int | None:
    """The last whole year with a delivered service, not after the day, as known then; the running year where no earlier
    one has any, since a part of a year compares with nothing."""
    rows = Delivery.objects.known(moment.known).filter(delivered_on__lte=moment.on)
    tomorrow = moment.on + timedelta(days=1)
    whole = rows.filter(delivered_on__lt=date(tomorrow.year, 1, 1))
    found = [r.aggregate(last=Max(ExtractYear("delivered_on")))["last"] for r in (whole, rows)]
    return next((int(year) for year in found if year is not None), None)


def capacities(clusters: list[Cluster], moment: Moment, year: int | None) -> list[Capacity]:
    """The capacity of each cluster's management; services of the year, none counted where it is None. Six queries."""
    staff = staff_of(clusters, moment)
    members = make_up(moment)
    at_work = StaffAssignment.objects.at(moment).filter(cluster__in=clusters)
    roles: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for cluster, role, fte in at_work.values_list("cluster", "role").annotate(fte=Sum("fte")).order_by():
        roles[cluster][role] = fte
    given = _deliveries(clusters, moment, year)
    services = dict(given.values_list("cluster").annotate(n=Count("pk")).order_by())
    staffed, served = backing(at_work, "cluster"), backing(given, "cluster")
    result = []
    for c in clusters:
        own = staff.get(c.pk)
        result.append(
            Capacity(
                c.pk,
                own.persons if own else 0,
                own.fte if own else Decimal(0),
                roles[c.pk],
                members.get(c.pk, NOBODY).organisations,
                None if year is None else services.get(c.pk, 0),
                staffed.get(c.pk, NOTHING),
                served.get(c.pk, NOTHING),
            )
        )
    return result


def _deliveries(clusters: list[Cluster], moment: Moment, year: int | None) -> QuerySet[Delivery]:
    """Services of the year up to the day."""
    rows: QuerySet[Delivery] = Delivery.objects.known(moment.known).filter(
        cluster__in=clusters, delivered_on__lte=moment.on
    )
    return rows.filter(delivered_on__year=year) if year else rows.none()
