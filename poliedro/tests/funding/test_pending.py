"""Aid that was decided and waits for its signature binds what is awarded beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from calls_made import TODAY, firm, opened
from django.test import Client
from factories import officer, source
from funding_aid import aided, de_minimis, granted
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.models import AidAward, Call, Contract
from poliedro.funding.rules.aid import Award, OverCeiling, check_award
from poliedro.funding.rules.thresholds import (
    BesidePending,
    OverThreshold,
)
from poliedro.funding.services.contracts import draw_contract, sign_contract
from poliedro.funding.services.grants import assign_cup
from poliedro.funding.services.lowering import lower_grant
from poliedro.registry.models import GroupLink

ENGLISH: dict[str, Any] = {"headers": {"accept-language": "en"}}
DAYS: dict[str, Any] = {"starts_on": TODAY, "ends_on": date(2028, 6, 1), "sign_by": date(2026, 7, 1), "today": TODAY}

steps = st.lists(st.tuples(st.sampled_from(("decide", "award", "sign")), st.integers(1, 20_000_000)), max_size=14)


@given(steps)
def test_in_any_order_what_is_let_through_leaves_room_for_all_that_is_pending(todo: list[tuple[str, int]]) -> None:
    """To the cent. Decisions alone are not held back: they can be lowered; what is awarded beside them is."""
    ceiling = Decimal(300_000)
    held: list[Award] = []
    pending: list[Award] = []
    for act, cents in todo:
        award = Award(TODAY, Decimal(cents) / 100)
        if act == "decide":
            pending.append(award)
            continue
        if act == "sign":
            if not pending:
                continue
            award = pending.pop(cents % len(pending))
        together = sum((a.amount_eur for a in (*held, *pending, award)), Decimal(0))
        try:
            check_award(held, award, pending)
        except BesidePending:
            assert together > ceiling
            assert sum((a.amount_eur for a in (*held, award)), Decimal(0)) <= ceiling
        except OverCeiling:
            assert sum((a.amount_eur for a in (*held, award)), Decimal(0)) > ceiling
        else:
            assert together <= ceiling
            held.append(award)
    assert sum((a.amount_eur for a in held), Decimal(0)) <= ceiling


@given(st.lists(st.integers(1, 30_000_000), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_what_was_let_through_beside_pending_aid_is_signed_in_any_order(cents: list[int], order: Any) -> None:
    pending = [Award(TODAY, Decimal(c) / 100) for c in cents]
    award = Award(TODAY, Decimal("1000.01"))
    try:
        check_award([], award, pending)
    except BesidePending:
        return
    held = [award]
    order.shuffle(pending)
    while pending:
        signed = pending.pop()
        check_award(held, signed, pending)
        held.append(signed)


def test_pending_aid_binds_only_within_three_years_of_its_decision() -> None:
    old = Award(date(2022, 1, 1), Decimal(150_000))
    pending = [Award(TODAY, Decimal(100_000))]
    check_award([], old, pending)  # ceiling of 2022: 200 000; on TODAY it is more than three years past
    with pytest.raises(BesidePending, match=r"200000\.00 EUR are left beside it"):
        check_award([], Award(TODAY, Decimal("200000.01")), [Award(TODAY, Decimal("100000.00"))])


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_decisions_that_do_not_fit_together_none_is_signed_without_a_reason(call: Call, first: int) -> None:
    opened(de_minimis(call))
    body, sister = firm("Beta"), firm("Gamma")
    GroupLink.objects.create(parent=body, child=sister, share=Decimal("0.6"), source=source(), certainty="reported")
    both = [granted(call, body, "200000"), granted(call, sister, "100000.50")]
    drawn = []
    for number, made in enumerate(both, 1):
        assign_cup(application=made, cup=f"J26D0000000000{number}", by=None)
        one = draw_contract(application=made, by=None, **DAYS)
        sign_contract(contract=one, organisation=made.organisation, by=None, today=TODAY)
        drawn.append(one)
    region: dict[str, Any] = {"organisation": None, "by": None, "today": TODAY}
    with pytest.raises(BesidePending, match="fit under the de minimis ceiling alone"):
        sign_contract(contract=drawn[first], **region)
    with pytest.raises(BesidePending):
        sign_contract(contract=drawn[1 - first], **region)
    assert not AidAward.objects.exists()
    sign_contract(contract=drawn[first], **region, pending_reason="Gives it back")
    assert AidAward.objects.get().pending_reason == "Gives it back"
    with pytest.raises(OverCeiling):  # the ceiling itself yields to no reason
        sign_contract(contract=drawn[1 - first], **region, pending_reason="Gives it back")
    lower = both[1 - first]
    left = 300_000 - AidAward.objects.get().amount_eur
    lower_grant(application=lower, organisation=lower.organisation, grant_eur=left, why="x", by=None, today=TODAY)
    again = draw_contract(application=lower, by=None, **DAYS)
    sign_contract(contract=again, organisation=lower.organisation, by=None, today=TODAY)
    sign_contract(contract=again, **region, pending_reason="not needed")
    assert sum(a.amount_eur for a in AidAward.objects.all()) == 300_000
    assert AidAward.objects.get(application=lower).pending_reason == "", "kept only where it was needed"


def test_an_officer_states_on_the_page_why_pending_aid_falls_away(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    granted(call, body, "250000")
    client.force_login(officer("funding_officer"))
    page = f"/organisations/{body.pk}/aid/"
    award = {"regime": "de_minimis", "amount_eur": "50000.01", "granted_on": TODAY.isoformat(), "measure": "V"}
    shown = client.post(page, award, **ENGLISH).text
    assert "fit under the de minimis ceiling alone" in shown
    assert "state why it falls away" in shown
    assert not AidAward.objects.exists()
    assert client.post(page, {**award, "pending_reason": "Withdrawn by letter"}, **ENGLISH).status_code == 302
    assert "Withdrawn by letter" in client.get(page, **ENGLISH).text


def test_a_reason_is_asked_for_where_the_firm_had_another_group_on_the_day_of_the_award(
    client: Client, call: Call
) -> None:
    opened(de_minimis(call))
    body, sister = firm("Beta"), firm("Gamma")
    granted(call, sister, "250000")
    GroupLink.objects.create(
        parent=sister, child=body, share=Decimal(1), valid_from=date(2020, 1, 1), valid_to=TODAY, source=source(),
        certainty="reported",
    )  # fmt: skip
    client.force_login(officer("funding_officer"))
    page = f"/organisations/{body.pk}/aid/"
    assert 'name="pending_reason"' not in client.get(page).text
    award = {"regime": "de_minimis", "amount_eur": "50000.01", "granted_on": "2026-05-01", "measure": "V"}
    shown = client.post(page, award, **ENGLISH).text
    assert "state why it falls away" in shown
    assert 'name="pending_reason"' in shown
    client.post(page, {**award, "pending_reason": "Sold since"}, **ENGLISH)
    assert AidAward.objects.get().pending_reason == "Sold since"


def test_who_signs_for_the_region_is_asked_for_the_reason_where_only_pending_aid_binds(
    client: Client, call: Call
) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    granted(call, body, "250000")
    made = granted(call, body, "60000")
    assign_cup(application=made, cup="J26D00000000001", by=None)
    drawn = draw_contract(application=made, by=None, **DAYS)
    sign_contract(contract=drawn, organisation=body, by=None, today=TODAY)
    client.force_login(officer("funding_officer"))
    page = client.get(f"/applications/{made.pk}/contract/", **ENGLISH).text
    assert "Why the aid that waits for a signature falls away" in page
    drawn.refresh_from_db()
    sign = f"/applications/{made.pk}/contract/{drawn.number}/sign/"
    Contract.objects.filter(pk=drawn.pk).update(sign_by=date(2099, 1, 1))
    assert "state why it falls away" in client.post(sign, follow=True, **ENGLISH).text
    done = client.post(sign, {"pending_reason": "The firm gave it back"}, follow=True, **ENGLISH).text
    assert "the contract is in force" in done
    assert AidAward.objects.get().pending_reason == "The firm gave it back"


def test_exempted_aid_that_waits_for_its_signature_binds_too(call: Call) -> None:
    opened(de_minimis(call, 10_000_000, regime="gber", aid_category="start_up"))
    body = firm("Beta")
    granted(call, body, "450000")
    with pytest.raises(BesidePending, match=r"50000\.00 EUR are left beside it"):
        aided(body, "50000.01", "gber", category="start_up")
    aided(body, "50000", "gber", category="start_up")
    aided(body, "100", "gber", category="training")  # another point, another project
    aided(body, "0.01", "gber", category="start_up", pending_reason="Revoked next week")
    with pytest.raises(OverThreshold):
        aided(body, "450000", "gber", category="start_up", pending_reason="x")
