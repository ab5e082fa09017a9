"""Who may score what, and how a line stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.queries import Conflict, conflicts_of
from poliedro.audit.models import LogEntry
from poliedro.funding.models import Application, Call, CallLine, EvaluatorAssignment, Partner, Ranking, Recusal, Score
from poliedro.funding.queries.facts import dossier_of
from poliedro.funding.rules.aid import Part, parts_of
from poliedro.funding.rules.ranking import Marks, Place, rank
from poliedro.registry.models import MembershipSpell


def subject_keys(application: Application, on: date) -> set[str]:
    """What an application is about, as conflicts of interest name it: its parties and the clusters they are in."""
    return subjects_of([application], on)[application.pk]


def subjects_of(applications: Sequence[Application], on: date) -> dict[int, set[str]]:
    """The subject keys of each application, in two queries."""
    bodies = {a.pk: {a.organisation_id} for a in applications}
    rows = Partner.objects.filter(application__in=list(bodies)).order_by("pk")
    for pk, body in rows.values_list("application_id", "organisation_id"):
        bodies[pk].add(body)
    clusters: dict[int, set[str]] = defaultdict(set)
    spells = MembershipSpell.objects.known().active_on(on).filter(organisation__in=set().union(*bodies.values()))
    for body, cluster in spells.order_by("pk").values_list("organisation_id", "cluster__key"):
        clusters[body].add(f"cluster:{cluster}")
    return {
        a.pk: {f"organisation:{body}" for body in bodies[a.pk]}.union(*(clusters[body] for body in bodies[a.pk]))
        | {f"call:{a.line.call.key}", f"application:{a.pk}"}
        for a in applications
    }


def conflicts_with(person: Person, application: Application, on: date) -> list[Conflict]:
    """Why the person may not score the application."""
    return conflicts_of(person, subject_keys(application, on), on)


def conflicts_in_call(person: Person, call: Call, on: date) -> list[tuple[Application, Conflict]]:
    """Every conflict with an application of the call that was handed in."""
    rows = Application.objects.filter(line__call=call).exclude(state__in=["draft", "withdrawn"])
    return [
        (application, conflict)
        for application in rows.select_related("line__call").order_by("pk")
        for conflict in conflicts_with(person, application, on)
    ]


def barred_from(assignment: EvaluatorAssignment, applications: Sequence[Application], on: date) -> set[int]:
    """The applications that a tie of the evaluator bars on the day, whether or not they have stood back yet."""
    keys = subjects_of(applications, on)
    found = conflicts_of(assignment.person, set().union(*keys.values()), on) if keys else []
    subjects = {c.subject_key for c in found}
    return {pk for pk, own in keys.items() if own & subjects}


def to_score(assignment: EvaluatorAssignment, on: date) -> list[Application]:
    """The applications of the call in evaluation from which the evaluator does not stand back, and no tie bars."""
    rows = list(
        Application.objects.filter(line__call=assignment.call, state=Application.State.IN_EVALUATION)
        .exclude(recusals__assignment=assignment)
        .select_related("line__call", "organisation")
        .order_by("line__position", "pk")
    )
    barred = barred_from(assignment, rows, on)
    return [a for a in rows if a.pk not in barred]


def own_scores(assignment: EvaluatorAssignment, application: Application) -> dict[str, Score]:
    return {s.criterion: s for s in Score.objects.filter(assignment=assignment, application=application)}


def scores_by_application(assignment: EvaluatorAssignment) -> dict[int, list[Score]]:
    """Everything that the evaluator has scored so far."""
    found: dict[int, list[Score]] = defaultdict(list)
    for score in Score.objects.filter(assignment=assignment):
        found[score.application_id].append(score)
    return found


def waiting_for(call: Call, on: date) -> list[tuple[EvaluatorAssignment, int]]:
    """(evaluator, applications) still to be scored. Where nobody is left, scores open to others."""
    found = []
    for assignment in call.evaluators.filter(ended_at=None).select_related("person"):
        done = set(
            Score.objects.filter(assignment=assignment, handed_in_at__isnull=False).values_list(
                "application_id", flat=True
            )
        )
        left = sum(a.pk not in done for a in to_score(assignment, on))
        if left:
            found.append((assignment, left))
    return found


def lines_to_sign(call: Call, on: date) -> list[CallLine]:
    """The lines whose applications in evaluation all have their scores, and whose ranking is not signed yet."""
    rows = Application.objects.filter(
        line__call=call, line__rankings=None, state=Application.State.IN_EVALUATION
    ).select_related("line")
    held = {a.pk: a.line for a in rows.order_by("line__position", "pk")}
    if not held or waiting_for(call, on):
        return []
    scored = Score.objects.filter(application__in=held, handed_in_at__isnull=False)
    missing = set(held) - set(scored.values_list("application_id", flat=True))
    without = {held[pk] for pk in missing}
    return [line for line in dict.fromkeys(held.values()) if line not in without]


@dataclass(frozen=True)
class BroughtBack:
    """Scores that count again: handed in before a bar took them away, which was lifted on a day."""

    evaluator: str
    application: str
    lifted_on: date


def brought_back(call: Call) -> list[BroughtBack]:
    """What whoever signs the ranking has to know: scores of the call that were away and came back with a lifted bar."""
    rows = Application.objects.filter(line__call=call, state=Application.State.IN_EVALUATION)
    keys = [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]
    lifted = LogEntry.objects.filter(verb="lift_recusal", subject_kind="funding.application", subject_key__in=keys)
    last = {(int(e.subject_key), e.detail["person"]): e.at for e in lifted.order_by("pk")}
    if not last:
        return []
    given = Score.objects.filter(assignment__call=call, assignment__ended_at=None, handed_in_at__isnull=False)
    away = set(Recusal.objects.filter(assignment__call=call).values_list("assignment_id", "application_id"))
    found = {
        BroughtBack(s.assignment.person.name, str(s.application), timezone.localdate(at))
        for s in given.select_related("assignment__person", "application__organisation", "application__line")
        if (at := last.get((s.application_id, s.assignment.person_id))) is not None
        and s.handed_in_at is not None
        and s.handed_in_at < at
        and (s.assignment_id, s.application_id) not in away
    }
    return sorted(found, key=lambda b: (b.evaluator, b.application))


def grant_asked(application: Application, on: date) -> list[Part | None]:
    """What each party would get under the version that the application was made under."""
    return parts_of(application.version.rules, application.line.key, dossier_of(application, on))


def standing(line: CallLine, on: date, budget_eur: Decimal) -> list[Place]:
    """The line's applications in evaluation in order, from the scores that were handed in. A ranking that was signed
    is not worked out again: it stands as it was signed."""
    rows = list(
        Application.objects.filter(line=line, state=Application.State.IN_EVALUATION)
        .select_related("version", "line")
        .order_by("pk")
    )
    if not rows:
        return []
    scores: dict[int, dict[int, dict[str, Decimal]]] = {a.pk: {} for a in rows}
    active = _evaluators(rows, line.call)
    for application, evaluators in active.items():
        scores[application] = {e: {} for e in evaluators}
    handed = Score.objects.filter(application__in=[a.pk for a in rows], handed_in_at__isnull=False)
    for score in handed.order_by("pk"):
        if score.assignment_id in scores[score.application_id]:
            scores[score.application_id][score.assignment_id][score.criterion] = score.points
    marks = [
        Marks(a.pk, scores[a.pk], sum((p.grant_eur + p.loan_eur for p in grant_asked(a, on) if p), Decimal(0)),
              a.submitted_at or a.created_at)
        for a in rows
    ]  # fmt: skip
    return rank(rows[0].version.rules.criteria, marks, budget_eur)


def signed_places(ranking: Ranking | None) -> list[Place]:
    """The places of a ranking as they were signed; nothing without one. Rankings of before lack each one's points."""
    return [
        Place(
            r["application"], r["place"], None if r.get("total") is None else Decimal(r["total"]),
            tuple(r.get("fails", ())), tuple(r.get("tied_with", ())), bool(r.get("diverges")), r.get("outcome", "open"),
            tuple(Decimal(t) for t in r.get("totals", ())), r.get("widest", ""),
        )
        for r in (ranking.rows if ranking is not None else ())
    ]  # fmt: skip


def _evaluators(applications: Sequence[Application], call: Call) -> dict[int, list[int]]:
    """Application -> its evaluators, without those who stand back."""
    everybody = list(call.evaluators.filter(ended_at=None).order_by("pk").values_list("pk", flat=True))
    back = set(
        Recusal.objects.filter(application__in=[a.pk for a in applications]).values_list(
            "application_id", "assignment_id"
        )
    )
    return {a.pk: [e for e in everybody if (a.pk, e) not in back] for a in applications}


def evaluator_of(user: Any, call: Call) -> EvaluatorAssignment | None:
    """The person's own assignment to the call, if there is one."""
    return call.evaluators.filter(person__user=user, ended_at=None).first()
