from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.shared.access import public
from poliedro.shared.components import Crumb
from poliedro.shared.search import PUBLIC, nearest, search

KINDS = ("organisation", "cluster", "project", "knowledge")


@public
def results(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else ()
    visible = (*PUBLIC, "managers") if request.user.has_perm("support.share_knowledge") else PUBLIC
    found = search(text, kinds=kinds, visible_to=visible, limit=60) if text else []
    return render(
        request,
        "portal/search.html",
        {
            "text": text,
            "like_it": f"{reverse('support:library')}?{urlencode({'problem': text})}" if text else "",
            "kind": kind,
            "found": found,
            "offers": nearest(text) if text and not found else [],
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Search"))],
        },
    )
