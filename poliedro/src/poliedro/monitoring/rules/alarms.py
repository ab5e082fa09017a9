"""When the region's cockpit raises an alarm about a cluster. Plain Python; the thresholds are shown with the alarm."""

from __future__ import annotations

from dataclasses import dataclass

ERDF_AMBER, ERDF_RED = 0.4, 0.6
"""Share of ERDF in the revenue of a cluster's managing bodies."""
STAGNATION = 0.01
"""Net growth a year over three years below which a membership stagnates."""


@dataclass(frozen=True)
class Alarm:
    """kind: what about; colour: amber or red; value: the figure that raised it; limit: the threshold it passed.
    detail: what it is about by name; failed: levers and dimensions of the life cycle that fail."""

    cluster_id: int
    kind: str
    colour: str
    value: float | None = None
    limit: float | None = None
    detail: str = ""
    failed: tuple[str, ...] = ()


def dependence(share: float | None) -> str:
    """Traffic light of ERDF dependence: green, amber, red, or grey where no accounts are held."""
    if share is None:
        return "grey"
    return "red" if share >= ERDF_RED else "amber" if share >= ERDF_AMBER else "green"
