"""What the stress test rests on, and the scenarios that a person may read."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum

from poliedro.monitoring.models import StressScenario
from poliedro.monitoring.rules.stress import CENT, Accounts, ServiceCost, can_read, split_cents
from poliedro.registry.models import Cluster, CostLine, Delivery, RevenueLine
from poliedro.registry.permissions import somewhere
from poliedro.registry.queries.backing import Backing, together, total_backing
from poliedro.registry.queries.memberships import members_by_cluster
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.dated import Moment
from poliedro.support.models import Service

ZERO = Decimal(0)
USUAL_PRIORITY = 3


def last_year_of(cluster: Cluster) -> int | None:
    """The last year for which both revenue and costs of the cluster are known."""
    costs = set(CostLine.objects.known().filter(cluster=cluster).values_list("year", flat=True))
    years = set(RevenueLine.objects.known().filter(cluster=cluster).values_list("year", flat=True)) & costs
    return max(years, default=None)


def accounts_for_stress(cluster: Cluster, year: int) -> tuple[Accounts, Backing]:
    """Accounts of the year with the cost of each kind of service. Eight queries.

    Staff and services costs, and services sold, are laid on kinds by their hours; a delivery without hours counts one.
    """
    revenue_rows = RevenueLine.objects.known().filter(cluster=cluster, year=year)
    cost_rows = CostLine.objects.known().filter(cluster=cluster, year=year)
    revenue = _summed(revenue_rows.values_list("origin").annotate(s=Sum("amount_eur")).order_by("origin"))
    costs = _summed(cost_rows.values_list("kind").annotate(s=Sum("amount_eur")).order_by("kind"))
    hours: dict[str, Decimal] = defaultdict(lambda: ZERO)
    given = Delivery.objects.known().filter(cluster=cluster, delivered_on__year=year)
    for kind, spent in given.order_by("service", "pk").values_list("service", "hours"):
        hours[kind] += Decimal(1) if spent is None else spent
    kinds = sorted(hours)
    weights = [hours[k] for k in kinds]
    cost_of = split_cents(costs.get("staff", ZERO) + costs.get("services", ZERO), weights)
    income_of = split_cents(revenue.get("services", ZERO), weights)
    priorities = priorities_of(cluster)
    services = tuple(
        ServiceCost(kind, hours[kind], cost, income, priorities.get(kind, USUAL_PRIORITY))
        for kind, cost, income in zip(kinds, cost_of, income_of, strict=True)
    )
    # those of the accounts' year, who paid its fees: members of today over fees of then would be nobody's fee
    members = members_by_cluster(Moment(date(year, 12, 31)), clusters=[cluster]).get(cluster.pk, 0)
    backed = together([total_backing(revenue_rows), total_backing(cost_rows)])
    return Accounts(year, revenue, costs, members, services), backed


def priorities_of(cluster: Cluster) -> dict[str, int]:
    """The lowest priority of the cluster's services of each kind that are still offered."""
    offered = Service.objects.filter(cluster=cluster, closed_on=None).order_by()
    return dict(offered.values_list("kind").annotate(p=Min("priority")))


def surplus_of(cluster: Cluster) -> tuple[Decimal, list[int]]:
    """The sum of the known years' surpluses, not below 0, and those years: a first guess at the reserve."""
    revenue = _summed(_by_year(RevenueLine.objects.known().filter(cluster=cluster)))
    costs = _summed(_by_year(CostLine.objects.known().filter(cluster=cluster)))
    years = sorted(set(revenue) & set(costs))
    return max(ZERO, sum((revenue[y] - costs[y] for y in years), ZERO)), years


def _summed(rows: Any) -> dict[Any, Decimal]:
    """Sums by key, to the cent: SQLite adds amounts up with more digits than they have."""
    return {key: amount.quantize(CENT) for key, amount in rows}


def _by_year(rows: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.values_list("year").annotate(s=Sum("amount_eur")).order_by("year")
    return found


def scenarios_of(user: Any) -> list[StressScenario]:
    """Scenarios that the user made or was shown, newest first."""
    mine = Q(by=user) | Q(shared_with__user=user)
    if is_region(user):
        mine |= Q(with_region=True)
    managed = [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER]
    mine |= Q(with_region=True, cluster__in=managed)
    return list(StressScenario.objects.filter(mine).select_related("cluster", "by").distinct())


def holds_scenarios(user: Any) -> bool:
    """Whether the page of scenarios holds any for the person, or is where their own will stand."""
    return somewhere("monitoring.run_stress_test")(user) or bool(scenarios_of(user))


def scenario_with_words(pk: int) -> StressScenario | None:
    rows = StressScenario.objects.select_related("cluster", "by").prefetch_related("shared_with__user")
    return rows.filter(pk=pk).first()


def may_read(scenario: StressScenario, user: Any) -> bool:
    return can_read(
        is_maker=scenario.by_id == user.pk,
        is_shared=any(p.user_id == user.pk for p in scenario.shared_with.all()),
        with_region=scenario.with_region,
        is_region=is_region(user),
        may_test=user.has_perm("monitoring.run_stress_test", scenario.cluster),
    )


def is_region(user: Any) -> bool:
    return any(r.name is RoleName.REGIONAL_OFFICER for r in roles_of(user))
