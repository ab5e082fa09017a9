from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from poliedro.shared.access import debug_only, public, signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.gallery import samples
from poliedro.shared.jobs import jobs_of, seen_by
from poliedro.shared.models import Job
from poliedro.shared.progress import progress_of
from poliedro.shared.region import region
from poliedro.shared.theme import theme_css


@public
@require_safe
@cache_control(max_age=3600, public=True)
def theme(request: HttpRequest) -> HttpResponse:
    return HttpResponse(theme_css(region()), content_type="text/css; charset=utf-8")


@public
@csrf_exempt  # it changes the reader's own language alone, and so public pages need no cookie
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Italian or English from now on: the one cookie that a visitor asks for."""
    return set_language(request)


@debug_only
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component once, with invented content, for those who build pages."""
    return render(request, "shared/gallery.html", samples())


@signed_in
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The reader's background work, newest first."""
    return render(
        request,
        "shared/jobs.html",
        {"jobs": [progress_of(j) for j in jobs_of(request.user)[:30]], "crumbs": [Crumb(_("Background work"))]},
    )


@signed_in
@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far one is: the page, or for htmx its part that changes."""
    found = get_object_or_404(Job, pk=pk)
    if not seen_by(found, request.user):
        raise PermissionDenied
    template = "shared/components/progress.html" if request.headers.get("HX-Request") else "shared/job.html"
    crumbs = [Crumb(_("Background work"), reverse("shared:jobs")), Crumb(found.title)]
    return render(request, template, {"p": progress_of(found), "progress_of": progress_of(found), "crumbs": crumbs})
