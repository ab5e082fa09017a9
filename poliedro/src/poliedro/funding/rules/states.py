"""The states of calls and applications, and which act leads from one to the next."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from poliedro.shared.refusals import Refusal


class CallState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    DECIDED = "decided"


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    INADMISSIBLE = "inadmissible"
    IN_EVALUATION = "in_evaluation"
    GRANTED = "granted"
    RESERVE = "reserve"
    REFUSED = "refused"
    COMPLETED = "completed"
    REVOKED = "revoked"


A = ApplicationState
NEXT: dict[ApplicationState, tuple[ApplicationState, ...]] = {
    A.DRAFT: (A.SUBMITTED, A.WITHDRAWN),
    A.SUBMITTED: (A.IN_EVALUATION, A.INADMISSIBLE, A.WITHDRAWN),
    A.IN_EVALUATION: (A.GRANTED, A.RESERVE, A.REFUSED, A.WITHDRAWN),
    A.RESERVE: (A.GRANTED, A.REFUSED, A.WITHDRAWN),
    A.GRANTED: (A.COMPLETED, A.WITHDRAWN, A.REVOKED),
    A.INADMISSIBLE: (),
    A.REFUSED: (),
    A.WITHDRAWN: (),
    A.COMPLETED: (),
    A.REVOKED: (),
}


class NotAllowed(Refusal):
    """The act does not fit the state or the day; the message says why and what fits."""


def check_can_move(state: str, to: str) -> None:
    """Raises NotAllowed."""
    allowed = NEXT[ApplicationState(state)]
    if to not in allowed:
        raise NotAllowed(
            "an application that is %(application_state)s cannot become %(to)s; it can become %(allowed)s",
            application_state=state,
            to=to,
            allowed=[str(a) for a in allowed],
        )


def can_move(state: str, to: str) -> bool:
    return to in NEXT[ApplicationState(state)]


def is_open(state: str, opens_on: date | None, closes_on: date | None, today: date) -> bool:
    """Whether applications are taken on the day. closes_on: the last day; None: until the money is spent."""
    started = opens_on is not None and opens_on <= today
    return state == CallState.PUBLISHED and started and (closes_on is None or today <= closes_on)


def day_of_trial(closes_on: date | None, today: date) -> date:
    """The day on which a call is tried: its last day once it is over (firms of today could not apply), else today."""
    return min(closes_on, today) if closes_on is not None else today


def check_can_apply(state: str, opens_on: date | None, closes_on: date | None, today: date) -> None:
    """Raises NotAllowed where the call takes no applications on the day."""
    if state != CallState.PUBLISHED:
        raise NotAllowed("the call is %(call_state)s; applications are taken while it is published", call_state=state)
    if opens_on is None or today < opens_on:
        raise NotAllowed("the call opens on %(opens_on)s; come back then", opens_on=opens_on)
    if closes_on is not None and today > closes_on:
        raise NotAllowed("the call closed on %(closes_on)s", closes_on=closes_on)
