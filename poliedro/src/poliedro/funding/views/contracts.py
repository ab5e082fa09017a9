"""The contract over a granted application: its parties read and sign it, the region draws it up and signs last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms import ContractForm, LowerForm, NoteForm, PendingForm, ReasonForm
from poliedro.funding.models import AidAward, Application, Contract
from poliedro.funding.queries.contracts import contract_in_force, still_to_record, unsigned
from poliedro.funding.queries.same_costs import same_costs
from poliedro.funding.queries.shortfalls import grants_of, shortfalls
from poliedro.funding.rules.states import NotAllowed, can_move
from poliedro.funding.rules.thresholds import TooMuchAid
from poliedro.funding.services.contracts import (
    decline_contract,
    draw_contract,
    end_contract,
    grant_from_reserve,
    revoke_grant,
    sign_contract,
)
from poliedro.funding.services.lowering import lower_grant
from poliedro.funding.views.applications import _only, _valid, open_application
from poliedro.funding.views.calls import call_crumbs, in_words, title_of
from poliedro.funding.views.limits import warnings_of
from poliedro.funding.views.money import same_costs_table
from poliedro.funding.views.words import refusal_words
from poliedro.registry.models import Organisation
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import spoken_number

TERM = timedelta(days=30)
"""Proposed to sign: that many days from the drawing up."""


@signed_in
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest contract with its signatures, the ones before it, and what the person may do."""
    found, _lead, officer, mine = open_application(request, pk)
    rows = list(found.contracts.order_by("-number"))
    today = timezone.localdate()
    newest = rows[0] if rows else None
    is_open = newest is not None and newest.state == Contract.State.DRAWN
    left = unsigned(newest) if newest else set()
    can_draw = officer and found.state == Application.State.GRANTED and not is_open
    is_before = found.state == Application.State.GRANTED and contract_in_force(found) is None
    duration = found.facts.get("duration_months")
    return render(
        request,
        "funding/contract.html",
        {
            "application": found,
            "call_title": title_of(found.line.call),
            "line_title": in_words(found.line.title_it, found.line.title_en),
            "newest": newest,
            "drawn": _drawn(newest) if newest else None,
            "before": rows[1:],
            "is_open": is_open,
            "to_sign": [p for p in newest.terms["parties"] if p["organisation"] in left & set(mine)]
            if is_open and newest
            else [],
            "region_signs": is_open and officer and not left,
            "pending_form": PendingForm() if officer and not left and _only_pending_binds(found, today) else None,
            "warnings": _warnings(found, newest if is_open else None, today, officer, mine) if is_before else [],
            "lower_form": _lower_form(found, today) if officer and is_before else None,
            "costs": same_costs_table(same_costs(found, today)) if is_open and officer else None,
            "needs": _needs(found) if can_draw else [],
            "can_draw": can_draw,
            "can_end": is_open and officer,
            "can_revoke": officer and can_move(found.state, Application.State.REVOKED),
            "form": ContractForm(
                initial={
                    "starts_on": today,
                    "ends_on": _months_on(today, int(Decimal(str(duration)))) if duration else None,
                    "sign_by": today + TERM,
                }
            ),
            "decline_form": ReasonForm(auto_id="decline_%s"),
            "end_form": ReasonForm(auto_id="end_%s"),
            "revoke_form": ReasonForm(auto_id="revoke_%s"),
            "synthetic_data": found.certainty == "synthetic" or found.organisation.is_synthetic,
            "crumbs": call_crumbs(
                Crumb(found.title, reverse("funding:application", args=[found.pk])), Crumb(_("Contract"))
            ),
        },
    )


def _only_pending_binds(application: Application, today: date) -> bool:
    """A party's grant fits alone, and not beside what waits for a signature elsewhere."""
    found = shortfalls(application, today)
    return bool(found) and all(s.only_pending for s in found)


def _months_on(day: date, months: int) -> date:
    """The day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _needs(application: Application) -> list[str]:
    """What is missing before a contract can be drawn up."""
    found = []
    if not application.cup:
        found.append(_("The CUP: an act that grants public money without it is void."))
    if not application.milestones.exists():
        found.append(_("At least one milestone: the contract is followed by them."))
    return found


def _warnings(found: Application, drawn: Contract | None, today: date, officer: bool, mine: list[int]) -> list[str]:
    """What the region's signature would be refused for; a party reads its own amounts alone."""
    limits = warnings_of(found, today, None if officer else mine)
    return [*limits, *(_cost_warnings(drawn, today) if drawn is not None and officer else [])]


def _lower_form(application: Application, today: date, data: Any = None) -> LowerForm:
    """For one party of the grant; filled in with the first that passes what is left, and what is left."""
    grants = grants_of(application)
    parties = [
        (p.organisation_id, _("%(who)s, granted EUR %(eur)s")
         % {"who": p.organisation, "eur": spoken_number(grants.get(p.organisation_id, Decimal(0)), 2)})
        for p in application.partners.select_related("organisation")
    ]  # fmt: skip
    beyond = shortfalls(application, today)
    initial = {}
    if beyond:  # less by what passes: a loan's part of the aid stays, and so does what was recorded before
        first = beyond[0]
        least = grants.get(first.organisation.pk, Decimal(0)) - (first.grant_eur - first.room_eur)
        initial = {"party": first.organisation.pk, "grant_eur": max(Decimal(0), least)}
    return LowerForm(parties, data, initial=initial, auto_id="lower_%s")


def _cost_warnings(found: Contract, today: date) -> list[str]:
    """Parties whose grant, with other aid for the same costs, would pass the highest intensity."""
    says = _("%(who)s: EUR %(room)s are left within the highest intensity for these costs, the grant is EUR %(grant)s.")
    grants = still_to_record(found)
    return [
        says % {"who": s.partner.organisation, "room": spoken_number(s.room_eur, 2), "grant": spoken_number(grant, 2)}
        for s in same_costs(found.application, today)
        if s.room_eur is not None and (grant := grants.get(s.partner.organisation_id, Decimal(0))) > s.room_eur
    ]


def _drawn(found: Contract) -> dict[str, Any]:
    """The terms as the page and the paper show them."""
    terms = found.terms
    lends = any(p.get("loan_aid_eur") for p in terms["parties"])
    parties = [
        [p["name"], Decimal(p["cost_eur"]), Decimal(p["grant_eur"]), Decimal(p["loan_eur"]),
         *([Decimal(p.get("loan_aid_eur") or 0)] if lends else [])]
        for p in terms["parties"]
    ]  # fmt: skip
    worth = [sum((row[4] for row in parties), Decimal(0))] if lends else []
    signed = {s.organisation_id: s.at for s in found.signatures.all()}
    region = _("The region")
    return {
        "terms": {
            **terms,
            **{k: date.fromisoformat(terms[k]) for k in ("starts_on", "ends_on", "decided_on")},
        },
        "regime": dict(AidAward.Regime.choices).get(terms["regime"], terms["regime"]),
        "milestones": [(m["title"], date.fromisoformat(m["due_on"])) for m in terms["milestones"]],
        "signatures": [
            *[(p["name"], signed.get(p["organisation"])) for p in terms["parties"]],
            (region, signed.get(None)),
        ],
        "money": Table(
            [
                _("Party"),
                _("Cost, EUR"),
                _("Grant, EUR"),
                _("Loan, EUR"),
                *([_("Aid in the loan, EUR")] if lends else []),
            ],
            parties,
            numeric=[1, 2, 3, 4] if lends else [1, 2, 3],
            total=[_("Together"), *(found.money(n) for n in ("cost_eur", "grant_eur", "loan_eur")), *worth],
            decimals={1: 2, 2: 2, 3: 2, 4: 2},
            caption=_("What each party bears, and what it gets"),
        ),
    }


@signed_in
def paper(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A contract as tagged PDF."""
    from poliedro.shared.paper import pdf_of

    application, _lead, _officer, _mine = open_application(request, pk)
    found = get_object_or_404(application.contracts, number=number)
    page = render_to_string(
        "funding/contract_pdf.html",
        {
            "contract": found,
            "drawn": _drawn(found),
            "application": application,
            "call_title": title_of(application.line.call),
            "line_title": in_words(application.line.title_it, application.line.title_en),
            "is_synthetic": application.certainty == "synthetic" or application.organisation.is_synthetic,
        },
        request,
    )
    name = f"{application.cup or application.pk}-{found.number}.pdf"
    return HttpResponse(
        pdf_of(page, ["registry/letter.css"]),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


Act = Callable[[Application, bool, list[int]], str]


def _act(request: HttpRequest, pk: int, act: Act, to: str = "funding:contract") -> HttpResponse:
    """Do one thing and come back; a refusal is shown."""
    found, _lead, officer, mine = open_application(request, pk)
    if request.method == "POST":
        try:
            messages.success(request, act(found, officer, mine))
        except (NotAllowed, TooMuchAid) as refused:
            messages.error(request, refusal_words(refused))
    return redirect(to, found.pk)


@signed_in
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: Application, officer: bool, mine: list[int]) -> str:
        _only(officer)
        draw_contract(
            application=found, by=request.user, today=timezone.localdate(), **_valid(ContractForm(request.POST))
        )
        return _("Drawn up. Every party finds it on its page and signs; the region signs last.")

    return _act(request, pk, act)


@signed_in
def sign(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Sign for a party that the person acts for, or (whoever handles applications) for the region."""

    def act(found: Application, officer: bool, mine: list[int]) -> str:
        drawn = get_object_or_404(found.contracts, number=number)
        party = request.POST.get("organisation", "")
        if party:
            _only(party.isdecimal() and int(party) in mine)
        elif not request.user.has_perm("funding.sign_rankings"):
            raise PermissionDenied
        body = Organisation.objects.get(pk=int(party)) if party else None
        done = sign_contract(
            contract=drawn, organisation=body, by=request.user, today=timezone.localdate(),
            pending_reason="" if party else request.POST.get("pending_reason", ""),
        )  # fmt: skip
        if done.state == Contract.State.IN_FORCE:
            return _("Signed by all: the contract is in force, and the aid is recorded.")
        return _("Signed.")

    return _act(request, pk, act)


@signed_in
def decline(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    def act(found: Application, officer: bool, mine: list[int]) -> str:
        drawn = get_object_or_404(found.contracts, number=number)
        party = request.POST.get("organisation", "")
        _only(party.isdecimal() and int(party) in mine)
        decline_contract(
            contract=drawn, organisation=Organisation.objects.get(pk=int(party)), by=request.user,
            why=_valid(ReasonForm(request.POST))["why"], today=timezone.localdate(),
        )  # fmt: skip
        return _("Declined. The region reads your reason.")

    return _act(request, pk, act)


@signed_in
def end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    def act(found: Application, officer: bool, mine: list[int]) -> str:
        _only(officer)
        end_contract(
            contract=get_object_or_404(found.contracts, number=number), why=_valid(ReasonForm(request.POST))["why"],
            by=request.user, today=timezone.localdate(),
        )  # fmt: skip
        return _("Taken back. You can draw up another.")

    return _act(request, pk, act)


@signed_in
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: Application, officer: bool, mine: list[int]) -> str:
        _only(officer)
        revoke_grant(
            application=found, why=_valid(ReasonForm(request.POST))["why"], by=request.user, today=timezone.localdate()
        )
        return _("Revoked. What it would have got is free for the reserve list.")

    return _act(request, pk, act)


@signed_in
def lower(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant less to one party, before anything is signed."""

    def act(found: Application, officer: bool, mine: list[int]) -> str:
        _only(officer)
        data = _valid(_lower_form(found, timezone.localdate(), request.POST))
        lower_grant(
            application=found, organisation=Organisation.objects.get(pk=int(data["party"])),
            grant_eur=data["grant_eur"], why=data["why"], by=request.user, today=timezone.localdate(),
        )  # fmt: skip
        return _("Lowered. What is saved is free for the reserve list; draw up the contract over the new decision.")

    return _act(request, pk, act)


@signed_in
def reserve(request: HttpRequest, pk: int) -> HttpResponse:
    def act(found: Application, officer: bool, mine: list[int]) -> str:
        _only(officer)
        grant_from_reserve(
            application=found, why=_valid(NoteForm(request.POST))["why"], by=request.user, today=timezone.localdate()
        )
        return _("Granted from the reserve list.")

    return _act(request, pk, act, "funding:application")
