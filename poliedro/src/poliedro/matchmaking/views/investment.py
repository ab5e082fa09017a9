"""Investors and rounds: theses, readiness, and deals by consent."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import (
    READINESS_LABELS,
    DealEndForm,
    InvestedForm,
    ReadinessForm,
    RoundForm,
    ThesisForm,
)
from poliedro.matchmaking.models import Card, Deal, FundingRound, Thesis
from poliedro.matchmaking.queries.cards import own_organisations, province_of
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.queries.found import Reason
from poliedro.matchmaking.rules.readiness import READINESS, missing, passes_gate
from poliedro.matchmaking.services import investment as investment_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, starting, steps_of
from poliedro.matchmaking.views.find import one
from poliedro.registry.queries.visibility import kept_back
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.templatetags.poliedro import spoken_number

OPENED = ("introduced", "talks", "invested")
"""States of a deal in which both sides know each other and the data room is open."""


def reason_words(code: str) -> str:
    return {
        "field": _("the field"),
        "place": _("the place"),
        "amount": _("the amount"),
        "stage": _("the stage"),
    }.get(code, code)


@public
def investors(request: HttpRequest) -> HttpResponse:
    """What investors look for, how much is being raised, and, for those concerned, the deal flow."""
    user = request.user
    theses = list(Thesis.objects.filter(is_active=True).select_related("organisation"))
    rounds = list(FundingRound.objects.filter(is_open=True).select_related("organisation__territory__parent"))
    own = own_organisations(user)
    staff = user.is_authenticated and user.has_perm("matchmaking.follow_deals")
    ready = [r for r in rounds if passes_gate(r.readiness)]
    invested = sum(d.invested_eur or 0 for d in Deal.objects.filter(state=Deal.State.INVESTED))
    parts = []
    if user.is_authenticated:
        parts.append(_deal_flow(own, staff))
        mine = [r for r in rounds if r.organisation_id in own or staff]
        if mine:
            parts.append(
                Part(
                    _("Funding rounds"),
                    items=[
                        Item(
                            str(r),
                            reverse("matchmaking:round", args=[r.pk]),
                            meta=f"{r.get_stage_display()} · {spoken_number(r.amount_eur, 0)} EUR",
                            text=r.text,
                            tags=[_("ready") if passes_gate(r.readiness) else _("not ready yet")],
                        )
                        for r in mine
                    ],
                )
            )
    stages = dict(Card.Stage.choices)
    parts.append(
        Part(
            _("What investors look for"),
            items=[
                Item(
                    str(t.organisation),
                    reverse("portal:organisation", args=[t.organisation_id]),
                    meta=_("%(a)s to %(b)s EUR · %(stages)s")
                    % {
                        "a": spoken_number(t.least_eur, 0),
                        "b": spoken_number(t.most_eur, 0),
                        "stages": ", ".join(str(stages.get(s, s)) for s in t.stages),
                    },
                    text=t.text,
                    tags=labels_of(t.fields),
                )
                for t in theses
            ],
            empty=Empty(_("No investor yet"), _("Investors say here what they look for: stage, amount, field, place.")),
        )
    )
    actions = _actions(user, own)
    if actions:
        parts.append(Part(_("Take part"), actions=actions))
    return page(
        request,
        Shown(
            ngettext(
                "%(n)d start-up raises money, %(ready)d are ready for investors",
                "%(n)d start-ups raise money, %(ready)d are ready for investors",
                len(rounds),
            )
            % {"n": len(rounds), "ready": len(ready)},
            _("%(eur)s EUR were invested through introductions so far. A start-up is shown only when it agrees.")
            % {"eur": spoken_number(invested, 0)},
            parts,
            [Crumb(_("Investors"))],
            synthetic=any(t.is_synthetic for t in theses),
        ),
    )


def _deal_flow(own: list[int], staff: bool) -> Part:
    rows = Deal.objects.select_related("round__organisation__territory__parent", "thesis__organisation")
    found = [
        d
        for d in rows
        if staff
        or d.round.organisation_id in own
        or (d.thesis.organisation_id in own and d.state != Deal.State.SUGGESTED)
    ]
    return Part(
        _("Deal flow"),
        items=[
            Item(
                f"{_start_up(d, own, staff)} – {d.thesis}",
                reverse("matchmaking:deal", args=[d.pk]),
                meta=f"{d.get_state_display()} · {spoken_number(d.round.amount_eur, 0)} EUR",
                reasons=[Reason(reason_words(code), weight) for code, weight in d.reasons],
            )
            for d in found
        ],
        empty=Empty(_("No deal yet"), _("Rounds that fit a thesis appear here, once the start-up is ready.")),
    )


def _start_up(deal: Deal, own: list[int], staff: bool) -> str:
    """The start-up's name for those who may know it; else its province."""
    if staff or deal.round.organisation_id in own or deal.state in OPENED:
        return str(deal.round)
    body = deal.round.organisation
    place = "" if kept_back(among=[body.pk])["place"] else province_of(body)
    return _("a start-up in %(place)s") % {"place": place or "–"}


def _actions(user: Any, own: list[int]) -> list[Action]:
    if not own:
        return []

    def state(fields_: list[str], places: str, **fields: Any) -> str:
        investment_.state_thesis(by=user, fields=fields_, places=places.upper().split(), **fields)
        return reverse("matchmaking:investors")

    def raise_money(fields_: list[str], readiness: list[str], papers: str, **fields: Any) -> str:
        made = investment_.open_round(
            by=user,
            fields=fields_,
            readiness=dict.fromkeys(readiness, True),
            papers=[p.strip() for p in papers.splitlines() if p.strip()],
            **fields,
        )
        return reverse("matchmaking:round", args=[made.pk])

    return [
        Action(
            "round",
            _("Open the round"),
            raise_money,
            lambda *a, **m: RoundForm(*a, own=own, **m),
            title=_("We raise money"),
            closed=True,
        ),
        Action(
            "thesis", _("Save"), state, lambda *a, **m: ThesisForm(*a, own=own, **m), title=_("We invest"), closed=True
        ),
    ]


@signed_in
def funding_round(request: HttpRequest, pk: int) -> HttpResponse:
    """A round as its start-up and the agency see it."""
    found = one(FundingRound.objects.select_related("organisation"), pk)
    user = request.user
    own = user.has_perm("matchmaking.act_for", found)
    if not own and not user.has_perm("matchmaking.follow_deals"):
        raise PermissionDenied(str(pk))
    here = reverse("matchmaking:round", args=[pk])
    lacking = missing(found.readiness)
    actions = []
    if own:
        actions.append(
            Action(
                "readiness",
                _("Save"),
                lambda readiness: str(
                    investment_.change_readiness(funding_round=found, readiness=dict.fromkeys(readiness, True), by=user)
                    and here
                ),
                starting(ReadinessForm, {"readiness": [k for k in READINESS if found.readiness.get(k)]}),
                title=_("What is ready"),
                closed=passes_gate(found.readiness),
            )
        )
    deals = found.deals.select_related("thesis__organisation")
    return page(
        request,
        Shown(
            _("%(name)s is ready for investors") % {"name": found}
            if passes_gate(found.readiness)
            else _("%(name)s still lacks %(n)d of six for investors") % {"name": found, "n": len(lacking)},
            found.text,
            [
                Part(
                    facts=[
                        (_("Amount"), f"{spoken_number(found.amount_eur, 0)} EUR"),
                        (_("Stage"), found.get_stage_display()),
                        (_("Missing"), ", ".join(str(READINESS_LABELS[k]) for k in lacking) or _("nothing")),
                        (_("In the data room"), ", ".join(found.papers) or "–"),
                    ],
                    actions=actions,
                ),
                Part(
                    _("Investors that fit"),
                    items=[
                        Item(
                            str(d.thesis),
                            reverse("matchmaking:deal", args=[d.pk]),
                            meta=str(d.get_state_display()),
                            reasons=[Reason(reason_words(code), weight) for code, weight in d.reasons],
                        )
                        for d in deals
                    ],
                    empty=Empty(_("None yet"), _("Investors whose thesis fits appear here once the round is ready.")),
                ),
            ],
            [Crumb(_("Investors"), reverse("matchmaking:investors")), Crumb(str(found))],
            synthetic=found.is_synthetic,
            tags=labels_of(found.fields),
        ),
    )


@signed_in
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """A deal from the suggestion to the investment or the reason why not."""
    found = one(Deal.objects.select_related("round__organisation__territory__parent", "thesis__organisation"), pk)
    user = request.user
    own = own_organisations(user)
    raises, invests = found.round.organisation_id in own, found.thesis.organisation_id in own
    staff = user.has_perm("matchmaking.follow_deals")
    if not (raises or staff or (invests and found.state != Deal.State.SUGGESTED)):
        raise PermissionDenied(str(pk))
    here = reverse("matchmaking:deal", args=[pk])
    facts: list[tuple[str, Any]] = [
        (_("Start-up"), _start_up(found, own, staff)),
        (_("Investor"), found.thesis),
        (_("Amount"), f"{spoken_number(found.round.amount_eur, 0)} EUR"),
        (_("Where it stands"), found.get_state_display()),
    ]
    if found.state in OPENED:
        facts.append((_("In the data room"), ", ".join(found.round.papers) or "–"))
    if found.invested_eur:
        facts.append((_("Invested"), f"{spoken_number(found.invested_eur, 0)} EUR"))
    if found.note:
        facts.append((_("Note"), found.note))
    return page(
        request,
        Shown(
            f"{_start_up(found, own, staff)} – {found.thesis}",
            found.round.text,
            [
                Part(facts=facts, actions=_deal_actions(user, found, raises, invests, staff, here)),
                Part(_("Steps"), events=steps_of(f"deal:{found.pk}", choices(Deal, "state"))),
            ],
            [Crumb(_("Investors"), reverse("matchmaking:investors")), Crumb(_("Deal"))],
            synthetic=found.is_synthetic,
        ),
    )


def _deal_actions(user: Any, found: Deal, raises: bool, invests: bool, staff: bool, here: str) -> list[Action]:
    state, actions = found.state, []
    if state == Deal.State.SUGGESTED and raises:
        actions.append(
            Action(
                "offer",
                _("Yes, show our round to this investor"),
                lambda: str(investment_.offer(deal=found, by=user) and here),
                under=_("It sees your round and province; your name only when it wants to meet."),
            )
        )
    if state == Deal.State.OFFERED and invests:
        actions.append(
            Action("accept", _("We want to meet"), lambda: str(investment_.accept(deal=found, by=user) and here))
        )
    if state == Deal.State.INTRODUCED:
        actions.append(
            Action("talk", _("We are in talks"), lambda: str(investment_.talk(deal=found, by=user) and here))
        )
    if state in (Deal.State.INTRODUCED, Deal.State.TALKS):
        actions.append(
            Action(
                "invested",
                _("Store"),
                lambda invested_eur, note: str(
                    investment_.store_investment(deal=found, invested_eur=invested_eur, by=user, note_=note) and here
                ),
                InvestedForm,
                title=_("Money was invested"),
                closed=True,
            )
        )
    if state not in (Deal.State.INVESTED, Deal.State.DECLINED):
        actions.append(
            Action(
                "decline",
                _("No"),
                lambda note: str(investment_.decline_deal(deal=found, by=user, note_=note) and here),
                DealEndForm,
                title=_("It led to nothing"),
                second=True,
                closed=True,
            )
        )
    return actions
