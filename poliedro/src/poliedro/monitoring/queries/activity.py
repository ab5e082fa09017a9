"""R&D activity by cluster and year: fractional and whole counts side by side, who is new, concentration, kinds, TRL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from poliedro.monitoring.models import ProjectNature
from poliedro.registry.models import (
    Cluster,
    EffortRecord,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    Standing,
)
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.projects import FULL_TIME_HOURS, last_project_years, term
from poliedro.registry.queries.standings import Aspect, past
from poliedro.shared.dated import Moment, known_at
from poliedro.shared.stored import Stored

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


def activity_years(first: int, last: int, known: datetime | None = None) -> Sequence[YearOfActivity]:
    """Each cluster and the region in each year, in order of year. Firms are those that were firms when the project
    began. What is known now is stored, and computed again when something under it changes."""
    return _YEARS.get(first, last) if known is None else _counted(first, last, known)


def _counted(first: int, last: int, known: datetime | None = None) -> list[YearOfActivity]:
    shares = (
        ProjectShare.objects.known(known)
        .filter(known_at(known, "project__"))
        .annotate(starts_then=term("starts_on", known, "project__"), cost=term("total_cost_eur", known, "project__"))
        .filter(starts_then__isnull=False)
    )
    of_project: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    begun: dict[int, date] = {}
    cost: dict[int, Decimal] = {}
    for project, cluster, share, day, eur in shares.order_by("project_id", "cluster_id").values_list(
        "project_id", "cluster_id", "share", "starts_then", "cost"
    ):
        of_project[project].append((cluster, share))
        begun[project], cost[project] = day, eur or Decimal(0)
    kinds_then = past(Aspect.KIND, known)
    firms: dict[int, set[int]] = defaultdict(set)
    first_year: dict[int, int] = {}
    hours: Counter[int] = Counter()
    # Keys, and kinds read and not asked for: else a database may look through all firms of Europe for these projects.
    for part in _parts(sorted(of_project)):
        rows = Participation.objects.known(known).filter(project__in=part).order_by("project", "pk")
        for project, firm, kind in rows.values_list("project_id", "organisation_id", "organisation__kind"):
            if kinds_then.of(firm, begun[project], kind) in FIRM_KINDS:
                firms[project].add(firm)
                first_year[firm] = min(first_year.get(firm, 9999), begun[project].year)
        effort = EffortRecord.objects.known(known).filter(project__in=part, group="research")
        for project, worked in effort.order_by("project", "pk").values_list("project_id", "hours"):
            hours[project] += worked
    natures = {
        project: (kind, rd, trl)
        for project, kind, rd, trl in ProjectNature.objects.known(known)
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
                if begun[p].year == year
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


_YEARS: Stored[list[YearOfActivity]] = Stored(
    "monitoring.activity_years",
    list[YearOfActivity],
    lambda: (Cluster, Organisation, Standing, Project, ProjectShare, Participation, EffortRecord, ProjectNature),
    _counted,
    ready=lambda on: [last_project_years(Moment(on))],
)
