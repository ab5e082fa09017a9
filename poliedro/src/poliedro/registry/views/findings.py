from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.registry.forms import ExplanationForm
from poliedro.registry.models import Cluster, DataQualityFinding
from poliedro.registry.present import facet, page_asked, pages_of
from poliedro.registry.queries.incomplete import PAGE, incomplete_profiles
from poliedro.registry.rules.completeness import PARTS
from poliedro.registry.services.findings import explain_finding
from poliedro.registry.words import part_words
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import spoken_number


@needs("registry.explain_findings")
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a finding in words; both sides stay."""
    finding = get_object_or_404(DataQualityFinding, pk=pk)
    form = ExplanationForm(request.POST or None, initial={"explanation": finding.explanation})
    if request.method == "POST" and form.is_valid():
        explain_finding(finding=finding, explanation=form.cleaned_data["explanation"], by=request.user)
        return redirect(reverse("portal:quality") + f"?state=explained#{finding.key}")
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


@needs("registry.explain_findings")
def incomplete(request: HttpRequest) -> HttpResponse:
    """Organisations of which a reader misses something, those that miss most first."""
    clusters = list(Cluster.objects.filter(closed_on=None).order_by("position", "key"))
    words = part_words()
    cluster = next((c for c in clusters if c.key == request.GET.get("cluster", "")), None)
    part = request.GET.get("part", "") if request.GET.get("part") in PARTS else ""
    everybody = request.GET.get("of") == "all"
    number = page_asked(request)
    found = incomplete_profiles(cluster=cluster, part=part, everybody=everybody, page=number)
    total = found.counts[part] if part else found.total
    rows = [
        [
            str(row),
            row.territory.name if row.territory else None,
            ", ".join(words[p] for p in found.missing(row)),
            f"{100 * (len(PARTS) - row.lacks) / len(PARTS):.0f}%",
        ]
        for row in found.rows
    ]
    return render(
        request,
        "registry/incomplete.html",
        {
            "title": _("%(n)s of %(all)s profiles lack something that a reader needs")
            % {"n": spoken_number(found.total), "all": spoken_number(found.all)},
            "table": Table(
                [_("Organisation"), _("Place"), _("Missing"), _("Complete")],
                rows,
                links={i: reverse("portal:organisation", args=[row.pk]) for i, row in enumerate(found.rows)},
                full=True,
            ),
            "facets": [
                facet("part", _("Missing"), [(p, words[p], found.counts[p]) for p in PARTS], request.GET),
                facet("cluster", _("Cluster"), [(c.key, c.name, None) for c in clusters], request.GET),
                facet("of", _("Of whom"), [("all", _("all organisations, not members alone"), None)], request.GET),
            ],
            "clear_url": reverse("registry:incomplete"),
            "pages": pages_of(request.GET, number, PAGE, shown=len(rows), total=total),
            "synthetic_data": any(row.is_synthetic for row in found.rows),
            "crumbs": [Crumb(_("Data quality"), reverse("portal:quality")), Crumb(_("Incomplete profiles"))],
        },
    )
