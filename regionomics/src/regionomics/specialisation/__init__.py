"""How specialised places and how concentrated activities are."""

from regionomics.specialisation.quotient import location_quotient, presence
from regionomics.specialisation.shrunk import shrunk_location_quotient
from regionomics.specialisation.stars import cluster_stars

__all__ = ["cluster_stars", "location_quotient", "presence", "shrunk_location_quotient"]
