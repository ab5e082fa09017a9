"""How sure an index is: the bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import one_of
from regionomics.resampling._asked import Asked, Draws, check, labelled, moments, quantiles, renamed, whole
from regionomics.resampling._drawing import Counts, Units
from regionomics.tables import Shown

Interval = Literal["percentile", "basic", "bca"]

_BEYOND = 5  # draws that must lie beyond each end of an interval


@dataclass(frozen=True, repr=False)
class Bootstrap(Shown):
    """An index with its interval.

    intervals: the answer's labels, the index, low, high (the interval; null where fewer replicates know the index than
        the interval needs), standard_error, bias (mean of the replicates less the index), replicates (that know it).
    units: how many were drawn from.
    """

    intervals: Any
    units: int
    sample: Draws = field(repr=False)

    def draws(self) -> Any:
        """One row a label and replicate: labels, replicate (1, 2 ...), the index (null where it is unknown)."""
        return self.sample.table()


def bootstrap(
    table: Any,
    function: Callable[..., Any],
    *,
    over: str | None = None,
    counts: str | None = None,
    within: str | None = None,
    statistic: str | None = None,
    labels: Sequence[str] | None = None,
    interval: Interval = "percentile",
    level: float = 0.95,
    replicates: int = 999,
    seed: int = 0,
    **options: Any,
) -> Bootstrap:
    """Give an index an interval: how it moves when the places, plants or persons behind it are drawn anew.

    Units are drawn with replacement, as many as there are; a unit drawn twice enters as two. Of the drawn indices,
    "percentile" takes the quantiles at the ends of the level; "basic" twice the observed index less the quantile at the
    other end; "bca" the quantiles at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), z that of the end, moved for bias (z0) and
    skewness (a, by leaving out one unit at a time).

    Args:
        table: what `function` takes, of any library; no PlaceActivity.
        function: table -> table with one row a label; it gets `options` too. It must not be told labels of `over` in
            another way than by the table (as in a mapping from place to number): drawn units have new ones.
        over: column of the units that are drawn, with all of their rows: "place", "plant", "activity"; with
            place="region" among the options, "place" is that column.
        counts: column of whole numbers, instead of `over`: each single unit (person) is drawn by itself, so that the
            column becomes multinomial. Persons of one plant come together: then draw plants.
        within: column with the group of each unit; as many are drawn from each group as it has.
        statistic: the answer's column that is meant; default the function's name.
        labels: the answer's columns that name its rows; default those that the table has too, also with _1, _2.
        level: of the interval. replicates: at least 10 / (1 - level). seed: of the draws.
        options: passed on to `function`.
    Returns:
        Bootstrap, with .intervals and .draws(). Of an index by place, drawn over places, the replicates are those in
        which the place was drawn: what varies is what it is compared with.
    Raises:
        NoSupport: fewer than 10 units, in all or in a group of `within`; more than 2e8 draws. InvalidParameter: neither
            or both of over and counts, too few replicates, "bca" with counts, an unknown column. InvalidTable: counts
            that are not whole, a unit in two groups, an answer that is no labelled table. And what `function` raises.
    Source: Efron (1987), doi:10.1080/01621459.1987.10478410.
    """
    one_of("interval", interval, Interval)
    needed = check(level, replicates, 2 * _BEYOND, 0)
    if (over is None) == (counts is None):
        raise InvalidParameter("give either over= (the column of the units drawn) or counts= (the column of numbers)")
    if interval == "bca" and over is None:
        raise InvalidParameter("interval='bca' leaves out one unit at a time, so it needs over=")
    arrow, family = whole(table)
    over, counts, within = (renamed(c, arrow, options) for c in (over, counts, within))
    asked = Asked(function, options, statistic, labels, arrow.column_names, over, family)
    rng = np.random.default_rng(seed)
    units: Units | Counts = Units.of(arrow, over, within) if over is not None else Counts.of(arrow, str(counts), within)
    observed = asked.first(table)
    drawn = asked.all(observed, (units.draw(rng) for _ in range(replicates)), replicates, units.labels)
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    if interval == "bca" and isinstance(units, Units):
        left = asked.all(observed, (units.without(u) for u in range(units.size)), units.size, units.labels)
        at = _corrected(observed.values, drawn, left, ends)
    else:
        at = np.broadcast_to(ends, (len(drawn), 2))
    known = np.isfinite(drawn).sum(axis=1)
    enough = (known >= needed) & np.isfinite(observed.values)
    low, high = quantiles(drawn, at, enough)
    if interval == "basic":
        low, high = 2 * observed.values - high, 2 * observed.values - low
    mean, deviation = moments(drawn)
    columns = {
        observed.statistic: observed.values,
        "low": low,
        "high": high,
        "standard_error": deviation,
        "bias": mean - observed.values,
    }
    draws = Draws(observed.labels, observed.statistic, observed.values, drawn, family)
    return Bootstrap(family.emit(labelled(observed.labels, columns, known)), units.size, draws)


# --- inside -----------------------------------------------------------------------------------------------------------
def _corrected(observed: np.ndarray, drawn: np.ndarray, left: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The levels at which BCa takes its quantiles, (n_rows, 2); NaN where all draws lie on one side."""
    known = np.isfinite(drawn).sum(axis=1)
    below = (drawn < observed[:, None]).sum(axis=1) + 0.5 * (drawn == observed[:, None]).sum(axis=1)
    share = np.divide(below, known, out=np.full(len(known), np.nan), where=known > 0)
    z0 = np.where((share > 0) & (share < 1), ndtri(np.clip(share, 1e-300, 1 - 1e-16)), np.nan)
    here = np.isfinite(left)
    mean = np.divide(
        np.where(here, left, 0.0).sum(axis=1), here.sum(axis=1), out=np.zeros(len(left)), where=here.any(1)
    )
    gap = np.where(here, mean[:, None] - left, 0.0)
    cubes, squares = (gap**3).sum(axis=1), (gap**2).sum(axis=1)
    a = np.divide(cubes, 6 * squares**1.5, out=np.zeros(len(cubes)), where=squares > 0)
    z = z0[:, None] + ndtri(ends)
    return np.asarray(ndtr(z0[:, None] + z / (1 - a[:, None] * z)))
