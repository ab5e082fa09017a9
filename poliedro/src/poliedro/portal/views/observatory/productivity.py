from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from poliedro.evidence.models import Run
from poliedro.portal.views.observatory.frame import (
    GREY,
    HIGHLIGHT,
    Content,
    Scope,
    Section,
    Select,
    answer,
    chosen,
    csv_address,
    rows,
)
from poliedro.portal.views.observatory.structure import peers_of
from poliedro.registry.present import certainty_of
from poliedro.shared.access import public
from poliedro.shared.components import Chart, Table
from poliedro.shared.templatetags.poliedro import spoken_number

NATIONAL_PEERS = ("DE", "FR", "ES", "AT")
SHOWN = 12


@public
def productivity(request: HttpRequest) -> HttpResponse:
    """Level, trend and shift-share of wages per person in the region, and of value added in its country."""
    return answer(request, "productivity", "productivity", _build)


def _build(request: HttpRequest, scope: Scope, run: Run) -> Content:
    country = scope.place[:2]
    measure = chosen(request, "measure", ("wages", "value_added"), "wages")
    place = scope.place if measure == "wages" else country
    peers = peers_of(scope) if measure == "wages" else [c for c in NATIONAL_PEERS if c != country]
    levels = rows(run, "levels", {"measure": measure, "place": [place, *peers]}, order="year")
    trend = next(iter(rows(run, "trend", {"measure": measure, "place": place})), None)
    parts = rows(run, "parts", {"measure": measure, "place": place})
    within, moved = sum(p["within"] for p in parts), sum(p["between"] for p in parts)
    name = scope.place_name(place)
    years = sorted({r["year"] for r in levels})
    value = {(r["place"], r["year"]): r["per_person"] for r in levels}
    shown = [p for p in (place, *peers) if any((p, y) in value for y in years)]
    series: list[dict[str, Any]] = [
        {
            "name": scope.place_name(p),
            "values": [round(value[p, y]) if (p, y) in value else None for y in years],
            "highlight": p == place,
            "color": HIGHLIGHT if p == place else GREY,
        }
        for p in shown
    ]
    line = Chart(
        "line",
        "level",
        _("%(measure)s per person employed") % {"measure": _measure(measure)},
        _("Euro at current prices: no deflator by region is loaded."),
        {
            "categories": [str(y) for y in years],
            "x_label": _("year"),
            "y_label": "EUR",
            "decimals": 0,
            "scale": True,
            "series": series,
        },
        Table(
            [_("Year"), *(str(s["name"]) for s in series)],
            [[str(y), *(s["values"][i] for s in series)] for i, y in enumerate(years)],
            numeric=range(1, len(series) + 1),
        ),
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "levels", place=place),
    )
    span = (parts[0]["first"], parts[0]["last"]) if parts else (0, 0)
    grew = trend["growth"] if trend else None
    return Content(
        _("%(measure)s per person in %(place)s: %(g)s%% a year (between %(low)s%% and %(high)s%%)")
        % {
            "measure": _measure(measure),
            "place": name,
            "g": _percent(grew),
            "low": _percent(trend["low"] if trend else None),
            "high": _percent(trend["high"] if trend else None),
        },
        _(
            "Of the change of EUR %(all)s from %(a)d to %(b)d, EUR %(w)s came from within industries "
            "and EUR %(m)s from people moving between them."
        )
        % {
            "all": spoken_number(within + moved, 0),
            "a": span[0],
            "b": span[1],
            "w": spoken_number(within, 0),
            "m": spoken_number(moved, 0),
        }
        if parts
        else "",
        [
            Section([line]),
            *([Section([_parts(scope, run, parts, place, span)], title=_("What moved it"))] if parts else []),
        ],
        [
            Select(
                "measure",
                _("Measure"),
                [("wages", _("wages, region")), ("value_added", _("value added, country"))],
                measure,
            )
        ],
        [
            _(
                "Regions' tables have wages but no value added; wages per person stand in for "
                "productivity there. Countries have value added at factor cost."
            ),
            _("Only industries published in every year count, so that a gap in the table is no change."),
            _(
                "Shift-share after Griliches and Regev (1995): within = mean share of people times the "
                "change of the level; between = change of the share times the level's distance from the "
                "mean. They add exactly to the change."
            ),
            _("Growth: least squares on the logarithm of the level, with Student's 95% interval."),
        ],
        [
            _("Current prices: part of the growth is inflation, which the intervals do not take out."),
            _("Few years make wide intervals: %(n)s years here.")
            % {"n": spoken_number(trend["years"] if trend else None, 0)},
        ],
        extra={"may_see_tail": request.user.has_perm("registry.view_productivity_tail")},
        template="portal/observatory/productivity.html",
    )


def _measure(name: str) -> str:
    return {"wages": _("Wages"), "value_added": _("Value added")}[name]


def _percent(value: float | None) -> str:
    return spoken_number(None if value is None else 100 * value, 1)


def _parts(scope: Scope, run: Run, parts: list[dict[str, Any]], place: str, span: tuple[int, int]) -> Chart:
    first = sorted(parts, key=lambda p: -abs(p["within"] + p["between"]))[:SHOWN]
    return Chart(
        "bar",
        "parts",
        _("The industries that moved the mean most, %(a)d to %(b)d") % {"a": span[0], "b": span[1]},
        _("Euro per person employed in the whole economy."),
        {
            "categories": [scope.activity_name(p["activity"]) for p in first],
            "y_label": "EUR",
            "stacked": True,
            "decimals": 0,
            "series": [
                {"name": _("within the industry"), "values": [round(p["within"], 1) for p in first]},
                {"name": _("by moving between industries"), "values": [round(p["between"], 1) for p in first]},
            ],
        },
        Table(
            [
                _("Industry"),
                _("Within, EUR"),
                _("Between, EUR"),
                _("Share of people, first, %"),
                _("Share of people, last, %"),
                _("Per person, first, EUR"),
                _("Per person, last, EUR"),
            ],
            [
                [
                    scope.activity_name(p["activity"]),
                    round(p["within"], 1),
                    round(p["between"], 1),
                    round(100 * p["share_from"], 2),
                    round(100 * p["share_to"], 2),
                    round(p["level_from"]),
                    round(p["level_to"]),
                ]
                for p in first
            ],
            numeric=range(1, 7),
        ),
        height="large",
        source=run.source_names,
        certainty=certainty_of(run.certainty),
        download_url=csv_address(run, "parts", place=place),
        heading=3,
    )
