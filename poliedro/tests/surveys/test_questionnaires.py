"""The questionnaire engine: definitions as data, branching, scoring, shares with non-response."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poliedro.surveys.models import Questionnaire, QuestionnaireVersion
from poliedro.surveys.rules.definition import (
    InvalidAnswer,
    InvalidQuestionnaire,
    check_answer,
    holds,
    missing,
    read_definition,
    visible_answers,
)
from poliedro.surveys.rules.scoring import points, score
from poliedro.surveys.rules.shares import (
    MINIMUM_CELL,
    Rate,
    hidden,
    mean_of,
    option_shares,
    share_of,
    weights,
    wilson,
)
from poliedro.surveys.services.questionnaires import load_questionnaires, publish_questionnaire


def words(text: str) -> dict[str, str]:
    return {"it": f"{text} it", "en": text}


RAW: dict[str, Any] = {
    "key": "sample",
    "version": 1,
    "kind": "self_assessment",
    "title": words("Sample"),
    "intro": words("Intro"),
    "bands": [
        {"key": "low", "from": 0, "title": words("Low"), "next": words("Begin")},
        {"key": "high", "from": 50, "title": words("High"), "next": words("Go on")},
    ],
    "dimensions": [{"key": "a", "title": words("A"), "weight": 3}, {"key": "b", "title": words("B")}],
    "sections": [
        {
            "key": "one",
            "title": words("One"),
            "questions": [
                {
                    "key": "plan",
                    "kind": "one",
                    "dimension": "a",
                    "text": words("Plan?"),
                    "options": [
                        {"key": "no", "score": 0, "text": words("No")},
                        {"key": "yes", "score": 100, "text": words("Yes")},
                        {"key": "unknown", "text": words("Do not know")},
                    ],
                },
                {
                    "key": "owner",
                    "kind": "scale",
                    "dimension": "a",
                    "text": words("Owner?"),
                    "show_if": {"question": "plan", "in": ["yes"]},
                },
                {
                    "key": "tools",
                    "kind": "many",
                    "dimension": "b",
                    "required": False,
                    "text": words("Tools?"),
                    "options": [{"key": k, "score": 60, "text": words(k)} for k in ("x", "y")],
                },
            ],
        }
    ],
}


def sample(**changes: Any) -> Any:
    return read_definition({**copy.deepcopy(RAW), **changes})


def test_score_is_the_weighted_mean_of_dimensions_that_were_answered() -> None:
    found = score(sample(), {"plan": "yes", "owner": 2, "tools": ["x"]})
    by_key = {s.key: s for s in found.dimensions}
    assert by_key["a"].value == (100 + 25) / 2  # 2 of 5 on the scale: (2 - 1) / (5 - 1)
    assert by_key["b"].value == 60
    assert found.total == round((3 * 62.5 + 1 * 60) / 4, 2)
    assert (found.band, found.weakest) == ("high", "b")


def test_options_of_several_choices_add_up_to_100_at_most_and_do_not_know_does_not_count() -> None:
    definition = sample()
    tools, plan = definition.question("tools"), definition.question("plan")
    assert points(tools, ["x", "y"]) == 100
    assert points(plan, "unknown") is None
    assert score(definition, {"plan": "unknown"}).total is None


def test_answer_on_a_branch_that_was_left_does_not_count_and_is_not_missing() -> None:
    definition, answers = sample(), {"plan": "no", "owner": 5}
    assert visible_answers(definition, answers) == {"plan": "no"}
    assert score(definition, answers).dimensions[0].value == 0
    assert missing(definition, {"plan": "no"}) == []
    assert [q.key for q in missing(definition, {"plan": "yes"})] == ["owner"]


def test_conditions_put_together() -> None:
    answers = {"n": 12, "k": ["a", "b"]}
    assert holds({"question": "n", "at_least": 10}, answers)
    assert holds({"all": [{"question": "k", "in": ["b"]}, {"not": {"question": "n", "at_least": 20}}]}, answers)
    assert not holds({"any": [{"question": "z", "in": ["b"]}]}, answers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": ""}, "needs a key"),
        ({"sections": []}, "has no section"),
        ({"title": {"it": "solo"}}, "has no text in en"),
        ({"bands": [{"key": "x", "from": 10, "title": words("X")}]}, "the first at 0"),
        ({"dimensions": [*RAW["dimensions"], {"key": "c", "title": words("C")}]}, "c has no question"),
    ],
)
def test_faulty_questionnaire_is_refused_with_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidQuestionnaire, match=message):
        sample(**change)


def test_question_cannot_depend_on_one_that_comes_later() -> None:
    raw = copy.deepcopy(RAW)
    raw["sections"][0]["questions"].reverse()
    with pytest.raises(InvalidQuestionnaire, match="depends on plan, which is not asked before it"):
        read_definition(raw)


def test_answers_are_checked_against_their_question() -> None:
    definition = sample()
    assert check_answer(definition.question("tools"), ["y", "x"]) == ["x", "y"]
    assert check_answer(definition.question("plan"), "") is None
    for key, value in (("plan", "maybe"), ("owner", "6"), ("owner", "x"), ("tools", ["z"])):
        with pytest.raises(InvalidAnswer):
            check_answer(definition.question(key), value)


# --- shares -----------------------------------------------------------------------------------------------------------
def test_non_response_is_weighted_by_stratum() -> None:
    rates = [Rate("micro", 40, 4), Rate("large", 10, 5), Rate("small", 3, 0)]
    weight = weights(rates)
    assert weight == {"micro": 10.0, "large": 2.0}
    found = share_of([(True, weight["micro"])] * 4 + [(False, weight["large"])] * 5)
    assert found.plain == 4 / 9
    assert found.weighted == (4 * 10) / (4 * 10 + 5 * 2)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.weighted < found.high


def test_fewer_than_five_are_never_shown() -> None:
    assert share_of([(True, 1.0)] * (MINIMUM_CELL - 1)).weighted is None
    assert mean_of([(50.0, 1.0)] * (MINIMUM_CELL - 1)).weighted is None
    assert share_of([(True, 1.0)] * MINIMUM_CELL).weighted == 1.0


def test_wilson_interval_of_half_of_a_hundred() -> None:
    low, high = wilson(0.5, 100)
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)  # Brown, Cai and DasGupta (2001), 50 of 100


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 12), min_size=1, max_size=6))
def test_hidden_cells_cannot_be_worked_out_from_the_total(cells: dict[str, int]) -> None:
    unseen = hidden(cells)
    assert {k for k, n in cells.items() if 0 < n < MINIMUM_CELL} <= unseen
    shown = [k for k in cells if k not in unseen and cells[k]]
    if unseen and shown:
        left = sum(cells[k] for k in unseen)
        assert len(unseen) > 1
        assert left >= MINIMUM_CELL


def chosen(**counts: int) -> list[tuple[frozenset[str], float]]:
    return [(frozenset([key]), 1.0) for key, n in counts.items() for _ in range(n)]


@pytest.mark.parametrize(
    ("counts", "seen"),
    [
        ({"a": 1, "b": 4}, set()),  # one of five
        ({"a": 6, "b": 4}, set()),  # four follow from the six
        ({"a": 20, "b": 2}, set()),
        ({"a": 20, "b": 2, "c": 8}, {"a"}),  # c goes with b
        ({"a": 20, "b": 2, "c": 3}, {"a"}),
        ({"a": 5}, {"a", "b", "c"}),  # all and none
        ({"a": 5, "b": 6, "c": 7}, {"a", "b", "c"}),
    ],
)
def test_share_of_an_option_that_few_gave_or_few_did_not_is_hidden(counts: dict[str, int], seen: set[str]) -> None:
    found = option_shares(chosen(**counts), ["a", "b", "c"], only_one=True)
    assert {k for k, share in found.items() if share.shown} - {k for k in "abc" if not counts.get(k)} == (
        seen & set(counts)
    )
    assert all((s.plain is None) == (not s.shown) == (s.low is None) for s in found.values())


def test_options_that_do_not_exclude_each_other_are_hidden_each_by_itself() -> None:
    answers = [(frozenset("ab"), 1.0)] * 4 + [(frozenset("a"), 1.0)] * 5 + [(frozenset("c"), 1.0)] * 5
    found = option_shares(answers, ["a", "b", "c"], only_one=False)
    assert {k for k, share in found.items() if share.shown} == {"a", "c"}
    few_left_out = option_shares([*[(frozenset("a"), 1.0)] * 9, (frozenset(), 1.0)], ["a"], only_one=False)
    assert not few_left_out["a"].shown


# --- files ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_shipped_questionnaires_are_published_once_in_both_languages() -> None:
    assert load_questionnaires() == 7
    assert QuestionnaireVersion.objects.count() == 7
    assert Questionnaire.objects.filter(kind="self_assessment").count() == 5
    digital = QuestionnaireVersion.objects.get(questionnaire__key="digital-maturity")
    assert len(read_definition(digital.content).dimensions) == 6


@pytest.mark.django_db
def test_published_version_never_changes_its_words() -> None:
    publish_questionnaire(raw=copy.deepcopy(RAW))
    publish_questionnaire(raw=copy.deepcopy(RAW))
    with pytest.raises(InvalidQuestionnaire, match="raise its version"):
        publish_questionnaire(raw={**copy.deepcopy(RAW), "title": words("Other")})
    second = publish_questionnaire(raw={**copy.deepcopy(RAW), "title": words("Other"), "version": 2})
    assert QuestionnaireVersion.objects.filter(questionnaire=second.questionnaire).count() == 2
