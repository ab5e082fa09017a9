"""Whether plants of an activity stand nearer to each other than plants at large, at every distance, without borders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regionomics.errors import InputWarning, InvalidParameter, NoSupport, once_a_call, warn
from regionomics.relatedness._presence import By, columns_of, pairs, position, positions
from regionomics.specialisation._envelope import Envelope, envelope
from regionomics.specialisation._sites import Neighbours, Sites, distances_to_look_at
from regionomics.tables import Family, Shown, by_groups

_MOST_PLANTS = 10_000  # of one activity: 5e7 pairs, 400 MB
_FINE = 64  # bins a bandwidth: binning then changes a density by less than 1e-4 of the kernel's height
_REACH = 6  # bandwidths that the kernel reaches
_MOST_BINS = 4_000_000
_ITSELF = "it is the neighbour asked for; its own M has neighbour=None"

Draw = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True, repr=False)
class DistanceCurves(Shown):
    """A function of distance for each activity, with what chance gives, and what follows.

    curves: activity, distance, kd (or m), low, high (bands of what chance gives at this distance), global_low,
        global_high (bands that few curves of chance leave anywhere); bands are null without simulations and where a
        drawn curve is unknown.
    activities: activity, plants, bandwidth (of kd), verdict ("localised" where the curve passes the upper global band
        somewhere, "dispersed" where it only passes the lower one, else "neither"), localisation, dispersion (how far it
        passes it, integrated over distance), p_localised, p_dispersed (how seldom chance goes as far out at any
        distance), reason (why there is no curve, else null). Null without simulations.
    """

    curves: Any
    activities: Any


def kd_function(
    plants: Any,
    *,
    x: str = "x",
    y: str = "y",
    activity: str = "activity",
    value: str | None = None,
    by: By = None,
    activities: Sequence[Any] | None = None,
    distances: Sequence[float] | None = None,
    bandwidth: float | None = None,
    simulations: int = 0,
    level: float = 0.9,
    seed: int = 0,
    degrees: bool = False,
    minimum_plants: int = 10,
) -> DistanceCurves:
    """Give the density of the distances between the plants of each activity, with what chance gives.

    K(d) = 1 / (h W) sum_{i < j} w_i w_j f((d - d_ij) / h), W = sum_{i < j} w_i w_j, reflected at 0: K(d) + K(-d)

    with f the normal density and h Silverman's bandwidth, .9 min(sd, IQR / 1.34) m^(-1/5) of the m distances. Chance:
    the activity's plants are put on sites drawn from those of all plants of the table, none twice, their sizes shuffled
    among them; each drawn curve has its own h.

    Args:
        plants: one row per plant: its coordinates and its activity. All rows are sites that a plant could have.
        x, y: columns with coordinates, in the unit in which distances are wanted (km); see `degrees`.
        value: column with the plants' sizes w, >= 0 (jobs); default 1 each.
        by: further keys (year, country): each group by itself, the keys first in both tables.
        activities: those to answer for; default all.
        distances: where to look, >= 0 and rising; default 61 steps from 0 to the median distance of all plants (of
            3 000 of them, drawn with the seed, where there are more).
        bandwidth: h, for every curve; default Silverman's.
        simulations: curves drawn by chance, 0 for none (no bands); Duranton and Overman draw 1 000.
        level: of the bands: (1 - level) / 2 of the drawn curves lie above, and below.
        seed: of the draws. The same plants give the same answer in any order of rows.
        degrees: x and y are longitude and latitude; distances are then km on the great circle.
        minimum_plants: an activity with fewer has no curve, 3 at least.
    Returns:
        DistanceCurves, with .curves (kd: density per unit of distance) and .activities.
    Raises:
        InvalidTable: nulls, negative sizes, latitudes beyond 90. InvalidParameter: distances that do not rise, too few
            simulations for the level, an activity that is not in the table. NoSupport: more than 10 000 plants in one
            activity.
    Source: Duranton and Overman (2005), doi:10.1111/0034-6527.00362; p values: Myllymäki et al. (2017),
        doi:10.1111/rssb.12172.
    """
    _check(simulations, level, minimum_plants, least=3)
    if bandwidth is not None and not bandwidth > 0:
        raise InvalidParameter(f"bandwidth={bandwidth!r}; it is a distance above 0")
    if by is not None:
        return _each_group(
            plants,
            by,
            (x, y, activity, value),
            lambda group: kd_function(
                group,
                x=x,
                y=y,
                activity=activity,
                value=value,
                activities=activities,
                distances=distances,
                bandwidth=bandwidth,
                simulations=simulations,
                level=level,
                seed=seed,
                degrees=degrees,
                minimum_plants=minimum_plants,
            ),
        )
    sites = Sites.read(plants, x, y, activity, value, degrees)
    grid = distances_to_look_at(distances, sites, seed, start=0)

    def curve_of(own: np.ndarray, code: int) -> _Curve:
        if len(own) > _MOST_PLANTS:
            raise NoSupport(
                f"{sites.activity.labels[code]} has {len(own)} plants, that is {len(own) ** 2 / 2:.0e} pairs; "
                f"name activities= of at most {_MOST_PLANTS}, or pass a sample of the plants"
            )

        def density(chosen: np.ndarray, size: np.ndarray | None) -> tuple[np.ndarray, float]:
            d = sites.between(chosen)
            h = bandwidth or _silverman(d)
            weight = None if size is None else np.concatenate([size[i] * size[i + 1 :] for i in range(len(size))])
            return _density(d, weight, grid, h) if h > 0 else np.full(len(grid), np.nan), h

        size = None if value is None else sites.size[own]
        if size is not None and np.count_nonzero(size) < 2:
            return _Curve.without(len(own), "fewer than two plants have a size above 0")
        observed, h = density(own, size)
        if h <= 0:
            return _Curve.without(len(own), "all plants are equally far from each other; give a bandwidth")

        def draw(rng: np.random.Generator) -> np.ndarray:
            chosen = rng.choice(len(sites.points), len(own), replace=False)
            return density(chosen, None if size is None else rng.permutation(size))[0]

        return _Curve(len(own), h, observed, draw)

    asked = distances is not None
    return _curves(sites, grid, "kd", activities, minimum_plants, curve_of, simulations, level, seed, asked=asked)


def m_function(
    plants: Any,
    *,
    x: str = "x",
    y: str = "y",
    activity: str = "activity",
    value: str | None = None,
    neighbour: Any = None,
    by: By = None,
    activities: Sequence[Any] | None = None,
    distances: Sequence[float] | None = None,
    simulations: int = 0,
    level: float = 0.9,
    seed: int = 0,
    degrees: bool = False,
    minimum_plants: int = 10,
) -> DistanceCurves:
    """Compare the share of the own activity among the neighbours of its plants with its share of all plants.

    M(r) = sum_i (sum_{j in own} w_j 1(d_ij <= r) / sum_j w_j 1(d_ij <= r)) / sum_i ((W_own - w_i) / (W - w_i))

    over the activity's plants i that have a neighbour within r; j is never i itself. 1 = as everywhere, 2 = twice the
    share. Chance: plants, each with its activity and size, are shuffled over all sites.

    Args:
        plants, x, y, value, by, activities, simulations, level, seed, degrees: as `kd_function`.
        neighbour: another activity whose share of the neighbours is looked at (W_own and W of it); default the plants'
            own. Activities are then the others.
        distances: radii r, >= 0 and rising; default 60 steps up to the median distance of all plants.
        minimum_plants: an activity with fewer has no curve, 2 at least.
    Returns:
        DistanceCurves, with .curves (m: ratio, null where no plant has a neighbour within r) and .activities (without
        bandwidth).
    Raises:
        InvalidTable, InvalidParameter: as `kd_function`. NoSupport: more than 6e7 neighbours within the largest radius.
    Source: Marcon and Puech (2010), doi:10.1093/jeg/lbp056.
    """
    _check(simulations, level, minimum_plants, least=2)
    if by is not None:
        return _each_group(
            plants,
            by,
            (x, y, activity, value),
            lambda group: m_function(
                group,
                x=x,
                y=y,
                activity=activity,
                value=value,
                neighbour=neighbour,
                activities=activities,
                distances=distances,
                simulations=simulations,
                level=level,
                seed=seed,
                degrees=degrees,
                minimum_plants=minimum_plants,
            ),
        )
    sites = Sites.read(plants, x, y, activity, value, degrees)
    grid = distances_to_look_at(distances, sites, seed, start=1)
    near = Neighbours.of(sites, grid)
    other = None if neighbour is None else position(sites.activity.labels, neighbour)
    theirs = None if other is None else np.flatnonzero(sites.activity.codes == other)

    def curve_of(own: np.ndarray, code: int) -> _Curve:
        if code == other:
            return _Curve.without(len(own), _ITSELF)
        wanted = own if theirs is None else theirs
        if not sites.size[wanted].sum() > 0 or sites.size.sum() <= sites.size[wanted].max():
            return _Curve.without(len(own), "its plants have no size")

        def draw(rng: np.random.Generator) -> np.ndarray:
            site_of = rng.permutation(len(sites.points))
            size = np.empty(len(site_of))
            size[site_of] = sites.size
            return near.m(site_of[own], site_of[wanted], size, theirs is None)

        return _Curve(len(own), np.nan, near.m(own, wanted, sites.size, theirs is None), draw)

    asked = distances is not None
    return _curves(sites, grid, "m", activities, minimum_plants, curve_of, simulations, level, seed, asked=asked)


def _each_group(
    plants: Any, by: str | Sequence[str], columns: Sequence[str | None], calculate: Callable[[Any], DistanceCurves]
) -> DistanceCurves:
    """The curves of each group of `by` by itself, one below the other."""

    def group(arrow: pa.Table, family: Family) -> dict[str, Any]:
        found = calculate(arrow)
        return {"curves": columns_of(found.curves), "activities": columns_of(found.activities)}

    return DistanceCurves(**by_groups(plants, by, [c for c in columns if c is not None], group))


# --- Kd ---------------------------------------------------------------------------------------------------------------
def _silverman(d: np.ndarray) -> float:
    """The bandwidth of Silverman (1986), 3.4.2; 0 where all distances are equal."""
    if len(d) < 2:
        return 0.0
    sd = float(d.std(ddof=1))
    low, high = np.quantile(d, (0.25, 0.75))
    spread = min(sd, float(high - low) / 1.34) or sd
    return 0.9 * spread * float(len(d)) ** -0.2 if sd > 1e-12 * float(d.max()) else 0.0


def _density(d: np.ndarray, weight: np.ndarray | None, grid: np.ndarray, h: float) -> np.ndarray:
    """Kernel density of the distances on the grid, reflected at 0, by linear binning; shape (n_distances,)."""
    step = max(h / _FINE, float(grid[-1]) / _MOST_BINS)
    reach = int(np.ceil(_REACH * h / step)) + 1
    bins = int(np.ceil(float(grid[-1]) / step)) + reach + 2
    total = float(len(d) if weight is None else weight.sum())
    inside = d < (bins - 1) * step
    at = d[inside] / step
    low = at.astype(np.int64)
    share = at - low
    w = np.ones(len(at)) if weight is None else weight[inside]
    mass = np.bincount(low, (1 - share) * w, bins) + np.bincount(low + 1, share * w, bins)
    mass[0] *= 2  # its own mirror image
    mirrored = np.concatenate((mass[reach:0:-1], mass))  # distance 0 stands at `reach`
    first = np.floor(grid / step).astype(np.int64)
    window = first[:, None] + np.arange(2 * reach + 1)
    away = (grid[:, None] - (window - reach) * step) / h
    kernel = np.exp(-0.5 * away**2)
    return np.asarray((mirrored[window] * kernel).sum(axis=1) / (np.sqrt(2 * np.pi) * h * total))


# --- curves, bands, verdicts ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Curve:
    plants: int
    bandwidth: float
    observed: np.ndarray | None
    draw: Draw | None
    reason: str | None = None

    @classmethod
    def without(cls, plants: int, reason: str) -> _Curve:
        return cls(plants, np.nan, None, None, reason)


def _curves(
    sites: Sites,
    grid: np.ndarray,
    name: str,
    activities: Sequence[Any] | None,
    minimum: int,
    curve_of: Callable[[np.ndarray, int], _Curve],
    simulations: int,
    level: float,
    seed: int,
    *,
    asked: bool,
) -> DistanceCurves:
    """asked: the distances are the caller's own."""
    labels = sites.activity.labels
    codes = range(len(labels)) if activities is None else positions(labels, activities)
    found: list[tuple[int, _Curve, Envelope | None]] = []
    for code in codes:
        own = np.flatnonzero(sites.activity.codes == code)
        if len(own) < minimum:
            curve = _Curve.without(len(own), f"{len(own)} plants, {minimum} are needed")
        else:
            curve = curve_of(own, code)
        bands = None
        if simulations and curve.observed is not None and curve.draw is not None:
            rng = np.random.default_rng([seed, code])
            bands = envelope(curve.observed, np.array([curve.draw(rng) for _ in range(simulations)]), level)
        found.append((code, curve, bands))
    _tell_without(sites, grid, name, found, asked)
    return DistanceCurves(
        sites.family.emit(_curve_table(sites, grid, name, found)),
        sites.family.emit(_verdict_table(sites, grid, name, found)),
    )


def _tell_without(
    sites: Sites, grid: np.ndarray, name: str, found: Sequence[tuple[int, _Curve, Envelope | None]], asked: bool
) -> None:
    """Warn of the activities that have no curve, and of the unknown values of the others at distances that were asked
    for: of ours the first are ordinarily too short for some. See Note [Null is said]."""
    without = [(code, c.reason) for code, c, _ in found if c.observed is None and c.reason != _ITSELF]
    unknown = sum(int(np.isnan(c.observed).sum()) for _, c, _ in found if c.observed is not None)
    with once_a_call():
        if without:
            code, reason = without[0]
            more = f" and of {len(without) - 1:,} more" if len(without) > 1 else ""
            warn(
                f"no curve of {sites.activity.labels[code]} ({reason}){more}; .activities says why of each",
                InputWarning,
            )
        if unknown and asked:
            rows = len(grid) * (len(found) - len(without))
            warn(f"{name} null in {unknown:,} of {rows:,} rows: no plant has a neighbour so near", InputWarning)


def _curve_table(
    sites: Sites, grid: np.ndarray, name: str, found: Sequence[tuple[int, _Curve, Envelope | None]]
) -> pa.Table:
    with_curve = [(code, c, b) for code, c, b in found if c.observed is not None]
    none = np.full(len(grid), np.nan)

    def stacked(values: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(values) if values else np.zeros(0)

    owner = np.repeat(np.array([code for code, _, _ in with_curve], dtype=np.int64), len(grid))
    return pairs(
        {sites.name: (sites.activity.labels, owner)},
        distance=np.tile(grid, len(with_curve)),
        **{name: stacked([c.observed for _, c, _ in with_curve if c.observed is not None])},
        **{
            band: stacked([none if b is None else getattr(b, band) for _, _, b in with_curve])
            for band in ("low", "high", "global_low", "global_high")
        },
    )


def _verdict_table(
    sites: Sites, grid: np.ndarray, name: str, found: Sequence[tuple[int, _Curve, Envelope | None]]
) -> pa.Table:
    columns: dict[str, list[Any]] = {
        k: [] for k in ("verdict", "localisation", "dispersion", "p_localised", "p_dispersed")
    }
    for _, curve, bands in found:
        row: Sequence[Any] = [None] * 5
        if bands is not None and curve.observed is not None and np.isfinite(bands.global_high).any():
            above = np.nan_to_num(np.maximum(curve.observed - bands.global_high, 0.0))
            below = np.nan_to_num(np.maximum(bands.global_low - curve.observed, 0.0))
            if above.any():
                below = np.zeros(len(grid))  # an activity that gathers somewhere leaves room elsewhere
            verdict = "localised" if above.any() else "dispersed" if below.any() else "neither"
            amounts = (float(np.trapezoid(above, grid)), float(np.trapezoid(below, grid)))
            row = [verdict, *amounts, bands.p_above, bands.p_below]
        for column, number in zip(columns.values(), row, strict=True):
            column.append(number)
    size = {"bandwidth": pa.array([c.bandwidth for _, c, _ in found], pa.float64(), from_pandas=True)}
    return pa.table(
        {
            sites.name: sites.activity.labels.take(pa.array([code for code, _, _ in found], pa.int64())),
            "plants": pa.array([c.plants for _, c, _ in found], pa.int64()),
            **(size if name == "kd" else {}),
            "verdict": pa.array(columns.pop("verdict"), pa.string()),
            **{k: pa.array(v, pa.float64()) for k, v in columns.items()},
            "reason": pa.array([c.reason for _, c, _ in found], pa.string()),
        }
    )


def _check(simulations: int, level: float, minimum_plants: int, *, least: int) -> None:
    if not 0 < level < 1:
        raise InvalidParameter(f"level={level!r}; it must lie between 0 and 1, such as 0.9")
    needed = int(np.ceil(2 / (1 - level) - 1e-9))
    if simulations and simulations < needed:
        raise InvalidParameter(f"simulations={simulations!r}; bands of level {level:g} need at least {needed}, or 0")
    if minimum_plants < least:
        raise InvalidParameter(f"minimum_plants={minimum_plants!r}; it must be at least {least}")
