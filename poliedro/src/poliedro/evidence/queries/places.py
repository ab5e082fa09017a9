"""Borders of regions, for maps."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from poliedro.reference.models import Territory

BEYOND = ("FRY", "PT2", "PT3", "ES7", "NO0B")
"""Regions overseas, which would make a map of Europe too small to read; they stand in the table beside it."""


def outlines(codes: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Code and border of the regions that have one, without those overseas. One query while the borders stay."""
    shapes = Territory.objects.filter(level="nuts2", geometry__isnull=False)
    state = shapes.aggregate(n=Count("pk"), last=Max("load"))
    return _outlines(codes, state["n"], state["last"])


@lru_cache(maxsize=8)
def _outlines(codes: tuple[str, ...], count: int, load: int | None) -> list[tuple[str, Any]]:
    """Kept while no borders are loaded or undone, which `count` and `load` tell."""
    found = Territory.objects.filter(level="nuts2", code__in=codes, geometry__isnull=False).order_by("code")
    return [(c, _short(g)) for c, g in found.values_list("code", "geometry") if not c.startswith(BEYOND)]


def _short(geometry: Any) -> Any:
    """Coordinates to two decimals, about a kilometre."""
    if isinstance(geometry, dict):
        return {**geometry, "coordinates": _short(geometry["coordinates"])}
    if isinstance(geometry, list):
        return [_short(g) for g in geometry]
    return round(geometry, 2) if isinstance(geometry, float) else geometry
