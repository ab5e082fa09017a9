"""What all rules of a line say together of firms of which not everything is known.

Rule by rule, a firm of unknown age may be at most two years old and may be at least seven; together it cannot. So where
the rules leave a firm open, its unknown facts are tried cell by cell: is there a value of each with which every rule
passes, and one with which one refuses?
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import polars as pl

from poliedro.funding.rules.cells import values_that_matter
from poliedro.funding.rules.conditions import Condition, comparisons_in, holds
from poliedro.funding.rules.inclusion import Relaxed

Compare = Any
"""Condition -> expression: yes, no or null."""


def settle(frame: pl.DataFrame, conditions: Sequence[Relaxed], compare: Compare, whole: Compare) -> pl.Series:
    """One verdict a row: True (in), False (out), null (it depends on what is not known).

    Args:
        conditions: of one line, as `relax` gives them.
        compare, whole: the expression of one comparison, of one condition.
    """
    verdict = frame.select(verdict=pl.all_horizontal([whole(c) for c in conditions])) if conditions else None
    if verdict is None or (verdict.height == 1 and frame.height != 1):  # every rule is the same for everybody
        value = True if verdict is None else verdict["verdict"][0]
        return pl.Series("verdict", [value] * frame.height, dtype=pl.Boolean)
    told = verdict["verdict"]
    open_ones = frame.filter(told.is_null())
    bound: list[Condition] = [c for c in conditions if not isinstance(c, bool)]
    atoms = list({json.dumps(dict(c), sort_keys=True, default=str): c for c in comparisons_in(bound)}.values())
    if open_ones.is_empty() or not atoms:
        return told
    key = pl.concat_str([compare(a).cast(pl.String).fill_null("?") for a in atoms], separator=" ")
    keys = open_ones.select(key=key)["key"]
    decided = {text: _decide(text.split(" "), atoms, bound) for text in keys.unique().to_list()}
    answers = keys.replace_strict(
        pl.Series(list(decided), dtype=pl.String), pl.Series(list(decided.values()), dtype=pl.Boolean),
        return_dtype=pl.Boolean,
    )  # fmt: skip
    return told.scatter(told.is_null().arg_true(), answers)


def _decide(known: Sequence[str], atoms: Sequence[Condition], conditions: Sequence[Condition]) -> bool | None:
    """Whether all conditions hold for every way in which the unknown facts may be (True), for none (False)."""
    truth = {_name(a): (None if k == "?" else k == "true") for a, k in zip(atoms, known, strict=True)}
    by_fact: dict[str, list[Condition]] = {}
    for atom in atoms:
        by_fact.setdefault(atom["fact"], []).append(atom)
    unknown = {f: own for f, own in by_fact.items() if any(truth[_name(a)] is None for a in own)}
    ways = [list(_ways(fact, own, truth, conditions)) for fact, own in unknown.items()]
    seen: set[bool] = set()
    for chosen in product(*ways):
        value = _all_hold(conditions, truth | {k: v for way in chosen for k, v in way.items()})
        seen.add(value)
        if len(seen) == 2:
            return None
    return seen.pop() if seen else None


def _ways(
    fact: str, own: Sequence[Condition], truth: Mapping[str, bool | None], conditions: Sequence[Condition]
) -> Iterator[dict[str, bool]]:
    """How the comparisons of one fact may come out together, one way for each cell, as far as some are known."""
    seen = set()
    for value in values_that_matter(fact, conditions):
        way = {_name(a): holds(a, value) for a in own}
        fits = all(truth[name] in (None, is_so) for name, is_so in way.items())
        if fits and (found := tuple(way.values())) not in seen:
            seen.add(found)
            yield way


def _name(atom: Condition) -> str:
    return json.dumps(dict(atom), sort_keys=True, default=str)


def _all_hold(conditions: Sequence[Condition], truth: Mapping[str, bool | None]) -> bool:
    return all(_holds(c, truth) for c in conditions)


def _holds(condition: Relaxed, truth: Mapping[str, bool | None]) -> bool:
    if isinstance(condition, bool):
        return condition
    if "all" in condition:
        return all(_holds(c, truth) for c in condition["all"])
    if "any" in condition:
        return any(_holds(c, truth) for c in condition["any"])
    if "not" in condition:
        return not _holds(condition["not"], truth)
    return bool(truth[_name(condition)])
