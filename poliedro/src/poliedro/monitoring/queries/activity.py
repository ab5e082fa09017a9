"""R&D activity by cluster and year: fractional and whole counts side by side, who is new, concentration, kinds, TRL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from poliedro.monitoring.models import ProjectNature
from poliedro.registry.models import (
    Cluster,
    EffortRecord,
    Organisation,
    Participation,
    Project,
    ProjectShare,
)
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.projects import FULL_TIME_HOURS
from poliedro.shared.versions import Kept

TOP = 10
KEYS = 900
"""Keys in one query."""


@dataclass(frozen=True)
class YearOfActivity:
    """One cluster (None: the region, each project once) in a year.

    part_eur: cost by the cluster's share; whole_eur: each project in full. new: firms whose first project of any
    cluster begins in the year; repeat: the others. top_share: part of the firms' places in projects that the ten firms
    with most places hold. kinds: projects by kind of innovation; not_rd: those that are no R&D. trl: projects by
    readiness at their end.
    """

    cluster_id: int | None
    year: int
    part_eur: Decimal
    whole_eur: Decimal
    projects: int
    new: int
    repeat: int
    top_share: float | None
    fte: Decimal
    kinds: Mapping[str, int]
    not_rd: int
    trl: Mapping[int, int]

    @property
    def firms(self) -> int:
        return self.new + self.repeat


def activity_years(first: int, last: int) -> Sequence[YearOfActivity]:
    """Each cluster and the region in each year, in order of year; kept in memory while nothing changes."""
    return _YEARS.get(first, last)


def _counted(first: int, last: int) -> list[YearOfActivity]:
    shares = ProjectShare.objects.known().filter(project__retracted_at=None, project__starts_on__isnull=False)
    of_project: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    begun: dict[int, int] = {}
    cost: dict[int, Decimal] = {}
    for project, cluster, share, day, eur in shares.order_by("project_id", "cluster_id").values_list(
        "project_id", "cluster_id", "share", "project__starts_on", "project__total_cost_eur"
    ):
        of_project[project].append((cluster, share))
        begun[project], cost[project] = day.year, eur or Decimal(0)
    firms: dict[int, set[int]] = defaultdict(set)
    first_year: dict[int, int] = {}
    hours: Counter[int] = Counter()
    # Keys, and kinds read and not asked for: else a database may look through all firms of Europe for these projects.
    for part in _parts(sorted(of_project)):
        rows = Participation.objects.known().filter(project__in=part).order_by("project", "pk")
        for project, firm, kind in rows.values_list("project_id", "organisation_id", "organisation__kind"):
            if kind in FIRM_KINDS:
                firms[project].add(firm)
                first_year[firm] = min(first_year.get(firm, 9999), begun[project])
        effort = EffortRecord.objects.known().filter(project__in=part, group="research")
        for project, worked in effort.order_by("project", "pk").values_list("project_id", "hours"):
            hours[project] += worked
    natures = {
        project: (kind, rd, trl)
        for project, kind, rd, trl in ProjectNature.objects.known()
        .order_by("pk")
        .values_list("project_id", "innovation", "is_rd", "trl_end")
    }
    found = []
    clusters = [None, *Cluster.objects.order_by("position", "name").values_list("pk", flat=True)]
    for year in range(first, last + 1):
        for cluster in clusters:
            own = [
                (p, Decimal(1) if cluster is None else s)
                for p, parts in of_project.items()
                if begun[p] == year
                for s in ([Decimal(1)] if cluster is None else [share for c, share in parts if c == cluster])
            ]
            active: set[int] = set().union(*(firms[p] for p, _s in own)) if own else set()
            places = Counter(f for p, _s in own for f in firms[p])
            kinds = Counter(natures[p][0] for p, _s in own if p in natures)
            found.append(
                YearOfActivity(
                    cluster,
                    year,
                    sum((cost[p] * s for p, s in own), Decimal(0)).quantize(Decimal("0.01")),
                    sum((cost[p] for p, _s in own), Decimal(0)),
                    len(own),
                    sum(1 for f in active if first_year[f] == year),
                    sum(1 for f in active if first_year[f] < year),
                    sum(n for _f, n in places.most_common(TOP)) / places.total() if places else None,
                    (sum((Decimal(hours[p]) * s for p, s in own), Decimal(0)) / FULL_TIME_HOURS).quantize(
                        Decimal("0.01")
                    ),
                    kinds,
                    sum(1 for p, _s in own if p in natures and not natures[p][1]),
                    Counter(natures[p][2] for p, _s in own if p in natures and natures[p][2] is not None),
                )
            )
    return found


def _parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + KEYS] for start in range(0, len(keys), KEYS))


_YEARS: Kept[Sequence[YearOfActivity]] = Kept(
    lambda: (
        Cluster,
        Organisation,
        Project,
        ProjectShare,
        Participation,
        EffortRecord,
        ProjectNature,
    ),
    _counted,
)
