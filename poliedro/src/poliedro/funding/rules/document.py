"""A call as a document: its lines, rules, money and criteria, as data. Read here, refused where it says nothing.

key: innovation-2027
title: {it: ..., en: ...}
lines: [{key: "1", title: {...}, budget_eur: 1000000}]
rules:
  - {key: sme-or-with-sme, lines: [], text: {it: ..., en: ...}, reference: "art. 4", check: {condition}}
intensities: [{lines: [], who: {condition}, grant: 0.5, loan: 0.0, of: {fact: ...}}]
loan_terms: {months: 84, grace_months: 12, every: 6, percent: 0, rating: weak, collateral: normal}
aid_category: industrial_research (of the call, or of a line: under which threshold of the GBER its aid falls)
criteria: [{key: quality, text: {...}, weight: 60, most: 10, least: 6}]
cases: [{name: ..., tests: sme-or-with-sme, line: "1", expects: pass, parties: [...], project: {...}}]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from poliedro.funding.rules.conditions import (
    PARTNERS,
    Answer,
    Condition,
    Dossier,
    InvalidCondition,
    Party,
    ask,
    check_condition,
    facts_in,
)
from poliedro.funding.rules.equivalent import NoEquivalent, Terms, owed
from poliedro.funding.rules.facts import InvalidFact, Scope, read_values
from poliedro.funding.rules.thresholds import CATEGORIES, OF_RESEARCH
from poliedro.shared.refusals import Refusal, Said


class InvalidCall(Refusal):
    """A call that cannot be read; the message names the part, the value and the remedy."""


@dataclass(frozen=True)
class Words:
    """The same text in Italian and English."""

    it: str
    en: str

    def in_language(self, language: str) -> str:
        return (self.it if language.startswith("it") else self.en) or self.it or self.en


@dataclass(frozen=True)
class Line:
    key: str
    title: Words
    budget_eur: Decimal
    about: Words = Words("", "")
    aid_category: str = ""


@dataclass(frozen=True)
class Rule:
    """lines: keys of the lines that it belongs to; empty: every line. since: the version in which it took its form."""

    key: str
    text: Words
    reference: str
    check: Condition
    lines: tuple[str, ...] = ()
    since: int = 1

    def is_of(self, line: str) -> bool:
        return not self.lines or line in self.lines


@dataclass(frozen=True)
class Intensity:
    """What part of its cost a party that meets `who` gets, as grant and as loan. The first that fits counts."""

    who: Condition
    grant: Decimal
    loan: Decimal = Decimal(0)
    lines: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True)
class LoanTerms:
    """On which terms the call lends; without them the aid in its loans is not known. See `equivalent`."""

    terms: Terms
    rating: str
    collateral: str


@dataclass(frozen=True)
class Criterion:
    """weight: its part of the total, in points of 100. most: the highest score. least: below it, the application
    fails."""

    key: str
    text: Words
    weight: Decimal
    most: Decimal
    least: Decimal = Decimal(0)


@dataclass(frozen=True)
class Case:
    """A worked case: a dossier and the answer it must get on a line. tests: the rule whose sentence it tries.

    The document gives its name in both languages, or in one that then stands for both."""

    name: Words
    line: str
    expects: str
    tests: str
    dossier: Dossier


@dataclass(frozen=True)
class CallDocument:
    key: str
    title: Words
    about: Words
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    intensities: tuple[Intensity, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    cases: tuple[Case, ...] = ()
    regime: str = "gber"
    instrument: str = "grant"
    effort_hours: Decimal = Decimal(0)
    aid_category: str = ""
    loan_terms: LoanTerms | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def line(self, key: str) -> Line:
        """Raises KeyError."""
        return {line.key: line for line in self.lines}[key]

    def category_of(self, line: str, project: Mapping[str, Any] | None = None) -> str:
        """Under which threshold of the GBER a line's aid falls; empty: not said. See `thresholds`.

        Where it pays for research, what the project says that it mostly does decides: article 4(1)(i).
        """
        stated = self.line(line).aid_category or self.aid_category
        own = OF_RESEARCH.get(str((project or {}).get("research_kind", "")), "")
        return own if own and stated in OF_RESEARCH.values() else stated

    def facts_asked(self, line: str = "") -> set[str]:
        """The facts that rules and intensities rest on: of a line, or of all."""
        checks = [r.check for r in self.rules if not line or r.is_of(line)]
        who = [i.who for i in self.intensities if not line or not i.lines or line in i.lines]
        return {f for condition in (*checks, *who) for f in facts_in(condition)}

    def rules_of(self, line: str) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if r.is_of(line))


WORDS = {True: "pass", False: "fail", None: "unknown"}


VERDICTS = ("pass", "partner", "unknown", "fail")
"""The best first."""


def verdict(answers: Sequence[Answer]) -> str:
    """pass, fail or unknown of all rules together; partner: where one that may still come in would tell."""
    values = [a.value for a in answers]
    if False in values:
        return "fail"
    if any(a.value is None and PARTNERS in a.missing for a in answers):
        return "partner"
    return "unknown" if None in values else "pass"


def judge(document: CallDocument, line: str, dossier: Dossier) -> dict[str, Answer]:
    """Rule -> answer, for the rules of a line."""
    return {rule.key: ask(rule.check, dossier) for rule in document.rules_of(line)}


@dataclass(frozen=True)
class Tried:
    """A worked case with the answer that it gets now."""

    case: Case
    came: str

    @property
    def differs(self) -> bool:
        return self.came != self.case.expects


def tried_cases(document: CallDocument) -> list[Tried]:
    """Every worked case, in order."""
    return [Tried(c, verdict(list(judge(document, c.line, c.dossier).values()))) for c in document.cases]


PARTS = ("lines", "rules", "intensities", "criteria", "cases")


# --- reading ----------------------------------------------------------------------------------------------------------
def read_call(raw: Any) -> CallDocument:
    """The call that a document describes. Raises InvalidCall."""
    if not isinstance(raw, Mapping):
        raise InvalidCall("a call is a mapping with key, title, lines and rules")
    for name in ("key", "title", "lines", "rules"):
        if not raw.get(name):
            raise InvalidCall("the call has no %(name)s; add it", name=name)
    for name in PARTS:
        _check_parts(name, raw.get(name) or ())
    lines = tuple(_line(part, i) for i, part in enumerate(raw["lines"], 1))
    keys = _unique([line.key for line in lines], "line")
    rules = tuple(_rule(part, i, keys) for i, part in enumerate(raw["rules"], 1))
    _unique([rule.key for rule in rules], "rule")
    intensities = tuple(_intensity(part, i, keys) for i, part in enumerate(raw.get("intensities", ()), 1))
    criteria = tuple(_criterion(part, i) for i, part in enumerate(raw.get("criteria", ()), 1))
    if criteria and sum((c.weight for c in criteria), Decimal(0)) != 100:
        raise InvalidCall(
            "the criteria weigh %(points)s points together; they add up to 100", points=sum(c.weight for c in criteria)
        )
    rule_keys = {rule.key for rule in rules}
    cases = tuple(_case(part, i, keys, rule_keys) for i, part in enumerate(raw.get("cases", ()), 1))
    return CallDocument(
        str(raw["key"]),
        read_words(raw["title"], "title"),
        read_words(raw.get("about") or {"it": "", "en": ""}, "about"),
        lines,
        rules,
        intensities,
        criteria,
        cases,
        str(raw.get("regime", "gber")),
        str(raw.get("instrument", "grant")),
        _amount(raw.get("effort_hours", 0), "effort_hours"),
        _category(raw, Said("the call")),
        _loan_terms(raw.get("loan_terms")),
        raw,
    )


def _check_parts(name: str, parts: Any) -> None:
    if isinstance(parts, str | Mapping) or not isinstance(parts, Sequence):
        raise InvalidCall("%(name)s is '%(raw)s'; write a list", name=name, raw=str(parts)[:60])
    for number, part in enumerate(parts, 1):
        if not isinstance(part, Mapping):
            raise InvalidCall(
                "number %(number)s of %(name)s is '%(raw)s'; write a mapping with its key",
                number=number, name=name, raw=str(part)[:60],
            )  # fmt: skip


def _of(part: str, whole: Said) -> Said:
    return Said("%(part)s of %(whole)s", part=part, whole=whole)


def read_words(raw: Any, what: Said | str) -> Words:
    if not isinstance(raw, Mapping) or not {"it", "en"} <= set(raw):
        raise InvalidCall(
            "%(what)s is '%(raw)s'; write it in both languages: {it: ..., en: ...}", what=what, raw=str(raw)
        )
    return Words(str(raw["it"]), str(raw["en"]))


def _amount(raw: Any, what: Said | str, least: Decimal = Decimal(0)) -> Decimal:
    try:
        number = Decimal(str(raw))
    except ArithmeticError:
        raise InvalidCall("%(what)s is '%(raw)s'; write a number", what=what, raw=str(raw)) from None
    if isinstance(raw, bool) or not number.is_finite() or number < least:
        raise InvalidCall(
            "%(what)s is '%(raw)s'; write a number of %(least)s or more", what=what, raw=str(raw), least=least
        )
    return number


def _category(raw: Mapping[str, Any], what: Said) -> str:
    given = str(raw.get("aid_category") or "")
    if given and given not in CATEGORIES:
        raise InvalidCall(
            "aid_category of %(what)s is '%(given)s'; it is one of %(categories)s",
            what=what, given=given, categories=CATEGORIES,
        )  # fmt: skip
    return given


def _loan_terms(raw: Any) -> LoanTerms | None:
    """What the call says of its loans, for EUR 1. The rating and the collateral stand for every party."""
    if not raw:
        return None
    if not isinstance(raw, Mapping):
        raise InvalidCall("loan_terms is '%(raw)s'; write a mapping with months and percent", raw=str(raw)[:60])
    months, grace, every = (
        int(_amount(raw.get(k, d), k)) for k, d in (("months", 0), ("grace_months", 0), ("every", 12))
    )
    terms = Terms(Decimal(1), months, _amount(raw.get("percent", 0), "percent"), grace, every)
    try:
        owed(terms)
    except NoEquivalent as error:
        raise InvalidCall("%(what)s: %(error)s", what="loan_terms", error=error) from None
    return LoanTerms(terms, str(raw.get("rating") or "new"), str(raw.get("collateral") or "low"))


def _line(raw: Mapping[str, Any], number: int) -> Line:
    if not raw.get("key"):
        raise InvalidCall("line %(number)s has no key; add one such as 1a", number=number)
    what = Said("line %(key)s", key=raw["key"])
    return Line(
        str(raw["key"]),
        read_words(raw.get("title"), _of("title", what)),
        _amount(raw.get("budget_eur", 0), _of("budget_eur", what)),
        read_words(raw.get("about") or {"it": "", "en": ""}, _of("about", what)),
        _category(raw, what),
    )


def _lines(raw: Mapping[str, Any], what: Said, known: set[str]) -> tuple[str, ...]:
    named = tuple(str(k) for k in raw.get("lines") or ())
    for key in named:
        if key not in known:
            raise InvalidCall(
                "%(what)s belongs to line '%(line)s', which the call does not have; it has %(known)s",
                what=what,
                line=key,
                known=sorted(known),
            )
    return named


def _rule(raw: Mapping[str, Any], number: int, lines: set[str]) -> Rule:
    if not raw.get("key"):
        raise InvalidCall("rule %(number)s has no key; add one such as minimum-cost", number=number)
    what = Said("rule %(key)s", key=raw["key"])
    if not str(raw.get("reference") or "").strip():
        raise InvalidCall("%(what)s has no reference; name the article or paragraph that it puts into data", what=what)
    try:
        check_condition(raw.get("check"))
    except InvalidCondition as error:
        raise InvalidCall("%(what)s: %(error)s", what=what, error=error) from None
    return Rule(
        str(raw["key"]),
        read_words(raw.get("text"), _of("text", what)),
        str(raw["reference"]),
        raw["check"],
        _lines(raw, what, lines),
        int(raw.get("since", 1)),
    )


def _intensity(raw: Mapping[str, Any], number: int, lines: set[str]) -> Intensity:
    what = Said("intensity %(key)s", key=number)
    try:
        if raw.get("who"):
            check_condition(raw["who"])
    except InvalidCondition as error:
        raise InvalidCall("%(what)s: %(error)s", what=what, error=error) from None
    grant, loan = _amount(raw.get("grant", 0), _of("grant", what)), _amount(raw.get("loan", 0), _of("loan", what))
    if grant + loan > 1:
        raise InvalidCall(
            "%(what)s gives %(together)s of the cost; grant and loan together are at most 1",
            what=what,
            together=grant + loan,
        )
    return Intensity(raw.get("who") or {}, grant, loan, _lines(raw, what, lines), str(raw.get("reference", "")))


def _criterion(raw: Mapping[str, Any], number: int) -> Criterion:
    if not raw.get("key"):
        raise InvalidCall("criterion %(number)s has no key; add one such as quality", number=number)
    what = Said("criterion %(key)s", key=raw["key"])
    most = _amount(raw.get("most", 10), _of("most", what))
    least = _amount(raw.get("least", 0), _of("least", what))
    if least > most or not most:
        raise InvalidCall(
            "%(what)s asks for at least %(least)s of %(most)s points; no application could pass",
            what=what,
            least=least,
            most=most,
        )
    return Criterion(
        str(raw["key"]), read_words(raw.get("text"), _of("text", what)), _amount(raw.get("weight"), what), most, least
    )


def read_dossier(raw: Mapping[str, Any]) -> Dossier:
    """An application as data: parties (the applicant first; facts and cost_eur) and project. Raises InvalidFact."""
    parties = []
    for part in raw.get("parties") or [{}]:
        facts = {k: v for k, v in part.items() if k not in {"cost_eur", "name"}}
        cost = part.get("cost_eur")
        parties.append(
            Party(
                read_values(facts, Scope.PARTY),
                None if cost is None else Decimal(str(cost)),
                str(part.get("name", "")),
            )
        )
    return Dossier(tuple(parties), read_values(raw.get("project") or {}, Scope.PROJECT))


def _case(raw: Mapping[str, Any], number: int, lines: set[str], rules: set[str]) -> Case:
    given = raw.get("name", number)
    bilingual = isinstance(given, Mapping)
    name = read_words(given, Said("case %(key)s", key=number)) if bilingual else Words(str(given), str(given))
    what = Said("case %(key)s", key=name.en)
    if str(raw.get("line")) not in lines:
        raise InvalidCall(
            "%(what)s is for line '%(line)s', which the call does not have", what=what, line=raw.get("line")
        )
    if raw.get("expects") not in WORDS.values():
        raise InvalidCall(
            "%(what)s expects '%(expects)s'; it is pass, fail or unknown", what=what, expects=raw.get("expects")
        )
    if raw.get("tests") not in rules:
        raise InvalidCall("%(what)s tests '%(tests)s', which is no rule of the call", what=what, tests=raw.get("tests"))
    try:
        dossier = read_dossier(raw)
    except InvalidFact as error:
        raise InvalidCall("%(what)s: %(error)s", what=what, error=error) from None
    return Case(name, str(raw["line"]), str(raw["expects"]), str(raw["tests"]), dossier)


TWICE = {
    "line": "two lines are called '%(key)s'; give each its own key",
    "rule": "two rules are called '%(key)s'; give each its own key",
}


def _unique(keys: Sequence[str], what: str) -> set[str]:
    twice = {k for k in keys if keys.count(k) > 1}
    if twice:
        raise InvalidCall(TWICE[what], key=sorted(twice)[0])
    return set(keys)


def checksum(raw: Mapping[str, Any]) -> str:
    """SHA-256 of what the document says, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True, default=str, ensure_ascii=False).encode()).hexdigest()


def with_versions(raw: dict[str, Any], before: Mapping[str, Any] | None, number: int) -> dict[str, Any]:
    """The document with each rule's `since`: the version in which it last changed."""
    earlier = {r["key"]: r for r in (before or {}).get("rules", ())}
    rules = []
    for rule in raw["rules"]:
        old = earlier.get(rule["key"])
        same = old is not None and {k: v for k, v in old.items() if k != "since"} == {
            k: v for k, v in rule.items() if k != "since"
        }
        rules.append({**rule, "since": old.get("since", 1) if same and old else number})
    return {**raw, "rules": rules}
