"""The pages of figures follow from rows: change a row, and the page changes; what was known before stays."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, code, lineage, management, mandate, membership, officer, organisation, source, territory

from poliedro.accounts.models import Person
from poliedro.reference.models import Load, Territory
from poliedro.registry.models import (
    Cluster,
    ClusterDefinition,
    DefinitionCode,
    Delivery,
    EffortRecord,
    Lineage,
    ManagementOrganisation,
    MembershipSpell,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    RegisterCount,
    ResearchContract,
    RevenueLine,
    ServiceOffer,
    StaffAssignment,
)
from poliedro.registry.runs.network import run_network
from poliedro.registry.runs.structure import run_structure
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.region import region

pytestmark = pytest.mark.django_db
PAGES = (
    "/clusters/agrifood/members/",
    "/clusters/agrifood/coverage/",
    "/tables/",
    "/capacity/",
    "/participation/",
    "/participation/?cluster=agrifood",
    "/contracts/",
    "/contracts/?cluster=agrifood",
    "/lineage/",
    "/network/",
    "/ecosystem/?province=ITC16",
    "/",
)


def read(client: Client, address: str, language: str = "en") -> str:
    page = client.get(address, headers={"accept-language": language})
    assert page.status_code == 200, address
    return page.content.decode()


def charts_of(client: Client, address: str) -> dict[str, list[list[Any]]]:
    """The rows that the browser gets with each chart of a page, by the chart's name."""
    found = re.findall(r'<script id="data-[^"]*" type="application/json">(.*?)</script>', read(client, address))
    return {chart["name"]: chart["table"]["rows"] for chart in map(json.loads, found)}


def said() -> dict[str, Any]:
    return {"source": source("list", "reported"), "certainty": "reported"}


@pytest.fixture
def agrifood() -> Cluster:
    """Two firms in Cuneo and one in Torino; a project, a contract, a manager; the register counts 10 and 40 firms."""
    piemonte = territory("ITC1", "Piemonte", "nuts2")
    cuneo = territory("ITC16", "Cuneo", parent=piemonte, latitude=44.4, longitude=7.5)
    torino = territory("ITC11", "Torino", parent=piemonte, latitude=45.1, longitude=7.5)
    bread, other = code("10.71", label="Bread"), code("62.01")
    found = cluster("agrifood", name="Polo Agrifood", founded_on=date(2015, 7, 1))
    pole = cluster("agro-2009", name="Polo agroalimentare", closed_on=date(2015, 7, 1))
    lineage(pole, found, **said())
    body = management("Gestore")
    Organisation.objects.filter(pk=body.organisation.pk).update(territory=cuneo)
    mandate(found, body)
    firms = []
    for name, place, size in (("Forno A", cuneo, "micro"), ("Forno B", cuneo, "small"), ("Forno C", torino, "micro")):
        firm = organisation(name, territory=place, size_class=size, nace=bread)
        membership(firm, pole, end=date(2015, 7, 1), **said())
        membership(firm, found, date(2015, 7, 1), **said())
        firms.append(firm)
    definition = ClusterDefinition.objects.create(cluster=found, version=1, valid_from=date(2009, 1, 1), **said())
    DefinitionCode.objects.create(definition=definition, code=bread)
    load = Load.objects.create(source=source(), importer="test", file_name="t", checksum="0", state="loaded")
    for c, place, size, n in (
        (bread, cuneo, "micro", 10),
        (bread, torino, "small", 40),
        (other, torino, "micro", 50),
    ):
        RegisterCount.objects.create(
            year=2019, code=c, territory=place, size_class=size, firms=n, load=load, certainty="official",
            source=source("register", "official"), recorded_at=timezone.now(),
        )  # fmt: skip
    StaffAssignment.objects.create(
        body=body, cluster=found, person=Person.objects.create(name="Carla Riservata"), role="manager", fte="0.500",
        valid_from=date(2015, 1, 1), **said(),
    )  # fmt: skip
    university = organisation("Ateneo", kind="university", territory=torino)
    project = Project.objects.create(
        number="P1", title="Bread", scheme="regional", starts_on=date(2018, 1, 1), total_cost_eur=1000, **said()
    )
    ProjectShare.objects.create(project=project, cluster=found, share=Decimal(1), **said())
    for body_in, eur in ((firms[0], 300), (firms[1], 100), (university, None)):
        Participation.objects.create(
            project=project, organisation=body_in, role="partner", contribution_eur=eur, **said()
        )
    ResearchContract.objects.create(
        firm=firms[0], research_body=university, cluster=found, amount_eur=250, signed_on=date(2018, 5, 1), **said()
    )
    Delivery.objects.create(
        provider=body.organisation, client=firms[0], cluster=found, service="matchmaking",
        delivered_on=date(2019, 5, 1), **said(),
    )  # fmt: skip
    return found


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_page_answers_in_both_languages_with_little_and_as_known_before_anything(
    client: Client, agrifood: Cluster, address: str, language: str
) -> None:
    assert f'lang="{language}"' in read(client, address, language)
    mark = "&" if "?" in address else "?"
    assert f'lang="{language}"' in read(client, f"{address}{mark}on=2012-01-01&known=2000-01-01", language)


@pytest.mark.parametrize("address", PAGES[2:])
def test_page_answers_on_an_empty_register(client: Client, address: str) -> None:
    read(client, address)


def test_members_page_says_how_far_and_changes_with_a_membership(client: Client, agrifood: Cluster) -> None:
    text = read(client, "/clusters/agrifood/members/")
    assert "Half of the members of Polo Agrifood lie within 1 km of Cuneo" in text  # 0, 0 and 78 km
    assert "Source: Source list" in text
    assert "Download CSV" in text
    for name in "AB":
        spell = MembershipSpell.objects.get(organisation__name=f"Forno {name}", cluster=agrifood)
        correct_fact(spell, by=None, valid_to=date(2020, 1, 1))
    assert "Half of the members of Polo Agrifood lie within 78 km of Cuneo" in read(
        client, "/clusters/agrifood/members/"
    )
    assert "within 1 km" in read(client, "/clusters/agrifood/members/?on=2019-06-01")


def test_members_page_shows_sizes_and_categories_and_so_does_the_cluster_s(client: Client, agrifood: Cluster) -> None:
    MembershipSpell.objects.filter(organisation__name="Forno C", cluster=agrifood).update(category="honorary")
    for address in ("/clusters/agrifood/members/", "/clusters/agrifood/"):
        charts = charts_of(client, address)
        assert charts["sizes"] == [["micro", 2], ["small", 1]]
        assert charts["categories"] == [["ordinary", 2], ["honorary", 1]]
    assert charts_of(client, "/clusters/agrifood/members/")["kinds-by-year"][0][1] == 3  # the pole's, before 2015


def test_coverage_page_names_the_gap_and_changes_with_the_register(client: Client, agrifood: Cluster) -> None:
    address = "/clusters/agrifood/coverage/"
    assert "Polo Agrifood covers 6% of its industry; Torino is the gap" in read(client, address)  # 3 / 50, 1 / 40
    charts = charts_of(client, address)
    assert charts["sizes"] == [["micro", 2, 10, 20.0], ["small", 1, 40, 2.5]]
    assert charts["years"] == [["2019", 3.0, 50, 6.0, "Source register"]]
    assert [row[:3] for row in charts["quotients"]] == [["Cuneo", 10, 10], ["Torino", 40, 90]]
    RegisterCount.objects.filter(territory__code="ITC11", code__code="10.71").update(firms=2)
    assert "Polo Agrifood covers 25% of its industry; Cuneo is the gap" in read(client, address)  # 3 / 12, 2 / 10


def test_register_that_is_not_loaded_is_unknown_not_no_firms(client: Client, agrifood: Cluster) -> None:
    RegisterCount.objects.all().delete()
    page = read(client, "/clusters/agrifood/coverage/")
    assert "No business register of that year or before is loaded." in page
    assert "How much of its industry Polo Agrifood covers is not known" in page


def test_tables_show_sizes_categories_and_league_by_type(client: Client, agrifood: Cluster) -> None:
    cluster("ict", type="transversal")
    charts = charts_of(client, "/tables/")
    assert charts["sizes-sectoral"] == [["Polo Agrifood", 2, 1]]
    assert [row[0] for row in charts["sizes-transversal"]] == ["Ict"]
    assert charts["coverage-sizes-sectoral"] == [["Polo Agrifood", 20.0, 2.5]]
    assert charts["coverage-sectoral"] == [["Polo Agrifood", 6.0]]
    assert charts["coverage-transversal"] == [["Ict", None]]


def test_capacity_page_names_no_person_and_changes_with_an_assignment(client: Client, agrifood: Cluster) -> None:
    text = read(client, "/capacity/")
    assert "A full-time person serves up to 6 members, most in Polo Agrifood" in text  # 3 members / 0.5 FTE
    assert "Riservata" not in text
    StaffAssignment.objects.update(recorded_at="2020-01-01T00:00:00Z")
    correct_fact(StaffAssignment.objects.get(), by=None, at=timezone.now(), fte=Decimal("1.000"))
    assert "serves up to 3 members" in read(client, "/capacity/")
    StaffAssignment.objects.update(retracted_at=timezone.now())
    assert "No staff is recorded on this day" in read(client, "/capacity/")


def test_participation_page_changes_with_a_participation(client: Client, agrifood: Cluster) -> None:
    text = read(client, "/participation/")
    assert "2 firms took part in R&amp;D; 2 of them take 100% of the money" in text
    assert charts_of(client, "/participation/")["top"] == [["Forno A", 1, 300.0], ["Forno B", 1, 100.0]]
    Participation.objects.filter(organisation__name="Forno A").update(retracted_at=timezone.now())
    assert charts_of(client, "/participation/?cluster=agrifood")["top"] == [["Forno B", 1, 100.0]]
    cluster("ict")
    assert "No firm takes part in the years" in read(client, "/participation/?cluster=ict")


def test_contracts_page_draws_flows_and_lists_the_register_for_the_region(client: Client, agrifood: Cluster) -> None:
    client.force_login(officer("regional_officer"))
    text = read(client, "/contracts/")
    assert "Register of contracts" in text
    assert charts_of(client, "/contracts/")["contracts"] == [["Forno A", "Ateneo", 250.0, 1]]
    ResearchContract.objects.update(amount_eur=500)
    assert charts_of(client, "/contracts/")["contracts"][0][2] == 500.0


def test_firm_and_body_of_one_name_stay_two_boxes(client: Client, agrifood: Cluster) -> None:
    Organisation.objects.filter(name="Forno A").update(name="Ateneo")
    client.force_login(officer("regional_officer"))
    text = read(client, "/contracts/")
    chart = json.loads(re.search(r'id="data-contracts" type="application/json">(.*?)</script>', text)[1])
    names = [n["name"] for n in chart["nodes"]]
    assert len(names) == len(set(names)) == 2


def test_lineage_is_a_picture_with_a_table_and_changes_with_a_row(client: Client, agrifood: Cluster) -> None:
    assert "1 cluster went into 1" in read(client, "/lineage/")
    assert charts_of(client, "/lineage/")["lineage"][0][:5] == [
        "Polo agroalimentare",
        "Polo Agrifood",
        "1 Jul 2015",
        100.0,
        3.0,
    ]
    assert "No cluster continues another on this day" in read(client, "/lineage/?on=2015-06-30")
    Lineage.objects.update(retracted_at=timezone.now())
    assert "No cluster continues another on this day" in read(client, "/lineage/")


def test_lineage_of_the_cluster_page_is_as_known_on_the_day(client: Client, agrifood: Cluster) -> None:
    assert "went into this cluster" in read(client, "/clusters/agrifood/")
    assert "went into this cluster" not in read(client, "/clusters/agrifood/?known=2000-01-01")


def test_home_is_as_known_on_a_day(client: Client, agrifood: Cluster) -> None:
    assert "Cuneo has most memberships, 2 of 3" in read(client, "/")
    assert "Torino has most memberships, 1 of 1" not in read(client, "/")
    MembershipSpell.objects.filter(organisation__territory__code="ITC11").update(recorded_at="2020-01-01T00:00:00Z")
    assert "Torino has most memberships, 1 of 1" in read(client, "/?known=2021-01-01")
    assert "No member with a province is recorded" in read(client, "/?known=2019-01-01")


def test_network_falls_back_to_regional_projects_where_no_cordis_is_loaded(client: Client, agrifood: Cluster) -> None:
    assert "No network is stored yet" in read(client, "/network/")
    run_network(region(), "regional")
    text = read(client, "/network/")
    assert "3 organisations and 3 ties" in text
    assert "EU projects (CORDIS)" not in text
    assert "3 organisations and 3 ties" in read(client, "/network/?projects=official")  # not stored: the other one


def test_structure_names_missing_links_bridges_and_isolates_over_three_kinds_of_ties(
    client: Client, agrifood: Cluster
) -> None:
    """Joint project A, B, Ateneo; contract A with Ateneo; service of Gestore to A; Forno C has nobody."""
    assert "No structure is stored yet" in read(client, "/network/ties/")
    assert run_structure("official") is None
    stored = run_structure("regional")
    assert run_structure("regional") == stored  # same rows, same result
    text = read(client, "/network/ties/")
    assert "1 of 5 actors have no tie; Forno A bridges most others" in text
    charts = charts_of(client, "/network/ties/")
    assert {row[0]: row[1:3] for row in charts["layers"]} == {
        "research contracts": [1, 2],
        "joint projects": [3, 3],
        "services delivered": [1, 2],
    }
    assert [(row[0], row[2]) for row in charts["brokers"]] == [("Forno A", 2 + 1)]  # liaison both ways, gatekeeper
    file = client.get("/network/ties/?format=missing", headers={"accept-language": "en"}).content.decode("utf-8-sig")
    pairs = {frozenset(row[i] for i in (0, 2)) for row in list(csv.reader(file.splitlines(), delimiter=";"))[1:]}
    assert pairs == {frozenset({"Gestore", "Forno B"}), frozenset({"Gestore", "Ateneo"})}
    alone = client.get("/network/ties/?format=isolates", headers={"accept-language": "en"}).content.decode("utf-8-sig")
    assert [row[0] for row in list(csv.reader(alone.splitlines(), delimiter=";"))[1:]] == ["Forno C"]
    assert "Do the managing bodies link others?" in text
    assert "How the ties grew, over spans of years" not in text  # all within one span
    Delivery.objects.create(
        provider=Organisation.objects.get(name="Gestore"), client=Organisation.objects.get(name="Forno C"),
        cluster=agrifood, service="matchmaking", delivered_on=date(2025, 5, 1), **said(),
    )  # fmt: skip
    run_structure("regional")
    assert "0 of 5 actors have no tie" in read(client, "/network/ties/")
    windows = charts_of(client, "/network/ties/")["windows"]
    assert {row[0]: row[-5] for row in windows} == {"2017-2019": 4, "2023-2025": 1}


def test_overlaps_of_offers_are_named(client: Client, agrifood: Cluster) -> None:
    where = Territory.objects.get(code="ITC16")
    for name in ("Forno A", "Ateneo"):
        assert "Overlaps" in read(client, "/ecosystem/")
        ServiceOffer.objects.create(
            organisation=Organisation.objects.get(name=name), service="training", audience="students", territory=where,
            **said(),
        )  # fmt: skip
    text = " ".join(read(client, "/ecosystem/").split())
    assert "<strong>training: students</strong>, Cuneo (2)" in text
    assert "Ateneo</a>," in text


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("kind=university", "1 organisations and 0 ties"),
        ("kind=enterprise", "2 organisations and 1 ties"),
        ("cluster=agrifood", "2 organisations and 1 ties"),
        ("province=ITC11", "1 organisations and 0 ties"),
        ("ties=x", "3 organisations and 3 ties"),
        ("ties=2", "No organisation matches"),
        ("kind=%00&province=nowhere", "No organisation matches"),
    ],
)
def test_each_filter_narrows_the_network(client: Client, agrifood: Cluster, choice: str, left: str) -> None:
    run_network(region(), "regional")
    assert left in read(client, f"/network/?{choice}")


def test_tie_of_two_joint_projects_is_kept_where_two_are_asked_for(client: Client, agrifood: Cluster) -> None:
    again = Project.objects.create(number="P2", scheme="regional", starts_on=date(2019, 1, 1), **said())
    for name in ("Forno A", "Ateneo"):
        Participation.objects.create(
            project=again, organisation=Organisation.objects.get(name=name), role="partner", **said()
        )
    run_network(region(), "regional")
    assert "2 organisations and 1 ties" in read(client, "/network/?ties=2")


def test_queries_do_not_grow_with_the_register(client: Client, agrifood: Cluster) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    run_network(region(), "regional")

    def count() -> dict[str, int]:
        found = {}
        for address in (*PAGES, "/clusters/agrifood/"):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found[address] = len(queries)
        return found

    before = count()
    project, university = Project.objects.get(number="P1"), Organisation.objects.get(name="Ateneo")
    for i in range(12):
        firm = organisation(f"Forno {i}", territory=territory("ITC11"), nace=code("10.71"), size_class="large")
        membership(firm, agrifood, date(2015, 7, 1))
        Participation.objects.create(project=project, organisation=firm, role="partner", contribution_eur=10, **said())
        ResearchContract.objects.create(
            firm=firm, research_body=university, cluster=agrifood, amount_eur=9, signed_on=date(2018, 5, 1), **said()
        )
        lineage(cluster(f"pole-{i}", closed_on=date(2015, 7, 1)), agrifood)
    after = count()
    assert {a: n for a, n in after.items() if n > before[a]} == {}


def test_offers_reach_a_province_from_within_and_from_around(client: Client, agrifood: Cluster) -> None:
    piemonte, cuneo, torino = (Territory.objects.get(code=code) for code in ("ITC1", "ITC16", "ITC11"))
    alba = territory("004003", "Alba", "lau", parent=cuneo)
    for name, place in (("Everywhere", piemonte), ("In Torino", torino), ("In Alba", alba)):
        ServiceOffer.objects.create(
            organisation=organisation(name, kind="its"), service="training", audience="students", territory=place,
            **said(),
        )  # fmt: skip
    charts = charts_of(client, "/ecosystem/")
    assert ["training", 2, 2] in charts["provinces"]  # Torino and the region, Alba and the region
    assert ["training", 0, 0, 0, 0, 0, 3] in charts["offers"]
    assert ["training", 0, 0, 0, 0, 0, 2] in charts_of(client, "/ecosystem/?province=ITC16")["offers"]
    text = read(client, "/ecosystem/?province=ITC16&service=training")
    assert "In Alba" in text
    assert "In Torino" not in text
    ServiceOffer.objects.filter(territory=piemonte).update(service="finance")
    assert ["training", 1, 1] in charts_of(client, "/ecosystem/")["provinces"]


def test_tables_set_money_against_members_and_staff(client: Client, agrifood: Cluster) -> None:
    body = ManagementOrganisation.objects.get()
    RevenueLine.objects.create(body=body, cluster=agrifood, year=2019, origin="erdf", amount_eur=600, **said())
    EffortRecord.objects.create(
        project=Project.objects.get(), organisation=Organisation.objects.get(name="Forno A"), year=2018,
        group="research", hours=860, **said(),
    )  # fmt: skip
    page = client.get("/tables/", headers={"accept-language": "en"})
    row = page.context["per_head"].rows[0]
    # 600 EUR / 3 firms, / 0.5 FTE; 1 000 EUR / 3 firms, / (860 / 1 720) FTE
    assert [round(figure.value) for figure in row[1:]] == [200, 1200, 333, 2000]
    RevenueLine.objects.update(amount_eur=900)
    page = client.get("/tables/", headers={"accept-language": "en"})
    assert round(page.context["per_head"].rows[0][1].value) == 300


def test_tables_of_pages_come_as_files_with_certainty_and_source(client: Client, agrifood: Cluster) -> None:
    client.force_login(officer("regional_officer"))
    lines = client.get("/contracts/?format=csv", headers={"accept-language": "en"}).content.decode("utf-8-sig")
    head, row = csv.reader(lines.splitlines(), delimiter=";")
    assert head == ["Firm", "Research body", "Cluster", "Signed on", "EUR", "EUR: certainty", "EUR: source"]
    assert row == ["Forno A", "Ateneo", "Polo Agrifood", "1 May 2018", "250.0", "reported", "Source list"]
    lines = client.get("/contracts/?format=csv", headers={"accept-language": "it"}).content.decode("utf-8-sig")
    head, row = csv.reader(lines.splitlines(), delimiter=";")
    assert head[-2:] == ["EUR: certezza", "EUR: fonte"]
    assert row[-3:-1] == ["250,0", "dichiarato"]
    capacity = client.get("/capacity/?format=csv", headers={"accept-language": "en"})
    assert capacity["Content-Disposition"] == 'attachment; filename="capacity.csv"'
    assert "Polo Agrifood;1;0.5;6.0" in capacity.content.decode()


def test_page_of_a_former_cluster_opens_on_its_last_day_and_says_so(client: Client) -> None:
    pole = cluster("agro-2009", name="Polo agroalimentare", founded_on=date(2009, 1, 1), closed_on=date(2015, 7, 1))
    cuneo = territory("ITC16", "Cuneo", "nuts3")
    membership(organisation("Forno", kind="enterprise", territory=cuneo), pole, date(2010, 1, 1), date(2015, 7, 1))
    page = client.get("/clusters/agro-2009/", headers={"accept-language": "en"})
    assert page.context["figures"][0].value == 1
    said = page.content.decode()
    assert "30 June 2015 was its last day." in said
    assert "Most lie in Cuneo: 1." in said
    assert "The figures below are those of that day." in said
    assert "/clusters/agro-2009/members/?on=2015-06-30" in said
    opened = client.get("/clusters/agro-2009/members/", headers={"accept-language": "en"})
    assert opened.context["moment"].on == date(2015, 6, 30)
    assert "30 June 2015 was its last day." in opened.content.decode()
    assert "1 member" in opened.content.decode()
    assert "/clusters/agro-2009/coverage/?on=2015-06-30" in opened.content.decode()
    later = client.get("/clusters/agro-2009/?on=2020-01-01", headers={"accept-language": "en"})
    assert later.context["figures"][0].value == 0
    assert "On the day asked for it no longer existed." in later.content.decode()
