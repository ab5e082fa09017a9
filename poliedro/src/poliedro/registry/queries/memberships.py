"""Who is in which cluster: stock, entries, exits at any day, distinct firms of the region, series through lineage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from poliedro.registry.models import Cluster, Lineage, MembershipSpell, Organisation, Standing
from poliedro.registry.queries.standings import Aspect, Past, past, remembered, then
from poliedro.shared.dated import Moment
from poliedro.shared.stored import Stored
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


def firms_among(rows: QuerySet[Any], day: date | str, known: datetime | None = None) -> QuerySet[Any]:
    """The rows of organisations that were firms on the day, as known then. day: as `standings.then` takes it."""
    firms: QuerySet[Any] = rows.alias(kind_then=then(Aspect.KIND, day, known)).filter(kind_then__in=FIRM_KINDS)
    return firms


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
    rows: QuerySet[Any] = MembershipSpell.objects.at(moment)
    if clusters is not None:
        rows = rows.filter(cluster__in=[c.pk for c in clusters])
    if firms_only:
        rows = firms_among(rows, moment.on, moment.known)
    counted = rows.values("cluster").annotate(n=Count("organisation", distinct=True)).order_by("cluster")
    return {r["cluster"]: r["n"] for r in counted}


def distinct_members(moment: Moment, *, firms_only: bool = False) -> int:
    """Organisations that are members of at least one cluster on the day; one in three clusters counts once. What is
    known now is kept in memory."""
    if moment.known is None:
        return _DISTINCT.get(moment.on, firms_only)
    return _distinct(moment.on, firms_only, moment.known)


def _distinct(on: date, firms_only: bool, known: datetime | None = None) -> int:
    rows: QuerySet[Any] = MembershipSpell.objects.at(Moment(on, known))
    if firms_only:
        rows = firms_among(rows, on, known)
    return int(rows.aggregate(n=Count("organisation", distinct=True))["n"])


_DISTINCT: Stored[int] = Stored(
    "registry.distinct_members",
    int,
    lambda: (MembershipSpell, Organisation, Standing),
    _distinct,
    ready=lambda on: [(on, False), (on, True)],
)


def flow(cluster: Cluster, start: date, end: date, known: datetime | None = None) -> Flow:
    """Stock at both ends, spells begun and spells ended in (start, end], in one query."""
    return flows([cluster], start, end, known)[cluster.pk]


def flows(clusters: Sequence[Cluster], start: date, end: date, known: datetime | None = None) -> dict[int, Flow]:
    """The same of each cluster, by id, in one query for all."""
    counts = (
        MembershipSpell.objects.known(known)
        .filter(cluster__in=clusters)
        .order_by()
        .values("cluster")
        .annotate(
            stock_start=Count("pk", filter=_held_on(start)),
            stock_end=Count("pk", filter=_held_on(end)),
            entries=Count("pk", filter=Q(valid_from__gt=start, valid_from__lte=end)),
            exits=Count("pk", filter=Q(valid_to__gt=start, valid_to__lte=end)),
        )
    )
    found = {c.pk: Flow(start, end, 0, 0, 0, 0) for c in clusters}
    return found | {row.pop("cluster"): Flow(start=start, end=end, **row) for row in counts}


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
    which: Q | None = None,
) -> dict[int, list[float]]:
    """Members of each cluster on each day, through its lineage: {cluster id: one number a day}. Four queries at most.

    activities: ids of classes; only members whose main activity on the day is one of them count. which: narrows spells.
    """
    line, wanted = ancestry(known), list(clusters)
    keys = {a for c in wanted for day in days for a in line.on(c.pk, day)}
    rows: QuerySet[Any] = MembershipSpell.objects.known(known).filter(which or Q(), cluster__in=keys)
    names = [f"day_{i}" for i in range(len(days))]
    stocks: dict[int, list[int]] = defaultdict(lambda: [0] * len(days))
    aspects = [*([Aspect.KIND] if firms_only else []), *([Aspect.ACTIVITY] if activities is not None else [])]
    for spell in _of_changed(rows, aspects, known):  # what they were differs from day to day
        for i, day in enumerate(days):
            if spell.held(day) and all(
                spell.was(aspect, day) in (FIRM_KINDS if aspect == Aspect.KIND else activities or ())
                for aspect in aspects
            ):
                stocks[spell.cluster][i] += 1
    rows = _of_unchanged(rows, aspects, known)
    if firms_only:
        rows = rows.filter(organisation__kind__in=FIRM_KINDS)
    if activities is not None:
        rows = rows.filter(organisation__nace__in=activities)
    counts: Any = rows.values("cluster").annotate(
        **{name: Count("pk", filter=_held_on(day)) for name, day in zip(names, days, strict=True)}
    )
    for r in counts.order_by():
        stocks[r["cluster"]] = [n + r[name] for n, name in zip(stocks[r["cluster"]], names, strict=True)]
    nobody = [0] * len(days)
    return {
        cluster.pk: [
            sum(stocks.get(a, nobody)[i] * share for a, share in line.on(cluster.pk, day).items())
            for i, day in enumerate(days)
        ]
        for cluster in wanted
    }


@dataclass(frozen=True)
class _Spell:
    """A membership of an organisation that changed over time. today: what its own row says, by aspect."""

    cluster: int
    organisation: int
    start: date
    end: date | None
    today: Mapping[str, Any]
    past: Mapping[str, Past]

    def held(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def was(self, aspect: str, day: date) -> Any:
        return self.past[aspect].of(self.organisation, day, self.today[aspect])


def _changed(aspects: Sequence[str], known: datetime | None) -> Q:
    """Spells of organisations of which the register remembers one of the aspects."""
    found = Q(pk__in=[])
    for aspect in aspects:
        found |= Q(organisation__in=remembered(aspect, known).values("organisation"))
    return found


def _of_unchanged(
    rows: QuerySet[MembershipSpell], aspects: Sequence[str], known: datetime | None
) -> QuerySet[MembershipSpell]:
    return rows.exclude(_changed(aspects, known)) if aspects else rows


def _of_changed(rows: QuerySet[MembershipSpell], aspects: Sequence[str], known: datetime | None) -> Iterator[_Spell]:
    """The spells of organisations that changed in one of the aspects. A query for each aspect, and one."""
    pasts = {aspect: past(aspect, known) for aspect in aspects}
    if not any(p.rows for p in pasts.values()):
        return
    own = [f"organisation__{aspect}" for aspect in aspects]
    fields = ("cluster_id", "organisation_id", "valid_from", "valid_to")
    for cluster, organisation, start, end, *values in (
        rows.filter(_changed(aspects, known)).order_by("pk").values_list(*fields, *own)
    ):
        yield _Spell(cluster, organisation, start, end, dict(zip(aspects, values, strict=True)), pasts)


def stock_of(cluster: Cluster, days: Sequence[date], known: datetime | None = None) -> list[float]:
    """Member firms of one cluster on each day, through its lineage. What is known now is kept in memory, of all
    clusters."""
    return stocks_of([cluster], days, known)[cluster.pk]


def stocks_of(
    clusters: Iterable[Cluster], days: Sequence[date], known: datetime | None = None
) -> Mapping[int, list[float]]:
    """As `stock_of`, of at least these clusters: {cluster id: one number a day}."""
    return _NOW.get(tuple(days)) if known is None else stock_series(clusters, days, known)


def _of_all(days: tuple[date, ...]) -> dict[int, list[float]]:
    return stock_series(Cluster.objects.order_by("pk"), days)


_NOW: Kept[dict[int, list[float]]] = Kept(lambda: (Cluster, Lineage, MembershipSpell, Organisation, Standing), _of_all)


def _held_on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


@dataclass(frozen=True)
class MakeUp:
    """Members of a cluster on a day by what they are: value -> organisations, most first.

    kind, category: all members; one with spells of two categories counts in both. size_class: firms alone; empty text:
    not known. Kind and size class are those of the day.
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
    described = held.annotate(kind_then=then(Aspect.KIND, on, known), size_then=then(Aspect.SIZE, on, known))
    for cluster, kind, size, n in described.values_list("cluster", "kind_then", "size_then").annotate(n=number):
        kinds[cluster][kind] += n
        if kind in FIRM_KINDS:
            sizes[cluster][size] += n
    for cluster, category, n in held.values_list("cluster", "category").annotate(n=number):
        categories[cluster][category] += n
    return {c: MakeUp(_most_first(kinds[c]), _most_first(categories[c]), _most_first(sizes[c])) for c in kinds}


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda p: (-p[1], p[0])))


_MADE: Stored[Mapping[int, MakeUp]] = Stored(
    "registry.make_up",
    dict[int, MakeUp],
    lambda: (MembershipSpell, Organisation, Standing),
    _made_up,
    ready=lambda on: [(on,)],
)

KINDS_OF = {"kind": "organisation__kind", "category": "category", "size_class": "organisation__size_class"}
REMEMBERED = {"kind": Aspect.KIND, "size_class": Aspect.SIZE}


def stock_by(cluster: Cluster, days: Sequence[date], by: str, known: datetime | None = None) -> dict[str, list[float]]:
    """Members on each day by "kind" or "size_class" of that day, or by "category", through the cluster's lineage:
    {value: one number a day}, most on the last day first. Four queries at most."""
    line = ancestry(known)
    shares = [line.on(cluster.pk, day) for day in days]
    names = [f"day_{i}" for i in range(len(days))]
    rows = MembershipSpell.objects.known(known).filter(cluster__in={a for on_day in shares for a in on_day})
    aspects = [REMEMBERED[by]] if by in REMEMBERED else []
    result: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(days))
    for spell in _of_changed(rows, aspects, known):
        for i, day in enumerate(days):
            if spell.held(day):
                result[spell.was(aspects[0], day)][i] += shares[i].get(spell.cluster, 0.0)
    counted = (
        _of_unchanged(rows, aspects, known)
        .values("cluster", KINDS_OF[by])
        .annotate(**{name: Count("pk", filter=_held_on(day)) for name, day in zip(names, days, strict=True)})
        .order_by()
    )
    for r in counted:
        series = result[r[KINDS_OF[by]]]
        for i, on_day in enumerate(shares):
            series[i] += r[names[i]] * on_day.get(r["cluster"], 0.0)
    kept = {value: series for value, series in result.items() if any(series)}
    return dict(sorted(kept.items(), key=lambda p: (-p[1][-1], p[0])))
