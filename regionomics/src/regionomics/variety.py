"""Variety: how evenly a place is spread over activities, and how much of that is between activities that are alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.panels import Panel
from regionomics.relatedness._presence import By, LabelledMatrix, run
from regionomics.relatedness.measures import Method, Relatedness, align, as_relatedness, checked
from regionomics.tables import ABSENT_IS_0, Codes, Family, PlaceActivity, by_groups, encode, numbers, read_columns
from regionomics.unknown import tell_nothing


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
        table: one row per place and class of the finest level, value >= 0. It names the group at every level.
        levels: columns from the coarsest to the finest, such as ("section", "division", "class"); at least two. Each
            finer class lies in one coarser class.
        by: further keys (year).
        base: of the logarithm; 2 gives bits.
    Returns:
        place, total, unrelated, related, and within_<level> for each level below the coarsest (bits or other units;
        null for a place without anything).
    Raises:
        InvalidTable: a place and finest class twice, nulls, negatives; a class that lies in two coarser classes.
        InvalidParameter: fewer than two levels, a level twice, a base not above 1.
    Source: Frenken, Van Oort and Verburg (2007), doi:10.1080/00343400601120296; Theil (1972), Statistical
        Decomposition Analysis.
    """
    names = [levels] if isinstance(levels, str) else list(levels)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidParameter(f"levels={names!r}; name two or more distinct columns, the coarsest first")
    if not base > 1:
        raise InvalidParameter(f"base={base!r}; it must be above 1, such as 2 or math.e")

    def calculate(arrow: pa.Table, family: Family) -> Mapping[str, Mapping[str, Any]]:
        return {"variety": _decompose(arrow, place, value, names, base)}

    return by_groups(table, by, (place, *names, value), calculate)["variety"]


def weighted_variety(
    table: Any,
    relatedness: Any = None,
    *,
    place: str = "place",
    activity: str = "activity",
    value: str = "value",
    by: By = None,
    method: Method = "conditional",
    base: float = 2.0,
) -> Any:
    """Split the variety of each place by how alike its activities are, without groups of them.

    total = -sum_a s[a] log s[a]; unrelated = -sum_a s[a] log sum_b phi[a, b] s[b]; related = total - unrelated, with s
    the place's shares and phi the proximity of activities, 1 of each with itself. With phi 1 inside groups and 0
    between them this is `variety_decomposition` at two levels; with phi 0 everything is unrelated.

    Args:
        table: one row per (place, activity), value >= 0; an absent pair means 0. Or a PlaceActivity.
        relatedness: phi, proximities 0..1, from `relatedness` with a method that keeps to 0..1, or a table of
            `<activity>_1`, `<activity>_2` and relatedness, one row a pair, absent pairs 0. Default: by `method`, of the
            table's own places (with `by`, of the group's).
        by: further keys (year).
        method: of the default proximity: "conditional", "cosine", "jaccard", "overlap", "correlation" or
            "value_cosine".
        base: of the logarithm; 2 gives bits.
    Returns:
        place, total, unrelated, related (bits or other units, >= 0), rao_stirling (sum_ab s[a] s[b] (1 - phi[a, b]),
        the chance that two units of the place are unlike, 0..1). Null for a place without anything.
    Raises:
        InvalidTable: a pair twice, nulls, negatives, an activity that phi does not know. InvalidParameter: a proximity
            above 1, a base not above 1.
    Source: Ricotta and Szeidl (2006), doi:10.1016/j.tpb.2006.06.003, for the entropy with likeness; Rao (1982),
        doi:10.1016/0040-5809(82)90004-1, and Stirling (2007), doi:10.1098/rsif.2007.0213, for rao_stirling. To call the
        parts unrelated and related variety, after Frenken et al. (2007), is this library's own.
    """
    if not base > 1:
        raise InvalidParameter(f"base={base!r}; it must be above 1, such as 2 or math.e")
    is_table = not (relatedness is None or isinstance(relatedness, Relatedness | Panel))
    given = _of_pairs(relatedness, activity) if is_table else checked(relatedness)

    def calculate(data: PlaceActivity) -> dict[str, Any]:
        near = as_relatedness(given, data, method=method)
        _check_proximity(near)
        total = np.asarray(data.values.sum(axis=1))
        x = align(data.values, data.activities, near)
        owner = np.repeat(np.arange(len(total)), np.diff(x.indptr))
        share = x.data / total[owner]
        s = sparse.csr_array((share, x.indices, x.indptr), shape=x.shape)
        alike = np.minimum(_alike(s, near.matrix.values, owner), 1.0)  # rounding must not show as more than all
        some = share > 0  # a value may be too small beside the others for its share to differ from 0
        log_share, log_alike = (np.log(np.where(some, v, 1.0)) / math.log(base) for v in (share, alike))

        def mean(values: np.ndarray) -> pa.Array:
            return _known(np.bincount(owner, share * values, len(total)), total)

        return {
            "v": {
                data.names[0]: data.places,
                "total": mean(-log_share),
                "unrelated": mean(-log_alike),
                "related": mean(log_alike - log_share),
                "rao_stirling": mean(1 - alike),
            }
        }

    return run(table, by, (place, activity, value), calculate, compares=False)["v"]


def _alike(s: sparse.csr_array, phi: Any, owner: np.ndarray) -> np.ndarray:
    """sum_b phi[a, b] s[p, b] for each stored (p, a), with phi[a, a] = 1 whatever its diagonal says."""
    off = phi.copy()
    if sparse.issparse(off):
        off = sparse.csr_array(off)
        off.data[off.indices == np.repeat(np.arange(off.shape[0]), np.diff(off.indptr))] = 0.0
    else:
        np.fill_diagonal(off, 0.0)
    out = np.empty(len(s.data))
    for start in range(0, s.shape[0], 256):
        at = slice(int(s.indptr[start]), int(s.indptr[min(start + 256, s.shape[0])]))
        around = s[start : start + 256] @ off.T
        around = np.asarray(around.toarray() if sparse.issparse(around) else around)
        out[at] = around[owner[at] - start, s.indices[at]]
    out += s.data
    return out


def _of_pairs(table: Any, activity: str) -> Relatedness:
    """A table of pairs as a Relatedness: symmetric, absent pairs 0."""
    names = (f"{activity}_1", f"{activity}_2")
    arrow, family = read_columns(table, (*names, "relatedness"))
    both = encode(pa.chunked_array([*arrow[names[0]].chunks, *arrow[names[1]].chunks]), f"{names[0]}, {names[1]}")
    values = numbers(arrow["relatedness"], "relatedness")
    n, rows = len(both.labels), arrow.num_rows
    i, j = both.codes[:rows], both.codes[rows:]
    low, high = np.minimum(i, j), np.maximum(i, j)
    if len(np.unique(low * n + high)) < rows:
        raise InvalidTable(f"a pair of {names[0]} and {names[1]} repeats; give each pair once, in one order")
    upper = sparse.coo_array((values, (low, high)), shape=(n, n)).tocsr()
    matrix = sparse.csr_array(upper + sparse.triu(upper, 1).T)
    return Relatedness(LabelledMatrix(matrix, both.labels, both.labels), "given", "given", 0, None, activity, family)


def _check_proximity(phi: Relatedness) -> None:
    values = phi.matrix.values.data if sparse.issparse(phi.matrix.values) else phi.matrix.values
    if values.size and float(values.max()) > 1 + 1e-9:
        raise InvalidParameter(
            f"the relatedness ({phi.method}) reaches {values.max():g}; variety takes proximities 0..1, "
            "such as those of method='conditional', 'cosine' or 'jaccard'"
        )


def _decompose(arrow: pa.Table, place: str, value: str, names: list[str], base: float) -> dict[str, Any]:
    places = encode(arrow[place], place)
    x = numbers(arrow[value], value, remedy=ABSENT_IS_0)
    coded = [encode(arrow[name], name) for name in names]
    for (fine, below), (coarse, above) in zip(
        zip(names[1:], coded[1:], strict=True), zip(names[:-1], coded[:-1], strict=True), strict=True
    ):
        _check_nested(fine, below, coarse, above)
    _check_once(places, coded[-1])
    total = np.bincount(places.codes, x, len(places.labels))
    entropies = [_entropy(places.codes, c.codes, len(c.labels), x, total) / math.log(base) for c in coded]
    # Each part is a difference, so that they add to the total exactly; one of 0 may show as -1e-17.
    out: dict[str, Any] = {
        place: places.labels,
        "total": _known(entropies[-1], total),
        "unrelated": _known(entropies[0], total),
        "related": _known(entropies[-1] - entropies[0], total),
    }
    for i, name in enumerate(names[1:], 1):
        out[f"within_{name}"] = _known(entropies[i] - entropies[i - 1], total)
    tell_nothing("variety", places.labels, total <= 0, place, value)
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


def _check_once(places: Codes, classes: Codes) -> None:
    cell = places.codes * len(classes.labels) + classes.codes
    seen, count = np.unique(cell, return_counts=True)
    if len(seen) < len(cell):
        place, own = divmod(int(seen[count > 1][0]), len(classes.labels))
        raise InvalidTable(
            f"{places.labels[place]}, {classes.labels[own]} appears {int(count[count > 1][0])} times "
            f"(pairs repeated: {int((count > 1).sum())}); add the rows up first, or name the further key in by="
        )


def _check_nested(fine: str, below: Codes, coarse: str, above: Codes) -> None:
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
