"""Sources and what was loaded from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from poliedro.reference.models import Load, Source


@dataclass(frozen=True)
class SourceRow:
    source: Source
    loads: list[Load]

    @property
    def is_loaded(self) -> bool:
        return any(load.state == Load.State.LOADED for load in self.loads)


def sources_with_loads() -> list[SourceRow]:
    """Every source with its loads, newest first. Two queries."""
    rows = Source.objects.order_by("name").prefetch_related(
        Prefetch("loads", Load.objects.exclude(state=Load.State.PREVIEWED).order_by("-started_at"))
    )
    return [SourceRow(s, list(s.loads.all())) for s in rows]


def recent_loads(limit: int, until: datetime | None = None) -> list[Load]:
    """The last loads that still count, latest first; those that had begun at the moment, where one is given."""
    rows = Load.objects.filter(state=Load.State.LOADED)
    if until is not None:
        rows = rows.filter(started_at__lte=until)
    return list(rows.select_related("source").order_by("-started_at")[:limit])
