"""The policy cockpit: all clusters side by side, by type, with what needs the region's eye."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.monitoring.queries.cockpit import Cockpit, Line, cockpit, coverage_by_province
from poliedro.monitoring.rules.alarms import Alarm
from poliedro.monitoring.views.lifecycle import board_tables
from poliedro.monitoring.views.words import failed_words, light_words, stage_words
from poliedro.reference.queries.cards import cards_at
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, colours_of, coverage_figure, facts_of, figure, place_map
from poliedro.registry.queries.backing import NOTHING, ClusterBackings, backing_of_clusters, together
from poliedro.registry.queries.clusters import clusters_on
from poliedro.registry.queries.geography import region_map
from poliedro.registry.shown import Asked
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.doors import doors_at
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import day as written
from poliedro.shared.templatetags.poliedro import signed_number, spoken_number


@needs("monitoring.view_cockpit")
@require_safe
def show_cockpit(request: HttpRequest) -> HttpResponse:
    """Tables 4.1 to 4.3 by type, dependence, coverage, life cycle and alarms, as of a day."""
    asked = Asked(request)
    moment = asked.moment
    clusters = clusters_on(moment)
    found = cockpit(clusters, moment)
    behind = backing_of_clusters(clusters, moment, *found.years)
    groups: list[dict[str, Any]] = []
    for kind, title in (
        (Cluster.Type.SECTORAL, _("Sectoral clusters")),
        (Cluster.Type.TRANSVERSAL, _("Transversal clusters")),
    ):
        lines = found.of_type(kind)
        if lines:
            groups.append(
                {
                    "title": title,
                    "anchor": f"type-{kind}",
                    "tables": _tables(lines, found, behind, moment, str(title)),
                    "chart": _dependence(lines, found, behind, kind, str(title)),
                }
            )
    cards = {line.cluster.key: line.card for line in found.lines if line.card}
    borders = _map(moment, behind)
    return render(
        request,
        "monitoring/cockpit.html",
        {
            "title": _title(found),
            "form": asked.form,
            "moment": moment,
            "alarms": [_alarm(c, a) for c, a in found.alarms if a.colour == "red"],
            "milder": [_alarm(c, a) for c, a in found.alarms if a.colour != "red"],
            "parts": [
                ("alarms", _("Alarms")),
                *((g["anchor"], g["title"]) for g in groups),
                ("lives", _("Where in their lives")),
                (f"chart-{borders.name}", borders.title),
            ],
            "groups": groups,
            "map": borders,
            "board": board_tables([c for c in clusters if c.key in cards], cards),
            "next_pages": [
                (_("Data campaigns"), reverse("monitoring:campaigns")),
                (_("Life-cycle board"), reverse("monitoring:life_cycles")),
                *next_doors(request.user),
            ],
            "synthetic_data": any(c.is_synthetic for c in clusters),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Policy cockpit"))],
        },
    )


def next_doors(user: Any) -> list[tuple[str, str]]:
    """The other pages of the region's view, of rooms above too."""
    here = {"monitoring:cockpit", "monitoring:campaigns", "monitoring:life_cycles"}
    ways = doors_at("work", user)
    return [(w.label, w.url) for w in ways if w.group == _("Region's view") and w.name not in here]


def _title(found: Cockpit) -> str:
    red = {c.pk for c, a in found.alarms if a.colour == "red"}
    if not found.lines:
        return _("Policy cockpit")
    if not red:
        return _("No alarm is red in %(n)d clusters") % {"n": len(found.lines)}
    return _("%(n)d of %(all)d clusters have a red alarm") % {"n": len(red), "all": len(found.lines)}


def _alarm(cluster: Cluster, alarm: Alarm) -> tuple[Cluster, str, str, str]:
    return cluster, _colour(alarm), alarm_text(alarm), _alarm_url(cluster, alarm)


def _colour(alarm: Alarm) -> str:
    return light_words()[alarm.colour]


def alarm_text(alarm: Alarm) -> str:
    """The alarm with its figure and the threshold that it passed."""
    said: dict[str, Any] = {"limit": round(100 * (alarm.limit or 0)), "value": round(100 * (alarm.value or 0))}
    if alarm.kind == "dependence":
        return _("ERDF makes %(value)d%% of the revenue (alarm from %(limit)d%% on)") % said
    if alarm.kind == "stagnation":
        return _(
            "Member firms change by %(growth)s%% a year over the last three whole years, watched up to %(day)s "
            "(alarm up to +%(limit)d%%)"
        ) % {
            **said,
            "growth": signed_number(100 * (alarm.value or 0)),
            "day": written(date.fromisoformat(alarm.detail)),
        }
    if alarm.kind == "life_cycle":
        text = _("Life cycle: %(stage)s") % {"stage": stage_words()[alarm.detail]}
        return f"{text}; {failed_words(alarm.failed)}" if alarm.failed else text
    return _("Not answered in time: %(campaign)s") % {"campaign": alarm.detail}


def _alarm_url(cluster: Cluster, alarm: Alarm) -> str:
    names = {
        "dependence": "portal:cluster",
        "stagnation": "registry:trend",
        "life_cycle": "monitoring:lifecycle",
        "campaign": "monitoring:cluster_campaigns",
    }
    return reverse(names[alarm.kind], args=[cluster.key])


def _tables(lines: Sequence[Line], found: Cockpit, behind: ClusterBackings, moment: Any, title: str) -> list[Table]:
    cards, day, year = cards_at(moment), short_day(moment.on), str(found.accounts_year)
    period = f"{found.years[0]}-{found.years[1]}"
    lights = light_words()
    links = {i: reverse("portal:cluster", args=[line.cluster.key]) for i, line in enumerate(lines)}
    first, second, third = [], [], []
    for line in lines:
        pk = line.cluster.pk
        members, staff = facts_of(behind.members.get(pk, NOTHING)), facts_of(behind.staff.get(pk, NOTHING))
        money = facts_of(behind.revenue(pk, found.accounts_year))
        work = facts_of(behind.activity.get(pk, NOTHING))
        signed = facts_of(behind.contracts.get(pk, NOTHING))
        cover, own, a = line.coverage, line.accounts, line.activity
        first.append(
            [
                line.cluster.name,
                figure(cards.get("firms-per-cluster"), line.firms, period=day, **members),
                coverage_figure(cards.get("coverage"), cover, moment, **members),
                cover.n if cover else None,
                cover.N if cover else None,
                cover.outside if cover else None,
            ]
        )
        second.append(
            [
                line.cluster.name,
                figure(cards.get("staff"), line.staff.persons if line.staff else None, period=day, **staff),
                figure(cards.get("staff-fte"), line.fte, period=day, decimals=1, **staff),
                figure(cards.get("revenue"), own.total_eur if own else None, period=year, decimals=0, **money),
                figure(cards.get("erdf-share"), own.erdf_share if own else None, period=year, decimals=0, **money),
                lights[line.light],
                Figure(
                    own.revenue_per(line.firms) if own else None,
                    label=_("Revenue per member firm"),
                    unit="EUR",
                    decimals=0,
                    period=year,
                    **money,
                ),
            ]
        )
        third.append(
            [
                line.cluster.name,
                figure(cards.get("rd-investment"), a.invested_eur, period=period, decimals=0, **work),
                float(a.whole_eur),
                figure(cards.get("rd-firms"), a.firms, period=period, **work),
                figure(cards.get("rd-fte"), a.fte, period=period, decimals=0, **work),
                figure(cards.get("research-contracts"), a.contracts_eur, period=period, decimals=0, **signed),
                Figure(
                    a.invested_per(line.firms),
                    label=_("R&D investment per member firm"),
                    unit="EUR",
                    decimals=0,
                    period=period,
                    **work,
                ),
            ]
        )
    return [
        Table(
            [
                _("Cluster"),
                _("Member firms"),
                _("Coverage"),
                _("Inside the definition"),
                _("Register firms"),
                _("Members outside"),
            ],
            first,
            numeric=range(1, 6),
            links=links,
            full=True,
            caption=_("%(type)s: members and coverage (Table 4.1)") % {"type": title},
        ),
        Table(
            [
                _("Cluster"),
                _("Staff"),
                "FTE",
                _("Revenue, EUR"),
                _("ERDF share"),
                _("Dependence"),
                _("Revenue per member firm"),
            ],
            second,
            numeric=[1, 2, 3, 4, 6],
            links=links,
            full=True,
            caption=_("%(type)s: staff and money (Table 4.2)") % {"type": title},
        ),
        Table(
            [
                _("Cluster"),
                _("R&D investment, EUR (shares)"),
                _("Counted whole, EUR"),
                _("Firms"),
                "FTE",
                _("Research contracts, EUR"),
                _("R&D investment per member firm"),
            ],
            third,
            numeric=range(1, 7),
            links=links,
            full=True,
            caption=_("%(type)s: R&D activity (Table 4.3)") % {"type": title},
        ),
    ]


def _dependence(lines: Sequence[Line], found: Cockpit, behind: ClusterBackings, kind: str, title: str) -> Chart:
    shares = [line.accounts.erdf_share if line.accounts else None for line in lines]
    return bars(
        f"dependence-{kind}",
        _("How much each depends on ERDF"),
        _("%(type)s, %(year)d. From 40%% on amber, from 60%% on red.") % {"type": title, "year": found.accounts_year},
        [
            (
                line.cluster.name,
                None if s is None else round(100 * s, 1),
                reverse("portal:cluster", args=[line.cluster.key]),
            )
            for line, s in zip(lines, shares, strict=True)
        ],
        y_label=_("ERDF share, %"),
        colours=colours_of([line.cluster for line in lines]),
        height="small",
        heading=3,
        **facts_of(together([behind.revenue(line.cluster.pk, found.accounts_year) for line in lines])),
    )


def _map(moment: Any, behind: ClusterBackings) -> Chart:
    found, area = coverage_by_province(moment), region_map(region())
    counted = [(p, *found.get(p.name, (0, 0))) for p in area.provinces]
    values = {p.code: round(100 * n / everybody, 1) if everybody else None for p, n, everybody in counted}
    known = [(p.name, v) for p, _n, _all in counted if (v := values[p.code]) is not None]
    least = min(known, key=lambda k: k[1]) if known else None
    return place_map(
        "coverage",
        _("Coverage by province, all clusters"),
        _("Least in %(place)s: %(share)s%% of the firms inside the definitions are members.")
        % {"place": least[0], "share": spoken_number(least[1], 1)}
        if least
        else _("No business register is loaded."),
        area,
        values,
        value_label=_("coverage, %"),
        decimals=1,
        table=Table(
            [_("Province"), _("Inside the definition"), _("Register firms"), _("Coverage, %")],
            [[p.name, n, everybody, values[p.code]] for p, n, everybody in counted],
            numeric=[1, 2, 3],
        ),
        **facts_of(together(list(behind.members.values()))),
    )
