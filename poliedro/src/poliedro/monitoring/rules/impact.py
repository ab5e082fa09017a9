"""A study's declaration: what is said before outcomes are seen, its checks and its fingerprint. Plain Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

OUTCOMES = ("turnover", "persons", "value_added_per_worker", "tfp")
MATCHING = (
    "log_assets",
    "log_turnover",
    "log_persons",
    "debt_ratio",
    "labour_share",
    "value_added_share",
    "turnover_growth",
    "age",
)
"""Variables of the balance sheet before joining, by which firms can be matched."""
STRATA = ("section", "division", "size", "province", "legal_form")
AMOUNTS = ("turnover", "assets", "debt", "labour_cost", "value_added", "persons")
"""What accounts state of a firm and year; persons in annual work units, the others in EUR."""
RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "turnover": ("turnover",),
    "persons": ("persons",),
    "value_added_per_worker": ("value_added", "persons"),
    "tfp": ("value_added", "persons", "assets", "turnover", "labour_cost"),
    "log_assets": ("assets",),
    "log_turnover": ("turnover",),
    "log_persons": ("persons",),
    "debt_ratio": ("debt", "assets"),
    "labour_share": ("labour_cost", "turnover"),
    "value_added_share": ("value_added", "turnover"),
    "turnover_growth": ("turnover",),
    "size": ("persons", "turnover", "assets"),
}
"""Amounts that outcomes, variables and strata are made of; what is not named is made of none."""
ESTIMATORS = ("matched", "dr")
TFP_METHODS = ("fixed_effects", "levinsohn_petrin", "ackerberg_caves_frazer")
DISTANCES = ("mahalanobis", "propensity", "entropy")
"""How members and controls are brought together: the nearest by one of two distances, or all controls, weighed by
entropy balancing (then neighbours, caliper and replace mean nothing)."""
BREAKDOWNS = ("cluster", "size")
CAPITAL_FORMS = ("srl", "srls", "spa", "sapa", "scarl", "scpa")
"""Capital companies of Italian law, as `legal_form_of` writes them."""


class DeclarationRefused(ValueError):
    """A declaration that cannot be frozen; `field` names what is wrong, the message says why and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class StudyRefused(RuntimeError):
    """An act that the state of a study does not allow; the message names the state and the way on."""


@dataclass(frozen=True)
class Declaration:
    """What a study will do, said before anyone sees an outcome.

    clusters: keys; empty means every cluster. A cluster stands for those that went into it, too.
    first_join, last_join: years in which the treated joined for the first time (programming cycle).
    legal_forms: as `legal_form_of` writes them; empty means any. exact: strata in which firms must be alike.
    matching: variables of the last year before joining. outcomes: what is asked about, the first one leads.
    horizon: years after joining. first_event: the year after joining with which the average begins (0: the year of
        joining itself, in which firms were members for a part of it only). placebos: years before joining, shown.
    anticipation: years before joining in which an effect may show already, as firms prepare for it; the year before
        these is what all others are compared with, and firms are matched as they were then.
    distance: "mahalanobis" or "propensity" pair each member with near controls; "entropy" weighs all controls of the
        strata until their means are those of the members.
    estimator: "matched" (matched difference-in-differences) or "dr" (doubly robust group-time effects); the other is
        shown as a check.
    placebo_draws: how often firms are drawn among non-members, as if they had joined.
    minimum: fewer treated firms than this: no estimate. pretrend_alpha: below this p, trends before joining differ.
    """

    question: str = ""
    cycle: str = ""
    clusters: tuple[str, ...] = ()
    first_join: int = 2009
    last_join: int = 2013
    legal_forms: tuple[str, ...] = CAPITAL_FORMS
    exact: tuple[str, ...] = ("section", "size")
    matching: tuple[str, ...] = ("log_assets", "debt_ratio", "labour_share", "turnover_growth")
    outcomes: tuple[str, ...] = ("turnover", "persons", "value_added_per_worker", "tfp")
    tfp_method: str = "ackerberg_caves_frazer"
    horizon: int = 3
    first_event: int = 1
    placebos: int = 3
    estimator: str = "matched"
    distance: str = "mahalanobis"
    neighbours: int = 1
    caliper: float | None = 1.0
    replace: bool = True
    breakdowns: tuple[str, ...] = ("cluster", "size")
    minimum: int = 10
    minimum_share: float = 0.5
    pretrend_alpha: float = 0.01
    level: float = 0.95
    placebo_draws: int = 49
    seed: int = 20240501
    anticipation: int = 0

    @property
    def first_year(self) -> int:
        """The first year of accounts that the study reads: one more, as growth before joining needs two."""
        return self.first_join - self.anticipation - self.placebos - 2

    @property
    def base_event(self) -> int:
        """The year, counted from joining, before any effect: what all others are compared with."""
        return -1 - self.anticipation

    @property
    def last_year(self) -> int:
        return self.last_join + self.horizon

    @property
    def amounts(self) -> tuple[str, ...]:
        """The amounts of accounts that the study needs, in the order of `AMOUNTS`: its extract holds no others."""
        asked = (*self.outcomes, *self.matching, *self.exact, *self.breakdowns)
        needed = {amount for name in asked for amount in RESTS_ON.get(name, ())}
        return tuple(a for a in AMOUNTS if a in needed)


def declaration_of(stored: Mapping[str, Any]) -> Declaration:
    """The declaration that was stored. Raises DeclarationRefused for a key that it does not have."""
    known = {f.name: f for f in fields(Declaration)}
    unknown = sorted(set(stored) - set(known))
    if unknown:
        raise DeclarationRefused(unknown[0], f"a declaration has no {unknown[0]!r}; it has {', '.join(known)}")
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return Declaration(**given)


LATER = {"anticipation": 0}
"""Fields that came later, with what the declarations before them meant."""


def stored_form(declaration: Declaration) -> dict[str, Any]:
    """As JSON keeps it. What declarations could not say at first is left out where it says nothing, so that the
    fingerprints of the first ones stay what they were."""
    return {k: v for k, v in spelled_out(declaration).items() if k not in LATER or v != LATER[k]}


def spelled_out(declaration: Declaration) -> dict[str, Any]:
    """Every field with its value, as a form asks for them."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(declaration).items()}


def fingerprint(declaration: Declaration) -> str:
    """SHA-256 of the declaration in one form: keys sorted, no blanks. Whoever has the text can check it."""
    text = json.dumps(stored_form(declaration), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_declaration(declaration: Declaration) -> None:
    """Raises DeclarationRefused for what cannot be estimated, whatever the data say."""
    d = declaration
    if not d.question.strip():
        raise DeclarationRefused("question", "the question is empty; say in a sentence what the study asks")
    if not 1990 <= d.first_join <= d.last_join <= 2100:
        raise DeclarationRefused(
            "last_join", f"joined from {d.first_join} to {d.last_join}; the last year comes after the first"
        )
    for name, allowed, least in (
        ("outcomes", OUTCOMES, 1),
        ("matching", MATCHING, 1),
        ("exact", STRATA, 0),
        ("breakdowns", BREAKDOWNS, 0),
    ):
        chosen: Sequence[str] = getattr(d, name)
        wrong = [c for c in chosen if c not in allowed]
        if wrong or len(chosen) < least or len(set(chosen)) < len(chosen):
            raise DeclarationRefused(name, f"{name} is {list(chosen)}; choose {least} or more, once each, of {allowed}")
    for name, words in (("estimator", ESTIMATORS), ("tfp_method", TFP_METHODS), ("distance", DISTANCES)):
        if getattr(d, name) not in words:
            raise DeclarationRefused(name, f"{name} is {getattr(d, name)!r}; choose one of {', '.join(words)}")
    for name, low, high in (
        ("horizon", 1, 10),
        ("first_event", 0, d.horizon),
        ("placebos", 1, 10),
        ("anticipation", 0, 5),
        ("neighbours", 1, 10),
        ("minimum", 5, 10_000),
        ("minimum_share", 0.1, 1),
        ("pretrend_alpha", 0.001, 0.2),
        ("level", 0.8, 0.999),
        ("placebo_draws", 20, 999),
        ("seed", 0, 2**31 - 1),
    ):
        if not low <= getattr(d, name) <= high:
            raise DeclarationRefused(name, f"{name} is {getattr(d, name)}; it lies between {low} and {high}")
    if d.caliper is not None and not 0 < d.caliper <= 10:
        raise DeclarationRefused("caliper", f"caliper is {d.caliper}; more than 0, in standard deviations, or none")


_FORMS = {
    "srl": ("srl", "societa a responsabilita limitata", "s r l"),
    "srls": ("srls", "srl semplificata", "s r l s"),
    "spa": ("spa", "societa per azioni", "s p a"),
    "sapa": ("sapa", "societa in accomandita per azioni", "s a p a"),
    "scarl": ("scarl", "scrl", "societa consortile a responsabilita limitata", "s c a r l", "s c r l"),
    "scpa": ("scpa", "societa consortile per azioni", "s c p a"),
    "coop": ("coop", "societa cooperativa", "soc coop", "cooperativa"),
    "snc": ("snc", "societa in nome collettivo", "s n c"),
    "sas": ("sas", "societa in accomandita semplice", "s a s"),
    "individual": ("impresa individuale", "ditta individuale"),
}
_PLAIN = str.maketrans("àèéìòù.", "aeeiou ")


def legal_form_of(text: str) -> str:
    """A legal form as registers write it ("S.r.l.", "Società per azioni") in one word; "" where it is not known."""
    words = " ".join(text.lower().translate(_PLAIN).split())
    for form, written in _FORMS.items():
        if words in written:
            return form
    return ""


SMALL_BEND = 0.01
"""Log points a year by which trends may bend: an effect that this undoes is said to be doubtful, by convention."""


def falls_at(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """The smallest violation of equal trends (m) whose interval (low, high; None: beyond what was searched) holds 0, so
    that the effect is no longer told from it; None if none of them does."""
    fallen = [
        float(r["m"]) for r in rows if (r["low"] is None or r["low"] <= 0) and (r["high"] is None or r["high"] >= 0)
    ]
    return min(fallen, default=None)


STATES = ("draft", "frozen", "computed", "signed")


def check_can_change(state: str) -> None:
    if state != "draft":
        raise StudyRefused(f"the declaration is {state} and stays as it is; make a new version of the study")


def check_can_open(state: str) -> None:
    """Whether outcomes may be looked at."""
    if state == "draft":
        raise StudyRefused("the declaration is a draft; freeze it before outcomes are opened")


def can_open(state: str) -> bool:
    return state != "draft"


def check_can_sign(state: str) -> None:
    if state != "computed":
        raise StudyRefused(f"the study is {state}; it can be signed once, after it was computed")


def size_of(persons: float | None, turnover: float | None, assets: float | None) -> str:
    """EU size class by one firm's own year; "" where persons are not known. Source: Recommendation 2003/361/EC."""
    if persons is None:
        return ""
    for name, people, money, balance in (
        ("micro", 10, 2e6, 2e6),
        ("small", 50, 10e6, 10e6),
        ("medium", 250, 50e6, 43e6),
    ):
        if persons < people and ((turnover is None or turnover <= money) or (assets is None or assets <= balance)):
            return name
    return "large"
