"""Who takes part in R&D."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.portal.views.activity.frame import crumbs
from poliedro.portal.views.shown import figures_tabs
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, facts_of, figure, stacked
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.participation import TOP, Participants, participants
from poliedro.registry.queries.projects import last_project_years
from poliedro.registry.shown import Asked, Page, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.templatetags.poliedro import spoken_number


@public
def participation(request: HttpRequest) -> HttpResponse:
    """Firms in the clusters' R&D projects: new and returning ones, and how much the first ten take."""
    asked = Asked(request)
    moment = asked.moment
    clusters, years = clusters_on(moment), last_project_years(moment)
    chosen = asked.cluster(clusters)
    found = participants(*years, moment.known, chosen)
    facts, period = facts_of(found.backing), f"{years[0]}-{years[1]}"
    return show(
        request,
        Page(
            _participation_title(found, chosen, period),
            _("Firms in projects with a share of a cluster, by the year in which the project starts."),
            _participation_figures(found, asked, facts, period),
            _participation_charts(found, facts, period) if found.firms else [],
            notes=[
                _("New: the firm's first project of any cluster, since records began. Returning: it had one before."),
                _("A firm counts once a project, whatever its roles; each cluster of a shared project counts it."),
                _("Money: public contributions to firms where a file gives them; %(n)d places have none.")
                % {"n": found.unknown},
            ],
            facets=[asked.cluster_facet(clusters)],
            empty=None
            if found.firms
            else Empty(
                _("No firm takes part in the years %(period)s") % {"period": period},
                _("Projects with their partners, from a cluster's own list or an official file, fill this page."),
                _("Sources"),
                reverse("portal:sources"),
            ),
            colour=chosen.colour if chosen else "",
        ),
        asked,
        figures_tabs("participation", asked.query),
        crumbs(_("Who takes part")),
    )


def _participation_title(found: Participants, chosen: Cluster | None, period: str) -> str:
    said = {
        "n": spoken_number(found.firms),
        "period": period,
        "top": len(found.top),
        "cluster": chosen.name if chosen else "",
    }
    if found.top_share is None:
        if chosen:
            return _("%(n)s firms took part in R&D projects of %(cluster)s in %(period)s") % said
        return _("%(n)s firms took part in R&D projects of the clusters in %(period)s") % said
    said["share"] = round(found.top_share * 100)
    if chosen:
        return _("%(n)s firms took part with %(cluster)s; %(top)d of them take %(share)d%% of the money") % said
    return _("%(n)s firms took part in R&D; %(top)d of them take %(share)d%% of the money") % said


def _participation_figures(found: Participants, asked: Asked, facts: dict[str, Any], period: str) -> list[Figure]:
    def percent(share: float | None) -> float | None:
        return None if share is None else share * 100

    return [
        figure(cards_at(asked.moment).get("rd-firms"), found.firms, period=period, **facts),
        Figure(
            percent(found.repeating / found.firms if found.firms else None),
            label=_("In two projects or more"),
            unit="%",
            decimals=0,
            n=found.firms,
            period=period,
            definition=_("Share of the firms with at least two projects that start in the years."),
            **facts,
        ),
        Figure(
            percent(found.top_share),
            label=_("Money of the first %(n)d firms") % {"n": TOP},
            unit="%",
            decimals=0,
            period=period,
            definition=_("Part of the public contributions to firms that goes to the firms with most of it."),
            null_means=_("No file gives contributions."),
            **facts,
        ),
        Figure(
            percent(found.top_places_share),
            label=_("Places of the first %(n)d firms") % {"n": TOP},
            unit="%",
            decimals=0,
            n=found.places,
            period=period,
            definition=_("Part of all places in projects that the firms with most places hold."),
            **facts,
        ),
    ]


def _participation_charts(found: Participants, facts: dict[str, Any], period: str) -> list[Chart]:
    last = found.years[-1]
    links = {i: reverse("portal:organisation", args=[t.organisation_id]) for i, t in enumerate(found.top)}
    return [
        stacked(
            "years",
            _("New and returning firms"),
            _("In %(year)d, %(new)d firms came for the first time and %(old)d came back.")
            % {"year": last.year, "new": last.new, "old": last.returning},
            [str(y.year) for y in found.years],
            [(_("new"), [y.new for y in found.years]), (_("returning"), [y.returning for y in found.years])],
            y_label=_("firms"),
            upright=True,
            **facts,
        ),
        bars(
            "top",
            _("The %(n)d firms with most public money") % {"n": len(found.top)},
            _("Public contributions in projects that start in %(period)s.") % {"period": period},
            [
                (t.name, None if t.contribution_eur is None else round(t.contribution_eur), links[i])
                for i, t in enumerate(found.top)
            ],
            y_label="EUR",
            table=Table(
                [_("Firm"), _("Projects"), _("Public contribution, EUR")],
                [
                    [t.name, t.projects, None if t.contribution_eur is None else float(t.contribution_eur)]
                    for t in found.top
                ],
                numeric=[1, 2],
                links=links,
            ),
            **facts,
        ),
    ]
