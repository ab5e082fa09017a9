"""Does membership work: effects of joining, matched and staggered, with the doubts that belong to them."""

from regionomics.impact.attrition import LeeBounds, lee_bounds
from regionomics.impact.bacon import Bacon, goodman_bacon
from regionomics.impact.balance import balance
from regionomics.impact.balanced import BalancedEffects, balanced_did
from regionomics.impact.doubt import (
    OmittedVariable,
    PretrendTest,
    RosenbaumBounds,
    omitted_variable,
    pair_differences,
    pretrend_test,
    romano_wolf,
    rosenbaum_bounds,
)
from regionomics.impact.group_time import EventStudy, GroupTimeEffects, group_time_effects
from regionomics.impact.inference import Aggregate
from regionomics.impact.matched import MatchedEffects, matched_did
from regionomics.impact.matching import Matching, match
from regionomics.impact.panel import HeldPanel, hold
from regionomics.impact.placebo import PlaceboTreated, placebo_dates, placebo_treated
from regionomics.impact.productivity import Productivity, productivity, value_added_per_worker
from regionomics.impact.smooth import smoothness
from regionomics.impact.trends import TrendBounds, relative_magnitudes
from regionomics.impact.twoway import ModelEffects, extended_twfe, imputation_effects
from regionomics.impact.weighting import EntropyBalance, entropy_balance

__all__ = [
    "Aggregate",
    "Bacon",
    "BalancedEffects",
    "EntropyBalance",
    "EventStudy",
    "GroupTimeEffects",
    "HeldPanel",
    "LeeBounds",
    "MatchedEffects",
    "Matching",
    "ModelEffects",
    "OmittedVariable",
    "PlaceboTreated",
    "PretrendTest",
    "Productivity",
    "RosenbaumBounds",
    "TrendBounds",
    "balance",
    "balanced_did",
    "entropy_balance",
    "extended_twfe",
    "goodman_bacon",
    "group_time_effects",
    "hold",
    "imputation_effects",
    "lee_bounds",
    "match",
    "matched_did",
    "omitted_variable",
    "pair_differences",
    "placebo_dates",
    "placebo_treated",
    "pretrend_test",
    "productivity",
    "relative_magnitudes",
    "romano_wolf",
    "rosenbaum_bounds",
    "smoothness",
    "value_added_per_worker",
]
