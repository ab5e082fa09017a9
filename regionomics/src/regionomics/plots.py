"""Pictures of what the library computes, with matplotlib (extra `plots`), which is loaded by the first call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.sparse.linalg import eigsh

from regionomics.errors import InvalidParameter, InvalidTable, MissingDependency
from regionomics.relatedness.measures import Relatedness
from regionomics.tables import columns_in, encode, numbers, read_columns

_FEW = 100  # activities for which the best picture costs nothing
_MAIN, _SOFT = "#0b5394", "#b7c4d1"


def industry_space(
    relatedness: Relatedness,
    *,
    present: Sequence[Any] | None = None,
    sizes: Mapping[Any, float] | None = None,
    threshold: float = 0.5,
    names: int = 40,
    ax: Any = None,
) -> Any:
    """Draw the activities as a network in which related ones stand near each other.

    Edges: the maximum spanning tree of each connected group, so that it holds together, and every pair related by at
    least the threshold. Positions: stress majorisation of the distances along the edges, each 1 long, from a start on a
    circle in the order of the labels, of more than 100 activities from classical scaling: the same picture each time.
    Groups stand side by side.

    Args:
        relatedness: from `relatedness`, at most 1 500 activities with a relatedness above 0.
        present: activities to mark, such as what a place has.
        sizes: how large each activity is (persons, exports), >= 0: the area of its mark; absent ones count as 0.
        threshold: of the relatedness, in its own unit.
        names: how many activities are named, at most: the largest by `sizes`, without them those with most edges
            (then with the largest sum of relatedness). One that would stand on a name is passed over.
        ax: matplotlib axes to draw on; a new figure by default.
    Returns:
        The axes: edges as one collection of lines, activities as one or two of points. Activities related to none are
        not drawn.
    Raises:
        MissingDependency: matplotlib is not installed.
        InvalidParameter: a threshold <= 0, an unknown activity in `present`, nothing or too much to draw, a size
            below 0.
    Source: Hidalgo et al. (2007), doi:10.1126/science.1144581 (product space); Gansner, Koren and North (2005),
        doi:10.1007/978-3-540-31843-9_25 (stress majorisation); Torgerson (1952), doi:10.1007/BF02288916 (scaling).
    """
    if not threshold > 0:
        raise InvalidParameter(f"threshold={threshold!r}; it must be > 0")
    labels = relatedness.matrix.rows
    phi = np.array(relatedness.matrix.toarray())
    np.fill_diagonal(phi, 0.0)
    used = np.flatnonzero(phi.max(axis=1, initial=0.0) > 0)
    if not 0 < len(used) <= 1_500:
        raise InvalidParameter(f"{len(used)} activities are related to any; draw from 1 to 1500")
    phi, words = phi[np.ix_(used, used)], labels.take(pa.array(used)).to_pylist()
    marked = set(present or ())
    unknown = sorted(marked - set(labels.to_pylist()), key=str)
    if unknown:
        raise InvalidParameter(f"present names {unknown[0]!r} ({len(unknown)} in all), which the relatedness has not")
    large = np.array([float((sizes or {}).get(word) or 0.0) for word in words])
    if not (np.isfinite(large).all() and (large >= 0).all()):
        wrong = int(np.flatnonzero(~(large >= 0) | np.isinf(large))[0])
        raise InvalidParameter(f"sizes: {words[wrong]!r} is {large[wrong]:g}; a size is a number >= 0")
    edges = _edges(phi, threshold)
    at = _positions(edges, len(used))
    ax = _axes(ax)
    _draw_edges(ax, at[np.array(edges)])
    has = np.array([word in marked for word in words])
    area = np.full(len(words), 12 + 30 / np.sqrt(len(words)))
    if large.any():
        area = 4 + (400 / np.sqrt(len(words)) + 20) * large / large.max()
    for rows, color, word in ((~has, _SOFT, "absent"), (has, _MAIN, "present")):
        if rows.any():
            shown = _MAIN if present is None else color
            ax.scatter(at[rows, 0], at[rows, 1], s=area[rows], color=shown, label=word, zorder=2)
    ends = np.bincount(np.array(edges).ravel(), minlength=len(words))
    _name_some(ax, words, at, np.lexsort((-phi.sum(axis=1), -ends, -large)), names)
    if present is not None:
        ax.legend(frameon=False)
    ax.set_axis_off()
    ax.set_aspect("equal")
    return ax


def density_complexity(
    density: Any,
    complexity: Any,
    place: Any,
    *,
    present: Sequence[Any] | None = None,
    names: tuple[str, str] | None = None,
    ax: Any = None,
) -> Any:
    """Draw a place's options: how near each missing activity is, and how complex.

    Options are the activities that the place does not have, as in the sources: what it has already is near to itself
    and no choice. A table of all activities is therefore refused unless `present` says which ones those are.

    Args:
        density: table of place, activity and density, such as `relatedness_density(..., which="absent")`.
        complexity: table of activity and pci, such as `economic_complexity(...).activities`; or that result itself.
        place: whose options to draw.
        present: the activities that the place has, where `density` holds them too: they are left out.
        names: of the columns of place and activity; by default those that stand before `density`, as
            `relatedness_density` puts them.
        ax: matplotlib axes to draw on; a new figure by default.
    Returns:
        The axes: density across, PCI up; dashed lines at their means. Options without density or PCI are not drawn.
    Raises:
        MissingDependency: matplotlib is not installed.
        InvalidTable: a missing column, an activity twice, a table of all activities without `present`.
        InvalidParameter: a place without any option to draw.
    Source: Hausmann et al. (2014), The Atlas of Economic Complexity (products that a country does not make); Balland,
        Boschma, Crespo and Rigby (2019), doi:10.1080/00343404.2018.1437900 (technologies new to the region).
    """
    if names is None:
        columns = columns_in(density)
        at = columns.index("density") if "density" in columns else 0
        names = (columns[at - 2], columns[at - 1]) if at >= 2 else ("place", "activity")
    options, _ = read_columns(density, (names[0], names[1], "density"))
    options = options.filter(pc.equal(options[names[0]], pa.scalar(place, options[names[0]].type)))
    listed = options[names[1]].combine_chunks()
    if present is not None:
        options = options.filter(pc.invert(pc.is_in(listed, value_set=pa.array(list(present), listed.type))))
    options = options.drop_null()
    scores, _ = read_columns(getattr(complexity, "activities", complexity), (names[1], "pci"))
    scores = scores.drop_null()
    known = encode(scores[names[1]], names[1])
    if len(known.labels) < scores.num_rows:
        raise InvalidTable(f"complexity: {names[1]} repeats; give one row each")
    pci = np.empty(len(known.labels))
    pci[known.codes] = numbers(scores["pci"], "pci", nonnegative=False)
    if (
        present is None
        and scores.num_rows
        and pc.all(pc.is_in(known.labels.cast(listed.type), value_set=listed)).as_py()
    ):
        raise InvalidTable(
            f"density holds all {scores.num_rows} activities for {place}, those that it has among them; "
            "pass relatedness_density(..., which='absent'), or name what it has in present="
        )
    words = pa.concat_arrays([*options[names[1]].chunks, pa.array([], options[names[1]].type)]).cast(known.labels.type)
    where = pc.index_in(words, value_set=known.labels).fill_null(-1).to_numpy(zero_copy_only=False)
    keep = where >= 0
    if not keep.any():
        raise InvalidParameter(f"place={place!r} has no option with a density and a PCI")
    across = numbers(options["density"], "density")[keep]
    up = pci[where[keep]]
    ax = _axes(ax)
    ax.axvline(across.mean(), color=_SOFT, linestyle="--", linewidth=0.8)
    ax.axhline(up.mean(), color=_SOFT, linestyle="--", linewidth=0.8)
    ax.scatter(across, up, s=18, color=_MAIN)
    if len(up) <= 40:
        for name, x, y in zip(words.filter(pa.array(keep)).to_pylist(), across, up, strict=True):
            ax.annotate(str(name), (x, y), xytext=(3, 3), textcoords="offset points", fontsize=7)
    ax.set(xlabel="relatedness density", ylabel="product complexity (PCI)", title=f"Options of {place}")
    return ax


def complexity_over_time(
    places: Any, *, time: str = "year", place: str = "place", highlight: Sequence[Any] = (), ax: Any = None
) -> Any:
    """Draw the ECI of places over time, a line each; where the ECI is unknown the line has a gap.

    Args:
        places: table of time, place and eci, such as `economic_complexity(..., by="year").places`.
        time, place: its columns.
        highlight: places to draw in strong colours, with their names; the others stay pale.
        ax: matplotlib axes to draw on; a new figure by default.
    Returns:
        The axes.
    Raises:
        MissingDependency: matplotlib is not installed.
        InvalidTable: a missing column, a place twice at one time.
        InvalidParameter: a place in `highlight` that the table has not.
    Source: Hidalgo and Hausmann (2009), doi:10.1073/pnas.0900943106.
    """
    arrow, _ = read_columns(places, (time, place, "eci"))
    p, t = encode(arrow[place], place), encode(arrow[time], time)
    if len(np.unique(p.codes * max(len(t.labels), 1) + t.codes)) < arrow.num_rows:
        raise InvalidTable(f"a {place} appears twice at one {time}; give one row each")
    grid = np.full((len(p.labels), len(t.labels)), np.nan)
    grid[p.codes, t.codes] = arrow["eci"].cast(pa.float64()).to_numpy()
    labels, times = p.labels.to_pylist(), t.labels.to_pylist()
    unknown = [name for name in highlight if name not in labels]
    if unknown:
        raise InvalidParameter(f"highlight names {unknown[0]!r}, which the table has not")
    ax = _axes(ax)
    for row, name in enumerate(labels):
        if name not in highlight:
            ax.plot(times, grid[row], color=_SOFT, linewidth=0.8, zorder=1)
    for name in highlight:
        ax.plot(times, grid[labels.index(name)], linewidth=1.8, marker="o", markersize=3, label=str(name), zorder=2)
    if highlight:
        ax.legend(frameon=False)
    ax.set(xlabel=time, ylabel="economic complexity (ECI)")
    return ax


def draw_curve(points: Any, activities: Sequence[Any], *, activity: str = "activity", ax: Any = None) -> Any:
    """Draw how unevenly activities are spread over places: Lorenz and Hoover curves with the diagonal.

    Args:
        points: from `concentration_curve`: table of the activity, weight_share and value_share in order.
        activities: which of them to draw, a line each.
        activity: column of their names.
        ax: matplotlib axes to draw on; a new figure by default.
    Returns:
        The axes: share of the weights across, share of the activity up.
    Raises:
        MissingDependency: matplotlib is not installed.
        InvalidTable: a missing column. InvalidParameter: an activity that the table has not.
    Source: Lorenz (1905), doi:10.2307/2276207; Hoover (1936), doi:10.2307/1927875.
    """
    arrow, _ = read_columns(points, (activity, "weight_share", "value_share"))
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color=_SOFT, linestyle="--", linewidth=0.8)
    for name in activities:
        rows = arrow.filter(pc.equal(arrow[activity], pa.scalar(name, arrow[activity].type)))
        if not rows.num_rows:
            raise InvalidParameter(f"activities names {name!r}, which the table has not")
        ax.plot(
            rows["weight_share"].to_numpy(), rows["value_share"].to_numpy(), marker="o", markersize=3, label=str(name)
        )
    ax.legend(frameon=False)
    ax.set(xlabel="share of the places' weight", ylabel="share of the activity", aspect="equal")
    return ax


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency(
            "plots need matplotlib; in the repository's folder: pip install './regionomics[plots]'"
        ) from error
    return Figure(figsize=(6, 4.5), layout="constrained").subplots()


def _draw_edges(ax: Any, ends: np.ndarray) -> None:
    """Lines between ends (n, 2, 2), as one collection: a line each would take seconds for some thousands."""
    from matplotlib.collections import LineCollection

    ax.add_collection(LineCollection(list(ends), colors=_SOFT, linewidths=0.6, zorder=1))
    ax.autoscale_view()


def _name_some(ax: Any, words: list[Any], at: np.ndarray, order: np.ndarray, most: int) -> None:
    """Write the first `most` words in `order`, all of them where there are no more; of many, none upon another."""
    wide, high = np.ptp(at, axis=0)
    room = np.array([0.1, 0.035]) * max(float(wide), float(high)) * (len(words) > most)
    named: list[int] = []
    for k in order:
        if len(named) == most:
            break
        if not named or not (np.abs(at[named] - at[k]) < room).all(axis=1).any():
            named.append(int(k))
    for k in sorted(named):
        ax.annotate(str(words[k]), at[k], xytext=(3, 3), textcoords="offset points", fontsize=7, zorder=3)


def _edges(phi: np.ndarray, threshold: float) -> list[tuple[int, int]]:
    """Pairs (i < j) of the maximum spanning forest, and those related by at least the threshold."""
    # Weights run from 1 to 2 downwards with relatedness: a minimum over them is a maximum, and none is 0.
    cost = np.where(phi > 0, 2 - phi / phi.max(), 0.0)
    row, col = minimum_spanning_tree(sparse.csr_array(cost)).nonzero()
    tree = {(min(i, j), max(i, j)) for i, j in zip(row.tolist(), col.tolist(), strict=True)}
    strong = zip(*(a.tolist() for a in np.nonzero(np.triu(phi, 1) >= threshold)), strict=True)
    return sorted(tree | set(strong))


def _positions(edges: list[tuple[int, int]], n: int) -> np.ndarray:
    """(n, 2): stress majorisation of each connected group, groups from left to right, the largest first."""
    i, j = np.array(edges).T
    graph = sparse.csr_array((np.ones(len(i)), (i, j)), shape=(n, n))
    count, group = connected_components(graph, directed=False)
    order = sorted(range(count), key=lambda g: (-int((group == g).sum()), g))
    at, left = np.zeros((n, 2)), 0.0
    for g in order:
        rows = np.flatnonzero(group == g)
        part = graph[rows][:, rows]
        x = _stress(dijkstra(part, directed=False, unweighted=True))
        x -= x.min(axis=0)
        x[:, 0] += left
        at[rows] = x
        left = float(x[:, 0].max()) + 1.0
    return at


def _stress(distance: np.ndarray) -> np.ndarray:
    """Positions whose distances come near `distance`, weighted by 1 / distance^2. A few activities start on a circle,
    many where classical scaling has them, which is near the end: some dozens of steps are then enough for the eye."""
    n = len(distance)
    if n <= _FEW:
        angle = 2 * np.pi * np.arange(n) / n
        x = np.column_stack([np.cos(angle), np.sin(angle)]) * distance.max() / 2
    else:
        x = _classical(distance)
    steps, close = (200, 1e-8) if n <= _FEW else (60, 1e-3)
    weight = np.divide(1.0, distance**2, out=np.zeros_like(distance), where=distance > 0)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    solve = np.linalg.inv(laplacian + 1 / n)  # its constant vector put right, the positions being centred
    wanted, pull = weight * distance, np.empty_like(weight)
    for _ in range(steps):
        square = (x * x).sum(axis=1)
        np.matmul(x, -2 * x.T, out=pull)
        pull += square[:, None]
        pull += square
        np.maximum(pull, 1e-24, out=pull)
        np.sqrt(pull, out=pull)
        np.divide(wanted, pull, out=pull)
        moved = solve @ (x * pull.sum(axis=1, keepdims=True) - pull @ x)
        moved -= moved.mean(axis=0)
        done = np.abs(moved - x).max() < close
        x = moved
        if done:
            break
    return np.asarray(np.round(x, 6))  # the same picture whatever the processor rounds


def _classical(distance: np.ndarray) -> np.ndarray:
    """Torgerson's scaling: the first two principal axes of the doubly centred squares of the distances."""
    square = distance**2
    mean = square.mean(axis=0)
    inner = -(square - mean - mean[:, None] + mean.mean()) / 2
    values, vectors = eigsh(inner, k=2, which="LA", v0=np.cos(np.arange(len(distance))))
    x = vectors * np.sqrt(np.maximum(values, 0.0))
    turned = np.sign(x[np.abs(x).argmax(axis=0), [0, 1]])
    return np.asarray((x * np.where(turned == 0, 1.0, turned))[:, ::-1])
