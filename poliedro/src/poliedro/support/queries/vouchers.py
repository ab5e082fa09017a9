"""Voucher schemes with what they tied and paid, and the vouchers of a firm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.support.models import CaseStep, Service, Voucher, VoucherScheme
from poliedro.support.queries.catalogue import Item
from poliedro.support.rules.vouchers import ZERO, Given, Held, Scheme, can_use, pays_for, tied


@dataclass(frozen=True)
class SchemeLine:
    """A scheme with its vouchers on a day. tied: what the budget owes them; paid: what went out."""

    scheme: VoucherScheme
    facts: Scheme
    vouchers: list[Voucher]
    tied_eur: Decimal
    paid_eur: Decimal

    @property
    def used(self) -> int:
        """Vouchers that paid for something."""
        return sum(bool(v.uses.all()) for v in self.vouchers)

    @property
    def own_eur(self) -> Decimal:
        """What firms paid themselves."""
        return sum((u.own_eur for v in self.vouchers for u in v.uses.all()), ZERO)


def held_of(voucher: Voucher) -> Held:
    """The voucher with what it paid; its uses are best prefetched."""
    paid = sum((u.paid_eur for u in voucher.uses.all()), ZERO)
    return Held(voucher.face_eur, paid, voucher.valid_to, voucher.cancelled_on is not None)


def scheme_lines(rows: QuerySet[VoucherScheme], on: date) -> list[SchemeLine]:
    """Five queries, whatever the number of schemes and vouchers."""
    schemes = list(rows.select_related("cluster", "source").prefetch_related("providers").order_by("closed_on", "pk"))
    vouchers: dict[int, list[Voucher]] = defaultdict(list)
    issued = Voucher.objects.filter(scheme__in=schemes).select_related("organisation", "scheme")
    for voucher in issued.prefetch_related("uses__step__provider", "uses__step__service"):
        vouchers[voucher.scheme_id].append(voucher)
    return [_line(s, vouchers[s.pk], on) for s in schemes]


def _line(scheme: VoucherScheme, vouchers: list[Voucher], on: date) -> SchemeLine:
    held = [held_of(v) for v in vouchers]
    owed = tied(held, on)
    facts = Scheme(
        scheme.opened_on <= on and (scheme.closed_on is None or on < scheme.closed_on),
        scheme.face_eur,
        scheme.share,
        scheme.budget_eur - owed,
        frozenset(scheme.sizes),
        frozenset(scheme.kinds),
        frozenset(p.pk for p in scheme.providers.all()),
        scheme.without_rd,
    )
    return SchemeLine(scheme, facts, vouchers, owed, sum((h.paid_eur for h in held), ZERO))


def open_schemes(on: date) -> list[SchemeLine]:
    return scheme_lines(VoucherScheme.objects.open_on(on), on)


def schemes_of(cluster: Cluster | None, on: date) -> list[SchemeLine]:
    return scheme_lines(VoucherScheme.objects.filter(cluster=cluster), on)


def firms_of(user: Any) -> list[Organisation]:
    """The organisations that the user acts for."""
    keys = [r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE and r.organisation_id]
    return list(Organisation.objects.filter(pk__in=keys).order_by("name", "pk"))


def vouchers_of(firms: Iterable[Organisation]) -> list[tuple[Voucher, Held]]:
    rows = Voucher.objects.filter(organisation__in=list(firms)).select_related("scheme__cluster", "organisation")
    return [(v, held_of(v)) for v in rows.prefetch_related("uses__step__provider", "uses__step__service")]


def paying_for(lines: Iterable[SchemeLine], offered: Item | Service, sizes: Collection[str]) -> SchemeLine | None:
    """The first scheme with a voucher left that pays for a service of firms of one of these size classes."""
    given = Given(offered.kind, offered.provider_id, offered.is_rd)
    meant = (x for x in lines if pays_for(x.facts, given) and (not x.facts.sizes or x.facts.sizes.intersection(sizes)))
    return next((x for x in meant if x.facts.left_eur >= x.facts.face_eur), None)


def usable_for(step: CaseStep, client: Organisation | None) -> list[tuple[Voucher, Held]]:
    """The client's vouchers that pay for a step that was given."""
    if client is None or step.delivery is None or hasattr(step, "voucher_use"):
        return []
    rows = Voucher.objects.filter(Q(organisation=client), cancelled_on=None).select_related("scheme")
    found = [(v, held_of(v)) for v in rows.prefetch_related("uses", "scheme__providers")]
    on = step.delivery.delivered_on
    return [
        (v, held)
        for v, held in found
        if can_use(_line(v.scheme, [], on).facts, held, given_of(step), on=on, paid_before=False)
    ]


def given_of(step: CaseStep) -> Given:
    return Given(step.kind, step.provider_id, step.service.is_rd if step.service is not None else False)
