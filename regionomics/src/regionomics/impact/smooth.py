"""What effects are left if the difference of trends may bend by so much a period (Rambachan and Roth, smoothness)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import LinearConstraint, minimize
from scipy.special import ndtr, ndtri

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.trends import TrendBounds
from regionomics.tables import Family


def smoothness(
    estimates: Sequence[float] | np.ndarray,
    covariance: np.ndarray,
    *,
    before: int,
    magnitudes: Sequence[float] = (0.0, 0.02, 0.05),
    of: Sequence[float] | None = None,
    level: float = 0.95,
    family: str = "polars",
) -> TrendBounds:
    """Bound the effect if the difference of trends may bend by at most m from one period to the next.

    |(delta[t+1] - delta[t]) - (delta[t] - delta[t-1])| <= m for every t; m = 0 lets trends differ by a straight line

    The interval is the shortest of fixed length around a linear estimate, as R's HonestDiD ("FLCI"): weights on the
    periods before joining are chosen so that half its length, the 1 - alpha quantile of |N(bias / se, 1)| times se with
    the largest bias that m allows, is least.

    Args:
        estimates, covariance, before, of, level, family: as for `relative_magnitudes`.
        magnitudes: values of m >= 0, in units of the outcome.
    Returns:
        TrendBounds, with m in units of the outcome.
    Raises:
        InvalidParameter: shapes that do not fit, no period before or after, m below 0.
        NoSupport: the covariance has no error for some period.
    Source: Rambachan and Roth (2023), doi:10.1093/restud/rdad018, section 4.1; Armstrong and Kolesar (2018),
        doi:10.3982/ECTA14434.
    """
    beta, sigma = np.asarray(estimates, dtype=float), np.asarray(covariance, dtype=float)
    weights = np.eye(max(len(beta) - before, 1))[0] if of is None else np.asarray(of, dtype=float)
    _check(beta, sigma, before, magnitudes, weights, level)
    lines = [_straight(beta, sigma, before, weights, float(m), level) for m in magnitudes]
    holding = [m for m, (low, high) in zip(magnitudes, lines, strict=True) if low <= 0 <= high]
    error = float(np.sqrt(weights @ sigma[before:, before:] @ weights))
    centre, reach = float(weights @ beta[before:]), float(ndtri((1 + level) / 2)) * error
    ends = np.array(lines)
    return TrendBounds(
        Family(family).emit({"m": np.asarray(magnitudes, dtype=float), "low": ends[:, 0], "high": ends[:, 1]}),
        min(holding) if holding else None,
        (centre - reach, centre + reach),
    )


# --- inside ---------------------------------------------------------------------------------------------------------
def _check(
    beta: np.ndarray, sigma: np.ndarray, before: int, magnitudes: Sequence[float], weights: np.ndarray, level: float
) -> None:
    after = len(beta) - before
    if before < 1 or after < 1:
        raise InvalidParameter(f"before={before!r} of {len(beta)} estimates; both sides of the base need one or more")
    if sigma.shape != (len(beta), len(beta)):
        raise InvalidParameter(f"the covariance has shape {sigma.shape}; {len(beta)} estimates need as many squared")
    if not np.isfinite(beta).all() or not np.isfinite(sigma).all() or np.linalg.eigvalsh(sigma)[0] <= 0:
        raise NoSupport("a period has no estimate or no error of its own; leave out the base period and such periods")
    if len(weights) != after or not weights.any():
        raise InvalidParameter(f"of={weights.tolist()}; one weight for each of the {after} periods after, not all 0")
    if not len(magnitudes) or min(magnitudes) < 0:
        raise InvalidParameter(f"magnitudes={list(magnitudes)}; one or more, each 0 or above")
    if not 0.5 < level < 1:
        raise InvalidParameter(f"level={level!r}; it lies between 0.5 and 1, such as 0.95")


def _straight(
    beta: np.ndarray, sigma: np.ndarray, before: int, weights: np.ndarray, m: float, level: float
) -> tuple[float, float]:
    """The interval of fixed length for one m.

    # Note [The largest bias where trends bend by at most m]
    delta is 0 in the base period; a slope and the bends make the rest: delta[t] = slope t + sum of (t - k) bend[k] over
    0 < k < t, and likewise backwards from k = 0. A weighted sum of delta is bounded only if its slope cancels; its
    largest value is then m times the sum of |weights on the bends|. The weights of the periods after are given, as any
    effect may be there; those before are free but for the slope.
    """
    times = np.concatenate([np.arange(-before, 0), np.arange(1, len(weights) + 1)]).astype(float)
    bends = np.arange(-before + 1, len(weights)).astype(float)
    forwards, backwards = times[:, None] - bends[None, :], bends[None, :] - times[:, None]
    shape = np.maximum(np.where(bends[None, :] > 0, forwards, backwards), 0.0)
    own = times[:before]
    # Weights on all estimates are fixed + moving @ z
    fixed = np.concatenate([-(weights @ times[before:]) / (own @ own) * own, weights])
    moving = np.vstack([np.linalg.svd(own[None, :])[2][1:].T, np.zeros((len(weights), before - 1))])
    z = np.zeros(before - 1)
    if before > 1:
        z = -np.linalg.solve(moving.T @ sigma @ moving, moving.T @ sigma @ fixed)
        if m > 0:
            z = _shortest(fixed, moving, sigma, shape, m, level, z)
    w = fixed + moving @ z
    error = float(np.sqrt(w @ sigma @ w))
    reach = error * _folded(m * float(np.abs(shape.T @ w).sum()) / error, level)
    estimate = float(w @ beta)
    return estimate - reach, estimate + reach


def _shortest(
    fixed: np.ndarray,
    moving: np.ndarray,
    sigma: np.ndarray,
    shape: np.ndarray,
    m: float,
    level: float,
    start: np.ndarray,
) -> np.ndarray:
    """z with the least half length: convex in z and t, where t >= |weights on the bends|."""
    p, k = moving.shape[1], shape.shape[1]
    unit = float(np.sqrt(fixed @ sigma @ fixed))
    least, slope = shape.T @ fixed, shape.T @ moving

    def half(x: np.ndarray) -> tuple[float, np.ndarray]:
        w = fixed + moving @ x[:p]
        spread = sigma @ w
        error = float(np.sqrt(w @ spread))
        bias = m * float(x[p:].sum()) / error
        quantile = _folded(max(bias, 0.0), level)
        # The quantile's own slope, from Phi(c - b) - Phi(-c - b) = level
        turn = float(np.tanh(bias * quantile))
        gradient = np.concatenate([(quantile - bias * turn) * (moving.T @ spread) / error, np.full(k, turn * m)])
        return error * quantile / unit, gradient / unit

    limits = LinearConstraint(
        np.block([[slope, -np.eye(k)], [-slope, -np.eye(k)]]), -np.inf, np.concatenate([-least, least])
    )
    first = np.concatenate([start, np.abs(least + slope @ start)])
    found = minimize(
        half, first, jac=True, method="SLSQP", constraints=[limits], options={"maxiter": 500, "ftol": 1e-12}
    )
    return np.asarray(found.x[:p])


def _folded(bias: float, level: float) -> float:
    """The quantile of |N(bias, 1)|."""
    low, high = 0.0, bias + float(ndtri((1 + level) / 2)) + 1
    for _ in range(60):
        middle = (low + high) / 2
        if ndtr(middle - bias) - ndtr(-middle - bias) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
