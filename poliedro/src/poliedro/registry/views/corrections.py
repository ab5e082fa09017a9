"""What an organisation or a cluster was before, and corrected projects: stated by people, kept with what was known."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from poliedro.registry.forms import ProfileForm, StandingForm, TermsForm
from poliedro.registry.forms.shares import SharesForm
from poliedro.registry.models import Cluster, Organisation, Project, ProjectShare, Standing
from poliedro.registry.queries.activities import Activities
from poliedro.registry.queries.standings import history_of, profiles_of
from poliedro.registry.services.region_setup import ensure_source
from poliedro.registry.services.shares import share_project
from poliedro.registry.services.standings import TERMS, correct_project, state_profile, state_standing
from poliedro.registry.shown import cluster_tabs
from poliedro.registry.views.found import cluster_by_key, organisation_by_pk, project_by_pk
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb


@needs("registry.edit_organisation", organisation=organisation_by_pk)
def standings(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Kind, size class and main activity over time."""
    form = StandingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        value = _value(form)
        if value is not None:
            state_standing(
                organisation=organisation,
                aspect=form.cleaned_data["aspect"],
                value=value,
                since=form.cleaned_data["since"],
                source=ensure_source("delegation"),
                by=request.user,
            )
            return redirect("registry:standings", pk=organisation.pk)
    return render(
        request,
        "registry/standings.html",
        {
            "organisation": organisation,
            "rows": history_of(organisation),
            "form": form,
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Organisations"), reverse("portal:organisations")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("What it was")),
            ],
        },
    )


def _value(form: StandingForm) -> Any:
    """The value of the chosen aspect; None, with an error at its field, where it is missing or no code."""
    aspect, data = form.cleaned_data["aspect"], form.cleaned_data
    if aspect == Standing.Aspect.SIZE:
        return data["size"]
    if aspect == Standing.Aspect.KIND:
        kind = data["kind"]
        if not kind:
            form.add_error("kind", _("Choose the kind that it was."))
        return kind or None
    classes = Activities()
    found = classes.of_nace(data["activity"]) or classes.of_italian(data["activity"])
    if found is None or found.nace is None:
        form.add_error("activity", _("This is no code of NACE or ATECO; write it as 28.41 or 28.41.00."))
        return None
    return found.nace


@needs("registry.correct_projects", project=project_by_pk)
def terms(request: HttpRequest, project: Project) -> HttpResponse:
    """Correct days or money of a project."""
    now = {name: getattr(project, name) for name in TERMS}
    form = TermsForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        changes = {name: value for name, value in form.cleaned_data.items() if value != now[name]}
        if changes:
            correct_project(project=project, source=ensure_source("delegation"), by=request.user, **changes)
        return redirect("portal:project", pk=project.pk)
    return render(
        request,
        "registry/terms.html",
        {
            "project": project,
            "rows": project.terms.order_by("-recorded_at", "-pk").select_related("source"),
            "form": form,
            "synthetic_data": project.certainty == "synthetic",
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(project), reverse("portal:project", args=[project.pk])),
                Crumb(_("Correct")),
            ],
        },
    )


@needs("registry.correct_projects", project=project_by_pk)
def shares(request: HttpRequest, project: Project) -> HttpResponse:
    """State which part of a project counts for which cluster, all parts together."""
    rows = list(
        ProjectShare.objects.filter(project=project).select_related("cluster", "source").order_by("-recorded_at", "-pk")
    )
    held = {row.cluster_id: row.share for row in rows if row.retracted_at is None}
    day = project.starts_on or timezone.localdate()
    clusters = Cluster.objects.filter(
        Q(pk__in=held) | (Q(founded_on__lte=day) & (Q(closed_on=None) | Q(closed_on__gt=day)))
    ).order_by("position", "key")
    form = SharesForm(request.POST or None, clusters=list(clusters), held=held)
    if request.method == "POST" and form.is_valid():
        share_project(project=project, parts=form.parts(), source=ensure_source("delegation"), by=request.user)
        messages.success(request, _("The parts are stored; the clusters' figures follow them from now on."))
        return redirect("portal:project", pk=project.pk)
    return render(
        request,
        "registry/shares.html",
        {
            "project": project,
            "rows": [(row, row.share * 100) for row in rows],
            "total": sum(held.values()) * 100,
            "form": form,
            "synthetic_data": project.certainty == "synthetic",
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(project), reverse("portal:project", args=[project.pk])),
                Crumb(_("Parts of clusters")),
            ],
        },
    )


@needs("registry.edit_clusters", cluster=cluster_by_key)
def profiles(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What a cluster was called and of which type it was, over time."""
    form = ProfileForm(request.POST or None, initial={"name": cluster.name, "type": cluster.type})
    if request.method == "POST" and form.is_valid():
        state_profile(
            cluster=cluster,
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["type"],
            since=form.cleaned_data["since"],
            source=ensure_source("delegation"),
            by=request.user,
        )
        return redirect("registry:profiles", key=cluster.key)
    return render(
        request,
        "registry/profiles.html",
        {
            "cluster": cluster,
            "rows": profiles_of(cluster),
            "form": form,
            "tabs": cluster_tabs(cluster, request.user, "registry:profiles"),
            "synthetic_data": cluster.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(_("Clusters"), reverse("portal:clusters")),
                Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
                Crumb(_("Name and type")),
            ],
        },
    )
