"""The facts that a call's rules may ask for. A rule that names another fact is refused.

Money is in euro, shares are 0..1, ages in completed years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from poliedro.shared.refusals import Refusal


class Scope(StrEnum):
    """Of whom a fact speaks: of each party (the applicant and every partner), or of the project."""

    PARTY = "party"
    PROJECT = "project"


class Kind(StrEnum):
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    CODE = "code"
    """A class of a hierarchical code such as NACE; a rule names the branches under which it must lie."""


class Change(StrEnum):
    """Whether an applicant can change it before the call closes, and how."""

    NEVER = "never"
    WAIT = "wait"
    """It grows by itself with time."""
    ACT = "act"
    """The applicant can bring it about (open a site, close a report)."""
    PLAN = "plan"
    """It is part of the project's plan."""


@dataclass(frozen=True)
class FactSpec:
    """low, high: the range of a number. step: the least difference that counts."""

    key: str
    scope: Scope
    kind: Kind
    change: Change
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(10) ** 12
    step: Decimal = Decimal(1)
    register: bool = False
    """Whether the register may know it, so that a form is filled from there."""


SIZES = ("micro", "small", "medium", "large")
KINDS = (
    "enterprise", "start_up", "large_firm", "research_body", "university", "department", "its", "incubator",
    "accelerator", "investor", "bank_foundation", "third_sector", "public_authority", "association",
    "management_body", "science_park", "foreign_cluster", "fdi_agency",
)  # fmt: skip
INNOVATION = ("research", "product", "process", "organisation", "marketing", "design", "social")
"""Types of innovation; all but the first are not R&D (Oslo Manual 2018, with design and social innovation apart)."""

RESEARCH = ("fundamental", "industrial", "experimental", "study")
"""What a project mostly does, as aid intensities tell it apart (GBER, article 25(2)); study: a feasibility study."""

_P, _J = Scope.PARTY, Scope.PROJECT
_CENT = Decimal("0.01")
FACTS: dict[str, FactSpec] = {
    f.key: f
    for f in (
        FactSpec("kind", _P, Kind.CHOICE, Change.NEVER, choices=KINDS, register=True),
        FactSpec("size_class", _P, Kind.CHOICE, Change.NEVER, choices=SIZES, register=True),
        FactSpec("age_years", _P, Kind.NUMBER, Change.WAIT, "years", high=Decimal(500), register=True),
        FactSpec("years_of_accounts", _P, Kind.NUMBER, Change.WAIT, "years", high=Decimal(500), register=True),
        FactSpec("persons", _P, Kind.NUMBER, Change.NEVER, "persons", high=Decimal(10) ** 7, register=True),
        FactSpec("nace", _P, Kind.CODE, Change.NEVER, register=True),
        FactSpec("site_in_region", _P, Kind.FLAG, Change.ACT, register=True),
        FactSpec("innovative_start_up", _P, Kind.FLAG, Change.NEVER, register=True),
        FactSpec("cluster_member", _P, Kind.FLAG, Change.ACT, register=True),
        FactSpec("end_user", _P, Kind.FLAG, Change.NEVER),
        FactSpec("reports_due", _P, Kind.FLAG, Change.ACT),
        FactSpec("in_difficulty", _P, Kind.FLAG, Change.NEVER),
        FactSpec("other_applications", _P, Kind.NUMBER, Change.NEVER, "applications", high=Decimal(100)),
        FactSpec("de_minimis_room_eur", _P, Kind.NUMBER, Change.NEVER, "EUR", step=_CENT, register=True),
        FactSpec("staff_costs_only", _P, Kind.FLAG, Change.PLAN),
        FactSpec("grant_part_share", _P, Kind.NUMBER, Change.PLAN, "share", high=Decimal(1), step=Decimal("0.0001")),
        FactSpec("cost_share", _P, Kind.NUMBER, Change.PLAN, "share", high=Decimal(1), step=Decimal("0.0001")),
        FactSpec("trl_start", _J, Kind.NUMBER, Change.PLAN, "TRL", low=Decimal(1), high=Decimal(9)),
        FactSpec("trl_end", _J, Kind.NUMBER, Change.PLAN, "TRL", low=Decimal(1), high=Decimal(9)),
        FactSpec("innovation_type", _J, Kind.CHOICE, Change.PLAN, choices=INNOVATION),
        FactSpec("research_kind", _J, Kind.CHOICE, Change.PLAN, choices=RESEARCH),
        FactSpec("duration_months", _J, Kind.NUMBER, Change.PLAN, "months", low=Decimal(1), high=Decimal(120)),
        FactSpec("total_cost_eur", _J, Kind.NUMBER, Change.PLAN, "EUR", step=_CENT),
        FactSpec("research_contract_share", _J, Kind.NUMBER, Change.PLAN, "share", high=Decimal(1),
                 step=Decimal("0.0001")),
        FactSpec("hires_apprentice", _J, Kind.FLAG, Change.PLAN),
        FactSpec("feasibility_study", _J, Kind.FLAG, Change.PLAN),
        FactSpec("buys_services", _J, Kind.FLAG, Change.PLAN),
        FactSpec("business_plan", _J, Kind.FLAG, Change.PLAN),
        FactSpec("milestone_plan", _J, Kind.FLAG, Change.PLAN),
        FactSpec("incubator_letter", _J, Kind.FLAG, Change.PLAN),
        FactSpec("in_research_agenda", _J, Kind.FLAG, Change.PLAN),
    )
}  # fmt: skip


ORDERED = (("trl_start", "trl_end"),)
"""Pairs of facts of the project of which the second is never below the first."""


def in_order(project: Mapping[str, Any]) -> bool:
    """Whether what is known of the project keeps the order of `ORDERED`."""
    return all(
        project.get(early) is None or project.get(late) is None or project[early] <= project[late]
        for early, late in ORDERED
    )


class InvalidFact(Refusal):
    """A value that the fact does not take."""


def read_value(key: str, value: Any) -> Any:
    """A fact's value in its own type: Decimal, bool or text; None for what is not known.

    Raises:
        InvalidFact: no such fact, or a value that it does not take; the message says what it takes.
    """
    if key not in FACTS:
        raise InvalidFact("there is no fact '%(fact)s'; there are %(facts)s", fact=key, facts=sorted(FACTS))
    if value is None or value == "":
        return None
    spec = FACTS[key]
    if spec.kind is Kind.FLAG:
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"true", "yes", "1"}:
            return True
        if str(value).lower() in {"false", "no", "0"}:
            return False
        raise InvalidFact("%(fact)s is '%(given)s'; it is yes or no", fact=key, given=value)
    if spec.kind is Kind.NUMBER:
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            raise InvalidFact(
                "%(fact)s is '%(given)s'; write a number such as %(low)s", fact=key, given=value, low=spec.low
            ) from None
        if not number.is_finite() or not spec.low <= number <= spec.high:
            raise InvalidFact(
                "%(fact)s is %(given)s; it lies between %(low)s and %(high)s",
                fact=key,
                given=value,
                low=spec.low,
                high=spec.high,
            )
        return number
    if spec.kind is Kind.CHOICE and value not in spec.choices:
        raise InvalidFact(
            "%(fact)s is '%(given)s'; it is one of %(choices)s", fact=key, given=value, choices=spec.choices
        )
    return str(value)


def read_values(given: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The known values of one scope. Raises InvalidFact, also for a fact of the other scope."""
    found = {}
    for key, value in given.items():
        read = read_value(key, value)
        if FACTS[key].scope is not scope:
            raise InvalidFact(
                "%(fact)s is a fact of the %(scope)s, not of the %(other)s",
                fact=key,
                scope=FACTS[key].scope.value,
                other=scope.value,
            )
        if read is not None:
            found[key] = read
    for early, late in ORDERED:
        if not in_order({k: found[k] for k in (early, late) if k in found}):
            raise InvalidFact(
                "%(fact)s is %(given)s, below %(other_fact)s, %(least)s; a project does not go backwards",
                fact=late,
                given=found[late],
                other_fact=early,
                least=found[early],
            )
    return found
