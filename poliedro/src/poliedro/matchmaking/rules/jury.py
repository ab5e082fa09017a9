"""Points of a blind jury: the weighted mean over criteria, then over jurors; ties share a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """points: 0..100; place: 1 is best, equal points share one."""

    team: int
    points: float
    place: int
    jurors: int


def check_criteria(criteria: Sequence[Mapping[str, object]]) -> None:
    """Raises ValueError unless the weights are whole, above 0 and add up to 100."""
    weights = [c["weight"] for c in criteria]
    if not weights or any(not isinstance(w, int) or w < 1 for w in weights) or sum(weights) != 100:  # type: ignore[arg-type]
        raise ValueError(f"the weights are {weights}; give whole numbers above 0 that add up to 100")


def standings(weights: Mapping[str, int], scores: Mapping[int, Mapping[int, Mapping[str, int]]]) -> list[Standing]:
    """Every team by points, best first.

    Args:
        weights: criterion -> weight, adding up to 100.
        scores: team -> juror -> criterion -> 0..10. Only jurors who gave all criteria of a team count for it.
    """
    points: dict[int, tuple[float, int]] = {}
    for team, by_juror in scores.items():
        whole = [given for given in by_juror.values() if set(given) >= set(weights)]
        each = [sum(weights[c] * given[c] for c in weights) / 10 for given in whole]
        points[team] = (round(sum(each) / len(each), 2) if each else 0.0, len(each))
    ranked = sorted(points.items(), key=lambda item: (-item[1][0], item[0]))
    return [Standing(team, own, 1 + sum(other > own for other, _n in points.values()), n) for team, (own, n) in ranked]
