"""How alike places are in what they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
from scipy import sparse

from regionomics.errors import InvalidParameter, once_a_call
from regionomics.panels import Panel, each_group
from regionomics.relatedness._presence import By, LabelledMatrix, one_of, pairs
from regionomics.specialisation.quotient import quotients
from regionomics.specialisation.structure import shares
from regionomics.tables import Family, PlaceActivity, Shown, as_place_activity
from regionomics.unknown import tell_unknown_pairs

SimilarityMethod = Literal["correlation", "overlap", "cosine"]

_FLAT = 1e-12  # a profile whose quotients differ by less varies by rounding only


@dataclass(frozen=True, repr=False)
class Similarity(Shown):
    """How alike places are.

    matrix: (n_places, n_places), symmetric, 1 on the diagonal; NaN where it is unknown, see `similarity`.
    method: as asked.
    """

    matrix: LabelledMatrix
    method: str
    name: str = "place"
    family: Family = field(default_factory=Family, repr=False)

    def table(self, *, both: bool = False) -> Any:
        """One row a pair of places: `<place>_1`, `<place>_2`, similarity; each pair once in label order, or `both`."""
        n = self.matrix.shape[0]
        row, col = np.nonzero(~np.eye(n, dtype=bool)) if both else np.triu_indices(n, 1)
        labels = self.matrix.rows
        values = self.matrix.toarray()[row, col]
        return self.family.emit(
            pairs({f"{self.name}_1": (labels, row), f"{self.name}_2": (labels, col)}, similarity=values)
        )


@overload
def similarity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: str | Sequence[str],
    method: SimilarityMethod = "correlation",
    epsilon: float = 0.1,
) -> Panel[Similarity]: ...


@overload
def similarity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: None = None,
    method: SimilarityMethod = "correlation",
    epsilon: float = 0.1,
) -> Similarity: ...


def similarity(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    method: SimilarityMethod = "correlation",
    epsilon: float = 0.1,
) -> Similarity | Panel[Similarity]:
    """Say how alike each two places are in what they do.

    correlation: Pearson's, over activities, of log(LQ[p, a] + epsilon) and log(LQ[q, a] + epsilon).
    overlap: sum_a min(s[p, a], s[q, a]), with s[p, a] = x[p, a] / x[p, .]; 1 less half the Krugman index of the two.
    cosine: sum_a s[p, a] s[q, a] / sqrt(sum_a s[p, a]^2 sum_a s[q, a]^2).

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        method: "correlation" (export similarity), "overlap" or "cosine".
        epsilon: of the correlation, > 0; what is added so that an absent activity has a logarithm.
    Returns:
        Similarity, with .matrix and .table(); -1..1 for the correlation, 0..1 for the others. Null where one of the two
        places has nothing and, for the correlation, where one has the mix of the whole, or there is one activity only:
        then nothing varies. Activities that nobody has are left out.
    Raises:
        InvalidTable: a pair twice, nulls, negatives. InvalidParameter: an unknown method, an epsilon <= 0.
    Source: Bahar, Hausmann and Hidalgo (2014), doi:10.1016/j.jinteco.2013.11.001 (correlation); Finger and Kreinin
        (1979), doi:10.2307/2231506 (overlap).
    """
    if by is not None:
        return each_group(
            table, by, (place, activity, value), lambda data: similarity(data, method=method, epsilon=epsilon)
        )
    one_of("method", method, SimilarityMethod)
    if not epsilon > 0:
        raise InvalidParameter(
            f"epsilon={epsilon!r}; it must be > 0, such as 0.1, or absent activities have no logarithm"
        )
    data = as_place_activity(table, place=place, activity=activity, value=value)
    if method == "correlation":
        values = _correlation(data, epsilon)
    elif method == "overlap":
        values = _overlap(shares(data)[0])
    else:
        values = _cosine(shares(data)[0])
    with once_a_call():
        tell_unknown_pairs(data, values, "place", "similarity")
    return Similarity(LabelledMatrix(values, data.places, data.places), method, data.names[0], data.family)


def _correlation(data: PlaceActivity, epsilon: float) -> np.ndarray:
    profile = quotients(data)
    profile = np.log(profile[:, ~np.isnan(profile).all(axis=0)] + epsilon)
    if not profile.shape[1]:
        return np.full((len(data.places),) * 2, np.nan)
    flat = ~(np.ptp(profile, axis=1) > _FLAT)  # NaN: a place without anything
    profile -= profile.mean(axis=1, keepdims=True)
    profile[flat] = np.nan
    return _unit_products(profile)


def _cosine(own: sparse.csr_array) -> np.ndarray:
    profile = own.toarray()
    profile[profile.sum(axis=1) == 0] = np.nan
    return _unit_products(profile)


def _unit_products(profile: np.ndarray) -> np.ndarray:
    profile /= np.linalg.norm(profile, axis=1, keepdims=True)
    values = np.clip(profile @ profile.T, -1.0, 1.0)
    return _with_unit_diagonal(values, ~np.isnan(profile).any(axis=1))


def _overlap(own: sparse.csr_array) -> np.ndarray:
    n = own.shape[0]
    by_activity = sparse.csc_array(own)
    has = np.diff(own.indptr) > 0
    values = np.full((n, n), np.nan)
    for p in np.flatnonzero(has):
        mine = slice(int(own.indptr[p]), int(own.indptr[p + 1]))
        theirs = by_activity[:, own.indices[mine]]
        bound = np.repeat(own.data[mine], np.diff(theirs.indptr))
        values[p] = np.bincount(theirs.indices, np.minimum(theirs.data, bound), minlength=n)
    values[:, ~has] = np.nan
    # Sums in another order differ in the last digit; which half is kept must not matter.
    return _with_unit_diagonal(np.minimum((values + values.T) / 2, 1.0), has)


def _with_unit_diagonal(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    np.fill_diagonal(values, np.where(known, 1.0, np.nan))
    return values
