"""Lessons from abroad and their use; accelerators, their cohorts and what became of those who applied."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.matchmaking.models import (
    Accelerator,
    Cohort,
    CohortApplication,
    CohortMentor,
    FairApplication,
    Lesson,
    LessonUse,
    Mentor,
    MentorTraining,
)
from poliedro.matchmaking.queries.alike import done_by
from poliedro.matchmaking.queries.concepts import concepts_named
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import COHORT_APPLICATION
from poliedro.matchmaking.services.mentoring import mentor_answers
from poliedro.matchmaking.services.steps import check, creator, move, note
from poliedro.registry.models import Cluster, MembershipSpell, Organisation


@transaction.atomic
def share_lesson(*, organisation: Organisation, by: Any, **fields: Any) -> Lesson:
    """A firm that went abroad tells the others. Raises Refused: not_yours, not_abroad."""
    check(by, "matchmaking.act_for", organisation)
    if organisation.pk not in done_by("international"):
        raise Refused("not_abroad", str(organisation.pk))
    went = FairApplication.objects.filter(organisation=organisation, state="took_part", fair__country=fields["country"])
    made = Lesson(organisation=organisation, application=went.first(), created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "shared", by=by)
    return made


@transaction.atomic
def use_lesson(*, lesson: Lesson, organisation: Organisation, what: str, by: Any) -> LessonUse:
    """A firm says what it did with a lesson. Raises Refused: not_yours, own_lesson."""
    check(by, "matchmaking.act_for", organisation)
    if lesson.organisation_id == organisation.pk:
        raise Refused("own_lesson", str(lesson.pk))
    made, _new = LessonUse.objects.update_or_create(lesson=lesson, organisation=organisation, defaults={"what": what})
    note(lesson, "used", by=by)
    return made


@transaction.atomic
def found_accelerator(*, organisation: Organisation, by: Any, cluster: Any = None, **fields: Any) -> Accelerator:
    check(by, "matchmaking.run_accelerators", cluster)
    tags = concepts_named(f"{fields['title']}. {fields['text']}")
    made = Accelerator(organisation=organisation, cluster=cluster, created_by=creator(by), tags=tags, **fields)
    made.full_clean()
    made.save()
    note(made, "founded", by=by)
    return made


@transaction.atomic
def plan_cohort(*, accelerator: Accelerator, by: Any, **fields: Any) -> Cohort:
    check(by, "matchmaking.run_accelerators", accelerator)
    made = Cohort(accelerator=accelerator, **fields)
    made.full_clean()
    made.save()
    note(accelerator, "cohort", by=by)
    return made


@transaction.atomic
def refer(*, cohort: Cohort, cluster: Cluster, organisation: Organisation, by: Any) -> CohortApplication:
    """A cluster proposes one of its members, which then says itself whether it applies.

    Raises Refused: not_yours, not_member, past, already.
    """
    check(by, "matchmaking.review_cards", cluster)
    members = MembershipSpell.objects.known().active_on(timezone.localdate()).filter(cluster=cluster)
    if not members.filter(organisation=organisation).exists():
        raise Refused("not_member", str(organisation.pk))
    return _enter(cohort, organisation, CohortApplication.State.REFERRED, by, referred_by=cluster)


@transaction.atomic
def apply_to_cohort(*, cohort: Cohort, organisation: Organisation, motive: str, by: Any) -> CohortApplication:
    """A firm applies, of itself or as its cluster proposed. Raises Refused: not_yours, past, already."""
    check(by, "matchmaking.act_for", organisation)
    proposed = cohort.applications.filter(organisation=organisation, state="referred").first()
    if proposed is not None:
        return move(proposed, COHORT_APPLICATION, CohortApplication.State.SENT, by=by, motive=motive)
    return _enter(cohort, organisation, CohortApplication.State.SENT, by, motive=motive)


def _enter(cohort: Cohort, organisation: Organisation, state: str, by: Any, **fields: Any) -> CohortApplication:
    if timezone.localdate() > cohort.apply_by:
        raise Refused("past", str(cohort.pk))
    if cohort.applications.filter(organisation=organisation).exists():
        raise Refused("already", str(organisation.pk))
    made = CohortApplication.objects.create(
        cohort=cohort,
        organisation=organisation,
        state=state,
        created_by=creator(by),
        certainty=cohort.accelerator.certainty,
        **fields,
    )
    note(made, state, by=by)
    return made


@transaction.atomic
def settle_application(
    *, application: CohortApplication, state: str, by: Any, today: date | None = None
) -> CohortApplication:
    """Accepted, refused, finished or left. Raises Refused: not_yours, full; MoveRefused."""
    check(by, "matchmaking.run_accelerators", application.cohort)
    cohort = Cohort.objects.select_for_update().get(pk=application.cohort_id)
    taken = cohort.applications.filter(state__in=("accepted", "finished", "left")).count()
    if state == CohortApplication.State.ACCEPTED and taken >= cohort.places:
        raise Refused("full", str(cohort.pk))
    return move(application, COHORT_APPLICATION, state, by=by)


def withdraw_from_cohort(*, application: CohortApplication, by: Any) -> CohortApplication:
    """The firm steps back, or does not take its cluster's proposal up. Raises Refused: not_yours; MoveRefused."""
    check(by, "matchmaking.act_for", application.organisation)
    return move(application, COHORT_APPLICATION, CohortApplication.State.WITHDRAWN, by=by)


@transaction.atomic
def name_cohort_mentor(*, cohort: Cohort, mentor: Mentor, by: Any) -> CohortMentor:
    """Whoever runs the programme asks a mentor to accompany a cohort; the mentor agrees or not.

    Raises Refused: not_yours, past (the demo day is over), not_trained, conflict (barred from a firm of the cohort).
    """
    check(by, "matchmaking.run_accelerators", cohort)
    if timezone.localdate() > cohort.demo_day_on:
        raise Refused("past", str(cohort.pk))
    if mentor.trainings.count() < len(MentorTraining.Module.values):
        raise Refused("not_trained", str(mentor.pk))
    firms = cohort.applications.filter(state__in=("accepted", "finished")).values("organisation")
    if mentor.conflicts.filter(organisation__in=firms).exists():
        raise Refused("conflict", str(mentor.pk))
    made, new = CohortMentor.objects.get_or_create(cohort=cohort, mentor=mentor)
    if new:
        note(cohort.accelerator, "mentor_asked", by=by, text=str(mentor))
    return made


@transaction.atomic
def answer_cohort(*, mentoring: CohortMentor, accept: bool, by: Any) -> CohortMentor | None:
    """The mentor's word; who says no leaves the list. Raises Refused: not_yours."""
    return mentoring if mentor_answers(mentoring, mentoring.cohort.accelerator, accept=accept, by=by) else None
