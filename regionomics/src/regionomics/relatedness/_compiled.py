"""Counting loops compiled by numba, the extra `speed`. Imported only where the table is large and numba is there."""
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False
# numba has no types to check against.

from __future__ import annotations

import numpy as np
from numba import njit


def _compile(function):
    """Compile once and keep the machine code on disk; where no folder is writable, once a process."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@_compile
def scatter(start, stop, column_starts, column_places, row_starts, row_activities, first, out):
    """out[i - start, j - start] += 1 for each place with both i and j >= i; `first` is scratch, one a place."""
    for i in range(start, stop):
        for at in range(column_starts[i], column_starts[i + 1]):
            place = column_places[at]
            k = first[place]
            while k < row_starts[place + 1] and row_activities[k] < i:
                k += 1
            first[place] = k
            for n in range(k, row_starts[place + 1]):
                out[i - start, row_activities[n] - start] += 1


@_compile
def popcount(start, stop, words, out):
    """out[i - start, j - start] = number of bits that words[i] and words[j] share, j >= i."""
    n, width = words.shape
    pair, quad, byte = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    ones, s1, s2, s4, s56 = np.uint64(0x0101010101010101), np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
    for i in range(start, stop):
        for j in range(i, n):
            total = np.uint64(0)
            for k in range(width):
                w = words[i, k] & words[j, k]
                w = w - ((w >> s1) & pair)
                w = (w & quad) + ((w >> s2) & quad)
                w = (w + (w >> s4)) & byte
                total += (w * ones) >> s56
            out[i - start, j - start] = total
