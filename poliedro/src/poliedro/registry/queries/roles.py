"""Which roles a person holds on a day: read from assignments, mandates, offices and delegations, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.registry.models import (
    Cluster,
    Delegation,
    Mandate,
    MembershipSpell,
    Office,
    Organisation,
    StaffAssignment,
)
from poliedro.registry.rules.permissions import Role, RoleName, Subject

MANAGING = (StaffAssignment.Role.MANAGER, StaffAssignment.Role.OFFICER)


def roles_of(user: Any, on: date | None = None) -> tuple[Role, ...]:
    """The roles of a user on a day (today by default). Nobody signed in: none. Three queries."""
    if not getattr(user, "is_authenticated", False):
        return ()
    day = on or timezone.localdate()
    if on is None and (cached := getattr(user, "_roles_today", None)) and cached[0] == day:
        roles: tuple[Role, ...] = cached[1]
        return roles
    roles = (*_managed(user, day), *_offices(user, day), *_delegations(user, day))
    if on is None:
        user._roles_today = (day, roles)
    return roles


def _managed(user: Any, day: date) -> list[Role]:
    mandated = Mandate.objects.known().active_on(day).filter(cluster=OuterRef("cluster"), body=OuterRef("body"))
    assignments = (
        StaffAssignment.objects.known()
        .active_on(day)
        .filter(person__user=user, role__in=MANAGING)
        .filter(Exists(mandated))
    )
    return [
        Role(RoleName.CLUSTER_MANAGER, cluster_id=cluster, person_id=person)
        for cluster, person in sorted(set(assignments.values_list("cluster_id", "person_id")))
    ]


def managers_on(day: date) -> QuerySet[Person]:
    """People who manage a cluster on the day."""
    mandated = Mandate.objects.known().active_on(day).filter(cluster=OuterRef("cluster"), body=OuterRef("body"))
    staff = StaffAssignment.objects.known().active_on(day).filter(role__in=MANAGING).filter(Exists(mandated))
    return Person.objects.filter(pk__in=staff.values("person")).order_by("name", "pk")


def _offices(user: Any, day: date) -> list[Role]:
    rows = Office.objects.known().active_on(day).filter(person__user=user)
    found = set(rows.values_list("function", "cluster_id", "person_id"))
    return [
        Role(RoleName(function), cluster_id=cluster, person_id=person)
        for function, cluster, person in sorted(found, key=str)
    ]


def _delegations(user: Any, day: date) -> list[Role]:
    bodies = sorted(
        set(
            Delegation.objects.known()
            .active_on(day)
            .filter(person__user=user)
            .values_list("organisation_id", flat=True)
        )
    )
    if not bodies:
        return []
    spells = MembershipSpell.objects.known().active_on(day).filter(organisation__in=bodies)
    clusters: dict[int, set[int]] = {}
    for organisation, cluster in spells.values_list("organisation_id", "cluster_id"):
        clusters.setdefault(organisation, set()).add(cluster)
    return [Role(RoleName.DELEGATE, organisation_id=b, member_of=frozenset(clusters.get(b, ()))) for b in bodies]


def subject_of(thing: Any) -> Subject:
    """What a permission is asked about. None: the register as a whole. A thing may name people (`named_people`)."""
    if thing is None:
        return Subject()
    if isinstance(thing, Cluster):
        return Subject(cluster_id=thing.pk)
    if isinstance(thing, Organisation):
        return Subject(organisation_id=thing.pk)
    people = frozenset(getattr(thing, "named_people", ()))
    return Subject(getattr(thing, "cluster_id", None), getattr(thing, "organisation_id", None), people)


def managed_clusters(user: Any) -> QuerySet[Cluster]:
    """The clusters that the user manages today."""
    return Cluster.objects.filter(pk__in=managed_keys(user)).order_by("position", "name")


def managed_keys(user: Any) -> list[int]:
    """Primary keys of the same; no query once the roles are known."""
    return [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER and r.cluster_id is not None]


def own_clusters(user: Any) -> list[Cluster]:
    """The same clusters, read once for a user at hand: every room tells of them on one page."""
    keys = managed_keys(user)
    cached = getattr(user, "_own_clusters", None)
    if cached is None or cached[0] != keys:
        cached = user._own_clusters = (keys, list(managed_clusters(user)) if keys else [])
    return list(cached[1])


def subjects_acted_for(user: Any) -> set[str]:
    """Keys of the clusters and organisations for which the user acts today: those that it manages, their members, and
    those of which it is a delegate."""
    clusters = list(managed_clusters(user))
    members = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(cluster__in=clusters)
    bodies = {r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE}
    return {f"cluster:{c.key}" for c in clusters} | {
        f"organisation:{pk}" for pk in (*bodies, *members.values_list("organisation", flat=True))
    }


@dataclass(frozen=True)
class RoleLine:
    """A role in words, for the page of one's own roles."""

    role: RoleName
    subject: str
    since: date | None
    until: date | None


def role_lines(user: Any, on: date | None = None) -> list[RoleLine]:
    """The relations behind the user's roles, with their days."""
    day = on or timezone.localdate()
    mandated = Mandate.objects.known().active_on(day).filter(cluster=OuterRef("cluster"), body=OuterRef("body"))
    lines = [
        RoleLine(RoleName.CLUSTER_MANAGER, a.cluster.name, a.valid_from, a.valid_to)
        for a in StaffAssignment.objects.known()
        .active_on(day)
        .filter(person__user=user, role__in=MANAGING)
        .filter(Exists(mandated))
        .select_related("cluster")
        .order_by("cluster__name")
    ]
    lines += [
        RoleLine(RoleName(o.function), o.cluster.name if o.cluster else o.organisation.name, o.valid_from, o.valid_to)
        for o in Office.objects.known()
        .active_on(day)
        .filter(person__user=user)
        .select_related("cluster", "organisation")
        .order_by("function")
    ]
    lines += [
        RoleLine(RoleName.DELEGATE, d.organisation.name, d.valid_from, d.valid_to)
        for d in Delegation.objects.known()
        .active_on(day)
        .filter(person__user=user)
        .select_related("organisation")
        .order_by("organisation__name")
    ]
    return lines


def delegations_of(organisation: Organisation) -> list[Delegation]:
    """Everyone who may act for the organisation, today or later, or could until lately."""
    return list(
        Delegation.objects.known()
        .filter(organisation=organisation)
        .select_related("person")
        .order_by("-valid_from", "pk")
    )
