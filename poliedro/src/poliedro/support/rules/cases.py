"""A request, its case, and how they end. Plain functions; each refusal comes with its question.

    request:  unconfirmed -> waiting -> accepted | declined | withdrawn        (unconfirmed -> expired)
    case:     open -> delivered -> feedback_asked -> closed | unanswered        (open -> stopped; closed -> open)

# Note [Nothing ends in a drawer]
A request is answered by the day that was promised, or an alarm says so. A case closes with a result, with what the
client says it was worth, and with a day on which somebody looks again. What is declined keeps its reason: it is the
demand that nobody meets.

# Note [Closed without an answer]
Who is asked and never answers must not hold a case open for ever, and must not pass for somebody who answered. After
`REMINDERS` reminders and `PATIENCE_DAYS` days it may end as `unanswered`: a state of its own, shown as such, with a
follow-up day. On that day it is asked once more, and an answer, however late, makes it `closed`. Coaching and courses
do the same (`rules/agency.py`). The database refuses every other way (`models/guards.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class RequestState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class CaseState(StrEnum):
    OPEN = "open"
    DELIVERED = "delivered"
    FEEDBACK_ASKED = "feedback_asked"
    CLOSED = "closed"
    UNANSWERED = "unanswered"
    STOPPED = "stopped"


REQUEST_STEPS: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.UNCONFIRMED: frozenset({RequestState.WAITING, RequestState.EXPIRED, RequestState.WITHDRAWN}),
    RequestState.WAITING: frozenset({RequestState.ACCEPTED, RequestState.DECLINED, RequestState.WITHDRAWN}),
    RequestState.ACCEPTED: frozenset(),
    RequestState.DECLINED: frozenset({RequestState.WAITING}),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.EXPIRED: frozenset(),
}
CASE_STEPS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.DELIVERED, CaseState.STOPPED}),
    CaseState.DELIVERED: frozenset({CaseState.FEEDBACK_ASKED, CaseState.OPEN}),
    CaseState.FEEDBACK_ASKED: frozenset({CaseState.CLOSED, CaseState.UNANSWERED, CaseState.OPEN}),
    CaseState.CLOSED: frozenset({CaseState.OPEN}),
    CaseState.UNANSWERED: frozenset({CaseState.CLOSED, CaseState.OPEN}),
    CaseState.STOPPED: frozenset({CaseState.OPEN}),
}
ENDED = (CaseState.CLOSED, CaseState.UNANSWERED)
"""Something was given, and the work is over."""
OVER = (*ENDED, CaseState.STOPPED)
REMIND_AFTER_DAYS = (5, 10)
"""Days after the question on which a client who did not answer is reminded."""
REMINDERS = len(REMIND_AFTER_DAYS)
PATIENCE_DAYS = 14
"""Who was asked, was reminded and did not answer for so long need not answer before the case ends. See Note [Closed
without an answer]."""
CONFIRM_DAYS = 7
"""A request that nobody confirmed for so long is erased."""
ESCALATE_DAYS = 5
"""Days after the promise from which the agency sees an unanswered request too."""
MOST_AN_HOUR = 5
MOST_A_DAY = 5


class NotAllowed(Exception):
    """A step that cannot be done now. reasons: keys, which pages put into words."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class CaseFacts:
    """What the rules ask of a case. steps_open: neither given nor dropped; answered: whether the client answered."""

    state: CaseState
    client_known: bool = False
    steps_open: int = 0
    steps_given: int = 0
    has_result: bool = False
    asked_on: date | None = None
    answered: bool = False
    reminders: int = 0
    follow_up_on: date | None = None


# --- requests ---------------------------------------------------------------------------------------------------------
def promised_day(asked_on: date, working_days: int) -> date:
    """The last day of the promise: so many working days after. Saturdays and Sundays do not count, holidays do."""
    day, left = asked_on, working_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def check_can_move_request(state: RequestState, to: RequestState) -> None:
    """Raises NotAllowed unless a request may go from one state to the other."""
    if to not in REQUEST_STEPS[state]:
        raise NotAllowed(f"request_is_{state.value}")


def can_move_request(state: RequestState, to: RequestState) -> bool:
    return to in REQUEST_STEPS[state]


def check_can_ask(from_here_last_hour: int, from_address_last_day: int) -> None:
    """Raises NotAllowed where too many requests came from one place or one address."""
    if not can_ask(from_here_last_hour, from_address_last_day):
        raise NotAllowed("too_many_requests")


def can_ask(from_here_last_hour: int, from_address_last_day: int) -> bool:
    return from_here_last_hour < MOST_AN_HOUR and from_address_last_day < MOST_A_DAY


def is_unanswered(state: RequestState, promised_on: date | None, today: date) -> bool:
    """Whether the day of the promise has passed without an answer."""
    return state is RequestState.WAITING and promised_on is not None and promised_on < today


def is_escalated(state: RequestState, promised_on: date | None, today: date) -> bool:
    """Whether it has been unanswered for so long that the agency looks after it too."""
    return is_unanswered(state, promised_on, today) and (today - promised_on).days >= ESCALATE_DAYS  # type: ignore[operator]


# --- cases ------------------------------------------------------------------------------------------------------------
def check_can_deliver(facts: CaseFacts) -> None:
    """A service is given to a known client, in a case that is under way. Raises NotAllowed."""
    _raise(_missing_to_deliver(facts))


def can_deliver(facts: CaseFacts) -> bool:
    return not _missing_to_deliver(facts)


def _missing_to_deliver(facts: CaseFacts) -> list[str]:
    missing = [] if facts.state is CaseState.OPEN else [f"case_is_{facts.state.value}"]
    return missing + ([] if facts.client_known else ["client_not_known"])


def check_can_add_step(facts: CaseFacts) -> None:
    """A service is added while the case is under way or before its feedback is asked. Raises NotAllowed."""
    if not can_add_step(facts):
        raise NotAllowed(f"case_is_{facts.state.value}")


def can_add_step(facts: CaseFacts) -> bool:
    return facts.state in (CaseState.OPEN, CaseState.DELIVERED)


def check_can_ask_feedback(facts: CaseFacts) -> None:
    """Feedback is asked once every step is given or dropped, and one at least was given. Raises NotAllowed."""
    _raise(_missing_to_ask(facts))


def can_ask_feedback(facts: CaseFacts) -> bool:
    return not _missing_to_ask(facts)


def _missing_to_ask(facts: CaseFacts) -> list[str]:
    missing = [] if facts.state is CaseState.DELIVERED else [f"case_is_{facts.state.value}"]
    missing += ["steps_open"] if facts.steps_open else []
    missing += [] if facts.steps_given else ["nothing_given"]
    return missing + ([] if facts.has_result else ["no_result"])


def missing_to_close(facts: CaseFacts, today: date) -> list[str]:
    """What a case lacks before it may close; empty: it may. See Note [Nothing ends in a drawer]."""
    if facts.state in OVER:
        return [f"case_is_{facts.state.value}"]
    missing = ["steps_open"] if facts.steps_open else []
    missing += [] if facts.steps_given else ["nothing_given"]
    missing += [] if facts.has_result else ["no_result"]
    if facts.asked_on is None:
        missing.append("feedback_not_asked")
    elif not facts.answered and not is_silent(facts.asked_on, facts.reminders, today):
        missing.append("feedback_awaited")
    if facts.follow_up_on is None:
        missing.append("no_follow_up")
    elif facts.follow_up_on <= today:
        missing.append("follow_up_past")
    return missing


def is_silent(asked_on: date, reminders: int, today: date) -> bool:
    """Whether who was asked was reminded often enough and had time enough. See Note [Closed without an answer]."""
    return reminders >= REMINDERS and (today - asked_on).days >= PATIENCE_DAYS


def is_to_remind(asked_on: date, reminders: int, today: date) -> bool:
    """Whether the next reminder is due to somebody who was asked and has not answered."""
    return reminders < REMINDERS and (today - asked_on).days >= REMIND_AFTER_DAYS[reminders]


def state_at_close(facts: CaseFacts) -> CaseState:
    return CaseState.CLOSED if facts.answered else CaseState.UNANSWERED


def check_can_close(facts: CaseFacts, today: date) -> None:
    """Raises NotAllowed with everything that is missing."""
    _raise(missing_to_close(facts, today))


def can_close(facts: CaseFacts, today: date) -> bool:
    return not missing_to_close(facts, today)


def check_can_stop(facts: CaseFacts) -> None:
    """A case stops without a service only while nothing was given; else it closes. Raises NotAllowed."""
    _raise(_missing_to_stop(facts))


def can_stop(facts: CaseFacts) -> bool:
    return not _missing_to_stop(facts)


def _missing_to_stop(facts: CaseFacts) -> list[str]:
    missing = [] if facts.state is CaseState.OPEN else [f"case_is_{facts.state.value}"]
    return missing + (["something_given"] if facts.steps_given else [])


def check_can_reopen(facts: CaseFacts) -> None:
    """Raises NotAllowed while the case is open."""
    if not can_reopen(facts):
        raise NotAllowed(f"case_is_{facts.state.value}")


def can_reopen(facts: CaseFacts) -> bool:
    return CaseState.OPEN in CASE_STEPS[facts.state]


def state_after_steps(facts: CaseFacts) -> CaseState:
    """Open while a step is left or nothing was given; delivered once all are given or dropped."""
    if facts.state is CaseState.OPEN and not facts.steps_open and facts.steps_given:
        return CaseState.DELIVERED
    return facts.state


def _raise(missing: list[str]) -> None:
    if missing:
        raise NotAllowed(*missing)
