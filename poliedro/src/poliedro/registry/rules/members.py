"""Spells of membership: when one may begin, go on or end, and what counts as entering and leaving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

STILL = 0.02
"""Net growth a year within this of nothing, over three whole years, is stagnation; below it, decline."""


class MembershipRefused(ValueError):
    """The spell would contradict another; the message says which, and what to do."""


@dataclass(frozen=True)
class Stay:
    """An organisation's uninterrupted membership: spells that meet are one stay, whatever their category or fee.

    since: first day. until: first day outside; None: still a member.
    """

    organisation_id: int
    since: date
    until: date | None
    reason: str = ""

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or self.until > day)


Spell = tuple[int, date, date | None, str]
"""organisation, first day, first day outside, reason of leaving."""


def stays(spells: Iterable[Spell]) -> list[Stay]:
    """The stays that spells make up, by organisation and day. Spells that meet or overlap become one."""
    found: list[Stay] = []
    for organisation, start, end, reason in sorted(spells, key=lambda s: (s[0], s[1], s[2] or date.max)):
        last = found[-1] if found else None
        if last and last.organisation_id == organisation and (last.until is None or start <= last.until):
            if last.until is not None and (end is None or end > last.until):
                found[-1] = Stay(organisation, last.since, end, reason)
            continue
        found.append(Stay(organisation, start, end, reason))
    return found


@dataclass(frozen=True)
class Movement:
    """Members over (start, end]: stock at both ends, who came and who went. stock_end = stock_start + entries - exits,
    always, since each stay is one organisation's and its stays do not meet."""

    start: date
    end: date
    stock_start: int
    entries: int
    exits: int
    stock_end: int

    @property
    def churn(self) -> float | None:
        """Exits as a share of the stock at the start."""
        return self.exits / self.stock_start if self.stock_start else None

    @property
    def entry_rate(self) -> float | None:
        return self.entries / self.stock_start if self.stock_start else None

    @property
    def net_growth(self) -> float | None:
        return (self.stock_end - self.stock_start) / self.stock_start if self.stock_start else None


def movement(held: Sequence[Stay], start: date, end: date) -> Movement:
    """What happened to the membership in (start, end]."""
    return Movement(
        start,
        end,
        sum(s.holds_on(start) for s in held),
        sum(start < s.since <= end for s in held),
        sum(s.until is not None and start < s.until <= end for s in held),
        sum(s.holds_on(end) for s in held),
    )


def check_can_join(held: Iterable[tuple[date, date | None]], start: date) -> None:
    """Raises MembershipRefused where another spell goes on, or begins later."""
    for since, until in held:
        if until is None or until > start:
            raise MembershipRefused(
                f"it is a member from {since:%Y-%m-%d}; end that membership first, or join on a day after it"
            )


def check_can_end(since: date, until: date | None, on: date) -> None:
    """Raises MembershipRefused where the day is not within the spell."""
    if on <= since:
        raise MembershipRefused(f"the membership began on {since:%Y-%m-%d}; give a later day")
    if until is not None and on > until:
        raise MembershipRefused(f"the membership ended on {until:%Y-%m-%d}; give a day before it")


def check_can_renew(since: date, until: date | None, to: date | None) -> None:
    """Raises MembershipRefused where the new end does not lie after the old one."""
    if until is None:
        raise MembershipRefused("the membership has no end; there is nothing to renew")
    if to is not None and to <= until:
        raise MembershipRefused(f"the membership runs to {until:%Y-%m-%d} already; give a later day")
