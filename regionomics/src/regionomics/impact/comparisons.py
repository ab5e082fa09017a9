"""The comparisons of each cohort in each period with controls alike, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.impact.balance import weighted_balance
from regionomics.impact.cells import Effects, Refused, effects
from regionomics.impact.panel import Panel


@dataclass(frozen=True)
class Cells:
    """What was estimated: cohort, time, att, treated, controls (K,); influence (n, K); dropped and balance rows."""

    cohort: np.ndarray
    time: np.ndarray
    att: np.ndarray
    treated: np.ndarray
    controls: np.ndarray
    influence: np.ndarray
    dropped: list[tuple[int, int, str]]
    balance: dict[str, np.ndarray | pa.Array]


def plan_of(data: Panel, anticipation: int, base: str) -> list[tuple[int, int, int]]:
    """(cohort, position of the period, position of its base)."""
    plan = []
    for g in np.unique(data.cohorts[data.cohorts > 0]):
        last = int(np.flatnonzero(data.times + anticipation < g)[-1])
        for t in range(len(data.times)):
            if base == "universal" or t > last:
                plan.append((int(g), t, last))
            elif t > 0:
                plan.append((int(g), t, t - 1))
    return plan


def compare(
    data: Panel,
    plan: list[tuple[int, int, int]],
    control: str,
    method: str,
    anticipation: int,
    minimum: int,
    trim: float,
) -> Cells:
    n = len(data.cohorts)
    influence = np.zeros((n, len(plan)), order="F")
    att = np.full(len(plan), np.nan)
    counts = np.zeros((2, len(plan)), dtype=np.int64)
    reasons: list[str | None] = [None] * len(plan)
    never = data.cohorts == 0
    known = np.isfinite(data.outcomes)
    changing = any(not c.constant for c in data.covariates)
    designs: dict[int, tuple[np.ndarray, list[str], np.ndarray]] = {}
    jobs: dict[tuple[int, int, bytes], tuple[np.ndarray, list[int]]] = {}
    for k, (g, t, b) in enumerate(plan):
        if t == b:
            att[k] = 0.0
            continue
        period = min(t, b) if changing else 0
        if period not in designs:
            x, names = data.design(period)
            designs[period] = x, names, np.isfinite(x).all(axis=1)
        late = data.times[max(t, b)] + anticipation
        others = never if control == "never" else never | ((data.cohorts > late) & (data.cohorts != g))
        rows = (others | (data.cohorts == g)) & known[:, t] & known[:, b] & designs[period][2]
        rows = _like_somebody(data, rows, data.cohorts == g, period)
        jobs.setdefault((g, period, np.packbits(rows).tobytes()), (rows, []))[1].append(k)
    balances = []
    seen: set[int] = set()
    for (g, period, _), (mask, ks) in jobs.items():
        rows = np.flatnonzero(mask)
        treated = data.cohorts[rows] == g
        counts[0, ks], counts[1, ks] = treated.sum(), (~treated).sum()
        why = _too_few(treated, minimum, control)
        if why is None:
            x, names = _own_words(data, designs[period][0][rows], designs[period][1], period, rows)
            now, before = [plan[k][1] for k in ks], [plan[k][2] for k in ks]
            own = data.outcomes[rows]
            try:
                found = effects(
                    own[:, now] - own[:, before],
                    treated,
                    x,
                    data.weights[rows],
                    method=method,
                    names=names,
                    trim=trim,
                )
            except Refused as refusal:
                why = str(refusal)
            else:
                att[ks] = found.att
                for j, k in enumerate(ks):
                    influence[rows, k] = found.influence[:, j] * (n / len(rows))
                if g not in seen and any(plan[k][1] > plan[k][2] and data.times[plan[k][1]] >= g for k in ks):
                    seen.add(g)
                    balances.append((g, _balance(found, treated, x, names, data.weights[rows])))
        if why is not None:
            for k in ks:
                reasons[k] = why
    done = np.array([r is None for r in reasons])
    g_all, t_all = np.array([p[0] for p in plan]), data.times[[p[1] for p in plan]]
    answered = {int(plan[k][0]) for k in np.flatnonzero(done) if plan[k][1] != plan[k][2]}
    done &= np.isin(g_all, list(answered))
    return Cells(
        g_all[done],
        t_all[done],
        att[done],
        counts[0, done],
        counts[1, done],
        influence[:, done] if not done.all() else influence,
        [(int(g_all[k]), int(t_all[k]), str(r)) for k, r in enumerate(reasons) if r is not None],
        _stack(balances),
    )


def _like_somebody(data: Panel, rows: np.ndarray, mine: np.ndarray, period: int) -> np.ndarray:
    """`rows` (n,) without controls of a word, such as a sector, that no treated has: they are like nobody."""
    for c in data.covariates:
        if c.levels is not None:
            values = c.at(period)
            rows = rows & np.isin(values, values[rows & mine])
    return rows


def _own_words(
    data: Panel, x: np.ndarray, names: list[str], period: int, rows: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """The design (m, p) without columns of words that none of these rows has; the first word had is the base."""
    left_out: set[str] = set()
    for c in data.covariates:
        if c.levels is not None:
            had = np.unique(c.at(period)[rows]).astype(int)
            left_out |= {f"{c.name}={word}" for k, word in enumerate(c.levels) if k not in had[1:]}
    kept = [k for k, name in enumerate(names) if name not in left_out]
    return (x, names) if len(kept) == len(names) else (x[:, kept], [names[k] for k in kept])


def _too_few(treated: np.ndarray, minimum: int, control: str) -> str | None:
    for what, count in (("treated", int(treated.sum())), ("controls", int((~treated).sum()))):
        if count < minimum:
            hint = (
                '; control="not-yet" admits those who join later' if what == "controls" and control == "never" else ""
            )
            return f"{count} {what} with an outcome in both periods, {minimum} are needed{hint}"
    return None


def _balance(
    found: Effects, treated: np.ndarray, x: np.ndarray, names: list[str], weights: np.ndarray
) -> dict[str, np.ndarray | pa.Array]:
    if len(names) == 1:
        return {}
    return weighted_balance(x[:, 1:], names[1:], treated, weights, found.weights)


def _stack(balances: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    rows = [pa.table({"cohort": np.full(len(b["covariate"]), g), **b}) for g, b in balances if b]
    if rows:
        whole = pa.concat_tables(rows)
        return {name: whole[name].combine_chunks() for name in whole.column_names}
    empty = weighted_balance(np.zeros((2, 0)), [], np.array([True, False]), np.ones(2), None)
    return {"cohort": pa.array([], pa.int64()), **empty}
