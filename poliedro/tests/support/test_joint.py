"""Joint work: settlement that adds to zero, incentives, critical path, the plan validator, contacts, courses."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import cluster, manager_of, membership, organisation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poliedro.support.models import IncentivePayout, KnowledgeItem, SharedService, Suggestion
from poliedro.support.models.agency import Enrolment
from poliedro.support.queries.agency import place_in_line
from poliedro.support.queries.joint import like_my_problem, measures_of
from poliedro.support.rules.agency import CannotMove
from poliedro.support.rules.joint import (
    MEASURES,
    THEMES,
    BonusRule,
    CircularNeed,
    PlanIncomplete,
    PlanLine,
    UnknownMeasure,
    Work,
    break_even,
    can_approve,
    check_can_approve,
    divide,
    end_slips,
    held_up,
    late,
    missing_in,
    payouts,
    schedule,
    settle,
)
from poliedro.support.rules.knowledge import MEANINGS
from poliedro.support.services.agency import (
    cancel_enrolment,
    close_course,
    enrol,
    give_course_feedback,
    open_course,
    take_attendance,
)
from poliedro.support.services.joint import (
    Locked,
    add_action,
    add_formula,
    add_programme,
    approve_formula,
    approve_programme,
    note_use,
    pay_formula,
    reuse_item,
    settle_service,
    simulate_formula,
    write_item,
)

CENTS = st.integers(0, 10**9).map(lambda n: Decimal(n) / 100)
WEIGHTS = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(CENTS, WEIGHTS), min_size=1, max_size=25))
def test_balances_add_up_to_zero_to_the_cent_for_any_number_of_partners(rows: list[tuple[Decimal, Decimal]]) -> None:
    paid = {f"p{i:02}": p for i, (p, _w) in enumerate(rows)}
    balances, transfers = settle(paid, {f"p{i:02}": w for i, (_p, w) in enumerate(rows)})
    assert sum(b.balance_eur for b in balances) == 0
    assert sum(b.share_eur for b in balances) == sum(paid.values())
    assert all(b.share_eur == b.share_eur.quantize(Decimal("0.01")) for b in balances)
    left = {b.partner: b.balance_eur for b in balances}
    for t in transfers:
        left[t.payer] += t.amount_eur
        left[t.payee] -= t.amount_eur
    assert set(left.values()) == {Decimal(0)}
    assert len(transfers) < len(rows) or not transfers


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CENTS, st.lists(WEIGHTS, min_size=1, max_size=30).filter(any))
def test_nothing_is_lost_in_dividing_and_nobody_is_off_by_a_cent(amount: Decimal, weights: list[Decimal]) -> None:
    parts = divide(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    assert all(abs(p - amount * w / total) < Decimal("0.01") for p, w in zip(parts, weights, strict=True))


MONEY = st.decimals(0, 5000, places=3)
RULES = st.lists(st.builds(BonusRule, st.sampled_from(MEASURES), MONEY, st.none() | MONEY), min_size=1, max_size=4)
COUNTED = st.dictionaries(st.sampled_from(MEASURES), st.integers(0, 9))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RULES, st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), COUNTED, min_size=1, max_size=12), MONEY)
def test_no_cluster_gets_more_than_its_caps_and_all_together_no_more_than_the_budget(
    rules: list[BonusRule], measures: dict[str, dict[str, int]], budget: Decimal
) -> None:
    paid = payouts(rules, measures, budget)
    earned = {c: sum(min(r.amount_eur * n.get(r.measure, 0), r.cap_eur if r.cap_eur is not None else r.amount_eur * 9)
                     for r in rules) for c, n in measures.items()}  # fmt: skip
    assert all(0 <= p.amount_eur <= earned[p.cluster] for p in paid)
    assert all(p.amount_eur == p.amount_eur.quantize(Decimal("0.01")) for p in paid)
    total, whole = sum(p.amount_eur for p in paid), sum(earned.values())
    assert total <= budget
    if whole - len(paid) * Decimal("0.01") > budget:  # cut: then nothing of the budget is left but part of a cent
        assert budget - total < Decimal("0.01")


def test_an_odd_cent_goes_past_whom_it_would_lift_above_the_cap() -> None:
    even = [Decimal(1)] * 3
    assert divide(Decimal("0.05"), even, caps=[Decimal("0.01"), Decimal(1), Decimal(1)]) == [
        Decimal("0.01"), Decimal("0.02"), Decimal("0.02"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no room"):
        divide(Decimal("0.05"), even, caps=[Decimal("0.01")] * 3)


def test_three_partners_of_one_hundred_euro() -> None:
    balances, transfers = settle({"a": Decimal(100)}, {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)})
    assert [str(b.share_eur) for b in balances] == ["33.34", "33.33", "33.33"]
    assert [(t.payer, t.payee, str(t.amount_eur)) for t in transfers] == [("b", "a", "33.33"), ("c", "a", "33.33")]


def test_money_of_somebody_who_is_no_partner_is_not_lost_in_silence() -> None:
    with pytest.raises(ValueError, match=r"c paid, but is no partner \(1 in all\)"):
        settle({"a": Decimal(1), "c": Decimal(5)}, {"a": Decimal(1), "b": Decimal(1)})
    balances, _transfers = settle({"c": Decimal(5)}, {"a": Decimal(1), "b": Decimal(1), "c": Decimal(0)})
    assert {b.partner: str(b.balance_eur) for b in balances} == {"a": "-2.50", "b": "-2.50", "c": "5.00"}


def test_a_cap_of_nothing_pays_nothing() -> None:
    (got,) = payouts([BonusRule("cross_projects", Decimal(100), Decimal(0))], {"a": {"cross_projects": 3}}, Decimal(50))
    assert got.amount_eur == 0


def test_a_shared_service_pays_from_so_many_partners_on() -> None:
    # 9 000 / (5 000 - 20 x 50) = 2.25: with two each pays 5 500, with three 4 000
    assert break_even(Decimal(9000), Decimal(50), Decimal(5000), Decimal(20)) == 3
    assert break_even(Decimal(8000), Decimal(50), Decimal(5000), Decimal(20)) == 2
    assert break_even(Decimal(8000), Decimal(50), Decimal(1000), Decimal(20)) is None


def day(n: int) -> date:
    return date(2026, 1, 1) + timedelta(days=n)


def test_the_critical_path_is_the_longest_chain_and_the_rest_has_slack() -> None:
    # a (10 days) -> b (20) -> d (5); c (12) -> d: c may slip 18 days
    work = [
        Work(1, day(0), day(10)),
        Work(2, day(0), day(20), frozenset({1})),
        Work(3, day(0), day(12)),
        Work(4, day(0), day(5), frozenset({2, 3})),
    ]
    found = schedule(work)
    assert {k: s.slack_days for k, s in found.items()} == {1: 0, 2: 0, 3: 18, 4: 0}
    assert found[4].ends == day(35)


def test_what_is_late_pushes_the_whole_chain_that_waits_for_it_and_the_end() -> None:
    # 1 should have ended on day 10 and has not on day 16; 2 (10..20) waits for it, 3 (25..30) for 2; 4 is free
    work = [
        Work(1, day(0), day(10)),
        Work(2, day(10), day(20), frozenset({1})),
        Work(3, day(25), day(30), frozenset({2})),
        Work(4, day(0), day(18)),
    ]
    assert late(work, day(16)) == [1]
    held = held_up(work, day(16))
    assert {k: (h.begins, h.ends, h.days, h.by) for k, h in held.items()} == {
        2: (day(16), day(26), 6, (1,)),
        3: (day(26), day(31), 1, (2,)),  # five days of the six were free between 2 and 3
    }
    assert end_slips(work, day(16)) == (day(31), 1)
    assert {k: s.critical for k, s in schedule(work, day(16)).items()} == {1: True, 2: True, 3: True, 4: False}
    assert held_up(work, day(9)) == {}
    assert end_slips(work, day(9)) == (day(30), 0)
    assert end_slips([], day(9)) is None


def test_what_is_done_or_only_late_itself_is_not_held_up() -> None:
    done = [Work(1, day(0), day(10), done_on=day(14)), Work(2, day(10), day(20), frozenset({1}), done_on=day(22))]
    assert held_up(done, day(30)) == {}
    started = [Work(1, day(0), day(10), done_on=day(14)), Work(2, day(10), day(20), frozenset({1}))]
    assert held_up(started, day(15))[2].days == 4
    unfitting = [Work(1, day(0), day(10)), Work(2, day(5), day(9), frozenset({1}))]
    assert held_up(unfitting, day(3)) == {}, "days that never fitted are a fault of the plan, not of anybody late"
    assert end_slips(unfitting, day(3)) == (day(14), 0)


def test_actions_that_wait_for_one_another_are_refused() -> None:
    with pytest.raises(CircularNeed, match=r"\[1, 2\]"):
        schedule([Work(1, day(0), day(1), frozenset({2})), Work(2, day(0), day(1), frozenset({1}))])


def line(theme: str, **fields: Any) -> PlanLine:
    values = {"budget_eur": Decimal(10), "indicator": "firms", "target": "20", "shares_eur": Decimal(10), **fields}
    return PlanLine(title=f"Action {theme}", theme=theme, **values)


def test_a_plan_needs_action_budget_and_indicator_for_each_of_the_four_themes() -> None:
    whole = [line(theme) for theme in THEMES]
    check_can_approve(whole)
    assert can_approve(whole)
    assert missing_in(whole[1:]) == [("action", THEMES[0])]
    poor = [line(THEMES[0], budget_eur=Decimal(0), shares_eur=Decimal(0), target=""), *whole[1:]]
    assert missing_in(poor) == [("budget", THEMES[0]), ("indicator", THEMES[0])]
    with pytest.raises(PlanIncomplete, match="shares: Action skills"):
        check_can_approve([*whole[:3], line("skills", shares_eur=Decimal("9.99"))])


def test_a_bonus_rests_on_nothing_else_than_the_three_measures() -> None:
    for name in ("coaching", "training", "needs", "score"):
        with pytest.raises(UnknownMeasure):
            BonusRule(name, Decimal(1))


def test_bonuses_are_capped_and_cut_to_the_budget_by_one_share() -> None:
    rules = [BonusRule("cross_projects", Decimal(100), Decimal(250)), BonusRule("new_micro_members", Decimal(10))]
    measures = {"a": {"cross_projects": 4, "new_micro_members": 5}, "b": {"cross_projects": 1, "new_micro_members": 0}}
    assert [str(p.amount_eur) for p in payouts(rules, measures, Decimal(1000))] == ["300.00", "100.00"]
    assert [str(p.amount_eur) for p in payouts(rules, measures, Decimal(200))] == ["150.00", "50.00"]


# With the database


@pytest.mark.django_db
def test_a_formula_is_simulated_then_approved_then_paid_once_and_both_are_kept() -> None:
    membership(organisation("Micro S.r.l.", size_class="micro"), cluster("agrifood"), date(2026, 2, 1))
    cluster("mesap")
    formula = add_formula(
        title="Bonus",
        starts_on=date(2026, 1, 1),
        ends_on=date(2027, 1, 1),
        rules=[BonusRule("new_micro_members", Decimal(500))],
        budget_eur=Decimal(10_000),
        by=None,
    )
    with pytest.raises(Locked, match="never simulated"):
        approve_formula(formula=formula, by=None)
    simulated = simulate_formula(formula=formula, by=None)
    assert {r["cluster"]: r["amount_eur"] for r in simulated.rows} == {"agrifood": "500.00", "mesap": "0.00"}
    approve_formula(formula=formula, by=None)
    with pytest.raises(Locked, match="period ends"):
        pay_formula(formula=formula, today=date(2026, 6, 1), by=None)
    pay_formula(formula=formula, today=date(2027, 1, 1), by=None)
    with pytest.raises(Locked):
        pay_formula(formula=formula, today=date(2027, 1, 2), by=None)
    assert sorted(formula.payouts.values_list("kind", flat=True)) == ["paid", "simulated"]
    with pytest.raises(IntegrityError), transaction.atomic():
        IncentivePayout.objects.create(formula=formula, kind="paid", rules=[], rows=[], total_eur=0)


@pytest.mark.django_db
def test_no_measure_reads_coaching_needs_or_training() -> None:
    cluster("agrifood")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        measures, _names = measures_of(date(2026, 1, 1), date(2027, 1, 1))
    assert set(measures["agrifood"]) == set(MEASURES)
    tables = " ".join(q["sql"] for q in asked.captured_queries)
    for word in ("coach", "needcard", "sealed", "course", "enrolment", "competence", "suggestion", "peer"):
        assert word not in tables.lower()


@pytest.mark.django_db
def test_a_programme_is_approved_when_it_is_whole_and_then_stays() -> None:
    agrifood = cluster("agrifood")
    programme = add_programme(title="2026", cluster=None, starts_on=day(0), ends_on=day(365), by=None)
    with pytest.raises(PlanIncomplete):
        approve_programme(programme=programme, by=None)

    def add(theme: str, needs: list[int]) -> int:
        made = add_action(
            programme=programme,
            title=theme,
            theme=theme,
            lead="Region",
            starts_on=day(0),
            due_on=day(30),
            budget_eur=Decimal(100),
            indicator="firms",
            target="10",
            shares={None: Decimal(60), agrifood.pk: Decimal(40)},
            needs=needs,
            by=None,
        )
        return int(made.pk)

    first = add(THEMES[0], [])
    for theme in THEMES[1:]:
        add(theme, [first])
    approve_programme(programme=programme, by=None)
    with pytest.raises(Locked):
        add("skills", [])


@pytest.mark.django_db
def test_a_year_of_a_shared_service_is_settled_once() -> None:
    a, b = cluster("agrifood"), cluster("mesap")
    service = SharedService.objects.create(title="Lab", fixed_eur=1000, hour_eur=10, alone_eur=2000)
    service.partners.set([a, b])
    spent = {"on": date(2026, 3, 1), "text": "", "by": None, "service": service}
    note_use(cluster=a, hours=Decimal(30), paid_eur=Decimal("1000.01"), **spent)
    note_use(cluster=b, hours=Decimal(10), paid_eur=Decimal(0), **spent)
    with pytest.raises(Locked, match="2026 is not over"):
        settle_service(service=service, year=2026, today=date(2026, 12, 31), by=None)
    done = settle_service(service=service, year=2026, today=date(2027, 1, 1), by=None)
    assert [(r["cluster"], r["share_eur"], r["balance_eur"]) for r in done.rows] == [
        ("agrifood", "750.01", "250.00"),
        ("mesap", "250.00", "-250.00"),
    ]
    assert done.transfers == [{"payer": "Mesap", "payee": "Agrifood", "amount_eur": "250.00"}]
    for again in (
        lambda: settle_service(service=service, year=2026, today=date(2027, 1, 1), by=None),
        lambda: note_use(cluster=a, hours=Decimal(1), paid_eur=Decimal(0), **spent),
    ):
        with pytest.raises(Locked):
            again()


@pytest.mark.django_db
def test_a_practice_is_found_by_a_problem_in_words_and_versions_are_kept() -> None:
    hub = write_item(
        values={"kind": "practice", "title": "Hub", "problem": "firms do not meet university researchers"}, by=None
    )
    fees = write_item(values={"kind": "article", "title": "Fees", "problem": "members pay late"}, by=None)
    found = like_my_problem("our researchers never meet the firms", [hub, fees])
    assert [i.pk for i, _likeness, _words in found] == [hub.pk]
    assert "researchers" in found[0][2]
    reuse_item(item=hub, cluster=cluster(), fulfilled=[0], result="", on=day(1), by=None)
    newer = write_item(values={"kind": "practice", "title": "Hub", "problem": "x"}, supersedes=hub, by=None)
    assert (newer.version, newer.reuses.count(), KnowledgeItem.objects.count()) == (2, 1, 3)


def piece(title: str, problem: str) -> KnowledgeItem:
    return KnowledgeItem(pk=len(title), title=title, problem=problem, steps=[])


def test_a_problem_in_one_language_finds_the_piece_that_is_written_in_the_other() -> None:
    pieces = [
        piece("Un giro di visite al posto del questionario", "Le imprese piccole non rispondono ai questionari."),
        piece("Accordo tra poli che condividono un servizio", "Più poli vogliono lo stesso esperto."),
        piece("Traccia di colloquio con un aderente che vuole uscire", "Gli aderenti escono e nessuno sa perché."),
    ]

    def first(problem: str) -> str:
        return like_my_problem(problem, pieces)[0][0].title

    assert first("Members leave and nobody knows why") == pieces[2].title
    assert first("small firms never answer our survey") == pieces[0].title
    assert first("several clusters want to share one expert and divide the cost") == pieces[1].title
    english = [piece("A visit instead of a questionnaire", "Small firms do not reply."), piece("Fees", "Late payment")]
    assert [i.title for i, _p, _w in like_my_problem("le aziende piccole non rispondono mai", english)] == [
        "A visit instead of a questionnaire"
    ]
    assert like_my_problem("quantum cryptography", pieces) == []


def test_words_in_common_are_those_of_whoever_asks() -> None:
    found = like_my_problem("Members leave", [piece("x", "Gli aderenti escono"), piece("yy", "altro")])
    assert sorted(found[0][2]) == ["leave", "members"]


def test_each_meaning_of_the_library_has_words_of_both_languages() -> None:
    rows = MEANINGS.read_text(encoding="utf-8").splitlines()[1:]
    assert all(len(row.split(";")) == 2 and all(row.split(";")) for row in rows)
    assert all(re.fullmatch("[a-z|]+;[a-z|]+", row) for row in rows), "written as words are compared: no accents"


# Courses


@pytest.mark.django_db
def test_seats_go_in_order_a_freed_seat_to_the_first_who_waits_and_no_course_closes_unheard() -> None:
    course = open_course(
        title="Industry 4.0",
        text="",
        competence="industry_40",
        provider=None,
        coach=None,
        seats=2,
        place="",
        sessions=[(day(1), time(9), time(13)), (day(2), time(9), time(13))],
        by=None,
    )
    agrifood = cluster("agrifood")
    people = [manager_of(agrifood, f"m{i}@test.example").person for i in range(4)]
    seats = [enrol(course=course, person=p, cluster=agrifood, by=None) for p in people]
    assert [s.state for s in seats] == ["seat", "seat", "waiting", "waiting"]
    assert [place_in_line(s) for s in seats[2:]] == [1, 2]
    assert enrol(course=course, person=people[0], cluster=agrifood, by=None) == seats[0]
    assert cancel_enrolment(enrolment=seats[0], by=None) == seats[2]
    assert enrol(course=course, person=people[0], cluster=agrifood, by=None).state == "waiting"
    first, second = course.sessions.all()
    take_attendance(session=first, present=[seats[1].pk, seats[2].pk], by=None)
    with pytest.raises(CannotMove, match="attendance"):
        close_course(course=course, follow_up_on=day(120), action="call", by=None)
    take_attendance(session=second, present=[seats[1].pk], by=None)
    with pytest.raises(CannotMove, match="0 of 2"):
        close_course(course=course, follow_up_on=day(120), action="call", by=None)
    for seat in seats[1:3]:
        seat.refresh_from_db()
        give_course_feedback(enrolment=seat, score=4, suggestion="more cases", on=day(3), by=None)
    assert [Enrolment.objects.get(pk=s.pk).certificate != "" for s in seats[1:3]] == [True, False]  # 8 of 8, 4 of 8 h
    assert Suggestion.objects.filter(origin="course").count() == 2
    with pytest.raises(CannotMove, match="followed up"):
        close_course(course=course, follow_up_on=None, action="", by=None)
    course.refresh_from_db()
    close_course(course=course, follow_up_on=day(120), action="call each", by=None)
    course.refresh_from_db()
    assert course.state == "closed"
