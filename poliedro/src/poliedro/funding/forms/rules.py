"""The rule editor: a rule without code, and the values of one whose shape the form does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from poliedro.funding.rules.conditions import values_in, with_value
from poliedro.funding.rules.facts import FACTS, Kind
from poliedro.shared.forms import offer

Labels = Mapping[str, Any]

COMPARISONS = [
    ("is", _("is")),
    ("in", _("is one of")),
    ("at_least", _("is at least")),
    ("at_most", _("is at most")),
    ("under", _("lies under")),
]
SCOPES = [
    ("applicant", _("the applicant or the project")),
    ("every_partner", _("every partner")),
    ("some_partner", _("at least one partner")),
    ("partners", _("the number of partners for whom it holds")),
    ("cost_share", _("the part of the cost borne by those for whom it holds")),
]
ATOMS = 3


class RuleForm(forms.Form):
    """A rule without code: who, up to three comparisons joined by and/or, if need be only under a condition."""

    key = forms.SlugField(label=_("Short name"), max_length=60, help_text=_("Letters, digits and hyphens."))
    text_it = forms.CharField(label=_("In Italian"), widget=forms.Textarea(attrs={"rows": 2}))
    text_en = forms.CharField(label=_("In English"), widget=forms.Textarea(attrs={"rows": 2}))
    reference = forms.CharField(label=_("Legal reference"), max_length=200)
    lines = forms.MultipleChoiceField(
        label=_("Lines"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: every line.")
    )
    scope = forms.ChoiceField(label=_("It speaks of"), choices=SCOPES)
    limit = forms.ChoiceField(
        label=_("Number or part"),
        required=False,
        choices=[("", "---"), ("at_least", _("at least")), ("at_most", _("at most"))],
    )
    amount = forms.DecimalField(
        label=_("How many, or how much (0 to 1)"), required=False, min_value=Decimal(0), decimal_places=4
    )
    joined = forms.ChoiceField(label=_("Joined by"), choices=[("all", _("and")), ("any", _("or"))])

    def __init__(self, lines: list[tuple[str, str]], labels: Labels, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "lines", lines)
        facts = [("", "---"), *sorted(((k, str(w)) for k, w in labels.items()), key=lambda p: p[1])]
        for i in range(1, ATOMS + 1):
            self._atom(f"fact_{i}", _("Fact %(n)s") % {"n": i}, facts, required=i == 1)
        self._atom("when", _("Only if"), facts, required=False)

    def _atom(self, name: str, label: Any, facts: list[tuple[str, str]], *, required: bool) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=facts, required=required)
        self.fields[f"{name}_op"] = forms.ChoiceField(
            label=_("comparison"), choices=[("", "---"), *COMPARISONS], required=required
        )
        self.fields[f"{name}_value"] = forms.CharField(
            label=_("value"), required=required, max_length=300, help_text=_("Several values with commas; yes or no.")
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in [f"fact_{i}" for i in range(1, ATOMS + 1)] + ["when"]:
            filled = [bool(data.get(part)) for part in (name, f"{name}_op", f"{name}_value")]
            if any(filled) and not all(filled):
                self.add_error(name, _t("Fill in fact, comparison and value together, or none of them."))
        if data.get("scope") in ("partners", "cost_share") and (not data.get("limit") or data.get("amount") is None):
            self.add_error("amount", _t("Say at least or at most, and how many or how much."))
        return data

    def rule(self) -> dict[str, Any]:
        """The rule as data."""
        data = self.cleaned_data
        atoms = [self._comparison(f"fact_{i}") for i in range(1, ATOMS + 1) if data.get(f"fact_{i}")]
        body: dict[str, Any] = atoms[0] if len(atoms) == 1 else {data["joined"]: atoms}
        scope = data["scope"]
        if scope in ("every_partner", "some_partner"):
            body = {scope: body}
        elif scope in ("partners", "cost_share"):
            amount = data["amount"]
            body = {scope: body, data["limit"]: int(amount) if scope == "partners" else float(amount)}
        if data.get("when"):
            body = {"when": self._comparison("when"), "then": body}
        rule = {
            "key": data["key"],
            "text": {"it": data["text_it"], "en": data["text_en"]},
            "reference": data["reference"],
            "check": body,
        }
        if data["lines"]:
            rule["lines"] = data["lines"]
        return rule

    def _comparison(self, name: str) -> dict[str, Any]:
        data = self.cleaned_data
        key, comparison = data[name], data[f"{name}_op"]
        value = read_typed(key, comparison, data[f"{name}_value"])
        return {"fact": key, comparison: value}


class ShapedRuleForm(forms.Form):
    """A rule whose shape the other form does not have: its sentence and every value that it compares with."""

    text_it = forms.CharField(label=_("In Italian"), widget=forms.Textarea(attrs={"rows": 2}))
    text_en = forms.CharField(label=_("In English"), widget=forms.Textarea(attrs={"rows": 2}))
    reference = forms.CharField(label=_("Legal reference"), max_length=200)

    def __init__(self, rule: Mapping[str, Any], labels: Sequence[str], *args: Any, **kwargs: Any) -> None:
        self.known = rule
        self.places = values_in(rule["check"])
        shown = {f"value_{i}": _shown(part[str(path[-1])]) for i, (path, part) in enumerate(self.places)}
        words = {"text_it": rule["text"]["it"], "text_en": rule["text"]["en"], "reference": rule["reference"]}
        super().__init__(*args, **{"initial": {**words, **shown}, **kwargs})
        for i, label in enumerate(labels):
            self.fields[f"value_{i}"] = forms.CharField(
                label=label, max_length=300, help_text=_("Several values with commas; yes or no.")
            )

    def rule(self) -> dict[str, Any]:
        """The rule as data, in the shape that it had."""
        data = self.cleaned_data
        check = self.known["check"]
        for i, (path, part) in enumerate(self.places):
            name, text = str(path[-1]), data[f"value_{i}"]
            check = with_value(check, path, read_typed(part["fact"], name, text) if "fact" in part else _number(text))
        words = {"it": data["text_it"], "en": data["text_en"]}
        return {**self.known, "text": words, "reference": data["reference"], "check": check}


def read_typed(key: str, comparison: str, text: str) -> Any:
    """What was typed as a comparison's value: a list, yes or no, a number or text."""
    text = text.strip()
    if comparison in ("in", "under"):
        return [part.strip() for part in text.split(",") if part.strip()]
    if FACTS[key].kind is Kind.FLAG:
        return text.lower() in {"yes", "sì", "si", "true", "1"}
    return _number(text) if FACTS[key].kind is Kind.NUMBER else text


GROUPED = {"it": (".", ","), "en": (",", ".")}
"""Language -> the sign between thousands, the sign before decimals."""


def _number(text: str) -> Any:
    """A number as it is written in the reader's language (400.000 or 0,5 in Italian); "0.5" is read in both.

    What is no number, or could be two, is left for the rules to refuse.
    """
    plain = text.replace("\u00a0", "").replace(" ", "").removesuffix("€")
    group, point = GROUPED["it" if (get_language() or "").startswith("it") else "en"]
    if re.fullmatch(rf"[1-9]\d{{0,2}}(\{group}\d{{3}})+(\{point}\d+)?", plain):
        plain = plain.replace(group, "").replace(point, ".")
    elif re.fullmatch(rf"\d+\{point}\d+", plain) or re.fullmatch(r"0[.,]\d+", plain):
        plain = plain.replace(",", ".")
    elif not re.fullmatch(r"\d+([.]\d{1,2})?", plain):
        return text
    number = Decimal(plain)
    return int(number) if number == number.to_integral_value() else float(number)


def rule_initial(rule: Mapping[str, Any]) -> dict[str, Any] | None:
    """A rule as the form shows it; None for one whose shape the form does not have (it is edited as data)."""
    check = dict(rule["check"])
    found: dict[str, Any] = {
        "key": rule["key"], "text_it": rule["text"]["it"], "text_en": rule["text"]["en"],
        "reference": rule["reference"], "lines": list(rule.get("lines", ())), "joined": "all", "scope": "applicant",
    }  # fmt: skip
    if set(check) == {"when", "then"}:
        if "fact" not in check["when"]:
            return None
        _show(found, "when", check["when"])
        check = dict(check["then"])
    for scope in ("every_partner", "some_partner", "partners", "cost_share"):
        if scope in check:
            limits = [n for n in ("at_least", "at_most") if n in check]
            if len(limits) > 1:
                return None
            if limits:
                found["limit"], found["amount"] = limits[0], check[limits[0]]
            found["scope"], check = scope, dict(check[scope])
            break
    atoms = [check]
    for joined in ("all", "any"):
        if joined in check:
            found["joined"], atoms = joined, list(check[joined])
    if len(atoms) > ATOMS or any("fact" not in a for a in atoms):
        return None
    for i, atom in enumerate(atoms, 1):
        _show(found, f"fact_{i}", atom)
    return found


def _show(found: dict[str, Any], name: str, atom: Mapping[str, Any]) -> None:
    comparison = next(k for k in atom if k != "fact")
    found[name], found[f"{name}_op"] = atom["fact"], comparison
    found[f"{name}_value"] = _shown(atom[comparison])


def _shown(value: Any) -> str:
    """A value of a rule as the form shows it, and reads it again."""
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
