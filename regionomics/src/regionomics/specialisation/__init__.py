"""How specialised places and how concentrated activities are."""

from regionomics.specialisation.quotient import location_quotient, presence
from regionomics.specialisation.shrunk import shrunk_location_quotient
from regionomics.specialisation.stars import cluster_stars
from regionomics.specialisation.structure import hachman, krugman_index, specialisation_coefficient

__all__ = [
    "cluster_stars",
    "hachman",
    "krugman_index",
    "location_quotient",
    "presence",
    "shrunk_location_quotient",
    "specialisation_coefficient",
]
