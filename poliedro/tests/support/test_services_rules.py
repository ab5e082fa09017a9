"""Requests and cases: which step may follow which, and what a case lacks before it closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poliedro.support.rules.cases import (
    CASE_STEPS,
    PATIENCE_DAYS,
    REMINDERS,
    REQUEST_STEPS,
    CaseFacts,
    CaseState,
    NotAllowed,
    RequestState,
    can_ask,
    can_ask_feedback,
    can_close,
    can_deliver,
    can_reopen,
    can_stop,
    check_can_ask,
    check_can_ask_feedback,
    check_can_close,
    check_can_deliver,
    check_can_move_request,
    check_can_stop,
    is_escalated,
    is_unanswered,
    missing_to_close,
    promised_day,
    state_at_close,
)
from poliedro.support.rules.plan import POINTS, Capacity, Firm, Offer, plan
from poliedro.support.rules.use import Breadth, focus_of, share_of

MONDAY = date(2026, 3, 2)
READY = CaseFacts(
    CaseState.FEEDBACK_ASKED,
    client_known=True,
    steps_given=1,
    has_result=True,
    asked_on=MONDAY,
    answered=True,
    follow_up_on=date(2026, 9, 1),
)


def test_promise_counts_working_days() -> None:
    assert promised_day(MONDAY, 3) == date(2026, 3, 5)
    assert promised_day(date(2026, 3, 5), 3) == date(2026, 3, 10)  # Friday, Monday, Tuesday
    assert promised_day(date(2026, 3, 7), 1) == MONDAY + timedelta(days=7)  # asked on a Saturday


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_promise_never_ends_on_a_weekend_and_grows_with_its_days(asked: date, days: int) -> None:
    assert promised_day(asked, days).weekday() < 5
    assert promised_day(asked, days) < promised_day(asked, days + 1)


def test_request_is_unanswered_from_the_day_after_the_promise_and_the_agency_sees_it_five_days_later() -> None:
    assert not is_unanswered(RequestState.WAITING, MONDAY, MONDAY)
    assert is_unanswered(RequestState.WAITING, MONDAY, MONDAY + timedelta(days=1))
    assert not is_unanswered(RequestState.ACCEPTED, MONDAY, MONDAY + timedelta(days=9))
    assert [is_escalated(RequestState.WAITING, MONDAY, MONDAY + timedelta(days=n)) for n in (4, 5)] == [False, True]


def test_only_a_waiting_request_is_answered() -> None:
    able = [s for s in RequestState if RequestState.ACCEPTED in REQUEST_STEPS[s]]
    assert able == [RequestState.WAITING]
    with pytest.raises(NotAllowed, match="request_is_withdrawn"):
        check_can_move_request(RequestState.WITHDRAWN, RequestState.ACCEPTED)


def test_every_state_of_a_case_leads_somewhere() -> None:
    assert all(CASE_STEPS[s] for s in CaseState)


def test_case_closes_only_with_result_feedback_asked_and_a_day_to_look_again() -> None:
    assert can_close(READY, MONDAY)
    for lacking, reason in (
        (replace(READY, has_result=False), "no_result"),
        (replace(READY, asked_on=None), "feedback_not_asked"),
        (replace(READY, follow_up_on=None), "no_follow_up"),
        (replace(READY, follow_up_on=MONDAY), "follow_up_past"),
        (replace(READY, steps_open=1), "steps_open"),
        (replace(READY, steps_given=0), "nothing_given"),
        (replace(READY, state=CaseState.CLOSED), "case_is_closed"),
    ):
        with pytest.raises(NotAllowed, match=reason):
            check_can_close(lacking, MONDAY)


def test_client_that_does_not_answer_holds_a_case_open_for_two_weeks_and_two_reminders_only() -> None:
    silent = replace(READY, answered=False, reminders=REMINDERS)
    late = MONDAY + timedelta(days=PATIENCE_DAYS)
    assert missing_to_close(replace(silent, reminders=REMINDERS - 1), late) == ["feedback_awaited"]
    assert [state_at_close(f) for f in (READY, silent)] == [CaseState.CLOSED, CaseState.UNANSWERED]
    assert missing_to_close(silent, MONDAY + timedelta(days=PATIENCE_DAYS - 1)) == ["feedback_awaited"]
    assert can_close(silent, MONDAY + timedelta(days=PATIENCE_DAYS))


FACTS = st.builds(
    CaseFacts,
    state=st.sampled_from(CaseState),
    client_known=st.booleans(),
    steps_open=st.integers(0, 2),
    steps_given=st.integers(0, 2),
    has_result=st.booleans(),
    asked_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    answered=st.booleans(),
    reminders=st.integers(0, 3),
    follow_up_on=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)),
)


@given(FACTS, st.dates(date(2026, 1, 1), date(2026, 12, 1)))
def test_each_question_agrees_with_its_refusal(facts: CaseFacts, today: date) -> None:
    for check, can in (
        (lambda: check_can_close(facts, today), can_close(facts, today)),
        (lambda: check_can_deliver(facts), can_deliver(facts)),
        (lambda: check_can_ask_feedback(facts), can_ask_feedback(facts)),
        (lambda: check_can_stop(facts), can_stop(facts)),
    ):
        reasons: tuple[str, ...] = ()
        try:
            check()
        except NotAllowed as refusal:
            reasons = refusal.reasons
        assert can == (not reasons)


@given(FACTS)
def test_what_was_given_is_never_stopped_and_what_is_over_can_be_opened_again(facts: CaseFacts) -> None:
    assert not (can_stop(facts) and facts.steps_given)
    assert can_reopen(facts) == (facts.state is not CaseState.OPEN)


def test_flood_from_one_place_or_address_is_refused() -> None:
    assert can_ask(4, 4)
    for here, address in ((5, 0), (0, 5)):
        with pytest.raises(NotAllowed, match="too_many_requests"):
            check_can_ask(here, address)


# --- what suits a firm ------------------------------------------------------------------------------------------------
LEAN = Offer(1, "process", False, "first_step", ("micro_small",), "management", Decimal(0))
PROJECT = Offer(2, "process", True, "tailored", ("micro_small", "large"), "project_development", Decimal(900))
DESIGN = Offer(3, "design", False, "standard", ("micro_small",), "marketing", Decimal(700))
BIG = Offer(4, "process", False, "standard", ("large",), "management", Decimal(0))


def test_firm_without_anybody_begins_with_a_first_step_and_finds_r_and_d_for_later() -> None:
    firm = Firm("micro_small", frozenset({"process"}), Capacity.NOBODY, Decimal(200))
    found = plan([PROJECT, DESIGN, BIG, LEAN], firm)
    assert [(s.pk, s.later) for s in found] == [(1, False), (2, True)]
    assert found[0].points == 100  # wanted 40, for it 20, first step 20, free 10, fits its people 10
    assert found[1].points == 60  # wanted 40, for it 20


def test_firm_with_a_team_is_led_to_r_and_d() -> None:
    firm = Firm("micro_small", frozenset({"process"}), Capacity.TEAM, Decimal(1000))
    assert [s.pk for s in plan([PROJECT, LEAN], firm)] == [2, 1]


def test_points_of_a_plan_add_to_100() -> None:
    assert sum(POINTS.values()) == 100


# --- breadth ----------------------------------------------------------------------------------------------------------
def breadth(n: int, share: float, high: float) -> Breadth:
    return Breadth(n, 3, 1.2, 0.4, 0.3, high, "project_development", share, 0.5)


def test_focus_is_narrow_where_one_kind_has_most_or_breadth_is_surely_low() -> None:
    assert focus_of(breadth(40, 0.6, 0.9)) == "narrow"
    assert focus_of(breadth(40, 0.5, 0.49)) == "narrow"
    assert focus_of(breadth(40, 0.5, 0.51)) == "broad"
    assert focus_of(breadth(19, 0.9, 0.2)) == "cannot_tell"


def test_share_of_nothing_is_unknown() -> None:
    assert share_of({}, ["a"]) is None
    assert share_of({"a": 1, "b": 3}, ["a"]) == 1 / (1 + 3)
