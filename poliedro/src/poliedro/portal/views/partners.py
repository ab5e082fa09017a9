"""Everybody with whom an organisation works in projects."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.portal.views.organisations import titles_of
from poliedro.registry.models import Organisation
from poliedro.registry.present import link, page_asked, pages_of
from poliedro.registry.queries.organisation import partners_of
from poliedro.registry.queries.visibility import hidden_from, keep_places
from poliedro.registry.shown import as_file
from poliedro.shared.access import public
from poliedro.shared.components import Crumb, Table
from poliedro.shared.dated import Moment

SHOWN = 50
EVERY = 100_000
"""More partners than anybody has."""


@public
def partners(request: HttpRequest, pk: int) -> HttpResponse:
    """All partners, those with most joint projects first; with ?format=csv all of them as a file."""
    found = get_object_or_404(Organisation, pk=pk, retracted_at=None)
    if found.merged_into_id or "projects" in hidden_from(found, request.user):
        return redirect("portal:organisation", pk=found.merged_into_id or pk)
    wants_file, number = request.GET.get("format") == "csv", page_asked(request)
    size, number = (EVERY, 1) if wants_file else (SHOWN, number)
    rows, total = partners_of(found, Moment.today(), number, size)
    keep_places([p.organisation for p in rows], request.user)
    titles = titles_of([found, *(p.organisation for p in rows)])
    if wants_file:
        lines = [[titles[p.organisation.pk], p.organisation.country, p.projects] for p in rows]
        return as_file(Table([_("Partner"), _("Country"), _("Joint projects")], lines), f"partners-{found.pk}")
    return render(
        request,
        "portal/partners.html",
        {
            "organisation": found,
            "title": titles[found.pk],
            "partners": [(p, titles[p.organisation.pk]) for p in rows],
            "total": total,
            "pages": pages_of(request.GET, number, SHOWN, shown=len(rows), total=total),
            "csv_url": link(request.GET, format="csv"),
            "synthetic_data": found.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(titles[found.pk], reverse("portal:organisation", args=[found.pk])),
                Crumb(_("Partners")),
            ],
        },
    )
