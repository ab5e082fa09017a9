"""Research and innovation activity of clusters: fractional and whole counting, firms, effort, contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Max, Q, Sum

from poliedro.registry.models import (
    Cluster,
    EffortRecord,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    ResearchContract,
)
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.shared.dated import Moment, known_at
from poliedro.shared.versions import Kept

FULL_TIME_HOURS = Decimal(1720)
"""Hours of one full-time person in a year: the standard of the EU's cost options for projects."""


@dataclass(frozen=True)
class Activity:
    """R&D activity of a cluster (or, cluster_id None, of the region) in the years first..last.

    invested_eur: project cost, each project by its share for the cluster; over clusters these add up to the region.
    whole_eur: the same with each project counted in full for each of its clusters. firms: distinct firms taking part.
    fte: person-years of research effort, by share. contracts_eur: research contracts signed in the years.
    """

    cluster_id: int | None
    first: int
    last: int
    invested_eur: Decimal = Decimal(0)
    whole_eur: Decimal = Decimal(0)
    projects: int = 0
    firms: int = 0
    fte: Decimal = Decimal(0)
    contracts_eur: Decimal = Decimal(0)
    contracts: int = 0

    def invested_per(self, number: Decimal | int | None) -> float | None:
        """Euro invested for each of so many; None where there is nobody or no project."""
        return float(self.invested_eur / number) if number and self.projects else None


_EUR = DecimalField(max_digits=24, decimal_places=10)


def started_in(first: int, last: int, known: datetime | None = None) -> Q:
    """Facts of projects that the register held at that moment and that start in the years first..last."""
    return known_at(known, "project__") & Q(
        project__starts_on__gte=date(first, 1, 1), project__starts_on__lt=date(last + 1, 1, 1)
    )


def activity_by_cluster(
    clusters: Iterable[Cluster], first: int, last: int, known: datetime | None = None
) -> tuple[dict[int, Activity], Activity]:
    """R&D activity of each cluster and of the region as a whole. What is known now is kept in memory, of all clusters;
    otherwise six queries, whatever their number."""
    if known is not None:
        return _counted(clusters, first, last, known)
    found, region = _NOW.get(first, last)
    return {c.pk: found[c.pk] for c in clusters}, region


def _counted(
    clusters: Iterable[Cluster], first: int, last: int, known: datetime | None
) -> tuple[dict[int, Activity], Activity]:
    keys = [c.pk for c in clusters]
    started = started_in(first, last, known)
    shares = ProjectShare.objects.known(known).filter(started)
    result = {key: Activity(key, first, last) for key in keys}
    for r in (
        shares.filter(cluster__in=keys)
        .values("cluster")
        .annotate(
            part=Sum(ExpressionWrapper(F("share") * F("project__total_cost_eur"), output_field=_EUR)),
            whole=Sum("project__total_cost_eur"),
            n=Count("project", distinct=True),
        )
        .order_by()
    ):
        result[r["cluster"]] = replace(
            result[r["cluster"]], invested_eur=_cents(r["part"]), whole_eur=_cents(r["whole"]), projects=r["n"]
        )
    total = Project.objects.filter(pk__in=shares.values("project")).aggregate(cost=Sum("total_cost_eur"), n=Count("pk"))

    firms: dict[int, set[int]] = defaultdict(set)
    taking_part = (
        Participation.objects.known(known)
        .filter(started, organisation__kind__in=FIRM_KINDS)
        .filter(project__in=shares.values("project"))
    )
    cluster_of: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for project, cluster, share in shares.order_by("pk").values_list("project_id", "cluster_id", "share"):
        cluster_of[project].append((cluster, share))
    everybody = set()
    for project, organisation in taking_part.order_by("pk").values_list("project_id", "organisation_id"):
        everybody.add(organisation)
        for cluster, _ in cluster_of[project]:
            firms[cluster].add(organisation)

    hours: dict[int, Decimal] = defaultdict(Decimal)
    all_hours = Decimal(0)
    effort = EffortRecord.objects.known(known).filter(project__in=shares.values("project"), group="research")
    for r in effort.values("project").annotate(h=Sum("hours")).order_by():
        all_hours += r["h"]
        for cluster, share in cluster_of[r["project"]]:
            hours[cluster] += r["h"] * share

    signed = ResearchContract.objects.known(known).filter(
        signed_on__gte=date(first, 1, 1), signed_on__lt=date(last + 1, 1, 1)
    )
    contracts = {
        r["cluster"]: (r["eur"], r["n"])
        for r in signed.values("cluster").annotate(eur=Sum("amount_eur"), n=Count("pk")).order_by()
    }
    for key in keys:
        eur, n = contracts.get(key, (Decimal(0), 0))
        result[key] = replace(
            result[key], firms=len(firms[key]), fte=_fte(hours[key]), contracts_eur=_cents(eur), contracts=n
        )
    region = Activity(
        None,
        first,
        last,
        _cents(total["cost"]),
        _cents(total["cost"]),
        total["n"],
        len(everybody),
        _fte(all_hours),
        _cents(sum((e for e, _ in contracts.values()), Decimal(0))),
        sum(n for _, n in contracts.values()),
    )
    return result, region


def activity_of(cluster: Cluster, first: int, last: int, known: datetime | None = None) -> Activity:
    """R&D activity of one cluster."""
    return activity_by_cluster([cluster], first, last, known)[0][cluster.pk]


def _of_all(first: int, last: int) -> tuple[dict[int, Activity], Activity]:
    return _counted(Cluster.objects.order_by("pk"), first, last, None)


_NOW: Kept[tuple[dict[int, Activity], Activity]] = Kept(
    lambda: (Cluster, Organisation, Project, ProjectShare, Participation, EffortRecord, ResearchContract), _of_all
)


def cross_cluster_projects(first: int, last: int, known: datetime | None = None) -> dict[tuple[int, int], int]:
    """Projects that two clusters share: {(smaller id, larger id): projects}."""
    shares = ProjectShare.objects.known(known).filter(started_in(first, last, known))
    clusters: dict[int, set[int]] = defaultdict(set)
    for project, cluster in shares.order_by("pk").values_list("project_id", "cluster_id"):
        clusters[project].add(cluster)
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for involved in clusters.values():
        ordered = sorted(involved)
        for i, a in enumerate(ordered):
            for b in ordered[i + 1 :]:
                pairs[a, b] += 1
    return dict(pairs)


def _cents(value: Decimal | None) -> Decimal:
    return Decimal(value or 0).quantize(Decimal("0.01"))


def _fte(hours: Decimal) -> Decimal:
    return (hours / FULL_TIME_HOURS).quantize(Decimal("0.01"))


def last_project_years(moment: Moment, span: int = 4) -> tuple[int, int]:
    """The last `span` years in which projects of clusters start, up to the day; the usual reporting period."""
    shares = ProjectShare.objects.known(moment.known).filter(known_at(moment.known, "project__"))
    last = shares.filter(project__starts_on__lte=moment.on).aggregate(d=Max("project__starts_on"))["d"]
    year = last.year if last else moment.on.year
    return year - span + 1, year


def projects_of(cluster: Cluster, limit: int, known: datetime | None = None) -> list[Project]:
    """The cluster's largest projects."""
    shares = ProjectShare.objects.known(known).filter(cluster=cluster)
    found = Project.objects.filter(known_at(known), pk__in=shares.values("project"))
    return list(found.order_by(F("total_cost_eur").desc(nulls_last=True), "pk")[:limit])
