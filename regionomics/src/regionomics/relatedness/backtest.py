"""Does relatedness density foresee which activities places take up? A test on past periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.relatedness._presence import By, Presence
from regionomics.relatedness.entry import Period, at_risk, location_quotients, read_periods, start_density, steps
from regionomics.relatedness.measures import Method, Relatedness, checked
from regionomics.tables import Family, Shown, by_groups

_DECILES = 10


@dataclass(frozen=True, repr=False)
class Backtest(Shown):
    """How well scores at the start of a period foresaw entries until its end.

    scores: `<time>_from`, `<time>`, score, auc, average_precision, top_decile_rate, entry_rate, n, entries. score is
        "density", "popularity" (ubiquity of the activity), "presence" (the location quotient that the place has
        already, below the threshold) or "random". auc is the probability that a pair that entered scored higher than
        one that did not (ties count half); it and the average precision are null where nothing entered or everything
        did. Pairs without a score (activity related to nothing) rank last.
    calibration: `<time>_from`, `<time>`, score, decile (1 lowest .. 10), n, mean_score, entries, entry_rate. Pairs with
        equal scores share a decile, so that deciles may be missing. Not for "random", whose rate is the entry rate.
    """

    scores: Any
    calibration: Any


def backtest_density(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    time: str = "year",
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    step: int = 1,
    method: Method | None = None,
) -> Backtest:
    """Test relatedness density as a forecast of entries, against chance, popularity and what is there already.

    For each two periods, the pairs absent at the start are ranked by their density at the start (relatedness and
    density know nothing of the end), and compared with the entries until the end.

    Args: as `entry_panel`.
    Returns:
        Backtest, with .scores and .calibration.
    Raises: as `entries_exits`.
    Source: Hidalgo et al. (2007), doi:10.1126/science.1144581 (entries by density); Hanley and McNeil (1982),
        doi:10.1148/radiology.143.1.7063747 (AUC).
    """
    phi = checked(relatedness)
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        scores: list[dict[str, Any]] = []
        calibration: list[dict[str, Any]] = []
        for before, after in steps(read_periods(arrow, columns, time, presence, threshold, family), step):
            head = {f"{time}_from": before.label, time: after.label}
            for name, score, entered in _scored(before, after, phi, method):
                scores.append({**head, "score": name, **_summary(score, entered)})
                if name != "random":
                    calibration += [{**head, "score": name, **row} for row in _deciles(score, entered)]
        return {"scores": _stack(scores), "calibration": _stack(calibration)}

    result = by_groups(table, by, (*columns, time), calculate)
    return Backtest(result["scores"], result["calibration"])


def _scored(
    before: Period, after: Period, phi: Relatedness | None, method: Method | None
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    row, col, entered = at_risk(before, after, "entry")
    m = before.m
    popular = np.bincount(m.indices, minlength=m.shape[1]).astype(float)
    named = {
        "density": 100 * start_density(before, phi, method)[row, col],
        "popularity": popular[col],
        "presence": location_quotients(before.data.values)[row, col],
        "random": np.zeros(len(row)),
    }
    return [(name, _tied(score), entered) for name, score in named.items()]


def _tied(score: np.ndarray) -> np.ndarray:
    """Scores that differ only by rounding made equal, so that the unit of the values does not break ties."""
    known = np.isfinite(score) & (score != 0)
    size = np.ones(len(score))
    size[known] = 10.0 ** (np.floor(np.log10(np.abs(score[known]))) - 11)
    return np.asarray(np.round(score / size) * size)


def _summary(score: np.ndarray, entered: np.ndarray) -> dict[str, Any]:
    n, hits = len(score), int(entered.sum())
    ordered = np.where(np.isnan(score), -np.inf, score)
    rate = hits / n if n else np.nan
    auc = precision = np.nan
    if 0 < hits < n:
        ranks = _mean_ranks(ordered)
        auc = (ranks[entered].sum() - hits * (hits + 1) / 2) / (hits * (n - hits))
        precision = _average_precision(ordered, entered)
    top = rate
    if n:
        bar = np.sort(ordered)[-max(1, -(-n // _DECILES))]
        top = float(entered[ordered >= bar].mean())
    return {
        "auc": auc,
        "average_precision": precision,
        "top_decile_rate": top,
        "entry_rate": rate,
        "n": n,
        "entries": hits,
    }


def _mean_ranks(score: np.ndarray) -> np.ndarray:
    """1 for the lowest; equal scores share the mean of their ranks."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place])


def _average_precision(score: np.ndarray, entered: np.ndarray) -> float:
    """Mean precision over the recalls, equal scores taken together."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(entered[order])
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    precision = hits[last] / (last + 1)
    gained = np.diff(np.concatenate(([0], hits[last])))
    return float((precision * gained).sum() / hits[-1])


def _deciles(score: np.ndarray, entered: np.ndarray) -> list[dict[str, Any]]:
    known = ~np.isnan(score)
    score, entered = score[known], entered[known]
    if not len(score):
        return []
    decile = np.ceil(_mean_ranks(score) * _DECILES / len(score)).astype(int)
    rows = []
    for d in np.unique(decile):
        here = decile == d
        rows.append(
            {
                "decile": int(d),
                "n": int(here.sum()),
                "mean_score": float(score[here].mean()),
                "entries": int(entered[here].sum()),
                "entry_rate": float(entered[here].mean()),
            }
        )
    return rows


def _stack(rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        if isinstance(values[0], pa.Scalar):
            columns[name] = pa.array([v.as_py() for v in values], values[0].type)
        elif isinstance(values[0], str):
            columns[name] = pa.array(values)
        else:
            columns[name] = np.asarray(values)
    return columns
