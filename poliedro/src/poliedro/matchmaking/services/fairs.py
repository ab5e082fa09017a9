"""Fairs and missions: calendar, applications, joint stand, leads, and what they were worth (R071)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.matchmaking.models import Fair, FairApplication, Lead, Stand
from poliedro.matchmaking.rules.fairs import points_of
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import FAIR_APPLICATION
from poliedro.matchmaking.services.steps import check, creator, move, note
from poliedro.registry.models import MembershipSpell, Organisation


@transaction.atomic
def plan_fair(*, by: Any, cluster: Any = None, **fields: Any) -> Fair:
    check(by, "matchmaking.run_fairs", cluster)
    made = Fair(cluster=cluster, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "planned", by=by)
    return made


@transaction.atomic
def set_stand(*, fair: Fair, hall: str, area_m2: Decimal, by: Any) -> Stand:
    check(by, "matchmaking.run_fairs", fair)
    made, _new = Stand.objects.update_or_create(fair=fair, defaults={"hall": hall, "area_m2": area_m2})
    note(fair, "stand", by=by, text=hall)
    return made


@transaction.atomic
def apply(
    *, fair: Fair, organisation: Organisation, by: Any, today: date | None = None, **fields: Any
) -> FairApplication:
    """An organisation wants to go; its points follow from rules.fairs. Raises Refused: past, already."""
    check(by, "matchmaking.act_for", organisation)
    if (today or timezone.localdate()) > fair.apply_by:
        raise Refused("past", str(fair.apply_by))
    if fair.applications.filter(organisation=organisation).exists():
        raise Refused("already", str(organisation.pk))
    made = FairApplication(
        fair=fair, organisation=organisation, created_by=creator(by), certainty=fair.certainty, **fields
    )
    made.reasons = _reasons(made)
    made.points = points_of(made.reasons)
    made.full_clean(exclude=["reasons"])  # nobody must have one
    made.save()
    note(made, FairApplication.State.SENT, by=by)
    return made


def _reasons(made: FairApplication) -> list[str]:
    reasons = []
    if made.first_time:
        reasons.append("first_time")
    if made.organisation.size_class in ("micro", "small"):
        reasons.append("small")
    spells = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(organisation=made.organisation)
    if made.fair.cluster_id is None:
        member = spells.exists()
    else:
        member = spells.filter(cluster=made.fair.cluster_id).exists()
    if member:
        reasons += ["member", "fits"]
    return reasons


@transaction.atomic
def decide_application(*, application: FairApplication, accept: bool, by: Any) -> FairApplication:
    """Raises Refused: full."""
    check(by, "matchmaking.run_fairs", application)
    taken = application.fair.applications.filter(state__in=("accepted", "took_part")).count()
    if accept and taken >= application.fair.places:
        raise Refused("full", str(application.fair_id))
    state = FairApplication.State.ACCEPTED if accept else FairApplication.State.REFUSED
    return move(application, FAIR_APPLICATION, state, by=by)


def withdraw_application(*, application: FairApplication, by: Any) -> FairApplication:
    check(by, "matchmaking.act_for", application.organisation)
    return move(application, FAIR_APPLICATION, FairApplication.State.WITHDRAWN, by=by)


def took_part(*, application: FairApplication, by: Any) -> FairApplication:
    """Raises Refused: not_begun."""
    check(by, "matchmaking.run_fairs", application)
    if application.fair.starts_on > timezone.localdate():
        raise Refused("not_begun", str(application.fair.starts_on))
    return move(application, FAIR_APPLICATION, FairApplication.State.TOOK_PART, by=by)


@transaction.atomic
def add_lead(*, application: FairApplication, by: Any, **fields: Any) -> Lead:
    """A contact brought home. Raises Refused: past (the organisation did not go)."""
    _check_own(application, by)
    if application.state not in (FairApplication.State.ACCEPTED, FairApplication.State.TOOK_PART):
        raise Refused("past", application.state)
    fields["country"] = fields["country"].upper()
    made = Lead(application=application, **fields)
    made.full_clean()
    made.save()
    note(application, "lead", by=by, text=made.company)
    return made


@transaction.atomic
def follow_lead(*, lead: Lead, followed_up_on: date, result: str, by: Any, value_eur: Any = None) -> Lead:
    _check_own(lead.application, by)
    lead.followed_up_on, lead.result, lead.value_eur = followed_up_on, result, value_eur
    lead.full_clean()
    lead.save()
    note(lead.application, "lead_followed", by=by, text=f"{lead.company}: {result}")
    return lead


def _check_own(application: FairApplication, by: Any) -> None:
    if by is None or by.has_perm("matchmaking.run_fairs", application):
        return
    check(by, "matchmaking.act_for", application.organisation)
