"""A version's page, its report in several formats, and the data room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from poliedro.evidence import store
from poliedro.monitoring.forms.impact import ESTIMATOR_WORDS, OUTCOME_WORDS
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import opened_before, public_versions, readings_of, running, versions_of
from poliedro.monitoring.rules.impact import StudyRefused
from poliedro.monitoring.services.impact import log_reading, read_extract, replication_package
from poliedro.monitoring.views.impact.found import version_by_number
from poliedro.monitoring.views.impact.meaning import changes, declared_facts, headline, meaning
from poliedro.monitoring.views.impact.present import (
    Results,
    estimators_chart,
    event_chart,
    figures,
    interval_of,
    love_chart,
    percent,
    picture,
    stored_headline,
)
from poliedro.monitoring.views.impact.studies import crumbs_of
from poliedro.monitoring.views.impact.tables import (
    bacon_table,
    cells_table,
    checks_table,
    cohorts_table,
    corrected_table,
    effects_table,
    flow_table,
    production,
    reach_table,
    trends_table,
    unmatched_table,
    vanished_table,
)
from poliedro.monitoring.views.impact.voices import member_voices
from poliedro.monitoring.views.impact.words import STATE_WORDS, reading_words, why_refused
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb
from poliedro.shared.jobs import seen_by
from poliedro.shared.paper import pdf_of
from poliedro.shared.spreadsheet import csv_file

STYLE = Path(__file__).resolve().parents[2] / "static" / "monitoring" / "report.css"


def _visible(request: HttpRequest, key: str, number: int) -> StudyVersion | HttpResponse:
    """The version if it is signed or the person works on studies; else the sign-in page, or a refusal."""
    version = version_by_number(key, number)
    if version.signed_at or request.user.has_perm("monitoring.view_studies"):
        return version
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    raise PermissionDenied("monitoring.view_studies")


def _content(version: StudyVersion) -> dict[str, Any]:
    """What page and report share."""
    results = Results.of(version)
    d = version.declared
    computed = version.run_id is not None
    outcomes = [
        {
            "key": o,
            "label": str(OUTCOME_WORDS[o]),
            "chart": event_chart(results, o),
            "checks": checks_table(results, o),
            "trends": trends_table(results, o),
            "vanished": vanished_table(results, o),
            "refused": why_refused(row["refused"])
            if (row := results.effect(o)) is not None and row["refused"]
            else None,
        }
        for o in d.outcomes
    ]
    means, means_not = meaning(results) if computed else ([], [])
    return {
        "version": version,
        "study": version.study,
        "state": STATE_WORDS[version.state],
        "computed": computed,
        "title": headline(results) if computed else version.study.title,
        "figures": figures(results) if computed else [],
        "effects": effects_table(results) if computed else None,
        "corrected": corrected_table(results),
        "reach": reach_table(results),
        "outcomes": outcomes if computed else [],
        "love": love_chart(results),
        "estimators": estimators_chart(results),
        "by_cluster": cells_table(results, "cluster"),
        "by_size": cells_table(results, "size"),
        "flow": flow_table(results.rows("flow") or version.flow) if (computed or version.flow) else None,
        "unmatched": unmatched_table(results),
        "bacon": bacon_table(results),
        "cohorts": cohorts_table(results),
        "production": production(results) if computed else "",
        "voices": member_voices(d.clusters, timezone.localdate()) if computed else None,
        "means": means,
        "means_not": means_not,
        "facts": declared_facts(d),
        "leading": ESTIMATOR_WORDS[d.estimator],
        "synthetic_data": version.certainty == "synthetic",
    }


@public
def study(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version: what was declared, and, once computed, what was found and how far it can be believed."""
    version = _visible(request, key, number)
    if isinstance(version, HttpResponse):
        return version
    works = request.user.has_perm("monitoring.view_studies")
    others = [v for v in public_versions(versions_of(version.study), works) if v.pk != version.pk]
    seen = opened_before(version)
    job = running(version) if works and version.state in ("frozen", "computed") else None
    return render(
        request,
        "monitoring/impact/study.html",
        {
            **_content(version),
            "others": [
                {
                    "version": v,
                    "state": STATE_WORDS[v.state],
                    "open": works or bool(v.signed_at),
                    "found": stored_headline(v) if works or v.signed_at else "",
                    "changes": changes(v.declared, version.declared),
                }
                for v in others
            ],
            # A study that nobody signed is not named to the public; that it was opened is.
            "opened_before": [
                {"version": v, "named": works or bool(v.signed_at) or v.study_id == version.study_id} for v in seen
            ],
            "may_design": request.user.has_perm("monitoring.design_studies"),
            "may_run": request.user.has_perm("monitoring.run_studies"),
            "job": job,
            "job_open": job is not None and seen_by(job, request.user),
            "may_sign": request.user.has_perm("monitoring.sign_studies"),
            "may_open": request.user.has_perm("monitoring.open_data_room"),
            "crumbs": crumbs_of(Crumb(version.study.title)),
        },
    )


@public
def report(request: HttpRequest, key: str, number: int, kind: str) -> HttpResponse:
    """The report on paper: HTML or PDF, and the effects as CSV."""
    version = _visible(request, key, number)
    if isinstance(version, HttpResponse):
        return version
    if version.run_id is None:
        raise Http404("not computed yet")
    name = f"{version.study.key}-{version.number}"
    if kind == "csv":
        return _csv(version, name)
    if kind in ("summary-it", "summary-en"):
        with override(kind[-2:]):
            return _pdf(request, "monitoring/impact/summary.html", _summary(request, version), f"{name}-{kind}")
    results = Results.of(version)
    content = {
        **_content(version),
        "pictures": [p for o in version.declared.outcomes if (p := picture(results, o)) is not None],
        "language": get_language() or "it",
        "address": request.build_absolute_uri(reverse("monitoring:study", args=[key, number])),
    }
    if kind == "html":
        return render(request, "monitoring/impact/report.html", content)
    if kind != "pdf":
        raise Http404(f"no report as {kind!r}; there are pdf, html, csv, summary-it and summary-en")
    return _pdf(request, "monitoring/impact/report.html", content, name)


def _summary(request: HttpRequest, version: StudyVersion) -> dict[str, Any]:
    """What stands on the one page for those who decide."""
    results = Results.of(version)
    means, means_not = meaning(results)
    lead = results.effect(version.declared.outcomes[0])
    return {
        "version": version,
        "study": version.study,
        "state": STATE_WORDS[version.state],
        "title": headline(results),
        "figures": [(f.label, percent(f.value), interval_of(f), f.null_means) for f in figures(results)],
        "picture": picture(results, version.declared.outcomes[0]),
        "means": means,
        "means_not": means_not,
        "refused": why_refused(lead["refused"]) if lead is not None and lead["refused"] else None,
        "synthetic_data": version.certainty == "synthetic",
        "language": get_language() or "it",
        "address": request.build_absolute_uri(reverse("monitoring:study", args=[version.study.key, version.number])),
    }


def _pdf(request: HttpRequest, template: str, content: dict[str, Any], name: str) -> HttpResponse:
    html = render_to_string(template, {**content, "on_paper": True}, request=request)
    body = pdf_of(html, [STYLE])
    return HttpResponse(
        body,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
    )


def _csv(version: StudyVersion, name: str) -> HttpResponse:
    rows = Results.of(version).rows("effects")
    columns = list(rows[0]) if rows else []
    lines = [[*columns, "certainty", "source", "run"]]
    for row in rows:
        run = version.run.key if version.run else ""
        said = {**row, "refused": " ".join(why_refused(row["refused"])) if row["refused"] else ""}
        lines.append([*(said[c] for c in columns), version.certainty, version.extract_sources, run])
    return csv_file(f"{name}-effects", lines)


@needs("monitoring.open_data_room", version=version_by_number)
def data_room(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """What lies in the room, its checksum, and who read it."""
    return render(
        request,
        "monitoring/impact/room.html",
        {
            "version": version,
            "state": STATE_WORDS[version.state],
            "readings": [(e, reading_words().get(e.verb, e.verb)) for e in readings_of(version)],
            "synthetic_data": version.certainty == "synthetic",
            "crumbs": crumbs_of(
                Crumb(version.study.title, reverse("monitoring:study", args=[version.study.key, version.number])),
                Crumb(_("Data room")),
            ),
        },
    )


@needs("monitoring.open_data_room", version=version_by_number)
def room_file(request: HttpRequest, version: StudyVersion, what: str) -> HttpResponse:
    """A file of the data room; who takes it is logged. A draft has none."""
    name = f"{version.study.key}-{version.number}"
    try:
        if what == "extract":
            body, kind, suffix = read_extract(version=version, what="extract", by=request.user), "parquet", "extract"
        elif what == "replication":
            body, kind, suffix = replication_package(version=version, by=request.user), "zip", "replication"
        elif what == "pairs":
            body, kind, suffix = _pairs(request, version), "csv", "pairs"
        else:
            raise Http404(f"the data room has no {what!r}")
    except StudyRefused as refused:
        raise PermissionDenied(str(refused)) from refused
    types = {"parquet": "application/vnd.apache.parquet", "zip": "application/zip", "csv": "text/csv; charset=utf-8"}
    return HttpResponse(
        body,
        content_type=types[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}-{suffix}.{kind}"'},
    )


def _pairs(request: HttpRequest, version: StudyVersion) -> bytes:
    if version.run is None:
        raise StudyRefused("the study was not computed yet")
    table = version.run.tables.filter(name="pairs").first()
    if table is None:
        raise Http404("no pairs")
    log_reading(version=version, what="pairs", by=request.user)
    return "".join(store.csv_of(table)).encode()
