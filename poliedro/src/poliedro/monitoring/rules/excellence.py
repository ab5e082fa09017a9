"""The excellence self-check: items as versioned data, scores, readiness for labels, and the criteria of the ECCP.

ECCP: the European Cluster Collaboration Platform lists clusters with half a full-time person or more, 15 members of two
kinds, and a page in English (R127).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "data" / "excellence"
MOST = 4
"""Level of an item that is fully met; 0 is not at all."""
FULL_SCORE = 100.0
"""Score of a theme whose items are all fully met, in percent."""
ECCP_FTE, ECCP_MEMBERS, ECCP_KINDS = 0.5, 15, 2


class InvalidAnswers(ValueError):
    """An item that the version does not have, or a level out of range."""


@dataclass(frozen=True)
class Item:
    key: str
    theme: str
    texts: Mapping[str, str]
    evidence: Mapping[str, str]


@dataclass(frozen=True)
class Version:
    """One version of the set. themes: key -> label by language. labels: thresholds of readiness, easiest first."""

    number: int
    source: str
    themes: Mapping[str, Mapping[str, str]]
    items: Sequence[Item]
    labels: Sequence[Mapping[str, Any]]


@cache
def versions() -> dict[int, Version]:
    """Every version by number."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        items = [
            Item(i["key"], t["key"], {"it": i["it"], "en": i["en"]}, i["evidence"])
            for t in raw["themes"]
            for i in t["items"]
        ]
        themes = {t["key"]: t["label"] for t in raw["themes"]}
        found[raw["version"]] = Version(raw["version"], raw["source"], themes, items, raw["labels"])
    return found


def latest_version() -> Version:
    return versions()[max(versions())]


def check_levels(version: Version, levels: Mapping[str, int]) -> None:
    """Raises InvalidAnswers for an unknown item or a level outside 0..4."""
    keys = {i.key for i in version.items}
    for key, level in levels.items():
        if key not in keys:
            raise InvalidAnswers(f"{key!r} is no item of version {version.number}; reload the form")
        if not 0 <= level <= MOST:
            raise InvalidAnswers(f"{key} is {level}; levels go from 0 to {MOST}")


def theme_scores(version: Version, levels: Mapping[str, int]) -> dict[str, float | None]:
    """Share of the most points by theme, in percent; None where no item is answered."""
    found: dict[str, float | None] = {}
    for theme in version.themes:
        known = [levels[i.key] for i in version.items if i.theme == theme and i.key in levels]
        found[theme] = FULL_SCORE * sum(known) / (MOST * len(known)) if known else None
    return found


def total_score(version: Version, levels: Mapping[str, int]) -> float | None:
    """Share of the most points over the items that are answered, in percent."""
    return 100 * sum(levels.values()) / (MOST * len(levels)) if levels else None


def readiness(version: Version, levels: Mapping[str, int]) -> dict[str, list[str]]:
    """For each label what still lacks: keys of items, and "score" where the sum is too low. Empty: ready."""
    share = (total_score(version, levels) or 0) / 100
    found: dict[str, list[str]] = {}
    for label in version.labels:
        lacking = [i.key for i in version.items if i.key not in levels or levels[i.key] < label["least"]]
        found[label["key"]] = [*lacking, *(["score"] if share < label["share"] else [])]
    return found


@dataclass(frozen=True)
class Criterion:
    """One criterion of the ECCP: what the register holds, what is needed, and whether it is met."""

    key: str
    value: float | None
    needed: float
    met: bool


def eccp(*, fte: float | None, members: int, kinds: int, english: bool) -> list[Criterion]:
    """The four criteria of a profile."""
    return [
        Criterion("fte", fte, ECCP_FTE, fte is not None and fte >= ECCP_FTE),
        Criterion("members", members, ECCP_MEMBERS, members >= ECCP_MEMBERS),
        Criterion("kinds", kinds, ECCP_KINDS, kinds >= ECCP_KINDS),
        Criterion("english", float(english), 1, english),
    ]


def standing(own: float | None, peers: Sequence[float], *, up: bool = True) -> tuple[int, int] | None:
    """The place (1 = best) and of how many, oneself among them; None without a value or peers."""
    if own is None or not peers:
        return None
    better = sum(p > own if up else p < own for p in peers)
    return better + 1, len(peers) + 1
