"""How alike treated and controls are: standardised differences and variance ratios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.impact.units import read_units


def balance(
    table: Any, *, treated: str = "treated", on: Sequence[str], weights: str | None = None, unit: str = "unit"
) -> Any:
    """Compare treated and controls, covariate by covariate: standardised differences and variance ratios.

    difference = (mean of treated - mean of controls) / sqrt((variance of treated + variance of controls) / 2)

    Args:
        table: one row per unit. treated: 1 or 0. on: numbers, or words (one row each but the first).
        weights: column of weights >= 0, such as those of a matching; the columns "..._after" use them, the scale of
            the difference stays that without weights. Null counts as 0.
    Returns:
        One row per covariate: treated_mean, control_mean, difference, variance_ratio, and the last three after
        weighting (null without weights). A unit with a null among `on` does not count.
    Raises:
        InvalidTable: treated is not 0 or 1, a unit twice, a weight below 0.
        NoSupport: nobody treated or no control.
    Source: Austin (2009), doi:10.1002/sim.3697; below 0.1 is usual.
    """
    read = read_units(table, unit, treated, on, weights=weights)
    x, names = read.design()
    known = read.known
    after = None if read.weights is None else read.weights[known]
    return read.family.emit(weighted_balance(x[known], names, read.treated[known], np.ones(int(known.sum())), after))


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
        v = w * rows
        total = v.sum()
        mean = v @ x / total
        left = total - (v**2).sum() / total
        means.append(mean)
        spreads.append(v @ (x - mean) ** 2 / left if left > 0 else np.full(x.shape[1], np.nan))
    return (*means, *spreads)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Null where the bottom is 0, but 0 where the top is 0 as well (nothing differs)."""
    safe = np.where(bottom > 0, bottom, 1.0)
    return np.where(bottom > 0, top / safe, np.where(top == 0, 0.0, np.nan))
