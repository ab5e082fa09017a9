"""Reads of joint work, and measures that incentives rest on: never of coaching, needs or training (R081)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from poliedro.registry.models import Cluster, MembershipSpell, Organisation, Project
from poliedro.registry.queries.memberships import members_by_cluster
from poliedro.shared.dated import Moment
from poliedro.support.models import (
    IncentiveFormula,
    JointAction,
    JointProgramme,
    KnowledgeItem,
    SharedService,
    SharedUse,
)
from poliedro.support.rules.joint import CENT, BonusRule, Held, PlanLine, Work, held_up
from poliedro.support.rules.knowledge import similar


def plan_lines(programme: JointProgramme) -> list[PlanLine]:
    """The programme's actions as the plan validator sees them."""
    actions = programme.actions.annotate(put_in=Sum("shares__amount_eur"))
    return [PlanLine(a.title, a.theme, a.budget_eur, a.indicator, a.target, a.put_in or Decimal(0)) for a in actions]


def rules_of(formula: IncentiveFormula) -> list[BonusRule]:
    return [
        BonusRule(r["measure"], Decimal(r["amount_eur"]), None if r["cap_eur"] is None else Decimal(r["cap_eur"]))
        for r in formula.rules
    ]


def measures_of(start: date, end: date) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """(cluster key -> measure -> n, cluster key -> name) of the clusters that exist in [start, end).

    joint_services: shared services of which the cluster used hours; cross_projects: projects begun that it shares with
    another cluster; new_micro_members: micro firms that joined.
    """
    clusters = list(Cluster.objects.existing_on(end))
    measures = {c.key: {"joint_services": 0, "cross_projects": 0, "new_micro_members": 0} for c in clusters}
    used = SharedUse.objects.filter(on__gte=start, on__lt=end, hours__gt=0)
    for key, n in used.values_list("cluster__key").annotate(n=Count("service", distinct=True)):
        if key in measures:
            measures[key]["joint_services"] = n
    shared = (
        Project.objects.filter(retracted_at=None, starts_on__gte=start, starts_on__lt=end, shares__retracted_at=None)
        .annotate(n=Count("shares__cluster", distinct=True))
        .filter(n__gt=1)
        .prefetch_related("shares__cluster")
    )
    for project in shared:
        for key in {s.cluster.key for s in project.shares.all() if s.retracted_at is None}:
            if key in measures:
                measures[key]["cross_projects"] += 1
    joined = MembershipSpell.objects.known().filter(
        valid_from__gte=start, valid_from__lt=end, organisation__size_class=Organisation.SizeClass.MICRO
    )
    for key, n in joined.values_list("cluster__key").annotate(n=Count("organisation", distinct=True)):
        if key in measures:
            measures[key]["new_micro_members"] = n
    return measures, {c.key: c.name for c in clusters}


def hours_and_payments(service: SharedService, year: int) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Cluster key -> hours used, and -> EUR paid for all, in a year."""
    rows = service.uses.filter(on__year=year).values_list("cluster__key").annotate(h=Sum("hours"), p=Sum("paid_eur"))
    found = list(rows)
    return {key: h.quantize(CENT) for key, h, _p in found}, {key: p.quantize(CENT) for key, _h, p in found}


def weights_of(service: SharedService, year: int, hours: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """By what costs are shared: parts, hours, or members at the end of the year."""
    partners = list(service.partners.all())
    if service.key == SharedService.Key.HOURS:
        return {c.key: hours.get(c.key, Decimal(0)) for c in partners}
    if service.key == SharedService.Key.MEMBERS:
        members = members_by_cluster(Moment(date(year, 12, 31)))
        return {c.key: Decimal(members.get(c.pk, 0)) for c in partners}
    return {c.key: Decimal(1) for c in partners}


def work_of(programme: JointProgramme) -> list[Work]:
    """The programme's actions as the critical path sees them."""
    return [
        Work(a.pk, a.starts_on, a.due_on, frozenset(n.pk for n in a.needs.all()), a.done_on)
        for a in programme.actions.prefetch_related("needs")
    ]


def held_actions(today: date) -> list[tuple[JointAction, Held]]:
    """Actions of approved programmes that cannot end as planned since what they wait for is late; two queries more for
    each programme."""
    found = []
    for programme in JointProgramme.objects.filter(state=JointProgramme.State.APPROVED).order_by("pk"):
        held = held_up(work_of(programme), today)
        actions = programme.actions.in_bulk(list(held))
        found += [(actions[key], held[key]) for key in sorted(held)]
    return found


def late_actions(today: date) -> list[JointAction]:
    """Actions of approved programmes that should be done and are not."""
    rows = JointAction.objects.filter(programme__state=JointProgramme.State.APPROVED, done_on=None, due_on__lt=today)
    return list(rows.select_related("programme").order_by("due_on", "pk"))


def knowledge(*, managers: bool) -> list[KnowledgeItem]:
    """The present version of each piece: public ones, and those for managers where the reader is one."""
    rows = KnowledgeItem.objects.filter(superseded_by=None).annotate(times=Count("reuses"))
    return list(rows if managers else rows.filter(audience=KnowledgeItem.Audience.PUBLIC))


def like_my_problem(problem: str, items: list[KnowledgeItem]) -> list[tuple[KnowledgeItem, float, list[str]]]:
    """The pieces most like a problem told in words: (piece, likeness 0..1, words in common)."""
    by_key = {i.pk: i for i in items}
    texts = {i.pk: " ".join([i.title, i.title, i.problem, i.problem, i.context, *i.steps]) for i in items}
    return [(by_key[key], likeness, words) for key, likeness, words in similar(problem, texts)]
