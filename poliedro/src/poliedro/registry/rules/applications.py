"""Asking to join a cluster: who may ask, what an answer needs, by when it is promised. Plain Python."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

ANSWER_DAYS = 30
"""Days within which a cluster promises an answer."""
LEAST_REASON = 10
"""Letters that a reason has at least: a refusal without one teaches nobody anything."""


class ApplicationState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApplicationRefused(ValueError):
    """It cannot be asked, answered or withdrawn as wanted; the message says why."""


def promised_by(asked_on: date) -> date:
    """The day by which the cluster answers."""
    return asked_on + timedelta(days=ANSWER_DAYS)


def check_can_apply(*, is_member: bool, waits: bool) -> None:
    """Raises ApplicationRefused where it is a member today or later, or has asked and waits."""
    if is_member:
        raise ApplicationRefused("it is a member of the cluster today or later; there is nothing to ask for")
    if waits:
        raise ApplicationRefused("it has asked already and waits for the answer; withdraw that application first")


def check_is_waiting(state: str) -> None:
    """Raises ApplicationRefused where the application was answered or withdrawn."""
    if state != ApplicationState.WAITING:
        raise ApplicationRefused(f"the application is {state}; only one that waits can be answered or withdrawn")


def check_reason(reason: str) -> None:
    """Raises ApplicationRefused where a refusal says too little."""
    if len(reason.strip()) < LEAST_REASON:
        raise ApplicationRefused(f"the reason is {reason.strip()!r}; say in {LEAST_REASON} letters or more why")
