"""The pages of a cluster's managers: what they show, who may open them, and that a list goes round without loss."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from factories import (
    cluster,
    code,
    delegate_of,
    manager_of,
    membership,
    officer,
    organisation,
    source,
    territory,
)
from import_samples import classes, places

from poliedro.reference.models import Load
from poliedro.registry.models import (
    ClusterDefinition,
    DefinitionCode,
    FeeInvoice,
    FinancialStatement,
    Identifier,
    Interaction,
    MembershipSpell,
    MembershipTarget,
    Organisation,
    OutreachContact,
    Participation,
    Project,
    ProjectShare,
    RegisterCount,
)
from poliedro.registry.queries.trends import start_ups_in_projects
from poliedro.registry.services.exports import HEADER, member_rows
from poliedro.registry.services.fees import issue_fees, set_fee_rate
from poliedro.registry.services.imports.uploads import confirm_list, preview_list
from poliedro.registry.services.productivity import refresh_productivity
from poliedro.registry.services.relations import record_interaction
from poliedro.registry.services.trends import refresh_retention

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture
def manager(client: Client) -> Any:
    login = manager_of(cluster("agrifood", name="Agrifood"))
    client.force_login(login)
    return login


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=EN)
    assert answer.status_code == status, address
    return answer.content.decode()


def post(client: Client, address: str, data: dict[str, Any]) -> str:
    answer = client.post(address, data, headers=EN, follow=True)
    return answer.content.decode()


# --- the list -----------------------------------------------------------------------------------------------------
def test_members_who_need_attention_come_first_and_facets_narrow_the_list(client: Client, manager: Any) -> None:
    agrifood, torino = cluster("agrifood"), territory("ITC11", "Torino")
    quiet = organisation("Alpha", size_class="micro", territory=torino)
    called = organisation("Beta", "start_up", size_class="small")
    for firm in (quiet, called):
        membership(firm, agrifood)
    membership(organisation("Gone"), agrifood, end=date(2015, 1, 1))
    record_interaction(
        cluster=agrifood, organisation=called, channel="call", on=timezone.localdate(), text="all well", by=manager
    )
    page = text(client, "/clusters/agrifood/manage/")
    assert "Agrifood has 2 members" in page
    assert page.index("Beta") < page.index("Alpha") or "nothing noted for a year" in page
    assert "Gone" not in page
    only = text(client, "/clusters/agrifood/manage/?kind=start_up")
    assert "Beta" in only
    assert ">Alpha<" not in only
    assert ">Alpha<" in text(client, "/clusters/agrifood/manage/?attention=quiet")
    assert ">Beta<" not in text(client, "/clusters/agrifood/manage/?attention=quiet")
    assert ">Alpha<" in text(client, "/clusters/agrifood/manage/?q=alph&province=Torino")
    assert "No member matches" in text(client, "/clusters/agrifood/manage/?q=nobody")


def test_books_of_a_cluster_are_shut_to_everybody_but_its_managers(client: Client, manager: Any) -> None:
    firm = organisation()
    membership(firm, cluster("agrifood"))
    addresses = [
        "/clusters/agrifood/manage/",
        "/clusters/agrifood/manage/members.csv",
        f"/clusters/agrifood/manage/{firm.pk}/",
        "/clusters/agrifood/fees/",
        "/clusters/agrifood/fees/run/",
    ]
    for address in addresses:
        assert client.get(address).status_code == 200, address
    for person in (
        manager_of(cluster("ict"), "ict@test.example"),
        officer("funding_officer"),
        officer("regional_officer"),
        officer("agency_staff"),
        officer("data_steward"),
        delegate_of(firm),
    ):
        client.force_login(person)
        for address in addresses:
            assert client.get(address).status_code == 403, (person, address)


def test_list_goes_out_and_comes_back_without_loss(
    client: Client, manager: Any, tmp_path: Path, settings: Any, in_english: None
) -> None:
    settings.VAR = tmp_path / "var"
    places()
    classes()
    agrifood = cluster("agrifood")
    upload = (
        "name;tax_code;kind;municipality;province;activity;category;fee_class;joined_on;left_on;leave_reason;website\n"
        "Alfa S.r.l.;12345670017;large firm;Torino;TO;;ordinary;B;2019-03-01;;;www.alfa.example\n"
        'Beta & C. "Uno";;start up;Ivrea;TO;;associate;;2018-01-01;2020-01-01;cost;\n'
        'Beta & C. "Uno";;start up;Ivrea;TO;;honorary;;2021-01-01;;;\n'
        "=Gamma;;research body;;;;external;007;2019-12-31;;;\n"
    )
    load = preview_list(
        kind="members", cluster=agrifood, upload=SimpleUploadedFile("m.csv", upload.encode()), by=manager
    )
    assert load.rows_rejected == 0, list(load.rejected.values_list("field", "value", "problem"))
    confirm_list(load=load, by=manager)
    Organisation.objects.filter(name="=Gamma").update(kind="bank_foundation")
    stated = list(member_rows(agrifood))
    assert len(stated) == 4
    for suffix in ("csv", "xlsx"):
        answer = client.get(f"/clusters/agrifood/manage/members.{suffix}")
        again = preview_list(
            kind="members", cluster=agrifood, upload=SimpleUploadedFile(f"m.{suffix}", answer.content), by=manager
        )
        outcome = (again.rows_read, again.rows_loaded, again.rows_unchanged, again.rows_rejected)
        assert outcome == (4, 0, 4, 0), (suffix, list(again.rejected.values_list("field", "value", "problem")))
    # And into an empty book: the same rows, but for the register's own numbers.
    other = cluster("other")
    stranger = manager_of(other, "other@test.example")
    fresh = preview_list(
        kind="members", cluster=other, upload=SimpleUploadedFile("m.xlsx", answer.content), by=stranger
    )
    confirm_list(load=Load.objects.get(pk=fresh.pk), by=stranger)
    number = HEADER.index("number")
    without = [[c for i, c in enumerate(row) if i != number] for row in stated]
    assert [[c for i, c in enumerate(row) if i != number] for row in member_rows(other)] == without


def test_list_asks_the_database_as_often_for_many_members(
    client: Client, manager: Any, django_assert_max_num_queries: Any
) -> None:
    for i in range(60):
        membership(organisation(f"Firm {i:02}"), cluster("agrifood"))
    with django_assert_max_num_queries(24):
        page = text(client, "/clusters/agrifood/manage/")
    assert "1 to 50 of 60" in page
    with django_assert_max_num_queries(14):
        assert "Firm 59" in text(client, "/clusters/agrifood/manage/?page=2")


# --- the file -----------------------------------------------------------------------------------------------------
def test_manager_finds_an_organisation_lets_it_join_notes_a_talk_and_ends_it(client: Client, manager: Any) -> None:
    from poliedro.registry.services.index import rebuild_index

    firm = organisation("Cantina Prova")
    rebuild_index()
    assert "Cantina Prova" in text(client, "/clusters/agrifood/manage/join/?q=cantina")
    file = f"/clusters/agrifood/manage/{firm.pk}/"
    assert "Not a member of Agrifood" in text(client, file)
    said = post(client, file, {"act": "join", "join-on": "2020-01-01", "join-category": "ordinary"})
    assert "Joined." in said
    wrong = {
        "act": "note",
        "note-on": "2020-02-01",
        "note-channel": "call",
        "note-text": "x",
        "note-next_on": "2020-03-01",
    }
    assert "Say what is to follow by that day." in post(client, file, wrong)
    said = post(client, file, {**wrong, "note-next_step": "Send the offer"})
    assert "Send the offer" in said
    said = post(client, file, {"act": "contact", "contact-name": "Anna Bianchi", "contact-email": "anna@x.example"})
    assert "No consent recorded" in said
    contact = firm.contacts.get()
    said = post(client, f"/contacts/{contact.pk}/consents/", {f"c{contact.pk}-purposes": ["news"]})
    assert "newsletter" in said
    todo = text(client, "/today/")
    assert "Send the offer" in todo
    said = post(client, f"/notes/{Interaction.objects.get().pk}/settle/", {})
    assert "Send the offer" not in text(client, "/today/")
    said = post(client, file, {"act": "leave", "leave-on": "2019-01-01", "leave-reason": "cost"})
    assert "The day must lie after the first day" in said
    said = post(client, file, {"act": "leave", "leave-on": "2020-12-01", "leave-reason": "cost"})
    assert "Was a member of Agrifood" in said
    assert MembershipSpell.objects.known().get().leave_reason == "cost"


# --- fees ---------------------------------------------------------------------------------------------------------
def test_year_is_previewed_issued_paid_and_printed(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    firm = organisation("Cantina Prova", size_class="micro")
    membership(firm, agrifood)
    membership(organisation("Unrated", size_class="large"), agrifood)
    said = post(client, "/clusters/agrifood/fees/", {"fee_class": "micro", "amount_eur": "120", "since": "2020-01-01"})
    assert "Recorded." in said
    run = {"year": "2020", "part": "whole", "issued_on": "2020-01-10", "due_on": "2020-02-10"}
    said = post(client, "/clusters/agrifood/fees/run/", run)
    assert "1 invoice to issue: EUR 120.00" in said
    assert "Unrated" in said
    assert not FeeInvoice.objects.exists()
    said = post(client, "/clusters/agrifood/fees/run/", {**run, "issue": "1"})
    assert "1 invoice issued." in said
    assert "1 fee is overdue: EUR 120.00" in said
    invoice = FeeInvoice.objects.get()
    pdf = client.get(f"/invoices/{invoice.pk}.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert client.get(f"/invoices/{invoice.pk}.pdf?reminder").status_code == 404
    assert "1 reminder written" in post(client, "/clusters/agrifood/fees/remind/", {})
    assert client.get(f"/invoices/{invoice.pk}.pdf?reminder").content.startswith(b"%PDF")
    page = f"/invoices/{invoice.pk}/"
    pay = {"act": "pay", "pay-on": "2020-02-01", "pay-amount_eur": "500"}
    assert "not be more than is left to pay" in post(client, page, pay)
    said = post(client, page, {**pay, "pay-amount_eur": "120"})
    assert "paid" in said
    assert "No fee is overdue" in text(client, "/clusters/agrifood/fees/")
    client.force_login(delegate_of(firm))
    assert "2020/0001" in text(client, f"/organisations/{firm.pk}/fees/")
    assert client.get(f"/invoices/own/{invoice.pk}.pdf").content.startswith(b"%PDF")
    assert client.get(f"/invoices/{invoice.pk}.pdf").status_code == 403
    client.force_login(delegate_of(organisation("Another"), "another@test.example"))
    assert client.get(f"/invoices/own/{invoice.pk}.pdf").status_code == 403


# --- trend, gaps --------------------------------------------------------------------------------------------------
def test_stagnation_is_an_alarm_with_its_reason_on_the_page_and_at_work(client: Client, manager: Any) -> None:
    """Forty joined a year until 2014, one since; nobody left."""
    agrifood = cluster("agrifood")
    firms = Organisation.objects.bulk_create(
        Organisation(name=f"F{i}", kind="enterprise", source=source(), certainty="reported") for i in range(246)
    )
    days = [date(y, 6, 1) for y in range(2009, 2015) for _ in range(40)] + [date(y, 6, 1) for y in range(2015, 2021)]
    MembershipSpell.objects.bulk_create(
        MembershipSpell(organisation=f, cluster=agrifood, valid_from=d, source=source(), certainty="reported")
        for f, d in zip(firms, days, strict=True)
    )
    found = refresh_retention(cluster=agrifood, today=date(2020, 12, 31), by=manager)
    alarm = found.payload["alarm"]
    assert alarm["state"] == "stagnant"  # (246 / 243) ** (1 / 3) - 1 = 0.4%
    assert (alarm["entries"]["from"], alarm["entries"]["is_break"]) == (2015, True)
    assert not alarm["exits"]["is_break"]
    assert found.payload["all"]["after"][0]["survival"] == 1.0
    assert refresh_retention(cluster=agrifood, today=date(2020, 12, 31)).pk == found.pk
    page = text(client, "/clusters/agrifood/trend/")
    assert "stands still" in page
    assert "Joining: from 2015 on" in page
    assert "Fewer firms join since 2015." in text(client, "/today/")
    assert "+0.4% a year" in text(client, "/today/")
    client.force_login(officer("regional_officer"))
    assert "(0.4% a year)" in text(client, "/clusters/agrifood/trend/")
    assert "Member firms change by +0.4% a year over the last three whole years" in text(client, "/cockpit/")
    client.force_login(officer("funding_officer"))
    text(client, "/clusters/agrifood/trend/", 403)


@pytest.fixture
def industry(manager: Any) -> Any:
    """Two versions of a definition: wine, then wine and bread; ten firms of each in the register of 2019."""
    agrifood, wine, bread = cluster("agrifood"), code("11.02"), code("10.71")
    torino = territory("ITC11", "Torino", parent=territory("ITC1", "Piemonte", "nuts2"))
    load = Load.objects.create(source=source(), importer="x", file_name="x", state="loaded")
    for version, since, until, codes in (
        (1, date(2010, 1, 1), date(2018, 1, 1), [wine]),
        (2, date(2018, 1, 1), None, [wine, bread]),
    ):
        row = ClusterDefinition.objects.create(
            cluster=agrifood, version=version, valid_from=since, valid_to=until, source=source(), certainty="reported"
        )
        for each in codes:
            DefinitionCode.objects.create(definition=row, code=each)
    for each in (wine, bread):
        RegisterCount.objects.create(
            year=2019, code=each, territory=torino, size_class="micro", firms=10, load=load, source=source(),
            certainty="official", recorded_at=timezone.now(),
        )  # fmt: skip
    membership(organisation("Winery", nace=wine, territory=torino), agrifood)
    membership(organisation("Software", nace=code("62.01"), territory=torino), agrifood)
    return agrifood


def test_both_versions_of_the_definition_stay_quotable_with_their_gaps(client: Client, industry: Any) -> None:
    page = text(client, "/clusters/agrifood/gaps/")
    assert "1 niche of its industry has no member in Agrifood" in page
    assert "10.71" in page
    rows = [r for r in page.split("<tr>") if "version " in r and "<td" in r]
    assert "5.0" in rows[0]  # version 2: 1 of 20
    assert "10.0" in rows[1]  # version 1: 1 of 10
    assert "Software" in page  # outside, told apart
    assert "Every niche of its industry has a member" in text(client, "/clusters/agrifood/gaps/?version=1")
    public = text(client, "/clusters/agrifood/coverage/")
    assert "1 of 2 niches have no member." in public
    assert "Torino (10)" in public


# --- outreach -----------------------------------------------------------------------------------------------------
def test_round_starts_from_the_prospects_micro_first_and_a_contact_is_noted(client: Client, industry: Any) -> None:
    torino = territory("ITC11")
    for name, size in (("Large Oven", "large"), ("Small Oven", "small"), ("Micro Oven", "micro")):
        organisation(name, nace=code("10.71"), territory=torino, size_class=size)
    assert "Micro Oven" in text(client, "/clusters/agrifood/prospects/?class=10.71")
    assert "Micro Oven" not in text(client, "/clusters/agrifood/prospects/?class=11.02")
    ends = timezone.localdate() + timedelta(days=60)
    said = post(
        client,
        "/clusters/agrifood/outreach/",
        {
            "act": "campaign", "campaign-name": "Ovens", "campaign-starts_on": "2020-01-01",
            "campaign-ends_on": ends.isoformat(), "campaign-reason": "small", "campaign-number": "5",
        },
    )  # fmt: skip
    assert "2 prospects listed." in said
    assert said.index("Micro Oven") < said.index("Small Oven")
    contact = OutreachContact.objects.get(organisation__name="Micro Oven")
    step = {"on": "2020-02-01", "channel": "call", "state": "refused"}
    page = f"/outreach/contacts/{contact.pk}/"
    assert "Choose why" in post(client, page, step)
    said = post(client, page, {**step, "reason": "not_ready"})
    assert "does not feel ready" in said
    assert "Ovens: 1 of 2 contacted" in said
    campaign = text(client, f"/outreach/{contact.campaign_id}/")
    assert "Reasons by industry" in campaign
    assert '"name": "10"' in campaign  # the division of 10.71, which has no label here
    ready = OutreachContact.objects.get(organisation__name="Small Oven")
    post(client, f"/outreach/contacts/{ready.pk}/", {**step, "state": "interested", "next_on": "2020-03-01"})
    assert "Ask 1 prospect again" in text(client, "/today/")
    said = text(client, "/clusters/agrifood/outreach/")
    assert "Named most: does not feel ready" in said
    assert "(1 of 1 that declined). Asked so far: 2 of 2 listed firms." in said
    client.force_login(officer("agency_staff"))
    text(client, "/clusters/agrifood/outreach/")
    text(client, page, 403)


def test_target_is_set_with_the_baseline_of_today(client: Client, industry: Any) -> None:
    due = timezone.localdate() + timedelta(days=365)
    said = post(
        client,
        "/clusters/agrifood/outreach/",
        {"act": "target", "target-aspect": "members", "target-target": "10", "target-due_on": due.isoformat()},
    )
    assert "from 2 to 10" in said


# --- productivity -------------------------------------------------------------------------------------------------
def test_position_is_the_firm_s_own_and_the_tail_names_nobody(client: Client) -> None:
    torino, oven = territory("ITC11", "Torino", parent=territory("ITC1", "Piemonte", "nuts2")), code("10.71")
    firms = [organisation(f"Oven {i}", nace=oven, territory=torino, size_class="micro") for i in range(20)]
    for i, firm in enumerate(firms):
        FinancialStatement.objects.create(
            organisation=firm, year=2019, turnover_eur=Decimal(10_000 * (i + 1)), persons=1, source=source(),
            certainty="reported", valid_from=date(2019, 1, 1), valid_to=date(2020, 1, 1),
        )  # fmt: skip
    refresh_productivity(today=date(2020, 6, 1))
    address = f"/organisations/{firms[0].pk}/productivity/"
    client.force_login(delegate_of(firms[0]))
    assert "Nine in ten of the firms compared with produce more" in text(client, address)
    for person in (
        delegate_of(firms[1], "b@test.example"),
        manager_of(cluster("agrifood")),
        officer("funding_officer"),
        officer("data_steward"),
        officer("regional_officer"),
    ):
        client.force_login(person)
        text(client, address, 403)
    page = text(client, "/productivity-tail/")
    assert "Torino has most firms of low productivity: 10% of its small and medium firms" in page
    assert "Oven" not in page


# --- my work ------------------------------------------------------------------------------------------------------
def test_item_is_put_off_and_called_back_and_a_task_of_one_s_own_is_done(client: Client, manager: Any) -> None:
    post(client, "/today/task/", {"title": "Book the hall", "due_on": "2020-01-01"})
    page = text(client, "/today/")
    assert "Book the hall" in page
    assert "1 late" in page
    key = page.split('name="key" value="')[1].split('"')[0]
    said = post(client, "/today/put/", {"key": key, "days": "7"})
    assert "put off for 7 days" in said
    assert "comes back by itself" in said
    post(client, "/today/put/", {"key": key, "back": "1"})
    assert "Book the hall" in text(client, "/today/")
    said = post(client, "/today/put/", {"key": key})
    assert "Book the hall: done" in said
    assert "Nothing needs you today" in text(client, "/today/")


def test_what_is_not_settled_can_be_put_off_but_not_closed(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    membership(organisation(size_class="micro"), agrifood)
    set_fee_rate(cluster=agrifood, fee_class="micro", amount_eur=Decimal(9), since=date(2019, 1, 1), by=manager)
    issue_fees(
        cluster=agrifood, year=2020, part="whole", issued_on=date(2020, 1, 1), due_on=date(2020, 2, 1), by=manager
    )
    assert "1 fee is overdue" in text(client, "/today/")
    assert "EUR 9,00 " in client.get("/today/", headers={"accept-language": "it"}).content.decode()
    post(client, "/today/put/", {"key": "registry.arrears:agrifood:2020"})
    assert "1 fee is overdue" in text(client, "/today/")


def test_identifier_numbers_of_the_export_are_those_of_the_register(client: Client, manager: Any) -> None:
    firm = organisation("Cantina")
    membership(firm, cluster("agrifood"))
    Identifier.objects.create(
        organisation=firm, scheme="vat", value="IT12345670017", source=source(), certainty="reported"
    )
    row = next(member_rows(cluster("agrifood")))
    assert row[HEADER.index("vat")] == "IT12345670017"


def test_board_of_all_targets_shows_those_behind_first_to_the_region_alone(client: Client, manager: Any) -> None:
    agrifood, ict = cluster("agrifood"), cluster("ict", name="ICT")
    for i in range(4):
        membership(organisation(f"Firm {i}", size_class="micro"), agrifood)
    today = timezone.localdate()
    for held, wanted in ((agrifood, 4), (ict, 9)):
        MembershipTarget.objects.create(
            cluster=held, aspect="members", baseline=2, target=wanted, baseline_on=today - timedelta(days=100),
            due_on=today + timedelta(days=100), valid_from=today, source=source(), certainty="reported",
        )  # fmt: skip
    assert client.get("/targets/").status_code == 403
    client.force_login(officer("regional_officer"))
    page = text(client, "/targets/")
    assert "1 of 2 targets of the clusters are behind" in page
    assert page.index(">ICT<") < page.index(">Agrifood<")  # 0 of 9, half of the time gone; 4 of 4
    assert "/targets/" in text(client, "/today/")


def test_start_ups_have_their_part_of_projects_and_money_by_the_clusters_share(client: Client, manager: Any) -> None:
    agrifood = cluster("agrifood")
    young, old = organisation("Young", "start_up"), organisation("Old")
    for firm in (young, old, organisation("Third")):
        membership(firm, agrifood)
    facts = {"source": source(), "certainty": "reported"}
    for number, share, given in (("1", "1", {young: 100, old: 300}), ("2", "0.5", {old: 400})):
        project = Project.objects.create(
            number=number, title=number, scheme="regional", starts_on=date(2019, 1, 1), **facts
        )
        ProjectShare.objects.create(project=project, cluster=agrifood, share=Decimal(share), **facts)
        for firm, eur in given.items():
            Participation.objects.create(
                project=project, organisation=firm, role="partner", contribution_eur=eur, **facts
            )
    part = start_ups_in_projects(agrifood)
    assert (part.taken, part.of) == (1, 3)
    assert (part.eur, part.of_eur) == (100, 600)  # 100 + 300 + half of 400
    page = text(client, "/clusters/agrifood/trend/")
    assert "Start-ups among the firms in projects" in page
    assert "33.3" in page
    assert "16.7" in page
