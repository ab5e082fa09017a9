"""The timetable of an event while it is being made: put in, move along chains, put out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp


class Timetable:
    """Meetings in slots. at[i][s]: the meeting of person i in slot s, -1 = free, -2 = not there.

    a, b: the two persons of each meeting. worth: what it is worth. fixed: meetings that stay in their slot.
    """

    def __init__(
        self, a: Sequence[int], b: Sequence[int], worth: Sequence[float], there: np.ndarray, tables: int
    ) -> None:
        self.a, self.b, self.worth, self.tables = a, b, worth, tables
        self.at = np.where(there, -1, -2).tolist()
        self.slots = there.shape[1]
        self.load = [0] * self.slots
        self.slot = [-1] * len(a)
        self.fixed: set[int] = set()

    def put(self, m: int, s: int) -> None:
        self.at[self.a[m]][s] = self.at[self.b[m]][s] = m
        self.slot[m] = s
        self.load[s] += 1

    def out(self, m: int) -> None:
        s = self.slot[m]
        self.at[self.a[m]][s] = self.at[self.b[m]][s] = -1
        self.slot[m] = -1
        self.load[s] -= 1

    def insert(self, m: int) -> bool:
        """Find a place for a meeting: a slot free for both, or made free by swapping two slots along a chain."""
        mine, theirs = self.at[self.a[m]], self.at[self.b[m]]
        both = [s for s in range(self.slots) if mine[s] == -1 and theirs[s] == -1 and self.load[s] < self.tables]
        if both:
            self.put(m, min(both, key=lambda s: (self.load[s], s)))
            return True
        for s in (s for s in range(self.slots) if mine[s] == -1):
            for t in (t for t in range(self.slots) if theirs[t] == -1 and t != s):
                if self._swap(self.b[m], s, t) and mine[s] == -1 and theirs[s] == -1 and self.load[s] < self.tables:
                    self.put(m, s)
                    return True
        return False

    def _swap(self, person: int, s: int, t: int) -> bool:
        """Free slot s of a person whose slot t is free: exchange s and t along the chain of meetings from it."""
        chain, at, now = [], person, s
        while True:
            m = self.at[at][now]
            if m == -2:
                return False
            if m == -1:
                break
            if m in self.fixed:
                return False
            chain.append(m)
            at = self.b[m] if self.a[m] == at else self.a[m]
            now = t if now == s else s
        if not chain:
            return False
        shift = sum(1 if self.slot[m] == s else -1 for m in chain)  # meetings that go from s to t, net
        if self.load[t] + shift > self.tables or self.load[s] - shift > self.tables:
            return False
        old = [(m, self.slot[m]) for m in chain]
        for m, _ in old:
            self.out(m)
        for m, was in old:
            self.put(m, t if was == s else s)
        return True

    def trade(self, m: int) -> int:
        """Put a meeting in the place of one that is worth less; the one put out, or -1."""
        best, where = -1, -1
        for s in range(self.slots):
            x, y = self.at[self.a[m]][s], self.at[self.b[m]][s]
            if x == -2 or y == -2 or (x >= 0 and y >= 0 and x != y):
                continue
            one = x if x >= 0 else y
            if one < 0 or one in self.fixed or self.worth[one] >= self.worth[m]:
                continue
            if best < 0 or self.worth[one] < self.worth[best]:
                best, where = one, s
        if best >= 0:
            self.out(best)
            self.put(m, where)
        return best


def replan(plan: Timetable, slots: Sequence[int], limit: int) -> bool:
    """Plan a few slots anew with what stands in them and what has no place, all else as it is; whether worth grew.

    An integer program; given up where it has more than `limit` variables, or takes more than 2 000 nodes. Who has a
    meeting keeps one.
    """
    a, b, now = np.array(plan.a), np.array(plan.b), np.array(plan.slot)
    chosen = np.array(slots)
    movable = (now < 0) | np.isin(now, chosen)
    movable[list(plan.fixed)] = False
    rows = np.flatnonzero(movable)
    open_ = np.array([[m >= -1 and m not in plan.fixed for m in (person[s] for s in slots)] for person in plan.at])
    meeting, slot = np.nonzero(open_[a[rows]] & open_[b[rows]])
    if not len(meeting) or len(meeting) > limit:
        return False
    who, k, n = rows[meeting], len(slots), len(open_)
    one = np.arange(len(who))
    kept = np.zeros(n)  # who has meetings in these slots alone
    inside, outside = movable & (now >= 0), ~movable & (now >= 0)
    kept[np.concatenate([a[inside], b[inside]])] = 1
    kept[np.concatenate([a[outside], b[outside]])] = 0
    stays = np.bincount(now[list(plan.fixed)], minlength=plan.slots) if plan.fixed else np.zeros(plan.slots)
    both = np.concatenate([a[who], b[who]])
    parts = (
        (meeting, one, len(rows), 0, 1),
        (both * k + np.tile(slot, 2), np.tile(one, 2), n * k, 0, 1),
        (slot, one, k, 0, plan.tables - stays[chosen]),
        (both, np.tile(one, 2), n, kept, np.inf),
    )
    matrix = [sparse.coo_array((np.ones(len(r)), (r, c)), shape=(size, len(who))) for r, c, size, _, _ in parts]
    low, high = (np.concatenate([np.broadcast_to(p[at], p[2]) for p in parts]) for at in (3, 4))
    worth = np.array(plan.worth)
    found = milp(
        -worth[who],
        constraints=LinearConstraint(sparse.vstack(matrix).tocsr(), low, high),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(who)),
        options={"node_limit": 2_000, "mip_rel_gap": 1e-4},
    )
    if found.x is None or -found.fun <= float(worth[inside].sum()) * (1 + 1e-9):
        return False
    for m in np.flatnonzero(inside).tolist():
        plan.out(m)
    for at in np.flatnonzero(found.x > 0.5).tolist():
        plan.put(int(who[at]), int(chosen[slot[at]]))
    return True


def bound(a: np.ndarray, b: np.ndarray, value: np.ndarray, there: np.ndarray, tables: int) -> tuple[float, np.ndarray]:
    """No plan is worth more, and the part of each meeting in the relaxed best plan, (meetings,).

    The largest sum of value x, 0 <= x <= 1, with at most as many meetings of a person as it has slots, at most `tables`
    in each slot where someone is there, and none of two who are never there together.
    """
    if not len(a):
        return 0.0, np.zeros(0)
    n, m = len(there), len(a)
    together = (there[a] & there[b]).any(axis=1)
    rows = np.concatenate([a, b, np.full(m, n)])
    columns = np.tile(np.arange(m), 3)
    matrix = sparse.coo_array((np.ones(3 * m), (rows, columns)), shape=(n + 1, m)).tocsr()
    limit = np.append(there.sum(axis=1), np.minimum(tables, there.sum(axis=0) // 2).sum()).astype(float)
    upper = together.astype(float)
    found = linprog(-value, A_ub=matrix, b_ub=limit, bounds=np.column_stack([np.zeros(m), upper]), method="highs")
    return float(-found.fun), np.asarray(found.x)


def exact(
    a: np.ndarray, b: np.ndarray, value: np.ndarray, there: np.ndarray, tables: int, fixed: dict[int, int]
) -> np.ndarray | None:
    """The slot of each meeting in a best plan, (meetings,), -1 = none; None where it is not found within 10 000 nodes.

    fixed: meeting -> the slot in which it stays. One binary variable a meeting and slot.
    """
    m, s = len(a), there.shape[1]
    n = len(there)
    meeting, slot = (x.ravel() for x in np.indices((m, s)))
    one = np.arange(m * s)
    blocks = [(meeting, m, 1), (a[meeting] * s + slot, n * s, 1), (slot, s, tables)]
    person = sparse.coo_array((np.ones(m * s), (b[meeting] * s + slot, one)), shape=(n * s, m * s))
    limits = []
    for at, (row, rows, most) in enumerate(blocks):
        matrix = sparse.coo_array((np.ones(m * s), (row, one)), shape=(rows, m * s))
        limits.append(LinearConstraint((matrix + person if at == 1 else matrix).tocsr(), ub=most))
    low, high = np.zeros(m * s), (there[a] & there[b]).ravel().astype(float)
    for k, where in fixed.items():
        low[k * s + where] = 1
    found = milp(
        -np.repeat(value, s),
        constraints=limits,
        bounds=Bounds(low, high),
        integrality=np.ones(m * s),
        options={"node_limit": 10_000, "mip_rel_gap": 0.0},
    )
    if found.status != 0:
        return None
    chosen = found.x.reshape(m, s) > 0.5
    return np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1)
