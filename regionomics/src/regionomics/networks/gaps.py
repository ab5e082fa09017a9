"""Ties that one would expect and that are not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc
from scipy import sparse

from regionomics.errors import InvalidParameter, NoSupport
from regionomics.networks._graph import Graph, run_network
from regionomics.relatedness._presence import By, pairs
from regionomics.unknown import tell_null


def link_gaps(
    ties: Any,
    nodes: Any,
    *,
    group: str = "group",
    node: str = "organisation",
    weight: str | None = None,
    by: By = None,
) -> Any:
    """Compare the ties within and between groups with those that the same numbers of ties would give by chance.

    Configuration model: of all networks in which node i has k_i ties on average, the most random: p[i, j] = x_i x_j /
    (1 + x_i x_j), with x such that sum_j p[i, j] = k_i. Expected between two groups = sum of p over their pairs,
    variance = sum of p (1 - p).

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2`; no direction.
        nodes: table with the columns `node` and `group`, also of those without ties.
        weight: column of the ties; those of 0 are none. It plays no other part.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        One row for each two groups and each group with itself: `<group>_1`, `<group>_2`, pairs (possible), seen,
        expected, gap (expected - seen; > 0: ties are missing), ratio (seen / expected), z (seen - expected over the
        standard deviation). Ratio is null where none are expected; z where the numbers of ties leave no choice.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls (name a group for the unknown), a node without group.
        NoSupport: the model could not be fitted to the numbers of ties.
    Source: Park and Newman (2004), doi:10.1103/PhysRevE.70.066117; Squartini and Garlaschelli (2011),
        doi:10.1088/1367-2630/13/8/083001.
    """

    def calculate(graph: Graph) -> dict[str, Any]:
        codes = graph.codes(group)
        n_groups = len(codes.labels)
        _, kind, p = configuration_model(graph)
        count = np.zeros((n_groups, len(p)))
        np.add.at(count, (codes.codes, kind), 1.0)
        own = count @ np.column_stack([np.diag(p), np.diag(p) * (1 - np.diag(p))])
        mean, spread = count @ p @ count.T, count @ (p * (1 - p)) @ count.T
        g, h = np.triu_indices(n_groups)
        inside = g == h
        size = count.sum(axis=1)
        first, second = np.sort([codes.codes[graph.tail], codes.codes[graph.head]], axis=0)
        seen = np.zeros((n_groups, n_groups))
        np.add.at(seen, (first, second), 1.0)
        expected = np.where(inside, (mean[g, h] - own[g, 0]) / 2, mean[g, h])
        variance = np.where(inside, (spread[g, h] - own[g, 1]) / 2, spread[g, h])
        expected = np.where(expected < 1e-9, 0.0, expected)
        unknown = np.full(len(g), np.nan)
        s = seen[g, h]
        found = {
            "g": pairs(
                {f"{group}_1": (codes.labels, g), f"{group}_2": (codes.labels, h)},
                pairs=np.where(inside, size[g] * (size[g] - 1) / 2, size[g] * size[h]).astype(np.int64),
                seen=s.astype(np.int64),
                expected=expected,
                gap=expected - s,
                ratio=np.divide(s, expected, out=unknown.copy(), where=expected > 0),
                z=np.divide(s - expected, np.sqrt(np.maximum(variance, 0)), out=unknown.copy(), where=variance > 1e-9),
            )
        }
        could = found["g"].filter(pc.greater(found["g"]["pairs"], 0))  # a group of one has no ties within by its nature
        tell_null({"g": could}, "no ties between the two are expected, or chance has no choice")
        return found

    return run_network(ties, nodes, by, node, weight, calculate, extra=(group,))["g"]


def missing_ties(
    ties: Any,
    nodes: Any = None,
    *,
    group: str | None = None,
    top: int | None = 10,
    node: str = "organisation",
    weight: str | None = None,
    by: By = None,
) -> Any:
    """Name, for each node, those it shares partners with but is not tied to.

    score[i, j] = sum over common partners q of 1 / ln k_q: a partner that everybody has says less.

    Args:
        ties, nodes, weight, by: as `link_gaps`; nodes are needed only for `group`.
        group: column of `nodes`; names only pairs of different groups.
        top: pairs a node, None for all.
    Returns:
        `<node>`, partner, rank (1 = best; equal scores by label), score, common (partners shared), expected (chance of
        a tie by their numbers of ties alone, as in `link_gaps`). Each pair stands under both of its nodes, where it is
        among the first. No rows where nobody shares partners.
    Raises:
        InvalidTable, NoSupport: as `link_gaps`. InvalidParameter: top < 1.
    Source: Adamic and Adar (2003), doi:10.1016/S0378-8733(03)00009-1; Liben-Nowell and Kleinberg (2007),
        doi:10.1002/asi.20591.
    """
    if top is not None and top < 1:
        raise InvalidParameter(f"top={top}; at least 1 is needed")

    def calculate(graph: Graph) -> dict[str, Any]:
        a = graph.matrix()
        degree = np.asarray(a.sum(axis=1))
        heard = np.divide(1.0, np.log(np.maximum(degree, 2)), out=np.zeros(graph.n), where=degree > 1)
        _, kind, p = configuration_model(graph)
        codes = graph.codes(group).codes if group is not None else None
        parts: list[tuple[np.ndarray, ...]] = []
        step = max(1, 4_000_000 // graph.n)
        weighted = sparse.csr_array(sparse.diags_array(heard) @ a)
        for start in range(0, graph.n, step):
            block = a[start : start + step]
            common, score = (block @ a).toarray(), (block @ weighted).toarray()
            rows = np.arange(start, start + common.shape[0])
            closed = block.toarray() > 0
            closed[np.arange(len(rows)), rows] = True
            if codes is not None:
                closed |= codes[rows][:, None] == codes[None, :]
            common[closed] = 0
            for i, r in enumerate(rows):
                found = np.flatnonzero(common[i])
                order = found[np.lexsort((found, -np.round(score[i, found], 12)))][:top]
                parts.append(
                    (
                        np.full(len(order), r),
                        order,
                        np.arange(1, len(order) + 1),
                        score[i, order],
                        common[i, order],
                        p[kind[r], kind[order]],
                    )
                )
        row, col, rank, score, common, chance = (np.concatenate(c) for c in zip(*parts, strict=True))
        return {
            "m": pairs(
                {node: (graph.labels, row), "partner": (graph.labels, col)},
                rank=rank,
                score=score,
                common=common.astype(np.int64),
                expected=chance,
            )
        }

    extra = () if group is None else (group,)
    return run_network(ties, nodes, by, node, weight, calculate, extra=extra)["m"]


def configuration_model(graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Degrees (classes,), the class of each node (n,), and p (classes, classes): the chance of a tie between two nodes.

    Nodes with no tie left, or tied to all others left, are settled first: there x would be 0 or infinite.
    """
    degree = np.bincount(np.concatenate([graph.tail, graph.head]), minlength=graph.n)
    k, kind, size = np.unique(degree, return_inverse=True, return_counts=True)
    p = np.zeros((len(k), len(k)))
    open_ = np.ones(len(k), dtype=bool)
    left = k.astype(float)
    while open_.any():
        n = size[open_].sum()
        none, full = open_ & (left <= 0), open_ & (left >= n - 1)
        if none.any():
            open_ &= ~none
        elif full.any():
            p[np.ix_(full, open_)] = p[np.ix_(open_, full)] = 1.0
            open_ &= ~full
            left = left - size[full].sum()
        else:
            break
    if open_.any():
        p[np.ix_(open_, open_)] = _solved(left[open_], size[open_].astype(float))
    return k, np.asarray(kind), p


def _solved(k: np.ndarray, size: np.ndarray) -> np.ndarray:
    """p, (classes, classes), with sum over the others of p = k: Newton on the concave likelihood in t = ln x."""
    t = np.log(k / np.sqrt((k * size).sum()))
    for _ in range(200):
        p: np.ndarray = 1 / (1 + np.exp(-np.clip(t[:, None] + t[None, :], -700, 700)))
        off = p @ size - np.diag(p) - k
        if np.abs(off).max() < 1e-10 * max(k.max(), 1.0):
            return p
        v = p * (1 - p)
        slope = v * size[None, :]
        slope[np.diag_indices(len(k))] += v @ size - 2 * np.diag(v)
        slope[np.diag_indices(len(k))] += 1e-12
        t = t - np.clip(np.linalg.solve(slope, off), -2.0, 2.0)
    if np.abs(off).max() < 1e-4:  # degrees at the edge of what is possible: x runs away, p does not
        return p
    raise NoSupport(f"the numbers of ties fit no configuration model (off by {np.abs(off).max():.2g}); check the ties")
