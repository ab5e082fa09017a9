"""The decision language of calls: conditions over facts, as data, answered with yes, no or not known.

A condition is one of (JSON or YAML):

    {fact: size_class, in: [micro, small]}        also  is:, at_least:, at_most:, under: [codes]
    {all: [...]}  {any: [...]}  {not: ...}  {when: ..., then: ...}
    {every_partner: ...}  {some_partner: ...}     each party, the applicant among them
    {partners: ..., at_least: 2}                  how many parties meet it (at_least, at_most)
    {cost_share: ..., at_most: 0.1}               the part of the cost borne by those that meet it

Facts of a party that stand outside a partner's condition speak of the applicant. `{partners: {}}` counts everybody.
Where partners may still come in (`Dossier.may_join`), a no that a partner could mend is not known.
Answers follow Kleene's logic: what cannot be told from the known facts is not known, and says which facts are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from poliedro.funding.rules.facts import FACTS, InvalidFact, Kind, Scope, read_value
from poliedro.shared.refusals import Refusal

Condition = Mapping[str, Any]

COMPARISONS = ("is", "in", "at_least", "at_most", "under")
EVERYBODY: Condition = {}


class InvalidCondition(Refusal):
    """A condition that does not say anything: an unknown fact, a comparison that the fact does not take, ..."""


@dataclass(frozen=True)
class Party:
    """A body in an application. facts: known facts by key. cost_eur: its part of the cost; None: not known."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    cost_eur: Decimal | None = None
    name: str = ""

    def with_fact(self, key: str, value: Any) -> Party:
        return replace(self, facts={**self.facts, key: value})


@dataclass(frozen=True)
class Dossier:
    """What is known of an application: the applicant first, then its partners, and the project's facts.

    may_join: whether partners may still come in: then a no that one of them could mend is not known yet.
    """

    parties: tuple[Party, ...]
    project: Mapping[str, Any] = field(default_factory=dict)
    may_join: bool = False

    @property
    def applicant(self) -> Party:
        return self.parties[0]

    @property
    def total_cost_eur(self) -> Decimal | None:
        """The parties' costs together; where a party's is not known the stated total, unless the others bear more."""
        if all(p.cost_eur is not None for p in self.parties):
            return self.stated_cost_eur
        stated: Decimal | None = self.project.get("total_cost_eur")
        return None if stated is not None and stated < self.stated_cost_eur else stated

    @property
    def stated_cost_eur(self) -> Decimal:
        """What those bear together whose cost is known."""
        return sum((p.cost_eur for p in self.parties if p.cost_eur is not None), Decimal(0))


@dataclass(frozen=True)
class Answer:
    """value: None where it cannot be told. missing: the facts that would tell it."""

    value: bool | None
    missing: frozenset[str] = frozenset()

    def __invert__(self) -> Answer:
        return Answer(None if self.value is None else not self.value, self.missing)


YES, NO = Answer(True), Answer(False)
PARTNERS = "partners"
"""Stands among what is missing where a partner who comes in would tell it."""
WITH_OTHERS = Answer(None, frozenset({PARTNERS}))


def both(answers: Sequence[Answer]) -> Answer:
    """All of them."""
    if any(a.value is False for a in answers):
        return NO
    missing = frozenset().union(*(a.missing for a in answers if a.value is None))
    return Answer(None, missing) if any(a.value is None for a in answers) else YES


def either(answers: Sequence[Answer]) -> Answer:
    """At least one of them."""
    return ~both([~a for a in answers])


# --- answering --------------------------------------------------------------------------------------------------------
def ask(condition: Condition, dossier: Dossier, party: Party | None = None) -> Answer:
    """Whether the dossier meets the condition. party: whose facts are meant, inside a partner's condition."""
    about = party or dossier.applicant
    if not condition:
        return YES
    if "fact" in condition:
        return _compare(condition, dossier, about)
    if "all" in condition:
        return both([ask(c, dossier, party) for c in condition["all"]])
    if "any" in condition:
        return either([ask(c, dossier, party) for c in condition["any"]])
    if "not" in condition:
        return ~ask(condition["not"], dossier, party)
    if "when" in condition:
        return either([~ask(condition["when"], dossier, party), ask(condition["then"], dossier, party)])
    if "every_partner" in condition:
        return both([ask(condition["every_partner"], dossier, p) for p in dossier.parties])
    if "some_partner" in condition:
        found = either([ask(condition["some_partner"], dossier, p) for p in dossier.parties])
        return WITH_OTHERS if dossier.may_join and found.value is False else found
    if "partners" in condition:
        return _count(condition, dossier)
    return _share(condition, dossier)


def value_of(key: str, dossier: Dossier, party: Party) -> Any:
    """The fact's value; None where it is not known. Total cost and shares of cost follow from the parties' costs."""
    if key == "total_cost_eur":
        return dossier.total_cost_eur
    if key == "cost_share":
        total = dossier.total_cost_eur
        return None if not total or party.cost_eur is None else party.cost_eur / total
    known = dossier.project if FACTS[key].scope is Scope.PROJECT else party.facts
    return known.get(key)


def _compare(condition: Condition, dossier: Dossier, party: Party) -> Answer:
    key = condition["fact"]
    value = value_of(key, dossier, party)
    if value is None:
        return Answer(None, frozenset({key}))
    return Answer(holds(condition, value))


def holds(condition: Condition, value: Any) -> bool:
    """Whether a known value meets a comparison."""
    if "is" in condition:
        return bool(value == condition["is"])
    if "in" in condition:
        return value in condition["in"]
    if "at_least" in condition:
        return bool(value >= Decimal(str(condition["at_least"])))
    if "at_most" in condition:
        return bool(value <= Decimal(str(condition["at_most"])))
    return is_under(str(value), condition["under"])


def is_under(code: str, branches: Sequence[str]) -> bool:
    """Whether a class lies in one of the branches: 10.71 is under 10 and under 10.7, not under 1."""
    digits = code.replace(".", "")
    return any(code == b or (len(b.replace(".", "")) >= 2 and digits.startswith(b.replace(".", ""))) for b in branches)


def _bounds(condition: Condition, low: Decimal, high: Decimal, missing: frozenset[str]) -> Answer:
    """A number that lies between low and high, compared with at_least and at_most."""
    answers = []
    if "at_least" in condition:
        limit = Decimal(str(condition["at_least"]))
        answers.append(YES if low >= limit else (NO if high < limit else Answer(None, missing)))
    if "at_most" in condition:
        limit = Decimal(str(condition["at_most"]))
        answers.append(YES if high <= limit else (NO if low > limit else Answer(None, missing)))
    return both(answers)


def _count(condition: Condition, dossier: Dossier) -> Answer:
    found = [ask(condition["partners"], dossier, p) for p in dossier.parties]
    sure = sum(a.value is True for a in found)
    open_ones = [a for a in found if a.value is None]
    missing = frozenset().union(*(a.missing for a in open_ones))
    answer = _bounds(condition, Decimal(sure), Decimal(sure + len(open_ones)), missing)
    is_few = sure <= Decimal(str(condition.get("at_most", sure)))
    return WITH_OTHERS if dossier.may_join and answer.value is False and is_few else answer


def _share(condition: Condition, dossier: Dossier) -> Answer:
    answer = _share_now(condition, dossier)
    return WITH_OTHERS if dossier.may_join and answer.value is False else answer


def _share_now(condition: Condition, dossier: Dossier) -> Answer:
    total = dossier.total_cost_eur
    found = [(p, ask(condition["cost_share"], dossier, p)) for p in dossier.parties]
    relevant = [(p, a) for p, a in found if a.value is not False]
    if not total or any(p.cost_eur is None for p, _a in relevant):
        if not relevant:
            return _bounds(condition, Decimal(0), Decimal(0), frozenset())
        return _bounds(condition, Decimal(0), Decimal(1), frozenset({"cost_share"}))
    sure = sum((p.cost_eur or Decimal(0) for p, a in relevant if a.value), Decimal(0))
    perhaps = sum((p.cost_eur or Decimal(0) for p, _a in relevant), Decimal(0))
    missing = frozenset().union(*(a.missing for _p, a in relevant if a.value is None))
    return _bounds(condition, sure / total, perhaps / total, missing)


# --- reading ----------------------------------------------------------------------------------------------------------
_JOINS = ("all", "any")
_PARTNERS = ("every_partner", "some_partner")
_AMOUNTS = ("partners", "cost_share")
LIMITS = ("at_least", "at_most")


def check_condition(condition: Any, inside_partner: bool = False) -> None:
    """Refuse what `ask` could not answer. Raises InvalidCondition with the thing, the value and the remedy."""
    if not isinstance(condition, Mapping):
        raise InvalidCondition(
            "'%(condition)s' is no condition; write a mapping such as {fact: kind, is: start_up}",
            condition=str(condition),
        )
    if not condition:
        if not inside_partner:
            raise InvalidCondition("an empty condition stands only inside partners: it means everybody")
        return
    keys = set(condition)
    if "fact" in keys:
        _check_comparison(condition)
    elif keys <= {"all"} or keys <= {"any"}:
        name = next(iter(keys))
        parts = condition[name]
        if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
            raise InvalidCondition(
                "%(name)s holds '%(parts)s'; give it a list of conditions", name=name, parts=str(parts)
            )
        for part in parts:
            check_condition(part, False)
    elif keys == {"not"}:
        check_condition(condition["not"], False)
    elif keys == {"when", "then"}:
        check_condition(condition["when"], False)
        check_condition(condition["then"], False)
    elif len(keys) == 1 and keys <= set(_PARTNERS):
        _check_partner(condition[next(iter(keys))], inside_partner)
    elif keys & set(_AMOUNTS):
        _check_amount(condition, inside_partner)
    else:
        raise InvalidCondition(
            "%(keys)s is no condition; begin with fact, all, any, not, when, every_partner, some_partner, "
            "partners or cost_share",
            keys=sorted(keys),
        )


def _check_partner(part: Any, inside_partner: bool) -> None:
    if inside_partner:
        raise InvalidCondition("a partner's condition stands inside another; write them side by side")
    check_condition(part, True)
    if mentions(part) & {"every_partner", "some_partner", "partners", "cost_share:group"}:
        raise InvalidCondition("a partner's condition stands inside another; write them side by side")


def _check_amount(condition: Condition, inside_partner: bool) -> None:
    name = next(n for n in _AMOUNTS if n in condition)
    extra = set(condition) - {name, *LIMITS}
    limits = [n for n in LIMITS if n in condition]
    if extra or not limits:
        raise InvalidCondition(
            "%(name)s needs at_least or at_most, and nothing else; it has %(condition)s",
            name=name,
            condition=sorted(condition),
        )
    for limit in limits:
        number = _number(condition[limit], f"{name} {limit}")
        if number < 0 or (name == "cost_share" and number > 1):
            raise InvalidCondition(
                "%(name)s %(limit)s is %(number)s; a share lies between 0 and 1, a count is not negative",
                name=name,
                limit=limit,
                number=number,
            )
    if len(limits) == 2 and _number(condition["at_least"], name) > _number(condition["at_most"], name):
        raise InvalidCondition(
            "%(name)s is at least %(at_least)s and at most %(at_most)s: never",
            name=name,
            at_least=condition["at_least"],
            at_most=condition["at_most"],
        )
    _check_partner(condition[name], inside_partner)


def _number(value: Any, what: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise InvalidCondition("%(what)s is '%(value)s'; write a number", what=what, value=value) from None
    if isinstance(value, bool) or not number.is_finite():
        raise InvalidCondition("%(what)s is '%(value)s'; write a number", what=what, value=value)
    return number


TAKES: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: ("at_least", "at_most", "is"),
    Kind.CHOICE: ("is", "in"),
    Kind.FLAG: ("is",),
    Kind.CODE: ("under",),
}


def _check_comparison(condition: Condition) -> None:
    key = condition["fact"]
    if key not in FACTS:
        raise InvalidCondition("there is no fact '%(fact)s'; there are %(facts)s", fact=key, facts=sorted(FACTS))
    spec = FACTS[key]
    given = sorted(set(condition) - {"fact"})
    if len(given) != 1 or given[0] not in TAKES[spec.kind]:
        raise InvalidCondition(
            "%(fact)s is compared by %(given)s; it takes one of %(takes)s",
            fact=key,
            given=given,
            takes=TAKES[spec.kind],
        )
    name = given[0]
    values = condition[name] if name in {"in", "under"} else [condition[name]]
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise InvalidCondition(
            "%(fact)s %(name)s holds '%(given)s'; give it a list", fact=key, name=name, given=str(values)
        )
    if spec.kind is Kind.CODE:
        return
    for value in values:
        try:
            read = read_value(key, value)
        except InvalidFact as error:
            raise InvalidCondition(error.said.text, **error.said.blanks) from None
        if read is None:
            raise InvalidCondition("%(fact)s %(name)s holds nothing; write a value", fact=key, name=name)


def facts_in(condition: Condition) -> set[str]:
    """The keys of the facts that a condition asks for."""
    return {a["fact"] for a in comparisons_in(condition)}


def comparisons_in(condition: Any) -> list[Condition]:
    """Every comparison in a condition, in order."""
    if isinstance(condition, Mapping):
        if "fact" in condition:
            return [condition]
        return [a for part in condition.values() for a in comparisons_in(part)]
    if isinstance(condition, Sequence) and not isinstance(condition, str):
        return [a for part in condition for a in comparisons_in(part)]
    return []


def mentions(condition: Any) -> set[str]:
    """The words about partners that a condition uses; `cost_share:group` for the share of those that meet something."""
    if isinstance(condition, Mapping):
        own = {k for k in condition if k in {"every_partner", "some_partner", "partners"}}
        if "cost_share" in condition:
            own.add("cost_share:group")
        return own.union(*(mentions(part) for k, part in condition.items() if k != "fact"))
    if isinstance(condition, Sequence) and not isinstance(condition, str):
        return set().union(*(mentions(part) for part in condition))
    return set()
