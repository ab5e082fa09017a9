"""Which territory a place name means."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from poliedro.reference.models import Territory
from poliedro.reference.rules import words

EXONYMS = {
    "turin": "torino", "milan": "milano", "rome": "roma", "florence": "firenze", "naples": "napoli",
    "venice": "venezia", "genoa": "genova", "padua": "padova", "mantua": "mantova", "leghorn": "livorno",
    "syracuse": "siracusa", "bozen": "bolzano", "rom": "roma", "mailand": "milano", "venedig": "venezia",
    "reggio emilia": "reggio nell emilia", "reggio calabria": "reggio di calabria",
}  # fmt: skip
"""English and German names of Italian cities, and two that are known by a shorter name."""


FORMER_SIGNS = {"ps": "pesaro e urbino", "fo": "forli cesena"}
"""Signs of provinces that files still use."""


@dataclass(frozen=True)
class Point:
    """A territory's point, for the question how far something lies from it."""

    pk: int
    name: str
    level: str
    code: str
    latitude: float | None
    longitude: float | None


class Places:
    """The loaded territories, by code and by name. Two queries to make, none to ask."""

    def __init__(self, version: str = "2016") -> None:
        rows = Territory.objects.filter(version=version).values_list(
            "pk", "code", "level", "name", "latitude", "longitude", "parent_id", "national_code"
        )
        self.points: dict[int, Point] = {}
        self.by_code: dict[str, int] = {}
        self.parent: dict[int, int | None] = {}
        self.sign: dict[str, int] = {}
        self.municipalities: dict[str, list[int]] = {}
        self.provinces: dict[str, int] = {}
        for pk, code, level, name, latitude, longitude, parent, national in rows.order_by("code"):
            self.points[pk] = Point(pk, name, level, code, latitude, longitude)
            self.parent[pk] = parent
            plain = words(name)
            if level == Territory.Level.MUNICIPALITY:
                self.municipalities.setdefault(plain, []).append(pk)
                if national:
                    self.by_code.setdefault(national, pk)
            else:
                self.by_code[code] = pk
            if level == Territory.Level.NUTS3 and code.startswith("IT"):
                self.provinces[plain] = pk
                if national:
                    self.sign[national.lower()] = pk

    def find(self, place: str, country: str, nuts: str = "", province: str = "") -> int | None:
        """The smallest territory that the place surely means: municipality, NUTS region, country; else null."""
        region = self.of_nuts(nuts)
        if country == "IT" and place:
            within = self.province(province) or (region if self._level(region) == Territory.Level.NUTS3 else None)
            if found := self._municipality(words(place), within):
                return found
            region = region or within
        if region:
            return region
        if country == "IT" and (within := self.province(province)):
            return within
        return self.by_code.get({"GR": "EL", "GB": "UK"}.get(country, country)) if country else None

    def of_nuts(self, code: str) -> int | None:
        """The territory of a NUTS code; of an unknown one (another version) the known region that holds it."""
        code = code.upper()
        while len(code) > 2:
            if code in self.by_code:
                return self.by_code[code]
            code = code[:-1]
        return None

    def province(self, text: str) -> int | None:
        """An Italian province by sign or name. See Note [NA is also a place] ."""
        plain = words(text)
        plain = FORMER_SIGNS.get(plain, plain)
        return self.sign.get(plain) or self.provinces.get(EXONYMS.get(plain, plain))

    def _level(self, pk: int | None) -> str:
        return self.points[pk].level if pk else ""

    def _municipality(self, plain: str, within: int | None) -> int | None:
        """By the whole name; else without the province that some files add to it (TORINO TO, PINEROLO (TORINO))."""
        name = EXONYMS.get(plain, plain)
        if found := self._named(name, within):
            return found
        parts = plain.split()
        for cut in range(len(parts) - 1, max(len(parts) - 4, 0), -1):
            head, tail = " ".join(parts[:cut]), " ".join(parts[cut:])
            province = self.province(tail)
            if province is not None:
                return self._named(EXONYMS.get(head, head), province) or province
        return None

    def _named(self, name: str, within: int | None) -> int | None:
        found = self.municipalities.get(name, [])
        if within is not None:
            found = [pk for pk in found if self.parent[pk] == within]
        return found[0] if len(found) == 1 else None

    def distance_km(self, territory: int, latitude: float, longitude: float) -> float | None:
        """From the territory's point to another; null where the territory has none."""
        point = self.points[territory]
        if point.latitude is None or point.longitude is None:
            return None
        return distance_km(point.latitude, point.longitude, latitude, longitude)

    def region_of(self, territory: int) -> int:
        """The NUTS 2 region above the territory, or the territory itself where there is none."""
        here: int | None = territory
        while here is not None and self.points[here].level != Territory.Level.NUTS2:
            here = self.parent[here]
        return here or territory


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance on a sphere of 6 371 km."""
    a, b = radians(latitude), radians(other_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 6371 * 2 * asin(sqrt(half))
