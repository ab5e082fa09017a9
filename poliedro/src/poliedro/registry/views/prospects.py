from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.models import Cluster, Organisation, OutreachCampaign, OutreachContact
from poliedro.registry.queries.outreach import reached_by, running_rounds
from poliedro.registry.queries.prospects import classes_below, named
from poliedro.registry.queries.prospects import prospects as prospects_of
from poliedro.registry.queries.visibility import keep_back
from poliedro.registry.rules.prospects import POINTS, Prospect
from poliedro.registry.services.outreach import ask_prospects
from poliedro.registry.shown import cluster_tabs
from poliedro.registry.views.found import cluster_by_key
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Facet, Option, Table
from poliedro.shared.dated import Moment
from poliedro.shared.spreadsheet import csv_file

SIZE = 25


def reason_words() -> dict[str, str]:
    return {
        "inside": _("its activity is in the definition"),
        "works_with_members": _("works with members"),
        "related": _("of an activity that members have too"),
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
    of_reason = Counter(chain.from_iterable(p.reasons for p in everything))
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
            "rows": _rows(list(page.object_list), rows, reached_by(cluster), request.user),
            "rounds": running_rounds(cluster, timezone.localdate()),
            "back": request.GET.urlencode(),
            "synthetic_data": any(o.certainty == "synthetic" for o in rows.values()),
            "facets": [
                Facet(
                    "reason",
                    _("Reason"),
                    [
                        Option(
                            value,
                            text,
                            of_reason[value],
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


@dataclass(frozen=True)
class Row:
    """A prospect as the page shows it: why it fits, in words, and what came of asking it."""

    organisation: Organisation
    fit: int
    why: Sequence[str]
    contact: OutreachContact | None


def _rows(
    found: Sequence[Prospect], rows: Mapping[int, Organisation], asked: Mapping[int, OutreachContact], user: Any
) -> list[Row]:
    keep_back(rows.values(), user)
    return [
        Row(rows[p.organisation_id], p.fit, why_words(p, rows[p.organisation_id]), asked.get(p.organisation_id))
        for p in found
    ]


def why_words(found: Prospect, organisation: Organisation) -> list[str]:
    """Each fact that speaks for a prospect with what stands behind it, most weighty first; then what else is known."""
    place, size = str(organisation.territory or ""), _size(organisation)
    activity = str(organisation.nace or "")
    words = {
        "inside": _("Of the cluster's industry: %(activity)s") % {"activity": activity},
        "works_with_members": ngettext(
            "Works with %(n)d member in projects", "Works with %(n)d members in projects", found.members
        )
        % {"n": found.members},
        "related": _("Of an activity that members have too: %(activity)s") % {"activity": activity},
        "beyond": _("From beyond the catchment: %(place)s") % {"place": place},
        "small": _("Micro or small: %(size)s") % {"size": size},
        "start_up": _("A start-up"),
    }
    said = [words[reason] for reason in found.reasons]
    if not found.inside and not found.related and activity:
        said.append(activity)
    if not found.beyond and place:
        said.append(place)
    return said


@needs("registry.run_outreach", cluster=cluster_by_key)
@require_POST
def ask(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """One prospect comes into a round: to be contacted at once, with the reason why it declines, or later."""
    act = next((name for name in ("contact", "refused", "add") if request.POST.get(name, "").isdigit()), "")
    asked = int(request.POST[act]) if act else 0
    today = timezone.localdate()
    prospect = next((p for p in prospects_of(cluster, Moment(today)) if p.organisation_id == asked), None)
    if prospect is None:
        messages.error(request, _("It is a member, or no longer in the list of prospects."))
        return redirect("registry:prospects", key=cluster.key)
    chosen = next((r for r in running_rounds(cluster, today) if str(r.pk) == request.POST.get("round")), None)
    name = chosen.name if chosen else f"{OutreachCampaign.SINGLE}{today.year}"
    campaign = ask_prospects(cluster=cluster, prospects=[prospect], name=name, on=today, by=request.user)
    if act == "add":
        messages.success(request, _("Added to the round %(name)s.") % {"name": campaign.title})
        back = QueryDict(request.POST.get("back", "")).urlencode()
        return redirect(reverse("registry:prospects", args=[cluster.key]) + (f"?{back}" if back else ""))
    contact = campaign.contacts.get(organisation=asked)
    way = reverse("registry:outreach_contact", args=[contact.pk])
    return redirect(f"{way}?state=refused" if act == "refused" else way)


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
    table = _table(found, named(found), reached_by(cluster), user)
    return csv_file(f"prospects-{cluster.key}", [table.headers, *table.rows], in_words=True)
