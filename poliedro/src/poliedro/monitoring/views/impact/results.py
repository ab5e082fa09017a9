"""A version's page, its report in several formats, and the data room."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.evidence import store
from poliedro.monitoring.models import StudyVersion
from poliedro.monitoring.queries.impact import DRAW, RUN, public_versions, readings_of, running, versions_of
from poliedro.monitoring.report.meaning import changes
from poliedro.monitoring.report.paper import KINDS, content_of, kept, paper_of, ready, report_of
from poliedro.monitoring.report.present import (
    Results,
    stored_headline,
)
from poliedro.monitoring.report.tables import effects_in_words
from poliedro.monitoring.report.words import STATE_WORDS, reading_words
from poliedro.monitoring.rules.impact import StudyRefused
from poliedro.monitoring.services.impact import draw_papers, log_reading, read_extract, replication_package
from poliedro.monitoring.views.impact.found import version_by_number
from poliedro.monitoring.views.impact.studies import crumbs_of
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Progress
from poliedro.shared.jobs import heard, seen_by
from poliedro.shared.models import Job
from poliedro.shared.progress import progress_of
from poliedro.shared.spreadsheet import csv_file


def _visible(request: HttpRequest, key: str, number: int) -> StudyVersion | HttpResponse:
    """The version if it is signed or the person works on studies; else the sign-in page, or a refusal."""
    version = version_by_number(key, number)
    if version.signed_at or request.user.has_perm("monitoring.view_studies"):
        return version
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    raise PermissionDenied("monitoring.view_studies")


@public
def study(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version: what was declared, and, once computed, what was found and how far it can be believed."""
    version = _visible(request, key, number)
    if isinstance(version, HttpResponse):
        return version
    works = request.user.has_perm("monitoring.view_studies")
    others = [v for v in public_versions(versions_of(version.study), works) if v.pk != version.pk]
    job = running(version) if works and version.state in ("frozen", "computed") else None
    drawing = running(version, DRAW) if works and version.run_id else None
    return render(
        request,
        "monitoring/impact/study.html",
        {
            **content_of(version, works),
            "kept": kept(version, request.build_absolute_uri("/")),
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
            "may_design": request.user.has_perm("monitoring.design_studies"),
            "may_run": request.user.has_perm("monitoring.run_studies"),
            "job": job,
            "job_progress": _watched(job, request),
            "lost": _last_problem(version) if works and version.state == "frozen" and not job else "",
            "drawing": drawing,
            "drawing_progress": _watched(drawing, request),
            "may_sign": request.user.has_perm("monitoring.sign_studies"),
            "may_open": request.user.has_perm("monitoring.open_data_room"),
            "crumbs": crumbs_of(Crumb(version.study.title)),
        },
    )


def _last_problem(version: StudyVersion) -> str:
    """Why the last calculation of a version gave nothing; empty where there was none."""
    last = Job.objects.filter(name=RUN, arguments__pk=version.pk).order_by("-pk").first()
    return progress_of(last).problem if last is not None else ""


def _watched(job: Job | None, request: HttpRequest) -> Progress | None:
    """How far a job is; only who started it may ask again, the others read where it was when the page was made."""
    if job is None:
        return None
    shown = progress_of(heard(job))
    return shown if seen_by(job, request.user) else replace(shown, poll_url="")


@needs("monitoring.view_studies", version=version_by_number)
@require_POST
def draw(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Draw the papers in the background."""
    if version.run_id is not None:
        draw_papers(version=version, site=request.build_absolute_uri("/"), by=request.user)
    return redirect("monitoring:study", key=version.study.key, number=version.number)


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
    language, site = (get_language() or "it")[:2], request.build_absolute_uri("/")
    if kind == "html":
        return render(request, "monitoring/impact/report.html", report_of(version, language, site))
    if kind not in KINDS:
        raise Http404(f"no report as {kind!r}; there are html, csv, {', '.join(KINDS)}")
    if version.signed_at is None and not ready(version, kind, site):
        return _not_drawn(request, version)
    of = "" if kind == "pdf" else f"-{kind}"
    return HttpResponse(
        paper_of(version, kind, language, site),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}{of}.pdf"'},
    )


def _not_drawn(request: HttpRequest, version: StudyVersion) -> HttpResponse:
    """Instead of a draft's paper: how far it is, or a button that has it drawn."""
    drawing = running(version, DRAW)
    at = reverse("monitoring:study", args=[version.study.key, version.number])
    return render(
        request,
        "monitoring/impact/drawing.html",
        {
            "version": version,
            "drawing_progress": _watched(drawing, request),
            "synthetic_data": version.certainty == "synthetic",
            "crumbs": crumbs_of(Crumb(version.study.title, at), Crumb(_("Report"))),
        },
        status=202 if drawing else 409,
    )


def _csv(version: StudyVersion, name: str) -> HttpResponse:
    """The effects in the reader's words; who computes with them has the stored table and the replication package."""
    return csv_file(f"{name}-effects", effects_in_words(Results.of(version)), in_words=True)


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
