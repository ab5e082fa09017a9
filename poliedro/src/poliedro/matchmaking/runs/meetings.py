"""The plan of an event's meetings: wishes -> timetable, with the bound that no plan can pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

import regionomics as rg


@dataclass(frozen=True)
class Planned:
    """meetings: (attendee, attendee, slot from 1, table, kept). value, bound: worth of the plan and of the best."""

    meetings: tuple[tuple[int, int, int, int, bool], ...]
    unmet: tuple[tuple[int, int], ...]
    value: float
    bound: float


def plan_meetings(
    wishes: Sequence[tuple[int, int, float, bool]],
    slots: int,
    tables: int,
    away: Iterable[tuple[int, int]],
    earlier: Sequence[tuple[int, int, int, int]] = (),
) -> Planned:
    """wishes: (attendee, attendee, worth, must), one a pair. away: (attendee, slot). earlier: (a, b, slot, table)."""
    table = pl.DataFrame(
        wishes,
        schema={"person_1": pl.Int64, "person_2": pl.Int64, "value": pl.Float64, "must": pl.Boolean},
        orient="row",
    )
    gone = pl.DataFrame(list(away), schema={"person": pl.Int64, "slot": pl.Int64}, orient="row")
    before = pl.DataFrame(
        list(earlier),
        schema={"person_1": pl.Int64, "person_2": pl.Int64, "slot": pl.Int64, "table": pl.Int64},
        orient="row",
    )
    made = rg.schedule_meetings(
        table,
        slots=list(range(1, slots + 1)),
        tables=tables,
        value="value",
        must="must",
        unavailable=gone if gone.height else None,
        earlier=before if before.height else None,
    )
    rows = made.meetings.select("person_1", "person_2", "slot", "table", "kept").rows()
    return Planned(tuple(rows), tuple(made.unmet.select("person_1", "person_2").rows()), made.value, made.bound)
