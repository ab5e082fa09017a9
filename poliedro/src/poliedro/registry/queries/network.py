"""A stored network, narrowed to what the reader asks for, with what the register says today of its organisations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.directory import clusters_of
from poliedro.registry.queries.geography import provinces
from poliedro.registry.queries.visibility import kept_back
from poliedro.shared.dated import Moment

FACETS = ("kind", "cluster", "province", "ties")
TIES = (2, 3, 5)
"""Joint projects from which a tie may be asked to count."""


@dataclass(frozen=True)
class Node:
    """An organisation of the network. province: (code, name), empty where its place is larger, or is kept back;
    clusters: of the day. place_shown: False where it keeps its place back."""

    kind: str
    province: tuple[str, str]
    clusters: tuple[Cluster, ...]
    place_shown: bool = True

    def has(self, facet: str, value: str) -> bool:
        if facet == "kind":
            return self.kind == value
        if facet == "province":
            return self.province[0] == value
        return any(c.key == value for c in self.clusters)


def nodes_of(ids: Sequence[int], moment: Moment) -> dict[int, Node]:
    """{organisation id: what it is}; whoever keeps its projects back is left out. A constant number of queries."""
    of_place, held, hidden = provinces(), clusters_of(ids, moment), kept_back()
    rows = Organisation.objects.filter(pk__in=set(ids) - hidden["projects"]).order_by("pk")
    found = {}
    for pk, kind, territory in rows.values_list("pk", "kind", "territory"):
        shown = pk not in hidden["place"]
        province = of_place.get(territory or 0, ("", "")) if shown else ("", "")
        found[pk] = Node(kind, province, tuple(held.get(pk, ())), shown)
    return found


@dataclass(frozen=True)
class Narrowed:
    """What is left of a stored network. nodes, edges: as stored. counts: facet -> value -> organisations among those
    that match the other choices, and the chosen value even where it is nobody's; for ties: how many have a tie of so
    many joint projects."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]


def narrowed(payload: Mapping[str, Any], now: Mapping[int, Node], choice: Mapping[str, str]) -> Narrowed:
    """The organisations that match every choice, and the ties between them; with `ties`, only ties of so many joint
    projects and the organisations that have one. Organisations that the register no longer has are left out."""
    asked = {f: v for f, v in choice.items() if v and f in FACETS}
    least = int(asked.get("ties", "1"))

    def matching(without: str = "") -> set[int]:
        wanted = [(f, v) for f, v in asked.items() if f not in (without, "ties")]
        return {pk for pk, node in now.items() if all(node.has(f, v) for f, v in wanted)}

    def tied(within: set[int], joint: int) -> list[dict[str, Any]]:
        return [e for e in payload["edges"] if e["source"] in within and e["target"] in within and e["label"] >= joint]

    def ends(edges: list[dict[str, Any]]) -> set[int]:
        return {e[end] for e in edges for end in ("source", "target")}

    edges = tied(matching(), least)
    kept = ends(edges) if "ties" in asked else matching()
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for facet in ("kind", "cluster", "province"):
        others = matching(facet)
        for pk in ends(tied(others, least)) if "ties" in asked else others:
            node = now[pk]
            values = {"kind": [node.kind], "province": [node.province[0]], "cluster": [c.key for c in node.clusters]}
            counts[facet].update(v for v in values[facet] if v)
    for joint in TIES:
        counts["ties"][str(joint)] = len(ends(tied(matching(), joint)))
    return Narrowed(
        [n for n in payload["nodes"] if n["id"] in kept],
        edges,
        {
            facet: {v: n for v, n in counted.items() if n or facet == "ties"}
            | ({asked[facet]: counted[asked[facet]]} if facet in asked else {})
            for facet, counted in counts.items()
        },
    )


@dataclass(frozen=True)
class Actor:
    """An organisation of a stored structure, as the register has it today."""

    id: int
    name: str
    kind: str
    clusters: tuple[Cluster, ...]


def actors_of(payload: Mapping[str, Any], moment: Moment) -> dict[int, Actor]:
    """{id: actor} of all that a stored structure names; those that the register no longer has, and whoever keeps its
    projects and partners back, are left out. A few queries, whatever their number."""
    ids = sorted(
        {b["organisation"] for b in (*payload["brokers"], *payload["managers"])}
        | {m[end] for m in payload["missing"] for end in ("organisation_1", "organisation_2")}
        | set(payload["isolates"])
    )
    ids = sorted(set(ids) - kept_back()["projects"])
    held: dict[int, list[Cluster]] = {}
    rows: list[tuple[int, str, str]] = []
    for start in range(0, len(ids), 900):
        part = ids[start : start + 900]
        held |= clusters_of(part, moment)
        rows += Organisation.objects.current().filter(pk__in=part).order_by("pk").values_list("pk", "name", "kind")
    return {pk: Actor(pk, name or f"#{pk}", kind, tuple(held.get(pk, ()))) for pk, name, kind in rows}
