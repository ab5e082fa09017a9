"""The aid in loans and guarantees of a firm, worked out before it is recorded; and the rates of the day."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms.equivalent import EquivalentForm, RateForm
from poliedro.funding.models import AidRate
from poliedro.funding.queries.equivalents import Worked, rates_on, worth_as_share, worth_at_market
from poliedro.funding.queries.facts import linked_firms
from poliedro.funding.queries.same_costs import aided_projects
from poliedro.funding.queries.shortfalls import pending_aid
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.rules.thresholds import BesidePending, TooMuchAid
from poliedro.funding.services.grants import record_aid
from poliedro.funding.services.rates import enter_rate
from poliedro.funding.views.calls import organisation_by_number
from poliedro.funding.views.desk import DESIGN, desk_crumbs
from poliedro.funding.views.limits import CATEGORY_WORDS, percent_words
from poliedro.funding.views.words import refusal_words
from poliedro.registry.models import Organisation
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import day, spoken_number


@needs("funding.record_aid", organisation=organisation_by_number)
def equivalent(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Work the equivalent out; a second button records it as an award that remembers its terms."""
    today = timezone.localdate()
    has_pending = bool(pending_aid(linked_firms(organisation.pk, today)))
    form = EquivalentForm(
        aided_projects([organisation.pk]), CATEGORY_WORDS, request.POST or None, has_pending=has_pending,
        initial={"granted_on": today, "every": "6", "rating": "new", "collateral": "low"},
    )  # fmt: skip
    worked = None
    if request.method == "POST" and form.is_valid():
        worked = _worked(form)
        if worked is not None and request.POST.get("do") == "record" and _recorded(request, form, worked, organisation):
            messages.success(request, _("Recorded."))
            return redirect("funding:aid", organisation.pk)
    own = reverse("funding:aid", args=[organisation.pk])
    return render(
        request,
        "funding/equivalent.html",
        {
            "organisation": organisation,
            "form": form,
            "worked": worked,
            "steps": _steps_table(worked) if worked else None,
            "rates": rates_table(worked.rates) if worked else None,
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("State aid"), own),
                Crumb(_("Aid in a loan or guarantee")),
            ],
        },
        status=422 if form.errors else 200,
    )


def _worked(form: EquivalentForm) -> Worked | None:
    data = form.cleaned_data
    try:
        if data["way"] == "share":
            return worth_as_share(data["instrument"], form.terms(), data["cover"], data["granted_on"])
        collateral = data["collateral"] if data["instrument"] == "loan" else ""
        return worth_at_market(data["instrument"], form.terms(), data["rating"], collateral, data["granted_on"])
    except NotAllowed as refused:
        form.add_error(None, refusal_words(refused))
        return None


def _recorded(request: HttpRequest, form: EquivalentForm, worked: Worked, organisation: Organisation) -> bool:
    if request.POST.get("shown_eur") != str(worked.equivalent_eur):
        form.add_error(None, _("The terms were changed, or a rate was: the aid is now what stands above. Record that."))
        return False
    if not worked.equivalent_eur:
        form.add_error(None, _("The firm pays the market's price or more: there is no aid to record."))
        return False
    try:
        record_aid(
            organisation=organisation, amount_eur=worked.equivalent_eur, source=ensure_source("region-file"),
            by=request.user, basis=worked.basis, **form.award(),
        )  # fmt: skip
    except TooMuchAid as refused:
        form.refuse(refusal_words(refused), on=None, asks_reason=isinstance(refused, BesidePending))
        return False
    return True


def _steps_table(worked: Worked) -> Table | None:
    if not worked.steps:
        return None
    return Table(
        [_("Period"), _("Owed at its beginning, EUR"), _("Aid in it, EUR"), _("Worth on the day of the grant, EUR")],
        [[s.number, s.owed_eur, s.aid_eur, s.present_eur] for s in worked.steps],
        numeric=[0, 1, 2, 3],
        decimals={0: 0, 1: 2, 2: 2, 3: 2},
        total=[_("Together"), None, sum(s.aid_eur for s in worked.steps), worked.equivalent_eur],
        caption=_("The aid, period by period"),
        full=True,
    )


def rates_table(rows: list[AidRate], caption: str = "") -> Table:
    """Rates with their days, source, and how far they could be confirmed."""
    return Table(
        [_("Kind of rate"), _("For"), _("Value"), _("From"), _("Until before"), _("Published in"), _("How sure it is")],
        [
            [r.get_kind_display(), ", ".join(str(w) for w in (r.get_rating_display(), r.get_collateral_display()) if w),
             _value(r), r.valid_from, r.valid_to or "", r.reference, r.get_confirmed_display()]
            for r in rows
        ],
        caption=caption or _("What it rests on"),
        full=True,
    )  # fmt: skip


def _value(rate: AidRate) -> str:
    if rate.percent is not None:
        return f"{percent_words(rate.percent)}%"
    return _("EUR %(eur)s over %(n)s years") % {"eur": spoken_number(rate.amount_eur, 0), "n": rate.years}


@needs(DESIGN)
def rates(request: HttpRequest) -> HttpResponse:
    """Every rate with its days; whoever records aid enters a new one."""
    today = timezone.localdate()
    may_enter = request.user.has_perm("funding.record_aid")
    form = RateForm(request.POST or None, initial={"kind": "base"}) if may_enter else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            enter_rate(by=request.user, **form.cleaned_data)
            messages.success(request, _("Entered. The rate before it ends on that day."))
            return redirect("funding:aid_rates")
        except NotAllowed as refused:
            form.add_error(None, refusal_words(refused))
    rows = list(AidRate.objects.all())
    base = next((r for r in rates_on(today) if r.kind == AidRate.Kind.BASE), None)  # the next one may stand there too
    title = (
        _("The base rate is %(n)s%% since %(day)s") % {"n": percent_words(base.percent), "day": day(base.valid_from)}
        if base is not None
        else _("No base rate is in force")
    )
    lead = _(
        "From these the aid in loans and guarantees is worked out. The Commission sets the base rate anew at least "
        "every January: enter it here before aid of a later day is recorded."
    )
    blocks = [Block(table=rates_table(rows, _("Rates of state aid")))]
    if form is not None:
        blocks.append(Block(_("Enter a rate"), form=form, button=_("Enter the rate")))
    return show(request, WorkingPage(title, lead, blocks), desk_crumbs(None, Crumb(_("Rates of state aid"))))
