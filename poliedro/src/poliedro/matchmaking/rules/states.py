"""Which state may follow which. A move that is not listed is refused."""

from __future__ import annotations

from collections.abc import Mapping


class MoveRefused(ValueError):
    """The thing is in a state from which this step is not possible; the message names both."""


Moves = Mapping[str, frozenset[str]]


def moves(**table: str) -> Moves:
    return {state: frozenset(following.split()) for state, following in table.items()}


CARD = moves(
    draft="submitted withdrawn",
    submitted="published refused withdrawn",
    refused="submitted withdrawn",
    published="expired withdrawn settled submitted",
    expired="submitted published withdrawn",
    settled="",
    withdrawn="",
)
TICKET = moves(
    unconfirmed="open dropped",
    open="contacted answered closed",
    contacted="answered closed",
    answered="closed contacted",
    closed="",
    dropped="",
)
INTEREST = moves(
    sent="accepted declined withdrawn lapsed",
    accepted="introduced withdrawn ended",
    introduced="tied ended",
    declined="",
    withdrawn="",
    lapsed="",
    tied="",
    ended="",
)
BOOKING = moves(asked="confirmed refused cancelled", confirmed="used cancelled", used="", refused="", cancelled="")
PAIR = moves(proposed="active declined lapsed", active="ended", ended="", declined="", lapsed="")
DEAL = moves(
    suggested="offered declined",
    offered="introduced declined",
    introduced="talks invested declined",
    talks="invested declined",
    invested="",
    declined="",
)
CHALLENGE = moves(draft="open", open="judging", judging="decided", decided="closed", closed="")
FAIR_APPLICATION = moves(
    sent="accepted refused withdrawn", accepted="took_part withdrawn", refused="", withdrawn="", took_part=""
)
COHORT_APPLICATION = moves(
    referred="sent withdrawn",
    sent="accepted refused withdrawn",
    accepted="finished left withdrawn",
    refused="",
    withdrawn="",
    finished="",
    left="",
)


def can_move(table: Moves, now: str, then: str) -> bool:
    return then in table[now]


def check_can_move(table: Moves, now: str, then: str) -> None:
    """Raises MoveRefused unless the state may follow."""
    if not can_move(table, now, then):
        able = ", ".join(sorted(table[now])) or "nothing"
        raise MoveRefused(f"it is {now} and cannot become {then}; possible: {able}")
