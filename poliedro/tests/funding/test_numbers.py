"""Numbers in the rule editor are read as the reader writes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.utils import translation

from poliedro.funding.forms import FactsForm
from poliedro.funding.forms.rules import ShapedRuleForm, _number, rule_initial
from poliedro.shared.region import SHIPPED


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("it", "400.000", 400_000),
        ("it", "1.250.000,50", 1_250_000.5),
        ("it", "0,6", 0.6),
        ("it", "0.6", 0.6),
        ("it", "79.5", 79.5),
        ("it", "400000", 400_000),
        ("it", "0.125", 0.125),
        ("en", "400,000", 400_000),
        ("en", "400.5", 400.5),
        ("en", "1,250,000.50", 1_250_000.5),
        ("it", "400,000", 400),
        ("it", "1.25.0", "1.25.0"),
        ("en", "1.000", 1),
        ("en", "much", "much"),
    ],
)
def test_thousands_and_decimals_are_those_of_the_language(language: str, text: str, number: Any) -> None:
    with translation.override(language):
        assert _number(text) == number


def test_a_plan_that_ends_below_its_start_is_told_in_the_form() -> None:
    labels = {"trl_start": "TRL at the start", "trl_end": "TRL at the end"}
    form = FactsForm(labels, labels, {}, {"trl_start": "7", "trl_end": "6"})
    assert not form.is_valid()
    assert list(form.errors) == ["trl_end"]


NESTED = {
    "key": "cost", "text": {"it": "r", "en": "r"}, "reference": "art. 1",
    "check": {
        "any": [
            {"fact": "total_cost_eur", "at_least": 500000},
            {"all": [{"partners": {"fact": "size_class", "in": ["micro", "small"]}, "at_most": 1},
                     {"fact": "total_cost_eur", "at_least": 300000}]},
        ]
    },
}  # fmt: skip


def test_values_of_a_rule_with_a_shape_of_its_own_are_changed_without_code() -> None:
    assert rule_initial(NESTED) is None
    labels = ["a", "b", "c", "d"]
    shown = ShapedRuleForm(NESTED, labels)
    assert [shown.initial[f"value_{i}"] for i in range(4)] == ["500000", "1", "micro, small", "300000"]
    sent = {k: str(v) for k, v in shown.initial.items()} | {"value_0": "400.000", "value_1": "2", "value_2": "micro"}
    with translation.override("it"):
        form = ShapedRuleForm(NESTED, labels, sent)
        assert form.is_valid()
        rule = form.rule()
    first, second = rule["check"]["any"]
    assert first == {"fact": "total_cost_eur", "at_least": 400_000}
    assert second["all"][0] == {"partners": {"fact": "size_class", "in": ["micro"]}, "at_most": 2}
    assert second["all"][1] == {"fact": "total_cost_eur", "at_least": 300_000}
    assert NESTED["check"]["any"][0]["at_least"] == 500000, "the rule itself stays as it was"


def test_every_rule_of_the_examples_is_edited_by_a_form_and_comes_back_as_it_was() -> None:
    for path in sorted((SHIPPED / "calls").rglob("*.yaml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["document"]["rules"]:
            form = ShapedRuleForm(rule, [""] * 20)
            labels = [str(i) for i in range(len(form.places))]
            sent = {k: str(v) for k, v in ShapedRuleForm(rule, labels).initial.items()}
            form = ShapedRuleForm(rule, labels, sent)
            assert form.is_valid(), form.errors
            assert form.rule() == rule, rule["key"]
