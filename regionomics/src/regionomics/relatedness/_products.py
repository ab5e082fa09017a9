"""Presences times a dense matrix: the product behind densities, complementarity and outlook.

By the compiled loops where they pay, else by BLAS where the table is well filled and by sparse rows where it is not. No
dense copy of the table is made beside the answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from types import ModuleType

import numpy as np
from scipy import sparse

from regionomics.relatedness._counts import compiled, narrow, threads_for

_FILLED = 0.045  # share of pairs present above which a dense product is faster than scipy's sparse one, measured
_SETS_FILLED = 0.08  # and above which sums over sets of activities are faster than sums of rows
_SET_PLACES = 2_048  # places whose sums are held at a time, a megabyte a thread
_BLAS_CELLS = 4_000_000  # cells of the table that are made dense at a time: 32 MB
# Seconds a step, measured once; they only choose between ways that agree to the last digits.
_DENSE_STEP, _SPARSE_STEP, _ROW_STEP, _SET_STEP = 2e-11, 7e-10, 1e-10, 8e-12

Finish = Callable[[np.ndarray, int, int], None]  # changes a part of a product in place: part, first and last column


def presences_times(
    m: sparse.csr_array, dense: np.ndarray, finish: Finish | None = None, by: np.ndarray | None = None
) -> np.ndarray:
    """m @ (by[:, None] * dense), shape (n_rows, n_columns), of the type of `dense`; `by` is 1 by default.

    m: (n_rows, n_inner), sorted indices; any weights, but only ones are summed by the compiled loops. dense: (n_inner,
    n_columns).
    """
    rows, inner = m.shape
    columns = dense.shape[1]
    filled = m.nnz > _FILLED * rows * inner
    plain = rows * inner * columns * _DENSE_STEP if filled else m.nnz * columns * _SPARSE_STEP
    by_sets = m.nnz > _SETS_FILLED * rows * inner and rows >= 256
    loop = rows * inner * columns * _SET_STEP if by_sets else m.nnz * columns * _ROW_STEP
    ones = dense.flags.c_contiguous and m.has_sorted_indices and bool((m.data == 1).all())
    loops = compiled(plain - loop) if ones else None
    if loops is not None:
        times = np.ones(inner, dense.dtype) if by is None else by.astype(dense.dtype, copy=False)
        return (_by_sets if by_sets else _by_rows)(m, dense, times, loops, threads_for(loop), finish)
    if by is not None:
        m = sparse.csr_array((m.data * by[m.indices], m.indices, m.indptr), shape=m.shape)
    out = _by_blas(m, dense) if filled else _by_sparse_rows(m, dense, threads_for(plain))
    if finish is not None:
        finish(out, 0, columns)
    return out


def _by_rows(
    m: sparse.csr_array,
    dense: np.ndarray,
    by: np.ndarray,
    loops: ModuleType,
    threads: int,
    finish: Finish | None = None,
) -> np.ndarray:
    out = np.empty((m.shape[0], dense.shape[1]), dtype=dense.dtype)
    # Enough rows at a time that a place has a few of them, few enough that they stay in a near cache.
    share = m.nnz / max(m.shape[0] * m.shape[1], 1)
    chunk = int(np.clip(16 / max(share, 1e-9), 128, 512))

    at_once = _places_at_once(m.shape[0])
    starts, activities = narrow(m.indptr), narrow(m.indices)

    def fill(first: int, last: int) -> None:
        loops.add_rows(starts, activities, dense, by, chunk, at_once, first, last, out)

    _each_stripe(dense.shape[1], loops.WIDTH, threads, fill, finish, out)
    return out


def _by_sets(
    m: sparse.csr_array,
    dense: np.ndarray,
    by: np.ndarray,
    loops: ModuleType,
    threads: int,
    finish: Finish | None = None,
) -> np.ndarray:
    out = np.empty((m.shape[0], dense.shape[1]), dtype=dense.dtype)
    # Activities of like ubiquity together, so that places without any of them are many.
    order = np.argsort(-np.asarray(m.sum(axis=0)), kind="stable").astype(np.int32)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order), dtype=np.int32)
    activities, width = narrow(m.indices), loops.SET_LINES * loops.LINE // dense.itemsize
    blocks = -(-m.shape[0] // _SET_PLACES)
    for start, stop in pairwise(np.linspace(0, m.shape[0], blocks + 1).astype(int)):
        sets = loops.cut_in_sets(narrow(m.indptr[start : stop + 1]), activities, rank)
        add = partial(loops.add_sets, out[start:stop], *sets, order, dense, by)
        _each_stripe(dense.shape[1], width, threads, add, finish, out[start:stop])
    return out


def _places_at_once(places: int) -> int:
    """Few enough that their sums (2 KB each) stay in a cache and add little to the memory of the answer."""
    return max(768, places // 4)


def _each_stripe(
    columns: int,
    width: int,
    threads: int,
    fill: Callable[[int, int], None],
    finish: Finish | None,
    out: np.ndarray,
) -> None:
    """fill(first, last) for stripes of columns of `out`, then `finish`; the sums in one do not depend on the others."""

    def work(first: int) -> None:
        last = min(columns, first + width)
        fill(first, last)
        if finish is not None:
            finish(out[:, first:last], first, last)

    if threads < 2:
        for first in range(0, columns, width):
            work(first)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, columns, width)))


def row_sums(dense: np.ndarray) -> np.ndarray:
    """dense.sum(axis=1), by several threads where it is large."""
    threads = threads_for(dense.size * 1e-9)
    if threads < 2:
        return np.asarray(dense.sum(axis=1))
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(lambda k: dense[k : k + 256].sum(axis=1), range(0, len(dense), 256))
        return np.concatenate(list(parts))


def _by_blas(m: sparse.csr_array, dense: np.ndarray) -> np.ndarray:
    out = np.empty((m.shape[0], dense.shape[1]), dtype=dense.dtype)
    step = max(_BLAS_CELLS // m.shape[1], 1)
    for start in range(0, m.shape[0], step):
        part = m[start : start + step].astype(dense.dtype, copy=False)
        np.matmul(part.toarray(), dense, out=out[start : start + step])
    return out


def _by_sparse_rows(m: sparse.csr_array, dense: np.ndarray, threads: int) -> np.ndarray:
    m = m.astype(dense.dtype, copy=False)
    workers = min(threads, os.cpu_count() or 1, m.shape[0])
    if workers < 2:
        return np.asarray(m @ dense)
    out = np.empty((m.shape[0], dense.shape[1]), dtype=dense.dtype)
    edges = np.searchsorted(m.indptr, np.linspace(0, m.nnz, 4 * workers + 1)[1:-1])
    bounds = np.unique(np.concatenate(([0], edges, [m.shape[0]])))

    def fill(k: int) -> None:
        out[bounds[k] : bounds[k + 1]] = m[bounds[k] : bounds[k + 1]] @ dense

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, range(len(bounds) - 1)))
    return out
