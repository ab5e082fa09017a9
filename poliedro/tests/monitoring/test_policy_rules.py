"""The region's policy in plain Python: progress, orphans, overlap, blind spots, money, reconciliation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import yaml
from funding_drafts import SME, call_of
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.rules.aid import split_to_the_cent
from poliedro.funding.rules.document import read_call
from poliedro.monitoring.rules.policy.logic import (
    Goal,
    Held,
    LogicRefused,
    Node,
    are_alike,
    check_parent,
    due_by,
    elements_of,
    orphans_of,
    progress_of,
    quarter_days,
    quarter_of,
    status_of,
)
from poliedro.monitoring.rules.policy.mix import (
    ALL_CELLS,
    BODIES,
    GROUPS,
    STAGES,
    Reach,
    effect_of,
    empty_cells,
    jaccard,
    pairs,
    ruled_cells,
    stated_cells,
)
from poliedro.monitoring.rules.policy.reconcile import KINDS, MISSING_HERE, MISSING_THERE, Stated, reconcile
from poliedro.monitoring.rules.policy.spending import Spent, faults_of, running
from poliedro.shared.region import SHIPPED

START, END = date(2020, 1, 1), date(2030, 1, 1)


# --- the logic --------------------------------------------------------------------------------------------------------
def test_progress_is_the_part_of_the_way_and_may_go_backwards() -> None:
    goal = Goal(10, START, 30, END)
    assert progress_of(goal, 15) == (15 - 10) / (30 - 10)
    assert progress_of(goal, 5) == (5 - 10) / (30 - 10)
    assert progress_of(Goal(66, START, 40, END), 53) == (53 - 66) / (40 - 66)  # less is better
    assert progress_of(goal, None) is None
    assert progress_of(Goal(10, START, 10, END), 10) is None


def test_what_hangs_loose_is_counted_once_with_everything_that_is_wrong_with_it() -> None:
    found = orphans_of([Node("lonely", "objective")], [Held("seen", "", "output", "", "", has_target=False)], ["m"])
    assert elements_of(found) == {
        ("objective", "lonely"): [
            "objective-hangs-loose", "objective-without-action", "objective-without-result", "node-without-owner",
        ],
        ("indicator", "seen"): [
            "indicator-hangs-loose", "indicator-without-owner", "indicator-without-evidence",
            "indicator-without-target",
        ],
        ("measure", "m"): ["measure-without-action"],
    }  # fmt: skip


def test_an_invented_goal_is_held_against_an_invented_value_alone() -> None:
    assert are_alike("synthetic", "synthetic")
    assert are_alike("reported", "official")
    assert not are_alike("synthetic", "official")
    assert not are_alike("reported", "synthetic")


def test_status_compares_with_a_straight_path() -> None:
    goal, half = Goal(0, START, 10, END), date(2025, 1, 1)
    assert due_by(goal, half) == pytest.approx(0.5, abs=0.001)
    assert status_of(goal, 10, half) == "reached"
    assert status_of(goal, 4.6, half) == "on_track"  # 0.46 of 0.50 due is more than nine tenths
    assert status_of(goal, 4.4, half) == "behind"
    assert status_of(goal, 9, END) == "missed"
    assert status_of(Goal(None, None, 10, END), 9, half) == "unknown"


def test_a_whole_logic_has_no_orphan_and_each_missing_part_is_named() -> None:
    nodes = [Node("a", "area"), Node("o", "objective", "a", "office"), Node("x", "action", "o", "office", "grants")]
    held = [Held("out", "x", "output", "office", "books", True), Held("res", "o", "result", "office", "books", True)]
    assert orphans_of(nodes, held, ["grants"]) == []
    assert [o.what for o in orphans_of(nodes, held, ["grants", "loans"])] == ["measure-without-action"]
    assert [o.what for o in orphans_of(nodes[:2], held[1:], [])] == ["objective-without-action"]
    assert [o.what for o in orphans_of(nodes, held[1:], ["grants"])] == ["action-without-output"]
    assert [o.what for o in orphans_of(nodes, held[:1], ["grants"])] == ["objective-without-result"]
    loose = [Held("out", "gone", "output", "", "", False)]
    assert {o.what for o in orphans_of([Node("a", "area")], loose, [])} == {
        "area-without-objective", "indicator-hangs-loose", "indicator-without-owner", "indicator-without-evidence",
        "indicator-without-target",
    }  # fmt: skip


def test_nodes_hang_from_the_kind_above_alone() -> None:
    check_parent("action", "objective")
    check_parent("area", None)
    with pytest.raises(LogicRefused, match="hangs from objective, not from area"):
        check_parent("action", "area")
    with pytest.raises(LogicRefused, match="it is one of area, objective, action"):
        check_parent("dream", None)


@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)))
def test_quarters_cover_every_day_once(day: date) -> None:
    year, quarter = quarter_of(day)
    first, last = quarter_days(year, quarter)
    assert first <= day <= last
    assert quarter_of(last + timedelta(days=1)) != (year, quarter)
    assert quarter_of(first - timedelta(days=1)) != (year, quarter)


# --- the mix ----------------------------------------------------------------------------------------------------------
reaches = st.builds(
    lambda groups, stages, low, span, instrument, n: Reach(
        f"m{n}", instrument, stated_cells(groups, stages, low, min(9, low + span))
    ),
    st.sets(st.sampled_from(GROUPS)),
    st.sets(st.sampled_from(STAGES)),
    st.integers(1, 9),
    st.integers(0, 8),
    st.sampled_from(["grant", "voucher"]),
    st.integers(0, 10**6),
)


@given(reaches, reaches)
def test_jaccard_lies_between_nothing_and_all_and_takes_no_side(one: Reach, other: Reach) -> None:
    found = jaccard(one.cells, other.cells)
    assert found == jaccard(other.cells, one.cells)
    assert found is None or 0 <= found <= 1
    assert (found == 1) == (bool(one.cells) and one.cells == other.cells)
    assert (found is None) == (not one.cells and not other.cells)


@given(st.lists(reaches, max_size=5))
def test_empty_cells_are_exactly_what_no_measure_reaches(there: list[Reach]) -> None:
    reached = {cell for r in there for cell in r.cells}
    empty = empty_cells(there)
    assert empty | reached == ALL_CELLS
    assert not empty & reached


@given(st.lists(reaches, max_size=4), reaches)
def test_effect_of_a_draft_is_the_difference_of_the_two_mixes(there: list[Reach], draft: Reach) -> None:
    effect = effect_of(there, draft)
    assert effect.fills == empty_cells(there) - empty_cells([*there, draft])
    assert effect.empty_before - effect.empty_after == len(effect.fills)
    assert effect.brings == draft.cells & (
        empty_cells(there, draft.instrument) - empty_cells([*there, draft], draft.instrument) - effect.fills
    )
    assert all(p.shared > 0 and draft.key == p.one for p in effect.overlaps)


def test_overlap_of_two_measures_by_hand() -> None:
    one = Reach("one", "grant", stated_cells(["small"], ["growth"], 1, 6))
    other = Reach("other", "grant", stated_cells(["small"], ["growth"], 4, 9))
    (pair,) = pairs([one, other])
    assert pair.jaccard == 3 / 9  # TRL 4, 5, 6 of 1 to 9
    assert pair.shared == 3


def test_bodies_have_no_stage_and_start_ups_are_never_established() -> None:
    assert {s for _g, s, _level in stated_cells(BODIES, [], 1, 9)} == {"body"}
    assert not stated_cells(["start_up"], ["mature"], 1, 9)
    assert len(ALL_CELLS) == (4 * 4 + 3 + 4) * 9


def test_rules_of_a_call_give_its_cells() -> None:
    found = ruled_cells(call_of(SME, {"fact": "trl_start", "at_least": 4}, {"fact": "trl_end", "at_most": 7}))
    assert {level for _g, _s, level in found} == {4, 5, 6, 7}
    assert {g for g, _s, _level in found} == {"start_up", "micro", "small", "medium", *BODIES}  # a body has no size
    firms = ruled_cells(call_of({"fact": "kind", "in": ["enterprise", "start_up"]}, SME))
    assert not {g for g, _s, _level in firms} & {*BODIES, "large"}


def test_years_of_accounts_shut_out_ideas_and_leave_the_rest() -> None:
    found = ruled_cells(call_of({"fact": "years_of_accounts", "at_least": 2}, SME))
    assert {s for g, s, _level in found if g == "small"} == {"start_up", "growth", "mature"}
    young = ruled_cells(call_of({"fact": "age_years", "at_most": 4}, SME))
    assert {s for g, s, _level in young if g == "small"} == {"idea", "start_up"}


def test_partners_can_be_found_so_a_rule_on_them_shuts_nobody_out() -> None:
    with_research = {"some_partner": {"fact": "kind", "is": "university"}}
    assert ruled_cells(call_of(with_research)) == ALL_CELLS


# --- money ------------------------------------------------------------------------------------------------------------
amounts = st.decimals(0, 10**7, places=2)


@given(amounts, amounts, amounts)
def test_more_committed_than_allocated_is_always_flagged(allocated: Decimal, committed: Decimal, paid: Decimal) -> None:
    found = faults_of(Spent(allocated, committed, paid))
    assert ("committed-beyond-allocated" in found) == (committed > allocated)
    assert ("paid-beyond-committed" in found) == (paid > committed)
    assert faults_of(Spent(None, committed, None)) == []


@given(st.lists(st.tuples(amounts, st.integers(2014, 2027)), max_size=8))
def test_paths_end_at_the_whole(rows: list[tuple[Decimal, int]]) -> None:
    spent = Spent()
    for eur, year in rows:
        spent.commit(eur, year)
    years = list(range(2016, 2028))
    path = running(spent.committed_by, years)
    assert path[-1] == (spent.committed_eur or 0)
    assert path == sorted(path)


@given(amounts, st.integers(1, 7))
def test_parts_of_a_budget_add_up_to_the_cent(budget: Decimal, n: int) -> None:
    parts = split_to_the_cent(budget, {str(i): Decimal(1) for i in range(n)})
    assert sum(parts.values()) == budget


# --- reconciliation ---------------------------------------------------------------------------------------------------
sides = st.lists(
    st.builds(
        Stated,
        cup=st.sampled_from(["", "A", "B", "C", "D"]),
        number=st.text("xyz", min_size=1, max_size=3),
        title=st.sampled_from(["", "Sensors", "Hydrogen"]),
        beneficiary=st.sampled_from(["", "Alfa", "Beta"]),
        amount_eur=st.none() | amounts,
    ),
    max_size=8,
)


@given(sides, sides)
def test_every_cup_is_counted_once_and_totals_add_up(ours: list[Stated], theirs: list[Stated]) -> None:
    found = reconcile(ours, theirs)
    assert found.both + found.count(MISSING_THERE) == found.ours == len({r.cup for r in ours if r.cup})
    assert found.both + found.count(MISSING_HERE) == found.theirs == len({r.cup for r in theirs if r.cup})
    apart = {d.cup for d in found.differences if d.kind not in (MISSING_HERE, MISSING_THERE)}
    assert found.agree + len(apart) == found.both
    assert sum(found.count(k) for k in KINDS) == len(found.differences)


@given(sides)
def test_a_side_agrees_with_itself(rows: list[Stated]) -> None:
    assert reconcile(rows, rows).differences == ()


def test_differences_by_hand() -> None:
    ours = [Stated("A", "1", "Sensors", "Alfa S.r.l.", "123", Decimal(100)), Stated("B", "2", "Ours")]
    theirs = [
        Stated("A", "x", "SENSORS.", "Other name", "123", Decimal(60)),
        Stated("A", "y", "", "", "", Decimal(50)),
        Stated("C", "z", "Theirs"),
    ]
    found = reconcile(ours, theirs)
    assert [(d.kind, d.cup) for d in found.differences] == [
        ("amount", "A"), ("missing-there", "B"), ("missing-here", "C"),
    ]  # fmt: skip
    assert found.differences[0].gap_eur == Decimal(100) - (Decimal(60) + Decimal(50))


def test_the_start_up_call_reaches_firms_alone_as_its_sentences_say() -> None:
    path = next((SHIPPED / "calls").rglob("start-up.yaml"))
    cells = ruled_cells(read_call(yaml.safe_load(path.read_text(encoding="utf-8"))["document"]))
    assert {group for group, _stage, _level in cells} == {"start_up", "micro", "small"}
    assert not {c for c in cells if c[0] != "start_up" and c[1] == "mature"}, "less than six years old"
