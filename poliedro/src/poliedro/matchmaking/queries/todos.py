"""What the room wants a person to settle, for "My work". A few queries each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import (
    Booking,
    Card,
    Challenge,
    CohortApplication,
    CohortFeedback,
    CohortMentor,
    Deal,
    FairApplication,
    FollowUp,
    Interest,
    Juror,
    Lead,
    Mentor,
    Pair,
    TeamMentor,
    Ticket,
)
from poliedro.matchmaking.queries.cards import cards_to_review, own_organisations
from poliedro.registry.queries.roles import roles_of
from poliedro.registry.rules.permissions import RoleName
from poliedro.shared.todos import Todo

SOON = timedelta(days=14)
REVIEW_DAYS = timedelta(days=2)
LEAD_DAYS = timedelta(days=30)
FEEDBACK_DAYS = timedelta(days=60)


def ticket_todos(user: Any, today: date) -> Iterator[Todo]:
    """Tickets of one's own, and alarms of those that one looks after."""
    clusters = [r.cluster_id for r in roles_of(user) if r.name is RoleName.CLUSTER_MANAGER]
    mine = Q(owner__person__user=user) | Q(alarmed_on__isnull=False, cluster__in=[c for c in clusters if c])
    if user.has_perm("matchmaking.answer_tickets"):
        mine |= Q(alarmed_on__isnull=False)
    rows = Ticket.objects.filter(mine, state__in=("open", "contacted")).order_by("promised_on", "pk")[:30]
    for t in rows:
        is_open = t.state == Ticket.State.OPEN
        late = is_open and t.promised_on is not None and t.promised_on < today
        yield Todo(
            f"matchmaking.ticket:{t.pk}",
            f"{t.code} {t.question[:80]}",
            _("first contact was promised and has not been made")
            if late
            else _("a question waits for its first answer")
            if is_open
            else _("in contact; say what came of it"),
            reverse("matchmaking:ticket", args=[t.code]),
            _("Answer") if is_open else _("Open"),
            t.promised_on if is_open else None,
            _("tickets"),
            late,
        )


def card_todos(user: Any, today: date) -> Iterator[Todo]:
    """Cards to review; own cards that expire soon or came back; interests to answer or to close."""
    reviewed = cards_to_review(user) if roles_of(user) else Card.objects.none()
    for c in reviewed[:20]:
        yield Todo(
            f"matchmaking.review:{c.pk}",
            f"{c.code} {c.title}",
            _("asks for publication"),
            reverse("matchmaking:card", args=[c.code]),
            _("Review"),
            c.submitted_at.date() + REVIEW_DAYS if c.submitted_at else None,
            _("cards"),
        )
    own = own_organisations(user)
    if not own:
        return
    ending = Card.objects.filter(
        Q(state="published", expires_on__lte=today + SOON) | Q(state__in=("refused", "expired")), organisation__in=own
    )
    for c in ending.order_by("expires_on", "pk")[:20]:
        back = c.state == Card.State.REFUSED
        yield Todo(
            f"matchmaking.card:{c.pk}",
            f"{c.code} {c.title}",
            _("came back from the review") if back else _("expires; renew it if it still holds"),
            reverse("matchmaking:card", args=[c.code]),
            _("Change the card") if back else _("Renew"),
            None if back else c.expires_on,
            _("cards"),
        )
    waiting = (
        Interest.objects.filter(
            Q(state="sent", card__organisation__in=own)
            | Q(state="introduced", card__organisation__in=own)
            | Q(state__in=("accepted", "introduced"), organisation__in=own)
            | Q(state="tied", confirmed_at=None, told_by__isnull=False, card__organisation__in=own)
            | Q(state="tied", confirmed_at=None, told_by__isnull=False, organisation__in=own)
        )
        .exclude(state="tied", told_by__in=own)
        .select_related("card", "organisation")
    )
    for i in waiting.order_by("answer_by", "pk")[:20]:
        sent = i.state == Interest.State.SENT
        yield Todo(
            f"matchmaking.interest:{i.pk}",
            f"{i.card.code} {i.card.title}",
            _("%(who)s is interested") % {"who": i.organisation}
            if sent
            else _("both are interested; agree on a meeting")
            if i.state == Interest.State.ACCEPTED
            else _("the other side says what came of it; confirm it")
            if i.state == Interest.State.TIED
            else _("you met; say what came of it"),
            reverse("matchmaking:interest", args=[i.pk]),
            _("Answer") if sent else _("Open"),
            i.answer_by if sent else None,
            _("introductions"),
        )


def pair_todos(user: Any, today: date) -> Iterator[Todo]:
    """Mentoring pairs to agree to, bookings to confirm, deals to consent to, juries, follow-ups, leads."""
    own = own_organisations(user)
    mentors, judges = _parts_of(user)
    if mentors or own:
        yield from _of_mentoring(user, own, today)
    if judges:
        yield from _of_juries(user)
    if own:
        yield from _of_own(own, today)
    yield from _of_challenges(user, today)
    if user.has_perm("matchmaking.run_fairs"):
        yield from _of_fairs(today)


def _parts_of(user: Any) -> tuple[bool, bool]:
    """Whether the person is a mentor, and whether a juror who sits: most are neither. One query instead of five."""
    me = OuterRef("pk")
    mentors, judges = Mentor.objects.filter(person=me), Juror.objects.sitting().filter(person=me)
    found = Person.objects.filter(user=user).values_list(Exists(mentors), Exists(judges)).first()
    return (bool(found[0]), bool(found[1])) if found else (False, False)


def _of_mentoring(user: Any, own: list[int], today: date) -> Iterator[Todo]:
    pairs = Pair.objects.filter(
        Q(mentor__person__user=user, mentor_agreed_at=None) | Q(mentee__organisation__in=own, mentee_agreed_at=None),
        state="proposed",
    ).select_related("mentor__person", "mentee__organisation")
    for p in pairs[:10]:
        yield Todo(
            f"matchmaking.pair:{p.pk}",
            f"{p.mentor} – {p.mentee}",
            _("a mentoring pair waits for your yes"),
            reverse("matchmaking:pair", args=[p.pk]),
            _("Agree"),
            None,
            _("mentoring"),
        )
    asked = TeamMentor.objects.filter(mentor__person__user=user, agreed_at=None, team__withdrawn_at=None)
    for t in asked.select_related("team__challenge", "mentor")[:10]:
        yield Todo(
            f"matchmaking.team:{t.pk}",
            f"{t.team} ({t.team.challenge})",
            _("a team asks you to be its mentor"),
            reverse("matchmaking:mentor", args=[t.mentor_id]),
            _("Answer"),
            None,
            _("mentoring"),
        )
    for c in CohortMentor.objects.filter(mentor__person__user=user, agreed_at=None).select_related(
        "cohort__accelerator"
    )[:10]:
        yield Todo(
            f"matchmaking.cohort:{c.pk}",
            str(c.cohort),
            _("a cohort asks you to be its mentor"),
            reverse("matchmaking:mentor", args=[c.mentor_id]),
            _("Answer"),
            c.cohort.starts_on,
            _("mentoring"),
        )
    yield from _of_cohorts(user, own, today)


def _of_juries(user: Any) -> Iterator[Todo]:
    judging = (
        Juror.objects.sitting()
        .filter(person__user=user, challenge__state="judging")
        .annotate(
            teams=Count("challenge__teams", filter=Q(challenge__teams__withdrawn_at=None), distinct=True),
            judged=Count("scores__team", distinct=True),
        )
    )
    for j in judging.filter(judged__lt=F("teams")).select_related("challenge")[:10]:
        yield Todo(
            f"matchmaking.jury:{j.pk}",
            str(j.challenge),
            _("the jury waits for your scores"),
            reverse("matchmaking:jury", args=[j.challenge_id]),
            _("Judge"),
            j.challenge.follow_up_on,
            _("challenges"),
        )


def _of_fairs(today: date) -> Iterator[Todo]:
    for a in FairApplication.objects.filter(state="sent", fair__apply_by__lt=today).select_related(
        "fair", "organisation"
    )[:10]:
        yield Todo(
            f"matchmaking.fair:{a.pk}",
            f"{a.fair}: {a.organisation}",
            _("applied; decide"),
            reverse("matchmaking:fair", args=[a.fair_id]),
            _("Decide"),
            a.fair.starts_on,
            _("fairs"),
        )


def _of_cohorts(user: Any, own: list[int], today: date) -> Iterator[Todo]:
    """Feedback that a mentor or a firm of a cohort owes the other side, from the demo day on."""
    over = {"cohort__demo_day_on__lte": today, "cohort__demo_day_on__gt": today - FEEDBACK_DAYS}
    firms = CohortApplication.objects.filter(cohort=OuterRef("cohort"), state__in=("accepted", "finished"))
    mentors = CohortMentor.objects.filter(cohort=OuterRef("cohort"), agreed_at__isnull=False)
    said = CohortFeedback.objects.filter(cohort=OuterRef("cohort"))
    waiting: list[CohortMentor | CohortApplication] = [
        *CohortMentor.objects.filter(
            Exists(firms),
            ~Exists(said.filter(side="mentor", mentor=OuterRef("mentor"))),
            mentor__person__user=user,
            agreed_at__isnull=False,
            **over,
        ).select_related("cohort__accelerator")[:10]
    ]
    if own:
        waiting += CohortApplication.objects.filter(
            Exists(mentors),
            ~Exists(said.filter(side="mentee", organisation=OuterRef("organisation"))),
            organisation__in=own,
            state__in=("accepted", "finished"),
            **over,
        ).select_related("cohort__accelerator")[:10]
    for one in waiting:
        yield Todo(
            f"matchmaking.cohort_feedback:{one.cohort_id}",
            str(one.cohort),
            _("the cohort is over; say what it brought"),
            reverse("matchmaking:cohort", args=[one.cohort_id]),
            _("Open"),
            one.cohort.demo_day_on + FEEDBACK_DAYS,
            _("mentoring"),
        )


def _of_challenges(user: Any, today: date) -> Iterator[Todo]:
    """What whoever runs a challenge does next: hand it to the jury once teams may not enter, follow up."""
    due = Q(state="decided", follow_up_on__lte=today) | Q(state="open", closes_on__lt=today)
    rows = Challenge.objects.filter(due).select_related("organisation", "cluster").order_by("closes_on", "pk")
    for c in [c for c in rows if user.has_perm("matchmaking.run_challenges", c)][:10]:
        decided = c.state == Challenge.State.DECIDED
        yield Todo(
            f"matchmaking.challenge:{c.pk}",
            str(c),
            _("ask the teams what became of them") if decided else _("teams may not enter any more; the jury's turn"),
            reverse("matchmaking:challenge", args=[c.pk]),
            _("Follow up") if decided else _("Open"),
            c.follow_up_on if decided else c.closes_on,
            _("challenges"),
        )


def _of_own(own: list[int], today: date) -> Iterator[Todo]:
    told = FollowUp.objects.filter(team__organisation__in=own, project=None, joint_title__gt="")
    for f in told.select_related("team__challenge")[:10]:
        yield Todo(
            f"matchmaking.follow_up:{f.pk}",
            f.joint_title,
            _("a project is said to have come of your team's idea; confirm it"),
            reverse("matchmaking:challenge", args=[f.team.challenge_id]),
            _("Open"),
            None,
            _("challenges"),
        )
    for b in Booking.objects.filter(state="asked", slot__equipment__laboratory__organisation__in=own).select_related(
        "slot__equipment", "organisation"
    )[:10]:
        yield Todo(
            f"matchmaking.booking:{b.pk}",
            f"{b.slot.equipment}: {b.organisation}",
            _("asks for a slot"),
            reverse("matchmaking:equipment", args=[b.slot.equipment_id]),
            _("Confirm"),
            b.slot.starts_at.date(),
            _("laboratories"),
        )
    for d in Deal.objects.filter(
        Q(state="suggested", round__organisation__in=own) | Q(state="offered", thesis__organisation__in=own)
    ).select_related("round__organisation", "thesis__organisation")[:10]:
        yield Todo(
            f"matchmaking.deal:{d.pk}",
            f"{d.round} – {d.thesis}",
            _("an investor fits your round; may it see who you are?")
            if d.state == Deal.State.SUGGESTED
            else _("a start-up fits your thesis"),
            reverse("matchmaking:deal", args=[d.pk]),
            _("Decide"),
            None,
            _("investment"),
        )
    leads = Lead.objects.filter(application__organisation__in=own, result="open").select_related("application__fair")
    for lead in leads.order_by("noted_at")[:10]:
        yield Todo(
            f"matchmaking.lead:{lead.pk}",
            f"{lead.company} ({lead.application.fair})",
            _("a contact from the fair waits for a follow-up"),
            reverse("matchmaking:fair_application", args=[lead.application_id]),
            _("Follow up"),
            lead.noted_at.date() + LEAD_DAYS,
            _("fairs"),
        )
