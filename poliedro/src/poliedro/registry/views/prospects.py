from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from poliedro.registry.models import Cluster, Organisation, OutreachContact
from poliedro.registry.queries.outreach import reached_by
from poliedro.registry.queries.prospects import classes_below, named
from poliedro.registry.queries.prospects import prospects as prospects_of
from poliedro.registry.queries.visibility import keep_back
from poliedro.registry.rules.prospects import POINTS, Prospect
from poliedro.registry.shown import cluster_tabs
from poliedro.registry.views.found import cluster_by_key
from poliedro.shared.access import needs
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


@needs("registry.view_prospects", cluster=cluster_by_key)
@require_safe
def prospects(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Firms of the region that are no members and would fit, each with its reasons."""
    everything = prospects_of(cluster, Moment.today())
    words = reason_words()
    chosen, niche = request.GET.get("reason", ""), request.GET.get("class", "")[:10]
    if niche:
        below = classes_below(niche)
        everything = [p for p in everything if p.nace_id in below]
    found = [p for p in everything if chosen in p.reasons] if chosen in words else everything
    if request.GET.get("format") == "csv":
        return _file(cluster, found, request.user)
    page = Paginator(found, SIZE).get_page(request.GET.get("page"))
    rows = named(list(page.object_list))
    inside = sum(p.inside for p in everything)
    return render(
        request,
        "registry/prospects.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:prospects"),
            "may_run": request.user.has_perm("registry.run_outreach", cluster),
            "chosen": chosen if chosen in words else "small",
            "page": page,
            "n": len(everything),
            "inside": inside,
            "table": _table(list(page.object_list), rows, reached_by(cluster), request.user),
            "synthetic_data": any(o.certainty == "synthetic" for o in rows.values()),
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


def _table(
    found: Sequence[Prospect], rows: Mapping[int, Organisation], asked: Mapping[int, OutreachContact], user: Any
) -> Table:
    keep_back(rows.values(), user)
    words = reason_words()
    return Table(
        [
            _("Organisation"),
            _("Fit"),
            _("Why"),
            _("Activity"),
            _("Place"),
            _("Size"),
            _("Members it works with"),
            _("Outreach"),
        ],
        [
            [
                str(rows[p.organisation_id]),
                p.fit,
                "; ".join(words[r] for r in p.reasons),
                str(rows[p.organisation_id].nace or "") or None,
                str(rows[p.organisation_id].territory or "") or None,
                _size(rows[p.organisation_id]),
                p.members,
                _asked(asked.get(p.organisation_id)),
            ]
            for p in found
        ],
        numeric=[1, 6],
        full=True,
        links={i: reverse("portal:organisation", args=[p.organisation_id]) for i, p in enumerate(found)},
    )


def _asked(contact: OutreachContact | None) -> str | None:
    """What came of asking it in, where somebody did."""
    if contact is None:
        return None
    state = str(OutreachContact.State(contact.state).label)
    return f"{state}: {OutreachContact.Reason(contact.reason).label}" if contact.reason else state


def _size(organisation: Organisation) -> str:
    return str(Organisation.SizeClass(organisation.size_class).label)


def _file(cluster: Cluster, found: Sequence[Prospect], user: Any) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="prospects-{cluster.key}.csv"'
    table = _table(found, named(found), reached_by(cluster), user)
    writer = csv.writer(response, delimiter=";")
    writer.writerow(table.headers)
    for row in table.rows:
        writer.writerow([f"'{c}" if str(c)[:1] in {"=", "+", "-", "@"} else ("" if c is None else c) for c in row])
    return response
