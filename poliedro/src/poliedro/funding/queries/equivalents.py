"""The aid in a loan or a guarantee, with the rates of the day. See Note [Two ways] in `rules/equivalent.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from poliedro.funding.models import AidRate
from poliedro.funding.rules.aid import ceiling_on
from poliedro.funding.rules.document import CallDocument
from poliedro.funding.rules.equivalent import (
    Limit,
    NoEquivalent,
    Step,
    Terms,
    equivalent_of,
    guarantee_steps,
    loan_steps,
    share_of_ceiling,
)

Kind = AidRate.Kind
LIMITS = {"loan": Kind.LOAN_LIMIT, "guarantee": Kind.GUARANTEE_LIMIT}
COVER = {"loan": Kind.LOAN_COLLATERAL, "guarantee": Kind.GUARANTEE_SHARE}


@dataclass(frozen=True)
class Worked:
    """An equivalent, and what it rests on. steps: by period; empty for a share of the ceiling."""

    equivalent_eur: Decimal
    steps: list[Step]
    rates: list[AidRate]
    basis: dict[str, Any]


def rates_on(day: date) -> list[AidRate]:
    """Everything that holds on the day."""
    rows = AidRate.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
    return list(rows.order_by("kind", "rating", "collateral", "years"))


def _one(rates: Iterable[AidRate], day: date, kind: str, rating: str = "", collateral: str = "") -> AidRate:
    for rate in rates:
        if (rate.kind, rate.rating, rate.collateral) == (kind, rating, collateral):
            return rate
    raise NoEquivalent(
        "no rate is recorded for %(day)s: %(what)s; enter it under Rates of state aid, with its source",
        day=day, what=", ".join(x for x in (kind, rating, collateral) if x),
    )  # fmt: skip


def _percent(rate: AidRate) -> Decimal:
    assert rate.percent is not None  # a constraint of the table
    return rate.percent


def worth_at_market(instrument: str, terms: Terms, rating: str, collateral: str, day: date) -> Worked:
    """By the market's price on the day. collateral: of a loan. Raises NoEquivalent."""
    rates = rates_on(day)
    base, margin = _one(rates, day, Kind.BASE), _one(rates, day, Kind.DISCOUNT)
    discount = _percent(base) + _percent(margin)
    if instrument == "loan":
        own = _one(rates, day, Kind.MARGIN, rating, collateral)
        steps = loan_steps(terms, _percent(base) + _percent(own), discount)
    else:
        own = _one(rates, day, Kind.PREMIUM, rating)
        steps = guarantee_steps(terms, _percent(own), discount)
    return _worked(instrument, "market", terms, equivalent_of(steps), steps, [base, margin, own], day)


def worth_as_share(instrument: str, terms: Terms, cover: Decimal | None, day: date) -> Worked:
    """As a share of the de minimis ceiling of the day. cover: percent of the loan that collateral secures, or that the
    guarantee covers. Raises NoEquivalent."""
    rates = rates_on(day)
    bound = _one(rates, day, COVER[instrument])
    too_far = instrument == "loan" and (cover or Decimal(0)) < _percent(bound)
    if too_far or (instrument == "guarantee" and (cover is None or cover > _percent(bound))):
        raise NoEquivalent(
            "a share of the ceiling is for a loan of which collateral covers at least %(least)s percent, or a "
            "guarantee of at most that part of the loan; here it is %(cover)s: work it out by the market's price",
            least=_percent(bound), cover=cover if cover is not None else "?",
        )  # fmt: skip
    held = [r for r in rates if r.kind == LIMITS[instrument]]
    limits = [Limit(r.amount_eur, r.years) for r in held if r.amount_eur is not None]
    worth = share_of_ceiling(terms.amount_eur, terms.months, limits, ceiling_on(day))
    return _worked(instrument, "share", terms, worth, [], [bound, *held], day)


def _worked(
    instrument: str, way: str, terms: Terms, worth: Decimal, steps: list[Step], rates: list[AidRate], day: date
) -> Worked:
    basis = {
        "instrument": instrument, "way": way, "amount_eur": str(terms.amount_eur), "months": terms.months,
        "grace_months": terms.grace_months, "every": terms.every, "percent": str(terms.percent), "on": day.isoformat(),
        "rates": [
            {"kind": r.kind, "rating": r.rating, "collateral": r.collateral, "percent": str(r.percent or ""),
             "amount_eur": str(r.amount_eur or ""), "years": r.years, "reference": r.reference}
            for r in rates
        ],
    }  # fmt: skip
    return Worked(worth, steps, rates, basis)


def loan_aid(document: CallDocument, loan_eur: Decimal, day: date, *, strict: bool = False) -> Decimal | None:
    """What a loan of a call is worth as a grant on the day, to the cent; None where that is not known: the call does
    not say its terms, or (unless strict) a rate of the day is missing.

    Raises NoEquivalent: strict, and a rate is missing.
    """
    if not loan_eur:
        return Decimal(0)
    if document.loan_terms is None:
        return None
    stated = document.loan_terms
    unit = stated.terms
    terms = Terms(loan_eur, unit.months, unit.percent, unit.grace_months, unit.every)
    try:
        return worth_at_market("loan", terms, stated.rating, stated.collateral, day).equivalent_eur
    except NoEquivalent:
        if strict:
            raise
        return None
