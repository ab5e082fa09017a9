"""How alike treated and controls are: standardised differences and variance ratios."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def weighted_balance(
    x: np.ndarray, names: list[str], treated: np.ndarray, before: np.ndarray, after: np.ndarray | None
) -> dict[str, np.ndarray | pa.Array]:
    """Columns of a balance table, one row per column of x (m, p).

    before: (m,) weights of the units as they are. after: (m,) as compared, or None where they are not weighted.
    The difference is over sqrt((v1 + v0) / 2) of the units as they are: weighting cannot shrink it by its scale.
    """
    one, zero, spread_one, spread_zero = _moments(x, treated, before)
    scale = np.sqrt((spread_one + spread_zero) / 2)
    out: dict[str, np.ndarray | pa.Array] = {
        "covariate": pa.array(names, pa.string()),
        "treated_mean": one,
        "control_mean": zero,
        "difference": _ratio(one - zero, scale),
        "variance_ratio": _ratio(spread_one, spread_zero),
    }
    if after is None:
        unknown = np.full(len(names), np.nan)
        return {
            **out,
            "control_mean_after": unknown,
            "difference_after": unknown,
            "variance_ratio_after": unknown,
        }
    one, zero, spread_one, spread_zero = _moments(x, treated, after)
    return {
        **out,
        "control_mean_after": zero,
        "difference_after": _ratio(one - zero, scale),
        "variance_ratio_after": _ratio(spread_one, spread_zero),
    }


def _moments(x: np.ndarray, treated: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
    """Means of treated and controls, then variances with n - 1 (for weights 1)."""
    means, spreads = [], []
    for rows in (treated, ~treated):
        own, v = x[rows], w[rows]
        total = v.sum()
        mean = v @ own / total
        left = total - (v**2).sum() / total
        means.append(mean)
        spreads.append(v @ (own - mean) ** 2 / left if left > 0 else np.full(x.shape[1], np.nan))
    return (*means, *spreads)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Null where the bottom is 0, but 0 where the top is 0 as well (nothing differs)."""
    safe = np.where(bottom > 0, bottom, 1.0)
    return np.where(bottom > 0, top / safe, np.where(top == 0, 0.0, np.nan))
