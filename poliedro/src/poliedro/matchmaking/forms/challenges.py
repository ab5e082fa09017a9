"""Hackathons and open challenges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.funding.queries.partners import named_organisation
from poliedro.funding.rules.states import NotAllowed
from poliedro.matchmaking.forms.base import Concepts, area, day
from poliedro.matchmaking.models import (
    Challenge,
    FollowUp,
    Juror,
    Team,
)
from poliedro.matchmaking.queries.outcomes import possible_parties, projects_of
from poliedro.registry.models import Organisation, Project


class ChallengeForm(forms.ModelForm):  # type: ignore[type-arg]
    criteria_text = forms.CharField(
        label=_("Criteria and weights"),
        widget=area(4),
        initial=_("Idea 40\nFeasibility 30\nImpact 30"),
        help_text=_("One a line, the weight at its end; the weights add up to 100."),
    )
    tags = Concepts()

    class Meta:
        model = Challenge
        fields = ("kind", "title", "text", "prize", "places", "opens_on", "closes_on", "follow_up_on")
        labels = {
            "kind": _("What is it"),
            "title": _("Title"),
            "text": _("The task"),
            "prize": _("Prize"),
            "places": _("Teams at most"),
            "opens_on": _("Opens on"),
            "closes_on": _("Last day for teams"),
            "follow_up_on": _("Follow-up on"),
        }
        help_texts = {
            "places": "",
            "closes_on": _("For teams to enter."),
            "follow_up_on": _("The day on which you ask what became of the teams."),
        }
        widgets = {"text": area(6), "opens_on": day(), "closes_on": day(), "follow_up_on": day()}

    def clean_criteria_text(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for line in self.cleaned_data["criteria_text"].splitlines():
            label, _blank, weight = line.strip().rpartition(" ")
            if not line.strip():
                continue
            if not label or not weight.isdigit():
                raise forms.ValidationError(_("Write each line as a name and a number, such as: Idea 40"))
            found.append({"key": f"c{len(found) + 1}", "label": label, "weight": int(weight)})
        return found


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name of the team"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"))
    members = forms.CharField(label=_("Members, one a line"), widget=area(3), max_length=1000)
    idea = forms.CharField(
        label=_("The idea"),
        widget=area(6),
        max_length=4000,
        help_text=_("The jury reads this without your names; do not write them here."),
    )


class JurorForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address of the juror"), help_text=_("The one that signs in."))


class RemoveJurorForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why"), choices=Juror.Removed.choices, help_text=_("The result says it, without the name.")
    )
    text = forms.CharField(
        label=_("Note for those who run the challenge"), max_length=300, required=False, widget=area(2)
    )


class ClosingForm(forms.Form):
    closes_on = forms.DateField(label=_("Last day for teams"), widget=day())
    why = forms.CharField(label=_("Why"), max_length=300, help_text=_("Teams and jurors read it in the letter."))


class FollowUpForm(forms.Form):
    result = forms.ChoiceField(label=_("What became of it"), choices=FollowUp.Result.choices)
    note = forms.CharField(label=_("In a sentence"), max_length=500, required=False)


class LinkProjectForm(forms.Form):
    project = forms.ModelChoiceField(
        queryset=Project.objects.none(),
        label=_("Project in the register"),
        help_text=_("Those in which the team's organisation or whoever asked takes part."),
    )

    def __init__(self, *args: Any, team: Team, **more: Any) -> None:
        super().__init__(*args, **more)
        project = self.fields["project"]
        assert isinstance(project, forms.ModelChoiceField)
        project.queryset = projects_of(team)


class TellProjectForm(forms.Form):
    title = forms.CharField(label=_("Name of the project"), max_length=300)
    starts_on = forms.DateField(label=_("From"), required=False, widget=day())
    cost_eur = forms.DecimalField(
        label=_("Total cost (EUR)"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text=_("Everyone sees it. It may stay empty."),
    )
    organisations = forms.ModelMultipleChoiceField(
        queryset=Organisation.objects.none(),
        label=_("Who takes part"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("It shows on the pages of all of them; make sure that they agree."),
    )
    others = forms.CharField(
        label=_("Others who take part, one a line"),
        required=False,
        widget=area(2),
        max_length=1000,
        help_text=_("Their tax code, VAT number or whole name, as in the register: such as the firm the team founded."),
    )

    def __init__(self, *args: Any, team: Team, for_all: bool, **more: Any) -> None:
        """for_all: whether the person says who takes part; else it is whoever asked and the team's organisation."""
        super().__init__(*args, **more)
        if for_all:
            field: Any = self.fields["organisations"]
            field.queryset = possible_parties(team.challenge)
            field.initial = [pk for pk in (team.challenge.organisation_id, team.organisation_id) if pk]
        else:
            del self.fields["organisations"], self.fields["others"]

    def clean_others(self) -> list[Organisation]:
        found = []
        for line in filter(None, (x.strip() for x in self.cleaned_data["others"].splitlines())):
            try:
                found.append(named_organisation(line))
            except NotAllowed as unclear:
                raise forms.ValidationError(
                    _("“%(name)s” is not the name of exactly one organisation of the register; write its tax code."),
                    params={"name": line},
                ) from unclear
        return found
