"""How close a place stands to each activity: relatedness density and its relatives."""

from __future__ import annotations

import weakref
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, once_a_call
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, one_of, pairs, presence_matrix, run
from regionomics.relatedness._products import presences_times, row_sums
from regionomics.relatedness.measures import Compat, Method, Relatedness, align, as_relatedness, relatedness
from regionomics.tables import PlaceActivity, as_place_activity
from regionomics.unknown import tell_unknown

Which = Literal["all", "absent", "present"]
_LONELY = "where the activity is related to nothing"


def density_values(
    m: sparse.csr_array, phi: Any, *, single: bool = False, scale: float = 1.0, unknown: float = np.nan
) -> np.ndarray:
    """scale sum_j M[p, j] phi[i, j] / sum_j phi[i, j], shape (n_places, n_activities); `unknown` (NaN or 0) where i is
    related to nothing.

    m: (n_places, n_activities), stored ones (or weights). phi: (n_activities, n_activities), dense (then symmetric) or
    sparse. single: calculate in 32 bits: faster, right to about 6 digits.
    """
    kind = np.float32 if single and not sparse.issparse(phi) else np.float64
    total = np.asarray(phi.sum(axis=1)) if sparse.issparse(phi) else row_sums(phi)
    total = np.where(total > 0, total, np.nan if np.isnan(unknown) else np.inf).astype(kind)

    def share(part: np.ndarray, first: int, last: int) -> None:
        part /= total[first:last]
        np.minimum(part, 1, out=part)  # above 1 by rounding only
        if scale != 1:
            part *= kind(scale)

    if sparse.issparse(phi):
        values = np.asarray((m @ phi.T.tocsr()).toarray())
        share(values, 0, values.shape[1])
        return values
    return presences_times(m, phi.astype(kind, copy=False), share)


# Note [Density is kept]: the outlook and the gain of an option are made of the same density as the table of densities.
# The last one of a PlaceActivity stays with it, up to 32 MB, for as long as the relatedness it was made of is there.
_KEPT_CELLS = 4_000_000


def kept_density(data: PlaceActivity, m: sparse.csr_array, phi: Any) -> np.ndarray | None:
    """Density of the presences `m` of `data`, 0..1, NaN where unknown, if it has been kept. Read only."""
    found = data.densities.get("last")
    return found[2] if found is not None and found[0] is m and found[1]() is phi else None


def density_once(data: PlaceActivity, m: sparse.csr_array, phi: Any) -> np.ndarray:
    """The density kept, or a new one, which is kept if it is not too large. Read only. See Note [Density is kept]."""
    values = kept_density(data, m, phi)
    if values is None:
        values = density_values(m, phi)
        if values.size <= _KEPT_CELLS:
            values.setflags(write=False)
            data.densities["last"] = (m, weakref.ref(phi), values)
    return values


def relatedness_density(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    top_k: int | None = None,
    which: Which = "all",
    measure: Literal["density", "distance"] = "density",
    scale: float | None = None,
    precision: Literal["double", "single"] = "double",
    output: Literal["table", "matrix"] = "table",
    compat: Compat | None = None,
) -> Any:
    """Say how much of what is related to an activity a place already has.

    density[p, i] = 100 sum_j M[p, j] phi[i, j] / sum_j phi[i, j]; distance = 100 - density.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        relatedness: phi, from `relatedness`; it may know more activities than the table. Default: that of the table's
            own places, with `method` and `top_k`.
        by: further keys (year, country): each group with its own relatedness unless one is given.
        presence, threshold: as in `cooccurrence`.
        which: "all" pairs; "absent" activities only (the options); "present" ones only.
        measure: "density", or "distance", what is missing to the full scale.
        scale: the largest value, 100 by default.
        precision: "single" calculates in 32 bits, twice as fast, right to about 6 digits.
        output: "matrix" returns a LabelledMatrix (places x activities) instead of a table; not with by. Pairs that
            `which` leaves out are NaN.
        compat: a peer's convention: "econgeo" (probability, diagonal 0, 0..100), "growthlab" (conditional, diagonal 1,
            so that an activity counts as related to itself, 0..1), "oec" (conditional, diagonal 0, 0..1).
    Returns:
        place, activity, density (0..scale; null where the activity is related to nothing), one row a pair.
    Raises:
        InvalidTable: as `cooccurrence`; an activity that the given relatedness does not know.
        InvalidParameter: an unknown option.
    Source: Hidalgo et al. (2007), doi:10.1126/science.1144581; Boschma, Balland and Kogler (2015),
        doi:10.1093/icc/dtu012.
    """
    one_of("which", which, Which)
    one_of("measure", measure, ("density", "distance"))
    one_of("precision", precision, ("double", "single"))
    one_of("output", output, ("table", "matrix"))
    if compat is not None:
        one_of("compat", compat, Compat)
    top = scale if scale is not None else (1.0 if compat in ("growthlab", "oec") else 100.0)
    if not top > 0:
        raise InvalidParameter(f"scale={scale}; it must be > 0")

    def matrix(data: PlaceActivity) -> tuple[np.ndarray, sparse.csr_array, pa.Array]:
        phi, m = phi_and_presence(data, relatedness, presence, threshold, method=method, top_k=top_k, compat=compat)
        if precision == "double" and relatedness is not None and m.shape[0] * m.shape[1] <= _KEPT_CELLS:
            density = density_once(data, m, phi.matrix.values)
            values = density * top if measure == "density" else (1.0 - density) * top
            return values, m, phi.matrix.rows
        scale = top if measure == "density" else 1.0
        values = density_values(m, phi.matrix.values, single=precision == "single", scale=scale)
        if measure == "distance":
            np.subtract(1.0, values, out=values)
            values *= top
        return values, m, phi.matrix.rows

    if output == "matrix":
        if by is not None:
            raise InvalidParameter("output='matrix' holds one group; call it for each group or use output='table'")
        data = as_place_activity(table, place=place, activity=activity, value=value)
        with once_a_call():
            values, m, labels = matrix(data)
            tell_unknown(data, {"density": {data.names[1]: labels, measure: values[0]}}, when=_LONELY)
        if which != "all":
            present = m.toarray() > 0
            values[present if which == "absent" else ~present] = np.nan
        return LabelledMatrix(values, data.places, labels)

    def calculate(data: PlaceActivity) -> dict[str, pa.Table]:
        values, m, labels = matrix(data)
        return {"density": place_activity_table(data, labels, chosen_pairs(m, which), **{measure: values})}

    return run(table, by, (place, activity, value), calculate, when=_LONELY)["density"]


def relative_relatedness(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    compat: Compat | None = None,
) -> Any:
    """Say how related an option is to a place, compared with the place's other options.

    z[p, i] = (density[p, i] - mean_o density[p, o]) / sd_o density[p, o], over the options o: the activities that p
    does not have. sd is that of the population (divided by n).

    Args: as `relatedness_density`.
    Returns:
        place, activity, relative_relatedness, one row an option; null where the activity is related to nothing or the
        place's options do not differ.
    Raises: as `relatedness_density`.
    Source: Pinheiro et al. (2022), doi:10.1016/j.respol.2021.104323.
    """

    def calculate(data: PlaceActivity) -> dict[str, pa.Table]:
        phi, m = phi_and_presence(data, relatedness, presence, threshold, method=method, compat=compat)
        values = density_values(m, phi.matrix.values)
        known = (m.toarray() == 0) & ~np.isnan(values)
        n = np.maximum(known.sum(axis=1, keepdims=True), 1)
        mean = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / n
        off = np.where(known, values - mean, 0.0)
        sd = np.sqrt((off**2).sum(axis=1, keepdims=True) / n)
        z = np.where(known & (sd > 1e-12), off / np.where(sd > 1e-12, sd, 1.0), np.nan)
        return {"z": place_activity_table(data, phi.matrix.rows, chosen_pairs(m, "absent"), relative_relatedness=z)}

    when = f"{_LONELY}, or the place's options do not differ"
    return run(table, by, (place, activity, value), calculate, when=when)["z"]


def local_relatedness(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    which: Which = "all",
    compat: Compat | None = None,
) -> Any:
    """Give the mean relatedness of an activity to the other activities that a place has.

    local[p, i] = sum_{j != i} M[p, j] phi[i, j] / sum_{j != i} M[p, j]

    Density divides by what is related to i anywhere; this divides by what p has, so that it compares places by how well
    an activity fits and not by how much they have.

    Args: as `relatedness_density`.
    Returns:
        place, activity, local_relatedness (the unit of the relatedness; null where the place has no other activity).
    Raises: as `relatedness_density`.
    Source: Mealy and Coyle (2022), doi:10.1007/s10797-021-09667-0 (mean local relatedness).
    """
    one_of("which", which, Which)

    def calculate(data: PlaceActivity) -> dict[str, pa.Table]:
        phi, m = phi_and_presence(data, relatedness, presence, threshold, method=method, compat=compat)
        values = _mean_with_own(m, phi.matrix.values)
        return {"local": place_activity_table(data, phi.matrix.rows, chosen_pairs(m, which), local_relatedness=values)}

    when = "where the place has no other activity"
    return run(table, by, (place, activity, value), calculate, when=when)["local"]


def coherence(
    table: Any,
    relatedness: Relatedness | None = None,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    weighted: bool = False,
    compat: Compat | None = None,
) -> Any:
    """Say how related a place's activities are to each other, and how densely the related ones are there.

    coherence[p] = mean over its activities i of local[p, i] = sum_{i != j} M_pi M_pj phi_ij / (d_p (d_p - 1));
    with `weighted`, the mean over i is weighted by the values x[p, i] (and so is the inner mean): Teece's weighted
    average relatedness. own_density[p] = mean over its activities of the relatedness density (0..100).

    Args: as `relatedness_density`.
    Returns:
        place, coherence (null with fewer than two activities), own_density (null where none of its activities is
        related to anything), one row a place.
    Raises: as `relatedness_density`.
    Source: Teece et al. (1994), doi:10.1016/0167-2681(94)90094-9; Nesta and Saviotti (2005),
        Journal of Industrial Economics 53.
    """

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        phi, m = phi_and_presence(data, relatedness, presence, threshold, method=method, compat=compat)
        weights = m
        if weighted:
            kept = sparse.csr_array(data.values * presence_matrix(data, presence, threshold))
            weights = align(kept, data.activities, phi)
        local = _mean_with_own(weights, phi.matrix.values)
        own = density_values(m, phi.matrix.values)
        w, ones = weights.toarray(), m.toarray()
        return {
            "coherence": {
                data.names[0]: data.places,
                "coherence": _weighted_mean(local, w),
                "own_density": 100 * _weighted_mean(own, ones),
            }
        }

    return run(
        table,
        by,
        (place, activity, value),
        calculate,
        when="where the place has fewer than two activities, or none related",
    )["coherence"]


def phi_and_presence(
    data: PlaceActivity, given: Relatedness | None, presence: Presence, threshold: float, **options: Any
) -> tuple[Relatedness, sparse.csr_array]:
    m = presence_matrix(data, presence, threshold)
    if given is None:
        phi = relatedness(data.replace_values(m), presence="given", **options)
        return phi, m
    phi = as_relatedness(given, data)
    return phi, align(m, data.activities, phi)


def _mean_with_own(weights: sparse.csr_array, phi: Any) -> np.ndarray:
    """sum_{j != i} w[p, j] phi[i, j] / sum_{j != i} w[p, j]; NaN where the place has nothing but i."""
    own = weights.toarray()
    diagonal = phi.diagonal()
    top = (weights @ phi.T.tocsr()).toarray() if sparse.issparse(phi) else presences_times(weights, phi)
    top = top - own * diagonal
    rest = own.sum(axis=1, keepdims=True) - own
    return np.where(rest > 1e-12 * own.sum(axis=1, keepdims=True), top / np.where(rest > 0, rest, 1.0), np.nan)


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Row means of the known values; NaN where none is known."""
    w = np.where(np.isnan(values), 0.0, weights)
    total = w.sum(axis=1)
    top = (np.nan_to_num(values) * w).sum(axis=1)
    return np.asarray(np.divide(top, total, out=np.full(len(total), np.nan), where=total > 0))


def chosen_pairs(m: sparse.csr_array, which: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Positions (place, activity) of the absent or present pairs, in order; None for all of them."""
    if which == "all":
        return None
    if which == "present":
        return np.repeat(np.arange(m.shape[0], dtype=np.int32), np.diff(m.indptr)), m.indices
    absent = np.ones(m.shape, dtype=bool)
    absent[np.repeat(np.arange(m.shape[0]), np.diff(m.indptr)), m.indices] = False
    row = np.repeat(np.arange(m.shape[0], dtype=np.int32), m.shape[1] - np.diff(m.indptr))
    return row, (np.flatnonzero(absent) - row.astype(np.int64) * m.shape[1]).astype(np.int32)


def place_activity_table(
    data: PlaceActivity, activities: pa.Array, at: tuple[np.ndarray, np.ndarray] | None, **values: np.ndarray
) -> pa.Table:
    """Matrices (n_places, n_activities) as columns place, activity and their names, for all pairs or those of `at`."""
    n, k = len(data.places), len(activities)
    if at is None:
        row, col = np.repeat(np.arange(n, dtype=np.int32), k), np.tile(np.arange(k, dtype=np.int32), n)
        columns = {name: matrix.ravel() for name, matrix in values.items()}
    else:
        row, col = at
        columns = {name: matrix[row, col] for name, matrix in values.items()}
    return pairs({data.names[0]: (data.places, row), data.names[1]: (activities, col)}, **columns)
