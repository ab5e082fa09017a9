"""Who should meet whom: stable allocation under capacity, and who will work together next."""

from regionomics.matching.allocation import Allocation, allocate, blocking_pairs

__all__ = ["Allocation", "allocate", "blocking_pairs"]
