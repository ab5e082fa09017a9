from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Cluster, Delegation, ManagementOrganisation, Organisation, Standing


def _day() -> forms.DateInput:
    """The browser's own calendar."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _days_in_order(form: forms.Form, data: dict[str, Any]) -> dict[str, Any]:
    start, end = data.get("valid_from"), data.get("valid_to")
    if start and end and end <= start:
        form.add_error("valid_to", _("It must be after the first day; leave it empty if there is no end."))
    return data


class DelegationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address of the person"), help_text=_("The one that the person signs in with.")
    )
    scope = forms.ChoiceField(label=_("For what"), choices=Delegation.Scope.choices)
    valid_from = forms.DateField(label=_("From"), initial=timezone.localdate, widget=_day())
    valid_to = forms.DateField(
        label=_("To"), required=False, help_text=_("The first day that no longer counts; empty: open."), widget=_day()
    )

    def clean(self) -> dict[str, Any]:
        return _days_in_order(self, super().clean() or {})


class StaffForm(forms.Form):
    """A person's work for a cluster. bodies: those that manage it."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("With the address that the person signs in with, the roster gives its rights."),
    )
    body = forms.ModelChoiceField(label=_("On behalf of"), queryset=ManagementOrganisation.objects.none())
    role = forms.ChoiceField(label=_("Role"))
    fte = forms.DecimalField(
        label=_("Part of a full-time year"), min_value=Decimal("0.001"), max_value=1, decimal_places=3, initial=1
    )
    competences = forms.CharField(label=_("Competences"), max_length=300, required=False)
    valid_from = forms.DateField(label=_("From"), initial=timezone.localdate, widget=_day())
    valid_to = forms.DateField(
        label=_("To"), required=False, help_text=_("The first day that no longer counts; empty: open."), widget=_day()
    )

    def __init__(self, *args: Any, bodies: Any, roles: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body: Any = self.fields["body"]
        body.queryset, body.empty_label = bodies, None
        role: Any = self.fields["role"]
        role.choices = roles

    def clean(self) -> dict[str, Any]:
        return _days_in_order(self, super().clean() or {})


class StandingForm(forms.Form):
    """What an organisation was, from when on."""

    aspect = forms.ChoiceField(label=_("What"), choices=Standing.Aspect.choices)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", "-"), *Organisation.Kind.choices])
    size = forms.ChoiceField(label=_("Size"), required=False, choices=Organisation.SizeClass.choices)
    activity = forms.CharField(
        label=_("Activity"), required=False, max_length=20, help_text=_("A code of NACE or ATECO, such as 28.41.")
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=_day(),
        help_text=_("The first day on which it was so; empty: it was always so, and what is written now is wrong."),
    )


class TermsForm(forms.Form):
    """Days and money of a project, corrected."""

    starts_on = forms.DateField(label=_("Start"), required=False, widget=_day())
    ends_on = forms.DateField(label=_("End"), required=False, widget=_day())
    total_cost_eur = forms.DecimalField(label=_("Total cost, EUR"), required=False, min_value=0, decimal_places=2)
    public_contribution_eur = forms.DecimalField(
        label=_("Public contribution, EUR"), required=False, min_value=0, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("It is before the start; correct one of the two days."))
        return data


class ProfileForm(forms.Form):
    """What a cluster is called and of which type it is, from when on."""

    name = forms.CharField(label=_("Name"), max_length=200)
    type = forms.ChoiceField(
        label=_("Type"), choices=[(Cluster.Type.SECTORAL, _("sectoral")), (Cluster.Type.TRANSVERSAL, _("transversal"))]
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=_day(),
        help_text=_("The first day on which it was so; empty: it was always so, and what is written now is wrong."),
    )


class ExplanationForm(forms.Form):
    explanation = forms.CharField(
        label=_("Explanation"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Which side holds, and why the other differs. It is shown to the public."),
    )


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is it"),
        choices=[("members", _("Member list")), ("accounts", _("Yearly accounts")), ("projects", _("Projects"))],
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 5 MB; the first row names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
