from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.registry.models import MatchCandidate, Merge
from poliedro.registry.queries.resolution import open_candidates, recent_merges
from poliedro.registry.services.merges import CannotMerge, undo_merge
from poliedro.registry.services.resolution import AlreadyDecided, decide_candidate
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb
from poliedro.shared.jobs import jobs_of, start_job, state_of
from poliedro.shared.region import region

SIZE = 20


@needs("registry.review_matches")
def queue(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one organisation, most probable first, and the merges of late."""
    here, text = open_candidates(here=True).count(), request.GET.get("q", "").replace("\x00", "").strip()[:100]
    is_here = request.GET.get("where", "here" if here and not text else "all") == "here"
    page = Paginator(open_candidates(here=is_here, text=text), SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "registry/matches.html",
        {
            "page": page,
            "text": text,
            "is_here": is_here,
            "here": here,
            "all": open_candidates().count(),
            "kept": urlencode({"where": "here" if is_here else "all", "q": text}),
            "merges": recent_merges(20),
            "synthetic_data": False,
            "crumbs": [Crumb(_("My roles"), reverse("registry:my_roles")), Crumb(_("Double entries"))],
        },
    )


@needs("registry.review_matches")
@require_POST
def look_again(request: HttpRequest) -> HttpResponse:
    """Search the whole register for organisations that appear twice, in the background."""
    title = _("Look for organisations that appear twice")
    waiting = jobs_of(request.user).filter(name="registry.run_resolution", state__in=("waiting", "running")).first()
    if waiting is not None and state_of(waiting) != "failed":
        return redirect("shared:job", pk=waiting.pk)
    begun = start_job(name="registry.run_resolution", title=title, by=request.user, country=region().country)
    return redirect("shared:job", pk=begun.pk)


@needs("registry.review_matches")
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    candidate = get_object_or_404(MatchCandidate, pk=pk)
    same = request.POST.get("same") == "yes"
    try:
        decide_candidate(candidate=candidate, same=same, by=request.user)
    except AlreadyDecided:
        messages.warning(request, _("Somebody settled this pair before you."))
    except CannotMerge:
        messages.error(request, _("These two cannot be merged: one of them is merged already, or only one is real."))
    else:
        messages.success(request, _("Merged. It can be undone below.") if same else _("Kept apart for good."))
    return redirect("registry:matches")


@needs("registry.review_matches")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        undo_merge(merge=get_object_or_404(Merge, pk=pk), by=request.user)
    except CannotMerge:
        messages.warning(request, _("This merge was undone before."))
    else:
        messages.success(request, _("Two organisations again, each with what was its own."))
    return redirect("registry:matches")
