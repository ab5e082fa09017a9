"""Sources and what was loaded from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, F, Prefetch, Q, Window
from django.db.models.functions import RowNumber
from django.utils.timezone import localdate

from poliedro.reference.models import Load, Source

LAST = 5  # loads shown of a source before one asks for all
LOOKED_AT = 200  # loads among which the news are


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


@dataclass(frozen=True)
class News:
    """What came from a source on its last day of loading. rows: as the files count them; 0 where nothing was read."""

    source: Source
    on: date
    rows: int


def news(limit: int, until: datetime | None = None) -> list[News]:
    """The sources loaded last, latest first, by loads that still count; as it was at the moment, where one is given."""
    loads = Load.objects.filter(state=Load.State.LOADED)
    if until is not None:
        loads = loads.filter(started_at__lte=until)
    found: dict[int, News] = {}
    for load in loads.select_related("source").order_by("-started_at", "-pk")[:LOOKED_AT]:
        on = localdate(load.started_at)
        before = found.get(load.source_id)
        if before is None and len(found) < limit:
            found[load.source_id] = News(load.source, on, load.rows_loaded)
        elif before is not None and before.on == on:
            found[load.source_id] = replace(before, rows=before.rows + load.rows_loaded)
    return list(found.values())
