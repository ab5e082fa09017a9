"""In which order to take up activities, when each comes the faster the more of its relatives are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.optimize import linprog

from regionomics.errors import InvalidParameter
from regionomics.paths.contagion import links
from regionomics.relatedness._presence import position
from regionomics.relatedness.measures import Relatedness, checked
from regionomics.tables import Shown

STRATEGIES = ("greedy", "majority", "high_degree", "low_degree")


@dataclass(frozen=True, repr=False)
class DiversificationPath(Shown):
    """Orders in which a place can take up all that it can reach.

    steps: strategy, step (1, 2 ...), activity, linked (activities that it is linked to), related (share of them that
        the place has by then, 0..1), probability (b related^alpha), time (expected: 1 / probability), total (so far).
        Strategies: "best", and those that choose one at a time: "greedy" (most probable), "majority" (most links to
        what the place has), "high_degree", "low_degree" (most, least links in all); equal ones by label.
    strategies: strategy (also "random", the mean of the draws), time (of the whole path).
    summary: one row: activities (on the path), unreachable, time (of the best path), bound (no order takes less),
        exact (the best path is as good as the bound).
    unreachable: the activities that no chain of links ties to what the place has.
    """

    steps: Any
    strategies: Any
    summary: Any
    unreachable: Any


def diversification_path(
    relatedness: Relatedness,
    present: Sequence[Any],
    *,
    b: float = 1.0,
    alpha: float = 1.0,
    link: float = 0.55,
    exact: int = 16,
    draws: int = 100,
    seed: int = 0,
) -> DiversificationPath:
    """Find the order in which a place takes up everything in the least expected time.

    Each step waits for one activity: on average 1 / P, P = b x^alpha with x the share of the activities linked to it
    that the place has by then. The best path is not to take the most probable each time: hubs that open many others are
    worth an early effort.

    Up to `exact` activities the answer is the best of all orders (dynamic programming over sets). Beyond, the best of
    the strategies is improved by moving one activity at a time until nothing gains, and stands beside a bound: each
    link helps only one of its two ends, whichever comes later; the bound shares the links out as well as can be (a
    linear program), whether or not an order does it.

    Args:
        relatedness: phi, from `relatedness`. link: from which relatedness on two activities are linked.
        present: what the place has, by label.
        b, alpha: of the chance, as `contagion_model` fits them; 0 < b <= 1, alpha >= 0.
        exact: the largest number of activities to solve for all orders, 0 to 20; each one more doubles the work.
        draws: orders of the strategy "random", 0 for none. seed: of their draw.
    Returns:
        DiversificationPath, with .steps, .strategies, .summary and .unreachable.
    Raises:
        InvalidParameter: a label that the relatedness does not have or twice; b, alpha, link, exact or draws out of
            range.
    Source: Alshamsi, Pinheiro and Hidalgo (2018), doi:10.1038/s41467-018-03740-9; Held and Karp (1962),
        doi:10.1137/0110015 (all orders by sets).
    """
    if not 0 < b <= 1 or not 0 <= alpha < np.inf:
        raise InvalidParameter(f"b={b}, alpha={alpha}; 0 < b <= 1 and alpha >= 0 are needed")
    if not 0 <= exact <= 20:
        raise InvalidParameter(f"exact={exact}; it must be 0 to 20")
    if draws < 0:
        raise InvalidParameter(f"draws={draws}; it must be 0 or more")
    phi = checked(relatedness)
    if phi is None:
        raise InvalidParameter("relatedness=None; pass what relatedness() returns")
    labels = phi.matrix.rows
    at = [position(labels, label) for label in ([present] if isinstance(present, str) else present)]
    if len(set(at)) < len(at):
        raise InvalidParameter(f"present names {len(at) - len(set(at))} activities twice; name each once")
    network = links(phi, link)
    has = np.zeros(len(labels), dtype=bool)
    has[at] = True
    free = np.flatnonzero(_reachable(network, has) & ~has)
    game = Game(network, has, free, b, alpha)
    orders = {name: game.play(name) for name in STRATEGIES}
    time = {name: game.time(order) for name, order in orders.items()}
    if len(free) <= exact:
        best = game.all_orders()
        bound = game.time(best)
    else:
        best = game.improved(orders[min(time, key=lambda name: time[name])])
        bound = min(game.bound(), game.time(best))
    orders = {"best": best, **orders}
    time = {"best": game.time(best), **time}
    rng = np.random.default_rng(seed)
    if draws:
        time["random"] = float(np.mean([game.time(game.play("random", rng)) for _ in range(draws)]))
    lost = np.flatnonzero(~has & ~np.isin(np.arange(len(labels)), free))
    return DiversificationPath(
        steps=phi.family.emit(_steps(game, orders, labels, phi.name)),
        strategies=phi.family.emit(
            {"strategy": pa.array(list(time)), "time": pa.array(list(time.values()), pa.float64())}
        ),
        summary=phi.family.emit(
            {
                "activities": pa.array([len(free)]),
                "unreachable": pa.array([len(lost)]),
                "time": pa.array([time["best"]], pa.float64()),
                "bound": pa.array([bound], pa.float64()),
                "exact": pa.array([bool(time["best"] - bound <= 1e-9 * max(bound, 1.0))]),
            }
        ),
        unreachable=phi.family.emit({phi.name: labels.take(pa.array(lost))}),
    )


def _reachable(network: sparse.csr_array, has: np.ndarray) -> np.ndarray:
    reached = has.copy()
    while True:
        more = reached | (network @ reached.astype(float) > 0)
        if (more == reached).all():
            return reached
        reached = more


class Game:
    """The activities to take up, numbered 0 .. n - 1, and what each costs with so many of its links present.

    linked: (n,), all links. start: (n,), links to what the place has. near: for each the numbers linked to it.
    cost: for each a list, cost[i][k] = expected time with k links present; infinite for k = 0.
    """

    def __init__(self, network: sparse.csr_array, has: np.ndarray, free: np.ndarray, b: float, alpha: float) -> None:
        self.free, self.b, self.alpha = free, b, alpha
        self.linked = np.diff(network.indptr)[free]
        self.start = (network @ has.astype(float))[free].astype(int)
        self.among = sparse.csr_array(network[free][:, free])
        self.near = [
            self.among.indices[s:e] for s, e in zip(self.among.indptr[:-1], self.among.indptr[1:], strict=True)
        ]
        self.cost = [[np.inf, *((self.chance(np.arange(1, k + 1) / k) ** -1).tolist())] for k in self.linked.tolist()]

    def chance(self, related: np.ndarray) -> np.ndarray:
        return np.asarray(self.b * related**self.alpha)

    def loads(self, order: np.ndarray) -> np.ndarray:
        """Links present when each of the order comes, in its order."""
        load = self.start.copy()
        out = np.empty(len(order), dtype=int)
        for step, i in enumerate(order.tolist()):
            out[step] = load[i]
            load[self.near[i]] += 1
        return out

    def time(self, order: np.ndarray) -> float:
        return float(sum(self.cost[i][k] for i, k in zip(order.tolist(), self.loads(order).tolist(), strict=True)))

    def play(self, strategy: str, rng: np.random.Generator | None = None) -> np.ndarray:
        """The order of a strategy that chooses one at a time among those with a link to what is there."""
        load, open_ = self.start.copy(), np.ones(len(self.free), dtype=bool)
        out = np.empty(len(self.free), dtype=int)
        for step in range(len(out)):
            can = np.flatnonzero(open_ & (load > 0))
            if rng is not None:
                i = int(rng.choice(can))
            else:
                score = {
                    "greedy": load[can] / self.linked[can],
                    "majority": load[can],
                    "high_degree": self.linked[can],
                    "low_degree": -self.linked[can],
                }[strategy]
                i = int(can[np.argmax(score)])
            out[step] = i
            open_[i] = False
            load[self.near[i]] += 1
        return out

    def all_orders(self) -> np.ndarray:
        """The best of all orders: the least time to each set, from that to the sets one smaller."""
        n = len(self.free)
        least = np.full(1 << n, np.inf)
        least[0] = 0.0
        last = np.full(1 << n, -1, dtype=np.int8)
        sets = np.arange(1 << n)
        size = np.bitwise_count(sets)
        mask = [int(sum(1 << j for j in near.tolist())) for near in self.near]
        cost = [np.array(c) for c in self.cost]
        for level in range(n):
            here = sets[size == level]
            here = here[np.isfinite(least[here])]
            for i in range(n):
                before = here[(here >> i) & 1 == 0]
                time = least[before] + cost[i][np.bitwise_count(before & mask[i]) + self.start[i]]
                after = before | (1 << i)
                better = time < least[after]
                least[after[better]] = time[better]
                last[after[better]] = i
        order = np.empty(n, dtype=int)
        left = (1 << n) - 1
        for step in range(n - 1, -1, -1):
            order[step] = last[left]
            left ^= 1 << int(last[left])
        return order

    def improved(self, order: np.ndarray) -> np.ndarray:
        """Move one activity at a time to where the whole takes least, until no move gains."""
        path = order.tolist()
        near = [set(v.tolist()) for v in self.near]
        gained = True
        while gained:
            gained = False
            for v in sorted(path):
                to, gain = self._best_move(path, v, near)
                if gain > 1e-10:
                    path.remove(v)
                    path.insert(to, v)
                    gained = True
        return np.array(path, dtype=int)

    def _best_move(self, path: list[int], v: int, near: list[set[int]]) -> tuple[int, float]:
        """Where v does best (its new position) and what that gains."""
        load = dict(zip(path, self.loads(np.array(path)).tolist(), strict=True))
        here = path.index(v)
        to, best = here, 0.0
        for positions, sign in ((range(here - 1, -1, -1), -1), (range(here + 1, len(path)), 1)):
            own, others = load[v], 0.0
            for q in positions:
                u = path[q]
                if u not in near[v]:
                    continue
                # v passes u: going forward in time u loses its link to v, going back it gains it
                if own + sign == 0 or load[u] - sign == 0:
                    break
                own += sign
                others += self.cost[u][load[u] - sign] - self.cost[u][load[u]]
                gain = self.cost[v][load[v]] - self.cost[v][own] - others
                if gain > best + 1e-12:
                    to, best = q, gain
        return to, best

    def bound(self) -> float:
        """The least time if every link may help either end: a linear program of links and of each one's k-th link."""
        n = len(self.free)
        pair = sparse.coo_array(sparse.triu(self.among))
        m = pair.nnz
        saved: list[float] = []
        owner: list[int] = []
        must: set[int] = set()
        base = 0.0
        for i in range(n):
            first = max(int(self.start[i]), 1)
            base += self.cost[i][first]
            if self.start[i] == 0:
                must.add(len(saved))
                saved.append(0.0)
                owner.append(i)
            for k in range(first, int(self.start[i]) + len(self.near[i])):
                saved.append(self.cost[i][k + 1] - self.cost[i][k])
                owner.append(i)
        # z in 0..1: the link helps its first end, 1 - z its second; the k-th links of i add up to what it gets
        s = len(saved)
        rows = np.concatenate([np.array(owner, dtype=int), pair.row, pair.col])
        columns = np.concatenate([np.arange(s), s + np.arange(m), s + np.arange(m)])
        values = np.concatenate([np.ones(s), -np.ones(m), np.ones(m)])
        found = linprog(
            np.concatenate([saved, np.zeros(m)]),
            A_eq=sparse.coo_array((values, (rows, columns)), shape=(n, s + m)).tocsr(),
            b_eq=np.bincount(pair.col, minlength=n),
            bounds=[(1.0, 1.0) if k in must else (0.0, 1.0) for k in range(s)] + [(0.0, 1.0)] * m,
            method="highs",
        )
        return base + float(found.fun) if found.status == 0 else base + float(sum(saved))


def _steps(game: Game, orders: dict[str, np.ndarray], labels: pa.Array, name: str) -> dict[str, Any]:
    order = np.concatenate(list(orders.values())).astype(int)
    load = np.concatenate([game.loads(o) for o in orders.values()]).astype(int)
    n = len(game.free)
    linked = game.linked[order]
    related = load / np.maximum(linked, 1)
    probability = game.chance(related)
    time = np.array([game.cost[i][k] for i, k in zip(order.tolist(), load.tolist(), strict=True)])
    return {
        "strategy": pa.array(np.repeat(list(orders), n).tolist(), pa.string()),
        "step": np.tile(np.arange(1, n + 1), len(orders)),
        name: labels.take(pa.array(game.free[order], pa.int64())),
        "linked": linked.astype(np.int64),
        "related": related,
        "probability": probability,
        "time": time,
        "total": np.cumsum(time.reshape(len(orders), n), axis=1).ravel(),
    }
