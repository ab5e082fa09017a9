"""From scores to a ranking that can be signed: totals, thresholds, divergence, ties in the open, the budget cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from poliedro.funding.rules.document import Criterion

DIVERGES = Decimal("0.3")
"""Two evaluators diverge where their totals lie further apart than this part of the scale."""


@dataclass(frozen=True)
class Marks:
    """One application: each evaluator's scores by criterion, the grant it asks for, and when it came in."""

    application: int
    scores: Mapping[int, Mapping[str, Decimal]]
    grant_eur: Decimal
    submitted_at: datetime


@dataclass(frozen=True)
class Place:
    """place: 1 is best; equal totals share it. total: 0..100; None where no score is complete. fails: criteria below
    their least. tied_with: applications of the same total. diverges: evaluators disagree widely. totals: each
    evaluator's, the lowest first. widest: the criterion on which their points lie furthest apart, as part of its scale.

    outcome: funded, reserve (no money left), below (a criterion is not met), nothing (no grant can be worked out for
    it), tie (the money ends among equals: people decide), open (scores are missing).
    """

    application: int
    place: int | None
    total: Decimal | None
    fails: tuple[str, ...]
    tied_with: tuple[int, ...]
    diverges: bool
    outcome: str
    totals: tuple[Decimal, ...] = ()
    widest: str = ""


def means(criteria: Sequence[Criterion], scores: Mapping[int, Mapping[str, Decimal]]) -> dict[str, Decimal] | None:
    """The mean score of each criterion over evaluators; None as long as an evaluator's score is missing."""
    if not scores or any(c.key not in given for given in scores.values() for c in criteria):
        return None
    n = Decimal(len(scores))
    return {c.key: sum((given[c.key] for given in scores.values()), Decimal(0)) / n for c in criteria}


def total_of(criteria: Sequence[Criterion], by_criterion: Mapping[str, Decimal]) -> Decimal:
    """Weighted total, 0..100, rounded to hundredths."""
    total = sum((c.weight * by_criterion[c.key] / c.most for c in criteria), Decimal(0))
    return total.quantize(Decimal("0.01"), ROUND_HALF_UP)


def totals_of(criteria: Sequence[Criterion], scores: Mapping[int, Mapping[str, Decimal]]) -> tuple[Decimal, ...]:
    """Each evaluator's total, of those who scored every criterion; the lowest first."""
    complete = [given for given in scores.values() if all(c.key in given for c in criteria)]
    return tuple(sorted(total_of(criteria, given) for given in complete))


def diverge(totals: Sequence[Decimal]) -> bool:
    return len(totals) > 1 and max(totals) - min(totals) > DIVERGES * 100


def widest_of(criteria: Sequence[Criterion], scores: Mapping[int, Mapping[str, Decimal]]) -> str:
    """The criterion on which the points lie furthest apart, as part of its scale; empty where nobody differs."""
    found, widest = "", Decimal(0)
    for c in criteria:
        given = [points[c.key] for points in scores.values() if c.key in points]
        apart = (max(given) - min(given)) / c.most if given else Decimal(0)
        if apart > widest:
            found, widest = c.key, apart
    return found


def rank(criteria: Sequence[Criterion], marks: Sequence[Marks], budget_eur: Decimal) -> list[Place]:
    """Every application with its place and what follows from it, best first, ties by the order of arrival.

    Money goes to whole groups of equals: where it does not reach for all of them, none is chosen by the machine.
    """
    scored = {m.application: means(criteria, m.scores) for m in marks}
    totals = {a: None if s is None else total_of(criteria, s) for a, s in scored.items()}
    fails = {a: () if s is None else tuple(c.key for c in criteria if s[c.key] < c.least) for a, s in scored.items()}
    order = sorted(
        marks,
        key=lambda m: (totals[m.application] is None, -(totals[m.application] or 0), m.submitted_at, m.application),
    )
    outcomes = _outcomes(order, totals, fails, budget_eur)
    places = []
    for m in order:
        total = totals[m.application]
        equals = () if total is None else tuple(
            o.application for o in order if o.application != m.application and totals[o.application] == total
        )  # fmt: skip
        place = None if total is None else 1 + sum((t or 0) > total for t in totals.values() if t is not None)
        apart = totals_of(criteria, m.scores)
        places.append(
            Place(m.application, place, total, fails[m.application], equals, diverge(apart), outcomes[m.application],
                  apart, widest_of(criteria, m.scores))
        )  # fmt: skip
    return places


def _outcomes(
    order: Sequence[Marks],
    totals: Mapping[int, Decimal | None],
    fails: Mapping[int, tuple[str, ...]],
    budget_eur: Decimal,
) -> dict[int, str]:
    outcomes: dict[int, str] = {}
    left = budget_eur
    for m in order:
        if totals[m.application] is None:
            outcomes[m.application] = "open"
        elif fails[m.application]:
            outcomes[m.application] = "below"
        elif not m.grant_eur:
            outcomes[m.application] = "nothing"
    waiting = [m for m in order if m.application not in outcomes]
    while waiting:
        best = totals[waiting[0].application]
        group = [m for m in waiting if totals[m.application] == best]
        waiting = waiting[len(group) :]
        asked = sum((m.grant_eur for m in group), Decimal(0))
        if asked <= left:
            left -= asked
            outcomes.update({m.application: "funded" for m in group})
            continue
        single = len(group) == 1
        outcomes.update({m.application: "reserve" if single or left <= 0 else "tie" for m in group})
        left = Decimal(0)  # nobody below is served before those above
    return outcomes
