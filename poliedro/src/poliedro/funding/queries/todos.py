"""What the room wants settled: scores to hand in, drafts whose call closes, partners to agree, claims to settle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.funding.models import (
    Application,
    Call,
    Contract,
    CostClaim,
    EvaluatorAssignment,
    ExpertBooking,
    Milestone,
    Partner,
    Score,
)
from poliedro.funding.queries.booking import expert_of
from poliedro.funding.queries.calls import own_assignments
from poliedro.funding.queries.contracts import unsigned, without_contract
from poliedro.funding.queries.evaluation import lines_to_sign, to_score
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.todos import Todo

SOON = timedelta(days=30)


def todos(user: Any, today: date) -> Iterator[Todo]:
    roles = roles_of(user)
    bodies = [r.organisation_id for r in roles if r.name is RoleName.DELEGATE and r.organisation_id is not None]
    kind = _("Calls")
    for assignment in own_assignments(user):
        n = _left_to_score(assignment, today)
        if n:
            yield Todo(
                f"funding.score:{assignment.pk}", _("Score applications"),
                ngettext(
                    "%(n)s application of a call that you evaluate", "%(n)s applications of a call that you evaluate", n
                ) % {"n": n},
                reverse("funding:evaluations"),
                _("Score"), kind=kind,
            )  # fmt: skip
    yield from _of_experts(user, kind)
    if bodies:
        yield from _of_firms(bodies, today, kind)
    if any(r.name is RoleName.FUNDING_OFFICER for r in roles):
        yield from _of_calls(today, kind)
        yield from _of_officers(kind)


def _left_to_score(assignment: EvaluatorAssignment, today: date) -> int:
    rows = to_score(assignment, today)
    done = Score.objects.filter(assignment=assignment, handed_in_at__isnull=False)
    handed_in = set(done.values_list("application_id", flat=True))
    return sum(a.pk not in handed_in for a in rows)


def _of_experts(user: Any, kind: str) -> Iterator[Todo]:
    """A shared expert's hours: who comes next, and what was held but not noted yet."""
    own = expert_of(user)
    if own is None:
        return
    rows = ExpertBooking.objects.filter(slot__expert=own, state=ExpertBooking.State.BOOKED).select_related("slot")
    first = rows.order_by("slot__starts_at", "pk").first()
    if first is not None:
        yield Todo(
            f"funding.expert:{own.pk}", _("Hours of shared experts"),
            _("Seats booked with you: %(n)s") % {"n": rows.count()}, reverse("funding:expert_hours"),
            _("See who comes"), timezone.localdate(first.slot.starts_at), kind,
        )  # fmt: skip


def _of_firms(bodies: list[int], today: date, kind: str) -> Iterator[Todo]:
    drafts = Application.objects.filter(organisation__in=bodies, state=Application.State.DRAFT)
    for draft in drafts.select_related("line__call"):
        closes = draft.line.call.closes_on
        if closes is None or closes <= today + SOON:
            yield Todo(
                f"funding.draft:{draft.pk}", draft.title, _("an application that is not handed in"),
                reverse("funding:application", args=[draft.pk]), _("Finish it"), closes, kind,
            )  # fmt: skip
    asked = Partner.objects.filter(organisation__in=bodies, agreed_at=None, application__state=Application.State.DRAFT)
    for partner in asked.select_related("application"):
        yield Todo(
            f"funding.agree:{partner.pk}", partner.application.title, _("you are named as a partner"),
            reverse("funding:application", args=[partner.application_id]), _("Answer"), kind=kind,
        )  # fmt: skip
    drawn = Contract.objects.filter(
        state=Contract.State.DRAWN, sign_by__gte=today, application__partners__organisation__in=bodies
    ).distinct()
    for contract in drawn.select_related("application").order_by("sign_by", "pk"):
        if unsigned(contract) & set(bodies):
            yield Todo(
                f"funding.contract:{contract.pk}", contract.application.title, _("a contract waits for your signature"),
                reverse("funding:contract", args=[contract.application_id]), _("Read and sign"), contract.sign_by, kind,
            )  # fmt: skip
    due = Milestone.objects.filter(
        application__organisation__in=bodies, reached_on=None, due_on__lte=today + SOON,
        application__state=Application.State.GRANTED,
    )  # fmt: skip
    for milestone in due:
        yield Todo(
            f"funding.milestone:{milestone.pk}", milestone.title, _("a milestone of a granted project"),
            reverse("funding:application", args=[milestone.application_id]), _("Report"), milestone.due_on, kind,
        )  # fmt: skip


def _of_calls(today: date, kind: str) -> Iterator[Todo]:
    """From the last day of a call to its rankings: what an officer has to do next."""
    waiting = Call.objects.filter(lines__applications__state=Application.State.SUBMITTED).distinct()
    for call in waiting.filter(state=Call.State.PUBLISHED, closes_on__lt=today):
        yield Todo(
            f"funding.close:{call.pk}", str(call), _("its last day is over: close it, and applications are evaluated"),
            reverse("funding:draft", args=[call.key]), _("Close the call"), call.closes_on, kind,
        )  # fmt: skip
    for call in waiting.filter(state=Call.State.CLOSED):
        yield Todo(
            f"funding.begin:{call.pk}", str(call), _("applications wait for their evaluation"),
            reverse("funding:evaluation", args=[call.key]), _("Begin"), kind=kind,
        )  # fmt: skip
    for call in Call.objects.filter(lines__applications__state=Application.State.IN_EVALUATION).distinct():
        if lines_to_sign(call, today):
            yield Todo(
                f"funding.rank:{call.pk}", str(call), _("every score is in: the ranking waits for its signature"),
                reverse("funding:evaluation", args=[call.key]), _("Sign the ranking"), kind=kind,
            )  # fmt: skip


def _of_officers(kind: str) -> Iterator[Todo]:
    for application in without_contract()[:50]:
        yield Todo(
            f"funding.draw:{application.pk}", application.title, _("granted, and no contract is drawn up"),
            reverse("funding:contract", args=[application.pk]), _("Draw up"), kind=kind,
        )  # fmt: skip
    for contract in (
        Contract.objects.filter(state=Contract.State.DRAWN).select_related("application").order_by("pk")[:50]
    ):
        if not unsigned(contract):
            yield Todo(
                f"funding.sign:{contract.pk}", contract.application.title, _("every party has signed its contract"),
                reverse("funding:contract", args=[contract.application_id]), _("Sign for the region"),
                contract.sign_by, kind,
            )  # fmt: skip
    for claim in CostClaim.objects.filter(state=CostClaim.State.CLAIMED).select_related("application")[:50]:
        yield Todo(
            f"funding.claim:{claim.pk}", claim.application.title, _("a claim waits for its settlement"),
            reverse("funding:application", args=[claim.application_id]), _("Settle"), kind=kind,
        )  # fmt: skip
