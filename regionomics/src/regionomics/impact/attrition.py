"""What those who are no longer seen could do to an effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.impact.panel import finite
from regionomics.tables import read_columns


@dataclass(frozen=True)
class LeeBounds:
    """The effect on those who would be seen either way lies between `lower` and `upper`.

    lower_se, upper_se: their errors. low, high: interval that holds the effect with the level asked for.
    seen_treated, seen_controls: shares with an outcome. trimmed: share of the side seen more often that is cut off at
    one end. side: "treated", "controls" or "none", whose it is.
    """

    lower: float
    upper: float
    lower_se: float
    upper_se: float
    low: float
    high: float
    seen_treated: float
    seen_controls: float
    trimmed: float
    side: str


def lee_bounds(
    table: Any,
    *,
    treated: str = "treated",
    outcome: str = "outcome",
    weights: str | None = None,
    level: float = 0.95,
) -> LeeBounds:
    """Bound an effect where outcomes are missing more often on one side: the surplus is cut off at either end.

    p = (q1 - q0) / q1; lower = mean(Y1 without its highest p) - mean(Y0), upper = the same without its lowest p

    q1, q0: shares of treated and controls with an outcome; where q0 is larger, the controls are cut instead. It rests
    on treatment as good as drawn (or weighed to be) and on its moving everybody's being seen the same way.

    Args:
        table: one row per unit. treated: 1 or 0. outcome: null where it is not known. weights: column of weights >= 0,
            such as those of a matching; errors then count (sum w)^2 / sum w^2 units. level: of the interval, which is
            that of Imbens and Manski for the effect, not for the whole range.
    Returns:
        LeeBounds.
    Raises:
        InvalidTable: treated is not 0 or 1, a weight below 0.
        InvalidParameter: level out of range.
        NoSupport: fewer than 2 treated or controls have an outcome, or are left after the cut.
    Source: Lee (2009), doi:10.1111/j.1467-937X.2009.00536.x; Imbens and Manski (2004),
        doi:10.1111/j.1468-0262.2004.00555.x, for the interval.
    """
    if not 0.5 < level < 1:
        raise InvalidParameter(f"level={level!r}; it lies between 0.5 and 1, such as 0.95")
    arrow, _family = read_columns(table, [treated, outcome, *([weights] if weights else [])])
    mark, y = finite(arrow[treated], treated, null=False), finite(arrow[outcome], outcome)
    if not np.isin(mark, (0, 1)).all():
        raise InvalidTable(f"{treated} is {mark[~np.isin(mark, (0, 1))][0]:g}; it is 1 or 0")
    w = np.nan_to_num(finite(arrow[weights], weights)) if weights else np.ones(len(y))
    if (w < 0).any():
        raise InvalidTable(f"{weights} is {w.min():g}; weights are >= 0")
    one, zero = (_Side.of(y[mark == k], w[mark == k], name) for k, name in ((1, "treated"), (0, "controls")))
    more, less, sign = (one, zero, 1.0) if one.share >= zero.share else (zero, one, -1.0)
    p = 1 - less.share / more.share
    p = p if p > 1e-12 else 0.0
    ends = []
    for highest in (True, False):
        mean, variance = more.without(p, highest)
        missing = sum((1 - s.share) / (s.units * s.share) for s in (one, zero))
        edge = more.edge(p, highest)
        variance = variance + (edge - mean) ** 2 * (p / ((1 - p) * more.seen) + missing if p > 0 else 0.0)
        ends.append((sign * (mean - less.mean), float(np.sqrt(variance + less.variance / less.seen))))
    (lower, lower_se), (upper, upper_se) = sorted(ends)
    reach = _reach((upper - lower) / max(lower_se, upper_se), level)
    side = "none" if p == 0 else more.name
    low, high = lower - reach * lower_se, upper + reach * upper_se
    return LeeBounds(lower, upper, lower_se, upper_se, low, high, one.share, zero.share, p, side)


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Side:
    """Outcomes seen (m,), ascending, with weights; share: of all weight; units: worth of all, in equal ones."""

    name: str
    y: np.ndarray
    w: np.ndarray
    share: float
    units: float

    @classmethod
    def of(cls, y: np.ndarray, w: np.ndarray, name: str) -> _Side:
        known = np.isfinite(y) & (w > 0)
        if known.sum() < 2:
            raise NoSupport(f"{int(known.sum())} {name} have an outcome; 2 are needed")
        order = np.argsort(y[known], kind="stable")
        return cls(
            name, y[known][order], w[known][order], float(w[known].sum() / w.sum()), float(w.sum() ** 2 / (w**2).sum())
        )

    @property
    def seen(self) -> float:
        return self.units * self.share

    @property
    def mean(self) -> float:
        return float(self.w @ self.y / self.w.sum())

    @property
    def variance(self) -> float:
        return float(self.w @ (self.y - self.mean) ** 2 / self.w.sum())

    def kept(self, p: float, highest: bool) -> np.ndarray:
        """The weights without the share p at one end; the unit on the edge counts in part."""
        w = self.w if highest else self.w[::-1]
        left = np.clip((1 - p) * w.sum() - (np.cumsum(w) - w), 0, w)
        return np.asarray(left if highest else left[::-1])

    def edge(self, p: float, highest: bool) -> float:
        """The outcome at which the cut is made."""
        used = np.flatnonzero(self.kept(p, highest) > 0)
        return float(self.y[used[-1] if highest else used[0]])

    def without(self, p: float, highest: bool) -> tuple[float, float]:
        """Mean of what is kept, and the variance of that mean."""
        w = self.kept(p, highest)
        if (w > 0).sum() < 2:
            raise NoSupport(f"{100 * p:.0f}% of the {self.name} would be cut off, which leaves fewer than 2")
        mean = float(w @ self.y / w.sum())
        return mean, float(w @ (self.y - mean) ** 2 / w.sum()) / (self.seen * (1 - p))


def _reach(width: float, level: float) -> float:
    """Errors to either side so that a value between two ends `width` errors apart is held with the level."""
    return float(brentq(lambda c: ndtr(c + width) - ndtr(-c) - level, 0, 10))
