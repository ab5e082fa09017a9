from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.reference.queries.cards import Words, words_of_cards
from poliedro.reference.queries.sources import sources_with_loads
from poliedro.registry.present import link, page_asked, pages_of
from poliedro.registry.queries.quality import findings, findings_by_state
from poliedro.shared.access import public
from poliedro.shared.components import Crumb
from poliedro.shared.health import health_report

FINDINGS = 50  # on one page


@public
def quality(request: HttpRequest) -> HttpResponse:
    counted = findings_by_state()
    state = request.GET.get("state", "open")
    state = state if state in counted else "open"
    number = page_asked(request)
    rows = list(findings(state)[(number - 1) * FINDINGS : number * FINDINGS])
    called = words_of_cards()
    words = {"open": _("open"), "explained": _("explained"), "resolved": _("resolved")}
    return render(
        request,
        "portal/quality.html",
        {
            "findings": [(f, [_side(side, called) for side in f.sides]) for f in rows],
            "open": counted["open"],
            "states": [(words[s], n, link(request.GET, state=s, page=""), s == state) for s, n in counted.items()],
            "pages": pages_of(request.GET, number, FINDINGS, shown=len(rows), total=counted[state]),
            "perms_explain": request.user.has_perm("registry.explain_findings"),
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Data quality"))],
        },
    )


def _side(side: dict[str, Any], called: dict[str, Words]) -> dict[str, Any]:
    """One side of a finding, with what it is about and its unit in the reader's language."""
    what = {
        "invoices": _("invoices"),
        "accounts": _("accounts"),
        "address": _("address"),
        "geolocation": _("coordinates"),
        "ATECO": _("ATECO codes"),
    }
    words = called.get(side.get("indicator", ""))
    said = side | {"what": what.get(side["what"], side["what"])}
    return said | {"called": words.name, "unit": words.unit} if words else said


@public
def sources(request: HttpRequest) -> HttpResponse:
    every = request.GET.get("loads", "")
    return render(
        request,
        "portal/sources.html",
        {
            "rows": sources_with_loads(every),
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Sources"))],
        },
    )


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "portal/accessibility.html",
        {
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Accessibility statement"))],
        },
    )


@public
def health(request: HttpRequest) -> JsonResponse:
    report = health_report()
    return JsonResponse(report, status=200 if report["ok"] else 503)
