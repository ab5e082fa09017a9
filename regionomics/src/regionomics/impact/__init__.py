"""Does membership work: effects of joining, matched and staggered, with the doubts that belong to them."""

from regionomics.impact.group_time import GroupTimeEffects, group_time_effects
from regionomics.impact.inference import Aggregate

__all__ = ["Aggregate", "GroupTimeEffects", "group_time_effects"]
