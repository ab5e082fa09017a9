"""What managers carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from poliedro.portal.views.activity.frame import crumbs, links_of
from poliedro.portal.views.shown import figures_tabs
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, by_type, colours_of, facts_of, figure, stacked
from poliedro.registry.queries.backing import Backing, backing_of_clusters, together
from poliedro.registry.queries.capacity import Capacity, capacities, last_services_year
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.projects import Activity, activity_by_cluster, last_project_years
from poliedro.registry.shown import Asked, Page, show
from poliedro.registry.words import staff_words
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Empty, Figure, Table
from poliedro.shared.spoken import short_day


@public
def capacity(request: HttpRequest) -> HttpResponse:
    """Staff of each cluster's management by role, and the members and services that each full-time person carries."""
    asked = Asked(request)
    moment = asked.moment
    clusters, year = clusters_on(moment), last_services_year(moment)
    found = capacities(clusters, moment, year)
    years = last_project_years(moment)
    research, _region = activity_by_cluster(clusters, *years, moment.known)
    behind = backing_of_clusters(clusters, moment, *years)
    staffed = [c for c in found if c.persons]
    joined = facts_of(together([c.staff_backing for c in staffed]))
    persons, fte = sum(c.persons for c in found), sum(float(c.fte) for c in found)
    day = short_day(moment.on)
    cards = cards_at(moment)
    return show(
        request,
        Page(
            _capacity_title(clusters, staffed),
            _("People who work for the clusters' management, and what each full-time person has to carry."),
            [
                Figure(
                    persons if staffed else None,
                    label=_("Persons in all clusters"),
                    period=day,
                    definition=_("Persons with an assignment in force; one who works for two clusters counts in each."),
                    null_means=_("No assignment recorded."),
                    **joined,
                ),
                Figure(
                    fte if staffed else None,
                    label=_("Full-time equivalents"),
                    unit="FTE",
                    decimals=1,
                    period=day,
                    definition=_("Sum of the full-time shares of the dedicated staff."),
                    null_means=_("No assignment recorded."),
                    **joined,
                ),
            ],
            _capacity_charts(clusters, found, joined) if staffed else [],
            _capacity_table(clusters, found, research, behind, cards, day, years, year) if clusters else None,
            notes=[
                _("Names of persons are not shown here."),
                _("FTE of management and of R&D are two things: the first runs the cluster, the second does projects."),
                _("R&D work: research hours on projects starting in %(years)s, over 1 720 hours a full-time year.")
                % {"years": f"{years[0]}-{years[1]}"},
            ],
            empty=None
            if staffed
            else Empty(
                _("No staff is recorded on this day"),
                _("Assignments of persons to clusters, with role and share of a full-time year, fill this page."),
            ),
        ),
        asked,
        figures_tabs("capacity", asked.query),
        crumbs(_("Capacity")),
    )


def _capacity_title(clusters: Sequence[Cluster], staffed: Sequence[Capacity]) -> str:
    if not staffed:
        return _("What the clusters' managers can carry")
    most = max(staffed, key=lambda c: c.members_per_fte or 0)
    return _("A full-time person serves up to %(n)d members, most in %(cluster)s") % {
        "n": round(most.members_per_fte or 0),
        "cluster": next(c.name for c in clusters if c.pk == most.cluster_id),
    }


def _capacity_charts(clusters: list[Cluster], found: list[Capacity], joined: dict[str, Any]) -> list[Chart]:
    """Each type of cluster has pictures of its own."""
    words, of = staff_words(), {c.cluster_id: c for c in found}
    used = [role for role in words if any(role in c.by_role for c in found)]
    charts = [
        stacked(
            f"roles-{kind}",
            title,
            _("Full-time equivalents of each cluster's management on the day."),
            [c.name for c in ours],
            [(words[role], [float(of[c.pk].by_role.get(role, 0)) for c in ours]) for role in used],
            y_label="FTE",
            **joined,
        )
        for kind, title, ours in by_type(clusters, _("Staff by role"))
    ]
    charts += [
        bars(
            f"members-per-fte-{kind}",
            title,
            _("Organisations with a membership in force, over full-time equivalents."),
            [
                (c.name, None if (n := of[c.pk].members_per_fte) is None else round(n, 1), link)
                for c, link in zip(ours, links_of(ours).values(), strict=True)
            ],
            y_label=_("members per FTE"),
            colours=colours_of(ours),
            height="small",
            **joined,
        )
        for kind, title, ours in by_type(clusters, _("Members for each full-time person"))
    ]
    return charts


def _capacity_table(
    clusters: list[Cluster],
    found: list[Capacity],
    research: dict[int, Activity],
    behind: Any,
    cards: Any,
    day: str,
    years: tuple[int, int],
    year: int | None,
) -> Table:
    rows = []
    for cluster, own in zip(clusters, found, strict=True):
        staff, services = facts_of(own.staff_backing), facts_of(own.services_backing)
        both = facts_of(together([own.staff_backing, own.services_backing]))
        work = facts_of(behind.activity.get(cluster.pk, Backing()))
        rows.append(
            [
                cluster.name,
                figure(cards.get("staff"), own.persons or None, period=day, **staff),
                figure(cards.get("staff-fte"), own.fte or None, period=day, decimals=1, **staff),
                Figure(own.members_per_fte, label=_("Members per FTE"), period=day, decimals=1, **staff),
                Figure(own.services, label=_("Services delivered"), period=str(year or ""), **services),
                Figure(own.services_per_fte, label=_("Services per FTE"), period=str(year or ""), decimals=1, **both),
                figure(
                    cards.get("rd-fte"), research[cluster.pk].fte, period=f"{years[0]}-{years[1]}", decimals=0, **work
                ),
            ]
        )
    return Table(
        [
            _("Cluster"),
            _("Staff"),
            _("FTE of management"),
            _("Members per FTE"),
            _("Services delivered"),
            _("Services per FTE"),
            _("FTE of R&D"),
        ],
        rows,
        numeric=range(1, 7),
        links=links_of(clusters),
        full=True,
        caption=_("Staff of the management, what it carries, and the R&D work of members beside it"),
    )
