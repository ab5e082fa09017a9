"""Weights of signals, learned from which new ties came after an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from regionomics.matching._collaboration import Collaboration
from regionomics.matching._signals import Signals

CELLS = 1_000_000  # pairs in memory at a time
_LATER = 0.4  # the share of participations that came last, from which is learned
_FOCAL, _LEAST, _MADE, _NEAR, _FAR, _POOL = 2_000, 30, 40, 150, 60, 700
_RIDGE = 0.6  # a focal organisation: the fewer to learn from, the nearer to 0 the weights stay

# Weights a standard deviation where there is too little history to learn from: paths first, then activity and likeness.
_UNLEARNED = {"three steps": 1.0, "Adamic-Adar": 1.0, "partners": 0.3, "seats": 0.3, "lift": 0.2}


@dataclass(frozen=True)
class Weights:
    """weight: signal -> what one unit of it adds to the score. focal: organisations learned from, 0 = none."""

    weight: dict[str, float]
    focal: int


def blocks(signals: Signals, rows: np.ndarray) -> Iterator[tuple[np.ndarray, list[tuple[str, str, np.ndarray]]]]:
    """The signals of a few focal organisations at a time."""
    step = max(1, CELLS // signals.n)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        yield part, list(signals.block(part))


def open_pairs(signals: Signals, row: int) -> np.ndarray:
    """Whom an organisation has not met, (n,) bool, without itself."""
    out = np.ones(signals.n, dtype=bool)
    out[row] = False
    out[signals.met.indices[signals.met.indptr[row] : signals.met.indptr[row + 1]]] = False
    return out


def learn(data: Collaboration, seed: int) -> Weights:
    """Weights that rank the partners found in the last part of `data` highest, seen from the moment before it.

    Each focal organisation's new partners are compared with its candidates by a softmax (ListNet with true labels),
    every focal organisation counting the same. Candidates are drawn from those with most shared partners and from
    all others, each standing for as many as were not drawn, so that they are met as often as they really come.
    """
    moment = float(np.quantile(data.start, 1 - _LATER))
    earlier = data.before(moment)
    if earlier.n < 2:
        return Weights({}, 0)
    new = data.new_ties(earlier)
    focal = np.flatnonzero(np.diff(new.indptr))
    if len(focal) < _LEAST:
        return Weights({}, 0)
    rng = np.random.default_rng(seed)
    focal = np.sort(rng.choice(focal, min(_FOCAL, len(focal)), replace=False))
    x, made, stands_for, group, names = _sample(Signals(earlier), new, focal, rng)
    spread = x.std(axis=0)
    used = spread > 1e-9
    z = ((x[:, used] - x[:, used].mean(axis=0)) / spread[used]).astype(float)
    beta = _fit(z, made, stands_for, group)
    return Weights({n: float(b) for n, b in zip(names[used], beta / spread[used], strict=True)}, len(focal))


def without_learning(signals: Signals) -> Weights:
    """Fixed weights a standard deviation, for a history too short to learn from."""
    weight = {}
    rows = np.arange(min(signals.n, 200))
    values: dict[str, list[np.ndarray]] = {}
    for _, block in blocks(signals, rows):
        for name, _, value in block:
            values.setdefault(name, []).append(value.ravel())
    for name, parts in values.items():
        each = _UNLEARNED.get(name, _UNLEARNED.get(name.rpartition(": ")[2], 0.0) if ": " in name else 0.0)
        spread = float(np.concatenate(parts).std())
        if each and spread > 1e-9:
            weight[name] = each / spread
    return Weights(weight, 0)


def _sample(
    signals: Signals, new: sparse.csr_array, focal: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    xs, made, stands_for, group = [], [], [], []
    names: np.ndarray = np.array([])
    for part, block in blocks(signals, focal):
        names = np.array([name for name, _, _ in block])
        near = next(value for name, _, value in block if name == "Adamic-Adar")
        for k, row in enumerate(part):
            free = open_pairs(signals, row)
            is_new = np.zeros(signals.n, dtype=bool)
            is_new[new.indices[new.indptr[row] : new.indptr[row + 1]]] = True
            rank = np.where(free, near[k] + 1e-6 * signals.degree, -1.0)
            pool = np.zeros(signals.n, dtype=bool)
            pool[np.argpartition(-rank, min(_POOL, signals.n - 1))[:_POOL]] = True
            at, weight = [], []
            for some, most in ((is_new, _MADE), (free & pool & ~is_new, _NEAR), (free & ~pool & ~is_new, _FAR)):
                all_of = np.flatnonzero(some)
                drawn = rng.choice(all_of, min(most, len(all_of)), replace=False)
                at.append(drawn)
                weight.append(np.full(len(drawn), len(all_of) / max(len(drawn), 1)))
            chosen = np.concatenate(at)
            xs.append(np.column_stack([v[chosen] if v.ndim == 1 else v[k, chosen] for _, _, v in block]))
            made.append(is_new[chosen])
            stands_for.append(np.concatenate(weight))
            group.append(np.full(len(chosen), row))
    joined = [np.concatenate(each) for each in (xs, made, stands_for, group)]
    return joined[0], joined[1], joined[2], joined[3], names


def _fit(z: np.ndarray, made: np.ndarray, stands_for: np.ndarray, group: np.ndarray) -> np.ndarray:
    """beta, (signals,): least of - mean over focal of the log softmax of its new partners + ridge / focal |beta|^2."""
    first = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    which = np.repeat(np.arange(len(first)), np.diff(np.r_[first, len(group)]))
    target = np.where(made, stands_for, 0.0)
    target /= np.add.reduceat(target, first)[which] * len(first)
    offset = np.log(stands_for)
    ridge = _RIDGE / len(first)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        m = np.einsum("ij,j->i", z, beta) + offset  # not BLAS, whose digits depend on its threads
        top = np.maximum.reduceat(m, first)[which]
        e = np.exp(m - top)
        total = np.add.reduceat(e, first)[which]
        value = -float(target @ (m - top - np.log(total))) + ridge * float(beta @ beta)
        slope = e / total / len(first) - target
        return value, np.einsum("ij,i->j", z, slope) + 2 * ridge * beta

    found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return np.asarray(found.x)
