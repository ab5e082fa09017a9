"""Indicators of the policy: their path, their definition, and the officer's forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.monitoring.forms.policy import EndForm, GoalForm, NewIndicatorForm, ObservationForm
from poliedro.monitoring.models import IndicatorTerms
from poliedro.monitoring.queries.policy.logic import (
    Measured,
    history_of,
    measured_at,
    places_at,
    terms_of_indicator,
)
from poliedro.monitoring.queries.policy.measured import CATALOGUE
from poliedro.monitoring.rules.policy.logic import LogicRefused
from poliedro.monitoring.services.policy.logic import (
    add_indicator,
    end_indicator,
    record_observation,
    revise_indicator,
)
from poliedro.monitoring.views.policy.logic import name_of, title_of, value_figure
from poliedro.monitoring.views.policy.nodes import node_of
from poliedro.monitoring.views.policy.words import KINDS as KIND_WORDS
from poliedro.monitoring.views.policy.words import (
    ROLES,
    STATUS,
    policy_crumbs,
)
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.present import facts_of, figure, lines
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Chart, Crumb, Figure
from poliedro.shared.dated import Moment
from poliedro.shared.told import told


def indicator_by_key(indicator: str) -> IndicatorTerms:
    found = terms_of_indicator(indicator, Moment.today())
    if found is None:
        raise Http404(f"no indicator {indicator!r} is followed today")
    return found


def _places() -> list[tuple[str, str]]:
    held = [t for t in places_at(Moment.today()) if t.node.kind != "area"]
    return [(t.node.key, f"{KIND_WORDS[t.node.kind]}: {title_of(t)}") for t in held]


@needs("monitoring.edit_policy")
def new_indicator(request: HttpRequest) -> HttpResponse:
    """Add an indicator: computed where the register can, entered where it cannot."""
    place = node_of(request.GET.get("node"))
    first = {"node": place.key if place else "", "role": "result" if place and place.kind == "objective" else "output"}
    form = NewIndicatorForm(request.POST if request.method == "POST" else None, initial=first, nodes=_places())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        computed = CATALOGUE.get(data["computed_by"])
        unit = _unit_of(computed.card if computed else "") or data["unit_text"]
        try:
            made = add_indicator(
                node=node_of(data["node"]),
                values=form.goal(unit),
                on=data["on"],
                by=request.user,
                computed_by=data["computed_by"],
                card=form.card(),
            )
        except LogicRefused as refused:
            form.add_error(None, told(refused))
        else:
            messages.success(request, _("Added."))
            return redirect("monitoring:policy_indicator", indicator=made.indicator.key)
    page = WorkingPage(
        _("Add an indicator"),
        _("Output: what an action makes. Result: what changes for an objective."),
        [Block(form=form, button=_("Add it"))],
    )
    return show(request, page, policy_crumbs(Crumb(page.title)))


def _unit_of(card: str) -> str:
    found = cards_at(Moment.today()).get(card)
    return found.unit if found else ""


@needs("monitoring.view_policy", terms=indicator_by_key)
@require_safe
def indicator(request: HttpRequest, terms: IndicatorTerms) -> HttpResponse:
    """One indicator: its path against its target, its definition, and the officer's forms."""
    may_edit = request.user.has_perm("monitoring.edit_policy")
    return _indicator_page(
        request,
        terms,
        None if not may_edit else _goal_form(terms),
        ObservationForm(prefix="seen", unit=_unit_of(terms.card)),
    )


def _goal_form(terms: IndicatorTerms) -> GoalForm:
    names = ("role", "baseline", "baseline_on", "target", "target_on", "owner", "evidence")
    first = {**{k: getattr(terms, k) for k in names}, "node": terms.node.key if terms.node else ""}
    return GoalForm(initial=first, nodes=_places(), unit=_unit_of(terms.card))


def _indicator_page(
    request: HttpRequest, terms: IndicatorTerms, form: GoalForm | None, seen: ObservationForm
) -> HttpResponse:
    moment = Moment.today()
    (found,) = measured_at(moment, terms.indicator.key)
    past = history_of(terms, moment)
    key = terms.indicator.key
    series = _path(found, past)
    computed = CATALOGUE.get(terms.computed_by)
    blocks = [
        Block(figures=[value_figure(found), *_goal_figures(found)]),
        None if found.is_alike else Block(_("Not compared"), _unlike_words(found)),
        Block(chart=series) if series is not None else None,
        Block(
            _("Where its values come from"),
            _("The register computes it: %(what)s. Nobody types it in.") % {"what": computed.label}
            if computed
            else _("It cannot be computed from the register: values are observed and entered with their evidence."),
        ),
        Block(_("Evidence"), terms.evidence) if terms.evidence else None,
    ]
    if form is not None:
        if computed is None:
            blocks.append(
                Block(
                    _("Record an observed value"),
                    form=seen,
                    button=_("Record it"),
                    action=reverse("monitoring:observe", args=[key]),
                )
            )
        blocks.append(
            Block(
                _("Baseline, target, owner"),
                form=form,
                button=_("State it anew"),
                action=reverse("monitoring:revise_policy_indicator", args=[key]),
            )
        )
        blocks.append(
            Block(
                form=EndForm(prefix="end"),
                button=_("Follow it no longer"),
                folded=_("Follow it no longer"),
                action=reverse("monitoring:end_policy_indicator", args=[key]),
            )
        )
    lead = f"{ROLES[terms.role]}. {found.card.definition if found.card else ''}".capitalize()
    page = WorkingPage(f"{name_of(found)}: {STATUS[found.status]}", lead, [b for b in blocks if b is not None])
    synthetic = "synthetic" in (terms.certainty, found.value.backing.certainty)
    return show(request, page, policy_crumbs(Crumb(name_of(found))), synthetic=synthetic)


def _unlike_words(found: Measured) -> str:
    if found.terms.certainty == "synthetic":
        return _(
            "Baseline and target are invented for the demonstration, the value is not: how far the indicator is cannot "
            "be told. State them anew from a source, and it is told."
        )
    return _(
        "The value is invented for the demonstration, baseline and target are not: how far the indicator is cannot be "
        "told."
    )


def _goal_figures(found: Measured) -> list[Figure]:
    t = found.terms
    certainty: Any = t.certainty
    stated = {"certainty": certainty, "source": _("Intervention logic")}
    return [
        figure(found.card, t.baseline, label=_("Baseline"), period=str(t.baseline_on or ""), **stated),
        figure(found.card, t.target, label=_("Target"), period=str(t.target_on or ""), **stated),
        Figure(
            None if found.progress is None else round(100 * found.progress, 1),
            _("Way from baseline to target"),
            "%",
            period=found.value.period,
            certainty="estimated",
            source=_("Computed from value, baseline and target"),
        ),
    ]


def _path(found: Measured, past: list[Any]) -> Chart | None:
    """Values against the straight path to the target."""
    t = found.terms
    days = sorted({d for d, _v in past} | {d for d in (t.baseline_on, t.target_on) if d})
    if len(days) < 2:
        return None
    values = {d: figure(found.card, v.value).value for d, v in past}
    planned: list[Any] = []
    for d in days:
        if t.baseline is None or t.target is None or t.baseline_on is None or t.target_on is None or d < t.baseline_on:
            planned.append(None)
            continue
        part = min(1.0, (d - t.baseline_on).days / (t.target_on - t.baseline_on).days)
        planned.append(figure(found.card, t.baseline + part * (t.target - t.baseline)).value)
    unit = found.card.unit if found.card else ""
    return lines(
        f"path-{found.key}",
        _("Values against the path to the target"),
        _("The path is a straight line from baseline to target."),
        [d.isoformat() for d in days],
        [(_("value"), "#0066cc", [values.get(d) for d in days]), (_("path to the target"), "#7a5c00", planned)],
        x_label=_("day"),
        y_label=unit,
        decimals=1,
        **facts_of(found.value.backing),
    )


@needs("monitoring.edit_policy", terms=indicator_by_key)
@require_POST
def revise_goal(request: HttpRequest, terms: IndicatorTerms) -> HttpResponse:
    """State baseline, target, owner anew from a day on."""
    form = GoalForm(request.POST, nodes=_places(), unit=_unit_of(terms.card))
    if form.is_valid():
        data = form.cleaned_data
        try:
            revise_indicator(
                indicator=terms.indicator,
                node=node_of(data["node"]),
                values=form.goal(),
                on=data["on"],
                by=request.user,
            )
        except LogicRefused as refused:
            form.add_error("on", told(refused))
        else:
            messages.success(request, _("Stated anew; what was said before stays in the history."))
            return redirect("monitoring:policy_indicator", indicator=terms.indicator.key)
    return _indicator_page(request, terms, form, ObservationForm(prefix="seen", unit=_unit_of(terms.card)))


@needs("monitoring.edit_policy", terms=indicator_by_key)
@require_POST
def observe(request: HttpRequest, terms: IndicatorTerms) -> HttpResponse:
    """Record an observed value."""
    form = ObservationForm(request.POST, prefix="seen", unit=_unit_of(terms.card))
    if form.is_valid():
        data = form.cleaned_data
        try:
            record_observation(
                indicator=terms.indicator,
                on=data["on"],
                value=data["value"],
                evidence=data["evidence"],
                by=request.user,
            )
        except LogicRefused as refused:
            form.add_error(None, told(refused))
        else:
            messages.success(request, _("Recorded."))
            return redirect("monitoring:policy_indicator", indicator=terms.indicator.key)
    return _indicator_page(request, terms, _goal_form(terms), form)


@needs("monitoring.edit_policy", terms=indicator_by_key)
@require_POST
def end_following(request: HttpRequest, terms: IndicatorTerms) -> HttpResponse:
    """The indicator is followed up to a day."""
    form = EndForm(request.POST, prefix="end")
    if form.is_valid():
        try:
            end_indicator(indicator=terms.indicator, on=form.cleaned_data["on"], by=request.user)
        except LogicRefused as refused:
            form.add_error("on", told(refused))
        else:
            messages.success(request, _("It is followed up to that day."))
            return redirect("monitoring:policy")
    page = WorkingPage(_("Follow it no longer"), terms.indicator.key, [Block(form=form, button=_("End it"))])
    return show(request, page, policy_crumbs(Crumb(page.title)))
