"""Which activities next, and in which order: portfolios under a budget of effort, sequences that spread fastest."""

from regionomics.paths.portfolio import NextActivities, next_activities

__all__ = [
    "NextActivities",
    "next_activities",
]
