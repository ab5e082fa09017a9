"""Vouchers for services (R026): who gets one, what it pays, what is left. Plain Python; money to the cent.

# Note [What a budget still allows]
A voucher that may still be used ties its whole face; one that is over (cancelled, or past its last day) only what it
paid. So a scheme can always pay what it promised, and what firms leave unused goes to others.

# Note [A voucher is aid]
Aid is granted when the firm gets the right to it (Regulation 2023/2831, article 3(3)): the whole face counts from the
day of issue, whatever is used. One that is over counts with what it paid, from the day on which it was cancelled or the
first daily round after its last day: the register counts what a budget counts. A service given in time and entered
later raises the aid again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT, ZERO = Decimal("0.01"), Decimal(0)
EVERY_SIZE = frozenset({"micro", "small", "medium", "large"})
SIZES_OF = {
    "micro_small": frozenset({"micro", "small"}),
    "start_up": frozenset({"micro", "small"}),
    "medium": frozenset({"medium"}),
    "large": frozenset({"large"}),
}
"""The size classes that the catalogue means by an audience; other audiences are no firms."""


class VoucherRefused(ValueError):
    """It cannot be issued or used. reasons: keys of words."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Scheme:
    """What a scheme allows on a day. left_eur: of the budget. sizes, kinds, providers: empty where all are meant."""

    is_open: bool
    face_eur: Decimal
    share: Decimal
    left_eur: Decimal
    sizes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    providers: frozenset[int] = frozenset()
    without_rd: bool = True


@dataclass(frozen=True)
class Held:
    """A voucher: its face, what it paid, its last day, whether it was cancelled."""

    face_eur: Decimal
    paid_eur: Decimal
    valid_to: date
    cancelled: bool = False

    @property
    def left_eur(self) -> Decimal:
        return self.face_eur - self.paid_eur

    def is_over(self, on: date) -> bool:
        return self.cancelled or on > self.valid_to

    def tied_eur(self, on: date) -> Decimal:
        """What it takes of its scheme's budget. See Note [What a budget still allows]."""
        return self.paid_eur if self.is_over(on) else self.face_eur


def regime_of(state_aid: str) -> str:
    """The regime in the register of aid; empty where the scheme gives no aid, or does not say."""
    return "de_minimis" if state_aid == "de_minimis" else "gber" if state_aid.startswith("gber") else ""


@dataclass(frozen=True)
class Given:
    """A service that was given, for which a voucher may pay."""

    kind: str
    provider: int
    is_rd: bool


def tied(vouchers: Iterable[Held], on: date) -> Decimal:
    return sum((v.tied_eur(on) for v in vouchers), ZERO)


def paid_part(price_eur: Decimal, share: Decimal, left_eur: Decimal) -> Decimal:
    """What the voucher pays of a price: its share to the cent, never more than is left on it."""
    return min(left_eur, (price_eur * share).quantize(CENT, ROUND_HALF_UP))


def pays_for(scheme: Scheme, given: Given) -> bool:
    """Whether the scheme pays for services of that kind by that provider."""
    return (
        (not scheme.kinds or given.kind in scheme.kinds)
        and (not scheme.providers or given.provider in scheme.providers)
        and not (scheme.without_rd and given.is_rd)
    )


def missing_to_issue(scheme: Scheme, size: str, *, has_one: bool) -> list[str]:
    """Why a firm of that size class gets no voucher; empty: it does."""
    missing = [] if scheme.is_open else ["scheme_is_closed"]
    missing += ["has_one"] if has_one else []
    if scheme.sizes and size not in scheme.sizes:
        missing.append("size_not_known" if not size else "size_not_meant")
    return missing + (["budget_is_spent"] if scheme.left_eur < scheme.face_eur else [])


def check_can_issue(scheme: Scheme, size: str, *, has_one: bool) -> None:
    """Raises VoucherRefused with everything that stands against it."""
    if missing := missing_to_issue(scheme, size, has_one=has_one):
        raise VoucherRefused(*missing)


def can_issue(scheme: Scheme, size: str, *, has_one: bool) -> bool:
    return not missing_to_issue(scheme, size, has_one=has_one)


def missing_to_use(scheme: Scheme, held: Held, given: Given, *, on: date, paid_before: bool) -> list[str]:
    """Why the voucher does not pay for a service given on a day; empty: it does."""
    missing = ["voucher_is_over"] if held.is_over(on) else []
    missing += ["nothing_left"] if held.left_eur <= 0 else []
    missing += [] if pays_for(scheme, given) else ["service_not_meant"]
    return missing + (["paid_before"] if paid_before else [])


def check_can_use(scheme: Scheme, held: Held, given: Given, *, on: date, paid_before: bool) -> None:
    """Raises VoucherRefused with everything that stands against it."""
    if missing := missing_to_use(scheme, held, given, on=on, paid_before=paid_before):
        raise VoucherRefused(*missing)


def can_use(scheme: Scheme, held: Held, given: Given, *, on: date, paid_before: bool) -> bool:
    return not missing_to_use(scheme, held, given, on=on, paid_before=paid_before)
