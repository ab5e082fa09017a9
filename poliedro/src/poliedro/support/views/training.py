"""Courses: what is offered, a seat or the waiting list, attendance, feedback, certificate, follow-up."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from poliedro.accounts.models import Person
from poliedro.accounts.queries import person_of
from poliedro.registry.models import Office
from poliedro.registry.queries.roles import managed_clusters, managers_on
from poliedro.registry.queries.ties import funding_people
from poliedro.registry.rules.permissions import Form
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure
from poliedro.shared.paper import pdf_of
from poliedro.shared.region import region
from poliedro.shared.spoken import short_day
from poliedro.support.forms.agency import CloseCourseForm, CourseFeedbackForm, CourseForm
from poliedro.support.forms.training import AttendanceForm, MaterialForm
from poliedro.support.models import Course, CourseMaterial, CourseSession, Enrolment
from poliedro.support.models.agency import COMPETENCE_LABELS
from poliedro.support.queries.agency import (
    applied_of,
    courses,
    enrolment_of,
    place_in_line,
    readable_material,
    score_of,
)
from poliedro.support.rules.agency import COMPETENCES, PATIENCE_DAYS, CannotMove
from poliedro.support.services.agency import (
    attended_share,
    cancel_course,
    cancel_enrolment,
    close_course,
    enrol,
    follow_up_course,
    give_course_feedback,
    open_course,
    take_attendance,
    tell_applied,
)
from poliedro.support.services.material import add_material, remove_material
from poliedro.support.views.agency import agency_tabs, home_crumb, seats_words
from poliedro.support.views.course_days import course_by_pk, courses_crumb, looking_for_a_day
from poliedro.support.views.found import inside


def enrolment_by_pk(pk: int) -> Enrolment:
    found: Enrolment = inside(Enrolment.objects.select_related("course", "who"), pk)
    return found


def _name(enrolment: Enrolment) -> tuple[str, str]:
    """Name of the person and of the cluster; of an erased seat neither."""
    who = enrolment.opened
    return (who.name, who.cluster_name) if who else (_("erased"), "")


def _days(course: Course) -> str:
    if course.state == Course.State.DAYS:
        return _("Proposed: %(days)s") % {"days": ", ".join(short_day(d.on) for d in course.proposed.all())}
    return ", ".join(f"{short_day(s.on)} {s.starts_at:%H:%M}-{s.ends_at:%H:%M}" for s in course.sessions.all())


@needs("support.use_agency")
def training(request: HttpRequest) -> HttpResponse:
    """The courses, open ones first."""
    chosen = request.GET.get("competence", "")
    every = courses()
    rows = [c for c in every if chosen in ("", c.competence)]
    blocks = [
        Block(
            items=[
                Item(
                    c.title,
                    url=reverse("support:course", args=[c.pk]),
                    tag=str(c.get_state_display()),
                    text=_days(c),
                    meta="; ".join(
                        [
                            str(COMPETENCE_LABELS.get(c.competence, c.competence)),
                            *([seats_words(c)] if c.state == Course.State.OPEN else []),
                        ]
                    ),
                )
                for c in rows
            ],
            empty=_("No course now. Write down your need: three clusters with one need make a course."),
            links=[(_("Plan a course"), reverse("support:course_new"))]
            if request.user.has_perm("support.plan_training")
            else [],
        )
    ]
    n = sum(c.state == Course.State.OPEN for c in rows)
    page = WorkingPage(
        ngettext("%(n)d course is open", "%(n)d courses are open", n) % {"n": n},
        _("For groups of managing bodies. To ask for training is a step forward, never a failure."),
        blocks,
        tabs=agency_tabs(request.user, "support:training"),
    )
    return show(request, page, [home_crumb(), Crumb(_("Courses"))], synthetic=any(c.is_synthetic for c in rows))


@needs("support.use_agency")
@never_cache
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """One course; enrol, give the seat back, say how it was."""
    found = course_by_pk(pk)
    person = person_of(request)
    mine = enrolment_of(found, person)
    clusters = list(managed_clusters(request.user))
    if found.state == Course.State.DAYS:
        return looking_for_a_day(request, found, mine, clusters)
    form = CourseFeedbackForm(request.POST if request.POST.get("do") == "feedback" else None)
    if request.method == "POST":
        if request.POST.get("do") == "enrol" and clusters:
            try:
                enrol(course=found, person=person, cluster=clusters[0], by=request.user)
            except CannotMove:
                messages.error(request, _("The course takes nobody any more."))
            return redirect("support:course", pk)
        if request.POST.get("do") == "cancel" and mine is not None:
            cancel_enrolment(enrolment=mine, by=request.user)
            return redirect("support:course", pk)
        if request.POST.get("do") == "applied" and mine is not None and found.state in Course.ENDED:
            tell_applied(enrolment=mine, applied=request.POST.get("applied") == "yes", by=request.user)
            return redirect("support:course", pk)
        if mine is not None and mine.feedback_on is None and form.is_valid():
            data = form.cleaned_data
            # Not yet at the end of the course is no answer: it is asked again at the follow-up.
            data["applied"] = data["applied"] or None
            give_course_feedback(enrolment=mine, on=timezone.localdate(), by=request.user, **data)
            messages.success(
                request, _("Thank you. What the agency changes because of it appears under 'You said, we did'.")
            )
            return redirect("support:course", pk)
    blocks = [
        Block(
            text=found.text,
            items=[
                Item(f"{short_day(s.on)}, {s.starts_at:%H:%M}-{s.ends_at:%H:%M}", meta=found.place)
                for s in found.sessions.all()
            ],
        ),
        *_mine(found, mine, bool(clusters), form),
    ]
    runs = request.user.has_perm("support.run_training", found)
    if files := readable_material(found, person, runs=runs):
        blocks.insert(1, Block(_("Material"), items=[_material(m) for m in files]))
    if found.state == Course.State.HELD:
        # A mean that moves while answers come in, beside who has answered, tells who gave which score.
        blocks.append(Block(_("How those who came found it"), text=_("Told once the course is closed.")))
    elif found.state in Course.ENDED:
        figures = [_score(found, *score_of(found)), _applied(found, *applied_of(found))]
        blocks.append(Block(_("How those who came found it"), figures=figures))
    if runs:
        blocks.append(Block(links=[(_("Run this course"), reverse("support:course_run", args=[pk]))]))
    page = WorkingPage(
        found.title,
        _("%(what)s, with %(who)s. State: %(state)s.")
        % {
            "what": COMPETENCE_LABELS.get(found.competence, found.competence),
            "who": found.provider.name if found.provider else _("a trainer to be named"),
            "state": found.get_state_display(),
        },
        blocks,
    )
    return show(request, page, [home_crumb(), courses_crumb(), Crumb(found.title)], synthetic=found.is_synthetic)


def _material(material: CourseMaterial, **more: Any) -> Item:
    return Item(
        material.title,
        url=reverse("support:course_material", args=[material.pk]),
        meta=f"{material.name}, {filesizeformat(material.bytes)}",
        **more,
    )


@needs("support.use_agency")
@never_cache
def course_material(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a course: always a download, never a page that a browser would run."""
    found = get_object_or_404(CourseMaterial.objects.select_related("course"), pk=pk)
    runs = request.user.has_perm("support.run_training", found.course)
    if found not in readable_material(found.course, getattr(request.user, "person", None), runs=runs):
        raise PermissionDenied("support.read_material")
    with found.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response


def _score(course: Course, score: float | None, answers: int) -> Figure:
    return Figure(
        score,
        _("Satisfaction with the course"),
        unit="/ 5",
        decimals=1,
        n=answers,
        certainty="synthetic" if course.is_synthetic else "reported",
        definition=_("Mean of the scores that participants gave; shown from three answers on."),
        null_means=_("fewer than three answers"),
        source=_("participants' feedback"),
    )


def _applied(course: Course, share: float | None, answers: int) -> Figure:
    return Figure(
        None if share is None else 100 * share,
        _("Used it in their work"),
        unit="%",
        decimals=0,
        n=answers,
        certainty="synthetic" if course.is_synthetic else "reported",
        definition=_("Share of participants who said so at the follow-up; shown from three answers on."),
        null_means=_("fewer than three answers"),
        source=_("participants' feedback"),
    )


def _mine(found: Course, mine: Enrolment | None, may_enrol: bool, form: CourseFeedbackForm) -> list[Block]:
    """What the reader can do with the own seat."""
    if mine is None or mine.state == Enrolment.State.WISH:
        if found.state != Course.State.OPEN or not may_enrol:
            return []
        full = found.enrolments.filter(state=Enrolment.State.SEAT).count() >= found.seats
        said = _("All seats are taken: you would wait in line.") if full else _("There is a seat for you.")
        label = _("Join the waiting list") if full else _("Enrol")
        if mine is not None:
            said = " ".join((_("You could on none of the days that were chosen."), said))
        return [Block(_("Take part"), items=[Item(said, buttons=[Button(label, fields={"do": "enrol"})])])]
    give_back = Button(_("Give it back"), fields={"do": "cancel"}, second=True)
    if mine.state == Enrolment.State.WAITING:
        text = _("You are number %(n)d on the waiting list.") % {"n": place_in_line(mine)}
        return [Block(_("Take part"), items=[Item(text, buttons=[give_back])])]
    blocks = []
    if found.state == Course.State.OPEN:
        blocks.append(Block(_("Take part"), text=_("You have a seat.")))
        lost = Item(_("Whoever waits longest gets it; you would go to the end of the line."), buttons=[give_back])
        blocks.append(Block(folded=_("Give the seat back"), items=[lost]))
    if mine.feedback_on:
        given = _("You gave %(n)d of 5 on %(day)s. Thank you.")
        blocks.append(Block(_("How was it?"), text=given % {"n": mine.score, "day": short_day(mine.feedback_on)}))
    elif mine.attended.exists():
        blocks.append(Block(_("How was it?"), form=form, button=_("Give feedback"), do="feedback"))
    if found.state in Course.ENDED and mine.attended.exists() and mine.applied is None:
        yes = Button(_("Yes"), fields={"do": "applied", "applied": "yes"}, of=_("I have used it in my work"))
        no = Button(_("No"), fields={"do": "applied", "applied": "no"}, second=True, of=_("I have used it in my work"))
        blocks.append(Block(_("Some months later"), items=[Item(_("Did you use it in your work?"), buttons=[yes, no])]))
    if mine.certificate:
        url = reverse("support:certificate", args=[mine.pk])
        blocks.append(Block(links=[(_("My certificate (PDF)"), url)]))
    return blocks


def _coaches(today: date) -> QuerySet[Person]:
    """Who can run a course: coaches of today, cluster managers where there is no agency; nobody who funds."""
    if Form(region().form) is Form.NONE:
        return managers_on(today)
    offices = Office.objects.known().active_on(today).filter(function=Office.Function.COACH)
    barred = funding_people(Form(region().form), today)
    return Person.objects.filter(pk__in=offices.values("person")).exclude(pk__in=barred).order_by("name")


@needs("support.plan_training")
def course_new(request: HttpRequest) -> HttpResponse:
    """Plan a course for a need that several clusters share, and name the coach who runs it."""
    asked = request.GET.get("competence", "")
    person = person_of(request)
    initial = {"competence": asked if asked in COMPETENCES else "strategy", "coach": person.pk}
    form = CourseForm(request.POST or None, initial=initial, coaches=_coaches(timezone.localdate()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        days = [data[key] for key in ("on", "second_on", "third_on") if data[key]]
        made = open_course(
            title=data["title"],
            text=data["text"],
            competence=data["competence"],
            provider=data["provider"],
            coach=data["coach"],
            seats=data["seats"],
            place=data["place"],
            sessions=[(day, data["starts_at"], data["ends_at"]) for day in days],
            proposed=data["proposed"],
            by=request.user,
        )
        return redirect("support:course", made.pk)
    page = WorkingPage(
        _("Plan a course"),
        _("Managers enrol themselves; seats go in the order of asking, then a waiting list."),
        [Block(form=form, button=_("Open the course"))],
    )
    return show(request, page, [home_crumb(), courses_crumb(), Crumb(_("Plan a course"))])


@needs("support.run_training", found=course_by_pk)
@never_cache
def course_run(request: HttpRequest, found: Course) -> HttpResponse:
    """Who is enrolled, attendance of each session, and the close with feedback and follow-up."""
    pk = found.pk
    form = CloseCourseForm(request.POST if request.POST.get("do") == "close" else None)
    uploads = request.POST.get("do") == "material"
    adding = MaterialForm(request.POST if uploads else None, request.FILES if uploads else None)
    if request.method == "POST":
        if request.POST.get("do") == "attendance":
            session = get_object_or_404(CourseSession, pk=request.POST.get("session"), course=found)
            present = {int(k) for k in request.POST.getlist("present") if k.isdigit()}
            take_attendance(session=session, present=present, by=request.user)
            return redirect("support:course_run", pk)
        if request.POST.get("do") == "cancel":
            try:
                cancel_course(course=found, by=request.user)
            except CannotMove:
                messages.error(request, _("Somebody was there: the course closes with their feedback."))
            return redirect("support:course_run", pk)
        if request.POST.get("do") == "remove_material":
            file = get_object_or_404(CourseMaterial, pk=request.POST.get("material"), course=found)
            remove_material(material=file, by=request.user)
            return redirect("support:course_run", pk)
        if adding.is_valid():
            data = adding.cleaned_data
            add_material(
                course=found,
                title=data["title"],
                name=data["file"].name,
                content=data["content"],
                readers=data["readers"],
                by=request.user,
            )
            return redirect("support:course_run", pk)
        if request.POST.get("do") == "followed_up" and found.state in Course.ENDED:
            follow_up_course(course=found, on=timezone.localdate(), by=request.user)
            return redirect("support:course_run", pk)
        if form.is_valid():
            data = form.cleaned_data
            try:
                close_course(course=found, follow_up_on=data["follow_up_on"], action=data["action"], by=request.user)
                return redirect("support:course_run", pk)
            except CannotMove:
                form.add_error(
                    None,
                    _(
                        "A course closes when attendance was taken and half of those present gave feedback; without an "
                        "answer after two reminders and %(days)d days. Where nobody came it is cancelled."
                    )
                    % {"days": PATIENCE_DAYS},
                )
    enrolments = list(
        found.enrolments.exclude(state=Enrolment.State.CANCELLED).select_related("who").prefetch_related("attended")
    )
    names = {e.pk: _name(e) for e in enrolments}
    looks = found.state == Course.State.DAYS
    seated = [e for e in enrolments if e.state == Enrolment.State.SEAT]
    blocks = [
        *(
            [Block(links=[(_("Set the day and the seats"), reverse("support:course_days", args=[pk]))])]
            if looks
            else []
        ),
        Block(
            _("Enrolled"),
            items=[
                Item(
                    names[e.pk][0],
                    meta=names[e.pk][1],
                    tag=str(e.get_state_display()),
                    text=_("gave feedback") if e.feedback_on else "",
                )
                for e in enrolments
            ],
            empty=_("Nobody yet."),
        ),
    ]
    files = [
        _material(
            m,
            tag=str(m.get_readers_display()),
            buttons=[
                Button(_("Take away"), fields={"do": "remove_material", "material": str(m.pk)}, second=True, of=m.title)
            ],
        )
        for m in found.material.all()
    ]
    blocks.append(Block(_("Material"), items=files, empty=_("No file yet.")))
    blocks.append(Block(folded=_("Add a file"), form=adding, button=_("Add"), do="material", multipart=True))
    for session in found.sessions.all():
        here = [e.pk for e in seated if session in e.attended.all()]
        blocks.append(
            Block(
                folded=_("Attendance of %(day)s") % {"day": f"{short_day(session.on)} {session.starts_at:%H:%M}"}
                + (" (" + _("taken") + ")" if session.attendance_taken else ""),
                form=AttendanceForm(session=session, seated=[(e.pk, names[e.pk][0]) for e in seated], here=here),
                button=_("Keep attendance"),
                do="attendance",
            )
        )
    if found.state == Course.State.HELD:
        asked = ngettext(
            "Feedback was asked again %(n)d time so far.",
            "Feedback was asked again %(n)d times so far.",
            found.reminders,
        ) % {"n": found.reminders}
        blocks.append(Block(_("Close the course"), text=asked, form=form, button=_("Close"), do="close"))
    if found.state in Course.RUNNING and not any(e.attended.all() for e in enrolments):
        off = Button(_("Cancel the course"), fields={"do": "cancel"}, second=True)
        blocks.append(Block(items=[Item(_("It does not take place, or nobody came."), buttons=[off])]))
    if found.state in Course.ENDED and not found.followed_up_on and found.follow_up_on:
        done = Button(_("Followed up today"), fields={"do": "followed_up"})
        text = _("To be looked at again on %(day)s.") % {"day": short_day(found.follow_up_on)}
        blocks.append(Block(_("Next step"), items=[Item(text, text=found.follow_up_action, buttons=[done])]))
    page = WorkingPage(
        _("Run: %(course)s") % {"course": found.title},
        _("Who takes part is kept encrypted: you, who run the course, read it, and nobody else."),
        blocks,
    )
    crumbs = [home_crumb(), courses_crumb(), Crumb(found.title, reverse("support:course", args=[pk]))]
    return show(request, page, crumbs, synthetic=found.is_synthetic)


@needs("support.open_coaching", enrolment=enrolment_by_pk)
@never_cache
def certificate(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """The certificate of a participant as PDF; only the participant gets it."""
    if not enrolment.certificate:
        messages.error(
            request, _("The certificate follows your feedback, where four fifths of the hours were attended.")
        )
        return redirect("support:course", enrolment.course_id)

    page = render_to_string(
        "support/certificate.html",
        {
            "e": enrolment,
            "who": enrolment.opened,
            "sessions": enrolment.attended.all(),
            "share": round(attended_share(enrolment) * 100),
        },
        request,
    )
    body = pdf_of(page, ["shared/card.css"])
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{enrolment.certificate}.pdf"'
    return response
