"""How specialised places and how concentrated activities are."""

from regionomics.specialisation.alike import Similarity, similarity
from regionomics.specialisation.change import growth
from regionomics.specialisation.concentration import concentration_curve, gini, hoover_index, locational_gini
from regionomics.specialisation.decomposition import ShiftShare, shift_share
from regionomics.specialisation.distance import DistanceCurves, kd_function, m_function
from regionomics.specialisation.evenness import entropy, herfindahl
from regionomics.specialisation.plants import coagglomeration, ellison_glaeser
from regionomics.specialisation.quotient import location_quotient, presence
from regionomics.specialisation.shrunk import shrunk_location_quotient
from regionomics.specialisation.stars import cluster_stars
from regionomics.specialisation.structure import hachman, krugman_index, specialisation_coefficient

__all__ = [
    "DistanceCurves",
    "ShiftShare",
    "Similarity",
    "cluster_stars",
    "coagglomeration",
    "concentration_curve",
    "ellison_glaeser",
    "entropy",
    "gini",
    "growth",
    "hachman",
    "herfindahl",
    "hoover_index",
    "kd_function",
    "krugman_index",
    "location_quotient",
    "locational_gini",
    "m_function",
    "presence",
    "shift_share",
    "shrunk_location_quotient",
    "similarity",
    "specialisation_coefficient",
]
