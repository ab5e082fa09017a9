"""The demonstration as one load: all of it or nothing, the same rows for the same seed, and undoable."""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.reference.models import Certainty, Code, Load, Source, Territory
from poliedro.reference.services.cards import load_cards
from poliedro.reference.services.loads import count_anew
from poliedro.registry.models import Cluster, ClusterDefinition, Lineage, Mandate
from poliedro.registry.queries.coverage import CodeTree
from poliedro.registry.runs.productivity import run_productivity
from poliedro.registry.runs.retention import run_retention
from poliedro.registry.services.contracts import publish_contracts
from poliedro.registry.services.demonstration.members import build_firms, build_memberships, build_register
from poliedro.registry.services.demonstration.money import build_accounts, build_staff
from poliedro.registry.services.demonstration.plan import Plan
from poliedro.registry.services.demonstration.projects import build_contracts, build_deliveries, build_projects
from poliedro.registry.services.demonstration.relations import build_relations
from poliedro.registry.services.demonstration.towns import write_out_register
from poliedro.registry.services.findings import refresh_findings
from poliedro.registry.services.index import rebuild_index
from poliedro.registry.services.region_setup import load_region
from poliedro.shared.dated import Moment
from poliedro.shared.region import InvalidRegion, Region

SOURCE = {
    "name": "Demonstration, synthetic",
    "publisher": "Poliedro",
    "certainty": Certainty.SYNTHETIC,
    "description_it": "Imprese, adesioni, bilanci e progetti inventati da un seme fisso, coerenti coi dati pubblicati.",
    "description_en": "Firms, memberships, accounts and projects invented from a fixed seed to meet what is published.",
}


class DemonstrationExists(RuntimeError):
    """Another demonstration is loaded; undo it first."""


def build_demonstration(region: Region, *, seed: int | None = None, by: Any = None) -> Load:
    """Load the region's file, then the synthetic region. Doing it again with the same file and seed changes nothing.

    Raises:
        InvalidRegion: the region's file has no demonstration.
        DemonstrationExists: one with another seed or file is loaded.
    """
    raw = region.raw.get("demonstration")
    if not raw:
        raise InvalidRegion(f"{region.key} has no demonstration in its file; load its members instead")
    seed = raw["seed"] if seed is None else seed
    checksum = hashlib.sha256(json.dumps([raw, seed], sort_keys=True, default=str).encode()).hexdigest()
    existing = Load.objects.filter(importer="demonstration", checksum=checksum, state=Load.State.LOADED).first()
    if existing:
        return existing
    other = Load.objects.filter(importer="demonstration", state=Load.State.LOADED).first()
    if other:
        raise DemonstrationExists(f"a demonstration with another seed or file is loaded; undo load {other.pk} first")
    with transaction.atomic():
        load_cards()
        load_region(region, by=by)
        source, _ = Source.objects.update_or_create(key="demonstration", defaults=SOURCE)
        load = Load.objects.create(
            source=source,
            importer="demonstration",
            file_name=f"{region.key}.yaml",
            checksum=checksum,
            parameters={"seed": seed},
            state=Load.State.LOADED,
            by=by,
        )
        plan = _plan(raw, seed, source, load)
        build_firms(plan)
        build_memberships(plan)
        build_register(plan)
        write_out_register(load)
        build_staff(plan)
        build_accounts(plan)
        build_projects(plan)
        build_contracts(plan)
        build_deliveries(plan)
        Cluster.objects.filter(pk__in=[c.pk for c in plan.clusters.values()]).update(is_synthetic=True)
        now = timezone.localdate()
        build_relations(plan, now)
        for cluster in Cluster.objects.filter(pk__in=[c.pk for c in plan.clusters.values()]).order_by("pk"):
            run_retention(cluster, now)
        run_productivity()
        publish_contracts(now)
        refresh_findings(moment=Moment(plan.today), by=by)
        load.finished_at = timezone.now()
        load.save(update_fields=["finished_at"])
        record(by=by, verb="build_demonstration", subject_kind="load", subject_key=load.pk, seed=seed)
        rebuild_index()
        count_anew()
    return load


def _plan(raw: dict[str, Any], seed: int, source: Source, load: Load) -> Plan:
    clusters = {c.key: c for c in Cluster.objects.filter(key__in=raw["clusters"]).order_by("position")}
    predecessors: dict[str, list[Cluster]] = {key: [] for key in clusters}
    lines = Lineage.objects.known().filter(successor__in=clusters.values())
    for line in lines.select_related("predecessor").order_by("pk"):
        predecessors[line.successor.key].append(line.predecessor)
    tree, by_id = CodeTree(), {c.pk: c for c in Code.objects.filter(classification__key="nace").order_by("code")}
    classes, used = {}, set()
    for key, cluster in clusters.items():
        definition = ClusterDefinition.objects.known().filter(cluster=cluster).order_by("-version")[0]
        inside = tree.below([c.code_id for c in definition.codes.all()])
        used |= inside
        classes[key] = sorted((by_id[i] for i in inside if by_id[i].level == 4), key=lambda c: c.code)
    seats = {
        key: Mandate.objects.known()
        .filter(cluster=c)
        .order_by("-is_lead", "pk")
        .select_related("body__organisation__territory")[0]
        .body.organisation.territory
        for key, c in clusters.items()
    }
    parents = {s.parent_id for s in seats.values() if s is not None}
    provinces = list(Territory.objects.filter(level="nuts3", parent__in=parents).order_by("code"))
    outside = [c for pk, c in by_id.items() if pk not in used and c.level == 4]
    dice, order = Random(seed), Random(f"{seed}-classes")
    for ranked in (*classes.values(), outside):
        order.shuffle(ranked)
    return Plan(
        raw,
        dice,
        source,
        load,
        clusters,
        predecessors,
        provinces,
        {k: s for k, s in seats.items() if s is not None},
        classes,
        outside,
    )
