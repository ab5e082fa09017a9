from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from poliedro.shared.components import Crumb, Progress
from poliedro.shared.gallery import samples
from poliedro.shared.jobs import jobs_of, seen_by, state_of
from poliedro.shared.models import Job
from poliedro.shared.region import region
from poliedro.shared.theme import theme_css


@require_safe
@cache_control(max_age=3600, public=True)
def theme(request: HttpRequest) -> HttpResponse:
    return HttpResponse(theme_css(region()), content_type="text/css; charset=utf-8")


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component once, with invented content, for those who build pages."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "shared/gallery.html", samples())


@login_required
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """The reader's background work, newest first."""
    return render(
        request,
        "shared/jobs.html",
        {"jobs": [_progress(j) for j in jobs_of(request.user)[:30]], "crumbs": [Crumb(_("Background work"))]},
    )


@login_required
@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far one is: the page, or for htmx its part that changes."""
    found = get_object_or_404(Job, pk=pk)
    if not seen_by(found, request.user):
        raise Http404
    template = "shared/components/progress.html" if request.headers.get("HX-Request") else "shared/job.html"
    crumbs = [Crumb(_("Background work"), reverse("shared:jobs")), Crumb(found.title)]
    return render(request, template, {"p": _progress(found), "progress_of": _progress(found), "crumbs": crumbs})


def _progress(found: Job) -> Progress:
    state = state_of(found)
    problem = found.problem
    if state == "failed" and not problem:
        problem = _("Its worker stopped. Nothing of it was kept; start it again.")
    return Progress(
        title=found.title,
        state=state,
        poll_url=reverse("shared:job", args=[found.pk]),
        done=found.done,
        total=found.total,
        result_url=found.result_url if state == "done" else "",
        problem=problem,
    )
