"""Invented projects that the rules of their call admit: the right kind and size of firm, a plan and a cost in range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from poliedro.funding.queries.facts import register_facts
from poliedro.funding.rules.aid import parts_of
from poliedro.funding.rules.conditions import Dossier
from poliedro.funding.rules.document import WORDS, CallDocument, judge, verdict
from poliedro.funding.rules.soundness import find_example
from poliedro.registry.models import Organisation

COSTS = 12
"""Costs (40 000 to 2 500 000 euro) that are tried for a firm before the one of the rules' own example is taken."""


@dataclass(frozen=True)
class Grant:
    """stated: the facts of the firm that the register does not know. cost_eur, grant_eur, loan_eur: to the cent."""

    line: str
    firm: Organisation
    day: date
    stated: dict[str, Any]
    project: dict[str, Any]
    cost_eur: Decimal
    grant_eur: Decimal
    loan_eur: Decimal


def admitted_grants(
    document: CallDocument, firms: Sequence[Organisation], days: Sequence[date], dice: Random
) -> Iterator[Grant]:
    """A grant for each day on which a firm is admitted, on the lines in turn, within the budget of each line (a line
    of which no budget is known, 0, has no bound)."""
    examples = {line.key: find_example([r.check for r in document.rules_of(line.key)]) for line in document.lines}
    lines = [line.key for line in document.lines if (own := examples[line.key]) and len(own.parties) == 1]
    left = {line.key: line.budget_eur or Decimal("Infinity") for line in document.lines}
    waiting = {key: list(firms) for key in lines}
    for n, day in enumerate(days):
        for line in lines[n % len(lines) :] + lines[: n % len(lines)] if lines else []:
            found = _next(document, line, examples[line], waiting[line], day, dice)
            if found is not None and found.grant_eur + found.loan_eur <= left[line]:
                left[line] -= found.grant_eur + found.loan_eur
                for queue in waiting.values():
                    if found.firm in queue:
                        queue.remove(found.firm)
                yield found
                break


def _next(
    document: CallDocument, line: str, example: Dossier | None, waiting: list[Organisation], day: date, dice: Random
) -> Grant | None:
    """The first of those that wait that is admitted; who is refused before it waits no more for this line."""
    while waiting and example is not None:
        found = _admitted(document, line, example, waiting[0], day, dice)
        if found is not None:
            return found
        waiting.pop(0)
    return None


def _admitted(
    document: CallDocument, line: str, example: Dossier, firm: Organisation, day: date, dice: Random
) -> Grant | None:
    """The firm as the register knows it, with the example's facts where it does not; None where a rule refuses."""
    known = register_facts(firm, day)
    stated = {k: v for k, v in example.applicant.facts.items() if k not in known}
    usual = [Decimal(round(10 ** dice.uniform(1.6, 3.4)) * 1000) for _ in range(COSTS)]
    for cost in [*usual, example.total_cost_eur or usual[0]]:
        party = replace(example.applicant, facts={**stated, **known}, cost_eur=cost)
        dossier = Dossier((party,), example.project)
        if verdict(list(judge(document, line, dossier).values())) != WORDS[True]:
            continue
        part = parts_of(document, line, dossier)[0]
        if part is None or not part.grant_eur:
            return None
        project = {k: v for k, v in example.project.items() if k != "total_cost_eur"}
        return Grant(line, firm, day, stated, project, cost, part.grant_eur, part.loan_eur)
    return None


def as_stated(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as an application keeps them: numbers as text."""
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in facts.items()}
