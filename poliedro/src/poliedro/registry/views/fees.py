"""Fees of a cluster: rates by class, the run of a year, invoices as documents, payments, reminders."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.forms.members import CancelForm, PaymentForm, RateForm, RunForm
from poliedro.registry.models import Cluster, FeeInvoice, FeeRun, Organisation
from poliedro.registry.present import facet, link
from poliedro.registry.queries.fees import due_lines, invoices_of, rate_history, years_of_fees
from poliedro.registry.rules.fees import FeesRefused
from poliedro.registry.services.fees import (
    cancel_invoice,
    issue_fees,
    record_payment,
    set_fee_rate,
    write_reminders,
)
from poliedro.registry.shown import cluster_tabs, manage_crumbs
from poliedro.registry.views.found import (
    OwnInvoice,
    cluster_by_key,
    invoice_by_pk,
    organisation_by_pk,
    own_invoice_by_pk,
)
from poliedro.registry.views.members import facet_words
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Pages, Table
from poliedro.shared.paper import pdf_of

SIZE = 50


def _state(invoice: Any, today: date) -> str:
    if invoice.cancelled_at:
        return "cancelled"
    if invoice.paid >= invoice.amount_eur:
        return "paid"
    return "overdue" if invoice.due_on < today else "open"


def state_words() -> dict[str, str]:
    return {"overdue": _("overdue"), "open": _("open"), "paid": _("paid"), "cancelled": _("cancelled")}


def _crumbs(cluster: Cluster, *more: Crumb) -> list[Crumb]:
    return manage_crumbs(cluster, Crumb(_("Fees"), reverse("registry:fees", args=[cluster.key])), *more)


@needs("registry.manage_fees", cluster=cluster_by_key)
def fees(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What was invoiced and paid by year, the invoices, and what each class pays."""
    today = timezone.localdate()
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_fee_rate(cluster=cluster, by=request.user, **form.cleaned_data)
        messages.success(request, _("Recorded. The rate before it ends on that day."))
        return redirect(reverse("registry:fees", args=[cluster.key]) + "#rates")
    years = years_of_fees(cluster, today)
    words = state_words()
    chosen_year, chosen = request.GET.get("year", ""), request.GET.get("state", "")
    rows = _chosen(cluster, today, chosen_year, chosen)
    page = Paginator(rows.order_by("-year", "number"), SIZE).get_page(request.GET.get("page"))
    late = sum(y.overdue for y in years)
    return render(
        request,
        "registry/fees.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:fees"),
            "years": _years_table(cluster, years) if years else None,
            "disagree": [y for y in years if y.gap_eur],
            "late": late,
            "late_eur": sum((y.overdue_eur for y in years), Decimal(0)),
            "rows": [(i, _state(i, today), words[_state(i, today)]) for i in page.object_list],
            "facets": [
                facet("year", _("Year"), [(str(y.year), str(y.year), y.invoices) for y in years], request.GET),
                facet("state", _("Payment"), [(s, w, None) for s, w in words.items()], request.GET),
            ],
            "pages": Pages(
                page.number,
                SIZE,
                len(page.object_list),
                page.paginator.count,
                link(request.GET) + f"&page={page.number - 1}" if page.has_previous() else "",
                link(request.GET) + f"&page={page.number + 1}" if page.has_next() else "",
            ),
            "rates": [(facet_words("fee_class", r.fee_class), r) for r in rate_history(cluster)],
            "sizes": [v for v in Organisation.SizeClass.values if v],
            "form": form,
            "next_year": today.year,
            "synthetic_data": cluster.is_synthetic,
            "crumbs": manage_crumbs(cluster, Crumb(_("Fees"))),
        },
        status=422 if form.errors else 200,
    )


def _chosen(cluster: Cluster, today: date, year: str, state: str) -> Any:
    rows = invoices_of(cluster)
    if year.isascii() and year.isdigit() and len(year) == 4:
        rows = rows.filter(year=int(year))
    if state == "cancelled":
        return rows.exclude(cancelled_at=None)
    if state in ("paid", "open", "overdue"):
        rows = rows.filter(cancelled_at=None)
        rows = rows.filter(paid__gte=F("amount_eur")) if state == "paid" else rows.filter(paid__lt=F("amount_eur"))
    if state == "overdue":
        rows = rows.filter(due_on__lt=today)
    if state == "open":
        rows = rows.filter(due_on__gte=today)
    return rows


def _years_table(cluster: Cluster, years: list[Any]) -> Table:
    return Table(
        [
            _("Year"), _("Invoices"), _("Invoiced, EUR"), _("Paid, EUR"), _("Overdue, EUR"),
            _("Fees in the accounts, EUR"), _("Difference, EUR"),
        ],
        [
            [
                str(y.year), y.invoices, float(y.invoiced_eur), float(y.paid_eur), float(y.overdue_eur),
                None if y.accounts_eur is None else float(y.accounts_eur),
                None if y.gap_eur is None else float(y.gap_eur),
            ]
            for y in years
        ],
        numeric=range(1, 7),
        decimals=dict.fromkeys(range(2, 7), 2),
        caption=_("Fees by year"),
        links={i: f"{reverse('registry:fees', args=[cluster.key])}?year={y.year}" for i, y in enumerate(years)},
    )  # fmt: skip


@needs("registry.manage_fees", cluster=cluster_by_key)
def fee_run(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What a run of the year would invoice; issued when confirmed."""
    today = timezone.localdate()
    initial = {"year": today.year, "part": FeeRun.Part.WHOLE, "issued_on": today, "due_on": today + timedelta(days=30)}
    form = RunForm(request.POST if request.method == "POST" else None, initial=initial)
    lines: list[Any] = []
    earlier = None
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        earlier = FeeRun.objects.filter(cluster=cluster, year=data["year"]).first()
        if "issue" in request.POST:
            try:
                _run, made = issue_fees(cluster=cluster, by=request.user, **data)
            except FeesRefused:
                form.add_error(None, _("Nobody manages the cluster on the day of issue; the mandate must be recorded."))
            else:
                messages.success(
                    request,
                    ngettext("%(n)d invoice issued.", "%(n)d invoices issued.", len(made)) % {"n": len(made)},
                )
                return redirect(reverse("registry:fees", args=[cluster.key]) + f"?year={data['year']}")
        lines = due_lines(cluster, data["year"], earlier.part if earlier else data["part"])
    new = [line for line in lines if line.is_new and line.amount_eur]
    return render(
        request,
        "registry/fee_run.html",
        {
            "cluster": cluster,
            "tabs": cluster_tabs(cluster, request.user, "registry:fees"),
            "form": form,
            "previewed": bool(lines) or (form.is_bound and not form.errors),
            "earlier": earlier,
            "new": new,
            "total": sum((line.amount_eur for line in new), Decimal(0)),
            "invoiced": sum(not line.is_new for line in lines),
            "unrated": [line for line in lines if line.is_new and line.rate is None],
            "table": Table(
                [_("Member"), _("Fee class"), _("Days"), _("EUR a year"), _("EUR due")],
                [
                    [
                        line.name,
                        facet_words("fee_class", line.fee_class or "none"),
                        line.days,
                        line.rate,
                        line.amount_eur,
                    ]
                    for line in new
                ],
                numeric=[2, 3, 4],
                decimals={3: 2, 4: 2},
                caption=_("Invoices that would be issued"),
            )
            if new
            else None,
            "synthetic_data": cluster.is_synthetic,
            "crumbs": _crumbs(cluster, Crumb(_("Fees of a year"))),
        },
        status=422 if form.errors else 200,
    )


@needs("registry.manage_fees", cluster=cluster_by_key)
@require_POST
def fee_reminders(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Write the reminders that are due."""
    made = write_reminders(cluster=cluster, on=timezone.localdate(), by=request.user)
    said = (
        ngettext(
            "%(n)d reminder written; print it from its invoice.",
            "%(n)d reminders written; print them from their invoices.",
            len(made),
        )
        % {"n": len(made)}
        if made
        else _("No reminder is due today: the next may be written 30 days after the last.")
    )
    messages.success(request, said)
    return redirect(reverse("registry:fees", args=[cluster.key]) + "?state=overdue")


@needs("registry.manage_fees", invoice=invoice_by_pk)
def invoice(request: HttpRequest, invoice: FeeInvoice) -> HttpResponse:
    """An invoice: what was paid, what is left; pay, cancel, print."""
    today = timezone.localdate()
    found = invoices_of(invoice.cluster).get(pk=invoice.pk)
    left = found.amount_eur - found.paid
    act = request.POST.get("act", "")
    pay = PaymentForm(request.POST if act == "pay" else None, prefix="pay", initial={"amount_eur": left})
    cancel = CancelForm(request.POST if act == "cancel" else None, prefix="cancel")
    if request.method == "POST":
        form = pay if act == "pay" else cancel
        if form.is_valid():
            try:
                if act == "pay":
                    record_payment(invoice=invoice, by=request.user, **pay.cleaned_data)
                else:
                    cancel_invoice(invoice=invoice, by=request.user, **cancel.cleaned_data)
            except FeesRefused:
                form.add_error(
                    None,
                    _("The amount must not be more than is left to pay, nor give back more than came in.")
                    if act == "pay"
                    else _("Money came in for this invoice, or it was cancelled before; give the money back first."),
                )
            else:
                messages.success(request, _("Booked.") if act == "pay" else _("Cancelled; its number stays."))
                return redirect("registry:invoice", pk=invoice.pk)
    return render(
        request,
        "registry/invoice.html",
        {
            "cluster": invoice.cluster,
            "tabs": cluster_tabs(invoice.cluster, request.user, "registry:fees"),
            "invoice": found,
            "fee_class": facet_words("fee_class", found.fee_class or "none"),
            "state": state_words()[_state(found, today)],
            "left": left,
            "payments": found.payments.all(),
            "reminders": found.reminders.all(),
            "pay": pay,
            "cancel": cancel,
            "act": act,
            "is_open": found.cancelled_at is None and left > 0,
            "may_cancel": found.cancelled_at is None and not found.paid,
            "synthetic_data": found.is_synthetic,
            "crumbs": _crumbs(invoice.cluster, Crumb(found.label)),
        },
        status=422 if request.method == "POST" else 200,
    )


@needs("registry.manage_fees", invoice=invoice_by_pk)
@require_safe
def invoice_pdf(request: HttpRequest, invoice: FeeInvoice) -> HttpResponse:
    return _document(request, invoice)


@needs("registry.view_own_invoices", own=own_invoice_by_pk)
@require_safe
def own_invoice_pdf(request: HttpRequest, own: OwnInvoice) -> HttpResponse:
    return _document(request, own.invoice)


def _document(request: HttpRequest, invoice: FeeInvoice) -> HttpResponse:
    """The invoice as PDF/UA; with ?reminder its latest reminder."""

    found = invoices_of(invoice.cluster).get(pk=invoice.pk)
    reminder = found.reminders.last() if "reminder" in request.GET else None
    if "reminder" in request.GET and reminder is None:
        raise Http404
    page = render_to_string(
        "registry/invoice_pdf.html",
        {
            "invoice": invoice,
            "reminder": reminder,
            "paid": found.paid,
            "left": found.amount_eur - found.paid,
            "fee_class": facet_words("fee_class", invoice.fee_class or "none"),
            "whole_year": invoice.run.part == FeeRun.Part.WHOLE,
        },
        request,
    )
    body = pdf_of(page, ["registry/letter.css"])
    name = f"{invoice.year}-{invoice.number:04d}{'-reminder' if reminder else ''}.pdf"
    return HttpResponse(
        body, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@needs("registry.view_own_invoices", body=organisation_by_pk)
@require_safe
def own_invoices(request: HttpRequest, body: Organisation) -> HttpResponse:
    """What an organisation owes its clusters, for those who act for it."""
    today = timezone.localdate()
    words = state_words()
    found = [
        (i, words[_state(i, today)])
        for cluster in Cluster.objects.filter(fee_invoices__organisation=body).distinct().order_by("position")
        for i in invoices_of(cluster).filter(organisation=body).select_related("cluster").order_by("-year", "number")
    ]
    return render(
        request,
        "registry/own_invoices.html",
        {
            "organisation": body,
            "rows": found,
            "synthetic_data": body.is_synthetic,
            "crumbs": [
                Crumb(_("Home"), reverse("portal:home")),
                Crumb(str(body), reverse("portal:organisation", args=[body.pk])),
                Crumb(_("Membership fees")),
            ],
        },
    )
