"""Vouchers for services: who gets one, what it pays, what is left, and whose pages they are (R026)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from factories import cluster, delegate_of, manager_of, organisation, source
from hypothesis import given
from hypothesis import strategies as st
from services_made import DAY, given_case, service, voucher_scheme

from poliedro.funding.models import AidAward
from poliedro.funding.queries.facts import de_minimis_room
from poliedro.funding.services.grants import record_aid, withdraw_aid
from poliedro.registry.models import Organisation
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.support.models import Case, Feedback, Voucher, VoucherScheme, VoucherUse
from poliedro.support.queries.vouchers import schemes_of, usable_for
from poliedro.support.rules.vouchers import Held, VoucherRefused, paid_part, tied
from poliedro.support.services.vouchers import (
    cancel_voucher,
    close_scheme,
    issue_voucher,
    settle_ended,
    use_voucher,
)

ENGLISH = {"accept-language": "en"}
cents = st.integers(1, 1_000_000).map(lambda n: Decimal(n) / 100)


def scheme(**fields: Any) -> VoucherScheme:
    """EUR 1 000 a voucher, 70% of each price, for two of them, of micro and small firms, for management services."""
    return voucher_scheme(**{"sizes": ["micro", "small"], "kinds": ["management"], **fields})


def firm(name: str = "Molino", size: str = "micro") -> Organisation:
    return organisation(name, size_class=size)


def standing_aid(firm: Organisation) -> list[AidAward]:
    return list(AidAward.objects.filter(organisation=firm, withdrawn_at=None))


def fill_ceiling(firm: Organisation, amount: Decimal) -> None:
    record_aid(
        organisation=firm, regime="de_minimis", amount_eur=amount, granted_on=DAY, measure="Earlier", source=source(),
        by=None,
    )  # fmt: skip


# --- rules ------------------------------------------------------------------------------------------------------------
@given(cents, st.integers(1, 1000), st.lists(cents, max_size=8))
def test_a_voucher_never_pays_more_than_its_face_and_each_price_is_paid_to_the_cent(
    face: Decimal, share: int, prices: list[Decimal]
) -> None:
    left = face
    for price in prices:
        paid = paid_part(price, Decimal(share) / 1000, left)
        assert 0 <= paid <= price
        assert paid == paid.quantize(Decimal("0.01"))
        left -= paid
    assert 0 <= left <= face


def test_a_voucher_that_is_over_ties_only_what_it_paid() -> None:
    good = Held(Decimal(1000), Decimal(300), date(2026, 12, 31))
    late = Held(Decimal(1000), Decimal(300), date(2026, 2, 1))
    gone = Held(Decimal(1000), Decimal(0), date(2026, 12, 31), cancelled=True)
    assert tied([good, late, gone], DAY) == 1000 + 300 + 0


# --- state aid: See Note [A voucher is aid] ---------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_face_of_a_voucher_is_de_minimis_aid_and_a_cancelled_one_counts_with_what_it_paid() -> None:
    held, mill = scheme(), firm()
    one = issue_voucher(scheme=held, organisation=mill, on=DAY, by=None)
    assert [(a.amount_eur, a.granted_on, a.regime) for a in standing_aid(mill)] == [(1000, DAY, "de_minimis")]
    assert de_minimis_room(mill.pk, DAY) == 300_000 - 1000
    use_voucher(voucher=one, step=given_case(mill).steps.get(), price_eur=Decimal(500), today=DAY, by=None)
    cancel_voucher(voucher=one, reason="The firm gave up", on=DAY, by=None)
    assert [a.amount_eur for a in standing_aid(mill)] == [350]  # 70% of 500
    with_linked = organisation("Mother", size_class="micro")
    fill_ceiling(with_linked, Decimal(299_500))
    with pytest.raises(VoucherRefused, match="over_ceiling"):
        issue_voucher(scheme=held, organisation=with_linked, on=DAY, by=None)
    assert not Voucher.objects.filter(organisation=with_linked).exists()
    issue_voucher(scheme=scheme(state_aid="none"), organisation=with_linked, on=DAY, by=None)  # no aid: no register
    assert len(standing_aid(with_linked)) == 1


@pytest.mark.django_db
def test_a_voucher_that_ran_out_counts_with_what_it_paid_also_where_it_was_entered_late() -> None:
    held, mill, other = scheme(), firm(), firm("Forno")
    used, unused = (issue_voucher(scheme=held, organisation=o, on=DAY, by=None) for o in (mill, other))
    late, after = used.valid_to, used.valid_to + timedelta(days=1)
    assert settle_ended(late) == "aid of 0 vouchers that ran out settled"  # its last day: it may still be used
    use_voucher(voucher=used, step=given_case(mill).steps.get(), price_eur=Decimal(500), today=DAY, by=None)
    assert [a.amount_eur for a in standing_aid(mill)] == [1000]
    assert settle_ended(after) == "aid of 2 vouchers that ran out settled"
    assert [a.amount_eur for a in standing_aid(mill)] == [350]  # 70% of 500
    assert standing_aid(other) == []
    assert settle_ended(after) == "aid of 0 vouchers that ran out settled"
    use_voucher(voucher=unused, step=given_case(other).steps.get(), price_eur=Decimal(100), today=after, by=None)
    assert [a.amount_eur for a in standing_aid(other)] == [70]  # given in time, entered later
    withdraw_aid(award=standing_aid(mill)[0], by=None)  # by an officer of the register
    cancel_voucher(voucher=used, reason="The firm gave up", on=after, by=None)
    assert standing_aid(mill) == []


# --- issuing ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_who_asks_first_has_it_and_the_budget_is_never_promised_twice() -> None:
    held = scheme()
    one = issue_voucher(scheme=held, organisation=firm("One"), on=DAY, by=None)
    issue_voucher(scheme=held, organisation=firm("Two"), on=DAY, by=None)
    assert one.valid_to == DAY + timedelta(days=365)
    three = firm("Three")
    with pytest.raises(VoucherRefused, match="budget_is_spent"):  # 500 of 2 500 are left, a voucher is 1 000
        issue_voucher(scheme=held, organisation=three, on=DAY, by=None)
    cancel_voucher(voucher=one, reason="The firm gave up", on=DAY, by=None)
    issue_voucher(scheme=held, organisation=three, on=DAY, by=None)
    with pytest.raises(VoucherRefused, match="has_one"):
        issue_voucher(scheme=held, organisation=three, on=DAY, by=None)


@pytest.mark.django_db
def test_firms_of_another_size_or_of_none_known_and_late_ones_get_none_with_the_reason() -> None:
    held = scheme()
    for size, reason in (("large", "size_not_meant"), ("", "size_not_known")):
        with pytest.raises(VoucherRefused, match=reason):
            issue_voucher(scheme=held, organisation=firm(f"Firm {size}", size), on=DAY, by=None)
    close_scheme(scheme=held, on=DAY, by=None)
    with pytest.raises(VoucherRefused, match="scheme_is_closed"):
        issue_voucher(scheme=held, organisation=firm("Late"), on=DAY, by=None)


# --- using ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_it_pays_its_share_of_what_was_given_and_the_firm_pays_the_rest() -> None:
    client = firm()
    done = given_case(client=client)
    step = done.steps.get()
    voucher = issue_voucher(scheme=scheme(), organisation=client, on=date(2026, 1, 2), by=None)
    assert [v for v, _held in usable_for(step, client)] == [voucher]
    use = use_voucher(voucher=voucher, step=step, price_eur=Decimal("250.00"), today=DAY, by=None)
    assert (use.paid_eur, use.own_eur) == (Decimal("175.00"), Decimal("75.00"))
    (line,) = schemes_of(cluster("agrifood"), DAY)
    assert (line.paid_eur, line.own_eur, line.tied_eur, line.facts.left_eur) == (175, 75, 1000, 1500)
    step.refresh_from_db()
    assert usable_for(step, client) == []
    with pytest.raises(VoucherRefused, match="paid_before"):
        use_voucher(voucher=voucher, step=step, price_eur=Decimal(1), today=DAY, by=None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kinds": ["finance"]}, "service_not_meant"),
        ({"providers": "somebody else"}, "service_not_meant"),
        ({"valid_days": 1}, "voucher_is_over"),
    ],
)
def test_it_pays_only_for_what_the_scheme_means_and_in_its_days(fields: dict[str, Any], reason: str) -> None:
    client = firm()
    step = given_case(client=client).steps.get()
    if "providers" in fields:
        fields = {"providers": [organisation("Another provider", kind="research_body")]}
    voucher = issue_voucher(scheme=scheme(**fields), organisation=client, on=date(2026, 1, 2), by=None)
    with pytest.raises(VoucherRefused, match=reason):
        use_voucher(voucher=voucher, step=step, price_eur=Decimal(100), today=DAY, by=None)
    assert not VoucherUse.objects.exists()


@pytest.mark.django_db
def test_a_voucher_of_another_firm_does_not_pay_and_strangers_may_not_write() -> None:
    step = given_case(client=firm()).steps.get()
    other = firm("Other")
    held = scheme()
    voucher = issue_voucher(scheme=held, organisation=other, on=date(2026, 1, 2), by=delegate_of(other))
    with pytest.raises(VoucherRefused, match="service_not_given"):
        use_voucher(voucher=voucher, step=step, price_eur=Decimal(100), today=DAY, by=None)
    stranger = delegate_of(firm("Stranger"), "stranger@test.example")
    with pytest.raises(NotPermitted):
        issue_voucher(scheme=held, organisation=firm("Third"), on=DAY, by=stranger)
    with pytest.raises(NotPermitted):
        cancel_voucher(voucher=voucher, reason="no", on=DAY, by=manager_of(cluster("mesap")))


# --- pages ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_manager_opens_a_scheme_a_firm_gets_a_voucher_and_it_pays_in_the_case(client: Client) -> None:
    manager = manager_of(cluster("agrifood"))
    client.force_login(manager)
    address = "/clusters/agrifood/services/vouchers/"
    asked = {
        "name_it": "Primi passi", "name_en": "First steps", "description_it": "Senza R&S", "face_eur": "1000",
        "share": "70", "budget_eur": "500", "valid_days": "365", "sizes": ["micro"], "kinds": ["management"],
        "without_rd": "on",
    }  # fmt: skip
    wrong = client.post(address, asked, headers=ENGLISH)
    assert "less than one voucher" in wrong.content.decode()
    assert client.post(address, {**asked, "budget_eur": "5000"}).status_code == 302
    held = VoucherScheme.objects.get()
    bakery = firm("Forno")
    client.force_login(delegate_of(bakery))
    page = client.get("/services/vouchers/", headers=ENGLISH).content.decode()
    assert "70% of each price, EUR 1,000 in all; the firm pays 30%" in page
    client.post(f"/services/vouchers/{held.pk}/for/{bakery.pk}/")
    page = client.get("/services/vouchers/", headers=ENGLISH).content.decode()
    assert "EUR 1,000.00 left of 1,000.00" in page
    assert "It has a voucher of this scheme already." in page
    assert client.get(address).status_code == 403
    voucher = Voucher.objects.get()
    done = given_case(client=bakery, on=voucher.issued_on)
    step = done.steps.get()
    client.force_login(manager)
    case_page = f"/services/cases/{done.pk}/"
    assert "pays 70%, EUR 1,000.00 left" in client.get(case_page, headers=ENGLISH).content.decode()
    paid = {"step": step.pk, f"use-{step.pk}-voucher": voucher.pk, f"use-{step.pk}-price_eur": "200"}
    client.post(f"{case_page}voucher/", paid)
    assert "140.00 by the voucher, 60.00 by the firm" in client.get(case_page, headers=ENGLISH).content.decode()
    assert "EUR 140 paid of a budget of EUR 5,000" in client.get(address, headers=ENGLISH).content.decode()
    one = f"/services/vouchers/issued/{voucher.pk}/"
    assert "Forno: EUR 860.00 left of 1,000.00" in client.get(one, headers=ENGLISH).content.decode()
    client.post(one, {"reason": "The firm closed"})
    assert "The firm closed" in client.get(one, headers=ENGLISH).content.decode()


@pytest.mark.django_db
def test_plan_and_service_lead_to_the_voucher_that_pays_for_them(client: Client) -> None:
    held = service()
    scheme()
    wanted = "A voucher pays 70% of it, up to EUR 1,000"
    asked = {"audience": "micro_small", "wants": "process", "capacity": "nobody", "budget_eur": "", "member": ""}
    assert wanted in client.get("/services/plan/", asked, headers=ENGLISH).content.decode()
    assert (
        wanted not in client.get("/services/plan/", {**asked, "audience": "medium"}, headers=ENGLISH).content.decode()
    )
    assert wanted in client.get(f"/services/{held.pk}/", headers=ENGLISH).content.decode()


@pytest.mark.django_db
def test_a_case_that_was_looked_at_again_leaves_my_work(client: Client) -> None:
    """A follow-up without a next day left its case among what is due for ever."""
    from poliedro.support.queries.cases import needed_of
    from poliedro.support.services.cases import record_follow_up

    manager = manager_of(cluster("agrifood"))
    done = given_case(client=firm())
    Feedback.objects.create(case=done, asked_on=DAY, answered_on=DAY, usefulness=5, promptness=5)
    Case.objects.filter(pk=done.pk).update(
        state="closed", result="partner", follow_up_on=DAY, closed_on=DAY, opened_on=DAY
    )
    later = DAY + timedelta(days=3)
    assert len(needed_of(manager, later).to_look_at) == 1
    done.refresh_from_db()
    record_follow_up(case=done, result="partner", text="", on=later, next_on=None, by=manager)
    assert needed_of(manager, later).to_look_at == []
