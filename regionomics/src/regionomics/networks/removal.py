"""What is left of a network when nodes leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from regionomics.errors import InputWarning, InvalidParameter, warn
from regionomics.networks._graph import Graph, run_network
from regionomics.relatedness._presence import By, one_of, position
from regionomics.tables import Shown

Order = Literal["degree", "strength", "betweenness", "random"]


@dataclass(frozen=True, repr=False)
class Robustness(Shown):
    """How a network shrinks as nodes leave.

    curve: removed (0 .. n), share_removed, `<node>` (who left last; null for 0 and for random), largest_share (nodes of
        the largest component over all n), low, high (5th and 95th percentile over the draws; null unless random).
    index: one row: nodes, order, robustness (the mean of largest_share over removed = 1 .. n; at most about 0.5, 0
        where there are no ties to lose and n is large), half (the share removed at which the largest component first
        holds no more than half of what it did).
    """

    curve: Any
    index: Any


def robustness(
    ties: Any,
    nodes: Any = None,
    *,
    order: Order | Sequence[Any] = "degree",
    recalculate: bool = True,
    draws: int = 100,
    seed: int = 0,
    node: str = "organisation",
    weight: str | None = "weight",
    by: By = None,
) -> Robustness:
    """Take nodes away one by one and say how much of the network still hangs together.

    R = (1 / n) sum_{q=1..n} S(q), S(q) = nodes of the largest component once q nodes are gone, over n.

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2` and the weight >= 0 (0: no tie). weight=None: all ties alike.
        nodes: table with the column `node`, or a list, where some have no tie.
        order: who leaves first: those with most ties ("degree"), most weight ("strength"), most shortest paths through
            them ("betweenness"), "random" (the mean of `draws` orders), or a list of labels, in whose order they leave;
            then the curve ends with the list. Equal nodes leave in the order of their labels.
        recalculate: choose anew after each removal; otherwise by the whole network.
        seed: of the random orders.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        Robustness, with .curve and .index. The index is null for a list that does not name every node.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls, a tie of somebody who is not among the nodes.
        InvalidParameter: an unknown order, an empty list, a label that is not a node or comes twice, draws < 1.
        MissingDependency: "betweenness" without igraph (extra `networks`).
    Warns: InputWarning where a list does not name every node. That an order which is not drawn has no low and high
        follows from the question, and is not said.
    Source: Albert, Jeong and Barabasi (2000), doi:10.1038/35019019; Schneider et al. (2011),
        doi:10.1073/pnas.1009440108 (R).
    """
    if isinstance(order, str):
        one_of("order", order, Order)
    if draws < 1:
        raise InvalidParameter(f"draws={draws}; at least 1 is needed")

    def calculate(graph: Graph) -> dict[str, Any]:
        n = graph.n
        low = high = None
        if order == "random":
            rng = np.random.default_rng(seed)
            drawn = np.array([_largest(graph, rng.permutation(n)) for _ in range(draws)]) / n
            share, (low, high) = drawn.mean(axis=0), np.percentile(drawn, [5, 95], axis=0)
            left: pa.Array = pa.nulls(n + 1, graph.labels.type)
        else:
            sequence = _sequence(graph, order, recalculate)
            share = _largest(graph, sequence) / n
            left = pa.concat_arrays([pa.nulls(1, graph.labels.type), graph.labels.take(pa.array(sequence))])
        steps = np.arange(len(share))
        unknown = np.full(len(share), np.nan)
        whole = len(share) == n + 1
        if not whole:
            warn(
                f"robustness null: the list names {len(share) - 1} of {n} nodes, and the index is a mean over all of "
                "them; name every node, or read the curve",
                InputWarning,
            )
        return {
            "curve": {
                "removed": steps,
                "share_removed": steps / n,
                node: left,
                "largest_share": share,
                "low": unknown if low is None else low,
                "high": unknown if high is None else high,
            },
            "index": {
                "nodes": pa.array([n]),
                "order": pa.array([order if isinstance(order, str) else "given"]),
                "robustness": pa.array([float(share[1:].mean()) if whole else None], pa.float64()),
                "half": pa.array(
                    [float(np.argmax(share <= share[0] / 2) / n) if (share <= share[0] / 2).any() else None],
                    pa.float64(),
                ),
            },
        }

    return Robustness(**run_network(ties, nodes, by, node, weight, calculate))


def _sequence(graph: Graph, order: str | Sequence[Any], recalculate: bool) -> np.ndarray:
    """Positions of the nodes in the order in which they leave."""
    if not isinstance(order, str):
        at = np.array([position(graph.labels, label) for label in order], dtype=np.int64)
        if not len(at):
            raise InvalidParameter("order is an empty list; name at least one node")
        if len(np.unique(at)) < len(at):
            twice = at[np.argmax(np.bincount(at)[at] > 1)]
            raise InvalidParameter(f"order names {graph.labels[int(twice)]} twice; a node leaves once")
        return at
    if order == "betweenness":
        return _by_betweenness(graph, recalculate)
    a = graph.matrix(weighted=order == "strength")
    score = np.asarray(a.sum(axis=1), dtype=float)
    # rounded to 12 digits of the largest, so that equal nodes are equal whatever the order of the sums
    grain = float(score.max()) * 1e-12 or 1.0
    if not recalculate:
        return np.argsort(-np.round(score / grain), kind="stable")
    out = np.empty(graph.n, dtype=np.int64)
    for step in range(graph.n):
        i = int(np.argmax(np.round(score / grain)))
        out[step] = i
        span = slice(a.indptr[i], a.indptr[i + 1])
        score[a.indices[span]] -= a.data[span]
        score[i] = -np.inf
    return out


def _by_betweenness(graph: Graph, recalculate: bool) -> np.ndarray:
    g = graph.igraph()
    if not recalculate:
        return np.argsort(-np.round(g.betweenness(), 9), kind="stable")
    here = np.arange(graph.n)
    out: list[int] = []
    while g.ecount():
        i = int(np.argmax(np.round(g.betweenness(), 9)))
        out.append(int(here[i]))
        here = np.delete(here, i)
        g.delete_vertices([i])
    return np.array([*out, *here.tolist()], dtype=np.int64)


def _largest(graph: Graph, sequence: np.ndarray) -> np.ndarray:
    """Nodes of the largest component after 0, 1, 2 ... removals: put the nodes back in reverse and join them."""
    n = graph.n
    gone = np.full(n, len(sequence))
    gone[sequence] = np.arange(len(sequence))  # the step at which each leaves; those who stay come first
    when = np.minimum(gone[graph.tail], gone[graph.head])  # a tie is there until the first of the two leaves
    order = np.argsort(-when, kind="stable")
    tail, head, when = graph.tail[order].tolist(), graph.head[order].tolist(), when[order].tolist()
    parent, size = list(range(n)), [1] * n

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    out = np.zeros(len(sequence) + 1, dtype=np.int64)
    largest = at = 0
    for step in range(len(sequence), -1, -1):
        largest = max(largest, int(step < n))
        while at < len(tail) and when[at] >= step:
            a, b = root(tail[at]), root(head[at])
            if a != b:
                if size[a] < size[b]:
                    a, b = b, a
                parent[b] = a
                size[a] += size[b]
                largest = max(largest, size[a])
            at += 1
        out[step] = largest
    return out
