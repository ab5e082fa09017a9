"""Organisations of the region that are no members of a cluster and would fit, with the reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    FieldVisibility,
    MembershipSpell,
    Organisation,
    Participation,
)
from poliedro.registry.queries.coverage import code_tree, definition_at, kept_cluster
from poliedro.registry.queries.geography import provinces
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.registry.queries.visibility import kept_back
from poliedro.registry.rules.prospects import RELATED, Prospect, is_prospect
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.versions import Kept

FEW = 0.05
"""A province with a smaller share of the members lies beyond the cluster's catchment."""


def prospects(cluster: Cluster, moment: Moment) -> Sequence[Prospect]:
    """Firms with a place in the region, no members on the day, best fit first. As known today, it is kept in memory
    until a row changes that it rests on: one query, else eleven.

    A firm counts whose activity lies in the definition in force or is related to it, or that shares a project with a
    member. What a firm keeps back of activity, size, place and projects speaks neither for nor against it.
    """
    return _KEPT.get(cluster.pk, moment.on) if moment.known is None else _found(cluster, moment)


def _found(cluster: Cluster, moment: Moment) -> tuple[Prospect, ...]:
    members = set(MembershipSpell.objects.at(moment).filter(cluster=cluster).values_list("organisation_id", flat=True))
    home = {pk: code for pk, (code, _name) in provinces().items() if code.startswith(region().code)}
    own = list(Organisation.objects.filter(pk__in=members).order_by("pk").values_list("pk", "territory_id", "nace_id"))
    places = {pk: place for pk, place, _nace in own}
    held = Counter(home[place] for place in places.values() if place in home)
    total = sum(held.values())
    near = {province for province, n in held.items() if n >= FEW * total}
    definition = definition_at(cluster, moment)
    inside = code_tree().below(list(definition.codes.values_list("code_id", flat=True))) if definition else set()
    drawn_in = Counter(nace for _pk, _place, nace in own if nace is not None and nace not in inside)
    related = {nace for nace, n in drawn_in.items() if n >= RELATED}
    hidden = kept_back()
    partners = _partners(members, moment)
    rows = (
        Organisation.objects.current()
        .filter(kind__in=FIRM_KINDS, territory__in=list(home))
        .exclude(name="")
        .order_by("pk")
        .values_list("pk", "nace_id", "territory_id", "size_class", "kind")
    )
    found = [
        Prospect(
            pk,
            nace in inside,
            home[place] not in near and pk not in hidden["place"],
            "" if pk in hidden["size"] else size,
            kind == Organisation.Kind.START_UP,
            0 if pk in hidden["projects"] else partners[pk],
            nace,
            nace in related,
        )
        for pk, known, place, size, kind in rows.iterator(chunk_size=5000)
        for nace in [None if pk in hidden["activities"] else known]
        if pk not in members and (nace in inside or nace in related or pk in partners)
    ]
    return tuple(sorted(filter(is_prospect, found), key=lambda p: (-p.fit, -p.members, p.organisation_id)))


_KEPT: Kept[tuple[Prospect, ...]] = Kept(
    lambda: (
        Organisation, MembershipSpell, Participation, ClusterDefinition, DefinitionCode, Code, Territory,
        FieldVisibility,
    ),
    lambda cluster, on: _found(kept_cluster(cluster), Moment(on)),
    most=64,
)  # fmt: skip


def _partners(members: set[int], moment: Moment) -> Counter[int]:
    """{organisation: members with which it shares a project}."""
    of_project: dict[int, set[int]] = defaultdict(set)
    rows = Participation.objects.known(moment.known).order_by("pk").values_list("project_id", "organisation_id")
    others: dict[int, set[int]] = defaultdict(set)
    for project, organisation in rows.iterator(chunk_size=5000):
        (of_project if organisation in members else others)[project].add(organisation)
    shared: dict[int, set[int]] = defaultdict(set)
    for project, here in of_project.items():
        for organisation in others.get(project, ()):
            shared[organisation] |= here
    return Counter({organisation: len(with_) for organisation, with_ in shared.items()})


def classes_below(code: str) -> set[int]:
    """The class of NACE of that code and all below it, as keys; none where there is no such class."""
    return code_tree().below(
        list(Code.objects.filter(classification__key="nace", code=code).values_list("pk", flat=True))
    )


def named(found: Sequence[Prospect]) -> dict[int, Organisation]:
    """The organisations of some prospects, with place and activity. One query."""
    rows = Organisation.objects.filter(pk__in=[p.organisation_id for p in found]).select_related("territory", "nace")
    return {o.pk: o for o in rows}
