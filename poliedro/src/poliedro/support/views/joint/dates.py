"""The calendar of joint work: what falls due and when one meets, a month at a time and as a file for one's own."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, WorkingPage, show
from poliedro.shared.components import Crumb, Event
from poliedro.support.queries.dates import JointDay, joint_days, months_after
from poliedro.support.views.joint.common import joint_crumb, joint_tabs

MONTHS = 3


def kind_words() -> dict[str, str]:
    return {
        "action": _("action due"),
        "milestone": _("milestone"),
        "roundtable": _("roundtable"),
        "agreed": _("agreed action due"),
        "date": _("joint date"),
        "course": _("course"),
    }


def _url(day: JointDay) -> str:
    return reverse(f"support:{day.page}", args=[day.key]) if day.key else reverse(f"support:{day.page}")


@needs("support.view_joint_work")
def joint_calendar(request: HttpRequest) -> HttpResponse:
    """Three months from the chosen one on: actions and milestones due, sittings, agreed actions, courses, dates."""
    today = timezone.localdate()
    start = _month(request.GET.get("from", "")) or today.replace(day=1)
    words = kind_words()
    blocks = []
    days = joint_days(start, months_after(start, MONTHS))
    for n in range(MONTHS):
        first, end = months_after(start, n), months_after(start, n + 1)
        mine = [d for d in days if first <= d.on < end]
        blocks.append(
            Block(
                date_format(first, "F Y").capitalize(),
                events=[Event(d.on, d.title, text=_state(d, today, words), url=_url(d)) for d in mine],
                text="" if mine else _("Nothing."),
            )
        )
    here = reverse("support:joint_calendar")
    blocks.append(
        Block(
            links=[
                (_("Earlier months"), f"{here}?from={months_after(start, -MONTHS):%Y-%m}"),
                (_("Later months"), f"{here}?from={months_after(start, MONTHS):%Y-%m}"),
                (_("Calendar file (iCalendar) of the year"), reverse("support:joint_ics")),
            ]
        )
    )
    late = [d for d in days if d.is_late(today)]
    page = WorkingPage(
        ngettext(
            "%(n)d date of joint work in three months, %(late)d of them late",
            "%(n)d dates of joint work in three months, %(late)d of them late",
            len(days),
        )
        % {"n": len(days), "late": len(late)},
        _("What falls due, when one meets, and what can be learnt."),
        blocks,
        tabs=joint_tabs(request.user, "support:joint_calendar"),
    )
    return show(request, page, [joint_crumb(), Crumb(_("Calendar"))], synthetic=any(d.synthetic for d in days))


def _state(day: JointDay, today: date, words: dict[str, str]) -> str:
    state = _("done") if day.done else _("late") if day.is_late(today) else ""
    return ", ".join(w for w in (words[day.kind], day.of, state) if w)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@needs("support.view_joint_work")
def joint_ics(request: HttpRequest) -> HttpResponse:
    """Half a year back and a year ahead as iCalendar (RFC 5545): whole days, one entry a date."""
    today = timezone.localdate()
    words, stamp = kind_words(), f"{timezone.now():%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Poliedro//Joint work//EN"]
    for d in joint_days(months_after(today.replace(day=1), -6), months_after(today.replace(day=1), 13)):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{d.kind}-{d.page}-{d.row}@{request.get_host()}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{d.on:%Y%m%d}",
            f"SUMMARY:{_escaped(d.title)}",
            f"DESCRIPTION:{_escaped(_state(d, today, words))}",
            f"URL:{request.build_absolute_uri(_url(d))}",
            "END:VEVENT",
        ]
    body = "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="joint-work.ics"'
    return response


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 bytes a line, as the format asks; continuation lines begin with a space."""
    pieces, size, piece = [], 0, ""
    for letter in line:
        width = len(letter.encode())
        if size + width > 73:
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + letter, size + width
    return "\r\n ".join([*pieces, piece])
