"""Every figure that the study publishes of the region comes out of the screens, from the register: read off the pages.

The figures themselves stand here as the publications state them, apart from the file that the demonstration is built
from. Rounded as printed: "a third" is 33%, "almost three times" lies between 2.8 and 3.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from factories import officer
from pages_read import ReadTable, table_of, tables_of

from poliedro.registry.models import MembershipSpell, ReportedFigure, RevenueLine
from poliedro.registry.services.demonstration import build_demonstration
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.region import region

pytestmark = pytest.mark.django_db
DAY = "on=2020-12-31"
ENGLISH = {"accept-language": "en"}
POLES = ("agrifood", "biopmed", "cgreen", "clever", "mesap", "pointex", "ict")


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The register's part, built once for this module, and taken out again."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        build_demonstration(region())
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def read(client: Client, address: str) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.fixture
def figures(client: Client, demonstration: Any) -> str:
    """The page of Tables 4.1 to 4.3 as of the study's day."""
    return read(client, f"/tables/?{DAY}")


def of(table: ReadTable, column: str, pole: str) -> float:
    """The number of the one row that names the pole."""
    [value] = [n for name, n in table.numbers(column).items() if pole.lower() in name.lower().replace(".", "")]
    return value


def test_table_4_1_has_seven_clusters_of_86_to_237_firms_covering_7_7_to_20_percent(figures: str) -> None:
    table = table_of(figures, "Table 4.1")
    assert len(table.rows) == 7
    firms, shares = table.numbers("Member firms"), table.numbers("Coverage")
    assert (min(firms.values()), max(firms.values())) == (86, 237)
    assert (min(shares.values()), max(shares.values())) == (7.7, 20.0)
    inside, register = table.numbers("Inside the definition"), table.numbers("Register firms")
    for name, share in shares.items():  # the share printed is that of the two counts beside it
        assert round(100 * inside[name] / register[name], 1) == share, name
    whole = table.total_of("Member firms")
    assert whole is not None
    assert whole < sum(firms.values())  # a firm in two clusters counts once in the region


def test_table_4_2_has_5_to_9_staff_the_erdf_shares_and_the_ratio_of_revenues(figures: str) -> None:
    table = table_of(figures, "Table 4.2")
    staff = table.numbers("Staff")
    assert (len(staff), min(staff.values()), max(staff.values())) == (7, 5, 9)
    shares = table.numbers("ERDF share")
    assert of(table, "ERDF share", "agrifood") == max(shares.values()) == 66
    assert of(table, "ERDF share", "ict") == 33
    assert 2.8 < of(table, "Revenue, EUR", "clever") / of(table, "Revenue, EUR", "pointex") < 3
    seats = " ".join(table.column("Seat").values())
    assert {"Cuneo", "Torino", "Alessandria", "Biella"} <= set(seats.split())


def test_table_4_3_adds_up_to_what_the_study_states_of_2017_to_2020(figures: str) -> None:
    table = table_of(figures, "Table 4.3")
    assert "2017-2020" in table.caption
    spent = table.numbers("R&D investment, EUR (shares)")
    assert of(table, "R&D investment, EUR (shares)", "mesap") == 80_000_000
    assert of(table, "R&D investment, EUR (shares)", "pointex") == 21_500_000
    total = table.total_of("R&D investment, EUR (shares)")
    assert total == pytest.approx(sum(spent.values()), abs=len(spent))  # cells are printed to the euro
    assert total is not None
    assert total > 200_000_000
    firms, whole = table.numbers("Firms"), table.total_of("Firms")
    assert whole is not None
    assert 950 <= whole < 1000 < sum(firms.values())  # nearly a thousand, each once
    assert table.total_of("FTE") == 2100
    contracts = table.total_of("Research contracts, EUR")
    assert contracts is not None
    assert contracts > 27_000_000


def test_the_cockpit_of_the_region_shows_the_same_figures_in_groups_of_one_type(client: Client, figures: str) -> None:
    client.force_login(officer("regional_officer"))
    page = read(client, f"/cockpit/?{DAY}")
    for number, columns in (
        ("Table 4.1", ("Member firms", "Coverage")),
        ("Table 4.2", ("Staff", "Revenue, EUR", "ERDF share")),
        ("Table 4.3", ("R&D investment, EUR (shares)", "Firms", "FTE")),
    ):
        whole = table_of(figures, number)
        grouped = [t for t in tables_of(page) if number in t.caption]
        assert sorted(len(t.rows) for t in grouped) == [2, 5]  # transversal and sectoral
        for column in columns:
            held = {name: value for t in grouped for name, value in t.numbers(column).items()}
            assert held == whole.numbers(column), (number, column)
    # the region reads what each cluster ordered; everybody else the sums that tell of no few firms
    public = table_of(figures, "Table 4.3")
    by_pole = {
        name: value
        for t in tables_of(page)
        if "Table 4.3" in t.caption
        for name, value in t.numbers("Research contracts, EUR").items()
    }
    shown = public.numbers("Research contracts, EUR")
    assert len(by_pole) == 7
    assert sum(by_pole.values()) == pytest.approx(public.total_of("Research contracts, EUR"), abs=7)
    assert 2 <= len(shown) <= 5
    assert {name: by_pole[name] for name in shown} == shown


def test_ten_bodies_manage_the_seven_clusters(client: Client, demonstration: Any) -> None:
    found: set[str] = set()
    for pole in POLES:
        page = read(client, f"/clusters/{pole}/?{DAY}")
        part = page[page.index("Who manages it") : page.index("Members in the last years")]
        found |= {line.split("</a>")[0].split(">")[-1] for line in part.split('<li><span><a href="')[1:]}
    assert len(found) == 10


def test_twelve_poles_of_2009_went_into_seven_in_2015(client: Client, demonstration: Any) -> None:
    page = read(client, "/lineage/")
    found = [json.loads(c) for c in re.findall(r'<script id="data-[^"]*" type="application/json">(.*?)</script>', page)]
    [rows] = [c["table"]["rows"] for c in found if c["name"] == "lineage"]
    assert {day[-4:] for _old, _new, day, *_rest in rows} == {"2015"}
    assert (len({old for old, *_rest in rows}), len({new for _old, new, *_rest in rows})) == (12, 7)
    before = table_of(read(client, "/tables/?on=2014-12-31"), "Table 4.1")
    after = table_of(read(client, "/tables/?on=2015-12-31"), "Table 4.1")
    assert (len(before.rows), len(after.rows)) == (12, 7)


def test_two_areas_of_six_have_no_cluster_and_ict_has_no_area(figures: str) -> None:
    areas = table_of(figures, "S3 areas of 2014-20")
    assert len(areas.rows) == 6
    said = figures[figures.index("Areas without a cluster:") :][:900]
    assert "Aerospace" in said
    assert "Automotive" in said
    assert "ICT" in said[said.index("Clusters without an area:") :]


def test_three_universities_three_incubators_and_seven_schools_are_in_the_directory(
    client: Client, demonstration: Any
) -> None:
    from poliedro.registry.services.index import rebuild_index

    rebuild_index()
    for kind, n in (("university", 3), ("incubator", 3), ("its", 7)):
        page = read(client, f"/organisations/?kind={kind}&certainty=reported")
        assert f"{n} organisations" in " ".join(page.split()), kind


def test_all_seven_meet_the_criteria_of_the_european_platform(client: Client, demonstration: Any) -> None:
    client.force_login(officer("regional_officer"))
    for pole in POLES:
        table = table_of(read(client, f"/clusters/{pole}/benchmark/"), "European Cluster Collaboration Platform")
        held, needed = table.numbers("Held"), table.numbers("Needed")
        assert list(needed.values())[:3] == [0.5, 15, 2], pole
        assert all(held[name] >= least for name, least in needed.items()), (pole, held)


def test_what_publications_state_stands_beside_with_its_source(figures: str) -> None:
    part = figures[figures.index("What publications state") :]
    for words in (
        "ranges between 86 and 237",
        "between 7.7% and 20%",
        "between five and nine staff",
        "relies on ERDF for 66%",
        "more than EUR 200 million",
        "activated EUR 80 million",
        "EUR 21.5 million",
        "Nearly 1 000 companies",
        "2 100 full time equivalents",
        "over EUR 27 million",
        "equal to 6.2% on average in the three years following joining",
        "over 250 entities",
    ):
        assert words in part.replace("&#x27;", "'"), words
    assert part.count("&ldquo;") == ReportedFigure.objects.known().count()


def test_what_is_stated_leads_to_the_page_that_computes_it(client: Client, figures: str) -> None:
    """CLEVER's "over 250 entities" of March 2017 come out of the memberships; 6.2% is what a study estimates."""
    part = figures[figures.index("What publications state") :]

    def way(words: str) -> str:
        return re.findall(r'href="([^"]*)">What the register computes', part[part.index(words) :])[0]

    assert way("equal to 6.2% on average") == "/impact/"
    there = way("over 250 entities")
    assert there == "/clusters/clever/members/?on=2017-03-31"
    [members] = re.findall(r'>Members</span><span class="figure"><a[^>]*>(\d+)</a>', read(client, there))
    assert int(members) > 250
    assert way("ranges between 86 and 237") == "/tables/?on=2020-12-31"
    assert way("more than EUR 200 million") == "/tables/?on=2020-12-31"


def test_the_figures_follow_the_rows_of_the_register(client: Client, demonstration: Any) -> None:
    """Another register, other figures: nothing on the page is written down anywhere."""
    spell = MembershipSpell.objects.known().filter(
        cluster__key="pointex", organisation__kind="enterprise", valid_to=None
    )
    correct_fact(spell.order_by("pk")[0], by=None, valid_to=spell.order_by("pk")[0].valid_from.replace(year=2019))
    line = RevenueLine.objects.known().get(cluster__key="agrifood", year=2020, origin="erdf")
    correct_fact(line, by=None, amount_eur=line.amount_eur / 2)
    page = read(client, f"/tables/?{DAY}")
    assert min(table_of(page, "Table 4.1").numbers("Member firms").values()) == 85
    assert of(table_of(page, "Table 4.2"), "ERDF share", "agrifood") == 49  # 33 / (33 + 34)
