"""What a call asks of a firm whatever its project: the part of its rules that the register can answer.

Nobody knows the project of a firm that has not applied. So a rule is read at its best for the firm: it plans what the
call asks for, and finds the partners that the call asks for. What is left speaks of the firm alone; a firm that fails
it is shut out. `relax` gives that part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poliedro.funding.rules.conditions import Condition, holds
from poliedro.funding.rules.facts import FACTS, Scope

Relaxed = Condition | bool
"""A condition over facts that the register knows, made of fact, all, any and not; or what it always is."""


def relax(condition: Condition, project: Mapping[str, Any], best: bool = True) -> Relaxed:
    """The condition as it binds a firm with the best project for it (or, inside a negation, the worst).

    Args:
        project: facts of the project that are given, such as its type of innovation.
        best: whether what is free is taken so that the condition holds.
    """
    if not condition:
        return True
    if "fact" in condition:
        spec = FACTS[condition["fact"]]
        if spec.scope is Scope.PROJECT:
            return holds(condition, project[spec.key]) if spec.key in project else best
        return condition if spec.register else best
    if "all" in condition:
        return _all([relax(c, project, best) for c in condition["all"]])
    if "any" in condition:
        return _any([relax(c, project, best) for c in condition["any"]])
    if "not" in condition:
        return _not(relax(condition["not"], project, not best))
    if "when" in condition:
        return _any([_not(relax(condition["when"], project, not best)), relax(condition["then"], project, best)])
    if "every_partner" in condition:  # others can be chosen to meet it, or not to
        return relax(condition["every_partner"], project, True) if best else False
    if "some_partner" in condition:
        return True if best else relax(condition["some_partner"], project, False)
    if "partners" in condition:
        return _count(condition, project, best)
    return best  # a share of the cost can be planned


def _count(condition: Condition, project: Mapping[str, Any], best: bool) -> Relaxed:
    parts: list[Relaxed] = []
    if "at_least" in condition:
        least = int(condition["at_least"])
        if least <= 0:
            parts.append(True)
        else:
            parts.append(True if best else (relax(condition["partners"], project, False) if least == 1 else False))
    if "at_most" in condition:
        most = int(condition["at_most"])
        if best:
            parts.append(_not(relax(condition["partners"], project, False)) if most == 0 else True)
        else:
            parts.append(False)
    return _all(parts)


def _all(parts: list[Relaxed]) -> Relaxed:
    if any(p is False for p in parts):
        return False
    left = [p for p in parts if p is not True]
    return (left[0] if len(left) == 1 else {"all": left}) if left else True


def _any(parts: list[Relaxed]) -> Relaxed:
    if any(p is True for p in parts):
        return True
    left = [p for p in parts if p is not False]
    return (left[0] if len(left) == 1 else {"any": left}) if left else False


def _not(part: Relaxed) -> Relaxed:
    return (not part) if isinstance(part, bool) else {"not": part}
