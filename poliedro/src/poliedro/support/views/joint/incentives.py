"""Bonus formulas for working together: simulated, approved, paid."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Table
from poliedro.shared.spoken import short_day, short_moment
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.forms.joint import (
    MEASURE_LABELS,
    FormulaForm,
)
from poliedro.support.models import (
    IncentiveFormula,
    IncentivePayout,
)
from poliedro.support.rules.joint import (
    BonusRule,
)
from poliedro.support.services.joint import (
    Locked,
    add_formula,
    approve_formula,
    pay_formula,
    simulate_formula,
)
from poliedro.support.views.joint.common import eur, joint_crumb, joint_tabs


@needs("support.view_joint_work")
def formulas(request: HttpRequest) -> HttpResponse:
    """Bonus formulas for working together (R024)."""
    may = request.user.has_perm("support.approve_joint_work")
    form = FormulaForm(request.POST or None) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        rules = [
            BonusRule(measure, data[f"amount_{measure}"], data[f"cap_{measure}"])
            for measure in MEASURE_LABELS
            if data[f"amount_{measure}"]
        ]
        made = add_formula(
            title=data["title"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            budget_eur=data["budget_eur"],
            rules=rules,
            by=request.user,
        )
        return redirect("support:formula", made.pk)
    rows = list(IncentiveFormula.objects.all())
    blocks = [
        Block(
            items=[
                Item(
                    f.title,
                    url=reverse("support:formula", args=[f.pk]),
                    tag=str(f.get_state_display()),
                    meta=f"{short_day(f.starts_on)} - {short_day(f.ends_on)}",
                )
                for f in rows
            ],
            empty=_("None yet. A formula is simulated for every cluster before it is approved."),
        )
    ]
    if form is not None:
        blocks.append(Block(folded=_("New formula"), form=form, button=_("Keep the draft")))
    page = WorkingPage(
        _("Incentives for working together"),
        _(
            "Bonuses rest on joint services, projects with another cluster and new micro members; never on coaching, "
            "training or needs."
        ),
        blocks,
        tabs=joint_tabs(request.user, "support:formulas"),
    )
    return show(request, page, [joint_crumb(), Crumb(_("Incentives"))], synthetic=any(f.is_synthetic for f in rows))


@needs("support.view_joint_work")
def formula(request: HttpRequest, pk: int) -> HttpResponse:
    """Its rules, and what it gave each time: simulated and paid, both kept."""
    found = get_object_or_404(IncentiveFormula, pk=pk)
    may = request.user.has_perm("support.approve_joint_work")
    if request.method == "POST" and may:
        try:
            if request.POST.get("do") == "simulate":
                simulate_formula(formula=found, by=request.user)
            elif request.POST.get("do") == "approve":
                approve_formula(formula=found, by=request.user)
            elif request.POST.get("do") == "pay":
                pay_formula(formula=found, today=timezone.localdate(), by=request.user)
        except Locked:
            messages.error(
                request,
                _("Not now: simulate before approving, approve before paying, and pay once its period is over."),
            )
        return redirect("support:formula", pk)
    payouts = list(found.payouts.all()[:10])
    steps, later = _steps(found, timezone.localdate())
    blocks = [
        Block(
            _("Rules"),
            table=Table(
                [_("For each"), _("EUR"), _("At most, EUR")],
                [
                    [
                        str(MEASURE_LABELS[r["measure"]]),
                        eur(r["amount_eur"]),
                        None if r["cap_eur"] is None else eur(r["cap_eur"]),
                    ]
                    for r in found.rules
                ],
                numeric=(1, 2),
                decimals={1: 2, 2: 2},
            ),
        )
    ]
    if may and steps:
        buttons = [Button(label, fields={"do": do}, second=i > 0) for i, (do, label) in enumerate(steps)]
        blocks.append(Block(items=[Item(_("Next step"), text=later, buttons=buttons)]))
    blocks += [_payout(p) for p in payouts]
    if not payouts:
        blocks.append(Block(text=_("Never simulated yet.")))
    page = WorkingPage(
        found.title,
        _("%(state)s; budget %(eur)s EUR.")
        % {"state": found.get_state_display(), "eur": spoken_number(found.budget_eur, 2)},
        blocks,
    )
    crumbs = [joint_crumb(), Crumb(_("Incentives"), reverse("support:formulas")), Crumb(found.title)]
    return show(request, page, crumbs, synthetic=found.is_synthetic)


def _steps(formula: IncentiveFormula, today: date) -> tuple[list[tuple[str, str]], str]:
    """(what can be done now, what can be done later, in words): nothing is offered that would be refused."""
    if formula.state == IncentiveFormula.State.PAID:
        return [], ""
    simulate = ("simulate", _("Simulate"))
    if formula.state == IncentiveFormula.State.DRAFT:
        if formula.payouts.filter(kind=IncentivePayout.Kind.SIMULATED).exists():
            return [simulate, ("approve", _("Approve"))], ""
        return [simulate], _("It can be approved once everybody could see what it does: simulate it first.")
    if today < formula.ends_on:
        day = {"day": short_day(formula.ends_on)}
        return [simulate], _("It can be paid from %(day)s on, when its period is over.") % day
    return [simulate, ("pay", _("Pay"))], ""


def _payout(payout: IncentivePayout) -> Block:
    measures = [r["measure"] for r in payout.rules]
    return Block(
        f"{payout.get_kind_display()}, {short_moment(timezone.localtime(payout.at))}",
        table=Table(
            [_("Cluster"), *(str(MEASURE_LABELS[m]) for m in measures), _("EUR")],
            [[r["name"], *(r["measures"].get(m, 0) for m in measures), eur(r["amount_eur"])] for r in payout.rows],
            numeric=tuple(range(1, len(measures) + 2)),
            decimals={len(measures) + 1: 2},
            total=[_("Together"), *("" for _m in measures), eur(payout.total_eur)],
            full=True,
        ),
    )
