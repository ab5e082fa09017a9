"""How a cluster's membership moves: stays through its lineage, entries and exits by year, why members leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from poliedro.reference.models import StoredResult
from poliedro.registry.models import Cluster, MembershipSpell, Organisation, Participation, ProjectShare
from poliedro.registry.queries.memberships import FIRM_KINDS, ancestry
from poliedro.registry.rules.members import Movement, Stay, movement, stays
from poliedro.shared.region import region


def observed_until(cluster: Cluster, today: date) -> date:
    """The day up to which the cluster's membership is known: today, or for an invented one the demonstration's day."""
    stated = (region().raw.get("demonstration") or {}).get("today")
    return min(today, stated) if cluster.is_synthetic and stated else today


def line_of(cluster: Cluster) -> set[int]:
    """The cluster and all those that went into it."""
    links = ancestry().links
    found, todo = {cluster.pk}, [cluster.pk]
    while todo:
        wanted = todo.pop()
        for predecessor, successor, _on, _share in links:
            if successor == wanted and predecessor not in found:
                found.add(predecessor)
                todo.append(predecessor)
    return found


def stays_of(cluster: Cluster, *, firms_only: bool = True) -> list[Stay]:
    """The stays of the cluster's members. Who went with its pole into the cluster stayed; who left a pole before is
    not counted here, since a pole may have gone into several clusters. Two queries."""
    line = line_of(cluster)
    rows = MembershipSpell.objects.known().filter(cluster__in=line)
    if firms_only:
        rows = rows.filter(organisation__kind__in=FIRM_KINDS)
    spells = list(rows.order_by("pk").values_list("organisation", "valid_from", "valid_to", "leave_reason", "cluster"))
    own = {organisation for organisation, _s, _e, _r, c in spells if c == cluster.pk}
    return stays((o, s, e, r) for o, s, e, r, _c in spells if o in own)


def movements(cluster: Cluster, until: date, years: int = 12) -> list[Movement]:
    """Year by year, from the year after the cluster's founding on, the last one up to `until`."""
    held = stays_of(cluster)
    first = max(cluster.founded_on.year, until.year - years + 1)
    return [
        movement(held, max(date(y - 1, 12, 31), cluster.founded_on), min(date(y, 12, 31), until))
        for y in range(first, until.year + 1)
        if max(date(y - 1, 12, 31), cluster.founded_on) < min(date(y, 12, 31), until)
    ]


def leave_reasons(cluster: Cluster, since: date, until: date) -> Counter[str]:
    """Why firms left in (since, until]; "" where no reason is recorded."""
    return Counter(s.reason for s in stays_of(cluster) if s.until is not None and since < s.until <= until)


@dataclass(frozen=True)
class Trend:
    """What the stored run says of retention and stagnation; None where it was not computed yet."""

    payload: dict[str, Any]
    computed_at: Any
    certainty: str
    source: str


def retention_of(cluster: Cluster) -> Trend | None:
    found = StoredResult.objects.filter(key=f"retention-{cluster.key}").order_by("-computed_at").first()
    return Trend(found.payload, found.computed_at, found.certainty, found.source_names) if found else None


def retentions(clusters: list[Cluster]) -> dict[int, Trend]:
    """The latest stored run of each cluster. One query."""
    keys = {f"retention-{c.key}": c.pk for c in clusters}
    found: dict[int, Trend] = {}
    for row in StoredResult.objects.filter(key__in=keys).order_by("computed_at"):
        found[keys[row.key]] = Trend(row.payload, row.computed_at, row.certainty, row.source_names)
    return found


def start_ups_among(cluster: Cluster, days: list[date]) -> list[tuple[int, int]]:
    """(start-ups, firms) among the members on each day (R056), by the kind of today. Two queries."""
    young = set(
        Organisation.objects.filter(kind=Organisation.Kind.START_UP, memberships__cluster=cluster).values_list(
            "pk", flat=True
        )
    )
    held = stays_of(cluster)
    return [
        (
            sum(s.holds_on(d) and s.organisation_id in young for s in held),
            sum(s.holds_on(d) for s in held),
        )
        for d in days
    ]


@dataclass(frozen=True)
class StartUpPart:
    """What start-ups have of what firms have in a cluster's projects: participations, and contributions in EUR by the
    part of the project that counts for the cluster. share, money_share: None where firms have none."""

    taken: int
    of: int
    eur: Decimal
    of_eur: Decimal

    @property
    def share(self) -> float | None:
        return self.taken / self.of if self.of else None

    @property
    def money_share(self) -> float | None:
        return float(self.eur / self.of_eur) if self.of_eur else None


def start_ups_in_projects(cluster: Cluster) -> StartUpPart:
    """Start-ups in the projects of the cluster (R056), by the kind of today. Two queries."""
    shares = dict(
        ProjectShare.objects.known().filter(cluster=cluster, project__retracted_at=None).values_list("project", "share")
    )
    rows = Participation.objects.known().filter(project__in=shares, organisation__kind__in=FIRM_KINDS)
    taken = of = 0
    eur = of_eur = Decimal(0)
    for project, kind, money in rows.order_by("pk").values_list("project", "organisation__kind", "contribution_eur"):
        young = kind == Organisation.Kind.START_UP
        part = (money or Decimal(0)) * shares[project]
        taken, of = taken + young, of + 1
        eur, of_eur = eur + part * young, of_eur + part
    return StartUpPart(taken, of, eur, of_eur)
