"""What only some may read. Every look is recorded, and an organisation's delegates see who looked at theirs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.audit.models import LogEntry
from poliedro.audit.queries import named, reads_of
from poliedro.audit.services import record
from poliedro.reference.rules import weakest
from poliedro.registry.forms import StaffForm
from poliedro.registry.models import Cluster, ManagementOrganisation, Organisation, StaffAssignment
from poliedro.registry.models.clusters import RevenueSource
from poliedro.registry.present import certainty_of, lines, stacked
from poliedro.registry.queries.money import mandates_of
from poliedro.registry.queries.protected import (
    AccountLine,
    account_lines,
    former_staff,
    roster,
    statements_of,
    years_of_accounts,
)
from poliedro.registry.services.region_setup import ensure_source
from poliedro.registry.services.staff import NoMandate, assign_staff, end_assignment
from poliedro.registry.shown import Asked, Page, cluster_tabs, show
from poliedro.registry.views.found import assignment_by_pk, cluster_by_key, organisation_by_pk
from poliedro.registry.words import cost_words, staff_words
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import certainty_label, source_words

READS = 50
"""Looks on one page."""


def _note(request: HttpRequest, verb: str, kind: str, key: object) -> None:
    record(by=request.user, act=LogEntry.Act.READ, verb=verb, subject_kind=kind, subject_key=key)


def _crumbs(cluster: Cluster, here: str) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        Crumb(here),
    ]


# --- staff ------------------------------------------------------------------------------------------------------------
@needs("registry.view_roster", cluster=cluster_by_key)
def staff(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Who works for a cluster's management, for how much of a year, since when (R011)."""
    asked = Asked(request)
    may_edit = request.user.has_perm("registry.edit_roster", cluster)
    bodies = ManagementOrganisation.objects.filter(mandates__cluster=cluster, mandates__retracted_at=None)
    form = StaffForm(
        request.POST or None,
        bodies=bodies.distinct().order_by("organisation__name"),
        roles=list(staff_words().items()),
    )
    if request.method == "POST":
        if not may_edit:
            return render(request, "403.html", status=403)
        if form.is_valid() and _assign(request, cluster, form):
            return redirect("registry:staff", key=cluster.key)
    people = roster(cluster, asked.moment)
    fte = sum(a.fte for a in people)
    _note(request, "view_roster", "cluster", cluster.key)
    return render(
        request,
        "registry/staff.html",
        {
            "cluster": cluster,
            "persons": len({a.person_id for a in people}),
            "fte": fte,
            "table": _staff_table(people),
            "people": people if may_edit and asked.moment.known is None else [],
            "former": _staff_table(former_staff(cluster, asked.moment)),
            "mandates": mandates_of([cluster], asked.moment).get(cluster.pk, []),
            "form": form if may_edit else None,
            "asked": asked,
            "moment": asked.moment,
            "tabs": cluster_tabs(cluster, request.user, "registry:staff", asked.query),
            "synthetic_data": any(a.certainty == "synthetic" for a in people),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), *_crumbs(cluster, _("Staff"))],
        },
    )


def _assign(request: HttpRequest, cluster: Cluster, form: StaffForm) -> bool:
    try:
        assign_staff(cluster=cluster, source=ensure_source("delegation"), by=request.user, **form.cleaned_data)
    except NoMandate:
        form.add_error("valid_from", _("The body does not manage the cluster on this day; choose another day or body."))
        return False
    return True


def _staff_table(people: list[StaffAssignment]) -> Table:
    words = staff_words()
    return Table(
        [_("Person"), _("Role"), "FTE", _("Competences"), _("On behalf of"), _("From"), _("To"), _("Source")],
        [
            [
                a.person.name,
                words[a.role],
                Figure(
                    float(a.fte), label=_("Part of a full-time year"), unit="FTE", decimals=2,
                    certainty=certainty_of(a.certainty), source=a.source.name,
                ),
                a.competences or None,
                a.body.organisation.name,
                short_day(a.valid_from) if a.valid_from else None,
                short_day(a.valid_to) if a.valid_to else _("open"),
                source_words(a.source.name),
            ]
            for a in people
        ],
        numeric=[2],
        full=True,
    )  # fmt: skip


@require_POST
@needs("registry.edit_roster", assignment=assignment_by_pk)
def end_staff(request: HttpRequest, assignment: StaffAssignment) -> HttpResponse:
    end_assignment(assignment=assignment, on=timezone.localdate(), by=request.user)
    return redirect("registry:staff", key=assignment.cluster.key)


# --- accounts ---------------------------------------------------------------------------------------------------------
@require_safe
@needs("registry.view_account_lines", cluster=cluster_by_key)
def accounts(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Every line of the accounts of a cluster's managing bodies, by year and source (R013, R015)."""
    asked = Asked(request)
    found = account_lines(cluster, asked.moment.on, asked.moment.known)
    _note(request, "view_account_lines", "cluster", cluster.key)
    last = next(iter(reversed(years_of_accounts(found))), None)
    facts: dict[str, Any] = {
        "certainty": certainty_of(weakest([line.certainty for line in found]) if found else "reported"),
        "source": "; ".join(sorted({line.source for line in found})),
    }
    figures = []
    if last is not None:
        figures = [
            Figure(_euro(value), label=label, unit="EUR", decimals=0, period=str(last.year), null_means=empty, **facts)
            for value, label, empty in (
                (last.revenue_eur, _("Revenue"), _("No revenue line of this year.")),
                (last.costs_eur, _("Costs"), _("No cost line of this year.")),
                (last.result_eur, _("Revenue less costs"), _("Revenue or costs have no line.")),
            )
        ]
    return show(
        request,
        Page(
            _accounts_title(cluster, last),
            _("Each line as it was loaded, with its body, source and day of recording."),
            figures,
            _accounts_charts(found, facts),
            table=_lines_table(found) if found else None,
            notes=[
                _("Corrected lines keep their earlier value: ask for an earlier day of knowledge above."),
                _("Every look at this page is recorded."),
            ],
            empty=None
            if found
            else Empty(
                _("No line of accounts is loaded"),
                _("The cluster's managers upload them as a list of yearly accounts."),
                _("Lists"),
                reverse("registry:imports", args=[cluster.key]),
            ),
            colour=cluster.colour,
        ),
        asked,
        cluster_tabs(cluster, request.user, "registry:accounts", asked.query),
        _crumbs(cluster, _("Account lines")),
    )


def _euro(value: Any) -> float | None:
    return None if value is None else float(value)


def _accounts_title(cluster: Cluster, last: Any) -> str:
    if last is None or last.erdf_share is None:
        return _("Accounts of %(cluster)s") % {"cluster": cluster.name}
    return _("%(share)d%% of the revenue of %(cluster)s in %(year)d came from the ERDF") % {
        "cluster": cluster.name,
        "year": last.year,
        "share": round(last.erdf_share * 100),
    }


def _accounts_charts(found: list[AccountLine], facts: dict[str, Any]) -> list[Chart]:
    years = years_of_accounts(found)
    charts = []
    for is_revenue, name, title, words in (
        (True, "revenue", _("Revenue by source"), {v: str(label) for v, label in RevenueSource.choices}),
        (False, "costs", _("Costs by kind"), cost_words()),
    ):
        ours = [line for line in found if line.is_revenue == is_revenue]
        if not ours:
            continue
        series = [
            (label, [float(sum(x.amount_eur for x in ours if x.year == y.year and x.item == value)) for y in years])
            for value, label in words.items()
            if any(x.item == value for x in ours)
        ]
        charts.append(
            stacked(
                name, title, _("Euro a year."), [str(y.year) for y in years], series, y_label="EUR", upright=True,
                height="small", **facts,
            )
        )  # fmt: skip
    return charts


def _lines_table(found: list[AccountLine]) -> Table:
    words = {v: str(label) for v, label in RevenueSource.choices}
    costs = cost_words()
    return Table(
        [_("Year"), _("Revenue or cost"), _("Item"), "EUR", _("Body"), _("Note"), _("Recorded")],
        [
            [
                str(line.year),
                _("revenue") if line.is_revenue else _("cost"),
                (words if line.is_revenue else costs).get(line.item, line.item),
                Figure(
                    float(line.amount_eur), unit="EUR", decimals=2, period=str(line.year),
                    certainty=certainty_of(line.certainty), source=line.source,
                ),
                line.body,
                line.note or None,
                short_day(timezone.localtime(line.recorded_at)),
            ]
            for line in found
        ],
        numeric=[3],
        full=True,
    )  # fmt: skip


# --- statements -------------------------------------------------------------------------------------------------------
@require_safe
@needs("registry.view_statements", organisation=organisation_by_pk)
def statements(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """An organisation's yearly statements, for those who act for it."""
    asked = Asked(request)
    found = [s for s in statements_of(organisation, asked.moment.known) if s.year <= asked.moment.on.year]
    _note(request, "view_statements", "organisation", organisation.pk)
    years = sorted({s.year for s in found})
    turnover = {s.year: s.turnover_eur for s in reversed(found)}
    facts: dict[str, Any] = {
        "certainty": certainty_of(weakest([s.certainty for s in found]) if found else "reported"),
        "source": "; ".join(sorted({s.source.name for s in found})),
    }
    charts = (
        [
            lines(
                "turnover",
                _("Turnover"),
                _("Euro a year, as the statements give it."),
                years,
                [(_("Turnover"), "#0066cc", [_euro(turnover[y]) for y in years])],
                x_label=_("Year"),
                y_label="EUR",
                height="small",
                **facts,
            )
        ]
        if len(years) > 1
        else []
    )
    return show(
        request,
        Page(
            _("Financial statements of %(name)s") % {"name": organisation},
            _("Only those who act for the organisation, evaluators and data stewards see this page."),
            charts=charts,
            table=_statements_table(found) if found else None,
            notes=[
                _("Persons are annual work units."),
                _("The EU size class follows from these figures with those of linked and partner firms."),
                _("Every look at this page is recorded; the organisation's delegates see who looked."),
            ],
            empty=None
            if found
            else Empty(
                _("No statement is loaded"),
                _("Statements come from the business register, or with a study of the region."),
                _("Sources"),
                reverse("portal:sources"),
            ),
        ),
        asked,
        [],
        [
            Crumb(_("Organisations"), reverse("portal:organisations")),
            Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
            Crumb(_("Financial statements")),
        ],
    )


def _statements_table(found: list[Any]) -> Table:
    columns = (
        ("turnover_eur", _("Turnover, EUR")),
        ("value_added_eur", _("Value added, EUR")),
        ("labour_cost_eur", _("Labour cost, EUR")),
        ("total_assets_eur", _("Total assets, EUR")),
        ("debt_eur", _("Debt, EUR")),
    )
    return Table(
        [_("Year"), *(label for _name, label in columns), _("Persons"), _("How it is known"), _("Source")],
        [
            [
                str(s.year),
                *(_euro(getattr(s, name)) for name, _label in columns),
                _euro(s.persons),
                certainty_label(s.certainty),
                source_words(s.source.name),
            ]
            for s in found
        ],
        numeric=range(1, 7),
        decimals=dict.fromkeys(range(1, 6), 0),
        full=True,
    )


# --- who looked -------------------------------------------------------------------------------------------------------
@require_safe
@needs("audit.view_reads_of_own_data", organisation=organisation_by_pk)
def reads(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Who read protected data of one's own organisation, and when."""
    page = Paginator(reads_of("organisation", organisation.pk), READS).get_page(request.GET.get("page"))
    words = {
        "view_statements": _("financial statements"),
        "view_reads": _("this list"),
        "view_hand_over": _("hand-over"),
    }
    rows = [(entry, words.get(entry.verb, entry.verb)) for entry in named(page)]
    _note(request, "view_reads", "organisation", organisation.pk)  # after the list is read: this look comes next time
    return render(
        request,
        "registry/reads.html",
        {
            "organisation": organisation,
            "page": page,
            "rows": rows,
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("Who read our data")),
            ],
        },
    )
