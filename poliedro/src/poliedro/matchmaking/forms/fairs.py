"""Fairs and missions."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import OfOrganisation, area, day
from poliedro.matchmaking.models import (
    Fair,
    Lead,
)


class FairForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Fair
        fields = (
            "kind", "title", "text", "place", "country", "starts_on", "ends_on", "apply_by", "places", "cost_eur",
            "subsidy_share",
        )  # fmt: skip
        labels = {
            "kind": _("What is it"),
            "title": _("Title"),
            "text": _("What it is about"),
            "place": _("Place"),
            "country": _("Country (two letters)"),
            "starts_on": _("From"),
            "ends_on": _("To"),
            "apply_by": _("Apply by"),
            "places": _("Places"),
            "cost_eur": _("Joint cost (EUR)"),
            "subsidy_share": _("Share of own costs that is paid back (0..1)"),
        }
        help_texts = {"cost_eur": _("Of the joint part: stand, travel."), "subsidy_share": ""}
        widgets = {"text": area(3), "starts_on": day(), "ends_on": day(), "apply_by": day()}


class FairApplicationForm(OfOrganisation):
    motive = forms.CharField(label=_("What you want to reach there"), max_length=1500, widget=area(4))
    first_time = forms.BooleanField(label=_("It is our first time in that market"), required=False)
    wants_stand = forms.BooleanField(label=_("We want a place on the joint stand"), required=False, initial=True)
    own_cost_eur = forms.DecimalField(label=_("Own costs (EUR)"), min_value=0, decimal_places=2, initial=0)


class StandForm(forms.Form):
    hall = forms.CharField(label=_("Hall and stand"), max_length=60)
    area_m2 = forms.DecimalField(label=_("Area (m²)"), min_value=1, decimal_places=1)


class LeadForm(forms.Form):
    company = forms.CharField(label=_("Company"), max_length=200)
    country = forms.CharField(label=_("Country (two letters)"), min_length=2, max_length=2)
    quality = forms.TypedChoiceField(
        label=_("Quality"), coerce=int, choices=[(3, _("strong")), (2, _("fair")), (1, _("weak"))], initial=2
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class LeadResultForm(forms.Form):
    followed_up_on = forms.DateField(label=_("Followed up on"), widget=day(), initial=timezone.localdate)
    result = forms.ChoiceField(label=_("Result"), choices=[c for c in Lead.Result.choices if c[0] != "open"])
    value_eur = forms.DecimalField(label=_("Worth (EUR)"), min_value=0, decimal_places=2, required=False)
