"""Vouchers for services: open schemes for everybody, a firm's own, and what whoever keeps a scheme reads of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.models import Cluster, Organisation, ServiceOffer
from poliedro.shared.access import needs, public
from poliedro.shared.components import Crumb, Empty, Table
from poliedro.shared.templatetags.poliedro import day as written
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.forms.vouchers import CancelForm, SchemeForm
from poliedro.support.models import Voucher, VoucherScheme
from poliedro.support.queries.vouchers import SchemeLine, firms_of, held_of, open_schemes, schemes_of, vouchers_of
from poliedro.support.rules.vouchers import ZERO, VoucherRefused, missing_to_issue
from poliedro.support.services.vouchers import cancel_voucher, close_scheme, issue_voucher, open_scheme
from poliedro.support.views.found import Asking, asking_by_pks, cluster_by_key, scheme_by_pk, voucher_by_pk
from poliedro.support.views.keep import providers_of_services
from poliedro.support.views.words import voucher_words


# --- for everybody, and for a firm ------------------------------------------------------------------------------------
@public
@require_safe
def vouchers(request: HttpRequest) -> HttpResponse:
    """The open schemes: what each pays, for whom, what is left; a firm's own vouchers and its way to one."""
    today, firms = timezone.localdate(), firms_of(request.user)
    lines, own = open_schemes(today), vouchers_of(firms)
    return render(
        request,
        "support/vouchers.html",
        {
            "schemes": [(_told(line), _firms(line, firms)) for line in lines],
            "own": [
                {"voucher": v, "left": held.left_eur, "is_over": held.is_over(today), "uses": v.uses.all()}
                for v, held in own
            ],
            "signed_in": request.user.is_authenticated,
            "empty": Empty(
                _("No voucher can be had today"),
                _("Clusters and the agency open schemes; each says what it pays, for whom, and what is left of it."),
                _("Find a service"),
                reverse("support:catalogue"),
            ),
            "synthetic_data": any(line.scheme.is_synthetic for line in lines),
            "crumbs": [Crumb(_("Services"), reverse("support:catalogue")), Crumb(_("Vouchers"))],
        },
    )


def _told(line: SchemeLine) -> dict[str, Any]:
    scheme = line.scheme
    kinds = dict(ServiceOffer.Service.choices)
    left: Decimal = max(line.facts.left_eur, ZERO)
    return {
        "scheme": scheme,
        "share": scheme.share * 100,
        "own_share": (1 - scheme.share) * 100,
        "left": left,
        "left_vouchers": int(left // scheme.face_eur),
        "sizes": [str(Organisation.SizeClass(s).label) for s in scheme.sizes],
        "kinds": [str(kinds[k]) for k in scheme.kinds],
        "providers": [p.name for p in scheme.providers.all()],
    }


def _firms(line: SchemeLine, firms: list[Organisation]) -> list[tuple[Organisation, list[str]]]:
    """Each firm that the reader acts for, with why it gets no voucher; no reason: it does."""
    having = {v.organisation_id for v in line.vouchers}
    return [(f, voucher_words(missing_to_issue(line.facts, f.size_class, has_one=f.pk in having))) for f in firms]


@needs("support.follow_requests", asking=asking_by_pks)
@require_POST
def ask_voucher(request: HttpRequest, asking: Asking) -> HttpResponse:
    """A voucher for a firm that one acts for: at once where the scheme's conditions hold."""
    firm, today = asking.organisation, timezone.localdate()
    try:
        made = issue_voucher(scheme=asking.scheme, organisation=firm, on=today, by=request.user)
    except VoucherRefused as refused:
        for words in voucher_words(refused.reasons):
            messages.error(request, words)
    else:
        messages.success(
            request,
            _("%(firm)s has a voucher of EUR %(eur)s, good until %(day)s. Ask for a service that it pays for.")
            % {"firm": firm.name, "eur": spoken_number(made.face_eur, 2), "day": written(made.valid_to)},
        )
    return redirect("support:vouchers")


# --- for who keeps a scheme -------------------------------------------------------------------------------------------
@needs("support.manage_catalogue", cluster=cluster_by_key)
def schemes(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """The cluster's schemes with budget, vouchers and balance, and the form that opens one."""
    return _schemes(request, cluster)


@needs("support.manage_catalogue")
def agency_schemes(request: HttpRequest) -> HttpResponse:
    return _schemes(request, None)


def _schemes(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    today = timezone.localdate()
    form = SchemeForm(request.POST or None, providers=providers_of_services())
    if request.method == "POST" and form.is_valid():
        open_scheme(cluster=cluster, on=today, by=request.user, **form.scheme)
        messages.success(request, _("Open from today: firms find it under Vouchers."))
        return redirect(schemes_url(cluster))
    lines = schemes_of(cluster, today)
    return render(
        request,
        "support/voucher_schemes.html",
        {
            "cluster": cluster,
            "schemes": [{**_told(line), "line": line, "table": _vouchers_table(line)} for line in lines],
            "form": form,
            "synthetic_data": any(line.scheme.is_synthetic for line in lines),
            "crumbs": [
                Crumb(_("Services"), reverse("support:catalogue")),
                *(
                    [Crumb(cluster.name, reverse("support:cluster_services", args=[cluster.key]))]
                    if cluster is not None
                    else []
                ),
                Crumb(_("Voucher schemes")),
            ],
        },
        status=422 if form.is_bound else 200,
    )


def schemes_url(cluster: Cluster | None) -> str:
    if cluster is None:
        return reverse("support:agency_schemes")
    return reverse("support:voucher_schemes", args=[cluster.key])


def _vouchers_table(line: SchemeLine) -> Table:
    rows = []
    for v in line.vouchers:
        held, uses = held_of(v), v.uses.all()
        rows.append(
            [
                v.organisation.name,
                written(v.issued_on),
                written(v.valid_to),
                float(v.face_eur),
                float(held.paid_eur),
                float(sum(u.own_eur for u in uses)),
                float(held.left_eur),
                "; ".join(f"{u.step.title} ({u.step.provider.name})" for u in uses) or None,
                v.cancel_reason or None,
            ]
        )
    return Table(
        [
            _("Firm"), _("Issued"), _("Good until"), _("Face, EUR"), _("Paid, EUR"), _("Co-payment, EUR"),
            _("Left, EUR"), _("Used for"), _("Cancelled because"),
        ],
        rows,
        numeric=[3, 4, 5, 6],
        decimals={3: 2, 4: 2, 5: 2, 6: 2},
        links={i: reverse("support:voucher", args=[v.pk]) for i, v in enumerate(line.vouchers)},
        full=True,
    )  # fmt: skip


@needs("support.manage_catalogue", scheme=scheme_by_pk)
@require_POST
def end_scheme(request: HttpRequest, scheme: VoucherScheme) -> HttpResponse:
    """No more vouchers from today; those issued stay good."""
    try:
        close_scheme(scheme=scheme, on=timezone.localdate(), by=request.user)
    except VoucherRefused as refused:
        for words in voucher_words(refused.reasons):
            messages.error(request, words)
    else:
        messages.success(request, _("Closed: what was issued stays good."))
    return redirect(schemes_url(scheme.cluster))


@needs("support.manage_catalogue", voucher=voucher_by_pk)
def voucher(request: HttpRequest, voucher: Voucher) -> HttpResponse:
    """One voucher: balance, uses, and the way to cancel it."""
    held, today = held_of(voucher), timezone.localdate()
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_voucher(voucher=voucher, reason=form.cleaned_data["reason"], on=today, by=request.user)
        except VoucherRefused as refused:
            for words in voucher_words(refused.reasons):
                messages.error(request, words)
        return redirect("support:voucher", pk=voucher.pk)
    return render(
        request,
        "support/voucher.html",
        {
            "voucher": voucher,
            "held": held,
            "left": held.left_eur,
            "is_over": held.is_over(today),
            "uses": [
                (u, reverse("support:case", args=[u.step.case_id]))
                for u in voucher.uses.select_related("step__provider", "step__service")
            ],
            "form": form,
            "synthetic_data": voucher.scheme.is_synthetic,
            "crumbs": [
                Crumb(_("Services"), reverse("support:catalogue")),
                Crumb(_("Voucher schemes"), schemes_url(voucher.scheme.cluster)),
                Crumb(str(voucher)),
            ],
        },
        status=422 if form.is_bound else 200,
    )
