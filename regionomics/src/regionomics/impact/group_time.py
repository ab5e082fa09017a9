"""Effects by cohort and period where units join at different times (Callaway and Sant'Anna)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport, RegionomicsWarning
from regionomics.impact.cells import METHODS
from regionomics.impact.comparisons import Cells, compare, plan_of
from regionomics.impact.inference import Aggregate, Rule
from regionomics.impact.panel import Panel, read_panel

CONTROLS = ("never", "not-yet")
BASES = ("varying", "universal")


@dataclass(frozen=True)
class EventStudy:
    """event_times, estimates: (k,), without the base period. covariance: (k, k). before: how many lie before it."""

    event_times: np.ndarray
    estimates: np.ndarray
    covariance: np.ndarray
    before: int


@dataclass(frozen=True)
class GroupTimeEffects:
    """Effects of joining by cohort and period, and their averages.

    table: one row per (cohort, time): event (time - cohort), att, se, low, high (alone), band_low, band_high (all rows
        at once), treated and controls (units compared). Rows before joining are placebos.
    simple: the average over all (cohort, time) from joining on. dynamic: by event time; its estimate averages those
        from 0 on. group: by cohort. calendar: by period. Each is an Aggregate: .estimate, .se, .low, .high, .p, .table,
        .critical, .covariance, .influence.
    balance: covariates of treated and controls before joining, as they are and as weighted; empty without covariates.
    sample: what became of the units of the table, step by step. dropped: (cohort, time) without an answer, and why.
    units: labels (n,), in the order of every influence. clusters: how many the errors rest on.
    """

    table: Any
    simple: Aggregate
    dynamic: Aggregate
    group: Aggregate
    calendar: Aggregate
    balance: Any
    sample: Any
    dropped: Any
    units: pa.Array = field(repr=False)
    rule: Rule = field(repr=False)
    event_times: np.ndarray = field(repr=False, compare=False)
    event_effects: np.ndarray = field(repr=False, compare=False)
    event_influence: np.ndarray = field(repr=False, compare=False)

    @property
    def clusters(self) -> int:
        """How many clusters the errors rest on; with fewer than 30 they are too small."""
        return self.rule.count

    def event_study(self, first: int | None = None, last: int | None = None) -> EventStudy:
        """The effects by event time with their covariance, from `first` to `last`, for bounds under other trends.

        Raises:
            InvalidParameter: the effects were estimated with base="varying".
            NoSupport: an event time between the first and the last has no answer.
        """
        empty = ~self.event_influence.any(axis=0)
        if empty.sum() != 1:
            raise InvalidParameter('an event study compares all periods with one: estimate with base="universal"')
        base = int(self.event_times[empty][0])
        low = int(self.event_times.min()) if first is None else first
        high = int(self.event_times.max()) if last is None else last
        chosen = (self.event_times >= low) & (self.event_times <= high) & ~empty
        times = self.event_times[chosen]
        if len(times) != high - low or not low < base < high:
            raise NoSupport(f"event times {low} to {high} need every one and {base} inside; there is {times.tolist()}")
        summed = self.rule.summed(self.event_influence[:, chosen])
        return EventStudy(times, self.event_effects[chosen], summed.T @ summed, int((times < base).sum()))

    def average(self, first: int = 0, last: int | None = None) -> Aggregate:
        """The average of the effects from event time `first` to `last`, each event time with the same weight."""
        end = int(self.event_times.max()) if last is None else last
        wanted = (self.event_times >= first) & (self.event_times <= end)
        if wanted.sum() != end - first + 1:
            missing = sorted(set(range(first, end + 1)) - set(map(int, self.event_times)))
            raise NoSupport(f"no effect at event time {missing or first}; the table has {self.event_times.tolist()}")
        return self.rule.single(float(self.event_effects[wanted].mean()), self.event_influence[:, wanted].mean(axis=1))


def group_time_effects(
    panel: Any,
    *,
    unit: str = "unit",
    time: str = "time",
    cohort: str = "cohort",
    outcome: str = "outcome",
    covariates: Sequence[str] = (),
    control: str = "never",
    method: str = "dr",
    anticipation: int = 0,
    base: str = "varying",
    cluster: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
    minimum: int = 5,
    trim: float = 0.995,
    before: bool | int = True,
) -> GroupTimeEffects:
    """Estimate the effect of joining for each cohort in each period, where units join at different times.

    att(g, t) = E[Y(t) - Y(b) | joined in g] - E[Y(t) - Y(b) | controls alike], b = the last period before joining

    "Alike" is by the covariates of the earlier of the two periods: controls reweighted to look like the cohort ("ipw"),
    their change predicted for the cohort ("reg"), or both, right if either is ("dr"). Nobody who joined before serves
    as a control, which is what plain two-way fixed effects get wrong.

    Args:
        panel: one row per (unit, period). A missing row or a null outcome leaves the unit out of the comparisons that
            need it, of no other.
        time: whole numbers. cohort: first period of being treated, the same in all rows of a unit; 0 or null is never.
            Later than the last period is never, too; at or before the first is left out.
        outcome: any number, such as log turnover (effects are then log points).
        covariates: numbers, or words (each gets its own mean; controls of a word that no treated has stay out). Null
            leaves the unit out of that comparison.
        control: "never" (never treated) or "not-yet" (also those who join after the later of the two periods).
        method: "dr", "ipw" or "reg"; without covariates all are the same.
        anticipation: periods before joining in which an effect may show already.
        base: "varying" compares rows before joining with the period before them, "universal" all with b. Periods of
            anticipation are compared with b either way, as in the paper; R's did takes the period before them.
        cluster: column within which units move together; by default each unit on its own.
        weights: column of weights >= 0 of units, such as those of a matching.
        level: of intervals and bands. multipliers, draws, seed: of the bands' bootstrap; "gaussian" (exact from the
            covariance), "mammen" or "rademacher" (unit by unit, also the errors).
        minimum: fewer treated or fewer controls than this: no answer for that cohort and period.
        trim: controls with a fitted chance of being treated above this do not count.
        before: whether to estimate the periods before joining, too, or how many of them (the last ones); with fewer,
            what comes after is the same and found sooner.
    Returns:
        GroupTimeEffects.
    Raises:
        InvalidTable: a (unit, period) twice, a cohort that changes, text as a number.
        InvalidParameter: an unknown word or a number out of range.
        NoSupport: nobody treated, nobody to compare with, or no (cohort, time) with an answer; the reason is given.
    Warns:
        RegionomicsWarning: some (cohort, time) have no answer; `.dropped` says why. Fewer than 30 clusters.
    Source: Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001; Sant'Anna and Zhao (2020),
        doi:10.1016/j.jeconom.2020.06.003.
    """
    _check(control, method, anticipation, base, minimum, trim)
    read = read_panel(
        panel,
        unit=unit,
        time=time,
        cohort=cohort,
        outcome=outcome,
        covariates=covariates,
        cluster=cluster,
        weights=weights,
    )
    return estimate(
        read,
        (cohort, time),
        Rule(read.clusters, level, multipliers, draws, seed),
        control=control,
        method=method,
        anticipation=anticipation,
        base=base,
        minimum=minimum,
        trim=trim,
        before=before,
    )


def estimate(
    read: Panel,
    names: tuple[str, str],
    rule: Rule,
    *,
    control: str = "never",
    method: str = "dr",
    anticipation: int = 0,
    base: str = "varying",
    minimum: int = 5,
    trim: float = 0.995,
    before: bool | int = True,
    told: bool = True,
) -> GroupTimeEffects:
    """`group_time_effects` of a panel that was read. names: of the columns for cohort and time. told: whether to warn
    of what has no answer and of few clusters."""
    _check(control, method, anticipation, base, minimum, trim)
    data, sample = eligible(read, anticipation)
    rule = replace(rule, clusters=data.clusters)
    rule.check()
    if told:
        rule.warn_of_few(stacklevel=4)
    reach = -float("inf") if before is True else -int(before)
    plan = [(g, t, b) for g, t, b in plan_of(data, anticipation, base) if data.times[t] - g >= reach]
    cells = compare(data, plan, control, method, anticipation, minimum, trim)
    if not len(cells.att):
        reasons = sorted({r for _, _, r in cells.dropped})
        raise NoSupport(f"no cohort and period can be answered: {'; '.join(reasons)}")
    if cells.dropped and told:
        g, t, why = cells.dropped[0]
        warnings.warn(
            f"{len(cells.dropped)} of {len(plan)} (cohort, time) have no answer, such as ({g}, {t}): {why}",
            RegionomicsWarning,
            stacklevel=3,
        )
    return _result(data, cells, rule, sample, names)


def simple_effect(
    data: Panel,
    *,
    control: str = "never",
    method: str = "dr",
    anticipation: int = 0,
    base: str = "varying",
    level: float = 0.95,
    multipliers: str = "gaussian",
    draws: int = 9999,
    seed: int = 0,
    minimum: int = 5,
    trim: float = 0.995,
) -> Aggregate:
    """The simple average of `group_time_effects` alone, of a panel that was read: no placebo rows, no other average.

    Raises NoSupport where no cohort and period can be answered.
    """
    _check(control, method, anticipation, base, minimum, trim)
    rule = Rule(data.clusters, level, multipliers, draws, seed)
    rule.check()
    plan = [(g, t, b) for g, t, b in plan_of(data, anticipation, base) if data.times[t] >= g]
    cells = compare(data, plan, control, method, anticipation, minimum, trim, balanced=False)
    if not len(cells.att):
        raise NoSupport("no cohort and period can be answered")
    return rule.single(*_Averages(data, cells, rule).of(np.ones(len(cells.att), dtype=bool)))


# --- inside ---------------------------------------------------------------------------------------------------------
def check_anticipation(anticipation: int) -> None:
    if anticipation < 0 or anticipation != int(anticipation):
        raise InvalidParameter(f"anticipation={anticipation!r}; it is a number of periods, 0 or more")


def _check(control: str, method: str, anticipation: int, base: str, minimum: int, trim: float) -> None:
    for name, value, known in (("control", control, CONTROLS), ("method", method, METHODS), ("base", base, BASES)):
        if value not in known:
            raise InvalidParameter(f"{name}={value!r}; choose one of {list(known)}")
    check_anticipation(anticipation)
    if minimum < 2:
        raise InvalidParameter(f"minimum={minimum!r}; an error needs 2 or more of each")
    if not 0.5 <= trim <= 1:
        raise InvalidParameter(f"trim={trim!r}; it is a chance between 0.5 and 1, such as 0.995")


def eligible(read: Panel, anticipation: int) -> tuple[Panel, dict[str, list[Any]]]:
    """Units with a period before joining; the flow of the sample as columns step, units, treated."""
    if (read.cohorts < 0).any():
        raise InvalidTable(f"cohort is {read.cohorts.min()}; it is a period, and 0 or null for never")
    cohorts = np.where(read.cohorts > read.times[-1] + anticipation, 0, read.cohorts)
    joined = cohorts > 0
    early = joined & (cohorts - anticipation <= read.times[0])
    empty = ~np.isfinite(read.outcomes).any(axis=1)
    kept = ~early & ~empty & (read.weights > 0)
    steps = [
        ("in the table", np.ones_like(kept)),
        ("dropped: no period before joining", early),
        ("dropped: no outcome in any period", empty & ~early),
        ("dropped: weight 0", (read.weights == 0) & ~early & ~empty),
        ("compared", kept),
        ("of these without a gap", kept & np.isfinite(read.outcomes).all(axis=1)),
    ]
    flow: dict[str, list[Any]] = {
        "step": [name for name, _ in steps],
        "treated": [int((rows & joined).sum()) for _, rows in steps],
        "never_treated": [int((rows & ~joined).sum()) for _, rows in steps],
    }
    if not (kept & joined).any():
        raise NoSupport(
            f"nobody joins after the first period, {read.times[0]}, and by the last, {read.times[-1]}; "
            "add earlier or later periods"
        )
    return Panel(**{**vars(read), "cohorts": cohorts}).keep(kept), flow


def _result(
    data: Panel, cells: Cells, rule: Rule, sample: dict[str, list[Any]], names: tuple[str, str]
) -> GroupTimeEffects:
    emit = data.family.emit
    cohort, time = names
    event = cells.time - cells.cohort
    columns, _, _ = rule.columns(cells.att, cells.influence)
    table = {cohort: cells.cohort, time: cells.time, "event": event, **columns}
    averages = _Averages(data, cells, rule)
    after = event >= 0
    if not after.any():
        raise NoSupport(f"no period from joining on can be answered: {cells.dropped[0][2]}")
    simple = rule.single(*averages.of(after))
    by_event = averages.by(np.unique(event), lambda e: event == e)
    later = np.unique(event) >= 0
    by_cohort = averages.by(np.unique(cells.cohort[after]), lambda g: after & (cells.cohort == g))
    by_time = averages.by(np.unique(cells.time[after]), lambda t: after & (cells.time == t))
    cohorts = np.unique(cells.cohort[after])
    return GroupTimeEffects(
        emit({**table, "treated": cells.treated, "controls": cells.controls}),
        simple,
        averages.table("event", by_event, by_event[1][later].mean(), by_event[2][:, later].mean(axis=1)),
        averages.table(cohort, by_cohort, *averages.weighted(by_cohort[1], by_cohort[2], cohorts)),
        averages.table(time, by_time, by_time[1].mean(), by_time[2].mean(axis=1)),
        emit(cells.balance),
        emit({k: pa.array(v) for k, v in sample.items()}),
        emit(
            {
                cohort: pa.array([g for g, _, _ in cells.dropped], pa.int64()),
                time: pa.array([t for _, t, _ in cells.dropped], pa.int64()),
                "reason": pa.array([r for _, _, r in cells.dropped], pa.string()),
            }
        ),
        data.units,
        rule,
        *by_event,
    )


_By = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class _Averages:
    """Averages of cells by the size of their cohorts, with the uncertainty of the sizes."""

    data: Panel
    cells: Cells
    rule: Rule
    sizes: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def weighted(self, att: np.ndarray, influence: np.ndarray, cohorts: np.ndarray) -> tuple[float, np.ndarray]:
        """The average by cohort size and its influence (n,); cohorts: (k,), of each effect."""
        unique, position = np.unique(cohorts, return_inverse=True)
        mine, size = self._sizes(unique)
        share, total = size[position], size[position].sum()
        estimate = float(share @ att / total)
        # A unit more in cohort g raises the weight of the effects of g, all others fall
        pull = np.append(np.bincount(position, att - estimate, minlength=len(unique)), 0.0)
        level = float(share @ (att - estimate))
        if len(att) > 1 and np.abs(pull).max() > 0:
            return estimate, influence @ (share / total) + (self.data.weights * pull[mine] - level) / total
        return estimate, influence @ (share / total)

    def _sizes(self, unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of the cohorts each unit is of, (n,), their number for another; the share of each."""
        key = tuple(unique.tolist())
        if key not in self.sizes:
            w = self.data.weights
            own = np.searchsorted(unique, self.data.cohorts)
            mine = np.where(unique[np.minimum(own, len(unique) - 1)] == self.data.cohorts, own, len(unique))
            self.sizes[key] = mine, np.bincount(mine, w, minlength=len(unique) + 1)[:-1] / len(w)
        return self.sizes[key]

    def of(self, which: np.ndarray) -> tuple[float, np.ndarray]:
        return self.weighted(self.cells.att[which], self.cells.influence[:, which], self.cells.cohort[which])

    def by(self, keys: np.ndarray, which: Any) -> _By:
        found = [self.of(which(key)) for key in keys]
        return keys, np.array([e for e, _ in found]), np.column_stack([i for _, i in found])

    def table(self, key: str, rows: _By, estimate: float, influence: np.ndarray) -> Aggregate:
        columns, covariance, critical = self.rule.columns(rows[1], rows[2])
        table = self.data.family.emit({key: rows[0], **columns})
        return self.rule.single(float(estimate), influence, table=table, critical=critical, covariance=covariance)
