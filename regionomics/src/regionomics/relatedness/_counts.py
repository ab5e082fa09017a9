"""How many places two activities share, for all pairs, in blocks: packed bits, sparse products or dense products.

All of them count whole numbers exactly, so that the choice and the number of threads never change an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module

import numpy as np
from scipy import sparse

_BLOCK_CELLS = 4_000_000  # counts held at a time
# Seconds a step, measured once; they only choose between ways that give the same counts.
_DENSE_STEP, _SPARSE_STEP, _SCATTER_STEP, _WORD_STEP = 2e-11, 2e-8, 4e-9, 6e-10
_LOADING = 4.0  # seconds that numba takes to load: not worth it for one small table

_COMPILED = "regionomics.relatedness._compiled"
Counter = Callable[[int, int], np.ndarray]


def count_blocks(m: sparse.csr_array) -> Iterator[tuple[int, int, np.ndarray]]:
    """Counts of common places, the upper triangle in blocks of rows.

    Args:
        m: (n_places, n_activities), stored ones, sorted indices.
    Yields:
        (start, stop, counts) with counts of shape (stop - start, n_activities - start): counts[a, b] is the number of
        places that have both activities start + a and start + b; below the diagonal of a block it may be anything.
    """
    n = m.shape[1]
    count = _counter(m)
    step = max(32, min(_BLOCK_CELLS // n, -(-n // 8)))
    for start in range(0, n, step):
        stop = min(n, start + step)
        yield start, stop, count(start, stop)


def load_compiled_loops() -> bool:
    """Load the compiled counting loops (extra `speed`) now, so that every later call uses them; False without numba.

    Otherwise they are loaded by the first table that is large enough to repay the seconds numba takes to start. The
    counts are the same with and without.
    """
    try:
        import_module(_COMPILED)
    except ImportError:
        return False
    return True


def _counter(m: sparse.csr_array) -> Counter:
    n_places, n = m.shape
    pairs = n * n // 2
    additions = int((np.diff(m.indptr).astype(np.int64) ** 2).sum()) // 2
    words = pairs * -(-n_places // 64)
    scatter, popcount = additions * _SCATTER_STEP, words * _WORD_STEP
    sparse_product, dense_product = additions * _SPARSE_STEP, pairs * n_places * _DENSE_STEP
    saved = min(sparse_product, dense_product) - min(scatter, popcount)
    if saved > (0.02 if _COMPILED in sys.modules else _LOADING) and load_compiled_loops():
        loops = sys.modules[_COMPILED]
        return _scatter(m, loops.scatter) if scatter < popcount else _popcount(m, loops.popcount)
    return _sparse_products(m) if sparse_product < dense_product else _dense_products(m)


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


def _scatter(m: sparse.csr_array, loop: Callable[..., None]) -> Counter:
    columns = m.tocsc()

    def count(start: int, stop: int) -> np.ndarray:
        out = np.zeros((stop - start, m.shape[1] - start), dtype=np.int32)
        loop(start, stop, columns.indptr, columns.indices, m.indptr, m.indices, m.indptr[:-1].copy(), out)
        return out

    return count


def _popcount(m: sparse.csr_array, loop: Callable[..., None]) -> Counter:
    n_places, n = m.shape
    bits = np.packbits(m.astype(np.uint8).toarray(), axis=0)
    padded = np.zeros((n, -(-n_places // 64) * 8), dtype=np.uint8)
    padded[:, : bits.shape[0]] = bits.T
    words = padded.view(np.uint64)

    def count(start: int, stop: int) -> np.ndarray:
        out = np.zeros((stop - start, n - start), dtype=np.int32)
        loop(start, stop, words, out)
        return out

    return count
