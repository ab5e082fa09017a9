"""Structural holes: how much a node's contacts are tied to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from regionomics.networks._graph import Graph, masked_product, per_node, run_network
from regionomics.relatedness._presence import By
from regionomics.unknown import tell_of


def burt_constraint(
    ties: Any,
    nodes: Any = None,
    *,
    node: str = "organisation",
    weight: str | None = "weight",
    directed: bool = False,
    by: By = None,
) -> Any:
    """Say how far a node's contacts are tied to each other, so that it cannot stand between them.

    With z[i, j] the ties in both directions and p[i, j] = z[i, j] / sum_q z[i, q]:
    constraint_i = sum over contacts j of c[i, j], c[i, j] = (p[i, j] + sum_q p[i, q] p[q, j])^2;
    effective size_i = sum over contacts j of (1 - sum_q p[i, q] z[j, q] / max_k z[j, k]); efficiency = it / contacts;
    hierarchy_i = sum_j r ln r / (n ln n), r = n c[i, j] / constraint_i, n contacts: 0 where every contact constrains
    alike, 1 where one does it all.

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2` and the weight >= 0 (0: no tie). weight=None: all ties alike.
        nodes: table with the column `node`, or a list, where some have no tie.
        directed: a tie runs from `<node>_1` to `<node>_2`, and the two directions are two rows.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        One row a node: `<node>`, contacts, constraint (> 0; 1 with one contact, up to 1.125 with two or more; low: many
        holes), effective_size (in contacts, 1 .. contacts where ties are all alike), efficiency, hierarchy (0..1).
        Null without contacts; hierarchy also with one contact, which is neither.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls, a tie of somebody who is not among the nodes.
    Source: Burt (1992), Structural Holes, ch. 2 (equations 2.2, 2.4 and 2.9).
    """

    def calculate(graph: Graph) -> dict[str, Any]:
        holes = _holes(graph)
        tell_of("constraint", graph.labels, holes["contacts"] == 0, f"no ties for {node}", "leave them out")
        return {"b": per_node(graph, node, **holes)}

    return run_network(ties, nodes, by, node, weight, calculate, directed=directed)["b"]


def _holes(graph: Graph) -> dict[str, np.ndarray]:
    a = graph.matrix(weighted=True)
    z = sparse.csr_array(a + a.T) if graph.directed else a
    z.sort_indices()
    n = graph.n
    contacts = np.diff(z.indptr)
    some = contacts > 0
    row = np.repeat(np.arange(n), contacts)
    total = np.asarray(z.sum(axis=1))
    most = np.asarray(z.max(axis=1).toarray()).ravel()
    p = sparse.csr_array((z.data / total[row], z.indices, z.indptr), shape=z.shape)
    m = sparse.csr_array((z.data / most[row], z.indices, z.indptr), shape=z.shape)
    c = (p.data + masked_product(z, p, p)) ** 2
    constraint = np.bincount(row, c, minlength=n)
    redundant = np.bincount(row, masked_product(z, p, sparse.csr_array(m.T)), minlength=n)
    r = c * contacts[row] / constraint[row]
    theil = np.bincount(row, r * np.log(r), minlength=n)
    unknown = np.full(n, np.nan)
    effective = np.where(some, contacts - redundant, np.nan)
    # a sum that is 0 but for rounding is 0, so that equal contacts give exactly no hierarchy
    theil[np.abs(theil) < 1e-12] = 0.0
    return {
        "contacts": contacts.astype(np.int64),
        "constraint": np.where(some, constraint, np.nan),
        "effective_size": effective,
        "efficiency": np.divide(effective, contacts, out=unknown.copy(), where=some),
        "hierarchy": np.divide(
            theil, contacts * np.log(np.maximum(contacts, 2)), out=unknown.copy(), where=contacts > 1
        ),
    }
