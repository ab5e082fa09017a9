"""Whom a person helped as the one in charge of a firm's case: told to `accounts` for conflicts of interest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieFact, TieKind
from poliedro.support.models import Case


def ties_told(person: Person, since: date, on: date) -> Iterable[TieFact]:
    """Firms whose cases the person is or was in charge of. One query."""
    rows = Case.objects.filter(assigned_to=person, organisation__isnull=False, opened_on__lte=on)
    for firm, opened, closed in rows.exclude(closed_on__lte=since).values_list(
        "organisation", "opened_on", "closed_on"
    ):
        yield TieFact(TieKind.COACHES, f"organisation:{firm}", opened, closed)
