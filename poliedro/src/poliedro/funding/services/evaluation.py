"""Evaluation: who evaluates, who stands back, scores that nobody else sees before all are in, the signed ranking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import end_ties, record_tie
from poliedro.audit.services import record
from poliedro.funding.models import (
    Application,
    Call,
    CallLine,
    Decision,
    EvaluatorAssignment,
    Ranking,
    Recusal,
    Score,
)
from poliedro.funding.queries.contracts import freed_budget
from poliedro.funding.queries.evaluation import (
    conflicts_in_call,
    conflicts_with,
    grant_asked,
    standing,
    waiting_for,
)
from poliedro.funding.rules.states import NotAllowed, check_can_move
from poliedro.shared.refusals import Refusal

# Note [A tie without its name]
# Who handles a call learns that a tie bars an evaluator, never which one: "coaches Agrifood since March" would tell the
# funding side whom a coach helps. No kind of tie is named, since the one that is left out would give itself away. The
# person concerned reads the own ties under "My conflicts".
FOUND = "tie"
"""What stands as the reason where an evaluator stands back because of a tie that was found."""


class Conflicted(Refusal):
    """A person who may not evaluate; the message says why, and what would lift it."""


class InvalidScore(Refusal):
    """Points outside a criterion's scale, or a criterion that the call does not have."""


def assign_evaluator(*, call: Call, person: Person, by: Any, on: date) -> EvaluatorAssignment:
    """Name a person as evaluator of a call.

    Raises:
        Conflicted: a tie to an applicant, a partner or their clusters bars the person (coach, manager, employee, ...).
            Which one is not told: see Note [A tie without its name].
    """
    found = conflicts_in_call(person, call, on)
    if found:
        record(
            by=by, verb="assign_evaluator", subject_kind="funding.call", subject_key=call.key, act="refused",
            person=person.pk, conflicts=len(found),
        )  # fmt: skip
        raise Conflicted(
            "%(person)s may not evaluate %(call)s: a tie to an applicant, a partner or one of their clusters bars it. "
            "Which one is not told; name somebody else, or let one person of each side lift the conflict",
            person=person,
            call=str(call),
        )
    with transaction.atomic():  # the refusal above is logged whatever follows
        assignment, made = EvaluatorAssignment.objects.get_or_create(
            call=call,
            person=person,
            ended_at=None,
            defaults={"by": by if getattr(by, "is_authenticated", False) else None},
        )
        if made:
            record(by=by, verb="assign_evaluator", subject_kind="funding.call", subject_key=call.key, person=person.pk)
            # whoever evaluates stands on the funding side of the wall: nothing confidential for three years
            record_tie(
                person=person,
                kind=TieKind.FUNDS,
                subject_key=f"call:{call.key}",
                origin_key=_origin(assignment),
                valid_from=on,
                by=by,
            )
    return assignment


def _origin(assignment: EvaluatorAssignment) -> str:
    return f"funding.evaluation:{assignment.pk}"


@transaction.atomic
def end_assignment(*, assignment: EvaluatorAssignment, by: Any) -> None:
    """The person evaluates the call no more; scores that were handed in no longer count."""
    assignment.ended_at = timezone.now()
    assignment.save(update_fields=["ended_at"])
    end_ties(origin_key=_origin(assignment), on=timezone.localdate(), by=by)
    record(
        by=by, verb="end_assignment", subject_kind="funding.call", subject_key=assignment.call.key,
        person=assignment.person_id,
    )  # fmt: skip


@transaction.atomic
def declare_recusal(*, assignment: EvaluatorAssignment, application: Application, reason: str, by: Any) -> Recusal:
    """The evaluator stands back from one application; own scores of it go.

    Raises NotAllowed without a reason, and once it is decided: a signed ranking keeps the scores that it rests on.
    """
    if not reason.strip():
        raise NotAllowed("standing back needs a reason; a short one is enough")
    if application.state not in (Application.State.SUBMITTED, Application.State.IN_EVALUATION):
        raise NotAllowed("the application is not waiting for a decision; tell the call's officer instead")
    Score.objects.filter(assignment=assignment, application=application).delete()
    recusal, _made = Recusal.objects.update_or_create(  # one that was found becomes the evaluator's own
        assignment=assignment, application=application, defaults={"reason": reason[:300], "is_declared": True}
    )
    record(
        by=by, verb="declare_recusal", subject_kind="funding.application", subject_key=application.pk,
        person=assignment.person_id,
    )  # fmt: skip
    return recusal


@transaction.atomic
def begin_evaluation(*, call: Call, by: Any, on: date) -> int:
    """Take what was handed in into evaluation, and let evaluators stand back where a tie has come up since.

    Returns how many applications. Raises NotAllowed while the call is open, or without evaluators.
    """
    if call.state != Call.State.CLOSED:
        raise NotAllowed("the call is %(call_state)s; close it before the evaluation begins", call_state=call.state)
    evaluators = list(call.evaluators.filter(ended_at=None).select_related("person"))
    if not evaluators:
        raise NotAllowed("the call has no evaluators; name them first")
    rows = list(Application.objects.filter(line__call=call, state=Application.State.SUBMITTED).select_related("line"))
    for application in rows:
        application.state = Application.State.IN_EVALUATION
        application.save(update_fields=["state"])
    _stand_back_where_tied(evaluators, rows, on)
    record(by=by, verb="begin_evaluation", subject_kind="funding.call", subject_key=call.key, applications=len(rows))
    return len(rows)


def _stand_back_where_tied(
    evaluators: Sequence[EvaluatorAssignment], applications: Sequence[Application], on: date
) -> list[Recusal]:
    """Let evaluators stand back from applications that they have a tie to; returns those who did not before."""
    new = []
    for application in applications:
        for assignment in evaluators:
            if conflicts_with(assignment.person, application, on):
                recusal, made = Recusal.objects.get_or_create(
                    assignment=assignment,
                    application=application,
                    defaults={"reason": FOUND},
                )
                new += [recusal] if made else []
    return new


@transaction.atomic
def lift_recusals(person: Person, on: date, by: Any) -> int:
    """Where no tie bars the person any more, they need not stand back; what they declared themselves stays.

    Runs when two people lift a bar, or a declaration was a mistake. What is decided stays as it was decided.
    Returns how many were lifted.
    """
    back = Recusal.objects.filter(
        assignment__person=person,
        assignment__ended_at=None,
        application__state=Application.State.IN_EVALUATION,
        is_declared=False,
    )
    lifted = 0
    for recusal in back.select_related("application__line__call").order_by("pk"):
        if conflicts_with(person, recusal.application, on):
            continue
        application = recusal.application_id
        recusal.delete()
        lifted += 1
        record(
            by=by, verb="lift_recusal", subject_kind="funding.application", subject_key=application, person=person.pk,
        )  # fmt: skip
    return lifted


@transaction.atomic
def save_scores(
    *,
    assignment: EvaluatorAssignment,
    application: Application,
    points: Mapping[str, Decimal],
    comments: Mapping[str, str],
    hand_in: bool,
    by: Any,
    on: date,
) -> None:
    """Keep one evaluator's scores of an application; once handed in they stay.

    Raises:
        NotAllowed: handed in before, or the application is not in evaluation.
        Conflicted: the evaluator stands back from it, or a tie bars.
        InvalidScore: outside the scale, an unknown criterion, or one is missing at hand-in.
    """
    if application.state != Application.State.IN_EVALUATION or application.line.call_id != assignment.call_id:
        raise NotAllowed("the application is not in this evaluation")
    if Recusal.objects.filter(assignment=assignment, application=application).exists():
        raise Conflicted("you stand back from this application")
    if conflicts_with(assignment.person, application, on):
        raise Conflicted("a tie to this application has come up; it is not yours to score")
    own = Score.objects.filter(assignment=assignment, application=application)
    if own.filter(handed_in_at__isnull=False).exists():
        raise NotAllowed("these scores were handed in; they are not changed any more")
    criteria = {c.key: c for c in application.version.rules.criteria}
    for key, value in points.items():
        if key not in criteria:
            raise InvalidScore(
                "there is no criterion '%(criterion)s'; there are %(criteria)s", criterion=key, criteria=criteria
            )
        if not 0 <= value <= criteria[key].most:
            raise InvalidScore(
                "%(criterion)s is %(given)s; it lies between 0 and %(most)s",
                criterion=key,
                given=value,
                most=criteria[key].most,
            )
    missing = [k for k in criteria if k not in points]
    if hand_in and missing:
        raise InvalidScore("%(criterion)s has no points; score every criterion before handing in", criterion=missing[0])
    now = timezone.now() if hand_in else None
    for key, value in points.items():
        Score.objects.update_or_create(
            assignment=assignment,
            application=application,
            criterion=key,
            defaults={"points": value, "comment": comments.get(key, ""), "handed_in_at": now},
        )
    record(
        by=by, verb="hand_in_scores" if hand_in else "save_scores", subject_kind="funding.application",
        subject_key=application.pk,
    )  # fmt: skip


def sign_ranking(
    *, line: CallLine, by: Any, on: date, chosen: Mapping[int, str] | None = None, note: str = ""
) -> Ranking:
    """Sign a line's ranking: decisions follow from it, each with its reason, and it is frozen.

    Args:
        chosen: for applications in a tie at the edge of the budget, "funded" or "reserve", as people decided.
    Raises:
        NotAllowed: scores are missing, nobody is left to score an application, an evaluator has come to have a tie
            to one (their scores count no more: look at the ranking again), equals are not decided or not explained,
            the choice passes the budget, or it was signed before.
    """
    evaluators = list(line.call.evaluators.filter(ended_at=None).select_related("person"))
    rows = list(Application.objects.filter(line=line, state=Application.State.IN_EVALUATION).select_related("line"))
    with transaction.atomic():  # standing back holds though the signature is refused
        new = _stand_back_where_tied(evaluators, rows, on)
        for recusal in new:
            record(
                by=by, verb="stand_back", subject_kind="funding.application", subject_key=recusal.application_id,
                person=recusal.assignment.person_id,
            )  # fmt: skip
    if new:
        names = ", ".join(sorted({str(r.assignment.person) for r in new}))
        raise NotAllowed(
            "a tie has come up: %(names)s stood back and the ranking is another; look again, then sign", names=names
        )
    return _sign(line, by, on, chosen, note)


@transaction.atomic
def _sign(line: CallLine, by: Any, on: date, chosen: Mapping[int, str] | None, note: str) -> Ranking:
    waiting = waiting_for(line.call, on)
    if waiting:
        names = ", ".join(f"{a.person} ({n})" for a, n in waiting)
        raise NotAllowed("scores are missing from %(names)s", names=names)
    if Ranking.objects.filter(line=line).exists():
        raise NotAllowed("the ranking of this line was signed before")
    free = freed_budget(line)
    places = standing(line, on, free)
    if not places:
        raise NotAllowed("no application of this line is in evaluation")
    outcomes = {p.application: p.outcome for p in places}
    unscored = [a for a, outcome in outcomes.items() if outcome == "open"]
    if unscored:
        raise NotAllowed("nobody is left to score applications %(unscored)s; name another evaluator", unscored=unscored)
    ties = [a for a, outcome in outcomes.items() if outcome == "tie"]
    choice = dict(chosen or {})
    undecided = [a for a in ties if choice.get(a) not in ("funded", "reserve")]
    if undecided or (ties and not note.strip()):
        raise NotAllowed(
            "applications %(ties)s are equal where the money ends: choose for each, and say why", ties=ties
        )
    outcomes.update({a: choice[a] for a in ties})
    applications = {a.pk: a for a in Application.objects.filter(pk__in=outcomes).select_related("version", "line")}
    parts = {pk: [p for p in grant_asked(a, on) if p] for pk, a in applications.items()}
    money = {
        pk: (sum((p.grant_eur for p in part), Decimal(0)), sum((p.loan_eur for p in part), Decimal(0)))
        for pk, part in parts.items()
    }
    spent = sum((sum(money[a], Decimal(0)) for a, outcome in outcomes.items() if outcome == "funded"), Decimal(0))
    if spent > free:
        raise NotAllowed(
            "the choice spends %(spent)s EUR of %(budget_eur)s; choose fewer", spent=spent, budget_eur=free
        )
    rows = [
        {
            "application": p.application,
            "place": p.place,
            "total": None if p.total is None else str(p.total),
            "tied_with": list(p.tied_with),
            "fails": list(p.fails),
            "diverges": p.diverges,
            "totals": [str(t) for t in p.totals],
            "widest": p.widest,
            "outcome": outcomes[p.application],
        }
        for p in places
    ]
    ranking = Ranking.objects.create(
        line=line,
        rows=rows,
        checksum=hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest(),
        signed_by=by if getattr(by, "is_authenticated", False) else None,
        note=note,
    )
    to = {
        "funded": Application.State.GRANTED,
        "reserve": Application.State.RESERVE,
        "below": Application.State.REFUSED,
        "nothing": Application.State.REFUSED,
    }
    for place in places:
        application, outcome = applications[place.application], outcomes[place.application]
        check_can_move(application.state, to[outcome])
        application.state = to[outcome]
        application.save(update_fields=["state"])
        grant, loan = money[application.pk] if outcome == "funded" else (Decimal(0), Decimal(0))
        Decision.objects.create(
            application=application,
            outcome=application.state,
            grant_eur=grant,
            loan_eur=loan,
            reasons=_reason(place.total, place.place, place.fails, outcome, note if place.application in ties else ""),
            basis={
                "act": "ranked",
                "total": str(place.total),
                "place": place.place,
                "fails": list(place.fails),
                "outcome": outcome,
                "note": note if place.application in ties else "",
            },
            decided_on=on,
            by=by if getattr(by, "is_authenticated", False) else None,
        )
    if not line.call.lines.filter(rankings=None, applications__state=Application.State.IN_EVALUATION).exists():
        Call.objects.filter(pk=line.call_id, state=Call.State.CLOSED).update(state=Call.State.DECIDED)
    record(
        by=by, verb="sign_ranking", subject_kind="funding.line", subject_key=f"{line.call.key} {line.key}",
        checksum=ranking.checksum,
    )  # fmt: skip
    return ranking


def _reason(total: Decimal | None, place: int | None, fails: tuple[str, ...], outcome: str, note: str) -> str:
    parts = [f"{total}/100, #{place}"]
    if fails:
        parts.append(f"below the least of: {', '.join(fails)}")
    if outcome == "reserve":
        parts.append("the budget ends before this place")
    if outcome == "nothing":
        parts.append("no intensity of the call fits its costs: nothing can be granted")
    if note:
        parts.append(note)
    return "; ".join(parts)
