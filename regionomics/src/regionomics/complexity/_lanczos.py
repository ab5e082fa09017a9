"""The largest eigenvalues of a symmetric operator, by Lanczos with full reorthogonalisation.

Deterministic: a fixed start, and sums by einsum rather than by threaded BLAS, so that the digits do not depend on the
number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

from regionomics.errors import NoSupport

Operator = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Top:
    """The largest eigenvalues with their vectors.

    values: (k,), falling. vectors: (n, k), unit columns. steps: Lanczos steps. residual: |A v - value v| of the first.
    """

    values: np.ndarray
    vectors: np.ndarray
    steps: int
    residual: float


def largest(
    operator: Operator,
    start: np.ndarray,
    *,
    k: int = 1,
    deflate: Sequence[np.ndarray] = (),
    tolerance: float = 1e-11,
    max_steps: int = 3_000,
) -> Top:
    """The k largest eigenvalues of `operator` on the space orthogonal to `deflate`.

    Args:
        operator: x -> A x, A symmetric, shape (n, n).
        start: (n,), the first direction; must not be orthogonal to the wanted vectors.
        deflate: unit vectors already known.
        tolerance: largest error of the first k vectors (sine of the angle), estimated as residual / gap.
    Raises:
        NoSupport: no convergence in `max_steps`.
    """
    n = len(start)
    room = n - len(deflate)
    basis = np.empty((min(64, room), n))
    known = np.array(deflate).reshape(len(deflate), n)
    q = _orthogonal(_orthogonal(start.astype(float), known), known)
    size = float(np.sqrt(np.einsum("i,i", q, q)))
    q = q / size if size > 0 else _orthogonal(np.eye(1, n)[0], known)
    alpha: list[float] = []
    beta: list[float] = []
    check, scale = 5, 0.0
    for step in range(1, min(room, max_steps) + 1):
        if step > len(basis):
            basis = np.vstack([basis, np.empty((min(len(basis), room - len(basis)), n))])
        basis[step - 1] = q
        w = operator(q)
        alpha.append(float(np.einsum("i,i", w, q)))
        held = basis[:step]
        w -= alpha[-1] * q
        if step > 1:
            w -= beta[-1] * basis[step - 2]
        before = float(np.sqrt(np.einsum("i,i", w, w)))
        w = _orthogonal(_orthogonal(w, held), known)
        b = float(np.sqrt(np.einsum("i,i", w, w)))
        if b < 0.7 * before:  # much was taken away, so what is left is rough: once more, and twice is enough
            w = _orthogonal(_orthogonal(w, held), known)
            b = float(np.sqrt(np.einsum("i,i", w, w)))
        scale = max(scale, abs(alpha[-1]) + b)
        finished = step == room or b <= 1e-14 * max(scale, 1e-300)
        if finished or step >= check:
            wanted = min(k + 1, step)
            values, small = eigh_tridiagonal(
                np.array(alpha), np.array(beta), select="i", select_range=(step - wanted, step - 1)
            )
            values, small = values[::-1], small[:, ::-1]
            errors = b * np.abs(small[-1])
            if finished or _converged(values, errors, k, tolerance):
                take = min(k, step)
                vectors = np.einsum("sk,sn->nk", small[:, :take], held, optimize=False)
                return Top(values[:wanted], vectors / np.sqrt((vectors**2).sum(axis=0)), step, float(errors[0]))
            check = step + max(1, step // 10)
        beta.append(b)
        q = w / b
    raise NoSupport(f"no eigenvector within {max_steps} steps: the next eigenvalues lie too close to each other")


def _converged(values: np.ndarray, errors: np.ndarray, k: int, tolerance: float) -> bool:
    if len(values) <= k:
        return False
    gaps = np.maximum(values[:k] - values[1 : k + 1] - errors[1 : k + 1], 0.0)
    gaps[1:] = np.minimum(gaps[1:], gaps[:-1])
    floor = 4e-16 * max(float(np.abs(values).max()), 1e-300)
    return bool(np.all((errors[:k] <= tolerance * gaps) | (errors[:k] <= floor)))


def _orthogonal(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """x without its parts along the unit `rows`."""
    if not len(rows):
        return x
    return np.asarray(x - np.einsum("s,sn->n", np.einsum("sn,n->s", rows, x), rows))
