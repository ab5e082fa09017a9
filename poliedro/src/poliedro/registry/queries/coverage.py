"""Coverage: member firms inside a cluster's definition over register firms inside it, with n, N and the version."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Sum

from poliedro.reference.models import Code
from poliedro.registry.models import Cluster, ClusterDefinition, MembershipSpell, RegisterCount
from poliedro.registry.queries.memberships import FIRM_KINDS
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class Coverage:
    """n member firms inside the definition of N register firms inside it; `outside` members shown apart.

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


def coverage(clusters: list[Cluster], moment: Moment, version: int | None = None) -> dict[int, Coverage]:
    """Coverage of each cluster on the day, register counts of the last year not after it. Clusters without a definition
    are left out. A constant number of queries."""
    tree = CodeTree()
    definitions = _definitions(clusters, moment, version)
    year = _register_year(moment)
    inside_of = {key: tree.below(codes) for key, (_, codes) in definitions.items()}
    counts, certainty, source = _register_counts(moment, year, set().union(*inside_of.values()))
    members = _member_activities(clusters, moment)
    result = {}
    for cluster_id, (number, _) in definitions.items():
        inside = inside_of[cluster_id]
        own = members.get(cluster_id, {})
        n = sum(count for code, count in own.items() if code in inside)
        result[cluster_id] = Coverage(
            cluster_id,
            number,
            year,
            n,
            sum(firms for (code, _), firms in counts.items() if code in inside),
            sum(own.values()) - n,
            certainty,
            source,
        )
    return result


def gaps(cluster: Cluster, moment: Moment, version: int | None = None) -> tuple[list[Gap], list[Gap]]:
    """Coverage of one cluster by class of its definition and by province, least covered first."""
    found = _definitions([cluster], moment, version).get(cluster.pk)
    if found is None:
        return [], []
    tree, (_, codes) = CodeTree(), found
    inside = tree.below(codes)
    counts, _, _ = _register_counts(moment, _register_year(moment), inside)
    labels = {c.pk: str(c) for c in Code.objects.filter(pk__in=codes)}
    spells = (
        MembershipSpell.objects.at(moment)
        .filter(cluster=cluster, organisation__kind__in=FIRM_KINDS, organisation__nace__in=inside)
        .values("organisation__nace", "organisation__territory")
        .annotate(k=Count("organisation", distinct=True))
        .order_by()
    )
    members = {(s["organisation__nace"], s["organisation__territory"]): s["k"] for s in spells}
    by_class = []
    for code in codes:
        under = tree.below([code])
        by_class.append(
            Gap(
                labels[code],
                sum(k for (c, _), k in members.items() if c in under),
                sum(k for (c, _), k in counts.items() if c in under),
            )
        )
    names = _provinces({t for (c, t) in counts if c in inside})
    by_place = [
        Gap(
            name,
            sum(k for (c, t), k in members.items() if names.get(t or 0) == name),
            sum(k for (c, t), k in counts.items() if c in inside and t == place),
        )
        for place, name in sorted(names.items(), key=lambda p: p[1])
    ]
    order = lambda g: (g.share if g.share is not None else 2.0, g.label)  # noqa: E731
    return sorted(by_class, key=order), sorted(by_place, key=order)


def _provinces(keys: set[int]) -> dict[int, str]:
    from poliedro.reference.models import Territory

    return dict(Territory.objects.filter(pk__in=keys).values_list("pk", "name"))


def _definitions(clusters: list[Cluster], moment: Moment, version: int | None) -> dict[int, tuple[int, list[int]]]:
    rows = ClusterDefinition.objects.known(moment.known).filter(cluster__in=clusters)
    rows = rows.filter(version=version) if version else rows.active_on(moment.on)
    chosen: dict[int, tuple[int, list[int]]] = {}
    for definition in rows.order_by("cluster", "version").prefetch_related("codes"):
        chosen[definition.cluster_id] = (definition.version, [c.code_id for c in definition.codes.all()])
    return chosen


def _register_year(moment: Moment) -> int:
    last = RegisterCount.objects.filter(year__lte=moment.on.year, retracted_at=None).aggregate(y=Max("year"))["y"]
    return int(last or moment.on.year)


def _register_counts(moment: Moment, year: int, codes: set[int]) -> tuple[dict[tuple[int, int], int], str, str]:
    """{(code, territory): firms} of the year for the codes, from the source with the best certainty; its certainty and
    name."""
    rows: Any = RegisterCount.objects.filter(year=year)
    if moment.known is None:
        rows = rows.filter(retracted_at=None)
    else:
        rows = rows.filter(recorded_at__lte=moment.known).exclude(retracted_at__lte=moment.known)
    order = {"official": 0, "reported": 1, "estimated": 2, "synthetic": 3}
    stated = rows.order_by().values_list("certainty", "source_id", "source__name").distinct()
    sources = sorted(stated, key=lambda s: (order[s[0]], s[1]))
    if not sources:
        return {}, "estimated", ""
    certainty, source, name = sources[0]
    counted = rows.filter(source=source, code__in=codes).values("code", "territory").annotate(n=Sum("firms")).order_by()
    return {(r["code"], r["territory"]): r["n"] for r in counted}, certainty, name


def _member_activities(clusters: list[Cluster], moment: Moment) -> dict[int, dict[int | None, int]]:
    """{cluster: {main activity of today: member firms}}."""
    rows = (
        MembershipSpell.objects.at(moment)
        .filter(cluster__in=clusters, organisation__kind__in=FIRM_KINDS)
        .values("cluster", "organisation__nace")
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    result: dict[int, dict[int | None, int]] = defaultdict(dict)
    for r in rows:
        result[r["cluster"]][r["organisation__nace"]] = r["n"]
    return result
