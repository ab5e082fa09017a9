"""Coverage: member firms inside a cluster's definition over register firms inside it, with n, N and the version.

# Note [Of the region, above and below]
Only firms of the region count, among the members as in the business register, also where a register of a larger
territory is loaded. Members elsewhere are shown apart. What a member was (firm or not, activity, size class) is asked
of the day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import BooleanField, Case, Count, Value, When
from django.utils.translation import get_language, override

from poliedro.reference.models import Classification, Code, Source, Territory
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    Lineage,
    MembershipSpell,
    Organisation,
    RegisterCount,
    Standing,
)
from poliedro.registry.queries.geography import of_region
from poliedro.registry.queries.memberships import firms_among, stock_series
from poliedro.registry.queries.register_counts import YearOfRegister, counts_by_year, counts_of_year, register_year
from poliedro.registry.queries.standings import Aspect, then
from poliedro.shared.dated import Moment
from poliedro.shared.region import region
from poliedro.shared.stored import Stored
from poliedro.shared.versions import Kept


@dataclass(frozen=True)
class Coverage:
    """n member firms inside the definition of N register firms inside it. See Note [Of the region, above and below].

    outside: member firms of the region outside the definition; elsewhere: member firms outside the region.
    share: n / N; None where the register counts nobody in the definition. certainty: that of the register counts.
    """

    cluster_id: int
    version: int
    year: int
    n: int
    N: int
    outside: int
    certainty: str
    source: str
    elsewhere: int = 0

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None


@dataclass(frozen=True)
class Gap:
    """A class or province of the definition with how many of its firms are members."""

    label: str
    n: int
    N: int

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None


def definition_at(cluster: Cluster, moment: Moment, version: int | None = None) -> ClusterDefinition | None:
    """The definition in force on the day, or the version asked for."""
    rows = ClusterDefinition.objects.known(moment.known).filter(cluster=cluster)
    rows = rows.filter(version=version) if version else rows.active_on(moment.on)
    return rows.order_by("-version").first()


class CodeTree:
    """The classes below a class. One query for all classes of the classifications in play."""

    def __init__(self) -> None:
        self.children: dict[int, list[int]] = defaultdict(list)
        for pk, parent in Code.objects.filter(classification__key__in=("nace", "ateco")).values_list("pk", "parent_id"):
            if parent:
                self.children[parent].append(pk)

    def below(self, codes: list[int]) -> set[int]:
        """The classes given and all classes under them."""
        found: set[int] = set()
        todo = list(codes)
        while todo:
            code = todo.pop()
            if code not in found:
                found.add(code)
                todo.extend(self.children.get(code, ()))
        return found


_TREE: Kept[CodeTree] = Kept(lambda: (Code,), CodeTree)


def code_tree() -> CodeTree:
    """The tree of all classes, kept in memory while they stay as they are. Not to be changed."""
    return _TREE.get()


def codes_inside(cluster: Cluster, moment: Moment) -> set[int]:
    """The classes inside the definition in force on the day; empty without one."""
    found = _definitions([cluster], moment, None).get(cluster.pk)
    return code_tree().below(found[1]) if found else set()


def coverage(clusters: list[Cluster], moment: Moment, version: int | None = None) -> dict[int, Coverage]:
    """Coverage of each cluster on the day, register counts of the last year not after it. Clusters without a definition
    are left out. A constant number of queries; what is known now is stored, of all clusters."""
    if moment.known is None and version is None:
        everybody = _COVERED.get(moment.on, region().code)
        return {c.pk: everybody[c.pk] for c in clusters if c.pk in everybody}
    return _coverage(clusters, moment, version)


def _coverage(clusters: list[Cluster], moment: Moment, version: int | None) -> dict[int, Coverage]:
    tree = code_tree()
    definitions = _definitions(clusters, moment, version)
    year = register_year(moment)
    inside_of = {key: tree.below(codes) for key, (_, codes) in definitions.items()}
    counts = counts_of_year(moment, year)
    members = _members(moment)
    result = {}
    for cluster_id, (number, _) in definitions.items():
        inside = inside_of[cluster_id]
        own = members.here.get(cluster_id, {})
        n = sum(count for (code, _size), count in own.items() if code in inside)
        result[cluster_id] = Coverage(
            cluster_id,
            number,
            year,
            n,
            counts.inside(inside),
            sum(own.values()) - n,
            counts.certainty,
            counts.source,
            members.elsewhere.get(cluster_id, 0),
        )
    return result


def gaps(cluster: Cluster, moment: Moment, version: int | None = None) -> tuple[list[Gap], list[Gap]]:
    """Coverage of one cluster by class of its definition and by province, least covered first. What is known now is
    kept in memory, not to be changed."""
    if moment.known is None:
        return _GAPS.get(cluster.pk, moment.on, version, region().code, get_language())
    return _gaps(cluster, moment, version)


def _gaps(cluster: Cluster, moment: Moment, version: int | None) -> tuple[list[Gap], list[Gap]]:
    found = _definitions([cluster], moment, version).get(cluster.pk)
    if found is None:
        return [], []
    tree, (_, codes) = code_tree(), found
    inside = tree.below(codes)
    counts = counts_of_year(moment, register_year(moment))
    labels = {c.pk: str(c) for c in Code.objects.filter(pk__in=codes)}
    places = {t for c in inside for t in counts.firms.get(c, ())}
    names = dict(Territory.objects.filter(pk__in=places).values_list("pk", "name"))
    by_code: dict[int, int] = defaultdict(int)
    by_place: dict[int, int] = defaultdict(int)
    for (activity, territory, parent), k in members_at(cluster, moment).items():
        if activity in inside:
            by_code[activity] += k
            by_place[territory if territory in names else parent] += k  # a municipality's firm counts in its province
    classes = []
    for code in codes:
        under = tree.below([code])
        classes.append(Gap(labels[code], sum(by_code[c] for c in under if c in by_code), counts.inside(under)))
    of_place: dict[int, int] = defaultdict(int)
    for c in inside:
        for t, number in counts.firms.get(c, {}).items():
            of_place[t] += number
    provinces = [Gap(names[t], by_place.get(t, 0), of_place[t]) for t in sorted(names, key=lambda t: names[t])]
    order = lambda g: (g.share if g.share is not None else 2.0, g.label)  # noqa: E731
    return sorted(classes, key=order), sorted(provinces, key=order)


def coverage_by_size(clusters: list[Cluster], moment: Moment) -> dict[int, list[Gap]]:
    """Coverage of each cluster by EU size class on the day; label: the class, empty where the size is not known.

    Members by their class on the day, register firms by the class that the register gives. Classes in which both count
    nobody are left out, as are clusters without a definition. A constant number of queries; what is known now is
    stored, of all clusters.
    """
    if moment.known is None:
        everybody = _BY_SIZE.get(moment.on, region().code)
        return {c.pk: everybody[c.pk] for c in clusters if c.pk in everybody}
    return _by_size(clusters, moment)


def _by_size(clusters: list[Cluster], moment: Moment) -> dict[int, list[Gap]]:
    tree, counts = code_tree(), counts_of_year(moment, register_year(moment))
    members = _members(moment)
    result = {}
    for cluster, (_, codes) in _definitions(clusters, moment, None).items():
        inside = tree.below(codes)
        own: Counter[str] = Counter()
        for (nace, size), n in members.here.get(cluster, {}).items():
            own[size] += n if nace in inside else 0
        registered: Counter[str] = Counter()
        for code in inside:
            registered.update(counts.sizes.get(code, {}))
        sizes = [Gap(size, own[size], registered[size]) for size in Organisation.SizeClass.values]
        result[cluster] = [gap for gap in sizes if gap.n or gap.N]
    return result


@dataclass(frozen=True)
class CoverageOfYear:
    """Coverage at the end of a year, by the definition of the day asked about, so that years compare.

    n: members inside the definition at the year's end (on the day itself in its year), through the cluster's lineage.
    N: None where the register of that year is not loaded; 0 where it counts nobody inside.
    """

    year: int
    n: float
    N: int | None
    certainty: str
    source: str

    @property
    def share(self) -> float | None:
        return self.n / self.N if self.N else None


def coverage_by_year(cluster: Cluster, moment: Moment) -> list[CoverageOfYear]:
    """Coverage of a cluster in each year from the first to the last that the business register counts, up to the day;
    years between them that are not loaded have no N. A constant number of queries; what is known now is kept in memory,
    not to be changed."""
    if moment.known is None:
        return _BY_YEAR.get(cluster.pk, moment.on, region().code)
    return _by_year(cluster, moment)


def _by_year(cluster: Cluster, moment: Moment) -> list[CoverageOfYear]:
    found = _definitions([cluster], moment, None).get(cluster.pk)
    if found is None:
        return []
    inside = code_tree().below(found[1])
    held = counts_by_year(moment)
    counted = {year: held[year] for year in sorted(held) if year <= moment.on.year}
    if not counted:
        return []
    years = range(min(counted), max(counted) + 1)
    days = [min(date(year, 12, 31), moment.on) for year in years]
    members = stock_series([cluster], days, moment.known, activities=inside, which=of_region())[cluster.pk]
    missing = YearOfRegister({}, "estimated", "")
    return [
        CoverageOfYear(year, n, of.inside(inside) if year in counted else None, of.certainty, of.source)
        for year, n, of in zip(years, members, (counted.get(y, missing) for y in years), strict=True)
    ]


def _definitions(clusters: list[Cluster], moment: Moment, version: int | None) -> Mapping[int, tuple[int, list[int]]]:
    """{cluster: (version, classes)} of those that have a definition. What is known now is kept in memory."""
    keys = tuple(c.pk for c in clusters)
    if moment.known is None:
        return _DEFINED.get(keys, moment.on, version)
    return _defined(keys, moment.on, version, moment.known)


def _defined(
    keys: tuple[int, ...], on: date, version: int | None, known: datetime | None = None
) -> dict[int, tuple[int, list[int]]]:
    rows = ClusterDefinition.objects.known(known).filter(cluster__in=keys)
    rows = rows.filter(version=version) if version else rows.active_on(on)
    chosen: dict[int, tuple[int, list[int]]] = {}
    for definition in rows.order_by("cluster", "version").prefetch_related("codes"):
        chosen[definition.cluster_id] = (definition.version, [c.code_id for c in definition.codes.all()])
    return chosen


_DEFINED: Kept[Mapping[int, tuple[int, list[int]]]] = Kept(
    lambda: (ClusterDefinition, DefinitionCode), _defined, most=64
)


def definition_codes(cluster: Cluster, moment: Moment, version: int | None = None) -> list[int]:
    """The classes that the definition names, without those below them; empty without one."""
    found = _definitions([cluster], moment, version).get(cluster.pk)
    return list(found[1]) if found else []


def kept_cluster(pk: int) -> Cluster:
    """The cluster, kept in memory for what is kept by its key. Not to be changed."""
    return _CLUSTERS.get(pk)


def members_here(moment: Moment) -> Mapping[int, Mapping[tuple[int | None, str], int]]:
    """Member firms of the region on a day: {cluster: {(class, size class): firms}}."""
    return _members(moment).here


@dataclass(frozen=True)
class Members:
    """Member firms of each cluster on a day. here: those of the region, {cluster: {(class, size class): firms}};
    at: the same by {cluster: {(class, territory, its parent): firms}}; elsewhere: {cluster: firms}."""

    here: Mapping[int, Mapping[tuple[int | None, str], int]]
    at: Mapping[int, Mapping[tuple[int, int, int], int]]
    elsewhere: Mapping[int, int]


def members_at(cluster: Cluster, moment: Moment) -> Mapping[tuple[int, int, int], int]:
    """The cluster's member firms of the region with a known class: {(class, territory, its parent): firms}; an unknown
    territory or parent is 0."""
    code = region().code
    if moment.known is None:
        return _MEMBERS.get(moment.on, code).at.get(cluster.pk, {})
    return _counted_members(moment.on, code, moment.known, cluster.pk).at.get(cluster.pk, {})


def _members(moment: Moment) -> Members:
    """The member firms of every cluster. What is known now is kept in memory."""
    code = region().code
    return _MEMBERS.get(moment.on, code) if moment.known is None else _counted_members(moment.on, code, moment.known)


def _counted_members(on: date, _region: str, known: datetime | None = None, cluster: int | None = None) -> Members:
    spells = MembershipSpell.objects.at(Moment(on, known))
    firms = firms_among(spells if cluster is None else spells.filter(cluster=cluster), on, known)
    rows = (
        firms.annotate(
            nace_then=then(Aspect.ACTIVITY, on, known),
            size_then=then(Aspect.SIZE, on, known),
            here=Case(When(of_region(), then=Value(True)), default=Value(False), output_field=BooleanField()),
        )
        .values_list(
            "cluster", "here", "nace_then", "size_then", "organisation__territory", "organisation__territory__parent"
        )
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    inside: dict[int, Counter[tuple[int | None, str]]] = defaultdict(Counter)
    at: dict[int, Counter[tuple[int, int, int]]] = defaultdict(Counter)
    elsewhere: Counter[int] = Counter()
    for key, here, nace, size, territory, parent, n in rows:
        if not here:
            elsewhere[key] += n
            continue
        inside[key][nace, size] += n
        if nace is not None:
            at[key][nace, territory or 0, parent or 0] += n
    return Members(dict(inside), dict(at), elsewhere)


_MEMBERS: Kept[Members] = Kept(lambda: (MembershipSpell, Organisation, Standing, Territory), _counted_members)
UNDER_COVERAGE = (
    MembershipSpell, Organisation, Standing, Territory, RegisterCount, Source, Cluster, ClusterDefinition,
    DefinitionCode, Code, Classification, Lineage,
)  # fmt: skip
"""Tables under a cluster's coverage."""
_CLUSTERS: Kept[Cluster] = Kept(lambda: (Cluster,), lambda pk: Cluster.objects.get(pk=pk), most=64)


def open_clusters() -> list[int]:
    """Ids of the clusters whose figures are kept ready."""
    return list(Cluster.objects.filter(closed_on=None).order_by("pk").values_list("pk", flat=True))


def in_each_language(on: date) -> list[tuple[int, date, None, str, str]]:
    """Keys of what is kept by cluster, day, version of the definition, region and language."""
    return [(c, on, None, region().code, code) for c in open_clusters() for code, _name in settings.LANGUAGES]


def of_each_cluster(on: date) -> list[tuple[int, date, str]]:
    """Keys of what is kept by cluster, day and region."""
    return [(c, on, region().code) for c in open_clusters()]


def _all_clusters() -> list[Cluster]:
    return list(Cluster.objects.order_by("pk"))


def _gaps_in(cluster: int, on: date, version: int | None, _region: str, language: str) -> tuple[list[Gap], list[Gap]]:
    with override(language):
        return _gaps(kept_cluster(cluster), Moment(on), version)


_COVERED: Stored[dict[int, Coverage]] = Stored(
    "registry.coverage",
    dict[int, Coverage],
    lambda: UNDER_COVERAGE,
    lambda on, _region: _coverage(_all_clusters(), Moment(on), None),
    ready=lambda on: [(on, region().code)],
)
_BY_SIZE: Stored[dict[int, list[Gap]]] = Stored(
    "registry.coverage_by_size",
    dict[int, list[Gap]],
    lambda: UNDER_COVERAGE,
    lambda on, _region: _by_size(_all_clusters(), Moment(on)),
    ready=lambda on: [(on, region().code)],
)
_GAPS: Stored[tuple[list[Gap], list[Gap]]] = Stored(
    "registry.coverage_gaps",
    tuple[list[Gap], list[Gap]],
    lambda: UNDER_COVERAGE,
    _gaps_in,
    ready=in_each_language,
    most=128,
)
_BY_YEAR: Stored[list[CoverageOfYear]] = Stored(
    "registry.coverage_by_year",
    list[CoverageOfYear],
    lambda: UNDER_COVERAGE,
    lambda cluster, on, _region: _by_year(kept_cluster(cluster), Moment(on)),
    ready=of_each_cluster,
)
