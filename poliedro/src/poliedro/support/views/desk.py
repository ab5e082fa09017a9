"""The desk: requests that wait, cases under way, and the file of each, for managers and the agency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Organisation
from poliedro.registry.shown import cluster_tabs
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb, Empty, Tab
from poliedro.shared.search import matching_keys
from poliedro.support.forms.services import (
    AnswerForm,
    AssignForm,
    DeclineForm,
    DeliveryForm,
    DropForm,
    FollowUpForm,
    HandOverForm,
    NoteForm,
    OutcomeForm,
    StepForm,
    StopForm,
    TakeForm,
)
from poliedro.support.models import Case, CaseStep, Request
from poliedro.support.models.cases import CASE_STATES
from poliedro.support.queries.cases import (
    OPEN_STATES,
    PAGE,
    Board,
    board,
    case_file,
    colleagues,
    who_may_be_the_client,
)
from poliedro.support.queries.catalogue import services_on_offer
from poliedro.support.rules.cases import (
    ENDED,
    OVER,
    PATIENCE_DAYS,
    NotAllowed,
    RequestState,
    can_add_step,
    can_ask_feedback,
    can_deliver,
    can_move_request,
    can_reopen,
    can_stop,
    is_unanswered,
    missing_to_close,
)
from poliedro.support.services import cases as do
from poliedro.support.services.requests import (
    Asker,
    decline_request,
    hand_over_request,
    open_case,
    provider_of,
    take_request,
)
from poliedro.support.views.found import Client, case_by_pk, client_by_key, cluster_by_key, request_by_pk
from poliedro.support.views.words import price_words, refusal_words, verb_words

FOLLOW_UP = timedelta(days=180)


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
            "crumbs": _crumbs(cluster),
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
            "crumbs": [*_crumbs(asked.cluster), Crumb(asked.subject)],
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
        _say(request, refusal)
    return _to_desk(asked.cluster)


# --- asked by telephone -----------------------------------------------------------------------------------------------
@needs("support.work_cases", cluster=cluster_by_key)
@require_safe
def new_case_for(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Find the organisation that asked by telephone or in a meeting."""
    text = request.GET.get("q", "").strip()[:100]
    keys = [int(k) for k in matching_keys(text, "organisation", limit=30)] if text else []
    rows = Organisation.objects.current().select_related("territory").in_bulk(keys)
    return render(
        request,
        "support/new_case_for.html",
        {
            "cluster": cluster,
            "text": text,
            "rows": [rows[k] for k in keys if k in rows],
            "tabs": cluster_tabs(cluster, request.user, "support:desk"),
            "synthetic_data": False,
            "crumbs": [*_crumbs(cluster), Crumb(_("New case"))],
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
            "crumbs": [*_crumbs(cluster), Crumb(str(body))],
        },
        status=422 if form.errors else 200,
    )


# --- a case -----------------------------------------------------------------------------------------------------------
@needs("support.work_cases", case=case_by_pk)
@require_safe
def case(request: HttpRequest, case: Case) -> HttpResponse:
    """The file of a case: who, what was given, what is left, what it lacks before it may close."""
    return _case(request, case, {})


def _case(request: HttpRequest, held: Case, bound: dict[str, forms.Form]) -> HttpResponse:
    file, today = case_file(held), timezone.localdate()
    facts = file.facts
    deliver_to = can_deliver(facts)
    people = [(str(p.pk), p.name) for p in colleagues(held.cluster, today) if p.pk != held.assigned_to_id]
    missing = missing_to_close(facts, today)
    usual = held.follow_up_on or today + FOLLOW_UP
    steps = [
        (
            step,
            bound.get(f"deliver-{step.pk}")
            or DeliveryForm(prefix=f"deliver-{step.pk}", initial={"on": today, "hours": _usual_hours(step)}),
            bound.get(f"drop-{step.pk}") or DropForm(prefix=f"drop-{step.pk}"),
        )
        for step in file.steps
    ]
    return render(
        request,
        "support/case.html",
        {
            "case": held,
            "file": file,
            "steps": steps,
            "can_deliver": deliver_to,
            "can_ask": can_ask_feedback(facts),
            "can_close": not missing,
            "can_stop": can_stop(facts),
            "can_reopen": can_reopen(facts) and facts.state in OVER,
            "can_add": can_add_step(facts),
            "is_over": facts.state in OVER,
            "has_ended": facts.state in ENDED,
            "is_silent": not facts.answered,
            "missing": refusal_words(missing),
            "patience": PATIENCE_DAYS,
            "candidates": [] if facts.client_known else who_may_be_the_client(held.request),
            "events": [(verb_words(e.verb), e) for e in reversed(file.events)],
            "outcome_form": bound.get("outcome")
            or OutcomeForm(
                prefix="outcome",
                initial={"result": held.result, "text": held.result_text, "follow_up_on": usual},
            ),
            "note_form": bound.get("note") or NoteForm(prefix="note"),
            "stop_form": bound.get("stop") or StopForm(prefix="stop"),
            "assign_form": (bound.get("assign") or AssignForm(prefix="assign", people=people)) if people else None,
            "step_form": bound.get("step") or StepForm(prefix="step", providers=_providers(held)),
            "follow_up_form": bound.get("follow_up")
            or FollowUpForm(prefix="follow_up", initial={"result": held.result}),
            "follow_up_due": facts.state in ENDED and held.follow_up_on is not None and held.follow_up_on <= today,
            "price": price_words(held.request.price_eur) if held.request.service or held.request.package else "",
            "synthetic_data": held.request.is_synthetic,
            "crumbs": [*_crumbs(held.cluster), Crumb(held.request.subject)],
        },
    )


@needs("support.work_cases", case=case_by_pk)
@require_POST
def case_do(request: HttpRequest, case: Case, action: str) -> HttpResponse:
    """Do one thing to a case; every way leads back to its file."""
    if action not in ACTIONS:
        raise Http404
    try:
        wrong = ACTIONS[action](request, case, timezone.localdate())
    except NotAllowed as refusal:
        _say(request, refusal)
        wrong = None
    if wrong is not None:
        return _case(request, case, wrong)
    return redirect("support:case", pk=case.pk)


Wrong = dict[str, forms.Form] | None
"""The form to correct, by its name; None: it was done."""


def _deliver(request: HttpRequest, held: Case, today: date) -> Wrong:
    step = _step(request, held)
    form = DeliveryForm(request.POST, prefix=f"deliver-{step.pk}")
    if not form.is_valid():
        return {f"deliver-{step.pk}": form}
    do.record_delivery(step=step, by=request.user, **form.cleaned_data)
    messages.success(request, _("Recorded."))
    return None


def _drop(request: HttpRequest, held: Case, today: date) -> Wrong:
    step = _step(request, held)
    form = DropForm(request.POST, prefix=f"drop-{step.pk}")
    if not form.is_valid():
        return {f"drop-{step.pk}": form}
    do.drop_step(step=step, because=form.cleaned_data["because"], by=request.user)
    return None


def _add_step(request: HttpRequest, held: Case, today: date) -> Wrong:
    form = StepForm(request.POST, prefix="step", providers=_providers(held))
    if not form.is_valid():
        return {"step": form}
    do.add_step(case=held, by=request.user, **form.cleaned_data)
    return None


def _tick(request: HttpRequest, held: Case, today: date) -> Wrong:
    task = get_object_or_404(held.tasks, pk=_number(request, "task"))
    do.tick_task(task=task, on=None if task.done_on else today, by=request.user)
    return None


def _outcome(request: HttpRequest, held: Case, today: date) -> Wrong:
    form = OutcomeForm(request.POST, prefix="outcome")
    if not form.is_valid():
        return {"outcome": form}
    do.set_outcome(case=held, by=request.user, **form.cleaned_data)
    messages.success(request, _("Noted."))
    return None


def _ask(request: HttpRequest, held: Case, today: date) -> Wrong:
    do.ask_feedback(case=held, on=today, by=request.user, site=request.build_absolute_uri("/"))
    messages.success(request, _("The firm was asked, by e-mail and on its page."))
    return None


def _close(request: HttpRequest, held: Case, today: date) -> Wrong:
    do.close_case(case=held, on=today, by=request.user)
    messages.success(request, _("Closed. You are reminded on the day on which to look again."))
    return None


def _stop(request: HttpRequest, held: Case, today: date) -> Wrong:
    form = StopForm(request.POST, prefix="stop")
    if not form.is_valid():
        return {"stop": form}
    site = request.build_absolute_uri("/")
    do.stop_case(case=held, on=today, by=request.user, site=site, **form.cleaned_data)
    return None


def _reopen(request: HttpRequest, held: Case, today: date) -> Wrong:
    do.reopen_case(case=held, text="", by=request.user)
    return None


def _note(request: HttpRequest, held: Case, today: date) -> Wrong:
    form = NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return {"note": form}
    do.add_note(case=held, by=request.user, site=request.build_absolute_uri("/"), **form.cleaned_data)
    return None


def _assign(request: HttpRequest, held: Case, today: date) -> Wrong:
    people = [(str(p.pk), p.name) for p in colleagues(held.cluster, today)]
    form = AssignForm(request.POST, prefix="assign", people=people)
    if not form.is_valid():
        return {"assign": form}
    person = get_object_or_404(Person, pk=form.cleaned_data["person"])
    do.assign_case(case=held, to=person, text=form.cleaned_data["text"], by=request.user)
    return None


def _client(request: HttpRequest, held: Case, today: date) -> Wrong:
    if request.POST.get("organisation") == "new":
        do.register_client(case=held, by=request.user)
    else:
        body = get_object_or_404(Organisation.objects.current(), pk=_number(request, "organisation"))
        do.identify_client(case=held, organisation=body, by=request.user)
    return None


def _follow_up(request: HttpRequest, held: Case, today: date) -> Wrong:
    form = FollowUpForm(request.POST, prefix="follow_up")
    if not form.is_valid():
        return {"follow_up": form}
    do.record_follow_up(case=held, on=today, by=request.user, **form.cleaned_data)
    messages.success(request, _("Noted."))
    return None


ACTIONS: dict[str, Callable[[HttpRequest, Case, date], Wrong]] = {
    "deliver": _deliver,
    "drop": _drop,
    "add-step": _add_step,
    "tick": _tick,
    "outcome": _outcome,
    "ask-feedback": _ask,
    "close": _close,
    "stop": _stop,
    "reopen": _reopen,
    "note": _note,
    "assign": _assign,
    "client": _client,
    "follow-up": _follow_up,
}


# --- helpers ----------------------------------------------------------------------------------------------------------
def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not value.isdigit():
        raise Http404
    return int(value)


def _step(request: HttpRequest, held: Case) -> CaseStep:
    return get_object_or_404(held.steps.select_related("case", "service"), pk=_number(request, "step"))


def _usual_hours(step: CaseStep) -> Any:
    return step.service.usual_hours if step.service is not None else None


def _providers(held: Case) -> Any:
    """Bodies that may give a further service: that which leads the cluster, and those that gave or give one there."""
    lead = provider_of(held.cluster, timezone.localdate()) if held.cluster else None
    keys = {s.provider_id for s in held.steps.all()} | ({lead.pk} if lead is not None else set())
    from_catalogue = Organisation.objects.filter(services_offered__cluster=held.cluster)
    return (Organisation.objects.filter(pk__in=keys) | from_catalogue).order_by("name", "pk").distinct()


def _others(cluster: Cluster | None) -> list[tuple[str, str]]:
    rows = Cluster.objects.existing_on(timezone.localdate()).order_by("position", "name")
    return [(c.key, c.name) for c in rows if cluster is None or c.pk != cluster.pk]


def _say(request: HttpRequest, refusal: NotAllowed) -> None:
    for words in refusal_words(refusal.reasons):
        messages.error(request, words)


def _to_desk(cluster: Cluster | None) -> HttpResponse:
    return redirect("support:desk", key=cluster.key) if cluster is not None else redirect("support:agency_desk")


def _crumbs(cluster: Cluster | None) -> list[Crumb]:
    if cluster is None:
        return [Crumb(_("Home"), reverse("portal:home")), Crumb(_("Desk"), reverse("support:agency_desk"))]
    return [
        Crumb(_("Clusters"), reverse("portal:clusters")),
        Crumb(cluster.name, reverse("portal:cluster", args=[cluster.key])),
        Crumb(_("Desk"), reverse("support:desk", args=[cluster.key])),
    ]
