"""What the agency and joint work want of a person. No words of a case: only that there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.accounts.models import ConflictOverride
from poliedro.accounts.queries import is_second, matters_told
from poliedro.accounts.rules import Side
from poliedro.registry.queries.ties import held_funding_role
from poliedro.registry.rules.permissions import Form
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.shared.todos import Todo
from poliedro.support.models import CoachingCase, Course, PeerExchange
from poliedro.support.models.agency import COMPETENCE_LABELS
from poliedro.support.queries.agency import contact_board, enrolments_of, told_suggestions
from poliedro.support.queries.coaching import cases_of
from poliedro.support.queries.course_days import days_wanted_of
from poliedro.support.queries.joint import held_actions, late_actions
from poliedro.support.rules.agency import ANSWER_WITHIN, CoachingState

ENDED = (CoachingState.CLOSED, CoachingState.UNANSWERED)


def agency_todos(user: Any, today: date) -> Iterator[Todo]:
    """Coaching and training of this person; alarms of contacts, suggestions, overrides and late actions by role."""
    person = getattr(user, "person", None)
    if person is None:
        return
    confides, learns = user.has_perm("support.confide"), user.has_perm("support.use_agency")
    # All at once: each question below would ask for some of them by itself.
    courses = list(Course.objects.exclude(state=Course.State.CANCELLED)) if confides or learns else []
    if confides:
        yield from _coaching(person, today)
        yield from _own_courses([c for c in courses if c.coach_id == person.pk])
        for course in days_wanted_of(person, courses):
            yield Todo(
                f"support.course_days:{course.pk}",
                course.title,
                _("a course for a need of yours looks for a day"),
                reverse("support:course", args=[course.pk]),
                _("Say when you can"),
                kind=_("Courses"),
            )
    if learns:
        yield from _asked_by_colleagues(person)
        held = [c.pk for c in courses if c.state in (Course.State.HELD, Course.State.UNANSWERED)]
        for enrolment in enrolments_of(person, held).filter(feedback_on=None, attended__isnull=False).distinct():
            again = enrolment.course.reminders > 0
            yield Todo(
                f"support.course:{enrolment.pk}",
                enrolment.course.title,
                _("asked again: how was the course?") if again else _("the course was held: how was it?"),
                reverse("support:course", args=[enrolment.course_id]),
                _("Give feedback"),
                kind=_("Courses"),
                alarm=again,
            )
        closed = [c.pk for c in courses if c.state in Course.ENDED and c.follow_up_on and c.follow_up_on <= today]
        for enrolment in enrolments_of(person, closed).filter(applied=None, attended__isnull=False).distinct():
            yield Todo(
                f"support.course_applied:{enrolment.pk}",
                enrolment.course.title,
                _("some months later: did you use it?"),
                reverse("support:course", args=[enrolment.course_id]),
                _("Answer"),
                enrolment.course.follow_up_on,
                kind=_("Courses"),
            )
    if user.has_perm("support.manage_agency"):
        yield from _agency(today)
    if user.has_perm("support.lift_conflicts"):
        asked = list(ConflictOverride.objects.filter(second_by=None, refused_at=None).select_related("person"))
        settled = {m.key for m in matters_told() if m.is_settled} if asked else set()
        asked = [override for override in asked if override.matter_key not in settled]
        funds = asked and held_funding_role(user, Form(region().form), today)
        for override in asked:
            if not is_second(override, person, Side.FUNDING if funds else Side.COACHING):
                continue
            yield Todo(
                f"support.override:{override.pk}",
                _("Override for %(who)s") % {"who": override.person.name},
                _("a second person has to agree or refuse"),
                reverse("support:overrides"),
                _("Decide"),
                kind=_("Conflicts of interest"),
            )
    if user.has_perm("support.plan_joint_work"):
        for action in late_actions(today):
            yield Todo(
                f"support.action:{action.pk}",
                action.title,
                _("an action of %(programme)s") % {"programme": action.programme.title},
                reverse("support:programme", args=[action.programme_id]),
                _("See"),
                action.due_on,
                kind=_("Joint work"),
            )
        for action, up in held_actions(today):
            if action.due_on < today:
                continue  # it stands above, as late
            yield Todo(
                f"support.held_action:{action.pk}",
                action.title,
                _("held up by what it waits for: ends on %(day)s at the earliest") % {"day": short_day(up.ends)},
                reverse("support:programme", args=[action.programme_id]),
                _("See"),
                action.due_on,
                kind=_("Joint work"),
            )


def _coaching(person: Any, today: date) -> Iterator[Todo]:
    for case in cases_of(person):
        mine, url = case.whose == person.pk, reverse("support:coaching", args=[case.pk])
        title = _("Coaching of %(cluster)s") % {"cluster": case.cluster_name or _("erased")}
        key, kind = f"support.coaching:{case.pk}", _("Coaching")
        if case.status is CoachingState.ASKED and not mine:
            due = case.asked_on + ANSWER_WITHIN
            why = _("a manager asked you: agree on a meeting, or say no")
            yield Todo(key, title, why, url, _("Answer"), due, kind=kind, alarm=due < today)
        elif case.status is CoachingState.STOPPED and mine and _was_declined(case, today):
            why = _("your coach cannot take it on: choose somebody else")
            yield Todo(key, title, why, url, _("See"), kind=kind)
        elif case.status in (CoachingState.FEEDBACK, CoachingState.UNANSWERED) and mine and case.feedback_on is None:
            again = case.reminders > 0
            why = _("asked again: how was the coaching?") if again else _("your coach asks how it was")
            yield Todo(key, title, why, url, _("Give feedback"), kind=kind, alarm=again)
        elif case.status is CoachingState.FEEDBACK and not mine and case.asked.was_long_enough(today):
            why = _("no answer came: close it with a follow-up day")
            yield Todo(key, title, why, url, _("Close"), kind=kind)
        elif case.status is CoachingState.FEEDBACK and case.feedback_on and not mine:
            yield Todo(key, title, _("feedback is given: close it with a follow-up day"), url, _("Close"), kind=kind)
        elif case.status in ENDED and case.follow_up_on and not case.followed_up_on:
            yield Todo(key, title, _("look again what came of it"), url, _("Look again"), case.follow_up_on, kind=kind)
        for entry in case.open_actions.all():
            yield Todo(
                f"support.coaching_action:{entry.pk}",
                title,
                _("an agreed action"),
                url,
                _("See"),
                entry.due_on,
                kind=kind,
            )


def _asked_by_colleagues(person: Any) -> Iterator[Todo]:
    """Who asked to be shown what the person offers, and has not met the person yet."""
    asked = PeerExchange.objects.filter(offer__person=person, met_on=None).select_related("offer", "who")
    for exchange in asked.order_by("asked_on", "pk"):
        yield Todo(
            f"support.exchange:{exchange.pk}",
            str(COMPETENCE_LABELS.get(exchange.offer.competence, exchange.offer.competence)),
            _("%(who)s asks you to show it") % {"who": exchange.learner_name or _("a colleague")},
            reverse("support:peers"),
            _("Agree on a day"),
            kind=_("Colleagues"),
        )


DECLINED_SHOWN = timedelta(days=30)


def _was_declined(case: CoachingCase, today: date) -> bool:
    """Whether the coach, and not the manager, stopped it of late: a coach says why."""
    late = case.closed_on is None or case.closed_on < today - DECLINED_SHOWN
    return not late and case.entries.filter(coach__isnull=False).exists()


def _own_courses(courses: Iterable[Course]) -> Iterator[Todo]:
    """Of courses that the person runs as their coach: attendance to take, the close, the look afterwards."""
    for course in courses:
        url, kind = reverse("support:course_run", args=[course.pk]), _("Courses")
        if course.state == Course.State.DAYS:
            url, why = reverse("support:course_days", args=[course.pk]), _("it looks for a day: see who can when")
            yield Todo(f"support.course_looks:{course.pk}", course.title, why, url, _("Set the day"), kind=kind)
        elif course.state == Course.State.HELD:
            why = _("it was held: close it with feedback and a follow-up")
            yield Todo(f"support.course_close:{course.pk}", course.title, why, url, _("Close"), kind=kind)
        elif course.state in Course.ENDED and course.follow_up_on and not course.followed_up_on:
            yield Todo(
                f"support.course_follow_up:{course.pk}",
                course.title,
                _("look again what came of it"),
                url,
                _("Look again"),
                course.follow_up_on,
                kind=kind,
            )


def _agency(today: date) -> Iterator[Todo]:
    words = {
        "never_named": _("no contact was ever named"),
        "not_yet": _("its first contact begins later: name one for today"),
        "left": _("its contact holds no office any more"),
    }
    for line in contact_board(today):
        if line.alarm:
            yield Todo(
                f"support.contact:{line.cluster.key}",
                line.cluster.name,
                words[line.alarm],
                reverse("support:contact", args=[line.cluster.key]),
                _("Hand over"),
                kind=_("Contacts"),
                alarm=True,
            )
    for suggestion in [s for s in told_suggestions(True, today) if not s.answer][:20]:
        yield Todo(
            f"support.suggestion:{suggestion.pk}",
            suggestion.text[:80],
            _("a suggestion without an answer"),
            reverse("support:suggestions"),
            _("Answer"),
            kind=_("You said, we did"),
        )
