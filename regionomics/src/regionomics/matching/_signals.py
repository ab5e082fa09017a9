"""What speaks for a new tie between two organisations, from what was known at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from regionomics.matching._collaboration import Attribute, Collaboration, ties

Yielded = tuple[str, str, np.ndarray]  # name, the reason it belongs to, (rows, n) or (n,) float32

_FEW = 200  # values of an attribute for which a table of all pairs of values says something
_FACTORS = 96
_LIKE = 200  # organisations with the most similar partners
_PRIOR = 20.0  # ties that an organisation's mix of partners is shrunk by, towards that of all


def _rows_to_one(m: sparse.csr_array) -> sparse.csr_array:
    total = np.asarray(m.sum(axis=1)).ravel()
    return sparse.csr_array(sparse.diags_array(1 / np.maximum(total, 1e-12)) @ m)


def _dense(m: Any) -> np.ndarray:
    return np.asarray(m.toarray() if sparse.issparse(m) else m, dtype=np.float32)


def most_common(attribute: Attribute, of: np.ndarray, n: int) -> np.ndarray:
    """The value that each of n has most often, (n,); -1 = never known. Ties: the first value."""
    known = attribute.codes >= 0
    shape = (n, max(len(attribute.values), 1))
    count = sparse.coo_array((np.ones(int(known.sum())), (of[known], attribute.codes[known])), shape=shape).tocsr()
    best = np.asarray(count.argmax(axis=1)).ravel()
    return np.where(np.diff(count.indptr) > 0, best, -1)


class Signals:
    """Signals of all pairs, a block of rows at a time.

    With B the incidence of projects of two or more, W = B diag(1 / (n_p - 1)) B' without diagonal (Newman), P = W with
    rows that add up to one, A = who has met whom.
    """

    def __init__(self, data: Collaboration) -> None:
        self.data = data
        self.n = data.n
        b = data.incidence()
        size = np.asarray(b.sum(axis=0)).ravel()
        start = np.zeros(b.shape[1])
        start[data.project] = data.start
        self.age = data.at - start
        self.joint = size > 1
        self.b = sparse.csr_array(b @ sparse.diags_array(self.joint.astype(float)))
        self.b.eliminate_zeros()
        self.met = ties(self.b)
        self.degree = np.asarray(self.met.sum(axis=1)).ravel()
        self.aa = sparse.csr_array(self.met @ sparse.diags_array(1 / np.log(np.maximum(self.degree, 2))))
        self.ra = sparse.csr_array(self.met @ sparse.diags_array(1 / np.maximum(self.degree, 1)))
        each = np.where(self.joint, 1 / np.maximum(size - 1, 1), 0.0)
        self.walk, self.recent_walk = (_rows_to_one(self._tied(each * w)) for w in (1.0, self._fading(1.0)))
        self.unit = sparse.csr_array(sparse.diags_array(1 / np.sqrt(np.maximum(self.degree, 1))) @ self.met)
        self.factors = self._factors(size)
        self.of_candidate = dict(self._of_candidate(size))
        self.themes = [self._theme(a, size) for a in data.attributes if a.level == "project"]
        self.groups = [self._group(a) for a in data.attributes if a.level == "organisation"]

    def _fading(self, half_life: float) -> np.ndarray:
        """What a project counts now, (projects,): half as much after `half_life` years."""
        return np.asarray(0.5 ** (self.age / half_life))

    def _tied(self, weight: np.ndarray) -> sparse.csr_array:
        w = sparse.csr_array(self.b @ sparse.diags_array(weight) @ self.b.T)
        w.setdiag(0)
        w.eliminate_zeros()
        return w

    def _factors(self, size: np.ndarray) -> np.ndarray:
        """Directions in which organisations share projects, (n, factors), rows of length one."""
        many = np.asarray(self.b.sum(axis=1)).ravel()
        scale = np.where(self.joint, 1 / np.sqrt(np.maximum(size, 1)), 0.0)
        x = sparse.diags_array(1 / np.sqrt(np.maximum(many, 1))) @ self.b @ sparse.diags_array(scale)
        k = min(_FACTORS, min(x.shape) - 1)
        if k < 1:
            return np.zeros((self.n, 1), dtype=np.float32)
        left, value, _ = svds(sparse.csr_array(x), k=k, v0=np.ones(min(x.shape)), return_singular_vectors="u")
        u = left * value
        return np.asarray(u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def _of_candidate(self, size: np.ndarray) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
        data, b = self.data, self.b
        projects = np.asarray(b.sum(axis=1)).ravel()
        yield ("partners", "active"), np.log1p(self.degree)
        yield ("projects", "active"), np.log1p(projects)
        yield ("projects of late", "active"), np.log1p(4 * (b @ self._fading(1.0)))
        yield ("projects just begun", "active"), np.log1p(8 * (b @ self._fading(0.35)))
        yield ("seats beside it", "active"), np.log1p(b @ (self._fading(1.0) * np.minimum(size - 1, 40)))
        yield ("size of its projects", "active"), np.log1p((b @ size) / np.maximum(projects, 1))
        rows = np.bincount(data.organisation, minlength=self.n)
        for name, amount in data.amounts.items():
            yield (name, name), np.log1p(np.bincount(data.organisation, amount, minlength=self.n))
        for a in data.attributes:
            if a.level == "participation" and len(a.values) <= 20:
                for v, word in enumerate(a.values):
                    count = np.bincount(data.organisation, a.codes == v, minlength=self.n)
                    yield (f"{a.name} {word}", a.name), count / np.maximum(rows, 1)
            if a.level == "organisation" and len(a.values) <= 20:
                own = most_common(a, data.organisation, self.n)
                for v, word in enumerate(a.values):
                    yield (f"{a.name} {word}", a.name), (own == v).astype(float)

    def _theme(self, a: Attribute, size: np.ndarray) -> dict[str, Any]:
        """Where an organisation is at home among the values of an attribute of projects."""
        value = np.full(self.b.shape[1], -1)
        value[self.data.project] = a.codes
        known = np.flatnonzero((value >= 0) & self.joint)
        shape = (self.b.shape[1], max(len(a.values), 1))
        to = sparse.coo_array((np.ones(len(known)), (known, value[known])), shape=shape).tocsr()
        late = self._fading(2.0)
        count = (self.b @ sparse.diags_array(late) @ to).toarray()
        seats = (self.b @ sparse.diags_array(late * np.minimum(size - 1, 40)) @ to).toarray()
        prior = count.sum(axis=0) / max(count.sum(), 1e-12)
        own = (count + prior) / (count.sum(axis=1, keepdims=True) + 1)
        near = self.walk @ count + 0.3 * count + prior
        length = np.linalg.norm(count, axis=1, keepdims=True)
        return {
            "name": a.name,
            "values": a.values,
            "own": own,
            "near": near / np.maximum(near.sum(axis=1, keepdims=True), 1e-12),
            "seats": seats / np.maximum(seats.sum(axis=0), 1e-12),
            "share": count / np.maximum(count.sum(axis=0), 1e-12),
            "direction": count / np.maximum(length, 1e-12),
        }

    def _group(self, a: Attribute) -> dict[str, Any]:
        """How often organisations of two values of an attribute meet, against chance."""
        own = most_common(a, self.data.organisation, self.n)
        out: dict[str, Any] = {"name": a.name, "values": a.values, "own": own, "lift": None}
        if len(a.values) > _FEW:
            return out
        k = len(a.values) + 1  # the last one is "unknown"
        code = np.where(own < 0, k - 1, own)
        member = sparse.coo_array((np.ones(self.n), (np.arange(self.n), code)), shape=(self.n, k)).tocsr()
        mix = (self.met @ member).toarray()
        met = (member.T @ mix).astype(float)
        total = met.sum(axis=1)
        chance = np.outer(total, total) / max(total.sum(), 1.0)
        lift = np.log((met + _PRIOR) / (chance + _PRIOR))
        every = total / max(total.sum(), 1.0)
        own_lift = np.log((mix + _PRIOR * every + 1e-9) / ((mix.sum(axis=1, keepdims=True) + _PRIOR) * every + 1e-9))
        lift[-1, :], lift[:, -1], own_lift[:, -1] = 0.0, 0.0, 0.0
        return out | {"lift": lift.astype(np.float32), "own_lift": own_lift.astype(np.float32), "code": code}

    def block(self, rows: np.ndarray) -> Iterator[Yielded]:
        """Each signal of the pairs (rows, all organisations) in a fixed order."""
        for (name, reason), value in self.of_candidate.items():
            yield name, reason, value.astype(np.float32)
        shared = _dense(self.met[rows] @ self.met)
        yield "Adamic-Adar", "partners", np.log1p(_dense(self.aa[rows] @ self.met))
        yield "resource allocation", "partners", np.log1p(20 * _dense(self.ra[rows] @ self.met))
        other = self.degree.astype(np.float32)
        yield "Jaccard", "partners", shared / np.maximum(other[rows][:, None] + other[None] - shared, 1)
        yield "share of its partners", "partners", shared / np.maximum(other[None], 1)
        two = _dense(self.walk[rows] @ self.walk)
        yield "three steps", "partners", np.log(1e-6 + _dense(two @ self.walk))
        yield "two late steps", "partners", np.log1p(1e4 * _dense(self.recent_walk[rows] @ self.walk))
        yield "partners of its like", "partners", np.log(1e-6 + self._of_its_like(rows))
        yield "factors", "partners", self.factors[rows] @ self.factors.T
        for t in self.themes:
            yield f"{t['name']}: seats", t["name"], _log(t["own"][rows] @ t["seats"].T)
            yield f"{t['name']}: of its partners", t["name"], _log(t["near"][rows] @ t["share"].T)
            yield f"{t['name']}: direction", t["name"], _dense(t["direction"][rows] @ t["direction"].T)
        for g in self.groups:
            own = g["own"]
            yield f"{g['name']}: same", g["name"], _dense((own[rows, None] == own[None]) & (own[None] >= 0))
            if g["lift"] is not None:
                yield f"{g['name']}: lift", g["name"], g["lift"][g["code"][rows]][:, g["code"]]
                yield f"{g['name']}: its partners", g["name"], g["own_lift"][rows][:, g["code"]]
                yield f"{g['name']}: their partners", g["name"], g["own_lift"][:, g["code"][rows]].T

    def _of_its_like(self, rows: np.ndarray) -> np.ndarray:
        """Where the organisations with the most similar partners go: (rows, n)."""
        like = _dense(self.unit[rows] @ self.unit.T)
        like[np.arange(len(rows)), rows] = 0
        if self.n > _LIKE:
            least = np.partition(like, -_LIKE, axis=1)[:, -_LIKE, None]
            like[like < np.maximum(least, 1e-9)] = 0
        like /= np.maximum(like.sum(axis=1, keepdims=True), 1e-9)
        return _dense(sparse.csr_array(like) @ self.walk)


def _log(share: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(1e-7 + share), dtype=np.float32)
