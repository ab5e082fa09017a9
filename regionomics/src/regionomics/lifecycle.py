"""Where a cluster stands in its life: emergence, growth, sustainment, decline or renewal, or that one cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import stdtr

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.panels import stacked
from regionomics.relatedness._presence import By
from regionomics.tables import Shown, encode, numbers, read_columns

STAGES = ("emergence", "growth", "sustainment", "decline", "renewal")
UNKNOWN = "cannot tell"
Columns = str | Sequence[str]
_RISING, _STEADY, _FALLING = 0, 1, 2
_RECENT, _EARLIER = 4, 3  # the least number of years of the trend of today, and of one before it
_ESTABLISHED = 0.5  # a cluster that had half of today's size before its last turn was there already
_YOUTH = 0.05  # and one that then grew by less than this a year was not in its youth
_PRICE = 5.0  # parameters that the place of a turn counts for
_EXACT = 1e-4  # residuals below this share of the level tell nothing about where a turn lies

# Note [Stages as two trends]: after Menzel and Fornahl a stage is a movement of size and of heterogeneity. Rows: size
# rising, steady, falling; columns: heterogeneity likewise. "new" is emergence where nothing was there before the
# last turn, and renewal where something was.
_RULES = (("new", "growth", "growth"), ("new", "sustainment", "sustainment"), ("renewal", "decline", "decline"))

# Note [Network and action]: they back a stage, they do not decide it: how likely each stage makes their rising, steady
# and falling, up to a factor. A rising network says little for or against the stages that build one up.
_BACKING: Mapping[str, tuple[float, float, float]] = {
    "emergence": (0.5, 0.3, 0.2),
    "growth": (0.5, 0.3, 0.2),
    "sustainment": (0.3, 0.4, 0.3),
    "decline": (0.15, 0.35, 0.5),
    "renewal": (0.45, 0.35, 0.2),
}


@dataclass(frozen=True, repr=False)
class LifeCycle(Shown):
    """The stage of each cluster, with what speaks for it.

    stages: cluster, stage (one of the five, or "cannot tell"), probability (of the likeliest stage), one column for
        each stage (their probabilities, which add up to 1), years (with size and heterogeneity), turn (the first year
        of today's trends, if they are likelier than not to have turned), failing (the dimension that most surely
        falls, null where none does with probability above one half; in growth never heterogeneity, which growth
        brings down), reason (why one cannot tell, else null). With too few years all probabilities are null.
    dimensions: cluster, dimension, years, trend (per year, as a share of its level), low, high (90% interval), rising,
        steady, falling (probabilities). Null with too few years of the dimension.
    """

    stages: Any
    dimensions: Any


def life_cycle(
    table: Any,
    *,
    cluster: str = "cluster",
    year: str = "year",
    size: Columns = "size",
    heterogeneity: Columns = "heterogeneity",
    network: Columns | None = None,
    action: Columns | None = None,
    steady: float = 0.02,
    steady_heterogeneity: float = 0.01,
    minimum_years: int = 5,
    certainty: float = 0.6,
    doubt: float = 0.1,
    by: By = None,
) -> LifeCycle:
    """Give each cluster a probability for every stage of its life, from the trends of its size and heterogeneity.

    Today's trend of a dimension is a straight line (of log size; of the others over their mean) through the years since
    the last turn. Where that turn lies, if anywhere, is not known: the answer is the mean over all places it may have,
    weighted by exp(-BIC / 2). The t distribution of the slope gives the probability of rising (above `steady` a year),
    steady and falling. Size and heterogeneity then say the stage, and network and collective action weigh it:

    - heterogeneity rising and size too: renewal if the cluster had at least half of its size before the last turn (with
      no turn, at the start) and grew by less than 5% a year then, else emergence; size steady: renewal if it had that
      half, however it had grown (nobody goes back from growth to emergence), else emergence; size falling: renewal
    - heterogeneity steady or falling: growth, sustainment or decline, as size rises, is steady or falls

    The rule is a reading of a paper, not a law: with probability `doubt` it does not hold, and then every stage is as
    likely as another before network and action weigh them. So no answer is certain, and one that both of them speak
    against is less so (0.81 where all else is sure and both fall under a renewal) than one that both bear out (0.94).

    Args:
        table: one row per (cluster, year).
        size: firms or persons, > 0. Here and below one column, or several, as ["firms", "persons"]: the dimension is
            then the mean of their trends, each on its own scale.
        heterogeneity: of activities or technologies, such as an entropy, >= 0.
        network, action: columns of the network (ties, ties outside, the share of members that have any) and of
            collective action (joint projects, services used), >= 0, each better when larger; optional. A null in any of
            these columns leaves out that year of the dimension.
        steady, steady_heterogeneity: a trend of size (also of network and action), and of heterogeneity, below this
            share a year either way counts as steady.
        minimum_years: fewer years with size and heterogeneity than this: cannot tell.
        certainty: a likeliest stage below this probability: cannot tell.
        doubt: probability that size and heterogeneity do not say the stage.
        by: further keys (country, or the definition of a cluster), by which rows of one cluster are told apart; they
            come first in both tables.
    Returns:
        LifeCycle, with .stages and .dimensions. Stages follow from the last years of the table, not from the calendar.
    Raises:
        InvalidTable: a year twice, negatives, a size of 0, years that are not whole numbers.
        InvalidParameter: thresholds out of range.
    Source: Menzel and Fornahl (2010), doi:10.1093/icc/dtp036, for the stages and their dimensions; they give no
        numbers: the rule and its thresholds are this library's own, tried on simulated histories.
    """
    _check(steady, steady_heterogeneity, minimum_years, certainty, doubt)
    given = {"size": size, "heterogeneity": heterogeneity, "network": network, "action": action}
    columns = {k: [v] if isinstance(v, str) else list(v) for k, v in given.items() if v is not None}
    empty = [k for k, v in columns.items() if not v]
    if empty:
        raise InvalidParameter(f"{empty[0]}=[] names no column; name one, or leave network and action out")
    used = (cluster, year, *(c for v in columns.values() for c in v))
    if by is not None:
        return LifeCycle(
            **stacked(
                by,
                [("table", table, list(dict.fromkeys(used)))],
                lambda group: life_cycle(
                    group,
                    cluster=cluster,
                    year=year,
                    **columns,
                    steady=steady,
                    steady_heterogeneity=steady_heterogeneity,
                    minimum_years=minimum_years,
                    certainty=certainty,
                    doubt=doubt,
                ),
                ("stages", "dimensions"),
            )
        )
    arrow, family = read_columns(table, used)
    owners = encode(arrow[cluster], cluster)
    when = _years(arrow, year)
    twice = np.flatnonzero(np.unique(owners.codes * 100_000 + when, return_counts=True)[1] > 1)
    if len(twice):
        key = int(np.unique(owners.codes * 100_000 + when)[twice[0]])
        raise InvalidTable(
            f"{owners.labels[key // 100_000]} has {year} {key % 100_000} more than once; keep one row a year"
        )
    series = {k: [_values(arrow, name, positive=k == "size") for name in names] for k, names in columns.items()}
    bands = dict.fromkeys(columns, steady) | {"heterogeneity": steady_heterogeneity}
    found = []
    for c in range(len(owners.labels)):
        rows = np.flatnonzero(owners.codes == c)
        rows = rows[np.argsort(when[rows])]
        own = {k: _Series.of(k, when[rows], [v[rows] for v in values]) for k, values in series.items()}
        found.append(_judge(own, bands, minimum_years, certainty, doubt))
    return LifeCycle(
        family.emit({cluster: owners.labels, **_stage_columns(found)}),
        family.emit(
            {
                cluster: owners.labels.take(pa.array(np.repeat(np.arange(len(found)), len(columns)))),
                **_dimension_columns(found, list(columns)),
            }
        ),
    )


# --- inside ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Series:
    """The known years of one dimension: years (n,), y (n,) on the scale of the trend."""

    years: np.ndarray
    y: np.ndarray

    @classmethod
    def of(cls, name: str, years: np.ndarray, columns: Sequence[np.ndarray]) -> _Series:
        known = np.all([np.isfinite(values) for values in columns], axis=0)
        return cls(years[known], np.mean([_on_scale(name, values[known]) for values in columns], axis=0))


def _on_scale(name: str, values: np.ndarray) -> np.ndarray:
    """Logarithms, so that a trend is a rate; over the mean for heterogeneity, and where a 0 has no logarithm."""
    if name != "heterogeneity" and (values > 0).all():
        return np.asarray(np.log(values))
    mean = values.mean() if len(values) else 0.0
    return values / mean if mean > 0 else values


@dataclass(frozen=True)
class _Trend:
    """A slope with its standard error and degrees of freedom."""

    slope: float
    error: float
    freedom: int

    def below(self, bar: float) -> float:
        """P(slope < bar), and for a line without residuals whether it is."""
        if self.error <= 0:
            return float(self.slope < bar)
        return float(stdtr(self.freedom, (bar - self.slope) / self.error))

    def signs(self, band: float) -> np.ndarray:
        """Probabilities of rising, steady and falling."""
        falling, not_rising = self.below(-band), self.below(np.nextafter(band, np.inf))
        return np.array([1 - not_rising, not_rising - falling, falling])


@dataclass(frozen=True)
class _Reading:
    """One place of the last turn (None = no turn): its weight and the trends of each dimension since and before."""

    turn: int | None
    bic: float
    now: Mapping[str, _Trend]
    before: _Trend
    level: float  # the largest size before the turn (the first, without one) over that of today, on the lines


@dataclass(frozen=True)
class _Verdict:
    years: int
    stage: str
    probabilities: np.ndarray | None
    turn: int | None
    failing: str | None
    reason: str | None
    readings: Sequence[_Reading]
    weights: np.ndarray
    bands: Mapping[str, float]
    counts: Mapping[str, int]


def _judge(
    series: Mapping[str, _Series], bands: Mapping[str, float], minimum_years: int, certainty: float, doubt: float
) -> _Verdict:
    years = len(np.intersect1d(series["size"].years, series["heterogeneity"].years))
    counts = {k: len(s.years) for k, s in series.items()}
    used = {k: s for k, s in series.items() if len(s.years) >= minimum_years}
    if years < minimum_years:
        reason = f"{years} years with size and heterogeneity, {minimum_years} are needed"
        return _Verdict(years, UNKNOWN, None, None, None, reason, (), np.zeros(0), bands, counts)
    readings = _readings(used)
    bic = np.array([r.bic for r in readings])
    weights = np.exp(-(bic - bic.min()) / 2)
    weights /= weights.sum()
    stages = sum(w * _stages(r, bands, doubt) for w, r in zip(weights, readings, strict=True))
    probabilities = np.asarray(stages) / np.sum(stages)
    best = int(np.argmax(probabilities))
    sure = probabilities[best] >= certainty
    turned = [r.turn for r in readings]
    turn = turned[int(np.argmax(np.where([t is not None for t in turned], weights, -1)))] if weights[0] < 0.5 else None
    # A cluster that grows finds its focus: its heterogeneity falls without anything failing
    falling = {
        k: float(_signs(readings, weights, k, bands)[_FALLING])
        for k in used
        if k != "heterogeneity" or STAGES[best] != "growth"
    }
    worst = max(falling, key=lambda k: falling[k])
    unsure = None if sure else f"no stage reaches a probability of {certainty:g}"
    return _Verdict(
        years,
        STAGES[best] if sure else UNKNOWN,
        probabilities,
        turn,
        worst if falling[worst] > 0.5 else None,
        unsure,
        readings,
        weights,
        bands,
        counts,
    )


def _readings(series: Mapping[str, _Series]) -> list[_Reading]:
    """No turn first, then every year in which today's trends may have begun."""
    size = series["size"].years
    starts: list[int | None] = [None, *map(int, size[_EARLIER : len(size) - _RECENT + 1])]
    out = []
    for turn in starts:
        fits = {k: _fit(s, turn) for k, s in series.items()}
        if any(f is None for f in fits.values()):
            continue
        known = {k: f for k, f in fits.items() if f is not None}
        bic = sum(f.bic for f in known.values()) + (0 if turn is None else _PRICE * np.log(len(size)))
        own = known["size"]
        out.append(_Reading(turn, bic, {k: f.now for k, f in known.items()}, own.before, own.level))
    return out


@dataclass(frozen=True)
class _Fit:
    bic: float
    now: _Trend
    before: _Trend
    level: float


def _fit(series: _Series, turn: int | None) -> _Fit | None:
    """Straight lines before and since the turn with one variance; None where a side has too few years."""
    t, y = series.years.astype(float), series.y
    parts = [np.ones(len(t), dtype=bool)] if turn is None else [t < turn, t >= turn]
    if turn is not None and (parts[0].sum() < _EARLIER or parts[1].sum() < _RECENT):
        return None
    lines, left = [], 0.0
    for part in parts:
        centre = t[part] - t[part].mean()
        spread = float((centre**2).sum())
        slope = float((centre * y[part]).sum()) / spread
        fitted = y[part].mean() + slope * centre
        left += float(((y[part] - fitted) ** 2).sum())
        lines.append((slope, spread, fitted))
    freedom = len(t) - 2 * len(parts)
    variance = left / freedom if left > len(t) * 1e-24 else 0.0
    trends = [_Trend(slope, float(np.sqrt(variance / spread)), freedom) for slope, spread, _ in lines]
    bic = len(t) * np.log(max(left / len(t), _EXACT**2)) + 2 * len(parts) * np.log(len(t))
    peak = lines[0][2].max() if turn is not None else lines[0][2][0]
    level = float(np.exp(peak - lines[-1][2][-1]))
    return _Fit(float(bic), trends[-1], trends[0], level)


def _stages(reading: _Reading, bands: Mapping[str, float], doubt: float) -> np.ndarray:
    """Probabilities of STAGES if the last turn is where this reading has it."""
    signs = {k: trend.signs(bands[k]) for k, trend in reading.now.items()}
    established = reading.before.below(_YOUTH) if reading.level >= _ESTABLISHED else 0.0
    chance = dict.fromkeys(STAGES, 0.0)
    for s, row in enumerate(_RULES):
        for h, stage in enumerate(row):
            p = float(signs["size"][s] * signs["heterogeneity"][h])
            if stage == "new":
                was_there = established if s == _RISING else float(reading.level >= _ESTABLISHED)
                chance["renewal"] += p * was_there
                chance["emergence"] += p * (1 - was_there)
            else:
                chance[stage] += p
    out = (1 - doubt) * np.array([chance[stage] for stage in STAGES]) + doubt / len(STAGES)
    for k in ("network", "action"):
        if k in signs:
            out *= np.array([signs[k] @ np.array(_BACKING[stage]) for stage in STAGES])
    return np.asarray(out / out.sum())


def _signs(readings: Sequence[_Reading], weights: np.ndarray, name: str, bands: Mapping[str, float]) -> np.ndarray:
    return np.asarray(sum(w * r.now[name].signs(bands[name]) for w, r in zip(weights, readings, strict=True)))


def _quantile(readings: Sequence[_Reading], weights: np.ndarray, name: str, share: float) -> float:
    """The trend that the mixture of the readings stays below with this probability, by bisection."""
    trends = [r.now[name] for r in readings]
    slope, error = (np.array([getattr(t, k) for t in trends]) for k in ("slope", "error"))
    freedom, certain = np.array([t.freedom for t in trends]), error <= 0  # certain: a line without residuals
    scale = np.where(certain, 1.0, error)
    reach = float((np.abs(slope) + 1e3 * error).max()) + 1e-9
    low, high = -reach, reach
    for _ in range(60):
        middle = (low + high) / 2
        below = np.where(certain, slope < middle, stdtr(freedom, (middle - slope) / scale))
        if weights @ below < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _stage_columns(found: Sequence[_Verdict]) -> dict[str, pa.Array]:
    known = [v.probabilities for v in found]
    return {
        "stage": pa.array([v.stage for v in found], pa.string()),
        "probability": pa.array([None if p is None else float(p.max()) for p in known], pa.float64()),
        **{
            stage: pa.array([None if p is None else float(p[i]) for p in known], pa.float64())
            for i, stage in enumerate(STAGES)
        },
        "years": pa.array([v.years for v in found], pa.int64()),
        "turn": pa.array([v.turn for v in found], pa.int64()),
        "failing": pa.array([v.failing for v in found], pa.string()),
        "reason": pa.array([v.reason for v in found], pa.string()),
    }


def _dimension_columns(found: Sequence[_Verdict], names: Sequence[str]) -> dict[str, pa.Array]:
    figures: dict[str, list[float | None]] = {k: [] for k in ("trend", "low", "high", "rising", "steady", "falling")}
    for v in found:
        for k in names:
            if not v.readings or k not in v.readings[0].now:
                values: Sequence[float | None] = [None] * 6
            else:
                trend = sum(w * r.now[k].slope for w, r in zip(v.weights, v.readings, strict=True))
                ends = [_quantile(v.readings, v.weights, k, share) for share in (0.05, 0.95)]
                values = [float(trend), *ends, *map(float, _signs(v.readings, v.weights, k, v.bands))]
            for name, value in zip(figures, values, strict=True):
                figures[name].append(value)
    return {
        "dimension": pa.array([k for _ in found for k in names], pa.string()),
        "years": pa.array([v.counts[k] for v in found for k in names], pa.int64()),
        **{name: pa.array(values, pa.float64()) for name, values in figures.items()},
    }


def _years(arrow: pa.Table, year: str) -> np.ndarray:
    values = numbers(arrow[year], year)
    wrong = np.flatnonzero(values != np.round(values))
    if len(wrong) or (values >= 100_000).any():
        at = int(wrong[0]) if len(wrong) else int(np.argmax(values))
        raise InvalidTable(f"{year} is {values[at]:g} in row {at + 1}; years are whole numbers, such as 2024")
    return values.astype(np.int64)


def _values(arrow: pa.Table, name: str, *, positive: bool) -> np.ndarray:
    """The column with NaN for null."""
    column = arrow[name]
    known = np.flatnonzero(column.is_valid().to_numpy())
    out = np.full(arrow.num_rows, np.nan)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.float64()).fill_null(
            0.0
        )  # so that a fault is told with the row that it has in the table
        out[known] = numbers(column, name)[known]
    else:
        out[known] = numbers(column.drop_null(), name)
    if positive and (out[known] == 0).any():
        row = int(known[np.flatnonzero(out[known] == 0)[0]])
        raise InvalidTable(f"{name} is 0 in row {row + 1}; drop the years in which the cluster had nobody")
    return out


def _check(steady: float, steady_heterogeneity: float, minimum_years: int, certainty: float, doubt: float) -> None:
    for name, value in (("steady", steady), ("steady_heterogeneity", steady_heterogeneity)):
        if not 0 <= value < 1:
            raise InvalidParameter(f"{name}={value!r}; it is a share a year, such as 0.02")
    if minimum_years < 4:
        raise InvalidParameter(f"minimum_years={minimum_years!r}; a trend with its uncertainty needs 4 or more")
    if not 0.2 < certainty <= 1:
        raise InvalidParameter(f"certainty={certainty!r}; it lies above 0.2 (one of five stages) and at most 1")
    if not 0 <= doubt < 1:
        raise InvalidParameter(f"doubt={doubt!r}; it is a probability below 1, such as 0.1")
