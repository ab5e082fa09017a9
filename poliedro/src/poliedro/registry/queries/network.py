"""What the register says today of the organisations that a stored network shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.directory import clusters_of
from poliedro.registry.queries.geography import provinces
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Node:
    """An organisation of the network. province: code, empty where its place is larger; clusters: of today."""

    kind: str
    province: str
    clusters: tuple[Cluster, ...]


def nodes_of(ids: Sequence[int], moment: Moment) -> dict[int, Node]:
    """{organisation id: what it is}. A constant number of queries."""
    of_place, held = provinces(), clusters_of(ids, moment)
    rows = Organisation.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "kind", "territory")
    return {
        pk: Node(kind, of_place.get(territory or 0, ("", ""))[0], tuple(held.get(pk, ())))
        for pk, kind, territory in rows
    }
