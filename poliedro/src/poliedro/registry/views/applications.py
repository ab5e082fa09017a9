"""Asking to join: the representative's page, the managers' list, the answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.forms.members import AcceptForm, ApplicationForm, RefuseForm
from poliedro.registry.models import Cluster, MembershipApplication, Organisation
from poliedro.registry.queries.applications import WAITING, applications_of, fit_of, own_memberships
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.applications import ANSWER_DAYS, ApplicationRefused
from poliedro.registry.rules.members import MembershipRefused
from poliedro.registry.services.applications import (
    accept_application,
    apply_for_membership,
    refuse_application,
    withdraw_application,
)
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import (
    AtCluster,
    OwnApplication,
    cluster_application_by_pk,
    cluster_by_key,
    organisation_by_pk,
    own_application_by_pk,
)
from poliedro.registry.views.prospects import reason_words
from poliedro.registry.words import category_words
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.spoken import short_day


@signed_in
@require_safe
def apply(request: HttpRequest, key: str) -> HttpResponse:
    """Whom I would ask for: leads to the page of the one organisation that I act for, or offers those that I do."""
    cluster = cluster_by_key(key)
    numbers = [r.organisation_id for r in roles_of(request.user) if r.organisation_id is not None]
    bodies = list(Organisation.objects.filter(pk__in=numbers).order_by("name", "pk"))
    if len(bodies) == 1:
        return redirect(reverse("registry:own_memberships", args=[bodies[0].pk]) + f"?cluster={cluster.key}#apply")
    return render(
        request,
        "registry/apply.html",
        {
            "cluster": cluster,
            "bodies": bodies,
            "synthetic_data": False,
            "crumbs": [
                Crumb(_("Clusters"), reverse("portal:clusters")),
                Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
                Crumb(_("Join")),
            ],
        },
    )


@needs("registry.apply_for_membership", organisation=organisation_by_pk)
def own_memberships_page(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What the organisation is a member of, what it asked, and the form to ask."""
    today = timezone.localdate()
    found = own_memberships(organisation, today)
    form = ApplicationForm(
        request.POST or None, clusters=found.open_to, initial={"cluster": request.GET.get("cluster", "")}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = next(c for c in found.open_to if c.key == data.pop("cluster"))
        try:
            made = apply_for_membership(organisation=organisation, cluster=chosen, on=today, by=request.user, **data)
        except ApplicationRefused:
            form.add_error("cluster", _("Your organisation is a member already, or has asked and waits."))
        else:
            messages.success(
                request,
                _("%(cluster)s has your application and answers by %(day)s.")
                % {"cluster": chosen.name, "day": short_day(made.promised_on)},
            )
            return redirect("registry:own_memberships", pk=organisation.pk)
    words = category_words()
    return render(
        request,
        "registry/own_memberships.html",
        {
            "organisation": organisation,
            "spells": [(s, words[s.category]) for s in found.spells],
            "applications": found.applications,
            "form": form if found.open_to else None,
            "days": ANSWER_DAYS,
            "today": today,
            "synthetic_data": organisation.is_synthetic,
            "crumbs": [
                Crumb(_("My work"), reverse("portal:work")),
                Crumb(str(organisation), reverse("portal:organisation", args=[organisation.pk])),
                Crumb(_("Memberships")),
            ],
        },
        status=422 if form.errors else 200,
    )


@needs("registry.apply_for_membership", found=own_application_by_pk)
@require_POST
def withdraw(request: HttpRequest, found: OwnApplication) -> HttpResponse:
    try:
        withdraw_application(application=found.application, today=timezone.localdate(), by=request.user)
    except ApplicationRefused:
        messages.error(request, _("It was answered in the meantime."))
    else:
        messages.success(request, _("Withdrawn. You may ask again whenever you like."))
    return redirect("registry:own_memberships", pk=found.application.organisation_id)


@needs("registry.view_member_file", cluster=cluster_by_key)
@require_safe
def applications(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Who asks to join, the first promised an answer on top."""
    rows, today = applications_of(cluster), timezone.localdate()
    waiting = [r for r in rows if r.state == WAITING]
    n = len(waiting)
    title = (
        ngettext("%(n)d organisation asks to join %(name)s", "%(n)d organisations ask to join %(name)s", n)
        if n
        else _("Nobody waits for an answer from %(name)s")
    ) % {"n": n, "name": cluster.name}
    return render(
        request,
        "registry/applications.html",
        {
            "cluster": cluster,
            "title": title,
            "tabs": cluster_tabs(cluster, request.user, "registry:applications"),
            "waiting": waiting,
            "done": [r for r in rows if r.state != WAITING],
            "today": today,
            "synthetic_data": any(r.is_synthetic for r in rows),
            "crumbs": manage_crumbs(cluster, Crumb(_("Applications"))),
        },
    )


@needs("registry.manage_members", found=cluster_application_by_pk)
def application(request: HttpRequest, found: AtCluster) -> HttpResponse:
    """One application: who asks and why it fits, and the answer."""
    row, today = found.application, timezone.localdate()
    cluster, act = row.cluster, request.POST.get("act", "")
    accept = AcceptForm(
        request.POST if act == "accept" else None,
        prefix="accept",
        initial={"category": row.category, "fee_class": ""},
    )
    refuse = RefuseForm(request.POST if act == "refuse" else None, prefix="refuse")
    if act == "accept" and accept.is_valid():
        try:
            accept_application(application=row, today=today, by=request.user, **accept.cleaned_data)
        except MembershipRefused:
            accept.add_error("on", _("It is a member on that day or later; choose another day."))
        except ApplicationRefused:
            accept.add_error(None, _("It was answered or withdrawn in the meantime."))
        else:
            messages.success(request, _("Accepted: it is a member from that day on, and was written to."))
            return redirect("registry:member_file", key=cluster.key, pk=row.organisation_id)
    if act == "refuse" and refuse.is_valid():
        try:
            refuse_application(application=row, today=today, by=request.user, **refuse.cleaned_data)
        except ApplicationRefused:
            refuse.add_error(None, _("It was answered or withdrawn in the meantime."))
        else:
            messages.success(request, _("Refused; the applicant reads the reason."))
            return redirect("registry:applications", key=cluster.key)
    return render(request, "registry/application.html", _facts(request, row, accept, refuse), status=_status(act))


def _status(act: str) -> int:
    return 422 if act else 200


def _facts(request: HttpRequest, row: MembershipApplication, accept: Any, refuse: Any) -> dict[str, Any]:
    fit, words = fit_of(row, timezone.localdate()), reason_words()
    return {
        "application": row,
        "cluster": row.cluster,
        "organisation": row.organisation,
        "category": category_words()[row.category],
        "reasons": [words[r] for r in fit.reasons] if fit else [],
        "accept": accept if row.state == WAITING else None,
        "refuse": refuse if row.state == WAITING else None,
        "tabs": cluster_tabs(row.cluster, request.user, "registry:applications"),
        "synthetic_data": row.is_synthetic,
        "crumbs": manage_crumbs(
            row.cluster,
            Crumb(_("Applications"), reverse("registry:applications", args=[row.cluster.key])),
            Crumb(str(row.organisation)),
        ),
    }
