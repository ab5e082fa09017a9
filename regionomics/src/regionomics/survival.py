"""Survival: how long things last when some are still going, what tells two groups apart, and what goes with ending.

Every function takes one row a spell: its length, whether its end was seen, and, where it came under watch only later,
from which length on (delayed entry). So a firm that is helped in its third year counts as helped from then on and as
not helped before: two rows, the second with entry 3 (Note [Immortal time]).

# Note [Immortal time]
Who is helped in the third year has lived three years. Counting those years as helped years makes help look good. Cut
the spell at the day of help: `entry` says where the second piece begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from regionomics.errors import InputWarning, InvalidParameter, InvalidTable, NoSupport, warn
from regionomics.tables import Columns, Family, by_groups, encode, numbers


def kaplan_meier(
    table: Any,
    *,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    weight: str | None = None,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> Any:
    """Tell which share is still there after each length of time, those still going counted as censored.

    S(t) = prod over event times s <= t of (1 - d[s] / n[s]); var of log S by Greenwood; interval on the log(-log S)
    scale, so that it stays within 0..1.

    Args:
        table: one row a spell. duration > 0, in any unit of time; event: True or 1 where the end was seen, else
            censored; entry: from which length on it was under watch, 0 <= entry < duration; weight > 0.
        by: keys of groups (joining cohort), each with a curve of its own.
        level: of the pointwise interval, within (0, 1).
    Returns:
        time, at_risk, events, censored, survival, low, high; a row at time 0 and one a distinct duration. low and high
        are null before the first event and where survival is 0.
    Raises:
        InvalidTable: nulls, a duration not above its entry, an event other than 0 or 1, no rows.
    Warns: InputWarning where no end was seen, or survival falls to 0, so that there is no interval.
    Source: Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452; interval: Kalbfleisch and Prentice (1980).
    """
    z = _quantile(level)
    asked = [c for c in (duration, event, entry, weight) if c]

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Columns]:
        t, d, start, w = _spells(arrow, duration, event, entry, weight)
        curve = _curve(t, d, start, w, z)
        _tell_of_ends(curve, duration)
        return {"curve": curve}

    return by_groups(table, by, asked, calculate)["curve"]


def survival_at(
    table: Any,
    times: float | Sequence[float],
    *,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    weight: str | None = None,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> Any:
    """Read the Kaplan-Meier curve at some lengths of time, and its median and mean so far.

    Args:
        table, duration, event, entry, weight, by, level: as in `kaplan_meier`.
        times: length, or lengths, to read the curve at, >= 0.
    Returns:
        time, survival, low, high, at_risk (just before that length), spells, events (of the whole group), median (null
        where the curve never falls to one half) and restricted_mean (mean length up to the longest of `times`; null
        where the watch ends before it). survival is null beyond the longest spell that was watched.
    Raises:
        InvalidTable: as `kaplan_meier`. InvalidParameter: a negative length, or none.
    Source: Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452; restricted mean: Irwin (1949).
    """
    z = _quantile(level)
    points = np.atleast_1d(np.asarray(times, dtype=float))
    if points.ndim != 1 or not len(points) or not np.isfinite(points).all() or (points < 0).any():
        raise InvalidParameter(f"times={times!r}; give one or more lengths >= 0")
    asked = [c for c in (duration, event, entry, weight) if c]

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Columns]:
        t, d, start, w = _spells(arrow, duration, event, entry, weight)
        curve = _curve(t, d, start, w, z)
        _tell_of_ends(curve, duration)
        read = _read(curve, points, t, d, start, w)
        beyond = points[np.isnan(read["survival"])]
        if len(beyond):
            warn(
                f"survival and restricted_mean null: nobody was watched up to {duration} {beyond[0]:g}, the longest "
                f"spell has {t.max():g}; ask for shorter ones, or read null as unknown",
                InputWarning,
            )
        return {"read": read}

    return by_groups(table, by, asked, calculate)["read"]


def log_rank(
    table: Any,
    *,
    group: str = "group",
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    by: str | Sequence[str] | None = None,
) -> Any:
    """Test whether groups end at the same pace: ends seen in each against those expected if they did.

    chi2 = (O - E)' V^- (O - E) with the hypergeometric variance, degrees of freedom = groups - 1.

    Args:
        table: one row a spell, as in `kaplan_meier`, with its `group`.
    Returns:
        one row a group: the group, spells, observed, expected, chi2, degrees, p (the last three alike in all rows).
    Raises:
        InvalidTable: as `kaplan_meier`. NoSupport: fewer than two groups, or no end was seen.
    Source: Mantel (1966); Peto and Peto (1972), doi:10.2307/2344317.
    """
    asked = [c for c in (group, duration, event, entry) if c]

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Columns]:
        t, d, start, _ = _spells(arrow, duration, event, entry, None)
        codes = encode(arrow[group], group)
        k = len(codes.labels)
        if k < 2 or not d.any():
            raise NoSupport(f"{k} group and {int(d.sum())} ends seen; a comparison needs two groups and one end")
        observed, expected, cov = _log_rank(t, d, start, codes.codes, k)
        gap = (observed - expected)[:-1]
        chi2 = float(gap @ np.linalg.pinv(cov[:-1, :-1]) @ gap)
        return {
            "test": {
                group: codes.labels,
                "spells": np.bincount(codes.codes, minlength=k),
                "observed": observed,
                "expected": expected,
                "chi2": np.full(k, chi2),
                "degrees": np.full(k, k - 1),
                "p": np.full(k, float(stats.chi2.sf(chi2, k - 1))),
            }
        }

    return by_groups(table, by, asked, calculate)["test"]


def cox(
    table: Any,
    covariates: Sequence[str],
    *,
    duration: str = "duration",
    event: str = "event",
    entry: str | None = None,
    cluster: str | None = None,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> Any:
    """Estimate by what factor each covariate raises the pace of ending, whatever that pace is (Efron's ties).

    h(t | x) = h0(t) exp(x b). Newton's method on the partial likelihood. A covariate that changes during a spell is
    stated by cutting the spell: one row a piece, with `entry` (see Note [Immortal time]).

    Args:
        table: one row a spell or piece of it, as in `kaplan_meier`; covariates: numbers.
        cluster: key of what pieces belong to (the firm): standard errors then add up its pieces (sandwich).
    Returns:
        one row a covariate: covariate, coefficient, se, ratio (exp of the coefficient: 1 = no difference), low, high
        (of the ratio), z, p, spells, events, log_likelihood.
    Raises:
        InvalidTable: as `kaplan_meier`; a covariate that is null or not a number. InvalidParameter: no covariate.
        NoSupport: no end was seen, a covariate does not vary or follows from others, or the estimate runs away (a
            covariate that tells apart perfectly who ends).
    Source: Cox (1972); ties: Efron (1977), doi:10.1080/01621459.1977.10480613; sandwich: Lin and Wei (1989).
    """
    names = list(covariates)
    if not names:
        raise InvalidParameter("covariates is empty; name at least one column")
    z = _quantile(level)
    asked = [*dict.fromkeys([*(c for c in (duration, event, entry, cluster) if c), *names])]

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Columns]:
        t, d, start, _ = _spells(arrow, duration, event, entry, None)
        x = np.column_stack([numbers(arrow[c], c, nonnegative=False) for c in names])
        if not d.any():
            raise NoSupport("no end was seen; the pace of ending cannot be compared")
        owner = encode(arrow[cluster], cluster).codes if cluster else None
        b, se, likelihood = _cox(t, d, start, x, names, owner)
        ratio = b / se
        return {
            "model": {
                "covariate": names,
                "coefficient": b,
                "se": se,
                "ratio": np.exp(b),
                "low": np.exp(b - z * se),
                "high": np.exp(b + z * se),
                "z": ratio,
                "p": 2 * stats.norm.sf(np.abs(ratio)),
                "spells": np.full(len(b), len(t)),
                "events": np.full(len(b), int(d.sum())),
                "log_likelihood": np.full(len(b), likelihood),
            }
        }

    return by_groups(table, by, asked, calculate)["model"]


def _quantile(level: float) -> float:
    if not 0 < level < 1:
        raise InvalidParameter(f"level={level!r}; it must lie between 0 and 1, such as 0.95")
    return float(stats.norm.ppf((1 + level) / 2))


Spells = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _spells(arrow: pa.Table, duration: str, event: str, entry: str | None, weight: str | None) -> Spells:
    """Lengths, ends seen (bool), entries and weights, each of shape (rows,)."""
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one spell")
    t = numbers(arrow[duration], duration)
    seen = arrow[event]
    d = numbers(seen if not pa.types.is_boolean(seen.type) else pc.cast(seen, pa.int8()), event)
    if not np.isin(d, (0.0, 1.0)).all():
        raise InvalidTable(f"{event} is {d[~np.isin(d, (0.0, 1.0))][0]:g}; write 1 where the end was seen, else 0")
    start = numbers(arrow[entry], entry) if entry else np.zeros(len(t))
    late = t <= start
    if late.any():
        row = int(np.flatnonzero(late)[0])
        raise InvalidTable(
            f"{duration} is {t[row]:g} in row {row + 1}, not above {start[row]:g} where it came under watch "
            f"({int(late.sum())} in all); drop spells of no length"
        )
    w = numbers(arrow[weight], weight) if weight else np.ones(len(t))
    return t, d.astype(bool), start, w


def _risk(t: np.ndarray, start: np.ndarray, w: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Weight under watch just before each of the sorted lengths `at`: entry < s <= duration."""
    ends, begins = np.argsort(t), np.argsort(start)
    gone = np.r_[0.0, np.cumsum(w[ends])][np.searchsorted(t[ends], at, side="left")]
    come = np.r_[0.0, np.cumsum(w[begins])][np.searchsorted(start[begins], at, side="left")]
    return np.asarray(come - gone)


def _curve(t: np.ndarray, d: np.ndarray, start: np.ndarray, w: np.ndarray, z: float) -> dict[str, np.ndarray]:
    at, inverse = np.unique(t, return_inverse=True)
    ended = np.bincount(inverse, weights=w * d, minlength=len(at))
    left = np.bincount(inverse, weights=w * ~d, minlength=len(at))
    risk = _risk(t, start, w, at)
    keep = 1 - ended / risk
    keep[np.abs(keep) < 1e-15] = 0.0
    s = np.cumprod(keep)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(np.where(ended > 0, ended / (risk * (risk - ended)), 0.0))
        spread = z * np.sqrt(greenwood) / np.abs(np.log(s))
        low, high = s ** np.exp(spread), s ** np.exp(-spread)
    unknown = (s >= 1) | (s <= 0)
    low[unknown], high[unknown] = np.nan, np.nan
    watched = float(w[start == 0].sum())
    return {
        "time": np.r_[0.0, at],
        "at_risk": np.r_[watched, risk],
        "events": np.r_[0.0, ended],
        "censored": np.r_[0.0, left],
        "survival": np.r_[1.0, s],
        "low": np.r_[np.nan, low],
        "high": np.r_[np.nan, high],
    }


def _tell_of_ends(curve: dict[str, np.ndarray], duration: str) -> None:
    """Say where the curve has no interval, beyond the time before its first end."""
    at, s = curve["time"], curve["survival"]
    gone = at[s <= 0]
    if not curve["events"].any():
        warn("low and high null: no end was seen, so that survival stays 1; read null as unknown", InputWarning)
    elif len(gone):
        later = curve["at_risk"][at > gone[0]].max(initial=0)
        lost = " (those watched from later on count for nothing; give them by themselves)" if later else ""
        warn(
            f"low and high null from {duration} {gone[0]:g} on: survival is 0 there, nobody is left{lost}; "
            "read null as unknown",
            InputWarning,
        )


def _read(
    curve: dict[str, np.ndarray], points: np.ndarray, t: np.ndarray, d: np.ndarray, start: np.ndarray, w: np.ndarray
) -> dict[str, Any]:
    times, s = curve["time"], curve["survival"]
    at = np.searchsorted(times, points, side="right") - 1
    beyond = (points > t.max()) & (s[-1] > 0)
    half = np.flatnonzero(s <= 0.5)
    median = times[half[0]] if len(half) else np.nan
    end = float(points.max())
    edges = np.unique(np.clip(np.r_[times, end], 0, end))
    area = float(np.sum(s[np.searchsorted(times, edges[:-1], side="right") - 1] * np.diff(edges)))
    n = len(points)
    return {
        "time": points,
        "survival": np.where(beyond, np.nan, s[at]),
        "low": np.where(beyond, np.nan, curve["low"][at]),
        "high": np.where(beyond, np.nan, curve["high"][at]),
        "at_risk": _risk(t, start, w, points),
        "spells": np.full(n, len(t)),
        "events": np.full(n, int(d.sum())),
        "median": np.full(n, median),
        "restricted_mean": np.full(n, area if not beyond.any() else np.nan),
    }


def _log_rank(
    t: np.ndarray, d: np.ndarray, start: np.ndarray, codes: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends seen and expected, shape (k,), and their covariance, shape (k, k)."""
    at = np.unique(t[d])
    risk = np.column_stack([_risk(t[codes == g], start[codes == g], np.ones((codes == g).sum()), at) for g in range(k)])
    position = np.searchsorted(at, t[d])
    ended = np.zeros((len(at), k))
    np.add.at(ended, (position, codes[d]), 1.0)
    n, m = risk.sum(axis=1), ended.sum(axis=1)
    share = risk / n[:, None]
    factor = np.where(n > 1, m * (n - m) / np.maximum(n - 1, 1), 0.0)
    cov = np.diag((factor[:, None] * share).sum(axis=0)) - (factor[:, None] * share).T @ share
    return ended.sum(axis=0), (m[:, None] * share).sum(axis=0), cov


MOST_STEPS = 50
FAR = 10.0
"""A coefficient or standard error this large, for one deviation of its covariate, has run away."""


def _cox(
    t: np.ndarray, d: np.ndarray, start: np.ndarray, x: np.ndarray, names: Sequence[str], owner: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients and standard errors, shape (covariates,), and the log partial likelihood."""
    scale = x.std(axis=0)
    if (scale == 0).any():
        raise NoSupport(f"{names[int(np.flatnonzero(scale == 0)[0])]} does not vary; drop it")
    u = (x - x.mean(axis=0)) / scale
    if np.linalg.matrix_rank(u) < u.shape[1]:
        raise NoSupport(f"one of {', '.join(names)} follows from the others; drop one")
    b = np.zeros(u.shape[1])
    likelihood, slope, curvature = _partial(t, d, start, u, b)
    for _ in range(MOST_STEPS):
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        for _ in range(30):  # a step too far is halved
            tried, slope_, curvature_ = _partial(t, d, start, u, b + step)
            if tried >= likelihood - 1e-12:
                break
            step = step / 2
        gain = tried - likelihood
        b, likelihood, slope, curvature = b + step, tried, slope_, curvature_
        if np.abs(step).max() < 1e-10 or gain < 1e-14:
            break
    bread = np.linalg.pinv(curvature)
    if np.abs(b).max() > FAR or np.diag(bread).max() > FAR**2:
        raise NoSupport(f"{names[int(np.abs(b).argmax())]} tells apart who ends perfectly; drop it or merge values")
    cov = bread if owner is None else _sandwich(t, d, start, u, b, owner, bread)
    return b / scale, np.sqrt(np.diag(cov)) / scale, likelihood


def _partial(
    t: np.ndarray, d: np.ndarray, start: np.ndarray, u: np.ndarray, b: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log partial likelihood with Efron's ties, its slope (k,) and its negative curvature (k, k)."""
    k = u.shape[1]
    eta = u @ b
    top = eta.max()
    r = np.exp(eta - top)
    likelihood, slope, curvature = 0.0, np.zeros(k), np.zeros((k, k))
    for _at, ends, held in _sets(t, d, start):
        n = len(ends)
        s0, s1 = r[held].sum(), r[held] @ u[held]
        s2 = (u[held] * r[held][:, None]).T @ u[held]
        e0, e1 = r[ends].sum(), r[ends] @ u[ends]
        e2 = (u[ends] * r[ends][:, None]).T @ u[ends]
        likelihood += float((eta[ends] - top).sum())
        slope += u[ends].sum(axis=0)
        for j in range(n):
            a0, a1, a2 = s0 - j / n * e0, s1 - j / n * e1, s2 - j / n * e2
            likelihood -= float(np.log(a0))
            slope -= a1 / a0
            curvature += a2 / a0 - np.outer(a1, a1) / a0**2
    return likelihood, slope, curvature


def _sets(t: np.ndarray, d: np.ndarray, start: np.ndarray) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """For each length at which ends were seen: the length, the rows that end, the rows under watch."""
    order = np.argsort(t, kind="stable")
    result = []
    for at in np.unique(t[d]):
        first = np.searchsorted(t[order], at, side="left")
        held = order[first:]
        held = held[start[held] < at]
        result.append((float(at), np.flatnonzero(d & (t == at)), held))
    return result


def _sandwich(
    t: np.ndarray, d: np.ndarray, start: np.ndarray, u: np.ndarray, b: np.ndarray, owner: np.ndarray, bread: np.ndarray
) -> np.ndarray:
    """Covariance from score residuals added up by owner.

    # Note [Ties in the score residuals]
    Of n that end together, Efron's j-th term takes j / n of them out of those under watch, mean a1 / a0 of its own. One
    who ends counts 1 / n in each term and leaves in part; all others stay whole. With the weights of Breslow's ties,
    firms that close in whole years would have errors too small.
    """
    r = np.exp(u @ b - (u @ b).max())
    score = np.zeros_like(u)
    for _at, ends, held in _sets(t, d, start):
        part = np.arange(len(ends))[:, None] / len(ends)
        a0 = r[held].sum() - part * r[ends].sum()
        mean = (r[held] @ u[held] - part * (r[ends] @ u[ends])) / a0
        score[ends] += u[ends] - mean.mean(axis=0)
        score[held] -= r[held, None] * (u[held] * (1 / a0).sum() - (mean / a0).sum(axis=0))
        score[ends] += r[ends, None] * (u[ends] * (part / a0).sum() - (part * mean / a0).sum(axis=0))
    total = np.zeros((owner.max() + 1, u.shape[1]))
    np.add.at(total, owner, score)
    return np.asarray(bread @ (total.T @ total) @ bread)
