"""The aid in a loan or a guarantee, as the grant that it is worth: its gross grant equivalent, to the cent.

# Note [Two ways]
By market price: year by year, what the firm pays less than the market asks, at its present value on the day of the
grant. A loan: reference rate (base rate and margin by rating and collateral) less rate paid (Communication 2008/C
14/02). A guarantee: premium that holds no aid less premium paid, on what is guaranteed at the beginning of each year
(Notice 2008/C 155/02, point 4.2). Discounted with the base rate and 100 basis points.
By share of the ceiling: Regulation (EU) 2023/2831, article 4(3)(b) and 4(6)(b), de minimis only: a loan or guarantee of
the full amount over the full years counts as the ceiling, a smaller or shorter one as its part.

Every rate comes in as data of the day: `models/rates.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from poliedro.funding.rules.states import NotAllowed

CENT = Decimal("0.01")
YEAR = 12


class NoEquivalent(NotAllowed):
    """The equivalent cannot be worked out so; the message says why, and what to do."""


@dataclass(frozen=True)
class Terms:
    """A loan, or the guaranteed part of one: repaid in equal parts of the principal after the months of grace.

    every: months between payments. percent: rate of interest, or yearly premium, that the firm pays.
    """

    amount_eur: Decimal
    months: int
    percent: Decimal
    grace_months: int = 0
    every: int = YEAR


@dataclass(frozen=True)
class Step:
    """A period: what is owed in it, the aid in it, and that at its present value (EUR, unrounded)."""

    number: int
    owed_eur: Decimal
    aid_eur: Decimal
    present_eur: Decimal


@dataclass(frozen=True)
class Limit:
    """Up to so much over so many years, the share of the ceiling may be taken."""

    amount_eur: Decimal
    years: int


def _check(terms: Terms) -> None:
    if terms.amount_eur <= 0 or terms.months <= 0 or terms.percent < 0:
        raise NoEquivalent("amount and months are more than 0, the rate is not below 0; correct the terms")
    if terms.every <= 0 or terms.months % terms.every or terms.grace_months % terms.every:
        raise NoEquivalent(
            "%(months)s months with %(grace)s of grace do not divide into payments every %(every)s months; choose "
            "another rhythm",
            months=terms.months, grace=terms.grace_months, every=terms.every,
        )  # fmt: skip
    if not 0 <= terms.grace_months < terms.months:
        raise NoEquivalent(
            "%(grace)s months of grace leave no time to repay in %(months)s", grace=terms.grace_months,
            months=terms.months,
        )  # fmt: skip


def owed(terms: Terms) -> list[Decimal]:
    """What is owed at the beginning of each period, in EUR. Raises NoEquivalent."""
    _check(terms)
    periods, grace = terms.months // terms.every, terms.grace_months // terms.every
    parts = periods - grace
    return [terms.amount_eur * min(parts, periods - i) / parts for i in range(periods)]


def loan_steps(terms: Terms, reference: Decimal, discount: Decimal) -> list[Step]:
    """The aid of each period: interest is due at its end. reference, discount: percent a year. Raises NoEquivalent."""
    return _steps(terms, reference - terms.percent, discount, due_at_end=True)


def guarantee_steps(terms: Terms, premium: Decimal, discount: Decimal) -> list[Step]:
    """The aid of each period: a premium is due at its beginning. premium, discount: percent a year.

    Raises NoEquivalent.
    """
    return _steps(terms, premium - terms.percent, discount, due_at_end=False)


def _steps(terms: Terms, less: Decimal, discount: Decimal, *, due_at_end: bool) -> list[Step]:
    length = Decimal(terms.every) / YEAR
    found = []
    for i, amount in enumerate(owed(terms)):
        aid = amount * less / 100 * length
        after = (i + 1 if due_at_end else i) * length
        found.append(Step(i + 1, amount, aid, aid / (1 + discount / 100) ** after))
    return found


def equivalent_of(steps: Sequence[Step]) -> Decimal:
    """The gross grant equivalent, to the cent; 0 where the firm pays the market's price or more."""
    total = sum((s.present_eur for s in steps), Decimal(0))
    return max(Decimal(0), total).quantize(CENT, ROUND_HALF_UP)


def share_of_ceiling(amount_eur: Decimal, months: int, limits: Sequence[Limit], ceiling: Decimal) -> Decimal:
    """The part of the de minimis ceiling that a loan or guarantee counts as, to the cent.

    Raises NoEquivalent: it is larger or longer than any limit allows.
    """
    for limit in sorted(limits, key=lambda x: x.years):
        if months <= limit.years * YEAR:
            if amount_eur > limit.amount_eur:
                break
            part = amount_eur / limit.amount_eur * months / (limit.years * YEAR)
            return (ceiling * part).quantize(CENT, ROUND_HALF_UP)
    raise NoEquivalent(
        "EUR %(amount)s over %(months)s months pass what counts as a share of the ceiling (%(limits)s); work it out by "
        "the market's price",
        amount=amount_eur,
        months=months,
        limits=[f"EUR {x.amount_eur} / {x.years}" for x in sorted(limits, key=lambda x: x.years)],
    )
