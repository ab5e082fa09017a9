"""A dense core, and a periphery tied to it but not to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InputWarning, InvalidParameter, warn
from regionomics.networks._graph import Graph, per_node, run_network
from regionomics.relatedness._presence import By
from regionomics.tables import Shown

_COLUMNS = {
    **dict.fromkeys(("nodes", "core", "errors", "least"), pa.int64()),
    **dict.fromkeys(
        (
            "expected",
            "z",
            "p_value",
            "correlation",
            "core_density",
            "between_density",
            "periphery_density",
            "coreness_correlation",
        ),
        pa.float64(),
    ),
}


@dataclass(frozen=True, repr=False)
class CorePeriphery(Shown):
    """Who belongs to the core, and how well the division fits.

    nodes: `<node>`, degree, core (true or false), coreness (0..1).
    fit: one row: nodes, core (nodes in it), errors (missing ties inside the core and ties inside the periphery),
        least (the fewest errors of any division, also of those that part nodes with equally many ties), expected
        (the mean of `least` over random networks with as many ties), z (least less expected, over the standard
        deviation; < 0: more of a core than chance gives), p_value ((1 + random networks with no more errors) /
        (1 + draws)), correlation (of the ties with the ideal, over pairs inside the core and pairs inside the
        periphery; 1 = every core pair is tied and no periphery pair), core_density, between_density,
        periphery_density, coreness_correlation (of the weights with c_i c_j, over all pairs). Null where there are
        no such pairs, or nothing differs; z also where chance leaves no choice.
    """

    nodes: Any
    fit: Any


def core_periphery(
    ties: Any,
    nodes: Any = None,
    *,
    node: str = "organisation",
    weight: str | None = "weight",
    draws: int = 200,
    seed: int = 0,
    by: By = None,
) -> CorePeriphery:
    """Divide a network into a core, tied to each other, and a periphery, not tied to each other.

    The core makes (missing ties inside the core) + (ties inside the periphery) least. With k nodes in the core it is
    k (k - 1) / 2 - (sum of their degrees) + ties, so that the best core of k nodes is the k with most ties. Nodes with
    equally many ties stay together; of equal answers the smallest core is taken, also none at all.
    Coreness c makes sum over i != j of (a[i, j] - c_i c_j)^2 small with 0 <= c <= 1, a the weights over the largest.
    The errors depend on the numbers of ties alone. So the null is a network of as many nodes and ties, placed at
    random; a null that kept each node's ties would always find the very same core.

    Args:
        ties: one row a pair, `<node>_1`, `<node>_2` and the weight >= 0 (0: no tie); only coreness uses the size of the
            weights. Ties have no direction. weight=None: all ties alike.
        nodes: table with the column `node`, or a list, where some have no tie.
        draws: random networks of the null, 0 for none (expected, z and p_value are then null). seed: of their draw.
        by: further keys (a layer, a period): each group by itself.
    Returns:
        CorePeriphery, with .nodes and .fit.
    Raises:
        InvalidTable: a pair twice, a tie with itself, nulls, a tie of somebody who is not among the nodes.
        InvalidParameter: draws < 0.
    Warns:
        InputWarning: the network is too small or too even for some measures of fit, which are null.
        RegionomicsWarning: coreness had not settled after 20 000 steps; the division into two is not affected.
    Source: Borgatti and Everett (2000), doi:10.1016/S0378-8733(99)00019-2; Lip (2011), arXiv:1102.5511 (the exact
        division); Boyd, Fitzgerald, Mahutga and Smith (2010), doi:10.1016/j.socnet.2009.09.003 (coreness); Boyd,
        Fitzgerald and Beck (2006), doi:10.1016/j.socnet.2005.06.003 (test against random networks); Kojaku and Masuda
        (2018), doi:10.1088/1367-2630/aab547 (why not against networks with the same numbers of ties).
    """
    if draws < 0:
        raise InvalidParameter(f"draws={draws}; it must be 0 or more")

    def calculate(graph: Graph) -> dict[str, Any]:
        degree = np.bincount(np.concatenate([graph.tail, graph.head]), minlength=graph.n)
        core = _core(degree, len(graph.tail))
        c = _coreness(graph)
        fit = {
            **_fit(graph, core),
            **_chance(degree, len(graph.tail), draws, seed),
            "coreness_correlation": _coreness_correlation(graph, c),
        }
        _tell_unknown(fit, draws)
        return {
            "nodes": per_node(graph, node, degree=degree.astype(np.int64), core=core, coreness=c),
            "fit": {name: pa.array([fit[name]], kind) for name, kind in _COLUMNS.items()},
        }

    return CorePeriphery(**run_network(ties, nodes, by, node, weight, calculate))


def _tell_unknown(fit: Mapping[str, float | int | None], draws: int) -> None:
    """Say which measures of fit a network of this size or shape has not, but for those that were not asked for."""
    unknown = [
        name for name, value in fit.items() if value is None and (draws or name not in ("expected", "z", "p_value"))
    ]
    if unknown:
        core, nodes = fit["core"], fit["nodes"]
        warn(
            f"{', '.join(unknown)} null in fit: with {core} in the core and {nodes} nodes in all there are no such "
            "pairs, or nothing differs, or chance leaves no choice; read null as unknown",
            InputWarning,
        )


def _errors(degree: np.ndarray, ties: int) -> np.ndarray:
    """Errors of the core of the k nodes with most ties, for k = 0 .. n. degree: (..., n); the answer (..., n + 1)."""
    most = -np.sort(-degree, axis=-1)
    inside = np.concatenate([np.zeros((*degree.shape[:-1], 1), dtype=np.int64), most.cumsum(axis=-1)], axis=-1)
    k = np.arange(degree.shape[-1] + 1)
    return np.asarray(k * (k - 1) // 2 - inside + ties)


def _core(degree: np.ndarray, ties: int) -> np.ndarray:
    """(n,) true in the core; its size is one of the counts of nodes with at least so many ties."""
    least = np.unique(degree)[::-1]
    sizes = np.array([0, *((degree >= d).sum() for d in least)])
    best = int(np.argmin(_errors(degree, ties)[sizes]))
    return np.zeros(len(degree), dtype=bool) if best == 0 else degree >= least[best - 1]


def _fit(graph: Graph, core: np.ndarray) -> dict[str, float | int | None]:
    k, n = int(core.sum()), graph.n
    ends = core[graph.tail].astype(int) + core[graph.head]
    cc, cp, pp = (int((ends == e).sum()) for e in (2, 1, 0))
    core_pairs, between, rest = k * (k - 1) // 2, k * (n - k), (n - k) * (n - k - 1) // 2
    # a 2 x 2 table of tied or not against core or periphery: Pearson's correlation is phi
    table = (core_pairs * rest) * (cc + pp) * (core_pairs + rest - cc - pp)
    return {
        "nodes": n,
        "core": k,
        "errors": core_pairs - cc + pp,
        "correlation": (cc * (rest - pp) - (core_pairs - cc) * pp) / float(table) ** 0.5 if table else None,
        "core_density": cc / core_pairs if core_pairs else None,
        "between_density": cp / between if between else None,
        "periphery_density": pp / rest if rest else None,
    }


def _chance(degree: np.ndarray, ties: int, draws: int, seed: int) -> dict[str, float | int | None]:
    """The fewest errors, and what random networks of as many nodes and ties give."""
    n, least = len(degree), int(_errors(degree, ties).min())
    if draws == 0:
        return {"least": least, "expected": None, "z": None, "p_value": None}
    rng = np.random.default_rng(seed)
    drawn = np.empty(draws)
    for draw in range(draws):
        pair = rng.choice(n * (n - 1) // 2, ties, replace=False, shuffle=False) if ties else np.zeros(0, np.int64)
        # pair (i, j) with i < j has the number j (j - 1) / 2 + i
        j = np.floor((1 + np.sqrt(1 + 8 * pair.astype(float))) / 2).astype(np.int64)
        j -= j * (j - 1) // 2 > pair
        j += (j + 1) * j // 2 <= pair
        i = pair - j * (j - 1) // 2
        drawn[draw] = _errors(np.bincount(np.concatenate([i, j]), minlength=n), ties).min()
    spread = float(drawn.std())
    return {
        "least": least,
        "expected": float(drawn.mean()),
        "z": (least - float(drawn.mean())) / spread if spread > 0 else None,
        "p_value": float((1 + (drawn <= least).sum()) / (1 + draws)),
    }


def _coreness(graph: Graph) -> np.ndarray:
    """c, (n,): every node takes its best value given the others, half a step at a time, so that equals stay equal."""
    if not len(graph.tail):
        return np.zeros(graph.n)
    a = graph.matrix(weighted=True) / graph.weight.max()
    c: np.ndarray = np.asarray(a.sum(axis=1))
    c = c / c.max()
    for _ in range(20_000):
        rest = (c * c).sum() - c * c
        best = np.divide(a @ c, rest, out=np.ones_like(c), where=rest > 1e-300)
        step = (np.clip(best, 0.0, 1.0) - c) / 2
        c = c + step
        if np.abs(step).max() < 1e-11:
            return c
    warn("coreness had not settled after 20 000 steps; its last digits may move")
    return c


def _coreness_correlation(graph: Graph, c: np.ndarray) -> float | None:
    """Pearson's correlation of the weights with c_i c_j over the n (n - 1) / 2 pairs."""
    every = graph.n * (graph.n - 1) / 2
    if every == 0:
        return None
    a = graph.weight / graph.weight.max() if len(graph.tail) else graph.weight
    square = c * c
    of_model = (c.sum() ** 2 - square.sum()) / 2
    both = (a * c[graph.tail] * c[graph.head]).sum() - a.sum() * of_model / every
    of_ties = (a * a).sum() - a.sum() ** 2 / every
    of_products = (square.sum() ** 2 - (square * square).sum()) / 2 - of_model**2 / every
    return float(both / np.sqrt(of_ties * of_products)) if min(of_ties, of_products) > 1e-12 else None
