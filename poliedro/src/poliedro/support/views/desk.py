"""The desk: requests that wait, cases under way, and the file of each, for managers and the agency."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.queries.visibility import keep_places
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Empty, Tab
from poliedro.shared.search import matching_keys
from poliedro.support.forms.services import (
    AnswerForm,
    DeclineForm,
    HandOverForm,
    TakeForm,
)
from poliedro.support.models import Request
from poliedro.support.models.cases import CASE_STATES
from poliedro.support.queries.cases import (
    OPEN_STATES,
    PAGE,
    Board,
    board,
)
from poliedro.support.queries.catalogue import services_on_offer
from poliedro.support.rules.cases import (
    NotAllowed,
    RequestState,
    can_move_request,
    is_unanswered,
)
from poliedro.support.services.requests import (
    Asker,
    decline_request,
    hand_over_request,
    open_case,
    take_request,
)
from poliedro.support.views.found import Client, client_by_key, cluster_by_key, request_by_pk
from poliedro.support.views.words import price_words, refusal_words, verb_words


@needs("support.work_cases", cluster=cluster_by_key)
@require_safe
def desk(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """What waits for an answer, by the day that was promised, and the cases under way."""
    return _desk(request, cluster)


@needs("support.work_cases")
@require_safe
def agency_desk(request: HttpRequest) -> HttpResponse:
    """The same for requests that nobody's cluster was asked."""
    return _desk(request, None)


def _desk(request: HttpRequest, cluster: Cluster | None) -> HttpResponse:
    states = [value for value, _label in CASE_STATES]
    state = request.GET.get("state", "")
    page = max(1, int(request.GET["page"])) if request.GET.get("page", "").isdigit() else 1
    shown = board(cluster, state if state in states else "", page)
    today = timezone.localdate()
    return render(
        request,
        "support/desk.html",
        {
            "cluster": cluster,
            "board": shown,
            "waiting": [(r, is_unanswered(r.status, r.promised_on, today)) for r in shown.waiting],
            "late": sum(is_unanswered(r.status, r.promised_on, today) for r in shown.waiting),
            "states": _states(shown, state),
            "page": page,
            "more": shown.total > page * PAGE,
            "kept": f"&state={state}" if state in states else "",
            "today": today,
            "tabs": cluster_tabs(cluster, request.user, "support:desk") if cluster else [],
            "empty": Empty(
                _("No request and no case here"),
                _("Requests come from the catalogue. Add services to it, and tell firms of its address."),
                _("Keep the catalogue"),
                reverse("support:keep", args=[cluster.key]) if cluster else reverse("support:agency_keep"),
            ),
            "synthetic_data": any(r.is_synthetic for r in [*shown.waiting, *(c.request for c in shown.cases)]),
            "crumbs": desk_crumbs(cluster),
        },
    )


def _states(shown: Board, chosen: str) -> list[Tab]:
    under_way = sum(shown.counts.get(s, 0) for s in OPEN_STATES)
    tabs = [Tab(f"{_('Under way')} ({under_way})", "?", chosen == "")]
    return tabs + [
        Tab(f"{label} ({shown.counts[value]})", f"?state={value}", value == chosen)
        for value, label in CASE_STATES
        if value in shown.counts
    ]


# --- a request --------------------------------------------------------------------------------------------------------
@needs("support.work_cases", asked=request_by_pk)
@require_safe
def answer(request: HttpRequest, asked: Request) -> HttpResponse:
    """One request: take it on, say no with the reason, or hand it over."""
    return _answer(request, asked, {})


def _answer(request: HttpRequest, asked: Request, bound: dict[str, forms.Form]) -> HttpResponse:
    case = getattr(asked, "case", None)
    if case is not None and not bound:
        return redirect("support:case", pk=case.pk)
    today = timezone.localdate()
    first_words = _("Thank you. We take this on and call you within a few days.")
    return render(
        request,
        "support/answer.html",
        {
            "asked": asked,
            "is_late": is_unanswered(asked.status, asked.promised_on, today),
            "can_answer": can_move_request(asked.status, RequestState.ACCEPTED),
            "open_form": bound.get("open") or AnswerForm(initial={"text": first_words}, prefix="open"),
            "decline_form": bound.get("decline") or DeclineForm(prefix="decline"),
            "hand_over_form": bound.get("hand_over") or HandOverForm(clusters=_others(asked.cluster), prefix="hand"),
            "events": [(verb_words(e.verb), e) for e in asked.events.select_related("by")],
            "price": price_words(asked.price_eur) if asked.service or asked.package else "",
            "synthetic_data": asked.is_synthetic,
            "crumbs": [*desk_crumbs(asked.cluster), Crumb(asked.subject)],
        },
    )


@needs("support.work_cases", asked=request_by_pk)
@require_POST
def answer_with(request: HttpRequest, asked: Request, action: str) -> HttpResponse:
    """Settle a request in one of three ways."""
    today, site = timezone.localdate(), request.build_absolute_uri("/")
    form: forms.Form
    try:
        if action == "open":
            form = AnswerForm(request.POST, prefix="open")
            if not form.is_valid():
                return _answer(request, asked, {"open": form})
            text = form.cleaned_data["text"]
            case = open_case(request=asked, text=text, on=today, by=request.user, site=site)
            return redirect("support:case", pk=case.pk)
        if action == "decline":
            form = DeclineForm(request.POST, prefix="decline")
            if not form.is_valid():
                return _answer(request, asked, {"decline": form})
            decline_request(request=asked, **form.cleaned_data, on=today, by=request.user, site=site)
            messages.success(request, _("Declined. The firm was told; the demand is kept."))
        elif action == "hand-over":
            form = HandOverForm(request.POST, clusters=_others(asked.cluster), prefix="hand")
            if not form.is_valid():
                return _answer(request, asked, {"hand_over": form})
            to = Cluster.objects.filter(key=form.cleaned_data["cluster"]).first()
            text = form.cleaned_data["text"]
            hand_over_request(request=asked, cluster=to, text=text, on=today, by=request.user)
            messages.success(request, _("Handed over. The promised day stays the same."))
        else:
            raise Http404
    except NotAllowed as refusal:
        say(request, refusal)
    return _to_desk(asked.cluster)


# --- asked by telephone -----------------------------------------------------------------------------------------------
@needs("support.work_cases", cluster=cluster_by_key)
@require_safe
def new_case_for(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Find the organisation that asked by telephone or in a meeting."""
    text = request.GET.get("q", "").strip()[:100]
    keys = [int(k) for k in matching_keys(text, "organisation", limit=30)] if text else []
    rows = Organisation.objects.current().select_related("territory").in_bulk(keys)
    keep_places(rows.values(), request.user)
    return render(
        request,
        "support/new_case_for.html",
        {
            "cluster": cluster,
            "text": text,
            "rows": [rows[k] for k in keys if k in rows],
            "tabs": cluster_tabs(cluster, request.user, "support:desk"),
            "synthetic_data": False,
            "crumbs": [*desk_crumbs(cluster), Crumb(_("New case"))],
        },
    )


@needs("support.work_cases", client=client_by_key)
def new_case(request: HttpRequest, client: Client) -> HttpResponse:
    """Note what a firm asked for, and open its case at once."""
    cluster, body, now = client.cluster, client.organisation, timezone.localtime()
    offered = services_on_offer(cluster, now.date())
    form = TakeForm(request.POST or None, services=[(str(s.pk), s.name) for s in offered])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        case = take_request(
            asker=Asker(data["contact_name"], data["email"], data["phone"], organisation=body),
            service=next((s for s in offered if str(s.pk) == data["service"]), None),
            cluster=cluster,
            text=data["text"],
            answer=data["answer"],
            at=now,
            by=request.user,
            site=request.build_absolute_uri("/"),
        )
        messages.success(request, _("The case is open."))
        return redirect("support:case", pk=case.pk)
    return render(
        request,
        "support/new_case.html",
        {
            "cluster": cluster,
            "organisation": body,
            "form": form,
            "tabs": cluster_tabs(cluster, request.user, "support:desk"),
            "synthetic_data": body.is_synthetic,
            "crumbs": [*desk_crumbs(cluster), Crumb(str(body))],
        },
        status=422 if form.errors else 200,
    )


# --- helpers ----------------------------------------------------------------------------------------------------------


def _others(cluster: Cluster | None) -> list[tuple[str, str]]:
    rows = Cluster.objects.existing_on(timezone.localdate()).order_by("position", "name")
    return [(c.key, c.name) for c in rows if cluster is None or c.pk != cluster.pk]


def say(request: HttpRequest, refusal: NotAllowed) -> None:
    for words in refusal_words(refusal.reasons):
        messages.error(request, words)


def _to_desk(cluster: Cluster | None) -> HttpResponse:
    return redirect("support:desk", key=cluster.key) if cluster is not None else redirect("support:agency_desk")


def desk_crumbs(cluster: Cluster | None) -> list[Crumb]:
    if cluster is None:
        return [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Desk"), reverse("support:agency_desk"))]
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        Crumb(_("Desk"), reverse("support:desk", args=[cluster.key])),
    ]
