"""How services are used, how broad they are, and which demand nobody met; for managers, agency and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from poliedro.registry.models import Cluster, InnovationType, ServiceOffer
from poliedro.registry.present import certainty_of
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Tab, Table
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.models import DeclineReason
from poliedro.support.queries.published import GIVEN, UNMET
from poliedro.support.queries.use import (
    MICRO,
    Unmet,
    Use,
    breadths,
    deliveries_of,
    satisfaction,
    unmet_demand,
    use_of_services,
    years_of_use,
)
from poliedro.support.rules.use import FEW, NARROW_EVENNESS, NARROW_SHARE, Breadth
from poliedro.support.views.figure_charts import (
    bar_chart,
    breadth_chart,
    innovation_chart,
    kinds_chart,
    narrow_list,
    narrow_words,
    places_map,
    size_words,
    sizes_chart,
)
from poliedro.support.views.found import cluster_by_key
from poliedro.support.views.published import published

GREY, OWN = "#9aa9b7", "#0066cc"
LOG = 100
"""Kinds drawn apart; a seventh colour holds the rest."""
FILE = [
    "day",
    "cluster",
    "provider",
    "client",
    "service",
    "innovation",
    "rd",
    "hours",
    "cost_eur",
    "result",
    "certainty",
    "source",
]


@dataclass(frozen=True)
class Shown:
    """A page of figures of the room. title: the answer in words."""

    title: str
    lead: str
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    years: Sequence[Tab] = ()
    warning: str = ""
    empty: Empty | None = None
    csv: str = ""
    links: Sequence[tuple[str, str]] = field(default_factory=list)


@needs("support.view_service_figures", cluster=cluster_by_key)
@require_safe
def cluster_use(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Use of one cluster's services, its breadth against the others, and the log."""
    return _use(request, cluster)


@needs("support.view_service_figures")
@require_safe
def region_use(request: HttpRequest) -> HttpResponse:
    """The same for the region: every cluster beside the others."""
    return _use(request, None)


def _use(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    if not request.user.has_perm("support.work_cases", cluster):
        return published(request, cluster, GIVEN)
    years = years_of_use()
    year = _year(request, years)
    if request.GET.get("format") == "csv":
        return _log_file(cluster, year)
    use = use_of_services(cluster, year)
    clusters = list(Cluster.objects.order_by("position", "name"))
    spread, stored = breadths(year)
    own = spread.get(cluster.pk) if cluster else None
    source: dict[str, Any] = {"certainty": certainty_of(use.backing.certainty), "source": use.backing.source}
    charts: list[Chart] = []
    if use.n:
        charts = [
            kinds_chart(use, source),
            *breadth_chart(clusters, cluster, spread, stored),
            sizes_chart(use, source),
            innovation_chart(use, source),
            places_map(use, source),
        ]
    name = cluster.name if cluster else region().name
    shown = Shown(
        title=_title(name, use, year),
        lead=_(
            "Services that were given, from the register's deliveries: by kind, size of firm, province and innovation."
        ),
        figures=[*_figures(use, own, year, source), _useful(cluster, year, source)] if use.n else (),
        charts=charts,
        tables=[_log(cluster, year)] if use.n else (),
        notes=_notes(),
        years=_year_tabs(year, years) if len(years) > 1 else (),
        warning=narrow_words(own, name) if own is not None else narrow_list(clusters, spread),
        empty=None
        if use.n
        else Empty(
            _("No service was given yet"),
            _("What is recorded in cases appears here, and what a list of deliveries brings."),
            _("To the desk"),
            reverse("support:desk", args=[cluster.key]) if cluster else reverse("support:agency_desk"),
        ),
        csv=f"?year={year or 'all'}&format=csv" if use.n else "",
        links=[(_("Demand that nobody met"), _address(cluster, "unmet"))],
    )
    return _show(request, cluster, shown, "support:cluster_use", _("Use of services"), use.backing.is_synthetic)


@needs("support.view_service_figures", cluster=cluster_by_key)
@require_safe
def cluster_unmet(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Requests of one cluster that led to no service, by reason."""
    return _unmet(request, cluster)


@needs("support.view_service_figures")
@require_safe
def region_unmet(request: HttpRequest) -> HttpResponse:
    return _unmet(request, None)


def _unmet(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    if not request.user.has_perm("support.work_cases", cluster):
        return published(request, cluster, UNMET)
    found = unmet_demand(cluster, None, everywhere=cluster is None)
    kind: dict[str, Any] = {"certainty": "synthetic" if found.is_synthetic else "reported", "source": _("Requests")}
    words = {value: str(label) for value, label in ServiceOffer.Service.choices} | {"": _("something else")}
    charts = []
    if found.n:
        reasons = {v: str(label) for v, label in DeclineReason.choices}
        charts = [
            bar_chart("unmet-reasons", _("Why requests were not met"), found.by_reason, reasons, kind),
            bar_chart("unmet-kinds", _("What was asked for and not met"), found.by_kind, words, kind),
            bar_chart("unmet-sizes", _("Who was left without"), found.by_size, size_words(), kind),
        ]
    name = cluster.name if cluster else region().name
    title = (
        ngettext(
            "%(name)s: %(n)s request of %(all)s was not met",
            "%(name)s: %(n)s requests of %(all)s were not met",
            found.n,
        )
        if found.asked
        else _("%(name)s: nobody has asked for anything yet")
    ) % {"name": name, "n": found.n, "all": found.asked}
    shown = Shown(
        title=title,
        lead=_("Declined requests and stopped cases whose reason leaves the need open: what to offer next."),
        figures=[
            Figure(found.asked, _("Requests that came in"), **kind),
            Figure(found.waiting, _("Waiting for an answer"), **kind),
            Figure(
                None if found.answered_in_time is None else found.answered_in_time * 100,
                _("Answered by the promised day"),
                "%",
                **kind,
            ),
        ]
        if found.asked
        else (),
        charts=charts,
        tables=[_unmet_table(found, words)] if found.n else (),
        notes=[
            _("A firm that was sent to another body, or could not be reached, does not count as unmet."),
            _("A request counts from the day on which its address was confirmed."),
        ],
        empty=None
        if found.n
        else Empty(
            _("Every request was met, or none came"),
            _("When a request is declined its reason is asked; the reasons add up to a picture of what is missing."),
        ),
        links=[(_("Use of services"), _address(cluster, "use"))],
    )
    return _show(request, cluster, shown, "support:cluster_unmet", _("Unmet demand"), found.is_synthetic)


# --- pieces -----------------------------------------------------------------------------------------------------------
def _show(
    request: HttpRequest, cluster: Cluster | None, shown: Shown, here: str, label: str, synthetic: bool
) -> HttpResponse:
    crumbs = [Crumb(_("Home"), reverse("portal:home"))]
    if cluster is not None:
        crumbs = [
            Crumb(_("Clusters"), reverse("portal:clusters")),
            Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        ]
    tabs: list[Tab] = cluster_tabs(cluster, request.user, here) if cluster is not None else []
    return render(
        request,
        "support/figures.html",
        {"page": shown, "tabs": tabs, "synthetic_data": synthetic, "crumbs": [*crumbs, Crumb(label)]},
    )


def _year(request: HttpRequest, years: Sequence[int]) -> int | None:
    """The year asked for; None: all. Without one, the last whole year: a part of a year compares with nothing."""
    given = request.GET.get("year", "")
    if given == "all":
        return None
    if given.isdigit() and int(given) in years:
        return int(given)
    whole = [y for y in years if y < timezone.localdate().year]
    return next(iter([*whole, *years]), None)


def _year_tabs(year: int | None, years: Sequence[int]) -> list[Tab]:
    tabs = [Tab(str(y), f"?year={y}", y == year) for y in years]
    return [*tabs, Tab(_("all years"), "?year=all", year is None)]


def _title(name: str, use: Use, year: int | None) -> str:
    if not use.n:
        return _("%(name)s: no service is recorded") % {"name": name}
    small = sum(use.by_size.get(s, 0) for s in MICRO) / use.n * 100
    words = {
        "name": name,
        "services": ngettext("%(n)s service", "%(n)s services", use.n) % {"n": spoken_number(use.n)},
        "clients": ngettext("%(n)s client", "%(n)s clients", use.clients) % {"n": spoken_number(use.clients)},
        "share": round(small),
        "year": year,
    }
    if year is None:
        return _("%(name)s: %(services)s to %(clients)s, %(share)s%% of them to micro and small ones") % words
    return _("%(name)s: %(services)s to %(clients)s in %(year)s, %(share)s%% of them to micro and small ones") % words


def _figures(use: Use, own: Breadth | None, year: int | None, source: dict[str, Any]) -> list[Figure]:
    period = str(year) if year else _("all years")
    figures = [
        Figure(use.n, _("Services given"), period=period, **source),
        Figure(use.clients, _("Clients"), period=period, **source),
        Figure(float(use.hours), _("Hours"), "h", period, n=use.hours_known, **source),
        Figure(
            None if use.non_rd_share is None else use.non_rd_share * 100,
            _("Not about R&D"),
            "%",
            period,
            null_means=_("No delivery says whether it is about R&D."),
            definition=_("Deliveries that are not about R&D, of those that say so."),
            **source,
        ),
    ]
    if own is not None and own.evenness is not None and own.n >= FEW:
        figures.append(
            Figure(
                own.evenness * 100,
                _("Breadth of services"),
                "%",
                period,
                low=None if own.low is None else own.low * 100,
                high=None if own.high is None else own.high * 100,
                n=own.n,
                definition=_("Entropy over the kinds of service, as a share of the most there can be."),
                formula="H / log2(K), H = -sum s log2 s",
                **source,
            )
        )
    return figures


def _useful(cluster: Cluster | None, year: int | None, source: dict[str, Any]) -> Figure:
    said = satisfaction(cluster, year)
    return Figure(
        said.usefulness,
        _("Usefulness, as clients see it"),
        "/ 5",
        str(year) if year else _("all years"),
        n=said.answered,
        decimals=1,
        null_means=_("No client was asked, or none answered."),
        definition=_("Mean of the answers to whether it was useful, 1 to 5; %(asked)s were asked.")
        % {"asked": said.asked},
        **source,
    )


def _notes() -> list[str]:
    return [
        _("A delivery counts once, in the year of its day, with the client's size class and place of today."),
        _(
            "Breadth: Shannon's entropy over the kinds of service, divided by that of equal shares of all kinds. The "
            "interval (90%) comes from drawing the deliveries anew."
        ),
        _(
            "Focus is called narrow where one kind has %(share)s%% or more, or the breadth is surely below %(even)s%%. "
            "With fewer than %(few)s services it cannot be told."
        )
        % {"share": round(NARROW_SHARE * 100), "even": round(NARROW_EVENNESS * 100), "few": FEW},
    ]


def _log(cluster: Cluster | None, year: int | None) -> Table:
    rows = list(deliveries_of(cluster, year, LOG))
    services = {v: str(label) for v, label in ServiceOffer.Service.choices}
    renews = {v: str(label) for v, label in InnovationType.choices}
    return Table(
        [_("Client"), _("Day"), _("Service"), _("Renews"), _("Given by"), _("Hours"), _("Cost, EUR"), _("Result")],
        [
            [
                d.client.name,
                short_day(d.delivered_on),
                services[d.service],
                renews.get(d.innovation),
                d.provider.name,
                None if d.hours is None else float(d.hours),
                None if d.cost_eur is None else float(d.cost_eur),
                d.result or None,
            ]
            for d in rows
        ],
        numeric=[5, 6],
        links={i: reverse("portal:organisation", args=[d.client_id]) for i, d in enumerate(rows)},
        caption=_("The last services given (at most %(n)s; the file has all)") % {"n": LOG},
    )


def _log_file(cluster: Cluster | None, year: int | None) -> HttpResponse:
    name = cluster.key if cluster else region().key
    rows: list[Sequence[Any]] = [FILE]
    for d in deliveries_of(cluster, year, 1_000_000).iterator():
        rd = "" if d.is_rd is None else int(d.is_rd)
        bodies = [d.cluster.name if d.cluster else "", d.provider.name, d.client.name]
        row = [d.delivered_on, *bodies, d.service, d.innovation, rd, d.hours, d.cost_eur, d.result]
        rows.append([*row, d.certainty, d.source.name])
    return csv_file(f"services-{name}-{year or 'all'}", rows)


def _unmet_table(found: Unmet, words: Mapping[str, str]) -> Table:
    reasons = {v: str(label) for v, label in DeclineReason.choices}
    sizes = size_words()
    return Table(
        [_("What was asked"), _("Day"), _("Size"), _("Province"), _("Why not")],
        [
            [
                r.subject if r.service_id or r.package_id else words.get(r.kind, r.kind),
                short_day(r.asked_at),
                sizes[r.size_class],
                r.territory.name if r.territory else None,
                reasons[r.decline_reason or r.case.stop_reason],
            ]
            for r in found.requests
        ],
        caption=_("The last requests that were not met"),
        full=True,
    )


def _address(cluster: Cluster | None, name: str) -> str:
    return reverse(f"support:cluster_{name}", args=[cluster.key]) if cluster else reverse(f"support:region_{name}")
