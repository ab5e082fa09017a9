"""Matches that both sides want: what each wants of the other, vetoes, rivals kept apart, attention shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.tables import encode, read_columns

_REASONS = 4


@dataclass(frozen=True)
class _Fits:
    """Directed pairs that are wanted at all. fit: (pairs, criteria), NaN = unknown. side: (pairs,), weighted mean."""

    a: np.ndarray
    b: np.ndarray
    fit: np.ndarray
    side: np.ndarray
    back: np.ndarray  # the row of the other direction, -1 = none


def two_sided_matches(
    fits: Any,
    *,
    k: int,
    card: str = "card",
    partner: str = "partner",
    criteria: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    veto: Sequence[str] = (),
    profiles: Any = None,
    owner: str | None = None,
    rivals: Sequence[str] = (),
    open_to_rivals: str | None = None,
    cluster: str | None = None,
    across: float = 0.0,
    exposure: int | None = None,
) -> Any:
    """Give each card the k partners for which both sides are best served, with the reasons and their weights.

    wants[a, b] = sum of w_c fit_c[a, b] / sum of w_c over the criteria that are known; the score of a and b is the
    harmonic mean 2 wants[a, b] wants[b, a] / (wants[a, b] + wants[b, a]), so that a match which only one side wants is
    worth little. A criterion of `veto` that is 0 on either side, or whose wish is not known from both sides at all,
    makes no match. Places in the lists are given out from the best score down; equal scores by label.

    Args:
        fits: one row per (card, partner): how well the partner meets what the card wants, a column each criterion,
            0..1; null = unknown. A pair is matched only where both directions have a row.
        k: partners a card, at most.
        criteria: the columns to use; None = all but the two labels.
        weights: criterion -> weight > 0; 1 for those left out.
        veto: criteria that may not be 0.
        profiles: one row a card, with the columns named by `owner` (two cards of one owner are never matched), `rivals`
            (activity, market, size class: two that agree in all of them are rivals and never matched; null agrees with
            nothing), `open_to_rivals` (true on both sides lifts that) and `cluster`.
        across: the share of the k places that only partners of another cluster may take, 0..1.
        exposure: how often a card may be recommended in all; None = without limit.
    Returns:
        card, partner, rank, score (0..1), wants, is_wanted (the two sides), reasons: up to four, each with reason
        ("wants: ..." or "is wanted: ...") and weight; the weights of all criteria add up to the score.
    Raises:
        InvalidTable: a pair twice, a card with itself, a fit outside of 0..1, a card without profile, or twice.
        InvalidParameter: k or exposure < 1, across outside of 0..1, an unknown criterion, profiles missing.
    Source: Pizzato, Rej, Chung, Koprinska and Kay (2010), RECON, doi:10.1145/1864708.1864747 (harmonic mean of two
        sides); the rest is ours.
    """
    if k < 1 or (exposure is not None and exposure < 1):
        raise InvalidParameter(f"k={k}, exposure={exposure}; both must be at least 1")
    if not 0 <= across <= 1:
        raise InvalidParameter(f"across={across}; it must be between 0 and 1")
    named = [c for c in (owner, *rivals, open_to_rivals, cluster) if c is not None]
    if named and profiles is None:
        raise InvalidParameter(f"profiles= is needed: a table with the columns {card!r} and {', '.join(named)}")
    if across and cluster is None:
        raise InvalidParameter(f"across={across} needs cluster=, the column of the profiles that holds it")
    if criteria is None:
        criteria = [c for c in nw.from_native(fits).collect_schema().names() if c not in (card, partner)]
    if not criteria:
        raise InvalidParameter("no criterion; the fits need at least one column besides the two labels")
    wrong = [c for c in (*(weights or {}), *veto) if c not in criteria]
    if wrong:
        raise InvalidParameter(f"{wrong[0]!r} is not among the criteria {list(criteria)}")
    w = np.array([float((weights or {}).get(c, 1.0)) for c in criteria])
    if not (w > 0).all():
        raise InvalidParameter(f"the weight of {criteria[int(np.argmin(w))]!r} is {w.min():g}; leave the criterion out")
    arrow, family = read_columns(fits, (card, partner, *criteria))
    labels, f = _read(arrow, (card, partner), criteria, w, [c in veto for c in criteria])
    score = np.zeros(len(f.a))
    both = f.back >= 0
    one, two = f.side[both], f.side[f.back[both]]
    score[both] = np.divide(2 * one * two, one + two, out=np.zeros_like(one), where=one + two > 0)
    same = np.zeros(len(f.a), dtype=bool)
    if profiles is not None:
        known = _profiles(profiles, card, named, labels)
        score[_kept_apart(known, f, owner, rivals, open_to_rivals)] = 0.0
        if cluster is not None:
            same = _agree(known[cluster], f)
    rows = _give_out(f, score, same, len(labels), k, ceil(across * k - 1e-9), exposure)
    return family.emit(_table(labels, f, score, rows, w, (card, partner), criteria))


def _read(
    arrow: pa.Table, names: tuple[str, str], criteria: Sequence[str], w: np.ndarray, veto: Sequence[bool]
) -> tuple[pa.Array, _Fits]:
    card, partner = names
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one pair")
    if arrow[card].type != arrow[partner].type:
        raise InvalidTable(f"{card} is {arrow[card].type}, {partner} is {arrow[partner].type}; use one type")
    m = arrow.num_rows
    codes = encode(pa.chunked_array([*arrow[card].chunks, *arrow[partner].chunks], arrow[card].type), card)
    labels, a, b = codes.labels, codes.codes[:m], codes.codes[m:]
    if (a == b).any():
        raise InvalidTable(f"{labels[int(a[np.argmax(a == b)])]} is paired with itself; drop the row")
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    key = a * len(labels) + b
    if (np.diff(key) == 0).any():
        at = int(np.argmax(np.diff(key) == 0))
        raise InvalidTable(f"{labels[int(a[at])]} with {labels[int(b[at])]} appears twice; give one row each")
    fit = np.empty((m, len(criteria)))
    for c, name in enumerate(criteria):
        try:
            values = np.asarray(arrow[name].cast(pa.float64()).to_numpy(), dtype=float)[order]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InvalidTable(
                f"{name} holds {arrow[name].type}, not numbers; name the criteria in criteria="
            ) from error
        bad = (values < 0) | (values > 1)
        if bad.any():
            at = int(np.argmax(bad))
            raise InvalidTable(
                f"{name} is {values[at]:g} for {labels[int(a[at])]}, {labels[int(b[at])]} ({int(bad.sum())} in all); "
                "a fit lies between 0 and 1"
            )
        fit[:, c] = values
    there = ~np.isnan(fit)
    total = there @ w
    side = np.divide(np.nan_to_num(fit) @ w, total, out=np.zeros(m), where=total > 0)
    side[((fit == 0) & np.array(veto)).any(axis=1)] = 0.0
    other = b * len(labels) + a
    at = np.minimum(np.searchsorted(key, other), m - 1)
    return labels, _Fits(a, b, fit, side, np.where(key[at] == other, at, -1))


def _profiles(profiles: Any, card: str, named: Sequence[str], labels: pa.Array) -> dict[str, np.ndarray]:
    """Each named column as codes in the order of the labels, -1 = null; booleans as 1 and 0."""
    arrow, _ = read_columns(profiles, (card, *named))
    at = pc.index_in(labels, value_set=arrow[card].combine_chunks().cast(labels.type))
    if at.null_count:
        missing = labels.filter(pc.is_null(at))
        raise InvalidTable(f"{missing[0]} has no profile ({len(missing)} in all); add it or drop its pairs")
    if len(arrow[card].unique()) < arrow.num_rows:
        raise InvalidTable(f"profiles: a {card} appears twice; give one row each")
    out = {}
    for name in dict.fromkeys(named):
        column = arrow[name].take(at).combine_chunks()
        if pa.types.is_boolean(column.type):
            out[name] = np.asarray(pc.fill_null(column, False).cast(pa.int8()).to_numpy(), dtype=np.int64)
            continue
        encoded = column.dictionary_encode() if not pa.types.is_dictionary(column.type) else column
        out[name] = np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(), dtype=np.int64)
    return out


def _agree(codes: np.ndarray, f: _Fits) -> np.ndarray:
    return np.asarray((codes[f.a] == codes[f.b]) & (codes[f.a] >= 0))


def _kept_apart(
    known: Mapping[str, np.ndarray], f: _Fits, owner: str | None, rivals: Sequence[str], open_to: str | None
) -> np.ndarray:
    apart = np.zeros(len(f.a), dtype=bool)
    if rivals:
        apart |= np.logical_and.reduce([_agree(known[r], f) for r in rivals])
    if open_to is not None:
        apart &= ~((known[open_to][f.a] == 1) & (known[open_to][f.b] == 1))
    if owner is not None:
        apart |= _agree(known[owner], f)
    return apart


def _give_out(
    f: _Fits, score: np.ndarray, same: np.ndarray, n: int, k: int, kept: int, exposure: int | None
) -> np.ndarray:
    """Rows that are recommended, from the best score down. kept: places for partners of another cluster."""
    rows = np.flatnonzero(score > 0)
    rows = rows[np.lexsort((f.b[rows], f.a[rows], -score[rows]))]
    if exposure is None and not kept:
        order = rows[np.argsort(f.a[rows], kind="stable")]
        start = np.searchsorted(f.a[order], np.arange(n))
        return np.asarray(order[np.arange(len(order)) - start[f.a[order]] < k])
    shown, given, inside = [0] * n, [0] * n, [0] * n
    most = exposure if exposure is not None else len(rows) + 1
    out = []
    for row, a, b, own in zip(rows.tolist(), f.a[rows].tolist(), f.b[rows].tolist(), same[rows].tolist(), strict=True):
        if given[a] < k and shown[b] < most and not (own and inside[a] >= k - kept):
            given[a] += 1
            shown[b] += 1
            inside[a] += own
            out.append(row)
    chosen = np.array(out, dtype=np.int64)
    return np.asarray(chosen[np.argsort(f.a[chosen], kind="stable")])


def _table(
    labels: pa.Array,
    f: _Fits,
    score: np.ndarray,
    rows: np.ndarray,
    w: np.ndarray,
    names: tuple[str, str],
    criteria: Sequence[str],
) -> pa.Table:
    a = f.a[rows]
    first = np.flatnonzero(np.r_[True, np.diff(a) != 0]) if len(a) else np.zeros(0, np.int64)
    rank = np.arange(len(a)) - np.repeat(first, np.diff(np.r_[first, len(a)])) + 1
    return pa.table(
        {
            names[0]: labels.take(pa.array(a)),
            names[1]: labels.take(pa.array(f.b[rows])),
            "rank": pa.array(rank.astype(np.int64)),
            "score": score[rows],
            "wants": f.side[rows],
            "is_wanted": f.side[f.back[rows]],
            "reasons": _reasons(f, score, rows, w, criteria),
        }
    )


def _reasons(f: _Fits, score: np.ndarray, rows: np.ndarray, w: np.ndarray, criteria: Sequence[str]) -> pa.ListArray:
    """Half of the score for each side, shared out over its criteria by what they add to it."""
    words = [f"{side}: {c}" for side in ("wants", "is wanted") for c in criteria]
    parts = []
    for at in (rows, f.back[rows]):
        each = np.nan_to_num(f.fit[at]) * w
        parts.append(each / np.maximum(each.sum(axis=1, keepdims=True), 1e-300) * score[rows, None] / 2)
    every = np.hstack(parts)
    best = np.argsort(-every, axis=1, kind="stable")[:, :_REASONS]
    value = np.take_along_axis(every, best, axis=1)
    shown = value > 0  # the first ones of each row
    ends = np.concatenate([[0], np.cumsum(shown.sum(axis=1))])
    reason = pa.array(words).take(pa.array(best[shown]))
    pairs = pa.StructArray.from_arrays([reason, pa.array(value[shown])], ["reason", "weight"])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pairs)
