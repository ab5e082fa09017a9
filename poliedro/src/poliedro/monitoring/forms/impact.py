"""The wizard of a study: a form a step, each filled from the draft and saved into it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from poliedro.monitoring.report.names import (
    BREAKDOWN_WORDS,
    DISTANCE_WORDS,
    ESTIMATOR_WORDS,
    FORM_WORDS,
    MATCHING_WORDS,
    OUTCOME_WORDS,
    STRATA_WORDS,
    TFP_WORDS,
)
from poliedro.monitoring.rules.impact import (
    BREAKDOWNS,
    CAPITAL_FORMS,
    DISTANCES,
    ESTIMATORS,
    MATCHING,
    OUTCOMES,
    STRATA,
    TFP_METHODS,
    Declaration,
)
from poliedro.reference.models import ProgrammePeriod
from poliedro.registry.models import Cluster
from poliedro.shared.forms import offer


def _several(label: Any, names: Any, words: dict[str, Any], **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=[(n, words[n]) for n in names], widget=forms.CheckboxSelectMultiple, **more
    )


class StepForm(forms.Form):
    """A part of the declaration: the fields are named as its own."""

    def changed(self, declaration: Declaration) -> Declaration:
        """The declaration with this step's answers."""
        from dataclasses import replace

        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in self.cleaned_data.items() if k != "title"
        }
        return replace(declaration, **given)


class QuestionForm(StepForm):
    title = forms.CharField(label=_("Title of the study"), max_length=200)
    question = forms.CharField(
        label=_("The question, in a sentence"),
        max_length=300,
        help_text=_("For instance: by how much does joining a cluster raise turnover in the three years after?"),
    )
    cycle = forms.ChoiceField(
        label=_("Programming period"), required=False, help_text=_("It is named in the report; the years below count.")
    )
    first_join = forms.IntegerField(label=_("Joined for the first time from (year)"), min_value=1990, max_value=2100)
    last_join = forms.IntegerField(label=_("Joined for the first time up to (year)"), min_value=1990, max_value=2100)
    clusters = forms.MultipleChoiceField(
        label=_("Clusters"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every cluster. Those that went into a cluster count with it."),
    )
    legal_forms = _several(
        _("Legal forms"),
        CAPITAL_FORMS,
        FORM_WORDS,
        required=False,
        help_text=_(
            "Ticked at first: companies whose accounts the register of companies holds. None ticked: any form."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periods = ProgrammePeriod.objects.order_by("key").values_list("key", flat=True)
        offer(self, "cycle", [("", _("no period named")), *((k, k) for k in periods)])
        clusters = Cluster.objects.filter(closed_on=None).order_by("position", "name").values_list("key", "name")
        offer(self, "clusters", list(clusters))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_join"), data.get("last_join")
        if first and last and last < first:
            said = _("Write %(first)s or a later year here, or an earlier year above.")
            self.add_error("last_join", said % {"first": first})
        elif first and last and data.get("cycle"):
            period = ProgrammePeriod.objects.filter(key=data["cycle"]).first()
            if period is not None and (last < period.valid_from.year or first > period.valid_to.year):
                said = _(
                    "Nobody who joined from %(first)s to %(last)s joined in %(period)s: choose the period of those "
                    "years, or none."
                )
                self.add_error("cycle", said % {"first": first, "last": last, "period": period.key})
        return data


class ComparisonForm(StepForm):
    exact = _several(
        _("Alike in"),
        STRATA,
        STRATA_WORDS,
        required=False,
        help_text=_("A firm is compared only with firms that are equal in all that is ticked."),
    )
    matching = _several(
        _("And near in (the last accounts before joining)"),
        MATCHING,
        MATCHING_WORDS,
        help_text=_("What may drive both joining and growth. Nothing of the years after joining is used."),
    )
    distance = forms.ChoiceField(
        label=_("How controls are chosen"),
        choices=[(d, DISTANCE_WORDS[d]) for d in DISTANCES],
        help_text=_("Pairs can be looked at one by one; weighing uses every control, and the next three do not count."),
    )
    neighbours = forms.IntegerField(label=_("Controls for each member"), min_value=1, max_value=10)
    caliper = forms.FloatField(
        label=_("Farthest distance allowed"),
        required=False,
        min_value=0.01,
        max_value=10,
        help_text=_("In standard deviations; farther firms are no controls. Empty: no limit."),
    )
    replace = forms.BooleanField(label=_("A control may serve several members"), required=False)


class OutcomesForm(StepForm):
    outcomes = _several(_("Outcomes"), OUTCOMES, OUTCOME_WORDS)
    lead = forms.ChoiceField(
        label=_("Leading outcome"),
        choices=[(o, OUTCOME_WORDS[o]) for o in OUTCOMES],
        required=False,
        help_text=_("It is the title of the report and the first of its results; it must be among those ticked."),
    )
    tfp_method = forms.ChoiceField(
        label=_("How total factor productivity is estimated"), choices=[(m, TFP_WORDS[m]) for m in TFP_METHODS]
    )
    horizon = forms.IntegerField(label=_("Years after joining"), min_value=1, max_value=10)
    first_event = forms.IntegerField(
        label=_("The average begins in year"),
        min_value=0,
        max_value=10,
        help_text=_("0 is the year of joining, in which firms were members for a part of it only."),
    )
    placebos = forms.IntegerField(label=_("Years before joining that are tested"), min_value=1, max_value=10)
    anticipation = forms.IntegerField(
        label=_("Years before joining in which an effect may show already"),
        min_value=0,
        max_value=5,
        required=False,
        help_text=_("0: firms do not change before they join. Otherwise the comparison begins so many years earlier."),
    )
    estimator = forms.ChoiceField(
        label=_("Leading estimator"),
        choices=[(e, ESTIMATOR_WORDS[e]) for e in ESTIMATORS],
        help_text=_("The others are computed, too, and shown beside it."),
    )
    breakdowns = _several(_("Also"), BREAKDOWNS, BREAKDOWN_WORDS, required=False)
    minimum = forms.IntegerField(
        label=_("Fewest treated firms for an estimate"),
        min_value=5,
        help_text=_("Cells with fewer stay closed, and a second one where the first could be worked out."),
    )
    minimum_share = forms.FloatField(
        label=_("Share of members that must find a control"),
        min_value=0.1,
        max_value=1,
        help_text=_("From 0 to 1. With fewer, the study gives no estimate."),
    )
    pretrend_alpha = forms.FloatField(
        label=_("Trends before joining differ if p is below"),
        min_value=0.001,
        max_value=0.2,
        help_text=_("Then the study gives no estimate."),
    )
    level = forms.FloatField(label=_("Level of intervals"), min_value=0.8, max_value=0.999)
    placebo_draws = forms.IntegerField(
        label=_("Random draws of firms that never joined, for the placebo"), min_value=20, max_value=999
    )
    seed = forms.IntegerField(label=_("Seed of random draws"), min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["lead"] = next(iter(self.initial.get("outcomes", ())), OUTCOMES[0])

    def changed(self, declaration: Declaration) -> Declaration:
        """The declaration with this step's answers; the leading outcome is the first."""
        lead = self.cleaned_data.pop("lead") or self.cleaned_data["outcomes"][0]
        self.cleaned_data["outcomes"] = sorted(self.cleaned_data["outcomes"], key=lambda o: o != lead)
        return super().changed(declaration)

    def clean_anticipation(self) -> int:
        return self.cleaned_data["anticipation"] or 0

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("lead") and data.get("outcomes") and data["lead"] not in data["outcomes"]:
            self.add_error("lead", _("Tick it among the outcomes, too, or choose one that is ticked."))
        if data.get("first_event") is not None and data.get("horizon") and data["first_event"] > data["horizon"]:
            self.add_error("first_event", _("The average must begin within the years after joining."))
        return data


class RevisionForm(forms.Form):
    why = forms.CharField(
        label=_("What changes, and why"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands beside the earlier version, which stays as it is."),
    )


class SignatureForm(forms.Form):
    opinion = forms.CharField(
        label=_("Your opinion of the result"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Published with your name and the result. What was found, how far it can be believed, and for whom."
        ),
    )


STEPS: dict[str, type[StepForm]] = {
    "question": QuestionForm,
    "comparison": ComparisonForm,
    "outcomes": OutcomesForm,
}
