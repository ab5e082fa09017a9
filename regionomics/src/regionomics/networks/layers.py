"""Several kinds of ties at once, and ties over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable
from regionomics.networks._graph import Graph, run_network
from regionomics.panels import stacked
from regionomics.relatedness._presence import By, pairs
from regionomics.tables import Shown, encode, numbers, read_columns
from regionomics.unknown import tell_of


@dataclass(frozen=True, repr=False)
class Multiplex(Shown):
    """How the layers of a network go together.

    layers: `<layer>_1`, `<layer>_2`, ties_1, ties_2, both (ties in both), jaccard (both over either), expected (both by
        chance: ties_1 ties_2 over all pairs), ratio (both / expected), z (both less expected over the standard
        deviation, hypergeometric), degree_correlation (of the nodes' numbers of ties). Ratio is null where none are
        expected, z where a layer has no tie or all, the correlation where all nodes of a layer have equally many.
    nodes: `<node>`, layers (in which it has a tie), ties (over all layers), partners (different ones), participation
        (0: all ties in one layer, 1: evenly over all; null without ties or with one layer).
    """

    layers: Any
    nodes: Any


def multiplex(
    ties: Any,
    nodes: Any = None,
    *,
    layer: str = "layer",
    node: str = "organisation",
    weight: str | None = None,
    by: By = None,
) -> Multiplex:
    """Compare kinds of ties (projects, events, contracts): which pairs have both, and who is active in all.

    participation_i = L / (L - 1) (1 - sum_l (k_il / sum_m k_im)^2), with L layers and k_il ties of node i in layer l.

    Args:
        ties: one row per (pair, layer): `<node>_1`, `<node>_2`, `<layer>`; no direction.
        nodes: table with the column `node`, or a list, where some have no tie. All layers have the same nodes.
        weight: column of the ties; those of 0 are none. It plays no other part.
        by: further keys (year) of the ties, and of the nodes unless these are the same for all groups.
    Returns:
        Multiplex, with .layers (one row for two layers) and .nodes. Each layer by itself: any other function with
        by="layer".
    Raises:
        InvalidTable: no ties, a pair twice in a layer, a tie with itself, nulls, a tie of somebody who is not among
            the nodes, a table of nodes that differ by layer.
    Source: Battiston, Nicosia and Latora (2014), doi:10.1103/PhysRevE.89.032804 (participation); Bianconi (2013),
        doi:10.1103/PhysRevE.87.062806 (ties in both layers).
    """
    ends = (f"{node}_1", f"{node}_2")
    used = [layer, *ends, *([weight] if weight else [])]
    if by is not None:
        given = pa.table({node: pa.array(nodes)}) if isinstance(nodes, list | tuple | np.ndarray | pa.Array) else nodes
        return Multiplex(
            **stacked(
                by,
                [("ties", ties, used), ("nodes", given, [node])],
                lambda t, n: multiplex(t, n, layer=layer, node=node, weight=weight),
                ("layers", "nodes"),
            )
        )
    arrow, family = read_columns(ties, used)
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no ties; pass at least one")
    listed = nodes
    if nodes is None:
        both = pa.chunked_array([*arrow[ends[0]].chunks, *arrow[ends[1]].chunks])
        listed = encode(both, ends[0]).labels
    found: list[Graph] = []
    names = encode(arrow[layer], layer).labels

    def collect(graph: Graph) -> dict[str, Any]:
        found.append(graph)
        return {"n": {"n": pa.array([graph.n])}}

    run_network(arrow, listed, layer, node, weight, collect)
    n = found[0].n
    if any(len(g.labels) != n or g.labels != found[0].labels for g in found):
        raise InvalidTable("the layers have different nodes; pass nodes= without the layer column")
    keys = [g.tail * n + g.head for g in found]
    degrees = np.array([np.bincount(np.concatenate([g.tail, g.head]), minlength=n) for g in found])
    i, j = np.triu_indices(len(found), 1)
    m = np.array([len(k) for k in keys])
    shared = np.array([len(np.intersect1d(keys[a], keys[b])) for a, b in zip(i, j, strict=True)], dtype=np.int64)
    every_pair = n * (n - 1) / 2
    either, expected = m[i] + m[j] - shared, m[i] * m[j] / every_pair
    variance = expected * (every_pair - m[i]) * (every_pair - m[j]) / (every_pair * max(every_pair - 1, 1))
    unknown = np.full(len(i), np.nan)
    centred = degrees - degrees.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1))
    together = spread[i] * spread[j]
    every = np.unique(np.concatenate(keys))
    total = degrees.sum(axis=0)
    share = np.divide(degrees, total, out=np.zeros(degrees.shape), where=total > 0)
    size = len(found)
    even = size / (size - 1) * (1 - (share**2).sum(axis=0)) if size > 1 else np.full(n, np.nan)
    tell_of("participation", found[0].labels, total == 0, f"no ties for {node}", "leave them out")
    return Multiplex(
        layers=family.emit(
            pairs(
                {f"{layer}_1": (names, i), f"{layer}_2": (names, j)},
                ties_1=m[i],
                ties_2=m[j],
                both=shared,
                jaccard=np.divide(shared, either, out=unknown.copy(), where=either > 0),
                expected=expected,
                ratio=np.divide(shared, expected, out=unknown.copy(), where=expected > 0),
                z=np.divide(shared - expected, np.sqrt(variance), out=unknown.copy(), where=variance > 0),
                degree_correlation=np.divide(
                    (centred[i] * centred[j]).sum(axis=1), together, out=unknown.copy(), where=together > 1e-12
                ),
            )
        ),
        nodes=family.emit(
            {
                node: found[0].labels,
                "layers": (degrees > 0).sum(axis=0).astype(np.int64),
                "ties": total.astype(np.int64),
                "partners": np.bincount(np.concatenate([every // n, every % n]), minlength=n).astype(np.int64),
                "participation": np.where(total > 0, even, np.nan),
            }
        ),
    )


def time_windows(
    table: Any,
    *,
    start: str = "start",
    end: str | None = None,
    width: float,
    step: float | None = None,
    first: float | None = None,
    last: float | None = None,
) -> Any:
    """Repeat each row in every window of time that it falls in, for by="window_from" in any other function.

    Windows [w, w + width) with w = first, first + step, ... while w + width <= last. A row with a time of `start` only
    falls in the windows that hold it; one with an `end` in all that it overlaps: start < w + width and end > w.

    Args:
        table: participations or ties, with numbers for time (years, say).
        start, end: columns with the first moment and the first moment after; end null: still running; end = start: a
            moment.
        width, step: in the unit of time; step = width by default: windows side by side.
        first, last: where windows begin and end. Default: the least start, and the largest end or the largest start + 1
            (a whole year), whichever is later; then one more window is added where the last would not reach so far.
    Returns:
        The table's columns, behind window_from and window_until (whole numbers where start, width, step and first are);
        a row for each row of the table and each of its windows. No row for a window without any.
    Raises:
        InvalidTable: a null or infinite start, an end before its start, no rows, a column named like the new ones.
        InvalidParameter: width or step <= 0, or no room for one window.
    Source: this library's own bookkeeping; half-open windows as in Ribeiro, Perra and Baronchelli (2013),
        doi:10.1038/srep03006, who show what the width does to the answer.
    """
    step = width if step is None else step
    if not width > 0 or not step > 0:
        raise InvalidParameter(f"width={width}, step={step}; both must be > 0")
    names = nw.from_native(table).collect_schema().names()
    arrow, family = read_columns(table, [start, *([end] if end else []), *names])
    if arrow.num_rows == 0:
        raise InvalidTable("the table has no rows; pass at least one")
    for new in ("window_from", "window_until"):
        if new in names:
            raise InvalidTable(f"the table has a column {new} already; drop or rename it")
    begin, until = _times(arrow, start, end)
    lowest = float(begin.min()) if first is None else first
    highest = float(begin.max()) + 1 if last is None else last
    finite = until[np.isfinite(until)]
    if last is None and len(finite):
        highest = max(highest, float(finite.max()))
    count = int(np.floor((highest - lowest - width) / step + 1e-9)) + 1
    if last is None and (count < 1 or lowest + (count - 1) * step + width < highest - 1e-9):
        count = max(count, 0) + 1
    if count < 1:
        raise InvalidParameter(f"no window of {width:g} fits between {lowest:g} and {highest:g}; make it narrower")
    at = lowest + step * np.arange(count)
    moment = (begin == until)[None, :] & (begin[None, :] >= at[:, None])
    inside = (begin[None, :] < at[:, None] + width) & (moment | (until[None, :] > at[:, None]))
    window, taken = np.nonzero(inside)
    whole = pa.types.is_integer(arrow[start].type) and all(float(v).is_integer() for v in (width, step, lowest))
    kind = pa.int64() if whole else pa.float64()
    body = arrow.select(names).take(pa.array(taken))
    return family.emit(
        pa.table(
            {
                "window_from": pa.array(at[window]).cast(kind),
                "window_until": pa.array(at[window] + width).cast(kind),
                **{c: body[c] for c in names},
            }
        )
    )


def _times(arrow: pa.Table, start: str, end: str | None) -> tuple[np.ndarray, np.ndarray]:
    """First moment, and first moment after, of each row; they are equal where there is no end column."""
    begin = numbers(arrow[start], start, nonnegative=False)
    if end is None:
        return begin, begin
    running = pc.is_null(arrow[end], nan_is_null=True).to_numpy()
    until = np.full(len(begin), np.inf)
    if not running.all():
        until[~running] = numbers(arrow[end].filter(pa.array(~running)), end, nonnegative=False)
    if (until < begin).any():
        row = int(np.argmax(until < begin))
        raise InvalidTable(f"{end} is {until[row]:g} before {start} {begin[row]:g} in row {row + 1}; swap or drop it")
    return begin, until
