"""Every version of a cluster's definition with the coverage it gives, and the members outside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from poliedro.registry.models import Cluster, ClusterDefinition, Organisation
from poliedro.registry.queries.coverage import code_tree, coverage
from poliedro.registry.queries.memberships import FIRM_KINDS, members_of
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class VersionLine:
    """A version, the days it holds, and the coverage that it gives of the members on the day asked about."""

    version: int
    note: str
    since: date | None
    until: date | None
    classes: int
    n: int
    N: int
    outside: int
    year: int
    certainty: str
    source: str

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None

    @property
    def percent(self) -> float | None:
        return None if self.share is None else 100 * self.share


def versions_of(cluster: Cluster, moment: Moment) -> list[VersionLine]:
    """Every known version, the one in force first, then the latest. Each stays quotable."""
    rows = (
        ClusterDefinition.objects.known(moment.known)
        .filter(cluster=cluster)
        .order_by("-version")
        .prefetch_related("codes")
    )
    lines = []
    for row in rows:
        found = coverage([cluster], moment, row.version).get(cluster.pk)
        if found is None:
            continue
        lines.append(
            VersionLine(
                row.version, row.note, row.valid_from, row.valid_to, len(row.codes.all()), found.n, found.N,
                found.outside, found.year, found.certainty, found.source,
            )
        )  # fmt: skip
    in_force = [
        v for v in lines if (v.since is None or v.since <= moment.on) and (v.until is None or v.until > moment.on)
    ]
    return [*in_force, *(v for v in lines if v not in in_force)]


def outside_members(cluster: Cluster, moment: Moment, version: int) -> list[tuple[str, list[Organisation]]]:
    """Member firms outside a version of the definition, by main activity, most first; "" where none is known."""
    row = ClusterDefinition.objects.known(moment.known).filter(cluster=cluster, version=version).first()
    inside = code_tree().below(list(row.codes.values_list("code_id", flat=True))) if row else set()
    groups: dict[str, list[Organisation]] = defaultdict(list)
    for firm in members_of(cluster, moment).filter(kind__in=FIRM_KINDS).select_related("nace", "territory"):
        if firm.nace_id not in inside:
            groups[str(firm.nace or "")].append(firm)
    return sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))
