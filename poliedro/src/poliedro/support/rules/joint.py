"""Joint work in plain Python: critical path, plan validator, incentives, cost sharing, settlement to the cent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

CENT = Decimal("0.01")
THEMES = ("entrepreneurship", "digital", "diffusion", "skills")


# Critical path


@dataclass(frozen=True)
class Work:
    """An action as the path sees it. needs: keys of actions that have to end before it begins."""

    key: int
    starts_on: date
    due_on: date
    needs: frozenset[int] = frozenset()
    done_on: date | None = None

    @property
    def days(self) -> int:
        return (self.due_on - self.starts_on).days


@dataclass(frozen=True)
class Scheduled:
    """When an action can begin and end at the earliest, and how long it may slip without moving the end of all."""

    key: int
    begins: date
    ends: date
    slack_days: int

    @property
    def critical(self) -> bool:
        return self.slack_days == 0


class CircularNeed(ValueError):
    """Actions wait for one another in a circle; the message names them."""


def in_order(work: Iterable[Work]) -> list[Work]:
    """The actions so that each comes after what it needs. Raises CircularNeed."""
    left = {w.key: w for w in work}
    done: list[Work] = []
    known = set(left)
    while left:
        ready = sorted(k for k, w in left.items() if not (w.needs & known & set(left)))
        if not ready:
            raise CircularNeed(f"these actions wait for one another: {sorted(left)}; take one of their needs away.")
        done += [left.pop(k) for k in ready]
    return done


def schedule(work: Sequence[Work], today: date | None = None) -> dict[int, Scheduled]:
    """Earliest days and slack of each action (critical path method). An action begins no earlier than it is planned.

    Actions that are done end on the day on which they were. Slack is counted to the end of the last action.

    Args:
        today: what is not done ends today at the earliest, so that what is late pushes what waits for it. Without it
            the plan as it was made.
    """
    ordered = in_order(work)
    begins: dict[int, date] = {}
    ends: dict[int, date] = {}
    for w in ordered:
        begins[w.key] = max([w.starts_on, *(ends[n] for n in w.needs if n in ends)])
        ends[w.key] = w.done_on or begins[w.key] + timedelta(days=w.days)
        if today is not None and w.done_on is None:
            ends[w.key] = max(ends[w.key], today)
    if not ordered:
        return {}
    last = max(ends.values())
    latest: dict[int, date] = {}
    for w in reversed(ordered):
        after = [latest[o.key] - timedelta(days=o.days) for o in ordered if w.key in o.needs]
        latest[w.key] = min([last, *after])
    return {k: Scheduled(k, begins[k], ends[k], max((latest[k] - ends[k]).days, 0)) for k in begins}


def as_planned(work: Sequence[Work]) -> dict[int, Scheduled]:
    """The schedule that the plan itself gives, whatever was done when."""
    return schedule([replace(w, done_on=None) for w in work])


def late(work: Iterable[Work], today: date) -> list[int]:
    """Keys of the actions that should be done and are not."""
    return sorted(w.key for w in work if w.done_on is None and w.due_on < today)


@dataclass(frozen=True)
class Held:
    """An action that cannot begin, or end, as planned, since something that it waits for is late.

    days: how many days later than planned it now ends at the earliest. by: what holds it up.
    """

    key: int
    begins: date
    ends: date
    days: int
    by: tuple[int, ...]


def held_up(work: Sequence[Work], today: date) -> dict[int, Held]:
    """The actions, not done, that what they wait for keeps from ending as planned: pushed along the whole chain."""
    plan, path = as_planned(work), schedule(work, today)
    found = {}
    for w in work:
        days = (path[w.key].ends - plan[w.key].ends).days
        by = tuple(sorted(n for n in w.needs if n in path and path[n].ends > plan[w.key].begins))
        if w.done_on is None and by and days > 0:
            found[w.key] = Held(w.key, path[w.key].begins, path[w.key].ends, days, by)
    return found


def end_slips(work: Sequence[Work], today: date) -> tuple[date, int] | None:
    """(when all is done at the earliest, days later than planned); None without actions."""
    if not work:
        return None
    ends = max(s.ends for s in schedule(work, today).values())
    return ends, (ends - max(s.ends for s in as_planned(work).values())).days


# Plan validator


@dataclass(frozen=True)
class PlanLine:
    title: str
    theme: str
    budget_eur: Decimal
    indicator: str
    target: str
    shares_eur: Decimal


class PlanIncomplete(ValueError):
    """A plan cannot be approved; `missing` says what it lacks, a (code, what) pair each."""

    def __init__(self, missing: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{code}: {what}" for code, what in missing))
        self.missing = missing


def missing_in(lines: Sequence[PlanLine]) -> list[tuple[str, str]]:
    """What a plan lacks: each of the four themes needs an action with a budget and an indicator with its target (R030);
    and the partners' shares of each action add up to its budget. Codes: action, budget, indicator (of a theme); shares
    (of an action)."""
    missing = []
    for theme in THEMES:
        mine = [line for line in lines if line.theme == theme]
        if not mine:
            missing.append(("action", theme))
            continue
        if not any(line.budget_eur > 0 for line in mine):
            missing.append(("budget", theme))
        if not any(line.indicator.strip() and line.target.strip() for line in mine):
            missing.append(("indicator", theme))
    missing += [("shares", line.title) for line in lines if line.shares_eur != line.budget_eur]
    return missing


def check_can_approve(lines: Sequence[PlanLine]) -> None:
    """Raises PlanIncomplete."""
    if missing := missing_in(lines):
        raise PlanIncomplete(missing)


def can_approve(lines: Sequence[PlanLine]) -> bool:
    return not missing_in(lines)


# Incentives

MEASURES = ("joint_services", "cross_projects", "new_micro_members")
"""What a bonus may rest on. Coaching, training and needs are not among them, and never will be (R081)."""


class UnknownMeasure(ValueError):
    """A rule rests on something that no bonus may rest on."""


@dataclass(frozen=True)
class BonusRule:
    """amount_eur for each unit of the measure, up to cap_eur a cluster (None: no cap)."""

    measure: str
    amount_eur: Decimal
    cap_eur: Decimal | None = None

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise UnknownMeasure(f"{self.measure!r} is no measure; there is {', '.join(MEASURES)}.")


@dataclass(frozen=True)
class Payout:
    cluster: str
    measures: Mapping[str, int]
    amount_eur: Decimal


def payouts(rules: Sequence[BonusRule], measures: Mapping[str, Mapping[str, int]], budget_eur: Decimal) -> list[Payout]:
    """What each cluster gets: cluster key -> measure -> n in; parts of a cent are not paid. Where all together passes
    the budget, all are cut by one share, to the cent: the sum is the budget, and nobody gets more than was earned."""
    wanted = {
        cluster: sum((_earned(rule, counts) for rule in rules), Decimal(0)).quantize(CENT, ROUND_FLOOR)
        for cluster, counts in measures.items()
    }
    budget = budget_eur.quantize(CENT, ROUND_FLOOR)
    if sum(wanted.values()) > budget:
        earned = list(wanted.values())
        wanted = dict(zip(wanted, divide(budget, earned, caps=earned), strict=True))
    return [Payout(c, dict(measures[c]), amount) for c, amount in wanted.items()]


def _earned(rule: BonusRule, counts: Mapping[str, int]) -> Decimal:
    amount = rule.amount_eur * counts.get(rule.measure, 0)
    return amount if rule.cap_eur is None else min(amount, rule.cap_eur)


# Shared services


def divide(amount: Decimal, weights: Sequence[Decimal], *, caps: Sequence[Decimal] | None = None) -> list[Decimal]:
    """An amount divided by weights, to the cent, with nothing lost: largest remainders get the odd cents.

    caps: what each part may reach; an odd cent goes past whom it would lift above.

    Raises:
        ValueError: no weight is above zero, one is below, or the caps leave no room for the amount.
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"weights {list(map(str, weights))} share nothing out; at least one has to be above zero.")
    cents = int((amount / CENT).to_integral_value())
    exact = [Decimal(cents) * w / total for w in weights]
    floors = [int(e.to_integral_value(ROUND_FLOOR)) for e in exact]
    odd = cents - sum(floors)
    order = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    room = order if caps is None else [i for i in order if (floors[i] + 1) * CENT <= caps[i]]
    if odd > len(room) or (caps is not None and any(f * CENT > cap for f, cap in zip(floors, caps, strict=True))):
        raise ValueError(f"the caps leave no room for {amount}; raise them or share less out.")
    for i in room[:odd]:
        floors[i] += 1
    return [Decimal(f) * CENT for f in floors]


@dataclass(frozen=True)
class Balance:
    """What a partner paid, what its part is, and the difference: above zero it gets money back."""

    partner: str
    paid_eur: Decimal
    share_eur: Decimal

    @property
    def balance_eur(self) -> Decimal:
        return self.paid_eur - self.share_eur


@dataclass(frozen=True)
class Transfer:
    payer: str
    payee: str
    amount_eur: Decimal


def settle(paid: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> tuple[list[Balance], list[Transfer]]:
    """Who owes whom: what was paid for all is shared out by weight. Balances add up to zero, to the cent.

    Few transfers: the one who owes most pays the one who is owed most, until nobody owes anything: at most one fewer
    than there are partners.

    Raises:
        ValueError: somebody paid who has no weight, not even 0: the money would be lost.
    """
    if strangers := sorted(set(paid) - set(weights)):
        raise ValueError(
            f"{strangers[0]} paid, but is no partner ({len(strangers)} in all); make it one, with weight 0"
        )
    partners = sorted(weights)
    total = sum((paid.get(p, Decimal(0)) for p in partners), Decimal(0))
    even = [Decimal(1)] * len(partners)
    keyed = [weights[p] for p in partners]
    shares = divide(total, keyed if sum(keyed) > 0 else even)
    balances = [Balance(p, paid.get(p, Decimal(0)), s) for p, s in zip(partners, shares, strict=True)]
    left = {b.partner: b.balance_eur for b in balances}
    transfers: list[Transfer] = []
    while True:
        payer = min(left, key=lambda p: (left[p], p))
        payee = max(left, key=lambda p: (left[p], p))
        amount = min(-left[payer], left[payee])
        if amount <= 0:
            return balances, transfers
        transfers.append(Transfer(payer, payee, amount))
        left[payer] += amount
        left[payee] -= amount


def break_even(fixed_eur: Decimal, hour_eur: Decimal, alone_eur: Decimal, hours_each: Decimal) -> int | None:
    """From how many partners on the shared service costs each of them no more than doing it alone. None: never.

    fixed / n + hours x price of an hour <= alone  =>  n >= fixed / (alone - hours x price of an hour)
    """
    spared = alone_eur - hours_each * hour_eur
    if spared <= 0:
        return None
    whole, rest = divmod(fixed_eur, spared)
    return max(1, int(whole) + (1 if rest else 0))


# Roundtables


def attendance_by_group(seats: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    """Group -> (present, seats)."""
    found: dict[str, tuple[int, int]] = {}
    for group, present in seats:
        here, all_ = found.get(group, (0, 0))
        found[group] = (here + int(present), all_ + 1)
    return found


def closure_rate(done: Collection[bool]) -> float | None:
    """Share of agreed actions that are done; None where none was agreed."""
    return sum(done) / len(done) if done else None
