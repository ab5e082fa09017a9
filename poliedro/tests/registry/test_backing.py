"""Figures say how sure they are: no surer than the weakest row under them, with every source named."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from factories import cluster, management, membership, organisation, source

from poliedro.reference.rules import weakest
from poliedro.registry.models import Participation, Project, ProjectShare, RevenueLine
from poliedro.registry.queries.backing import NOTHING, Backing, backing_of_clusters, together
from poliedro.registry.queries.projects import (
    activity_by_cluster,
    cross_cluster_projects,
    last_project_years,
    projects_of,
)
from poliedro.shared.dated import Moment

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")


def project(title: str, cost: str, **shares: str) -> Project:
    """A project of 2018 with its shares by cluster key."""
    found = Project.objects.create(
        title=title, number=title, starts_on=date(2018, 5, 1), total_cost_eur=Decimal(cost), source=source(),
        certainty="reported",
    )  # fmt: skip
    for key, share in shares.items():
        ProjectShare.objects.create(
            project=found, cluster=cluster(key), share=Decimal(share), source=source(), certainty="reported"
        )
    return found


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["official", "synthetic", "reported"], "synthetic"),
        (["reported", "official"], "reported"),  # the alphabet would say so too ...
        (["reported", "estimated"], "estimated"),  # ... but not here
        ([], "reported"),
    ],
)
def test_figure_is_no_surer_than_its_weakest_row(kinds: list[str], expected: str) -> None:
    assert weakest(kinds) == expected


def test_backing_names_every_source_and_the_weakest_certainty() -> None:
    official, guess = source("register", "official"), source("guess", "estimated")
    membership(organisation("A"), cluster("agrifood"), source=official, certainty="official")
    membership(organisation("B"), cluster("agrifood"), source=guess, certainty="estimated")
    membership(organisation("C"), cluster("ict"), source=official, certainty="official")
    RevenueLine.objects.create(
        body=management(),
        cluster=cluster("ict"),
        year=2019,
        origin="erdf",
        amount_eur=1,
        source=guess,
        certainty="estimated",
    )
    behind = backing_of_clusters([cluster("agrifood"), cluster("ict")], Moment(date(2020, 1, 1)), 2017, 2020)
    assert behind.members == {
        cluster("agrifood").pk: Backing("estimated", "Source guess; Source register"),
        cluster("ict").pk: Backing("official", "Source register"),
    }
    assert behind.revenue(cluster("ict").pk, 2019) == Backing("estimated", "Source guess")
    assert behind.revenue(cluster("ict").pk, 2020) == NOTHING
    assert together(list(behind.members.values())) == Backing("estimated", "Source guess; Source register")


def test_source_whose_name_holds_a_comma_stays_one_source() -> None:
    parts = [Backing("synthetic", "Demonstration, synthetic; Register"), Backing("reported", "Region's file")]
    assert together(parts) == Backing("synthetic", "Demonstration, synthetic; Region's file; Register")


def test_cluster_page_marks_members_of_a_real_list_reported_though_the_cluster_is_of_the_demonstration(
    client: Client,
) -> None:
    found = cluster("agrifood", is_synthetic=True)
    membership(organisation("A"), found, source=source("list"), certainty="reported")
    page = client.get("/clusters/agrifood/", headers={"accept-language": "en"}).content.decode()
    assert "Source list" in page


def test_project_retracted_later_still_counts_as_known_before(settings: Any) -> None:
    shared, kept = project("one", "100", agrifood="0.6", ict="0.4"), project("two", "50", agrifood="1")
    firm = organisation("A")
    Participation.objects.create(
        project=shared, organisation=firm, role="participant", source=source(), certainty="reported"
    )
    long_ago, retracted = datetime(2021, 1, 1, tzinfo=ROME), datetime(2022, 6, 1, tzinfo=ROME)
    Project.objects.update(recorded_at=long_ago)
    ProjectShare.objects.update(recorded_at=long_ago)
    Participation.objects.update(recorded_at=long_ago)
    Project.objects.filter(pk=shared.pk).update(retracted_at=retracted)
    before = datetime(2022, 1, 1, tzinfo=ROME)
    both = [cluster("agrifood"), cluster("ict")]
    agrifood, ict = both[0].pk, both[1].pk

    by_cluster, region = activity_by_cluster(both, 2017, 2020, before)
    assert (by_cluster[agrifood].invested_eur, by_cluster[ict].invested_eur) == (Decimal("110.00"), Decimal("40.00"))
    assert region.invested_eur == Decimal("150.00")
    assert region.firms == 1
    assert cross_cluster_projects(2017, 2020, before) == {(min(agrifood, ict), max(agrifood, ict)): 1}
    assert projects_of(both[0], 5, before) == [shared, kept]

    now, _region = activity_by_cluster(both, 2017, 2020)
    assert (now[agrifood].invested_eur, now[ict].invested_eur) == (Decimal("50.00"), Decimal("0.00"))
    assert cross_cluster_projects(2017, 2020) == {}
    assert projects_of(both[0], 5) == [kept]
    assert last_project_years(Moment(date(2020, 6, 1))) == (2015, 2018)
    assert last_project_years(Moment(date(2017, 6, 1))) == (2014, 2017)  # what starts after the day is not there yet
