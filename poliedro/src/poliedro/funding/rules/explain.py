"""Why not, and what would change it: the least set of changes after which no rule of a line refuses the application.

A change sets one fact of the plan, adds or drops one partner, or moves the cost once. The search is exhaustive over the
changes of `changes_for`: it looks at every set of one change, then of two, and so on. It may skip a set only where no
member touches what the first refusing rule rests on, since such a set leaves that rule's answer as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from itertools import product
from typing import Any

from poliedro.funding.rules.cells import shares_that_matter, terms_of, values_that_matter
from poliedro.funding.rules.conditions import (
    Answer,
    Condition,
    Dossier,
    Party,
    ask,
    comparisons_in,
    mentions,
)
from poliedro.funding.rules.document import CallDocument, Rule
from poliedro.funding.rules.facts import FACTS, ORDERED, Change, Kind, Scope, in_order

MOST = 3
"""Changes beyond which no set is looked for: it would be another project."""
MOST_LOOKS = 8_000
CENT = Decimal("0.01")
IN_ORDER = frozenset(f"project:{key}" for pair in ORDERED for key in pair)
DERIVED = ("total_cost_eur", "cost_share")


@dataclass(frozen=True)
class Step:
    """One change. kind: set_project, set_party, add_partner, drop_partner, set_cost, move_cost, wait.

    party: the name of the party it changes. fact, value: what is set. facts: of the partner that comes in. share: its
    part of the cost, or the part that `group` comes to bear.
    """

    kind: str
    party: str = ""
    fact: str = ""
    value: Any = None
    facts: tuple[tuple[str, Any], ...] = ()
    share: Decimal | None = None
    group: str = ""
    touches: frozenset[str] = frozenset()

    @property
    def order(self) -> int:
        """Steps are taken in this order, so that a set of steps has one outcome."""
        return ("set_party", "drop_partner", "add_partner", "set_project", "wait", "set_cost", "move_cost").index(
            self.kind
        )

    def about(self) -> tuple[str, ...]:
        """What it changes, whatever the value."""
        return (self.kind, self.party, self.fact, self.group, str(self.facts) if self.kind == "add_partner" else "")

    def key(self) -> tuple[Any, ...]:
        return (self.order, self.kind, self.party, self.fact, str(self.value), str(self.facts), str(self.share))


@dataclass(frozen=True)
class Explanation:
    """answers: rule -> answer. steps: the least sets of changes, each of the same size; empty where none was found.

    searched: how many changes at most were tried together; exhausted: False where the search was cut short.
    """

    answers: dict[str, Answer]
    steps: tuple[tuple[Step, ...], ...]
    searched: int
    exhausted: bool = True

    @property
    def verdict(self) -> str:
        from poliedro.funding.rules.document import verdict

        return verdict(list(self.answers.values()))


def explain(
    document: CallDocument, line: str, dossier: Dossier, *, waiting: bool = False, most: int = MOST, sets: int = 3
) -> Explanation:
    """The answers of a line's rules, and, where one refuses, the least changes after which none does.

    waiting: also offer to wait, so that ages grow (for a later edition of the call). sets: how many equally small sets
    are given. A rule whose answer was not known stays so: missing facts are asked for, not invented.
    """
    named = _named(dossier)
    rules = document.rules_of(line)
    answers = {rule.key: ask(rule.check, named) for rule in rules}
    if all(a.value is not False for a in answers.values()):
        return Explanation(answers, (), 0)
    open_rules = {key for key, answer in answers.items() if answer.value is None}
    steps = changes_for(rules, named, waiting=waiting)
    search = _Search(rules, named, steps, open_rules, sets)
    for size in range(1, most + 1):
        search.look((), size)
        if search.found or search.is_spent:
            return Explanation(answers, tuple(search.found), size, not search.is_spent)
    return Explanation(answers, (), most)


class _Search:
    def __init__(
        self, rules: Sequence[Rule], start: Dossier, steps: Sequence[Step], open_rules: set[str], sets: int
    ) -> None:
        self.rules, self.start, self.steps, self.open_rules, self.sets = rules, start, steps, open_rules, sets
        self.terms = {rule.key: terms_of(rule.check) for rule in rules}
        self.found: list[tuple[Step, ...]] = []
        self.seen: set[tuple[frozenset[int], int]] = set()
        self.looks = 0

    @property
    def is_spent(self) -> bool:
        return self.looks >= MOST_LOOKS

    def needed(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The steps, each partner that comes in with no more facts than the rules rest on."""
        for i, step in enumerate(steps):
            if step.kind != "add_partner":
                continue

            def still(leaner: Step, i: int = i, steps: tuple[Step, ...] = steps) -> bool:
                after = apply_steps(self.start, [*steps[:i], leaner, *steps[i + 1 :]])
                return after is not None and first_refusing(self.rules, after, self.open_rules) is None

            steps = (*steps[:i], _lean(step, still), *steps[i + 1 :])
        return steps

    def look(self, taken: tuple[int, ...], left: int) -> None:
        key = frozenset(taken)
        if self.is_spent or len(self.found) >= self.sets or (key, left) in self.seen:
            return
        self.seen.add((key, left))
        self.looks += 1
        dossier = apply_steps(self.start, [self.steps[i] for i in taken])
        refusing = None if dossier is None else first_refusing(self.rules, dossier, self.open_rules)
        if dossier is not None and refusing is None:
            steps = self.needed(tuple(sorted((self.steps[i] for i in taken), key=Step.key)))
            about = {tuple(s.about() for s in other) for other in self.found}
            if left == 0 and tuple(s.about() for s in steps) not in about:
                self.found.append(steps)  # the same facts with a value further off would say nothing new
            return
        if left == 0:
            return
        # A set that cannot be carried out as it stands can become possible only by steps on the parties, or on the
        # facts that have an order.
        wanted = frozenset({"parties", "split", *IN_ORDER}) if refusing is None else self.terms[refusing]
        for i, step in enumerate(self.steps):
            if i not in key and step.touches & wanted and not _clash(step, [self.steps[j] for j in taken]):
                self.look((*taken, i), left - 1)


def _lean(step: Step, still: Callable[[Step], bool]) -> Step:
    """The partner that comes in with those facts alone without which a rule would refuse or could not be told."""
    for pair in step.facts:
        leaner = replace(step, facts=tuple(p for p in step.facts if p != pair))
        step = leaner if still(leaner) else step
    return step


def first_refusing(rules: Sequence[Rule], dossier: Dossier, open_rules: Set[str] = frozenset()) -> str | None:
    """The first rule that refuses, or that can no longer be told though it could; None where none does."""
    for rule in rules:
        value = ask(rule.check, dossier).value
        if value is False or (value is None and rule.key not in open_rules):
            return rule.key
    return None


def _clash(step: Step, taken: Sequence[Step]) -> bool:
    """Whether a step undoes or repeats another: two values of one fact, a change of a partner that is dropped."""
    for other in taken:
        if (step.kind, step.party, step.fact) == (other.kind, other.party, other.fact) and step.kind in {
            "set_project", "set_party", "set_cost", "wait",
        }:  # fmt: skip
            return True
        if step.kind == other.kind == "move_cost" and step.group == other.group:
            return True
        if step.party and step.party == other.party and "drop_partner" in (step.kind, other.kind):
            return True
    return False


# --- the changes ------------------------------------------------------------------------------------------------------
def changes_for(rules: Sequence[Rule], dossier: Dossier, *, waiting: bool = False) -> list[Step]:
    """Every single change that can make a difference to the rules."""
    checks = [rule.check for rule in rules]
    steps = [*_plan(checks, dossier), *_acts(checks, dossier), *_partners(checks, dossier), *_costs(checks, dossier)]
    if waiting:
        steps += _waits(checks, dossier)
    return steps


def _plan(checks: Sequence[Condition], dossier: Dossier) -> Iterator[Step]:
    asked = {c["fact"] for c in comparisons_in(list(checks))}
    pairs = {key: pair for pair in ORDERED for key in pair if asked & set(pair)}
    for key in sorted(asked | {k for k in pairs if k in dossier.project}):
        spec = FACTS[key]
        if spec.scope is not Scope.PROJECT or spec.change is not Change.PLAN or key in DERIVED:
            continue
        now = dossier.project.get(key)
        values = {v for k in pairs.get(key, (key,)) if k in asked for v in values_that_matter(k, checks)}
        for value in nearest_first(sorted(values, key=str), now):
            if value != now:
                yield Step("set_project", fact=key, value=value, touches=frozenset({f"project:{key}"}))


def nearest_first(values: Sequence[Any], now: Any) -> list[Any]:
    """Numbers by their distance from what is now; other values as they come."""
    if isinstance(now, Decimal):
        return sorted(values, key=lambda v: (abs(v - now), v))
    return list(values)


def _acts(checks: Sequence[Condition], dossier: Dossier) -> Iterator[Step]:
    for key in sorted({c["fact"] for c in comparisons_in(list(checks))}):
        spec = FACTS[key]
        if spec.scope is not Scope.PARTY or spec.change not in (Change.ACT, Change.PLAN) or key in DERIVED:
            continue
        for i, party in enumerate(dossier.parties):
            touches = {"parties"} | ({f"applicant:{key}"} if i == 0 else set())
            for value in values_that_matter(key, checks):
                if key in party.facts and value != party.facts[key]:
                    yield Step("set_party", party.name, key, value, touches=frozenset(touches))


def partner_checks(checks: Sequence[Condition]) -> list[Condition]:
    """The conditions on partners that stand in the checks."""
    found: list[Condition] = []

    def look(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(
                part[k]
                for k in ("every_partner", "some_partner", "partners", "cost_share")
                if isinstance(part.get(k), dict)
            )
            for value in part.values():
                look(value)
        elif isinstance(part, list | tuple):
            for value in part:
                look(value)

    for check in checks:
        look(check)
    return found


def _partners(checks: Sequence[Condition], dossier: Dossier) -> Iterator[Step]:
    touches = frozenset({"parties", "split"})
    if not any(mentions(check) for check in checks):
        return
    for party in dossier.parties[1:]:
        yield Step("drop_partner", party.name, touches=touches)
    inside = partner_checks(checks)
    keys = sorted({c["fact"] for c in comparisons_in(inside)} - set(DERIVED))
    shares = shares_that_matter(checks)
    # What nobody can choose about a partner is chosen by choosing the partner; the rest is taken at its best.
    values = [_partner_values(key, inside) for key in keys]
    for chosen in product(*values):
        for share in shares:
            yield Step("add_partner", facts=tuple(zip(keys, chosen, strict=True)), share=share, touches=touches)


def _partner_values(key: str, inside: Sequence[Condition]) -> list[Any]:
    values = values_that_matter(key, inside)
    if FACTS[key].kind is Kind.NUMBER:  # the ends of the scale reach every cell's side that a partner may need
        return sorted({values[0], values[-1]})
    return values


def _costs(checks: Sequence[Condition], dossier: Dossier) -> Iterator[Step]:
    if any(c["fact"] == "total_cost_eur" for c in comparisons_in(list(checks))):
        for value in nearest_first(values_that_matter("total_cost_eur", checks), dossier.total_cost_eur):
            if value > 0 and value != dossier.total_cost_eur:
                yield Step("set_cost", fact="total_cost_eur", value=value, touches=frozenset({"cost"}))
    if dossier.total_cost_eur is None or any(p.cost_eur is None for p in dossier.parties):
        return
    for group, condition in _groups(checks).items():
        for share in shares_that_matter(checks):
            yield Step("move_cost", group=group, share=share, facts=(("condition", _frozen(condition)),),
                       touches=frozenset({"split"}))  # fmt: skip


def _groups(checks: Sequence[Condition]) -> dict[str, Condition]:
    """The groups whose share of the cost a rule limits, by their text."""
    found: dict[str, Condition] = {}

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("cost_share"), dict):
                found[str(part["cost_share"])] = part["cost_share"]
            for value in part.values():
                look(value)
        elif isinstance(part, list | tuple):
            for value in part:
                look(value)

    for check in checks:
        look(check)
    return found


class _frozen(dict):  # type: ignore[type-arg]  # noqa: N801
    """A condition inside a step, which must be hashable."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(str(self))


def _waits(checks: Sequence[Condition], dossier: Dossier) -> Iterator[Step]:
    years: set[Decimal] = set()
    touches: set[str] = {"parties"}
    for key in sorted({c["fact"] for c in comparisons_in(list(checks))}):
        if FACTS[key].change is not Change.WAIT:
            continue
        touches.add(f"applicant:{key}")
        known = dossier.applicant.facts.get(key)
        if known is not None:
            years |= {v - known for v in values_that_matter(key, checks) if v > known}
    for n in sorted(years):
        yield Step("wait", value=n, touches=frozenset(touches))


# --- carrying them out ------------------------------------------------------------------------------------------------
def apply_steps(dossier: Dossier, steps: Sequence[Step]) -> Dossier | None:
    """The application after the changes, taken in their own order; None where one cannot be carried out, or where
    the project would go backwards (TRL)."""
    now = dossier
    for step in sorted(steps, key=Step.key):
        after = _apply(now, step)
        if after is None:
            return None
        now = after
    return now if in_order(now.project) else None


def _apply(dossier: Dossier, step: Step) -> Dossier | None:
    if step.kind == "set_project":
        return replace(dossier, project={**dossier.project, step.fact: step.value})
    if step.kind == "set_party":
        return replace(
            dossier,
            parties=tuple(p.with_fact(step.fact, step.value) if p.name == step.party else p for p in dossier.parties),
        )
    if step.kind == "wait":
        return replace(dossier, parties=tuple(_older(p, step.value) for p in dossier.parties))
    if step.kind == "set_cost":
        return _scaled(dossier, step.value)
    if step.kind == "drop_partner":
        kept = tuple(p for p in dossier.parties if p.name != step.party)
        return _scaled(replace(dossier, parties=kept), dossier.total_cost_eur)
    if step.kind == "add_partner":
        return _joined(dossier, step)
    return _moved(dossier, step)


def _older(party: Party, years: Decimal) -> Party:
    facts = dict(party.facts)
    for key, spec in FACTS.items():
        if spec.change is Change.WAIT and key in facts:
            facts[key] += years
    return replace(party, facts=facts)


def _scaled(dossier: Dossier, total: Decimal | None) -> Dossier | None:
    """The same split at another total cost; cents that do not divide go to the applicant."""
    now = dossier.total_cost_eur
    if total is not None and any(p.cost_eur is None for p in dossier.parties) and total < dossier.stated_cost_eur:
        return None  # the partners bear more than that already
    if any(p.cost_eur is None for p in dossier.parties) or now is None or total is None:
        return replace(dossier, project={**dossier.project, "total_cost_eur": total})
    if not now:
        parties = tuple(replace(p, cost_eur=total if i == 0 else Decimal(0)) for i, p in enumerate(dossier.parties))
        return replace(dossier, parties=parties)
    return _split(dossier, [(p.cost_eur or Decimal(0)) / now for p in dossier.parties], total)


def _split(dossier: Dossier, shares: Sequence[Decimal], total: Decimal) -> Dossier:
    costs = [(share * total).quantize(CENT, ROUND_DOWN) for share in shares]
    costs[0] += total - sum(costs, Decimal(0))
    return replace(dossier, parties=tuple(replace(p, cost_eur=c) for p, c in zip(dossier.parties, costs, strict=True)))


def _joined(dossier: Dossier, step: Step) -> Dossier | None:
    number = 1 + sum(p.name.startswith("new ") for p in dossier.parties)
    total, share = dossier.total_cost_eur, step.share or Decimal(0)
    known = total is not None and all(p.cost_eur is not None for p in dossier.parties)
    if share and not known:
        return None
    new = Party(dict(step.facts), Decimal(0) if known else None, f"new {number}")
    wider = replace(dossier, parties=(*dossier.parties, new))
    if not known or not total:
        return wider
    shares = [(p.cost_eur or Decimal(0)) / total * (1 - share) for p in dossier.parties]
    return _split(wider, [*shares, share], total)


def _moved(dossier: Dossier, step: Step) -> Dossier | None:
    condition = dict(step.facts)["condition"]
    total = dossier.total_cost_eur
    inside = [ask(condition, dossier, p).value is True for p in dossier.parties]
    if not total or not any(inside) or all(inside):
        return None
    share = step.share or Decimal(0)
    sums = {True: Decimal(0), False: Decimal(0)}
    for party, is_in in zip(dossier.parties, inside, strict=True):
        sums[is_in] += party.cost_eur or Decimal(0)
    counts = {side: inside.count(side) for side in (True, False)}
    shares = []
    for party, is_in in zip(dossier.parties, inside, strict=True):
        part = share if is_in else 1 - share
        own = (party.cost_eur or Decimal(0)) / sums[is_in] if sums[is_in] else Decimal(1) / counts[is_in]
        shares.append(part * own)
    return _split_within(dossier, shares, total, inside, share)


def _split_within(
    dossier: Dossier, shares: Sequence[Decimal], total: Decimal, inside: Sequence[bool], share: Decimal
) -> Dossier:
    """As `_split`, with the cents that do not divide on the side that may not fall short."""
    costs = [(s * total).quantize(CENT, ROUND_DOWN) for s in shares]
    rest = total - sum(costs, Decimal(0))
    exact = (share * total).quantize(CENT, ROUND_DOWN)
    mine = sum((c for c, is_in in zip(costs, inside, strict=True) if is_in), Decimal(0))
    costs[list(inside).index(True)] += exact - mine
    costs[list(inside).index(False)] += rest - (exact - mine)
    return replace(dossier, parties=tuple(replace(p, cost_eur=c) for p, c in zip(dossier.parties, costs, strict=True)))


def _named(dossier: Dossier) -> Dossier:
    """The same with a name of its own for each party."""
    names = ["applicant", *(f"partner {i}" for i in range(1, len(dossier.parties)))]
    return replace(
        dossier, parties=tuple(replace(p, name=p.name or n) for p, n in zip(dossier.parties, names, strict=True))
    )
