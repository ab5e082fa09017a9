from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Delegation


def _day() -> forms.DateInput:
    """The browser's own calendar."""
    return forms.DateInput(attrs={"type": "date"})


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
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("valid_from"), data.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", _("It must be after the first day; leave it empty if there is no end."))
        return data


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
