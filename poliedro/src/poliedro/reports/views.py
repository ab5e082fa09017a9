"""The public value report: the public's pages, and the region's desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.present import certainty_of, facet, why_words
from poliedro.reports.forms import NewReportForm, ReportForm
from poliedro.reports.models import Report
from poliedro.reports.queries import all_reports, published_report, published_reports, versions_of
from poliedro.reports.rules.whole import region_index
from poliedro.reports.services.files import notes, report_file
from poliedro.reports.services.reports import (
    LANGUAGES,
    ReportRefused,
    draft_report,
    edit_report,
    preview,
    publish_report,
)
from poliedro.reports.words import missing_words, type_words
from poliedro.shared.access import needs, public
from poliedro.shared.components import Chart, Crumb, Empty, Figure, Table
from poliedro.shared.disclosure import Why
from poliedro.shared.templatetags.poliedro import spoken_number


def _language() -> str:
    code = (get_language() or "it").split("-")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Home"), reverse("portal:home")), *more]


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The last report; where none is published, what will be here."""
    found = published_reports()
    if found:
        return _show(request, found[0], found)
    return render(
        request,
        "reports/none.html",
        {
            "empty": Empty(
                _("No report is published yet"),
                _("Once a year the region reports what the clusters are worth to it, on six dimensions."),
            ),
            "synthetic_data": False,
            "crumbs": _crumbs(Crumb(_("Public value report"))),
        },
    )


@public
@require_safe
def report(request: HttpRequest, year: int) -> HttpResponse:
    """A year's report, in the version asked for or the last."""
    version = request.GET.get("version", "")
    found = published_report(year, int(version) if version.isdecimal() else None)
    if found is None:
        raise Http404(f"no report of {year}")
    return _show(request, found, published_reports())


@public
@require_safe
def file(request: HttpRequest, year: int, version: int, kind: str) -> FileResponse:
    """The report as PDF or XLSX, in the reader's language."""
    found = published_report(year, version)
    if found is None or kind not in ("pdf", "xlsx"):
        raise Http404(f"no report of {year} as {kind}")
    path = report_file(found, kind, _language())
    types = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    name = f"value-report-{year}-v{version}.{kind}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=types[kind])


def _show(request: HttpRequest, found: Report, others: list[Report]) -> HttpResponse:
    content = found.content
    chosen = next((c for c in content["clusters"] if c["key"] == request.GET.get("cluster")), None)
    return render(
        request,
        "reports/report.html",
        {
            "report": found,
            "chosen": chosen,
            **shown(content, chosen, request),
            "others": others,
            "versions": list(versions_of(found.year)),
            "address": request.build_absolute_uri(
                f"{reverse('reports:report', args=[found.year])}?version={found.version}"
            ),
            "synthetic_data": content["synthetic"],
            "crumbs": _crumbs(Crumb(_("Public value report"), reverse("reports:index")), Crumb(str(found.year))),
        },
    )


def shown(content: Mapping[str, Any], chosen: Mapping[str, Any] | None, request: HttpRequest) -> dict[str, Any]:
    """Title, charts and tables of a report's content, of all clusters or of one."""
    language = _language()
    return {
        "title": _title(content, chosen, language),
        "foreword": content["foreword"],
        "missing": missing_words(content, language),
        "sections": [
            {
                "label": d["label"][language],
                "comment": content["comments"].get(d["key"], ""),
                "tables": [_indicator_table(content, i, chosen, language) for i in d["indicators"]],
            }
            for d in content["dimensions"]
        ],
        "charts": [_cluster_chart(content, chosen, language)] if chosen else _heat_charts(content, language),
        "facets": [
            facet("cluster", _("Cluster"), [(c["key"], c["name"], None) for c in content["clusters"]], request.GET)
        ],
        "notes": notes(),
    }


def _title(content: Mapping[str, Any], chosen: Mapping[str, Any] | None, language: str) -> str:
    year = content["year"]
    if chosen is None:
        return _("What the clusters are worth to the region, %(year)d") % {"year": year}
    known = [
        (d["label"][language], d["scores"][chosen["key"]]["value"])
        for d in content["dimensions"]
        if d["scores"][chosen["key"]]["value"] is not None
    ]
    if not known:
        return _("%(cluster)s, %(year)d") % {"cluster": chosen["name"], "year": year}
    best = max(known, key=lambda k: k[1])
    return _("%(cluster)s, %(year)d: strongest in %(dimension)s, at %(score)s where the region is 100") % {
        "cluster": chosen["name"],
        "year": year,
        "dimension": best[0].lower(),
        "score": spoken_number(best[1], 0),
    }


def _heat_charts(content: Mapping[str, Any], language: str) -> list[Chart]:
    """Scores of all clusters on six dimensions, a chart a type."""
    charts = []
    for kind, title in (("sectoral", _("Sectoral clusters")), ("transversal", _("Transversal clusters"))):
        clusters = [c for c in content["clusters"] if c["type"] == kind]
        if not clusters:
            continue
        columns = [d["label"][language] for d in content["dimensions"]]
        cells = [
            {"row": i, "column": j, "value": round(value)}
            for i, c in enumerate(clusters)
            for j, d in enumerate(content["dimensions"])
            if (value := d["scores"][c["key"]]["value"]) is not None
        ]
        charts.append(
            Chart(
                "heatmap",
                f"scores-{kind}",
                title,
                _("Scores by dimension; the region as a whole is 100."),
                {
                    "rows": [c["name"] for c in clusters],
                    "columns": columns,
                    "cells": cells,
                    "x_label": _("dimension"),
                    "decimals": 0,
                },
                Table(
                    [_("Cluster"), *columns],
                    [[c["name"], *(_score(d["scores"][c["key"]]) for d in content["dimensions"])] for c in clusters],
                    numeric=range(1, len(columns) + 1),
                ),
                certainty=_weakest(content),
                source=_sources(content),
            )
        )
    return charts


def _score(row: Mapping[str, Any], **fields: Any) -> Figure:
    return Figure(
        row["value"],
        label=_("Score"),
        decimals=0,
        low=row["low"],
        high=row["high"],
        n=row["n"],
        certainty="estimated",
        definition=_("Plain mean of the dimension's indices; the region is 100."),
        null_means=_("No indicator of the dimension is known."),
        hidden=why_words()[Why(row["hidden"])] if row["hidden"] else "",
        **fields,
    )


def _cluster_chart(content: Mapping[str, Any], chosen: Mapping[str, Any], language: str) -> Chart:
    """One cluster's six scores with their intervals."""
    rows = [(d["label"][language], d["scores"][chosen["key"]]) for d in content["dimensions"]]
    points = [
        {
            "name": label,
            "x": i + 1,
            "y": round(r["value"], 1),
            "low": r["low"],
            "high": r["high"],
            "color": chosen["colour"],
            "size": 14,
            "label": label,
        }
        for i, (label, r) in enumerate(rows)
        if r["value"] is not None
    ]
    return Chart(
        "scatter",
        "scores",
        _("Six dimensions, with what chance could have made"),
        _("The dashed line is the region: 100."),
        {"points": points, "lines": [{"y": 100}], "x_label": _("dimension"), "y_label": _("score, region = 100")},
        Table([_("Dimension"), _("Score")], [[label, _score(r)] for label, r in rows], numeric=[1]),
        certainty=_weakest(content),
        source=_sources(content),
    )


def _weakest(content: Mapping[str, Any]) -> Any:
    return certainty_of("synthetic" if content["synthetic"] else "estimated")


def _sources(content: Mapping[str, Any]) -> str:
    names = {i["source"] for d in content["dimensions"] for i in d["indicators"] if i["source"]}
    return "; ".join(sorted(names))


def _indicator_table(
    content: Mapping[str, Any], indicator: Mapping[str, Any], chosen: Mapping[str, Any] | None, language: str
) -> Table:
    def shown_value(row: Mapping[str, Any]) -> Figure:
        return Figure(
            row["value"],
            label=indicator["label"][language],
            unit=indicator["unit"],
            decimals=indicator["decimals"],
            period=indicator["period"],
            certainty=certainty_of(indicator["certainty"]),
            source=indicator["source"],
            definition=indicator["definition"][language],
            formula=indicator["formula"][language],
            low=row["low"],
            high=row["high"],
            n=row["n"],
            null_means=_("Not known."),
            hidden=why_words()[Why(row["hidden"])] if row["hidden"] else "",
        )

    clusters = [c for c in content["clusters"] if chosen is None or c["key"] == chosen["key"]]
    rows = [
        [c["name"], type_words(c["type"]), shown_value(own), own["index"]]
        for c in sorted(clusters, key=lambda c: c["type"])
        if (own := indicator["rows"][c["key"]])
    ]
    return Table(
        [_("Cluster"), _("Type"), indicator["label"][language], _("Index (region = 100)")],
        rows,
        numeric=[2, 3],
        decimals={3: 0},
        total=[_("Region"), "", shown_value(indicator["region"]), region_index(indicator)],
        caption=f"{indicator['label'][language]}, {indicator['period']}",
    )


# --- the region's desk ------------------------------------------------------------------------------------------------
def report_by_pk(pk: int) -> Report:
    return get_object_or_404(Report, pk=pk)


@needs("reports.edit_report")
def desk(request: HttpRequest) -> HttpResponse:
    """Drafts and versions; a new draft."""
    form = NewReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_report(year=form.cleaned_data["year"], by=request.user)
        except ReportRefused as refused:
            messages.error(request, str(refused))
        else:
            return redirect("reports:edit", made.pk)
    return render(
        request,
        "reports/desk.html",
        {
            "form": form,
            "reports": list(all_reports()),
            "synthetic_data": False,
            "crumbs": _desk_crumbs(),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _desk_crumbs(*more: Crumb) -> list[Crumb]:
    return _crumbs(
        Crumb(_("Policy cockpit"), reverse("monitoring:cockpit")),
        *([Crumb(_("Report desk"), reverse("reports:desk")), *more] if more else [Crumb(_("Report desk"))]),
    )


@needs("reports.edit_report", report=report_by_pk)
def edit(request: HttpRequest, report: Report) -> HttpResponse:
    """The draft's words beside its figures as they would be frozen today."""
    if report.state == Report.State.PUBLISHED:
        return redirect(f"{reverse('reports:report', args=[report.year])}?version={report.version}")
    form = ReportForm(request.POST or None, report=report)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        edit_report(
            report=report,
            foreword=values["foreword"],
            comments=form.comments,
            change_note=values["change_note"],
            by=request.user,
        )
        messages.success(request, _("Your words are saved."))
        return redirect("reports:edit", report.pk)
    content = preview(report)
    return render(
        request,
        "reports/edit.html",
        {
            "report": report,
            "form": form,
            **shown(content, None, request),
            "facets": [],
            "may_publish": request.user.has_perm("reports.publish_report", report),
            "synthetic_data": content["synthetic"],
            "crumbs": _desk_crumbs(Crumb(str(report))),
        },
        status=422 if form.is_bound else 200,
    )


@needs("reports.publish_report", report=report_by_pk)
@require_POST
def publish(request: HttpRequest, report: Report) -> HttpResponse:
    """Freeze and show to everybody; files are made in the background."""
    try:
        publish_report(report=report, by=request.user)
    except ReportRefused as refused:
        messages.error(request, str(refused))
        return redirect("reports:edit", report.pk)
    messages.success(request, _("Published. The figures are frozen; every version stays."))
    return redirect("reports:report", report.year)
