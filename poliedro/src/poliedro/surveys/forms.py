from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.shared.forms import offer
from poliedro.surveys.models import Invitation, QuestionnaireVersion


class CampaignForm(forms.Form):
    version = forms.ChoiceField(label=_("What to ask"))
    name = forms.CharField(label=_("Name of the campaign"), max_length=150)
    opens_on = forms.DateField(
        label=_("From"), initial=timezone.localdate, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    closes_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    groups = forms.MultipleChoiceField(
        label=_("Whom to ask"),
        choices=Invitation.Group.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Invitation.Group.MEMBER],
    )

    def __init__(self, *args: Any, versions: list[QuestionnaireVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "version", [(str(v.pk), v.title) for v in versions])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("opens_on") and data.get("closes_on") and data["closes_on"] < data["opens_on"]:
            self.add_error("closes_on", _("It lies before the first day."))
        return data


class RegionCampaignForm(CampaignForm):
    """The same, over all clusters; nobody's own staff is asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "groups", [c for c in Invitation.Group.choices if c[0] != Invitation.Group.OWN])


class FollowUpForm(forms.Form):
    text = forms.CharField(label=_("What is done about it"), max_length=300)
    due_on = forms.DateField(label=_("By when"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
