"""How many places two activities share, for all pairs, in blocks: packed bits, sparse products or dense products.

All of them count whole numbers exactly, so that the choice and the number of threads never change an answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import numpy as np
from scipy import sparse

_BLOCK_CELLS = 250_000  # counts held at a time by each thread: they stay in its cache
# Seconds a step, measured once; they only choose between ways that give the same counts.
_DENSE_STEP, _SPARSE_STEP, _SCATTER_STEP, _WORD_STEP = 2e-11, 2e-8, 4e-9, 6e-10
_LOADING = 4.0  # seconds that numba takes to load: not worth it for one small table

_COMPILED = "regionomics.relatedness._compiled"
Counter = Callable[[int, int], np.ndarray]


def each_block(m: sparse.csr_array, work: Callable[[int, int, np.ndarray], None]) -> None:
    """Count common places, the upper triangle in blocks of rows, and hand each block to `work`.

    work(start, stop, counts): counts has shape (stop - start, n_activities - start); counts[a, b] is the number of
    places that have both activities start + a and start + b; below the diagonal of a block it may be anything. Large
    tables run on several threads, so `work` may only write to what belongs to its block.

    m: (n_places, n_activities), stored ones, sorted indices.
    """
    n = m.shape[1]
    count, threads = _counter(m)
    step = max(32, min(_BLOCK_CELLS // n, -(-n // 16)))

    def block(start: int) -> None:
        stop = min(n, start + step)
        work(start, stop, count(start, stop))

    if threads < 2:
        for start in range(0, n, step):
            block(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(block, range(0, n, step)))


def load_compiled_loops() -> bool:
    """Load the compiled counting loops (extra `speed`) now, so that every later call uses them; False without numba.

    Otherwise they are loaded by the first table that is large enough to repay the seconds numba takes to start. The
    counts are the same with and without.
    """
    if _COMPILED in sys.modules:
        return True
    try:
        loops = import_module(_COMPILED)
    except ImportError:
        return False
    two = sparse.csr_array(np.eye(2))  # the first call of a loop compiles it, or reads its machine code
    for counter in (_scatter(two, loops.scatter), _popcount(two, loops.popcount)):
        counter(0, 2)
    return True


def _counter(m: sparse.csr_array) -> tuple[Counter, int]:
    """The fastest way to count for this table, and the threads worth using (BLAS brings its own)."""
    n_places, n = m.shape
    pairs = n * n // 2
    additions = int((np.diff(m.indptr).astype(np.int64) ** 2).sum()) // 2
    words = pairs * -(-n_places // 64)
    scatter, popcount = additions * _SCATTER_STEP, words * _WORD_STEP
    sparse_product, dense_product = additions * _SPARSE_STEP, pairs * n_places * _DENSE_STEP
    saved = min(sparse_product, dense_product) - min(scatter, popcount)
    if saved > (0.02 if _COMPILED in sys.modules else _LOADING) and load_compiled_loops():
        loops = sys.modules[_COMPILED]
        loop = _scatter(m, loops.scatter) if scatter < popcount else _popcount(m, loops.popcount)
        return loop, _threads(max(min(scatter, popcount), n * n * 1e-9))
    if sparse_product < dense_product:
        return _sparse_products(m), _threads(sparse_product)
    return _dense_products(m), 1


def _threads(seconds: float) -> int:
    return 1 if seconds < 0.05 else min(os.cpu_count() or 1, 8)


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
    padded = np.zeros((n, -(-n_places // 64) * 8), dtype=np.uint8)
    for start in range(0, n_places, 512):
        bits = np.packbits(m[start : start + 512].astype(np.uint8).toarray(), axis=0)
        padded[:, start // 8 : start // 8 + bits.shape[0]] = bits.T
    words = padded.view(np.uint64)

    def count(start: int, stop: int) -> np.ndarray:
        out = np.zeros((stop - start, n - start), dtype=np.int32)
        loop(start, stop, words, out)
        return out

    return count
