"""Shift-share: the change of each activity in each place, split into parts that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InputWarning, InvalidTable, warn
from regionomics.relatedness._presence import By, columns_of, one_of, pairs, position
from regionomics.relatedness.entry import Period, read_periods, steps, tell_alone_in
from regionomics.specialisation.change import with_periods
from regionomics.tables import Family, Shown, by_groups

ShiftShareMethod = Literal["classic", "esteban-marquillas", "arcelus"]


@dataclass(frozen=True, repr=False)
class ShiftShare(Shown):
    """The change of employment (or any amount) and the parts it is made of, in the unit of the values.

    pairs: keys of `by`, place, activity, `<time>_from`, `<time>`, `<value>_from`, `<value>`, change, and one column a
        part; with homothetic amounts also `homothetic`.
    places: the same summed over activities.
    parts: the names of the parts; in each row they add up to `change`.
    """

    pairs: Any
    places: Any
    method: str
    parts: tuple[str, ...]


PARTS: dict[str, tuple[str, ...]] = {
    "classic": ("national", "mix", "competitive"),
    "esteban-marquillas": ("national", "mix", "competitive", "allocation", "entry"),
    "arcelus": (
        "national",
        "national_allocation",
        "mix",
        "mix_allocation",
        "regional",
        "regional_allocation",
        "regional_mix",
        "regional_mix_allocation",
        "entry",
    ),
}


def shift_share(
    table: Any,
    *,
    time: str = "year",
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    method: ShiftShareMethod = "classic",
    step: int = 1,
    reference: Any = None,
) -> ShiftShare:
    """Split each change into what the whole, the activity and the place contribute, in parts that add up to it.

    With x the amount at the start, x' at the end, X[p], X[a], X sums over activities, places and both, rates
    g[p, a] = x'/x - 1, g[p], G[a] and G likewise of the sums, and h[p, a] = X[p] X[a] / X the amount that the place
    would have with the mix of the whole (homothetic):

    - classic: national x G; mix x (G[a] - G); competitive x (g[p, a] - G[a]) = x' - x (1 + G[a]).
    - esteban-marquillas: national and mix as there; competitive h (g[p, a] - G[a]), free of the place's own mix;
      allocation (x - h) (g[p, a] - G[a]), above 0 where the place has more of what it is better at; entry x' where x is
      0.
    - arcelus: national h G; mix h (G[a] - G); regional h (g[p] - G); regional_mix h (g[p, a] - g[p] - G[a] + G); each
      also with x - h in place of h, as `<part>_allocation`; entry x' where x is 0.

    Args:
        table: one row per (place, activity, time), value >= 0; an absent row means 0. Its places together are the whole
            ("the nation"). A place or activity without any row in one of the two periods is left out, of the totals
            too, with a warning: nothing is known of it then.
        time: the column of periods, sorted as they are (numbers, dates, text). With more than two, each with the next;
            the sum over them is the dynamic analysis.
        by: further keys (country).
        method: "classic" (Dunn), "esteban-marquillas" or "arcelus".
        step: periods from start to end (1: consecutive ones).
        reference: a place of the table that stands for the whole (the nation, with the others in it): X[a], X and their
            growth are its own, and it has no rows in the answer. Default: all places together are the whole.
    Returns:
        ShiftShare, with .pairs and .places. Nothing is null. Where x is 0 there is no rate g[p, a]: classic puts x'
        into competitive, the others into entry. For an activity that nobody had at the start G[a] is taken as 0.
    Raises:
        InvalidTable: one period only, a pair twice in a period, nulls, negatives; no amount at all at the start; an
            activity that a place has at the start and the reference has not.
        InvalidParameter: an unknown method, a `step` that does not fit the number of periods, a reference that the
            table has not.
    Warns:
        InputWarning: places or activities were left out.
    Source: Dunn (1960), A statistical and analytical technique for regional analysis, Papers in Regional Science 6;
        Esteban-Marquillas (1972), Regional and Urban Economics 2 (3), 249-261; Arcelus (1984), Growth and Change 15
        (1); compared by Loveridge and Selting (1998), International Regional Science Review 21 (1).
    """
    one_of("method", method, ShiftShareMethod)
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        of_pairs, of_places = [], []
        periods = read_periods(arrow, columns, time, "value", 1.0, family)
        if reference is None:
            tell_alone_in(periods, time, place)
        for before, after in steps(periods, step):
            p, a = _kept(before, after, columns, time)
            start, end = (period.data.values.toarray()[np.ix_(p, a)] for period in (before, after))
            whole_start, whole_end = start.sum(axis=0), end.sum(axis=0)
            if reference is not None:
                nation = _position(before, p, reference, time, after)
                whole_start, whole_end = start[nation], end[nation]
                p, start, end = (np.delete(x, nation, axis=0) for x in (p, start, end))
                _check_whole(start, whole_start, before, p, a, reference)
            if not start.sum() > 0:
                raise InvalidTable(
                    f"no place and activity in {time} {before.label} has a {value} above 0 and a row in both periods; "
                    "a rate of growth needs a start above 0"
                )
            parts = {f"{value}_from": start, value: end, "change": end - start}
            parts |= _parts(start, end, whole_start, whole_end, method)
            places, activities = before.data.places, before.data.activities
            row, col = np.repeat(p, len(a)), np.tile(a, len(p))
            whole = pairs(
                {place: (places, row), activity: (activities, col)}, **{k: v.ravel() for k, v in parts.items()}
            )
            summed = {k: v.sum(axis=1) for k, v in parts.items() if k != "homothetic"}
            of_pairs.append(with_periods(whole, 2, time, before, after))
            of_places.append(with_periods(pairs({place: (places, p)}, **summed), 1, time, before, after))
        return {"pairs": columns_of(pa.concat_tables(of_pairs)), "places": columns_of(pa.concat_tables(of_places))}

    found = by_groups(table, by, [*columns, time], calculate)
    return ShiftShare(found["pairs"], found["places"], method, PARTS[method])


def _position(before: Period, kept: np.ndarray, reference: Any, time: str, after: Period) -> int:
    """Where the reference stands among the places kept."""
    at = np.flatnonzero(kept == position(before.data.places, reference))
    if not len(at):
        raise InvalidTable(f"the reference {reference!r} has no row in {time} {before.label} or {after.label}; add it")
    return int(at[0])


def _check_whole(
    start: np.ndarray, whole: np.ndarray, before: Period, p: np.ndarray, a: np.ndarray, reference: Any
) -> None:
    row, col = np.nonzero((start > 0) & (whole <= 0))
    if len(row):
        place, activity = before.data.places[int(p[row[0]])], before.data.activities[int(a[col[0]])]
        raise InvalidTable(
            f"{place} has {activity}, of which the reference {reference!r} has nothing ({len(row)} pairs in all); "
            "it must hold what its places have"
        )


def _parts(
    start: np.ndarray, end: np.ndarray, whole_start: np.ndarray, whole_end: np.ndarray, method: ShiftShareMethod
) -> dict[str, np.ndarray]:
    """The parts of the change, each of shape (n_places, n_activities). whole: of the nation, (n_activities,)."""
    total = whole_start.sum()
    whole = whole_end.sum() / total - 1
    place = _rates(start.sum(axis=1), end.sum(axis=1))[:, None]
    activity = np.broadcast_to(_rates(whole_start, whole_end), start.shape)
    if method == "classic":
        return {
            "national": start * whole,
            "mix": start * (activity - whole),
            "competitive": end - start * (1 + activity),
        }
    rate = np.divide(end - start, start, out=np.zeros_like(start), where=start > 0)
    known = start > 0
    h = np.outer(start.sum(axis=1), whole_start) / total
    entry = np.where(known, 0.0, end)
    if method == "esteban-marquillas":
        ahead = np.where(known, rate - activity, 0.0)
        return {
            "homothetic": h,
            "national": start * whole,
            "mix": start * (activity - whole),
            "competitive": h * ahead,
            "allocation": (start - h) * ahead,
            "entry": entry,
        }
    rates = {
        "national": np.full_like(start, whole),
        "mix": activity - whole,
        "regional": np.broadcast_to(place - whole, start.shape),
        "regional_mix": np.where(known, (rate - place) - (activity - whole), 0.0),
    }
    out = {"homothetic": h}
    for name, each in rates.items():
        out[name] = h * each
        out[f"{name}_allocation"] = (start - h) * each
    return {**out, "entry": entry}


def _rates(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Growth rates of sums; 0 where there was nothing, which then multiplies amounts of 0."""
    return np.asarray(np.divide(end - start, start, out=np.zeros(len(start)), where=start > 0))


def _kept(before: Period, after: Period, columns: tuple[str, str, str], time: str) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the places and of the activities that are seen in both periods."""
    kept, left = [], []
    sides = (
        (columns[0], before.data.places, before.seen_places, after.seen_places),
        (columns[1], before.data.activities, before.seen_activities, after.seen_activities),
    )
    for name, labels, first, second in sides:
        kept.append(np.flatnonzero(first & second))
        gone = np.flatnonzero(first ^ second)
        if len(gone):
            left.append(f"{name} {labels[int(gone[0])]}" + (f" and {len(gone) - 1} others" if len(gone) > 1 else ""))
    if left:
        warn(
            f"{', '.join(left)} left out: without a row in {time} {before.label} or {after.label}; "
            "add rows with 0 where there was nothing",
            InputWarning,
        )
    return kept[0], kept[1]
