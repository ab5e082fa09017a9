"""The intervention logic (R020): focus area > objective > action > indicator; what hangs loose, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from poliedro.shared.refusals import Refusal

AREA, OBJECTIVE, ACTION = "area", "objective", "action"
KINDS = (AREA, OBJECTIVE, ACTION)
ABOVE = {OBJECTIVE: AREA, ACTION: OBJECTIVE}
"""What a node of each kind hangs from."""
OUTPUT, RESULT = "output", "result"
ROLES = (OUTPUT, RESULT)
INVENTED = "synthetic"
ON_TRACK = 0.9
"""A path of at least this part of what was due by the day is on track."""


class LogicRefused(Refusal):
    """A change that the intervention logic does not take; the message says what it takes."""


@dataclass(frozen=True)
class Goal:
    """From where to where an indicator should go, and when. target None: no target was set."""

    baseline: float | None
    baseline_on: date | None
    target: float | None
    target_on: date | None


@dataclass(frozen=True)
class Node:
    """parent: key of what it hangs from; "" for none. measure: key of the measure that carries an action out."""

    key: str
    kind: str
    parent: str = ""
    owner: str = ""
    measure: str = ""


@dataclass(frozen=True)
class Held:
    """An indicator as the logic holds it. node: key of its objective or action; "" for none."""

    key: str
    node: str
    role: str
    owner: str
    evidence: str
    has_target: bool


@dataclass(frozen=True)
class Orphan:
    """Something that hangs loose. what: why; kind, key: of the node, the indicator or the measure."""

    what: str
    kind: str
    key: str


def progress_of(goal: Goal, value: float | None) -> float | None:
    """Part of the way from baseline to target, 1 at the target; below 0 where it went the other way.

    None where baseline, target or value is not known, or where baseline and target are the same.
    """
    if value is None or goal.baseline is None or goal.target is None or goal.target == goal.baseline:
        return None
    return (value - goal.baseline) / (goal.target - goal.baseline)


def due_by(goal: Goal, on: date) -> float | None:
    """Part of the way that a straight path from baseline to target has covered on the day, 0..1."""
    if goal.baseline_on is None or goal.target_on is None or goal.target_on <= goal.baseline_on:
        return None
    return min(1.0, max(0.0, (on - goal.baseline_on).days / (goal.target_on - goal.baseline_on).days))


def status_of(goal: Goal, value: float | None, on: date) -> str:
    """reached, on_track, behind, missed (the day of the target has passed) or unknown."""
    done, due = progress_of(goal, value), due_by(goal, on)
    if done is None or due is None:
        return "unknown"
    if done >= 1:
        return "reached"
    if goal.target_on is not None and on >= goal.target_on:
        return "missed"
    return "on_track" if done >= ON_TRACK * due else "behind"


def check_parent(kind: str, parent_kind: str | None) -> None:
    """Raises LogicRefused where a node of the kind cannot hang from such a parent; None: it hangs from nothing yet."""
    if kind not in KINDS:
        raise LogicRefused("kind is '%(kind)s'; it is one of %(kinds)s", kind=kind, kinds=KINDS)
    wanted = ABOVE.get(kind)
    if parent_kind is not None and parent_kind != wanted:
        raise LogicRefused(
            "a node of kind %(kind)s hangs from %(wanted)s, not from %(parent)s",
            kind=kind,
            wanted=wanted or [],
            parent=parent_kind or [],
        )


def orphans_of(nodes: Sequence[Node], indicators: Sequence[Held], measures: Iterable[str]) -> list[Orphan]:
    """Everything that hangs loose, from the top down. measures: keys of those in force.

    A node whose parent is not among the nodes hangs from nothing.
    """
    by_key = {n.key: n for n in nodes}
    children: dict[str, list[Node]] = {}
    for n in nodes:
        if n.parent in by_key:
            children.setdefault(n.parent, []).append(n)
    measured: dict[tuple[str, str], int] = {}
    for i in indicators:
        measured[i.node, i.role] = measured.get((i.node, i.role), 0) + 1
    found: list[Orphan] = []
    for n in sorted(nodes, key=lambda n: (KINDS.index(n.kind), n.key)):
        if n.kind != AREA and n.parent not in by_key:
            found.append(Orphan(f"{n.kind}-hangs-loose", n.kind, n.key))
        if n.kind == AREA and not children.get(n.key):
            found.append(Orphan("area-without-objective", n.kind, n.key))
        if n.kind == OBJECTIVE and not children.get(n.key):
            found.append(Orphan("objective-without-action", n.kind, n.key))
        if n.kind == OBJECTIVE and not measured.get((n.key, RESULT)):
            found.append(Orphan("objective-without-result", n.kind, n.key))
        if n.kind == ACTION and not measured.get((n.key, OUTPUT)):
            found.append(Orphan("action-without-output", n.kind, n.key))
        if n.kind != AREA and not n.owner:
            found.append(Orphan("node-without-owner", n.kind, n.key))
    for i in indicators:
        if i.node not in by_key:
            found.append(Orphan("indicator-hangs-loose", "indicator", i.key))
        if not i.owner:
            found.append(Orphan("indicator-without-owner", "indicator", i.key))
        if not i.evidence:
            found.append(Orphan("indicator-without-evidence", "indicator", i.key))
        if not i.has_target:
            found.append(Orphan("indicator-without-target", "indicator", i.key))
    used = {n.measure for n in nodes if n.measure}
    return [*found, *(Orphan("measure-without-action", "measure", m) for m in sorted(set(measures) - used))]


def elements_of(orphans: Iterable[Orphan]) -> dict[tuple[str, str], list[str]]:
    """(kind, key) of each thing that hangs loose, once, with everything that is wrong with it, in the order found."""
    found: dict[tuple[str, str], list[str]] = {}
    for o in orphans:
        found.setdefault((o.kind, o.key), []).append(o.what)
    return found


def are_alike(goal_certainty: str, value_certainty: str) -> bool:
    """Whether a value may be held against its baseline and target: an invented one against an invented, a real one
    against a real."""
    return (goal_certainty == INVENTED) is (value_certainty == INVENTED)


def quarter_of(day: date) -> tuple[int, int]:
    """Year and quarter (1..4) of a day."""
    return day.year, (day.month - 1) // 3 + 1


def quarter_days(year: int, quarter: int) -> tuple[date, date]:
    """First and last day of a quarter. Raises LogicRefused."""
    if quarter not in (1, 2, 3, 4):
        raise LogicRefused("quarter is %(quarter)s; there are 1 to 4", quarter=quarter)
    after = date(year + (quarter == 4), quarter * 3 % 12 + 1, 1)
    return date(year, quarter * 3 - 2, 1), after - timedelta(days=1)
