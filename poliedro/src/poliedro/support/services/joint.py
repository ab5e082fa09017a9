"""Joint work: approving programmes, roundtables, incentives simulated and paid, shared services settled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from poliedro.audit.services import record
from poliedro.registry.models import Cluster
from poliedro.shared.search import Entry, index, remove
from poliedro.support.models import (
    ActionShare,
    IncentiveFormula,
    IncentivePayout,
    JointAction,
    JointMilestone,
    JointProgramme,
    KnowledgeAnswer,
    KnowledgeItem,
    KnowledgeReuse,
    Roundtable,
    RoundtableItem,
    RoundtableSeat,
    Settlement,
    SharedService,
    SharedUse,
)
from poliedro.support.queries.joint import hours_and_payments, measures_of, plan_lines, rules_of, weights_of, work_of
from poliedro.support.rules.joint import BonusRule, check_can_approve, in_order, payouts, settle


def _user(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


class Locked(ValueError):
    """It was approved or paid already and stays as it is."""


@transaction.atomic
def add_programme(*, title: str, cluster: Cluster | None, starts_on: date, ends_on: date, by: Any) -> JointProgramme:
    made = JointProgramme.objects.create(title=title, cluster=cluster, starts_on=starts_on, ends_on=ends_on)
    record(by=by, verb="add_programme", subject_kind="programme", subject_key=made.pk)
    return made


@transaction.atomic
def add_action(
    *,
    programme: JointProgramme,
    title: str,
    theme: str,
    lead: str,
    starts_on: date,
    due_on: date,
    budget_eur: Decimal,
    indicator: str,
    target: str,
    shares: dict[int | None, Decimal],
    needs: list[int],
    by: Any,
) -> JointAction:
    """An action with what each partner puts in. shares: key of a cluster, or None for the region -> EUR.

    Raises:
        CircularNeed: with these needs, actions would wait for one another.
        Locked: the programme is approved.
    """
    if programme.state != JointProgramme.State.DRAFT:
        raise Locked(f"{programme.title} is approved; its actions stay as they are.")
    made = JointAction.objects.create(
        programme=programme,
        title=title,
        theme=theme,
        lead=lead,
        starts_on=starts_on,
        due_on=due_on,
        budget_eur=budget_eur,
        indicator=indicator,
        target=target,
    )
    made.needs.set(JointAction.objects.filter(programme=programme, pk__in=needs))
    in_order(work_of(programme))
    ActionShare.objects.bulk_create(
        [ActionShare(action=made, cluster_id=key, amount_eur=amount) for key, amount in shares.items() if amount]
    )
    record(by=by, verb="add_action", subject_kind="programme", subject_key=programme.pk, action=made.pk)
    return made


@transaction.atomic
def approve_programme(*, programme: JointProgramme, by: Any) -> None:
    """Raises PlanIncomplete: every theme needs an action, a budget and an indicator (R030)."""
    if programme.state != JointProgramme.State.DRAFT:
        raise Locked(f"{programme.title} is approved already.")
    check_can_approve(plan_lines(programme))
    programme.state, programme.approved_at = JointProgramme.State.APPROVED, timezone.now()
    programme.approved_by = _user(by)
    programme.save(update_fields=["state", "approved_at", "approved_by"])
    record(by=by, verb="approve_programme", subject_kind="programme", subject_key=programme.pk)


@transaction.atomic
def finish_action(*, action: JointAction, on: date, by: Any) -> None:
    action.done_on = on
    action.save(update_fields=["done_on"])
    record(by=by, verb="finish_action", subject_kind="programme", subject_key=action.programme_id, action=action.pk)


@transaction.atomic
def add_milestone(*, action: JointAction, title: str, due_on: date, by: Any) -> JointMilestone:
    made = JointMilestone.objects.create(action=action, title=title, due_on=due_on)
    record(by=by, verb="add_milestone", subject_kind="programme", subject_key=action.programme_id)
    return made


@transaction.atomic
def finish_milestone(*, milestone: JointMilestone, on: date, by: Any) -> None:
    milestone.done_on = on
    milestone.save(update_fields=["done_on"])
    record(by=by, verb="finish_milestone", subject_kind="programme", subject_key=milestone.action.programme_id)


@transaction.atomic
def hold_roundtable(
    *, title: str, held_on: date, place: str, agenda: str, seats: list[tuple[str, str, bool]], by: Any
) -> Roundtable:
    """A sitting with its seats: (group, name, present)."""
    made = Roundtable.objects.create(title=title, held_on=held_on, place=place, agenda=agenda)
    RoundtableSeat.objects.bulk_create(
        [RoundtableSeat(roundtable=made, group=group, name=name, present=here) for group, name, here in seats]
    )
    record(by=by, verb="hold_roundtable", subject_kind="roundtable", subject_key=made.pk)
    return made


@transaction.atomic
def write_minutes(*, roundtable: Roundtable, text: str, by: Any) -> None:
    """What was said, beside decisions and actions; written again it replaces what stood there."""
    roundtable.minutes = text.strip()
    roundtable.save(update_fields=["minutes"])
    record(by=by, verb="write_minutes", subject_kind="roundtable", subject_key=roundtable.pk)


@transaction.atomic
def note_item(
    *, roundtable: Roundtable, kind: str, text: str, by: Any, owner: str = "", due_on: date | None = None
) -> RoundtableItem:
    made = RoundtableItem.objects.create(roundtable=roundtable, kind=kind, text=text, owner=owner, due_on=due_on)
    record(by=by, verb=f"note_{kind}", subject_kind="roundtable", subject_key=roundtable.pk)
    return made


@transaction.atomic
def set_presence(*, seat: RoundtableSeat, present: bool, by: Any) -> None:
    seat.present = present
    seat.save(update_fields=["present"])
    record(by=by, verb="set_presence", subject_kind="roundtable", subject_key=seat.roundtable_id)


@transaction.atomic
def close_item(*, item: RoundtableItem, on: date, by: Any) -> None:
    item.done_on = on
    item.save(update_fields=["done_on"])
    record(by=by, verb="close_item", subject_kind="roundtable", subject_key=item.roundtable_id)


@transaction.atomic
def add_formula(
    *, title: str, starts_on: date, ends_on: date, rules: list[BonusRule], budget_eur: Decimal, by: Any
) -> IncentiveFormula:
    made = IncentiveFormula.objects.create(
        title=title,
        starts_on=starts_on,
        ends_on=ends_on,
        budget_eur=budget_eur,
        rules=[
            {
                "measure": r.measure,
                "amount_eur": str(r.amount_eur),
                "cap_eur": None if r.cap_eur is None else str(r.cap_eur),
            }
            for r in rules
        ],
    )
    record(by=by, verb="add_formula", subject_kind="formula", subject_key=made.pk)
    return made


@transaction.atomic
def simulate_formula(*, formula: IncentiveFormula, by: Any) -> IncentivePayout:
    """What each cluster would get with what the register knows now. Kept, as every simulation is."""
    return _pay(formula, IncentivePayout.Kind.SIMULATED, by)


@transaction.atomic
def approve_formula(*, formula: IncentiveFormula, by: Any) -> None:
    """Raises Locked: it was never simulated, or it is approved already."""
    if formula.state != IncentiveFormula.State.DRAFT:
        raise Locked(f"{formula.title} is approved already.")
    if not formula.payouts.filter(kind=IncentivePayout.Kind.SIMULATED).exists():
        raise Locked(f"{formula.title} was never simulated; simulate it first, so that everybody sees what it does.")
    formula.state = IncentiveFormula.State.APPROVED
    formula.save(update_fields=["state"])
    record(by=by, verb="approve_formula", subject_kind="formula", subject_key=formula.pk)


@transaction.atomic
def pay_formula(*, formula: IncentiveFormula, today: date, by: Any) -> IncentivePayout:
    """What each cluster gets, once, after the period is over. Raises Locked."""
    if formula.state != IncentiveFormula.State.APPROVED:
        raise Locked(f"{formula.title} is not approved, or paid already.")
    if today < formula.ends_on:
        raise Locked(f"its period ends on {formula.ends_on}; pay it then.")
    formula.state = IncentiveFormula.State.PAID
    formula.save(update_fields=["state"])
    return _pay(formula, IncentivePayout.Kind.PAID, by)


def _pay(formula: IncentiveFormula, kind: str, by: Any) -> IncentivePayout:
    measures, names = measures_of(formula.starts_on, formula.ends_on)
    found = payouts(rules_of(formula), measures, formula.budget_eur)
    made = IncentivePayout.objects.create(
        formula=formula,
        kind=kind,
        rules=formula.rules,
        rows=[
            {"cluster": p.cluster, "name": names[p.cluster], "measures": p.measures, "amount_eur": str(p.amount_eur)}
            for p in found
        ],
        total_eur=sum((p.amount_eur for p in found), Decimal(0)),
        by=_user(by),
    )
    record(by=by, verb=f"formula_{kind}", subject_kind="formula", subject_key=formula.pk, payout=made.pk)
    return made


@transaction.atomic
def note_use(
    *, service: SharedService, cluster: Cluster, on: date, hours: Decimal, paid_eur: Decimal, text: str, by: Any
) -> SharedUse:
    """Hours that a partner used, or money that it paid for all. Raises Locked once the year is settled."""
    if service.settlements.filter(year=on.year).exists():
        raise Locked(f"{service.title} is settled for {on.year}; nothing can be added to that year.")
    made = SharedUse.objects.create(service=service, cluster=cluster, on=on, hours=hours, paid_eur=paid_eur, text=text)
    record(by=by, verb="note_use", subject_kind="shared_service", subject_key=service.pk, cluster=cluster.key)
    return made


@transaction.atomic
def settle_service(*, service: SharedService, year: int, today: date, by: Any) -> Settlement:
    """Share out what was paid in a year by the service's key: balances add up to zero, to the cent.

    Raises Locked: it is settled already, or not over: nothing can be added to a settled year.
    """
    if year >= today.year:
        raise Locked(f"{year} is not over; settle it from 1 January {year + 1} on.")
    if service.settlements.filter(year=year).exists():
        raise Locked(f"{service.title} is settled for {year} already.")
    hours, paid = hours_and_payments(service, year)
    # Who paid and has left since is still owed its money back: its weight is 0.
    weights = dict.fromkeys(paid, Decimal(0)) | weights_of(service, year, hours)
    names = dict(Cluster.objects.filter(key__in=weights).values_list("key", "name"))
    balances, transfers = settle(paid, weights)
    made = Settlement.objects.create(
        service=service,
        year=year,
        rows=[
            {
                "cluster": b.partner,
                "name": names[b.partner],
                "hours": str(hours.get(b.partner, Decimal(0))),
                "paid_eur": str(b.paid_eur),
                "share_eur": str(b.share_eur),
                "balance_eur": str(b.balance_eur),
            }
            for b in balances
        ],
        transfers=[
            {"payer": names[t.payer], "payee": names[t.payee], "amount_eur": str(t.amount_eur)} for t in transfers
        ],
        by=_user(by),
    )
    record(by=by, verb="settle_service", subject_kind="shared_service", subject_key=service.pk, year=year)
    return made


# Knowledge


@transaction.atomic
def write_item(*, values: dict[str, Any], by: Any, supersedes: KnowledgeItem | None = None) -> KnowledgeItem:
    """A new piece, or a new version of one; the old version stays readable."""
    version = 1 if supersedes is None else supersedes.version + 1
    made = KnowledgeItem.objects.create(**values, version=version, supersedes=supersedes, by=_user(by))
    if supersedes is not None:
        supersedes.reuses.update(item=made)
        supersedes.answers.update(item=made)
    index_library()
    record(by=by, verb="write_item", subject_kind="knowledge", subject_key=made.pk, version=version)
    return made


@transaction.atomic
def index_library() -> int:
    """Put the present version of every piece into the site's search: public ones for everybody, others for managers.

    A few hundred pieces: they are written anew as a whole. Returns how many.
    """
    remove("knowledge")
    return index(
        Entry(
            "knowledge",
            str(i.pk),
            i.title,
            " ".join([i.problem, i.context, *i.steps, *i.checklist, i.evidence]),
            reverse("support:knowledge_item", args=[i.pk]),
            "public" if i.audience == KnowledgeItem.Audience.PUBLIC else "managers",
        )
        for i in KnowledgeItem.objects.filter(superseded_by=None).order_by("pk")
    )


def index_library_daily(today: date) -> str:
    """Daily: the library in the search, also where pieces came by another way than its page."""
    return f"{index_library()} pieces in the search"


@transaction.atomic
def answer_item(*, item: KnowledgeItem, text: str, by: Any) -> KnowledgeAnswer:
    made = KnowledgeAnswer.objects.create(item=item, text=text, by=by.person)
    record(by=by, verb="answer_item", subject_kind="knowledge", subject_key=item.pk)
    return made


@transaction.atomic
def reuse_item(
    *, item: KnowledgeItem, cluster: Cluster, fulfilled: list[int], result: str, on: date, by: Any
) -> KnowledgeReuse:
    """A cluster takes a piece up; doing it again brings its checklist up to date."""
    made, _new = KnowledgeReuse.objects.update_or_create(
        item=item, cluster=cluster, defaults={"on": on, "fulfilled": fulfilled, "result": result}
    )
    record(by=by, verb="reuse_item", subject_kind="knowledge", subject_key=item.pk, cluster=cluster.key)
    return made
