"""The engine, mentoring and investment."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.asking import RatingForm
from poliedro.matchmaking.forms.base import READINESS_LABELS, Concepts, Languages, OfOrganisation, area, day
from poliedro.matchmaking.models import (
    Card,
    Mentee,
    Mentor,
    MentorTraining,
    Pair,
)
from poliedro.matchmaking.rules.readiness import READINESS
from poliedro.registry.models import Organisation


class EngineForm(forms.Form):
    places = forms.IntegerField(label=_("Matches a card"), min_value=1, max_value=50)
    exposure = forms.IntegerField(
        label=_("How often a card is shown at most"),
        min_value=1,
        help_text=_("So that the popular do not take all the attention."),
    )
    across = forms.FloatField(
        label=_("Share kept for other clusters"), min_value=0, max_value=1, help_text=_("0 none, 0.5 half, 1 all.")
    )


class MentorForm(forms.Form):
    text = forms.CharField(label=_("What you can help with"), max_length=2000, widget=area(5))
    tags = Concepts()
    languages = Languages()
    capacity = forms.IntegerField(label=_("Mentees at a time"), min_value=1, max_value=10, initial=2)


class MenteeForm(OfOrganisation):
    goals = forms.CharField(label=_("What you want to reach"), max_length=2000, widget=area(5))
    tags = Concepts()
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", "–"), *Card.Stage.choices], required=False)
    languages = Languages()


class PreferenceForm(forms.Form):
    other = forms.ModelChoiceField(queryset=Mentor.objects.none(), label=_("Whom"))
    rank = forms.IntegerField(label=_("Rank (1 is liked best)"), min_value=1, max_value=99)


class ConflictForm(forms.Form):
    organisation = forms.ModelChoiceField(queryset=Organisation.objects.none(), label=_("Organisation"))
    reason = forms.CharField(label=_("Why"), max_length=200)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = cast("forms.ModelChoiceField[Organisation]", self.fields["organisation"])
        field.queryset = Organisation.objects.filter(pk__in=Mentee.objects.values("organisation")).order_by("name")


class TrainingForm(forms.Form):
    module = forms.ChoiceField(label=_("Part of the training"), choices=MentorTraining.Module.choices)
    done_on = forms.DateField(label=_("Done on"), widget=day(), initial=timezone.localdate)


class PairMeetingForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=day(), initial=timezone.localdate)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=600, initial=60)
    notes = forms.CharField(label=_("What was spoken about"), max_length=2000, widget=area(4))
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)


class FeedbackForm(RatingForm):
    text = forms.CharField(label=_("In your own words"), max_length=1000, widget=area(3), required=False)


class PairEndForm(forms.Form):
    result = forms.ChoiceField(label=_("Goals"), choices=Pair.Result.choices)
    result_note = forms.CharField(label=_("In a sentence"), max_length=500, required=False)


class ThesisForm(OfOrganisation):
    text = forms.CharField(label=_("What you look for"), max_length=2000, widget=area(4))
    stages = forms.MultipleChoiceField(
        label=_("Stages"), choices=Card.Stage.choices, widget=forms.CheckboxSelectMultiple
    )
    fields_ = Concepts()
    places = forms.CharField(
        label=_("Places"),
        max_length=100,
        required=False,
        help_text=_("Codes such as ITC1, apart by blanks; empty: any."),
    )
    least_eur = forms.DecimalField(label=_("Ticket from (EUR)"), min_value=1, decimal_places=2)
    most_eur = forms.DecimalField(label=_("to (EUR)"), min_value=1, decimal_places=2)


class RoundForm(OfOrganisation):
    text = forms.CharField(label=_("What the money is for"), max_length=2000, widget=area(4))
    stage = forms.ChoiceField(label=_("Stage"), choices=Card.Stage.choices)
    fields_ = Concepts()
    amount_eur = forms.DecimalField(label=_("Amount (EUR)"), min_value=1, decimal_places=2)
    readiness = forms.MultipleChoiceField(
        label=_("What is ready"),
        choices=[(k, READINESS_LABELS[k]) for k in READINESS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Investors see the round once five of the six, plan and accounts among them, are ready."),
    )
    papers = forms.CharField(
        label=_("Papers in the data room, one a line"), required=False, widget=area(3), max_length=1000
    )


class ReadinessForm(forms.Form):
    readiness = forms.MultipleChoiceField(
        label=_("What is ready"),
        choices=[(k, READINESS_LABELS[k]) for k in READINESS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class InvestedForm(forms.Form):
    invested_eur = forms.DecimalField(label=_("Invested (EUR)"), min_value=1, decimal_places=2)
    note = forms.CharField(label=_("In a sentence"), max_length=500, required=False)


class DealEndForm(forms.Form):
    note = forms.CharField(label=_("Why not"), max_length=500)
