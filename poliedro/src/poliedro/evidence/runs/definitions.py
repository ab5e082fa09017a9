"""What the register says of clusters, as analyses read it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from itertools import combinations
from typing import Any

from django.db.models import Count, Max, Sum

from poliedro.evidence.runs.base import Input
from poliedro.reference.rules import CERTAINTIES, weakest
from poliedro.registry.models import ClusterDefinition, MembershipSpell, Participation, ProjectShare, RegisterCount
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.shared.dated import Moment


def definitions() -> dict[str, list[str]]:
    """Each cluster's classes today, as NACE numbers without a dot: cluster key -> ["10", "110"]."""
    moment = Moment.today()
    found: dict[str, list[str]] = {}
    rows = (
        ClusterDefinition.objects.at(moment)
        .order_by("cluster__key", "version")
        .values_list("cluster__key", "codes__code__code")
    )
    for key, code in rows:
        if code:
            found.setdefault(key, []).append(code.replace(".", ""))
    return {key: sorted(set(codes)) for key, codes in found.items()}


def input_of_definitions() -> Input:
    rows = definitions()
    kinds = ClusterDefinition.objects.at(Moment.today()).values_list("certainty", flat=True)
    return Input("definitions", checksum(rows), len(rows), "Register of clusters", weakest(kinds))


def checksum(rows: Any) -> str:
    """SHA-256 of rows that JSON can hold."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()


def joint_projects() -> list[tuple[str, str, int, float]]:
    """Projects that two clusters share, and their money: (smaller key, larger key, projects, euro)."""
    shares = (
        ProjectShare.objects.known()
        .filter(project__retracted_at=None)
        .order_by("project_id", "cluster__key")
        .values_list("project_id", "cluster__key", "project__total_cost_eur")
    )
    involved: dict[int, set[str]] = defaultdict(set)
    money: dict[int, float] = {}
    for project, cluster, cost in shares:
        involved[project].add(cluster)
        money[project] = float(cost or 0)
    pairs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for project, keys in involved.items():
        for pair in combinations(sorted(keys), 2):
            pairs[pair].append(money[project])
    return [(a, b, len(costs), sum(costs)) for (a, b), costs in sorted(pairs.items())]


def projects_of() -> dict[str, int]:
    """Projects of each cluster."""
    rows = ProjectShare.objects.known().filter(project__retracted_at=None)
    return dict(rows.values_list("cluster__key").annotate(n=Count("project", distinct=True)).order_by("cluster__key"))


def firms() -> list[tuple[str, str, int]]:
    """Firms that the register counts today, by class: (NACE number without a dot, cluster or "", firms).

    Rows with a cluster count its members; rows without one count all firms of the last business register.
    """
    moment = Moment.today()
    counts = RegisterCount.objects.filter(retracted_at=None)
    last = counts.aggregate(y=Max("year"))["y"]
    stated = counts.filter(year=last).order_by().values_list("certainty", "source_id").distinct()
    source = min(stated, key=lambda s: (CERTAINTIES.index(s[0]), s[1]), default=(None, None))[1]
    every = (
        counts.filter(year=last, source=source)
        .values_list("code__code")
        .annotate(n=Sum("firms"))
        .order_by("code__code")
    )
    members = (
        MembershipSpell.objects.at(moment)
        .filter(organisation__kind__in=FIRM_KINDS, organisation__nace__isnull=False)
        .values_list("organisation__nace__code", "cluster__key")
        .annotate(n=Count("organisation", distinct=True))
        .order_by("organisation__nace__code", "cluster__key")
    )
    return [(code.replace(".", ""), "", n or 0) for code, n in every] + [
        (code.replace(".", ""), key, n) for code, key, n in members
    ]


def member_rows() -> list[tuple[str, int, str]]:
    """Member firms of today: (NACE number without a dot, organisation, cluster key)."""
    spells = (
        MembershipSpell.objects.at(Moment.today())
        .filter(organisation__kind__in=FIRM_KINDS, organisation__nace__isnull=False)
        .order_by("organisation_id", "cluster__key")
        .values_list("organisation__nace__code", "organisation_id", "cluster__key")
        .distinct()
    )
    return [(code.replace(".", ""), organisation, cluster) for code, organisation, cluster in spells]


def input_of_register() -> Input:
    counts, members = firms(), member_rows()
    kinds = RegisterCount.objects.filter(retracted_at=None).order_by().values_list("certainty", flat=True).distinct()
    return Input(
        "firms",
        checksum([counts, members]),
        len(counts) + len(members),
        "Business register and members",
        weakest(kinds),
    )


def input_of_projects() -> Input:
    rows = [joint_projects(), projects_of()]
    kinds = ProjectShare.objects.known().order_by().values_list("certainty", flat=True).distinct()
    return Input("cluster-projects", checksum(rows), len(rows[0]), "Projects of clusters", weakest(kinds))


def member_projects() -> list[tuple[str, str, int]]:
    """Projects with a member firm of today: (cluster key, NACE number without a dot, project)."""
    moment = Moment.today()
    spells = (
        MembershipSpell.objects.at(moment)
        .filter(organisation__kind__in=FIRM_KINDS, organisation__nace__isnull=False)
        .values_list("organisation_id", "cluster__key", "organisation__nace__code")
    )
    where: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for organisation, cluster, code in spells:
        where[organisation].add((cluster, code.replace(".", "")))
    parts = (
        Participation.objects.known()
        .filter(
            project__retracted_at=None, organisation_id__in=MembershipSpell.objects.at(moment).values("organisation")
        )
        .values_list("organisation_id", "project_id")
    )
    found = {(*place, project) for organisation, project in parts for place in where.get(organisation, ())}
    return sorted(found)


def input_of_member_projects() -> Input:
    rows = member_projects()
    kinds = Participation.objects.known().order_by().values_list("certainty", flat=True).distinct()
    return Input("member-projects", checksum(rows), len(rows), "Projects of members", weakest(kinds))
