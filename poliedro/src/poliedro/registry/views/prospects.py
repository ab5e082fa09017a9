from __future__ import annotations

import csv
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.prospects import named
from poliedro.registry.queries.prospects import prospects as prospects_of
from poliedro.registry.rules.prospects import POINTS, Prospect
from poliedro.shared.components import Crumb, Facet, Option, Table
from poliedro.shared.dated import Moment

SIZE = 50


def reason_words() -> dict[str, str]:
    return {
        "inside": _("its activity is in the definition"),
        "works_with_members": _("works with members"),
        "beyond": _("beyond the catchment"),
        "small": _("micro or small"),
        "start_up": _("start-up"),
    }


@login_required
@require_safe
def prospects(request: HttpRequest, key: str) -> HttpResponse:
    """Firms of the region that are no members and would fit, each with its reasons."""
    cluster = get_object_or_404(Cluster, key=key)
    if not request.user.has_perm("registry.view_prospects", cluster):
        raise PermissionDenied
    everything = prospects_of(cluster, Moment.today())
    words = reason_words()
    chosen = request.GET.get("reason", "")
    found = [p for p in everything if chosen in p.reasons] if chosen in words else everything
    if request.GET.get("format") == "csv":
        return _file(cluster, found)
    page = Paginator(found, SIZE).get_page(request.GET.get("page"))
    inside = sum(p.inside for p in everything)
    return render(
        request,
        "registry/prospects.html",
        {
            "cluster": cluster,
            "page": page,
            "n": len(everything),
            "inside": inside,
            "table": _table(list(page.object_list)),
            "facets": [
                Facet(
                    "reason",
                    _("Reason"),
                    [
                        Option(
                            value,
                            text,
                            sum(value in p.reasons for p in everything),
                            value == chosen,
                            "?" if value == chosen else f"?{urlencode({'reason': value})}",
                        )
                        for value, text in words.items()
                    ],
                )
            ],
            "points": [(words[reason], n) for reason, n in POINTS.items()],
            "kept": f"&{urlencode({'reason': chosen})}" if chosen in words else "",
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Clusters"), reverse("portal:clusters")),
                Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
                Crumb(_("Prospects")),
            ],
        },
    )


def _table(found: list[Prospect]) -> Table:
    rows = named(found)
    words = reason_words()
    return Table(
        [_("Organisation"), _("Fit"), _("Why"), _("Activity"), _("Place"), _("Size"), _("Members it works with")],
        [
            [
                str(rows[p.organisation_id]),
                p.fit,
                "; ".join(words[r] for r in p.reasons),
                str(rows[p.organisation_id].nace or "") or None,
                str(rows[p.organisation_id].territory or "") or None,
                _size(rows[p.organisation_id]),
                p.members,
            ]
            for p in found
        ],
        numeric=[1, 6],
        full=True,
        links={i: reverse("portal:organisation", args=[p.organisation_id]) for i, p in enumerate(found)},
    )


def _size(organisation: Organisation) -> str:
    return str(Organisation.SizeClass(organisation.size_class).label)


def _file(cluster: Cluster, found: list[Prospect]) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="prospects-{cluster.key}.csv"'
    table = _table(found)
    writer = csv.writer(response, delimiter=";")
    writer.writerow(table.headers)
    for row in table.rows:
        writer.writerow([f"'{c}" if str(c)[:1] in {"=", "+", "-", "@"} else ("" if c is None else c) for c in row])
    return response
