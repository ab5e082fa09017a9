"""Tickets as those see them who answer: the list, one ticket, laboratories for open questions."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import CloseTicketForm, HandOverForm, MessageForm, SuggestionForm
from poliedro.matchmaking.models import Ticket
from poliedro.matchmaking.queries.engine import last_run
from poliedro.matchmaking.services import tickets as tickets_
from poliedro.matchmaking.views.ask import is_late, messages_of, suggested
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, steps_of
from poliedro.matchmaking.views.find import ticket_by_code
from poliedro.registry.present import facet
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number


def my_tickets(user: Any) -> QuerySet[Ticket]:
    """Tickets that the person may answer, the most urgent first."""
    rows = Ticket.objects.exclude(state__in=("unconfirmed", "dropped")).select_related("owner__person")
    if not user.has_perm("matchmaking.answer_tickets"):
        clusters = [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER]
        rows = rows.filter(cluster__in=[c for c in clusters if c is not None])
    return rows.order_by("promised_on", "pk")


@signed_in
def tickets(request: HttpRequest) -> HttpResponse:
    """Tickets of one's own cluster, or all for the agency."""
    today = timezone.localdate()
    every = list(my_tickets(request.user))
    state = request.GET.get("state", "")
    rows = [t for t in every if t.state == state] if state else [t for t in every if t.state != Ticket.State.CLOSED]
    late = sum(is_late(t, today) for t in every)
    closed = [t for t in every if t.state == Ticket.State.CLOSED]
    rated = [t.rating for t in every if t.rating]
    here = reverse("matchmaking:tickets")
    everyone = request.user.has_perm("matchmaking.answer_tickets")
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d question is open, %(late)d past their promise",
                "%(n)d questions are open, %(late)d past their promise",
                sum(t.state == Ticket.State.OPEN for t in every),
            )
            % {"n": sum(t.state == Ticket.State.OPEN for t in every), "late": late},
            _("%(closed)d closed so far; the askers rate the answers %(rating)s of 5.")
            % {"closed": len(closed), "rating": spoken_number(sum(rated) / len(rated), 1) if rated else "–"},
            [
                Part(
                    items=[
                        Item(
                            t.question[:110],
                            reverse("matchmaking:ticket", args=[t.code]),
                            meta=f"{t.code} · {t.firm or t.name} · {t.owner} · {t.get_state_display()}",
                            tags=[
                                *([_("past its promise")] if is_late(t, today) else []),
                                *([_("first contact with research")] if t.first_with_research else []),
                            ],
                        )
                        for t in rows
                    ],
                    empty=Empty(
                        _("No question is open"),
                        _("Questions from the page Ask appear here, routed to who knows the field and has room."),
                    ),
                ),
                *([_share_part(request.user, here)] if everyone else []),
            ],
            [Crumb(_("Tickets"))],
            synthetic=any(t.is_synthetic for t in rows),
            facets=[
                facet(
                    "state",
                    _("Where it stands"),
                    [
                        (k, str(v), sum(t.state == k for t in every))
                        for k, v in Ticket.State.choices
                        if k not in ("unconfirmed", "dropped")
                    ],
                    request.GET,
                )
            ],
        ),
    )


def _share_part(user: Any, here: str) -> Part:
    """Laboratories and experts to open questions: the last round with its proof, and a new one."""
    run = last_run("laboratory-allocation")
    facts: list[tuple[str, Any]] = []
    if run is not None:
        h = run.headline
        facts = [
            (_("Last round"), spoken_day(run.asked_at.date())),
            (
                _("Questions given to laboratories"),
                _("%(n)d of %(all)d, for %(places)d places")
                % {"n": h["pairs"], "all": h["tickets"], "places": h["places"]},
            ),
            (_("Pairs that would rather have each other"), h["blocking"]),
            (
                _("Proof"),
                _("of the other possible pairs, in %(a)d the question and in %(h)d the laboratory has no one worse")
                % {"a": h.get("proof_applicant", 0), "h": h.get("proof_host", 0)},
            ),
        ]
    return Part(
        _("Laboratories for open questions"),
        facts=facts,
        actions=[
            Action(
                "share_out",
                _("Propose laboratories"),
                lambda: str(tickets_.share_out(by=user) and here),
                done=_("Each question that could be placed shows the laboratory that is proposed for it."),
            )
        ],
        notes=[
            _(
                "Deferred acceptance (Gale and Shapley): a question prefers what was found first for it; a laboratory "
                "prefers the best fit, a fifth more for a firm that is new to research, then the earlier day. Nobody "
                "is given more than it can carry, nor a question of its own organisation."
            )
        ],
    )


@needs("matchmaking.answer_tickets", ticket=ticket_by_code)
def ticket(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """A ticket as its owner works on it."""
    user = request.user
    here = reverse("matchmaking:ticket", args=[ticket.code])
    facts: list[tuple[str, Any]] = [
        (_("Asked by"), f"{ticket.name}, {ticket.email}"),
        (_("Firm"), ticket.organisation or ticket.firm or "–"),
        (_("Person in charge"), ticket.owner),
        (_("First contact promised by"), spoken_day(ticket.promised_on)),
        (_("Where it stands"), ticket.get_state_display()),
    ]
    if ticket.budget_eur is not None:
        facts.append((_("Budget"), f"{spoken_number(ticket.budget_eur, 0)} EUR"))
    if ticket.wanted_by:
        facts.append((_("Needed by"), spoken_day(ticket.wanted_by)))
    if ticket.trl:
        facts.append((_("Technology readiness"), ticket.trl))
    if ticket.first_with_research:
        facts.append((_("Note"), _("The firm has not worked with a university or laboratory before.")))
    if ticket.outcome:
        facts.append((_("What came of it"), f"{ticket.get_outcome_display()} {ticket.outcome_note}"))
    if ticket.rating:
        facts.append((_("Rated by the asker"), f"{ticket.rating}/5"))
    actions = []
    if ticket.state != Ticket.State.CLOSED:
        actions.append(
            Action(
                "write",
                _("Send"),
                lambda text: str(tickets_.write_message(ticket=ticket, text=text, by=user) and here),
                MessageForm,
                title=_("Write to the asker"),
                done=_("Sent."),
            )
        )
        actions.append(
            Action(
                "hand_over",
                _("Hand the question over"),
                lambda owner: str(
                    tickets_.hand_over(ticket=ticket, owner=owner, by=user) and reverse("matchmaking:tickets")
                ),
                HandOverForm,
                title=_("Hand it over to another person"),
                under=_("The promised day stays; the other person is told."),
                done=_("Handed over."),
                second=True,
                closed=True,
            )
        )
    if ticket.state == Ticket.State.CONTACTED:
        actions.append(
            Action("answered", _("It is answered"), lambda: str(tickets_.answer(ticket=ticket, by=user) and here))
        )
    if ticket.state in (Ticket.State.OPEN, Ticket.State.CONTACTED, Ticket.State.ANSWERED):
        actions.append(
            Action(
                "close",
                _("Close"),
                lambda **fields: str(tickets_.close(ticket=ticket, by=user, **fields) and here),
                partial(CloseTicketForm, ticket=ticket),
                title=_("Close with its outcome"),
                done=_("Closed, with its outcome."),
                second=True,
                closed=True,
            )
        )
    suggestions = [
        suggested(
            s,
            [
                Action(
                    f"suggestion-{s.pk}",
                    _("Write down"),
                    lambda state, s=s: str(tickets_.mark_suggestion(suggestion=s, state=state, by=user) and here),
                    SuggestionForm,
                    title=_("What was done"),
                    second=True,
                    closed=True,
                )
            ]
            if ticket.state != Ticket.State.CLOSED
            else [],
        )
        for s in ticket.suggestions.all()
    ]
    words = {
        **choices(Ticket, "state"),
        "alarm": _("alarm: the promise has passed"),
        "wrote": _("wrote"),
        "asker_wrote": _("the asker wrote"),
        "rated": _("rated"),
        "handed_over": _("handed over"),
        "suggestion_proposed": _("proposed"),
        "suggestion_wanted": _("the asker wants to be put in contact"),
        "suggestion_reminded": _("reminded"),
        "suggestion_unreached": _("nobody there has an account; call or write to them"),
        "suggestion_taken": _("took it on"),
        "suggestion_declined": _("declined"),
    }
    return page(
        request,
        Shown(
            ticket.question[:120],
            ticket.question if len(ticket.question) > 120 else "",
            [
                Part(
                    facts=facts,
                    links=[(_("The joint project"), reverse("portal:project", args=[ticket.project_id]))]
                    if ticket.project_id
                    else [],
                ),
                messages_of(ticket),
                Part(actions=actions),
                Part(
                    _("Who may help, as found when it was asked"),
                    items=suggestions,
                    empty=Empty(_("Nothing was found"), _("Use the search with other words.")),
                ),
                Part(_("Steps"), events=steps_of(f"ticket:{ticket.pk}", words)),
            ],
            [Crumb(_("Tickets"), reverse("matchmaking:tickets")), Crumb(ticket.code)],
            synthetic=ticket.is_synthetic,
        ),
    )
