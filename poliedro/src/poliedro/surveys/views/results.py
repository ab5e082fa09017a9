"""The private result of a self-assessment: where the firm stands, what fits next, and what changed since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from poliedro.registry.present import bars, lines
from poliedro.shared.access import needs
from poliedro.shared.components import Chart, Crumb, Table
from poliedro.shared.spoken import short_day
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.shared.todos import add_task
from poliedro.surveys.models import Sheet
from poliedro.surveys.queries.sheets import definition_of, earlier_results
from poliedro.surveys.rules.definition import Band, Definition, said
from poliedro.surveys.rules.scoring import band_of
from poliedro.surveys.views.filling import language
from poliedro.surveys.views.found import sheet_by_pk


def _band(definition: Definition, value: float | None) -> Band | None:
    key = band_of(definition.bands, value)
    return next((b for b in definition.bands if b.key == key), None)


@needs("surveys.view_result", sheet=sheet_by_pk)
@never_cache
def result(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    if sheet.is_open:
        return redirect("surveys:section", pk=sheet.pk, number=1)
    definition, spoken = definition_of(sheet.version), language()
    stored: dict[str, Any] = sheet.result or {}
    total, band = stored["total"], _band(definition, stored["total"])
    before = earlier_results(sheet)
    weakest = next((d for d in definition.dimensions if d.key == stored["weakest"]), None)
    low = _band(definition, stored["dimensions"][weakest.key]["value"]) if weakest else None
    title = said(definition.title, spoken)
    return render(
        request,
        "surveys/result.html",
        {
            "sheet": sheet,
            "title": _("%(what)s: %(band)s (%(score)s of 100)")
            % {"what": title, "band": said(band.title, spoken).lower(), "score": spoken_number(total, 0)}
            if band
            else _("%(what)s: too few answers for a score") % {"what": title},
            "means": said(band.text, spoken) if band else "",
            "next": said(low.next_step, spoken) if low else "",
            "weakest": said(weakest.title, spoken) if weakest else "",
            "charts": _charts(definition, sheet, before),
            "change": _change(total, before),
            "before": before,
            "synthetic_data": sheet.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Self-assessments"), reverse("surveys:assessments")),
                Crumb(title),
            ],
        },
    )


def _change(total: float | None, before: list[Sheet]) -> str:
    """What changed since the result before, in words."""
    last = (before[0].result or {}).get("total") if before else None
    if total is None or last is None or not before[0].submitted_at:
        return ""
    return _("%(change)+.0f points since %(day)s.") % {
        "change": total - last,
        "day": short_day(timezone.localtime(before[0].submitted_at)),
    }


def _charts(definition: Definition, sheet: Sheet, before: list[Sheet]) -> list[Chart]:
    spoken = language()
    now = (sheet.result or {})["dimensions"]
    last = (before[0].result or {}).get("dimensions", {}) if before else {}
    rows = [
        (said(d.title, spoken), now[d.key]["value"], last.get(d.key, {}).get("value")) for d in definition.dimensions
    ]
    known = [(name, value) for name, value, _before in rows if value is not None]
    best = max(known, key=lambda r: r[1])[0] if known else ""
    source, certainty = _("Your own answers"), "synthetic" if sheet.is_synthetic else "reported"
    table = Table(
        [_("Area"), _("Now"), *([_("Before"), _("Difference")] if before else [])],
        [
            [name, value, *([old, None if None in (value, old) else value - old] if before else [])]
            for name, value, old in rows
        ],
        numeric=[1, 2, 3],
        decimals={1: 0, 2: 0, 3: 0},
    )
    charts = [
        bars(
            "dimensions",
            _("By field, 0 to 100"),
            _("Strongest: %(name)s.") % {"name": best} if best else "",
            [(name, value, "") for name, value, _old in rows],
            y_label=_("points of 100"),
            height="small",
            table=table,
            certainty=certainty,
            source=source,
        )
    ]
    if before:
        series = [*reversed(before), sheet]
        charts.append(
            lines(
                "over-time",
                _("Over time"),
                _change((sheet.result or {})["total"], before),
                [f"{timezone.localtime(s.submitted_at):%m/%Y}" for s in series if s.submitted_at],
                [(_("points of 100"), "#0059b3", [(s.result or {}).get("total") for s in series])],
                x_label=_("Handed in"),
                y_label=_("points of 100"),
                height="small",
                certainty=certainty,
                source=source,
            )
        )
    return charts


@needs("surveys.view_result", sheet=sheet_by_pk)
@require_POST
def keep_step(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Put the next step among one's own tasks, in a month's time."""
    definition, stored = definition_of(sheet.version), sheet.result or {}
    weakest = next((d for d in definition.dimensions if d.key == stored.get("weakest")), None)
    band = _band(definition, stored["dimensions"][weakest.key]["value"]) if weakest else None
    if band is not None:
        add_task(
            user=request.user,
            title=said(band.next_step, language()),
            due_on=timezone.localdate() + timedelta(days=30),
            url=reverse("surveys:result", args=[sheet.pk]),
        )
        messages.success(request, _("It is among your tasks, due in a month."))
    return redirect("surveys:result", pk=sheet.pk)
