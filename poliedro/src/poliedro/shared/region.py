"""The region that this site serves, from its configuration file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

SHIPPED = Path(__file__).resolve().parent.parent / "regions"


class InvalidRegion(ValueError):
    """The region's configuration file lacks a key or names what does not exist."""


@dataclass(frozen=True)
class Contact:
    """To whom a reader turns. address: a web page, or mailto: with an e-mail address."""

    name: str
    address: str


@dataclass(frozen=True)
class Region:
    """A region as its configuration file states it.

    code: NUTS code (ITC1). country: ISO 3166 alpha-2. names: language -> name. form: one of the three institutional
    forms of R072 (development_agency, innovation_agency, secretariat). raw: the whole file, for what single rooms read.
    """

    key: str
    code: str
    country: str
    names: dict[str, str]
    form: str = "secretariat"
    raw: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        from django.utils.translation import get_language

        language = (get_language() or "it").split("-")[0]
        return self.names.get(language) or next(iter(self.names.values()))

    @property
    def contact(self) -> Contact | None:
        """To whom to write about the site; None where the file names nobody."""
        stated = self.raw.get("contact") or {}
        if not stated:
            return None
        if not stated.get("name") or not (stated.get("email") or stated.get("url")):
            raise InvalidRegion(f"contact of {self.key} needs a name, and an email or a url; it has {sorted(stated)}")
        return Contact(stated["name"], f"mailto:{stated['email']}" if stated.get("email") else stated["url"])


def read_region(path: Path) -> Region:
    """The region of a configuration file. Raises InvalidRegion with the key at fault."""
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, ten times as fast, where its library is there
    raw = safe(path.read_text(encoding="utf-8")).get_single_data()
    for key in ("key", "code", "country", "names"):
        if not raw.get(key):
            raise InvalidRegion(f"{path.name} has no {key!r}; `poliedro init` writes a commented example")
    made = Region(raw["key"], raw["code"], raw["country"], raw["names"], raw.get("form", "secretariat"), raw)
    _checked = made.contact
    return made


@cache
def region() -> Region:
    """The region of settings.REGION: a shipped name, or the path of a file."""
    name = settings.REGION
    path = Path(name) if name.endswith((".yaml", ".yml")) else SHIPPED / f"{name}.yaml"
    if not path.exists():
        raise InvalidRegion(f"no region {name!r}; shipped: {sorted(p.stem for p in SHIPPED.glob('*.yaml'))}")
    return read_region(path)
