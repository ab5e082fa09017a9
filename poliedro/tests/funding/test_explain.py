"""Why not, and the least change: it makes the applicant eligible, and no smaller one does."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from funding_drafts import SME, call_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poliedro.funding.rules.conditions import Dossier, Party, ask
from poliedro.funding.rules.document import CallDocument, read_call
from poliedro.funding.rules.explain import apply_steps, changes_for, explain, first_refusing
from poliedro.funding.rules.facts import FACTS, SIZES, Kind, Scope

REGIONS = Path(__file__).resolve().parents[2] / "src" / "poliedro" / "regions" / "calls"
FILES = sorted(REGIONS.rglob("*.yaml"))
CALLS = {p.stem: read_call(yaml.safe_load(p.read_text(encoding="utf-8"))["document"]) for p in FILES}


def test_one_fact_of_the_plan_is_the_least_change() -> None:
    call = call_of({"fact": "trl_end", "at_most": 6}, {"fact": "trl_start", "at_least": 3})
    found = explain(call, "1", Dossier((Party(),), {"trl_start": Decimal(4), "trl_end": Decimal(8)}))
    assert found.verdict == "fail"
    assert found.searched == 1
    assert [(s.fact, s.value) for (s,) in found.steps] == [("trl_end", Decimal(6))]  # the nearest, and only once


def test_no_change_makes_a_project_go_backwards() -> None:
    call = call_of({"fact": "trl_end", "at_most": 6})
    found = explain(call, "1", Dossier((Party({}),), {"trl_start": Decimal(7), "trl_end": Decimal(9)}))
    assert found.steps
    assert {len(steps) for steps in found.steps} == {2}, "the end alone cannot move below the start"
    for steps in found.steps:
        after = {s.fact: s.value for s in steps}
        assert after["trl_start"] <= after["trl_end"] <= 6
    forward = explain(call, "1", Dossier((Party({}),), {"trl_start": Decimal(4), "trl_end": Decimal(9)}))
    assert [[(s.fact, s.value) for s in steps] for steps in forward.steps] == [[("trl_end", Decimal(6))]]


def test_who_never_can_gets_no_change() -> None:
    call = call_of(SME, {"fact": "trl_end", "at_most": 6})
    large = Dossier((Party({"size_class": "large"}),), {"trl_end": Decimal(8)})
    assert explain(call, "1", large).steps == ()


def test_a_partner_can_be_the_change() -> None:
    call = call_of({"when": {"fact": "size_class", "is": "large"}, "then": {"some_partner": SME}})
    found = explain(call, "1", Dossier((Party({"size_class": "large"}, Decimal(100)),)))
    (step,) = found.steps[0]
    assert step.kind == "add_partner"
    assert dict(step.facts)["size_class"] in ("micro", "small", "medium")


def test_cost_can_be_moved_so_that_a_share_is_kept() -> None:
    users = {"fact": "end_user", "is": True}
    call = call_of({"cost_share": users, "at_most": 0.1})
    parties = (Party({"end_user": False}, Decimal(100)), Party({"end_user": True}, Decimal(100)))
    found = explain(call, "1", Dossier(parties))
    after = apply_steps(
        Dossier(tuple(Party(p.facts, p.cost_eur, n) for p, n in zip(parties, ("applicant", "partner 1"), strict=True))),
        next(s for s in found.steps if s[0].kind == "move_cost"),
    )
    assert after is not None
    assert [p.cost_eur for p in after.parties] in ([Decimal(180), Decimal(20)], [Decimal(200), Decimal(0)])
    assert after.total_cost_eur == 200


def test_waiting_is_offered_only_when_asked_for() -> None:
    call = call_of({"fact": "years_of_accounts", "at_least": 2})
    young = Dossier((Party({"years_of_accounts": Decimal(0), "age_years": Decimal(1)}),))
    assert explain(call, "1", young).steps == ()
    (step,) = explain(call, "1", young, waiting=True).steps[0]
    assert (step.kind, step.value) == ("wait", Decimal(2))


def test_what_is_not_known_is_asked_for_and_not_invented() -> None:
    call = call_of({"fact": "trl_end", "at_most": 6}, {"fact": "hires_apprentice", "is": True})
    found = explain(call, "1", Dossier((Party(),), {"trl_end": Decimal(8)}))
    assert found.answers["r1"].missing == {"hires_apprentice"}
    assert all(s.fact == "trl_end" for steps in found.steps for s in steps)


def values(key: str) -> st.SearchStrategy[Any]:
    spec = FACTS[key]
    if spec.kind is Kind.FLAG:
        return st.booleans()
    if spec.kind is Kind.CHOICE:
        return st.sampled_from(SIZES if key == "size_class" else ("enterprise", "start_up", "large_firm", "university"))
    if key.startswith("trl"):
        return st.integers(1, 9).map(Decimal)
    if spec.unit == "EUR":
        return st.sampled_from([Decimal(v) for v in (10_000, 20_000, 300_000)])
    if spec.unit == "share":
        return st.sampled_from([Decimal(v) for v in ("0.5", "0.75", "0.9")])
    return st.integers(0, 40).map(Decimal)


@st.composite
def dossiers(draw: st.DrawFn, call: CallDocument, line: str) -> Dossier:
    """A complete application: every fact that the line asks for is known, and every cost."""
    from poliedro.funding.rules.conditions import facts_in

    keys = sorted({f for r in call.rules_of(line) for f in facts_in(r.check)} - {"total_cost_eur", "cost_share"})
    of_parties = [k for k in keys if FACTS[k].scope is Scope.PARTY]
    costs = st.sampled_from([Decimal(v) for v in (19_999, 60_000, 100_000, 150_000, 350_000, 700_000)])
    parties = tuple(
        Party({k: draw(values(k)) for k in of_parties}, draw(costs)) for _ in range(draw(st.integers(1, 2)))
    )
    return Dossier(parties, {k: draw(values(k)) for k in keys if FACTS[k].scope is Scope.PROJECT})


@pytest.mark.parametrize("key", sorted(CALLS))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_least_change_makes_eligible_and_no_smaller_one_does(key: str, data: st.DataObject) -> None:
    """Against every set of fewer changes, tried one by one without the search's shortcuts."""
    call = CALLS[key]
    line = data.draw(st.sampled_from([line.key for line in call.lines]))
    dossier = data.draw(dossiers(call, line))
    found = explain(call, line, dossier, most=2)
    rules = call.rules_of(line)
    start = Dossier(
        tuple(
            Party(p.facts, p.cost_eur, "applicant" if i == 0 else f"partner {i}") for i, p in enumerate(dossier.parties)
        ),
        dossier.project,
    )
    if found.verdict == "pass":
        assert found.steps == ()
        return
    for steps in found.steps:
        after = apply_steps(start, steps)
        assert after is not None
        assert all(ask(rule.check, after).value is True for rule in rules)
    steps = changes_for(rules, start)
    smaller = (found.searched - 1) if found.steps else min(1, found.searched)
    for size in range(1, smaller + 1):
        if size == 2 and len(steps) > 60:
            steps = steps[:: len(steps) // 60 + 1]
        for chosen in combinations(steps, size):
            after = apply_steps(start, chosen)
            assert after is None or first_refusing(rules, after) is not None, chosen


# --- every set, by brute force ---
COMPARED = {
    "trl_end": lambda draw: {"fact": "trl_end", "at_most": draw(st.integers(3, 7))},
    "trl_start": lambda draw: {"fact": "trl_start", "at_least": draw(st.integers(2, 5))},
    "duration_months": lambda draw: {"fact": "duration_months", "at_most": draw(st.integers(12, 24))},
    "hires_apprentice": lambda draw: {"fact": "hires_apprentice", "is": draw(st.booleans())},
    "size_class": lambda draw: SME,
}


@st.composite
def small_rules(draw: st.DrawFn) -> dict[str, Any]:
    """A comparison of a fact of the plan, or two of them joined; now and then a partner is asked for."""

    def one() -> dict[str, Any]:
        name = draw(st.sampled_from(sorted(set(COMPARED) - {"size_class"})))
        return COMPARED[name](draw)

    shape = draw(st.sampled_from(["one", "all", "any", "when", "not", "partner"]))
    if shape == "one":
        return one()
    if shape == "not":
        return {"not": one()}
    if shape == "when":
        return {"when": one(), "then": one()}
    if shape == "partner":
        return {"some_partner": SME} if draw(st.booleans()) else {"when": one(), "then": {"some_partner": SME}}
    return {shape: [one(), one()]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    checks=st.lists(small_rules(), min_size=2, max_size=5),
    trl=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    months=st.integers(6, 36),
    apprentice=st.booleans(),
    sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=2),
)
def test_no_set_of_up_to_three_changes_is_smaller_than_the_one_that_is_found(
    checks: list[dict[str, Any]], trl: tuple[int, int], months: int, apprentice: bool, sizes: list[str]
) -> None:
    """Small rules, so that every set of one, two and three changes can be carried out and asked."""
    call = call_of(*checks)
    plan = {
        "trl_start": Decimal(trl[0]),
        "trl_end": Decimal(trl[1]),
        "duration_months": Decimal(months),
        "hires_apprentice": apprentice,
    }
    parties = tuple(
        Party({"size_class": s}, Decimal(100), "applicant" if i == 0 else f"partner {i}") for i, s in enumerate(sizes)
    )
    start = Dossier(parties, plan)
    rules = call.rules_of("1")
    found = explain(call, "1", Dossier(tuple(Party(p.facts, p.cost_eur) for p in parties), plan))
    if found.verdict == "pass":
        assert first_refusing(rules, start) is None
        return
    steps = changes_for(rules, start)
    least = next(
        (
            size
            for size in (1, 2, 3)
            for chosen in combinations(steps, size)
            if (after := apply_steps(start, chosen)) is not None and first_refusing(rules, after) is None
        ),
        None,
    )
    assert found.exhausted
    if least is None:
        assert found.steps == ()
    else:
        assert found.searched == least
        for chosen in found.steps:
            assert len(chosen) == least
            after = apply_steps(start, chosen)
            assert after is not None
            assert first_refusing(rules, after) is None


def test_a_partner_that_comes_in_bears_no_fact_that_no_rule_needs() -> None:
    asks = {"some_partner": {"fact": "kind", "is": "university"}}
    limits = {"cost_share": {"fact": "end_user", "is": True}, "at_most": 0.1}
    small = {"when": {"some_partner": {"fact": "size_class", "is": "large"}}, "then": {"some_partner": SME}}
    call = call_of(asks, limits, small)
    firm = Party({"kind": "enterprise", "size_class": "small", "end_user": False}, Decimal(100))
    found = explain(call, "1", Dossier((firm,)))
    facts = {tuple(step.facts) for steps in found.steps for step in steps if step.kind == "add_partner"}
    assert facts
    assert all(dict(f)["kind"] == "university" and "size_class" not in dict(f) for f in facts)


def test_no_total_is_proposed_that_the_partners_costs_contradict() -> None:
    call = call_of({"fact": "total_cost_eur", "at_most": 200})
    known = Dossier((Party({}, None), Party({}, Decimal(300))), {"total_cost_eur": Decimal(500)})
    assert explain(call, "1", known).steps == ()
    free = Dossier((Party({}, None), Party({}, Decimal(100))), {"total_cost_eur": Decimal(500)})
    assert [s.value for (s,) in explain(call, "1", free).steps] == [200]
