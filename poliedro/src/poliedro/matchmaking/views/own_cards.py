"""Cards of one's own: written, changed, listed with the interests in them; those that wait for review."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import CardForm, NewCardForm
from poliedro.matchmaking.models import Card, Interest
from poliedro.matchmaking.queries.cards import cards_to_review, own_cards, own_organisations
from poliedro.matchmaking.services import cards as cards_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page, starting
from poliedro.matchmaking.views.cards import crumbs
from poliedro.matchmaking.views.find import card_by_code
from poliedro.registry.models import Organisation
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.templatetags.poliedro import day as spoken_day


@signed_in
def new_card(request: HttpRequest) -> HttpResponse:
    """A card of one's own organisation."""
    own = own_organisations(request.user)
    if not own:
        raise PermissionDenied(_("a card belongs to an organisation that the person acts for"))

    def do(organisation: Organisation, **fields: Any) -> str:
        made = cards_.draft_card(organisation=organisation, by=request.user, **fields)
        return reverse("matchmaking:card", args=[made.code])

    first = {k: request.GET[k] for k in ("kind", "topic", "text") if k in request.GET}
    return page(
        request,
        Shown(
            _("New card"),
            _("Say what you need or offer. Staff of your cluster review it, usually within two working days."),
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Save as draft"),
                            do,
                            starting(NewCardForm, {"language": request.LANGUAGE_CODE[:2], **first}, own=own),
                            title=_("Need or offer"),
                            done=_("Saved. Nobody else sees it until you ask for publication."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(_("New card"))),
        ),
    )


@signed_in
def edit_card(request: HttpRequest, code: str) -> HttpResponse:
    found = card_by_code(code)
    if not request.user.has_perm("matchmaking.act_for", found):
        raise PermissionDenied(code)
    first = {name: getattr(found, name) for name in CardForm.base_fields}

    def do(**fields: Any) -> str:
        cards_.change_card(card=found, by=request.user, **fields)
        return reverse("matchmaking:card", args=[code])

    return page(
        request,
        Shown(
            _("Change %(title)s") % {"title": found.title},
            _("A published card goes back to review when it is changed."),
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Save"),
                            do,
                            starting(CardForm, first),
                            title=_("Need or offer"),
                            done=_("Saved."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(found.code, reverse("matchmaking:card", args=[code])), Crumb(_("Change the card"))),
            synthetic=found.is_synthetic,
        ),
    )


@signed_in
def my_cards(request: HttpRequest) -> HttpResponse:
    """The cards of the organisations that one acts for, and the interests of both directions."""
    rows = list(own_cards(request.user))
    own = own_organisations(request.user)
    sent = Interest.objects.filter(organisation__in=own).select_related("card").order_by("-created_at")[:50]
    received = (
        Interest.objects.filter(card__organisation__in=own)
        .select_related("card", "organisation")
        .order_by("-created_at")
    )
    waiting = sum(i.state == Interest.State.SENT for i in received)
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d card of ours, %(waiting)d interests to answer",
                "%(n)d cards of ours, %(waiting)d interests to answer",
                len(rows),
            )
            % {"n": len(rows), "waiting": waiting},
            "",
            [
                Part(
                    _("Our cards"),
                    items=[
                        Item(
                            c.title,
                            reverse("matchmaking:card", args=[c.code]),
                            meta=f"{c.code} · {c.get_kind_display()} · {c.get_state_display()}"
                            + (" · " + _("until %(day)s") % {"day": spoken_day(c.expires_on)} if c.expires_on else ""),
                            text=c.review_note if c.state == Card.State.REFUSED else "",
                        )
                        for c in rows
                    ],
                    empty=Empty(
                        _("No card yet"),
                        _("A need or an offer in your own words; others find it, and the engine looks for partners."),
                        _("New card"),
                        reverse("matchmaking:new_card"),
                    ),
                    links=[(_("New card"), reverse("matchmaking:new_card"))] if own else [],
                ),
                Part(
                    _("Interest in our cards"),
                    items=[
                        Item(
                            str(i.organisation),
                            reverse("matchmaking:interest", args=[i.pk]),
                            meta=f"{i.card.code} {i.card.title} · {i.get_state_display()}",
                        )
                        for i in received
                    ],
                    empty=Empty(_("Nobody yet"), _("Interests of others appear here, to accept or decline.")),
                ),
                Part(
                    _("Our interest in others"),
                    items=[
                        Item(
                            i.card.title,
                            reverse("matchmaking:interest", args=[i.pk]),
                            meta=f"{i.card.code} · {i.get_state_display()}",
                        )
                        for i in sent
                    ],
                    empty=Empty(
                        _("None yet"),
                        _("Open a card and send your interest."),
                        _("Needs and offers"),
                        reverse("matchmaking:cards"),
                    ),
                ),
            ],
            crumbs(Crumb(_("My cards"))),
            synthetic=any(c.is_synthetic for c in rows),
        ),
    )


@signed_in
def review(request: HttpRequest) -> HttpResponse:
    """Cards that wait for review, for those who may."""
    rows = list(cards_to_review(request.user))
    return page(
        request,
        Shown(
            ngettext("%(n)d card waits for review", "%(n)d cards wait for review", len(rows)) % {"n": len(rows)},
            _("Does it say clearly what is wanted? Does it name nobody who wants to stay unknown? Then publish it."),
            [
                Part(
                    items=[
                        Item(
                            c.title,
                            reverse("matchmaking:card", args=[c.code]),
                            meta=f"{c.code} · {c.organisation} · {c.get_topic_display()}",
                            text=c.text,
                        )
                        for c in rows
                    ],
                    empty=Empty(_("Nothing to review"), _("Cards appear here when firms ask for publication.")),
                )
            ],
            crumbs(Crumb(_("Review"))),
            synthetic=any(c.is_synthetic for c in rows),
        ),
    )
