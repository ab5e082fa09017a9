"""An interest, from both sides: answer, introduction, tie or the reason why not."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.forms import AnswerForm, EndForm, MeetingDayForm, TieForm
from poliedro.matchmaking.models import Interest
from poliedro.matchmaking.queries.cards import faces, own_organisations
from poliedro.matchmaking.rules.faces import face_words
from poliedro.matchmaking.services import interests as interests_
from poliedro.matchmaking.views.base import Action, Part, Shown, choices, page, steps_of
from poliedro.matchmaking.views.find import interest_by_pk
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


@signed_in
def interest(request: HttpRequest, pk: int) -> HttpResponse:
    """What one side wrote, what the other answers, and how it goes on. For the two sides and the staff in charge."""
    found, user = interest_by_pk(pk), request.user
    own = own_organisations(user)
    asks, owns = found.organisation_id in own, found.card.organisation_id in own
    staff = user.has_perm("matchmaking.review_cards", found.card)
    if not (asks or owns or staff):
        raise PermissionDenied(str(pk))
    face = faces([found.card], user)[found.card_id]
    facts = [
        (_("Card"), f"{found.card.code} {found.card.title}"),
        (_("Whose card"), face_words(face)),
        (_("Who is interested"), str(found.organisation)),
        (_("How they met"), found.get_route_display()),
        (_("Where it stands"), found.get_state_display()),
    ]
    if found.state == Interest.State.SENT:
        facts.append((_("Answer by"), spoken_day(found.answer_by)))
    if found.meeting_on:
        facts.append((_("First meeting"), spoken_day(found.meeting_on)))
    if found.tie:
        facts.append((_("It became a"), f"{found.get_tie_display()}: {found.outcome}"))
        if found.amount_eur is not None:
            facts.append((_("Worth"), f"{spoken_number(found.amount_eur, 0)} EUR"))
        if found.told_by_id is not None and found.confirmed_at is None:
            facts.append((_("Told by"), _("%(who)s; the other side has not confirmed it yet") % {"who": found.told_by}))
        if found.contract_id is not None:
            facts.append((_("In the register"), _("as a research contract of both")))
    if found.why_not:
        facts.append((_("Why not"), f"{found.get_why_not_display()} {found.outcome}"))
    met = found.answered_at is not None and found.state not in ("declined", "lapsed")
    if met and (asks or owns):
        other = found.card.created_by if asks else found.created_by
        if other is not None:
            facts.append((_("Write to"), f"{other}, {other.email}"))
    parts = [
        Part(
            facts=facts,
            links=[
                (_("The card"), reverse("matchmaking:card", args=[found.card.code])),
                *(
                    [(_("The joint project"), reverse("portal:project", args=[found.project_id]))]
                    if found.project_id
                    else []
                ),
            ],
            actions=_actions(user, found, asks, owns, staff),
        ),
        Part(_("Why does it fit?"), found.why),
        Part(_("What it brings"), found.brings),
    ]
    if found.expects:
        parts.append(Part(_("What it expects of a first meeting"), found.expects))
    words = {
        **choices(Interest, "state"),
        "reminded": _("the owner was reminded"),
        "asked_result": _("both sides were asked what came of it"),
        "confirmed": _("the other side confirmed it"),
    }
    parts.append(Part(_("Steps"), events=steps_of(f"interest:{found.pk}", words)))
    return page(
        request,
        Shown(
            _("%(who)s is interested in %(title)s") % {"who": found.organisation, "title": found.card.title},
            "",
            parts,
            [
                Crumb(_("Needs and offers"), reverse("matchmaking:cards")),
                Crumb(_("My cards"), reverse("matchmaking:my_cards")),
                Crumb(_("Interest")),
            ],
            synthetic=found.is_synthetic,
        ),
    )


def _actions(user: Any, found: Interest, asks: bool, owns: bool, staff: bool) -> list[Action]:
    here = reverse("matchmaking:interest", args=[found.pk])
    state, actions = found.state, []
    if state == Interest.State.SENT and owns:
        actions += [
            Action(
                "accept",
                _("Accept"),
                lambda text: str(interests_.answer_interest(interest=found, accept=True, by=user, text=text) and here),
                AnswerForm,
                title=_("Accept, and let them see who we are"),
                done=_("Both sides now know each other."),
            ),
            Action(
                "decline",
                _("Say no"),
                lambda text: str(interests_.answer_interest(interest=found, accept=False, by=user, text=text) and here),
                AnswerForm,
                title=_("Decline, and stay unknown"),
                done=_("Declined; they do not learn who you are."),
                second=True,
                closed=True,
            ),
        ]
    if state in (Interest.State.SENT, Interest.State.ACCEPTED) and asks:
        actions.append(
            Action(
                "withdraw",
                _("Take our interest back"),
                lambda: str(interests_.withdraw_interest(interest=found, by=user) and here),
                second=True,
            )
        )
    if state == Interest.State.ACCEPTED:
        actions.append(
            Action(
                "introduce",
                _("We are in contact"),
                lambda meeting_on, text: str(
                    interests_.introduce(interest=found, meeting_on=meeting_on, by=user, text=text) and here
                ),
                MeetingDayForm,
                title=_("Introduced"),
                done=_("Noted. In a month both sides are asked what came of it."),
            )
        )
    if state == Interest.State.INTRODUCED:
        actions.append(
            Action(
                "tie",
                _("Store the result"),
                lambda **fields: str(interests_.store_tie(interest=found, by=user, **fields) and here),
                partial(TieForm, settles=interests_.may_settle(found, user)),
                title=_("It became a project, a contract, a hire ..."),
                done=_("Stored. It counts in what the region learns from introductions."),
                under=_("The other side is asked to confirm it; then a project becomes a project of both."),
            )
        )
    if interests_.may_confirm(found, user):
        actions.append(
            Action(
                "confirm",
                _("Confirm"),
                lambda: str(interests_.confirm_tie(interest=found, by=user) and here),
                title=_("Is it so?"),
                under=_("A project then shows on the pages of both organisations, with the other side as partner."),
                done=_("Confirmed. It stands in the register."),
            )
        )
    if state in (Interest.State.ACCEPTED, Interest.State.INTRODUCED):
        actions.append(
            Action(
                "end",
                _("It led to nothing"),
                lambda **fields: str(interests_.end_interest(interest=found, by=user, **fields) and here),
                EndForm,
                done=_("Stored, with the reason."),
                second=True,
                closed=True,
            )
        )
    return actions
