"""A network in one row, and each node's position in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.networks._graph import Graph, per_node, run_network
from regionomics.relatedness._presence import By
from regionomics.unknown import tell_null

_COUNTS = {"nodes", "ties", "isolates", "components", "diameter"}


def network_summary(
    ties: Any,
    nodes: Any = None,
    *,
    node: str = "organisation",
    weight: str | None = "weight",
    group: str | None = None,
    by: By = None,
) -> Any:
    """Say how large, dense, connected, clustered and centralised a network is.

    density = ties / (n (n - 1) / 2); transitivity = 3 triangles / connected triples; centralisation = sum_i (max k -
    k_i) / ((n - 1)(n - 2)); E-I index = (ties between groups - ties within) / ties.

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2` and the weight >= 0 (0: no tie), as `projection(...).ties`. Ties
            have no direction. weight=None where the table has no such column.
        nodes: table with the column `node`, or a list: those without ties count too. Default: who has a tie.
        group: column of `nodes`; adds between_share and ei_index.
        by: further keys (a layer, a period): each group by itself. Nodes without these columns are in every group.
    Returns:
        One row: nodes, ties, isolates, components (isolates among them), largest_component_share (of the nodes),
        density (0..1), mean_degree, mean_strength, transitivity (0..1), centralisation (of degree, 0..1: 1 is a star),
        mean_distance and diameter (steps, over pairs that reach each other), reachable_share (of pairs).
        Null where there is nothing to measure: density and reachable_share of one node, transitivity without a node
        that has two ties, centralisation of fewer than three nodes, distances and group shares without ties.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls, a tie of somebody who is not among the nodes.
        MissingDependency: igraph is not installed (extra `networks`).
    Source: Wasserman and Faust (1994), Social Network Analysis, ch. 4 to 6; Freeman (1979),
        doi:10.1016/0378-8733(78)90021-7 (centralisation); Krackhardt and Stern (1988), doi:10.2307/2786835 (E-I index).
    """

    def calculate(graph: Graph) -> dict[str, Any]:
        row = _summary(graph, group)
        return {"s": {k: pa.array([v], pa.int64() if k in _COUNTS else pa.float64()) for k, v in row.items()}}

    extra = () if group is None else (group,)
    return run_network(ties, nodes, by, node, weight, calculate, extra=extra)["s"]


def _summary(graph: Graph, group: str | None) -> dict[str, float | int | None]:
    g = graph.igraph()
    n, m = graph.n, len(graph.tail)
    degree = np.asarray(g.degree(), dtype=float)
    parts = np.asarray(g.connected_components().sizes())
    reach = float((parts * (parts - 1)).sum()) / 2
    every = n * (n - 1) / 2
    row: dict[str, float | int | None] = {
        "nodes": n,
        "ties": m,
        "isolates": int((degree == 0).sum()),
        "components": len(parts),
        "largest_component_share": float(parts.max() / n),
        "density": m / every if n > 1 else None,
        "mean_degree": 2 * m / n,
        "mean_strength": float(2 * graph.weight.sum() / n),
        "transitivity": float(g.transitivity_undirected(mode="zero")) if (degree > 1).any() else None,
        "centralisation": float((degree.max() - degree).sum() / ((n - 1) * (n - 2))) if n > 2 else None,
        "mean_distance": float(g.average_path_length(unconn=True)) if m else None,
        "diameter": int(g.diameter(unconn=True)) if m else None,
        "reachable_share": reach / every if n > 1 else None,
    }
    if group is not None:
        codes = graph.codes(group).codes
        between = float((codes[graph.tail] != codes[graph.head]).mean()) if m else None
        row["between_share"] = between
        row["ei_index"] = None if between is None else 2 * between - 1
    return row


def network_positions(
    ties: Any,
    nodes: Any = None,
    *,
    node: str = "organisation",
    weight: str | None = "weight",
    by: By = None,
) -> Any:
    """Give each node's ties, reach and place between others, and whether the network falls apart without it.

    betweenness_i = sum over pairs j < k of the share of shortest paths from j to k that pass i, over (n - 1)(n - 2) /
    2; closeness_i = mean over j of 1 / steps from i to j, 0 where there is no path (harmonic).

    Args:
        ties, nodes, weight, by: as `network_summary`. Steps do not use the weights.
    Returns:
        One row a node: `<node>`, degree, strength, betweenness (0..1), closeness (0..1), component (1 = the largest;
        equal ones by label), shell (it has that many ties inside the densest core it belongs to), cutpoint (without it
        there are more components). Betweenness is null with fewer than three nodes, closeness with one.
    Raises:
        InvalidTable, MissingDependency: as `network_summary`.
    Source: Freeman (1979), doi:10.1016/0378-8733(78)90021-7 (betweenness); Marchiori and Latora (2000),
        doi:10.1016/S0378-4371(00)00311-3 (harmonic); Seidman (1983), doi:10.1016/0378-8733(83)90028-X (shell).
    """

    def calculate(graph: Graph) -> dict[str, Any]:
        g = graph.igraph()
        n = graph.n
        membership = np.asarray(g.connected_components().membership)
        first = np.unique(membership, return_index=True)[1]
        sizes = np.bincount(membership)
        rank = np.empty(len(sizes), dtype=np.int64)
        rank[np.lexsort((first, -sizes))] = np.arange(1, len(sizes) + 1)
        cut = np.zeros(n, dtype=bool)
        cut[g.articulation_points()] = True
        ends = np.concatenate([graph.tail, graph.head])
        unknown = np.full(n, np.nan)
        if n < 3:
            tell_null({"p": {"betweenness": unknown}}, f"{n} nodes have nobody to stand between")
        return {
            "p": per_node(
                graph,
                node,
                degree=np.bincount(ends, minlength=n).astype(np.int64),
                strength=np.bincount(ends, np.tile(graph.weight, 2), minlength=n),
                betweenness=np.asarray(g.betweenness()) / ((n - 1) * (n - 2) / 2) if n > 2 else unknown,
                closeness=np.asarray(g.harmonic_centrality()) if n > 1 else unknown,
                component=rank[membership],
                shell=np.asarray(g.coreness(), dtype=np.int64),
                cutpoint=cut,
            )
        }

    return run_network(ties, nodes, by, node, weight, calculate)["p"]
