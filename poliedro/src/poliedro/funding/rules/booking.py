"""Hours of an expert whom small firms share (R050): who may book, what an hour must be."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from poliedro.shared.refusals import Refusal

SIZES = ("micro", "small", "medium")
SHORTEST, LONGEST = 15, 240
"""Minutes of an hour with the expert."""
SEATS = 20


class CannotBook(Refusal):
    """An hour that cannot be offered, booked or given back; the message says why and what can be done."""


class BookingState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    HELD = "held"
    MISSED = "missed"


def check_is_small(*, kind: str, size_class: str, name: str) -> None:
    """The expert is for small and medium firms and for start-ups. Raises CannotBook."""
    if size_class in SIZES or (not size_class and kind == "start_up"):
        return
    if not size_class:
        raise CannotBook("the size class of %(firm)s is not known; have it registered first", firm=name)
    raise CannotBook("the shared expert helps small and medium firms and start-ups; %(firm)s is neither", firm=name)


def is_small(*, kind: str, size_class: str) -> bool:
    return size_class in SIZES or (not size_class and kind == "start_up")


def check_hour(*, starts_at: datetime, minutes: int, seats: int, now: datetime) -> None:
    """Raises CannotBook."""
    if starts_at <= now:
        raise CannotBook("%(starts_at)s has passed; offer a time to come", starts_at=starts_at)
    if not SHORTEST <= minutes <= LONGEST:
        raise CannotBook(
            "%(minutes)s minutes is no hour with an expert; it takes %(shortest)s to %(longest)s",
            minutes=minutes, shortest=SHORTEST, longest=LONGEST,
        )  # fmt: skip
    if not 1 <= seats <= SEATS:
        raise CannotBook("%(seats)s firms at once; it is 1 to %(most)s", seats=seats, most=SEATS)


def overlaps(a_start: datetime, a_minutes: int, b_start: datetime, b_minutes: int) -> bool:
    """Whether two hours share a minute; one that begins as the other ends does not."""
    a_end, b_end = a_start + timedelta(minutes=a_minutes), b_start + timedelta(minutes=b_minutes)
    return a_start < b_end and b_start < a_end
