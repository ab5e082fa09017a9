from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.reference.queries.sources import sources_with_loads
from poliedro.registry.queries.quality import findings
from poliedro.shared.components import Crumb
from poliedro.shared.health import health_report


def quality(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "portal/quality.html",
        {
            "findings": findings(),
            "perms_explain": request.user.has_perm("registry.explain_findings"),
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Data quality"))],
        },
    )


def sources(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "portal/sources.html",
        {
            "rows": sources_with_loads(),
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Sources"))],
        },
    )


def accessibility(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "portal/accessibility.html",
        {
            "synthetic_data": False,
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Accessibility statement"))],
        },
    )


def health(request: HttpRequest) -> JsonResponse:
    report = health_report()
    return JsonResponse(report, status=200 if report["ok"] else 503)
