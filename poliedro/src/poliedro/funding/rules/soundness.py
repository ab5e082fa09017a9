"""Whether a draft can work at all: each line must have an application that passes; no rule may be idle.

`find_example` looks for an application that no rule of a line refuses: it fills facts one by one, with the values that
matter, and gives up a branch as soon as a rule says no. It ends with an example, with the proof that there is none (all
branches were tried, up to `PARTIES` parties), or undecided when it has tried too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Any

from poliedro.funding.rules.cells import shares_that_matter, values_that_matter
from poliedro.funding.rules.conditions import Condition, Dossier, Party, ask, comparisons_in, mentions
from poliedro.funding.rules.document import CallDocument, Rule
from poliedro.funding.rules.facts import FACTS, Scope
from poliedro.shared.refusals import Said

PARTIES = 4
MOST_BRANCHES = 40_000


class Undecided(Exception):
    """Too many branches: neither an example nor a proof was found."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft. rules: the keys of the rules at fault. blocks: whether it may not be published."""

    kind: str
    line: str
    rules: tuple[str, ...]
    blocks: bool = True


SENTENCES = {
    "contradiction": "Line %(line)s cannot be won: these rules cannot hold together: %(rules)s",
    "no_rules": "Line %(line)s has no rules; give it one, or take it out",
    "idle": "This rule refuses nobody: %(rules)s",
    "same_rules": "Line %(line)s asks the same as line %(other)s",
    "undecided": "Whether line %(line)s can be won was not decided: its rules combine in too many ways",
}


def said_of(fault: Fault, texts: Mapping[str, str] | None = None) -> Said:
    """The fault as a sentence. texts: what each rule says in the reader's language, beside its key."""
    named = [f"{texts[k]} [{k}]" if texts and k in texts else k for k in fault.rules]
    other = fault.rules[0] if fault.rules else ""
    return Said(SENTENCES[fault.kind], line=fault.line, rules="; ".join(named), other=other)


def faults_of(document: CallDocument) -> list[Fault]:
    """Contradictions (with a least set of rules that cannot hold together), idle rules, lines that repeat another."""
    faults: list[Fault] = []
    for line in document.lines:
        rules = document.rules_of(line.key)
        if not rules:
            faults.append(Fault("no_rules", line.key, ()))
            continue
        try:
            if find_example([r.check for r in rules]) is None:
                faults.append(Fault("contradiction", line.key, _least_conflict(rules)))
        except Undecided:
            faults.append(Fault("undecided", line.key, (), blocks=False))
    faults += [Fault("idle", "", (rule.key,), blocks=False) for rule in document.rules if is_idle(rule.check)]
    faults += _repeated(document)
    return faults


def _least_conflict(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Rules that cannot hold together, none of which can be left out: dropped one by one as long as none is needed."""
    kept = list(rules)
    for rule in rules:
        others = [r for r in kept if r.key != rule.key]
        try:
            if others and find_example([r.check for r in others]) is None:
                kept = others
        except Undecided:
            continue
    return tuple(r.key for r in kept)


def is_idle(condition: Condition) -> bool:
    """Whether a rule refuses nobody."""
    try:
        return find_example([{"not": condition}]) is None
    except Undecided:
        return False


def _repeated(document: CallDocument) -> list[Fault]:
    seen: dict[tuple[str, ...], str] = {}
    faults = []
    for line in document.lines:
        own = tuple(sorted(r.key for r in document.rules_of(line.key)))
        if own in seen and not any(i.lines for i in document.intensities):
            faults.append(Fault("same_rules", line.key, (seen[own],), blocks=False))
        seen.setdefault(own, line.key)
    return faults


def find_example(conditions: Sequence[Condition]) -> Dossier | None:
    """An application that meets all conditions; None where there is none with up to `PARTIES` parties.

    Raises:
        Undecided: too many branches were tried.
    """
    numbers = range(1, parties_for(conditions) + 1) if any(mentions(c) for c in conditions) else [1]
    budget = [MOST_BRANCHES]
    for n in numbers:
        for split in _splits(conditions, n):
            found = _fill(conditions, n, split, budget)
            if found is not None:
                return found
    return None


def parties_for(conditions: Sequence[Condition]) -> int:
    """How many parties are tried: `PARTIES`, or one more than the largest number that a rule counts to."""
    most = PARTIES

    def look(part: Any) -> None:
        nonlocal most
        if isinstance(part, dict):
            if "partners" in part:
                most = max(most, *(int(part[n]) + 1 for n in ("at_least", "at_most") if n in part))
            for value in part.values():
                look(value)
        elif isinstance(part, list | tuple):
            for value in part:
                look(value)

    look(list(conditions))
    return most


def _splits(conditions: Sequence[Condition], n: int) -> list[tuple[Decimal, ...]]:
    """How the cost may be split over n parties: every way in which all but one bear a share that matters."""
    shares = shares_that_matter(conditions)
    if len(shares) == 1:
        return [tuple(Decimal(1) / n for _ in range(n))]
    beside = {Decimal(1) - s for s in shares} | set(shares)
    found = [tuple(Decimal(1) / n for _ in range(n))]
    for rest in product(sorted(beside), repeat=n - 1):
        first = 1 - sum(rest, Decimal(0))
        if 0 <= first <= 1:
            found.append((first, *rest))
    return list(dict.fromkeys(found))


def _fill(conditions: Sequence[Condition], n: int, split: Sequence[Decimal], budget: list[int]) -> Dossier | None:
    keys = [c["fact"] for c in comparisons_in(list(conditions))]
    keys = [k for k in dict.fromkeys(keys) if k != "cost_share"]
    slots: list[tuple[str, int]] = []
    for key in keys:
        if FACTS[key].scope is Scope.PROJECT:
            slots.append((key, -1))
        else:
            slots += [(key, i) for i in range(n if any(mentions(c) for c in conditions) else 1)]
    total = Decimal(1_000_000)
    start = Dossier(tuple(Party({}, share * total) for share in split))
    if "total_cost_eur" not in keys:
        return _descend(conditions, start, slots, budget)
    slots = [s for s in slots if s[0] != "total_cost_eur"]
    for value in values_that_matter("total_cost_eur", conditions):
        parties = tuple(Party({}, share * value) for share in split)
        found = _descend(conditions, Dossier(parties), slots, budget)
        if found is not None:
            return found
    return None


def _descend(
    conditions: Sequence[Condition], dossier: Dossier, slots: Sequence[tuple[str, int]], budget: list[int]
) -> Dossier | None:
    budget[0] -= 1
    if budget[0] < 0:
        raise Undecided
    answers = [ask(c, dossier).value for c in conditions]
    if False in answers:
        return None
    if None not in answers:
        return dossier
    if not slots:
        return None
    (key, i), rest = slots[0], slots[1:]
    for value in values_that_matter(key, conditions):
        found = _descend(conditions, _with(dossier, key, i, value), rest, budget)
        if found is not None:
            return found
    return None


def _with(dossier: Dossier, key: str, i: int, value: Any) -> Dossier:
    if i < 0:
        return replace(dossier, project={**dossier.project, key: value})
    parties = list(dossier.parties)
    parties[i] = parties[i].with_fact(key, value)
    return replace(dossier, parties=tuple(parties))
