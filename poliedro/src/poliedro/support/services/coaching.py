"""Coaching in confidence: need cards, cases, entries, feedback, follow-up, erasure. Nothing of the words is logged."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from poliedro.accounts.models import Person
from poliedro.accounts.rules import TieKind
from poliedro.accounts.services import end_ties, record_tie
from poliedro.audit.models import LogEntry
from poliedro.registry.models import Cluster
from poliedro.registry.queries.roles import managers_on
from poliedro.registry.queries.ties import held_funding_role
from poliedro.registry.rules.permissions import Form
from poliedro.shared.region import region
from poliedro.support.models import (
    CoachAssignment,
    CoachingCase,
    CoachingEntry,
    CompetenceProfile,
    Course,
    Enrolment,
    NeedCard,
    PeerExchange,
    Provider,
    Sealed,
    Suggestion,
)
from poliedro.support.queries.coaching import asked_with
from poliedro.support.rules.agency import ATTAINMENT, OVER, CannotMove, CoachingState, check_can_move
from poliedro.support.services.sealed import erase, forget_actors, forget_tries, open_values, record_sealed, seal, whose

FOLLOW_UP_AFTER = timedelta(days=120)
KEPT_AFTER_CLOSE = timedelta(days=730)
"""Two years after its close the words of a case are erased; dates and scores stay."""
EXCHANGES_KEPT = timedelta(days=3 * 365)
LARGEST_BYTES = 5 << 20


class WallRefused(ValueError):
    """The person stands on the funding side, or did within the look-back period, and cannot coach."""


def check_can_coach(person: Person, on: date) -> None:
    """Raises WallRefused for whoever holds or lately held a funding role (R084)."""
    user = person.user
    if user is not None and held_funding_role(user, Form(region().form), on):
        raise WallRefused(
            f"{person.name} decides on funding, or did within the last three years; choose another coach."
        )


def can_coach(person: Person, on: date) -> bool:
    try:
        check_can_coach(person, on)
    except WallRefused:
        return False
    return True


def _origin(case: CoachingCase) -> str:
    return f"support.coaching:{case.pk}"


def _log(case: CoachingCase, verb: str, by: Any, act: str = LogEntry.Act.WRITE) -> None:
    record_sealed(by=by, verb=verb, subject_kind="coaching", subject_key=case.pk, act=act)


@transaction.atomic
def write_need(*, person: Person, cluster: Cluster, competence: str, urgency: int, text: str, by: Any) -> NeedCard:
    """A manager writes down a need. Only that manager reads it, until a coach is asked."""
    content = seal("need", {"competence": competence, "urgency": urgency, "text": text})
    card = NeedCard.objects.create(content=content, **whose(NeedCard, person, cluster=cluster.key))
    record_sealed(by=by, verb="write_need", subject_kind="need", subject_key=card.pk)
    return card


@transaction.atomic
def remove_need(*, card: NeedCard, by: Any) -> None:
    """The manager takes a need back: its words are erased."""
    erase(card.content, card.who)
    forget_actors("need", [card.pk])
    record_sealed(by=None, verb="remove_need", subject_kind="need", subject_key=card.pk)
    card.delete()


@transaction.atomic
def write_profile(*, person: Person, levels: dict[str, int], by: Any) -> CompetenceProfile:
    """A manager fills in the own competence grid."""
    profile = _into_grid(person, levels=levels)
    record_sealed(by=None, verb="write_profile", subject_kind="profile", subject_key=profile.pk)
    return profile


@transaction.atomic
def note_peer_level(*, person: Person, exchange: int, competence: str, level: int, on: date) -> CompetenceProfile:
    """What a colleague says of the person, beside what the person says (R086). Said again it replaces what was said."""
    found = CompetenceProfile.objects.of_person(person).select_related("content").first()
    said = open_values(found.content).get("peers", {}) if found is not None else {}
    said[str(exchange)] = {"competence": competence, "level": level, "on": str(on)}
    return _into_grid(person, peers=said)


def _into_grid(person: Person, **values: Any) -> CompetenceProfile:
    """The person's own grid with these parts of it replaced."""
    profile = CompetenceProfile.objects.of_person(person).select_related("content").first()
    if profile is None:
        profile = CompetenceProfile(**whose(CompetenceProfile, person))
    content = open_values(profile.content) | values
    erase(profile.content)
    profile.content = seal("profile", content)
    profile.changed_at = timezone.now()
    profile.save()
    return profile


@transaction.atomic
def ask_coaching(
    *,
    manager: Person,
    cluster: Cluster,
    goal: str,
    provider: Provider,
    on: date,
    by: Any,
    consent: str,
    need: NeedCard | None = None,
) -> CoachingCase:
    """A manager asks a provider of the shortlist for coaching. From now on that coach, too, reads the need.

    Args:
        consent: the wording to which the manager agreed; kept with the case, sealed like all that tells who is coached.
    Raises:
        WallRefused: the provider stands on the funding side.
        CannotMove: the need was put to this coach already, who has not ended the case.
    """
    if provider.person is None:
        raise CannotMove(
            "%(provider)s names no person who would coach; choose another provider.", provider=provider.name
        )
    check_can_coach(provider.person, on)
    if need is not None and provider.person.pk in asked_with(need):
        raise CannotMove("%(coach)s was asked about this need already; go on in that case.", coach=provider.name)
    mine = whose(CoachingCase, manager, cluster=cluster.key, cluster_name=cluster.name)
    case = CoachingCase.objects.create(
        need=need, goal=seal("goal", goal), consent=_consent(consent), asked_on=on, **mine
    )
    CoachAssignment.objects.create(case=case, person=provider.person, provider=provider, valid_from=on)
    record_tie(
        person=provider.person,
        kind=TieKind.COACHES,
        subject_key=f"cluster:{cluster.key}",
        origin_key=_origin(case),
        valid_from=on,
        by=None,  # the log of ties is open: it must not say who asked
        sealed=True,
    )
    _log(case, "ask_coaching", by)
    return case


def _consent(wording: str) -> Sealed:
    return seal("consent", {"wording": wording, "given_at": timezone.now().isoformat()})


@transaction.atomic
def withdraw_coaching(*, case: CoachingCase, on: date, by: Any) -> int:
    """The manager takes the consent back: every word of the case goes at once, for the coach, too. How many texts.

    That somebody was coached, its days and the coach's bar for the look-back stay, as the law on conflicts asks.
    """
    erased = erase_case(case=case, on=on, by=None)
    if case.status is CoachingState.ASKED:
        move_case(case=case, to=CoachingState.STOPPED, on=on, by=None)
    record_sealed(by=None, verb="withdraw_coaching", subject_kind="coaching", subject_key=case.pk)
    return erased


@transaction.atomic
def read_case(*, case: CoachingCase, by: Any) -> None:
    """Note that somebody opened the case: its manager sees the list."""
    _log(case, "read_coaching", by, LogEntry.Act.READ)


@transaction.atomic
def add_entry(
    *,
    case: CoachingCase,
    kind: str,
    text: str | bytes,
    by: Any,
    name: str = "",
    met_on: date | None = None,
    due_on: date | None = None,
) -> CoachingEntry:
    """A note, a meeting, a document or an agreed action. A first meeting starts a case that was asked for."""
    if case.status in OVER:
        raise CannotMove("the case is closed; ask for a new one.")
    if isinstance(text, bytes) and len(text) > LARGEST_BYTES:
        raise CannotMove("the document is larger than %(mb)s MB; send a shorter one.", mb=LARGEST_BYTES >> 20)
    entry = CoachingEntry.objects.create(
        case=case,
        kind=kind,
        content=seal(kind, text),
        name=seal("name", name) if name else None,
        coach=None if case.whose == by.person.pk else by.person,
        met_on=met_on,
        due_on=due_on,
    )
    if kind == CoachingEntry.Kind.MEETING and case.status is CoachingState.ASKED:
        case.state = CoachingState.RUNNING.value
        case.save(update_fields=["state"])
    _log(case, f"add_{kind}", by)
    return entry


@transaction.atomic
def settle_action(*, entry: CoachingEntry, on: date, by: Any) -> None:
    """What was agreed is done."""
    entry.done_on, entry.dropped_on = on, None
    entry.save(update_fields=["done_on", "dropped_on"])
    _log(entry.case, "settle_action", by)


@transaction.atomic
def drop_action(*, entry: CoachingEntry, on: date, by: Any) -> None:
    """What was agreed is not to be done any more. What is done stays done."""
    if entry.done_on is None:
        entry.dropped_on = on
        entry.save(update_fields=["dropped_on"])
        _log(entry.case, "drop_action", by)


@transaction.atomic
def rate_goal(*, entry: CoachingEntry, level: int, by: Any) -> None:
    """How far an agreed goal was reached; both in the case may say it, and again, until it closes.

    Raises:
        CannotMove: it is no goal, the level is none, or the case is closed.
    """
    if entry.kind != CoachingEntry.Kind.GOAL or level not in ATTAINMENT:
        raise CannotMove("a goal is rated from -2 to 2.")
    if entry.case.status in OVER:
        raise CannotMove("the case is closed; its goals stay as they were rated.")
    old, entry.rating = entry.rating, seal("rating", str(level))
    entry.save(update_fields=["rating"])
    erase(old)
    _log(entry.case, "rate_goal", by)


@transaction.atomic
def move_case(*, case: CoachingCase, to: CoachingState, on: date, by: Any, follow_up_on: date | None = None) -> None:
    """Ask for feedback, close or stop. Raises CannotMove: a case never closes without feedback and a follow-up
    day, nor with an action that is neither done nor dropped.

    Where the manager never answers it ends as unanswered: Note [Closed without an answer].
    """
    follow_up = follow_up_on or case.follow_up_on
    check_can_move(
        case.status,
        to,
        feedback_given=case.feedback_on is not None,
        has_follow_up=follow_up is not None,
        asked=case.asked,
        today=on,
        open_actions=case.open_actions.count(),
        unrated_goals=case.unrated_goals.count(),
    )
    case.state, case.follow_up_on = to.value, follow_up
    if to is CoachingState.FEEDBACK:
        case.feedback_asked_on, case.reminders = on, 0
    if to in OVER:
        case.closed_on = on
        end_ties(origin_key=_origin(case), on=on, by=None)
    case.save(update_fields=["state", "closed_on", "follow_up_on", "feedback_asked_on", "reminders"])
    _log(case, f"move_to_{to.value}", by)


@transaction.atomic
def decline_case(*, case: CoachingCase, why: str, on: date, by: Any) -> None:
    """The coach says no before anything began, and why. Raises CannotMove once they have met."""
    check_can_move(case.status, CoachingState.STOPPED, feedback_given=False, has_follow_up=False)
    add_entry(case=case, kind=CoachingEntry.Kind.NOTE, text=why, by=by)
    move_case(case=case, to=CoachingState.STOPPED, on=on, by=by)


@transaction.atomic
def give_feedback(*, case: CoachingCase, score: int, text: str, suggestion: str, on: date, by: Any) -> None:
    """The manager's judgement. The text stays in the case; a suggestion goes to the agency without a name."""
    if not 1 <= score <= 5:
        raise ValueError(f"score is {score}; a score lies between 1 and 5.")
    erase(case.feedback, case.score)
    case.score, case.feedback_on = seal("score", str(score)), on
    case.feedback = seal("feedback", text) if text else None
    if case.status is CoachingState.UNANSWERED:
        case.state = CoachingState.CLOSED.value  # See Note [Closed without an answer].
    case.save(update_fields=["score", "feedback_on", "feedback", "state"])
    if suggestion.strip():
        Suggestion.objects.create(text=suggestion.strip(), origin="coaching", said_on=on)
    _log(case, "give_feedback", by)


@transaction.atomic
def follow_up(*, case: CoachingCase, on: date, by: Any) -> None:
    """Somebody looked again at a closed case."""
    case.followed_up_on = on
    case.save(update_fields=["followed_up_on"])
    _log(case, "follow_up", by)


@transaction.atomic
def remind_of_feedback(today: date) -> int:
    """Daily: ask again whoever was asked for feedback and has not answered. It stands under "My work": no letter is
    written, as an outbox would tell who is coached."""
    silent = CoachingCase.objects.filter(state=CoachingState.FEEDBACK.value, feedback_on=None, erased_on=None)
    silent = silent.order_by("pk")
    due = [case for case in silent if case.asked.is_to_remind(today)]
    for case in due:
        case.reminders += 1
        case.save(update_fields=["reminders"])
        _log(case, "remind_of_feedback", None)
    return len(due)


def erase_old_words(today: date) -> str:
    """Retention: erased are the words of cases closed two years ago, whose seats were in courses that ended then (or
    whose wishes were for days of then), and needs and grids of people who no longer manage."""
    erased = 0
    due = CoachingCase.objects.filter(closed_on__lte=today - KEPT_AFTER_CLOSE, erased_on=None)
    for case in due.order_by("pk"):
        with transaction.atomic():
            erased += erase_case(case=case, on=today, by=None)
    since = today - KEPT_AFTER_CLOSE
    held = Course.objects.exclude(sessions__on__gt=since).exclude(proposed__on__gt=since)
    held = held.filter(Q(sessions__isnull=False) | Q(proposed__isnull=False))
    with transaction.atomic():
        erased += erase_seats(Enrolment.objects.filter(course__in=held.values("pk")))
        erased += _erase_former_managers(today)
        forget_tries(until=since)
        erased += _erase_old_exchanges(today)
    return f"{erased} confidential texts erased"


@transaction.atomic
def erase_case(*, case: CoachingCase, on: date, by: Any) -> int:
    """Erase every word of a case, and whose it was; days, state and the sealed score stay: figures remain true. A need
    that was put to another coach, too, stays with that case."""
    n = erase(case.goal, case.feedback, case.consent, case.who)
    for entry in case.entries.select_related("content", "name", "rating"):
        n += erase(entry.content, entry.name, entry.rating)
    if case.need is not None and not case.need.cases.filter(erased_on=None).exclude(pk=case.pk).exists():
        n += erase(case.need.content, case.need.who)
        forget_actors("need", [case.need_id])
    forget_actors("coaching", [case.pk])
    CoachingCase.objects.filter(pk=case.pk).update(erased_on=on, mark="")
    if case.status not in OVER:  # nobody is left to go on with
        case.coaches.filter(valid_to=None).update(valid_to=on)
        end_ties(origin_key=_origin(case), on=on, by=None)
    _log(case, "erase_case", None)
    return n


def erase_seats(seats: QuerySet[Enrolment]) -> int:
    """Erase whose seats these are; seats, hours and scores stay counted."""
    rows = list(seats.exclude(who=None).select_related("who"))
    n = erase(*(seat.who for seat in rows))
    for seat in rows:
        Enrolment.objects.filter(pk=seat.pk).update(mark=f"erased:{seat.pk}")
    forget_actors("enrolment", [seat.pk for seat in rows])
    return n


def _erase_old_exchanges(today: date) -> int:
    """Exchanges between colleagues, and who asked whom, three years after."""
    rows = PeerExchange.objects.filter(asked_on__lte=today - EXCHANGES_KEPT).select_related("who", "score")
    old = list(rows)
    n = erase(*(sealed for row in old for sealed in (row.who, row.score)))
    forget_actors("peer_exchange", [row.pk for row in old])
    PeerExchange.objects.filter(pk__in=[row.pk for row in old]).delete()
    return n


def _erase_former_managers(today: date) -> int:
    """Needs without a case, and grids, of people who manage no cluster today."""
    manage = set(managers_on(today).values_list("pk", flat=True))
    open_cards = NeedCard.objects.filter(cases=None).select_related("content", "who")
    cards = [c for c in open_cards if c.whose not in manage]
    every = CompetenceProfile.objects.select_related("content", "who")
    profiles = [p for p in every if p.whose not in manage]
    n = erase(*(s for row in (*cards, *profiles) for s in (row.content, row.who)))
    forget_actors("need", [c.pk for c in cards])
    NeedCard.objects.filter(pk__in=[c.pk for c in cards]).delete()
    CompetenceProfile.objects.filter(pk__in=[p.pk for p in profiles]).delete()
    return n
