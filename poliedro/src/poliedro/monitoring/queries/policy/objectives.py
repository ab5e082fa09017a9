"""The three objectives of industrial modernisation (R019): money, projects and services of each, by cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from poliedro.funding.models import Application, Measure, Output
from poliedro.monitoring.models import ObjectiveTag, ServiceObjective
from poliedro.registry.models import Cluster, Delivery, Project, ProjectShare
from poliedro.registry.queries.backing import Backing, total_backing
from poliedro.registry.queries.projects import started_in

OBJECTIVES = tuple(str(v) for v in Measure.Objective.values)
UNTAGGED = ""


@dataclass
class Cell:
    """One objective ("": untagged) in one cluster (0: no cluster). A project with two objectives counts half for each.

    services: deliveries, and hours where they are stated.
    """

    cost_eur: Decimal = Decimal(0)
    projects: Decimal = Decimal(0)
    services: Decimal = Decimal(0)
    hours: Decimal = Decimal(0)


@dataclass
class ByObjective:
    """cells: (objective, cluster id). outputs: kind -> number, of granted applications, by objective of the measure."""

    first: int
    last: int
    clusters: Sequence[Cluster]
    cells: dict[tuple[str, int], Cell]
    outputs: dict[tuple[str, str], Decimal]
    backing: Backing

    def total(self, objective: str) -> Cell:
        found = [c for (o, _k), c in self.cells.items() if o == objective]
        return Cell(
            sum((c.cost_eur for c in found), Decimal(0)),
            sum((c.projects for c in found), Decimal(0)),
            sum((c.services for c in found), Decimal(0)),
            sum((c.hours for c in found), Decimal(0)),
        )

    @property
    def untagged_share(self) -> float | None:
        """Part of the projects' cost that serves no stated objective; None where there is no project."""
        whole = sum((c.cost_eur for c in self.cells.values()), Decimal(0))
        return float(self.total(UNTAGGED).cost_eur / whole) if whole else None


def tags_of_projects(projects: Sequence[int] | None = None) -> dict[int, list[str]]:
    """Project -> its objectives: its own tags, else those of the measure that granted it."""
    rows = ObjectiveTag.objects.known()
    granted = Application.objects.exclude(project=None).select_related("line__call__measure")
    if projects is not None:
        rows, granted = rows.filter(project__in=projects), granted.filter(project__in=projects)
    found: dict[int, list[str]] = {}
    for a in granted.order_by("pk"):
        found[a.project_id or 0] = [o for o in OBJECTIVES if o in a.line.call.measure.objectives]
    own: dict[int, list[str]] = defaultdict(list)
    for project, objective in rows.order_by("objective").values_list("project_id", "objective"):
        own[project].append(objective)
    return {**found, **own}


def tags_of_services() -> dict[str, list[str]]:
    """Kind of service -> its objectives."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = ServiceObjective.objects.known().order_by("service", "objective")
    for service, objective in rows.values_list("service", "objective"):
        found[service].append(objective)
    return dict(found)


def by_objective(clusters: Sequence[Cluster], first: int, last: int) -> ByObjective:
    """Projects that begin and services that are delivered in the years. The number of queries is fixed."""
    cells: dict[tuple[str, int], Cell] = defaultdict(Cell)
    shares = ProjectShare.objects.known().filter(started_in(first, last))
    tags = tags_of_projects()
    for project, cluster, share, eur in shares.order_by("pk").values_list(
        "project_id", "cluster_id", "share", "project__total_cost_eur"
    ):
        objectives = tags.get(project) or [UNTAGGED]
        for objective in objectives:
            cell = cells[objective, cluster]
            cell.cost_eur += (eur or Decimal(0)) * share / len(objectives)
            cell.projects += share / len(objectives)
    deliveries = Delivery.objects.known().filter(
        delivered_on__gte=date(first, 1, 1), delivered_on__lt=date(last + 1, 1, 1)
    )
    of_service = tags_of_services()
    for row in deliveries.order_by().values("service", "cluster").annotate(n=Count("pk"), h=Sum("hours")):
        objectives = of_service.get(row["service"]) or [UNTAGGED]
        for objective in objectives:
            cell = cells[objective, row["cluster"] or 0]
            cell.services += Decimal(row["n"]) / len(objectives)
            cell.hours += (row["h"] or Decimal(0)) / len(objectives)
    outputs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    reached = Output.objects.filter(reached_on__gte=date(first, 1, 1), reached_on__lt=date(last + 1, 1, 1))
    for kind, amount, stated in reached.order_by("pk").values_list(
        "kind", "amount", "application__line__call__measure__objectives"
    ):
        objectives = [o for o in OBJECTIVES if o in stated] or [UNTAGGED]
        for objective in objectives:
            outputs[objective, kind] += amount / len(objectives)
    return ByObjective(first, last, clusters, dict(cells), dict(outputs), total_backing(shares))


def untagged_projects(first: int, last: int, limit: int) -> list[Project]:
    """Projects of clusters without an objective, the dearest first."""
    shares = ProjectShare.objects.known().filter(started_in(first, last))
    tagged = ObjectiveTag.objects.known().values("project")
    granted = Application.objects.exclude(project=None).exclude(line__call__measure__objectives=[]).values("project")
    rows = Project.objects.filter(pk__in=shares.values("project")).exclude(pk__in=tagged).exclude(pk__in=granted)
    return list(rows.order_by("-total_cost_eur", "pk")[:limit])
