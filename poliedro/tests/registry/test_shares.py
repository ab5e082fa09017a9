"""Parts of a project are stated together and add up to 1; profiles that lack something are listed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from factories import cluster, membership, officer, organisation, source, territory, user
from hypothesis import given, settings
from hypothesis import strategies as st

from poliedro.accounts.models import User
from poliedro.registry.models import Cluster, Project, ProjectShare
from poliedro.registry.queries.incomplete import incomplete_profiles
from poliedro.registry.queries.projects import activity_by_cluster
from poliedro.registry.rules.permissions import NotPermitted
from poliedro.registry.services.shares import PartsNotOne, share_project

pytestmark = pytest.mark.django_db
YEARS = (2018, 2019)


@pytest.fixture
def shared() -> Project:
    """1 000 EUR, wholly Agrifood's."""
    agrifood = cluster("agrifood")
    cluster("mesap")
    found = Project.objects.create(
        scheme="regional", number="S1", title="Bread", starts_on=date(2018, 1, 1), total_cost_eur=1000, source=source(),
        certainty="reported",
    )  # fmt: skip
    ProjectShare.objects.create(
        project=found, cluster=agrifood, share=1, source=source(), certainty="reported",
        recorded_at=timezone.now() - timedelta(days=30),
    )  # fmt: skip
    return found


def both() -> list[Cluster]:
    return list(Cluster.objects.order_by("key"))


def invested(known: datetime | None = None) -> list[Decimal]:
    """EUR of Agrifood and of MESAP, and of both together."""
    by, everybody = activity_by_cluster(both(), *YEARS, known)
    return [*(by[c.pk].invested_eur for c in both()), everybody.invested_eur]


def test_parts_of_both_sides_move_together_and_the_earlier_answer_stays(shared: Project) -> None:
    earlier = timezone.now()
    agrifood, mesap = both()
    parts = {agrifood: Decimal("0.75"), mesap: Decimal("0.25")}
    share_project(project=shared, parts=parts, source=source(), by=officer("data_steward"))
    assert invested() == [Decimal(750), Decimal(250), Decimal(1000)]
    assert invested(earlier)[:2] == [Decimal(1000), Decimal(0)]


def test_part_that_stays_keeps_its_row(shared: Project) -> None:
    agrifood, mesap = both()
    steward = officer("data_steward")
    share_project(project=shared, parts={agrifood: Decimal(1)}, source=source(), by=steward)
    assert ProjectShare.objects.count() == 1
    share_project(project=shared, parts={mesap: Decimal(1)}, source=source(), by=steward)
    assert [(s.cluster.key, s.retracted_at is None) for s in ProjectShare.objects.order_by("pk")] == [
        ("agrifood", False),
        ("mesap", True),
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_parts_that_are_not_1_together_are_refused(a: int, b: int) -> None:
    """a and b millionths: stored only where they are a whole."""
    one, two = cluster("agrifood"), cluster("mesap")
    found, _ = Project.objects.get_or_create(
        scheme="regional", number="S2", defaults={"title": "T", "source": source(), "certainty": "reported"}
    )
    parts = {one: Decimal(a) / 10**6, two: Decimal(b) / 10**6}
    steward = User.objects.filter(email="data_steward@test.example").first() or officer("data_steward")
    if a + b == 10**6:
        share_project(project=found, parts=parts, source=source(), by=steward)
        return
    with pytest.raises(PartsNotOne, match="together they must be 1"):
        share_project(project=found, parts=parts, source=source(), by=steward)


def test_nobody_but_those_who_correct_projects_may(shared: Project) -> None:
    with pytest.raises(NotPermitted):
        share_project(project=shared, parts={}, source=source(), by=user("nobody@test.example"))


def test_page_says_what_is_missing_to_a_whole_and_stores_what_is_one(shared: Project, client: Client) -> None:
    agrifood, mesap = both()
    client.force_login(officer("data_steward"))
    client.cookies["django_language"] = "en"
    address = f"/projects/{shared.pk}/parts/"
    assert address in client.get(f"/projects/{shared.pk}/").content.decode()
    fields = {f"part-{agrifood.pk}": "60", f"part-{mesap.pk}": "25"}
    assert "The parts add up to 85%: 15% is missing." in client.post(address, fields).content.decode()
    fields[f"part-{mesap.pk}"] = "40"
    page = client.post(address, fields, follow=True).content.decode()
    assert "The parts are stored" in page
    assert invested() == [Decimal(600), Decimal(400), Decimal(1000)]
    assert "40.00%" in client.get(address).content.decode()


# --- incomplete profiles ----------------------------------------------------------------------------------------------
@pytest.fixture
def members() -> Any:
    """Bare lacks place, activity, number, size, site and description; Placed all of these but its place."""
    agrifood = cluster("agrifood")
    membership(organisation("Bare"), agrifood)
    membership(organisation("Placed", territory=territory()), cluster("mesap"))
    organisation("Nobody's")
    return agrifood


def test_profiles_that_lack_most_come_first_and_members_come_alone_unless_asked(members: Any) -> None:
    found = incomplete_profiles(cluster=None, part="", everybody=False, page=1)
    assert [(o.name, o.lacks) for o in found.rows] == [("Bare", 6), ("Placed", 5)]
    assert (found.counts["place"], found.counts["activity"], found.counts["name"]) == (1, 2, 0)
    assert found.missing(found.rows[1]) == ["activity", "number", "size", "website", "description"]
    assert incomplete_profiles(cluster=None, part="", everybody=True, page=1).all == 3


def test_steward_reads_the_list_and_narrows_it(
    members: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(officer("data_steward"))
    client.cookies["django_language"] = "en"
    assert "/quality/profiles/" in client.get("/quality/").content.decode()
    page = client.get("/quality/profiles/").content.decode()
    assert "2 of 2 profiles lack something" in page
    with django_assert_max_num_queries(12):
        narrowed = client.get("/quality/profiles/?cluster=agrifood&part=place").content.decode()
    assert "Bare" in narrowed
    assert "Placed" not in narrowed


def test_list_is_refused_to_a_visitor(client: Client) -> None:
    assert client.get("/quality/profiles/").status_code in (302, 403)


@pytest.mark.parametrize("asked", ["\u00b2", "-1", "x", "9" * 30])
def test_page_that_is_no_number_or_far_beyond_the_end_still_answers(client: Client, asked: str) -> None:
    client.force_login(officer("data_steward"))
    assert client.get("/quality/profiles/", {"page": asked}).status_code == 200
