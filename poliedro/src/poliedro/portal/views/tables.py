from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.portal.forms import MomentForm
from poliedro.portal.present import bars, colours_of, facts_of, figure
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.queries.backing import (
    NOTHING,
    Backing,
    ClusterBackings,
    backing_of_clusters,
    together,
)
from poliedro.registry.queries.clusters import area_matrix, clusters_on
from poliedro.registry.queries.coverage import coverage
from poliedro.registry.queries.memberships import distinct_members, members_by_cluster
from poliedro.registry.queries.money import accounts_of, last_accounts_year, mandates_of, staff_of
from poliedro.registry.queries.projects import activity_by_cluster, last_project_years
from poliedro.registry.queries.quality import published_figures
from poliedro.shared.components import Chart, Crumb, Table
from poliedro.shared.dated import Moment


def tables(request: HttpRequest) -> HttpResponse:
    """Tables 4.1 to 4.3 of the study, computed from the register as of a day and as known on a day."""
    form = MomentForm(request.GET or None)
    moment = form.moment()
    clusters, cards = clusters_on(moment), cards_at(moment)
    years = last_project_years(known=moment.known)
    behind = backing_of_clusters(clusters, moment, *years)
    links = {i: reverse("portal:cluster", args=[c.key]) for i, c in enumerate(clusters)}
    members_table, members_chart = _members(clusters, moment, cards, behind, links)
    return render(
        request,
        "portal/tables.html",
        {
            "form": form,
            "moment": moment,
            "clusters": clusters,
            "members": members_table,
            "members_chart": members_chart,
            "accounts": _accounts(clusters, moment, cards, behind, links),
            "activity": _activity(clusters, moment, cards, behind, links, years),
            "areas": [_areas(period, moment) for period in ("2014-20", "2021-27")],
            "published": published_figures(),
            "synthetic_data": any(c.is_synthetic for c in clusters)
            or together(list(behind.members.values())).is_synthetic,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Figures"))],
        },
    )


def _members(
    clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any
) -> tuple[Table, Chart]:
    members, covered = members_by_cluster(moment, firms_only=True), coverage(clusters, moment)
    behind_cover: list[Backing] = []
    rows = []
    for c in clusters:
        cover = covered.get(c.pk)
        own = behind.members.get(c.pk, NOTHING)
        both = together([own, Backing(cover.certainty, cover.source)]) if cover else NOTHING
        behind_cover.append(both)
        rows.append(
            [
                c.name,
                figure(
                    cards.get("firms-per-cluster"),
                    members.get(c.pk, 0),
                    period=f"{moment.on:%d.%m.%Y}",
                    **facts_of(own),
                ),
                figure(
                    cards.get("coverage"),
                    cover.share if cover else None,
                    decimals=1,
                    n=cover.N if cover else None,
                    period=str(cover.year) if cover else "",
                    **facts_of(both),
                ),
                cover.n if cover else None,
                cover.N if cover else None,
                cover.outside if cover else None,
                cover.version if cover else None,
            ]
        )
    total = [_("Region, each firm once"), distinct_members(moment, firms_only=True), None, None, None, None, None]
    table = Table(
        [
            _("Cluster"),
            _("Member firms"),
            _("Coverage"),
            _("Inside the definition"),
            _("Register firms"),
            _("Members outside"),
            _("Definition version"),
        ],
        rows,
        numeric=range(1, 7),
        links=links,
        total=total,
        caption=_("Table 4.1: clusters, participating firms and industry coverage"),
        full=True,
    )
    chart = bars(
        "coverage",
        _("How much of its industry each cluster covers"),
        _("Members inside the definition over firms of the business register, in percent."),
        [
            (
                c.name,
                None
                if c.pk not in covered or covered[c.pk].share is None
                else round((covered[c.pk].share or 0) * 100, 1),
                links[i],
            )
            for i, c in enumerate(clusters)
        ],
        y_label=_("coverage, %"),
        colours=colours_of(clusters),
        height="small",
        **facts_of(together(behind_cover)),
    )
    return table, chart


def _accounts(clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any) -> Table:
    year = min(moment.on.year, last_accounts_year(moment.known) or moment.on.year)
    accounts, staff = accounts_of(clusters, year, moment.known), staff_of(clusters, moment)
    bodies = mandates_of(clusters, moment)
    rows = []
    for c in clusters:
        own, people = accounts.get(c.pk), staff.get(c.pk)
        at_work, money = facts_of(behind.staff.get(c.pk, NOTHING)), facts_of(behind.revenue(c.pk, year))
        seat = next(
            (m.body.organisation.territory.name for m in bodies.get(c.pk, ()) if m.body.organisation.territory), ""
        )
        rows.append(
            [
                c.name,
                seat,
                figure(
                    cards.get("staff"), people.persons if people else None, period=f"{moment.on:%d.%m.%Y}", **at_work
                ),
                figure(
                    cards.get("staff-fte"),
                    people.fte if people else None,
                    period=f"{moment.on:%d.%m.%Y}",
                    decimals=1,
                    **at_work,
                ),
                figure(cards.get("revenue"), own.total_eur if own else None, period=str(year), decimals=0, **money),
                figure(cards.get("erdf-share"), own.erdf_share if own else None, period=str(year), decimals=0, **money),
            ]
        )
    return Table(
        [_("Cluster"), _("Seat"), _("Staff"), "FTE", _("Revenue, EUR"), _("ERDF share")],
        rows,
        numeric=range(2, 6),
        links=links,
        full=True,
        caption=_("Table 4.2: cluster management organisations, staff and revenue, %(year)d") % {"year": year},
    )


def _activity(
    clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any, years: tuple[int, int]
) -> Table:
    first, last = years
    by_cluster, region = activity_by_cluster(clusters, first, last, moment.known)
    period = f"{first}-{last}"
    rows = []
    for c in clusters:
        a, work = by_cluster[c.pk], facts_of(behind.activity.get(c.pk, NOTHING))
        signed = facts_of(behind.contracts.get(c.pk, NOTHING))
        rows.append(
            [
                c.name,
                figure(cards.get("rd-investment"), a.invested_eur, period=period, decimals=0, **work),
                float(a.whole_eur),
                a.projects,
                figure(cards.get("rd-firms"), a.firms, period=period, **work),
                figure(cards.get("rd-fte"), a.fte, period=period, decimals=0, **work),
                figure(cards.get("research-contracts"), a.contracts_eur, period=period, decimals=0, **signed),
            ]
        )
    total = [
        _("Region"),
        float(region.invested_eur),
        None,
        region.projects,
        region.firms,
        float(region.fte),
        float(region.contracts_eur),
    ]
    return Table(
        [
            _("Cluster"),
            _("R&D investment, EUR (shares)"),
            _("counted whole, EUR"),
            _("Projects"),
            _("Firms"),
            "FTE",
            _("Research contracts, EUR"),
        ],
        rows,
        numeric=range(1, 7),
        links=links,
        total=total,
        full=True,
        caption=_("Table 4.3: R&D activity of cluster members, %(period)s") % {"period": period},
    )


def _areas(period: str, moment: Moment) -> dict[str, Any]:
    matrix = area_matrix(period, moment)
    rows = [[a.label, *(matrix.weights.get((a.pk, c.pk)) for c in matrix.clusters)] for a in matrix.areas]
    return {
        "period": period,
        "matrix": matrix,
        "table": Table(
            [_("S3 area"), *(c.name for c in matrix.clusters)],
            rows,
            full=True,
            numeric=range(1, len(matrix.clusters) + 1),
            caption=_("S3 areas of %(period)s and clusters, weights") % {"period": period},
        ),
    }
