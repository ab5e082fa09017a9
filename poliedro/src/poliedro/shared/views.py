from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from poliedro.shared.gallery import samples
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
