"""Use of services: deliveries of the register by kind, size class, province, innovation type and year; unmet demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear

from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster, Delivery, Organisation
from poliedro.registry.queries.backing import Backing, total_backing
from poliedro.registry.queries.geography import provinces
from poliedro.shared.versions import Kept
from poliedro.support.models import UNMET, Case, Feedback, Request
from poliedro.support.rules.cases import CaseState, RequestState
from poliedro.support.rules.use import Breadth

BREADTH = "service-breadth"
MICRO = ("micro", "small")


@dataclass(frozen=True)
class Use:
    """Deliveries of a year (or of all), each counted in every dimension. hours_known: deliveries that state hours.

    by_size_rd: (size class, "rd" | "other" | "") -> deliveries: the mix of R&D and other help by size (R025).
    """

    n: int
    clients: int
    hours: Decimal
    cost_eur: Decimal
    hours_known: int
    by_kind: Mapping[str, int]
    by_size: Mapping[str, int]
    by_province: Mapping[str, int]
    by_innovation: Mapping[str, int]
    by_size_rd: Mapping[tuple[str, str], int]
    by_cluster: Mapping[int, int]
    by_year: Mapping[int, int]
    kinds_by_year: Mapping[tuple[int, str], int]
    backing: Backing

    @property
    def non_rd_share(self) -> float | None:
        """Share of what is known not to be R&D; None where no delivery says so."""
        rd = sum(n for (_size, what), n in self.by_size_rd.items() if what == "rd")
        other = sum(n for (_size, what), n in self.by_size_rd.items() if what == "other")
        return other / (rd + other) if rd + other else None


def use_of_services(cluster: Cluster | None, year: int | None) -> Use:
    """Use in a cluster (None: in the region); kept in memory until a delivery, client or place changes."""
    return _USE.get(cluster.pk if cluster is not None else None, year)


def _use(cluster_id: int | None, year: int | None) -> Use:
    everything = Delivery.objects.known()
    if cluster_id is not None:
        everything = everything.filter(cluster=cluster_id)
    rows = everything.filter(delivered_on__year=year) if year else everything
    cells = (
        rows.values_list("service", "client__size_class", "innovation", "is_rd", "cluster")
        .annotate(n=Count("pk"))
        .order_by()
    )
    kind, size, innovation, clusters = Counter[str](), Counter[str](), Counter[str](), Counter[int]()
    size_rd = Counter[tuple[str, str]]()
    for service, size_class, renews, is_rd, where, n in cells:
        kind[service] += n
        size[size_class] += n
        innovation[renews] += n
        clusters[where or 0] += n
        size_rd[size_class, "" if is_rd is None else "rd" if is_rd else "other"] += n
    home = provinces()
    places = Counter[str]()
    for place, n in rows.values_list("client__territory").annotate(n=Count("pk")).order_by():
        places[home[place][0] if place in home else ""] += n
    years = Counter[int]()
    kinds_by_year = Counter[tuple[int, str]]()
    by_year = everything.annotate(y=ExtractYear("delivered_on")).values_list("y", "service").annotate(n=Count("pk"))
    for y, service, n in by_year.order_by():
        years[y] += n
        kinds_by_year[y, service] += n
    totals = rows.aggregate(
        clients=Count("client", distinct=True), spent=Sum("hours"), paid=Sum("cost_eur"), known=Count("hours")
    )
    return Use(
        sum(kind.values()),
        totals["clients"],
        totals["spent"] or Decimal(0),
        totals["paid"] or Decimal(0),
        totals["known"],
        kind,
        size,
        places,
        innovation,
        size_rd,
        clusters,
        dict(sorted(years.items())),
        kinds_by_year,
        total_backing(rows),
    )


_USE: Kept[Use] = Kept(lambda: (Delivery, Organisation), _use, most=64)


@dataclass(frozen=True)
class Unmet:
    """Demand that nobody met: requests declined and cases stopped for a reason that leaves it open.

    asked: requests that came in (confirmed), n: of which unmet, waiting: of which not yet answered. answered_in_time:
    share of those answered by the day promised; None where none was answered.
    """

    asked: int
    n: int
    waiting: int
    answered_in_time: float | None
    by_reason: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_innovation: Mapping[str, int]
    by_size: Mapping[str, int]
    by_province: Mapping[str, int]
    is_synthetic: bool
    requests: list[Request]


def unmet_demand(cluster: Cluster | None, year: int | None, *, everywhere: bool = False) -> Unmet:
    """Unmet demand of a cluster, of the agency (None), or everywhere. requests: the newest 50. Four queries."""
    asked = Request.objects.exclude(state__in=(RequestState.UNCONFIRMED.value, RequestState.EXPIRED.value))
    if not everywhere:
        asked = asked.filter(cluster=cluster)
    if year:
        asked = asked.filter(asked_at__year=year)
    left = asked.filter(unmet())
    home = provinces()
    reasons, kinds, renews, sizes, places = (Counter[str]() for _ in range(5))
    cells = (
        left.values_list("decline_reason", "case__stop_reason", "kind", "innovation", "size_class", "territory")
        .annotate(n=Count("pk"))
        .order_by()
    )
    for declined, stopped, kind, innovation, size, place, n in cells:
        reasons[declined or stopped] += n
        kinds[kind] += n
        renews[innovation] += n
        sizes[size] += n
        places[home[place][0] if place in home else ""] += n
    answered = asked.exclude(answered_on=None).exclude(state=RequestState.WITHDRAWN.value)
    counted = asked.aggregate(
        n=Count("pk"),
        waiting=Count("pk", filter=Q(state=RequestState.WAITING.value)),
        synthetic=Count("pk", filter=Q(is_synthetic=True)),
    )
    late = answered.filter(answered_on__gt=F("promised_on")).count()
    all_answered = answered.count()
    rows = left.select_related("service", "package", "organisation", "territory", "cluster", "case")
    return Unmet(
        counted["n"],
        sum(reasons.values()),
        counted["waiting"],
        (all_answered - late) / all_answered if all_answered else None,
        reasons,
        kinds,
        renews,
        sizes,
        places,
        counted["synthetic"] > 0,
        list(rows.order_by("-asked_at", "-pk")[:50]),
    )


@dataclass(frozen=True)
class Satisfaction:
    """What clients said of cases whose feedback was asked in the year. usefulness: mean of 1..5; None: no answers."""

    asked: int
    answered: int
    usefulness: float | None


def satisfaction(cluster: Cluster | None, year: int | None) -> Satisfaction:
    """Of a cluster, or of everywhere. One query."""
    rows = Feedback.objects.all() if cluster is None else Feedback.objects.filter(case__cluster=cluster)
    if year:
        rows = rows.filter(asked_on__year=year)
    found = rows.aggregate(asked=Count("pk"), answered=Count("answered_on"), mean=Avg("usefulness"))
    return Satisfaction(found["asked"], found["answered"], found["mean"])


def unmet() -> Q:
    """Requests whose demand nobody met."""
    declined = Q(state=RequestState.DECLINED.value, decline_reason__in=UNMET)
    stopped = Case.objects.filter(state=CaseState.STOPPED.value, stop_reason__in=UNMET)
    return declined | Q(case__in=stopped)


def years_of_use() -> list[int]:
    """Years with a delivery, newest first."""
    return sorted(use_of_services(None, None).by_year, reverse=True)


def deliveries_of(cluster: Cluster | None, year: int | None, limit: int = 100) -> QuerySet[Delivery]:
    """The log of what was given, newest first."""
    rows = Delivery.objects.known()
    if cluster is not None:
        rows = rows.filter(cluster=cluster)
    if year:
        rows = rows.filter(delivered_on__year=year)
    return rows.select_related("client", "provider", "cluster", "source").order_by("-delivered_on", "-pk")[:limit]


def breadths(year: int | None) -> tuple[dict[int, Breadth], StoredResult | None]:
    """The stored breadth of each cluster's services in the year; the latest run. One query."""
    stored = StoredResult.objects.filter(key=BREADTH).order_by("-computed_at").first()
    if stored is None:
        return {}, None
    rows = stored.payload["years"].get(str(year or "all"), {})
    return {int(pk): Breadth(**values) for pk, values in rows.items()}, stored
