"""Dates of joint work: what falls due, and when one meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from poliedro.support.models import (
    CourseSession,
    JointAction,
    JointMilestone,
    JointProgramme,
    Roundtable,
    RoundtableItem,
    SharedAsset,
)


@dataclass(frozen=True)
class JointDay:
    """Something on a day. kind: action, milestone, roundtable, agreed, date or course; page, key: where it stands; of:
    what it belongs to; done: of what falls due."""

    on: date
    kind: str
    title: str
    page: str
    key: int | None
    row: int
    of: str = ""
    done: bool = False
    synthetic: bool = False

    def is_late(self, today: date) -> bool:
        return self.kind in ("action", "milestone", "agreed") and not self.done and self.on < today


def months_after(first: date, n: int) -> date:
    """The first day of the month n months later (earlier, if n is below zero)."""
    month = first.year * 12 + first.month - 1 + n
    return date(month // 12, month % 12 + 1, 1)


def joint_days(start: date, end: date) -> list[JointDay]:
    """What happens in [start, end), by day. Drafts of programmes are no dates yet. Six queries."""
    due = Q(due_on__gte=start, due_on__lt=end)
    approved = JointProgramme.State.APPROVED
    found = [
        JointDay(a.due_on, "action", a.title, "programme", a.programme_id, a.pk, a.programme.title,
                 a.done_on is not None, a.programme.is_synthetic)
        for a in JointAction.objects.filter(due, programme__state=approved).select_related("programme")
    ]  # fmt: skip
    found += [
        JointDay(m.due_on, "milestone", m.title, "programme", m.action.programme_id, m.pk, m.action.title,
                 m.done_on is not None, m.action.programme.is_synthetic)
        for m in JointMilestone.objects.filter(due, action__programme__state=approved).select_related(
            "action__programme"
        )
    ]  # fmt: skip
    found += [
        JointDay(r.held_on, "roundtable", r.title, "roundtable", r.pk, r.pk, r.place, synthetic=r.is_synthetic)
        for r in Roundtable.objects.filter(held_on__gte=start, held_on__lt=end)
    ]
    found += [
        JointDay(i.due_on, "agreed", i.text, "roundtable", i.roundtable_id, i.pk, i.owner, i.done_on is not None,
                 i.roundtable.is_synthetic)
        for i in RoundtableItem.objects.filter(due, kind=RoundtableItem.Kind.ACTION).select_related("roundtable")
        if i.due_on
    ]  # fmt: skip
    found += [
        JointDay(s.on, "course", s.course.title, "course", s.course_id, s.pk, s.course.place,
                 synthetic=s.course.is_synthetic)
        for s in CourseSession.objects.filter(on__gte=start, on__lt=end)
        .exclude(course__state="cancelled")
        .select_related("course")
    ]  # fmt: skip
    found += [
        JointDay(a.starts_on, "date", a.title, "agency", None, a.pk, synthetic=a.is_synthetic)
        for a in SharedAsset.objects.filter(starts_on__gte=start, starts_on__lt=end)
        if a.starts_on
    ]
    return sorted(found, key=lambda d: (d.on, d.kind, d.title, d.row))
