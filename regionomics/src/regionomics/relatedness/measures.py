"""Co-occurrence of activities and the relatedness measures made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.panels import Panel, each_group
from regionomics.relatedness._counts import formula, measure_pairs
from regionomics.relatedness._presence import By, LabelledMatrix, Presence, in_range, one_of, pairs, presence_matrix
from regionomics.tables import Family, PlaceActivity, Shown, as_place_activity
from regionomics.unknown import tell_unknown

Method = Literal[
    "probability", "association", "cosine", "jaccard", "conditional", "overlap", "correlation", "value_cosine"
]
Margins = Literal["cooccurrence", "ubiquity"]
Compat = Literal["econgeo", "growthlab", "oec"]

_OWN_MARGINS: dict[str, Margins] = {
    "probability": "cooccurrence",
    "association": "cooccurrence",
    "cosine": "ubiquity",
    "jaccard": "ubiquity",
    "conditional": "ubiquity",
    "overlap": "ubiquity",
    "correlation": "ubiquity",  # these two compare values and have no margins
    "value_cosine": "ubiquity",
}
_OF_VALUES = ("correlation", "value_cosine")
_DENSE_ACTIVITIES = 15_000  # above, a dense matrix takes more than 1.8 GB
_SPARSE_SHARE = 0.1  # below this share of related pairs the answer is kept sparse


@dataclass(frozen=True, repr=False)
class Cooccurrence(Shown):
    """How many places (or events) have both of two activities.

    matrix: (n_activities, n_activities), symmetric, diagonal 0, dense or csr_array.
    ubiquity: (n_activities,), places that have the activity.
    places: number of places in the table.
    """

    matrix: LabelledMatrix
    ubiquity: np.ndarray
    places: int
    name: str = "activity"
    family: Family = field(default_factory=Family, repr=False)

    def table(self, *, both: bool = False) -> Any:
        """One row a pair with a count above 0: `<activity>_1`, `<activity>_2`, cooccurrence; `both` gives i,j and
        j,i."""
        return _pair_table(self.matrix, self.name, "cooccurrence", self.family, both=both)


@dataclass(frozen=True, repr=False)
class Relatedness(Shown):
    """How related activities are.

    matrix: (n_activities, n_activities), values >= 0, dense or csr_array. Symmetric, save with `top_k`, where row i
        holds the k activities most related to i. An activity that no place has is related to none: its row is 0.
    method, margins, diagonal, top_k: as asked, with the defaults filled in.
    """

    matrix: LabelledMatrix
    method: str
    margins: str
    diagonal: int
    top_k: int | None = None
    name: str = "activity"
    family: Family = field(default_factory=Family, repr=False)

    def table(self, *, both: bool = False) -> Any:
        """One row a pair with relatedness above 0: `<activity>_1`, `<activity>_2`, relatedness.

        Each pair once, in label order; `both` gives i,j and j,i. With top_k always one row a (activity, neighbour).
        """
        return _pair_table(self.matrix, self.name, "relatedness", self.family, both=both or self.top_k is not None)


@overload
def cooccurrence(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: str | Sequence[str],
    presence: Presence = "rca",
    threshold: float = 1.0,
    weights: bool = False,
) -> Panel[Cooccurrence]: ...


@overload
def cooccurrence(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: None = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    weights: bool = False,
) -> Cooccurrence: ...


def cooccurrence(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    weights: bool = False,
) -> Cooccurrence | Panel[Cooccurrence]:
    """Count, for each two activities, the places that have both.

    c[i, j] = sum_p M[p, i] M[p, j] for i != j, and 0 for i = j; M[p, i] = 1 where place p has activity i.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. "Place" may be any event in which
            activities meet: a patent, a firm, a project. Or a PlaceActivity.
        presence: "rca" where the location quotient is >= threshold, "value" where the value itself is, "given" where
            the values are 0 and 1 already.
        weights: multiply the values themselves instead of presences (c = X'X), as for counts of patents.
    Returns:
        Cooccurrence, with .matrix and .table().
    Raises:
        InvalidTable: a pair twice, a null or negative value, values other than 0 and 1 with presence="given".
        InvalidParameter: an unknown presence, a threshold <= 0.
        NoSupport: the counts would fill more memory than a dense matrix of 15 000 activities.
    Source: van Eck and Waltman (2009), doi:10.1002/asi.21075.
    """
    if by is not None:
        return each_group(
            table,
            by,
            (place, activity, value),
            lambda data: cooccurrence(data, presence=presence, threshold=threshold, weights=weights),
        )
    data = as_place_activity(table, place=place, activity=activity, value=value)
    tell_unknown(data, {})
    m = data.values if weights else presence_matrix(data, presence, threshold)
    ubiquity = np.asarray((m > 0).sum(axis=0), dtype=float) if weights else _ones_by_column(m)
    if weights:
        counts = m.T @ m
        if counts.nnz > _SPARSE_SHARE * counts.shape[0] ** 2 and counts.shape[0] <= _DENSE_ACTIVITIES:
            counts = counts.toarray()
            np.fill_diagonal(counts, 0.0)
        else:
            counts = _without_diagonal(sparse.csr_array(counts))
    else:
        counts = _measure_all(m, "count", ubiquity, float(m.shape[0]))
    return Cooccurrence(_labelled(counts, data.activities), ubiquity, m.shape[0], data.names[1], data.family)


@overload
def relatedness(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: str | Sequence[str],
    method: Method | None = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    margins: Margins | None = None,
    diagonal: Literal[0, 1] | None = None,
    top_k: int | None = None,
    compat: Compat | None = None,
) -> Panel[Relatedness]: ...


@overload
def relatedness(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: None = None,
    method: Method | None = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    margins: Margins | None = None,
    diagonal: Literal[0, 1] | None = None,
    top_k: int | None = None,
    compat: Compat | None = None,
) -> Relatedness: ...


def relatedness(
    table: Any,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    method: Method | None = None,
    presence: Presence = "rca",
    threshold: float = 1.0,
    margins: Margins | None = None,
    diagonal: Literal[0, 1] | None = None,
    top_k: int | None = None,
    compat: Compat | None = None,
) -> Relatedness | Panel[Relatedness]:
    """Say how related each two activities are, from how often the same places have both.

    With c[i, j] the co-occurrences (see `cooccurrence`), s[i] the margin of i and t the total:

    - "probability" (default): c / (t / 2 (s_i / t  s_j / (t - s_i) + s_j / t  s_i / (t - s_j))), observed over expected
      when pairs are drawn without repetition
    - "association": (c / t) / (s_i / t  s_j / t)
    - "cosine": c / sqrt(s_i s_j)
    - "jaccard": c / (s_i + s_j - c)
    - "conditional": c / max(s_i, s_j) = min(P(i | j), P(j | i)), the proximity of Hidalgo et al.
    - "overlap": c / min(s_i, s_j) = max(P(i | j), P(j | i))
    - "correlation": (1 + Pearson correlation of the location quotients of i and j over places) / 2
    - "value_cosine": cosine of the location quotients of i and j over places

    The last two compare the values themselves with presence="value" or "given", and take no threshold or margins.

    Args:
        table: as for `cooccurrence`; or a Cooccurrence.
        margins: "cooccurrence": s_i = sum_j c[i, j] off the diagonal, t = sum_i s_i. "ubiquity": s_i = places that have
            i, t = number of places. Default: co-occurrence for probability and association, ubiquity for the others.
        diagonal: relatedness of an activity with itself, 0 (default) or 1.
        top_k: keep only the k most related activities of each (ties: first label), as a sparse matrix. Needs no dense
            matrix, so that 50 000 activities run.
        compat: the convention of a peer, where the call does not say otherwise. "econgeo": probability, margins of
            co-occurrence, diagonal 0. "growthlab": conditional, diagonal 1. "oec": conditional, diagonal 0.
    Returns:
        Relatedness, with .matrix (labelled, dense; sparse where fewer than a tenth of the pairs are related) and
        .table().
    Raises:
        InvalidTable, InvalidParameter: as `cooccurrence`; top_k < 1.
        NoSupport: more than 15 000 activities, mostly related: use top_k.
    Source: van Eck and Waltman (2009), doi:10.1002/asi.21075; Steijn (2021), Journal of Informetrics 15
        (probability); Hidalgo et al. (2007), doi:10.1126/science.1144581 (conditional).
    """
    if by is not None:
        return each_group(
            table,
            by,
            (place, activity, value),
            lambda data: relatedness(
                data,
                method=method,
                presence=presence,
                threshold=threshold,
                margins=margins,
                diagonal=diagonal,
                top_k=top_k,
                compat=compat,
            ),
        )
    if compat is not None:
        one_of("compat", compat, Compat)
        method = method or ("probability" if compat == "econgeo" else "conditional")
        margins = margins or ("cooccurrence" if compat == "econgeo" else "ubiquity")
        diagonal = diagonal if diagonal is not None else (1 if compat == "growthlab" else 0)
    chosen: Method = method or "probability"
    one_of("method", chosen, Method)
    margin: Margins = margins or _OWN_MARGINS[chosen]
    one_of("margins", margin, Margins)
    unit = 0 if diagonal is None else diagonal
    one_of("diagonal", unit, (0, 1))
    if top_k is not None and not (isinstance(top_k, int | np.integer) and top_k >= 1):
        raise InvalidParameter(f"top_k={top_k!r}; it must be a whole number, at least 1")
    if chosen in _OF_VALUES and isinstance(table, Cooccurrence):
        raise InvalidParameter(f"method={chosen!r} compares values, which a Cooccurrence does not hold; pass the table")

    if isinstance(table, Cooccurrence):
        name, labels, family, used = table.name, table.matrix.rows, table.family, table.ubiquity > 0
        counts = table.matrix.values
        s = table.ubiquity if margin == "ubiquity" else np.asarray(counts.sum(axis=0), dtype=float)
        total = float(table.places) if margin == "ubiquity" else float(s.sum())
        values = _measured(counts, s, total, chosen)
        if top_k is not None:
            values = _top_rows(sparse.csr_array(values), top_k)
    else:
        data = as_place_activity(table, place=place, activity=activity, value=value)
        tell_unknown(data, {})
        name, labels, family = data.names[1], data.activities, data.family
        if chosen in _OF_VALUES:
            values, used = _of_values(data, chosen, presence)
            values = values if top_k is None else _top_rows(sparse.csr_array(values), top_k)
            values = _with_unit_diagonal(values, used) if unit else values
            return Relatedness(_labelled(values, labels), chosen, margin, unit, top_k, name, family)
        m = presence_matrix(data, presence, threshold)
        ubiquity = _ones_by_column(m)
        used = ubiquity > 0
        if margin == "ubiquity":
            s, total = ubiquity, float(m.shape[0])
        else:
            s = m.T @ np.diff(m.indptr).astype(float) - ubiquity
            total = float(s.sum())
        if top_k is not None:
            values = _measure_top(m, s, total, chosen, top_k)
        else:
            values = _measure_all(m, chosen, s, total)
    if unit:
        values = _with_unit_diagonal(values, used)
    return Relatedness(_labelled(values, labels), chosen, margin, unit, top_k, name, family)


def _measured(counts: Any, s: np.ndarray, total: float, method: str) -> Any:
    if not sparse.issparse(counts):
        return formula(counts.copy(), s[:, None], s[None, :], total, method)
    coo = sparse.coo_array(counts)
    data = formula(coo.data.astype(float), s[coo.row], s[coo.col], total, method)
    return sparse.csr_array((data, (coo.row, coo.col)), shape=coo.shape)


def _measure_all(m: sparse.csr_array, measure: str, s: np.ndarray, total: float) -> Any:
    """The symmetric matrix of a measure, diagonal 0; sparse where few pairs are related."""
    n = m.shape[1]
    per_place = np.diff(m.indptr).astype(np.int64)
    bound = int((per_place**2).sum())  # of related pairs
    if bound < _SPARSE_SHARE * n * n:
        counts = sparse.coo_array(m.T @ m)
        off = counts.row != counts.col
        row, col = counts.row[off], counts.col[off]
        values = formula(counts.data[off].astype(float), s[row], s[col], total, measure)
        return sparse.csr_array((values, (row, col)), shape=(n, n))
    if n > _DENSE_ACTIVITIES:
        raise NoSupport(
            f"{n} activities that mostly meet each other make a matrix of {8 * n * n / 1e9:.0f} GB; "
            "use relatedness(..., top_k=100), which keeps the most related ones only"
        )
    return measure_pairs(m, measure, s, total)


def _of_values(data: PlaceActivity, method: str, presence: Presence) -> tuple[np.ndarray, np.ndarray]:
    """Similarity of the columns of values, diagonal 0, and which activities differ over places at all."""
    one_of("presence", presence, Presence)
    x = data.values.toarray()
    if x.shape[1] > _DENSE_ACTIVITIES:
        raise NoSupport(f"{method} of {x.shape[1]} activities needs a dense matrix; use a measure of presences")
    x = in_range(x)
    if presence == "rca":
        scale = x.sum(axis=1, keepdims=True) * x.sum(axis=0)
        x = np.divide(x * x.sum(), scale, out=np.zeros_like(x), where=scale > 0)
    if method == "correlation":
        x = x - x.mean(axis=0)
    size = np.sqrt((x * x).sum(axis=0))
    used = size > 1e-12 * max(float(size.max()), 1e-300)
    x = np.divide(x, size, out=np.zeros_like(x), where=used)
    values = x.T @ x
    if method == "correlation":
        values = (1 + values) / 2
        values[~used, :] = 0.0  # an activity that does not vary correlates with none
        values[:, ~used] = 0.0
    values = np.clip((values + values.T) / 2, 0, 1)
    np.fill_diagonal(values, 0.0)
    return values, used


def _measure_top(m: sparse.csr_array, s: np.ndarray, total: float, method: str, k: int) -> sparse.csr_array:
    n = m.shape[1]
    small = m.astype(np.int32)
    rows = small.T.tocsr()
    per_place = np.diff(m.indptr).astype(np.int64)
    reach = np.cumsum(np.minimum(rows.astype(np.int64) @ per_place, n)) if n else np.zeros(0, np.int64)
    parts, start = [], 0
    while start < n:
        done = reach[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(reach, done + 4_000_000, side="right")))
        block = sparse.csr_array(rows[start:stop] @ small)
        block.sort_indices()
        owner = np.repeat(np.arange(start, stop), np.diff(block.indptr))
        values = formula(block.data.astype(float), s[owner], s[block.indices], total, method)
        values[owner == block.indices] = 0.0
        parts.append(_top_rows(sparse.csr_array((values, block.indices, block.indptr), shape=block.shape), k))
        start = stop
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _top_rows(matrix: sparse.csr_array, k: int) -> sparse.csr_array:
    """The k largest positive values of each row; among equals the first columns."""
    matrix.sort_indices()
    keep = matrix.data > 0
    for row in range(matrix.shape[0]):
        lo, hi = matrix.indptr[row], matrix.indptr[row + 1]
        if hi - lo > k:
            values = matrix.data[lo:hi]
            bar = np.partition(values, hi - lo - k)[hi - lo - k]
            if bar > 0:
                above = values > bar
                equal = np.flatnonzero(values == bar)[: k - int(above.sum())]
                above[equal] = True
                keep[lo:hi] = above
    indptr = np.concatenate(([0], np.cumsum(keep)))[matrix.indptr]
    return sparse.csr_array((matrix.data[keep], matrix.indices[keep], indptr), shape=matrix.shape)


def _ones_by_column(m: sparse.csr_array) -> np.ndarray:
    return np.asarray(m.sum(axis=0), dtype=float)


def _without_diagonal(matrix: sparse.csr_array) -> sparse.csr_array:
    coo = sparse.coo_array(matrix)
    off = coo.row != coo.col
    return sparse.csr_array((coo.data[off], (coo.row[off], coo.col[off])), shape=coo.shape)


def _with_unit_diagonal(values: Any, used: np.ndarray) -> Any:
    if sparse.issparse(values):
        return sparse.csr_array(values + sparse.diags_array(used.astype(float), format="csr"))
    np.fill_diagonal(values, used.astype(float))
    return values


def _labelled(values: Any, labels: pa.Array) -> LabelledMatrix:
    return LabelledMatrix(values, labels, labels)


def _pair_table(matrix: LabelledMatrix, name: str, column: str, family: Family, *, both: bool) -> Any:
    values = matrix.values
    if sparse.issparse(values):
        coo = sparse.coo_array(values)
        keep = (coo.data != 0) & ((coo.row != coo.col) if both else (coo.row < coo.col))
        order = np.lexsort((coo.col[keep], coo.row[keep]))
        row, col, numbers = (a[keep][order] for a in (coo.row, coo.col, coo.data))
    else:
        row, col = np.nonzero(values if both else np.triu(values, 1))
        off = row != col
        row, col = row[off], col[off]
        numbers = values[row, col]
    return family.emit(
        pairs({f"{name}_1": (matrix.rows, row), f"{name}_2": (matrix.columns, col)}, **{column: numbers})
    )


def as_relatedness(given: Any, data: PlaceActivity, **options: Any) -> Relatedness:
    """`given` if it is a Relatedness already, else the relatedness of the places in `data`."""
    phi = checked(given)
    if phi is None:
        own: Relatedness = relatedness(data, **options)
        return own
    return phi


def checked(given: Any) -> Relatedness | None:
    """What a caller gave as `relatedness=`. Raises InvalidTable where it is neither a Relatedness nor None."""
    if given is None or isinstance(given, Relatedness):
        return given
    if isinstance(given, Panel):
        some = next(iter(given))
        raise InvalidTable(
            f"relatedness= takes that of one group, such as panel[{some!r}], not a Panel; leave it out with by=, "
            "so that each group gets its own"
        )
    raise InvalidTable(f"relatedness= takes what relatedness() returns, not a {type(given).__name__}")


def align(m: sparse.csr_array, activities: pa.Array, phi: Relatedness) -> sparse.csr_array:
    """M with its columns in the order of the relatedness matrix, which may know more activities.

    Raises InvalidTable where the table has an activity that the relatedness does not know.
    """
    labels = phi.matrix.rows
    if labels.equals(activities):
        return m
    if labels.type != activities.type:
        raise InvalidTable(f"activities are {activities.type}, those of the relatedness {labels.type}; use one type")
    where = pa.compute.index_in(activities, value_set=labels)
    if where.null_count:
        missing = activities.filter(pa.compute.is_null(where))
        raise InvalidTable(
            f"{missing[0]} ({len(missing)} in all) is not among the {len(labels)} activities of the relatedness; "
            "drop the rows or compute the relatedness with them"
        )
    to = where.to_numpy(zero_copy_only=False)
    moved = sparse.csr_array((m.data, to[m.indices], m.indptr), shape=(m.shape[0], len(labels)))
    moved.sort_indices()
    return moved
