"""State aid of a firm with its group."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.funding.forms import AidForm
from poliedro.funding.models import AidAward
from poliedro.funding.queries.facts import de_minimis_awards, de_minimis_room, linked_firms
from poliedro.funding.queries.same_costs import SameCosts, aided_projects, same_costs_of
from poliedro.funding.queries.shortfalls import Pending, pending_aid
from poliedro.funding.rules.aid import ceiling_on, received, years_before
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.rules.thresholds import BesidePending, TooMuchAid
from poliedro.funding.services.grants import record_aid, withdraw_aid
from poliedro.funding.views.calls import organisation_by_number
from poliedro.funding.views.limits import CATEGORY_WORDS, award_basis_words
from poliedro.funding.views.words import refusal_words
from poliedro.registry.models import Organisation
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import source_words, spoken_number


def same_costs_table(rows: list[SameCosts]) -> Table:
    """Aid of every regime for the same costs, beside the most that the call's intensity allows."""
    return Table(
        [_("Firm"), _("Project"), _("Cost, EUR"), _("Highest intensity, %"), _("Most aid, EUR"), _("Granted, EUR"),
         _("Left, EUR")],
        [
            [str(s.partner.organisation), s.partner.application.title, s.partner.cost_eur,
             None if s.most is None else 100 * s.most, s.most_eur, s.granted_eur, s.room_eur]
            for s in rows
        ],
        numeric=[2, 3, 4, 5, 6],
        decimals={2: 2, 3: 1, 4: 2, 5: 2, 6: 2},
        caption=_("Aid for the same costs, of every regime (GBER, article 8)"),
        full=True,
    )  # fmt: skip


def _measure_words(award: AidAward) -> str:
    """What it was granted for; of a loan or guarantee, its terms too."""
    return f"{award.measure}: {award_basis_words(award.basis)}" if award.basis.get("way") else award.measure


def _regime_words(award: AidAward) -> str:
    label = str(AidAward.Regime(award.regime).label)
    return f"{label}, {CATEGORY_WORDS[award.category]}" if award.category in CATEGORY_WORDS else label


def _pending_table(rows: list[Pending]) -> Table:
    """What was decided and is not signed: it is granted, and counts by law, on the day of the region's signature."""
    return Table(
        [_("Decided on"), _("Firm"), _("Project"), _("Regime"), _("Amount, EUR")],
        [
            [p.decided_on, str(p.organisation), p.application.title,
             AidAward.Regime(p.regime).label, p.amount_eur]
            for p in rows
        ],
        numeric=[4],
        decimals={4: 2},
        caption=_("Decided, not signed yet"),
        full=True,
    )  # fmt: skip


@needs("funding.view_aid", organisation=organisation_by_number)
def aid(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What the firm and its linked firms got, and what de minimis still allows, to the cent."""
    today = timezone.localdate()
    group = linked_firms(organisation.pk, today)
    awards = list(AidAward.objects.filter(organisation__in=group).select_related("organisation", "source"))
    may_record = request.user.has_perm("funding.record_aid")
    pending = pending_aid(group)
    form = (
        AidForm(aided_projects([organisation.pk]), CATEGORY_WORDS, request.POST or None, has_pending=bool(pending))
        if may_record
        else None
    )
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            record_aid(organisation=organisation, source=ensure_source("region-file"), by=request.user,
                       **form.cleaned_data)  # fmt: skip
            messages.success(request, _("Recorded."))
            return redirect("funding:aid", organisation.pk)
        except TooMuchAid as refused:
            form.refuse(refusal_words(refused), on="amount_eur", asks_reason=isinstance(refused, BesidePending))
    waiting = sum((p.amount_eur for p in pending if p.regime == AidAward.Regime.DE_MINIMIS), Decimal(0))
    others = Organisation.objects.filter(pk__in=group - {organisation.pk}).order_by("name")
    return render(
        request,
        "funding/aid.html",
        {
            "organisation": organisation,
            "others": list(others),
            "room": Figure(
                float(de_minimis_room(organisation.pk, today)),
                label=_("De minimis aid still possible"),
                unit="EUR",
                period=short_day(today),
                certainty="synthetic" if organisation.is_synthetic else "reported",
                source=_("Awards recorded here"),
                definition=_(
                    "Ceiling of EUR %(n)s over any three years for a firm with its linked firms, less what was "
                    "granted. Awards that nobody recorded here are missing."
                ) % {"n": spoken_number(ceiling_on(today), 0)},
                decimals=2,
            ),
            "reckoned": {
                "ceiling": ceiling_on(today),
                "received": received(de_minimis_awards(group), today),
                "since": years_before(today) + timedelta(days=1),
                "pending": waiting,
                "after": max(Decimal(0), de_minimis_room(organisation.pk, today) - waiting),
            },
            "pending": _pending_table(pending),
            "table": Table(
                [_("Granted on"), _("Firm"), _("Regime"), _("Amount, EUR"), _("Measure"), _("Source"), _("Validity")],
                [
                    [a.granted_on, str(a.organisation), _regime_words(a), a.amount_eur, _measure_words(a),
                     source_words(a.source.name), _("withdrawn") if a.withdrawn_at else _("in force")]
                    for a in awards
                ],
                numeric=[3],
                decimals={3: 2},
                full=True,
            ),
            "costs": same_costs_table(same_costs_of(group, today)),
            "despite": [a for a in awards if a.pending_reason],
            "awards": [a for a in awards if a.withdrawn_at is None],
            "form": form,
            "may_record": may_record,
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("State aid")),
            ],
        },
    )  # fmt: skip


@needs("funding.record_aid", organisation=organisation_by_number)
def withdraw(request: HttpRequest, organisation: Organisation, number: int) -> HttpResponse:
    """An award that was taken back no longer counts."""
    if request.method == "POST":
        try:
            withdraw_aid(award=get_object_or_404(AidAward, pk=number, organisation=organisation), by=request.user)
        except NotAllowed as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:aid", organisation.pk)
