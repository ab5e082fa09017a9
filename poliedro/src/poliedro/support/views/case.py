"""The file of one case at the desk, and everything that is done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from poliedro.accounts.models import Person
from poliedro.registry.models import Organisation
from poliedro.registry.queries.visibility import keep_places
from poliedro.shared.access import needs
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import spoken_number
from poliedro.support.forms.services import (
    AssignForm,
    DeliveryForm,
    DropForm,
    FollowUpForm,
    NoteForm,
    OutcomeForm,
    StepForm,
    StopForm,
)
from poliedro.support.forms.vouchers import UseForm
from poliedro.support.models import Case, CaseStep, Voucher
from poliedro.support.queries.cases import (
    case_file,
    colleagues,
    who_may_be_the_client,
)
from poliedro.support.queries.vouchers import usable_for
from poliedro.support.rules.cases import (
    ENDED,
    OVER,
    PATIENCE_DAYS,
    NotAllowed,
    can_add_step,
    can_ask_feedback,
    can_deliver,
    can_reopen,
    can_stop,
    missing_to_close,
)
from poliedro.support.rules.vouchers import VoucherRefused
from poliedro.support.services import cases as do
from poliedro.support.services.requests import (
    provider_of,
)
from poliedro.support.services.vouchers import use_voucher
from poliedro.support.views.desk import desk_crumbs, say
from poliedro.support.views.found import case_by_pk
from poliedro.support.views.words import price_words, refusal_words, verb_words, voucher_words

FOLLOW_UP = timedelta(days=180)


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
            bound.get(f"use-{step.pk}") or _use_form(held, step),
            getattr(step, "voucher_use", None),
        )
        for step in file.steps
    ]
    candidates = [] if facts.client_known else who_may_be_the_client(held.request)
    keep_places(candidates, request.user)
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
            "candidates": candidates,
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
            "follow_up_due": facts.state in ENDED
            and held.follow_up_on is not None
            and held.follow_up_on <= today
            and not any(f.on >= held.follow_up_on for f in file.follow_ups),
            "price": price_words(held.request.price_eur) if held.request.service or held.request.package else "",
            "synthetic_data": held.request.is_synthetic,
            "crumbs": [*desk_crumbs(held.cluster), Crumb(held.request.subject)],
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
        say(request, refusal)
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


def _use_form(held: Case, step: CaseStep, data: Any = None) -> UseForm | None:
    """None where no voucher of the client pays for the step."""
    found = usable_for(step, held.organisation)
    if not found:
        return None
    vouchers = [
        (
            str(v.pk),
            _("%(scheme)s: pays %(share)s%%, EUR %(left)s left")
            % {
                "scheme": v.scheme.name,
                "share": spoken_number(v.scheme.share * 100, 0),
                "left": spoken_number(h.left_eur, 2),
            },
        )
        for v, h in found
    ]
    start = {"price_eur": held.request.price_eur}
    return UseForm(data, prefix=f"use-{step.pk}", vouchers=vouchers, initial=start)


def _use(request: HttpRequest, held: Case, today: date) -> Wrong:
    step = _step(request, held)
    form = _use_form(held, step, request.POST)
    if form is None:
        raise Http404
    if not form.is_valid():
        return {f"use-{step.pk}": form}
    voucher = get_object_or_404(Voucher, pk=form.cleaned_data["voucher"])
    try:
        price = form.cleaned_data["price_eur"]
        use = use_voucher(voucher=voucher, step=step, price_eur=price, today=today, by=request.user)
    except VoucherRefused as refused:
        for words in voucher_words(refused.reasons):
            messages.error(request, words)
    else:
        said = {"paid": spoken_number(use.paid_eur, 2), "own": spoken_number(use.own_eur, 2)}
        messages.success(request, _("EUR %(paid)s by the voucher, EUR %(own)s by the firm.") % said)
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
    "voucher": _use,
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
