"""How comparable two firms are: field, technology, size, age, place (R136)."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTS = {"field": 0.35, "technology": 0.15, "size": 0.2, "age": 0.15, "place": 0.15}
SIZES = ("micro", "small", "medium", "large")


@dataclass(frozen=True)
class Firm:
    """nace: four digits or fewer; size: EU class, "" unknown; years: age, None unknown; province: code.

    technologies: keys of concepts named in its own words and in the titles of its projects.
    """

    nace: str
    size: str
    years: int | None
    province: str
    technologies: frozenset[str] = frozenset()


def likeness(a: Firm, b: Firm) -> tuple[float, tuple[str, ...]]:
    """0..1 and the codes of what they have in common, the heaviest first. What is unknown counts nothing."""
    parts = {
        "field": _field(a.nace, b.nace),
        "technology": _shared(a.technologies, b.technologies),
        "size": _size(a.size, b.size),
        "age": _age(a.years, b.years),
        "place": 1.0 if a.province and a.province == b.province else 0.0,
    }
    score = sum(WEIGHTS[k] * v for k, v in parts.items())
    said = [k for k, v in parts.items() if v >= (0.25 if k == "technology" else 0.5)]
    reasons = sorted(said, key=lambda k: -WEIGHTS[k] * parts[k])
    return round(score, 4), tuple(reasons)


def _field(a: str, b: str) -> float:
    """1 for the same four digits, .75 for three, .5 for two."""
    if not a or not b:
        return 0.0
    one, two = a.replace(".", ""), b.replace(".", "")
    return next((w for n, w in ((4, 1.0), (3, 0.75), (2, 0.5)) if len(one) >= n and one[:n] == two[:n]), 0.0)


def _shared(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared over all named by either (Jaccard)."""
    return len(a & b) / len(a | b) if a | b else 0.0


def _size(a: str, b: str) -> float:
    if a not in SIZES or b not in SIZES:
        return 0.0
    return max(0.0, 1 - abs(SIZES.index(a) - SIZES.index(b)) / 2)


def _age(a: int | None, b: int | None) -> float:
    """1 for the same age, 0 for a quotient of 4 or more."""
    if a is None or b is None:
        return 0.0
    old, young = max(a, b, 1), max(min(a, b), 1)
    return max(0.0, 1 - (old / young - 1) / 3)
