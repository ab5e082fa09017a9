from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from poliedro.audit.models import LogEntry
from poliedro.audit.queries import first_broken_link, kinds_by_day, kinds_in_log, log_of, named
from poliedro.audit.services import record
from poliedro.audit.words import kind_words, tell
from poliedro.shared.access import needs

SIZE = 50


@needs("audit.view_log")
def log(request: HttpRequest) -> HttpResponse:
    """The log, newest first. Reading it is itself recorded."""
    kind, key = request.GET.get("kind", ""), request.GET.get("key", "")
    rows, by_day = log_of(kind, key)
    page = Paginator(rows, SIZE).get_page(request.GET.get("page"))
    told = tell(named(page.object_list), user=request.user, with_names=not by_day)
    response = render(
        request,
        "audit/log.html",
        {
            "page": page,
            "by_day": by_day,
            "told": told,
            "kinds_by_day": sorted((kind_words(k), k) for k in kinds_by_day()),
            "kinds": sorted({kind_words(k): k for k in kinds_in_log()}.items()),
            "kind": kind,
            "kind_words": kind_words(kind) if kind else "",
            "key": key,
            "synthetic_data": False,
            "broken": first_broken_link() if "check" in request.GET else None,
            "checked": "check" in request.GET,
        },
    )
    record(by=request.user, act=LogEntry.Act.READ, verb="view_log", subject_kind="log", subject_key=kind or "all")
    return response
