"""Does membership work: effects of joining, matched and staggered, with the doubts that belong to them."""

from regionomics.impact.bacon import Bacon, goodman_bacon
from regionomics.impact.balance import balance
from regionomics.impact.group_time import EventStudy, GroupTimeEffects, group_time_effects
from regionomics.impact.inference import Aggregate
from regionomics.impact.matched import MatchedEffects, matched_did
from regionomics.impact.matching import Matching, match
from regionomics.impact.trends import TrendBounds, relative_magnitudes
from regionomics.impact.twoway import ModelEffects, extended_twfe, imputation_effects
from regionomics.impact.weighting import EntropyBalance, entropy_balance

__all__ = [
    "Aggregate",
    "Bacon",
    "EntropyBalance",
    "EventStudy",
    "GroupTimeEffects",
    "MatchedEffects",
    "Matching",
    "ModelEffects",
    "TrendBounds",
    "balance",
    "entropy_balance",
    "extended_twfe",
    "goodman_bacon",
    "group_time_effects",
    "imputation_effects",
    "match",
    "matched_did",
    "relative_magnitudes",
]
