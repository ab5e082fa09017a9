"""Which activities next, and in which order: portfolios under a budget of effort, sequences that spread fastest."""

from regionomics.paths.contagion import Contagion, contagion_model
from regionomics.paths.effort import EffortModel, effort_model
from regionomics.paths.portfolio import NextActivities, next_activities
from regionomics.paths.sequence import DiversificationPath, diversification_path

__all__ = [
    "Contagion",
    "DiversificationPath",
    "EffortModel",
    "NextActivities",
    "contagion_model",
    "diversification_path",
    "effort_model",
    "next_activities",
]
