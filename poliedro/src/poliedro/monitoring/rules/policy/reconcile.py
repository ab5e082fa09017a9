"""OpenCoesione against our own projects, by CUP: what is missing on one side, and what both state differently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from poliedro.reference.rules import words

MISSING_HERE, MISSING_THERE = "missing-here", "missing-there"
AMOUNT, TITLE, BENEFICIARY = "amount", "title", "beneficiary"
KINDS = (MISSING_HERE, MISSING_THERE, AMOUNT, TITLE, BENEFICIARY)


@dataclass(frozen=True)
class Stated:
    """A project as one side states it. Empty words and None are not known, and differ from nothing."""

    cup: str
    number: str
    title: str = ""
    beneficiary: str = ""
    tax_code: str = ""
    amount_eur: Decimal | None = None
    source: str = ""
    certainty: str = "reported"


@dataclass(frozen=True)
class Difference:
    """ours, theirs: what each side says; "" where it says nothing. gap_eur: of amounts, ours less theirs."""

    kind: str
    cup: str
    ours: str = ""
    theirs: str = ""
    gap_eur: Decimal | None = None


@dataclass(frozen=True)
class Reconciled:
    """agree: CUPs on both sides that state the same. without: rows of each side that have no CUP."""

    ours: int
    theirs: int
    both: int
    agree: int
    without_cup_here: int
    without_cup_there: int
    differences: tuple[Difference, ...]

    def count(self, kind: str) -> int:
        return sum(d.kind == kind for d in self.differences)


def gathered(rows: Iterable[Stated]) -> dict[str, Stated]:
    """One statement a CUP: a project in several rows adds up its amounts; the first title and beneficiary hold."""
    found: dict[str, Stated] = {}
    for row in sorted((r for r in rows if r.cup), key=lambda r: (r.cup, r.number)):
        held = found.get(row.cup)
        if held is None:
            found[row.cup] = row
            continue
        amounts = [a for a in (held.amount_eur, row.amount_eur) if a is not None]
        found[row.cup] = Stated(
            row.cup,
            held.number,
            held.title or row.title,
            held.beneficiary or row.beneficiary,
            held.tax_code or row.tax_code,
            sum(amounts, Decimal(0)) if amounts else None,
            held.source,
            held.certainty,
        )
    return found


def reconcile(ours: Sequence[Stated], theirs: Sequence[Stated]) -> Reconciled:
    """Compare by CUP. Each CUP is on one side or on both; nothing is compared that a side does not state."""
    here, there = gathered(ours), gathered(theirs)
    found: list[Difference] = []
    agree = 0
    for cup in sorted(here.keys() | there.keys()):
        own, other = here.get(cup), there.get(cup)
        if own is None and other is not None:
            found.append(Difference(MISSING_HERE, cup, "", other.title or other.number))
        elif other is None and own is not None:
            found.append(Difference(MISSING_THERE, cup, own.title or own.number, ""))
        elif own is not None and other is not None:
            apart = _apart(own, other)
            agree += not apart
            found += apart
    return Reconciled(
        len(here),
        len(there),
        len(here.keys() & there.keys()),
        agree,
        sum(not r.cup for r in ours),
        sum(not r.cup for r in theirs),
        tuple(found),
    )


def _apart(own: Stated, other: Stated) -> list[Difference]:
    found = []
    if own.amount_eur is not None and other.amount_eur is not None and own.amount_eur != other.amount_eur:
        gap = own.amount_eur - other.amount_eur
        found.append(Difference(AMOUNT, own.cup, f"{own.amount_eur:.2f}", f"{other.amount_eur:.2f}", gap))
    if own.title and other.title and words(own.title) != words(other.title):
        found.append(Difference(TITLE, own.cup, own.title, other.title))
    if _other_body(own, other):
        found.append(Difference(BENEFICIARY, own.cup, _body(own), _body(other)))
    return found


def _other_body(own: Stated, other: Stated) -> bool:
    """By tax code where both state one, else by name."""
    if own.tax_code and other.tax_code:
        return own.tax_code != other.tax_code
    if own.beneficiary and other.beneficiary:
        return words(own.beneficiary) != words(other.beneficiary)
    return False


def _body(side: Stated) -> str:
    return (
        f"{side.beneficiary} ({side.tax_code})"
        if side.beneficiary and side.tax_code
        else side.beneficiary or side.tax_code
    )
