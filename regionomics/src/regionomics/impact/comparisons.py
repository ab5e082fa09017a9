"""The comparisons of each cohort in each period with controls alike, one by one."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.impact.balance import weighted_balance
from regionomics.impact.cells import Effects, Refused, effects, side_by_side
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


@dataclass(frozen=True)
class _Job:
    """Comparisons (positions in the plan) that share cohort, units (n,) and the period of the covariates."""

    cohort: int
    period: int
    rows: np.ndarray
    places: list[int]


@dataclass(frozen=True)
class _Answer:
    """treated, controls: how many. found: effects of the job's comparisons, or `why` there are none."""

    rows: np.ndarray
    treated: int
    controls: int
    found: Effects | None
    why: str | None
    balance: dict[str, Any] | None


def compare(
    data: Panel,
    plan: list[tuple[int, int, int]],
    control: str,
    method: str,
    anticipation: int,
    minimum: int,
    trim: float,
    balanced: bool = True,
) -> Cells:
    """Every comparison of the plan. balanced: whether the balance of each cohort is asked for."""
    n = len(data.cohorts)
    influence = np.zeros((n, len(plan)), order="F")
    att = np.array([0.0 if t == b else np.nan for _g, t, b in plan])
    counts = np.zeros((2, len(plan)), dtype=np.int64)
    reasons: list[str | None] = [None] * len(plan)
    designs = _Designs(data)
    outcomes = np.ascontiguousarray(data.outcomes.T)
    jobs = _jobs(data, plan, designs, control, anticipation)

    def answer(job: _Job) -> _Answer:
        changes = [(plan[k][1], plan[k][2]) for k in job.places]
        after = any(t > b and data.times[t] >= job.cohort for t, b in changes)
        return _answer(data, designs, outcomes, job, changes, method, control, minimum, trim, balanced and after)

    balances: dict[int, dict[str, Any]] = {}
    for job, found in zip(jobs, _each(answer, jobs, n), strict=True):
        counts[0, job.places], counts[1, job.places] = found.treated, found.controls
        for j, k in enumerate(job.places):
            reasons[k] = found.why
            if found.found is not None:
                att[k] = found.found.att[j]
                influence[found.rows, k] = found.found.influence[:, j] * (n / len(found.rows))
        if found.balance is not None:
            balances.setdefault(job.cohort, found.balance)  # of the first comparison that has an answer
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
        _stack(list(balances.items())),
    )


_MANY = 20_000
"""Units from which comparisons are worth a thread each: numpy works on several at once."""


def _each(work: Callable[[_Job], _Answer], jobs: list[_Job], units: int) -> list[_Answer]:
    """The answers in the order of the jobs."""
    threads = min(len(jobs), os.cpu_count() or 1, 4)
    if units < _MANY or threads < 2:
        return [work(job) for job in jobs]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, jobs))


class _Designs:
    """Covariates by period: design (n, p), names, who has all of them (n,), and codes of words (-1 unknown)."""

    def __init__(self, data: Panel) -> None:
        self._data = data
        self.changing = any(not c.constant for c in data.covariates)
        self._designs: dict[int, tuple[np.ndarray, list[str], np.ndarray]] = {}
        self._codes: dict[int, list[tuple[str, tuple[str, ...], np.ndarray]]] = {}

    def at(self, period: int) -> tuple[np.ndarray, list[str], np.ndarray]:
        if period not in self._designs:
            x, names = self._data.design(period)
            self._designs[period] = x, names, np.isfinite(x).all(axis=1)
        return self._designs[period]

    def words(self, period: int) -> list[tuple[str, tuple[str, ...], np.ndarray]]:
        if period not in self._codes:
            self._codes[period] = [
                (c.name, c.levels, np.nan_to_num(c.at(period), nan=-1).astype(np.int32))
                for c in self._data.covariates
                if c.levels is not None
            ]
        return self._codes[period]


def _jobs(
    data: Panel, plan: list[tuple[int, int, int]], designs: _Designs, control: str, anticipation: int
) -> list[_Job]:
    never = data.cohorts == 0
    known = np.ascontiguousarray(np.isfinite(data.outcomes).T)
    # Periods in which the same units are known: most comparisons of a cohort are of the same units
    alike = [row.tobytes() for row in np.packbits(known, axis=1)]
    seen: dict[tuple[int, int, int, bytes, bytes], np.ndarray] = {}
    found: dict[tuple[int, int, bytes], _Job] = {}
    for k, (g, t, b) in enumerate(plan):
        if t == b:
            continue
        period = min(t, b) if designs.changing else 0
        late = int(data.times[max(t, b)] + anticipation) if control == "not-yet" else 0
        key = (g, period, late, alike[t], alike[b])
        if key not in seen:
            mine = data.cohorts == g
            others = never if control == "never" else never | ((data.cohorts > late) & ~mine)
            seen[key] = _comparable((others | mine) & known[t] & known[b], mine, designs, period)
        rows = seen[key]
        found.setdefault((g, period, np.packbits(rows).tobytes()), _Job(g, period, rows, [])).places.append(k)
    return list(found.values())


def _comparable(rows: np.ndarray, mine: np.ndarray, designs: _Designs, period: int) -> np.ndarray:
    """Of the rows (n,) those with all covariates, and without controls of a word, such as a sector, that no treated
    has: they are like nobody."""
    rows = rows & designs.at(period)[2]
    for _name, levels, codes in designs.words(period):
        had = np.zeros(len(levels) + 1, dtype=bool)
        had[codes[rows & mine]] = True
        rows = rows & had[codes]
    return rows


def _answer(
    data: Panel,
    designs: _Designs,
    outcomes: np.ndarray,
    job: _Job,
    changes: list[tuple[int, int]],
    method: str,
    control: str,
    minimum: int,
    trim: float,
    balanced: bool,
) -> _Answer:
    """changes: positions of period and base of each comparison. outcomes: (T, n)."""
    rows = np.flatnonzero(job.rows)
    treated = data.cohorts[rows] == job.cohort
    count = int(treated.sum())
    why = _too_few(count, len(rows) - count, minimum, control)
    if why is not None:
        return _Answer(rows, count, len(rows) - count, None, why, None)
    x, names = _own_words(designs, job.period, rows)
    change = side_by_side(*((outcomes[t] - outcomes[b]).take(rows) for t, b in changes))
    try:
        found = effects(change, treated, x, data.weights[rows], method=method, names=names, trim=trim)
    except Refused as refusal:
        return _Answer(rows, count, len(rows) - count, None, str(refusal), None)
    balance = _balance(found, treated, x, names, data.weights[rows]) if balanced else None
    return _Answer(rows, count, len(rows) - count, found, None, balance)


def _own_words(designs: _Designs, period: int, rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The design of the rows (m, p) without columns of words that none of them has; the first word had is the base."""
    x, names, _known = designs.at(period)
    left_out: set[str] = set()
    for name, levels, codes in designs.words(period):
        had = np.flatnonzero(np.bincount(codes[rows], minlength=len(levels)))
        left_out |= {f"{name}={word}" for k, word in enumerate(levels) if k not in had[1:]}
    kept = [k for k, name in enumerate(names) if name not in left_out]
    if len(kept) < len(names):
        x, names = x[:, kept], [names[k] for k in kept]
    return x.T.take(rows, axis=1).T, names


def _too_few(treated: int, controls: int, minimum: int, control: str) -> str | None:
    for what, count in (("treated", treated), ("controls", controls)):
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
