"""The single access point: ask, see who can help, send it to a person, follow the ticket, and one's own questions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import AskForm, MessageForm, RatingForm
from poliedro.matchmaking.models import Ticket, TicketSuggestion
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.engine import last_run
from poliedro.matchmaking.queries.found import Found, Reason, kind_label
from poliedro.matchmaking.services import tickets as tickets_
from poliedro.matchmaking.services.search import kinds_found, search
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page, starting
from poliedro.registry.models import Organisation
from poliedro.registry.present import facet
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Facet
from poliedro.shared.templatetags.poliedro import day as spoken_day

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
                empty=_nothing(),
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


def _nothing() -> Empty:
    below = _("Send the question below: a person of the cluster network knows whom to ask.")
    if last_run("card-index") is None:
        return Empty(_("The search is being built for the first time"), below)
    return Empty(_("Nothing was found for these words"), below)


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
                messages_of(ticket),
                Part(
                    _("Proposed to you"),
                    items=[suggested(s, _wish(s, ticket, by, here)) for s in proposed],
                    empty=Empty(_("Nothing proposed yet"), _("Who may help appears here.")),
                ),
                Part(actions=actions),
            ],
            [Crumb(_("Ask"), reverse("matchmaking:ask")), Crumb(ticket.code)],
            synthetic=ticket.is_synthetic,
        ),
    )


def _wish(s: TicketSuggestion, ticket: Ticket, by: Any, here: str) -> list[Action]:
    """The asker takes a proposal, and thereby lets the other side know of the question."""
    if s.state != TicketSuggestion.State.PROPOSED or ticket.state == Ticket.State.CLOSED:
        return []
    return [
        Action(
            f"want-{s.pk}",
            _("Put us in contact"),
            lambda: str(tickets_.want_suggestion(suggestion=s, by=by) and here),
            under=_("They then read your question, your name and your e-mail address."),
            done=_("The person in charge was told, and whoever acts for them here."),
        )
    ]


@signed_in
def my_questions(request: HttpRequest) -> HttpResponse:
    """The questions of the person and of the organisations that it acts for: where each stands, who has it, by when."""
    user, today = request.user, timezone.localdate()
    rows = list(
        Ticket.objects.filter(Q(created_by=user) | Q(organisation__in=own_organisations(user)))
        .exclude(state=Ticket.State.DROPPED)
        .select_related("owner__person")
        .order_by("-created_at", "-pk")
    )
    pending = [t for t in rows if t.state in (Ticket.State.OPEN, Ticket.State.CONTACTED)]
    return page(
        request,
        Shown(
            ngettext("%(n)d question of ours is under way", "%(n)d questions of ours are under way", len(pending))
            % {"n": len(pending)}
            if rows
            else _("We have asked nothing yet"),
            "",
            [
                Part(
                    items=[
                        Item(
                            t.question[:110],
                            reverse("matchmaking:asker", args=[tickets_.key_of(t)]),
                            meta=_promise(t),
                            tags=[
                                t.get_state_display(),
                                *([_("past its promise")] if is_late(t, today) else []),
                                *([t.get_outcome_display()] if t.outcome else []),
                            ],
                        )
                        for t in rows
                    ],
                    empty=Empty(
                        _("No question yet"),
                        _("Ask in your own words; a person of the cluster network takes it on."),
                        _("Ask"),
                        reverse("matchmaking:ask"),
                    ),
                ),
                *([Part(links=[(_("Ask something"), reverse("matchmaking:ask"))])] if rows else []),
            ],
            [Crumb(_("Ask"), reverse("matchmaking:ask")), Crumb(_("Our questions"))],
            synthetic=any(t.is_synthetic for t in rows),
        ),
    )


def _promise(ticket: Ticket) -> str:
    """Number, who has it, and what was promised or done by which day."""
    parts = [ticket.code]
    if ticket.owner:
        parts.append(str(ticket.owner))
    if ticket.state == Ticket.State.OPEN and ticket.promised_on:
        parts.append(_("first answer by %(day)s") % {"day": spoken_day(ticket.promised_on)})
    elif ticket.contacted_at:
        parts.append(_("first answer on %(day)s") % {"day": spoken_day(timezone.localdate(ticket.contacted_at))})
    return " · ".join(parts)


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


def messages_of(ticket: Ticket) -> Part:
    rows = ticket.messages.select_related("by")
    return Part(
        _("Messages"),
        items=[
            Item(str(m.by) if m.by else ticket.name or _("Asker"), meta=spoken_day(m.at.date()), text=m.text)
            for m in rows
        ],
        empty=Empty(_("No message yet"), _("What you write to each other appears here.")),
    )


def suggested(s: TicketSuggestion, actions: Any = ()) -> Item:
    return Item(
        s.title,
        s.url,
        meta=f"{kind_label(s.kind)} · {s.get_state_display()}",
        reasons=[Reason(words, weight) for words, weight in s.reasons],
        actions=actions,
    )


def is_late(ticket: Ticket, today: date) -> bool:
    return ticket.state == Ticket.State.OPEN and ticket.promised_on is not None and ticket.promised_on < today
