"""The single access point: ask, see who can help, send it to a person, follow the ticket."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import AskForm, CloseTicketForm, HandOverForm, MessageForm, RatingForm, SuggestionForm
from poliedro.matchmaking.models import Ticket, TicketSuggestion
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.engine import last_run
from poliedro.matchmaking.queries.found import Found, Reason, kind_label
from poliedro.matchmaking.services import tickets as tickets_
from poliedro.matchmaking.services.search import kinds_found, search
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, starting, steps_of
from poliedro.matchmaking.views.find import ticket_by_code
from poliedro.registry.models import Organisation
from poliedro.registry.present import facet
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.components import Crumb, Empty, Facet
from poliedro.shared.templatetags.poliedro import day as spoken_day
from poliedro.shared.templatetags.poliedro import spoken_number

RESULTS = 12


@public
def ask(request: HttpRequest) -> HttpResponse:
    """One question in one's own words: who can help, each with the reason, and a person who takes it on."""
    text = request.GET.get("q", "").replace("\x00", " ").strip()[:600]
    kind = request.GET.get("kind", "")
    found = search(text, request.user, RESULTS, kind) if text else []
    parts: list[Part] = []
    facets: list[Facet] = []
    if text:
        parts.append(
            Part(
                items=[item_of(f) for f in found],
                empty=Empty(
                    _("Nothing was found for these words"),
                    _("Send the question below: a person of the cluster network knows whom to ask."),
                ),
                notes=[
                    _(
                        "Words and fields that your question shares with what people, laboratories and firms say of "
                        "themselves, in Italian and English; rare words weigh more. The shares say how much of the "
                        "score each makes up; only the largest are shown. Who is in the region comes before who is "
                        "elsewhere, people and services before projects."
                    ),
                ],
            )
        )
        counts = kinds_found(text)
        facets = [facet("kind", _("What it is"), [(k, kind_label(k), n) for k, n in counts], request.GET)]
    parts.append(Part(_("Let a person find out"), actions=[_send(request, text, found)]))
    title = _("Who can help you with research, tests, training, partners?")
    if text:
        title = (
            ngettext("%(n)d answer for “%(text)s”", "%(n)d answers for “%(text)s”", len(found))
            % {"n": len(found), "text": text[:80]}
            if found
            else _("Nothing was found for “%(text)s”") % {"text": text[:80]}
        )
    return page(
        request,
        Shown(
            title,
            "" if text else _("Ask in your own words. No account is needed."),
            parts,
            [Crumb(_("Ask"))],
            synthetic=any(f.synthetic for f in found),
            facets=facets,
            ask=text,
        ),
    )


def item_of(found: Found) -> Item:
    return Item(
        found.title,
        found.url,
        meta=f"{kind_label(found.kind)} · {found.organisation}" if found.organisation else kind_label(found.kind),
        text=found.text,
        tags=found.tags,
        reasons=found.reasons,
    )


def _send(request: HttpRequest, text: str, found: list[Found]) -> Action:
    user = request.user
    first: dict[str, Any] = {"question": text}
    if user.is_authenticated:
        first |= {"name": user.name, "email": user.email}

    def do(agreed: bool, website: str, firm: str, **fields: Any) -> str:
        own = own_organisations(user)
        body = Organisation.objects.filter(pk__in=own[:1]).first() if own else None
        ticket = tickets_.ask(
            found=found or search(fields["question"], user, RESULTS),
            by=user,
            language=request.LANGUAGE_CODE[:2],
            sender=tickets_.sender_of(request.META.get("REMOTE_ADDR", "")),
            organisation=body,
            firm=str(body) if body else firm,
            **fields,
        )
        if ticket.state == Ticket.State.UNCONFIRMED:
            return reverse("matchmaking:asked")
        return reverse("matchmaking:asker", args=[tickets_.key_of(ticket)])

    return Action(
        "send",
        _("Send the question"),
        do,
        starting(AskForm, first),
        title=_("Send it to a person"),
        under=_(
            "It goes to the contact who knows the field and has most room, with a first answer promised within three "
            "working days. Without an account you confirm your address by e-mail first."
        ),
        closed=bool(text and found) or not text,
    )


@public
def asked(request: HttpRequest) -> HttpResponse:
    """What happens next, for someone without an account."""
    return page(
        request,
        Shown(
            _("Please confirm your address"),
            _("An e-mail is on its way. Open the link in it and confirm; then a person takes your question on."),
            [Part(links=[(_("Ask something else"), reverse("matchmaking:ask"))])],
            [Crumb(_("Ask"), reverse("matchmaking:ask")), Crumb(_("Confirm"))],
        ),
    )


@public
def asker(request: HttpRequest, key: str) -> HttpResponse:
    """The ticket as its asker follows it, under the secret address of the letter."""
    ticket = tickets_.ticket_of(key)
    if ticket is None or ticket.state == Ticket.State.DROPPED:
        raise Http404(key)
    here = reverse("matchmaking:asker", args=[key])
    by = request.user if request.user.is_authenticated else None
    if ticket.state == Ticket.State.UNCONFIRMED:
        confirm = Action(
            "confirm",
            _("Confirm and send"),
            lambda: str(tickets_.confirm(ticket=ticket, by=by) and here),
            done=_("Confirmed. A person has it now."),
        )
        return page(
            request,
            Shown(
                _("Is this your question?"),
                "",
                [Part(text=ticket.question, actions=[confirm])],
                [Crumb(_("Ask"), reverse("matchmaking:ask")), Crumb(ticket.code)],
            ),
        )
    actions = []
    if ticket.state != Ticket.State.CLOSED:
        actions.append(
            Action(
                "write",
                _("Send"),
                lambda text: str(tickets_.write_message(ticket=ticket, text=text, by=by, from_asker=True) and here),
                MessageForm,
                title=_("Write to the person in charge"),
                closed=ticket.state == Ticket.State.ANSWERED,
            )
        )
    if ticket.state in (Ticket.State.ANSWERED, Ticket.State.CLOSED) and ticket.rating is None:
        actions.insert(
            0,
            Action(
                "rate",
                _("Rate"),
                lambda rating: str(tickets_.rate(ticket=ticket, rating=rating) and here),
                RatingForm,
                title=_("Was this useful?"),
                done=_("Thank you."),
            ),
        )
    proposed = [s for s in ticket.suggestions.all() if s.state != TicketSuggestion.State.FOUND]
    return page(
        request,
        Shown(
            _asker_title(ticket),
            ticket.question,
            [
                Part(facts=_asker_facts(ticket)),
                _messages(ticket),
                Part(
                    _("Proposed to you"),
                    items=[_suggested(s) for s in proposed],
                    empty=Empty(_("Nothing proposed yet"), _("Who may help appears here.")),
                ),
                Part(actions=actions),
            ],
            [Crumb(_("Ask"), reverse("matchmaking:ask")), Crumb(ticket.code)],
            synthetic=ticket.is_synthetic,
        ),
    )


def _asker_title(ticket: Ticket) -> str:
    if ticket.state == Ticket.State.OPEN:
        return _("%(who)s answers by %(day)s") % {
            "who": ticket.owner,
            "day": spoken_day(ticket.promised_on),
        }
    if ticket.state == Ticket.State.CONTACTED:
        return _("%(who)s is working on your question") % {"who": ticket.owner}
    if ticket.state == Ticket.State.ANSWERED:
        return _("Your question was answered")
    return _("Your question is closed: %(outcome)s") % {"outcome": ticket.get_outcome_display()}


def _asker_facts(ticket: Ticket) -> list[tuple[str, Any]]:
    facts = [(_("Number"), ticket.code), (_("Person in charge"), ticket.owner)]
    if ticket.state == Ticket.State.OPEN:
        facts.append((_("First contact by"), spoken_day(ticket.promised_on)))
    return facts


def _messages(ticket: Ticket) -> Part:
    rows = ticket.messages.select_related("by")
    return Part(
        _("Messages"),
        items=[
            Item(str(m.by) if m.by else ticket.name or _("Asker"), meta=spoken_day(m.at.date()), text=m.text)
            for m in rows
        ],
        empty=Empty(_("No message yet"), _("What you write to each other appears here.")),
    )


def _suggested(s: TicketSuggestion, actions: Any = ()) -> Item:
    return Item(
        s.title,
        s.url,
        meta=f"{kind_label(s.kind)} · {s.get_state_display()}",
        reasons=[Reason(words, weight) for words, weight in s.reasons],
        actions=actions,
    )


def my_tickets(user: Any) -> QuerySet[Ticket]:
    """Tickets that the person may answer, the most urgent first."""
    rows = Ticket.objects.exclude(state__in=("unconfirmed", "dropped")).select_related("owner__person")
    if not user.has_perm("matchmaking.answer_tickets"):
        clusters = [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER]
        rows = rows.filter(cluster__in=[c for c in clusters if c is not None])
    return rows.order_by("promised_on", "pk")


def _is_late(ticket: Ticket, today: date) -> bool:
    return ticket.state == Ticket.State.OPEN and ticket.promised_on is not None and ticket.promised_on < today


@signed_in
def tickets(request: HttpRequest) -> HttpResponse:
    """Tickets of one's own cluster, or all for the agency."""
    today = timezone.localdate()
    every = list(my_tickets(request.user))
    state = request.GET.get("state", "")
    rows = [t for t in every if t.state == state] if state else [t for t in every if t.state != Ticket.State.CLOSED]
    late = sum(_is_late(t, today) for t in every)
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
                                *([_("past its promise")] if _is_late(t, today) else []),
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
                CloseTicketForm,
                title=_("Close with its outcome"),
                done=_("Closed, with its outcome."),
                second=True,
                closed=True,
            )
        )
    suggestions = [
        _suggested(
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
        "suggestion_taken": _("took it on"),
        "suggestion_declined": _("declined"),
    }
    return page(
        request,
        Shown(
            ticket.question[:120],
            ticket.question if len(ticket.question) > 120 else "",
            [
                Part(facts=facts),
                _messages(ticket),
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
