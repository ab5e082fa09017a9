"""Hand-over of a start-up that leaves its incubator: what an item needs, who may be asked, what was confirmed. Plain
Python.

# Note [The start-up passes it on]
A checklist tells of debts, contracts and people. So a cluster reads it only once the start-up has confirmed it, knowing
which clusters are proposed; a cluster proposed later reads it after the next confirmation. Of private items clusters
see the state alone, whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any


class ItemState(StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_NEEDED = "not_needed"


class Owner(StrEnum):
    INCUBATOR = "incubator"
    START_UP = "start_up"
    CLUSTER = "cluster"


SOON_DAYS = 90
"""Days before a start-up leaves from which its incubator is asked for the hand-over."""
LATE_DAYS = 365
"""Days after it left on which it is still asked for; who left earlier is history."""


class HandOverRefused(ValueError):
    """The checklist cannot be changed, handed over or confirmed as wanted; the message says why."""


class InvalidItems(ValueError):
    """The file of items lacks a key, names one twice or an owner that there is not."""


@dataclass(frozen=True)
class Item:
    """One item of the list that a region asks for. days: by when, from the day of leaving on."""

    key: str
    title_it: str
    title_en: str
    help_it: str
    help_en: str
    owner: Owner
    days: int
    is_private: bool

    def words(self, language: str) -> tuple[str, str]:
        """Title and help, in Italian or else in English."""
        return (self.title_it, self.help_it) if language.startswith("it") else (self.title_en, self.help_en)

    def due_on(self, leaves_on: date, today: date) -> date:
        """By when; never a day that is past when the checklist is opened."""
        return max(leaves_on + timedelta(days=self.days), today)


def items_in(raw: Mapping[str, Any]) -> list[Item]:
    """The items of a file, in its order. Raises InvalidItems."""
    found: list[Item] = []
    for row in raw.get("items") or ():
        missing = [name for name in ("key", "it", "en", "owner") if not row.get(name)]
        if missing:
            raise InvalidItems(f"item {row.get('key') or len(found) + 1} has no {missing[0]!r}; add it")
        if row["key"] in {i.key for i in found}:
            raise InvalidItems(f"item {row['key']!r} stands twice; give one of them another key")
        if row["owner"] not in (Owner.INCUBATOR, Owner.START_UP):
            raise InvalidItems(f"item {row['key']!r} has owner {row['owner']!r}; write incubator or start_up")
        found.append(
            Item(
                row["key"], row["it"], row["en"], row.get("help_it", ""), row.get("help_en", ""), Owner(row["owner"]),
                int(row.get("days", 0)), bool(row.get("private", False)),
            )
        )  # fmt: skip
    if not found:
        raise InvalidItems("the file has no items; a hand-over needs at least one")
    return found


def check_item(*, state: str, note: str, owner: str, due_on: date | None) -> None:
    """Raises HandOverRefused where something is not needed without saying why, or open without who and by when."""
    if state == ItemState.NOT_NEEDED and not note.strip():
        raise HandOverRefused("an item that is not needed says why")
    if state == ItemState.OPEN and (not owner or due_on is None):
        raise HandOverRefused("an open item names who sees to it and by when")


def check_can_settle(*, state: str, new: str) -> None:
    """Whoever owns an item may settle it, not open it again. Raises HandOverRefused."""
    if state != ItemState.OPEN:
        raise HandOverRefused("it is settled already")
    if new == ItemState.OPEN:
        raise HandOverRefused("say whether it is done, or why it is not needed")


def check_can_hand_over(*, handed_at: datetime | None, changed_at: datetime) -> None:
    """Raises HandOverRefused where nothing was changed since it was handed over."""
    if handed_at is not None and handed_at >= changed_at:
        raise HandOverRefused("it was handed over, and nothing was changed since")


def awaits_confirmation(*, handed_at: datetime | None, confirmed_at: datetime | None) -> bool:
    """Whether the start-up is asked: it was handed over, and not confirmed since."""
    return handed_at is not None and (confirmed_at is None or confirmed_at < handed_at)


def check_can_confirm(*, handed_at: datetime | None, changed_at: datetime, confirmed_at: datetime | None) -> None:
    """Raises HandOverRefused where it is not handed over, is being changed, or was confirmed already."""
    if handed_at is None or changed_at > handed_at:
        raise HandOverRefused("the incubator still works on it; wait until it hands it over")
    if not awaits_confirmation(handed_at=handed_at, confirmed_at=confirmed_at):
        raise HandOverRefused("it was confirmed already, and nothing was changed since")


def check_can_drop(cluster: str, owned: Sequence[str]) -> None:
    """Raises HandOverRefused where a cluster that is no longer proposed still sees to an item."""
    if cluster in owned:
        raise HandOverRefused(f"{cluster} still sees to an open item; give the item to somebody else first")
