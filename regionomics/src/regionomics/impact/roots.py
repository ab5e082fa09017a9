"""All solutions of the moments E[xi z] = 0 of a proxy estimator, where xi is what productivity cannot be foretold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import root as solve

_SAME = 1e-5
_ZERO = 1e-9


@dataclass(frozen=True)
class Root:
    """theta: (p,). persistence: slope of productivity on that of the period before. objective: sum of squared moments,
    each as a correlation-like number (instruments and xi set to spread 1)."""

    theta: np.ndarray
    persistence: float
    objective: float


@dataclass(frozen=True)
class Moments:
    """phi, phi_before: (n,). x, x_before: (n, p). z: (n, p) instruments. weights: (n,) of the rows, all >= 0.

    w(theta) = phi - x theta; xi = w less its regression on a polynomial of w_before.
    """

    phi: np.ndarray
    x: np.ndarray
    phi_before: np.ndarray
    x_before: np.ndarray
    z: np.ndarray
    weights: np.ndarray

    def values(self, theta: np.ndarray, markov: int) -> tuple[np.ndarray, float]:
        """Moments (p,), scaled, and the persistence."""
        w, before = self.phi - self.x @ theta, self.phi_before - self.x_before @ theta
        scale = before.std() or 1.0
        powers = np.column_stack([(before / scale) ** k for k in range(markov + 1)])
        root = np.sqrt(self.weights)
        fit = np.linalg.lstsq(powers * root[:, None], w * root, rcond=None)[0]
        xi = w - powers @ fit
        z = self.z - np.average(self.z, axis=0, weights=self.weights)
        spread = np.sqrt(np.average(z**2, axis=0, weights=self.weights))
        moved = np.average(z * xi[:, None], axis=0, weights=self.weights)
        return moved / spread, float(fit[1] / scale)


def solved(moments: Moments) -> list[Root]:
    """Every real solution where productivity follows a line on its past.

    # Note [For each persistence the moments are linear]
    With w = a + rho w_before + xi and everything centred, E[z (w - rho w_before)] = 0 is linear in theta for a given
    rho:
    theta(rho) = A(rho)^-1 b(rho), A = Z'(X - rho X_before), b = Z'(phi - rho phi_before). Consistency,
    w'w_before = rho w_before'w_before at theta(rho), times det(A)^2, is a polynomial in rho of degree 2 p + 1.
    """
    share = moments.weights / moments.weights.sum()

    def centre(v: np.ndarray) -> np.ndarray:
        return np.asarray(v - share @ v)

    v = np.column_stack([centre(moments.phi), centre(moments.x)])
    u = np.column_stack([centre(moments.phi_before), centre(moments.x_before)])
    z = centre(moments.z) * share[:, None]
    zv, zu = z.T @ v, z.T @ u
    vu, uu = v.T @ (u * share[:, None]), u.T @ (u * share[:, None])
    p = moments.x.shape[1]

    def consistency(rho: float) -> float:
        a, b = (zv - rho * zu)[:, 1:], (zv - rho * zu)[:, 0]
        det = np.linalg.det(a)
        adjugate = np.array([np.linalg.det(np.column_stack([a[:, :j], b, a[:, j + 1 :]])) for j in range(p)])
        c = np.append(det, -adjugate)  # w = c' (phi, x) / det
        return float(c @ vu @ c - rho * (c @ uu @ c))

    at = 2.0 * np.cos((np.arange(4 * p + 8) + 0.5) * np.pi / (4 * p + 8))
    heights = np.array([consistency(r) for r in at])
    top = np.abs(heights).max()
    if not top > 0:
        return []
    polynomial = np.polynomial.chebyshev.Chebyshev.fit(at, heights / top, 2 * p + 1, domain=[-2, 2])
    found: list[Root] = []
    for guess in polynomial.roots():
        if abs(guess.imag) > 1e-5 or abs(guess.real) > 2:
            continue
        rho = _polished(consistency, float(guess.real))
        a, b = (zv - rho * zu)[:, 1:], (zv - rho * zu)[:, 0]
        scale = np.abs(a).max()
        if not scale > 0 or abs(np.linalg.det(a / scale)) < 1e-9:
            continue  # the polynomial is 0 where A is singular, too: no solution lies there
        theta = np.linalg.solve(a, b)
        value, slope = moments.values(theta, 1)
        if float(value @ value) < _ZERO and not any(np.abs(theta - r.theta).max() < _SAME for r in found):
            found.append(Root(theta, slope, float(value @ value)))
    return sorted(found, key=lambda r: tuple(r.theta))


def _polished(f: Callable[[float], float], at: float) -> float:
    """A few secant steps: the fitted polynomial's root to the last digits."""
    a, b = at, at + 1e-6
    fa, fb = f(a), f(b)
    for _ in range(20):
        if fb == fa or abs(b - a) < 1e-15:
            break
        a, b, fa = b, b - fb * (b - a) / (fb - fa), fb
        if abs(b - at) > 1e-2:
            return at
        fb = f(b)
    return float(b)


def searched(moments: Moments, markov: int, starts: int, near: np.ndarray | None = None) -> list[Root]:
    """Solutions reached from a grid of starts on [0, 1.2] in each elasticity (and from `near`), the same ones once."""
    p = moments.x.shape[1]
    grid = [np.array(t) for t in product(np.linspace(0, 1.2, starts), repeat=p)] if near is None else [near]
    found: list[Root] = []
    for start in grid:
        answer = solve(lambda t: moments.values(t, markov)[0], start, method="hybr", options={"maxfev": 200})
        value, slope = moments.values(answer.x, markov)
        if float(value @ value) > _ZERO or np.abs(answer.x).max() > 5:
            continue
        if not any(np.abs(answer.x - r.theta).max() < 1e-3 for r in found):
            found.append(Root(answer.x, slope, float(value @ value)))
    return sorted(found, key=lambda r: tuple(r.theta))
