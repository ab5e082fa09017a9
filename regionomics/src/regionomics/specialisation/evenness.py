"""How evenly a place is spread over activities, or an activity over places, without looking at any other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter
from regionomics.relatedness._presence import By, one_of, run
from regionomics.tables import PlaceActivity

Of = Literal["place", "activity"]


def herfindahl(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: Of = "place",
    normalise: bool = False,
) -> Any:
    """Say how concentrated each place is on few activities, or each activity on few places.

    H[p] = sum_a s[p, a]^2, with s[p, a] = x[p, a] / x[p, .]. 1 / H is the number of equal activities that would give
    the same H.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        of: "place" over its activities, or "activity" over its places.
        normalise: (H - 1 / n) / (1 - 1 / n), which runs from 0 to 1 whatever n, the number of activities (places) in
            the table or in the group of `by`, those with zeros only among them.
    Returns:
        place (or activity), herfindahl (1 / n to 1, or 0 to 1; null where there is nothing at all and, normalised,
        where n is 1).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown `of`.
    Source: Hirschman (1964), The Paternity of an Index, American Economic Review 54 (5).
    """

    def index(shares: sparse.csr_array) -> np.ndarray:
        found = row_sums(shares, shares.data**2)
        if not normalise:
            return found
        n = shares.shape[1]
        # Rounding must not show as less than an even spread.
        return np.maximum((found - 1 / n) / (1 - 1 / n), 0.0) if n > 1 else np.full(len(found), np.nan)

    return _each(table, by, (place, activity, value), "herfindahl", of, index)


def entropy(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    of: Of = "place",
    base: float = 2.0,
    normalise: bool = False,
) -> Any:
    """Say how evenly each place is spread over many activities, or each activity over many places.

    H[p] = -sum_a s[p, a] log s[p, a], with s[p, a] = x[p, a] / x[p, .] and 0 log 0 = 0 (Shannon's entropy).

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        by: further keys (year, country).
        of: "place" over its activities, or "activity" over its places.
        base: of the logarithm; 2 gives bits.
        normalise: H / log n (evenness), with n the number of activities (places) in the table or in the group of `by`,
            those with zeros only among them.
    Returns:
        place (or activity), entropy (0 to log n, or 0 to 1; null where there is nothing at all and, normalised, where
        n is 1).
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown `of`, a base not above 1.
    Source: Shannon (1948), doi:10.1002/j.1538-7305.1948.tb01338.x; Pielou (1966), doi:10.1016/0022-5193(66)90013-0
        (evenness).
    """
    if not (base > 1 and math.isfinite(base)):
        raise InvalidParameter(f"base={base!r}; it must be above 1, such as 2 or math.e")

    def index(shares: sparse.csr_array) -> np.ndarray:
        found = row_sums(shares, -shares.data * np.log(shares.data))
        n = shares.shape[1]
        unit = math.log(n if normalise else base)
        return np.maximum(found / unit, 0.0) if unit > 0 else np.full(len(found), np.nan)

    return _each(table, by, (place, activity, value), "entropy", of, index)


def _each(
    table: Any,
    by: By,
    columns: tuple[str, str, str],
    name: str,
    of: Of,
    index: Callable[[sparse.csr_array], np.ndarray],
) -> Any:
    one_of("of", of, Of)

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        x, label, labels, _ = oriented(data, of)
        total = np.asarray(x.sum(axis=1))
        shares = sparse.csr_array((x.data / np.repeat(total, np.diff(x.indptr)), x.indices, x.indptr), shape=x.shape)
        return {"e": {label: labels, name: np.where(total > 0, index(shares), np.nan)}}

    return run(table, by, columns, calculate, compares=of == "activity")["e"]


def oriented(data: PlaceActivity, of: Of) -> tuple[sparse.csr_array, str, pa.Array, pa.Array]:
    """One row for each thing the answer is about, one column for what it is spread over.

    Returns:
        matrix, name of the rows' label column, their labels, the labels of the columns.
    """
    if of == "place":
        return data.values, data.names[0], data.places, data.activities
    turned = sparse.csr_array(data.values.T)
    turned.sort_indices()
    return turned, data.names[1], data.activities, data.places


def row_sums(like: sparse.csr_array, values: np.ndarray) -> np.ndarray:
    """Sums by row of other stored values of the same pattern, shape (n_rows,)."""
    return np.asarray(sparse.csr_array((values, like.indices, like.indptr), shape=like.shape).sum(axis=1))
