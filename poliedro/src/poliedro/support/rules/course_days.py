"""On which of the proposed days a course is held, and who gets its seats: exact, for a handful of days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from poliedro.support.rules.agency import CannotMove

URGENCIES = (1, 2, 3)
"""1 some time, 2 this year, 3 now: as in a need."""
MOST_DAYS = 8
"""So many days are proposed at most: with them every choice is looked at."""


@dataclass(frozen=True)
class Answer:
    """What one person said. days: keys of the days that suit; urgency: how much the person needs it."""

    key: int
    days: frozenset[int]
    urgency: int


@dataclass(frozen=True)
class Seating:
    """Who sits where if the course is held on these days, once on each.

    seated, waiting: key of an answer -> day; waiting in the order of the line. cannot: could come on none of them.
    points: the urgencies of those seated, added up.
    """

    days: tuple[int, ...]
    seated: dict[int, int]
    waiting: dict[int, int] = field(default_factory=dict)
    cannot: tuple[int, ...] = ()
    points: int = 0


def seating(days: Sequence[int], answers: Iterable[Answer], seats: int) -> Seating:
    """The seats of these days, so that the urgencies of those seated add up to the most that is possible.

    answers: in the order of asking; of two who need it alike, who asked first goes first.

    # Note [Seats by need]
    Whoever needs it most is placed first, and moves others to another of their days where that makes room, but out of
    no seat. Sets of people who can be seated together are a matroid (a transversal one), so that this greedy way is
    exact: no other seating has more points, nor more people.
    """
    ranked = sorted(answers, key=lambda a: -a.urgency)
    able = {a.key: [d for d in days if d in a.days] for a in ranked}
    at: dict[int, list[int]] = {day: [] for day in days}

    def place(key: int, tried: set[int]) -> bool:
        for day in able[key]:
            if day in tried:
                continue
            tried.add(day)
            if len(at[day]) < seats:
                at[day].append(key)
                return True
            for other in at[day]:
                if place(other, tried):
                    at[day][at[day].index(other)] = key
                    return True
        return False

    placed = [a for a in ranked if place(a.key, set())]
    seated = {key: day for day in days for key in at[day]}
    lines = dict.fromkeys(days, 0)
    waiting: dict[int, int] = {}
    for answer in ranked:
        if able[answer.key] and answer.key not in seated:
            day = min(able[answer.key], key=lambda d: (lines[d], days.index(d)))
            lines[day] += 1
            waiting[answer.key] = day
    cannot = tuple(a.key for a in ranked if not able[a.key])
    return Seating(tuple(days), seated, waiting, cannot, sum(a.urgency for a in placed))


def seatings(days: Sequence[int], answers: Sequence[Answer], seats: int) -> list[Seating]:
    """Each day by itself, best first; before them the best two days, where two seat more than one.

    days: from the first to the last; of two that are alike the earlier one goes first.
    """

    def worth(s: Seating) -> tuple[int, int]:
        return (-s.points, -len(s.seated))

    single = sorted((seating([day], answers, seats) for day in days), key=worth)
    pairs = sorted((seating(pair, answers, seats) for pair in combinations(days, 2)), key=worth)
    return [*[p for p in pairs[:1] if p.points > single[0].points], *single]


def check_can_propose(proposed: int) -> None:
    if proposed >= MOST_DAYS:
        raise CannotMove("%(n)s days are proposed; take one back before you propose another.", n=proposed)


def check_days(chosen: Collection[int], proposed: Collection[int]) -> None:
    """Days that somebody names have to be among those proposed."""
    if wrong := sorted(set(chosen) - set(proposed)):
        raise CannotMove(
            "days %(wrong)s are not proposed; choose among %(proposed)s.", wrong=wrong, proposed=sorted(proposed)
        )
