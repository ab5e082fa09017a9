"""Who takes part in the clusters' research projects (R033): new and returning firms, and what a few of them take."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from poliedro.registry.models import Cluster, Organisation, Participation, Project, ProjectShare, Standing
from poliedro.registry.queries.backing import Backing, total_backing
from poliedro.registry.queries.memberships import firms_among
from poliedro.registry.queries.projects import started_in, term
from poliedro.shared.dated import known_at
from poliedro.shared.versions import Kept

TOP = 10
"""Firms whose part is called the concentration."""


@dataclass(frozen=True)
class YearOfFirms:
    """Firms with a project that starts in the year. new: it is their first of any cluster; returning: they had one
    that started in an earlier year."""

    year: int
    new: int
    returning: int


@dataclass(frozen=True)
class Taker:
    """A firm with what it takes. contribution_eur: public money, None where no file gives any."""

    organisation_id: int
    name: str
    projects: int
    contribution_eur: Decimal | None


@dataclass(frozen=True)
class Participants:
    """Firms in the projects that start in first..last: of all clusters, or in those with a share of one.

    firms: distinct firms. repeating: those with two projects or more in the years. places: firms counted once a
    project. contribution_eur: public money to them; unknown: places for which no file gives it. top: the firms with
    most money, then with most projects. top_share: the part of the money that these take, None without money.
    top_places_share: the part of the places that the firms with most places take, None without places.
    """

    first: int
    last: int
    years: list[YearOfFirms]
    firms: int
    repeating: int
    places: int
    contribution_eur: Decimal
    unknown: int
    top: list[Taker]
    top_share: float | None
    top_places_share: float | None
    backing: Backing


@dataclass(frozen=True)
class _Place:
    organisation: int
    project: int
    starts_on: date
    contribution: Decimal | None


def participants(first: int, last: int, known: datetime | None = None, cluster: Cluster | None = None) -> Participants:
    """Who took part, as known at the moment. A constant number of queries; the rows known now are kept in memory."""
    places = _PLACES.get() if known is None else _places(known)
    shares = ProjectShare.objects.known(known).filter(started_in(first, last, known))
    if cluster is not None:
        shares = shares.filter(cluster=cluster)
    chosen = set(shares.values_list("project_id", flat=True))
    begun: dict[int, int] = {}
    for p in places:
        begun[p.organisation] = min(begun.get(p.organisation, p.starts_on.year), p.starts_on.year)
    counted = [p for p in places if p.project in chosen]
    active: dict[int, set[int]] = defaultdict(set)
    projects: Counter[int] = Counter()
    money: dict[int, Decimal] = {}
    for p in counted:
        active[p.starts_on.year].add(p.organisation)
        projects[p.organisation] += 1
        if p.contribution is not None:
            money[p.organisation] = money.get(p.organisation, Decimal(0)) + p.contribution
    order = sorted(projects, key=lambda o: (-money.get(o, Decimal(0)), -projects[o], o))[:TOP]
    names = dict(Organisation.objects.filter(pk__in=order).values_list("pk", "name"))
    total = sum(money.values(), Decimal(0))
    return Participants(
        first,
        last,
        [
            YearOfFirms(
                year,
                sum(1 for o in active[year] if begun[o] == year),
                sum(1 for o in active[year] if begun[o] < year),
            )
            for year in range(first, last + 1)
        ],
        len(projects),
        sum(1 for n in projects.values() if n > 1),
        projects.total(),
        total,
        sum(1 for p in counted if p.contribution is None),
        [Taker(o, names[o], projects[o], money.get(o)) for o in order],
        float(sum((money.get(o, Decimal(0)) for o in order), Decimal(0)) / total) if total else None,
        sum(n for _, n in projects.most_common(TOP)) / projects.total() if projects else None,
        _backing(chosen, known),
    )


def _places(known: datetime | None = None) -> Sequence[_Place]:
    """Each firm once a project, whatever its roles; projects of clusters that have a first day."""
    shares = ProjectShare.objects.known(known)
    rows = (
        firms_among(Participation.objects.known(known), "project__starts_on", known)
        .annotate(starts_then=term("starts_on", known, "project__"))
        .filter(known_at(known, "project__"), starts_then__isnull=False)
        .filter(project__in=shares.values("project"))
        .order_by("pk")
        .values_list("organisation_id", "project_id", "starts_then", "contribution_eur")
    )
    found: dict[tuple[int, int], _Place] = {}
    for organisation, project, starts_on, contribution in rows.iterator(chunk_size=5000):
        before = found.get((organisation, project))
        if before is not None and before.contribution is not None:
            contribution = before.contribution + (contribution or Decimal(0))
        found[organisation, project] = _Place(organisation, project, starts_on, contribution)
    return list(found.values())


_PLACES: Kept[Sequence[_Place]] = Kept(lambda: (Organisation, Standing, Project, ProjectShare, Participation), _places)


def _backing(projects: set[int], known: datetime | None) -> Backing:
    rows = firms_among(Participation.objects.known(known), "project__starts_on", known).filter(project__in=projects)
    return total_backing(rows)
