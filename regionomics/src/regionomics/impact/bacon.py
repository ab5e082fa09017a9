"""What plain two-way fixed effects average, when units join at different times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import NoSupport
from regionomics.impact.group_time import eligible
from regionomics.impact.panel import read_panel

KINDS = ("joined against never", "earlier against later", "later against earlier")


@dataclass(frozen=True)
class Bacon:
    """estimate: of two-way fixed effects, the sum of weight x estimate over the table.

    table: one row per comparison: cohort, against (0 = never), kind, weight (sum 1), estimate. kinds: the same by kind.
    forbidden: the weight of "later against earlier", where those already treated serve as controls.
    sample: what became of the units; those with a gap cannot be used.
    """

    estimate: float
    table: Any
    kinds: Any
    forbidden: float
    sample: Any


def goodman_bacon(
    panel: Any, *, unit: str = "unit", time: str = "time", cohort: str = "cohort", outcome: str = "outcome"
) -> Bacon:
    """Take the two-way fixed effects estimate apart into its comparisons of two cohorts each.

    tau = sum over pairs of weight x (change of the one that joins - change of the other), weights by size and by how
    much of the time each is treated

    Where effects grow or differ by cohort, "later against earlier" comparisons subtract the growing effect of the
    earlier: the sum may lie outside of all true effects.

    Args:
        panel, unit, time, cohort, outcome: as for `group_time_effects`; only units without a gap are used, and
            none that joined by the first period (R's bacondecomp keeps these, as controls that never change).
    Returns:
        Bacon.
    Raises:
        NoSupport: no comparison is possible.
        InvalidTable: as for `group_time_effects`.
    Source: Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014.
    """
    read = read_panel(panel, unit=unit, time=time, cohort=cohort, outcome=outcome)
    data, flow = eligible(read, 0)
    data = data.keep(np.isfinite(data.outcomes).all(axis=1))
    cohorts, own = np.unique(data.cohorts, return_inverse=True)
    if len(cohorts) < 2 or not (cohorts > 0).any():
        raise NoSupport(f"one cohort only ({cohorts.tolist()}) without a gap; there is nothing to compare it with")
    size = np.bincount(own) / len(own)
    mean = np.array([data.outcomes[own == k].mean(axis=0) for k in range(len(cohorts))])
    treated = (cohorts[:, None] > 0) & (data.times >= cohorts[:, None])
    share = treated.mean(axis=1)
    rows = []
    for k in range(len(cohorts)):
        for j in range(len(cohorts)):
            if k == j or not cohorts[k]:
                continue
            rows.append((k, j, *_comparison(k, j, size, share, mean, treated)))
    weight = np.array([r[3] for r in rows])
    weight /= weight.sum()
    estimate = np.array([r[4] for r in rows])
    kind = np.array([r[2] for r in rows])
    emit = data.family.emit
    by_kind = [weight[kind == k].sum() for k in KINDS]
    parts = [float(weight[kind == k] @ estimate[kind == k]) for k in KINDS]
    return Bacon(
        float(weight @ estimate),
        emit(
            {
                cohort: cohorts[[r[0] for r in rows]],
                "against": cohorts[[r[1] for r in rows]],
                "kind": pa.array(kind.tolist(), pa.string()),
                "weight": weight,
                "estimate": estimate,
            }
        ),
        emit(
            {
                "kind": pa.array(KINDS),
                "weight": np.array(by_kind),
                "estimate": np.array([p / w if w > 0 else np.nan for p, w in zip(parts, by_kind, strict=True)]),
            }
        ),
        float(by_kind[2]),
        emit({name: pa.array(v) for name, v in flow.items()}),
    )


def _comparison(
    k: int, j: int, size: np.ndarray, share: np.ndarray, mean: np.ndarray, treated: np.ndarray
) -> tuple[str, float, float]:
    """Kind, weight (not yet of sum 1) and estimate of k, that joins, against j."""
    both = size[k] + size[j]
    part = size[k] / both * (1 - size[k] / both)
    a, b = share[k], share[j]
    if b == 0:
        kind, window = KINDS[0], np.ones(treated.shape[1], dtype=bool)
        weight = both**2 * part * a * (1 - a)
    elif a > b:  # k joins first: until j joins
        kind, window = KINDS[1], ~treated[j]
        weight = (both * (1 - b)) ** 2 * part * (a - b) / (1 - b) * (1 - a) / (1 - b)
    else:  # k joins later: since j joined
        kind, window = KINDS[2], treated[j]
        weight = (both * b) ** 2 * part * a / b * (b - a) / b
    after, before = window & treated[k], window & ~treated[k]
    change = mean[:, after].mean(axis=1) - mean[:, before].mean(axis=1)
    return kind, float(weight), float(change[k] - change[j])
