"""When the region's cockpit raises an alarm about a cluster. Plain Python; the thresholds are shown with the alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ERDF_AMBER, ERDF_RED = 0.4, 0.6
"""Share of ERDF in the revenue of a cluster's managing bodies."""
STAGNATION: Mapping[str, str] = MappingProxyType({"stagnant": "amber", "declining": "red"})
"""What the register's stored run says of a membership -> colour. The same run speaks on the page of its managers."""


@dataclass(frozen=True)
class Alarm:
    """kind: what about; colour: amber or red; value: the figure that raised it; limit: the threshold it passed.
    detail: what it is about by name, or the day up to which it was watched. failed: levers and dimensions of the life
    cycle that fail."""

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
