"""Errors and bands from influence functions: clustered, pointwise and for all rows of a table at once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from regionomics.errors import InvalidParameter, RegionomicsWarning

MULTIPLIERS = ("gaussian", "mammen", "rademacher")
FEW_CLUSTERS = 30
"""Below so many, errors summed over clusters are too small (Cameron and Miller 2015, doi:10.3368/jhr.50.2.317)."""


@dataclass(frozen=True)
class Aggregate:
    """One effect, and the effects that it averages.

    estimate, se: in units of the outcome. low, high: the interval. p: two-sided, of no effect.
    table: one row per event time, cohort or period; null for `.simple`. Its low and high hold for each row alone,
        band_low and band_high for all rows at once.
    critical: standard errors to either side in the band. covariance: (k, k) of the rows of the table, NaN where a row
        has no error (the base period). influence: (units,) of the estimate, mean 0: its variance is the sum over
        clusters of squares, over units squared.
    """

    estimate: float
    se: float
    low: float
    high: float
    p: float
    table: Any = field(default=None, repr=False)
    critical: float | None = None
    covariance: np.ndarray | None = field(default=None, repr=False, compare=False)
    influence: np.ndarray = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)


@dataclass(frozen=True)
class Rule:
    """How errors are made: clusters (n,) codes, level such as .95, multipliers, draws, seed."""

    clusters: np.ndarray
    level: float
    multipliers: str
    draws: int
    seed: int

    def check(self) -> None:
        if not 0 < self.level < 1:
            raise InvalidParameter(f"level={self.level!r}; it lies between 0 and 1, such as 0.95")
        if self.multipliers not in MULTIPLIERS:
            raise InvalidParameter(f"multipliers={self.multipliers!r}; choose one of {list(MULTIPLIERS)}")
        if self.draws < 100:
            raise InvalidParameter(f"draws={self.draws!r}; a band needs 100 or more")

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0

    def warn_of_few(self, stacklevel: int) -> None:
        """Say so where units move in fewer clusters than an error can rest on."""
        if self.count < min(FEW_CLUSTERS, len(self.clusters)):
            warnings.warn(
                f"{self.count} clusters; with fewer than {FEW_CLUSTERS} errors come out too small and intervals too "
                "narrow: cluster by something finer, or read them as lower bounds",
                RegionomicsWarning,
                stacklevel=stacklevel,
            )

    @property
    def normal(self) -> float:
        return float(ndtri((1 + self.level) / 2))

    def summed(self, influence: np.ndarray) -> np.ndarray:
        """Sums over clusters, (clusters, k), over the number of units: their squares add up to the variance."""
        n = len(influence)
        count = self.count
        if count == n:
            return influence / n
        out = np.empty((count, influence.shape[1]))
        for k in range(influence.shape[1]):
            out[:, k] = np.bincount(self.clusters, influence[:, k], minlength=count)
        return out / n

    def errors(self, influence: np.ndarray, band: bool = True) -> tuple[np.ndarray, np.ndarray, float]:
        """Standard errors (k,), covariance (k, k) and, if asked for, the critical value of a band round all of them.

        Gaussian multipliers give draws from the normal law with that covariance exactly, so that no unit needs to be
        drawn for; with the others, the error is the spread between the quartiles of the draws, as in R's did.
        """
        n = len(influence)
        alone = self.count == n and self.multipliers == "gaussian"  # no sums to make, nothing to draw from them
        s = influence if alone else self.summed(influence)
        covariance = s.T @ s / n**2 if alone else s.T @ s
        se = np.sqrt(np.diag(covariance))
        live = se > 1e-14 * max(1.0, n * float(se.max(initial=0.0)))  # no influence exceeds the root of all squares
        if self.multipliers == "gaussian":
            critical = self._supremum(covariance[np.ix_(live, live)]) if band else float("nan")
        else:
            draws = self._multiplied(s[:, live])
            low, high = np.quantile(draws, [0.25, 0.75], axis=0)
            spread = (high - low) / float(ndtri(0.75) - ndtri(0.25))
            se = se.copy()
            se[live] = spread
            critical = float(np.quantile(np.abs(draws / spread).max(axis=1), self.level)) if live.any() else np.nan
        se = np.where(live, se, np.nan)
        covariance[~live] = covariance[:, ~live] = np.nan
        return se, covariance, max(critical, self.normal) if np.isfinite(critical) else self.normal

    def _supremum(self, covariance: np.ndarray) -> float:
        if not len(covariance):
            return float("nan")
        scale = np.sqrt(np.diag(covariance))
        values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
        root = vectors * np.sqrt(np.maximum(values, 0))
        normals = np.random.default_rng(self.seed).standard_normal((self.draws, len(scale)))
        return float(np.quantile(np.abs(normals @ root.T).max(axis=1), self.level))

    def _multiplied(self, summed: np.ndarray) -> np.ndarray:
        """(draws, k): sums over clusters times random multipliers of mean 0 and variance 1."""
        rng = np.random.default_rng(self.seed)
        root = np.sqrt(5)
        low, high, share = (-1.0, 1.0, 0.5)
        if self.multipliers == "mammen":
            low, high, share = (1 - root) / 2, (1 + root) / 2, (root + 1) / (2 * root)
        total = summed.sum(axis=0)
        parts = []
        for start in range(0, self.draws, 64):
            size = min(64, self.draws - start)
            first = rng.random((size, len(summed)), dtype=np.float32) < share
            parts.append(high * total + (low - high) * (first.astype(float) @ summed))
        return np.concatenate(parts)

    def single(self, estimate: float, influence: np.ndarray, **more: Any) -> Aggregate:
        """The estimate with its error, interval and p-value."""
        se = float(self.errors(influence[:, None], band=False)[0][0])
        estimate, reach = float(estimate), self.normal * se
        p = float(2 * ndtr(-abs(estimate) / se)) if se > 0 else float("nan")
        return Aggregate(estimate, se, estimate - reach, estimate + reach, p, influence=influence, **more)

    def columns(self, att: np.ndarray, influence: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
        """Columns att, se, low, high, band_low, band_high; the covariance; the band's critical value."""
        se, covariance, critical = self.errors(influence)
        out = {"att": att, "se": se, "low": att - self.normal * se, "high": att + self.normal * se}
        return {**out, "band_low": att - critical * se, "band_high": att + critical * se}, covariance, critical
