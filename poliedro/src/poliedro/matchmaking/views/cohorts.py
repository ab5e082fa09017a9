"""The page of a cohort, for its mentors, its firms and who runs it: meetings, and feedback at the end."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.matchmaking.forms import CohortMeetingForm, FeedbackForm
from poliedro.matchmaking.models import Cohort, CohortFeedback, CohortMeeting, Preference
from poliedro.matchmaking.services import cohorts as cohorts_
from poliedro.matchmaking.services.cohorts import Place
from poliedro.matchmaking.views.base import Action, Item, Part, Shown, page
from poliedro.matchmaking.views.find import one
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb, Empty
from poliedro.shared.templatetags.poliedro import day as spoken_day


@signed_in
def cohort(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was at which meeting and what was agreed; after the demo day, what mentors and firms say of each other."""
    found: Cohort = one(Cohort.objects.select_related("accelerator__organisation", "accelerator__cluster"), pk)
    user, here = request.user, reverse("matchmaking:cohort", args=[pk])
    place = cohorts_.place_of(found, user)
    if not place.belongs:
        raise PermissionDenied(_("only the cohort's firms, its mentors and who runs it"))
    meetings = list(found.meetings.prefetch_related("mentors__person", "firms"))
    mentors, firms = cohorts_.mentors_of(found), cohorts_.firms_of(found)
    ahead = [m.next_on for m in meetings[:1] if m.next_on and m.next_on >= timezone.localdate()]
    parts = [
        Part(
            facts=[
                (_("Mentors"), ", ".join(map(str, mentors)) or "–"),
                (_("Firms"), ", ".join(map(str, firms)) or "–"),
                (_("Demo day"), spoken_day(found.demo_day_on)),
                (_("Next meeting"), spoken_day(ahead[0]) if ahead else "–"),
            ]
        ),
        Part(
            _("Meetings"),
            items=[_met(m) for m in meetings],
            empty=Empty(_("No meeting yet"), _("Mentors note here who was there, what was agreed and the next day.")),
            actions=[_note(user, found, here)] if (place.runs or place.mentor) and mentors and firms else [],
        ),
        _feedback(user, found, place, here),
    ]
    title = ngettext("%(cohort)s: %(n)d meeting so far", "%(cohort)s: %(n)d meetings so far", len(meetings)) % {
        "cohort": found,
        "n": len(meetings),
    }
    return page(
        request,
        Shown(
            title,
            "",
            parts,
            [
                Crumb(_("Accelerators"), reverse("matchmaking:accelerators")),
                Crumb(str(found.accelerator), reverse("matchmaking:accelerator", args=[found.accelerator_id])),
                Crumb(_("Cohort")),
            ],
            synthetic=found.accelerator.is_synthetic,
        ),
    )


def _met(meeting: CohortMeeting) -> Item:
    there = ", ".join([*(str(m) for m in meeting.mentors.all()), *(str(f) for f in meeting.firms.all())])
    return Item(
        spoken_day(meeting.on),
        meta=_("there: %(who)s") % {"who": there},
        text=meeting.agreed,
        tags=[_("next on %(day)s") % {"day": spoken_day(meeting.next_on)}] if meeting.next_on else [],
    )


def _note(user: Any, found: Cohort, here: str) -> Action:
    return Action(
        "met",
        _("Note the meeting"),
        lambda **f: str(cohorts_.log_cohort_meeting(cohort=found, by=user, **f) and here),
        partial(CohortMeetingForm, cohort=found),
        title=_("The cohort met"),
        under=_("Its mentors, its firms and who runs it read this."),
        done=_("Noted."),
        closed=True,
    )


def _feedback(user: Any, found: Cohort, place: Place, here: str) -> Part:
    given = list(found.feedback.select_related("mentor__person", "organisation"))
    told = {(f.side, f.mentor_id, f.organisation_id) for f in given}
    actions = []
    if cohorts_.is_over(found, timezone.localdate()):
        pairs = [(Preference.Side.MENTOR, place.mentor, f) for f in cohorts_.firms_of(found)] if place.mentor else []
        pairs += [(Preference.Side.MENTEE, m, f) for f in place.firms for m in cohorts_.mentors_of(found)]
        actions = [
            Action(
                f"rate-{side}-{mentor.pk}-{firm.pk}",
                _("Send"),
                lambda side=side, mentor=mentor, firm=firm, **f: str(
                    cohorts_.rate_in_cohort(cohort=found, side=side, mentor=mentor, organisation=firm, by=user, **f)
                    and here
                ),
                FeedbackForm,
                title=_("Feedback to %(who)s") % {"who": firm if side == Preference.Side.MENTOR else mentor},
                done=_("Thank you."),
                closed=True,
            )
            for side, mentor, firm in pairs
            if mentor is not None and (str(side), mentor.pk, firm.pk) not in told
        ]
    said = _(
        "From the demo day on, each mentor and each firm rates the other, and reads the answer once both have spoken."
    )
    asked = _("Both sides are asked on the demo day, %(day)s.") % {"day": spoken_day(found.demo_day_on)}
    return Part(
        _("Feedback"),
        said,
        items=[_said(f) for f in given if _may_read(f, place, told)],
        empty=Empty(_("No feedback yet"), asked),
        actions=actions,
    )


def _may_read(one: CohortFeedback, place: Place, told: set[tuple[str, int, int]]) -> bool:
    """Who runs it reads all; the two read each other's words once both have spoken, so that nobody answers in kind."""
    if place.runs:
        return True
    theirs = one.mentor == place.mentor or one.organisation in place.firms
    both = {(side, one.mentor_id, one.organisation_id) for side in Preference.Side.values} <= told
    return theirs and both


def _said(one: CohortFeedback) -> Item:
    mentor, firm = str(one.mentor), str(one.organisation)
    said, of = (mentor, firm) if one.side == Preference.Side.MENTOR else (firm, mentor)
    return Item(_("%(who)s of %(whom)s: %(n)d of 5") % {"who": said, "whom": of, "n": one.rating}, text=one.text)
