"""Loads territories: NUTS of GISCO, then Italian borders and municipalities on top of them."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from poliedro.reference.models import Territory
from poliedro.reference.rules import words
from poliedro.reference.services.loads.run import Importer, Rows, Run
from poliedro.reference.sources import geography
from poliedro.reference.sources.files import UnreadableFile, files_in
from poliedro.reference.sources.geography import Place
from poliedro.reference.sources.tables import BadValue, Rejected

# Note [Finer borders stay]
# A territory's `source` is who drew its borders. GISCO fills what is empty or its own; the national borders, which are
# finer, replace GISCO's and then belong to their publisher. So loading both again, in any order, changes nothing.


def load_nuts(run: Run, path: Path) -> None:
    held = {(t.version, t.code): t for t in Territory.objects.exclude(level="lau").select_related(None)}
    rows = Rows(run, Territory)
    run.progress.start("NUTS")
    level = ""
    for place in geography.read_nuts(path):
        run.read += 1
        run.progress.advance(1)
        if isinstance(place, Rejected):
            run.rejected.append(place)
            continue
        if place.level != level:
            rows.create()  # the level above has keys from here on
            level = place.level
        run.done(_place(run, rows, held, place))
    rows.save()


def _place(run: Run, rows: Rows, held: dict[tuple[str, str], Territory], place: Place) -> bool:
    parent = held.get((place.version, place.code[:-1])) if place.level != "nuts0" else None
    territory = held.get((place.version, place.code))
    if territory is None:
        territory = Territory(code=place.code, version=place.version, level=place.level, load=run.load)
        territory.name, territory.parent_id, territory.source = place.name, parent.pk if parent else None, run.source
        territory.geometry, territory.latitude, territory.longitude = place.geometry, place.latitude, place.longitude
        held[place.version, place.code] = territory
        rows.add(territory)
        return True
    values: dict[str, object] = {}
    if territory.parent_id is None and parent is not None:
        values["parent_id"] = parent.pk
    if territory.geometry is None or territory.source_id == run.source.pk:
        values |= {
            "geometry": place.geometry,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "source_id": run.source.pk,
        }
    return rows.change(territory, **values)


def load_italy(run: Run, path: Path) -> None:
    """Borders and signs of provinces, borders of regions, and municipalities under their province."""
    version = run.options.get("nuts_version", "2016")
    nuts = Territory.objects.filter(code__startswith="IT", version=version)
    rows = Rows(run, Territory)
    regions, provinces = ({_key(t.name): t for t in nuts.filter(level=level)} for level in ("nuts2", "nuts3"))
    if not provinces:
        raise UnreadableFile(f"there are no Italian provinces of NUTS {version}", "load the NUTS boundaries first")
    files = list(files_in(path))
    for file in filter(geography.is_italian_limits, files):
        run.progress.start(file.name)
        for place in geography.read_italian_limits(file):
            run.read += 1
            by_name = provinces if place.level == "nuts3" else regions
            _limits(run, rows, by_name.get(_key(place.name)), place)
    rows.save()
    for file in filter(geography.is_municipalities, files):
        _municipalities(run, rows, file, regions, provinces, version)
    rows.save()


def _limits(run: Run, rows: Rows, territory: Territory | None, place: Place) -> None:
    if territory is None:
        run.notes["borders without a NUTS territory"] += 1  # provinces made after the NUTS version
        run.skipped += 1
        return
    values: dict[str, object] = {
        "geometry": place.geometry,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "source_id": run.source.pk,
    }
    if place.sign:
        values["national_code"] = place.sign
    run.done(rows.change(territory, **values))


def _municipalities(
    run: Run,
    rows: Rows,
    file: geography.File,
    regions: dict[str, Territory],
    provinces: dict[str, Territory],
    version: str,
) -> None:
    held = {(t.parent_id, words(t.name)): t for t in Territory.objects.filter(level="lau", version=version)}
    codes = {t.code for t in held.values()}
    for place in _counted(run, file):
        parent = provinces.get(_key(place.province)) or regions.get(_key(place.region))
        if parent is None:
            error = BadValue("province", place.province, "is no province of the loaded NUTS", "load its NUTS version")
            run.rejected.append(error.row(place.number, place.file))
            continue
        if parent.level != "nuts3":
            run.notes["municipalities whose province is not in this NUTS version, kept under their region"] += 1
        territory = held.get((parent.pk, words(place.name)))
        if territory is not None:
            values: dict[str, object] = {"latitude": place.latitude, "longitude": place.longitude}
            if place.code and not territory.national_code:
                values["national_code"] = place.code
            run.done(rows.change(territory, **values))
            continue
        territory = Territory(
            code=_municipal_code(place, parent, codes), version=version, level="lau", name=place.name, parent=parent,
            national_code=place.code, latitude=place.latitude, longitude=place.longitude,
            source=run.source, load=run.load,
        )  # fmt: skip
        codes.add(territory.code)
        held[parent.pk, words(place.name)] = territory
        rows.add(territory)
        run.done(True)


def _counted(run: Run, file: geography.File) -> list[Place]:
    run.progress.start(file.name)
    good = []
    for place in geography.read_municipalities(file):
        run.read += 1
        if isinstance(place, Rejected):
            run.rejected.append(place)
        else:
            good.append(place)
    run.progress.advance(len(good))
    return good


def _municipal_code(place: Place, parent: Territory, taken: set[str]) -> str:
    """The ISTAT code; where the file has none, the province's sign and the name, short enough to be a code."""
    if place.code and place.code not in taken:
        return place.code
    prefix = parent.national_code or parent.code
    name = re.sub(r"[^a-z0-9]+", "-", words(place.name))
    code = f"{prefix}-{name}"[:20]
    if code in taken or len(f"{prefix}-{name}") > 20:
        code = f"{code[:14]}~{zlib.crc32(f'{prefix}-{name}'.encode()) % 100_000:05}"
    return code


SAME = {"valle d aosta vallee d aoste": "valle d aosta", "aosta": "valle d aosta", "bolzano bozen": "bolzano"}
"""Names by which NUTS and ISTAT call the same place."""


def _key(name: str) -> str:
    plain = words(name)
    return SAME.get(plain, plain)


def reads_nuts(path: Path) -> bool:
    return any(geography.is_nuts(f) for f in files_in(path))


def reads_italy(path: Path) -> bool:
    return any(geography.is_italian_limits(f) or geography.is_municipalities(f) for f in files_in(path))


IMPORTERS = (
    Importer(
        "nuts", "NUTS boundaries", "gisco-nuts", "GISCO NUTS_RG_*_4326*.geojson, one level a file, or a folder of them",
        reads_nuts, load_nuts, order=10,
    ),
    Importer(
        "italy-geo", "Italian municipalities, provinces and regions", "italy-geo",
        "folder with georef-italy-comune.csv, limits_IT_provinces.topo.json, limits_IT_regions.topo.json",
        reads_italy, load_italy, order=11,
    ),
)  # fmt: skip
