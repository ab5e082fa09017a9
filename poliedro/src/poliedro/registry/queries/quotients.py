"""Where a cluster's industry is: its location quotient by province."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from poliedro.reference.models import Code, Source, Territory
from poliedro.registry.models import Cluster, ClusterDefinition, DefinitionCode, RegisterCount
from poliedro.registry.queries.coverage import (
    code_tree,
    definition_codes,
    kept_cluster,
    of_each_cluster,
)
from poliedro.registry.queries.geography import provinces
from poliedro.registry.queries.register_counts import register_counts
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.stored import Stored


@dataclass(frozen=True)
class Quotient:
    """How much more of a cluster's industry a province has than the provinces together.

    lq = (inside / firms) / (inside of all / firms of all); 1: as much as all; None: nobody counted. inside: register
    firms in the cluster's definition. firms: those of all classes that the register counts.
    """

    code: str
    name: str
    inside: int
    firms: int
    lq: float | None


def quotients(cluster: Cluster, moment: Moment) -> list[Quotient]:
    """The location quotient of the cluster's industry in each province that the register counts, highest first. What is
    known now is kept in memory, not to be changed."""
    if moment.known is None:
        return _QUOTIENTS.get(cluster.pk, moment.on, region().code)
    return _quotients(cluster, moment)


def _quotients(cluster: Cluster, moment: Moment) -> list[Quotient]:
    codes = definition_codes(cluster, moment)
    if not codes:
        return []
    inside, of_place = code_tree().below(codes), provinces()
    own: Counter[tuple[str, str]] = Counter()
    everybody: Counter[tuple[str, str]] = Counter()
    for code, places in register_counts(moment).firms.items():
        for territory, n in places.items():
            if territory in of_place:
                everybody[of_place[territory]] += n
                own[of_place[territory]] += n if code in inside else 0
    overall = own.total() / everybody.total() if everybody.total() else 0
    rows = [
        Quotient(code, name, own[code, name], n, own[code, name] / n / overall if n and overall else None)
        for (code, name), n in everybody.items()
    ]
    return sorted(rows, key=lambda q: (-(q.lq or 0), q.code))


_QUOTIENTS: Stored[list[Quotient]] = Stored(
    "registry.quotients",
    list[Quotient],
    lambda: (RegisterCount, Source, Territory, Cluster, ClusterDefinition, DefinitionCode, Code),
    lambda cluster, on, _region: _quotients(kept_cluster(cluster), Moment(on)),
    ready=of_each_cluster,
)
