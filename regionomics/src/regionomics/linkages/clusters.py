"""Links between clusters of activities, and how well a set of clusters groups what is linked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regionomics.errors import InvalidParameter, InvalidTable, warn
from regionomics.linkages.links import Links, check_links, cut_to
from regionomics.relatedness._presence import pairs
from regionomics.tables import Shown, encode, read_columns

_TIE = 1e-12  # links closer than this count as equal, so that rounding decides nothing
_SHARES = (
    "clusters_above_mean",
    "clusters_above_percentile",
    "activities_above_mean",
    "activities_above_percentile",
    "score",
)


@dataclass(frozen=True, repr=False)
class ClusteringScore(Shown):
    """How well a set of clusters groups what is linked.

    score: mean of all measures' scores, 0..1; None where no cluster can be judged.
    scores: measure, clusters_above_mean, clusters_above_percentile, activities_above_mean,
        activities_above_percentile (shares, 0..1), score (their mean).
    clusters: measure, cluster, activities (how many), within (mean link inside), between (mean over the other clusters
        of the mean link to each), between_percentile. Null within: fewer than two activities, or no known link.
    activities: measure, activity, cluster, within, between, between_percentile, closest (the cluster with the strongest
        mean link to it, its own among them).
    """

    score: float | None
    scores: Any
    clusters: Any
    activities: Any


def cluster_linkages(
    links: Links, clusters: Any, *, activity: str = "activity", cluster: str = "cluster", percentile: float = 90.0
) -> Any:
    """Say how strongly each two clusters are linked through their activities.

    linkage[c, d] = mean of link[i, j] over i in c and j in d.

    Args:
        links: from `composite_links` or one measure alone.
        clusters: one row an activity with its cluster. Activities without a cluster are left out.
        percentile: a pair of activities counts as closely linked at or above this percentile of all pairs of the
            table, inside clusters or across.
    Returns:
        cluster_1, cluster_2, linkage, close (share of the pairs of activities that are closely linked, 0..1), known
        (pairs with a known link), rank (of cluster_2 among the others for cluster_1, 1 = the most linked; ties share
        the better rank); both directions. Linkage, close and rank are null where no pair is known.
    Raises:
        InvalidTable: an activity twice or null; none of the activities in `links`. InvalidParameter: percentile.
    Warns:
        RegionomicsWarning: activities of `clusters` that `links` does not have are left out.
    Source: Delgado, Porter and Stern (2016), doi:10.1093/jeg/lbv017; Porter (2003), doi:10.1080/0034340032000108688,
        for clusters that overlap.
    """
    _check_percentile(percentile)
    check_links(links)
    values, member, names, _ = _grouped(links, clusters, activity, cluster)
    sums, counts = _means(values, member, member)
    mean = divide(sums, counts)
    k = len(names)
    known = values[np.triu_indices(len(values), 1)]
    known = known[np.isfinite(known)]
    bar = np.percentile(known, percentile) if len(known) else np.nan
    strong = np.where(np.isfinite(values), (values >= bar).astype(float), np.nan)
    close = divide(*_means(strong, member, member))
    rank = np.full((k, k), np.nan)
    for c in range(k):
        others = [d for d in range(k) if d != c and np.isfinite(mean[c, d])]
        for d in others:
            rank[c, d] = 1 + sum(mean[c, e] > mean[c, d] + _TIE for e in others)
    row, col = np.nonzero(~np.eye(k, dtype=bool))
    answer = pairs(
        {f"{cluster}_1": (names, row), f"{cluster}_2": (names, col)},
        linkage=mean[row, col],
        close=close[row, col],
        known=counts[row, col].astype(np.int64),
    )
    ranks = rank[row, col]
    whole = pa.array(np.nan_to_num(ranks).astype(np.int64), mask=np.isnan(ranks))
    return links.family.emit(answer.append_column("rank", whole))


def clustering_score(
    links: Links | Sequence[Links],
    clusters: Any,
    *,
    activity: str = "activity",
    cluster: str = "cluster",
    percentile: float = 95.0,
) -> ClusteringScore:
    """Score a set of clusters: do their activities have stronger links inside than with the other clusters?

    For each measure of links four shares: of clusters, and of activities, whose mean link within their cluster is above
    the mean of their mean links with the other clusters, and above the 95th percentile of those. The score is the mean
    of the four, over all measures.

    Args:
        links: one measure, or several to be scored one by one.
        clusters: one row an activity with its cluster. Activities without a cluster are left out.
        percentile: of the links with the other clusters (linear interpolation).
    Returns:
        ClusteringScore. Clusters of one activity, and activities alone in their cluster, have no links inside and do
        not count; with one cluster there is no other and nothing to score (None, nulls).
    Raises:
        InvalidTable: an activity twice or null; none of the activities in `links`. InvalidParameter: percentile, no
            links.
    Warns:
        RegionomicsWarning: activities of `clusters` that a measure does not have are left out.
    Source: Delgado, Porter and Stern (2016), doi:10.1093/jeg/lbv017, validation scores, as this library reads them.
    """
    _check_percentile(percentile)
    each = cast("list[Links]", list(links) if isinstance(links, list | tuple) else [links])
    if not each:
        raise InvalidParameter("links is empty; pass one measure or more")
    for one in each:
        check_links(one)
    parts: dict[str, list[pa.Table]] = {"scores": [], "clusters": [], "activities": []}
    totals = []
    for one in each:
        score, tables = _score(one, clusters, activity, cluster, percentile)
        totals.append(score)
        for name, table in tables.items():
            parts[name].append(table.add_column(0, "measure", pa.array([one.measure] * len(table), pa.string())))
    known = [t for t in totals if np.isfinite(t)]
    emit = each[0].family.emit
    return ClusteringScore(
        float(np.mean(known)) if known else None, **{name: emit(pa.concat_tables(t)) for name, t in parts.items()}
    )


def _score(
    links: Links, clusters: Any, activity: str, cluster: str, percentile: float
) -> tuple[float, dict[str, pa.Table]]:
    """The score of one measure (NaN where nothing can be judged) and its three tables."""
    values, member, names, labels = _grouped(links, clusters, activity, cluster)
    own = member.argmax(axis=1)
    by_cluster = _inside_and_out(divide(*_means(values, member, member)), np.arange(len(names)), percentile)
    mean = divide(*_means(values, np.eye(len(own)), member))
    by_activity = _inside_and_out(mean, own, percentile)
    shares = [*_shares(by_cluster), *_shares(by_activity)]
    score = float(np.mean(shares))
    figures = dict(zip(_SHARES, (np.array([v]) for v in [*shares, score]), strict=True))
    known = np.isfinite(mean)
    closest = names.take(pa.array(np.where(known, mean, -np.inf).argmax(axis=1), mask=~known.any(axis=1)))
    sizes = pa.array(member.sum(axis=0).astype(np.int64))
    of_activities = _stack({activity: labels, cluster: names.take(pa.array(own))}, _columns(by_activity))
    return score, {
        "scores": _stack({}, figures),
        "clusters": _stack({cluster: names, "activities": sizes}, _columns(by_cluster)),
        "activities": of_activities.append_column("closest", closest),
    }


def _check_percentile(percentile: float) -> None:
    if not 0 <= percentile <= 100:
        raise InvalidParameter(f"percentile={percentile!r}; it lies in 0..100, such as 95")


def _grouped(
    links: Links, clusters: Any, activity: str, cluster: str
) -> tuple[np.ndarray, np.ndarray, pa.Array, pa.Array]:
    """Links of the activities that have a cluster, (n, n); membership (n, k) of 0 and 1; cluster names; activities."""
    arrow, _ = read_columns(clusters, (activity, cluster))
    a, c = encode(arrow[activity], activity), encode(arrow[cluster], cluster)
    if len(a.labels) < arrow.num_rows:
        twice = int(np.flatnonzero(np.bincount(a.codes) > 1)[0])
        raise InvalidTable(f"{activity} {a.labels[twice]} is in more than one row of clusters; give it one cluster")
    rows = links.matrix.rows
    if a.labels.type != rows.type:
        raise InvalidTable(f"{activity} is {a.labels.type} in clusters, {rows.type} in links; use one type")
    at = pc.index_in(a.labels, value_set=rows)
    lost = at.null_count
    if lost == len(a.labels):
        raise InvalidTable(f"none of the {lost} activities of clusters is in links; use the same codes in both")
    if lost:
        first = a.labels.filter(pc.is_null(at))[0]
        warn(f"{lost} activities of clusters have no links in {links.measure} and are left out, {first} among them")
    kept = np.flatnonzero(pc.is_valid(at).to_numpy(zero_copy_only=False))
    labels = a.labels.take(pa.array(kept))
    owner = np.empty(len(a.labels), dtype=np.int64)
    owner[a.codes] = c.codes
    used, own = np.unique(owner[kept], return_inverse=True)
    member = np.zeros((len(kept), len(used)))
    member[np.arange(len(kept)), own] = 1.0
    return cut_to(links.matrix, labels), member, c.labels.take(pa.array(used)), labels


def _means(values: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts of the known links between the groups of `left` and those of `right`."""
    known = np.isfinite(values)
    sums = left.T @ np.where(known, values, 0.0) @ right
    if left is right:
        sums = (sums + sums.T) / 2  # both directions the same to the last digit
    return sums, left.T @ known.astype(float) @ right


def divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def _inside_and_out(mean: np.ndarray, own: np.ndarray, percentile: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each row: its mean link with its own group, the mean over the other groups, and their percentile."""
    within = mean[np.arange(len(own)), own]
    between, top = np.full(len(own), np.nan), np.full(len(own), np.nan)
    for i, group in enumerate(own):
        others = np.delete(mean[i], group)
        others = others[np.isfinite(others)]
        if len(others):
            between[i], top[i] = others.mean(), np.percentile(others, percentile)
    return within, between, top


def _shares(judged: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[float, float]:
    within, between, top = judged
    known = np.isfinite(within) & np.isfinite(between)
    if not known.any():
        return np.nan, np.nan
    above = [float((within > bar + _TIE)[known].mean()) for bar in (between, top)]
    return above[0], above[1]


def _columns(judged: tuple[np.ndarray, np.ndarray, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(zip(("within", "between", "between_percentile"), judged, strict=True))


def _stack(labels: dict[str, pa.Array], figures: dict[str, np.ndarray]) -> pa.Table:
    return pa.table({**labels, **{name: pa.array(v, from_pandas=True) for name, v in figures.items()}})
