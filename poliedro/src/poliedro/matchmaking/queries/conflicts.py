"""Whom a person mentored: told to `accounts` for conflicts of interest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieFact, TieKind
from poliedro.matchmaking.models import Pair


def ties_told(person: Person, since: date, on: date) -> Iterable[TieFact]:
    """Firms that the person mentors or mentored. One query."""
    rows = Pair.objects.filter(mentor__person=person, started_on__lte=on).exclude(ended_on__lte=since)
    for firm, started, ended in rows.values_list("mentee__organisation", "started_on", "ended_on"):
        if firm is not None and started is not None:
            yield TieFact(TieKind.COACHES, f"organisation:{firm}", started, ended)
