"""Productivity: a firm's own position, for those who act for it alone; and the tail by province, in aggregate."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.registry.models import Organisation
from poliedro.registry.present import certainty_of, lines, place_map
from poliedro.registry.queries.geography import region_map
from poliedro.registry.queries.productivity import MARKS, Position, positions, stored_productivity
from poliedro.registry.shown import Asked, Page, show
from poliedro.registry.views.found import organisation_by_pk
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Empty, Table
from poliedro.shared.region import region
from poliedro.shared.templatetags.poliedro import spoken_number


def _measures() -> dict[str, str]:
    return {"value_added": _("value added a person, EUR"), "turnover": _("turnover a person, EUR")}


@needs("registry.view_own_position", body=organisation_by_pk)
@require_safe
def own_position(request: HttpRequest, body: Organisation) -> HttpResponse:
    """Where the firm stands among firms like it, from its own statements; nobody else sees this page (R052)."""
    today = timezone.localdate()
    found = {name: positions(body, name, today) for name in _measures()}
    stored = stored_productivity()
    charts = [_chart(name, own, stored) for name, own in found.items() if own]
    best = found["value_added"] or found["turnover"]
    return render(
        request,
        "registry/own_position.html",
        {
            "organisation": body,
            "title": _title(best[0]) if best else _("Your productivity is not known yet"),
            "position": best[0] if best else None,
            "next": _next_step(best[0]) if best else "",
            "charts": charts,
            "synthetic_data": body.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(body), reverse("portal:organisation", args=[body.pk])),
                Crumb(_("Our productivity")),
            ],
        },
    )


def _title(own: Position) -> str:
    if own.above >= 90:
        return _("You are among the tenth of firms that produce most a person")
    if own.above >= 50:
        return _("You produce more a person than half of the firms compared with")
    if own.above >= 25:
        return _("Between a quarter and half of the firms compared with produce less a person than you")
    if own.above >= 10:
        return _("Three quarters of the firms compared with produce more a person than you")
    return _("Nine in ten of the firms compared with produce more a person than you")


def _next_step(own: Position) -> str:
    if own.above >= 50:
        return _("A partner or an export plan may bring more than a further check of how you work.")
    if own.above >= 10:
        return _("Look where time and material go: the self-assessments of management and digital maturity show where.")
    return _("Start with the self-assessment of management, and ask your cluster for a first talk: it costs nothing.")


def _chart(name: str, own: list[Position], stored: object) -> Chart:
    ordered = sorted(own, key=lambda p: p.year)
    words = _measures()[name]
    among = (
        _("%(n)d firms of the same industry and size")
        if own[0].division and own[0].size
        else _("%(n)d firms of the same industry")
        if own[0].division
        else _("%(n)d firms of the same size")
        if own[0].size
        else _("%(n)d firms of the region")
    ) % {"n": own[0].among}
    marks = own[0].marks
    return lines(
        name,
        words,
        _("Compared with %(among)s, their latest statements.") % {"among": among},
        [p.year for p in ordered],
        [
            (_("you"), "#0059b3", [round(p.value) for p in ordered]),
            *(
                (
                    _("%(n)d%% produce less") % {"n": mark},
                    "#9fb0c0",
                    [round(marks[i])] * len(ordered),
                )
                for i, mark in enumerate(MARKS)
                if mark in (10, 50, 90)
            ),
        ],
        x_label=_("Year"),
        y_label=words,
        certainty=certainty_of(getattr(stored, "certainty", "estimated")),
        source=getattr(stored, "source_names", ""),
    )


@needs("registry.view_productivity_tail")
@require_safe
def productivity_tail(request: HttpRequest) -> HttpResponse:
    """How many small and medium firms of each province produce least a person; no firm is named."""
    stored = stored_productivity()
    asked = Asked(request)
    measure = "value_added"
    if stored and not stored.payload[measure]["provinces"]:
        measure = "turnover"
    data: dict[str, Any] = stored.payload[measure] if stored else {"provinces": [], "n": 0}
    rows = sorted(data["provinces"], key=lambda r: -r["share"])
    borders = region_map(region())
    shares = {r["province"]: round(100 * r["share"], 1) for r in rows}
    charts, table = [], None
    if stored and rows:
        table = Table(
            [_("Province"), _("Small and medium firms with statements"), _("In the lowest tenth"), _("share, %")],
            [[r["province"], r["n"], r["low"], shares[r["province"]]] for r in rows],
            numeric=[1, 2, 3],
        )
        charts = [
            place_map(
                "tail",
                _("Share of small and medium firms in the region's lowest tenth"),
                _("By %(measure)s: %(floor)s or less. Spread evenly, each province would have 10%%.")
                % {"measure": _measures()[measure], "floor": spoken_number(data["floor"], 0)},
                borders,
                {p.code: shares.get(p.name) for p in borders.provinces},
                value_label=_("share, %"),
                decimals=1,
                table=table,
                certainty=certainty_of(stored.certainty),
                source=stored.source_names,
            )
        ]
    first = rows[0] if rows else None
    return show(
        request,
        Page(
            _("%(place)s has most firms of low productivity: %(share)s%% of its small and medium firms")
            % {"place": first["province"], "share": spoken_number(shares[first["province"]], 0)}
            if first
            else _("Where productivity is low is not known yet"),
            _("Firms in the lowest tenth of the region, by province. A firm sees its own position; nobody else does."),
            (),
            charts,
            table=table,
            notes=[
                _("Latest statement of each firm with staff. Provinces with fewer than 10 firms are left out."),
                _("Turnover a person depends on the industry; it stands in where no value added is stated."),
            ],
            empty=None
            if rows
            else Empty(
                _("No statements are known"),
                _("Statements with turnover or value added and staff fill this page; it is computed once a day."),
                _("Sources"),
                reverse("portal:sources"),
            ),
        ),
        asked,
        [],
        [Crumb(_("Productivity tail"))],
    )
