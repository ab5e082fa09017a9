from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.monitoring.queries.campaigns import answers_behind
from poliedro.portal.views.shown import computed_url, figures_tabs, size_words
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import (
    bars,
    by_type,
    colours_of,
    coverage_figure,
    facts_of,
    figure,
    published_sum,
    stacked,
)
from poliedro.registry.queries.backing import (
    NOTHING,
    Backing,
    ClusterBackings,
    backing_of_clusters,
    together,
)
from poliedro.registry.queries.clusters import area_matrix, clusters_on
from poliedro.registry.queries.contracts import published_contracts
from poliedro.registry.queries.coverage import Gap, coverage, coverage_by_size
from poliedro.registry.queries.memberships import NOBODY, MakeUp, distinct_members, make_up
from poliedro.registry.queries.money import Accounts, Staff, accounts_of, last_accounts_year, mandates_of, staff_of
from poliedro.registry.queries.projects import Activity, activity_by_cluster, last_project_years
from poliedro.registry.queries.quality import published_figures
from poliedro.registry.shown import Asked
from poliedro.registry.words import category_words
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.spoken import short_day


@public
def tables(request: HttpRequest) -> HttpResponse:
    """Tables 4.1 to 4.3 of the study, computed from the register as of a day and as known on a day."""
    asked = Asked(request)
    form, moment = asked.form, asked.moment
    in_order, cards = clusters_on(moment), cards_at(moment)
    clusters = sorted(in_order, key=lambda c: c.type)
    years = last_project_years(moment)
    behind = backing_of_clusters(clusters, moment, *years)
    links = {i: reverse("portal:cluster", args=[c.key]) for i, c in enumerate(clusters)}
    published = list(published_figures())
    answers = answers_behind(published)
    numbers = _numbers(clusters, moment, years)
    members_table, members_charts = _members(clusters, moment, cards, behind, links)
    return render(
        request,
        "portal/tables.html",
        {
            "form": form,
            "moment": moment,
            "clusters": clusters,
            "members": members_table,
            "members_charts": members_charts,
            "made_of": _made_of(clusters, moment, behind),
            "tabs": figures_tabs("tables", asked.query),
            "accounts": _accounts(clusters, moment, cards, behind, links, numbers),
            "activity": _activity(clusters, moment, cards, behind, links, numbers),
            "per_head": _per_head(clusters, moment, behind, links, numbers),
            "areas": [_areas(period, moment, in_order) for period in ("2014-20", "2021-27")],
            "published": [(f, cards.get(f.indicator), answers.get(f.pk), computed_url(f)) for f in published],
            "synthetic_data": any(c.is_synthetic for c in clusters)
            or together(list(behind.members.values())).is_synthetic,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Figures"))],
        },
    )


def _members(
    clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any
) -> tuple[Table, list[Chart]]:
    members, covered = make_up(moment), coverage(clusters, moment)
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
                type_words()[c.type],
                figure(
                    cards.get("firms-per-cluster"),
                    members.get(c.pk, NOBODY).firms,
                    period=short_day(moment.on),
                    **facts_of(own),
                ),
                coverage_figure(cards.get("coverage"), cover, moment, **facts_of(both)),
                cover.n if cover else None,
                cover.N if cover else None,
                cover.outside if cover else None,
                cover.elsewhere if cover else None,
                cover.version if cover else None,
            ]
        )
    everybody = figure(
        cards.get("firms-per-cluster"),
        distinct_members(moment, firms_only=True),
        period=short_day(moment.on),
        **facts_of(together(list(behind.members.values()))),
    )
    total = [_("Region, each firm once"), "", everybody, None, None, None, None, None, None]
    table = Table(
        [
            _("Cluster"),
            _("Type"),
            _("Member firms"),
            _("Coverage"),
            _("Inside the definition"),
            _("Register firms"),
            _("Members outside"),
            _("Members outside the region"),
            _("Definition version"),
        ],
        rows,
        numeric=range(2, 9),
        links=links,
        total=total,
        caption=_("Table 4.1: clusters, participating firms and industry coverage"),
        full=True,
    )
    charts = []
    for kind, title in (
        (Cluster.Type.SECTORAL, _("How much of its industry each sectoral cluster covers")),
        (Cluster.Type.TRANSVERSAL, _("How much of its industries each transversal cluster covers")),
    ):
        ours = [(i, c) for i, c in enumerate(clusters) if c.type == kind]
        shares = {c.pk: covered[c.pk].share for _i, c in ours if c.pk in covered}
        if not ours:
            continue
        charts.append(
            bars(
                f"coverage-{kind}",
                title,
                _("Members inside the definition over firms of the business register. Compare within the type only."),
                [(c.name, None if (s := shares.get(c.pk)) is None else round(s * 100, 1), links[i]) for i, c in ours],
                y_label=_("coverage, %"),
                colours=colours_of([c for _i, c in ours]),
                height="small",
                **facts_of(together([behind_cover[i] for i, _c in ours])),
            )
        )
    return table, charts


def type_words() -> dict[str, str]:
    return {Cluster.Type.SECTORAL: _("sectoral"), Cluster.Type.TRANSVERSAL: _("transversal")}


def _made_of(clusters: list[Cluster], moment: Moment, behind: ClusterBackings) -> list[Chart]:
    """Members of the clusters by size class and by category, and how much of each size class they cover; each type of
    cluster has pictures of its own."""
    made, covered, register = make_up(moment), coverage_by_size(clusters, moment), coverage(clusters, moment)
    charts = [
        *_stacks("sizes", _("Member firms by size class"), size_words(), clusters, made, behind),
        *_stacks("categories", _("Members by category"), category_words(), clusters, made, behind),
    ]
    for kind, title, ours in by_type(clusters, _("Coverage by size class")):
        both = [behind.members.get(c.pk, NOTHING) for c in ours]
        both += [Backing(r.certainty, r.source) for c in ours if (r := register.get(c.pk))]
        charts.append(_coverage_of_sizes(f"coverage-sizes-{kind}", title, ours, covered, together(both)))
    return charts


def _stacks(
    what: str,
    title: str,
    words: dict[str, str],
    clusters: list[Cluster],
    made: Mapping[int, MakeUp],
    behind: ClusterBackings,
) -> list[Chart]:
    summary, label = {
        "sizes": (_("By EU size class on the day, with linked and partner firms counted."), _("member firms")),
        "categories": (_("Organisations of every kind, as the clusters' statutes tell them apart."), _("members")),
    }[what]
    charts = []
    for kind, name, ours in by_type(clusters, title):
        own = [made.get(c.pk, NOBODY) for c in ours]
        counts = [m.size_class if what == "sizes" else m.category for m in own]
        charts.append(
            stacked(
                f"{what}-{kind}",
                name,
                summary,
                [c.name for c in ours],
                [
                    (word, [each.get(value, 0) for each in counts])
                    for value, word in words.items()
                    if any(value in each for each in counts)
                ],
                y_label=label,
                **facts_of(together([behind.members.get(c.pk, NOTHING) for c in ours])),
            )
        )
    return charts


def _coverage_of_sizes(
    name: str, title: str, clusters: list[Cluster], covered: dict[int, list[Gap]], backed: Backing
) -> Chart:
    sizes, names = size_words(), [c.name for c in clusters]
    shares = {(c.pk, g.label): g.share for c in clusters for g in covered.get(c.pk, ())}
    used = [value for value in sizes if any(value == size for _pk, size in shares)]
    percent = [[None if (s := shares.get((c.pk, v))) is None else round(s * 100, 1) for v in used] for c in clusters]
    return Chart(
        "heatmap",
        name,
        title,
        _(
            "Member firms over register firms inside each cluster's definition, in percent. Members are classed with "
            "their group, the register classes each firm alone: in the larger classes more than 100% can come out."
        ),
        {
            "rows": names,
            "columns": [sizes[value] for value in used],
            "cells": [
                {"row": i, "column": j, "value": value}
                for i, row in enumerate(percent)
                for j, value in enumerate(row)
                if value is not None
            ],
            "x_label": _("size class"),
            "high": 100,
            "decimals": 1,
        },
        Table(
            [_("Cluster"), *(sizes[value] for value in used)],
            [[cluster, *row] for cluster, row in zip(names, percent, strict=True)],
            numeric=range(1, len(used) + 1),
            links={i: reverse("portal:cluster_coverage", args=[c.key]) for i, c in enumerate(clusters)},
        ),
        **facts_of(backed),
    )


@dataclass(frozen=True)
class Numbers:
    """What several tables show, asked once: accounts of a year and staff by cluster, R&D of the years by cluster and of
    the region."""

    accounts_year: int
    accounts: Mapping[int, Accounts]
    staff: Mapping[int, Staff]
    years: tuple[int, int]
    activity: Mapping[int, Activity]
    region: Activity


def _numbers(clusters: list[Cluster], moment: Moment, years: tuple[int, int]) -> Numbers:
    year = min(moment.on.year, last_accounts_year(moment.known) or moment.on.year)
    activity, region = activity_by_cluster(clusters, *years, moment.known)
    accounts = accounts_of(clusters, year, moment.known)
    return Numbers(year, accounts, staff_of(clusters, moment), years, activity, region)


def _accounts(
    clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any, numbers: Numbers
) -> Table:
    year, accounts, staff = numbers.accounts_year, numbers.accounts, numbers.staff
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
                figure(cards.get("staff"), people.persons if people else None, period=short_day(moment.on), **at_work),
                figure(
                    cards.get("staff-fte"),
                    people.fte if people else None,
                    period=short_day(moment.on),
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


def _per_head(clusters: list[Cluster], moment: Moment, behind: ClusterBackings, links: Any, numbers: Numbers) -> Table:
    """Revenue and R&D investment for each member firm and each full-time person: R013 and R032, comparable."""
    year, accounts, staff, made = numbers.accounts_year, numbers.accounts, numbers.staff, make_up(moment)
    by_cluster, years = numbers.activity, numbers.years
    rows = []
    for c in clusters:
        own, firms, work = accounts.get(c.pk), made.get(c.pk, NOBODY).firms, by_cluster[c.pk]
        fte = staff[c.pk].fte if c.pk in staff else None
        money, members = behind.revenue(c.pk, year), behind.members.get(c.pk, NOTHING)
        people, done = behind.staff.get(c.pk, NOTHING), behind.activity.get(c.pk, NOTHING)
        rows.append(
            [
                c.name,
                *(
                    Figure(value, label=label, unit="EUR", decimals=0, period=period, **facts_of(together(parts)))
                    for value, label, period, parts in (
                        (
                            own.revenue_per(firms) if own else None,
                            _("Revenue per member firm"),
                            str(year),
                            [money, members],
                        ),
                        (
                            own.revenue_per(fte) if own else None,
                            _("Revenue per FTE of management"),
                            str(year),
                            [money, people],
                        ),
                        (
                            work.invested_per(firms),
                            _("R&D investment per member firm"),
                            f"{years[0]}-{years[1]}",
                            [done, members],
                        ),
                        (
                            work.invested_per(work.fte),
                            _("R&D investment per FTE of R&D"),
                            f"{years[0]}-{years[1]}",
                            [done],
                        ),
                    )
                ),
            ]
        )
    return Table(
        [
            _("Cluster"),
            _("Revenue per member firm"),
            _("Revenue per FTE of management"),
            _("R&D investment per member firm"),
            _("R&D investment per FTE of R&D"),
        ],
        rows,
        numeric=range(1, 5),
        links=links,
        full=True,
        caption=_("For each member firm and each full-time person, so that clusters of unlike size compare"),
    )


def _activity(
    clusters: list[Cluster], moment: Moment, cards: Any, behind: ClusterBackings, links: Any, numbers: Numbers
) -> Table:
    (first, last), by_cluster, region = numbers.years, numbers.activity, numbers.region
    period, told = f"{first}-{last}", published_contracts(moment.known)
    signed, rows = facts_of(told.backing(first, last)), []
    for c in clusters:
        a, work = by_cluster[c.pk], facts_of(behind.activity.get(c.pk, NOTHING))
        rows.append(
            [
                c.name,
                figure(cards.get("rd-investment"), a.invested_eur, period=period, decimals=0, **work),
                float(a.whole_eur),
                a.projects,
                figure(cards.get("rd-firms"), a.firms, period=period, **work),
                figure(cards.get("rd-fte"), a.fte, period=period, decimals=0, **work),
                published_sum(cards.get("research-contracts"), told.sum(first, last, c.key), **signed),
            ]
        )
    work = facts_of(together(list(behind.activity.values())))
    total = [
        _("Region"),
        figure(cards.get("rd-investment"), region.invested_eur, period=period, decimals=0, **work),
        None,
        region.projects,
        figure(cards.get("rd-firms"), region.firms, period=period, **work),
        figure(cards.get("rd-fte"), region.fte, period=period, decimals=0, **work),
        published_sum(cards.get("research-contracts"), told.sum(first, last), **signed),
    ]
    return Table(
        [
            _("Cluster"),
            _("R&D investment, EUR (shares)"),
            _("Counted whole, EUR"),
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


def _areas(period: str, moment: Moment, clusters: list[Cluster]) -> dict[str, Any]:
    matrix = area_matrix(period, moment, clusters)
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
