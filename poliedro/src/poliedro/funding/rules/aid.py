"""State aid to the cent: what a single undertaking may still get, and what a project's parties get.

De minimis: Regulation (EU) 2023/2831, article 3(2): at most 300 000 EUR over any period of three years to a single
undertaking (article 2(2): the firm with all firms linked to it); before 2024, Regulation (EU) 1407/2013: 200 000 EUR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from poliedro.funding.rules.conditions import Dossier, ask
from poliedro.funding.rules.document import CallDocument
from poliedro.funding.rules.thresholds import BesidePending, TooMuchAid

CENT = Decimal("0.01")

YEARS = 3
CEILINGS: tuple[tuple[date, Decimal], ...] = (
    (date(2014, 1, 1), Decimal(200_000)),
    (date(2024, 1, 1), Decimal(300_000)),
)
"""De minimis: from this day on, so many EUR over any three years."""


class OverCeiling(TooMuchAid):
    """An award that would pass the ceiling."""


@dataclass(frozen=True)
class Award:
    """Aid to one undertaking: the gross grant equivalent."""

    granted_on: date
    amount_eur: Decimal


def ceiling_on(day: date) -> Decimal:
    """The de minimis ceiling in force; 0 before the first regulation that is encoded."""
    found = Decimal(0)
    for since, ceiling in CEILINGS:
        if day >= since:
            found = ceiling
    return found


def years_before(day: date, years: int = YEARS) -> date:
    """The same day some years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def received(awards: Sequence[Award], day: date) -> Decimal:
    """What was granted in the three years that end with the day."""
    start = years_before(day)
    return sum((a.amount_eur for a in awards if start < a.granted_on <= day), Decimal(0))


def room_on(awards: Sequence[Award], day: date) -> Decimal:
    """What may still be granted on the day, in EUR; never below 0.

    Every period of three years that holds the day counts, those that end with a later award too: so the ceiling holds
    in whatever order awards are recorded.
    """
    later = {a.granted_on for a in awards if a.granted_on > day and years_before(a.granted_on) < day}
    return max(Decimal(0), min(ceiling_on(end) - received(awards, end) for end in {day, *later}))


def room_beside(awards: Sequence[Award], pending: Sequence[Award], day: date) -> Decimal:
    """What may still be granted on the day so that all that is pending can still be signed; never below 0.

    pending: with the day of its decision. It is signed then at the earliest, and not before the day in question.
    """
    return room_on([*awards, *(Award(max(p.granted_on, day), p.amount_eur) for p in pending)], day)


def check_award(awards: Sequence[Award], award: Award, pending: Sequence[Award] = ()) -> None:
    """Raises OverCeiling where the award would pass the ceiling, BesidePending where it would with what is pending.

    pending: decided for the undertaking elsewhere, and not signed. See Note [Pending binds].
    """
    room = room_on(awards, award.granted_on)
    if award.amount_eur > room:
        raise OverCeiling(
            "%(amount_eur)s EUR on %(granted_on)s passes the de minimis ceiling: %(room)s EUR are left for the "
            "undertaking with its linked firms; grant at most that, or use another regime",
            amount_eur=award.amount_eur,
            granted_on=award.granted_on,
            room=room,
        )
    beside = room_beside(awards, pending, award.granted_on)
    if award.amount_eur > beside:
        raise BesidePending(
            "%(amount_eur)s EUR on %(granted_on)s fit under the de minimis ceiling alone, and no more with aid that is "
            "decided and not signed: %(room)s EUR are left beside it; grant at most that, lower the other grant, or "
            "state why it falls away",
            amount_eur=award.amount_eur,
            granted_on=award.granted_on,
            room=beside,
        )


def undertaking(firm: int, linked: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The firm with every firm that is linked to it through any chain. linked: pairs, in either direction."""
    group, todo = {firm}, [firm]
    while todo:
        current = todo.pop()
        for a, b in linked:
            other = b if a == current else (a if b == current else None)
            if other is not None and other not in group:
                group.add(other)
                todo.append(other)
    return frozenset(group)


# --- what an application gets -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """What a party gets of its cost. own_eur: what is left for it to pay (the co-financing that it needs)."""

    name: str
    cost_eur: Decimal
    grant_eur: Decimal
    loan_eur: Decimal
    intensity: Decimal | None

    @property
    def own_eur(self) -> Decimal:
        return self.cost_eur - self.grant_eur - self.loan_eur


def parts_of(document: CallDocument, line: str, dossier: Dossier) -> list[Part | None]:
    """What each party would get, to the cent, rounded down; None for one whose cost or intensity is not known."""
    return [_part(document, line, dossier, i) for i in range(len(dossier.parties))]


def _part(document: CallDocument, line: str, dossier: Dossier, i: int) -> Part | None:
    party = dossier.parties[i]
    if party.cost_eur is None:
        return None
    for intensity in document.intensities:
        if intensity.lines and line not in intensity.lines:
            continue
        fits = ask(intensity.who, dossier, party).value
        if fits is None:
            return None
        if fits:
            grant = (party.cost_eur * intensity.grant).quantize(CENT, ROUND_DOWN)
            loan = (party.cost_eur * intensity.loan).quantize(CENT, ROUND_DOWN)
            return Part(party.name, party.cost_eur, grant, loan, intensity.grant + intensity.loan)
    return Part(party.name, party.cost_eur, Decimal(0), Decimal(0), Decimal(0))


def room_of_costs(cost_eur: Decimal, most: Decimal, other_aid_eur: Sequence[Decimal]) -> Decimal:
    """GBER, article 8(3): what may still be granted for the same costs, so that all aid stays within the intensity."""
    ceiling = (cost_eur * most).quantize(CENT, ROUND_DOWN)
    return max(Decimal(0), ceiling - sum(other_aid_eur, Decimal(0)))


def part_of(grant_eur: Decimal, accepted_eur: Decimal, cost_eur: Decimal) -> Decimal:
    """The part of a grant that the accepted cost has earned, to the cent, rounded down; all of it for all the cost."""
    return (grant_eur * accepted_eur / cost_eur).quantize(CENT, ROUND_DOWN) if cost_eur else Decimal(0)


def split_to_the_cent(total: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The total in parts by weight, each in cents, adding up exactly: cents left over go to the largest remainders.

    Raises:
        ValueError: no weight is positive.
    """
    whole = sum(weights.values(), Decimal(0))
    if whole <= 0:
        raise ValueError("there is nothing to split by: no weight is above 0")
    exact = {k: total * w / whole for k, w in weights.items()}
    parts = {k: v.quantize(CENT, ROUND_DOWN) for k, v in exact.items()}
    left = int((total - sum(parts.values(), Decimal(0))) / CENT)
    for key in sorted(parts, key=lambda k: (parts[k] - exact[k], k))[:left]:
        parts[key] += CENT
    return parts
