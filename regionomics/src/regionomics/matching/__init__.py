"""Who should meet whom: cards found, matches both sides want, allocation, meetings, who will work together next."""

from regionomics.matching.allocation import Allocation, allocate, blocking_pairs
from regionomics.matching.backtest import backtest_partners
from regionomics.matching.meetings import MeetingPlan, schedule_meetings
from regionomics.matching.partners import predict_partners
from regionomics.matching.retrieval import CardIndex, index_cards
from regionomics.matching.two_sided import two_sided_matches

__all__ = [
    "Allocation",
    "CardIndex",
    "MeetingPlan",
    "allocate",
    "backtest_partners",
    "blocking_pairs",
    "index_cards",
    "predict_partners",
    "schedule_meetings",
    "two_sided_matches",
]
