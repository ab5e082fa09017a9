"""What a report does not tell though its form has a place for it. Plain Python, from what was frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Gap:
    """label: the indicator, by language. clusters: names of those of which it is not known; empty: of all of them.
    until: the last year that it tells of, where that is before the report's. silent: years of its period of which no
    project is known."""

    label: Mapping[str, str]
    clusters: tuple[str, ...] = ()
    until: int | None = None
    silent: tuple[int, ...] = ()


def gaps_of(content: Mapping[str, Any]) -> list[Gap]:
    """Indicators not known of all clusters or of the whole span, in the report's order. What is hidden is known."""
    names = {c["key"]: c["name"] for c in content["clusters"]}
    return [gap for d in content["dimensions"] for i in d["indicators"] for gap in _gaps(i, names, content["year"])]


def _gaps(indicator: Mapping[str, Any], names: Mapping[str, str], year: int) -> list[Gap]:
    unknown = tuple(names[key] for key, row in indicator["rows"].items() if row["value"] is None and not row["hidden"])
    if len(unknown) == len(indicator["rows"]):
        return [Gap(indicator["label"])]
    last = int(indicator["period"].rpartition("-")[2]) if indicator["period"] else year
    return [
        *([Gap(indicator["label"], unknown)] if unknown else []),
        *([Gap(indicator["label"], until=last)] if last < year else []),
        *([Gap(indicator["label"], silent=tuple(silent))] if (silent := indicator.get("silent")) else []),
    ]


def region_index(indicator: Mapping[str, Any]) -> int | None:
    """The region is 100 of itself, where its value is told."""
    return None if indicator["region"]["value"] is None else 100
