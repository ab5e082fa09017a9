"""Does relatedness density foresee which activities places take up? A test on past periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InputWarning, warn
from regionomics.relatedness._presence import By, Presence
from regionomics.relatedness.entry import (
    RELATED_TO_NOTHING,
    Period,
    at_risk,
    gaps,
    gaps_at_start,
    location_quotients,
    read_periods,
    start_density,
    steps,
    tell_alone_in,
    unrelated_at_start,
)
from regionomics.relatedness.measures import Method, Relatedness, checked
from regionomics.tables import Family, Shown, by_groups
from regionomics.unknown import ADD_ROWS, NO_ROW, Gap, tell_gaps

_DECILES = 10
_LAST = "these pairs rank last"
AtRisk = tuple[np.ndarray, np.ndarray, np.ndarray]  # positions of places, of activities, whether they entered


@dataclass(frozen=True, repr=False)
class Backtest(Shown):
    """How well scores at the start of a period foresaw entries until its end.

    scores: `<time>_from`, `<time>`, score, auc, average_precision, top_decile_rate, entry_rate, n, entries. score is
        "density", "popularity" (ubiquity of the activity), "presence" (the location quotient that the place has
        already, below the threshold) or "random". auc is the probability that a pair that entered scored higher than
        one that did not (ties count half); it and the average precision are null where nothing entered or everything
        did (or nothing could). Pairs without a score (activity related to nothing) rank last.
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
        periods = read_periods(arrow, columns, time, presence, threshold, family)
        tell_alone_in(periods, time, place)
        unknown = _Unknown(columns, time)
        for before, after in steps(periods, step):
            head = {f"{time}_from": before.label, time: after.label}
            pairs = at_risk(before, after, "entry")
            named = _scores(before, pairs, phi, method)
            unknown.note(before, after, pairs, named)
            for name, score in named.items():
                scores.append({**head, "score": name, **_summary(_tied(score), pairs[2])})
                if name != "random":
                    calibration += [{**head, "score": name, **row} for row in _deciles(_tied(score), pairs[2])]
        unknown.tell()
        return {"scores": _stack(scores), "calibration": _stack(calibration)}

    result = by_groups(table, by, (*columns, time), calculate)
    return Backtest(result["scores"], result["calibration"])


class _Unknown:
    """What the scores leave unknown, over all steps."""

    def __init__(self, columns: tuple[str, str, str], time: str) -> None:
        self.columns, self.time = columns, time
        self.unseen: list[Gap] = []
        self.empty: list[Gap] = []
        self.unrelated: list[Gap] = []
        self.one_sided: list[str] = []  # steps

    def note(self, before: Period, after: Period, at: AtRisk, named: Mapping[str, np.ndarray]) -> None:
        row, col, entered = at
        self.unseen += gaps(before, after, self.columns)
        self.empty += gaps_at_start(before, after, self.columns, row, col, np.isnan(named["presence"]))
        self.unrelated += unrelated_at_start(before, after, self.columns[1], col, np.isnan(named["density"]))
        if not 0 < entered.sum() < len(entered):
            self.one_sided.append(f"{self.time} {before.label} to {after.label}")

    def tell(self) -> None:
        tell_gaps("pairs left out", self.time, self.unseen, NO_ROW, ADD_ROWS)
        nothing = f"no {self.columns[2]} above 0 at the start"
        tell_gaps("score of presence unknown", self.time, self.empty, nothing, _LAST)
        tell_gaps("score of density unknown", self.time, self.unrelated, RELATED_TO_NOTHING, _LAST)
        if self.one_sided:
            more = f" and {len(self.one_sided) - 1} more" if len(self.one_sided) > 1 else ""
            warn(
                f"auc and average_precision null for {self.one_sided[0]}{more}: of the pairs that a place could take "
                "up none entered, or all did; use a longer step",
                InputWarning,
            )


def _scores(before: Period, at: AtRisk, phi: Relatedness | None, method: Method | None) -> dict[str, np.ndarray]:
    """name -> score of each pair at risk; NaN where unknown."""
    row, col, _ = at
    m = before.m
    popular = np.bincount(m.indices, minlength=m.shape[1]).astype(float)
    return {
        "density": 100 * start_density(before, phi, method)[row, col],
        "popularity": popular[col],
        "presence": location_quotients(before.data.values)[row, col],
        "random": np.zeros(len(row)),
    }


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
    ranked = score[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(score) - 1)  # -inf - -inf would be unknown
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
