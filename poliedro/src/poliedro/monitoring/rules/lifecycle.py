"""Stages of a cluster's life, and what may be done about each lever that failed. Plain Python and data.

The stages are those of Menzel and Fornahl (2010); the levers of R042 are (a) renewing members and activities and (b)
adapting to market and technology.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STAGES = ("emergence", "growth", "sustainment", "decline", "renewal")
UNKNOWN = "cannot tell"
DIMENSIONS = ("size", "heterogeneity", "network", "action")
BESIDE = {"size": "persons", "heterogeneity": "technologies", "action": "services"}
"""Dimension -> the second measure that it is put together with where that one is known in every year."""
MINIMUM_RENEWAL = 0.03
"""Entries a year, as a share of the stock, below which the membership does not renew itself."""
MINIMUM_NOVELTY = 0.02
"""Activities that were not there five years ago, as a share of today's, below which a cluster does not adapt."""


class ReasonMissing(ValueError):
    """An override needs the expert's reason in words."""


@dataclass(frozen=True)
class Basis:
    """What a dimension rests on beside its first measure. known: years of so many in which the second is known."""

    dimension: str
    measure: str
    known: int
    years: int

    @property
    def used(self) -> bool:
        return 0 < self.known == self.years


def bases(measures: Sequence[Mapping[str, Any]]) -> list[Basis]:
    """One for each dimension that has a second measure. measures: a row a year."""
    return [
        Basis(dimension, second, sum(_is_known(m, second) for m in measures), len(measures))
        for dimension, second in BESIDE.items()
    ]


def _is_known(measures: Mapping[str, Any], measure: str) -> bool:
    """No persons and no spread of programmes say as little as an unknown; no services in a year are a fact."""
    value = measures[measure]
    return value is not None if measure == "services" else bool(value)


@dataclass(frozen=True)
class Light:
    """The early warning of R042. colour: green, amber, red or grey (cannot tell). failed: the levers that failed."""

    colour: str
    failed: tuple[str, ...]


def warning(stage: str, failing: str | None, renewal: float | None, novelty: float | None) -> Light:
    """red: decline, or both levers failed; amber: one failed, or a dimension falls; grey: nothing is known."""
    failed = []
    if renewal is not None and renewal < MINIMUM_RENEWAL:
        failed.append("renewal")
    if novelty is not None and novelty < MINIMUM_NOVELTY:
        failed.append("novelty")
    if stage == "decline" or len(failed) == 2:
        return Light("red", tuple(failed))
    if failed or failing:
        return Light("amber", tuple(failed))
    if stage == UNKNOWN and renewal is None and novelty is None:
        return Light("grey", ())
    return Light("green", ())


ACTIONS: dict[str, tuple[str, ...]] = {
    "size": ("outreach", "retention", "start_ups"),
    "heterogeneity": ("related", "new_themes", "cross_cluster"),
    "network": ("introductions", "outside_ties", "isolates"),
    "action": ("joint_projects", "services", "working_groups"),
    "renewal": ("outreach", "start_ups", "retention"),
    "novelty": ("new_themes", "related", "foresight"),
}
"""Lever or dimension -> actions that fit it, first the one that takes least."""


def actions_for(failing: str | None, failed: tuple[str, ...], most: int = 4) -> list[str]:
    """Actions for what failed, without repeats, in order."""
    wanted = [a for lever in (*failed, *((failing,) if failing else ())) for a in ACTIONS[lever]]
    return list(dict.fromkeys(wanted))[:most]


def check_reason(reason: str) -> str:
    """The reason without blanks round it. Raises ReasonMissing for less than ten letters."""
    text = reason.strip()
    if len(text) < 10:
        raise ReasonMissing(f"the reason is {text!r}; say in a sentence what the figures do not see")
    return text
