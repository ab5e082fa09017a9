"""Effects of one cohort in one or several periods: two groups, a change of the outcome, and covariates from before.

Sant'Anna and Zhao (2020): outcome regression, inverse probability weighting (normalised) and both together, each with
its influence function. Several changes that share cohort, controls and covariates are computed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

METHODS = ("dr", "ipw", "reg")
# A fitted chance of being treated of .999 leaves nobody to compare with
CERTAIN = 0.999


class Refused(Exception):
    """The cell has no answer; the message is the reason."""


@dataclass(frozen=True)
class Effects:
    """att: (k,). influence: (m, k), mean 0. weights: (m,) of treated and controls as compared (None for "reg")."""

    att: np.ndarray
    influence: np.ndarray
    weights: np.ndarray | None
    trimmed: int


def effects(
    change: np.ndarray,
    treated: np.ndarray,
    design: np.ndarray,
    weights: np.ndarray,
    *,
    method: str,
    names: list[str],
    trim: float,
) -> Effects:
    """Effects on the treated.

    change: (m, k), outcome now less outcome before. treated: bool (m,). design: (m, p) with an intercept first.
    weights: (m,). Raises Refused where groups cannot be compared.
    """
    w = weights / weights.mean()
    d = treated.astype(float) * w
    c = ~treated * w
    if design.shape[1] == 1:
        return _plain(change, d, c)
    x = scaled(design, w)
    check_design(x, treated, w, names, method)
    if method == "reg":
        return _regression(change, d, c, x)
    score, cov, _ = logit(x, treated, w)
    if score[w > 0].max() >= CERTAIN:
        sure = int((treated & (score >= CERTAIN)).sum())
        raise Refused(f"no common support: covariates mark {sure} treated with a chance of {CERTAIN} or more")
    kept = treated | (score < trim)
    odds = c * kept * score / (1 - score)
    trimmed = int((~kept).sum())
    ps_rep = (w * (treated - score))[:, None] * x @ cov
    if method == "ipw":
        return _weighting(change, d, odds, x, ps_rep, trimmed)
    return _doubly_robust(change, d, c, odds, x, ps_rep, trimmed)


def _plain(change: np.ndarray, d: np.ndarray, c: np.ndarray) -> Effects:
    """No covariates: all three methods are the difference of two means."""
    mine, theirs = d / d.mean(), c / c.mean()
    means = np.stack([mine @ change, theirs @ change]) / len(d)
    inf = change * (mine - theirs)[:, None] - side_by_side(mine, -theirs) @ means
    return Effects(means[0] - means[1], inf, d + c, 0)


def _ols(change: np.ndarray, c: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the controls' regression leaves of everybody's change (m, k), and the inverse of its X'X / m."""
    own = c[:, None] * x
    inverse = np.linalg.inv(own.T @ x / len(c))
    return change - x @ (inverse @ (own.T @ change / len(c))), inverse


def _regression(change: np.ndarray, d: np.ndarray, c: np.ndarray, x: np.ndarray) -> Effects:
    left, inverse = _ols(change, c, x)
    mine = d / d.mean()
    att = mine @ left / len(d)
    lever = x @ (inverse @ (mine @ x / len(d)))
    return Effects(att, left * (mine - lever * c)[:, None] - np.outer(mine, att), None, 0)


def _weighting(
    change: np.ndarray, d: np.ndarray, odds: np.ndarray, x: np.ndarray, ps_rep: np.ndarray, trimmed: int
) -> Effects:
    m, mine, theirs = len(d), d / d.mean(), odds / odds.mean()
    means = np.stack([mine @ change, theirs @ change]) / m
    moved = (theirs[:, None] * x).T @ change / m - np.outer(theirs @ x / m, means[1])
    inf = change * (mine - theirs)[:, None] - side_by_side(mine, -theirs, ps_rep) @ np.vstack([means, moved])
    return Effects(means[0] - means[1], inf, d + odds, trimmed)


def _doubly_robust(
    change: np.ndarray,
    d: np.ndarray,
    c: np.ndarray,
    odds: np.ndarray,
    x: np.ndarray,
    ps_rep: np.ndarray,
    trimmed: int,
) -> Effects:
    """The weighting of what the regression leaves, less what estimating the regression adds."""
    left, inverse = _ols(change, c, x)
    found = _weighting(left, d, odds, x, ps_rep, trimmed)
    gap = d @ x / d.sum() - odds @ x / odds.sum()
    found.influence[...] -= left * ((x @ (inverse @ gap)) * c)[:, None]
    return found


def side_by_side(*parts: np.ndarray) -> np.ndarray:
    """np.column_stack, kept column by column."""
    return np.vstack([part if part.ndim == 1 else part.T for part in parts]).T


def scaled(design: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and spread 1: the effects are the same, the sums are exact."""
    # Column by column: numpy then works along rows, many at a time, not across the few columns
    out = np.ones(design.shape, order="F")
    x, total = out[:, 1:], w.sum()
    np.subtract(design[:, 1:], w @ design[:, 1:] / total, out=x)
    spread = np.sqrt(w @ x**2 / total)
    x /= np.where(spread > 0, spread, 1)
    return out


def check_design(x: np.ndarray, treated: np.ndarray, w: np.ndarray, names: list[str], method: str) -> None:
    """Refuse a covariate that says nothing new among those whom the method regresses on it."""
    parts = [("controls", ~treated & (w > 0))] if method != "ipw" else []
    parts += [("treated and controls", w > 0)] if method != "reg" else []
    for who, rows in parts:
        gram = _gram(x, rows)
        if np.linalg.eigvalsh(gram)[0] >= 1e-11:  # then so are those of every first few columns
            continue
        for k in range(1, len(gram)):
            if np.linalg.eigvalsh(gram[: k + 1, : k + 1])[0] >= 1e-11:
                continue
            column = x[rows, k]
            if np.ptp(column) == 0:
                raise Refused(f"{names[k]} is the same for all {who}; no like can be compared with like")
            raise Refused(f"{names[k]} follows from the covariates before it among the {who}; leave one out")


def _gram(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mean of x x' over the rows, (p, p); where they are most of all, from all less the others."""
    count, n = int(rows.sum()), len(x)
    if count == n:
        return np.asarray(x.T @ x / max(n, 1))
    if 2 * count > n:
        others = x.T.compress(~rows, axis=1).T
        return np.asarray((x.T @ x - others.T @ others) / count)
    return np.asarray(x[rows].T @ x[rows] / max(count, 1))


_FEW = 20_000
"""Beyond so many units, Newton's steps begin where they end for a sixteenth of them."""


def logit(x: np.ndarray, treated: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chance of being treated (m,), inverse of the mean information (p, p), coefficients (p,), by Newton's steps."""
    start = None
    if len(treated) > _FEW:
        part = slice(None, None, 16)
        try:
            start = _newton(x[part], treated[part], w[part], None)[2]
        except Refused:
            start = None  # the whole says whether there is support
    return _newton(x, treated, w, start)


def _newton(
    x: np.ndarray, treated: np.ndarray, w: np.ndarray, start: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, m = treated.astype(float), len(treated)
    share = float(w @ y / w.sum())
    if start is None:
        if not 0 < share < 1:
            raise Refused("no common support: all are treated, or none is")
        start = np.zeros(x.shape[1])
        start[0] = np.log(share / (1 - share))
    beta = start
    fit, score = _likelihood(x @ beta, y, w)
    for _ in range(100):
        information = (x * (w * score * (1 - score))[:, None]).T @ x / m
        if np.linalg.eigvalsh(information)[0] < 1e-10 * share * (1 - share):
            break
        step = np.linalg.solve(information, x.T @ (w * (y - score)) / m)
        if np.abs(step).max() < 1e-9:
            return np.minimum(score, 1 - 1e-6), np.linalg.inv(information), beta
        size = 1.0
        while size > 1e-6:
            found, moved = _likelihood(x @ (beta + size * step), y, w)
            if found >= fit - 1e-12 * abs(fit):
                break
            size /= 2
        beta, score, fit = beta + size * step, moved, found
    raise Refused("no common support: the covariates tell treated from controls without fail")


def _likelihood(linear: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray]:
    """Log likelihood and the chances (m,) behind it."""
    linear = np.clip(linear, -40, 40)
    odds = np.exp(linear)
    return float(w @ (y * linear) - w @ np.log1p(odds)), odds / (1 + odds)
