"""Clusters as they stand on a day: which exist, what they do, which S3 areas they serve, where their members are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Q

from poliedro.reference.models import Code, Territory
from poliedro.registry.models import Cluster, ClusterAreaLink, Lineage, Mandate, MembershipSpell, Organisation
from poliedro.registry.queries.backing import Backing, total_backing
from poliedro.registry.queries.geography import provinces
from poliedro.registry.queries.memberships import firms_among, stock_series
from poliedro.registry.queries.places import distance_km
from poliedro.registry.queries.standings import as_of
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept


def clusters_on(moment: Moment) -> list[Cluster]:
    """The clusters that exist on the day, in their usual order, under the name and type of that day."""
    return as_of(Cluster.objects.existing_on(moment.on).order_by("position", "name"), moment)


@dataclass(frozen=True)
class AreaMatrix:
    """S3 areas of a programming period against clusters. weights: {(area id, cluster id): weight}."""

    period: str
    areas: list[Code]
    clusters: list[Cluster]
    weights: dict[tuple[int, int], float]

    @property
    def areas_without_cluster(self) -> list[Code]:
        served = {a for a, _ in self.weights}
        return [a for a in self.areas if a.pk not in served]

    @property
    def clusters_without_area(self) -> list[Cluster]:
        tied = {c for _, c in self.weights}
        return [c for c in self.clusters if c.pk not in tied]


def area_matrix(period: str, moment: Moment, clusters: Sequence[Cluster]) -> AreaMatrix:
    """The matrix of R006 for a period ("2014-20") and the clusters of the day, white spots and all. Two queries."""
    areas = list(Code.objects.filter(classification__key="s3", classification__version=period).order_by("code"))
    rows = ClusterAreaLink.objects.known(moment.known).filter(period__key=period, cluster__in=clusters)
    return AreaMatrix(period, areas, list(clusters), {(r.area_id, r.cluster_id): r.weight for r in rows.order_by("pk")})


@dataclass(frozen=True)
class Catchment:
    """Where a cluster's members are. by_province: (code, name, members), most first; a member of a municipality counts
    in its province. unplaced: members without a province. seat: the province of the leading body's seat, empty where
    nobody leads or the seat has none.

    outside_share: placed members outside the seat's province; None without placed members or seat.
    """

    by_province: list[tuple[str, str, int]]
    unplaced: int
    seat: str
    outside_share: float | None


def catchment(cluster: Cluster, moment: Moment) -> Catchment:
    """The provinces of the cluster's members on the day, against that of its seat."""
    names = dict(provinces().values())
    counted = {code: by[cluster.pk] for code, by in _places(moment).items() if cluster.pk in by}
    unplaced = counted.pop("", 0)
    by_place = sorted(((code, names[code], n) for code, n in counted.items()), key=lambda p: (-p[2], p[0]))
    body = leading_body(cluster, moment)
    code, seat = provinces().get(body.territory_id or 0, ("", "")) if body else ("", "")
    placed = sum(counted.values())
    outside = 1 - counted.get(code, 0) / placed if code and placed else None
    return Catchment(by_place, unplaced, seat, outside)


BANDS_KM = (10, 25, 50, 100)
"""Where one band of distance ends and the next begins."""


@dataclass(frozen=True)
class Distances:
    """How far members lie from the seat of the leading body, in a straight line.

    bands: (from km, below km; None: and more, members). unknown: members whose place or seat has no coordinates.
    by_centre: members placed at the centre of their province, since nothing nearer is known. median_km, furthest_km:
    None where no distance is known.
    """

    seat: str
    bands: list[tuple[int, int | None, int]]
    unknown: int
    by_centre: int
    median_km: float | None
    furthest_km: float | None


def distances(cluster: Cluster, moment: Moment) -> Distances:
    """From each member's own coordinates, else from the centre of its municipality or province. Two queries."""
    where = "organisation__territory__"
    rows = (
        MembershipSpell.objects.at(moment)
        .filter(cluster=cluster)
        .order_by()
        .values_list(
            "organisation",
            "organisation__latitude",
            "organisation__longitude",
            f"{where}level",
            f"{where}latitude",
            f"{where}longitude",
        )
        .distinct()
    )
    body = leading_body(cluster, moment)
    home = _point(body.latitude, body.longitude, body.territory) if body else None
    kms: list[float] = []
    unknown = by_centre = 0
    for _pk, latitude, longitude, level, place_latitude, place_longitude in rows:
        own = latitude is not None and longitude is not None
        if not own and level not in ("lau", "nuts3"):
            place_latitude = None  # the centre of a region or country says nothing
        point = (latitude, longitude) if own else (place_latitude, place_longitude)
        if home is None or None in point:
            unknown += 1
            continue
        by_centre += not own and level == "nuts3"
        kms.append(distance_km(*home, *point))
    edges = (0, *BANDS_KM)
    ends: tuple[int | None, ...] = (*BANDS_KM, None)
    bands = [
        (low, high, sum(1 for km in kms if low <= km and (high is None or km < high)))
        for low, high in zip(edges, ends, strict=True)
    ]
    seat = body.territory.name if body and body.territory else ""
    return Distances(seat, bands, unknown, by_centre, median(kms) if kms else None, max(kms, default=None))


def leading_body(cluster: Cluster, moment: Moment) -> Organisation | None:
    """The organisation that manages the cluster on the day; the leading one of several."""
    lead = (
        Mandate.objects.at(moment)
        .filter(cluster=cluster)
        .order_by("-is_lead", "pk")
        .select_related("body__organisation__territory")
        .first()
    )
    return lead.body.organisation if lead else None


def _point(latitude: float | None, longitude: float | None, place: Territory | None) -> tuple[float, float] | None:
    if latitude is not None and longitude is not None:
        return latitude, longitude
    if place is None or place.level not in ("lau", "nuts3") or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


@dataclass(frozen=True)
class LineageStep:
    """What went from one cluster into another on a day. share: the part of the predecessor that went this way.

    firms: that part of the member firms that the predecessor had on the eve.
    """

    predecessor: Cluster
    successor: Cluster
    on: date
    share: float
    firms: float
    certainty: str
    source: str


def lineage(moment: Moment, cluster: Cluster | None = None) -> list[LineageStep]:
    """What went into what up to the day, as known then: of all clusters, or into and out of one. Three queries."""
    rows = Lineage.objects.known(moment.known).filter(on__lte=moment.on)
    if cluster is not None:
        rows = rows.filter(Q(successor=cluster) | Q(predecessor=cluster))
    steps = list(
        rows.select_related("predecessor", "successor", "source").order_by(
            "on", "successor__position", "predecessor__position", "pk"
        )
    )
    eves = sorted({s.on - timedelta(days=1) for s in steps})
    firms = stock_series({s.predecessor for s in steps}, eves, moment.known) if steps else {}
    return [
        LineageStep(
            s.predecessor,
            s.successor,
            s.on,
            s.share,
            firms[s.predecessor_id][eves.index(s.on - timedelta(days=1))] * s.share,
            s.certainty,
            s.source.name,
        )
        for s in steps
    ]


def eve_backing(steps: Sequence[LineageStep], moment: Moment) -> Backing:
    """The backing of the firms that went along. One query."""
    held = MembershipSpell.objects.known(moment.known).filter(cluster__in={s.predecessor.pk for s in steps})
    return total_backing(firms_among(held, moment.on, moment.known))


def members_by_province(moment: Moment) -> dict[str, Mapping[int, int]]:
    """{province code: {cluster id: members}} on the day; members without a province are left out."""
    return {code: by for code, by in _places(moment).items() if code}


def _places(moment: Moment) -> Mapping[str, Mapping[int, int]]:
    """Members by province code and cluster; empty: without a province. What is known now is kept in memory."""
    return _NOW.get(moment.on) if moment.known is None else _placed(moment.on, moment.known)


def _placed(on: date, known: datetime | None = None) -> dict[str, dict[int, int]]:
    rows = (
        MembershipSpell.objects.at(Moment(on, known))
        .values_list("organisation__territory", "cluster")
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    of_place = provinces()
    result: dict[str, dict[int, int]] = {}
    for territory, cluster, n in rows:
        by = result.setdefault(of_place.get(territory, ("", ""))[0], {})
        by[cluster] = by.get(cluster, 0) + n
    return result


_NOW: Kept[Mapping[str, Mapping[int, int]]] = Kept(lambda: (MembershipSpell, Organisation, Territory), _placed)
