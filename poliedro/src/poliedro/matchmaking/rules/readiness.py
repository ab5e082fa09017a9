"""Whether a start-up may be shown to investors, and how well a round fits an investor's thesis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

READINESS = ("team", "plan", "finances", "product", "rights", "shareholders")
"""What is asked before the gate: who does it, the plan, the accounts and forecasts, a product that was shown to
customers, who owns the intellectual property, and the list of shareholders."""
GATE = 5
"""Of the six, so many must be there; plan and finances always."""
ALWAYS = ("plan", "finances")


def missing(answers: Mapping[str, bool]) -> list[str]:
    """What is not there yet, in the order of the list."""
    return [key for key in READINESS if not answers.get(key)]


def passes_gate(answers: Mapping[str, bool]) -> bool:
    lacking = missing(answers)
    return len(READINESS) - len(lacking) >= GATE and not set(ALWAYS) & set(lacking)


@dataclass(frozen=True)
class Fit:
    """How well a round fits a thesis: score 0..1, null where a condition is not met; reasons: (code, weight)."""

    score: float | None
    reasons: tuple[tuple[str, float], ...]


def thesis_fit(
    *,
    stages: Collection[str],
    fields: Collection[str],
    places: Sequence[str],
    least: Decimal,
    most: Decimal,
    stage: str,
    round_fields: Collection[str],
    place: str,
    amount: Decimal,
) -> Fit:
    """Stage, amount, field and place are conditions; then field counts .5, place .2, nearness to the middle amount .3.

    places: territory codes; a shorter code holds the longer ones.
    """
    if stages and stage not in stages:
        return Fit(None, (("stage", 0.0),))
    if not least <= amount <= most:
        return Fit(None, (("amount", 0.0),))
    if places and not any(place.startswith(p) for p in places):
        return Fit(None, (("place", 0.0),))
    shared = set(fields) & set(round_fields)
    if fields and not shared:
        return Fit(None, (("field", 0.0),))
    field = 0.5 * (len(shared) / len(set(round_fields)) if fields and round_fields else 0.5)
    where = 0.2 if places else 0.1
    middle = float(least + most) / 2
    size = 0.3 * max(0.0, 1 - abs(float(amount) - middle) / middle) if middle else 0.0
    reasons = (("field", round(field, 3)), ("place", where), ("amount", round(size, 3)))
    return Fit(round(field + where + size, 3), tuple(sorted(reasons, key=lambda r: -r[1])))
