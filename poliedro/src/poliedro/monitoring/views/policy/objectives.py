"""The three objectives of industrial modernisation: money, projects and services of each, by cluster (R019)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.funding.models import Measure, Output
from poliedro.monitoring.forms.policy import TagForm, TagServiceForm
from poliedro.monitoring.queries.policy.objectives import (
    OBJECTIVES,
    UNTAGGED,
    ByObjective,
    Cell,
    by_objective,
    tags_of_services,
    untagged_projects,
)
from poliedro.monitoring.services.policy.objectives import tag_projects, tag_service
from poliedro.monitoring.views.policy.words import policy_crumbs, policy_tabs
from poliedro.registry.models import Project, ServiceOffer
from poliedro.registry.present import facts_of
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.projects import last_project_years
from poliedro.registry.shown import Asked, as_file
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import spoken_number

AT_ONCE = 30
"""Projects without an objective that the form offers at once."""


def _words() -> dict[str, str]:
    return {**{str(v): str(label) for v, label in Measure.Objective.choices}, UNTAGGED: _("no objective stated")}


@needs("monitoring.view_policy")
@require_safe
def objectives(request: HttpRequest) -> HttpResponse:
    """Spend, projects and services by objective and cluster, and what serves no stated objective."""
    asked = Asked(request)
    return _page(request, asked.moment, None, None, asked.wants_file)


def _page(
    request: HttpRequest,
    moment: Moment,
    tagging: TagForm | None,
    servicing: TagServiceForm | None,
    as_csv: bool = False,
) -> HttpResponse:
    clusters = clusters_on(moment)
    first, last = last_project_years(moment)
    found = by_objective(clusters, first, last)
    words = _words()
    table = _table(found, words)
    if as_csv:
        return as_file(table, "objectives")
    may_edit = request.user.has_perm("monitoring.edit_policy")
    blocks = [
        Block(figures=_figures(found, words)),
        Block(chart=_map(found, words, table)),
        Block(_("Row by row"), table=table, links=[(_("Download CSV"), "?format=csv")]),
        Block(_("Outputs of granted applications"), table=_outputs(found, words))
        if found.outputs
        else Block(_("Outputs of granted applications"), _("None is recorded in these years.")),
        Block(_("Kinds of services and their objectives"), table=_services(words)),
    ]
    if may_edit:
        open_projects = untagged_projects(first, last, AT_ONCE)
        if open_projects:
            blocks.append(
                Block(
                    _("Projects without an objective, the dearest first"),
                    form=tagging or TagForm(projects=_choices(open_projects), prefix="p"),
                    button=_("Give them these objectives"),
                    action=reverse("monitoring:tag_projects"),
                )
            )
        blocks.append(
            Block(
                _("Objectives of a kind of service"),
                form=servicing or TagServiceForm(services=ServiceOffer.Service.choices, prefix="s"),
                button=_("State them"),
                action=reverse("monitoring:tag_service"),
            )
        )
    page = WorkingPage(
        _title(found),
        _(
            "The objectives of industrial modernisation since 2015, projects begun in %(first)d-%(last)d. A project "
            "with two "
            "objectives counts half for each, so that the parts add up."
        )
        % {"first": first, "last": last},
        blocks,
        tabs=policy_tabs("monitoring:objectives"),
    )
    return show(
        request, page, policy_crumbs(Crumb(_("Industrial modernisation"))), synthetic=found.backing.is_synthetic
    )


def _choices(projects: list[Project]) -> list[tuple[str, str]]:
    return [
        (str(p.pk), f"{p}, {spoken_number(p.total_cost_eur, 0)} EUR" if p.total_cost_eur is not None else str(p))
        for p in projects
    ]


def _title(found: ByObjective) -> str:
    share = found.untagged_share
    if share is None:
        return _("No project of a cluster is known in these years")
    return _("%(share)s%% of the projects' cost serves no stated objective") % {"share": spoken_number(share * 100, 0)}


def _figures(found: ByObjective, words: dict[str, str]) -> list[Figure]:
    period = f"{found.first}-{found.last}"
    return [
        Figure(
            float(found.total(o).cost_eur),
            words[o],
            "EUR",
            period=period,
            decimals=0,
            definition=_("Cost of the projects that serve it, by the share of each objective."),
            **facts_of(found.backing),
        )
        for o in (*OBJECTIVES, UNTAGGED)
    ]


def _cell(found: ByObjective, objective: str, cluster: int) -> Cell:
    return found.cells.get((objective, cluster), Cell())


def _map(found: ByObjective, words: dict[str, str], table: Table) -> Chart:
    rows, columns = (*OBJECTIVES, UNTAGGED), list(found.clusters)
    return Chart(
        "heatmap",
        "objectives-clusters",
        _("Cost of projects by objective and cluster, million EUR"),
        _("Each project by its share for the cluster, and in equal parts for its objectives."),
        {
            "rows": [words[o] for o in rows],
            "columns": [c.name for c in columns],
            "cells": [
                {"row": i, "column": j, "value": round(float(_cell(found, o, c.pk).cost_eur) / 1e6, 2)}
                for i, o in enumerate(rows)
                for j, c in enumerate(columns)
            ],
            "decimals": 1,
        },
        table,
        **facts_of(found.backing),
    )


def _table(found: ByObjective, words: dict[str, str]) -> Table:
    names = {c.pk: c.name for c in found.clusters}
    rows = []
    for o in (*OBJECTIVES, UNTAGGED):
        for cluster in [*names, 0]:
            cell = _cell(found, o, cluster)
            if cluster or cell.services:
                rows.append(
                    [
                        words[o],
                        names.get(cluster, _("no cluster")),
                        Figure(
                            float(cell.cost_eur),
                            _("Cost of projects"),
                            "EUR",
                            f"{found.first}-{found.last}",
                            decimals=0,
                            **facts_of(found.backing),
                        ),
                        float(cell.projects),
                        float(cell.services),
                        float(cell.hours),
                    ]
                )
    return Table(
        [
            _("Objective"),
            _("Cluster"),
            _("Cost of projects"),
            _("Projects"),
            _("Services delivered"),
            _("Hours of services"),
        ],
        rows,
        numeric=range(2, 6),
        decimals={3: 1, 4: 1, 5: 0},
        full=True,
        caption=_("Objectives by cluster"),
    )


def _outputs(found: ByObjective, words: dict[str, str]) -> Table:
    kinds = dict(Output.Kind.choices)
    return Table(
        [_("Objective"), _("Output"), _("Number")],
        [[words[o], str(kinds[k]), float(n)] for (o, k), n in sorted(found.outputs.items())],
        numeric=[2],
        caption=_("Outputs by objective of the measure"),
    )


def _services(words: dict[str, str]) -> Table:
    held = tags_of_services()
    return Table(
        [_("Kind of service"), _("Objectives")],
        [
            [str(label), ", ".join(words[o] for o in held.get(str(v), ())) or None]
            for v, label in ServiceOffer.Service.choices
        ],
        caption=_("Every delivery of a kind carries its objectives"),
    )


@needs("monitoring.edit_policy")
@require_POST
def tag(request: HttpRequest) -> HttpResponse:
    """Give the chosen projects their objectives."""
    moment = Moment.today()
    open_projects = untagged_projects(*last_project_years(moment), AT_ONCE)
    form = TagForm(request.POST, projects=_choices(open_projects), prefix="p")
    if not form.is_valid():
        return _page(request, moment, form, None)
    chosen = [p for p in open_projects if str(p.pk) in form.cleaned_data["projects"]]
    tag_projects(projects=chosen, objectives=form.cleaned_data["objectives"], by=request.user)
    messages.success(
        request,
        ngettext("%(n)d project has its objectives.", "%(n)d projects have their objectives.", len(chosen))
        % {"n": len(chosen)},
    )
    return redirect("monitoring:objectives")


@needs("monitoring.edit_policy")
@require_POST
def tag_kind(request: HttpRequest) -> HttpResponse:
    """Give a kind of service its objectives."""
    form = TagServiceForm(request.POST, services=ServiceOffer.Service.choices, prefix="s")
    if not form.is_valid():
        return _page(request, Moment.today(), None, form)
    tag_service(service=form.cleaned_data["service"], objectives=form.cleaned_data["objectives"], by=request.user)
    messages.success(request, _("Stated."))
    return redirect("monitoring:objectives")
