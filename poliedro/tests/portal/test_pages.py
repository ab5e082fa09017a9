"""Every public page, in both languages, on an empty register and on a small one; the queries of lists do not grow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from factories import cluster, code, delegate_of, manager_of, membership, officer, organisation, source, territory

from poliedro.reference.models import Load, Source
from poliedro.registry.models import (
    DataQualityFinding,
    Identifier,
    MatchCandidate,
    Organisation,
    Participation,
    Project,
    ResolutionRun,
)
from poliedro.registry.runs.network import run_network
from poliedro.registry.services.index import rebuild_index
from poliedro.registry.services.merges import merge_organisations
from poliedro.shared.region import region

pytestmark = pytest.mark.django_db
PAGES = (
    "/",
    "/clusters/",
    "/organisations/",
    "/ecosystem/",
    "/tables/",
    "/network/",
    "/quality/",
    "/sources/",
    "/search/",
    "/search/?q=nulla",
    "/accessibility/",
    "/organisations/?q=nulla",
)


def read(client: Client, address: str, language: str = "en") -> str:
    page = client.get(address, headers={"accept-language": language})
    assert page.status_code == 200, address
    return page.content.decode()


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_page_answers_on_an_empty_register(client: Client, address: str, language: str) -> None:
    assert f'lang="{language}"' in read(client, address, language)


@pytest.fixture
def small() -> dict[str, Any]:
    """A member with two EU projects, one partner without a name, one project without a title."""
    torino = territory("ITC11", "Torino", parent=territory("ITC1", "Piemonte", "nuts2"))
    cordis = source("cordis", "official", name="CORDIS")
    agrifood = cluster("agrifood", name="Polo Agrifood")
    firm = organisation(
        "Officine Società Prova S.r.l.", territory=torino, source=cordis, nace=code("10.71", label="Bread")
    )
    nameless = organisation("", territory=torino, source=cordis, kind="research_body")
    Identifier.objects.create(
        organisation=nameless, scheme="pic", value="912345678", source=cordis, certainty="official"
    )
    membership(firm, agrifood)
    facts = {"source": cordis, "certainty": "official"}
    titled = Project.objects.create(
        scheme="h2020", number="1001", title="Bread from waste", starts_on=date(2016, 1, 1), **facts
    )
    untitled = Project.objects.create(scheme="h2020", number="1002", starts_on=date(2017, 1, 1), **facts)
    for project in (titled, untitled):
        for body, money in ((firm, Decimal(1000)), (nameless, None)):
            Participation.objects.create(
                project=project, organisation=body, role="participant", contribution_eur=money, **facts
            )
    rebuild_index()
    return {"firm": firm, "nameless": nameless, "titled": titled, "untitled": untitled, "cluster": agrifood}


def test_organisation_without_a_name_shows_its_number_and_nothing_invented(
    client: Client, small: dict[str, Any]
) -> None:
    text = read(client, reverse("portal:organisation", args=[small["nameless"].pk]))
    assert "PIC 912345678, name not in the loaded file" in text
    assert "contribution not in the file" in text


def test_project_without_a_title_shows_its_number(client: Client, small: dict[str, Any]) -> None:
    text = read(client, reverse("portal:project", args=[small["untitled"].pk]))
    assert "Project 1002" in text
    assert "No loaded file gives a title" in text


def test_organisation_page_names_clusters_partners_and_sources(client: Client, small: dict[str, Any]) -> None:
    text = read(client, reverse("portal:organisation", args=[small["firm"].pk]))
    for expected in ("Polo Agrifood", "Bread from waste", "CORDIS", "2 projects", "official"):
        assert expected in text


def test_a_large_organisations_partners_are_those_with_most_joint_projects_as_the_reader_asks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poliedro.portal.views.organisations.NEAR", (2, 4, 40))
    said = {"source": source("cordis", "official"), "certainty": "official"}
    hub, partners = organisation("Hub"), [organisation(f"Partner {i}") for i in range(5)]
    for i, partner in enumerate(partners):
        for n in range(5 - i):  # 5 joint projects with the first partner, 1 with the last; each project has all before
            project = Project.objects.create(number=f"{i}-{n}", scheme="h2020", **said)
            for body in (hub, partner):
                Participation.objects.create(project=project, organisation=body, role="partner", **said)
    both = Project.objects.create(number="both", scheme="h2020", **said)
    for body in partners[:2]:
        Participation.objects.create(project=both, organisation=body, role="partner", **said)
    page = client.get(reverse("portal:organisation", args=[hub.pk]), headers={"accept-language": "en"})
    chart = page.context["chart"]
    assert [n["name"] for n in chart.data["nodes"]] == ["Hub", "Partner 0", "Partner 1"]
    assert len(chart.data["edges"]) == 2 + 1
    assert "Drawn: the 2 partners of 5 with most joint projects." in chart.summary
    assert [row[0] for row in chart.table.rows] == [f"Partner {i}" for i in range(5)]
    assert [(o.label, o.chosen) for o in page.context["near"]] == [("2", True), ("4", False), ("5", False)]
    page = client.get(reverse("portal:organisation", args=[hub.pk]) + "?partners=40", headers={"accept-language": "en"})
    assert "All 5 partners are drawn." in page.context["chart"].summary
    assert len({(n["x"], n["y"]) for n in page.context["chart"].data["nodes"]}) == 6


def test_all_partners_can_be_read_and_taken_along(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poliedro.registry.queries.organisation.PARTNERS", 2)
    monkeypatch.setattr("poliedro.portal.views.organisations.NEAR", (1, 2))
    monkeypatch.setattr("poliedro.portal.views.partners.SHOWN", 2)
    said = {"source": source("cordis", "official"), "certainty": "official"}
    hub, partners = organisation("Hub"), [organisation(f"Partner {i}") for i in range(3)]
    for number, parts in (("1", partners), ("2", partners[2:])):
        project = Project.objects.create(number=number, scheme="h2020", **said)
        for body in (hub, *parts):
            Participation.objects.create(project=project, organisation=body, role="partner", **said)
    address = reverse("portal:organisation_partners", args=[hub.pk])
    assert f'<a href="{address}">All 3 partners</a>' in read(client, reverse("portal:organisation", args=[hub.pk]))
    first, second = read(client, address), read(client, f"{address}?page=2")
    assert "Hub works with 3 partners" in first
    assert [n for n in range(3) if f"Partner {n}</a>" in first] == [0, 2]
    assert [n for n in range(3) if f"Partner {n}</a>" in second] == [1]
    lines = client.get(f"{address}?format=csv", headers={"accept-language": "en"}).content.decode("utf-8-sig")
    head, first, *_more = lines.splitlines()
    assert (head, first.split(";")[0], first.split(";")[2]) == ("Partner;Country;Joint projects", "Partner 2", "2")


def test_merged_organisation_leads_to_its_survivor(client: Client, small: dict[str, Any]) -> None:
    twin = organisation("Officine Prova", source=source("cordis", "official"))
    merge_organisations(survivor=small["firm"], duplicate=twin, by=None)
    page = client.get(reverse("portal:organisation", args=[twin.pk]))
    assert page.status_code == 302
    assert page["Location"] == reverse("portal:organisation", args=[small["firm"].pk])


def test_organisation_whose_load_was_undone_is_gone(client: Client, small: dict[str, Any]) -> None:
    Organisation.objects.filter(pk=small["firm"].pk).update(retracted_at="2026-01-01T00:00:00Z")
    assert client.get(reverse("portal:organisation", args=[small["firm"].pk])).status_code == 404


def test_search_finds_by_prefix_without_accents(client: Client, small: dict[str, Any]) -> None:
    assert "Officine Società Prova" in read(client, "/search/?q=societa+offic")
    assert "Officine Società Prova" in read(client, "/organisations/?q=officine")
    assert "912345678" in read(client, "/search/?q=912345678")


def test_search_finds_words_with_another_ending(client: Client, small: dict[str, Any]) -> None:
    assert "Officine Società Prova" in read(client, "/search/?q=officina")
    assert "Officine Società Prova" in read(client, "/organisations/?q=officina+prova")


def test_directory_counts_and_exports_all_that_match(
    client: Client, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(30):
        organisation(f"Comune Srl {n}")
    rebuild_index()
    assert "30 organisations" in read(client, "/organisations/?q=comune")
    for few in (10_000, 3):  # asked of the database, or sifted as they come
        monkeypatch.setattr("poliedro.portal.views.organisations.AMONG", few)
        lines = b"".join(client.get("/organisations.csv?q=comune").streaming_content).decode().splitlines()
        assert len(lines) == 31


def test_directory_opens_on_the_region_and_offers_the_rest(client: Client, small: dict[str, Any]) -> None:
    organisation("Officine de Lyon", territory=territory("FRK26", "Rhône"), country="FR")
    page = read(client, "/organisations/")
    assert "2 organisations" in page
    assert "Officine de Lyon" not in page
    assert "?where=elsewhere" in page
    assert "3 organisations" in read(client, "/organisations/?where=all")
    assert "1 organisation" in read(client, "/organisations/?where=elsewhere")


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("kind=firms&cluster=any", {"Officine Società Prova S.r.l.", "Nuova Impresa"}),
        ("where=here&projects=eu", {"Officine Società Prova S.r.l.", ""}),
        ("where=elsewhere", {"Officine de Lyon"}),
    ],
)
def test_page_and_file_of_the_directory_agree_on_whom_the_home_page_counts(
    client: Client, small: dict[str, Any], choice: str, names: set[str]
) -> None:
    organisation("Officine de Lyon", territory=territory("FRK26", "Rhône"), country="FR")
    membership(organisation("Nuova Impresa", "start_up"), small["cluster"])
    membership(organisation("Un Ateneo", "university"), small["cluster"])
    assert f"{len(names)} organisation" in read(client, f"/organisations/?{choice}")
    lines = b"".join(client.get(f"/organisations.csv?{choice}").streaming_content).decode().splitlines()
    assert {line.split(";")[1] for line in lines[1:]} == names


def test_search_puts_clusters_first_and_the_region_before_the_rest_of_europe(
    client: Client, small: dict[str, Any]
) -> None:
    elsewhere = territory("FRK26", "Rhône")
    for n in range(70):
        organisation(f"Officine {n}", territory=elsewhere, country="FR")
    rebuild_index()
    page = read(client, "/search/?q=officine")
    assert page.index("Officine Società Prova") < page.index("Officine 1")
    assert "enterprise, Torino" in page
    assert "The first 60 are shown" in page
    assert "/organisations/?q=officine" in page


def test_partner_without_a_name_shows_its_number_wherever_it_is_listed(client: Client, small: dict[str, Any]) -> None:
    for address in (reverse("portal:project", args=[small["titled"].pk]), "/organisations/"):
        assert "PIC 912345678, name not in the loaded file" in read(client, address), address


def test_page_of_one_that_another_source_may_mean_says_so_until_it_is_decided(
    client: Client, small: dict[str, Any]
) -> None:
    twin = organisation("OFFICINE SOCIETA PROVA SRL")
    run = ResolutionRun.objects.create()
    pair = MatchCandidate.objects.create(run=run, left=small["firm"], right=twin, probability=0.7)
    address = reverse("portal:organisation", args=[small["firm"].pk])
    assert "It may be the same organisation as" in read(client, address)
    pair.state = MatchCandidate.State.DISTINCT
    pair.save()
    assert "It may be the same organisation as" not in read(client, address)


def test_marks_beside_figures_read_as_no_month_and_are_explained(client: Client, small: dict[str, Any]) -> None:
    page = read(client, "/", "it")
    assert "dic.</summary>" not in page
    assert "uff. ufficiale, dich. dichiarato, stim. stimato, sint. sintetico" in page


def test_findings_are_paged_and_counted_by_state(client: Client) -> None:
    for n in range(60):
        DataQualityFinding.objects.create(
            key=f"f{n:02}", kind="disagreement", title=f"Finding {n:02}", statement="Two sources disagree.",
            severity="warning", state="open" if n < 55 else "resolved",
        )  # fmt: skip
    first = read(client, "/quality/")
    assert "55 places where sources disagree" in first
    assert "Finding 49" in first
    assert "Finding 50" not in first
    assert "Finding 50" in read(client, "/quality/?page=2")
    resolved = read(client, "/quality/?state=resolved")
    assert "Finding 57" in resolved
    assert "55 places" in resolved


def test_sources_show_the_last_loads_and_all_when_asked(client: Client) -> None:
    origin = source("cordis", "official")
    for n in range(7):
        Load.objects.create(source=origin, file_name=f"file{n}.csv", state=Load.State.LOADED)
    Load.objects.filter(file_name="file6.csv").update(rows_read=1200, rows_loaded=1190, rows_rejected=7)
    few = read(client, "/sources/")
    assert "7 loads" in few
    assert "from “file6.csv”" in few.split("<details")[0]  # open to read, its numbers too
    assert "1,200 rows read, 1,190 loaded, 7 rejected" in few.split("<details")[0]
    assert "file6.csv" in few
    assert "file1.csv" not in few
    assert "file0.csv" in read(client, "/sources/?loads=cordis")


def test_partners_of_a_large_project_come_in_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poliedro.portal.views.organisations.PARTNERS", 2)
    origin = {"source": source("cordis", "official"), "certainty": "official"}
    large = Project.objects.create(number="777", scheme="horizon", **origin)
    for n in range(5):
        Participation.objects.create(project=large, organisation=organisation(f"Partner {n}"), role="partner", **origin)
    address = reverse("portal:project", args=[large.pk])
    assert "Partner 0" in read(client, address)
    assert "Partner 4" not in read(client, address)
    assert "Partner 4" in read(client, address + "?page=3")


def test_search_that_finds_nothing_offers_the_nearest(client: Client, small: dict[str, Any]) -> None:
    text = read(client, "/search/?q=oficine")
    assert "Did you mean" in text
    assert "Officine" in text


@pytest.mark.parametrize(
    "choice",
    [
        "kind=enterprise",
        "cluster=agrifood",
        "province=ITC11",
        "activity=10",
        "certainty=official",
        "size=unknown",
        "order=newest",
        "page=1",
        "where=here",
        "where=all",
        "kind=firms",
        "cluster=any",
        "projects=eu",
    ],
)
def test_each_facet_keeps_the_firm(client: Client, small: dict[str, Any], choice: str) -> None:
    assert "Officine Società Prova" in read(client, f"/organisations/?{choice}")


@pytest.mark.parametrize(
    "choice",
    [
        "kind=university",
        "cluster=mesap",
        "province=ITC13",
        "activity=62",
        "certainty=synthetic",
        "size=large",
        "where=elsewhere",
        "kind=%00",
        "page=999999",
        "province='; DROP TABLE",
    ],
)
def test_other_choices_leave_it_out_and_break_nothing(client: Client, small: dict[str, Any], choice: str) -> None:
    assert "Officine Società Prova" not in read(client, f"/organisations/?{choice}")


def test_directory_as_csv_has_a_row_an_organisation(client: Client, small: dict[str, Any]) -> None:
    page = client.get("/organisations.csv?kind=enterprise")
    lines = b"".join(page.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("id;name;kind")
    assert [line for line in lines[1:] if "Officine Società Prova" in line]


def test_cluster_page_answers_as_of_a_day_and_as_known_on_a_day(client: Client, small: dict[str, Any]) -> None:
    assert "Polo Agrifood" in read(client, "/clusters/agrifood/?on=2012-05-01")
    assert "Polo Agrifood" in read(client, "/clusters/agrifood/?on=2012-05-01&known=2013-01-01")
    assert "Enter a valid date" in read(client, "/clusters/agrifood/?on=yesterday")


def test_page_says_what_a_day_to_come_and_an_early_knowledge_mean(client: Client, small: dict[str, Any]) -> None:
    assert "This day is still to come" in read(client, "/clusters/agrifood/?on=2099-01-01")
    known = read(client, "/clusters/agrifood/?on=2018-12-31&known=2020-01-01")
    assert "What was recorded later does not count" in known
    assert "This day is still to come" not in known


def test_network_is_drawn_from_the_stored_run(client: Client, small: dict[str, Any]) -> None:
    stored = run_network(region(), "official")
    assert stored is not None
    assert {n["id"] for n in stored.payload["nodes"]} == {small["firm"].pk, small["nameless"].pk}
    assert stored.payload["edges"][0]["value"] == 2.0  # two projects of two: 1 / (2 - 1) each
    assert run_network(region(), "official") == stored
    assert "2 organisations and 1 ties" in read(client, "/network/")


def test_public_pages_set_no_cookie_but_for_forms(client: Client) -> None:
    page = client.get("/")
    assert set(page.cookies) <= {"csrftoken"}


def test_content_policy_allows_no_inline_script_or_style(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


def pages_of(small: dict[str, Any]) -> list[str]:
    firm = small["firm"].pk
    return [
        "/",
        "/clusters/",
        "/clusters/agrifood/",
        "/organisations/",
        f"/organisations/{firm}/",
        "/tables/",
        "/network/",
        "/search/?q=officine",
        "/quality/",
        "/sources/",
        "/ecosystem/",
    ]


def test_queries_do_not_grow_with_the_register(client: Client, small: dict[str, Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count() -> dict[str, int]:
        found = {}
        for address in pages_of(small):
            client.get(address)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(address)
            found[address] = len(queries)
        return found

    before = count()
    for i in range(20):
        firm = organisation(f"Firm {i}", territory=territory(), nace=code("10.71"))
        membership(firm, small["cluster"])
        Participation.objects.create(
            project=small["titled"], organisation=firm, role="partner", source=source(), certainty="official"
        )
    after = count()
    assert {a: n for a, n in after.items() if n > before[a]} == {}


REFUSED_TO_ALL_BUT = {
    "/matches/": {"data_steward", "agency_staff"},
    "/audit/": {"auditor"},
}


@pytest.mark.parametrize(
    "role",
    [
        "regional_officer",
        "funding_officer",
        "agency_staff",
        "coach",
        "evaluator",
        "fdi_officer",
        "data_steward",
        "auditor",
    ],
)
def test_each_officer_opens_own_pages_and_is_refused_the_rest(client: Client, small: dict[str, Any], role: str) -> None:
    client.force_login(officer(role))
    read(client, "/my/")
    for address, allowed in REFUSED_TO_ALL_BUT.items():
        assert client.get(address).status_code == (200 if role in allowed else 403), address
    lists = reverse("registry:imports", args=["agrifood"])
    assert client.get(lists).status_code == (200 if role == "data_steward" else 403)
    assert client.get(reverse("registry:delegations", args=[small["firm"].pk])).status_code == (
        200 if role == "data_steward" else 403
    )


def test_manager_opens_the_lists_of_own_cluster_alone(client: Client, small: dict[str, Any]) -> None:
    cluster("mesap")
    client.force_login(manager_of(small["cluster"]))
    assert client.get(reverse("registry:imports", args=["agrifood"])).status_code == 200
    assert client.get(reverse("registry:imports", args=["mesap"])).status_code == 403
    for address in REFUSED_TO_ALL_BUT:
        assert client.get(address).status_code == 403


def test_delegate_sees_who_acts_for_the_own_organisation_alone(client: Client, small: dict[str, Any]) -> None:
    client.force_login(delegate_of(small["firm"]))
    assert client.get(reverse("registry:delegations", args=[small["firm"].pk])).status_code == 200
    assert client.get(reverse("registry:delegations", args=[small["nameless"].pk])).status_code == 403


def test_nobody_signed_in_is_sent_to_sign_in(client: Client, small: dict[str, Any]) -> None:
    for address in ["/my/", "/matches/", "/audit/", reverse("registry:imports", args=["agrifood"])]:
        page = client.get(address)
        assert page.status_code == 302
        assert page["Location"].startswith("/accounts/login/")


def test_news_tell_what_was_loaded_in_words_with_its_rows(client: Client) -> None:
    origin = Source.objects.create(key="cordis", name="CORDIS", certainty="official")
    for n in (200, 1098):
        Load.objects.create(source=origin, file_name="horizon_head100", state="loaded", rows_loaded=n)
    Load.objects.create(source=origin, file_name="undone", state="undone", rows_loaded=7)
    told = read(client, "/")
    assert "1,298 rows" in told
    assert "horizon_head100" not in told
    assert told.count(">CORDIS</a>") == 1
