"""Roundtables: agenda, seats by group, decisions, agreed actions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Crumb, Figure, Table
from poliedro.shared.spoken import short_day
from poliedro.support.forms.joint import (
    ItemForm,
    MinutesForm,
    RoundtableForm,
)
from poliedro.support.models import (
    Roundtable,
    RoundtableItem,
    RoundtableSeat,
)
from poliedro.support.rules.joint import (
    attendance_by_group,
    closure_rate,
)
from poliedro.support.services.joint import (
    close_item,
    hold_roundtable,
    note_item,
    set_presence,
    write_minutes,
)
from poliedro.support.views.joint.common import joint_crumb, joint_tabs


@needs("support.view_joint_work")
def roundtables(request: HttpRequest) -> HttpResponse:
    """Every sitting; attendance by group and how many agreed actions are done."""
    may = request.user.has_perm("support.plan_joint_work")
    form = RoundtableForm(request.POST or None) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = hold_roundtable(
            title=data["title"],
            held_on=data["held_on"],
            place=data["place"],
            agenda=data["agenda"],
            seats=form.seats(),
            by=request.user,
        )
        return redirect("support:roundtable", made.pk)
    rows = list(Roundtable.objects.prefetch_related("seats", "items"))
    today = timezone.localdate()
    past = [r for r in rows if r.held_on <= today]
    actions = [i for r in rows for i in r.items.all() if i.kind == RoundtableItem.Kind.ACTION]
    rate = closure_rate([i.done_on is not None for i in actions])
    blocks = [
        Block(
            figures=[
                Figure(
                    None if rate is None else round(100 * rate),
                    _("Agreed actions that are done"),
                    unit="%",
                    n=len(actions),
                    source=_("minutes of the roundtables"),
                    null_means=_("none was agreed"),
                )
            ]
        ),
        Block(
            _("Who came, by group"),
            table=_attendance(past),
        ),
        Block(
            _("Sittings"),
            items=[
                Item(
                    r.title,
                    url=reverse("support:roundtable", args=[r.pk]),
                    meta=f"{short_day(r.held_on)} {r.place}",
                    tag=_("to come") if r.held_on > today else "",
                )
                for r in rows
            ],
            empty=_(
                "None yet. A sitting has an agenda, seats by group, decisions and actions with an owner and a day."
            ),
        ),
    ]
    if form is not None:
        blocks.append(Block(folded=_("New sitting"), form=form, button=_("Invite")))
    page = WorkingPage(
        _("Roundtable of region, managers and universities"),
        _("Decisions and agreed actions stay visible until they are done."),
        blocks,
        tabs=joint_tabs(request.user, "support:roundtables"),
    )
    return show(request, page, [joint_crumb(), Crumb(_("Roundtables"))], synthetic=any(r.is_synthetic for r in rows))


def _attendance(sittings: list[Roundtable]) -> Table | None:
    """Present and invited, by group, over these sittings; None where nobody was invited."""
    seats = attendance_by_group((s.group, s.present) for r in sittings for s in r.seats.all())
    groups = dict(RoundtableSeat.Group.choices)
    rows = [[str(groups[g]), here, all_, round(100 * here / all_)] for g, (here, all_) in sorted(seats.items())]
    return Table([_("Group"), _("Present"), _("Seats"), "%"], rows, numeric=(1, 2, 3)) if rows else None


@needs("support.view_joint_work")
def roundtable(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Roundtable, pk=pk)
    may = request.user.has_perm("support.plan_joint_work")
    today = timezone.localdate()
    asked = request.POST.get("do")
    form = ItemForm(request.POST if asked == "item" else None) if may else None
    start = {"minutes": found.minutes}
    minutes = MinutesForm(request.POST if asked == "minutes" else None, initial=start) if may else None
    if request.method == "POST" and may:
        if request.POST.get("do") == "minutes" and minutes is not None and minutes.is_valid():
            write_minutes(roundtable=found, text=minutes.cleaned_data["minutes"], by=request.user)
            return redirect("support:roundtable", pk)
        if request.POST.get("do") == "presence" and found.held_on <= today:
            seat = get_object_or_404(RoundtableSeat, pk=request.POST.get("seat"), roundtable=found)
            set_presence(seat=seat, present=not seat.present, by=request.user)
            return redirect("support:roundtable", pk)
        if request.POST.get("do") == "close":
            item = get_object_or_404(RoundtableItem, pk=request.POST.get("item"), roundtable=found)
            close_item(item=item, on=today, by=request.user)
            return redirect("support:roundtable", pk)
        if form is not None and form.is_valid():
            note_item(roundtable=found, by=request.user, **form.cleaned_data)
            return redirect("support:roundtable", pk)
    items = list(found.items.all())
    blocks = [
        Block(_("Agenda"), text=found.agenda or _("Not yet.")),
        *([Block(pgettext("roundtable", "Minutes"), text=found.minutes)] if found.minutes else []),
        Block(
            _("Decisions"),
            items=[Item(i.text) for i in items if i.kind == RoundtableItem.Kind.DECISION],
            empty=_("No decision is noted."),
        ),
        Block(
            _("Agreed actions"),
            items=[
                Item(
                    i.text,
                    meta=f"{i.owner}, " + _("by %(d)s") % {"d": short_day(i.due_on) if i.due_on else ""},
                    tag=_("done") if i.done_on else _("late") if i.due_on and i.due_on < today else _("open"),
                    buttons=[Button(_("Done"), fields={"do": "close", "item": i.pk}, second=True, of=i.text)]
                    if may and i.done_on is None
                    else [],
                )
                for i in items
                if i.kind == RoundtableItem.Kind.ACTION
            ],
            empty=_("None."),
        ),
        Block(
            _("Who came, by group"),
            table=_attendance([found]) if found.held_on <= today else None,
            text="" if found.held_on <= today else _("It is still to come."),
        ),
        Block(
            _("Seats"),
            items=[
                Item(
                    s.name,
                    meta=str(s.get_group_display()),
                    tag=_("present") if s.present else "",
                    buttons=[
                        Button(
                            _("Was absent") if s.present else _("Was present"),
                            fields={"do": "presence", "seat": s.pk},
                            second=True,
                            of=s.name,
                        )
                    ]
                    if may and found.held_on <= today
                    else [],
                )
                for s in found.seats.all()
            ],
            empty=_("Nobody is invited yet."),
        ),
    ]
    if form is not None:
        blocks.append(Block(_("Note a decision or an action"), form=form, button=_("Write down"), do="item"))
        if found.held_on <= today:
            blocks.append(Block(folded=_("Write the minutes"), form=minutes, button=_("Keep"), do="minutes"))
    page = WorkingPage(found.title, f"{short_day(found.held_on)} {found.place}", blocks)
    crumbs = [joint_crumb(), Crumb(_("Roundtables"), reverse("support:roundtables")), Crumb(found.title)]
    return show(request, page, crumbs, synthetic=found.is_synthetic)
