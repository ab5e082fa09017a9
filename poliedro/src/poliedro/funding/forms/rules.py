"""What a rule and an intensity say beside their condition (see `conditions.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from poliedro.funding.forms.conditions import plain_number
from poliedro.shared.forms import offer


class _OfLines(forms.Form):
    lines = forms.MultipleChoiceField(
        label=_("Lines"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: every line.")
    )

    def __init__(self, lines: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "lines", lines)

    def with_lines(self, stated: dict[str, Any]) -> dict[str, Any]:
        rest = {k: v for k, v in stated.items() if k != "lines"}
        return {**rest, "lines": self.cleaned_data["lines"]} if self.cleaned_data["lines"] else rest


class RuleForm(_OfLines):
    """A rule's name, sentence, reference and lines."""

    key = forms.SlugField(label=_("Short name"), max_length=60, help_text=_("Letters, digits and hyphens."))
    text_it = forms.CharField(label=_("In Italian"), widget=forms.Textarea(attrs={"rows": 2}))
    text_en = forms.CharField(label=_("In English"), widget=forms.Textarea(attrs={"rows": 2}))
    reference = forms.CharField(label=_("Legal reference"), max_length=200)
    field_order = ["key", "text_it", "text_en", "reference", "lines"]

    def rule(self, known: Mapping[str, Any] | None, check: Mapping[str, Any]) -> dict[str, Any]:
        """The rule as data: what was known of it, with what the form says."""
        data = self.cleaned_data
        words = {"it": data["text_it"], "en": data["text_en"]}
        stated = {"key": data["key"], "text": words, "reference": data["reference"], "check": dict(check)}
        return self.with_lines({**(known or {}), **stated})


def rule_initial(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": rule["key"], "text_it": rule["text"]["it"], "text_en": rule["text"]["en"],
        "reference": rule["reference"], "lines": list(rule.get("lines", ())),
    }  # fmt: skip


class IntensityForm(_OfLines):
    """What part of its cost a party gets as grant and as loan, in percent."""

    grant = forms.DecimalField(label=_("Grant, percent of the cost"), min_value=0, max_value=100, decimal_places=2)
    loan = forms.DecimalField(
        label=_("Loan, percent of the cost"), min_value=0, max_value=100, decimal_places=2, required=False
    )
    reference = forms.CharField(label=_("Legal reference"), max_length=200, required=False)
    field_order = ["grant", "loan", "reference", "lines"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if (data.get("grant") or 0) + (data.get("loan") or 0) > 100:
            self.add_error("loan", _t("Grant and loan together are at most 100 percent of the cost."))
        return data

    def intensity(self, who: Mapping[str, Any]) -> dict[str, Any]:
        """The intensity as data; its parts as 0 to 1."""
        data = self.cleaned_data
        parts = {name: plain_number((data.get(name) or Decimal(0)) / 100) for name in ("grant", "loan")}
        return self.with_lines({"who": dict(who), **parts, "reference": data["reference"]})


def intensity_initial(stated: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: Decimal(str(stated.get(name, 0))) * 100 for name in ("grant", "loan")}
    return {**parts, "reference": stated.get("reference", ""), "lines": list(stated.get("lines", ()))}
