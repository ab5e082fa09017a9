"""Staff, account lines and statements are shown to those who may see them, refused to others, and each look is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from factories import cluster, delegate_of, manager_of, mandate, officer, organisation, source, user

from poliedro.audit.models import LogEntry
from poliedro.registry.models import (
    Cluster,
    CostLine,
    FinancialStatement,
    ManagementOrganisation,
    Organisation,
    Project,
    RevenueLine,
    StaffAssignment,
)
from poliedro.registry.services.facts import correct_fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies["django_language"] = "en"
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def agrifood() -> Cluster:
    """66 of 100 euro of 2019 from the ERDF, 90 euro of costs."""
    found = cluster("agrifood")
    manager_of(found)
    body = ManagementOrganisation.objects.get()
    fact = {"body": body, "cluster": found, "year": 2019, "source": source(), "certainty": "reported"}
    for origin, amount in (("erdf", 66), ("fees", 34)):
        RevenueLine.objects.create(origin=origin, amount_eur=Decimal(amount), **fact)
    CostLine.objects.create(kind="staff", amount_eur=Decimal(90), **fact)
    return found


@pytest.fixture
def firm() -> Organisation:
    found = organisation("Officine Prova")
    for year, turnover in ((2018, 1000), (2019, 1500)):
        FinancialStatement.objects.create(
            organisation=found, year=year, turnover_eur=turnover, persons=9, source=source(), certainty="official"
        )
    return found


def manager() -> Any:
    from poliedro.accounts.models import User

    return User.objects.get(email="manager@test.example")


def test_manager_sees_the_roster_by_name_and_the_public_does_not(english: Client, agrifood: Cluster) -> None:
    address = reverse("registry:staff", args=["agrifood"])
    assert english.get(address).status_code == 302
    english.force_login(manager())
    page = text_of(english.get(address))
    assert "1 person works for Agrifood, 1.0 FTE" in page
    assert "Manager of Agrifood" in page
    assert "Manager of Agrifood" not in text_of(Client().get(reverse("portal:capacity")))
    entry = LogEntry.objects.get(verb="view_roster")
    assert (entry.act, entry.subject_kind, entry.subject_key) == ("read", "cluster", "agrifood")
    assert f'href="{address}"' in text_of(english.get(reverse("monitoring:money", args=["agrifood"])))


def test_manager_adds_a_person_and_ends_the_work(english: Client, agrifood: Cluster) -> None:
    english.force_login(manager())
    address, body = reverse("registry:staff", args=["agrifood"]), ManagementOrganisation.objects.get()
    given = {"name": "Ada Rossi", "body": body.pk, "role": "project", "fte": "0.5", "valid_from": "2021-01-01"}
    assert english.post(address, given).status_code == 302
    added = StaffAssignment.objects.known().get(person__name="Ada Rossi")
    assert (added.fte, added.cluster, added.certainty) == (Decimal("0.5"), agrifood, "reported")
    assert "2 persons work for Agrifood, 1.5 FTE" in text_of(english.get(address))
    english.post(reverse("registry:end_staff", args=[added.pk]))
    page = text_of(english.get(address))
    assert "1 person works for Agrifood" in page
    assert "Until lately" in page
    early = english.post(address, given | {"valid_from": "2001-01-01"})
    assert "does not manage the cluster on this day" in text_of(early)


def test_another_cluster_s_manager_is_refused_and_agency_staff_only_look(english: Client, agrifood: Cluster) -> None:
    other = cluster("mesap")
    english.force_login(manager_of(other, "other@test.example"))
    for name in ("staff", "accounts"):
        assert english.get(reverse(f"registry:{name}", args=["agrifood"])).status_code == 403
    english.force_login(officer("agency_staff"))
    address = reverse("registry:staff", args=["agrifood"])
    assert "Add a person" not in text_of(english.get(address))
    assert english.post(address, {}).status_code == 403
    assert not LogEntry.objects.filter(verb="view_account_lines").exists()


def test_account_lines_are_shown_by_year_and_source_with_their_earlier_values(
    english: Client, agrifood: Cluster
) -> None:
    english.force_login(manager())
    address = reverse("registry:accounts", args=["agrifood"])
    page = text_of(english.get(address))
    assert "66% of the revenue of Agrifood in 2019 came from the ERDF" in page
    assert "membership fees" in page
    assert "staff costs" in page
    assert LogEntry.objects.filter(verb="view_account_lines", act="read").count() == 1
    line = RevenueLine.objects.get(origin="erdf")
    correct_fact(line, by=None, amount_eur=Decimal(34))
    assert "50% of the revenue" in text_of(english.get(address))
    file = english.get(address + "?format=csv").content.decode("utf-8-sig")
    assert "34" in file
    assert "Source test" in file


@pytest.mark.parametrize("function", ["funding_officer", "evaluator", "auditor"])
def test_account_lines_are_refused_to_other_officers(english: Client, agrifood: Cluster, function: str) -> None:
    english.force_login(officer(function))
    assert english.get(reverse("registry:accounts", args=["agrifood"])).status_code == 403


def test_delegate_sees_the_own_statements_and_who_looked(english: Client, firm: Organisation) -> None:
    english.force_login(officer("data_steward"))
    address = reverse("registry:statements", args=[firm.pk])
    assert "Officine Prova" in text_of(english.get(address))
    english.force_login(delegate_of(firm))
    page = text_of(english.get(address))
    assert "1,500" in page
    listed = text_of(english.get(reverse("registry:reads", args=[firm.pk])))
    assert "were read 2 times" in listed
    assert "<strong>data_steward</strong>: financial statements" in listed
    linked = text_of(english.get(reverse("portal:organisation", args=[firm.pk])))
    assert address in linked
    assert reverse("registry:reads", args=[firm.pk]) in linked


def test_statements_and_reads_are_refused_to_others(english: Client, firm: Organisation) -> None:
    for login in (user(), delegate_of(organisation("Altra"), "altra@test.example"), officer("funding_officer")):
        english.force_login(login)
        for name in ("statements", "reads"):
            assert english.get(reverse(f"registry:{name}", args=[firm.pk])).status_code == 403
    assert "statements/" not in text_of(Client().get(reverse("portal:organisation", args=[firm.pk])))


def test_empty_pages_say_what_fills_them(english: Client) -> None:
    body, found = organisation("Vuota"), cluster("empty")
    english.force_login(officer("data_steward"))
    assert "No statement is loaded" in text_of(english.get(reverse("registry:statements", args=[body.pk])))
    english.force_login(officer("regional_officer"))
    assert "No line of accounts is loaded" in text_of(english.get(reverse("registry:accounts", args=["empty"])))
    assert "Nobody is assigned" in text_of(english.get(reverse("registry:staff", args=["empty"])))
    assert found.name in text_of(english.get(reverse("registry:profiles", args=["empty"])))


def test_delegate_states_what_the_firm_was_and_the_page_tells_it(english: Client, firm: Organisation) -> None:
    english.force_login(delegate_of(firm))
    address = reverse("registry:standings", args=[firm.pk])
    missing = english.post(address, {"aspect": "kind", "kind": ""})
    assert "Choose the kind" in text_of(missing)
    assert "no code of NACE" in text_of(english.post(address, {"aspect": "nace", "activity": "rock"}))
    english.post(address, {"aspect": "kind", "kind": "start_up", "since": "2020-01-01"})
    firm.refresh_from_db()
    assert firm.kind == "start_up"
    page = text_of(english.get(address))
    assert "<strong>kind</strong>: start-up" in page
    assert "<strong>kind</strong>: enterprise" in page
    public = text_of(Client(headers={"accept-language": "en"}).get(reverse("portal:organisation", args=[firm.pk])))
    assert "What it was before" in public


def test_steward_corrects_a_project_in_the_page(english: Client) -> None:
    made = Project.objects.create(
        scheme="regional", number="P1", title="Prova", total_cost_eur=100, source=source(), certainty="reported"
    )
    address = reverse("registry:terms", args=[made.pk])
    english.force_login(officer("auditor"))
    assert english.get(address).status_code == 403
    english.force_login(officer("data_steward"))
    assert "never corrected" in text_of(english.get(address))
    assert address in text_of(english.get(reverse("portal:project", args=[made.pk])))
    Project.objects.update(starts_on="2020-02-01")
    for language in ("en", "it"):  # the browser's calendar takes 2020-02-01 alone, whatever the language
        assert 'value="2020-02-01"' in english.get(address, headers={"accept-language": language}).content.decode()
    wrong = english.post(address, {"starts_on": "2020-02-01", "ends_on": "2020-01-01"})
    assert "before the start" in text_of(wrong)
    english.post(address, {"total_cost_eur": "60", "starts_on": "2020-02-01"})
    made.refresh_from_db()
    assert made.total_cost_eur == 60
    page = text_of(english.get(address))
    assert "100.00 EUR" in page
    assert "60.00 EUR" in page


def test_officer_renames_a_cluster_and_earlier_days_keep_the_name(english: Client, agrifood: Cluster) -> None:
    address = reverse("registry:profiles", args=["agrifood"])
    english.force_login(officer("regional_officer"))
    english.post(address, {"name": "Agrifood Plus", "type": "sectoral", "since": "2018-01-01"})
    here = reverse("portal:cluster", args=["agrifood"])
    assert "Agrifood Plus" in text_of(english.get(here))
    assert "Agrifood Plus" not in text_of(english.get(here + "?on=2017-06-01")).split("<main")[1]
    tables = reverse("portal:tables")
    assert "Agrifood Plus" in text_of(english.get(tables))
    assert "Agrifood Plus" not in text_of(english.get(tables + "?on=2017-06-01"))


def test_body_without_mandate_is_no_choice_of_the_roster(english: Client, agrifood: Cluster) -> None:
    from factories import management

    other = management("Ente di altri")
    mandate(cluster("mesap"), other)
    english.force_login(manager())
    assert "Ente di altri" not in text_of(english.get(reverse("registry:staff", args=["agrifood"])))
