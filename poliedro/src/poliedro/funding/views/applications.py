"""An application from its draft to its results: for its parties and for those who handle it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms import (
    ApplicationForm,
    ClaimForm,
    CupForm,
    EvidenceForm,
    FactsForm,
    MilestoneForm,
    NoteForm,
    OutputForm,
    PartnerForm,
    ReasonForm,
    SettleForm,
    WorkPackageForm,
    keys_of,
    shown_facts,
)
from poliedro.funding.models import Application, Contract, CostClaim, Milestone, Partner
from poliedro.funding.queries.contracts import decided_shares, last_grant
from poliedro.funding.queries.evaluation import grant_asked
from poliedro.funding.queries.facts import dossier_of
from poliedro.funding.queries.partners import named_organisation
from poliedro.funding.queries.receipts import receipt_number
from poliedro.funding.rules.facts import InvalidFact, Scope
from poliedro.funding.rules.states import NotAllowed, can_move
from poliedro.funding.rules.thresholds import TooMuchAid
from poliedro.funding.services.applications import (
    CannotSubmit,
    agree_to_take_part,
    move_application,
    open_points,
    remove_partner,
    save_application,
    set_partner,
    set_work_package,
    submit_application,
)
from poliedro.funding.services.grants import (
    assign_cup,
    claim_cost,
    reach_milestone,
    report_output,
    set_milestone,
    settle_claim,
)
from poliedro.funding.views.calls import (
    application_state,
    call_crumbs,
    in_words,
    language,
    title_of,
)
from poliedro.funding.views.check import every_choice, line_result
from poliedro.funding.views.limits import warnings_of
from poliedro.funding.views.words import FACT_WORDS, decision_words, first_wrong, refusal_words
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import spoken_number

REFUSALS = (NotAllowed, CannotSubmit, InvalidFact, TooMuchAid)

UNSIGNED = (
    Application.State.DRAFT,
    Application.State.SUBMITTED,
    Application.State.IN_EVALUATION,
    Application.State.RESERVE,
    Application.State.GRANTED,
)
"""States in which a grant may still be lowered, or go under another regime."""

GRANTED = (Application.State.GRANTED, Application.State.COMPLETED)
"""States in which the money is that of the decision."""


def open_application(request: HttpRequest, pk: int) -> tuple[Application, bool, bool, list[int]]:
    """The application, whether the person acts for the applicant, whether they handle applications, and the partners
    that they act for. Refuses everybody else."""
    application = get_object_or_404(
        Application.objects.select_related("line__call", "version", "organisation", "project"), pk=pk
    )
    lead = request.user.has_perm("funding.apply", application.organisation)
    officer = request.user.has_perm("funding.handle_applications")
    mine = [
        p.organisation_id
        for p in application.partners.select_related("organisation")
        if request.user.has_perm("funding.apply", p.organisation)
    ]
    if officer and application.state == Application.State.DRAFT and not mine:
        raise PermissionDenied(_("A draft is its applicant's own."))
    if not (lead or officer or mine):
        raise PermissionDenied
    return application, lead, officer, mine


@signed_in
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the application stands: what is open, what it would get, and what comes next."""
    found, lead, officer, mine = open_application(request, pk)
    document = found.version.rules
    today = timezone.localdate()
    partners = list(found.partners.select_related("organisation"))
    parts, money_caption = _parts_now(found, today)
    is_draft = found.state == Application.State.DRAFT
    asked = document.facts_asked(found.line.key)
    facts_form = FactsForm(keys_of(asked, Scope.PROJECT), FACT_WORDS, every_choice(), initial=shown_facts(found.facts))
    return render(
        request,
        "funding/application.html",
        {
            "application": found,
            "state": application_state(found),
            "receipt": None if found.submitted_at is None else receipt_number(found),
            "call_title": title_of(found.line.call),
            "line_title": in_words(found.line.title_it, found.line.title_en),
            "is_draft": is_draft,
            "is_lead": lead,
            "is_officer": officer,
            "mine": mine,
            "result": line_result(document, found.line.key, dossier_of(found, today)),
            "points": [point_words(document, kind, subject) for kind, subject in open_points(found)]
            if is_draft
            else [],
            # Several forms stand on one page, some once a row: the ids of each set of fields begin with its own word.
            "partners": [
                (p, part, ClaimForm(auto_id=f"claim-{p.pk}_%s")) for p, part in zip(partners, parts, strict=True)
            ],
            "money": _money(partners, parts, money_caption),
            "packages": list(found.work_packages.all()),
            "effort": document.effort_hours,
            "form": ApplicationForm(initial={"title": found.title, "summary": found.summary}),
            "facts_form": facts_form,
            "partner_form": PartnerForm(auto_id="partner_%s"),
            "package_form": WorkPackageForm(
                auto_id="package_%s", initial={"number": found.work_packages.count() + 1, "first_month": 1}
            ),
            "decisions": [(d, decision_words(d, document, language())) for d in found.decisions.all()],
            "warnings": warnings_of(found, today, None if officer else mine) if found.state in UNSIGNED else [],
            "milestones": [
                (m, EvidenceForm(auto_id=f"reached-{m.pk}_%s", initial={"on": today})) for m in found.milestones.all()
            ],
            "claims": [
                (c, SettleForm(auto_id=f"settle-{c.pk}_%s"))
                for c in found.claims.select_related("partner__organisation")
            ],
            "outputs": list(found.outputs.all()),
            "aid": list(found.aid.filter(withdrawn_at=None).select_related("organisation")),
            "milestone_form": MilestoneForm(auto_id="milestone_%s"),
            "output_form": OutputForm(auto_id="output_%s", initial={"reached_on": today}),
            "cup_form": CupForm(auto_id="cup_%s"),
            "withdraw_form": ReasonForm(auto_id="withdraw_%s"),
            "refuse_form": ReasonForm(auto_id="refuse_%s"),
            "can_withdraw": lead and can_move(found.state, Application.State.WITHDRAWN),
            "can_refuse": officer and can_move(found.state, Application.State.INADMISSIBLE),
            "is_running": found.state == Application.State.GRANTED,
            "contract": found.contracts.order_by("-number").first(),
            "can_claim": found.contracts.filter(state=Contract.State.IN_FORCE).exists(),
            "reserve_form": NoteForm(auto_id="reserve_%s"),
            "complete_form": ReasonForm(auto_id="complete_%s"),
            "can_complete": officer and can_move(found.state, Application.State.COMPLETED),
            "can_call_up": officer and found.state == Application.State.RESERVE,
            "today": today,
            "synthetic_data": found.certainty == "synthetic" or found.organisation.is_synthetic,
            "crumbs": call_crumbs(
                Crumb(title_of(found.line.call), reverse("funding:call", args=[found.line.call.key])),
                Crumb(found.title),
            ),
        },
    )


def point_words(document: Any, kind: str, subject: str) -> str:
    rules = {r.key: r.text.in_language(language()) for r in document.rules}
    if kind == "rule_fail":
        return _("A rule refuses it: %(rule)s") % {"rule": rules[subject]}
    if kind == "rule_unknown":
        return _("A rule cannot be told yet: %(rule)s") % {"rule": rules[subject]}
    if kind == "summary":
        return _("Say in the summary what the project is about.")
    if kind == "no_packages":
        return _("Plan at least one work package; their costs add up to the partners' costs.")
    if kind == "nothing":
        return _("No intensity of the call fits these costs: nothing would be granted.")
    if kind == "cost":
        return _("%(who)s has not stated its cost") % {"who": subject}
    if kind == "agreement":
        return _("%(who)s has not agreed to take part") % {"who": subject}
    return _("The work packages and the partners' costs differ by %(eur)s EUR") % {
        "eur": spoken_number(Decimal(subject), 2)
    }


def _parts_now(found: Application, today: date) -> tuple[list[Any], str]:
    """Each party's part, as it was decided or, before that, as the call would give it; and how to call that."""
    decision = last_grant(found) if found.state in GRANTED else None
    if decision is not None:
        try:
            shares = {s.partner.pk: s for s in decided_shares(found, decision)}
        except NotAllowed:  # no cost is stated, so that nothing tells the parts
            shares = {}
        if shares:
            parts = [shares[p.pk] for p in found.partners.all()]
            return parts, _("What was granted to each partner, and the co-financing that it needs")
    return grant_asked(found, today), _("What each partner would get, and the co-financing that it needs")


def _money(partners: list[Partner], parts: list[Any], caption: str) -> Table:
    rows: list[list[Any]] = [
        [
            str(p.organisation),
            p.cost_eur,
            part.grant_eur if part else None,
            part.loan_eur if part else None,
            part.own_eur if part else None,
        ]
        for p, part in zip(partners, parts, strict=True)
    ]
    total: list[Any] = [_("Together")]
    for i in range(1, 5):
        values = [r[i] for r in rows]
        total.append(None if any(v is None for v in values) else sum(values, Decimal(0)))
    return Table(
        [_("Partner"), _("Cost, EUR"), _("Grant, EUR"), _("Loan, EUR"), _("To pay oneself, EUR")],
        rows,
        numeric=[1, 2, 3, 4],
        total=total,
        decimals={1: 2, 2: 2, 3: 2, 4: 2},
        caption=caption,
    )


Act = Callable[[HttpRequest, Application, bool, bool, list[int]], str]


def _act(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    """Do one thing to an application and come back to it; a refusal is shown."""
    found, lead, officer, mine = open_application(request, pk)
    if request.method == "POST":
        try:
            said = act(request, found, lead, officer, mine)
            if said:
                messages.success(request, said)
        except REFUSALS as refused:
            messages.error(request, refusal_words(refused))
        except ValidationError as refused:
            messages.error(request, "; ".join(refused.messages))
    return redirect("funding:application", found.pk)


def _only(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _valid(form: Any) -> Any:
    """The form's values; a form that is wrong is told as a refusal."""
    if not form.is_valid():
        label, first = first_wrong(form)
        raise NotAllowed("%(label)s: %(first)s", label=label, first=first)
    return form.cleaned_data


@signed_in
def save(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead)
        data = _valid(ApplicationForm(request.POST))
        asked = found.version.rules.facts_asked(found.line.key)
        facts = FactsForm(keys_of(asked, Scope.PROJECT), FACT_WORDS, every_choice(), request.POST)
        _valid(facts)
        save_application(application=found, title=data["title"], summary=data["summary"], facts=facts.facts(),
                         by=request.user)  # fmt: skip
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def partner(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a partner or change its cost."""

    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        data = _valid(PartnerForm(request.POST))
        body = named_organisation(data["organisation"])
        _only(lead or body.pk in mine)
        known = found.partners.filter(organisation=body).first()
        set_partner(application=found, organisation=body, cost_eur=data["cost_eur"],
                    facts=known.facts if known else {}, by=request.user)  # fmt: skip
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def partner_facts(request: HttpRequest, pk: int, organisation: int) -> HttpResponse:
    """What a partner states about itself, as the rules ask."""
    found, lead, _officer, mine = open_application(request, pk)
    party = get_object_or_404(found.partners.select_related("organisation"), organisation=organisation)
    if not (lead or organisation in mine):
        raise PermissionDenied
    asked = found.version.rules.facts_asked(found.line.key)
    from poliedro.funding.queries.facts import register_facts

    known = register_facts(party.organisation, timezone.localdate())
    keys = keys_of(asked, Scope.PARTY)
    form = FactsForm(
        keys, FACT_WORDS, every_choice(), request.POST or None, initial=shown_facts({**known, **party.facts})
    )
    if request.method == "POST" and form.is_valid():
        stated = {k: v for k, v in form.facts().items() if str(known.get(k)) != str(v)}
        try:
            set_partner(application=found, organisation=party.organisation, cost_eur=party.cost_eur, facts=stated,
                        by=request.user)  # fmt: skip
        except REFUSALS as refused:
            messages.error(request, refusal_words(refused))
        return redirect("funding:application", found.pk)
    return render(
        request,
        "funding/partner.html",
        {
            "application": found,
            "party": party,
            "form": form,
            "known": [k for k in keys if k in known],
            "synthetic_data": found.organisation.is_synthetic,
            "crumbs": call_crumbs(
                Crumb(found.title, reverse("funding:application", args=[found.pk])), Crumb(str(party.organisation))
            ),
        },
    )


@signed_in
def drop_partner(request: HttpRequest, pk: int, organisation: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead or organisation in mine)
        remove_partner(partner=get_object_or_404(found.partners, organisation=organisation), by=request.user)
        return _("Taken out.")

    return _act(request, pk, act)


@signed_in
def agree(request: HttpRequest, pk: int, organisation: int) -> HttpResponse:
    """A partner's own yes."""

    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(organisation in mine)
        agree_to_take_part(partner=get_object_or_404(found.partners, organisation=organisation), by=request.user)
        return _("Agreed.")

    return _act(request, pk, act)


@signed_in
def package(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead)
        data = _valid(WorkPackageForm(request.POST))
        set_work_package(application=found, lead=None, by=request.user, **data)
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead)
        submit_application(application=found, by=request.user, today=timezone.localdate())
        return _(
            "Handed in as %(number)s: the receipt is below. The region's portal stays the place of the legal act."
        ) % {"number": receipt_number(found)}

    return _act(request, pk, act)


@signed_in
def move(request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """Withdraw it (its applicant), or find it inadmissible or complete (who handles it), with a reason."""

    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead if to == Application.State.WITHDRAWN else officer)
        if to not in (Application.State.WITHDRAWN, Application.State.INADMISSIBLE, Application.State.COMPLETED):
            raise NotAllowed("%(to)s follows from the evaluation; nobody sets it by hand", to=to)
        why = _valid(ReasonForm(request.POST))["why"]
        move_application(application=found, to=to, by=request.user, why=why)
        return _("Done.")

    return _act(request, pk, act)


@signed_in
def cup(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(officer)
        assign_cup(application=found, cup=_valid(CupForm(request.POST))["cup"], by=request.user)
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def milestone(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead or officer)
        set_milestone(
            application=found, by=request.user, today=timezone.localdate(), **_valid(MilestoneForm(request.POST))
        )
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def reach(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead)
        reached = get_object_or_404(Milestone, application=found, pk=number)
        reach_milestone(
            milestone=reached, by=request.user, today=timezone.localdate(), **_valid(EvidenceForm(request.POST))
        )
        return _("Saved.")

    return _act(request, pk, act)


@signed_in
def claim(request: HttpRequest, pk: int, organisation: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead or organisation in mine)
        party = get_object_or_404(found.partners, organisation=organisation)
        claim_cost(partner=party, by=request.user, **_valid(ClaimForm(request.POST)))
        return _("Claimed.")

    return _act(request, pk, act)


@signed_in
def settle(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(officer)
        settled = get_object_or_404(CostClaim, application=found, pk=number)
        settle_claim(claim=settled, by=request.user, **_valid(SettleForm(request.POST)))
        return _("Settled.")

    return _act(request, pk, act)


@signed_in
def output(request: HttpRequest, pk: int) -> HttpResponse:
    def act(request: HttpRequest, found: Application, lead: bool, officer: bool, mine: list[int]) -> str:
        _only(lead or officer)
        report_output(
            application=found, by=request.user, today=timezone.localdate(), **_valid(OutputForm(request.POST))
        )
        return _("Saved.")

    return _act(request, pk, act)
