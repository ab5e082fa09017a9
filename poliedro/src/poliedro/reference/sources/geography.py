"""Territories as published: NUTS boundaries of GISCO, and Italian municipalities, provinces and regions.

Sources: GISCO GeoJSON (properties NUTS_ID, LEVL_CODE, CNTR_CODE, NAME_LATN); georef-italy-comune (OpenDataSoft);
limits_IT_provinces and limits_IT_regions (openpolis, TopoJSON).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from poliedro.reference.sources.files import File, UnreadableFile, files_in, mended, text_of
from poliedro.reference.sources.tables import BadValue, Rejected, columns, matches, read_rows

DECIMALS = 4
"""Of a degree: about 10 m."""

MUNICIPALITIES = columns(
    "point=Geo Point|geo_point_2d, region=Official Name Regione|Denominazione Regione|reg_name, "
    "province=Official Name Provincia/Città metropolitana|Official Name Provincia|prov_name, "
    "name=Official Name Comune|com_name|Denominazione in italiano",
    "istat=Official Code Comune|com_code|Codice Comune formato alfanumerico",
)


@dataclass(frozen=True)
class Place:
    """A territory of a file. parent: code of the level above, or the names of region and province."""

    number: int
    file: str
    level: str
    code: str
    name: str
    version: str
    geometry: dict[str, Any] | None
    latitude: float | None
    longitude: float | None
    sign: str = ""
    region: str = ""
    province: str = ""


LEVELS = {0: "nuts0", 1: "nuts1", 2: "nuts2", 3: "nuts3"}


def is_nuts(file: File) -> bool:
    return file.name.endswith((".geojson", ".json")) and "nuts" in file.name and "_rg_" in file.name


def read_nuts(path: Path) -> Iterator[Place | Rejected]:
    """The territories of GISCO region files, level 0 first. The version is the year in the file's name."""
    found = []
    for file in filter(is_nuts, files_in(path)):
        year = re.search(r"_(20\d\d)_", file.name)
        if year is None:
            raise UnreadableFile(f"{file.name} names no NUTS year", "keep the published name, NUTS_RG_60M_2016_4326...")
        for number, feature in enumerate(_json(file).get("features", ()), 1):
            found.append((file.name, number, year[1], feature))
    found.sort(key=lambda f: (f[3].get("properties", {}).get("LEVL_CODE", 9), f[3]["properties"].get("NUTS_ID", "")))
    for name, number, version, feature in found:
        p = feature["properties"]
        code, level = str(p.get("NUTS_ID", "")), LEVELS.get(p.get("LEVL_CODE", -1))
        if level is None or len(code) != 2 + int(p["LEVL_CODE"]):
            yield Rejected(number, "NUTS_ID", code, "does not fit its level", "download the file again", name)
            continue
        geometry = rounded(feature.get("geometry"))
        latitude, longitude = centre(geometry)
        label = mended(str(p.get("NAME_LATN") or p.get("NUTS_NAME") or code))
        yield Place(number, name, level, code, label, version, geometry, latitude, longitude)


def is_municipalities(file: File) -> bool:
    return matches(file, MUNICIPALITIES)


def read_municipalities(file: File) -> Iterator[Place | Rejected]:
    """Municipalities as points, with the names of province and region; their ISTAT code where the file has it."""
    for row in read_rows(file, MUNICIPALITIES):
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            latitude, longitude = point("Geo Point", row["point"])
        except BadValue as error:
            yield error.row(row.number, row.file)
            continue
        istat = row["istat"].zfill(6) if row["istat"].isdigit() else ""
        yield Place(
            row.number, row.file, "lau", istat, row["name"], "", None, latitude, longitude,
            region=row["region"], province=row["province"],
        )  # fmt: skip


def point(name: str, text: str) -> tuple[float, float]:
    """(latitude, longitude) of "45.1, 7.6". Raises BadValue."""
    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*", text)
    if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
        return float(found[1]), float(found[2])
    raise BadValue(name, text, "is not latitude, longitude", "write degrees with a point, such as 45.07, 7.68")


def is_italian_limits(file: File) -> bool:
    return file.name.startswith("limits_it_") and file.name.endswith(".json") and "municipal" not in file.name


def read_italian_limits(file: File) -> Iterator[Place]:
    """Provinces or regions with borders. sign: the province's two letters."""
    topology = _json(file)
    arcs = _arcs(topology)
    for collection in topology.get("objects", {}).values():
        for number, shape in enumerate(collection["geometries"], 1):
            p = shape["properties"]
            geometry = rounded(_geometry(shape, arcs))
            latitude, longitude = centre(geometry)
            is_province = "prov_name" in p
            yield Place(
                number, file.name, "nuts3" if is_province else "nuts2",
                str(p.get("prov_istat_code" if is_province else "reg_istat_code", "")),
                mended(p["prov_name" if is_province else "reg_name"]), "", geometry, latitude, longitude,
                sign=p.get("prov_acr", ""), region=mended(p["reg_name"]),
            )  # fmt: skip


def _json(file: File) -> dict[str, Any]:
    with text_of(file) as text:
        try:
            data = json.load(text)
        except json.JSONDecodeError as error:
            raise UnreadableFile(
                f"{file.name} line {error.lineno} is not JSON", "download it again", row=error.lineno
            ) from error
    if not isinstance(data, dict):
        raise UnreadableFile(f"{file.name} is not GeoJSON or TopoJSON", "download it again")
    return data


def _arcs(topology: dict[str, Any]) -> list[list[list[float]]]:
    """Arcs as degrees: quantised arcs are differences, to be summed, scaled and moved."""
    transform = topology.get("transform")
    if not transform:
        return [[list(p) for p in arc] for arc in topology["arcs"]]
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append([x * sx + tx, y * sy + ty])
        arcs.append(line)
    return arcs


def _geometry(shape: dict[str, Any], arcs: list[list[list[float]]]) -> dict[str, Any]:
    def ring(numbers: list[int]) -> list[list[float]]:
        line: list[list[float]] = []
        for n in numbers:
            part = arcs[n] if n >= 0 else arcs[~n][::-1]
            line += part[1:] if line else part
        return line

    if shape["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": [ring(r) for r in shape["arcs"]]}
    return {"type": "MultiPolygon", "coordinates": [[ring(r) for r in polygon] for polygon in shape["arcs"]]}


def rounded(geometry: dict[str, Any] | None) -> dict[str, Any] | None:
    """The geometry with coordinates of DECIMALS places."""

    def near(value: Any) -> Any:
        return [near(v) for v in value] if isinstance(value, list) else round(value, DECIMALS)

    if not geometry:
        return None
    return {"type": geometry["type"], "coordinates": near(geometry["coordinates"])}


def centre(geometry: dict[str, Any] | None) -> tuple[float | None, float | None]:
    """(latitude, longitude) of the centroid of the largest polygon's outline; nulls without geometry."""
    if not geometry:
        return None, None
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    best: tuple[float, float, float] = (-1.0, 0.0, 0.0)
    for polygon in polygons:
        outline = polygon[0]
        area = cx = cy = 0.0
        for (x1, y1), (x2, y2) in pairwise(outline):
            cross = x1 * y2 - x2 * y1
            area, cx, cy = area + cross, cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
        if area and abs(area) > best[0]:
            best = (abs(area), cx / (3 * area), cy / (3 * area))
    return round(best[2], DECIMALS), round(best[1], DECIMALS)
