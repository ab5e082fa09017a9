"""How wrong parallel trends may be before the conclusion falls (Rambachan and Roth)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import ndtr, ndtri

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.tables import Family

# Vertices of the dual at most; 10 periods after need 184 756
_VERTICES = 400_000
_GRID = 2001


@dataclass(frozen=True)
class TrendBounds:
    """Intervals that hold if trends differ after joining by at most `m` times what was seen before.

    table: one row per m: low, high; null where the interval is wider than could be searched (1 000 times what errors
        and the differences seen before suggest).
    breakdown: the smallest m asked whose interval holds 0; None if none does. original: low and high under exactly
    parallel trends.
    """

    table: Any
    breakdown: float | None
    original: tuple[float, float]


def relative_magnitudes(
    estimates: Sequence[float] | np.ndarray,
    covariance: np.ndarray,
    *,
    before: int,
    magnitudes: Sequence[float] = (0.5, 1.0, 1.5, 2.0),
    of: Sequence[float] | None = None,
    level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
    family: str = "polars",
) -> TrendBounds:
    """Bound the effect if trends may differ after joining by up to m times the largest difference seen before.

    |delta[t+1] - delta[t]| <= m max over s < 0 of |delta[s+1] - delta[s]|, for every t from joining on

    The interval joins those of each place and sign of the largest difference. Each is a conditional test of moment
    inequalities with least favourable first stage, as R's HonestDiD ("C-LF"). Where R solves a linear program for each
    value and searches the truncation points, the vertices of the dual are listed once here and both follow exactly.

    Args:
        estimates: an event study with one base period, in the order of time, without the base: `before` periods before
            it, the others after, none left out. `GroupTimeEffects.event_study()` gives them.
        covariance: of the estimates, (k, k).
        magnitudes: values of m >= 0. of: weights of the periods after; by default the first alone.
        level: of the interval. draws, seed: of the first stage's critical value. family: library of the table.
    Returns:
        TrendBounds.
    Raises:
        InvalidParameter: shapes that do not fit, no period before or after, m below 0, more than 10 periods after.
        NoSupport: the covariance has no error for some period.
    Source: Rambachan and Roth (2023), doi:10.1093/restud/rdad018; Andrews, Roth and Pakes (2023),
        doi:10.1093/restud/rdac077.
    """
    beta, sigma = np.asarray(estimates, dtype=float), np.asarray(covariance, dtype=float)
    after = len(beta) - before
    weights = np.eye(max(after, 1))[0] if of is None else np.asarray(of, dtype=float)
    _check(beta, sigma, before, after, magnitudes, weights, level)
    error = float(np.sqrt(weights @ sigma[before:, before:] @ weights))
    centre = float(weights @ beta[before:])
    rows = [_interval(beta, sigma, before, float(m), weights, 1 - level, error, draws, seed) for m in magnitudes]
    holding = [m for m, (low, high) in zip(magnitudes, rows, strict=True) if low <= 0 <= high]
    reach = float(ndtri((1 + level) / 2)) * error
    return TrendBounds(
        Family(family).emit(
            {
                "m": np.asarray(magnitudes, dtype=float),
                "low": pa.array([low if np.isfinite(low) else None for low, _ in rows], pa.float64()),
                "high": pa.array([high if np.isfinite(high) else None for _, high in rows], pa.float64()),
            }
        ),
        min(holding) if holding else None,
        (centre - reach, centre + reach),
    )


# --- inside ---------------------------------------------------------------------------------------------------------
def _check(
    beta: np.ndarray,
    sigma: np.ndarray,
    before: int,
    after: int,
    magnitudes: Sequence[float],
    weights: np.ndarray,
    level: float,
) -> None:
    if before < 1 or after < 1:
        raise InvalidParameter(f"before={before!r} of {len(beta)} estimates; both sides of the base need one or more")
    if sigma.shape != (len(beta), len(beta)):
        raise InvalidParameter(f"the covariance has shape {sigma.shape}; {len(beta)} estimates need as many squared")
    if not np.isfinite(beta).all() or not np.isfinite(sigma).all() or (np.diag(sigma) <= 0).any():
        raise NoSupport("a period has no estimate or no error; leave out the base period and those without an answer")
    if len(weights) != after or not weights.any():
        raise InvalidParameter(f"of={weights.tolist()}; one weight for each of the {after} periods after, not all 0")
    if not len(magnitudes) or min(magnitudes) < 0:
        raise InvalidParameter(f"magnitudes={list(magnitudes)}; one or more, each 0 or above")
    if not 0.5 < level < 1:
        raise InvalidParameter(f"level={level!r}; it lies between 0.5 and 1, such as 0.95")
    if comb(2 * after, after) > _VERTICES:
        raise InvalidParameter(f"{after} periods after; at most 10 can be bounded together, leave out the last")


def _interval(
    beta: np.ndarray,
    sigma: np.ndarray,
    before: int,
    m: float,
    weights: np.ndarray,
    alpha: float,
    error: float,
    draws: int,
    seed: int,
) -> tuple[float, float]:
    """The ends of the values that some place and sign of the largest difference cannot reject."""
    seen = np.abs(np.diff(np.append(beta[:before], 0))).max()
    reach = 20 * error + m * seen * float(np.abs(weights) @ np.arange(1, len(weights) + 1))
    centre = float(weights @ beta[before:])
    low, high = np.inf, -np.inf
    for place in range(before):
        for sign in (1.0, -1.0):
            test = _Test.of(beta, sigma, before, m, weights, alpha, place, sign, draws, seed)
            ends = _kept(test, centre, reach)
            if ends is not None:
                low, high = min(low, ends[0]), max(high, ends[1])
    if low > high:
        raise NoSupport(f"every value is rejected for m={m:g}; the estimates before joining contradict each other")
    return low, high


def _kept(test: _Test, centre: float, reach: float) -> tuple[float, float] | None:
    """The ends of the values that one test does not reject; None if it rejects all that are searched."""
    ends = None
    # Where the differences before joining have large errors, the test reaches beyond what they suggest
    for wider in (1, 4, 32, 1000):
        grid = centre + np.linspace(-reach, reach, _GRID) * wider
        kept = np.flatnonzero(test.accepts(grid))
        if not len(kept):
            return ends
        ends = _edge(test, grid, int(kept[0]), -1), _edge(test, grid, int(kept[-1]), 1)
        if np.isfinite(ends).all():
            return ends
    return ends


def _edge(test: _Test, grid: np.ndarray, last: int, step: int) -> float:
    """Halve the gap between the last value accepted and its neighbour."""
    inside = float(grid[last])
    if not 0 <= last + step < len(grid):
        return step * np.inf
    outside = float(grid[last + step])
    for _ in range(20):
        middle = (inside + outside) / 2
        if test.accepts(np.array([middle]))[0]:
            inside = middle
        else:
            outside = middle
    return inside


@dataclass(frozen=True)
class _Test:
    """Moments y - a theta - X nuisance <= 0; eta = max over vertices v >= 0 (v sd = 1, v X = 0) of v (y - a theta).

    vertices: (n, r). y, a: (r,). sigma: (r, r). first: critical value of the first stage.
    """

    vertices: np.ndarray
    y: np.ndarray
    a: np.ndarray
    sigma: np.ndarray
    alpha: float
    kappa: float
    first: float

    @classmethod
    def of(
        cls,
        beta: np.ndarray,
        sigma: np.ndarray,
        before: int,
        m: float,
        weights: np.ndarray,
        alpha: float,
        place: int,
        sign: float,
        draws: int,
        seed: int,
    ) -> _Test:
        rows = _inequalities(before, len(beta) - before, m, place, sign)
        y, covariance = rows @ beta, rows @ sigma @ rows.T
        # theta = weights' effect is the first coordinate, the others are free
        others = np.linalg.svd(weights[None, :])[2][1:]
        basis = np.column_stack([weights / (weights @ weights), others.T])
        moved = rows[:, before:] @ basis
        vertices = _vertices(np.sqrt(np.diag(covariance)), moved[:, 1:])
        kappa = alpha / 10
        values, vectors = np.linalg.eigh(covariance)
        root = vertices @ (vectors * np.sqrt(np.maximum(values, 0)))
        rng = np.random.default_rng(seed)
        size = max(1, 4_000_000 // len(root))
        peaks = [
            (root @ rng.standard_normal((root.shape[1], min(size, draws - k)))).max(axis=0)
            for k in range(0, draws, size)
        ]
        first = float(np.quantile(np.concatenate(peaks), 1 - kappa))
        return cls(vertices, y, moved[:, 0], covariance, alpha, kappa, first)

    def accepts(self, theta: np.ndarray) -> np.ndarray:
        """Whether each value, (g,), is not rejected."""
        level, slope = self.vertices @ self.y, self.vertices @ self.a
        out = np.zeros(len(theta), dtype=bool)
        size = max(1, 8_000_000 // len(level))
        for start in range(0, len(theta), size):
            part = slice(start, start + size)
            values = level[:, None] - slope[:, None] * theta[None, part]
            out[part] = self._judge(values)
        return out

    def _judge(self, values: np.ndarray) -> np.ndarray:
        """values: (n, g), of each vertex at each theta."""
        best = values.argmax(axis=0)
        eta = values[best, np.arange(values.shape[1])]
        size = (self.alpha - self.kappa) / (1 - self.kappa)
        accepted = eta <= self.first
        for v in np.unique(best[accepted]):
            columns = np.flatnonzero(accepted & (best == v))
            spread = self.sigma @ self.vertices[v]
            variance = float(self.vertices[v] @ spread)
            shares = self.vertices @ spread / variance
            rest = values[:, columns] - shares[:, None] * eta[columns]
            gap = 1 - shares
            with np.errstate(divide="ignore", invalid="ignore"):
                bound = rest / gap[:, None]
            lower = np.where(gap[:, None] > 1e-9, bound, -np.inf).max(axis=0)
            upper = np.minimum(np.where(gap[:, None] < -1e-9, bound, np.inf).min(axis=0), self.first)
            critical = _truncated(1 - size, lower, upper, np.sqrt(variance))
            accepted[columns] = eta[columns] <= np.maximum(0, critical)
        return np.asarray(accepted)


def _truncated(p: float, low: np.ndarray, high: np.ndarray, sd: float) -> np.ndarray:
    """The p-quantile of a normal of mean 0 between low and high; from the tail where both are positive."""
    a, b = low / sd, high / sd
    flip = a > 0
    one, two = np.where(flip, -b, a), np.where(flip, -a, b)
    share = np.where(flip, 1 - p, p)
    z = ndtri(ndtr(one) + share * (ndtr(two) - ndtr(one)))
    z = np.where(flip, -z, z)
    return np.asarray(sd * np.clip(np.where(np.isfinite(z), z, a), a, b))


def _inequalities(before: int, after: int, m: float, place: int, sign: float) -> np.ndarray:
    """Rows over the periods without the base: steps after it against m times the step at `place` before it."""
    total = before + after
    steps = np.zeros((total, total + 1))
    for r in range(total):
        steps[r, r : r + 2] = -1, 1
    largest = sign * steps[place]
    later = steps[before:]
    rows = np.vstack([later - m * largest, -later - m * largest])
    return np.asarray(np.delete(rows, before, axis=1))


def _vertices(sd: np.ndarray, nuisance: np.ndarray) -> np.ndarray:
    """All v >= 0 with v sd = 1 and v nuisance = 0 that have as few positive entries as can be, (n, r)."""
    r, size = len(sd), nuisance.shape[1] + 1
    equations = np.column_stack([sd, nuisance]).T
    target = np.eye(size)[0]
    found = []
    choices = combinations(range(r), size)
    while block := list(islice(choices, 20_000)):
        picked = np.array(block)
        square = equations[:, picked].transpose(1, 0, 2)
        scale = np.abs(square).max(axis=(1, 2))
        sound = np.abs(np.linalg.det(square / scale[:, None, None])) > 1e-10
        if not sound.any():
            continue
        weights = np.linalg.solve(square[sound], np.broadcast_to(target[:, None], (int(sound.sum()), size, 1)))[..., 0]
        good = (weights >= -1e-9 / scale[sound, None]).all(axis=1)
        v = np.zeros((int(good.sum()), r))
        np.put_along_axis(v, picked[sound][good], np.maximum(weights[good], 0), axis=1)
        found.append(v)
    if not found:
        raise NoSupport("the inequalities have no vertex; the covariance is singular")
    return np.unique(np.round(np.concatenate(found), 12), axis=0)
