"""Lines, criteria and worked cases of a call in forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from poliedro.funding.forms import FactsForm, Labels, category_choices, keys_of, money_field, shown_facts
from poliedro.funding.forms.conditions import plain_number
from poliedro.funding.forms.equivalent import OF_LOANS, RHYTHMS
from poliedro.funding.models import AidAward, AidRate
from poliedro.funding.rules.facts import Scope
from poliedro.shared.forms import offer

MOST_PARTIES = 8


class FrameForm(forms.Form):
    """What holds for the whole call beside its rules."""

    title_it = forms.CharField(label=_("Title in Italian"), max_length=300)
    title_en = forms.CharField(label=_("Title in English"), max_length=300)
    about_it = forms.CharField(
        label=_("What the call is about, in Italian"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    about_en = forms.CharField(
        label=_("What the call is about, in English"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    regime = forms.ChoiceField(label=_("State-aid regime"), choices=AidAward.Regime.choices)
    aid_category = forms.ChoiceField(
        label=_("Under block exemption: aid for"), required=False,
        help_text=_("Tells the threshold above which aid is notified; a line may say its own."),
    )  # fmt: skip
    effort_hours = forms.DecimalField(
        label=_("Hours that an application takes, as a guess for firms"), min_value=0, max_digits=7, decimal_places=1
    )

    def __init__(self, words: Labels, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "aid_category", category_choices(words))

    def stated(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "aid_category": data["aid_category"],
            "title": {"it": data["title_it"], "en": data["title_en"]},
            "about": {"it": data["about_it"], "en": data["about_en"]},
            "regime": data["regime"],
            "effort_hours": plain_number(data["effort_hours"]),
        }


def frame_initial(raw: Mapping[str, Any]) -> dict[str, Any]:
    about = raw.get("about") or {}
    return {
        "title_it": raw["title"]["it"], "title_en": raw["title"]["en"], "about_it": about.get("it", ""),
        "about_en": about.get("en", ""), "regime": raw.get("regime", "gber"),
        "aid_category": raw.get("aid_category", ""),
        "effort_hours": raw.get("effort_hours", 0),
    }  # fmt: skip


class LineForm(forms.Form):
    key = forms.RegexField(r"^[\w-]+$", label=_("Short name"), max_length=20, help_text=_("For example 1a."))
    title_it = forms.CharField(label=_("Title in Italian"), max_length=300)
    title_en = forms.CharField(label=_("Title in English"), max_length=300)
    about_it = forms.CharField(label=_("What it is about, in Italian"), max_length=1000, required=False)
    about_en = forms.CharField(label=_("What it is about, in English"), max_length=1000, required=False)
    budget_eur = money_field(_("Budget, EUR"))
    aid_category = forms.ChoiceField(label=_("Under block exemption: aid for"), required=False)

    def __init__(self, *args: Any, words: Labels, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "aid_category", category_choices(words))

    def stated(self, known: Mapping[str, Any]) -> dict[str, Any]:
        data = self.cleaned_data
        title = {"it": data["title_it"], "en": data["title_en"]}
        about = {"it": data["about_it"], "en": data["about_en"]}
        rest = {k: v for k, v in known.items() if k not in ("about", "aid_category")}
        rest |= {"about": about} if any(about.values()) else {}
        rest |= {"aid_category": data["aid_category"]} if data["aid_category"] else {}
        return {**rest, "key": data["key"], "title": title, "budget_eur": plain_number(data["budget_eur"])}


def line_initial(line: Mapping[str, Any]) -> dict[str, Any]:
    about = line.get("about") or {}
    return {
        "key": line["key"], "title_it": line["title"]["it"], "title_en": line["title"]["en"],
        "about_it": about.get("it", ""), "about_en": about.get("en", ""), "budget_eur": line.get("budget_eur", 0),
        "aid_category": line.get("aid_category", ""),
    }  # fmt: skip


class CriterionForm(forms.Form):
    key = forms.SlugField(label=_("Short name"), max_length=60, help_text=_("Letters, digits and hyphens."))
    text_it = forms.CharField(label=_("In Italian"), max_length=300)
    text_en = forms.CharField(label=_("In English"), max_length=300)
    weight = forms.DecimalField(label=_("Weight, points of 100"), min_value=0, max_value=100, decimal_places=2)
    most = forms.DecimalField(label=_("Highest score"), min_value=1, max_value=100, decimal_places=2)
    least = forms.DecimalField(
        label=_("Lowest score that passes"), min_value=0, max_value=100, decimal_places=2, required=False
    )

    def stated(self, known: Mapping[str, Any]) -> dict[str, Any]:
        data = self.cleaned_data
        points = {name: plain_number(data.get(name) or Decimal(0)) for name in ("weight", "most", "least")}
        return {**known, "key": data["key"], "text": {"it": data["text_it"], "en": data["text_en"]}, **points}


def criterion_initial(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": stated["key"], "text_it": stated["text"]["it"], "text_en": stated["text"]["en"],
        "weight": stated.get("weight"), "most": stated.get("most", 10), "least": stated.get("least", 0),
    }  # fmt: skip


class LoanTermsForm(forms.Form):
    """On which terms a call lends; the aid in its loans is worked out from them."""

    months = forms.IntegerField(label=_("Months in all"), min_value=1, max_value=480)
    grace_months = forms.IntegerField(label=_("Months before repayment begins"), min_value=0, initial=0)
    every = forms.ChoiceField(label=_("Repaid"), choices=RHYTHMS, initial="6")
    percent = forms.DecimalField(
        label=_("Interest that the firm pays (%)"), min_value=0, max_value=100, decimal_places=3
    )
    rating = forms.ChoiceField(
        label=_("Rating that stands for every firm"), initial="new",
        choices=[(r.value, r.label) for r in AidRate.Rating if r.value in OF_LOANS],
        help_text=_("Take the weakest that the call admits: then no firm gets more aid than is counted."),
    )  # fmt: skip
    collateral = forms.ChoiceField(label=_("Collateral"), choices=AidRate.Collateral.choices, initial="low")

    def stated(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {**data, "every": int(data["every"]), "percent": plain_number(data["percent"])}


LineRows = formset_factory(LineForm, extra=1, can_delete=True)
CriterionRows = formset_factory(CriterionForm, extra=2, can_delete=True)


def stated_rows(rows: BaseFormSet[Any], known: list[Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What the rows say, those that are taken out left out; and the names that were changed: old -> new."""
    stated, renamed = [], {}
    for form in rows:
        key = form.cleaned_data.get("key")
        if not key or form.cleaned_data.get("DELETE"):
            continue
        old = form.initial.get("key")
        if old and old != key:
            renamed[str(old)] = key
        stated.append(form.stated(next((k for k in known if k["key"] == old), {})))
    return stated, renamed


class CaseForm(forms.Form):
    """A worked case beside its facts: what it is called, on which line, what must come out, whose rule it tries."""

    name_it = forms.CharField(label=_("The case in Italian"), max_length=200)
    name_en = forms.CharField(label=_("The case in English"), max_length=200)
    line = forms.ChoiceField(label=_("Line"))
    tests = forms.ChoiceField(label=_("Rule that it tries"))
    expects = forms.ChoiceField(label=_("Expected answer"))

    def __init__(
        self, lines: list[tuple[str, str]], rules: list[tuple[str, str]], answers: list[tuple[str, str]],
        *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        offer(self, "line", lines)
        offer(self, "tests", rules)
        offer(self, "expects", answers)


class CaseFacts:
    """The facts of a case's parties and project, one form each; what is left empty is not known."""

    def __init__(
        self, asked: Iterable[str], labels: Labels, choices: Mapping[str, list[tuple[str, str]]], data: Any,
        known: Mapping[str, Any], parties: int,
    ) -> None:  # fmt: skip
        given = list(known.get("parties") or [{}])
        project = dict(known.get("project") or {})
        stated = set(asked).union(project, *given) - {"cost_eur", "name"}
        self.parties = []
        self._names: list[str] = []
        for i in range(parties):
            own = dict(given[i]) if i < len(given) else {}
            cost = own.pop("cost_eur", None)
            self._names.append(own.pop("name", ""))
            form = FactsForm(
                keys_of(stated, Scope.PARTY), labels, choices, data,
                prefix=f"party{i}", initial={**shown_facts(own), "cost_eur": cost},
            )  # fmt: skip
            form.fields["cost_eur"] = money_field(_("Its part of the cost, EUR"), required=False)
            self.parties.append(form)
        self.project = FactsForm(
            keys_of(stated, Scope.PROJECT), labels, choices, data, prefix="project", initial=shown_facts(project)
        )
        self._kept = {k: v for k, v in project.items() if k not in self.project.fields}

    def is_valid(self) -> bool:
        return [form.is_valid() for form in (*self.parties, self.project)].count(False) == 0

    def stated(self) -> dict[str, Any]:
        """As the document has them."""
        parties = []
        for form, name in zip(self.parties, self._names, strict=True):
            cost = form.cleaned_data.get("cost_eur")
            beside: dict[str, Any] = {"name": name} if name else {}
            beside |= {} if cost is None else {"cost_eur": plain_number(cost)}
            parties.append(_plain(form.facts()) | beside)
        return {"parties": parties, "project": {**self._kept, **_plain(self.project.facts())}}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    flags = {"true": True, "false": False}
    return {k: plain_number(v) if isinstance(v, Decimal) else flags.get(v, v) for k, v in facts.items()}
