"""Does membership work: effects of joining, matched and staggered, with the doubts that belong to them."""

from regionomics.impact.balance import balance
from regionomics.impact.group_time import GroupTimeEffects, group_time_effects
from regionomics.impact.inference import Aggregate
from regionomics.impact.matching import Matching, match
from regionomics.impact.weighting import EntropyBalance, entropy_balance

__all__ = [
    "Aggregate",
    "EntropyBalance",
    "GroupTimeEffects",
    "Matching",
    "balance",
    "entropy_balance",
    "group_time_effects",
    "match",
]
