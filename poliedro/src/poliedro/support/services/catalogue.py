"""Keeping the catalogue: services, their prices, packages. What is offered also appears on the map of the ecosystem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from poliedro.audit.services import record
from poliedro.reference.models import Source, Territory
from poliedro.registry.models import Cluster, Organisation, ServiceOffer
from poliedro.registry.services.facts import correct_fact, record_fact
from poliedro.shared.region import region
from poliedro.support.models import Package, PackageStep, Service, ServicePrice
from poliedro.support.services.allow import check_may
from poliedro.support.services.sources import catalogue_source


class EmptyPackage(ValueError):
    """A package needs two services at least; one alone is a service."""


@transaction.atomic
def add_service(
    *,
    cluster: Cluster | None,
    provider: Organisation,
    on: date,
    by: Any,
    members_eur: Decimal | None,
    others_eur: Decimal | None,
    unit: str = ServicePrice.Unit.ONCE,
    source: Source | None = None,
    **fields: Any,
) -> Service:
    """Offer a service from a day on, at a price, and show it on the map. Raises NotPermitted."""
    check_may(by, "support.manage_catalogue", cluster)
    origin = source or catalogue_source()
    service = Service(
        cluster=cluster, provider=provider, opened_on=on, source=origin, certainty=origin.certainty, **fields
    )
    service.full_clean()
    service.save(force_insert=True)
    _price(service, members_eur, others_eur, unit, on, by)
    _show_on_map(service, on, by)
    record(by=by, verb="add_service", subject_kind="service", subject_key=service.pk, kind=service.kind)
    return service


@transaction.atomic
def change_service(
    *,
    service: Service,
    on: date,
    by: Any,
    members_eur: Decimal | None,
    others_eur: Decimal | None,
    unit: str,
    **fields: Any,
) -> Service:
    """Change words, audience or promise; another price holds from the day on, and the earlier one stays in its days.

    Raises NotPermitted.
    """
    check_may(by, "support.manage_catalogue", service)
    changed = sorted(name for name, value in fields.items() if getattr(service, name) != value)
    for name in changed:
        setattr(service, name, fields[name])
    service.full_clean()
    service.save()
    now = price_on(service, on)
    if now is None or (now.members_eur, now.others_eur, now.unit) != (members_eur, others_eur, unit):
        if now is not None and now.valid_from == on:
            correct_fact(now, by=by, members_eur=members_eur, others_eur=others_eur, unit=unit)
        else:
            if now is not None:
                correct_fact(now, by=by, valid_to=on)
            _price(service, members_eur, others_eur, unit, on, by)
        changed.append("price")
    if {"kind", "audiences", "provider"} & set(changed):
        _take_off_map(service, on, by)
        _show_on_map(service, on, by)
    record(by=by, verb="change_service", subject_kind="service", subject_key=service.pk, fields=changed)
    return service


@transaction.atomic
def withdraw_service(*, service: Service, on: date, by: Any) -> Service:
    """Offer a service no longer from the day on (the next one, where it began on that day), nor packages that need it.

    Raises NotPermitted.
    """
    check_may(by, "support.manage_catalogue", service)
    service.closed_on = max(on, service.opened_on + timedelta(days=1))
    service.full_clean()
    service.save(update_fields=["closed_on"])
    _take_off_map(service, on, by)
    for package in Package.objects.open_on(on).filter(steps__service=service, opened_on__lt=on).distinct():
        package.closed_on = on
        package.save(update_fields=["closed_on"])
    record(by=by, verb="withdraw_service", subject_kind="service", subject_key=service.pk, on=on)
    return service


@transaction.atomic
def add_package(
    *,
    cluster: Cluster | None,
    steps: Sequence[tuple[Service, Organisation]],
    on: date,
    by: Any,
    discount: Decimal = Decimal(0),
    source: Source | None = None,
    **fields: Any,
) -> Package:
    """Offer services in an order as one, each by the provider named. Raises NotPermitted, EmptyPackage."""
    check_may(by, "support.manage_catalogue", cluster)
    if len(steps) < 2:
        raise EmptyPackage(f"the package has {len(steps)} services; put two or more into it")
    origin = source or catalogue_source()
    package = Package(
        cluster=cluster, opened_on=on, discount=discount, source=origin, certainty=origin.certainty, **fields
    )
    package.full_clean()
    package.save(force_insert=True)
    PackageStep.objects.bulk_create(
        PackageStep(package=package, position=i, service=service, provider=provider)
        for i, (service, provider) in enumerate(steps, 1)
    )
    record(by=by, verb="add_package", subject_kind="package", subject_key=package.pk, services=len(steps))
    return package


@transaction.atomic
def withdraw_package(*, package: Package, on: date, by: Any) -> Package:
    """Offer a package no longer from the day on. Raises NotPermitted."""
    check_may(by, "support.manage_catalogue", package)
    package.closed_on = max(on, package.opened_on + timedelta(days=1))
    package.full_clean()
    package.save(update_fields=["closed_on"])
    record(by=by, verb="withdraw_package", subject_kind="package", subject_key=package.pk, on=on)
    return package


def price_on(service: Service, on: date) -> ServicePrice | None:
    """The price that holds on the day."""
    return service.prices.known().active_on(on).order_by("-valid_from", "-pk").first()


def _price(
    service: Service, members_eur: Decimal | None, others_eur: Decimal | None, unit: str, on: date, by: Any
) -> None:
    record_fact(
        ServicePrice(
            service=service,
            members_eur=members_eur,
            others_eur=others_eur,
            unit=unit,
            valid_from=on,
            source=service.source,
            certainty=service.certainty,
        ),
        by=by,
    )


# Note [One map]
# The map "Who helps whom" reads ServiceOffer and nothing else. A service that is offered here puts its rows there and
# takes them off again; an offer that the region's file states already is left alone, so that nothing counts twice.
def _show_on_map(service: Service, on: date, by: Any) -> None:
    place = Territory.objects.filter(code=region().code).order_by("pk").first()
    if place is None:
        return
    held = set(
        ServiceOffer.objects.known()
        .active_on(on)
        .filter(organisation=service.provider, service=service.kind)
        .values_list("audience", flat=True)
    )
    for audience in sorted(set(service.audiences or ServiceOffer.Audience.values) - held):
        offer = record_fact(
            ServiceOffer(
                organisation=service.provider,
                service=service.kind,
                audience=audience,
                territory=place,
                valid_from=on,
                source=service.source,
                certainty=service.certainty,
            ),
            by=by,
        )
        service.offers.add(offer)


def _take_off_map(service: Service, on: date, by: Any) -> None:
    for offer in service.offers.filter(retracted_at=None, valid_to=None):
        if offer.valid_from is not None and offer.valid_from < on:
            service.offers.add(correct_fact(offer, by=by, valid_to=on))
        else:
            offer.retracted_at = offer.recorded_at
            offer.save(update_fields=["retracted_at"])
