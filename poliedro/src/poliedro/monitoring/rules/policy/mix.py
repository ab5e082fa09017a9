"""The policy mix (R023): which measure reaches whom, where measures overlap, and what none reaches.

# Note [Cells]
A cell is a target group at a stage of its life, at one technology readiness level (1..9). Firms have stages; research
and public bodies have none ("body"). The instrument is what a measure brings to a cell: two measures with the same
cells and another instrument complement each other, with the same instrument they overlap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from poliedro.funding.rules.cells import values_that_matter
from poliedro.funding.rules.conditions import Condition, Dossier, Party, ask, comparisons_in
from poliedro.funding.rules.document import CallDocument, Rule
from poliedro.funding.rules.inclusion import Relaxed, relax

Cell = tuple[str, str, int]
"""group, stage, technology readiness level. See Note [Cells]."""
FIRMS = ("start_up", "micro", "small", "medium", "large")
BODIES = ("research_body", "university", "its", "third_sector")
GROUPS = (*FIRMS, *BODIES)
STAGES = ("idea", "start_up", "growth", "mature")
BODY = "body"
LEVELS = tuple(range(1, 10))
AGES: Mapping[str, tuple[int, int]] = {"idea": (0, 0), "start_up": (0, 4), "growth": (5, 14), "mature": (15, 100)}
"""Completed years of a firm at each stage, both ends included."""


def stages_of(group: str) -> tuple[str, ...]:
    """The stages that a group can be in: a start-up is not an established firm, and a body has no stage."""
    if group in BODIES:
        return (BODY,)
    return STAGES[:3] if group == "start_up" else STAGES


ALL_CELLS: frozenset[Cell] = frozenset((g, s, level) for g in GROUPS for s in stages_of(g) for level in LEVELS)


@dataclass(frozen=True)
class Reach:
    """A measure and its cells. by_rules: whether the rules of its calls gave them; else its own statement.

    shut_out: cells that the measure states and its rules refuse.
    """

    key: str
    instrument: str
    cells: frozenset[Cell]
    by_rules: bool = False
    shut_out: frozenset[Cell] = frozenset()
    is_proposed: bool = False


@dataclass(frozen=True)
class Pair:
    """Two measures. jaccard: cells of both over cells of either; None where neither has any. shared: cells of both."""

    one: str
    other: str
    jaccard: float | None
    shared: int
    same_instrument: bool


@dataclass(frozen=True)
class Effect:
    """What a measure would add. fills: cells that nothing reached. brings: cells that get its instrument for the first
    time, though others reach them. overlaps: its pairs with those that are there, the closest first."""

    fills: frozenset[Cell]
    brings: frozenset[Cell]
    overlaps: tuple[Pair, ...]
    empty_before: int
    empty_after: int


def stated_cells(groups: Iterable[str], stages: Iterable[str], trl_from: int, trl_to: int) -> frozenset[Cell]:
    """The cells that a measure says it is for. Groups that no cell has are left out; a body needs no stage."""
    chosen, levels = set(stages), range(trl_from, trl_to + 1)
    return frozenset(
        (g, s, level)
        for g in set(groups) & set(GROUPS)
        for s in stages_of(g)
        if s == BODY or s in chosen
        for level in levels
        if level in LEVELS
    )


def jaccard(one: frozenset[Cell], other: frozenset[Cell]) -> float | None:
    """Shared cells over all cells of the two, 0..1; None where neither has a cell (Jaccard 1912)."""
    together = len(one | other)
    return len(one & other) / together if together else None


def empty_cells(reaches: Iterable[Reach], instrument: str = "") -> frozenset[Cell]:
    """The cells that no measure reaches; with an instrument, that no measure with it reaches."""
    return ALL_CELLS - frozenset().union(*(r.cells for r in reaches if not instrument or r.instrument == instrument))


def counts(reaches: Iterable[Reach]) -> Counter[Cell]:
    """Cell -> how many measures reach it."""
    return Counter(cell for r in reaches for cell in r.cells)


def pair_of(one: Reach, other: Reach) -> Pair:
    return Pair(
        one.key,
        other.key,
        jaccard(one.cells, other.cells),
        len(one.cells & other.cells),
        one.instrument == other.instrument,
    )


def pairs(reaches: Sequence[Reach]) -> list[Pair]:
    """Every two measures, the closest first."""
    found = [pair_of(a, b) for i, a in enumerate(reaches) for b in reaches[i + 1 :]]
    return sorted(found, key=lambda p: (-(p.jaccard or 0), p.one, p.other))


def effect_of(there: Sequence[Reach], draft: Reach) -> Effect:
    """What the draft would add to the measures that are there."""
    before = empty_cells(there)
    same = frozenset().union(*(r.cells for r in there if r.instrument == draft.instrument))
    fills = draft.cells & before
    found = sorted((pair_of(draft, r) for r in there), key=lambda p: (-(p.jaccard or 0), p.other))
    return Effect(
        fills,
        draft.cells - same - fills,
        tuple(p for p in found if p.shared),
        len(before),
        len(before - draft.cells),
    )


# --- cells from the rules of a call -----------------------------------------------------------------------------------
def ruled_cells(document: CallDocument) -> frozenset[Cell]:
    """The cells that some line of the call does not surely refuse.

    Read at its best for the applicant, as `relax` does: it finds the partners and plans the project that the call asks
    for, at a readiness level that the cell names somewhere between start and end.
    """
    found: set[Cell] = set()
    for line in document.lines:
        rules = document.rules_of(line.key)
        parties = [(g, s, facts) for g in GROUPS for s in stages_of(g) for facts in _parties(g, s, rules)]
        asked: dict[tuple[str, ...], dict[tuple[str, str], bool]] = {}
        for start in LEVELS:
            for end in range(start, 10):
                project = {"trl_start": Decimal(start), "trl_end": Decimal(end)}
                left = [relax(r.check, project) for r in rules]
                if any(c is False for c in left):
                    continue
                key = tuple(repr(c) for c in left if c is not True)
                if key not in asked:
                    asked[key] = _answers([c for c in left if not isinstance(c, bool)], parties)
                for (group, stage), may in asked[key].items():
                    if may:
                        found.update((group, stage, level) for level in range(start, end + 1))
    return frozenset(found)


def _answers(
    conditions: Sequence[Condition], parties: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> dict[tuple[str, str], bool]:
    """(group, stage) -> whether some such party is not surely refused."""
    may: dict[tuple[str, str], bool] = {}
    for group, stage, facts in parties:
        if not may.get((group, stage)):
            dossier = Dossier((Party(facts),))
            may[group, stage] = all(ask(c, dossier).value is not False for c in conditions)
    return may


def _parties(group: str, stage: str, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Facts of parties of the group at the stage: one for each value that makes a difference to the rules."""
    if stage == BODY:
        return [{"kind": group}]
    kinds = {"start_up": ("start_up", ("micro", "small")), "large": ("large_firm", ("large",))}
    kind, sizes = kinds.get(group, ("enterprise", (group,)))
    low, high = AGES[stage]
    checks = [r.check for r in rules]
    facts = {c["fact"] for c in comparisons_in(checks)}
    ages = _between("age_years", checks, low, high) if "age_years" in facts else [Decimal(low)]
    found = []
    for size in sizes:
        for age in ages:
            held = {"kind": kind, "size_class": size, "age_years": age}
            if "years_of_accounts" not in facts:
                found.append(held)
                continue
            most = int(high if "age_years" not in facts else age)
            years = _between("years_of_accounts", checks, max(0, low - 1), most)
            found += [{**held, "years_of_accounts": y} for y in years]
    return found


def _between(key: str, checks: Sequence[Condition], low: int, high: int) -> list[Decimal]:
    """Both ends, and what lies between them and makes a difference."""
    ends = {Decimal(low), Decimal(max(low, high))}
    return sorted(ends | {v for v in values_that_matter(key, checks) if low <= v <= high})


__all__ = ["ALL_CELLS", "Cell", "Effect", "Pair", "Reach", "Relaxed", "effect_of", "empty_cells", "pairs"]
