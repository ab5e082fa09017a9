"""Which ties bar a person from deciding about a subject, for how long, and who may lift the bar (R084).

Data and plain functions. A subject is a plain key: "cluster:agrifood", "organisation:12", "call:KEY".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from poliedro.shared.refusals import Refusal

LOOK_BACK_DAYS = 1096
"""Three years: how long after its end a tie still counts, unless its rule says otherwise."""


class TieKind(StrEnum):
    """What ties a person to a subject."""

    COACHES = "coaches"
    MANAGES = "manages"
    WORKS_FOR = "works_for"
    ACTS_FOR = "acts_for"
    DECLARED = "declared"
    FUNDS = "funds"
    """Decides or has decided on money for the subject. Bars from coaching, not from deciding again."""


class Through(StrEnum):
    """Whose tie it is: one's own, that of somebody of the same unit, or that of one's employer as a body."""

    PERSON = "person"
    UNIT = "unit"
    EMPLOYER = "employer"


class Side(StrEnum):
    """The two sides of the wall; to lift a bar takes one person of each."""

    COACHING = "coaching"
    FUNDING = "funding"


@dataclass(frozen=True)
class Rule:
    kind: TieKind
    through: Through
    look_back_days: int


RULES = (
    Rule(TieKind.COACHES, Through.PERSON, LOOK_BACK_DAYS),
    Rule(TieKind.COACHES, Through.UNIT, 365),
    Rule(TieKind.MANAGES, Through.PERSON, LOOK_BACK_DAYS),
    Rule(TieKind.MANAGES, Through.EMPLOYER, 365),
    Rule(TieKind.WORKS_FOR, Through.PERSON, LOOK_BACK_DAYS),
    Rule(TieKind.ACTS_FOR, Through.PERSON, LOOK_BACK_DAYS),
    Rule(TieKind.DECLARED, Through.PERSON, LOOK_BACK_DAYS),
)
"""Each bars from evaluating, scoring or deciding; a tie of a kind and way that is not listed bars from nothing."""


@dataclass(frozen=True)
class TieFact:
    """A tie as a room tells it. valid_to: first day on which it no longer held; None: it holds. why: in words."""

    kind: TieKind
    subject_key: str
    valid_from: date
    valid_to: date | None = None
    through: Through = Through.PERSON
    why: str = ""


def rule_of(tie: TieFact) -> Rule | None:
    return next((r for r in RULES if r.kind == tie.kind and r.through == tie.through), None)


def bars(tie: TieFact, on: date) -> bool:
    """Whether the tie bars on that day: it holds, or ended no longer ago than its rule looks back."""
    rule = rule_of(tie)
    if rule is None or tie.valid_from > on:
        return False
    return tie.valid_to is None or tie.valid_to > on - timedelta(days=rule.look_back_days)


class OverrideRefused(Refusal):
    """This bar is not lifted so; the message says why, and what could be done."""


def check_can_lift(
    *, concerned: int, first: int, second: int | None, first_side: Side, second_side: Side | None
) -> None:
    """Two different people, one of each side, neither the one concerned. Keys are those of people.

    Raises:
        OverrideRefused
    """
    if concerned in (first, second):
        raise OverrideRefused("the person concerned cannot lift the own bar; ask two others, one of each side.")
    if second is not None and first == second:
        raise OverrideRefused("one person cannot agree twice; a second one of the other side has to.")
    if second_side is not None and first_side == second_side:
        raise OverrideRefused("both speak for the same side; one of the other side has to agree.")


def barred_subjects(ties: Collection[TieFact], subject_keys: Collection[str], on: date) -> set[str]:
    """The subjects among those asked about on which one of the ties bars."""
    return {t.subject_key for t in ties if t.subject_key in subject_keys and bars(t, on)}
