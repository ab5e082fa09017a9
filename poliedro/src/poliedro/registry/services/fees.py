"""Fees: rates by class, the run of a year, its invoices, payments, reminders. Each act once, and audited."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.registry.models import (
    Cluster,
    DataQualityFinding,
    FeeInvoice,
    FeePayment,
    FeeRate,
    FeeReminder,
    FeeRun,
    ManagementOrganisation,
    Mandate,
    RevenueLine,
)
from poliedro.registry.queries.fees import due_lines
from poliedro.registry.rules.fees import FeesRefused, check_can_cancel, check_can_pay, next_reminder
from poliedro.registry.services.facts import correct_fact, record_fact
from poliedro.registry.services.imports.uploads import check_may
from poliedro.registry.services.region_setup import ensure_source
from poliedro.shared.templatetags.poliedro import number_in


@transaction.atomic
def set_fee_rate(*, cluster: Cluster, fee_class: str, amount_eur: Decimal, since: date, by: Any) -> FeeRate:
    """What a class pays a year from a day on; the rate before it ends there. Raises NotPermitted."""
    check_may(by, "registry.manage_fees", cluster)
    known = FeeRate.objects.known().filter(cluster=cluster, fee_class=fee_class)
    same_day = known.filter(valid_from=since).first()
    if same_day is not None:
        corrected: FeeRate = correct_fact(same_day, by=by, amount_eur=amount_eur)
        return corrected
    before = known.active_on(since).first()
    later = known.filter(valid_from__gt=since).order_by("valid_from").first()
    if before is not None:
        correct_fact(before, by=by, valid_to=since)
    source = ensure_source("member-entries")
    return record_fact(
        FeeRate(
            cluster=cluster,
            fee_class=fee_class,
            amount_eur=amount_eur,
            valid_from=since,
            valid_to=later.valid_from if later else None,
            source=source,
            certainty=source.certainty,
        ),
        by=by,
    )


def body_on(cluster: Cluster, day: date) -> ManagementOrganisation:
    """The body that manages the cluster on the day, the leading one first. Raises FeesRefused."""
    mandate = (
        Mandate.objects.known()
        .active_on(day)
        .filter(cluster=cluster)
        .select_related("body__organisation")
        .order_by("-is_lead", "pk")
        .first()
    )
    if mandate is None:
        raise FeesRefused(f"nobody manages {cluster} on {day}; record the mandate first")
    body: ManagementOrganisation = mandate.body
    return body


@transaction.atomic
def issue_fees(
    *, cluster: Cluster, year: int, part: str, issued_on: date, due_on: date, by: Any
) -> tuple[FeeRun, list[FeeInvoice]]:
    """Invoice every member of the year that owes a fee and has no invoice of that year. Doing it again adds only those
    who came since, under the terms of the first run. Returns the run and the new invoices.

    Raises:
        NotPermitted. FeesRefused: due before issue, or nobody manages the cluster.
    """
    check_may(by, "registry.manage_fees", cluster)
    if due_on < issued_on:
        raise FeesRefused(f"the invoices would be due on {due_on}, before {issued_on}; give a later day")
    run = FeeRun.objects.select_for_update().filter(cluster=cluster, year=year).first()
    if run is None:
        body = body_on(cluster, issued_on)
        run = FeeRun.objects.create(
            cluster=cluster, body=body, year=year, part=part, issued_on=issued_on, due_on=due_on, by=by
        )
    ManagementOrganisation.objects.select_for_update().get(pk=run.body_id)  # numbers follow one another without gaps
    last = FeeInvoice.objects.filter(body=run.body, year=year).aggregate(n=Max("number"))["n"] or 0
    new = [
        FeeInvoice(
            run=run,
            cluster=cluster,
            organisation_id=line.organisation_id,
            year=year,
            number=last + position,
            body=run.body,
            fee_class=line.fee_class,
            amount_eur=line.amount_eur,
            days=line.days,
            issued_on=issued_on,
            due_on=due_on,
        )
        for position, line in enumerate(
            (each for each in due_lines(cluster, year, run.part) if each.is_new and each.amount_eur), start=1
        )
    ]
    made = FeeInvoice.objects.bulk_create(new)
    if made:
        record(
            by=by, verb="issue_fees", subject_kind="FeeRun", subject_key=run.pk, invoices=len(made),
            total_eur=sum(i.amount_eur for i in made),
        )  # fmt: skip
    refresh_fee_findings(cluster=cluster)
    return run, made


@transaction.atomic
def cancel_invoice(*, invoice: FeeInvoice, reason: str, by: Any) -> FeeInvoice:
    """The invoice no longer counts; its number stays. Raises NotPermitted, FeesRefused."""
    check_may(by, "registry.manage_fees", invoice.cluster)
    invoice = FeeInvoice.objects.select_for_update().get(pk=invoice.pk)
    if invoice.cancelled_at is not None:
        raise FeesRefused(f"invoice {invoice.label} was cancelled before")
    check_can_cancel(_paid(invoice), reason)
    invoice.cancelled_at, invoice.cancel_reason = timezone.now(), reason.strip()[:200]
    invoice.save(update_fields=["cancelled_at", "cancel_reason"])
    record(by=by, verb="cancel_invoice", subject_kind="FeeInvoice", subject_key=invoice.pk, number=invoice.label)
    refresh_fee_findings(cluster=invoice.cluster)
    return invoice


@transaction.atomic
def record_payment(*, invoice: FeeInvoice, on: date, amount_eur: Decimal, by: Any, reference: str = "") -> FeePayment:
    """Money that came in, or with a minus was given back. Raises NotPermitted, FeesRefused."""
    check_may(by, "registry.manage_fees", invoice.cluster)
    invoice = FeeInvoice.objects.select_for_update().get(pk=invoice.pk)
    if invoice.cancelled_at is not None:
        raise FeesRefused(f"invoice {invoice.label} was cancelled; book the money to the one that replaced it")
    paid = _paid(invoice)
    check_can_pay(invoice.amount_eur - paid, amount_eur, paid)
    payment = FeePayment.objects.create(invoice=invoice, on=on, amount_eur=amount_eur, reference=reference, by=by)
    record(
        by=by, verb="record_payment", subject_kind="FeeInvoice", subject_key=invoice.pk, amount_eur=amount_eur, on=on
    )
    return payment


def _paid(invoice: FeeInvoice) -> Decimal:
    return FeePayment.objects.filter(invoice=invoice).aggregate(s=Sum("amount_eur"))["s"] or Decimal(0)


@transaction.atomic
def write_reminders(*, cluster: Cluster, on: date, by: Any) -> list[FeeReminder]:
    """A reminder for every invoice of the cluster that is overdue and may be reminded of today. Raises NotPermitted."""
    check_may(by, "registry.manage_fees", cluster)
    open_ = (
        FeeInvoice.objects.filter(cluster=cluster, cancelled_at=None, due_on__lt=on)
        .annotate(paid=Sum("payments__amount_eur", default=Decimal(0)))
        .order_by("pk")
        .prefetch_related("reminders")
    )
    due = [
        FeeReminder(invoice=invoice, on=on, level=level)
        for invoice in open_
        if invoice.paid < invoice.amount_eur
        and (level := next_reminder(invoice.due_on, len(invoice.reminders.all()), on)) is not None
    ]
    made = FeeReminder.objects.bulk_create(due)
    if made:
        record(by=by, verb="write_reminders", subject_kind="cluster", subject_key=cluster.key, reminders=len(made))
    return made


@transaction.atomic
def refresh_fee_findings(*, cluster: Cluster) -> int:
    """Hold what was invoiced for each year against the accounts' revenue from fees. Returns how many years differ."""
    invoiced: dict[int, Decimal] = dict(
        FeeInvoice.objects.filter(cluster=cluster, cancelled_at=None)
        .order_by()
        .values_list("year")
        .annotate(s=Sum("amount_eur"))
    )
    stated: dict[int, Decimal] = dict(
        RevenueLine.objects.known()
        .filter(cluster=cluster, origin="fees", year__in=list(invoiced))
        .order_by()
        .values_list("year")
        .annotate(s=Sum("amount_eur"))
    )
    seen = []
    for year, total in sorted(stated.items()):
        if total == invoiced[year]:
            continue
        key = f"fees-differ-{cluster.key}-{year}"
        seen.append(key)
        source = RevenueLine.objects.known().filter(cluster=cluster, origin="fees", year=year)[0].source.name
        DataQualityFinding.objects.update_or_create(
            key=key,
            defaults={
                "kind": "fees-differ",
                "severity": "warning",
                "subject_kind": "cluster",
                "subject_key": cluster.key,
                "title_en": f"{cluster.name}: fees invoiced for {year} differ from the accounts",
                "title_it": f"{cluster.name}: le quote fatturate per il {year} differiscono dai conti",
                "statement_en": f"Invoices add up to EUR {number_in('en', invoiced[year], 2)}, the accounts state "
                f"EUR {number_in('en', total, 2)} from fees.",
                "statement_it": f"Le fatture sommano a EUR {number_in('it', invoiced[year], 2)}, i conti dichiarano "
                f"EUR {number_in('it', total, 2)} di quote.",
                "sides": [
                    {"what": "invoices", "value": float(invoiced[year]), "low": None, "high": None, "unit": "EUR",
                     "source": "Register", "quote": ""},
                    {"what": "accounts", "value": float(total), "low": None, "high": None, "unit": "EUR",
                     "source": source, "quote": ""},
                ],
            },
        )  # fmt: skip
    DataQualityFinding.objects.filter(kind="fees-differ", subject_key=cluster.key, state="open").exclude(
        key__in=seen
    ).update(state="resolved")
    DataQualityFinding.objects.filter(kind="fees-differ", key__in=seen, state="resolved").update(state="open")
    return len(seen)
