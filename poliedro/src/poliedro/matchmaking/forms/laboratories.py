"""Expertise, equipment and bookings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import Concepts, Languages, OfOrganisation, area
from poliedro.matchmaking.models import (
    ExpertProfile,
)
from poliedro.matchmaking.rules.orcid import is_orcid


class ProfileForm(OfOrganisation):
    kind = forms.ChoiceField(label=_("What is it"), choices=ExpertProfile.Kind.choices)
    name = forms.CharField(label=_("Name"), max_length=200)
    orcid = forms.RegexField(
        label="ORCID",
        regex=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$",
        required=False,
        help_text=_("Of an expert, such as 0000-0002-1825-0097."),
    )
    text = forms.CharField(label=_("What it knows and does"), max_length=4000, widget=area(6))
    tags = Concepts()
    languages = Languages()
    website = forms.URLField(label=_("Page"), required=False, assume_scheme="https")
    capacity = forms.IntegerField(label=_("Requests at a time"), min_value=1, max_value=50, initial=3)
    agreed = forms.BooleanField(label=_("The person or laboratory agrees to be listed"))

    def clean_orcid(self) -> str:
        orcid: str = self.cleaned_data["orcid"]
        if orcid and not is_orcid(orcid):
            raise forms.ValidationError(
                _("%(orcid)s is no ORCID: its last digit does not fit."), params={"orcid": orcid}
            )
        return orcid


class PublicationForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=500)
    year = forms.IntegerField(label=_("Year"), min_value=1950, max_value=2100)
    doi = forms.CharField(label="DOI", max_length=100, required=False)


class EquipmentForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    text = forms.CharField(label=_("What it does"), max_length=3000, widget=area(4))
    tags = Concepts()
    market_eur_hour = forms.DecimalField(
        label=_("Market price (EUR an hour)"), min_value=0, decimal_places=2, help_text=_("Without any state aid.")
    )
    member_eur_hour = forms.DecimalField(
        label=_("Reduced price (EUR an hour)"),
        min_value=0,
        decimal_places=2,
        required=False,
        help_text=_("The difference to the market price is aid to the user."),
    )
    needs_operator = forms.BooleanField(label=_("Only with its operator"), required=False, initial=True)


class SlotForm(forms.Form):
    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=24, initial=4)


class BookingForm(OfOrganisation):
    purpose = forms.CharField(label=_("What for"), max_length=500)
    at_member_price = forms.BooleanField(
        label=_("At the reduced price; the aid is noted for our de minimis count"), required=False
    )


class ResultForm(forms.Form):
    result = forms.CharField(label=_("What came of it"), max_length=500, widget=area(3))
