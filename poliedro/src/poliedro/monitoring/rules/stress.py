"""What happens to a cluster's management when ERDF falls, and what would balance it (R016). Money to the cent.

    balance = revenue - costs, a year.   After the day of the fall:
    ERDF (1 - fall);  fees (1 + fee rise) (1 - members leaving);  services (1 + price rise) (1 - sales lost);
    costs (1 - saving)

# Note [One year stands for all]
The last accounts are taken for every year to come, spread evenly over the months. That is no forecast: it says what the
accounts of today would bear. Every assumption is printed beside the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

CENT = Decimal("0.01")
BASIS = Decimal("0.0001")
ZERO = Decimal(0)
HORIZON = 60
"""Months that the path of the reserve shows."""


@dataclass(frozen=True)
class ServiceCost:
    """A kind of service in a year. cost_eur, income_eur: its share of costs and of services sold. priority: 1 is cut
    first, 5 last."""

    kind: str
    hours: Decimal
    cost_eur: Decimal
    income_eur: Decimal
    priority: int

    @property
    def saved_eur(self) -> Decimal:
        """What cutting it saves: its cost less what it brings in."""
        return self.cost_eur - self.income_eur


@dataclass(frozen=True)
class Accounts:
    """A cluster's accounts of one year. revenue: by source; costs: by kind. members: who pays a fee."""

    year: int
    revenue: Mapping[str, Decimal]
    costs: Mapping[str, Decimal]
    members: int
    services: tuple[ServiceCost, ...] = ()

    @property
    def revenue_eur(self) -> Decimal:
        return sum(self.revenue.values(), ZERO)

    @property
    def cost_eur(self) -> Decimal:
        return sum(self.costs.values(), ZERO)

    @property
    def balance_eur(self) -> Decimal:
        return self.revenue_eur - self.cost_eur


@dataclass(frozen=True)
class Assumptions:
    """fall: share of ERDF that is lost from `falls_on`. reserve_eur: held on `as_of`. The others are what is done about
    it, or suffered, from that day too: shares 0..1 (rises may exceed 1)."""

    as_of: date
    falls_on: date
    fall: Decimal
    reserve_eur: Decimal
    fee_rise: Decimal = ZERO
    members_leaving: Decimal = ZERO
    price_rise: Decimal = ZERO
    sales_lost: Decimal = ZERO
    saving: Decimal = ZERO


@dataclass(frozen=True)
class Cuts:
    """Services cut in their order until the gap is closed. left_eur: the gap that remains when all are cut."""

    services: tuple[ServiceCost, ...]
    saved_eur: Decimal
    left_eur: Decimal


@dataclass(frozen=True)
class Result:
    """A year before and after the fall, and three ways to balance it, each alone.

    months: whole months from as_of that the reserve lasts; None: it is never spent. gap_eur: what a year lacks.
    fee_eur: the yearly fee a member pays after the chosen rise; fee_needed_eur: the one that would balance; None where
    nobody pays. price_needed: further rise of service prices that would balance; None where none is sold.
    path: (month, reserve) from as_of, month by month, stopped once it is spent.
    """

    before: Accounts
    after: Accounts
    months: int | None
    gap_eur: Decimal
    payers: int
    fee_eur: Decimal | None
    fee_needed_eur: Decimal | None
    price_needed: Decimal | None
    cuts: Cuts
    path: tuple[tuple[int, Decimal], ...]


def stress(accounts: Accounts, given: Assumptions) -> Result:
    """Run the test. See Note [One year stands for all]."""
    after = _after(accounts, given)
    gap = max(ZERO, -after.balance_eur)
    payers = int(accounts.members * (1 - given.members_leaving))
    fees = after.revenue.get("fees", ZERO)
    sold = after.revenue.get("services", ZERO)
    start = months_between(given.as_of, given.falls_on)
    months = months_left(given.reserve_eur, accounts.balance_eur, after.balance_eur, start)
    last = HORIZON if months is None else min(HORIZON, months + 1)
    return Result(
        accounts,
        after,
        months,
        gap,
        payers,
        _cents(fees / payers) if payers else None,
        fee_that_balances(fees, gap, payers),
        (gap / sold).quantize(BASIS, ROUND_CEILING) if sold else None,
        cut_until(after.services, gap),
        tuple(
            (m, reserve_after(given.reserve_eur, accounts.balance_eur, after.balance_eur, start, m))
            for m in range(last + 1)
        ),
    )


def _after(accounts: Accounts, given: Assumptions) -> Accounts:
    factors = {
        "erdf": 1 - given.fall,
        "fees": (1 + given.fee_rise) * (1 - given.members_leaving),
        "services": (1 + given.price_rise) * (1 - given.sales_lost),
    }
    keeping = 1 - given.saving
    return replace(
        accounts,
        revenue={k: _cents(v * factors.get(k, Decimal(1))) for k, v in accounts.revenue.items()},
        costs={k: _cents(v * keeping) for k, v in accounts.costs.items()},
        services=tuple(
            replace(s, cost_eur=_cents(s.cost_eur * keeping), income_eur=_cents(s.income_eur * factors["services"]))
            for s in accounts.services
        ),
    )


def fee_that_balances(fees: Decimal, gap: Decimal, payers: int) -> Decimal | None:
    """The yearly fee, rounded up to the cent, at which so many payers bring in the fees of now and the gap."""
    return ((fees + gap) / payers).quantize(CENT, ROUND_CEILING) if payers else None


def months_left(reserve: Decimal, before: Decimal, after: Decimal, start: int) -> int | None:
    """Whole months for which the reserve is not below 0, with a yearly balance before and after month `start`.

    None: it is never spent. A reserve below 0 lasts 0 months.
    """
    if reserve < 0:
        return 0
    at_start = reserve * 12 + before * start  # twelfths, so that nothing is rounded
    if at_start < 0:
        return int((reserve * 12) // -before)
    if after >= 0:
        return None
    return start + int(at_start // -after)


def reserve_after(reserve: Decimal, before: Decimal, after: Decimal, start: int, month: int) -> Decimal:
    """The reserve after so many months, to the cent. Rounded once, so that months never drift."""
    spent = before * min(month, start) + after * max(0, month - start)
    return _cents(reserve + spent / 12)


def months_between(first: date, second: date) -> int:
    """Whole months from the one day to the other; 0 where the other is earlier."""
    months = (second.year - first.year) * 12 + second.month - first.month
    return max(0, months - (second.day < first.day))


def cut_until(services: Sequence[ServiceCost], gap: Decimal) -> Cuts:
    """Cut services until the gap is closed: lowest priority first, then what saves most. What saves nothing stays."""
    able = sorted((s for s in services if s.saved_eur > 0), key=lambda s: (s.priority, -s.saved_eur, s.kind))
    cut: list[ServiceCost] = []
    saved = ZERO
    for service in able:
        if saved >= gap:
            break
        cut.append(service)
        saved += service.saved_eur
    return Cuts(tuple(cut), saved, max(ZERO, gap - saved))


def split_cents(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`total` in parts proportional to the weights, to the cent; they add up to it exactly. No weight: all to none."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    parts, done, given = [], ZERO, ZERO
    for weight in weights:
        done += weight
        part = _cents(total * done / whole) - given
        parts.append(part)
        given += part
    return parts


def herfindahl(amounts: Sequence[Decimal]) -> float | None:
    """Concentration of revenue: the sum of squared shares, 1 / n to 1; None without revenue."""
    total = sum(amounts, ZERO)
    return float(sum((a / total) ** 2 for a in amounts)) if total else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_EVEN)


# --- kept with a scenario ---------------------------------------------------------------------------------------------
def as_kept(held: Assumptions | Accounts) -> dict[str, Any]:
    """Plain JSON values; amounts as text, exact."""
    return {k: _plain(v) for k, v in asdict(held).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def assumptions_from(kept: Mapping[str, Any]) -> Assumptions:
    days: dict[str, Any] = {k: date.fromisoformat(kept[k]) for k in ("as_of", "falls_on")}
    shares: dict[str, Any] = {f.name: Decimal(kept[f.name]) for f in fields(Assumptions) if f.name not in days}
    return Assumptions(**days, **shares)


def accounts_from(kept: Mapping[str, Any]) -> Accounts:
    return Accounts(
        kept["year"],
        {k: Decimal(v) for k, v in kept["revenue"].items()},
        {k: Decimal(v) for k, v in kept["costs"].items()},
        kept["members"],
        tuple(
            ServiceCost(s["kind"], Decimal(s["hours"]), Decimal(s["cost_eur"]), Decimal(s["income_eur"]), s["priority"])
            for s in kept["services"]
        ),
    )


# --- who reads a scenario ---------------------------------------------------------------------------------------------
class ScenarioNotYours(Exception):
    """A scenario is read by its maker, by those it was shared with, and by the region where it was shared with it."""


def can_read(*, is_maker: bool, is_shared: bool, with_region: bool, is_region: bool, may_test: bool) -> bool:
    """may_test: whether the person may run the test on the cluster at all, as its managers do."""
    return is_maker or is_shared or (with_region and is_region) or (with_region and may_test)


def check_can_read(**facts: bool) -> None:
    """Raises ScenarioNotYours."""
    if not can_read(**facts):
        raise ScenarioNotYours("ask its maker to share it with you")
