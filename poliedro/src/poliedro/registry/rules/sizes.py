"""EU size class of an enterprise (Recommendation 2003/361/EC): own data, linked firms in full, partners by share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

LINKED = Decimal("0.5")
PARTNER = Decimal("0.25")


class SizeClass(StrEnum):
    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


CEILINGS: tuple[tuple[SizeClass, int, Decimal, Decimal], ...] = (
    (SizeClass.MICRO, 10, Decimal(2_000_000), Decimal(2_000_000)),
    (SizeClass.SMALL, 50, Decimal(10_000_000), Decimal(10_000_000)),
    (SizeClass.MEDIUM, 250, Decimal(50_000_000), Decimal(43_000_000)),
)
"""Class, persons below, turnover up to, total assets up to (EUR). Article 2."""


@dataclass(frozen=True)
class Accounts:
    """One year of one firm. persons: annual work units. None: the statement does not say."""

    persons: Decimal | None
    turnover_eur: Decimal | None
    total_assets_eur: Decimal | None


@dataclass(frozen=True)
class Holding:
    """`parent` holds `share` (0..1) of `child`; dominant: controls it whatever the share."""

    parent: int
    child: int
    share: Decimal
    dominant: bool = False

    @property
    def is_linked(self) -> bool:
        return self.dominant or self.share > LINKED


def class_of_year(accounts: Accounts) -> SizeClass | None:
    """The class of one year's figures: persons and (turnover or assets) below the ceilings. None: persons not known,
    or persons are below a ceiling while neither amount is known."""
    if accounts.persons is None:
        return None
    for size, persons, turnover, assets in CEILINGS:
        if accounts.persons >= persons:
            continue
        amounts = [(accounts.turnover_eur, turnover), (accounts.total_assets_eur, assets)]
        known = [(value, ceiling) for value, ceiling in amounts if value is not None]
        if not known:
            return None
        if any(value <= ceiling for value, ceiling in known):
            return size
    return SizeClass.LARGE


def consolidated(firm: int, accounts: dict[int, Accounts], holdings: Sequence[Holding]) -> Accounts:
    """The firm's figures with its group's (article 6): linked firms (up and down, through any chain) in full; the
    partners of the firm and of its linked firms by their share, each partner with the firms linked to it in full.

    Holdings of one group in one firm add up (article 3(2)), and more than half together links it; of cross-holdings the
    greater counts. A firm of the group without figures adds nothing.
    """
    group = _linked_group(firm, holdings)
    weights = dict.fromkeys(group, Decimal(1))
    for partner, share in _partners(group, holdings).items():
        for other in _linked_group(partner, holdings):
            if other not in group:
                weights[other] = max(weights.get(other, Decimal(0)), share)
    parts = [(accounts[k], w) for k, w in weights.items() if k in accounts]
    return Accounts(
        *(_add([(getattr(a, name), w) for a, w in parts]) for name in ("persons", "turnover_eur", "total_assets_eur"))
    )


def counted(holdings: Sequence[Holding], passive: set[int]) -> list[Holding]:
    """The holdings that count: those of `passive` investors (funds, universities, non-profit research) do not,
    as long as none of them controls the firm (article 3(2) and 3(3), second subparagraphs).
    """
    return [h for h in holdings if h.dominant or h.parent not in passive]


def is_publicly_held(firm: int, holdings: Sequence[Holding], public: set[int]) -> bool:
    """Whether public bodies together hold 25% or more of the firm or of a firm that controls it: it is then large
    whatever its figures (article 3(4)). Small local authorities, which article 3(2) exempts, are not told apart.
    """
    above, todo = {firm}, [firm]
    while todo:
        current = todo.pop()
        owners = [h for h in holdings if h.child == current]
        held = sum((h.share for h in owners if h.parent in public), Decimal(0))
        if held >= PARTNER or any(h.dominant and h.parent in public for h in owners):
            return True
        controlling = {h.parent for h in owners if h.is_linked} - above
        above |= controlling
        todo += sorted(controlling)
    return False


def _partners(group: set[int], holdings: Sequence[Holding]) -> dict[int, Decimal]:
    """Firms beside the group with 25% or more in a firm of it, or in which the group together has: {firm: share}."""
    down: dict[int, Decimal] = {}
    up: dict[int, Decimal] = {}
    for h in holdings:
        if h.parent in group and h.child not in group:
            down[h.child] = down.get(h.child, Decimal(0)) + h.share
        elif h.child in group and h.parent not in group:
            up[h.parent] = max(up.get(h.parent, Decimal(0)), h.share)
    shares = {k: max(down.get(k, Decimal(0)), up.get(k, Decimal(0))) for k in {*down, *up}}
    return {k: Decimal(1) if share > LINKED else share for k, share in shares.items() if share >= PARTNER}


def _linked_group(firm: int, holdings: Sequence[Holding]) -> set[int]:
    group, todo = {firm}, [firm]
    while todo:
        current = todo.pop()
        for h in holdings:
            if h.is_linked and current in (h.parent, h.child):
                other = h.child if current == h.parent else h.parent
                if other not in group:
                    group.add(other)
                    todo.append(other)
    return group


def _add(parts: Sequence[tuple[Decimal | None, Decimal]]) -> Decimal | None:
    known = [value * weight for value, weight in parts if value is not None]
    return sum(known, Decimal(0)) if known else None


def size_class(years: Sequence[SizeClass | None]) -> SizeClass | None:
    """The class in force after yearly classes, oldest first: it changes only after two years running (article 4(2)).

    None where no year is known.
    """
    current: SizeClass | None = None
    before: SizeClass | None = None
    for year in years:
        if year is None:
            continue
        if current is None or (year == before and year != current):
            current = year
        before = year
    return current
