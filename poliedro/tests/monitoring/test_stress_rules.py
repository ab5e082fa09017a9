"""The stress test as plain functions: what lasts, what balances, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poliedro.monitoring.rules.stress import (
    CENT,
    Accounts,
    Assumptions,
    ScenarioNotYours,
    ServiceCost,
    accounts_from,
    as_kept,
    assumptions_from,
    can_read,
    check_can_read,
    cut_until,
    fee_that_balances,
    herfindahl,
    months_between,
    months_left,
    reserve_after,
    split_cents,
    stress,
)

TODAY = date(2026, 1, 1)
ACCOUNTS = Accounts(
    2020,
    {"erdf": Decimal("600.00"), "fees": Decimal("200.00"), "services": Decimal("100.00"), "private": Decimal("100.00")},
    {"staff": Decimal("700.00"), "premises": Decimal("200.00")},
    20,
    (
        ServiceCost("finance", Decimal(10), Decimal("70.00"), Decimal("10.00"), 4),
        ServiceCost("marketing", Decimal(30), Decimal("210.00"), Decimal("30.00"), 2),
        ServiceCost("training", Decimal(20), Decimal("140.00"), Decimal("20.00"), 2),
    ),
)
HALF = Assumptions(TODAY, date(2026, 7, 1), Decimal("0.5"), Decimal("300.00"))


def test_half_of_erdf_lost_from_july() -> None:
    found = stress(ACCOUNTS, HALF)
    assert found.before.balance_eur == 1000 - 900
    assert found.after.balance_eur == (300 + 200 + 100 + 100) - 900  # -200 a year
    assert found.gap_eur == 200
    # on 1 July the reserve is 300 + 100 / 2 = 350; it falls by 200 / 12 a month: 21 months
    assert found.months == 6 + 21
    assert found.fee_eur == Decimal(200) / 20
    assert found.fee_needed_eur == Decimal(200 + 200) / 20
    assert found.price_needed == Decimal(200) / 100
    assert [s.kind for s in found.cuts.services] == ["marketing", "training"]  # priority 2, what saves most first
    assert (found.cuts.saved_eur, found.cuts.left_eur) == (180 + 120, 0)
    assert found.path[6] == (6, Decimal("350.00"))
    assert found.path[-2][1] >= 0 > found.path[-1][1]


def test_without_a_fall_nothing_changes_and_the_reserve_is_never_spent() -> None:
    found = stress(ACCOUNTS, replace(HALF, fall=Decimal(0)))
    assert (found.after, found.months, found.gap_eur, found.cuts.services) == (ACCOUNTS, None, 0, ())


def test_what_is_done_counts_from_the_day_of_the_fall() -> None:
    given = replace(HALF, fee_rise=Decimal("0.5"), members_leaving=Decimal("0.1"), saving=Decimal("0.1"))
    found = stress(ACCOUNTS, given)
    assert found.after.revenue["fees"] == Decimal("200") * Decimal("1.5") * Decimal("0.9")
    assert found.after.cost_eur == 900 * Decimal("0.9")
    assert found.payers == 18
    assert found.before == ACCOUNTS


def test_months_of_a_reserve() -> None:
    assert months_left(Decimal(100), Decimal(0), Decimal(-120), 0) == 10
    assert months_left(Decimal(100), Decimal(0), Decimal(-120), 5) == 15
    assert months_left(Decimal(100), Decimal(-1200), Decimal(-1200), 5) == 1  # spent before the fall
    assert months_left(Decimal(0), Decimal(0), Decimal(-120), 0) == 0
    assert months_left(Decimal(-1), Decimal(500), Decimal(500), 0) == 0
    assert months_left(Decimal(0), Decimal(0), Decimal(0), 0) is None


def test_months_between_days() -> None:
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 0
    assert months_between(date(2026, 1, 15), date(2027, 1, 15)) == 12
    assert months_between(date(2027, 1, 1), date(2026, 1, 1)) == 0


def test_service_that_earns_what_it_costs_is_not_cut() -> None:
    even = ServiceCost("even", Decimal(1), Decimal(50), Decimal(50), 1)
    assert cut_until([even], Decimal(10)).left_eur == 10


def test_concentration() -> None:
    assert herfindahl([Decimal(50), Decimal(50)]) == pytest.approx(0.5**2 + 0.5**2)
    assert herfindahl([Decimal(0)]) is None


EUR = st.decimals(0, 5_000_000, places=2)
SHARE = st.decimals(0, 1, places=2)
SERVICE = st.builds(ServiceCost, st.sampled_from(["finance", "training", "design"]), EUR, EUR, EUR, st.integers(1, 5))
ANY_ACCOUNTS = st.builds(
    Accounts,
    st.just(2020),
    st.fixed_dictionaries({"erdf": EUR, "fees": EUR, "services": EUR, "private": EUR}),
    st.fixed_dictionaries({"staff": EUR, "other": EUR}),
    st.integers(0, 400),
    st.lists(SERVICE, max_size=4).map(tuple),
)
ANY = st.builds(
    Assumptions,
    st.just(TODAY),
    st.dates(TODAY, date(2029, 1, 1)),
    SHARE,
    EUR,
    SHARE,
    SHARE,
    SHARE,
    SHARE,
    SHARE,
)


@given(ANY_ACCOUNTS, ANY)
def test_each_way_balances_to_the_cent_and_not_by_more_than_it_must(accounts: Accounts, given: Assumptions) -> None:
    found = stress(accounts, given)
    missing = -found.after.balance_eur
    assert found.gap_eur == max(Decimal(0), missing)
    if found.fee_needed_eur is not None:
        brought = found.fee_needed_eur * found.payers - found.after.revenue["fees"]
        assert found.gap_eur <= brought < found.gap_eur + found.payers * CENT
    sold = found.after.revenue["services"]
    if found.price_needed is not None:
        assert found.gap_eur <= sold * found.price_needed < found.gap_eur + sold * Decimal("0.0001")
    cuts = found.cuts
    assert cuts.saved_eur + cuts.left_eur >= found.gap_eur
    assert (cuts.left_eur == 0) or len(cuts.services) == len([s for s in found.after.services if s.saved_eur > 0])
    if cuts.services and not cuts.left_eur:
        assert cuts.saved_eur - cuts.services[-1].saved_eur < found.gap_eur  # the last cut was needed


@given(ANY_ACCOUNTS, ANY, SHARE)
def test_a_deeper_fall_never_lasts_longer_nor_costs_less(
    accounts: Accounts, given: Assumptions, other: Decimal
) -> None:
    small, large = sorted((given.fall, other))
    mild, hard = (stress(accounts, replace(given, fall=f)) for f in (small, large))
    assert hard.gap_eur >= mild.gap_eur
    assert (float("inf") if hard.months is None else hard.months) <= (
        float("inf") if mild.months is None else mild.months
    )
    assert hard.cuts.saved_eur >= mild.cuts.saved_eur
    if mild.fee_needed_eur is not None and hard.fee_needed_eur is not None:
        assert hard.fee_needed_eur >= mild.fee_needed_eur


@given(ANY_ACCOUNTS, ANY)
def test_months_are_those_of_the_path(accounts: Accounts, given: Assumptions) -> None:
    found = stress(accounts, given)
    below = [month for month, reserve in found.path if reserve < -CENT]
    if found.months is None:
        assert not below
    else:
        assert all(month > found.months for month in below)


@given(EUR, st.lists(EUR, max_size=8))
def test_parts_add_to_the_whole(total: Decimal, weights: list[Decimal]) -> None:
    parts = split_cents(total, weights)
    assert sum(parts, Decimal(0)) == (total if sum(weights) else 0)
    assert all(p >= 0 for p in parts)


@given(EUR, EUR, st.integers(0, 500))
def test_fee_is_unknown_only_where_nobody_pays(fees: Decimal, gap: Decimal, payers: int) -> None:
    assert (fee_that_balances(fees, gap, payers) is None) == (payers == 0)


@given(EUR, EUR, EUR, st.integers(0, 36))
def test_a_year_of_months_changes_the_reserve_by_the_balance(
    reserve: Decimal, plus: Decimal, minus: Decimal, m: int
) -> None:
    balance = plus - minus
    assert reserve_after(reserve, balance, balance, m, 12) == reserve + balance


@given(ANY_ACCOUNTS, ANY)
def test_kept_scenario_gives_the_same_result(accounts: Accounts, given: Assumptions) -> None:
    again = accounts_from(as_kept(accounts)), assumptions_from(as_kept(given))
    assert stress(*again) == stress(accounts, given)


def test_scenario_is_read_by_its_maker_and_by_those_it_was_shared_with() -> None:
    nobody = {"is_maker": False, "is_shared": False, "with_region": False, "is_region": False, "may_test": False}
    assert not can_read(**{**nobody, "is_region": True})
    assert not can_read(**{**nobody, "may_test": True})
    assert not can_read(**{**nobody, "with_region": True})
    for yes in ({"is_maker": True}, {"is_shared": True}, {"with_region": True, "is_region": True}):
        check_can_read(**{**nobody, **yes})
    with pytest.raises(ScenarioNotYours):
        check_can_read(**nobody)
