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

from poliedro.funding.rules.cells import shares_that_matter, terms_of, values_that_matter
from poliedro.funding.rules.conditions import Condition, Dossier, Party, ask, comparisons_in, mentions
from poliedro.funding.rules.document import CallDocument, Rule
from poliedro.funding.rules.facts import FACTS, ORDERED, Scope, in_order
from poliedro.shared.refusals import Said

PARTIES = 4
MOST_BRANCHES = 40_000
ANY_COST = Decimal(1_000_000)


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

    Conditions that share no fact are tried apart (see `_apart`), so that a contradiction is found where it stands,
    however much else the rules ask for.

    Raises:
        Undecided: too many branches were tried in one part, and no other part is contradictory.
    """
    found: list[Dossier] = []
    undecided = False
    for part in _apart(conditions):
        try:
            example = _example_of(part)
        except Undecided:
            undecided = True
            continue
        if example is None:
            return None
        found.append(example)
    if undecided:
        raise Undecided
    return _together(found)


def _apart(conditions: Sequence[Condition]) -> list[list[Condition]]:
    """The conditions in parts that have no fact, no partner and no share of cost in common."""
    parts: list[tuple[set[str], list[Condition]]] = []
    for condition in conditions:
        terms = {_PAIRED.get(t, t) for t in terms_of(condition)}
        touching = [p for p in parts if p[0] & terms]
        parts = [p for p in parts if not p[0] & terms]
        parts.append((terms.union(*(t for t, _c in touching)), [*(c for _t, own in touching for c in own), condition]))
    return [own for _terms, own in parts]


_PAIRED = {f"project:{late}": f"project:{early}" for early, late in ORDERED}


def _together(parts: Sequence[Dossier]) -> Dossier:
    """One application of what the parts found: the parties of the part that has several, every fact, the total cost."""
    if not parts:
        return Dossier((Party({}, ANY_COST),))
    several = max(parts, key=lambda d: len(d.parties))
    applicant: dict[str, Any] = {}
    project: dict[str, Any] = {}
    total = next((t for d in parts if (t := d.total_cost_eur) not in (None, ANY_COST)), ANY_COST) or Decimal(0)
    for dossier in parts:
        applicant |= dossier.applicant.facts
        project |= dossier.project
    shares = [(p.cost_eur or Decimal(0)) / (several.total_cost_eur or 1) for p in several.parties]
    if not several.total_cost_eur:
        shares = [Decimal(1), *(Decimal(0) for _p in several.parties[1:])]
    parties = [replace(p, cost_eur=s * total) for p, s in zip(several.parties, shares, strict=True)]
    parties[0] = replace(parties[0], facts=applicant)
    return Dossier(tuple(parties), project)


def _example_of(conditions: Sequence[Condition]) -> Dossier | None:
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
    values = {key: _values(key, conditions) for key in keys}
    slots: list[tuple[str, int]] = []
    for key in keys:
        if FACTS[key].scope is Scope.PROJECT:
            slots.append((key, -1))
        else:
            slots += [(key, i) for i in range(n if any(mentions(c) for c in conditions) else 1)]
    start = Dossier(tuple(Party({}, share * ANY_COST) for share in split))
    if "total_cost_eur" not in keys:
        return _descend(conditions, start, slots, values, budget)
    slots = [s for s in slots if s[0] != "total_cost_eur"]
    for value in values["total_cost_eur"]:
        parties = tuple(Party({}, share * value) for share in split)
        found = _descend(conditions, Dossier(parties), slots, values, budget)
        if found is not None:
            return found
    return None


def _values(key: str, conditions: Sequence[Condition]) -> list[Any]:
    """Those of the fact's cells; of a pair that has an order, those of both, so that one can lie beyond the other."""
    for pair in ORDERED:
        if key in pair:
            return sorted({v for k in pair for v in values_that_matter(k, conditions)})
    return values_that_matter(key, conditions)


def _descend(
    conditions: Sequence[Condition],
    dossier: Dossier,
    slots: Sequence[tuple[str, int]],
    values: Mapping[str, Sequence[Any]],
    budget: list[int],
) -> Dossier | None:
    budget[0] -= 1
    if budget[0] < 0:
        raise Undecided
    if not in_order(dossier.project):
        return None
    answers = [ask(c, dossier) for c in conditions]
    if any(a.value is False for a in answers):
        return None
    waiting = [a.missing for a in answers if a.value is None]
    if not waiting:
        return dossier
    if not slots:
        return None
    # Next, a fact of the rule that has the fewest left to be told: it answers, or refuses, soonest.
    wanted = min(waiting, key=len)
    key, i = next((s for s in slots if s[0] in wanted), slots[0])
    rest = [s for s in slots if s != (key, i)]
    for value in values[key]:
        found = _descend(conditions, _with(dossier, key, i, value), rest, values, budget)
        if found is not None:
            return found
    return None


def _with(dossier: Dossier, key: str, i: int, value: Any) -> Dossier:
    if i < 0:
        return replace(dossier, project={**dossier.project, key: value})
    parties = list(dossier.parties)
    parties[i] = parties[i].with_fact(key, value)
    return replace(dossier, parties=tuple(parties))
