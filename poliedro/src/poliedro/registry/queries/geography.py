"""The provinces of the region, with their borders where a source gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from poliedro.reference.models import Territory
from poliedro.shared.region import Region


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


def _feature(name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def _tile(column: int, row: int) -> dict[str, Any]:
    left, right, top, bottom = column, column + 0.96, -row, -row - 0.96
    return {
        "type": "Polygon",
        "coordinates": [[[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]],
    }
