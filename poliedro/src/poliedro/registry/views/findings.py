from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.forms import ExplanationForm
from poliedro.registry.models import DataQualityFinding
from poliedro.registry.services.findings import explain_finding
from poliedro.shared.components import Crumb


@login_required
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a finding in words; both sides stay."""
    if not request.user.has_perm("registry.explain_findings"):
        raise PermissionDenied
    finding = get_object_or_404(DataQualityFinding, pk=pk)
    form = ExplanationForm(request.POST or None, initial={"explanation": finding.explanation})
    if request.method == "POST" and form.is_valid():
        explain_finding(finding=finding, explanation=form.cleaned_data["explanation"], by=request.user)
        return redirect(reverse("portal:quality") + f"#{finding.key}")
    return render(
        request,
        "registry/explain.html",
        {
            "finding": finding,
            "form": form,
            "synthetic_data": False,
            "crumbs": [Crumb(_("Data quality"), reverse("portal:quality")), Crumb(finding.title)],
        },
    )
