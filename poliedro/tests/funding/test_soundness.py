"""A draft that cannot work is refused, with the rules at fault."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from funding_drafts import SME, WORDS, call_of, raw_call

from poliedro.funding.rules.conditions import ask
from poliedro.funding.rules.document import InvalidCall, read_call, with_versions
from poliedro.funding.rules.soundness import faults_of, find_example
from poliedro.shared.region import SHIPPED

CALLS = SHIPPED / "calls" / "piedmont"


def kinds(call: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.kind, f.rules) for f in faults_of(call)]


def test_a_contradiction_names_the_least_rules_that_cannot_hold_together() -> None:
    call = call_of(
        {"fact": "trl_start", "at_least": 7},
        SME,
        {"fact": "trl_end", "at_most": 8},
        {"fact": "trl_start", "at_most": 6},
    )
    assert kinds(call) == [("contradiction", ("r0", "r3"))]


def test_partners_can_contradict_too() -> None:
    call = call_of({"every_partner": SME}, {"some_partner": {"fact": "size_class", "is": "large"}})
    assert kinds(call) == [("contradiction", ("r0", "r1"))]


@pytest.mark.parametrize("name", ["pass", "prism-e", "start-up", "swich"])
def test_what_a_call_asks_beside_does_not_hide_a_contradiction(name: str) -> None:
    """Two rules on one fact contradict each other however many others stand between them; nothing stays undecided."""
    raw = yaml.safe_load((CALLS / f"{name}.yaml").read_text(encoding="utf-8"))["document"]
    assert faults_of(read_call(raw)) == []
    rule = {"text": WORDS, "reference": "art. 1", "lines": [raw["lines"][0]["key"]]}
    raw["rules"] += [
        {**rule, "key": "young", "check": {"fact": "age_years", "at_most": 2}},
        {**rule, "key": "old", "check": {"fact": "age_years", "at_least": 7}},
    ]
    (fault,) = [f for f in faults_of(read_call(raw)) if f.kind in ("contradiction", "undecided")]
    assert (fault.kind, fault.line, "old" in fault.rules, fault.blocks) == ("contradiction", raw["lines"][0]["key"],
                                                                           True, True)  # fmt: skip


def test_a_project_that_would_have_to_go_backwards_is_a_contradiction() -> None:
    call = call_of({"fact": "trl_start", "at_least": 6}, SME, {"fact": "trl_end", "at_most": 4})
    assert kinds(call) == [("contradiction", ("r0", "r2"))]
    assert find_example([{"fact": "trl_start", "at_least": 5}, {"fact": "trl_end", "at_least": 2}]) is not None


def test_an_example_of_parts_that_share_nothing_meets_all_of_them() -> None:
    checks = [
        {"partners": SME, "at_least": 2},
        {"fact": "trl_end", "at_most": 4},
        {"fact": "total_cost_eur", "at_least": 300},
        {"any": [{"fact": "business_plan", "is": True}, {"fact": "incubator_letter", "is": True}]},
        {"fact": "age_years", "at_most": 3},
    ]
    example = find_example(checks)
    assert example is not None
    assert all(ask(c, example).value is True for c in checks)


def test_shares_of_cost_can_contradict() -> None:
    users = {"fact": "end_user", "is": True}
    call = call_of({"cost_share": users, "at_most": 0.1}, {"cost_share": users, "at_least": 0.2})
    assert kinds(call) == [("contradiction", ("r0", "r1"))]


def test_an_example_of_a_sound_line_passes() -> None:
    checks = [
        {"when": {"some_partner": {"fact": "size_class", "is": "large"}}, "then": {"partners": SME, "at_least": 1}},
        {"some_partner": {"fact": "size_class", "is": "large"}},
        {"cost_share": SME, "at_least": 0.3},
        {"fact": "total_cost_eur", "at_least": 600000},
    ]
    example = find_example(checks)
    assert example is not None
    assert len(example.parties) == 2
    assert all(ask(c, example).value is True for c in checks)


def test_a_rule_that_refuses_nobody_is_told_but_does_not_block() -> None:
    call = call_of(SME, {"fact": "trl_end", "at_least": 1})
    (fault,) = faults_of(call)
    assert (fault.kind, fault.rules, fault.blocks) == ("idle", ("r1",), False)


def test_a_number_of_partners_that_can_be_passed_is_not_idle() -> None:
    call = call_of({"partners": {}, "at_most": 10})
    assert faults_of(call) == []


def test_a_line_without_rules_blocks() -> None:
    raw = raw_call(SME, lines=("1", "2"))
    raw["rules"][0]["lines"] = ["1"]
    assert [f.kind for f in faults_of(read_call(raw)) if f.blocks] == ["no_rules"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rules": []}, "has no rules"),
        ({"title": "Prova"}, "write it in both languages"),
        ({"lines": [{"title": WORDS}]}, "line 1 has no key"),
        ({"lines": [{"key": "1", "title": WORDS, "budget_eur": "much"}]}, "budget_eur of line 1 is 'much'"),
        ({"intensities": [{"grant": 0.8, "loan": 0.5}]}, "at most 1"),
        ({"criteria": [{"key": "a", "text": WORDS, "weight": 60}]}, "add up to 100"),
        (
            {"criteria": [{"key": "a", "text": WORDS, "weight": 100, "most": 5, "least": 6}]},
            "no application could pass",
        ),
        ({"cases": [{"name": "x", "line": "9", "expects": "pass", "tests": "r0"}]}, "which the call does not have"),
        ({"cases": [{"name": "x", "line": "1", "expects": "maybe", "tests": "r0"}]}, "pass, fail or unknown"),
        ({"cases": [{"name": "x", "line": "1", "expects": "pass", "tests": "r9"}]}, "no rule of the call"),
        (
            {"cases": [{"line": "1", "expects": "pass", "tests": "r0", "parties": [{"size_class": "tiny"}]}]},
            "it is one of micro",
        ),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_with_the_part_at_fault(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidCall, match=says):
        read_call({**raw_call(SME), **change})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reference": ""}, "rule r0 has no reference"),
        ({"text": {"it": "solo"}}, "text of rule r0"),
        ({"check": {"fact": "colour", "is": "red"}}, "rule r0: there is no fact 'colour'"),
        ({"lines": ["7"]}, "belongs to line '7'"),
    ],
)
def test_a_bad_rule_is_refused_with_its_key(change: dict[str, Any], says: str) -> None:
    raw = raw_call(SME)
    raw["rules"][0] |= change
    with pytest.raises(InvalidCall, match=says):
        read_call(raw)


def test_two_rules_of_one_key_are_refused() -> None:
    raw = raw_call(SME, SME)
    raw["rules"][1]["key"] = "r0"
    with pytest.raises(InvalidCall, match="two rules are called 'r0'"):
        read_call(raw)


def test_a_rule_keeps_the_version_in_which_it_took_its_form() -> None:
    first = with_versions(raw_call(SME, {"fact": "trl_end", "at_most": 6}), None, 1)
    changed = raw_call(SME, {"fact": "trl_end", "at_most": 7})
    second = with_versions(changed, first, 2)
    assert [r["since"] for r in second["rules"]] == [1, 2]
    assert [r["since"] for r in with_versions(changed, second, 3)["rules"]] == [1, 2]
