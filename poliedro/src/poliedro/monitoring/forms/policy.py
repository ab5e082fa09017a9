"""Forms of the intervention logic and of the policy mix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poliedro.funding.models import Measure, Programme
from poliedro.monitoring.models import IndicatorTerms, PolicyNode
from poliedro.monitoring.queries.policy.measured import choices
from poliedro.monitoring.rules.policy.mix import GROUPS, STAGES
from poliedro.shared.forms import offer

PERCENT = "%"


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class NodeForm(forms.Form):
    """A node of the logic. above: (key, words) of what it may hang from; measures: for actions."""

    title_it = forms.CharField(label=_("Title in Italian"), max_length=300)
    title_en = forms.CharField(label=_("Title in English"), max_length=300)
    about_it = forms.CharField(
        label=_("What it means, in Italian"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    about_en = forms.CharField(
        label=_("What it means, in English"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    parent = forms.ChoiceField(label=_("Belongs to"), required=False)
    owner = forms.CharField(
        label=_("Owner"), required=False, max_length=200, help_text=_("The office or body that answers for it.")
    )
    measure = forms.ChoiceField(
        label=_("Measure that carries it out"), required=False, help_text=_("A funding measure, where there is one.")
    )
    on = _day(_("Holds from"), help_text=_("Up to this day what was said before holds."))

    def __init__(
        self,
        *args: Any,
        kind: str,
        above: Iterable[tuple[str, str]],
        measures: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
        if kind == PolicyNode.Kind.AREA:
            del self.fields["parent"]
        else:
            offer(self, "parent", [("", _("nothing yet")), *above])
        if kind == PolicyNode.Kind.ACTION:
            offer(self, "measure", [("", _("none")), *measures])
        else:
            del self.fields["measure"]


class GoalForm(forms.Form):
    """Where an indicator should go. Shares are asked in percent and kept as 0..1."""

    node = forms.ChoiceField(label=_("Objective or action"), required=False)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=IndicatorTerms.Role.choices,
        help_text=_("Output: what an action makes. Result: what changes for an objective."),
    )
    baseline = forms.FloatField(label=_("Baseline"), required=False)
    baseline_on = _day(_("Baseline of"), required=False)
    target = forms.FloatField(label=_("Target"), required=False)
    target_on = _day(_("Target by"), required=False)
    owner = forms.CharField(label=_("Owner"), required=False, max_length=200)
    evidence = forms.CharField(
        label=_("Evidence"), required=False, max_length=300, help_text=_("Where its values can be checked.")
    )
    on = _day(_("Holds from"), help_text=_("Up to this day what was said before holds."))

    def __init__(self, *args: Any, nodes: Iterable[tuple[str, str]], unit: str = "", **kwargs: Any) -> None:
        if unit == PERCENT and kwargs.get("initial"):
            held = kwargs["initial"]
            kwargs["initial"] = {
                **held, **{k: held[k] * 100 for k in ("baseline", "target") if held.get(k) is not None}
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.unit = unit
        offer(self, "node", [("", _("none yet")), *nodes])
        self.fields["on"].initial = timezone.localdate
        if unit:
            for name in ("baseline", "target"):
                self.fields[name].help_text = _("In %(unit)s.") % {"unit": unit}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, day in (("baseline", "baseline_on"), ("target", "target_on")):
            if (data.get(name) is None) != (data.get(day) is None) and name in data and day in data:
                self.add_error(day, _("Give both the value and its day, or neither."))
        if data.get("baseline_on") and data.get("target_on") and data["target_on"] <= data["baseline_on"]:
            self.add_error("target_on", _("The target lies after the baseline."))
        return data

    def goal(self, unit: str = "") -> dict[str, Any]:
        """The cleaned goal, in the unit of storage."""
        data = self.cleaned_data
        part = 100 if (unit or self.unit) == PERCENT else 1
        names = ("role", "baseline", "baseline_on", "target", "target_on", "owner", "evidence")
        held = {name: data[name] for name in names}
        return {
            **held, **{k: held[k] / part for k in ("baseline", "target") if held[k] is not None}
        }  # fmt: skip


class NewIndicatorForm(GoalForm):
    """A new indicator: from the catalogue of what the register computes, or with a definition of its own."""

    computed_by = forms.ChoiceField(
        label=_("Where its values come from"),
        required=False,
        help_text=_("The register computes it wherever it can; only what it cannot is entered, with evidence."),
    )
    name_it = forms.CharField(label=_("Name in Italian"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    unit_text = forms.CharField(label=_("Unit"), max_length=60, required=False)
    definition = forms.CharField(
        label=_("Definition"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What counts and what does not, and how it is observed."),
    )  # fmt: skip
    field_order = ("computed_by", "name_it", "name_en", "unit_text", "definition", "node", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "computed_by", [("", _("observed and entered with evidence")), *choices()])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("computed_by"):
            for name in ("name_it", "name_en", "unit_text", "definition"):
                if not data.get(name):
                    self.add_error(name, _("An indicator that is entered by hand needs it."))
        return data

    def card(self) -> dict[str, Any] | None:
        """The definition of an indicator of its own; None for one of the catalogue."""
        data = self.cleaned_data
        if data["computed_by"]:
            return None
        both = {
            "unit": data["unit_text"], "definition": data["definition"], "formula": "–",
            "null_means": "–",
        }  # fmt: skip
        return {
            "name_it": data["name_it"], "name_en": data["name_en"],
            **{f"{k}_{language}": v for k, v in both.items() for language in ("it", "en")},
        }  # fmt: skip


class ObservationForm(forms.Form):
    on = _day(_("Observed on"))
    value = forms.FloatField(label=_("Value"))
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, help_text=_("A document, a register, an address: where it can be checked.")
    )

    def __init__(self, *args: Any, unit: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
        self.part = 100 if unit == PERCENT else 1
        if unit:
            self.fields["value"].help_text = _("In %(unit)s.") % {"unit": unit}

    def clean_value(self) -> float:
        return float(self.cleaned_data["value"]) / self.part


class EndForm(forms.Form):
    on = _day(_("First day on which it no longer holds"))


class PublishForm(forms.Form):
    why = forms.CharField(
        label=_("What changed against the version before"), max_length=300, required=False,
        help_text=_("Needed only where the quarter has a published version already."),
    )  # fmt: skip


class DraftForm(forms.Form):
    """A measure to be tried in the mix."""

    name = forms.CharField(label=_("Name of the measure"), max_length=200, required=False)
    groups = forms.MultipleChoiceField(label=_("For whom"), widget=forms.CheckboxSelectMultiple)
    stages = forms.MultipleChoiceField(
        label=_("At which stage"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Of firms; research and public bodies have none."),
    )  # fmt: skip
    instrument = forms.ChoiceField(label=_("Instrument"), choices=Measure.Instrument.choices)
    trl_from = forms.IntegerField(label=_("Technology readiness from"), min_value=1, max_value=9, initial=1)
    trl_to = forms.IntegerField(label=_("to"), min_value=1, max_value=9, initial=9)

    def __init__(self, *args: Any, groups: dict[str, Any], stages: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "groups", [(g, groups[g]) for g in GROUPS])
        offer(self, "stages", [(s, stages[s]) for s in STAGES])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("trl_from") and data.get("trl_to") and data["trl_to"] < data["trl_from"]:
            self.add_error("trl_to", _("It is below the readiness at which it begins."))
        return data


class ProposeForm(DraftForm):
    """The same, kept as a proposal of a programme."""

    name_it = forms.CharField(label=_("Name in Italian"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200)
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.order_by("key"))
    budget_eur = forms.DecimalField(
        label=_("Budget, EUR"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    field_order = ("name_it", "name_en", "programme", "budget_eur")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["name"]
        self.fields["programme"].label_from_instance = str  # type: ignore[attr-defined]


class AdoptForm(forms.Form):
    on = _day(_("In force from"))


class TagForm(forms.Form):
    """Projects and the objectives that they are given."""

    projects = forms.MultipleChoiceField(label=_("Projects"), widget=forms.CheckboxSelectMultiple)
    objectives = forms.MultipleChoiceField(
        label=_("Objectives"), widget=forms.CheckboxSelectMultiple, choices=Measure.Objective.choices
    )

    def __init__(self, *args: Any, projects: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "projects", list(projects))


class TagServiceForm(forms.Form):
    service = forms.ChoiceField(label=_("Kind of service"))
    objectives = forms.MultipleChoiceField(
        label=_("Objectives"), widget=forms.CheckboxSelectMultiple, choices=Measure.Objective.choices, required=False
    )

    def __init__(self, *args: Any, services: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "service", list(services))


class RunForm(forms.Form):
    """Nothing to choose: its button alone counts."""
