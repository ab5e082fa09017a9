"""Size class after Recommendation 2003/361/EC; a linked parent flips it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from factories import organisation, source

from poliedro.registry.models import FinancialStatement, GroupLink
from poliedro.registry.rules.sizes import (
    Accounts,
    Holding,
    SizeClass,
    class_of_year,
    consolidated,
    counted,
    is_publicly_held,
    size_class,
)
from poliedro.registry.services.sizes import assess_sizes, size_on
from poliedro.shared.dated import Moment

MICRO, SMALL, MEDIUM, LARGE = SizeClass


def accounts(persons: int | None, turnover: int | None = None, assets: int | None = None) -> Accounts:
    return Accounts(*(None if v is None else Decimal(v) for v in (persons, turnover, assets)))


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (accounts(9, 2_000_000, 9_000_000), MICRO),
        (accounts(10, 2_000_000), SMALL),
        (accounts(9, 2_000_001, 2_000_001), SMALL),
        (accounts(49, 10_000_000), SMALL),
        (accounts(249, 50_000_001, 43_000_000), MEDIUM),
        (accounts(249, 50_000_001, 43_000_001), LARGE),
        (accounts(250, 1, 1), LARGE),
        (accounts(None, 1_000), None),
        (accounts(5), None),
    ],
)
def test_class_of_a_year_needs_persons_and_one_of_two_amounts(figures: Accounts, expected: SizeClass | None) -> None:
    assert class_of_year(figures) == expected


def test_one_year_beyond_the_ceiling_changes_nothing_and_two_do() -> None:
    assert size_class([SMALL, SMALL, MEDIUM]) == SMALL
    assert size_class([SMALL, SMALL, MEDIUM, MEDIUM]) == MEDIUM
    assert size_class([SMALL, MEDIUM, SMALL, MEDIUM]) == SMALL
    assert size_class([None, None]) is None


def test_linked_firms_count_in_full_and_partners_by_share() -> None:
    figures = {1: accounts(5, 100), 2: accounts(100, 1000), 3: accounts(40, 400), 4: accounts(1000, 9999)}
    links = [Holding(2, 1, Decimal("0.6")), Holding(3, 2, Decimal("0.25")), Holding(4, 1, Decimal("0.2"))]
    # 5 + 100 in full + 25% of 40; the 20% holder is neither linked nor partner
    assert consolidated(1, figures, links).persons == 5 + 100 + Decimal("0.25") * 40


def test_partner_counts_with_the_firms_linked_to_it() -> None:
    figures = {1: accounts(5, 100), 2: accounts(40, 400), 3: accounts(200, 400)}
    links = [Holding(2, 1, Decimal("0.3")), Holding(2, 3, Decimal("0.9"))]
    # article 6(3): 30% of the partner and of all that is linked to the partner
    assert consolidated(1, figures, links).persons == 5 + Decimal("0.3") * (40 + 200)


def test_holdings_of_linked_firms_in_one_partner_add_up() -> None:
    figures = {1: accounts(5, 100), 2: accounts(10, 100), 3: accounts(100, 400)}
    links = [Holding(1, 2, Decimal(1)), Holding(1, 3, Decimal("0.15")), Holding(2, 3, Decimal("0.15"))]
    assert consolidated(1, figures, links).persons == 5 + 10 + Decimal("0.3") * 100
    links = [Holding(1, 2, Decimal(1)), Holding(1, 3, Decimal("0.3")), Holding(2, 3, Decimal("0.3"))]
    assert consolidated(1, figures, links).persons == 5 + 10 + 100


def test_sister_firms_under_one_parent_are_linked() -> None:
    figures = {1: accounts(5, 100), 2: accounts(1, 1), 3: accounts(300, 100)}
    links = [Holding(2, 1, Decimal(1)), Holding(2, 3, Decimal(1))]
    assert consolidated(1, figures, links).persons == 306


def test_dominant_influence_links_whatever_the_share() -> None:
    figures = {1: accounts(5, 100), 2: accounts(300, 100)}
    assert consolidated(1, figures, [Holding(2, 1, Decimal("0.1"), dominant=True)]).persons == 305


@pytest.mark.django_db
def test_small_firm_turns_large_on_the_day_its_parent_is_linked() -> None:
    facts = {"source": source(), "certainty": "official"}
    firm, parent = organisation("Piccola S.r.l."), organisation("Grande S.p.A.")
    for year in (2017, 2018, 2019):
        for body, persons in ((firm, 20), (parent, 900)):
            FinancialStatement.objects.create(
                organisation=body,
                year=year,
                persons=persons,
                turnover_eur=persons * 100_000,
                valid_from=date(year, 1, 1),
                **facts,
            )
    GroupLink.objects.create(parent=parent, child=firm, share="0.80000", valid_from=date(2020, 3, 1), **facts)
    assert size_on(firm, Moment(date(2020, 2, 29))) == "small"
    assert size_on(firm, Moment(date(2020, 3, 1))) == "large"
    assert assess_sizes(moment=Moment(date(2020, 3, 1))) == 2
    firm.refresh_from_db()
    assert firm.size_class == "large"


def test_investor_without_control_leaves_a_firm_its_own() -> None:
    fund, controlled = Holding(2, 1, Decimal("0.4")), Holding(2, 1, Decimal("0.4"), dominant=True)
    assert counted([fund], passive={2}) == []
    assert counted([controlled], passive={2}) == [controlled]
    assert counted([fund], passive=set()) == [fund]


def test_quarter_in_public_hands_directly_jointly_or_through_a_parent_makes_a_firm_large() -> None:
    joint = [Holding(8, 1, Decimal("0.15")), Holding(9, 1, Decimal("0.10"))]
    assert is_publicly_held(1, joint, public={8, 9})
    assert not is_publicly_held(1, joint, public={8})
    through = [Holding(2, 1, Decimal("0.7")), Holding(9, 2, Decimal("0.3"))]
    assert is_publicly_held(1, through, public={9})
    assert not is_publicly_held(1, [Holding(2, 1, Decimal("0.3")), Holding(9, 2, Decimal("0.3"))], public={9})
    assert not is_publicly_held(1, [Holding(1, 9, Decimal("0.9"))], public={9})  # what the firm holds is no matter


@pytest.mark.django_db
def test_owner_s_kind_decides_the_class() -> None:
    day = Moment(date(2021, 6, 1))
    firm, fund, town = organisation("Alfa"), organisation("Fund", "investor"), organisation("Town", "public_authority")
    for owner, persons in ((firm, 5), (fund, 900)):
        FinancialStatement.objects.create(
            organisation=owner, year=2020, persons=persons, turnover_eur=1000, source=source(), certainty="reported"
        )
    assert size_on(firm, day) == "micro"
    held = {"valid_from": date(2010, 1, 1), "source": source(), "certainty": "reported"}
    GroupLink.objects.create(parent=fund, child=firm, share=Decimal("0.4"), **held)
    assert size_on(firm, day) == "micro"
    GroupLink.objects.create(parent=town, child=firm, share=Decimal("0.25"), **held)
    assert size_on(firm, day) == "large"
