"""The decision language: what it answers, what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from poliedro.funding.rules.conditions import PARTNERS, Dossier, InvalidCondition, Party, ask, check_condition, is_under

SME = {"fact": "size_class", "in": ["micro", "small", "medium"]}


def dossier(*parties: dict[str, Any], costs: tuple[int | None, ...] = (), **project: Any) -> Dossier:
    costs = costs or (None,) * len(parties)
    return Dossier(
        tuple(
            Party(p, None if c is None else Decimal(c), f"p{i}")
            for i, (p, c) in enumerate(zip(parties, costs, strict=True))
        ),
        project,
    )


def test_what_is_not_known_is_not_known_and_says_what_is_missing() -> None:
    answer = ask(SME, dossier({}))
    assert answer.value is None
    assert answer.missing == {"size_class"}


def test_a_sure_no_outweighs_what_is_not_known_and_a_sure_yes_does_in_alternatives() -> None:
    known, unknown = {"fact": "kind", "is": "enterprise"}, SME
    firm, school = dossier({"kind": "enterprise"}), dossier({"kind": "its"})
    assert ask({"all": [known, unknown]}, school).value is False
    assert ask({"all": [known, unknown]}, firm).value is None
    assert ask({"any": [known, unknown]}, firm).value is True
    assert ask({"any": [known, unknown]}, school).value is None


def test_a_rule_with_an_if_binds_only_where_the_if_holds() -> None:
    rule = {"when": {"fact": "size_class", "is": "large"}, "then": {"partners": SME, "at_least": 1}}
    assert ask(rule, dossier({"size_class": "small"})).value is True
    assert ask(rule, dossier({"size_class": "large"})).value is False
    assert ask(rule, dossier({"size_class": "large"}, {"size_class": "micro"})).value is True


def test_partners_are_counted_with_the_applicant_among_them() -> None:
    two = dossier({"size_class": "small"}, {"size_class": "large"})
    assert ask({"partners": {}, "at_least": 2}, two).value is True
    assert ask({"partners": SME, "at_least": 2}, two).value is False
    one_unknown = dossier({"size_class": "small"}, {})
    assert ask({"partners": SME, "at_least": 2}, one_unknown).value is None
    assert ask({"partners": SME, "at_least": 1}, one_unknown).value is True
    assert ask({"partners": SME, "at_most": 2}, one_unknown).value is True


def test_the_share_of_the_cost_is_what_those_who_meet_it_bear() -> None:
    # 30 of 300: exactly a tenth.
    some = dossier({"end_user": False}, {"end_user": True}, costs=(270, 30))
    assert ask({"cost_share": {"fact": "end_user", "is": True}, "at_most": 0.1}, some).value is True
    more = dossier({"end_user": False}, {"end_user": True}, costs=(269, 31))
    assert ask({"cost_share": {"fact": "end_user", "is": True}, "at_most": 0.1}, more).value is False
    perhaps = dossier({"end_user": False}, {}, costs=(269, 31))
    assert ask({"cost_share": {"fact": "end_user", "is": True}, "at_most": 0.1}, perhaps).value is None


def test_nobody_meets_it_means_no_share_even_where_costs_are_not_known() -> None:
    rule = {"cost_share": {"fact": "end_user", "is": True}, "at_most": 0.1}
    assert ask(rule, dossier({"end_user": False}, {"end_user": False})).value is True


def test_every_and_some_speak_of_all_parties() -> None:
    mixed = dossier({"site_in_region": True}, {"site_in_region": False})
    here = {"fact": "site_in_region", "is": True}
    assert ask({"every_partner": here}, mixed).value is False
    assert ask({"some_partner": here}, mixed).value is True
    assert ask(here, mixed).value is True  # the applicant


def test_each_ones_share_of_the_cost_can_be_limited() -> None:
    rule = {"every_partner": {"fact": "cost_share", "at_most": 0.7}}
    assert ask(rule, dossier({}, {}, costs=(70, 30))).value is True
    assert ask(rule, dossier({}, {}, costs=(71, 29))).value is False


@pytest.mark.parametrize(
    ("code", "branches", "inside"),
    [("10.71", ["10"], True), ("10.71", ["10.7"], True), ("10.71", ["1"], False), ("62.01", ["58.2", "62"], True),
     ("58.11", ["58.2"], False), ("10", ["10.71"], False)],
)  # fmt: skip
def test_a_class_lies_under_its_branches_only(code: str, branches: list[str], inside: bool) -> None:
    assert is_under(code, branches) is inside


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"fact": "colour", "is": "red"}, "there is no fact 'colour'"),
        ({"fact": "size_class", "at_least": 3}, "it takes one of is, in"),
        ({"fact": "size_class", "in": ["tiny"]}, "it is one of micro, small, medium, large"),
        ({"fact": "trl_end", "at_most": 12}, "between 1 and 9"),
        ({"fact": "kind"}, "compared by nothing"),
        ({"cost_share": {}, "at_most": 1.5}, "a share lies between 0 and 1"),
        ({"partners": {}, "at_least": 3, "at_most": 2}, "never"),
        ({"partners": {"every_partner": SME}, "at_least": 1}, "inside another"),
        ({"all": []}, "give it a list"),
        ({}, "empty condition"),
        ({"some": SME}, "is no condition"),
        ("size", "is no condition"),
    ],
)
def test_a_condition_that_says_nothing_is_refused_with_the_remedy(wrong: Any, says: str) -> None:
    with pytest.raises(InvalidCondition, match=says):
        check_condition(wrong)


def test_a_no_that_a_partner_could_mend_is_not_known_while_partners_may_come_in() -> None:
    university = {"fact": "kind", "is": "university"}
    firm = Party({"kind": "enterprise"}, Decimal(100))
    for condition, mends in (
        ({"some_partner": university}, True),
        ({"partners": university, "at_least": 1}, True),
        ({"cost_share": university, "at_least": 0.2}, True),
        ({"partners": {}, "at_most": 0}, False),
        ({"every_partner": university}, False),
        ({"fact": "kind", "is": "university"}, False),
    ):
        alone, open_to = ask(condition, Dossier((firm,))), ask(condition, Dossier((firm,), may_join=True))
        assert alone.value is False, condition
        assert open_to.value is (None if mends else False), condition
        assert open_to.missing == ({PARTNERS} if mends else frozenset()), condition
    assert ask({"some_partner": {"fact": "kind", "is": "enterprise"}}, Dossier((firm,), may_join=True)).value is True


def test_a_total_below_what_partners_bear_is_not_known() -> None:
    parties = (Party({}, None), Party({}, Decimal(300)))
    assert Dossier(parties, {"total_cost_eur": Decimal(500)}).total_cost_eur == 500
    assert Dossier(parties, {"total_cost_eur": Decimal(200)}).total_cost_eur is None
