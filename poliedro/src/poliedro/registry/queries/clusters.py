"""Clusters as they stand on a day: which exist, what they do, which S3 areas they serve, where their members are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from django.db.models import Count

from poliedro.reference.models import Code
from poliedro.registry.models import Cluster, ClusterAreaLink, Lineage, Mandate, MembershipSpell
from poliedro.shared.dated import Moment


def clusters_on(moment: Moment) -> list[Cluster]:
    """The clusters that exist on the day, in their usual order."""
    return list(Cluster.objects.existing_on(moment.on).order_by("position", "name"))


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


def area_matrix(period: str, moment: Moment) -> AreaMatrix:
    """The matrix of R006 for a period ("2014-20"), white spots and all."""
    areas = list(Code.objects.filter(classification__key="s3", classification__version=period).order_by("code"))
    clusters = clusters_on(moment)
    rows = ClusterAreaLink.objects.known(moment.known).filter(period__key=period, cluster__in=clusters)
    return AreaMatrix(period, areas, clusters, {(r.area_id, r.cluster_id): r.weight for r in rows.order_by("pk")})


@dataclass(frozen=True)
class Catchment:
    """Where a cluster's members are: by province, and how far from the seat of its leading body.

    outside_share: members outside the seat's province; None without members or seat. median_km: straight line between
    centroids; None where coordinates are missing.
    """

    by_province: list[tuple[str, str, int]]
    seat: str
    outside_share: float | None
    median_km: float | None


def catchment(cluster: Cluster, moment: Moment) -> Catchment:
    rows = (
        MembershipSpell.objects.at(moment)
        .filter(cluster=cluster, organisation__territory__isnull=False)
        .values(
            "organisation__territory",
            "organisation__territory__code",
            "organisation__territory__name",
            "organisation__territory__latitude",
            "organisation__territory__longitude",
        )
        .annotate(n=Count("organisation", distinct=True))
        .order_by("-n")
    )
    by_place = [(r["organisation__territory__code"], r["organisation__territory__name"], r["n"]) for r in rows]
    lead = (
        Mandate.objects.at(moment)
        .filter(cluster=cluster)
        .order_by("-is_lead", "pk")
        .select_related("body__organisation__territory")
        .first()
    )
    home = lead.body.organisation.territory if lead else None
    total = sum(n for _, _, n in by_place)
    if home is None or not total:
        return Catchment(by_place, home.name if home else "", None, None)
    inside = sum(n for code, _, n in by_place if code == home.code)
    kms = sorted(
        (
            _km(
                home.latitude,
                home.longitude,
                r["organisation__territory__latitude"],
                r["organisation__territory__longitude"],
            ),
            r["n"],
        )
        for r in rows
        if None not in (home.latitude, r["organisation__territory__latitude"])
    )
    return Catchment(by_place, home.name, 1 - inside / total, _weighted_median(kms))


def _km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in km (haversine)."""
    a, b = radians(lat1), radians(lat2)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon2 - lon1) / 2) ** 2
    return 6371 * 2 * asin(sqrt(h))


def _weighted_median(pairs: list[tuple[float, int]]) -> float | None:
    half, seen = sum(n for _, n in pairs) / 2, 0
    for km, n in pairs:
        seen += n
        if seen >= half:
            return km
    return None


@dataclass(frozen=True)
class LineageStep:
    predecessor: Cluster
    successor: Cluster
    on: object
    share: float


def lineage_of(cluster: Cluster) -> list[LineageStep]:
    """What went into the cluster, and what it went into."""
    rows = Lineage.objects.filter(successor=cluster) | Lineage.objects.filter(predecessor=cluster)
    return [
        LineageStep(r.predecessor, r.successor, r.on, r.share)
        for r in rows.select_related("predecessor", "successor").order_by("on", "predecessor__position")
    ]


def members_by_province(moment: Moment) -> dict[str, dict[int, int]]:
    """{territory code: {cluster id: members}} on the day. One query."""
    rows = (
        MembershipSpell.objects.at(moment)
        .filter(organisation__territory__isnull=False)
        .values("organisation__territory__code", "cluster")
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    result: dict[str, dict[int, int]] = defaultdict(dict)
    for r in rows:
        result[r["organisation__territory__code"]][r["cluster"]] = r["n"]
    return result
