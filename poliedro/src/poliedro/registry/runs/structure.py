"""How the ecosystem holds together, over several kinds of ties (R009, R135): who stands between others, which ties are
missing, who has none. Stored as a result; pages read it."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet
from django.utils import timezone

import regionomics as rg
from poliedro.reference.models import Certainty, StoredResult
from poliedro.registry.models import (
    Delivery,
    ManagementOrganisation,
    MembershipSpell,
    Organisation,
    Participation,
    ResearchContract,
    ServiceOffer,
)
from poliedro.registry.queries.backing import together, total_backing
from poliedro.registry.queries.geography import in_region
from poliedro.registry.queries.layers import Dated
from poliedro.registry.queries.layers import layers as told_layers
from poliedro.registry.rules.actors import group_of
from poliedro.registry.runs.network import LARGE

VERSION = 2
"""Of this calculation: another version is another result."""
BROKERS, MISSING = 15, 40
"""Rows kept of each list."""
WINDOWS, YEARS = 5, 3
"""At most so many windows of so many years each; the last one ends with the year of the newest tie."""
Pairs = dict[tuple[int, int], int]


def run_structure(scheme: str) -> StoredResult | None:
    """Store the structure of the region's ecosystem; None where nobody has a tie.

    scheme: official (EU projects; no synthetic row counts) or regional (regional projects); None too where no project
    of the kind is loaded. Ties of both: research contracts, services delivered, and the layers of other rooms. Nodes:
    members of clusters, bodies that offer services, and whoever has a tie, all of the region. A project with more than
    LARGE partners ties nobody.
    """
    official = scheme == "official"
    facts = _facts(official)
    told = {layer.name: layer.tell(official) for layer in told_layers()}
    dated = _dated(facts) | {name: list(own.ties) for name, own in told.items()}
    nodes = _nodes({o for rows in dated.values() for a, b, _s, _e in rows for o in (a, b)}, official)
    dated = {
        name: kept for name, rows in dated.items() if (kept := [t for t in rows if t[0] in nodes and t[1] in nodes])
    }
    if "projects" not in dated:
        return None
    met = {name: own.met for name, own in told.items() if own.met is not None}
    stated = [[name, sorted([a, b, str(s), str(e)] for a, b, s, e in rows)] for name, rows in sorted(dated.items())]
    checksum = hashlib.sha256(json.dumps([VERSION, sorted(nodes.items()), stated, met]).encode()).hexdigest()
    key = f"structure-{scheme}"
    existing = StoredResult.objects.filter(key=key, inputs_checksum=checksum).first()
    if existing:
        return existing
    behind = together(
        [total_backing(rows) for rows in facts.values()] + [own.backing for own in told.values() if own.ties]
    )
    with warnings.catch_warnings():
        # The result names who has no tie, and its pages say what is unknown, which is what this would say once more.
        warnings.simplefilter("ignore", rg.InputWarning)
        found = _structure(nodes, dated)
    return StoredResult.objects.create(
        key=key,
        payload=found | {"met": met},
        inputs_checksum=checksum,
        parameters={"layers": sorted(dated), "nodes": len(nodes)},
        certainty=behind.certainty,
        source_names=behind.source[:300],
    )


def _facts(official: bool) -> dict[str, QuerySet[Any]]:
    """{kind of tie: the facts behind it}."""
    schemes = ("h2020", "horizon_europe") if official else ("regional",)
    facts: dict[str, QuerySet[Any]] = {
        "projects": Participation.objects.known().filter(
            in_region("organisation__territory"), project__scheme__in=schemes, project__retracted_at=None
        ),
        "contracts": ResearchContract.objects.known(),
        "services": Delivery.objects.known(),
    }
    return {name: rows.exclude(certainty=Certainty.SYNTHETIC) if official else rows for name, rows in facts.items()}


def _dated(facts: dict[str, QuerySet[Any]]) -> dict[str, list[Dated]]:
    """{kind of tie: ties with the days that they cover}."""
    teams: dict[tuple[int, date | None, date | None], list[int]] = defaultdict(list)
    parts = facts["projects"].order_by("project_id", "organisation_id")
    rows = parts.values_list("project_id", "project__starts_on", "project__ends_on", "organisation_id").distinct()
    for project, start, end, organisation in rows.iterator(chunk_size=5000):
        teams[project, start, end].append(organisation)
    contracts = facts["contracts"].order_by("pk").values_list("firm_id", "research_body_id", "signed_on")
    services = facts["services"].order_by("pk").values_list("provider_id", "client_id", "delivered_on")
    return {
        "projects": [
            (a, b, start, end)
            for (_project, start, end), team in teams.items()
            if len(team) <= LARGE
            for a, b in combinations(team, 2)
        ],
        "contracts": [(a, b, day, day) for a, b, day in contracts],
        "services": [(a, b, day, day) for a, b, day in services],
    }


def _counted(pairs: Iterable[tuple[int, int]]) -> Pairs:
    found: Pairs = defaultdict(int)
    for a, b in pairs:
        if a != b:
            found[min(a, b), max(a, b)] += 1
    return dict(found)


def _windows(people: pl.DataFrame, dated: dict[str, list[Dated]]) -> list[dict[str, Any]]:
    """Spans of YEARS years, the oldest first, each with how it holds together: all kinds of ties, by the days that they
    cover. A tie of an unknown first day is in none."""
    known = [(name, a, b, s, e or s) for name, rows in dated.items() for a, b, s, e in rows if s is not None]
    if not known:
        return []
    this_year = timezone.localdate().year
    last = min(this_year, max(s.year for _n, _a, _b, s, _e in known))
    spans = [(last - YEARS * (i + 1) + 1, last - YEARS * i) for i in reversed(range(WINDOWS))]
    found = []
    for first, until in spans:
        own = [t for t in known if t[3].year <= until and t[4].year >= first]
        if not own:
            continue
        pairs = _counted((a, b) for _n, a, b, _s, _e in own)
        ties = _frame([("all", *pair, n) for pair, n in sorted(pairs.items())])
        summary = rg.network_summary(ties.drop("layer"), people, weight="weight", group="group").to_dicts()[0]
        by_layer = Counter(name for name, rows in _by_layer(own).items() for _pair in rows)
        found.append({"first": first, "last": until, "summary": summary, "layers": dict(sorted(by_layer.items()))})
    return found


def _by_layer(rows: Iterable[tuple[str, int, int, date, date]]) -> dict[str, set[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for name, a, b, _s, _e in rows:
        if a != b:
            found[name].add((min(a, b), max(a, b)))
    return found


def _nodes(tied: set[int], official: bool) -> dict[int, str]:
    """{organisation of the region: group of actors}."""
    today = timezone.localdate()
    members = MembershipSpell.objects.known().active_on(today).values("organisation")
    offering = ServiceOffer.objects.known().active_on(today).values("organisation")
    rows = Organisation.objects.current().filter(in_region())
    if official:
        rows = rows.exclude(certainty=Certainty.SYNTHETIC)
    wanted = Q(pk__in=members) | Q(pk__in=offering)
    found = dict(rows.filter(wanted).order_by("pk").values_list("pk", "kind"))
    missing = sorted(tied - set(found))
    for start in range(0, len(missing), 500):
        found |= dict(rows.filter(pk__in=missing[start : start + 500]).order_by("pk").values_list("pk", "kind"))
    return {pk: group_of(kind) for pk, kind in found.items()}


def _structure(nodes: dict[int, str], dated: dict[str, list[Dated]]) -> dict[str, Any]:
    layers = {name: _counted((a, b) for a, b, _s, _e in rows) for name, rows in dated.items()}
    names = sorted(layers)
    people = pl.DataFrame({"organisation": sorted(nodes), "group": [nodes[k] for k in sorted(nodes)]})
    by_layer = _frame([(name, *pair, n) for name in names for pair, n in sorted(layers[name].items())])
    ties = by_layer.group_by("organisation_1", "organisation_2", maintain_order=True).agg(pl.col("weight").sum())
    managers = set(ManagementOrganisation.objects.values_list("organisation_id", flat=True))
    positions = rg.network_positions(ties, people, weight="weight")
    many = rg.multiplex(by_layer, people, weight="weight") if len(names) > 1 else None
    tied = positions.filter(pl.col("degree") > 0)
    return {
        "summary": rg.network_summary(ties, people, weight="weight", group="group").to_dicts()[0],
        "by_layer": rg.network_summary(by_layer, people, weight="weight", by="layer").to_dicts(),
        "windows": _windows(people, dated),
        "overlap": many.layers.to_dicts() if many else [],
        "groups": rg.link_gaps(ties, people, weight="weight").to_dicts(),
        "brokers": _brokers(ties, people, positions),
        "managers": tied.filter(pl.col("organisation").is_in(sorted(managers)))
        .sort("betweenness", "organisation", descending=[True, False])
        .to_dicts(),
        "missing": _missing(ties, people),
        "isolates": positions.filter(pl.col("degree") == 0)["organisation"].to_list(),
        "sizes": people.group_by("group").len().sort("group").to_dicts(),
    }


def _frame(rows: list[tuple[str, int, int, int]]) -> pl.DataFrame:
    schema = {"layer": pl.String, "organisation_1": pl.Int64, "organisation_2": pl.Int64, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _brokers(ties: pl.DataFrame, people: pl.DataFrame, positions: pl.DataFrame) -> list[dict[str, Any]]:
    """Those that stand between most pairs of unlike actors that have no tie of their own."""
    found = rg.gould_fernandez(ties, people, weight="weight").nodes
    between = found.with_columns(across=pl.col("consultant") + pl.col("liaison") + pl.col("gatekeeper"))
    joined = between.join(positions.select("organisation", "betweenness", "cutpoint"), on="organisation")
    best = joined.filter(pl.col("total") > 0).sort("across", "total", "organisation", descending=[True, True, False])
    rows: list[dict[str, Any]] = best.head(BROKERS).to_dicts()
    return rows


def _missing(ties: pl.DataFrame, people: pl.DataFrame) -> list[dict[str, Any]]:
    """Pairs of unlike actors that share most partners and have no tie; each pair once."""
    found = rg.missing_ties(ties, people, group="group", top=5, weight="weight")
    pairs = found.with_columns(
        organisation_1=pl.min_horizontal("organisation", "partner"),
        organisation_2=pl.max_horizontal("organisation", "partner"),
    ).unique(["organisation_1", "organisation_2"], maintain_order=True)
    order = pairs.sort("score", "organisation_1", "organisation_2", descending=[True, False, False])
    kept = order.head(MISSING).select("organisation_1", "organisation_2", "score", "common")
    rows: list[dict[str, Any]] = kept.to_dicts()
    return rows
