"""Voucher schemes: opened from a budget, issued to firms that ask first, used for services that were given."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from poliedro.audit.services import record
from poliedro.registry.models import Cluster, Organisation
from poliedro.shared.aid import amend_aid, grant_aid
from poliedro.shared.refusals import Refusal
from poliedro.shared.templatetags.poliedro import number_in
from poliedro.support.models import CaseStep, Voucher, VoucherScheme, VoucherUse
from poliedro.support.queries.vouchers import given_of, held_of, scheme_lines
from poliedro.support.rules.vouchers import VoucherRefused, check_can_issue, check_can_use, paid_part, regime_of
from poliedro.support.services.allow import check_may
from poliedro.support.services.requests import note
from poliedro.support.services.sources import catalogue_source


@transaction.atomic
def open_scheme(
    *, cluster: Cluster | None, on: date, by: Any, providers: list[Organisation] | None = None, **fields: Any
) -> VoucherScheme:
    """A scheme of a cluster, or (None) of the agency for the whole region. Raises NotPermitted."""
    check_may(by, "support.manage_catalogue", cluster)
    source = catalogue_source()
    scheme = VoucherScheme(cluster=cluster, opened_on=on, source=source, certainty=source.certainty, **fields)
    scheme.full_clean()
    scheme.save(force_insert=True)
    scheme.providers.set(providers or [])
    record(
        by=by, verb="open_voucher_scheme", subject_kind="support.voucher_scheme", subject_key=scheme.pk,
        budget_eur=str(scheme.budget_eur),
    )  # fmt: skip
    return scheme


@transaction.atomic
def close_scheme(*, scheme: VoucherScheme, on: date, by: Any) -> VoucherScheme:
    """Nothing more is issued from the day on; what was issued stays good. Raises NotPermitted, VoucherRefused."""
    check_may(by, "support.manage_catalogue", scheme)
    if scheme.closed_on is not None or on <= scheme.opened_on:
        raise VoucherRefused("scheme_is_closed" if scheme.closed_on else "closes_too_soon")
    scheme.closed_on = on
    scheme.save(update_fields=["closed_on"])
    record(by=by, verb="close_voucher_scheme", subject_kind="support.voucher_scheme", subject_key=scheme.pk)
    return scheme


@transaction.atomic
def issue_voucher(*, scheme: VoucherScheme, organisation: Organisation, on: date, by: Any) -> Voucher:
    """A voucher for a firm that asks, first come, first served. Raises NotPermitted, VoucherRefused.

    The scheme is locked, so that two firms cannot have the last one. The aid goes into the register of state aid, and
    one that would pass the firm's ceiling is refused. See Note [A voucher is aid].
    """
    check_may(by, "support.follow_requests", organisation)
    VoucherScheme.objects.select_for_update().get(pk=scheme.pk)
    (line,) = scheme_lines(VoucherScheme.objects.filter(pk=scheme.pk), on)
    has_one = any(v.organisation_id == organisation.pk for v in line.vouchers)
    check_can_issue(line.facts, organisation.size_class, has_one=has_one)
    made = Voucher(
        scheme=scheme,
        organisation=organisation,
        face_eur=scheme.face_eur,
        issued_on=on,
        valid_to=on + timedelta(days=scheme.valid_days),
    )
    made.full_clean()
    made.save(force_insert=True)
    settle_aid(voucher=made, on=on, by=by)
    record(
        by=by, verb="issue_voucher", subject_kind="support.voucher", subject_key=made.pk, client=organisation.pk,
        scheme=scheme.pk,
    )  # fmt: skip
    return made


def settle_aid(*, voucher: Voucher, on: date, by: Any) -> None:
    """Have the register of state aid count what the voucher ties on the day. Raises VoucherRefused above the firm's
    ceiling. See Note [A voucher is aid]."""
    scheme, regime = voucher.scheme, regime_of(voucher.scheme.state_aid)
    amount, key = held_of(voucher).tied_eur(on), voucher.aid_key
    try:
        if key is not None:
            voucher.aid_key = amend_aid(key=key, amount_eur=amount, by=by)
        elif regime and amount:
            voucher.aid_key = grant_aid(
                organisation=voucher.organisation,
                regime=regime,
                amount_eur=amount,
                granted_on=voucher.issued_on,
                measure=f"{scheme} ({voucher})"[:200],
                source=scheme.source,
                by=by,
            )
    except Refusal as refused:
        raise VoucherRefused("over_ceiling") from refused
    if voucher.aid_key != key:
        voucher.save(update_fields=["aid_key"])


def settle_ended(today: date) -> str:
    """The aid of vouchers that ran out becomes what they paid. Safe to run twice on a day."""
    settled = 0
    over = Voucher.objects.filter(valid_to__lt=today, cancelled_on=None).exclude(aid_key=None)
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            voucher = Voucher.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=pk)
            before = voucher.aid_key
            settle_aid(voucher=voucher, on=today, by=None)
            settled += voucher.aid_key != before
    return f"aid of {settled} vouchers that ran out settled"


@transaction.atomic
def cancel_voucher(*, voucher: Voucher, reason: str, on: date, by: Any) -> Voucher:
    """It pays no longer; what it paid stays, the rest goes back to the budget. Raises NotPermitted, VoucherRefused."""
    check_may(by, "support.manage_catalogue", voucher)
    voucher = Voucher.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=voucher.pk)
    if voucher.cancelled_on is not None:
        raise VoucherRefused("voucher_is_over")
    voucher.cancelled_on, voucher.cancel_reason = on, reason
    voucher.full_clean()
    voucher.save(update_fields=["cancelled_on", "cancel_reason"])
    settle_aid(voucher=voucher, on=on, by=by)
    record(by=by, verb="cancel_voucher", subject_kind="support.voucher", subject_key=voucher.pk, reason=reason)
    return voucher


@transaction.atomic
def use_voucher(*, voucher: Voucher, step: CaseStep, price_eur: Decimal, today: date, by: Any) -> VoucherUse:
    """The voucher pays its share of a service that was given to its firm. Raises NotPermitted, VoucherRefused.

    A service given in time may be entered (today) when the voucher is over. See Note [A voucher is aid].
    """
    check_may(by, "support.work_cases", step.case)
    voucher = Voucher.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=voucher.pk)
    if step.delivery is None or step.case.organisation_id != voucher.organisation_id:
        raise VoucherRefused("service_not_given")
    on = step.delivery.delivered_on
    (line,) = scheme_lines(VoucherScheme.objects.filter(pk=voucher.scheme_id), on)
    paid_before = VoucherUse.objects.filter(step=step).exists()
    held = held_of(voucher)
    check_can_use(line.facts, held, given_of(step), on=on, paid_before=paid_before)
    use = VoucherUse(
        voucher=voucher,
        step=step,
        used_on=on,
        price_eur=price_eur,
        paid_eur=paid_part(price_eur, voucher.scheme.share, held.left_eur),
    )
    use.full_clean()
    use.save(force_insert=True)
    settle_aid(voucher=voucher, on=today, by=by)
    paid = number_in(settings.LANGUAGE_CODE, use.paid_eur, 2)  # the note is kept, and read by others
    note(step.case.request, "voucher_used", text=f"{step.title}: EUR {paid}", by=by, for_client=True)
    record(
        by=by, verb="use_voucher", subject_kind="support.voucher", subject_key=voucher.pk, step=step.pk,
        paid_eur=str(use.paid_eur),
    )  # fmt: skip
    return use
