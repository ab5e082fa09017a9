"""Pages of one question each, of all clusters: what managers carry, who takes part in R&D, who orders research from
whom, what went into what."""

from poliedro.portal.views.activity.contracts import research
from poliedro.portal.views.activity.lineage import descent
from poliedro.portal.views.activity.participants import participation
from poliedro.portal.views.activity.staff import capacity

__all__ = ["capacity", "descent", "participation", "research"]
