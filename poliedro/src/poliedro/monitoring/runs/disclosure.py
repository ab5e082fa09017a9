"""How much all that was published tells together: the bounds that an attacker can compute (linear programming)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from poliedro.shared.disclosure import Rule

INFEASIBLE = 2


@dataclass(frozen=True)
class Stated:
    """A cell of a publication. edition: of its values; the same period published anew with other values is another.

    shown: whether the reader sees it. sensitive: whether it must not be worked out.
    """

    period: str
    edition: int
    contributors: frozenset[str]
    value: float
    shown: bool
    sensitive: bool


def too_close(cells: Sequence[Stated], rule: Rule, whole: bool, most: float | None = None) -> list[frozenset[str]]:
    """The contributors of whom the shown cells of one measure, taken together, tell too much.

    Looked at: each hidden cell that is sensitive; each group of fewer than `rule.minimum` contributors that single
    tables never name, but that two of them differ by; and, of the newest edition, each sum of such groups that is still
    fewer than that (a later table may name it: what is told of it by then can no longer be hidden). Unknowns: each
    contributor's value in each edition of each period; contributors that always appear together are one. Attacks: sums
    alone; and sums with the belief that nobody's value changes by more than `rule.steadiness` from one period to the
    next. A belief that contradicts what is shown tells nothing. most: the greatest value that one contributor can have,
    as everybody knows; both attacks use it.
    """
    system = _System(cells, most)
    aims: list[tuple[frozenset[str], dict[int, float], float | None]] = [
        (c.contributors, system.form(c), c.value) for c in cells if c.sensitive and not c.shown and c.contributors
    ]
    stated = {c.contributors: c.value for c in cells if (c.period, c.edition) == system.newest}
    aims += [(who, {i: 1.0}, None) for i, who in system.small_groups(rule.minimum)]
    aims += [(who, form, stated.get(who)) for who, form in system.small_sums(rule.minimum)]
    found: list[frozenset[str]] = []
    for steady in (None, rule.steadiness):
        for who, form, value in aims:
            if who in found:
                continue
            ends = system.bounds(form, steady)
            if ends is None:
                break
            low, high = ends
            true = (low + high) / 2 if value is None else value
            slack = 1e-6 * max(1.0, abs(true)) if true < float("inf") else 0.0
            counts = whole and value is not None
            could = float("inf") if most is None else len(who) * most
            if true < float("inf") and not rule.hides(true, high - true + slack, true - low + slack, counts, could):
                found.append(who)
    return found


class _System:
    """The linear system of what is shown, over groups of contributors."""

    def __init__(self, cells: Sequence[Stated], most: float | None = None) -> None:
        self._most = most
        self.newest = max(((c.period, c.edition) for c in cells), default=("", 0))
        marks: dict[str, list[int]] = defaultdict(list)
        for i, cell in enumerate(cells):
            if cell.shown or cell.sensitive:
                for one in cell.contributors:
                    marks[one].append(i)
        # a most is of each contributor: then even those that always appear together are bounded one by one
        self._group_of = {
            one: tuple(where) if most is None else (*where, -1 - i)
            for i, (one, where) in enumerate(sorted(marks.items()))
        }
        self._members: dict[tuple[int, ...], set[str]] = defaultdict(set)
        for one, group in self._group_of.items():
            self._members[group].add(one)
        self._index: dict[tuple[str, int, tuple[int, ...]], int] = {}
        self._equal: list[dict[int, float]] = []
        self._right: list[float] = []
        for cell in cells:
            if cell.shown and cell.contributors:
                self._equal.append(self.form(cell))
                self._right.append(cell.value)
            elif cell.sensitive:
                self.form(cell)
        self._links = self._steps(cells)

    def form(self, cell: Stated) -> dict[int, float]:
        """The unknowns that the cell is the sum of."""
        keys = {(cell.period, cell.edition, self._group_of[one]) for one in cell.contributors}
        return {self._index.setdefault(key, len(self._index)): 1.0 for key in sorted(keys)}

    def small_groups(self, minimum: int) -> list[tuple[int, frozenset[str]]]:
        """Unknowns of fewer contributors than the minimum."""
        return [(i, frozenset(who)) for key, i in self._index.items() if len(who := self._members[key[2]]) < minimum]

    def small_sums(self, minimum: int) -> list[tuple[frozenset[str], dict[int, float]]]:
        """Sums of two or more unknowns of the newest edition that have fewer contributors than the minimum together."""
        own = [(i, frozenset(self._members[key[2]])) for key, i in self._index.items() if key[:2] == self.newest]
        small = [(i, who) for i, who in own if len(who) < minimum - 1]
        return [
            (who, {i: 1.0 for i, _w in some})
            for n in range(2, minimum)
            for some in itertools.combinations(small, n)
            if len(who := frozenset().union(*(w for _i, w in some))) < minimum
        ]

    def _steps(self, cells: Iterable[Stated]) -> list[tuple[int, int]]:
        """Pairs of unknowns of one group in neighbouring editions or periods."""
        moments = sorted({(c.period, c.edition) for c in cells})
        links = []
        for before, after in itertools.pairwise(moments):
            for group in self._members:
                a, b = self._index.get((*before, group)), self._index.get((*after, group))
                if a is not None and b is not None:
                    links.append((a, b))
        return links

    def bounds(self, form: Mapping[int, float], steady: float | None) -> tuple[float, float] | None:
        """The least and greatest value of a sum of unknowns; None where the belief contradicts what is shown."""
        n = len(self._index)
        aim = np.zeros(n)
        for i, weight in form.items():
            aim[i] = weight
        less, limit = None, None
        if steady is not None:
            steps: list[Mapping[int, float]] = []
            for a, b in self._links:
                steps += [{b: 1.0, a: -(1 + steady)}, {a: 1 - steady, b: -1.0}]
            if not steps:
                return None
            less, limit = _matrix(steps, n), np.zeros(len(steps))
        ends: list[float] = []
        for sign in (1.0, -1.0):
            answer = linprog(
                sign * aim,
                A_eq=_matrix(self._equal, n) if self._equal else None,
                b_eq=self._right or None,
                A_ub=less,
                b_ub=limit,
                bounds=(0, self._most),
                method="highs",
            )
            if answer.status == INFEASIBLE:
                return None
            ends.append(sign * float(answer.fun) if answer.status == 0 else float("inf"))
        return ends[0], ends[1]


def _matrix(rows: Sequence[Mapping[int, float]], columns: int) -> csr_matrix:
    where = [(i, j, v) for i, row in enumerate(rows) for j, v in row.items()]
    data = ([v for _i, _j, v in where], ([i for i, _j, _v in where], [j for _i, j, _v in where]))
    return csr_matrix(data, shape=(len(rows), columns))
