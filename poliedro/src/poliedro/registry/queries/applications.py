"""Reads of applications to join: those of a cluster, those of an organisation, whom to write to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from poliedro.registry.models import (
    Cluster,
    MembershipApplication,
    MembershipSpell,
    Organisation,
    StaffAssignment,
)
from poliedro.registry.queries.prospects import prospects
from poliedro.registry.queries.roles import MANAGING
from poliedro.registry.rules.prospects import Prospect
from poliedro.shared.dated import Moment

WAITING = MembershipApplication.State.WAITING


def applications_of(cluster: Cluster) -> list[MembershipApplication]:
    """Those that wait, the first promised on top, then those that were answered, the latest first. One query."""
    rows = list(
        MembershipApplication.objects.filter(cluster=cluster).select_related(
            "organisation__territory", "organisation__nace", "decided_by"
        )
    )
    waiting = [r for r in rows if r.state == WAITING]
    done = sorted((r for r in rows if r.state != WAITING), key=lambda r: (r.decided_on or r.asked_on, r.pk))
    return [*waiting, *reversed(done)]


def waiting_applications(clusters: Iterable[int]) -> QuerySet[MembershipApplication]:
    """Applications to these clusters that wait, the first promised on top."""
    return MembershipApplication.objects.filter(cluster__in=list(clusters), state=WAITING).select_related(
        "organisation", "cluster"
    )


@dataclass(frozen=True)
class OwnMemberships:
    """spells: of today and before, the latest first. applications: the latest first. open_to: clusters that it may ask:
    it is no member today or later, and does not wait for an answer."""

    spells: list[MembershipSpell]
    applications: list[MembershipApplication]
    open_to: list[Cluster]


def own_memberships(organisation: Organisation, today: date) -> OwnMemberships:
    """An organisation's memberships and applications. Three queries."""
    spells = list(
        MembershipSpell.objects.known()
        .filter(organisation=organisation)
        .select_related("cluster", "source")
        .order_by("-valid_from", "-pk")
    )
    applications = list(
        MembershipApplication.objects.filter(organisation=organisation)
        .select_related("cluster")
        .order_by("-asked_on", "-pk")
    )
    taken = {s.cluster_id for s in spells if s.valid_to is None or s.valid_to > today}
    taken |= {a.cluster_id for a in applications if a.state == WAITING}
    return OwnMemberships(spells, applications, list(_open_clusters(today).exclude(pk__in=taken)))


def _open_clusters(today: date) -> QuerySet[Cluster]:
    return Cluster.objects.filter(Q(closed_on=None) | Q(closed_on__gt=today), founded_on__lte=today).order_by(
        "position", "name"
    )


def fit_of(application: MembershipApplication, today: date) -> Prospect | None:
    """How well the applicant fits the cluster; None where neither its activity nor its work speaks for it."""
    found = prospects(application.cluster, Moment(today))
    return next((p for p in found if p.organisation_id == application.organisation_id), None)


def letters_to(cluster: Cluster, on: date) -> list[tuple[str, str]]:
    """(address, language) of the people who manage the cluster on the day and have a login."""
    rows = (
        StaffAssignment.objects.known()
        .active_on(on)
        .filter(cluster=cluster, role__in=MANAGING, person__user__isnull=False)
        .order_by("person__user__email")
        .values_list("person__user__email", "person__user__language")
        .distinct()
    )
    return [(email, language) for email, language in rows if email]
