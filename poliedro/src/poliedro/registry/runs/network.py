"""The room's door to computation: rows -> arrays -> stored result. Web pages read what is stored here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from itertools import combinations
from random import Random
from typing import Any

import igraph

from poliedro.reference.models import Certainty, StoredResult, Territory
from poliedro.registry.models import Organisation, Participation
from poliedro.registry.queries.visibility import keep_places
from poliedro.shared.region import Region

VERSION = 2
"""Of this calculation: another version is another result."""
NODES = 160
"""Organisations drawn: those with most ties. The rest is in the table of each organisation."""
LARGE = 60
"""Projects with more partners say little about who works with whom."""


def run_network(region: Region, scheme: str) -> StoredResult | None:
    """Store the collaboration network of the region's organisations; None where no project of the kind is loaded.

    scheme: official (EU projects) or regional. Ties are weighted by 1 / (partners - 1) a project, as in Newman
    (2001), so
    that a large project does not tie everybody to everybody. Same projects, same layout: the seed is fixed.
    """
    schemes = ("h2020", "horizon_europe") if scheme == "official" else ("regional",)
    places = Territory.objects.filter(code__startswith=region.code) | Territory.objects.filter(
        parent__code__startswith=region.code
    )
    pairs = list(
        Participation.objects.known()
        .filter(
            organisation__territory__in=places.values("pk"),
            project__scheme__in=schemes,
            project__retracted_at=None,
        )
        .order_by("project_id", "organisation_id")
        .values_list("project_id", "organisation_id")
        .distinct()
    )
    key = f"network-{scheme}"
    if not pairs:
        return None
    checksum = hashlib.sha256(json.dumps([VERSION, pairs]).encode()).hexdigest()
    existing = StoredResult.objects.filter(key=key, inputs_checksum=checksum).first()
    if existing:
        return existing
    payload = _network(pairs)
    return StoredResult.objects.create(
        key=key,
        payload=payload,
        inputs_checksum=checksum,
        parameters={"schemes": schemes, "nodes": NODES},
        certainty=Certainty.OFFICIAL if scheme == "official" else Certainty.SYNTHETIC,
        source_names="CORDIS" if scheme == "official" else "Demonstration",
    )


def _network(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    teams: dict[int, list[int]] = defaultdict(list)
    for project, organisation in pairs:
        teams[project].append(organisation)
    weights: dict[tuple[int, int], float] = defaultdict(float)
    joint: Counter[tuple[int, int]] = Counter()
    projects: Counter[int] = Counter()
    for team in teams.values():
        projects.update(team)
        if 2 <= len(team) <= LARGE:
            for pair in combinations(sorted(team), 2):
                weights[pair] += 1 / (len(team) - 1)
                joint[pair] += 1
    strength: dict[int, float] = defaultdict(float)
    partners: dict[int, set[int]] = defaultdict(set)
    for (a, b), weight in weights.items():
        strength[a] += weight
        strength[b] += weight
        partners[a].add(b)
        partners[b].add(a)
    shown = sorted(strength, key=lambda o: (-strength[o], o))[:NODES]
    drawn = [(pair, w) for pair, w in sorted(weights.items()) if pair[0] in set(shown) and pair[1] in set(shown)]
    position = {o: i for i, o in enumerate(shown)}
    graph = igraph.Graph(n=len(shown), edges=[(position[a], position[b]) for (a, b), _ in drawn])
    graph.es["weight"] = [w for _, w in drawn]
    layout = _layout(graph)
    organisations = Organisation.objects.select_related("territory").in_bulk(shown)
    keep_places(organisations.values())
    kinds = dict(Organisation.Kind.choices)
    groups = sorted({organisations[o].kind for o in shown})
    most = max(strength.values(), default=1)
    nodes = []
    for i, key in enumerate(shown):
        o = organisations[key]
        name = o.name or f"#{key}"
        nodes.append(
            {
                "id": key,
                "name": name,
                "kind_label": str(kinds[o.kind]),
                "group": groups.index(o.kind),
                "place": o.territory.name if o.territory else o.place_text,
                "projects": projects[key],
                "partners": len(partners[key]),
                "strength": round(strength[key], 2),
                "x": round(float(layout[i][0]), 2),
                "y": round(float(layout[i][1]), 2),
                "size": round(7 + 26 * (strength[key] / most) ** 0.5, 1),
                "label": (name if len(name) <= 30 else f"{name[:29]}…") if i < 24 else "",
                "note": f"{projects[key]} / {len(partners[key])}",
            }
        )
    edges = [
        {"source": a, "target": b, "value": round(w, 3), "width": round(min(6.0, 0.5 + 2 * w), 2), "label": joint[a, b]}
        for (a, b), w in drawn
    ]
    return {"nodes": nodes, "edges": edges, "groups": [{"name": str(kinds[g])} for g in groups]}


def _layout(graph: igraph.Graph) -> list[tuple[float, float]]:
    """Points in a square: the largest component by forces, the others in rows beneath. Same graph, same points."""
    places: list[tuple[float, float]] = [(0.0, 0.0)] * graph.vcount()
    igraph.set_random_number_generator(Random(1))
    parts = sorted(graph.connected_components(), key=lambda c: (-len(c), c[0]))
    left, top = 0.0, 112.0
    for number, part in enumerate(parts):
        piece = graph.induced_subgraph(part)
        points = piece.layout_fruchterman_reingold(niter=1500) if len(part) > 2 else piece.layout_circle()
        size = 100.0 if number == 0 else 5.0 + 2.0 * len(part) ** 0.5
        if left + size > 100 and number:
            left, top = 0.0, top + 14.0
        for vertex, (x, y) in zip(part, _fitted(points.coords), strict=True):
            places[vertex] = (x * size, y * size) if number == 0 else (left + x * size, top + y * size)
        left = left + size + 4.0 if number else 0.0
    return places


def _fitted(points: list[list[float]]) -> list[tuple[float, float]]:
    """Points scaled to the unit square; a single point lies in its middle."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    return [((x - min(xs)) / width if width else 0.5, (y - min(ys)) / height if height else 0.5) for x, y in points]
