"""How the membership moves, how long members stay, and whether it stands still; where coverage has its gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.forms.members import LEAVING
from poliedro.registry.models import Cluster
from poliedro.registry.present import bars, facts_of, lines, niche_table, place_map, stacked
from poliedro.registry.queries.backing import members_backing
from poliedro.registry.queries.coverage import gaps as gaps_of
from poliedro.registry.queries.definitions import outside_members, versions_of
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.niches import LEAST_FIRMS, niches_of
from poliedro.registry.queries.trends import (
    Trend,
    leave_reasons,
    movements,
    observed_until,
    retention_of,
    start_ups_among,
    start_ups_in_projects,
)
from poliedro.registry.services.trends import refresh_retention
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import cluster_by_key
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Figure, Table
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number


@needs("registry.view_membership_trend", cluster=cluster_by_key)
@require_safe
def trend(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Entries, exits, churn, retention by cohort, and the alarm."""
    until = observed_until(cluster, timezone.localdate())
    facts = facts_of(members_backing(cluster, Moment(until)))
    moves = movements(cluster, until)
    stored = retention_of(cluster)
    figures, charts = [], []
    if moves:
        last = moves[-1]
        year = str(last.end.year)
        figures = [
            Figure(last.stock_end, _("Member firms"), period=short_day(last.end), **facts),
            Figure(
                last.entries, _("Joined"), period=year,
                definition=_("Firms whose stay began in the year. Spells that meet are one stay."), **facts,
            ),
            Figure(
                last.exits, _("Left"), period=year,
                definition=_("Firms whose stay ended in the year."), **facts,
            ),
            Figure(
                None if last.churn is None else last.churn * 100, _("Churn"), "%", year, decimals=1, n=last.stock_start,
                definition=_("Firms that left over those at the start of the year."),
                null_means=_("Nobody was a member at the start of the year."), **facts,
            ),
            Figure(
                None if last.net_growth is None else last.net_growth * 100, _("Net growth"), "%", year, decimals=1,
                n=last.stock_start, definition=_("Change of the stock over the stock at the start of the year."),
                null_means=_("Nobody was a member at the start of the year."), **facts,
            ),
        ]  # fmt: skip
        charts.append(_moves_chart(moves, facts))
        charts.append(_start_ups_chart(cluster, moves, facts))
        figures += _start_up_figures(cluster, facts)
    if stored and stored.payload.get("all"):
        charts += _retention_charts(stored)
    why = leave_reasons(cluster, date(until.year - 5, until.month, min(until.day, 28)), until)
    if why:
        words = {str(k): str(v) for k, v in LEAVING}
        charts.append(
            bars(
                "reasons", _("Why firms left, last five years"),
                _("%(reason)s is named most.") % {"reason": words[why.most_common(1)[0][0]]},
                [(words[k], n, "") for k, n in why.most_common()],
                y_label=_("firms"), height="small", **facts,
            )
        )  # fmt: skip
    return render(
        request,
        "registry/trend.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:trend"),
            "title": _title(cluster, stored),
            "until": until,
            "figures": figures,
            "charts": charts,
            "alarm": stored.payload["alarm"] if stored else None,
            "breaks": _breaks(stored),
            "stored": stored,
            "retention": _retention_table(stored),
            "may_refresh": request.user.has_perm("registry.manage_members", cluster),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Membership trend"))),
        },
    )


def _title(cluster: Cluster, stored: Trend | None) -> str:
    said: dict[str, Any] = {"cluster": cluster.name}
    alarm = stored.payload["alarm"] if stored else {"state": "unknown"}
    if alarm["state"] == "unknown":
        return _("How the membership of %(cluster)s moves") % said
    said["growth"] = spoken_number(100 * alarm["growth"], 1)
    return {
        "growing": _("%(cluster)s grows by %(growth)s%% a year"),
        "stagnant": _("The membership of %(cluster)s stands still (%(growth)s%% a year)"),
        "declining": _("%(cluster)s loses members (%(growth)s%% a year)"),
    }[alarm["state"]] % said


def _breaks(stored: Trend | None) -> list[str]:
    """The changes of pace in words, each with its probability under chance."""
    if stored is None or stored.payload["alarm"]["state"] == "unknown":
        return []
    alarm, said = stored.payload["alarm"], []
    words = {
        "entries": (_("Joining"), _("of the stock a year")),
        "exits": (_("Leaving"), _("of the stock a year")),
    }
    for name, (what, unit) in words.items():
        b = alarm[name]
        values = {
            "what": what,
            "before": spoken_number(100 * b["before"], 1),
            "after": spoken_number(100 * b["after"], 1),
            "unit": unit,
            "p": _spoken_p(b["p"]),
            "year": b["from"],
        }
        said.append(
            _("%(what)s: from %(year)s on %(after)s%% %(unit)s, %(before)s%% before (%(p)s).") % values
            if b["is_break"]
            else _("%(what)s: no year from which the pace changed for sure (%(p)s).") % values
        )
    return said


def _spoken_p(p: float) -> str:
    """ "p = " and a probability to three digits; a smaller one as below that."""
    return f"p < {spoken_number(0.001, 3)}" if p < 0.001 else f"p = {spoken_number(p, 3)}"


def _moves_chart(moves: list[Any], facts: dict[str, Any]) -> Chart:
    total = sum(m.entries for m in moves) - sum(m.exits for m in moves)
    return stacked(
        "movements",
        _("Firms that joined and left, by year"),
        _("Since %(year)d the stock changed by %(n)+d.") % {"year": moves[0].end.year, "n": total},
        [str(m.end.year) for m in moves],
        [(_("joined"), [m.entries for m in moves]), (_("left"), [-m.exits for m in moves])],
        y_label=_("firms"),
        upright=True,
        height="small",
        **facts,
    )


def _start_up_figures(cluster: Cluster, facts: dict[str, Any]) -> list[Figure]:
    """What start-ups have of the cluster's projects; nothing where firms take no part."""
    part = start_ups_in_projects(cluster)
    if part.share is None:
        return []
    figures = [
        Figure(
            100 * part.share, _("Start-ups among the firms in projects"), "%", n=part.of, decimals=1,
            definition=_("Participations of start-ups in the cluster's projects, of those of all firms."), **facts,
        )
    ]  # fmt: skip
    if part.money_share is not None:
        figures.append(
            Figure(
                100 * part.money_share, _("Start-ups' part of the money of projects"), "%", n=part.of, decimals=1,
                definition=_("Contributions to start-ups over those to all firms, by the cluster's part of a project."),
                **facts,
            )
        )  # fmt: skip
    return figures


def _start_ups_chart(cluster: Cluster, moves: list[Any], facts: dict[str, Any]) -> Chart:
    counted = start_ups_among(cluster, [m.end for m in moves])
    shares = [round(100 * young / all_, 1) if all_ else None for young, all_ in counted]
    return lines(
        "start-ups",
        _("Start-ups among the member firms"),
        _("%(young)d of %(all)d in the last year.") % {"young": counted[-1][0], "all": counted[-1][1]},
        [m.end.year for m in moves],
        [(_("share, %"), cluster.colour, shares)],
        x_label=_("Year"),
        y_label=_("share, %"),
        decimals=1,
        height="small",
        table=Table(
            [_("Year"), _("Start-ups"), _("Member firms"), _("share, %")],
            [[str(m.end.year), c[0], c[1], s] for m, c, s in zip(moves, counted, shares, strict=True)],
            numeric=[1, 2, 3],
        ),
        **facts,
    )


def _retention_charts(stored: Trend) -> list[Chart]:
    whole, cohorts = stored.payload["all"], stored.payload["cohorts"]
    facts: dict[str, Any] = {"certainty": stored.certainty, "source": stored.source}
    after = {p["time"]: p for p in whole["after"]}
    three = after.get(3.0) or {}
    summary = (
        _("After three years %(share)s%% are still members (between %(low)s%% and %(high)s%%).")
        % {
            "share": spoken_number(100 * three["survival"], 0),
            "low": spoken_number(100 * three["low"], 0),
            "high": spoken_number(100 * three["high"], 0),
        }
        if three.get("low") is not None
        else _("Too few left to say how sure the curve is.")
    )

    def percent(v: float | None) -> float | None:
        return None if v is None else round(100 * v, 1)

    curve = whole["curve"]
    charts = [
        lines(
            "retention",
            _("How long members stay"),
            summary,
            [p["time"] for p in curve],
            [
                (_("still members"), "#0059b3", [percent(p["survival"]) for p in curve]),
                (_("at least"), "#9fb0c0", [percent(p["low"]) for p in curve]),
                (_("at most"), "#9fb0c0", [percent(p["high"]) for p in curve]),
            ],
            x_label=_("years since joining"),
            y_label=_("still members, %"),
            decimals=1,
            **facts,
        )
    ]
    if len(cohorts) > 1:
        longest = max((c["curve"] for c in cohorts), key=len)
        colours = ["#0059b3", "#b45309", "#00695c", "#8a1250", "#5c6f82", "#6b4300", "#23374d"]
        test = stored.payload.get("difference")
        charts.append(
            lines(
                "cohorts",
                _("By year of joining"),
                _("The cohorts differ more than chance would have it (log-rank test, %(p)s).")
                % {"p": _spoken_p(test["p"])}
                if test and test["p"] < 0.05
                else _("The cohorts do not differ more than chance would have it."),
                [p["time"] for p in longest],
                [
                    (
                        _("%(years)s (n = %(n)d)") % {"years": c["cohort"], "n": c["n"]},
                        colours[i % len(colours)],
                        [
                            percent(c["curve"][j]["survival"]) if j < len(c["curve"]) else None
                            for j in range(len(longest))
                        ],
                    )
                    for i, c in enumerate(cohorts)
                ],
                x_label=_("years since joining"),
                y_label=_("still members, %"),
                decimals=1,
                **facts,
            )
        )
    return charts


def _retention_table(stored: Trend | None) -> Table | None:
    """Cohorts with what is left after 1, 2, 3 and 5 years, with intervals."""
    if stored is None or not stored.payload["cohorts"]:
        return None

    def cell(p: dict[str, Any]) -> str | None:
        if p["survival"] is None:
            return None
        share = spoken_number(100 * p["survival"], 0)
        if p["low"] is None:
            return f"{share}%"
        return f"{share}% ({spoken_number(100 * p['low'], 0)}-{spoken_number(100 * p['high'], 0)})"

    cohorts = stored.payload["cohorts"]
    years = [int(p["time"]) for p in cohorts[0]["after"]]
    return Table(
        [
            _("Joined"),
            _("Firms"),
            _("Left so far"),
            *(ngettext("After %(n)d year", "After %(n)d years", y) % {"n": y} for y in years),
        ],
        [[c["cohort"], c["n"], c["left"], *(cell(p) for p in c["after"])] for c in cohorts],
        numeric=[1, 2],
        caption=_("Still members after some years, with 95% interval; members who are still there count while watched"),
    )


@needs("registry.manage_members", cluster=cluster_by_key)
@require_POST
def trend_refresh(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Compute retention and alarm of today."""
    refresh_retention(cluster=cluster, today=timezone.localdate(), by=request.user)
    messages.success(request, _("Computed from the memberships as they stand now."))
    return redirect("registry:trend", key=cluster.key)


@needs("registry.view_prospects", cluster=cluster_by_key)
@require_safe
def gaps(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Which niches and provinces of its industry the cluster does not reach, under each version of its definition."""
    moment = Moment.today()
    versions = versions_of(cluster, moment)
    asked = request.GET.get("version", "")
    chosen = next((v for v in versions if str(v.version) == asked), None) or (versions[0] if versions else None)
    provinces = gaps_of(cluster, moment, chosen.version)[1] if chosen else []
    niches = niches_of(cluster, moment, chosen.version) if chosen else []
    facts: dict[str, Any] = {"certainty": chosen.certainty, "source": chosen.source} if chosen else {}
    charts = []
    if chosen is not None:
        shares = {g.label: None if g.share is None else round(100 * g.share, 1) for g in provinces}
        borders = region_map(region())
        charts.append(
            place_map(
                "gap-places",
                _("Coverage by province"),
                _("%(place)s is covered least.") % {"place": provinces[0].label} if provinces else "",
                borders,
                {p.code: shares.get(p.name) for p in borders.provinces},
                value_label=_("coverage, %"),
                decimals=1,
                table=Table(
                    [_("Province"), _("Members"), _("Register firms"), _("coverage, %")],
                    [[g.label, g.n, g.N, shares[g.label]] for g in provinces],
                    numeric=[1, 2, 3],
                ),
                **facts,
            )
        )
    return render(
        request,
        "registry/gaps.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:gaps"),
            "versions": versions,
            "chosen": chosen,
            "empty": [niche for niche in niches if niche.N and not niche.n],
            "covered": niche_table([niche for niche in niches if niche.n]),
            "empty_provinces": [g for g in provinces if g.N and not g.n],
            "least": LEAST_FIRMS,
            "charts": charts,
            "outside": outside_members(cluster, moment, chosen.version)[:100] if chosen else [],
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Gaps in coverage"))),
        },
    )
