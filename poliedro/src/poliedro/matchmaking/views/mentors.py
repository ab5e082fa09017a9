"""The page of a mentor: what the person can help with, the training, wishes, conflicts, teams; leaving the pool."""

from __future__ import annotations

from typing import Any

from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.matchmaking.forms import ConflictForm, MentorForm, PairMeetingForm, PreferenceForm, TrainingForm
from poliedro.matchmaking.models import CohortMentor, Mentee, Mentor, MentorTraining, TeamMeeting, TeamMentor
from poliedro.matchmaking.queries.cards import own_organisations
from poliedro.matchmaking.queries.concepts import labels_of
from poliedro.matchmaking.services import challenges as challenges_
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.matchmaking.services import programmes as programmes_
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page, starting
from poliedro.matchmaking.views.find import one
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Table
from poliedro.shared.templatetags.poliedro import day as spoken_day


@signed_in
def mentor(request: HttpRequest, pk: int) -> HttpResponse:
    """A mentor: what the person can help with, and the training."""
    found = one(Mentor.objects.select_related("person", "organisation"), pk)
    user = request.user
    here = reverse("matchmaking:mentor", args=[pk])
    done = {t.module: t.done_on for t in found.trainings.all()}
    actions = []
    staff = user.has_perm("matchmaking.pair_mentors")
    if staff and len(done) < len(MentorTraining.Module.values):
        actions.append(
            Action(
                "trained",
                _("Write down"),
                lambda **f: str(mentoring_.note_training(mentor=found, by=user, **f) and here),
                TrainingForm,
                title=_("A part of the training was done"),
                closed=True,
            )
        )
    if staff or found.person.user_id == user.pk:
        actions.append(
            Action(
                "bar",
                _("Write down"),
                lambda **f: str(mentoring_.bar_pair(mentor=found, by=user, **f) and here),
                ConflictForm,
                title=_("A conflict of interest with an organisation"),
                under=_("The two are never paired."),
                closed=True,
            )
        )
    if found.person.user_id == user.pk:
        actions += _own_actions(user, found, here)
    own = own_organisations(user)
    teams = _teams(user, found, here) if found.person.user_id == user.pk else []
    cohorts = _cohorts(user, found, here) if found.person.user_id == user.pk else []
    mine = Mentee.objects.filter(is_open=True, organisation__in=own).first() if own else None
    if mine is not None:
        actions.append(
            Action(
                "prefer",
                _("Write down"),
                lambda other, rank: str(
                    mentoring_.prefer(side="mentee", mentor=other, mentee=mine, rank=rank, by=user) and here
                ),
                lambda *args, **more: _prefer_form(Mentor.objects.filter(pk=found.pk), *args, **more),
                title=_("How much would you like this mentor?"),
                closed=True,
            )
        )
    return page(
        request,
        Shown(
            str(found),
            found.text,
            [
                Part(
                    facts=_facts(user, found),
                    table=Table(
                        [_("Part of the training"), _("Done on")],
                        [
                            [str(label), spoken_day(done[key]) if key in done else None]
                            for key, label in MentorTraining.Module.choices
                        ],
                    ),
                    actions=actions,
                ),
                *teams,
                *cohorts,
            ],
            [Crumb(_("Mentors"), reverse("matchmaking:mentors")), Crumb(str(found))],
            synthetic=found.is_synthetic,
            tags=labels_of(found.tags),
        ),
    )


def _facts(user: Any, found: Mentor) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        (_("Organisation"), found.organisation or "–"),
        (_("Mentees at a time"), found.capacity),
    ]
    if not found.is_active:
        facts.append((_("In the pool"), _("no")))
    if user.has_perm("matchmaking.pair_mentors") or found.person.user_id == user.pk:
        barred = [f"{c.organisation} ({c.reason})" for c in found.conflicts.select_related("organisation")]
        facts.append((_("Never paired with"), ", ".join(barred) or "–"))
    return facts


def _own_actions(user: Any, found: Mentor, here: str) -> list[Action]:
    """What the mentor does on the own page: wishes, what is offered, leaving."""
    waiting = Mentee.objects.filter(is_open=True).select_related("organisation")
    actions = [_preference(user, found, waiting, here)] if waiting.exists() else []
    if not found.is_active:
        return actions
    now = {k: getattr(found, k) for k in ("text", "tags", "languages", "capacity")}
    return [
        *actions,
        Action(
            "change",
            _("Save"),
            lambda **f: str(mentoring_.join_mentors(person=found.person, by=user, **f) and here),
            starting(MentorForm, now),
            title=_("Change what I offer"),
            closed=True,
        ),
        Action(
            "leave",
            _("Leave the pool"),
            lambda: str(mentoring_.leave_mentors(mentor=found, by=user) and here),
            under=_("Proposals without an answer fall away; pairs that meet go on until they end."),
            second=True,
        ),
    ]


def _teams(user: Any, found: Mentor, here: str) -> list[Part]:
    """Teams of challenges that the mentor accompanies, or is asked to."""
    rows = list(
        TeamMentor.objects.filter(mentor=found, team__withdrawn_at=None)
        .select_related("team__challenge")
        .prefetch_related("team__meetings")
    )

    def answer(one: TeamMentor, accept: bool) -> str:
        challenges_.answer_team(mentoring=one, accept=accept, by=user)
        return here

    items = [
        Item(
            one.team.name,
            reverse("matchmaking:challenge", args=[one.team.challenge_id]),
            meta=str(one.team.challenge),
            text="\n".join([one.team.idea, *(_met(m) for m in one.team.meetings.all())]),
            whole=True,
            tags=[_("agreed")] if one.agreed_at else [],
            actions=[
                Action(
                    f"team-met-{one.pk}",
                    _("Note the meeting"),
                    lambda one=one, **f: str(challenges_.log_team_meeting(mentoring=one, by=user, **f) and here),
                    PairMeetingForm,
                    title=_("Note a meeting with the team"),
                    done=_("Noted."),
                    second=True,
                    closed=True,
                )
            ]
            if one.agreed_at
            else [
                Action(f"team-yes-{one.pk}", _("Agree"), lambda one=one: answer(one, True)),
                Action(f"team-no-{one.pk}", _("Say no"), lambda one=one: answer(one, False), second=True),
            ],
        )
        for one in rows
    ]
    return [Part(_("Teams of challenges"), items=items)] if rows else []


def _cohorts(user: Any, found: Mentor, here: str) -> list[Part]:
    """Cohorts of accelerators that the mentor accompanies, or is asked to."""

    def answer(one: CohortMentor, accept: bool) -> str:
        programmes_.answer_cohort(mentoring=one, accept=accept, by=user)
        return here

    items = [
        Item(
            str(one.cohort),
            reverse("matchmaking:cohort", args=[one.cohort_id])
            if one.agreed_at
            else reverse("matchmaking:accelerator", args=[one.cohort.accelerator_id]),
            meta=spoken_day(one.cohort.starts_on),
            tags=[_("agreed")] if one.agreed_at else [],
            actions=[]
            if one.agreed_at
            else [
                Action(f"cohort-yes-{one.pk}", _("Agree"), lambda one=one: answer(one, True)),
                Action(f"cohort-no-{one.pk}", _("Say no"), lambda one=one: answer(one, False), second=True),
            ],
        )
        for one in found.cohorts.select_related("cohort__accelerator", "mentor__person")
    ]
    return [Part(_("Cohorts"), items=items)] if items else []


def _met(meeting: TeamMeeting) -> str:
    said = _("%(day)s, %(n)d minutes: %(notes)s") % {
        "day": spoken_day(meeting.on),
        "n": meeting.minutes,
        "notes": meeting.notes,
    }
    return f"{said} ({meeting.next_step})" if meeting.next_step else said


def _prefer_form(rows: Any, *args: Any, **more: Any) -> PreferenceForm:
    form = PreferenceForm(*args, **more)
    other = form.fields["other"]
    assert isinstance(other, ModelChoiceField)
    other.queryset, other.empty_label = rows, None
    return form


def _preference(user: Any, found: Mentor, waiting: Any, here: str) -> Action:
    return Action(
        "prefer",
        _("Write down"),
        lambda other, rank: str(
            mentoring_.prefer(side="mentor", mentor=found, mentee=other, rank=rank, by=user) and here
        ),
        lambda *args, **more: _prefer_form(waiting, *args, **more),
        title=_("Whom would you like to mentor?"),
        closed=True,
    )
