"""Events with meetings."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import OfOrganisation, area, day
from poliedro.matchmaking.models import (
    Card,
    Interest,
    Meeting,
    MeetingEvent,
)


class EventForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MeetingEvent
        fields = ("title", "text", "place", "on", "register_by", "first_slot", "slots", "slot_minutes", "tables")
        labels = {
            "title": _("Title"),
            "text": _("What it is about"),
            "place": _("Place"),
            "on": _("Day"),
            "register_by": _("Registration until"),
            "first_slot": _("First meeting at"),
            "slots": _("Number of slots"),
            "slot_minutes": _("Minutes a slot"),
            "tables": _("Tables"),
        }
        widgets = {
            "text": area(3),
            "on": day(),
            "register_by": day(),
            "first_slot": forms.TimeInput(attrs={"type": "time"}),
        }


class AttendForm(OfOrganisation):
    name = forms.CharField(label=_("Who comes"), max_length=200)
    looks_for = forms.CharField(label=_("Whom you want to meet, and why"), max_length=1000, widget=area(3))
    away = forms.CharField(
        label=_("Slots when you are not there"),
        required=False,
        max_length=100,
        help_text=_("Numbers apart by blanks, such as 1 2; empty: always there."),
    )
    agreed = forms.BooleanField(label=_("The other participants may see my name and organisation"))

    def clean_away(self) -> list[int]:
        text = self.cleaned_data["away"]
        parts = text.replace(",", " ").split()
        if not all(p.isdigit() for p in parts):
            raise forms.ValidationError(_("Write numbers apart by blanks, such as 1 2."))
        return sorted({int(p) for p in parts})


class WishForm(forms.Form):
    to = forms.MultipleChoiceField(
        label=_("Whom do you want to meet"), widget=forms.CheckboxSelectMultiple, required=False
    )


class WhyForm(forms.Form):
    why = forms.CharField(label=_("Why a new plan"), max_length=200, required=False)


class GoneForm(forms.Form):
    attendee = forms.ChoiceField(label=_("Who"))

    def __init__(self, *args: Any, people: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        cast("forms.ChoiceField", self.fields["attendee"]).choices = people


class MeetingResultForm(forms.Form):
    result = forms.ChoiceField(label=_("What came of it"), choices=Meeting.Result.choices)
    card = forms.ModelChoiceField(
        queryset=Card.objects.none(),
        label=_("Which need or offer you spoke about"),
        required=False,
        empty_label="–",
        help_text=_("With it, what comes next is followed up like every introduction."),
    )
    tie = forms.ChoiceField(
        label=_("What it became, if it is settled"), choices=[("", "–"), *Interest.Tie.choices], required=False
    )

    def __init__(self, *args: Any, cards: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["card"]
        field.queryset = cards
