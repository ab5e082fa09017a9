"""What chance gives for a curve: bands at each distance and over all of them, from curves drawn under the null."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Envelope:
    """Bands round the drawn curves, and how seldom a curve goes as far out as the observed one.

    low, high: (n_distances,), each passed by (1 - level) / 2 of the drawn curves at each distance.
    global_low, global_high: likewise, each passed anywhere by at most that share of the drawn curves.
    p_above, p_below: share of the curves, the observed one among them, that are at least as extreme as it from above
        (below), over all distances.
    NaN at distances where a curve is unknown.
    """

    low: np.ndarray
    high: np.ndarray
    global_low: np.ndarray
    global_high: np.ndarray
    p_above: float
    p_below: float


def envelope(observed: np.ndarray, drawn: np.ndarray, level: float) -> Envelope:
    """observed: (n_distances,); drawn: (n_curves, n_distances); level: of the bands, as 0.9."""
    share = (1 - level) / 2
    known = np.isfinite(drawn).all(axis=0) & np.isfinite(observed)
    bands = np.full((4, len(observed)), np.nan)
    if not known.any():
        return Envelope(bands[0], bands[1], bands[2], bands[3], np.nan, np.nan)
    curves = np.sort(drawn[:, known], axis=0)
    bands[0, known], bands[1, known] = np.quantile(curves, (share, 1 - share), axis=0)
    bands[2, known] = -_global_upper(-drawn[:, known], share)
    bands[3, known] = _global_upper(drawn[:, known], share)
    pooled = np.vstack([observed[known], drawn[:, known]])
    return Envelope(bands[0], bands[1], bands[2], bands[3], _extreme_share(pooled), _extreme_share(-pooled))


def _global_upper(drawn: np.ndarray, share: float) -> np.ndarray:
    """The lowest quantile curve that at most this share of the drawn curves passes anywhere.

    Duranton and Overman raise the local level until few enough curves pass: found by bisection. The highest of all
    curves is passed by none, so that there always is one.
    """
    ordered = np.sort(drawn, axis=0)
    low, high = 1 - share, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        passed = (drawn > _quantile(ordered, middle)).any(axis=1).mean()
        low, high = (low, middle) if passed <= share else (middle, high)
    return _quantile(ordered, high)


def _quantile(ordered: np.ndarray, level: float) -> np.ndarray:
    at = level * (len(ordered) - 1)
    below = min(int(at), len(ordered) - 2) if len(ordered) > 1 else 0
    above = min(below + 1, len(ordered) - 1)
    return np.asarray(ordered[below] + (at - below) * (ordered[above] - ordered[below]))


def _extreme_share(curves: np.ndarray) -> float:
    """Share of the curves that are at least as extreme from above as the first one.

    Of two curves that one is more extreme whose best rank over the distances is better; of equal ones, whose second
    best is, and so on (extreme rank length).
    """
    above = np.sort(-curves, axis=0)
    rank = np.empty(curves.shape, dtype=np.int64)
    for k in range(curves.shape[1]):
        rank[:, k] = np.searchsorted(above[:, k], -curves[:, k], side="right")  # how many are as high or higher
    rank.sort(axis=1)
    apart = rank != rank[0]
    first = apart.argmax(axis=1)
    better = np.take_along_axis(rank, first[:, None], axis=1)[:, 0] < rank[0, first]
    return float((better | ~apart.any(axis=1)).mean())
