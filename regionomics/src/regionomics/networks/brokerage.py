"""Who stands between whom, and between which groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from regionomics.networks._graph import Graph, masked_product, run_network
from regionomics.relatedness._presence import By
from regionomics.tables import Shown
from regionomics.unknown import tell_null

ROLES = ("coordinator", "consultant", "gatekeeper", "representative", "liaison", "total")


@dataclass(frozen=True, repr=False)
class Brokerage(Shown):
    """Pairs that a node stands between, by the groups of the three.

    nodes: `<node>`, `<group>`, then one column a role with the number of ordered pairs, and total.
    roles: the same long, with what chance would give: `<node>`, `<group>`, role (also "total"), pairs, expected (in a
        random network of the same density and groups of the same size), z (pairs less expected over the standard
        deviation). z is null where chance leaves no choice: a network without ties or with all, a role without anybody.
    """

    nodes: Any
    roles: Any


def gould_fernandez(
    ties: Any,
    nodes: Any,
    *,
    group: str = "group",
    node: str = "organisation",
    weight: str | None = None,
    directed: bool = False,
    partial: bool = False,
    by: By = None,
) -> Brokerage:
    """Count the pairs that each node stands between, in five roles by the groups of the three.

    Node b brokers the ordered pair (a, c) where a -> b and b -> c are ties and a -> c is none. By groups it is

    - coordinator: all in one group
    - consultant (itinerant broker): a and c in one group, b in another
    - gatekeeper: b and c in one group, a in another
    - representative: a and b in one group, c in another
    - liaison: three groups

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2`. Where ties have no direction, each pair counts both ways, so that
            gatekeeper and representative are equal and the other roles are even.
        nodes: table with the columns `node` and `group`; every node with a tie must be there.
        weight: column of the ties; those of 0 are none. It plays no other part.
        directed: a tie runs from `<node>_1` to `<node>_2`.
        partial: a pair that k nodes stand between counts 1 / k for each.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        Brokerage, with .nodes and .roles. With `partial`, expected and z are null.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls (name a group for the unknown), a node without group.
    Source: Gould and Fernandez (1989), Sociological Methodology 19, doi:10.2307/270949.
    """

    def calculate(graph: Graph) -> dict[str, Any]:
        codes = graph.codes(group)
        counts = _roles(graph, codes.codes, partial)
        expected, spread = _chance(graph, codes.codes)
        n = graph.n
        pairs = np.column_stack([counts[r] for r in ROLES])
        unknown = np.full(pairs.shape, np.nan)
        z = unknown if partial else np.divide(pairs - expected, spread, out=unknown.copy(), where=spread > 0)
        if not partial:
            tell_null({"roles": {"z": z.ravel()}}, "the numbers of ties leave chance no choice")
        every = pa.array(np.repeat(np.arange(n), len(ROLES)))
        return {
            "nodes": {node: graph.labels, group: graph.extra[group], **counts},
            "roles": {
                node: graph.labels.take(every),
                group: graph.extra[group].take(every),
                "role": pa.array(list(ROLES) * n),
                "pairs": pairs.ravel(),
                "expected": (unknown if partial else expected).ravel(),
                "z": z.ravel(),
            },
        }

    return Brokerage(**run_network(ties, nodes, by, node, weight, calculate, extra=(group,), directed=directed))


def _roles(graph: Graph, group: np.ndarray, partial: bool) -> dict[str, np.ndarray]:
    """Ordered pairs (a, c) that each b stands between, (n,) a role; whole numbers unless partial."""
    a = graph.matrix()
    coo = a.tocoo()
    within = group[coo.row] == group[coo.col]

    def part(keep: np.ndarray) -> sparse.csr_array:
        return sparse.coo_array((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=a.shape).tocsr()

    same, other = part(within), part(~within)
    if partial:
        between = _open_pairs(a)
        alike = _of_same_group(between, group)

        def count(first: sparse.csr_array, second: sparse.csr_array, pairs: sparse.csr_array) -> np.ndarray:
            return _over_middle(first, second, pairs)

        outside = count(other, other, between)
        consultant = count(other, other, alike)
        both, into, out = count(same, same, between), count(other, same, between), count(same, other, between)
    else:
        n_same_in, n_same_out = _sums(same)
        n_other_in, n_other_out = _sums(other)
        back_same, back_other = _returned(same), _returned(other)
        both = n_same_in * n_same_out - back_same - _over_middle(same, same, a)
        into = n_other_in * n_same_out - _over_middle(other, same, a)
        out = n_same_in * n_other_out - _over_middle(same, other, a)
        outside = n_other_in * n_other_out - back_other - _over_middle(other, other, a)
        k = int(group.max()) + 1
        member = sparse.csr_array((np.ones(graph.n), (np.arange(graph.n), group)), shape=(graph.n, k))
        paths = np.asarray(((other.T @ member) * (other @ member)).sum(axis=1))
        consultant = paths - back_other - _over_middle(other, other, same)
    roles = (both, consultant, into, out, outside - consultant)
    counts = dict(zip(ROLES, (*roles, np.sum(roles, axis=0)), strict=True))
    return counts if partial else {k: np.rint(v).astype(np.int64) for k, v in counts.items()}


def _sums(a: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(a.sum(axis=0)), np.asarray(a.sum(axis=1))


def _returned(a: sparse.csr_array) -> np.ndarray:
    """Ties of each node that run both ways."""
    return np.asarray((a * a.T).sum(axis=1))


def _over_middle(first: sparse.csr_array, second: sparse.csr_array, pairs: sparse.csr_array) -> np.ndarray:
    """For each b: sum over a and c of first[a, b] second[b, c] pairs[a, c]."""
    inside = first.data * masked_product(first, pairs, sparse.csr_array(second.T))
    return np.bincount(first.indices, inside, minlength=first.shape[0])


def _open_pairs(a: sparse.csr_array) -> sparse.csr_array:
    """1 / (number of nodes between) for each ordered pair of different nodes without a tie, two steps apart."""
    two = (a @ a).tocoo()
    tied = np.asarray(a[two.row, two.col]).ravel() > 0
    keep = (two.row != two.col) & ~tied
    return sparse.coo_array((1.0 / two.data[keep], (two.row[keep], two.col[keep])), shape=a.shape).tocsr()


def _of_same_group(pairs: sparse.csr_array, group: np.ndarray) -> sparse.csr_array:
    coo = pairs.tocoo()
    keep = group[coo.row] == group[coo.col]
    return sparse.coo_array((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=pairs.shape).tocsr()


def _chance(graph: Graph, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each role for each node, (n, 6), where every tie is there with chance d.

    A pair is brokered with chance q = d^2 (1 - d); two pairs that share an end (and so a tie with b) covary by
    d^3 (1 - d)^3. Without direction (a, c) and (c, a) are one event: twice the variance, but for the two roles in which
    only one order counts.
    """
    n = graph.n
    size = np.bincount(group).astype(float)
    possible = n * (n - 1) / (1 if graph.directed else 2)
    d = len(graph.tail) / possible if possible else 0.0
    triples, sharing = np.zeros((len(size), 6)), np.zeros((len(size), 6))
    for g, own in enumerate(size):
        inside, outside, others = own - 1, n - own, np.delete(size, g)
        rest = outside - others
        triples[g, :5] = (
            inside * (inside - 1),
            (others * (others - 1)).sum(),
            outside * inside,
            outside * inside,
            (others * rest).sum(),
        )
        sharing[g, :5] = (
            2 * inside * (inside - 1) * (inside - 2),
            2 * (others * (others - 1) * (others - 2)).sum(),
            inside * outside * (outside - 1) + outside * inside * (inside - 1),
            inside * outside * (outside - 1) + outside * inside * (inside - 1),
            2 * (others * rest * (rest - 1)).sum(),
        )
        triples[g, 5] = (n - 1) * (n - 2)
        sharing[g, 5] = 2 * (n - 1) * (n - 2) * (n - 3)
    q = d * d * (1 - d)
    variance = triples * q * (1 - q) + np.maximum(sharing, 0.0) * (d * (1 - d)) ** 3
    if not graph.directed:
        variance[:, [0, 1, 4, 5]] *= 2
    return (triples * q)[group], np.sqrt(variance)[group]
