"""State aid to the cent, shares of a grant, rankings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from funding_drafts import SME, call_of
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.rules.aid import (
    Award,
    OverCeiling,
    ceiling_on,
    check_award,
    parts_of,
    received,
    room_of_costs,
    room_on,
    split_to_the_cent,
    undertaking,
    years_before,
)
from poliedro.funding.rules.conditions import Dossier, Party
from poliedro.funding.rules.document import Criterion, Words
from poliedro.funding.rules.ranking import Marks, rank

DAY = date(2026, 6, 1)


def test_ceiling_is_that_of_the_day() -> None:
    assert [ceiling_on(d) for d in (date(2013, 1, 1), date(2020, 1, 1), date(2024, 1, 1))] == [0, 200_000, 300_000]


def test_room_is_the_ceiling_less_three_years_of_aid() -> None:
    awards = [Award(date(2023, 6, 1), Decimal(90_000)), Award(date(2025, 1, 1), Decimal("120000.50"))]
    # 1 June 2023 is exactly three years before: the period of three years that ends on the day begins the day after.
    assert received(awards, DAY) == Decimal("120000.50")
    assert room_on(awards, DAY) == Decimal("300000") - Decimal("120000.50")
    assert room_on(awards, date(2026, 5, 31)) == Decimal("300000") - Decimal("210000.50")


def test_a_later_award_takes_room_from_an_earlier_day() -> None:
    later = [Award(date(2027, 1, 1), Decimal(250_000))]
    assert room_on(later, DAY) == Decimal(50_000)
    with pytest.raises(OverCeiling, match="50000 EUR are left"):
        check_award(later, Award(DAY, Decimal("50000.01")))


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
amounts = st.integers(1, 40_000_000).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(st.tuples(days, amounts), min_size=1, max_size=12))
def test_the_ceiling_is_never_passed_in_any_order_of_awards(wanted: list[tuple[date, Decimal]]) -> None:
    kept: list[Award] = []
    for day, amount in wanted:
        award = Award(day, min(amount, room_on(kept, day)))
        if award.amount_eur > 0:
            check_award(kept, award)
            kept.append(award)
        if amount > room_on(kept, day):
            with pytest.raises(OverCeiling):
                check_award(kept, Award(day, amount))
    for end in {a.granted_on for a in kept} | {a.granted_on + timedelta(days=400) for a in kept}:
        inside = sum(a.amount_eur for a in kept if years_before(end) < a.granted_on <= end)
        assert inside <= ceiling_on(end)


def test_linked_firms_are_one_undertaking_through_any_chain() -> None:
    assert undertaking(1, [(1, 2), (3, 2), (4, 5)]) == {1, 2, 3}


def test_parts_of_a_grant_follow_the_first_intensity_that_fits_and_are_rounded_down() -> None:
    call = call_of(SME, intensities=[{"who": SME, "grant": 0.35, "loan": 0.25}, {"grant": 0.25}])
    parties = (
        Party({"size_class": "small"}, Decimal("100.01"), "a"),
        Party({"size_class": "large"}, Decimal("33.33"), "b"),
        Party({}, Decimal(1), "c"),
    )
    small, large, unknown = parts_of(call, "1", Dossier(parties))
    assert small is not None
    assert large is not None
    # .35 x 100.01 = 35.0035 and .25 x 100.01 = 25.0025; .25 x 33.33 = 8.3325
    assert (small.grant_eur, small.loan_eur, small.own_eur) == (Decimal("35.00"), Decimal("25.00"), Decimal("40.01"))
    assert large.grant_eur == Decimal("8.33")
    assert unknown is None


def test_aid_for_the_same_costs_stays_within_the_intensity() -> None:
    assert room_of_costs(Decimal(1000), Decimal("0.5"), [Decimal(200), Decimal("99.99")]) == Decimal("200.01")
    assert room_of_costs(Decimal(1000), Decimal("0.5"), [Decimal(700)]) == 0


@given(
    st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100),
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 1000).map(Decimal), min_size=1, max_size=8),
)
def test_a_sum_is_split_to_the_cent_without_loss(total: Decimal, weights: dict[str, Decimal]) -> None:
    if not sum(weights.values()):
        with pytest.raises(ValueError, match="nothing to split by"):
            split_to_the_cent(total, weights)
        return
    parts = split_to_the_cent(total, weights)
    assert sum(parts.values()) == total
    whole = sum(weights.values())
    assert all(abs(parts[k] - total * weights[k] / whole) < Decimal("0.01") for k in weights)


CRITERIA = (
    Criterion("quality", Words("q", "q"), Decimal(60), Decimal(10), Decimal(6)),
    Criterion("impact", Words("i", "i"), Decimal(40), Decimal(10)),
)
START = datetime(2026, 1, 1, tzinfo=UTC)


def marks(key: int, *scores: tuple[int, int], grant: int = 100) -> Marks:
    given = {i: {"quality": Decimal(q), "impact": Decimal(m)} for i, (q, m) in enumerate(scores)}
    return Marks(key, given, Decimal(grant), START + timedelta(days=key))


def test_applications_are_ranked_by_the_weighted_mean_and_money_ends_at_the_cut() -> None:
    places = rank(CRITERIA, [marks(1, (8, 6)), marks(2, (9, 9), (7, 9)), marks(3, (6, 6))], Decimal(200))
    # 2: quality 8, impact 9: 60 x .8 + 40 x .9 = 84; 1: 60 x .8 + 40 x .6 = 72; 3: 36 + 24 = 60
    assert [(p.application, p.place, p.total, p.outcome) for p in places] == [
        (2, 1, Decimal(84), "funded"), (1, 2, Decimal(72), "funded"), (3, 3, Decimal(60), "reserve"),
    ]  # fmt: skip


def test_equals_share_a_place_and_no_machine_chooses_between_them_where_money_ends() -> None:
    places = rank(CRITERIA, [marks(1, (8, 8)), marks(2, (8, 8)), marks(3, (7, 7))], Decimal(150))
    assert [(p.place, p.tied_with, p.outcome) for p in places] == [
        (1, (2,), "tie"),
        (1, (1,), "tie"),
        (3, (), "reserve"),
    ]


def test_a_criterion_below_its_least_fails_whatever_the_total() -> None:
    places = rank(CRITERIA, [marks(1, (5, 10)), marks(2, (6, 0))], Decimal(1000))
    outcomes = {p.application: (p.outcome, p.fails) for p in places}
    assert outcomes == {1: ("below", ("quality",)), 2: ("funded", ())}


def test_evaluators_far_apart_are_shown_and_missing_scores_keep_it_open() -> None:
    far, missing = marks(1, (10, 10), (6, 2)), Marks(2, {0: {"quality": Decimal(9)}}, Decimal(1), START)
    places = {p.application: p for p in rank(CRITERIA, [far, missing], Decimal(1000))}
    assert places[1].diverges  # 100 against 44
    assert (places[2].outcome, places[2].total) == ("open", None)


def test_nobody_below_is_served_before_those_above() -> None:
    places = rank(CRITERIA, [marks(1, (9, 9), grant=500), marks(2, (7, 7), grant=10)], Decimal(100))
    assert [p.outcome for p in places] == ["reserve", "reserve"]
