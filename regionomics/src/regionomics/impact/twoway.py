"""Other ways to the same effects, as a check: imputation, extended two-way fixed effects, and what plain ones hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.impact.group_time import check_anticipation, eligible
from regionomics.impact.inference import Aggregate, Rule
from regionomics.impact.panel import Panel, read_panel


@dataclass(frozen=True)
class ModelEffects:
    """Effects of joining from a model of what would have been.

    table: one row per (cohort, time) from joining on, and of the periods of anticipation before: event, att, se, low,
        high, band_low, band_high, treated (units).
    simple: the average over all (unit, time) from joining on. dynamic: by event time; its estimate averages those from
        0 on.
    dropped: (cohort, time) without an answer, and why. sample: what became of the units.
    """

    table: Any
    simple: Aggregate
    dynamic: Aggregate
    dropped: Any
    sample: Any
    units: pa.Array = field(repr=False)


def imputation_effects(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    outcome: str = "outcome",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    anticipation: int = 0,
    minimum: int = 5,
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
) -> ModelEffects:
    """Impute what each treated unit would have had, from all that is not yet treated, and take the difference.

    Y_it(0) = a_i + l_t + x_i' g_t, fitted to every (unit, period) before joining and of those who never join

    The efficient estimator if parallel trends hold in all periods; it leans on every period before joining, where
    `group_time_effects` leans on the last. That the two agree is evidence for both.

    Args:
        panel, unit, time, cohort, outcome, cluster: as for `group_time_effects`.
        covariates: numbers or words, as in the first period of the table; each may have another slope every period.
        anticipation: periods before joining in which an effect may show already; they count as treated.
        minimum: fewer treated units than this in a (cohort, time): no row of its own (they count in the averages). One
            alone counts nowhere: no error can be told from it.
        level, multipliers, draws, seed: as for `group_time_effects`.
    Returns:
        ModelEffects. Errors are the conservative ones: they treat what differs within a (cohort, time) of m treated
        units as noise, times sqrt(m / (m - 1)), without which they are too small where cohorts are. They are those of
        the average over the units treated here: that another sample would have larger or smaller cohorts, as
        `group_time_effects` counts, is not in them.
    Raises:
        NoSupport: nobody treated, or no period in which somebody is not treated.
        InvalidTable, InvalidParameter: as for `group_time_effects`.
    Source: Borusyak, Jaravel and Spiess (2024), doi:10.1093/restud/rdae007.
    """
    data, flow = _read(panel, unit, time, cohort, outcome, covariates, cluster, anticipation)
    x, known = _first(data)
    outcomes = np.where(known[:, None], data.outcomes, np.nan)
    seen = np.isfinite(outcomes)
    treated = seen & (data.cohorts[:, None] > 0) & (data.times + anticipation >= data.cohorts[:, None])
    free = seen & ~treated
    x_known = np.where(known[:, None], x, 0.0)
    model = _Model.of(x_known, free)
    fitted = model.fit(np.where(free, outcomes, 0.0))
    own, then = np.asarray(free.any(axis=1)), np.asarray(free.any(axis=0))
    possible = own[:, None] & then[None, :]
    reasons = {
        "no period before joining has an outcome": treated & ~own[:, None],
        "everybody is treated in that period": treated & ~then[None, :],
    }
    treated &= possible
    alone = _alone(data, treated, x_known[:, :1])
    reasons |= alone
    for lost in alone.values():
        treated &= ~lost
    if not treated.any():
        raise NoSupport(
            "no (cohort, time) has two treated units with both an outcome before joining and others not yet treated "
            "beside it"
        )
    effect = np.where(treated, outcomes - fitted, 0.0)
    left = np.where(free, outcomes - fitted, 0.0)
    cells = _Cells.of(data, treated)
    influence = _scores(x_known, left, model.slopes(cells)) * -len(x)
    cells.add_noise(influence, effect, len(x))
    return _result(
        data, flow, cells, effect, influence, reasons, minimum, (level, multipliers, draws, seed), cohort, time
    )


def extended_twfe(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    outcome: str = "outcome",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    anticipation: int = 0,
    minimum: int = 5,
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
) -> ModelEffects:
    """Estimate by one regression in which every cohort has an effect of its own in every period.

    Y_it = a_g + l_t + x_i' (b_g + c_t) + sum over (g, t >= g) of D_igt [tau_gt + (x_i - mean x_g)' d_gt] + e_it

    On a balanced panel it equals `imputation_effects`; only the errors differ (clustered, by the regression, times
    sqrt(m / (m - p)) for the m treated units of a (cohort, time) on whom p terms of its own rest). Its plain sister,
    with one D for all, compares late joiners with early ones: see `goodman_bacon`.

    Args:
        panel, unit, time, cohort, outcome, covariates, cluster, anticipation, minimum, level, multipliers, draws, seed:
            as for `imputation_effects`.
    Returns:
        ModelEffects. A (cohort, time) with no more treated units than terms is left out: its regression fits them
        without an error.
    Raises:
        NoSupport: nobody treated, or nobody to compare with.
        InvalidTable, InvalidParameter: as for `group_time_effects`.
    Source: Wooldridge (2021), doi:10.2139/ssrn.3906345.
    """
    data, flow = _read(panel, unit, time, cohort, outcome, covariates, cluster, anticipation)
    x, known = _first(data)
    seen = np.isfinite(data.outcomes) & known[:, None]
    treated = seen & (data.cohorts[:, None] > 0) & (data.times + anticipation >= data.cohorts[:, None])
    lonely = seen.any(axis=0) & ~(seen & ~treated).any(axis=0)
    reasons = {"everybody is treated in that period": treated & lonely[None, :]}
    seen, treated = seen & ~lonely[None, :], treated & ~lonely[None, :]
    alone = _alone(data, treated, np.where(known[:, None], x, 0.0))
    reasons |= alone
    for lost in alone.values():
        seen, treated = seen & ~lost, treated & ~lost
    if not treated.any():
        raise NoSupport("in no period enough are treated and somebody is not")
    cells = _Cells.of(data, treated)
    fit = _Saturated.of(data, x, seen, treated)
    effect = np.where(treated, fit.effects, 0.0)
    return _result(
        data,
        flow,
        cells,
        effect,
        fit.influence(cells),
        reasons,
        minimum,
        (level, multipliers, draws, seed),
        cohort,
        time,
    )


# --- inside ---------------------------------------------------------------------------------------------------------
def _read(
    panel: Any,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    covariates: Sequence[str],
    cluster: str | None,
    anticipation: int,
) -> tuple[Panel, dict[str, list[Any]]]:
    check_anticipation(anticipation)
    read = read_panel(
        panel, unit=unit, time=time, cohort=cohort, outcome=outcome, covariates=covariates, cluster=cluster
    )
    return eligible(read, anticipation)


def _first(data: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Covariates of the first period with an intercept, centred and scaled (n, p), and whether they are known."""
    x, names = data.design(0)
    known = np.isfinite(x).all(axis=1)
    if not known.any():
        raise NoSupport(f"no unit has all of {names[1:]} in the first period")
    words = {f"{c.name}={word}" for c in data.covariates for word in c.levels or ()}
    # A word that comes up in later periods alone says nothing of the first
    had = [k for k, name in enumerate(names) if name not in words or np.ptp(x[known, k]) > 0]
    x, names = x[:, had], [names[k] for k in had]
    own = x[known][:, 1:]
    spread = own.std(axis=0)
    if (spread == 0).any():
        name = names[1:][int(np.argmax(spread == 0))]
        raise InvalidParameter(f"{name} is the same for all units; leave it out")
    x = np.column_stack([x[:, :1], (x[:, 1:] - own.mean(axis=0)) / spread])
    return x, known


def _alone(data: Panel, treated: np.ndarray, x: np.ndarray) -> dict[str, np.ndarray]:
    """Cells of treated (n, T) with no more units than the rank of their x (n, p), by the reason: no error is left."""
    out: dict[str, np.ndarray] = {}
    cells = _Cells.of(data, treated)
    for rows, place, terms in zip(cells.rows, cells.place, cells.terms(x), strict=True):
        if len(rows) <= terms:
            few = f"{len(rows)} treated for {x.shape[1]} terms of covariates, an error needs more"
            why = "1 treated, an error needs 2" if len(rows) == 1 else few
            out.setdefault(why, np.zeros(treated.shape, dtype=bool))[rows, place] = True
    return out


def _scores(x: np.ndarray, left: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Sums over covariates and periods of x (n, p) times left (n, T) times slopes (p, T, K), as (n, K)."""
    flat = slopes.reshape(-1, slopes.shape[2])
    out = np.empty((len(x), slopes.shape[2]))
    for rows in _parts(len(x)):
        both = x[rows].T.copy()[:, None, :] * left[rows].T.copy()
        out[rows] = both.reshape(len(flat), -1).T @ flat
    return out


def _parts(count: int) -> list[slice]:
    """Rows that stay in the processor's cache while they are worked on."""
    return [slice(start, start + 2048) for start in range(0, count, 2048)]


@dataclass(frozen=True)
class _Cells:
    """Treated cells (n, T) by (cohort, time): keys cohort (K,), time position (K,), and the code of each (n, T).

    Whatever is averaged gives all units of such a cell one weight. Effects and influences are therefore summed over
    each cell once, (K,) and (n, K), and every average is made of these.
    """

    treated: np.ndarray
    cohort: np.ndarray
    place: np.ndarray
    code: np.ndarray
    rows: list[np.ndarray]

    @classmethod
    def of(cls, data: Panel, treated: np.ndarray) -> _Cells:
        size = len(data.times)
        cohorts, own = np.unique(data.cohorts, return_inverse=True)
        whole = own[:, None] * size + np.arange(size)
        found = np.bincount(whole[treated], minlength=len(cohorts) * size)
        keys = np.flatnonzero(found)
        number = np.full(len(found), -1)
        number[keys] = np.arange(len(keys))
        codes = np.where(treated, number[whole], -1)
        rows = [np.flatnonzero(codes[:, key % size] == k) for k, key in enumerate(keys)]
        return cls(treated, cohorts[keys // size], keys % size, codes, rows)

    @property
    def counts(self) -> np.ndarray:
        return np.array([len(rows) for rows in self.rows])

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Of values (n, T) over each cell."""
        return np.array([values[rows, t].sum() for rows, t in zip(self.rows, self.place, strict=True)])

    def terms(self, x: np.ndarray) -> list[int]:
        """The rank of the x (n, p) of each cell."""
        found = []
        for rows in self.rows:
            values = np.linalg.eigvalsh(x[rows].T @ x[rows])
            found.append(int((values > 1e-10 * max(values[-1], 1e-300)).sum()))
        return found

    def add_noise(self, to: np.ndarray, values: np.ndarray, times: float) -> None:
        """Add to (n, K), one column a cell, so many times the values (n, T) less the mean of their cell, made as large
        as they are less the true mean."""
        for k, (rows, t) in enumerate(zip(self.rows, self.place, strict=True)):
            own = values[rows, t]
            to[rows, k] += (own - own.mean()) * times * np.sqrt(len(own) / (len(own) - 1))

    def enlarge(self, influence: np.ndarray, x: np.ndarray) -> None:
        """What the units of each cell have in its column of (n, K), as large as if x (n, p) had not been fitted to
        them: their squares add up to (m - p) / m of what they would be."""
        for k, (rows, terms) in enumerate(zip(self.rows, self.terms(x), strict=True)):
            influence[rows, k] *= np.sqrt(len(rows) / (len(rows) - terms))


@dataclass(frozen=True)
class _Model:
    """Least squares of an effect for each unit and slopes on x (n, p) for each period, over the cells `free` (n, T)."""

    x: np.ndarray
    free: np.ndarray
    inverse: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, free: np.ndarray) -> _Model:
        size, p = free.shape[1], x.shape[1]
        mask = free.astype(float)
        share = 1 / np.maximum(mask.sum(axis=1), 1)
        system = np.zeros((p, size, p, size))
        for rows in _parts(len(x)):
            own, there, less = x[rows].T.copy(), mask[rows].T.copy(), mask[rows] * share[rows, None]
            for k in range(p):
                for j in range(k, p):
                    weighed = there * (own[k] * own[j])
                    system[k, :, j, :] += np.diag(weighed.sum(axis=1)) - weighed @ less
        for k in range(p):
            for j in range(k):
                system[k, :, j, :] = system[j, :, k, :]
        flat = system.reshape(p * size, p * size)
        return cls(x, free, np.linalg.pinv(flat, rcond=1e-10, hermitian=True))

    def fit(self, outcomes: np.ndarray) -> np.ndarray:
        """Fitted values everywhere, (n, T), from outcomes that are 0 outside of `free`."""
        by_unit, by_time = outcomes.sum(axis=1), self.x.T @ outcomes
        count = np.maximum(self.free.sum(axis=1), 1)
        swept = by_time - (self.x * (by_unit / count)[:, None]).T @ self.free
        slopes = (self.inverse @ swept.ravel()).reshape(by_time.shape)
        surface = self.x @ slopes
        level = (by_unit - (surface * self.free).sum(axis=1)) / count
        return np.asarray(np.where(self.free.any(axis=1), level, 0.0)[:, None] + surface)

    def slopes(self, cells: _Cells) -> np.ndarray:
        """How the slopes (p, T) move with the sum of each cell, (p, T, K).

        The effects of units move, too, but what is left of the outcomes of each unit sums to 0.
        """
        p, size = self.x.shape[1], self.free.shape[1]
        count = np.maximum(self.free.sum(axis=1), 1)
        right = np.zeros((p, size, len(cells.rows)))
        for k, (rows, t) in enumerate(zip(cells.rows, cells.place, strict=True)):
            own = self.x[rows]
            right[:, :, k] = -(own / count[rows, None]).T @ self.free[rows]
            right[:, t, k] += own.sum(axis=0)
        return np.asarray((self.inverse @ right.reshape(p * size, -1)).reshape(right.shape))


@dataclass(frozen=True)
class _Saturated:
    """The regression with an effect for every (cohort, time): effects (n, T) and what is left (n, T).

    groups: rows of each cohort (0 first). blocks: (groups, T, p, width), inverse: (width, width), first: where the
    effects begin among the coefficients, p for each (cohort, time) in the order of `_Cells`.
    """

    effects: np.ndarray
    left: np.ndarray
    groups: list[np.ndarray]
    blocks: np.ndarray
    inverse: np.ndarray
    first: int
    x: np.ndarray

    @classmethod
    def of(cls, data: Panel, x: np.ndarray, seen: np.ndarray, treated: np.ndarray) -> _Saturated:
        p, size = x.shape[1], len(data.times)
        groups = [np.flatnonzero(data.cohorts == g) for g in np.unique(data.cohorts)]
        x = np.where(np.isfinite(x), x, 0.0)
        y = np.where(seen, data.outcomes, 0.0)
        first = (len(groups) + size) * p
        place = np.full((len(groups), size), -1)
        hit = np.array([treated[rows].any(axis=0) for rows in groups])
        place[hit] = first + p * np.arange(int(hit.sum()))
        width = first + p * int(hit.sum())
        # One block (p, width) for each (cohort, time): the row of the regression is x' block
        blocks = np.zeros((len(groups), size, p, width))
        gram, right = np.zeros((width, width)), np.zeros(width)
        for g, rows in enumerate(groups):
            own, there = x[rows], seen[rows]
            centre, whole, by_time = own.mean(axis=0), own.T @ own, own.T @ y[rows]
            for t in range(size):
                block = blocks[g, t]
                block[:, g * p : (g + 1) * p] = np.eye(p)
                block[:, (len(groups) + t) * p : (len(groups) + t + 1) * p] = np.eye(p)
                if place[g, t] >= 0:
                    k = place[g, t]
                    block[:, k : k + p] = np.eye(p)
                    block[0, k + 1 : k + p] = -centre[1:]
                here = own[there[:, t]] if not there[:, t].all() else None
                gram += block.T @ (whole if here is None else here.T @ here) @ block
                right += block.T @ by_time[:, t]
        inverse = np.linalg.pinv(gram, rcond=1e-11, hermitian=True)
        beta = inverse @ right
        effects, left = np.zeros(y.shape), np.zeros(y.shape)
        for g, rows in enumerate(groups):
            effects[rows] = np.where(place[g] >= 0, beta[np.maximum(place[g], 0)], 0.0)
            left[rows] = np.where(seen[rows], y[rows] - x[rows] @ (blocks[g] @ beta).T, 0.0)
        return cls(effects, left, groups, blocks, inverse, first, x)

    def influence(self, cells: _Cells) -> np.ndarray:
        """Of the sum of effects over each cell, (n, K)."""
        targets = self.inverse[:, self.first :: self.x.shape[1]] * cells.counts
        out = np.zeros((len(self.x), len(cells.rows)))
        for rows, block in zip(self.groups, self.blocks, strict=True):
            pull = (block @ targets).transpose(1, 0, 2)
            out[rows] = _scores(self.x[rows], self.left[rows], pull) * len(self.x)
        cells.enlarge(out, self.x)
        return out


def _result(
    data: Panel,
    flow: dict[str, list[Any]],
    cells: _Cells,
    effect: np.ndarray,
    influence: np.ndarray,
    reasons: dict[str, np.ndarray],
    minimum: int,
    options: tuple[float, str, int, int],
    cohort: str,
    time: str,
) -> ModelEffects:
    if minimum < 2:
        raise InvalidParameter(f"minimum={minimum!r}; an error needs 2 or more")
    rule = Rule(data.clusters, *options)
    rule.check()
    rule.warn_of_few(stacklevel=4)
    emit = data.family.emit
    counts = cells.counts
    dropped = [
        (int(data.cohorts[rows][0]), int(data.times[t]), why)
        for why, lost in reasons.items()
        for t in np.flatnonzero(lost.any(axis=0))
        for g in np.unique(data.cohorts[lost[:, t]])
        for rows in [data.cohorts == g]
    ]
    dropped += [
        (int(g), int(data.times[t]), f"{c} treated, {minimum} are needed for a row of their own")
        for g, t, c in zip(cells.cohort, cells.place, counts, strict=True)
        if c < minimum
    ]
    large = np.flatnonzero(counts >= minimum)
    event = data.times[cells.place] - cells.cohort
    if not (event >= 0).any():
        raise NoSupport("no period from joining on has a treated unit and others not yet treated beside it")
    times = np.unique(event)
    later = times >= 0
    chosen = np.column_stack([event >= 0, event[:, None] == times, np.eye(len(counts))[:, large]]).astype(float)
    weights = chosen / (counts @ chosen)
    att, inf = cells.sums(effect) @ weights, influence @ weights
    one = slice(1, 1 + len(times))
    rows, _, _ = rule.columns(att[1 + len(times) :], inf[:, 1 + len(times) :])
    columns, covariance, critical = rule.columns(att[one], inf[:, one])
    g, t = cells.cohort[large], data.times[cells.place[large]]
    return ModelEffects(
        emit({cohort: g, time: t, "event": t - g, **rows, "treated": counts[large]}),
        rule.single(att[0], inf[:, 0]),
        rule.single(
            float(att[one][later].mean()),
            inf[:, one][:, later].mean(axis=1),
            table=emit({"event": times, **columns}),
            critical=critical,
            covariance=covariance,
        ),
        emit(
            {
                cohort: pa.array([d[0] for d in dropped], pa.int64()),
                time: pa.array([d[1] for d in dropped], pa.int64()),
                "reason": pa.array([d[2] for d in dropped], pa.string()),
            }
        ),
        emit({k: pa.array(v) for k, v in flow.items()}),
        data.units,
    )
