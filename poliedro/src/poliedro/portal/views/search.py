from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.models import Organisation
from poliedro.registry.queries.directory_index import HERE, directory_index
from poliedro.registry.queries.visibility import keep_places
from poliedro.shared.access import public
from poliedro.shared.components import Crumb
from poliedro.shared.dated import Moment
from poliedro.shared.models import SearchEntry
from poliedro.shared.search import PUBLIC, entries_of, hits, nearest

KINDS = ("organisation", "cluster", "project", "knowledge", "study")


MOST = 60
"""Answers on the page; the directory has them all."""
CLUSTERS = 5
"""Clusters before all else."""


def _nearest_first(text: str, kinds: Sequence[str], visible_to: Sequence[str]) -> list[SearchEntry]:
    """The clusters, then the region's own organisations, whether or not they are among the best by their words alone,
    then the rest as they were ranked."""
    found = hits(text, kinds=kinds, visible_to=visible_to)
    wanted = [("cluster", key) for key in found.ranked("cluster").best[:CLUSTERS]]
    matching = found.ranked("organisation")
    if matching.keys:
        index = directory_index(Moment.today())
        own = index.mask_of(map(int, matching.keys)) & index.masks["where"].get(HERE, 0)
        keys = index.page(own, 0, MOST // 2, first=[int(k) for k in matching.best])
        wanted += [("organisation", str(k)) for k in keys]
    return entries_of(list(dict.fromkeys(wanted)), found.best(MOST))[:MOST]


@public
def results(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in KINDS else ()
    visible = (*PUBLIC, "managers") if request.user.has_perm("support.share_knowledge") else PUBLIC
    found = _nearest_first(text, kinds, visible) if text else []
    bodies = Organisation.objects.select_related("territory").in_bulk(
        [int(e.key) for e in found if e.kind == "organisation"]
    )
    keep_places(bodies.values(), request.user)
    rows = [(e, bodies.get(int(e.key)) if e.kind == "organisation" else None) for e in found]
    return render(
        request,
        "portal/search.html",
        {
            "text": text,
            "like_it": f"{reverse('support:library')}?{urlencode({'problem': text})}",
            "kind": kind,
            "found": rows,
            "is_cut": len(found) == MOST,
            "whole": f"{reverse('portal:organisations')}?{urlencode({'q': text})}",
            "offers": nearest(text) if text and not found else [],
            "synthetic_data": any(b.is_synthetic for b in bodies.values()),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Search"))],
        },
    )
