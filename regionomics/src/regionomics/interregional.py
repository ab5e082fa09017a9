"""What other regions have that a region lacks and could use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InputWarning, InvalidParameter, InvalidTable, warn
from regionomics.relatedness._presence import By, Presence, one_of, pairs, presence_matrix, run
from regionomics.relatedness._products import presences_times
from regionomics.relatedness.measures import Method, Relatedness, align, checked, relatedness
from regionomics.tables import PlaceActivity, encode, numbers, read_columns, some_of
from regionomics.unknown import tell_left_out

Variant = Literal["missing", "mean", "all", "weighted", "overlap"]


def complementarity(
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
    variant: Variant = "missing",
    weights: Any = None,
) -> Any:
    """Say for each two places how much the second has of what would bring the first closer to what it lacks.

    For place r, partner s and activity i: comp[r, s, i] = sum_j phi[i, j] M[s, j] (1 - M[r, j]) / sum_j phi[i, j], the
    relatedness density around i that s would add to r's own. Added up over activities i:

    - "missing" (default): over the i that r lacks
    - "mean": the mean over the i that r lacks, 0..1
    - "all": over every i, also those r has
    - "weighted": over the i that r lacks, times the weight of i (its complexity, say)
    - "overlap": no relatedness: the activities that s has and r lacks, sum_j M[s, j] (1 - M[r, j])

    All pairs at once: G = (W / phi_sum) phi with W = 1 - M (or 1, or weighted); C = ((1 - M) o G) M'.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        relatedness: phi, from `relatedness`; default that of the table's places by `method`.
        weights: for "weighted": table of activity and weight (>= 0 or not, as a PCI is). An activity without one
            counts nothing.
    Returns:
        place, partner, complementarity: one row an ordered pair of different places; not symmetric. Null where the
        place lacks nothing ("mean") or has nothing to start from. Activities related to nothing count nothing.
    Raises:
        InvalidTable, InvalidParameter: as `relatedness_density`; "weighted" without weights, or weights without it.
    Source: Balland and Boschma (2021), doi:10.1080/00343404.2020.1861240, for the idea that links pay where they give
        access to missing capabilities related to one's own; the formula is this library's reading of it.
    """
    one_of("variant", variant, Variant)
    if (variant == "weighted") != (weights is not None):
        raise InvalidParameter("variant='weighted' and weights= go together; give both or neither")
    phi = checked(relatedness)
    given = _weights(weights, activity)

    def calculate(data: PlaceActivity) -> dict[str, pa.Table]:
        m, phi_values, labels = _prepared(data, phi, presence, threshold, method)
        weight = None if given is None else _aligned(given, labels)
        c = complementarity_values(m, phi_values, variant, weight)
        n = len(data.places)
        row, col = np.nonzero(~np.eye(n, dtype=bool))
        name = data.names[0]
        return {"c": pairs({name: (data.places, row), "partner": (data.places, col)}, complementarity=c[row, col])}

    return run(
        table,
        by,
        (place, activity, value),
        calculate,
        when="where the place lacks nothing or has nothing to start from",
    )["c"]


def complementarity_values(
    m: sparse.csr_array, phi: Any, variant: str = "missing", weight: np.ndarray | None = None
) -> np.ndarray:
    """C, shape (n_places, n_places): row place r, column partner s. NaN as `complementarity` says null.

    m: (n_places, n_activities), stored ones. phi: (n_activities, n_activities). weight: (n_activities,).
    """
    own = m.toarray()
    missing = 1.0 - own
    if variant == "overlap":
        wanted = missing
    else:
        total = np.asarray(phi.sum(axis=1))
        share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        if variant == "weighted" and weight is not None:
            share = share * weight
        left = np.broadcast_to(share, own.shape) if variant == "all" else missing * share
        around = (phi.T @ left.T).T if sparse.issparse(phi) else left @ phi
        wanted = missing * around
    c = presences_times(m, np.ascontiguousarray(wanted.T)).T.copy()
    if variant == "mean":
        count = missing.sum(axis=1)
        c = np.divide(c, count[:, None], out=np.full(c.shape, np.nan), where=count[:, None] > 0)
    c[own.sum(axis=1) == 0] = np.nan
    return c


def partner_regions(
    table: Any,
    activities: Any = None,
    relatedness: Relatedness | None = None,
    *,
    of: Any = None,
    ties: Any = None,
    weights: Any = None,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    method: Method | None = None,
    top: int | None = 10,
) -> Any:
    """Rank the partners that would add most to a place's chances in given activities, less the ties it has already.

    score[r, s] = sum_i w_i comp[r, s, i], over the given activities i that r lacks (comp as in `complementarity`);
    the unused part of it is score (1 - tie[r, s] / max tie of r), so that a partner fully linked already counts 0.

    Args:
        table, relatedness, by, presence, threshold, method: as `complementarity`. With `by`, the same activities,
            places, ties and weights hold for every group.
        activities: the activity, or a list of activities, to build up; default all.
        of: the place or places to find partners for; default all.
        ties: table of place, partner and ties (a number >= 0: joint projects, co-patents); an absent pair has none.
        weights: table of activity and weight; default 1 each.
        top: partners a place, None for all.
    Returns:
        place, partner, rank (1 = best; ties in the score are broken by label), score (complementarity that is not yet
        used), complementarity, ties, adds (the number of activities that the partner has, the place lacks, and that
        are related to a wanted one). Partners with complementarity 0 are left out.
    Raises:
        InvalidTable, InvalidParameter: as `complementarity`; an activity or a place that is not in the table; ties
            negative or given twice.
    Warns:
        InputWarning: places without anything, and places named by `of` that have all of the wanted activities.
    Source: Balland and Boschma (2021), doi:10.1080/00343404.2020.1861240; the ranking and the subtraction of ties are
        this library's own.
    """
    phi = checked(relatedness)
    given = _weights(weights, activity)

    def calculate(data: PlaceActivity) -> dict[str, pa.Table]:
        m, phi_values, labels = _prepared(data, phi, presence, threshold, method)
        wanted = np.ones(len(labels)) if activities is None else np.zeros(len(labels))
        if activities is not None:
            wanted[_positions(labels, activities, "activities")] = 1.0
        if given is not None:
            wanted = wanted * _aligned(given, labels)
        places = np.arange(len(data.places))
        if of is not None:
            places = _positions(data.places, of, "of")
        tell_left_out(data, places[np.diff(m.indptr)[places] == 0], "place", "partners")
        c = np.nan_to_num(complementarity_values(m, phi_values, "weighted", wanted))
        own = m.toarray()
        if of is not None:
            _tell_complete(data, places[((own[places] == 0) & (wanted != 0)).sum(axis=1) == 0])
        existing = _ties(ties, place, data)
        most = np.asarray(existing.max(axis=1).toarray()).ravel() if existing.nnz else np.zeros(len(data.places))
        parts: dict[str, list[np.ndarray]] = {k: [] for k in ("row", "col", "rank", "score", "comp", "ties", "adds")}
        for r in places:
            tie = np.asarray(existing[[r]].toarray()).ravel()
            score = c[r] * (1.0 - tie / most[r]) if most[r] > 0 else c[r].copy()
            candidates = np.flatnonzero(c[r] > 0)
            candidates = candidates[candidates != r]
            order = candidates[np.lexsort((candidates, -score[candidates]))][:top]
            target = wanted * (1 - own[r])
            useful = np.asarray(target @ phi_values > 0).ravel() * (1 - own[r])
            parts["row"].append(np.full(len(order), r))
            parts["col"].append(order)
            parts["rank"].append(np.arange(1, len(order) + 1))
            parts["score"].append(score[order])
            parts["comp"].append(c[r][order])
            parts["ties"].append(tie[order])
            parts["adds"].append((own[order] @ useful).astype(np.int64))
        flat = {k: np.concatenate(v) if v else np.zeros(0) for k, v in parts.items()}
        return {
            "partners": pairs(
                {data.names[0]: (data.places, flat["row"]), "partner": (data.places, flat["col"])},
                rank=flat["rank"],
                score=flat["score"],
                complementarity=flat["comp"],
                ties=flat["ties"],
                adds=flat["adds"],
            )
        }

    return run(table, by, (place, activity, value), calculate)["partners"]


def _tell_complete(data: PlaceActivity, places: np.ndarray) -> None:
    """Say of which places that were named there is nothing to look for: they have all of the wanted activities."""
    if len(places):
        names = some_of(data.places.take(pa.array(places)), 3)
        warn(
            f"no partners for {data.names[0]} {names}: all of the wanted activities are there already; ask for others",
            InputWarning,
        )


def _prepared(
    data: PlaceActivity, phi: Relatedness | None, presence: Presence, threshold: float, method: Method | None
) -> tuple[sparse.csr_array, Any, pa.Array]:
    m = presence_matrix(data, presence, threshold)
    if phi is None:
        own = relatedness(data.replace_values(m), presence="given", method=method)
        return m, own.matrix.values, data.activities
    return align(m, data.activities, phi), phi.matrix.values, phi.matrix.rows


def _weights(table: Any, activity: str) -> tuple[pa.Array, np.ndarray] | None:
    if table is None:
        return None
    arrow, _ = read_columns(table, (activity, "weight"))
    codes = encode(arrow[activity], activity)
    if len(codes.labels) < arrow.num_rows:
        twice = int(np.argmax(np.bincount(codes.codes)))
        raise InvalidTable(f"weights: {codes.labels[twice]} appears more than once; give one weight each")
    values = np.empty(len(codes.labels))
    values[codes.codes] = numbers(arrow["weight"], "weight", nonnegative=False)
    return codes.labels, values


def _aligned(given: tuple[pa.Array, np.ndarray], labels: pa.Array) -> np.ndarray:
    if given[0].type != labels.type:
        raise InvalidTable(f"weights: activities are {given[0].type}, in the table {labels.type}; use one type")
    at = pc.index_in(labels, value_set=given[0]).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(at >= 0, given[1][at], 0.0)


def _positions(labels: pa.Array, wanted: Any, what: str) -> np.ndarray:
    """Where the wanted labels stand: one label, or several in a list."""
    if isinstance(wanted, str) or not isinstance(wanted, Sequence):
        wanted = [wanted] if isinstance(wanted, str) or not hasattr(wanted, "__iter__") else list(wanted)
    try:
        found = pc.index_in(pa.array(list(wanted), labels.type), value_set=labels)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InvalidParameter(f"{what}={wanted!r} does not fit labels of type {labels.type}") from error
    if found.null_count:
        missing = list(wanted)[int(np.flatnonzero(pc.is_null(found).to_numpy(zero_copy_only=False))[0])]
        raise InvalidParameter(f"{what}: {missing!r} is not in the table")
    return np.unique(found.to_numpy(zero_copy_only=False))


def _ties(table: Any, place: str, data: PlaceActivity) -> sparse.csr_array:
    """Existing ties, shape (n_places, n_places). Rows of places that the table of activities does not have are out."""
    n = len(data.places)
    if table is None:
        return sparse.csr_array((n, n))
    arrow, _ = read_columns(table, (place, "partner", "ties"))
    values = numbers(arrow["ties"], "ties")
    ends = []
    for column in (place, "partner"):
        codes = encode(arrow[column], column)
        if codes.labels.type != data.places.type:
            raise InvalidTable(f"ties: {column} is {codes.labels.type}, places are {data.places.type}; use one type")
        at = pc.index_in(codes.labels, value_set=data.places).fill_null(-1).to_numpy(zero_copy_only=False)
        ends.append(at[codes.codes] if len(codes.codes) else np.zeros(0, dtype=np.int64))
    inside = (ends[0] >= 0) & (ends[1] >= 0)
    row, col = ends[0][inside], ends[1][inside]
    if len(np.unique(row * n + col)) < len(row):
        cells, count = np.unique(row * n + col, return_counts=True)
        one, other = divmod(int(cells[np.argmax(count)]), n)
        raise InvalidTable(
            f"ties: {data.places[one]} and {data.places[other]} appear {int(count.max())} times; add the rows up first"
        )
    return sparse.csr_array((values[inside], (row, col)), shape=(n, n))
