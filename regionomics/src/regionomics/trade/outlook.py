"""The growth that goes with a place's complexity, at its income: a regression over the past, read for today."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import stats

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, warn
from regionomics.panels import stacked
from regionomics.relatedness._presence import By, one_of
from regionomics.tables import Shown, encode, read_columns

IncomeScale = Literal["z", "log"]


@dataclass(frozen=True, repr=False)
class GrowthOutlook(Shown):
    """Growth by complexity and income.

    places: place, time, eci, income, expected_growth (log points a unit of time), low, high; with a target eci_needed.
    coefficients: term, estimate, std_error (clustered by place; null with one place). Terms: eci, income, eci x income,
        the factors, and one for each starting period.
    fit: one row: horizon, observations, places, periods, r2, deviation (of the residuals), effect_of (the starting
        period whose effect the outlook takes).
    """

    places: Any
    coefficients: Any
    fit: Any


@dataclass(frozen=True)
class _Panel:
    """One row a (place, time): codes of the place, times, columns (n_rows,) with NaN where unknown."""

    place: np.ndarray
    labels: pa.Array
    time: np.ndarray
    eci: np.ndarray
    income: np.ndarray
    factors: np.ndarray  # (n_rows, n_factors)


def growth_outlook(
    panel: Any,
    *,
    place: str = "place",
    time: str = "year",
    income: str = "income",
    eci: str = "eci",
    factors: Sequence[str] = (),
    horizon: int = 10,
    at: int | None = None,
    target: float | None = None,
    income_scale: IncomeScale = "z",
    level: float = 0.95,
    by: By = None,
) -> GrowthOutlook:
    """Say how fast places of this complexity grew at this income, and what that foretells for each place.

    g[p, t] = a1 ECI[p, t] + a2 z[p, t] + a3 ECI[p, t] z[p, t] + sum_k b[k] f[k, p, t] + c[t] + error

    With y the income a head and h the horizon, g = (ln y[p, t + h] - ln y[p, t]) / h, z = ln y, standardised within the
    period, and c an effect for each starting period: least squares over each pair of periods that lie h apart. Places
    more complex than their income lets expect grow faster. It describes; it is no cause.

    Args:
        panel: one row per (place, time): income a head > 0 (real), ECI, factors; nulls are left out.
        time: whole numbers, such as years. factors: further columns, known at the start (exports of natural resources
            over income, as the Atlas has them).
        horizon: how many units of time growth is measured over.
        at: the time whose places get an outlook, the last one by default. They get the effect of the last starting
            period.
        target: growth wanted a unit of time, as log points (0.035): the answer then says which ECI goes with it.
        income_scale: "z", standardised (sample deviation) over the places of the period, or "log".
        level: of the interval for the growth of one place, from the residuals as if they were independent: periods that
            overlap make it too short.
        by: further keys (country, scenario): a model of its own for each group, keys first in every table.
    Returns:
        GrowthOutlook with .places, .coefficients and .fit. expected_growth is null where ECI, income or a factor is
        unknown; eci_needed where income or a factor is, or where more complexity does not go with more growth
        (a1 + a3 z <= 0).
    Raises:
        InvalidTable: a place twice at one time, income <= 0, times that are not whole numbers.
        InvalidParameter: horizon < 1, level outside 0..1, a time `at` that the panel has not.
        NoSupport: no two periods lie `horizon` apart; fewer observations than terms, or terms that follow from others.
    Warns: RegionomicsWarning where a starting period is left out, as fewer than two places with different incomes are
        known at both ends.
    Source: Stojkoski and Hidalgo (2026), Optimizing economic complexity, Research Policy 55, 105454, equation 3;
        Hausmann et al. (2014), The Atlas of Economic Complexity, chapter 3 (with log income and natural resources).
    """
    if horizon < 1 or not 0 < level < 1:
        raise InvalidParameter(f"horizon={horizon!r}, level={level!r}; horizon must be >= 1 and level between 0 and 1")
    one_of("income_scale", income_scale, IncomeScale)
    names = [factors] if isinstance(factors, str) else list(factors)
    if by is not None:
        return GrowthOutlook(
            **stacked(
                by,
                [("panel", panel, (place, time, income, eci, *names))],
                lambda group: growth_outlook(
                    group,
                    place=place,
                    time=time,
                    income=income,
                    eci=eci,
                    factors=names,
                    horizon=horizon,
                    at=at,
                    target=target,
                    income_scale=income_scale,
                    level=level,
                ),
                ("places", "coefficients", "fit"),
            )
        )
    arrow, family = read_columns(panel, (place, time, income, eci, *names))
    data = _read(arrow, place, time, income, eci, names)
    when = int(data.time.max()) if at is None else at
    if not (data.time == when).any():
        raise InvalidParameter(f"at={at!r} is no {time} of the panel; take one of {sorted(set(data.time.tolist()))}")
    z = _scaled(data, income_scale)
    start, growth = _starts(data, z, horizon, time)
    periods = np.unique(data.time[start])
    design = np.column_stack([_terms(data, z)[start], data.time[start, None] == periods])
    model = _least_squares(design, growth, data.place[start])
    rows = np.flatnonzero(data.time == when)
    rows = rows[np.argsort(data.place[rows])]
    last = np.zeros((len(rows), len(periods)))
    last[:, -1] = 1
    terms = np.column_stack([_terms(data, z)[rows], last])
    expected = terms @ model.estimate
    spread = model.deviation * np.sqrt(1 + np.einsum("ij,jk,ik->i", terms, model.inverse, terms))
    reach = spread * float(stats.t.ppf((1 + level) / 2, len(growth) - design.shape[1]))
    out: dict[str, Any] = {
        place: data.labels.take(pa.array(data.place[rows])),
        time: data.time[rows],
        eci: data.eci[rows],
        income: data.income[rows],
        "expected_growth": expected,
        "low": expected - reach,
        "high": expected + reach,
    }
    if target is not None:
        slope = model.estimate[0] + model.estimate[2] * z[rows]
        rest = terms[:, [1, *range(3, terms.shape[1])]] @ model.estimate[[1, *range(3, terms.shape[1])]]
        out["eci_needed"] = np.divide(target - rest, slope, out=np.full(len(rows), np.nan), where=slope > 0)
    words = ["eci", "income", "eci x income", *names, *(f"{time} {p}" for p in periods)]
    return GrowthOutlook(
        family.emit(out),
        family.emit({"term": pa.array(words), "estimate": model.estimate, "std_error": model.std_error}),
        family.emit(
            {
                "horizon": np.array([horizon]),
                "observations": np.array([len(growth)]),
                "places": np.array([len(np.unique(data.place[start]))]),
                "periods": np.array([len(periods)]),
                "r2": np.array([model.r2]),
                "deviation": np.array([model.deviation]),
                "effect_of": periods[-1:],
            }
        ),
    )


def _read(arrow: pa.Table, place: str, time: str, income: str, eci: str, factors: list[str]) -> _Panel:
    if arrow.num_rows == 0:
        raise InvalidTable("the panel has no rows; pass one a place and time")
    codes = encode(arrow[place], place)
    if not pa.types.is_integer(arrow[time].type) or arrow[time].null_count:
        raise InvalidTable(f"{time} holds {arrow[time].type}, or nulls; give whole numbers such as years")
    when = arrow[time].to_numpy().astype(np.int64)
    pairs, count = np.unique(np.column_stack([codes.codes, when]), axis=0, return_counts=True)
    if (count > 1).any():
        label, moment = pairs[int(np.argmax(count > 1))]
        raise InvalidTable(
            f"{codes.labels[int(label)]} appears {int(count.max())} times in {time} {moment}; give one row each"
        )
    columns = {name: _with_nulls(arrow[name], name) for name in (income, eci, *factors)}
    wrong = columns[income] <= 0
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InvalidTable(
            f"{income} is {columns[income][at]:g} for {codes.labels[int(codes.codes[at])]} in {time} {when[at]} "
            f"({int(wrong.sum())} in all); it must be > 0, null if it is not known"
        )
    extra = np.column_stack([columns[f] for f in factors]) if factors else np.zeros((len(when), 0))
    return _Panel(codes.codes, codes.labels, when, columns[eci], columns[income], extra)


def _with_nulls(column: pa.ChunkedArray, name: str) -> np.ndarray:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_null(column.type)):
        raise InvalidTable(f"{name} holds {column.type}, not numbers; convert it before the call")
    values = np.array(column.cast(pa.float64()).to_numpy(), dtype=float)
    if np.isinf(values).any():
        raise InvalidTable(f"{name} is infinite in {int(np.isinf(values).sum())} rows; null means not known")
    return values


def _scaled(data: _Panel, scale: str) -> np.ndarray:
    """Log income, or its z-score within each period over the places whose ECI is known too; NaN where undefined."""
    log: np.ndarray = np.log(data.income)
    if scale == "log":
        return log
    z = np.full(len(log), np.nan)
    for moment in np.unique(data.time):
        rows = data.time == moment
        known = rows & ~np.isnan(log + data.eci)
        if known.sum() > 1 and np.ptp(log[known]) > 0:
            z[rows] = (log[rows] - log[known].mean()) / log[known].std(ddof=1)
    return z


def _starts(data: _Panel, z: np.ndarray, horizon: int, time: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows that growth starts from, and their growth."""
    row_of = {key: i for i, key in enumerate(zip(data.place.tolist(), data.time.tolist(), strict=True))}
    later = np.array(
        [row_of.get((p, t + horizon), -1) for p, t in zip(data.place.tolist(), data.time.tolist(), strict=True)]
    )
    periods = np.unique(data.time[later >= 0])
    if not len(periods):
        raise NoSupport(
            f"no {time} of {sorted(set(data.time.tolist()))} lies {horizon} after another; choose another horizon"
        )
    growth = np.where(later >= 0, (np.log(data.income[later]) - np.log(data.income)) / horizon, np.nan)
    known = ~np.isnan(growth + _terms(data, z).sum(axis=1))
    kept = [t for t in periods if len(np.unique(data.income[known & (data.time == t)])) > 1]
    if len(kept) < len(periods):
        lost = sorted(set(periods.tolist()) - set(np.array(kept).tolist()))
        warn(
            f"{time} {', '.join(map(str, lost))} left out as a start: fewer than two places of different incomes are "
            "known at both ends"
        )
    rows = np.flatnonzero(known & np.isin(data.time, kept))
    return rows, growth[rows]


def _terms(data: _Panel, z: np.ndarray) -> np.ndarray:
    return np.column_stack([data.eci, z, data.eci * z, data.factors])


@dataclass(frozen=True)
class _Model:
    """estimate, std_error: (n_terms,). inverse: (X'X)^-1. deviation: of the residuals. r2: share of the variance."""

    estimate: np.ndarray
    std_error: np.ndarray
    inverse: np.ndarray
    deviation: float
    r2: float


def _least_squares(x: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> _Model:
    """Ordinary least squares; errors clustered by place with the usual small-sample factor (CR1)."""
    n, k = x.shape
    if n <= k:
        raise NoSupport(f"{n} observations for {k} terms; add periods or places, or drop factors")
    size = np.linalg.norm(x, axis=0)
    size = np.where(size > 0, size, 1.0)
    unit = x / size  # whether terms follow from one another must not depend on the unit of a factor
    if np.linalg.matrix_rank(unit) < k:
        raise NoSupport(f"the {k} terms follow from one another (a factor that is the same everywhere, say); drop one")
    inverse = np.linalg.inv(unit.T @ unit) / np.outer(size, size)
    estimate = np.linalg.lstsq(unit, y, rcond=None)[0] / size
    residual = y - x @ estimate
    _, group = np.unique(cluster, return_inverse=True)
    groups = int(group.max()) + 1
    scores = np.zeros((groups, k))
    np.add.at(scores, group, x * residual[:, None])
    error = np.full(k, np.nan)
    if groups > 1:
        factor = groups / (groups - 1) * (n - 1) / (n - k)
        error = np.sqrt(factor * np.diag(inverse @ (scores.T @ scores) @ inverse))
    total = float(((y - y.mean()) ** 2).sum())
    unexplained = float((residual**2).sum())
    r2 = 1 - unexplained / total if total > 0 else math.nan
    return _Model(estimate, error, inverse, math.sqrt(unexplained / (n - k)), r2)
