"""Weights that make the controls' means those of the treated, as close to equal weights as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.balance import weighted_balance
from regionomics.impact.units import read_units


@dataclass(frozen=True)
class EntropyBalance:
    """weights: one row per unit: treated, weight (1 for treated; of controls the sum is the number of treated).

    balance: covariates before and after. effective_controls: (sum w)^2 / sum w^2, how many equal ones they are worth.
    largest_share: of one control in the whole.
    """

    weights: Any
    balance: Any
    effective_controls: float
    largest_share: float


def entropy_balance(
    table: Any, *, unit: str = "unit", treated: str = "treated", on: Sequence[str], moments: int = 1
) -> EntropyBalance:
    """Weigh the controls so that their means (and variances) equal those of the treated, exactly.

    min sum w log w, with sum w x = mean of the treated for each covariate (moments=2: its square too), w > 0

    Args:
        table: one row per unit, as before the treatment. treated: 1 or 0. on: covariates, numbers or words. A unit with
            a null among them takes no part. moments: 1 for means, 2 for variances as well.
    Returns:
        EntropyBalance.
    Raises:
        NoSupport: no weights can do it: the mean of the treated lies outside of what controls span.
        InvalidTable: treated is not 0 or 1, a unit twice.
    Source: Hainmueller (2012), doi:10.1093/pan/mpr025.
    """
    if moments not in (1, 2):
        raise InvalidParameter(f"moments={moments!r}; 1 for means, 2 for variances as well")
    if not len(on):
        raise InvalidParameter("on=[]; name one covariate or more")
    units = read_units(table, unit, treated, on)
    whole, names = units.design()
    known = units.known
    x, y = whole[known], units.treated[known]
    if not y.any() or y.all():
        raise NoSupport("no treated or no control has all covariates; leave one out or fill it")
    w = balancing_weights(x, y, moments)
    weight = np.where(y, 1.0, 0.0)
    weight[~y] = w * y.sum()
    rows = np.flatnonzero(known)
    return EntropyBalance(
        units.family.emit({unit: units.labels.take(pa.array(rows)), "treated": y, "weight": weight}),
        units.family.emit(weighted_balance(x, names, y, np.ones(len(y)), weight)),
        float(1 / (w**2).sum()),
        float(w.max()),
    )


def balancing_weights(x: np.ndarray, y: np.ndarray, moments: int, shares: np.ndarray | None = None) -> np.ndarray:
    """Weights of the controls (sum 1) that make their means those of the treated (y), in the order of the rows.

    shares: (n, q) further columns whose means must be equal, whatever the moments. Raises NoSupport.
    """
    z = _constraints(x, y, moments)
    if shares is not None and shares.shape[1]:
        z = _telling(np.column_stack([z, _constraints(shares, y, 1)]))
    return _weights(z, y)


def _constraints(x: np.ndarray, y: np.ndarray, moments: int) -> np.ndarray:
    """(n, q): what must be equal on average, less the target and scaled."""
    spread = x[~y].std(axis=0)
    z = (x - x[y].mean(axis=0)) / np.where(spread > 0, spread, 1)
    if moments == 2:
        squares = (x - x[y].mean(axis=0)) ** 2 / np.where(spread > 0, spread, 1) ** 2
        more = [k for k in range(x.shape[1]) if len(np.unique(x[:, k])) > 2]
        z = np.column_stack([z, squares[:, more] - squares[y][:, more].mean(axis=0)])
    return _telling(z)


def _telling(z: np.ndarray) -> np.ndarray:
    """The columns that say something which those before them do not."""
    kept: list[int] = []
    for k in range(z.shape[1]):
        if np.linalg.matrix_rank(z[:, [*kept, k]], tol=1e-8 * np.sqrt(len(z))) == len(kept) + 1:
            kept.append(k)
    return np.asarray(z[:, kept])


def _weights(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of the controls, sum 1: Newton's steps on the dual, log of the sum of exp(z' lambda)."""
    own = z[~y]
    lam = np.zeros(own.shape[1])

    def dual(value: np.ndarray) -> tuple[float, np.ndarray]:
        u = own @ value
        top = u.max()
        e = np.exp(u - top)
        return float(top + np.log(e.sum())), e / e.sum()

    height, w = dual(lam)
    for _ in range(200):
        gradient = w @ own
        if np.abs(gradient).max() < 1e-10:
            return w
        curve = (own * w[:, None]).T @ own - np.outer(gradient, gradient)
        step = np.linalg.lstsq(curve + 1e-14 * np.eye(len(lam)), -gradient, rcond=None)[0]
        size = 1.0
        while size > 1e-10:
            found, v = dual(lam + size * step)
            if found <= height + 1e-4 * size * float(gradient @ step):
                break
            size /= 2
        else:
            if np.abs(gradient).max() < 1e-7:
                return w
            break
        lam, height, w = lam + size * step, found, v
        if np.abs(lam).max() > 1e3 or w.max() > 1 - 1e-9:
            break
    raise NoSupport(
        "no weights make the controls' means those of the treated: they lie outside of what the controls span; "
        "fewer covariates or moments, or a wider pool, would help"
    )
