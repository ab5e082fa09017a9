"""The provinces of the region, with their borders where a source gave them; which province a place lies in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Q

from poliedro.reference.models import Territory
from poliedro.shared.region import Region, region
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class RegionMap:
    """provinces: in the order of their codes. geojson: a FeatureCollection named by province; schematic where the
    borders
    are not loaded, one tile a province."""

    provinces: list[Territory]
    geojson: dict[str, Any]
    is_schematic: bool


def region_map(region: Region) -> RegionMap:
    """The region's provinces and their borders, or tiles from the region's file where no geometry is loaded."""
    provinces = list(Territory.objects.filter(level="nuts3", parent__code=region.code, version="2016").order_by("code"))
    if provinces and all(p.geometry for p in provinces):
        features = [_feature(p.name, p.geometry) for p in provinces]
        return RegionMap(provinces, {"type": "FeatureCollection", "features": features}, False)
    tiles = {p["code"]: p["tile"] for p in region.raw.get("provinces", ()) if "tile" in p}
    features = [_feature(p.name, _tile(*tiles[p.code])) for p in provinces if p.code in tiles]
    return RegionMap(provinces, {"type": "FeatureCollection", "features": features}, True)


def in_region(path: str = "territory") -> Q:
    """Rows whose territory lies in the region, or is the region itself."""
    code = region().code
    return Q(**{f"{path}__code__startswith": code}) | Q(**{f"{path}__parent__code__startswith": code})


def in_region_itself() -> Q:
    """The territories of which `in_region` speaks."""
    code = region().code
    return Q(code__startswith=code) | Q(parent__code__startswith=code)


def of_region(path: str = "organisation") -> Q:
    """Rows of organisations in the region. One whose place is not known, or known as the country alone, is taken to be;
    one of another country, or with a place elsewhere, is not."""
    code, country = region().code, region().country
    around = [code[:length] for length in range(2, len(code))]
    unplaced = Q(**{f"{path}__territory": None, f"{path}__country__in": ["", country]})
    return unplaced | Q(**{f"{path}__territory__code__in": around}) | in_region(f"{path}__territory")


def provinces() -> Mapping[int, tuple[str, str]]:
    """{territory id: (code, name) of the province that it is or lies in}; larger territories are left out. Kept in
    memory while territories stay as they are; not to be changed."""
    return _PROVINCES.get()


def _provinces() -> dict[int, tuple[str, str]]:
    rows = Territory.objects.filter(level__in=("nuts3", "lau")).values_list(
        "pk", "level", "code", "name", "parent__code", "parent__name"
    )
    found = (
        (pk, (parent, parent_name) if level == "lau" else (code, name))
        for pk, level, code, name, parent, parent_name in rows.iterator(chunk_size=5000)
    )
    return {pk: place for pk, place in found if place[0]}


_PROVINCES: Kept[Mapping[int, tuple[str, str]]] = Kept(lambda: (Territory,), _provinces)


def _feature(name: str, geometry: Any) -> dict[str, Any]:
    """cp: where the name is written."""
    return {"type": "Feature", "properties": {"name": name, "cp": widest_place(geometry)}, "geometry": geometry}


def widest_place(geometry: Any, lines: int = 24) -> list[float]:
    """[longitude, latitude] of the middle of the widest stretch that the area has from west to east, where a name finds
    most room; not on its upper and lower fifth, where names of neighbours are near."""
    areas = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    edges = [edge for area in areas for ring in area for edge in pairwise(ring)]
    low, high = min(a[1] for a, _b in edges), max(a[1] for a, _b in edges)
    best, place = -1.0, [edges[0][0][0], edges[0][0][1]]
    for step in range(lines):
        latitude = low + (high - low) * (0.2 + 0.6 * (step + 0.5) / lines)
        crossed = sorted(
            a[0] + (latitude - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            for a, b in edges
            if (a[1] > latitude) != (b[1] > latitude)
        )
        for west, east in zip(crossed[::2], crossed[1::2], strict=True):
            if east - west > best:
                best, place = east - west, [round((west + east) / 2, 4), round(latitude, 4)]
    return place


def _tile(column: int, row: int) -> dict[str, Any]:
    left, right, top, bottom = column, column + 0.96, -row, -row - 0.96
    return {
        "type": "Polygon",
        "coordinates": [[[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]],
    }
