"""Whether a firm can take part in an open EU call, from its type of action: a hint, never the published conditions.

Each answer names the published rule behind it. A type of action that no rule here speaks of has no answer, and the page
sends to the conditions as published.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class With(StrEnum):
    """With whom a firm can take part."""

    ALONE = "alone"
    PARTNERS = "partners"
    NOT_FIRMS = "not_firms"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ask:
    """What a type of action asks. begins: of its name as published. countries: different ones that must be represented.
    rate: part of the cost that a firm gets at most; None: the call says. source: the rule."""

    begins: tuple[str, ...]
    who: With
    countries: int = 1
    rate: Decimal | None = None
    source: str = ""


ANNEX = "Horizon Europe, work programme, general annexes B (consortium) and G (funding rates)"
EDF = "Regulation (EU) 2021/697, articles 10(4) and 13"
ASKS = (
    Ask(("HORIZON Research and Innovation", "HORIZON JU Research"), With.PARTNERS, 3, Decimal("1"), ANNEX),
    Ask(("HORIZON Innovation Actions", "HORIZON JU Innovation"), With.PARTNERS, 3, Decimal("0.7"), ANNEX),
    Ask(("HORIZON Coordination", "HORIZON JU Coordination"), With.ALONE, 1, Decimal("1"), ANNEX),
    Ask(("HORIZON Programme Cofund",), With.PARTNERS, 3, None, ANNEX),
    Ask(("HORIZON TMA MSCA Doctoral Networks",), With.PARTNERS, 3, None, ANNEX),
    Ask(("HORIZON TMA MSCA Staff Exchanges",), With.PARTNERS, 3, None, ANNEX),
    Ask(("HORIZON ERC",), With.NOT_FIRMS, 1, None, "ERC work programme: a researcher with a host institution"),
    Ask(
        ("HORIZON Pre-commercial Procurement", "HORIZON Public Procurement"), With.NOT_FIRMS, 1, None,
        "Horizon Europe, general annex H: public buyers; firms answer the tenders that follow",
    ),
    Ask(("EDF Research Actions",), With.PARTNERS, 3, Decimal("1"), EDF),
    Ask(("EDF",), With.PARTNERS, 3, None, EDF),
    Ask(("EURATOM Research", "EURATOM Innovation"), With.PARTNERS, 3, None, "Euratom work programme, general annexes"),
    Ask(("RFCS Project Grants",), With.PARTNERS, 2, Decimal("0.6"), "Decision (EU) 2008/376 as amended, RFCS"),
    Ask(("LIFE Project Grants",), With.ALONE, 1, Decimal("0.6"), "LIFE multiannual work programme 2025-27"),
)  # fmt: skip


def ask_of(kind: str) -> Ask:
    """The rule for a type of action; an empty answer (UNKNOWN) where none speaks of it."""
    return next((a for a in ASKS if kind.startswith(a.begins)), Ask((), With.UNKNOWN))


@dataclass(frozen=True)
class Hint:
    """ask: what the type of action asks. missing: further countries from which the firm needs a partner, given those of
    bodies that it worked with; 0 where it knows enough. own_eur: what it pays itself of a project that gets the least
    grant; None where rate or grant are not stated."""

    ask: Ask
    known: int
    missing: int
    own_eur: Decimal | None


def hint(kind: str, *, home: str, partners: set[str], least_eur: Decimal | None) -> Hint:
    """For one firm: home, its country; partners: countries of bodies with which it shares a project."""
    ask = ask_of(kind)
    known = len(partners - {home, ""})
    missing = max(0, ask.countries - 1 - known) if ask.who is With.PARTNERS else 0
    own = None
    if ask.rate is not None and least_eur is not None:
        own = (least_eur / ask.rate - least_eur).quantize(CENT, rounding=ROUND_DOWN)
    return Hint(ask, known, missing, own)
