"""The course for mentors: four parts to read, each with two questions; who answers them rightly has done the part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from poliedro.accounts.models import Person
from poliedro.matchmaking.models import Mentor, MentorTraining
from poliedro.matchmaking.services import mentoring as mentoring_
from poliedro.matchmaking.views.base import Action, Part, Shown, page
from poliedro.shared.access import signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import day as spoken_day


@dataclass(frozen=True)
class Lecture:
    """text: what to read. questions: key -> (question, answers by key). The right ones stand in `rules/course.py`."""

    text: str
    questions: dict[str, tuple[str, dict[str, str]]]


def lectures() -> dict[str, Lecture]:
    """The parts of the course in the reader's language."""
    return {
        "role": Lecture(
            _(
                "A mentor lends experience, for a time, without pay and without a stake. You help the founder to see "
                "the next decision and what follows from it; you do not take it. You are no consultant, no salesman "
                "and no investor: who wants to become one ends the pair first."
            ),
            {
                "decides": (
                    _("Who decides what the firm does?"),
                    {"mentee": _("The mentee"), "mentor": _("The mentor"), "both": _("Both together")},
                ),
                "sells": (
                    _("When may a mentor sell the mentee something?"),
                    {
                        "asked": _("When asked"),
                        "cheap": _("Below the market price"),
                        "never": _("Not while the pair lasts"),
                    },
                ),
            },
        ),
        "listening": Lecture(
            _(
                "Begin with the question, not with the answer: what did you try, what happened, what would you do if "
                "nobody stopped you? Say again in your own words what you heard, and let the other correct it. A "
                "silence is time to think; leave it."
            ),
            {
                "first": (
                    _("The mentee describes a problem that you once had. What comes first?"),
                    {
                        "tell": _("Tell how you solved it"),
                        "ask": _("Ask what was tried already"),
                        "send": _("Name somebody who knows"),
                    },
                ),
                "silence": (
                    _("The mentee says nothing for a while. What do you do?"),
                    {"fill": _("Change the subject"), "wait": _("Wait"), "advise": _("Give advice")},
                ),
            },
        ),
        "conflicts": Lecture(
            _(
                "What you hear stays with you, also after the pair has ended. Say before the first meeting whom you "
                "work for, where you hold shares and whom you advise. If a rival of the mentee asks you for help, "
                "tell the agency before you answer; it may pair you with somebody else."
            ),
            {
                "rival": (
                    _("A competitor of your mentee asks you for advice. What do you do?"),
                    {
                        "help": _("Help both, on different subjects"),
                        "tell": _("Tell the agency before you answer"),
                        "mentee": _("Ask the competitor to keep it quiet"),
                    },
                ),
                "heard": (
                    _("A year after the pair ended, a fund asks you how the firm is doing. What do you say?"),
                    {
                        "keep": _("Nothing of what you heard as a mentor"),
                        "good": _("Only what is good"),
                        "all": _("Everything, as the pair is over"),
                    },
                ),
            },
        ),
        "closing": Lecture(
            _(
                "At the first meeting write down one to three goals that can be checked, and a day on which you look "
                "at them. After each meeting note the next step and who takes it. End on time: look at the goals "
                "together, say what helped and what did not, and both give their feedback."
            ),
            {
                "goal": (
                    _("What makes a goal of a pair a good one?"),
                    {
                        "big": _("It is ambitious"),
                        "written": _("It is written down and can be checked on a day"),
                        "open": _("It leaves room for everything"),
                    },
                ),
                "end": (
                    _("Who gives feedback at the end?"),
                    {"mentor": _("The mentor"), "mentee": _("The mentee"), "both": _("Both")},
                ),
            },
        ),
    }


@signed_in
def course(request: HttpRequest) -> HttpResponse:
    """The course; who offered to mentor answers its questions here."""
    user = request.user
    person = Person.objects.filter(user__pk=user.pk or 0).first()
    mentor = Mentor.objects.filter(person=person).first() if person is not None else None
    done = {t.module: t.done_on for t in mentor.trainings.all()} if mentor is not None else {}
    here = reverse("matchmaking:mentor_course")
    labels = dict(MentorTraining.Module.choices)
    parts = []
    for n, (key, lecture) in enumerate(lectures().items(), start=1):
        actions = []
        if mentor is not None and key not in done:
            actions.append(_questions(person, key, lecture, user, here))
        facts = [(_("Done on"), spoken_day(done[key]))] if key in done else []
        parts.append(Part(f"{n}. {labels[key]}", lecture.text, facts=facts, actions=actions))
    if mentor is None:
        parts.append(Part(links=[(_("Offer to mentor"), reverse("matchmaking:mentors"))]))
    return page(
        request,
        Shown(
            _("Course for mentors: %(done)d of %(all)d parts done")
            % {"done": len(done), "all": len(parts) - (mentor is None)},
            _(
                "A quarter of an hour a part. Who answers both questions rightly has done it; pairs begin "
                "after the fourth."
            ),
            parts,
            [Crumb(_("Mentors"), reverse("matchmaking:mentors")), Crumb(_("Course for mentors"))],
        ),
    )


def _questions(person: Any, key: str, lecture: Lecture, user: Any, here: str) -> Action:
    def form(*args: Any, **more: Any) -> forms.Form:
        made = forms.Form(*args, **more)
        for name, (question, answers) in lecture.questions.items():
            made.fields[name] = forms.ChoiceField(
                label=question, choices=list(answers.items()), widget=forms.RadioSelect
            )
        return made

    return Action(
        key,
        _("Answer"),
        lambda **answers: str(mentoring_.pass_part(person=person, part=key, answers=answers, by=user) and here),
        form,
        title=_("Two questions"),
        done=_("Right. This part is done."),
        closed=True,
    )
