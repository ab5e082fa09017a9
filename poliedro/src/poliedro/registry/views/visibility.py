from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.registry.models import Organisation
from poliedro.registry.models.visibility import FieldVisibility
from poliedro.registry.queries.visibility import choices_of
from poliedro.registry.services.visibility import choose_visibility
from poliedro.registry.views.found import organisation_by_pk
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb


class VisibilityForm(forms.Form):
    """One choice a field."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field, label in FieldVisibility.Field.choices:
            self.fields[field] = forms.ChoiceField(label=label, choices=FieldVisibility.Audience.choices)


@needs("registry.edit_organisation", body=organisation_by_pk)
def visibility(request: HttpRequest, body: Organisation) -> HttpResponse:
    """Who sees what of the own profile."""
    form = VisibilityForm(request.POST or None, initial=choices_of(body))
    if request.method == "POST" and form.is_valid():
        n = choose_visibility(organisation=body, audiences=dict(form.cleaned_data), by=request.user)
        messages.success(
            request,
            ngettext(
                "%(n)d field changed; the search knows it, too.", "%(n)d fields changed; the search knows it, too.", n
            )
            % {"n": n},
        )
        return redirect("registry:visibility", pk=body.pk)
    page = WorkingPage(
        _("Who sees what of %(name)s") % {"name": body.name},
        _(
            "What public registers publish of you stays public there, and a funded project's page names its partners. "
            "Here you choose what our pages, lists, files and the search say of you. Your clusters keep seeing what a "
            "membership needs: your size class and your days."
        ),
        [Block(form=form, button=_("Keep"))],
    )
    crumbs = [Crumb(body.name, reverse("portal:organisation", args=[body.pk])), Crumb(_("Who sees what"))]
    return show(request, page, crumbs, synthetic=body.is_synthetic)
