"""Who helps whom with what (R008): offers of ecosystem bodies by service, audience and place, overlaps and gaps."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

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


def offer_matrix(moment: Moment) -> OfferMatrix:
    """The matrix on the day. One query."""
    rows = (
        ServiceOffer.objects.at(moment)
        .values("service", "audience")
        .annotate(n=Count("organisation", distinct=True))
        .order_by()
    )
    return OfferMatrix(
        [(v, str(label)) for v, label in ServiceOffer.Service.choices],
        [(v, str(label)) for v, label in ServiceOffer.Audience.choices],
        {(r["service"], r["audience"]): r["n"] for r in rows},
    )


def bodies_that_offer(moment: Moment, service: str = "", audience: str = "") -> QuerySet[Organisation]:
    """Bodies that offer the service to the audience on the day; empty text: any."""
    offers = ServiceOffer.objects.at(moment)
    if service:
        offers = offers.filter(service=service)
    if audience:
        offers = offers.filter(audience=audience)
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
