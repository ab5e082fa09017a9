"""A team's own page, under the secret address of its letter."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from poliedro.matchmaking.forms import TeamForm
from poliedro.matchmaking.models import Challenge, Team
from poliedro.matchmaking.services import teams as teams_
from poliedro.matchmaking.services.challenges import not_counted
from poliedro.matchmaking.views.base import Action, Part, Shown, page, starting
from poliedro.shared.access import public
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


@public
@never_cache
def team(request: HttpRequest, key: str) -> HttpResponse:
    """What the team handed in, what may still be changed, and where it stands."""
    found = teams_.team_of(key)
    if found is None:
        raise Http404(key)
    here = reverse("matchmaking:team", args=[key])
    by = request.user if request.user.is_authenticated else None
    challenge = found.challenge
    facts: list[tuple[str, Any]] = [
        (_("Challenge"), challenge),
    ]
    if found.withdrawn_at is None:
        facts += [
            (_("Number under which the jury reads"), found.number),
            (_("Last day for changes"), spoken_day(challenge.closes_on)),
            (_("People in the team"), ", ".join(found.members)),
            (_("Letters go to"), found.email),
        ]
    actions = _actions(found, by, here) if teams_.can_still_change(found, timezone.localdate()) else []
    return page(
        request,
        Shown(
            _title(found),
            _where_it_stands(found, bool(actions)),
            [
                Part(
                    _("The idea") if found.idea else "",
                    found.idea,
                    facts=facts,
                    actions=actions,
                    links=[(_("The page of the challenge"), reverse("matchmaking:challenge", args=[challenge.pk]))],
                )
            ],
            [
                Crumb(_("Challenges"), reverse("matchmaking:challenges")),
                Crumb(challenge.title, reverse("matchmaking:challenge", args=[challenge.pk])),
                Crumb(found.name),
            ],
            synthetic=found.is_synthetic,
        ),
    )


def _title(found: Team) -> str:
    if found.withdrawn_at is not None:
        return _("%(team)s has withdrawn") % {"team": found}
    if found.place is not None:
        return _("%(team)s came to place %(place)d") % {"team": found, "place": found.place}
    return _("%(team)s takes part") % {"team": found}


def _where_it_stands(found: Team, is_open: bool) -> str:
    if found.withdrawn_at is not None:
        return _("Idea, members and address were erased.")
    if is_open:
        return _("You can change or withdraw the idea until %(day)s. Whoever has this address can do so.") % {
            "day": spoken_day(found.challenge.closes_on)
        }
    if found.challenge.state == Challenge.State.OPEN:
        return _("The last day is over: nothing can be changed any more. The jury reads soon.")
    if found.challenge.state == Challenge.State.JUDGING:
        return _("The jury reads the ideas: nothing can be changed any more. A letter brings the result.")
    jurors = found.scores.filter(juror__removed_at=None).values("juror").distinct().count()
    removed = found.challenge.jurors.exclude(removed_at=None).count()
    said = ngettext(
        "%(points)s points of 100, from %(n)d juror.", "%(points)s points of 100, from %(n)d jurors.", jurors
    ) % {"points": spoken_number(found.points, 1), "n": jurors}
    return " ".join([said, *([not_counted(removed)] if removed else [])])


def _actions(found: Team, by: Any, here: str) -> list[Action]:
    def change(name: str, members: str, idea: str) -> str:
        lines = [m.strip() for m in members.splitlines() if m.strip()]
        teams_.change_team(team=found, name=name, members=lines, idea=idea, by=by)
        return here

    def own_form(*args: Any, **more: Any) -> TeamForm:
        now = {"name": found.name, "members": "\n".join(found.members), "idea": found.idea}
        form: TeamForm = starting(TeamForm, now)(*args, **more)
        del form.fields["email"]  # another address would take the page over
        return form

    return [
        Action(
            "change",
            _("Save the idea"),
            change,
            own_form,
            title=_("Change the idea"),
            done=_("Saved; a letter confirms it."),
            closed=True,
        ),
        Action(
            "withdraw",
            _("Withdraw the team"),
            lambda: str(teams_.withdraw_team(team=found, by=by) and here),
            under=_("Idea, members and address are erased at once; another team may take the place."),
            done=_("Withdrawn; a letter confirms it."),
            danger=True,
        ),
    ]
