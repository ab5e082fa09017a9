"""Lessons from abroad, accelerators, mentors of teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.matchmaking.forms.base import OfOrganisation, area, day
from poliedro.matchmaking.models import Cohort, Mentor
from poliedro.registry.models import Organisation


class LessonForm(OfOrganisation):
    title = forms.CharField(label=_("What it is about"), max_length=200)
    country = forms.CharField(label=_("Country (two letters)"), min_length=2, max_length=2)
    text = forms.CharField(
        label=_("What you learnt"),
        max_length=2000,
        widget=area(6),
        help_text=_("Whom you met, what sold and what did not, what it cost, whom to ask. No names of customers."),
    )
    first_step = forms.CharField(label=_("What another firm should do first"), max_length=300)


class LessonUseForm(OfOrganisation):
    what = forms.CharField(label=_("What you did with it"), max_length=300)


class AcceleratorForm(forms.Form):
    title = forms.CharField(label=_("Name of the programme"), max_length=200)
    text = forms.CharField(label=_("What it is about"), max_length=4000, widget=area(6))


class CohortForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Cohort
        fields = ("apply_by", "starts_on", "demo_day_on", "places")
        labels = {
            "apply_by": _("Apply by"),
            "starts_on": _("Begins on"),
            "demo_day_on": _("Demo day"),
            "places": _("Places"),
        }
        help_texts = {"demo_day_on": _("When the firms show investors what they have.")}
        widgets = {"apply_by": day(), "starts_on": day(), "demo_day_on": day()}


class CohortApplicationForm(OfOrganisation):
    motive = forms.CharField(label=_("What you want to reach there"), max_length=1500, widget=area(4))


class ReferForm(forms.Form):
    organisation = forms.ModelChoiceField(queryset=Organisation.objects.none(), label=_("Which member"))

    def __init__(self, *args: Any, members: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["organisation"].queryset = members  # type: ignore[attr-defined]


class TeamMentorForm(forms.Form):
    mentor = forms.ModelChoiceField(queryset=Mentor.objects.none(), label=_("Mentor"))

    def __init__(self, *args: Any, mentors: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["mentor"].queryset = mentors  # type: ignore[attr-defined]


class CohortMeetingForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=day(), initial=timezone.localdate)
    mentors = forms.ModelMultipleChoiceField(
        queryset=Mentor.objects.none(), label=_("Mentors who were there"), widget=forms.CheckboxSelectMultiple
    )
    firms = forms.ModelMultipleChoiceField(
        queryset=Organisation.objects.none(), label=_("Firms that were there"), widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.CharField(label=_("What was agreed"), max_length=2000, widget=area(4))
    next_on = forms.DateField(label=_("Next meeting"), required=False, widget=day())

    def __init__(self, *args: Any, cohort: Cohort, **more: Any) -> None:
        super().__init__(*args, **more)
        mentors: Any = self.fields["mentors"]
        mentors.queryset = Mentor.objects.filter(cohorts__cohort=cohort, cohorts__agreed_at__isnull=False)
        firms: Any = self.fields["firms"]
        firms.queryset = Organisation.objects.filter(
            cohort_applications__cohort=cohort, cohort_applications__state__in=("accepted", "finished", "left")
        ).order_by("name", "pk")
