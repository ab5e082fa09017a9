"""The catalogue as a reader sees it: services and packages that can be asked for on a day, with price and provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q
from django.utils.translation import get_language

from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.versions import Kept
from poliedro.support.models import Case, Package, PackageStep, Request, Service, ServicePrice
from poliedro.support.rules.cases import ENDED, RequestState

FACETS = ("kind", "innovation", "audience", "tier", "cluster", "rd")
CORE = ("matchmaking", "project_development", "finance", "technology_transfer")
"""The four services that every cluster gives (R012)."""


@dataclass(frozen=True)
class Item:
    """A service in the list. members_eur, others_eur: None: on request. cluster_key: "" for the agency's."""

    pk: int
    name: str
    description: str
    kind: str
    innovation: str
    is_rd: bool
    tier: str
    audiences: tuple[str, ...]
    cluster_key: str
    cluster_name: str
    colour: str
    provider: str
    provider_id: int
    members_eur: Decimal | None
    others_eur: Decimal | None
    unit: str
    answer_days: int
    is_synthetic: bool


@dataclass(frozen=True)
class PackageItem:
    """A package. price_*: sum of its services' prices less the discount; None where one is on request.

    left: how often it can still be asked for in the year, by the scarcest of its services; None: no limit.
    completed: share of its cases in which every step was given; None where none is over. n: such cases.
    """

    package: Package
    steps: tuple[tuple[Item, str], ...]
    members_eur: Decimal | None
    others_eur: Decimal | None
    left: int | None
    completed: float | None
    n: int


def items_on(day: date) -> Sequence[Item]:
    """Every service that can be asked for on the day, in the reader's language; kept while the catalogue stays."""
    return _ITEMS.get(day, get_language() or "")


def _items(day: date, _language: str) -> tuple[Item, ...]:
    prices = ServicePrice.objects.known().active_on(day).order_by("valid_from", "pk")
    rows = (
        Service.objects.filter(pk__in=Service.objects.open_on(day).values("pk"))
        .select_related("cluster", "provider")
        .prefetch_related(Prefetch("prices", queryset=prices, to_attr="now"))
        .order_by("cluster__position", "pk")
    )
    return tuple(item_of(service, service.now[-1] if service.now else None) for service in rows)


def item_of(service: Service, price: ServicePrice | None) -> Item:
    cluster: Cluster | None = service.cluster
    return Item(
        service.pk,
        service.name,
        service.description,
        service.kind,
        service.innovation,
        service.is_rd,
        service.tier,
        tuple(service.audiences),
        cluster.key if cluster is not None else "",
        cluster.name if cluster is not None else "",
        cluster.colour if cluster is not None else "#5c6f82",
        service.provider.name,
        service.provider_id,
        price.members_eur if price is not None else None,
        price.others_eur if price is not None else None,
        price.unit if price is not None else "once",
        service.answer_days,
        service.is_synthetic,
    )


_ITEMS: Kept[tuple[Item, ...]] = Kept(
    lambda: (Service, ServicePrice, Cluster, Organisation), lambda day, language: _items(day, language), most=4
)


@dataclass(frozen=True)
class Found:
    """What matches, and how many would match each value of a facet, the other choices kept."""

    items: list[Item]
    counts: Mapping[str, Counter[str]]


def find(items: Sequence[Item], chosen: Mapping[str, str], text: str = "") -> Found:
    """Services that match every choice. text: words that name, description or provider hold."""
    words = text.casefold().split()
    texts = [i for i in items if all(w in f"{i.name} {i.description} {i.provider}".casefold() for w in words)]
    counts: dict[str, Counter[str]] = {}
    for facet in FACETS:
        others = {k: v for k, v in chosen.items() if k != facet and v}
        counts[facet] = Counter(v for i in texts if _matches(i, others) for v in _values(i, facet))
    return Found([i for i in texts if _matches(i, {k: v for k, v in chosen.items() if v})], counts)


def _matches(item: Item, chosen: Mapping[str, str]) -> bool:
    return all(value in _values(item, facet) for facet, value in chosen.items())


def _values(item: Item, facet: str) -> tuple[str, ...]:
    if facet == "audience":
        return item.audiences
    if facet == "rd":
        return ("rd" if item.is_rd else "other",)
    if facet == "cluster":
        return (item.cluster_key or "agency",)
    return (str(getattr(item, facet)),)


def package_items(day: date, cluster: Cluster | None = None, *, every: bool = True) -> list[PackageItem]:
    """The packages that can be asked for on the day; of one cluster (or of the agency) where `every` is not set.

    Four queries.
    """
    items = {i.pk: i for i in items_on(day)}
    rows = Package.objects.filter(pk__in=Package.objects.open_on(day).values("pk")).select_related("cluster")
    if not every:
        rows = rows.filter(cluster=cluster)
    steps = PackageStep.objects.select_related("service", "provider").order_by("position")
    found = list(rows.prefetch_related(Prefetch("steps", queryset=steps)).order_by("cluster__position", "pk"))
    if not found:
        return []
    asked = _asked_this_year(day)
    over: dict[int, list[bool]] = {}
    cases = Case.objects.filter(request__package__in=found, state__in=[s.value for s in ENDED])
    for case in cases.prefetch_related("steps").select_related("request").order_by("pk"):
        given = all(s.delivery_id is not None for s in case.steps.all())
        over.setdefault(case.request.package_id or 0, []).append(given)
    return [_package_item(p, items, asked, over.get(p.pk, [])) for p in found]


def _package_item(package: Package, items: Mapping[int, Item], asked: Counter[int], over: list[bool]) -> PackageItem:
    steps = list(package.steps.all())
    held = [(items[s.service_id], s.provider.name) for s in steps if s.service_id in items]
    rooms = [
        max(0, s.service.yearly_capacity - asked[s.service_id]) for s in steps if s.service.yearly_capacity is not None
    ]
    return PackageItem(
        package,
        tuple(held),
        _sum([i.members_eur for i, _p in held], package.discount),
        _sum([i.others_eur for i, _p in held], package.discount),
        min(rooms) if rooms else None,
        sum(over) / len(over) if over else None,
        len(over),
    )


def _sum(prices: Sequence[Decimal | None], discount: Decimal) -> Decimal | None:
    if any(p is None for p in prices):
        return None
    return (sum((p for p in prices if p), Decimal(0)) * (1 - discount)).quantize(Decimal("0.01"))


def _asked_this_year(day: date) -> Counter[int]:
    """Requests of the year by service, alone or in a package; withdrawn and declined ones take no room."""
    live = Q(state__in=(RequestState.WAITING.value, RequestState.ACCEPTED.value), asked_at__year=day.year)
    alone = Request.objects.filter(live).exclude(service=None).order_by().values_list("service", flat=True)
    inside = Request.objects.filter(live).exclude(package=None).order_by()
    return Counter([*alone, *inside.values_list("package__steps__service", flat=True)])


def left_of(service: Service, day: date) -> int | None:
    """How often the service can still be asked for in the year; None: no limit."""
    if service.yearly_capacity is None:
        return None
    return max(0, service.yearly_capacity - _asked_this_year(day)[service.pk])


def service_with_words(pk: int) -> Service | None:
    return Service.objects.select_related("cluster", "provider", "source").filter(pk=pk).first()


def package_with_words(pk: int) -> Package | None:
    return Package.objects.select_related("cluster", "source").filter(pk=pk).first()


def services_on_offer(cluster: Cluster, day: date) -> list[Service]:
    """What the cluster gives on the day. One query."""
    return list(Service.objects.open_on(day).filter(cluster=cluster).select_related("provider").order_by("pk"))


def services_kept_by(cluster: Cluster | None) -> list[Service]:
    """Every service of the cluster (None: of the agency), withdrawn ones too, for those who keep the catalogue."""
    return list(Service.objects.filter(cluster=cluster).select_related("provider").order_by("closed_on", "pk"))
