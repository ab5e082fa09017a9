"""Measures of all pairs of activities from how many places they share: ones of bits, sparse or dense products.

All ways count whole numbers exactly and measure with the same operations, so that neither the choice nor the number of
threads changes an answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType

import numpy as np
from scipy import sparse

# The measures by their position here, which is how the compiled loops name them.
MEASURES = ("count", "association", "probability", "cosine", "jaccard", "conditional", "overlap")

_BLOCK_CELLS = 250_000  # counts held at a time by each thread: they stay in its cache
# Seconds a step, measured once; they only choose between ways that give the same counts.
_DENSE_STEP, _SPARSE_STEP, _SCATTER_STEP, _WORD_STEP = 2e-11, 2e-8, 5e-10, 5e-11
_LOADING = 4.0  # seconds that numba takes to load: not worth it for one small table

_COMPILED = "regionomics.relatedness._compiled"
Counter = Callable[[int, int], np.ndarray]


def load_compiled_loops() -> bool:
    """Load the compiled loops (extra `speed`) now, so that every later call uses them; False without numba.

    Otherwise they are loaded by the first table that is large enough to repay the seconds numba takes to start. The
    counts are the same with and without; densities agree to the last digit or two.
    """
    if _COMPILED in sys.modules:
        return True
    try:
        loops = import_module(_COMPILED)
    except ImportError:
        return False
    # The first call of a loop compiles it, or reads its machine code.
    two = sparse.csr_array(np.eye(2))
    for fill in (_by_scatter(two, 0, np.ones(2), 1.0, loops), _by_bits(two, 0, np.ones(2), 1.0, loops)):
        fill(0, 2, np.empty((2, 2)))
    order = np.arange(2, dtype=np.int32)
    sets = loops.cut_in_sets(two.indptr, two.indices, order)
    for kind in (np.float64, np.float32):
        dense, out = np.eye(2, dtype=kind), np.empty((2, 2), dtype=kind)
        by = np.ones(2, dtype=kind)
        loops.add_rows(two.indptr, two.indices, dense, by, 2, 2, 0, 2, out)
        loops.add_sets(out, *sets, order, dense, by, 0, 2)
    return True


def compiled(saved: float) -> ModuleType | None:
    """The compiled loops if they are loaded and save milliseconds, or save more than loading takes."""
    if saved > (0.002 if _COMPILED in sys.modules else _LOADING) and load_compiled_loops():
        return sys.modules[_COMPILED]
    return None


def measure_pairs(m: sparse.csr_array, measure: str, s: np.ndarray, total: float) -> np.ndarray:
    """The symmetric matrix (n_activities, n_activities) of a measure (see `formula`), diagonal 0.

    m: (n_places, n_activities), stored ones, sorted indices. s: (n_activities,), margins; total: their total.
    """
    n_places, n = m.shape
    pairs = n * n // 2
    additions = int((np.diff(m.indptr).astype(np.int64) ** 2).sum())
    scatter, in_bits = additions * _SCATTER_STEP, min(m.nnz, -(-n_places // 64) * n) * n * _WORD_STEP
    sparse_product, dense_product = additions // 2 * _SPARSE_STEP, pairs * n_places * _DENSE_STEP
    out = np.empty((n, n))
    loops = compiled(min(sparse_product, dense_product) - min(scatter, in_bits))
    if loops is not None:
        make = _by_scatter if scatter < in_bits else _by_bits
        fill = make(m, MEASURES.index(measure), np.where(s > 0, s, 1.0), total, loops)
        _each_block(n, loops.ROWS, threads_for(max(min(scatter, in_bits), n * n * 1e-9)), lambda i, k: fill(i, k, out))
        return out
    way, threads = (_sparse_products, threads_for(sparse_product))
    if dense_product <= sparse_product:
        way, threads = _dense_products, 1  # BLAS brings threads of its own
    _by_counts(way(m), measure, s, total, threads, out)
    return out


def formula(c: np.ndarray, s_i: np.ndarray, s_j: np.ndarray, t: float, measure: str) -> np.ndarray:
    """The measure of counts `c` with margins that broadcast to its shape. Overwrites `c`, which is float64.

    Where a margin is 0 there is no count either, and the measure is 0.
    """
    if measure == "count":
        return c
    s_i, s_j = np.where(s_i > 0, s_i, 1.0), np.where(s_j > 0, s_j, 1.0)
    if measure == "association":
        c *= t
        c /= s_i * s_j
    elif measure == "probability":
        # 1 / expected = 2 / (s_i s_j (1 / (t - s_i) + 1 / (t - s_j))). An activity in every place (ubiquity margins,
        # s = t) is expected everywhere, without end: relatedness 0.
        rest_i, rest_j = _inverse(t - s_i), _inverse(t - s_j)
        c *= 2.0
        c /= s_i * s_j * (rest_i + rest_j)
    elif measure == "cosine":
        c /= np.sqrt(s_i * s_j)
    elif measure == "jaccard":
        c /= s_i + s_j - c
    else:
        c /= np.maximum(s_i, s_j) if measure == "conditional" else np.minimum(s_i, s_j)
    return c


def _inverse(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(1.0, x, out=np.full_like(x, np.inf), where=x > 0))


def narrow(positions: np.ndarray) -> np.ndarray:
    """Positions as int32 where they fit, which the compiled loops are made for first."""
    if positions.dtype == np.int32 or (len(positions) and int(positions.max()) >= 2**31):
        return positions
    return positions.astype(np.int32)


def threads_for(seconds: float) -> int:
    """Threads worth starting for this much work."""
    return 1 if seconds < 0.01 else min(os.cpu_count() or 1, 8)


def _each_block(n: int, step: int, threads: int, work: Callable[[int, int], None]) -> None:
    """work(start, stop) for all of 0..n in steps; it may only write to what belongs to its block."""
    if threads < 2:
        for start in range(0, n, step):
            work(start, min(n, start + step))
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda start: work(start, min(n, start + step)), range(0, n, step)))


# --- counts first, measured after -------------------------------------------------------------------------------------
def _by_counts(count: Counter, measure: str, s: np.ndarray, total: float, threads: int, out: np.ndarray) -> None:
    """Fill `out` in blocks of rows of the upper triangle. count(start, stop): counts of rows start..stop with columns
    from `start` on, shape (stop - start, n - start); below the diagonal of the block they may be anything."""
    n = len(out)

    def fill(start: int, stop: int) -> None:
        block = out[start:stop, start:]
        block[...] = count(start, stop)
        formula(block, s[start:stop, None], s[None, start:], total, measure)
        if stop < n:
            out[stop:, start:stop] = block[:, stop - start :].T
        corner = block[:, : stop - start]
        corner[...] = np.triu(corner, 1)
        corner += corner.T.copy()

    _each_block(n, max(32, min(_BLOCK_CELLS // n, -(-n // 16))), threads, fill)


def _dense_products(m: sparse.csr_array) -> Counter:
    dense = m.astype(np.float32).toarray()  # float32 counts exactly up to 16 777 216 places

    def count(start: int, stop: int) -> np.ndarray:
        return np.asarray(dense[:, start:stop].T @ dense[:, start:])

    return count


def _sparse_products(m: sparse.csr_array) -> Counter:
    small = m.astype(np.int16 if m.shape[0] < 32_768 else np.int32)
    rows, columns = small.T.tocsr(), small.tocsc()

    def count(start: int, stop: int) -> np.ndarray:
        return np.asarray((rows[start:stop] @ columns[:, start:].tocsr()).toarray())

    return count


# --- counted and measured in one loop ---------------------------------------------------------------------------------
Fill = Callable[[int, int, np.ndarray], None]


def _by_scatter(m: sparse.csr_array, measure: int, s: np.ndarray, total: float, loops: ModuleType) -> Fill:
    columns = m.tocsc()
    where = [narrow(x) for x in (columns.indptr, columns.indices, m.indptr, m.indices)]

    def fill(start: int, stop: int, out: np.ndarray) -> None:
        loops.measure_by_scatter(start, stop, *where, measure, s, total, out)

    return fill


def _by_bits(m: sparse.csr_array, measure: int, s: np.ndarray, total: float, loops: ModuleType) -> Fill:
    diverse_first = np.argsort(-np.diff(m.indptr), kind="stable")
    bits = loops.cut_for_bits(narrow(m.indptr), narrow(m.indices), diverse_first, m.shape[1])

    def fill(start: int, stop: int, out: np.ndarray) -> None:
        loops.measure_by_bits(start, stop, bits, measure, s, total, out)

    return fill
