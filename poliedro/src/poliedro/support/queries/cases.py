"""Requests and cases: what waits, what is under way, one case with all of its file, what a person has to settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from poliedro.accounts.models import Person
from poliedro.registry.models import Cluster, Identifier, Organisation, StaffAssignment
from poliedro.registry.queries.roles import MANAGING, roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.search import matching_keys
from poliedro.support.models import Case, CaseEvent, CaseStep, CaseTask, Feedback, FollowUp, Request
from poliedro.support.rules.cases import ENDED, ESCALATE_DAYS, CaseFacts, CaseState, RequestState, is_silent

WAITING = RequestState.WAITING.value
OPEN_STATES = (CaseState.OPEN.value, CaseState.DELIVERED.value, CaseState.FEEDBACK_ASKED.value)
PAGE = 50


def facts_of(case: Case, steps: Sequence[CaseStep] | None = None) -> CaseFacts:
    """What the rules ask of a case. steps: its steps, where they were read already."""
    held = list(case.steps.all()) if steps is None else steps
    feedback: Feedback | None = getattr(case, "feedback", None)
    return CaseFacts(
        state=case.status,
        client_known=case.organisation_id is not None,
        steps_open=sum(s.is_open for s in held),
        steps_given=sum(s.delivery_id is not None for s in held),
        has_result=bool(case.result),
        asked_on=feedback.asked_on if feedback is not None else None,
        answered=feedback is not None and feedback.answered_on is not None,
        reminders=feedback.reminders if feedback is not None else 0,
        follow_up_on=case.follow_up_on,
    )


@dataclass(frozen=True)
class Board:
    """The requests and cases of a cluster (or of the agency), those that need somebody first.

    cases: a page of those in the state asked for. counts: cases by state.
    """

    waiting: list[Request]
    cases: list[Case]
    counts: dict[str, int]
    total: int


def board(cluster: Cluster | None, state: str, page: int) -> Board:
    """Four queries. state: a state of cases, or "" for those that are not over."""
    waiting = requests_with_words().filter(cluster=cluster, state=WAITING).order_by("promised_on", "pk")
    cases = Case.objects.filter(cluster=cluster)
    states = list(cases.order_by().values_list("state", flat=True))
    chosen = cases.filter(state=state) if state else cases.filter(state__in=OPEN_STATES)
    rows = chosen.select_related(
        "request__service", "request__package", "request__organisation", "assigned_to", "organisation"
    ).order_by("opened_on", "pk")
    first = (page - 1) * PAGE
    counts = {value: states.count(value) for value in sorted(set(states))}
    total = counts.get(state, 0) if state else sum(counts.get(s, 0) for s in OPEN_STATES)
    return Board(list(waiting[:200]), list(rows[first : first + PAGE]), counts, total)


def requests_with_words() -> QuerySet[Request]:
    """Requests with what their lines need, so that a list takes one query."""
    return Request.objects.select_related("service", "package", "organisation", "cluster", "territory")


@dataclass(frozen=True)
class CaseFile:
    """A case and all that lies in it. planned_hours: of its checklist; given_hours, cost_eur: of what was given."""

    case: Case
    steps: list[CaseStep]
    tasks: list[CaseTask]
    events: list[CaseEvent]
    feedback: Feedback | None
    follow_ups: list[FollowUp]
    facts: CaseFacts
    planned_hours: Decimal
    left_hours: Decimal
    given_hours: Decimal
    cost_eur: Decimal


def case_file(case: Case) -> CaseFile:
    """Five queries."""
    steps = list(case.steps.select_related("service", "provider", "delivery", "voucher_use"))
    tasks = list(case.tasks.all())
    given = [s.delivery for s in steps if s.delivery is not None]
    zero = Decimal(0)
    return CaseFile(
        case,
        steps,
        tasks,
        list(case.request.events.select_related("by")),
        getattr(case, "feedback", None),
        list(case.follow_ups.all()),
        facts_of(case, steps),
        sum((t.hours or zero for t in tasks), zero),
        sum((t.hours or zero for t in tasks if t.done_on is None), zero),
        sum((d.hours or zero for d in given), zero),
        sum((d.cost_eur or zero for d in given), zero),
    )


def case_with_words(pk: int) -> Case | None:
    rows = Case.objects.select_related(
        "request__service",
        "request__package",
        "request__organisation",
        "request__territory",
        "request__cluster",
        "cluster",
        "organisation",
        "assigned_to",
        "feedback",
    )
    return rows.filter(pk=pk).first()


def who_may_be_the_client(request: Request) -> list[Organisation]:
    """Organisations of the register that the asker may be: by tax code first, then by name. At most eight."""
    by_code: list[int] = []
    code = "".join(c for c in request.tax_code if c.isalnum()).upper().removeprefix("IT")
    if code:
        held = Identifier.objects.known().filter(value__in=[code, f"IT{code}"]).order_by("pk")
        by_code = list(held.values_list("organisation_id", flat=True)[:8])
    by_name = [int(key) for key in matching_keys(request.firm_name, "organisation", limit=8)]
    keys = list(dict.fromkeys([*by_code, *by_name]))[:8]
    found = Organisation.objects.current().select_related("territory").in_bulk(keys)
    return [found[k] for k in keys if k in found]


def colleagues(cluster: Cluster | None, on: date) -> list[Person]:
    """Those to whom a case of the cluster can be handed: they manage it and have a login."""
    if cluster is None:
        return []
    held = StaffAssignment.objects.known().active_on(on).filter(cluster=cluster, role__in=MANAGING)
    return list(
        Person.objects.filter(pk__in=held.values("person"), user__isnull=False).order_by("name", "pk").distinct()
    )


def requests_of(user: Any) -> list[Request]:
    """What the user asked for, and what was asked for an organisation that the user acts for; newest first."""
    bodies = [r.organisation_id for r in roles_of(user) if r.name is RoleName.DELEGATE]
    mine = Q(by=user) | Q(organisation__in=bodies) | Q(email__iexact=user.email)
    rows = requests_with_words().filter(mine).select_related("case__feedback")
    return list(rows.order_by("-asked_at", "-pk")[:200])


# --- what needs a person ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Needed:
    """What a person has to settle. waiting: unanswered requests; late ones are alarms."""

    waiting: list[Request]
    to_ask: list[Case]
    to_close: list[Case]
    to_look_at: list[Case]
    to_judge: list[Case]


def needed_of(user: Any, today: date) -> Needed:
    """At most five queries; none for who has no role in services."""
    roles = roles_of(user)
    clusters = [r.cluster_id for r in roles if r.name is RoleName.CLUSTER_MANAGER]
    bodies = [r.organisation_id for r in roles if r.name is RoleName.DELEGATE]
    agency = any(r.name is RoleName.AGENCY_STAFF for r in roles) and user.has_perm("support.work_cases")
    waiting: list[Request] = []
    cases: list[Case] = []
    if clusters or agency:
        late = today - timedelta(days=ESCALATE_DAYS)
        mine = Q(cluster__in=clusters)
        if agency:
            mine |= Q(cluster=None) | Q(promised_on__lte=late)
        waiting = list(requests_with_words().filter(mine, state=WAITING).order_by("promised_on", "pk")[:50])
        due = Q(state=CaseState.DELIVERED.value) | Q(
            state__in=[s.value for s in (*ENDED, CaseState.FEEDBACK_ASKED)], follow_up_on__lte=today
        )
        due |= Q(state=CaseState.FEEDBACK_ASKED.value)
        looked = FollowUp.objects.filter(case=OuterRef("pk"), on__gte=OuterRef("follow_up_on"))
        here = Q(cluster__in=clusters) | Q(cluster=None) if agency else Q(cluster__in=clusters)
        found = Case.objects.filter(here & due).exclude(Exists(looked), state__in=[s.value for s in ENDED])
        found = found.select_related("request__service", "request__package", "request__organisation", "feedback")
        cases = list(found.order_by("opened_on", "pk")[:100])
    to_judge: list[Case] = []
    if bodies:
        asked = Case.objects.filter(
            organisation__in=bodies,
            state__in=(CaseState.FEEDBACK_ASKED.value, CaseState.UNANSWERED.value),
            feedback__answered_on=None,
        )
        to_judge = list(
            asked.select_related("request__service", "request__package", "request__organisation", "feedback").order_by(
                "pk"
            )[:20]
        )
    return Needed(
        waiting,
        [c for c in cases if c.status is CaseState.DELIVERED],
        [c for c in cases if c.status is CaseState.FEEDBACK_ASKED and _answered(c, today)],
        [c for c in cases if c.status in ENDED],
        to_judge,
    )


def _answered(case: Case, today: date) -> bool:
    feedback: Feedback = case.feedback
    return feedback.answered_on is not None or is_silent(feedback.asked_on, feedback.reminders, today)
