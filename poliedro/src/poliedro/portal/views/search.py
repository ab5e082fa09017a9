from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.components import Crumb
from poliedro.shared.search import nearest, search

KINDS = ("organisation", "cluster", "project")


def results(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else ()
    found = search(text, kinds=kinds, limit=60) if text else []
    return render(
        request,
        "portal/search.html",
        {
            "text": text,
            "kind": kind,
            "found": found,
            "offers": nearest(text) if text and not found else [],
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Search"))],
        },
    )
