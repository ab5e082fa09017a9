"""What state-aid law leaves: told at the application, the ranking and the contract, before anybody signs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from calls_made import TODAY, evaluated, firm, handed_in, opened
from django.test import Client
from factories import delegate_of, officer, source, user
from funding_aid import aided, de_minimis, granted
from funding_drafts import SME, call_of, raw_call
from hypothesis import given
from hypothesis import strategies as st

from poliedro.funding.models import AidAward, Application, Call, Contract
from poliedro.funding.queries.contracts import freed_budget
from poliedro.funding.queries.shortfalls import pending_aid, shortfalls
from poliedro.funding.rules.states import NotAllowed
from poliedro.funding.rules.thresholds import (
    CATEGORIES,
    THRESHOLDS,
    Exempted,
    OverThreshold,
    check_exempt,
    exempt_room,
    threshold_on,
)
from poliedro.funding.services.contracts import draw_contract, sign_contract
from poliedro.funding.services.evaluation import sign_ranking
from poliedro.funding.services.grants import assign_cup
from poliedro.funding.services.lowering import lower_grant
from poliedro.registry.models import GroupLink

ENGLISH: dict[str, Any] = {"headers": {"accept-language": "en"}}
DAYS: dict[str, Any] = {"starts_on": TODAY, "ends_on": date(2028, 6, 1), "sign_by": date(2026, 7, 1), "today": TODAY}


# --- the thresholds as data -------------------------------------------------------------------------------------------
def test_thresholds_are_those_of_the_day() -> None:
    """Regulation 651/2014, article 4(1), before and since the amendment by Regulation 2023/1315."""
    for category, first, amended in (
        ("fundamental_research", 40, 55),
        ("industrial_research", 20, 35),
        ("experimental_development", 15, 25),
        ("feasibility_study", Decimal("7.5"), Decimal("8.25")),
        ("sme_investment", Decimal("7.5"), Decimal("8.25")),
        ("sme_innovation", 5, 10),
        ("start_up", Decimal("0.4"), Decimal("0.5")),
    ):
        for day, millions in ((date(2023, 6, 30), first), (date(2023, 7, 1), amended)):
            found = threshold_on(category, day)
            assert found is not None
            assert found.most_eur == millions * 1_000_000, (category, day)
    assert threshold_on("industrial_research", date(2014, 6, 30)) is None
    assert threshold_on("no such", TODAY) is None
    assert {(t.category, t.since) for t in THRESHOLDS} == {(c, t.since) for c in CATEGORIES for t in THRESHOLDS}


def test_aid_for_one_project_counts_together_and_start_up_aid_whatever_the_project() -> None:
    one = Exempted("industrial_research", Decimal(30_000_000), TODAY, 1)
    assert exempt_room("industrial_research", 1, [one], TODAY) == 5_000_000
    assert exempt_room("industrial_research", 2, [one], TODAY) == 35_000_000
    twice = [Exempted("start_up", Decimal(300_000), TODAY, 1), Exempted("start_up_innovative", Decimal(100_000), TODAY)]
    assert exempt_room("start_up", 2, twice, TODAY) == 100_000
    check_exempt("start_up", 2, twice, Decimal(100_000), TODAY)
    with pytest.raises(OverThreshold, match=r"above which aid is notified \(GBER, art\. 4\(1\)\(h\)\): 100000 EUR are"):
        check_exempt("start_up", 2, twice, Decimal("100000.01"), TODAY)


@given(st.lists(st.integers(1, 10**9), max_size=12), st.sampled_from(CATEGORIES))
def test_no_order_of_awards_passes_a_threshold(cents: list[int], category: str) -> None:
    held: list[Exempted] = []
    limit = threshold_on(category, TODAY)
    assert limit is not None
    for amount in (Decimal(c) / 100 for c in cents):
        try:
            check_exempt(category, 1, held, amount, TODAY)
        except OverThreshold:
            continue
        held.append(Exempted(category, amount, TODAY, 1))
    assert sum((e.amount_eur for e in held), Decimal(0)) <= limit.most_eur


# --- before the signature ---------------------------------------------------------------------------------------------
def test_a_draft_says_what_the_ceiling_leaves_and_what_waits_for_a_signature(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    sister = firm("Gamma")
    GroupLink.objects.create(parent=body, child=sister, share=Decimal("0.6"), source=source(), certainty="reported")
    aided(sister, "150000")
    granted(call, sister, "100000")
    draft = handed_in(call, body, 160_000)
    Application.objects.filter(pk=draft.pk).update(state="draft", submitted_at=None)
    draft.refresh_from_db()
    # 300 000 - 150 000 granted - 100 000 decided = 50 000; half of 160 000 is 80 000
    (found,) = shortfalls(draft, TODAY)
    assert (found.limit, found.grant_eur, found.room_eur, found.pending_eur) == ("de_minimis", 80_000, 50_000, 100_000)
    client.force_login(delegate_of(body))
    page = client.get(f"/applications/{draft.pk}/", **ENGLISH).text
    assert "EUR 50,000.00 are left under the de minimis ceiling, the grant is EUR 80,000.00" in page
    assert "EUR 100,000.00 that were decided elsewhere and are not signed yet are counted" in page
    asked = client.get(f"/calls/test/check/?asked=1&organisation={body.pk}&size_class=small&cost_eur=160000", **ENGLISH)
    assert "EUR 50,000.00 are left to you" in asked.text
    aid = client.get(f"/organisations/{body.pk}/aid/", **ENGLISH).text
    assert "EUR 100,000.00 of de minimis aid are decided and wait for a signature: once signed, EUR 50,000.00" in aid
    assert "Decided, not signed yet" in aid


def test_two_parties_of_one_undertaking_share_what_is_left(call: Call) -> None:
    opened(de_minimis(call))
    body, sister = firm("Beta"), firm("Gamma")
    GroupLink.objects.create(parent=body, child=sister, share=Decimal("0.6"), source=source(), certainty="reported")
    made = handed_in(call, body, 400_000)  # half of it: 200 000
    made.partners.create(organisation=sister, cost_eur=Decimal(300_000))
    (found,) = shortfalls(made, TODAY)
    assert (found.organisation, found.grant_eur, found.room_eur) == (sister, 150_000, 100_000)


def test_the_ranking_says_whose_grant_passes_what_is_left(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    rows = evaluated(call, {"Beta": (9, 9), "Gamma": (8, 8)}, cost=200_000)
    aided(rows["Beta"].organisation, "250000")
    client.force_login(officer("funding_officer"))
    page = client.get("/desk/calls/test/evaluation/", **ENGLISH).text
    assert "Beta: EUR 50,000.00 are left under the de minimis ceiling, the grant is EUR 100,000.00" in page
    assert "Gamma: EUR" not in page


def test_a_grant_is_lowered_to_what_is_left_and_then_signed(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    found = granted(call, body, "100000")
    other = granted(call, firm("Gamma"), "1000")
    aided(body, "270000", pending_reason="Granted by another body before")
    assign_cup(application=found, cup="J26D00000000001", by=None)
    drawn = draw_contract(application=found, by=None, **DAYS)
    client.force_login(officer("funding_officer"))
    page = client.get(f"/applications/{found.pk}/contract/", **ENGLISH).text
    assert "EUR 30,000.00 are left under the de minimis ceiling" in page
    assert 'value="30000.00"' in page, "the form proposes what is left"
    lower = f"/applications/{found.pk}/contract/lower/"
    assert "Reason" in client.post(lower, {"party": body.pk, "grant_eur": "30000"}, follow=True, **ENGLISH).text
    said = {"party": body.pk, "grant_eur": "30000", "why": "The ceiling leaves no more."}
    assert "Lowered." in client.post(lower, said, follow=True, **ENGLISH).text
    drawn.refresh_from_db()
    assert drawn.state == Contract.State.ENDED
    assert shortfalls(found, TODAY) == []
    assert freed_budget(found.line) == 1_000_000 - 30_000 - 1_000
    shown = client.get(f"/applications/{found.pk}/", **ENGLISH).text
    assert "What was granted to each partner" in shown
    assert "170,000.00" in shown, "200 000 less 30 000: what it pays itself after the grant was lowered"
    assert "Read the contract" in shown, "an ended contract is not to be signed"
    assert "lowered for Beta from EUR 100,000.00 to EUR 30,000.00; The ceiling leaves no more." in shown
    again = draw_contract(application=found, by=None, **DAYS)
    assert [p["grant_eur"] for p in again.terms["parties"]] == ["30000.00"]
    sign_contract(contract=again, organisation=body, by=None, today=TODAY)
    sign_contract(contract=again, organisation=None, by=None, today=TODAY)
    assert AidAward.objects.get(application=found).amount_eur == 30_000
    assert [p.application for p in pending_aid([body.pk, other.organisation_id])] == [other]
    with pytest.raises(NotAllowed, match="a contract is in force"):
        lower_grant(application=found, organisation=body, grant_eur=Decimal(1), why="x", by=None, today=TODAY)


def test_a_grant_is_lowered_for_a_party_with_a_reason_and_never_raised_or_emptied(call: Call) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    found = granted(call, body, "1000")
    less = {"application": found, "organisation": body, "by": None, "today": TODAY}
    with pytest.raises(NotAllowed, match="with a reason"):
        lower_grant(**less, grant_eur=Decimal(1), why=" ")
    with pytest.raises(NotAllowed, match=r"Beta is granted 1000\.00 EUR; write less"):
        lower_grant(**less, grant_eur=Decimal(1000), why="x")
    with pytest.raises(NotAllowed, match="revoke it instead"):
        lower_grant(**less, grant_eur=Decimal(0), why="x")
    with pytest.raises(NotAllowed, match="no party of this application"):
        lower_grant(**{**less, "organisation": firm("Else")}, grant_eur=Decimal(1), why="x")
    aided(body, "400", application=found)
    with pytest.raises(NotAllowed, match=r"has 400\.00 EUR of it in the register of aid"):
        lower_grant(**less, grant_eur=Decimal("399.99"), why="x")
    Application.objects.filter(pk=found.pk).update(state="reserve")
    found.refresh_from_db()
    with pytest.raises(NotAllowed, match="only a grant is lowered"):
        lower_grant(**less, grant_eur=Decimal(1), why="x")


def test_nobody_but_who_handles_applications_lowers_a_grant(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    body = firm("Beta")
    found = granted(call, body, "1000")
    client.force_login(delegate_of(body))
    assert client.post(f"/applications/{found.pk}/contract/lower/", {}).status_code == 403


# --- block exemption --------------------------------------------------------------------------------------------------
def test_a_grant_that_is_no_longer_exempt_is_told_and_not_signed(client: Client, call: Call) -> None:
    opened(de_minimis(call, 10_000_000, regime="gber", aid_category="start_up"))
    body = firm("Beta")
    aided(body, "400000", "gber", category="start_up")
    found = granted(call, body, "150000")
    (short,) = shortfalls(found, TODAY)
    assert (short.limit, short.room_eur, short.point) == ("gber", 100_000, "(h)")
    client.force_login(officer("funding_officer"))
    page = client.get(f"/applications/{found.pk}/contract/", **ENGLISH).text
    assert "EUR 100,000.00 are left below the threshold of the GBER, art. 4(1)(h)" in page
    assign_cup(application=found, cup="J26D00000000001", by=None)
    drawn = draw_contract(application=found, by=None, **DAYS)
    sign_contract(contract=drawn, organisation=body, by=None, today=TODAY)
    with pytest.raises(OverThreshold):
        sign_contract(contract=drawn, organisation=None, by=None, today=TODAY)
    drawn.refresh_from_db()
    assert drawn.state == Contract.State.DRAWN
    assert client.get("/calls/test/", **ENGLISH).text.count("500,000") == 1, "the call tells its threshold"


def test_start_up_aid_of_another_category_that_waits_for_its_signature_counts_too(call: Call) -> None:
    """Article 22 has one amount for an undertaking, whatever the kind of start-up that a line says."""
    opened(de_minimis(call, 10_000_000, regime="gber", aid_category="start_up_innovative"))
    body = firm("Beta")
    granted(call, body, "450000")
    raw = {**call.versions.latest("pk").document, "aid_category": "start_up"}
    draft = handed_in(call, body, 200_000)
    draft.version.document = raw
    (short,) = shortfalls(draft, TODAY)
    assert (short.room_eur, short.pending_eur) == (50_000, 450_000)


def test_a_research_project_falls_under_what_it_mostly_does() -> None:
    call = call_of(SME, aid_category="experimental_development")
    assert call.category_of("1") == "experimental_development"
    assert call.category_of("1", {"research_kind": "industrial"}) == "industrial_research"
    assert call_of(SME, aid_category="start_up").category_of("1", {"research_kind": "industrial"}) == "start_up"


def test_a_call_that_does_not_say_its_category_says_so(client: Client, call: Call) -> None:
    opened(de_minimis(call, regime="gber"))
    found = granted(call, firm("Beta"), "1000")
    client.force_login(officer("funding_officer"))
    assert "its threshold is not checked" in client.get(f"/applications/{found.pk}/", **ENGLISH).text


def test_a_category_that_does_not_exist_is_refused() -> None:
    from poliedro.funding.rules.document import InvalidCall, read_call

    with pytest.raises(InvalidCall, match="aid_category of the call is 'wish'; it is one of"):
        read_call(raw_call(SME, aid_category="wish"))


# --- nothing is granted for nothing -----------------------------------------------------------------------------------
def test_an_application_that_would_get_nothing_is_not_handed_in_nor_funded(call: Call) -> None:
    from poliedro.funding.services.applications import CannotSubmit

    opened(de_minimis(call, intensities=[{"who": {"fact": "size_class", "is": "micro"}, "grant": 0.5}]))
    with pytest.raises(CannotSubmit, match="nothing would be granted"):
        handed_in(call, firm("Small"))


def test_where_no_grant_can_be_worked_out_the_ranking_refuses_and_says_why(call: Call) -> None:
    opened(de_minimis(call, intensities=[]))
    rows = evaluated(call, {"Beta": (9, 9)})
    ranking = sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    assert ranking.rows[0]["outcome"] == "nothing"
    rows["Beta"].refresh_from_db()
    assert rows["Beta"].state == "refused"
    assert "nothing can be granted" in rows["Beta"].decisions.get().reasons


def test_reasons_are_said_in_the_reader_s_language_with_its_decimals(client: Client, call: Call) -> None:
    opened(call)
    rows = evaluated(call, {"Beta": (8, 7)})
    sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    client.force_login(delegate_of(rows["Beta"].organisation))
    page = f"/applications/{rows['Beta'].pk}/"
    # .6 x 80 + .4 x 70
    assert "76,00 punti su 100, posto 1" in client.get(page, headers={"accept-language": "it"}).text
    assert "76.00 points of 100, place 1" in client.get(page, **ENGLISH).text


def test_divergence_is_told_in_numbers(client: Client, call: Call) -> None:
    from poliedro.funding.services.evaluation import assign_evaluator, begin_evaluation, save_scores

    opened(call)
    made = handed_in(call, firm("Beta"))
    Call.objects.filter(pk=call.pk).update(state="closed")
    call.refresh_from_db()
    for name, (quality, impact) in {"one": (9, 9), "two": (5, 8)}.items():
        assignment = assign_evaluator(call=call, person=user(f"{name}@test.example").person, by=None, on=TODAY)
        begin_evaluation(call=call, by=None, on=TODAY)
        made.refresh_from_db()
        points = {"quality": Decimal(quality), "impact": Decimal(impact)}
        save_scores(assignment=assignment, application=made, points=points, comments={}, hand_in=True, by=None,
                    on=TODAY)  # fmt: skip
    client.force_login(officer("funding_officer"))
    page = "/desk/calls/test/evaluation/"
    # .6 x 50 + .4 x 80 = 62 and 90: 28 apart, on quality by 4 of 10
    assert "62.00; 90.00: apart by 28.00 (most on: rule)" in client.get(page, **ENGLISH).text
    sign_ranking(line=call.lines.get(), by=None, on=TODAY)
    assert "62.00; 90.00: apart by 28.00" in client.get(page, **ENGLISH).text, "as it was signed"


def test_a_party_reads_its_own_room_and_of_the_others_only_that_the_grant_passes(client: Client, call: Call) -> None:
    opened(de_minimis(call))
    lead, partner = firm("Beta"), firm("Gamma")
    made = handed_in(call, lead, 1000)
    made.partners.create(organisation=partner, cost_eur=Decimal(200_000))
    aided(partner, "250000")
    page = f"/applications/{made.pk}/"
    for who, reads in (
        (delegate_of(lead), "Gamma: the grant passes what state-aid law leaves; by how much, it knows itself."),
        (delegate_of(partner, "other@test.example"), "Gamma: EUR 50,000.00 are left under the de minimis ceiling"),
        (officer("funding_officer"), "Gamma: EUR 50,000.00 are left under the de minimis ceiling"),
    ):
        client.force_login(who)
        shown = client.get(page, **ENGLISH).text
        assert reads in shown
        assert ("50,000.00" in shown) is ("50,000.00" in reads)
