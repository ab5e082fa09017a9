"""Who helps whom with what (R008): offers of ecosystem bodies by service, audience and place, overlaps and gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from poliedro.registry.models import Organisation, ServiceOffer
from poliedro.shared.dated import Moment


@dataclass(frozen=True)
class OfferMatrix:
    """Bodies that offer each service to each audience. counts: {(service, audience): bodies}; absent: a gap."""

    services: list[tuple[str, str]]
    audiences: list[tuple[str, str]]
    counts: dict[tuple[str, str], int]

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Services that somebody offers, but not to this audience: labels."""
        offered = {s for s, _ in self.counts}
        return [
            (s_label, a_label)
            for s, s_label in self.services
            if s in offered
            for a, a_label in self.audiences
            if (s, a) not in self.counts
        ]

    @property
    def never_offered(self) -> list[str]:
        offered = {s for s, _ in self.counts}
        return [label for s, label in self.services if s not in offered]


def serving(province: str) -> Q:
    """Offers that reach the province: made there, in one of its municipalities, or for a larger territory around it.
    Codes of NUTS nest, so ITC16 lies in ITC1, ITC and IT."""
    around = [province[:length] for length in range(2, len(province) + 1)]
    return Q(territory__code__in=around) | Q(territory__parent__code=province)


def offer_matrix(moment: Moment, province: str = "") -> OfferMatrix:
    """The matrix on the day, of offers that reach the province where one is given. One query."""
    offers = ServiceOffer.objects.at(moment)
    rows = (
        (offers.filter(serving(province)) if province else offers)
        .values("service", "audience")
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    return OfferMatrix(
        [(v, str(label)) for v, label in ServiceOffer.Service.choices],
        [(v, str(label)) for v, label in ServiceOffer.Audience.choices],
        {(r["service"], r["audience"]): r["n"] for r in rows},
    )


def bodies_by_province(moment: Moment, provinces: Iterable[str]) -> dict[tuple[str, str], int]:
    """Bodies whose offers of a service reach a province: {(service, province code): bodies}. One query."""
    rows = (
        ServiceOffer.objects.at(moment)
        .order_by()
        .values_list("service", "organisation", "territory__code", "territory__parent__code")
        .distinct()
    )
    bodies: dict[tuple[str, str], set[int]] = defaultdict(set)
    wanted = list(provinces)
    for service, organisation, code, parent in rows:
        for province in wanted:
            if province.startswith(code) or parent == province:
                bodies[service, province].add(organisation)
    return {key: len(found) for key, found in bodies.items()}


def bodies_that_offer(
    moment: Moment, service: str = "", audience: str = "", province: str = ""
) -> QuerySet[Organisation]:
    """Bodies that offer the service to the audience in the province on the day; empty text: any."""
    offers = ServiceOffer.objects.at(moment)
    if service:
        offers = offers.filter(service=service)
    if audience:
        offers = offers.filter(audience=audience)
    if province:
        offers = offers.filter(serving(province))
    return (
        Organisation.objects.current()
        .filter(pk__in=offers.values("organisation"))
        .select_related("territory")
        .order_by("kind", "name")
    )


def offers_of(organisations: list[Organisation], moment: Moment) -> dict[int, list[str]]:
    """{organisation id: services in words}. One query."""
    rows = ServiceOffer.objects.at(moment).filter(organisation__in=organisations).order_by("organisation", "service")
    labels = dict(ServiceOffer.Service.choices)
    result: dict[int, list[str]] = {}
    for organisation, service in rows.values_list("organisation_id", "service").distinct():
        result.setdefault(organisation, []).append(str(labels[service]))
    return result


@dataclass(frozen=True)
class Overlap:
    """Several bodies that offer one service to one audience in the same place: they may compete, or share the work."""

    service: str
    audience: str
    place: str
    bodies: list[Organisation]


def overlaps(moment: Moment, province: str = "", least: int = 2) -> list[Overlap]:
    """Services offered to one audience in one place by `least` bodies or more, most bodies first. Two queries."""
    offers = ServiceOffer.objects.at(moment)
    rows = (
        (offers.filter(serving(province)) if province else offers)
        .order_by("service", "audience", "territory__name", "organisation__name", "organisation")
        .values_list("service", "audience", "territory__name", "organisation")
        .distinct()
    )
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for service, audience, place, organisation in rows:
        found[service, audience, place].append(organisation)
    shared = {key: ids for key, ids in found.items() if len(ids) >= least}
    bodies = Organisation.objects.in_bulk({pk for ids in shared.values() for pk in ids})
    services, audiences = dict(ServiceOffer.Service.choices), dict(ServiceOffer.Audience.choices)
    order = sorted(shared.items(), key=lambda p: (-len(p[1]), p[0]))
    return [
        Overlap(str(services[s]), str(audiences[a]), place, [bodies[pk] for pk in ids]) for (s, a, place), ids in order
    ]
