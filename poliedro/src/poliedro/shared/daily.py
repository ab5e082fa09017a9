"""What a room does once a day: expire, remind, raise alarms, erase. `poliedro daily` runs it, and so does the worker.

Each piece is safe to run twice on one day and catches up after days on which it did not run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

Round = Callable[[date], str]
"""Does its work for a day and says in a line what it did."""
_ROUNDS: dict[str, Round] = {}


def daily(name: str, work: Round) -> None:
    """Register daily work under a name such as "matchmaking.expire_cards"."""
    _ROUNDS[name] = work


def run_daily(today: date) -> dict[str, str]:
    """Do everything that is due on that day, room by room. Name -> what was done."""
    return {name: work(today) for name, work in sorted(_ROUNDS.items())}
