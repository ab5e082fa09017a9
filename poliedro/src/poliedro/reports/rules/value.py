"""The public value of clusters on six dimensions (R027): indicators, indices, and what chance alone could have made.

No hidden weights: an index is the cluster's value over the region's, times 100; a dimension's score is the plain mean
of its indicators' indices. The interval (90%) is what would come out if the same process ran again: sums over projects,
contracts and services vary like compound Poisson sums, shares like binomial ones (Wilson 1927), ratios of sums as their
pairs scatter (Cochran 1977).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z90 = 1.6448536269514722
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "innovation": ("rd_per_firm", "rd_taking_part"),
    "knowledge": ("contracts_per_firm", "services_per_member"),
    "growth": ("entry_rate", "turnover_growth"),
    "society": ("challenge_rd_per_firm",),
    "international": ("other_eu_share",),
    "investment": ("private_leverage",),
}
UNITS = {
    "rd_per_firm": "EUR",
    "rd_taking_part": "%",
    "contracts_per_firm": "EUR",
    "services_per_member": "",
    "entry_rate": "%",
    "turnover_growth": "%",
    "challenge_rd_per_firm": "EUR",
    "other_eu_share": "%",
    "private_leverage": "",
}
DECIMALS = {"EUR": 0, "%": 1, "": 2}
CHALLENGES = {"VER", "SAL", "FOO", "MOB"}
"""S3 areas of 2021-27 that answer challenges of society: environment, health, food, mobility."""


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; None where it is not known. n: what it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None

    def times(self, factor: float) -> Estimate:
        value, low, high = (None if v is None else v * factor for v in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.n)


NOT_KNOWN = Estimate(None)


def per_head(amounts: Sequence[float], heads: int) -> Estimate:
    """A sum of amounts over so many heads; its interval is that of a compound Poisson sum."""
    if not heads or not amounts:
        return NOT_KNOWN
    total, spread = sum(amounts), Z90 * math.sqrt(sum(a * a for a in amounts))
    return Estimate(total / heads, max(0.0, total - spread) / heads, (total + spread) / heads, len(amounts))


LEAST_FOR_RATIO = 10
"""With fewer pairs the spread would be guessed from next to nothing, and could tell of single ones."""


def ratio(pairs: Sequence[tuple[float, float]], *, factor: float = 1.0, less: float = 0.0) -> Estimate:
    """factor x (sum of the first / sum of the second - less). pairs: one a firm or project.

    The interval is that of a ratio of sums (Cochran 1977, chapter 6): sqrt(sum of squared residuals) / sum of the
    second, from LEAST_FOR_RATIO pairs on.
    """
    below = sum(b for _a, b in pairs)
    if not below:
        return NOT_KNOWN
    r = sum(a for a, _b in pairs) / below
    value, n = factor * (r - less), len(pairs)
    if n < LEAST_FOR_RATIO:
        return Estimate(value, n=n)
    half = abs(factor) * Z90 * math.sqrt(sum((a - r * b) ** 2 for a, b in pairs)) / abs(below)
    return Estimate(value, value - half, value + half, n)


def share(part: int, whole: int) -> Estimate:
    """part / whole in percent with Wilson's interval."""
    if not whole:
        return NOT_KNOWN
    p, z2 = part / whole, Z90 * Z90
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z90 * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return Estimate(100 * p, 100 * max(0.0, middle - half), 100 * min(1.0, middle + half), whole)


def index(own: Estimate, region: Estimate) -> Estimate:
    """The region is 100. Not known where either is not, or where the region has none (or loses)."""
    if own.value is None or region.value is None or region.value <= 0:
        return NOT_KNOWN
    return own.times(100 / region.value)


def score(indices: Sequence[Estimate]) -> Estimate:
    """The plain mean of what is known; half-widths combine as those of independent values."""
    known = [i for i in indices if i.value is not None]
    if not known:
        return NOT_KNOWN
    mean = sum(i.value for i in known if i.value is not None) / len(known)
    halves = [(i.high - i.low) / 2 for i in known if i.low is not None and i.high is not None]
    if len(halves) < len(known):
        return Estimate(mean, None, None, len(known))
    half = math.sqrt(sum(h * h for h in halves)) / len(known)
    return Estimate(mean, max(0.0, mean - half), mean + half, len(known))
