"""Contracts after the decision: terms to the cent, signatures, aid, payments, revoked grants and the reserve list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from factories import delegate_of, officer, organisation, source
from funding_drafts import SME, WORDS, raw_call
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.models import (
    AidAward,
    Application,
    Call,
    Contract,
    Decision,
    Measure,
    Milestone,
    Partner,
    Programme,
    Ranking,
)
from poliedro.funding.queries.contracts import freed_budget
from poliedro.funding.rules.aid import OverCeiling, part_of
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.services.applications import move_application, set_partner
from poliedro.funding.services.calls import create_call, publish_version
from poliedro.funding.services.contracts import (
    decline_contract,
    draw_contract,
    end_contract,
    grant_from_reserve,
    revoke_grant,
    sign_contract,
)
from poliedro.funding.services.grants import assign_cup, claim_cost, reach_milestone, record_aid, settle_claim
from poliedro.registry.models import GroupLink, Organisation

TODAY = date(2026, 6, 1)
CUP = "J26D00000000001"
DAYS = {"starts_on": TODAY, "ends_on": date(2028, 6, 1), "sign_by": date(2026, 7, 1)}


@pytest.fixture
def call(db: None) -> Call:
    kept = source("region")
    programme = Programme.objects.create(
        key="p", name_it="P", name_en="P", authority="R", source=kept, certainty="reported"
    )
    measure = Measure.objects.create(
        programme=programme, key="m", name_it="M", name_en="M", instrument="grant", valid_from=date(2020, 1, 1),
        source=kept, certainty="reported",
    )  # fmt: skip
    raw = raw_call(SME, intensities=[{"who": SME, "grant": 0.7}], regime="de_minimis", criteria=[
        {"key": "team", "text": WORDS, "weight": 100, "most": 10}])  # fmt: skip
    made = create_call(measure=measure, document=raw, source=kept, by=None)
    publish_version(version=made.versions.get(), by=None, window_reason="By arrival", opens_on=date(2026, 1, 1))
    made.refresh_from_db()
    made.lines.update(budget_eur=Decimal(300_000))
    return made


def body(name: str) -> Organisation:
    return organisation(name, size_class="small")


def decided(call: Call, costs: dict[str, str], state: str = "granted", grant: str | None = None) -> Application:
    """An application of these parties (the first leads), with its decision: .7 of each cost."""
    bodies = {name: body(name) for name in costs}
    line = call.lines.get()
    made = Application.objects.create(
        line=line, version=call.versions.get(), organisation=next(iter(bodies.values())), title="Pilot", state=state,
        submitted_at=timezone.now(),
    )  # fmt: skip
    for name, cost in costs.items():
        Partner.objects.create(
            application=made, organisation=bodies[name], cost_eur=Decimal(cost), agreed_at=timezone.now(),
            is_lead=bodies[name] == made.organisation,
        )  # fmt: skip
    if state == "granted":
        eur = Decimal(grant) if grant else sum(part_of(Decimal("0.7"), Decimal(c), Decimal(1)) for c in costs.values())
        Decision.objects.create(
            application=made, outcome="granted", grant_eur=eur, reasons="80/100, #1", decided_on=date(2026, 5, 20)
        )
        Milestone.objects.create(application=made, title="Prototype", due_on=date(2027, 1, 1))
    return made


def drawn(application: Application) -> Contract:
    assign_cup(application=application, cup=CUP, by=None)
    return draw_contract(application=application, by=None, today=TODAY, **DAYS)


def signed(application: Application) -> Contract:
    found = drawn(application)
    for partner in application.partners.all():
        sign_contract(contract=found, organisation=partner.organisation, by=None, today=TODAY)
    return sign_contract(contract=found, organisation=None, by=None, today=TODAY)


def test_a_contract_holds_the_decision_s_money_in_its_parties_parts(call: Call) -> None:
    found = drawn(decided(call, {"Lead": "100.01", "Partner": "33.33"}))
    # .7 x 100.01 = 70.007 and .7 x 33.33 = 23.331, each rounded down: 93.33 were decided
    assert [(p["name"], p["cost_eur"], p["grant_eur"]) for p in found.terms["parties"]] == [
        ("Lead", "100.01", "70.00"), ("Partner", "33.33", "23.33"),
    ]  # fmt: skip
    assert found.money("grant_eur") == Decimal("93.33")
    assert found.terms["milestones"] == [{"title": "Prototype", "due_on": "2027-01-01"}]
    assert len(found.checksum) == 64


def test_a_contract_keeps_the_decided_sum_though_the_register_has_learnt_otherwise(call: Call) -> None:
    application = decided(call, {"Lead": "100.01", "Partner": "33.33"})
    Organisation.objects.filter(name="Partner").update(size_class="large")  # would get nothing today
    found = drawn(application)
    assert found.money("grant_eur") == Decimal("93.33")


def test_what_a_contract_needs_is_said_when_it_is_missing(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    with pytest.raises(NotAllowed, match="has no CUP"):
        draw_contract(application=application, by=None, today=TODAY, **DAYS)
    assign_cup(application=application, cup=CUP, by=None)
    with pytest.raises(NotAllowed, match="due on 2027-01-01, after the contract's end"):
        draw_contract(application=application, by=None, today=TODAY, **{**DAYS, "ends_on": date(2026, 12, 31)})
    with pytest.raises(NotAllowed, match="before it begins"):
        draw_contract(application=application, by=None, today=TODAY, **{**DAYS, "ends_on": TODAY})
    with pytest.raises(NotAllowed, match="is over"):
        draw_contract(application=application, by=None, today=TODAY, **{**DAYS, "sign_by": date(2026, 5, 31)})
    application.milestones.all().delete()
    with pytest.raises(NotAllowed, match="no milestone is planned"):
        draw_contract(application=application, by=None, today=TODAY, **DAYS)
    with pytest.raises(NotAllowed, match="the application is reserve"):
        draw_contract(application=decided(call, {"B": "1"}, "reserve"), by=None, today=TODAY, **DAYS)


def test_every_party_signs_and_the_region_last(call: Call) -> None:
    application = decided(call, {"Lead": "100", "Partner": "50"})
    found = drawn(application)
    lead, partner = (p.organisation for p in application.partners.all())
    with pytest.raises(NotAllowed, match="waits for its signatures already"):
        draw_contract(application=application, by=None, today=TODAY, **DAYS)
    with pytest.raises(NotAllowed, match="the region signs last; Lead, Partner have still to sign"):
        sign_contract(contract=found, organisation=None, by=None, today=TODAY)
    sign_contract(contract=found, organisation=lead, by=None, today=TODAY)
    for who in (lead, body("Stranger")):
        with pytest.raises(NotAllowed, match="has no signature to give here"):
            sign_contract(contract=found, organisation=who, by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="last day to sign was 2026-07-01"):
        sign_contract(contract=found, organisation=partner, by=None, today=date(2026, 7, 2))
    sign_contract(contract=found, organisation=partner, by=None, today=TODAY)
    done = sign_contract(contract=found, organisation=None, by=None, today=TODAY)
    assert (done.state, done.in_force_on) == ("in_force", TODAY)
    awards = {a.organisation.name: (a.regime, a.amount_eur, a.granted_on) for a in AidAward.objects.all()}
    assert awards == {"Lead": ("de_minimis", 70, TODAY), "Partner": ("de_minimis", 35, TODAY)}


def test_the_region_cannot_sign_past_the_ceiling_of_a_party_s_group(call: Call) -> None:
    application = decided(call, {"Lead": "100000"})
    mother = body("Mother")
    GroupLink.objects.create(
        parent=mother, child=application.organisation, share=Decimal("0.6"), source=source(), certainty="reported"
    )
    record_aid(organisation=mother, regime="de_minimis", amount_eur=Decimal("230000.01"), granted_on=date(2025, 1, 1),
               measure="V", source=source(), by=None, pending_reason="Granted before by another body")  # fmt: skip
    found = drawn(application)
    sign_contract(contract=found, organisation=application.organisation, by=None, today=TODAY)
    with pytest.raises(OverCeiling, match=r"69999\.99 EUR are left"):
        sign_contract(contract=found, organisation=None, by=None, today=TODAY)
    found.refresh_from_db()
    assert found.state == "drawn"
    assert not found.signatures.filter(organisation=None).exists()
    assert AidAward.objects.count() == 1


def test_other_aid_for_the_same_costs_counts_beside_the_grant_and_is_shown_with_linked_firms(
    client: Client, call: Call, in_english: None
) -> None:
    application = decided(call, {"Lead": "1000"})
    lead, mother = application.organisation, body("Mother")
    GroupLink.objects.create(parent=mother, child=lead, share=Decimal("0.6"), source=source(), certainty="reported")
    client.force_login(officer("funding_officer"))
    english: dict[str, Any] = {"headers": {"accept-language": "en"}}
    page = reverse("funding:aid", args=[lead.pk])
    credit = {"regime": "gber", "amount_eur": "100.50", "granted_on": "2026-05-01", "measure": "Tax credit",
              "costs_of": application.pk}  # fmt: skip
    assert client.post(page, credit).status_code == 302
    assert "599.50 EUR are left for these costs" in client.post(page, credit | {"amount_eur": "600"}, **english).text
    of_the_group = client.get(reverse("funding:aid", args=[mother.pk]), **english).text
    assert "The same costs are aided once" in of_the_group
    assert "700.00" in of_the_group, "the most: .7 of 1000"
    assert "599.50" in of_the_group, "what is left of it"
    found = drawn(application)
    sign_contract(contract=found, organisation=lead, by=None, today=TODAY)
    contract = client.get(reverse("funding:contract", args=[application.pk]), **english).text
    assert "EUR 599.50 are left within the highest intensity for these costs, the grant is EUR 700.00" in contract
    with pytest.raises(OverCeiling, match=r"599\.50 EUR are left"):
        sign_contract(contract=found, organisation=None, by=None, today=TODAY)
    revoke_grant(application=application, why="Left", by=None, today=TODAY)
    assert AidAward.objects.get().withdrawn_at is None, "aid of another measure is not this grant's to take back"


def test_aid_that_was_recorded_by_hand_is_not_recorded_twice(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    record_aid(organisation=application.organisation, regime="de_minimis", amount_eur=Decimal(70), granted_on=TODAY,
               measure="V", source=source(), by=None, application=application)  # fmt: skip
    signed(application)
    assert AidAward.objects.count() == 1


def test_terms_are_not_changed_and_a_later_contract_replaces_the_first(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    first = signed(application)
    with pytest.raises(IntegrityError, match="terms of a contract stay"), transaction.atomic():
        Contract.objects.filter(pk=first.pk).update(terms={**first.terms, "cup": "x"})
    second = draw_contract(application=application, by=None, today=TODAY, **{**DAYS, "ends_on": date(2029, 1, 1)})
    first.refresh_from_db()
    assert (second.number, first.state) == (2, "in_force")
    sign_contract(contract=second, organisation=application.organisation, by=None, today=TODAY)
    sign_contract(contract=second, organisation=None, by=None, today=TODAY)
    first.refresh_from_db()
    assert first.state == "replaced"
    assert AidAward.objects.count() == 1, "the same money is no second aid"


def test_a_contract_is_declined_or_taken_back_with_a_reason(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    found = drawn(application)
    with pytest.raises(NotAllowed, match="say why"):
        decline_contract(contract=found, organisation=application.organisation, why=" ", by=None, today=TODAY)
    decline_contract(contract=found, organisation=application.organisation, why="too late", by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="the contract is declined"):
        sign_contract(contract=found, organisation=application.organisation, by=None, today=TODAY)
    again = draw_contract(application=application, by=None, today=TODAY, **DAYS)
    end_contract(contract=again, why="another day", by=None, today=TODAY)
    assert (again.number, again.state) == (2, "ended")


def test_costs_are_claimed_under_a_contract_and_all_accepted_costs_pay_all_of_the_grant(call: Call) -> None:
    application = decided(call, {"Lead": "100.01"})
    partner = application.partners.get()
    with pytest.raises(NotAllowed, match="no contract is in force with Lead"):
        claim_cost(partner=partner, period="2026", cost_eur=Decimal(1), by=None)
    signed(application)
    paid = []
    for cost in ("33.33", "33.33", "33.35"):
        claim = claim_cost(partner=partner, period="2026", cost_eur=Decimal(cost), by=None)
        paid.append(settle_claim(claim=claim, accepted_eur=Decimal(cost), note="", by=None).paid_eur)
    # 70 x 33.33 / 100.01 = 23.3286...; 70 x 66.66 / 100.01 = 46.6573...
    assert paid == [Decimal("23.32"), Decimal("23.33"), Decimal("23.35")]
    assert sum(p for p in paid if p) == Decimal("70.00")
    with pytest.raises(NotAllowed, match=r"0\.00 EUR are left"):
        claim_cost(partner=partner, period="2026", cost_eur=Decimal("0.01"), by=None)


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=8), st.integers(1, 100))
def test_payments_add_up_to_the_grant_and_never_pass_it(cents: list[int], percent: int) -> None:
    costs = [Decimal(c) / 100 for c in cents]
    whole = sum(costs, Decimal(0))
    grant = (whole * percent / 100).quantize(Decimal("0.01"), "ROUND_DOWN")
    seen, paid = Decimal(0), Decimal(0)
    for cost in costs:
        seen += cost
        paid += part_of(grant, seen, whole) - paid
        assert paid <= grant
    assert paid == grant


def test_a_project_is_completed_when_nothing_is_open(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    signed(application)
    claim = claim_cost(partner=application.partners.get(), period="2026", cost_eur=Decimal(50), by=None)
    with pytest.raises(NotAllowed, match="waits for its settlement"):
        move_application(application=application, to="completed", by=None)
    settle_claim(claim=claim, accepted_eur=Decimal(50), note="", by=None)
    with pytest.raises(NotAllowed, match="Prototype was not reported"):
        move_application(application=application, to="completed", by=None)
    stone = application.milestones.get()
    reach_milestone(milestone=stone, on=TODAY, evidence="a film", by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="already"):
        reach_milestone(milestone=stone, on=TODAY, evidence="another", by=None, today=TODAY)
    move_application(application=application, to="completed", by=None)


def test_a_cup_is_well_formed_and_of_one_application(call: Call) -> None:
    first, second = decided(call, {"A": "1"}), decided(call, {"B": "1"})
    with pytest.raises(NotAllowed, match="'short' is no CUP"):
        assign_cup(application=first, cup="short", by=None)
    assign_cup(application=first, cup=CUP.lower(), by=None)
    assert first.cup == CUP
    with pytest.raises(NotAllowed, match="another application has the CUP"):
        assign_cup(application=second, cup=CUP, by=None)


def test_a_revoked_grant_frees_its_money_for_the_next_of_the_reserve_list(call: Call) -> None:
    line = call.lines.get()
    first = decided(call, {"First": "300000"})  # 210 000 of 300 000
    next_, other, last = (decided(call, {n: c}, "reserve") for n, c in
                          (("Next", "150000"), ("Other", "120000"), ("Last", "1000")))  # fmt: skip
    rows = [(first, 1), (next_, 2), (other, 2), (last, 4)]
    Ranking.objects.create(
        line=line, checksum="c" * 64, rows=[{"application": a.pk, "place": place} for a, place in rows]
    )
    contract = signed(first)
    with pytest.raises(NotAllowed, match=r"asks for 105000\.00 EUR and 90000\.00 EUR are free"):
        grant_from_reserve(application=next_, why="the older firm", by=None, today=TODAY)
    revoke_grant(application=first, why="did not begin", by=None, today=TODAY)
    contract.refresh_from_db()
    assert (first.state, contract.state) == ("revoked", "ended")
    assert not AidAward.objects.filter(withdrawn_at=None).exists()
    assert freed_budget(line) == Decimal(300_000)
    with pytest.raises(NotAllowed, match="another application stands before it"):
        grant_from_reserve(application=last, why="", by=None, today=TODAY)
    with pytest.raises(NotAllowed, match="several stand equal"):
        grant_from_reserve(application=next_, why="", by=None, today=TODAY)
    grant_from_reserve(application=next_, why="handed in first", by=None, today=TODAY)
    assert next_.decisions.get().grant_eur == Decimal(105_000)
    assert freed_budget(line) == Decimal(195_000)


def test_what_was_paid_before_a_grant_was_revoked_stays_spent_and_stays_aid(call: Call) -> None:
    application = decided(call, {"Lead": "100"})
    signed(application)
    claim = claim_cost(partner=application.partners.get(), period="2026", cost_eur=Decimal(50), by=None)
    settle_claim(claim=claim, accepted_eur=Decimal(50), note="", by=None)
    move_application(application=application, to="withdrawn", by=None, why="sold")
    assert freed_budget(call.lines.get()) == Decimal(300_000) - 35
    assert AidAward.objects.get().withdrawn_at is None
    assert application.contracts.get().state == "ended"


def test_a_changed_cost_asks_the_partner_again(call: Call) -> None:
    application = decided(call, {"Lead": "100", "Partner": "50"}, "draft")
    partner = application.partners.get(is_lead=False)
    given = {"application": application, "organisation": partner.organisation, "facts": {}, "by": None}
    assert set_partner(cost_eur=Decimal(50), **given).agreed_at is not None
    assert set_partner(cost_eur=Decimal(60), **given).agreed_at is None, "the yes was to another cost"


# --- what people see --------------------------------------------------------------------------------------------------
def test_a_party_signs_then_the_region_and_both_read_what_they_signed(
    client: Client, call: Call, in_english: None
) -> None:
    application = decided(call, {"Lead": "1000"})
    page = reverse("funding:contract", args=[application.pk])
    english: dict[str, Any] = {"headers": {"accept-language": "en"}}
    region = officer("funding_officer")
    client.force_login(region)
    assert "Missing before:" in client.get(page, **english).content.decode()
    assign_cup(application=application, cup=CUP, by=None)
    today = timezone.localdate()
    answer = client.post(
        reverse("funding:draw_contract", args=[application.pk]),
        {"starts_on": today, "ends_on": today.replace(year=today.year + 3), "sign_by": today}, follow=True, **english,
    ).content.decode()  # fmt: skip
    assert "Drawn up." in answer
    assert "Sign for the region" not in answer
    client.force_login(delegate_of(application.organisation))
    assert "A contract waits for your signature" in client.get(reverse("portal:work"), **english).content.decode()
    text = client.get(page, **english).content.decode()
    assert "Sign for Lead" in text
    assert "700.00" in text
    sign = reverse("funding:sign_contract", args=[application.pk, 1])
    assert client.post(sign).status_code == 403, "nobody signs for the region but the region"
    client.post(sign, {"organisation": application.organisation_id})
    client.force_login(region)
    assert "Every party has signed" in client.get(reverse("portal:work"), **english).content.decode()
    assert "in force, and the aid is recorded" in client.post(sign, follow=True, **english).content.decode()
    paper = client.get(reverse("funding:contract_paper", args=[application.pk, 1]))
    assert paper.content.startswith(b"%PDF")


def test_nobody_signs_for_another_s_firm(client: Client, call: Call) -> None:
    application = decided(call, {"Lead": "100", "Partner": "50"})
    drawn(application)
    lead, partner = (p.organisation for p in application.partners.all())
    client.force_login(delegate_of(partner))
    sign = reverse("funding:sign_contract", args=[application.pk, 1])
    assert client.post(sign, {"organisation": lead.pk}).status_code == 403
    client.force_login(delegate_of(body("Stranger"), "stranger@test.example"))
    assert client.get(reverse("funding:contract", args=[application.pk])).status_code == 403
