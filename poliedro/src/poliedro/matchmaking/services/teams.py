"""A team's own page, which needs no account: who has the address of the confirmation letter changes or withdraws the
idea until the closing day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.matchmaking.models import Challenge, Step, Team
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.routing import CHANGES_A_DAY, DAILY_LIMIT, TEAMS_OF_A_SENDER
from poliedro.matchmaking.services.steps import in_language, note, subject_key, write_to

SALT = "matchmaking.team"
ERASED = "erased@invalid.invalid"


def key_of(team: Team) -> str:
    """The secret part of the address of the team's own page."""
    return signing.Signer(salt=SALT).sign(str(team.pk))


def team_of(key: str) -> Team | None:
    """The team behind such an address; None for a forged one."""
    try:
        pk = signing.Signer(salt=SALT).unsign(key)
    except signing.BadSignature:
        return None
    return Team.objects.select_related("challenge", "created_by").filter(pk=pk).first()


def path_of(team: Team) -> str:
    return f"/challenges/teams/{key_of(team)}/"


def language_of(team: Team) -> str:
    return team.language or (team.created_by.language if team.created_by else "")


def can_still_change(team: Team, today: date) -> bool:
    """Until the last day, and before the jury reads."""
    challenge = team.challenge
    return team.withdrawn_at is None and challenge.state == Challenge.State.OPEN and today <= challenge.closes_on


def check_not_too_often(*, email: str, sender: str, by: Any) -> None:
    """Each team is written to, and takes a place: not more than DAILY_LIMIT an address or account in 24 hours, nor
    TEAMS_OF_A_SENDER from one network. Raises Refused: too_often."""
    lately = Team.objects.filter(created_at__gte=timezone.now() - timedelta(hours=24))
    own = lately.filter(Q(email__iexact=email) | Q(created_by=by, created_by__isnull=False))
    if own.count() >= DAILY_LIMIT or (sender and lately.filter(sender=sender).count() >= TEAMS_OF_A_SENDER):
        raise Refused("too_often", email)


def _check_still_open(team: Team, today: date | None) -> Team:
    """The team as it stands now; its challenge stays locked, so that the jury does not begin meanwhile."""
    Challenge.objects.select_for_update().get(pk=team.challenge_id)
    fresh = Team.objects.select_related("challenge", "created_by").get(pk=team.pk)
    if not can_still_change(fresh, today or timezone.localdate()):
        raise Refused("past", fresh.challenge.state)
    return fresh


@transaction.atomic
def change_team(*, team: Team, name: str, members: list[str], idea: str, by: Any, today: date | None = None) -> Team:
    """Another name, other members or another idea; a letter says so. The number stays.

    Raises Refused: past (the last day is over, the jury reads, or the team withdrew), name_taken, too_often
    (CHANGES_A_DAY, as each sends a letter).
    """
    fresh = _check_still_open(team, today)
    lately = Step.objects.filter(
        subject=subject_key(fresh), state="changed", at__gte=timezone.now() - timedelta(hours=24)
    )
    if lately.count() >= CHANGES_A_DAY:
        raise Refused("too_often", str(fresh.pk))
    if fresh.challenge.teams.taking_part().filter(name=name).exclude(pk=fresh.pk).exists():
        raise Refused("name_taken", name)
    fresh.name, fresh.members, fresh.idea = name, members, idea
    fresh.full_clean()
    fresh.save(update_fields=["name", "members", "idea"])
    note(fresh, "changed", by=by)
    with in_language(language_of(fresh)):
        write_to(
            fresh.email,
            _("Your team %(team)s has changed its idea for %(challenge)s")
            % {"team": fresh, "challenge": fresh.challenge},
            _("The jury reads it as it stands now:\n\n%(idea)s") % {"idea": idea},
            path_of(fresh),
        )
    return fresh


@transaction.atomic
def withdraw_team(*, team: Team, by: Any, today: date | None = None) -> Team:
    """The team takes part no more: idea, members and address are erased, and its place is free. A letter says so.

    Raises Refused: past.
    """
    fresh = _check_still_open(team, today)
    with in_language(language_of(fresh)):
        write_to(
            fresh.email,
            _("Your team %(team)s no longer takes part in %(challenge)s")
            % {"team": fresh, "challenge": fresh.challenge},
            _("Idea, members and this address were erased. Until the last day you may enter anew."),
            f"/challenges/{fresh.challenge_id}/",
        )
    fresh.idea, fresh.members, fresh.email, fresh.sender, fresh.withdrawn_at = "", [], ERASED, "", timezone.now()
    fresh.save(update_fields=["idea", "members", "email", "sender", "withdrawn_at"])
    note(fresh, "withdrawn", by=by)
    return fresh
