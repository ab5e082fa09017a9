"""Hours of an expert whom small firms share: booked from an application, run at the desk, kept by the expert (R050).

A firm sees free seats and its own bookings, never another firm's. The expert sees who comes, to which call, and the
question; the draft stays its applicant's own. Who runs the calendars sees how many seats are taken, not by whom.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.accounts.models import Person
from poliedro.funding.forms import BookForm, ExpertForm, HourForm, ReasonForm
from poliedro.funding.models import Application, ExpertBooking, ExpertSlot, SharedExpert
from poliedro.funding.queries.booking import (
    Hour,
    booking_ahead,
    calendar,
    earlier_bookings,
    expert_of,
    experts,
    free_hours,
)
from poliedro.funding.rules.booking import CannotBook, is_small
from poliedro.funding.services.applications import open_points
from poliedro.funding.services.booking import (
    book_hour,
    cancel_booking,
    name_expert,
    offer_hour,
    settle_booking,
    withdraw_hour,
)
from poliedro.funding.views.applications import point_words
from poliedro.funding.views.calls import call_crumbs, in_words, title_of
from poliedro.funding.views.words import refusal_words
from poliedro.shared.access import needs, signed_in
from poliedro.shared.components import Crumb
from poliedro.shared.templatetags.poliedro import day

RUN = "funding.run_expert_hours"


def hour_words(slot: ExpertSlot) -> str:
    """When: 3 dicembre 2026, 10:00-11:00."""
    begins, ends = timezone.localtime(slot.starts_at), timezone.localtime(slot.ends_at)
    return f"{day(begins)}, {begins:%H:%M}-{ends:%H:%M}"


def _own_draft(request: HttpRequest, pk: int) -> Application:
    """The application, for those who act for its applicant alone."""
    found = get_object_or_404(Application.objects.select_related("line__call", "version", "organisation"), pk=pk)
    if not request.user.has_perm("funding.apply", found.organisation):
        raise PermissionDenied
    return found


@signed_in
def expert(request: HttpRequest, pk: int) -> HttpResponse:
    """What is open in my application, and an hour with somebody who goes through it with me."""
    found = _own_draft(request, pk)
    ahead = booking_ahead(found)
    is_draft = found.state == Application.State.DRAFT
    firm = found.organisation
    small = is_small(kind=firm.kind, size_class=firm.size_class)
    hours = free_hours(timezone.now()) if is_draft and small and ahead is None else []
    document = found.version.rules
    return render(
        request,
        "funding/expert.html",
        {
            "application": found,
            "is_draft": is_draft,
            "is_small": small,
            "points": [point_words(document, kind, subject) for kind, subject in open_points(found)]
            if is_draft
            else [],
            "effort": document.effort_hours,
            "ahead": ahead,
            "ahead_when": hour_words(ahead.slot) if ahead else "",
            "earlier": [(b, hour_words(b.slot)) for b in earlier_bookings(found)],
            "form": BookForm([(str(h.slot.pk), _choice(h)) for h in hours]) if hours else None,
            "cancel_form": ReasonForm(auto_id="cancel_%s"),
            "synthetic_data": firm.is_synthetic,
            "crumbs": call_crumbs(
                Crumb(found.title, reverse("funding:application", args=[found.pk])), Crumb(_("The shared expert"))
            ),
        },
    )


def _choice(hour: Hour) -> str:
    about = in_words(hour.slot.expert.topics_it, hour.slot.expert.topics_en)
    said = f"{hour_words(hour.slot)}: {hour.slot.expert}, {about}; {hour.slot.place}"
    if hour.slot.seats > 1:
        return _("%(hour)s (joint hour, %(n)s seats free)") % {"hour": said, "n": hour.slot.seats - hour.taken}
    return said


@signed_in
def book(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own_draft(request, pk)
    if request.method == "POST":
        number = request.POST.get("slot", "")
        slot = ExpertSlot.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 10 else None
        if slot is None:
            messages.error(request, _("Choose an hour."))
        else:
            try:
                book_hour(slot=slot, application=found, question=request.POST.get("question", ""), by=request.user,
                          now=timezone.now())  # fmt: skip
                messages.success(request, _("Booked: %(when)s.") % {"when": hour_words(slot)})
            except CannotBook as refused:
                messages.error(request, refusal_words(refused))
    return redirect("funding:expert", found.pk)


@signed_in
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own_draft(request, pk)
    ahead = booking_ahead(found)
    if request.method == "POST" and ahead is not None:
        try:
            cancel_booking(booking=ahead, why=request.POST.get("why", ""), by=request.user, now=timezone.now())
            messages.success(request, _("Given back: another firm can book the hour."))
        except CannotBook as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:expert", found.pk)


# --- the desk, and the expert's own calendar --------------------------------------------------------------------------
def _rows(hours: list[Hour]) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "slot": h.slot,
            "when": hour_words(h.slot),
            "taken": h.taken,
            "is_over": h.slot.starts_at <= now,
            "bookings": [
                {"booking": b, "firm": b.application.organisation, "call": title_of(b.application.line.call),
                 "is_ahead": b.state == ExpertBooking.State.BOOKED}
                for b in h.bookings
            ],
        }
        for h in hours
    ]  # fmt: skip


def _page(request: HttpRequest, calendars: list[dict[str, Any]], *, is_desk: bool, form: Any = None) -> HttpResponse:
    return render(
        request,
        "funding/expert_hours.html",
        {
            "title": _hours_title(calendars),
            "calendars": calendars,
            "is_desk": is_desk,
            "form": form,
            "synthetic_data": any(c["expert"].certainty == "synthetic" for c in calendars),
            "crumbs": call_crumbs(Crumb(_("Hours of shared experts"))),
        },
    )


def _hours_title(calendars: list[dict[str, Any]]) -> str:
    """How many seats of the hours to come are taken, and how many are free."""
    ahead = [h for c in calendars for h in c["hours"] if not h["is_over"]]
    taken, seats = sum(h["taken"] for h in ahead), sum(h["slot"].seats for h in ahead)
    if not seats:
        return _("No hour of a shared expert is offered")
    return ngettext(
        "%(taken)d of %(n)d seat with shared experts is taken",
        "%(taken)d of %(n)d seats with shared experts are taken",
        seats,
    ) % {"taken": taken, "n": seats}  # fmt: skip


def _calendar(expert: SharedExpert, *, named: bool) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=30) if named else timezone.now()
    return {
        "expert": expert,
        "topics": in_words(expert.topics_it, expert.topics_en),
        "hours": _rows(calendar(expert, since, named=named)),
        "form": HourForm(auto_id=f"expert-{expert.pk}_%s"),
    }


@needs(RUN)
def experts_desk(request: HttpRequest) -> HttpResponse:
    """Every expert's hours to come, how many seats are taken; name an expert, offer an hour."""
    form = ExpertForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person = Person.objects.filter(user__email=data["email"].lower()).first()
        if person is None:
            form.add_error("email", _("Nobody with this address has a login; ask the person to register first."))
        else:
            try:
                name_expert(person=person, topics_it=data["topics_it"], topics_en=data["topics_en"], by=request.user)
                messages.success(
                    request, _("Firms can book %(person)s now: offer the first hours.") % {"person": person}
                )
                return redirect("funding:experts")
            except CannotBook as refused:
                form.add_error("email", refusal_words(refused))
    return _page(request, [_calendar(e, named=False) for e in experts()], is_desk=True, form=form)


@signed_in
def own_hours(request: HttpRequest) -> HttpResponse:
    """My hours as a shared expert: who comes, for which call, with which question."""
    own = expert_of(request.user)
    if own is None:
        raise PermissionDenied(_("These are the hours of shared experts; you are not one."))
    return _page(request, [_calendar(own, named=True)], is_desk=False)


def _runs(request: HttpRequest, expert: SharedExpert) -> None:
    """The expert, or who runs the calendars."""
    if expert.person.user_id != request.user.pk and not request.user.has_perm(RUN):
        raise PermissionDenied


def _back(request: HttpRequest, expert: SharedExpert) -> HttpResponse:
    return redirect("funding:expert_hours" if expert.person.user_id == request.user.pk else "funding:experts")


@signed_in
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(SharedExpert.objects.select_related("person"), pk=pk, ended_at=None)
    _runs(request, found)
    form = HourForm(request.POST)
    if request.method == "POST":
        if form.is_valid():
            try:
                offer_hour(expert=found, by=request.user, now=timezone.now(), **form.cleaned_data)
                messages.success(request, _("Offered."))
            except CannotBook as refused:
                messages.error(request, refusal_words(refused))
        else:
            field, wrong = next(iter(form.errors.items()))
            messages.error(request, f"{form.fields[field].label}: {wrong[0]}")
    return _back(request, found)


@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    slot = get_object_or_404(ExpertSlot.objects.select_related("expert__person"), pk=pk, withdrawn_at=None)
    _runs(request, slot.expert)
    if request.method == "POST":
        try:
            n = withdraw_hour(slot=slot, why=request.POST.get("why", ""), by=request.user)
            messages.success(request, _("Withdrawn; %(n)s firms were told.") % {"n": n})
        except CannotBook as refused:
            messages.error(request, refusal_words(refused))
    return _back(request, slot.expert)


@signed_in
def settle(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """After the hour, by the expert alone: held, or nobody came."""
    found = get_object_or_404(ExpertBooking.objects.select_related("slot__expert__person", "application"), pk=pk)
    if found.slot.expert.person.user_id != request.user.pk:
        raise PermissionDenied
    if request.method == "POST" and how in (ExpertBooking.State.HELD, ExpertBooking.State.MISSED):
        try:
            settle_booking(booking=found, was_held=how == ExpertBooking.State.HELD, by=request.user, now=timezone.now())
            messages.success(request, _("Noted."))
        except CannotBook as refused:
            messages.error(request, refusal_words(refused))
    return redirect("funding:expert_hours")
