"""Services that clusters run together, and their settlement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.registry.queries.roles import managed_clusters
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.forms.joint import (
    ServiceForm,
    UseForm,
)
from poliedro.support.models import (
    SharedService,
)
from poliedro.support.queries.joint import hours_and_payments
from poliedro.support.rules.joint import (
    break_even,
)
from poliedro.support.services.joint import (
    Locked,
    note_use,
    settle_service,
)
from poliedro.support.views.joint.common import eur, joint_crumb, joint_tabs


@needs("support.share_services")
def shared_services(request: HttpRequest) -> HttpResponse:
    may = request.user.has_perm("support.settle_services")
    form = ServiceForm(request.POST or None) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        made = form.save()
        return redirect("support:shared_service", made.pk)
    rows = list(SharedService.objects.prefetch_related("partners"))
    blocks = [
        Block(
            items=[
                Item(
                    s.title,
                    url=reverse("support:shared_service", args=[s.pk]),
                    text=s.text,
                    meta=", ".join(c.name for c in s.partners.all()),
                )
                for s in rows
            ],
            empty=_("None yet: a service too dear for one cluster can be run by several."),
        )
    ]
    if form is not None:
        blocks.append(Block(folded=_("New shared service"), form=form, button=_("Begin")))
    page = WorkingPage(
        _("Services that clusters run together"),
        _("A broader offer than one cluster could afford; costs are settled once a year, to the cent."),
        blocks,
        tabs=joint_tabs(request.user, "support:shared_services"),
    )
    return show(
        request, page, [joint_crumb(), Crumb(_("Shared services"))], synthetic=any(s.is_synthetic for s in rows)
    )


@needs("support.share_services")
def shared_service(request: HttpRequest, pk: int) -> HttpResponse:
    """Hours and costs by partner, from how many partners on it pays, and settlements."""
    found = get_object_or_404(SharedService, pk=pk)
    today = timezone.localdate()
    partners = list(found.partners.all())
    mine = [c for c in managed_clusters(request.user) if c in partners]
    form = UseForm(request.POST if request.POST.get("do") == "use" else None, clusters=mine) if mine else None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "settle" and request.user.has_perm("support.settle_services"):
                year = int(request.POST.get("year", today.year))
                settle_service(service=found, year=year, today=today, by=request.user)
                return redirect("support:shared_service", pk)
            if form is not None and form.is_valid():
                note_use(service=found, by=request.user, **form.cleaned_data)
                return redirect("support:shared_service", pk)
        except (Locked, ValueError):
            messages.error(request, _("That year is settled already, and takes nothing more, or is not over yet."))
            return redirect("support:shared_service", pk)
    years = sorted({*found.uses.values_list("on__year", flat=True), today.year}, reverse=True)[:3]
    settled = {s.year: s for s in found.settlements.all()}
    hours, paid = hours_and_payments(found, years[0])
    each = sum(hours.values(), Decimal(0)) / max(len(partners), 1)
    n = break_even(found.fixed_eur, found.hour_eur, found.alone_eur, each)
    blocks = [
        Block(
            figures=[
                Figure(
                    n,
                    _("Partners from which on it pays"),
                    definition=_("Fixed cost / n + hours of each x cost of an hour <= cost of doing it alone."),
                    null_means=_("the hours alone cost more than doing it alone"),
                    source=_("costs stated for this service"),
                    n=len(partners),
                )
            ]
        ),
        Block(
            _("Use in %(year)d") % {"year": years[0]},
            table=Table(
                [_("Cluster"), _("Hours"), _("Paid for all, EUR")],
                [[c.name, eur(hours.get(c.key, Decimal(0))), eur(paid.get(c.key, Decimal(0)))] for c in partners],
                numeric=(1, 2),
                decimals={1: 1, 2: 2},
            ),
        ),
    ]
    for year in years:
        if year in settled:
            blocks += _settled(settled[year])
        elif year >= today.year:
            blocks.append(Block(text=_("%(year)d is settled once it is over.") % {"year": year}))
        elif request.user.has_perm("support.settle_services"):
            ask = Button(_("Settle the year"), fields={"do": "settle", "year": year}, of=str(year))
            blocks.append(Block(items=[Item(_("%(year)d is not settled") % {"year": year}, buttons=[ask])]))
    if form is not None:
        blocks.append(Block(_("Note hours or a payment"), form=form, button=_("Write down"), do="use"))
    page = WorkingPage(
        found.title,
        _("Costs are shared by %(key)s.") % {"key": found.get_key_display()},
        blocks,
    )
    crumbs = [joint_crumb(), Crumb(_("Shared services"), reverse("support:shared_services")), Crumb(found.title)]
    return show(request, page, crumbs, synthetic=found.is_synthetic)


def _settled(settlement: Any) -> list[Block]:
    rows = settlement.rows
    total = sum(Decimal(r["balance_eur"]) for r in rows)
    return [
        Block(
            _("Settlement of %(year)d") % {"year": settlement.year},
            table=Table(
                [_("Cluster"), _("Paid, EUR"), _("Its part, EUR"), _("Balance, EUR")],
                [[r["name"], eur(r["paid_eur"]), eur(r["share_eur"]), eur(r["balance_eur"])] for r in rows],
                numeric=(1, 2, 3),
                decimals={1: 2, 2: 2, 3: 2},
                total=[_("Together"), "", "", eur(total)],
            ),
            items=[
                Item(
                    _("%(payer)s pays %(payee)s %(eur)s EUR")
                    % {"payer": t["payer"], "payee": t["payee"], "eur": spoken_number(Decimal(t["amount_eur"]), 2)}
                )
                for t in settlement.transfers
            ],
        )
    ]
