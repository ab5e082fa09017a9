"""R&D activity by cluster and year (Table 4.3, unfolded)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.monitoring.models import ProjectNature
from poliedro.monitoring.queries.activity import TOP, YearOfActivity, activity_years
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import facts_of, figure, published_sum, stacked
from poliedro.registry.queries.backing import NOTHING, backing_of_clusters, together
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.contracts import PublishedContracts, published_contracts
from poliedro.registry.queries.projects import last_project_years
from poliedro.registry.shown import Asked, Page, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Tab, Table
from poliedro.shared.disclosure import TOTAL
from poliedro.shared.templatetags.poliedro import spoken_number


@public
@require_safe
def rd(request: HttpRequest) -> HttpResponse:
    """Investment counted by share and whole, side by side; new and repeat firms; kinds of innovation; readiness."""
    asked = Asked(request)
    clusters, years = clusters_on(asked.moment), last_project_years(asked.moment)
    chosen = asked.cluster(clusters)
    rows = activity_years(*years, asked.moment.known)
    own = [r for r in rows if r.cluster_id == (chosen.pk if chosen else None)]
    behind = backing_of_clusters(clusters, asked.moment, *years)
    backing = behind.activity.get(chosen.pk, NOTHING) if chosen else together(list(behind.activity.values()))
    facts, period = facts_of(backing), f"{years[0]}-{years[1]}"
    part, whole = sum(r.part_eur for r in own), _whole(rows, chosen, clusters)
    cards = cards_at(asked.moment)
    return show(
        request,
        Page(
            _title(chosen, part, whole, period),
            _("By share, clusters add up to the region; counted whole, a shared project counts for each cluster."),
            [
                figure(cards.get("rd-investment"), part, period=period, decimals=0, **facts),
                Figure(
                    float(whole), label=_("The same, counted whole"), unit="EUR", period=period, decimals=0,
                    definition=_("Each project in full for each of its clusters."), **facts,
                ),
                Figure(
                    sum(r.not_rd for r in own) or None, label=_("Projects that are no R&D"), period=period,
                    n=sum(sum(r.kinds.values()) for r in own),
                    definition=_("Innovation of organisation, management or marketing without research."),
                    null_means=_("None is recorded as such."), **facts,
                ),
            ],
            _charts(own, facts) if any(r.projects for r in own) else [],
            _table(rows, clusters, chosen, facts, published_contracts(asked.moment.known)),
            notes=[
                _("New: the firm's first project of any cluster begins in the year. Repeat: it had one before."),
                _("Concentration: places in projects held by the %(n)d firms with most places.") % {"n": TOP},
                _("FTE: research hours on the year's projects, over 1 720 hours; not staff of managements."),
            ],
            facets=[asked.cluster_facet(clusters)],
            empty=None
            if any(r.projects for r in own)
            else Empty(_("No project of clusters is recorded"), _("Projects with their clusters fill this page.")),
            colour=chosen.colour if chosen else "",
        ),
        asked,
        _tabs(asked.query),
        [Crumb(_("Figures"), reverse("portal:tables")), Crumb(_("R&D by year"))],
    )  # fmt: skip


def _tabs(query: str) -> list[Tab]:
    """Beside the other pages of figures."""
    ways = (
        ("portal:tables", _("Side by side")),
        ("monitoring:rd", _("R&D by year")),
        ("portal:participation", _("Who takes part")),
        ("portal:contracts", _("Research contracts")),
    )
    return [Tab(label, reverse(name) + query, name == "monitoring:rd") for name, label in ways]


def _whole(rows: Sequence[YearOfActivity], chosen: Cluster | None, clusters: Sequence[Cluster]) -> Any:
    """The whole counts of the chosen cluster, or of all clusters: more than the region's cost where projects are
    shared."""
    keys = {chosen.pk} if chosen else {c.pk for c in clusters}
    return sum(r.whole_eur for r in rows if r.cluster_id in keys)


def _title(chosen: Cluster | None, part: Any, whole: Any, period: str) -> str:
    said = {
        "cluster": chosen.name if chosen else "",
        "part": spoken_number(float(part) / 1e6, 1),
        "whole": spoken_number(float(whole) / 1e6, 1),
        "period": period,
    }
    if chosen:
        return _("%(cluster)s: %(part)s million EUR of R&D by share, %(whole)s counted whole, %(period)s") % said
    return _("%(part)s million EUR of R&D by share, %(whole)s where each cluster counts whole, %(period)s") % said


def _charts(own: Sequence[YearOfActivity], facts: dict[str, Any]) -> list[Chart]:
    years = [str(r.year) for r in own]
    charts = [
        stacked(
            "firms",
            _("New and repeat firms"),
            _("Firms in projects that begin in the year."),
            years,
            [(_("new"), [r.new for r in own]), (_("repeat"), [r.repeat for r in own])],
            y_label=_("firms"),
            upright=True,
            **facts,
        )
    ]
    labels = {str(value): str(label) for value, label in ProjectNature.Innovation.choices}
    used = [k for k in labels if any(k in r.kinds for r in own)]
    if used:
        charts.append(
            stacked(
                "kinds",
                _("Kinds of innovation"),
                _("Projects that begin in the year, by what they renew."),
                years,
                [(labels[k], [r.kinds.get(k, 0) for r in own]) for k in used],
                y_label=_("projects"),
                upright=True,
                **facts,
            )
        )
    levels = sorted({t for r in own for t in r.trl})
    if levels:
        charts.append(
            Chart(
                "heatmap",
                "trl",
                _("How near to the market the projects end"),
                _("Technology readiness level (TRL) at the end: 1 an idea, 9 in use."),
                {
                    "rows": years,
                    "columns": [f"TRL {t}" for t in levels],
                    "cells": [
                        {"row": i, "column": j, "value": r.trl[t]}
                        for i, r in enumerate(own)
                        for j, t in enumerate(levels)
                        if t in r.trl
                    ],
                    "x_label": "TRL",
                    "decimals": 0,
                },
                Table(
                    [_("Year"), *(f"TRL {t}" for t in levels)],
                    [[str(r.year), *(r.trl.get(t, 0) for t in levels)] for r in own],
                    numeric=range(1, len(levels) + 1),
                ),
                height="small",
                **facts,
            )
        )
    return charts


def _table(
    rows: Sequence[YearOfActivity],
    clusters: Sequence[Cluster],
    chosen: Cluster | None,
    facts: dict[str, Any],
    told: PublishedContracts,
) -> Table:
    names, key_of = {c.pk: c.name for c in clusters}, {c.pk: c.key for c in clusters}
    keys = {chosen.pk} if chosen else {*names, None}
    listed = [r for r in rows if r.cluster_id in keys]
    return Table(
        [
            _("Cluster"),
            _("Year"),
            _("R&D investment, EUR (shares)"),
            _("Counted whole, EUR"),
            _("Projects"),
            _("New firms"),
            _("Repeat firms"),
            _("Places of the first ten, %"),
            "FTE",
            _("Research contracts, EUR"),
        ],
        [
            [
                names.get(r.cluster_id or 0, _("Region")),
                str(r.year),
                Figure(float(r.part_eur), label=_("R&D investment"), decimals=0, period=str(r.year), **facts),
                float(r.whole_eur),
                r.projects,
                r.new,
                r.repeat,
                None if r.top_share is None else 100 * r.top_share,
                float(r.fte),
                published_sum(
                    None,
                    told.sum(r.year, r.year, key_of.get(r.cluster_id or 0, TOTAL)),
                    label=_("Research contracts"),
                    **facts_of(told.backing(r.year, r.year)),
                ),
            ]
            for r in sorted(
                listed,
                key=lambda r: (r.cluster_id is None, list(names).index(r.cluster_id) if r.cluster_id else 0, r.year),
            )
        ],
        numeric=range(2, 10),
        decimals={3: 0, 7: 0, 8: 0},
        full=True,
        caption=_("Table 4.3 by cluster and year"),
    )
