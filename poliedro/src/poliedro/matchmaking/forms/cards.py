"""Needs and offers, interest in them and what came of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import LANGUAGES, Concepts, Languages, OfOrganisation, area, day
from poliedro.matchmaking.models import (
    Card,
    Interest,
    NotRelevant,
)
from poliedro.registry.models import Organisation


class CardForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=Card.Kind.choices)
    topic = forms.ChoiceField(label=_("About"), choices=Card.Topic.choices)
    title = forms.CharField(
        label=_("In one line"), max_length=160, help_text=_("Such as: Test of biodegradable film in compost.")
    )
    text = forms.CharField(
        label=_("In your own words"),
        max_length=4000,
        widget=area(7),
        help_text=_("What you need or offer, what you have tried, what a partner would do. Everyone can read it."),
    )
    language = forms.ChoiceField(label=_("Language of the text"), choices=LANGUAGES[:2])
    tags = Concepts()
    trl_from = forms.IntegerField(label=_("Technology readiness from"), min_value=1, max_value=9, required=False)
    trl_to = forms.IntegerField(label=_("Technology readiness up to"), min_value=1, max_value=9, required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", "–"), *Card.Stage.choices], required=False)
    within_km = forms.IntegerField(label=_("Partner within (km)"), min_value=1, required=False)
    budget_eur = forms.DecimalField(label=_("Budget (EUR)"), min_value=0, required=False, decimal_places=2)
    wanted_by = forms.DateField(label=_("Needed by"), required=False, widget=day())
    languages = Languages()
    partner_kinds = forms.MultipleChoiceField(
        label=_("Kind of partner"),
        choices=[c for c in Organisation.Kind.choices if c[0] != "unknown"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: any. What is not chosen is never suggested."),
    )
    partner_sizes = forms.MultipleChoiceField(
        label=_("Size of partner"),
        choices=[c for c in Organisation.SizeClass.choices if c[0]],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    rights = forms.CharField(label=_("Patents and licences"), max_length=200, required=False)
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Card.Audience.choices)
    anonymous = forms.BooleanField(
        label=_("Show only our kind, size and province until we accept an interest"), required=False, initial=True
    )
    open_to_rivals = forms.BooleanField(
        label=_("Also suggest direct competitors, if they allow it too"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        low, high = data.get("trl_from"), data.get("trl_to")
        if low and high and high < low:
            self.add_error("trl_to", _("It must not be below the first level."))
        return data


class NewCardForm(OfOrganisation, CardForm):
    field_order = ("organisation",)


class NoteForm(forms.Form):
    note_to_owner = forms.CharField(
        label=_("Word to the owner"), max_length=500, widget=area(3), help_text=_("What has to change, and why.")
    )


class NotRelevantForm(forms.Form):
    reason = forms.ChoiceField(label=_("Not relevant because"), choices=NotRelevant.Reason.choices)


class InterestForm(OfOrganisation):
    why = forms.CharField(label=_("Why does it fit?"), max_length=1500, widget=area())
    brings = forms.CharField(label=_("What do you bring?"), max_length=1500, widget=area())
    expects = forms.CharField(
        label=_("What do you expect of a first meeting?"), max_length=1500, widget=area(3), required=False
    )
    agreed = forms.BooleanField(label=_("The owner of the card may see who we are"))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Word to the other side"), max_length=500, widget=area(3), required=False)


class MeetingDayForm(AnswerForm):
    meeting_on = forms.DateField(label=_("Day of the first meeting"), required=False, widget=day())


class TieForm(forms.Form):
    tie = forms.ChoiceField(label=_("It became a"), choices=Interest.Tie.choices)
    outcome = forms.CharField(label=_("What was agreed"), max_length=500, widget=area(3))
    joint_title = forms.CharField(
        label=_("Name of the project"),
        max_length=300,
        required=False,
        help_text=_("A project shows on the pages of both organisations once the other side has confirmed it."),
    )
    starts_on = forms.DateField(label=_("From"), required=False, widget=day())
    amount_eur = forms.DecimalField(
        label=_("Worth (EUR)"),
        min_value=0,
        decimal_places=2,
        required=False,
        help_text=_("Of a project everyone sees it, as its total cost. It may stay empty."),
    )
    settles = forms.BooleanField(label=_("The card has found what it looked for; close it"), required=False)

    def __init__(self, *args: Any, settles: bool, **more: Any) -> None:
        """settles: whether the person may close the card."""
        super().__init__(*args, **more)
        if not settles:
            del self.fields["settles"]


class EndForm(forms.Form):
    why_not = forms.ChoiceField(label=_("Why not"), choices=Interest.WhyNot.choices)
    outcome = forms.CharField(label=_("In a sentence"), max_length=500, required=False)
