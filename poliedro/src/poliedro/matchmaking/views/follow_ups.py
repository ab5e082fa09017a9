"""The part of a challenge's page on projects that came of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.forms import LinkProjectForm, TellProjectForm
from poliedro.matchmaking.models import Challenge, FollowUp
from poliedro.matchmaking.queries.outcomes import project_follow_ups, projects_of
from poliedro.matchmaking.services import follow_ups as follow_ups_
from poliedro.matchmaking.views.base import Action, Item, Part


def projects_part(user: Any, found: Challenge, runs: bool, here: str) -> list[Part]:
    """Each with the way to its page; for the organiser also those that the register does not have yet."""
    items = []
    for one in project_follow_ups(found):
        confirms = user.is_authenticated and follow_ups_.may_confirm(one, user)
        if one.project is not None:
            url = reverse("portal:project", args=[one.project_id])
            items.append(Item(str(one.project), url, meta=_("of the team %(team)s") % {"team": one.team}))
        elif runs or confirms:
            items.append(_waiting(user, one, here, runs, confirms))
    return [Part(_("Projects that came of it"), items=items)] if items else []


def _waiting(user: Any, one: FollowUp, here: str, runs: bool, confirms: bool) -> Item:
    if one.joint_title:
        said = _("waits for the word of %(who)s") % {"who": one.team.organisation}
        actions = [_confirm(user, one, here)] if confirms else []
    else:
        said = _("not in the register yet")
        actions = _enter(user, one, here) if runs else []
    return Item(
        one.joint_title or _("Joint project of the team %(team)s") % {"team": one.team}, meta=said, actions=actions
    )


def _confirm(user: Any, one: FollowUp, here: str) -> Action:
    return Action(
        f"confirm-{one.pk}",
        _("Confirm the project"),
        lambda: str(follow_ups_.confirm_project(follow_up=one, by=user) and here),
        under=_("It then shows on the pages of both organisations."),
        done=_("Confirmed; it is in the register."),
    )


def _enter(user: Any, one: FollowUp, here: str) -> list[Action]:
    team = one.team
    for_all = follow_ups_.speaks_for_all(team.challenge, user)

    def new(title: str, starts_on: Any, cost_eur: Any, organisations: Any = (), others: Any = ()) -> str:
        follow_ups_.tell_project(
            follow_up=one,
            title=title,
            starts_on=starts_on,
            cost_eur=cost_eur,
            organisations=[*organisations, *others],
            by=user,
        )
        return here

    actions = []
    if for_all or team.organisation_id not in (None, team.challenge.organisation_id):
        actions.append(
            Action(
                f"tell-{one.pk}",
                _("Enter it"),
                new,
                partial(TellProjectForm, team=team, for_all=for_all),
                title=_("Enter the project in the register"),
                under=""
                if for_all
                else _("It enters the register once %(who)s has confirmed it.") % {"who": team.organisation},
                done=_("It is in the register.") if for_all else _("The other side is asked by letter to confirm it."),
                closed=True,
            )
        )
    if projects_of(team).exists():
        actions.append(
            Action(
                f"link-{one.pk}",
                _("Link it"),
                lambda project: str(follow_ups_.link_project(follow_up=one, project=project, by=user) and here),
                partial(LinkProjectForm, team=team),
                title=_("It is a project that the register has"),
                done=_("Linked."),
                second=True,
                closed=True,
            )
        )
    return actions
