"""What a survey of ties can say when some did not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from regionomics.errors import InvalidTable
from regionomics.networks._graph import Graph, run_network
from regionomics.relatedness._presence import By, one_of
from regionomics.tables import Shown

Unnamed = Literal["absent", "unknown"]


@dataclass(frozen=True, repr=False)
class NonResponse(Shown):
    """The least and the most that the network can be.

    network: measure, seen (unknown ties taken as absent), low, high: ties, density, mean_degree,
        largest_component_share, reachable_share, isolates, components.
    nodes: `<node>`, answered, degree_low, degree_high.
    response: one row: nodes, answered, response_rate, unknown_pairs, unknown_share (of all pairs).
    """

    network: Any
    nodes: Any
    response: Any


def nonresponse_bounds(
    ties: Any,
    nodes: Any,
    *,
    answered: str = "answered",
    unnamed: Unnamed = "absent",
    node: str = "organisation",
    weight: str | None = None,
    by: By = None,
) -> NonResponse:
    """Bound what a network can be when some of those asked did not answer, with no guess of their answers.

    A tie named by either of the two is there. Two who answered and did not name each other have none. Between two who
    did not answer nothing is known. All bounds are sharp: low and high are reached by a network that fits the answers,
    as each measure only rises, or only falls, with more ties.

    Args:
        ties: one row a pair named by at least one of the two: `<node>_1`, `<node>_2`; no direction.
        nodes: table with the columns `node` and `answered` (true or false), everybody who was asked.
        unnamed: one answered and did not name the other, who did not answer. "absent": they have no tie, as who answers
            names all of its own (a joint project, say, which both know). "unknown": the other might have named it.
        weight: column of the ties; those of 0 are none. It plays no other part.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        NonResponse, with .network, .nodes and .response. Density, reachable_share and unknown_share of one node are
        null. Transitivity, distances and centralisation can rise or fall with a tie: no bounds are given.
    Raises:
        InvalidTable: a tie between two who did not answer, an answer that is neither true nor false, and as
            `network_summary`. InvalidParameter: unnamed is unknown.
    Source: Stork and Richards (1992), doi:10.1177/1059601192172006 (nonrespondents of network studies); Manski (1990),
        The American Economic Review 80, 319-323 (bounds without assumptions).
    """
    one_of("unnamed", unnamed, Unnamed)

    def calculate(graph: Graph) -> dict[str, Any]:
        said = graph.extra[answered]
        if not pa.types.is_boolean(said.type) or said.null_count:
            raise InvalidTable(
                f"{answered} holds {said.type} with {said.null_count} nulls; it must be true or false for everybody "
                "asked"
            )
        known = said.to_numpy(zero_copy_only=False).astype(bool)
        impossible = ~known[graph.tail] & ~known[graph.head]
        if impossible.any():
            at = int(np.argmax(impossible))
            raise InvalidTable(
                f"{graph.labels[int(graph.tail[at])]} and {graph.labels[int(graph.head[at])]} have a tie, but neither "
                f"answered ({int(impossible.sum())} in all); drop it, or say who answered"
            )
        n = graph.n
        tail, head = _open_pairs(graph, known, unnamed)
        least = _measures(n, graph.tail, graph.head)
        most = _measures(n, np.concatenate([graph.tail, tail]), np.concatenate([graph.head, head]))
        rises = {m: m not in ("isolates", "components") for m in least}
        degree = np.bincount(np.concatenate([graph.tail, graph.head]), minlength=n)
        every = n * (n - 1) // 2
        return {
            "network": {
                "measure": pa.array(list(least)),
                "seen": pa.array(list(least.values()), pa.float64()),
                "low": pa.array([(least if up else most)[m] for m, up in rises.items()], pa.float64()),
                "high": pa.array([(most if up else least)[m] for m, up in rises.items()], pa.float64()),
            },
            "nodes": {
                node: graph.labels,
                answered: said,
                "degree_low": degree.astype(np.int64),
                "degree_high": (degree + np.bincount(np.concatenate([tail, head]), minlength=n)).astype(np.int64),
            },
            "response": {
                "nodes": pa.array([n]),
                "answered": pa.array([int(known.sum())]),
                "response_rate": pa.array([float(known.mean())]),
                "unknown_pairs": pa.array([len(tail)]),
                "unknown_share": pa.array([len(tail) / every if every else None], pa.float64()),
            },
        }

    return NonResponse(**run_network(ties, nodes, by, node, weight, calculate, extra=(answered,)))


def _open_pairs(graph: Graph, known: np.ndarray, unnamed: Unnamed) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of which nothing is known, as positions, each once."""
    silent = np.flatnonzero(~known)
    i, j = np.triu_indices(len(silent), 1)
    tail, head = silent[i], silent[j]
    if unnamed == "absent":
        return tail, head
    spoke = np.flatnonzero(known)
    tail = np.concatenate([tail, np.tile(silent, len(spoke))])
    head = np.concatenate([head, np.repeat(spoke, len(silent))])
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    free = ~np.isin(low * graph.n + high, graph.tail * graph.n + graph.head)
    return low[free], high[free]


def _measures(n: int, tail: np.ndarray, head: np.ndarray) -> dict[str, float | None]:
    """As in `network_summary`; each rises with a further tie, but isolates and components, which fall."""
    matrix = sparse.coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n)).tocsr()
    size = np.bincount(connected_components(matrix, directed=False)[1])
    every = n * (n - 1) / 2
    return {
        "ties": len(tail),
        "density": len(tail) / every if n > 1 else None,
        "mean_degree": 2 * len(tail) / n,
        "largest_component_share": float(size.max() / n),
        "reachable_share": float((size * (size - 1)).sum() / 2 / every) if n > 1 else None,
        "isolates": int((size == 1).sum()),
        "components": len(size),
    }
