from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poliedro.registry.models import Cluster
from poliedro.support.forms.agency import OwnCluster, day_field, text_field
from poliedro.support.models import KnowledgeItem, RoundtableItem, RoundtableSeat, SharedService
from poliedro.support.models.joint import Theme
from poliedro.support.rules.joint import MEASURES

MEASURE_LABELS = {
    "joint_services": _("joint services used"),
    "cross_projects": _("projects with another cluster"),
    "new_micro_members": _("new micro members"),
}


def money_field(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(min_value=0, decimal_places=2, max_digits=12, **options)


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class ProgrammeForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    cluster: forms.ModelChoiceField[Cluster] = forms.ModelChoiceField(
        label=_("Of one cluster"),
        queryset=Cluster.objects.all(),
        required=False,
        help_text=_("Empty: of all together."),
    )
    starts_on = day_field(label=_("From"))
    ends_on = day_field(label=_("To"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] <= data["starts_on"]:
            self.add_error("ends_on", _("It must be after the first day."))
        return data


class ActionForm(forms.Form):
    """An action; one amount a cluster and one for the region. Amounts add up to the budget."""

    title = forms.CharField(label=_("Action"), max_length=200)
    theme = forms.ChoiceField(label=_("Theme"), choices=[("", _("none of the four")), *Theme.choices], required=False)
    lead = forms.CharField(label=_("Who answers for it"), max_length=200)
    starts_on = day_field(label=_("From"))
    due_on = day_field(label=_("To"))
    budget_eur = money_field(label=_("Budget, EUR"))
    indicator = forms.CharField(label=_("Indicator"), max_length=200, required=False)
    target = forms.CharField(label=_("Target"), max_length=100, required=False)

    def __init__(self, *args: Any, clusters: list[Cluster], earlier: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["needs"] = forms.MultipleChoiceField(
            label=_("Waits for"),
            choices=[(str(k), t) for k, t in earlier],
            required=False,
            widget=forms.CheckboxSelectMultiple(),
        )
        self.fields["share_region"] = money_field(label=_("The region puts in, EUR"), required=False)
        self.keys = [c.pk for c in clusters]
        for c in clusters:
            self.fields[f"share_{c.pk}"] = money_field(
                label=_("%(cluster)s puts in, EUR") % {"cluster": c.name}, required=False
            )

    def shares(self) -> dict[int | None, Decimal]:
        data = self.cleaned_data
        found: dict[int | None, Decimal] = {None: data.get("share_region") or Decimal(0)}
        found.update({k: data.get(f"share_{k}") or Decimal(0) for k in self.keys})
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("due_on") and data["due_on"] <= data["starts_on"]:
            self.add_error("due_on", _("It must be after the first day."))
        if data.get("budget_eur") is not None and sum(self.shares().values()) != data["budget_eur"]:
            self.add_error("budget_eur", _("What the partners put in does not add up to the budget."))
        return data


class MilestoneForm(forms.Form):
    action = forms.TypedChoiceField(label=_("Of which action"), coerce=int)
    title = forms.CharField(label=_("Milestone"), max_length=200)
    due_on = day_field(label=_("By"))

    def __init__(self, *args: Any, actions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["action"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = actions


class RoundtableForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    held_on = day_field(label=_("Day"))
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    agenda = text_field(4, label=_("Agenda"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group, label in RoundtableSeat.Group.choices:
            self.fields[f"seats_{group}"] = text_field(
                2, label=label, required=False, help_text=_("Who is invited, a line each.")
            )

    def seats(self) -> list[tuple[str, str, bool]]:
        return [
            (group, name, False)
            for group in RoundtableSeat.Group.values
            for name in lines_of(self.cleaned_data.get(f"seats_{group}", ""))
        ]


class MinutesForm(forms.Form):
    minutes = text_field(8, label=pgettext_lazy("roundtable", "Minutes"), max_length=20_000)


class ItemForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=RoundtableItem.Kind.choices)
    text = forms.CharField(label=_("Text"), max_length=500)
    owner = forms.CharField(label=_("Who does it"), max_length=200, required=False)
    due_on = day_field(label=_("By"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == RoundtableItem.Kind.ACTION and not (data.get("owner") and data.get("due_on")):
            self.add_error("owner", _("An action has an owner and a day."))
        return data


class FormulaForm(forms.Form):
    """A bonus formula: an amount and a cap for each measure."""

    title = forms.CharField(label=_("Title"), max_length=200)
    starts_on = day_field(label=_("From"))
    ends_on = day_field(label=_("To"))
    budget_eur = money_field(label=_("Budget, EUR"), help_text=_("Where bonuses pass it, all are cut by one share."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for measure in MEASURES:
            words = {"what": MEASURE_LABELS[measure]}
            self.fields[f"amount_{measure}"] = money_field(label=_("EUR for each: %(what)s") % words, required=False)
            self.fields[f"cap_{measure}"] = money_field(label=_("At most, EUR: %(what)s") % words, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] <= data["starts_on"]:
            self.add_error("ends_on", _("It must be after the first day."))
        return data


class UseForm(forms.Form):
    on = day_field(label=_("Day"))
    hours = money_field(label=_("Hours used"), initial=0)
    paid_eur = money_field(label=_("Paid for all, EUR"), initial=0)
    text = forms.CharField(label=_("For what it was"), max_length=200, required=False)

    def __init__(self, *args: Any, clusters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cluster"] = OwnCluster(clusters)


class ServiceForm(forms.ModelForm[SharedService]):
    class Meta:
        model = SharedService
        fields = ("title", "text", "fixed_eur", "hour_eur", "alone_eur", "key", "partners")
        labels = {
            "title": _("Title"),
            "text": _("Text"),
            "fixed_eur": _("Fixed cost of a year, EUR"),
            "hour_eur": _("Cost of an hour, EUR"),
            "alone_eur": _("Cost of doing it alone, EUR a year"),
            "key": _("Costs are shared by"),
            "partners": _("Clusters that take part"),
        }
        help_texts = {"fixed_eur": _("A year, whoever uses it."), "hour_eur": _("Of each hour used.")}
        widgets = {"partners": forms.CheckboxSelectMultiple()}


class KnowledgeForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it"), choices=KnowledgeItem.Kind.choices)
    audience = forms.ChoiceField(
        label=_("Who reads it"), choices=KnowledgeItem.Audience.choices, initial=KnowledgeItem.Audience.MANAGERS
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    problem = text_field(2, label=_("Which problem it answers"))
    context = text_field(2, label=_("Where it worked"), required=False)
    steps = text_field(4, label=_("Steps"), required=False, help_text=_("A line each."))
    checklist = text_field(4, label=_("What has to be in place elsewhere"), required=False, help_text=_("A line each."))
    cost_eur = money_field(label=_("Cost, EUR"), required=False)
    evidence = text_field(2, label=_("How it is known that it works"), required=False)
    source_url = forms.URLField(label=_("Source"), required=False, assume_scheme="https")

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["steps"], data["checklist"] = lines_of(data["steps"]), lines_of(data["checklist"])
        return data


class CommentForm(forms.Form):
    text = text_field(3, label=_("Answer or comment"))


class ReuseForm(forms.Form):
    result = forms.CharField(label=_("What came of it"), max_length=500, required=False)

    def __init__(self, *args: Any, clusters: Any, checklist: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fulfilled"] = forms.MultipleChoiceField(
            label=_("What is in place with us"),
            choices=[(str(i), line) for i, line in enumerate(checklist)],
            required=False,
            widget=forms.CheckboxSelectMultiple(),
        )
        self.fields["cluster"] = OwnCluster(clusters)


class ProblemForm(forms.Form):
    problem = forms.CharField(
        label=_("Your problem, in your own words"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
