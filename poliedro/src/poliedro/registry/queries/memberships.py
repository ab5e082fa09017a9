"""Who is in which cluster: stock, entries, exits at any day, distinct firms of the region, series through lineage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from poliedro.registry.models import Cluster, Lineage, MembershipSpell, Organisation
from poliedro.shared.dated import Moment
from poliedro.shared.versions import Kept

FIRM_KINDS = (Organisation.Kind.ENTERPRISE, Organisation.Kind.START_UP, Organisation.Kind.LARGE_FIRM)
"""Kinds that count as firms (R002)."""


@dataclass(frozen=True)
class Flow:
    """Members of a cluster over (start, end]: stock_end = stock_start + entries - exits, always."""

    start: date
    end: date
    stock_start: int
    entries: int
    exits: int
    stock_end: int

    @property
    def net_growth(self) -> float | None:
        """Net growth as a share of the stock at the start; None where nobody was there."""
        return (self.stock_end - self.stock_start) / self.stock_start if self.stock_start else None


def spells(moment: Moment) -> QuerySet[MembershipSpell]:
    return MembershipSpell.objects.at(moment)


def members_of(cluster: Cluster, moment: Moment) -> QuerySet[Organisation]:
    """The organisations that are members on the day, by name."""
    held = MembershipSpell.objects.at(moment).filter(cluster=cluster)
    return Organisation.objects.filter(pk__in=held.values("organisation")).order_by("name", "pk")


def members_by_cluster(
    moment: Moment, *, firms_only: bool = False, clusters: Iterable[Cluster] | None = None
) -> dict[int, int]:
    """Distinct members of each cluster on the day: {cluster id: organisations}; of these clusters, where given."""
    rows = MembershipSpell.objects.at(moment)
    if clusters is not None:
        rows = rows.filter(cluster__in=[c.pk for c in clusters])
    if firms_only:
        rows = rows.filter(organisation__kind__in=FIRM_KINDS)
    counted = rows.values("cluster").annotate(n=Count("organisation", distinct=True)).order_by("cluster")
    return {r["cluster"]: r["n"] for r in counted}


def distinct_members(moment: Moment, *, firms_only: bool = False) -> int:
    """Organisations that are members of at least one cluster on the day; one in three clusters counts once. What is
    known now is kept in memory."""
    if moment.known is None:
        return _DISTINCT.get(moment.on, firms_only)
    return _distinct(moment.on, firms_only, moment.known)


def _distinct(on: date, firms_only: bool, known: datetime | None = None) -> int:
    rows = MembershipSpell.objects.at(Moment(on, known))
    if firms_only:
        rows = rows.filter(organisation__kind__in=FIRM_KINDS)
    return int(rows.aggregate(n=Count("organisation", distinct=True))["n"])


_DISTINCT: Kept[int] = Kept(lambda: (MembershipSpell, Organisation), _distinct)


def flow(cluster: Cluster, start: date, end: date, known: datetime | None = None) -> Flow:
    """Stock at both ends, spells begun and spells ended in (start, end], in one query."""
    counts = (
        MembershipSpell.objects.known(known)
        .filter(cluster=cluster)
        .aggregate(
            stock_start=Count("pk", filter=_held_on(start)),
            stock_end=Count("pk", filter=_held_on(end)),
            entries=Count("pk", filter=Q(valid_from__gt=start, valid_from__lte=end)),
            exits=Count("pk", filter=Q(valid_to__gt=start, valid_to__lte=end)),
        )
    )
    return Flow(start=start, end=end, **counts)


@dataclass(frozen=True)
class Ancestry:
    """For each cluster of today, the clusters that it continues on an earlier day, each with the part that it took."""

    links: tuple[tuple[int, int, date, float], ...]

    def on(self, cluster_id: int, day: date) -> dict[int, float]:
        """{cluster id: share} of what stood for the cluster on that day; itself if it existed by then."""
        before = [(p, share) for p, s, on, share in self.links if s == cluster_id and day < on]
        if not before:
            return {cluster_id: 1.0}
        total: Counter[int] = Counter()
        for predecessor, share in before:
            for ancestor, part in self.on(predecessor, day).items():
                total[ancestor] += share * part  # type: ignore[assignment]
        return dict(total)


def ancestry(known: datetime | None = None) -> Ancestry:
    rows = Lineage.objects.known(known).order_by("pk").values_list("predecessor_id", "successor_id", "on", "share")
    return Ancestry(tuple(rows))


def stock_series(
    clusters: Iterable[Cluster],
    days: Sequence[date],
    known: datetime | None = None,
    *,
    firms_only: bool = True,
    activities: Collection[int] | None = None,
) -> dict[int, list[float]]:
    """Members of each cluster on each day, through its lineage: {cluster id: one number a day}. Two queries.

    activities: ids of classes; only members whose main activity of today is one of them count.
    """
    line, wanted = ancestry(known), list(clusters)
    keys = {a for c in wanted for day in days for a in line.on(c.pk, day)}
    rows = MembershipSpell.objects.known(known).filter(cluster__in=keys)
    if firms_only:
        rows = rows.filter(organisation__kind__in=FIRM_KINDS)
    if activities is not None:
        rows = rows.filter(organisation__nace__in=activities)
    names = [f"day_{i}" for i in range(len(days))]
    counts = rows.values("cluster").annotate(
        **{name: Count("pk", filter=_held_on(day)) for name, day in zip(names, days, strict=True)}
    )
    stocks = {r["cluster"]: [r[name] for name in names] for r in counts.order_by()}
    nobody = [0] * len(days)
    return {
        cluster.pk: [
            sum(stocks.get(a, nobody)[i] * share for a, share in line.on(cluster.pk, day).items())
            for i, day in enumerate(days)
        ]
        for cluster in wanted
    }


def stock_of(cluster: Cluster, days: Sequence[date], known: datetime | None = None) -> list[float]:
    """Member firms of one cluster on each day, through its lineage. What is known now is kept in memory, of all
    clusters."""
    if known is None:
        return _NOW.get(tuple(days))[cluster.pk]
    return stock_series([cluster], days, known)[cluster.pk]


def _of_all(days: tuple[date, ...]) -> dict[int, list[float]]:
    return stock_series(Cluster.objects.order_by("pk"), days)


_NOW: Kept[dict[int, list[float]]] = Kept(lambda: (Cluster, Lineage, MembershipSpell, Organisation), _of_all)


def _held_on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


@dataclass(frozen=True)
class MakeUp:
    """Members of a cluster on a day by what they are: value -> organisations, most first.

    kind, category: all members; one with spells of two categories counts in both. size_class: firms alone, by the class
    that is stored today; empty text: not known.
    """

    kind: Mapping[str, int]
    category: Mapping[str, int]
    size_class: Mapping[str, int]

    @property
    def firms(self) -> int:
        return sum(n for kind, n in self.kind.items() if kind in FIRM_KINDS)

    @property
    def organisations(self) -> int:
        return sum(self.kind.values())


NOBODY = MakeUp({}, {}, {})


def make_up(moment: Moment) -> Mapping[int, MakeUp]:
    """{cluster id: make-up}; clusters without members are left out. What is known now is kept in memory."""
    return _MADE.get(moment.on) if moment.known is None else _made_up(moment.on, moment.known)


def _made_up(on: date, known: datetime | None = None) -> dict[int, MakeUp]:
    held = MembershipSpell.objects.at(Moment(on, known)).order_by()
    number = Count("organisation", distinct=True)
    kinds: dict[int, Counter[str]] = defaultdict(Counter)
    sizes: dict[int, Counter[str]] = defaultdict(Counter)
    categories: dict[int, Counter[str]] = defaultdict(Counter)
    for cluster, kind, size, n in held.values_list(
        "cluster", "organisation__kind", "organisation__size_class"
    ).annotate(n=number):
        kinds[cluster][kind] += n
        if kind in FIRM_KINDS:
            sizes[cluster][size] += n
    for cluster, category, n in held.values_list("cluster", "category").annotate(n=number):
        categories[cluster][category] += n
    return {c: MakeUp(_most_first(kinds[c]), _most_first(categories[c]), _most_first(sizes[c])) for c in kinds}


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda p: (-p[1], p[0])))


_MADE: Kept[Mapping[int, MakeUp]] = Kept(lambda: (MembershipSpell, Organisation), _made_up)

KINDS_OF = {"kind": "organisation__kind", "category": "category", "size_class": "organisation__size_class"}


def stock_by(cluster: Cluster, days: Sequence[date], by: str, known: datetime | None = None) -> dict[str, list[float]]:
    """Members on each day by "kind", "category" or "size_class" (of today), through the cluster's lineage:
    {value: one number a day}, most on the last day first. Two queries."""
    line = ancestry(known)
    shares = [line.on(cluster.pk, day) for day in days]
    names = [f"day_{i}" for i in range(len(days))]
    rows = (
        MembershipSpell.objects.known(known)
        .filter(cluster__in={a for on_day in shares for a in on_day})
        .values("cluster", KINDS_OF[by])
        .annotate(**{name: Count("pk", filter=_held_on(day)) for name, day in zip(names, days, strict=True)})
        .order_by()
    )
    result: dict[str, list[float]] = {}
    for r in rows:
        series = result.setdefault(r[KINDS_OF[by]], [0.0] * len(days))
        for i, on_day in enumerate(shares):
            series[i] += r[names[i]] * on_day.get(r["cluster"], 0.0)
    kept = {value: series for value, series in result.items() if any(series)}
    return dict(sorted(kept.items(), key=lambda p: (-p[1][-1], p[0])))
