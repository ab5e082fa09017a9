"""Who should meet whom: cards found, matches that both sides want, stable allocation, who will work together next."""

from regionomics.matching.allocation import Allocation, allocate, blocking_pairs
from regionomics.matching.backtest import backtest_partners
from regionomics.matching.partners import predict_partners
from regionomics.matching.retrieval import CardIndex, index_cards
from regionomics.matching.two_sided import two_sided_matches

__all__ = [
    "Allocation",
    "CardIndex",
    "allocate",
    "backtest_partners",
    "blocking_pairs",
    "index_cards",
    "predict_partners",
    "two_sided_matches",
]
