"""What became of a team, and the project in the register that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Challenge, FollowUp, Team
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.outcomes import projects_of
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import CHALLENGE
from poliedro.matchmaking.services.steps import check, move, note, tell
from poliedro.registry.models import Organisation, Project
from poliedro.registry.services.joint import record_joint_project


@transaction.atomic
def follow_up(*, team: Team, result: str, by: Any, note_: str = "", on: date | None = None) -> FollowUp:
    """What became of a team. Once every team was asked, the challenge closes. Raises Refused: not_yours, past (the
    team withdrew)."""
    check(by, "matchmaking.run_challenges", team.challenge)
    if team.withdrawn_at is not None:
        raise Refused("past", str(team.pk))
    made = FollowUp.objects.create(team=team, on=on or timezone.localdate(), result=result, note=note_)
    note(team, "followed_up", by=by, text=result)
    challenge = Challenge.objects.get(pk=team.challenge_id)
    waiting = challenge.teams.taking_part().filter(follow_ups=None)
    if challenge.state == Challenge.State.DECIDED and not waiting.exists():
        move(challenge, CHALLENGE, Challenge.State.CLOSED, by=by)
    return made


def speaks_for_all(challenge: Challenge, by: Any) -> bool:
    """Whether the person may say of others that they take part in a project: staff in charge, and the system."""
    return by is None or bool(by.has_perm("matchmaking.review_cards", challenge))


@transaction.atomic
def link_project(*, follow_up: FollowUp, project: Project, by: Any) -> FollowUp:
    """The joint project is one that the register has.

    Raises Refused: not_yours, already, not_theirs (neither the team's organisation nor whoever asked takes part in it).
    """
    fresh = _open(follow_up, by)
    if not projects_of(fresh.team).filter(pk=project.pk).exists():
        raise Refused("not_theirs", str(project.pk))
    fresh.project, fresh.joint_title = project, ""
    fresh.save(update_fields=["project", "joint_title"])
    note(fresh.team, "project_linked", by=by, text=str(project))
    return fresh


@transaction.atomic
def tell_project(
    *,
    follow_up: FollowUp,
    title: str,
    by: Any,
    organisations: Sequence[Organisation] = (),
    starts_on: date | None = None,
    cost_eur: Decimal | None = None,
) -> FollowUp:
    """The joint project is new to the register. It enters at once where staff in charge say who takes part, else when
    the team's organisation has confirmed it, which is asked by letter.

    Raises Refused: not_yours, already, one_party (it takes two organisations).
    """
    fresh = _open(follow_up, by)
    fresh.joint_title, fresh.starts_on, fresh.cost_eur = title, starts_on, cost_eur
    fresh.full_clean()
    if speaks_for_all(fresh.team.challenge, by):
        return _keep(fresh, list(dict.fromkeys(organisations)) or _two_sides(fresh.team), by)
    _two_sides(fresh.team)
    fresh.save(update_fields=["joint_title", "starts_on", "cost_eur"])
    note(fresh.team, "project_told", by=by, text=title)
    challenge = fresh.team.challenge
    tell(
        fresh.team.organisation_id or 0,
        fresh.team.created_by,
        lambda: _("A project came of %(challenge)s: is it so?") % {"challenge": challenge},
        lambda: (
            _("%(who)s says that your team's idea became the joint project “%(title)s”. Open the page and confirm it.")
            % {"who": challenge.organisation, "title": title}
        ),
        f"/challenges/{challenge.pk}/",
    )
    return fresh


@transaction.atomic
def confirm_project(*, follow_up: FollowUp, by: Any) -> FollowUp:
    """The team's organisation says the same: the project enters the register. Raises Refused: not_yours, already."""
    fresh = FollowUp.objects.select_for_update(of=["self"]).select_related("team__challenge").get(pk=follow_up.pk)
    if fresh.project_id is not None or not fresh.joint_title:
        raise Refused("already", str(fresh.pk))
    if not may_confirm(fresh, by):
        raise Refused("not_yours", str(fresh.pk))
    return _keep(fresh, _two_sides(fresh.team), by)


def may_confirm(follow_up: FollowUp, by: Any) -> bool:
    """Whether the person acts for the team's organisation, or may speak for all."""
    if follow_up.project_id is not None or not follow_up.joint_title:
        return False
    return speaks_for_all(follow_up.team.challenge, by) or follow_up.team.organisation_id in own_organisations(by)


def _open(follow_up: FollowUp, by: Any) -> FollowUp:
    check(by, "matchmaking.run_challenges", follow_up.team.challenge)
    fresh = FollowUp.objects.select_for_update(of=["self"]).select_related("team__challenge").get(pk=follow_up.pk)
    if fresh.project_id is not None or fresh.result != FollowUp.Result.PROJECT:
        raise Refused("already", str(fresh.pk))
    return fresh


def _two_sides(team: Team) -> list[Organisation]:
    """Whoever asked, and the team's organisation."""
    if team.organisation is None or team.organisation_id == team.challenge.organisation_id:
        raise Refused("one_party", str(team.pk))
    return [team.challenge.organisation, team.organisation]


def _keep(follow_up: FollowUp, organisations: Sequence[Organisation], by: Any) -> FollowUp:
    if len(organisations) < 2:
        raise Refused("one_party", str(follow_up.pk))
    team = follow_up.team
    follow_up.project = record_joint_project(
        number=f"challenge-{follow_up.pk}",
        title=follow_up.joint_title
        or _("Joint project of %(a)s and %(b)s") % {"a": organisations[0], "b": organisations[1]},
        organisations=organisations,
        starts_on=follow_up.starts_on or timezone.localdate(),
        cost_eur=follow_up.cost_eur,
        certainty=team.certainty,
        by=by,
        source_key="challenges",
    )
    follow_up.save(update_fields=["project", "joint_title", "starts_on", "cost_eur"])
    note(team, "project_kept", by=by, text=str(follow_up.project))
    return follow_up
