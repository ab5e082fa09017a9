"""The joint research projects that a region has with others, as far as partners can be placed."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from typing import Any

from poliedro.evidence.runs.base import Input
from poliedro.reference.models import Territory
from poliedro.registry.models import Participation
from poliedro.shared.region import Region

SCHEMES = ("h2020", "horizon_europe")
NUTS_OF = {"GR": "EL", "GB": "UK"}
"""Countries that NUTS writes otherwise than ISO 3166."""


def participations(region: Region) -> list[tuple[int, int, str, str, int | None]]:
    """Of the European projects in which an organisation of the region takes part: project, organisation, country, city,
    territory. In a fixed order."""
    known = Participation.objects.known().filter(project__scheme__in=SCHEMES, project__retracted_at=None)
    home = {pk for pk, code in _nuts2().items() if code == region.code}
    projects = known.filter(organisation__territory__in=home).values("project")
    return list(
        known.filter(project__in=projects)
        .order_by("project_id", "organisation_id")
        .values_list(
            "project_id", "organisation_id", "organisation__country", "organisation__place_text",
            "organisation__territory_id",
        )
        .distinct()
    )  # fmt: skip


def input_of_ties(region: Region) -> Input:
    rows = participations(region)
    checksum = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    return Input("participations", checksum, len(rows), "CORDIS", "official")


def ties(region: Region) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Joint projects by partner region (NUTS 2, or the country where no more is known), and how many partners could be
    placed. A project counts once a partner region, however many of its organisations take part."""
    nuts2, named = _nuts2(), _by_name(region)
    partners: dict[str, set[int]] = defaultdict(set)
    organisations: dict[str, set[int]] = defaultdict(set)
    placed: Counter[str] = Counter()
    seen: set[int] = set()
    for project, organisation, country, city, territory in participations(region):
        code = nuts2.get(territory or 0) or named.get((country, plain(city))) or NUTS_OF.get(country, country)
        if code == region.code or not code:
            continue
        partners[code].add(project)
        organisations[code].add(organisation)
        if organisation not in seen:
            seen.add(organisation)
            placed["region" if len(code) == 4 else "country"] += 1
    rows = [
        {"partner": code, "projects": len(projects), "organisations": len(organisations[code])}
        for code, projects in sorted(partners.items())
    ]
    return rows, {"placed": placed["region"], "not_placed": placed["country"]}


def plain(name: str) -> str:
    """A city's name for comparison: no accents, no capitals, no postal district ("LYON CEDEX 07", "Nice 2")."""
    letters = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().casefold()
    letters = re.sub(r"\bcedex\b.*|\d+", " ", letters)
    return " ".join(re.sub(r"[^a-z]+", " ", letters).split())


def _nuts2() -> dict[int, str]:
    """The NUTS 2 code of every territory that lies in one."""
    rows = {t[0]: t[1:] for t in Territory.objects.values_list("pk", "code", "level", "parent_id")}
    found: dict[int, str] = {}
    for pk in rows:
        at: int | None = pk
        while at is not None and at in rows and rows[at][1] != "nuts2":
            at = rows[at][2]
        if at is not None and at in rows:
            found[pk] = rows[at][0]
    return found


def _by_name(region: Region) -> dict[tuple[str, str], str]:
    """Cities whose name places them: regions and provinces called after their city, and the region's own list of its
    neighbours' cities. A name of several regions of a country places nothing."""
    candidates: dict[tuple[str, str], set[str]] = defaultdict(set)
    iso = {v: k for k, v in NUTS_OF.items()}
    for code, name in Territory.objects.filter(level__in=("nuts2", "nuts3")).values_list("code", "name"):
        country = iso.get(code[:2], code[:2])
        for part in re.split(r"[/,(]", name)[:1]:
            candidates[country, plain(part)].add(code[:4])
    for neighbour in region.raw.get("neighbours", []):
        country = iso.get(neighbour["code"][:2], neighbour["code"][:2])
        for city in neighbour.get("cities", []):
            candidates[country, plain(city)] = {neighbour["code"]}
    return {key: next(iter(codes)) for key, codes in candidates.items() if len(codes) == 1 and key[1]}
