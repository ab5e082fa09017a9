"""Joining, renewing, changing, leaving; the books of fees; contacts and consents; outreach. All as services."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from factories import cluster, manager_of, membership, officer, organisation, source
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from poliedro.accounts.models import Consent
from poliedro.audit.models import LogEntry
from poliedro.registry.models import (
    DataQualityFinding,
    FeeInvoice,
    FeePayment,
    FeeRate,
    Interaction,
    MembershipSpell,
    OutreachCampaign,
    OutreachContact,
    RevenueLine,
)
from poliedro.registry.queries.fees import due_lines, in_arrears, years_of_fees
from poliedro.registry.queries.trends import stays_of
from poliedro.registry.rules.fees import FeesRefused, days_in, fee_due, next_reminder
from poliedro.registry.rules.members import MembershipRefused, movement, stays
from poliedro.registry.rules.outreach import OutreachRefused, funnel
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.rules.prospects import Prospect
from poliedro.registry.services.fees import (
    cancel_invoice,
    issue_fees,
    record_payment,
    set_fee_rate,
    write_reminders,
)
from poliedro.registry.services.members import change_membership, join_cluster, leave_cluster, renew_membership
from poliedro.registry.services.outreach import open_outreach, record_outreach, set_target
from poliedro.registry.services.relations import add_contact, end_contact, record_interaction, set_consents
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
DAY = date(2020, 6, 1)


@pytest.fixture
def manager() -> Any:
    return manager_of(cluster("agrifood"))


def join(firm: Any, manager: Any, on: date, **fields: Any) -> MembershipSpell:
    given_ = {"category": "ordinary", "fee_class": "", **fields}
    return join_cluster(organisation=firm, cluster=cluster("agrifood"), on=on, by=manager, **given_)


# --- memberships ------------------------------------------------------------------------------------------------------
def test_member_joins_changes_its_class_and_leaves_and_what_was_known_stays_known(manager: Any) -> None:
    spell = join(organisation(), manager, date(2019, 3, 1), fee_class="micro")
    before = spell.recorded_at
    change_membership(spell=spell, on=date(2020, 1, 1), category="ordinary", fee_class="small", by=manager)
    last = MembershipSpell.objects.known().active_on(DAY).get()
    leave_cluster(spell=last, on=date(2021, 1, 1), reason="cost", by=manager)
    known = MembershipSpell.objects.known().order_by("valid_from")
    assert [(s.valid_from, s.valid_to, s.fee_class, s.leave_reason) for s in known] == [
        (date(2019, 3, 1), date(2020, 1, 1), "micro", ""),
        (date(2020, 1, 1), date(2021, 1, 1), "small", "cost"),
    ]
    assert MembershipSpell.objects.at(Moment(DAY, before)).get().fee_class == "micro"
    held = stays_of(cluster("agrifood"))
    assert [(s.since, s.until) for s in held] == [(date(2019, 3, 1), date(2021, 1, 1))]  # a change is no exit
    assert movement(held, date(2019, 12, 31), date(2020, 12, 31)).entries == 0


def test_membership_with_an_end_is_renewed_and_one_without_is_not(manager: Any) -> None:
    spell = join(organisation(), manager, date(2020, 1, 1), until=date(2021, 1, 1))
    renewed = renew_membership(spell=spell, until=date(2022, 1, 1), by=manager)
    assert renewed.valid_to == date(2022, 1, 1)
    with pytest.raises(MembershipRefused, match="runs to 2022-01-01"):
        renew_membership(spell=renewed, until=date(2021, 6, 1), by=manager)
    open_ = renew_membership(spell=renewed, until=None, by=manager)
    with pytest.raises(MembershipRefused, match="no end"):
        renew_membership(spell=open_, until=None, by=manager)


def test_nobody_joins_twice_and_nobody_leaves_before_joining(manager: Any) -> None:
    firm = organisation()
    spell = join(firm, manager, date(2020, 1, 1))
    with pytest.raises(MembershipRefused, match="is a member from 2020-01-01"):
        join(firm, manager, date(2020, 5, 1))
    with pytest.raises(MembershipRefused, match="began on 2020-01-01"):
        leave_cluster(spell=spell, on=date(2019, 12, 1), reason="cost", by=manager)


def test_managers_of_other_clusters_region_and_funding_do_not_touch_members(manager: Any) -> None:
    firm = organisation()
    for person in (
        manager_of(cluster("ict"), "ict@test.example"),
        officer("regional_officer"),
        officer("funding_officer"),
    ):
        with pytest.raises(NotPermitted):
            join(firm, person, DAY)


class StockTest(TestCase):
    """Stock = previous stock + entries - exits, at any day, whatever the managers record."""

    @settings(max_examples=15, deadline=None)
    @given(
        acts=st.lists(
            st.tuples(st.integers(0, 3), st.integers(1, 900), st.sampled_from(["join", "leave", "change"])),
            min_size=1,
            max_size=14,
        ),
        cuts=st.lists(st.integers(0, 1000), min_size=2, max_size=4, unique=True),
    )
    def test_stock_is_the_previous_stock_and_entries_less_exits_on_any_day(self, acts: Any, cuts: Any) -> None:
        start, agrifood = date(2018, 1, 1), cluster("agrifood")
        manager = manager_of(agrifood, f"m{MembershipSpell.objects.count()}@test.example")
        firms = [organisation(f"Firm {i}") for i in range(4)]
        for which, day, act in acts:
            on = start + timedelta(days=day)
            spell = MembershipSpell.objects.known().active_on(on).filter(organisation=firms[which]).first()
            try:
                if act == "join":
                    join_cluster(
                        organisation=firms[which],
                        cluster=agrifood,
                        on=on,
                        category="ordinary",
                        fee_class="",
                        by=manager,
                    )
                elif spell is not None and act == "leave":
                    leave_cluster(spell=spell, on=on, reason="cost", by=manager)
                elif spell is not None:
                    change_membership(spell=spell, on=on, category="associate", fee_class="x", by=manager)
            except MembershipRefused:
                continue
        held = stays_of(agrifood)
        days = [start + timedelta(days=c) for c in sorted(cuts)]
        for first, last in pairwise(days):
            moved = movement(held, first, last)
            assert moved.stock_end == moved.stock_start + moved.entries - moved.exits
            members = MembershipSpell.objects.at(Moment(last)).values("organisation").distinct().count()
            assert moved.stock_end == members


def test_spells_that_meet_are_one_stay_and_a_gap_makes_two() -> None:
    a, b, c = date(2010, 1, 1), date(2012, 1, 1), date(2014, 1, 1)
    assert stays([(1, a, b, ""), (1, b, None, "")]) == stays([(1, a, None, "")])
    assert len(stays([(1, a, b, "cost"), (1, c, None, "")])) == 2


# --- fees -------------------------------------------------------------------------------------------------------------
def test_fee_of_part_of_a_year_is_rounded_to_the_cent() -> None:
    days = days_in(2020, date(2020, 7, 1), None)
    assert days == 184
    assert fee_due(Decimal(500), days, 2020, by_days=True) == Decimal("251.37")  # 500 * 184 / 366 = 251.366...
    assert fee_due(Decimal(500), days, 2020, by_days=False) == Decimal("500.00")
    assert fee_due(Decimal(500), 0, 2020, by_days=False) == 0


@given(since=st.dates(date(2015, 1, 1), date(2020, 12, 31)), length=st.integers(1, 1500))
def test_days_of_a_spell_add_up_over_the_years(since: date, length: int) -> None:
    until = since + timedelta(days=length)
    assert sum(days_in(y, since, until) for y in range(2015, 2027)) == length


def test_rate_of_a_class_changes_from_a_day_on(manager: Any) -> None:
    agrifood = cluster("agrifood")
    set_fee_rate(cluster=agrifood, fee_class="micro", amount_eur=Decimal(100), since=date(2018, 1, 1), by=manager)
    set_fee_rate(cluster=agrifood, fee_class="micro", amount_eur=Decimal(120), since=date(2020, 1, 1), by=manager)
    set_fee_rate(cluster=agrifood, fee_class="micro", amount_eur=Decimal(110), since=date(2019, 1, 1), by=manager)
    known = FeeRate.objects.known().order_by("valid_from").values_list("amount_eur", "valid_to")
    assert list(known) == [(100, date(2019, 1, 1)), (110, date(2020, 1, 1)), (120, None)]


@pytest.fixture
def members(manager: Any) -> list[Any]:
    """Three members with a rate, one honorary, one of a class without a rate."""
    agrifood = cluster("agrifood")
    for fee_class, amount in (("micro", 100), ("small", 250)):
        set_fee_rate(
            cluster=agrifood, fee_class=fee_class, amount_eur=Decimal(amount), since=date(2018, 1, 1), by=manager
        )
    firms = [organisation(f"Firm {i}", size_class=size) for i, size in enumerate(["micro", "small", "micro", "large"])]
    for firm in firms:
        membership(firm, agrifood)
    membership(organisation("Honoured", size_class="micro"), agrifood, category="honorary")
    return firms


def test_run_of_a_year_invoices_each_member_once_and_adds_only_who_came_since(manager: Any, members: list[Any]) -> None:
    terms = {"year": 2020, "part": "whole", "issued_on": date(2020, 1, 15), "due_on": date(2020, 3, 1)}
    agrifood = cluster("agrifood")
    lines = due_lines(agrifood, 2020, "whole")
    assert {line.name: line.amount_eur for line in lines} == {"Firm 0": 100, "Firm 1": 250, "Firm 2": 100, "Firm 3": 0}
    run, made = issue_fees(cluster=agrifood, by=manager, **terms)
    assert [(i.number, i.amount_eur) for i in made] == [(1, 100), (2, 250), (3, 100)]
    assert issue_fees(cluster=agrifood, by=manager, **terms)[1] == []
    join(organisation("Newcomer", size_class="micro"), manager, date(2020, 9, 1))
    again, more = issue_fees(cluster=agrifood, by=manager, **{**terms, "part": "days"})
    assert again == run
    assert [(i.number, i.amount_eur) for i in more] == [(4, Decimal(100))]  # under the terms of the first run
    assert FeeInvoice.objects.count() == 4


def test_two_open_invoices_for_a_member_and_year_are_impossible(manager: Any, members: list[Any]) -> None:
    issue_fees(cluster=cluster("agrifood"), year=2020, part="whole", issued_on=DAY, due_on=DAY, by=manager)
    invoice = FeeInvoice.objects.order_by("number").first()
    assert invoice is not None
    invoice.pk, invoice.number = None, 99
    invoice._state.adding = True
    with pytest.raises(IntegrityError, match=r"one_a_year|UNIQUE"), transaction.atomic():
        invoice.save()


def test_payments_reminders_and_cancelling_keep_the_books_whole(manager: Any, members: list[Any]) -> None:
    agrifood = cluster("agrifood")
    due = date(2020, 3, 1)
    issue_fees(cluster=agrifood, year=2020, part="whole", issued_on=date(2020, 1, 15), due_on=due, by=manager)
    first, second, third = FeeInvoice.objects.order_by("number")
    record_payment(invoice=first, on=due, amount_eur=Decimal("60.00"), by=manager)
    with pytest.raises(FeesRefused, match="more than the 40"):
        record_payment(invoice=first, on=due, amount_eur=Decimal("40.01"), by=manager)
    with pytest.raises(FeesRefused, match="came in for this invoice"):
        cancel_invoice(invoice=first, reason="wrong class", by=manager)
    record_payment(invoice=second, on=due, amount_eur=Decimal(250), by=manager)
    cancel_invoice(invoice=third, reason="wrong class", by=manager)
    assert in_arrears(agrifood, date(2020, 3, 2)) == {first.organisation_id: Decimal("40.00")}
    assert in_arrears(agrifood, due) == {}
    year = years_of_fees(agrifood, DAY)[0]
    assert (year.invoiced_eur, year.paid_eur, year.overdue_eur, year.overdue) == (350, 310, 40, 1)
    assert len(write_reminders(cluster=agrifood, on=date(2020, 3, 2), by=manager)) == 1
    assert write_reminders(cluster=agrifood, on=date(2020, 3, 3), by=manager) == []
    assert len(write_reminders(cluster=agrifood, on=date(2020, 4, 2), by=manager)) == 1
    record_payment(invoice=first, on=DAY, amount_eur=Decimal(-60), by=manager)
    assert sum(FeePayment.objects.filter(invoice=first).values_list("amount_eur", flat=True)) == 0
    assert LogEntry.objects.filter(verb="record_payment").count() == 3


def test_reminders_come_at_most_three_times_thirty_days_apart() -> None:
    due = date(2020, 3, 1)
    assert next_reminder(due, 0, due) is None
    assert next_reminder(due, 0, due + timedelta(days=1)) == 1
    assert next_reminder(due, 1, due + timedelta(days=30)) is None
    assert next_reminder(due, 1, due + timedelta(days=31)) == 2
    assert next_reminder(due, 3, due + timedelta(days=500)) is None


def test_invoices_that_differ_from_the_accounts_are_a_finding_until_they_agree(
    manager: Any, members: list[Any]
) -> None:
    agrifood = cluster("agrifood")
    body = agrifood.mandates.get().body
    line = RevenueLine.objects.create(
        body=body, cluster=agrifood, year=2020, origin="fees", amount_eur="400", source=source(), certainty="reported"
    )
    issue_fees(cluster=agrifood, year=2020, part="whole", issued_on=DAY, due_on=DAY, by=manager)
    finding = DataQualityFinding.objects.get(kind="fees-differ")
    assert [side["value"] for side in finding.sides] == [450.0, 400.0]
    assert "EUR 450,00, i conti" in finding.statement_it
    assert "EUR 450.00, the accounts" in finding.statement_en
    RevenueLine.objects.filter(pk=line.pk).update(amount_eur="450")
    join(organisation("Newcomer", size_class="large"), manager, date(2020, 9, 1))
    issue_fees(cluster=agrifood, year=2020, part="whole", issued_on=DAY, due_on=DAY, by=manager)
    finding.refresh_from_db()
    assert finding.state == "resolved"


# --- contacts and notes -----------------------------------------------------------------------------------------------
def test_consent_is_given_and_withdrawn_by_purpose_and_ends_with_the_contact(manager: Any) -> None:
    contact = add_contact(
        cluster=cluster("agrifood"), organisation=organisation(), name="Anna", email="anna@x.example", by=manager
    )
    wording = "I want the newsletter"
    assert set_consents(contact=contact, purposes={"news", "events"}, wording=wording, by=manager) == {
        "news": True,
        "events": True,
    }
    assert set_consents(contact=contact, purposes={"news"}, wording=wording, by=manager) == {"events": False}
    assert Consent.objects.get(withdrawn_at=None).purpose == "cluster:agrifood:news"
    end_contact(contact=contact, on=DAY, by=manager)
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    assert Consent.objects.count() == 2  # what was agreed to, and when, stays


def test_words_of_a_note_never_reach_the_log_of_acts(manager: Any) -> None:
    record_interaction(
        cluster=cluster("agrifood"),
        organisation=organisation(),
        channel="call",
        on=DAY,
        text="secret plans",
        by=manager,
    )
    entry = LogEntry.objects.get(verb="record_interaction")
    assert "secret" not in str(entry.detail)
    assert Interaction.objects.get().text == "secret plans"


# --- outreach ---------------------------------------------------------------------------------------------------------
def campaign_with(firm: Any, manager: Any) -> OutreachContact:
    campaign = open_outreach(
        cluster=cluster("agrifood"), name="Spring", goal="", starts_on=DAY, ends_on=date(2020, 8, 31),
        prospects=[Prospect(firm.pk, True, False, "micro", False, 0)], by=manager,
    )  # fmt: skip
    return campaign.contacts.get()


def test_prospect_that_joins_the_register_is_counted_as_joined(manager: Any) -> None:
    firm = organisation()
    contact = campaign_with(firm, manager)
    assert contact.fit == 50
    record_outreach(contact=contact, on=DAY, channel="call", state="interested", offer="trial", by=manager)
    with pytest.raises(OutreachRefused, match="follows from the register"):
        record_outreach(contact=contact, on=DAY, channel="call", state="joined", by=manager)
    join(firm, manager, date(2020, 7, 1))
    contact.refresh_from_db()
    assert (contact.state, contact.offer) == ("joined", "trial")
    with pytest.raises(OutreachRefused, match="has joined"):
        record_outreach(contact=contact, on=DAY, channel="call", state="contacted", by=manager)


def test_refusal_needs_its_reason(manager: Any) -> None:
    contact = campaign_with(organisation(), manager)
    with pytest.raises(OutreachRefused, match="say why"):
        record_outreach(contact=contact, on=DAY, channel="call", state="refused", by=manager)
    record_outreach(contact=contact, on=DAY, channel="call", state="refused", reason="not_ready", by=manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutreachContact.objects.filter(pk=contact.pk).update(reason="")
    assert OutreachCampaign.objects.get().contacts.get().reason == "not_ready"


def test_funnel_counts_how_far_each_came() -> None:
    found = funnel(
        [
            ("listed", "", []),
            ("refused", "no_money", ["contacted", "interested", "refused"]),
            ("refused", "no_need", ["refused"]),
            ("joined", "", ["interested"]),
        ]
    )
    assert dict(found.reached) == {"listed": 4, "contacted": 3, "interested": 2, "trial": 1, "joined": 1}
    assert found.refused == {"no_money": 1, "no_need": 1}
    assert found.share("joined") == 1 / 3


def test_target_keeps_the_baseline_of_its_day_and_a_new_one_replaces_it(manager: Any) -> None:
    agrifood = cluster("agrifood")
    membership(organisation(size_class="micro"), agrifood)
    membership(organisation("Large", size_class="large"), agrifood)
    first = set_target(cluster=agrifood, aspect="small", target=9, due_on=date(2022, 1, 1), on=DAY, by=manager)
    assert first.baseline == 1
    second = set_target(cluster=agrifood, aspect="small", target=12, due_on=date(2022, 1, 1), on=DAY, by=manager)
    assert list(agrifood.membership_targets.known()) == [second]
