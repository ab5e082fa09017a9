"""Resolvers: the parts of an address to the thing they name."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404

from poliedro.matchmaking.models import Card, Challenge, Fair, Interest, MeetingEvent, Mentor, MentorTraining, Ticket
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.registry.models import Cluster, ManagementOrganisation, Organisation
from poliedro.registry.queries.roles import managed_clusters


def card_by_code(code: str) -> Card:
    found = (
        Card.objects.filter(code=code)
        .select_related("organisation__territory__parent", "cluster", "territory", "created_by")
        .first()
    )
    if found is None:
        raise Http404(code)
    return found


def ticket_by_code(code: str) -> Ticket:
    found = (
        Ticket.objects.filter(code=code)
        .select_related("owner__person", "organisation", "cluster", "territory")
        .exclude(state__in=("unconfirmed", "dropped"))
        .first()
    )
    if found is None:
        raise Http404(code)
    return found


def interest_by_pk(pk: int) -> Interest:
    found = (
        Interest.objects.filter(pk=pk)
        .select_related("card__organisation__territory__parent", "card__created_by", "organisation", "created_by")
        .first()
    )
    if found is None:
        raise Http404(str(pk))
    return found


def organisation_by_pk(pk: int) -> Organisation:
    found = Organisation.objects.current().filter(pk=pk).select_related("territory__parent", "nace").first()
    if found is None:
        raise Http404(str(pk))
    return found


def one(rows: Any, pk: int) -> Any:
    """The row with that key, or 404."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(str(pk))
    return found


def event_by_pk(pk: int) -> MeetingEvent:
    return one(MeetingEvent.objects.select_related("cluster"), pk)  # type: ignore[no-any-return]


def challenge_by_pk(pk: int) -> Challenge:
    return one(Challenge.objects.select_related("organisation", "cluster"), pk)  # type: ignore[no-any-return]


def fair_by_pk(pk: int) -> Fair:
    return one(Fair.objects.select_related("cluster"), pk)  # type: ignore[no-any-return]


def managed_or_none(user: Any) -> Cluster | None:
    """The cluster that a manager works for; None for the agency, whose things belong to no cluster."""
    return managed_clusters(user).first()


def host_of(user: Any, cluster: Any) -> Organisation | None:
    """In whose name the person announces: the cluster's managing body, the firm, or the agency's office."""
    if cluster is not None:
        body = ManagementOrganisation.objects.filter(mandates__cluster=cluster).order_by("pk").first()
        return body.organisation if body else None
    own = own_organisations(user)
    if own:
        return Organisation.objects.filter(pk__in=own).order_by("name").first()
    if user.has_perm("matchmaking.run_challenges"):
        return Organisation.objects.filter(offices__person__user=user).order_by("pk").first()
    return None


def trained_mentors() -> QuerySet[Mentor]:
    """Who may be asked to accompany a team or a cohort: in the pool, with the whole training."""
    rows = Mentor.objects.filter(is_active=True).annotate(done=Count("trainings"))
    return rows.filter(done=len(MentorTraining.Module.values)).select_related("person")
