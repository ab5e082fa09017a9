"""Meetings of an event: people, slots and tables, a bound on how good a plan can be, and plans mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.matching._plan import Timetable, bound, exact, replan
from regionomics.tables import encode, numbers, read_columns

_ROUNDS = 8  # of trading meetings for better ones
_SMALL = 1_500  # meetings times slots up to which a best plan is looked for by integer programming

_NEAR = 0.999  # of the bound: good enough to stop
_AT_ONCE = 30_000  # meetings times slots that are planned anew together


@dataclass(frozen=True)
class MeetingPlan:
    """Who meets whom when and where, and how far from the best possible.

    meetings: person_1, person_2, slot, table (1, 2, ...), value, kept (it was in the earlier plan, in the same slot).
    unmet: person_1, person_2, value; wishes without a place.
    people: person, wished, meetings; everyone in a wish.
    value: worth of the plan. bound: no plan is worth more. share: value / bound, 1 where nothing is wished.
    """

    meetings: Any
    unmet: Any
    people: Any
    value: float
    bound: float

    @property
    def share(self) -> float:
        """Worth of the plan as a share of the bound."""
        return self.value / self.bound if self.bound > 0 else 1.0


def schedule_meetings(
    wishes: Any,
    *,
    slots: Sequence[Any],
    tables: int,
    value: str | None = None,
    must: str | None = None,
    unavailable: Any = None,
    earlier: Any = None,
    person_1: str = "person_1",
    person_2: str = "person_2",
) -> MeetingPlan:
    """Place wished meetings so that nobody is in two at once and no slot has more than its tables.

    Meetings are put in one by one: those that must be first, then by worth, those of the relaxed best plan first, and
    everyone's first meeting before anyone's next. Where no slot is free for both, two slots are exchanged along the
    chain of meetings that they tie (as in colouring the edges of a graph). Then meetings without a place are traded
    for ones worth less. Where the plan is still worth less than .999 of the bound, three slots at a time (one at a time
    in large events) are planned anew by integer programming, all else as it is and everyone keeping a meeting. A small
    event (meetings times slots up to 1 500) gets a plan that is proved to be the best, by integer programming, unless
    that takes more than 10 000 nodes. The bound is that of the relaxed problem: meetings of a person at most its slots,
    all meetings at most all tables.

    A plan is mended by giving it as `earlier`, with the cancellations in `unavailable` (or the wishes gone): every
    earlier meeting that is still possible stays in its slot, and only what is free is filled.

    Args:
        wishes: one row per pair of people, in any order of the two.
        slots: labels of the slots, in time order.
        tables: meetings at a time, >= 1.
        value: column of what a meeting is worth, > 0; None = 1 each.
        must: column of booleans: meetings that come before all others, whatever they are worth.
        unavailable: person, slot: who is not there when.
        earlier: person_1, person_2, slot and table, as in .meetings of a plan.
    Returns:
        MeetingPlan, with .meetings, .unmet, .people, .value, .bound and .share.
    Raises:
        InvalidTable: a pair twice, someone with itself, a worth of 0, an unknown slot.
        InvalidParameter: no slot, a slot twice, tables < 1.
    Source: Vizing (1964), On an estimate of the chromatic class of a p-graph; Edmonds (1965), doi:10.6028/jres.069B.013
        (the bound, without its odd sets).
    """
    labels = list(slots)
    if not labels or len(set(labels)) < len(labels):
        raise InvalidParameter(f"slots={labels!r}; give at least one slot, each once")
    if tables < 1:
        raise InvalidParameter(f"tables={tables}; there must be at least 1")
    names = (person_1, person_2)
    arrow, family = read_columns(wishes, [*names, *(c for c in (value, must) if c is not None)])
    if arrow.num_rows == 0:
        raise InvalidTable("no meeting is wished; pass at least one pair")
    m = arrow.num_rows
    people = encode(pa.chunked_array([*arrow[person_1].chunks, *arrow[person_2].chunks]), person_1)
    who = np.sort(people.codes.reshape(2, m), axis=0)
    worth = numbers(arrow[value], value) if value is not None else np.ones(m)
    first = np.asarray(arrow[must].fill_null(False).to_numpy(), dtype=bool) if must is not None else np.zeros(m, bool)
    order = np.lexsort((who[1], who[0]))
    a, b, worth, first = who[0][order], who[1][order], worth[order], first[order]
    _check(a, b, worth, people.labels, value)
    position = {label: k for k, label in enumerate(people.labels.to_pylist())}
    there = np.ones((len(people.labels), len(labels)), dtype=bool)
    if unavailable is not None:
        gone, _ = read_columns(unavailable, ("person", "slot"))
        for person, slot in zip(gone["person"].to_pylist(), gone["slot"].to_pylist(), strict=True):
            at = _slot(labels, slot)
            if person in position:  # who has no wish is nowhere missing
                there[position[person], at] = False
    best, part = bound(a, b, worth, there, tables)
    rank = np.where(first, worth + worth.sum(), worth)
    plan = Timetable(a.tolist(), b.tolist(), rank.tolist(), there, tables)
    seats = _keep(plan, earlier, names, position, labels) if earlier is not None else {}
    _fill(plan, a, b, rank, part, len(people.labels))
    _replan(plan, worth, best)
    if len(a) * len(labels) <= _SMALL and _worth_of(plan, worth) < best - 1e-6 * best:
        _improve(plan, exact(a, b, rank, there, tables, {k: plan.slot[k] for k in plan.fixed}), rank)
    return _answer(plan, people.labels, labels, a, b, worth, best, seats, names, family)


def _worth_of(plan: Timetable, worth: np.ndarray) -> float:
    return float(worth[np.array(plan.slot) >= 0].sum())


def _improve(plan: Timetable, slots: np.ndarray | None, rank: np.ndarray) -> None:
    """Put the meetings where a best plan has them, if it is worth more."""
    if slots is None or float(rank[slots >= 0].sum()) <= _worth_of(plan, rank) + 1e-9:
        return
    for m, slot in enumerate(plan.slot):
        if slot >= 0:
            plan.out(m)
    for m, slot in enumerate(slots.tolist()):
        if slot >= 0:
            plan.put(m, slot)


def _check(a: np.ndarray, b: np.ndarray, worth: np.ndarray, labels: pa.Array, value: str | None) -> None:
    if (a == b).any():
        raise InvalidTable(f"{labels[int(a[np.argmax(a == b)])]} is to meet itself; drop the row")
    twice = (np.diff(a) == 0) & (np.diff(b) == 0)
    if twice.any():
        at = int(np.argmax(twice))
        raise InvalidTable(f"{labels[int(a[at])]} and {labels[int(b[at])]} appear twice; give one row for the two")
    if (worth == 0).any():
        at = int(np.argmax(worth == 0))
        raise InvalidTable(f"{value} is 0 for {labels[int(a[at])]} and {labels[int(b[at])]}; drop the row")


def _slot(labels: Sequence[Any], slot: Any) -> int:
    if slot not in labels:
        raise InvalidTable(f"{slot!r} is not among the {len(labels)} slots; correct it or drop the row")
    return list(labels).index(slot)


def _keep(
    plan: Timetable, earlier: Any, names: tuple[str, str], position: dict[Any, int], labels: Sequence[Any]
) -> dict[int, int]:
    """Put in every earlier meeting that is still wished and possible, to stay; meeting -> table."""
    arrow, _ = read_columns(earlier, (*names, "slot", "table"))
    index = {pair: k for k, pair in enumerate(zip(plan.a, plan.b, strict=True))}
    seats = {}
    for one, two, slot, table in zip(*(arrow[c].to_pylist() for c in (*names, "slot", "table")), strict=True):
        s = _slot(labels, slot)
        i, j = sorted((position.get(one, -1), position.get(two, -1)))
        m = index.get((i, j), -1)
        if m >= 0 and plan.at[i][s] == plan.at[j][s] == -1 and plan.load[s] < plan.tables and table <= plan.tables:
            plan.put(m, s)
            plan.fixed.add(m)
            seats[m] = int(table)
    return seats


def _fill(plan: Timetable, a: np.ndarray, b: np.ndarray, rank: np.ndarray, part: np.ndarray, n: int) -> None:
    order = np.lexsort((b, a, -part.round(6), -rank))
    nth, turn = [0] * n, np.zeros(len(order), dtype=np.int64)
    for m in order.tolist():
        i, j = int(a[m]), int(b[m])
        nth[i], nth[j] = nth[i] + 1, nth[j] + 1
        turn[m] = max(nth[i], nth[j])
    order = np.lexsort((b, a, turn, part <= 0.5, -rank))
    for m in order.tolist():
        if plan.slot[m] < 0:
            plan.insert(m)
    for _ in range(_ROUNDS):
        better = 0
        for m in order.tolist():
            if plan.slot[m] < 0 and not plan.insert(m):
                out = plan.trade(m)
                better += out >= 0
                if out >= 0:
                    plan.insert(out)
        if not better:
            break


def _replan(plan: Timetable, worth: np.ndarray, best: float) -> None:
    """Groups of slots anew, far apart first and then neighbours, until the plan is near the bound."""
    size = next((k for k in (3, 2) if len(plan.a) * k <= _AT_ONCE), 1)
    count = -(-plan.slots // size)
    for groups in (
        [list(range(g, plan.slots, count)) for g in range(count)],
        [list(range(g * size, min((g + 1) * size, plan.slots))) for g in range(count)],
    ):
        for group in groups:
            if _worth_of(plan, worth) >= _NEAR * best:
                return
            replan(plan, group, _AT_ONCE)


def _answer(
    plan: Timetable,
    people: pa.Array,
    labels: Sequence[Any],
    a: np.ndarray,
    b: np.ndarray,
    worth: np.ndarray,
    best: float,
    seats: dict[int, int],
    names: tuple[str, str],
    family: Any,
) -> MeetingPlan:
    slot = np.array(plan.slot)
    taken: list[set[int]] = [set() for _ in labels]
    for m, table in seats.items():
        taken[slot[m]].add(table)
    table_of = np.zeros(len(a), dtype=np.int64)
    placed = np.flatnonzero(slot >= 0)
    placed = placed[np.lexsort((b[placed], a[placed], slot[placed]))]
    for m in placed.tolist():
        table_of[m] = seats.get(m) or next(t for t in range(1, plan.tables + 1) if t not in taken[slot[m]])
        taken[slot[m]].add(int(table_of[m]))
    left = np.flatnonzero(slot < 0)
    ends = np.concatenate([a, b])
    met = np.concatenate([slot, slot]) >= 0

    def pair(rows: np.ndarray) -> dict[str, pa.Array]:
        return {names[0]: people.take(pa.array(a[rows])), names[1]: people.take(pa.array(b[rows]))}

    return MeetingPlan(
        meetings=family.emit(
            pair(placed)
            | {
                "slot": pa.array([labels[s] for s in slot[placed].tolist()], pa.array(list(labels)).type),
                "table": table_of[placed],
                "value": worth[placed],
                "kept": np.isin(placed, list(seats)),
            }
        ),
        unmet=family.emit(pair(left) | {"value": worth[left]}),
        people=family.emit(
            {
                "person": people,
                "wished": np.bincount(ends, minlength=len(people)).astype(np.int64),
                "meetings": np.bincount(ends[met], minlength=len(people)).astype(np.int64),
            }
        ),
        value=float(worth[placed].sum()),
        bound=best,
    )
