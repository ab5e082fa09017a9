from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.portal.views.members import make_up_charts
from poliedro.portal.views.shown import size_words
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.models.clusters import RevenueSource
from poliedro.registry.present import bars, coverage_figure, facts_of, figure, lines, place_map, published_sum, stacked
from poliedro.registry.queries.backing import NOTHING, Backing, backing_of_clusters, together
from poliedro.registry.queries.clusters import catchment, clusters_on, lineage
from poliedro.registry.queries.contracts import published_contracts
from poliedro.registry.queries.coverage import coverage, coverage_by_size
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.memberships import NOBODY, MakeUp, flow, make_up, members_by_cluster, stock_of
from poliedro.registry.queries.money import Accounts, accounts_series, labels_of, mandates_of, staff_of
from poliedro.registry.queries.projects import activity_of, last_project_years, projects_of
from poliedro.registry.queries.standings import as_of
from poliedro.registry.shown import Asked, cluster_tabs
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number


@public
def directory(request: HttpRequest) -> HttpResponse:
    moment = Moment.today()
    clusters = clusters_on(moment)
    mandates = mandates_of(clusters, moment)
    members = members_by_cluster(moment, firms_only=True)
    rows = [
        {"cluster": c, "firms": members.get(c.pk, 0), "bodies": [m.body.organisation for m in mandates.get(c.pk, ())]}
        for c in clusters
    ]
    former = Cluster.objects.filter(closed_on__isnull=False).order_by("position")
    return render(
        request,
        "portal/clusters.html",
        {
            "rows": rows,
            "former": former,
            "synthetic_data": any(c.is_synthetic for c in clusters),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Clusters"))],
        },
    )


@public
def cluster(request: HttpRequest, key: str) -> HttpResponse:
    asked_for = get_object_or_404(Cluster, key=key)
    last = asked_for.last_day(timezone.localdate())
    asked = Asked(request, last)
    moment = asked.moment
    (found,) = as_of([asked_for], moment)
    cards, years = cards_at(moment), last_project_years(moment)
    behind = backing_of_clusters([found], moment, *years)
    members_behind = behind.members.get(found.pk, NOTHING)
    work = facts_of(behind.activity.get(found.pk, NOTHING))
    made_of = make_up(moment).get(found.pk, NOBODY)
    covered = coverage([found], moment).get(found.pk)
    staff = staff_of([found], moment).get(found.pk)
    accounts = [a for a in accounts_series(found, moment.known) if a.year <= moment.on.year]
    activity, told = activity_of(found, *years, known=moment.known), published_contracts(moment.known)
    revenue = facts_of(behind.revenue(found.pk, accounts[-1].year if accounts else None))
    cover = Backing(covered.certainty, covered.source) if covered else NOTHING
    covered_by = facts_of(together([members_behind, cover]))
    period = f"{years[0]}-{years[1]}"
    day = short_day(moment.on)
    figures = [
        figure(
            cards.get("firms-per-cluster"),
            made_of.firms,
            period=day,
            **facts_of(members_behind),
            url=reverse("portal:organisations") + f"?cluster={found.key}",
        ),
        coverage_figure(cards.get("coverage"), covered, moment, **covered_by),
        figure(
            cards.get("staff"),
            staff.persons if staff else None,
            period=day,
            **facts_of(behind.staff.get(found.pk, NOTHING)),
        ),
        figure(
            cards.get("revenue"),
            accounts[-1].total_eur if accounts else None,
            decimals=0,
            period=str(accounts[-1].year) if accounts else "",
            **revenue,
        ),
        figure(
            cards.get("erdf-share"),
            accounts[-1].erdf_share if accounts else None,
            decimals=0,
            period=str(accounts[-1].year) if accounts else "",
            **revenue,
        ),
        figure(cards.get("rd-investment"), activity.invested_eur, period=period, decimals=0, **work),
        figure(cards.get("rd-firms"), activity.firms, period=period, **work),
        published_sum(cards.get("research-contracts"), told.sum(*years, found.key), **facts_of(told.backing(*years))),
    ]
    return render(
        request,
        "portal/cluster.html",
        {
            "cluster": found,
            "figures": figures,
            "charts": _charts(found, moment, made_of, accounts, facts_of(members_behind), covered_by, revenue),
            "tabs": cluster_tabs(found, request.user, "portal:cluster", asked.query),
            "last_day": last,
            "form": asked.form,
            "mandates": mandates_of([found], moment).get(found.pk, []),
            "labels": labels_of(found, moment),
            "lineage": lineage(moment, found),
            "covered": covered,
            "projects": projects_of(found, 12, moment.known),
            "flow": flow(found, date(moment.on.year - 10, 1, 1), moment.on, moment.known),
            "moment": moment,
            "synthetic_data": found.is_synthetic or members_behind.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Clusters"), reverse("portal:clusters")),
                Crumb(found.name),
            ],
        },
    )


def _charts(
    found: Cluster,
    moment: Moment,
    made_of: MakeUp,
    accounts: list[Accounts],
    facts: dict[str, Any],
    covered_by: dict[str, Any],
    revenue: dict[str, Any],
) -> list[Chart]:
    """The pictures of a cluster's page, each with its table.

    facts, covered_by, revenue: certainty and source of figures on members, on coverage, and on accounts.
    """
    charts = []
    where = catchment(found, moment)
    borders = region_map(region())
    if where.outside_share is not None:
        summary = _("%(share)d%% of the members lie outside the seat's province.") % {
            "share": round(where.outside_share * 100)
        }
    elif where.by_province:
        _code, place, n = where.by_province[0]
        summary = _("Most lie in %(place)s: %(n)s.") % {"place": place, "n": spoken_number(n)}
    else:
        summary = _("No member has a place.")
    charts.append(
        place_map(
            "catchment",
            _("Members by province"),
            summary,
            borders,
            {code: n for code, _name, n in where.by_province},
            value_label=_("members"),
            **facts,
        )
    )
    first = min(2009, moment.on.year)
    days = [date(y, 12, 31) for y in range(first, moment.on.year + 1) if date(y, 12, 31) <= moment.on]
    if days:
        series = stock_of(found, days, moment.known)
        charts.append(
            lines(
                "stock",
                _("Member firms since %(year)s") % {"year": first},
                _("At the end of each year, through the clusters that it continues."),
                [d.year for d in days],
                [(found.name, found.colour, [round(v, 1) for v in series])],
                x_label=_("Year"),
                y_label=_("member firms"),
                **facts,
            )
        )
    sizes = size_words()
    by_size = [
        (sizes[g.label], None if g.share is None else round(g.share * 100, 1), "")
        for g in coverage_by_size([found], moment).get(found.pk, [])
    ]
    if by_size:
        charts.append(
            bars(
                "coverage-sizes",
                _("Coverage by size class"),
                _("Members inside the definition over firms of the business register."),
                by_size,
                y_label=_("coverage, %"),
                height="small",
                **covered_by,
            )
        )
    if accounts:
        origins = [
            (str(label), [float(a.by_origin.get(value, 0)) for a in accounts]) for value, label in RevenueSource.choices
        ]
        charts.append(
            stacked(
                "revenue",
                _("Revenue by origin"),
                _("Euro a year, by source of funding."),
                [str(a.year) for a in accounts],
                origins,
                y_label="EUR",
                **revenue,
            )
        )
    return charts + make_up_charts(found, made_of, facts)
