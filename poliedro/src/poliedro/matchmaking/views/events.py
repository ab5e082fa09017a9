"""Meeting events: calendar, registration, wishes, the plan with its bound, and mending it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from poliedro.matchmaking.forms import AttendForm, EventForm, GoneForm, MeetingResultForm, WhyForm, WishForm
from poliedro.matchmaking.models import Attendee, Card, MeetingEvent, Plan
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.wishes import worth_meeting
from poliedro.matchmaking.rules.order import natural
from poliedro.matchmaking.services import events as events_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, sign_in_to, starting
from poliedro.matchmaking.views.find import event_by_pk, managed_or_none
from poliedro.shared.access import needs, public, signed_in
from poliedro.shared.components import Crumb, Empty, Figure, Table
from poliedro.shared.spreadsheet import csv_file
from poliedro.shared.templatetags.poliedro import day as spoken_day


def crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Meeting events"), reverse("matchmaking:events")), *more]


def slot_time(event: MeetingEvent, slot: int) -> str:
    start = datetime.combine(event.on, event.first_slot) + timedelta(minutes=event.slot_minutes * (slot - 1))
    return f"{start:%H:%M}"


def may_run(user: Any) -> bool:
    """Whether the person may announce events of the agency or of a cluster."""
    if not user.is_authenticated:
        return False
    return bool(user.has_perm("matchmaking.run_events") or managed_or_none(user))


@public
def events(request: HttpRequest) -> HttpResponse:
    """Events at which people meet by wish."""
    rows = list(MeetingEvent.objects.select_related("cluster"))
    today = timezone.localdate()
    coming = [e for e in rows if e.on >= today]
    links = [(_("New event"), reverse("matchmaking:new_event"))] if may_run(request.user) else []

    def item(e: MeetingEvent) -> Item:
        who = str(e.cluster) if e.cluster else _("cluster agency")
        return Item(
            e.title,
            reverse("matchmaking:event", args=[e.pk]),
            meta=f"{spoken_day(e.on)} · {e.place} · {who}",
            text=e.text,
            tags=[_("registration open")] if e.register_by >= today else [],
        )

    return page(
        request,
        Shown(
            ngettext("%(n)d meeting event is coming", "%(n)d meeting events are coming", len(coming))
            % {"n": len(coming)},
            _("Say whom you want to meet; the plan places as many wished meetings as can be, and says how many can."),
            [
                Part(
                    links=links,
                    items=[item(e) for e in coming],
                    empty=Empty(_("None is planned"), _("Clusters and the agency announce their events here.")),
                ),
                Part(
                    _("Earlier events"),
                    items=[item(e) for e in rows if e.on < today],
                    empty=Empty(_("None yet"), _("Past events stay here with what came of their meetings.")),
                ),
            ],
            [Crumb(_("Meeting events"))],
            synthetic=any(e.is_synthetic for e in rows),
        ),
    )


@signed_in
def new_event(request: HttpRequest) -> HttpResponse:
    user = request.user
    cluster = managed_or_none(user)
    if not may_run(user):
        raise PermissionDenied(_("events are run by the staff of clusters and of the agency"))
    return page(
        request,
        Shown(
            _("New meeting event"),
            "",
            [
                Part(
                    actions=[
                        Action(
                            "save",
                            _("Announce"),
                            lambda **f: reverse(
                                "matchmaking:event", args=[events_.plan_event(by=user, cluster=cluster, **f).pk]
                            ),
                            EventForm,
                            title=_("When, where, how many"),
                            done=_("Announced; people can register."),
                        )
                    ]
                )
            ],
            crumbs(Crumb(_("New event"))),
        ),
    )


@public
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """An event: who comes, one's own wishes and timetable, and the plan."""
    found, user = event_by_pk(pk), request.user
    today = timezone.localdate()
    own = own_organisations(user)
    runs = user.is_authenticated and user.has_perm("matchmaking.run_events", found)
    rows = found.attendees.filter(cancelled_at=None).select_related("organisation", "person").order_by("pk")
    coming = sorted(rows, key=lambda a: natural(a.name))
    mine = [a for a in coming if a.organisation_id in own]
    here = reverse("matchmaking:event", args=[pk])
    plan = found.plans.first()
    facts: list[tuple[str, Any]] = [
        (_("Day"), spoken_day(found.on)),
        (_("Place"), found.place),
        (
            _("Meetings"),
            _("%(n)d slots of %(m)d minutes from %(t)s, %(k)d tables")
            % {"n": found.slots, "m": found.slot_minutes, "t": slot_time(found, 1), "k": found.tables},
        ),
        (_("Registration until"), spoken_day(found.register_by)),
        (_("Organised by"), found.cluster or _("cluster agency")),
        (_("Who comes"), len(coming)),
    ]
    actions = []
    if (
        own
        and today <= found.register_by
        and not any(a.person is not None and a.person.user_id == user.pk for a in mine)
    ):
        actions.append(_register(user, found, own, here))
    links = sign_in_to(user, _("Sign in to register"), here) if today <= found.register_by else []
    parts = [Part(text=found.text, facts=facts, links=links, actions=actions)]
    for a in mine:
        parts.append(_own(user, found, a, coming, plan, here))
    if runs:
        parts.append(_plan_part(user, found, plan, coming, here))
    if plan is not None and runs:
        parts.append(_timetable(found, plan))
    listed = [a for a in coming if a.agreed_to_list] if user.is_authenticated else []
    if user.is_authenticated:
        parts.append(
            Part(
                _("Who comes"),
                items=[Item(a.name, meta=str(a.organisation), text=a.looks_for) for a in listed],
                empty=Empty(_("Nobody yet"), _("Whoever registers and agrees to be listed appears here.")),
            )
        )
    return page(
        request,
        Shown(found.title, "", parts, crumbs(Crumb(found.title)), synthetic=found.is_synthetic),
    )


def _register(user: Any, found: MeetingEvent, own: list[int], here: str) -> Action:
    return Action(
        "register",
        _("Sign me up"),
        lambda organisation, name, looks_for, away, agreed: str(
            events_.register(event=found, organisation=organisation, name=name, looks_for=looks_for, away=away, by=user)
            and here
        ),
        lambda *args, **more: AttendForm(*args, own=own, initial={"name": user.name}, **more),
        title=_("Come to this event"),
        done=_("You are registered; now say whom you want to meet."),
        closed=True,
    )


def spoken_of(mine: Attendee, theirs: Attendee) -> Any:
    """Published cards of one's own organisation, and those of the other side that say whose they are."""
    own, other = Q(organisation=mine.organisation_id), Q(organisation=theirs.organisation_id, anonymous=False)
    return Card.objects.filter(own | other, state=Card.State.PUBLISHED).order_by("code")


def _own(user: Any, found: MeetingEvent, a: Attendee, coming: list[Attendee], plan: Plan | None, here: str) -> Part:
    """One's own attendance: wishes, timetable, results, cancellation."""
    others = [o for o in coming if o.pk != a.pk and o.organisation_id != a.organisation_id and o.agreed_to_list]

    def wishes(*args: Any, **more: Any) -> Any:
        form = starting(WishForm, {"to": list(a.wishes.values_list("to_id", flat=True))})(*args, **more)
        ranked = worth_meeting(a, others)
        form.fields["to"].choices = [
            (
                w.attendee.pk,
                ": ".join([f"{w.attendee.name}, {w.attendee.organisation}", *filter(None, ["; ".join(w.reasons)])]),
            )
            for w in ranked
        ]
        return form

    actions = [
        Action(
            f"wish-{a.pk}",
            _("Save the wishes"),
            lambda to: str(
                events_.wish_for(attendee=a, others=[o for o in others if str(o.pk) in to], by=user) is not None
                and here
            ),
            wishes,
            title=_("Whom do you want to meet"),
            under=_("Whoever has most in common with you comes first, with the reason."),
            done=_("Saved."),
            closed=plan is not None,
        ),
        Action(
            f"cancel-{a.pk}",
            _("I cannot come"),
            lambda: str(events_.cancel(attendee=a, by=user) and here),
            done=_("Cancelled; the organiser mends the plan."),
            danger=True,
        ),
    ]
    items = []
    if plan is not None:
        seats = a.seats.filter(plan=plan).select_related("meeting").order_by("slot")
        for s in seats:
            other = s.meeting.seats.exclude(attendee=a).select_related("attendee__organisation").first()
            if other is None:
                continue
            act = []
            if found.on <= timezone.localdate() and not s.meeting.result:
                act.append(
                    Action(
                        f"result-{s.meeting_id}-{a.pk}",
                        _("Store"),
                        lambda m=s.meeting, **f: str(events_.store_result(meeting=m, by=user, **f) and here),
                        partial(MeetingResultForm, cards=spoken_of(a, other.attendee)),
                        title=_("What came of it"),
                        second=True,
                        closed=True,
                    )
                )
            items.append(
                Item(
                    f"{slot_time(found, s.slot)} {other.attendee.name}",
                    meta=f"{other.attendee.organisation} · " + _("table %(n)d") % {"n": s.meeting.table},
                    tags=[str(s.meeting.get_result_display())] if s.meeting.result else [],
                    actions=act,
                )
            )
    return Part(
        _("Timetable of %(name)s") % {"name": a.name},
        items=items,
        empty=Empty(_("No meeting yet"), _("Your meetings appear here once the organiser has made the plan.")),
        actions=actions,
    )


def _plan_part(user: Any, found: MeetingEvent, plan: Plan | None, coming: list[Attendee], here: str) -> Part:
    figures = []
    notes = [
        _("Two who both wish to meet count double. The bound lets meetings be split: no plan is worth more."),
        _("A new plan keeps every meeting that is still possible in its slot and fills what became free."),
    ]
    cancelled = found.attendees.filter(cancelled_at__isnull=False).count()
    facts: list[tuple[str, Any]] = [(_("Cancelled"), cancelled)]
    if plan is not None:
        gone = set(found.attendees.filter(cancelled_at__gt=plan.made_at).values_list("pk", flat=True))
        broken = plan.meetings.filter(seats__attendee__in=gone).distinct().count() if gone else 0
        figures = [
            Figure(
                plan.meetings.count(),
                label=_("Meetings placed"),
                unit=_("of %(n)d wished") % {"n": plan.wished},
                period=_("plan %(n)d") % {"n": plan.version},
                certainty="synthetic" if found.is_synthetic else "reported",
                source=_("Plan of the event"),
            ),
            Figure(
                round(100 * plan.share, 1),
                label=_("Of the best possible"),
                unit="%",
                period=_("plan %(n)d") % {"n": plan.version},
                certainty="estimated",
                source=_("Plan of the event"),
                definition=_("Worth of the placed meetings over the bound, which no plan can pass."),
            ),
        ]
        if plan.version > 1:
            figures.append(
                Figure(
                    plan.kept,
                    label=_("Kept from the plan before"),
                    unit=_("meetings; %(n)d dropped") % {"n": plan.dropped},
                    period=_("plan %(n)d") % {"n": plan.version},
                    certainty="synthetic" if found.is_synthetic else "reported",
                    source=_("Plan of the event"),
                )
            )
        if broken:
            facts.append((_("Broken by cancellations since"), _("%(n)d meetings; make a new plan") % {"n": broken}))
    return Part(
        _("Plan of the meetings"),
        figures=figures,
        facts=facts,
        links=[(_("Download CSV"), reverse("matchmaking:event_csv", args=[found.pk]))] if plan else [],
        actions=[
            Action(
                "plan",
                _("Mend the plan") if plan else _("Make the plan"),
                lambda why: str(events_.make_plan(event=found, by=user, why=why) and here),
                WhyForm,
                title=_("Mend the plan") if plan else _("Make the plan"),
                done=_("The plan is made."),
            ),
            _gone(user, found, here),
        ]
        if found.on >= timezone.localdate()
        else [],
        notes=notes,
    )


def _gone(user: Any, found: MeetingEvent, here: str) -> Action:
    """Whoever runs the event notes that somebody called to say no."""
    coming = {a.pk: a for a in found.attendees.filter(cancelled_at=None).select_related("organisation", "event")}
    people = sorted(((pk, f"{a} ({a.organisation})") for pk, a in coming.items()), key=lambda one: natural(one[1]))
    return Action(
        "gone",
        _("Cancel the attendance"),
        lambda attendee: str(events_.cancel(attendee=coming[int(attendee)], by=user) and here),
        lambda *args, **more: GoneForm(*args, people=people, **more),
        title=_("Somebody does not come"),
        done=_("Cancelled; mend the plan once you know of everybody."),
        second=True,
        closed=True,
    )


def _rows(found: MeetingEvent, plan: Plan) -> list[list[Any]]:
    results = choices(type(plan.meetings.model()), "result")
    rows = []
    for m in plan.meetings.prefetch_related("seats__attendee__organisation"):
        a, b = [s.attendee for s in m.seats.all()]
        rows.append(
            [
                slot_time(found, m.slot),
                m.table,
                f"{a} ({a.organisation})",
                f"{b} ({b.organisation})",
                m.kept if plan.version > 1 else None,
                results.get(m.result) if m.result else None,
            ]
        )
    return rows


def _timetable(found: MeetingEvent, plan: Plan) -> Part:
    return Part(
        _("Timetable"),
        table=Table(
            [_("Time"), pgettext("where people sit", "Table"), _("Who"), _("With"), _("As before"), _("Result")],
            _rows(found, plan),
            numeric=[1],
        ),
    )


@needs("matchmaking.run_events", event=event_by_pk)
def event_csv(request: HttpRequest, event: MeetingEvent) -> HttpResponse:
    """The timetable as a file, for badges and table signs."""
    plan = event.plans.first()
    if plan is None:
        raise Http404(str(event.pk))
    header = ["time", "table", "who", "with", "as_before", "result"]
    return csv_file(f"event-{event.pk}", [header, *_rows(event, plan)])
