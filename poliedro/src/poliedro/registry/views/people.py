from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poliedro.accounts.models import Person
from poliedro.accounts.queries import role_label
from poliedro.registry.forms import DelegationForm
from poliedro.registry.models import Delegation, Organisation
from poliedro.registry.queries.roles import delegations_of, managed_clusters, role_lines, roles_of
from poliedro.registry.services.region_setup import ensure_source
from poliedro.registry.services.roles import end_delegation, grant_delegation
from poliedro.registry.views.found import delegation_by_pk, organisation_by_pk
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb


@signed_in
def my_roles(request: HttpRequest) -> HttpResponse:
    """What I may act as, since when, and where that leads."""
    roles = roles_of(request.user)
    names = {r.name for r in roles}
    bodies = Organisation.objects.filter(pk__in=[r.organisation_id for r in roles if r.organisation_id]).order_by(
        "name"
    )
    return render(
        request,
        "registry/my_roles.html",
        {
            "lines": [(role_label(line.role), line) for line in role_lines(request.user)],
            "clusters": managed_clusters(request.user),
            "bodies": bodies,
            "synthetic_data": False,
            "may_review": request.user.has_perm("registry.review_matches"),
            "may_audit": request.user.has_perm("audit.view_log"),
            "may_explain": request.user.has_perm("registry.explain_findings"),
            "has_roles": bool(names),
            "crumbs": [Crumb(_("Home"), reverse("portal:home")), Crumb(_("My roles"))],
        },
    )


@needs("registry.grant_delegation", body=organisation_by_pk)
def delegations(request: HttpRequest, body: Organisation) -> HttpResponse:
    """Who acts for an organisation; its delegates let others in and out."""
    form = DelegationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = Person.objects.filter(user__email=form.cleaned_data["email"].lower()).first()
        if person is None:
            form.add_error("email", _("Nobody with this address has a login; ask the person to register first."))
        else:
            grant_delegation(
                organisation=body,
                person=person,
                scope=form.cleaned_data["scope"],
                valid_from=form.cleaned_data["valid_from"],
                valid_to=form.cleaned_data["valid_to"],
                source=ensure_source("delegation"),
                by=request.user,
            )
            return redirect("registry:delegations", pk=body.pk)
    return render(
        request,
        "registry/delegations.html",
        {
            "organisation": body,
            "form": form,
            "rows": delegations_of(body),
            "synthetic_data": False,
            "crumbs": [Crumb(_("My roles"), reverse("registry:my_roles")), Crumb(body.name)],
        },
    )


@needs("registry.grant_delegation", delegation=delegation_by_pk)
@require_POST
def end(request: HttpRequest, delegation: Delegation) -> HttpResponse:
    end_delegation(delegation=delegation, on=timezone.localdate(), by=request.user)
    return redirect("registry:delegations", pk=delegation.organisation_id)
