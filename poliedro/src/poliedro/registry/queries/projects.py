"""Research and innovation activity of clusters: fractional and whole counting, firms, effort, contracts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.expressions import Combinable

from poliedro.registry.models import (
    Cluster,
    EffortRecord,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    ProjectTerms,
    ResearchContract,
    Standing,
)
from poliedro.registry.queries.memberships import firms_among
from poliedro.shared.dated import Moment, known_at
from poliedro.shared.stored import Stored

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


def term(name: str, known: datetime | None = None, path: str = "") -> Combinable:
    """An expression: a term (day or amount) of a project as known at the moment. path: the way to it ("project__").

    Only questions about an earlier knowledge look at corrected terms; what is known now lies in the project's own row.
    """
    own = F(f"{path}{name}")
    if known is None:
        return own
    then = ProjectTerms.objects.known(known).filter(project=OuterRef(f"{path}pk")).order_by("-pk")
    return Case(When(Exists(then), then=Subquery(then.values(name)[:1])), default=own)


def projects_known(known: datetime | None = None) -> QuerySet[Project]:
    """The projects that the register held at the moment, with `starts_then` and `cost_then` as known then."""
    rows = Project.objects.filter(known_at(known))
    return rows.annotate(starts_then=term("starts_on", known), cost_then=term("total_cost_eur", known))


def started_in(first: int, last: int, known: datetime | None = None) -> Q:
    """Facts of projects that the register held at that moment and that start, as known then, in these years."""
    days = {"gte": date(first, 1, 1), "lt": date(last + 1, 1, 1)}
    if known is None:
        return known_at(None, "project__") & Q(**{f"project__starts_on__{op}": day for op, day in days.items()})
    found = projects_known(known).filter(**{f"starts_then__{op}": day for op, day in days.items()})
    return Q(project__in=found.values("pk"))


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
        .annotate(cost_then=term("total_cost_eur", known, "project__"))
        .values("cluster")
        .annotate(
            part=Sum(ExpressionWrapper(F("share") * F("cost_then"), output_field=_EUR)),
            whole=Sum("cost_then"),
            n=Count("project", distinct=True),
        )
        .order_by()
    ):
        result[r["cluster"]] = replace(
            result[r["cluster"]], invested_eur=_cents(r["part"]), whole_eur=_cents(r["whole"]), projects=r["n"]
        )
    total = (
        projects_known(known).filter(pk__in=shares.values("project")).aggregate(cost=Sum("cost_then"), n=Count("pk"))
    )

    firms: dict[int, set[int]] = defaultdict(set)
    taking_part = (
        firms_among(Participation.objects.known(known), "project__starts_on", known)
        .filter(started)
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


_NOW: Stored[tuple[dict[int, Activity], Activity]] = Stored(
    "registry.activity_by_cluster",
    tuple[dict[int, Activity], Activity],
    lambda: (Cluster, Organisation, Standing, Project, ProjectShare, Participation, EffortRecord, ResearchContract),
    _of_all,
    ready=lambda on: [last_project_years(Moment(on))],
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
    begun = shares.annotate(starts_then=term("starts_on", moment.known, "project__")).filter(starts_then__lte=moment.on)
    last = begun.aggregate(d=Max("starts_then"))["d"]
    year = last.year if last else moment.on.year
    return year - span + 1, year


def projects_of(cluster: Cluster, limit: int, known: datetime | None = None) -> list[Project]:
    """The cluster's largest projects, with days and cost as known at the moment: for reading, never to be saved."""
    shares = ProjectShare.objects.known(known).filter(cluster=cluster)
    rows = projects_known(known).filter(pk__in=shares.values("project"))
    found = list(rows.order_by(F("cost_then").desc(nulls_last=True), "pk")[:limit])
    for project in found:
        project.total_cost_eur, project.starts_on = project.cost_then, project.starts_then  # type: ignore[attr-defined]
    return found
