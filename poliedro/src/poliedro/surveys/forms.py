from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.registry.models import Cluster
from poliedro.shared.forms import offer
from poliedro.shared.told import told
from poliedro.surveys.models import Codebook, Invitation, QuestionnaireVersion
from poliedro.surveys.rules.coding import InvalidCodes, fragments_of, parse_codes


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


class CodebookForm(forms.Form):
    title = forms.CharField(label=_("Name of the codebook"), max_length=120)
    codes = forms.CharField(
        label=_("Codes"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "One a line: a short key, a colon, what it is called, a dash and when it applies. For example: "
            "funds: only for funds - the cluster is a door to money"
        ),
    )

    def clean_codes(self) -> list[dict[str, str]]:
        try:
            return parse_codes(self.cleaned_data["codes"])
        except InvalidCodes as refused:
            raise forms.ValidationError(told(refused)) from refused


class InterviewForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    held_on = forms.DateField(label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    with_whom = forms.CharField(
        label=_("Who spoke"), max_length=150, help_text=_("The role, never a name: a manager of a small textile firm.")
    )
    cluster = forms.ChoiceField(label=_("About which cluster"), required=False)
    codebook = forms.ChoiceField(label=_("Codes"))
    text = forms.CharField(
        label=_("What was said"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("An empty line ends a fragment. Leave out names of people."),
    )
    agreed = forms.BooleanField(label=_("Who spoke agreed that it is written down and coded"))

    def __init__(self, *args: Any, clusters: list[Cluster], codebooks: list[Codebook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "cluster", [("", _("none")), *((c.key, c.name) for c in clusters)])
        offer(self, "codebook", [(str(b.pk), str(b)) for b in codebooks])

    def clean_text(self) -> list[str]:
        return fragments_of(self.cleaned_data["text"])
