"""Where a figure comes from: how sure the rows under it are, and who published them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from poliedro.reference.models import Source
from poliedro.reference.rules import weakest
from poliedro.registry.models import (
    Cluster,
    MembershipSpell,
    Organisation,
    Project,
    ProjectShare,
    ResearchContract,
    RevenueLine,
    StaffAssignment,
    Standing,
)
from poliedro.registry.queries.memberships import firms_among
from poliedro.registry.queries.projects import last_project_years, started_in
from poliedro.shared.dated import Moment
from poliedro.shared.stored import Stored

BETWEEN = "; "
"""Between two names of sources; a name may hold a comma."""


@dataclass(frozen=True)
class Backing:
    """certainty: that of the weakest row; "reported" where there is none. source: names of the sources, by name."""

    certainty: str = "reported"
    source: str = ""

    @property
    def is_synthetic(self) -> bool:
        return self.certainty == "synthetic"


NOTHING = Backing()


def backing(rows: QuerySet[Any], by: str) -> dict[Any, Backing]:
    """The backing of each group of facts. One query."""
    found: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for key, certainty, source in rows.order_by().values_list(by, "certainty", "source__name").distinct():
        found[key].append((certainty, source))
    return {key: _joined(stated) for key, stated in found.items()}


def total_backing(rows: QuerySet[Any]) -> Backing:
    """The backing of all the facts together; none: NOTHING. One query."""
    stated = list(rows.order_by().values_list("certainty", "source__name").distinct())
    return _joined(stated) if stated else NOTHING


def members_backing(cluster: Cluster, moment: Moment) -> Backing:
    """The backing of what is said of a cluster's members on the day. One query."""
    return total_backing(MembershipSpell.objects.at(moment).filter(cluster=cluster))


def together(parts: list[Backing]) -> Backing:
    """The backing of a figure that rests on all of them."""
    names = {name for p in parts if p.source for name in p.source.split(BETWEEN)}
    return Backing(weakest([p.certainty for p in parts if p.source]), BETWEEN.join(sorted(names)))


def _joined(stated: list[tuple[str, str]]) -> Backing:
    return Backing(weakest([c for c, _name in stated]), BETWEEN.join(sorted({name for _c, name in stated})))


@dataclass(frozen=True)
class ClusterBackings:
    """The backing of each kind of figure, by cluster id. accounts: by cluster id and year."""

    members: dict[int, Backing]
    staff: dict[int, Backing]
    accounts: dict[int, dict[int, Backing]]
    activity: dict[int, Backing]
    contracts: dict[int, Backing]

    def revenue(self, cluster_id: int, year: int | None) -> Backing:
        return self.accounts.get(cluster_id, {}).get(year or 0, NOTHING)


def backing_of_clusters(clusters: list[Cluster], moment: Moment, first: int, last: int) -> ClusterBackings:
    """Where the clusters' figures come from: members and staff of the day, accounts of every year, projects and
    contracts of the years first..last. Five queries; what is known now is kept in memory, not to be changed."""
    keys = tuple(sorted(c.pk for c in clusters))
    if moment.known is None:
        return _NOW.get(keys, moment.on, first, last)
    return _backing_of(keys, moment.on, first, last, moment.known)


def _backing_of(
    keys: tuple[int, ...], on: date, first: int, last: int, known: datetime | None = None
) -> ClusterBackings:
    moment = Moment(on, known)
    spells = firms_among(MembershipSpell.objects.at(moment).filter(cluster__in=keys), moment.on, moment.known)
    lines = RevenueLine.objects.known(moment.known).filter(cluster__in=keys)
    accounts: dict[int, dict[int, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    stated = lines.order_by().values_list("cluster", "year", "certainty", "source__name").distinct()
    for cluster, year, certainty, source in stated:
        accounts[cluster][year].append((certainty, source))
    return ClusterBackings(
        backing(spells, "cluster"),
        backing(StaffAssignment.objects.at(moment).filter(cluster__in=keys), "cluster"),
        {c: {year: _joined(each) for year, each in own.items()} for c, own in accounts.items()},
        backing(_shares(moment.known, first, last).filter(cluster__in=keys), "cluster"),
        backing(
            ResearchContract.objects.known(moment.known).filter(
                cluster__in=keys, signed_on__year__gte=first, signed_on__year__lte=last
            ),
            "cluster",
        ),
    )


def _of_today(on: date) -> list[tuple[tuple[int, ...], date, int, int]]:
    clusters = tuple(Cluster.objects.existing_on(on).order_by("pk").values_list("pk", flat=True))
    return [(clusters, on, *last_project_years(Moment(on)))]


_NOW: Stored[ClusterBackings] = Stored(
    "registry.backing_of_clusters",
    ClusterBackings,
    lambda: (
        MembershipSpell, Standing, Organisation, StaffAssignment, RevenueLine, ProjectShare, Project, ResearchContract,
        Source,
    ),
    _backing_of,
    ready=_of_today,
)  # fmt: skip


def _shares(known: datetime | None, first: int, last: int) -> QuerySet[ProjectShare]:
    return ProjectShare.objects.known(known).filter(started_in(first, last, known))
