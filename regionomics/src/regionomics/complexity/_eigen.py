"""Second eigenvectors of the place-activity network: the numbers under ECI and PCI."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from regionomics.complexity._lanczos import largest

_DENSE_SIDE = 128  # up to this many places or activities, LAPACK on the dense matrix is faster
_CHECKED_SIDE = 600  # up to this many, a second start looks for a repeated eigenvalue
_FLAT = 1e-12  # a second eigenvalue below this is none: all places have the same activities
_TIE = 1e-9  # eigenvalues nearer than this share of their size are one, twice


@dataclass(frozen=True)
class Core:
    """The part of the table that complexity can be computed on.

    m: (n_places, n_activities), ones; connected, no empty row or column. places, activities: positions kept.
    place_reason, activity_reason: for every place and activity of the table, why it was left out ("" if it was not).
    components: connected groups of places and activities.
    """

    m: sparse.csr_array
    places: np.ndarray
    activities: np.ndarray
    place_reason: np.ndarray
    activity_reason: np.ndarray
    components: int

    @cached_property
    def diversity(self) -> np.ndarray:
        return np.asarray(np.diff(self.m.indptr), dtype=float)

    @cached_property
    def ubiquity(self) -> np.ndarray:
        return np.bincount(self.m.indices, minlength=self.m.shape[1]).astype(float)


@dataclass(frozen=True)
class Spectrum:
    """Second eigenvectors.

    eci: (n_places,), right eigenvector of D^-1 M U^-1 M', sum_p d_p eci_p = 0 and sum_p d_p eci_p^2 = 1; sign open.
    pci: (n_activities,), scaled so that eci = D^-1 M pci.
    lambda2, lambda3: eigenvalues, 0..1; lambda3 is NaN with two places or activities. undefined: why eci and pci are
        NaN, "" if they are not. steps, residual: of the iteration; 0 steps where solved directly.
    """

    eci: np.ndarray
    pci: np.ndarray
    lambda2: float
    lambda3: float
    undefined: str
    steps: int
    residual: float


def core_of(m: sparse.csr_array) -> Core:
    """The largest connected part (most places, then most activities, then first) without empty rows and columns."""
    n, k = m.shape
    d, u = np.diff(m.indptr), np.bincount(m.indices, minlength=k)
    place_reason = np.where(d == 0, "no activity present", "").astype(object)
    activity_reason = np.where(u == 0, "present in no place", "").astype(object)
    components = 1
    if m.nnz == 0:
        components = 0
    elif not _reaches_all(m, d > 0):
        graph = sparse.block_array([[None, m], [m.T, None]], format="csr")
        _, label = connected_components(graph, directed=False)
        in_place, in_activity = label[:n], label[n:]
        sizes = np.bincount(in_place[d > 0], minlength=label.max() + 1)
        kinds = np.bincount(in_activity[u > 0], minlength=label.max() + 1)
        components = int((sizes > 0).sum())
        # lexsort: last key first; the first label breaks ties because component numbers follow the order of places
        best = int(np.lexsort((np.arange(len(sizes)), -kinds, -sizes))[0])
        place_reason[(in_place != best) & (d > 0)] = "outside the largest connected group"
        activity_reason[(in_activity != best) & (u > 0)] = "outside the largest connected group"
    places, activities = np.flatnonzero(place_reason == ""), np.flatnonzero(activity_reason == "")
    if len(places) < n or len(activities) < k:
        m = sparse.csr_array(m[places][:, activities])
        m.sort_indices()
    return Core(m, places, activities, place_reason, activity_reason, components)


def _reaches_all(m: sparse.csr_array, places: np.ndarray) -> bool:
    """Whether everything hangs together: a few products from the most diverse place, far cheaper than a search."""
    columns = np.zeros(m.shape[1])
    richest = int(np.argmax(np.diff(m.indptr)))
    columns[m.indices[m.indptr[richest] : m.indptr[richest + 1]]] = 1.0
    count = 0
    while True:
        reached = m @ columns > 0
        now = int(reached.sum())
        if now == places.sum():  # and so every activity that any place has
            return True
        if now == count:
            return False
        count = now
        columns = m.T @ reached.astype(float)


def spectrum(core: Core) -> Spectrum:
    """Solve for the second eigenvectors, exactly: deflate the known first one, then Lanczos (or LAPACK if small)."""
    m = core.m
    n, k = m.shape
    if min(n, k) < 2:
        return _nothing(n, k, f"{n} connected places and {k} activities: at least two of each are needed")
    d, u = core.diversity, core.ubiquity
    wide = n <= k  # work on the smaller side
    own, other = (d, u) if wide else (u, d)
    step = m if wide else m.T.tocsr()
    back = step.T
    root, inverse = 1.0 / np.sqrt(own), 1.0 / other
    first = np.sqrt(own / own.sum())
    steps, residual = 0, 0.0
    if len(own) <= _DENSE_SIDE:
        half = step.toarray() * root[:, None] * np.sqrt(inverse)[None, :]
        values, vectors = np.linalg.eigh(half @ half.T - np.outer(first, first))
        lambda2, v = float(values[-1]), vectors[:, -1]
        lambda3 = float(max(values[-2], 0.0)) if len(own) > 2 else np.nan
    else:

        def operator(x: np.ndarray) -> np.ndarray:
            return np.asarray(root * (step @ (inverse * (back @ (root * x)))))

        noise = np.random.default_rng(0).standard_normal(len(own))  # no symmetry of the table can be orthogonal to it
        guess = root * (step @ inverse)
        start = guess / np.linalg.norm(guess) + 0.1 * noise / np.linalg.norm(noise)
        top = largest(operator, start, deflate=[first])
        lambda2, v = float(top.values[0]), top.vectors[:, 0]
        lambda3 = float(top.values[1]) if len(top.values) > 1 else 0.0
        steps, residual = top.steps, top.residual
        if len(own) <= _CHECKED_SIDE and lambda2 > _FLAT:
            again = largest(operator, noise[::-1].copy(), deflate=[first, v], tolerance=1e-3)
            lambda3 = max(lambda3, float(again.values[0]))
    if lambda2 < _FLAT:
        return _nothing(n, k, "all places have the same activities, so nothing tells them apart")
    if lambda2 - lambda3 < _TIE * lambda2:
        return _nothing(n, k, "the second eigenvalue is repeated, so its vector is not determined", lambda2, lambda3)
    if wide:
        eci = v * root
        pci = (m.T @ eci) / u / lambda2
    else:
        pci = v * root
        eci = (m @ pci) / d
    size = float(np.sqrt((d * eci**2).sum()))
    return Spectrum(eci / size, pci / size, lambda2, lambda3, "", steps, residual)


def _nothing(n: int, k: int, why: str, lambda2: float = np.nan, lambda3: float = np.nan) -> Spectrum:
    return Spectrum(np.full(n, np.nan), np.full(k, np.nan), lambda2, lambda3, why, 0, 0.0)


def reflections(core: Core, place_order: int, activity_order: int) -> Spectrum:
    """k[p, N] and k[a, N'] of the method of reflections, less their common limit and by a common factor.

    k_p0 = d, k_a0 = u; k_pN = (1 / d) sum_a M k_a,N-1; k_aN = (1 / u) sum_p M k_p,N-1. Both run towards a constant;
    taking it off at each step keeps the digits that matter, and standardised results do not feel it.
    """
    m, d, u = core.m, core.diversity, core.ubiquity
    if min(m.shape) < 2:
        return _nothing(
            m.shape[0], m.shape[1], f"{m.shape[0]} connected places and {m.shape[1]} activities: two of each are needed"
        )
    total = d.sum()
    if np.ptp(d) == 0 and np.ptp(u) == 0:
        return _nothing(
            m.shape[0], m.shape[1], "all diversities and all ubiquities are equal, so reflections cannot start"
        )
    kp, ka = d - (d * d).sum() / total, u - (u * u).sum() / total
    eci, pci = kp, ka
    for n in range(1, max(place_order, activity_order) + 1):
        kp, ka = (m @ ka) / d, (m.T @ kp) / u
        kp, ka = kp - (d * kp).sum() / total, ka - (u * ka).sum() / total
        size = max(float(np.abs(kp).max()), float(np.abs(ka).max()))
        if size < 1e-300:
            return _nothing(m.shape[0], m.shape[1], "the reflections are all equal, so nothing tells places apart")
        kp, ka = kp / size, ka / size
        eci, pci = (kp if n <= place_order else eci), (ka if n <= activity_order else pci)
    if np.ptp(eci) < 1e-12 or np.ptp(pci) < 1e-12:
        return _nothing(m.shape[0], m.shape[1], "the reflections are all equal, so nothing tells places apart")
    return Spectrum(eci, pci, np.nan, np.nan, "", max(place_order, activity_order), 0.0)
