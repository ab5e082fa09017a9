"""Mentors, mentees and their pairs: proposed by a stable allocation, agreed by both, logged, rated, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.evidence.models import Run
from poliedro.evidence.queries.runs import table_of
from poliedro.evidence.runs.base import NoInput
from poliedro.evidence.services.runs import keep_analysis
from poliedro.evidence.store import read_rows
from poliedro.matchmaking.models import (
    CohortMentor,
    Mentee,
    Mentor,
    MentorConflict,
    MentorTraining,
    Pair,
    PairFeedback,
    PairMeeting,
    Preference,
    TeamMentor,
)
from poliedro.matchmaking.queries.concepts import concepts_named
from poliedro.matchmaking.rules.course import wrong_answers
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.rules.states import PAIR
from poliedro.matchmaking.services.pair_letters import SIDES, tell_begun, tell_not_to_be, tell_proposed
from poliedro.matchmaking.services.steps import check, creator, move, note
from poliedro.registry.models import Organisation


@transaction.atomic
def join_mentors(*, person: Person, text: str, by: Any, **fields: Any) -> Mentor:
    """A person offers to mentor; paired once the whole training is done."""
    fields["tags"] = sorted({*fields.get("tags", ()), *concepts_named(text)})
    made, _new = Mentor.objects.update_or_create(
        person=person, defaults={"text": text, "is_active": True, "created_by": creator(by), **fields}
    )
    note(made, "joined", by=by)
    return made


@transaction.atomic
def note_training(*, mentor: Mentor, module: str, done_on: date, by: Any) -> MentorTraining:
    check(by, "matchmaking.pair_mentors", None)
    done, _new = MentorTraining.objects.update_or_create(mentor=mentor, module=module, defaults={"done_on": done_on})
    note(mentor, "trained", by=by, text=module)
    return done


@transaction.atomic
def pass_part(*, person: Person, part: str, answers: Mapping[str, str], by: Any) -> MentorTraining:
    """A mentor answers the questions of a part of the course; all right, and it is done.

    Raises Refused: no_mentor, wrong.
    """
    mentor = Mentor.objects.filter(person=person).first()
    if mentor is None or (by is not None and person.user_id != by.pk):
        raise Refused("no_mentor", str(person.pk))
    wrong = wrong_answers(part, answers)
    if wrong:
        raise Refused("wrong", ", ".join(wrong))
    done, _new = MentorTraining.objects.get_or_create(
        mentor=mentor, module=part, defaults={"done_on": timezone.localdate()}
    )
    note(mentor, "trained", by=by, text=part)
    return done


@transaction.atomic
def ask_for_mentor(*, organisation: Organisation, goals: str, by: Any, **fields: Any) -> Mentee:
    """Raises Refused: already (it has an open request)."""
    check(by, "matchmaking.act_for", organisation)
    if Mentee.objects.filter(organisation=organisation, is_open=True).exists():
        raise Refused("already", str(organisation.pk))
    fields["tags"] = sorted({*fields.get("tags", ()), *concepts_named(goals)})
    made = Mentee(organisation=organisation, goals=goals, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "asked", by=by)
    return made


def mentor_answers(asked: TeamMentor | CohortMentor, about: Any, *, accept: bool, by: Any) -> bool:
    """The word of a mentor whom a team or a cohort (`about`) asked; a no takes the asking back. Raises Refused:
    not_yours."""
    if by is not None and asked.mentor.person.user_id != by.pk:
        raise Refused("not_yours", str(asked.pk))
    note(about, "mentor_agreed" if accept else "mentor_declined", by=by)
    if accept:
        asked.agreed_at = timezone.now()
        asked.save(update_fields=["agreed_at"])
    else:
        asked.delete()
    return accept


@transaction.atomic
def leave_mentors(*, mentor: Mentor, by: Any) -> Mentor:
    """The mentor leaves the pool: proposals fall away, pairs that meet go on. Raises Refused: not_yours."""
    if by is not None and mentor.person.user_id != by.pk:
        raise Refused("not_yours", str(mentor.pk))
    for pair in mentor.pairs.filter(state=Pair.State.PROPOSED):
        tell_not_to_be(
            move(pair, PAIR, Pair.State.DECLINED, by=by, text=Preference.Side.MENTOR), Preference.Side.MENTEE
        )
    mentor.is_active = False
    mentor.save(update_fields=["is_active"])
    note(mentor, "left", by=by)
    return mentor


@transaction.atomic
def stop_asking(*, mentee: Mentee, by: Any) -> Mentee:
    """The organisation looks for no mentor any more. Raises Refused: not_yours."""
    check(by, "matchmaking.act_for", mentee.organisation)
    mentee.is_open = False
    mentee.save(update_fields=["is_open"])
    note(mentee, "withdrawn", by=by)
    return mentee


@transaction.atomic
def drop_proposal(*, pair: Pair, by: Any) -> Pair:
    """Staff take back a proposal that was not answered; both are free for the next round. Raises Refused: not_yours."""
    check(by, "matchmaking.pair_mentors", None)
    dropped = move(pair, PAIR, Pair.State.DECLINED, by=by, text="staff")
    for side in SIDES:
        tell_not_to_be(dropped, side)
    return dropped


@transaction.atomic
def bar_pair(*, mentor: Mentor, organisation: Organisation, reason: str, by: Any) -> MentorConflict:
    """The two are never paired; a proposal of them falls away. For staff, and for the mentor who says so."""
    if by is None or mentor.person.user_id != by.pk:
        check(by, "matchmaking.pair_mentors", None)
    made, _new = MentorConflict.objects.update_or_create(
        mentor=mentor, organisation=organisation, defaults={"reason": reason}
    )
    note(mentor, "conflict", by=by)
    for pair in mentor.pairs.filter(state=Pair.State.PROPOSED, mentee__organisation=organisation):
        move(pair, PAIR, Pair.State.DECLINED, by=by, text="conflict")
    return made


@transaction.atomic
def prefer(*, side: str, mentor: Mentor, mentee: Mentee, rank: int, by: Any) -> Preference:
    """How much one side likes the other."""
    if by is not None:
        own = mentor.person.user_id == by.pk if side == Preference.Side.MENTOR else False
        if not own and not by.has_perm("matchmaking.act_for", mentee.organisation):
            raise Refused("not_yours", side)
    made, _new = Preference.objects.update_or_create(side=side, mentor=mentor, mentee=mentee, defaults={"rank": rank})
    return made


@transaction.atomic
def allocate_mentors(*, by: Any) -> Run:
    """Run the stable allocation, keep it with its proof, and propose its pairs. Raises Refused: too_few."""
    check(by, "matchmaking.pair_mentors", None)
    from poliedro.matchmaking.runs.pairing import ANALYSIS

    try:
        run = keep_analysis(analysis=ANALYSIS, by=by)
    except NoInput as nothing:
        raise Refused("too_few", str(nothing)) from nothing
    for row in read_rows(table_of(run, "pairs")):
        if Pair.objects.filter(mentee=row["mentee"], state__in=("proposed", "active")).exists():
            continue
        mentor = Mentor.objects.get(pk=row["mentor"])
        pair = Pair.objects.create(
            mentor=mentor,
            mentee_id=row["mentee"],
            run=run.key,
            reasons=[["fit", round(row["fit"], 3)]],
            created_by=creator(by),
            certainty=mentor.certainty,
        )
        note(pair, Pair.State.PROPOSED, by=by)
        tell_proposed(pair)
    return run


@transaction.atomic
def agree(*, pair: Pair, side: str, by: Any) -> Pair:
    """One side says yes; with both, the pair begins."""
    _check_side(pair, side, by)
    now = timezone.now()
    field = "mentor_agreed_at" if side == Preference.Side.MENTOR else "mentee_agreed_at"
    Pair.objects.filter(pk=pair.pk, state=Pair.State.PROPOSED).update(**{field: now})
    note(pair, f"{side}_agreed", by=by)
    pair.refresh_from_db()
    if pair.state == Pair.State.PROPOSED and pair.mentor_agreed_at and pair.mentee_agreed_at:
        begun = move(pair, PAIR, Pair.State.ACTIVE, by=by, started_on=timezone.localdate())
        tell_begun(begun)
        return begun
    return pair


@transaction.atomic
def decline(*, pair: Pair, side: str, by: Any) -> Pair:
    """One side says no; the other is told."""
    _check_side(pair, side, by)
    declined = move(pair, PAIR, Pair.State.DECLINED, by=by, text=side)
    tell_not_to_be(declined, Preference.Side.MENTEE if side == Preference.Side.MENTOR else Preference.Side.MENTOR)
    return declined


@transaction.atomic
def log_meeting(*, pair: Pair, side: str, by: Any, **fields: Any) -> PairMeeting:
    """What was spoken about. Raises Refused: not_yours."""
    _check_side(pair, side, by)
    if pair.state != Pair.State.ACTIVE:
        raise Refused("past", pair.state)
    made = PairMeeting(pair=pair, by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(pair, "met", by=by)
    return made


@transaction.atomic
def give_feedback(*, pair: Pair, side: str, rating: int, by: Any, text: str = "") -> PairFeedback:
    """One side rates the other; each sees the other's words once both have spoken."""
    _check_side(pair, side, by)
    made, _new = PairFeedback.objects.update_or_create(
        pair=pair, side=side, defaults={"rating": rating, "text": text, "at": timezone.now()}
    )
    note(pair, "rated", by=by, text=side)
    return made


@transaction.atomic
def end_pair(*, pair: Pair, result: str, by: Any, result_note: str = "") -> Pair:
    """It is over, and whether the goals were reached; the mentee's request closes."""
    if by is not None and side_of(pair, by) is None:
        check(by, "matchmaking.pair_mentors", None)
    ended = move(
        pair,
        PAIR,
        Pair.State.ENDED,
        by=by,
        text=result_note,
        result=result,
        result_note=result_note,
        ended_on=timezone.localdate(),
    )
    Mentee.objects.filter(pk=ended.mentee_id).update(is_open=False)
    return ended


def side_of(pair: Pair, user: Any) -> str | None:
    """On which side of the pair the person stands."""
    if pair.mentor.person.user_id == user.pk:
        return Preference.Side.MENTOR
    return Preference.Side.MENTEE if user.has_perm("matchmaking.act_for", pair.mentee.organisation) else None


def _check_side(pair: Pair, side: str, by: Any) -> None:
    if by is not None and side_of(pair, by) != side:
        raise Refused("not_yours", side)
