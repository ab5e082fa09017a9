"""Who takes part in projects, who orders research, what managers carry: from rows, as known on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from factories import cluster, management, membership, organisation, source

from poliedro.accounts.models import Person
from poliedro.registry.models import (
    Delivery,
    Organisation,
    Participation,
    Project,
    ProjectShare,
    ResearchContract,
    StaffAssignment,
)
from poliedro.registry.queries.capacity import capacities, last_services_year
from poliedro.registry.queries.contracts import Counts, contracts, counts, drawn, flows
from poliedro.registry.queries.participation import participants
from poliedro.registry.services.facts import correct_fact
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db


def stated(certainty: str = "reported") -> dict[str, Any]:
    return {"source": source(f"s-{certainty}", certainty), "certainty": certainty}


def project(number: str, year: int, firms: dict[str, int | None], *clusters: str) -> Project:
    """A project of firms, each with its public money (null: no file gives it); half of it to each of two clusters."""
    found = Project.objects.create(number=number, scheme="regional", starts_on=date(year, 3, 1), **stated())
    for key in clusters:
        ProjectShare.objects.create(project=found, cluster=cluster(key), share=Decimal(1) / len(clusters), **stated())
    for name, eur in firms.items():
        firm = Organisation.objects.filter(name=name).first() or organisation(name)
        Participation.objects.create(project=found, organisation=firm, role="partner", contribution_eur=eur, **stated())
    return found


@pytest.fixture
def projects() -> list[Project]:
    return [
        project("P1", 2016, {"A": 100}, "agrifood"),
        project("P2", 2017, {"A": 200, "B": 100}, "agrifood"),
        project("P3", 2018, {"A": 300, "C": None}, "agrifood", "ict"),
        project("P4", 2018, {"B": 100, "D": 300}, "ict"),
        project("P5", 2018, {"E": 999}),  # of no cluster
    ]


def test_firm_is_new_in_the_year_of_its_first_project_of_any_cluster(projects: list[Project]) -> None:
    found = participants(2017, 2018)
    assert [(y.year, y.new, y.returning) for y in found.years] == [(2017, 1, 1), (2018, 2, 2)]  # B|A; C D|A B
    assert (found.firms, found.repeating, found.places) == (4, 2, 6)
    ict = participants(2017, 2018, cluster=cluster("ict"))
    assert [(y.new, y.returning) for y in ict.years] == [(0, 0), (2, 2)]


def test_concentration_is_the_part_of_the_money_that_the_first_ten_take(projects: list[Project]) -> None:
    found = participants(2017, 2018)
    assert found.contribution_eur == 200 + 100 + 300 + 100 + 300
    assert found.unknown == 1
    assert [(t.name, t.projects, t.contribution_eur) for t in found.top] == [
        ("A", 2, 500),
        ("D", 1, 300),
        ("B", 2, 200),
        ("C", 1, None),
    ]
    assert found.top_share == 1.0
    project("P6", 2018, {f"F{i}": 100 for i in range(10)}, "ict")
    # ten of fourteen: A 500, D 300, B 200, seven of the ten with 100 each
    assert participants(2017, 2018).top_share == pytest.approx((500 + 300 + 200 + 7 * 100) / 2000)
    assert participants(2017, 2018).top_places_share == pytest.approx((2 + 2 + 8) / 16)


def test_firm_with_two_roles_in_a_project_has_one_place_and_all_its_money(projects: list[Project]) -> None:
    Participation.objects.create(
        project=projects[1], organisation=Organisation.objects.get(name="B"), role="third_party",
        contribution_eur=50, **stated("synthetic"),
    )  # fmt: skip
    found = participants(2017, 2018)
    assert found.places == 6
    assert found.contribution_eur == 1050
    assert found.backing.certainty == "synthetic"


def test_participation_taken_back_changes_what_is_known_now_and_not_what_was_known(projects: list[Project]) -> None:
    before = timezone.now()
    assert participants(2017, 2018).firms == 4
    Participation.objects.filter(organisation__name="D").update(retracted_at=timezone.now())
    assert participants(2017, 2018).firms == 3
    assert participants(2017, 2018, before).firms == 4


def test_nobody_takes_part_where_there_is_no_project() -> None:
    found = participants(2017, 2018)
    assert (found.firms, found.top, found.top_share, found.top_places_share) == (0, [], None, None)


def contract(firm: str, body: str, eur: int, key: str | None = "agrifood", day: date = date(2018, 5, 1)) -> None:
    ResearchContract.objects.create(
        firm=Organisation.objects.filter(name=firm).first() or organisation(firm),
        research_body=Organisation.objects.filter(name=body).first() or organisation(body, kind="university"),
        cluster=cluster(key) if key else None, amount_eur=eur, signed_on=day, **stated(),
    )  # fmt: skip


def test_contracts_flow_from_firms_to_laboratories_largest_first() -> None:
    contract("A", "Uni", 10)
    contract("A", "Uni", 30)
    contract("A", "Poli", 5)
    contract("B", "Uni", 20, "ict")
    contract("C", "Uni", 1, None)
    contract("C", "Uni", 500, day=date(2016, 5, 1))  # too early
    rows = contracts(2017, 2020)
    found = flows(rows)
    assert [(f.firm, f.body, f.eur, f.contracts) for f in found] == [
        ("A", "Uni", 40, 2),
        ("B", "Uni", 20, 1),
        ("A", "Poli", 5, 1),
        ("C", "Uni", 1, 1),
    ]
    assert counts(rows) == Counts(contracts=5, firms=3)
    assert [f.eur for f in flows(contracts(2017, 2020, cluster=cluster("ict")))] == [20]


def test_firms_beyond_the_largest_are_drawn_as_one_and_nothing_is_lost() -> None:
    for i, name in enumerate("ABCDE"):
        contract(name, "Uni", 10 * (5 - i))
    shown = drawn(flows(contracts(2017, 2020)), 2)
    assert [(f.firm, f.eur, f.firms) for f in shown] == [("A", 50, 1), ("B", 40, 1), ("", 30 + 20 + 10, 3)]
    assert drawn(flows(contracts(2017, 2020)), 9) == flows(contracts(2017, 2020))


def staffed(key: str, **fte: str) -> None:
    body = management(f"Body of {key}")
    for i, (role, share) in enumerate(fte.items()):
        StaffAssignment.objects.create(
            body=body, cluster=cluster(key), person=Person.objects.create(name=f"{key} {i}"), role=role, fte=share,
            valid_from=date(2015, 1, 1), **stated(),
        )  # fmt: skip


def test_capacity_sets_members_and_services_against_full_time_staff() -> None:
    staffed("agrifood", manager="1.000", officer="0.500")
    firms = [organisation(f"Firm {i}") for i in range(3)]
    for firm in firms:
        membership(firm, cluster("agrifood"))
    provider = organisation("Provider", kind="management_body")
    for day in (date(2018, 2, 1), date(2019, 2, 1), date(2019, 3, 1), date(2021, 1, 1)):
        Delivery.objects.create(
            provider=provider, client=firms[0], cluster=cluster("agrifood"), service="matchmaking", delivered_on=day,
            **stated(),
        )  # fmt: skip
    moment = Moment(date(2020, 6, 1))
    assert last_services_year(moment) == 2019
    agrifood, empty = capacities([cluster("agrifood"), cluster("ict")], moment, 2019)
    assert (agrifood.persons, agrifood.fte, agrifood.members, agrifood.services) == (2, Decimal("1.5"), 3, 2)
    assert agrifood.by_role == {"manager": Decimal(1), "officer": Decimal("0.5")}
    assert agrifood.members_per_fte == pytest.approx(3 / 1.5)
    assert agrifood.services_per_fte == pytest.approx(2 / 1.5)
    assert (empty.persons, empty.members_per_fte, empty.services_per_fte) == (0, None, None)

    correct_fact(StaffAssignment.objects.get(role="officer"), by=None, valid_to=date(2020, 1, 1))
    assert capacities([cluster("agrifood")], moment, 2019)[0].members_per_fte == pytest.approx(3 / 1)


def test_services_are_unknown_where_none_was_ever_recorded() -> None:
    staffed("agrifood", manager="1.000")
    moment = Moment(date(2020, 6, 1))
    assert last_services_year(moment) is None
    assert capacities([cluster("agrifood")], moment, None)[0].services is None


def test_queries_do_not_grow_with_rows(projects: list[Project], django_assert_num_queries: Any) -> None:
    def ask() -> None:
        participants(2017, 2018)
        flows(contracts(2017, 2018))
        capacities([cluster("agrifood"), cluster("ict")], Moment(date(2020, 6, 1)), 2019)

    ask()
    with django_assert_num_queries(13):
        ask()
    project("P9", 2018, {f"F{i}": 100 for i in range(10)}, "ict")
    contract("Z", "Uni", 10)
    staffed("ict", manager="1.000")
    ask()  # keeps the new rows in memory
    with django_assert_num_queries(13):
        ask()
