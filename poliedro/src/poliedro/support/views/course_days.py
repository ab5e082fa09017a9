"""A course that looks for its day: managers say when they can, its coach sees what each choice means, and sets it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from poliedro.accounts.queries import person_of
from poliedro.registry.models import Cluster
from poliedro.registry.queries.roles import managed_clusters, managers_on
from poliedro.shared.access import needs, refuse
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb
from poliedro.support.forms.training import DaysForm, DaysOfForm, ProposeForm, day_words
from poliedro.support.models import Course, Enrolment, ProposedDay
from poliedro.support.models.agency import COMPETENCE_LABELS, URGENCY_LABELS
from poliedro.support.queries.course_days import DayPlan, day_plans, wishes_of
from poliedro.support.rules.agency import CannotMove
from poliedro.support.services.agency import cancel_enrolment
from poliedro.support.services.course_days import drop_day, propose_day, say_days, set_days
from poliedro.support.views.agency import home_crumb


def course_by_pk(pk: int) -> Course:
    return get_object_or_404(Course.objects.select_related("provider"), pk=pk)


def courses_crumb() -> Crumb:
    return Crumb(_("Courses"), reverse("support:training"))


def looking_for_a_day(
    request: HttpRequest, found: Course, mine: Enrolment | None, clusters: Sequence[Cluster]
) -> HttpResponse:
    """The page of such a course for whoever may take part: on which days I can, for the coach's eyes alone."""
    person = person_of(request)
    said, proposed = mine.opened if mine else None, list(found.proposed.all())
    start = {"days": list(said.days), "on_none": not said.days, "urgency": said.urgency} if said else {}
    form = DaysForm(request.POST if request.POST.get("do") == "days" else None, proposed=proposed, initial=start)
    if request.method == "POST":
        if not clusters:
            refuse(request, "support.confide")
        if request.POST.get("do") == "cancel" and mine is not None:
            cancel_enrolment(enrolment=mine, by=request.user)
            return redirect("support:course", found.pk)
        if form.is_valid():
            say_days(course=found, person=person, cluster=clusters[0], by=request.user, **form.cleaned_data)
            days = len(form.cleaned_data["days"])
            messages.success(
                request,
                ngettext(
                    "Kept: you can on %(n)d day. You hear here which day it is, and whether you have a seat.",
                    "Kept: you can on %(n)d days. You hear here which day it is, and whether you have a seat.",
                    days,
                )
                % {"n": days}
                if days
                else _("Kept: none of these days suits you. Change it here if others are proposed."),
            )
            return redirect("support:course", found.pk)
    blocks = [Block(text=found.text, items=[Item(day_words(day), meta=found.place) for day in proposed])]
    if clusters:
        blocks.append(Block(_("When can you?"), form=form, button=_("Keep"), do="days"))
    if mine is not None:
        off = Item(
            _("Your answer is taken back."), buttons=[Button(_("Take it back"), fields={"do": "cancel"}, second=True)]
        )
        blocks.append(Block(folded=_("I do not want to take part after all"), items=[off]))
    if request.user.has_perm("support.run_training", found):
        url = reverse("support:course_days", args=[found.pk])
        blocks.append(Block(links=[(_("Set the day and the seats"), url)]))
    page = WorkingPage(
        found.title,
        _("%(what)s, with %(who)s. State: %(state)s.")
        % {
            "what": COMPETENCE_LABELS.get(found.competence, found.competence),
            "who": found.provider.name if found.provider else _("a trainer to be named"),
            "state": found.get_state_display(),
        },
        blocks,
        note=_("What you answer is kept encrypted: the coach who runs the course reads it, and nobody else."),
    )
    return show(request, page, [home_crumb(), courses_crumb(), Crumb(found.title)], synthetic=found.is_synthetic)


@needs("support.run_training", found=course_by_pk)
@never_cache
def course_days(request: HttpRequest, found: Course) -> HttpResponse:
    """What each choice of days would mean, and the one act that sets them; answers that came by telephone."""
    if found.state != Course.State.DAYS:
        return redirect("support:course_run", found.pk)
    proposed, do = list(found.proposed.all()), request.POST.get("do", "")
    managers = list(managers_on(timezone.localdate()).select_related("user"))
    told = DaysOfForm(
        request.POST if do == "told" else None, proposed=proposed, managers=[(p.pk, p.name) for p in managers]
    )
    new = ProposeForm(request.POST if do == "propose" else None)
    try:
        if do == "set":
            days = [int(d) for d in request.POST.get("days", "").split() if d.isdigit()]
            set_days(course=found, days=days, by=request.user)
            messages.success(
                request, _("The day is set; each reads on the page of the course whether they have a seat.")
            )
            return redirect("support:course_run", found.pk)
        if do == "drop":
            drop_day(day=get_object_or_404(ProposedDay, pk=request.POST.get("day"), course=found), by=request.user)
            return redirect("support:course_days", found.pk)
        if do == "told" and told.is_valid():
            data = dict(told.cleaned_data)
            key = data.pop("person")
            person = next(p for p in managers if p.pk == key)
            cluster = managed_clusters(person.user).first() if person.user else None
            say_days(course=found, person=person, cluster=cluster, by=request.user, **data)
            return redirect("support:course_days", found.pk)
        if do == "propose" and new.is_valid():
            propose_day(course=found, by=request.user, **new.cleaned_data)
            return redirect("support:course_days", found.pk)
    except CannotMove:
        messages.error(request, _("That is no longer possible: reload the page. One to eight days can be proposed."))
        return redirect("support:course_days", found.pk)
    wishes = wishes_of(found)
    plans = day_plans(found)
    by_key = {day.pk: day for day in proposed}
    blocks = [
        Block(
            _("On which day"),
            items=[_plan(plan, plan is plans[0], found.seats) for plan in plans],
            empty=_("Nobody has answered yet."),
        ),
        Block(
            _("Who can when"),
            items=[
                Item(
                    who.name,
                    text="; ".join(day_words(by_key[d]) for d in who.days if d in by_key) or _("on none of these days"),
                    meta=", ".join(filter(None, (who.cluster_name, str(URGENCY_LABELS.get(who.urgency, ""))))),
                )
                for _row, who in wishes
            ],
            empty=_("Nobody has answered yet."),
        ),
        Block(folded=_("Note what somebody told you"), form=told, button=_("Keep"), do="told"),
        Block(
            _("Days proposed"),
            items=[
                Item(
                    day_words(day),
                    buttons=[
                        Button(
                            _("Take back"), fields={"do": "drop", "day": str(day.pk)}, second=True, of=day_words(day)
                        )
                    ]
                    if len(proposed) > 1
                    else [],
                )
                for day in proposed
            ],
        ),
        Block(folded=_("Propose another day"), form=new, button=_("Propose"), do="propose"),
    ]
    page = WorkingPage(
        _("Day and seats: %(course)s") % {"course": found.title},
        _("Who needs it most is seated first, then who answered first; no other choice of seats reaches more need."),
        blocks,
        note=_("Who can when is kept encrypted: you, who run the course, read it, and nobody else."),
    )
    crumbs = [home_crumb(), courses_crumb(), Crumb(found.title, reverse("support:course", args=[found.pk]))]
    return show(request, page, [*crumbs, Crumb(_("Day and seats"))], synthetic=found.is_synthetic)


def _plan(plan: DayPlan, best: bool, seats: int) -> Item:
    """A choice of days with what speaks for it."""
    found = plan.seating
    people = len(found.seated) + len(found.waiting) + len(found.cannot)
    reason = [
        _("%(n)d of %(all)d have a seat (need: %(points)d points)")
        % {"n": len(found.seated), "all": people, "points": found.points},
        ngettext("%(n)d waits", "%(n)d wait", len(found.waiting)) % {"n": len(found.waiting)},
        ngettext("%(n)d cannot", "%(n)d cannot", len(found.cannot)) % {"n": len(found.cannot)},
        ngettext("%(n)d seat on each day", "%(n)d seats on each day", seats) % {"n": seats},
    ]
    name = "; ".join(day_words(day) for day in plan.days)
    keys = " ".join(str(day.pk) for day in plan.days)
    return Item(
        name,
        tag=_("best") if best else "",
        text=_("Held twice, once on each day.") if len(plan.days) > 1 else "",
        meta=", ".join(reason),
        buttons=[Button(_("Hold it then"), fields={"do": "set", "days": keys}, second=not best, of=name)],
    )
