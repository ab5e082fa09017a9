"""What an activity would cost a place: how much more of it is needed soon, for it to be there later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, NoSupport, said_by_the_call
from regionomics.relatedness._presence import By, columns_of, pairs
from regionomics.relatedness.density import density_values
from regionomics.relatedness.entry import Period, gaps, read_periods, tell_alone_in
from regionomics.relatedness.measures import Method, relatedness
from regionomics.tables import Family, Shown, by_groups
from regionomics.unknown import ADD_ROWS, NO_ROW, Gap, tell_gaps, without_values

TERMS = ("stone", "now", "density", "relative", "intercept")


@dataclass(frozen=True, repr=False)
class EffortModel(Shown):
    """What it takes to enter, as the past shows it.

    coefficients: model ("entry": of pairs that are absent at the start; "exit": present), stone, now, density,
        relative, intercept, observations, starts (first periods that the means are over).
    effort: place, activity, effort (location quotient to add by the stepping stone; <= 0: it comes by itself; null
        beyond the range of numbers), location_quotient, density (0..1), relative_relatedness; a row for each activity
        that the place lacks at `at`, null where place or activity has no row in that period.
    forecast: place, activity, location_quotient (at the horizon, nothing done), present (it is at least the threshold);
        null likewise.
    """

    coefficients: Any
    effort: Any
    forecast: Any


def effort_model(
    table: Any,
    *,
    time: str = "year",
    stone: int = 1,
    horizon: int = 2,
    at: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    threshold: float = 1.0,
    method: Method = "conditional",
) -> EffortModel:
    """Say how much of an activity a place must add by a stepping stone, so as to have it by a horizon.

    With R the location quotient, r = ln(1 + R), d the density (0..1) and z its standing among the place's options:
    r(t + horizon) = b1 r(t + stone) + b2 r(t) + b3 d(t) + b4 z(t) + b0 by least squares, once over the pairs absent at
    t and once over the present ones, and the mean of the coefficients over all t;
    effort = exp((ln(1 + threshold) - b0 - b2 r - b3 d - b4 z) / b1) - 1 - R, by the coefficients of the absent.

    Args:
        table: one row per (place, activity, time), as in `entries_exits`.
        stone, horizon: periods from the start, stone < horizon.
        at: the period to start from now; default: the last.
        threshold: from which location quotient on an activity is present. method: of the relatedness.
    Returns:
        EffortModel, with .coefficients, .effort (as `next_activities` takes it) and .forecast (which puts r(t) in the
        place of r(t + stone)). What is related to nothing has density 0, and z is 0 where a place's options do not
        differ.
    Raises:
        InvalidTable: as `entries_exits`. InvalidParameter: stone and horizon do not fit, or `at` is no period.
        NoSupport: too few pairs, or nothing tells the terms apart, or b1 <= 0: then no effort helps.
    Source: Stojkoski and Hidalgo (2026), Research Policy 55, 105454, arXiv:2503.04476; Pinheiro et al. (2022),
        doi:10.1016/j.respol.2021.104323 (z).
    """
    if not 1 <= stone < horizon:
        raise InvalidParameter(f"stone={stone}, horizon={horizon}; 1 <= stone < horizon is needed")
    columns = (place, activity, value)

    def calculate(arrow: pa.Table, family: Family) -> dict[str, Any]:
        periods = read_periods(arrow, columns, time, "rca", threshold, family)
        tell_alone_in(periods, time, place)
        if horizon >= len(periods):
            raise InvalidParameter(f"horizon={horizon}; with {len(periods)} periods it must be 2..{len(periods) - 1}")
        labels = [p.label.as_py() for p in periods]
        if at is not None and at not in labels:
            raise InvalidParameter(f"at={at!r} is not among the periods {labels}")
        now = _Features(periods[-1 if at is None else labels.index(at)], method)
        found: dict[str, list[np.ndarray]] = {"entry": [], "exit": []}
        size = {"entry": 0, "exit": 0}
        unseen: list[Gap] = []
        for t in range(len(periods) - horizon):
            start, middle, end = (periods[t + k] for k in (0, stone, horizon))
            then = _Features(start, method)
            x = then.terms(np.log1p(_quotient(middle)))
            known = start.known(middle) & start.known(end)
            unseen += [*gaps(start, middle, columns), *gaps(start, end, columns)]
            for model, of in (("entry", ~then.has), ("exit", then.has)):
                use = known & of
                beta, _, rank, _ = np.linalg.lstsq(x[use], np.log1p(_quotient(end))[use], rcond=None)
                if rank < len(TERMS) or use.sum() <= len(TERMS):
                    raise NoSupport(
                        f"{int(use.sum())} pairs from {time} {start.label} on tell {rank} of {len(TERMS)} terms apart "
                        f"({model}); use more places, or coarser activities"
                    )
                found[model].append(beta)
                size[model] += int(use.sum())
        b = {model: np.mean(betas, axis=0) for model, betas in found.items()}
        if b["entry"][0] <= 1e-12:
            raise NoSupport(
                f"more at the stepping stone does not mean more later (coefficient {b['entry'][0]:g}), so that no "
                "effort helps; use another stone or horizon"
            )
        free = now.terms(now.r)
        with np.errstate(over="ignore"):
            still = np.log1p(threshold) - free[..., 1:] @ b["entry"][1:]
            needed = np.exp(still / b["entry"][0]) - 1 - now.quotient
        later = np.expm1(np.maximum(np.where(now.has, free @ b["exit"], free @ b["entry"]), 0.0))
        p, a = np.nonzero(~now.has)
        data = now.period.data
        every = np.indices(later.shape).reshape(2, -1)
        seen = np.outer(now.period.seen_places, now.period.seen_activities)
        needed, later = np.where(seen, needed, np.nan), np.where(seen, later, np.nan)
        step = str(now.period.label)
        tell_gaps("pairs left out of the coefficients", time, unseen, NO_ROW, ADD_ROWS)
        absent: list[Gap] = [(step, place, data.places, ~now.period.seen_places)]
        absent += [(step, activity, data.activities, ~now.period.seen_activities)]
        tell_gaps("effort and forecast null", time, absent, "no row", ADD_ROWS)
        nothing = without_values(data.values)
        empty: list[Gap] = [(step, place, data.places, nothing[0] & now.period.seen_places)]
        empty += [(step, activity, data.activities, nothing[1] & now.period.seen_activities)]
        tell_gaps("location_quotient taken as 0", time, empty, f"no {value} above 0", "leave them out")
        beyond = ~now.has & seen & ~np.isfinite(needed)
        outside: list[Gap] = [(step, activity, data.activities, beyond.any(axis=0))]
        tell_gaps("effort null", time, outside, "beyond the range of numbers", "read null as out of reach")
        return {
            "coefficients": {
                "model": pa.array(list(b)),
                **{term: np.array([b[m][k] for m in b]) for k, term in enumerate(TERMS)},
                "observations": np.array([size[m] for m in b]),
                "starts": np.array([len(found[m]) for m in b]),
            },
            "effort": columns_of(
                pairs(
                    {place: (data.places, p), activity: (data.activities, a)},
                    effort=np.where(np.isfinite(needed), needed, np.nan)[p, a],
                    **{
                        name: np.where(seen, values, np.nan)[p, a]
                        for name, values in (
                            ("location_quotient", now.quotient),
                            ("density", now.density),
                            ("relative_relatedness", now.standing),
                        )
                    },
                )
            ),
            "forecast": {
                **columns_of(
                    pairs(
                        {place: (data.places, every[0]), activity: (data.activities, every[1])},
                        location_quotient=later.ravel(),
                    )
                ),
                "present": pa.array((later >= threshold).ravel(), mask=~seen.ravel()),
            },
        }

    return EffortModel(**by_groups(table, by, (*columns, time), calculate))


class _Features:
    """Of one period, all (n_places, n_activities): quotient, r, has (present), density 0..1, standing (z)."""

    def __init__(self, period: Period, method: Method) -> None:
        self.period = period
        self.quotient = _quotient(period)
        self.r = np.log1p(self.quotient)
        self.has = period.m.toarray() > 0
        with said_by_the_call():
            phi = relatedness(period.data.replace_values(period.m), presence="given", method=method)
        self.density = np.nan_to_num(density_values(period.m, phi.matrix.values))
        options = np.maximum((~self.has).sum(axis=1, keepdims=True), 1)
        mean = np.where(self.has, 0.0, self.density).sum(axis=1, keepdims=True) / options
        off = self.density - mean
        spread = np.sqrt((np.where(self.has, 0.0, off) ** 2).sum(axis=1, keepdims=True) / options)
        self.standing = np.divide(off, spread, out=np.zeros_like(off), where=spread > 1e-12)

    def terms(self, stone: np.ndarray) -> np.ndarray:
        """(n_places, n_activities, 5), in the order of TERMS."""
        return np.stack([stone, self.r, self.density, self.standing, np.ones_like(stone)], axis=-1)


def _quotient(period: Period) -> np.ndarray:
    """The location quotients, 0 for a place or an activity that has nothing."""
    x = period.data.values.toarray()
    part = x.sum(axis=1, keepdims=True) * x.sum(axis=0, keepdims=True)
    return np.asarray(np.divide(x * x.sum(), part, out=np.zeros_like(x), where=part > 0))
