"""Who answers a question: of those who know its field, the one with most room; and by when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

PROMISE_DAYS = 3
"""Working days to the first contact."""
DAILY_LIMIT = 5
"""Questions of one network address or e-mail address in 24 hours; teams of one e-mail address or account."""
TEAMS_OF_A_SENDER = 30
"""In 24 hours; the teams of a hackathon sit in one hall and share its network."""
CHANGES_A_DAY = 20
UNCONFIRMED_DAYS = 7
"""After so many days a question whose address was never confirmed is erased."""


NEARBY, AFAR, PAST = 0.6, 0.3, 0.5
"""What an organisation of the region, one elsewhere, and a project count beside people, laboratories, services and
cards, which exist to be asked; of most organisations no more is known than a name and an activity."""


def worth(kind: str, near: bool) -> float:
    """Factor on how well something fits a question: who can help from nearby comes before whoever bears such a name."""
    if kind == "project":
        return PAST
    return 1.0 if kind != "organisation" else NEARBY if near else AFAR


@dataclass(frozen=True)
class Contact:
    """A contact point. topics: concepts it knows, empty: any. open: tickets it has; capacity: how many it can carry."""

    key: int
    topics: frozenset[str]
    open: int
    capacity: int
    in_cluster: bool = False

    @property
    def load(self) -> float:
        return self.open / self.capacity if self.capacity else float("inf")


def choose_contact(contacts: Sequence[Contact], concepts: Collection[str]) -> Contact | None:
    """The least loaded of those who fit best: first who knows one of the concepts, then who is of the asker's cluster,
    then who takes anything. Someone who is full is passed over while anyone has room. Ties: the lowest key."""
    asked = set(concepts)
    if not contacts:
        return None

    def standing(c: Contact) -> tuple[bool, int, float, int]:
        fit = 0 if c.topics & asked else 1 if c.in_cluster else 2 if not c.topics else 3
        return c.load >= 1, fit, c.load, c.key

    return min(contacts, key=standing)


def working_days_later(day: date, n: int) -> date:
    """The day that is n working days (Monday to Friday) after a day."""
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5
    return day
