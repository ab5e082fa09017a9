"""Programmes and their measures in forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from poliedro.funding.forms import day_field, money_field
from poliedro.funding.models import Measure, Programme
from poliedro.funding.rules.facts import SIZES
from poliedro.reference.models import ProgrammePeriod
from poliedro.shared.forms import offer

GROUPS = ("start_up", *SIZES, "research_body", "university", "its", "third_sector")
"""Those whom a measure is for, as the policy mix counts them."""
Words = Mapping[str, Any]


class _Named(forms.Form):
    key = forms.SlugField(label=_("Short name"), max_length=60, help_text=_("Letters, digits and hyphens."))
    name_it = forms.CharField(label=_("Name in Italian"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200)

    def keep_key(self) -> None:
        """What is known keeps its short name: calls and reports refer to it."""
        del self.fields["key"]


class ProgrammeForm(_Named):
    authority = forms.CharField(label=_("Who answers for it"), max_length=200)
    period = forms.ModelChoiceField(
        label=_("Programming period"), queryset=ProgrammePeriod.objects.order_by("key"), required=False
    )
    budget_eur = money_field(_("Budget, EUR"), required=False)
    url = forms.URLField(label=_("Its page"), max_length=500, required=False, assume_scheme="https")


class MeasureForm(_Named):
    """What a programme does for whom."""

    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.order_by("key"))
    groups = forms.MultipleChoiceField(label=_("For whom"), widget=forms.CheckboxSelectMultiple)
    stages = forms.MultipleChoiceField(
        label=_("At which stage"), choices=Measure.Stage.choices, widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Of firms; research and public bodies have none."),
    )  # fmt: skip
    instrument = forms.ChoiceField(label=_("Instrument"), choices=Measure.Instrument.choices)
    innovation = forms.MultipleChoiceField(
        label=_("Types of innovation"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("None chosen: all."),
    )  # fmt: skip
    trl_from = forms.IntegerField(label=_("Technology readiness from"), min_value=1, max_value=9, initial=1)
    trl_to = forms.IntegerField(label=_("to"), min_value=1, max_value=9, initial=9)
    objectives = forms.MultipleChoiceField(
        label=_("Objectives of industrial modernisation"), choices=Measure.Objective.choices,
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    budget_eur = money_field(_("Budget, EUR"), required=False)
    valid_from = day_field(_("In force from"))
    valid_to = day_field(_("No more in force from"), required=False, help_text=_("Empty: no end is known."))

    def __init__(self, groups: Words, innovation: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "groups", [(g, groups[g]) for g in GROUPS])
        offer(self, "innovation", [(key, str(word)) for key, word in innovation.items()])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("trl_from") and data.get("trl_to") and data["trl_to"] < data["trl_from"]:
            self.add_error("trl_to", _t("It is below the readiness at which it begins."))
        if data.get("valid_from") and data.get("valid_to") and data["valid_to"] <= data["valid_from"]:
            self.add_error("valid_to", _t("It ends before it begins; write a later day."))
        return data


def initial_of(held: Programme | Measure, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(held, name) for name in form.base_fields if hasattr(held, name)}
