"""Fees: what a member owes for a year, what is left of it, and when to remind. Money to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
REMIND_AFTER = (0, 30, 60)
"""Days after the due day on which the first, second and third reminder may be written."""


class FeesRefused(ValueError):
    """The act would break the books; the message says why, and what to do."""


def days_in(year: int, since: date, until: date | None) -> int:
    """Days of the year on which a spell holds."""
    first, end = max(since, date(year, 1, 1)), min(until or date.max, date(year + 1, 1, 1))
    return max(0, (end - first).days)


def fee_due(yearly: Decimal, days: int, year: int, *, by_days: bool) -> Decimal:
    """What is owed for a year with so many days of membership, rounded to the cent, half up."""
    if not days:
        return Decimal("0.00")
    if not by_days:
        return yearly.quantize(CENT, ROUND_HALF_UP)
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return (yearly * days / length).quantize(CENT, ROUND_HALF_UP)


def left_to_pay(amount: Decimal, paid: Iterable[Decimal]) -> Decimal:
    return amount - sum(paid, Decimal(0))


def check_can_pay(left: Decimal, amount: Decimal, paid: Decimal) -> None:
    """Raises FeesRefused where more would come in than is owed, or more go back than came in."""
    if amount > left:
        raise FeesRefused(f"{amount} is more than the {left} that is left to pay; book the rest to another invoice")
    if amount < 0 and -amount > paid:
        raise FeesRefused(f"{-amount} is more than the {paid} that came in; it cannot be given back")


def check_can_cancel(paid: Decimal, reason: str) -> None:
    """Raises FeesRefused where money came in, or no reason is given."""
    if paid:
        raise FeesRefused(f"{paid} came in for this invoice; give it back before cancelling")
    if not reason.strip():
        raise FeesRefused("a cancelled invoice keeps its number; say why it is cancelled")


def next_reminder(due_on: date, written: int, today: date) -> int | None:
    """The level of the reminder that may be written today: 1, 2 or 3; None where it is too early, or all were."""
    if written >= len(REMIND_AFTER) or today <= due_on + timedelta(days=REMIND_AFTER[written]):
        return None
    return written + 1
