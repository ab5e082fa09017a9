"""What a loan or a guarantee is worth as a grant, with worked examples calculated by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from calls_made import CRITERIA, RULES, TODAY, firm, handed_in, opened
from django.test import Client
from django.utils import timezone
from factories import officer
from funding_drafts import SME, raw_call
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.models import AidAward, AidRate, Application, Call, Measure, Milestone
from poliedro.funding.queries.equivalents import loan_aid, worth_as_share, worth_at_market
from poliedro.funding.queries.shortfalls import pending_aid, shortfalls
from poliedro.funding.rules.document import InvalidCall, read_call
from poliedro.funding.rules.equivalent import (
    Limit,
    NoEquivalent,
    Terms,
    equivalent_of,
    guarantee_steps,
    loan_steps,
    owed,
    share_of_ceiling,
)
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.calls import create_call, save_version
from poliedro.funding.services.contracts import draw_contract, sign_contract
from poliedro.funding.services.grants import assign_cup, record_aid
from poliedro.funding.services.lowering import lower_grant
from poliedro.funding.services.rates import enter_rate, enter_shipped

ENGLISH: dict[str, Any] = {"headers": {"accept-language": "en"}}
LIMITS = [Limit(Decimal(1_500_000), 5), Limit(Decimal(750_000), 10)]
CEILING = Decimal(300_000)


def terms(amount: int = 100_000, months: int = 24, percent: str = "0", grace: int = 0, every: int = 12) -> Terms:
    return Terms(Decimal(amount), months, Decimal(percent), grace, every)


# --- by the market's price --------------------------------------------------------------------------------------------
def test_a_loan_of_two_years_by_hand() -> None:
    """100 000 over 2 years in equal yearly parts, free of interest; reference 6%, discount 3%.

    Year 1: 100 000 x 6% = 6 000, at its end worth 6 000 / 1.03 = 5 825.2427
    Year 2:  50 000 x 6% = 3 000, worth 3 000 / 1.0609 = 2 827.7877; together 8 653.03
    """
    steps = loan_steps(terms(), Decimal(6), Decimal(3))
    assert [(s.owed_eur, s.aid_eur) for s in steps] == [(100_000, 6_000), (50_000, 3_000)]
    assert equivalent_of(steps) == Decimal("8653.03")


def test_a_loan_with_grace_paid_twice_a_year_by_hand() -> None:
    """60 000 over 18 months, 6 of grace, every 6 months, at 1%; reference 5%, discount 3%: 4% a year, 2% a half.

    60 000, 60 000, 30 000 owed: aid 1 200, 1 200, 600
    1 200 / 1.03^.5 + 1 200 / 1.03 + 600 / 1.03^1.5 = 1 182.3951 + 1 165.0485 + 573.9782 = 2 921.42
    """
    steps = loan_steps(terms(60_000, 18, "1", 6, 6), Decimal(5), Decimal(3))
    assert [s.owed_eur for s in steps] == [60_000, 60_000, 30_000]
    assert equivalent_of(steps) == Decimal("2921.42")


def test_a_guarantee_by_hand() -> None:
    """80 000 guaranteed over 2 years, premium paid .8% where 3.8% holds no aid; due at the beginning of each year.

    Year 1: 80 000 x 3% = 2 400, worth 2 400; year 2: 40 000 x 3% = 1 200, worth 1 200 / 1.03 = 1 165.05
    """
    assert equivalent_of(guarantee_steps(terms(80_000, 24, ".8"), Decimal("3.8"), Decimal(3))) == Decimal("3565.05")


def test_who_pays_the_market_s_price_or_more_gets_no_aid() -> None:
    assert equivalent_of(loan_steps(terms(percent="6"), Decimal(6), Decimal(3))) == 0
    assert equivalent_of(loan_steps(terms(percent="9"), Decimal(6), Decimal(3))) == 0


@given(st.integers(1, 10_000_000), st.integers(1, 40), st.integers(0, 39), st.integers(0, 900), st.integers(0, 900))
def test_aid_grows_with_what_is_spared_and_is_never_above_all_interest(
    cents: int, periods: int, grace: int, paid: int, more: int
) -> None:
    grace = min(grace, periods - 1)
    lent = Terms(Decimal(cents) / 100, periods * 6, Decimal(paid) / 100, grace * 6, 6)
    reference = lent.percent + Decimal(more) / 100
    steps = loan_steps(lent, reference, Decimal(3))
    worth = equivalent_of(steps)
    assert sum(owed(lent)[:1]) == lent.amount_eur
    assert 0 <= worth <= sum((s.aid_eur for s in steps), Decimal(0)) + Decimal("0.01")
    assert equivalent_of(loan_steps(lent, reference + 1, Decimal(3))) >= worth


def test_terms_that_do_not_divide_are_refused_with_a_remedy() -> None:
    with pytest.raises(NoEquivalent, match="choose another rhythm"):
        owed(terms(months=25))
    with pytest.raises(NoEquivalent, match="leave no time to repay"):
        owed(terms(months=24, grace=24))
    with pytest.raises(NoEquivalent, match="correct the terms"):
        owed(terms(amount=0))


# --- as a share of the ceiling ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "months", "worth"),
    [
        (1_500_000, 60, "300000.00"),
        (750_000, 120, "300000.00"),
        (500_000, 36, "60000.00"),  # 300 000 x (500 000 / 1 500 000) x (36 / 60)
        (100_000, 84, "28000.00"),  # 300 000 x (100 000 / 750 000) x (84 / 120)
    ],
)
def test_a_loan_counts_as_its_part_of_the_ceiling(amount: int, months: int, worth: str) -> None:
    assert share_of_ceiling(Decimal(amount), months, LIMITS, CEILING) == Decimal(worth)


@pytest.mark.parametrize(("amount", "months"), [(1_500_001, 60), (750_001, 61), (1000, 121)])
def test_beyond_the_limits_there_is_no_share(amount: int, months: int) -> None:
    with pytest.raises(NoEquivalent, match="work it out by the market's price"):
        share_of_ceiling(Decimal(amount), months, LIMITS, CEILING)


# --- with the rates of the day ----------------------------------------------------------------------------------------
def test_shipped_rates_are_there_again_after_a_migrate_and_once(db: None) -> None:
    n = AidRate.objects.count()
    enter_shipped()
    assert AidRate.objects.count() == n
    AidRate.objects.all().delete()
    enter_shipped()
    assert AidRate.objects.count() == n > 0


def test_rates_are_those_of_the_day_and_a_missing_one_is_named(db: None) -> None:
    """Base 2.19 and margin 4.00: reference 6.19; discount 3.19. 6 190 / 1.0319 + 3 095 / 1.0319^2 = 8 905.24."""
    worked = worth_at_market("loan", terms(), "new", "low", TODAY)
    assert worked.equivalent_eur == Decimal("8905.24")
    assert [r["percent"] for r in worked.basis["rates"]] == ["2.190", "1.000", "4.000"]
    # 6 210 / 1.0321 + 3 105 / 1.0321^2 = 8 931.72
    assert worth_at_market("loan", terms(), "new", "low", date(2025, 12, 31)).equivalent_eur == Decimal("8931.72")
    with pytest.raises(NoEquivalent, match="no rate is recorded for 2025-06-30: base"):
        worth_at_market("loan", terms(), "new", "low", date(2025, 6, 30))
    with pytest.raises(NoEquivalent, match="premium, strong"):
        worth_at_market("guarantee", terms(), "strong", "", TODAY)


def test_a_new_base_rate_ends_the_one_before_and_needs_a_later_day_and_a_source(db: None) -> None:
    made = enter_rate(kind="base", percent=Decimal("2.5"), valid_from=date(2026, 9, 1), reference="C/2026/1", by=None)
    before = AidRate.objects.get(kind="base", valid_from=date(2026, 1, 1))
    assert before.valid_to == made.valid_from
    with pytest.raises(NotAllowed, match="a new one holds from a later day"):
        enter_rate(kind="base", percent=Decimal(2), valid_from=date(2026, 9, 1), reference="x", by=None)
    with pytest.raises(NotAllowed, match="a rate has a source"):
        enter_rate(kind="base", percent=Decimal(2), valid_from=date(2026, 10, 1), reference=" ", by=None)
    for wrong in ({"kind": "base", "rating": "weak"}, {"kind": "margin", "rating": "weak"},
                  {"kind": "premium", "rating": "weak"}):  # fmt: skip
        with pytest.raises(NotAllowed, match="choose them so"):
            enter_rate(percent=Decimal(2), valid_from=date(2026, 10, 1), reference="x", by=None, **wrong)


def test_a_share_needs_collateral_or_a_guarantee_that_is_not_too_large(db: None) -> None:
    half = worth_as_share("loan", terms(500_000, 36), Decimal(50), TODAY)
    assert half.equivalent_eur == 60_000
    for instrument, cover in (("loan", Decimal("49.9")), ("loan", None), ("guarantee", Decimal("80.1"))):
        with pytest.raises(NoEquivalent, match="work it out by the market's price"):
            worth_as_share(instrument, terms(500_000, 36), cover, TODAY)
    # 300 000 x (562 500 / 1 125 000) x (96 / 120)
    assert worth_as_share("guarantee", terms(562_500, 96), Decimal(80), TODAY).equivalent_eur == 120_000


def test_an_officer_works_a_loan_out_and_records_it_with_its_terms(client: Client, db: None) -> None:
    body = firm("Beta")
    client.force_login(officer("funding_officer"))
    page = f"/organisations/{body.pk}/aid/equivalent/"
    asked = {
        "instrument": "loan", "way": "market", "lent_eur": "100000", "months": "24", "grace_months": "0", "every": "12",
        "percent": "0", "rating": "new", "collateral": "low", "regime": "de_minimis", "granted_on": TODAY.isoformat(),
        "measure": "Fund", "do": "work",
    }  # fmt: skip
    shown = client.post(page, asked, **ENGLISH).text
    assert "The aid in it is EUR 8,905.24" in shown
    assert not AidAward.objects.exists(), "working out records nothing"
    wrong = client.post(page, {**asked, "rating": "aaa"}, **ENGLISH)
    assert wrong.status_code == 422
    assert "not of this instrument" in wrong.text
    share = {**asked, "way": "share", "cover": "40"}
    assert "work it out by the market" in client.post(page, share, **ENGLISH).text
    assert "for de minimis aid only" in client.post(page, {**share, "regime": "gber"}, **ENGLISH).text
    changed = client.post(page, {**asked, "months": "36", "do": "record", "shown_eur": "8905.24"}, **ENGLISH)
    assert "the aid is now what stands above" in changed.text
    assert not AidAward.objects.exists(), "another amount than the button said is not recorded"
    record = {**asked, "do": "record", "shown_eur": "8905.24"}
    assert 'name="shown_eur" value="8905.24"' in shown
    assert client.post(page, record, **ENGLISH).status_code == 302
    award = AidAward.objects.get()
    assert (award.amount_eur, award.basis["percent"]) == (Decimal("8905.24"), "0")
    assert (
        "loan of EUR 100,000.00 over 24 months at 0.00%" in client.get(f"/organisations/{body.pk}/aid/", **ENGLISH).text
    )
    over = {**asked, "lent_eur": "4000000", "do": "record", "shown_eur": "356209.77"}
    assert "passes the de minimis ceiling" in client.post(page, over, **ENGLISH).text
    dear = {**asked, "percent": "9", "do": "record", "shown_eur": "0.00"}
    assert "there is no aid to record" in client.post(page, dear, **ENGLISH).text


def test_the_page_of_rates_says_the_base_rate_and_takes_the_next(client: Client, db: None) -> None:
    client.force_login(officer("funding_officer"))
    assert "The base rate is 2.19% since" in client.get("/desk/aid-rates/", **ENGLISH).text
    today = timezone.localdate()
    new = {"kind": "base", "percent": "2.405", "valid_from": today, "reference": "C/2026/9", "confirmed": "text"}
    assert "The base rate is 2.405% since" in client.post("/desk/aid-rates/", new, follow=True, **ENGLISH).text
    assert "a later day" in client.post("/desk/aid-rates/", new, **ENGLISH).text
    ahead = {**new, "percent": "1.9", "valid_from": today + timedelta(days=1)}
    entered = client.post("/desk/aid-rates/", ahead, follow=True, **ENGLISH).text
    assert "1.90%" in entered
    assert "The base rate is 2.405% since" in entered, "one entered ahead does not hold yet"
    client.force_login(officer("regional_officer"))
    assert "Enter a rate" not in client.get("/desk/aid-rates/", **ENGLISH).text


# --- in a call --------------------------------------------------------------------------------------------------------
LOANS = {"months": 24, "every": 12, "percent": 0, "rating": "new", "collateral": "low"}


@pytest.fixture
def lending(measure: Measure) -> Call:
    raw = raw_call(*RULES, criteria=CRITERIA, intensities=[{"who": SME, "grant": 0.4, "loan": 0.5}],
                   regime="de_minimis", loan_terms=LOANS)  # fmt: skip
    raw["lines"] = [{**raw["lines"][0], "budget_eur": 1_000_000}]
    return create_call(measure=measure, document=raw, source=measure.source, by=None)


def granted(call: Call, name: str) -> Application:
    made = handed_in(call, firm(name), 200_000)  # 80 000 granted, 100 000 lent
    Application.objects.filter(pk=made.pk).update(state="granted")
    made.refresh_from_db()
    made.decisions.create(
        outcome="granted", grant_eur=Decimal(80_000), loan_eur=Decimal(100_000), reasons="x", decided_on=TODAY
    )
    Milestone.objects.create(application=made, title="M", due_on=date(2027, 1, 1))
    return made


def test_the_aid_in_a_call_s_loan_counts_with_its_grant(client: Client, lending: Call) -> None:
    opened(lending)
    made = granted(lending, "Beta")
    (waits,) = pending_aid([made.organisation_id])
    assert waits.amount_eur == Decimal("88905.24")  # 80 000 + 8 905.24
    assign_cup(application=made, cup="J26D00000000001", by=None)
    drawn = draw_contract(
        application=made, by=None, today=TODAY, starts_on=TODAY, ends_on=date(2028, 6, 1), sign_by=date(2026, 7, 1)
    )
    assert drawn.terms["parties"][0]["loan_aid_eur"] == "8905.24"
    client.force_login(officer("funding_officer"))
    assert "Aid in the loan, EUR" in client.get(f"/applications/{made.pk}/contract/", **ENGLISH).text
    sign_contract(contract=drawn, organisation=made.organisation, by=None, today=TODAY)
    sign_contract(contract=drawn, organisation=None, by=None, today=TODAY)
    assert AidAward.objects.get().amount_eur == Decimal("88905.24")


def test_what_a_contract_froze_is_what_waits_and_nothing_is_left_over_when_it_is_signed(lending: Call) -> None:
    """The base rate falls to 1.00 between decision and contract: reference 5, discount 2.

    5 000 / 1.02 + 2 500 / 1.02^2 = 7 304.88
    """
    opened(lending)
    made = granted(lending, "Beta")
    assign_cup(application=made, cup="J26D00000000001", by=None)
    later = TODAY + timedelta(days=1)
    enter_rate(kind="base", percent=Decimal(1), valid_from=later, reference="x", by=None)
    drawn = draw_contract(
        application=made, by=None, today=later, starts_on=later, ends_on=date(2028, 6, 1), sign_by=date(2026, 7, 1)
    )
    assert [p.amount_eur for p in pending_aid([made.organisation_id])] == [Decimal("87304.88")]
    for party in (made.organisation, None):
        sign_contract(contract=drawn, organisation=party, by=None, today=later)
    assert AidAward.objects.get().amount_eur == Decimal("87304.88")
    assert pending_aid([made.organisation_id]) == [], "1 600.36 EUR that nobody will sign waited for ever"


def test_lowering_to_what_is_left_leaves_room_for_the_loan(client: Client, lending: Call) -> None:
    opened(lending)
    made = granted(lending, "Beta")
    record_aid(
        organisation=made.organisation, regime="de_minimis", amount_eur=Decimal(250_000), granted_on=TODAY,
        measure="m", source=lending.measure.source, by=None, pending_reason="x",
    )  # fmt: skip
    (found,) = shortfalls(made, TODAY)
    assert (found.grant_eur, found.room_eur) == (Decimal("88905.24"), Decimal(50_000))
    client.force_login(officer("funding_officer"))
    page = client.get(f"/applications/{made.pk}/contract/", **ENGLISH).text
    assert "EUR 8,905.24 of the grant are what its loan is worth as one" in page
    assert 'value="41094.76"' in page  # 50 000 - 8 905.24
    lower_grant(
        application=made, organisation=made.organisation, grant_eur=Decimal("41094.76"), why="x", by=None, today=TODAY
    )
    assert shortfalls(made, TODAY) == []


def test_a_call_that_does_not_say_its_terms_says_that_its_loans_are_not_counted(client: Client, lending: Call) -> None:
    raw = {k: v for k, v in lending.versions.get().document.items() if k != "loan_terms"}
    save_version(call=lending, document=raw, note="", by=None)
    client.force_login(officer("funding_officer"))
    assert "it lends, and does not say" in client.get("/desk/calls/test/", **ENGLISH).text.casefold()
    opened(lending)
    made = granted(lending, "Beta")
    assert loan_aid(made.version.rules, Decimal(100), TODAY) is None
    assert "What the loan is worth as a grant is not known" in client.get(f"/applications/{made.pk}/", **ENGLISH).text


def test_terms_of_loans_are_stated_in_a_form_and_read_back(client: Client, lending: Call) -> None:
    client.force_login(officer("funding_officer"))
    page = "/desk/calls/test/loans/"
    said = {
        "months": "60",
        "grace_months": "12",
        "every": "6",
        "percent": "0.5",
        "rating": "weak",
        "collateral": "high",
    }
    assert client.post(page, {**said, "months": "61"}, **ENGLISH).status_code == 422
    assert client.post(page, said, **ENGLISH).status_code == 302
    stated = lending.versions.get().rules.loan_terms
    assert stated is not None
    assert (stated.terms.months, stated.terms.percent, stated.rating) == (60, Decimal("0.5"), "weak")


def test_terms_that_say_nothing_are_refused() -> None:
    for wrong in ("soft", {"months": 7, "every": 6}, {"months": -1}):
        with pytest.raises(InvalidCall, match=r"loan_terms|months"):
            read_call(raw_call(SME, loan_terms=wrong))
