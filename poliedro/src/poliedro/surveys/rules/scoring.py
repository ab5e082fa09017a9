"""What answers come to: a score a dimension, one over all, and the next step that fits. Plain arithmetic on data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poliedro.surveys.rules.definition import Answers, Band, Definition, Question, visible_answers


@dataclass(frozen=True)
class Score:
    """value: 0 to 100; None where nothing that counts was answered. answered, asked: questions of the dimension."""

    key: str
    value: float | None
    answered: int
    asked: int
    band: str


@dataclass(frozen=True)
class Result:
    dimensions: tuple[Score, ...]
    total: float | None
    band: str
    weakest: str
    """The dimension whose next step comes first; "" where nothing was scored."""

    def stored(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "band": self.band,
            "weakest": self.weakest,
            "dimensions": {
                s.key: {"value": s.value, "band": s.band, "answered": s.answered, "asked": s.asked}
                for s in self.dimensions
            },
        }


def points(question: Question, value: Any) -> float | None:
    """What one answer scores, 0 to 100; None where it says "do not know" or is not scored."""
    if value is None:
        return None
    scores = {o.key: o.score for o in question.options}
    if question.kind == "one":
        score = scores.get(value)
    elif question.kind == "many":
        score = min(100.0, sum(scores.get(v) or 0.0 for v in value))
    elif question.kind == "scale":
        score = 100.0 * (value - 1) / (question.points - 1)
    else:
        return None
    if score is None:
        return None
    return 100.0 - score if question.reverse else score


def band_of(bands: Sequence[Band], value: float | None) -> str:
    """The key of the last band that begins at or below the value."""
    if value is None:
        return ""
    reached = [b.key for b in bands if value >= b.least]
    return reached[-1] if reached else ""


def score(definition: Definition, answers: Answers) -> Result:
    """Weighted means: of a dimension's answered questions, then of the dimensions that have a score."""
    counted = visible_answers(definition, answers)
    found = []
    for dimension in definition.dimensions:
        asked = [q for q in definition.questions() if q.dimension == dimension.key and _reached(q, counted)]
        scored = [(q.weight, p) for q in asked if (p := points(q, counted.get(q.key))) is not None]
        weight = sum(w for w, _ in scored)
        value = round(sum(w * p for w, p in scored) / weight, 2) if weight else None
        found.append(
            Score(dimension.key, value, len(scored), len(asked), band_of(dimension.bands or definition.bands, value))
        )
    held = [(d.weight, s.value) for d, s in zip(definition.dimensions, found, strict=True) if s.value is not None]
    whole = sum(w for w, _ in held)
    total = round(sum(w * v for w, v in held) / whole, 2) if whole else None
    low = min((s for s in found if s.value is not None), key=lambda s: s.value or 0.0, default=None)
    return Result(tuple(found), total, band_of(definition.bands, total), low.key if low else "")


def _reached(question: Question, counted: Mapping[str, Any]) -> bool:
    return question.show_if is None or question.key in counted
