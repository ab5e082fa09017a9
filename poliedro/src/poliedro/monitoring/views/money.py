"""Money of a cluster and of all clusters side by side (R013 to R015)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from poliedro.monitoring.rules.alarms import ERDF_AMBER, ERDF_RED, dependence
from poliedro.monitoring.rules.stress import herfindahl
from poliedro.monitoring.views.found import cluster_by_key
from poliedro.registry.models import Cluster, RevenueLine
from poliedro.registry.models.clusters import RevenueSource
from poliedro.registry.present import certainty_of, lines, stacked
from poliedro.registry.queries.backing import total_backing
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.memberships import NOBODY, make_up
from poliedro.registry.queries.money import Accounts as Money
from poliedro.registry.queries.money import accounts_of, accounts_series, last_accounts_year, staff_of
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.templatetags.poliedro import spoken_number

OWN = ("fees", "services", "private")


@needs("registry.view_account_lines", cluster=cluster_by_key)
@require_safe
def money(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Where the money of one cluster comes from, year by year, and how it depends on ERDF."""
    series = accounts_series(cluster)
    moment = Moment.today()
    backed = total_backing(RevenueLine.objects.known().filter(cluster=cluster))
    source: dict[str, Any] = {"certainty": certainty_of(backed.certainty), "source": backed.source}
    charts: list[Chart] = []
    figures: list[Figure] = []
    tables: list[Table] = []
    title = _("%(name)s: no accounts are known yet") % {"name": cluster.name}
    if series:
        last = series[-1]
        peers = accounts_of(clusters_on(moment), last.year)
        people, members = staff_of([cluster], moment).get(cluster.pk), make_up(moment).get(cluster.pk, NOBODY)
        title = _("%(name)s: %(share)s%% of %(total)s EUR came from ERDF in %(year)s; %(word)s") % {
            "name": cluster.name,
            "share": "–" if last.erdf_share is None else round(last.erdf_share * 100),
            "total": spoken_number(last.total_eur, 0),
            "year": last.year,
            "word": dependence_words()[dependence(last.erdf_share)],
        }
        figures = _figures(last, people.fte if people else None, members.firms, source)
        charts = [_sources(series, source), _paths([(cluster, series)], source, peers, cluster)]
        tables = [_compared(last.year, source, own=cluster)]
    return render(
        request,
        "monitoring/money.html",
        {
            "cluster": cluster,
            "title": title,
            "figures": figures,
            "charts": charts,
            "tables": tables,
            "tabs": cluster_tabs(cluster, request.user, "monitoring:money"),
            "may_test": request.user.has_perm("monitoring.run_stress_test", cluster),
            "empty": None if series else no_accounts(),
            "synthetic_data": backed.is_synthetic,
            "crumbs": [*cluster_crumbs(cluster), Crumb(_("Money"))],
        },
    )


@needs("registry.view_account_lines")
@require_safe
def region_money(request: HttpRequest) -> HttpResponse:
    """All clusters side by side: total, dependence, concentration, revenue per member and per full-time person."""
    moment = Moment.today()
    clusters = clusters_on(moment)
    year = last_accounts_year()
    backed = total_backing(RevenueLine.objects.known())
    source: dict[str, Any] = {"certainty": certainty_of(backed.certainty), "source": backed.source}
    charts: list[Chart] = []
    title = _("No accounts are known yet")
    if year is not None:
        accounts = accounts_of(clusters, year)
        high = [c for c in clusters if c.pk in accounts and dependence(accounts[c.pk].erdf_share) == "red"]
        title = ngettext(
            "%(n)s cluster of %(all)s has %(limit)s%% of its revenue or more from ERDF (%(year)s)",
            "%(n)s clusters of %(all)s have %(limit)s%% of their revenue or more from ERDF (%(year)s)",
            len(high),
        ) % {"n": len(high), "all": len(accounts), "limit": round(100 * ERDF_RED), "year": year}
        held = [c for c in clusters if c.pk in accounts]
        words = dict(RevenueSource.choices)
        charts = [
            stacked(
                "money-sources",
                _("Where the money comes from"),
                _("Revenue of the bodies that manage each cluster, by source, %(year)s.") % {"year": year},
                [c.name for c in held],
                [
                    (str(words[o]), [float(accounts[c.pk].by_origin.get(o, Decimal(0))) for c in held])
                    for o in RevenueSource.values
                ],
                y_label="EUR",
                **source,
            ),
            _paths([(c, accounts_series(c)) for c in held], source),
        ]
    return render(
        request,
        "monitoring/money.html",
        {
            "cluster": None,
            "title": title,
            "figures": [],
            "charts": charts,
            "tables": [_compared(year, source)] if year is not None else [],
            "tabs": [],
            "may_test": False,
            "empty": None if year is not None else no_accounts(),
            "synthetic_data": backed.is_synthetic,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Money of the clusters"))],
        },
    )


def _figures(last: Money, fte: Decimal | None, firms: int, source: dict[str, Any]) -> list[Figure]:
    period = str(last.year)
    own = sum((last.by_origin.get(o, Decimal(0)) for o in OWN), Decimal(0))
    share = last.erdf_share
    concentration = herfindahl(list(last.by_origin.values()))
    return [
        Figure(float(last.total_eur), _("Revenue"), "EUR", period, decimals=0, **source),
        Figure(None if share is None else share * 100, _("From ERDF"), "%", period, **source),
        Figure(
            float(own / last.total_eur) * 100 if last.total_eur else None,
            _("Own revenue"),
            "%",
            period,
            definition=_("Fees, services sold and private funds, of all revenue."),
            **source,
        ),
        Figure(
            concentration,
            _("Concentration"),
            "",
            period,
            decimals=2,
            definition=_("Herfindahl index of the six sources: from 0.17 (all alike) to 1 (one alone)."),
            formula="sum s^2",
            **source,
        ),
        Figure(last.revenue_per(firms), _("Revenue per member firm"), "EUR", period, decimals=0, **source),
        Figure(last.revenue_per(fte), _("Revenue per FTE of management"), "EUR", period, decimals=0, **source),
    ]


def _sources(series: Sequence[Money], source: dict[str, Any]) -> Chart:
    words = dict(RevenueSource.choices)
    first, last = series[0], series[-1]
    return stacked(
        "money-sources",
        _("Where the money comes from, year by year"),
        _("%(a)s EUR in %(b)s, %(c)s EUR in %(d)s.")
        % {
            "a": spoken_number(first.total_eur, 0),
            "b": first.year,
            "c": spoken_number(last.total_eur, 0),
            "d": last.year,
        },
        [str(a.year) for a in series],
        [(str(words[o]), [float(a.by_origin.get(o, Decimal(0))) for a in series]) for o in RevenueSource.values],
        y_label="EUR",
        upright=True,
        **source,
    )


def _paths(
    held: Sequence[tuple[Cluster, Sequence[Money]]],
    source: dict[str, Any],
    peers: dict[int, Money] | None = None,
    own: Cluster | None = None,
) -> Chart:
    years = sorted({a.year for _c, series in held for a in series})
    rows = []
    for cluster, series in held:
        by_year = {a.year: a.erdf_share for a in series}
        shares = [by_year.get(y) for y in years]
        rows.append((cluster.name, cluster.colour, [None if s is None else round(s * 100, 1) for s in shares]))
    shares_now = sorted((a.erdf_share for a in (peers or {}).values() if a.erdf_share is not None), reverse=True)
    mine = (peers or {}).get(own.pk) if own is not None else None
    summary = (
        _("Place %(place)s of %(n)s clusters by share of ERDF in %(year)s.")
        % {"place": shares_now.index(mine.erdf_share) + 1, "n": len(shares_now), "year": mine.year}
        if mine is not None and mine.erdf_share is not None
        else _("Share of ERDF in the revenue of each cluster.")
    )
    return lines(
        "erdf-path",
        _("How dependence on ERDF moves"),
        summary,
        years,
        rows,
        x_label=_("Year"),
        y_label=_("from ERDF, %"),
        decimals=1,
        **source,
    )


def _compared(year: int, source: dict[str, Any], own: Cluster | None = None) -> Table:
    """All clusters in the figures that are public; the mix by source is the region's and the cluster's own."""
    moment = Moment.today()
    clusters = clusters_on(moment)
    accounts, staff, made = accounts_of(clusters, year), staff_of(clusters, moment), make_up(moment)
    held = [c for c in clusters if c.pk in accounts]
    words = dependence_words()
    rows = []
    for c in held:
        a = accounts[c.pk]
        fte = staff[c.pk].fte if c.pk in staff else None
        shown = own is None or c.pk == own.pk
        rows.append(
            [
                c.name,
                Figure(float(a.total_eur), unit="EUR", decimals=0, period=str(year), **source),
                None if a.erdf_share is None else round(a.erdf_share * 100, 1),
                words[dependence(a.erdf_share)],
                herfindahl(list(a.by_origin.values())) if shown else None,
                a.revenue_per(made.get(c.pk, NOBODY).firms),
                a.revenue_per(fte),
            ]
        )
    address = "monitoring:money"
    return Table(
        [
            _("Cluster"),
            _("Revenue"),
            _("From ERDF, %"),
            _("Dependence"),
            _("Concentration"),
            _("per member firm, EUR"),
            _("per FTE, EUR"),
        ],
        rows,
        numeric=[1, 2, 4, 5, 6],
        decimals={2: 1, 4: 2, 5: 0, 6: 0},
        links={i: reverse(address, args=[c.key]) for i, c in enumerate(held)} if own is None else {},
        caption=_("Clusters compared, %(year)s") % {"year": year},
        full=True,
    )


def dependence_words() -> dict[str, str]:
    """Of each traffic light, since a colour alone says nothing to who does not see it."""
    limits = {"red": round(100 * ERDF_RED), "amber": round(100 * ERDF_AMBER)}
    return {
        "red": _("dependence is high (%(red)d%% or more)") % limits,
        "amber": _("dependence is to be watched (%(amber)d%% or more)") % limits,
        "green": _("dependence is low (under %(amber)d%%)") % limits,
        "grey": _("dependence is not known"),
    }


def no_accounts() -> Empty:
    return Empty(
        _("No accounts yet"),
        _("Revenue and costs by year and source come with the list of accounts that each cluster loads."),
    )


def cluster_crumbs(cluster: Cluster) -> list[Crumb]:
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
    ]
