"""From incubator to cluster and to calls: where start-ups are on the way, and whom to meet next (R058, R059)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.funding.queries.pipeline import (
    STAGES,
    StartUp,
    certainty_of_pipeline,
    of_cluster,
    start_ups_on_the_way,
)
from poliedro.registry.models import Cluster, StatusRecord
from poliedro.registry.present import bars, certainty_of, facet, link
from poliedro.registry.shown import Asked, Page, cluster_tabs, show
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number

SHOWN = 300
"""Rows on the page; the file holds all."""


def cluster_by_key(key: str) -> Cluster:
    return get_object_or_404(Cluster, key=key)


def stage_words() -> dict[str, str]:
    return {
        "entered": _("came into an incubator"),
        "inside": _("are in it"),
        "left": _("left it"),
        "alive": _("left and are there"),
        "helped": _("were helped by a cluster"),
        "member": _("are members of a cluster"),
        "applied": _("applied to a call"),
        "granted": _("were granted money"),
    }


@needs("funding.view_pipeline")
def pipeline(request: HttpRequest) -> HttpResponse:
    """All start-ups of the region's incubators."""
    asked = Asked(request)
    found = start_ups_on_the_way(asked.moment.on)
    counts = Counter(stage for s in found for stage in s.stages)
    title = ngettext(
        "%(helped)s of %(all)s start-up that left an incubator met a cluster; %(applied)s applied to a call",
        "%(helped)s of %(all)s start-ups that left an incubator met a cluster; %(applied)s applied to a call",
        counts["left"],
    ) % {
        "helped": spoken_number(sum({"left", "helped"} <= s.stages for s in found)),
        "all": spoken_number(counts["left"]),
        "applied": spoken_number(counts["applied"]),
    }
    hosts = Counter(s.incubator for s in found)
    chosen, stage = request.GET.get("incubator", ""), request.GET.get("stage", "")
    words = stage_words()
    rows = [
        s for s in found if (not chosen or s.incubator == chosen) and (stage not in words or stage in s.stages)
    ]  # fmt: skip
    page = Page(
        title if found else _("Start-ups from incubator to cluster"),
        _(
            "Each start-up stands in every stage that it has reached. Where nobody said what became of it, it is not "
            "counted as there."
        ),
        figures=_figures(found, counts, asked.moment.on),
        charts=[_funnel(request, found, counts), _by_incubator(found)] if found else [],
        table=_table(rows[: None if asked.wants_file else SHOWN], rows) if found else None,
        notes=[
            _(
                "“Helped” is membership of a cluster, or a service given by a body that manages one, on or before "
                "the day."
            ),
            _("Known to be there: up to the day on which somebody last looked, which stands in the table."),
        ],
        facets=[
            facet("incubator", _("Incubator"), [(h, h, n) for h, n in sorted(hosts.items())], request.GET),
            facet("stage", _("Stage"), [(k, words[k], counts[k]) for k in STAGES], request.GET),
        ],
        empty=Empty(
            _("No incubatee is known"),
            _("Incubators' lists say who came and left and what became of it: `poliedro load incubatees FILE`."),
        )
        if not found
        else None,
    )
    return show(request, page, asked, [], [Crumb(_("Start-ups from incubator to cluster"))])


@needs("funding.view_pipeline", cluster=cluster_by_key)
def cluster_pipeline(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The start-ups that the cluster has met, and those of its industry that nobody has."""
    asked = Asked(request)
    own, free = of_cluster(start_ups_on_the_way(asked.moment.on), cluster, asked.moment.on)
    title = ngettext(
        "%(free)s start-up of %(name)s's industry left an incubator and has met no cluster; %(own)s have met this one",
        "%(free)s start-ups of %(name)s's industry left an incubator and have met no cluster; %(own)s have met this "
        "one",
        len(free),
    ) % {"free": spoken_number(len(free)), "name": cluster.name, "own": spoken_number(len(own))}
    page = Page(
        title,
        _("First those to meet, then those that are members or were served."),
        figures=_figures([*own, *free], Counter(stage for s in own for stage in s.stages), asked.moment.on),
        table=_table([*free, *own], [*free, *own]),
        notes=[
            _(
                "To meet: it left an incubator, is known to be there, is with no cluster, and its activity lies in "
                "the cluster's definition."
            )
        ],
        colour=cluster.colour,
    )
    tabs = cluster_tabs(cluster, request.user, "funding:cluster_pipeline", asked.query)
    crumbs = [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        Crumb(_("Start-ups")),
    ]
    return show(request, page, asked, tabs, crumbs)


def _figures(found: list[StartUp], counts: Counter[str], on: date) -> list[Figure]:
    words = stage_words()
    facts: dict[str, Any] = {
        "period": short_day(on),
        "certainty": certainty_of(certainty_of_pipeline()) if found else "reported",
        "source": _("Lists of the incubators; register; applications"),
    }
    return [
        Figure(
            counts[stage], words[stage], _("start-ups"), decimals=0,
            definition=_("Start-ups that reached this stage by the day."), **facts,
        )
        for stage in ("inside", "alive", "helped", "applied")
    ]  # fmt: skip


def _funnel(request: HttpRequest, found: list[StartUp], counts: Counter[str]) -> Chart:
    words = stage_words()
    return bars(
        "stages",
        _("From the incubator to clusters and calls"),
        _("Of %(left)s that left, %(alive)s are known to be there, %(member)s are members of a cluster.")
        % {k: spoken_number(counts[k]) for k in ("left", "alive", "member")},
        [(words[k], counts[k], link(request.GET, stage=k)) for k in STAGES],
        y_label=_("start-ups"),
        certainty=certainty_of(certainty_of_pipeline()),
        source=_("Lists of the incubators; register; applications"),
    )


def _by_incubator(found: list[StartUp]) -> Chart:
    hosts = sorted({s.incubator for s in found})
    rows: list[list[Any]] = []
    for host in hosts:
        own = Counter(stage for s in found if s.incubator == host for stage in s.stages)
        rows.append([host, *(own[k] for k in STAGES)])
    words = stage_words()
    most = max(rows, key=lambda r: r[1])
    return bars(
        "incubators",
        _("By incubator"),
        _("Most came into %(name)s: %(n)s.") % {"name": most[0], "n": spoken_number(most[1])},
        [(r[0], r[1], "") for r in rows],
        y_label=_("start-ups"),
        height="small",
        table=Table([_("Incubator"), *(words[k] for k in STAGES)], rows, numeric=range(1, len(STAGES) + 1)),
        certainty=certainty_of(certainty_of_pipeline()),
        source=_("Lists of the incubators; register; applications"),
    )


def _table(shown: list[StartUp], whole: list[StartUp]) -> Table:
    states = dict(StatusRecord.Status.choices)
    caption = (
        _("The first %(n)s of %(all)s; the file holds all.")
        % {"n": spoken_number(len(shown)), "all": spoken_number(len(whole))}
        if len(shown) < len(whole)
        else ""
    )
    return Table(
        [
            _("Start-up"), _("Incubator"), _("Came"), _("Left"), _("What became of it"), _("Last seen"),
            _("Clusters"), _("Helped by"), _("Applications"), _("Granted"),
        ],
        [
            [
                s.name, s.incubator, s.entered, s.left, str(states[s.status]) if s.status else None, s.seen,
                ", ".join(s.clusters) or None, ", ".join(s.helpers) or None, s.applied, s.granted,
            ]
            for s in shown
        ],
        numeric=[8, 9],
        caption=caption,
        full=True,
        links={i: reverse("portal:organisation", args=[s.pk]) for i, s in enumerate(shown)},
    )  # fmt: skip
