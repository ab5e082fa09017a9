"""Mentors, mentees, pairs, their log and feedback, and the allocation with its proof."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.accounts.models import Person
from poliedro.matchmaking.forms import (
    FeedbackForm,
    MenteeForm,
    MentorForm,
    PairEndForm,
    PairMeetingForm,
)
from poliedro.matchmaking.models import Mentee, Mentor, MentorTraining, Pair, Preference
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.queries.engine import last_run
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.matchmaking.services.pair_letters import last_day
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, choices, page, steps_of
from poliedro.matchmaking.views.find import one
from poliedro.shared.access import public, signed_in
from poliedro.shared.components import Crumb, Empty, Table
from poliedro.shared.templatetags.poliedro import day as spoken_day


@public
def mentors(request: HttpRequest) -> HttpResponse:
    """The pool of mentors; how to join it, and how to ask for one."""
    user = request.user
    rows = list(
        Mentor.objects.filter(is_active=True).select_related("person", "organisation").prefetch_related("trainings")
    )
    here = reverse("matchmaking:mentors")
    own = own_organisations(user)
    staff = user.is_authenticated and user.has_perm("matchmaking.pair_mentors")
    busy = _load()
    parts = []
    if staff:
        parts += _staff_parts(user, here)
    if user.is_authenticated:
        parts.append(_my_pairs(user, own))
    parts.append(
        Part(
            _("Mentors"),
            items=[
                Item(
                    str(m),
                    reverse("matchmaking:mentor", args=[m.pk]) if user.is_authenticated else "",
                    meta=" · ".join(
                        w
                        for w in (
                            str(m.organisation or ""),
                            _("%(free)d of %(all)d places free")
                            % {"free": max(0, m.capacity - busy.get(m.pk, 0)), "all": m.capacity},
                        )
                        if w
                    ),
                    text=m.text,
                    tags=[
                        *labels_of(m.tags)[:5],
                        _("trained")
                        if len(m.trainings.all()) == len(MentorTraining.Module.values)
                        else _("in training"),
                    ],
                )
                for m in rows
            ],
            empty=Empty(_("No mentor yet"), _("Experienced people offer to help founders and small firms here.")),
        )
    )
    actions = _join_actions(user, own, here)
    if actions:
        parts.append(Part(_("Take part"), actions=actions))
    if user.is_authenticated:
        parts.append(Part(links=[(_("Course for mentors"), reverse("matchmaking:mentor_course"))]))
    free = sum(max(0, m.capacity - busy.get(m.pk, 0)) for m in rows)
    return page(
        request,
        Shown(
            ngettext("%(n)d mentor has %(free)d free places", "%(n)d mentors have %(free)d free places", len(rows))
            % {"n": len(rows), "free": free},
            _(
                "Pairs are proposed so that no mentor and mentee would rather have each other; both must agree, and "
                "each pair ends with what it reached."
            ),
            parts,
            [Crumb(_("Mentors"))],
            synthetic=any(m.is_synthetic for m in rows),
        ),
    )


def _load() -> dict[int, int]:
    found: dict[int, int] = {}
    for pk in Pair.objects.filter(state__in=("proposed", "active")).values_list("mentor_id", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found


def _join_actions(user: Any, own: list[int], here: str) -> list[Action]:
    actions = []
    person = Person.objects.filter(user=user).first() if user.is_authenticated else None
    if person is not None and not Mentor.objects.filter(person=person, is_active=True).exists():
        actions.append(
            Action(
                "join",
                _("Offer to mentor"),
                lambda **f: str(mentoring_.join_mentors(person=person, by=user, **f) and here),
                MentorForm,
                title=_("I want to be a mentor"),
                under=_("You are paired once you have done the four parts of the training."),
                done=_("Welcome. The course for mentors waits for you on this page."),
                closed=True,
            )
        )
    waiting = Mentee.objects.filter(organisation__in=own, is_open=True) if own else Mentee.objects.none()
    for mentee in waiting.exclude(pairs__state__in=("proposed", "active")).select_related("organisation"):
        actions.append(
            Action(
                f"stop-{mentee.pk}",
                _("We look for no mentor any more"),
                lambda mentee=mentee: str(mentoring_.stop_asking(mentee=mentee, by=user) and here),
                second=True,
            )
        )
    if set(own) - set(waiting.values_list("organisation", flat=True)):
        actions.append(
            Action(
                "ask",
                _("Ask for a mentor"),
                lambda **f: str(mentoring_.ask_for_mentor(by=user, **f) and here),
                lambda *args, **more: MenteeForm(*args, own=own, **more),
                title=_("We look for a mentor"),
                done=_("Noted; you will be proposed a mentor in the next round."),
                closed=True,
            )
        )
    return actions


def _staff_parts(user: Any, here: str) -> list[Part]:
    waiting = list(
        Mentee.objects.filter(is_open=True)
        .exclude(pk__in=Pair.objects.filter(state__in=("proposed", "active")).values("mentee"))
        .select_related("organisation")
    )
    run, pairs = last_run("mentor-allocation"), _pairs()
    facts: list[tuple[str, Any]] = [(_("Mentees without a mentor"), len(waiting))]
    notes = []
    if run is not None:
        h = run.headline
        facts += [
            (_("Last round"), spoken_day(run.asked_at.date())),
            (
                _("Pairs proposed"),
                _("%(n)d for %(all)d mentees and %(places)d places")
                % {"n": h["pairs"], "all": h["mentees"], "places": h["places"]},
            ),
            (_("Pairs that would rather have each other"), h["blocking"]),
            (
                _("Proof"),
                _("of the other possible pairs, in %(a)d the mentee and in %(h)d the mentor has no one worse")
                % {"a": h.get("proof_applicant", 0), "h": h.get("proof_host", 0)},
            ),
        ]
        notes = [
            _("Deferred acceptance (Gale and Shapley): mentees propose, mentors keep whom they like best."),
            _("Ranks are what people said; where nobody said anything, shared fields and a common language rank."),
            _("Run %(key)s, kept with its inputs and its proof.") % {"key": run.key},
        ]
    return [
        Part(
            _("Pairing round"),
            facts=facts,
            actions=[
                Action(
                    "allocate",
                    _("Propose pairs"),
                    lambda: str(mentoring_.allocate_mentors(by=user) and here),
                    done=_("The pairs are proposed; both sides are asked by letter to agree."),
                )
            ],
            notes=notes,
        ),
        Part(
            _("All pairs"),
            table=Table(
                [_("Mentee"), _("Mentor"), _("Where it stands"), _("Meetings"), _("Result")],
                [
                    [
                        str(p.mentee),
                        str(p.mentor),
                        str(p.get_state_display()),
                        p.meetings.count(),
                        str(p.get_result_display()) if p.result else None,
                    ]
                    for p in pairs
                ],
                numeric=[3],
                links={i: reverse("matchmaking:pair", args=[p.pk]) for i, p in enumerate(pairs)},
            ),
        ),
    ]


def _pairs() -> list[Pair]:
    """Those that are open first; the last hundred."""
    rows = Pair.objects.select_related("mentor__person", "mentee__organisation").prefetch_related("meetings")
    over = ExpressionWrapper(Q(state__in=("ended", "declined", "lapsed")), output_field=BooleanField())
    return list(rows.annotate(over=over).order_by("over", "-created_at", "-pk")[:100])


def _my_pairs(user: Any, own: list[int]) -> Part:
    mine = Q(mentor__person__user=user) | Q(mentee__organisation__in=own)
    rows = Pair.objects.filter(mine).select_related("mentor__person", "mentee__organisation")
    return Part(
        _("My pairs"),
        items=[
            Item(
                f"{p.mentor} – {p.mentee}",
                reverse("matchmaking:pair", args=[p.pk]),
                meta=str(p.get_state_display()),
                text=p.mentee.goals,
            )
            for p in rows
        ],
        empty=Empty(_("No pair yet"), _("Join as a mentor, or ask for one, below.")),
    )


@signed_in
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """A pair: consent, log of meetings, mutual feedback, and how it ended."""
    found = one(Pair.objects.select_related("mentor__person", "mentee__organisation"), pk)
    user = request.user
    side = mentoring_.side_of(found, user)
    staff = user.has_perm("matchmaking.pair_mentors")
    if side is None and not staff:
        raise PermissionDenied(str(pk))
    here = reverse("matchmaking:pair", args=[pk])
    facts: list[tuple[str, Any]] = [
        (_("Mentor"), found.mentor),
        (_("Mentee"), found.mentee),
        (_("Where it stands"), found.get_state_display()),
        (_("The mentor agreed"), spoken_day(found.mentor_agreed_at.date()) if found.mentor_agreed_at else _("not yet")),
        (_("The mentee agreed"), spoken_day(found.mentee_agreed_at.date()) if found.mentee_agreed_at else _("not yet")),
    ]
    shared = labels_of(sorted(set(found.mentor.tags) & set(found.mentee.tags)))
    facts.append((_("Why these two"), ", ".join(shared) or _("no field in common")))
    if found.state == Pair.State.PROPOSED:
        facts.append((_("Falls away without an answer on"), spoken_day(last_day(found))))
    if found.result:
        facts.append((_("Result"), f"{found.get_result_display()} {found.result_note}"))
    feedback = {f.side: f for f in found.feedback.all()}
    parts = [
        Part(
            _("Goals"), found.mentee.goals, facts=facts, actions=_pair_actions(user, found, side, staff, feedback, here)
        ),
        Part(
            _("Meetings"),
            items=[
                Item(
                    spoken_day(m.on),
                    meta=ngettext("%(n)d minute", "%(n)d minutes", m.minutes) % {"n": m.minutes},
                    text=m.notes if side else "",
                    tags=[m.next_step] if m.next_step and side else [],
                )
                for m in found.meetings.all()
            ],
            empty=Empty(_("No meeting yet"), _("Each meeting is noted here with its next step.")),
        ),
    ]
    # Each side reads the other's words once both have spoken, so that nobody answers in kind.
    if len(feedback) == 2 or staff:
        parts.append(
            Part(
                _("Feedback"),
                items=[Item(f"{f.get_side_display()}: {f.rating}/5", text=f.text) for f in feedback.values()],
                empty=Empty(_("No feedback yet"), _("Both sides are asked before the pair ends.")),
            )
        )
    words = {
        **choices(Pair, "state"),
        "mentor_agreed": _("the mentor agreed"),
        "mentee_agreed": _("the mentee agreed"),
        "met": _("they met"),
        "rated": _("feedback was given"),
        "reminded": _("whoever has not answered was reminded"),
    }
    parts.append(Part(_("Steps"), events=steps_of(f"pair:{found.pk}", words, with_notes=False)))
    return page(
        request,
        Shown(
            f"{found.mentor} – {found.mentee}",
            "",
            parts,
            [Crumb(_("Mentors"), reverse("matchmaking:mentors")), Crumb(_("Pair"))],
            synthetic=found.is_synthetic,
        ),
    )


def _pair_actions(
    user: Any, found: Pair, side: str | None, staff: bool, feedback: dict[str, Any], here: str
) -> list[Action]:
    actions = []
    agreed = found.mentor_agreed_at if side == Preference.Side.MENTOR else found.mentee_agreed_at
    if staff and side is None and found.state == Pair.State.PROPOSED:
        actions.append(
            Action(
                "drop",
                _("Take the proposal back"),
                lambda: str(mentoring_.drop_proposal(pair=found, by=user) and here),
                second=True,
            )
        )
    if side and found.state == Pair.State.PROPOSED:
        if agreed is None:
            actions.append(
                Action(
                    "agree",
                    _("Agree"),
                    lambda: str(mentoring_.agree(pair=found, side=side, by=user) and here),
                    done=_("Noted. The pair begins once both have agreed."),
                )
            )
        actions.append(
            Action(
                "decline",
                _("Say no"),
                lambda: str(mentoring_.decline(pair=found, side=side, by=user) and here),
                second=True,
            )
        )
    if side and found.state == Pair.State.ACTIVE:
        actions.append(
            Action(
                "met",
                _("Note the meeting"),
                lambda **f: str(mentoring_.log_meeting(pair=found, side=side, by=user, **f) and here),
                PairMeetingForm,
                title=_("We met"),
                closed=True,
            )
        )
    if side and found.state in (Pair.State.ACTIVE, Pair.State.ENDED) and side not in feedback:
        actions.append(
            Action(
                "feedback",
                _("Send"),
                lambda **f: str(mentoring_.give_feedback(pair=found, side=side, by=user, **f) and here),
                FeedbackForm,
                title=_("Feedback to the other side"),
                under=_("Each side reads the other's words once both have spoken."),
                closed=True,
            )
        )
    if found.state == Pair.State.ACTIVE and (side or staff):
        actions.append(
            Action(
                "end",
                _("End the pair"),
                lambda **f: str(mentoring_.end_pair(pair=found, by=user, **f) and here),
                PairEndForm,
                title=_("It is over"),
                second=True,
                closed=True,
            )
        )
    return actions
