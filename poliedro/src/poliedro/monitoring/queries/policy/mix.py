"""The policy mix on a day: every measure with the cells that it reaches, from its calls' rules where it has any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from poliedro.funding.models import Call, CallVersion, Measure, Programme
from poliedro.funding.queries.calls import measures_on
from poliedro.funding.rules.document import read_call
from poliedro.monitoring.rules.policy.mix import Cell, Reach, ruled_cells, stated_cells
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class InMix:
    """A measure of the mix and what it reaches."""

    measure: Measure
    reach: Reach


def mix_on(day: date) -> tuple[list[InMix], list[InMix]]:
    """The measures in force on the day, and those proposed; kept in memory while no measure or call changes."""
    found = _MIX.get(day)
    return [m for m in found if not m.measure.is_proposed], [m for m in found if m.measure.is_proposed]


def _reached(day: date) -> list[InMix]:
    measures = measures_on(day)
    of_calls: dict[int, set[Cell]] = {}
    versions = (
        CallVersion.objects.filter(call__measure__in=measures, published_at__isnull=False, valid_to=None)
        .select_related("call")
        .order_by("pk")
    )
    for version in versions:
        of_calls.setdefault(version.call.measure_id, set()).update(ruled_cells(read_call(version.document)))
    return [InMix(m, reach_of(m, frozenset(of_calls[m.pk]) if m.pk in of_calls else None)) for m in measures]


def reach_of(measure: Measure, ruled: frozenset[Cell] | None = None) -> Reach:
    """The cells of a measure: those of its rules, else those that it states."""
    stated = stated_cells(measure.groups, measure.stages, measure.trl_from, measure.trl_to)
    return Reach(
        measure.key,
        measure.instrument,
        stated if ruled is None else ruled,
        ruled is not None,
        frozenset() if ruled is None else stated - ruled,
        measure.is_proposed,
    )


_MIX: Kept[list[InMix]] = Kept(lambda: (Programme, Measure, Call, CallVersion), _reached, most=40)
