"""The agency's work: training with feedback and follow-up, peers, contacts, shared material, suggestions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.audit.services import record
from poliedro.registry.models import Cluster
from poliedro.support.models import (
    AssetUse,
    ContactTerm,
    Course,
    CourseSession,
    Enrolment,
    PeerExchange,
    PeerOffer,
    ProposedDay,
    Provider,
    ProviderCompetence,
    SharedAsset,
    Suggestion,
)
from poliedro.support.models.agency import enrolment_mark
from poliedro.support.queries.agency import enrolment_of, stays_contact
from poliedro.support.rules.agency import CannotMove, check_can_close_course, is_enough_feedback
from poliedro.support.services.coaching import check_can_coach, note_peer_level
from poliedro.support.services.sealed import erase, record_sealed, seal, whose

ENOUGH_ATTENDANCE = Decimal("0.8")
"""Share of a course's hours that earns its certificate."""


@transaction.atomic
def open_course(
    *,
    title: str,
    text: str,
    competence: str,
    provider: Provider | None,
    coach: Person | None,
    seats: int,
    place: str,
    sessions: Collection[tuple[date, time, time]],
    by: Any,
    proposed: bool = False,
) -> Course:
    """A course with its sessions; managers enrol themselves. coach: who runs it and reads who takes part.

    proposed: the sessions are days to choose from (`services/course_days.py`).

    Raises:
        WallRefused: the coach stands on the funding side.
    """
    if coach is not None:
        check_can_coach(coach, timezone.localdate())
    course = Course.objects.create(
        title=title,
        text=text,
        competence=competence,
        provider=provider,
        coach=coach,
        seats=seats,
        place=place,
        state=Course.State.DAYS if proposed else Course.State.OPEN,
    )
    for on, start, end in sessions:
        day = ProposedDay if proposed else CourseSession
        day.objects.create(course=course, on=on, starts_at=start, ends_at=end)
    record(by=by, verb="open_course", subject_kind="course", subject_key=course.pk)
    return course


@transaction.atomic
def enrol(*, course: Course, person: Person, cluster: Cluster | None, by: Any) -> Enrolment:
    """A seat while there are any, then a place on the waiting list. Raises CannotMove where the course is not open."""
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.state != Course.State.OPEN:
        raise CannotMove("the course takes nobody any more; look at the others.")
    mine = enrolment_of(locked, person)
    if mine is not None and mine.state != Enrolment.State.WISH:
        return mine
    taken = locked.enrolments.filter(state=Enrolment.State.SEAT).count()
    state = Enrolment.State.SEAT if taken < locked.seats else Enrolment.State.WAITING
    if mine is not None:  # could on none of the days that were chosen, and comes all the same
        mine.state, mine.asked_at = state, timezone.now()
        mine.save(update_fields=["state", "asked_at"])
        record_sealed(by=by, verb="enrol", subject_kind="enrolment", subject_key=mine.pk)
        return mine
    who = {"person": person.pk, "name": person.name}
    if cluster is not None:
        who |= {"cluster": cluster.key, "cluster_name": cluster.name}
    enrolment = Enrolment.objects.create(
        course=locked, mark=enrolment_mark(locked.pk, person.pk), who=seal("enrolment", who), state=state
    )
    record_sealed(by=by, verb="enrol", subject_kind="enrolment", subject_key=enrolment.pk)
    return enrolment


@transaction.atomic
def cancel_enrolment(*, enrolment: Enrolment, by: Any) -> Enrolment | None:
    """Give a seat back; whoever waits longest gets it and is returned."""
    Course.objects.select_for_update().get(pk=enrolment.course_id)
    had_seat = enrolment.state == Enrolment.State.SEAT
    enrolment.state = Enrolment.State.CANCELLED
    enrolment.save(update_fields=["state"])
    record_sealed(by=by, verb="cancel_enrolment", subject_kind="enrolment", subject_key=enrolment.pk)
    waiting = Enrolment.objects.filter(course=enrolment.course_id, state=Enrolment.State.WAITING)
    following = waiting.order_by("asked_at", "pk").first() if had_seat else None
    if following is not None:
        following.state = Enrolment.State.SEAT
        following.save(update_fields=["state"])
        record_sealed(by=None, verb="seat_freed", subject_kind="enrolment", subject_key=following.pk)
    return following


@transaction.atomic
def take_attendance(*, session: CourseSession, present: Collection[int], by: Any) -> None:
    """Who was there: keys of enrolments with a seat. Taking it again replaces it."""
    for enrolment in session.course.enrolments.filter(state=Enrolment.State.SEAT):
        if enrolment.pk in present:
            enrolment.attended.add(session)
        else:
            enrolment.attended.remove(session)
    session.attendance_taken = True
    session.save(update_fields=["attendance_taken"])
    if not session.course.sessions.filter(attendance_taken=False).exists():
        last = max(session.course.sessions.values_list("on", flat=True))
        open_still = Course.objects.filter(pk=session.course_id, state=Course.State.OPEN)
        open_still.update(state=Course.State.HELD, feedback_asked_on=last)
    record(by=by, verb="take_attendance", subject_kind="course", subject_key=session.course_id)


@transaction.atomic
def give_course_feedback(
    *, enrolment: Enrolment, score: int, suggestion: str, on: date, by: Any, applied: bool | None = None
) -> None:
    """A participant's judgement; a certificate follows where enough was attended. The suggestion bears no name."""
    enrolment.score, enrolment.feedback_on = score, on
    if applied is not None:
        enrolment.applied = applied
    if not enrolment.certificate and attended_share(enrolment) >= ENOUGH_ATTENDANCE:
        enrolment.certificate = f"{on:%Y}-{enrolment.course_id:04d}-{enrolment.pk:05d}"
    enrolment.save(update_fields=["score", "feedback_on", "applied", "certificate"])
    late = Course.objects.filter(pk=enrolment.course_id, state=Course.State.UNANSWERED)
    if is_enough_feedback(*_present_and_heard(enrolment.course)):
        late.update(state=Course.State.CLOSED)  # See Note [Closed without an answer].
    if suggestion.strip():
        Suggestion.objects.create(text=suggestion.strip(), origin="course", said_on=on)
    record_sealed(by=by, verb="give_course_feedback", subject_kind="enrolment", subject_key=enrolment.pk)


@transaction.atomic
def tell_applied(*, enrolment: Enrolment, applied: bool, by: Any) -> None:
    """Months later: whether a participant used in the own work what was learnt. Saying it again replaces it."""
    enrolment.applied = applied
    enrolment.save(update_fields=["applied"])
    record_sealed(by=by, verb="tell_applied", subject_kind="enrolment", subject_key=enrolment.pk)


def attended_share(enrolment: Enrolment) -> Decimal:
    """Hours attended over hours held; 0 where none was held."""
    held = sum(s.hours for s in enrolment.course.sessions.filter(attendance_taken=True))
    here = sum(s.hours for s in enrolment.attended.all())
    return Decimal(str(here)) / Decimal(str(held)) if held else Decimal(0)


@transaction.atomic
def close_course(*, course: Course, follow_up_on: date | None, action: str, by: Any, on: date | None = None) -> None:
    """Raises CannotMove: no course closes without attendance, feedback of half, a follow-up day and action (R083).

    Where too few answered in spite of reminders it ends as unanswered: see Note [Closed without an answer].
    """
    present, feedback = _present_and_heard(course)
    check_can_close_course(
        held=course.sessions.exists() and not course.sessions.filter(attendance_taken=False).exists(),
        present=present,
        feedback=feedback,
        follow_up_set=follow_up_on is not None,
        follow_up_action=action,
        asked=course.asked,
        today=on or timezone.localdate(),
    )
    course.state = Course.State.CLOSED if is_enough_feedback(present, feedback) else Course.State.UNANSWERED
    course.follow_up_on, course.follow_up_action = follow_up_on, action.strip()
    course.save(update_fields=["state", "follow_up_on", "follow_up_action"])
    record(by=by, verb="close_course", subject_kind="course", subject_key=course.pk, state=str(course.state))


def _present_and_heard(course: Course) -> tuple[int, int]:
    """How many were there, and how many gave feedback."""
    present = course.enrolments.filter(attended__isnull=False).distinct().count()
    return present, course.enrolments.exclude(feedback_on=None).count()


@transaction.atomic
def cancel_course(*, course: Course, by: Any) -> None:
    """A course that does not take place, or to which nobody came. Raises CannotMove once somebody was there."""
    if course.state not in Course.RUNNING:
        raise CannotMove("a course that is %(course_state)s is over.", course_state=course.state)
    if course.enrolments.filter(attended__isnull=False).exists():
        raise CannotMove("somebody was there: close it with their feedback.")
    course.state = Course.State.CANCELLED
    course.save(update_fields=["state"])
    record(by=by, verb="cancel_course", subject_kind="course", subject_key=course.pk)


@transaction.atomic
def remind_participants(today: date) -> int:
    """Daily: ask again for the feedback on courses of which too few spoke. Participants read it under "My work": no
    letter is written, as an outbox would tell who took part."""
    held = Course.objects.filter(state=Course.State.HELD).order_by("pk")
    due = [c for c in held if c.asked.is_to_remind(today) and not is_enough_feedback(*_present_and_heard(c))]
    for course in due:
        course.reminders += 1
        course.save(update_fields=["reminders"])
        record(by=None, verb="remind_participants", subject_kind="course", subject_key=course.pk)
    return len(due)


@transaction.atomic
def offer_to_peers(*, person: Person, cluster: Cluster, competence: str, text: str, on: date, by: Any) -> PeerOffer:
    """A manager tells the others what they can be shown."""
    offer, _made = PeerOffer.objects.get_or_create(
        person=person,
        competence=competence,
        withdrawn_on=None,
        defaults={"cluster": cluster, "text": text, "offered_on": on},
    )
    record(by=by, verb="offer_to_peers", subject_kind="peer_offer", subject_key=offer.pk)
    return offer


@transaction.atomic
def withdraw_offer(*, offer: PeerOffer, on: date, by: Any) -> None:
    """The manager no longer shows it; exchanges that were asked for stay."""
    offer.withdrawn_on = on
    offer.save(update_fields=["withdrawn_on"])
    record(by=by, verb="withdraw_offer", subject_kind="peer_offer", subject_key=offer.pk)


@transaction.atomic
def ask_peer(*, offer: PeerOffer, learner: Person, on: date, by: Any) -> PeerExchange:
    exchange = PeerExchange.objects.create(offer=offer, asked_on=on, **whose(PeerExchange, learner))
    record_sealed(by=by, verb="ask_peer", subject_kind="peer_exchange", subject_key=exchange.pk)
    return exchange


@transaction.atomic
def close_exchange(*, exchange: PeerExchange, met_on: date, score: int | None, by: Any) -> None:
    erase(exchange.score)
    exchange.met_on, exchange.score = met_on, None if score is None else seal("score", str(score))
    exchange.save(update_fields=["met_on", "score"])
    record_sealed(by=by, verb="close_exchange", subject_kind="peer_exchange", subject_key=exchange.pk)


@transaction.atomic
def rate_peer(*, exchange: PeerExchange, level: int, on: date, by: Any) -> None:
    """Whoever showed something says how well the colleague commands it now: kept, sealed, in that colleague's own grid.

    Raises CannotMove before they met, or once who asked was erased.
    """
    learner = exchange.person_of()
    if exchange.met_on is None or learner is None:
        raise CannotMove("you have not met yet; say afterwards how it went.")
    note_peer_level(person=learner, exchange=exchange.pk, competence=exchange.offer.competence, level=level, on=on)
    record_sealed(by=by, verb="rate_peer", subject_kind="peer_exchange", subject_key=exchange.pk)


class HandoverRefused(ValueError):
    """A term cannot begin then; the message says why."""


@transaction.atomic
def hand_over(*, cluster: Cluster, person: Person, starts_on: date, handover: str, by: Any) -> ContactTerm:
    """From `starts_on` on, `person` is the cluster's contact. See Note [One contact].

    Raises:
        HandoverRefused: a term begins then or later already, the cluster does not exist then, or the person holds no
            office of agency, coach or region that lasts.
    """
    if not Cluster.objects.existing_on(starts_on).filter(pk=cluster.pk).exists():
        raise HandoverRefused(f"{cluster.name} does not exist on {starts_on}; it needs no contact.")
    if not stays_contact(person, cluster, starts_on):
        raise HandoverRefused(f"{person} holds no lasting office from {starts_on} on; choose somebody else.")
    last = ContactTerm.objects.select_for_update().filter(cluster=cluster).order_by("-starts_on").first()
    if last is not None and last.starts_on >= starts_on:
        raise HandoverRefused(f"{last.person} begins on {last.starts_on}; choose a later day.")
    term = ContactTerm.objects.create(
        cluster=cluster,
        person=person,
        starts_on=starts_on,
        previous=last,
        handover=handover,
        by=by if getattr(by, "is_authenticated", False) else None,
    )
    record(by=by, verb="hand_over", subject_kind="cluster", subject_key=cluster.key, to=person.pk)
    return term


@transaction.atomic
def add_asset(*, kind: str, title: str, text: str, url: str, starts_on: date | None, by: Any) -> SharedAsset:
    asset = SharedAsset.objects.create(
        kind=kind,
        title=title,
        text=text,
        url=url,
        starts_on=starts_on,
        by=by if getattr(by, "is_authenticated", False) else None,
    )
    record(by=by, verb="add_asset", subject_kind="asset", subject_key=asset.pk)
    return asset


@transaction.atomic
def use_asset(*, asset: SharedAsset, cluster: Cluster, on: date, by: Any, reach: int | None = None) -> AssetUse:
    use, _made = AssetUse.objects.update_or_create(asset=asset, cluster=cluster, on=on, defaults={"reach": reach})
    record(by=by, verb="use_asset", subject_kind="asset", subject_key=asset.pk, cluster=cluster.key)
    return use


@transaction.atomic
def answer_suggestion(*, suggestion: Suggestion, answer: str, changed_on: date | None, by: Any) -> None:
    """You said, we did: what came of it."""
    suggestion.answer, suggestion.changed_on = answer, changed_on
    suggestion.save(update_fields=["answer", "changed_on"])
    record(by=by, verb="answer_suggestion", subject_kind="suggestion", subject_key=suggestion.pk)


@transaction.atomic
def add_provider(
    *,
    person: Person | None,
    name: str,
    is_agency: bool,
    levels: dict[str, int],
    references: str,
    price_day_eur: Decimal | None,
    by: Any,
) -> Provider:
    """Put a provider with its competences on the grid; the same person again replaces what was said of them."""
    values = {
        "name": name,
        "is_agency": is_agency,
        "references": references,
        "price_day_eur": price_day_eur,
        "active": True,
    }
    if person is None:
        provider = Provider.objects.create(**values)
    else:
        provider, _made = Provider.objects.update_or_create(person=person, defaults=values)
    provider.competences.all().delete()
    ProviderCompetence.objects.bulk_create(
        [ProviderCompetence(provider=provider, competence=c, level=n) for c, n in levels.items() if n]
    )
    record(by=by, verb="add_provider", subject_kind="provider", subject_key=provider.pk)
    return provider


def follow_ups_of(today: date) -> list[Course]:
    """Closed courses whose follow-up is due."""
    return list(Course.objects.filter(state__in=Course.ENDED, follow_up_on__lte=today, followed_up_on=None))


@transaction.atomic
def follow_up_course(*, course: Course, on: date, by: Any) -> None:
    course.followed_up_on = on
    course.save(update_fields=["followed_up_on"])
    record(by=by, verb="follow_up_course", subject_kind="course", subject_key=course.pk, at=timezone.now())
