"""Working on a case: deliveries, tasks, hand-over, feedback, follow-up, close. See Note [Nothing ends in a drawer]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import record_tie
from poliedro.audit.services import record
from poliedro.registry.models import Delivery, Organisation
from poliedro.registry.services.facts import correct_fact, record_fact
from poliedro.shared.letters import address_of
from poliedro.support.models import Case, CaseStep, CaseTask, Feedback, FollowUp
from poliedro.support.queries.cases import facts_of
from poliedro.support.rules.cases import (
    REMINDERS,
    CaseState,
    NotAllowed,
    check_can_add_step,
    check_can_ask_feedback,
    check_can_close,
    check_can_deliver,
    check_can_reopen,
    check_can_stop,
    is_to_remind,
    state_after_steps,
    state_at_close,
)
from poliedro.support.services import letters
from poliedro.support.services.allow import check_may
from poliedro.support.services.requests import note
from poliedro.support.services.sources import cases_source


@transaction.atomic
def assign_case(*, case: Case, to: Person, text: str, by: Any) -> Case:
    """Hand a case to a person; the note says why. Raises NotPermitted."""
    case = _locked(case, by)
    _keep_tie(case, to, by)
    case.assigned_to = to
    case.save(update_fields=["assigned_to"])
    note(case.request, "assigned", text=f"{to.name}. {text}".strip(), by=by)
    record(by=by, verb="assign_case", subject_kind="support.case", subject_key=case.pk, to=to.pk)
    return case


def _keep_tie(case: Case, to: Person, by: Any) -> None:
    """Whoever hands a firm's case over stays tied to the firm for the look-back.

    Dated from the case's opening: on a second turn the first one must not fall out of the tie.
    """
    before = case.assigned_to
    if before is None or before == to or case.organisation_id is None:
        return
    today = timezone.localdate()
    record_tie(
        person=before,
        kind=TieKind.COACHES,
        subject_key=f"organisation:{case.organisation_id}",
        origin_key=f"support.case:{case.pk}",
        valid_from=min(case.opened_on, today),
        valid_to=today,
        by=by,
    )


@transaction.atomic
def identify_client(*, case: Case, organisation: Organisation, by: Any) -> Case:
    """Say which organisation of the register the client is. Raises NotPermitted."""
    case = _locked(case, by)
    case.organisation = organisation
    case.save(update_fields=["organisation"])
    case.request.organisation = organisation
    case.request.save(update_fields=["organisation"])
    note(case.request, "identified", text=organisation.name, by=by)
    record(by=by, verb="identify_client", subject_kind="support.case", subject_key=case.pk, client=organisation.pk)
    return case


@transaction.atomic
def register_client(*, case: Case, by: Any) -> Case:
    """Add the client to the register as it described itself, and say that it is the client. Raises NotPermitted."""
    case = _locked(case, by)
    asked = case.request
    source = cases_source()
    organisation = Organisation(
        name=asked.firm_name,
        kind=Organisation.Kind.ENTERPRISE,
        size_class=asked.size_class,
        territory=asked.territory,
        source=source,
        certainty=source.certainty,
    )
    organisation.full_clean()
    organisation.save(force_insert=True)
    record(by=by, verb="register_client", subject_kind="organisation", subject_key=organisation.pk, case=case.pk)
    return identify_client(case=case, organisation=organisation, by=by)


@transaction.atomic
def record_delivery(
    *,
    step: CaseStep,
    on: date,
    hours: Decimal | None,
    cost_eur: Decimal | None,
    result: str,
    by: Any,
) -> Delivery:
    """A step was given: the register gets the fact. The case is delivered once no step is left. Raises NotAllowed."""
    case = _locked(step.case, by)
    step = case.steps.select_related("service", "provider").get(pk=step.pk)
    check_can_deliver(facts_of(case))
    if not step.is_open:
        raise NotAllowed("step_is_over")
    source = cases_source()
    certainty = "synthetic" if case.request.is_synthetic else source.certainty
    delivery = record_fact(
        Delivery(
            provider=step.provider,
            client=case.organisation,
            cluster=case.cluster,
            service=step.kind,
            innovation=step.innovation,
            is_rd=step.service.is_rd if step.service is not None else None,
            delivered_on=on,
            valid_from=on,
            hours=hours,
            cost_eur=cost_eur,
            result=result,
            source=source,
            certainty=certainty,
        ),
        by=by,
    )
    step.delivery = delivery
    step.save(update_fields=["delivery"])
    note(case.request, "delivered", text=f"{step.title}. {result}".strip(), by=by, for_client=True)
    _after_steps(case)
    record(by=by, verb="record_delivery", subject_kind="support.case", subject_key=case.pk, step=step.position)
    return delivery


@transaction.atomic
def correct_delivery(*, step: CaseStep, by: Any, **changes: Any) -> Delivery:
    """Correct what was recorded of a step: the register keeps the earlier row as it was known. Raises NotAllowed."""
    case = _locked(step.case, by)
    step = case.steps.select_related("delivery").get(pk=step.pk)
    if step.delivery is None:
        raise NotAllowed("nothing_given")
    if "delivered_on" in changes:
        changes["valid_from"] = changes["delivered_on"]
    delivery: Delivery = correct_fact(step.delivery, by=by, **changes)
    step.delivery = delivery
    step.save(update_fields=["delivery"])
    note(case.request, "corrected", text=step.title, by=by)
    return delivery


@transaction.atomic
def drop_step(*, step: CaseStep, because: str, by: Any) -> CaseStep:
    """A step is not given, for a reason. Raises NotAllowed."""
    case = _locked(step.case, by)
    step = case.steps.get(pk=step.pk)
    if case.status is not CaseState.OPEN or not step.is_open:
        raise NotAllowed("step_is_over")
    step.dropped_because = because
    step.save(update_fields=["dropped_because"])
    note(case.request, "dropped", text=f"{step.title}. {because}", by=by, for_client=True)
    _after_steps(case)
    record(by=by, verb="drop_step", subject_kind="support.case", subject_key=case.pk, step=step.position)
    return step


@transaction.atomic
def add_step(
    *, case: Case, kind: str, innovation: str, provider: Organisation, by: Any, service: Any = None
) -> CaseStep:
    """One more service in a case that is under way, or whose services were all given. Raises NotAllowed."""
    case = _locked(case, by)
    check_can_add_step(facts_of(case))
    case.state = CaseState.OPEN.value
    case.save(update_fields=["state"])
    last = case.steps.order_by("-position").values_list("position", flat=True).first() or 0
    step = CaseStep.objects.create(
        case=case, position=last + 1, kind=kind, innovation=innovation, provider=provider, service=service
    )
    note(case.request, "step_added", text=step.title, by=by, for_client=True)
    record(by=by, verb="add_step", subject_kind="support.case", subject_key=case.pk, kind=kind)
    return step


@transaction.atomic
def tick_task(*, task: CaseTask, on: date | None, by: Any) -> CaseTask:
    """A line of the checklist is done, or (None) is not done after all. Raises NotPermitted."""
    _locked(task.case, by)
    task.done_on = on
    task.done_by = by if on is not None and getattr(by, "is_authenticated", False) else None
    task.save(update_fields=["done_on", "done_by"])
    record(by=by, verb="tick_task", subject_kind="support.case", subject_key=task.case_id, task=task.pk, on=on)
    return task


@transaction.atomic
def add_note(*, case: Case, text: str, for_client: bool, by: Any, site: str = "") -> None:
    """Keep a note of the case; one for the client is sent to it too. Raises NotPermitted."""
    case = _locked(case, by)
    note(case.request, "note", text=text, by=by, for_client=for_client)
    if for_client:
        letters.answer_letter(case.request, site, text)
    record(by=by, verb="add_note", subject_kind="support.case", subject_key=case.pk, for_client=for_client)


@transaction.atomic
def set_outcome(*, case: Case, result: str, text: str, follow_up_on: date | None, by: Any) -> Case:
    """What came of the case, and the day on which somebody looks again. Raises NotPermitted."""
    case = _locked(case, by)
    case.result, case.result_text, case.follow_up_on = result, text, follow_up_on
    case.full_clean()
    case.save(update_fields=["result", "result_text", "follow_up_on"])
    note(case.request, "outcome", text=text, by=by)
    record(by=by, verb="set_outcome", subject_kind="support.case", subject_key=case.pk, result=result)
    return case


@transaction.atomic
def ask_feedback(*, case: Case, on: date, by: Any, site: str) -> Feedback:
    """Ask the client what it was worth, by letter and on its page. Raises NotAllowed."""
    case = _locked(case, by)
    check_can_ask_feedback(facts_of(case))
    fresh = {"asked_on": on, "reminders": 0, "reminded_on": None}
    feedback, _new = Feedback.objects.update_or_create(case=case, defaults=fresh)
    case.state = CaseState.FEEDBACK_ASKED.value
    case.save(update_fields=["state"])
    note(case.request, "feedback_asked", by=by, for_client=True)
    letters.feedback_letter(case.request, site)
    record(by=by, verb="ask_feedback", subject_kind="support.case", subject_key=case.pk)
    return feedback


@transaction.atomic
def answer_feedback(
    *,
    feedback: Feedback,
    usefulness: int,
    promptness: int,
    would_return: bool | None,
    text: str,
    on: date,
    by: Any = None,
) -> Feedback:
    """The client's answer; a second one replaces the first while the case is open. Raises NotAllowed.

    An answer to a case that ended without one closes it. See Note [Closed without an answer].
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("request").get(pk=feedback.case_id)
    if case.status not in (CaseState.FEEDBACK_ASKED, CaseState.UNANSWERED):
        raise NotAllowed(f"case_is_{case.state}")
    feedback.usefulness, feedback.promptness = usefulness, promptness
    feedback.would_return, feedback.text, feedback.answered_on = would_return, text, on
    feedback.full_clean()
    feedback.save()
    if case.status is CaseState.UNANSWERED:
        case.state = CaseState.CLOSED.value
        case.save(update_fields=["state"])
    note(case.request, "feedback", by=by, for_client=True)
    record(by=by, verb="answer_feedback", subject_kind="support.case", subject_key=case.pk, usefulness=usefulness)
    return feedback


@transaction.atomic
def close_case(*, case: Case, on: date, by: Any) -> Case:
    """Close a case that has a result, feedback and a day to look again. Raises NotAllowed.

    Where the client was reminded and never answered it ends without: see Note [Closed without an answer].
    """
    case = _locked(case, by)
    facts = facts_of(case)
    check_can_close(facts, on)
    state = state_at_close(facts)
    case.state, case.closed_on = state.value, on
    case.full_clean()
    case.save(update_fields=["state", "closed_on"])
    note(case.request, state.value if state is CaseState.CLOSED else "no_answer", by=by, for_client=True)
    record(
        by=by,
        verb="close_case",
        subject_kind="support.case",
        subject_key=case.pk,
        result=case.result,
        answered=facts.answered,
    )
    return case


@transaction.atomic
def remind_clients(today: date) -> str:
    """Daily: remind who was asked for feedback and has not answered; ask again whose case ended without an answer, on
    the day on which somebody looks again. See Note [Closed without an answer]."""
    silent = Feedback.objects.filter(answered_on=None).exclude(reminded_on=today).select_related("case__request")
    asked = [
        f
        for f in silent.filter(case__state=CaseState.FEEDBACK_ASKED.value).order_by("pk")
        if is_to_remind(f.asked_on, f.reminders, today)
    ]
    again = silent.filter(
        case__state=CaseState.UNANSWERED.value, case__follow_up_on__lte=today, reminders__lte=REMINDERS
    )
    due = [*asked, *again.order_by("pk")]
    for feedback in due:
        feedback.reminders, feedback.reminded_on = feedback.reminders + 1, today
        feedback.save(update_fields=["reminders", "reminded_on"])
        note(feedback.case.request, "feedback_reminded", by=None, for_client=True)
        letters.feedback_letter(feedback.case.request, address_of(""))
    if due:
        record(by=None, verb="remind_clients", subject_kind="support.case", subject_key=today, reminded=len(due))
    return f"{len(due)} reminded of their feedback"


@transaction.atomic
def stop_case(*, case: Case, reason: str, text: str, on: date, by: Any, site: str) -> Case:
    """End a case in which nothing was given; the reason counts as unmet demand. Raises NotAllowed."""
    case = _locked(case, by)
    check_can_stop(facts_of(case))
    case.state, case.stop_reason, case.closed_on = CaseState.STOPPED.value, reason, on
    case.full_clean()
    case.save(update_fields=["state", "stop_reason", "closed_on"])
    note(case.request, "stopped", text=text, by=by, for_client=True)
    letters.answer_letter(case.request, site, text)
    record(by=by, verb="stop_case", subject_kind="support.case", subject_key=case.pk, reason=reason)
    return case


@transaction.atomic
def reopen_case(*, case: Case, text: str, by: Any) -> Case:
    """Go back to work on a case; what was given and said stays. Raises NotAllowed."""
    case = _locked(case, by)
    check_can_reopen(facts_of(case))
    case.state, case.closed_on, case.stop_reason = CaseState.OPEN.value, None, ""
    case.save(update_fields=["state", "closed_on", "stop_reason"])
    _after_steps(case)
    note(case.request, "reopened", text=text, by=by, for_client=True)
    record(by=by, verb="reopen_case", subject_kind="support.case", subject_key=case.pk)
    return case


@transaction.atomic
def record_follow_up(*, case: Case, result: str, text: str, on: date, next_on: date | None, by: Any) -> FollowUp:
    """What was found when looking again; next_on: when to look once more, None: never. Raises NotPermitted."""
    case = _locked(case, by)
    found = FollowUp(
        case=case, on=on, result=result, text=text, by=by if getattr(by, "is_authenticated", False) else None
    )
    found.full_clean()
    found.save(force_insert=True)
    if next_on is not None:
        case.follow_up_on = next_on
        case.save(update_fields=["follow_up_on"])
    note(case.request, "followed_up", text=text, by=by)
    record(by=by, verb="record_follow_up", subject_kind="support.case", subject_key=case.pk, result=result)
    return found


def _after_steps(case: Case) -> None:
    state = state_after_steps(facts_of(case))
    if state is not case.status:
        case.state = state.value
        case.save(update_fields=["state"])


def _locked(case: Case, by: Any) -> Case:
    check_may(by, "support.work_cases", case)
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("request__service", "request__package", "cluster", "organisation", "feedback")
        .get(pk=case.pk)
    )
