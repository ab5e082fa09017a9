"""The stress test: what if ERDF falls, and what would balance it (R016)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.accounts.models import Person
from poliedro.monitoring.forms.stress import SHARES, SaveForm, ShareForm, StressForm
from poliedro.monitoring.models import StressScenario
from poliedro.monitoring.queries.stress import (
    accounts_for_stress,
    last_year_of,
    may_read,
    scenario_with_words,
    scenarios_of,
    surplus_of,
)
from poliedro.monitoring.rules.stress import (
    Assumptions,
    Result,
    ScenarioNotYours,
    accounts_from,
    assumptions_from,
    stress,
)
from poliedro.monitoring.services.stress import (
    NameTaken,
    delete_scenario,
    save_scenario,
    share_scenario,
    show_to_region,
    unshare_scenario,
)
from poliedro.monitoring.views.found import cluster_by_key
from poliedro.monitoring.views.money import cluster_crumbs, no_accounts
from poliedro.registry.models import Cluster, CostLine, ServiceOffer
from poliedro.registry.models.clusters import RevenueSource
from poliedro.registry.present import lines
from poliedro.registry.queries.backing import together, total_backing
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.templatetags.poliedro import day, spoken_number

START = {"fall": 50, "fee_rise": 0, "members_leaving": 0, "price_rise": 0, "sales_lost": 0, "saving": 0}
MOST = 4
"""Scenarios side by side."""


# --- stress test ------------------------------------------------------------------------------------------------------
@needs("monitoring.run_stress_test", cluster=cluster_by_key)
@require_safe
def stress_test(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What if ERDF falls: the sliders and their result. With htmx only this part of the page comes back."""
    year = last_year_of(cluster)
    if year is None:
        return render(
            request,
            "monitoring/stress.html",
            {
                "cluster": cluster,
                "result": None,
                "empty": no_accounts(),
                "tabs": cluster_tabs(cluster, request.user, "monitoring:stress"),
                "synthetic_data": False,
                "crumbs": [*cluster_crumbs(cluster), Crumb(_("Stress test"))],
            },
        )
    return _test(request, cluster, year, None)


def _test(request: HttpRequest, cluster: Cluster, year: int, save_form: SaveForm | None) -> HttpResponse:
    accounts, backed = accounts_for_stress(cluster, year)
    surplus, years = surplus_of(cluster)
    asked = request.POST if request.method == "POST" else request.GET
    form = StressForm(asked if set(SHARES) & set(asked) else _start(surplus))
    result = stress(accounts, _assumed(form)) if form.is_valid() else None
    template = "monitoring/_stress.html" if request.headers.get("HX-Request") else "monitoring/stress.html"
    return render(
        request,
        template,
        {
            "cluster": cluster,
            "form": form,
            "sliders": _sliders(form),
            "others": [form["falls_on"], form["reserve_eur"]],
            "result": result,
            "shown": _shown(result, _assumed(form), backed) if result is not None else None,
            "save_form": save_form or SaveForm(),
            "surplus_years": f"{years[0]}-{years[-1]}" if years else "",
            "empty": None,
            "tabs": cluster_tabs(cluster, request.user, "monitoring:stress"),
            "synthetic_data": backed.is_synthetic,
            "crumbs": [*cluster_crumbs(cluster), Crumb(_("Stress test"))],
        },
    )


@needs("monitoring.run_stress_test", cluster=cluster_by_key)
@require_POST
def save(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Keep the scenario under a name."""
    year = last_year_of(cluster)
    form, named = StressForm(request.POST), SaveForm(request.POST)
    if year is None:
        return redirect("monitoring:stress", key=cluster.key)
    if not form.is_valid() or not named.is_valid():
        return _test(request, cluster, year, named)
    accounts, _backed = accounts_for_stress(cluster, year)
    try:
        made = save_scenario(
            cluster=cluster,
            name=named.cleaned_data["name"],
            accounts=accounts,
            assumptions=_assumed(form),
            by=request.user,
        )
    except NameTaken:
        named.add_error("name", _("You have a scenario of that name; choose another."))
        return _test(request, cluster, year, named)
    messages.success(request, _("Kept. Only you see it until you share it."))
    return redirect("monitoring:scenario", pk=made.pk)


@signed_in
@require_safe
def scenarios(request: HttpRequest) -> HttpResponse:
    """My scenarios and those that were shared with me; some of them side by side."""
    held = scenarios_of(request.user)
    chosen = [s for s in held if str(s.pk) in request.GET.getlist("s")][:MOST]
    return render(
        request,
        "monitoring/scenarios.html",
        {
            "rows": [(s, s in chosen, s.by_id == request.user.pk) for s in held],
            "table": _side_by_side(chosen) if len(chosen) > 1 else None,
            "chart": _reserves(chosen) if len(chosen) > 1 else None,
            "one": len(chosen) == 1,
            "most": MOST,
            "synthetic_data": any(s.cluster.is_synthetic for s in held),
            "crumbs": [Crumb(_("My work"), reverse("portal:work")), Crumb(_("Stress scenarios"))],
        },
    )


@signed_in
def scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """One scenario: result, assumptions, who sees it."""
    held = _readable(request, pk)
    is_mine = held.by_id == request.user.pk
    form = ShareForm(request.POST if request.POST.get("action") == "share" else None)
    if request.method == "POST":
        try:
            done = _act(request, held, form)
        except ScenarioNotYours as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        if done is not None:
            return done
    given, accounts = assumptions_from(held.assumptions), accounts_from(held.accounts)
    result = stress(accounts, given)
    backed = together([total_backing(CostLine.objects.known().filter(cluster=held.cluster, year=accounts.year))])
    return render(
        request,
        "monitoring/scenario.html",
        {
            "scenario": held,
            "result": result,
            "shown": _shown(result, given, backed),
            "is_mine": is_mine,
            "people": list(held.shared_with.all()),
            "form": form,
            "synthetic_data": backed.is_synthetic,
            "crumbs": [Crumb(_("Stress scenarios"), reverse("monitoring:scenarios")), Crumb(held.name)],
        },
    )


def _act(request: HttpRequest, held: StressScenario, form: ShareForm) -> HttpResponse | None:
    """Share, show to the region or delete; None where the form is to be corrected."""
    action = request.POST.get("action")
    if action == "share" and form.is_valid():
        person = Person.objects.filter(user__email=form.cleaned_data["email"].lower()).first()
        if person is None:
            form.add_error("email", _("Nobody with this address has a login; ask the person to register first."))
            return None
        share_scenario(scenario=held, person=person, by=request.user)
        messages.success(request, _("%(name)s sees it from now on.") % {"name": person.name})
    elif action == "unshare":
        person = get_object_or_404(Person, pk=request.POST.get("person") or 0)
        unshare_scenario(scenario=held, person=person, by=request.user)
    elif action == "region":
        show_to_region(scenario=held, shown=not held.with_region, by=request.user)
    elif action == "delete":
        delete_scenario(scenario=held, by=request.user)
        return redirect("monitoring:scenarios")
    elif action == "share":
        return None
    return redirect("monitoring:scenario", pk=held.pk)


def _readable(request: HttpRequest, pk: int) -> StressScenario:
    held = scenario_with_words(pk)
    if held is None:
        raise Http404
    if not may_read(held, request.user):
        raise PermissionDenied
    return held


# --- putting together -------------------------------------------------------------------------------------------------
def _start(surplus: Decimal) -> dict[str, Any]:
    today = timezone.localdate()
    return {**START, "falls_on": date(today.year + 1, 1, 1), "reserve_eur": surplus}


def _assumed(form: StressForm) -> Assumptions:
    data = form.cleaned_data
    return Assumptions(timezone.localdate(), data["falls_on"], reserve_eur=data["reserve_eur"], **form.shares())


def _sliders(form: StressForm) -> list[tuple[Any, Any]]:
    return [(form[name], form[name].value()) for name in SHARES]


def _shown(result: Result, given: Assumptions, backed: Any) -> dict[str, Any]:
    """The result in words, tables and a picture."""
    kinds = {v: str(label) for v, label in ServiceOffer.Service.choices}
    source: dict[str, Any] = {"certainty": "estimated", "source": backed.source}
    return {
        "title": _title(result, given),
        "gap": Figure(float(result.gap_eur), _("Missing a year"), "EUR", decimals=0, **source),
        "fee_now": result.fee_eur,
        "fee_needed": result.fee_needed_eur,
        "fee_rise": float(result.fee_needed_eur / result.fee_eur - 1) * 100
        if result.fee_needed_eur is not None and result.fee_eur
        else None,
        "price_needed": None if result.price_needed is None else result.price_needed * 100,
        "payers": result.payers,
        "cuts": [(kinds.get(s.kind, s.kind), s.saved_eur, s.priority) for s in result.cuts.services],
        "cuts_saved": result.cuts.saved_eur,
        "cuts_left": result.cuts.left_eur,
        "chart": _reserve_chart(result, source),
        "table": _before_after(result),
        "assumptions": _assumption_words(result, given),
        "has_gap": result.gap_eur > 0,
    }


def _title(result: Result, given: Assumptions) -> str:
    words = {"fall": _percent(given.fall), "day": day(given.falls_on)}
    if result.months is None:
        return _("With %(fall)s%% less ERDF from %(day)s the reserve is never spent") % words
    return ngettext(
        "With %(fall)s%% less ERDF from %(day)s the reserve lasts %(n)s month from today",
        "With %(fall)s%% less ERDF from %(day)s the reserve lasts %(n)s months from today",
        result.months,
    ) % {**words, "n": result.months}


def _percent(share: Decimal) -> str:
    return spoken_number(share * 100, 0)


def _reserve_chart(result: Result, source: dict[str, Any]) -> Chart:
    return lines(
        "reserve-path",
        _("What is left of the reserve, month by month"),
        _("It ends below zero in month %(n)s.") % {"n": result.months + 1}
        if result.months is not None and result.months < len(result.path)
        else _("It stays above zero in the months shown."),
        [month for month, _reserve in result.path],
        [(_("reserve"), "#0066cc", [float(reserve) for _month, reserve in result.path])],
        x_label=_("months from today"),
        y_label="EUR",
        **source,
    )


def _before_after(result: Result) -> Table:
    sources, costs = dict(RevenueSource.choices), _cost_words()
    before, after = result.before, result.after
    rows: list[list[Any]] = [
        [str(sources.get(k, k)), float(before.revenue[k]), float(after.revenue[k])] for k in before.revenue
    ]
    rows += [[costs.get(k, k), -float(before.costs[k]), -float(after.costs[k])] for k in before.costs]
    return Table(
        [_("A year, EUR"), _("before the fall"), _("after it")],
        rows,
        numeric=[1, 2],
        decimals={1: 2, 2: 2},
        total=[_("Balance"), float(before.balance_eur), float(after.balance_eur)],
        caption=_("A year before and after"),
        full=True,
    )


def _cost_words() -> dict[str, str]:
    return {
        "staff": _("cost of staff"),
        "services": _("cost of services bought"),
        "premises": _("cost of premises"),
        "events": _("cost of events"),
        "other": _("other costs"),
    }


def _assumption_words(result: Result, given: Assumptions) -> list[str]:
    return [
        _("The accounts of %(year)s stand for every year to come, spread evenly over the months.")
        % {"year": result.before.year},
        _("ERDF falls by %(fall)s%% from %(day)s; today is %(today)s.")
        % {
            "fall": _percent(given.fall),
            "day": day(given.falls_on),
            "today": day(given.as_of),
        },
        _("The reserve is %(reserve)s EUR today.") % {"reserve": spoken_number(given.reserve_eur, 2)},
        _(
            "From that day fees rise by %(a)s%%, members fall by %(b)s%%, prices rise by %(c)s%%, sales "
            "fall by %(d)s%%, costs fall by %(e)s%%."
        )
        % {
            "a": _percent(given.fee_rise),
            "b": _percent(given.members_leaving),
            "c": _percent(given.price_rise),
            "d": _percent(given.sales_lost),
            "e": _percent(given.saving),
        },
        _("%(n)s members pay a fee: those at the end of %(year)s, less who leaves; other revenue stays as it is.")
        % {"n": spoken_number(result.payers), "year": result.before.year},
        _(
            "Costs of staff and services, and what is sold, are laid on the kinds of service by their hours in "
            "%(year)s; the priorities are those of the catalogue."
        )
        % {"year": result.before.year},
        _("Each way to balance is reckoned alone, the others left as they are."),
    ]


def _side_by_side(chosen: Sequence[StressScenario]) -> Table:
    results = [(s, assumptions_from(s.assumptions), accounts_from(s.accounts)) for s in chosen]
    found = [(s, a, stress(accounts, a)) for s, a, accounts in results]

    def row(label: str, values: Sequence[Any]) -> list[Any]:
        return [label, *values]

    never = _("never")
    percent = [
        (_("ERDF falls by, %"), "fall"),
        (_("Fees rise by, %"), "fee_rise"),
        (_("Members that leave, %"), "members_leaving"),
        (_("Service prices rise by, %"), "price_rise"),
        (_("Sales lost, %"), "sales_lost"),
        (_("Costs fall by, %"), "saving"),
    ]
    kinds = {v: str(label) for v, label in ServiceOffer.Service.choices}
    rows = [
        row(_("Cluster"), [s.cluster.name for s, _a, _r in found]),
        row(_("Accounts of"), [str(r.before.year) for _s, _a, r in found]),
        *(row(label, [_percent(getattr(a, name)) for _s, a, _r in found]) for label, name in percent),
        row(_("From"), [day(a.falls_on) for _s, a, _r in found]),
        row(_("Reserve today, EUR"), [spoken_number(a.reserve_eur, 0) for _s, a, _r in found]),
        row(
            _("Months until it is spent"),
            [never if r.months is None else spoken_number(r.months) for _s, _a, r in found],
        ),
        row(_("Missing a year, EUR"), [spoken_number(r.gap_eur, 0) for _s, _a, r in found]),
        row(_("Fee that would balance, EUR"), [spoken_number(r.fee_needed_eur, 2) for _s, _a, r in found]),
        row(
            _("Rise of prices that would balance, %"),
            [spoken_number(None if r.price_needed is None else r.price_needed * 100, 1) for _s, _a, r in found],
        ),
        row(
            _("Services that would be cut"),
            [", ".join(kinds.get(c.kind, c.kind) for c in r.cuts.services) or "–" for _s, _a, r in found],
        ),
    ]
    return Table(
        [_("Scenario"), *(s.name for s, _a, _r in found)], rows, caption=_("Scenarios side by side"), full=True
    )


def _reserves(chosen: Sequence[StressScenario]) -> Chart:
    colours = ("#0066cc", "#b45309", "#00695c", "#6d28d9")
    paths = [(s.name, dict(stress(accounts_from(s.accounts), assumptions_from(s.assumptions)).path)) for s in chosen]
    last = max(max(path) for _name, path in paths)
    months = list(range(last + 1))
    return lines(
        "reserve-paths",
        _("What is left of each reserve"),
        _("Months are counted from the day on which each scenario was kept."),
        months,
        [
            (name, colours[i], [None if m not in path else float(path[m]) for m in months])
            for i, (name, path) in enumerate(paths)
        ],
        x_label=_("months"),
        y_label="EUR",
        certainty="estimated",
    )
