"""Meeting events: registration, wishes, the plan, and its mending after cancellations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from poliedro.matchmaking.models import Attendee, Card, Interest, Meeting, MeetingEvent, Plan, Seat, Wish
from poliedro.matchmaking.rules.refusals import Refused
from poliedro.matchmaking.services.interests import go_on_after_meeting
from poliedro.matchmaking.services.steps import check, creator, note
from poliedro.registry.models import Organisation

MUTUAL = 2.0
"""Worth of a meeting that both wish, against 1 of a wish of one side."""


@transaction.atomic
def plan_event(*, by: Any, cluster: Any = None, **fields: Any) -> MeetingEvent:
    check(by, "matchmaking.run_events", cluster)
    made = MeetingEvent(cluster=cluster, created_by=creator(by), **fields)
    made.full_clean()
    made.save()
    note(made, "announced", by=by)
    return made


@transaction.atomic
def register(
    *,
    event: MeetingEvent,
    organisation: Organisation,
    name: str,
    by: Any,
    looks_for: str = "",
    away: list[int] | None = None,
    today: date | None = None,
) -> Attendee:
    """Someone of an organisation will come. Raises Refused: past, already."""
    check(by, "matchmaking.act_for", organisation)
    if (today or timezone.localdate()) > event.register_by:
        raise Refused("past", str(event.register_by))
    person = getattr(by, "person", None)
    if person is not None and event.attendees.filter(person=person).exists():
        raise Refused("already", str(event.pk))
    made = Attendee(
        event=event,
        organisation=organisation,
        person=person,
        name=name,
        looks_for=looks_for,
        away=[s for s in away or [] if 1 <= s <= event.slots],
        created_by=creator(by),
        certainty=event.certainty,
    )
    made.full_clean()
    made.save()
    note(made, "registered", by=by)
    return made


@transaction.atomic
def wish_for(*, attendee: Attendee, others: list[Attendee], by: Any, must: bool = False) -> int:
    """Set whom an attendee wants to meet; those wished before and not named any more go. Returns how many."""
    _check_own(attendee, by)
    keep = {o.pk for o in others if o.event_id == attendee.event_id and o.pk != attendee.pk}
    attendee.wishes.exclude(to__in=keep).delete()
    there = set(attendee.wishes.values_list("to_id", flat=True))
    Wish.objects.bulk_create(Wish(of=attendee, to_id=pk, must=must) for pk in sorted(keep - there))
    note(attendee, "wished", by=by, text=str(len(keep)))
    return len(keep)


@transaction.atomic
def cancel(*, attendee: Attendee, by: Any) -> Attendee:
    """The person does not come after all; whoever has a plan mends it."""
    _check_own(attendee, by)
    attendee.cancelled_at = timezone.now()
    attendee.save(update_fields=["cancelled_at"])
    note(attendee, "cancelled", by=by)
    return attendee


def _check_own(attendee: Attendee, by: Any) -> None:
    if by is None or by.has_perm("matchmaking.run_events", attendee.event):
        return
    check(by, "matchmaking.act_for", attendee.organisation)


@transaction.atomic
def make_plan(*, event: MeetingEvent, by: Any, why: str = "") -> Plan:
    """A plan of all wishes; after the first it mends: meetings that still hold stay in their slot.

    Raises Refused: too_few (no wish between people who come).
    """
    from poliedro.matchmaking.runs.meetings import plan_meetings

    check(by, "matchmaking.run_events", event)
    coming = {a.pk: a for a in event.attendees.filter(cancelled_at=None).order_by("pk")}
    wished: dict[tuple[int, int], tuple[float, bool]] = {}
    for wish in Wish.objects.filter(of__in=coming, to__in=coming).order_by("pk"):
        pair = (min(wish.of_id, wish.to_id), max(wish.of_id, wish.to_id))
        worth, must = wished.get(pair, (0.0, False))
        wished[pair] = (MUTUAL if worth else 1.0, must or wish.must)
    if not wished:
        raise Refused("too_few", str(event.pk))
    away = [(pk, slot) for pk, a in coming.items() for slot in a.away]
    last = event.plans.first()
    before = _meetings_of(last) if last else []
    kept_before = [m for m in before if m[0] in coming and m[1] in coming]
    made = plan_meetings(
        [(a, b, worth, must) for (a, b), (worth, must) in sorted(wished.items())],
        event.slots,
        event.tables,
        away,
        kept_before,
    )
    kept = sum(m[4] for m in made.meetings)
    plan = Plan.objects.create(
        event=event,
        version=(event.plans.aggregate(n=Max("version"))["n"] or 0) + 1,
        value=made.value,
        bound=made.bound,
        wished=len(wished),
        kept=kept,
        dropped=len(before) - kept,
        why=why,
    )
    for a, b, slot, table, stayed in made.meetings:
        meeting = Meeting.objects.create(plan=plan, slot=slot, table=table, kept=stayed)
        Seat.objects.bulk_create(Seat(meeting=meeting, plan=plan, slot=slot, attendee_id=pk) for pk in (a, b))
    note(event, f"plan_{plan.version}", by=by, text=why)
    return plan


def _meetings_of(plan: Plan) -> list[tuple[int, int, int, int]]:
    """(attendee, attendee, slot, table) of a plan."""
    found = []
    for meeting in plan.meetings.prefetch_related("seats"):
        a, b = sorted(s.attendee_id for s in meeting.seats.all())
        found.append((a, b, meeting.slot, meeting.table))
    return found


@transaction.atomic
def store_result(*, meeting: Meeting, result: str, by: Any, card: Card | None = None, tie: str = "") -> Meeting:
    """What came of a meeting; told by either of the two, or by the organiser.

    card: the need or offer of one of the two that they spoke about. With it the meeting goes on as an introduction
    (they will meet again) or ends as a tie, beside those that came by search or by the engine.
    Raises Refused: not_yours (also for a card of neither, or an anonymous one of the other side).
    """
    organises = by is None or by.has_perm("matchmaking.run_events", meeting.plan.event)
    seats = list(meeting.seats.select_related("attendee__organisation"))
    own = [s for s in seats if by is None or by.has_perm("matchmaking.act_for", s.attendee.organisation)]
    if not organises and not own:
        raise Refused("not_yours", str(meeting.pk))
    meeting.result = result
    meeting.save(update_fields=["result"])
    note(meeting.plan.event, "meeting_result", by=by, text=result)
    if card is not None and result in (Meeting.Result.AGAIN, Meeting.Result.TIE):
        sides = {s.attendee.organisation_id for s in seats}
        hidden = card.anonymous and card.organisation_id not in {s.attendee.organisation_id for s in own}
        if card.organisation_id not in sides or hidden:
            raise Refused("not_yours", card.code)
        other = next(s.attendee.organisation for s in seats if s.attendee.organisation_id != card.organisation_id)
        go_on_after_meeting(
            card=card,
            organisation=other,
            event=str(meeting.plan.event),
            tie=(tie or Interest.Tie.CONTRACT) if result == Meeting.Result.TIE else "",
            by=by,
        )
    return meeting
