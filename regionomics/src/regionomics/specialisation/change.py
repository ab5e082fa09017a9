"""Growth from one period to the next, of places, activities, and activities in places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import By, columns_of, one_of, pairs
from regionomics.relatedness.entry import Period, gaps, read_periods, steps
from regionomics.tables import Family, by_groups
from regionomics.unknown import ADD_ROWS, NO_ROW, Gap, tell_gaps

GrowthOf = Literal["pair", "place", "activity"]
GrowthMethod = Literal["relative", "log", "symmetric"]


def growth(
    table: Any,
    *,
    time: str = "year",
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: GrowthOf = "pair",
    method: GrowthMethod = "relative",
    step: int = 1,
    scale: float = 1.0,
) -> Any:
    """Give the growth of each place, each activity, or each activity in each place from one period to a later one.

    relative: (x1 - x0) / x0. log: ln(x1 / x0). symmetric: 2 (x1 - x0) / (x1 + x0), which is 2 for what appears and -2
    for what disappears.

    Args:
        table: one row per (place, activity, time), value >= 0; an absent row means 0, unless the place or the activity
            has no row at all in that period: then nothing is known of it.
        time: the column of periods, sorted as they are (numbers, dates, text).
        by: further keys (country).
        of: "pair" of place and activity, "place" over all its activities, or "activity" over all places.
        method: "relative", "log" or "symmetric" (Davis and Haltiwanger).
        step: periods from start to end (1: consecutive ones).
        scale: what the rate is multiplied by; 100 gives percent.
    Returns:
        place and activity (or one of them), `<time>_from`, `<time>` (the later period), `<value>_from`, `<value>`,
        growth (ratio times scale; null where a start of 0, or for "log" an end of 0, leaves no finite rate). All three
        are null where place or activity is not seen in one of the two periods.
    Raises:
        InvalidTable: one period only, a pair twice in a period, nulls, negatives.
        InvalidParameter: an unknown `of` or method, a scale <= 0, a `step` that does not fit the number of periods.
    Source: Davis and Haltiwanger (1992), doi:10.2307/2118365 (symmetric).
    """
    one_of("of", of, GrowthOf)
    one_of("method", method, GrowthMethod)
    if not scale > 0:
        raise InvalidParameter(f"scale={scale!r}; it must be > 0, such as 1 or 100")
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        parts: list[pa.Table] = []
        unseen: list[Gap] = []
        empty: list[Gap] = []
        sides = {"pair": (0, 1), "place": (0,), "activity": (1,)}[of]
        for before, after in steps(read_periods(arrow, columns, time, "value", 1.0, family), step):
            unseen += gaps(before, after, columns, sides)
            empty += _without(before, after, columns, sides, method)
            labels, start, end, known = _amounts(before, after, of, columns)
            start, end = np.where(known, start, np.nan), np.where(known, end, np.nan)
            rate = scale * _rate(start, end, method)
            body = pairs(labels, **{f"{value}_from": start, value: end, "growth": rate})
            parts.append(with_periods(body, len(labels), time, before, after))
        tell_gaps("growth null", time, unseen, NO_ROW, ADD_ROWS)
        tell_gaps("growth null", time, empty, f"no {value} above 0 to compare with", "read null as unknown")
        return {"growth": columns_of(pa.concat_tables(parts))}

    return by_groups(table, by, [*columns, time], calculate)["growth"]


def _amounts(
    before: Period, after: Period, of: GrowthOf, columns: tuple[str, str, str]
) -> tuple[dict[str, tuple[pa.Array, np.ndarray]], np.ndarray, np.ndarray, np.ndarray]:
    """Labels, amounts at the start and at the end, and whether both are known."""
    places, activities = before.data.places, before.data.activities
    n, m = before.data.shape
    if of == "pair":
        labels = {
            columns[0]: (places, np.repeat(np.arange(n), m)),
            columns[1]: (activities, np.tile(np.arange(m), n)),
        }
        start, end = (period.data.values.toarray().ravel() for period in (before, after))
        return labels, start, end, before.known(after).ravel()
    axis = 1 if of == "place" else 0
    start, end = (np.asarray(period.data.values.sum(axis=axis)) for period in (before, after))
    if of == "place":
        return {columns[0]: (places, np.arange(n))}, start, end, before.seen_places & after.seen_places
    return {columns[1]: (activities, np.arange(m))}, start, end, before.seen_activities & after.seen_activities


def _without(
    before: Period, after: Period, columns: Sequence[str], sides: Sequence[int], method: GrowthMethod
) -> list[Gap]:
    """The places (side 0) and activities (1) seen in both periods whose sums give no rate."""
    out: list[Gap] = []
    for step, name, labels, gone in gaps(before, after, columns, (0, 1)):
        side = 0 if name == columns[0] else 1
        if side in sides:
            start, end = (np.asarray(period.data.values.sum(axis=1 - side)) for period in (before, after))
            out.append((step, name, labels, ~gone & np.isnan(_rate(start, end, method))))
    return out


def _rate(start: np.ndarray, end: np.ndarray, method: GrowthMethod) -> np.ndarray:
    unknown = np.full(len(start), np.nan)
    if method == "log":
        possible = (start > 0) & (end > 0)
        return np.asarray(np.log(np.divide(end, start, out=unknown, where=possible)))
    base = start if method == "relative" else (start + end) / 2
    return np.asarray(np.divide(end - start, base, out=unknown, where=base > 0))


def with_periods(body: pa.Table, at: int, time: str, before: Period, after: Period) -> pa.Table:
    """The columns `<time>_from` and `<time>` put in behind the labels."""
    rows = body.num_rows
    body = body.add_column(at, f"{time}_from", pa.repeat(before.label, rows))
    return body.add_column(at + 1, time, pa.repeat(after.label, rows))
