"""What an index would be by chance: permutations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import one_of
from regionomics.resampling._asked import Asked, Draws, check, labelled, moments, quantiles, renamed, whole
from regionomics.resampling._drawing import Margins, Shuffle
from regionomics.tables import Shown

Alternative = Literal["two-sided", "greater", "less"]


@dataclass(frozen=True, repr=False)
class Permutation(Shown):
    """An index with what it would be by chance.

    tests: the answer's labels, the index, mean, low, high (of the index by chance), z ((index - mean) / standard
        deviation; null where there is none), p (share of the replicates, the observed table among them, that are as
        extreme), replicates (that know it). Null where fewer replicates know the index than the level needs.
    """

    tests: Any
    sample: Draws = field(repr=False)

    def draws(self) -> Any:
        """One row a label and replicate: labels, replicate (1, 2 ...), the index (null where it is unknown)."""
        return self.sample.table()


def permutation(
    table: Any,
    function: Callable[..., Any],
    *,
    shuffle: str | Sequence[str] | None = None,
    counts: str | None = None,
    between: tuple[str, str] = ("place", "activity"),
    within: str | None = None,
    statistic: str | None = None,
    labels: Sequence[str] | None = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    replicates: int = 999,
    seed: int = 0,
    **options: Any,
) -> Permutation:
    """Compare an index with what it would be if labels had nothing to do with each other.

    shuffle: the values of these columns are dealt out anew over the rows (which are plants, firms, patents). counts: a
    table of whole numbers is drawn anew with the same sums by place and by activity, as if each single unit had chosen
    both apart. p = (1 + replicates as extreme as observed) / (1 + replicates), doubled for the smaller side if
    two-sided.

    Args:
        table: what `function` takes, of any library; no PlaceActivity.
        function: table -> table with one row a label; it gets `options` too.
        shuffle: a column, or columns that stay together: "place" for plants that stand where others do (with
            place="region" among the options: that column).
        counts: column of whole numbers, instead of `shuffle`. between: the two columns whose sums stay.
        within: column; labels are dealt out, or sums kept, in each of its groups by itself (a year, a size class).
        statistic, labels, options: as `bootstrap`.
        alternative: "two-sided", "greater" or "less" than by chance.
        level: of low and high. replicates: at least 2 / (1 - level) - 1. seed: of the draws.
    Returns:
        Permutation, with .tests and .draws(). p is for one index: with many, correct for their number.
    Raises:
        NoSupport: fewer ways to deal than 1 / (1 - level); more than 2e8 draws. InvalidParameter: neither or both of
            shuffle and counts, too few replicates, an unknown column. InvalidTable: counts that are not whole, an
            answer that is no labelled table. And what `function` raises.
    Source: Phipson and Smyth (2010), doi:10.2202/1544-6115.1585, for p; Patefield (1981), doi:10.2307/2346669, for
        tables with given sums.
    """
    one_of("alternative", alternative, Alternative)
    needed = check(level, replicates, 2, 1)
    if (shuffle is None) == (counts is None):
        raise InvalidParameter("give either shuffle= (columns dealt out anew) or counts= (the column of numbers)")
    arrow, family = whole(table)
    counts, within = (renamed(c, arrow, options) for c in (counts, within))
    between = (renamed(between[0], arrow, options), renamed(between[1], arrow, options))
    asked = Asked(function, options, statistic, labels, arrow.column_names, None, family)
    rng = np.random.default_rng(seed)
    dealt: Shuffle | Margins
    if shuffle is not None:
        columns_dealt = [shuffle] if isinstance(shuffle, str) else list(shuffle)
        dealt = Shuffle.of(arrow, [renamed(c, arrow, options) for c in columns_dealt], within, 1 / (1 - level))
    else:
        dealt = Margins.of(arrow, str(counts), between, within)
    observed = asked.first(table)
    drawn = asked.all(observed, (dealt.draw(rng) for _ in range(replicates)), replicates, None)
    known = np.isfinite(drawn).sum(axis=1)
    enough = (known >= needed) & np.isfinite(observed.values)
    low, high = quantiles(drawn, np.broadcast_to([(1 - level) / 2, (1 + level) / 2], (len(drawn), 2)), enough)
    mean, deviation = moments(drawn)
    tie = 1e-9 * np.maximum(np.abs(observed.values), deviation)[:, None]  # rounding must not decide
    above = (1 + (drawn >= observed.values[:, None] - tie).sum(axis=1)) / (1 + known)
    below = (1 + (drawn <= observed.values[:, None] + tie).sum(axis=1)) / (1 + known)
    p = {"greater": above, "less": below, "two-sided": np.minimum(2 * np.minimum(above, below), 1.0)}[alternative]
    z = np.divide(observed.values - mean, deviation, out=np.full(len(mean), np.nan), where=deviation > 0)
    columns = {
        observed.statistic: observed.values,
        "mean": mean,
        "low": low,
        "high": high,
        "z": z,
        "p": np.where(enough, p, np.nan),
    }
    draws = Draws(observed.labels, observed.statistic, observed.values, drawn, family)
    return Permutation(family.emit(labelled(observed.labels, columns, known)), draws)
