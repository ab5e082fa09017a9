"""Stages of a cluster's life, and what may be done about each lever that failed. Plain Python and data.

The stages are those of Menzel and Fornahl (2010); the levers of R042 are (a) renewing members and activities and (b)
adapting to market and technology.
"""

from __future__ import annotations

from dataclasses import dataclass

STAGES = ("emergence", "growth", "sustainment", "decline", "renewal")
UNKNOWN = "cannot tell"
DIMENSIONS = ("size", "heterogeneity", "network", "action")
MINIMUM_RENEWAL = 0.03
"""Entries a year, as a share of the stock, below which the membership does not renew itself."""
MINIMUM_NOVELTY = 0.02
"""Activities that were not there five years ago, as a share of today's, below which a cluster does not adapt."""


class ReasonMissing(ValueError):
    """An override needs the expert's reason in words."""


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
