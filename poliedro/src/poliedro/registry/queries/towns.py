"""How dense a cluster's industry is, municipality by municipality, and where its members are among it (R017).

# Note [Dense within a circle]
No open file here gives the area of every municipality, and a small one beside a town is not empty land. So density is
counted in a circle round the municipality's point: register firms of all municipalities whose points lie in it, over
its area. Circles that reach over the region's border count the region's firms alone, and come out too low.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import cos, pi, radians

from django.db.models import Count, Q

from poliedro.reference.models import Classification, Code, Load, Source, Territory
from poliedro.reference.rules import CERTAINTIES
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    ManagementOrganisation,
    Mandate,
    MembershipSpell,
    Organisation,
    RegisteredFirm,
    Standing,
)
from poliedro.registry.queries.backing import NOTHING, Backing
from poliedro.registry.queries.clusters import leading_body
from poliedro.registry.queries.coverage import codes_inside, kept_cluster, members_at, of_each_cluster
from poliedro.registry.queries.geography import in_region, provinces
from poliedro.registry.queries.places import distance_km
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.stored import Stored
from poliedro.shared.versions import Kept

RADIUS_KM = 10
AREA_100KM2 = pi * RADIUS_KM**2 / 100
"""Of the circle, in units of 100 km2."""


@dataclass(frozen=True)
class Town:
    """A municipality with firms of the cluster's industry or with members.

    firms: of the business register, active on the day, inside the cluster's definition. members: member firms inside
    it. density: firms per 100 km2 within RADIUS_KM; None where the municipality has no point.
    """

    territory: int
    name: str
    province: str
    latitude: float | None
    longitude: float | None
    firms: int
    members: int
    density: float | None


@dataclass(frozen=True)
class Towns:
    """towns: densest first. unplaced: register firms inside the definition of which the province alone is known. seat:
    municipality of the leading body's seat, its place among the towns by density (1: densest); None where not known."""

    towns: list[Town]
    unplaced: int
    seat: tuple[str, int] | None
    backing: Backing


def towns(cluster: Cluster, moment: Moment) -> Towns:
    """Register firms of the cluster's industry by municipality of the region. See Note [Dense within a circle].

    From the register with the best certainty; nothing where the cluster has no definition on the day. A constant number
    of queries; what is known now is kept in memory.
    """
    return _TOWNS.get(cluster.pk, moment.on, region().code) if moment.known is None else _towns(cluster, moment)


def _now(cluster: int, on: date, _region: str) -> Towns:
    return _towns(kept_cluster(cluster), Moment(on))


def _towns(cluster: Cluster, moment: Moment) -> Towns:
    inside = codes_inside(cluster, moment)
    if not inside:
        return Towns([], 0, None, NOTHING)
    firms, backing = _registered(inside, moment)
    members = _members(cluster, inside, moment)
    places = _PLACES.get(region().code)
    counted = dict.fromkeys(places.near, 0) | firms
    around = {
        pk: sum(map(counted.__getitem__, places.near[pk])) / AREA_100KM2
        for pk in places.near
        if firms.get(pk) or members.get(pk)
    }
    rows = [
        Town(pk, *places.known[pk], firms[pk], members[pk], around.get(pk))
        for pk in firms.keys() | members.keys()
        if pk in places.known
    ]
    rows.sort(key=lambda t: (-(t.density or 0), -t.firms, t.name))
    body = leading_body(cluster, moment)
    at = next((i for i, t in enumerate(rows, 1) if body and t.territory == body.territory_id), None)
    return Towns(
        rows,
        sum(n for pk, n in firms.items() if pk not in places.known),
        (rows[at - 1].name, at) if at else None,
        backing,
    )


def _registered(inside: set[int], moment: Moment) -> tuple[Counter[int], Backing]:
    """{territory: firms} of the region from the best source."""
    rows = (
        RegisteredFirm.objects.filter(
            Q(active_from=None) | Q(active_from__lte=moment.on),
            Q(active_to=None) | Q(active_to__gt=moment.on),
            code__in=inside,
        )
        .order_by()
        .values_list("certainty", "load", "territory")
        .annotate(n=Count("pk"))
    )
    of_place, code = provinces(), region().code
    found: dict[tuple[str, int], Counter[int]] = defaultdict(Counter)
    for certainty, load, territory, n in rows:
        if of_place.get(territory, ("", ""))[0].startswith(code):
            found[certainty, load][territory] += n
    if not found:
        return Counter(), NOTHING
    # A register that came in several loads is one source.
    names = dict(Load.objects.filter(pk__in={load for _c, load in found}).values_list("pk", "source__name"))
    firms: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for (certainty, load), counted in found.items():
        firms[certainty, names[load]].update(counted)
    best = min(firms, key=lambda s: (CERTAINTIES.index(s[0]), s[1]))
    return firms[best], Backing(*best)


def _members(cluster: Cluster, inside: set[int], moment: Moment) -> Counter[int]:
    """Member firms inside the definition by territory."""
    found: Counter[int] = Counter()
    for (activity, territory, _parent), n in members_at(cluster, moment).items():
        if activity in inside:
            found[territory] += n
    return found


@dataclass(frozen=True)
class _Places:
    """known: {municipality: (name, province, latitude, longitude)}. near: {municipality with a point: those within
    RADIUS_KM, itself among them}."""

    known: Mapping[int, tuple[str, str, float | None, float | None]]
    near: Mapping[int, list[int]]


def _places(_region: str) -> _Places:
    rows = Territory.objects.filter(in_region("parent"), level=Territory.Level.MUNICIPALITY).order_by("pk")
    known = {
        pk: (name, province, latitude, longitude)
        for pk, name, province, latitude, longitude in rows.values_list(
            "pk", "name", "parent__name", "latitude", "longitude"
        )
    }
    points = {pk: (p[2], p[3]) for pk, p in known.items() if p[2] is not None and p[3] is not None}
    step = RADIUS_KM / 111  # degrees of latitude
    grid: dict[tuple[int, int], list[int]] = defaultdict(list)

    def cell(latitude: float, longitude: float) -> tuple[int, int]:
        return int(latitude // step), int(longitude * cos(radians(latitude)) // step)

    for pk, point in points.items():
        grid[cell(*point)].append(pk)
    near: dict[int, list[int]] = {}
    for pk, point in points.items():
        row, column = cell(*point)
        # Two columns to each side: the width of a degree differs a little between the rows.
        candidates = (
            other
            for r in (row - 1, row, row + 1)
            for c in range(column - 2, column + 3)
            for other in grid.get((r, c), ())
        )
        near[pk] = [other for other in candidates if distance_km(*point, *points[other]) <= RADIUS_KM]
    return _Places(known, near)


_TOWNS: Stored[Towns] = Stored(
    "registry.towns",
    Towns,
    lambda: (
        RegisteredFirm, Load, Source, Territory, MembershipSpell, Organisation, Standing, Cluster, ClusterDefinition,
        DefinitionCode, Mandate, ManagementOrganisation, Code, Classification,
    ),
    _now,
    ready=of_each_cluster,
)  # fmt: skip
_PLACES: Kept[_Places] = Kept(lambda: (Territory,), _places)
