"""The values that make a difference: for each fact, one value of every cell into which comparisons cut it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from poliedro.funding.rules.conditions import Condition, comparisons_in, mentions
from poliedro.funding.rules.facts import FACTS, FactSpec, Kind


def values_that_matter(key: str, conditions: Sequence[Condition]) -> list[Any]:
    """Values of the fact of which at least one lies in each cell: comparing any other gives one of these answers."""
    spec = FACTS[key]
    compared = [c for c in comparisons_in(list(conditions)) if c["fact"] == key]
    if spec.kind is Kind.FLAG:
        return [True, False]
    if spec.kind is Kind.CHOICE:
        return _choices(spec, compared)
    if spec.kind is Kind.CODE:
        branches = sorted({str(b) for c in compared for b in c["under"]})
        return [*branches, "elsewhere"]
    limits = {Decimal(str(c[n])) for c in compared for n in ("at_least", "at_most", "is") if n in c}
    around = {limit + move * spec.step for limit in limits for move in (-1, 0, 1)}
    return sorted(v for v in around if spec.low <= v <= spec.high) or [spec.low]


def _choices(spec: FactSpec, compared: Sequence[Condition]) -> list[Any]:
    """The choices that are named, and the first that no comparison names."""
    named = {v for c in compared for v in (c["in"] if "in" in c else [c["is"]])}
    rest = [c for c in spec.choices if c not in named]
    return [*[c for c in spec.choices if c in named], *rest[:1]]


def shares_that_matter(conditions: Sequence[Condition]) -> list[Decimal]:
    """The shares of cost at which an answer changes, from conditions on shares; 0 among them."""
    found = {Decimal(0)}

    def look(part: Any) -> None:
        if isinstance(part, dict):
            own = "cost_share" in part or part.get("fact") == "cost_share"
            if own:
                found.update(Decimal(str(part[n])) for n in ("at_least", "at_most", "is") if n in part)
            for value in part.values():
                look(value)
        elif isinstance(part, list | tuple):
            for value in part:
                look(value)

    for condition in conditions:
        look(condition)
    return sorted(found)


def terms_of(condition: Condition) -> frozenset[str]:
    """What an answer rests on: "applicant:size_class", "project:trl_end", "cost", "parties", "split"."""
    words = mentions(condition)
    terms: set[str] = set()
    if words:
        terms.add("parties")
    for comparison in comparisons_in(condition):
        key = comparison["fact"]
        if key == "total_cost_eur":
            terms.add("cost")
        elif key == "cost_share":
            terms.add("split")
        else:
            terms.add(f"{'project' if FACTS[key].scope == 'project' else 'applicant'}:{key}")
    if "cost_share:group" in words:
        terms.add("split")
    return frozenset(terms)
