"""Money by S3 priority (R022): allocated, committed and paid, and what cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
NO_AREA = ""
"""Key of what no priority is stated for."""


@dataclass
class Spent:
    """Euro of one priority from one source. Not known is None, which is not 0."""

    allocated_eur: Decimal | None = None
    committed_eur: Decimal | None = None
    paid_eur: Decimal | None = None
    committed_by: dict[int, Decimal] = field(default_factory=dict)
    """year -> committed in it"""
    paid_by: dict[int, Decimal] = field(default_factory=dict)
    projects: int = 0

    def allocate(self, amount: Decimal) -> None:
        self.allocated_eur = (self.allocated_eur or ZERO) + amount

    def commit(self, amount: Decimal, year: int | None) -> None:
        self.committed_eur = (self.committed_eur or ZERO) + amount
        if year is not None:
            self.committed_by[year] = self.committed_by.get(year, ZERO) + amount

    def pay(self, amount: Decimal, year: int | None) -> None:
        self.paid_eur = (self.paid_eur or ZERO) + amount
        if year is not None:
            self.paid_by[year] = self.paid_by.get(year, ZERO) + amount


def faults_of(spent: Spent) -> list[str]:
    """What cannot be: more committed than allocated, more paid than committed. Of unknown amounts nothing is said."""
    found = []
    if spent.allocated_eur is not None and (spent.committed_eur or ZERO) > spent.allocated_eur:
        found.append("committed-beyond-allocated")
    if spent.committed_eur is not None and (spent.paid_eur or ZERO) > spent.committed_eur:
        found.append("paid-beyond-committed")
    return found


def running(by_year: dict[int, Decimal], years: list[int]) -> list[Decimal]:
    """Sums up to the end of each year; amounts of years before the first count from the first on."""
    return [sum((v for y, v in by_year.items() if y <= year), ZERO) for year in years]
