"""Disclosure control: which cells of a table are hidden so that nobody's own figure can be read or worked out.

One rule for every room, in plain Python: `protect` takes a table with who stands behind each cell, and gives it back
with hidden cells and the reason for each. What was published earlier counts too: rooms that publish again and again use
`publish`, which keeps a register of what was shown (the room `monitoring` provides it) and checks all of it together.

# Note [Rectangles]
A hidden cell is safe if the table can be changed without touching what is shown: the corners of a rectangle move up and
down in turn, a total moves with its parts. The rectangle is a proof that the cell lies in an interval of that width at
least. It is the hypercube method of statistical offices (Repsilber 1994; Hundepool and others 2012, chapter 4).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Any

TOTAL = ""
"""Key of the row or column of totals."""
Key = tuple[str, str]


class Why(StrEnum):
    FEW = "few"
    DOMINATED = "dominated"
    COMPLEMENT = "complement"
    EARLIER = "earlier"


class CannotPublish(RuntimeError):
    """With everything hidden, earlier publications still tell too much: they were not made with the register."""


class InvalidCells(ValueError):
    """A table that cannot be protected: a negative value, or a row or column that is named as totals are."""


@dataclass(frozen=True)
class Rule:
    """When a cell is hidden, and how wide the doubt about it must stay.

    minimum: fewer contributors than this are hidden. dominance: so is a cell of which one contributor holds a greater
    share. spread: on each side of a hidden value, what one can work out must stay off by at least this share of it; for
    counts (whole) the two sides together must also be at least `minimum` wide. steadiness: the attacker is taken to
    know that nobody's value changes by more than this share from one period to the next (used across periods). Where
    everybody knows a most that nobody's value exceeds (no score is above 100), see `most` of `hides`.
    """

    minimum: int = 3
    dominance: float = 0.85
    spread: float = 0.15
    steadiness: float = 0.1

    def hides(self, value: float, up: float, down: float, whole: bool, most: float = math.inf) -> bool:
        """Whether the value stays open enough if it can still be `up` more and `down` less.

        most: the greatest that it could be at all. What is known without any table cannot be kept open: above it no
        doubt is asked for. But the two sides together must then be `spread` of it wide, also for values near 0.
        """
        side = self.spread * value
        wide = self.minimum if whole else 0.0 if most == math.inf else self.spread * most
        return up >= min(side, most - value) and down >= side and up + down >= wide


USUAL = Rule()


@dataclass(frozen=True)
class Cell:
    """value: >= 0. contributors: who stands behind it (keys such as "firm:12"). largest: the greatest share (0..1) that
    one of them holds of the value; None: not known, or a count."""

    value: float
    contributors: frozenset[str]
    largest: float | None = None


@dataclass(frozen=True)
class Cells:
    """A table whose totals are sums. rows, columns: in order; one column makes a list. whole: the values are counts.
    bodies: what each body has of all rows together, where one may stand behind several. most: more than this nobody's
    value can be, as everybody knows (100 of a score); None: no such bound."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[Key, Cell]
    whole: bool = False
    bodies: Mapping[int, float] = field(default_factory=dict)
    most: float | None = None

    def __post_init__(self) -> None:
        if TOTAL in self.rows or TOTAL in self.columns:
            raise InvalidCells("a row or column has an empty name, which stands for totals; name it")
        wrong = [k for k, c in self.cells.items() if c.value < 0]
        if wrong:
            raise InvalidCells(f"{wrong[0]} is {self.cells[wrong[0]].value}; only values of 0 or more can be protected")
        above = [k for k, c in self.cells.items() if self.most and c.value > self.most * len(c.contributors) + 1e-6]
        if above:
            raise InvalidCells(
                f"{above[0]} is {self.cells[above[0]].value} of {len(self.cells[above[0]].contributors)} who may have "
                f"{self.most} each; leave `most` out where nobody knows a bound"
            )

    @property
    def all_rows(self) -> list[str]:
        return [*self.rows, TOTAL]

    @property
    def all_columns(self) -> list[str]:
        return [*self.columns, TOTAL] if len(self.columns) > 1 else list(self.columns)

    def whole_table(self) -> dict[Key, Cell]:
        """Every cell, with those of the totals. A total's largest share is not known unless one body is all of it."""
        nobody = Cell(0, frozenset())
        found = {}
        for r, c in product(self.all_rows, self.all_columns):
            parts = [
                self.cells.get((a, b), nobody)
                for a in (self.rows if r == TOTAL else [r])
                for b in (self.columns if c == TOTAL else [c])
            ]
            found[r, c] = parts[0] if len(parts) == 1 else _sum(parts)
        return found


def list_of(sums: Mapping[str, Mapping[int, float]], column: str, rows: Sequence[str] | None = None) -> Cells:
    """Sums by row with the bodies behind them. sums: row -> body -> its part of the row.

    A body of two rows is two contributors: what it has in one and in the other are two unknowns, and as one contributor
    a total would count it once where the rows count it twice. `whole_is_sensitive` counts bodies as they are.
    """
    rows_of = Counter(body for bodies in sums.values() for body in bodies)
    whole: Counter[int] = Counter()
    cells = {}
    for row, bodies in sums.items():
        total = sum(bodies.values())
        whole.update(bodies)
        if total:
            who = frozenset(f"firm:{b}" if rows_of[b] == 1 else f"firm:{b}@{row}" for b in bodies)
            cells[row, column] = Cell(round(total, 2), who, max(bodies.values()) / total)
    return Cells(sorted(sums) if rows is None else rows, [column], cells, bodies=whole)


def whole_is_sensitive(table: Cells, rule: Rule | None = None) -> Why | None:
    """Why nothing of a `list_of` may be shown: few bodies stand behind the whole, or one holds nearly all of it."""
    total = sum(table.bodies.values())
    if not total:
        return None
    parties = frozenset(f"firm:{body}" for body in table.bodies)
    return is_sensitive(Cell(total, parties, max(table.bodies.values()) / total), rule or USUAL)


def _sum(parts: Sequence[Cell]) -> Cell:
    value = sum(p.value for p in parts)
    # the greatest known single part is a lower bound of what one contributor holds of the total
    known = max((p.value * p.largest for p in parts if p.largest is not None), default=None)
    share = known / value if known is not None and value else None
    return Cell(value, frozenset().union(*(p.contributors for p in parts)), share)


@dataclass(frozen=True)
class Protected:
    """What may be shown. value: None where hidden. why: the reason of each hidden cell."""

    table: Cells
    values: Mapping[Key, float]
    why: Mapping[Key, Why] = field(default_factory=dict)

    def value(self, row: str = TOTAL, column: str = TOTAL) -> float | None:
        key = self.key(row, column)
        return None if key in self.why else self.values[key]

    def reason(self, row: str = TOTAL, column: str = TOTAL) -> Why | None:
        return self.why.get(self.key(row, column))

    def key(self, row: str, column: str) -> Key:
        """A list has no column of totals: its one column answers."""
        return row, (self.table.columns[0] if column == TOTAL and len(self.table.columns) == 1 else column)

    @property
    def shown(self) -> dict[Key, float]:
        return {k: v for k, v in self.values.items() if k not in self.why}


def is_sensitive(cell: Cell, rule: Rule = USUAL) -> Why | None:
    """Why the cell may not be shown by itself; None where it may. An empty cell tells nothing about anybody."""
    if not cell.contributors:
        return None
    if len(cell.contributors) < rule.minimum:
        return Why.FEW
    if cell.largest is not None and cell.largest > rule.dominance:
        return Why.DOMINATED
    return None


def protect(
    table: Cells, rule: Rule = USUAL, *, hide: Mapping[Key, Why] | None = None, may_hide_totals: bool = True
) -> Protected:
    """The table with hidden cells: those that are sensitive, and as many others as keep them from being worked out.

    hide: cells to hide whatever they are. may_hide_totals: totals are hidden last, since readers want them most; where
    False and nothing else helps, InvalidCells says so.
    """
    full = table.whole_table()
    why: dict[Key, Why] = {k: reason for k, c in full.items() if (reason := is_sensitive(c, rule)) is not None}
    why.update(hide or {})
    pending = sorted(why, key=lambda k: (k[0] == TOTAL, k[1] == TOTAL, -full[k].value, k))
    safe: set[Key] = set()
    while True:
        for key in pending:
            safe.add(key)
            for corner in _cheapest(table, full, key, why, rule, may_hide_totals):
                if corner not in why:
                    why[corner] = Why.COMPLEMENT
        pending = sorted(set(_thin_groups(table, full, why, rule)) - safe)
        if not pending:
            break
        why.update(dict.fromkeys((k for k in pending if k not in why), Why.COMPLEMENT))
    return Protected(table, {k: c.value for k, c in full.items()}, why)


def _cheapest(
    table: Cells, full: Mapping[Key, Cell], key: Key, why: Mapping[Key, Why], rule: Rule, totals: bool
) -> tuple[Key, ...]:
    """Corners of the rectangle that proves the cell safe at the least loss."""
    best: tuple[tuple[float, ...], tuple[Key, ...]] | None = None
    for corners, up, down in _rectangles(table, full, key):
        if not rule.hides(full[key].value, up, down, table.whole):
            continue
        new = [k for k in corners if k not in why]
        lost_totals = sum((k[0] == TOTAL) + (k[1] == TOTAL) for k in new)
        if lost_totals and not totals:
            continue
        cost = (float(lost_totals), float(len(new)), sum(full[k].value for k in new))
        if best is None or (cost, corners) < best:
            best = cost, corners
    if best is None:
        raise InvalidCells(f"{key} cannot be protected without hiding totals; show totals alone, or allow it")
    return best[1]


def _rectangles(table: Cells, full: Mapping[Key, Cell], key: Key) -> Iterator[tuple[tuple[Key, ...], float, float]]:
    """(corners, how far the cell can rise, how far it can fall) for each rectangle with the cell in one corner."""
    r, c = key
    columns: list[str | None] = [x for x in table.all_columns if x != c] or [None]
    for r2, c2 in product((x for x in table.all_rows if x != r), columns):
        down_row = 1 if TOTAL in (r, r2) else -1
        signs = {key: 1, (r2, c): down_row}
        if c2 is not None:
            across = 1 if TOTAL in (c, c2) else -1
            signs |= {(r, c2): across, (r2, c2): down_row * across}
        up = min((full[k].value for k, s in signs.items() if s < 0), default=math.inf)
        down = min(full[k].value for k, s in signs.items() if s > 0)
        yield tuple(signs), up, down


def _thin_groups(table: Cells, full: Mapping[Key, Cell], why: Mapping[Key, Why], rule: Rule) -> Iterator[Key]:
    """Their sum is known: for each line whose hidden cells have too few contributors together, one more to hide."""
    for line, total in _lines(table):
        hidden = [k for k in line if k in why]
        if not hidden or total in why:
            continue
        behind = frozenset().union(*(full[k].contributors for k in hidden))
        if len(behind) >= rule.minimum:
            continue
        others = [k for k in line if k not in why and full[k].contributors - behind]
        # nothing left in the line to hide: its total goes
        yield min(others, key=lambda k: (full[k].value, k)) if others else total


def _lines(table: Cells) -> Iterator[tuple[list[Key], Key]]:
    """Each sum of the table: its parts, and its total."""
    if len(table.columns) == 1:
        only = table.columns[0]
        yield [(r, only) for r in table.rows], (TOTAL, only)
        return
    for r in table.all_rows:
        yield [(r, c) for c in table.columns], (r, TOTAL)
    for c in table.all_columns:
        yield [(r, c) for r in table.rows], (TOTAL, c)


# --- what is published again and again --------------------------------------------------------------------------------
Publisher = Callable[..., Protected]
_PUBLISHERS: dict[str, Publisher] = {}


def provide_publisher(publisher: Publisher) -> None:
    """The room that keeps the register of publications says how to publish. It calls this when the site starts."""
    _PUBLISHERS["publish"] = publisher


def publish(*, name: str, measure: str, period: str, table: Cells, by: object, rule: Rule = USUAL) -> Protected:
    """Protect a table against itself and everything published before, keep it in the register, and give it back.

    name: of the page or export. measure: what the values are ("revenue"): tables of one measure are held against each
    other. period: sorts as text ("2019" < "2020"). Publishing the same table again gives what was shown before.
    """
    return _PUBLISHERS["publish"](name=name, measure=measure, period=period, table=table, by=by, rule=rule)


def changed_parties(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """How many stand behind what came, went or is counted elsewhere between two states of the same rows.

    old, new: {key of the row: [who stands behind it, fingerprint of what is counted of it]}.
    """
    keys = [k for k in {*old, *new} if old.get(k) != new.get(k)]
    return len({mark[0] for k in keys for mark in (old.get(k), new.get(k)) if mark is not None})
