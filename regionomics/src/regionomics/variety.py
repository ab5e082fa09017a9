"""Variety: how evenly a place is spread over activities, within and between groups of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.relatedness._presence import By
from regionomics.tables import Family, by_groups, encode, numbers


def variety_decomposition(
    table: Any,
    *,
    levels: Sequence[str],
    place: str = "place",
    value: str = "value",
    by: By = None,
    base: float = 2.0,
) -> Any:
    """Split the variety of each place into what lies between groups of activities and what lies within them.

    total = H(finest level); unrelated = H(coarsest level); related = total - unrelated, the sum over the levels between
    of H(level) - H(level above), each the mean entropy within the groups above, weighted by their shares. Exact.

    Args:
        table: one row per (place, activity), value >= 0. It names the group at every level.
        levels: columns from the coarsest to the finest, such as ("section", "division", "class"); at least two. Each
            finer class lies in one coarser class.
        by: further keys (year).
        base: of the logarithm; 2 gives bits.
    Returns:
        place, total, unrelated, related, and within_<level> for each level below the coarsest (bits or other units;
        null for a place without anything).
    Raises:
        InvalidTable: nulls, negatives; a class that lies in two coarser classes.
        InvalidParameter: fewer than two levels, a level twice, a base not above 1.
    Source: Frenken, Van Oort and Verburg (2007), doi:10.1080/00343400601120296; Theil (1972), Statistical
        Decomposition Analysis.
    """
    names = list(levels)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidParameter(f"levels={names!r}; name two or more distinct columns, the coarsest first")
    if not base > 1:
        raise InvalidParameter(f"base={base!r}; it must be above 1, such as 2 or math.e")

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Mapping[str, Any]]:
        return {"variety": _decompose(arrow, place, value, names, base)}

    return by_groups(table, by, (place, *names, value), calculate)["variety"]


def _decompose(arrow: pa.Table, place: str, value: str, names: list[str], base: float) -> dict[str, Any]:
    places = encode(arrow[place], place)
    x = numbers(arrow[value], value)
    coded = [encode(arrow[name], name) for name in names]
    for (fine, below), (coarse, above) in zip(
        zip(names[1:], coded[1:], strict=True), zip(names[:-1], coded[:-1], strict=True), strict=True
    ):
        _check_nested(fine, below, coarse, above)
    total = np.bincount(places.codes, x, len(places.labels))
    entropies = [_entropy(places.codes, c.codes, len(c.labels), x, total) / math.log(base) for c in coded]
    # Rounding must not show as negative variety; the parts still add to the total, as each is a difference.
    out: dict[str, Any] = {
        place: places.labels,
        "total": _known(entropies[-1], total),
        "unrelated": _known(entropies[0], total),
        "related": _known(entropies[-1] - entropies[0], total),
    }
    for i, name in enumerate(names[1:], 1):
        out[f"within_{name}"] = _known(entropies[i] - entropies[i - 1], total)
    return out


def _entropy(place: np.ndarray, group: np.ndarray, groups: int, x: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Shannon entropy in nats of each place's shares by group; shape (n_places,)."""
    cell, inverse = np.unique(place * groups + group, return_inverse=True)
    sums = np.bincount(inverse, x)
    owner = cell // groups
    share = np.divide(sums, total[owner], out=np.zeros(len(sums)), where=total[owner] > 0)
    terms = np.where(share > 0, -share * np.log(np.where(share > 0, share, 1.0)), 0.0)
    return np.bincount(owner, terms, len(total))


def _known(values: np.ndarray, total: np.ndarray) -> pa.Array:
    return pa.array(values, mask=total <= 0)


def _check_nested(fine: str, below: Any, coarse: str, above: Any) -> None:
    seen = np.unique(below.codes * len(above.labels) + above.codes)
    owner = seen // len(above.labels)
    twice = np.flatnonzero(np.diff(owner) == 0)
    if len(twice):
        code = int(owner[twice[0]])
        both = [above.labels[int(c)].as_py() for c in seen[owner == code] % len(above.labels)]
        raise InvalidTable(
            f"{fine} {below.labels[code]} lies in {len(both)} classes of {coarse} ({both[0]}, {both[1]}); "
            "give each finer class one coarser class"
        )
