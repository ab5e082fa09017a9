"""Joint work programmes: actions, who waits for whom, critical path, milestones, shares, what is late."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from poliedro.registry.models import Cluster
from poliedro.shared.access import needs
from poliedro.shared.blocks import Block, Button, Item, WorkingPage, show
from poliedro.shared.components import Chart, Crumb, Table
from poliedro.shared.spoken import short_day
from poliedro.support.forms.joint import (
    ActionForm,
    MilestoneForm,
    ProgrammeForm,
)
from poliedro.support.models import (
    JointAction,
    JointMilestone,
    JointProgramme,
)
from poliedro.support.models.joint import Theme
from poliedro.support.queries.joint import held_actions, plan_lines, work_of
from poliedro.support.rules.joint import (
    CircularNeed,
    Held,
    PlanIncomplete,
    end_slips,
    held_up,
    late,
    missing_in,
    schedule,
)
from poliedro.support.services.joint import (
    Locked,
    add_action,
    add_milestone,
    add_programme,
    approve_programme,
    finish_action,
    finish_milestone,
)
from poliedro.support.views.joint.common import eur, joint_crumb, joint_tabs


@needs("support.view_joint_work")
def programmes(request: HttpRequest) -> HttpResponse:
    """Programmes of region and clusters."""
    may = request.user.has_perm("support.plan_joint_work")
    form = ProgrammeForm(request.POST or None) if may else None
    if form is not None and request.method == "POST" and form.is_valid():
        made = add_programme(by=request.user, **form.cleaned_data)
        return redirect("support:programme", made.pk)
    today = timezone.localdate()
    rows = list(JointProgramme.objects.select_related("cluster").prefetch_related("actions"))
    late_in = {p.pk: sum(a.done_on is None and a.due_on < today for a in p.actions.all()) for p in rows}
    held_in = Counter(action.programme_id for action, _held in held_actions(today) if action.due_on >= today)
    behind = sum(late_in.values())
    blocks = [
        Block(
            items=[
                Item(
                    p.title,
                    url=reverse("support:programme", args=[p.pk]),
                    tag=str(p.get_state_display()),
                    meta=f"{p.cluster.name if p.cluster else _('of all together')}, {p.starts_on:%Y}-{p.ends_on:%Y}",
                    text=_behind_words(late_in[p.pk], held_in[p.pk]),
                    bad=bool(late_in[p.pk] or held_in[p.pk]),
                )
                for p in rows
            ],
            empty=_("No programme yet. It holds actions with partners, shares, days and what waits for what."),
        )
    ]
    if form is not None:
        blocks.append(Block(folded=_("New programme"), form=form, button=_("Begin")))
    page = WorkingPage(
        ngettext("%(n)d action of joint programmes is late", "%(n)d actions of joint programmes are late", behind)
        % {"n": behind}
        if behind
        else _("Joint programmes keep their days"),
        _("What region and cluster organisations do together."),
        blocks,
        tabs=joint_tabs(request.user, "support:programmes"),
    )
    return show(request, page, [Crumb(_("Joint work"))], synthetic=any(p.is_synthetic for p in rows))


def _behind_words(late_ones: int, held_ones: int) -> str:
    parts = [
        ngettext("%(n)d action late", "%(n)d actions late", late_ones) % {"n": late_ones} if late_ones else "",
        ngettext("%(n)d action held up", "%(n)d actions held up", held_ones) % {"n": held_ones} if held_ones else "",
    ]
    return ", ".join(part for part in parts if part)


@needs("support.view_joint_work")
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    """Actions with their critical path, what is late, shares of the budget, and what approval lacks."""
    found = get_object_or_404(JointProgramme.objects.select_related("cluster"), pk=pk)
    today = timezone.localdate()
    actions = list(found.actions.prefetch_related("shares__cluster", "milestones", "needs"))
    draft = found.state == JointProgramme.State.DRAFT
    may = request.user.has_perm("support.plan_joint_work")
    clusters = list(Cluster.objects.existing_on(found.starts_on))
    form = None
    if may and draft:
        adding = request.POST if request.POST.get("do") == "action" else None
        form = ActionForm(adding, clusters=clusters, earlier=[(a.pk, a.title) for a in actions])
        if adding is not None and form.is_valid():
            data = form.cleaned_data
            try:
                add_action(
                    programme=found,
                    shares=form.shares(),
                    by=request.user,
                    needs=[int(k) for k in data["needs"]],
                    **{
                        k: data[k]
                        for k in ("title", "theme", "lead", "starts_on", "due_on", "budget_eur", "indicator", "target")
                    },
                )
                return redirect("support:programme", pk)
            except CircularNeed:
                form.add_error("needs", _("These actions would wait for one another."))
    if request.method == "POST" and request.POST.get("do") == "done" and may:
        action = get_object_or_404(JointAction, pk=request.POST.get("action"), programme=found)
        finish_action(action=action, on=today, by=request.user)
        return redirect("support:programme", pk)
    if request.method == "POST" and request.POST.get("do") == "reached" and may:
        stone = get_object_or_404(JointMilestone, pk=request.POST.get("milestone"), action__programme=found)
        finish_milestone(milestone=stone, on=today, by=request.user)
        return redirect("support:programme", pk)
    stone_form = None
    if may and actions and found.state != JointProgramme.State.ENDED:
        adding = request.POST if request.POST.get("do") == "milestone" else None
        stone_form = MilestoneForm(adding, actions=[(a.pk, a.title) for a in actions], auto_id="id_stone_%s")
        if adding is not None and stone_form.is_valid():
            data = stone_form.cleaned_data
            action = get_object_or_404(JointAction, pk=data["action"], programme=found)
            add_milestone(action=action, title=data["title"], due_on=data["due_on"], by=request.user)
            return redirect("support:programme", pk)
    if request.method == "POST" and request.POST.get("do") == "approve":
        _approve(request, found)
        return redirect("support:programme", pk)
    work = work_of(found)
    path = schedule(work, today)
    behind, held = set(late(work, today)), held_up(work, today)
    lacking = missing_in(plan_lines(found))
    words = {
        "action": _("no action for %(what)s"),
        "budget": _("no budget for %(what)s"),
        "indicator": _("no indicator with a target for %(what)s"),
        "shares": _("what the partners put in does not add up to the budget of %(what)s"),
    }
    themes = dict(Theme.choices)
    by_key = {a.pk: a for a in actions}
    table = Table(
        [
            _("Action"),
            _("Theme"),
            _("Who answers"),
            _("Waits for"),
            _("From"),
            _("To"),
            _("Budget, EUR"),
            _("Slack, days"),
            pgettext("noun", "State"),
        ],
        [
            [
                a.title,
                str(themes.get(a.theme, "")),
                a.lead,
                ", ".join(by_key[n.pk].title for n in a.needs.all() if n.pk in by_key),
                short_day(path[a.pk].begins),
                short_day(path[a.pk].ends),
                eur(a.budget_eur),
                path[a.pk].slack_days,
                _state(a, behind, held),
            ]
            for a in actions
        ],
        numeric=(6, 7),
        full=True,
    )
    blocks = []
    if lacking and draft:
        blocks.append(
            Block(
                _("What is missing before it can be approved"),
                items=[Item(words[code] % {"what": themes.get(what, what)}) for code, what in lacking],
            )
        )
    if actions:
        shares = _shares(actions)
        blocks += [
            *_end_and_held(actions, held, end_slips(work, today)),
            Block(_("Actions"), chart=_gantt(actions, path, behind, held, today, table)),
            Block(
                _("Critical path"),
                items=[
                    Item(
                        by_key[s.key].title,
                        meta=f"{short_day(s.begins)} - {short_day(s.ends)}",
                        tag=""
                        if by_key[s.key].done_on is None and s.key not in behind | set(held)
                        else _state(by_key[s.key], behind, held),
                        bad=s.key in behind or s.key in held,
                    )
                    for s in sorted(path.values(), key=lambda s: (s.begins, s.key))
                    if s.critical
                ],
                text=_("A day lost on one of these is a day lost for the whole programme."),
            ),
            Block(_("Who puts in what"), table=shares),
            Block(
                _("Milestones"),
                items=[
                    Item(
                        m.title,
                        meta=f"{a.title}, {short_day(m.due_on)}",
                        tag=_("done") if m.done_on else _("late") if m.due_on < today else _("open"),
                        bad=not m.done_on and m.due_on < today,
                        buttons=[
                            Button(_("Reached"), fields={"do": "reached", "milestone": m.pk}, second=True, of=m.title)
                        ]
                        if may and not m.done_on
                        else [],
                    )
                    for a in actions
                    for m in a.milestones.all()
                ],
                empty=_("None yet: a milestone is a day by which something can be seen."),
            ),
        ]
    if stone_form is not None:
        blocks.append(Block(folded=_("Add a milestone"), form=stone_form, button=_("Add"), do="milestone"))
    if may:
        todo = [a for a in actions if a.done_on is None]
        blocks.append(
            Block(
                _("To be done"),
                items=[
                    Item(
                        a.title,
                        meta=_("by %(d)s") % {"d": short_day(a.due_on)},
                        tag=_state(a, behind, held) if a.pk in behind or a.pk in held else "",
                        bad=a.pk in behind or a.pk in held,
                        buttons=[Button(_("Done"), fields={"do": "done", "action": a.pk}, second=True, of=a.title)],
                    )
                    for a in todo
                ],
                empty=_("Nothing."),
            )
        )
    if draft and request.user.has_perm("support.approve_joint_work"):
        ask = Button(_("Approve"), fields={"do": "approve"})
        blocks.append(Block(items=[Item(_("Approve the programme"), buttons=[ask])]))
    if form is not None:
        blocks.append(Block(folded=_("Add an action"), form=form, button=_("Add"), do="action"))
    page = WorkingPage(
        found.title,
        _lead(found, actions, behind, held, today),
        blocks,
    )
    return show(request, page, [joint_crumb(), Crumb(found.title)], synthetic=found.is_synthetic)


def _approve(request: HttpRequest, found: JointProgramme) -> None:
    if not request.user.has_perm("support.approve_joint_work"):
        messages.error(request, _("The region approves programmes."))
        return
    try:
        approve_programme(programme=found, by=request.user)
        messages.success(request, _("Approved."))
    except PlanIncomplete as refused:
        messages.error(
            request,
            ngettext(
                "Not approved: %(n)d thing is missing, listed below.",
                "Not approved: %(n)d things are missing, listed below.",
                len(refused.missing),
            )
            % {"n": len(refused.missing)},
        )
    except Locked:
        messages.error(request, _("It is approved already."))


def _shares(actions: list[JointAction]) -> Table:
    """EUR by partner over all actions, with each partner's share."""
    sums: dict[str, Decimal] = {}
    for action in actions:
        for share in action.shares.all():
            name = (
                share.cluster.name if share.cluster else share.organisation.name if share.organisation else _("Region")
            )
            sums[name] = sums.get(name, Decimal(0)) + share.amount_eur
    total = sum(sums.values(), Decimal(0))
    return Table(
        [_("Partner"), _("EUR"), "%"],
        [[n, eur(v), eur(100 * v / total) if total else None] for n, v in sorted(sums.items(), key=lambda x: -x[1])],
        numeric=(1, 2),
        decimals={1: 2, 2: 1},
        total=[_("Together"), eur(total), 100 if total else None],
    )


def _state(action: JointAction, behind: set[int], held: dict[int, Held]) -> str:
    if action.done_on:
        return _("done")
    return _("late") if action.pk in behind else _("held up") if action.pk in held else _("open")


def _lead(
    programme: JointProgramme, actions: list[JointAction], behind: set[int], held: dict[int, Held], today: date
) -> str:
    """How it stands in a line."""
    missed = sum(m.done_on is None and m.due_on < today for a in actions for m in a.milestones.all())
    waiting = len(set(held) - behind)
    parts = [
        str(programme.get_state_display()),
        ngettext("%(n)d action", "%(n)d actions", len(actions)) % {"n": len(actions)},
        ngettext("%(n)d action late", "%(n)d actions late", len(behind)) % {"n": len(behind)} if behind else "",
        ngettext("%(n)d action held up", "%(n)d actions held up", waiting) % {"n": waiting} if waiting else "",
        ngettext("%(n)d milestone missed", "%(n)d milestones missed", missed) % {"n": missed} if missed else "",
    ]
    return "; ".join(part for part in parts if part) + "."


def _end_and_held(actions: list[JointAction], held: dict[int, Held], end: tuple[date, int] | None) -> list[Block]:
    """When all is done at the earliest, and which actions what holds up. Nothing where the plan keeps its days."""
    if end is None or (not held and end[1] <= 0):
        return []
    by_key = {a.pk: a for a in actions}
    ends, days = end
    later = ngettext("%(n)d day later than planned", "%(n)d days later than planned", days) % {"n": days}
    return [
        Block(
            _("What late actions hold up"),
            items=[
                Item(
                    by_key[h.key].title,
                    meta=_("waits for: %(what)s") % {"what": ", ".join(by_key[k].title for k in h.by)},
                    text=_("It begins on %(begins)s and ends on %(ends)s at the earliest: %(later)s.")
                    % {
                        "begins": short_day(h.begins),
                        "ends": short_day(h.ends),
                        "later": ngettext("%(n)d day later than planned", "%(n)d days later than planned", h.days)
                        % {"n": h.days},
                    },
                    tag=_("held up"),
                    bad=True,
                )
                for h in sorted(held.values(), key=lambda h: (h.begins, h.key))
            ],
            text=_("If nothing is caught up, the programme's last action ends on %(day)s: %(later)s.")
            % {"day": short_day(ends), "later": later}
            if days > 0
            else _("What is late does not move the end of the programme yet."),
            empty=_("Nothing waits for what is late."),
        )
    ]


LATE, HELD, CRITICAL, FREE, DONE = "#b3123c", "#8f5a00", "#0059b3", "#9cc4e8", "#8a9aa9"


def _gantt(
    actions: list[JointAction],
    path: dict[int, Any],
    behind: set[int],
    held: dict[int, Held],
    today: date,
    table: Table,
) -> Chart:
    """A bar for each action from its first to its last day: late, held up, critical, with slack, done."""

    def bar(row: int, a: JointAction) -> dict[str, Any]:
        state, colour = (
            (_("done"), DONE)
            if a.done_on
            else (_("late"), LATE)
            if a.pk in behind
            else (_("held up"), HELD)
            if a.pk in held
            else (_("critical"), CRITICAL)
            if path[a.pk].critical
            else (_("with slack"), FREE)
        )
        waits = ", ".join(n.title for n in a.needs.all())
        note = [state, _("waits for: %(what)s") % {"what": waits}] if waits else [state]
        when = {"start": path[a.pk].begins.isoformat(), "end": path[a.pk].ends.isoformat()}
        return {"row": row, "name": a.title, "note": "; ".join(note), "color": colour, **when}

    return Chart(
        "timeline",
        "programme",
        _("When each action runs"),
        _(
            "Dark blue: a day lost there is a day lost for all. Red: late. Brown: held up by something late. Light: "
            "has slack. Grey: done."
        ),
        {
            "rows": [a.title for a in actions],
            "bars": [bar(i, a) for i, a in enumerate(actions)],
            "today": today.isoformat(),
            "x_label": _("day"),
        },
        table,
        source=_("joint work programme"),
    )
