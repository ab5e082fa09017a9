from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from poliedro.funding.models import AidAward, Application, Output
from poliedro.funding.rules.facts import FACTS, ORDERED, FactSpec, Kind, Scope, in_order
from poliedro.funding.rules.thresholds import CATEGORIES
from poliedro.shared.forms import offer

YES_NO = [("", "---"), ("true", _("yes")), ("false", _("no"))]
Labels = Mapping[str, Any]


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day with the browser's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


def money_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=required, help_text=help_text, min_value=Decimal(0), max_digits=14, decimal_places=2
    )


def fact_field(spec: FactSpec, label: str, choices: list[tuple[str, str]]) -> forms.Field:
    """The form field of a fact; never required: what is left empty is not known."""
    if spec.kind is Kind.FLAG:
        return forms.ChoiceField(label=label, choices=YES_NO, required=False)
    if spec.kind is Kind.CHOICE:
        return forms.ChoiceField(label=label, choices=[("", "---"), *choices], required=False)
    if spec.kind is Kind.NUMBER:
        is_share = spec.unit == "share"
        return forms.DecimalField(
            label=f"{label} (%)" if is_share else label,
            required=False,
            min_value=spec.low,
            max_value=Decimal(100) if is_share else spec.high,
            decimal_places=2 if is_share or spec.unit == "EUR" else 0,
        )
    return forms.CharField(label=label, required=False, max_length=10)


class FactsForm(forms.Form):
    """Facts of one scope, as a call asks for them. Shares are typed in percent."""

    def __init__(
        self,
        keys: Iterable[str],
        labels: Labels,
        choices: Mapping[str, list[tuple[str, str]]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for key in keys:
            self.fields[key] = fact_field(FACTS[key], str(labels[key]), choices.get(key, []))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for early, late in ORDERED:
            if not in_order({k: data.get(k) for k in (early, late)}):
                self.add_error(late, _t("It lies below the start; a project does not go backwards."))
        return data

    def facts(self) -> dict[str, Any]:
        """What was filled in; shares as 0..1."""
        found = {}
        for key, value in self.cleaned_data.items():
            if value in (None, "") or key not in FACTS:
                continue
            found[key] = value / 100 if FACTS[key].unit == "share" else value
        return found


def shown_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a form shows them: shares in percent, yes and no as words of the choice."""
    found: dict[str, Any] = {}
    for key, value in facts.items():
        spec = FACTS[key]
        if spec.kind is Kind.FLAG:
            found[key] = "true" if value in (True, "true", "True") else "false"
        elif spec.unit == "share":
            found[key] = Decimal(str(value)) * 100
        else:
            found[key] = value
    return found


def keys_of(keys: Iterable[str], scope: Scope) -> list[str]:
    """The facts of a scope, in the order in which the catalogue has them; those that follow from costs left out."""
    wanted = set(keys)
    return [
        k for k, f in FACTS.items() if k in wanted and f.scope is scope and k not in {"total_cost_eur", "cost_share"}
    ]


def category_choices(words: Labels) -> list[tuple[str, str]]:
    """The categories of the GBER, and none of them."""
    return [("", "---"), *((key, str(words[key])) for key in CATEGORIES)]


class StartForm(forms.Form):
    title = forms.CharField(label=_("Title of the project"), max_length=300)


class ApplicationForm(forms.Form):
    title = forms.CharField(label=_("Title of the project"), max_length=300)
    summary = forms.CharField(label=_("Summary"), required=False, widget=forms.Textarea(attrs={"rows": 4}))


class PartnerForm(forms.Form):
    organisation = forms.CharField(
        label=_("Partner"), max_length=200,
        help_text=_("Its name, its tax code or VAT number, or the number at the end of its page's address."),
    )  # fmt: skip
    cost_eur = money_field(_("Its part of the cost, EUR"), required=False)


class WorkPackageForm(forms.Form):
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=40)
    title = forms.CharField(label=_("Title"), max_length=200)
    first_month = forms.IntegerField(label=_("First month"), min_value=1, max_value=120)
    last_month = forms.IntegerField(label=_("Last month"), min_value=1, max_value=120)
    cost_eur = money_field(_("Cost, EUR"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("first_month") and data.get("last_month") and data["last_month"] < data["first_month"]:
            self.add_error("last_month", _t("It ends before it begins; write the later month."))
        return data


class PublishForm(forms.Form):
    opens_on = day_field(_("Opens on"))
    closes_on = day_field(_("Last day"), required=False, help_text=_("Empty: until the money is spent."))
    window_reason = forms.CharField(
        label=_("Why it is a window procedure, by order of arrival"), max_length=300, required=False,
        help_text=_("It has no criteria: add some, or say here why applications are taken as they come in."),
    )  # fmt: skip

    def __init__(self, *args: Any, has_criteria: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_criteria:
            del self.fields["window_reason"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("opens_on") and data.get("closes_on") and data["closes_on"] < data["opens_on"]:
            self.add_error("closes_on", _t("It closes before it opens; write a later day."))
        return data


class DemandForm(forms.Form):
    """Assumptions about demand, by size class."""

    rate_micro = forms.FloatField(label=_("Micro firms that apply (%)"), min_value=0, max_value=100, initial=0.2)
    rate_small = forms.FloatField(label=_("Small firms that apply (%)"), min_value=0, max_value=100, initial=1)
    rate_medium = forms.FloatField(label=_("Medium firms that apply (%)"), min_value=0, max_value=100, initial=3)
    rate_large = forms.FloatField(label=_("Large firms that apply (%)"), min_value=0, max_value=100, initial=5)
    cost_micro = forms.FloatField(label=_("Usual cost of a micro firm's project, EUR"), min_value=1, initial=80_000)
    cost_small = forms.FloatField(label=_("Usual cost of a small firm's project, EUR"), min_value=1, initial=250_000)
    cost_medium = forms.FloatField(label=_("Usual cost of a medium firm's project, EUR"), min_value=1, initial=500_000)
    cost_large = forms.FloatField(label=_("Usual cost of a large firm's project, EUR"), min_value=1, initial=900_000)
    days = forms.IntegerField(label=_("Days for which it is open"), min_value=1, max_value=1500, initial=180)

    def assumptions(self) -> dict[str, Any]:
        data = self.cleaned_data
        sizes = ("micro", "small", "medium", "large")
        return {
            "rate": {s: data[f"rate_{s}"] / 100 for s in sizes},
            "cost_eur": {s: data[f"cost_{s}"] for s in sizes},
            "days": data["days"],
        }


class EvaluatorForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address of the person"), help_text=_("The one that the person signs in with.")
    )


class RecusalForm(forms.Form):
    reason = forms.CharField(label=_("Why you stand back"), max_length=300)


class ScoreForm(forms.Form):
    """Points and a comment for each criterion."""

    def __init__(self, criteria: Iterable[tuple[str, str, Decimal]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = []
        for key, label, most in criteria:
            self.keys.append(key)
            self.fields[f"points_{key}"] = forms.DecimalField(
                label=label, min_value=Decimal(0), max_value=most, decimal_places=2, required=False,
                help_text=_("0 to %(most)s") % {"most": f"{most.normalize():f}"},
            )  # fmt: skip
            self.fields[f"comment_{key}"] = forms.CharField(
                label=_("Reason for the points: %(what)s") % {"what": label}, required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def points(self) -> dict[str, Decimal]:
        return {k: v for k in self.keys if (v := self.cleaned_data.get(f"points_{k}")) is not None}

    def comments(self) -> dict[str, str]:
        return {k: self.cleaned_data.get(f"comment_{k}", "") for k in self.keys}


class SignForm(forms.Form):
    note = forms.CharField(
        label=_("How ties at the edge of the budget were decided, and why"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def pending_field(*, required: bool) -> forms.CharField:
    """See Note [Pending binds] in `rules/thresholds.py`."""
    return forms.CharField(
        label=_("Why the aid that waits for a signature falls away"), max_length=300, required=required,
        help_text=_("Needed where the award passes the ceiling with what was decided and is not signed yet."),
    )  # fmt: skip


class PendingForm(forms.Form):
    pending_reason = pending_field(required=True)


class AidForm(forms.Form):
    regime = forms.ChoiceField(label=_("Regime"), choices=AidAward.Regime.choices)
    amount_eur = forms.DecimalField(
        label=_("Gross grant equivalent, EUR"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    category = forms.ChoiceField(
        label=_("Under block exemption: aid for"), required=False,
        help_text=_("Tells against which threshold of the GBER it counts; empty: not known."),
    )  # fmt: skip
    granted_on = day_field(_("Granted on"))
    measure = forms.CharField(label=_("Measure"), max_length=200)
    reference = forms.CharField(label=_("Number in the national register of aid"), required=False, max_length=60)
    costs_of = forms.ModelChoiceField(
        Application.objects.none(), label=_("For the costs of"), required=False,
        help_text=_("Where the costs are those of a granted project, all aid for them counts together."),
    )  # fmt: skip

    pending_reason = pending_field(required=False)

    def __init__(
        self, projects: list[Application], words: Labels, *args: Any, has_pending: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "category", category_choices(words))
        if not has_pending and "pending_reason" not in self.data:
            del self.fields["pending_reason"]
        self.fields["costs_of"].queryset = Application.objects.filter(pk__in=[a.pk for a in projects]).order_by("pk")  # type: ignore[attr-defined]

    def refuse(self, words: str, *, on: str | None, asks_reason: bool) -> None:
        """Say why the award was refused. asks_reason: a reason is asked for, though today's group of the firm (which
        may not be that of the day of the award) has nothing that waits."""
        if asks_reason:
            self.fields.setdefault("pending_reason", pending_field(required=False))
        self.add_error("pending_reason" if asks_reason else on, words)


class LowerForm(forms.Form):
    """Less for one party of a grant."""

    party = forms.ChoiceField(label=_("For whom"))
    grant_eur = money_field(_("Grant from now on, EUR"))
    why = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, parties: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "party", [(str(pk), name) for pk, name in parties])


class ReasonForm(forms.Form):
    why = forms.CharField(label=_("Reason"), max_length=300)


class NoteForm(forms.Form):
    why = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed where several stand equal.")
    )


class ContractForm(forms.Form):
    starts_on = day_field(_("The project begins on"))
    ends_on = day_field(_("The project ends on"))
    sign_by = day_field(_("Last day to sign"), help_text=_("Every party signs; the region signs last."))


class CupForm(forms.Form):
    cup = forms.CharField(label="CUP", max_length=20, help_text=_("15 letters and digits."))


class MilestoneForm(forms.Form):
    title = forms.CharField(label=_("Milestone"), max_length=200)
    due_on = day_field(_("Due on"))


class EvidenceForm(forms.Form):
    on = day_field(_("Reached on"))
    evidence = forms.CharField(label=_("What shows it"), max_length=300)


class ClaimForm(forms.Form):
    period = forms.CharField(label=_("Period"), max_length=40)
    cost_eur = forms.DecimalField(label=_("Cost, EUR"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)


class SettleForm(forms.Form):
    accepted_eur = money_field(_("Accepted, EUR"))
    note = forms.CharField(label=_("Why less than claimed"), required=False, max_length=300)


class OutputForm(forms.Form):
    kind = forms.ChoiceField(label=_("What"), choices=Output.Kind.choices)
    amount = forms.DecimalField(label=_("How many, or how much"), min_value=Decimal(0), max_digits=14, decimal_places=2)
    reached_on = day_field(_("Reached on"))
    evidence = forms.CharField(label=_("What shows it"), required=False, max_length=300)


class CoFundingForm(forms.Form):
    organisation = forms.CharField(
        label=_("Who"), max_length=200, widget=forms.TextInput(attrs={"list": "foundations", "autocomplete": "off"}),
        help_text=_("A bank foundation or another body: its name, or its tax code or VAT number."),
    )  # fmt: skip
    amount_eur = forms.DecimalField(label=_("Amount, EUR"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)
    for_what = forms.CharField(label=_("For what"), max_length=300)
    agreed_on = day_field(_("Agreed on"), required=False, help_text=_("Empty: proposed only."))


class BookForm(forms.Form):
    slot = forms.ChoiceField(label=_("Hour"))
    question = forms.CharField(
        label=_("What you want to speak about"), max_length=300, required=False,
        help_text=_("The expert reads it, with the name of the firm and the call; the draft itself stays yours."),
    )  # fmt: skip

    def __init__(self, hours: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = hours  # type: ignore[attr-defined]


class ExpertForm(forms.Form):
    email = forms.EmailField(label=_("Address of the person's login"))
    topics_it = forms.CharField(label=_("What they help with, in Italian"), max_length=200)
    topics_en = forms.CharField(label=_("What they help with, in English"), max_length=200)


class HourForm(forms.Form):
    starts_at = forms.DateTimeField(
        label=_("Begins"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    minutes = forms.IntegerField(label=_("Minutes"), initial=60, min_value=15, max_value=240)
    seats = forms.IntegerField(
        label=_("Firms at once"), initial=1, min_value=1, max_value=20,
        help_text=_("More than one: a joint hour, in which firms hear each other's questions."),
    )  # fmt: skip
    place = forms.CharField(label=_("Where"), max_length=200, help_text=_("Address, or the link of a call."))
