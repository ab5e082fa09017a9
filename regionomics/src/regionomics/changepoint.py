"""Change points: from which period on things happen more or less often than before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import xlogy

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.tables import Columns, Family, by_groups, encode, numbers


def rate_change(
    table: Any,
    *,
    period: str = "period",
    events: str = "events",
    exposure: str | None = None,
    by: str | Sequence[str] | None = None,
    shortest: int = 2,
    draws: int = 999,
    seed: int = 0,
) -> Any:
    """Find the period from which events come at another rate, and say how often chance alone would show such a break.

    For each cut k: G(k) = 2 [l(before) + l(after) - l(all)] with the Poisson log likelihood l = x log(x / e); the cut
    with the largest G. p = (1 + draws with max G at least as large) / (1 + draws), events dealt to the periods by
    exposure with the total kept.

    Args:
        table: one row a period, in the order of its values; events: whole numbers >= 0; exposure: > 0 (members at
            risk, length of the period), default 1.
        by: keys of separate series. shortest: fewest periods on either side of a cut.
    Returns:
        one row a series: from_period (first period of the new rate), rate_before, rate_after, rate_all (events a unit
        of exposure), statistic, p, periods, events. With no event at all: from_period null and p 1.
    Raises:
        InvalidTable: a repeated period, events that are no counts, exposure not above 0.
        NoSupport: fewer than 2 x shortest periods. InvalidParameter: shortest or draws below 1.
    Source: likelihood-ratio scan of Worsley (1986), doi:10.1093/biomet/73.1.91; p by Monte Carlo (Besag and Diggle
        1977).
    """
    if shortest < 1 or draws < 1:
        raise InvalidParameter(f"shortest={shortest}, draws={draws}; both must be at least 1")
    asked = [c for c in (period, events, exposure) if c]

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Columns]:
        order = encode(arrow[period], period)
        if len(order.labels) < arrow.num_rows:
            raise InvalidTable(f"a {period} appears twice; add its events up first, or name the series in by=")
        x = np.empty(arrow.num_rows)
        e = np.ones(arrow.num_rows)
        x[order.codes] = numbers(arrow[events], events)
        if exposure:
            e[order.codes] = numbers(arrow[exposure], exposure)
        if (x != np.floor(x)).any():
            raise InvalidTable(f"{events} is {x[x != np.floor(x)][0]:g}; it must be a whole number of events")
        if (e <= 0).any():
            raise InvalidTable(f"{exposure} is {e[e <= 0][0]:g}; it must be above 0, drop periods without anybody")
        if len(x) < 2 * shortest:
            raise NoSupport(f"{len(x)} periods; a break with {shortest} on either side needs {2 * shortest}")
        cut, statistic = _scan(x[None, :], e, shortest)
        at, total = int(cut[0]), x.sum()
        random = np.random.default_rng(seed)
        drawn = random.multinomial(int(total), e / e.sum(), size=draws).astype(float)
        _, chance = _scan(drawn, e, shortest)
        p = (1 + int((chance >= statistic[0] - 1e-9).sum())) / (1 + draws)
        label = order.labels.take(pa.array([at])) if total else pa.nulls(1, order.labels.type)
        return {
            "change": {
                "from_period": label,
                "rate_before": np.array([x[:at].sum() / e[:at].sum()]),
                "rate_after": np.array([x[at:].sum() / e[at:].sum()]),
                "rate_all": np.array([total / e.sum()]),
                "statistic": statistic,
                "p": np.array([p]),
                "periods": np.array([len(x)]),
                "events": np.array([int(total)]),
            }
        }

    return by_groups(table, by, asked, calculate)["change"]


def _scan(x: np.ndarray, e: np.ndarray, shortest: int) -> tuple[np.ndarray, np.ndarray]:
    """First period after the best cut and its statistic, each of shape (series,). x: (series, periods)."""
    before, held = np.cumsum(x, axis=1)[:, :-1], np.cumsum(e)[:-1]
    total, whole = x.sum(axis=1, keepdims=True), e.sum()
    after, rest = total - before, whole - held
    gain = xlogy(before, before / held) + xlogy(after, after / rest) - xlogy(total, total / whole)
    allowed = gain[:, shortest - 1 : len(e) - shortest]
    best = allowed.argmax(axis=1)
    return best + shortest, np.maximum(2 * allowed[np.arange(len(x)), best], 0.0)
