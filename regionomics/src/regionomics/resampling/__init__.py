"""How sure an index is, and what it would be by chance: the bootstrap and permutations of any function of a table.

`function` is any function of this library, or of yours, that takes a table and gives a labelled table: pass its options
along, or wrap it: `lambda t: rg.economic_complexity(t).places`.
"""

from regionomics.resampling.chance import Permutation, permutation
from regionomics.resampling.interval import Bootstrap, bootstrap

__all__ = ["Bootstrap", "Permutation", "bootstrap", "permutation"]
