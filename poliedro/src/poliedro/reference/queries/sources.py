"""Sources and what was loaded from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Prefetch, Q, Window
from django.db.models.functions import RowNumber

from poliedro.reference.models import Load, Source

LAST = 5  # loads shown of a source before one asks for all


@dataclass(frozen=True)
class SourceRow:
    """A source, its last loads and how many there are in all. waits: files fill something on the site, and none is
    loaded yet."""

    source: Source
    loads: list[Load]
    total: int
    is_loaded: bool
    waits: bool


def sources_with_loads(every: str = "") -> list[SourceRow]:
    """Every source with its last loads, newest first; all loads of the source whose key is `every`. Two queries."""
    counted = Load.objects.exclude(state=Load.State.PREVIEWED)
    numbered = counted.annotate(
        place=Window(RowNumber(), partition_by="source", order_by=[F("started_at").desc(), F("pk").desc()])
    )
    wanted = numbered.filter(Q(place__lte=LAST) | Q(source__key=every)).order_by("-started_at", "-pk")
    rows = Source.objects.order_by("name").annotate(
        total=Count("loads", filter=~Q(loads__state=Load.State.PREVIEWED)),
        counting=Count("loads", filter=Q(loads__state=Load.State.LOADED)),
    )
    return [
        SourceRow(s, list(s.loads.all()), s.total, s.counting > 0, bool(s.fills) and not s.counting)
        for s in rows.prefetch_related(Prefetch("loads", wanted))
    ]


def recent_loads(limit: int, until: datetime | None = None) -> list[Load]:
    """The last loads that still count, latest first; those that had begun at the moment, where one is given."""
    rows = Load.objects.filter(state=Load.State.LOADED)
    if until is not None:
        rows = rows.filter(started_at__lte=until)
    return list(rows.select_related("source").order_by("-started_at")[:limit])
