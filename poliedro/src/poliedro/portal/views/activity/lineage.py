"""What went into what."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.portal.views.activity.frame import crumbs
from poliedro.portal.views.shown import figures_tabs
from poliedro.registry.models import Cluster
from poliedro.registry.present import facts_of, flow
from poliedro.registry.queries.backing import Backing, together
from poliedro.registry.queries.clusters import LineageStep, eve_backing, lineage
from poliedro.registry.shown import Asked, Page, show
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import source_words

HAIR = 0.2
"""Firms: the width of a band without any."""


@public
def descent(request: HttpRequest) -> HttpResponse:
    """What went into what: the clusters of today and those that they continue."""
    asked = Asked(request)
    steps = lineage(asked.moment)
    before, after = {s.predecessor for s in steps}, {s.successor for s in steps}
    roots, ends = before - after, after - before
    title = (
        ngettext(
            "%(old)d cluster went into %(new)d",
            "%(old)d clusters went into %(new)d",
            len(roots),
        )
        % {"old": len(roots), "new": len(ends)}
        if steps
        else _("Where the clusters come from")
    )
    facts: dict[str, Any] = {}
    if steps:
        firms = eve_backing(steps, asked.moment)
        facts = facts_of(together([firms, *(Backing(s.certainty, s.source) for s in steps)]))
    return show(
        request,
        Page(
            title,
            _("Which clusters were merged or split, when, and how many member firms went along."),
            charts=[_descent_chart(steps, facts)] if steps else [],
            notes=[
                _("Firms: member firms on the eve, times the part of the cluster that went this way."),
                _("A band without firms is drawn a hair wide, so that its cluster is seen; the table says 0."),
                _("A series of a cluster sums those of its ancestors before the day, each with its part."),
            ],
            empty=None
            if steps
            else Empty(
                _("No cluster continues another on this day"),
                _("The region's file names the clusters that were merged; they fill this page."),
                _("Clusters"),
                reverse("portal:clusters"),
            ),
        ),
        asked,
        figures_tabs("lineage", asked.query),
        crumbs(_("Lineage")),
    )


def _descent_chart(steps: list[LineageStep], facts: dict[str, Any]) -> Chart:
    by_firms = any(s.firms for s in steps)
    names = {c.pk: _years_of(c) for s in steps for c in (s.predecessor, s.successor)}
    clusters = {c.pk: c for s in steps for c in (s.predecessor, s.successor)}
    days = sorted({s.on for s in steps})
    summary = (
        _("The wider a band, the more member firms went along.")
        if by_firms
        else _("No member firm is recorded on the eve, so every band is as wide as the part that went along.")
    )
    period = " - ".join(short_day(d) for d in ([days[0], days[-1]] if len(days) > 1 else days))
    return flow(
        "lineage",
        _("What went into what, %(period)s") % {"period": period},
        summary,
        [
            (
                names[s.predecessor.pk],
                names[s.successor.pk],
                (max(s.firms, HAIR) if by_firms else s.share),
            )
            for s in steps
        ],
        table=Table(
            [_("Cluster"), _("went into"), _("Day"), _("Part, %"), _("Member firms"), _("Source")],
            [
                [
                    s.predecessor.name,
                    s.successor.name,
                    short_day(s.on),
                    s.share * 100,
                    s.firms,
                    source_words(s.source),
                ]
                for s in steps
            ],
            numeric=[3, 4],
            links={i: reverse("portal:cluster", args=[s.predecessor.key]) for i, s in enumerate(steps)},
        ),
        colours={names[pk]: c.colour for pk, c in clusters.items()},
        urls={names[pk]: reverse("portal:cluster", args=[c.key]) for pk, c in clusters.items()},
        height="large",
        **facts,
    )


def _years_of(cluster: Cluster) -> str:
    """The name with the years in which it bore it: a cluster may have been called as its predecessor was."""
    last = f"{cluster.closed_on:%Y}" if cluster.closed_on else ""
    return f"{cluster.name} ({cluster.founded_on:%Y}-{last})"
