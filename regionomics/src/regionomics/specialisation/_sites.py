"""Plants on the map: where they stand, how far from each other, and who is near whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regionomics.errors import InvalidParameter, InvalidTable, NoSupport
from regionomics.tables import Codes, Family, encode, numbers, read_columns

EARTH_KM = 6371.0088
_STEPS = 60
_SAMPLE = 3_000  # plants whose pairs give the median distance, where there are more
_MOST_NEIGHBOURS = 60_000_000


@dataclass(frozen=True)
class Sites:
    """Plants in an order that does not depend on that of the rows.

    points: (n, 2) in the plane or (n, 3) on the sphere. size: (n,). activity: codes of the plants.
    """

    points: np.ndarray
    size: np.ndarray
    activity: Codes
    name: str
    family: Family

    @classmethod
    def read(cls, plants: Any, x: str, y: str, activity: str, value: str | None, degrees: bool) -> Sites:
        arrow, family = read_columns(plants, [c for c in (x, y, activity, value) if c is not None])
        if arrow.num_rows < 2:
            raise InvalidTable(f"the table has {arrow.num_rows} rows; distances need at least two plants")
        east, north = (numbers(arrow[c], c, nonnegative=False) for c in (x, y))
        codes = encode(arrow[activity], activity)
        size = np.ones(len(east)) if value is None else numbers(arrow[value], value)
        order = np.lexsort((size, codes.codes, north, east))
        points = np.column_stack((east, north))
        if degrees:
            if np.abs(north).max() > 90 or np.abs(east).max() > 360:
                raise InvalidTable(f"{x} and {y} are not longitude and latitude; pass degrees=False for a plane")
            a, b = np.radians(east), np.radians(north)
            points = EARTH_KM * np.column_stack((np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)))
        return cls(points[order], size[order], Codes(codes.codes[order], codes.labels), activity, family)

    def between(self, chosen: np.ndarray) -> np.ndarray:
        """Distances of each two of the chosen plants, in the order of `np.triu_indices(n, 1)`."""
        from scipy.spatial.distance import pdist

        return self.along(pdist(self.points[chosen]))

    def along(self, straight: np.ndarray) -> np.ndarray:
        """Distances along the surface for straight ones."""
        if self.points.shape[1] == 2:
            return straight
        return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(straight / (2 * EARTH_KM), 1.0)))


def distances_to_look_at(given: Sequence[float] | None, sites: Sites, seed: int, *, start: int) -> np.ndarray:
    if given is None:
        n = len(sites.points)
        some = np.arange(n) if n <= _SAMPLE else np.random.default_rng(seed).choice(n, _SAMPLE, replace=False)
        far = float(np.median(sites.between(np.sort(some))))
        if not far > 0:
            raise InvalidTable("half of all plants stand at one point; give distances=, or better coordinates")
        return far * np.arange(start, _STEPS + 1) / _STEPS
    grid = np.asarray(list(given), dtype=float)
    if not (len(grid) and np.isfinite(grid).all() and grid[0] >= 0 and (np.diff(grid) > 0).all()):
        raise InvalidParameter(f"distances={given!r}; they are >= 0 and rise, such as range(0, 50)")
    return grid


@dataclass(frozen=True)
class Neighbours:
    """Who stands within the largest radius of whom.

    start: (n + 1,), where each site's entries begin; other: the neighbour; ring: the first radius that reaches it.
    """

    start: np.ndarray
    other: np.ndarray
    ring: np.ndarray
    radii: int

    @classmethod
    def of(cls, sites: Sites, grid: np.ndarray) -> Neighbours:
        from scipy.spatial import cKDTree

        n = len(sites.points)
        straight = grid[-1] if sites.points.shape[1] == 2 else _chord(float(grid[-1]))
        tree = cKDTree(sites.points)
        reach = straight * (1 + 1e-12) + 1e-12
        count = int(tree.count_neighbors(tree, reach)) - n
        if count > _MOST_NEIGHBOURS:
            raise NoSupport(
                f"{count:.1e} neighbours stand within {grid[-1]:g} of each other; give distances= that end sooner"
            )
        found = tree.query_pairs(reach, output_type="ndarray")
        far = sites.along(np.sqrt(((sites.points[found[:, 0]] - sites.points[found[:, 1]]) ** 2).sum(axis=1)))
        ring = np.searchsorted(grid * (1 + 1e-12), far)
        inside = ring < len(grid)
        first = np.concatenate((found[inside, 0], found[inside, 1]))
        order = np.argsort(first, kind="stable")
        other = np.concatenate((found[inside, 1], found[inside, 0]))[order]
        start = np.concatenate(([0], np.cumsum(np.bincount(first, minlength=n))))
        return cls(start, other.astype(np.int32), np.tile(ring[inside], 2)[order].astype(np.int32), len(grid))

    def m(self, own: np.ndarray, wanted: np.ndarray, size: np.ndarray, same: bool) -> np.ndarray:
        """M at each radius: `own` and `wanted` sites of the activity and of its neighbours, `size` of every site."""
        count = self.start[own + 1] - self.start[own]
        skip = np.repeat(self.start[own] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        entry = skip + np.arange(int(count.sum()))
        other, key = self.other[entry], np.repeat(np.arange(len(own)) * self.radii, count) + self.ring[entry]
        mark = np.zeros(len(size))
        mark[wanted] = size[wanted]
        shape = (len(own), self.radii)
        cells = len(own) * self.radii
        every = np.cumsum(np.bincount(key, size[other], cells).reshape(shape), axis=1)
        theirs = np.cumsum(np.bincount(key, mark[other], cells).reshape(shape), axis=1)
        known = every > 0
        local = np.divide(theirs, every, out=np.zeros(shape), where=known).sum(axis=0)
        rest = size.sum() - size[own]
        expected = (mark.sum() - (size[own] if same else 0.0)) / np.where(rest > 0, rest, np.nan)
        overall = np.where(known, expected[:, None], 0.0).sum(axis=0)
        return np.asarray(np.divide(local, overall, out=np.full(self.radii, np.nan), where=overall > 0))


def _chord(arc: float) -> float:
    return 2 * EARTH_KM * float(np.sin(min(arc / (2 * EARTH_KM), np.pi / 2)))
